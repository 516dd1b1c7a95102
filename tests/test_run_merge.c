/* Tests of analyzer/tally/run_merge.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/tally/run_merge.h"
#include "run_making.h"

enum { SOURCES_MAX = 12, ENTRIES_MAX = 400, KEY_MAX = 24, LONG_VALUE = RUN_BLOCK_BYTES / 3 };

static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", NULL};

struct entry {
    char key[KEY_MAX];
    size_t key_bytes;
    uint32_t source, number; /* number: within the source, and the first bytes of the value */
    size_t value_bytes;
};

/* A source that lies in memory; its values are overwritten at each next, as those of a source may be. */
struct table {
    const struct entry *entries;
    size_t count, at;
    char *value;
};

struct making {
    int directory;
    char folder[64];
    struct fault fault;
    struct entry entries[SOURCES_MAX][ENTRIES_MAX];
    size_t counts[SOURCES_MAX], source_count;
    struct run *runs[SOURCES_MAX]; /* NULL: the source is a table */
    struct run_cursor *cursors[SOURCES_MAX];
    struct table tables[SOURCES_MAX];
    struct run_source sources[SOURCES_MAX];
};

static struct span key_of(const struct entry *entry)
{
    return (struct span){entry->key, entry->key_bytes};
}

static void value_make(const struct entry *entry, char *value)
{
    memset(value, (int)('a' + entry->source), entry->value_bytes);
    layout_put(value, entry->number, 4);
    layout_put(value + 4, entry->source, 4);
}

static enum status table_next(void *context, struct span *key, struct span *value, struct fault *fault)
{
    (void)fault;
    struct table *table = context;
    memset(table->value, 0, LONG_VALUE);
    if (table->at == table->count) return STATUS_END;
    const struct entry *entry = &table->entries[table->at++];
    value_make(entry, table->value);
    *key = key_of(entry);
    *value = (struct span){table->value, entry->value_bytes};
    return STATUS_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    int order = run_key_compare(key_of(one), key_of(other));
    if (order != 0) return order;
    if (one->source != other->source) return one->source < other->source ? -1 : 1;
    return one->number < other->number ? -1 : one->number > other->number;
}

/* ---------------------------------------------------------------- sets by chance */

/* Few letters or many, keys with much in common or little, so that ties, prefixes and zeros all occur. */
static void entry_make(struct chance *chance, struct entry *entry, uint32_t letters, uint32_t common)
{
    static const char alphabet[] = {0, 'a', (char)0xFF, 'b', 'c', 1, 'd', (char)0x80};
    entry->key_bytes = common + chance_below(chance, KEY_MAX - common + 1) * chance_below(chance, 3) / 2;
    if (entry->key_bytes > KEY_MAX) entry->key_bytes = KEY_MAX;
    if (entry->key_bytes > common + 2 && letters < 3) entry->key_bytes = common + 2;
    memset(entry->key, 'p', KEY_MAX);
    for (size_t i = common; i < KEY_MAX; i++) entry->key[i] = alphabet[chance_below(chance, letters)];
    entry->value_bytes = chance_below(chance, 12) == 0 ? LONG_VALUE : 8 + chance_below(chance, 30);
}

static void set_make(struct making *making, struct chance *chance, size_t source_count)
{
    uint32_t letters = 1 + chance_below(chance, 8), common = chance_below(chance, 2) * chance_below(chance, 12);
    making->source_count = source_count;
    for (uint32_t i = 0; i < source_count; i++) {
        struct entry *entries = making->entries[i];
        size_t count = making->counts[i] = chance_below(chance, 6) == 0 ? 0 : chance_below(chance, ENTRIES_MAX);
        for (uint32_t k = 0; k < count; k++) {
            entry_make(chance, &entries[k], letters, common);
            entries[k].source = i;
            entries[k].number = 0;
        }
        qsort(entries, count, sizeof *entries, by_key);
        for (uint32_t k = 0; k < count; k++) entries[k].number = k;
    }
}

static void source_write(struct making *making, size_t i)
{
    char value[LONG_VALUE];
    struct run_identity identity = identity_of(1, 2, 3);
    struct run_writer *writer = NULL;
    assert_int_equal(run_writer_open(making->directory, names[i], &identity, &writer, &making->fault), STATUS_OK);
    for (size_t k = 0; k < making->counts[i]; k++) {
        const struct entry *entry = &making->entries[i][k];
        value_make(entry, value);
        struct span lent = {value, entry->value_bytes};
        assert_int_equal(run_writer_add(writer, key_of(entry), lent, &making->fault), STATUS_OK);
    }
    assert_int_equal(run_writer_finish(writer, NULL, &making->fault), STATUS_OK);
    assert_int_equal(run_open(making->directory, names[i], &identity, &making->runs[i], &making->fault), STATUS_OK);
}

/* Every third source is a table. */
static void sources_open(struct making *making)
{
    for (size_t i = 0; i < making->source_count; i++) {
        if (i % 3 == 2) {
            making->tables[i] = (struct table){making->entries[i], making->counts[i], 0, malloc(LONG_VALUE)};
            making->sources[i] = (struct run_source){table_next, NULL, &making->tables[i]};
            continue;
        }
        source_write(making, i);
        struct span all = {NULL, 0};
        assert_int_equal(run_cursor_open(making->runs[i], all, all, &making->cursors[i], &making->fault), STATUS_OK);
        making->sources[i] = run_cursor_source(making->cursors[i]);
    }
}

static void sources_close(struct making *making)
{
    for (size_t i = 0; i < making->source_count; i++) {
        run_cursor_close(making->cursors[i]);
        run_close(making->runs[i]);
        free(making->tables[i].value);
        making->cursors[i] = NULL;
        making->runs[i] = NULL;
        making->tables[i].value = NULL;
    }
}

static struct entry *union_sorted(const struct making *making, size_t *count)
{
    struct entry *all = malloc(SOURCES_MAX * ENTRIES_MAX * sizeof *all);
    *count = 0;
    for (size_t i = 0; i < making->source_count; i++) {
        if (making->counts[i] > 0) memcpy(all + *count, making->entries[i], making->counts[i] * sizeof *all);
        *count += making->counts[i];
    }
    qsort(all, *count, sizeof *all, by_key);
    return all;
}

/* What is merged against the sorted union: the same keys, each once, the same values in the same order. */
static void check_merge(struct making *making, struct run_merge *merge, const struct entry *all, size_t count)
{
    char wanted[LONG_VALUE];
    size_t at = 0, value_count = 0;
    struct span key;
    const struct span *values = NULL;
    enum status status = STATUS_OK;
    while ((status = run_merge_next(merge, &key, &values, &value_count, &making->fault)) == STATUS_OK) {
        assert_true(value_count > 0 && at + value_count <= count);
        if (at > 0) assert_true(run_key_compare(key_of(&all[at - 1]), key) < 0);
        for (size_t i = 0; i < value_count; i++, at++) {
            assert_int_equal(run_key_compare(key, key_of(&all[at])), 0);
            value_make(&all[at], wanted);
            assert_int_equal(values[i].len, all[at].value_bytes);
            assert_memory_equal(values[i].at, wanted, values[i].len);
        }
    }
    assert_int_equal(status, STATUS_END);
    assert_int_equal(at, count);
    assert_int_equal(run_merge_next(merge, &key, &values, &value_count, &making->fault), STATUS_END);
}

static struct making *making_open(void)
{
    struct making *making = calloc(1, sizeof *making);
    assert_non_null(making);
    making->directory = folder_make(making->folder);
    assert_true(making->directory >= 0);
    return making;
}

static void making_close(struct making *making)
{
    assert_true(folder_remove(making->directory, making->folder, names));
    free(making);
}

static void a_merge_equals_the_sorted_union(void **unused)
{
    (void)unused;
    struct making *making = making_open();
    struct chance chance = {2026};
    for (size_t set = 0; set < 300; set++) {
        set_make(making, &chance, set % (SOURCES_MAX + 1));
        sources_open(making);
        struct run_merge *merge = NULL;
        assert_int_equal(run_merge_open_sources(making->sources, making->source_count, &merge, &making->fault),
                         STATUS_OK);
        size_t count = 0;
        struct entry *all = union_sorted(making, &count);
        check_merge(making, merge, all, count);
        free(all);
        run_merge_close(merge);
        sources_close(making);
    }
    making_close(making);
}

/* Ranges that run_split proposes, each merged alone. */
static void merges_of_parts_make_the_whole(void **unused)
{
    (void)unused;
    struct making *making = making_open();
    struct chance chance = {7};
    for (size_t set = 0; set < 20; set++) {
        set_make(making, &chance, 5);
        for (size_t i = 0; i < 5; i++) source_write(making, i);
        size_t count = 0, key_count = 0, at = 0;
        struct entry *all = union_sorted(making, &count);
        struct span keys[6], nothing_at_all = {NULL, 0};
        assert_int_equal(run_split((const struct run *const *)making->runs, 5, 7, keys, &key_count, &making->fault),
                         STATUS_OK);
        for (size_t part = 0; part <= key_count; part++) {
            struct span from = part > 0 ? keys[part - 1] : nothing_at_all,
                        to = part < key_count ? keys[part] : nothing_at_all;
            struct run_merge *merge = NULL;
            for (size_t i = 0; i < 5; i++)
                assert_int_equal(run_cursor_open(making->runs[i], from, to, &making->cursors[i], &making->fault),
                                 STATUS_OK);
            assert_int_equal(run_merge_open(making->cursors, 5, &merge, &making->fault), STATUS_OK);
            size_t end = at;
            while (end < count && (to.len == 0 || run_key_compare(key_of(&all[end]), to) < 0)) end++;
            check_merge(making, merge, all + at, end - at);
            at = end;
            run_merge_close(merge);
            for (size_t i = 0; i < 5; i++) run_cursor_close(making->cursors[i]);
        }
        assert_int_equal(at, count);
        free(all);
        memset(making->cursors, 0, sizeof making->cursors);
        sources_close(making);
    }
    making_close(making);
}

/* ---------------------------------------------------------------- what goes wrong */

static enum status merge_all(struct making *making, struct run_merge *merge)
{
    struct span key;
    const struct span *values = NULL;
    size_t value_count = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) status = run_merge_next(merge, &key, &values, &value_count, &making->fault);
    return status;
}

static void damage_of_one_source_ends_the_merge(void **unused)
{
    (void)unused;
    struct making *making = making_open();
    making->source_count = 2;
    for (size_t i = 0; i < 2; i++) {
        making->counts[i] = 0;
        for (uint32_t k = 0; k < 100; k++) {
            struct entry *entry = &making->entries[i][making->counts[i]++];
            *entry = (struct entry){.key_bytes = 4, .number = k, .source = (uint32_t)i, .value_bytes = LONG_VALUE};
            snprintf(entry->key, KEY_MAX, "%04u", k);
        }
        source_write(making, i);
    }
    run_close(making->runs[1]);
    size_t size = 0;
    char *bytes = bytes_load(making->directory, "1", &size);
    bytes[HEADER_BYTES + (size - HEADER_BYTES) / 2] ^= 1; /* a block in the middle */
    assert_true(bytes_store(making->directory, "1", bytes, size));
    free(bytes);
    struct run_identity identity = identity_of(1, 2, 3);
    assert_int_equal(run_open(making->directory, "1", &identity, &making->runs[1], &making->fault), STATUS_OK);
    struct span all = {NULL, 0};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(run_cursor_open(making->runs[i], all, all, &making->cursors[i], &making->fault), STATUS_OK);
    struct run_merge *merge = NULL;
    assert_int_equal(run_merge_open(making->cursors, 2, &merge, &making->fault), STATUS_OK);
    assert_int_equal(merge_all(making, merge), STATUS_DAMAGED);
    assert_memory_equal(making->fault.message, "1: block ", 9);
    memset(&making->fault, 0, sizeof making->fault);
    assert_int_equal(merge_all(making, merge), STATUS_DAMAGED);
    assert_memory_equal(making->fault.message, "1: block ", 9);
    run_merge_close(merge);
    sources_close(making);
    making_close(making);
}

static void a_source_that_descends_is_our_mistake(void **unused)
{
    (void)unused;
    struct making *making = making_open();
    char value[LONG_VALUE];
    const struct entry entries[] = {{.key = "b", .key_bytes = 1, .value_bytes = 8},
                                    {.key = "a", .key_bytes = 1, .value_bytes = 8}};
    struct table table = {entries, 2, 0, value};
    struct run_source source = {table_next, NULL, &table};
    struct run_merge *merge = NULL;
    assert_int_equal(run_merge_open_sources(&source, 1, &merge, &making->fault), STATUS_OK);
    assert_int_equal(merge_all(making, merge), STATUS_FATAL);
    assert_non_null(strstr(making->fault.message, "descend"));
    run_merge_close(merge);
    run_merge_close(NULL);
    making_close(making);
}

static void as_many_are_merged_at_once_as_memory_allows(void **unused)
{
    (void)unused;
    assert_int_equal(run_merge_fan_in(0, 1), 2);
    assert_int_equal(run_merge_fan_in(SIZE_MAX, 0), RUN_FAN_IN_MAX);
    assert_int_equal(run_merge_fan_in(10 * (run_cursor_bytes() + 1024), 1), 10);
    assert_int_equal(run_merge_fan_in(10 * (run_cursor_bytes() + 1024), 2), 5);
    assert_true(run_cursor_bytes() > 2 * RUN_BLOCK_BYTES && run_cursor_bytes() < 4 * RUN_BLOCK_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merge_equals_the_sorted_union),
        cmocka_unit_test(merges_of_parts_make_the_whole),
        cmocka_unit_test(damage_of_one_source_ends_the_merge),
        cmocka_unit_test(a_source_that_descends_is_our_mistake),
        cmocka_unit_test(as_many_are_merged_at_once_as_memory_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
