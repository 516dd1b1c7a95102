/* What the layers of one stream tell about it, and what they must keep within together. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "stream.h"

struct stream_ledger {
    const struct stream_options *options;
    struct stream_outcome *outcome;
    uint64_t stored_consumed;   /* bytes of the object that the lowest layer has gone through */
    uint64_t stored_unexamined; /* holes and damage so far, in stored bytes */
    uint64_t members;           /* of all layers */
    bool stopped;               /* a limit: what follows stopped_at is unexamined */
    uint64_t stopped_at;
};

/* The first trouble stays, unless the new one is graver: the rule of object_mark. */
void outcome_mark(struct stream_outcome *outcome, enum object_status status,
                  enum coverage_reason reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Takes *count more decoded bytes of a layer into its sum; cuts off what is beyond a limit. NONE, LIMIT_BYTES or LIMIT_RATIO. */
enum coverage_reason ledger_admit(struct stream_ledger *ledger, uint64_t *decoded_bytes, size_t *count);

/* Ends the stream by a limit. */
void ledger_stop(struct stream_ledger *ledger, enum coverage_reason reason, const char *detail);

#endif
