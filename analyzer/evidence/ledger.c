#include "ledger_inner.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE_BYTES_GUESSED = 512, /* of a recent piece, where held_bytes says how many there may be */
    FILE_WRITE_BYTES = 1 << 20,
    CONTEXT_BYTES = 1 + 8 + 4,
    FILE_MODE = 0600
};

struct ledger_reader {
    const struct ledger *ledger;
    struct seal *seal;
    struct bytes group; /* the packed group in hand */
    size_t number;      /* of the piece in hand; LEDGER_NONE: there is none */
    struct bytes_reader from;
    struct piece_before before;
    struct object piece;
};

enum status ledger_no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the list of members");
}

enum status ledger_damaged(struct fault *fault)
{
    return fault_set(fault, STATUS_DAMAGED, "%s: is not what was written there", LEDGER_NAME);
}

enum status ledger_file_failed(const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "%s: %s: %s", LEDGER_NAME, what, strerror(errno));
}

/* ------------------------------------------------------------------ open, close */

enum status ledger_open(struct ledger **ledger, struct fault *fault)
{
    *ledger = calloc(1, sizeof **ledger);
    if (*ledger == NULL) return ledger_no_memory(fault);
    (*ledger)->file = -1;
    (*ledger)->recent_pieces_max = LEDGER_RECENT_PIECES;
    return STATUS_OK;
}

static void recent_free(struct object *recent)
{
    for (size_t i = 0; recent != NULL && i < LEDGER_GROUP; i++) free(recent[i].path);
    free(recent);
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL) return;
    for (size_t g = 0; g < ledger->group_count; g++) {
        recent_free(ledger->groups[g].recent);
        free(ledger->groups[g].packed);
    }
    for (size_t i = 0; i < ledger->late_count; i++) free(ledger->late[i].piece.path);
    free(ledger->late);
    free(ledger->groups);
    free(ledger->sources);
    bytes_free(&ledger->room);
    bytes_free(&ledger->last_path);
    piece_before_free(&ledger->before);
    piece_index_free(&ledger->index);
    seal_close(ledger->seal);
    if (ledger->file >= 0) close(ledger->file);
    explicit_bzero(ledger->place.key, sizeof ledger->place.key);
    free(ledger);
}

size_t ledger_count(const struct ledger *ledger)
{
    return ledger != NULL ? ledger->count : 0;
}

const struct piece_sums *ledger_sums(const struct ledger *ledger)
{
    static const struct piece_sums none;
    return ledger != NULL ? &ledger->sums : &none;
}

struct piece_source_sums ledger_source_sums(const struct ledger *ledger, uint32_t source)
{
    return ledger != NULL && source < ledger->source_capacity ? ledger->sources[source] : (struct piece_source_sums){0, 0};
}

size_t ledger_find(const struct ledger *ledger, uint32_t file, uint32_t piece)
{
    return ledger != NULL ? piece_index_find(&ledger->index, file, piece) : LEDGER_NONE;
}

bool ledger_is_in_order(const struct ledger *ledger, uint32_t file)
{
    return ledger != NULL && piece_index_is_in_order(&ledger->index, file);
}

const struct piece_index *ledger_index(const struct ledger *ledger)
{
    return ledger != NULL ? &ledger->index : NULL;
}

/* ------------------------------------------------------------------ sums */

bool ledger_sources_reserve(struct ledger *ledger, uint32_t source)
{
    if (source < ledger->source_capacity) return true;
    size_t capacity = 2 * (size_t)source + 16;
    struct piece_source_sums *sources = realloc(ledger->sources, capacity * sizeof *sources);
    if (sources == NULL) return false;
    memset(sources + ledger->source_capacity, 0, (capacity - ledger->source_capacity) * sizeof *sources);
    ledger->sources = sources;
    ledger->source_capacity = capacity;
    return true;
}

void ledger_sums_add(struct ledger *ledger, const struct object *piece, uint64_t times)
{
    struct piece_sums *sums = &ledger->sums;
    bool unread = piece->status == OBJECT_PENDING || coverage_reason_is_incomplete(piece->reason);
    sums->count += times;
    sums->listed_bytes += times * (piece->size_bytes > 0 ? (uint64_t)piece->size_bytes : 0);
    sums->bytes_examined += times * piece->bytes_examined;
    sums->bytes_unexamined[piece->reason] += times * piece->bytes_unexamined;
    sums->statuses[piece->status] += times;
    sums->unread += times * unread;
    sums->unread_bytes += unread ? times * piece->bytes_unexamined : 0;
    ledger->sources[piece->source].count += times;
    ledger->sources[piece->source].records += times * piece->records;
}

/* ------------------------------------------------------------------ objects in memory */

bool ledger_object_copy(struct object *to, const struct object *from, size_t *bytes)
{
    size_t path = strlen(from->path) + 1, format = strlen(object_format(from)) + 1, detail = strlen(object_detail(from)) + 1;
    char *block = malloc(path + format + detail);
    if (block == NULL) return false;
    memcpy(block, from->path, path);
    memcpy(block + path, object_format(from), format);
    memcpy(block + path + format, object_detail(from), detail);
    *to = *from;
    to->path = block;
    to->format = block + path;
    to->detail = block + path + format;
    to->below_root = to->open_path = NULL;
    to->root_descriptor = -1;
    to->is_piece = true;
    *bytes = path + format + detail;
    return true;
}

static size_t object_bytes(const struct object *object)
{
    return (size_t)(object->detail - object->path) + strlen(object->detail) + 1;
}

struct object *ledger_object_at(const struct ledger *ledger, size_t number)
{
    struct object *recent = ledger->groups[number / LEDGER_GROUP].recent;
    if (recent != NULL) return &recent[number % LEDGER_GROUP];
    size_t low = 0, high = ledger->late_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ledger->late[middle].number == number) return &ledger->late[middle].piece;
        if (ledger->late[middle].number < number) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

bool ledger_late_add(struct ledger *ledger, size_t number, const struct object *piece)
{
    if (ledger->late_count == ledger->late_capacity) {
        size_t capacity = 2 * ledger->late_capacity + 16;
        struct late_piece *late = realloc(ledger->late, capacity * sizeof *late);
        if (late == NULL) return false;
        ledger->late = late;
        ledger->late_capacity = capacity;
    }
    assert(ledger->late_count == 0 || ledger->late[ledger->late_count - 1].number < number);
    ledger->late[ledger->late_count++] = (struct late_piece){number, *piece};
    return true;
}

static size_t pieces_in(const struct ledger *ledger, size_t group)
{
    size_t left = ledger->count - group * LEDGER_GROUP;
    return left < LEDGER_GROUP ? left : LEDGER_GROUP;
}

/* ------------------------------------------------------------------ packing */

bool ledger_group_pack(struct ledger *ledger, size_t group)
{
    piece_before_reset(&ledger->before);
    for (size_t i = 0; i < pieces_in(ledger, group); i++)
        if (!piece_pack(&ledger->before, &ledger->groups[group].recent[i], &ledger->room)) return false;
    return true;
}

/* Packs the oldest group of whole objects; those that are not told yet stay whole beside it. */
static bool oldest_pack(struct ledger *ledger)
{
    struct group *group = &ledger->groups[ledger->first_recent];
    ledger->room.count = 0;
    if (!ledger_group_pack(ledger, ledger->first_recent)) return false;
    char *packed = malloc(ledger->room.count);
    if (packed == NULL) return false;
    memcpy(packed, ledger->room.at, ledger->room.count);
    for (size_t i = 0; i < LEDGER_GROUP; i++) {
        struct object *piece = &group->recent[i];
        ledger->recent_bytes -= object_bytes(piece);
        if (piece->status != OBJECT_PENDING) continue;
        if (!ledger_late_add(ledger, ledger->first_recent * LEDGER_GROUP + i, piece)) {
            free(packed);
            return false;
        }
        piece->path = NULL;
    }
    recent_free(group->recent);
    *group = (struct group){.packed = packed, .packed_bytes = (uint32_t)ledger->room.count};
    ledger->held_bytes += ledger->room.count;
    ledger->first_recent++;
    return true;
}

/* ------------------------------------------------------------------ the file */

static void put_u32(char *at, uint32_t value)
{
    for (int b = 0; b < 4; b++) at[b] = (char)(unsigned char)(value >> 8 * b);
}

static uint32_t get_u32(const char *at)
{
    uint32_t value = 0;
    for (int b = 0; b < 4; b++) value |= (uint32_t)(unsigned char)at[b] << 8 * b;
    return value;
}

/* What ties a group to its place: 'l', its number, its bytes. Runs have other contexts (run_seal.h). */
static struct span context_of(char room[CONTEXT_BYTES], size_t group, uint32_t bytes)
{
    room[0] = 'l';
    for (int b = 0; b < 8; b++) room[1 + b] = (char)(unsigned char)((uint64_t)group >> 8 * b);
    put_u32(room + 9, bytes);
    return (struct span){room, CONTEXT_BYTES};
}

static enum status file_make(struct ledger *ledger, struct fault *fault)
{
    if (ledger->seal == NULL) ledger->seal = ledger->place.open_seal(ledger->place.key);
    if (ledger->seal == NULL) return ledger_no_memory(fault);
    if (ledger->file >= 0) return STATUS_OK;
    const char *name = ledger->place.is_scratch ? "." LEDGER_NAME ".partial" : LEDGER_NAME;
    unlinkat(ledger->place.directory, name, 0); /* what a killed run left */
    ledger->file = openat(ledger->place.directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (ledger->file < 0) return ledger_file_failed("cannot be made", fault);
    if (ledger->place.is_scratch) unlinkat(ledger->place.directory, name, 0);
    return STATUS_OK;
}

/* Appends the room to the file. */
static enum status room_write(struct ledger *ledger, struct fault *fault)
{
    const char *at = ledger->room.at;
    ledger->is_dirty = true;
    for (size_t left = ledger->room.count; left > 0;) {
        ssize_t written = pwrite(ledger->file, at, left, (off_t)ledger->file_bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written == 0) errno = ENOSPC;
        if (written <= 0) return ledger_file_failed("cannot be written", fault);
        at += written;
        left -= (size_t)written;
        ledger->file_bytes += (uint64_t)written;
    }
    ledger->room.count = 0;
    return STATUS_OK;
}

/* Puts a packed group, sealed, behind what is in the room. */
static bool group_seal(struct ledger *ledger, size_t number)
{
    const struct group *group = &ledger->groups[number];
    char context[CONTEXT_BYTES];
    uint8_t tag[SEAL_TAG_BYTES];
    if (!bytes_reserve(&ledger->room, LEDGER_HEAD_BYTES + group->packed_bytes)) return false;
    char *head = ledger->room.at + ledger->room.count, *sealed = head + LEDGER_HEAD_BYTES;
    put_u32(head, group->packed_bytes);
    memcpy(sealed, group->packed, group->packed_bytes);
    if (!seal_lock(ledger->seal, context_of(context, number, group->packed_bytes), sealed, group->packed_bytes, tag)) return false;
    memcpy(head + 4, tag, sizeof tag);
    ledger->room.count += LEDGER_HEAD_BYTES + group->packed_bytes;
    return true;
}

/* Brings all packed groups to the file. They stay in memory until all are there. */
static enum status groups_write(struct ledger *ledger, struct fault *fault)
{
    enum status status = file_make(ledger, fault);
    uint64_t begin = ledger->file_bytes, offset = begin;
    ledger->room.count = 0;
    for (size_t g = ledger->file_groups; g < ledger->first_recent && status == STATUS_OK; g++) {
        ledger->groups[g].offset = offset;
        offset += LEDGER_HEAD_BYTES + ledger->groups[g].packed_bytes;
        if (!group_seal(ledger, g)) status = ledger_no_memory(fault);
        else if (ledger->room.count >= FILE_WRITE_BYTES) status = room_write(ledger, fault);
    }
    if (status == STATUS_OK) status = room_write(ledger, fault);
    if (status != STATUS_OK) {
        ledger->file_bytes = begin; /* half of it counts for nothing */
        return status;
    }
    for (size_t g = ledger->file_groups; g < ledger->first_recent; g++) {
        free(ledger->groups[g].packed);
        ledger->groups[g].packed = NULL;
    }
    ledger->file_groups = ledger->first_recent;
    ledger->held_bytes = 0;
    return STATUS_OK;
}

/* Packs what is no longer recent, and brings to the file what is too much for memory. */
static enum status shrink(struct ledger *ledger, struct fault *fault)
{
    size_t held_max = ledger->place.held_bytes > 0 ? ledger->place.held_bytes : LEDGER_HELD_BYTES;
    while (ledger->first_recent + 1 < ledger->group_count &&
           (ledger->count - ledger->first_recent * LEDGER_GROUP > ledger->recent_pieces_max || ledger->recent_bytes > LEDGER_RECENT_BYTES))
        if (!oldest_pack(ledger)) return ledger_no_memory(fault);
    return ledger->is_settled && ledger->held_bytes > held_max ? groups_write(ledger, fault) : STATUS_OK;
}

enum status ledger_settle(struct ledger *ledger, const struct ledger_place *place, struct fault *fault)
{
    size_t few = place->held_bytes / PIECE_BYTES_GUESSED;
    ledger->place = *place;
    ledger->is_settled = place->directory >= 0;
    if (place->held_bytes > 0 && few < LEDGER_RECENT_PIECES) ledger->recent_pieces_max = few;
    if (!ledger->is_settled || place->is_scratch) return STATUS_OK;
    if (ledger->file >= 0) close(ledger->file);
    ledger->file = -1;
    if (ledger->file_groups == 0) {
        unlinkat(place->directory, LEDGER_NAME, 0);
        return STATUS_OK;
    }
    ledger->file = openat(place->directory, LEDGER_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (ledger->file < 0) return ledger_file_failed("cannot be opened", fault);
    return ftruncate(ledger->file, (off_t)ledger->file_bytes) == 0 ? STATUS_OK : ledger_file_failed("cannot be written", fault);
}

/* ------------------------------------------------------------------ adding */

bool ledger_group_open(struct ledger *ledger)
{
    if (ledger->group_count == ledger->group_capacity) {
        size_t capacity = 2 * ledger->group_capacity + 16;
        struct group *groups = realloc(ledger->groups, capacity * sizeof *groups);
        if (groups == NULL) return false;
        ledger->groups = groups;
        ledger->group_capacity = capacity;
    }
    struct object *recent = calloc(LEDGER_GROUP, sizeof *recent);
    if (recent == NULL) return false;
    ledger->groups[ledger->group_count++] = (struct group){.recent = recent};
    return true;
}

/* Whether the piece's path does not stand before those of its file's pieces. Where the last one is packed, nobody looks. */
static bool follows(const struct ledger *ledger, const struct object *piece)
{
    size_t last = piece_index_last(&ledger->index, piece->file);
    const struct object *before = last != LEDGER_NONE ? ledger_object_at(ledger, last) : NULL;
    return before != NULL && strcmp(before->path, piece->path) <= 0;
}

/* Appends a copy of the piece to those that are recent. */
static bool append(struct ledger *ledger, const struct object *piece)
{
    size_t bytes = 0, at = ledger->count;
    if (!ledger_sources_reserve(ledger, piece->source) || (at == ledger->group_count * LEDGER_GROUP && !ledger_group_open(ledger))) return false;
    struct object *copy = &ledger->groups[at / LEDGER_GROUP].recent[at % LEDGER_GROUP];
    if (!ledger_object_copy(copy, piece, &bytes)) return false;
    ledger->count++;
    ledger->recent_bytes += bytes;
    ledger_sums_add(ledger, copy, 1);
    return true;
}

enum status ledger_add(struct ledger *ledger, const struct object *piece, size_t *number, struct fault *fault)
{
    size_t at = ledger->count;
    bool is_next = follows(ledger, piece);
    if (!append(ledger, piece) || !piece_index_add(&ledger->index, piece->file, piece->piece, at, is_next)) return ledger_no_memory(fault);
    if (number != NULL) *number = at;
    return shrink(ledger, fault);
}

enum status ledger_copy(struct ledger *ledger, const struct object *piece, struct fault *fault)
{
    return append(ledger, piece) ? shrink(ledger, fault) : ledger_no_memory(fault);
}

enum status ledger_put(struct ledger *ledger, size_t number, const struct object *piece, struct fault *fault)
{
    struct object *at = ledger_object_at(ledger, number), told = *piece;
    size_t bytes = 0;
    assert(at != NULL && at->status == OBJECT_PENDING);
    char *block = at->path;
    told.path = at->path;
    told.file = at->file;
    told.piece = at->piece;
    told.source = at->source;
    ledger_sums_add(ledger, at, UINT64_MAX);
    bool is_recent = ledger->groups[number / LEDGER_GROUP].recent != NULL;
    size_t bytes_before = object_bytes(at);
    if (!ledger_object_copy(at, &told, &bytes)) return ledger_no_memory(fault);
    free(block);
    if (is_recent) ledger->recent_bytes += bytes - bytes_before;
    ledger_sums_add(ledger, at, 1);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ reading */

enum status ledger_reader_open(const struct ledger *ledger, struct ledger_reader **reader, struct fault *fault)
{
    *reader = calloc(1, sizeof **reader);
    if (*reader == NULL) return ledger_no_memory(fault);
    (*reader)->ledger = ledger;
    (*reader)->number = LEDGER_NONE;
    return STATUS_OK;
}

void ledger_reader_close(struct ledger_reader *reader)
{
    if (reader == NULL) return;
    seal_close(reader->seal);
    bytes_free(&reader->group);
    piece_before_free(&reader->before);
    free(reader);
}

/* What is there of count bytes; an error is 0 with errno set. */
static size_t read_at(int file, char *bytes, size_t count, uint64_t offset)
{
    size_t done = 0;
    errno = 0;
    while (done < count) {
        ssize_t got = pread(file, bytes + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return 0;
        if (got == 0) break;
        done += (size_t)got;
    }
    return done;
}

enum status ledger_group_read(const struct ledger *ledger, struct seal **seal, size_t group, uint64_t offset, struct bytes *to, struct fault *fault)
{
    char head[LEDGER_HEAD_BYTES], context[CONTEXT_BYTES];
    if (*seal == NULL) *seal = ledger->place.open_seal(ledger->place.key);
    if (*seal == NULL) return ledger_no_memory(fault);
    size_t got = read_at(ledger->file, head, sizeof head, offset);
    if (got == 0 && errno != 0) return ledger_file_failed("cannot be read", fault);
    uint32_t bytes = get_u32(head);
    if (got < sizeof head || bytes == 0 || bytes > LEDGER_GROUP_BYTES_MAX) return ledger_damaged(fault);
    to->count = 0;
    if (!bytes_reserve(to, bytes)) return ledger_no_memory(fault);
    got = read_at(ledger->file, to->at, bytes, offset + sizeof head);
    if (got == 0 && errno != 0) return ledger_file_failed("cannot be read", fault);
    if (got < bytes) return ledger_damaged(fault);
    enum status status = seal_unlock(*seal, context_of(context, group, bytes), (const uint8_t *)head + 4, to->at, bytes);
    if (status == STATUS_FATAL) return ledger_no_memory(fault);
    to->count = bytes;
    return status == STATUS_OK ? status : ledger_damaged(fault);
}

/* Takes a packed group in hand, before its first piece. */
static enum status reader_turn(struct ledger_reader *reader, size_t group, struct fault *fault)
{
    const struct group *packed = &reader->ledger->groups[group];
    reader->number = LEDGER_NONE;
    if (packed->packed != NULL) {
        reader->group.count = 0;
        if (!bytes_reserve(&reader->group, packed->packed_bytes)) return ledger_no_memory(fault);
        bytes_put(&reader->group, packed->packed, packed->packed_bytes);
    } else {
        enum status status = ledger_group_read(reader->ledger, &reader->seal, group, packed->offset, &reader->group, fault);
        if (status != STATUS_OK) return status;
    }
    reader->from = (struct bytes_reader){reader->group.at, reader->group.at + reader->group.count, false};
    piece_before_reset(&reader->before);
    return STATUS_OK;
}

enum status ledger_read(struct ledger_reader *reader, size_t number, const struct object **piece, struct fault *fault)
{
    assert(number < reader->ledger->count);
    *piece = ledger_object_at(reader->ledger, number);
    if (*piece != NULL) return STATUS_OK;
    size_t group = number / LEDGER_GROUP, next = reader->number + 1;
    bool in_hand = reader->number != LEDGER_NONE && reader->number / LEDGER_GROUP == group && reader->number <= number;
    if (!in_hand) {
        enum status status = reader_turn(reader, group, fault);
        if (status != STATUS_OK) return status;
        next = group * LEDGER_GROUP;
    }
    for (; next <= number; next++) {
        if (!piece_unpack(&reader->before, &reader->from, &reader->piece)) {
            reader->number = LEDGER_NONE;
            return ledger_damaged(fault);
        }
        reader->number = next;
    }
    *piece = &reader->piece;
    return STATUS_OK;
}
