#include "joined.h"

#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "../support/utf8.h"
#include "charset_guess.h"

enum {
    HOLD_BYTES = 64 * 1024,
    LOOK_BYTES = 512, /* by which it is decided what begins */
    MARKED_BYTES = 40, /* the same at a mark: something else may follow soon */
    RUN_LEAST = 7, RUN_DIFFERENT_MIN = 4,
    NARROW_BYTES = 16, NARROW_SIGNS = 4,
    CHARACTER_BYTES = 4,
    KANA = 0x30, /* their upper byte */
    ESCAPE = 0x1B
};

static const size_t NO_GAP = SIZE_MAX;

enum order { ORDER_NARROW, ORDER_LOW_FIRST, ORDER_HIGH_FIRST };

struct joined {
    bool looks;            /* for UTF-16 */
    enum order order;
    unsigned char before;  /* the byte before what is held, or comes */
    struct bytes held;     /* read and not given yet, from held_at on */
    size_t held_at;
    bool gap_first;        /* bytes are missing before what is held */
    size_t gap_at;         /* in held, behind held_at: and before this one; NO_GAP */
    bool ended;
    uint64_t wide_bytes;
    size_t calm;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to decode characters");
}

enum status joined_open(struct joined **joined, struct fault *fault)
{
    *joined = calloc(1, sizeof **joined);
    if (*joined == NULL) return no_memory(fault);
    joined_jump(*joined);
    return STATUS_OK;
}

void joined_close(struct joined *joined)
{
    if (joined == NULL) return;
    bytes_free(&joined->held);
    free(joined);
}

void joined_begin(struct joined *joined)
{
    joined->looks = true;
}

void joined_jump(struct joined *joined)
{
    joined->order = ORDER_NARROW;
    joined->before = '\n';
    joined->held.count = joined->held_at = 0;
    joined->gap_at = NO_GAP;
    joined->gap_first = joined->ended = false;
}

uint64_t joined_bytes(const struct joined *joined)
{
    return joined->wide_bytes;
}

size_t joined_calm(const struct joined *joined)
{
    return joined->calm;
}

/* ------------------------------------------------------------------ what is held */

/* Reads on behind what is held. */
static enum status hold_more(struct joined *joined, struct stream *stream, struct fault *fault)
{
    struct bytes *held = &joined->held;
    size_t left = held->count - joined->held_at, more = 0;
    bool gap = false;
    if (left > 0) memmove(held->at, held->at + joined->held_at, left);
    held->count = left;
    joined->held_at = 0;
    if (!bytes_reserve(held, HOLD_BYTES)) return no_memory(fault);
    enum status status = stream_read(stream, held->at + held->count, HOLD_BYTES, &more, &gap, fault);
    if (status == STATUS_END && !stream_interrupted(stream)) {
        joined->ended = true;
        return STATUS_OK;
    }
    if (status != STATUS_OK) return status;
    if (gap && left == 0) joined->gap_first = true;
    if (gap && left > 0) joined->gap_at = left;
    held->count += more;
    return STATUS_OK;
}

static struct span in_hand(const struct joined *joined)
{
    size_t end = joined->gap_at < joined->held.count ? joined->gap_at : joined->held.count;
    return (struct span){joined->held.at + joined->held_at, end - joined->held_at};
}

/* Whether nothing that comes can belong to what is held. */
static bool is_all(const struct joined *joined)
{
    return joined->ended || joined->gap_at != NO_GAP;
}

enum status joined_peek(struct joined *joined, struct stream *stream, size_t wanted, struct span *bytes, struct fault *fault)
{
    enum status status = STATUS_OK;
    while (joined->held.count < wanted && !is_all(joined) && status == STATUS_OK) status = hold_more(joined, stream, fault);
    *bytes = in_hand(joined);
    if (bytes->len > wanted) bytes->len = wanted;
    return status;
}

/* ------------------------------------------------------------------ where it begins */

/* A character of ASCII that texts have. */
static bool is_plain(unsigned char byte)
{
    return (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\r' || byte == '\t';
}

/* Whether NULs and characters take turns from a NUL on, as text does. */
static bool takes_turns(const unsigned char *bytes, size_t count)
{
    uint64_t seen[2] = {0};
    size_t run = 0;
    while (2 * run + 1 < count && bytes[2 * run] == 0 && is_plain(bytes[2 * run + 1]) && run < RUN_LEAST) {
        seen[bytes[2 * run + 1] >> 6] |= UINT64_C(1) << (bytes[2 * run + 1] & 63);
        run++;
    }
    return run == RUN_LEAST && __builtin_popcountll(seen[0]) + __builtin_popcountll(seen[1]) >= RUN_DIFFERENT_MIN;
}

static uint32_t unit_at(const char *at, enum order order)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return order == ORDER_HIGH_FIRST ? (uint32_t)(bytes[0] << 8 | bytes[1]) : (uint32_t)(bytes[1] << 8 | bytes[0]);
}

/* A character of ASCII that no kana, Han or punctuation has as its upper byte. */
static bool is_sign(unsigned char byte)
{
    return byte != 0x20 && byte != 0x25 && byte != KANA && byte < 0x4E;
}

/* Whether text of another set begins here: UTF-8 beyond ASCII, or pairs of ASCII as no text in UTF-16 has them. */
static bool narrow_begins(struct span text, enum order order)
{
    const unsigned char *bytes = (const unsigned char *)text.at;
    size_t signs = 0, beyond = 0, upper = order == ORDER_LOW_FIRST;
    if (text.len < NARROW_BYTES) return false;
    for (size_t i = 0, length; i < NARROW_BYTES; i += length) {
        length = utf8_length(bytes + i, text.len - i);
        if (length == 0) return i + CHARACTER_BYTES > NARROW_BYTES && beyond > 0 && bytes[i] >= 0xC2;
        if (length == 1 && !is_plain(bytes[i])) return false;
        beyond += length > 1;
        signs += length == 1 && i % 2 == upper && is_sign(bytes[i]);
    }
    return beyond > 0 || signs >= NARROW_SIGNS;
}

/* How much speaks for an order: units of ASCII, as far as it is text. Ends of lines are lost first where it is the wrong one. */
static size_t ascii_worth(struct span text, enum order order)
{
    enum { LINE_END = 3 };
    size_t worth = 0;
    for (; text.len >= 2 && charset_is_letter(unit_at(text.at, order)) && !narrow_begins(text, order); text = (struct span){text.at + 2, text.len - 2}) {
        uint32_t unit = unit_at(text.at, order);
        worth += unit == '\n' ? LINE_END : unit < 0x80;
    }
    return worth;
}

/* What begins at a NUL, or at a mark; before: the byte in front of it. */
static enum order order_at(const char *bytes, size_t count, unsigned char before)
{
    struct span text = {bytes, count < LOOK_BYTES ? count : LOOK_BYTES};
    if (bytes[0] == 0) {
        if (!takes_turns((const unsigned char *)bytes, text.len)) return ORDER_NARROW;
        size_t high_first = ascii_worth(text, ORDER_HIGH_FIRST), low_first = ascii_worth((struct span){text.at + 1, text.len - 1}, ORDER_LOW_FIRST);
        if (high_first > low_first + 1) return ORDER_HIGH_FIRST;
        if (low_first > high_first + 1) return ORDER_LOW_FIRST;
        /* All ASCII, as far as it is seen. */
        return before == '\n' || !is_plain(before) ? ORDER_HIGH_FIRST : ORDER_LOW_FIRST;
    }
    bool is_high_first = bytes[0] == '\xFE';
    if (text.len > MARKED_BYTES) text.len = MARKED_BYTES;
    if (count < 2 || bytes[1] != (is_high_first ? '\xFF' : '\xFE') || !charset_looks_wide(text, 2, is_high_first)) return ORDER_NARROW;
    return is_high_first ? ORDER_HIGH_FIRST : ORDER_LOW_FIRST;
}

typedef signed char lanes __attribute__((vector_size(16)));

/* Which of sixteen bytes are no calm ones. */
static inline lanes lanes_odd(const char *at)
{
    lanes bytes;
    memcpy(&bytes, at, sizeof bytes);
    return (bytes < 1) | (bytes == ESCAPE);
}

/* So many bytes, or some fewer, are ASCII without NULs and escapes. */
static size_t calm_length(const char *bytes, size_t count)
{
    enum { WIDTH = sizeof(lanes), STRIDE = 8 * WIDTH };
    const char *at = bytes;
    for (; at + STRIDE <= bytes + count; at += STRIDE) {
        uint64_t odd[2];
        lanes any = lanes_odd(at) | lanes_odd(at + WIDTH) | lanes_odd(at + 2 * WIDTH) | lanes_odd(at + 3 * WIDTH) | lanes_odd(at + 4 * WIDTH) |
                    lanes_odd(at + 5 * WIDTH) | lanes_odd(at + 6 * WIDTH) | lanes_odd(at + 7 * WIDTH);
        memcpy(odd, &any, sizeof odd);
        if ((odd[0] | odd[1]) != 0) break;
    }
    return (size_t)(at - bytes);
}

/* The next bytes that something may begin with. */
struct signs {
    size_t nul, ff;
};

static size_t find_byte(const char *bytes, size_t at, size_t count, int byte)
{
    const char *found = memchr(bytes + at, byte, count - at);
    return found == NULL ? count : (size_t)(found - bytes);
}

static struct signs signs_from(const char *bytes, size_t at, size_t count)
{
    return (struct signs){find_byte(bytes, at, count, 0), find_byte(bytes, at, count, 0xFF)};
}

/* The first NUL, or first byte of a mark, from `at` on; `count` where there is none. */
static size_t find_sign(const char *bytes, size_t at, size_t count, struct signs *signs)
{
    if (signs->nul < at) signs->nul = find_byte(bytes, at, count, 0);
    if (signs->ff < at) signs->ff = find_byte(bytes, at, count, 0xFF);
    size_t mark = signs->ff > at && signs->ff < count && bytes[signs->ff - 1] == '\xFE' ? signs->ff - 1 : signs->ff;
    return signs->nul < mark ? signs->nul : mark;
}

bool joined_is_narrow(struct span text)
{
    struct signs signs = signs_from(text.at, 0, text.len);
    size_t count = find_sign(text.at, 0, text.len, &signs);
    /* The last byte may be half of the first character behind it. */
    if (count < NARROW_BYTES || (!utf8_is_valid(text.at, count) && !utf8_is_valid(text.at, count - 1))) return false;
    size_t kana[2] = {0, 0};
    for (size_t i = 0; i < NARROW_BYTES; i++) kana[i % 2] += text.at[i] == KANA;
    return kana[0] < NARROW_BYTES / 2 && kana[1] < NARROW_BYTES / 2;
}

/* How many bytes are none of it, as `from` are; *order says what begins behind them, NARROW where that is not known yet. all: nothing
 * follows. */
static size_t narrow_length(const char *bytes, size_t from, size_t count, bool all, unsigned char before, enum order *order)
{
    struct signs signs = signs_from(bytes, from, count);
    *order = ORDER_NARROW;
    for (size_t at = from; at < count; at++) {
        at = find_sign(bytes, at, count, &signs);
        if (at == count) return all || bytes[count - 1] != '\xFE' ? count : count - 1;
        if (count - at < LOOK_BYTES && !all) return at;
        *order = order_at(bytes + at, count - at, at > 0 ? (unsigned char)bytes[at - 1] : before);
        if (*order != ORDER_NARROW) return at;
    }
    return count;
}

/* ------------------------------------------------------------------ what it is */

static char *put_character(uint32_t c, char *out)
{
    if (c < 0x80) return *out = (char)c, out + 1;
    if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) *out++ = (char)(0xE0 | c >> 12);
        else *out++ = (char)(0xF0 | c >> 18), *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

/* The character at the front of the text; 0 for none. *length: of it. */
static uint32_t character_at(struct span text, enum order order, size_t *length)
{
    uint32_t unit = text.len < 2 ? 0 : unit_at(text.at, order);
    *length = 2;
    if (!charset_is_letter(unit) || unit < 0xD800 || unit >= 0xE000) return charset_is_letter(unit) ? unit : 0;
    uint32_t second = text.len < CHARACTER_BYTES ? 0 : unit_at(text.at + 2, order);
    *length = CHARACTER_BYTES;
    return unit < 0xDC00 && second >= 0xDC00 && second < 0xE000 ? 0x10000 + ((unit - 0xD800) << 10 | (second - 0xDC00)) : 0;
}

/* Gives of what is held in UTF-16; *order is NARROW where that ends. False: more must be known. */
static bool give_wide(struct joined *joined, char *bytes, size_t capacity, size_t *count)
{
    struct span text = in_hand(joined);
    char *out = bytes;
    size_t had = text.len;
    bool all = is_all(joined), enough = true;
    while (text.len > 0 && capacity - (size_t)(out - bytes) >= CHARACTER_BYTES && joined->order != ORDER_NARROW) {
        enough = all || text.len >= NARROW_BYTES;
        if (!enough) break;
        size_t length;
        uint32_t c = character_at(text, joined->order, &length);
        if (c == 0 || narrow_begins(text, joined->order)) {
            joined->order = ORDER_NARROW;
            break;
        }
        if (c != 0xFEFF) out = put_character(c, out);
        joined->before = (unsigned char)text.at[length - 1];
        text = (struct span){text.at + length, text.len - length};
    }
    joined->held_at += had - text.len;
    joined->wide_bytes += had - text.len;
    *count = (size_t)(out - bytes);
    return enough;
}

/* ------------------------------------------------------------------ giving */

/* Gives of what is held as it is, up to where wide characters begin. False: more must be known. */
static bool give_narrow(struct joined *joined, char *bytes, size_t capacity, size_t *count)
{
    struct span text = in_hand(joined);
    enum order order = ORDER_NARROW;
    size_t length = joined->looks ? narrow_length(text.at, 0, text.len, is_all(joined), joined->before, &order) : text.len;
    *count = length < capacity ? length : capacity;
    if (*count > 0) memcpy(bytes, text.at, *count), joined->before = (unsigned char)text.at[*count - 1];
    joined->held_at += *count;
    if (*count < length) return true;
    joined->order = order;
    if (order == ORDER_LOW_FIRST && text.at[length] == 0) { /* the half of a character that was given */
        joined->held_at++;
        joined->wide_bytes++;
    }
    return length > 0 || order != ORDER_NARROW;
}

/* Nothing is held: what is narrow goes straight through, and what may not be is held. */
static enum status read_through(struct joined *joined, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
                                struct fault *fault)
{
    enum order order;
    enum status status = stream_read(stream, bytes, capacity, count, gap, fault);
    if (status != STATUS_OK || !joined->looks || *count == 0) return status;
    if (*gap) joined->before = '\n';
    joined->calm = calm_length(bytes, *count);
    size_t narrow = narrow_length(bytes, joined->calm, *count, false, joined->before, &order), held = *count - narrow;
    joined->held.count = joined->held_at = 0;
    if (held > 0 && !bytes_reserve(&joined->held, held)) return no_memory(fault);
    bytes_put(&joined->held, bytes + narrow, held);
    if (narrow > 0) joined->before = (unsigned char)bytes[narrow - 1];
    *count = narrow;
    return STATUS_OK;
}

enum status joined_read(struct joined *joined, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
                        struct fault *fault)
{
    enum status status = STATUS_OK;
    joined->calm = *count = 0;
    *gap = false;
    while (*count == 0 && status == STATUS_OK) {
        bool passed = false;
        if (joined->gap_at == joined->held_at) {
            joined->gap_at = NO_GAP;
            joined->gap_first = true;
        }
        if (joined->gap_first) {
            joined->gap_first = false;
            joined->order = ORDER_NARROW;
            joined->before = '\n';
            *gap = true;
        }
        if (joined->held_at < joined->held.count) {
            bool enough = joined->order == ORDER_NARROW ? give_narrow(joined, bytes, capacity, count) : give_wide(joined, bytes, capacity, count);
            if (!enough && *count == 0) status = hold_more(joined, stream, fault);
        } else if (joined->ended) {
            return STATUS_END;
        } else if (joined->order == ORDER_NARROW) {
            status = read_through(joined, stream, bytes, capacity, count, &passed, fault);
        } else {
            status = hold_more(joined, stream, fault);
        }
        *gap |= passed;
    }
    return status;
}
