/* Holds a case against the truth that fixtures/generate.c wrote beside its dump.
 *
 * Usage    truth_compare TRUTH_DIR CASE_DIR
 * Reads    TRUTH_DIR/customers.csv and CASE_DIR/impact.csv, both sorted by customer_id: one walk
 *          over the two, so that millions of customers need no memory; then totals.json and
 *          summary.json
 * Columns  are found by name. All of the truth must be in the case; what the case has more is not
 *          looked at
 * Estimate a distinct count "~N" is right if the truth is above 64 and N within three quarters of it; at or
 *          below 64 no estimate may stand
 * Level    loc_level and loc_precise of customers of more than 64 points are told from a part of their days, and are not compared
 * Output   the first 20 differences, then "N values compared, N differ"; exit 1 on any
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

enum { SHOWN_MAX = 20, FIELDS_MAX = 64, EXACT_MAX = 64, PATH_SIZE = 4096 };

struct comparison {
    uint64_t compared, different;
};

static void differ(struct comparison *comparison, const char *where, const char *what,
                   const char *expected, const char *got)
{
    if (comparison->different++ < SHOWN_MAX)
        printf("%s  %s  expected %s  got %s\n", where, what, *expected ? expected : "(empty)",
               *got ? got : "(empty)");
}

static void die(const char *message, const char *subject)
{
    fprintf(stderr, "truth_compare: %s: %s\n", message, subject);
    exit(2);
}

/* One CSV file, row by row. A row is one line here or several: quotes may hold line breaks. */
struct table {
    FILE *file;
    const char *name;
    char *line;
    size_t capacity;
    char *previous; /* customer_id of the row before */
    size_t previous_capacity;
    char *fields[FIELDS_MAX];
    int field_count;
    bool ended;
};

static void table_grow(struct table *table, size_t wanted)
{
    if (wanted <= table->capacity) return;
    table->capacity = 2 * wanted;
    table->line = realloc(table->line, table->capacity);
    if (table->line == NULL) die("no memory", table->name);
}

/* Reads up to the line break that ends the row. */
static bool table_read(struct table *table)
{
    size_t used = 0;
    bool quoted = false;
    for (int c = getc_unlocked(table->file); c != EOF; c = getc_unlocked(table->file)) {
        if (c == '\n' && !quoted) {
            table->line[used] = '\0';
            return true;
        }
        if (c == '"') quoted = !quoted;
        table_grow(table, used + 2);
        table->line[used++] = (char)c;
    }
    if (ferror(table->file)) die("cannot read", table->name);
    if (used == 0) return false;
    table->line[used] = '\0';
    return true;
}

/* Undoes quotes in place: what is left is never longer. */
static void table_split(struct table *table)
{
    char *from = table->line, *to = table->line;
    table->field_count = 0;
    for (;;) {
        if (table->field_count == FIELDS_MAX) die("too many columns", table->name);
        table->fields[table->field_count++] = to;
        bool quoted = *from == '"';
        if (quoted) from++;
        while (*from != '\0' && (quoted || *from != ',')) {
            if (quoted && *from == '"' && *++from != '"') {
                quoted = false;
                continue;
            }
            *to++ = *from++;
        }
        bool more = *from == ',';
        *to++ = '\0';
        if (!more) return;
        from++;
    }
}

static bool table_next(struct table *table)
{
    table->ended = !table_read(table);
    if (!table->ended) table_split(table);
    return !table->ended;
}

static void table_open(struct table *table, const char *folder, const char *name)
{
    char path[PATH_SIZE];
    memset(table, 0, sizeof *table);
    table->name = name;
    table_grow(table, 256);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    table->file = fopen(path, "r");
    if (table->file == NULL) die("cannot open", path);
    setvbuf(table->file, NULL, _IOFBF, 1 << 20);
    if (!table_next(table)) die("no header", path);
}

static void table_close(struct table *table)
{
    fclose(table->file);
    free(table->line);
    free(table->previous);
}

static int column_find(const struct table *table, const char *name)
{
    for (int i = 0; i < table->field_count; i++)
        if (strcmp(table->fields[i], name) == 0) return i;
    return -1;
}

/* The columns of the truth and where they stand in the case. */
struct column_map {
    int count;
    int of_case[FIELDS_MAX]; /* -1: missing */
    bool distinct[FIELDS_MAX], of_days[FIELDS_MAX];
    int points; /* the column of the truth that has them; -1: none */
    char *names[FIELDS_MAX];
};

static void columns_map(struct column_map *map, const struct table *truth,
                        const struct table *tested, struct comparison *comparison)
{
    map->count = truth->field_count;
    map->points = column_find(truth, "loc_points");
    for (int i = 0; i < map->count; i++) {
        const char *name = truth->fields[i];
        map->of_case[i] = column_find(tested, name);
        map->distinct[i] = strcmp(name, "loc_points") == 0 || strcmp(name, "loc_cells") == 0 ||
                           strcmp(name, "loc_days") == 0;
        map->of_days[i] = strcmp(name, "loc_level") == 0 || strcmp(name, "loc_precise") == 0;
        map->names[i] = strdup(name);
        if (map->names[i] == NULL) die("no memory", name);
        if (map->of_case[i] < 0) differ(comparison, tested->name, name, "the column", "none");
    }
    if (map->count == 0 || strcmp(map->names[0], "customer_id") != 0 || map->of_case[0] < 0)
        die("no customer_id", tested->name);
}

static void columns_free(struct column_map *map)
{
    for (int i = 0; i < map->count; i++)
        free(map->names[i]);
}

/* A count that is exact up to 64 and may be estimated above. */
static bool distinct_agrees(const char *expected, const char *got)
{
    if (*got != '~') return strcmp(expected, got) == 0;
    char *end;
    uint64_t truth = strtoull(expected, NULL, 10);
    uint64_t estimate = strtoull(got + 1, &end, 10);
    if (end == got + 1 || *end != '\0' || truth <= EXACT_MAX) return false;
    uint64_t distance = truth > estimate ? truth - estimate : estimate - truth;
    return distance <= truth / 4 * 3; /* six standard errors: one in a billion */
}

static void rows_compare(struct comparison *comparison, const struct column_map *map,
                         const struct table *truth, const struct table *tested)
{
    bool wide = map->points >= 0 && map->points < truth->field_count && strtoull(truth->fields[map->points], NULL, 10) > EXACT_MAX;
    for (int i = 1; i < map->count; i++) {
        int at = map->of_case[i];
        if (at < 0 || (map->of_days[i] && wide)) continue;
        const char *expected = i < truth->field_count ? truth->fields[i] : "";
        const char *got = at < tested->field_count ? tested->fields[at] : "(no such field)";
        comparison->compared++;
        bool agrees =
            map->distinct[i] ? distinct_agrees(expected, got) : strcmp(expected, got) == 0;
        if (!agrees) differ(comparison, truth->fields[0], map->names[i], expected, got);
    }
}

static const char *table_customer(const struct table *table, int column)
{
    if (column >= table->field_count) die("row without customer_id", table->name);
    return table->fields[column];
}

/* The next row; says so if the table is not in ascending order, for then the walk is worth nothing.
 */
static void table_advance(struct table *table, int column, struct comparison *comparison)
{
    const char *customer = table_customer(table, column);
    size_t size = strlen(customer) + 1;
    if (size > table->previous_capacity) {
        table->previous_capacity = 2 * size;
        table->previous = realloc(table->previous, table->previous_capacity);
        if (table->previous == NULL) die("no memory", table->name);
    }
    memcpy(table->previous, customer, size);
    if (!table_next(table)) return;
    customer = table_customer(table, column);
    if (strcmp(table->previous, customer) >= 0)
        differ(comparison, table->name, "order of rows", "ascending, each once", customer);
}

static void customers_compare(struct comparison *comparison, const char *truth_folder,
                              const char *case_folder)
{
    struct table truth, tested;
    struct column_map map;
    table_open(&truth, truth_folder, "customers.csv");
    table_open(&tested, case_folder, "impact.csv");
    columns_map(&map, &truth, &tested, comparison);
    int column = map.of_case[0];
    table_next(&truth);
    table_next(&tested);
    while (!truth.ended || !tested.ended) {
        int order = truth.ended    ? 1
                    : tested.ended ? -1
                                   : strcmp(truth.fields[0], table_customer(&tested, column));
        comparison->compared++;
        if (order < 0)
            differ(comparison, truth.fields[0], "customer", "listed", "missing");
        else if (order > 0)
            differ(comparison, table_customer(&tested, column), "customer", "none", "listed");
        else
            rows_compare(comparison, &map, &truth, &tested);
        if (order <= 0) table_advance(&truth, 0, comparison);
        if (order >= 0) table_advance(&tested, column, comparison);
    }
    columns_free(&map);
    table_close(&tested);
    table_close(&truth);
}

static cJSON *document_read(const char *folder, const char *name)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) die("cannot open", path);
    char *text = NULL;
    size_t used = 0, got;
    do {
        text = realloc(text, used + 65536 + 1);
        if (text == NULL) die("no memory", path);
        got = fread(text + used, 1, 65536, file);
        used += got;
    } while (got > 0);
    text[used] = '\0';
    fclose(file);
    cJSON *document = cJSON_ParseWithOpts(text, NULL, true);
    free(text);
    if (document == NULL) die("not one JSON document", path);
    return document;
}

/* A number or text as text; null and no value are told apart. */
static void value_print(char *text, size_t size, const cJSON *value)
{
    if (value == NULL)
        snprintf(text, size, "no such key");
    else if (cJSON_IsNull(value))
        snprintf(text, size, "%s", "");
    else if (cJSON_IsString(value))
        snprintf(text, size, "%s", value->valuestring);
    else if (cJSON_IsNumber(value) && floor(value->valuedouble) == value->valuedouble)
        snprintf(text, size, "%.0f", value->valuedouble);
    else
        snprintf(text, size, "a value of another type");
}

static void value_compare(struct comparison *comparison, const char *where, const cJSON *expected,
                          const cJSON *got)
{
    char expected_text[64], got_text[64];
    value_print(expected_text, sizeof expected_text, expected);
    value_print(got_text, sizeof got_text, got);
    comparison->compared++;
    if (expected == NULL || strcmp(expected_text, got_text) != 0)
        differ(comparison, "summary.json", where, expected_text, got_text);
}

/* identifiers.KIND.distinct and identifiers_unattributed.KIND. */
static void kinds_compare(struct comparison *comparison, const cJSON *truth, const cJSON *summary)
{
    char where[128];
    const cJSON *kind;
    const cJSON *identifiers = cJSON_GetObjectItemCaseSensitive(summary, "identifiers");
    cJSON_ArrayForEach(kind, cJSON_GetObjectItemCaseSensitive(truth, "identifiers_distinct"))
    {
        const cJSON *counts = cJSON_GetObjectItemCaseSensitive(identifiers, kind->string);
        snprintf(where, sizeof where, "identifiers.%s.distinct", kind->string);
        value_compare(comparison, where, kind,
                      cJSON_GetObjectItemCaseSensitive(counts, "distinct"));
    }
    const cJSON *unattributed =
        cJSON_GetObjectItemCaseSensitive(summary, "identifiers_unattributed");
    cJSON_ArrayForEach(kind, cJSON_GetObjectItemCaseSensitive(truth, "identifiers_unattributed"))
    {
        snprintf(where, sizeof where, "identifiers_unattributed.%s", kind->string);
        value_compare(comparison, where, kind,
                      cJSON_GetObjectItemCaseSensitive(unattributed, kind->string));
    }
}

static void totals_compare(struct comparison *comparison, const char *truth_folder,
                           const char *case_folder)
{
    static const char *const keys[] = {"persons_best",         "records_raw",
                                       "records_unattributed", "records_orphan_location",
                                       "customers_named_only", "data_time_first",
                                       "data_time_last"};
    cJSON *truth = document_read(truth_folder, "totals.json");
    cJSON *summary = document_read(case_folder, "summary.json");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        value_compare(comparison, keys[i], cJSON_GetObjectItemCaseSensitive(truth, keys[i]),
                      cJSON_GetObjectItemCaseSensitive(summary, keys[i]));
    kinds_compare(comparison, truth, summary);
    cJSON_Delete(summary);
    cJSON_Delete(truth);
}

int main(int argc, char **argv)
{
    struct comparison comparison = {0, 0};
    if (argc != 3) {
        fprintf(stderr, "usage: truth_compare TRUTH_DIR CASE_DIR\n");
        return 2;
    }
    customers_compare(&comparison, argv[1], argv[2]);
    totals_compare(&comparison, argv[1], argv[2]);
    printf("%" PRIu64 " values compared, %" PRIu64 " differ\n", comparison.compared,
           comparison.different);
    return comparison.different == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
