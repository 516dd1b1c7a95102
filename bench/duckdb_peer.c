/* DuckDB as a peer: how many records, vehicles and devices of each customer, and from when to when.
 *
 * Shape    duckdb_peer LIBRARY csv|ndjson INPUT OUTPUT THREADS -> a CSV file, one line a customer
 *          duckdb_peer LIBRARY roster|roster-typed INPUT OUTPUT THREADS -> the roster of roster_lines.c as a table in memory; how
 *                          many lines it has, as CSV
 *          duckdb_peer LIBRARY version -> its version
 * Source   the C interface of DuckDB 1.x; the few functions used are declared here, because the
 *          package that carries the library has no header
 * Fails    exit 1 with DuckDB's own message
 *
 * The questions are put in the fastest form found, which is not the shortest one: column types
 * are given, row order is let go, IMEIs of the CSV are integers, and COUNT(DISTINCT ...) becomes a
 * first GROUP BY over (customer, VIN, IMEI) and a list of the few rows of each customer. The plain
 * form gives the same lines and took up to a quarter longer.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_SIZE = 8192, RESULT_SIZE = 256 /* duckdb_result has 48 bytes; room for its growth */ };

struct duckdb {
    int (*open)(const char *path, void **database);
    int (*connect)(void *database, void **connection);
    int (*query)(void *connection, const char *sql, void *result);
    const char *(*result_error)(void *result);
    const char *(*library_version)(void);
    void *connection;
};

static const char per_customer[] =
    "SELECT customer_id, sum(n)::BIGINT AS records, len(list_distinct(list(vin))) AS vins,"
    " len(list_distinct(list(imei))) AS imeis, min(first) AS first, max(last) AS last FROM";

static const char source_csv[] =
    "SELECT customer_id, vin, imei, count(*) AS n, min(ts) AS first, max(ts) AS last"
    " FROM read_csv('%s', auto_detect=false, header=true, delim=',', quote='\"', escape='\"',"
    " new_line='\\n', columns={'customer_id': 'VARCHAR', 'ts': 'TIMESTAMP', 'vin': 'VARCHAR',"
    " 'frame_no': 'VARCHAR', 'imei': 'BIGINT', 'iccid': 'VARCHAR', 'mac': 'VARCHAR',"
    " 'lat': 'VARCHAR', 'lon': 'VARCHAR', 'speed_kmh': 'VARCHAR', 'odometer_km': 'VARCHAR',"
    " 'order_no': 'VARCHAR', 'session': 'VARCHAR', 'firmware': 'VARCHAR', 'amount': 'VARCHAR'})"
    " GROUP BY ALL";

/* Times come as ISO text with or without an offset and as milliseconds; a cast to TIMESTAMP alone
 * would drop the offset, and the cast that keeps it is slow, so only what needs it pays for it. */
static const char moment_macro[] =
    "CREATE MACRO moment(t) AS CASE WHEN t[5] <> '-' THEN epoch_ms(try_cast(t AS BIGINT))"
    " WHEN t[-1] = 'Z' THEN try_cast(t AS TIMESTAMP)"
    " ELSE try_cast(t AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END";

/* Three shapes: one flat object, a vehicle with events, a batch whose events name their customers.
 * IMEIs stay text: as JSON numbers DuckDB refuses those that begin with a zero. */
static const char source_ndjson[] =
    "SELECT coalesce(event.customerId, customerId) AS customer_id,"
    " coalesce(event.vehicle.vin, vehicle.vin, vin) AS vin,"
    " coalesce(event.tcu.imei, tcu.imei, imei) AS imei, count(*) AS n,"
    " min(moment(coalesce(event.ts, ts))) AS first, max(moment(coalesce(event.ts, ts))) AS last"
    " FROM (SELECT * EXCLUDE (events), unnest(coalesce(events, [NULL])) AS event"
    " FROM read_ndjson('%s', columns={customerId: 'VARCHAR', ts: 'VARCHAR', vin: 'VARCHAR',"
    " imei: 'VARCHAR', vehicle: 'STRUCT(vin VARCHAR)', tcu: 'STRUCT(imei VARCHAR)',"
    " events: 'STRUCT(customerId VARCHAR, ts VARCHAR, vehicle STRUCT(vin VARCHAR),"
    " tcu STRUCT(imei VARCHAR))[]'}))"
    " GROUP BY ALL";

/* As anybody would write it: types are found out, the order of lines is kept. */
static const char roster_plain[] = "CREATE TABLE roster AS SELECT * FROM read_csv('%s')";

/* The fastest form found. */
static const char roster_typed[] =
    "CREATE TABLE roster AS SELECT * FROM read_csv('%s', auto_detect=false, header=true, delim=',',"
    " quote='\"', escape='\"', new_line='\\n', columns={'customer_id': 'VARCHAR', 'vin': 'VARCHAR',"
    " 'imei': 'BIGINT', 'terminal_id': 'VARCHAR', 'valid_from': 'DATE', 'valid_to': 'DATE',"
    " 'country': 'VARCHAR', 'subdivision': 'VARCHAR', 'customer_type': 'VARCHAR'})";

/* POSIX lets dlsym return functions; ISO C has no cast for it, hence the detour over bytes. */
static void symbol_find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    if (symbol == NULL) {
        fprintf(stderr, "duckdb_peer: the library has no %s\n", name);
        exit(1);
    }
    memcpy(function, &symbol, sizeof symbol);
}

static void duckdb_load(struct duckdb *duckdb, const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "duckdb_peer: %s\n", dlerror());
        exit(1);
    }
    symbol_find(library, "duckdb_open", &duckdb->open);
    symbol_find(library, "duckdb_connect", &duckdb->connect);
    symbol_find(library, "duckdb_query", &duckdb->query);
    symbol_find(library, "duckdb_result_error", &duckdb->result_error);
    symbol_find(library, "duckdb_library_version", &duckdb->library_version);
}

static void duckdb_run(const struct duckdb *duckdb, const char *sql)
{
    _Alignas(16) char result[RESULT_SIZE] = {0};
    if (duckdb->query(duckdb->connection, sql, result) == 0) return;
    fprintf(stderr, "duckdb_peer: %s\n", duckdb->result_error(result));
    exit(1);
}

/* Writes the whole COPY statement; paths with a quote in them would need more care than this. */
static void question_write(char *sql, const char *format, const char *input, const char *output)
{
    char source[SQL_SIZE / 2];
    if (strcmp(format, "csv") == 0) {
        snprintf(source, sizeof source, source_csv, input);
    } else if (strcmp(format, "ndjson") == 0) {
        snprintf(source, sizeof source, source_ndjson, input);
    } else {
        fprintf(stderr, "duckdb_peer: no question for %s\n", format);
        exit(2);
    }
    snprintf(sql, SQL_SIZE, "COPY (%s (%s) GROUP BY customer_id) TO '%s' (HEADER)", per_customer,
             source, output);
}

static void roster_load(const struct duckdb *duckdb, bool typed, const char *input, const char *output)
{
    char sql[SQL_SIZE];
    snprintf(sql, sizeof sql, "SET preserve_insertion_order = %s", typed ? "false" : "true");
    duckdb_run(duckdb, sql);
    if (typed) snprintf(sql, sizeof sql, roster_typed, input);
    else snprintf(sql, sizeof sql, roster_plain, input);
    duckdb_run(duckdb, sql);
    snprintf(sql, sizeof sql, "COPY (SELECT count(*) AS lines FROM roster) TO '%s' (HEADER)", output);
    duckdb_run(duckdb, sql);
}

int main(int argc, char **argv)
{
    struct duckdb duckdb = {0};
    if (argc == 3 && strcmp(argv[2], "version") == 0) {
        duckdb_load(&duckdb, argv[1]);
        puts(duckdb.library_version());
        return 0;
    }
    if (argc != 6) {
        fprintf(stderr, "usage: duckdb_peer LIBRARY csv|ndjson|roster|roster-typed INPUT OUTPUT THREADS\n"
                        "       duckdb_peer LIBRARY version\n");
        return 2;
    }

    duckdb_load(&duckdb, argv[1]);
    void *database = NULL;
    if (duckdb.open(NULL, &database) != 0 || duckdb.connect(database, &duckdb.connection) != 0) {
        fprintf(stderr, "duckdb_peer: no database in memory\n");
        return 1;
    }
    char sql[SQL_SIZE];
    snprintf(sql, sizeof sql, "SET threads = %d", atoi(argv[5]));
    duckdb_run(&duckdb, sql);
    duckdb_run(&duckdb, "SET preserve_insertion_order = false");
    if (strncmp(argv[2], "roster", strlen("roster")) == 0) {
        roster_load(&duckdb, strcmp(argv[2], "roster-typed") == 0, argv[3], argv[4]);
        return 0;
    }
    duckdb_run(&duckdb, moment_macro);
    question_write(sql, argv[2], argv[3], argv[4]);
    duckdb_run(&duckdb, sql);
    return 0;
}
