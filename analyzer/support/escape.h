/* Turns the bytes of a name into text that is one line and does nothing to a terminal.
 *
 * Shape    any bytes -> printable UTF-8; valid UTF-8 stays as it is, except
 *          a newline (\n), a backslash (\\), and as \xHH for each byte: C0, DEL, C1, bidi controls,
 *          zero-width and other invisible characters, line separators, bytes that are no UTF-8
 * Reverse  escape_undo gives the bytes back, all of them
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

enum { ESCAPE_GROWTH = 4 }; /* no byte becomes more than \xHH */

/* Writes the escaped form and a NUL into text (size bytes); what does not fit is left out, cut
 * between whole characters. Gives the length of the whole escaped form, as snprintf does. */
size_t escape_write(char *text, size_t size, const char *bytes, size_t length);

/* As escape_write, but what does not fit is left out at the front, where "..." stands then. size
 * >= 8. */
void escape_write_tail(char *text, size_t size, const char *bytes, size_t length);

/* The bytes behind an escaped text: at most strlen(text) of them, no NUL added. False: no escaped
 * text. */
bool escape_undo(const char *text, char *bytes, size_t *length);

#endif
