/* Tests of analyzer/evidence/shard.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../analyzer/evidence/shard.h"
#include "run_making.h"

static const uint32_t shard_counts[] = {1, 2, 3, 7, 64, 1000};
enum { SHARD_COUNTS = sizeof shard_counts / sizeof shard_counts[0] };

static void mark(struct object_list *list, uint32_t shard, uint32_t shard_count, bool keep_equal)
{
    struct fault fault;
    uint8_t listing[SHA256_BYTES] = {0};
    const struct shard_options options = {.shard = shard, .shard_count = shard_count, .hash = keep_equal};
    assert_int_equal(shard_mark(list, &options, listing, &fault), STATUS_OK);
}

/* Which shard each object is in; asserts that it is in exactly one, and that a second call says the
 * same. */
static void shards_find(struct object_list *list, uint32_t shard_count, bool keep_equal,
                        uint32_t *shard_of)
{
    for (size_t i = 0; i < list->count; i++)
        shard_of[i] = UINT32_MAX;
    for (uint32_t s = 0; s < shard_count; s++) {
        mark(list, s, shard_count, keep_equal);
        for (size_t i = 0; i < list->count; i++) {
            if (list->objects[i].elsewhere) continue;
            assert_int_equal(shard_of[i], UINT32_MAX);
            shard_of[i] = s;
        }
    }
    for (size_t i = 0; i < list->count; i++)
        assert_int_not_equal(shard_of[i], UINT32_MAX);
    for (uint32_t s = shard_count; s-- > 0; s -= s > 20 ? 13 : 0) {
        mark(list, s, shard_count, keep_equal);
        for (size_t i = 0; i < list->count; i++)
            assert_int_equal(list->objects[i].elsewhere, shard_of[i] != s);
    }
}

/* What a shard has to do: the bytes of its files, and one for each file. */
static void assert_balanced(const struct object_list *list, uint32_t shard_count,
                            const uint32_t *shard_of, uint64_t largest_step)
{
    uint64_t *loads = calloc(shard_count, sizeof *loads);
    for (size_t i = 0; i < list->count; i++) {
        int64_t size = list->objects[i].size_bytes;
        loads[shard_of[i]] += (size > 0 ? (uint64_t)size : 0) + 1;
    }
    uint64_t least = UINT64_MAX, most = 0;
    for (uint32_t s = 0; s < shard_count; s++) {
        if (loads[s] < least) least = loads[s];
        if (loads[s] > most) most = loads[s];
    }
    assert_true(most <= least + largest_step);
    free(loads);
}

static void each_object_is_in_one_shard_and_shards_are_balanced(void **unused)
{
    (void)unused;
    static const uint32_t counts[] = {0, 1, 2, 65, 1500};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct chance chance = {11 + c};
        uint32_t count = counts[c], shard_of[1500];
        struct object *objects = calloc(count + 1, sizeof *objects);
        uint64_t largest = 0;
        for (uint32_t i = 0; i < count; i++) {
            objects[i].size_bytes =
                (int64_t)chance_below(&chance, 1u << chance_below(&chance, 31)) - 1;
            objects[i].status = chance_below(&chance, 9) == 0 ? OBJECT_SKIPPED : OBJECT_PENDING;
            if (objects[i].size_bytes > 0 && (uint64_t)objects[i].size_bytes > largest)
                largest = (uint64_t)objects[i].size_bytes;
        }
        struct object_list list = {.objects = objects, .count = count, .walked_count = count};
        for (size_t n = 0; n < SHARD_COUNTS; n++) {
            shards_find(&list, shard_counts[n], false, shard_of);
            assert_balanced(&list, shard_counts[n], shard_of, largest + 1);
        }
        free(objects);
    }
}

static void equal_loads_go_by_number(void **unused)
{
    (void)unused;
    struct object objects[6] = {{.size_bytes = 5}, {.size_bytes = 5}, {.size_bytes = 5},
                                {.size_bytes = 5}, {.size_bytes = 5}, {.size_bytes = 20}};
    struct object_list list = {.objects = objects, .count = 6, .walked_count = 6};
    static const uint32_t expected[6] = {1, 2, 1, 2, 1, 0};
    uint32_t shard_of[6];
    shards_find(&list, 3, false, shard_of);
    assert_memory_equal(shard_of, expected, sizeof expected);
}

static void mark_forgets_an_earlier_mark(void **unused)
{
    (void)unused;
    struct object objects[2] = {{.size_bytes = 5, .elsewhere = true},
                                {.size_bytes = 6, .elsewhere = true}};
    struct object_list list = {.objects = objects, .count = 2, .walked_count = 2};
    mark(&list, 0, 1, false);
    assert_false(objects[0].elsewhere || objects[1].elsewhere);
}

enum { FILES = 120, CONTENTS = 30 };

static size_t content_of(size_t file, char bytes[8192])
{
    size_t content = file * 7 % CONTENTS, length = content < 2 ? 0 : 3000 + content / 6 * 1000;
    memset(bytes, 'x', length);
    /* Those of a length differ in their first bytes, or only behind all that is looked at. */
    if (length > 0) bytes[content % 3 == 0 ? length - 1 : content % 4] = (char)('a' + content);
    return length;
}

static void equal_files_stay_together_where_they_are_to(void **unused)
{
    (void)unused;
    char folder[64], name[96];
    static char bytes[8192], others[8192];
    int directory = folder_make(folder);
    for (size_t i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%03zu", i);
        assert_true(bytes_store(directory, name, bytes, content_of(i, bytes)));
    }
    char *arguments[] = {folder};
    struct walk_options options = {.arguments = arguments, .argument_count = 1};
    struct object_list list;
    struct fault fault;
    assert_int_equal(walk(&options, &list, &fault), STATUS_OK);
    assert_int_equal(list.count, FILES);
    for (size_t n = 0; n < SHARD_COUNTS; n++) {
        uint32_t shard_of[FILES];
        if (shard_counts[n] > 100) continue; /* each call reads the files */
        shards_find(&list, shard_counts[n], true, shard_of);
        size_t apart = 0;
        for (size_t i = 0; i < FILES; i++)
            for (size_t k = 0; k < i; k++) {
                size_t length = content_of(i, bytes);
                bool equal = length == content_of(k, others) && memcmp(bytes, others, length) == 0;
                if (equal) assert_int_equal(shard_of[i], shard_of[k]);
                apart += !equal && list.objects[i].size_bytes == list.objects[k].size_bytes &&
                         shard_of[i] != shard_of[k];
            }
        assert_true(shard_counts[n] == 1 || apart > 0);
        assert_balanced(&list, shard_counts[n], shard_of, (FILES / CONTENTS) * 6 * 8001);
        shards_find(&list, shard_counts[n], false, shard_of);
        assert_balanced(&list, shard_counts[n], shard_of, 8001);
    }
    object_list_free(&list);
    for (size_t i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%03zu", i);
        unlinkat(directory, name, 0);
    }
    close(directory);
    assert_int_equal(rmdir(folder), 0);
}

/* ------------------------------------------------------------------ ranges */

/* Of files with an even index in the ledger. */
static bool can_cut(void *context, const struct object *object)
{
    const struct object_list *list = context;
    return (object - list->objects) % 2 == 0;
}

enum { HUGE_FILES = 9 };
#define MEBIBYTE (INT64_C(1) << 20)

static void huge_make(struct object_list *list)
{
    static const int64_t sizes[HUGE_FILES] = {3000 * MEBIBYTE + 17, 1, 500 * MEBIBYTE, 700 * MEBIBYTE, 0, 3 * MEBIBYTE, 40 * MEBIBYTE + 5, 40 * MEBIBYTE, 2 * MEBIBYTE};
    *list = (struct object_list){.objects = calloc(HUGE_FILES, sizeof *list->objects), .count = HUGE_FILES, .capacity = HUGE_FILES, .walked_count = HUGE_FILES};
    for (size_t i = 0; i < HUGE_FILES; i++) {
        assert_true(asprintf(&list->objects[i].path, "file-%zu", i) > 0);
        list->objects[i].below_root = list->objects[i].path;
        list->objects[i].size_bytes = sizes[i];
        list->objects[i].status = OBJECT_PENDING;
    }
}

/* What a shard reads and counts, in bytes. */
static uint64_t load_of(const struct object_list *list, bool hash)
{
    uint64_t load = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        if (object->elsewhere) continue;
        load += !object->is_cut ? (uint64_t)object->size_bytes : hash ? (uint64_t)object->size_bytes / RANGE_HASH_SHARE : 0;
    }
    return load;
}

/* The ranges of each file that is cut lie side by side and are all of it. */
static void assert_tiled(const struct object_list *list)
{
    size_t range = list->walked_count;
    for (size_t file = 0; file < list->walked_count; file++) {
        const struct object *object = &list->objects[file];
        assert_false(object->is_range);
        for (int64_t at = 0; object->is_cut && at < object->size_bytes; range++) {
            assert_in_range(range, 0, list->count - 1);
            assert_true(list->objects[range].is_range && list->objects[range].is_piece);
            assert_int_equal(list->objects[range].start_bytes, at);
            assert_true(list->objects[range].size_bytes > 0);
            at += list->objects[range].size_bytes;
            assert_true(at <= object->size_bytes);
        }
    }
    assert_int_equal(range, list->count);
}

static void huge_divide(uint32_t shard, uint32_t shard_count, bool hash, uint64_t range_bytes, struct object_list *list,
                        uint8_t listing[SHA256_BYTES])
{
    struct fault fault;
    huge_make(list);
    memset(listing, 7, SHA256_BYTES);
    const struct shard_options options = {.shard = shard, .shard_count = shard_count, .hash = hash, .range_bytes = range_bytes,
                                          .can_cut = can_cut, .context = list};
    assert_int_equal(shard_mark(list, &options, listing, &fault), STATUS_OK);
}

static void large_files_are_cut_so_that_shards_have_as_much(void **unused)
{
    (void)unused;
    for (int hash = 0; hash < 2; hash++)
        for (size_t n = 0; n < SHARD_COUNTS; n++) {
            uint32_t shard_count = shard_counts[n], owners[4096] = {0};
            uint64_t most = 0, total = 0;
            uint8_t first[SHA256_BYTES], listing[SHA256_BYTES];
            for (uint32_t s = 0; s < shard_count; s++) {
                struct object_list list;
                huge_divide(s, shard_count, hash != 0, 0, &list, listing);
                if (s == 0) memcpy(first, listing, sizeof first);
                assert_memory_equal(first, listing, sizeof first);
                assert_tiled(&list);
                assert_in_range(list.count, HUGE_FILES, HUGE_FILES + 2 * shard_count + 8);
                for (size_t i = 0; i < list.count; i++) owners[i] += !list.objects[i].elsewhere;
                if (s + 1 == shard_count)
                    for (size_t i = 0; i < list.count; i++) assert_int_equal(owners[i], 1);
                uint64_t load = load_of(&list, hash != 0);
                total += load;
                if (load > most) most = load;
                object_list_free(&list);
            }
            /* No more than a share, or what cannot be cut: the file of 700 MiB, or a digest of the largest. A file that turns out
             * to go into one shard has no digest apart, which was reckoned with. */
            uint64_t share = total / shard_count, whole = 750 * MEBIBYTE;
            share += share / 16;
            assert_in_range(most, 1, (shard_count == 1 || share > whole ? share : whole) + 2 * RANGE_BYTES_MIN);
        }
}

static void one_large_file_is_an_eighth_for_each_of_eight(void **unused)
{
    (void)unused;
    for (uint32_t s = 0; s < 8; s++) {
        struct object objects[10] = {{.path = (char[]){"a"}, .size_bytes = 64 * MEBIBYTE}};
        objects[0].below_root = objects[0].path;
        struct object_list list = {.objects = objects, .count = 1, .capacity = 10, .walked_count = 1};
        struct fault fault;
        uint8_t listing[SHA256_BYTES] = {0};
        const struct shard_options options = {.shard = s, .shard_count = 8, .can_cut = can_cut, .context = &list};
        assert_int_equal(shard_mark(&list, &options, listing, &fault), STATUS_OK);
        assert_int_equal(list.count, 9);
        assert_true(objects[0].is_cut);
        for (uint32_t r = 0; r < 8; r++) {
            assert_int_equal(objects[1 + r].size_bytes, 8 * MEBIBYTE);
            assert_int_equal(objects[1 + r].elsewhere, r != s);
            free(objects[1 + r].path);
        }
    }
}

static void small_ranges_are_no_larger_than_they_are_to_be(void **unused)
{
    (void)unused;
    struct object_list list;
    uint8_t listing[SHA256_BYTES];
    huge_divide(2, 7, true, 100000, &list, listing);
    assert_tiled(&list);
    for (size_t i = HUGE_FILES; i < list.count; i++) assert_in_range(list.objects[i].size_bytes, 1, 100000);
    object_list_free(&list);
    huge_divide(2, 7, true, 1, &list, listing); /* more than a file may have */
    assert_tiled(&list);
    assert_in_range(list.count, HUGE_FILES, HUGE_FILES + 5 * (RANGES_MAX + 8));
    object_list_free(&list);
    huge_divide(0, 1, true, 1, &list, listing); /* nobody to share them with */
    assert_int_equal(list.count, HUGE_FILES);
    object_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_object_is_in_one_shard_and_shards_are_balanced),
        cmocka_unit_test(equal_loads_go_by_number),
        cmocka_unit_test(mark_forgets_an_earlier_mark),
        cmocka_unit_test(equal_files_stay_together_where_they_are_to),
        cmocka_unit_test(large_files_are_cut_so_that_shards_have_as_much),
        cmocka_unit_test(one_large_file_is_an_eighth_for_each_of_eight),
        cmocka_unit_test(small_ranges_are_no_larger_than_they_are_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
