/* Tests of detectors/slaac.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/slaac.h"
#include "judging.h"

static uint64_t read_of(const char *text)
{
    uint64_t address = 0;
    return slaac_mac_read((struct span){text, strlen(text)}, &address) ? address : 0;
}

static void the_middle_is_taken_out_and_the_bit_turned(void **state)
{
    (void)state;
    assert_int_equal(read_of("fe80::3656:78ff:fe9a:bcde"), UINT64_C(0x3456789abcde));
    assert_int_equal(read_of("FE80::211:22FF:FE33:4455"), UINT64_C(0x001122334455));
    assert_int_equal(read_of("2001:db8:1:2:3e5a:b4ff:fe11:2233"), UINT64_C(0x3c5ab4112233));
    assert_int_equal(read_of("2001:db8:1::3e5a:b4ff:fe11:2233"), UINT64_C(0x3c5ab4112233));
    assert_int_equal(read_of("::3e5a:b4ff:fe11:2233"), UINT64_C(0x3c5ab4112233));
    assert_int_equal(read_of("fe80::21a:11ff:feff:1"), UINT64_C(0x001a11ff0001));
    assert_int_equal(read_of("fe80::3656:ff:fe9a:0"), UINT64_C(0x3456009a0000));
    assert_int_equal(read_of("fe80::218:aff:fe12:0"), UINT64_C(0x00180a120000));
}

static void brackets_zones_and_lengths_are_left_out(void **state)
{
    (void)state;
    assert_int_equal(read_of("fe80::3656:78ff:fe9a:bcde%eth0"), UINT64_C(0x3456789abcde));
    assert_int_equal(read_of("fe80::3656:78ff:fe9a:bcde/64"), UINT64_C(0x3456789abcde));
    assert_int_equal(read_of("[fe80::3656:78ff:fe9a:bcde]:443"), UINT64_C(0x3456789abcde));
}

static void other_addresses_hold_no_mac(void **state)
{
    (void)state;
    assert_int_equal(read_of("fe80::3456:78ff:fe9a:bcde"), 0); /* of a local address */
    assert_int_equal(read_of("fe80::3556:78ff:fe9a:bcde"), 0); /* of a group */
    assert_int_equal(read_of("ff02::3656:78ff:fe9a:bcde"), 0);
    assert_int_equal(read_of("2001:db8::ff:fe00:1:1"), 0);
    assert_int_equal(read_of("fe80::3656:78ff:fe9a"), 0);
    assert_int_equal(read_of("fe80::1"), 0);
    assert_int_equal(read_of("::"), 0);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_of("2001:db8:1:2:3:3e5a:b4ff:fe11:2233"), 0);
    assert_int_equal(read_of("2001:db8:1:2::3e5a:b4ff:fe11:2233"), 0);
    assert_int_equal(read_of("1:db8:1:3e5a:b4ff:fe11:2233"), 0);
    assert_int_equal(read_of("fe80::1::3656:78ff:fe9a:bcde"), 0);
    assert_int_equal(read_of("fe80::13656:78ff:fe9a:bcde"), 0);
    assert_int_equal(read_of("fe80::3656:78ff:fe9a:bcdg"), 0);
    assert_int_equal(read_of(":3656:78ff:fe9a:bcde"), 0);
    assert_int_equal(read_of("fe80::3656:78ff:fe9a:bcde:"), 0);
    assert_int_equal(read_of("["), 0);
    assert_int_equal(read_of(""), 0);
}

static void expect_found(const char *text, const char *expected)
{
    struct span span = {text, strlen(text)}, address;
    size_t count = 0;
    for (size_t i = 0; i < span.len; i++) {
        if (text[i] != ':' || !slaac_may_hold(span, i) || !slaac_find(span, i, &address)) continue;
        count++;
        assert_int_equal(address.len, strlen(expected));
        assert_memory_equal(address.at, expected, address.len);
    }
    assert_int_equal(count, expected[0] != '\0');
}

static void addresses_are_found_in_text(void **state)
{
    (void)state;
    expect_found("ip fe80::3e5a:b4ff:fe77:8899%eth0", "fe80::3e5a:b4ff:fe77:8899");
    expect_found("addr:fe80::3e5a:b4ff:fe77:8899: unreachable", "fe80::3e5a:b4ff:fe77:8899");
    expect_found("src=[2001:DB8::3E5A:B4FF:FE77:8899]:80", "2001:DB8::3E5A:B4FF:FE77:8899");
    expect_found("fe80::3e5a:b4ff:fe77:8899", "fe80::3e5a:b4ff:fe77:8899");
    expect_found("xfe80::3e5a:b4ff:fe77:8899", "");
    expect_found("fe80::3e5a:b4ff:fe77:8899x", "");
    expect_found("fe80::3e5a:b4ff:fe77", "");
    expect_found("ff:fe", "");
    expect_found(":ff:fe77:1", "");
}

static void it_is_judged_like_the_mac_itself(void **state)
{
    (void)state;
    ACCEPTS(KIND_MAC, "fe80::3e5a:b4ff:fe77:8899", false, GRADE_LIKELY, "3c:5a:b4:77:88:99");
    ACCEPTS(KIND_MAC, "fe80::3e5a:b4ff:fe77:8899", true, GRADE_CONFIRMED, "3c:5a:b4:77:88:99");
    ACCEPTS(KIND_MAC, "fe80::fedf:ffff:fe00:1", false, GRADE_POSSIBLE, "fc:df:ff:00:00:01");
    REFUSES(KIND_MAC, "fe80::1", true, REASON_FORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_middle_is_taken_out_and_the_bit_turned),
        cmocka_unit_test(brackets_zones_and_lengths_are_left_out),
        cmocka_unit_test(other_addresses_hold_no_mac),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(addresses_are_found_in_text),
        cmocka_unit_test(it_is_judged_like_the_mac_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
