#include "container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct container_format container_tar, container_zip, container_7z;

static const struct container_format *const containers[] = {&container_zip, &container_7z, &container_tar};

const struct container_format *container_find(const uint8_t *bytes, size_t length, const struct byte_reader *below)
{
    for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++)
        if (containers[i]->begins(bytes, length)) return containers[i];
    for (size_t i = 0; below->read_at != NULL && i < sizeof containers / sizeof containers[0]; i++)
        if (containers[i]->ends != NULL && containers[i]->ends(below)) return containers[i];
    return NULL;
}

void member_mark(struct container_member *member, enum object_status status, enum coverage_reason reason, const char *detail)
{
    if (object_gravity(status, reason) <= object_gravity(member->status, member->reason)) return;
    member->status = status;
    member->reason = reason;
    snprintf(member->detail, sizeof member->detail, "%s", detail);
}

char *member_name(const char *bytes, size_t length)
{
    static const char shown[] = "\xE2\x90\x80"; /* U+2400, a picture of NUL */
    size_t nuls = 0;
    for (size_t i = 0; i < length; i++) nuls += bytes[i] == '\0';
    char *name = malloc(length + nuls * (sizeof shown - 2) + 1), *at = name;
    if (name == NULL) return NULL;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\0') *at++ = bytes[i];
        else at = stpcpy(at, shown);
    }
    *at = '\0';
    return name;
}
