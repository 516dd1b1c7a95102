/* Bitmaps of a block: one pass, 64 bytes a word, that says where any detector could want to look.
 *
 * Shape    bytes -> one struct shape_word per 64 bytes; bit i speaks of byte i of the word
 * Units    a candidate's bit stands on the first byte AFTER the shape, so that no look ahead is needed
 * Needs    bytes readable and zero for SHAPE_PADDING behind the block
 * Threads  pure; the path (avx512, avx2, portable) is chosen once and passed along
 *
 * A shape is necessary, never sufficient: whoever finds a bit reads the bytes and decides.
 *
 *   alphanumeric run of 12 and more    vin, imei, iccid, bare hex
 *   5 digits, '-' 6, 7 or 8 before     frame_number, grouped imei
 *   5 digits, separators here and 7
 *   before                             grouped imei
 *   five ':' or '-' three apart        mac
 *   two '.' or '-' five apart          mac in groups of four
 *   '.' and two digits                 positions (a bitmap of its own)
 */
#ifndef SHAPE_H
#define SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHAPE_PADDING = 64 };

struct shape_word {
    uint64_t newline;   /* '\n' */
    uint64_t special;   /* CSV: delimiter, newline, quote; JSON: { } [ ] : , and quote;
                           text: the digit behind a number's '.', with digits before it, and before
                           one to three of them no further '.', as in versions and addresses */
    uint64_t quote;     /* '"'; JSON: backslash, too, which is not special;
                           text: what ends a value of one word: blank, tab, newline and , ; & " ' ) ] } > < | */
    uint64_t worth;     /* whatever makes text worth a look: the last three */
    uint64_t alnum;     /* [0-9A-Za-z] */
    uint64_t candidate; /* the byte after one of the shapes above */
    uint64_t decimal;   /* the second digit after a '.' */
    uint64_t key;       /* '=', or ':' without a digit before it */
};

enum shape_kind { SHAPE_TEXT, SHAPE_CSV, SHAPE_JSON };

/* Fills words[0 .. (len + 63) / 64]. delimiter is looked at for SHAPE_CSV only. */
typedef void shape_function(const char *bytes, size_t len, enum shape_kind kind, char delimiter,
                            struct shape_word *words);

shape_function shape_portable, shape_avx2, shape_avx512;

/* The fastest path of this CPU, or the one named ("portable", "avx2", "avx512"); NULL where the
 * name is unknown or the CPU lacks it. *name becomes the path's name. */
shape_function *shape_choose(const char *wanted, const char **name);

/* How many words a block of len bytes needs: one more than it fills, so that a bit can be asked
 * for at len itself. */
static inline size_t shape_word_count(size_t len)
{
    return len / 64 + 1;
}

#endif
