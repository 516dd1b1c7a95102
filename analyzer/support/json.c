/* Things of cJSON that bite: it takes anything after the first value, keeps both of two equal keys,
 * cuts a string at \u0000, and holds every number as a double. */
#include "json.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* cJSON's type stays behind this door. */
static const cJSON *item(const struct json_value *value)
{
    return (const cJSON *)(const void *)value;
}

static enum status fail_at(struct span text, const char *at, const char *what, struct fault *fault)
{
    size_t line = 1, column = 1;
    for (const char *c = text.at; c < at && c < text.at + text.len; c++) {
        column++;
        if (*c == '\n') {
            line++;
            column = 1;
        }
    }
    return fault_set(fault, STATUS_USAGE, "line %zu, column %zu: %s", line, column, what);
}

/* The first \u0000 or raw NUL, NULL for none. Good enough before parsing: a backslash outside of strings is no JSON. */
static const char *find_nul(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\0')
            return text.at + i;
        if (text.at[i] != '\\')
            continue;
        if (text.len - i > 5 && memcmp(text.at + i, "\\u0000", 6) == 0)
            return text.at + i;
        i++;
    }
    return NULL;
}

/* Recursion is bounded by cJSON's own nesting limit. */
static const char *find_repeated_key(const cJSON *value)
{
    for (const cJSON *a = value->child; a != NULL; a = a->next) {
        for (const cJSON *b = a->next; cJSON_IsObject(value) && b != NULL; b = b->next) {
            if (strcmp(a->string, b->string) == 0)
                return a->string;
        }
        const char *found = find_repeated_key(a);
        if (found != NULL)
            return found;
    }
    return NULL;
}

enum status json_read(struct span text, struct json_value **root, struct fault *fault)
{
    *root = NULL;
    const char *nul = find_nul(text);
    if (nul != NULL)
        return fail_at(text, nul, "a NUL", fault);
    const char *end = NULL;
    cJSON *value = cJSON_ParseWithLengthOpts(text.at, text.len, &end, 0);
    if (value == NULL)
        return fail_at(text, end != NULL ? end : text.at, "this is no JSON", fault);
    while (end < text.at + text.len && strchr(" \t\r\n", *end) != NULL)
        end++;
    const char *repeated = find_repeated_key(value);
    enum status status = STATUS_OK;
    if (end < text.at + text.len)
        status = fail_at(text, end, "something stands behind the JSON value", fault);
    else if (repeated != NULL)
        status = fault_set(fault, STATUS_USAGE, "the key \"%.60s\" stands twice in one object", repeated);
    if (status != STATUS_OK) {
        cJSON_Delete(value);
        return status;
    }
    *root = (struct json_value *)(void *)value;
    return STATUS_OK;
}

void json_free(struct json_value *root)
{
    cJSON_Delete((cJSON *)(void *)root);
}

enum json_type json_type(const struct json_value *value)
{
    if (cJSON_IsBool(item(value)))
        return JSON_BOOLEAN;
    if (cJSON_IsNumber(item(value)))
        return JSON_NUMBER;
    if (cJSON_IsString(item(value)))
        return JSON_TEXT;
    if (cJSON_IsArray(item(value)))
        return JSON_LIST;
    return cJSON_IsObject(item(value)) ? JSON_OBJECT : JSON_NULL;
}

const char *json_text(const struct json_value *value)
{
    assert(json_type(value) == JSON_TEXT);
    return item(value)->valuestring;
}

double json_number(const struct json_value *value)
{
    assert(json_type(value) == JSON_NUMBER);
    return item(value)->valuedouble;
}

const struct json_value *json_first(const struct json_value *value)
{
    return (const struct json_value *)(const void *)item(value)->child;
}

const struct json_value *json_next(const struct json_value *value)
{
    return (const struct json_value *)(const void *)item(value)->next;
}

const char *json_key(const struct json_value *value)
{
    return item(value)->string;
}

size_t json_count(const struct json_value *value)
{
    return (size_t)cJSON_GetArraySize(item(value));
}

/* ---- writing ---- */

static void put(struct json_writer *writer, const char *bytes, size_t count)
{
    if (writer->failed)
        return;
    if (writer->capacity - writer->count < count) {
        size_t wanted = (writer->capacity + count) * 2 + 256;
        char *grown = realloc(writer->bytes, wanted);
        if (grown == NULL) {
            writer->failed = true;
            return;
        }
        writer->bytes = grown;
        writer->capacity = wanted;
    }
    memcpy(writer->bytes + writer->count, bytes, count);
    writer->count += count;
}

/* C1 controls, zero-width characters and those that turn the direction of writing: a JSON text may be
 * looked at on a terminal. */
static bool moves_or_hides(const unsigned char *bytes, size_t len)
{
    if (len == 2) return bytes[0] == 0xC2 && bytes[1] < 0xA0;
    if (len != 3) return false;
    unsigned code = (bytes[0] & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    return (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
           code == 0xFEFF;
}

static void put_quoted(struct json_writer *writer, struct span text)
{
    put(writer, "\"", 1);
    const unsigned char *bytes = (const unsigned char *)text.at;
    for (size_t i = 0; i < text.len;) {
        char escape[8];
        size_t len = utf8_length(bytes + i, text.len - i);
        if (len == 0) {
            put(writer, "\xEF\xBF\xBD", 3);
            len = 1;
        } else if (bytes[i] == '"' || bytes[i] == '\\') {
            escape[0] = '\\';
            escape[1] = (char)bytes[i];
            put(writer, escape, 2);
        } else if (moves_or_hides(bytes + i, len)) {
            unsigned code = ((bytes[i] & (len == 2 ? 0x1Fu : 0x0Fu)) << 6 | (bytes[i + 1] & 0x3Fu));
            if (len == 3) code = code << 6 | (bytes[i + 2] & 0x3Fu);
            put(writer, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", code));
        } else if (bytes[i] < 0x20 || bytes[i] == 0x7F) {
            put(writer, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", bytes[i]));
        } else {
            put(writer, text.at + i, len);
        }
        i += len;
    }
    put(writer, "\"", 1);
}

static void put_break(struct json_writer *writer)
{
    static const char blanks[] = "\n                                ";
    if (!writer->one_line)
        put(writer, blanks, 1 + 2 * (size_t)writer->depth);
}

/* Everything before a value: comma, line break, key. */
static void put_lead(struct json_writer *writer, const char *key)
{
    int depth = writer->depth;
    if (writer->filled[depth])
        put(writer, ",", 1);
    if (depth > 0)
        put_break(writer);
    writer->filled[depth] = true;
    if (key == NULL)
        return;
    assert(writer->last_key[depth] == NULL || strcmp(writer->last_key[depth], key) < 0 || writer->one_line);
    writer->last_key[depth] = key;
    put_quoted(writer, (struct span){key, strlen(key)});
    put(writer, ": ", writer->one_line ? 1 : 2);
}

static void open_level(struct json_writer *writer, const char *key, const char *bracket)
{
    put_lead(writer, key);
    put(writer, bracket, 1);
    writer->depth++;
    assert(writer->depth < JSON_DEPTH_MAX);
    writer->filled[writer->depth] = false;
    writer->last_key[writer->depth] = NULL;
}

static void close_level(struct json_writer *writer, const char *bracket)
{
    assert(writer->depth > 0);
    bool filled = writer->filled[writer->depth];
    writer->depth--;
    if (filled)
        put_break(writer);
    put(writer, bracket, 1);
}

void json_object_open(struct json_writer *writer, const char *key)
{
    open_level(writer, key, "{");
}

void json_object_close(struct json_writer *writer)
{
    close_level(writer, "}");
}

void json_list_open(struct json_writer *writer, const char *key)
{
    open_level(writer, key, "[");
}

void json_list_close(struct json_writer *writer)
{
    close_level(writer, "]");
}

void json_write_span(struct json_writer *writer, const char *key, struct span text)
{
    put_lead(writer, key);
    put_quoted(writer, text);
}

void json_write_text(struct json_writer *writer, const char *key, const char *text)
{
    if (text == NULL)
        json_write_null(writer, key);
    else
        json_write_span(writer, key, (struct span){text, strlen(text)});
}

void json_write_unsigned(struct json_writer *writer, const char *key, uint64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    put_lead(writer, key);
    put(writer, digits, (size_t)len);
}

void json_write_signed(struct json_writer *writer, const char *key, int64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    put_lead(writer, key);
    put(writer, digits, (size_t)len);
}

void json_write_decimal(struct json_writer *writer, const char *key, double number, int decimals)
{
    char digits[64];
    int len = snprintf(digits, sizeof digits, "%.*f", decimals, number);
    put_lead(writer, key);
    put(writer, digits, len > 0 && (size_t)len < sizeof digits ? (size_t)len : 0);
}

void json_write_boolean(struct json_writer *writer, const char *key, bool yes)
{
    put_lead(writer, key);
    put(writer, yes ? "true" : "false", yes ? 4 : 5);
}

void json_write_null(struct json_writer *writer, const char *key)
{
    put_lead(writer, key);
    put(writer, "null", 4);
}

void json_end_line(struct json_writer *writer)
{
    put(writer, "\n", 1);
    writer->filled[0] = false;
}
