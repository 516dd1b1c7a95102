/* The contract between one way of writing a position and who looks for it.
 *
 * Shape    two neighbouring bytes -> trigger (a few bytes more) -> find -> tell, once a position
 * Owns     nothing: rows are constant, what a search finds is told to its owner at once
 * Threads  any number at once, one search each
 * Order    a text is searched from front to back. What was told is taken: nothing before search->taken
 *          is looked at again, by no row, and the pairs of location_text.c are looked for in what is left
 *
 * A notation is one file and one row in notations.h. Most bytes of a text are no trigger of anything,
 * so that first and second, sets of bytes as in a pattern ("0-9A-F", "^a-z"), decide what a search
 * costs: they should be rare together, and belong to what the notation itself is made of, since
 * what stands around it may lie outside of the text.
 */
#ifndef NOTATION_H
#define NOTATION_H

#include "location.h"

struct notation_search {
    struct span text;
    struct span label; /* name of the field whose whole value the text is; empty for other text */
    size_t taken;

    /* Takes [start, end) of the text. position is set where reason is REASON_NONE. REASON_FORM: it is
     * no position, and no pair of numbers in it is one either; it is not counted. */
    void (*tell)(void *context, size_t start, size_t end, enum reason reason, const struct position *position);
    void *context;
};

struct notation {
    const char *name;   /* "wkt": stable; in tests */
    const char *source; /* standard and clause the rule comes from */
    const char *first, *second;
    bool of_run; /* one long run of letters and digits: found by its length, so that its two bytes need not be rare */
    /* Whether the notation can stand around the first of the two bytes, at `at`: cheap, and never false
     * where find would tell something. */
    bool (*trigger)(struct span text, size_t at);
    /* Tells what stands there, if it does, from search->taken on. Returns where to go on, behind `at`. */
    size_t (*find)(struct notation_search *search, size_t at);
};

/* The byte at an index, NUL outside of the text. */
static inline char notation_byte(struct span text, size_t index)
{
    return index < text.len ? text.at[index] : '\0';
}

static inline bool notation_digit(char byte)
{
    return (unsigned char)byte - (unsigned)'0' < 10;
}

static inline bool notation_letter(char byte)
{
    return ((unsigned char)byte | 0x20u) - (unsigned)'a' < 26;
}

/* Letters, digits, '_' and the bytes of other scripts: what a word is made of. */
static inline bool notation_word(char byte)
{
    return notation_digit(byte) || notation_letter(byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

static inline bool notation_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Whether the text has this word at an index; letters of the word are lower case and stand for both. */
bool notation_has(struct span text, size_t index, const char *word);

size_t notation_blanks(struct span text, size_t index); /* the first index behind blanks */

/* Reads [sign] digits [. digits] [exponent] from an index on. Returns its end; index itself for none. */
size_t notation_number(struct span text, size_t index, struct coordinate *number);

/* Degrees, minutes and seconds; those that are not there are 0 and not valid. Not valid where one of
 * the later two is 60 or more or below 0, or where another than the last has a fraction.
 * Decimals are those of a degree: 2 for whole minutes, 4 for whole seconds. */
struct coordinate coordinate_of_angle(const struct coordinate parts[3], bool negative);

/* Judges two numbers of a notation (floors and ranges as under labels) and tells what becomes of them. */
void notation_judge(struct notation_search *search, size_t start, size_t end, struct coordinate latitude,
                    struct coordinate longitude, enum grade grade);

/* Tells a position that was judged elsewhere, or a refusal. */
void notation_tell(struct notation_search *search, size_t start, size_t end, enum reason reason,
                   const struct position *position);

#endif
