/* What is said where an earlier run cannot be gone on with, since something is not what it was. */
#ifndef CHANGED_H
#define CHANGED_H

#include "../evidence/object.h"
#include "../support/fault.h"

/* USAGE: "--resume: WHAT since this case was begun; ...". */
enum status resume_changed(const char *what, struct fault *fault);
enum status resume_evidence_changed(const struct object *object, const char *how, struct fault *fault);

#endif
