#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../analyzer/evidence/object_open.h"
#include "../analyzer/evidence/walk.h"

static char home[] = "/tmp/test_walk_XXXXXX";

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *place)
{
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

static int folder_make(void **state)
{
    (void)state;
    strcpy(home, "/tmp/test_walk_XXXXXX");
    return mkdtemp(home) == NULL || chdir(home) != 0;
}

static int folder_remove(void **state)
{
    (void)state;
    if (chdir("/") != 0) return -1;
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const char *content)
{
    char folder[512];
    for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        memcpy(folder, path, (size_t)(at - path));
        folder[at - path] = '\0';
        if (mkdir(folder, 0700) != 0) assert_int_equal(errno, EEXIST);
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), strlen(content));
    close(file);
}

static void walk_with(struct walk_options *options, struct object_list *list, size_t count,
                      char *arguments[])
{
    struct fault fault;
    options->arguments = arguments;
    options->argument_count = count;
    assert_int_equal(walk(options, list, &fault), STATUS_OK);
    assert_int_equal(list->walked_count, list->count);
    for (size_t i = 1; i < list->count; i++)
        assert_true(strcmp(list->objects[i - 1].path, list->objects[i].path) <= 0);
}

static void walk_one(struct object_list *list, const char *argument)
{
    struct walk_options options = {0};
    char *arguments[] = {(char *)(uintptr_t)argument};
    walk_with(&options, list, 1, arguments);
}

static const struct object *find(const struct object_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->objects[i].path, path) == 0) return &list->objects[i];
    print_error("no object %s\n", path);
    fail();
    return NULL;
}

static const char *source_of(const struct object_list *list, const char *path)
{
    return list->sources[find(list, path)->source];
}

static void objects_come_in_the_order_of_path_bytes(void **state)
{
    (void)state;
    static const char *const wanted[] = {"order/a-b",   "order/a.txt", "order/a/1",
                                         "order/a/b/2", "order/a0",    "order/\xc3\xa9"};
    for (size_t i = 6; i-- > 0;)
        put(wanted[i], "12345");
    mkdir("order/empty", 0700);
    struct object_list list;
    walk_one(&list, "order/");
    assert_int_equal(list.count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct object *object = &list.objects[i];
        assert_string_equal(object->path, wanted[i]);
        assert_string_equal(object->below_root, wanted[i] + 6);
        assert_string_equal(object->open_path, wanted[i]);
        assert_int_equal(object->size_bytes, 5);
        assert_int_equal(object->status, OBJECT_PENDING);
    }
    assert_true(list.root_is_folder[0]);
    assert_string_equal(list.roots[0], "order");
    assert_true(object_compare(&list, 0, 1) < 0);
    object_list_free(&list);
}

static void roots_are_named_by_their_last_part_and_told_apart(void **state)
{
    (void)state;
    put("one/dump/x.csv", "1");
    put("two/dump/x.csv", "2");
    put("two/file.csv", "3");
    struct object_list list;
    struct walk_options options = {0};
    char *arguments[] = {"two/dump", "one/dump//", "two/file.csv", "-", "one/dump/."};
    walk_with(&options, &list, 5, arguments);
    assert_string_equal(find(&list, "dump/x.csv")->open_path, "two/dump/x.csv");
    assert_string_equal(find(&list, "dump~2/x.csv")->open_path, "one/dump/x.csv");
    assert_string_equal(find(&list, "dump~3/x.csv")->open_path, "one/dump/./x.csv");
    assert_int_equal(find(&list, "file.csv")->size_bytes, 1);
    assert_string_equal(find(&list, "file.csv")->below_root, "file.csv");
    assert_null(find(&list, "-")->open_path);
    assert_int_equal(find(&list, "-")->size_bytes, -1);
    assert_int_equal(find(&list, "dump~2/x.csv")->root, 1);
    assert_string_equal(source_of(&list, "dump~2/x.csv"), "dump~2");
    assert_false(list.root_is_folder[2]);
    object_list_free(&list);

    assert_int_equal(chdir("one/dump"), 0);
    walk_one(&list, ".");
    assert_string_equal(list.objects[0].path, "dump/x.csv");
    object_list_free(&list);
    walk_one(&list, "..");
    assert_string_equal(list.objects[0].path, "one/dump/x.csv");
    object_list_free(&list);
    assert_int_equal(chdir(home), 0);
}

static void what_is_not_there_is_a_usage_fault(void **state)
{
    (void)state;
    struct object_list list;
    struct fault fault;
    char *arguments[] = {"not\nthere", "-", "-"};
    struct walk_options options = {.arguments = arguments, .argument_count = 1};
    assert_int_equal(walk(&options, &list, &fault), STATUS_USAGE);
    assert_string_equal(fault.message, "no such file or folder: not\\nthere");
    options.argument_count = 0;
    assert_int_equal(walk(&options, &list, &fault), STATUS_USAGE);
    options.arguments = arguments + 1;
    options.argument_count = 2;
    assert_int_equal(walk(&options, &list, &fault), STATUS_USAGE);
}

static void links_pipes_and_devices_are_lines_and_not_opened(void **state)
{
    (void)state;
    put("odd/real/file", "123");
    assert_int_equal(symlink("real/file", "odd/link"), 0);
    assert_int_equal(symlink("../odd", "odd/real/up"), 0);
    assert_int_equal(symlink("nowhere", "odd/dangling"), 0);
    assert_int_equal(mkfifo("odd/fifo", 0600), 0);
    struct object_list list;
    walk_one(&list, "odd");
    assert_int_equal(list.count, 5);
    assert_int_equal(find(&list, "odd/link")->reason, COVERAGE_SYMLINK_NOT_FOLLOWED);
    assert_int_equal(find(&list, "odd/link")->status, OBJECT_SKIPPED);
    assert_int_equal(find(&list, "odd/real/up")->reason, COVERAGE_SYMLINK_NOT_FOLLOWED);
    assert_int_equal(find(&list, "odd/dangling")->reason, COVERAGE_SYMLINK_NOT_FOLLOWED);
    assert_int_equal(find(&list, "odd/fifo")->reason, COVERAGE_NOT_REGULAR);
    assert_int_equal(find(&list, "odd/fifo")->status, OBJECT_SKIPPED);
    object_list_free(&list);

    assert_int_equal(symlink("odd/real", "to_folder"), 0);
    assert_int_equal(symlink("odd/real/file", "to_file"), 0);
    walk_one(&list, "to_folder");
    assert_int_equal(find(&list, "to_folder/file")->status, OBJECT_PENDING);
    object_list_free(&list);
    walk_one(&list, "to_file");
    struct stat about;
    enum coverage_reason reason;
    int file = object_open(find(&list, "to_file"), &about, &reason);
    assert_true(file >= 0);
    close(file);
    object_list_free(&list);
}

static void excluded_files_are_listed_with_their_size(void **state)
{
    (void)state;
    put("dump/keep/a.csv", "1");
    put("dump/logs/deep/b.log", "22");
    put("dump/logs/c.csv", "333");
    put("dump/d.log", "4444");
    struct object_list list;
    const char *excludes[] = {"logs", "*.log"};
    struct walk_options options = {.excludes = excludes, .exclude_count = 2};
    char *arguments[] = {"dump"};
    walk_with(&options, &list, 1, arguments);
    assert_int_equal(list.count, 4);
    assert_int_equal(find(&list, "dump/keep/a.csv")->status, OBJECT_PENDING);
    assert_int_equal(find(&list, "dump/logs/deep/b.log")->reason, COVERAGE_EXCLUDED_BY_USER);
    assert_int_equal(find(&list, "dump/logs/c.csv")->bytes_unexamined, 3);
    assert_int_equal(find(&list, "dump/d.log")->bytes_unexamined, 4);
    assert_string_equal(source_of(&list, "dump/keep/a.csv"), "keep");
    assert_string_equal(source_of(&list, "dump/logs/deep/b.log"), "logs");
    assert_string_equal(source_of(&list, "dump/d.log"), "dump");
    assert_int_equal(list.source_count, 3);
    assert_string_equal(list.sources[0], "dump");
    object_list_free(&list);

    const struct source_rule rules[] = {
        {"telemetry", "**/b.*"}, {"app", "logs/**"}, {"nothing", "none/**"}};
    struct walk_options ruled = {.sources = rules, .source_count = 3};
    walk_with(&ruled, &list, 1, arguments);
    assert_string_equal(source_of(&list, "dump/logs/deep/b.log"), "telemetry");
    assert_string_equal(source_of(&list, "dump/logs/c.csv"), "app");
    assert_string_equal(source_of(&list, "dump/keep/a.csv"), "dump");
    assert_int_equal(list.source_count, 4);
    object_list_free(&list);
}

static void an_unreadable_folder_has_a_line(void **state)
{
    (void)state;
    put("locked/closed/file", "1");
    put("locked/open/file", "1");
    put("locked/closed-x", "1");
    chmod("locked/closed", 0);
    chmod(home, 0755);
    chmod("locked", 0755);
    chmod("locked/open", 0755);
    pid_t child = fork();
    if (child == 0) { /* root reads everything, nobody does not */
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(9);
        struct object_list list;
        struct fault fault;
        char *arguments[] = {"locked"};
        struct walk_options options = {.arguments = arguments, .argument_count = 1};
        if (walk(&options, &list, &fault) != STATUS_OK || list.count != 3) _exit(1);
        const struct object *closed = &list.objects[0];
        if (strcmp(closed->path, "locked/closed") != 0 ||
            strcmp(closed->open_path, "locked/closed") != 0)
            _exit(2);
        if (closed->status != OBJECT_FAILED || closed->reason != COVERAGE_PERMISSION_DENIED)
            _exit(3);
        if (list.objects[2].status != OBJECT_PENDING) _exit(4);
        struct stat about;
        enum coverage_reason reason;
        if (object_open(&list.objects[2], &about, &reason) >= 0 ||
            reason != COVERAGE_PERMISSION_DENIED)
            _exit(5);
        object_list_free(&list);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    chmod("locked/closed", 0700);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 9) {
        print_message("skipped: cannot become nobody\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static void names_are_bytes(void **state)
{
    (void)state;
    char longest[256], path[300];
    memset(longest, 'n', 255);
    longest[255] = '\0';
    const char *names[] = {"line\nbreak", "\x1b[31mred", "\xff\xfe", " ", "!~5", longest};
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "names/%s", names[i]);
        put(path, "x");
    }
    struct object_list list;
    walk_one(&list, "names");
    assert_int_equal(list.count, 6);
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "names/%s", names[i]);
        assert_string_equal(find(&list, path)->open_path, path);
    }
    object_list_free(&list);
}

/* 6,000 bytes of path, 600 levels, with a file on every level: more than one call takes and than
 * stay open. */
static void depth_has_no_bound(void **state)
{
    (void)state;
    enum { LEVELS = 600 };
    assert_int_equal(mkdir("deep", 0700), 0);
    assert_int_equal(chdir("deep"), 0);
    for (int i = 0; i < LEVELS; i++) {
        put("a.csv", "1");
        put("z.csv", "1");
        assert_int_equal(mkdir("level_0123", 0700), 0);
        assert_int_equal(chdir("level_0123"), 0);
    }
    assert_int_equal(chdir(home), 0);
    struct object_list list;
    walk_one(&list, "deep");
    assert_int_equal(list.count, 2 * LEVELS);
    size_t longest = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct object *object = &list.objects[i];
        assert_int_equal(object->status, OBJECT_PENDING);
        if (strlen(object->path) > strlen(list.objects[longest].path)) longest = i;
    }
    assert_true(strlen(list.objects[longest].path) > 6000);
    struct stat about;
    enum coverage_reason reason;
    int file = object_open(&list.objects[longest], &about, &reason);
    assert_true(file >= 0);
    close(file);
    file = object_open_by_names(AT_FDCWD, list.objects[longest].open_path, O_RDONLY);
    assert_true(file >= 0);
    close(file);
    object_list_free(&list);

    assert_int_equal(chdir("deep"), 0); /* too deep for those who clean up */
    for (int i = 0; i < LEVELS; i++)
        assert_int_equal(chdir("level_0123"), 0);
    for (int i = 0; i < LEVELS; i++) {
        assert_int_equal(chdir(".."), 0);
        assert_int_equal(rmdir("level_0123") | unlink("a.csv") | unlink("z.csv"), 0);
    }
    assert_int_equal(chdir(home), 0);
}

static void assert_opens(const struct object *object, const char *content)
{
    struct stat about;
    enum coverage_reason reason;
    char read_here[16] = "";
    int file = object_open(object, &about, &reason);
    assert_true(file >= 0);
    assert_int_equal(read(file, read_here, sizeof read_here - 1), strlen(content));
    assert_string_equal(read_here, content);
    close(file);
}

static void assert_opens_not(const struct object *object, enum coverage_reason expected)
{
    struct stat about;
    enum coverage_reason reason = COVERAGE_NONE;
    assert_int_equal(object_open(object, &about, &reason), -1);
    assert_string_equal(coverage_reason_name(reason), coverage_reason_name(expected));
}

static void swap_for_link(const char *name, const char *target)
{
    char away[300];
    snprintf(away, sizeof away, "%s.away", name);
    assert_int_equal(rename(name, away), 0);
    assert_int_equal(symlink(target, name), 0);
}

/* What was walked is a folder; what stands there when its files are opened leads elsewhere, or even within. */
static void a_folder_that_became_a_link_is_not_followed(void **state)
{
    (void)state;
    char absolute[300];
    put("swap/top/file", "ours");
    put("swap/a/mid/file", "ours");
    put("swap/b/c/d/file", "ours");
    put("swap/leaf", "ours");
    put("elsewhere/file", "theirs");
    put("elsewhere/mid/file", "theirs");
    struct object_list list;
    walk_one(&list, "swap");
    assert_int_equal(list.count, 4);
    assert_opens(find(&list, "swap/top/file"), "ours");
    swap_for_link("swap/top", "../elsewhere");
    snprintf(absolute, sizeof absolute, "%s/elsewhere/mid", home);
    swap_for_link("swap/a/mid", absolute);
    swap_for_link("swap/b/c", "c.away");
    swap_for_link("swap/leaf", "../elsewhere/file");
    static const char *const swapped[] = {"swap/top/file", "swap/a/mid/file", "swap/b/c/d/file", "swap/leaf"};
    for (size_t i = 0; i < 4; i++) {
        const struct object *object = find(&list, swapped[i]);
        assert_opens_not(object, COVERAGE_CHANGED_DURING_READ);
        struct object without = *object;
        without.root_descriptor = -1; /* opens the root for itself */
        assert_opens_not(&without, COVERAGE_CHANGED_DURING_READ);
        errno = 0;
        assert_int_equal(object_open_by_names(AT_FDCWD, object->open_path, O_RDONLY), -1);
        assert_int_equal(errno, ELOOP);
    }
    assert_int_equal(unlink("swap/top"), 0);
    assert_opens_not(find(&list, "swap/top/file"), COVERAGE_VANISHED);
    put("swap/top", "a file where a folder was");
    assert_opens_not(find(&list, "swap/top/file"), COVERAGE_VANISHED);
    assert_int_equal(object_open_by_names(AT_FDCWD, "swap/top/file", O_RDONLY), -1);
    assert_int_equal(errno, ENOTDIR);
    object_list_free(&list);
}

/* The folder that the user names may be a link; it is the one that was walked, whatever takes its name. */
static void the_folder_named_as_evidence_may_be_a_link_and_stays_the_same(void **state)
{
    (void)state;
    enum { ROOTS = 12 };
    char names[ROOTS][32], path[64], link[32], *arguments[ROOTS];
    for (int i = 0; i < ROOTS; i++) {
        snprintf(path, sizeof path, "real%d/sub/file", i);
        put(path, "ours");
        snprintf(path, sizeof path, "real%d", i);
        snprintf(names[i], sizeof names[i], "named%d%s", i, i % 3 == 1 ? "/" : "");
        arguments[i] = names[i];
        snprintf(link, sizeof link, "named%d", i);
        assert_int_equal(symlink(path, link), 0);
    }
    struct walk_options options = {0};
    struct object_list list;
    walk_with(&options, &list, ROOTS, arguments);
    assert_int_equal(list.count, ROOTS);
    for (size_t i = 0; i < ROOTS; i++)
        assert_opens(&list.objects[i], "ours");
    assert_true(find(&list, "named0/sub/file")->root_descriptor >= 0);
    assert_int_equal(find(&list, "named11/sub/file")->root_descriptor, -1); /* not for each of thousands */

    assert_int_equal(unlink("named0"), 0);
    put("named0/sub/file", "theirs");
    assert_opens(find(&list, "named0/sub/file"), "ours");
    object_list_free(&list);
}

static void a_piece_is_named_after_its_file(void **state)
{
    (void)state;
    put("piece/a.gz", "0123456789");
    struct object_list list;
    struct fault fault;
    walk_one(&list, "piece");
    size_t piece;
    const struct object *made;
    struct object_reader reader = {.list = &list}, parents = {.list = &list};
    assert_int_equal(object_list_add_piece(&list, &list.objects[0], 0, "~4", 1, &piece, &fault), STATUS_OK);
    assert_int_equal(piece, 1);
    assert_int_equal(object_list_total(&list), 2);
    assert_int_equal(object_list_read(&reader, 1, &made, &fault), STATUS_OK);
    assert_string_equal(made->path, "piece/a.gz!~4");
    assert_string_equal(made->below_root, "a.gz!~4");
    assert_ptr_equal(made->open_path, list.objects[0].open_path);
    assert_true(made->is_piece);
    assert_int_equal(object_list_add_piece(&list, made, 0, "in/it", 2, &piece, &fault), STATUS_OK);
    assert_int_equal(object_list_find_piece(&list, 0, 2), piece);
    assert_int_equal(object_list_find_piece(&list, 0, 3), 0);
    assert_int_equal(object_list_read(&reader, piece, &made, &fault), STATUS_OK);
    assert_string_equal(made->path, "piece/a.gz!~4!in/it");
    assert_int_equal(made->file, 0);
    assert_int_equal(made->piece, 2);
    char *endless = malloc(OBJECT_PATH_MAX + 1);
    memset(endless, 'n', OBJECT_PATH_MAX);
    endless[OBJECT_PATH_MAX] = '\0';
    for (uint32_t i = 3; i < 6; i++) {
        assert_int_equal(object_list_read(&parents, i - 1, &made, &fault), STATUS_OK);
        assert_int_equal(object_list_add_piece(&list, made, 0, endless, i, &piece, &fault), STATUS_OK);
    }
    assert_int_equal(object_list_read(&reader, 5, &made, &fault), STATUS_OK);
    assert_int_equal(strlen(made->path), OBJECT_PATH_MAX + 1);
    object_reader_close(&reader);
    object_reader_close(&parents);
    free(endless);
    assert_int_equal(list.walked_count, 1);
    object_list_free(&list);
}

static void the_folders_of_the_run_itself_are_left_out(void **state)
{
    (void)state;
    struct stat about;
    struct object_list list;
    mkdir("own", 0700);
    mkdir("own/evidence", 0700);
    mkdir("own/evidence/case", 0700);
    put("own/evidence/a", "1");
    put("own/evidence/case/b", "2");
    assert_int_equal(stat("own/evidence/case", &about), 0);
    const struct folder_identity own[] = {{about.st_dev, about.st_ino + 1000000}, {about.st_dev, about.st_ino}};
    struct walk_options options = {.own = own, .own_count = 2};
    walk_with(&options, &list, 1, (char *[]){(char[]){"own/evidence"}});
    assert_int_equal(list.count, 1);
    assert_string_equal(list.objects[0].path, "evidence/a");
    assert_int_equal(list.source_count, 1);
    object_list_free(&list);
    options.own_count = 1;
    walk_with(&options, &list, 1, (char *[]){(char[]){"own/evidence"}});
    assert_int_equal(list.count, 2);
    object_list_free(&list);
}

static void a_walk_ends_when_that_is_wanted(void **state)
{
    (void)state;
    static volatile sig_atomic_t wanted;
    put("stopped/a", "1");
    put("stopped/b/c", "2");
    char *arguments[] = {(char[]){"stopped"}};
    struct walk_options options = {.stop = {&wanted, -1}};
    struct object_list list;
    walk_with(&options, &list, 1, arguments);
    assert_int_equal(list.count, 2);
    object_list_free(&list);
    wanted = 1;
    walk_with(&options, &list, 1, arguments);
    assert_int_equal(list.count, 0);
    object_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_in_the_order_of_path_bytes),
        cmocka_unit_test(roots_are_named_by_their_last_part_and_told_apart),
        cmocka_unit_test(what_is_not_there_is_a_usage_fault),
        cmocka_unit_test(links_pipes_and_devices_are_lines_and_not_opened),
        cmocka_unit_test(excluded_files_are_listed_with_their_size),
        cmocka_unit_test(an_unreadable_folder_has_a_line),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(depth_has_no_bound),
        cmocka_unit_test(a_folder_that_became_a_link_is_not_followed),
        cmocka_unit_test(the_folder_named_as_evidence_may_be_a_link_and_stays_the_same),
        cmocka_unit_test(a_piece_is_named_after_its_file),
        cmocka_unit_test(the_folders_of_the_run_itself_are_left_out),
        cmocka_unit_test(a_walk_ends_when_that_is_wanted),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
