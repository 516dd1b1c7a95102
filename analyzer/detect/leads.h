/* Finds the runs of letters and digits that a pattern can begin with: most patterns say how long such a run is, of which
 * characters, and what stands behind it.
 *
 * Shape    leads (of patterns) -> tables (const, shared) -> text -> which patterns can begin where
 * How      masks with a bit for each lead: by the length of a run and the byte behind it, which is zero for most; by its first
 *          byte, the classes of its characters, the length of the run behind the one byte. What all have is told
 * Sound    every match that begins with a letter or digit at a boundary begins at a place that is told
 * Threads  const after leads_open
 */
#ifndef LEADS_H
#define LEADS_H

#include "../record/shape.h"
#include "../support/fault.h"
#include "pattern_shape.h"

struct leads;

/* The number of a lead is its place. Fails    FATAL: no memory. */
MUST_USE enum status leads_open(const struct pattern_lead *all, size_t count, struct leads **leads, struct fault *fault);
void leads_close(struct leads *leads); /* accepts NULL */

size_t leads_bytes_min(const struct leads *leads); /* of the shortest run */

/* Called for each lead that fits at a place, in the order of places. */
typedef void lead_sink(void *context, size_t at, size_t number);

/* Searches [start, end) of bytes. words: the shapes of the bytes; NULL: they have none. */
void leads_search(const struct leads *leads, const char *bytes, const struct shape_word *words, size_t start, size_t end, lead_sink *sink,
                  void *context);

#endif
