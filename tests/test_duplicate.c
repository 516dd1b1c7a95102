#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../analyzer/evidence/duplicate.h"

static char home[] = "/tmp/test_duplicate_XXXXXX";
static const char *const names[] = {"d/a", "d/b", "d/c", "d/d", "d/e0", "d/e1",
                                    "d/f", "d/g", "d/h", "d/i", "d/j"};

static int folder_make(void **state)
{
    (void)state;
    strcpy(home, "/tmp/test_duplicate_XXXXXX");
    return mkdtemp(home) == NULL || chdir(home) != 0 || mkdir("d", 0700) != 0;
}

static int folder_remove(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    return rmdir("d") != 0 || chdir("/") != 0 || rmdir(home) != 0;
}

static void put(const char *path, size_t size, char fill, size_t odd_at)
{
    char *bytes = malloc(size + 1);
    memset(bytes, fill, size);
    if (odd_at < size) bytes[odd_at] = 'X';
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(file, bytes, size), size);
    close(file);
    free(bytes);
}

static void assert_twin(const struct object *object, const char *first)
{
    char wanted[OBJECT_DETAIL_SIZE];
    snprintf(wanted, sizeof wanted, "same content as %s", first);
    assert_int_equal(object->status, OBJECT_DUPLICATE);
    assert_int_equal(object->reason, COVERAGE_DUPLICATE_CONTENT);
    assert_string_equal(object->detail, wanted);
    assert_int_equal(object->bytes_unexamined, object->size_bytes);
    assert_int_equal(object->bytes_examined, 0);
    assert_true(object->hashed);
}

static void the_first_in_path_order_stays(void **state)
{
    (void)state;
    size_t big = 200000, none = (size_t)-1;
    put("d/a", 100, 'a', none);
    put("d/b", 100, 'b', none);
    put("d/c", 100, 'a', none);
    put("d/d", 100, 'a', none);
    put("d/e0", 0, 0, none);
    put("d/e1", 0, 0, none);
    put("d/f", big, 'f', none);
    put("d/g", big, 'f', 150000); /* alike for 64 KiB and more */
    put("d/h", big, 'f', none);
    put("d/i", big, 'f', 5);
    put("d/j", 77, 'a', none); /* a size of its own */
    char *arguments[] = {"d"};
    struct walk_options options = {.arguments = arguments, .argument_count = 1};
    for (int threads = 1; threads <= 8; threads *= 2) {
        struct object_list list;
        struct fault fault;
        assert_int_equal(walk(&options, &list, &fault), STATUS_OK);
        assert_int_equal(list.count, 11);
        assert_int_equal(duplicates_mark(&list, threads == 1 ? 1000 : 0, threads, NULL, &fault),
                         STATUS_OK);
        static const size_t first_of[] = {0, 1, 0, 0, 4, 4, 6, 7, 6, 9, 10};
        for (size_t i = 0; i < 11; i++) {
            if (first_of[i] == i)
                assert_int_equal(list.objects[i].status, OBJECT_PENDING);
            else
                assert_twin(&list.objects[i], names[first_of[i]]);
            if (first_of[i] != i) assert_int_equal(list.objects[i].duplicate_of, first_of[i]);
        }
        static const uint8_t digest_of_nothing[4] = {0xe3, 0xb0, 0xc4, 0x42};
        assert_memory_equal(list.objects[5].sha256, digest_of_nothing, 4);
        object_list_free(&list);
    }
}

static void what_cannot_be_read_is_left_to_the_scan(void **state)
{
    (void)state;
    char *arguments[] = {"d"};
    struct walk_options options = {.arguments = arguments, .argument_count = 1};
    struct object_list list;
    struct fault fault;
    assert_int_equal(walk(&options, &list, &fault), STATUS_OK);
    unlink("d/c");
    put("d/d", 99, 'a', (size_t)-1);
    list.objects[8].status = OBJECT_SKIPPED;
    assert_int_equal(duplicates_mark(&list, 0, 2, NULL, &fault), STATUS_OK);
    assert_int_equal(list.objects[2].status, OBJECT_PENDING);
    assert_int_equal(list.objects[3].status, OBJECT_PENDING);
    assert_int_equal(list.objects[8].status, OBJECT_SKIPPED);
    object_list_free(&list);
    memset(&list, 0, sizeof list);
    assert_int_equal(duplicates_mark(&list, 0, 2, NULL, &fault), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_in_path_order_stays),
        cmocka_unit_test(what_cannot_be_read_is_left_to_the_scan),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
