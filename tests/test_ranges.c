/* Tests of analyzer/commands/ranges.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/commands/ranges.h"
#include "run_making.h"

/* ------------------------------------------------------------------ the line of a file */

enum { RANGES = 3, FILE_BYTES = 300 };

struct parts {
    struct object file, ranges[RANGES];
    const struct object *at[RANGES];
};

static struct parts parts_make(void)
{
    struct parts parts = {.file = {.size_bytes = FILE_BYTES, .status = OBJECT_COMPLETE, .is_cut = true, .hashed = true, .bytes_examined = FILE_BYTES}};
    for (size_t i = 0; i < RANGES; i++) {
        parts.ranges[i] = (struct object){.size_bytes = 100, .is_range = true, .status = OBJECT_COMPLETE, .bytes_examined = i == 0 ? 110 : 95,
                                          .units = 10 + i, .records = 5, .findings = 7, .format = "csv", .detail = "comma, header, 3 columns"};
        parts.ranges[i].range = (struct range_read){.begin = i == 0 ? 0 : 15 + 95 * i, .end = i == 2 ? 300 : 110 + 95 * i, .broken = i};
    }
    return parts;
}

static struct texts *texts;

static void join(struct parts *parts)
{
    for (size_t i = 0; i < RANGES; i++) parts->at[i] = &parts->ranges[i];
    assert_true(ranges_join(&parts->file, parts->at, RANGES, &texts));
}

static void check_line(const struct object *file, enum object_status status, enum coverage_reason reason, const char *detail)
{
    assert_int_equal(file->status, status);
    assert_int_equal(file->reason, reason);
    assert_string_equal(file->detail, detail);
    assert_false(file->elsewhere);
    assert_int_equal(file->bytes_examined + file->bytes_unexamined, FILE_BYTES);
}

static void ranges_add_up_to_the_line_of_their_file(void **unused)
{
    (void)unused;
    struct parts parts = parts_make();
    join(&parts);
    check_line(&parts.file, OBJECT_COMPLETE, COVERAGE_NONE, "comma, header, 3 columns; 3 units read as text");
    assert_int_equal(parts.file.units, 33);
    assert_int_equal(parts.file.records, 15);
    assert_int_equal(parts.file.findings, 21);
    assert_string_equal(parts.file.format, "csv");
    assert_int_equal(parts.file.bytes_examined, FILE_BYTES);
    assert_true(parts.file.hashed);
}

static void what_is_wrong_with_a_range_is_wrong_with_its_file(void **unused)
{
    (void)unused;
    struct parts parts = parts_make();
    parts.ranges[1].status = OBJECT_PARTIAL;
    parts.ranges[1].reason = COVERAGE_OVERSIZED_RECORD;
    parts.ranges[1].troubles = TROUBLE_OVERSIZED;
    join(&parts);
    check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_OVERSIZED_RECORD,
               "comma, header, 3 columns; a unit of over 16777216 bytes read in pieces; 3 units read as text");

    /* What the bytes are comes before what units are, whichever range tells it first. */
    parts = parts_make();
    parts.ranges[0].status = parts.ranges[2].status = OBJECT_PARTIAL;
    parts.ranges[0].reason = COVERAGE_REGEX_LIMIT;
    parts.ranges[0].troubles = TROUBLE_MATCH_LIMIT;
    parts.ranges[2].reason = COVERAGE_IO_ERROR;
    parts.ranges[2].bytes_examined = 60;
    parts.ranges[2].detail = "read errors, the first at offset 210; comma, header, 3 columns";
    join(&parts);
    check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_IO_ERROR, "read errors, the first at offset 210; comma, header, 3 columns; 3 units read as text");
    assert_int_equal(parts.file.bytes_unexamined, 35);

    /* The same as the digest's reader saw it. */
    parts.file = parts_make().file;
    parts.file.status = OBJECT_PARTIAL;
    parts.file.reason = COVERAGE_IO_ERROR;
    parts.file.detail = "read errors, the first at offset 209";
    join(&parts);
    check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_IO_ERROR, "read errors, the first at offset 209; comma, header, 3 columns; 3 units read as text");

    /* Some of a file that could not be opened by one is read. */
    parts = parts_make();
    parts.ranges[1] = (struct object){.is_range = true, .size_bytes = 100, .status = OBJECT_FAILED, .reason = COVERAGE_VANISHED, .bytes_unexamined = 100,
                                      .detail = "gone since the folder was listed"};
    join(&parts);
    check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_VANISHED, "gone since the folder was listed; 2 units read as text");
    for (size_t i = 0; i < RANGES; i++) parts.ranges[i] = parts.ranges[1];
    parts.file = parts_make().file;
    join(&parts);
    check_line(&parts.file, OBJECT_FAILED, COVERAGE_VANISHED, "gone since the folder was listed");
}

static void ranges_that_do_not_fit_are_of_a_file_that_changed(void **unused)
{
    (void)unused;
    for (int wrong = 0; wrong < 3; wrong++) {
        struct parts parts = parts_make();
        if (wrong == 0) parts.ranges[0].range.begin++;
        if (wrong == 1) parts.ranges[1].range.begin--;
        if (wrong == 2) parts.ranges[2].range.end--;
        join(&parts);
        check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ,
                   "not the same for all shards that read it; comma, header, 3 columns; 3 units read as text");
    }
}

static void ranges_agree_on_a_character_set(void **unused)
{
    (void)unused;
    struct parts parts = parts_make();
    for (size_t i = 1; i < RANGES; i++) {
        parts.ranges[i].range.set = CHARSET_CP1252;
        parts.ranges[i].range.set_known = true;
        parts.ranges[i].range.undecodable = i;
        parts.ranges[i].format = "cp1252>csv";
    }
    join(&parts);
    check_line(&parts.file, OBJECT_COMPLETE, COVERAGE_NONE, "3 bytes that are no cp1252; comma, header, 3 columns; 3 units read as text");
    assert_string_equal(parts.file.format, "cp1252>csv");

    static const char differs[] = "its character set shows only far behind its begin: read as each shard found it; comma, header, 3 columns; 3 units read as text";
    for (int wrong = 0; wrong < 3; wrong++) {
        parts = parts_make();
        parts.ranges[1].range.set_known = parts.ranges[2].range.set_known = true;
        if (wrong == 0) parts.ranges[1].range.set = CHARSET_CP932;
        if (wrong == 1) parts.ranges[2].range.set = CHARSET_CP932;
        if (wrong == 2) parts.ranges[0].range.set_unsure = true;
        join(&parts);
        check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_UNSUPPORTED_FORMAT, differs);
    }
}

static void what_is_missing_is_said(void **unused)
{
    (void)unused;
    struct parts parts = parts_make();
    parts.ranges[1] = (struct object){.is_range = true, .size_bytes = 100, .elsewhere = true};
    join(&parts);
    check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_VANISHED,
               "shards that have parts of it are missing: units behind these are numbered without theirs; comma, header, 3 columns; 2 units read as text");
    assert_int_equal(parts.file.bytes_unexamined, 95);

    parts = parts_make();
    parts.file = (struct object){.size_bytes = FILE_BYTES, .is_cut = true, .elsewhere = true};
    join(&parts);
    check_line(&parts.file, OBJECT_PARTIAL, COVERAGE_VANISHED, "the shard that has its digest is missing; comma, header, 3 columns; 3 units read as text");

    parts.file = (struct object){.size_bytes = FILE_BYTES, .is_cut = true, .elsewhere = true};
    for (size_t i = 0; i < RANGES; i++) parts.ranges[i] = (struct object){.is_range = true, .size_bytes = 100, .elsewhere = true};
    join(&parts);
    check_line(&parts.file, OBJECT_FAILED, COVERAGE_VANISHED, "its shard is missing");
}

/* ------------------------------------------------------------------ the ledger, first bytes */

static void ranges_of_a_list_are_numbered_in_their_files(void **unused)
{
    (void)unused;
    struct object objects[] = {{.is_cut = true}, {.size_bytes = 3}, {.is_cut = true}, {.is_range = true}, {.is_range = true, .start_bytes = 9},
                               {.is_range = true}, {.is_range = true, .start_bytes = 5}, {.is_range = true, .start_bytes = 8}};
    static const struct object_piece expected[] = {{0, 1, 3}, {0, 2, 4}, {2, 1, 5}, {2, 2, 6}, {2, 3, 7}};
    const struct object_list list = {.objects = objects, .count = 8, .walked_count = 3};
    struct object_piece *pieces;
    size_t count;
    assert_true(ranges_pieces(&list, &pieces, &count));
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pieces[i].file, expected[i].file);
        assert_int_equal(pieces[i].number, expected[i].number);
        assert_int_equal(pieces[i].index, expected[i].index);
    }
    free(pieces);
}

static void only_plain_lines_and_rows_can_be_cut(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *bytes;
        bool can;
    } files[] = {{"rows", "customer_id,imei\n1,2\n3,4\n", true},
                 {"lines", "{\"a\":1}\n{\"a\":2}\n", true},
                 {"log", "a line\nand another\n", true},
                 {"document", "[{\"a\":1,\n\"b\":2},\n{\"a\":1}]", false},
                 {"packed", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00", false},
                 {"zip", "PK\x03\x04 and more", false},
                 {NULL, NULL, false}};
    char folder[64], name[160];
    int directory = folder_make(folder);
    struct profile *profile;
    struct roles *roles;
    struct fault fault;
    assert_int_equal(profile_open(NULL, &profile, &fault), STATUS_OK);
    assert_int_equal(roles_open(profile, &roles, &fault), STATUS_OK);
    struct range_looking looking = {{.depth_max = 8, .hash = true}, roles, NULL};
    for (size_t i = 0; files[i].name != NULL; i++) {
        size_t length = strcmp(files[i].name, "packed") == 0 ? 12 : strlen(files[i].bytes);
        assert_true(bytes_store(directory, files[i].name, files[i].bytes, length));
        snprintf(name, sizeof name, "%s/%s", folder, files[i].name);
        const struct object object = {.path = name, .below_root = name, .open_path = name, .root_descriptor = -1, .size_bytes = (int64_t)length};
        if (ranges_can_cut(&looking, &object) != files[i].can) fail_msg("%s", files[i].name);
        unlinkat(directory, files[i].name, 0);
        assert_false(ranges_can_cut(&looking, &object));
    }
    const struct object input = {.path = name, .below_root = name, .root_descriptor = -1, .size_bytes = -1};
    assert_false(ranges_can_cut(&looking, &input));
    roles_free(roles);
    profile_free(profile);
    close(directory);
    assert_int_equal(rmdir(folder), 0);
}

static void bounds_are_those_of_units(void **unused)
{
    (void)unused;
    static const char bytes[] = "customer_id,note\n1,\"a\nb\"\n2,c\n3,d\n";
    char folder[64], name[160];
    int directory = folder_make(folder);
    struct range_bounds bounds;
    struct fault fault;
    const struct stop never = {NULL, -1};
    const struct layout layout = {.format = FORMAT_CSV, .delimiter = ','};
    struct range_layout read = {&layout, false};
    assert_true(bytes_store(directory, "table", bytes, sizeof bytes - 1));
    snprintf(name, sizeof name, "%s/table", folder);
    struct object object = {.path = name, .below_root = name, .open_path = name, .root_descriptor = -1, .size_bytes = sizeof bytes - 1};
    assert_int_equal(range_bounds_find(&object, &read, &never, 0, 20, &bounds, &fault), STATUS_OK);
    assert_int_equal(bounds.begin.offset, 0);
    assert_int_equal(bounds.end.offset, 25);
    assert_int_equal(range_bounds_find(&object, &read, &never, 20, sizeof bytes - 1, &bounds, &fault), STATUS_OK);
    assert_int_equal(bounds.begin.offset, 25);
    assert_int_equal(bounds.end.offset, sizeof bytes - 1);
    static const char turned[] = "customer_id,note\r1,\"a\rb\"\r2,c\r3,d\r";
    assert_true(bytes_store(directory, "table", turned, sizeof turned - 1));
    read.has_cr_lines = true;
    assert_int_equal(range_bounds_find(&object, &read, &never, 20, sizeof bytes - 1, &bounds, &fault), STATUS_OK);
    assert_int_equal(bounds.begin.offset, 25);
    object.size_bytes++;
    assert_int_equal(range_bounds_find(&object, &read, &never, 0, 20, &bounds, &fault), STATUS_DAMAGED);
    unlinkat(directory, "table", 0);
    assert_int_equal(range_bounds_find(&object, &read, &never, 0, 20, &bounds, &fault), STATUS_DAMAGED);
    close(directory);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_add_up_to_the_line_of_their_file),
        cmocka_unit_test(what_is_wrong_with_a_range_is_wrong_with_its_file),
        cmocka_unit_test(ranges_that_do_not_fit_are_of_a_file_that_changed),
        cmocka_unit_test(ranges_agree_on_a_character_set), cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(ranges_of_a_list_are_numbered_in_their_files),
        cmocka_unit_test(only_plain_lines_and_rows_can_be_cut),
        cmocka_unit_test(bounds_are_those_of_units),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    texts_close(texts);
    return failed;
}
