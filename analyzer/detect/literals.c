#include "literals.h"

#include <stdlib.h>
#include <string.h>

enum { NO_LITERAL = 0 };
static const uint32_t ENDS = UINT32_C(1) << 31;

struct literals {
    uint8_t classes[256];   /* of each byte; class 0 is in no literal */
    uint32_t class_count, state_count;
    uint32_t *next;         /* row of a state + class -> row of the next one, with ENDS where a literal ends. 0 is the root */
    uint32_t *ends_here;    /* of each state: a literal that ends there, counted from 1 */
    uint32_t *ends_shorter; /* of each state: the longest other state that is its end and at which a literal ends */
    uint32_t *same;         /* of each literal, from 1: the next one with the same text */
};

static void classes_make(struct literals *made, const struct span *texts, size_t count)
{
    made->class_count = 1;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < texts[i].len; k++) {
            uint8_t byte = (uint8_t)texts[i].at[k];
            if (made->classes[byte] != 0) continue;
            made->classes[byte] = (uint8_t)made->class_count;
            if (byte >= 'a' && byte <= 'z') made->classes[byte - 0x20] = made->classes[byte];
            made->class_count++;
        }
}

/* Adds the way of a literal to the tree of all. */
static void way_add(struct literals *made, struct span text, uint32_t number)
{
    uint32_t state = 0;
    for (size_t k = 0; k < text.len; k++) {
        uint32_t *to = &made->next[(size_t)state * made->class_count + made->classes[(uint8_t)text.at[k]]];
        if (*to == 0) *to = made->state_count++;
        state = *to;
    }
    made->same[number] = made->ends_here[state];
    made->ends_here[state] = number;
}

/* Where a way ends, it goes on as the longest of its ends that begins one: in the order of their lengths, so that the
 * shorter ones are known. */
static bool ends_join(struct literals *made)
{
    uint32_t *queue = malloc(made->state_count * sizeof *queue), *shorter = calloc(made->state_count, sizeof *shorter);
    bool enough = queue != NULL && shorter != NULL;
    size_t taken = 0, put = 0;
    for (uint32_t c = 0; enough && c < made->class_count; c++)
        if (made->next[c] != 0) queue[put++] = made->next[c];
    while (enough && taken < put) {
        uint32_t state = queue[taken++];
        uint32_t *row = &made->next[(size_t)state * made->class_count];
        const uint32_t *fallback = &made->next[(size_t)shorter[state] * made->class_count];
        made->ends_shorter[state] = made->ends_here[shorter[state]] != NO_LITERAL ? shorter[state] : made->ends_shorter[shorter[state]];
        for (uint32_t c = 0; c < made->class_count; c++) {
            if (row[c] == 0) {
                row[c] = fallback[c];
            } else {
                shorter[row[c]] = fallback[c];
                queue[put++] = row[c];
            }
        }
    }
    free(queue);
    free(shorter);
    return enough;
}

/* States become the places of their rows. */
static void rows_point(struct literals *made)
{
    for (size_t i = 0; i < (size_t)made->state_count * made->class_count; i++) {
        uint32_t state = made->next[i];
        bool ends = state != 0 && (made->ends_here[state] != NO_LITERAL || made->ends_shorter[state] != 0);
        made->next[i] = state * made->class_count | (ends ? ENDS : 0);
    }
}

enum status literals_open(const struct span *texts, size_t count, struct literals **literals, struct fault *fault)
{
    size_t states = 1;
    for (size_t i = 0; i < count; i++) states += texts[i].len;
    *literals = NULL;
    if (states > LITERALS_STATES_MAX) return fault_set(fault, STATUS_USAGE, "the literals of all patterns together are too long");
    struct literals *made = calloc(1, sizeof *made);
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for literals");
    classes_make(made, texts, count);
    made->state_count = 1;
    made->next = calloc(states * made->class_count, sizeof *made->next);
    made->ends_here = calloc(states, sizeof *made->ends_here);
    made->ends_shorter = calloc(states, sizeof *made->ends_shorter);
    made->same = calloc(count + 1, sizeof *made->same);
    bool enough = made->next != NULL && made->ends_here != NULL && made->ends_shorter != NULL && made->same != NULL;
    for (size_t i = 0; enough && i < count; i++) way_add(made, texts[i], (uint32_t)i + 1);
    if (!enough || !ends_join(made)) {
        literals_close(made);
        return fault_set(fault, STATUS_FATAL, "no memory for literals");
    }
    rows_point(made);
    *literals = made;
    return STATUS_OK;
}

void literals_close(struct literals *literals)
{
    if (literals == NULL) return;
    free(literals->next);
    free(literals->ends_here);
    free(literals->ends_shorter);
    free(literals->same);
    free(literals);
}

void literal_search_begin(struct literal_search *search, const struct literals *literals, const char *bytes, size_t length)
{
    *search = (struct literal_search){.literals = literals, .bytes = bytes, .length = length};
}

/* What ends behind the literal at hand: one of the same text, or else a shorter one, from a state that is an end of this. */
static bool pending_take(struct literal_search *search, struct literal_hit *hit)
{
    if (search->pending == NO_LITERAL) return false;
    *hit = (struct literal_hit){(uint32_t)search->at, search->pending - 1};
    search->pending = search->literals->same[search->pending];
    return true;
}

bool literal_search_next(struct literal_search *search, struct literal_hit *hit)
{
    const struct literals *literals = search->literals;
    while (!pending_take(search, hit)) {
        if (search->shorter != 0) {
            search->pending = literals->ends_here[search->shorter];
            search->shorter = literals->ends_shorter[search->shorter];
            continue;
        }
        const uint32_t *next = literals->next;
        const uint8_t *classes = literals->classes, *at = (const uint8_t *)search->bytes + search->at;
        const uint8_t *end = (const uint8_t *)search->bytes + search->length;
        uint32_t row = search->row;
        while (at < end && row < ENDS) row = next[row + classes[*at++]];
        search->at = (size_t)(at - (const uint8_t *)search->bytes);
        bool found = row >= ENDS;
        row &= ~ENDS;
        search->row = row;
        if (!found) return false;
        search->pending = literals->ends_here[row / literals->class_count];
        search->shorter = literals->ends_shorter[row / literals->class_count];
    }
    return true;
}
