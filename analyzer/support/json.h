/* Our door to cJSON for reading, and a writer of our own.
 *
 * Reading  one document, whole in memory: the profile. Numbers are doubles. What cJSON lets pass and we do not:
 *          anything after the first value, a repeated key, a NUL in a string
 * Writing  straight into memory, two blanks deep per level, in the order of the calls (sorting keys is the
 *          caller's; an assertion holds it). Text must be UTF-8: bytes that are not become U+FFFD
 */
#ifndef JSON_H
#define JSON_H

#include "fault.h"

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

struct json_value;

/* Fails    USAGE: no JSON, with line and column. FATAL: no memory. */
MUST_USE enum status json_read(struct span text, struct json_value **root, struct fault *fault);
void json_free(struct json_value *root); /* accepts NULL */

/* All lend; what they lend lives as long as the root. */
enum json_type json_type(const struct json_value *value);
const char *json_text(const struct json_value *value);   /* of JSON_TEXT */
double json_number(const struct json_value *value);      /* of JSON_NUMBER */
const struct json_value *json_first(const struct json_value *value); /* of a list or object; NULL for none */
const struct json_value *json_next(const struct json_value *value);
const char *json_key(const struct json_value *value);    /* of an object's entry */
size_t json_count(const struct json_value *value);

enum { JSON_DEPTH_MAX = 16 };

struct json_writer {
    char *bytes;
    size_t count, capacity;
    bool failed;                          /* no memory: nothing more is written */
    bool one_line;                        /* no line breaks, no blanks */
    int depth;
    bool filled[JSON_DEPTH_MAX];          /* something was written at this depth */
    const char *last_key[JSON_DEPTH_MAX]; /* must live until the level is closed */
};

/* Begins with all zero ({0}); bytes are the caller's to free. key is NULL in a list and at the root. */
void json_object_open(struct json_writer *writer, const char *key);
void json_object_close(struct json_writer *writer);
void json_list_open(struct json_writer *writer, const char *key);
void json_list_close(struct json_writer *writer);
void json_write_text(struct json_writer *writer, const char *key, const char *text); /* NULL becomes null */
void json_write_span(struct json_writer *writer, const char *key, struct span text);
void json_write_unsigned(struct json_writer *writer, const char *key, uint64_t number);
void json_write_signed(struct json_writer *writer, const char *key, int64_t number);
void json_write_decimal(struct json_writer *writer, const char *key, double number, int decimals);
void json_write_boolean(struct json_writer *writer, const char *key, bool yes);
void json_write_null(struct json_writer *writer, const char *key);
void json_end_line(struct json_writer *writer); /* the newline after the root */

#endif
