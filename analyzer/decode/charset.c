#include "charset.h"

#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "charset_guess.h"
#include "joined.h"

enum { READ_BYTES = 64 * 1024, ESCAPE = 0x1B, ALIGN_SAMPLE = 256 };

enum stage {
    STAGE_FIRST,     /* nothing was seen yet */
    STAGE_ASCII,     /* nothing but ASCII */
    STAGE_DECIDING,  /* what is held begins with something else */
    STAGE_UNTOUCHED, /* goes through as it is */
    STAGE_CONVERTING
};

static const size_t NO_GAP = SIZE_MAX;

struct charset {
    struct joined *joined; /* the stream, as what is not wide reads it */
    enum stage stage;
    enum charset_kind kind;
    struct converter *converter;
    struct bytes held; /* read and not given yet, from held_at on */
    size_t held_at;
    size_t gap_at;     /* in held: bytes are missing before it */
    size_t untouched;  /* so many bytes at held_at were looked at and are to go through */
    bool ended, missing;
    bool aligns;       /* where wide characters begin behind a gap is to be found */
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to decode characters");
}

enum status charset_open(struct charset **charset, struct fault *fault)
{
    *charset = calloc(1, sizeof **charset);
    if (*charset == NULL) return no_memory(fault);
    (*charset)->gap_at = NO_GAP;
    enum status status = joined_open(&(*charset)->joined, fault);
    if (status == STATUS_OK) return status;
    charset_close(*charset);
    *charset = NULL;
    return status;
}

void charset_close(struct charset *charset)
{
    if (charset == NULL) return;
    joined_close(charset->joined);
    converter_close(charset->converter);
    bytes_free(&charset->held);
    free(charset);
}

enum charset_kind charset_kind(const struct charset *charset)
{
    return charset->kind;
}

bool charset_is_plain(const struct charset *charset)
{
    return charset->stage != STAGE_CONVERTING && joined_bytes(charset->joined) == 0;
}

bool charset_is_settled(const struct charset *charset)
{
    return charset->stage >= STAGE_UNTOUCHED;
}

void charset_jump(struct charset *charset, bool settled, enum charset_kind kind)
{
    joined_jump(charset->joined);
    joined_begin(charset->joined);
    charset->stage = settled ? STAGE_UNTOUCHED : STAGE_ASCII;
    charset->kind = kind;
    charset->held.count = charset->held_at = charset->untouched = 0;
    charset->gap_at = NO_GAP;
    charset->ended = false;
}

uint64_t charset_undecodable(const struct charset *charset)
{
    return charset->converter == NULL ? 0 : converter_undecodable(charset->converter);
}

uint64_t charset_joined(const struct charset *charset)
{
    return joined_bytes(charset->joined);
}

bool charset_is_missing(const struct charset *charset)
{
    return charset->missing;
}

/* ------------------------------------------------------------------ what is held */

/* Reads on behind what is held. A gap stays known by its place; there is one at most. */
static enum status hold_more(struct charset *charset, struct stream *stream, struct fault *fault)
{
    struct bytes *held = &charset->held;
    size_t left = held->count - charset->held_at, more = 0;
    bool gap = false;
    if (charset->held_at > 0) {
        memmove(held->at, held->at + charset->held_at, left);
        held->count = left;
        charset->held_at = 0;
    }
    if (!bytes_reserve(held, READ_BYTES)) return no_memory(fault);
    enum status status = joined_read(charset->joined, stream, held->at + held->count, READ_BYTES, &more, &gap, fault);
    if (status == STATUS_END && !stream_interrupted(stream)) {
        charset->ended = true;
        return STATUS_OK;
    }
    if (status != STATUS_OK) return status;
    if (gap) charset->gap_at = held->count;
    held->count += more;
    return STATUS_OK;
}

/* Up to where what is held belongs together. */
static size_t held_end(const struct charset *charset)
{
    return charset->gap_at < charset->held.count ? charset->gap_at : charset->held.count;
}

/* Whether nothing that comes can belong to what is held. */
static bool is_all(const struct charset *charset)
{
    return charset->ended || charset->gap_at != NO_GAP;
}

/* ------------------------------------------------------------------ what it is */

/* The first byte that is not ASCII, or count. */
static size_t ascii_end(const char *bytes, size_t count)
{
    enum { WORDS = 4, STRIDE = WORDS * sizeof(uint64_t) };
    size_t at = 0;
    for (; at + STRIDE <= count; at += STRIDE) {
        uint64_t words[WORDS];
        memcpy(words, bytes + at, STRIDE);
        if (((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080)) != 0) break;
    }
    while (at < count && (unsigned char)bytes[at] < 0x80) at++;
    return at;
}

/* The first byte that is not ASCII, or begins what may be an escape of ISO-2022-JP; `count` where there is none. last: no more
 * bytes belong to these. */
static size_t find_other(const char *bytes, size_t count, bool last)
{
    size_t end = ascii_end(bytes, count);
    for (const char *at = bytes; (at = memchr(at, ESCAPE, (size_t)(bytes + end - at))) != NULL; at++) {
        size_t place = (size_t)(at - bytes);
        if (place + 1 < count ? at[1] == '$' : !last) return place;
    }
    return end;
}

static enum status begin_converting(struct charset *charset, enum charset_kind kind, struct fault *fault)
{
    charset->stage = STAGE_UNTOUCHED;
    charset->kind = kind;
    if (kind == CHARSET_NONE || kind == CHARSET_UNKNOWN) return STATUS_OK;
    enum status status = converter_open(kind, &charset->converter);
    if (status == STATUS_FATAL) return no_memory(fault);
    charset->missing = status != STATUS_OK;
    if (status == STATUS_OK) charset->stage = STAGE_CONVERTING;
    return STATUS_OK;
}

/* Decides whether the object is of wide characters. What is not may have some joined to it. */
static enum status decide_wide(struct charset *charset, struct stream *stream, struct fault *fault)
{
    struct span sample;
    enum status status = joined_peek(charset->joined, stream, CHARSET_WINDOW, &sample, fault);
    if (status != STATUS_OK) return status;
    enum charset_kind wide = charset_guess_wide(sample);
    charset->stage = STAGE_ASCII;
    if (charset_unit(wide) == 2 && joined_is_narrow(sample)) wide = CHARSET_NONE;
    if (wide != CHARSET_NONE) return begin_converting(charset, wide, fault);
    joined_begin(charset->joined);
    return STATUS_OK;
}

/* What is held up to the window, or all there is. Where the stream ends before its file, what follows belongs to it. */
static enum status take_sample(struct charset *charset, const struct stream *stream, struct span *sample, struct fault *fault)
{
    size_t count = held_end(charset) - charset->held_at, more = 0;
    if (count < CHARSET_WINDOW && charset->ended && charset->gap_at == NO_GAP) {
        if (!bytes_reserve(&charset->held, CHARSET_WINDOW)) return no_memory(fault);
        more = stream_read_behind(stream, charset->held.at + charset->held.count, CHARSET_WINDOW - count);
    }
    *sample = (struct span){charset->held.at + charset->held_at, count + more < CHARSET_WINDOW ? count + more : CHARSET_WINDOW};
    return STATUS_OK;
}

/* Decides by what is held. */
static enum status decide(struct charset *charset, const struct stream *stream, struct fault *fault)
{
    struct span sample;
    enum status status = take_sample(charset, stream, &sample, fault);
    if (status != STATUS_OK) return status;
    if (sample.at[0] == ESCAPE && !charset_is_shift(sample.at, sample.len)) {
        charset->stage = STAGE_ASCII;
        charset->untouched = 1;
        return STATUS_OK;
    }
    enum charset_kind kind;
    if (charset_guess(sample, &kind) != STATUS_OK) return no_memory(fault);
    return begin_converting(charset, kind, fault);
}

/* ------------------------------------------------------------------ giving */

/* Gives of what is held as it is. */
static void give(struct charset *charset, size_t most, char *bytes, size_t capacity, size_t *count)
{
    size_t given = most < capacity ? most : capacity;
    memcpy(bytes, charset->held.at + charset->held_at, given);
    charset->held_at += given;
    charset->untouched -= charset->untouched < given ? charset->untouched : given;
    *count = given;
}

/* What is held is ASCII, up to something else. */
static void give_ascii(struct charset *charset, char *bytes, size_t capacity, size_t *count)
{
    size_t end = held_end(charset), looked = charset->held_at + charset->untouched;
    size_t other = looked + find_other(charset->held.at + looked, end - looked, is_all(charset));
    if (other == charset->held_at) charset->stage = STAGE_DECIDING;
    else give(charset, other - charset->held_at, bytes, capacity, count);
}

/* Behind a gap wide characters may begin anywhere: gives how many bytes before the place where most of them are ASCII. */
static size_t misaligned(const struct charset *charset)
{
    size_t unit = charset_unit(charset->kind), best = 0, best_count = 0;
    const char *at = charset->held.at + charset->held_at;
    size_t in_hand = held_end(charset) - charset->held_at, length = in_hand < ALIGN_SAMPLE ? in_hand : ALIGN_SAMPLE;
    bool big = charset->kind == CHARSET_UTF16BE || charset->kind == CHARSET_UTF32BE;
    for (size_t shift = 0; shift < unit; shift++) {
        size_t count = 0;
        for (size_t i = shift; i + unit <= length; i += unit) {
            size_t zeros = 0;
            for (size_t k = 0; k < unit; k++) zeros += at[i + k] == 0;
            count += zeros == unit - 1 && at[i + (big ? unit - 1 : 0)] != 0;
        }
        if (count > best_count) best = shift, best_count = count;
    }
    return best;
}

static void pass_gap(struct charset *charset)
{
    charset->gap_at = NO_GAP;
    if (charset->stage != STAGE_CONVERTING) return;
    converter_reset(charset->converter);
    charset->aligns = charset_unit(charset->kind) > 1;
}

static enum status convert(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, size_t *count, struct fault *fault)
{
    size_t left = held_end(charset) - charset->held_at;
    *count = capacity;
    charset->held_at += converter_run(charset->converter, charset->held.at + charset->held_at, left, is_all(charset), bytes, count);
    bool needs_more = *count == 0 && charset->held_at < held_end(charset);
    return needs_more ? hold_more(charset, stream, fault) : STATUS_OK;
}

/* One step with what is held: gives bytes, gets to know more, or both not. */
static enum status step(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, size_t *count, struct fault *fault)
{
    size_t in_hand = held_end(charset) - charset->held_at;
    bool decides = charset->stage == STAGE_DECIDING;
    if (decides && in_hand < CHARSET_WINDOW && !is_all(charset)) return hold_more(charset, stream, fault);
    if (decides) return decide(charset, stream, fault);
    if (charset->aligns && in_hand < ALIGN_SAMPLE && !is_all(charset)) return hold_more(charset, stream, fault);
    if (charset->aligns) charset->held_at += misaligned(charset);
    charset->aligns = false;
    if (charset->stage == STAGE_CONVERTING) return convert(charset, stream, bytes, capacity, count, fault);
    if (charset->stage == STAGE_ASCII) give_ascii(charset, bytes, capacity, count);
    else give(charset, in_hand, bytes, capacity, count);
    return STATUS_OK;
}

/* Nothing is held: what is untouched or looks so goes straight through. */
static enum status read_through(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
                                struct fault *fault)
{
    enum status status = joined_read(charset->joined, stream, bytes, capacity, count, gap, fault);
    if (status != STATUS_OK || charset->stage == STAGE_UNTOUCHED) return status;
    size_t calm = joined_calm(charset->joined), other = calm + find_other(bytes + calm, *count - calm, false), held = *count - other;
    if (held == 0) return STATUS_OK;
    charset->held.count = charset->held_at = 0;
    if (!bytes_reserve(&charset->held, held)) return no_memory(fault);
    bytes_put(&charset->held, bytes + other, held);
    charset->stage = STAGE_DECIDING;
    *count = other;
    if (other > 0) return STATUS_OK;
    if (*gap) charset->gap_at = 0;
    *gap = false;
    return STATUS_OK;
}

enum status charset_read(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
                         struct fault *fault)
{
    enum status status = STATUS_OK;
    *count = 0;
    *gap = false;
    while (*count == 0 && status == STATUS_OK) {
        bool passed = false;
        if (charset->stage == STAGE_FIRST) {
            status = decide_wide(charset, stream, fault);
        } else if (charset->held_at == charset->held.count) {
            bool through = charset->stage == STAGE_ASCII || charset->stage == STAGE_UNTOUCHED;
            if (charset->ended) return STATUS_END;
            if (through) status = read_through(charset, stream, bytes, capacity, count, &passed, fault);
            else status = hold_more(charset, stream, fault);
        } else if (charset->gap_at == charset->held_at) {
            pass_gap(charset);
            *gap = true;
        } else {
            status = step(charset, stream, bytes, capacity, count, fault);
        }
        *gap |= passed;
    }
    return status;
}
