#include "object.h"

#include <stdio.h>
#include <string.h>

static const char *const status_names[OBJECT_STATUS_COUNT] = {
    [OBJECT_PENDING] = "PENDING", [OBJECT_COMPLETE] = "COMPLETE", [OBJECT_PARTIAL] = "PARTIAL",
    [OBJECT_SKIPPED] = "SKIPPED", [OBJECT_FAILED] = "FAILED",     [OBJECT_DUPLICATE] = "DUPLICATE"};

#define ROW(name) [COVERAGE_##name] = #name,
static const char *const reason_names[COVERAGE_REASON_COUNT] = {[COVERAGE_NONE] = "",
                                                                COVERAGE_REASONS};
#undef ROW

const char *object_status_name(enum object_status status)
{
    return status_names[status];
}

const char *coverage_reason_name(enum coverage_reason reason)
{
    return reason_names[reason];
}

bool piece_paths_before(const struct object *a, const struct object *b)
{
    int order = a->is_range || b->is_range ? 0 : strcmp(a->path, b->path);
    return order != 0 ? order < 0 : a->piece < b->piece;
}

bool coverage_reason_is_incomplete(enum coverage_reason reason)
{
    switch (reason) {
    case COVERAGE_NONE:
    case COVERAGE_EXCLUDED_BY_USER:
    case COVERAGE_SYMLINK_NOT_FOLLOWED:
    case COVERAGE_DUPLICATE_CONTENT:
    case COVERAGE_RESIDUE_SCANNED_RAW:
        return false;
    default:
        return true;
    }
}

int object_gravity(enum object_status status, enum coverage_reason reason)
{
    switch (status) {
    case OBJECT_FAILED:
        return 4;
    case OBJECT_SKIPPED:
    case OBJECT_DUPLICATE:
        return 3;
    case OBJECT_PARTIAL:
        return coverage_reason_is_incomplete(reason) ? 2 : 1;
    default:
        return 0;
    }
}

void object_mark(struct object *object, enum object_status status, enum coverage_reason reason,
                 const char *detail)
{
    int old = object_gravity(object->status, object->reason), new = object_gravity(status, reason);
    if (new <= old && !(new == 0 && object->status == OBJECT_PENDING)) return;
    object->status = status;
    object->reason = reason;
    object->detail = detail;
}
