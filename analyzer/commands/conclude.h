/* From counts to a case: resolve, and write what people read.
 *
 * Shape    tally or runs, sums, ledger -> attribution -> resolve -> reports
 */
#ifndef CONCLUDE_H
#define CONCLUDE_H

#include "../attribute/attribution.h"
#include "../attribute/jurisdictions.h"
#include "../attribute/profile.h"
#include "../options.h"
#include "../report/report.h"
#include "../tally/resolving.h"
#include "sums.h"

struct conclusion {
    const char *folder;
    const struct options *options;
    struct resolving resolving; /* its runs are set here, where they are needed; what was begun is taken over */
    struct runs *runs;          /* all holders are in them */
    struct attributing *attributing; /* what is to be booked, found already, and in what was begun; conclude takes it over. NULL: it is to be found */
    struct file *impact;        /* impact.csv, made already, if nothing else is booked; conclude takes it over. NULL: it is to be made */
    bool loaded;                /* ... and in the tally too */
    const struct sums *sums;
    bool incomplete; /* something is missing that the ledger need not show: exit status 3 */
    bool distinct; /* whether distinct records were counted */
    uint64_t records_distinct;
    const struct roles *roles;
    const struct profile *profile;
    const struct roster *roster; /* NULL: none */
    struct run_facts *facts;
    struct timespec *started;
    struct jurisdictions jurisdictions; /* conclude's own; opened already where attributing is there */
    /* Called between resolving, which may merge runs, and the reports. */
    enum status (*commit)(void *context, struct fault *fault);
    void *context;
};

/* *exit_code is 0 or 3. Fails    as resolve and report_write. */
MUST_USE enum status conclude(struct conclusion *conclusion, int *exit_code, struct fault *fault);

/* What the command line says of how a case is made. */
void facts_set(struct run_facts *facts, const struct options *options, int thread_count, const char *status, int exit_code);

#endif
