/* The arithmetic of shapes on 64-bit masks, the same for every CPU path. A path includes this file
 * after it has defined
 *
 *   struct classes { uint64_t digit, alnum, newline, dash, dot, colon, equals, blank, slash,
 *                    quote, delimiter, escape, structural; };
 *   static inline struct classes classify(const char *bytes, enum shape_kind kind, char delimiter);
 *   SHAPE_FUNCTION, the name of its function
 */

/* Mask m moved n bytes on, with the bytes that come over from the word before. */
#define MOVED(m, n) (m << n | before.m >> (64 - n))

struct carried {
    uint64_t digit, digit2, digit4, digit5, digit6, digit7;
    uint64_t alnum, alnum2, alnum4, alnum8, alnum12;
    uint64_t dash, dot, group, pair, quad;
};

void SHAPE_FUNCTION(const char *bytes, size_t len, enum shape_kind kind, char delimiter,
                    struct shape_word *words)
{
    struct carried before = {0};
    size_t word_count = shape_word_count(len);
    for (size_t w = 0; w < word_count; w++) {
        size_t left = len - w * 64;
        struct classes is = {0};
        if (left > 0) is = classify(bytes + w * 64, kind, delimiter);
        if (left < 64) {
            uint64_t inside = left == 0 ? 0 : ~UINT64_C(0) >> (64 - left);
            is.digit &= inside, is.alnum &= inside, is.newline &= inside, is.dash &= inside;
            is.dot &= inside, is.colon &= inside, is.equals &= inside, is.blank &= inside;
            is.slash &= inside, is.quote &= inside, is.delimiter &= inside;
            is.escape &= inside, is.structural &= inside;
        }
        uint64_t digit = is.digit, alnum = is.alnum, dash = is.dash, dot = is.dot;
        uint64_t digit2 = digit & MOVED(digit, 1);
        uint64_t digit4 = digit2 & MOVED(digit2, 2);
        uint64_t digit5 = digit4 & MOVED(digit, 4);
        uint64_t digit6 = digit4 & MOVED(digit2, 4);
        uint64_t digit7 = digit6 & MOVED(digit, 6);
        uint64_t alnum2 = alnum & MOVED(alnum, 1);
        uint64_t alnum4 = alnum2 & MOVED(alnum2, 2);
        uint64_t alnum8 = alnum4 & MOVED(alnum4, 4);
        uint64_t alnum12 = alnum8 & MOVED(alnum4, 8);
        uint64_t group = dash | is.blank | is.slash; /* separators of a grouped imei */
        uint64_t pair = is.colon | dash;             /* separators of hex pairs */
        uint64_t quad = dot | dash;                  /* separators of groups of four */

        uint64_t run = MOVED(alnum12, 1);
        uint64_t serial = (MOVED(dash, 6) & MOVED(digit5, 1)) | (MOVED(dash, 7) & MOVED(digit6, 1)) |
                          (MOVED(dash, 8) & MOVED(digit7, 1));
        uint64_t grouped = group & MOVED(digit6, 1) & MOVED(group, 7);
        uint64_t pairs = MOVED(pair, 3) & MOVED(pair, 6) & MOVED(pair, 9) & MOVED(pair, 12) &
                         MOVED(pair, 15);
        uint64_t quads = MOVED(quad, 5) & MOVED(quad, 10);

        struct shape_word *word = &words[w];
        word->newline = is.newline;
        word->special = kind == SHAPE_CSV    ? is.delimiter | is.newline | is.quote
                        : kind == SHAPE_JSON ? is.structural | is.quote
                                             : 0;
        word->quote = is.quote;
        word->alnum = alnum;
        word->candidate = ~alnum & (run | serial | grouped | pairs | quads);
        word->decimal = MOVED(dot, 2) & digit2;
        word->key = is.equals | (is.colon & ~MOVED(digit, 1));
        word->escape = kind == SHAPE_JSON ? is.escape : word->candidate | word->decimal | word->key;

        before = (struct carried){digit,  digit2, digit4,  digit5, digit6, digit7, alnum, alnum2,
                                  alnum4, alnum8, alnum12, dash,   dot,    group,  pair,  quad};
    }
}
