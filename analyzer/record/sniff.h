/* Which format an object has, decided by its first bytes, never by its name.
 *
 * Sample   the first SNIFF_BYTES of the decoded object (or all of it), whatever blocks it is read in
 * Order    known containers that are not opened yet, SQL, JSON, XML, listings, delimited text, text
 * Header   the row whose cells are names: one that the roles know, or above the data all letters and none
 *          of them a value. Lines with # in front may stand
 *          before it, as many as there are, the last of them the header itself; of others, PREAMBLE_ROWS_MAX
 * Zeros    between which a table with a header or JSON stands, eight in a row or more, do not make it binary
 * Delimiter  what most rows agree on, of comma, semicolon, tab and |; but what a first line "sep=;" says
 */
#ifndef SNIFF_H
#define SNIFF_H

#include "../../detectors/detector.h"

enum { SNIFF_BYTES = 256 * 1024 };

enum format { FORMAT_EMPTY, FORMAT_CSV, FORMAT_NDJSON, FORMAT_JSON, FORMAT_SQL, FORMAT_XML, FORMAT_LISTING, FORMAT_TEXT, FORMAT_BINARY, FORMAT_UNSUPPORTED };

/* Whether a field name has a role: handed in, since roles are known further on. */
struct name_source {
    bool (*known)(const void *context, struct span name);
    const void *context;
};

struct layout {
    enum format format;
    const char *name;         /* "csv": for coverage.csv; for FORMAT_UNSUPPORTED what it is ("zip") */
    size_t text_start;        /* behind a UTF-8 byte-order mark (3), or zero bytes that a table or JSON was padded with; else 0 */
    char delimiter;           /* CSV; a one-column table has '\x1f' */
    bool has_header;
    size_t header_start, header_end; /* of the header row in the object, its line end included */
    size_t column_count;
    bool backslash;           /* SQL: in strings it escapes what stands behind it */
    bool by_first_line;       /* the first line alone decided: names that the roles know, and an early row as wide */
};

/* Whether carriage returns alone end lines, as on old Macs, or more than one in three of all lines: then each becomes a line feed
 * (sniff_turn_line_ends) before anything else looks at the bytes, so that offsets stay what they are. The sample is that of sniff. */
bool sniff_has_cr_lines(struct span sample);
void sniff_turn_line_ends(char *bytes, size_t length);

/* The quick way, for dumps of many files with the same first line: a layout that sniff found for an object with
 * this first line and that had `by_first_line` set is that of any other object with it, if this holds. */
bool sniff_same_layout(struct span sample, const struct layout *layout);
/* The first line of a sample behind a byte-order mark, with its line end; empty where it is too long to be a key. */
struct span sniff_first_line(struct span sample);

/* at_end: the sample is the whole object. */
void sniff(struct span sample, bool at_end, const struct name_source *names, struct layout *layout);

/* One line for people: "comma, header, 14 columns". */
void layout_describe(const struct layout *layout, char *text, size_t text_size);

#endif
