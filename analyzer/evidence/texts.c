#include "texts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"

struct texts {
    char **slots; /* by hash; NULL: free */
    size_t count, capacity;
};

static char **slot_of(char **slots, size_t capacity, const char *text)
{
    size_t at = hash_bytes(text, strlen(text), 0) & (capacity - 1);
    while (slots[at] != NULL && strcmp(slots[at], text) != 0) at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static bool texts_grow(struct texts *texts)
{
    size_t capacity = texts->capacity == 0 ? 64 : 2 * texts->capacity;
    char **slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) return false;
    for (size_t i = 0; i < texts->capacity; i++)
        if (texts->slots[i] != NULL) *slot_of(slots, capacity, texts->slots[i]) = texts->slots[i];
    free(texts->slots);
    texts->slots = slots;
    texts->capacity = capacity;
    return true;
}

const char *texts_keep(struct texts **texts, const char *text)
{
    if (*texts == NULL) *texts = calloc(1, sizeof **texts);
    if (*texts == NULL || (4 * ((*texts)->count + 1) > 3 * (*texts)->capacity && !texts_grow(*texts))) return NULL;
    char **slot = slot_of((*texts)->slots, (*texts)->capacity, text);
    if (*slot == NULL && (*slot = strdup(text)) != NULL) (*texts)->count++;
    return *slot;
}

void texts_close(struct texts *texts)
{
    if (texts == NULL) return;
    for (size_t i = 0; i < texts->capacity; i++) free(texts->slots[i]);
    free(texts->slots);
    free(texts);
}
