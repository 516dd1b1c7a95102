/* Shapes with AVX-512BW: one 64-byte register a word, masks come for nothing. The instructions can
 * be had emulated (SHAPE_EMULATED, with SIMDe), so that the path is tested on CPUs without them. */
#include "csv_index.h"

#if defined(SHAPE_EMULATED)
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#define SHAPE_FUNCTION shape_avx512_emulated
#define CSV_INDEX_FUNCTION csv_index_avx512_emulated
shape_function SHAPE_FUNCTION;
csv_index_function CSV_INDEX_FUNCTION;
#elif defined(__x86_64__)
#include <immintrin.h>
#define SHAPE_FUNCTION shape_avx512
#define CSV_INDEX_FUNCTION csv_index_avx512
#endif

#if defined(SHAPE_FUNCTION)
struct classes {
    uint64_t digit, alnum, newline, dash, dot, colon, equals, gap, quote, delimiter, escape,
        structural, end;
};

static inline uint64_t equal(__m512i v, char c)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

/* Bytes in [first, first + count). */
static inline uint64_t in_range(__m512i v, char first, char count)
{
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8(first)),
                                  _mm512_set1_epi8(count));
}

/* What ends a value in text. The upper half of a character chooses a bit, the lower half says for which bits it does:
 * tab and newline; blank " & ' ) and comma; ; < >; ]; | }. */
static inline uint64_t ends(__m512i v)
{
    const __m512i lower = _mm512_broadcast_i32x4(_mm_setr_epi8(2, 0, 2, 0, 0, 0, 2, 2, 0, 3, 1, 4, 22, 24, 4, 0));
    const __m512i upper = _mm512_broadcast_i32x4(_mm_setr_epi8(1, 0, 2, 4, 0, 8, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0));
    __m512i chosen = _mm512_shuffle_epi8(upper, _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(0x0F)));
    return _mm512_test_epi8_mask(chosen, _mm512_shuffle_epi8(lower, v));
}

static inline struct classes classify(const char *bytes, enum shape_kind kind, char delimiter)
{
    __m512i v = _mm512_loadu_si512((const void *)bytes);
    __m512i lower = _mm512_or_si512(v, _mm512_set1_epi8(0x20));
    struct classes is = {
        .digit = in_range(v, '0', 10),
        .newline = equal(v, '\n'),
        .dash = equal(v, '-'),
        .dot = equal(v, '.'),
        .colon = equal(v, ':'),
        .equals = equal(v, '='),
        .gap = equal(v, ' ') | equal(v, '/'),
        .quote = equal(v, '"'),
    };
    is.alnum = is.digit | in_range(lower, 'a', 26);
    if (kind == SHAPE_TEXT) is.end = ends(v);
    if (kind == SHAPE_CSV) is.delimiter = equal(v, delimiter);
    if (kind == SHAPE_JSON) {
        is.escape = equal(v, '\\');
        is.structural = equal(lower, '{') | equal(lower, '}') | is.colon | equal(v, ',');
    }
    return is;
}

#include "shape_kernel.h"
#include "csv_index_kernel.h"
#else
void csv_index_avx512(const char *bytes, size_t length, char delimiter, struct csv_index *index)
{
    csv_index_portable(bytes, length, delimiter, index);
}

void shape_avx512(const char *bytes, size_t len, enum shape_kind kind, char delimiter,
                  struct shape_word *words)
{
    shape_portable(bytes, len, kind, delimiter, words);
}
#endif
