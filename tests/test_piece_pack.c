/* Tests of analyzer/evidence/piece_pack.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/evidence/piece_pack.h"
#include "piece_making.h"

enum { PIECES = 3000 };

static void what_is_packed_is_unpacked(void **unused)
{
    (void)unused;
    static struct made_piece made[PIECES];
    struct object files[3] = {{.path = (char[]){"dump/a.tar"}}, {.path = (char[]){"dump/b.zip"}}, {.path = (char[]){"x"}}};
    struct piece_before before = {0}, after = {0};
    struct bytes packed = {0};
    uint32_t numbers[3] = {0, OBJECT_PIECES_MAX - PIECES, 77};
    for (size_t i = 0; i < PIECES; i++) {
        uint32_t file = random_below(8) == 0 ? random_below(3) : 0;
        piece_make(&made[i], &files[file], file, ++numbers[file], i % 2 == 0);
        if (i % 9 != 4) piece_tell(&made[i]);
        assert_true(piece_pack(&before, &made[i].object, &packed));
        if (i == PIECES / 2) piece_before_reset(&before);
    }
    struct bytes_reader from = {packed.at, packed.at + packed.count, false};
    for (size_t i = 0; i < PIECES; i++) {
        struct object piece;
        assert_true(piece_unpack(&after, &from, &piece));
        pieces_equal(&made[i].object, &piece);
        if (i == PIECES / 2) piece_before_reset(&after);
    }
    assert_true(from.at == from.end && !from.bad);
    for (size_t i = 0; i < PIECES; i++) free(made[i].path);
    piece_before_free(&before);
    piece_before_free(&after);
    bytes_free(&packed);
}

/* A member of a few bytes beside others like it: its digest, what of its name is new, its size. */
static void like_members_take_little(void **unused)
{
    (void)unused;
    struct piece_before before = {0};
    struct bytes packed = {0};
    char path[64];
    for (uint32_t i = 1; i <= 64; i++) {
        snprintf(path, sizeof path, "dump/large.tar!export/member-%08u.csv", i);
        struct object piece = {.path = path, .file = 4, .piece = i, .is_piece = true, .size_bytes = 20, .bytes_examined = 20, .units = 1, .hashed = true,
                               .status = OBJECT_COMPLETE, .sha256 = {(uint8_t)i}, .format = "tar>csv", .detail = "comma, header, 2 columns"};
        assert_true(piece_pack(&before, &piece, &packed));
    }
    assert_in_range(packed.count, 64 * 38, 64 * 44 + 200);
    piece_before_free(&before);
    bytes_free(&packed);
}

/* Bytes that are cut, changed or anything at all are refused or give a piece within all limits. */
static void other_bytes_do_no_harm(void **unused)
{
    (void)unused;
    struct object file = {.path = (char[]){"dump/a.tar"}};
    struct piece_before before = {0};
    struct bytes packed = {0};
    for (uint32_t i = 1; i <= 30; i++) {
        struct made_piece made;
        do {
            piece_make(&made, &file, 0, i, true);
            if (strlen(made.path) < 1000) break;
            free(made.path);
        } while (true);
        piece_tell(&made);
        assert_true(piece_pack(&before, &made.object, &packed));
        free(made.path);
    }
    size_t refused = 0, taken = 0;
    for (uint32_t round = 0; round < 20000; round++) {
        size_t count = round % 5 == 0 ? random_below((uint32_t)packed.count) : packed.count;
        char *bytes = malloc(count + 1);
        memcpy(bytes, packed.at, count);
        if (count > 0 && round % 5 != 0) bytes[random_below((uint32_t)count)] = (char)(unsigned char)random_below(256);
        struct bytes_reader from = {bytes, bytes + count, false};
        struct piece_before after = {0};
        struct object piece;
        bool good = true;
        while (good && from.at < from.end) {
            good = piece_unpack(&after, &from, &piece);
            if (!good) break;
            assert_in_range(strlen(piece.path), 1, OBJECT_PATH_MAX + 1);
            assert_in_range(piece.piece, 1, OBJECT_PIECES_MAX);
            assert_true(piece.status < OBJECT_STATUS_COUNT && piece.reason < COVERAGE_REASON_COUNT && piece.size_bytes >= -1);
            assert_true(strlen(piece.format) < OBJECT_FORMAT_SIZE && strlen(piece.detail) < OBJECT_DETAIL_SIZE);
        }
        refused += !good;
        taken += good;
        piece_before_free(&after);
        free(bytes);
    }
    assert_true(refused > 1000 && taken > 1000);
    piece_before_free(&before);
    bytes_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_is_unpacked),
        cmocka_unit_test(like_members_take_little),
        cmocka_unit_test(other_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
