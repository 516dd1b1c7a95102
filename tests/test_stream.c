#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../analyzer/decode/stream.h"
#include "../analyzer/support/sha256.h"
#include "random.h"

/* --- helpers: bytes, files, members ------------------------------------------------------------
 */

struct bytes {
    uint8_t *at;
    size_t count, capacity;
};

static void bytes_add(struct bytes *bytes, const void *more, size_t count)
{
    if (bytes->count + count > bytes->capacity) {
        bytes->capacity = 2 * (bytes->count + count) + 64;
        bytes->at = realloc(bytes->at, bytes->capacity);
        assert_non_null(bytes->at);
    }
    if (count > 0) memcpy(bytes->at + bytes->count, more, count);
    bytes->count += count;
}

static void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    memset(bytes, 0, sizeof *bytes);
}

static struct bytes text_make(size_t count, uint64_t seed)
{
    struct bytes text = {0};
    while (text.count < count) {
        char line[64];
        uint64_t random = random_step(&seed);
        int length = snprintf(line, sizeof line, "row %06u,35.%05u,139.%05u,unit\n",
                              (unsigned)(random % 1000000), (unsigned)(random >> 20) % 100000,
                              (unsigned)(random >> 40) % 100000);
        bytes_add(&text, line, (size_t)length);
    }
    text.count = count;
    return text;
}

static void deflate_add(struct bytes *file, const void *data, size_t count, int level)
{
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t bound = deflateBound(&zlib, count) + 64;
    uint8_t *room = malloc(bound);
    zlib.next_in = (Bytef *)(uintptr_t)data;
    zlib.avail_in = (uInt)count;
    zlib.next_out = room;
    zlib.avail_out = (uInt)bound;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    bytes_add(file, room, bound - zlib.avail_out);
    deflateEnd(&zlib);
    free(room);
}

static void number_add(struct bytes *file, uint32_t number)
{
    uint8_t little[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                         (uint8_t)(number >> 24)};
    bytes_add(file, little, 4);
}

static void member_add(struct bytes *file, const void *data, size_t count, int level)
{
    bytes_add(file, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    deflate_add(file, data, count, level);
    number_add(file, (uint32_t)crc32(0, data, (uInt)count));
    number_add(file, (uint32_t)count);
}

static char folder[64];
static char path[128];

static int folder_make(void **state)
{
    (void)state;
    /* In memory where there is such a place: many thousand versions of one file are written. */
    strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/test_stream_XXXXXX"
                                                 : "/tmp/test_stream_XXXXXX");
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(path, sizeof path, "%s/object", folder);
    return 0;
}

static int folder_remove(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void file_write(const void *data, size_t count)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, data, count), count);
    close(file);
}

static const struct stream_options standard = {.hash = true, .depth_max = 8};

struct reading {
    struct bytes bytes;
    size_t gaps[64];
    size_t gap_count;
    struct stream_outcome outcome;
};

static struct object object_of(const char *open_path)
{
    struct object object = {
        .path = path, .open_path = (char *)(uintptr_t)open_path, .size_bytes = -1};
    return object;
}

static struct reading object_read(const struct object *object, const struct stream_options *options,
                                  size_t capacity)
{
    struct reading reading = {0};
    struct fault fault;
    struct stream *stream;
    char *room = malloc(capacity);
    enum status status = stream_open(object, options, &stream, &fault);
    assert_non_null(stream);
    if (status == STATUS_OK) {
        size_t count;
        bool gap;
        while ((status = stream_read(stream, room, capacity, &count, &gap, &fault)) == STATUS_OK) {
            assert_true(count > 0 && count <= capacity);
            if (gap && reading.gap_count < 64)
                reading.gaps[reading.gap_count++] = reading.bytes.count;
            bytes_add(&reading.bytes, room, count);
        }
        assert_int_equal(status, STATUS_END);
    } else {
        assert_int_equal(status, STATUS_DAMAGED);
    }
    reading.outcome = *stream_outcome(stream);
    assert_true(reading.outcome.decoded_bytes == reading.bytes.count);
    stream_close(stream);
    free(room);
    return reading;
}

static struct reading file_read_with(const struct stream_options *options, size_t capacity)
{
    struct object object = object_of(path);
    struct stat about;
    if (stat(path, &about) == 0) object.size_bytes = about.st_size;
    struct reading reading = object_read(&object, options, capacity);
    if (reading.outcome.status != OBJECT_FAILED)
        assert_int_equal(reading.outcome.stored_examined + reading.outcome.stored_unexamined,
                         object.size_bytes);
    return reading;
}

static struct reading data_read(const struct bytes *file, const struct stream_options *options)
{
    file_write(file->at, file->count);
    return file_read_with(options, 1 << 20);
}

static void assert_bytes(const struct reading *reading, const struct bytes *wanted)
{
    assert_int_equal(reading->bytes.count, wanted->count);
    if (wanted->count > 0) assert_memory_equal(reading->bytes.at, wanted->at, wanted->count);
}

static void assert_outcome(const struct reading *reading, enum object_status status,
                           enum coverage_reason reason)
{
    assert_string_equal(coverage_reason_name(reading->outcome.reason),
                        coverage_reason_name(reason));
    assert_string_equal(object_status_name(reading->outcome.status), object_status_name(status));
}

static void assert_digest(const struct reading *reading, const struct bytes *file)
{
    uint8_t digest[SHA256_DIGEST_BYTES];
    struct sha256 *hash = sha256_open();
    sha256_add(hash, file->at, file->count);
    sha256_take(hash, digest);
    sha256_close(hash);
    assert_true(reading->outcome.hashed);
    assert_memory_equal(reading->outcome.sha256, digest, sizeof digest);
}

/* What zlib alone makes of raw deflate data. */
static size_t reference_inflate(const uint8_t *data, size_t count, struct bytes *out)
{
    static uint8_t room[1 << 20];
    z_stream zlib = {0};
    inflateInit2(&zlib, -MAX_WBITS);
    zlib.next_in = (Bytef *)(uintptr_t)data;
    zlib.avail_in = (uInt)count;
    out->count = 0;
    int result;
    do {
        zlib.next_out = room;
        zlib.avail_out = sizeof room;
        result = inflate(&zlib, Z_NO_FLUSH);
        bytes_add(out, room, sizeof room - zlib.avail_out);
    } while (result == Z_OK && zlib.avail_out < sizeof room && zlib.avail_in > 0);
    inflateEnd(&zlib);
    return out->count;
}

static struct stream_options with_inflater(int inflater)
{
    struct stream_options options = standard;
    options.inflater = (enum inflater)inflater;
    return options;
}

/* --- plain files -------------------------------------------------------------------------------
 */

static void plain_bytes_come_as_they_are_with_their_digest(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 4, 65535, 65536, 65537, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct bytes text = text_make(sizes[i], 7);
        struct reading reading = data_read(&text, &standard);
        assert_bytes(&reading, &text);
        assert_outcome(&reading, OBJECT_COMPLETE, COVERAGE_NONE);
        assert_string_equal(reading.outcome.layers, "");
        assert_int_equal(reading.outcome.stored_unexamined, 0);
        assert_digest(&reading, &text);
        bytes_free(&reading.bytes);
        bytes_free(&text);
    }
}

static void an_object_that_cannot_be_opened_says_why(void **state)
{
    (void)state;
    unlink(path);
    struct object object = object_of(path);
    object.size_bytes = 77;
    struct reading gone = object_read(&object, &standard, 1 << 16);
    assert_outcome(&gone, OBJECT_FAILED, COVERAGE_VANISHED);
    assert_int_equal(gone.outcome.stored_unexamined, 77);

    assert_int_equal(symlink("/dev/null", path), 0);
    struct reading link = object_read(&object, &standard, 1 << 16);
    assert_outcome(&link, OBJECT_FAILED, COVERAGE_CHANGED_DURING_READ);
    unlink(path);

    assert_int_equal(mkfifo(path, 0600), 0);
    struct reading fifo = object_read(&object, &standard, 1 << 16);
    assert_outcome(&fifo, OBJECT_SKIPPED, COVERAGE_NOT_REGULAR);
    unlink(path);

    struct object device = object_of("/dev/null");
    struct reading skipped = object_read(&device, &standard, 1 << 16);
    assert_outcome(&skipped, OBJECT_SKIPPED, COVERAGE_NOT_REGULAR);
}

static void an_unreadable_file_is_permission_denied(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    file_write("x", 1);
    chmod(path, 0);
    struct reading reading = file_read_with(&standard, 1 << 16);
    assert_outcome(&reading, OBJECT_FAILED, COVERAGE_PERMISSION_DENIED);
}

static void a_file_that_shrinks_while_it_is_read_is_told(void **state)
{
    (void)state;
    struct bytes text = text_make(400000, 3);
    file_write(text.at, text.count);
    struct object object = object_of(path);
    object.size_bytes = 400000;
    struct stream *stream;
    struct fault fault;
    char *room = malloc(1 << 16);
    size_t count, total = 0;
    bool gap;
    assert_int_equal(stream_open(&object, &standard, &stream, &fault), STATUS_OK);
    assert_int_equal(stream_read(stream, room, 1 << 16, &count, &gap, &fault), STATUS_OK);
    total += count;
    assert_int_equal(truncate(path, 100000), 0);
    while (stream_read(stream, room, 1 << 16, &count, &gap, &fault) == STATUS_OK)
        total += count;
    assert_int_equal(total, 100000);
    const struct stream_outcome *outcome = stream_outcome(stream);
    assert_int_equal(outcome->status, OBJECT_PARTIAL);
    assert_int_equal(outcome->reason, COVERAGE_CHANGED_DURING_READ);
    assert_int_equal(outcome->stored_examined, 100000);
    assert_int_equal(outcome->stored_unexamined, 300000);
    assert_false(outcome->hashed);
    stream_close(stream);
    free(room);
    bytes_free(&text);
}

static void a_file_that_grew_or_was_touched_is_told(void **state)
{
    (void)state;
    file_write("abcdef", 6);
    struct object object = object_of(path);
    object.size_bytes = 4;
    struct reading grown = object_read(&object, &standard, 1 << 16);
    assert_outcome(&grown, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ);
    assert_int_equal(grown.bytes.count, 6);
    bytes_free(&grown.bytes);

    object.size_bytes = 9;
    struct reading shrunk = object_read(&object, &standard, 1 << 16);
    assert_outcome(&shrunk, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ);
    assert_int_equal(shrunk.outcome.stored_examined, 6);
    assert_int_equal(shrunk.outcome.stored_unexamined, 3);
    bytes_free(&shrunk.bytes);

    struct stream *stream;
    struct fault fault;
    static char room[1 << 16];
    size_t count;
    bool gap;
    object.size_bytes = 6;
    assert_int_equal(stream_open(&object, &standard, &stream, &fault), STATUS_OK);
    assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_OK);
    file_write("ghijkl", 6);
    assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_END);
    assert_int_equal(stream_outcome(stream)->reason, COVERAGE_CHANGED_DURING_READ);
    stream_close(stream);
}

/* The memory of this process as a file: a page that is not there cannot be read. */
static void a_place_that_cannot_be_read_is_skipped_behind_a_gap(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 5 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    memset(pages, 'a', 5 * page);
    munmap(pages + 2 * page, page);
    struct object piece = object_of("/proc/self/mem");
    piece.is_piece = true;
    piece.start_bytes = (int64_t)(intptr_t)pages;
    piece.size_bytes = (int64_t)(5 * page);
    struct reading reading = object_read(&piece, &standard, 1 << 20);
    assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_IO_ERROR);
    assert_int_equal(reading.bytes.count, 4 * page);
    assert_int_equal(reading.gap_count, 1);
    assert_int_equal(reading.gaps[0], 2 * page);
    assert_int_equal(reading.outcome.stored_examined, 4 * page);
    assert_int_equal(reading.outcome.stored_unexamined, page);
    bytes_free(&reading.bytes);
    munmap(pages, 2 * page);
    munmap(pages + 3 * page, 2 * page);
}

static void reading_stops_after_a_thousand_skips(void **state)
{
    (void)state;
    struct object object = object_of("/proc/self/mem"); /* its first pages are never there */
    struct reading reading = object_read(&object, &standard, 1 << 20);
    assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_IO_ERROR);
    assert_int_equal(reading.bytes.count, 0);
    assert_int_equal(reading.outcome.stored_unexamined, 1000 * 4096);
    assert_false(reading.outcome.hashed);
}

static void a_hole_within_gzip_costs_the_members_that_it_touches(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct bytes file = {0}, one = text_make(9000, 1), two = text_make(40000, 2),
                 three = text_make(9000, 3);
    member_add(&file, one.at, one.count, 0); /* stored: sizes are known */
    member_add(&file, two.at, two.count, 0);
    member_add(&file, three.at, three.count, 0);
    size_t length = (file.count + page - 1) / page * page;
    char *pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(pages, file.at, file.count);
    munmap(pages + 5 * page, page);
    for (int inflater = 0; inflater < 2; inflater++) {
        struct stream_options options = with_inflater(inflater);
        struct object piece = object_of("/proc/self/mem");
        piece.is_piece = true;
        piece.start_bytes = (int64_t)(intptr_t)pages;
        piece.size_bytes = (int64_t)file.count;
        struct reading reading = object_read(&piece, &options, 1 << 20);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_IO_ERROR);
        assert_true(reading.bytes.count > one.count + three.count);
        assert_memory_equal(reading.bytes.at, one.at, one.count);
        assert_memory_equal(reading.bytes.at + reading.bytes.count - three.count, three.at,
                            three.count);
        assert_int_equal(reading.outcome.stored_examined + reading.outcome.stored_unexamined,
                         file.count);
        assert_true(reading.outcome.stored_unexamined >= page);
        assert_int_equal(reading.gap_count, 1);
        assert_int_equal(reading.gaps[0], reading.bytes.count - three.count);
        bytes_free(&reading.bytes);
    }
    bytes_free(&one);
    bytes_free(&two);
    bytes_free(&three);
    bytes_free(&file);
}

/* --- gzip --------------------------------------------------------------------------------------
 */

static void gzip_is_undone_whatever_the_name_and_level(void **state)
{
    (void)state;
    struct bytes text = text_make(5000000, 11);
    for (int level = 0; level <= 9; level += 3) {
        struct bytes file = {0};
        member_add(&file, text.at, text.count, level);
        for (int inflater = 0; inflater < 2; inflater++) {
            struct stream_options options = with_inflater(inflater);
            struct reading reading = data_read(&file, &options);
            assert_bytes(&reading, &text);
            assert_outcome(&reading, OBJECT_COMPLETE, COVERAGE_NONE);
            assert_string_equal(reading.outcome.layers, "gzip>");
            assert_int_equal(reading.gap_count, 0);
            assert_digest(&reading, &file);
            bytes_free(&reading.bytes);
        }
        bytes_free(&file);
    }
    bytes_free(&text);
}

static void gzip_cut_anywhere_gives_what_zlib_gives(void **state)
{
    (void)state;
    struct bytes text = text_make(65536, 5), file = {0}, wanted = {0};
    member_add(&file, text.at, text.count, 6);
    file_write(file.at, file.count);
    for (size_t cut = file.count - 1; cut >= 2; cut--) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        wanted.count = 0;
        if (cut > 10) reference_inflate(file.at + 10, cut - 10, &wanted);
        for (int inflater = 0; inflater < 2; inflater++) {
            struct stream_options options = with_inflater(inflater);
            options.hash = false;
            struct reading reading = file_read_with(&options, 1 << 16);
            assert_bytes(&reading, &wanted);
            assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_TRUNCATED);
            assert_int_equal(reading.outcome.stored_examined, wanted.count > 0 ? cut : 0);
            assert_int_equal(reading.outcome.stored_unexamined, wanted.count > 0 ? 0 : cut);
            bytes_free(&reading.bytes);
        }
    }
    bytes_free(&wanted);
    bytes_free(&file);
    bytes_free(&text);
}

/* Two bytes tell a gzip where nothing follows; nothing of it was examined. */
static void a_header_that_was_cut_is_told_and_counted_unexamined(void **state)
{
    (void)state;
    static const char extra_name_comment[] = "\x1f\x8b\x08\x1c\0\0\0\0\0\x03\x04\0abcdname\0words";
    struct bytes text = text_make(5000, 9), member = {0};
    member_add(&member, text.at, text.count, 6);
    for (size_t cut = 2; cut < sizeof extra_name_comment - 1; cut++) {
        struct bytes alone = {0}, behind = {0}, within = {0};
        bytes_add(&alone, extra_name_comment, cut);
        struct reading reading = data_read(&alone, &standard);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_TRUNCATED);
        assert_string_equal(reading.outcome.layers, "gzip>");
        assert_int_equal(reading.bytes.count, 0);
        assert_int_equal(reading.outcome.stored_examined, 0);
        assert_int_equal(reading.outcome.stored_unexamined, cut);
        assert_digest(&reading, &alone);

        bytes_add(&behind, member.at, member.count);
        bytes_add(&behind, extra_name_comment, cut);
        reading = data_read(&behind, &standard);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_TRUNCATED);
        assert_bytes(&reading, &text);
        assert_int_equal(reading.outcome.stored_examined, member.count);
        assert_int_equal(reading.outcome.stored_unexamined, cut);
        bytes_free(&reading.bytes);

        member_add(&within, extra_name_comment, cut, 6);
        reading = data_read(&within, &standard);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_TRUNCATED);
        assert_string_equal(reading.outcome.layers, "gzip>gzip>");
        assert_int_equal(reading.bytes.count, 0);
        bytes_free(&alone);
        bytes_free(&behind);
        bytes_free(&within);
    }
    struct bytes other_method = {0};
    bytes_add(&other_method, "\x1f\x8b\x07", 3);
    struct reading reading = data_read(&other_method, &standard);
    assert_outcome(&reading, OBJECT_COMPLETE, COVERAGE_NONE);
    assert_bytes(&reading, &other_method);
    bytes_free(&reading.bytes);
    bytes_free(&other_method);
    bytes_free(&member);
    bytes_free(&text);
}

static void a_wrong_trailer_is_told_and_its_data_used(void **state)
{
    (void)state;
    struct bytes text = text_make(3000, 5), both = {0};
    bytes_add(&both, text.at, text.count);
    bytes_add(&both, text.at, text.count);
    for (size_t i = 0; i < 8; i++) {
        struct bytes file = {0};
        member_add(&file, text.at, text.count, 6);
        file.at[file.count - 1 - i] ^= 0x10;
        member_add(&file, text.at, text.count, 6);
        struct reading reading = data_read(&file, &standard);
        assert_bytes(&reading, &both);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_BAD_CHECKSUM);
        assert_non_null(strstr(reading.outcome.detail, "member 1 "));
        assert_int_equal(reading.outcome.stored_unexamined, 0);
        assert_digest(&reading, &file);
        bytes_free(&reading.bytes);
        bytes_free(&file);
    }
    bytes_free(&both);
    bytes_free(&text);
}

static void a_thousand_members_are_one_stream(void **state)
{
    (void)state;
    struct bytes text = text_make(1000000, 9), file = {0};
    for (size_t i = 0; i < 1000; i++)
        member_add(&file, text.at + 1000 * i, 1000, 6);
    for (int inflater = 0; inflater < 2; inflater++) {
        struct stream_options options = with_inflater(inflater);
        struct reading reading = data_read(&file, &options);
        assert_bytes(&reading, &text);
        assert_outcome(&reading, OBJECT_COMPLETE, COVERAGE_NONE);
        bytes_free(&reading.bytes);
        options.members_max = 10;
        reading = data_read(&file, &options);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_LIMIT_MEMBERS);
        assert_int_equal(reading.bytes.count, 10000);
        assert_non_null(strstr(reading.outcome.detail, "--max-members"));
        assert_true(reading.outcome.stored_unexamined > file.count * 98 / 100);
        assert_digest(&reading, &file);
        bytes_free(&reading.bytes);
    }
    bytes_free(&file);
    bytes_free(&text);
}

/* All members but the damaged one must come out whole, wherever in it the damage is. */
static void damage_in_one_member_leaves_all_others(void **state)
{
    (void)state;
    enum { MEMBERS = 12, HIT = 5 };
    struct bytes members[MEMBERS], file = {0};
    size_t start[MEMBERS + 1];
    for (int i = 0; i < MEMBERS; i++) {
        members[i] = text_make(3000 + 100 * (size_t)i, (uint64_t)i + 1);
        start[i] = file.count;
        member_add(&file, members[i].at, members[i].count, 6);
    }
    start[MEMBERS] = file.count;
    uint64_t random = 99;
    for (int round = 0; round < 600; round++) {
        size_t at = start[HIT] + 10 + random_step(&random) % (start[HIT + 1] - start[HIT] - 10);
        uint8_t old[64];
        size_t width = round % 3 == 0 ? 64 : 1;
        if (at + width > start[HIT + 1]) width = 1;
        memcpy(old, file.at + at, width);
        for (size_t i = 0; i < width; i++)
            file.at[at + i] ^= (uint8_t)(1 + random_step(&random) % 255);
        for (int inflater = 0; inflater < 2; inflater++) {
            struct stream_options options = with_inflater(inflater);
            struct reading reading = data_read(&file, &options);
            size_t before = 0, after = 0;
            for (int i = 0; i < HIT; i++) {
                assert_memory_equal(reading.bytes.at + before, members[i].at, members[i].count);
                before += members[i].count;
            }
            for (int i = MEMBERS - 1; i > HIT; i--) {
                after += members[i].count;
                assert_true(reading.bytes.count >= before + after);
                assert_memory_equal(reading.bytes.at + reading.bytes.count - after, members[i].at,
                                    members[i].count);
            }
            assert_int_equal(reading.outcome.status, OBJECT_PARTIAL);
            assert_true(coverage_reason_is_incomplete(reading.outcome.reason));
            assert_digest(&reading, &file);
            bytes_free(&reading.bytes);
        }
        memcpy(file.at + at, old, width);
    }
    for (int i = 0; i < MEMBERS; i++)
        bytes_free(&members[i]);
    bytes_free(&file);
}

static void a_member_that_was_cut_does_not_swallow_the_next(void **state)
{
    (void)state;
    struct bytes one = text_make(20000, 1), two = text_make(2000, 2), whole = {0};
    member_add(&whole, one.at, one.count, 6);
    for (size_t cut = 20; cut < whole.count; cut += 7) {
        struct bytes file = {0};
        bytes_add(&file, whole.at, cut);
        member_add(&file, two.at, two.count, 6);
        for (int inflater = 0; inflater < 2; inflater++) {
            struct stream_options options = with_inflater(inflater);
            struct reading reading = data_read(&file, &options);
            assert_true(reading.bytes.count >= two.count);
            assert_memory_equal(reading.bytes.at + reading.bytes.count - two.count, two.at,
                                two.count);
            assert_int_equal(reading.outcome.status, OBJECT_PARTIAL);
            if (reading.bytes.count > two.count) {
                assert_true(reading.gap_count >= 1);
                assert_int_equal(reading.gaps[reading.gap_count - 1],
                                 reading.bytes.count - two.count);
            }
            bytes_free(&reading.bytes);
        }
        bytes_free(&file);
    }
    bytes_free(&whole);
    bytes_free(&one);
    bytes_free(&two);
}

static void lost_bytes_between_members_are_counted(void **state)
{
    (void)state;
    struct bytes one = text_make(50000, 1), two = text_make(700000, 2), file = {0};
    uint64_t random = 5;
    member_add(&file, one.at, one.count, 6);
    size_t damage = file.count / 2;
    file.at[damage] = file.at[damage + 1] = 0xFF;
    for (size_t i = 2; i < 900; i++)
        file.at[damage + i] = (uint8_t)random_step(&random);
    for (size_t i = 0; i < 600000; i++) {
        uint8_t byte = (uint8_t)random_step(&random);
        bytes_add(&file, &byte, 1);
    }
    size_t second = file.count;
    member_add(&file, two.at, two.count, 6);
    for (int inflater = 0; inflater < 2; inflater++) {
        struct stream_options options = with_inflater(inflater);
        struct reading reading = data_read(&file, &options);
        assert_memory_equal(reading.bytes.at + reading.bytes.count - two.count, two.at, two.count);
        assert_int_equal(reading.outcome.status, OBJECT_PARTIAL);
        assert_true(reading.outcome.stored_unexamined <= second - damage);
        if (reading.outcome.reason == COVERAGE_CORRUPT_STREAM)
            assert_true(reading.outcome.stored_unexamined > 590000);
        bytes_free(&reading.bytes);
    }
    bytes_free(&file);
    bytes_free(&one);
    bytes_free(&two);
}

static void assert_same(const struct reading *a, const struct reading *b)
{
    assert_bytes(a, &b->bytes);
    assert_int_equal(a->gap_count, b->gap_count);
    assert_memory_equal(a->gaps, b->gaps, sizeof a->gaps);
    assert_memory_equal(&a->outcome, &b->outcome, sizeof a->outcome);
}

static void read_and_block_size_never_show(void **state)
{
    (void)state;
    struct bytes text = text_make(450000, 4);
    uint64_t random = 77;
    for (int round = 0; round < 40; round++) {
        struct bytes file = {0}, inner = {0};
        member_add(&file, text.at, 50000, 6);
        member_add(&file, text.at + 50000, 400000, 1);
        if (round % 3 == 1) bytes_add(&file, "residue of no meaning", 21);
        if (round % 3 == 1 && round % 2 == 0) member_add(&file, text.at, 5000, 9);
        if (round % 4 == 3) {
            member_add(&inner, file.at, file.count, 6);
            bytes_free(&file);
            file = inner;
        }
        for (int i = 0; i < round / 4; i++)
            file.at[random_step(&random) % file.count] ^= (uint8_t)(1U << (i & 7));
        file_write(file.at, file.count);
        for (int inflater = 0; inflater < 2; inflater++) {
            struct stream_options options = with_inflater(inflater);
            struct reading wanted = file_read_with(&options, 1 << 20);
            static const size_t reads[] = {1, 4099, 0, 0}, capacities[] = {1 << 16, 70001, 256 << 10, 300001};
            for (size_t way = 0; way < sizeof reads / sizeof *reads; way++) {
                options.read_bytes = reads[way];
                struct reading other = file_read_with(&options, capacities[way]);
                assert_same(&other, &wanted);
                bytes_free(&other.bytes);
            }
            bytes_free(&wanted.bytes);
        }
        bytes_free(&file);
    }
    bytes_free(&text);
}

/* A capacity of stream_room is used to the full; what a file gives may come in any pieces. */
static void decoded_bytes_come_in_whole_steps(void **state)
{
    (void)state;
    static const uint8_t zeros[3 << 20];
    struct bytes file = {0};
    member_add(&file, zeros, sizeof zeros, 6);
    file_write(file.at, file.count);
    struct object object = object_of(path);
    object.size_bytes = (int64_t)file.count;
    for (int inflater = 0; inflater < 2; inflater++) {
        struct stream_options options = with_inflater(inflater);
        struct stream *stream;
        struct fault fault;
        size_t count, total = 0, steps = 0;
        bool gap;
        char *room = malloc(1 << 20);
        assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
        assert_int_equal(stream_room(stream), 0);
        while (stream_read(stream, room, stream_room(stream) + (64 << 10), &count, &gap, &fault) == STATUS_OK) {
            total += count;
            if (total % stream_room(stream) == 0) steps++;
        }
        assert_int_equal(total, sizeof zeros);
        assert_true(stream_room(stream) > 64 << 10);
        assert_int_equal(steps, sizeof zeros / stream_room(stream));
        stream_close(stream);
        free(room);
    }
    bytes_free(&file);
}

static void gzip_within_gzip_is_undone_to_the_depth_allowed(void **state)
{
    (void)state;
    struct bytes text = text_make(200000, 4), file = {0};
    bytes_add(&file, text.at, text.count);
    for (int i = 0; i < 3; i++) {
        struct bytes outer = {0};
        member_add(&outer, file.at, file.count, 6);
        bytes_free(&file);
        file = outer;
    }
    struct stream_options options = standard;
    options.depth_max = 3;
    struct reading reading = data_read(&file, &options);
    assert_bytes(&reading, &text);
    assert_outcome(&reading, OBJECT_COMPLETE, COVERAGE_NONE);
    assert_string_equal(reading.outcome.layers, "gzip>gzip>gzip>");
    bytes_free(&reading.bytes);
    options.depth_max = 2;
    reading = data_read(&file, &options);
    assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_LIMIT_DEPTH);
    assert_string_equal(reading.outcome.layers, "gzip>gzip>");
    assert_memory_equal(reading.bytes.at, "\x1f\x8b\x08", 3);
    assert_non_null(strstr(reading.outcome.detail, "--max-depth"));
    bytes_free(&reading.bytes);
    bytes_free(&file);
    bytes_free(&text);
}

static void a_bomb_ends_by_its_ratio(void **state)
{
    (void)state;
    size_t count = 256u << 20;
    uint8_t *zeros = calloc(1, count);
    struct bytes file = {0};
    member_add(&file, zeros, count, 9);
    free(zeros);
    for (int inflater = 0; inflater < 2; inflater++) {
        struct stream_options options = with_inflater(inflater);
        options.ratio_max = 100;
        struct reading reading = data_read(&file, &options);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_LIMIT_RATIO);
        assert_non_null(strstr(reading.outcome.detail, "--max-ratio"));
        assert_true(reading.bytes.count > 64u << 20 && reading.bytes.count < 66u << 20);
        assert_true(reading.outcome.stored_unexamined > file.count / 2);
        assert_digest(&reading, &file);
        bytes_free(&reading.bytes);
        options.ratio_max = 0;
        options.decoded_bytes_max = 1000001;
        reading = data_read(&file, &options);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_LIMIT_BYTES);
        assert_int_equal(reading.bytes.count, 1000001);
        assert_non_null(strstr(reading.outcome.detail, "--max-bytes"));
        bytes_free(&reading.bytes);
    }
    bytes_free(&file);
}

static void bytes_behind_the_last_member_are_a_residue(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 3, 21, 512, 700000};
    struct bytes text = text_make(5000, 4);
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        struct bytes file = {0}, tail = text_make(sizes[i / 2], 5);
        if (i % 2 == 1) memset(tail.at, 0, tail.count);
        member_add(&file, text.at, text.count, 6);
        size_t start = file.count;
        bytes_add(&file, tail.at, tail.count);
        struct reading reading = data_read(&file, &standard);
        assert_bytes(&reading, &text);
        assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW);
        assert_true(reading.outcome.has_residue);
        assert_int_equal(reading.outcome.residue_start, start);
        assert_int_equal(reading.outcome.stored_unexamined, 0);
        assert_digest(&reading, &file);
        bytes_free(&reading.bytes);

        struct object piece = object_of(path);
        piece.is_piece = true;
        piece.start_bytes = (int64_t)start;
        piece.size_bytes = (int64_t)tail.count;
        reading = object_read(&piece, &standard, 1 << 16);
        assert_bytes(&reading, &tail);
        assert_outcome(&reading, OBJECT_COMPLETE, COVERAGE_NONE);
        assert_false(reading.outcome.hashed);
        bytes_free(&reading.bytes);
        bytes_free(&tail);
        bytes_free(&file);
    }
    bytes_free(&text);
}

static void bytes_between_members_come_raw_between_gaps(void **state)
{
    (void)state;
    struct bytes text = text_make(5000, 4), tail = text_make(900000, 8), file = {0}, wanted = {0};
    member_add(&file, text.at, text.count, 6);
    bytes_add(&file, tail.at, tail.count);
    member_add(&file, text.at, text.count, 6);
    bytes_add(&wanted, text.at, text.count);
    bytes_add(&wanted, tail.at, tail.count);
    bytes_add(&wanted, text.at, text.count);
    struct reading reading = data_read(&file, &standard);
    assert_bytes(&reading, &wanted);
    assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW);
    assert_false(reading.outcome.has_residue);
    assert_int_equal(reading.gap_count, 2);
    assert_int_equal(reading.gaps[0], 5000);
    assert_int_equal(reading.gaps[1], 905000);
    assert_digest(&reading, &file);
    bytes_free(&reading.bytes);

    /* Within another layer there is no file to read again: the same bytes in one way. */
    struct bytes outer = {0};
    member_add(&outer, file.at, file.count, 6);
    reading = data_read(&outer, &standard);
    assert_bytes(&reading, &wanted);
    assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW);
    assert_int_equal(reading.gaps[1], 905000);
    bytes_free(&reading.bytes);
    bytes_free(&outer);
    bytes_free(&wanted);
    bytes_free(&file);
    bytes_free(&tail);
    bytes_free(&text);
}

static void a_header_with_all_optional_fields_is_read(void **state)
{
    (void)state;
    struct bytes text = text_make(70000, 4), name = text_make(500000, 6);
    for (int round = 0; round < 4; round++) {
        struct bytes file = {0};
        uint16_t extra = round == 3 ? 0 : 60000;
        bytes_add(&file, "\x1f\x8b\x08\x1e\0\0\0\0\0\x03", 10);
        uint8_t length[2] = {(uint8_t)extra, (uint8_t)(extra >> 8)};
        bytes_add(&file, length, 2);
        bytes_add(&file, name.at, extra);
        bytes_add(&file, name.at, round == 2 ? 400000 : 10);
        bytes_add(&file, "\0", 1);
        bytes_add(&file, "a comment", 10);
        uint32_t crc = (uint32_t)crc32(0, file.at, (uInt)file.count) ^ (round == 1 ? 1 : 0);
        uint8_t check[2] = {(uint8_t)crc, (uint8_t)(crc >> 8)};
        bytes_add(&file, check, 2);
        deflate_add(&file, text.at, text.count, 6);
        number_add(&file, (uint32_t)crc32(0, text.at, (uInt)text.count));
        number_add(&file, (uint32_t)text.count);
        struct reading reading = data_read(&file, &standard);
        assert_bytes(&reading, &text);
        if (round == 1)
            assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_BAD_CHECKSUM);
        else
            assert_outcome(&reading, OBJECT_COMPLETE, COVERAGE_NONE);
        bytes_free(&reading.bytes);
        bytes_free(&file);
    }
    bytes_free(&name);
    bytes_free(&text);
}

static void flipped_bits_never_lose_what_zlib_gives(void **state)
{
    (void)state;
    uint64_t random = 2024;
    struct bytes reference = {0};
    size_t more = 0;
    for (int round = 0; round < 2000; round++) {
        struct bytes text = text_make(200 + random_step(&random) % 30000, random_step(&random)),
                     file = {0};
        member_add(&file, text.at, text.count, (int)(random_step(&random) % 10));
        for (uint64_t i = random_step(&random) % 4 + 1; i > 0; i--)
            file.at[10 + random_step(&random) % (file.count - 10)] ^=
                (uint8_t)(1U << random_step(&random) % 8);
        reference_inflate(file.at + 10, file.count - 10, &reference);
        for (int inflater = 0; inflater < 2; inflater++) {
            struct stream_options options = with_inflater(inflater);
            struct reading reading = data_read(&file, &options);
            assert_true(reading.bytes.count >= reference.count);
            if (reference.count > 0)
                assert_memory_equal(reading.bytes.at, reference.at, reference.count);
            assert_int_equal(reading.outcome.status, OBJECT_PARTIAL);
            more += inflater == 0 && reading.bytes.count > reference.count;
            bytes_free(&reading.bytes);
        }
        bytes_free(&file);
        bytes_free(&text);
    }
    print_message("faster inflater went on longer than zlib in %zu of 2000\n", more);
    bytes_free(&reference);
}

/* Where a byte becomes much and the damage stands anywhere in a step, its end as well. */
static void damage_behind_much_from_little_loses_nothing(void **state)
{
    (void)state;
    uint64_t random = 31;
    struct bytes reference = {0};
    for (int round = 0; round < 150; round++) {
        struct bytes line = text_make(40 + random_step(&random) % 3000, random_step(&random)), text = {0}, file = {0};
        while (text.count < 700000) bytes_add(&text, line.at, line.count - random_step(&random) % 9);
        member_add(&file, text.at, text.count, 6);
        file.at[10 + random_step(&random) % (file.count - 10)] ^= (uint8_t)(1U << random_step(&random) % 8);
        reference_inflate(file.at + 10, file.count - 10, &reference);
        for (int inflater = 0; inflater < 2; inflater++) {
            struct stream_options options = with_inflater(inflater);
            struct reading reading = data_read(&file, &options);
            assert_true(reading.bytes.count >= reference.count);
            if (reference.count > 0) assert_memory_equal(reading.bytes.at, reference.at, reference.count);
            assert_int_equal(reading.outcome.status, OBJECT_PARTIAL);
            bytes_free(&reading.bytes);
        }
        bytes_free(&file);
        bytes_free(&text);
        bytes_free(&line);
    }
    bytes_free(&reference);
}

static void standard_input_is_read_like_a_file(void **state)
{
    (void)state;
    struct bytes text = text_make(300000, 4), file = {0}, wanted = {0};
    member_add(&file, text.at, text.count, 6);
    bytes_add(&file, "tail", 4);
    bytes_add(&wanted, text.at, text.count);
    bytes_add(&wanted, "tail", 4);
    file_write(file.at, file.count);
    int saved = dup(STDIN_FILENO);
    char command[160];
    snprintf(command, sizeof command, "cat %s", path);
    FILE *pipe = popen(command, "r");
    dup2(fileno(pipe), STDIN_FILENO);
    struct object object = object_of(NULL);
    struct reading reading = object_read(&object, &standard, 1 << 16);
    dup2(saved, STDIN_FILENO);
    close(saved);
    pclose(pipe);
    assert_bytes(&reading, &wanted);
    assert_outcome(&reading, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW);
    assert_false(reading.outcome.has_residue);
    assert_int_equal(reading.outcome.stored_examined, file.count);
    assert_digest(&reading, &file);
    bytes_free(&reading.bytes);
    bytes_free(&wanted);
    bytes_free(&file);
    bytes_free(&text);
}

/* --- stopping, jumping --------------------------------------------------------------------------
 */

static volatile sig_atomic_t stop_seen;
static int stop_pipe[2];

static void stop_note(int number)
{
    stop_seen = number;
    (void)!write(stop_pipe[1], "x", 1);
}

static void stop_prepare(struct stream_options *options)
{
    stop_seen = 0;
    assert_int_equal(pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK), 0);
    *options = standard;
    options->stop = (struct stop){&stop_seen, stop_pipe[0]};
}

static void stop_end(void)
{
    close(stop_pipe[0]);
    close(stop_pipe[1]);
}

/* However the wish comes: before the wait, or amid it. */
static void a_wait_for_standard_input_ends_when_that_is_wanted(void **state)
{
    (void)state;
    struct stream_options options;
    for (int amid = 0; amid < 2; amid++) {
        int saved = dup(STDIN_FILENO), fed[2];
        stop_prepare(&options);
        assert_int_equal(pipe2(fed, O_CLOEXEC), 0);
        static char lines[1024]; /* more than it takes to recognise a format */
        memset(lines, '\n', sizeof lines);
        assert_int_equal(write(fed[1], lines, sizeof lines), sizeof lines);
        dup2(fed[0], STDIN_FILENO);
        struct object object = object_of(NULL);
        struct stream *stream;
        struct fault fault;
        static char room[1 << 16];
        size_t count;
        bool gap;
        assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
        assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_OK);
        assert_int_equal(count, sizeof lines);
        if (amid) {
            struct sigaction action = {.sa_handler = stop_note};
            sigaction(SIGALRM, &action, NULL);
            ualarm(50000, 0);
        } else {
            stop_note(1);
        }
        assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_END);
        assert_int_equal(count, 0);
        assert_true(stream_interrupted(stream));
        assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_END);
        assert_true(stream_interrupted(stream));
        stream_close(stream);
        dup2(saved, STDIN_FILENO);
        close(saved);
        close(fed[0]);
        close(fed[1]);
        stop_end();
    }
}

/* Amid gzip that was cut nothing is taken for the rest of it; nor is what follows a limit read for the digest. */
static void a_stream_that_is_to_stop_gives_nothing_more(void **state)
{
    (void)state;
    struct bytes text = text_make(20 << 20, 4), packed = {0};
    member_add(&packed, text.at, text.count, 1);
    for (int way = 0; way < 3; way++) {
        const struct bytes *file = way == 0 ? &text : &packed;
        struct stream_options options;
        stop_prepare(&options);
        options.read_bytes = 50000;
        if (way == 2) options.decoded_bytes_max = 50000;
        file_write(file->at, file->count);
        struct object object = object_of(path);
        struct stream *stream;
        struct fault fault;
        static char room[1 << 18];
        size_t count;
        bool gap;
        assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
        assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_OK);
        if (way == 2) assert_int_equal(count, 50000);
        assert_false(stream_interrupted(stream));
        stop_note(1);
        while (stream_read(stream, room, sizeof room, &count, &gap, &fault) == STATUS_OK) {
        }
        assert_true(stream_interrupted(stream));
        assert_int_equal(count, 0);
        assert_true(stream_stored_position(stream) < 2000000);
        stream_close(stream);
        stop_end();
    }
    bytes_free(&packed);
    bytes_free(&text);
}

static bool ends_of(const struct bytes *file, bool hash, uint64_t offset, uint64_t *checksum, bool *jumps)
{
    struct stream_options options = standard;
    struct object object = object_of(path);
    struct stream *stream;
    struct fault fault;
    static char room[1 << 16];
    size_t count;
    bool gap;
    file_write(file->at, file->count);
    options.hash = hash;
    assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
    assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_OK);
    *jumps = stream_can_jump(stream);
    bool there = *jumps && stream_ends_checksum(stream, offset, checksum);
    if (there) {
        assert_true(stream_jump(stream, offset));
        enum status status = stream_read(stream, room, sizeof room, &count, &gap, &fault);
        assert_int_equal(status, offset == file->count ? STATUS_END : STATUS_OK);
        assert_false(gap);
        assert_memory_equal(room, file->at + offset, count);
    }
    stream_close(stream);
    return there;
}

static void a_plain_file_is_gone_on_with_where_its_ends_are_the_same(void **state)
{
    (void)state;
    struct bytes text = text_make(500000, 4), packed = {0};
    size_t cut_at = text.count;
    member_add(&packed, text.at, text.count, 6);
    static const uint64_t offsets[] = {1, 1000, STREAM_ENDS_BYTES, STREAM_ENDS_BYTES + 1, 300000, 500000};
    uint64_t before, after;
    bool jumps;
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        uint64_t offset = offsets[i];
        assert_true(ends_of(&text, false, offset, &before, &jumps));
        assert_true(ends_of(&text, false, offset, &after, &jumps) && before == after);
        /* What is not of the ends, or behind them, does not matter; what is, does. */
        size_t places[] = {0, offset < STREAM_ENDS_BYTES ? offset - 1 : STREAM_ENDS_BYTES - 1, offset - 1,
                           offset < STREAM_ENDS_BYTES ? 0 : offset - STREAM_ENDS_BYTES, offset, 200000};
        for (size_t p = 0; p < 6; p++) {
            bool in = places[p] < offset && (places[p] < STREAM_ENDS_BYTES || places[p] >= offset - STREAM_ENDS_BYTES);
            if (places[p] >= text.count) continue;
            text.at[places[p]] ^= 1;
            assert_true(ends_of(&text, false, offset, &after, &jumps));
            assert_true((before != after) == in);
            text.at[places[p]] ^= 1;
        }
        text.count = offset - 1;
        if (offset > 1) assert_false(ends_of(&text, false, offset, &after, &jumps));
        text.count = cut_at;
    }
    assert_false(ends_of(&text, true, 1000, &after, &jumps));
    assert_false(jumps);
    assert_false(ends_of(&packed, false, 1000, &after, &jumps));
    assert_false(jumps);
    bytes_free(&packed);
    bytes_free(&text);
}

static void a_plain_file_is_restricted_to_a_part(void **state)
{
    (void)state;
    enum { FILE_BYTES = 300000, BEGIN = 1000, END = 200500 };
    struct bytes text = text_make(FILE_BYTES, 4);
    struct stream_options options = standard;
    struct object object = object_of(path);
    struct stream *stream;
    struct fault fault;
    static char room[1 << 16];
    size_t count, all = 0;
    bool gap;
    text.at[BEGIN] = 0x1F; /* as a gzip begins, which only a file's first bytes can say */
    text.at[BEGIN + 1] = 0x8B;
    text.at[BEGIN + 2] = 8;
    file_write(text.at, text.count);
    object.size_bytes = FILE_BYTES;
    options.hash = false;
    assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
    assert_false(stream_restrict(stream, 5, 4) || stream_restrict(stream, 0, FILE_BYTES + 1));
    assert_true(stream_restrict(stream, BEGIN, END) && stream_can_jump(stream));
    while (stream_read(stream, room, sizeof room, &count, &gap, &fault) == STATUS_OK) {
        assert_false(gap);
        assert_memory_equal(room, text.at + BEGIN + all, count);
        all += count;
    }
    assert_int_equal(all, END - BEGIN);
    assert_int_equal(stream_outcome(stream)->status, OBJECT_COMPLETE);
    assert_int_equal(stream_outcome(stream)->stored_examined, END - BEGIN);
    assert_int_equal(stream_outcome(stream)->stored_unexamined, 0);
    stream_close(stream);

    assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
    assert_true(stream_restrict(stream, BEGIN, END) && stream_jump(stream, 100) && !stream_jump(stream, END - BEGIN + 1));
    assert_true(stream_jump(stream, 100));
    assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_OK);
    assert_memory_equal(room, text.at + BEGIN + 100, count);
    stream_close(stream);

    assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
    stream_give_up(stream, COVERAGE_CHANGED_DURING_READ, "of no use");
    assert_int_equal(stream_read(stream, room, sizeof room, &count, &gap, &fault), STATUS_END);
    assert_int_equal(stream_outcome(stream)->status, OBJECT_FAILED);
    assert_string_equal(stream_outcome(stream)->detail, "of no use");
    stream_close(stream);

    options.hash = true; /* which wants all of it */
    assert_int_equal(stream_open(&object, &options, &stream, &fault), STATUS_OK);
    assert_false(stream_restrict(stream, BEGIN, END));
    stream_close(stream);
    bytes_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_bytes_come_as_they_are_with_their_digest),
        cmocka_unit_test(an_object_that_cannot_be_opened_says_why),
        cmocka_unit_test(an_unreadable_file_is_permission_denied),
        cmocka_unit_test(a_file_that_shrinks_while_it_is_read_is_told),
        cmocka_unit_test(a_file_that_grew_or_was_touched_is_told),
        cmocka_unit_test(a_place_that_cannot_be_read_is_skipped_behind_a_gap),
        cmocka_unit_test(reading_stops_after_a_thousand_skips),
        cmocka_unit_test(a_hole_within_gzip_costs_the_members_that_it_touches),
        cmocka_unit_test(gzip_is_undone_whatever_the_name_and_level),
        cmocka_unit_test(gzip_cut_anywhere_gives_what_zlib_gives),
        cmocka_unit_test(a_header_that_was_cut_is_told_and_counted_unexamined),
        cmocka_unit_test(a_wrong_trailer_is_told_and_its_data_used),
        cmocka_unit_test(a_thousand_members_are_one_stream),
        cmocka_unit_test(damage_in_one_member_leaves_all_others),
        cmocka_unit_test(a_member_that_was_cut_does_not_swallow_the_next),
        cmocka_unit_test(lost_bytes_between_members_are_counted),
        cmocka_unit_test(read_and_block_size_never_show),
        cmocka_unit_test(decoded_bytes_come_in_whole_steps),
        cmocka_unit_test(gzip_within_gzip_is_undone_to_the_depth_allowed),
        cmocka_unit_test(a_bomb_ends_by_its_ratio),
        cmocka_unit_test(bytes_behind_the_last_member_are_a_residue),
        cmocka_unit_test(bytes_between_members_come_raw_between_gaps),
        cmocka_unit_test(a_header_with_all_optional_fields_is_read),
        cmocka_unit_test(flipped_bits_never_lose_what_zlib_gives),
        cmocka_unit_test(damage_behind_much_from_little_loses_nothing),
        cmocka_unit_test(standard_input_is_read_like_a_file),
        cmocka_unit_test(a_wait_for_standard_input_ends_when_that_is_wanted),
        cmocka_unit_test(a_stream_that_is_to_stop_gives_nothing_more),
        cmocka_unit_test(a_plain_file_is_gone_on_with_where_its_ends_are_the_same),
        cmocka_unit_test(a_plain_file_is_restricted_to_a_part),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
