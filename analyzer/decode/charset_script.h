/* Sets that are believed only of bytes that look like no other's: those of one script, by how its letters stand and how often.
 *
 * Cyrillic Windows-1251 and KOI8-R: runs of letters, nearly all small; as often a, and the letters that end the alphabet, as in
 *          Russian, Ukrainian and Bulgarian
 * Thai     TIS-620: vowels and tones above and below stand behind consonants
 * Hangul   EUC-KR: pairs whose first byte is one of syllables
 * Big5     pairs of common characters, of which a part has a second byte of ASCII
 * Threads  pure
 */
#ifndef CHARSET_SCRIPT_H
#define CHARSET_SCRIPT_H

#include "../../detectors/detector.h"
#include "charset_convert.h"

/* NONE: none of these, or too little to say. */
enum charset_kind charset_guess_script(struct span sample);

#endif
