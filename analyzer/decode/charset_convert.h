/* From a character set to UTF-8, piece by piece: the door to iconv, and Windows-1252, which needs none.
 *
 * Bytes    that are nothing in their set are passed as they are (of UTF-16 and UTF-32, U+FFFD stands in their place) and
 *          counted; what comes behind them is read as if they were not there
 * Western  Windows-1252 leaves what is UTF-8 as it is: files are mixed more often than they hold such sequences by chance.
 *          Its five free places are the controls that ISO 8859-1 has there
 * Wide     in UTF-16, STRAY_UNITS units in a row that are two characters of ASCII each are text of another set that was joined to it:
 *          it is passed as it is, and counted, up to a NUL. So many whose NUL stands on the other side are out of step, or of the
 *          other byte order: a byte is passed over. Lines drawn of one sign over and over are neither
 * Lines    of ISO-2022-JP begin in ASCII, as RFC 1468 says: an escape that nothing ends, or that is none, costs its line
 * Threads  one converter, one thread at a time
 * iconv    stops before the byte that is wrong, and says EINVAL of a character that is not there as a whole. Sets beyond
 *          Unicode's own are modules of the C library that may not be installed
 */
#ifndef CHARSET_CONVERT_H
#define CHARSET_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/fault.h"

enum charset_kind {
    CHARSET_NONE, /* as it is: ASCII, UTF-8, or nothing that is known */
    CHARSET_UTF16LE,
    CHARSET_UTF16BE,
    CHARSET_UTF32LE,
    CHARSET_UTF32BE,
    CHARSET_CP932,
    CHARSET_EUC_JP,
    CHARSET_ISO_2022_JP,
    CHARSET_GB18030,
    CHARSET_CP1252,
    CHARSET_CP1251,
    CHARSET_KOI8_R,
    CHARSET_TIS_620,
    CHARSET_EUC_KR,
    CHARSET_BIG5,
    CHARSET_UNKNOWN, /* beyond ASCII, and none of these: as it is */
    CHARSET_COUNT
};

enum { CHARSET_ROOM = 16 }; /* less room than this may be too little for one character */

/* "cp932": for coverage.csv; "" for NONE and UNKNOWN. */
const char *charset_kind_name(enum charset_kind kind);

/* Bytes of its smallest character. */
size_t charset_unit(enum charset_kind kind);

struct converter;

/* Not for NONE and UNKNOWN.
 * Fails    DAMAGED: the C library does not have the set here. FATAL: no memory. */
MUST_USE enum status converter_open(enum charset_kind kind, struct converter **converter);
void converter_close(struct converter *converter); /* accepts NULL */

/* Converts what fits of in[0..in_bytes) into out; gives how much was read, and in *out_bytes, which says how much room there
 * is, how much was written. at_end: a character that is not there as a whole never will be. */
size_t converter_run(struct converter *converter, const char *in, size_t in_bytes, bool at_end, char *out, size_t *out_bytes);

/* Forgets the state that escapes have set: bytes are missing. */
void converter_reset(struct converter *converter);

/* Bytes so far that were nothing in the set. */
uint64_t converter_undecodable(const struct converter *converter);

#endif
