#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "../analyzer/decode/decoder.h"
#include "random.h"
#include "unpacking.h"

enum { TEXT_BYTES = 40000, PACKED_BYTES = 100000 };

struct packed {
    uint8_t at[PACKED_BYTES];
    size_t length;
};

static char text[TEXT_BYTES];

static int text_make(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        uint64_t drawn = random_step(&random);
        text[i] = i % 50 == 49 ? '\n' : (char)('a' + drawn % 20);
    }
    return 0;
}

typedef size_t packing(const char *from, size_t length, uint8_t *to, size_t room);

static size_t pack_zstd(const char *from, size_t length, uint8_t *to, size_t room)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t count = ZSTD_compress2(context, to, room, from, length);
    ZSTD_freeCCtx(context);
    return count;
}

static size_t pack_xz(const char *from, size_t length, uint8_t *to, size_t room)
{
    size_t count = 0;
    assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)from, length, to, &count, room), LZMA_OK);
    return count;
}

static size_t pack_bzip2(const char *from, size_t length, uint8_t *to, size_t room)
{
    unsigned count = (unsigned)room;
    assert_int_equal(BZ2_bzBuffToBuffCompress((char *)to, &count, (char *)(uintptr_t)from, (unsigned)length, 1, 0, 0), BZ_OK);
    return count;
}

static size_t pack_lz4(const char *from, size_t length, uint8_t *to, size_t room)
{
    const LZ4F_preferences_t wishes = {.frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    return LZ4F_compressFrame(to, room, from, length, &wishes);
}

static size_t pack_zlib(const char *from, size_t length, uint8_t *to, size_t room)
{
    uLongf count = room;
    assert_int_equal(compress2(to, &count, (const Bytef *)from, length, 6), Z_OK);
    return count;
}

static const struct form {
    const char *name;
    packing *pack;
    bool is_sure, checksum_last; /* the last bytes are a checksum of the text, whose failure can be told */
} forms[] = {{"zstd>", pack_zstd, true, true}, {"xz>", pack_xz, true, false}, {"bzip2>", pack_bzip2, true, false}, {"lz4>", pack_lz4, true, true}, {"zlib>", pack_zlib, false, true}};

static const struct stream_options standard = {.hash = true, .depth_max = 8};

static void pack(const struct form *form, size_t from, size_t length, struct packed *packed)
{
    packed->length += form->pack(text + from, length, packed->at + packed->length, PACKED_BYTES - packed->length);
}

static struct unpacked open_packed(const struct packed *packed)
{
    struct unpacked all = unpack(packed->at, packed->length, &standard, 256 << 10);
    struct unpacked small = unpack(packed->at, packed->length, &(struct stream_options){.hash = true, .depth_max = 8, .read_bytes = 13}, 70 << 10);
    assert_true(unpacked_same(&all, &small));
    unpacked_free(&small);
    return all;
}

#define EACH_FORM(form) (const struct form *form = forms; form < forms + sizeof forms / sizeof forms[0]; form++)

static void frames_behind_one_another_are_one_object(void **state)
{
    (void)state;
    for EACH_FORM(form) {
        struct packed packed = {.length = 0};
        pack(form, 0, 20001, &packed);
        pack(form, 20001, 0, &packed);
        pack(form, 20001, TEXT_BYTES - 20001, &packed);
        struct unpacked all = open_packed(&packed);
        assert_int_equal(all.count, 1);
        assert_string_equal(all.objects[0].outcome.layers, form->name);
        assert_int_equal(all.objects[0].outcome.status, OBJECT_COMPLETE);
        assert_int_equal(all.objects[0].length, TEXT_BYTES);
        assert_memory_equal(all.objects[0].bytes, text, TEXT_BYTES);
        unpacked_free(&all);
    }
}

static void a_cut_frame_gives_what_is_before_and_says_so(void **state)
{
    (void)state;
    for EACH_FORM(form) {
        struct packed packed = {.length = 0};
        pack(form, 0, TEXT_BYTES, &packed);
        size_t whole = packed.length;
        for (packed.length = 600; packed.length < whole; packed.length += whole / 9) {
            struct unpacked all = open_packed(&packed);
            assert_int_equal(all.objects[0].outcome.status, OBJECT_PARTIAL);
            assert_int_equal(all.objects[0].outcome.reason, COVERAGE_TRUNCATED);
            assert_true(all.objects[0].length <= TEXT_BYTES);
            assert_memory_equal(all.objects[0].bytes, text, all.objects[0].length);
            unpacked_free(&all);
        }
    }
}

static void a_wrong_checksum_is_told_and_its_data_used(void **state)
{
    (void)state;
    for EACH_FORM(form) {
        if (!form->checksum_last) continue;
        struct packed packed = {.length = 0};
        pack(form, 0, TEXT_BYTES, &packed);
        packed.at[packed.length - 1] ^= 1;
        pack(form, 0, 1000, &packed);
        struct unpacked all = open_packed(&packed);
        assert_int_equal(all.objects[0].outcome.reason, COVERAGE_BAD_CHECKSUM);
        assert_int_equal(all.objects[0].length, TEXT_BYTES + 1000);
        assert_memory_equal(all.objects[0].bytes, text, TEXT_BYTES);
        unpacked_free(&all);
    }
}

static void a_frame_behind_a_damaged_one_is_found(void **state)
{
    (void)state;
    for EACH_FORM(form) {
        if (!form->is_sure) continue;
        for (size_t cut = 0; cut < 2; cut++) {
            struct packed packed = {.length = 0};
            pack(form, 0, TEXT_BYTES, &packed);
            if (cut) packed.length /= 2; /* the next one begins in what it would have held */
            else memset(packed.at + packed.length / 2, 0x5A, 200);
            pack(form, 0, 3000, &packed);
            struct unpacked all = open_packed(&packed);
            assert_int_equal(all.objects[0].outcome.status, OBJECT_PARTIAL);
            assert_true(all.objects[0].length >= 3000);
            assert_memory_equal(all.objects[0].bytes + all.objects[0].length - 3000, text, 3000);
            /* Other literals are still literals: then the checksum alone tells, and nothing is missing. */
            if (all.objects[0].outcome.reason != COVERAGE_BAD_CHECKSUM) assert_true(all.objects[0].gap_count > 0);
            unpacked_free(&all);
        }
    }
}

static void what_is_behind_the_last_frame_is_an_object(void **state)
{
    (void)state;
    for EACH_FORM(form) {
        struct packed packed = {.length = 0};
        pack(form, 0, 5000, &packed);
        size_t length = packed.length;
        memcpy(packed.at + length, "something else", 14);
        packed.length += 14;
        struct unpacked all = open_packed(&packed);
        assert_int_equal(all.count, 2);
        assert_int_equal(all.objects[0].outcome.reason, COVERAGE_RESIDUE_SCANNED_RAW);
        assert_string_equal(all.objects[1].bytes, "something else");
        char name[32];
        snprintf(name, sizeof name, "~%zu", length);
        assert_string_equal(all.objects[1].name, name);
        unpacked_free(&all);
    }
}

static void what_begins_like_a_format_and_is_none_is_not_taken_for_it(void **state)
{
    (void)state;
    static const char *const texts[] = {"x^2 + y^2 = z^2, as everybody knows\n", "BZh9 is how a text may begin too\n", "(\xB5/", ("\xFD" "7zX")};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) assert_null(decoder_find((const uint8_t *)texts[i], strlen(texts[i])));
    assert_int_equal(decoder_look((const uint8_t *)"x^2", 3), DECODER_SAMPLE_BYTES);
}

static void zeros_behind_an_xz_stream_are_padding(void **state)
{
    (void)state;
    struct packed packed = {.length = 0};
    pack(&forms[1], 0, 3000, &packed);
    memset(packed.at + packed.length, 0, 8);
    packed.length += 8;
    pack(&forms[1], 3000, 3000, &packed);
    struct unpacked all = open_packed(&packed);
    assert_int_equal(all.objects[0].outcome.status, OBJECT_COMPLETE);
    assert_int_equal(all.objects[0].length, 6000);
    unpacked_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_behind_one_another_are_one_object),
        cmocka_unit_test(a_cut_frame_gives_what_is_before_and_says_so),
        cmocka_unit_test(a_wrong_checksum_is_told_and_its_data_used),
        cmocka_unit_test(a_frame_behind_a_damaged_one_is_found),
        cmocka_unit_test(what_is_behind_the_last_frame_is_an_object),
        cmocka_unit_test(what_begins_like_a_format_and_is_none_is_not_taken_for_it),
        cmocka_unit_test(zeros_behind_an_xz_stream_are_padding),
    };
    return cmocka_run_group_tests(tests, text_make, NULL);
}
