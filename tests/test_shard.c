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
    assert_int_equal(shard_mark(list, shard, shard_count, keep_equal, NULL, listing, &fault), STATUS_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_object_is_in_one_shard_and_shards_are_balanced),
        cmocka_unit_test(equal_loads_go_by_number),
        cmocka_unit_test(mark_forgets_an_earlier_mark),
        cmocka_unit_test(equal_files_stay_together_where_they_are_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
