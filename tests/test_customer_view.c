/* Tests of analyzer/report/customer_view.c and customer_view_json.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/report/customer_view.h"

static const char *const fields[] = {"customerid", "userid"};
static char *sources[] = {"tele", "we\033b"};
static const uint32_t both_sources[] = {0, 1};

static struct customer_view a_view(const char *customer)
{
    return (struct customer_view){
        .row = {.customer_id = {customer, strlen(customer)},
                .tier = TIER_T1,
                .basis = BASIS_FIELD,
                .elements = 1 << ELEMENT_VIN | 1 << ELEMENT_LOC,
                .records = 4,
                .loc_fixes = 90,
                .loc_points = {80, true},
                .loc_cells = {1, false},
                .loc_days = {2, false},
                .loc_level = {LEVEL_HOME, true},
                .severity = {3, 3},
                .time_first = 0,
                .time_last = 86399,
                .sources = both_sources,
                .source_count = 2},
        .first = {"dump/a\nb.csv", 7},
        .source_names = sources,
        .fields = fields,
        .field_count = 1,
        .case_finished = true,
        .shard_count = 1,
    };
}

static struct view_identifier an_identifier(enum kind kind, const char *canonical, enum grade grade, uint64_t unit)
{
    struct view_identifier made = {.kind = kind, .grade = grade, .first = {"dump/c.csv", unit}};
    strcpy(made.canonical, canonical);
    return made;
}

typedef enum status printer(FILE *out, const struct customer_view *view, struct fault *fault);

static char *printed(printer *print, const struct customer_view *view)
{
    char *text = NULL;
    size_t size = 0;
    struct fault fault;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(print(out, view, &fault), STATUS_OK);
    fclose(out);
    return text;
}

static void assert_printed(printer *print, const struct customer_view *view, const char *expected)
{
    char *text = printed(print, view);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_says(printer *print, const struct customer_view *view, const char *part, bool says)
{
    char *text = printed(print, view);
    if ((strstr(text, part) != NULL) != says) fail_msg("\"%s\" %s in:\n%s", part, says ? "is not" : "is", text);
    free(text);
}

/* ------------------------------------------------------------------ identifiers */

static void identifiers_stand_by_kind_and_value_and_those_that_look_alike_are_numbered(void **state)
{
    (void)state;
    struct view_identifier identifiers[] = {
        an_identifier(KIND_MAC, "02:1b:21:3a:4c:5d", GRADE_LIKELY, 1),
        an_identifier(KIND_ICCID, "8944800000000000006", GRADE_LIKELY, 2),
        an_identifier(KIND_IMEI, "357613004448485", GRADE_CONFIRMED, 3),
        an_identifier(KIND_ICCID, "89448000000000000017", GRADE_LIKELY, 4),
        an_identifier(KIND_IMEI, "357613001111111", GRADE_POSSIBLE, 5),
        an_identifier(KIND_MAC, "00:1b:21:3a:4c:5d", GRADE_LIKELY, 6),
        an_identifier(KIND_ICCID, "8944800000000000055", GRADE_LIKELY, 7),
        an_identifier(KIND_VIN, "1M8GDM9AXKP042788", GRADE_CONFIRMED, 8),
        an_identifier(KIND_MAC, "06:1b:21:3a:4c:5d", GRADE_LIKELY, 9),
    };
    struct customer_view view = {.identifiers = identifiers, .identifier_count = 9};
    customer_view_sort(&view);
    static const struct { uint64_t unit, number, alike; const char *masked; } expected[] = {
        {8, 1, 1, "1M8**************"},    {5, 1, 2, "35761300*******"},   {3, 2, 2, "35761300*******"},
        {2, 1, 2, "8944***************"},  {7, 2, 2, "8944***************"}, {4, 1, 1, "8944****************"},
        {1, 1, 2, "**:**:**:**:**:**"},    {9, 2, 2, "**:**:**:**:**:**"}, {6, 1, 1, "00:1b:21:**:**:**"},
    };
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(identifiers[i].first.unit, expected[i].unit);
        assert_int_equal(identifiers[i].number, expected[i].number);
        assert_int_equal(identifiers[i].alike, expected[i].alike);
        assert_string_equal(identifiers[i].masked, expected[i].masked);
    }
    view.identifier_count = 0;
    view.identifiers = NULL;
    customer_view_sort(&view);
}

/* ------------------------------------------------------------------ words */

static void assert_reason(const struct customer_view *view, const char *expected)
{
    char *reason = customer_view_reason(view);
    assert_non_null(reason);
    assert_string_equal(reason, expected);
    free(reason);
}

static void the_reason_says_who_names_the_customer(void **state)
{
    (void)state;
    struct customer_view view = a_view("C1");
    assert_reason(&view, "the units themselves name the customer (field customerid)");
    view.field_count = 2;
    assert_reason(&view, "the units themselves name the customer (one of the fields customerid, userid)");
    view.row.basis = BASIS_PARENT;
    view.field_count = 1;
    assert_reason(&view, "a level that encloses the units names the customer (field customerid)");
    view.row.basis = BASIS_PATH;
    assert_reason(&view, "the object's path names the customer");
    view.row.basis = BASIS_FIELD | BASIS_PARENT | BASIS_PATH;
    assert_reason(&view, "the units themselves name the customer (field customerid); "
                         "elsewhere a level that encloses the unit does; elsewhere the object's path does");
    view.row.basis = BASIS_PATH | BASIS_ROSTER | BASIS_LINK;
    assert_reason(&view, "the object's path names the customer; elsewhere the roster does for the identifier; "
                         "elsewhere another record does by the identifier; no time decides");
}

static void the_reason_says_what_the_roster_knows_and_what_is_possible(void **state)
{
    (void)state;
    struct customer_view view = a_view("C1");
    view.row.tier = TIER_T2;
    view.row.stranger = true;
    assert_reason(&view, "the units themselves name the customer (field customerid); the roster does not know this customer");
    view.row.stranger = false;
    view.row.basis = BASIS_ROSTER;
    assert_reason(&view, "the roster names the customer for the identifier; no time decides");
    view.row.sure = true;
    view.row.tier = TIER_T1;
    assert_reason(&view, "the roster names the customer for the identifier; the records' time lies in the customer's interval there");
    view.row.basis = BASIS_LINK;
    view.row.tier = TIER_T3;
    assert_reason(&view, "the records may be this customer's, and may be others': an identifier leads to several, or to somebody else "
                         "than another one does, or not at that time; another record ties the identifier to the customer");
}

static void the_reason_says_that_all_is_possible_or_only_a_name(void **state)
{
    (void)state;
    struct customer_view view = a_view("C1");
    view.row.tier = TIER_T3;
    assert_reason(&view, "all evidence is only possible: it has the form of an identifier and no more; "
                         "the units themselves name the customer (field customerid)");
    view.named_only = true;
    assert_reason(&view, "units name the customer, but in none of them is an identifier or a position");
}

/* ------------------------------------------------------------------ text */

static void a_text_says_all_and_masks(void **state)
{
    (void)state;
    struct customer_view view = a_view("C\t1");
    struct view_identifier identifiers[] = {an_identifier(KIND_IMEI, "357613004448485", GRADE_CONFIRMED, 3),
                                            an_identifier(KIND_IMEI, "357613001111111", GRADE_POSSIBLE, 5),
                                            an_identifier(KIND_VIN, "1M8GDM9AXKP042788", GRADE_CONFIRMED, 8)};
    identifiers[2].sample = true;
    identifiers[2].named = (struct view_place){"dump/c.csv", 8};
    identifiers[2].tied = (struct view_place){"dump/d\n.csv", 9};
    identifiers[1].named = (struct view_place){"dump/c.csv", 5}; /* tied to nothing else: not worth a word */
    identifiers[0].tied = (struct view_place){"dump/c.csv", 3};
    view.identifiers = identifiers;
    view.identifier_count = 3;
    customer_view_sort(&view);
    view.row.records_possible = 2;
    view.exposed = (struct exposure){"2013-11-06", "2023-04-17"};
    view.exposed_days = 3450;
    assert_printed(customer_view_text, &view,
                   "Customer     C\\x091\n"
                   "Tier         T1: the units themselves name the customer (field customerid)\n"
                   "Linked by    field\n"
                   "Elements     VIN+LOC\n"
                   "Records      4; 2 more by possible evidence alone\n"
                   "Positions    90 fixes, ~80 points, 1 cell, 2 days; L3: home area shown, to address level\n"
                   "Severity     2.75 (context 3 x ease of identification 0.75 + circumstances 0.50)\n"
                   "Data times   1970-01-01T00:00:00Z to 1970-01-01T23:59:59Z\n"
                   "Sources      tele, we\\x1bb\n"
                   "Lay open     2013-11-06 to 2023-04-17, 3450 days known\n"
                   "First read   dump/a\\nb.csv#7\n"
                   "Identifiers  kind  grade      value                     first read\n"
                   "             vin   confirmed  1M8**************         dump/c.csv#8  (with the customer's name dump/c.csv#8)  (published sample value)\n"
                   "             imei  possible   35761300******* (1 of 2)  dump/c.csv#5\n"
                   "             imei  confirmed  35761300******* (2 of 2)  dump/c.csv#3  (no record with it names the customer)\n");
}

static void a_text_of_little_says_none(void **state)
{
    (void)state;
    struct customer_view view = a_view("C1");
    view.row.elements = 0;
    view.row.severity = (struct severity){0, 0};
    view.row.loc_fixes = 0;
    view.row.time_first = view.row.time_last = TIME_NONE;
    view.row.source_count = 1;
    assert_printed(customer_view_text, &view,
                   "Customer     C1\n"
                   "Tier         T1: the units themselves name the customer (field customerid)\n"
                   "Linked by    field\n"
                   "Elements     none\n"
                   "Records      4\n"
                   "Positions    none\n"
                   "Data times   none\n"
                   "Sources      tele\n"
                   "First read   dump/a\\nb.csv#7\n"
                   "Identifiers  none\n");
    view.named_only = true;
    assert_printed(customer_view_text, &view,
                   "Customer     C1\n"
                   "Tier         none: units name the customer, but in none of them is an identifier or a position\n");
}

static void what_the_case_lacks_is_noted(void **state)
{
    (void)state;
    struct customer_view view = a_view("C1");
    assert_says(customer_view_text, &view, "Note", false);
    view.case_finished = false;
    view.shard_count = 8;
    view.shards_missing = 3;
    assert_says(customer_view_text, &view,
                "Note         the scan into this case is not finished: what is shown is what was read so far\n"
                "             3 of 8 shards are not in this case: what is shown is what the others read\n",
                true);
    assert_says(customer_view_json, &view, "\"case_finished\": false", true);
    assert_says(customer_view_json, &view, "\"shards_missing\": 3", true);
}

/* ------------------------------------------------------------------ JSON */

static void json_has_sorted_keys_and_masks(void **state)
{
    (void)state;
    struct customer_view view = a_view("\"=C\xe9");
    struct view_identifier identifiers[] = {an_identifier(KIND_IMEI, "357613004448485", GRADE_CONFIRMED, 3)};
    identifiers[0].tied = (struct view_place){"dump/c.csv", 3};
    view.identifiers = identifiers;
    view.identifier_count = 1;
    customer_view_sort(&view);
    assert_printed(customer_view_json, &view,
                   "{\n"
                   "  \"case_finished\": true,\n"
                   "  \"customer_fields\": [\n    \"customerid\"\n  ],\n"
                   "  \"customer_id\": \"\\\"=C\\\\xe9\",\n"
                   "  \"data_time_first\": \"1970-01-01T00:00:00Z\",\n"
                   "  \"data_time_last\": \"1970-01-01T23:59:59Z\",\n"
                   "  \"elements\": [\n    \"VIN\",\n    \"LOC\"\n  ],\n"
                   "  \"evidence_ref\": \"dump/a\\\\nb.csv#7\",\n"
                   "  \"exposure_days\": 0,\n"
                   "  \"exposure_first\": null,\n"
                   "  \"exposure_last\": null,\n"
                   "  \"identifiers\": [\n    {\n"
                   "      \"alike\": 1,\n"
                   "      \"first\": \"dump/c.csv#3\",\n"
                   "      \"first_named\": null,\n"
                   "      \"first_tied\": \"dump/c.csv#3\",\n"
                   "      \"grade\": \"confirmed\",\n"
                   "      \"kind\": \"imei\",\n"
                   "      \"number\": 1,\n"
                   "      \"sample\": false,\n"
                   "      \"value_masked\": \"35761300*******\"\n"
                   "    }\n  ],\n"
                   "  \"link_basis\": \"field\",\n"
                   "  \"loc_cells\": {\n    \"count\": 1,\n    \"estimated\": false\n  },\n"
                   "  \"loc_days\": {\n    \"count\": 2,\n    \"estimated\": false\n  },\n"
                   "  \"loc_fixes\": 90,\n"
                   "  \"loc_level\": \"L3\",\n"
                   "  \"loc_points\": {\n    \"count\": 80,\n    \"estimated\": true\n  },\n"
                   "  \"loc_precise\": true,\n"
                   "  \"named_only\": false,\n"
                   "  \"records\": 4,\n"
                   "  \"records_possible\": 0,\n"
                   "  \"schema\": \"breachtally show 1\",\n"
                   "  \"severity\": \"2.75\",\n"
                   "  \"shards_missing\": 0,\n"
                   "  \"sources\": [\n    \"tele\",\n    \"we\\\\x1bb\"\n  ],\n"
                   "  \"tier\": \"T1\",\n"
                   "  \"tier_reason\": \"the units themselves name the customer (field customerid)\"\n"
                   "}\n");
    view = a_view("顧客 1");
    assert_says(customer_view_json, &view, "\"customer_id\": \"顧客 1\"", true);
}

static void json_of_a_name_alone_has_no_figures(void **state)
{
    (void)state;
    struct customer_view view = a_view("C1");
    view.named_only = true;
    view.row.records = 0;
    assert_printed(customer_view_json, &view,
                   "{\n"
                   "  \"case_finished\": true,\n"
                   "  \"customer_id\": \"C1\",\n"
                   "  \"named_only\": true,\n"
                   "  \"records\": 0,\n"
                   "  \"records_possible\": 0,\n"
                   "  \"schema\": \"breachtally show 1\",\n"
                   "  \"shards_missing\": 0,\n"
                   "  \"tier\": null,\n"
                   "  \"tier_reason\": \"units name the customer, "
                   "but in none of them is an identifier or a position\"\n"
                   "}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers_stand_by_kind_and_value_and_those_that_look_alike_are_numbered),
        cmocka_unit_test(the_reason_says_who_names_the_customer),
        cmocka_unit_test(the_reason_says_what_the_roster_knows_and_what_is_possible),
        cmocka_unit_test(the_reason_says_that_all_is_possible_or_only_a_name),
        cmocka_unit_test(a_text_says_all_and_masks),
        cmocka_unit_test(a_text_of_little_says_none),
        cmocka_unit_test(what_the_case_lacks_is_noted),
        cmocka_unit_test(json_has_sorted_keys_and_masks),
        cmocka_unit_test(json_of_a_name_alone_has_no_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
