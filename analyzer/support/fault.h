/* What went wrong, once, where it was seen.
 *
 * Shape    the place that sees trouble fills a fault; callers pass it up untouched; main.c prints
 * Privacy  a message never holds bytes of the evidence; names of files go through escape.h
 */
#ifndef FAULT_H
#define FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "../../detectors/detector.h"

enum status {
    STATUS_OK,      /* done */
    STATUS_END,     /* nothing more to give; not a failure */
    STATUS_DAMAGED, /* this object goes no further; the run does, and reports it */
    STATUS_USAGE,   /* command line, profile or key: nothing was scanned (exit 2) */
    STATUS_FATAL    /* the run cannot keep its promise: no memory, no output (exit 4) */
};

enum { FAULT_MESSAGE_SIZE = 512 };

struct fault {
    enum status status;
    char message[FAULT_MESSAGE_SIZE];
};

/* Fills the fault (printf form) and returns its status, so that "return fault_set(...)" reads. */
enum status fault_set(struct fault *fault, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
