/* Which objects of a JSON value stand in it as elements of an array would, though they are members of an object: maps.
 *
 * Rule     the members of an object that are objects themselves are elements, all of them,
 *            - if two of them name different customers by the same field (by an e-mail field: where no other field names anybody), or
 *            - if the object has nothing but them, two or more, and each has the same fields of identifiers and axes, one of an
 *              identifier at least, or a time beside the axes; or each has the same customer field, and one that names nobody has
 *              such fields; or they are more than MAP_MEMBERS, and two have the same customer field, or two in succession the
 *              same such fields, or
 *            - if the object is longer than MAP_BYTES_MIN and more than MAP_MEMBERS of them begin within so much of it (part.h).
 *          A member that names another customer than the object around it does by the same field is one by itself. What stands
 *          in arrays has levels of its own and counts for no member.
 * Why      {"u1":{"customer_id":"A","vin":..},"u2":{"customer_id":"B","vin":..}} has two units, but
 *          {"vehicle":{"id":1,"vin":..},"device":{"id":2,"imei":..}} is one
 * Same     the rule depends on the bytes of the value alone
 * Owns     its stacks, from open to close
 */
#ifndef JSON_MAPS_H
#define JSON_MAPS_H

#include "../detect/plan.h"
#include "../record/part.h"
#include "../record/record_json.h"

enum { MAP_BYTES_MIN = PART_MAP_MIN, MAP_MEMBERS = PART_MEMBERS_FEW };

struct json_maps;

struct json_maps *json_maps_open(void); /* NULL: no memory */
void json_maps_close(struct json_maps *maps); /* accepts NULL */

/* What makes two fields the same; 0 where a role does not count. */
uint64_t json_maps_field(const struct field_plan *plan);

/* Begins a value, whose events of objects and levels follow, as record_json_begin_objects has them given. */
void json_maps_begin(struct json_maps *maps);
MUST_USE bool json_maps_open_object(struct json_maps *maps, uint32_t start, bool is_level);
MUST_USE bool json_maps_close_object(struct json_maps *maps, uint32_t end);

/* A value of the innermost object, plan being that of its field. customer: whom it names, empty for nobody; of other fields
 * empty. False: no memory, as above. */
MUST_USE bool json_maps_value(struct json_maps *maps, const struct field_plan *plan, struct span customer);

/* Lends where the elements of a value begin whose objects are all closed, in ascending order, until the next value.
 * emails: e-mail fields name customers if no other field does. */
MUST_USE bool json_maps_end(struct json_maps *maps, bool emails, const uint32_t **levels, size_t *level_count);

#endif
