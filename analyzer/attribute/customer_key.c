#include "customer_key.h"

#include "../support/escape.h"
#include "../support/utf8.h"

enum { UNDONE_MAX = 32 }; /* "\\x5cx5cx5c" can be undone as often as it has letters */

/* Whether a text is no UTF-8, or becomes such where escapes are undone as often as that goes, or goes on past UNDONE_MAX. It is
 * changed. */
static bool hides_bytes(char *text, size_t length)
{
    for (int undone = 0; undone < UNDONE_MAX && utf8_is_valid(text, length); undone++) {
        if (strlen(text) != length || strstr(text, "\\x") == NULL || !escape_undo(text, text, &length)) return false;
        text[length] = '\0';
    }
    return true;
}

bool customer_key_write(struct span id, struct bytes *room, struct span *key)
{
    *key = id;
    bool escapes = memchr(id.at, '\\', id.len) != NULL;
    if (id.len > CUSTOMER_ESCAPED_MAX || (!escapes && utf8_is_valid(id.at, id.len))) return true;
    room->count = 0;
    if (!bytes_reserve(room, ESCAPE_GROWTH * id.len + 1)) return false;
    memcpy(room->at, id.at, id.len);
    room->at[id.len] = '\0';
    if (!hides_bytes(room->at, id.len)) return true;
    *key = (struct span){room->at, escape_write(room->at, room->capacity, id.at, id.len)};
    return true;
}
