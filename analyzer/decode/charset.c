#include "charset.h"

#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "charset_guess.h"
#include "joined.h"
#include "markup.h"
#include "workbook.h"

enum { READ_BYTES = 64 * 1024, ESCAPE = 0x1B, ALIGN_SAMPLE = 256 };

enum stage {
    STAGE_FIRST,     /* nothing was seen yet */
    STAGE_ASCII,     /* nothing but ASCII */
    STAGE_DECIDING,  /* what is held begins with something else */
    STAGE_UNTOUCHED, /* goes through as it is */
    STAGE_CONVERTING
};

/* Whether the text is a document of tables. */
enum form_stage {
    FORM_HELD,  /* it may be one: what is held decides */
    FORM_GIVEN, /* it is none: what is held is given, and then all as it is */
    FORM_PLAIN,
    FORM_ROWS   /* it is one; what is held are rows */
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
    enum form_stage form_stage;
    const char *form;
    struct markup *markup;
    struct bytes rows;     /* text that is held, or rows, from rows_at on */
    size_t rows_at;
    struct bytes raw;      /* read behind a gap, before which rows are to be given */
    bool rows_gap, rows_end; /* bytes are missing before what is held next; nothing comes behind it */
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
    bytes_free(&charset->rows);
    bytes_free(&charset->raw);
    markup_close(charset->markup);
    free(charset);
}

enum charset_kind charset_kind(const struct charset *charset)
{
    return charset->kind;
}

bool charset_is_plain(const struct charset *charset)
{
    return charset->stage != STAGE_CONVERTING && joined_bytes(charset->joined) == 0 && charset->form == NULL;
}

const char *charset_form(const struct charset *charset)
{
    return charset->form;
}

bool charset_broke_off(const struct charset *charset)
{
    return charset->markup != NULL && markup_broke_off(charset->markup);
}

uint64_t charset_lost_cells(const struct charset *charset)
{
    return charset->markup == NULL ? 0 : markup_lost(charset->markup);
}

bool charset_is_settled(const struct charset *charset)
{
    return charset->stage >= STAGE_UNTOUCHED;
}

void charset_jump(struct charset *charset, bool settled, enum charset_kind kind)
{
    charset->form_stage = FORM_PLAIN;
    charset->rows.count = charset->rows_at = 0;
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

static enum status text_read(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
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

/* ------------------------------------------------------------------ documents of tables */

/* Looks at what is held: whether it begins as a document of tables, or what it is once enough is there. */
static enum status form_decide(struct charset *charset, struct stream *stream, bool is_all, struct fault *fault)
{
    size_t at = 0, length = charset->rows.count;
    const char *held = charset->rows.at;
    if (length >= 3 && memcmp(held, "\xEF\xBB\xBF", 3) == 0) at = 3;
    while (at < length && strchr(" \t\r\n", held[at]) != NULL && held[at] != '\0') at++;
    bool is_mark = length < 3 && memcmp(held, "\xEF\xBB", length) == 0;
    if (!is_all && length < MARKUP_LOOKED_AT && (is_mark || at == length || held[at] == '<')) return STATUS_OK;
    charset->form_stage = FORM_GIVEN;
    charset->form = at < length && held[at] == '<' ? markup_sniff(held, length < MARKUP_LOOKED_AT ? length : MARKUP_LOOKED_AT) : NULL;
    if (charset->form == NULL) return STATUS_OK;
    bool refers = strcmp(charset->form, "sheet") == 0, is_texts = strcmp(charset->form, "texts") == 0;
    struct workbook *workbook = refers || is_texts ? stream_workbook(stream) : NULL;
    if (is_texts && (workbook == NULL || !workbook_has_texts(workbook))) { /* nobody refers to them */
        charset->form = NULL;
        return STATUS_OK;
    }
    charset->form_stage = FORM_ROWS;
    charset->markup = markup_open(charset->form, workbook);
    struct bytes document = charset->rows;
    charset->rows = (struct bytes){0};
    bool enough = charset->markup != NULL && markup_put(charset->markup, document.at + (held[0] == '\xEF' ? 3 : 0),
                                                        document.count - (held[0] == '\xEF' ? 3 : 0), &charset->rows);
    bytes_free(&document);
    return enough ? STATUS_OK : no_memory(fault);
}

/* Bytes are missing before what was read: what is open ends. */
static bool form_gap(struct charset *charset, const char *bytes, size_t count)
{
    if (!markup_end(charset->markup, &charset->rows)) return false;
    charset->rows_gap = true;
    if (!bytes_reserve(&charset->raw, count)) return false;
    bytes_put(&charset->raw, bytes, count);
    return true;
}

/* Takes in more text, with `bytes` as room to read it to. END: the stream is at its end, or the run is to stop. */
static enum status form_more(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, bool *gap, struct fault *fault)
{
    size_t count = 0;
    *gap = false;
    enum status status = text_read(charset, stream, bytes, capacity, &count, gap, fault);
    if (status == STATUS_END && !stream_interrupted(stream)) {
        charset->rows_end = true;
        if (charset->form_stage == FORM_ROWS) return markup_end(charset->markup, &charset->rows) ? STATUS_OK : no_memory(fault);
        return charset->rows.count > 0 ? form_decide(charset, stream, true, fault) : STATUS_OK;
    }
    if (status != STATUS_OK) return status;
    if (charset->form_stage == FORM_ROWS) {
        bool enough = *gap ? form_gap(charset, bytes, count) : markup_put(charset->markup, bytes, count, &charset->rows);
        *gap = false;
        return enough ? STATUS_OK : no_memory(fault);
    }
    if (*gap && charset->rows.count > 0) { /* what is held is all that is before it */
        *gap = false;
        charset->rows_gap = true;
        status = form_decide(charset, stream, true, fault);
        if (status != STATUS_OK || !bytes_reserve(&charset->raw, count)) return status == STATUS_OK ? no_memory(fault) : status;
        bytes_put(&charset->raw, bytes, count);
        return STATUS_OK;
    }
    if (!bytes_reserve(&charset->rows, count)) return no_memory(fault);
    charset->rows_gap |= *gap;
    *gap = false;
    bytes_put(&charset->rows, bytes, count);
    return form_decide(charset, stream, false, fault);
}

/* What is held is given: what stands behind a gap comes next. */
static bool form_next(struct charset *charset)
{
    charset->rows.count = charset->rows_at = 0;
    if (charset->raw.count == 0) return true;
    struct bytes raw = charset->raw;
    charset->raw = (struct bytes){0};
    bool enough = true;
    if (charset->form_stage == FORM_ROWS) {
        enough = markup_put(charset->markup, raw.at, raw.count, &charset->rows);
    } else {
        enough = bytes_reserve(&charset->rows, raw.count);
        if (enough) bytes_put(&charset->rows, raw.at, raw.count);
    }
    bytes_free(&raw);
    return enough;
}

enum status charset_read(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
                         struct fault *fault)
{
    if (charset->form_stage == FORM_PLAIN) return text_read(charset, stream, bytes, capacity, count, gap, fault);
    *count = 0;
    *gap = false;
    for (;;) {
        size_t left = charset->rows.count - charset->rows_at;
        if (left > 0 && charset->form_stage >= FORM_GIVEN) {
            bool behind_gap = charset->rows_gap && charset->raw.count == 0;
            *count = left < capacity ? left : capacity;
            memcpy(bytes, charset->rows.at + charset->rows_at, *count);
            charset->rows_at += *count;
            *gap = behind_gap;
            if (behind_gap) charset->rows_gap = false;
            return STATUS_OK;
        }
        if (charset->raw.count > 0) {
            if (!form_next(charset)) return no_memory(fault);
            continue;
        }
        if (charset->form_stage >= FORM_GIVEN) charset->rows.count = charset->rows_at = 0;
        if (charset->rows_end) return STATUS_END;
        if (charset->form_stage == FORM_GIVEN) {
            bytes_free(&charset->rows);
            charset->form_stage = FORM_PLAIN;
            return text_read(charset, stream, bytes, capacity, count, gap, fault);
        }
        bool passed;
        enum status status = form_more(charset, stream, bytes, capacity, &passed, fault);
        if (status != STATUS_OK) return status;
    }
}
