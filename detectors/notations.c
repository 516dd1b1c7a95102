/* notations.c: the table, and the walk over a text from trigger to trigger. */
#include "notations.h"

#define ROW(name) extern const struct notation notation_##name;
NOTATIONS
#undef ROW

#define ROW(name) &notation_##name,
const struct notation *const notations[NOTATION_COUNT] = {NOTATIONS};
#undef ROW

/* Adds a bit to the bytes of a set: single ones and ranges, or all others after '^'. */
static void set_read(const char *set, uint32_t bit, uint32_t bytes[256])
{
    bool inverted = *set == '^';
    bool holds[256] = {false};
    for (const char *at = set + inverted; *at != '\0';) {
        bool range = at[1] == '-' && at[2] != '\0';
        unsigned last = (unsigned char)(range ? at[2] : at[0]);
        for (unsigned byte = (unsigned char)*at; byte <= last; byte++) holds[byte] = true;
        at += range ? 3 : 1;
    }
    for (int byte = 0; byte < 256; byte++)
        if (holds[byte] != inverted) bytes[byte] |= bit;
}

void notation_bytes_read(struct notation_bytes *bytes, bool with_runs)
{
    *bytes = (struct notation_bytes){{0}, {0}};
    for (int i = 0; i < NOTATION_COUNT; i++) {
        if (notations[i]->of_run && !with_runs) continue;
        set_read(notations[i]->first, UINT32_C(1) << i, bytes->first);
        set_read(notations[i]->second, UINT32_C(1) << i, bytes->second);
    }
}

static uint32_t rows_at(const struct notation_bytes *bytes, struct span text, size_t index)
{
    unsigned char second = (unsigned char)notation_byte(text, index + 1);
    return bytes->first[(unsigned char)text.at[index]] & bytes->second[second];
}

bool notations_trigger(const struct notation_bytes *bytes, struct span text, size_t index)
{
    for (uint32_t rows = rows_at(bytes, text, index); rows != 0; rows &= rows - 1)
        if (notations[__builtin_ctz(rows)]->trigger(text, index)) return true;
    return false;
}

void notations_find(const struct notation_bytes *bytes, struct notation_search *search)
{
    search->taken = 0;
    for (size_t at = 0; at < search->text.len;) {
        size_t next = at + 1;
        for (uint32_t rows = rows_at(bytes, search->text, at); rows != 0; rows &= rows - 1) {
            const struct notation *row = notations[__builtin_ctz(rows)];
            if (!row->trigger(search->text, at)) continue;
            size_t taken = search->taken;
            next = row->find(search, at);
            if (search->taken > taken) break;
        }
        at = next > search->taken ? next : search->taken;
    }
}
