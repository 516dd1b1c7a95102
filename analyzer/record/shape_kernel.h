/* The arithmetic of shapes on 64-bit masks, four words at a time, the same for every CPU path. A
 * path includes this file after it has defined
 *
 *   struct classes { uint64_t digit, alnum, newline, dash, dot, colon, equals, gap, quote, delimiter, escape,
 *                    structural, end; };         gap is a blank or '/'; end, for text, what ends a value
 *   static inline struct classes classify(const char *bytes, enum shape_kind kind, char delimiter);
 *   SHAPE_FUNCTION, the name of its function
 */

enum { GROUP_WORDS = 4, GROUP_BYTES = GROUP_WORDS * 64 };

/* Four masks, that of the first word in the lowest lane. Lives in macros and locals only: handed to
 * a function its ABI would depend on the CPU. */
typedef uint64_t masks __attribute__((vector_size(GROUP_WORDS * sizeof(uint64_t))));

union lanes {
    masks all;
    uint64_t lane[GROUP_WORDS];
};

struct carried {
    masks digit, digit2, digit4, alnum, alnum2, alnum4, alnum12, dash, dot, sign, pair, quad;
};

/* One mask of four words. Put together in registers: masks that are stored one by one and loaded as four have to wait. */
#define LANES(m) ((masks){is[0].m, is[1].m, is[2].m, is[3].m})

/* Mask m moved n bytes on, with the bytes that come over from the word before. */
#define MOVED(m, n) (m << n | __builtin_shufflevector(before.m, m, 3, 4, 5, 6) >> (64 - n))

/* The classes of a word, of which the bytes inside count. */
static inline __attribute__((always_inline)) struct classes word_classify(const char *bytes, uint64_t inside, enum shape_kind kind,
                                                                          char delimiter, struct shape_word *word)
{
    struct classes is = classify(bytes, kind, delimiter);
    is.digit &= inside;
    is.alnum &= inside;
    is.dash &= inside;
    is.dot &= inside;
    is.colon &= inside;
    is.equals &= inside;
    is.gap &= inside;
    word->alnum = is.alnum;
    word->newline = is.newline & inside;
    word->quote = (kind == SHAPE_TEXT ? is.end : kind == SHAPE_JSON ? is.quote | is.escape : is.quote) & inside;
    if (kind == SHAPE_CSV) word->special = (is.delimiter | is.newline | is.quote) & inside;
    if (kind == SHAPE_JSON) word->special = (is.structural | is.quote) & inside;
    return is;
}

static inline __attribute__((always_inline)) void blocks_shape(const char *bytes, size_t len,
                                                               enum shape_kind kind, char delimiter,
                                                               struct shape_word *words)
{
    struct carried before = {0};
    size_t word_count = shape_word_count(len);
    for (size_t w = 0; w < word_count; w += GROUP_WORDS) {
        struct classes is[GROUP_WORDS];
        size_t left = len - w * 64, count = GROUP_WORDS;
        if (left >= GROUP_BYTES) {
            for (size_t i = 0; i < GROUP_WORDS; i++)
                is[i] = word_classify(bytes + (w + i) * 64, ~UINT64_C(0), kind, delimiter, &words[w + i]);
        } else {
            memset(is, 0, sizeof is);
            count = word_count - w;
            for (size_t i = 0; i < count; i++) {
                size_t have = left - i * 64; /* the last word of all may have none */
                uint64_t inside = have == 0    ? 0
                                  : have >= 64 ? ~UINT64_C(0)
                                               : ~UINT64_C(0) >> (64 - have);
                is[i] = word_classify(bytes + (w + i) * 64, inside, kind, delimiter, &words[w + i]);
            }
        }
        masks digit = LANES(digit), alnum = LANES(alnum), dash = LANES(dash), dot = LANES(dot), colon = LANES(colon);
        masks sign = dash | LANES(gap);   /* separators of a grouped imei */
        masks pair = colon | dash; /* separators of hex pairs */
        masks quad = dot | dash;             /* separators of groups of four */
        masks digit_before = MOVED(digit, 1);
        masks digit2 = digit & digit_before;
        masks digit4 = digit2 & MOVED(digit2, 2);
        masks alnum2 = alnum & MOVED(alnum, 1);
        masks alnum4 = alnum2 & MOVED(alnum2, 2);
        masks alnum12 = alnum4 & MOVED(alnum4, 4) & MOVED(alnum4, 8);

        masks run = MOVED(alnum12, 1);
        masks five = MOVED(digit4, 1) & MOVED(digit, 5);
        masks serial = MOVED(dash, 6) | MOVED(dash, 7) | MOVED(dash, 8);
        masks grouped = sign & MOVED(sign, 7);
        masks pairs =
            MOVED(pair, 3) & MOVED(pair, 6) & MOVED(pair, 9) & MOVED(pair, 12) & MOVED(pair, 15);
        masks quads = MOVED(quad, 5) & MOVED(quad, 10);

        union lanes candidate = {.all =
                                     ~alnum & (run | (five & (serial | grouped)) | pairs | quads)};
        union lanes decimal = {.all = MOVED(dot, 2) & digit2};
        union lanes key = {.all = LANES(equals) | (colon & ~digit_before)};
        union lanes worth = {.all = candidate.all | decimal.all | key.all};
        masks parts = MOVED(dot, 3) | (MOVED(digit, 3) & (MOVED(dot, 4) | (MOVED(digit, 4) & MOVED(dot, 5))));
        union lanes point = {.all = MOVED(dot, 1) & digit & MOVED(digit, 2) & ~parts};
        for (size_t i = 0; i < count; i++) {
            struct shape_word *word = &words[w + i];
            word->candidate = candidate.lane[i];
            word->decimal = decimal.lane[i];
            word->key = key.lane[i];
            word->worth = worth.lane[i];
            if (kind == SHAPE_TEXT) word->special = point.lane[i];
        }
        before = (struct carried){digit,   digit2, digit4, alnum, alnum2, alnum4,
                                  alnum12, dash,   dot,    sign,  pair,   quad};
    }
}

void SHAPE_FUNCTION(const char *bytes, size_t len, enum shape_kind kind, char delimiter,
                    struct shape_word *words)
{
    /* The kind is a constant in each of these: no word asks for it. */
    if (kind == SHAPE_CSV)
        blocks_shape(bytes, len, SHAPE_CSV, delimiter, words);
    else if (kind == SHAPE_JSON)
        blocks_shape(bytes, len, SHAPE_JSON, 0, words);
    else
        blocks_shape(bytes, len, SHAPE_TEXT, 0, words);
}
