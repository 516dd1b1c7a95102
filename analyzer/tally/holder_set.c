#include "holder_set.h"

#include <stdlib.h>
#include <string.h>

#include "../support/sha256.h"

enum { SECONDS_PER_DAY = 24 * 60 * 60, INSERTION_MAX = 16 };

static int compare(const void *left, const void *right)
{
    return identifier_compare(*(const struct tally_identifier *const *)left, *(const struct tally_identifier *const *)right);
}

/* Mostly there are two or three. */
static void sort(const struct tally_identifier **identifiers, size_t count)
{
    if (count > INSERTION_MAX) {
        qsort(identifiers, count, sizeof(const struct tally_identifier *), compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct tally_identifier *moving = identifiers[i];
        size_t k = i;
        for (; k > 0 && identifier_compare(moving, identifiers[k - 1]) < 0; k--) identifiers[k] = identifiers[k - 1];
        identifiers[k] = moving;
    }
}

static char *put_identifier(char *to, const struct tally_identifier *identifier)
{
    *to++ = (char)(identifier->kind + 1);
    *to++ = (char)(identifier->state >> FACT_PACKING_SHIFT & 3);
    *to++ = (char)identifier->length;
    memcpy(to, identifier->packed, identifier->length);
    return to + identifier->length;
}

static char *put_rest(char *to, const struct tally_identifier *const *identifiers, size_t count)
{
    uint8_t digest[SHA256_BYTES];
    struct sha256 *hash = sha256_open();
    if (hash == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        char one[FACT_HEADER_BYTES + IDENTIFIER_SIZE];
        sha256_add(hash, one, (size_t)(put_identifier(one, identifiers[i]) - one));
    }
    sha256_take(hash, digest);
    sha256_close(hash);
    *to++ = (char)HOLDER_SET_REST;
    memcpy(to, digest, HOLDER_SET_DIGEST_BYTES);
    return to + HOLDER_SET_DIGEST_BYTES;
}

/* When that began of which a record at this time is, plus 1; 0 for no time. */
static uint32_t span_begin(int64_t time_s, int64_t change_s)
{
    if (time_s < 0 || time_s > UINT32_MAX) return 0;
    int64_t begin_s = time_s - time_s % SECONDS_PER_DAY;
    if (change_s > begin_s) begin_s = change_s;
    return begin_s < UINT32_MAX ? (uint32_t)begin_s + 1 : UINT32_MAX;
}

size_t holder_set_write(const struct tally_identifier **identifiers, size_t count, int64_t time_s, int64_t change_s,
                        char key[HOLDER_SET_KEY_BYTES_MAX])
{
    sort(identifiers, count);
    size_t distinct = 1;
    for (size_t i = 1; i < count; i++)
        if (identifier_compare(identifiers[i], identifiers[distinct - 1]) != 0) identifiers[distinct++] = identifiers[i];
    char *to = key;
    for (size_t i = 0; i < distinct && i < HOLDER_SET_MAX; i++) to = put_identifier(to, identifiers[i]);
    if (distinct > HOLDER_SET_MAX) to = put_rest(to, identifiers, distinct);
    if (to == NULL) return 0;
    *to++ = HOLDER_SET_END;
    uint32_t begin = span_begin(time_s, change_s);
    for (int shift = 24; shift >= 0; shift -= 8) *to++ = (char)(unsigned char)(begin >> shift & 0xFF);
    return (size_t)(to - key);
}

bool holder_set_next(struct span set, size_t *at, struct tally_identifier *identifier)
{
    if (*at + FACT_HEADER_BYTES > set.len) return false;
    const char *from = set.at + *at;
    size_t length = (uint8_t)from[2], kind = (uint8_t)from[0] - (size_t)1;
    if (from[0] == HOLDER_SET_END || kind >= kind_count || length >= IDENTIFIER_SIZE || *at + FACT_HEADER_BYTES + length > set.len) return false;
    *identifier = (struct tally_identifier){.kind = (uint8_t)kind, .length = (uint8_t)length};
    identifier->state = (uint8_t)(GRADE_LIKELY | ((unsigned)from[1] & 3) << FACT_PACKING_SHIFT);
    memcpy(identifier->packed, from + FACT_HEADER_BYTES, length);
    *at += FACT_HEADER_BYTES + length;
    return true;
}
