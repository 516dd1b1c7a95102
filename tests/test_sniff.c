/* Tests of analyzer/record/sniff.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/sniff.h"
#include "random.h"

static bool is_known(const void *context, struct span name)
{
    (void)context;
    static const char *const names[] = {"vin", "lat", "lon", "customer_id", "time", "imei", "顧客ID"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == name.len && memcmp(names[i], name.at, name.len) == 0) return true;
    return false;
}

static const struct name_source names = {is_known, NULL};

static struct layout sniffed(const char *bytes, size_t length, bool at_end)
{
    struct layout layout;
    memset(&layout, 0x55, sizeof layout);
    char *exact = malloc(length + 1); /* bytes of its own, so that a sanitizer sees what reads on */
    char *copy = length == 0 ? exact : realloc(exact, length);
    memcpy(copy, bytes, length);
    sniff((struct span){copy, length}, at_end, &names, &layout);
    free(copy);
    return layout;
}

static void expect(const char *text, enum format format, const char *description)
{
    struct layout layout = sniffed(text, strlen(text), true);
    char described[80];
    layout_describe(&layout, described, sizeof described);
    if (layout.format != format || strcmp(described, description) != 0)
        fail_msg("\"%.60s\": %s, \"%s\"", text, layout.name, described);
}

static void nothing_is_empty(void **unused)
{
    (void)unused;
    struct layout layout = sniffed("", 0, true);
    assert_int_equal(layout.format, FORMAT_EMPTY);
    assert_string_equal(layout.name, "empty");
}

static void delimiters_are_told_from_rows_of_equal_width(void **unused)
{
    (void)unused;
    expect("vin,lat,lon\nA1,1.5,2.5\nB2,1.5,2.5\n", FORMAT_CSV, "comma, header, 3 columns");
    expect("vin;lat;lon\nA1;1,5;2,5\nB2;1,5;2,5\n", FORMAT_CSV, "semicolon, header, 3 columns");
    expect("vin\tlat\tlon\nA1\t1.5\t2.5\n", FORMAT_CSV, "tab, header, 3 columns");
    expect("vin|lat|lon\r\nA1|1.5|2.5\r\n", FORMAT_CSV, "pipe, header, 3 columns");
    expect("vin,name\nA1,\"x, y\nz\"\nB2,\"a\"\"b\"\n", FORMAT_CSV, "comma, header, 2 columns");
}

static void a_header_is_a_row_of_names(void **unused)
{
    (void)unused;
    expect("customer_id,note\n17,x\n", FORMAT_CSV, "comma, header, 2 columns");
    expect("\xE9\xA1\xA7\xE5\xAE\xA2" "ID,\xE5\x82\x99\xE8\x80\x83\n17,x\n", FORMAT_CSV, "comma, header, 2 columns");
    expect("\"customer_id\",\"note\"\n\"17\",\"x\"\n", FORMAT_CSV, "comma, header, 2 columns");
    expect("alpha,beta\n17,18\n19,20\n", FORMAT_CSV, "comma, header, 2 columns");
    expect("17,18\n19,20\n21,22\n", FORMAT_CSV, "comma, no header, 2 columns");
    expect("tom,anna\nkim,lee\n", FORMAT_CSV, "comma, no header, 2 columns");
    expect("vin,lat\n", FORMAT_CSV, "comma, header, 2 columns");
}

static void a_row_that_holds_a_value_is_no_header(void **unused)
{
    (void)unused;
    /* What is taken for a header is in no unit: a letter of one line was. */
    expect("Dear customer, your car with chassis number WVWZZZ1JZXW000001 is ready, regards\n", FORMAT_TEXT, "");
    expect("user: A, chassis: WVWZZZ1JZXW000001\n", FORMAT_TEXT, "");
    expect("time, vin WVWZZZ1JZXW000001\n", FORMAT_TEXT, "");
    expect("time,vin,frame ZVW30-0052877\n", FORMAT_TEXT, "");
    expect("owner,frame of the car ZVW30-0052877\nsomebody,frame 1HGCM82633A004352\n", FORMAT_TEXT, "");
    expect("owner,frame of the car\n", FORMAT_TEXT, "");
    /* Names that are known head their columns, whatever stands beside them. */
    expect("vin,lon,time,lat,sum of 20200101\n1HGCM82633A004352,x,7,8,9\n", FORMAT_CSV, "comma, header, 5 columns");
    expect("customer_id,vin\n", FORMAT_CSV, "comma, header, 2 columns");
    expect("owner,frame1,frame20\n17,18,1999\n", FORMAT_CSV, "comma, header, 3 columns");
}

static void few_rows_are_a_table_under_names_that_are_known(void **unused)
{
    (void)unused;
    const char *const rows = "1HGCM82633A004352,17\n";
    static const char *const texts[] = {"%s%s1 row\n", "exported by hand\n%s%s", "# exported\n%s%s", "exported\n\n%s%s\n(1 row)\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[256];
        snprintf(text, sizeof text, texts[i], "vin,customer_id\n", rows);
        expect(text, FORMAT_CSV, "comma, header, 2 columns");
        assert_int_equal(sniffed(text, strlen(text), true).header_start, (size_t)(strstr(text, "vin,") - text));
    }
    expect("customer_id|vin\n-----+----\n 17 | 1HGCM82633A004352\n(1 row)\n", FORMAT_CSV, "pipe, header, 2 columns");
    expect("some vin, no other word\nthat is known, here\n", FORMAT_TEXT, "");
    expect("customer_id,vin\n17,1HGCM82633A004352,\n18,1HGCM82633A004352,\n", FORMAT_CSV, "comma, header, 2 columns");
    expect("customer_id,vin,\n17,1HGCM82633A004352\n18,1HGCM82633A004352\n", FORMAT_CSV, "comma, header, 3 columns");
    /* No name of one column has a delimiter in it. */
    expect("note,vin\n17,1HGCM82633A004352,x\n18\n", FORMAT_TEXT, "");
}

static void the_header_row_is_found_behind_a_preamble(void **unused)
{
    (void)unused;
    const char *text = "Export of 2023-04-17\n\nvin,lat,lon,time\nA1,1.5,2.5,x\nB2,1.5,2.5,x\nC3,1.5,2.5,x\n";
    struct layout layout = sniffed(text, strlen(text), true);
    assert_int_equal(layout.format, FORMAT_CSV);
    assert_true(layout.has_header);
    assert_int_equal(layout.header_start, 22);
    assert_int_equal(layout.header_end, 39);
    assert_int_equal(layout.column_count, 4);
}

static void remarks_and_what_names_the_delimiter_are_no_rows(void **unused)
{
    (void)unused;
    char text[4096] = "";
    for (int i = 0; i < 60; i++) strcat(text, "# a, remark\n");
    size_t remarks = strlen(text);
    strcat(text, "vin,lat,lon,x\nA1,1.5,2.5,1\n");
    struct layout layout = sniffed(text, strlen(text), true);
    assert_int_equal(layout.format, FORMAT_CSV);
    assert_int_equal(layout.header_start, remarks);
    assert_int_equal(layout.column_count, 4);
    expect("# a remark\n#vin,lat,lon\nA1,1.5,2.5\n", FORMAT_CSV, "comma, header, 3 columns");
    expect("sep=^\nvin^lat^lon\nA1^1,5^2,5\n", FORMAT_CSV, "another delimiter, header, 3 columns");
    expect("\"sep=;\"\r\nvin;lat,lon\r\nA1;1,5\r\n", FORMAT_CSV, "semicolon, header, 2 columns");
    expect("\"sep=", FORMAT_TEXT, "");
    expect("insert into x values,a,b,c\nvin,lat,lon,d\n1,2,3,4\n", FORMAT_CSV, "comma, header, 4 columns");
}

static void returns_end_lines_where_they_are_many(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        bool has;
    } tried[] = {{"a\rb\rc", true},     {"a\rb\r\nc\n", false}, {"a\rb\rc\r\nd\n", true}, {"a\r\nb\r\n", false}, {"a\r\r\nb\r\r\n", true},
                 {"a\nb\nc\rd", false}, {"a\nb\r", false},      {"", false},             {"PK\3\4\ra\rb", false}};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++)
        assert_int_equal(sniff_has_cr_lines((struct span){tried[i].text, strlen(tried[i].text)}), tried[i].has);
    char text[] = "a\r\nb\r";
    sniff_turn_line_ends(text, sizeof text - 1);
    assert_string_equal(text, "a\n\nb\n");
}

static void a_byte_order_mark_is_stepped_over(void **unused)
{
    (void)unused;
    const char *text = "\xEF\xBB\xBF" "vin,lat,lon\nA1,1.5,2.5\n";
    struct layout layout = sniffed(text, strlen(text), true);
    assert_int_equal(layout.format, FORMAT_CSV);
    assert_int_equal(layout.text_start, 3);
    assert_true(layout.has_header);
    assert_int_equal(layout.header_start, 3);
    assert_int_equal(layout.header_end, 15);
    layout = sniffed("\xEF\xBB\xBF{\"a\":1}\n", 11, true);
    assert_int_equal(layout.format, FORMAT_NDJSON);
    assert_int_equal(layout.text_start, 3);
    layout = sniffed("\xEF\xBB\xBFplain text here\n", 19, true);
    assert_int_equal(layout.format, FORMAT_TEXT);
    assert_int_equal(layout.text_start, 3);
    layout = sniffed("\xEF\xBB\xBF", 3, true);
    assert_int_equal(layout.text_start, 3);
    assert_true(layout.format == FORMAT_TEXT || layout.format == FORMAT_EMPTY);
}

static void one_column_is_a_table_under_a_known_name_only(void **unused)
{
    (void)unused;
    expect("vin\nA1\nB2\n", FORMAT_CSV, "one column, header, 1 columns");
    expect("something\nA1\nB2\n", FORMAT_TEXT, "");
    expect("vin", FORMAT_TEXT, "");
    struct layout layout = sniffed("vin\nA1\n", 7, true);
    assert_int_equal(layout.delimiter, '\x1f');
    assert_int_equal(layout.header_end, 4);
}

static void values_one_a_line_are_ndjson_and_others_json(void **unused)
{
    (void)unused;
    expect("{\"a\":1}\n{\"a\":2}\n", FORMAT_NDJSON, "");
    expect("{\"a\":1}\r\n{\"a\":2}\r\n", FORMAT_NDJSON, "");
    expect("{\"a\":1}", FORMAT_NDJSON, "");
    expect("\n  {\"a\":1}\n", FORMAT_NDJSON, "");
    expect("{\n \"a\": 1\n}\n", FORMAT_JSON, "");
    expect("[\n{\"a\":1},\n{\"a\":2}\n]\n", FORMAT_JSON, "");
    expect("{\"a\":1}{\"a\":2}", FORMAT_JSON, "");
    expect("{\"a\":{\n\"b\":[1,2", FORMAT_JSON, "");
    expect("[INFO] gateway started\n[INFO] gateway stopped\n", FORMAT_TEXT, "");
    expect("{not json}\n", FORMAT_TEXT, "");
}

/* The name alone: it is cut and read as a line all the same. */
static void json_that_breaks_or_stands_in_a_script_is_json(void **unused)
{
    (void)unused;
    static const char *const json[] = {
        "{\"a\":[{\"n\":1}, oops {\"n\":2}]}", "[{\"n\":1},\" {\"n\":2}]", "{\"n\":1 x,\n \"m\":{\"k\":1},\n \"l\":[{\"k\":2}]}\n", "callback({\"n\":1});\n", "a.b_1( [ { \"n\":1}] )",
        "var data = [{\"n\":1}];\n// made by x\n", "data={\"n\":1", ")]}',\n[{\"n\":1}]", "while(1);{\"n\":1}", "/* a */ // b\n{\"n\":1}\n",
    };
    static const char *const others[] = {"f(x, {\"n\":1})\n", "status=[OK] {\"n\":1}\n", "x = {\"n\":1} y=2\n", "[INFO] {\"n\":1}\n", "{'a': {\"n\":1}}\n", "/* {\"n\":1}", "{\"a\" oops}\n", "see ({\"n\":1})\n"};
    for (size_t i = 0; i < sizeof json / sizeof json[0]; i++) expect(json[i], FORMAT_JSON, "");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (sniffed(others[i], strlen(others[i]), true).format != FORMAT_TEXT) fail_msg("%s", others[i]);
    expect("{\"n\":1 x}\n{\"n\":2}\n{\"n\":3}\n", FORMAT_NDJSON, "");
    expect("{\"a\":[{\"n\":1},oops\n{\"n\":2},\n{\"n\":3}]}\n", FORMAT_JSON, "");
}

static void a_list_on_one_line_is_named_json_where_it_is_all_there_is(void **unused)
{
    (void)unused;
    static const struct { const char *text, *name; } cases[] = {
        {"[{\"a\":1},{\"a\":2}]", "json"},       {"[{\"a\":1}]\n", "json"},     {"\n [{\"a\":1}] \r\n\n", "json"}, {"[]", "json"},
        {"[{\"a\":1}]\n[{\"a\":2}]\n", "ndjson"}, {"[{\"a\":1}]\nx\n", "ndjson"}, {"{\"a\":[1,2]}\n", "ndjson"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int at_end = 0; at_end < 2; at_end++) {
            struct layout layout = sniffed(cases[i].text, strlen(cases[i].text), at_end);
            assert_int_equal(layout.format, FORMAT_NDJSON);
            assert_string_equal(layout.name, cases[i].name);
        }
    }
    /* As long as a sample, more may come. */
    char *full = malloc(SNIFF_BYTES);
    memset(full, ' ', SNIFF_BYTES);
    memcpy(full, "[{\"a\":1}]\n", 10);
    struct layout layout = sniffed(full, SNIFF_BYTES - 1, true);
    assert_string_equal(layout.name, "json");
    layout = sniffed(full, SNIFF_BYTES, true);
    assert_string_equal(layout.name, "ndjson");
    free(full);
}

static void logs_and_sentences_with_commas_are_text(void **unused)
{
    (void)unused;
    expect("2023-04-17 08:15:30,123 INFO registered device imei 868123450011227 ok\n"
           "2023-04-17 08:15:31,456 INFO registered device imei 868123450011228 ok\n"
           "2023-04-17 08:15:32,789 WARN something else went wrong here\n",
           FORMAT_TEXT, "");
    expect("time=1,vin=A1,lat=2\ntime=2,vin=B2,lat=3\ntime=3,vin=C3,lat=3\n", FORMAT_TEXT, "");
    expect("Dear Sir, we write to you today\nas you know, the car is lost\nregards, the garage of the town\n", FORMAT_TEXT, "");
    expect("one line without anything\n", FORMAT_TEXT, "");
    expect("a\nb\nc\n", FORMAT_TEXT, "");
    expect("\n\n\n", FORMAT_TEXT, "");
}

static void xml_and_listings_are_told_by_their_tags_and_columns(void **unused)
{
    (void)unused;
    expect("<?xml version=\"1.0\"?>\n<gpx><trk/></gpx>\n", FORMAT_XML, "");
    expect("\xEF\xBB\xBF<a x='1'><b>", FORMAT_XML, "");
    expect("<13>Oct 11 22:14:15 host app: <a> started\n", FORMAT_TEXT, "");
    expect("<html><br><p>vin lat</html>\n", FORMAT_TEXT, "");
    expect("File Name                       : a.jpg\nMake                            : x\nModel                           : y\nGPS Latitude                    : 1\n", FORMAT_LISTING, "");
    expect("ts=1 : a\nts=2 : b\nts=3 : c\nts=4 : d\nts=5 : e\n", FORMAT_TEXT, "");
}

static void sql_is_told_by_statements_that_have_tuples(void **unused)
{
    (void)unused;
    expect("-- dump\nINSERT INTO t (vin, imei) VALUES (1,2),(3,4);\n", FORMAT_SQL, "strings with doubled quotes");
    expect("\xEF\xBB\xBF" "CREATE TABLE `t` (`vin` text) ENGINE=x;\n", FORMAT_SQL, "strings with backslash escapes");
    expect("vin,sql\n1,insert into t values (1)\n2,insert into t values (2)\n", FORMAT_CSV, "comma, header, 2 columns");
    expect("2020-01-01 insert into t values (1)\n2020-01-01 done\n", FORMAT_TEXT, "");
    /* Whatever bytes its strings hold. */
    static const char odd[] = "INSERT INTO t VALUES ('\1\2\3\4\5\0\0\0\6\7');\n";
    struct layout layout = sniffed(odd, sizeof odd - 1, true);
    assert_int_equal(layout.format, FORMAT_SQL);
}

static void containers_and_what_is_not_read_yet_are_named(void **unused)
{
    (void)unused;
    static const struct {
        const char *magic;
        size_t length;
        const char *name;
    } cases[] = {{"PK\x03\x04", 4, "zip"},           {"PK\x05\x06", 4, "zip"},          {"\x28\xB5\x2F\xFD", 4, "zstd"},
                 {"\xFD" "7zXZ\0", 6, "xz"},         {"BZh91AY&SY", 10, "bzip2"},       {"7z\xBC\xAF\x27\x1C", 6, "7z"},
                 {"\x04\x22\x4D\x18", 4, "lz4"},     {"Rar!\x1A\x07", 6, "rar"},        {"PAR1", 4, "parquet"},
                 {"SQLite format 3\0", 16, "sqlite"}, {"Obj\x01", 4, "avro"},           {"ORC\0", 4, "orc"},
                 {"%PDF-1.7", 8, "pdf"},             {"MSCF\0\0\0\0", 8, "cab"},
                 {"]\0\0\x80\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 13, "lzma"},      {"PGDMP\1", 6, "pgdump"},
                 {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "ole2"}, {"\0\1\0\0Standard ACE DB\0", 20, "access"}, {"!BDN\0", 5, "pst"},
                 {"REDIS0011\0", 10, "redis"},       {"SEQ\6\0", 5, "hadoop"},              {"EVF\x09\x0D\x0A\xFF\0", 8, "ewf"},
                 {"QFI\xFB", 4, "qcow2"},            {"KDMV\0", 5, "vmdk"},                {"vhdxfile\0", 9, "vhdx"},
                 {"hsqs\0", 5, "squashfs"},          {"\x02\x21\x4C\x18", 4, "lz4-legacy"},
                 {"Salted__1", 9, "openssl"},        {"MZ 7z\xBC\xAF\x27\x1C\0", 10, "7z"}, {"\x7F" "ELF\2 Rar!\x1A\x07", 12, "rar"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[64] = "";
        memcpy(bytes, cases[i].magic, cases[i].length);
        struct layout layout = sniffed(bytes, sizeof bytes, true);
        if (layout.format != FORMAT_UNSUPPORTED || strcmp(layout.name, cases[i].name) != 0)
            fail_msg("%s is %s", cases[i].name, layout.name);
        layout = sniffed(bytes, cases[i].length, true); /* cut just behind the mark */
        assert_string_equal(layout.name, cases[i].name);
    }
    char tar[512] = "dump/a.csv";
    memcpy(tar + 257, "ustar", 5);
    assert_string_equal(sniffed(tar, sizeof tar, true).name, "tar");
    /* Words that begin alike are no containers. */
    expect("BZhello and more\n", FORMAT_TEXT, "");
    expect("ORCHARD of apples\n", FORMAT_TEXT, "");
    expect("REDIS0_HOST=a and more\n", FORMAT_TEXT, "");
    expect("KDMV and other letters\n", FORMAT_TEXT, "");
    expect("PKZIP is a program\n", FORMAT_TEXT, "");
}

static void bytes_that_are_no_text_are_binary(void **unused)
{
    (void)unused;
    char bytes[4096];
    uint32_t state = 7;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
    assert_int_equal(sniffed(bytes, sizeof bytes, true).format, FORMAT_BINARY);
    /* A few control bytes do not make a text binary; colours of a terminal are none. */
    memset(bytes, 'x', sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i += 80) bytes[i] = '\n';
    bytes[5] = 0, bytes[17] = 7;
    assert_int_equal(sniffed(bytes, sizeof bytes, true).format, FORMAT_TEXT);
}

/* A table longer than the sample, then anything: only the sample is looked at. */
static void what_follows_the_sample_changes_nothing(void **unused)
{
    (void)unused;
    static const struct {
        const char *head, *row;
        enum format format;
    } cases[] = {{"vin,lat,lon\n", "A1,35.1234,139.7654\n", FORMAT_CSV},
                 {"", "{\"vin\":\"A1\",\"lat\":35.1}\n", FORMAT_NDJSON},
                 {"[\n", "{\"vin\":\"A1\"},\n", FORMAT_JSON},
                 {"", "08:15 car A1 was seen\n", FORMAT_TEXT}};
    char *bytes = malloc(SNIFF_BYTES + 64);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i].head), row = strlen(cases[i].row);
        memcpy(bytes, cases[i].head, length);
        while (length < SNIFF_BYTES) {
            memcpy(bytes + length, cases[i].row, row);
            length += row;
        }
        struct layout cut = sniffed(bytes, SNIFF_BYTES, false);
        assert_int_equal(cut.format, cases[i].format);
        struct layout ended = sniffed(bytes, SNIFF_BYTES, true);
        assert_int_equal(ended.format, cut.format);
        assert_int_equal(ended.column_count, cut.column_count);
        assert_int_equal(ended.header_end, cut.header_end);
    }
    free(bytes);
}

/* Every beginning of a table is a table of the same layout, or is too short to be one. */
static void a_table_cut_anywhere_keeps_its_columns(void **unused)
{
    (void)unused;
    const char *text = "vin,lat,lon\nA1,35.1234,139.7654\nB2,\"35,1\",139.7654\n";
    for (size_t length = 14; length <= strlen(text); length++) {
        struct layout layout = sniffed(text, length, false);
        assert_int_equal(layout.format, FORMAT_CSV);
        assert_int_equal(layout.column_count, 3);
        assert_true(layout.has_header);
        assert_int_equal(layout.header_end, 12);
    }
}

static void any_bytes_get_a_layout_within_the_sample(void **unused)
{
    (void)unused;
    static const char alphabet[] = "a1,;\t|\"\n\r{}[]: =";
    uint64_t state = 88172645463325252u;
    char text[120];
    for (int round = 0; round < 30000; round++) {
        size_t length = random_step(&state) % (sizeof text + 1);
        uint64_t drawn = state;
        for (size_t i = 0; i < length; i++) {
            text[i] = alphabet[random_next(&drawn) % (sizeof alphabet - 1)];
        }
        struct layout layout = sniffed(text, length, round % 2 == 0);
        assert_true(layout.header_start <= layout.header_end && layout.header_end <= length);
        assert_true(layout.format != FORMAT_CSV || layout.column_count > 0);
        assert_non_null(layout.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_empty),
        cmocka_unit_test(delimiters_are_told_from_rows_of_equal_width),
        cmocka_unit_test(a_header_is_a_row_of_names),
        cmocka_unit_test(a_row_that_holds_a_value_is_no_header),
        cmocka_unit_test(few_rows_are_a_table_under_names_that_are_known),
        cmocka_unit_test(the_header_row_is_found_behind_a_preamble),
        cmocka_unit_test(remarks_and_what_names_the_delimiter_are_no_rows),
        cmocka_unit_test(returns_end_lines_where_they_are_many),
        cmocka_unit_test(a_byte_order_mark_is_stepped_over),
        cmocka_unit_test(one_column_is_a_table_under_a_known_name_only),
        cmocka_unit_test(values_one_a_line_are_ndjson_and_others_json),
        cmocka_unit_test(json_that_breaks_or_stands_in_a_script_is_json),
        cmocka_unit_test(a_list_on_one_line_is_named_json_where_it_is_all_there_is),
        cmocka_unit_test(logs_and_sentences_with_commas_are_text),
        cmocka_unit_test(xml_and_listings_are_told_by_their_tags_and_columns),
        cmocka_unit_test(sql_is_told_by_statements_that_have_tuples),
        cmocka_unit_test(containers_and_what_is_not_read_yet_are_named),
        cmocka_unit_test(bytes_that_are_no_text_are_binary),
        cmocka_unit_test(what_follows_the_sample_changes_nothing),
        cmocka_unit_test(a_table_cut_anywhere_keeps_its_columns),
        cmocka_unit_test(any_bytes_get_a_layout_within_the_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
