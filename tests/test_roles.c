#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/attribute/roles.h"
#include "../detectors/detectors.h"
#include "../detectors/location_code.h"
#include "../detectors/location_scaled.h"

static struct roles *open_roles(const struct profile *profile)
{
    struct profile empty = {.timezone_given = false};
    struct roles *roles = NULL;
    struct fault fault;
    assert_int_equal(roles_open(profile != NULL ? profile : &empty, &roles, &fault), STATUS_OK);
    return roles;
}

static struct field_plan plan_path(const struct roles *roles, const char *path)
{
    return roles_plan(roles, path, strlen(path), false);
}

static struct field_plan plan_column(const struct roles *roles, const char *name)
{
    return roles_plan(roles, name, strlen(name), true);
}

static void customers_are_known_however_they_are_written(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    const char *const paths[] = {"customer_id",   "Customer ID",      "data.customerId", "customer.id",
                                 "CUSTOMER-ID",   "a.b.customer.id",  "顧客ID",          "顧客ＩＤ",
                                 "会員番号",      "user.id",          "meta.uid",        "ＣｕｓｔｏｍｅｒＩＤ"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (plan_path(roles, paths[i]).role != ROLE_CUSTOMER)
            fail_msg("%s names no customer", paths[i]);
    }
    assert_int_equal(plan_column(roles, "customer.id").role, ROLE_CUSTOMER);
    const char *const others[] = {"customer.name", "id", "xcustomerid", "customer_id_type", "order.id", ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(plan_path(roles, others[i]).role, ROLE_NONE);
    roles_free(roles);
}

static void the_rank_of_customers_is_the_order_of_the_list_with_mail_last(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    struct field_plan first = plan_path(roles, "customer_id"), later = plan_path(roles, "owner_id");
    assert_int_equal(first.rank, 0);
    assert_true(later.rank > first.rank);
    assert_string_equal(roles_customer_name(roles, later.rank), "ownerid");
    struct field_plan mail = plan_path(roles, "contact.e-mail");
    assert_int_equal(mail.role, ROLE_CUSTOMER);
    assert_true(mail.rank >= ROLE_RANK_EMAIL);
    assert_string_equal(roles_customer_name(roles, mail.rank), "email");
    assert_string_equal(roles_customer_name(roles, plan_path(roles, "メールアドレス").rank), "メールアドレス");
    assert_int_equal(plan_path(roles, "has_email").role, ROLE_IDENTIFIER); /* whose value is no address */
    roles_free(roles);
}

static void axes_pair_by_what_stands_before_them(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    const char *const pairs[][2] = {{"lat", "lon"},           {"start_lat", "start_lng"},
                                    {"gpsLatitude", "gpsLongitude"}, {"vehicle.position.lat", "vehicle.position.lon"},
                                    {"gpslat", "gps_lon"},    {"緯度", "経度"},
                                    {"開始緯度", "開始経度"}, {"lat2", "lon2"},
                                    {"end lat 1", "end lon 1"}, {"北緯", "東経"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct field_plan a = plan_path(roles, pairs[i][0]), b = plan_path(roles, pairs[i][1]);
        if (a.role != ROLE_LATITUDE || b.role != ROLE_LONGITUDE || a.pair != b.pair)
            fail_msg("%s and %s: %d %d, %u %u", pairs[i][0], pairs[i][1], a.role, b.role, a.pair, b.pair);
    }
    assert_int_equal(plan_path(roles, "lat").pair, 0);
    assert_int_equal(plan_path(roles, "a.lat").pair, 0);
    assert_int_not_equal(plan_path(roles, "start_lat").pair, plan_path(roles, "end_lat").pair);
    assert_int_not_equal(plan_path(roles, "lat1").pair, plan_path(roles, "lat2").pair);
    assert_true(plan_path(roles, "lat").rank < plan_path(roles, "start_lat").rank);
    const char *const others[] = {"flat", "latency", "plat", "colon", "along"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(plan_path(roles, others[i]).role, ROLE_NONE);
    roles_free(roles);
}

static void names_say_how_a_position_is_written(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    static const struct {
        const char *name;
        int role, notation;
    } names[] = {{"latE7", ROLE_SCALED_LATITUDE, SCALE_E7},
                 {"longitude_e7", ROLE_SCALED_LONGITUDE, SCALE_E7},
                 {"referencePosition.latitude", ROLE_SCALED_LATITUDE, SCALE_E7},
                 {"gps.lat_ms", ROLE_SCALED_LATITUDE, SCALE_ARC_MS},
                 {"start_lon_256", ROLE_SCALED_LONGITUDE, SCALE_ARC_256},
                 {"SPN584", ROLE_SCALED_LATITUDE, SCALE_J1939},
                 {"position_long", ROLE_SCALED_LONGITUDE, SCALE_SEMICIRCLES},
                 {"geohash", ROLE_CODE, CODE_GEOHASH},
                 {"homeGeohash", ROLE_CODE, CODE_GEOHASH},
                 {"plus_code", ROLE_CODE, CODE_OLC},
                 {"trip.h3Index", ROLE_CODE, CODE_H3},
                 {"h3", ROLE_CODE, CODE_H3},
                 {"s2_cell_id", ROLE_CODE, CODE_S2},
                 {"overview_polyline.points", ROLE_CODE, CODE_POLYLINE},
                 {"polyline6", ROLE_CODE, CODE_POLYLINE_6},
                 {"datum", ROLE_DATUM, 1},
                 {"測地系", ROLE_DATUM, 1},
                 {"crs", ROLE_DATUM, 0},
                 {"latitude_ref", ROLE_LATITUDE_SIDE, 0},
                 {"GPSLongitudeRef", ROLE_LONGITUDE_SIDE, 0},
                 {"start_lat_dir", ROLE_LATITUDE_SIDE, 0},
                 {"gpslonhemisphere", ROLE_LONGITUDE_SIDE, 0},
                 {"N/S", ROLE_LATITUDE_SIDE, 1},
                 {"gps.ew", ROLE_LONGITUDE_SIDE, 1},
                 {"unit", ROLE_ANGLE_UNIT, 0},
                 {"dns", ROLE_NONE, 0},
                 {"new", ROLE_NONE, 0},
                 {"lat_m", ROLE_NONE, 0},
                 {"flate7", ROLE_NONE, 0},
                 {"position.lat", ROLE_LATITUDE, 0},
                 {"points", ROLE_CODE, CODE_POLYLINE},
                 {"cellId", ROLE_NONE, 0},
                 {"class2", ROLE_NONE, 0},
                 {"bonus_points", ROLE_NONE, 0}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct field_plan plan = plan_path(roles, names[i].name);
        if (plan.role != names[i].role || plan.notation != names[i].notation)
            fail_msg("%s: role %d, notation %d", names[i].name, plan.role, plan.notation);
    }
    assert_int_equal(plan_path(roles, "position_lat").pair, plan_path(roles, "position_lng").pair);
    assert_int_equal(plan_path(roles, "start_lat_ref").pair, plan_path(roles, "start_lat").pair);
    assert_int_equal(plan_path(roles, "GPSLatitudeRef").pair, plan_path(roles, "GPSLatitude").pair);
    /* Axes of one scale and stem belong together, and with no others. */
    assert_int_equal(plan_path(roles, "latE7").pair, plan_path(roles, "a.lonE7").pair);
    assert_int_equal(plan_path(roles, "start_latE7").pair, plan_path(roles, "start_lonE7").pair);
    assert_int_not_equal(plan_path(roles, "start_latE7").pair, plan_path(roles, "end_lonE7").pair);
    assert_int_not_equal(plan_path(roles, "latE7").pair, plan_path(roles, "lonE6").pair);
    roles_free(roles);
}

static void x_and_y_are_a_pair_of_their_own_and_only_whole_names(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    struct field_plan y = plan_column(roles, "Y"), x = plan_path(roles, "pos.x");
    assert_int_equal(y.role, ROLE_LATITUDE);
    assert_int_equal(x.role, ROLE_LONGITUDE);
    assert_int_equal(y.pair, x.pair);
    assert_int_equal(plan_path(roles, "nl").pair, plan_path(roles, "el").pair);
    assert_int_not_equal(y.pair, plan_path(roles, "lon").pair);
    assert_int_not_equal(x.pair, plan_path(roles, "lat").pair);
    assert_int_not_equal(y.pair, plan_path(roles, "el").pair);
    assert_int_equal(plan_column(roles, "start_x").role, ROLE_NONE);
    assert_int_equal(plan_path(roles, "imu.accel.x").role, ROLE_NONE);
    assert_int_equal(plan_path(roles, "sensorGyro.y").role, ROLE_NONE);
    roles_free(roles);
}

static void times_are_whole_names_or_end_in_a_word_of_time(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    const char *const paths[] = {"ts", "event.time", "recorded_at", "created.at", "日時", "event_ts", "sentTimestamp", "測位日時"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (plan_path(roles, paths[i]).role != ROLE_TIME)
            fail_msg("%s is no time", paths[i]);
    }
    assert_true(plan_path(roles, "ts").rank < plan_path(roles, "utc").rank);
    assert_true(plan_path(roles, "utc").rank < plan_path(roles, "event_ts").rank);
    const char *const others[] = {"birth_date", "accounts", "timeout", "utc_offset"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(plan_path(roles, others[i]).role, ROLE_NONE);
    roles_free(roles);
}

static void labels_make_identifiers(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    struct field_plan plan = plan_path(roles, "vehicle.vin");
    assert_int_equal(plan.role, ROLE_IDENTIFIER);
    assert_true((plan.label_mask & KIND_BIT(KIND_VIN)) != 0);
    plan = plan_path(roles, "tcu.imei");
    assert_int_equal(plan.label_mask, KIND_BIT(KIND_IMEI));
    assert_int_equal(plan_path(roles, "speed").label_mask, 0);
    roles_free(roles);
}

static void the_profile_comes_before_everything(void **state)
{
    (void)state;
    char *fields[] = {"policy.holder_no"}, *customers[] = {"kunde"}, *latitudes[] = {"breite"},
         *times[] = {"customer_id"};
    struct profile profile = {.customer_fields = {fields, 1},
                              .roles = {.customer = {customers, 1}, .latitude = {latitudes, 1}, .time = {times, 1}}};
    struct profile *made = calloc(1, sizeof *made);
    *made = profile;
    made->labels = calloc(2, sizeof *made->labels);
    made->labels[0].kind = KIND_VIN;
    made->labels[0].name = (char[]){"fg_nr"};
    made->labels[1].kind = KIND_IMEI;
    made->labels[1].name = (char[]){"uid"};
    made->label_count = 2;
    struct roles *roles = open_roles(made);

    struct field_plan plan = plan_path(roles, "data.policy.holderNo");
    assert_int_equal(plan.role, ROLE_CUSTOMER);
    assert_int_equal(plan.rank, 0);
    assert_string_equal(roles_customer_name(roles, 0), "policyholderno");
    assert_int_equal(plan_path(roles, "holder_no").role, ROLE_NONE);
    assert_int_equal(plan_column(roles, "KUNDE").rank, 1);
    assert_int_equal(plan_column(roles, "custid").rank, 3);
    assert_int_equal(plan_column(roles, "customer_id").role, ROLE_TIME);
    assert_int_equal(plan_column(roles, "breite").role, ROLE_LATITUDE);
    assert_int_equal(plan_column(roles, "start_breite").pair, plan_column(roles, "start_lon").pair);
    assert_true(plan_column(roles, "breite").rank < plan_column(roles, "lat").rank);
    plan = plan_path(roles, "auto.FgNr");
    assert_int_equal(plan.role, ROLE_IDENTIFIER);
    assert_int_equal(plan.label_mask, KIND_BIT(KIND_VIN));
    plan = plan_path(roles, "uid");
    assert_int_equal(plan.role, ROLE_IDENTIFIER);
    assert_true((plan.label_mask & KIND_BIT(KIND_IMEI)) != 0);
    roles_free(roles);
    free(made->labels);
    free(made);
}

static void types_around_a_value_are_no_names(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    const struct { const char *path; enum role role; bool typed; } paths[] = {
        {"Item.customer_id.S", ROLE_CUSTOMER, true},
        {"Item.vehicle.M.vin.S", ROLE_IDENTIFIER, true},
        {"Item.lat.N", ROLE_LATITUDE, true},
        {"ts.$date.$numberLong", ROLE_TIME, true},
        {"customer_id.$oid", ROLE_CUSTOMER, true},
        {"lon.double", ROLE_LONGITUDE, true},
        {"ts.long", ROLE_TIME, true},
        {"position.long", ROLE_LONGITUDE, false},
        {"customer.long", ROLE_LONGITUDE, false},
        {"speed.N", ROLE_NONE, false},
        {"customer_id.s", ROLE_NONE, false},
        {"S", ROLE_NONE, false},
        {".S", ROLE_NONE, false},
        {"customer_id.M.S", ROLE_NONE, false},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct field_plan plan = plan_path(roles, paths[i].path);
        if (plan.role != paths[i].role || plan.typed != paths[i].typed) fail_msg("%s: role %d, typed %d", paths[i].path, plan.role, plan.typed);
    }
    assert_int_equal(plan_path(roles, "start_lat.N").pair, plan_path(roles, "start_lat").pair);
    assert_int_equal(plan_column(roles, "customer_id.S").role, ROLE_NONE);
    roles_free(roles);
}

static void a_source_may_have_roles_of_its_own(void **state)
{
    (void)state;
    static const char text[] =
        "{\"customer\": {\"fields\": [\"holder\"]}, \"roles\": {\"none\": [\"uid\", \"spot.lat\"], \"vin\": [\"plaque\"]}, \"sources\": ["
        "{\"name\": \"a\", \"path\": \"a/**\", \"roles\": {\"customer\": [\"uid\"], \"none\": [\"holder\", \"vin\"], \"imei\": [\"plaque\"]}},"
        "{\"name\": \"b\", \"path\": \"b/**\"}, {\"name\": \"c\", \"path\": \"c/**\", \"roles\": {\"time\": [\"when\"], \"latitude\": [\"b\"]}},"
        "{\"name\": \"a\", \"path\": \"d/**\", \"roles\": {\"customer\": [\"holder_no\"]}}]}";
    struct profile *profile = NULL;
    struct fault fault;
    assert_int_equal(profile_parse((struct span){text, sizeof text - 1}, &profile, &fault), STATUS_OK);
    struct roles *roles = open_roles(profile);
    const struct roles *a = roles_of_source(roles, "a"), *b = roles_of_source(roles, "b"), *c = roles_of_source(roles, "c");
    assert_ptr_equal(b, roles);
    assert_ptr_equal(roles_of_source(roles, "nowhere"), roles);
    assert_int_equal(roles_number(roles), 0);
    assert_int_equal(roles_number(a), 1);
    assert_int_equal(roles_number(c), 2);

    assert_int_equal(plan_column(roles, "holder").role, ROLE_CUSTOMER);
    assert_int_equal(plan_column(roles, "uid").role, ROLE_NONE);
    assert_true(plan_column(roles, "uid").by_profile);
    assert_int_equal(plan_column(roles, "customer_id").role, ROLE_CUSTOMER);
    assert_int_equal(plan_path(roles, "spot.lat").role, ROLE_NONE);
    assert_int_equal(plan_path(roles, "place.lat").role, ROLE_LATITUDE);
    assert_int_equal(plan_column(roles, "plaque").label_mask, KIND_BIT(KIND_VIN));
    assert_int_equal(plan_column(roles, "holder_no").role, ROLE_NONE);

    assert_int_equal(plan_column(a, "uid").role, ROLE_CUSTOMER);
    assert_string_equal(roles_customer_name(roles, plan_column(a, "uid").rank), "uid");
    assert_int_equal(plan_column(a, "holder").role, ROLE_NONE);
    assert_int_equal(plan_column(a, "holder_no").role, ROLE_CUSTOMER);
    assert_int_equal(plan_column(a, "vin").role, ROLE_NONE);
    assert_int_equal(plan_column(a, "vin").label_mask, 0);
    assert_int_equal(plan_column(a, "plaque").label_mask, KIND_BIT(KIND_IMEI));
    assert_int_equal(plan_column(a, "customer_id").role, ROLE_CUSTOMER);
    assert_true(plan_column(a, "uid").rank < plan_column(a, "customer_id").rank);

    assert_int_equal(plan_column(c, "uid").role, ROLE_NONE);
    assert_int_equal(plan_column(c, "holder").role, ROLE_CUSTOMER);
    assert_int_equal(plan_column(c, "when").role, ROLE_TIME);
    assert_int_equal(plan_column(roles, "when").role, ROLE_NONE);
    assert_int_equal(plan_column(c, "start_b").role, ROLE_LATITUDE);
    assert_int_equal(plan_column(roles, "start_b").role, ROLE_NONE);
    roles_free(roles);
    profile_free(profile);
}

static void names_of_any_length_are_judged_by_their_end(void **state)
{
    (void)state;
    struct roles *roles = open_roles(NULL);
    char name[1000];
    memset(name, 'a', sizeof name);
    memcpy(name + sizeof name - 4, ".lat", 4);
    assert_int_equal(roles_plan(roles, name, sizeof name, false).role, ROLE_LATITUDE);
    memset(name, '.', sizeof name);
    assert_int_equal(roles_plan(roles, name, sizeof name, false).role, ROLE_NONE);
    memset(name, '\xEF', sizeof name);
    assert_int_equal(roles_plan(roles, name, sizeof name, false).role, ROLE_NONE);
    assert_int_equal(roles_plan(roles, "", 0, true).role, ROLE_NONE);
    roles_free(roles);
}

static void path_rules_read_customers_in_their_order(void **state)
{
    (void)state;
    char *paths[] = {"^customers/(?<customer>[^/]+)/", "(?<customer>C[0-9]+)\\.csv$", "^(?:(x+)+y)(?<customer>z)"};
    struct profile profile = {.customer_paths = {paths, 3}};
    struct roles *roles = open_roles(&profile);
    struct path_matcher *matcher = NULL;
    struct fault fault;
    assert_int_equal(path_matcher_open(roles, &matcher, &fault), STATUS_OK);
    struct span customer = {NULL, 0};
    const char *path = "customers/K 9/C12.csv";
    assert_true(path_matcher_customer(matcher, path, &customer));
    assert_int_equal(customer.len, 3);
    assert_ptr_equal(customer.at, path + 10);
    assert_true(path_matcher_customer(matcher, "a/C12.csv", &customer));
    assert_memory_equal(customer.at, "C12", 3);
    assert_false(path_matcher_customer(matcher, "a/b.csv", &customer));
    assert_false(path_matcher_hit_limit(matcher));
    assert_false(path_matcher_customer(matcher, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxz", &customer));
    assert_true(path_matcher_hit_limit(matcher));
    path_matcher_close(matcher);
    path_matcher_close(NULL);
    roles_free(roles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(customers_are_known_however_they_are_written),
        cmocka_unit_test(the_rank_of_customers_is_the_order_of_the_list_with_mail_last),
        cmocka_unit_test(axes_pair_by_what_stands_before_them),
        cmocka_unit_test(names_say_how_a_position_is_written),
        cmocka_unit_test(x_and_y_are_a_pair_of_their_own_and_only_whole_names),
        cmocka_unit_test(times_are_whole_names_or_end_in_a_word_of_time),
        cmocka_unit_test(labels_make_identifiers),
        cmocka_unit_test(the_profile_comes_before_everything),
        cmocka_unit_test(types_around_a_value_are_no_names),
        cmocka_unit_test(a_source_may_have_roles_of_its_own),
        cmocka_unit_test(names_of_any_length_are_judged_by_their_end),
        cmocka_unit_test(path_rules_read_customers_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
