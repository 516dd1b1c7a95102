#include "ledger_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PART_GROUP = 'g', PART_LATE = 's' };

/* ------------------------------------------------------------------ keeping */

enum status ledger_keep(struct ledger *ledger, struct ledger_kept *kept, struct fault *fault)
{
    *kept = (struct ledger_kept){0};
    if (ledger == NULL) return STATUS_OK;
    if (ledger->is_dirty && fdatasync(ledger->file) != 0) return ledger_file_failed("cannot be brought to the disk", fault);
    ledger->is_dirty = false;
    *kept = (struct ledger_kept){ledger->count, ledger->file_groups, ledger->file_bytes};
    return STATUS_OK;
}

enum status ledger_part(struct ledger *ledger, size_t i, struct span *part, struct fault *fault)
{
    size_t group = ledger->file_groups + i, late = i - (ledger->group_count - ledger->file_groups);
    bool is_group = group < ledger->group_count;
    ledger->room.count = 0;
    if (!is_group && late >= ledger->late_count) return STATUS_END;
    if (!bytes_reserve(&ledger->room, 1 + LEB128_BYTES_MAX)) return ledger_no_memory(fault);
    bytes_put_byte(&ledger->room, is_group ? PART_GROUP : PART_LATE);
    bool enough = true;
    if (!is_group) {
        bytes_put_leb128(&ledger->room, ledger->late[late].number);
        piece_before_reset(&ledger->before);
        enough = piece_pack(&ledger->before, &ledger->late[late].piece, &ledger->room);
    } else if (ledger->groups[group].recent != NULL) {
        enough = ledger_group_pack(ledger, group);
    } else {
        enough = bytes_reserve(&ledger->room, ledger->groups[group].packed_bytes);
        if (enough) bytes_put(&ledger->room, ledger->groups[group].packed, ledger->groups[group].packed_bytes);
    }
    *part = (struct span){ledger->room.at, ledger->room.count};
    return enough ? STATUS_OK : ledger_no_memory(fault);
}

/* ------------------------------------------------------------------ taking up */

/* Whether a piece is one that its file and the list can have. */
static bool piece_fits(const struct object *piece, const struct ledger_bounds *bounds)
{
    if (piece->file >= bounds->file_count || piece->source >= bounds->source_count) return false;
    const char *within = bounds->files[piece->file].path;
    size_t length = strlen(within);
    if (length > OBJECT_PATH_MAX / 2) return strncmp(piece->path, within, OBJECT_PATH_MAX / 2) == 0 && piece->path[OBJECT_PATH_MAX / 2] == '!';
    return strncmp(piece->path, within, length) == 0 && piece->path[length] == '!';
}

/* The same as follows(), of pieces that are packed. */
static bool follows_last(const struct ledger *ledger, const struct object *piece)
{
    return ledger->last_path.count > 0 && ledger->last_file == piece->file && strcmp(ledger->last_path.at, piece->path) <= 0;
}

static bool last_keep(struct ledger *ledger, const struct object *piece)
{
    size_t size = strlen(piece->path) + 1;
    ledger->last_path.count = 0;
    if (!bytes_reserve(&ledger->last_path, size)) return false;
    bytes_put(&ledger->last_path, piece->path, size);
    ledger->last_file = piece->file;
    return true;
}

/* Takes up one piece of a group. The last group, where it is not full, is of whole objects. */
static enum status piece_take(struct ledger *ledger, struct object *piece, struct object *whole, const struct ledger_bounds *bounds, struct fault *fault)
{
    size_t bytes = 0;
    if (!piece_fits(piece, bounds) || ledger_find(ledger, piece->file, piece->piece) != LEDGER_NONE) return ledger_damaged(fault);
    bool is_late = whole == NULL && piece->status == OBJECT_PENDING;
    struct object copy;
    bool enough = ledger_sources_reserve(ledger, piece->source) && piece_index_add(&ledger->index, piece->file, piece->piece, ledger->count, follows_last(ledger, piece)) &&
                  last_keep(ledger, piece);
    if (enough && (is_late || whole != NULL)) enough = ledger_object_copy(&copy, piece, &bytes);
    if (!enough) return ledger_no_memory(fault);
    if (is_late && !ledger_late_add(ledger, ledger->count, &copy)) {
        free(copy.path);
        return ledger_no_memory(fault);
    }
    if (whole != NULL) {
        *whole = copy;
        ledger->recent_bytes += bytes;
    }
    ledger_sums_add(ledger, piece, 1);
    ledger->count++;
    return STATUS_OK;
}

/* Takes up a group of count pieces. */
static enum status group_take(struct ledger *ledger, struct span packed, size_t count, const struct ledger_bounds *bounds, struct fault *fault)
{
    struct bytes_reader from = {packed.at, packed.at + packed.len, false};
    struct object piece;
    if (!ledger_group_open(ledger)) return ledger_no_memory(fault);
    struct group *group = &ledger->groups[ledger->group_count - 1];
    bool is_full = count == LEDGER_GROUP;
    if (is_full) {
        free(group->recent);
        group->recent = NULL;
        ledger->first_recent = ledger->group_count;
    }
    piece_before_reset(&ledger->before);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = piece_unpack(&ledger->before, &from, &piece) ? piece_take(ledger, &piece, is_full ? NULL : &group->recent[i], bounds, fault) : ledger_damaged(fault);
    return status == STATUS_OK && from.at != from.end ? ledger_damaged(fault) : status;
}

enum status ledger_load(struct ledger *ledger, const struct ledger_place *place, const struct ledger_kept *kept,
                        const struct ledger_bounds *bounds, struct fault *fault)
{
    ledger->place = *place;
    ledger->expected = (size_t)kept->count;
    if (kept->count > LEDGER_PIECES_MAX || kept->file_groups > kept->count / LEDGER_GROUP || (kept->file_groups == 0) != (kept->file_bytes == 0)) return ledger_damaged(fault);
    if (kept->file_groups == 0) return STATUS_OK;
    ledger->file = openat(place->directory, LEDGER_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (ledger->file < 0) return fault_set(fault, STATUS_DAMAGED, "%s: cannot be opened: %s", LEDGER_NAME, strerror(errno));
    struct bytes packed = {0};
    uint64_t offset = 0;
    enum status status = STATUS_OK;
    for (size_t g = 0; g < kept->file_groups && status == STATUS_OK; g++) {
        status = ledger_group_read(ledger, &ledger->seal, g, offset, &packed, fault);
        if (status == STATUS_OK) status = group_take(ledger, (struct span){packed.at, packed.count}, LEDGER_GROUP, bounds, fault);
        if (status != STATUS_OK) break;
        ledger->groups[g].offset = offset;
        offset += LEDGER_HEAD_BYTES + packed.count;
    }
    bytes_free(&packed);
    ledger->file_groups = (size_t)kept->file_groups;
    ledger->file_bytes = offset;
    return status == STATUS_OK && offset != kept->file_bytes ? ledger_damaged(fault) : status;
}

/* A piece that was packed before it was told. */
static enum status late_take(struct ledger *ledger, struct bytes_reader *from, const struct ledger_bounds *bounds, struct fault *fault)
{
    struct object piece;
    uint64_t number = bytes_take_leb128(from);
    piece_before_reset(&ledger->before);
    ledger->late_told = true;
    if (from->bad || !piece_unpack(&ledger->before, from, &piece) || from->at != from->end || number >= ledger->count) return ledger_damaged(fault);
    const struct object *then = ledger->groups[number / LEDGER_GROUP].recent == NULL ? ledger_object_at(ledger, (size_t)number) : NULL;
    bool same = then != NULL && then->status == OBJECT_PENDING && then->file == piece.file && then->piece == piece.piece &&
                then->source == piece.source && strcmp(then->path, piece.path) == 0 && piece_fits(&piece, bounds);
    return same ? ledger_put(ledger, (size_t)number, &piece, fault) : ledger_damaged(fault);
}

enum status ledger_load_part(struct ledger *ledger, struct span part, const struct ledger_bounds *bounds, struct fault *fault)
{
    struct bytes_reader from = {part.at, part.at + part.len, false};
    unsigned kind = bytes_take_byte(&from);
    if (kind == PART_LATE) return late_take(ledger, &from, bounds, fault);
    size_t left = ledger->expected - ledger->count, count = left < LEDGER_GROUP ? left : LEDGER_GROUP, bytes = (size_t)(from.end - from.at);
    if (kind != PART_GROUP || count == 0 || bytes > LEDGER_GROUP_BYTES_MAX || ledger->late_told) return ledger_damaged(fault);
    enum status status = group_take(ledger, (struct span){from.at, bytes}, count, bounds, fault);
    struct group *group = &ledger->groups[ledger->group_count - 1];
    if (status != STATUS_OK || group->recent != NULL) return status;
    group->packed = malloc(bytes);
    if (group->packed == NULL) return ledger_no_memory(fault);
    memcpy(group->packed, from.at, bytes);
    group->packed_bytes = (uint32_t)bytes;
    ledger->held_bytes += bytes;
    return STATUS_OK;
}

enum status ledger_loaded(struct ledger *ledger, struct fault *fault)
{
    bytes_free(&ledger->last_path);
    return ledger->count == ledger->expected ? STATUS_OK : ledger_damaged(fault);
}
