#include "feed_sql.h"

#include <stdlib.h>

#include "feed.h"
#include "sample.h"

struct feed_sql {
    struct sql *sql;
    const struct roles *roles;
    const struct sampled *sampled;
    struct table_plan **plans;
    size_t plan_count, plan_capacity;
    bool nameless;
};

/* own: as the sample of this table has its columns; NULL: as their names are. NULL: no memory. */
static const struct table_plan *plan_add(struct feed_sql *sql, struct span header_row, size_t column_count, const struct sampled *own)
{
    struct layout layout = {.format = FORMAT_CSV, .delimiter = SQL_DELIMITER, .has_header = header_row.len > 0, .column_count = column_count};
    struct fault fault; /* the caller says what it needed the memory for */
    if (sql->plan_count == sql->plan_capacity) {
        size_t capacity = 2 * sql->plan_capacity + 8;
        struct table_plan **plans = realloc(sql->plans, capacity * sizeof(struct table_plan *));
        if (plans == NULL) return NULL;
        sql->plans = plans;
        sql->plan_capacity = capacity;
    }
    if (table_plan_open(&layout, header_row, sql->roles, NULL, own, &sql->plans[sql->plan_count], &fault) != STATUS_OK) return NULL;
    return sql->plans[sql->plan_count++];
}

static const void *plan_make(void *context, struct span header_row, size_t column_count)
{
    return plan_add(context, header_row, column_count, NULL);
}

/* The plan of a table whose values say something else than the names of its columns, or that has none. */
static bool plan_own(void *context, const struct sql_columns *columns, size_t *column_count, const void **plan)
{
    struct feed_sql *sql = context;
    const struct sampled *own = sampled_table(sql->sampled, columns->key);
    *plan = NULL;
    if (own == NULL) return true;
    if (columns->count == 0) *column_count = own->count;
    *plan = plan_add(sql, columns->header_row, *column_count, own);
    return *plan != NULL;
}

enum status feed_sql_open(const struct layout *layout, const struct roles *roles, const struct sampled *sampled, struct feed_sql **sql,
                          struct fault *fault)
{
    struct feed_sql *made = calloc(1, sizeof *made);
    *sql = made;
    if (made == NULL) return fault_set(fault, STATUS_FATAL, "no memory for an SQL dump");
    made->roles = roles;
    made->sampled = sampled;
    enum status status = sql_open(layout->backslash, (struct sql_plan_source){plan_make, made, plan_own}, &made->sql, fault);
    if (status == STATUS_OK) return STATUS_OK;
    feed_sql_close(made);
    *sql = NULL;
    return status;
}

void feed_sql_close(struct feed_sql *sql)
{
    if (sql == NULL) return;
    sql_close(sql->sql);
    for (size_t i = 0; i < sql->plan_count; i++) table_plan_close(sql->plans[i]);
    free(sql->plans);
    free(sql);
}

bool feed_sql_is_nameless(const struct feed_sql *sql)
{
    return sql->nameless;
}

bool feed_sql_broke_off(const struct feed_sql *sql)
{
    return sql_broke_off(sql->sql);
}

static void note_nameless(struct feed_sql *sql, const struct sql_stretches *stretches)
{
    for (size_t i = 0; i < stretches->count && !sql->nameless; i++) {
        const struct sql_stretch *stretch = &stretches->at[i];
        sql->nameless = (stretch->kind == SQL_TUPLE || stretch->kind == SQL_ROWS) && stretch->table == NULL;
    }
}

enum status feed_sql_cut(struct feed_sql *sql, const struct feed_sql_view *view, size_t wanted, uint64_t most,
                         struct sql_stretches *stretches, size_t *length, bool *piece, struct fault *fault)
{
    size_t seen = view->length < UNIT_BYTES_MAX || view->before_gap ? view->length : UNIT_BYTES_MAX;
    bool at_end = view->before_gap || (view->ended && seen == view->length);
    size_t limit = most < seen ? (size_t)most : seen;
    if (view->after_gap) sql_gap(sql->sql);
    *piece = false;
    *length = 0;
    enum status status = STATUS_OK;
    if (wanted < limit && !view->before_gap) /* nothing that is behind a gap belongs to what is before it */
        status = sql_cut(sql->sql, view->bytes, seen, wanted, at_end, stretches, length, fault);
    if (status == STATUS_OK && *length == 0) status = sql_cut(sql->sql, view->bytes, seen, limit, at_end, stretches, length, fault);
    if (status == STATUS_OK) note_nameless(sql, stretches);
    if (status != STATUS_OK || *length > 0 || seen < UNIT_BYTES_MAX) return status;
    *piece = true;
    *length = sql_cut_piece(sql->sql, view->bytes, UNIT_BYTES_MAX);
    if (*length > limit) *length = 0;
    return STATUS_OK;
}
