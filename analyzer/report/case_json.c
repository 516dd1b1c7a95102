#include "case_json.h"

#include <string.h>

#include "../../detectors/location.h"
#include "../support/libraries.h"
#include "../support/sha256.h"
#include "../support/version.h"
#include "summary_json.h"

static void add_line(struct sha256 *hash, const char *text)
{
    sha256_add(hash, text, strlen(text));
    sha256_add(hash, "\n", 1);
}

bool detectors_digest(uint8_t digest[SHA256_BYTES])
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL)
        return false;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        add_line(hash, detectors[i]->name);
        add_line(hash, detectors[i]->column);
        add_line(hash, element_code(detectors[i]->element));
        add_line(hash, detectors[i]->source);
        add_line(hash, detectors[i]->checksum);
        add_line(hash, detectors[i]->pattern != NULL ? detectors[i]->pattern : "");
    }
    add_line(hash, location_pattern);
    sha256_take(hash, digest);
    sha256_close(hash);
    return true;
}

static void write_command_line(struct json_writer *writer, const struct run_facts *facts)
{
    json_list_open(writer, "command_line");
    for (int i = 0; i < facts->argument_count; i++)
        summary_write_name(writer, NULL, facts->arguments[i]);
    json_list_close(writer);
}

/* What was looked for: the built-in kinds, those of the profile. */
static void write_kinds(struct json_writer *writer, uint32_t kinds_mask, const struct profile *profile)
{
    json_list_open(writer, "kinds");
    for (uint32_t i = 0; i < KIND_COUNT; i++) {
        if ((kinds_mask & KIND_BIT(i)) != 0)
            json_write_text(writer, NULL, detectors[i]->name);
    }
    for (uint32_t i = KIND_COUNT; i < kind_count; i++) {
        if (profile != NULL && customs_want(profile->customs, i))
            json_write_text(writer, NULL, detectors[i]->name);
    }
    if ((kinds_mask & LOCATION_BIT) != 0)
        json_write_text(writer, NULL, "location");
    json_list_close(writer);
}

static void write_libraries(struct json_writer *writer)
{
    struct library libraries[LIBRARIES_MAX];
    size_t count = libraries_list(libraries);
    json_object_open(writer, "libraries");
    for (size_t i = 0; i < count; i++)
        json_write_text(writer, libraries[i].name, libraries[i].version);
    json_object_close(writer);
}

static void write_limits(struct json_writer *writer, const struct run_facts *facts)
{
    json_object_open(writer, "limits");
    json_write_unsigned(writer, "decoded_bytes_max", facts->decoded_bytes_max);
    json_write_unsigned(writer, "depth_max", facts->depth_max);
    json_write_unsigned(writer, "members_max", facts->members_max);
    json_write_unsigned(writer, "ratio_max", facts->ratio_max);
    json_object_close(writer);
}

static void write_roots(struct json_writer *writer, const struct object_list *list)
{
    json_list_open(writer, "roots");
    for (size_t i = 0; i < list->root_count; i++)
        summary_write_name(writer, NULL, list->roots[i]);
    json_list_close(writer);
}

/* What the roster said; its path is that of the command line. */
static void write_roster(struct json_writer *writer, const struct case_files *files)
{
    const struct roster *roster = files->roster;
    if (roster == NULL) {
        json_write_null(writer, "roster");
        json_write_null(writer, "roster_sha256");
        return;
    }
    const char *const *names;
    size_t count = roster_ignored(roster, &names);
    json_object_open(writer, "roster");
    json_write_unsigned(writer, "customers", roster_customer_count(roster));
    json_list_open(writer, "ignored_columns");
    for (size_t i = 0; i < count; i++)
        json_write_text(writer, NULL, names[i]);
    json_list_close(writer);
    json_write_unsigned(writer, "intervals", roster_interval_count(roster));
    json_write_unsigned(writer, "lines", roster_line_count(roster));
    json_write_unsigned(writer, "lines_bad", roster_bad_count(roster));
    json_write_unsigned(writer, "organisations", roster_type_count(roster, ROSTER_ORGANISATION));
    summary_write_name(writer, "path", files->facts->roster_path);
    json_write_unsigned(writer, "persons", roster_type_count(roster, ROSTER_PERSON));
    json_write_unsigned(writer, "placeholders", roster_placeholder_count(roster));
    json_object_close(writer);
    summary_write_digest(writer, "roster_sha256", roster_sha256(roster));
}

/* How many there were. Not their digest: a short list is soon guessed from it. */
static void write_passwords(struct json_writer *writer, const struct run_facts *facts)
{
    if (facts->password_count == 0) json_write_null(writer, "passwords");
    else json_write_unsigned(writer, "passwords", facts->password_count);
}

static void write_case(struct json_writer *writer, const struct case_files *files,
                       const uint8_t *digest)
{
    const struct run_facts *facts = files->facts;
    json_object_open(writer, NULL);
    json_write_boolean(writer, "case_within_evidence", facts->case_within_evidence);
    write_command_line(writer, facts);
    json_write_text(writer, "cpu_path", facts->cpu_path);
    summary_write_digest(writer, "detectors_sha256", digest);
    summary_write_time(writer, "ended", facts->ended_s);
    json_write_text(writer, "engine", facts->engine);
    json_write_signed(writer, "exit_code", facts->exit_code);
    json_write_text(writer, "hash", facts->hash ? "sha256" : "none");
    json_write_boolean(writer, "keep_values", false);
    write_kinds(writer, facts->kinds_mask, files->profile);
    write_libraries(writer);
    write_limits(writer, facts);
    write_passwords(writer, facts);
    if (files->profile != NULL && files->profile->sha256_given)
        summary_write_digest(writer, "profile_sha256", files->profile->sha256);
    else
        json_write_null(writer, "profile_sha256");
    write_roots(writer, files->list);
    write_roster(writer, files);
    json_write_text(writer, "sandbox", "none");
    json_write_text(writer, "schema", "breachtally case 1");
    json_write_decimal(writer, "seconds", facts->seconds, 3);
    summary_write_time(writer, "started", facts->started_s);
    json_write_text(writer, "status", facts->status);
    json_write_signed(writer, "threads", facts->thread_count);
    if (files->resolved != NULL)
        json_write_unsigned(writer, "times_without_zone",
                            resolved_totals(files->resolved)->times_without_zone);
    else
        json_write_null(writer, "times_without_zone");
    json_object_open(writer, "tool");
    json_write_text(writer, "build", BREACHTALLY_BUILD);
    json_write_text(writer, "name", "breachtally");
    json_write_text(writer, "version", BREACHTALLY_VERSION);
    json_object_close(writer);
    json_object_close(writer);
    json_end_line(writer);
}

enum status case_json_make(const struct case_files *files, struct json_writer *writer, struct fault *fault)
{
    uint8_t digest[SHA256_BYTES];
    if (!detectors_digest(digest))
        return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    write_case(writer, files, digest);
    if (writer->failed)
        return fault_set(fault, STATUS_FATAL, "no memory for case.json");
    return STATUS_OK;
}
