#include "charset_convert.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "../support/utf8.h"

struct converter {
    enum charset_kind kind;
    iconv_t iconv;
    uint64_t undecodable;
};

static const struct {
    const char *name, *iconv_name;
    size_t unit;
} kinds[CHARSET_COUNT] = {
    [CHARSET_NONE] = {"", NULL, 1},
    [CHARSET_UTF16LE] = {"utf-16le", "UTF-16LE", 2},
    [CHARSET_UTF16BE] = {"utf-16be", "UTF-16BE", 2},
    [CHARSET_UTF32LE] = {"utf-32le", "UTF-32LE", 4},
    [CHARSET_UTF32BE] = {"utf-32be", "UTF-32BE", 4},
    [CHARSET_CP932] = {"cp932", "CP932", 1},
    [CHARSET_EUC_JP] = {"euc-jp", "EUC-JP-MS", 1},
    [CHARSET_ISO_2022_JP] = {"iso-2022-jp", "ISO-2022-JP-3", 1},
    [CHARSET_GB18030] = {"gb18030", "GB18030", 1},
    [CHARSET_CP1252] = {"cp1252", NULL, 1},
};

const char *charset_kind_name(enum charset_kind kind)
{
    return kinds[kind].name;
}

size_t charset_unit(enum charset_kind kind)
{
    return kinds[kind].unit;
}

enum status converter_open(enum charset_kind kind, struct converter **converter)
{
    *converter = NULL;
    struct converter *made = calloc(1, sizeof *made);
    if (made == NULL) return STATUS_FATAL;
    made->kind = kind;
    if (kinds[kind].iconv_name != NULL) made->iconv = iconv_open("UTF-8", kinds[kind].iconv_name);
    if (kinds[kind].iconv_name != NULL && made->iconv == (iconv_t)-1) {
        enum status status = errno == ENOMEM ? STATUS_FATAL : STATUS_DAMAGED;
        free(made);
        return status;
    }
    *converter = made;
    return STATUS_OK;
}

void converter_close(struct converter *converter)
{
    if (converter == NULL) return;
    if (kinds[converter->kind].iconv_name != NULL) iconv_close(converter->iconv);
    free(converter);
}

void converter_reset(struct converter *converter)
{
    if (kinds[converter->kind].iconv_name != NULL) (void)iconv(converter->iconv, NULL, NULL, NULL, NULL);
}

uint64_t converter_undecodable(const struct converter *converter)
{
    return converter->undecodable;
}

/* ------------------------------------------------------------------ Windows-1252 */

/* 0x80 to 0x9F. */
static const uint16_t upper_controls[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

static char *put_western(char *out, unsigned char byte)
{
    uint16_t c = byte >= 0x80 && byte < 0xA0 ? upper_controls[byte - 0x80] : byte;
    if (c >= 0x800) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        *out++ = (char)(0xC0 | c >> 6);
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

static size_t run_western(const char *in, size_t in_bytes, bool at_end, char *out, size_t *out_bytes)
{
    enum { LONGEST = 4 };
    char *to = out, *end = out + *out_bytes;
    size_t at = 0;
    while (at < in_bytes && end - to >= LONGEST) {
        unsigned char byte = (unsigned char)in[at];
        if (byte >= 0xC2 && in_bytes - at < LONGEST && !at_end) break; /* it may come to be a character of UTF-8 */
        size_t length = utf8_length((const unsigned char *)in + at, in_bytes - at);
        if (length > 0) {
            memcpy(to, in + at, length);
            to += length;
            at += length;
        } else {
            to = put_western(to, byte);
            at++;
        }
    }
    *out_bytes = (size_t)(to - out);
    return at;
}

/* ------------------------------------------------------------------ the others */

/* What stands for bytes that are none of the set: `count` of them. */
static char *put_undecodable(struct converter *converter, const char *in, size_t count, char *out)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    converter->undecodable += count;
    if (kinds[converter->kind].unit > 1) {
        memcpy(out, replacement, sizeof replacement - 1);
        return out + sizeof replacement - 1;
    }
    memcpy(out, in, count);
    return out + count;
}

/* So many bytes iconv gets at once: of ISO-2022-JP a line, since what escapes have set ends with it. */
static size_t stretch(const struct converter *converter, const char *in, size_t in_bytes)
{
    const char *newline = converter->kind == CHARSET_ISO_2022_JP ? memchr(in, '\n', in_bytes) : NULL;
    return newline == NULL ? in_bytes : (size_t)(newline - in) + 1;
}

/* One stretch, as run_iconv does it. ends: nothing behind it belongs to it. */
static size_t run_stretch(struct converter *converter, const char *in, size_t in_bytes, bool ends, char *out, size_t *out_bytes)
{
    char *from = (char *)(uintptr_t)in, *to = out; /* iconv does not write there */
    size_t left = in_bytes, room = *out_bytes, unit = kinds[converter->kind].unit;
    while (left > 0 && room >= CHARSET_ROOM) {
        if (iconv(converter->iconv, &from, &left, &to, &room) != (size_t)-1) continue;
        if (errno == E2BIG || (errno == EINVAL && !ends)) break;
        if (room < CHARSET_ROOM) break;
        size_t wrong = left < unit ? left : unit;
        char *behind = put_undecodable(converter, from, wrong, to);
        room -= (size_t)(behind - to);
        to = behind;
        from += wrong;
        left -= wrong;
    }
    *out_bytes -= room;
    return in_bytes - left;
}

static size_t run_iconv(struct converter *converter, const char *in, size_t in_bytes, bool at_end, char *out, size_t *out_bytes)
{
    size_t at = 0, written = 0;
    while (at < in_bytes) {
        size_t length = stretch(converter, in + at, in_bytes - at), room = *out_bytes - written;
        bool is_line = converter->kind == CHARSET_ISO_2022_JP && in[at + length - 1] == '\n';
        size_t taken = run_stretch(converter, in + at, length, at_end || is_line, out + written, &room);
        at += taken;
        written += room;
        if (taken < length) break;
        if (is_line) converter_reset(converter);
    }
    *out_bytes = written;
    return at;
}

size_t converter_run(struct converter *converter, const char *in, size_t in_bytes, bool at_end, char *out, size_t *out_bytes)
{
    if (converter->kind == CHARSET_CP1252) return run_western(in, in_bytes, at_end, out, out_bytes);
    return run_iconv(converter, in, in_bytes, at_end, out, out_bytes);
}
