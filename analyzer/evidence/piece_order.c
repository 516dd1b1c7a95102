#include "piece_order.h"

#include <stdlib.h>

#include "../support/hash.h"

enum { KNOWN_MAX = 4096 };

/* Of a and b alike nobody asks: such a slot is free. */
struct known_order {
    uint32_t file, a, b;
    bool before;
};

struct piece_order {
    struct object_reader left, right;
    bool has_failed;
    struct fault failure;
    struct known_order known[KNOWN_MAX];
};

struct piece_order *piece_order_open(const struct object_list *list)
{
    struct piece_order *order = calloc(1, sizeof *order);
    if (order == NULL) return NULL;
    order->left.list = order->right.list = list;
    return order;
}

void piece_order_close(struct piece_order *order)
{
    if (order == NULL) return;
    object_reader_close(&order->left);
    object_reader_close(&order->right);
    free(order);
}

static bool compare(struct piece_order *order, size_t left, size_t right)
{
    const struct object *a, *b;
    struct fault fault;
    enum status status = object_list_read(&order->left, left, &a, &fault);
    if (status == STATUS_OK) status = object_list_read(&order->right, right, &b, &fault);
    if (status == STATUS_OK) return piece_paths_before(a, b);
    if (!order->has_failed) order->failure = fault;
    order->has_failed = true;
    return left < right;
}

bool piece_order_before(struct piece_order *order, uint32_t file, uint32_t a, uint32_t b)
{
    const struct object_list *list = order->left.list;
    if (a == b || ledger_is_in_order(list->ledger, file)) return a < b;
    size_t left = object_list_find_piece(list, file, a), right = object_list_find_piece(list, file, b);
    if (left == 0 || right == 0) return a < b;
    struct known_order *known = &order->known[mix64((uint64_t)file << 48 ^ (uint64_t)a << 24 ^ b) % KNOWN_MAX];
    if (known->file != file || known->a != a || known->b != b) *known = (struct known_order){file, a, b, compare(order, left, right)};
    return known->before;
}

enum status piece_order_failure(const struct piece_order *order, struct fault *fault)
{
    return order != NULL && order->has_failed ? fault_set(fault, STATUS_FATAL, "%s", order->failure.message) : STATUS_OK;
}
