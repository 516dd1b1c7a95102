/* Deflate64, method 9 of zip: what Windows Explorer packs files of over 2 GiB with, and no library that we link reads.
 *
 * Differs  from deflate (RFC 1951): a window of 64 KiB; distance codes 30 and 31; length code 285 has 16 bits behind it, from 3 on
 * How      a symbol is looked at in the bits in hand and taken once all of it is there, so that input may end anywhere; no byte is
 *          read that no bit of is needed
 * Source   APPNOTE.TXT 4.4.5; zlib's contrib/infback9 for the tables
 */
#include <stdlib.h>
#include <string.h>

#include "frame_codec.h"

enum {
    WINDOW_BYTES = 64 << 10,
    CODE_BITS_MAX = 15,
    LENGTH_SYMBOLS = 288, DISTANCE_SYMBOLS = 32, ORDER_SYMBOLS = 19,
    LENGTHS_MAX = 286, /* that a block may say */
    SYMBOL_END = 256,
    SYMBOL_REPEAT = 16, SYMBOL_ZEROS = 17, SYMBOL_MORE_ZEROS = 18
};

/* A canonical code: how many symbols have codes of each length, and the symbols in their order. */
struct code {
    uint16_t counts[CODE_BITS_MAX + 1];
    uint16_t symbols[LENGTH_SYMBOLS];
};

enum state { AT_BLOCK, AT_STORED, IN_STORED, AT_HEAD, AT_ORDER, AT_LENGTHS, AT_SYMBOL, AT_DISTANCE, IN_MATCH, AT_END };

struct inflater {
    enum state state;
    uint64_t hold; /* bits that were read and not taken, the next one lowest */
    unsigned held;
    bool is_last;
    uint32_t length, distance; /* of the match, or what is stored */
    unsigned length_count, distance_count, order_count, lengths_known;
    uint8_t lengths[LENGTH_SYMBOLS + DISTANCE_SYMBOLS];
    struct code literals, distances; /* literals: of the lengths themselves, while these are read */
    uint64_t given;
    uint8_t window[WINDOW_BYTES];
};

/* Bytes that come in and go out. */
struct flow {
    const uint8_t *at, *end;
    uint8_t *out, *out_end;
};

/* One step. */
enum step { STEP_ON, STEP_MORE, STEP_DAMAGED };

static bool deflate64_begins(const uint8_t *bytes, size_t length)
{
    return length >= 1 && (bytes[0] >> 1 & 3) != 3;
}

static void *deflate64_open(void)
{
    return calloc(1, sizeof(struct inflater));
}

static bool deflate64_reset(void *context)
{
    struct inflater *inflater = context;
    inflater->state = AT_BLOCK;
    inflater->hold = 0;
    inflater->held = 0;
    inflater->is_last = false;
    inflater->given = 0;
    return true;
}

/* ------------------------------------------------------------------ bits and codes */

/* Has so many bits in hand, of at most 32. */
static bool bits_reach(struct inflater *inflater, struct flow *flow, unsigned count)
{
    while (inflater->held < count) {
        if (flow->at == flow->end) return false;
        inflater->hold |= (uint64_t)*flow->at++ << inflater->held;
        inflater->held += 8;
    }
    return true;
}

static uint32_t bits_at(const struct inflater *inflater, unsigned from, unsigned count)
{
    return (uint32_t)(inflater->hold >> from) & ((UINT32_C(1) << count) - 1);
}

static void bits_drop(struct inflater *inflater, unsigned count)
{
    inflater->hold >>= count;
    inflater->held -= count;
}

/* False: more symbols have codes of some length than there are. */
static bool code_make(struct code *code, const uint8_t *lengths, unsigned count)
{
    uint16_t next[CODE_BITS_MAX + 2] = {0};
    int left = 1;
    memset(code->counts, 0, sizeof code->counts);
    for (unsigned i = 0; i < count; i++) code->counts[lengths[i]]++;
    for (unsigned bits = 1; bits <= CODE_BITS_MAX; bits++) {
        left = 2 * left - code->counts[bits];
        if (left < 0) return false;
        next[bits + 1] = (uint16_t)(next[bits] + code->counts[bits]);
    }
    code->counts[0] = 0;
    for (unsigned i = 0; i < count; i++)
        if (lengths[i] != 0) code->symbols[next[lengths[i]]++] = (uint16_t)i;
    return true;
}

/* The symbol in hand and the bits that it has; nothing is taken. */
static enum step symbol_look(struct inflater *inflater, struct flow *flow, const struct code *code, unsigned *symbol, unsigned *bits)
{
    uint32_t value = 0, first = 0, index = 0;
    for (*bits = 1; *bits <= CODE_BITS_MAX; ++*bits) {
        if (!bits_reach(inflater, flow, *bits)) return STEP_MORE;
        value |= bits_at(inflater, *bits - 1, 1);
        uint32_t count = code->counts[*bits];
        if (value < first + count) {
            *symbol = code->symbols[index + value - first];
            return STEP_ON;
        }
        index += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    return STEP_DAMAGED;
}

/* ------------------------------------------------------------------ blocks */

static void fixed_codes(struct inflater *inflater)
{
    uint8_t *lengths = inflater->lengths;
    for (unsigned i = 0; i < LENGTH_SYMBOLS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    (void)code_make(&inflater->literals, lengths, LENGTH_SYMBOLS);
    memset(lengths, 5, DISTANCE_SYMBOLS);
    (void)code_make(&inflater->distances, lengths, DISTANCE_SYMBOLS);
}

static enum step block_begin(struct inflater *inflater, struct flow *flow)
{
    if (!bits_reach(inflater, flow, 3)) return STEP_MORE;
    unsigned kind = bits_at(inflater, 1, 2);
    inflater->is_last = bits_at(inflater, 0, 1) != 0;
    if (kind == 3) return STEP_DAMAGED;
    bits_drop(inflater, 3);
    if (kind == 0) bits_drop(inflater, inflater->held % 8);
    if (kind == 1) fixed_codes(inflater);
    inflater->state = kind == 0 ? AT_STORED : kind == 1 ? AT_SYMBOL : AT_HEAD;
    return STEP_ON;
}

static void block_end(struct inflater *inflater)
{
    inflater->state = inflater->is_last ? AT_END : AT_BLOCK;
}

static enum step stored_begin(struct inflater *inflater, struct flow *flow)
{
    if (!bits_reach(inflater, flow, 32)) return STEP_MORE;
    uint32_t length = bits_at(inflater, 0, 16);
    if (length != (bits_at(inflater, 16, 16) ^ 0xFFFF)) return STEP_DAMAGED;
    bits_drop(inflater, 32);
    inflater->length = length;
    inflater->state = IN_STORED;
    return STEP_ON;
}

static void give(struct inflater *inflater, struct flow *flow, uint8_t byte)
{
    *flow->out++ = byte;
    inflater->window[inflater->given++ % WINDOW_BYTES] = byte;
}

static enum step stored_copy(struct inflater *inflater, struct flow *flow)
{
    for (; inflater->length > 0; inflater->length--) {
        if (flow->out == flow->out_end || flow->at == flow->end) return STEP_MORE;
        give(inflater, flow, *flow->at++);
    }
    block_end(inflater);
    return STEP_ON;
}

static enum step head_read(struct inflater *inflater, struct flow *flow)
{
    if (!bits_reach(inflater, flow, 14)) return STEP_MORE;
    inflater->length_count = bits_at(inflater, 0, 5) + 257;
    inflater->distance_count = bits_at(inflater, 5, 5) + 1;
    inflater->order_count = bits_at(inflater, 10, 4) + 4;
    if (inflater->length_count > LENGTHS_MAX) return STEP_DAMAGED;
    bits_drop(inflater, 14);
    memset(inflater->lengths, 0, sizeof inflater->lengths);
    inflater->lengths_known = 0;
    inflater->state = AT_ORDER;
    return STEP_ON;
}

static enum step order_read(struct inflater *inflater, struct flow *flow)
{
    static const uint8_t order[ORDER_SYMBOLS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    for (; inflater->lengths_known < inflater->order_count; inflater->lengths_known++) {
        if (!bits_reach(inflater, flow, 3)) return STEP_MORE;
        inflater->lengths[order[inflater->lengths_known]] = (uint8_t)bits_at(inflater, 0, 3);
        bits_drop(inflater, 3);
    }
    if (!code_make(&inflater->literals, inflater->lengths, ORDER_SYMBOLS)) return STEP_DAMAGED;
    inflater->lengths_known = 0;
    inflater->state = AT_LENGTHS;
    return STEP_ON;
}

static enum step lengths_read(struct inflater *inflater, struct flow *flow)
{
    unsigned count = inflater->length_count + inflater->distance_count, symbol, bits;
    while (inflater->lengths_known < count) {
        enum step step = symbol_look(inflater, flow, &inflater->literals, &symbol, &bits);
        if (step != STEP_ON) return step;
        unsigned extra = symbol < SYMBOL_REPEAT ? 0 : symbol == SYMBOL_REPEAT ? 2 : symbol == SYMBOL_ZEROS ? 3 : 7;
        if (!bits_reach(inflater, flow, bits + extra)) return STEP_MORE;
        unsigned times = symbol < SYMBOL_REPEAT ? 1 : (symbol == SYMBOL_MORE_ZEROS ? 11 : 3) + bits_at(inflater, bits, extra);
        if (times > count - inflater->lengths_known || (symbol == SYMBOL_REPEAT && inflater->lengths_known == 0)) return STEP_DAMAGED;
        uint8_t length = symbol < SYMBOL_REPEAT ? (uint8_t)symbol : symbol == SYMBOL_REPEAT ? inflater->lengths[inflater->lengths_known - 1] : 0;
        bits_drop(inflater, bits + extra);
        memset(inflater->lengths + inflater->lengths_known, length, times);
        inflater->lengths_known += times;
    }
    if (inflater->lengths[SYMBOL_END] == 0) return STEP_DAMAGED;
    if (!code_make(&inflater->literals, inflater->lengths, inflater->length_count)) return STEP_DAMAGED;
    if (!code_make(&inflater->distances, inflater->lengths + inflater->length_count, inflater->distance_count)) return STEP_DAMAGED;
    inflater->state = AT_SYMBOL;
    return STEP_ON;
}

/* ------------------------------------------------------------------ symbols */

static enum step symbol_read(struct inflater *inflater, struct flow *flow)
{
    static const uint8_t bases[29] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 3};
    static const uint8_t extras[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16};
    unsigned symbol, bits;
    if (flow->out == flow->out_end) return STEP_MORE;
    enum step step = symbol_look(inflater, flow, &inflater->literals, &symbol, &bits);
    if (step != STEP_ON) return step;
    if (symbol <= SYMBOL_END) {
        bits_drop(inflater, bits);
        if (symbol == SYMBOL_END) block_end(inflater);
        else give(inflater, flow, (uint8_t)symbol);
        return STEP_ON;
    }
    symbol -= SYMBOL_END + 1;
    if (symbol >= sizeof bases) return STEP_DAMAGED;
    if (!bits_reach(inflater, flow, bits + extras[symbol])) return STEP_MORE;
    inflater->length = bases[symbol] + bits_at(inflater, bits, extras[symbol]);
    bits_drop(inflater, bits + extras[symbol]);
    inflater->state = AT_DISTANCE;
    return STEP_ON;
}

static enum step distance_read(struct inflater *inflater, struct flow *flow)
{
    unsigned symbol, bits;
    enum step step = symbol_look(inflater, flow, &inflater->distances, &symbol, &bits);
    if (step != STEP_ON) return step;
    unsigned extra = symbol < 2 ? 0 : symbol / 2 - 1;
    if (!bits_reach(inflater, flow, bits + extra)) return STEP_MORE;
    uint32_t base = symbol < 2 ? symbol + 1 : ((2 + symbol % 2) << extra) + 1;
    inflater->distance = base + bits_at(inflater, bits, extra);
    bits_drop(inflater, bits + extra);
    if (inflater->distance > inflater->given) return STEP_DAMAGED;
    inflater->state = IN_MATCH;
    return STEP_ON;
}

static enum step match_copy(struct inflater *inflater, struct flow *flow)
{
    for (; inflater->length > 0; inflater->length--) {
        if (flow->out == flow->out_end) return STEP_MORE;
        give(inflater, flow, inflater->window[(inflater->given - inflater->distance) % WINDOW_BYTES]);
    }
    inflater->state = AT_SYMBOL;
    return STEP_ON;
}

static enum frame_result deflate64_run(void *context, const uint8_t **input, size_t length, uint8_t *output, size_t room, size_t *count)
{
    static enum step (*const steps[])(struct inflater *, struct flow *) = {block_begin, stored_begin, stored_copy, head_read,     order_read,
                                                                           lengths_read, symbol_read, distance_read, match_copy};
    struct inflater *inflater = context;
    struct flow flow = {*input, *input + length, output, output + room};
    enum step step = STEP_ON;
    while (step == STEP_ON && inflater->state != AT_END) step = steps[inflater->state](inflater, &flow);
    *input = flow.at;
    *count = (size_t)(flow.out - output);
    return step == STEP_DAMAGED ? FRAME_DAMAGED : inflater->state == AT_END ? FRAME_END : FRAME_MORE;
}

const struct frame_codec frame_deflate64 = {.name = "deflate64", .unit = "deflate64 stream", .magic_bytes = 1, .begins = deflate64_begins, .open = deflate64_open,
                                            .reset = deflate64_reset, .run = deflate64_run, .close = free};
