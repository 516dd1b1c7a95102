/* Rosters for tests: a text becomes a file, is opened, and the file goes again. */
#ifndef ROSTER_MAKING_H
#define ROSTER_MAKING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/attribute/roster.h"

static struct fault roster_fault;

static inline enum status roster_of_bytes(const char *bytes, size_t count, const char *profile_text, int threads, struct roster **roster)
{
    char path[] = "/tmp/roster_XXXXXX";
    int descriptor = mkstemp(path);
    if (descriptor < 0 || write(descriptor, bytes, count) != (ssize_t)count) abort();
    close(descriptor);
    struct profile *profile = NULL;
    struct roles *roles = NULL;
    enum status status = profile_text == NULL ? profile_open(NULL, &profile, &roster_fault)
                                              : profile_parse((struct span){profile_text, strlen(profile_text)}, &profile, &roster_fault);
    if (status == STATUS_OK) status = roles_open(profile, &roles, &roster_fault);
    if (status != STATUS_OK) {
        fprintf(stderr, "%s\n", roster_fault.message);
        abort();
    }
    const struct roster_options options = {path, roles, profile, threads, NULL};
    status = roster_open(&options, roster, &roster_fault);
    roles_free(roles);
    profile_free(profile);
    unlink(path);
    return status;
}

static inline enum status roster_of(const char *text, struct roster **roster)
{
    return roster_of_bytes(text, strlen(text), NULL, 2, roster);
}

/* An identifier as the evidence gives it: judged under its label, whatever the grade. */
static inline struct tally_identifier identifier_of(const char *label, const char *value)
{
    struct verdict verdict;
    struct tally_identifier identifier = {.kind = KIND_NONE};
    enum kind kind = check_labelled((struct span){value, strlen(value)}, label_kinds(label, strlen(label)), KINDS_ALL, &verdict);
    if (kind != KIND_NONE) tally_identifier_set(&identifier, kind, &verdict);
    return identifier;
}

/* Its candidates as text: "C1[0,86400) C2[,)", in the roster's order. */
static inline const char *candidates_of(const struct roster *roster, const char *label, const char *value)
{
    static char told[4096];
    struct tally_identifier identifier = identifier_of(label, value);
    struct roster_look look;
    struct roster_interval interval;
    told[0] = '\0';
    if (identifier.kind == KIND_NONE) return "no identifier";
    roster_look(roster, &identifier, &look);
    while (roster_next(&look, &interval)) {
        struct span id = roster_customer(roster, interval.customer).id;
        size_t at = strlen(told);
        char from[24] = "", to[24] = "";
        if (interval.from_s != ROSTER_OPEN_FROM) snprintf(from, sizeof from, "%lld", (long long)interval.from_s);
        if (interval.to_s != ROSTER_OPEN_TO) snprintf(to, sizeof to, "%lld", (long long)interval.to_s);
        snprintf(told + at, sizeof told - at, "%s%.*s[%s,%s)", at > 0 ? " " : "", (int)id.len, id.at, from, to);
    }
    return told;
}

#endif
