/* What the columns of a roster hold, told by their names.
 *
 * Shape    header cells -> roster_columns_add ... -> roster_columns_judge -> a role for each
 * Names    roster.h lists them
 * Owns     the names of columns, escaped, until roster_columns_free
 * Threads  const after roster_columns_judge
 */
#ifndef ROSTER_COLUMNS_H
#define ROSTER_COLUMNS_H

#include "roster.h"

enum roster_role {
    ROSTER_IGNORED,
    ROSTER_CUSTOMER,
    ROSTER_IDENTIFIER, /* kinds_mask, or a label of the profile's own kinds */
    ROSTER_FROM,
    ROSTER_TO,
    ROSTER_COUNTRY,
    ROSTER_SUBDIVISION,
    ROSTER_TYPE,
    ROSTER_CONTACT_POST,
    ROSTER_CONTACT_EMAIL,
    ROSTER_CONTACT_PHONE,
    ROSTER_BIRTH,
    ROSTER_ROLE_COUNT
};

struct roster_column {
    enum roster_role role;
    uint32_t kinds_mask;
    uint16_t custom; /* as in struct field_plan */
    uint16_t customer_rank;
    const struct detector *first; /* of the first kind, where that is found without a label and is asked first; else NULL */
    uint8_t first_kind;
    char name[ROSTER_NAME_BYTES_MAX + 1]; /* escaped */
};

struct roster_columns {
    struct roster_column *columns; /* ROSTER_COLUMNS_MAX */
    size_t count;
    size_t of_role[ROSTER_ROLE_COUNT]; /* the column of a role that only one has; SIZE_MAX: none */
};

MUST_USE enum status roster_columns_open(struct roster_columns *columns, struct fault *fault);
void roster_columns_free(struct roster_columns *columns);

/* The next cell of the header. Fails    USAGE: too many, or not UTF-8. */
MUST_USE enum status roster_columns_add(struct roster_columns *columns, const struct roles *roles, struct span name, struct fault *fault);

/* After the last one. Fails    USAGE: none names the customer, or two have a role that only one may have. */
MUST_USE enum status roster_columns_judge(struct roster_columns *columns, struct fault *fault);

#endif
