/* roster.c, with roster_line.c, roster_table.c and roster_columns.c behind it: each rule of roster.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "roster_making.h"

#define VIN_US "1HGBH41JXMN109186"     /* its check digit holds */
#define VIN_US_BAD "1HGBH41J1MN109186" /* and here it fails, where it binds */
#define VIN_EU "WDB9634031L000001"
#define IMEI "350000900000007"
#define IMEI_BAD "350000900000008"

static struct roster *opened(const char *text)
{
    struct roster *roster = NULL;
    if (roster_of(text, &roster) != STATUS_OK) fail_msg("%s", roster_fault.message);
    return roster;
}

static struct roster_customer customer(const struct roster *roster, const char *id)
{
    uint32_t found = roster_find(roster, (struct span){id, strlen(id)});
    if (found == ROSTER_NOBODY) fail_msg("the roster does not know %s", id);
    return roster_customer(roster, found);
}

static bool knows(const struct roster *roster, const char *id)
{
    return roster_find(roster, (struct span){id, strlen(id)}) != ROSTER_NOBODY;
}

/* The bad lines as text, "2 vin: is no value of its kind;". */
static void bad_is(const char *text, uint64_t count, const char *expected)
{
    struct roster *roster = opened(text);
    const struct roster_bad *listed;
    char told[2048] = "";
    size_t listed_count = roster_bad_listed(roster, &listed);
    for (size_t i = 0; i < listed_count; i++) {
        size_t at = strlen(told);
        snprintf(told + at, sizeof told - at, "%llu %s: %s;", (unsigned long long)listed[i].line, listed[i].column, listed[i].reason);
    }
    assert_string_equal(told, expected);
    assert_int_equal(roster_bad_count(roster), count);
    roster_close(roster);
}

static void refuses(const char *text, const char *expected)
{
    struct roster *roster = NULL;
    assert_int_equal(roster_of(text, &roster), STATUS_USAGE);
    assert_null(roster);
    if (strstr(roster_fault.message, expected) == NULL) fail_msg("\"%s\" is not in \"%s\"", expected, roster_fault.message);
}

static void customers_have_any_number_of_lines(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,vin,imei\nC1," VIN_US ",\nC2," VIN_EU "," IMEI "\nC1,," IMEI "\n C3 ,,\n");
    assert_int_equal(roster_customer_count(roster), 3);
    assert_int_equal(roster_line_count(roster), 4);
    assert_int_equal(roster_interval_count(roster), 4);
    assert_true(knows(roster, "C3"));
    assert_false(knows(roster, "C4"));
    assert_false(knows(roster, ""));
    assert_string_equal(candidates_of(roster, "vin", VIN_US), "C1[,)");
    assert_string_equal(candidates_of(roster, "vin", VIN_EU), "C2[,)");
    assert_string_equal(candidates_of(roster, "imei", IMEI), "C2[,) C1[,)");
    assert_string_equal(candidates_of(roster, "vin", "JTDKB20U093000000"), "");
    roster_close(roster);
}

static void values_are_canonical_as_in_the_evidence(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,vin,imei,車台番号,mac\n"
                                   "C1,1hgbh41jxmn 109186,35-000090-000000-7,ＺＶＷ３０－１２３４５６７,00:1A:2B:3C:4D:5E\n"
                                   "C2,ZVW30-1234568,,,\n");
    assert_int_equal(roster_bad_count(roster), 0);
    assert_string_equal(candidates_of(roster, "vin", VIN_US), "C1[,)");
    assert_string_equal(candidates_of(roster, "imei", IMEI), "C1[,)");
    assert_string_equal(candidates_of(roster, "frame_no", "ZVW30-1234567"), "C1[,)");
    assert_string_equal(candidates_of(roster, "mac", "001a.2b3c.4d5e"), "C1[,)");
    assert_string_equal(candidates_of(roster, "frame_no", "zvw30-1234568"), "C2[,)"); /* under "vin" */
    roster_close(roster);
}

static void what_was_sold_is_no_mistake(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,vin,imei\nC1," VIN_US_BAD ",\nC2,," IMEI_BAD "\n");
    assert_int_equal(roster_bad_count(roster), 0);
    assert_int_equal(roster_interval_count(roster), 2);
    assert_string_equal(candidates_of(roster, "vin", VIN_US_BAD), "C1[,)");
    struct tally_identifier identifier = {.kind = KIND_IMEI};
    uint8_t packing;
    identifier.length = identifier_pack(KIND_IMEI, IMEI_BAD, strlen(IMEI_BAD), identifier.packed, &packing);
    identifier.state = (uint8_t)(packing << FACT_PACKING_SHIFT);
    struct roster_look look;
    struct roster_interval interval;
    roster_look(roster, &identifier, &look);
    assert_true(roster_next(&look, &interval));
    assert_false(roster_next(&look, &interval));
    roster_close(roster);
    bad_is("customer_id,vin\nC1,a car\n", 1, "2 vin: is no value of its kind;");
    bad_is("customer_id,imei\nC1,3.5E+14\n", 1, "2 imei: has lost its last digits to a spreadsheet;");
}

static void placeholders_say_nothing_and_are_counted(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,vin,imei\nC1," VIN_US ",000000000000000\nC2,NULL,N/A\nC3,-,\\N\n");
    assert_int_equal(roster_bad_count(roster), 0);
    assert_int_equal(roster_placeholder_count(roster), 1);
    assert_int_equal(roster_interval_count(roster), 1);
    assert_int_equal(roster_customer_count(roster), 3);
    roster_close(roster);
}

static void intervals_are_half_open(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,vin,valid_from,valid_to\nC1," VIN_US ",2015-01-01,2018-03-04\nC2," VIN_US ",2018-03-04,\n"
                                   "C3," VIN_US ",,2010-01-01T12:00:00+09:00\nC4," VIN_US ",0001-01-01,9999-12-31\n");
    assert_string_equal(candidates_of(roster, "vin", VIN_US), "C1[1420070400,1520121600) C2[1520121600,) C3[,1262314800) C4[,)");
    const struct roster_interval first = {0, 1420070400, 1520121600}, open = {0, ROSTER_OPEN_FROM, ROSTER_OPEN_TO};
    assert_true(roster_interval_holds(&first, 1420070400));
    assert_false(roster_interval_holds(&first, 1420070399));
    assert_true(roster_interval_holds(&first, 1520121599));
    assert_false(roster_interval_holds(&first, 1520121600));
    assert_true(roster_interval_holds(&open, 0));
    roster_close(roster);
    bad_is("customer_id,valid_from,valid_to\nC1,2020-01-02,2020-01-02\nC1,2020-01-03,2020-01-02\nC1,2020-01-02,2020-01-03\n", 2,
           "2 valid_to: is not after valid_from;3 valid_to: is not after valid_from;");
    bad_is("customer_id,valid_from\nC1,1.2.2020\n", 1, "2 valid_from: is no date (YYYY-MM-DD);");
}

static void times_without_a_zone_are_the_profiles(void **state)
{
    (void)state;
    static const char text[] = "customer_id,vin,valid_from,valid_to\nC1," VIN_US ",2015-01-01,2015-01-01 09:30\n";
    struct roster *roster = NULL;
    assert_int_equal(roster_of_bytes(text, sizeof text - 1, "{\"timezone\": \"+09:00\"}", 1, &roster), STATUS_OK);
    assert_string_equal(candidates_of(roster, "vin", VIN_US), "C1[1420038000,1420072200)");
    roster_close(roster);
}

static void the_same_again_counts_once(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,vin,vin2,valid_from\nC1," VIN_US "," VIN_US ",2015-01-01\nC1," VIN_US ",,2015-01-01\n"
                                   "C1," VIN_US ",,2016-01-01\nC1," VIN_US ",,2015/1/1\n");
    assert_string_equal(candidates_of(roster, "vin", VIN_US), "C1[1420070400,) C1[1451606400,)");
    assert_int_equal(roster_interval_count(roster), 2);
    assert_int_equal(roster_line_count(roster), 4);
    roster_close(roster);
}

/* A device on very many lines: told once a customer, in the order of the file, and in good time. */
static void a_testers_device_is_everybodys(void **state)
{
    (void)state;
    enum { LINES = 30000, CUSTOMERS = 10000 };
    char *text = malloc(LINES * 40 + 100);
    size_t length = (size_t)sprintf(text, "customer_id,imei\n");
    for (int i = 0; i < LINES; i++) length += (size_t)sprintf(text + length, "C%d," IMEI "\n", (i * 7) % CUSTOMERS);
    struct roster *roster = opened(text);
    struct tally_identifier identifier = identifier_of("imei", IMEI);
    struct roster_look look;
    struct roster_interval interval;
    uint32_t count = 0;
    roster_look(roster, &identifier, &look);
    for (; roster_next(&look, &interval); count++) {
        char id[16];
        int id_length = sprintf(id, "C%u", count * 7 % CUSTOMERS);
        assert_int_equal(interval.customer, roster_find(roster, (struct span){id, (size_t)id_length}));
    }
    assert_int_equal(count, CUSTOMERS);
    roster_close(roster);
    free(text);
}

static void attributes_are_told(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,country,subdivision,customer_type,contact_post,contact_email,dob\n"
                                   "C1,us,CA,person,yes,0,1980-02-29\nC2,,us-ny,法人,,,\nC3,,,,,,\nC3,JP,,,1,,\n");
    struct roster_customer first = customer(roster, "C1"), second = customer(roster, "C2"), third = customer(roster, "C3");
    assert_string_equal(first.country, "US");
    assert_string_equal(first.subdivision, "US-CA");
    assert_int_equal(first.type, ROSTER_PERSON);
    assert_int_equal(first.contact_known, ROSTER_POST | ROSTER_EMAIL);
    assert_int_equal(first.contact, ROSTER_POST);
    assert_int_equal(first.birth_day, 3711);
    assert_string_equal(second.country, "US");
    assert_string_equal(second.subdivision, "US-NY");
    assert_int_equal(second.birth_day, ROSTER_BIRTH_UNKNOWN);
    assert_string_equal(third.country, "JP");
    assert_string_equal(third.subdivision, "");
    assert_int_equal(third.type, ROSTER_TYPE_UNKNOWN);
    assert_int_equal(third.contact_known, ROSTER_POST);
    assert_int_equal(roster_type_count(roster, ROSTER_PERSON), 1);
    assert_int_equal(roster_type_count(roster, ROSTER_ORGANISATION), 1);
    assert_int_equal(roster_type_count(roster, ROSTER_TYPE_UNKNOWN), 1);
    roster_close(roster);
}

/* What is told of a customer at once is what is told of it bit by bit; identifiers that others have, too, are none of its own. */
static void what_is_told_at_once_is_the_same(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,imei,vin,country,customer_type,contact_phone,dob\n"
                                   "C1," IMEI ",,JP,person,1,2001-01-01\nC2,," VIN_US ",US,法人,0,\nC3," IMEI ",,,,,\nC4,,,,,,\n");
    static const char *const ids[] = {"C1", "C2", "C3", "C4"};
    static const bool alone[] = {false, true, false, false};
    for (size_t i = 0; i < 4; i++) {
        uint32_t number = roster_find(roster, (struct span){ids[i], 2});
        struct roster_told told;
        struct roster_person person;
        assert_int_not_equal(number, ROSTER_NOBODY);
        struct span keys = roster_alone(roster, number);
        roster_tell(roster, number, &told);
        roster_person(roster, number, &person);
        assert_int_equal(told.person.residence, person.residence);
        assert_int_equal(told.person.type, person.type);
        assert_int_equal(told.person.contact_known, person.contact_known);
        assert_int_equal(told.person.contact, person.contact);
        assert_int_equal(told.person.birth_day, person.birth_day);
        assert_int_equal(told.alone.len, keys.len);
        assert_memory_equal(told.alone.at, keys.at, keys.len);
        assert_int_equal(keys.len > 0, alone[i]);
    }
    assert_true(roster_has_kind(roster, KIND_IMEI) && roster_has_kind(roster, KIND_VIN));
    assert_false(roster_has_kind(roster, KIND_MAC));
    struct roster_person first;
    roster_person(roster, roster_find(roster, (struct span){"C1", 2}), &first);
    assert_int_equal(first.type, ROSTER_PERSON);
    assert_int_equal(first.contact, ROSTER_PHONE);
    assert_int_equal(first.birth_day, 11323);
    roster_close(roster);
}

static void attributes_of_no_form_are_bad(void **state)
{
    (void)state;
    bad_is("customer_id,country\nC1,Japan\nC2,NA\n", 1, "2 country: is no country code of ISO 3166-1 (two letters);");
    bad_is("customer_id,country,subdivision\nC1,US,CA-ON\nC2,,CA\nC3,US,Calif\n", 3,
           "2 subdivision: is a subdivision of another country;3 subdivision: is a subdivision without its country;"
           "4 subdivision: is no subdivision code of ISO 3166-2;");
    bad_is("customer_id,type,haspost,dob\nC1,robot,,\nC2,,perhaps,\nC3,,,29.2.1980\n", 3,
           "2 type: is neither person nor organisation;3 haspost: is neither yes nor no;4 dob: is no date (YYYY-MM-DD);");
}

static void contradictions_make_the_later_line_bad(void **state)
{
    (void)state;
    static const char text[] = "customer_id,country,type,contact_email,dob,vin\nC1,JP,person,1,1980-01-01,\nC1,US,,,,\nC1,,organisation,,,\n"
                               "C1,,,0,,\nC1,,,,1980-01-02," VIN_US "\nC1,JP,person,yes,1980-01-01," VIN_EU "\n";
    bad_is(text, 4,
           "3 country: is not what an earlier line says of this customer;4 type: is not what an earlier line says of this customer;"
           "5 contact_email: is not what an earlier line says of this customer;6 dob: is not what an earlier line says of this customer;");
    struct roster *roster = opened(text);
    assert_string_equal(candidates_of(roster, "vin", VIN_US), ""); /* a bad line counts for nothing */
    assert_string_equal(candidates_of(roster, "vin", VIN_EU), "C1[,)");
    assert_string_equal(customer(roster, "C1").country, "JP");
    roster_close(roster);
}

static void lines_of_another_width_are_bad(void **state)
{
    (void)state;
    bad_is("customer_id,vin\nC1\nC1,,\n,\n\n,,\nC2,\n", 2,
           "2 : has fewer cells than the header;3 : has more cells than the header;");
    bad_is("customer_id,vin\n," VIN_US "\nNULL," VIN_US "\n", 2, "2 customer_id: names no customer;3 customer_id: names no customer;");
    bad_is("customer_id,vin\nC\"1,\n\"C2\"x,\n\"C3\",\n", 2, "2 : has a quote in the wrong place;3 : has a quote in the wrong place;");
    bad_is("customer_id,vin\nC1,\n\"C2,\nC3,\nC4,\n", 1, "3 : has a quote that is not closed;");
    bad_is("customer_id,vin\nC\xff,\n\"C\x80\",\nC3,\n", 2, "2 customer_id: is no UTF-8;3 customer_id: is no UTF-8;");
}

static void lines_have_the_numbers_that_an_editor_shows(void **state)
{
    (void)state;
    bad_is("\xEF\xBB\xBF\n\ncustomer_id,\"note\nof two lines\",vin\r\nC1,\"a\nb\nc\",\r\n\r\nC2,,x\r\n", 1, "9 vin: is no value of its kind;");
}

static void bad_lines_are_listed_up_to_a_number(void **state)
{
    (void)state;
    enum { LINES = 9000 };
    char *text = malloc(LINES * 40 + 100);
    size_t length = (size_t)sprintf(text, "customer_id,vin,country\n");
    /* Every third line is bad in itself, every fifth contradicts an earlier one; they come in the order of the file. */
    for (int i = 0; i < LINES; i++)
        length += (size_t)sprintf(text + length, "C%d,%s,%s\n", i % 5, i % 3 == 0 ? "none such" : "", i % 5 == 4 && i > 20 ? "DE" : "JP");
    struct roster *roster = opened(text);
    const struct roster_bad *listed;
    assert_int_equal(roster_bad_listed(roster, &listed), ROSTER_BAD_LISTED_MAX);
    size_t at = 0;
    for (int i = 0; at < ROSTER_BAD_LISTED_MAX; i++) {
        if (i % 3 != 0 && !(i % 5 == 4 && i > 20)) continue;
        assert_int_equal(listed[at].line, i + 2);
        assert_string_equal(listed[at++].column, i % 3 == 0 ? "vin" : "country");
    }
    uint64_t bad = 0;
    for (int i = 0; i < LINES; i++) bad += i % 3 == 0 || (i % 5 == 4 && i > 20);
    assert_int_equal(roster_bad_count(roster), bad);
    assert_int_equal(roster_line_count(roster), LINES - bad);
    roster_close(roster);
    free(text);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    refuses("", "is empty");
    refuses("vin,imei\n" VIN_US ",\n", "no column of the roster names the customer");
    refuses("customer_id,customer_id\n", "two columns of the roster name the customer");
    refuses("customer_id,country,Country\n", "say the same thing twice");
    refuses("customer_id,\"vin\nC1,\n", "a quote that is not closed");
    refuses("custom\xe9r\n", "no UTF-8");
    struct roster *roster = NULL;
    static const char wide[] = "\xFF\xFE"
                               "c\0u\0s\0\n";
    assert_int_equal(roster_of_bytes(wide, sizeof wide, NULL, 1, &roster), STATUS_USAGE);
    assert_non_null(strstr(roster_fault.message, "UTF-16"));
    char *line = malloc(200000);
    size_t length = (size_t)sprintf(line, "customer_id,vin\n");
    memset(line + length, 'x', 150000);
    line[length + 150000] = '\0';
    refuses(line, "a line of more than");
    free(line);
    char names[3000] = "customer_id";
    for (int i = 0; i < ROSTER_COLUMNS_MAX; i++) strcat(names, ",x");
    strcat(names, "\n");
    refuses(names, "more than 256 columns");
    const struct roster_options missing = {"/nowhere/roster.csv", NULL, NULL, 1, NULL};
    assert_int_equal(roster_open(&missing, &roster, &roster_fault), STATUS_USAGE);
    assert_non_null(strstr(roster_fault.message, "/nowhere/roster.csv cannot be read"));
}

static void other_delimiters_and_ends_are_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"customer_id;vin;country\nC1;" VIN_US ";JP\n", "customer_id\tvin\tcountry\r\nC1\t" VIN_US "\tJP\r\n",
                                        "customer_id,vin,country\nC1," VIN_US ",JP", "\xEF\xBB\xBF\"customer_id\", \"vin\" ,country\n\"C1\",\"" VIN_US "\",JP\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct roster *roster = opened(texts[i]);
        assert_string_equal(candidates_of(roster, "vin", VIN_US), "C1[,)");
        assert_string_equal(customer(roster, "C1").country, "JP");
        assert_int_equal(roster_bad_count(roster), 0);
        roster_close(roster);
    }
}

/* Known ones and others, so many that lines of slots go on in the next. */
static void customers_are_found_step_by_step_as_at_once(void **state)
{
    (void)state;
    enum { LINES = 3000, ASKED = 2 * LINES, ID_SIZE = 12 };
    static char text[LINES * (ID_SIZE + 1) + 32], ids[ASKED][ID_SIZE];
    static struct roster_seek seeks[ASKED];
    size_t at = (size_t)sprintf(text, "customer_id\n"), known = 0;
    for (int i = 0; i < LINES; i++) at += (size_t)sprintf(text + at, "C%d\n", i * 7);
    struct roster *roster = opened(text);
    for (int i = 0; i < ASKED; i++) {
        int length = snprintf(ids[i], ID_SIZE, "%s%d", i % 3 == 0 ? "D" : "C", i % LINES * 7);
        roster_seek_begin(roster, (struct span){ids[i], (size_t)length}, &seeks[i]);
    }
    for (int i = 0; i < ASKED; i++) roster_seek_on(roster, &seeks[i]);
    for (int i = 0; i < ASKED; i++) {
        uint32_t found = roster_seek_end(roster, &seeks[i]);
        assert_int_equal(found, roster_find(roster, seeks[i].id));
        known += found != ROSTER_NOBODY;
    }
    assert_int_equal(known, 2 * ASKED / 3);
    roster_close(roster);
}

static void a_roster_may_be_its_header_alone(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id,vin\n");
    uint32_t *order = NULL;
    assert_int_equal(roster_customer_count(roster), 0);
    assert_false(knows(roster, "C1"));
    assert_string_equal(candidates_of(roster, "vin", VIN_US), "");
    assert_int_equal(roster_order(roster, &order, &roster_fault), STATUS_OK);
    free(order);
    roster_close(roster);
}

static void the_profile_brings_names_and_kinds(void **state)
{
    (void)state;
    static const char profile[] = "{\"customer\": {\"fields\": [\"holder\"]}, \"roles\": {\"vin\": [\"wagennummer\"]},"
                                  " \"detectors\": [{\"name\": \"box\", \"element\": \"DEV\", \"pattern\": \"BX[0-9]{4}\", \"fields\": [\"boxno\"],"
                                  " \"canonical\": \"upper\"}]}";
    static const char text[] = "customer_id,holder,wagennummer,boxno\nx,C1," VIN_US ",bx1234\ny,C2,,BX12345\n";
    struct roster *roster = NULL;
    assert_int_equal(roster_of_bytes(text, sizeof text - 1, profile, 2, &roster), STATUS_OK);
    assert_true(knows(roster, "C1"));
    assert_false(knows(roster, "x"));
    assert_string_equal(candidates_of(roster, "vin", VIN_US), "C1[,)");
    assert_int_equal(roster_interval_count(roster), 2);
    assert_int_equal(roster_bad_count(roster), 1);
    const char *const *names;
    assert_int_equal(roster_ignored(roster, &names), 1);
    assert_string_equal(names[0], "customer_id");
    struct tally_identifier identifier = {.kind = KIND_COUNT, .state = PACKING_TEXT << FACT_PACKING_SHIFT, .length = 6, .packed = "BX1234"};
    struct roster_look look;
    struct roster_interval interval;
    roster_look(roster, &identifier, &look);
    assert_true(roster_next(&look, &interval));
    roster_close(roster);
}

static void customers_come_in_the_order_of_their_bytes(void **state)
{
    (void)state;
    struct roster *roster = opened("customer_id\ncustomer-00000002\nb\ncustomer-00000001\nab\n\"a\nb\"\na\n顧客\ncustomer\n");
    static const char *const expected[] = {"a", "a\nb", "ab", "b", "customer", "customer-00000001", "customer-00000002", "顧客"};
    uint32_t *order = NULL;
    assert_int_equal(roster_order(roster, &order, &roster_fault), STATUS_OK);
    assert_int_equal(roster_customer_count(roster), 8);
    for (uint32_t i = 0; i < 8; i++) {
        struct span id = roster_customer(roster, order[i]).id;
        assert_int_equal(id.len, strlen(expected[i]));
        assert_memory_equal(id.at, expected[i], id.len);
    }
    free(order);
    roster_close(roster);
}

/* Everything that a roster answers, as one number. */
static uint64_t answers(const struct roster *roster, int customers)
{
    uint64_t sum = roster_bad_count(roster) + 31 * roster_line_count(roster) + 977 * roster_interval_count(roster);
    for (int i = 0; i < customers; i++) {
        char id[24], imei[24];
        snprintf(id, sizeof id, "C%d", i);
        uint32_t found = roster_find(roster, (struct span){id, strlen(id)});
        sum = sum * 1099511628211u + found;
        if (found != ROSTER_NOBODY) sum += (uint64_t)roster_customer(roster, found).country[0] << 20;
        snprintf(imei, sizeof imei, "3500009%07d", i);
        for (const char *at = candidates_of(roster, "mac", imei + 2); *at != '\0'; at++) sum = sum * 31 + (unsigned char)*at;
    }
    const struct roster_bad *listed;
    size_t count = roster_bad_listed(roster, &listed);
    for (size_t i = 0; i < count; i++) sum = sum * 131 + listed[i].line;
    return sum;
}

static void threads_do_not_show(void **state)
{
    (void)state;
    enum { LINES = 40000, CUSTOMERS = 15000 };
    char *text = malloc(LINES * 120 + 100);
    size_t length = (size_t)sprintf(text, "customer_id,mac,note,valid_from,country\n");
    for (int i = 0; i < LINES; i++)
        length += (size_t)sprintf(text + length, "C%d,0000%08d,%s,20%02d-0%d-1%d,%s\n", (i * 7) % CUSTOMERS, i % 20000,
                                  i % 11 == 0 ? "\"quoted, and\nof two lines\"" : i % 301 == 0 ? "bad \" quote" : "plain", i % 30, i % 9 + 1, i % 10,
                                  i % 1000 == 999 ? "DE" : "JP");
    uint64_t first = 0;
    uint8_t digest[SHA256_DIGEST_BYTES];
    for (int threads = 1; threads <= 8; threads *= 2) {
        struct roster *roster = NULL;
        assert_int_equal(roster_of_bytes(text, length, NULL, threads, &roster), STATUS_OK);
        assert_true(roster_bad_count(roster) > 100);
        uint64_t sum = answers(roster, CUSTOMERS + 10);
        if (threads == 1) first = sum;
        if (threads == 1) memcpy(digest, roster_sha256(roster), sizeof digest);
        assert_true(sum == first);
        assert_memory_equal(digest, roster_sha256(roster), sizeof digest);
        roster_close(roster);
    }
    free(text);
}

static void a_stop_is_heard(void **state)
{
    (void)state;
    char path[] = "/tmp/roster_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(write(descriptor, "customer_id\nC1\n", 15) == 15);
    close(descriptor);
    struct profile *profile = NULL;
    struct roles *roles = NULL;
    assert_int_equal(profile_open(NULL, &profile, &roster_fault), STATUS_OK);
    assert_int_equal(roles_open(profile, &roles, &roster_fault), STATUS_OK);
    const volatile sig_atomic_t stop = 2;
    struct roster *roster = NULL;
    const struct roster_options options = {path, roles, profile, 3, &stop};
    assert_int_equal(roster_open(&options, &roster, &roster_fault), STATUS_END);
    assert_null(roster);
    unlink(path);
    roles_free(roles);
    profile_free(profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(customers_have_any_number_of_lines),
        cmocka_unit_test(values_are_canonical_as_in_the_evidence),
        cmocka_unit_test(what_was_sold_is_no_mistake),
        cmocka_unit_test(placeholders_say_nothing_and_are_counted),
        cmocka_unit_test(intervals_are_half_open),
        cmocka_unit_test(times_without_a_zone_are_the_profiles),
        cmocka_unit_test(the_same_again_counts_once),
        cmocka_unit_test(a_testers_device_is_everybodys),
        cmocka_unit_test(attributes_are_told),
        cmocka_unit_test(what_is_told_at_once_is_the_same),
        cmocka_unit_test(attributes_of_no_form_are_bad),
        cmocka_unit_test(contradictions_make_the_later_line_bad),
        cmocka_unit_test(lines_of_another_width_are_bad),
        cmocka_unit_test(lines_have_the_numbers_that_an_editor_shows),
        cmocka_unit_test(bad_lines_are_listed_up_to_a_number),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(other_delimiters_and_ends_are_read),
        cmocka_unit_test(customers_are_found_step_by_step_as_at_once),
        cmocka_unit_test(a_roster_may_be_its_header_alone),
        cmocka_unit_test(the_profile_brings_names_and_kinds),
        cmocka_unit_test(customers_come_in_the_order_of_their_bytes),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(a_stop_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
