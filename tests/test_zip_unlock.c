/* Tests of analyzer/decode/zip_unlock.c, through whole archives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <zlib.h>

#include "../analyzer/decode/passwords.h"
#include "locked_vectors.h"
#include "random.h"
#include "unpacking.h"

enum { LARGE = 300000, WRONG = 700 };

struct bag {
    uint8_t at[4 * LARGE];
    size_t length;
};

static void bag_add(struct bag *bag, const void *bytes, size_t length)
{
    assert_true(bag->length + length <= sizeof bag->at);
    memcpy(bag->at + bag->length, bytes, length);
    bag->length += length;
}

static void bag_number(struct bag *bag, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) bag_add(bag, &(uint8_t){(uint8_t)(number >> 8 * i)}, 1);
}

/* The traditional encryption, written down once more. */
static void encrypt(const char *password, const uint8_t *from, uint8_t *to, size_t count)
{
    const z_crc_t *table = get_crc_table();
    uint32_t k0 = 305419896, k1 = 591751049, k2 = 878082192;
    size_t length = strlen(password);
    for (size_t i = 0; i < length + count; i++) {
        uint8_t plain = i < length ? (uint8_t)password[i] : from[i - length];
        uint32_t t = (k2 | 2) & 0xFFFF;
        if (i >= length) to[i - length] = (uint8_t)(plain ^ (t * (t ^ 1) >> 8));
        k0 = (uint32_t)table[(k0 ^ plain) & 255] ^ k0 >> 8;
        k1 = (k1 + (k0 & 255)) * 134775813 + 1;
        k2 = (uint32_t)table[(k2 ^ k1 >> 24) & 255] ^ k2 >> 8;
    }
}

static void bag_head(struct bag *bag, unsigned flags, unsigned method, uint32_t crc, size_t packed, size_t size, size_t extra)
{
    bag_add(bag, "PK\3\4\x14\0", 6);
    bag_number(bag, flags, 2);
    bag_number(bag, method, 2);
    bag_number(bag, TRADITIONAL_CHECK << 8, 4);
    bag_number(bag, crc, 4);
    bag_number(bag, packed, 4);
    bag_number(bag, size, 4);
    bag_number(bag, 1, 2);
    bag_number(bag, extra, 2);
    bag_add(bag, "m", 1);
}

/* A member; flip: a byte of its encrypted data that is changed, SIZE_MAX for none. Gives how many packed bytes. */
static size_t bag_traditional(struct bag *bag, const char *password, const uint8_t *text, size_t length, bool deflated, size_t flip)
{
    static uint8_t plain[LARGE + 2000], locked[LARGE + 2000];
    uint32_t crc = (uint32_t)crc32(0, text, (uInt)length);
    size_t packed = length;
    if (deflated) {
        z_stream zlib = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)length, .next_out = plain + 12, .avail_out = LARGE + 1900};
        deflateInit2(&zlib, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
        assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
        packed = zlib.total_out;
        deflateEnd(&zlib);
    } else {
        memcpy(plain + 12, text, length);
    }
    memset(plain, 7, 12);
    plain[11] = (uint8_t)(crc >> 24);
    encrypt(password, plain, locked, packed + 12);
    if (flip != SIZE_MAX) locked[12 + flip] ^= 0x10;
    bag_head(bag, 1, deflated ? 8 : 0, crc, packed + 12, length, 0);
    bag_add(bag, locked, packed + 12);
    return packed;
}

/* Deflated, of a length that only the descriptor behind it says. */
static void bag_described(struct bag *bag, const char *password, const uint8_t *text, size_t length)
{
    size_t begin = bag->length, packed = bag_traditional(bag, password, text, length, true, SIZE_MAX) + 12;
    bag->at[begin + 6] = 9;
    memset(bag->at + begin + 14, 0, 12);
    bag_add(bag, "PK\7\10", 4);
    bag_number(bag, crc32(0, text, (uInt)length), 4);
    bag_number(bag, packed, 4);
    bag_number(bag, length, 4);
}

static void bag_aes(struct bag *bag, const struct locked_vector *vector, unsigned version, uint32_t crc, size_t flip)
{
    bag_head(bag, 1, 99, crc, vector->length, strlen(LOCKED_TEXT), 11);
    bag_number(bag, 0x9901, 2);
    bag_number(bag, 7, 2);
    bag_number(bag, version, 2);
    bag_add(bag, "AE", 2);
    bag_number(bag, vector->strength, 1);
    bag_number(bag, 0, 2);
    bag_add(bag, vector->bytes, vector->length);
    if (flip != SIZE_MAX) bag->at[bag->length - vector->length + flip] ^= 1;
}

/* Wrong ones, and the right one behind some of them; NULL: none. */
static struct passwords list_of(const char *right, size_t wrong, size_t before)
{
    static struct password list[WRONG + 1];
    static char text[WRONG + 1][32];
    struct passwords passwords = {.list = list};
    for (size_t i = 0; i <= wrong; i++) {
        if (i == before && right != NULL) list[passwords.count++] = (struct password){right, strlen(right)};
        snprintf(text[i], sizeof text[i], "wrong%zu", i);
        if (i < wrong) list[passwords.count++] = (struct password){text[i], strlen(text[i])};
    }
    return passwords;
}

static struct unpacked open_bag(const struct bag *bag, const struct passwords *passwords, size_t read_bytes)
{
    const struct stream_options options = {.depth_max = 8, .read_bytes = read_bytes, .passwords = passwords};
    return unpack(bag->at, bag->length, &options, 256 << 10);
}

static struct bag bag;
static uint8_t text[LARGE], noise[LARGE];

static int texts_make(void **state)
{
    (void)state;
    uint64_t number = 1;
    for (size_t i = 0; i < LARGE; i++) {
        random_next(&number);
        text[i] = (uint8_t)("0123456789abcdef,\n"[(number >> 40) % 18]);
        noise[i] = (uint8_t)(number >> 40);
    }
    return 0;
}

static void the_right_one_is_found_wherever_it_stands(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 40, 5000, LARGE};
    bag.length = 0;
    for (size_t i = 0; i < 10; i++) bag_traditional(&bag, "right", text, lengths[i / 2], i % 2 == 0, SIZE_MAX);
    for (size_t before = 0; before <= WRONG; before += WRONG / 2) {
        struct passwords passwords = list_of("right", WRONG, before);
        struct unpacked all = open_bag(&bag, &passwords, before == 0 ? 1 << 20 : 333);
        assert_int_equal(all.count, 11);
        for (size_t i = 0; i < 10; i++) {
            const struct unpacked_object *object = &all.objects[i + 1];
            if (lengths[i / 2] < 4) { /* so little may be what a wrong password says it is, in its length at least */
                assert_true(object->length == lengths[i / 2] || object->outcome.reason == COVERAGE_ENCRYPTED);
                continue;
            }
            assert_int_equal(object->outcome.status, OBJECT_COMPLETE);
            assert_int_equal(object->length, lengths[i / 2]);
            assert_memory_equal(object->bytes, text, object->length);
        }
        unpacked_free(&all);
    }
}

static void without_the_right_one_nothing_is_opened(void **state)
{
    (void)state;
    bag.length = 0;
    bag_traditional(&bag, "right", text, 5000, true, SIZE_MAX);
    bag_traditional(&bag, "right", text, 5000, false, SIZE_MAX);
    bag_traditional(&bag, "right", noise, LARGE, false, SIZE_MAX);
    bag_traditional(&bag, "right", noise, LARGE, true, SIZE_MAX);
    for (size_t i = 0; i < 4; i++) bag_aes(&bag, &locked_vectors[1 + i % 3], 2, 0, SIZE_MAX);
    struct passwords passwords = list_of(NULL, WRONG, 0);
    struct unpacked all = open_bag(&bag, &passwords, 0);
    assert_int_equal(all.count, 9);
    for (size_t i = 1; i < 9; i++) {
        assert_int_equal(all.objects[i].outcome.status, OBJECT_SKIPPED);
        assert_int_equal(all.objects[i].outcome.reason, COVERAGE_ENCRYPTED);
        assert_int_equal(all.objects[i].length, 0);
    }
    unpacked_free(&all);
}

static void a_descriptor_proves_where_no_length_does(void **state)
{
    (void)state;
    bag.length = 0;
    size_t from = 0;
    while ((crc32(0, text + from, 5000) >> 24) != TRADITIONAL_CHECK) from++; /* the check byte is of the time here */
    for (size_t i = 0; i < 3; i++) bag_described(&bag, "right", text + from, 5000);
    for (size_t i = 0; i < 2; i++) {
        struct passwords passwords = list_of(i == 0 ? "right" : NULL, WRONG, WRONG);
        struct unpacked all = open_bag(&bag, &passwords, 0);
        assert_true(all.count >= 2);
        for (size_t k = 1; k < all.count; k++) {
            assert_int_equal(all.objects[k].outcome.reason, i == 0 ? COVERAGE_NONE : COVERAGE_ENCRYPTED);
            assert_int_equal(all.objects[k].length, i == 0 ? 5000 : 0);
        }
        unpacked_free(&all);
    }
}

static void of_damaged_members_what_comes_before_is_given(void **state)
{
    (void)state;
    struct passwords passwords = list_of("right", 5, 3);
    bag.length = 0;
    bag_traditional(&bag, "right", text, 40, false, 20); /* nothing speaks for the password yet */
    bag_traditional(&bag, "right", text, LARGE, true, 20000);
    bag_traditional(&bag, "right", text, 5000, true, SIZE_MAX);
    bag_traditional(&bag, "right", text, 40, false, 20);
    struct unpacked all = open_bag(&bag, &passwords, 0);
    assert_int_equal(all.count, 5);
    assert_int_equal(all.objects[1].outcome.reason, COVERAGE_ENCRYPTED);
    assert_int_equal(all.objects[2].outcome.status, OBJECT_PARTIAL);
    assert_true(all.objects[2].length > 20000);
    assert_memory_equal(all.objects[2].bytes, text, 20000);
    assert_int_equal(all.objects[3].outcome.status, OBJECT_COMPLETE);
    assert_int_equal(all.objects[4].outcome.reason, COVERAGE_BAD_CHECKSUM);
    assert_memory_equal(all.objects[4].bytes, text, 20);
    unpacked_free(&all);
}

/* Of members under other passwords, one in 128 to 256 has a head that this password comes through. */
static void a_password_proven_on_one_member_is_not_that_of_another(void **state)
{
    (void)state;
    struct passwords passwords = list_of("right", 0, 0);
    bag.length = 0;
    bag_traditional(&bag, "right", text, 5000, true, SIZE_MAX);
    enum { OTHERS = 1500 };
    for (unsigned i = 0; i < OTHERS; i++) bag_traditional(&bag, (const char[]){'o', (char)('a' + i % 26), (char)('a' + i / 26), 0}, text + i, 300, true, SIZE_MAX);
    struct unpacked all = open_bag(&bag, &passwords, 0);
    assert_int_equal(all.count, OTHERS + 2);
    assert_int_equal(all.objects[1].outcome.status, OBJECT_COMPLETE);
    for (size_t i = 2; i < all.count; i++) assert_int_equal(all.objects[i].outcome.reason, COVERAGE_ENCRYPTED);
    unpacked_free(&all);
}

static void aes_is_judged_by_its_code_and_in_its_first_version_by_crc_too(void **state)
{
    (void)state;
    struct passwords passwords = list_of("sesame", 5, 3);
    for (size_t v = 1; v < 4; v++) {
        const struct locked_vector *vector = &locked_vectors[v];
        bag.length = 0;
        bag_aes(&bag, vector, 1, LOCKED_CRC, SIZE_MAX);
        bag_aes(&bag, vector, 2, 0, SIZE_MAX);
        bag_aes(&bag, vector, 1, LOCKED_CRC ^ 1, SIZE_MAX);
        bag_aes(&bag, vector, 2, 0, vector->length - 1);
        bag_aes(&bag, vector, 2, 0, vector->length - 15);
        bag_aes(&bag, vector, 2, 0, 2); /* another salt: no password fits */
        struct unpacked all = open_bag(&bag, &passwords, 0);
        assert_int_equal(all.count, 7);
        for (size_t i = 1; i < 7; i++) {
            assert_int_equal(all.objects[i].outcome.reason, i <= 2 ? COVERAGE_NONE : i == 6 ? COVERAGE_ENCRYPTED : COVERAGE_BAD_CHECKSUM);
            if (i <= 4) assert_string_equal(all.objects[i].bytes, LOCKED_TEXT);
        }
        unpacked_free(&all);
    }
}

static void members_that_are_cut_off_end_in_silence_nowhere(void **state)
{
    (void)state;
    struct passwords passwords = list_of("sesame", 5, 3);
    for (size_t cut = 1; cut < 66; cut++) {
        bag.length = 0;
        bag_traditional(&bag, "sesame", text, 5000, true, SIZE_MAX);
        bag_aes(&bag, &locked_vectors[3], 2, 0, SIZE_MAX);
        bag.length -= cut;
        struct unpacked all = open_bag(&bag, &passwords, 0);
        assert_int_equal(all.count, 3);
        assert_int_equal(all.objects[1].outcome.status, OBJECT_COMPLETE);
        assert_true(all.objects[2].outcome.reason == COVERAGE_TRUNCATED || all.objects[2].outcome.reason == COVERAGE_ENCRYPTED);
        unpacked_free(&all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_one_is_found_wherever_it_stands),
        cmocka_unit_test(without_the_right_one_nothing_is_opened),
        cmocka_unit_test(a_descriptor_proves_where_no_length_does),
        cmocka_unit_test(of_damaged_members_what_comes_before_is_given),
        cmocka_unit_test(a_password_proven_on_one_member_is_not_that_of_another),
        cmocka_unit_test(aes_is_judged_by_its_code_and_in_its_first_version_by_crc_too),
        cmocka_unit_test(members_that_are_cut_off_end_in_silence_nowhere),
    };
    return cmocka_run_group_tests(tests, texts_make, NULL);
}
