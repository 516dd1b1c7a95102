#include "json_maps.h"

#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "../support/hash.h"

enum { RANKS_MAX = 16 }; /* customer fields of one object that are told apart; those that come first */

#define OWN UINT32_MAX /* in place of a member's number: the object itself */

/* A customer whom an object, or a member of it, names. */
struct named {
    uint64_t customer; /* hash; 0: nobody, though the field is there */
    uint32_t member;   /* the number of the member, or OWN */
    uint16_t rank;
};

/* An object that is open. */
struct open_object {
    uint32_t start;
    uint32_t names, members;     /* its first in the stacks */
    uint64_t shape;              /* sum over fields of identifiers and axes, of its members too */
    uint64_t member_shape;       /* of its first member */
    bool is_level;
    bool has_others;             /* something stands in it that is no object, or an array of some */
    bool has_identifier, has_time; /* or a member has */
    bool differs;                /* not all members have the same shape, or one is no thing by itself */
    uint64_t last_shape;         /* of its last member */
    bool repeats;                /* two members in succession have the same shape, and are things by themselves */
    bool has_nobody;             /* a member has a shape and names nobody, though it has a customer field */
};

/* An element, and whether it is one only if e-mail fields name customers. */
struct mark {
    uint32_t start;
    bool by_email;
};

struct json_maps {
    struct bytes objects, names, members, marks, starts; /* of struct open_object, struct named, uint32_t, struct mark, uint32_t */
    bool has_names; /* other than by e-mail */
};

struct json_maps *json_maps_open(void)
{
    return calloc(1, sizeof(struct json_maps));
}

void json_maps_close(struct json_maps *maps)
{
    if (maps == NULL) return;
    bytes_free(&maps->objects);
    bytes_free(&maps->names);
    bytes_free(&maps->members);
    bytes_free(&maps->marks);
    bytes_free(&maps->starts);
    free(maps);
}

void json_maps_begin(struct json_maps *maps)
{
    maps->objects.count = maps->names.count = maps->members.count = maps->marks.count = maps->starts.count = 0;
    maps->has_names = false;
}

uint64_t json_maps_field(const struct field_plan *plan)
{
    const uint16_t parts[] = {plan->role, plan->rank, plan->custom, plan->notation, (uint16_t)plan->label_mask, (uint16_t)(plan->label_mask >> 16)};
    switch ((enum role)plan->role) {
    case ROLE_CUSTOMER:
    case ROLE_IDENTIFIER:
    case ROLE_LATITUDE:
    case ROLE_LONGITUDE:
    case ROLE_SCALED_LATITUDE:
    case ROLE_SCALED_LONGITUDE:
    case ROLE_CODE:
        return hash_bytes((const char *)parts, sizeof parts, plan->pair) | 1;
    default:
        return 0;
    }
}

static bool put(struct bytes *stack, const void *item, size_t size)
{
    if (!bytes_reserve(stack, size)) return false;
    bytes_put(stack, item, size);
    return true;
}

static struct open_object *innermost(struct json_maps *maps)
{
    return maps->objects.count == 0 ? NULL : (struct open_object *)(maps->objects.at + maps->objects.count) - 1;
}

static struct named *names_of(struct json_maps *maps)
{
    return (struct named *)maps->names.at;
}

static uint32_t name_count(const struct json_maps *maps)
{
    return (uint32_t)(maps->names.count / sizeof(struct named));
}

static uint32_t member_count(const struct json_maps *maps)
{
    return (uint32_t)(maps->members.count / sizeof(uint32_t));
}

bool json_maps_open_object(struct json_maps *maps, uint32_t start, bool is_level)
{
    struct open_object opened = {.start = start, .names = name_count(maps), .members = member_count(maps), .is_level = is_level};
    return put(&maps->objects, &opened, sizeof opened);
}

bool json_maps_value(struct json_maps *maps, const struct field_plan *plan, struct span customer)
{
    struct open_object *object = innermost(maps);
    object->has_others = true;
    if (plan->role != ROLE_CUSTOMER) {
        object->shape += json_maps_field(plan);
        object->has_identifier |= plan->role == ROLE_IDENTIFIER;
        object->has_time |= plan->role == ROLE_TIME;
        return true;
    }
    maps->has_names |= customer.len > 0 && plan->rank < ROLE_RANK_EMAIL;
    struct named named = {customer.len > 0 ? hash_bytes(customer.at, customer.len, 0) | 1 : 0, OWN, plan->rank};
    return put(&maps->names, &named, sizeof named);
}

/* Of what a member names two different customers by each field are as good as more. What is left is of its number. */
static void names_fold(struct json_maps *maps, uint32_t from, uint32_t number)
{
    struct named *names = names_of(maps);
    uint32_t kept = from;
    for (uint32_t i = from; i < name_count(maps); i++) {
        uint32_t same = 0;
        bool known = false;
        for (uint32_t k = from; k < kept && !known; k++) {
            if (names[k].rank != names[i].rank) continue;
            known = names[k].customer == names[i].customer;
            same += names[k].customer != 0 && names[i].customer != 0;
        }
        if (known || same > 1 || kept - from >= 2 * RANKS_MAX) continue;
        names[kept] = names[i];
        names[kept++].member = number;
    }
    maps->names.count = kept * sizeof *names;
}

static bool mark(struct json_maps *maps, uint32_t start, bool by_email)
{
    return put(&maps->marks, &(struct mark){start, by_email}, sizeof(struct mark));
}

static bool mark_all(struct json_maps *maps, uint32_t first, bool by_email)
{
    for (uint32_t i = first; i < member_count(maps); i++)
        if (!mark(maps, ((const uint32_t *)maps->members.at)[i], by_email)) return false;
    return true;
}

/* What is known of the members of an object by one customer field. */
struct field_of_members {
    uint16_t rank;
    uint64_t first;         /* the customer that comes first; 0: none yet */
    uint32_t first_member;
    bool other_member, other_customer;
    uint32_t last_member, member_count; /* those that have the field */
    uint64_t own;           /* whom the object itself names; 0: nobody */
};

static struct field_of_members *field_find(struct field_of_members fields[RANKS_MAX], size_t *count, uint16_t rank)
{
    size_t i = 0;
    while (i < *count && fields[i].rank != rank) i++;
    if (i == RANKS_MAX) return NULL;
    if (i == *count) fields[(*count)++] = (struct field_of_members){.rank = rank, .first_member = OWN, .last_member = OWN};
    return &fields[i];
}

static void field_add(struct field_of_members *field, const struct named *named)
{
    if (named->member == OWN) {
        if (field->own == 0) field->own = named->customer;
        return;
    }
    field->member_count += field->last_member != named->member;
    field->last_member = named->member;
    if (named->customer == 0) return;
    if (field->first == 0) {
        field->first = named->customer;
        field->first_member = named->member;
    }
    field->other_member |= named->member != field->first_member;
    field->other_customer |= named->customer != field->first;
}

/* Members that name another customer than their object does. */
static bool mark_others(struct json_maps *maps, const struct open_object *object, const struct field_of_members *field)
{
    const struct named *names = names_of(maps);
    const uint32_t *starts = (const uint32_t *)maps->members.at + object->members;
    for (uint32_t i = object->names; i < name_count(maps); i++) {
        if (names[i].rank != field->rank || names[i].member == OWN || names[i].customer == 0 || names[i].customer == field->own) continue;
        if (!mark(maps, starts[names[i].member], field->rank >= ROLE_RANK_EMAIL)) return false;
    }
    return true;
}

/* Whether all members are alike though customers do not tell them apart. */
static bool are_alike(const struct open_object *object, uint32_t count, const struct field_of_members *fields, size_t field_count)
{
    if (object->has_others || count < 2) return false;
    if (!object->differs || (count > MAP_MEMBERS && object->repeats)) return true;
    for (size_t i = 0; i < field_count; i++) {
        if (count > MAP_MEMBERS && fields[i].member_count > 1) return true;
        if (object->has_nobody && fields[i].member_count == count) return true;
    }
    return false;
}

/* Whether an object is a map for its length alone, which is as much of it as where a value is read in parts is known. */
static bool is_long(const struct json_maps *maps, const struct open_object *object, uint32_t count, uint32_t end)
{
    const uint32_t *starts = (const uint32_t *)maps->members.at + object->members;
    return end - object->start > MAP_BYTES_MIN && count > MAP_MEMBERS && starts[MAP_MEMBERS] - object->start < MAP_BYTES_MIN;
}

static bool members_judge(struct json_maps *maps, const struct open_object *object, uint32_t end)
{
    struct field_of_members fields[RANKS_MAX];
    size_t field_count = 0;
    uint32_t count = member_count(maps) - object->members;
    const struct named *names = names_of(maps);
    for (uint32_t i = object->names; i < name_count(maps); i++) {
        struct field_of_members *field = field_find(fields, &field_count, names[i].rank);
        if (field != NULL) field_add(field, &names[i]);
    }
    bool all = are_alike(object, count, fields, field_count) || is_long(maps, object, count, end);
    if (all && !mark_all(maps, object->members, false)) return false;
    for (size_t i = 0; i < field_count && !all; i++) {
        bool differ = fields[i].other_member && fields[i].other_customer;
        if (differ && !mark_all(maps, object->members, fields[i].rank >= ROLE_RANK_EMAIL)) return false;
        if (fields[i].own != 0 && !mark_others(maps, object, &fields[i])) return false;
    }
    return true;
}

/* A member that has closed: its object knows it by its number from here on. */
static bool member_add(struct json_maps *maps, const struct open_object *member)
{
    struct open_object *object = innermost(maps);
    uint32_t number = member_count(maps) - object->members, names = name_count(maps) - member->names;
    bool names_anybody = false;
    for (uint32_t i = member->names; i < member->names + names; i++) names_anybody |= names_of(maps)[i].customer != 0;
    if (number == 0) object->member_shape = member->shape;
    bool is_thing = member->has_identifier || (member->has_time && member->shape != 0);
    object->differs |= member->shape != object->member_shape || !is_thing;
    object->has_identifier |= member->has_identifier;
    object->has_time |= member->has_time;
    object->repeats |= number > 0 && is_thing && member->shape == object->last_shape;
    object->last_shape = member->shape;
    object->has_nobody |= names > 0 && !names_anybody && member->shape != 0;
    object->shape += member->shape;
    names_fold(maps, member->names, number);
    return put(&maps->members, &member->start, sizeof member->start);
}

bool json_maps_close_object(struct json_maps *maps, uint32_t end)
{
    struct open_object closed = *innermost(maps);
    if (member_count(maps) > closed.members && !members_judge(maps, &closed, end)) return false;
    maps->objects.count -= sizeof closed;
    maps->members.count = closed.members * sizeof(uint32_t);
    if (maps->objects.count == 0) return true;
    if (!closed.is_level) return member_add(maps, &closed);
    maps->names.count = closed.names * sizeof(struct named);
    innermost(maps)->has_others = true;
    return true;
}

static int by_start(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

bool json_maps_end(struct json_maps *maps, bool emails, const uint32_t **levels, size_t *level_count)
{
    const struct mark *marks = (const struct mark *)maps->marks.at;
    for (size_t i = 0; i < maps->marks.count / sizeof *marks; i++) {
        if (marks[i].by_email && (!emails || maps->has_names)) continue;
        if (!put(&maps->starts, &marks[i].start, sizeof marks[i].start)) return false;
    }
    uint32_t *starts = (uint32_t *)maps->starts.at;
    size_t count = maps->starts.count / sizeof *starts, kept = 0;
    if (count > 1) qsort(starts, count, sizeof *starts, by_start);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || starts[kept - 1] != starts[i]) starts[kept++] = starts[i];
    *levels = starts;
    *level_count = kept;
    return true;
}
