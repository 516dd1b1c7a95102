/* Tests of analyzer/decode/container_7z.c, of PPMd as zip has it: a stream of another program, in any pieces, cut and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/decode/frame_codec.h"
#include "random.h"

/* "customer_id,vin", then lines C-N with N from 1 to 8 and from 0 on again, by 7-Zip. */
enum { PACKED_BYTES = 83, PLAIN_BYTES = 874, ROOM_BYTES = 4096 };
static const char packed[] =
    "\x05\x00\x63\x14\x0B\x90\x28\xA5\xAD\xB2\x36\xCB\x45\x73\x5E\x30\x3E\x10\xEF\x46\xAD\x58\x7A\x93"
    "\x07\x5D\x69\x65\x7B\x75\x85\x1E\x7D\x94\x20\xBE\x6C\xD5\xEB\x2F\xA8\x9E\xDF\x61\xC6\x01\x47\xD9"
    "\x41\x5B\x73\x9B\x7F\x49\xCE\x88\x31\xE4\x95\xA6\xFD\xE7\x8D\x3E\xDD\x0C\xF9\x03\x65\x5A\xE8\x63"
    "\x55\x8D\x5E\xC5\xCC\xA1\x13\x4A\x98\x72\x00";

static const char *plain(void)
{
    static char text[PLAIN_BYTES + 1];
    size_t length = (size_t)sprintf(text, "customer_id,vin\n");
    for (int i = 1; i < 40; i++) length += (size_t)sprintf(text + length, "C-%d,JTNE1ED5XFU509127\n", i % 9);
    assert_int_equal(length, PLAIN_BYTES);
    return text;
}

/* Decodes with so many bytes in and out at a time; ends where nothing moves. */
static enum frame_result decode(const char *bytes, size_t length, uint64_t said_packed, uint64_t said_size, size_t in, size_t out, uint8_t *to, size_t *given)
{
    const uint8_t *at = (const uint8_t *)bytes, *end = at + length;
    enum frame_result result = FRAME_MORE;
    void *state = frame_ppmd.open();
    assert_non_null(state);
    frame_ppmd.expect(state, said_size);
    frame_ppmd.expect_packed(state, said_packed);
    assert_true(frame_ppmd.reset(state));
    *given = 0;
    for (bool moves = true; moves && result == FRAME_MORE;) {
        size_t left = (size_t)(end - at), room = ROOM_BYTES - *given, count;
        const uint8_t *before = at;
        if (room == 0) break;
        result = frame_ppmd.run(state, &at, left < in ? left : in, to + *given, room < out ? room : out, &count);
        *given += count;
        moves = count > 0 || at > before;
    }
    frame_ppmd.close(state);
    return result;
}

static void a_stream_of_another_program_is_read_in_any_pieces(void **unused)
{
    (void)unused;
    static const size_t pieces[][2] = {{ROOM_BYTES, ROOM_BYTES}, {1, 1}, {7, 100}, {PACKED_BYTES, 3}};
    uint8_t room[ROOM_BYTES];
    size_t given;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        assert_int_equal(decode(packed, PACKED_BYTES, PACKED_BYTES, PLAIN_BYTES, pieces[i][0], pieces[i][1], room, &given), FRAME_END);
        assert_int_equal(given, PLAIN_BYTES);
        assert_memory_equal(room, plain(), PLAIN_BYTES);
    }
}

static void sizes_that_do_not_hold_take_nothing_away(void **unused)
{
    (void)unused;
    uint8_t room[ROOM_BYTES];
    size_t given;
    assert_int_equal(decode(packed, PACKED_BYTES, PACKED_BYTES, 5, ROOM_BYTES, ROOM_BYTES, room, &given), FRAME_END);
    assert_int_equal(given, PLAIN_BYTES);
    assert_memory_equal(room, plain(), PLAIN_BYTES);
}

static void what_is_cut_or_no_such_data_says_so(void **unused)
{
    (void)unused;
    uint8_t room[ROOM_BYTES];
    size_t given;
    assert_int_equal(decode(packed, PACKED_BYTES - 9, PACKED_BYTES, PLAIN_BYTES, ROOM_BYTES, ROOM_BYTES, room, &given), FRAME_MORE);
    assert_int_equal(given, 0);
    assert_int_equal(decode(packed, 30, 30, PLAIN_BYTES, ROOM_BYTES, ROOM_BYTES, room, &given), FRAME_DAMAGED);
    assert_int_equal(decode("\x00\x00 12345678", 10, 10, 9, ROOM_BYTES, ROOM_BYTES, room, &given), FRAME_DAMAGED);
    assert_int_equal(decode("", 0, 0, 0, ROOM_BYTES, ROOM_BYTES, room, &given), FRAME_DAMAGED);
    assert_int_equal(decode("\xF5\x0F 12345678", 11, 11, 9, ROOM_BYTES, ROOM_BYTES, room, &given), FRAME_WINDOW); /* 256 MiB */
    for (int round = 0; round < 200; round++) {
        char damaged[PACKED_BYTES];
        uint8_t again[ROOM_BYTES];
        size_t given_again;
        memcpy(damaged, packed, PACKED_BYTES);
        for (int i = 0; i < 3; i++) damaged[2 + random_below(PACKED_BYTES - 2)] = (char)random_below(256);
        enum frame_result result = decode(damaged, PACKED_BYTES, PACKED_BYTES, PLAIN_BYTES, ROOM_BYTES, ROOM_BYTES, room, &given);
        assert_int_equal(decode(damaged, PACKED_BYTES, PACKED_BYTES, PLAIN_BYTES, 5, ROOM_BYTES, again, &given_again), result);
        assert_int_equal(given, given_again);
        assert_memory_equal(room, again, given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_of_another_program_is_read_in_any_pieces),
        cmocka_unit_test(sizes_that_do_not_hold_take_nothing_away),
        cmocka_unit_test(what_is_cut_or_no_such_data_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
