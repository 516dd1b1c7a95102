/* Tests of analyzer/decode/frame_deflate64.c and of LZMA as zip has it: streams of other programs, in any pieces, cut and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/decode/frame_codec.h"
#include "../analyzer/decode/inflate.h"
#include "random.h"

/* 300 characters, 40000 zeros, those again, 70000 times x, and once more, each with a line end behind it but the last: by 7-Zip. What
 * lies more than 32 KiB before and what is longer than 258 bytes is where deflate has it otherwise. */
enum { PACKED_BYTES = 907, PLAIN_BYTES = 110904 };
static const char packed[] =
    "\xE4\xDE\xC9\x75\xA3\x50\x00\x00\xB0\x7B\xAA\x81\x18\x03\x2E\x07\x3E\x18\xB0\x4D\xD8\xB7\x54\x3F"
    "\x35\xCC\x31\x4F\xAA\x44\x63\xDE\x9D\x49\x5D\x24\xD3\x63\xE8\x93\xFC\x91\xFC\xBE\x86\x57\x76\x15"
    "\xF5\x3B\xAC\xE5\x9C\x5C\xF1\xEF\x77\x77\x36\xA1\xBB\xFF\x4C\xF1\x1A\xA5\xD7\x91\x47\xC3\x5E\xCE"
    "\xEF\x2D\x6F\x7E\xE6\xA5\xAD\x93\xE4\x79\xD4\xD1\xAB\x5C\xE2\xA8\x0D\xE1\xDA\x1F\x73\x3A\x86\xB5"
    "\xA8\x9B\x3C\xF4\xD1\x32\xBD\xC2\xBE\x9D\xDD\x75\xDD\xB2\xEB\xD1\xA4\x73\x3C\xAE\xF1\x94\xAD\x8F"
    "\xBD\x88\xB6\xF2\xEA\xAA\xFD\x76\x1C\xF3\xBD\xAC\xCA\x73\xBA\xAD\xDB\xE7\xFC\x6C\xE7\xB4\x5E\x4D"
    "\xD9\xAD\xE9\x30\x8F\xDB\x27\x6E\x9A\x6D\x1F\xBE\xDF\xCF\xFD\xE7\x7B\x1E\xDA\x90\xF5\xDB\x67\xDE"
    "\x9F\x47\x17\x2D\xD9\x7C\x3B\xA2\x25\x8A\x42\xF4\xEA\x8B\x24\x8D\x1F\x43\xB8\x65\x4B\xBE\x0F\xF5"
    "\xD2\x8E\x21\xA4\x7D\x5C\x15\x49\xFB\x4E\xD7\xB1\xCC\xF2\xA8\x6A\xF7\x6E\xCA\x93\xEA\x18\xFA\x36"
    "\x6F\xDF\xE3\xDC\x15\xF7\xDF\x6A\x1E\xE7\x2C\x8B\xAB\x64\x2B\xAA\x2E\xB4\x55\x9D\x84\x67\x9A\xDE"
    "\xB7\xF7\x56\x1F\xD7\xB5\x9E\x53\xBF\xC7\x6D\xF7\x28\xAE\xE7\x27\x9C\xB7\xFC\x0A\x5F\x11\x8F\xC7"
    "\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78"
    "\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F"
    "\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1"
    "\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E"
    "\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3"
    "\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xFB\x0B\xBE\xF8\x6D\xDD\xFF\x6C\xEB\x4E\x1E"
    "\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3"
    "\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C"
    "\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\xBC\x7F\xE5\xC1"
    "\xC7\x81\x9B\x40\x00\x00\xC0\xBF\xAB\x01\x0B\x11\xCA\x81\x05\x01\x92\x38\x72\xBA\xEA\x5D\x85\x5F"
    "\x33\xC3\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3"
    "\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C"
    "\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7"
    "\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78"
    "\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F"
    "\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1"
    "\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E\x8F\xC7\xE3\xF1\x78\x3C\x1E"
    "\x8F\xF7\x9F\xFD\x99\xF2\xFE\x4A\x9A\x32\x99\x8B\x71\x48\xF2\x22\xF9\x7D\x8F\xEF\xEC\x2E\x9B\x4F"
    "\xD8\xAA\x25\xB9\xE3\xDF\xBF\xFD\xD5\x86\xFE\xF9\x33\xC7\x5B\x94\xDE\x67\x1E\x8D\x47\xB5\x7C\xF6"
    "\xBC\xFD\x59\xD6\xAE\x49\x92\xD7\xD9\x44\xEF\x6A\x8D\xA3\x2E\x84\xFB\x28\x96\x74\x0A\x5B\xD9\xB4"
    "\x79\x18\xA2\x75\x7E\x87\x63\xBF\xFA\xFB\x7E\x64\x77\xD1\xA6\x4B\x3C\x6D\xF1\x9C\x6D\xC5\x51\x46"
    "\x7B\x75\xF7\xF5\xF1\x38\xCF\xE5\x59\xD5\xD5\x35\x3F\xB6\xFD\x7B\x7D\xF7\x6B\xDE\xEE\xB6\xEA\xB7"
    "\x74\x5C\xA6\xFD\x1B\xB7\xED\x7E\x8C\x7F\x3F\xAF\xE3\xE7\xEF\x32\x76\x21\x1B\xF6\xEF\x72\xBC\xCE"
    "\x3E\x5A\xB3\xE5\x71\x46\x6B\x14\x85\xE8\x3D\x94\x49\x1A\x17\x63\x78\x64\x6B\x7E\x8C\xCD\xDA\x4D"
    "\x21\xA4\x43\x5C\x97\x49\xF7\x49\xB7\xA9\xCA\xF2\xA8\xEE\x8E\x7E\xCE\x93\xFA\x1C\x87\x2E\xEF\x3E"
    "\xD3\xD2\x97\xCF\xDF\x7A\x99\x96\x2C\x8B\xEB\x64\x2F\xEB\x3E\x74\x75\x93\x84\x57\x9A\x3E\xF7\xCF"
    "\xDE\x9C\xF7\xBD\x5D\xF3\x70\xC4\x5D\x5F\x94\xF7\xEB\x1B\xAE\x47\x7E\x87\x7F";
static const uint32_t PLAIN_CRC = UINT32_C(0x01BD65FB);

struct decoded {
    enum frame_result result;
    size_t length, taken;
    uint8_t *at;
};

/* Decodes with so many bytes in and out at a time. */
static struct decoded decode(const struct frame_codec *codec, const void *bytes, size_t length, uint64_t size, size_t in, size_t out)
{
    struct decoded decoded = {FRAME_MORE, 0, 0, malloc(1 << 20)};
    const uint8_t *at = bytes, *end = at + length;
    void *state = codec->open();
    assert_non_null(state);
    if (codec->expect != NULL) codec->expect(state, size);
    assert_true(codec->reset(state));
    for (;;) {
        size_t left = (size_t)(end - at), count, room = (1 << 20) - decoded.length;
        const uint8_t *before = at;
        decoded.result = codec->run(state, &at, left < in ? left : in, decoded.at + decoded.length, room < out ? room : out, &count);
        decoded.length += count;
        if (decoded.result != FRAME_MORE || (count == 0 && at == before) || decoded.length == 1 << 20) break;
    }
    decoded.taken = (size_t)(at - (const uint8_t *)bytes);
    codec->close(state);
    return decoded;
}

static void a_stream_of_another_program_is_read_in_any_pieces(void **unused)
{
    (void)unused;
    static const size_t pieces[][2] = {{1 << 20, 1 << 20}, {1, 1 << 20}, {1 << 20, 1}, {1, 1}, {7, 5000}, {100, 3}};
    char behind[sizeof packed + 8];
    memcpy(behind, packed, PACKED_BYTES);
    memset(behind + PACKED_BYTES, 0x55, 8);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct decoded decoded = decode(&frame_deflate64, behind, PACKED_BYTES + 8, UINT64_MAX, pieces[i][0], pieces[i][1]);
        assert_int_equal(decoded.result, FRAME_END);
        assert_int_equal(decoded.length, PLAIN_BYTES);
        assert_int_equal(decoded.taken, PACKED_BYTES);
        assert_int_equal(inflate_crc32(0, decoded.at, decoded.length), PLAIN_CRC);
        free(decoded.at);
    }
}

static void what_stands_before_a_cut_is_given(void **unused)
{
    (void)unused;
    struct decoded whole = decode(&frame_deflate64, packed, PACKED_BYTES, UINT64_MAX, 1 << 20, 1 << 20);
    size_t before = 0;
    for (size_t length = 0; length < PACKED_BYTES; length++) {
        struct decoded decoded = decode(&frame_deflate64, packed, length, UINT64_MAX, 1 << 20, 1 << 20);
        assert_int_equal(decoded.result, FRAME_MORE);
        assert_true(decoded.length >= before && decoded.length <= whole.length);
        assert_memory_equal(decoded.at, whole.at, decoded.length);
        before = decoded.length;
        free(decoded.at);
    }
    free(whole.at);
}

static void blocks_of_all_kinds_are_those_of_deflate(void **unused)
{
    (void)unused;
    static const char stored[] = "\x01\x03\x00\xFC\xFF" "abc", fixed[] = "\x4B\x4C\x4A\x4E\x04\xA3\x14\x00";
    struct decoded decoded = decode(&frame_deflate64, stored, sizeof stored - 1, UINT64_MAX, 1, 1);
    assert_int_equal(decoded.result, FRAME_END);
    assert_memory_equal(decoded.at, "abc", 3);
    free(decoded.at);
    decoded = decode(&frame_deflate64, fixed, sizeof fixed - 1, UINT64_MAX, 2, 2);
    assert_int_equal(decoded.result, FRAME_END);
    assert_int_equal(decoded.length, 10);
    assert_memory_equal(decoded.at, "abcabcabcd", 10);
    free(decoded.at);
    static const char *const wrong[] = {"\x07", "\x01\x03\x01\xFC\xFF", "\x4B\x04\xFF\xFF\xFF"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        decoded = decode(&frame_deflate64, wrong[i], 5, UINT64_MAX, 1, 100);
        assert_int_equal(decoded.result, FRAME_DAMAGED);
        free(decoded.at);
    }
}

static void any_bytes_come_to_an_end_and_to_the_same_one(void **unused)
{
    (void)unused;
    char damaged[PACKED_BYTES];
    for (int round = 0; round < 3000; round++) {
        memcpy(damaged, packed, PACKED_BYTES);
        for (unsigned i = 0, flips = 1 + random_below(6); i < flips; i++) damaged[random_below(PACKED_BYTES)] = (char)random_below(256);
        struct decoded a = decode(&frame_deflate64, damaged, PACKED_BYTES, UINT64_MAX, 1 << 20, 1 << 20);
        struct decoded b = decode(&frame_deflate64, damaged, PACKED_BYTES, UINT64_MAX, 1 + (size_t)round % 9, 1000);
        assert_int_equal(a.length, b.length);
        assert_true(a.result == b.result || a.length == 1 << 20);
        assert_memory_equal(a.at, b.at, a.length);
        free(a.at);
        free(b.at);
    }
}

static void lzma_of_zips_is_read_with_and_without_an_end(void **unused)
{
    (void)unused;
    uint8_t plain[30000], made[40000] = {9, 20, 5, 0};
    for (size_t i = 0; i < sizeof plain; i++) plain[i] = (uint8_t)(i * i / 77);
    lzma_options_lzma options;
    assert_false(lzma_lzma_preset(&options, 6));
    lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    assert_int_equal(lzma_properties_encode(filters, made + 4), LZMA_OK);
    size_t length = 9;
    assert_int_equal(lzma_raw_buffer_encode(filters, NULL, plain, sizeof plain, made, &length, sizeof made), LZMA_OK);
    static const size_t pieces[][2] = {{1 << 20, 1 << 20}, {1, 100}, {3, 1}};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct decoded decoded = decode(&frame_lzma, made, length, UINT64_MAX, pieces[i][0], pieces[i][1]);
        assert_int_equal(decoded.result, FRAME_END);
        assert_int_equal(decoded.length, sizeof plain);
        assert_memory_equal(decoded.at, plain, sizeof plain);
        free(decoded.at);
        decoded = decode(&frame_lzma, made, length - 6, sizeof plain, pieces[i][0], pieces[i][1]); /* without its end mark */
        assert_int_equal(decoded.length, sizeof plain);
        free(decoded.at);
    }
    made[2] = 6;
    struct decoded decoded = decode(&frame_lzma, made, length, UINT64_MAX, 1 << 20, 1 << 20);
    assert_int_equal(decoded.result, FRAME_DAMAGED);
    free(decoded.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_of_another_program_is_read_in_any_pieces),
        cmocka_unit_test(what_stands_before_a_cut_is_given),
        cmocka_unit_test(blocks_of_all_kinds_are_those_of_deflate),
        cmocka_unit_test(any_bytes_come_to_an_end_and_to_the_same_one),
        cmocka_unit_test(lzma_of_zips_is_read_with_and_without_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
