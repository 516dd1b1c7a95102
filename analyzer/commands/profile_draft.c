#include "profile_draft.h"

#include <stdlib.h>
#include <string.h>

enum { DRAFT_NAMES_MAX = 4096 };

/* A name under a role; customers by their rank, all others by role and name. */
struct draft_name {
    const char *role;
    const char *name;
    uint16_t rank;
};

struct draft {
    const struct families *families;
    const struct roles *roles;
    struct draft_name *names;
    size_t count;
};

/* ------------------------------------------------------------------ names */

/* As roles compare them: without blanks and signs, small letters. */
static size_t reduce(const char *name, char reduced[FIELD_NAME_SIZE])
{
    size_t length = 0;
    for (; *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;
        bool letter = (unsigned char)((c | 0x20) - 'a') < 26, digit = (unsigned char)(c - '0') <= 9;
        if (letter || digit || c >= 0x80) reduced[length++] = (char)(letter ? c | 0x20u : c);
    }
    reduced[length] = '\0';
    return length;
}

static bool ends_in(const char *name, const char *ending)
{
    char a[FIELD_NAME_SIZE], b[FIELD_NAME_SIZE];
    size_t length = reduce(name, a), ending_length = reduce(ending, b);
    return length >= ending_length && memcmp(a + length - ending_length, b, ending_length) == 0;
}

static bool reduces_to(const char *name, const char *reduced)
{
    char own[FIELD_NAME_SIZE];
    reduce(name, own);
    return own[0] != '\0' && strcmp(own, reduced) == 0;
}

/* Whether all fields that a name would speak for have this role anyway. */
static bool speaks_for_its_like(const struct draft *draft, const struct family_field *like)
{
    const struct families *families = draft->families;
    char reduced[FIELD_NAME_SIZE];
    if (families->cut || reduce(like->name, reduced) == 0) return false;
    for (size_t i = 0; i < families->count; i++) {
        const struct family *family = &families->families[i];
        if (family->fields_cut) return false;
        for (size_t k = 0; k < family->field_count; k++) {
            const struct family_field *field = &family->fields[k];
            if (ends_in(field->name, like->name) && strcmp(field->role, like->role) != 0) return false;
        }
    }
    return true;
}

static size_t count_role(const struct family *family, const char *role)
{
    size_t count = 0;
    for (size_t i = 0; i < family->field_count; i++) count += strcmp(family->fields[i].role, role) == 0;
    return count;
}

/* ------------------------------------------------------------------ gathering */

static void add(struct draft *draft, const char *role, const char *name, uint16_t rank)
{
    for (size_t i = 0; i < draft->count; i++) {
        struct draft_name *other = &draft->names[i];
        if (strcmp(other->role, role) != 0) continue;
        bool same = strcmp(role, "customer") == 0 ? other->rank == rank : strcmp(other->name, name) == 0;
        if (!same) continue;
        if (strcmp(name, other->name) < 0) other->name = name;
        return;
    }
    if (draft->count < DRAFT_NAMES_MAX) draft->names[draft->count++] = (struct draft_name){role, name, rank};
}

static void add_kinds(struct draft *draft, const struct family_field *field)
{
    uint32_t mask = field->plan.label_mask & KINDS_ALL;
    if (field->how == FIELD_BY_NAME) mask &= -mask; /* the others are labelled by the name all the same */
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if ((mask & KIND_BIT(kind)) != 0) add(draft, detectors[kind]->name, field->name, 0);
}

static void add_field(struct draft *draft, const struct family *family, const struct family_field *field)
{
    if (field->how == FIELD_REFUSED || !field->whole) return;
    if (field->plan.role == ROLE_CUSTOMER && field->plan.rank < ROLE_RANK_EMAIL) {
        const char *known = roles_customer_name(draft->roles, field->plan.rank);
        add(draft, "customer", reduces_to(field->name, known) ? field->name : known, field->plan.rank);
    }
    bool told = field->how == FIELD_BY_STRUCTURE, identifier = field->plan.role == ROLE_IDENTIFIER && field->plan.custom == 0;
    if ((!told && !identifier) || !speaks_for_its_like(draft, field)) return;
    if (identifier) add_kinds(draft, field);
    if (field->plan.role == ROLE_TIME && count_role(family, "time") == 1) add(draft, "time", field->name, 0);
    bool axis = field->plan.role == ROLE_LATITUDE || field->plan.role == ROLE_LONGITUDE;
    if (axis && count_role(family, "latitude") == 1 && count_role(family, "longitude") == 1) add(draft, field->role, field->name, 0);
}

static int by_role(const void *left, const void *right)
{
    const struct draft_name *a = left, *b = right;
    int order = strcmp(a->role, b->role);
    if (order == 0) order = (int)a->rank - (int)b->rank;
    return order != 0 ? order : strcmp(a->name, b->name);
}

/* ------------------------------------------------------------------ writing */

static size_t write_names(struct json_writer *writer, const struct draft *draft, size_t from, const char *key)
{
    size_t at = from;
    json_list_open(writer, key);
    for (; at < draft->count && strcmp(draft->names[at].role, draft->names[from].role) == 0; at++)
        json_write_text(writer, NULL, draft->names[at].name);
    json_list_close(writer);
    return at;
}

static void write_profile(struct json_writer *writer, const struct draft *draft)
{
    json_object_open(writer, NULL);
    for (size_t i = 0; i < draft->count; i++) {
        if (strcmp(draft->names[i].role, "customer") != 0) continue;
        json_object_open(writer, "customer");
        write_names(writer, draft, i, "fields");
        json_object_close(writer);
        break;
    }
    json_object_open(writer, "roles");
    for (size_t i = 0; i < draft->count;) {
        if (strcmp(draft->names[i].role, "customer") == 0) i++;
        else i = write_names(writer, draft, i, draft->names[i].role);
    }
    json_object_close(writer);
    json_object_close(writer);
    json_end_line(writer);
}

bool profile_draft_write(const struct families *families, const struct roles *roles, struct json_writer *writer)
{
    struct draft draft = {families, roles, calloc(DRAFT_NAMES_MAX, sizeof *draft.names), 0};
    if (draft.names == NULL) return false;
    for (size_t i = 0; i < families->count; i++)
        for (size_t k = 0; k < families->families[i].field_count; k++) add_field(&draft, &families->families[i], &families->families[i].fields[k]);
    qsort(draft.names, draft.count, sizeof *draft.names, by_role);
    write_profile(writer, &draft);
    free(draft.names);
    return !writer->failed;
}
