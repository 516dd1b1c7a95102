#include "roster_load.h"

#include <stdio.h>

static void ignored_tell(const struct roster *roster)
{
    const char *const *names;
    size_t count = roster_ignored(roster, &names);
    if (count == 0) return;
    fputs("breachtally: columns of the roster that say nothing here:", stderr);
    for (size_t i = 0; i < count; i++) fprintf(stderr, "%s \"%s\"", i > 0 ? "," : "", names[i]);
    fputc('\n', stderr);
}

static void bad_tell(const struct roster *roster)
{
    const struct roster_bad *listed;
    size_t count = roster_bad_listed(roster, &listed);
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "breachtally: roster line %llu", (unsigned long long)listed[i].line);
        if (listed[i].column[0] != '\0') fprintf(stderr, ", \"%s\"", listed[i].column);
        fprintf(stderr, " %s\n", listed[i].reason);
    }
    if (roster_bad_count(roster) > count)
        fprintf(stderr, "breachtally: and %llu bad lines more\n", (unsigned long long)(roster_bad_count(roster) - count));
}

enum status roster_load(const struct options *options, const struct roles *roles, const struct profile *profile, int thread_count,
                        const volatile sig_atomic_t *stop, struct roster **roster, struct fault *fault)
{
    *roster = NULL;
    if (options->roster_path == NULL) return STATUS_OK;
    const struct roster_options reading = {options->roster_path, roles, profile, thread_count, stop};
    enum status status = roster_open(&reading, roster, fault);
    if (status != STATUS_OK) return status;
    if (!options->quiet) ignored_tell(*roster);
    unsigned long long bad = roster_bad_count(*roster);
    if (bad == 0) return STATUS_OK;
    if (!options->quiet || !options->roster_skip_bad) bad_tell(*roster);
    if (!options->roster_skip_bad)
        return fault_set(fault, STATUS_USAGE, "the roster has %llu bad line%s; nothing was scanned (--roster-skip-bad goes on without them)", bad,
                         bad == 1 ? "" : "s");
    fprintf(stderr, "breachtally: %llu bad line%s of the roster %s left out\n", bad, bad == 1 ? "" : "s", bad == 1 ? "was" : "were");
    return STATUS_OK;
}
