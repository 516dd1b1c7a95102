#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../analyzer/report/coverage_csv.h"
#include "../analyzer/support/sha256.h"
#include "fake_resolved.h"

static const char header[] =
    "path,size,sha256,format,status,reason,bytes_examined,bytes_unexamined,units,records,findings,detail\n";

static char *write_list(struct object_list *list)
{
    char folder[32];
    make_folder(folder);
    struct case_files files = {.folder = folder, .list = list, .thread_count = 1};
    struct fault fault;
    struct coverage_order *order = NULL;
    assert_int_equal(coverage_order_open(list, NULL, 0, &order, &fault), STATUS_OK);
    struct file *made;
    uint8_t digest[SHA256_BYTES], again[SHA256_BYTES];
    assert_int_equal(coverage_csv_write(&files, order, &made, digest, &fault), STATUS_OK);
    assert_int_equal(file_close(made, &fault), STATUS_OK);
    assert_int_equal(coverage_digest(order, again, &fault), STATUS_OK);
    assert_memory_equal(digest, again, SHA256_BYTES);
    coverage_order_close(order);
    size_t count = 0;
    char *bytes = slurp(folder, "coverage.csv", &count);
    remove_folder(folder);
    assert_memory_equal(bytes, header, sizeof header - 1);
    memmove(bytes, bytes + sizeof header - 1, count - sizeof header + 2);
    return bytes;
}

static void lines_are_sorted_by_the_bytes_of_paths_pieces_among_them(void **state)
{
    (void)state;
    struct object objects[] = {
        {.path = (char[]){"d/a.gz"}, .status = OBJECT_PARTIAL, .reason = COVERAGE_TRUNCATED, .size_bytes = 100,
         .bytes_examined = 90, .bytes_unexamined = 10, .units = 5, .records = 4, .findings = 9, .hashed = true,
         .sha256 = {0xAB, 0x01}, .format = "gzip>csv", .detail = "ends early, \"quoted\""},
        {.path = (char[]){"d/b"}, .status = OBJECT_COMPLETE, .size_bytes = 3, .bytes_examined = 3},
        {.path = (char[]){"d/\xE9"}, .status = OBJECT_FAILED, .reason = COVERAGE_PERMISSION_DENIED, .size_bytes = -1},
        {.path = (char[]){"d/a.gz!~64"}, .status = OBJECT_COMPLETE, .is_piece = true, .size_bytes = 36},
    };
    struct object_list list = {.objects = objects, .count = 4, .walked_count = 3};
    char *bytes = write_list(&list);
    assert_string_equal(
        bytes, "d/a.gz,100,ab01000000000000000000000000000000000000000000000000000000000000,gzip>csv,PARTIAL,"
               "TRUNCATED,90,10,5,4,9,\"ends early, \"\"quoted\"\"\"\n"
               "d/a.gz!~64,36,,,COMPLETE,,0,0,0,0,0,\n"
               "d/b,3,,,COMPLETE,,3,0,0,0,0,\n"
               "d/\\xe9,0,,,FAILED,PERMISSION_DENIED,0,0,0,0,0,\n");
    free(bytes);
}

static void one_object_is_one_line_whatever_its_name(void **state)
{
    (void)state;
    struct object objects[] = {{.path = (char[]){"=d/a\nb\r,\"\x1B[31m\\.csv"}, .status = OBJECT_COMPLETE}};
    struct object_list list = {.objects = objects, .count = 1, .walked_count = 1};
    char *bytes = write_list(&list);
    assert_string_equal(bytes, "\"'=d/a\\nb\\x0d,\"\"\\x1b[31m\\\\.csv\",0,,,COMPLETE,,0,0,0,0,0,\n");
    free(bytes);
}

static void the_digest_is_over_four_cells_of_every_line(void **state)
{
    (void)state;
    struct object objects[] = {
        {.path = (char[]){"d/b"}, .status = OBJECT_DUPLICATE, .size_bytes = 3, .detail = "d/a"},
        {.path = (char[]){"d/a,"}, .status = OBJECT_COMPLETE, .size_bytes = 3, .units = 2},
    };
    struct object_list list = {.objects = objects, .count = 2};
    struct fault fault;
    struct coverage_order *order = NULL;
    assert_int_equal(coverage_order_open(&list, NULL, 0, &order, &fault), STATUS_OK);
    uint8_t digest[SHA256_BYTES], expected[SHA256_BYTES];
    assert_int_equal(coverage_digest(order, digest, &fault), STATUS_OK);
    coverage_order_close(order);
    struct sha256 *hash = sha256_open();
    const char *text = "\"d/a,\",3,,COMPLETE\nd/b,3,,DUPLICATE\n";
    sha256_add(hash, text, strlen(text));
    sha256_take(hash, expected);
    sha256_close(hash);
    assert_memory_equal(digest, expected, sizeof digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_sorted_by_the_bytes_of_paths_pieces_among_them),
        cmocka_unit_test(one_object_is_one_line_whatever_its_name),
        cmocka_unit_test(the_digest_is_over_four_cells_of_every_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
