#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>

#define RATIO_FREE_BYTES (64ULL << 20)

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

enum coverage_reason ledger_admit(struct stream_ledger *ledger, uint64_t *decoded_bytes, size_t *count)
{
    const struct stream_options *options = ledger->options;
    uint64_t left = options->decoded_bytes_max - *decoded_bytes;
    bool beyond = *count > left;
    if (beyond) *count = (size_t)left;
    *decoded_bytes += *count;
    if (beyond) return COVERAGE_LIMIT_BYTES;
    bool swollen = *decoded_bytes > RATIO_FREE_BYTES && *decoded_bytes / options->ratio_max >= ledger->stored_consumed + 1;
    return swollen ? COVERAGE_LIMIT_RATIO : COVERAGE_NONE;
}

void ledger_stop(struct stream_ledger *ledger, enum coverage_reason reason, const char *detail)
{
    outcome_mark(ledger->outcome, OBJECT_PARTIAL, reason, "%s", detail);
    if (ledger->stopped) return;
    ledger->stopped = true;
    ledger->stopped_at = ledger->stored_consumed;
}
