/* Command line in, exit status out. */
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "commands/commands.h"
#include "record/shape.h"
#include "support/escape.h"
#include "support/libraries.h"
#include "support/version.h"

static int print_version(void)
{
    struct library libraries[LIBRARIES_MAX];
    size_t count = libraries_list(libraries);
    printf("breachtally %s\nbuild       %s\nlibraries  ", BREACHTALLY_VERSION, BREACHTALLY_BUILD);
    for (size_t i = 0; i < count; i++)
        printf(" %s %s%s", libraries[i].name, libraries[i].version, i + 1 < count ? "," : "\n");
    const char *cpu_path = "";
    (void)shape_choose(NULL, &cpu_path);
    printf("cpu path    %s\nnetwork     none: this program has no code for it\n", cpu_path);
    return fflush(stdout) == 0 ? EXIT_FINISHED : EXIT_UNFINISHED;
}

static int run(const struct options *options)
{
    switch (options->action) {
    case OPTIONS_EXAMPLES:
        options_print_examples(stderr);
        return EXIT_USAGE;
    case OPTIONS_HELP:
        options_print_help(stdout, options->command);
        return fflush(stdout) == 0 ? EXIT_FINISHED : EXIT_UNFINISHED;
    case OPTIONS_VERSION: return print_version();
    case OPTIONS_RUN: break;
    }
    switch (options->command) {
    case COMMAND_SCAN: return command_scan(options);
    case COMMAND_EXPLAIN: return command_explain(options);
    case COMMAND_DETECTORS: return command_detectors(options);
    case COMMAND_DIFF: return command_diff(options);
    case COMMAND_MERGE: return command_merge(options);
    case COMMAND_REPORT: return command_report(options);
    case COMMAND_SHOW: return command_show(options);
    case COMMAND_INSPECT: return command_inspect(options);
    default: return EXIT_USAGE;
    }
}

/* Many runs and many cases are open at once: as many descriptors as the system allows. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* What is in memory is the evidence: no core file, whatever the caller allows, and none by way of a collector either. The leak check
 * of a sanitizer looks into the process as a debugger does, which the second call forbids. */
static void keep_memory_private(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int main(int argc, char **argv)
{
    allow_descriptors();
    keep_memory_private();
    struct options options;
    struct fault fault = {0};
    enum status status = options_read(argc, argv, &options, &fault);
    int exit_code = EXIT_USAGE;
    if (status == STATUS_OK)
        exit_code = run(&options);
    else {
        char shown[ESCAPE_GROWTH * sizeof fault.message]; /* it may quote the command line */
        escape_write(shown, sizeof shown, fault.message, strlen(fault.message));
        fprintf(stderr, "breachtally: %s\n", shown);
    }
    if (status == STATUS_FATAL)
        exit_code = EXIT_UNFINISHED;
    options_free(&options);
    return exit_code;
}
