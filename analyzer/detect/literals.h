/* Finds many short literals at once, letters in either case.
 *
 * Shape    literals -> one automaton (const, shared) -> bytes -> which literals end where
 * How      Aho and Corasick (1975), as a table of states by classes of bytes: one look-up a byte, whatever the number of
 *          literals
 * Memory   four bytes for each state and class; LITERALS_STATES_MAX states
 * Threads  const after literals_open
 */
#ifndef LITERALS_H
#define LITERALS_H

#include "../support/fault.h"

enum { LITERALS_STATES_MAX = 1 << 15 };

struct literals;

/* Texts are of letters in lower case and other bytes, none empty; the number of a literal is its place.
 * Fails    FATAL: no memory. USAGE: more of them than there is room for. */
MUST_USE enum status literals_open(const struct span *texts, size_t count, struct literals **literals, struct fault *fault);
void literals_close(struct literals *literals); /* accepts NULL */

struct literal_hit {
    uint32_t end;     /* offset behind the literal */
    uint32_t literal; /* its number */
};

/* Where a search stands in bytes that come in one piece. */
struct literal_search {
    const struct literals *literals;
    const char *bytes;
    size_t length, at;
    uint32_t row;     /* of the state */
    uint32_t pending; /* the next literal that ends at `at`, from 1; 0: none */
    uint32_t shorter; /* a state whose literals end there too; 0: none */
};

void literal_search_begin(struct literal_search *search, const struct literals *literals, const char *bytes, size_t length);

/* The next hit, in order of its end; several at one end come one after another. False: there is none left. */
bool literal_search_next(struct literal_search *search, struct literal_hit *hit);

#endif
