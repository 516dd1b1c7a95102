/* Tests of analyzer/evidence/ledger.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/evidence/ledger.h"
#include "piece_making.h"
#include "run_making.h"

enum { PIECES = 4000, FILES = 3, SOURCES = 3 };

static struct object files[FILES] = {{.path = (char[]){"dump/a.tar"}}, {.path = (char[]){"dump/b.zip"}}, {.path = (char[]){"c"}}};
static const struct ledger_bounds bounds = {files, FILES, SOURCES};

struct filling {
    int directory;
    char folder[64];
    struct run_identity identity;
    struct ledger *ledger;
    struct made_piece made[PIECES];
    size_t count;
    uint32_t numbers[FILES];
};

static struct ledger_place place_of(const struct filling *filling, size_t held_bytes)
{
    struct ledger_place place = {.directory = filling->directory, .open_seal = run_seal_open, .held_bytes = held_bytes};
    memcpy(place.key, filling->identity.key, sizeof place.key);
    return place;
}

static struct filling *filling_open(size_t held_bytes)
{
    struct filling *filling = calloc(1, sizeof *filling);
    struct fault fault;
    filling->directory = folder_make(filling->folder);
    filling->identity = identity_of(7, 1, 1);
    assert_int_equal(ledger_open(&filling->ledger, &fault), STATUS_OK);
    struct ledger_place place = place_of(filling, held_bytes);
    if (held_bytes > 0) assert_int_equal(ledger_settle(filling->ledger, &place, &fault), STATUS_OK);
    return filling;
}

static void filling_close(struct filling *filling)
{
    for (size_t i = 0; i < filling->count; i++) free(filling->made[i].path);
    ledger_close(filling->ledger);
    assert_true(folder_remove(filling->directory, filling->folder, (const char *const[]){LEDGER_NAME, NULL}));
    free(filling);
}

static void tell(struct filling *filling, size_t i)
{
    struct fault fault;
    if (filling->made[i].object.status != OBJECT_PENDING) return;
    piece_tell(&filling->made[i]);
    assert_int_equal(ledger_put(filling->ledger, i, &filling->made[i].object, &fault), STATUS_OK);
}

/* Adds pieces; each is told some others later, one in 50 not before tell_all. */
static void add(struct filling *filling, size_t count)
{
    struct fault fault;
    for (size_t end = filling->count + count; filling->count < end; filling->count++) {
        size_t i = filling->count, number;
        uint32_t file = random_below(20) == 0 ? random_below(FILES) : 0;
        piece_make(&filling->made[i], &files[file], file, ++filling->numbers[file], true);
        assert_int_equal(ledger_add(filling->ledger, &filling->made[i].object, &number, &fault), STATUS_OK);
        assert_int_equal(number, i);
        if (i >= 9 && (i - 9) % 50 != 3) tell(filling, i - 9);
    }
}

static void tell_all(struct filling *filling)
{
    for (size_t i = 0; i < filling->count; i++) tell(filling, i);
}

static void assert_same(const struct filling *filling, const struct ledger *ledger)
{
    struct fault fault;
    struct ledger_reader *reader = NULL;
    const struct object *piece;
    struct piece_sums sums = {0};
    struct piece_source_sums sources[SOURCES] = {{0, 0}};
    assert_int_equal(ledger_count(ledger), filling->count);
    assert_int_equal(ledger_reader_open(ledger, &reader, &fault), STATUS_OK);
    for (size_t i = 0; i < filling->count; i++) { /* front to back */
        const struct object *made = &filling->made[i].object;
        assert_int_equal(ledger_read(reader, i, &piece, &fault), STATUS_OK);
        pieces_equal(made, piece);
        assert_int_equal(ledger_find(ledger, made->file, made->piece), i);
        bool unread = made->status == OBJECT_PENDING || coverage_reason_is_incomplete(made->reason);
        sums.count++;
        sums.listed_bytes += made->size_bytes > 0 ? (uint64_t)made->size_bytes : 0;
        sums.bytes_examined += made->bytes_examined;
        sums.bytes_unexamined[made->reason] += made->bytes_unexamined;
        sums.statuses[made->status]++;
        sums.unread += unread;
        sums.unread_bytes += unread ? made->bytes_unexamined : 0;
        sources[made->source].count++;
        sources[made->source].records += made->records;
    }
    for (size_t round = 0; round < 2000 && filling->count > 0; round++) { /* anywhere */
        size_t i = random_below((uint32_t)filling->count);
        assert_int_equal(ledger_read(reader, i, &piece, &fault), STATUS_OK);
        pieces_equal(&filling->made[i].object, piece);
    }
    ledger_reader_close(reader);
    assert_memory_equal(&sums, ledger_sums(ledger), sizeof sums);
    for (uint32_t s = 0; s < SOURCES; s++) {
        struct piece_source_sums of = ledger_source_sums(ledger, s);
        assert_true(of.count == sources[s].count && of.records == sources[s].records);
    }
    for (uint32_t f = 0; f < FILES; f++) assert_true(ledger_find(ledger, f, filling->numbers[f] + 1) == LEDGER_NONE);
}

static void nothing_is_an_empty_ledger(void **unused)
{
    (void)unused;
    struct fault fault;
    struct ledger *ledger = NULL;
    struct ledger_kept kept;
    assert_int_equal(ledger_count(NULL), 0);
    assert_int_equal(ledger_sums(NULL)->count, 0);
    assert_int_equal(ledger_source_sums(NULL, 5).count, 0);
    assert_true(ledger_find(NULL, 0, 1) == LEDGER_NONE);
    assert_int_equal(ledger_keep(NULL, &kept, &fault), STATUS_OK);
    assert_int_equal(kept.count, 0);
    ledger_close(NULL);
    struct span part;
    assert_int_equal(ledger_open(&ledger, &fault), STATUS_OK);
    assert_int_equal(ledger_part(ledger, 0, &part, &fault), STATUS_END);
    ledger_close(ledger);
}

static void pieces_are_read_as_they_were_told(void **unused)
{
    (void)unused;
    static const size_t held[] = {0, 1, 20000, 1 << 20};
    for (size_t h = 0; h < sizeof held / sizeof held[0]; h++) {
        struct filling *filling = filling_open(held[h]);
        static const size_t counts[] = {1, LEDGER_GROUP - 2, 1, 1, LEDGER_GROUP, 1000, PIECES - 2 * LEDGER_GROUP - 1001};
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            add(filling, counts[c]);
            assert_same(filling, filling->ledger);
        }
        assert_int_equal(filling->count, PIECES);
        assert_true(ledger_is_in_order(filling->ledger, 0));
        tell_all(filling);
        assert_same(filling, filling->ledger);
        filling_close(filling);
    }
}

/* Without a place all stays in memory, packed, and no file is made. */
static void without_a_place_there_is_no_file(void **unused)
{
    (void)unused;
    struct filling *filling = filling_open(0);
    struct fault fault;
    add(filling, PIECES);
    struct made_piece one;
    for (uint32_t i = 0; i < 2 * LEDGER_RECENT_PIECES; i++) {
        do {
            piece_make(&one, &files[0], 0, filling->numbers[0] + 1 + i, true);
            if (strlen(one.path) < 1000) break;
            free(one.path);
        } while (true);
        assert_int_equal(ledger_add(filling->ledger, &one.object, NULL, &fault), STATUS_OK);
        free(one.path);
    }
    struct ledger_kept kept;
    assert_int_equal(ledger_keep(filling->ledger, &kept, &fault), STATUS_OK);
    assert_int_equal(kept.count, PIECES + 2 * LEDGER_RECENT_PIECES);
    assert_int_equal(kept.file_groups, 0);
    assert_int_equal(faccessat(filling->directory, LEDGER_NAME, F_OK, 0), -1);
    struct ledger_reader *reader = NULL;
    const struct object *piece;
    assert_int_equal(ledger_reader_open(filling->ledger, &reader, &fault), STATUS_OK);
    for (size_t i = 0; i < PIECES; i++) {
        assert_int_equal(ledger_read(reader, i, &piece, &fault), STATUS_OK);
        pieces_equal(&filling->made[i].object, piece);
    }
    ledger_reader_close(reader);
    filling_close(filling);
}

static void order_of_paths_is_noticed(void **unused)
{
    (void)unused;
    struct fault fault;
    struct ledger *ledger = NULL;
    static const char *const paths[] = {"c!a", "c!b", "c!b!x", "dump/a.tar!z", "c!a!y"};
    static const uint32_t file_of[] = {2, 2, 2, 0, 2};
    assert_int_equal(ledger_open(&ledger, &fault), STATUS_OK);
    assert_false(ledger_is_in_order(ledger, 2));
    for (uint32_t i = 0; i < 5; i++) {
        struct object piece = {.path = (char *)(uintptr_t)paths[i], .file = file_of[i], .piece = i + 1};
        assert_int_equal(ledger_add(ledger, &piece, NULL, &fault), STATUS_OK);
        assert_int_equal(ledger_is_in_order(ledger, 2), i < 4);
    }
    assert_true(ledger_is_in_order(ledger, 0));
    ledger_close(ledger);
}

/* ------------------------------------------------------------------ kept */

/* What a state would keep. */
struct kept {
    struct ledger_kept kept;
    struct bytes parts[PIECES];
    size_t count;
};

static struct kept *keep(struct ledger *ledger)
{
    struct kept *kept = calloc(1, sizeof *kept);
    struct fault fault;
    struct span part;
    assert_int_equal(ledger_keep(ledger, &kept->kept, &fault), STATUS_OK);
    while (ledger_part(ledger, kept->count, &part, &fault) == STATUS_OK) {
        struct bytes *bytes = &kept->parts[kept->count++];
        assert_true(bytes_reserve(bytes, part.len));
        bytes_put(bytes, part.at, part.len);
    }
    return kept;
}

static void kept_free(struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) bytes_free(&kept->parts[i]);
    free(kept);
}

static enum status load(const struct filling *filling, const struct kept *kept, struct ledger **ledger)
{
    struct fault fault;
    struct ledger_place place = place_of(filling, 0);
    assert_int_equal(ledger_open(ledger, &fault), STATUS_OK);
    enum status status = ledger_load(*ledger, &place, &kept->kept, &bounds, &fault);
    for (size_t i = 0; i < kept->count && status == STATUS_OK; i++)
        status = ledger_load_part(*ledger, (struct span){kept->parts[i].at, kept->parts[i].count}, &bounds, &fault);
    return status == STATUS_OK ? ledger_loaded(*ledger, &fault) : status;
}

static void what_was_kept_is_taken_up_at_any_time(void **unused)
{
    (void)unused;
    static const size_t held[] = {0, 1, 30000};
    for (size_t h = 0; h < sizeof held / sizeof held[0]; h++) {
        struct filling *filling = filling_open(held[h]);
        for (size_t round = 0; round < 12; round++) {
            add(filling, round % 3 == 0 ? LEDGER_GROUP - filling->count % LEDGER_GROUP : 1 + random_below(300));
            struct kept *kept = keep(filling->ledger);
            assert_int_equal(kept->kept.count, filling->count);
            assert_int_equal(kept->kept.file_groups > 0, kept->kept.file_bytes > 0);
            if (held[h] == 1) assert_true(kept->kept.file_groups + 2 >= filling->count / LEDGER_GROUP);
            struct ledger *loaded = NULL;
            assert_int_equal(load(filling, kept, &loaded), STATUS_OK);
            assert_same(filling, loaded);
            assert_true(ledger_is_in_order(loaded, 0) || filling->numbers[1] + filling->numbers[2] > 0);
            kept_free(kept);
            if (round % 2 == 0) { /* it goes on from there, whatever the other one had written since */
                struct fault fault;
                struct made_piece lost;
                for (uint32_t i = 0; held[h] > 0 && i < 200; i++) {
                    piece_make(&lost, &files[0], 0, filling->numbers[0] + 1 + i, true);
                    assert_int_equal(ledger_add(filling->ledger, &lost.object, NULL, &fault), STATUS_OK);
                    free(lost.path);
                }
                ledger_close(filling->ledger);
                filling->ledger = loaded;
                struct ledger_place place = place_of(filling, held[h]);
                if (held[h] > 0) assert_int_equal(ledger_settle(loaded, &place, &fault), STATUS_OK);
            } else {
                ledger_close(loaded);
            }
        }
        tell_all(filling);
        assert_same(filling, filling->ledger);
        filling_close(filling);
    }
}

/* A checkpoint names what is in the file: its cost does not grow with the pieces. */
static void what_is_kept_beside_the_file_stays_small(void **unused)
{
    (void)unused;
    struct filling *filling = filling_open(20000);
    size_t most = 0;
    for (size_t round = 0; round < 8; round++) {
        add(filling, PIECES / 8);
        tell_all(filling);
        struct kept *kept = keep(filling->ledger);
        size_t bytes = 0;
        for (size_t i = 0; i < kept->count; i++) bytes += kept->parts[i].count;
        if (bytes > most) most = bytes;
        kept_free(kept);
    }
    assert_in_range(most, 1, 5 * 20000 + 4 * PIECE_NAME_LONG);
    filling_close(filling);
}

static void what_is_not_what_was_written_is_refused(void **unused)
{
    (void)unused;
    struct filling *filling = filling_open(1);
    add(filling, 1000);
    struct kept *kept = keep(filling->ledger);
    struct ledger *loaded = NULL;
    size_t count;
    char *bytes = bytes_load(filling->directory, LEDGER_NAME, &count);
    assert_int_equal(kept->kept.file_bytes, count);
    /* The file cut, or with a bit changed. */
    for (uint32_t round = 0; round < 200; round++) {
        char *other = malloc(count);
        memcpy(other, bytes, count);
        size_t length = round % 4 == 0 ? random_below((uint32_t)count) : count;
        if (round % 4 != 0) other[random_below((uint32_t)count)] ^= (char)(1 << random_below(8));
        assert_true(bytes_store(filling->directory, LEDGER_NAME, other, length));
        assert_int_equal(load(filling, kept, &loaded), STATUS_DAMAGED);
        ledger_close(loaded);
        free(other);
    }
    /* Groups changed for one another. */
    char *other = malloc(count);
    size_t first = 20 + (uint8_t)bytes[0] + 256u * (uint8_t)bytes[1] + 65536u * (uint8_t)bytes[2];
    size_t second = 20 + (uint8_t)bytes[first] + 256u * (uint8_t)bytes[first + 1] + 65536u * (uint8_t)bytes[first + 2];
    memcpy(other, bytes + first, second);
    memcpy(other + second, bytes, first);
    memcpy(other + first + second, bytes + first + second, count - first - second);
    assert_true(bytes_store(filling->directory, LEDGER_NAME, other, count));
    assert_int_equal(load(filling, kept, &loaded), STATUS_DAMAGED);
    ledger_close(loaded);
    free(other);
    /* Not there; of another key; with more behind, as a run that was killed leaves it. */
    unlinkat(filling->directory, LEDGER_NAME, 0);
    assert_int_equal(load(filling, kept, &loaded), STATUS_DAMAGED);
    ledger_close(loaded);
    assert_true(bytes_store(filling->directory, LEDGER_NAME, bytes, count));
    struct run_identity own = filling->identity;
    filling->identity = identity_of(8, 1, 1);
    assert_int_equal(load(filling, kept, &loaded), STATUS_DAMAGED);
    ledger_close(loaded);
    filling->identity = own;
    char *more = calloc(1, count + 1000);
    memcpy(more, bytes, count);
    assert_true(bytes_store(filling->directory, LEDGER_NAME, more, count + 1000));
    free(more);
    assert_int_equal(load(filling, kept, &loaded), STATUS_OK);
    assert_same(filling, loaded);
    ledger_close(loaded);
    free(bytes);
    /* Parts: one too few, twice, changed; another count. */
    kept->count--;
    bool ends_late = kept->parts[kept->count].at[0] == 's'; /* then the piece is only pending still */
    assert_int_equal(load(filling, kept, &loaded), ends_late ? STATUS_OK : STATUS_DAMAGED);
    ledger_close(loaded);
    kept->count++;
    kept->kept.count++;
    assert_int_equal(load(filling, kept, &loaded), STATUS_DAMAGED);
    ledger_close(loaded);
    kept->kept.count--;
    size_t refused = 0;
    for (uint32_t round = 0; round < 3000; round++) {
        struct bytes *part = &kept->parts[random_below((uint32_t)kept->count)];
        size_t at = random_below((uint32_t)part->count);
        char was = part->at[at];
        part->at[at] = (char)(unsigned char)random_below(256);
        refused += load(filling, kept, &loaded) == STATUS_DAMAGED;
        ledger_close(loaded);
        part->at[at] = was;
    }
    assert_true(refused > 100);
    kept_free(kept);
    filling_close(filling);
}

/* A full disk is told, and what was kept before stands. */
static void a_file_that_cannot_be_written_is_told(void **unused)
{
    (void)unused;
    struct fault fault;
    struct filling *filling = filling_open(1);
    add(filling, 500);
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    struct ledger_place place = place_of(filling, 1);
    place.directory = pipe_ends[0]; /* no folder: no file can be made in it */
    struct ledger *other = NULL;
    assert_int_equal(ledger_open(&other, &fault), STATUS_OK);
    assert_int_equal(ledger_settle(other, &place, &fault), STATUS_OK);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < 500 && status == STATUS_OK; i++) status = ledger_add(other, &filling->made[i].object, NULL, &fault);
    assert_int_equal(status, STATUS_FATAL);
    assert_non_null(strstr(fault.message, LEDGER_NAME ": cannot be made"));
    ledger_close(other);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    filling_close(filling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_an_empty_ledger),
        cmocka_unit_test(pieces_are_read_as_they_were_told),
        cmocka_unit_test(without_a_place_there_is_no_file),
        cmocka_unit_test(order_of_paths_is_noticed),
        cmocka_unit_test(what_was_kept_is_taken_up_at_any_time),
        cmocka_unit_test(what_is_kept_beside_the_file_stays_small),
        cmocka_unit_test(what_is_not_what_was_written_is_refused),
        cmocka_unit_test(a_file_that_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
