#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "../analyzer/support/file.h"
#include "fake_resolved.h"

/* The calls of the file under test come here first; one of them may fail, or do less than it was asked. */
enum call { CALL_NONE, CALL_PWRITE, CALL_FSYNC, CALL_CLOSE, CALL_RENAME };
static struct {
    enum call call;
    int countdown; /* which of them: 1 is the next */
    int error;     /* 0: pwrite writes nothing */
    size_t bytes_max; /* of one pwrite; 0: all of them */
} failing;

static bool fails(enum call call)
{
    if (failing.call != call || --failing.countdown != 0)
        return false;
    errno = failing.error;
    return true;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t position)
{
    if (fails(CALL_PWRITE))
        return failing.error == 0 ? 0 : -1;
    if (failing.bytes_max > 0 && count > failing.bytes_max)
        count = failing.bytes_max;
    return syscall(SYS_pwrite64, descriptor, bytes, count, position);
}

int fsync(int descriptor)
{
    return fails(CALL_FSYNC) ? -1 : (int)syscall(SYS_fsync, descriptor);
}

int close(int descriptor)
{
    int closed = (int)syscall(SYS_close, descriptor);
    return fails(CALL_CLOSE) ? -1 : closed;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return fails(CALL_RENAME) ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

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

/* Pieces of all lengths, beyond where writes go past the page cache, and an end that no device block ends at. */
static void large_files_arrive_whatever_the_pieces(void **state)
{
    (void)state;
    enum { LARGE = (21 << 20) + 77, ROUNDS = 3 };
    static const size_t pieces[ROUNDS] = {1000, 4096, (1 << 20) + 4097};
    char folder[32];
    make_folder(folder);
    char *large = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)(i * 31 >> 3 ^ i >> 20);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct file *file = NULL;
        struct fault fault;
        failing.bytes_max = round == 1 ? 100000 : 0; /* what is left then begins at no block */
        assert_int_equal(file_open(folder, "a", &file, &fault), STATUS_OK);
        for (size_t at = 0; at < LARGE; at += pieces[round])
            assert_int_equal(file_write(file, large + at, LARGE - at < pieces[round] ? LARGE - at : pieces[round], &fault), STATUS_OK);
        assert_int_equal(file_close(file, &fault), STATUS_OK);
        failing.bytes_max = 0;
        size_t count = 0;
        char *bytes = slurp(folder, "a", &count);
        assert_int_equal(count, LARGE);
        assert_memory_equal(bytes, large, LARGE);
        free(bytes);
    }
    free(large);
    remove_folder(folder);
}

static void after_a_failure_nothing_appears_even_if_it_is_closed(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    char *much = calloc(1, 3 << 20);
    struct file *file = NULL;
    struct fault fault;
    assert_int_equal(file_open(folder, "a", &file, &fault), STATUS_OK);
    failing.call = CALL_PWRITE, failing.countdown = 1, failing.error = ENOSPC;
    assert_int_equal(file_write(file, much, 3 << 20, &fault), STATUS_FATAL);
    assert_int_equal(file_close(file, &fault), STATUS_FATAL);
    assert_false(exists(folder, "a"));
    assert_false(exists(folder, ".a.partial"));
    free(much);
    remove_folder(folder);
}

static size_t files_in(const char *folder)
{
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

/* Writes and closes as reports do, up to the first failure. */
static enum status write_whole(const char *folder, const char *bytes, size_t count, struct fault *fault)
{
    struct file *file = NULL;
    enum status status = file_open(folder, "a.csv", &file, fault);
    assert_int_equal(status, STATUS_OK);
    for (size_t at = 0; at < count && status == STATUS_OK; at += 1000)
        status = file_write(file, bytes + at, count - at < 1000 ? count - at : 1000, fault);
    if (status == STATUS_OK)
        return file_close(file, fault);
    file_abandon(file);
    return status;
}

enum { MUCH = 2500000 }; /* more than the buffer holds twice */

/* Whatever call fails, under the name stands what stood there before, whole, and nothing else is left. */
static void a_failure_leaves_no_half_and_what_was_there(void **state)
{
    (void)state;
    static const struct {
        enum call call;
        int which, error;
        const char *says;
    } cases[] = {
        {CALL_PWRITE, 1, ENOSPC, "a.csv: cannot be written: No space left on device"},
        {CALL_PWRITE, 2, EDQUOT, "a.csv: cannot be written: Disk quota exceeded"},
        {CALL_PWRITE, 3, EIO, "a.csv: cannot be written: Input/output error"}, /* what was left for the end */
        {CALL_PWRITE, 2, 0, "a.csv: cannot be written: No space left on device"},
        {CALL_FSYNC, 1, EIO, "a.csv: cannot be brought to the disk: Input/output error"},
        {CALL_FSYNC, 1, ENOSPC, "a.csv: cannot be brought to the disk: No space left on device"},
        {CALL_CLOSE, 1, EIO, "a.csv: cannot be closed: Input/output error"},
        {CALL_RENAME, 1, ENOSPC, "a.csv: cannot get its name: No space left on device"},
        {CALL_RENAME, 1, EACCES, "a.csv: cannot get its name: Permission denied"},
    };
    char *much = malloc(MUCH);
    memset(much, 'm', MUCH);
    for (int before = 0; before < 2; before++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            char folder[32];
            make_folder(folder);
            struct fault fault;
            if (before == 1)
                assert_int_equal(write_whole(folder, "old", 3, &fault), STATUS_OK);
            struct file *file = NULL;
            assert_int_equal(file_open(folder, "a.csv", &file, &fault), STATUS_OK);
            failing.call = cases[i].call;
            failing.countdown = cases[i].which;
            failing.error = cases[i].error;
            enum status status = STATUS_OK;
            for (size_t at = 0; at < MUCH && status == STATUS_OK; at += 1000)
                status = file_write(file, much + at, 1000, &fault);
            if (status == STATUS_OK)
                status = file_close(file, &fault);
            else
                file_abandon(file);
            failing.call = CALL_NONE;
            assert_int_equal(status, STATUS_FATAL);
            assert_string_equal(fault.message, cases[i].says);
            assert_int_equal(files_in(folder), before);
            size_t count = 0;
            char *bytes = before == 1 ? slurp(folder, "a.csv", &count) : NULL;
            if (before == 1)
                assert_string_equal(bytes, "old");
            free(bytes);
            remove_folder(folder);
        }
    }
    free(much);
}

/* Of a large file a buffer is written while the next is filled: what fails then is told by a later write, or in the end. */
static void a_failure_behind_the_writer_s_back_is_told(void **state)
{
    (void)state;
    enum { LARGE = 12 << 20 };
    char *large = malloc(LARGE);
    memset(large, 'l', LARGE);
    for (int which = 1; which <= 13; which++) {
        char folder[32];
        make_folder(folder);
        struct fault fault;
        failing.call = CALL_PWRITE;
        failing.countdown = which;
        failing.error = ENOSPC;
        enum status status = write_whole(folder, large, LARGE - (which > 12), &fault); /* the last byte is one that no block ends at */
        failing.call = CALL_NONE;
        assert_int_equal(status, STATUS_FATAL);
        assert_string_equal(fault.message, "a.csv: cannot be written: No space left on device");
        assert_int_equal(files_in(folder), 0);
        remove_folder(folder);
    }
    free(large);
}

/* Its bytes are on the disk, its name perhaps not: that is said, and what can be seen is whole. */
static void a_folder_that_cannot_be_brought_to_the_disk_is_said(void **state)
{
    (void)state;
    char folder[32];
    make_folder(folder);
    struct fault fault;
    failing.call = CALL_FSYNC;
    failing.countdown = 2;
    failing.error = EIO;
    assert_int_equal(write_whole(folder, "whole", 5, &fault), STATUS_FATAL);
    failing.call = CALL_NONE;
    assert_string_equal(fault.message, "a.csv: its folder cannot be brought to the disk: Input/output error");
    size_t count = 0;
    char *bytes = slurp(folder, "a.csv", &count);
    assert_string_equal(bytes, "whole");
    assert_int_equal(files_in(folder), 1);
    free(bytes);
    remove_folder(folder);
}

static void short_and_interrupted_writes_go_on(void **state)
{
    (void)state;
    char folder[32], *much = malloc(MUCH);
    for (size_t i = 0; i < MUCH; i++)
        much[i] = (char)(i * 31 >> 3);
    make_folder(folder);
    struct fault fault;
    failing.bytes_max = 999;
    failing.call = CALL_PWRITE;
    failing.countdown = 700;
    failing.error = EINTR;
    assert_int_equal(write_whole(folder, much, MUCH, &fault), STATUS_OK);
    failing.bytes_max = 0;
    failing.call = CALL_NONE;
    size_t count = 0;
    char *bytes = slurp(folder, "a.csv", &count);
    assert_int_equal(count, MUCH);
    assert_memory_equal(bytes, much, MUCH);
    free(bytes);
    free(much);
    remove_folder(folder);
}

/* The same with the kernel's own refusal: a limit on the size of files, where a disk ends. */
static void a_limit_on_the_size_of_files_leaves_no_half(void **state)
{
    (void)state;
    char folder[32], *much = calloc(1, MUCH);
    make_folder(folder);
    struct fault fault;
    assert_int_equal(write_whole(folder, "old", 3, &fault), STATUS_OK);
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = MUCH - 1; /* all but the last byte */
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum status status = write_whole(folder, much, MUCH, &fault);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, STATUS_FATAL);
    assert_string_equal(fault.message, "a.csv: cannot be written: File too large");
    size_t count = 0;
    char *bytes = slurp(folder, "a.csv", &count);
    assert_string_equal(bytes, "old");
    assert_int_equal(files_in(folder), 1);
    assert_int_equal(write_whole(folder, much, MUCH, &fault), STATUS_OK);
    free(bytes);
    free(much);
    remove_folder(folder);
}

static void a_missing_folder_is_said(void **state)
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
        cmocka_unit_test(large_files_arrive_whatever_the_pieces),
        cmocka_unit_test(after_a_failure_nothing_appears_even_if_it_is_closed),
        cmocka_unit_test(a_failure_leaves_no_half_and_what_was_there),
        cmocka_unit_test(a_failure_behind_the_writer_s_back_is_told),
        cmocka_unit_test(a_folder_that_cannot_be_brought_to_the_disk_is_said),
        cmocka_unit_test(short_and_interrupted_writes_go_on),
        cmocka_unit_test(a_limit_on_the_size_of_files_leaves_no_half),
        cmocka_unit_test(a_missing_folder_is_said),
        cmocka_unit_test(reads_a_small_file_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
