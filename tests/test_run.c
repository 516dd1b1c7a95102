/* Tests of analyzer/tally/run.c and run_write.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "../analyzer/tally/run.h"
#include "../detectors/packed.h"
#include "run_making.h"

struct place {
    int directory;
    char folder[64];
    struct fault fault;
};

static const char *const names[] = {"a", "b", "c", "d", NULL};

static int place_open(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    *state = place;
    if (place == NULL) return -1;
    place->directory = folder_make(place->folder);
    return place->directory >= 0 ? 0 : -1;
}

static int place_close(void **state)
{
    struct place *place = *state;
    bool empty = folder_remove(place->directory, place->folder, names);
    free(place);
    return empty ? 0 : -1; /* a half-written file would still be there */
}

static struct run_writer *begin(struct place *place, const char *name)
{
    struct run_identity identity = identity_of(1, 2, 3);
    struct run_writer *writer = NULL;
    assert_int_equal(run_writer_open(place->directory, name, &identity, &writer, &place->fault), STATUS_OK);
    return writer;
}

static void add(struct place *place, struct run_writer *writer, struct span key, struct span value)
{
    assert_int_equal(run_writer_add(writer, key, value, &place->fault), STATUS_OK);
}

static void finish(struct place *place, struct run_writer *writer)
{
    assert_int_equal(run_writer_finish(writer, NULL, &place->fault), STATUS_OK);
}

static struct run *opened(struct place *place, const char *name)
{
    struct run *run = NULL;
    struct run_identity identity = identity_of(1, 2, 3);
    if (run_open(place->directory, name, &identity, &run, &place->fault) != STATUS_OK)
        fail_msg("%s", place->fault.message);
    return run;
}

static struct run_cursor *cursor_from(struct place *place, struct run *run, struct span from, struct span to)
{
    struct run_cursor *cursor = NULL;
    assert_int_equal(run_cursor_open(run, from, to, &cursor, &place->fault), STATUS_OK);
    return cursor;
}

static void expect(struct place *place, struct run_cursor *cursor, struct span key, struct span value)
{
    struct span found_key, found_value;
    enum status status = run_cursor_next(cursor, &found_key, &found_value, &place->fault);
    if (status == STATUS_DAMAGED) fail_msg("%s", place->fault.message);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(found_key.len, key.len);
    assert_memory_equal(found_key.at, key.at, key.len);
    assert_int_equal(found_value.len, value.len);
    assert_memory_equal(found_value.at, value.at, value.len);
}

static void expect_end(struct place *place, struct run_cursor *cursor)
{
    struct span key, value;
    for (int i = 0; i < 2; i++) assert_int_equal(run_cursor_next(cursor, &key, &value, &place->fault), STATUS_END);
}

/* All of it is read; gives the status that ends it. Entries are added up so that two readings can be compared. */
static enum status read_all(struct place *place, struct run *run, uint64_t *count, uint64_t *sum)
{
    struct run_cursor *cursor = cursor_from(place, run, nothing, nothing);
    struct span key, value;
    enum status status = STATUS_OK;
    for (*count = 0, *sum = 0; (status = run_cursor_next(cursor, &key, &value, &place->fault)) == STATUS_OK; ++*count)
        *sum = run_checksum(value.at, value.len, run_checksum(key.at, key.len, *sum));
    run_cursor_close(cursor);
    return status;
}

/* Opens and reads; OK only if all was well. */
static enum status read_file(struct place *place, const char *name, uint64_t *count, uint64_t *sum)
{
    struct run *run = NULL;
    struct run_identity identity = identity_of(1, 2, 3);
    enum status status = run_open(place->directory, name, &identity, &run, &place->fault);
    if (status != STATUS_OK) return status;
    status = read_all(place, run, count, sum);
    if (status == STATUS_END) assert_int_equal(*count, run_entry_count(run));
    run_close(run);
    return status == STATUS_END ? STATUS_OK : status;
}

static void expect_refused(struct place *place, const char *name, enum status status, const char *message)
{
    uint64_t count, sum;
    assert_int_equal(read_file(place, name, &count, &sum), status);
    if (strstr(place->fault.message, message) == NULL) fail_msg("\"%s\" is not in: %s", message, place->fault.message);
}

/* ---------------------------------------------------------------- whole runs */

/* A value that is made where it will stand. */
struct made_value {
    struct span value;
    bool fails;
};

static bool value_make(void *context, struct bytes *value)
{
    const struct made_value *made = context;
    if (!bytes_reserve(value, made->value.len)) return false;
    bytes_put(value, made->value.at, made->value.len);
    return !made->fails;
}

/* Of all lengths around those at which a length takes a byte more, a block ends, or an entry is a block of its own. */
static void values_that_are_made_in_place_make_the_same_bytes(void **state)
{
    static const size_t lengths[] = {0, 1, 90, 126, 127, 128, 129, 200, 16383, 16384, 16385, 40000, RUN_BLOCK_BYTES - 20, RUN_BLOCK_BYTES, 3 * RUN_BLOCK_BYTES};
    enum { LENGTHS = sizeof lengths / sizeof lengths[0], ENTRIES = 6000 };
    struct place *place = *state;
    struct run_writer *added = begin(place, "a"), *made = begin(place, "b");
    char *value = malloc(3 * RUN_BLOCK_BYTES), key[32];
    uint64_t chance = 3;
    assert_non_null(value);
    for (size_t i = 0; i < 3 * RUN_BLOCK_BYTES; i++) value[i] = (char)(unsigned char)random_next(&chance);
    for (int i = 0; i < ENTRIES; i++) {
        uint64_t drawn = random_next(&chance);
        size_t length = lengths[drawn % 41 == 0 ? (drawn >> 8) % LENGTHS : (drawn >> 8) % 8];
        struct span name = {key, (size_t)snprintf(key, sizeof key, "%c%08d", 'a' + i / 2000, i)};
        struct made_value whole = {{value + (3 * RUN_BLOCK_BYTES - length) / 2, length}, false};
        add(place, added, name, whole.value);
        assert_int_equal(run_writer_make(made, name, value_make, &whole, &place->fault), STATUS_OK);
    }
    finish(place, added);
    finish(place, made);
    free(value);
    size_t size_a, size_b;
    char *a = bytes_load(place->directory, "a", &size_a), *b = bytes_load(place->directory, "b", &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    free(a);
    free(b);
}

static void a_value_that_cannot_be_made_is_said(void **state)
{
    struct place *place = *state;
    struct run_writer *writer = begin(place, "a");
    struct made_value whole = {text("value"), false}, half = {text("val"), true};
    assert_int_equal(run_writer_make(writer, text("b"), value_make, &whole, &place->fault), STATUS_OK);
    assert_int_equal(run_writer_make(writer, text("a"), value_make, &whole, &place->fault), STATUS_FATAL); /* keys descend */
    run_writer_abandon(writer);
    writer = begin(place, "a");
    assert_int_equal(run_writer_make(writer, text("b"), value_make, &half, &place->fault), STATUS_FATAL);
    assert_int_equal(run_writer_make(writer, text("c"), value_make, &whole, &place->fault), STATUS_FATAL); /* given up */
    run_writer_abandon(writer);
}

static void an_empty_run_has_no_entries(void **state)
{
    struct place *place = *state;
    finish(place, begin(place, "a"));
    struct run *run = opened(place, "a");
    assert_int_equal(run_entry_count(run), 0);
    struct run_cursor *cursor = cursor_from(place, run, nothing, nothing);
    expect_end(place, cursor);
    run_cursor_close(cursor);
    cursor = cursor_from(place, run, text("a"), text("b"));
    expect_end(place, cursor);
    run_cursor_close(cursor);
    run_close(run);
}

/* What version 1 wrote is read for ever: the file, byte for byte as run.h draws it. What is sealed was also computed
 * apart from this program, from the standards that seal.h names. */
static void the_bytes_of_a_small_run_are_fixed(void **state)
{
    struct place *place = *state;
    struct run_writer *writer = begin(place, "a");
    add(place, writer, text("ab"), text("1"));
    add(place, writer, text("ac"), nothing);
    struct run_totals totals;
    assert_int_equal(run_writer_finish(writer, &totals, &place->fault), STATUS_OK);
    size_t size = 0;
    char *bytes = bytes_load(place->directory, "a", &size);
    static const char head[] = "\x89"
                               "BTRUN\r\n\1\0\0\0\3\0\0\0";
    static const char fingerprint[] = "\xF1\xEC\xC7\x84\xF3\xDC\xB0\x6A\x79\x53\xBF\x21\x82\xE6\x8B\x5E"
                                      "\x3E\x52\x64\x8B\xF3\xD5\x04\x73\x9D\x75\xF8\x7B\x2E\x39\x82\x86";
    static const char block[] = "\12\0\0\0\12\0\0\0\2\0\0\0\0\0\0\0"
                                "\xB6\x42\x6C\xC7\x2A\x08\x7F\x9E\x98\x82\xB4\xD1\xC2\x8B\x22\x47"
                                "\x80\x80\xE2\x30\x68\xC3\x56\x25\x04\x22";
    static const char index[] = "\x0C\xB9\x3E\xAE\xD7\x93\x63\xDF\xAF\xA8\x32\x34\x18\xD5\xF5\x4D"
                                "\x92\xE3\x7B\x98\x45\x09\xBA\xAF\x06\xDA\x7A\x63\x90\x1A";
    static const char foot[] = "\x8A\0\0\0\0\0\0\0\36\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\12\0\0\0\0\0\0\0";
    static const char bare_block[] = "\0\2\1ab1"
                                     "\1\1\0c";
    static const char bare_index[] = "\2\12\12\2";
    assert_int_equal(size, 88 + 40 + 10 + 30 + 64);
    assert_memory_equal(bytes, head, 16);
    assert_memory_equal(bytes + 16, fingerprint, 32);
    for (size_t i = 48; i < 80; i++) assert_int_equal(bytes[i], 2);
    assert_memory_equal(bytes + 96, block, 42);
    assert_memory_equal(bytes + 138, index, 30);
    assert_memory_equal(bytes + 168, foot, 40);
    assert_memory_equal(bytes + 224, "BTRUNEND", 8);
    assert_int_equal(layout_get(bytes + 80, 8), UINT64_C(0xF5D523C9B7D07AD0));
    assert_int_equal(layout_get(bytes + 88, 8), UINT64_C(0xBF490AE37782C926));
    assert_int_equal(layout_get(bytes + 208, 8), UINT64_C(0x774A32971DA30EF9));
    assert_int_equal(layout_get(bytes + 216, 8), UINT64_C(0x4F09457A60E65EDE));
    struct run_identity identity = identity_of(1, 2, 3);
    run_bare(bytes, size, &identity);
    assert_memory_equal(bytes + 128, bare_block, 10);
    assert_memory_equal(bytes + 154, bare_index, 4);
    assert_memory_equal(bytes + 158, bytes + 88, 8);
    assert_memory_equal(bytes + 166, "ab", 2);
    assert_int_equal(totals.checksum, layout_get(bytes + 216, 8));
    assert_int_equal(totals.entries, 2);
    assert_int_equal(totals.file_bytes, size);
    free(bytes);
}

enum { ENTRY_MAX = 400 };

/* The next of many made-up entries: keys ascend by chance, one in eight stays. */
static void entry_make(struct chance *chance, uint64_t *number, char *key, size_t *key_bytes, char *value,
                       size_t *value_bytes)
{
    if (chance_below(chance, 8) > 0) {
        *number += 1 + chance_below(chance, 1000);
        for (int i = 0; i < 8; i++) key[i] = (char)(unsigned char)(*number >> (56 - 8 * i) & 0xFF);
        *key_bytes = 8 + chance_below(chance, chance_below(chance, 50) == 0 ? 300 : 20);
        for (size_t i = 8; i < *key_bytes; i++) key[i] = (char)(unsigned char)chance_below(chance, 256);
    }
    *value_bytes = chance_below(chance, 5) == 0 ? 0 : chance_below(chance, chance_below(chance, 50) == 0 ? 300 : 60);
    for (size_t i = 0; i < *value_bytes; i++) value[i] = (char)(unsigned char)chance_below(chance, 40);
}

static void many_write(struct place *place, const char *name, uint64_t seed, uint32_t count, bool run_back)
{
    struct chance chance = {seed};
    struct run_writer *writer = run_back ? NULL : begin(place, name);
    struct run *run = run_back ? opened(place, name) : NULL;
    struct run_cursor *cursor = run_back ? cursor_from(place, run, nothing, nothing) : NULL;
    char key[ENTRY_MAX], value[ENTRY_MAX];
    size_t key_bytes = 0, value_bytes = 0;
    uint64_t number = 0;
    for (uint32_t i = 0; i < count; i++) {
        entry_make(&chance, &number, key, &key_bytes, value, &value_bytes);
        if (run_back)
            expect(place, cursor, (struct span){key, key_bytes}, (struct span){value, value_bytes});
        else
            add(place, writer, (struct span){key, key_bytes}, (struct span){value, value_bytes});
    }
    if (!run_back) {
        finish(place, writer);
        return;
    }
    expect_end(place, cursor);
    assert_int_equal(run_entry_count(run), count);
    run_cursor_close(cursor);
    run_close(run);
}

static void a_million_entries_of_any_length_come_back(void **state)
{
    many_write(*state, "a", 77, 1000000, false);
    many_write(*state, "a", 77, 1000000, true);
}

static void the_same_entries_make_the_same_bytes(void **state)
{
    struct place *place = *state;
    many_write(place, "a", 5, 30000, false);
    many_write(place, "b", 5, 30000, false);
    size_t one_bytes = 0, other_bytes = 0;
    char *one = bytes_load(place->directory, "a", &one_bytes), *other = bytes_load(place->directory, "b", &other_bytes);
    assert_true(one_bytes > 3 * RUN_BLOCK_BYTES);
    assert_int_equal(one_bytes, other_bytes);
    assert_memory_equal(one, other, one_bytes);
    free(one);
    free(other);
}

static char *filled(size_t count, uint64_t seed)
{
    char *bytes = malloc(count);
    struct chance chance = {seed};
    for (size_t i = 0; i < count; i++) bytes[i] = seed == 0 ? 'x' : (char)(unsigned char)chance_below(&chance, 256);
    return bytes;
}

static void entries_larger_than_a_block_stand_among_small_ones(void **state)
{
    struct place *place = *state;
    enum { LARGE = 5000000 };
    char *random = filled(LARGE, 9), *same = filled(LARGE, 0), *key = filled(RUN_KEY_BYTES_MAX, 0);
    for (int pass = 0; pass < 2; pass++) {
        struct run_writer *writer = pass == 0 ? begin(place, "a") : NULL;
        struct run *run = pass == 1 ? opened(place, "a") : NULL;
        struct run_cursor *cursor = pass == 1 ? cursor_from(place, run, nothing, nothing) : NULL;
        struct span entries[][2] = {{nothing, nothing},
                                    {text("a"), {random, LARGE}},
                                    {text("b"), text("small")},
                                    {text("b"), {same, LARGE}},
                                    {text("c"), {random, RUN_BLOCK_BYTES - 4}},
                                    {text("d"), {random, RUN_BLOCK_BYTES - 6}},
                                    {text("e"), nothing},
                                    {{key, 300}, {random, 3}},
                                    {{key, RUN_KEY_BYTES_MAX - 1}, text("1")},
                                    {{key, RUN_KEY_BYTES_MAX}, {random, 150000}},
                                    {{key, RUN_KEY_BYTES_MAX}, nothing},
                                    {text("y"), nothing}};
        for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
            if (pass == 0)
                add(place, writer, entries[i][0], entries[i][1]);
            else
                expect(place, cursor, entries[i][0], entries[i][1]);
        }
        if (pass == 0) {
            finish(place, writer);
        } else {
            expect_end(place, cursor);
            run_cursor_close(cursor);
            run_close(run);
        }
    }
    free(random);
    free(same);
    free(key);
}

/* What does not pack is tried now and then only, and what packs again is packed again. */
static void blocks_that_do_not_pack_stand_among_blocks_that_do(void **state)
{
    struct place *place = *state;
    enum { NOISE = 40, CALM = 60, ONE = RUN_BLOCK_BYTES - 64 };
    char *noise = filled(ONE, 5), *calm = calloc(1, ONE);
    struct run_writer *writer = begin(place, "a");
    for (uint32_t i = 0; i < NOISE + CALM; i++) {
        char key[4] = {(char)(i >> 24), (char)(i >> 16), (char)(i >> 8), (char)i};
        noise[i] ^= (char)i;
        add(place, writer, (struct span){key, sizeof key}, (struct span){i < NOISE ? noise : calm, ONE});
    }
    struct run_totals totals;
    assert_int_equal(run_writer_finish(writer, &totals, &place->fault), STATUS_OK);
    assert_int_equal(totals.blocks, NOISE + CALM);
    /* After the last that did not pack, at most 15 are stored as they are. */
    assert_true(totals.file_bytes > (uint64_t)NOISE * ONE && totals.file_bytes < (uint64_t)(NOISE + 16) * RUN_BLOCK_BYTES + CALM * 1000);
    struct run *run = opened(place, "a");
    struct run_cursor *cursor = cursor_from(place, run, nothing, nothing);
    for (uint32_t i = 0; i < NOISE + CALM; i++) noise[i] ^= (char)i; /* as it was */
    for (uint32_t i = 0; i < NOISE + CALM; i++) {
        char key[4] = {(char)(i >> 24), (char)(i >> 16), (char)(i >> 8), (char)i};
        noise[i] ^= (char)i;
        expect(place, cursor, (struct span){key, sizeof key}, (struct span){i < NOISE ? noise : calm, ONE});
    }
    expect_end(place, cursor);
    run_cursor_close(cursor);
    run_close(run);
    free(noise);
    free(calm);
}

static void equal_keys_stay_in_their_order_beyond_a_block(void **state)
{
    struct place *place = *state;
    enum { COUNT = 60000 };
    struct run_writer *writer = begin(place, "a");
    for (uint32_t i = 0; i < COUNT; i++) add(place, writer, text("same"), (struct span){(const char *)&i, sizeof i});
    finish(place, writer);
    struct run *run = opened(place, "a");
    assert_true(run_totals(run)->blocks > 2);
    struct run_cursor *cursor = cursor_from(place, run, text("same"), text("same\1"));
    for (uint32_t i = 0; i < COUNT; i++) expect(place, cursor, text("same"), (struct span){(const char *)&i, sizeof i});
    expect_end(place, cursor);
    run_cursor_close(cursor);
    run_close(run);
}

/* ---------------------------------------------------------------- what a writer refuses */

static void expect_not_written(struct place *place, struct span before, struct span key, size_t value_bytes,
                               const char *message)
{
    struct run_writer *writer = begin(place, "a");
    add(place, writer, before, nothing);
    assert_int_equal(run_writer_add(writer, key, (struct span){"", value_bytes}, &place->fault), STATUS_FATAL);
    assert_non_null(strstr(place->fault.message, message));
    assert_non_null(strstr(place->fault.message, "a: "));
    assert_int_equal(run_writer_add(writer, text("z"), nothing, &place->fault), STATUS_FATAL);
    assert_int_equal(run_writer_finish(writer, NULL, &place->fault), STATUS_FATAL);
    assert_int_equal(faccessat(place->directory, "a", F_OK, 0), -1);
}

static void what_no_reader_could_read_is_not_written(void **state)
{
    static char long_key[RUN_KEY_BYTES_MAX + 1];
    expect_not_written(*state, text("b"), text("a"), 0, "descend");
    expect_not_written(*state, text("ab"), text("a"), 0, "descend");
    expect_not_written(*state, text("\xC3"), text("b"), 0, "descend");
    expect_not_written(*state, text("a"), nothing, 0, "descend");
    expect_not_written(*state, nothing, (struct span){long_key, sizeof long_key}, 0, "key is too long");
    expect_not_written(*state, nothing, text("a"), (size_t)RUN_VALUE_BYTES_MAX + 1, "value is too long");
}

static void a_run_given_up_leaves_what_was_there(void **state)
{
    struct place *place = *state;
    many_write(place, "a", 3, 10, false);
    struct run_writer *writer = begin(place, "a");
    add(place, writer, text("x"), text("y"));
    run_writer_abandon(writer);
    run_writer_abandon(NULL);
    many_write(place, "a", 3, 10, true);
}

static void a_full_disk_is_said_and_leaves_what_was_there(void **state)
{
    struct place *place = *state;
    many_write(place, "a", 3, 10, false);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    struct rlimit small = {100000, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    char *value = filled(3000000, 4);
    for (uint32_t bytes = 50000; bytes <= 3000000; bytes += 2950000) {
        struct run_writer *writer = begin(place, "a");
        setrlimit(RLIMIT_FSIZE, &small);
        enum status status = run_writer_add(writer, text("k"), (struct span){value, bytes}, &place->fault);
        if (status == STATUS_OK)
            status = run_writer_add(writer, text("l"), (struct span){value + 2900000, 60000}, &place->fault);
        if (status == STATUS_OK)
            status = run_writer_finish(writer, NULL, &place->fault);
        else
            run_writer_abandon(writer);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(status, STATUS_FATAL);
        assert_non_null(strstr(place->fault.message, strerror(EFBIG)));
        many_write(place, "a", 3, 10, true);
    }
    free(value);
}

static void a_name_too_long_is_said(void **state)
{
    struct place *place = *state;
    char name[100];
    memset(name, 'n', sizeof name);
    name[99] = '\0';
    struct run_identity identity = identity_of(1, 2, 3);
    struct run_writer *writer = NULL;
    assert_int_equal(run_writer_open(place->directory, name, &identity, &writer, &place->fault), STATUS_FATAL);
    assert_null(writer);
    assert_int_equal(run_writer_open(-1, "a", &identity, &writer, &place->fault), STATUS_FATAL);
    assert_non_null(strstr(place->fault.message, strerror(EBADF)));
}

/* ---------------------------------------------------------------- damage */

/* Four blocks in few bytes: what repeats packs well. */
static char *small_run(struct place *place, size_t *size)
{
    char *same = filled(2 * RUN_BLOCK_BYTES, 0);
    struct run_writer *writer = begin(place, "a");
    add(place, writer, text("one"), text("first value"));
    add(place, writer, text("one"), text("second value"));
    add(place, writer, text("three"), (struct span){same, RUN_BLOCK_BYTES - 20});
    add(place, writer, text("two"), (struct span){same, RUN_BLOCK_BYTES - 20});
    add(place, writer, text("uvw"), (struct span){same, 2 * RUN_BLOCK_BYTES});
    add(place, writer, text("z"), nothing);
    finish(place, writer);
    free(same);
    char *bytes = bytes_load(place->directory, "a", size);
    assert_true(*size > 400 && *size < 800);
    return bytes;
}

static void every_flipped_byte_is_noticed(void **state)
{
    struct place *place = *state;
    size_t size = 0;
    char *bytes = small_run(place, &size);
    uint64_t count = 0, sum = 0;
    assert_int_equal(read_file(place, "a", &count, &sum), STATUS_OK);
    assert_int_equal(count, 6);
    static const unsigned char flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
    for (size_t at = 0; at < size; at++) {
        for (size_t i = 0; i < sizeof flips; i++) {
            bytes[at] = (char)(bytes[at] ^ (char)flips[i]);
            assert_true(bytes_store(place->directory, "a", bytes, size));
            uint64_t got, got_sum;
            if (read_file(place, "a", &got, &got_sum) != STATUS_DAMAGED)
                fail_msg("byte %zu of %zu, bits %d", at, size, flips[i]);
            assert_memory_equal(place->fault.message, "a: ", 3);
            bytes[at] = (char)(bytes[at] ^ (char)flips[i]);
        }
    }
    free(bytes);
}

static void every_cut_and_every_addition_is_noticed(void **state)
{
    struct place *place = *state;
    size_t size = 0;
    char *bytes = small_run(place, &size);
    for (size_t kept = 0; kept < size; kept++) {
        assert_true(bytes_store(place->directory, "a", bytes, kept));
        expect_refused(place, "a", STATUS_DAMAGED, "a: ");
    }
    char *more = calloc(1, size + FOOTER_BYTES);
    memcpy(more, bytes, size);
    for (size_t added = 1; added <= FOOTER_BYTES; added++) {
        memcpy(more + size, bytes + size - added, added);
        assert_true(bytes_store(place->directory, "a", more, size + added));
        expect_refused(place, "a", STATUS_DAMAGED, "a: ");
    }
    free(more);
    free(bytes);
}

/* Where a block lies: offset and whole length. */
static size_t block_at(const char *bytes, size_t number, size_t *count)
{
    size_t offset = HEADER_BYTES;
    for (size_t i = 0;; i++) {
        *count = BLOCK_HEADER_BYTES + (size_t)layout_get(bytes + offset + BLOCK_STORED, 4);
        if (i == number) return offset;
        offset += *count;
    }
}

static void swapped_repeated_and_foreign_blocks_are_noticed(void **state)
{
    struct place *place = *state;
    char value[60000];
    for (int run = 0; run < 2; run++) {
        struct run_writer *writer = begin(place, names[run]);
        struct chance chance = {21 + (uint64_t)run};
        for (int i = 0; i < 8; i++) {
            for (size_t k = 0; k < sizeof value; k++) value[k] = (char)(unsigned char)chance_below(&chance, 256);
            char key[2] = {(char)('a' + i), '\0'};
            add(place, writer, text(key), (struct span){value, sizeof value});
        }
        finish(place, writer);
    }
    size_t size = 0, other_size = 0, count = 0, count2 = 0;
    char *bytes = bytes_load(place->directory, "a", &size), *foreign = bytes_load(place->directory, "b", &other_size);
    assert_int_equal(size, other_size);
    size_t second = block_at(bytes, 1, &count), third = block_at(bytes, 2, &count2);
    assert_int_equal(count, count2);
    char *kept = malloc(size);
    memcpy(kept, bytes, size);
    memcpy(bytes + second, kept + third, count);
    assert_true(bytes_store(place->directory, "c", bytes, size));
    expect_refused(place, "c", STATUS_DAMAGED, "c: block 2 of 4: ");
    memcpy(bytes + third, kept + second, count);
    assert_true(bytes_store(place->directory, "c", bytes, size));
    expect_refused(place, "c", STATUS_DAMAGED, "c: block 2 of 4: ");
    memcpy(bytes, kept, size);
    memcpy(bytes + third, foreign + third, count);
    assert_true(bytes_store(place->directory, "c", bytes, size));
    expect_refused(place, "c", STATUS_DAMAGED, "c: block 3 of 4: ");
    /* Swapped in the index as well: the number under each checksum tells. */
    memcpy(bytes, kept, size);
    memcpy(bytes + second, kept + third, count);
    memcpy(bytes + second + BLOCK_HEADER_BYTES, kept + third + BLOCK_HEADER_BYTES, count - BLOCK_HEADER_BYTES);
    assert_true(run_checksum(bytes + second + BLOCK_RAW, count - BLOCK_RAW, 1) != layout_get(bytes + second, 8));
    free(kept);
    free(bytes);
    free(foreign);
}

static void a_file_that_shrinks_while_it_is_read_is_damage(void **state)
{
    struct place *place = *state;
    many_write(place, "a", 8, 30000, false);
    struct run *run = opened(place, "a");
    struct run_cursor *cursor = cursor_from(place, run, nothing, nothing);
    struct span key, value;
    assert_int_equal(run_cursor_next(cursor, &key, &value, &place->fault), STATUS_OK);
    int descriptor = openat(place->directory, "a", O_WRONLY);
    assert_int_equal(ftruncate(descriptor, RUN_BLOCK_BYTES), 0);
    close(descriptor);
    enum status status = STATUS_OK;
    while (status == STATUS_OK) status = run_cursor_next(cursor, &key, &value, &place->fault);
    assert_int_equal(status, STATUS_DAMAGED);
    assert_non_null(strstr(place->fault.message, "shorter"));
    memset(&place->fault, 0, sizeof place->fault);
    assert_int_equal(run_cursor_next(cursor, &key, &value, &place->fault), STATUS_DAMAGED);
    assert_non_null(strstr(place->fault.message, "shorter"));
    run_cursor_close(cursor);
    run_close(run);
}

/* With right checksums and seals, and wrong contents. */
static void forged(struct place *place, size_t at, size_t bytes_count, uint64_t value, const char *message)
{
    size_t size = 0;
    struct run_writer *writer = begin(place, "a");
    add(place, writer, text("ab"), text("1"));
    add(place, writer, text("ac"), nothing);
    finish(place, writer);
    char *bytes = bytes_load(place->directory, "a", &size);
    struct run_identity identity = identity_of(1, 2, 3);
    run_bare(bytes, size, &identity);
    layout_put(bytes + at, value, bytes_count);
    run_clothe(bytes, size, &identity);
    assert_true(bytes_store(place->directory, "a", bytes, size));
    expect_refused(place, "a", STATUS_DAMAGED, message);
    free(bytes);
}

static void what_contradicts_itself_is_damage_whatever_its_checksums_say(void **state)
{
    struct place *place = *state;
    enum { BLOCK = 88, ENTRIES = BLOCK + 40, INDEX = 138 + 16, FOOTER = INDEX + 14 };
    forged(place, 8, 4, 0, "never was");
    forged(place, BLOCK + BLOCK_RAW, 4, 11, "not what the index says");
    forged(place, BLOCK + BLOCK_ENTRIES, 4, 1, "not what the index says");
    forged(place, BLOCK + BLOCK_METHOD, 4, 1, "does not know");
    forged(place, BLOCK + BLOCK_METHOD, 4, 7, "does not know");
    forged(place, ENTRIES, 1, 1, "block 1 of 1: its entries contradict");     /* shares with nothing */
    forged(place, ENTRIES + 1, 1, 9, "block 1 of 1: its entries contradict"); /* beyond the block */
    forged(place, ENTRIES + 2, 1, 0x80, "block 1 of 1: its entries contradict");
    forged(place, ENTRIES + 2, 1, 0x7F, "block 1 of 1: its entries contradict");
    forged(place, ENTRIES + 3, 1, 'b', "block 1 of 1: its entries contradict"); /* not the first key */
    forged(place, ENTRIES + 6, 1, 3, "block 1 of 1: its entries contradict");   /* more than there was */
    forged(place, ENTRIES + 9, 1, 'b', "block 1 of 1: its entries contradict"); /* shares more than it says */
    forged(place, ENTRIES + 9, 1, 'a', "block 1 of 1: its entries contradict"); /* descends */
    forged(place, INDEX, 1, 3, "index contradicts");
    forged(place, INDEX + 1, 1, 9, "index contradicts");
    forged(place, INDEX + 2, 1, 9, "index contradicts");
    forged(place, INDEX + 3, 1, 0, "index contradicts");
    forged(place, INDEX + 3, 1, 3, "index contradicts");
    forged(place, FOOTER + FOOTER_INDEX_OFFSET, 8, 137, "another length");
    forged(place, FOOTER + FOOTER_INDEX_BYTES, 8, 15, "another length");
    forged(place, FOOTER + FOOTER_INDEX_BYTES, 8, UINT64_MAX, "another length");
    forged(place, FOOTER + FOOTER_BLOCKS, 8, 2, "more blocks");
    forged(place, FOOTER + FOOTER_BLOCKS, 8, UINT64_MAX / 2, "more blocks");
    forged(place, FOOTER + FOOTER_BLOCKS, 8, 0, "index contradicts");
    forged(place, FOOTER + FOOTER_ENTRIES, 8, 3, "index contradicts");
    forged(place, FOOTER + FOOTER_RAW, 8, 11, "index contradicts");
}

/* The first block is stored as it is, the second packed. */
static void blocks_that_contradict_one_another_are_damage(void **state)
{
    struct place *place = *state;
    enum {
        SECOND_KEY = HEADER_BYTES + BLOCK_HEADER_BYTES + 8,
        PACKED = HEADER_BYTES + BLOCK_HEADER_BYTES + 10 + BLOCK_HEADER_BYTES
    };
    char *same = filled(RUN_BLOCK_BYTES, 0);
    struct run_writer *writer = begin(place, "a");
    add(place, writer, text("a"), text("1"));
    add(place, writer, text("b"), text("2"));
    add(place, writer, text("c"), (struct span){same, RUN_BLOCK_BYTES - 10});
    finish(place, writer);
    size_t size = 0;
    char *bytes = bytes_load(place->directory, "a", &size);
    struct run_identity identity = identity_of(1, 2, 3);
    run_bare(bytes, size, &identity);
    assert_int_equal(bytes[SECOND_KEY], 'b');
    bytes[SECOND_KEY] = 'd';
    run_clothe(bytes, size, &identity);
    assert_true(bytes_store(place->directory, "a", bytes, size));
    expect_refused(place, "a", STATUS_DAMAGED, "a: block 2 of 2: its keys begin before");
    run_bare(bytes, size, &identity);
    bytes[SECOND_KEY] = 'c';
    run_clothe(bytes, size, &identity);
    assert_true(bytes_store(place->directory, "a", bytes, size));
    uint64_t count = 0, sum = 0;
    assert_int_equal(read_file(place, "a", &count, &sum), STATUS_OK);
    assert_int_equal(count, 3);
    run_bare(bytes, size, &identity);
    bytes[PACKED] ^= 1; /* zstd's magic */
    run_clothe(bytes, size, &identity);
    assert_true(bytes_store(place->directory, "a", bytes, size));
    expect_refused(place, "a", STATUS_DAMAGED, "a: block 2 of 2: what is packed in it cannot be undone");
    free(bytes);
    free(same);
}

static void what_is_no_file_is_not_read(void **state)
{
    struct place *place = *state;
    expect_refused(place, "a", STATUS_DAMAGED, "a: cannot be opened: ");
    assert_int_equal(mkfifoat(place->directory, "a", 0600), 0);
    expect_refused(place, "a", STATUS_DAMAGED, "no regular file");
    many_write(place, "b", 1, 3, false);
    assert_int_equal(symlinkat("b", place->directory, "c"), 0);
    expect_refused(place, "c", STATUS_DAMAGED, "c: cannot be opened: ");
    assert_true(bytes_store(place->directory, "d", "", 0));
    expect_refused(place, "d", STATUS_DAMAGED, "too short");
    expect_refused(place, "no\nsuch", STATUS_DAMAGED, "no\\nsuch: cannot");
}

/* ---------------------------------------------------------------- identity */

static void expect_foreign(struct place *place, struct run_identity expected, const char *message)
{
    struct run *run = NULL;
    assert_int_equal(run_open(place->directory, "a", &expected, &run, &place->fault), STATUS_USAGE);
    assert_null(run);
    assert_string_equal(place->fault.message, message);
}

static void a_run_of_another_case_is_refused_with_the_reason(void **state)
{
    struct place *place = *state;
    size_t size = 0;
    char *bytes = small_run(place, &size);
    struct run_identity right = identity_of(1, 2, 3);
    struct run *run = NULL;
    assert_int_equal(run_open(place->directory, "a", &right, &run, &place->fault), STATUS_OK);
    assert_memory_equal(run_identity(run)->key, right.key, RUN_CASE_KEY_BYTES);
    assert_memory_equal(run_identity(run)->key_fingerprint, right.key_fingerprint, RUN_DIGEST_BYTES);
    assert_memory_equal(run_identity(run)->detectors_digest, right.detectors_digest, RUN_DIGEST_BYTES);
    assert_int_equal(run_identity(run)->content, 3);
    run_close(run);
    run_close(NULL);
    expect_foreign(place, identity_of(9, 2, 3), "a: made with another case key");
    expect_foreign(place, identity_of(1, 9, 3), "a: made with other detector tables, or by another version");
    expect_foreign(place, identity_of(1, 2, 9), "a: holds content 3 where 9 is wanted");
    layout_put(bytes + HEADER_VERSION, 3, 4);
    run_mend(bytes, size);
    assert_true(bytes_store(place->directory, "a", bytes, size));
    expect_foreign(place, right, "a: a run of a newer format (3; this program reads 1)");
    free(bytes);
}

/* ---------------------------------------------------------------- secrecy */

enum { SECRETS = 40, SECRET_BYTES = 6 };

/* Identifiers as they are written, and as they are kept: none of them anybody's. */
static const char *const canonical[] = {"WVWZZZ1KZ6W000017", "490154203237518", "02:00:5E:10:00:17",
                                        "8949123456789012345"};
static const uint8_t kinds[] = {KIND_VIN, KIND_IMEI, KIND_MAC, KIND_ICCID};

static struct span packed_make(char packed[IDENTIFIER_SIZE], int which)
{
    uint8_t packing = 0;
    size_t length = strlen(canonical[which]);
    length = identifier_pack(kinds[which], canonical[which], length, packed, &packing);
    assert_true(packing != PACKING_TEXT && length >= SECRET_BYTES);
    return (struct span){packed, length};
}

/* Keys and values with all of them, in blocks that do not pack and in blocks that do. */
static void secrets_write(struct place *place, const char *name, bool random)
{
    struct run_writer *writer = begin(place, name);
    char *value = filled(2 * RUN_BLOCK_BYTES, random ? 5 : 0), key[64], packed[IDENTIFIER_SIZE];
    for (int i = 0; i < SECRETS; i++) {
        const char *identifier = canonical[i % 4];
        struct span form = packed_make(packed, i % 4);
        memcpy(value + 20, form.at, form.len);
        memcpy(value + 60, identifier, strlen(identifier));
        snprintf(key, sizeof key, "%02d %s", i, identifier);
        add(place, writer, text(key), (struct span){value, i % 7 == 0 ? 2 * RUN_BLOCK_BYTES : 20000});
    }
    finish(place, writer);
    free(value);
}

/* How many parts of identifiers, written or packed, occur. */
static size_t secrets_found(const char *bytes, size_t size)
{
    size_t found = 0;
    char packed[IDENTIFIER_SIZE];
    for (int i = 0; i < 4; i++) {
        struct span forms[] = {text(canonical[i]), packed_make(packed, i)};
        for (size_t k = 0; k < 2; k++)
            for (size_t at = 0; at + SECRET_BYTES <= forms[k].len; at++)
                found += memmem(bytes, size, forms[k].at + at, SECRET_BYTES) != NULL;
    }
    return found;
}

static void nothing_that_went_in_stands_in_the_file(void **state)
{
    struct place *place = *state;
    struct run_identity identity = identity_of(1, 2, 3);
    for (int random = 0; random < 2; random++) {
        secrets_write(place, "a", random != 0);
        size_t size = 0;
        char *bytes = bytes_load(place->directory, "a", &size);
        assert_int_equal(secrets_found(bytes, size), 0);
        assert_null(memmem(bytes, size, identity.key, 8));
        assert_null(memmem(bytes, size, "xxxxxxxx", 8));
        run_bare(bytes, size, &identity);
        assert_true(secrets_found(bytes, size) > 20); /* the search does find */
        free(bytes);
    }
}

static void who_has_another_key_reads_nothing(void **state)
{
    struct place *place = *state;
    struct run_identity other = identity_of(9, 2, 3), right = identity_of(1, 2, 3);
    size_t size = 0, other_size = 0;
    free(small_run(place, &size));
    expect_foreign(place, other, "a: made with another case key");
    /* The fingerprint as it ought to be, and the right one with another key. */
    char *bytes = bytes_load(place->directory, "a", &size);
    memcpy(bytes + HEADER_KEY, other.key_fingerprint, RUN_DIGEST_BYTES);
    run_mend(bytes, size);
    assert_true(bytes_store(place->directory, "b", bytes, size));
    struct run *run = NULL;
    assert_int_equal(run_open(place->directory, "b", &other, &run, &place->fault), STATUS_DAMAGED);
    assert_string_equal(place->fault.message, "b: its index was not made with the case key");
    memcpy(other.key_fingerprint, right.key_fingerprint, RUN_DIGEST_BYTES);
    assert_int_equal(run_open(place->directory, "a", &other, &run, &place->fault), STATUS_DAMAGED);
    assert_string_equal(place->fault.message, "a: its index was not made with the case key");
    free(bytes);
    /* Made by who has no key, to the last checksum. */
    bytes = bytes_load(place->directory, "a", &other_size);
    run_bare(bytes, size, &right);
    run_clothe(bytes, size, &other);
    assert_true(bytes_store(place->directory, "c", bytes, size));
    expect_refused(place, "c", STATUS_DAMAGED, "c: its index was not made with the case key");
    free(bytes);
}

/* Its index is sealed anew, its blocks stay what they are. */
static void index_renew(char *bytes, size_t size, size_t sealed_blocks_of, const char *sealed)
{
    struct run_identity identity = identity_of(1, 2, 3);
    char *index = NULL, room[INDEX_CONTEXT_BYTES];
    size_t count = 0;
    struct seal *seal = run_seal_open(identity.key);
    run_bare(bytes, size, &identity);
    assert_true(index_find(bytes, size, &index, &count));
    struct block_walk walk = block_walk_of(bytes, size, index, count);
    while (block_walk_next(&walk)) {
        size_t length = 0, from = block_at(sealed, walk.number == 2 ? sealed_blocks_of : walk.number - 1, &length);
        assert_int_equal(length, BLOCK_HEADER_BYTES + walk.stored_bytes);
        memcpy(walk.block, sealed + from, length);
        uint64_t right = run_checksum(walk.block + BLOCK_RAW, length - BLOCK_RAW, walk.number - 1);
        layout_put(walk.block + BLOCK_CHECKSUM, right, 8);
        layout_put(walk.checksum, right, 8);
    }
    struct span context = run_index_context(room, bytes, bytes + size - FOOTER_BYTES);
    assert_true(seal_lock(seal, context, index + RUN_TAG_BYTES, count - RUN_TAG_BYTES, (uint8_t *)index));
    seal_close(seal);
    run_mend(bytes, size);
}

static void a_sealed_block_holds_only_in_its_place_and_content(void **state)
{
    struct place *place = *state;
    char *value = filled(60000, 3);
    for (int i = 0; i < 2; i++) {
        struct run_identity identity = identity_of(1, 2, i == 0 ? 3 : 4);
        struct run_writer *writer = NULL;
        assert_int_equal(run_writer_open(place->directory, names[i], &identity, &writer, &place->fault), STATUS_OK);
        for (int k = 0; k < 8; k++) add(place, writer, text("same"), (struct span){value, 60000});
        finish(place, writer);
    }
    size_t size = 0;
    char *kept = bytes_load(place->directory, "a", &size), *bytes = bytes_load(place->directory, "a", &size);
    char *other = bytes_load(place->directory, "b", &size);
    uint64_t count = 0, sum = 0;
    index_renew(bytes, size, 1, kept);
    assert_memory_equal(bytes, kept, size);
    index_renew(bytes, size, 2, kept); /* the third for the second */
    assert_true(bytes_store(place->directory, "c", bytes, size));
    expect_refused(place, "c", STATUS_DAMAGED, "c: block 2 of 4: was not made with the case key");
    memcpy(bytes, kept, size);
    index_renew(bytes, size, 1, other); /* all from the other */
    assert_true(bytes_store(place->directory, "c", bytes, size));
    expect_refused(place, "c", STATUS_DAMAGED, "c: block 1 of 4: was not made with the case key");
    memcpy(bytes, other, size);
    layout_put(bytes + HEADER_CONTENT, 3, 4);
    run_mend(bytes, size);
    assert_true(bytes_store(place->directory, "c", bytes, size));
    expect_refused(place, "c", STATUS_DAMAGED, "c: its index was not made with the case key");
    assert_int_equal(read_file(place, "a", &count, &sum), STATUS_OK);
    assert_int_equal(count, 8);
    free(kept);
    free(other);
    free(bytes);
    free(value);
}

/* ---------------------------------------------------------------- ranges and parts */

static void check_range(struct place *place, struct run *run, char (*keys)[4], size_t count, const char *from,
                        const char *to)
{
    struct run_cursor *cursor = cursor_from(place, run, text(from), text(to));
    struct span key, value;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i], from) < 0 || (to[0] != '\0' && strcmp(keys[i], to) >= 0)) continue;
        assert_int_equal(run_cursor_next(cursor, &key, &value, &place->fault), STATUS_OK);
        assert_int_equal(key.len, strlen(keys[i]));
        assert_memory_equal(key.at, keys[i], key.len);
        assert_int_equal(layout_get(value.at, 4), i);
    }
    expect_end(place, cursor);
    run_cursor_close(cursor);
}

/* Keys of one to three letters of a to c, up to four times each, about five to a block. */
static void a_range_has_what_lies_in_it_and_nothing_else(void **state)
{
    struct place *place = *state;
    static const char *const bounds[] = {"",   "a",   "aa", "aaa", "aab", "ab",  "abc", "ac", "b",   "baa",
                                         "bb", "bbb", "c",  "ca",  "cc",  "ccc", "cd",  "d",  "bcd", "\1"};
    char keys[200][4], *value = filled(RUN_BLOCK_BYTES, 0);
    size_t count = 0;
    struct chance chance = {6};
    struct run_writer *writer = begin(place, "a");
    for (int a = 'a'; a <= 'c'; a++)
        for (int b = 'a' - 1; b <= 'c'; b++)
            for (int c = 'a' - 1; c <= 'c'; c++)
                for (uint32_t times = b < 'a' && c >= 'a' ? 0 : chance_below(&chance, 5); times > 0; times--) {
                    char key[4] = {(char)a, b < 'a' ? '\0' : (char)b, c < 'a' ? '\0' : (char)c, '\0'};
                    memcpy(keys[count], key, 4);
                    layout_put(value, count++, 4);
                    add(place, writer, text(key), (struct span){value, RUN_BLOCK_BYTES / 5});
                }
    finish(place, writer);
    struct run *run = opened(place, "a");
    assert_true(run_totals(run)->blocks >= 10);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        for (size_t k = 0; k < sizeof bounds / sizeof bounds[0]; k++)
            check_range(place, run, keys, count, bounds[i], bounds[k]);
    run_close(run);
    free(value);
}

enum { LONG_COUNT = 40, LONG_KEY = RUN_INDEX_KEY_BYTES_MAX + 8 };

/* Keys that are equal as far as the index holds them, and some that end there or just before. */
static struct span long_key(char *key, uint32_t number)
{
    memset(key, 'k', LONG_KEY);
    if (number == 0) return (struct span){key, RUN_INDEX_KEY_BYTES_MAX - 1};
    if (number <= 2) return (struct span){key, RUN_INDEX_KEY_BYTES_MAX};
    if (number == LONG_COUNT) return (struct span){"l", 1};
    key[RUN_INDEX_KEY_BYTES_MAX] = (char)('a' + number / 3);
    return (struct span){key, RUN_INDEX_KEY_BYTES_MAX + 1 + number % 3 * 3};
}

static void check_long_range(struct place *place, struct run *run, struct span from, struct span to)
{
    struct run_cursor *cursor = cursor_from(place, run, from, to);
    struct span found, value;
    uint32_t numbers[LONG_COUNT];
    size_t count = 0, wanted = 0;
    char key[LONG_KEY];
    while (run_cursor_next(cursor, &found, &value, &place->fault) == STATUS_OK)
        numbers[count++] = (uint32_t)layout_get(value.at, 4);
    run_cursor_close(cursor);
    for (uint32_t i = 0; i < LONG_COUNT; i++) {
        struct span one = long_key(key, i);
        if (run_key_compare(one, from) < 0 || (to.len > 0 && run_key_compare(one, to) >= 0)) continue;
        assert_true(wanted < count);
        wanted++;
    }
    assert_int_equal(count, wanted);
    for (size_t i = 1; i < count; i++) assert_int_equal(numbers[i], numbers[i - 1] + 1);
}

static void ranges_hold_where_the_index_cuts_keys(void **state)
{
    struct place *place = *state;
    char one[LONG_KEY], other[LONG_KEY], *value = filled(RUN_BLOCK_BYTES, 0);
    struct run_writer *writer = begin(place, "a");
    for (uint32_t i = 0; i < LONG_COUNT; i++) {
        layout_put(value, i, 4);
        add(place, writer, long_key(one, i), (struct span){value, 50000 + i * 100 % 7 * 9000});
    }
    finish(place, writer);
    struct run *run = opened(place, "a");
    assert_true(run_totals(run)->blocks > 12);
    for (uint32_t i = 0; i <= LONG_COUNT; i++) {
        check_long_range(place, run, nothing, long_key(one, i));
        for (uint32_t k = i; k <= LONG_COUNT; k++)
            check_long_range(place, run, long_key(one, i), long_key(other, k));
        check_long_range(place, run, long_key(one, i), nothing);
    }
    struct span keys[7];
    size_t count = 0;
    assert_int_equal(run_split((const struct run *const *)&run, 1, 8, keys, &count, &place->fault), STATUS_OK);
    for (size_t i = 0; i < count; i++) assert_true(keys[i].len <= RUN_INDEX_KEY_BYTES_MAX);
    run_close(run);
    free(value);
}

static void check_parts(struct place *place, struct run **runs, size_t parts, uint64_t entries, uint64_t sums[3])
{
    struct span keys[64];
    size_t count = 0;
    assert_int_equal(run_split((const struct run *const *)runs, 3, parts, keys, &count, &place->fault), STATUS_OK);
    assert_true(count + 1 <= parts);
    if (parts <= 20) assert_int_equal(count + 1, parts);
    uint64_t seen = 0, largest = 0, again[3] = {0};
    for (size_t part = 0; part <= count; part++) {
        uint64_t in_part = 0;
        for (size_t i = 0; i < 3; i++) {
            struct run_cursor *cursor =
                cursor_from(place, runs[i], part > 0 ? keys[part - 1] : nothing, part < count ? keys[part] : nothing);
            struct span key, value;
            while (run_cursor_next(cursor, &key, &value, &place->fault) == STATUS_OK) {
                again[i] = run_checksum(value.at, value.len, run_checksum(key.at, key.len, again[i]));
                in_part++;
            }
            run_cursor_close(cursor);
        }
        assert_true(in_part > 0);
        seen += in_part;
        largest = in_part > largest ? in_part : largest;
    }
    assert_int_equal(seen, entries);
    assert_memory_equal(again, sums, sizeof again);
    if (parts <= 4) assert_true(largest * parts < entries * 3 / 2);
}

static void parts_cover_everything_once_and_are_about_equal(void **state)
{
    struct place *place = *state;
    struct run *runs[3];
    uint64_t entries = 0, sums[3];
    for (size_t i = 0; i < 3; i++) {
        many_write(place, names[i], 11 + i, 100000, false);
        runs[i] = opened(place, names[i]);
        uint64_t count = 0;
        assert_int_equal(read_all(place, runs[i], &count, &sums[i]), STATUS_END);
        entries += count;
    }
    for (size_t parts = 1; parts <= 64; parts++)
        if (parts < 9 || parts % 9 == 0) check_parts(place, runs, parts, entries, sums);
    size_t count = 9;
    struct span keys[3];
    assert_int_equal(run_split(NULL, 0, 4, keys, &count, &place->fault), STATUS_OK);
    assert_int_equal(count, 0);
    for (size_t i = 0; i < 3; i++) run_close(runs[i]);
}

static void one_key_alone_cannot_be_divided(void **state)
{
    struct place *place = *state;
    struct run_writer *writer = begin(place, "a");
    for (int i = 0; i < 100000; i++) add(place, writer, text("same"), text("value"));
    finish(place, writer);
    struct run *run = opened(place, "a");
    struct span keys[7];
    size_t count = 9;
    assert_int_equal(run_split((const struct run *const *)&run, 1, 8, keys, &count, &place->fault), STATUS_OK);
    assert_int_equal(count, 0);
    run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_run_has_no_entries),
        TEST(values_that_are_made_in_place_make_the_same_bytes),
        TEST(a_value_that_cannot_be_made_is_said),
        TEST(the_bytes_of_a_small_run_are_fixed),
        TEST(a_million_entries_of_any_length_come_back),
        TEST(the_same_entries_make_the_same_bytes),
        TEST(entries_larger_than_a_block_stand_among_small_ones),
        TEST(blocks_that_do_not_pack_stand_among_blocks_that_do),
        TEST(equal_keys_stay_in_their_order_beyond_a_block),
        TEST(what_no_reader_could_read_is_not_written),
        TEST(a_run_given_up_leaves_what_was_there),
        TEST(a_full_disk_is_said_and_leaves_what_was_there),
        TEST(a_name_too_long_is_said),
        TEST(every_flipped_byte_is_noticed),
        TEST(every_cut_and_every_addition_is_noticed),
        TEST(swapped_repeated_and_foreign_blocks_are_noticed),
        TEST(a_file_that_shrinks_while_it_is_read_is_damage),
        TEST(what_contradicts_itself_is_damage_whatever_its_checksums_say),
        TEST(blocks_that_contradict_one_another_are_damage),
        TEST(what_is_no_file_is_not_read),
        TEST(a_run_of_another_case_is_refused_with_the_reason),
        TEST(nothing_that_went_in_stands_in_the_file),
        TEST(who_has_another_key_reads_nothing),
        TEST(a_sealed_block_holds_only_in_its_place_and_content),
        TEST(ranges_hold_where_the_index_cuts_keys),
        TEST(a_range_has_what_lies_in_it_and_nothing_else),
        TEST(parts_cover_everything_once_and_are_about_equal),
        TEST(one_key_alone_cannot_be_divided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
