/* From the name of a field to its role: specification section 8, identifiers section 10.
 *
 * Names    compared lower-cased (ASCII) without blanks, '_', '-' and '.'; the last path component
 *          first, then the full path, then its longer endings
 * Types    where a database says the type of each value in an object around it ({"vin": {"S": ..}}, {"$numberLong": ..}), the name
 *          before that counts
 * Order    what the profile says of a source, then what it says of all, then the defaults in the order of the specification.
 *          What it says to have no role has none, whatever the defaults say; in one place that comes before roles
 * Threads  const after roles_open
 */
#ifndef ROLES_H
#define ROLES_H

#include "../detect/plan.h"
#include "profile.h"

struct roles;

MUST_USE enum status roles_open(const struct profile *profile, struct roles **roles, struct fault *fault);
void roles_free(struct roles *roles); /* accepts NULL */

/* The plan for a field. path is the full name with '.' between components ("vehicle.chassis.no");
 * a CSV column or a text key is a path of one component, even where it holds dots. */
struct field_plan roles_plan(const struct roles *roles, const char *path, size_t path_len, bool one_component);

/* The roles of fields in a source: `roles` itself where the profile says nothing of that source alone. Lent by them. */
const struct roles *roles_of_source(const struct roles *roles, const char *source_name);
/* A number that is another one for each such source; 0 for `roles` themselves. */
uint32_t roles_number(const struct roles *roles);

/* The name a customer rank stands for ("customerid"), for reports of which field was used. */
const char *roles_customer_name(const struct roles *roles, uint16_t rank);

/* The customer that a path rule reads out of an object's path below the root; false for none. The span points into path.
 * Takes the rules' own match memory: one struct per thread. */
struct path_matcher;
MUST_USE enum status path_matcher_open(const struct roles *roles, struct path_matcher **matcher, struct fault *fault);
bool path_matcher_customer(struct path_matcher *matcher, const char *path, struct span *customer);
/* The same of a member of a container, by its path below the root or, where no rule fits that, by how it lies in each of the
 * containers around it, the outermost first, as if these were folders. */
bool path_matcher_customer_within(struct path_matcher *matcher, const char *path, struct span *customer);
/* Whether a rule gave up at its match limit in the last call: then "no customer" is not known, and
 * the object is to be marked REGEX_LIMIT. */
bool path_matcher_hit_limit(const struct path_matcher *matcher);
void path_matcher_close(struct path_matcher *matcher); /* accepts NULL */

#endif
