/* The profile: what the user knows about the dump. JSON, specification section 9.
 *
 * Owns     everything in it, from profile_open to profile_free; const afterwards, shared by all threads
 * Errors   an unknown key, a wrong type, a pattern that does not compile: USAGE with the place ("sources[1].path")
 */
#ifndef PROFILE_H
#define PROFILE_H

#include "../evidence/walk.h"
#include "../support/fault.h"

struct profile_names { char **names; size_t count; };

struct profile {
    struct profile_names customer_fields;
    struct profile_names customer_paths;  /* PCRE2 patterns with a group named "customer" */
    struct profile_names latitude, longitude, time, customer; /* "roles": added to the defaults */
    struct { uint32_t kind; char *name; } *labels;            /* "roles": {"vin": ["fahrgestellnummer"]} */
    size_t label_count;
    struct source_rule *sources;          /* name, path */
    size_t source_count;
    struct { uint32_t kind; char *canonical; } *junk;
    size_t junk_count;
    struct { int32_t latitude_e7, longitude_e7; } *default_points;
    size_t default_point_count;
    int32_t timezone_offset_s;            /* "timezone": "+09:00", "UTC", "Z"; for times without a zone */
    bool timezone_given;
    bool sha256_given;
    uint8_t sha256[SHA256_BYTES];         /* of the file's bytes */
};

/* path NULL gives the empty profile. */
MUST_USE enum status profile_open(const char *path, struct profile **profile, struct fault *fault);
void profile_free(struct profile *profile); /* accepts NULL */

#endif
