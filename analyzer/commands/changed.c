#include "changed.h"

#include <stdio.h>
#include <string.h>

#include "../support/escape.h"

enum { PATH_SHOWN = 200 };

enum status resume_changed(const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_USAGE, "--resume: %s since this case was begun; scan into a new folder", what);
}

enum status resume_evidence_changed(const struct object *object, const char *how, struct fault *fault)
{
    char shown[PATH_SHOWN], what[PATH_SHOWN + 64];
    escape_write_tail(shown, sizeof shown, object->path, strlen(object->path));
    snprintf(what, sizeof what, "the evidence has changed (%s: %s)", shown, how);
    return resume_changed(what, fault);
}
