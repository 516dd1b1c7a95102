/* Tests of analyzer/tally/run_pack.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run_making.h"

enum {
    RAW_BYTES = 100000,
    ROOM = 120000,
    FRAME_SIZE_AT = 5 /* behind magic and descriptor, of a frame of this size */
};

struct packing {
    struct run_packer *packer;
    struct run_unpacker *unpacker;
    char raw[RAW_BYTES], again[RAW_BYTES], packed[ROOM];
    size_t packed_bytes;
};

static int packing_open(void **state)
{
    struct packing *packing = calloc(1, sizeof *packing);
    *state = packing;
    if (packing == NULL) return -1;
    packing->packer = run_packer_open();
    packing->unpacker = run_unpacker_open();
    struct chance chance = {12};
    for (size_t i = 0; i < RAW_BYTES; i++) packing->raw[i] = (char)('a' + chance_below(&chance, 4));
    if (packing->packer == NULL || packing->unpacker == NULL || run_pack_room(RAW_BYTES) > ROOM) return -1;
    packing->packed_bytes = run_pack(packing->packer, packing->raw, RAW_BYTES, packing->packed, ROOM);
    return 0;
}

static int packing_close(void **state)
{
    struct packing *packing = *state;
    run_packer_close(packing->packer);
    run_unpacker_close(packing->unpacker);
    free(packing);
    return 0;
}

static bool undone(struct packing *packing, size_t packed_bytes, size_t raw_bytes)
{
    return run_unpack(packing->unpacker, packing->packed, packed_bytes, packing->again, raw_bytes);
}

static void what_was_packed_comes_back(void **state)
{
    struct packing *packing = *state;
    assert_true(packing->packed_bytes > 0 && packing->packed_bytes < RAW_BYTES / 2);
    assert_true(undone(packing, packing->packed_bytes, RAW_BYTES));
    assert_memory_equal(packing->raw, packing->again, RAW_BYTES);
}

/* A context that has packed before packs no otherwise. */
static void the_same_bytes_are_packed_to_the_same_bytes(void **state)
{
    struct packing *packing = *state;
    char *other = malloc(ROOM);
    for (size_t length = 0; length < RAW_BYTES; length = 3 * length + 1)
        assert_true(run_pack(packing->packer, packing->raw, length, other, ROOM) > 0);
    assert_int_equal(run_pack(packing->packer, packing->raw, RAW_BYTES, other, ROOM), packing->packed_bytes);
    assert_memory_equal(other, packing->packed, packing->packed_bytes);
    free(other);
}

static void only_one_whole_frame_of_the_right_size_is_undone(void **state)
{
    struct packing *packing = *state;
    size_t packed_bytes = packing->packed_bytes;
    assert_false(undone(packing, packed_bytes, RAW_BYTES - 1));
    for (size_t less = 0; less < packed_bytes; less += 97) assert_false(undone(packing, less, RAW_BYTES));
    assert_false(undone(packing, packed_bytes + 1, RAW_BYTES));
    /* Two frames whose sum would fit the size that the first one claims for itself. */
    size_t half = run_pack(packing->packer, packing->raw, RAW_BYTES / 2, packing->packed, ROOM);
    memcpy(packing->packed + half, packing->packed, half);
    assert_true(undone(packing, half, RAW_BYTES / 2));
    assert_false(undone(packing, 2 * half, RAW_BYTES));
    assert_false(undone(packing, 2 * half, RAW_BYTES / 2));
    /* It claims more than it holds. */
    layout_put(packing->packed + FRAME_SIZE_AT, RAW_BYTES - 256, 2);
    assert_false(undone(packing, half, RAW_BYTES));
    assert_false(undone(packing, half, RAW_BYTES / 2));
}

static void frames_of_other_kinds_are_not_undone(void **state)
{
    struct packing *packing = *state;
    static const unsigned char skippable[] = {0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0},
                               legacy[] = {0x27, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0};
    memcpy(packing->packed, skippable, sizeof skippable);
    assert_false(undone(packing, sizeof skippable, 0));
    memcpy(packing->packed, legacy, sizeof legacy);
    assert_false(undone(packing, sizeof legacy, 0));
    assert_false(undone(packing, 0, 0));
}

static void what_cannot_be_in_so_few_bytes_is_known_before_memory_is_asked_for(void **state)
{
    struct packing *packing = *state;
    char *same = calloc(1, 1 << 24);
    size_t room = run_pack_room(1 << 24);
    char *packed = malloc(room);
    size_t packed_bytes = run_pack(packing->packer, same, 1 << 24, packed, room);
    assert_true(packed_bytes > 0 && run_unpack_plausible(packed_bytes, 1 << 24)); /* the best there is */
    assert_false(run_unpack_plausible(packed_bytes, (size_t)1 << 30));
    assert_true(run_unpack_plausible(0, 100));
    free(same);
    free(packed);
}

/* From the published test values of xxHash: no byte, seed 0. */
static void the_checksum_is_xxh3(void **state)
{
    (void)state;
    assert_int_equal(run_checksum("", 0, 0), UINT64_C(0x2D06800538D394C2));
    assert_true(run_checksum("a", 1, 0) != run_checksum("a", 1, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, packing_open, packing_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_packed_comes_back),
        TEST(the_same_bytes_are_packed_to_the_same_bytes),
        TEST(only_one_whole_frame_of_the_right_size_is_undone),
        TEST(frames_of_other_kinds_are_not_undone),
        TEST(what_cannot_be_in_so_few_bytes_is_known_before_memory_is_asked_for),
        TEST(the_checksum_is_xxh3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
