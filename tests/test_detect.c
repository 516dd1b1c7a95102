/* Tests of analyzer/detect/detect.c. All identifiers are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/attribute/roles.h"
#include "../analyzer/detect/detect.h"
#include "../analyzer/tally/positions.h"
#include "../detectors/refused.h"
#include "../detectors/location_scaled.h"
#include "random.h"

static struct field_plan plan_of(const void *roles, const char *name, size_t length, bool one_component)
{
    return roles_plan(roles, name, length, one_component);
}

struct engine {
    struct roles *roles;
    struct detect_options options;
    struct detect *detect;
    struct sighting sighting;
};

static struct engine *engine_open(const struct detect_options *more)
{
    struct engine *engine = calloc(1, sizeof *engine);
    struct profile *profile = NULL;
    struct fault fault;
    const char *name;
    assert_int_equal(profile_open(NULL, &profile, &fault), STATUS_OK);
    assert_int_equal(roles_open(profile, &engine->roles, &fault), STATUS_OK);
    profile_free(profile);
    if (more != NULL) engine->options = *more;
    if (engine->options.kinds_mask == 0) engine->options.kinds_mask = KINDS_ALL, engine->options.locations = true;
    engine->options.shape = shape_choose(NULL, &name);
    engine->options.plans = (struct plan_source){plan_of, engine->roles};
    assert_int_equal(detect_open(&engine->options, &engine->detect, &fault), STATUS_OK);
    return engine;
}

static void engine_close(struct engine *engine)
{
    free(engine->sighting.identifiers);
    free(engine->sighting.cells);
    detect_close(engine->detect);
    roles_free(engine->roles);
    free(engine);
}

/* ------------------------------------------------------------------ what was seen, as one line */

static int by_kind(const void *a, const void *b)
{
    const struct tally_identifier *x = a, *y = b;
    char texts[2][IDENTIFIER_SIZE];
    tally_identifier_text(x, texts[0]);
    tally_identifier_text(y, texts[1]);
    return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : strcmp(texts[0], texts[1]);
}

/* "vin=... confirmed; gps=row,column; customer=C-17; time=0"; positions as cells. */
static void write_sighting(struct sighting *sighting, bool grades, char *line)
{
    size_t at = 0;
    line[0] = '\0';
    if (sighting->identifier_count > 0)
        qsort(sighting->identifiers, sighting->identifier_count, sizeof sighting->identifiers[0], by_kind);
    for (size_t i = 0; i < sighting->identifier_count; i++) {
        const struct tally_identifier *identifier = &sighting->identifiers[i];
        if (!grades && fact_grade(identifier->state) < GRADE_LIKELY) continue;
        char canonical[IDENTIFIER_SIZE];
        tally_identifier_text(identifier, canonical);
        at += (size_t)sprintf(line + at, "%s=%s%s%s;", detectors[identifier->kind]->name, canonical, grades ? " " : "",
                              grades ? grade_name(fact_grade(identifier->state)) : "");
    }
    for (size_t i = 0; i < sighting->fix_count; i++) at += (size_t)sprintf(line + at, "cell=%u;", sighting->cells[i] & CELL_MASK);
}

static void read_text(struct engine *engine, const char *text)
{
    size_t length = strlen(text);
    char *exact = malloc(length + 1);
    char *copy = length == 0 ? exact : realloc(exact, length);
    memcpy(copy, text, length);
    sighting_reset(&engine->sighting);
    detect_block_begin(engine->detect, copy, length);
    detect_bytes(engine->detect, (struct span){copy, length}, true, &engine->sighting);
    assert_false(detect_failed(engine->detect));
    free(copy);
}

/* Reads text by both engines and compares what they book. */
static void expect_text(const char *text, const char *expected)
{
    for (int pcre2 = 0; pcre2 < 2; pcre2++) {
        struct engine *engine = engine_open(&(struct detect_options){.use_pcre2 = pcre2 == 1});
        read_text(engine, text);
        char line[2048];
        write_sighting(&engine->sighting, true, line);
        if (strcmp(line, expected) != 0) fail_msg("%s: \"%s\" gives \"%s\", expected \"%s\"", pcre2 ? "patterns" : "shapes", text, line, expected);
        engine_close(engine);
    }
}

static void cell_of(char *line, double latitude, double longitude)
{
    sprintf(line, "cell=%u;", tally_cell((int32_t)(latitude * 1e7 + (latitude < 0 ? -0.5 : 0.5)),
                                         (int32_t)(longitude * 1e7 + (longitude < 0 ? -0.5 : 0.5))));
}

/* ------------------------------------------------------------------ fields */

static bool field(struct engine *engine, const char *name, const char *value)
{
    struct field_plan plan = roles_plan(engine->roles, name, strlen(name), true);
    return detect_field(engine->detect, &plan, (struct span){value, strlen(value)}, &engine->sighting);
}

static void a_labelled_field_is_judged_as_what_its_label_says(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    char line[1024];
    assert_true(field(engine, "vin", "JTDKN3DU7A1224466"));
    assert_true(field(engine, "imei", "86-812345-001122-7"));
    assert_true(field(engine, "iccid", "8981100077665544334"));
    assert_true(field(engine, "mac", "3C-5A-B4-77-88-99"));
    assert_true(field(engine, "chassis_no", "ZVW30-1357924"));
    write_sighting(&engine->sighting, true, line);
    assert_string_equal(line, "vin=JTDKN3DU7A1224466 confirmed;frame_number=ZVW30-1357924 confirmed;imei=868123450011227 confirmed;"
                              "iccid=8981100077665544334 confirmed;mac=3c:5a:b4:77:88:99 confirmed;");
    assert_int_equal(engine->sighting.findings, 5);
    assert_int_equal(detect_counts(engine->detect)->findings, 5);
    engine_close(engine);
}

static bool list_has(const void *list, const struct tally_identifier *identifier)
{
    char canonical[IDENTIFIER_SIZE];
    tally_identifier_text(identifier, canonical);
    for (const char *const *at = list; *at != NULL; at++)
        if (strcmp(*at, canonical) == 0) return true;
    return false;
}

/* A VIN and an IMEI whose check digits are wrong, an ICCID of too many, a frame number that nothing knows for one; what the list has
 * not is refused and doubted as before. */
static void what_somebody_has_on_his_list_is_not_refused(void **unused)
{
    (void)unused;
    static const char *const list[] = {"1M8GDM9A1KP042788", "868123450011225", "89811000776655443312", "QQQ-1234567", NULL};
    for (int pcre2 = 0; pcre2 < 2; pcre2++) {
        static struct refused_marks marks;
        for (size_t i = 0; list[i] != NULL; i++) refused_marks_set(&marks, (struct span){list[i], strlen(list[i])});
        struct engine *engine = engine_open(&(struct detect_options){.use_pcre2 = pcre2 == 1, .known = {list_has, list, &marks}});
        char line[1024];
        read_text(engine, "unit 1m8gdm9a1kp042788 called, 868123450011225 answered 1M8GDM9A2KP042789 and 868123450011221, "
                          "about QQQ-1234567 or QQQ-7654321");
        write_sighting(&engine->sighting, true, line);
        assert_string_equal(line, "vin=1M8GDM9A1KP042788 likely;frame_number=QQQ-1234567 likely;imei=868123450011225 likely;");
        assert_int_equal(detect_counts(engine->detect)->rejected_by_reason[REASON_CHECK_DIGIT], 2);
        assert_int_equal(detect_counts(engine->detect)->findings, 3);
        sighting_reset(&engine->sighting);
        assert_true(field(engine, "vin", "1M8-GDM9A1-KP042788"));
        assert_true(field(engine, "vin", "1M8GDM9A2KP042789"));
        assert_true(field(engine, "imei", "86-812345-001122-5"));
        assert_true(field(engine, "iccid", "8981100077665544331 2"));
        write_sighting(&engine->sighting, true, line);
        assert_string_equal(line, "vin=1M8GDM9A1KP042788 likely;vin=1M8GDM9A2KP042789 possible;imei=868123450011225 likely;iccid=89811000776655443312 likely;");
        engine_close(engine);
    }
}

static void a_field_that_holds_no_identifier_says_so(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    assert_false(field(engine, "vin", "see other table"));
    assert_true(field(engine, "vin", "")); /* nothing to search either */
    assert_int_equal(engine->sighting.identifier_count, 0);
    engine_close(engine);
}

static void a_field_that_is_refused_is_counted_with_the_reason(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    assert_true(field(engine, "imei", "000000000000000"));
    assert_true(field(engine, "mac", "ff:ff:ff:ff:ff:ff"));
    assert_int_equal(engine->sighting.identifier_count, 0);
    const struct detect_counts *counts = detect_counts(engine->detect);
    assert_int_equal(counts->rejected[KIND_IMEI], 1);
    assert_int_equal(counts->rejected[KIND_MAC], 1);
    assert_int_equal(counts->rejected_by_reason[REASON_PLACEHOLDER], 2);
    struct detect_counts none = {.findings = 0};
    detect_counts_restore(engine->detect, &none);
    assert_int_equal(detect_counts(engine->detect)->rejected[KIND_IMEI], 0);
    /* A label without a checksum that holds is form only. */
    assert_true(field(engine, "imei", "868123450011228"));
    assert_int_equal(engine->sighting.identifier_count, 1);
    assert_int_equal(engine->sighting.identifiers[0].state & FACT_GRADE_BITS, GRADE_POSSIBLE);
    engine_close(engine);
}

static void the_first_customer_field_of_the_list_wins_in_any_order(void **unused)
{
    (void)unused;
    for (int order = 0; order < 2; order++) {
        struct engine *engine = engine_open(NULL);
        assert_true(field(engine, order == 0 ? "owner_id" : "customer_id", order == 0 ? "O-1" : " C-17 "));
        assert_true(field(engine, order == 0 ? "customer_id" : "owner_id", order == 0 ? " C-17 " : "O-1"));
        assert_true(field(engine, "email", "a@example.org"));
        assert_true(engine->sighting.has_customer);
        assert_int_equal(engine->sighting.customer.len, 4);
        assert_memory_equal(engine->sighting.customer.at, "C-17", 4);
        engine_close(engine);
    }
}

static void what_means_nobody_names_nobody(void **unused)
{
    (void)unused;
    static const char *const nobody[] = {"", " ", "null", "NULL", "None", "N/A", "-", "\\N", "undefined", "NaN"};
    struct engine *engine = engine_open(NULL);
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++) field(engine, "customer_id", nobody[i]);
    assert_false(engine->sighting.has_customer);
    assert_true(field(engine, "customer_id", "nullable"));
    assert_true(engine->sighting.has_customer);
    engine_close(engine);
}

static void times_without_a_zone_take_the_profiles(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(&(struct detect_options){.timezone_offset_s = 9 * 3600});
    assert_true(field(engine, "timestamp", "2023-04-17 17:15:30"));
    assert_int_equal(engine->sighting.time_s, 1681719330);
    assert_int_equal(detect_counts(engine->detect)->times_without_zone, 1);
    sighting_reset(&engine->sighting);
    assert_true(field(engine, "timestamp", "2023-04-17T08:15:30Z"));
    assert_int_equal(engine->sighting.time_s, 1681719330);
    assert_int_equal(detect_counts(engine->detect)->times_without_zone, 1);
    sighting_reset(&engine->sighting);
    assert_false(field(engine, "timestamp", "yesterday"));
    assert_false(engine->sighting.has_time);
    detect_set_source(engine->detect, 1); /* no source has a zone of its own */
    assert_true(field(engine, "timestamp", "2023-04-17 17:15:30"));
    assert_int_equal(engine->sighting.time_s, 1681719330);
    engine_close(engine);
}

static void times_without_a_zone_take_that_of_their_source(void **unused)
{
    (void)unused;
    static const int32_t zones[] = {0, 9 * 3600, -(3 * 3600 + 30 * 60)};
    struct engine *engine = engine_open(&(struct detect_options){.timezone_offset_s = 3600, .source_timezones_s = zones});
    const int64_t utc = 1681719330; /* 2023-04-17T08:15:30Z */
    for (uint32_t k = 0; k < 6; k++) {
        detect_set_source(engine->detect, k % 3);
        sighting_reset(&engine->sighting);
        assert_true(field(engine, "timestamp", "2023-04-17 08:15:30"));
        assert_int_equal(engine->sighting.time_s, utc - zones[k % 3]);
        sighting_reset(&engine->sighting);
        assert_true(field(engine, "timestamp", "2023-04-17T09:15:30+01:00"));
        assert_int_equal(engine->sighting.time_s, utc);
    }
    assert_int_equal(detect_counts(engine->detect)->times_without_zone, 6);
    engine_close(engine);
}

static void a_customer_field_may_hold_an_identifier_too(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    char line[1024];
    assert_true(field(engine, "subscriberId", "440101122334455"));
    assert_true(engine->sighting.has_customer);
    write_sighting(&engine->sighting, true, line);
    assert_string_equal(line, "imsi=440101122334455 confirmed;");
    sighting_reset(&engine->sighting);
    assert_true(field(engine, "subscriberId", "S-4401"));
    assert_true(engine->sighting.has_customer);
    assert_int_equal(engine->sighting.identifier_count, 0);
    engine_close(engine);
}

static void numbers_of_phones_are_found_under_their_labels(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    char line[1024];
    assert_true(field(engine, "imsi", "440101122334455"));
    assert_true(field(engine, "meid", "AF 01 23 45 0A BC DE C"));
    assert_true(field(engine, "esn", "12807714797"));
    assert_true(field(engine, "eid", "89086030202200000022000023022943"));
    assert_true(field(engine, "mobile_no", "+81 90-1234-5678"));
    write_sighting(&engine->sighting, true, line);
    assert_string_equal(line, "imsi=440101122334455 confirmed;meid=AF0123450ABCDE confirmed;"
                              "eid=89086030202200000022000023022943 confirmed;esn=8075B7ED likely;msisdn=+819012345678 confirmed;");
    engine_close(engine);
}

static void identifiers_of_devices_are_found_under_their_labels(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    char line[2048];
    assert_true(field(engine, "ナンバー", "品川300あ1234"));
    assert_true(field(engine, "terminal_id", "a-0012345"));
    assert_true(field(engine, "idfa", "7CE45A3A-BB76-4C2C-9D7C-39ACD4BA82D1"));
    assert_true(field(engine, "devEui", "0013A20040123456"));
    assert_true(field(engine, "device_uuid", "{919108F7-52D1-4320-9BAC-F847DB4148A8}"));
    assert_true(field(engine, "android.id", "ce11437aaef25f7"));
    assert_true(field(engine, "車載器管理番号", "05023-10012345-000123"));
    assert_true(field(engine, "serial_no", "f17abc12def3"));
    assert_true(field(engine, "contact_email", "Taro@corp.jp"));
    write_sighting(&engine->sighting, true, line);
    assert_string_equal(line, "plate=品川 300 あ 12-34 confirmed;advertising_id=7ce45a3a-bb76-4c2c-9d7c-39acd4ba82d1 likely;"
                              "terminal_id=A-0012345 likely;eui64=00:13:a2:00:40:12:34:56 confirmed;"
                              "uuid=919108f7-52d1-4320-9bac-f847db4148a8 likely;android_id=0ce11437aaef25f7 likely;"
                              "etc_obu=0502310012345000123 likely;serial=F17ABC12DEF3 likely;email=taro@corp.jp confirmed;");
    engine_close(engine);
}

static void expect_field(const char *name, const char *value, const char *expected)
{
    struct engine *engine = engine_open(NULL);
    char line[1024];
    field(engine, name, value);
    write_sighting(&engine->sighting, true, line);
    if (strcmp(line, expected) != 0) fail_msg("%s %s gives \"%s\", expected \"%s\"", name, value, line, expected);
    engine_close(engine);
}

static void a_device_id_is_what_its_form_says(void **unused)
{
    (void)unused;
    expect_field("device_id", "868123450011227", "imei=868123450011227 likely;");
    expect_field("device_id", "868123450011228", "terminal_id=868123450011228 likely;");
    expect_field("device_id", "8981100077665544334", "iccid=8981100077665544334 likely;");
    expect_field("device_id", "JTDKN3DU7A1224466", "vin=JTDKN3DU7A1224466 confirmed;");
    expect_field("device_id", "ZVW30-1357924", "frame_number=ZVW30-1357924 likely;");
    expect_field("device_id", "3c:5a:b4:77:88:99", "mac=3c:5a:b4:77:88:99 likely;");
    expect_field("device_id", "919108f7-52d1-4320-9bac-f847db4148a8", "uuid=919108f7-52d1-4320-9bac-f847db4148a8 likely;");
    expect_field("製造番号", "868123450011227", "imei=868123450011227 likely;");
    expect_field("製造番号", "86812345", "serial=86812345 likely;");
    expect_field("mac", "00-15-8D-00-02-7A-BC-DE", "eui64=00:15:8d:00:02:7a:bc:de confirmed;");
    expect_field("mac", "fe80::3e5a:b4ff:fe77:8899", "mac=3c:5a:b4:77:88:99 confirmed;");
    expect_field("uuid", "919108f7-52d1-4320-9bac-f847db4148a8", "");
    expect_field("request_id", "919108f7-52d1-4320-9bac-f847db4148a8", "");
}

static void identifiers_of_devices_stand_in_text(void **unused)
{
    (void)unused;
    expect_text("gaid=919108f7-52d1-4320-9bac-f847db4148a8&x=1", "advertising_id=919108f7-52d1-4320-9bac-f847db4148a8 likely;");
    expect_text("idfa: 00000000-0000-0000-0000-000000000000", "");
    expect_text("install_id: {919108f7-52d1-4320-9bac-f847db4148a8} ok", "uuid=919108f7-52d1-4320-9bac-f847db4148a8 likely;");
    expect_text("request-id: 7f3e8d2c-1b4a-4c5d-9e6f-0a1b2c3d4e5f", "");
    expect_text("uuid 00000000-0000-0000-0000-000000000000", "");
    expect_text("tcu_id=DCM-0012345, state=up", "terminal_id=DCM-0012345 likely;");
    expect_text("mail: Taro.Yamada@corp.co.jp said", "email=taro.yamada@corp.co.jp confirmed;");
    expect_text("said Taro.Yamada@corp.co.jp", "");
    expect_text("ETC車載器管理番号: 02001 30405060 708090 ok", "etc_obu=0200130405060708090 likely;");
    expect_text("ETC車載器管理番号：０５０２３－１００１２３４５－０００１２３", "etc_obu=0502310012345000123 likely;");
    expect_text("etc_no=02001 30405060 70809 ok", "");
}

static void addresses_of_eight_octets_stand_in_text(void **unused)
{
    (void)unused;
    expect_text("radio 00:15:8d:00:02:7a:bc:de up", "eui64=00:15:8d:00:02:7a:bc:de likely;");
    expect_text("radio 00-15-8D-00-02-7A-BC-DE", "eui64=00:15:8d:00:02:7a:bc:de likely;");
    expect_text("0013.a200.4012.3456", "eui64=00:13:a2:00:40:12:34:56 likely;");
    expect_text("deveui 00:15:8d:00:02:7a:bc:de", "eui64=00:15:8d:00:02:7a:bc:de confirmed;");
    expect_text("deveui=0013A20040123456", "eui64=00:13:a2:00:40:12:34:56 confirmed;");
    expect_text("radio 0013A20040123456", "");
    expect_text("00:15:8d:00:02:7a:bc:de:00", "");
    expect_text("00:15:8d:00:02:7a:bc", "");
    expect_text("1234.5678.9012.3456", "");
    expect_text("0013.a200.4012.3456.7890", "");
}

static void an_address_made_of_a_mac_is_that_mac(void **unused)
{
    (void)unused;
    expect_text("fe80::3e5a:b4ff:fe77:8899%eth0", "mac=3c:5a:b4:77:88:99 likely;");
    expect_text("id=7 from [2001:db8::3e5a:b4ff:fe77:8899]:443", "mac=3c:5a:b4:77:88:99 likely;");
    expect_text("fe80::6e5a:ff:fe77:8899", "mac=6c:5a:00:77:88:99 possible;");
    expect_text("mac=fe80::3e5a:b4ff:fe77:8899", "mac=3c:5a:b4:77:88:99 confirmed;");
    expect_text("fe80::1 ff02::1:ff9a:bcde", "");
    struct engine *engine = engine_open(&(struct detect_options){.kinds_mask = KINDS_ALL & ~KIND_BIT(KIND_MAC)});
    read_text(engine, "fe80::3e5a:b4ff:fe77:8899");
    assert_int_equal(engine->sighting.identifier_count, 0);
    engine_close(engine);
}

static void plates_stand_in_text_with_a_label_and_without(void **unused)
{
    (void)unused;
    expect_text("登録番号 品川 300 あ 12-34 車台番号 NZE121-3024680",
                "frame_number=NZE121-3024680 confirmed;plate=品川 300 あ 12-34 confirmed;");
    expect_text("plate=品川300あ1234 x", "plate=品川 300 あ 12-34 confirmed;");
    expect_text("plate: 品川 300 あ 12-34 x", "plate=品川 300 あ 12-34 confirmed;");
    expect_text("多摩３００あ１２－３４", "plate=多摩 300 あ 12-34 confirmed;");
    expect_text("横浜 300 Y 12-34、横浜500さ・・・1", "plate=横浜 300 Y 12-34 confirmed;plate=横浜 500 さ ・・・1 confirmed;");
    expect_text("東京 300 あ 12-34", "");
    struct engine *engine = engine_open(&(struct detect_options){.kinds_mask = KINDS_ALL & ~KIND_BIT(KIND_PLATE)});
    read_text(engine, "品川300あ1234");
    assert_int_equal(engine->sighting.identifier_count, 0);
    engine_close(engine);
}

static void stamped_numbers_stand_in_text(void **unused)
{
    (void)unused;
    expect_text("職権打刻 国[01]00001国 済", "frame_number=国[01]00001国 likely;");
    expect_text("車台番号: 東(12)345678東", "frame_number=東[12]345678東 confirmed;");
    expect_text("車台番号 国［０１］００００１国、神[23]45678神", "frame_number=国[01]00001国 confirmed;frame_number=神[23]45678神 likely;");
    expect_text("国[01]00001東", "");
    expect_text("国[01]0001国", "");
    expect_text("国[01]123456789国", "");
    expect_text("国[0A]00001国", "");
    expect_text("国[01]00001", "");
}

static void numbers_that_lost_their_end_are_refused_as_rounded(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    assert_true(field(engine, "imei", "3.54178E+14"));
    assert_true(field(engine, "iccid", "8.98110007766554e+18"));
    assert_int_equal(engine->sighting.identifier_count, 0);
    const struct detect_counts *counts = detect_counts(engine->detect);
    assert_int_equal(counts->rejected[KIND_IMEI], 1);
    assert_int_equal(counts->rejected[KIND_ICCID], 1);
    assert_int_equal(counts->rejected_by_reason[REASON_ROUNDED_NUMBER], 2);
    engine_close(engine);
}

/* ------------------------------------------------------------------ positions */

static void pair(struct engine *engine, const char *latitude, const char *longitude)
{
    detect_pair(engine->detect, (struct span){latitude, strlen(latitude)}, (struct span){longitude, strlen(longitude)},
                &engine->sighting);
}

static void pairs_are_fixes_unless_they_mean_nowhere(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    char line[256], expected[64];
    pair(engine, "35.681236", "139.767125");
    write_sighting(&engine->sighting, true, line);
    cell_of(expected, 35.681236, 139.767125);
    assert_string_equal(line, expected);
    pair(engine, "35.681236N", "139.767125E");
    assert_int_equal(engine->sighting.fix_count, 2);
    assert_int_equal(engine->sighting.cells[0], engine->sighting.cells[1]);
    pair(engine, "0.0", "0.0");
    pair(engine, "91.234567", "181.234567");
    pair(engine, "", "139.767125");
    pair(engine, "n/a", "n/a");
    assert_int_equal(engine->sighting.fix_count, 2);
    const struct detect_counts *counts = detect_counts(engine->detect);
    assert_int_equal(counts->fixes, 2);
    assert_int_equal(counts->findings, 2);
    assert_int_equal(counts->rejected_by_reason[REASON_SENTINEL], 1);
    assert_int_equal(counts->rejected_by_reason[REASON_OUT_OF_RANGE], 1);
    assert_int_equal(counts->locations_rejected, 2);
    engine_close(engine);
}

static void pairs_of_another_scale_or_datum_become_degrees(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    char line[256], expected[64];
    const struct span latitude = {"35.71004", 8}, longitude = {"139.81070", 9};
    detect_pair_as(engine->detect, (struct span){"356812360", 9}, (struct span){"1397671250", 10}, SCALE_E7, &(struct axis_notes){0}, &engine->sighting);
    write_sighting(&engine->sighting, true, line);
    cell_of(expected, 35.681236, 139.767125);
    assert_string_equal(line, expected);

    sighting_reset(&engine->sighting);
    detect_pair_as(engine->detect, latitude, longitude, SCALE_DEGREES, &(struct axis_notes){.tokyo = true}, &engine->sighting);
    write_sighting(&engine->sighting, true, line);
    cell_of(expected, 35.713277, 139.807461);
    assert_string_equal(line, expected);

    /* Sides beside numbers that are no degrees: those of NMEA 0183. */
    sighting_reset(&engine->sighting);
    detect_pair_as(engine->detect, (struct span){"3540.8742", 9}, (struct span){"13946.0275", 10}, SCALE_DEGREES, &(struct axis_notes){.sides = "SW"}, &engine->sighting);
    write_sighting(&engine->sighting, true, line);
    cell_of(expected, -35.681237, -139.767125);
    assert_string_equal(line, expected);
    assert_int_equal(detect_counts(engine->detect)->fixes, 3);
    engine_close(engine);
}

static void notes_say_how_axes_are_meant(void **unused)
{
    (void)unused;
    static const struct {
        struct field_plan plan;
        const char *value;
        bool says, tokyo, arc_ms;
        const char *sides;
    } rows[] = {{{.role = ROLE_LATITUDE_SIDE}, "S", true, false, false, "S"},       {{.role = ROLE_LATITUDE_SIDE}, " north\"", true, false, false, "N"},
                {{.role = ROLE_LATITUDE_SIDE}, "E", false, false, false, ""},       {{.role = ROLE_LATITUDE_SIDE}, "\xE5\x8D\x97\xE7\xB7\xAF", true, false, false, "S"},
                {{.role = ROLE_LATITUDE_SIDE}, "", false, false, false, ""},        {{.role = ROLE_ANGLE_UNIT}, "msec", true, false, true, ""},
                {{.role = ROLE_ANGLE_UNIT}, "km/h", false, false, false, ""},       {{.role = ROLE_DATUM}, "tokyo", true, true, false, ""},
                {{.role = ROLE_LONGITUDE}, "W", false, false, false, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct axis_notes notes = {0};
        if (detect_note(&rows[i].plan, (struct span){rows[i].value, strlen(rows[i].value)}, &notes) != rows[i].says || notes.tokyo != rows[i].tokyo ||
            notes.arc_ms != rows[i].arc_ms || notes.sides[0] != rows[i].sides[0])
            fail_msg("\"%s\" under role %d", rows[i].value, rows[i].plan.role);
    }
}

/* Each text holds one fix, at the same place or at none. */
static void codes_in_text_are_fixes(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t fixes;
    } cases[] = {{"customer=C-1 geohash=xn76urx66", 1},
                 {"customer=C-1 geohash=xn76urxi6", 0},
                 {"s2=60188bfb", 1},
                 {"s2=deadbeeg", 0},
                 {"cell 8928308280fffff left", 1},
                 {"h3=8928308280fffff", 1},
                 {"parked at 8Q7XMQJ8+FV", 1},
                 {"plus_code=8Q7XMQJ8+FV", 1},
                 {"MGRS: 54S UE 88435 49293", 1},
                 {"mgrs=54SUE8843549293", 1},
                 {"UTM 54S 388436 3949294", 1},
                 {"lat_ms=137736475 lon_ms=507176762", 1},
                 {"lat_ms=137736475 lon_256=507176762", 0},
                 {"SPN584=2456812360 SPN585=3497671250", 1},
                 {"jt808 lat=33590355 lon=130401716 south=0 west=0", 1},
                 {"lat=2836.7747N lon=07713.7706E fmt=ddmm", 1},
                 {"avl_gps=0F0DCDE420959D30", 1},
                 {"avl_gps=0F0DCDE420959D30 lat_ms=137736475 lon_ms=507176762", 2},
                 {"h3=8F2E2B455044B8E", 1},
                 {"8F2E2B455044B8E", 0},
                 {"olc=7FG49QCJ+2VXGJ", 1},
                 {"olc=4R347QRJ+", 1},
                 {"7FG49QCJ+2VXGJ 4R347QRJ+", 0},
                 {"lat=128452450 lon=503161650 unit=msec", 1},
                 {"lat=128452450 lon=503161650 unit=km", 0},
                 {"緯度=128452450 経度=503161650 単位=ミリ秒", 1},
                 {"position_lat=35.681236 position_long=139.767125", 1},
                 {"latE7=900000001 lonE7=1800000001", 0},
                 {"class2=60188bfb xn76urx66 60188bfb", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct engine *engine = engine_open(NULL);
        read_text(engine, cases[i].text);
        if (engine->sighting.fix_count != cases[i].fixes) fail_msg("%s: %zu fixes", cases[i].text, engine->sighting.fix_count);
        engine_close(engine);
    }
}

static void default_points_are_no_fixes(void **unused)
{
    (void)unused;
    static const struct detect_point points[] = {{356581000, 1397414000}};
    struct engine *engine = engine_open(&(struct detect_options){.default_points = points, .default_point_count = 1});
    pair(engine, "35.6581", "139.7414");
    pair(engine, "35.6582", "139.7414");
    assert_int_equal(engine->sighting.fix_count, 1);
    assert_int_equal(engine->sighting.findings, 1);
    assert_int_equal(detect_counts(engine->detect)->rejected_by_reason[REASON_DEFAULT_POINT], 1);
    engine_close(engine);
}

static void neighbours_count_where_both_are_decimal_numbers_of_a_position(void **unused)
{
    (void)unused;
    static const struct {
        const char *first, *second;
        size_t fixes;
    } cases[] = {{"40.689247", "-74.044502", 1}, {"40.7", "-74", 0}, {"1234.50", "2345.60", 0}, {"x", "139.767125", 0},
                 {"139.767125", "35.681236", 1}, {"", "", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct engine *engine = engine_open(NULL);
        struct span first = {cases[i].first, strlen(cases[i].first)}, second = {cases[i].second, strlen(cases[i].second)};
        detect_neighbours(engine->detect, first, second, &engine->sighting);
        if (engine->sighting.fix_count != cases[i].fixes) fail_msg("%s, %s", cases[i].first, cases[i].second);
        engine_close(engine);
    }
}

static void positions_in_text_can_be_left_out(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(&(struct detect_options){.kinds_mask = KINDS_ALL, .locations = false});
    read_text(engine, "at 35.681236,139.767125");
    pair(engine, "35.681236", "139.767125");
    assert_int_equal(engine->sighting.findings, 0);
    engine_close(engine);
}

static void many_positions_of_one_text_are_all_taken(void **unused)
{
    (void)unused;
    enum { POSITIONS = 300 };
    char *text = malloc(POSITIONS * 32);
    size_t length = 0;
    for (int i = 0; i < POSITIONS; i++) length += (size_t)sprintf(text + length, "geo:35.%06d,139.767125 ", i * 7 + 1000);
    struct engine *engine = engine_open(NULL);
    read_text(engine, text);
    assert_int_equal(engine->sighting.fix_count, POSITIONS);
    free(text);
    engine_close(engine);
}

/* ------------------------------------------------------------------ text */

static void keys_in_text_are_fields(void **unused)
{
    (void)unused;
    expect_text("imei=868123450011227", "imei=868123450011227 confirmed;");
    expect_text("IMEI: 868123450011227", "imei=868123450011227 confirmed;");
    expect_text("{\"imei\":\"868123450011227\"}", "imei=868123450011227 confirmed;");
    expect_text("{\"imei\" : 868123450011227}", "imei=868123450011227 confirmed;");
    expect_text("a=1&imei=868123450011227&b=2", "imei=868123450011227 confirmed;");
    expect_text("<unit imei='868123450011227'/>", "imei=868123450011227 confirmed;");
    expect_text("\"vin\": \"WVWZZZ1KZ8W654321\", \"mileage\": 84213", "vin=WVWZZZ1KZ8W654321 confirmed;");
    expect_text("\"車台番号\":\"AYH30-0024680\"", "frame_number=AYH30-0024680 confirmed;");
    expect_text("車台番号=AYH30-0024680", "frame_number=AYH30-0024680 confirmed;");
    expect_text("vin=JTDKN3DU7A1224466 vin=JTDKN3DU7A1224466", "vin=JTDKN3DU7A1224466 confirmed;vin=JTDKN3DU7A1224466 confirmed;");
}

static void numbers_of_phones_stand_in_text(void **unused)
{
    (void)unused;
    expect_text("IMSI 440101122334455 MSISDN +819012345678", "imsi=440101122334455 confirmed;msisdn=+819012345678 confirmed;");
    expect_text("msisdn=+819012345678", "msisdn=+819012345678 confirmed;");
    expect_text("sum +819012345678", "");
    expect_text("eid:89086030202200000022000023022943", "eid=89086030202200000022000023022943 confirmed;");
    expect_text("EID 89086030202200000022000023022943 stored", "eid=89086030202200000022000023022943 confirmed;");
    expect_text("chip 89086030202200000022000023022943 stored", "eid=89086030202200000022000023022943 likely;");
    expect_text("89086030202200000022000023022943", "eid=89086030202200000022000023022943 likely;");
    expect_text("etag d41d8cd98f00b204e9800998ecf8427e", "");
    expect_text("meid=AF0123450ABCDEC", "meid=AF0123450ABCDE confirmed;");
    expect_text("meid AF0123450ABCDE", "meid=AF0123450ABCDE likely;");
    expect_text("token AF0123450ABCDEC", "meid=AF0123450ABCDE likely;");
    expect_text("token AF0123450ABCDED", "");
    expect_text("token AF0123450ABCDE", "");
    expect_text("esn=8075B7ED", "esn=8075B7ED likely;");
    expect_text("IMEISV 3592540677889901", "imei=359254067788992 likely;");
    expect_text("imsi 868123450001236", "imei=868123450001236 likely;");
}

static void numbers_in_groups_end_where_their_check_digits_hold(void **unused)
{
    (void)unused;
    expect_text("MEID: AF 01 23 45 0A BC DE C", "meid=AF0123450ABCDE confirmed;");
    expect_text("meid: AF 01 23 45 0A BC DE C rest", "meid=AF0123450ABCDE confirmed;");
    expect_text("iccid: 8901 4103 2111 1851 0720 ok", "iccid=89014103211118510720 confirmed;");
    expect_text("iccid=8901 4103 2111 1851 0720 imei=868123450011227",
                "imei=868123450011227 confirmed;iccid=89014103211118510720 confirmed;");
    expect_text("eid: 8904 9032 1234 5123 4512 3456 7897 7768", "eid=89049032123451234512345678977768 confirmed;");
    expect_text("iccid: 8901 4103 2111 1851 0700", "");
    expect_text("iccid: 8901  4103 2111 1851 0720", "");
}

static void keys_in_text_name_customers_and_times(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    /* Spans point into the engine's own memory until the next block. */
    read_text(engine, "customer_id=C-17 time=2023-04-17T08:15:30Z speed=12");
    assert_true(engine->sighting.has_customer);
    assert_int_equal(engine->sighting.customer.len, 4);
    assert_memory_equal(engine->sighting.customer.at, "C-17", 4);
    assert_true(engine->sighting.has_time);
    assert_int_equal(engine->sighting.time_s, 1681719330);
    read_text(engine, "{\"会員番号\":\"M 9\",\"x\":1}");
    assert_true(engine->sighting.has_customer);
    assert_int_equal(engine->sighting.customer.len, 3);
    engine_close(engine);
}

static void a_word_before_a_value_is_its_label(void **unused)
{
    (void)unused;
    expect_text("registered device imei 868123450011227 now", "imei=868123450011227 confirmed;");
    expect_text("VIN SB1ZB3AE70E054321 not found", "vin=SB1ZB3AE70E054321 confirmed;");
    expect_text("ICCID,8981200011223344555,activated", "iccid=8981200011223344555 confirmed;");
    expect_text("IMEI No. 868123450011227", "imei=868123450011227 confirmed;");
    expect_text("chassis number (zvw30-1357924)", "frame_number=ZVW30-1357924 confirmed;");
    expect_text("zvw30-1357924", "");
    /* An address that a phone made up for itself is a device only under a label. */
    expect_text("wifi: DA:A1:19:55:66:77 (random)", "mac=da:a1:19:55:66:77 likely;");
    expect_text("wifi mac: DA:A1:19:55:66:77", "mac=da:a1:19:55:66:77 likely;");
    expect_text("車台番号：ZVW30-1357924", "frame_number=ZVW30-1357924 confirmed;");
    expect_text("車台番号　ZVW30-1357924", "frame_number=ZVW30-1357924 confirmed;");
}

static void full_width_text_is_read_as_ascii(void **unused)
{
    (void)unused;
    expect_text("車台番号：ＺＶＷ３０－１３５７９２４", "frame_number=ZVW30-1357924 confirmed;");
    expect_text("ＩＭＥＩ＝８６８１２３４５００１１２２７", "imei=868123450011227 confirmed;");
    expect_text("ＶＩＮ　ＪＴＤＫＮ３ＤＵ７Ａ１２２４４６６", "vin=JTDKN3DU7A1224466 confirmed;");
    expect_text("車台番号 ZVW30ー1357924", "frame_number=ZVW30-1357924 confirmed;");
}

static void text_that_comes_with_shapes_is_read_in_its_piece_only(void **unused)
{
    (void)unused;
    char block[128 + SHAPE_PADDING] = "vin,JTDKN3DU7A1224466,x imei 868123450011227,3c:5a:b4:77:88:99";
    size_t length = strlen(block);
    struct engine *engine = engine_open(NULL);
    struct shape_word words[3];
    engine->options.shape(block, length, SHAPE_CSV, ',', words);
    detect_block_begin(engine->detect, block, length);
    detect_text(engine->detect, &(struct shaped_text){block, words, 22, 44, false}, false, &engine->sighting);
    char line[256];
    write_sighting(&engine->sighting, true, line);
    assert_string_equal(line, "imei=868123450011227 confirmed;");
    sighting_reset(&engine->sighting);
    detect_text(engine->detect, &(struct shaped_text){block, words, 45, length, false}, false, &engine->sighting);
    write_sighting(&engine->sighting, true, line);
    assert_string_equal(line, "mac=3c:5a:b4:77:88:99 likely;");
    sighting_reset(&engine->sighting);
    detect_text(engine->detect, &(struct shaped_text){block, words, 4, 4, false}, true, &engine->sighting);
    assert_int_equal(engine->sighting.findings, 0);
    engine_close(engine);
}

static void the_first_clock_of_a_text_with_findings_is_its_time(void **unused)
{
    (void)unused;
    struct engine *engine = engine_open(NULL);
    read_text(engine, "2023-04-17 08:15:30,GYL25-0011223,34.702485,135.495951,62.4");
    assert_true(engine->sighting.has_time);
    assert_int_equal(engine->sighting.time_s, 1681719330);
    read_text(engine, "[gw] 2023-04-17T08:15:30+09:00 vin JTDKN3DU7A1224466 until 2024-01-01T00:00:00Z");
    assert_int_equal(engine->sighting.time_s, 1681719330 - 9 * 3600);
    read_text(engine, "2023-04-17 08:15:30 nothing here");
    assert_false(engine->sighting.has_time);
    engine_close(engine);
}

/* Names are guessed from the lines before: the guess must not show. */
static void lines_show_the_same_whatever_came_before_them(void **unused)
{
    (void)unused;
    static const char *const lines[] = {
        "2020-01-02T03:04:05Z gw INFO customer=C0000001 imei=490154203237518 vin=1HGCM82633A004352 loc=35.681236,139.767125 fw=1.2.3",
        "2020-01-02T03:04:05Z gw INFO customer=C0000001 vin=1HGCM82633A004352 imei=490154203237518 mac=00:1e:ae:89:c3:5a cost=27.38",
        "2020-01-02T03:04:05Z gw INFO xcustomer=C0000001 ximei=490154203237518 xvin=1HGCM82633A004352",
        "2020-01-02T03:04:05Z gw INFO imei=490154203237518 other=1 imei=490154203237518 customer=C0000002 id2=77",
        "a 2020-01-02T03:04:05Z gw-imei=490154203237518 my.vin=1HGCM82633A004352 (imei=490154203237518) \"vin\": \"1HGCM82633A004352\"",
        "imei=490154203237518 vin=1HGCM82633A004352", "gw INFO mac=00:1e:ae:89:c3:5a mac=00:1E:AE:89:C3:5A ae:1e imei:490154203237518",
        "gw INFO imei= 490154203237518 vin=\t1HGCM82633A004352 customer='C 0000003' imei=490154203237518"};
    enum { LINES = sizeof lines / sizeof *lines };
    struct engine *engine = engine_open(&(struct detect_options){0});
    uint32_t drawn = 7;
    for (int i = 0; i < 500; i++) {
        drawn = drawn * 1664525u + 1013904223u;
        const char *text = lines[(drawn >> 8) % LINES];
        char once[2048], again[2048];
        struct engine *fresh = engine_open(&(struct detect_options){0});
        read_text(fresh, text);
        write_sighting(&fresh->sighting, true, once);
        read_text(engine, text);
        write_sighting(&engine->sighting, true, again);
        assert_string_equal(once, again);
        assert_int_equal(fresh->sighting.has_customer, engine->sighting.has_customer);
        engine_close(fresh);
    }
    engine_close(engine);
}

/* ------------------------------------------------------------------ lines of a block, and each by the rules */

enum { BLOCK_ROOM = 8192, LINE_ROOM = 1024 };

struct made_block {
    char bytes[BLOCK_ROOM + SHAPE_PADDING];
    size_t length;
    uint64_t state;
};

static uint32_t drawn_below(struct made_block *made, uint32_t limit)
{
    return (uint32_t)(random_next(&made->state) % limit);
}

static void put_field(struct made_block *made, char *line)
{
    static const char *const names[] = {"customer", "imei", "iccid", "mac", "vin", "loc", "fw", "session", "cost", "frame", "sha256", "order",
                                        "peer", "lat", "lon", "x", "y", "ts", "session.id", "ae", "subscriberId", "MAC", "eid", "a"};
    static const char *const values[] = {
        "C0000001", "490154203237518", "490154203237519", "8981100217316316305", "89811002173163163051", "00:1e:ae:89:c3:5a", "00:1e:ae:f9:c3:5a",
        "00-1e-ae-89-c3-5a", "0:1e:ae:9:c3:5", "JTDKN3DU7A1224466", "1HGCM82633A004352", "35.681236,139.767125", "-35.681236,+139.767125",
        "35.681236,-139.7671", "35.6,139.7", "0.000000,0.000000", "135.681236,39.767125", "35.681236,139.767125,12.5", "35.681236, 139.767125",
        "35.68123678,139.76712512", "1.2.3", "1.17.100", "10.83.201.103", "27.38", "27.38%", "27.38N", "7.5e3", "a4ae1000dd6158eff751b04bb881dc51",
        "89086030202200000022000023022943", "b3eec082f5347ec8ea6c6214a5c2b8c5e527ca1ab75b7e7dca20331eacf5d583", "ZVW30-1357924", "80",
        "2023-04-17T08:15:30Z", "fe80::21e:aeff:fe89:c35a", "\"35.681236,139.767125\"", "'C 2'",
        "1234.5678,12.3456", "35.681236;139.767125", "N35.681236", "35.681236 E", "", "12.3456789012345678901234567890123456789012345678901234567890"};
    static const char *const signs[] = {"=", "=", "=", "=", "=", "=", ":", ": ", " = ", "=\""};
    strcat(line, drawn_below(made, 24) == 0 ? "," : " ");
    strcat(line, names[drawn_below(made, sizeof names / sizeof *names)]);
    strcat(line, signs[drawn_below(made, sizeof signs / sizeof *signs)]);
    strcat(line, values[drawn_below(made, sizeof values / sizeof *values)]);
}

static void put_line(struct made_block *made, char *line)
{
    static const char *const fronts[] = {"2020-01-02T03:04:05Z gw-01 INFO uplink", "uplink", "", "2020-01-02 03:04:05,123 [main] WARN", "35.1234 139.1234"};
    strcpy(line, fronts[drawn_below(made, sizeof fronts / sizeof *fronts)]);
    for (uint32_t count = drawn_below(made, 11); count > 0; count--) put_field(made, line);
    if (drawn_below(made, 8) == 0) strcat(line, " end");
    size_t length = strlen(line);
    for (uint32_t count = drawn_below(made, 3); count > 0 && length > 0; count--) {
        static const char others[] = "=:.,-+ 09aFfNE\"'&|;@\t";
        line[drawn_below(made, (uint32_t)length)] = others[drawn_below(made, sizeof others - 1)];
    }
}

static void block_fill(struct made_block *made)
{
    made->length = 0;
    for (;;) {
        char line[LINE_ROOM];
        put_line(made, line);
        size_t length = strlen(line);
        if (made->length + length + 1 > BLOCK_ROOM) break;
        memcpy(made->bytes + made->length, line, length);
        made->bytes[made->length + length] = '\n';
        made->length += length + 1;
    }
    memset(made->bytes + made->length, 0, SHAPE_PADDING);
}

static void expect_same_sighting(const struct sighting *one, const struct sighting *other, const char *line)
{
    bool same = one->findings == other->findings && one->identifier_count == other->identifier_count && one->fix_count == other->fix_count &&
                one->positions[0] == other->positions[0] && one->positions[1] == other->positions[1] && one->has_time == other->has_time &&
                (!one->has_time || one->time_s == other->time_s) && one->has_customer == other->has_customer && one->several == other->several;
    for (size_t i = 0; same && i < one->identifier_count; i++) {
        const struct tally_identifier *a = &one->identifiers[i], *b = &other->identifiers[i];
        same = a->kind == b->kind && a->state == b->state && a->length == b->length && memcmp(a->packed, b->packed, a->length) == 0;
    }
    for (size_t i = 0; same && i < one->fix_count; i++) same = one->cells[i] == other->cells[i];
    if (same && one->has_customer)
        same = one->customer.len == other->customer.len && memcmp(one->customer.at, other->customer.at, one->customer.len) == 0;
    if (!same) fail_msg("differs: %s", line); /* made up */
}

static void expect_same_counts(const struct detect_counts *one, const struct detect_counts *other)
{
    assert_memory_equal(one->rejected, other->rejected, sizeof one->rejected);
    assert_memory_equal(one->rejected_by_reason, other->rejected_by_reason, sizeof one->rejected_by_reason);
    assert_int_equal(one->findings, other->findings);
    assert_int_equal(one->fixes, other->fixes);
    assert_int_equal(one->locations_possible, other->locations_possible);
    assert_int_equal(one->locations_rejected, other->locations_rejected);
    assert_int_equal(one->times_without_zone, other->times_without_zone);
}

/* By the rules alone: as if its shapes were of another kind, so that they tell nothing of points and ends. */
static void read_by_the_rules(struct engine *engine, const char *text)
{
    size_t length = strlen(text);
    char line[LINE_ROOM + SHAPE_PADDING] = {0};
    struct shape_word words[LINE_ROOM / 64 + 2];
    memcpy(line, text, length);
    engine->options.shape(line, length, SHAPE_TEXT, 0, words);
    words[shape_word_count(length)] = (struct shape_word){0};
    sighting_reset(&engine->sighting);
    detect_block_begin(engine->detect, line, length);
    if (length > 0) detect_text(engine->detect, &(struct shaped_text){line, words, 0, length, false}, true, &engine->sighting);
    if (engine->sighting.has_customer) engine->sighting.customer.at = text + (engine->sighting.customer.at - line);
}

/* Of a line of the block in hand most is told by what stands under its keys. With patterns, too. */
static void lines_of_a_block_show_what_each_shows_by_the_rules(void **unused)
{
    (void)unused;
    static struct made_block made = {.state = 20130417};
    static struct shape_word words[BLOCK_ROOM / 64 + 2];
    for (int patterns = 0; patterns < 2; patterns++) {
        const struct detect_options options = {.kinds_mask = KINDS_ALL, .locations = true, .use_pcre2 = patterns == 1};
        struct engine *whole = engine_open(&options), *alone = engine_open(&options);
        uint64_t lines = 0, findings = 0, fixes = 0;
        for (int round = 0; round < (patterns == 1 ? 8 : 160); round++) {
            block_fill(&made);
            detect_block_begin(whole->detect, made.bytes, made.length);
            whole->options.shape(made.bytes, made.length, SHAPE_TEXT, 0, words);
            words[shape_word_count(made.length)] = (struct shape_word){0};
            for (size_t at = 0; at < made.length;) {
                size_t end = at + strcspn(made.bytes + at, "\n");
                char line[LINE_ROOM];
                memcpy(line, made.bytes + at, end - at);
                line[end - at] = '\0';
                sighting_reset(&whole->sighting);
                if (end > at) detect_text(whole->detect, &(struct shaped_text){made.bytes, words, at, end, true}, true, &whole->sighting);
                read_by_the_rules(alone, line);
                expect_same_sighting(&whole->sighting, &alone->sighting, line);
                expect_same_counts(detect_counts(whole->detect), detect_counts(alone->detect));
                lines++;
                findings += whole->sighting.findings;
                fixes += whole->sighting.fix_count;
                at = end + 1;
            }
        }
        assert_true(lines > 100 && findings > lines && fixes > lines / 8);
        engine_close(whole);
        engine_close(alone);
    }
}

/* A text that is longer than the words that are read together, and one that begins where they end. */
static void lines_are_read_where_parts_of_a_block_meet(void **unused)
{
    (void)unused;
    enum { LONG_BYTES = 40000 };
    static char block[LONG_BYTES + SHAPE_PADDING];
    static struct shape_word words[LONG_BYTES / 64 + 2];
    static const char field[] = " imei=868123450011227 fw=1.2.3 loc=35.681236,139.767125 n=1";
    struct engine *engine = engine_open(NULL);
    for (size_t first = 1; first < 3 * LONG_BYTES / 4; first += 4093) {
        memset(block, 'x', LONG_BYTES);
        memcpy(block + first, field, sizeof field - 1);
        block[first + sizeof field - 1] = '\n';
        memcpy(block + LONG_BYTES - sizeof field, field, sizeof field - 1);
        block[LONG_BYTES - 1] = '\n';
        engine->options.shape(block, LONG_BYTES, SHAPE_TEXT, 0, words);
        words[shape_word_count(LONG_BYTES)] = (struct shape_word){0};
        detect_block_begin(engine->detect, block, LONG_BYTES);
        for (size_t at = 0; at < LONG_BYTES;) {
            char line[256];
            size_t end = bits_next(&words->newline, at, LONG_BYTES);
            sighting_reset(&engine->sighting);
            detect_text(engine->detect, &(struct shaped_text){block, words, at, end, true}, true, &engine->sighting);
            write_sighting(&engine->sighting, true, line);
            assert_memory_equal(line, "imei=868123450011227 confirmed;cell=", 36);
            assert_int_equal(engine->sighting.fix_count, 1);
            at = end + 1;
        }
    }
    engine_close(engine);
}

/* A name that may stand or be missing, one that only ends like the expected one, and one with a longer name behind it. */
static void a_name_that_was_not_expected_is_read_as_it_stands(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *expected;
    } lines[] = {
        {"uplink ok customer=C1 imei=868123450011227 mac=3c:5a:b4:77:88:99 vin=JTDKN3DU7A1224466 cost=27.38",
         "vin=JTDKN3DU7A1224466 confirmed;imei=868123450011227 confirmed;mac=3c:5a:b4:77:88:99 confirmed;"},
        {"uplink ok customer=C1 imei=868123450011227 vin=JTDKN3DU7A1224466 cost=27.38",
         "vin=JTDKN3DU7A1224466 confirmed;imei=868123450011227 confirmed;"},
        {"uplink ok customer=C1 name=868123450011228 mac=3c:5a:b4:77:88:99 cost=27.38", "mac=3c:5a:b4:77:88:99 confirmed;"},
        {"uplink ok customer=C1 time=868123450011227 vine=JTDKN3DU7A12244 mac=3c:5a:b4:77:88:99",
         "imei=868123450011227 likely;mac=3c:5a:b4:77:88:99 confirmed;"},
        {"uplink ok xcustomer=C2 customer=C1 imei=868123450011227 mac=3c:5a:b4:77:88:99 vin=JTDKN3DU7A1224466",
         "vin=JTDKN3DU7A1224466 confirmed;imei=868123450011227 confirmed;mac=3c:5a:b4:77:88:99 confirmed;"}};
    enum { LINES = sizeof lines / sizeof *lines };
    struct engine *engine = engine_open(NULL);
    for (size_t i = 0; i < LINES * LINES; i++) { /* each behind each */
        for (size_t turn = 0; turn < 2; turn++) {
            size_t which = turn == 0 ? i / LINES : i % LINES;
            char line[2048];
            read_text(engine, lines[which].text);
            write_sighting(&engine->sighting, true, line);
            assert_string_equal(line, lines[which].expected);
            assert_true(engine->sighting.has_customer);
            assert_int_equal(engine->sighting.customer.len, 2);
            assert_memory_equal(engine->sighting.customer.at, "C1", 2);
            assert_int_equal(detect_counts(engine->detect)->times_without_zone, 0);
        }
    }
    engine_close(engine);
}

/* Runs as long as the longest number that are no number: at the front, at the back, in the middle. */
static void hex_digits_of_the_length_of_a_number_are_none(void **unused)
{
    (void)unused;
    expect_text("s 89086030202200000022000023022943", "eid=89086030202200000022000023022943 likely;");
    expect_text("s a9086030202200000022000023022943", "");
    expect_text("s 8908603020220000002200002302294a", "");
    expect_text("s 890860302022000000220000a3022943", "");
    expect_text("s 89086030202200a00022000023022943", "");
}

/* So many points as are kept of one text, one more, and far more; some are of versions. */
static void points_of_one_text_are_all_judged(void **unused)
{
    (void)unused;
    static const size_t counts[] = {1, 31, 32, 33, 300};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char *text = malloc(counts[i] * 48 + 1);
        size_t length = 0;
        for (size_t k = 0; k < counts[i]; k++)
            length += (size_t)sprintf(text + length, "fw=2.3.26 p=35.%06zu,139.767125 ", k * 7 + 1000);
        struct engine *engine = engine_open(NULL);
        read_text(engine, text);
        assert_int_equal(engine->sighting.fix_count, counts[i]);
        assert_int_equal(detect_counts(engine->detect)->locations_rejected, 0);
        free(text);
        engine_close(engine);
    }
}

static void junk_values_are_no_findings(void **unused)
{
    (void)unused;
    static const struct detect_junk junk[] = {{KIND_VIN, "JTDKN3DU7A1224466"}};
    struct engine *engine = engine_open(&(struct detect_options){.junk = junk, .junk_count = 1});
    read_text(engine, "vin=JTDKN3DU7A1224466 and jtdkn3du7a1224466 and 4T1BF1FK1CU334455");
    char line[256];
    write_sighting(&engine->sighting, false, line);
    assert_string_equal(line, "vin=4T1BF1FK1CU334455;");
    assert_int_equal(engine->sighting.findings, 1);
    assert_int_equal(detect_counts(engine->detect)->rejected_by_reason[REASON_JUNK], 2);
    engine_close(engine);
}

static void kinds_that_are_not_wanted_are_not_found(void **unused)
{
    (void)unused;
    for (int pcre2 = 0; pcre2 < 2; pcre2++) {
        struct detect_options options = {.kinds_mask = KIND_BIT(KIND_MAC), .locations = true, .use_pcre2 = pcre2 == 1};
        struct engine *engine = engine_open(&options);
        read_text(engine, "vin=JTDKN3DU7A1224466 imei 868123450011227 8981100077665544334 mac 3c:5a:b4:77:88:99");
        char line[256];
        write_sighting(&engine->sighting, true, line);
        assert_string_equal(line, "mac=3c:5a:b4:77:88:99 confirmed;");
        engine_close(engine);
    }
}

static void long_names_before_values_do_no_harm(void **unused)
{
    (void)unused;
    char text[4096];
    memset(text, 'x', sizeof text);
    memcpy(text + 2000, "_imei=868123450011227 ", 22);
    memcpy(text + 3000, " imei 868123450011227 ", 22);
    text[4095] = '\0';
    struct engine *engine = engine_open(NULL);
    read_text(engine, text);
    assert_int_equal(engine->sighting.identifier_count, 2);
    memset(text, ':', 4095);
    read_text(engine, text);
    memset(text, '=', 4095);
    read_text(engine, text);
    assert_int_equal(engine->sighting.findings, 0);
    engine_close(engine);
}

/* ------------------------------------------------------------------ whole lines */

static void lines_of_many_kinds_show_what_is_in_them(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *identifiers;
        double latitude, longitude; /* 0, 0: none */
    } lines[] = {
        {"{\"terminalId\":\"A0012345\",\"chassisNo\":\"ZVW30-1357924\",\"lat\":35.054212,\"lon\":137.163461,"
         "\"time\":\"2023-04-17T08:15:30+09:00\"}", "frame_number=ZVW30-1357924;terminal_id=A0012345;", 35.054212, 137.163461},
        {"\"車台番号\":\"AYH30-0024680\",\"緯度\":35.681236,\"経度\":139.767125", "frame_number=AYH30-0024680;", 35.681236, 139.767125},
        {"2023-04-17 08:15:30,GYL25-0011223,34.702485,135.495951,62.4", "frame_number=GYL25-0011223;", 34.702485, 135.495951},
        {"INFO gateway: registered device imei 868123450011227 iccid 8981100077665544334",
         "imei=868123450011227;iccid=8981100077665544334;", 0, 0},
        {"4T1BF1FK1CU334455\t2022-11-30\t40.689247\t-74.044502", "vin=4T1BF1FK1CU334455;", 40.689247, -74.044502},
        {"VIN SB1ZB3AE70E054321 not found", "vin=SB1ZB3AE70E054321;", 0, 0},
        {"\"vin\": \"WVWZZZ1KZ8W654321\", \"mileage\": 84213", "vin=WVWZZZ1KZ8W654321;", 0, 0},
        {"LVGBE40K4LG556677", "vin=LVGBE40K4LG556677;", 0, 0},
        {"parked geo:26.212401,127.680932;u=12 end", "", 26.212401, 127.680932},
        {"bt_addr=3c:5a:b4:77:88:99 rssi=-61", "mac=3c:5a:b4:77:88:99;", 0, 0},
        {"android_id=4f1d2c3b5a697887&lat=38.260132&lng=140.882434", "android_id=4f1d2c3b5a697887;", 38.260132, 140.882434},
        {"ICCID,8981200011223344555,activated", "iccid=8981200011223344555;", 0, 0},
        {"登録番号 品川 300 あ 12-34 車台番号 NZE121-3024680", "frame_number=NZE121-3024680;plate=品川 300 あ 12-34;", 0, 0},
        {"advertisingId: 919108f7-52d1-4320-9bac-f847db4148a8", "advertising_id=919108f7-52d1-4320-9bac-f847db4148a8;", 0, 0},
        {"IMSI 440101122334455 MSISDN +819012345678", "imsi=440101122334455;msisdn=+819012345678;", 0, 0},
        {"eid:89049032123451234512345678901235", "eid=89049032123451234512345678901235;", 0, 0},
        {"MEID: AF 01 23 45 0A BC DE C", "meid=AF0123450ABCDE;", 0, 0},
        {"対象: ZVW30-0052877~ZVW30-0440673", "frame_number=ZVW30-0052877;frame_number=ZVW30-0440673;", 0, 0},
        {"<trkpt lat=\"34.397667\" lon=\"132.475379\"><time>2023-05-12T00:00:00Z</time></trkpt>", "", 34.397667, 132.475379},
        {"{\"VIN\":\"JTDKN3DU7A1224466\",\"position\":{\"type\":\"Point\",\"coordinates\":[136.881537,35.170915]}}",
         "vin=JTDKN3DU7A1224466;", 35.170915, 136.881537},
        {"IMEISV 3592540677889901", "imei=359254067788992;", 0, 0},
        /* A checksum that does not hold is no identifier. */
        {"\"vin\":\"1HGCM82633A004353\"", "", 0, 0},
    };
    size_t failed = 0;
    struct engine *engine = engine_open(NULL);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[1024], expected[1024], cell[64] = "";
        read_text(engine, lines[i].text);
        write_sighting(&engine->sighting, false, line);
        if (lines[i].latitude != 0 || lines[i].longitude != 0) cell_of(cell, lines[i].latitude, lines[i].longitude);
        snprintf(expected, sizeof expected, "%s%s", lines[i].identifiers, cell);
        if (strcmp(line, expected) == 0) continue;
        failed++;
        print_error("\"%s\": \"%s\", expected \"%s\"\n", lines[i].text, line, expected);
    }
    engine_close(engine);
    assert_int_equal(failed, 0);
}

static void lines_that_only_look_alike_show_nothing(void **unused)
{
    (void)unused;
    static const char *const lines[] = {
        "commit 3f2504e04f8911d39a0c0305e82c3301aabbccdd",
        "sha256:9f86d081884c7d659a2feaa822ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "etag \"d41d8cd98f00b204e9800998ecf8427e\"",
        "request-id: 7f3e8d2c-1b4a-4c5d-9e6f-0a1b2c3d4e5f",
        "uuid 00000000-0000-0000-0000-000000000000",
        "card 4111 1111 1111 1111",
        "epoch_ms=1683849600000",
        "epoch_us=1683849600000000",
        "epoch_ns=1683849600000000000",
        "tweet 1656927310021025792",
        "tel 03-1234-5678",
        "0120-502-169 (toll free)",
        "2023-05-12T09:31:05.123456",
        "version 35.681.236 build 139",
        "ip 192.168.100.200 -> 10.0.0.1",
        "lat=0.0 lon=0.0",
        "{\"lat\":null,\"lon\":null}",
        "price 1234.50, 2345.60",
        "size 35.5 x 139.7 mm",
        "temp 35.6, hum 78.9",
        "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD",
        "00:00:00:00:00:00 broadcast ff:ff:ff:ff:ff:ff",
        "type DAA-ZVW30 grade S",
        "model SV30-BTPNK",
        "6AA-MXWH60 / 3BA-DB06",
        "ISBN 978-4-87311-778-2",
        "JAN 4901234567894",
        "ABCDEFGHJKLMNPRST",
        "QWERTYUIOPASDFGHJ",
        "CVE-2023-27350 fixed",
        "$GPGSV,1,1,00*79",
        "$GPRMC,,V,,,,,,,,,,N*53",
        "https://www.google.com/maps/search/coffee",
        "color #a1b2c3 rgba(35,139,68,0.5)",
        "会員番号 123456789012345",
        "No.000000000000000",
        "lat 91.234567 lon 181.234567",
        "<path d=\"M10 10 L20 20\"/>",
    };
    size_t failed = 0;
    struct engine *engine = engine_open(NULL);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[1024];
        read_text(engine, lines[i]);
        write_sighting(&engine->sighting, false, line);
        if (line[0] == '\0') continue;
        failed++;
        print_error("\"%s\" shows \"%s\"\n", lines[i], line);
    }
    engine_close(engine);
    assert_int_equal(failed, 0);
}

static struct field_plan own_plan(const void *roles, const char *name, size_t length, bool one_component)
{
    struct field_plan imei = {.role = ROLE_IDENTIFIER, .label_mask = KIND_BIT(KIND_IMEI)};
    bool own = (length == 3 && memcmp(name, "dev", 3) == 0) || (length == 12 && memcmp(name, "gateway_name", 12) == 0);
    return own ? imei : roles_plan(roles, name, length, one_component);
}

/* An object's own plans hold for it alone, whatever names were met before. */
static void keys_have_the_plans_of_their_object(void **unused)
{
    (void)unused;
    static const char text[] = "at gateway dev=868123450011227 gateway_name=868123450011235 x";
    static const char *const expected[] = {"imei=868123450011227 likely;imei=868123450011235 likely;", "imei=868123450011227 confirmed;imei=868123450011235 confirmed;"};
    struct engine *engine = engine_open(NULL);
    struct plan_source own = {own_plan, engine->roles};
    static const uint64_t of[] = {0, 7, 7, 0, 8, 0};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char line[256];
        detect_set_plans(engine->detect, of[i], &own);
        read_text(engine, text);
        write_sighting(&engine->sighting, true, line);
        assert_string_equal(line, expected[of[i] != 0]);
    }
    engine_close(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_labelled_field_is_judged_as_what_its_label_says),
        cmocka_unit_test(a_field_that_holds_no_identifier_says_so),
        cmocka_unit_test(a_field_that_is_refused_is_counted_with_the_reason),
        cmocka_unit_test(what_somebody_has_on_his_list_is_not_refused),
        cmocka_unit_test(the_first_customer_field_of_the_list_wins_in_any_order),
        cmocka_unit_test(what_means_nobody_names_nobody),
        cmocka_unit_test(times_without_a_zone_take_the_profiles),
        cmocka_unit_test(times_without_a_zone_take_that_of_their_source),
        cmocka_unit_test(a_customer_field_may_hold_an_identifier_too),
        cmocka_unit_test(numbers_of_phones_are_found_under_their_labels),
        cmocka_unit_test(identifiers_of_devices_are_found_under_their_labels),
        cmocka_unit_test(a_device_id_is_what_its_form_says),
        cmocka_unit_test(identifiers_of_devices_stand_in_text),
        cmocka_unit_test(addresses_of_eight_octets_stand_in_text),
        cmocka_unit_test(an_address_made_of_a_mac_is_that_mac),
        cmocka_unit_test(plates_stand_in_text_with_a_label_and_without),
        cmocka_unit_test(stamped_numbers_stand_in_text),
        cmocka_unit_test(numbers_that_lost_their_end_are_refused_as_rounded),
        cmocka_unit_test(pairs_are_fixes_unless_they_mean_nowhere),
        cmocka_unit_test(pairs_of_another_scale_or_datum_become_degrees),
        cmocka_unit_test(notes_say_how_axes_are_meant),
        cmocka_unit_test(codes_in_text_are_fixes),
        cmocka_unit_test(default_points_are_no_fixes),
        cmocka_unit_test(neighbours_count_where_both_are_decimal_numbers_of_a_position),
        cmocka_unit_test(positions_in_text_can_be_left_out),
        cmocka_unit_test(many_positions_of_one_text_are_all_taken),
        cmocka_unit_test(keys_in_text_are_fields),
        cmocka_unit_test(numbers_of_phones_stand_in_text),
        cmocka_unit_test(numbers_in_groups_end_where_their_check_digits_hold),
        cmocka_unit_test(keys_in_text_name_customers_and_times),
        cmocka_unit_test(a_word_before_a_value_is_its_label),
        cmocka_unit_test(full_width_text_is_read_as_ascii),
        cmocka_unit_test(text_that_comes_with_shapes_is_read_in_its_piece_only),
        cmocka_unit_test(the_first_clock_of_a_text_with_findings_is_its_time),
        cmocka_unit_test(lines_show_the_same_whatever_came_before_them),
        cmocka_unit_test(lines_of_a_block_show_what_each_shows_by_the_rules),
        cmocka_unit_test(lines_are_read_where_parts_of_a_block_meet),
        cmocka_unit_test(a_name_that_was_not_expected_is_read_as_it_stands),
        cmocka_unit_test(hex_digits_of_the_length_of_a_number_are_none),
        cmocka_unit_test(points_of_one_text_are_all_judged),
        cmocka_unit_test(junk_values_are_no_findings),
        cmocka_unit_test(kinds_that_are_not_wanted_are_not_found),
        cmocka_unit_test(long_names_before_values_do_no_harm),
        cmocka_unit_test(lines_of_many_kinds_show_what_is_in_them),
        cmocka_unit_test(lines_that_only_look_alike_show_nothing),
        cmocka_unit_test(keys_have_the_plans_of_their_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
