/* The subcommands. Each does its whole work, prints its own errors and returns the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "../options.h"

enum {
    EXIT_FINISHED = 0,
    EXIT_USAGE = 2,
    EXIT_INCOMPLETE = 3, /* finished, but some of the evidence could not be examined */
    EXIT_UNFINISHED = 4,
    EXIT_MISMATCH = 5    /* diff: the cases differ */
};

int command_scan(const struct options *options);
int command_explain(const struct options *options);
int command_detectors(const struct options *options);
int command_diff(const struct options *options);
int command_merge(const struct options *options);
int command_report(const struct options *options);
int command_show(const struct options *options);
int command_inspect(const struct options *options);

#endif
