/* Tests of detectors/labels.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/labels.h"
#include "../detectors/lookup.h"

static uint32_t kinds(const char *name)
{
    return label_kinds(name, strlen(name));
}

#define VIN_BIT KIND_BIT(KIND_VIN)
#define FRAME_BIT KIND_BIT(KIND_FRAME_NUMBER)

static void labels_are_found_in_any_writing(void **state)
{
    (void)state;
    static const char *const names[] = {"vin", "VIN", "vin_no", "VIN No.", "vinNumber",
                                        "Vehicle Identification Number", "FIN", "車両識別番号",
                                        "Fahrgestellnummer", "vehicle-identification.number"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(kinds(names[i]), VIN_BIT);
}

static void labels_end_a_name_on_whole_words(void **state)
{
    (void)state;
    assert_int_equal(kinds("vehicleVin"), VIN_BIT);
    assert_int_equal(kinds("tcu.imei"), KIND_BIT(KIND_IMEI));
    assert_int_equal(kinds("deviceIMEI"), KIND_BIT(KIND_IMEI));
    assert_int_equal(kinds("lastIMEINumber"), KIND_BIT(KIND_IMEI));
    assert_int_equal(kinds("modem_sim-serial"), KIND_BIT(KIND_ICCID));
    assert_int_equal(kinds("wifi.mac_address"), KIND_BIT(KIND_MAC));
    assert_int_equal(kinds("cabin"), 0);
    assert_int_equal(kinds("vinyl"), 0);
    assert_int_equal(kinds("vin_color"), 0);
    assert_int_equal(kinds("stomac"), 0);
}

static void labels_meet_other_scripts(void **state)
{
    (void)state;
    assert_int_equal(kinds("車台番号"), FRAME_BIT);
    assert_int_equal(kinds("車両VIN"), VIN_BIT);
    assert_int_equal(kinds("フレームNo"), FRAME_BIT);
    assert_int_equal(kinds("ＩＭＥＩ"), KIND_BIT(KIND_IMEI));
    assert_int_equal(kinds("SIM番号"), KIND_BIT(KIND_ICCID));
    assert_int_equal(kinds("（車台番号"), FRAME_BIT);
    assert_int_equal(kinds("型式、車台番号"), FRAME_BIT);
}

static void labels_of_devices_say_of_what(void **state)
{
    (void)state;
    assert_int_equal(kinds("deviceId"), KIND_BIT(KIND_TERMINAL_ID));
    assert_int_equal(kinds("車載端末ID"), KIND_BIT(KIND_TERMINAL_ID));
    assert_int_equal(kinds("head_unit_id"), KIND_BIT(KIND_TERMINAL_ID));
    assert_int_equal(kinds("device-uuid"), KIND_BIT(KIND_UUID));
    assert_int_equal(kinds("Android_ID"), KIND_BIT(KIND_ANDROID_ID));
    assert_int_equal(kinds("userAdvertisingId"), KIND_BIT(KIND_ADVERTISING_ID));
    assert_int_equal(kinds("ETC車載器管理番号"), KIND_BIT(KIND_ETC_OBU));
    assert_int_equal(kinds("ETC OBU"), KIND_BIT(KIND_ETC_OBU));
    assert_int_equal(kinds("devEUI"), KIND_BIT(KIND_EUI64));
    assert_int_equal(kinds("sim serial number"), KIND_BIT(KIND_ICCID));
    assert_int_equal(kinds("ecu_serial_number"), KIND_BIT(KIND_SERIAL));
    assert_int_equal(kinds("KFZ-Kennzeichen"), KIND_BIT(KIND_PLATE));
    assert_int_equal(kinds("contact e-mail"), KIND_BIT(KIND_EMAIL));
    /* Of anything. */
    assert_int_equal(kinds("uuid"), 0);
    assert_int_equal(kinds("id"), 0);
    assert_int_equal(kinds("request_id"), 0);
    assert_int_equal(kinds("session_uuid"), 0);
    assert_int_equal(kinds("template"), 0);
}

static void labels_of_two_kinds_name_both(void **state)
{
    (void)state;
    assert_int_equal(kinds("chassisNo"), VIN_BIT | FRAME_BIT);
}

static void labels_may_be_numbered(void **state)
{
    (void)state;
    assert_int_equal(kinds("imei1"), KIND_BIT(KIND_IMEI));
    assert_int_equal(kinds("mac_12"), KIND_BIT(KIND_MAC));
    assert_int_equal(kinds("mac_123"), 0);
}

static void labels_of_long_and_empty_names_do_no_harm(void **state)
{
    (void)state;
    char name[600];
    memset(name, 'x', sizeof name);
    memcpy(name + sizeof name - 4, "_vin", 4);
    assert_int_equal(label_kinds(name, sizeof name), VIN_BIT);
    assert_int_equal(kinds(""), 0);
    assert_int_equal(kinds("_-. "), 0);
    assert_int_equal(kinds("7"), 0);
    assert_int_equal(label_kinds("\xEF\xBC", 2), 0);
}

static void labels_of_positions_are_no_kinds(void **state)
{
    (void)state;
    assert_int_equal(kinds("latitude"), 0);
    assert_int_equal(label_bits("gps_lat", 7), LABEL_LATITUDE);
    assert_int_equal(label_bits("startLng", 8), LABEL_LONGITUDE);
    assert_int_equal(label_bits("x", 1), LABEL_LONGITUDE | LABEL_WEAK_AXIS);
    assert_int_equal(label_bits("flat", 4), 0);
}

static void endings_of_no_label_are_told_at_once(void **state)
{
    (void)state;
    struct label_tails tails;
    label_tails_read(&tails);
    static const char *const labels[] = {"vin", "my Vin", "VIN No", "chassis-no", "IMEI", "imei1", "deviceimei 22", "フレームno", "車台番号", "ＩＭＥＩ",
                                         "sim番号", "wifi.mac_address", "no", ""};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        assert_true(label_may_end(&tails, (struct span){labels[i], strlen(labels[i])}));
    static const char *const others[] = {"order", "vin order", "peer=10.83.201.103 order", "status", "vinyl", "HTTP"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(label_may_end(&tails, (struct span){others[i], strlen(others[i])}));
        assert_int_equal(kinds(others[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_found_in_any_writing),
        cmocka_unit_test(labels_end_a_name_on_whole_words),
        cmocka_unit_test(labels_meet_other_scripts),
        cmocka_unit_test(labels_of_devices_say_of_what),
        cmocka_unit_test(labels_of_two_kinds_name_both),
        cmocka_unit_test(labels_may_be_numbered),
        cmocka_unit_test(labels_of_long_and_empty_names_do_no_harm),
        cmocka_unit_test(labels_of_positions_are_no_kinds),
        cmocka_unit_test(endings_of_no_label_are_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
