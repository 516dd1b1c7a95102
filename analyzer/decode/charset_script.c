#include "charset_script.h"

#include <string.h>

enum { LETTERS_LEAST = 20, SYLLABLES_LEAST = 32 /* Chinese characters alone may have such first bytes, too */, PAIRS_LEAST = 12 };

static bool is_between(unsigned char c, unsigned char first, unsigned char last)
{
    return c >= first && c <= last;
}

/* ------------------------------------------------------------------ one byte a letter */

struct letters {
    size_t count, beside; /* bytes beyond ASCII, and those that have another beside them */
    size_t of[256];
};

static struct letters count_letters(const unsigned char *at, size_t length)
{
    struct letters letters = {0};
    for (size_t i = 0; i < length; i++) {
        if (at[i] < 0x80) continue;
        letters.of[at[i]]++;
        letters.count++;
        letters.beside += (i > 0 && at[i - 1] >= 0x80) || (i + 1 < length && at[i + 1] >= 0x80);
    }
    return letters;
}

static size_t letters_between(const struct letters *letters, unsigned first, unsigned last)
{
    size_t count = 0;
    for (unsigned c = first; c <= last; c++) count += letters->of[c];
    return count;
}

static bool is_share(size_t part, size_t whole, size_t percent)
{
    return part * 100 >= whole * percent;
}

static enum charset_kind guess_cyrillic(const struct letters *letters)
{
    size_t count = letters->count, all = letters_between(letters, 0xC0, 0xFF);
    if (count < LETTERS_LEAST || !is_share(letters->beside, count, 85)) return CHARSET_NONE;
    size_t io = letters->of[0xA8] + letters->of[0xB8] + letters_between(letters, 0xB2, 0xB4) + letters->of[0xBA] + letters->of[0xBF];
    /* Hebrew has no capitals, and nothing behind 0xFA; Greek has no 0xE0. */
    bool others = is_share(letters_between(letters, 0xFB, 0xFF), count, 2) || is_share(letters_between(letters, 0xC0, 0xDF), count, 1);
    if (is_share(all + io, count, 97) && is_share(letters_between(letters, 0xE0, 0xFF), count, 70) && is_share(letters->of[0xE0], count, 3) && others)
        return CHARSET_CP1251;
    io = letters->of[0xA3] + letters->of[0xB3];
    others = is_share(letters->of[0xC0] + letters->of[0xD1] + letters->of[0xD8] + letters->of[0xD9], count, 2) ||
             is_share(letters_between(letters, 0xE0, 0xFF), count, 1);
    bool vowels = is_share(letters->of[0xC1], count, 3) && is_share(letters->of[0xCF], count, 3);
    if (is_share(all + io, count, 97) && is_share(letters_between(letters, 0xC0, 0xDF), count, 70) && vowels && others) return CHARSET_KOI8_R;
    return CHARSET_NONE;
}

/* Vowels that stand before a letter. */
static bool is_thai_leader(unsigned char c)
{
    return is_between(c, 0xE0, 0xE4);
}

/* Vowels and tones that stand above or below a letter. */
static bool is_thai_mark(unsigned char c)
{
    return c == 0xD1 || is_between(c, 0xD4, 0xDA) || is_between(c, 0xE7, 0xEE);
}

/* Whether a run of bytes beyond ASCII has an odd number of them, as none of pairs does. */
static bool has_odd_run(const unsigned char *at, size_t length)
{
    size_t run = 0;
    for (size_t i = 0; i < length; i++) {
        if (at[i] < 0x80 && run % 2 == 1) return true;
        run = at[i] < 0x80 ? 0 : run + 1;
    }
    return false;
}

static bool is_thai(const unsigned char *at, size_t length, const struct letters *letters)
{
    size_t marks = 0, placed = 0, leaders = letters_between(letters, 0xE0, 0xE4);
    size_t strange = letters->count - letters_between(letters, 0xA1, 0xDA) - letters_between(letters, 0xDF, 0xFB);
    for (size_t i = 0; i + 1 < length; i++) {
        bool marks_next = is_thai_mark(at[i + 1]), leads = is_thai_leader(at[i]);
        marks += marks_next + leads;
        placed += marks_next && (is_between(at[i], 0xA1, 0xCE) || is_thai_mark(at[i]));
        placed += leads && is_between(at[i + 1], 0xA1, 0xCE);
    }
    return letters->count >= LETTERS_LEAST && strange == 0 && is_share(letters->beside, letters->count, 95) && is_share(marks, letters->count, 15) &&
           is_share(leaders, letters->count, 2) && is_share(placed, marks, 98) && has_odd_run(at, length);
}

/* ------------------------------------------------------------------ two bytes a letter */

struct pairs {
    size_t count, bad;
    size_t first_common, second_ascii;
    uint8_t seen[1 << 13]; /* a bit for each pair */
    size_t different;
};

/* Pairs whose first byte is beyond ASCII; common: it lies between these. second_least: of the second byte. */
static void count_pairs(const unsigned char *at, size_t length, unsigned char common_first, unsigned char common_last, unsigned char second_least,
                        struct pairs *pairs)
{
    memset(pairs, 0, sizeof *pairs);
    for (size_t i = 0; i + 1 < length; i++) {
        if (at[i] < 0x80) continue;
        unsigned char second = at[i + 1];
        unsigned pair = (unsigned)at[i] << 8 | second;
        pairs->count++;
        pairs->different += (pairs->seen[pair >> 3] >> (pair & 7) & 1) == 0;
        pairs->seen[pair >> 3] = (uint8_t)(pairs->seen[pair >> 3] | 1u << (pair & 7));
        pairs->first_common += is_between(at[i], common_first, common_last);
        pairs->second_ascii += second < 0x80;
        bool good = is_between(at[i], 0xA1, 0xFE) && (is_between(second, 0xA1, 0xFE) || is_between(second, second_least, 0x7E));
        pairs->bad += !good;
        i += good;
    }
}

static bool is_hangul(const unsigned char *at, size_t length)
{
    struct pairs pairs;
    count_pairs(at, length, 0xB0, 0xC8, 0x7F, &pairs);
    return pairs.different >= SYLLABLES_LEAST && pairs.bad == 0 && is_share(pairs.first_common, pairs.count, 98);
}

static bool is_big5(const unsigned char *at, size_t length)
{
    struct pairs pairs;
    count_pairs(at, length, 0xA4, 0xC6, 0x40, &pairs);
    return pairs.different >= PAIRS_LEAST && pairs.bad == 0 && is_share(pairs.first_common, pairs.count, 80) && is_share(pairs.second_ascii, pairs.count, 20) &&
           !is_share(pairs.second_ascii, pairs.count, 70);
}

enum charset_kind charset_guess_script(struct span sample)
{
    const unsigned char *at = (const unsigned char *)sample.at;
    struct letters letters = count_letters(at, sample.len);
    enum charset_kind kind = guess_cyrillic(&letters);
    if (kind != CHARSET_NONE) return kind;
    if (is_hangul(at, sample.len)) return CHARSET_EUC_KR;
    if (is_thai(at, sample.len, &letters)) return CHARSET_TIS_620;
    return is_big5(at, sample.len) ? CHARSET_BIG5 : CHARSET_NONE;
}
