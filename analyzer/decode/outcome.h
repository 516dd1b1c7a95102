/* What the layers of one stream tell about it, and what they must keep within together. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "stream.h"

/* What all that is within one file must keep within together. */
struct stream_limits {
    uint64_t decoded_bytes;   /* by all layers and members, since the ratio was last judged anew */
    uint64_t decoded_total;   /* in all */
    uint64_t free_bytes;      /* that many need no ratio */
    uint64_t consumed_before; /* stored bytes that do not count for the ratio any more */
    uint64_t members;         /* of all layers and containers */
    uint64_t unlock_work;     /* of trying passwords (zip_unlock.h) */
    const uint64_t *stored_consumed; /* of the file */
    enum coverage_reason tripped;    /* NONE, or the limit that ended the object in hand */
    char detail[OBJECT_DETAIL_SIZE]; /* which, where, and what raises it */
};

#define RATIO_FREE_BYTES (UINT64_C(64) << 20)

/* Of one object within the stream. */
struct stream_ledger {
    const struct stream_options *options;
    struct stream_limits *limits;
    struct stream_outcome *outcome;
    uint64_t stored_consumed;   /* bytes of the object that the lowest layer has gone through */
    uint64_t stored_unexamined; /* holes and damage so far, in stored bytes */
    bool stopped;               /* a limit: what follows stopped_at is unexamined */
    uint64_t stopped_at;
};

/* The first trouble stays, unless the new one is graver: the rule of object_mark. */
void outcome_mark(struct stream_outcome *outcome, enum object_status status,
                  enum coverage_reason reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Takes *count more decoded bytes into the sums; cuts off what is beyond a limit. NONE, LIMIT_BYTES or LIMIT_RATIO. */
enum coverage_reason ledger_admit(struct stream_ledger *ledger, size_t *count);

/* One more member of a layer or a container; false: one too many. */
bool ledger_member(struct stream_ledger *ledger);

/* Notes that a limit ends the object in hand; ledger_stop: the one that the ledger is of. */void limits_trip(struct stream_limits *limits, enum coverage_reason reason, const char *detail);
void ledger_stop(struct stream_ledger *ledger, enum coverage_reason reason, const char *detail);

#endif
