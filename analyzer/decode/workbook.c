#include "workbook.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "inflate.h"
#include "markup.h"

enum { CHUNK_BYTES = 64 << 10, UNPACKED_BYTES_MAX = 512 << 20, TEXTS_FIRST = 1024 };

struct workbook {
    struct bytes pool;    /* texts, one behind the other */
    uint32_t *ends;       /* of each in the pool */
    uint64_t count, capacity;
    uint8_t *used;        /* bits */
    struct bytes formats; /* numbers of formats that are dates, as uint32_t */
    struct bytes styles;  /* of each, whether it is one */
    bool has_texts;
};

void workbook_close(struct workbook *workbook)
{
    if (workbook == NULL) return;
    bytes_free(&workbook->pool);
    bytes_free(&workbook->formats);
    bytes_free(&workbook->styles);
    free(workbook->ends);
    free(workbook->used);
    free(workbook);
}

bool workbook_has_texts(const struct workbook *workbook)
{
    return workbook->has_texts;
}

bool workbook_text(struct workbook *workbook, uint64_t number, struct span *text)
{
    if (!workbook->has_texts || number >= workbook->count) return false;
    size_t start = number == 0 ? 0 : workbook->ends[number - 1];
    *text = (struct span){workbook->pool.at + start, workbook->ends[number] - start};
    workbook->used[number / 8] |= (uint8_t)(1 << number % 8);
    return true;
}

bool workbook_is_used(const struct workbook *workbook, uint64_t number)
{
    return number < workbook->count && (workbook->used[number / 8] >> number % 8 & 1) != 0;
}

bool workbook_shows_dates(const struct workbook *workbook, uint64_t style)
{
    return style < workbook->styles.count && workbook->styles.at[style] != 0;
}

/* ------------------------------------------------------------------ what is read */

bool workbook_add_text(struct workbook *workbook, struct span text)
{
    if (workbook->pool.count + text.len > WORKBOOK_TEXT_BYTES_MAX || !bytes_reserve(&workbook->pool, text.len)) return false;
    if (workbook->count == workbook->capacity) {
        uint64_t capacity = 2 * workbook->capacity + TEXTS_FIRST;
        uint32_t *ends = realloc(workbook->ends, capacity * sizeof *ends);
        if (ends == NULL) return false;
        workbook->ends = ends;
        uint8_t *used = realloc(workbook->used, capacity / 8);
        if (used == NULL) return false;
        memset(used + workbook->capacity / 8, 0, (capacity - workbook->capacity) / 8);
        workbook->used = used;
        workbook->capacity = capacity;
    }
    bytes_put(&workbook->pool, text.at, text.len);
    workbook->ends[workbook->count++] = (uint32_t)workbook->pool.count;
    return workbook->count < WORKBOOK_TEXT_BYTES_MAX / 8;
}

/* Whether a code of a format has letters of dates outside of quotes and brackets. */
static bool is_date_code(struct span code)
{
    char until = '\0';
    for (size_t i = 0; i < code.len; i++) {
        char c = code.at[i], lower = (char)(c | 0x20);
        if (until != '\0') {
            if (c == until) until = '\0';
        } else if (c == '"' || c == '[') {
            until = c == '[' ? ']' : '"';
        } else if (c == '\\' || c == '_' || c == '*') {
            i++;
        } else if (c == ';') {
            return false; /* of other numbers */
        } else if (lower == 'y' || lower == 'd' || lower == 'h' || lower == 's') {
            return true;
        }
    }
    return false;
}

bool workbook_add_format(struct workbook *workbook, uint32_t number, struct span code)
{
    if (!is_date_code(code)) return true;
    if (!bytes_reserve(&workbook->formats, sizeof number)) return false;
    bytes_put(&workbook->formats, &number, sizeof number);
    return true;
}

bool workbook_add_style(struct workbook *workbook, uint32_t format)
{
    /* Those that have no code: of ECMA-376, 18.8.30, with those of East Asia. */
    bool is_date = (format >= 14 && format <= 22) || (format >= 27 && format <= 36) || (format >= 45 && format <= 47) || (format >= 50 && format <= 58);
    for (size_t i = 0; i < workbook->formats.count && !is_date; i += sizeof format) is_date = memcmp(workbook->formats.at + i, &format, sizeof format) == 0;
    if (!bytes_reserve(&workbook->styles, 1)) return false;
    bytes_put_byte(&workbook->styles, is_date);
    return true;
}

/* ------------------------------------------------------------------ loading */

/* Puts the bytes of a part through a reader of markup. False: not all could be read. */
static bool part_read(const struct byte_reader *below, enum inflater inflater, const struct workbook_part *part, struct markup *markup)
{
    struct inflation *inflation = part->is_deflated ? inflation_open(inflater) : NULL;
    uint8_t *in = malloc(INFLATE_LAST_BYTES + CHUNK_BYTES), *out = malloc(CHUNK_BYTES);
    struct bytes rows = {0};
    bool good = in != NULL && out != NULL && (inflation != NULL || !part->is_deflated), has_ended = false;
    uint64_t unpacked = 0;
    for (uint64_t at = 0; at < part->packed && good && !has_ended;) {
        size_t length = part->packed - at < CHUNK_BYTES ? (size_t)(part->packed - at) : CHUNK_BYTES;
        memcpy(in, in + CHUNK_BYTES, INFLATE_LAST_BYTES);
        good = below->read_at(below->context, part->offset + at, (char *)in + INFLATE_LAST_BYTES, length);
        at += length;
        const uint8_t *input = in + INFLATE_LAST_BYTES, *end = input + length;
        while (good && !has_ended) {
            size_t count = 0;
            enum inflate_result result = INFLATE_MORE;
            if (inflation != NULL) {
                result = inflation_run(inflation, &input, (size_t)(end - input), out, CHUNK_BYTES, &count);
            } else {
                count = (size_t)(end - input);
                memcpy(out, input, count);
                input = end;
            }
            unpacked += count;
            good = result != INFLATE_DAMAGED && unpacked <= UNPACKED_BYTES_MAX && markup_put(markup, (const char *)out, count, &rows);
            rows.count = 0;
            has_ended = result == INFLATE_END;
            if (count == 0) break; /* all of the input was taken in */
        }
    }
    free(in);
    free(out);
    bytes_free(&rows);
    inflation_close(inflation);
    return good && (has_ended || !part->is_deflated);
}

static bool part_load(struct workbook *workbook, const struct byte_reader *below, enum inflater inflater, const struct workbook_part *part, const char *form)
{
    struct markup *markup = part->packed > 0 ? markup_open(form, workbook) : NULL;
    bool good = markup != NULL && part_read(below, inflater, part, markup);
    markup_close(markup);
    return good;
}

struct workbook *workbook_open(const struct byte_reader *below, enum inflater inflater, const struct workbook_part *strings, const struct workbook_part *styles)
{
    struct workbook *workbook = calloc(1, sizeof *workbook);
    if (workbook == NULL) return NULL;
    workbook->has_texts = part_load(workbook, below, inflater, strings, MARKUP_TEXTS);
    if (!workbook->has_texts) {
        bytes_free(&workbook->pool);
        workbook->count = 0;
    }
    if (!part_load(workbook, below, inflater, styles, MARKUP_STYLES)) workbook->styles.count = 0;
    return workbook;
}

void workbook_look_ahead(struct workbook *workbook, const struct byte_reader *below, enum inflater inflater, const struct workbook_part *sheet)
{
    if (workbook->has_texts) (void)part_load(workbook, below, inflater, sheet, "sheet");
}

/* ------------------------------------------------------------------ dates */

size_t workbook_date(double days, char text[WORKBOOK_DATE_SIZE])
{
    enum { DAYS_MIN = 61, DAYS_MAX = 109574, DAYS_TO_1970 = 25569, DAY_SECONDS = 86400 }; /* from 1900-03-01, before which Excel has a day too many */
    if (!(days >= DAYS_MIN && days < DAYS_MAX)) return 0;
    int64_t seconds = (int64_t)floor(days * DAY_SECONDS + 0.5), day = seconds / DAY_SECONDS - DAYS_TO_1970, left = seconds % DAY_SECONDS;
    /* Civil date of a day: years begin in March, so that the leap day is the last one. */
    int64_t shifted = day + 719468, era = shifted / 146097, of_era = shifted % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), month = (5 * of_year + 2) / 153;
    int civil_day = (int)(of_year - (153 * month + 2) / 5 + 1), civil_month = (int)(month < 10 ? month + 3 : month - 9);
    int year = (int)(era * 400 + year_of_era) + (civil_month <= 2);
    int length = snprintf(text, WORKBOOK_DATE_SIZE, "%04d-%02d-%02d", year % 10000, civil_month % 100, civil_day % 100);
    if (left > 0)
        length += snprintf(text + length, WORKBOOK_DATE_SIZE - (size_t)length, "T%02d:%02d:%02d", (int)(left / 3600 % 24), (int)(left / 60 % 60), (int)(left % 60));
    return (size_t)length;
}
