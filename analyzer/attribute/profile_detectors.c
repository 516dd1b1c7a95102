/* "detectors" of a profile: each an object with name, element, pattern, and what else it needs. */
#include <stdlib.h>
#include <string.h>

#include "profile_read.h"

/* A definition with the memory of its texts. */
struct reading {
    struct custom_definition *definitions;
    struct profile_names *fields, *must_match, *must_not_match; /* of each */
    size_t count;
};

static enum status wrong(const struct profile_place *place, const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_USAGE, "%s %s", place->text, what);
}

/* The place of a text in a list of words. */
static enum status read_word(const struct json_value *value, const struct profile_place *place, const char *const *words, size_t word_count,
                             size_t *found, struct fault *fault)
{
    const char *text = NULL;
    enum status status = profile_read_text(value, place, &text, fault);
    for (size_t i = 0; i < word_count && status == STATUS_OK; i++)
        if (strcmp(words[i], text) == 0) {
            *found = i;
            return STATUS_OK;
        }
    if (status != STATUS_OK) return status;
    char known[160] = "";
    for (size_t i = 0; i < word_count; i++) {
        if (i > 0) strncat(known, i + 1 < word_count ? ", " : " or ", sizeof known - strlen(known) - 1);
        strncat(known, words[i], sizeof known - strlen(known) - 1);
    }
    return fault_set(fault, STATUS_USAGE, "%s must be %s", place->text, known);
}

static enum status read_whole(const struct json_value *value, const struct profile_place *place, unsigned least, unsigned most, unsigned *number,
                              struct fault *fault)
{
    enum status status = profile_expect(value, JSON_NUMBER, place, fault);
    if (status != STATUS_OK) return status;
    double given = json_number(value);
    if (!(given >= least && given <= most) || given != (double)(unsigned)given)
        return fault_set(fault, STATUS_USAGE, "%s must be a whole number from %u to %u", place->text, least, most);
    *number = (unsigned)given;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ checksums */

static enum status read_weights(struct custom_checksum *checksum, const struct json_value *list, const struct profile_place *place, struct fault *fault)
{
    enum status status = profile_expect(list, JSON_LIST, place, fault);
    if (status != STATUS_OK) return status;
    if (json_count(list) < 2 || json_count(list) > CHECKSUM_WEIGHTS_MAX) return wrong(place, "must be 2 to 32 weights, one for each character", fault);
    for (const struct json_value *value = json_first(list); value != NULL && status == STATUS_OK; value = json_next(value)) {
        struct profile_place inner = profile_place_index(place, checksum->weight_count);
        unsigned weight = 0;
        status = read_whole(value, &inner, 0, UINT16_MAX, &weight, fault);
        checksum->weights[checksum->weight_count++] = (uint16_t)weight;
    }
    return status;
}

static void set_value(struct custom_checksum *checksum, char character, size_t worth)
{
    checksum->values[(unsigned char)character] = (uint8_t)worth;
}

/* Text: each character is worth its place. A list: all characters of an entry are worth the entry's place. */
static enum status read_alphabet(struct custom_checksum *checksum, const struct json_value *value, const struct profile_place *place, struct fault *fault)
{
    memset(checksum->values, CHECKSUM_NO_VALUE, sizeof checksum->values);
    if (json_type(value) == JSON_TEXT) {
        const char *text = json_text(value);
        if (strlen(text) < 2 || strlen(text) > 128) return wrong(place, "must be 2 to 128 characters", fault);
        for (size_t i = 0; text[i] != '\0'; i++) set_value(checksum, text[i], i);
        return STATUS_OK;
    }
    enum status status = profile_expect(value, JSON_LIST, place, fault);
    if (status == STATUS_OK && json_count(value) > 128) return wrong(place, "must have 128 entries at most", fault);
    size_t worth = 0;
    for (const struct json_value *entry = status == STATUS_OK ? json_first(value) : NULL; entry != NULL && status == STATUS_OK; entry = json_next(entry), worth++) {
        struct profile_place inner = profile_place_index(place, worth);
        status = profile_expect(entry, JSON_TEXT, &inner, fault);
        for (const char *at = status == STATUS_OK ? json_text(entry) : ""; *at != '\0'; at++) set_value(checksum, *at, worth);
    }
    return status;
}

static enum status read_remainders(struct custom_checksum *checksum, const struct json_value *value, const struct profile_place *place, struct fault *fault)
{
    const char *text = NULL;
    enum status status = profile_read_text(value, place, &text, fault);
    if (status != STATUS_OK) return status;
    size_t count = strlen(text);
    if (count < 2 || count > CHECKSUM_MODULUS_MAX) return wrong(place, "must be one character for each remainder, 2 to 64", fault);
    memcpy(checksum->remainders, text, count);
    checksum->modulus = (uint8_t)count;
    return STATUS_OK;
}

static enum status read_type(struct custom_checksum *checksum, const struct json_value *value, const struct profile_place *place, struct fault *fault)
{
    static const char *const types[] = {"none", "luhn", "luhn_hex", "mod97", "mod11_weighted"};
    size_t found = 0;
    enum status status = read_word(value, place, types, sizeof types / sizeof *types, &found, fault);
    if (status == STATUS_OK && !custom_checksum_type_find(types[found], &checksum->type)) return wrong(place, "is no checksum", fault);
    return status;
}

/* What a weighted sum needs, and no other family has. */
static enum status complete(struct custom_checksum *checksum, unsigned check_position, const struct profile_place *place, struct fault *fault)
{
    bool weighted = checksum->type == CHECKSUM_WEIGHTED, given = checksum->weight_count > 0 || checksum->modulus > 0 || check_position > 0;
    if (!weighted) return given ? wrong(place, "has weights, remainders or a check position, which \"mod11_weighted\" alone needs", fault) : STATUS_OK;
    if (checksum->weight_count == 0) return wrong(place, "needs \"weights\"", fault);
    if (checksum->modulus == 0) {
        memcpy(checksum->remainders, "0123456789X", 11);
        checksum->modulus = 11;
    }
    if (check_position == 0) check_position = checksum->weight_count;
    if (check_position > checksum->weight_count) return wrong(place, "has its check position behind the last weight", fault);
    checksum->check_position = (uint8_t)(check_position - 1);
    return STATUS_OK;
}

static enum status read_checksum(struct custom_checksum *checksum, const struct json_value *object, const struct profile_place *place, struct fault *fault)
{
    static const char *const words[] = {"type", "weights", "alphabet", "check_position", "remainders"};
    unsigned check_position = 0;
    bool typed = false;
    memset(checksum->values, CHECKSUM_NO_VALUE, sizeof checksum->values);
    for (unsigned i = 0; i < 10; i++) set_value(checksum, (char)('0' + i), i);
    enum status status = profile_expect(object, JSON_OBJECT, place, fault);
    for (const struct json_value *value = status == STATUS_OK ? json_first(object) : NULL; value != NULL && status == STATUS_OK; value = json_next(value)) {
        const char *key = json_key(value);
        struct profile_place inner = profile_place_key(place, key);
        if (strcmp(key, "type") == 0) typed = true, status = read_type(checksum, value, &inner, fault);
        else if (strcmp(key, "weights") == 0) status = read_weights(checksum, value, &inner, fault);
        else if (strcmp(key, "alphabet") == 0) status = read_alphabet(checksum, value, &inner, fault);
        else if (strcmp(key, "check_position") == 0) status = read_whole(value, &inner, 1, CHECKSUM_WEIGHTS_MAX, &check_position, fault);
        else if (strcmp(key, "remainders") == 0) status = read_remainders(checksum, value, &inner, fault);
        else status = profile_unknown_key(&inner, key, words, sizeof words / sizeof *words, fault);
    }
    if (status == STATUS_OK && !typed) return wrong(place, "needs \"type\"", fault);
    return status == STATUS_OK ? complete(checksum, check_position, place, fault) : status;
}

/* ------------------------------------------------------------------ detectors */

static enum status read_element(struct custom_definition *definition, const struct json_value *value, const struct profile_place *place,
                                struct fault *fault)
{
    static const char *const codes[] = {"VIN", "CHS", "NET", "DEV", "PLT"};
    static const enum element elements[] = {ELEMENT_VIN, ELEMENT_CHS, ELEMENT_NET, ELEMENT_DEV, ELEMENT_PLT};
    size_t found = 0;
    enum status status = read_word(value, place, codes, sizeof codes / sizeof *codes, &found, fault);
    definition->element = elements[found];
    return status;
}

static enum status read_canonical(struct custom_definition *definition, const struct json_value *value, const struct profile_place *place,
                                  struct fault *fault)
{
    static const char *const forms[] = {"as_is", "upper", "lower", "digits", "alnum_upper"};
    size_t found = 0;
    enum status status = read_word(value, place, forms, sizeof forms / sizeof *forms, &found, fault);
    definition->canonical = (enum custom_canonical)found;
    return status;
}

static enum status read_unlabelled(struct custom_definition *definition, const struct json_value *value, const struct profile_place *place,
                                   struct fault *fault)
{
    static const char *const grades[] = {"ignore", "possible", "likely"};
    size_t found = 0;
    enum status status = read_word(value, place, grades, sizeof grades / sizeof *grades, &found, fault);
    definition->unlabelled = (enum grade)found;
    return status;
}

static enum status read_key(struct reading *reading, size_t i, const char *key, const struct json_value *value, const struct profile_place *place,
                            struct fault *fault)
{
    static const char *const words[] = {"name", "element", "pattern", "fields", "checksum", "canonical", "unlabelled", "must_match", "must_not_match"};
    struct custom_definition *definition = &reading->definitions[i];
    if (strcmp(key, "name") == 0) return profile_read_text(value, place, &definition->name, fault);
    if (strcmp(key, "pattern") == 0) return profile_read_text(value, place, &definition->pattern, fault);
    if (strcmp(key, "element") == 0) return read_element(definition, value, place, fault);
    if (strcmp(key, "fields") == 0) return profile_read_names(&reading->fields[i], value, place, fault);
    if (strcmp(key, "checksum") == 0) return read_checksum(&definition->checksum, value, place, fault);
    if (strcmp(key, "canonical") == 0) return read_canonical(definition, value, place, fault);
    if (strcmp(key, "unlabelled") == 0) return read_unlabelled(definition, value, place, fault);
    if (strcmp(key, "must_match") == 0) return profile_read_names(&reading->must_match[i], value, place, fault);
    if (strcmp(key, "must_not_match") == 0) return profile_read_names(&reading->must_not_match[i], value, place, fault);
    return profile_unknown_key(place, key, words, sizeof words / sizeof *words, fault);
}

/* A name becomes a key of summary.json and a word of reports. */
static bool name_is_plain(const char *name)
{
    size_t length = strlen(name);
    return length <= 40 && name[0] >= 'a' && name[0] <= 'z' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length &&
           strcmp(name, "location") != 0;
}

static enum status read_detector(struct reading *reading, size_t i, const struct json_value *object, const struct profile_place *place,
                                 struct fault *fault)
{
    struct custom_definition *definition = &reading->definitions[i];
    *definition = (struct custom_definition){.element = CUSTOM_ELEMENT_OPEN, .unlabelled = GRADE_POSSIBLE};
    enum status status = profile_expect(object, JSON_OBJECT, place, fault);
    for (const struct json_value *value = status == STATUS_OK ? json_first(object) : NULL; value != NULL && status == STATUS_OK; value = json_next(value)) {
        struct profile_place inner = profile_place_key(place, json_key(value));
        status = read_key(reading, i, json_key(value), value, &inner, fault);
    }
    if (status != STATUS_OK) return status;
    if (definition->name == NULL || definition->pattern == NULL) return wrong(place, "needs \"name\" and \"pattern\"", fault);
    if (!name_is_plain(definition->name))
        return wrong(place, "needs a name of lower-case letters, digits and _, 40 at most, that begins with a letter", fault);
    definition->fields = (const char *const *)reading->fields[i].names;
    definition->field_count = reading->fields[i].count;
    definition->must_match = (const char *const *)reading->must_match[i].names;
    definition->must_match_count = reading->must_match[i].count;
    definition->must_not_match = (const char *const *)reading->must_not_match[i].names;
    definition->must_not_match_count = reading->must_not_match[i].count;
    return STATUS_OK;
}

static void names_free(struct profile_names *names, size_t count)
{
    for (size_t i = 0; names != NULL && i < count; i++) {
        for (size_t k = 0; k < names[i].count; k++) free(names[i].names[k]);
        free(names[i].names);
    }
    free(names);
}

enum status profile_read_detectors(struct profile *profile, const struct json_value *list, const struct profile_place *place,
                                   struct fault *fault)
{
    struct reading reading = {.count = 0};
    enum status status = profile_expect(list, JSON_LIST, place, fault);
    if (status != STATUS_OK) return status;
    size_t count = json_count(list), failed = 0;
    reading.definitions = calloc(count + 1, sizeof *reading.definitions);
    reading.fields = calloc(count + 1, sizeof *reading.fields);
    reading.must_match = calloc(count + 1, sizeof *reading.must_match);
    reading.must_not_match = calloc(count + 1, sizeof *reading.must_not_match);
    if (reading.definitions == NULL || reading.fields == NULL || reading.must_match == NULL || reading.must_not_match == NULL)
        status = profile_no_memory(fault);
    for (const struct json_value *value = json_first(list); value != NULL && status == STATUS_OK; value = json_next(value)) {
        struct profile_place inner = profile_place_index(place, reading.count);
        status = read_detector(&reading, reading.count++, value, &inner, fault);
    }
    if (status == STATUS_OK && count > 0) {
        struct fault inner;
        status = customs_open(reading.definitions, count, &profile->customs, &failed, &inner);
        struct profile_place at = profile_place_index(place, failed);
        if (status != STATUS_OK) fault_set(fault, status, "%s: %.300s", at.text, inner.message);
    }
    names_free(reading.fields, count);
    names_free(reading.must_match, count);
    names_free(reading.must_not_match, count);
    free(reading.definitions);
    return status;
}
