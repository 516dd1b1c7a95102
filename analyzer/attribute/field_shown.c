#include "field_shown.h"

#include <stdio.h>
#include <string.h>

#include "../support/escape.h"

enum {
    COMPONENT_MAX = 48,     /* a longer one is no name */
    TRAILING_DIGITS = 3,    /* "imei_2", "col128" */
    INNER_DIGITS = 2,       /* "latE7_raw", "utf8_name" */
    HEX_LEAST = 8,          /* such words may be keys of a table */
    RUN_ROOM = 16,          /* for a character with how often it stands there */
    REPEATS_WRITTEN = 3,    /* so many of the same are written one by one */
    COMPONENT_SHOWN = COMPONENT_MAX * ESCAPE_GROWTH + 1
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* The character that stands for one of a value; 0 for the further bytes of one. */
static char shape_of(char c)
{
    if (is_digit(c)) return '9';
    if (is_letter(c)) return c >= 'a' ? 'a' : 'A';
    if ((unsigned char)c >= 0x80) return ((unsigned char)c & 0xC0) == 0x80 ? 0 : 'x';
    return (unsigned char)c < ' ' || c == 0x7F ? ' ' : c;
}

/* Signs are no runs: "--" stays. Returns how many bytes were written, or room where the rest does not fit. */
static size_t write_shape(struct span value, char *to, size_t room)
{
    size_t at = 0;
    for (size_t i = 0; i < value.len;) {
        char sign = shape_of(value.at[i]);
        size_t count = 0;
        for (; i < value.len; i++) {
            char next = shape_of(value.at[i]);
            if (next != 0 && next != sign) break;
            count += next != 0;
        }
        if (sign == 0) continue;
        if (at + RUN_ROOM >= room) return room;
        if (count > REPEATS_WRITTEN) at += (size_t)snprintf(to + at, room - at, "%c{%zu}", sign, count);
        else for (; count > 0; count--) to[at++] = sign;
    }
    to[at] = '\0';
    return at;
}

void field_show_shape(struct span value, char shown[FIELD_SHAPE_SIZE])
{
    static const char cut[] = "...";
    char made[FIELD_SHAPE_SIZE - sizeof cut + 1];
    while (write_shape(value, made, sizeof made) == sizeof made) {
        value.len /= 2;
        if (write_shape(value, made, sizeof made) == sizeof made) continue;
        snprintf(shown, FIELD_SHAPE_SIZE, "%s%s", made, cut);
        return;
    }
    snprintf(shown, FIELD_SHAPE_SIZE, "%s", made);
}

/* Whether a component is a name, and no value that something is kept under. */
static bool is_name(struct span component)
{
    size_t end = component.len, inner = 0, hex = 0;
    bool mixed = false;
    if (component.len > COMPONENT_MAX || memchr(component.at, '@', component.len) != NULL) return false;
    while (end > 0 && is_digit(component.at[end - 1])) end--;
    if (component.len - end > TRAILING_DIGITS || (end == 0 && component.len > 0)) return false;
    for (size_t i = 0; i < component.len; i++) {
        char c = component.at[i];
        inner += i < end && is_digit(c);
        mixed |= i + 1 < component.len && is_digit(c) && is_letter(component.at[i + 1]);
        hex += is_digit(c) || (is_letter(c) && (c | 0x20) <= 'f');
    }
    if (hex == component.len && hex >= HEX_LEAST) return false;
    /* Groups of hexadecimal digits: addresses. */
    if (memchr(component.at, ':', component.len) != NULL && hex * 2 >= component.len) return false;
    /* Words with digits amid them may be codes of places. */
    return inner <= INNER_DIGITS && !(mixed && component.len >= HEX_LEAST && memchr(component.at, '_', component.len) == NULL);
}

/* Whether a component is shown as it is: most are, and cost nothing more. */
static bool is_plain_name(struct span component)
{
    for (size_t i = 0; i < component.len; i++)
        if (!is_letter(component.at[i]) && !is_digit(component.at[i]) && component.at[i] != '_') return false;
    return true;
}

/* Writes a component, which may be shown shorter or longer than it is. */
static size_t write_component(struct span component, bool *whole, char to[COMPONENT_SHOWN])
{
    if (!is_name(component)) {
        *whole = false;
        field_show_shape(component, to);
    } else if (is_plain_name(component)) {
        memcpy(to, component.at, component.len);
        to[component.len] = '\0';
    } else {
        escape_write(to, COMPONENT_SHOWN, component.at, component.len);
        *whole &= strlen(to) == component.len && memcmp(to, component.at, component.len) == 0;
    }
    return strlen(to);
}

bool field_show_name(struct span name, bool one_component, char shown[FIELD_NAME_SIZE])
{
    static const char cut[] = "...";
    bool whole = true;
    size_t at = 0;
    for (size_t from = 0; from <= name.len;) {
        const char *dot = one_component || from == name.len ? NULL : memchr(name.at + from, '.', name.len - from);
        size_t end = dot == NULL ? name.len : (size_t)(dot - name.at);
        char component[COMPONENT_SHOWN];
        size_t length = write_component((struct span){name.at + from, end - from}, &whole, component);
        if (at + length + 1 + sizeof cut > FIELD_NAME_SIZE) {
            memcpy(shown + at, cut, sizeof cut);
            return false;
        }
        if (from > 0) shown[at++] = '.';
        memcpy(shown + at, component, length);
        at += length;
        from = end + 1;
    }
    shown[at] = '\0';
    return whole;
}
