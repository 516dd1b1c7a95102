#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>

void outcome_mark(struct stream_outcome *outcome, enum object_status status,
                  enum coverage_reason reason, const char *format, ...)
{
    if (object_gravity(status, reason) <= object_gravity(outcome->status, outcome->reason)) return;
    outcome->status = status;
    outcome->reason = reason;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(outcome->detail, sizeof outcome->detail, format, arguments);
    va_end(arguments);
}

enum coverage_reason ledger_admit(struct stream_ledger *ledger, size_t *count)
{
    const struct stream_options *options = ledger->options;
    struct stream_limits *limits = ledger->limits;
    uint64_t left = options->decoded_bytes_max - limits->decoded_total;
    bool beyond = *count > left;
    if (beyond) *count = (size_t)left;
    limits->decoded_total += *count;
    limits->decoded_bytes += *count;
    if (beyond) return COVERAGE_LIMIT_BYTES;
    uint64_t consumed = *limits->stored_consumed - limits->consumed_before;
    bool swollen = limits->decoded_bytes > limits->free_bytes && limits->decoded_bytes / options->ratio_max >= consumed + 1;
    return swollen ? COVERAGE_LIMIT_RATIO : COVERAGE_NONE;
}

bool ledger_member(struct stream_ledger *ledger)
{
    return ledger->limits->members++ < ledger->options->members_max;
}

void limits_trip(struct stream_limits *limits, enum coverage_reason reason, const char *detail)
{
    if (limits->tripped != COVERAGE_NONE) return;
    limits->tripped = reason;
    snprintf(limits->detail, sizeof limits->detail, "%s", detail);
}

void ledger_stop(struct stream_ledger *ledger, enum coverage_reason reason, const char *detail)
{
    outcome_mark(ledger->outcome, OBJECT_PARTIAL, reason, "%s", detail);
    limits_trip(ledger->limits, reason, detail);
    if (ledger->stopped) return;
    ledger->stopped = true;
    ledger->stopped_at = ledger->stored_consumed;
}
