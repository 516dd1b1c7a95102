/* What the readers of a profile's parts share: where something stands, and what is wrong with it.
 *
 * Errors   USAGE with the place: "sources[1].path must be text"
 */
#ifndef PROFILE_READ_H
#define PROFILE_READ_H

#include "../support/json.h"
#include "profile.h"

enum { PROFILE_PLACE_SIZE = 160 };

/* Where in the profile something stands: "sources[1].path". */
struct profile_place {
    char text[PROFILE_PLACE_SIZE];
};

struct profile_place profile_place_key(const struct profile_place *parent, const char *key);
struct profile_place profile_place_index(const struct profile_place *parent, size_t index);

enum status profile_no_memory(struct fault *fault);
MUST_USE enum status profile_expect(const struct json_value *value, enum json_type type, const struct profile_place *place,
                                    struct fault *fault);
/* A key that nobody knows; words are the keys that would do. */
enum status profile_unknown_key(const struct profile_place *place, const char *key, const char *const *words, size_t word_count,
                                struct fault *fault);
/* Text that is not empty, lent by the value. */
MUST_USE enum status profile_read_text(const struct json_value *value, const struct profile_place *place, const char **text,
                                       struct fault *fault);
/* Adds copies of all texts of a list; what was added stands also where it fails. */
MUST_USE enum status profile_read_names(struct profile_names *names, const struct json_value *list, const struct profile_place *place,
                                        struct fault *fault);

/* "detectors": kinds of the user's own, compiled into profile->customs. */
MUST_USE enum status profile_read_detectors(struct profile *profile, const struct json_value *list, const struct profile_place *place,
                                            struct fault *fault);

#endif
