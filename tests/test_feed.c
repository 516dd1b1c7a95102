/* Tests of analyzer/commands/feed.c: what is read never depends on how it is cut and by how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "../analyzer/evidence/duplicate.h"
#include "page.h"
#include "scanning.h"

static void page_fill(struct page *page, char c, size_t count)
{
    page_add(page, "", 0);
    char piece[4096];
    memset(piece, c, sizeof piece);
    for (; count > 0; count -= count < sizeof piece ? count : sizeof piece) page_add(page, piece, count < sizeof piece ? count : sizeof piece);
}

static void page_file(const struct scanning *scanning, const char *name, struct page *page)
{
    scanning_file(scanning, name, page->text, page->length);
    free(page->text);
    *page = (struct page){0};
}

/* The 15 digits of an IMEI by its number. */
static void an_imei(unsigned number, char imei[16])
{
    sprintf(imei, "86812345%06u", number);
    unsigned sum = 0;
    for (int i = 0; i < 14; i++) {
        unsigned digit = (unsigned)(imei[i] - '0') * (i % 2 == 0 ? 1 : 2);
        sum += digit % 10 + digit / 10;
    }
    imei[14] = (char)('0' + (10 - sum % 10) % 10);
    imei[15] = '\0';
}

/* ------------------------------------------------------------------ one evidence, read in many ways */

static void make_table(const struct scanning *scanning, unsigned rows)
{
    struct page page = {0};
    page_print(&page, "\xEF\xBB\xBF" "customer_id,note,imei,lat,lon,time\r\n");
    char imei[16];
    for (unsigned i = 0; i < rows; i++) {
        an_imei(i, imei);
        page_print(&page, "T-%u,%s,%s,35.%06u,139.%06u,2023-04-17T08:15:%02uZ\r\n", i,
                   i % 5 == 0 ? "\"two\r\nlines, \"\"quoted\"\"\"" : i % 7 == 0 ? "5\" pipe" : i % 11 == 0 ? "\"odd\"one" : "plain",
                   imei, i * 31 % 1000000, i * 17 % 1000000, i % 60);
    }
    page_file(scanning, "table.csv", &page);
}

static void make_lines(const struct scanning *scanning, unsigned rows)
{
    struct page page = {0};
    char imei[16];
    for (unsigned i = 0; i < rows; i++) {
        an_imei(200000 + i, imei);
        if (i % 50 == 49) page_print(&page, "{\"customer_id\":\"N-%u\",\"imei\":\"%s\",oops\n", i, imei);
        else page_print(&page, "{\"customer_id\":\"N-%u\",\"trips\":[{\"lat\":35.%06u,\"lon\":139.5},{\"lat\":36.1234,\"lon\":139.%06u}],\"imei\":\"%s\"}\n",
                        i, i * 7, i * 3, imei);
        if (i % 40 == 0) page_print(&page, "\n");
    }
    page_file(scanning, "lines.ndjson", &page);
}

static void make_document(const struct scanning *scanning, unsigned elements)
{
    struct page page = {0};
    char imei[16];
    page_print(&page, "[\n");
    for (unsigned i = 0; i < elements; i++) {
        an_imei(400000 + i, imei);
        page_print(&page, " {\n  \"customer_id\": \"D-%u\",\n  \"note\": \"}]\\\"{[\",\n  \"units\": [{\"imei\": \"%s\"}, {\"vin\": \"none\"}]\n }%s\n", i,
                   imei, i + 1 < elements ? "," : "");
    }
    page_print(&page, "]\n");
    page_file(scanning, "document.json", &page);
}

static void make_log(const struct scanning *scanning, unsigned lines)
{
    struct page page = {0};
    char imei[16];
    for (unsigned i = 0; i < lines; i++) {
        an_imei(600000 + i, imei);
        page_print(&page, "2023-04-17 08:15:%02u INFO gateway: device imei %s of customer_id=L-%u at 35.%06u,139.%06u\n", i % 60, imei, i, i * 31, i * 13);
        if (i % 9 == 0) page_print(&page, "\n");
    }
    page_print(&page, "last line without an end, imei 868123450011227");
    page_file(scanning, "gateway.log", &page);
}

static void make_headerless(const struct scanning *scanning, unsigned rows)
{
    struct page page = {0};
    char imei[16];
    for (unsigned i = 0; i < rows; i++) {
        an_imei(800000 + i, imei);
        page_print(&page, "%u,%s,35.%06u,139.%06u\n", i, imei, i * 31, i * 13);
    }
    page_file(scanning, "bare.csv", &page);
}

/* The columns of the first table are said by its CREATE TABLE alone. */
static void make_dump(const struct scanning *scanning, unsigned rows)
{
    struct page page = {0};
    page_print(&page, "-- MySQL dump\nCREATE TABLE `car` (\n  `customer_id` int, -- who\n  `imei` text,\n  `note` text,\n  KEY `k` (`imei`)\n);\n");
    char imei[16];
    for (unsigned i = 0; i < rows; i++) {
        an_imei(700000 + i, imei);
        if (i % 40 == 0) page_print(&page, "%sINSERT INTO `car` VALUES ", i == 0 ? "" : ";\n# more\n");
        page_print(&page, "%s('Q-%u','%s',%s)", i % 40 == 0 ? "" : i % 3 == 0 ? ",\n" : ",", i, imei,
                   i % 5 == 0 ? "'it\\'s; ),(\\n'" : i % 7 == 0 ? "'odd'one" : "NULL");
    }
    page_print(&page, ";\n/*!40000 ALTER TABLE `car` ENABLE KEYS */;\nCOPY other (customer_id, imei) FROM stdin;\n");
    for (unsigned i = 0; i < rows; i++) {
        an_imei(720000 + i, imei);
        page_print(&page, "R-%u\t%s\n", i, i % 4 == 0 ? "\\N" : imei);
    }
    page_print(&page, "\\.\n\nimei: 868123450011227\n");
    page_file(scanning, "dump.sql", &page);
}

static void make_gzip(const struct scanning *scanning, const char *name, const char *bytes, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scanning->folder, name);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)length), length);
    gzclose(file);
}

static void make_evidence(const struct scanning *scanning, unsigned rows)
{
    make_table(scanning, rows);
    make_lines(scanning, rows);
    make_document(scanning, rows);
    make_log(scanning, rows);
    make_headerless(scanning, rows);
    make_dump(scanning, rows);
    struct page page = {0};
    char imei[16];
    page_print(&page, "customer_id;imei\n");
    for (unsigned i = 0; i < rows; i++) {
        an_imei(900000 + i, imei);
        page_print(&page, "Z-%u;%s\n", i, imei);
    }
    make_gzip(scanning, "packed.csv.gz", page.text, page.length);
    free(page.text);
}

static void expect_same(struct scanning *scanning, const char *expected, size_t block_bytes, size_t read_bytes, int threads)
{
    scanning_run(scanning, NULL, block_bytes, read_bytes, threads);
    char *text = scanning_print(scanning);
    if (strcmp(text, expected) != 0) {
        size_t at = 0;
        while (text[at] == expected[at]) at++;
        while (at > 0 && text[at - 1] != '\n') at--;
        fail_msg("blocks of %zu, reads of %zu, %d threads: \"%.200s\" instead of \"%.200s\"", block_bytes, read_bytes, threads, text + at, expected + at);
    }
    free(text);
}

static void neither_block_size_nor_read_size_nor_threads_show(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanning_make();
    make_evidence(scanning, 200);
    scanning_run(scanning, NULL, 0, 0, 1);
    char *expected = scanning_print(scanning);
    static const size_t blocks[] = {1, 7, 100, 4096, 65536, 1 << 20};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) expect_same(scanning, expected, blocks[i], 0, 1);
    expect_same(scanning, expected, 1, 1, 1);
    expect_same(scanning, expected, 333, 1, 3);
    expect_same(scanning, expected, 0, 0, 4);
    free(expected);
    scanning_close(scanning);
}

static void objects_larger_than_the_sample_are_cut_alike(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanning_make();
    make_evidence(scanning, 6000);
    scanning_run(scanning, NULL, 0, 0, 1);
    char *expected = scanning_print(scanning);
    static const size_t blocks[] = {4096, 10007, 300000, 8 << 20};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) expect_same(scanning, expected, blocks[i], 0, 1);
    for (int threads = 2; threads <= 4; threads++) expect_same(scanning, expected, 4096, 0, threads);
    free(expected);
    scanning_close(scanning);
}

/* A layout is kept for the next file with the same first line; which file comes first must not show. */
static void files_with_one_header_are_laid_out_as_each_would_be_alone(void **unused)
{
    (void)unused;
    static const char *const rest[] = {"C-1,868123450011227,x\n",         "C-2;868123450011227;x\n",
                                       "\"C-3\",868123450011227,\"a,b\"\n", "",
                                       "C-5,868123450011227\n",           "{\"customer_id\":\"C-6\"}\n",
                                       "a,b,c,d\na,b,c,d\na,b,c,d\n",      "C-8,868123450011227,x\r\nC-9,868123450011227,x"};
    enum { KINDS = sizeof rest / sizeof rest[0], FILES = 64 };
    char *alone[KINDS];
    for (size_t i = 0; i < KINDS; i++) {
        struct scanning *scanning = scanning_make();
        char text[256];
        snprintf(text, sizeof text, "customer_id,imei,note\n%s", rest[i]);
        scanning_text(scanning, "f", text);
        scanning_run(scanning, NULL, 0, 0, 1);
        const struct object *object = &scanning->list.objects[0];
        alone[i] = malloc(512);
        snprintf(alone[i], 512, "%s %llu %llu %s", object->format, (unsigned long long)object->units, (unsigned long long)object->records, object->detail);
        scanning_close(scanning);
    }
    for (size_t first = 0; first < KINDS; first++) {
        struct scanning *scanning = scanning_make();
        for (size_t f = 0; f < FILES; f++) {
            char name[16], text[256];
            snprintf(name, sizeof name, "%03zu", f);
            snprintf(text, sizeof text, "customer_id,imei,note\n%s", rest[(first + f) % KINDS]);
            scanning_text(scanning, name, text);
        }
        scanning_run(scanning, NULL, 0, 0, 1 + (int)first % 3);
        for (size_t f = 0; f < FILES; f++) {
            const struct object *object = &scanning->list.objects[f];
            char line[512];
            snprintf(line, sizeof line, "%s %llu %llu %s", object->format, (unsigned long long)object->units, (unsigned long long)object->records, object->detail);
            assert_string_equal(line, alone[(first + f) % KINDS]);
        }
        scanning_close(scanning);
    }
    for (size_t i = 0; i < KINDS; i++) free(alone[i]);
}

static void every_unit_has_its_number_from_one(void **unused)
{
    (void)unused;
    enum { ROWS = 3000 };
    struct scanning *scanning = scanning_make();
    make_table(scanning, ROWS);
    make_document(scanning, ROWS);
    static const size_t blocks[] = {50, 4096, 0};
    for (size_t i = 0; i < 3; i++) {
        scanning_run(scanning, NULL, blocks[i], 0, 2);
        assert_int_equal(scanning_object(scanning, "table.csv")->units, ROWS);
        assert_int_equal(scanning_object(scanning, "document.json")->units, 2 * ROWS);
        for (size_t c = 0; c < resolved_customer_count(scanning->resolved); c++) {
            struct customer_row row;
            resolved_customer(scanning->resolved, c, &row);
            unsigned number = (unsigned)strtoul(row.customer_id.at + 2, NULL, 10);
            assert_int_equal(row.first_unit, row.customer_id.at[0] == 'T' ? number + 1 : 2 * number + 1);
        }
        assert_int_equal(resolved_customer_count(scanning->resolved), 2 * ROWS);
    }
    scanning_close(scanning);
}

/* ------------------------------------------------------------------ units that are too long */

/* A unit of a little over `length` bytes with an IMEI at its start, about the place where it is cut, and at its end. */
static void page_long_unit(struct page *page, size_t length, const char *open, const char *close)
{
    char imei[16];
    size_t from = page->length;
    an_imei(1, imei);
    page_print(page, "%s imei %s ", open, imei);
    an_imei(2, imei);
    page_fill(page, '.', UNIT_BYTES_MAX - 8 - (page->length - from));
    page_print(page, " %s ", imei);
    if (length > page->length - from) page_fill(page, '.', length - (page->length - from));
    an_imei(3, imei);
    page_print(page, " imei %s %s", imei, close);
}

static void a_unit_that_is_too_long_keeps_its_findings_and_is_said(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *before, *open, *close, *after;
    } cases[] = {{"long.csv", "customer_id,imei,note\nC-1,868123450011227,x\n", "C-2,,\"", "\"\n", "C-3,868123450011227,y\n"},
                 {"long.ndjson", "{\"customer_id\":\"C-1\",\"imei\":\"868123450011227\"}\n{\"a\":1}\n", "{\"note\":\"", "\"}\n",
                  "{\"customer_id\":\"C-3\",\"imei\":\"868123450011227\"}\n"},
                 {"long.sql", "INSERT INTO t (customer_id,imei,note) VALUES ('C-1','868123450011227','x'),", "('C-2','','it\\'s", "'),",
                  "('C-3','868123450011227','y')"},
                 {"long.log", "customer_id=C-1 imei=868123450011227\nx\n", "line ", "\n", "customer_id=C-3 imei=868123450011227\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t length = UNIT_BYTES_MAX + 100; length < 40u << 20; length += 20u << 20) {
            struct scanning *scanning = scanning_make();
            struct page page = {0};
            page_print(&page, "%s", cases[i].before);
            page_long_unit(&page, length, cases[i].open, cases[i].close);
            page_print(&page, "%s", cases[i].after);
            page_file(scanning, cases[i].name, &page);
            scanning_run(scanning, NULL, 0, 0, 2);
            const struct object *object = scanning_object(scanning, cases[i].name);
            assert_int_equal(object->status, OBJECT_PARTIAL);
            assert_int_equal(object->reason, COVERAGE_OVERSIZED_RECORD);
            if (resolved_totals(scanning->resolved)->kinds[KIND_IMEI].distinct != 4)
                fail_msg("%s of %zu: %llu IMEIs", cases[i].name, length, (unsigned long long)resolved_totals(scanning->resolved)->kinds[KIND_IMEI].distinct);
            struct customer_row row;
            assert_true(scanning_row(scanning, "C-1", &row));
            assert_int_equal(row.records, 1);
            if (!scanning_row(scanning, "C-3", &row)) fail_msg("%s: what comes after is lost", cases[i].name);
            assert_int_equal(row.records, 1);
            scanning_close(scanning);
        }
    }
}

static void a_unit_just_short_enough_stays_whole(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanning_make();
    struct page page = {0};
    page_print(&page, "customer_id,note,imei\n");
    size_t from = page.length;
    page_print(&page, "C-1,\"");
    page_fill(&page, '.', (1 << 20) - 100);
    page_print(&page, "\",868123450011227\nC-2,");
    page_fill(&page, '.', UNIT_BYTES_MAX - 100);
    page_print(&page, ",868123450011227\nC-3,x,868123450011227\n");
    assert_true(page.length - from > UNIT_BYTES_MAX);
    page_file(scanning, "wide.csv", &page);
    scanning_run(scanning, NULL, 0, 0, 1);
    const struct object *object = scanning_object(scanning, "wide.csv");
    assert_int_equal(object->status, OBJECT_COMPLETE);
    assert_int_equal(object->units, 3);
    assert_int_equal(object->records, 3);
    assert_int_equal(resolved_customer_count(scanning->resolved), 3);
    scanning_close(scanning);
}

/* ------------------------------------------------------------------ holes */

static size_t gzip_member(const char *text, size_t length, unsigned char *out, size_t room)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (unsigned)length;
    stream.next_out = out;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t made = stream.total_out;
    deflateEnd(&stream);
    return made;
}

static void what_stands_around_a_hole_is_never_joined(void **unused)
{
    (void)unused;
    /* Each member is a disk of its own; the middle one is damaged, and a row runs over the hole. */
    struct page first = {0}, middle = {0}, last = {0};
    page_print(&first, "customer_id,vin,imei\n");
    char imei[16];
    for (unsigned i = 0; i < 2000; i++) an_imei(i, imei), page_print(&first, "A-%u,,%s\n", i, imei);
    page_print(&first, "A-cut,JTDKN3DU7A1");
    for (unsigned i = 0; i < 20000; i++) page_print(&middle, "M-%u,,\n", i * 7919u);
    page_print(&last, "224466,\n");
    for (unsigned i = 0; i < 2000; i++) an_imei(5000 + i, imei), page_print(&last, "B-%u,,%s\n", i, imei);
    size_t room = first.length + middle.length + last.length + 4096;
    unsigned char *packed = malloc(room);
    size_t one = gzip_member(first.text, first.length, packed, room);
    size_t two = one + gzip_member(middle.text, middle.length, packed + one, room - one);
    size_t three = two + gzip_member(last.text, last.length, packed + two, room - two);
    memset(packed + one + 20, 0xFF, two - one - 40);
    static const size_t blocks[] = {64, 4096, 0};
    char *expected = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct scanning *scanning = scanning_make();
        scanning_file(scanning, "damaged.csv.gz", (char *)packed, three);
        scanning_run(scanning, NULL, blocks[i], 0, 1);
        assert_int_equal(scanning_object(scanning, "damaged.csv.gz")->status, OBJECT_PARTIAL);
        assert_int_equal(resolved_totals(scanning->resolved)->kinds[KIND_VIN].distinct, 0);
        struct customer_row row;
        assert_true(scanning_row(scanning, "A-0", &row));
        assert_true(scanning_row(scanning, "A-1999", &row));
        assert_true(scanning_row(scanning, "B-0", &row));
        assert_true(scanning_row(scanning, "B-1999", &row));
        assert_int_equal(resolved_customer_count(scanning->resolved), 4000);
        char *text = scanning_print(scanning);
        if (expected == NULL) expected = text;
        else {
            assert_string_equal(text, expected);
            free(text);
        }
        scanning_close(scanning);
    }
    free(expected);
    free(packed);
    free(first.text), free(middle.text), free(last.text);
}

static void a_truncated_file_gives_what_was_whole_before_its_end(void **unused)
{
    (void)unused;
    struct page page = {0};
    page_print(&page, "customer_id,imei\n");
    char imei[16];
    for (unsigned i = 0; i < 3000; i++) an_imei(i * 7919u % 999983u, imei), page_print(&page, "A-%u,%s\n", i, imei);
    unsigned char *packed = malloc(page.length + 4096);
    size_t length = gzip_member(page.text, page.length, packed, page.length + 4096);
    char *expected = NULL;
    static const size_t blocks[] = {64, 4096, 0};
    for (size_t i = 0; i < 3; i++) {
        struct scanning *scanning = scanning_make();
        scanning_file(scanning, "cut.csv.gz", (char *)packed, length / 2);
        scanning_run(scanning, NULL, blocks[i], 0, 1);
        const struct object *object = scanning_object(scanning, "cut.csv.gz");
        assert_int_equal(object->status, OBJECT_PARTIAL);
        assert_int_equal(object->reason, COVERAGE_TRUNCATED);
        assert_in_range(object->records, 500, 2500);
        char *text = scanning_print(scanning);
        if (expected == NULL) expected = text;
        else {
            assert_string_equal(text, expected);
            free(text);
        }
        scanning_close(scanning);
    }
    free(expected);
    free(packed);
    free(page.text);
}

/* ------------------------------------------------------------------ residues, odd objects */

static void bytes_behind_the_last_member_are_an_object_of_their_own(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanning_make();
    unsigned char bytes[4096];
    const char *inside = "customer_id,imei\nC-1,868123450011227\n", *behind = "customer_id,vin\nC-2,JTDKN3DU7A1224466\n";
    size_t length = gzip_member(inside, strlen(inside), bytes, sizeof bytes);
    memcpy(bytes + length, behind, strlen(behind));
    scanning_file(scanning, "two.csv.gz", (char *)bytes, length + strlen(behind));
    scanning_run(scanning, NULL, 0, 0, 1);
    assert_int_equal(object_list_total(&scanning->list), 2);
    struct customer_row row;
    assert_true(scanning_row(scanning, "C-1", &row));
    assert_int_equal(row.first_unit, 1);
    assert_int_equal(row.first_object, 0);
    assert_true(scanning_row(scanning, "C-2", &row));
    assert_int_equal(row.first_object, 1);
    assert_int_equal(row.first_unit, 1);
    assert_string_equal(scanning_entry(scanning, 1)->format, "csv");
    scanning_close(scanning);
}

/* ------------------------------------------------------------------ duplicates, stopping, going on */

#define TWIN_ROWS "customer_id,imei\nC-1,868123450011227\n"
#define OTHER_ROWS "customer_id,imei\nC-2,868123450011227\n"

static void compare_then_change(struct scanning *scanning)
{
    struct fault fault;
    assert_int_equal(duplicates_mark(&scanning->list, 0, 2, NULL, &fault), STATUS_OK);
    assert_int_equal(scanning_object(scanning, "b.csv")->status, OBJECT_DUPLICATE);
    scanning_text(scanning, "a.csv", OTHER_ROWS);
}

static void a_file_that_changed_after_it_was_compared_is_said(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanning_make();
    scanning_text(scanning, "a.csv", TWIN_ROWS);
    scanning_text(scanning, "b.csv", TWIN_ROWS);
    scanning_text(scanning, "c.csv", OTHER_ROWS);
    scanning->walked = compare_then_change;
    scanning_run(scanning, NULL, 0, 0, 2);
    const struct object *changed = scanning_object(scanning, "a.csv");
    assert_int_equal(changed->status, OBJECT_PARTIAL);
    assert_int_equal(changed->reason, COVERAGE_CHANGED_DURING_READ);
    assert_non_null(strstr(changed->detail, "after it was compared"));
    assert_int_equal(changed->records, 1);
    assert_int_equal(scanning_object(scanning, "c.csv")->status, OBJECT_COMPLETE);
    scanning_close(scanning);
}

/* A feed that gives the blocks of one file, to nobody. */
struct feeding {
    struct feed *feed;
    struct feed_buffer buffer;
    struct path_matcher *matcher;
    struct block block;
    struct open_object *object;
    struct fault fault;
};

static enum status feeding_next(struct feeding *feeding)
{
    enum status status = feed_next(feeding->feed, &feeding->buffer, feeding->matcher, &feeding->block, &feeding->object, &feeding->fault);
    struct block_counts counts = {.units = 1};
    if (status == STATUS_OK) feed_done(feeding->feed, feeding->object, &feeding->block, &counts);
    return status;
}

static struct feeding feeding_open_with(struct scanning *scanning, size_t block_bytes, bool hash, volatile sig_atomic_t *stop, const struct object_progress *progress)
{
    struct feeding made = {0};
    struct feed_options options = {.list = &scanning->list, .roles = scanning->roles, .block_bytes = block_bytes, .progress = progress,
                                   .progress_count = progress != NULL, .stream = {.hash = hash, .depth_max = 8, .stop = {stop, -1}}};
    assert_int_equal(feed_open(&options, &made.feed, &made.fault), STATUS_OK);
    assert_int_equal(path_matcher_open(scanning->roles, &made.matcher, &made.fault), STATUS_OK);
    return made;
}

static struct feeding feeding_open(struct scanning *scanning, bool hash, volatile sig_atomic_t *stop, const struct object_progress *progress)
{
    return feeding_open_with(scanning, 1000, hash, stop, progress);
}

static void feeding_close(struct feeding *feeding)
{
    feed_close(feeding->feed);
    feed_buffer_free(&feeding->buffer);
    path_matcher_close(feeding->matcher);
}

static struct object_progress feeding_progress(const struct feeding *feeding)
{
    struct object_progress *progress, first;
    size_t count, piece_count;
    const struct object_piece *pieces;
    struct fault fault;
    assert_int_equal(feed_state(feeding->feed, &progress, &count, &pieces, &piece_count, &fault), STATUS_OK);
    assert_int_equal(count, 1);
    first = progress[0];
    free(progress);
    return first;
}

static void assert_same_progress(const struct object_progress *a, const struct object_progress *b)
{
    assert_int_equal(a->index, b->index);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->units, b->units);
    assert_int_equal(a->check, b->check);
    assert_true(a->checksum == b->checksum);
}

static void reset_entry(struct scanning *scanning)
{
    scanning->list.objects[0].status = OBJECT_PENDING;
    scanning->list.objects[0].detail = NULL;
}

/* What a decoder gives at once becomes a block, but for the unit that is not complete: none is cut small, none is larger by more than
 * half. */
static void blocks_of_packed_files_are_what_is_decoded_at_once(void **unused)
{
    (void)unused;
    struct page page = {0};
    for (unsigned i = 0; i < 200000; i++) page_print(&page, "customer_id=%u at 35.%06u,139.%06u\n", i, i * 7 % 1000000, i * 11 % 1000000);
    for (int packed = 0; packed < 2; packed++) {
        struct scanning *scanning = scanning_make();
        if (packed) make_gzip(scanning, "f", page.text, page.length);
        else scanning_file(scanning, "f", page.text, page.length);
        scanning_run(scanning, NULL, 0, 0, 1);
        reset_entry(scanning);
        volatile sig_atomic_t stop = 0;
        struct feeding feeding = feeding_open_with(scanning, 0, false, &stop, NULL);
        size_t at = 0, blocks = 0;
        while (feeding_next(&feeding) == STATUS_OK) {
            assert_int_equal(feeding.block.offset, at);
            assert_memory_equal(feeding.block.bytes, page.text + at, feeding.block.length);
            at += feeding.block.length;
            blocks++;
            assert_true(feeding.block.length <= (packed ? BLOCK_BYTES_DEFAULT + BLOCK_BYTES_DEFAULT / 2 : BLOCK_BYTES_DEFAULT));
            assert_true(feeding.block.length > BLOCK_BYTES_DEFAULT / 4 || at == page.length || blocks == 1);
        }
        assert_int_equal(at, page.length);
        feeding_close(&feeding);
        scanning_close(scanning);
    }
    free(page.text);
}

/* With SHA-256, without, and packed: stopped after some blocks, gone on with, and refused where a byte before has changed. */
static void what_is_gone_on_with_must_be_what_was_counted(void **unused)
{
    (void)unused;
    struct page page = {0};
    for (unsigned i = 0; i < 20000; i++) page_print(&page, "customer_id=%u at 35.%06u,139.%06u\n", i, i * 7, i * 11);
    for (int way = 0; way < 3; way++) {
        bool hash = way == 0, packed = way == 2;
        struct scanning *scanning = scanning_make();
        if (packed) make_gzip(scanning, "f", page.text, page.length);
        else scanning_file(scanning, "f", page.text, page.length);
        scanning_run(scanning, NULL, 0, 0, 1);
        reset_entry(scanning);
        volatile sig_atomic_t stop = 0;
        struct feeding first = feeding_open(scanning, hash, &stop, NULL);
        for (int i = 0; i < 300; i++) assert_int_equal(feeding_next(&first), STATUS_OK);
        stop = 1;
        uint64_t end = first.block.offset + first.block.length;
        assert_int_equal(feeding_next(&first), STATUS_END);
        struct object_progress progress = feeding_progress(&first);
        assert_int_equal(progress.offset, end);
        assert_int_equal(progress.units, 300);
        assert_int_equal(progress.check, way == 1 ? PROGRESS_CHECK_ENDS : PROGRESS_CHECK_ALL);
        assert_int_equal(scanning->list.objects[0].status, OBJECT_PENDING);
        feeding_close(&first);

        /* Stopped again before anything came: it stands as it stood. */
        struct feeding again = feeding_open(scanning, hash, &stop, &progress);
        assert_int_equal(feeding_next(&again), STATUS_END);
        struct object_progress same = feeding_progress(&again);
        assert_same_progress(&same, &progress);
        feeding_close(&again);

        stop = 0;
        struct feeding second = feeding_open(scanning, hash, &stop, &progress);
        assert_int_equal(feeding_next(&second), STATUS_OK);
        assert_int_equal(second.block.offset, end);
        assert_memory_equal(second.block.bytes, page.text + end, second.block.length);
        uint64_t blocks = 1;
        enum status status;
        while ((status = feeding_next(&second)) == STATUS_OK) blocks++;
        assert_int_equal(status, STATUS_END);
        assert_int_equal(scanning->list.objects[0].units, 300 + blocks);
        assert_int_equal(scanning->list.objects[0].status, OBJECT_COMPLETE);
        assert_int_equal(scanning->list.objects[0].bytes_examined, scanning->list.objects[0].size_bytes);
        feeding_close(&second);

        static const size_t places[] = {5, 60000, 0};
        for (int p = 0; p < 3; p++) {
            size_t at = p == 2 ? (size_t)end - 2 : places[p];
            page.text[at] ^= 1;
            if (packed) make_gzip(scanning, "f", page.text, page.length);
            else scanning_file(scanning, "f", page.text, page.length);
            page.text[at] ^= 1;
            reset_entry(scanning);
            struct feeding other = feeding_open(scanning, hash, &stop, &progress);
            assert_int_equal(feeding_next(&other), STATUS_USAGE);
            assert_non_null(strstr(other.fault.message, "f: other content than was counted"));
            same = feeding_progress(&other);
            assert_same_progress(&same, &progress);
            feeding_close(&other);
        }
        if (packed) make_gzip(scanning, "f", page.text, end - 1);
        else scanning_file(scanning, "f", page.text, end - 1);
        reset_entry(scanning);
        struct feeding shorter = feeding_open(scanning, hash, &stop, &progress);
        assert_int_equal(feeding_next(&shorter), STATUS_USAGE);
        feeding_close(&shorter);
        scanning_close(scanning);
    }
    free(page.text);
}

static void empty_and_unknown_objects_have_their_line(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanning_make();
    scanning_text(scanning, "a.empty", "");
    const char *packed = "Rar!\x1A\x07 and imei 868123450011227 inside";
    scanning_text(scanning, "b.rar", packed);
    scanning_text(scanning, "c.mark", "\xEF\xBB\xBF");
    scanning_run(scanning, NULL, 0, 0, 2);
    assert_int_equal(scanning_object(scanning, "a.empty")->status, OBJECT_COMPLETE);
    assert_string_equal(scanning_object(scanning, "a.empty")->format, "empty");
    const struct object *rar = scanning_object(scanning, "b.rar");
    assert_int_equal(rar->status, OBJECT_PARTIAL);
    assert_int_equal(rar->reason, COVERAGE_UNSUPPORTED_FORMAT);
    assert_int_equal(rar->bytes_unexamined, strlen(packed));
    assert_int_equal(rar->findings, 1);
    const struct object *mark = scanning_object(scanning, "c.mark");
    assert_int_equal(mark->status, OBJECT_COMPLETE);
    assert_int_equal(mark->bytes_examined, 3);
    assert_int_equal(mark->units, 0);
    assert_int_equal(feed_progress(scanning->feed)->objects, 3);
    assert_int_equal(feed_progress(scanning->feed)->attention, 1);
    scanning_close(scanning);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neither_block_size_nor_read_size_nor_threads_show),
        cmocka_unit_test(objects_larger_than_the_sample_are_cut_alike),
        cmocka_unit_test(files_with_one_header_are_laid_out_as_each_would_be_alone),
        cmocka_unit_test(every_unit_has_its_number_from_one),
        cmocka_unit_test(a_unit_that_is_too_long_keeps_its_findings_and_is_said),
        cmocka_unit_test(a_unit_just_short_enough_stays_whole),
        cmocka_unit_test(what_stands_around_a_hole_is_never_joined),
        cmocka_unit_test(a_truncated_file_gives_what_was_whole_before_its_end),
        cmocka_unit_test(bytes_behind_the_last_member_are_an_object_of_their_own),
        cmocka_unit_test(empty_and_unknown_objects_have_their_line),
        cmocka_unit_test(a_file_that_changed_after_it_was_compared_is_said),
        cmocka_unit_test(blocks_of_packed_files_are_what_is_decoded_at_once),
        cmocka_unit_test(what_is_gone_on_with_must_be_what_was_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
