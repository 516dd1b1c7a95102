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
    bool as_bytes; /* amid text that is no UTF-16 */
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
    [CHARSET_CP1251] = {"cp1251", "CP1251", 1},
    [CHARSET_KOI8_R] = {"koi8-r", "KOI8-R", 1},
    [CHARSET_TIS_620] = {"tis-620", "CP874", 1},
    [CHARSET_EUC_KR] = {"euc-kr", "UHC", 1},
    [CHARSET_BIG5] = {"big5", "BIG5", 1},
    [CHARSET_UNKNOWN] = {"", NULL, 1},
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
    converter->as_bytes = false;
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

/* ------------------------------------------------------------------ UTF-16 */

enum { STRAY_UNITS = 32, STRAY_DIFFERENT_MIN = 8 /* bytes among them: fewer are a line that is drawn */ };
enum stray { STRAY_NOT, STRAY_BYTES, STRAY_SHIFTED };

static bool is_plain(unsigned char byte)
{
    return (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\r' || byte == '\t';
}

static enum stray stray_of(const struct converter *converter, const unsigned char *unit)
{
    bool low_first = converter->kind == CHARSET_UTF16LE;
    unsigned char low = unit[!low_first], high = unit[low_first];
    if (is_plain(low) && is_plain(high)) return STRAY_BYTES;
    return low == 0 && is_plain(high) ? STRAY_SHIFTED : STRAY_NOT;
}

/* Whether STRAY_UNITS units have so many different bytes as text has. */
static bool is_text(const unsigned char *units)
{
    uint64_t seen[2] = {0}; /* all are ASCII */
    for (size_t i = 0; i < 2 * STRAY_UNITS; i++) seen[units[i] >> 6] |= UINT64_C(1) << (units[i] & 63);
    return __builtin_popcountll(seen[0]) + __builtin_popcountll(seen[1]) > STRAY_DIFFERENT_MIN;
}

/* How many bytes come before what is no UTF-16 of this order; *stray says what that is, NOT where there is none. Units at the end
 * that may come to be such are left out, unless nothing follows. Where it begins does not hang on how the bytes come in pieces. */
static size_t stray_find(const struct converter *converter, const char *in, size_t in_bytes, bool at_end, enum stray *stray)
{
    const unsigned char *bytes = (const unsigned char *)in;
    size_t run = 0, units = in_bytes / 2;
    *stray = STRAY_NOT;
    for (size_t i = 0; i < units; i++) {
        enum stray now = stray_of(converter, bytes + 2 * i);
        run = now == *stray && now != STRAY_NOT ? run + 1 : now != STRAY_NOT;
        *stray = now;
        if (run >= STRAY_UNITS && is_text(bytes + 2 * (i + 1 - STRAY_UNITS))) return 2 * (i + 1 - STRAY_UNITS);
    }
    *stray = STRAY_NOT;
    return at_end ? in_bytes : 2 * (units - (run < STRAY_UNITS ? run : STRAY_UNITS - 1));
}

/* Text that is none of the set, up to a NUL, which is half of a character again. */
static size_t pass_bytes(struct converter *converter, const char *in, size_t in_bytes, char *out, size_t *out_bytes)
{
    const char *nul = memchr(in, 0, in_bytes);
    size_t count = nul == NULL ? in_bytes : (size_t)(nul - in);
    bool reached = nul != NULL && count <= *out_bytes;
    if (count > *out_bytes) count = *out_bytes;
    memcpy(out, in, count);
    converter->undecodable += count;
    converter->as_bytes = !reached;
    *out_bytes = count;
    return reached && converter->kind == CHARSET_UTF16LE ? count + 1 : count;
}

static size_t run_wide(struct converter *converter, const char *in, size_t in_bytes, bool at_end, char *out, size_t *out_bytes)
{
    size_t at = 0, written = 0;
    while (at < in_bytes && *out_bytes - written >= CHARSET_ROOM) {
        size_t room = *out_bytes - written;
        if (converter->as_bytes) {
            at += pass_bytes(converter, in + at, in_bytes - at, out + written, &room);
            written += room;
            continue;
        }
        enum stray stray;
        size_t length = stray_find(converter, in + at, in_bytes - at, at_end, &stray);
        if (length == 0 && stray == STRAY_BYTES) {
            converter->as_bytes = true;
        } else if (length == 0 && stray == STRAY_SHIFTED) {
            converter->undecodable++;
            if (in[at] != 0) out[written++] = in[at];
            at++;
        } else if (length == 0) {
            break;
        } else {
            size_t taken = run_stretch(converter, in + at, length, at_end || stray != STRAY_NOT, out + written, &room);
            at += taken;
            written += room;
            if (taken < length) break;
        }
    }
    *out_bytes = written;
    return at;
}

size_t converter_run(struct converter *converter, const char *in, size_t in_bytes, bool at_end, char *out, size_t *out_bytes)
{
    if (converter->kind == CHARSET_CP1252) return run_western(in, in_bytes, at_end, out, out_bytes);
    if (kinds[converter->kind].unit == 2) return run_wide(converter, in, in_bytes, at_end, out, out_bytes);
    return run_iconv(converter, in, in_bytes, at_end, out, out_bytes);
}
