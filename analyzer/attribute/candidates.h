/* Whose a record is that names no customer, from whom its identifiers lead to.
 *
 * Shape    each identifier's candidates -> narrowed by the record's time -> the one person, or all who are possible
 * Rule     specification, section 7, and notification.md of the domain, 2.2:
 *            roster   the time leaves one customer: sure (T1) if it lies in an interval with an end, else T2; without a time
 *                     that decides, one customer is T2, several are possible. Where the time lies outside of all, whoever
 *                     the roster names is possible, and no more: somebody whom it does not know had it then. More than
 *                     CANDIDATES_MAX whom the time leaves are nobody
 *            link     one customer is T2; of several the one within whose records' times alone the record lies, else all
 *                     are possible
 *            several identifiers: the strongest in the order VIN and CHS, PLT, NET, DEV, others that leads to one customer
 *                     says whose the record is; whoever others lead to is possible (a conflict). Where those of one
 *                     strength, or a stronger one, lead elsewhere, all are possible and nobody is preferred
 *            basis    that of the leads of the first hop that leads to the person: an identifier which a record ties to
 *                     somebody only because another of the record leads there is no further reason
 * Threads  no state
 */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "../tally/holder_set.h"
#include "../tally/resolve.h"

enum { CANDIDATES_MAX = SHARED_CUSTOMERS_MAX, INTERVALS_MAX = 512, JUDGED_MAX = HOLDER_SET_MAX * CANDIDATES_MAX };

/* From when (inclusive) to when (exclusive) somebody had an identifier; INT64_MIN and INT64_MAX: open. */
struct owner {
    struct span customer;
    int64_t from_s, to_s; /* from_s > to_s: no time is known */
};

/* Whom one identifier leads to: each customer in one or more of the owners; by links, at most CANDIDATES_MAX of them. */
struct lead {
    uint8_t position; /* of the identifier in its set */
    uint8_t rank;     /* how strong it is; 0: the strongest */
    uint8_t basis;    /* BASIS_ROSTER or BASIS_LINK */
    uint8_t hop;      /* which found it; 0: the roster, or records that name a customer */
    size_t count;
    struct owner owners[INTERVALS_MAX];
};

/* What the time leaves of a lead. */
struct narrowed {
    struct span customers[CANDIDATES_MAX];
    size_t count;
    bool unique; /* it leads to customers[0] */
    bool sure;   /* ... at T1 */
    bool shared; /* by more than CANDIDATES_MAX: it leads to none */
    bool across; /* some of the records are within an interval of the roster, others are not */
};

struct judged {
    struct span customer;
    uint8_t basis; /* BASIS_ROSTER, BASIS_LINK, BASIS_SURE */
};

/* people[0] is whose the record is, if decided; all others are possible. */
struct judgement {
    bool decided, conflict;
    size_t count;
    struct judged people[JUDGED_MAX];
    struct narrowed narrowed[HOLDER_SET_MAX]; /* of each lead */
};

/* Of the order VIN and CHS, PLT, NET, DEV, others. */
uint8_t identifier_rank(uint8_t kind);

/* times: of the first and the last record, TIME_NONE for none. */
void lead_narrow(const struct lead *lead, int64_t time_first, int64_t time_last, struct narrowed *narrowed);
void candidates_judge(const struct lead *leads, size_t count, int64_t time_first, int64_t time_last, struct judgement *judgement);

#endif
