#include <errno.h>
#include <string.h>

#include "../report/difference.h"
#include "commands.h"

static enum status write_differences(const struct options *options, const struct differences *differences,
                                     struct fault *fault)
{
    enum status status = STATUS_OK;
    switch (options->output) {
    case OUTPUT_CSV: status = difference_write_csv(stdout, differences, fault); break;
    case OUTPUT_JSON: status = difference_write_json(stdout, differences, fault); break;
    default: status = difference_write_text(stdout, differences, options->limit, fault); break;
    }
    if (status == STATUS_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = fault_set(fault, STATUS_FATAL, "the differences cannot be printed: %s", strerror(errno));
    return status;
}

static int report_failure(enum status status, const struct fault *fault)
{
    fprintf(stderr, "breachtally: %s\n", fault->message);
    return status == STATUS_USAGE ? EXIT_USAGE : EXIT_UNFINISHED;
}

int command_diff(const struct options *options)
{
    struct differences differences;
    struct fault fault = {0};
    enum status status = differences_find(options->arguments[0], options->arguments[1], &differences, &fault);
    if (status == STATUS_OK)
        status = write_differences(options, &differences, &fault);
    int exit_code = EXIT_FINISHED;
    if (status != STATUS_OK)
        exit_code = report_failure(status, &fault);
    else if (differences_any(&differences))
        exit_code = EXIT_MISMATCH;
    differences_free(&differences);
    return exit_code;
}
