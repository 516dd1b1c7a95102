/* The text of one object as UTF-8: what comes out of a stream, with its character set undone.
 *
 * Shape    stream -> bytes -> charset_read -> UTF-8, front to back
 * Set      is decided once an object: UTF-16 and UTF-32 by its first bytes, the others by the bytes from the first one on that
 *          is not ASCII, wherever that stands. ASCII and UTF-8 go through untouched
 * Joined   UTF-16 behind text of another set is read wherever it stands: joined.h
 * Tables   what is a document of tables comes as their rows: markup.h
 * Windows  CHARSET_WINDOW bytes are looked at, or all up to the end or a gap; what is decided does not depend on how they come
 * Units    offsets behind it are in UTF-8. The same bytes give the same UTF-8: converting the object up to a place finds it again
 * Damage   bytes that are nothing in the set are passed on: charset_convert.h
 * Threads  one charset, one thread at a time
 */
#ifndef CHARSET_H
#define CHARSET_H

#include "charset_convert.h"
#include "stream.h"

enum { CHARSET_WINDOW = 64 * 1024 };

struct charset;

MUST_USE enum status charset_open(struct charset **charset, struct fault *fault);
void charset_close(struct charset *charset); /* accepts NULL */

/* As stream_read, of the stream's text. Fails as it does. */
MUST_USE enum status charset_read(struct charset *charset, struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap,
                                  struct fault *fault);

/* What it was found to be; NONE as long as nothing else was seen. */
enum charset_kind charset_kind(const struct charset *charset);

/* What the document is whose rows are given ("html"); NULL: it is given as it is. Known once something was given. */
const char *charset_form(const struct charset *charset);

/* Whether a document of tables has ended before its end: markup_broke_off. */
bool charset_broke_off(const struct charset *charset);

/* Cells of a sheet whose texts were not to be had: they stand elsewhere in the archive. */
uint64_t charset_lost_cells(const struct charset *charset);

/* Whether the bytes so far are those of the stream, so that offsets are too. */
bool charset_is_plain(const struct charset *charset);

/* Whether it is decided that they stay so. */
bool charset_is_settled(const struct charset *charset);

/* The stream has jumped to another place; settled, kind: as charset_is_settled and charset_kind said when that place had been reached. */
void charset_jump(struct charset *charset, bool settled, enum charset_kind kind);

/* Bytes that are nothing in the set. */
uint64_t charset_undecodable(const struct charset *charset);

/* Bytes of UTF-16 that was joined to text of another set. */
uint64_t charset_joined(const struct charset *charset);

/* Whether the set that was found cannot be decoded on this machine: its bytes went through as they are. */
bool charset_is_missing(const struct charset *charset);

#endif
