#include "case_open.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/escape.h"
#include "case_key.h"

enum { NAME_SHOWN = 200 };

enum status case_refuse(const char *folder, const char *why, struct fault *fault)
{
    char shown[NAME_SHOWN];
    escape_write_tail(shown, sizeof shown, folder, strlen(folder));
    return fault_set(fault, STATUS_USAGE, "%s: %s", shown, why);
}

/* What went wrong inside, with the folder in front; what is not the case's fault stays as it is. */
static enum status pass(const char *folder, enum status status, const struct fault *inner, struct fault *fault)
{
    if (status != STATUS_FATAL) return case_refuse(folder, inner->message, fault);
    *fault = *inner;
    return status;
}

enum status case_open(const char *folder, struct case_opened *opened, struct fault *fault)
{
    struct fault inner;
    *opened = (struct case_opened){.tally = -1, .state = {.sums = sums_none()}};
    enum status status = case_identity_read(folder, &opened->identity, &inner);
    if (status == STATUS_END) return case_refuse(folder, "is no case (there is no case.key)", fault);
    if (status != STATUS_OK) return pass(folder, status, &inner, fault);
    opened->identity.content = RUN_CONTENT_HOLDERS;
    char *path = NULL;
    if (asprintf(&path, "%s/tally", folder) < 0) return fault_set(fault, STATUS_FATAL, "no memory to open a case");
    opened->tally = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);
    if (opened->tally < 0) return case_refuse(folder, "is no case (there is no tally)", fault);
    status = case_state_read(opened->tally, &opened->identity, &opened->state, &inner);
    if (status == STATUS_END) return case_refuse(folder, "is no case that could be read (nothing was counted)", fault);
    case_state_sort_pieces(&opened->state);
    return status == STATUS_OK ? STATUS_OK : pass(folder, status, &inner, fault);
}

void case_close(struct case_opened *opened)
{
    if (opened->tally >= 0) close(opened->tally);
    opened->tally = -1;
    case_state_free(&opened->state);
}
