#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../report/cell.h"
#include "../support/version.h"
#include "case_key.h"
#include "changed.h"
#include "scan.h"

enum { SETTINGS_SHOWN = 160 };

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the state of the case");
}

/* ------------------------------------------------------------------ what decides the counts */

static bool add_text(struct bytes *to, const char *name, const char *value)
{
    size_t length = strlen(name) + strlen(value) + 2;
    if (!bytes_reserve(to, length + 1)) return false;
    to->count += (size_t)snprintf(to->at + to->count, length + 1, "%s=%s ", name, value);
    return true;
}

static bool add_number(struct bytes *to, const char *name, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    return add_text(to, name, digits);
}

/* Not the passwords: how many there are and the digest of their file. */
static bool add_passwords(struct bytes *to, const struct passwords *passwords)
{
    char digest[2 * SHA256_BYTES + 1] = "";
    if (passwords == NULL) return true;
    *cell_write_hex(digest, passwords->sha256, SHA256_BYTES) = '\0';
    return add_text(to, "--passwords", digest) && add_number(to, "passwords", passwords->count);
}

/* The options that decide what is counted, as one line, with those of the profile's kinds that are looked for. */
static char *settings_of(const struct scan *scan)
{
    const struct options *options = scan->options;
    struct bytes text = {0};
    bool made = add_text(&text, "--hash", options->hash ? "sha256" : "none") &&
                add_text(&text, "--records-distinct", options->records_distinct ? "exact" : "off") && add_number(&text, "kinds", options->kinds_mask) &&
                add_number(&text, "--max-depth", options->depth_max) && add_number(&text, "--max-ratio", options->ratio_max) &&
                add_number(&text, "--max-bytes", options->decoded_bytes_max) && add_number(&text, "--max-members", options->members_max) &&
                add_passwords(&text, scan->passwords);
    for (uint32_t kind = KIND_COUNT; kind < kind_count && made; kind++)
        if (customs_want(scan->profile->customs, kind)) made = add_text(&text, "kind", detectors[kind]->name);
    for (size_t i = 0; i < options->exclude_count && made; i++) made = add_text(&text, "--exclude", options->excludes[i]);
    if (made) return text.at;
    bytes_free(&text);
    return NULL;
}

/* ------------------------------------------------------------------ going on */

static enum status compare_evidence(const struct object_list *now, const struct object_list *then, struct fault *fault)
{
    for (size_t i = 0, k = 0; i < now->walked_count || k < then->walked_count; i++, k++) {
        if (k >= then->walked_count) return resume_evidence_changed(&now->objects[i], "new", fault);
        if (i >= now->walked_count) return resume_evidence_changed(&then->objects[k], "gone", fault);
        int order = strcmp(now->objects[i].path, then->objects[k].path);
        if (order < 0) return resume_evidence_changed(&now->objects[i], "new", fault);
        if (order > 0) return resume_evidence_changed(&then->objects[k], "gone", fault);
        const struct object *a = &now->objects[i], *b = &then->objects[k];
        /* The size of what was read may have been corrected; the time says whether it was written to. */
        if (a->modified_ns != b->modified_ns) return resume_evidence_changed(a, "written to", fault);
        if (a->size_bytes != b->size_bytes && b->status == OBJECT_PENDING) return resume_evidence_changed(a, "another size", fault);
    }
    return STATUS_OK;
}

static bool same_passwords(const char *then, const char *now)
{
    static const char name[] = " --passwords=";
    const char *a = strstr(then, name), *b = strstr(now, name);
    return a == NULL || b == NULL ? a == b : strncmp(a, b, strlen(name) + 2 * SHA256_BYTES) == 0;
}

static enum status compare(const struct scan *scan, const struct case_state *earlier, struct fault *fault)
{
    if (strcmp(earlier->version, BREACHTALLY_VERSION) != 0) return resume_changed("the program's version has changed", fault);
    if (strcmp(earlier->settings, scan->settings) != 0) {
        if (!same_passwords(earlier->settings, scan->settings)) return resume_changed("the list of passwords has changed", fault);
        char shown[2 * SETTINGS_SHOWN + 80];
        snprintf(shown, sizeof shown, "the options have changed (then %.*s; now %.*s)", SETTINGS_SHOWN, earlier->settings, SETTINGS_SHOWN,
                 scan->settings);
        return resume_changed(shown, fault);
    }
    bool same_profile = earlier->profile_given == (scan->options->profile_path != NULL) && earlier->profile.count == scan->profile_text.count &&
                        (earlier->profile.count == 0 || memcmp(earlier->profile.at, scan->profile_text.at, earlier->profile.count) == 0);
    if (!same_profile) return resume_changed("the profile has changed", fault);
    bool same_roster = earlier->roster_given == (scan->roster != NULL) &&
                       (scan->roster == NULL || memcmp(earlier->roster, roster_sha256(scan->roster), sizeof earlier->roster) == 0);
    if (!same_roster) return resume_changed("the roster has changed", fault);
    const struct options *options = scan->options;
    if (earlier->shard_count != options->shard_count || !shard_is_in(earlier, options->shard)) return resume_changed("--shard has changed", fault);
    return compare_evidence(&scan->list, &earlier->list, fault);
}

/* The ledger's entries as the earlier run left them; what the walk found stays where this run needs it to read on. */
static enum status take_ledger(struct scan *scan, struct fault *fault)
{
    struct case_state *earlier = &scan->earlier;
    for (size_t i = scan->list.count; i < earlier->list.count; i++) {
        const struct object *then = &earlier->list.objects[i];
        if (!then->is_range) return fault_set(fault, STATUS_DAMAGED, "%s: is not what this program writes", STATE_NAME);
        enum status status = object_list_add_range(&scan->list, then->file, then->start_bytes, then->size_bytes, fault);
        if (status != STATUS_OK) return status;
    }
    scan->list.ledger = earlier->list.ledger;
    scan->list.ledger_begin = earlier->list.ledger_begin;
    earlier->list.ledger = NULL;
    for (size_t i = 0; i < scan->list.count; i++) {
        const struct object *then = &earlier->list.objects[i];
        struct object *now = &scan->list.objects[i];
        now->size_bytes = then->size_bytes;
        now->elsewhere = then->elsewhere;
        now->status = then->status;
        now->reason = then->reason;
        now->bytes_examined = then->bytes_examined;
        now->bytes_unexamined = then->bytes_unexamined;
        now->units = then->units;
        now->records = then->records;
        now->findings = then->findings;
        now->duplicate_of = then->duplicate_of;
        now->hashed = then->hashed;
        now->troubles = then->troubles;
        if (then->is_range) now->range = then->range;
        else memcpy(now->sha256, then->sha256, sizeof now->sha256);
        now->format = texts_keep(&scan->list.texts, object_format(then));
        now->detail = texts_keep(&scan->list.texts, object_detail(then));
        if (now->format == NULL || now->detail == NULL) return fault_set(fault, STATUS_FATAL, "no memory for what an earlier run read");
    }
    for (size_t i = 0; i < earlier->holders.count; i++) {
        enum status status = runs_adopt(&scan->runs, earlier->holders.names[i], fault);
        if (status != STATUS_OK) return status;
    }
    for (size_t i = 0; i < earlier->booked.count; i++) { /* it is made anew, and goes with the next commit */
        enum status status = runs_add_stale(&scan->runs, earlier->booked.names[i], fault);
        if (status != STATUS_OK) return status;
    }
    for (size_t i = 0; i < earlier->digests.count; i++)
        if (!names_add(&scan->digest_runs, earlier->digests.names[i])) return no_memory(fault);
    memcpy(scan->listing, earlier->listing, sizeof scan->listing);
    if (scan->aware_s == OPTIONS_NO_TIME && earlier->aware_given) scan->aware_s = earlier->aware_s;
    if (scan->runs.next_number < earlier->next_number) scan->runs.next_number = earlier->next_number;
    return sums_add(&scan->sums_before, &earlier->sums) ? STATUS_OK : no_memory(fault);
}

static bool is_kept(const struct case_state *earlier, const char *name)
{
    if (strcmp(name, STATE_NAME) == 0 && earlier->version != NULL) return true;
    for (size_t i = 0; i < earlier->holders.count; i++)
        if (strcmp(earlier->holders.names[i], name) == 0) return true;
    for (size_t i = 0; i < earlier->digests.count; i++)
        if (strcmp(earlier->digests.names[i], name) == 0) return true;
    for (size_t i = 0; i < earlier->booked.count; i++)
        if (strcmp(earlier->booked.names[i], name) == 0) return true;
    return false;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

static bool is_partial(const char *name)
{
    return name[0] == '.' && ends_with(name, ".partial");
}

/* What a killed run wrote after its last commit counts for nothing. Files that we never make stay. */
static enum status tidy(const struct scan *scan, struct fault *fault)
{
    int descriptor = openat(scan->runs.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (folder == NULL) {
        if (descriptor >= 0) close(descriptor);
        return fault_set(fault, STATUS_FATAL, "the case's tally cannot be read: %s", strerror(errno));
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if ((is_partial(entry->d_name) || ends_with(entry->d_name, ".run")) && !is_kept(&scan->earlier, entry->d_name))
            unlinkat(scan->runs.directory, entry->d_name, 0);
    closedir(folder);
    return STATUS_OK;
}

/* Whether there is anything in tally/ that no run of ours makes. */
static bool tally_is_foreign(int directory)
{
    int descriptor = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (folder == NULL) {
        if (descriptor >= 0) close(descriptor);
        return true;
    }
    bool foreign = false;
    for (const struct dirent *entry; !foreign && (entry = readdir(folder)) != NULL;) {
        const char *name = entry->d_name;
        foreign = strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, LEDGER_NAME) != 0 && !is_partial(name) && !ends_with(name, ".run");
    }
    closedir(folder);
    return foreign;
}

/* How far a run of ours came in a folder, by the names there: tally/ is made first, then the key, results last. */
enum progress_seen { SEEN_FOREIGN, SEEN_NOTHING, SEEN_KEY, SEEN_STATE };

static enum progress_seen look(const char *folder)
{
    static const char *const ours[] = {".", "..", "case.key", "tally", "case.json", "coverage.csv", "impact.csv", "summary.json"};
    static const enum progress_seen least[] = {SEEN_NOTHING, SEEN_NOTHING, SEEN_KEY, SEEN_NOTHING, SEEN_KEY, SEEN_STATE, SEEN_STATE, SEEN_STATE};
    enum progress_seen seen = SEEN_NOTHING;
    DIR *stream = opendir(folder);
    if (stream == NULL) return SEEN_FOREIGN;
    for (const struct dirent *entry; seen != SEEN_FOREIGN && (entry = readdir(stream)) != NULL;) {
        bool known = is_partial(entry->d_name);
        for (size_t i = 0; !known && i < sizeof ours / sizeof ours[0]; i++) {
            known = strcmp(entry->d_name, ours[i]) == 0;
            if (known && least[i] > seen) seen = least[i];
        }
        if (!known) seen = SEEN_FOREIGN;
    }
    closedir(stream);
    return seen;
}

/* What the state names must be there and whole, or hours of reading would end in nothing. */
static enum status check_runs(const struct scan *scan, const struct names *names, uint32_t content, struct fault *fault)
{
    struct run_identity identity = scan->runs.identity;
    identity.content = content;
    for (size_t i = 0; i < names->count; i++) {
        struct run *run = NULL;
        struct fault inner;
        enum status status = run_open(scan->runs.directory, names->names[i], &identity, &run, &inner);
        run_close(run);
        if (status == STATUS_FATAL) *fault = inner;
        if (status != STATUS_OK && status != STATUS_FATAL)
            return fault_set(fault, STATUS_USAGE, "--resume: tally/%.400s; scan into a new folder", inner.message);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

static enum status resume(struct scan *scan, enum progress_seen seen, struct fault *fault)
{
    enum status status = case_state_read(scan->runs.directory, &scan->runs.identity, &scan->earlier, fault);
    if (status == STATUS_END && seen == SEEN_STATE)
        return fault_set(fault, STATUS_USAGE, "--resume: tally/" STATE_NAME " is missing from this case; scan into a new folder");
    if (status == STATUS_END) return tidy(scan, fault); /* killed before the first checkpoint */
    if (status == STATUS_DAMAGED) {
        bool of_ledger = strncmp(fault->message, LEDGER_NAME, strlen(LEDGER_NAME)) == 0;
        return fault_set(fault, STATUS_USAGE, "--resume: tally/%s is damaged; scan into a new folder", of_ledger ? LEDGER_NAME : STATE_NAME);
    }
    if (status == STATUS_OK) status = compare(scan, &scan->earlier, fault);
    if (status == STATUS_OK) status = check_runs(scan, &scan->earlier.holders, RUN_CONTENT_HOLDERS, fault);
    if (status == STATUS_OK) status = check_runs(scan, &scan->earlier.digests, RUN_CONTENT_DIGESTS, fault);
    if (status == STATUS_OK) status = take_ledger(scan, fault);
    return status == STATUS_OK ? tidy(scan, fault) : status;
}

/* Members of containers go to the case where they are too many for memory. */
static enum status settle_ledger(struct scan *scan, struct fault *fault)
{
    struct ledger_place place = case_ledger_place(scan->runs.directory, &scan->runs.identity, scan->options->ledger_bytes);
    enum status status = scan->list.ledger == NULL ? ledger_open(&scan->list.ledger, fault) : STATUS_OK;
    if (status == STATUS_OK) status = ledger_settle(scan->list.ledger, &place, fault);
    explicit_bzero(&place, sizeof place);
    return status;
}

/* One run at a time: a second one would take the first one's newest runs for those of a dead one. Ends with the process. */
static enum status lock(int directory, struct fault *fault)
{
    /* A run that was killed a moment ago may not be gone yet. */
    enum { TRIES = 40, PAUSE_NS = 50 * 1000 * 1000 };
    for (int i = 0; i < TRIES; i++) {
        if (flock(directory, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return STATUS_OK; /* where there are no locks, nobody holds one */
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    return fault_set(fault, STATUS_FATAL, "another run is at work on this case");
}

enum status scan_case_open(struct scan *scan, struct fault *fault)
{
    const struct options *options = scan->options;
    scan->settings = settings_of(scan);
    if (scan->settings == NULL) return no_memory(fault);
    if (!listing_digest(&scan->list, scan->listing)) return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    struct fault refused;
    enum status status = case_folder_create(scan->folder, &refused);
    bool there = status != STATUS_OK;
    enum progress_seen seen = there && options->resume ? look(scan->folder) : SEEN_FOREIGN;
    if (there && seen == SEEN_FOREIGN) {
        *fault = refused;
        return status;
    }
    status = case_tally_open(scan->folder, &scan->runs.directory, fault);
    if (status == STATUS_OK) status = lock(scan->runs.directory, fault);
    if (status != STATUS_OK) return status;
    /* Another run may have begun and ended since: what is there is looked at again. */
    status = case_identity_read(scan->folder, &scan->runs.identity, fault);
    if (status == STATUS_OK && !options->resume) return fault_set(fault, STATUS_USAGE, "another run has taken the case folder");
    there |= status == STATUS_OK;
    if (there && options->resume) seen = look(scan->folder);
    bool counted = faccessat(scan->runs.directory, STATE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (status == STATUS_END && (counted || (there && seen > SEEN_NOTHING)))
        return fault_set(fault, STATUS_USAGE, "--resume: case.key is missing from this case; its counts say nothing without it");
    if (status == STATUS_END && there && tally_is_foreign(scan->runs.directory)) {
        *fault = refused;
        return STATUS_USAGE;
    }
    if (status == STATUS_END) status = case_identity_make(scan->folder, &scan->runs.identity, fault);
    scan->runs.identity.content = RUN_CONTENT_HOLDERS;
    if (status == STATUS_OK && there) status = resume(scan, seen, fault);
    return status == STATUS_OK ? settle_ledger(scan, fault) : status;
}

enum status scan_shard_look(struct scan *scan, bool *whole, struct fault *fault)
{
    struct run_identity identity;
    struct case_state there = {0};
    struct fault inner;
    int directory = -1;
    *whole = false;
    if (access(scan->options->case_folder, F_OK) != 0) return STATUS_OK;
    if (!scan->options->resume)
        return fault_set(fault, STATUS_USAGE, "the case folder of a shard is made when the shard is whole: it must not be there yet");
    scan->settings = settings_of(scan);
    if (scan->settings == NULL) return no_memory(fault);
    enum status status = case_identity_read(scan->options->case_folder, &identity, &inner);
    if (status == STATUS_OK) status = case_tally_open(scan->options->case_folder, &directory, &inner);
    if (status == STATUS_OK) status = case_state_read(directory, &identity, &there, &inner);
    if (directory >= 0) close(directory);
    if (status == STATUS_END || (status == STATUS_OK && !there.finished)) status = fault_set(&inner, STATUS_USAGE, "it is no shard's case");
    if (status == STATUS_OK) status = compare(scan, &there, &inner);
    case_state_free(&there);
    free(scan->settings);
    scan->settings = NULL;
    *whole = status == STATUS_OK;
    return *whole ? STATUS_OK : fault_set(fault, STATUS_USAGE, "what stands where the shard's case is to be is another one: %.400s", inner.message);
}
