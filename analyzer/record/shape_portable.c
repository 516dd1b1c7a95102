/* Shapes in plain C: a table of classes, then bits gathered by multiplication. */
#include "shape.h"

#include <string.h>

struct classes {
    uint64_t digit, alnum, newline, dash, dot, colon, equals, gap, quote, delimiter, escape,
        structural, end;
};

enum { DIGIT = 1, LETTER = 2, NEWLINE = 4, DASH = 8, DOT = 16, COLON = 32, EQUALS = 64, GAP = 128 };
enum { QUOTE = 1, ESCAPE = 2, STRUCTURAL = 4, END = 8 };

#define DIGITS10(v) ['0'] = v, ['1'] = v, ['2'] = v, ['3'] = v, ['4'] = v, ['5'] = v, ['6'] = v, ['7'] = v, ['8'] = v, ['9'] = v
#define LETTERS26(a, v) [a] = v, [a + 1] = v, [a + 2] = v, [a + 3] = v, [a + 4] = v, [a + 5] = v, [a + 6] = v, [a + 7] = v, [a + 8] = v, [a + 9] = v, [a + 10] = v, [a + 11] = v, [a + 12] = v, [a + 13] = v, [a + 14] = v, [a + 15] = v, [a + 16] = v, [a + 17] = v, [a + 18] = v, [a + 19] = v, [a + 20] = v, [a + 21] = v, [a + 22] = v, [a + 23] = v, [a + 24] = v, [a + 25] = v

static const uint8_t class_low[256] = {DIGITS10(DIGIT), LETTERS26('a', LETTER), LETTERS26('A', LETTER),
                                       ['\n'] = NEWLINE, ['-'] = DASH, ['.'] = DOT, [':'] = COLON,
                                       ['='] = EQUALS, [' '] = GAP, ['/'] = GAP};
static const uint8_t class_high[256] = {
    ['"'] = QUOTE | END, ['\\'] = ESCAPE, ['{'] = STRUCTURAL, ['}'] = STRUCTURAL | END, ['['] = STRUCTURAL,
    [']'] = STRUCTURAL | END, [':'] = STRUCTURAL, [','] = STRUCTURAL | END, [' '] = END, ['\t'] = END, ['\n'] = END,
    [';'] = END, ['&'] = END, ['\''] = END, [')'] = END, ['>'] = END, ['<'] = END, ['|'] = END};

/* Bit number `bit` of each of 64 class bytes, as a mask. */
static inline uint64_t gather(const uint8_t classes[64], unsigned bit)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, classes + i * 8, sizeof eight);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        eight = __builtin_bswap64(eight);
#endif
        eight = (eight >> bit) & UINT64_C(0x0101010101010101);
        mask |= (eight * UINT64_C(0x0102040810204080) >> 56) << (i * 8);
    }
    return mask;
}

static inline struct classes classify(const char *bytes, enum shape_kind kind, char delimiter)
{
    uint8_t low[64], high[64], same[64];
    for (unsigned i = 0; i < 64; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        low[i] = class_low[byte];
        high[i] = class_high[byte];
        same[i] = bytes[i] == delimiter;
    }
    struct classes is = {
        .digit = gather(low, 0),
        .newline = gather(low, 2),
        .dash = gather(low, 3),
        .dot = gather(low, 4),
        .colon = gather(low, 5),
        .equals = gather(low, 6),
        .gap = gather(low, 7),
        .quote = gather(high, 0),
    };
    is.alnum = is.digit | gather(low, 1);
    if (kind == SHAPE_TEXT) is.end = gather(high, 3);
    if (kind == SHAPE_CSV) is.delimiter = gather(same, 0);
    if (kind == SHAPE_JSON) is.escape = gather(high, 1), is.structural = gather(high, 2);
    return is;
}

#define SHAPE_FUNCTION shape_portable
#define CSV_INDEX_FUNCTION csv_index_portable
#include "shape_kernel.h"
#include "csv_index_kernel.h"
