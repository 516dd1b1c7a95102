#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "../analyzer/report/cell.h"
#include "../analyzer/report/impact_csv.h"
#include "../analyzer/support/parallel.h"
#include "fake_resolved.h"
#include "random.h"

static const char header[] = "customer_id,tier,link_basis,elements,records,records_possible,vins,frame_numbers,"
                             "plates,imeis,iccids,imsis,meids,eids,macs,advertising_ids,terminal_ids,other_ids,"
                             "loc_fixes,loc_points,loc_cells,loc_days,loc_level,loc_precise,data_time_first,data_time_last,sources,exposure_first,exposure_last,country,subdivision,severity,evidence_ref\n";

/* Of plain_row, from the elements to the times: one VIN, nothing else. */
#define PLAIN_CELLS "VIN,1,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,L0,0,,,"

static const uint32_t both_sources[] = {0, 1};

static struct customer_row plain_row(const char *customer_id)
{
    return (struct customer_row){.customer_id = text_span(customer_id),
                                 .tier = TIER_T1,
                                 .basis = BASIS_FIELD,
                                 .elements = 1 << ELEMENT_VIN,
                                 .records = 1,
                                 .identifiers = {[KIND_VIN] = 1},
                                 .time_first = TIME_NONE,
                                 .time_last = TIME_NONE,
                                 .sources = both_sources,
                                 .source_count = 1,
                                 .first_unit = 1};
}

/* Writes the rows and gives what stands behind the header. */
static char *write_rows_with(const struct profile *profile, const struct customer_row *rows, size_t count, int thread_count,
                             size_t *byte_count)
{
    char folder[32];
    make_folder(folder);
    struct object objects[] = {{.path = (char[]){"dump/a.csv"}}, {.path = (char[]){"dump/b,\"\xFF\n.csv"}}};
    char *sources[] = {(char[]){"telemetry"}, (char[]){"=web\xFF"}};
    struct object_list list = {.objects = objects, .count = 2, .sources = sources, .source_count = 2};
    struct resolved resolved = {.rows = rows, .count = count};
    struct case_files files = {.folder = folder, .list = &list, .resolved = &resolved, .profile = profile,
                               .thread_count = thread_count};
    struct fault fault;
    struct file *made;
    assert_int_equal(impact_csv_write(&files, &made, &fault), STATUS_OK);
    assert_int_equal(file_close(made, &fault), STATUS_OK);
    size_t whole = 0;
    char *bytes = slurp(folder, "impact.csv", &whole);
    remove_folder(folder);
    assert_memory_equal(bytes, header, sizeof header - 1);
    *byte_count = whole - (sizeof header - 1);
    memmove(bytes, bytes + sizeof header - 1, *byte_count + 1);
    return bytes;
}

static char *write_rows(const struct customer_row *rows, size_t count, int thread_count, size_t *byte_count)
{
    return write_rows_with(NULL, rows, count, thread_count, byte_count);
}

static void assert_row(struct customer_row row, const char *expected)
{
    size_t count = 0;
    char *bytes = write_rows(&row, 1, 1, &count);
    assert_int_equal(count, strlen(expected));
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void a_full_row_stands_in_the_promised_order(void **state)
{
    (void)state;
    struct customer_row row = {.customer_id = text_span("C-000123"),
                               .tier = TIER_T2,
                               .basis = BASIS_FIELD | BASIS_PARENT | BASIS_PATH | BASIS_ROSTER | BASIS_LINK,
                               .elements = (1 << ELEMENT_COUNT) - 1,
                               .records = 1234567,
                               .records_possible = 18446744073709551615u,
                               .identifiers = {[KIND_VIN] = 1, [KIND_FRAME_NUMBER] = 22, [KIND_IMEI] = 333,
                                               [KIND_ICCID] = 4000, [KIND_IMSI] = 5, [KIND_MEID] = 6,
                                               [KIND_EID] = 7, [KIND_MAC] = 4294967295u, [KIND_PLATE] = 8,
                                               [KIND_ADVERTISING_ID] = 9, [KIND_TERMINAL_ID] = 10, [KIND_ESN] = 80},
                               .loc_fixes = 10,
                               .loc_points = {64, false},
                               .loc_cells = {120, true},
                               .loc_days = {0, false},
                               .loc_level = {LEVEL_HOME, true},
                               .severity = {3, 3},
                               .time_first = 0,
                               .time_last = 1681689600,
                               .sources = both_sources,
                               .source_count = 1,
                               .first_object = 0,
                               .first_unit = 99};
    assert_row(row, "C-000123,T2,field+parent+path+roster+link,VIN+CHS+NET+DEV+PLT+LOC+TIM,1234567,"
                    "18446744073709551615,1,22,8,333,4000,5,6,7,4294967295,9,10,80,10,64,~120,0,L3,1,1970-01-01T00:00:00Z,"
                    "2023-04-17T00:00:00Z,telemetry,,,,,2.75,dump/a.csv#99\n");
}

static void kinds_without_a_column_of_their_own_are_added_up(void **state)
{
    (void)state;
    struct customer_row row = plain_row("c");
    uint64_t others = 0;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        bool other = strcmp(detectors[kind]->column, "other_ids") == 0;
        row.identifiers[kind] = other ? 4294967295u : 0;
        others += other ? 4294967295u : 0;
    }
    assert_true(others >= 2 * (uint64_t)4294967295u); /* at least two kinds, and a sum beyond 32 bits */
    size_t count = 0;
    char *bytes = write_rows(&row, 1, 1, &count), expected[40];
    int length = snprintf(expected, sizeof expected, ",0,%llu,0,0,0,0,L0,0,,,", (unsigned long long)others);
    assert_non_null(memmem(bytes, count, expected, (size_t)length));
    free(bytes);
}

/* Kinds that share one are the last, so that a column stands once. */
static void every_other_column_is_of_one_kind(void **state)
{
    (void)state;
    bool others = false;
    for (int a = 0; a < KIND_COUNT; a++) {
        bool other = strcmp(detectors[a]->column, "other_ids") == 0;
        assert_true(other || !others);
        others |= other;
        for (int b = 0; b < a && !other; b++) assert_string_not_equal(detectors[a]->column, detectors[b]->column);
    }
    assert_true(others);
}

static void texts_that_a_spreadsheet_would_run_are_neutralised_and_numbers_are_not(void **state)
{
    (void)state;
    const char *const ids[][2] = {{"=1+1", "'=1+1"}, {"+81", "'+81"}, {"-5", "'-5"}, {"@x", "'@x"},
                                  {"\tx", "\"'\tx\""}, {"\rx", "\"'\rx\""}, {"a=b", "a=b"}, {"12", "12"}};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char expected[200];
        snprintf(expected, sizeof expected, "%s,T1,field," PLAIN_CELLS "telemetry,,,,,,dump/a.csv#1\n",
                 ids[i][1]);
        assert_row(plain_row(ids[i][0]), expected);
    }
}

static void any_bytes_of_a_customer_stay_in_one_cell(void **state)
{
    (void)state;
    const char *const ids[][2] = {{"a,b", "\"a,b\""}, {"say \"x\"", "\"say \"\"x\"\"\""}, {"a\nb", "\"a\nb\""},
                                  {"\xE5\xB1\xB1\xE7\x94\xB0", "\xE5\xB1\xB1\xE7\x94\xB0"},
                                  {"a\xFF", "a\\xff"}, {"=\"\xFF,", "\"'=\"\"\\xff,\""}, {"a\\b", "a\\b"}, {"", ""}};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char expected[200];
        snprintf(expected, sizeof expected, "%s,T1,field," PLAIN_CELLS "telemetry,,,,,,dump/a.csv#1\n",
                 ids[i][1]);
        assert_row(plain_row(ids[i][0]), expected);
    }
    struct customer_row row = plain_row("");
    row.customer_id = (struct span){"a\0b", 3};
    size_t count = 0;
    char *bytes = write_rows(&row, 1, 1, &count);
    assert_memory_equal(bytes, "\"a\0b\",T1", 8);
    free(bytes);
}

static void names_of_sources_and_objects_are_escaped(void **state)
{
    (void)state;
    struct customer_row row = plain_row("c");
    row.source_count = 2;
    row.first_object = 1;
    row.first_unit = 7;
    assert_row(row, "c,T1,field," PLAIN_CELLS "telemetry+=web\\xff,,,,,,\"dump/b,\"\"\\xff\\n.csv#7\"\n");
    static const uint32_t second[] = {1};
    row.sources = second;
    row.source_count = 1;
    assert_row(row, "c,T1,field," PLAIN_CELLS "'=web\\xff,,,,,,\"dump/b,\"\"\\xff\\n.csv#7\"\n");
}

/* Runs of rows with the same sources and the change between them: both ways of making the cells. */
static void exposure_spans_the_known_windows_of_the_row_s_sources(void **state)
{
    (void)state;
    struct source_rule rules[] = {{"telemetry", "a"}, {"=web\xFF", "b"}, {"telemetry", "c"}};
    const struct {
        struct exposure of_rules[3];
        const char *first, *both, *second;
    } cases[] = {
        {{{"2013-11-06", "2023-04-17"}, {"2015-02-09", "2023-05-12"}, {"", ""}},
         "2013-11-06,2023-04-17", "2013-11-06,2023-05-12", "2015-02-09,2023-05-12"},
        {{{"2013-11-06", "2023-04-17"}, {"", ""}, {"2012-01-02", "2012-01-02"}},
         "2012-01-02,2023-04-17", "2012-01-02,2023-04-17", ","},
        {{{"", ""}, {"", "2001-01-01"}, {"1999-12-31", ""}}, "1999-12-31,", "1999-12-31,2001-01-01", ",2001-01-01"},
        {{{"", ""}, {"", ""}, {"", ""}}, ",", ",", ","},
    };
    static const uint32_t second[] = {1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct exposure exposures[3];
        memcpy(exposures, cases[i].of_rules, sizeof exposures);
        struct profile profile = {.sources = rules, .exposures = exposures, .source_count = 3};
        struct customer_row rows[5];
        const char *names[5] = {"telemetry", "telemetry", "telemetry+=web\\xff", "'=web\\xff", ""};
        const char *dates[5] = {cases[i].first, cases[i].first, cases[i].both, cases[i].second, ","};
        char expected[1000] = "";
        for (size_t k = 0; k < 5; k++) {
            rows[k] = plain_row("c");
            if (k == 2) rows[k].source_count = 2;
            if (k == 3) rows[k].sources = second;
            if (k == 4) rows[k].source_count = 0;
            snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
                     "c,T1,field," PLAIN_CELLS "%s,%s,,,,dump/a.csv#1\n", names[k], dates[k]);
        }
        size_t count = 0;
        char *bytes = write_rows_with(&profile, rows, 5, 1, &count);
        assert_string_equal(bytes, expected);
        free(bytes);
    }
}

static void times_are_calendar_dates(void **state)
{
    (void)state;
    const struct {
        int64_t seconds;
        const char *text;
    } times[] = {{951782400, "2000-02-29T00:00:00Z"},  {1709251199, "2024-02-29T23:59:59Z"},
                 {-1, "1969-12-31T23:59:59Z"},          {4107542400, "2100-03-01T00:00:00Z"},
                 {-62167219200, "0000-01-01T00:00:00Z"}, {253402300799, "9999-12-31T23:59:59Z"},
                 {253402300800, "253402300800"},        {TIME_NONE, ""}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[CELL_TIME_BYTES];
        *cell_write_time(text, times[i].seconds) = '\0';
        assert_string_equal(text, times[i].text);
    }
}

static void numbers_are_written_like_printf_writes_them(void **state)
{
    (void)state;
    uint64_t number = 1;
    for (int i = 0; i < 2000; i++) {
        char text[CELL_NUMBER_BYTES + 1], expected[24];
        uint64_t shown = number >> (i % 64);
        *cell_write_unsigned(text, shown) = '\0';
        snprintf(expected, sizeof expected, "%llu", (unsigned long long)shown);
        assert_string_equal(text, expected);
        random_next(&number);
    }
    for (uint64_t power = 1; power < UINT64_C(10000000000000000000); power *= 10)
        for (uint64_t shown = power > 2 ? power - 2 : 0; shown < power + 3; shown++) {
            char text[CELL_NUMBER_BYTES + 1], expected[24];
            *cell_write_unsigned(text, shown) = '\0';
            snprintf(expected, sizeof expected, "%llu", (unsigned long long)shown);
            assert_string_equal(text, expected);
        }
    for (uint64_t shown = 0; shown < 1000000; shown += 1 + shown / 5000) {
        char text[CELL_NUMBER_BYTES + 1], expected[24];
        *cell_write_unsigned(text, shown) = '\0';
        snprintf(expected, sizeof expected, "%llu", (unsigned long long)shown);
        assert_string_equal(text, expected);
    }
}

/* Numbers of one digit stand in places that are known before, until one of them has more. */
static void counts_of_one_digit_and_of_more_stand_alike(void **state)
{
    (void)state;
    static const unsigned shown[] = {0, 1, 7, 8, 9, 10, 99, 100, 65535, 65536, 99999999, 100000000};
    enum { SHOWN = sizeof shown / sizeof shown[0], NUMBERS = 8 };
    for (unsigned which = 0; which < NUMBERS; which++)
        for (unsigned i = 0; i < SHOWN; i++) {
            uint64_t of[NUMBERS] = {1, 2, 3, 4, 5, 6, 7, 0};
            char expected[400];
            of[which] = shown[i];
            struct customer_row row = plain_row("C12345678");
            row.records = of[0];
            row.records_possible = of[1];
            row.identifiers[KIND_VIN] = (uint32_t)of[2];
            row.identifiers[KIND_TERMINAL_ID] = (uint32_t)of[3];
            row.identifiers[KIND_ESN] = (uint32_t)of[4];
            row.loc_fixes = of[5];
            row.loc_points = (struct distinct){of[6], of[6] > 64};
            row.loc_cells.count = of[7];
            row.loc_days.count = of[0];
            snprintf(expected, sizeof expected,
                     "C12345678,T1,field,VIN,%u,%u,%u,0,0,0,0,0,0,0,0,0,%u,%u,%u,%s%u,%u,%u,L0,0,,,telemetry,,,,,,dump/a.csv#1\n", (unsigned)of[0],
                     (unsigned)of[1], (unsigned)of[2], (unsigned)of[3], (unsigned)of[4], (unsigned)of[5], of[6] > 64 ? "~" : "", (unsigned)of[6],
                     (unsigned)of[7], (unsigned)of[0]);
            assert_row(row, expected);
        }
}

static void the_bytes_are_the_same_for_any_number_of_threads(void **state)
{
    (void)state;
    enum { ROWS = 100000 };
    struct customer_row *rows = calloc(ROWS, sizeof *rows);
    char (*ids)[16] = calloc(ROWS, sizeof *ids);
    for (size_t i = 0; i < ROWS; i++) {
        snprintf(ids[i], sizeof ids[i], "C%08zu", i);
        rows[i] = plain_row(ids[i]);
        rows[i].records = i * 7919;
        rows[i].first_object = i % 2;
    }
    size_t first_count = 0;
    char *first = write_rows(rows, ROWS, 1, &first_count);
    for (int threads = 2; threads <= 8; threads *= 2) {
        size_t count = 0;
        char *bytes = write_rows(rows, ROWS, threads, &count);
        assert_int_equal(count, first_count);
        assert_memory_equal(bytes, first, count);
        free(bytes);
    }
    size_t lines = 0;
    for (size_t i = 0; i < first_count; i++)
        lines += first[i] == '\n';
    assert_int_equal(lines, ROWS);
    free(first);
    free(ids);
    free(rows);
}

struct adding {
    struct impact_csv *impact;
    size_t count, piece;
    atomic_size_t next;
};

/* Rows without a tier stand for customers without a record. */
static bool take_row(void *context, int thread, size_t index, struct customer_row *row)
{
    const struct customer_row *rows = context;
    (void)thread;
    if (rows[index].tier == 0) return false;
    *row = rows[index];
    return true;
}

static void add_pieces(void *context, int thread)
{
    struct adding *adding = context;
    for (size_t number; (number = atomic_fetch_add(&adding->next, 1)) * adding->piece < adding->count;) {
        size_t first = number * adding->piece, last = first + adding->piece;
        /* Some come so late that others have to wait for room, too. */
        if (number % 30 == 0) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        impact_csv_add(adding->impact, thread, number, first, last < adding->count ? last : adding->count);
    }
}

/* On somebody else's way, piece by piece, whatever their size; customers without a record are left out. */
static void pieces_that_are_added_make_the_same_bytes(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct customer_row *rows = calloc(COUNT, sizeof *rows);
    char(*ids)[16] = calloc(COUNT, sizeof *ids);
    struct customer_row *with_record = calloc(COUNT, sizeof *with_record);
    size_t record_count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(ids[i], sizeof ids[i], "C%07zu", i);
        rows[i] = plain_row(ids[i]);
        if (i % 7 == 3) rows[i].tier = 0;
        else with_record[record_count++] = rows[i];
    }
    static const size_t pieces[] = {1, 77, 512, COUNT, 2 * COUNT};
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        for (size_t count = p == 0 ? 0 : COUNT; count <= COUNT; count += COUNT) {
            size_t expected_count = 0, made_count = 0;
            char folder[32], *expected = write_rows(with_record, count == 0 ? 0 : record_count, 1, &expected_count);
            make_folder(folder);
            struct object objects[] = {{.path = (char[]){"dump/a.csv"}}, {.path = (char[]){"dump/b,\"\xFF\n.csv"}}};
            char *sources[] = {(char[]){"telemetry"}, (char[]){"=web\xFF"}};
            struct object_list list = {.objects = objects, .count = 2, .sources = sources, .source_count = 2};
            struct case_files files = {.folder = folder, .list = &list, .thread_count = 3};
            struct adding adding = {.count = count, .piece = pieces[p]};
            struct file *made = NULL;
            struct fault fault;
            assert_int_equal(impact_csv_open(&files, (struct impact_rows){take_row, rows}, &adding.impact, &fault), STATUS_OK);
            parallel_run(3, add_pieces, &adding);
            assert_int_equal(impact_csv_close(adding.impact, &made, &fault), STATUS_OK);
            assert_int_equal(file_close(made, &fault), STATUS_OK);
            char *bytes = slurp(folder, "impact.csv", &made_count);
            assert_int_equal(made_count, expected_count + sizeof header - 1);
            assert_memory_equal(bytes, header, sizeof header - 1);
            assert_memory_equal(bytes + sizeof header - 1, expected, expected_count);
            free(bytes);
            free(expected);
            remove_folder(folder);
        }
    }
    free(with_record);
    free(ids);
    free(rows);
}

static void nobody_gives_the_header_alone(void **state)
{
    (void)state;
    size_t count = 1;
    char *bytes = write_rows(NULL, 0, 4, &count);
    assert_int_equal(count, 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_row_stands_in_the_promised_order),
        cmocka_unit_test(kinds_without_a_column_of_their_own_are_added_up),
        cmocka_unit_test(every_other_column_is_of_one_kind),
        cmocka_unit_test(texts_that_a_spreadsheet_would_run_are_neutralised_and_numbers_are_not),
        cmocka_unit_test(any_bytes_of_a_customer_stay_in_one_cell),
        cmocka_unit_test(names_of_sources_and_objects_are_escaped),
        cmocka_unit_test(exposure_spans_the_known_windows_of_the_row_s_sources),
        cmocka_unit_test(times_are_calendar_dates),
        cmocka_unit_test(numbers_are_written_like_printf_writes_them),
        cmocka_unit_test(counts_of_one_digit_and_of_more_stand_alike),
        cmocka_unit_test(the_bytes_are_the_same_for_any_number_of_threads),
        cmocka_unit_test(pieces_that_are_added_make_the_same_bytes),
        cmocka_unit_test(nobody_gives_the_header_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
