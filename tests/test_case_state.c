/* Tests of analyzer/commands/case_state.c and sums.c: what is written is read again, and nothing
 * else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/commands/case_state.h"
#include "run_making.h"

enum { FILES = 40, PIECES = 3, OBJECTS = FILES + PIECES, SHARDS = 300, SOURCES = 3, BEGUN = 5 };

static char *copy_of(const char *at)
{
    char *copy = strdup(at);
    if (copy == NULL) abort();
    return copy;
}

static void object_make(struct object *object, size_t i, struct chance *chance)
{
    char path[64];
    bool is_piece = i >= FILES;
    snprintf(path, sizeof path,
             is_piece ? "root%zu/dir/file\x80%02zu!~4096" : "root%zu/dir/file\xff%02zu", i % 2, i);
    *object =
        (struct object){.path = copy_of(path),
                        .root_descriptor = -1,
                        .size_bytes = i == 0   ? -1
                                      : i == 1 ? INT64_MAX - 1
                                               : (int64_t)chance_below(chance, 1u << 31),
                        .start_bytes = is_piece ? 4096 : 0,
                        .modified_ns = i == 2     ? INT64_MIN
                                       : i == 3   ? INT64_MAX
                                       : is_piece ? 0
                                                  : (int64_t)i * 1000000007 - 5000,
                        .root = (uint32_t)(i % 2),
                        .source = (uint32_t)(i % SOURCES),
                        .elsewhere = i % 5 == 4,
                        .is_piece = is_piece,
                        .status = (enum object_status)(i % OBJECT_STATUS_COUNT),
                        .reason = (enum coverage_reason)(i % COVERAGE_REASON_COUNT),
                        .bytes_examined = i == 4 ? UINT64_MAX : chance_below(chance, 1u << 31),
                        .bytes_unexamined = chance_below(chance, 1u << 31),
                        .units = chance_below(chance, 1u << 31),
                        .records = chance_below(chance, 1u << 31),
                        .findings = chance_below(chance, 1u << 31),
                        .hashed = i % 3 == 1};
    object->below_root = object->path + 6;
    if (object->status == OBJECT_DUPLICATE) object->duplicate_of = (uint32_t)(i * 7 / 9);
    for (size_t b = 0; object->hashed && b < SHA256_BYTES; b++)
        object->sha256[b] = (uint8_t)(i + b);
    static char format[OBJECT_FORMAT_SIZE], detail[OBJECT_DETAIL_SIZE];
    memset(format, 'f', sizeof format - 1);
    memset(detail, 'd', sizeof detail - 1);
    object->format = i % 7 == 0 ? format : "";
    object->detail = i % 6 == 0 ? detail : NULL;
}

static void sums_make(struct sums *sums, struct chance *chance)
{
    *sums = sums_none();
    uint64_t *const numbers[] = {&sums->records,
                                 &sums->orphan_locations,
                                 &sums->findings,
                                 &sums->fixes,
                                 &sums->locations_possible,
                                 &sums->locations_rejected,
                                 &sums->times_without_zone};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i] = (uint64_t)chance_below(chance, 1u << 31) << i * 5;
    for (size_t k = 0; k < KIND_COUNT; k++)
        sums->rejected[k] = k * 1000 + 1;
    for (size_t r = 0; r < REASON_COUNT; r++)
        sums->rejected_by_reason[r] = r * 100000;
    sums->time_first = -77;
    sums->time_last = 1700000000;
    sums->fields = calloc(20, sizeof *sums->fields);
    sums->field_capacity = 20;
    for (uint32_t s = 0; s < SOURCES; s++) {
        static const uint32_t fields[] = {0, 7, CUSTOMER_FIELD_EMAIL, CUSTOMER_FIELD_PATH};
        for (size_t f = 0; f < 4; f++)
            if ((s + f) % 3 != 0)
                sums->fields[sums->field_count++] =
                    (struct customer_units){s, fields[f], s * 1000 + f};
        struct field_seen seen = {"vehicle.vin", "json", "vin", "structure", s, s % 2 == 0, s * 100, s, 1};
        assert_true(field_sums_see(&sums->seen_fields, &seen));
    }
}

/* A state with something of everything. */
static void state_make(struct case_state *state)
{
    struct chance chance = {42};
    *state = (struct case_state){.version = copy_of("1.2.3"),
                                 .settings = copy_of("--locations no\n--kinds vin,imei"),
                                 .profile_given = true,
                                 .roster_given = true,
                                 .aware_given = true,
                                 .aware_s = -14159540,
                                 .hash = true,
                                 .finished = true,
                                 .shard_count = SHARDS,
                                 .next_number = UINT32_MAX};
    static const char profile[] = "{\"sources\": \"\0\xff\"}";
    assert_true(bytes_reserve(&state->profile, sizeof profile));
    bytes_put(&state->profile, profile, sizeof profile);
    for (size_t i = 0; i < SHA256_BYTES; i++)
        state->listing[i] = (uint8_t)(200 - i), state->roster[i] = (uint8_t)(3 + 7 * i);
    state->shards = calloc((SHARDS + 7) / 8, 1);
    for (uint32_t s = 0; s < SHARDS; s += 7)
        state->shards[s / 8] = (uint8_t)(state->shards[s / 8] | 1u << s % 8);
    for (int i = 1; i <= 25; i++) {
        char name[32];
        snprintf(name, sizeof name, "holders-%06d.run", i);
        assert_true(names_add(&state->holders, name));
        snprintf(name, sizeof name, "digests-%06d.run", i);
        if (i < 3) assert_true(names_add(&state->digests, name));
    }
    sums_make(&state->sums, &chance);
    struct object_list *list = &state->list;
    *list = (struct object_list){.objects = calloc(OBJECTS, sizeof *list->objects),
                                 .count = OBJECTS,
                                 .capacity = OBJECTS,
                                 .walked_count = FILES,
                                 .roots = calloc(2, sizeof *list->roots),
                                 .root_is_folder = calloc(2, sizeof(bool)),
                                 .root_count = 2,
                                 .sources = calloc(SOURCES, sizeof *list->sources),
                                 .source_count = SOURCES};
    list->roots[0] = copy_of("root0"), list->roots[1] = copy_of("root1");
    list->root_is_folder[1] = true;
    list->sources[0] = copy_of(""), list->sources[1] = copy_of("app \xc3\xa4"),
    list->sources[2] = copy_of("web");
    for (size_t i = 0; i < OBJECTS; i++)
        object_make(&list->objects[i], i, &chance);
    list->objects[30].is_cut = list->objects[41].is_range = true;
    list->objects[41].troubles = TROUBLE_PATH_LIMIT | TROUBLE_OVERSIZED;
    list->objects[41].range = (struct range_read){4096, UINT64_MAX, 77, 1, 12345, 5, true, false};
    state->progress = calloc(BEGUN, sizeof *state->progress);
    static const size_t begun[BEGUN] = {41, 3, 0, 20, 39}; /* in no order */
    for (size_t i = 0; i < BEGUN; i++)
        state->progress[state->progress_count++] =
            (struct object_progress){.index = begun[i],
                                     .offset = UINT64_MAX - i,
                                     .parts_from = i % 2 == 0 ? PARTS_NONE : i,
                                     .breaks = 500 + i,
                                     .arrays = (uint32_t)(600 + i),
                                     .units = i,
                                     .records = 100 + i,
                                     .findings = 200 + i,
                                     .broken = 300 + i,
                                     .cut_off = 400 + i,
                                     .hit_limit = i == 0,
                                     .path_limit = i == 1,
                                     .oversized = i == 2,
                                     .oversized_seen = i >= 2,
                                     .late_seen = i >= 3,
                                     .broke_off = i < 3,
                                     .charset_foreign = i % 3 == 1,
                                     .check = (enum progress_check)(i % PROGRESS_CHECK_COUNT),
                                     .checksum = UINT64_MAX / (i + 1)};
    static const struct object_piece pieces[PIECES] = {
        {7, 1, 42}, {7, 2, 40}, {30, UINT16_MAX, 41}};
    state->pieces = calloc(PIECES, sizeof *state->pieces);
    memcpy(state->pieces, pieces, sizeof pieces);
    state->piece_count = PIECES;
}

static void assert_names_equal(const struct names *a, const struct names *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_string_equal(a->names[i], b->names[i]);
}

static void assert_sums_equal(const struct sums *a, const struct sums *b)
{
    struct sums x = *a, y = *b;
    assert_int_equal(x.field_count, y.field_count);
    for (size_t i = 0; i < x.field_count; i++) {
        assert_int_equal(x.fields[i].source, y.fields[i].source);
        assert_int_equal(x.fields[i].field, y.fields[i].field);
        assert_int_equal(x.fields[i].units, y.fields[i].units);
    }
    assert_int_equal(x.seen_fields.count, y.seen_fields.count);
    for (size_t i = 0; i < x.seen_fields.count; i++) {
        const struct field_sum *one = &x.seen_fields.entries[i], *other = &y.seen_fields.entries[i];
        assert_int_equal(one->text_length, other->text_length);
        assert_memory_equal(one->text, other->text, one->text_length);
        assert_int_equal(one->source, other->source);
        assert_int_equal(one->checked, other->checked);
        assert_int_equal(one->objects, other->objects);
        assert_int_equal(one->values, other->values);
        assert_int_equal(one->valid, other->valid);
    }
    assert_int_equal(x.seen_fields.cut, y.seen_fields.cut);
    x.fields = y.fields = NULL;
    x.field_capacity = y.field_capacity = 0;
    x.seen_fields = y.seen_fields = (struct field_sums){0};
    assert_memory_equal(&x, &y, sizeof x);
}

static void assert_objects_equal(const struct object *a, const struct object *b)
{
    assert_string_equal(a->path, b->path);
    assert_string_equal(a->below_root, b->below_root);
    assert_int_equal(b->root_descriptor, -1);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->modified_ns, b->modified_ns);
    assert_int_equal(a->start_bytes, b->start_bytes);
    assert_int_equal(a->root, b->root);
    assert_int_equal(a->source, b->source);
    assert_int_equal(a->duplicate_of, b->duplicate_of);
    assert_int_equal(a->elsewhere, b->elsewhere);
    assert_int_equal(a->is_piece, b->is_piece);
    assert_int_equal(a->is_range, b->is_range);
    assert_int_equal(a->is_cut, b->is_cut);
    assert_int_equal(a->troubles, b->troubles);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->bytes_examined, b->bytes_examined);
    assert_int_equal(a->bytes_unexamined, b->bytes_unexamined);
    assert_int_equal(a->units, b->units);
    assert_int_equal(a->records, b->records);
    assert_int_equal(a->findings, b->findings);
    assert_int_equal(a->hashed, b->hashed);
    assert_memory_equal(a->sha256, b->sha256, SHA256_BYTES); /* or how a range was read */
    assert_string_equal(object_format(a), object_format(b));
    assert_string_equal(object_detail(a), object_detail(b));
}

static int by_index(const void *left, const void *right)
{
    const struct object_progress *a = left, *b = right;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void assert_progress_equal(const struct case_state *a, const struct case_state *b)
{
    assert_int_equal(a->progress_count, b->progress_count);
    qsort(a->progress, a->progress_count, sizeof *a->progress, by_index);
    for (size_t i = 0; i < a->progress_count; i++) {
        const struct object_progress *x = &a->progress[i], *y = &b->progress[i];
        assert_int_equal(x->index, y->index);
        assert_int_equal(x->offset, y->offset);
        assert_int_equal(x->units, y->units);
        assert_int_equal(x->records, y->records);
        assert_int_equal(x->findings, y->findings);
        assert_int_equal(x->broken, y->broken);
        assert_int_equal(x->cut_off, y->cut_off);
        assert_int_equal(x->hit_limit, y->hit_limit);
        assert_int_equal(x->path_limit, y->path_limit);
        assert_int_equal(x->oversized, y->oversized);
        assert_int_equal(x->oversized_seen, y->oversized_seen);
        assert_int_equal(x->late_seen, y->late_seen);
        assert_int_equal(x->broke_off, y->broke_off);
        assert_int_equal(x->charset_foreign, y->charset_foreign);
        assert_int_equal(x->parts_from, y->parts_from);
        assert_int_equal(x->breaks, y->breaks);
        assert_int_equal(x->arrays, y->arrays);
        assert_int_equal(x->check, y->check);
        assert_true(x->checksum == y->checksum);
    }
    assert_int_equal(a->piece_count, b->piece_count);
    for (size_t i = 0; i < a->piece_count; i++) {
        assert_int_equal(a->pieces[i].file, b->pieces[i].file);
        assert_int_equal(a->pieces[i].number, b->pieces[i].number);
        assert_int_equal(a->pieces[i].index, b->pieces[i].index);
    }
}

static void assert_states_equal(const struct case_state *a, const struct case_state *b)
{
    assert_string_equal(a->version, b->version);
    assert_string_equal(a->settings, b->settings);
    assert_int_equal(a->profile_given, b->profile_given);
    assert_int_equal(a->profile.count, b->profile.count);
    if (a->profile.count > 0) assert_memory_equal(a->profile.at, b->profile.at, a->profile.count);
    assert_memory_equal(a->listing, b->listing, SHA256_BYTES);
    assert_int_equal(a->roster_given, b->roster_given);
    assert_int_equal(a->aware_given, b->aware_given);
    assert_int_equal(a->aware_s, b->aware_s);
    assert_memory_equal(a->roster, b->roster, SHA256_BYTES);
    assert_int_equal(a->hash, b->hash);
    assert_int_equal(a->distinct, b->distinct);
    assert_int_equal(a->finished, b->finished);
    assert_int_equal(a->shard_count, b->shard_count);
    for (uint32_t s = 0; s < a->shard_count; s++)
        assert_int_equal(shard_is_in(a, s), shard_is_in(b, s));
    assert_int_equal(a->next_number, b->next_number);
    assert_names_equal(&a->holders, &b->holders);
    assert_names_equal(&a->digests, &b->digests);
    assert_sums_equal(&a->sums, &b->sums);
    assert_int_equal(a->list.count, b->list.count);
    assert_int_equal(a->list.walked_count, b->list.walked_count);
    assert_int_equal(a->list.root_count, b->list.root_count);
    for (size_t i = 0; i < a->list.root_count; i++) {
        assert_string_equal(a->list.roots[i], b->list.roots[i]);
        assert_int_equal(a->list.root_is_folder[i], b->list.root_is_folder[i]);
    }
    assert_int_equal(a->list.source_count, b->list.source_count);
    for (size_t i = 0; i < a->list.source_count; i++)
        assert_string_equal(a->list.sources[i], b->list.sources[i]);
    for (size_t i = 0; i < a->list.count; i++)
        assert_objects_equal(&a->list.objects[i], &b->list.objects[i]);
    assert_progress_equal(a, b);
}

/* ------------------------------------------------------------------ tests */

static void what_is_written_is_read_again(void **unused)
{
    (void)unused;
    char folder[64];
    int directory = folder_make(folder);
    struct run_identity identity = identity_of(3, 4, 0);
    struct case_state state, read;
    struct fault fault;
    assert_int_equal(case_state_read(directory, &identity, &read, &fault), STATUS_END);
    case_state_free(&read);
    state_make(&state);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(case_state_write(directory, &identity, &state, &fault), STATUS_OK);
        assert_int_equal(case_state_read(directory, &identity, &read, &fault), STATUS_OK);
        assert_states_equal(&state, &read);
        /* What was read writes the same bytes. */
        size_t count, again_count;
        char *bytes = bytes_load(directory, STATE_NAME, &count);
        assert_int_equal(case_state_write(directory, &identity, &read, &fault), STATUS_OK);
        char *again = bytes_load(directory, STATE_NAME, &again_count);
        assert_int_equal(count, again_count);
        free(bytes);
        free(again);
        case_state_free(&read);
        assert_int_equal(case_state_read(directory, &identity, &read, &fault), STATUS_OK);
        assert_states_equal(&state, &read);
        case_state_free(&read);
        /* Then with other flags, then with nothing in the lists that may be empty. */
        state.distinct = true, state.hash = state.finished = state.profile_given = state.roster_given = state.aware_given = false;
        state.aware_s = 0;
        memset(state.roster, 0, sizeof state.roster);
        if (round == 1) continue;
        state.shard_count = 1;
        state.shards[0] = 1;
        state.profile.count = 0;
        state.progress_count = state.piece_count = 0;
        for (size_t i = FILES; round == 0 && i < OBJECTS; i++)
            free(state.list.objects[i].path);
        state.list.count = FILES;
        state.list.objects[30].is_cut = false;
        state.sums.field_count = 0;
        state.sums.time_first = state.sums.time_last = TIME_NONE;
    }
    struct run_identity other = identity_of(5, 4, 0);
    assert_int_equal(case_state_read(directory, &other, &read, &fault), STATUS_USAGE);
    case_state_free(&state);
    assert_true(folder_remove(directory, folder, (const char *const[]){STATE_NAME, NULL}));
}

static void changed_bytes_are_refused(void **unused)
{
    (void)unused;
    char folder[64];
    int directory = folder_make(folder);
    struct run_identity identity = identity_of(3, 4, 0);
    struct case_state state, read;
    struct fault fault;
    state_make(&state);
    assert_int_equal(case_state_write(directory, &identity, &state, &fault), STATUS_OK);
    case_state_free(&state);
    size_t count;
    char *bytes = bytes_load(directory, STATE_NAME, &count);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i += 1 + count / 700) {
        bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
        assert_true(bytes_store(directory, STATE_NAME, bytes, count));
        enum status status = case_state_read(directory, &identity, &read, &fault);
        assert_true(status == STATUS_DAMAGED || status == STATUS_USAGE);
        bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
    }
    for (size_t length = 0; length < count; length += 1 + count / 100) {
        assert_true(bytes_store(directory, STATE_NAME, bytes, length));
        assert_int_equal(case_state_read(directory, &identity, &read, &fault), STATUS_DAMAGED);
    }
    assert_true(bytes_store(directory, STATE_NAME, bytes, count));
    assert_int_equal(case_state_read(directory, &identity, &read, &fault), STATUS_OK);
    case_state_free(&read);
    free(bytes);
    assert_true(folder_remove(directory, folder, (const char *const[]){STATE_NAME, NULL}));
}

/* All entries of a state, to be written again with one of them changed. */
struct entry {
    char key[8], *value;
    size_t key_length, length;
};

struct entries {
    struct entry entries[OBJECTS + 3];
    size_t count;
};

static void entries_load(int directory, const struct run_identity *identity, struct entries *all)
{
    struct run_identity of_state = *identity;
    of_state.content = RUN_CONTENT_STATE;
    struct run *run;
    struct run_cursor *cursor;
    struct fault fault;
    struct span key, value;
    assert_int_equal(run_open(directory, STATE_NAME, &of_state, &run, &fault), STATUS_OK);
    assert_int_equal(run_cursor_open(run, nothing, nothing, &cursor, &fault), STATUS_OK);
    all->count = 0;
    while (run_cursor_next(cursor, &key, &value, &fault) == STATUS_OK) {
        struct entry *entry = &all->entries[all->count++];
        assert_true(all->count <= OBJECTS + 3 && key.len <= sizeof entry->key);
        memcpy(entry->key, key.at, entry->key_length = key.len);
        entry->value = malloc(value.len + 1);
        memcpy(entry->value, value.at, entry->length = value.len);
    }
    run_cursor_close(cursor);
    run_close(run);
}

static void entries_store(int directory, const struct run_identity *identity,
                          const struct entries *all)
{
    struct run_identity of_state = *identity;
    of_state.content = RUN_CONTENT_STATE;
    struct run_writer *writer;
    struct fault fault;
    assert_int_equal(run_writer_open(directory, STATE_NAME, &of_state, &writer, &fault), STATUS_OK);
    for (size_t i = 0; i < all->count; i++)
        assert_int_equal(
            run_writer_add(writer, (struct span){all->entries[i].key, all->entries[i].key_length},
                           (struct span){all->entries[i].value, all->entries[i].length}, &fault),
            STATUS_OK);
    assert_int_equal(run_writer_finish(writer, NULL, &fault), STATUS_OK);
}

/* What is read after that may be used: its indexes are in range, and it can be written. */
static enum status read_and_use(int directory, const struct run_identity *identity)
{
    struct case_state read;
    struct fault fault = {.status = STATUS_OK};
    enum status status = case_state_read(directory, identity, &read, &fault);
    if (status != STATUS_OK) {
        assert_int_equal(status, STATUS_DAMAGED);
        assert_int_equal(fault.status, STATUS_DAMAGED);
        return status;
    }
    for (size_t i = 0; i < read.list.count; i++) {
        const struct object *object = &read.list.objects[i];
        assert_true(object->root < read.list.root_count && object->source < read.list.source_count);
        assert_int_equal(object->is_piece, i >= read.list.walked_count);
        assert_true(object->size_bytes >= -1 && object->start_bytes >= 0);
        assert_non_null(object_status_name(object->status));
        assert_non_null(coverage_reason_name(object->reason));
    }
    for (size_t i = 0; i < read.progress_count; i++)
        assert_true(read.progress[i].index < read.list.count);
    for (size_t i = 0; i < read.piece_count; i++) {
        assert_true(read.pieces[i].file < read.list.walked_count);
        assert_true(read.pieces[i].index >= read.list.walked_count &&
                    read.pieces[i].index < read.list.count);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(read.pieces[i].index, read.pieces[k].index);
    }
    for (size_t i = 0; i < read.sums.field_count; i++)
        assert_true(read.sums.fields[i].field < CUSTOMER_FIELDS_MAX);
    for (uint32_t s = 0; s < read.shard_count; s++)
        (void)shard_is_in(&read, s);
    int second = dup(directory);
    assert_int_equal(case_state_write(second, identity, &read, &fault), STATUS_OK);
    close(second);
    case_state_free(&read);
    return STATUS_OK;
}

static void ranges_are_of_files_that_are_cut(void **unused)
{
    (void)unused;
    char folder[64];
    int directory = folder_make(folder);
    struct run_identity identity = identity_of(3, 4, 0);
    for (int wrong = 0; wrong < 4; wrong++) {
        struct case_state state, read;
        struct fault fault;
        state_make(&state);
        struct object *objects = state.list.objects;
        if (wrong == 1) objects[30].is_cut = false;
        if (wrong == 2) objects[7].is_cut = true;
        if (wrong == 3) objects[41].is_range = false;
        assert_int_equal(case_state_write(directory, &identity, &state, &fault), STATUS_OK);
        assert_int_equal(case_state_read(directory, &identity, &read, &fault), wrong == 0 ? STATUS_OK : STATUS_DAMAGED);
        case_state_free(&read);
        case_state_free(&state);
    }
    static const char *const names[] = {STATE_NAME, NULL};
    assert_true(folder_remove(directory, folder, names));
}

static void values_that_are_none_are_damaged(void **unused)
{
    (void)unused;
    char folder[64];
    int directory = folder_make(folder);
    struct run_identity identity = identity_of(3, 4, 0);
    struct case_state state;
    struct fault fault;
    static struct entries all;
    state_make(&state);
    assert_int_equal(case_state_write(directory, &identity, &state, &fault), STATUS_OK);
    case_state_free(&state);
    entries_load(directory, &identity, &all);
    assert_int_equal(all.count, OBJECTS + 3);
    struct chance chance = {123};
    size_t damaged = 0, read = 0;
    for (size_t round = 0; round < 1500; round++) {
        static const size_t wanted[] = {0, 0, 0, 1, 3, 4, 8, 23, 42, 44, OBJECTS + 2};
        struct entry *entry = &all.entries[wanted[round % (sizeof wanted / sizeof wanted[0])]];
        struct entry before = *entry;
        entry->value = malloc(before.length + 1);
        memcpy(entry->value, before.value, before.length);
        unsigned way = chance_below(&chance, 8);
        if (way == 0)
            entry->length = chance_below(&chance, (uint32_t)before.length);
        else if (way == 1)
            entry->value[entry->length++] = 0;
        else
            entry->value[chance_below(&chance, (uint32_t)before.length)] ^=
                (char)(way < 5 ? 1 << chance_below(&chance, 8)
                               : (int)chance_below(&chance, 255) + 1);
        bool whole = way > 1;
        entries_store(directory, &identity, &all);
        enum status status = read_and_use(directory, &identity);
        assert_true(whole || status == STATUS_DAMAGED);
        damaged += status == STATUS_DAMAGED;
        read += status == STATUS_OK;
        free(entry->value);
        *entry = before;
    }
    assert_true(damaged > 300 && read > 100);
    /* An object too few, one too many, one twice, no head. */
    all.count--;
    entries_store(directory, &identity, &all);
    assert_int_equal(read_and_use(directory, &identity), STATUS_DAMAGED);
    all.count++;
    all.entries[all.count - 1].key[4]++;
    entries_store(directory, &identity, &all);
    assert_int_equal(read_and_use(directory, &identity), STATUS_DAMAGED);
    all.entries[all.count - 1].key[4] = (char)(all.entries[all.count - 1].key[4] - 2);
    entries_store(directory, &identity, &all);
    assert_int_equal(read_and_use(directory, &identity), STATUS_DAMAGED);
    size_t count = all.count;
    all.count = 0;
    entries_store(directory, &identity, &all);
    assert_int_equal(read_and_use(directory, &identity), STATUS_DAMAGED);
    for (all.count = 1; all.count <= 3; all.count++) {
        entries_store(directory, &identity, &all);
        assert_int_equal(read_and_use(directory, &identity), STATUS_DAMAGED);
    }
    for (size_t i = 0; i < count; i++)
        free(all.entries[i].value);
    assert_true(folder_remove(directory, folder, (const char *const[]){STATE_NAME, NULL}));
}

static void sums_add_up_in_any_order(void **unused)
{
    (void)unused;
    struct chance chance = {5};
    struct sums parts[4], forth = sums_none(), back = sums_none();
    for (int p = 0; p < 4; p++)
        sums_make(&parts[p], &chance), parts[p].time_first += p, parts[p].time_last += p * p;
    parts[1].time_first = parts[1].time_last = TIME_NONE;
    parts[2].field_count = 2;
    for (int p = 0; p < 4; p++)
        assert_true(sums_add(&forth, &parts[p]) && sums_add(&back, &parts[3 - p]));
    assert_sums_equal(&forth, &back);
    assert_int_equal(forth.records,
                     parts[0].records + parts[1].records + parts[2].records + parts[3].records);
    assert_int_equal(forth.rejected[1], 4 * 1001);
    assert_int_equal(forth.time_first, -77);
    assert_int_equal(forth.time_last, 1700000009);
    for (size_t i = 1; i < forth.field_count; i++)
        assert_true(forth.fields[i - 1].source < forth.fields[i].source ||
                    (forth.fields[i - 1].source == forth.fields[i].source &&
                     forth.fields[i - 1].field < forth.fields[i].field));
    /* Written and read, they are added. */
    struct bytes bytes = {0};
    assert_true(sums_write(&forth, &bytes));
    struct bytes_reader from = {bytes.at, bytes.at + bytes.count, false};
    struct sums twice = sums_none(), expected = sums_none();
    assert_true(sums_read(&twice, &from) && from.at == from.end);
    assert_sums_equal(&twice, &forth);
    from = (struct bytes_reader){bytes.at, bytes.at + bytes.count, false};
    assert_true(sums_read(&twice, &from));
    assert_true(sums_add(&expected, &forth) && sums_add(&expected, &forth));
    assert_sums_equal(&twice, &expected);
    for (size_t length = 0; length < bytes.count; length++) {
        char *cut = malloc(length + 1);
        memcpy(cut, bytes.at, length);
        from = (struct bytes_reader){cut, cut + length, false};
        assert_false(sums_read(&twice, &from) && !from.bad);
        free(cut);
    }
    assert_sums_equal(&twice, &expected);
    bytes_free(&bytes);
    sums_free(&forth);
    sums_free(&back);
    sums_free(&twice);
    sums_free(&expected);
    for (int p = 0; p < 4; p++)
        sums_free(&parts[p]);
}

/* Sources are many where each customer has a folder. */
static void fields_of_many_sources_are_quickly_added(void **unused)
{
    (void)unused;
    enum { MANY = 200000 };
    struct sums many = sums_none(), all = sums_none();
    many.fields = calloc(MANY, sizeof *many.fields);
    many.field_count = many.field_capacity = MANY;
    for (uint32_t i = 0; i < MANY; i++)
        many.fields[i] = (struct customer_units){i / 2, i % 2 + 3, i};
    for (int round = 0; round < 3; round++)
        assert_true(sums_add(&all, &many));
    assert_int_equal(all.field_count, MANY);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(all.fields[i].units, UINT64_C(3) * i);
    sums_free(&many);
    sums_free(&all);
}

static void a_listing_tells_paths_and_sizes(void **unused)
{
    (void)unused;
    struct object objects[3] = {{.path = (char[]){"a/b"}, .size_bytes = 3},
                                {.path = (char[]){"a/c"}, .size_bytes = 0},
                                {.path = (char[]){"a/d"}}};
    struct object_list list = {.objects = objects, .count = 3, .walked_count = 2};
    uint8_t first[SHA256_BYTES], other[SHA256_BYTES];
    assert_true(listing_digest(&list, first));
    objects[2].size_bytes = 9; /* a piece */
    objects[1].records = 9, objects[0].status = OBJECT_COMPLETE, objects[0].elsewhere = true;
    assert_true(listing_digest(&list, other));
    assert_memory_equal(first, other, SHA256_BYTES);
    objects[1].size_bytes = 1;
    assert_true(listing_digest(&list, other));
    assert_memory_not_equal(first, other, SHA256_BYTES);
    objects[1].size_bytes = 0;
    objects[1].path[2] = 'x';
    assert_true(listing_digest(&list, other));
    assert_memory_not_equal(first, other, SHA256_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(changed_bytes_are_refused),
        cmocka_unit_test(ranges_are_of_files_that_are_cut),
        cmocka_unit_test(values_that_are_none_are_damaged),
        cmocka_unit_test(sums_add_up_in_any_order),
        cmocka_unit_test(fields_of_many_sources_are_quickly_added),
        cmocka_unit_test(a_listing_tells_paths_and_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
