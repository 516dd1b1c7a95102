/* Which character set bytes are written in.
 *
 * Wide     UTF-16 and UTF-32 by their mark, or by where the zero bytes of ASCII characters are
 * Others   what is UTF-8, but for some odd bytes, is UTF-8. Else the set wins under which the bytes look most like text:
 *          kana and common characters speak for it, rare and free places against it, and words that labels are made of
 *          more than anything. Before that come sets whose bytes look like no other's: charset_script.h. What looks like
 *          nothing is UNKNOWN; what has as many controls as no text has is left as it is
 * Threads  pure
 */
#ifndef CHARSET_GUESS_H
#define CHARSET_GUESS_H

#include "../../detectors/detector.h"
#include "charset_convert.h"

/* Of the first bytes of an object; NONE: no wide characters. */
enum charset_kind charset_guess_wide(struct span sample);

/* Of bytes from the first one on that is not ASCII, or the escape that begins ISO-2022-JP. NONE and
 * UNKNOWN: they stay as they are.
 * Fails    FATAL: no memory. */
MUST_USE enum status charset_guess(struct span sample, enum charset_kind *kind);

/* Whether bytes look like text in units of 2 or 4 bytes, without a mark. */
bool charset_looks_wide(struct span sample, size_t width, bool big);

/* Whether texts are made of a unit. */
bool charset_is_letter(uint32_t unit);

/* Whether an escape begins characters of ISO-2022-JP. */
bool charset_is_shift(const char *at, size_t count);

#endif
