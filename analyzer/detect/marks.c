#include "marks.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { MARK_PIECES_MAX = 16 * NOTATION_COUNT };

/* How often bytes are met in dumps, roughly: letters and digits far more than others. */
static unsigned byte_weight(unsigned byte)
{
    if (byte == ' ') return 80;
    if (byte - '0' < 10) return 40;
    if (byte - 'a' < 26) return 40;
    if (byte - 'A' < 26) return byte == 'T' ? 60 : 20; /* as in times */
    if (byte == '/' || byte == '"' || byte == ',' || byte == ':' || byte == '=' || byte == '-' || byte == '.') return 40;
    return byte < 0x80 ? 4 : 1;
}

/* The nibbles of a set of bytes, a bit each. The set they allow is at least as large. */
struct nibble_set {
    uint16_t low, high;
};

struct pair_set {
    struct nibble_set first, second;
};

static struct nibble_set nibbles_of(const uint32_t rows_of[256], uint32_t row, unsigned high_from, unsigned high_to)
{
    struct nibble_set set = {0, 0};
    for (unsigned byte = high_from * 16; byte < high_to * 16; byte++)
        if ((rows_of[byte] & row) != 0) {
            set.low |= (uint16_t)(1u << (byte & 0x0F));
            set.high |= (uint16_t)(1u << (byte >> 4));
        }
    return set;
}

static uint64_t set_weight(struct nibble_set set)
{
    uint64_t weight = 0;
    for (unsigned high = set.high; high != 0; high &= high - 1)
        for (unsigned low = set.low; low != 0; low &= low - 1)
            weight += byte_weight((unsigned)__builtin_ctz(high) * 16 + (unsigned)__builtin_ctz(low));
    return weight;
}

static uint64_t pair_weight(const struct pair_set *pair)
{
    return set_weight(pair->first) * set_weight(pair->second);
}

static struct pair_set pair_joined(const struct pair_set *one, const struct pair_set *other)
{
    return (struct pair_set){{one->first.low | other->first.low, one->first.high | other->first.high},
                             {one->second.low | other->second.low, one->second.high | other->second.high}};
}

/* The bucket that a pair of sets makes dearer by least. */
static unsigned bucket_find(const struct pair_set buckets[MARK_BUCKETS], const struct pair_set *pair)
{
    unsigned best = 0;
    uint64_t best_cost = UINT64_MAX;
    for (unsigned i = 0; i < MARK_BUCKETS; i++) {
        struct pair_set joined = pair_joined(&buckets[i], pair);
        uint64_t cost = pair_weight(&joined) - pair_weight(&buckets[i]);
        if (cost >= best_cost) continue;
        best_cost = cost;
        best = i;
    }
    return best;
}

static void nibbles_add(struct mark_nibbles *nibbles, struct nibble_set set, uint8_t bucket)
{
    for (unsigned i = 0; i < 16; i++) {
        if ((set.low >> i & 1) != 0) nibbles->low[i] |= bucket;
        if ((set.high >> i & 1) != 0) nibbles->high[i] |= bucket;
    }
}

static int heavier_first(const void *one, const void *other)
{
    uint64_t a = pair_weight(one), b = pair_weight(other);
    return (a < b) - (a > b);
}

/* Rows in pieces of one high nibble of the first byte. */
static size_t pieces_read(const struct notation_bytes *bytes, struct pair_set pieces[MARK_PIECES_MAX])
{
    size_t count = 0;
    for (unsigned i = 0; i < MARK_PIECES_MAX; i++) {
        uint32_t row = UINT32_C(1) << i / 16;
        struct pair_set piece = {nibbles_of(bytes->first, row, i % 16, i % 16 + 1), nibbles_of(bytes->second, row, 0, 16)};
        if (piece.first.low != 0 && piece.second.low != 0) pieces[count++] = piece;
    }
    return count;
}

/* Puts the pieces into buckets, those that are met most before the others, and then each once more beside all others.
 * Any choice gives the same marks; a good one asks for fewer places that have none. */
static void buckets_choose(struct marks *marks)
{
    struct pair_set pieces[MARK_PIECES_MAX], buckets[MARK_BUCKETS] = {{{0, 0}, {0, 0}}};
    unsigned bucket_of[MARK_PIECES_MAX];
    size_t count = pieces_read(&marks->bytes, pieces);
    qsort(pieces, count, sizeof *pieces, heavier_first);
    for (size_t i = 0; i < count; i++) {
        bucket_of[i] = bucket_find(buckets, &pieces[i]);
        buckets[bucket_of[i]] = pair_joined(&buckets[bucket_of[i]], &pieces[i]);
    }
    for (size_t i = 0; i < count; i++) {
        struct pair_set without = {{0, 0}, {0, 0}};
        for (size_t k = 0; k < count; k++)
            if (k != i && bucket_of[k] == bucket_of[i]) without = pair_joined(&without, &pieces[k]);
        buckets[bucket_of[i]] = without;
        bucket_of[i] = bucket_find(buckets, &pieces[i]);
        buckets[bucket_of[i]] = pair_joined(&buckets[bucket_of[i]], &pieces[i]);
    }
    for (unsigned i = 0; i < MARK_BUCKETS; i++) {
        nibbles_add(&marks->first, buckets[i].first, (uint8_t)(1u << i));
        nibbles_add(&marks->second, buckets[i].second, (uint8_t)(1u << i));
    }
}

/* A bucket of rows, for bytes that are asked for themselves. */
struct row_bucket {
    uint32_t rows;
    uint64_t weight; /* of the pairs of bytes that it tells */
};

static struct row_bucket bucket_of_rows(const struct notation_bytes *bytes, const uint8_t byte_weights[256], uint32_t rows)
{
    uint64_t first = 0, second = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        first += (bytes->first[byte] & rows) != 0 ? byte_weights[byte] : 0;
        second += (bytes->second[byte] & rows) != 0 ? byte_weights[byte] : 0;
    }
    return (struct row_bucket){rows, first * second};
}

static int heavier_bucket_first(const void *one, const void *other)
{
    const struct row_bucket *a = one, *b = other;
    if (a->weight != b->weight) return (a->weight < b->weight) - (a->weight > b->weight);
    return (a->rows > b->rows) - (a->rows < b->rows);
}

/* Each of the rows that are met most has a bucket of its own; the others go where they make one dearer by least. */
static size_t row_buckets_choose(const struct notation_bytes *bytes, struct row_bucket buckets[NOTATION_COUNT])
{
    enum { BUCKETS_MAX = MARK_HALVES * MARK_BUCKETS };
    uint8_t byte_weights[256];
    size_t count = 0;
    for (unsigned byte = 0; byte < 256; byte++) byte_weights[byte] = (uint8_t)byte_weight(byte);
    for (unsigned row = 0; row < NOTATION_COUNT; row++) {
        buckets[count] = bucket_of_rows(bytes, byte_weights, UINT32_C(1) << row);
        count += buckets[count].weight > 0;
    }
    qsort(buckets, count, sizeof *buckets, heavier_bucket_first);
    for (; count > BUCKETS_MAX; count--) {
        size_t best = 0;
        struct row_bucket joined = {0, 0};
        uint64_t best_cost = UINT64_MAX;
        for (size_t i = 0; i < BUCKETS_MAX; i++) {
            struct row_bucket both = bucket_of_rows(bytes, byte_weights, buckets[i].rows | buckets[count - 1].rows);
            if (both.weight - buckets[i].weight >= best_cost) continue;
            best_cost = both.weight - buckets[i].weight;
            joined = both;
            best = i;
        }
        buckets[best] = joined;
    }
    return count;
}

/* The buckets of each byte where bytes are asked for themselves. */
static void bytes_choose(struct marks *marks)
{
    struct row_bucket buckets[NOTATION_COUNT];
    size_t count = row_buckets_choose(&marks->bytes, buckets);
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t i = 0; i < count; i++) {
            uint8_t bit = (uint8_t)(1u << i % MARK_BUCKETS);
            if ((marks->bytes.first[byte] & buckets[i].rows) != 0) marks->first_of[i / MARK_BUCKETS][byte] |= bit;
            if ((marks->bytes.second[byte] & buckets[i].rows) != 0) marks->second_of[i / MARK_BUCKETS][byte] |= bit;
        }
}

void marks_open(struct marks *marks)
{
    *marks = (struct marks){.bits = NULL};
    notation_bytes_read(&marks->bytes, false);
    buckets_choose(marks);
#ifdef __x86_64__
    marks->portable = !__builtin_cpu_supports("avx2");
    marks->wide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
    if (marks->wide) bytes_choose(marks);
#else
    marks->portable = true;
#endif
}

void marks_close(struct marks *marks)
{
    free(marks->bits);
}

static void mark_set(struct marks *marks, size_t at)
{
    size_t mark = at / MARK_BYTES;
    marks->bits[mark / 64] |= UINT64_C(1) << mark % 64;
    marks->any = true;
}

static bool is_marked(const struct marks *marks, size_t at)
{
    size_t mark = at / MARK_BYTES;
    return (marks->bits[mark / 64] >> mark % 64 & 1) != 0;
}

/* Byte after byte from an index on. */
static void portable_read(struct marks *marks, struct span block, size_t at)
{
    unsigned char all = 0;
    for (; at < block.len; at++) {
        all |= (unsigned char)block.at[at];
        uint32_t rows = marks->bytes.first[(unsigned char)block.at[at]];
        if (rows != 0 && notations_trigger(&marks->bytes, block, at)) mark_set(marks, at);
    }
    marks->ascii = marks->ascii && all < 0x80;
}

#ifdef __x86_64__
#define AVX2   __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512bw,avx512vbmi")))

enum { PIECE_BYTES = 4096 };

static inline AVX2 __m256i nibbles_load(const uint8_t nibbles[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)nibbles));
}

/* Places among 32 or 64 bytes whose byte is the second of a pair. They are written where there are none, too: nobody could guess it. */
struct places {
    size_t at;
    uint64_t bits;
};

enum { TRIGGERS_AT_ONCE = 3 }; /* places are written so many at once, since nobody could guess how many there are */

/* The first bytes of the pairs at these places, if they are pairs of a row. last: the highest bit that places have. Returns how many. */
static inline size_t pairs_find(const struct marks *marks, const char *bytes, const struct places *places, size_t count, unsigned last,
                                uint32_t found[PIECE_BYTES + TRIGGERS_AT_ONCE])
{
    const unsigned char *pair = (const unsigned char *)bytes;
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = places[i].bits;
        do {
            for (unsigned k = 0; k < TRIGGERS_AT_ONCE; k++, bits &= bits - 1) {
                size_t first = places[i].at + (unsigned)__builtin_ctzll(bits | UINT64_C(1) << last) - 1;
                found[pairs] = (uint32_t)first;
                pairs += ((marks->bytes.first[pair[first]] & marks->bytes.second[pair[first + 1]]) != 0) & (bits != 0);
            }
        } while (bits != 0);
    }
    return pairs;
}

static inline void places_read(struct marks *marks, struct span block, const struct places *places, size_t count, unsigned last)
{
    uint32_t found[PIECE_BYTES + TRIGGERS_AT_ONCE];
    size_t pairs = pairs_find(marks, block.at, places, count, last, found);
    for (size_t i = 0; i < pairs; i++)
        if (!is_marked(marks, found[i]) && notations_trigger(&marks->bytes, block, found[i])) mark_set(marks, found[i]);
}

/* Finds the places of a piece: the buckets of each byte as the first of a pair move one byte on, to those of the next
 * as the second. before holds them of the 32 bytes before. */
static AVX2 size_t places_find(const struct marks *marks, const char *bytes, size_t at, size_t end, __m256i before[1],
                               __m256i all[1], struct places *places)
{
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    __m256i low1 = nibbles_load(marks->first.low), high1 = nibbles_load(marks->first.high);
    __m256i low2 = nibbles_load(marks->second.low), high2 = nibbles_load(marks->second.high);
    __m256i behind = *before, seen = *all;
    size_t count = 0;
    for (; at < end; at += 32) {
        __m256i word = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + at));
        __m256i low = _mm256_and_si256(word, nibble), high = _mm256_and_si256(_mm256_srli_epi16(word, 4), nibble);
        __m256i first = _mm256_and_si256(_mm256_shuffle_epi8(low1, low), _mm256_shuffle_epi8(high1, high));
        __m256i second = _mm256_and_si256(_mm256_shuffle_epi8(low2, low), _mm256_shuffle_epi8(high2, high));
        __m256i moved = _mm256_alignr_epi8(first, _mm256_permute2x128_si256(behind, first, 0x21), 15);
        seen = _mm256_or_si256(seen, word);
        behind = first;
        __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(moved, second), _mm256_setzero_si256());
        uint32_t bits = ~(uint32_t)_mm256_movemask_epi8(none);
        places[count] = (struct places){at, bits};
        count += bits != 0;
    }
    *before = behind;
    *all = seen;
    return count;
}

static AVX2 void avx2_read(struct marks *marks, struct span block)
{
    struct places places[PIECE_BYTES / 32];
    __m256i before[1] = {_mm256_setzero_si256()}, all[1] = {_mm256_setzero_si256()};
    size_t whole = block.len / 32 * 32;
    for (size_t at = 0; at < whole; at += PIECE_BYTES) {
        size_t end = whole - at < PIECE_BYTES ? whole : at + PIECE_BYTES;
        size_t count = places_find(marks, block.at, at, end, before, all, places);
        places_read(marks, block, places, count, 31);
    }
    marks->ascii = _mm256_movemask_epi8(*all) == 0;
    portable_read(marks, block, whole > 0 ? whole - 1 : 0);
}

/* What goes from a piece to the next: the buckets of the 64 bytes before, and which of all bytes are not ASCII. */
struct wide_state {
    __m512i before[MARK_HALVES];
    uint64_t others;
};

static inline AVX512 __m512i wide_load(const void *bytes)
{
    return _mm512_loadu_si512(bytes);
}

/* The buckets of 64 bytes: 128 of a table answer for ASCII, the others are asked for where need be. */
static inline AVX512 __m512i wide_look(const uint8_t of[256], __m512i word, __mmask64 others)
{
    __m512i buckets = _mm512_permutex2var_epi8(wide_load(of), word, wide_load(of + 64));
    if (others == 0) return buckets;
    return _mm512_mask_mov_epi8(buckets, others, _mm512_permutex2var_epi8(wide_load(of + 128), word, wide_load(of + 192)));
}

/* The same with the buckets of 64 bytes at once. */
static AVX512 size_t wide_find(const struct marks *marks, const char *bytes, size_t at, size_t end, struct wide_state *state,
                               struct places *places)
{
    static const uint8_t one_on[64] = {63,  64,  65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,
                                       79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,  91,  92,  93,  94,
                                       95,  96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110,
                                       111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126};
    __m512i behind[MARK_HALVES] = {state->before[0], state->before[1]}, move = wide_load(one_on);
    size_t count = 0;
    for (; at < end; at += 64) {
        __m512i word = wide_load(bytes + at);
        __mmask64 others = _mm512_movepi8_mask(word), bits = 0;
        for (int half = 0; half < MARK_HALVES; half++) {
            __m512i first = wide_look(marks->first_of[half], word, others), second = wide_look(marks->second_of[half], word, others);
            bits |= _mm512_test_epi8_mask(_mm512_permutex2var_epi8(behind[half], move, first), second);
            behind[half] = first;
        }
        state->others |= others;
        places[count] = (struct places){at, bits};
        count += bits != 0;
    }
    state->before[0] = behind[0];
    state->before[1] = behind[1];
    return count;
}

static AVX512 void wide_read(struct marks *marks, struct span block)
{
    struct places places[PIECE_BYTES / 64];
    struct wide_state state = {{_mm512_setzero_si512(), _mm512_setzero_si512()}, 0};
    size_t whole = block.len / 64 * 64;
    for (size_t at = 0; at < whole; at += PIECE_BYTES) {
        size_t end = whole - at < PIECE_BYTES ? whole : at + PIECE_BYTES;
        size_t count = wide_find(marks, block.at, at, end, &state, places);
        places_read(marks, block, places, count, 63);
    }
    marks->ascii = state.others == 0;
    portable_read(marks, block, whole > 0 ? whole - 1 : 0);
}
#endif

bool marks_read(struct marks *marks, const char *block, size_t length)
{
    size_t words = length / MARK_BYTES / 64 + 1;
    if (words > marks->capacity) {
        uint64_t *bits = realloc(marks->bits, words * sizeof *bits);
        if (bits == NULL) return false;
        marks->bits = bits;
        marks->capacity = words;
    }
    memset(marks->bits, 0, words * sizeof *marks->bits);
    marks->any = false;
    marks->ascii = true;
    struct span bytes = {block, length};
#ifdef __x86_64__
    if (!marks->portable) {
        if (marks->wide) wide_read(marks, bytes);
        else avx2_read(marks, bytes);
        return true;
    }
#endif
    portable_read(marks, bytes, 0);
    return true;
}

bool marks_in(const struct marks *marks, size_t start, size_t end)
{
    if (end <= start) return false;
    size_t from = start / MARK_BYTES, last = (end - 1) / MARK_BYTES;
    uint64_t head = ~UINT64_C(0) << from % 64, tail = ~UINT64_C(0) >> (63 - last % 64);
    if (from / 64 == last / 64) return (marks->bits[from / 64] & head & tail) != 0;
    if ((marks->bits[from / 64] & head) != 0 || (marks->bits[last / 64] & tail) != 0) return true;
    for (size_t w = from / 64 + 1; w < last / 64; w++)
        if (marks->bits[w] != 0) return true;
    return false;
}
