#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/attribute/profile.h"
#include "../detectors/detectors.h"

static enum status open_text(const char *text, struct profile **profile, struct fault *fault)
{
    char path[] = "/tmp/breachtally.XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    enum status status = profile_open(path, profile, fault);
    unlink(path);
    return status;
}

static void assert_refused(const char *text, const char *says)
{
    struct profile *profile = NULL;
    struct fault fault;
    assert_int_equal(open_text(text, &profile, &fault), STATUS_USAGE);
    assert_null(profile);
    if (strstr(fault.message, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault.message, says);
}

static void no_file_gives_the_empty_profile(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    struct fault fault;
    assert_int_equal(profile_open(NULL, &profile, &fault), STATUS_OK);
    assert_int_equal(profile->customer_fields.count, 0);
    assert_false(profile->sha256_given);
    assert_false(profile->timezone_given);
    profile_free(profile);
    profile_free(NULL);
    assert_int_equal(profile_open("/nowhere/p.json", &profile, &fault), STATUS_USAGE);
}

static void every_part_is_read(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    struct fault fault;
    enum status status = open_text(
        "{\"customer\": {\"fields\": [\"policy.holder_no\"], \"paths\": [\"^c/(?<customer>[^/]+)/\"]},"
        " \"roles\": {\"latitude\": [\"breite\"], \"longitude\": [\"laenge\"], \"time\": [\"zeit\"],"
        "   \"customer\": [\"kunde\"], \"vin\": [\"fgnr\", \"fz\"], \"imei\": [\"geraet\"]},"
        " \"sources\": [{\"name\": \"t\", \"path\": \"t/**\", \"exposed_from\": \"2013-11-06\","
        "   \"exposed_to\": \"2023-04-17\"}, {\"name\": \"u\", \"path\": \"*\"}],"
        " \"junk\": {\"vin\": [\"1m8gdm9axkp042788\"]},"
        " \"default_points\": [[35.6581, 139.7414], [-1.5, 180]], \"timezone\": \"-03:30\"}",
        &profile, &fault);
    if (status != STATUS_OK)
        fail_msg("%s", fault.message);
    assert_string_equal(profile->customer_fields.names[0], "policy.holder_no");
    assert_int_equal(profile->customer_paths.count, 1);
    assert_string_equal(profile->roles.latitude.names[0], "breite");
    assert_string_equal(profile->roles.longitude.names[0], "laenge");
    assert_string_equal(profile->roles.time.names[0], "zeit");
    assert_string_equal(profile->roles.customer.names[0], "kunde");
    assert_int_equal(profile->label_count, 3);
    assert_int_equal(profile->labels[1].kind, KIND_VIN);
    assert_string_equal(profile->labels[1].name, "fz");
    assert_int_equal(profile->labels[2].kind, KIND_IMEI);
    assert_int_equal(profile->source_count, 2);
    assert_string_equal(profile->sources[0].name, "t");
    assert_string_equal(profile->sources[1].path_glob, "*");
    struct exposure known = profile_exposure(profile, "t"), unknown = profile_exposure(profile, "u");
    assert_string_equal(known.from, "2013-11-06");
    assert_string_equal(known.to, "2023-04-17");
    assert_string_equal(unknown.from, "");
    assert_string_equal(unknown.to, "");
    assert_string_equal(profile_exposure(profile, "none").from, "");
    assert_int_equal(profile->junk_count, 1);
    assert_string_equal(profile->junk[0].canonical, "1M8GDM9AXKP042788");
    assert_int_equal(profile->default_point_count, 2);
    assert_int_equal(profile->default_points[0].latitude_e7, 356581000);
    assert_int_equal(profile->default_points[0].longitude_e7, 1397414000);
    assert_int_equal(profile->default_points[1].latitude_e7, -15000000);
    assert_int_equal(profile->default_points[1].longitude_e7, -1800000000);
    assert_int_equal(profile->timezone_offset_s, -(3 * 3600 + 30 * 60));
    assert_true(profile->timezone_given);
    profile_free(profile);
}

static void sources_have_time_zones(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    struct fault fault;
    enum status status = open_text(
        "{\"sources\": [{\"name\": \"tokyo\", \"path\": \"a\", \"timezone\": \"+09:00\"}, {\"name\": \"zulu\", \"path\": \"b\", \"timezone\": \"Z\"},"
        " {\"name\": \"plain\", \"path\": \"c\"}, {\"name\": \"twice\", \"path\": \"d\"}, {\"name\": \"twice\", \"path\": \"e\", \"timezone\": \"+05:45\"},"
        " {\"name\": \"tokyo\", \"path\": \"f\", \"timezone\": \"+09:00\"}], \"timezone\": \"-03:30\"}",
        &profile, &fault);
    if (status != STATUS_OK)
        fail_msg("%s", fault.message);
    assert_int_equal(profile_timezone_s(profile, "tokyo"), 9 * 3600);
    assert_int_equal(profile_timezone_s(profile, "zulu"), 0);
    assert_int_equal(profile_timezone_s(profile, "plain"), -(3 * 3600 + 30 * 60));
    assert_int_equal(profile_timezone_s(profile, "twice"), 5 * 3600 + 45 * 60);
    assert_int_equal(profile_timezone_s(profile, "nobody's"), -(3 * 3600 + 30 * 60));
    profile_free(profile);
}

/* The example of the specification, and an ISBN's sum. */
static void detectors_of_the_profile_become_kinds(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    struct fault fault;
    enum status status = open_text(
        "{\"detectors\": [{\"name\": \"dcm_id\", \"element\": \"DEV\", \"pattern\": \"DCM[0-9]{9}\", \"fields\": [\"unit\"],"
        " \"checksum\": {\"type\": \"luhn\" }, \"canonical\": \"upper\"},"
        " {\"name\": \"book\", \"pattern\": \"[0-9]{9}[0-9X]\", \"fields\": [\"isbn\", \"unit\"], \"unlabelled\": \"ignore\","
        " \"checksum\": {\"type\": \"mod11_weighted\", \"weights\": [10, 9, 8, 7, 6, 5, 4, 3, 2, 0], \"remainders\": \"0X987654321\","
        " \"check_position\": 10}, \"must_match\": [\"0306406152\", \"080442957X\"], \"must_not_match\": [\"0306406153\"]}]}",
        &profile, &fault);
    if (status != STATUS_OK) fail_msg("%s", fault.message);
    assert_int_equal(customs_count(profile->customs), 2);
    assert_int_equal(customs_label_count(profile->customs), 2);
    assert_string_equal(customs_label(profile->customs, 0), "unit");
    assert_string_equal(customs_label(profile->customs, 1), "isbn");
    assert_int_equal(kind_count, KIND_COUNT + 2);
    assert_string_equal(detectors[KIND_COUNT + 1]->name, "book");
    assert_string_equal(detectors[KIND_COUNT + 1]->column, "other_ids");
    assert_int_equal(detectors[KIND_COUNT]->element, ELEMENT_DEV);
    profile_free(profile);
    assert_int_equal(kind_count, KIND_COUNT);
}

static void sources_of_one_name_lay_open_from_the_earliest_to_the_latest_day(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    struct fault fault;
    assert_int_equal(open_text("{\"sources\": ["
                               "{\"name\": \"a\", \"path\": \"1\", \"exposed_from\": \"2015-02-09\", \"exposed_to\": \"2015-02-09\"},"
                               "{\"name\": \"b\", \"path\": \"2\", \"exposed_from\": \"2001-01-01\"},"
                               "{\"name\": \"a\", \"path\": \"3\", \"exposed_from\": \"2013-11-06\"},"
                               "{\"name\": \"a\", \"path\": \"4\", \"exposed_to\": \"2023-05-12\"},"
                               "{\"name\": \"a\", \"path\": \"5\"}]}",
                               &profile, &fault),
                     STATUS_OK);
    struct exposure exposure = profile_exposure(profile, "a");
    assert_string_equal(exposure.from, "2013-11-06");
    assert_string_equal(exposure.to, "2023-05-12");
    exposure = profile_exposure(profile, "b");
    assert_string_equal(exposure.from, "2001-01-01");
    assert_string_equal(exposure.to, "");
    profile_free(profile);
}

static void its_digest_is_that_of_the_bytes(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    struct fault fault;
    assert_int_equal(open_text("{}", &profile, &fault), STATUS_OK);
    assert_true(profile->sha256_given);
    const uint8_t expected[] = {0x44, 0x13, 0x6F, 0xA3}; /* sha256sum of "{}" */
    assert_memory_equal(profile->sha256, expected, sizeof expected);
    profile_free(profile);
}

static void errors_name_the_place(void **state)
{
    (void)state;
    assert_refused("[]", "the profile must be an object");
    assert_refused("{\"customers\": {}}", "customers is no key of a profile; did you mean \"customer\"?");
    assert_refused("{\"customer\": {\"field\": []}}", "customer.field is no key");
    assert_refused("{\"customer\": {\"fields\": [\"a\", 1]}}", "customer.fields[1] must be text");
    assert_refused("{\"customer\": {\"paths\": [\"^(a\"]}}", "customer.paths[0]: no pattern at offset");
    assert_refused("{\"customer\": {\"paths\": [\"^(a)\"]}}", "customer.paths[0] has no group named");
    assert_refused("{\"roles\": {\"vim\": [\"a\"]}}", "did you mean \"vin\"?");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": \"b\"}, {\"name\": \"a\"}]}", "sources[1] needs");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": 5}]}", "sources[0].path must be text");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": \"b\", \"exposed_from\": \"2023-02-29\"}]}",
                   "sources[0].exposed_from must be a date");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": \"b\", \"exposed_to\": \"2023-4-17\"}]}",
                   "sources[0].exposed_to must be a date");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": \"b\", \"exposed_to\": 20230417}]}",
                   "sources[0].exposed_to must be text");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": \"b\"}, {\"name\": \"c\", \"path\": \"d\","
                   " \"exposed_to\": \"2023-04-16\", \"exposed_from\": \"2023-04-17\"}]}",
                   "sources[1]: exposed_from is later than exposed_to");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": \"b\", \"timezone\": \"JST\"}]}",
                   "sources[0].timezone must be \"UTC\"");
    assert_refused("{\"sources\": [{\"name\": \"a\", \"path\": \"b\", \"timezone\": \"+01:00\"}, {\"name\": \"b\", \"path\": \"c\"},"
                   " {\"name\": \"a\", \"path\": \"d\", \"timezone\": \"UTC\"}]}",
                   "sources[2].timezone is another one than that of sources[0]");
    assert_refused("{\"junk\": {\"vin\": [\"short\"]}}", "junk.vin[0] has not the form");
    assert_refused("{\"default_points\": [[91, 0]]}", "default_points[0] must be");
    assert_refused("{\"default_points\": [[1, 0, 2]]}", "default_points[0] must be");
    assert_refused("{\"timezone\": \"Asia/Tokyo\"}", "timezone must be");
    assert_refused("{\"timezone\": \"+09:60\"}", "timezone must be");
    static const struct {
        const char *detector, *says;
    } wrong[] = {
        {"{\"pattern\": \"a\"}", "detectors[0] needs \"name\" and \"pattern\""},
        {"{\"name\": \"Fleet\", \"pattern\": \"a\"}", "a name of lower-case letters"},
        {"{\"name\": \"location\", \"pattern\": \"a\"}", "a name of lower-case letters"},
        {"{\"name\": \"f\", \"pattern\": \"[a\"}", "detectors[0]: no pattern at offset"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"element\": \"LOC\"}", "detectors[0].element must be VIN, CHS, NET, DEV or PLT"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"canonical\": \"big\"}", "must be as_is, upper, lower, digits or alnum_upper"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"unlabelled\": \"confirmed\"}", "must be ignore, possible or likely"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"field\": []}", "did you mean \"fields\"?"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"checksum\": {}}", "checksum needs \"type\""},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"checksum\": {\"type\": \"crc\"}}", "must be none, luhn, luhn_hex, mod97 or mod11_weighted"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"checksum\": {\"type\": \"luhn\", \"weights\": [1, 2]}}", "which \"mod11_weighted\" alone needs"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"checksum\": {\"type\": \"mod11_weighted\"}}", "checksum needs \"weights\""},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"checksum\": {\"type\": \"mod11_weighted\", \"weights\": [1, 2.5]}}", "must be a whole number"},
        {"{\"name\": \"f\", \"pattern\": \"a\", \"checksum\": {\"type\": \"mod11_weighted\", \"weights\": [1, 2], \"check_position\": 3}}", "behind the last weight"},
        {"{\"name\": \"f\", \"pattern\": \"[0-9]{3}\", \"must_match\": [\"12\"]}", "must match and does not"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[512];
        snprintf(text, sizeof text, "{\"detectors\": [%s]}", wrong[i].detector);
        assert_refused(text, wrong[i].says);
        assert_int_equal(kind_count, KIND_COUNT);
    }
    assert_refused("{\"timezone\": \"Z\"", "no JSON");
}

static void messages_never_hold_the_junk_value(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    struct fault fault;
    assert_int_equal(open_text("{\"junk\": {\"imei\": [\"nonsense-7\"]}}", &profile, &fault), STATUS_USAGE);
    assert_null(strstr(fault.message, "nonsense-7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_gives_the_empty_profile), cmocka_unit_test(every_part_is_read),
        cmocka_unit_test(sources_have_time_zones),
        cmocka_unit_test(detectors_of_the_profile_become_kinds),
        cmocka_unit_test(sources_of_one_name_lay_open_from_the_earliest_to_the_latest_day),
        cmocka_unit_test(its_digest_is_that_of_the_bytes), cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(messages_never_hold_the_junk_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
