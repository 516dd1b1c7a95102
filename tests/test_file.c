#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../analyzer/support/file.h"
#include "fake_resolved.h"

static bool exists(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void appears_only_when_closed_and_for_its_owner_alone(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct file *file = NULL;
    struct fault fault;
    assert_int_equal(file_open(folder, "a.csv", &file, &fault), STATUS_OK);
    assert_int_equal(file_write(file, "one,", 4, &fault), STATUS_OK);
    assert_false(exists(folder, "a.csv"));
    assert_true(exists(folder, ".a.csv.partial"));
    assert_int_equal(file_write(file, "two\n", 4, &fault), STATUS_OK);
    assert_int_equal(file_close(file, &fault), STATUS_OK);
    assert_false(exists(folder, ".a.csv.partial"));
    size_t count = 0;
    char *bytes = slurp(folder, "a.csv", &count);
    assert_string_equal(bytes, "one,two\n");
    free(bytes);
    char path[64];
    snprintf(path, sizeof path, "%s/a.csv", folder);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    remove_folder(folder);
}

static void abandoned_it_leaves_what_was_there(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct file *file = NULL;
    struct fault fault;
    assert_int_equal(file_open(folder, "a", &file, &fault), STATUS_OK);
    assert_int_equal(file_write(file, "old", 3, &fault), STATUS_OK);
    assert_int_equal(file_close(file, &fault), STATUS_OK);
    assert_int_equal(file_open(folder, "a", &file, &fault), STATUS_OK);
    assert_int_equal(file_write(file, "new", 3, &fault), STATUS_OK);
    file_abandon(file);
    size_t count = 0;
    char *bytes = slurp(folder, "a", &count);
    assert_string_equal(bytes, "old");
    free(bytes);
    assert_false(exists(folder, ".a.partial"));
    remove_folder(folder);
}

static void a_link_in_the_place_of_the_partial_file_is_not_followed(void **state)
{
    (void)state;
    char folder[32], target[64], link[64];
    make_folder(folder);
    snprintf(target, sizeof target, "%s/victim", folder);
    snprintf(link, sizeof link, "%s/.a.partial", folder);
    FILE *victim = fopen(target, "w");
    fputs("untouched", victim);
    fclose(victim);
    assert_int_equal(symlink(target, link), 0);
    struct file *file = NULL;
    struct fault fault;
    assert_int_equal(file_open(folder, "a", &file, &fault), STATUS_OK);
    assert_int_equal(file_write(file, "new", 3, &fault), STATUS_OK);
    assert_int_equal(file_close(file, &fault), STATUS_OK);
    size_t count = 0;
    char *bytes = slurp(folder, "victim", &count);
    assert_string_equal(bytes, "untouched");
    free(bytes);
    remove_folder(folder);
}

static void large_pieces_and_pieces_at_places_of_choice_arrive(void **state)
{
    (void)state;
    enum { LARGE = 3 << 20 };
    char folder[32];
    make_folder(folder);
    char *large = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)(i * 31 >> 3);
    struct file *file = NULL;
    struct fault fault;
    uint64_t position = 0;
    assert_int_equal(file_open(folder, "a", &file, &fault), STATUS_OK);
    assert_int_equal(file_write(file, "head", 4, &fault), STATUS_OK);
    assert_int_equal(file_write(file, large, LARGE, &fault), STATUS_OK);
    assert_int_equal(file_write(file, "mid", 3, &fault), STATUS_OK);
    assert_int_equal(file_flush(file, &position, &fault), STATUS_OK);
    assert_int_equal(position, LARGE + 7);
    assert_int_equal(file_write_at(file, position + 2, "zz", 2, &fault), STATUS_OK);
    assert_int_equal(file_write_at(file, position, "yy", 2, &fault), STATUS_OK);
    assert_int_equal(file_close(file, &fault), STATUS_OK);
    size_t count = 0;
    char *bytes = slurp(folder, "a", &count);
    assert_int_equal(count, LARGE + 11);
    assert_memory_equal(bytes, "head", 4);
    assert_memory_equal(bytes + 4, large, LARGE);
    assert_string_equal(bytes + 4 + LARGE, "midyyzz");
    free(bytes);
    free(large);
    remove_folder(folder);
}

static void a_missing_folder_and_a_full_disk_are_said(void **state)
{
    (void)state;
    struct file *file = NULL;
    struct fault fault;
    assert_int_equal(file_open("/nowhere/at/all", "a.csv", &file, &fault), STATUS_FATAL);
    assert_null(file);
    assert_non_null(strstr(fault.message, "a.csv"));
    file_abandon(NULL);
}

static void reads_a_small_file_whole(void **state)
{
    (void)state;
    char folder[32], path[64];
    make_folder(folder);
    snprintf(path, sizeof path, "%s/p", folder);
    FILE *out = fopen(path, "w");
    for (int i = 0; i < 100000; i++)
        fputs("ab", out);
    fclose(out);
    char *bytes = NULL;
    size_t count = 0;
    struct fault fault;
    assert_int_equal(file_read_whole(path, 200000, &bytes, &count, &fault), STATUS_OK);
    assert_int_equal(count, 200000);
    assert_int_equal(bytes[count], '\0');
    free(bytes);
    assert_int_equal(file_read_whole(path, 199999, &bytes, &count, &fault), STATUS_USAGE);
    assert_null(bytes);
    assert_int_equal(file_read_whole("/nowhere", 10, &bytes, &count, &fault), STATUS_USAGE);
    assert_int_equal(file_read_whole(folder, 10, &bytes, &count, &fault), STATUS_USAGE);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appears_only_when_closed_and_for_its_owner_alone),
        cmocka_unit_test(abandoned_it_leaves_what_was_there),
        cmocka_unit_test(a_link_in_the_place_of_the_partial_file_is_not_followed),
        cmocka_unit_test(large_pieces_and_pieces_at_places_of_choice_arrive),
        cmocka_unit_test(a_missing_folder_and_a_full_disk_are_said),
        cmocka_unit_test(reads_a_small_file_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
