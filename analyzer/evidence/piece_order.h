/* Which of two pieces of a file comes first, by their paths, where these may have to be read.
 *
 * Speed    where a file's pieces came up in the order of their paths, numbers tell; else what was compared lately is known
 * Threads  one at a time, and only while the list does not change: the caller has a lock
 * Fails    never at once, since those who sort cannot be told: piece_order_failure says it, before anything is concluded
 */
#ifndef PIECE_ORDER_H
#define PIECE_ORDER_H

#include "walk.h"

struct piece_order;

/* list: lent until piece_order_close. NULL: no memory. */
struct piece_order *piece_order_open(const struct object_list *list);
void piece_order_close(struct piece_order *order); /* accepts NULL */

/* Whether a comes before b: two pieces of objects[file] in the ledger. */
bool piece_order_before(struct piece_order *order, uint32_t file, uint32_t a, uint32_t b);

/* Fails    as ledger_read did in the meantime, as FATAL. */
MUST_USE enum status piece_order_failure(const struct piece_order *order, struct fault *fault);

#endif
