/* breachtally inspect: which fields there are, and what each seems to be, before anything is counted.
 *
 * Shape    walk -> first bytes of each object -> what scan decides of its fields -> families -> table, JSON, a profile to edit
 * Limits   INSPECT_BYTES_MAX of the objects whose paths differ in digits alone; further ones of these are not opened, and counted so
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pthread.h>

#include "../decode/passwords.h"
#include "../support/escape.h"
#include "../support/file.h"
#include "../support/json.h"
#include "../support/parallel.h"
#include "commands.h"
#include "families.h"
#include "first_look.h"
#include "profile_draft.h"

enum { INSPECT_BYTES_MAX = 64 << 20, INNER_MAX = 1024 /* more than --max-depth allows */, PATH_SHOWN = 100, NAME_COLUMN = 28, ROLE_COLUMN = 16 };

struct inspection {
    const struct options *options;
    struct profile *profile;
    struct roles *roles;
    struct passwords *passwords; /* NULL: none */
    struct object_list list;
    size_t *chosen; /* objects that are opened */
    size_t chosen_count;
    atomic_size_t next;
    pthread_mutex_t lock; /* over all below */
    struct families families;
    size_t looked_at, passed_over, unread;
    size_t members; /* of containers, which are objects too */
    enum status status;
    struct fault fault;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to inspect the evidence");
}

/* ------------------------------------------------------------------ what is opened */

struct pattern {
    char *path; /* digits folded */
    size_t index;
};

static int by_pattern(const void *left, const void *right)
{
    const struct pattern *a = left, *b = right;
    int order = strcmp(a->path, b->path);
    return order != 0 ? order : a->index < b->index ? -1 : a->index > b->index;
}

static int by_index(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return a < b ? -1 : a > b;
}

/* Of each pattern of paths the first objects, up to the limit. */
static void choose(struct inspection *inspection, struct pattern *patterns, size_t count)
{
    uint64_t bytes = 0;
    qsort(patterns, count, sizeof *patterns, by_pattern);
    for (size_t i = 0; i < count; i++) {
        const struct object *object = &inspection->list.objects[patterns[i].index];
        uint64_t size = object->size_bytes < 0 || object->size_bytes > SNIFF_BYTES ? SNIFF_BYTES : (uint64_t)object->size_bytes;
        if (i == 0 || strcmp(patterns[i - 1].path, patterns[i].path) != 0) bytes = 0;
        bytes += size;
        if (bytes <= INSPECT_BYTES_MAX) inspection->chosen[inspection->chosen_count++] = patterns[i].index;
        else inspection->passed_over++;
    }
    qsort(inspection->chosen, inspection->chosen_count, sizeof *inspection->chosen, by_index);
}

static enum status choose_objects(struct inspection *inspection, struct fault *fault)
{
    const struct object_list *list = &inspection->list;
    struct pattern *patterns = calloc(list->count + 1, sizeof *patterns);
    inspection->chosen = calloc(list->count + 1, sizeof *inspection->chosen);
    size_t count = 0;
    bool enough = patterns != NULL && inspection->chosen != NULL;
    for (size_t i = 0; i < list->count && enough; i++) {
        if (list->objects[i].status != OBJECT_PENDING) {
            inspection->unread += coverage_reason_is_incomplete(list->objects[i].reason);
            continue;
        }
        patterns[count] = (struct pattern){family_path(list->objects[i].path), i};
        enough = patterns[count++].path != NULL;
    }
    if (enough) choose(inspection, patterns, count);
    for (size_t i = 0; i < count; i++) free(patterns[i].path);
    free(patterns);
    return enough ? STATUS_OK : no_memory(fault);
}

/* ------------------------------------------------------------------ a thread's work */

struct looker {
    struct sampler *sampler;
    struct path_matcher *matcher;
    char *bytes; /* FIRST_BYTES_ROOM */
};

static void looker_close(struct looker *looker)
{
    sampler_close(looker->sampler);
    path_matcher_close(looker->matcher);
    free(looker->bytes);
}

static enum status looker_open(const struct inspection *inspection, struct looker *looker, struct fault *fault)
{
    *looker = (struct looker){.bytes = malloc(FIRST_BYTES_ROOM)};
    if (looker->bytes == NULL) return no_memory(fault);
    enum status status = sampler_open(inspection->roles, &looker->sampler, fault);
    if (status == STATUS_OK) sampler_keep_shapes(looker->sampler, true);
    return status == STATUS_OK ? path_matcher_open(inspection->roles, &looker->matcher, fault) : status;
}

/* What it is: "gzip>cp932>csv". */
static void format_write(const struct stream *stream, const struct charset *charset, const struct layout *layout, char format[OBJECT_FORMAT_SIZE])
{
    const char *set = charset_kind_name(charset_kind(charset));
    snprintf(format, OBJECT_FORMAT_SIZE, "%.30s%s%s%s", stream_current(stream)->layers, set, set[0] != '\0' ? ">" : "", layout->name);
}

/* The object that the stream stands at the front of. path: its own, the root's name in front. */
static enum status look(struct inspection *inspection, struct looker *looker, size_t index, const char *path, int64_t size, struct stream *stream,
                        struct charset *charset, struct fault *fault)
{
    const struct object *object = &inspection->list.objects[index];
    const struct stream_outcome *outcome = stream_current(stream);
    struct first_bytes first;
    struct layout layout;
    struct sampled *sampled = NULL;
    struct span customer;
    char format[OBJECT_FORMAT_SIZE];
    enum status status = first_read(charset, stream, looker->bytes, &first, fault);
    if (status == STATUS_OK && (outcome->is_container || outcome->is_listed)) {
        pthread_mutex_lock(&inspection->lock);
        inspection->looked_at++;
        inspection->unread += coverage_reason_is_incomplete(outcome->reason);
        pthread_mutex_unlock(&inspection->lock);
        return STATUS_OK;
    }
    sampler_set_roles(looker->sampler, roles_of_source(inspection->roles, inspection->list.sources[object->source]));
    if (status == STATUS_OK) status = first_look(looker->sampler, &first, index + 1, false, &layout, &sampled, fault);
    if (status != STATUS_OK) return status;
    format_write(stream, charset, &layout, format);
    struct looked_at looked = {index, path, format, sampled, size > 0 ? (uint64_t)size : first.length,
                               path_matcher_customer_within(looker->matcher, path + (object->below_root - object->path), &customer)};
    bool unread = layout.format == FORMAT_UNSUPPORTED || charset_is_missing(charset);
    pthread_mutex_lock(&inspection->lock);
    if (!families_add(&inspection->families, &looked)) status = no_memory(fault);
    inspection->looked_at++;
    inspection->unread += unread || (first.ended && coverage_reason_is_incomplete(outcome->reason));
    pthread_mutex_unlock(&inspection->lock);
    sampled_free(sampled);
    return status;
}

/* The paths of objects that have begun and not ended, the innermost last. */
struct inner_paths {
    char *at[INNER_MAX];
    size_t count;
};

/* All that lies in a file, one object after another. */
static enum status look_within(struct inspection *inspection, struct looker *looker, size_t index, struct stream *stream, struct fault *fault)
{
    struct inner_paths paths = {0};
    struct stream_event event;
    enum status status;
    while ((status = stream_next(stream, &event, fault)) == STATUS_OK) {
        if (event.is_end) {
            /* Of one that was only looked into at its front, the rest is no loss. */
            bool lost = event.outcome->reason == COVERAGE_ENCRYPTED || event.outcome->reason == COVERAGE_UNSUPPORTED_METHOD;
            pthread_mutex_lock(&inspection->lock);
            inspection->unread += lost;
            pthread_mutex_unlock(&inspection->lock);
            if (paths.count > 0) free(paths.at[--paths.count]);
            continue;
        }
        const char *within = paths.count > 0 ? paths.at[paths.count - 1] : inspection->list.objects[index].path;
        char *path = NULL;
        if (paths.count == INNER_MAX || asprintf(&path, "%s!%s", within, event.name) < 0) {
            status = no_memory(fault);
            break;
        }
        paths.at[paths.count++] = path;
        pthread_mutex_lock(&inspection->lock);
        inspection->members++;
        pthread_mutex_unlock(&inspection->lock);
        struct charset *charset = NULL; /* each object has its own */
        status = charset_open(&charset, fault);
        if (status == STATUS_OK) status = look(inspection, looker, index, path, 0, stream, charset, fault);
        charset_close(charset);
        if (status != STATUS_OK) break;
    }
    while (paths.count > 0) free(paths.at[--paths.count]);
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status look_into(struct inspection *inspection, struct looker *looker, size_t index, struct fault *fault)
{
    const struct options *options = inspection->options;
    const struct stream_options streaming = {.read_bytes = options->read_bytes, .depth_max = (uint32_t)options->depth_max, .ratio_max = options->ratio_max,
                                             .decoded_bytes_max = options->decoded_bytes_max, .members_max = options->members_max,
                                             .passwords = inspection->passwords};
    struct stream *stream = NULL;
    struct charset *charset = NULL;
    enum status status = stream_open(&inspection->list.objects[index], &streaming, &stream, fault);
    if (status == STATUS_OK) status = charset_open(&charset, fault);
    const struct object *object = &inspection->list.objects[index];
    if (status == STATUS_OK) {
        status = look(inspection, looker, index, object->path, object->size_bytes, stream, charset, fault);
        if (status == STATUS_OK && stream_current(stream)->is_container) status = look_within(inspection, looker, index, stream, fault);
    }
    else if (status == STATUS_DAMAGED) {
        pthread_mutex_lock(&inspection->lock);
        inspection->unread++;
        pthread_mutex_unlock(&inspection->lock);
        status = STATUS_OK;
    }
    charset_close(charset);
    stream_close(stream);
    return status;
}

static void work(void *context, int thread)
{
    (void)thread;
    struct inspection *inspection = context;
    struct looker looker;
    struct fault fault;
    enum status status = looker_open(inspection, &looker, &fault);
    for (size_t i; status == STATUS_OK && (i = atomic_fetch_add(&inspection->next, 1)) < inspection->chosen_count;)
        status = look_into(inspection, &looker, inspection->chosen[i], &fault);
    looker_close(&looker);
    if (status == STATUS_OK) return;
    atomic_store(&inspection->next, inspection->chosen_count);
    pthread_mutex_lock(&inspection->lock);
    inspection->status = status;
    inspection->fault = fault;
    pthread_mutex_unlock(&inspection->lock);
}

/* ------------------------------------------------------------------ what is printed */

enum { SIZE_TEXT = 32 };

static const char *size_text(uint64_t bytes, char text[SIZE_TEXT])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++) size /= 1024;
    snprintf(text, SIZE_TEXT, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    return text;
}

static const char *customer_of(const struct family *family)
{
    const struct family_field *field = family_customer(family);
    return field != NULL ? field->name : family->by_path ? "(by path)" : "(none)";
}

static void print_field(const struct family_field *field)
{
    char share[16] = "-";
    if (field->checked && field->values > 0) snprintf(share, sizeof share, "%.1f %%", 100.0 * (double)field->valid / (double)field->values);
    printf("    %-*s  %-*s  %-9s  %7llu  %8s ", NAME_COLUMN, field->name, ROLE_COLUMN, field->role, field_how_name(field->how),
           (unsigned long long)field->values, share);
    for (size_t i = 0; i < SAMPLE_SHAPES && field->shapes[i][0] != '\0'; i++) printf("  %s", field->shapes[i]);
    putchar('\n');
}

static void print_family(const struct family *family)
{
    char path[PATH_SHOWN], size[SIZE_TEXT];
    escape_write_tail(path, sizeof path, family->path, strlen(family->path));
    printf("\n%s  %s\n    %llu %s, %s; customer: %s\n", family->format, path, (unsigned long long)family->objects,
           family->objects == 1 ? "object" : "objects", size_text(family->bytes, size), family->has_fields ? customer_of(family) : family->by_path ? "(by path)" : "(none)");
    if (family->field_count == 0) return;
    printf("    %-*s  %-*s  %-9s  %7s  %8s   %s\n", NAME_COLUMN, "field", ROLE_COLUMN, "role", "how", "values", "valid", "shapes");
    for (size_t i = 0; i < family->field_count; i++) print_field(&family->fields[i]);
    if (family->fields_cut) puts("    further fields are left out");
}

static void print_all(const struct inspection *inspection)
{
    const struct families *families = &inspection->families;
    printf("Looked at the first units of %zu of %zu objects", inspection->looked_at, inspection->list.count + inspection->members);
    if (inspection->passed_over > 0) printf("; %zu are more of the same", inspection->passed_over);
    if (inspection->unread > 0) printf("; %zu could not be read, or not all", inspection->unread);
    putchar('\n');
    for (size_t i = 0; i < families->count; i++) print_family(&families->families[i]);
    if (families->cut) puts("\nfurther families of objects are left out");
}

static void write_field(struct json_writer *writer, const struct family_field *field)
{
    json_object_open(writer, NULL);
    json_write_text(writer, "field", field->name);
    json_write_text(writer, "how", field_how_name(field->how));
    json_write_unsigned(writer, "objects", field->objects);
    json_write_text(writer, "role", field->role);
    json_list_open(writer, "shapes");
    for (size_t i = 0; i < SAMPLE_SHAPES && field->shapes[i][0] != '\0'; i++) json_write_text(writer, NULL, field->shapes[i]);
    json_list_close(writer);
    if (field->checked && field->values > 0) json_write_decimal(writer, "share_valid", (double)field->valid / (double)field->values, 4);
    else json_write_null(writer, "share_valid");
    if (field->checked) json_write_unsigned(writer, "valid", field->valid);
    else json_write_null(writer, "valid");
    json_write_unsigned(writer, "values", field->values);
    json_object_close(writer);
}

static void write_family(struct json_writer *writer, const struct family *family)
{
    const struct family_field *customer = family_customer(family);
    char *path = malloc(strlen(family->path) * ESCAPE_GROWTH + 1);
    if (path == NULL) {
        writer->failed = true;
        return;
    }
    escape_write(path, strlen(family->path) * ESCAPE_GROWTH + 1, family->path, strlen(family->path));
    json_object_open(writer, NULL);
    json_write_unsigned(writer, "bytes", family->bytes);
    json_write_text(writer, "customer_field", customer != NULL ? customer->name : NULL);
    json_write_boolean(writer, "customer_in_path", family->by_path);
    json_list_open(writer, "fields");
    for (size_t i = 0; i < family->field_count; i++) write_field(writer, &family->fields[i]);
    json_list_close(writer);
    json_write_boolean(writer, "fields_cut", family->fields_cut);
    json_write_text(writer, "format", family->format);
    json_write_unsigned(writer, "objects", family->objects);
    json_write_text(writer, "path", path);
    json_object_close(writer);
    free(path);
}

static bool write_all(const struct inspection *inspection)
{
    const struct families *families = &inspection->families;
    struct json_writer writer = {0};
    json_object_open(&writer, NULL);
    json_list_open(&writer, "families");
    for (size_t i = 0; i < families->count; i++) write_family(&writer, &families->families[i]);
    json_list_close(&writer);
    json_write_boolean(&writer, "families_cut", families->cut);
    json_object_open(&writer, "objects");
    json_write_unsigned(&writer, "listed", inspection->list.count);
    json_write_unsigned(&writer, "looked_at", inspection->looked_at);
    json_write_unsigned(&writer, "more_of_the_same", inspection->passed_over);
    json_write_unsigned(&writer, "unread", inspection->unread);
    json_object_close(&writer);
    json_write_text(&writer, "schema", "breachtally inspect 1");
    json_object_close(&writer);
    json_end_line(&writer);
    bool written = !writer.failed && fwrite(writer.bytes, 1, writer.count, stdout) == writer.count;
    free(writer.bytes);
    return written;
}

/* ------------------------------------------------------------------ the profile */

/* The folder and the name of a path. False: no memory. */
static bool path_split(const char *path, char **folder, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash == NULL ? path : slash + 1;
    *folder = slash == NULL ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
    return *folder != NULL;
}

static enum status write_profile(const struct inspection *inspection, struct fault *fault)
{
    const char *path = inspection->options->draft_path, *name;
    struct json_writer writer = {0};
    struct file *file = NULL;
    char *folder = NULL;
    enum status status = STATUS_OK;
    if (!path_split(path, &folder, &name) || !profile_draft_write(&inspection->families, inspection->roles, &writer)) status = no_memory(fault);
    if (status == STATUS_OK) status = file_open(folder, name, &file, fault);
    if (status == STATUS_OK) status = file_write(file, writer.bytes, writer.count, fault);
    if (status == STATUS_OK) status = file_close(file, fault);
    else if (file != NULL) file_abandon(file);
    free(writer.bytes);
    free(folder);
    return status;
}

/* ------------------------------------------------------------------ the command */

static enum status prepare(struct inspection *inspection, struct fault *fault)
{
    const struct options *options = inspection->options;
    if (options->draft_path != NULL && access(options->draft_path, F_OK) == 0)
        return fault_set(fault, STATUS_USAGE, "--write-profile: this file is there already, and nothing is overwritten");
    enum status status = profile_open(options->profile_path, &inspection->profile, fault);
    if (status == STATUS_OK) status = roles_open(inspection->profile, &inspection->roles, fault);
    if (status == STATUS_OK && options->passwords_path != NULL) status = passwords_open(options->passwords_path, &inspection->passwords, fault);
    struct walk_options walking = {.arguments = options->arguments,
                                   .argument_count = options->argument_count,
                                   .excludes = (const char *const *)options->excludes,
                                   .exclude_count = options->exclude_count};
    if (status == STATUS_OK) status = walk(&walking, &inspection->list, fault);
    return status == STATUS_OK ? choose_objects(inspection, fault) : status;
}

static enum status inspect(struct inspection *inspection, struct fault *fault)
{
    const struct options *options = inspection->options;
    enum status status = prepare(inspection, fault);
    if (status != STATUS_OK) return status;
    parallel_run(options->thread_count > 0 ? options->thread_count : parallel_cores(), work, inspection);
    if (inspection->status != STATUS_OK) return *fault = inspection->fault, inspection->status;
    families_settle(&inspection->families);
    if (options->draft_path != NULL) status = write_profile(inspection, fault);
    if (status != STATUS_OK) return status;
    bool written = true;
    if (options->json) written = write_all(inspection);
    else print_all(inspection);
    if (fflush(stdout) != 0 || ferror(stdout) || !written) return fault_set(fault, STATUS_FATAL, "what was found cannot be printed: %s", strerror(errno));
    return STATUS_OK;
}

int command_inspect(const struct options *options)
{
    struct inspection inspection = {.options = options, .status = STATUS_OK};
    struct fault fault = {0};
    pthread_mutex_init(&inspection.lock, NULL);
    enum status status = inspect(&inspection, &fault);
    int exit_code = status == STATUS_OK ? EXIT_FINISHED : status == STATUS_USAGE ? EXIT_USAGE : EXIT_UNFINISHED;
    if (status != STATUS_OK) fprintf(stderr, "breachtally: %s\n", fault.message);
    else if (inspection.unread > 0) exit_code = EXIT_INCOMPLETE;
    families_free(&inspection.families);
    free(inspection.chosen);
    object_list_free(&inspection.list);
    passwords_close(inspection.passwords);
    roles_free(inspection.roles);
    profile_free(inspection.profile);
    pthread_mutex_destroy(&inspection.lock);
    return exit_code;
}
