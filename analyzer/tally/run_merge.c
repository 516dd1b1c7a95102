#include "run_merge.h"

#include <stdlib.h>

#include "run_layout.h"

/* BASE_SLACK: so many bytes of what keys have in common are left to the prefix, so that the base lasts longer. */
enum { PREFIX_BYTES = 8, BASE_SLACK = 2, TIES_EVERY = 64, HELD_CHUNK_BYTES = 64 * 1024, VALUES_FIRST = 64 };

struct leaf {
    struct run_source source;
    struct span key, value;
    uint64_t prefix; /* see prefix_set */
    bool ended, beyond;
};

/* Copies of values whose source went on. */
struct held {
    struct held *before;
    size_t used, room;
    char bytes[];
};

struct run_merge {
    struct leaf *leaves;
    uint32_t *tree;    /* [0] the winner; [n] the loser of the game at n, of 1 .. count - 1 */
    uint32_t *winners; /* of the first round; 2 * count */
    size_t *shared;    /* count, to choose a base */
    size_t count, ties;
    struct bytes base;
    struct bytes key;
    bool begun;
    uint64_t prefix; /* of key */
    struct span *values;
    size_t value_count, value_room;
    struct held *held;
    struct fault ended; /* STATUS_OK: not yet */
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for merging runs");
}

/* ---------------------------------------------------------------- sources */

static enum status cursor_next(void *context, struct span *key, struct span *value, struct fault *fault)
{
    return run_cursor_next(context, key, value, fault);
}

static bool cursor_value_lasts(const void *context)
{
    return run_cursor_value_lasts(context);
}

struct run_source run_cursor_source(struct run_cursor *cursor)
{
    return (struct run_source){cursor_next, cursor_value_lasts, cursor};
}

/* ---------------------------------------------------------------- the tree */

/* Keys at hand have much in common, such as the form of all customer IDs. Of those that begin with the base, the prefix
 * is what follows it, as a number of the same order. Others lie behind these, since keys ascend and the base is that of
 * a key which was the lowest: they get the largest number, and a new base when their turn comes. */
static void prefix_set(const struct run_merge *merge, struct leaf *leaf)
{
    size_t base = merge->base.count, rest = leaf->key.len - base;
    leaf->prefix = UINT64_MAX;
    leaf->beyond =
        !leaf->ended && (leaf->key.len < base || (base > 0 && memcmp(leaf->key.at, merge->base.at, base) != 0));
    if (leaf->ended || leaf->beyond) return;
    unsigned char first[PREFIX_BYTES] = {0};
    if (rest >= PREFIX_BYTES)
        memcpy(first, leaf->key.at + base, PREFIX_BYTES);
    else if (rest > 0)
        memcpy(first, leaf->key.at + base, rest);
    uint64_t prefix = 0;
    for (size_t i = 0; i < PREFIX_BYTES; i++) prefix = prefix << 8 | first[i];
    leaf->prefix = prefix;
}

static bool before(struct run_merge *merge, uint32_t a, uint32_t b)
{
    const struct leaf *one = &merge->leaves[a], *other = &merge->leaves[b];
    if (one->prefix != other->prefix) return one->prefix < other->prefix;
    if (one->ended != other->ended) return other->ended;
    merge->ties++;
    int order = one->ended ? 0 : run_key_compare(one->key, other->key);
    return order != 0 ? order < 0 : a < b;
}

/* The leaf's entry is new: it plays its way up again. */
static void replay(struct run_merge *merge, uint32_t winner)
{
    for (size_t node = (winner + merge->count) / 2; node > 0; node /= 2) {
        uint32_t loser = merge->tree[node];
        if (!before(merge, loser, winner)) continue;
        merge->tree[node] = winner;
        winner = loser;
    }
    merge->tree[0] = winner;
}

/* The first round. */
static void tree_build(struct run_merge *merge)
{
    size_t count = merge->count;
    uint32_t *winners = merge->winners;
    for (size_t i = 0; i < count; i++) winners[count + i] = (uint32_t)i;
    for (size_t node = count - 1; node > 0; node--) {
        uint32_t left = winners[2 * node], right = winners[2 * node + 1];
        bool left_wins = before(merge, left, right);
        winners[node] = left_wins ? left : right;
        merge->tree[node] = left_wins ? right : left;
    }
    merge->tree[0] = winners[1];
}

static int by_size(const void *a, const void *b)
{
    size_t one = *(const size_t *)a, other = *(const size_t *)b;
    return (one > other) - (one < other);
}

/* How much the half of the leaves that is nearest to the lowest key has in common with it. */
static size_t common_to_half(struct run_merge *merge, struct span lowest)
{
    size_t count = 0;
    for (size_t i = 0; i < merge->count; i++) {
        const struct leaf *leaf = &merge->leaves[i];
        if (!leaf->ended) merge->shared[count++] = run_key_common(lowest, leaf->key);
    }
    qsort(merge->shared, count, sizeof *merge->shared, by_size);
    return merge->shared[count / 2];
}

/* Takes a new base from the winner, which is the lowest; all play again. false: no memory. */
static bool base_choose(struct run_merge *merge)
{
    struct span lowest = merge->leaves[merge->tree[0]].key;
    size_t bytes = common_to_half(merge, lowest);
    bytes = bytes > BASE_SLACK ? bytes - BASE_SLACK : 0;
    merge->base.count = 0;
    if (!bytes_reserve(&merge->base, bytes + 1)) return false;
    bytes_put(&merge->base, lowest.at, bytes);
    for (size_t i = 0; i < merge->count; i++) prefix_set(merge, &merge->leaves[i]);
    tree_build(merge);
    merge->ties = 0;
    return true;
}

static enum status leaf_advance(const struct run_merge *merge, struct leaf *leaf, struct fault *fault)
{
    enum status status = leaf->source.next(leaf->source.context, &leaf->key, &leaf->value, fault);
    leaf->ended = status != STATUS_OK;
    prefix_set(merge, leaf);
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status leaves_open(struct run_merge *merge, const struct run_source *sources, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < merge->count && status == STATUS_OK; i++) {
        merge->leaves[i].source = sources[i];
        status = leaf_advance(merge, &merge->leaves[i], fault);
    }
    if (status != STATUS_OK || merge->count == 0) return status;
    tree_build(merge);
    merge->ties = SIZE_MAX; /* a base is wanted */
    return STATUS_OK;
}

enum status run_merge_open_sources(const struct run_source *sources, size_t count, struct run_merge **merge,
                                   struct fault *fault)
{
    *merge = NULL;
    struct run_merge *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    made->count = count;
    made->leaves = calloc(count + 1, sizeof *made->leaves);
    made->tree = calloc(count + 1, sizeof *made->tree);
    made->winners = calloc(2 * count + 1, sizeof *made->winners);
    made->shared = calloc(count + 1, sizeof *made->shared);
    enum status status = made->leaves == NULL || made->tree == NULL || made->winners == NULL || made->shared == NULL
                             ? no_memory(fault)
                             : leaves_open(made, sources, fault);
    if (count == 0) made->ended.status = STATUS_END;
    if (status != STATUS_OK) {
        run_merge_close(made);
        return status;
    }
    *merge = made;
    return STATUS_OK;
}

enum status run_merge_open(struct run_cursor *const *cursors, size_t count, struct run_merge **merge,
                           struct fault *fault)
{
    *merge = NULL;
    struct run_source *sources = calloc(count + 1, sizeof *sources);
    if (sources == NULL) return no_memory(fault);
    for (size_t i = 0; i < count; i++) sources[i] = run_cursor_source(cursors[i]);
    enum status status = run_merge_open_sources(sources, count, merge, fault);
    free(sources);
    return status;
}

/* ---------------------------------------------------------------- the values of a key */

static bool value_add(struct run_merge *merge, struct span value)
{
    if (merge->value_count == merge->value_room) {
        size_t room = merge->value_room == 0 ? VALUES_FIRST : 2 * merge->value_room;
        struct span *values = realloc(merge->values, room * sizeof *values);
        if (values == NULL) return false;
        merge->values = values;
        merge->value_room = room;
    }
    merge->values[merge->value_count++] = value;
    return true;
}

/* NULL: no memory. */
static char *hold(struct run_merge *merge, struct span value)
{
    struct held *held = merge->held;
    if (held == NULL || held->room - held->used < value.len) {
        size_t room = value.len > HELD_CHUNK_BYTES ? value.len : HELD_CHUNK_BYTES;
        held = malloc(sizeof *held + room);
        if (held == NULL) return NULL;
        *held = (struct held){.before = merge->held, .room = room};
        merge->held = held;
    }
    char *copy = held->bytes + held->used;
    if (value.len > 0) memcpy(copy, value.at, value.len);
    held->used += value.len;
    return copy;
}

/* Of the chunks, one of the usual size is kept for the next key. */
static void held_reset(struct run_merge *merge, bool all)
{
    while (merge->held != NULL && (all || merge->held->before != NULL || merge->held->room > HELD_CHUNK_BYTES)) {
        struct held *before = merge->held->before;
        free(merge->held);
        merge->held = before;
    }
    if (merge->held != NULL) merge->held->used = 0;
}

/* The winner against the key that is being collected. */
static int against_key(const struct run_merge *merge, const struct leaf *leaf)
{
    if (leaf->prefix != merge->prefix) return leaf->prefix < merge->prefix ? -1 : 1;
    return run_key_compare(leaf->key, (struct span){merge->key.at, merge->key.count});
}

static bool key_copy(struct run_merge *merge, const struct leaf *leaf)
{
    merge->key.count = 0;
    if (!bytes_reserve(&merge->key, leaf->key.len + 1)) return false;
    bytes_put(&merge->key, leaf->key.at, leaf->key.len);
    merge->prefix = leaf->prefix;
    return true;
}

/* Takes all values of the key that the winner has, then lets it play again. Its values that are still where it lent
 * them begin at `lent`. */
static enum status winner_drain(struct run_merge *merge, struct fault *fault)
{
    struct leaf *leaf = &merge->leaves[merge->tree[0]];
    size_t lent = merge->value_count;
    int order = 0;
    while (order == 0) {
        if (!value_add(merge, leaf->value)) return no_memory(fault);
        bool lasts = leaf->source.value_lasts != NULL && leaf->source.value_lasts(leaf->source.context);
        for (; !lasts && lent < merge->value_count; lent++) {
            merge->values[lent].at = hold(merge, merge->values[lent]);
            if (merge->values[lent].at == NULL) return no_memory(fault);
        }
        enum status status = leaf_advance(merge, leaf, fault);
        if (status != STATUS_OK) return status;
        order = leaf->ended ? 1 : against_key(merge, leaf);
    }
    replay(merge, merge->tree[0]);
    return STATUS_OK;
}

static enum status key_next(struct run_merge *merge, struct fault *fault)
{
    const struct leaf *winner = &merge->leaves[merge->tree[0]];
    if (winner->ended) return STATUS_END;
    if ((winner->beyond || merge->ties / TIES_EVERY > merge->count) && !base_choose(merge)) return no_memory(fault);
    if (merge->begun && run_key_compare((struct span){merge->key.at, merge->key.count}, winner->key) >= 0)
        return fault_set(fault, STATUS_FATAL, "keys descend in what is to be merged");
    if (!key_copy(merge, winner)) return no_memory(fault);
    merge->begun = true;
    merge->value_count = 0;
    held_reset(merge, false);
    enum status status = STATUS_OK;
    do {
        status = winner_drain(merge, fault);
        winner = &merge->leaves[merge->tree[0]];
    } while (status == STATUS_OK && !winner->ended && against_key(merge, winner) == 0);
    return status;
}

enum status run_merge_next(struct run_merge *merge, struct span *key, const struct span **values, size_t *value_count,
                           struct fault *fault)
{
    enum status status = merge->ended.status;
    if (status == STATUS_OK) status = key_next(merge, &merge->ended);
    merge->ended.status = status;
    if (status == STATUS_OK) {
        *key = (struct span){merge->key.at, merge->key.count};
        *values = merge->values;
        *value_count = merge->value_count;
    } else if (status != STATUS_END) {
        *fault = merge->ended;
    }
    return status;
}

void run_merge_close(struct run_merge *merge)
{
    if (merge == NULL) return;
    held_reset(merge, true);
    bytes_free(&merge->key);
    bytes_free(&merge->base);
    free(merge->values);
    free(merge->leaves);
    free(merge->tree);
    free(merge->winners);
    free(merge->shared);
    free(merge);
}

size_t run_merge_fan_in(size_t memory_bytes, size_t threads)
{
    size_t one_bytes = run_cursor_bytes() + sizeof(struct leaf) + sizeof(uint32_t);
    size_t fits = memory_bytes / (threads > 0 ? threads : 1) / one_bytes;
    return fits < 2 ? 2 : fits > RUN_FAN_IN_MAX ? RUN_FAN_IN_MAX : fits;
}
