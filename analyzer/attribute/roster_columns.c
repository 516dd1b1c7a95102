#include "roster_columns.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/value.h"
#include "../support/escape.h"
#include "../support/utf8.h"

enum { REDUCED_SIZE = 128, RANK_NONE = UINT16_MAX };

/* Compared with the whole name, reduced as fields of the evidence are. */
static const struct {
    const char *name;
    enum roster_role role;
} names[] = {
    {"validfrom", ROSTER_FROM}, {"from", ROSTER_FROM}, {"start", ROSTER_FROM}, {"startdate", ROSTER_FROM}, {"contractstart", ROSTER_FROM},
    {"有効開始日", ROSTER_FROM}, {"利用開始日", ROSTER_FROM}, {"契約開始日", ROSTER_FROM}, {"開始日", ROSTER_FROM},
    {"validto", ROSTER_TO}, {"validuntil", ROSTER_TO}, {"to", ROSTER_TO}, {"until", ROSTER_TO}, {"end", ROSTER_TO}, {"enddate", ROSTER_TO},
    {"contractend", ROSTER_TO}, {"有効終了日", ROSTER_TO}, {"利用終了日", ROSTER_TO}, {"契約終了日", ROSTER_TO}, {"解約日", ROSTER_TO},
    {"終了日", ROSTER_TO},
    {"country", ROSTER_COUNTRY}, {"countrycode", ROSTER_COUNTRY}, {"residencecountry", ROSTER_COUNTRY}, {"customercountry", ROSTER_COUNTRY},
    {"国", ROSTER_COUNTRY}, {"国コード", ROSTER_COUNTRY}, {"居住国", ROSTER_COUNTRY},
    {"subdivision", ROSTER_SUBDIVISION}, {"subdivisioncode", ROSTER_SUBDIVISION}, {"state", ROSTER_SUBDIVISION},
    {"statecode", ROSTER_SUBDIVISION}, {"province", ROSTER_SUBDIVISION}, {"prefecturecode", ROSTER_SUBDIVISION},
    {"type", ROSTER_TYPE}, {"customertype", ROSTER_TYPE}, {"customerkind", ROSTER_TYPE}, {"顧客区分", ROSTER_TYPE}, {"顧客種別", ROSTER_TYPE},
    {"個人法人区分", ROSTER_TYPE}, {"法人個人区分", ROSTER_TYPE},
    {"contactpost", ROSTER_CONTACT_POST}, {"haspost", ROSTER_CONTACT_POST}, {"postonfile", ROSTER_CONTACT_POST}, {"郵送可", ROSTER_CONTACT_POST},
    {"contactemail", ROSTER_CONTACT_EMAIL}, {"hasemail", ROSTER_CONTACT_EMAIL}, {"emailonfile", ROSTER_CONTACT_EMAIL},
    {"メール可", ROSTER_CONTACT_EMAIL},
    {"contactphone", ROSTER_CONTACT_PHONE}, {"hasphone", ROSTER_CONTACT_PHONE}, {"phoneonfile", ROSTER_CONTACT_PHONE},
    {"電話可", ROSTER_CONTACT_PHONE},
    {"birthdate", ROSTER_BIRTH}, {"dateofbirth", ROSTER_BIRTH}, {"birthday", ROSTER_BIRTH}, {"dob", ROSTER_BIRTH}, {"生年月日", ROSTER_BIRTH},
};

enum status roster_columns_open(struct roster_columns *columns, struct fault *fault)
{
    memset(columns, 0, sizeof *columns);
    columns->columns = calloc(ROSTER_COLUMNS_MAX, sizeof *columns->columns);
    return columns->columns != NULL ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory for the columns of the roster");
}

void roster_columns_free(struct roster_columns *columns)
{
    free(columns->columns);
    memset(columns, 0, sizeof *columns);
}

/* Full-width folded, ASCII letters in lower case, blanks and signs gone. Returns the length; 0 for what is too long to be a name. */
static size_t reduce(struct span name, char reduced[REDUCED_SIZE])
{
    size_t length = value_fold(name, reduced, REDUCED_SIZE), kept = 0;
    if (length > REDUCED_SIZE) return 0;
    for (size_t i = 0; i < length; i++) {
        char byte = reduced[i];
        if (byte == ' ' || byte == '\t' || byte == '_' || byte == '-' || byte == '.') continue;
        reduced[kept++] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    }
    return kept;
}

static enum roster_role role_of(struct span name)
{
    char reduced[REDUCED_SIZE];
    size_t length = reduce(name, reduced);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == length && memcmp(names[i].name, reduced, length) == 0) return names[i].role;
    return ROSTER_IGNORED;
}

enum status roster_columns_add(struct roster_columns *columns, const struct roles *roles, struct span name, struct fault *fault)
{
    if (columns->count == ROSTER_COLUMNS_MAX)
        return fault_set(fault, STATUS_USAGE, "the roster has more than %d columns", ROSTER_COLUMNS_MAX);
    if (!utf8_is_valid(name.at, name.len)) return fault_set(fault, STATUS_USAGE, "the header of the roster is no UTF-8: save it as such");
    struct roster_column *column = &columns->columns[columns->count++];
    memset(column, 0, sizeof *column);
    column->customer_rank = RANK_NONE;
    escape_write(column->name, sizeof column->name, name.at, name.len);
    /* The profile's names come first, then those of this table: "contact_email" is a flag, no address. */
    struct field_plan plan = roles_plan(roles, name.at, name.len, true);
    column->role = role_of(name);
    if (plan.role == ROLE_CUSTOMER) column->customer_rank = plan.rank;
    if (plan.role == ROLE_CUSTOMER && plan.rank < ROLE_RANK_EMAIL) column->role = ROSTER_IGNORED;
    if (column->role != ROSTER_IGNORED) return STATUS_OK;
    column->kinds_mask = (plan.role == ROLE_IDENTIFIER ? plan.label_mask : label_kinds(name.at, name.len)) & KINDS_ALL;
    column->custom = plan.role == ROLE_IDENTIFIER ? plan.custom : 0;
    if (column->kinds_mask != 0 || column->custom != 0) column->role = ROSTER_IDENTIFIER;
    if (column->kinds_mask == 0 || column->custom != 0) return STATUS_OK;
    column->first_kind = (uint8_t)__builtin_ctz(column->kinds_mask);
    if (detectors[column->first_kind]->pattern != NULL) column->first = detectors[column->first_kind];
    return STATUS_OK;
}

static enum status customer_choose(struct roster_columns *columns, struct fault *fault)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < columns->count; i++) {
        uint16_t rank = columns->columns[i].customer_rank;
        if (rank == RANK_NONE) continue;
        if (best != SIZE_MAX && rank == columns->columns[best].customer_rank)
            return fault_set(fault, STATUS_USAGE, "two columns of the roster name the customer with one name: \"%s\" and \"%s\"",
                             columns->columns[best].name, columns->columns[i].name);
        if (best == SIZE_MAX || rank < columns->columns[best].customer_rank) best = i;
    }
    if (best == SIZE_MAX)
        return fault_set(fault, STATUS_USAGE,
                         "no column of the roster names the customer: its first line must have one called customer_id, 顧客番号 or the like");
    columns->columns[best].role = ROSTER_CUSTOMER;
    return STATUS_OK;
}

enum status roster_columns_judge(struct roster_columns *columns, struct fault *fault)
{
    enum status status = customer_choose(columns, fault);
    if (status != STATUS_OK) return status;
    for (size_t role = 0; role < ROSTER_ROLE_COUNT; role++) columns->of_role[role] = SIZE_MAX;
    for (size_t i = 0; i < columns->count; i++) {
        enum roster_role role = columns->columns[i].role;
        if (role == ROSTER_IGNORED || role == ROSTER_IDENTIFIER) continue;
        if (columns->of_role[role] != SIZE_MAX)
            return fault_set(fault, STATUS_USAGE, "the columns \"%s\" and \"%s\" of the roster say the same thing twice",
                             columns->columns[columns->of_role[role]].name, columns->columns[i].name);
        columns->of_role[role] = i;
    }
    return STATUS_OK;
}
