#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/escape.h"
#include "../support/file.h"
#include "case_json.h"
#include "coverage_csv.h"
#include "impact_csv.h"
#include "summary_json.h"

enum { FOLDER_MODE = 0700, SHOWN_SIZE = 256 };

static bool is_empty_folder(const char *folder, bool *readable)
{
    DIR *stream = opendir(folder);
    *readable = stream != NULL;
    if (stream == NULL)
        return false;
    bool empty = true;
    const struct dirent *entry = NULL;
    while (empty && (entry = readdir(stream)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(stream);
    return empty;
}

enum status case_folder_create(const char *folder, struct fault *fault)
{
    char shown[SHOWN_SIZE];
    escape_write_tail(shown, sizeof shown, folder, strlen(folder));
    if (mkdir(folder, FOLDER_MODE) == 0)
        return STATUS_OK;
    if (errno != EEXIST)
        return fault_set(fault, STATUS_USAGE, "the case folder %s cannot be made: %s", shown, strerror(errno));
    bool readable = false;
    if (is_empty_folder(folder, &readable))
        return STATUS_OK;
    if (!readable)
        return fault_set(fault, STATUS_USAGE, "the case folder %s is no folder that can be used: %s", shown,
                         strerror(errno));
    return fault_set(fault, STATUS_USAGE, "the case folder %s is not empty; name one that is new", shown);
}

enum status case_tally_open(const char *folder, int *directory, struct fault *fault)
{
    int case_folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *directory = -1;
    if (case_folder >= 0 && (mkdirat(case_folder, "tally", FOLDER_MODE) == 0 || errno == EEXIST))
        *directory = openat(case_folder, "tally", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    if (case_folder >= 0)
        close(case_folder);
    if (*directory >= 0)
        return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "the folder for the counts (tally) cannot be made in the case: %s", strerror(error));
}

enum { FILE_COVERAGE, FILE_IMPACT, FILE_SUMMARY, FILE_CASE, FILE_COUNT };

static enum status write_document(const char *folder, const char *name, const struct json_writer *writer,
                                  struct file **made, struct fault *fault)
{
    struct file *file = NULL;
    *made = NULL;
    enum status status = file_open(folder, name, &file, fault);
    if (status != STATUS_OK)
        return status;
    status = file_write(file, writer->bytes, writer->count, fault);
    if (status == STATUS_OK)
        status = file_seal(file, fault);
    if (status != STATUS_OK)
        file_abandon(file);
    else
        *made = file;
    return status;
}

static enum status write_case_json(const struct case_files *files, struct file **made, struct fault *fault)
{
    struct json_writer writer = {0};
    enum status status = case_json_make(files, &writer, fault);
    if (status == STATUS_OK)
        status = write_document(files->folder, "case.json", &writer, made, fault);
    free(writer.bytes);
    return status;
}

static enum status write_summary_json(const struct case_files *files, const uint8_t *evidence_digest, struct file **made, struct fault *fault)
{
    struct json_writer writer = {0};
    enum status status = summary_json_make(files, evidence_digest, &writer, fault);
    if (status == STATUS_OK)
        status = write_document(files->folder, "summary.json", &writer, made, fault);
    free(writer.bytes);
    return status;
}

/* A summary of before goes first. */
static enum status name_all(const char *folder, struct file *made[FILE_COUNT], struct fault *fault)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        unlinkat(descriptor, "summary.json", 0);
        close(descriptor);
    }
    enum status status = STATUS_OK;
    for (int i = 0; i < FILE_COUNT && status == STATUS_OK; i++) {
        status = file_close(made[i], fault);
        made[i] = NULL;
    }
    return status;
}

enum status report_write(const struct case_files *files, struct fault *fault)
{
    struct coverage_order *order = NULL;
    struct file *made[FILE_COUNT] = {[FILE_IMPACT] = files->impact};
    uint8_t evidence_digest[SHA256_BYTES];
    enum status status = coverage_order_open(files->list, files->scratch, 0, &order, fault);
    if (status == STATUS_OK)
        status = coverage_csv_write(files, order, &made[FILE_COVERAGE], evidence_digest, fault);
    coverage_order_close(order);
    if (status == STATUS_OK && made[FILE_IMPACT] == NULL)
        status = impact_csv_write(files, &made[FILE_IMPACT], fault);
    if (status == STATUS_OK)
        status = write_summary_json(files, evidence_digest, &made[FILE_SUMMARY], fault);
    if (status == STATUS_OK)
        status = write_case_json(files, &made[FILE_CASE], fault);
    if (status == STATUS_OK)
        status = name_all(files->folder, made, fault);
    for (int i = 0; i < FILE_COUNT; i++)
        file_abandon(made[i]);
    return status;
}

enum status report_write_interrupted(const struct case_files *files, struct fault *fault)
{
    struct file *made = NULL;
    enum status status = write_case_json(files, &made, fault);
    return status == STATUS_OK ? file_close(made, fault) : status;
}

enum status report_json(FILE *out, const struct case_files *files, struct fault *fault)
{
    struct coverage_order *order = NULL;
    struct json_writer writer = {0};
    uint8_t evidence_digest[SHA256_BYTES];
    enum status status = coverage_order_open(files->list, files->scratch, 0, &order, fault);
    if (status == STATUS_OK)
        status = coverage_digest(order, evidence_digest, fault);
    coverage_order_close(order);
    if (status == STATUS_OK)
        status = summary_json_make(files, evidence_digest, &writer, fault);
    if (status == STATUS_OK &&
        (fwrite(writer.bytes, 1, writer.count, out) != writer.count || fflush(out) != 0))
        status = fault_set(fault, STATUS_FATAL, "the summary cannot be printed: %s", strerror(errno));
    free(writer.bytes);
    return status;
}

int report_exit_code(const struct object_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        if (object->status == OBJECT_PENDING || coverage_reason_is_incomplete(object->reason))
            return 3;
    }
    return ledger_sums(list->ledger)->unread > 0 ? 3 : 0;
}
