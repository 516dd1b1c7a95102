/* Texts that many objects share: each is kept once.
 *
 * Lends    what texts_keep gave, until texts_close
 * Threads  one at a time
 */
#ifndef TEXTS_H
#define TEXTS_H

struct texts;

/* The text as it is kept; *texts is made where it is NULL. Fails    NULL: no memory. */
const char *texts_keep(struct texts **texts, const char *text);
void texts_close(struct texts *texts); /* accepts NULL */

#endif
