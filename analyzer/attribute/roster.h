/* The organisation's own list of its customers: whose an identifier is, and when.
 *
 * Shape    CSV -> roster_open -> const tables -> roster_find (customer ID), roster_look (identifier)
 * Lines    a customer may have any number of them, and a line any number of identifiers; the interval of a line holds for
 *          all identifiers in it. A line without identifiers makes the customer known
 * Columns  told by their names alone, compared as those of the evidence (roles.h), the profile's names first. The customer is
 *          what names a customer there, the first in the order of the specification where several do; identifiers stand
 *          under their labels (detectors/data/labels.csv), in any number of columns; the others are called
 *              valid_from       validfrom from start startdate contractstart 有効開始日 利用開始日 契約開始日 開始日
 *              valid_to         validto validuntil to until end enddate contractend 有効終了日 利用終了日 契約終了日 解約日 終了日
 *              country          country countrycode residencecountry customercountry 国 国コード 居住国
 *              subdivision      subdivision subdivisioncode state statecode province prefecturecode
 *              type             type customertype customerkind 顧客区分 顧客種別 個人法人区分 法人個人区分
 *              contact flags    contactpost haspost postonfile 郵送可, contactemail hasemail emailonfile メール可,
 *                               contactphone hasphone phoneonfile 電話可
 *              birth date       birthdate dateofbirth birthday dob 生年月日
 *          Other columns are listed once, and ignored. No column that names the customer, or two that say the same of those
 *          above, refuse the file
 * Cells    blanks around them do not count; empty ones say nothing, as do NULL, \N, N/A, - and their like (detect.h)
 *            identifier   canonical by the detector of the column's kind, as in the evidence. What that refuses for its check
 *                         digit or its issuer is kept as it is written: what the organisation sold is no mistake. What
 *                         stands for no value (all zeros) says nothing, and is counted
 *            valid_*      YYYY-MM-DD, YYYY/MM/DD, YYYYMMDD, with or without a time of day and a zone; UTC or the profile's
 *                         time zone where there is none. The interval is half-open, [valid_from, valid_to): a customer whose
 *                         valid_to is 2023-04-17 is no holder on that day any more. Empty is open; so are years from 9000 on
 *                         and before 1000, which programs write for it
 *            country      ISO 3166-1, two letters. subdivision: ISO 3166-2, "US-CA", or what stands behind the country, "CA"
 *            type         person, individual, private, consumer, p, 個人; organisation, organization, company, corporate,
 *                         business, fleet, legal, o, 法人
 *            contact      1 true yes y 有 可 ○; 0 false no n 無 不可 ×
 *            birth date   as valid_*, without a time of day
 * Rules    of what contradicts itself:
 *            a customer with two countries, subdivisions, types, contact flags or birth dates: the later line is bad
 *            valid_to not after valid_from: the line is bad
 *            the same customer, identifier and interval again: once
 *            intervals of one customer and identifier that overlap, or of several customers: all are kept, all are candidates
 * Bad      lines count for nothing, not even for their other cells: what is none of its kind in a column that says its kind,
 *          no customer, cells that the header does not have or the line has not, a quote in the wrong place, bytes that are
 *          no UTF-8. Whether a run goes on without them is the caller's to say
 * Format   UTF-8 with or without byte order mark; comma, semicolon or tab between cells, which the header tells; RFC 4180 quotes
 * Speed    blocks of whole lines are parsed by all threads while one thread reads ahead and one puts the lines before into the
 *          tables, in the order of the file, so that the number of threads never shows (roster_read.c)
 * Limits   ROSTER_* below
 * Owns     everything
 * Threads  const after roster_open, for any number of threads, but for roster_forget_identifiers
 */
#ifndef ROSTER_H
#define ROSTER_H

#include <signal.h>

#include "../support/sha256.h"
#include "../tally/tally.h"
#include "profile.h"
#include "roles.h"

enum {
    ROSTER_LINE_BYTES_MAX = 1 << 16,
    ROSTER_COLUMNS_MAX = 256,
    ROSTER_ID_BYTES_MAX = 255,
    ROSTER_NAME_BYTES_MAX = 64, /* of a column, where it is told */
    ROSTER_BAD_LISTED_MAX = 100 /* bad lines that are listed; all are counted */
};
#define ROSTER_NOBODY UINT32_MAX

/* The ends of an interval that is open there. */
#define ROSTER_OPEN_FROM INT64_MIN
#define ROSTER_OPEN_TO INT64_MAX
#define ROSTER_BIRTH_UNKNOWN INT32_MIN

struct roster;

/* ------------------------------------------------------------------ whom it knows */

enum roster_type { ROSTER_TYPE_UNKNOWN, ROSTER_PERSON, ROSTER_ORGANISATION };
enum { ROSTER_POST = 1, ROSTER_EMAIL = 2, ROSTER_PHONE = 4 };

struct roster_customer {
    struct span id;         /* as written, trimmed; lent by the roster */
    char country[3];        /* "JP"; empty: unknown */
    char subdivision[7];    /* "US-CA"; empty: unknown */
    enum roster_type type;
    uint8_t contact_known;  /* ROSTER_POST...: what the roster says something of */
    uint8_t contact;        /* ... and what it says yes to */
    int32_t birth_day;      /* days since 1970-01-01, or ROSTER_BIRTH_UNKNOWN */
    uint32_t residence;     /* the number of country and subdivision, below roster_residence_count */
};

/* Countries with their subdivisions, of which there are few. */
struct roster_residence {
    char country[3], subdivision[7]; /* as above */
    bool any;                        /* some customer has it */
};
uint32_t roster_residence_count(const struct roster *roster);
struct roster_residence roster_residence(const struct roster *roster, uint32_t residence);

/* The number of a customer; ROSTER_NOBODY where the roster does not know the ID, which is compared byte by byte. The number
 * says nothing of the order of IDs, and not all numbers are customers. */
uint32_t roster_find(const struct roster *roster, struct span id);
/* The same of many: what is to be touched is fetched for all of them at once. */
void roster_find_all(const struct roster *roster, const struct span *ids, size_t count, uint32_t *customers);

/* The same in three steps for many that come one after another: what a step touches was fetched by the one before, while others were
 * at theirs. The ID is lent until the end. */
struct roster_seek {
    struct span id;
    uint64_t hash;
    uint32_t customer; /* likely */
};
void roster_seek_begin(const struct roster *roster, struct span id, struct roster_seek *seek);
void roster_seek_on(const struct roster *roster, struct roster_seek *seek);
uint32_t roster_seek_end(const struct roster *roster, const struct roster_seek *seek);

/* Of the hash of IDs, hash_short, in whose order customers are found. */
uint64_t roster_seed(const struct roster *roster);

struct roster_customer roster_customer(const struct roster *roster, uint32_t customer);

/* Of a customer, what is no text. */
struct roster_person {
    uint32_t residence;
    enum roster_type type;
    uint8_t contact_known, contact;
    int32_t birth_day;
};
void roster_person(const struct roster *roster, uint32_t customer, struct roster_person *person);

/* The numbers of all customers in the byte order of their IDs, the caller's to free. Fails    FATAL: no memory. */
MUST_USE enum status roster_order(const struct roster *roster, uint32_t **order, struct fault *fault);

uint32_t roster_customer_count(const struct roster *roster);
uint32_t roster_type_count(const struct roster *roster, enum roster_type type); /* customers of that type */

/* ------------------------------------------------------------------ whose an identifier is */

/* From when (inclusive) to when (exclusive) an identifier is a customer's, seconds of UTC. */
struct roster_interval {
    uint32_t customer;
    int64_t from_s, to_s; /* ROSTER_OPEN_FROM, ROSTER_OPEN_TO: open */
};

static inline bool roster_interval_holds(const struct roster_interval *interval, int64_t time_s)
{
    return time_s >= interval->from_s && time_s < interval->to_s;
}

/* A walk over the candidates of one identifier; its insides are the roster's. */
struct roster_buckets;
struct roster_found {
    const struct roster_buckets *line;
    const uint32_t *at;
    uint32_t left, hash;
    bool resolved;
};
struct roster_look {
    const struct roster *roster;
    struct roster_found found;
    char key[IDENTIFIER_SIZE + 2];
};

/* Begins one; kind, packing and packed bytes of the identifier count, its grade does not. */
void roster_look(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look);

/* The same in two steps for many, so that what each step touches is fetched while something else is done: look_ahead for one
 * after another, then look_all for these. */
void roster_look_ahead(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look);
void roster_look_all(struct roster_look *looks, size_t count);

/* Whether any identifier of that kind may be anybody's: where not, none need be looked for. */
bool roster_has_kind(const struct roster *roster, uint8_t kind);

/* The identifiers of a customer's first line, as keys behind one another (roster_line.h), where no other line has any of them; else
 * nothing, and they must be looked for. Lent by the roster. */
struct span roster_alone(const struct roster *roster, uint32_t customer);

/* Both in one look at a customer. */
struct roster_told {
    struct roster_person person;
    struct span alone;
};
void roster_tell(const struct roster *roster, uint32_t customer, struct roster_told *told);

/* Gives back what identifiers are looked up by, unless somebody may still ask what is anybody's (roster_known): from then on whose an
 * identifier is must not be asked, nor may anybody else ask anything meanwhile. Customers are found as before. */
void roster_forget_identifiers(struct roster *roster);

/* The next candidate; false behind the last one. Their order is that of the file's lines; no two are equal. */
bool roster_next(struct roster_look *look, struct roster_interval *interval);

/* Whether any candidate of a walk that has just begun is another than that customer; the walk stays where it is. */
bool roster_others(struct roster_look *look, uint32_t customer);

/* What is anybody's, at any time, for those who ask no more, and only of what a check refuses or doubts; roster may be NULL. Lends. */
struct known_values roster_known(const struct roster *roster);

/* ------------------------------------------------------------------ reading it */

struct roster_options {
    const char *path;
    const struct roles *roles;
    const struct profile *profile; /* its kinds and its time zone */
    int thread_count;
    const volatile sig_atomic_t *stop; /* asked between blocks; NULL: never */
};

/* A line that is bad: never what stands in it. */
struct roster_bad {
    uint64_t line;                         /* where it begins, the header being line 1 */
    const char *reason;                    /* "is no value of this kind"; constant */
    char column[ROSTER_NAME_BYTES_MAX + 1]; /* its name, escaped; empty: the line as a whole */
};

/* Whether intervals begin or end at other times than at midnight of the profile's zone. */
bool roster_has_times_of_day(const struct roster *roster);

/* Reads all of it. Bad lines do not make it fail: see roster_bad_count.
 * Fails    USAGE: cannot be read, no CSV in UTF-8, no column that names the customer, two columns of one role. FATAL: no memory. END: stopped. */
MUST_USE enum status roster_open(const struct roster_options *options, struct roster **roster, struct fault *fault);
void roster_close(struct roster *roster); /* accepts NULL */

uint64_t roster_line_count(const struct roster *roster); /* data lines that count */
uint64_t roster_bad_count(const struct roster *roster);
size_t roster_bad_listed(const struct roster *roster, const struct roster_bad **listed); /* the first in the file */

/* Columns that no role has, in the order of the file, escaped. */
size_t roster_ignored(const struct roster *roster, const char *const **names);

/* Cells of identifiers that say "no value" in the kind's own way, such as all zeros. */
uint64_t roster_placeholder_count(const struct roster *roster);

/* How many identifiers with their intervals it holds, equal ones once. */
uint64_t roster_interval_count(const struct roster *roster);

/* Of the file's bytes. */
const uint8_t *roster_sha256(const struct roster *roster);

#endif
