/* The profile: what the user knows about the dump. JSON, specification section 9.
 *
 * Owns     everything in it, from profile_open to profile_free; const afterwards, shared by all threads. Its kinds stand in the
 *          table of kinds as long
 * Errors   an unknown key, a wrong type, a pattern that does not compile: USAGE with the place ("sources[1].path")
 */
#ifndef PROFILE_H
#define PROFILE_H

#include "../detect/custom.h"
#include "../evidence/walk.h"
#include "../support/fault.h"

struct profile_names { char **names; size_t count; };
enum { PROFILE_EVERYWHERE = 0 };

/* From when to when something lay open, both days included: "2013-11-06"; "" where nobody knows. */
enum { EXPOSURE_DATE_SIZE = 11 };
struct exposure { char from[EXPOSURE_DATE_SIZE], to[EXPOSURE_DATE_SIZE]; };

/* "roles": names that a role has besides the defaults, and those that have none. */
struct profile_roles { struct profile_names customer, latitude, longitude, time, none; };

/* A time zone of a source, seconds east of UTC. */
struct source_zone { bool given; int32_t offset_s; };

struct profile {
    struct profile_names customer_fields;
    struct profile_names customer_paths;  /* PCRE2 patterns with a group named "customer" */
    struct profile_roles roles;           /* everywhere */
    struct { uint32_t kind; char *name; uint32_t rule; } *labels; /* "roles": {"vin": ["fahrgestellnummer"]}; rule: of sources, counted from 1, or PROFILE_EVERYWHERE */
    size_t label_count;
    struct source_rule *sources;          /* name, path */
    struct exposure *exposures;           /* of each of them */
    struct source_zone *zones;            /* of each of them; those of one name do not contradict each other */
    struct profile_roles *source_roles;   /* of each of them: "roles" that hold there alone, before those that hold everywhere */
    size_t source_count;
    struct { uint32_t kind; char *canonical; } *junk;
    size_t junk_count;
    struct { int32_t latitude_e7, longitude_e7; } *default_points;
    size_t default_point_count;
    struct customs *customs;              /* "detectors"; NULL: none */
    int32_t timezone_offset_s;            /* "timezone": "+09:00", "UTC", "Z"; for times without a zone in sources without one */
    bool timezone_given;
    bool sha256_given;
    uint8_t sha256[SHA256_BYTES];         /* of the file's bytes */
};

/* path NULL gives the empty profile. */
MUST_USE enum status profile_open(const char *path, struct profile **profile, struct fault *fault);

/* The same from the bytes of a profile that was read before. */
MUST_USE enum status profile_parse(struct span text, struct profile **profile, struct fault *fault);
void profile_free(struct profile *profile); /* accepts NULL */

/* When the sources of that name lay open. */
struct exposure profile_exposure(const struct profile *profile, const char *source_name);

/* The zone of times without one in the sources of that name, seconds east of UTC. */
int32_t profile_timezone_s(const struct profile *profile, const char *source_name);

/* The earliest beginning and the latest end of both; what is not known does not count. */
void exposure_widen(struct exposure *exposure, const struct exposure *other);

#endif
