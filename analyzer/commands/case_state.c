#include "case_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/sha256.h"
#include "../tally/run_seal.h"

enum { OBJECTS_MAX = 1 << 30, TEXT_MAX = 1 << 20, SHARDS_MAX = 1 << 20 };

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the state of the case");
}

bool names_add(struct names *names, const char *name)
{
    if (names->count == names->capacity) {
        size_t capacity = 2 * names->capacity + 16;
        char **made = realloc(names->names, capacity * sizeof *made);
        if (made == NULL) return false;
        names->names = made;
        names->capacity = capacity;
    }
    char *copy = strdup(name);
    if (copy == NULL) return false;
    names->names[names->count++] = copy;
    return true;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) free(names->names[i]);
    free(names->names);
    *names = (struct names){0};
}

void case_state_free(struct case_state *state)
{
    free(state->version);
    free(state->settings);
    bytes_free(&state->profile);
    free(state->shards);
    names_free(&state->holders);
    names_free(&state->digests);
    names_free(&state->booked);
    sums_free(&state->sums);
    object_list_free(&state->list);
    free(state->progress);
    free(state->pieces);
    *state = (struct case_state){0};
}

static int by_place(const void *left, const void *right)
{
    const struct object_piece *a = left, *b = right;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

void case_state_sort_pieces(struct case_state *state)
{
    if (state->piece_count > 1) qsort(state->pieces, state->piece_count, sizeof *state->pieces, by_place);
}

const struct object_piece *case_state_range(const struct case_state *state, uint32_t file, uint32_t piece)
{
    const struct object_piece wanted = {file, piece, 0};
    return piece == 0 || state->piece_count == 0 ? NULL : bsearch(&wanted, state->pieces, state->piece_count, sizeof wanted, by_place);
}

struct ledger_place case_ledger_place(int directory, const struct run_identity *identity, uint64_t held_bytes)
{
    struct ledger_place place = {.directory = directory, .open_seal = run_seal_open, .held_bytes = (size_t)held_bytes};
    memcpy(place.key, identity->key, sizeof place.key);
    return place;
}

bool listing_digest(const struct object_list *list, uint8_t digest[SHA256_BYTES])
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL) return false;
    for (size_t i = 0; i < list->walked_count; i++) {
        const struct object *object = &list->objects[i];
        uint8_t size[8];
        for (int b = 0; b < 8; b++) size[b] = (uint8_t)((uint64_t)object->size_bytes >> 8 * b);
        sha256_add(hash, object->path, strlen(object->path) + 1);
        sha256_add(hash, size, sizeof size);
    }
    sha256_take(hash, digest);
    sha256_close(hash);
    return true;
}

/* ------------------------------------------------------------------ writing */

/* Where there is room. */
static void put_text(struct bytes *to, const char *text)
{
    size_t length = strlen(text);
    bytes_put_leb128(to, length);
    bytes_put(to, text, length);
}

static bool put_names(struct bytes *to, char *const *names, size_t count)
{
    if (!bytes_reserve(to, LEB128_BYTES_MAX)) return false;
    bytes_put_leb128(to, count);
    for (size_t i = 0; i < count; i++) {
        if (!bytes_reserve(to, strlen(names[i]) + LEB128_BYTES_MAX)) return false;
        put_text(to, names[i]);
    }
    return true;
}

enum { STATE_PROFILE = 1, STATE_HASH = 2, STATE_DISTINCT = 4, STATE_FINISHED = 8, STATE_ROSTER = 16, STATE_AWARE = 32 };

static bool put_head(const struct case_state *state, const struct ledger_kept *kept, struct bytes *to)
{
    size_t shard_bytes = (state->shard_count + 7) / 8;
    if (!bytes_reserve(to, strlen(state->version) + strlen(state->settings) + 2 * SHA256_BYTES + shard_bytes + 16 * LEB128_BYTES_MAX)) return false;
    put_text(to, state->version);
    put_text(to, state->settings);
    bytes_put_byte(to, (state->profile_given ? STATE_PROFILE : 0u) | (state->hash ? STATE_HASH : 0u) |
                           (state->distinct ? STATE_DISTINCT : 0u) | (state->finished ? STATE_FINISHED : 0u) |
                           (state->roster_given ? STATE_ROSTER : 0u) | (state->aware_given ? STATE_AWARE : 0u));
    bytes_put(to, state->listing, SHA256_BYTES);
    if (state->roster_given) bytes_put(to, state->roster, SHA256_BYTES);
    if (state->aware_given) bytes_put_leb128(to, (uint64_t)state->aware_s);
    bytes_put_leb128(to, state->shard_count);
    bytes_put(to, state->shards, shard_bytes);
    bytes_put_leb128(to, state->next_number);
    const struct object_list *list = &state->list;
    bytes_put_leb128(to, list->count);
    bytes_put_leb128(to, list->walked_count);
    if (!put_names(to, state->holders.names, state->holders.count) || !put_names(to, state->digests.names, state->digests.count) ||
        !put_names(to, state->booked.names, state->booked.count) ||
        !put_names(to, list->roots, list->root_count) || !put_names(to, list->sources, list->source_count) ||
        !bytes_reserve(to, list->root_count + (4 + state->piece_count * 3) * LEB128_BYTES_MAX))
        return false;
    for (size_t i = 0; i < list->root_count; i++) bytes_put_byte(to, list->root_is_folder[i]);
    bytes_put_leb128(to, state->piece_count);
    for (size_t i = 0; i < state->piece_count; i++) {
        bytes_put_leb128(to, state->pieces[i].file);
        bytes_put_leb128(to, state->pieces[i].number);
        bytes_put_leb128(to, state->pieces[i].index);
    }
    bytes_put_leb128(to, kept->count);
    bytes_put_leb128(to, kept->file_groups);
    bytes_put_leb128(to, kept->file_bytes);
    return true;
}

enum { OBJECT_ELSEWHERE = 1, OBJECT_PIECE = 2, OBJECT_HASHED = 4, OBJECT_BEGUN = 8, OBJECT_RANGE = 16, OBJECT_CUT = 32 };
enum { RANGE_SET_KNOWN = 1, RANGE_SET_UNSURE = 2 };
enum { BEGUN_HIT_LIMIT = 1, BEGUN_PATH_LIMIT = 2, BEGUN_OVERSIZED = 4, BEGUN_OVERSIZED_SEEN = 8, BEGUN_CHARSET_SETTLED = 16, BEGUN_LATE_SEEN = 32,
       BEGUN_BROKE_OFF = 64, BEGUN_CHARSET_FOREIGN = 128, BEGUN_CUT_ROW = 256, BEGUN_SHORT_ROW = 512 };

/* Where there is room. */
static void put_progress(const struct object_progress *begun, struct bytes *to)
{
    bytes_put_leb128(to, (begun->hit_limit ? BEGUN_HIT_LIMIT : 0u) | (begun->path_limit ? BEGUN_PATH_LIMIT : 0u) |
                             (begun->oversized ? BEGUN_OVERSIZED : 0u) | (begun->oversized_seen ? BEGUN_OVERSIZED_SEEN : 0u) |
                             (begun->charset_settled ? BEGUN_CHARSET_SETTLED : 0u) | (begun->late_seen ? BEGUN_LATE_SEEN : 0u) |
                             (begun->broke_off ? BEGUN_BROKE_OFF : 0u) | (begun->charset_foreign ? BEGUN_CHARSET_FOREIGN : 0u) |
                             (begun->cut_row ? BEGUN_CUT_ROW : 0u) | (begun->short_row ? BEGUN_SHORT_ROW : 0u));
    const uint64_t counts[] = {begun->offset, begun->parts_from, begun->breaks, begun->arrays, begun->units, begun->records, begun->findings, begun->broken, begun->cut_off};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) bytes_put_leb128(to, counts[i]);
    bytes_put_byte(to, begun->check);
    bytes_put_leb128(to, begun->checksum);
}

static bool put_object(const struct object *object, const struct object_progress *begun, struct bytes *to)
{
    if (!bytes_reserve(to, strlen(object->path) + OBJECT_FORMAT_SIZE + OBJECT_DETAIL_SIZE + 34 * LEB128_BYTES_MAX)) return false;
    put_text(to, object->path);
    bytes_put_leb128(to, (uint64_t)(object->below_root - object->path));
    bytes_put_leb128(to, (uint64_t)(object->size_bytes + 1));
    bytes_put_leb128(to, (uint64_t)object->start_bytes);
    bytes_put_leb128(to, (uint64_t)object->modified_ns);
    bytes_put_leb128(to, object->root);
    bytes_put_leb128(to, object->source);
    bytes_put_byte(to, (object->elsewhere ? OBJECT_ELSEWHERE : 0u) | (object->is_piece ? OBJECT_PIECE : 0u) |
                           (object->hashed ? OBJECT_HASHED : 0u) | (begun != NULL ? OBJECT_BEGUN : 0u) |
                           (object->is_range ? OBJECT_RANGE : 0u) | (object->is_cut ? OBJECT_CUT : 0u));
    bytes_put_byte(to, object->status);
    bytes_put_byte(to, object->reason);
    const uint64_t numbers[] = {object->bytes_examined, object->bytes_unexamined, object->units, object->records, object->findings};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) bytes_put_leb128(to, numbers[i]);
    if (object->hashed) bytes_put(to, object->sha256, SHA256_BYTES);
    if (object->is_range) {
        const struct range_read *range = &object->range;
        const uint64_t of_range[] = {range->begin, range->end, range->broken, range->cut_off, range->undecodable};
        bytes_put_byte(to, object->troubles);
        bytes_put_byte(to, range->set);
        bytes_put_byte(to, (range->set_known ? RANGE_SET_KNOWN : 0u) | (range->set_unsure ? RANGE_SET_UNSURE : 0u));
        for (size_t i = 0; i < sizeof of_range / sizeof of_range[0]; i++) bytes_put_leb128(to, of_range[i]);
    }
    put_text(to, object_format(object));
    put_text(to, object_detail(object));
    if (object->status == OBJECT_DUPLICATE) bytes_put_leb128(to, object->duplicate_of);
    if (begun != NULL) put_progress(begun, to);
    return true;
}

static enum status add(struct run_writer *writer, struct span key, const struct bytes *value, bool made, struct fault *fault)
{
    if (!made) return no_memory(fault);
    return run_writer_add(writer, key, (struct span){value->at, value->count}, fault);
}

static struct span numbered_key(char key[5], char first, size_t index)
{
    key[0] = first;
    for (int b = 0; b < 4; b++) key[1 + b] = (char)(unsigned char)(index >> (24 - 8 * b));
    return (struct span){key, 5};
}

static int by_index(const void *left, const void *right)
{
    const struct object_progress *a = *(const struct object_progress *const *)left, *b = *(const struct object_progress *const *)right;
    return (a->index > b->index) - (a->index < b->index);
}

/* What was begun, in the order of the ledger; the caller frees. NULL: no memory. */
static const struct object_progress **sort_begun(const struct case_state *state)
{
    const struct object_progress **begun = calloc(state->progress_count + 1, sizeof *begun);
    for (size_t i = 0; begun != NULL && i < state->progress_count; i++) begun[i] = &state->progress[i];
    if (begun != NULL && state->progress_count > 1) qsort(begun, state->progress_count, sizeof *begun, by_index);
    return begun;
}

static enum status write_objects(struct run_writer *writer, const struct case_state *state, const struct object_progress *const *begun,
                                 struct bytes *value, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0, b = 0; i < state->list.count && status == STATUS_OK; i++) {
        char key[5];
        value->count = 0;
        const struct object_progress *of = b < state->progress_count && begun[b]->index == i ? begun[b++] : NULL;
        bool made = put_object(&state->list.objects[i], of, value);
        status = add(writer, numbered_key(key, 'o', i), value, made, fault);
    }
    return status;
}

/* The ledger's parts, behind them what of its pieces was begun. */
static enum status write_ledger(struct run_writer *writer, const struct case_state *state, const struct object_progress *const *begun,
                                struct bytes *value, struct fault *fault)
{
    char key[5];
    struct span part;
    enum status status = state->list.ledger == NULL ? STATUS_END : STATUS_OK;
    for (size_t i = 0; status == STATUS_OK; i++) {
        status = ledger_part(state->list.ledger, i, &part, fault);
        if (status == STATUS_OK) status = run_writer_add(writer, numbered_key(key, 'p', i), part, fault);
    }
    for (size_t i = 0, k = 0; i < state->progress_count && status == STATUS_END; i++) {
        if (begun[i]->index < state->list.count) continue;
        value->count = 0;
        bool made = bytes_reserve(value, 32 * LEB128_BYTES_MAX);
        if (made) bytes_put_leb128(value, begun[i]->index);
        if (made) put_progress(begun[i], value);
        enum status added = add(writer, numbered_key(key, 'q', k++), value, made, fault);
        if (added != STATUS_OK) status = added;
    }
    return status == STATUS_END ? STATUS_OK : status;
}

enum status case_state_write(int directory, const struct run_identity *identity, const struct case_state *state,
                             struct fault *fault)
{
    struct run_identity of_state = *identity;
    of_state.content = RUN_CONTENT_STATE;
    struct run_writer *writer = NULL;
    struct ledger_kept kept;
    enum status status = ledger_keep(state->list.ledger, &kept, fault);
    if (status == STATUS_OK) status = run_writer_open(directory, STATE_NAME, &of_state, &writer, fault);
    if (status != STATUS_OK) return status;
    struct bytes value = {0};
    const struct object_progress **begun = sort_begun(state);
    status = begun == NULL ? no_memory(fault) : add(writer, (struct span){"a", 1}, &value, put_head(state, &kept, &value), fault);
    value.count = 0;
    if (status == STATUS_OK) status = add(writer, (struct span){"b", 1}, &value, sums_write(&state->sums, &value), fault);
    if (status == STATUS_OK) status = add(writer, (struct span){"c", 1}, &state->profile, true, fault);
    if (status == STATUS_OK) status = write_objects(writer, state, begun, &value, fault);
    if (status == STATUS_OK) status = write_ledger(writer, state, begun, &value, fault);
    bytes_free(&value);
    free(begun);
    if (status == STATUS_OK) return run_writer_finish(writer, NULL, fault);
    run_writer_abandon(writer);
    return status;
}

/* ------------------------------------------------------------------ reading */

/* A text of the reader; NULL: bad, or no memory. */
static char *take_text(struct bytes_reader *from)
{
    uint64_t length = bytes_take_leb128(from);
    const char *at = length <= TEXT_MAX ? bytes_take(from, (size_t)length) : NULL;
    if (at == NULL || memchr(at, '\0', (size_t)length) != NULL) return from->bad = true, NULL;
    return strndup(at, (size_t)length);
}

static bool take_names(struct bytes_reader *from, struct names *names)
{
    uint64_t count = bytes_take_leb128(from);
    for (uint64_t i = 0; i < count; i++) {
        char *name = take_text(from);
        bool added = name != NULL && names_add(names, name);
        free(name);
        if (!added) return false;
    }
    return !from->bad;
}

/* entries: of the whole state, so that no room is made for objects that are not there. */
/* Files of the folder itself: a case may come from anybody. */
static bool are_plain(const struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->names[i][0] == '.' || strchr(names->names[i], '/') != NULL) return false;
    return true;
}

static bool take_head(struct case_state *state, uint64_t entries, struct ledger_kept *kept, struct bytes_reader *from)
{
    state->version = take_text(from);
    state->settings = take_text(from);
    unsigned flags = bytes_take_byte(from);
    state->profile_given = (flags & STATE_PROFILE) != 0;
    state->hash = (flags & STATE_HASH) != 0;
    state->distinct = (flags & STATE_DISTINCT) != 0;
    state->finished = (flags & STATE_FINISHED) != 0;
    state->roster_given = (flags & STATE_ROSTER) != 0;
    state->aware_given = (flags & STATE_AWARE) != 0;
    const char *listing = bytes_take(from, SHA256_BYTES);
    if (listing != NULL) memcpy(state->listing, listing, SHA256_BYTES);
    const char *roster = state->roster_given ? bytes_take(from, SHA256_BYTES) : NULL;
    if (roster != NULL) memcpy(state->roster, roster, SHA256_BYTES);
    if (state->aware_given) state->aware_s = (int64_t)bytes_take_leb128(from);
    uint64_t shard_count = bytes_take_leb128(from);
    if (shard_count == 0 || shard_count > SHARDS_MAX) return false;
    state->shard_count = (uint32_t)shard_count;
    const char *shards = bytes_take(from, (size_t)(shard_count + 7) / 8);
    state->shards = malloc((size_t)(shard_count + 7) / 8);
    if (shards == NULL || state->shards == NULL || state->version == NULL || state->settings == NULL) return false;
    memcpy(state->shards, shards, (size_t)(shard_count + 7) / 8);
    uint64_t next_number = bytes_take_leb128(from);
    if (next_number > UINT32_MAX) return false;
    state->next_number = (uint32_t)next_number;
    struct object_list *list = &state->list;
    uint64_t count = bytes_take_leb128(from), walked = bytes_take_leb128(from);
    if (count > OBJECTS_MAX || count + 3 > entries || walked > count) return false;
    struct names roots = {0}, sources = {0};
    bool good = take_names(from, &state->holders) && take_names(from, &state->digests) && take_names(from, &state->booked) && are_plain(&state->holders) && are_plain(&state->digests) &&
                are_plain(&state->booked) && take_names(from, &roots) && take_names(from, &sources);
    list->roots = roots.names;
    list->root_count = roots.count;
    list->sources = sources.names;
    list->source_count = sources.count;
    if (!good) return false;
    list->root_is_folder = calloc(list->root_count + 1, sizeof *list->root_is_folder);
    list->objects = calloc((size_t)count + 1, sizeof *list->objects);
    if (list->root_is_folder == NULL || list->objects == NULL) return false;
    list->capacity = (size_t)count + 1;
    list->count = (size_t)count;
    list->walked_count = (size_t)walked;
    for (size_t i = 0; i < list->root_count; i++) list->root_is_folder[i] = bytes_take_byte(from) != 0;
    uint64_t pieces = bytes_take_leb128(from);
    if (from->bad || pieces != count - walked) return false;
    state->pieces = calloc((size_t)pieces + 1, sizeof *state->pieces);
    if (state->pieces == NULL) return false;
    for (uint64_t i = 0; i < pieces; i++) {
        uint64_t file = bytes_take_leb128(from), number = bytes_take_leb128(from), index = bytes_take_leb128(from);
        if (from->bad || file >= walked || number == 0 || number > OBJECT_PIECES_MAX || index < walked || index >= count) return false;
        if (list->objects[index].is_piece) return false; /* two places for one piece */
        list->objects[index].is_piece = true;
        list->objects[index].file = (uint32_t)file;
        list->objects[index].piece = (uint32_t)number;
        state->pieces[state->piece_count++] = (struct object_piece){(uint32_t)file, (uint32_t)number, (size_t)index};
    }
    kept->count = bytes_take_leb128(from);
    kept->file_groups = bytes_take_leb128(from);
    kept->file_bytes = bytes_take_leb128(from);
    return !from->bad && kept->count <= OBJECTS_MAX;
}

static bool take_progress(struct case_state *state, size_t index, struct bytes_reader *from)
{
    struct object_progress *progress = realloc(state->progress, (state->progress_count + 1) * sizeof *progress);
    if (progress == NULL) return false;
    state->progress = progress;
    struct object_progress *begun = &progress[state->progress_count++];
    uint64_t flags = bytes_take_leb128(from);
    *begun = (struct object_progress){.index = index,
                                      .hit_limit = (flags & BEGUN_HIT_LIMIT) != 0,
                                      .path_limit = (flags & BEGUN_PATH_LIMIT) != 0,
                                      .oversized = (flags & BEGUN_OVERSIZED) != 0,
                                      .oversized_seen = (flags & BEGUN_OVERSIZED_SEEN) != 0,
                                      .charset_settled = (flags & BEGUN_CHARSET_SETTLED) != 0,
                                      .charset_foreign = (flags & BEGUN_CHARSET_FOREIGN) != 0,
                                      .late_seen = (flags & BEGUN_LATE_SEEN) != 0,
                                      .broke_off = (flags & BEGUN_BROKE_OFF) != 0,
                                      .cut_row = (flags & BEGUN_CUT_ROW) != 0,
                                      .short_row = (flags & BEGUN_SHORT_ROW) != 0};
    uint64_t arrays = 0;
    uint64_t *const counts[] = {&begun->offset, &begun->parts_from, &begun->breaks, &arrays, &begun->units, &begun->records, &begun->findings, &begun->broken, &begun->cut_off};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) *counts[i] = bytes_take_leb128(from);
    begun->arrays = (uint32_t)arrays;
    unsigned check = bytes_take_byte(from);
    begun->check = (enum progress_check)check;
    begun->checksum = bytes_take_leb128(from);
    bool has_order = begun->parts_from == PARTS_NONE || begun->parts_from < begun->offset;
    return !from->bad && check < PROGRESS_CHECK_COUNT && has_order && arrays <= UINT32_MAX;
}

/* NULL: bad, too long, or no memory. */
static const char *keep_text(struct bytes_reader *from, struct texts **texts, size_t size)
{
    char *text = take_text(from);
    const char *kept = text != NULL && strlen(text) < size ? texts_keep(texts, text) : NULL;
    free(text);
    return kept;
}

static bool take_object(struct case_state *state, size_t index, struct bytes_reader *from)
{
    struct object *object = &state->list.objects[index];
    object->path = take_text(from);
    uint64_t below = bytes_take_leb128(from);
    if (object->path == NULL || below > strlen(object->path)) return false;
    object->below_root = object->path + below;
    object->root_descriptor = -1;
    uint64_t size_above = bytes_take_leb128(from), start = bytes_take_leb128(from); /* a size that is not known is -1 */
    if (size_above > INT64_MAX || start > INT64_MAX) return false;
    object->size_bytes = (int64_t)size_above - 1;
    object->start_bytes = (int64_t)start;
    object->modified_ns = (int64_t)bytes_take_leb128(from);
    uint64_t root = bytes_take_leb128(from), source = bytes_take_leb128(from);
    unsigned flags = bytes_take_byte(from), status = bytes_take_byte(from), reason = bytes_take_byte(from);
    if (from->bad || root >= state->list.root_count || source >= state->list.source_count || status >= OBJECT_STATUS_COUNT ||
        reason >= COVERAGE_REASON_COUNT || object->is_piece != ((flags & OBJECT_PIECE) != 0))
        return false;
    object->root = (uint32_t)root;
    object->source = (uint32_t)source;
    object->elsewhere = (flags & OBJECT_ELSEWHERE) != 0;
    object->hashed = (flags & OBJECT_HASHED) != 0;
    object->status = (enum object_status)status;
    object->reason = (enum coverage_reason)reason;
    uint64_t *const numbers[] = {&object->bytes_examined, &object->bytes_unexamined, &object->units, &object->records, &object->findings};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) *numbers[i] = bytes_take_leb128(from);
    const char *sha256 = object->hashed ? bytes_take(from, SHA256_BYTES) : NULL;
    if (sha256 != NULL) memcpy(object->sha256, sha256, SHA256_BYTES);
    object->is_range = (flags & OBJECT_RANGE) != 0;
    object->is_cut = (flags & OBJECT_CUT) != 0;
    if (object->is_range && (!object->is_piece || object->hashed || object->is_cut)) return false;
    if (object->is_range) {
        struct range_read *range = &object->range;
        uint64_t *const of_range[] = {&range->begin, &range->end, &range->broken, &range->cut_off, &range->undecodable};
        object->troubles = (uint8_t)bytes_take_byte(from);
        range->set = (uint8_t)bytes_take_byte(from);
        unsigned set_flags = bytes_take_byte(from);
        if (range->set >= CHARSET_COUNT) return false;
        range->set_known = (set_flags & RANGE_SET_KNOWN) != 0;
        range->set_unsure = (set_flags & RANGE_SET_UNSURE) != 0;
        for (size_t i = 0; i < sizeof of_range / sizeof of_range[0]; i++) *of_range[i] = bytes_take_leb128(from);
    }
    object->format = keep_text(from, &state->list.texts, OBJECT_FORMAT_SIZE);
    object->detail = keep_text(from, &state->list.texts, OBJECT_DETAIL_SIZE);
    if (object->format == NULL || object->detail == NULL) return false;
    uint64_t first = object->status == OBJECT_DUPLICATE ? bytes_take_leb128(from) : 0;
    if (object->status == OBJECT_DUPLICATE && (first >= index || first >= state->list.walked_count)) return false; /* the one that is read is the first in path order */
    object->duplicate_of = (uint32_t)first;
    return (flags & OBJECT_BEGUN) == 0 || take_progress(state, index, from);
}

static enum status damaged(struct fault *fault)
{
    return fault_set(fault, STATUS_DAMAGED, "%s: is not what this program writes", STATE_NAME);
}

/* Ranges are those of files that are cut, and such files have them. */
static bool ranges_fit(const struct case_state *state)
{
    size_t ranges = 0;
    for (size_t i = 0; i < state->piece_count; i++) {
        const struct object *piece = &state->list.objects[state->pieces[i].index];
        ranges += piece->is_range;
        if (piece->is_range != state->list.objects[state->pieces[i].file].is_cut) return false;
    }
    for (size_t i = 0; i < state->list.walked_count; i++)
        if (state->list.objects[i].is_cut && ranges == 0) return false;
    return true;
}

/* Where a state is being read: its head, its objects, then the ledger's parts, then what was begun of those. */
struct state_reading {
    struct case_state *state;
    struct ledger_place place;
    struct ledger_kept kept;
    uint64_t entries;
    size_t parts, begun;
};

static enum status take_head_entry(struct state_reading *reading, size_t i, struct span value, struct fault *fault)
{
    struct case_state *state = reading->state;
    struct bytes_reader from = {value.at, value.at + value.len, false};
    bool good = true;
    if (i == 0) good = take_head(state, reading->entries, &reading->kept, &from);
    if (i == 1) good = sums_read(&state->sums, &from);
    if (i == 2) {
        good = bytes_reserve(&state->profile, value.len + 1);
        if (good) bytes_put(&state->profile, value.at, value.len);
        from.at = from.end;
    }
    if (i >= 3) good = take_object(state, i - 3, &from);
    return good && !from.bad && from.at == from.end ? STATUS_OK : damaged(fault);
}

static struct ledger_bounds bounds_of(const struct object_list *list)
{
    return (struct ledger_bounds){list->objects, list->walked_count, list->source_count};
}

/* The ledger, up to what its file has. */
static enum status begin_ledger(struct state_reading *reading, struct fault *fault)
{
    struct object_list *list = &reading->state->list;
    if (!ranges_fit(reading->state)) return damaged(fault);
    if (reading->kept.count == 0) return STATUS_OK;
    const struct ledger_bounds bounds = bounds_of(list);
    enum status status = ledger_open(&list->ledger, fault);
    list->ledger_begin = list->count;
    return status == STATUS_OK ? ledger_load(list->ledger, &reading->place, &reading->kept, &bounds, fault) : status;
}

/* An entry behind all objects: a part of the ledger, or what was begun of a piece there. */
static enum status take_ledger_entry(struct state_reading *reading, struct span key, struct span value, struct fault *fault)
{
    struct object_list *list = &reading->state->list;
    char room[5];
    bool is_part = key.len > 0 && key.at[0] == 'p';
    struct span wanted = numbered_key(room, is_part ? 'p' : 'q', is_part ? reading->parts++ : reading->begun++);
    if (list->ledger == NULL || key.len != wanted.len || memcmp(key.at, wanted.at, key.len) != 0) return damaged(fault);
    const struct ledger_bounds bounds = bounds_of(list);
    if (is_part) return ledger_load_part(list->ledger, value, &bounds, fault);
    struct bytes_reader from = {value.at, value.at + value.len, false};
    uint64_t index = bytes_take_leb128(&from);
    bool good = !from.bad && index >= list->ledger_begin && index < object_list_total(list) && take_progress(reading->state, (size_t)index, &from);
    return good && !from.bad && from.at == from.end ? STATUS_OK : damaged(fault);
}

static enum status read_entries(struct run_cursor *cursor, struct state_reading *reading, struct fault *fault)
{
    static const char order[] = "abc";
    struct case_state *state = reading->state;
    struct span key, value;
    for (size_t i = 0;; i++) {
        if (i == 3 + state->list.count) {
            enum status status = begin_ledger(reading, fault);
            if (status != STATUS_OK) return status;
        }
        enum status status = run_cursor_next(cursor, &key, &value, fault);
        if (status == STATUS_END && i < 3 + state->list.count) return damaged(fault);
        if (status == STATUS_END) return state->list.ledger == NULL ? STATUS_OK : ledger_loaded(state->list.ledger, fault);
        if (status != STATUS_OK) return status;
        char room[5];
        struct span expected = i < 3 ? (struct span){&order[i], 1} : numbered_key(room, 'o', i - 3);
        if (i >= 3 + state->list.count) status = take_ledger_entry(reading, key, value, fault);
        else if (key.len != expected.len || memcmp(key.at, expected.at, key.len) != 0) status = damaged(fault);
        else status = take_head_entry(reading, i, value, fault);
        if (status != STATUS_OK) return status;
    }
}

enum status case_state_read(int directory, const struct run_identity *identity, struct case_state *state,
                            struct fault *fault)
{
    *state = (struct case_state){.sums = sums_none()};
    if (faccessat(directory, STATE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) return STATUS_END;
    struct run_identity of_state = *identity;
    of_state.content = RUN_CONTENT_STATE;
    struct run *run = NULL;
    struct run_cursor *cursor = NULL;
    struct span all = {NULL, 0};
    enum status status = run_open(directory, STATE_NAME, &of_state, &run, fault);
    if (status == STATUS_OK) status = run_cursor_open(run, all, all, &cursor, fault);
    struct state_reading reading = {.state = state, .place = case_ledger_place(directory, identity, 0)};
    reading.entries = status == STATUS_OK ? run_entry_count(run) : 0;
    if (status == STATUS_OK) status = read_entries(cursor, &reading, fault);
    if (status == STATUS_OK) state->checksum = run_totals(run)->checksum;
    explicit_bzero(&reading.place, sizeof reading.place);
    run_cursor_close(cursor);
    run_close(run);
    if (status != STATUS_OK) case_state_free(state);
    return status;
}
