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

void ledger_stop(struct stream_ledger *ledger, enum coverage_reason reason, const char *detail)
{
    outcome_mark(ledger->outcome, OBJECT_PARTIAL, reason, "%s", detail);
    if (ledger->stopped) return;
    ledger->stopped = true;
    ledger->stopped_at = ledger->stored_consumed;
}
