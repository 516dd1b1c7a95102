/* The wish that a run ends soon, from a signal handler to those who read and wait.
 *
 * Why both  the flag is asked in loops. A wait looks at the descriptor as well: a signal that comes between asking the flag
 *           and waiting would be slept through
 * Threads   any number ask
 */
#ifndef STOP_H
#define STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct stop {
    const volatile sig_atomic_t *flag; /* other than 0 from then on; NULL: it never comes */
    int descriptor;                    /* readable from then on; -1: none */
};

static inline bool stop_is_wanted(const struct stop *stop)
{
    return stop->flag != NULL && *stop->flag != 0;
}

#endif
