/* embed.c: turns the CSV files of a folder into C tables, before anything else is compiled.
 *
 * Shape    embed DIR > tables.h
 * Errors   a file that is missing, a row that does not fit its table: message, exit 1
 * Output   the same bytes for the same files; included by tables.c alone, label tables too
 */
#include <csv.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lookup_hash.h"
#include "../detectors.h"

enum { FIELDS_MAX = 8, FIELD_SIZE = 256, READ_SIZE = 65536 };

#define ROW(name, NAME) #name,
static const char *const kind_names[] = {DETECTORS};
#undef ROW

/* All tables on their way into the output. */
struct tables {
    uint8_t vin_codes[256];
    uint64_t wmi_three[(WMI_COUNT + 63) / 64];
    uint32_t wmi_six[1 << WMI_SIX_BITS];
    uint8_t region_flags[REGION_COUNT];
    uint16_t model_years[256];
    uint64_t frame_prefixes[1 << FRAME_BITS];
    uint8_t rbi_statuses[100];
    uint64_t calling_codes[16];
    uint8_t mcc_lengths[1000];
    int mcc_codes_missing[1000]; /* of the network codes that a country has, those not read yet */
    uint32_t networks[1 << NETWORK_BITS];
    uint32_t oui_six[1 << OUI_BITS];
    uint32_t oui_seven[1 << OUI_SEVEN_BITS];
    uint64_t oui_nine[1 << OUI_NINE_BITS];
    struct place_entry places[1 << PLATE_PLACE_BITS];
    struct sample_entry samples[1 << SAMPLE_BITS];
    uint64_t sample_marks[(1 << SAMPLE_MARK_BITS) / 64];
    struct mac_range macs[64];
    size_t mac_count;
    struct label_entry labels[1 << LABEL_BITS];
};

struct reader {
    struct tables *tables;
    void (*row)(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE]);
    const char *path;
    char fields[FIELDS_MAX][FIELD_SIZE];
    size_t field_count;
    size_t row_count;
};

static void fail(const char *what, const char *which)
{
    fprintf(stderr, "embed: %s: %s\n", what, which);
    exit(1);
}

/* The field limit cuts names of organisations only; keys are short. */
static void on_field(void *bytes, size_t len, void *context)
{
    struct reader *reader = context;
    if (reader->field_count < FIELDS_MAX) {
        char *field = reader->fields[reader->field_count];
        if (len >= FIELD_SIZE) len = FIELD_SIZE - 1;
        memcpy(field, bytes, len);
        field[len] = '\0';
    }
    reader->field_count++;
}

static void on_row(int character, void *context)
{
    struct reader *reader = context;
    (void)character;
    if (reader->row_count++ > 0) reader->row(reader->tables, reader->fields);
    reader->field_count = 0;
    for (size_t i = 0; i < FIELDS_MAX; i++) reader->fields[i][0] = '\0';
}

static void table_read(struct tables *tables, const char *folder, const char *name,
                       void (*row)(struct tables *, char[FIELDS_MAX][FIELD_SIZE]))
{
    static char bytes[READ_SIZE];
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) fail("path", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail("cannot open", path);

    struct csv_parser parser;
    struct reader reader = {.tables = tables, .row = row, .path = path};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) fail("no memory", path);
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        if (csv_parse(&parser, bytes, got, on_field, on_row, &reader) != got)
            fail(csv_strerror(csv_error(&parser)), path);
    if (ferror(file) || csv_fini(&parser, on_field, on_row, &reader) != 0) fail("damaged", path);
    csv_free(&parser);
    fclose(file);
    if (reader.row_count < 2) fail("empty", path);
}

/* Puts a key that is not 0 into an open-addressing table of 2^bits; at most 7/8 full. */
#define TABLE_INSERT(table, bits, key)                                                             \
    do {                                                                                           \
        uint32_t slot_ = hash_slot(key, bits);                                                     \
        uint32_t steps_ = 0;                                                                       \
        while ((table)[slot_] != 0 && (table)[slot_] != (key)) {                                   \
            slot_ = (slot_ + 1) & ((1u << (bits)) - 1);                                            \
            if (++steps_ > 1u << ((bits)-3)) fail("table too full", #table);                       \
        }                                                                                          \
        (table)[slot_] = (key);                                                                    \
    } while (0)

static void vin_codes_fill(struct tables *tables)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
    memset(tables->vin_codes, 0xFF, sizeof tables->vin_codes);
    for (unsigned i = 0; i < VIN_ALPHABET_SIZE; i++)
        tables->vin_codes[(unsigned char)alphabet[i]] = (uint8_t)i;
}

static uint32_t vin_number(const struct tables *tables, const char *text, size_t len)
{
    uint32_t number = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned code = tables->vin_codes[(unsigned char)text[i]];
        if (code >= VIN_ALPHABET_SIZE) fail("no VIN characters", text);
        number = number * VIN_ALPHABET_SIZE + code;
    }
    return number;
}

static void wmi_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    const char *wmi = fields[0];
    if (strlen(wmi) == 3) {
        uint32_t index = vin_number(tables, wmi, 3);
        tables->wmi_three[index / 64] |= UINT64_C(1) << (index % 64);
        return;
    }
    if (strlen(wmi) != 6 || wmi[2] != '9') fail("no manufacturer code", wmi);
    char five[6] = {wmi[0], wmi[1], wmi[3], wmi[4], wmi[5], '\0'};
    uint32_t key = vin_number(tables, five, 5) + 1;
    TABLE_INSERT(tables->wmi_six, WMI_SIX_BITS, key);
}

static void region_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    if (strlen(fields[0]) != 2) fail("no region prefix", fields[0]);
    uint8_t flags = REGION_ALLOCATED;
    if (strcmp(fields[4], "required") == 0) flags |= REGION_CHECK_DIGIT_BINDS;
    tables->region_flags[vin_number(tables, fields[0], 2)] = flags;
}

static void year_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    tables->model_years[(unsigned char)fields[0][0]] = (uint16_t)atoi(fields[1]);
}

static void frame_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    size_t len = strlen(fields[0]);
    if (len == 0 || len > FRAME_PREFIX_MAX) fail("no frame prefix", fields[0]);
    uint64_t widths = 0;
    for (const char *c = fields[3]; *c != '\0'; c++)
        if (*c >= '5' && *c <= '7') widths |= UINT64_C(1) << (*c - '0');
    if (widths == 0) fail("no serial width", fields[0]);

    uint64_t key = frame_prefix_key(fields[0], len);
    uint32_t slot = hash_slot(key, FRAME_BITS);
    while (tables->frame_prefixes[slot] != 0 &&
           (tables->frame_prefixes[slot] & FRAME_PREFIX_MASK) != key)
        slot = (slot + 1) & ((1u << FRAME_BITS) - 1);
    tables->frame_prefixes[slot] |= key | widths << 56;
}

static void rbi_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    int index = atoi(fields[0]);
    if (index < 0 || index > 99) fail("no reporting body", fields[0]);
    tables->rbi_statuses[index] = strcmp(fields[1], "test") == 0 ? 2 : 1;
}

/* Marks every three-digit beginning of the code. "01" for the United States and "00" for test
 * cards are how ICCIDs write them (ITU-T E.118 practice, GSMA test profiles). */
static void calling_code_add(struct tables *tables, const char *code)
{
    unsigned first = (unsigned)atoi(code), last = first;
    for (size_t len = strlen(code); len < 3; len++) {
        first = first * 10;
        last = last * 10 + 9;
    }
    for (unsigned i = first; i <= last && i < 1000; i++)
        tables->calling_codes[i / 64] |= UINT64_C(1) << (i % 64);
}

static void calling_code_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    if (strlen(fields[0]) < 1 || strlen(fields[0]) > 3) fail("no calling code", fields[0]);
    calling_code_add(tables, fields[0]);
}

static unsigned mcc_number(const char *text)
{
    if (strlen(text) != 3 || strspn(text, "0123456789") != 3) fail("no country code", text);
    return (unsigned)atoi(text);
}

static void mcc_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    unsigned flags = 2;
    if (strcmp(fields[4], "3") == 0 || atoi(fields[6]) > atoi(fields[5])) flags = 3;
    if (strcmp(fields[4], "mixed") == 0) flags |= MCC_MIXED;
    if (strcmp(fields[3], "test") == 0) flags |= MCC_TEST;
    tables->mcc_lengths[mcc_number(fields[0])] = (uint8_t)flags;
    tables->mcc_codes_missing[mcc_number(fields[0])] = atoi(fields[5]) + atoi(fields[6]);
}

static void network_add(struct tables *tables, const char *mcc, const char *mnc, bool withdrawn)
{
    size_t length = strlen(mnc);
    if ((length != 2 && length != 3) || strspn(mnc, "0123456789") != length) fail("no network code", mnc);
    uint32_t key = network_key(mcc_number(mcc), (unsigned)atoi(mnc), (unsigned)length), slot = hash_slot(key >> 1, NETWORK_BITS);
    while (tables->networks[slot] != 0 && tables->networks[slot] >> 1 != key >> 1) slot = (slot + 1) & ((1u << NETWORK_BITS) - 1);
    if (tables->networks[slot] == 0 && !withdrawn) tables->mcc_codes_missing[mcc_number(mcc)]--;
    tables->networks[slot] = key | (withdrawn ? NETWORK_WITHDRAWN_BIT : 0);
}

/* More codes than the country has are old ones: what is new may be missing all the same. */
static void mcc_complete(struct tables *tables)
{
    for (size_t mcc = 0; mcc < 1000; mcc++)
        if (tables->mcc_lengths[mcc] != 0 && tables->mcc_codes_missing[mcc] == 0) tables->mcc_lengths[mcc] |= MCC_COMPLETE;
}

static void network_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    network_add(tables, fields[0], fields[1], false);
}

/* Read last: what stands here holds against the longer list. */
static void network_curated_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    network_add(tables, fields[0], fields[1], strcmp(fields[2], "withdrawn") == 0);
}

static void place_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    char name[PLATE_PLACE_MAX] = {0};
    size_t len = strlen(fields[0]);
    if (len == 0 || len > PLATE_PLACE_MAX) fail("no place of a plate", fields[0]);
    memcpy(name, fields[0], len);
    uint32_t slot = place_slot(name);
    while (tables->places[slot].name[0] != '\0') slot = (slot + 1) & ((1u << PLATE_PLACE_BITS) - 1);
    memcpy(tables->places[slot].name, name, PLATE_PLACE_MAX);
}

/* A six-digit block of the Registration Authority itself was handed on in smaller blocks: only
 * those say that an address was assigned. */
static void oui_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    uint64_t key = strtoull(fields[0], NULL, 16) + 1;
    size_t len = strlen(fields[0]);
    if (len == 6) {
        if (strcmp(fields[2], "IEEE Registration Authority") == 0) return;
        uint32_t small = (uint32_t)key;
        TABLE_INSERT(tables->oui_six, OUI_BITS, small);
    } else if (len == 7) {
        uint32_t small = (uint32_t)key;
        TABLE_INSERT(tables->oui_seven, OUI_SEVEN_BITS, small);
    } else if (len == 9) {
        TABLE_INSERT(tables->oui_nine, OUI_NINE_BITS, key);
    } else {
        fail("no address block", fields[0]);
    }
}

/* "00:00:5E:00:53:00-FF" is a range; what follows '-' stands for the end of the first address. */
static void sample_mac_add(struct tables *tables, const char *text)
{
    char first[32] = "", last[32] = "";
    size_t len = 0;
    const char *dash = strchr(text, '-');
    size_t head = dash == NULL ? strlen(text) : (size_t)(dash - text);
    if (head != 17 || tables->mac_count == 64) fail("no sample address", text);
    memcpy(first, text, head);
    memcpy(last, text, head);
    if (dash != NULL) memcpy(last + head - strlen(dash + 1), dash + 1, strlen(dash + 1));
    for (size_t i = 0; i <= 17; i++)
        if (first[i] != ':') {
            first[len] = first[i];
            last[len++] = last[i];
        }
    tables->macs[tables->mac_count].first = strtoull(first, NULL, 16);
    tables->macs[tables->mac_count++].last = strtoull(last, NULL, 16);
}

static unsigned kind_index(const char *name)
{
    unsigned kind = 0;
    while (kind < KIND_COUNT && strcmp(kind_names[kind], name) != 0) kind++;
    return kind;
}

static void sample_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    unsigned kind = kind_index(fields[0]);
    if (kind == KIND_MAC) {
        sample_mac_add(tables, fields[1]);
        return;
    }
    if (kind == KIND_COUNT) return; /* of a kind that has no detector yet */
    size_t len = strlen(fields[1]);
    if (len < 8 || len >= SAMPLE_SIZE) fail("no sample value", fields[1]);
    uint32_t mark = sample_mark(kind, fields[1], len), slot = sample_slot(mark);
    tables->sample_marks[mark / 64] |= UINT64_C(1) << mark % 64;
    while (tables->samples[slot].length != 0) slot = (slot + 1) & ((1u << SAMPLE_BITS) - 1);
    tables->samples[slot].kind = (uint8_t)kind;
    tables->samples[slot].length = (uint8_t)len;
    memcpy(tables->samples[slot].text, fields[1], len);
}

static uint32_t label_bits_of(const char *kind)
{
    if (strcmp(kind, "latitude") == 0) return LABEL_LATITUDE;
    if (strcmp(kind, "longitude") == 0) return LABEL_LONGITUDE;
    if (strcmp(kind, "weak_latitude") == 0) return LABEL_LATITUDE | LABEL_WEAK_AXIS;
    if (strcmp(kind, "weak_longitude") == 0) return LABEL_LONGITUDE | LABEL_WEAK_AXIS;
    unsigned index = kind_index(kind);
    if (index == KIND_COUNT) fail("no kind", kind);
    return KIND_BIT(index);
}

static void label_row(struct tables *tables, char fields[FIELDS_MAX][FIELD_SIZE])
{
    const char *label = fields[1];
    size_t len = strlen(label);
    if (len == 0 || len > LABEL_SIZE_MAX) fail("no label", label);
    uint32_t hash = LABEL_HASH_START;
    for (size_t i = len; i-- > 0;) {
        unsigned char byte = (unsigned char)label[i];
        if (byte < 0x80 && !islower(byte) && !isdigit(byte)) fail("label not normalised", label);
        hash = label_hash_step(hash, byte);
    }
    uint32_t slot = hash_slot(hash, LABEL_BITS);
    while (tables->labels[slot].bits != 0 && strcmp(tables->labels[slot].text, label) != 0)
        slot = (slot + 1) & ((1u << LABEL_BITS) - 1);
    tables->labels[slot].hash = hash;
    tables->labels[slot].bits |= label_bits_of(fields[0]);
    tables->labels[slot].length = (uint16_t)len;
    memcpy(tables->labels[slot].text, label, len + 1);
}

/* Runs of zeros are long; a designator starts each stretch of other values. */
static void numbers_write(const char *type, const char *name, const void *values, size_t count,
                          size_t size)
{
    printf("static const %s %s[%zu] = {", type, name, count);
    size_t written = 0;
    bool gap = true;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *at = (const unsigned char *)values + i * size;
        uint8_t one;
        uint16_t two;
        uint32_t four;
        uint64_t value;
        if (size == 1) memcpy(&one, at, 1), value = one;
        else if (size == 2) memcpy(&two, at, 2), value = two;
        else if (size == 4) memcpy(&four, at, 4), value = four;
        else memcpy(&value, at, 8);
        if (value == 0) {
            gap = true;
            continue;
        }
        if (written++ % 6 == 0) printf("\n    ");
        if (gap) printf("[%zu] = ", i);
        printf(size == 8 ? "UINT64_C(0x%" PRIX64 "), " : "0x%" PRIX64 ", ", value);
        gap = false;
    }
    printf("\n};\n\n");
}

static void text_write(const char *text, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len; i++) printf("\\%03o", (unsigned)(unsigned char)text[i]);
    putchar('"');
}

static void places_write(const struct tables *tables)
{
    printf("static const struct place_entry plate_places[%d] = {\n", 1 << PLATE_PLACE_BITS);
    for (size_t i = 0; i < 1u << PLATE_PLACE_BITS; i++) {
        if (tables->places[i].name[0] == '\0') continue;
        printf("    [%zu] = {", i);
        text_write(tables->places[i].name, strnlen(tables->places[i].name, PLATE_PLACE_MAX));
        printf("},\n");
    }
    printf("};\n\n");
}

static void samples_write(const struct tables *tables)
{
    printf("static const struct sample_entry sample_entries[%d] = {\n", 1 << SAMPLE_BITS);
    for (size_t i = 0; i < 1u << SAMPLE_BITS; i++) {
        const struct sample_entry *entry = &tables->samples[i];
        if (entry->length == 0) continue;
        printf("    [%zu] = {%u, %u, ", i, (unsigned)entry->kind, (unsigned)entry->length);
        text_write(entry->text, entry->length);
        printf("},\n");
    }
    printf("};\n\nstatic const uint64_t sample_marks[%d] = {\n", (1 << SAMPLE_MARK_BITS) / 64);
    for (size_t i = 0; i < (1 << SAMPLE_MARK_BITS) / 64; i++)
        if (tables->sample_marks[i] != 0) printf("    [%zu] = 0x%016" PRIx64 ",\n", i, tables->sample_marks[i]);
    printf("};\n\nstatic const struct mac_range sample_macs[%zu] = {\n", tables->mac_count);
    for (size_t i = 0; i < tables->mac_count; i++)
        printf("    {UINT64_C(0x%" PRIX64 "), UINT64_C(0x%" PRIX64 ")},\n", tables->macs[i].first,
               tables->macs[i].last);
    printf("};\n\n");
}

static void labels_write(const struct tables *tables)
{
    printf("const struct label_entry label_entries[%d] = {\n", 1 << LABEL_BITS);
    for (size_t i = 0; i < 1u << LABEL_BITS; i++) {
        const struct label_entry *entry = &tables->labels[i];
        if (entry->bits == 0) continue;
        printf("    [%zu] = {0x%" PRIX32 ", 0x%" PRIX32 ", %u, ", i, entry->hash, entry->bits,
               (unsigned)entry->length);
        text_write(entry->text, entry->length);
        printf("},\n");
    }
    printf("};\n");
}

static void tables_read(struct tables *tables, const char *folder)
{
    vin_codes_fill(tables);
    table_read(tables, folder, "wmi.csv", wmi_row);
    table_read(tables, folder, "wmi_region.csv", region_row);
    table_read(tables, folder, "vin_model_year.csv", year_row);
    table_read(tables, folder, "jp_frame_prefix.csv", frame_row);
    table_read(tables, folder, "imei_rbi.csv", rbi_row);
    table_read(tables, folder, "e164.csv", calling_code_row);
    calling_code_add(tables, "01");
    calling_code_add(tables, "00");
    table_read(tables, folder, "mcc.csv", mcc_row);
    table_read(tables, folder, "mcc_mnc_pd.csv", network_row);
    table_read(tables, folder, "mnc_curated.csv", network_curated_row);
    mcc_complete(tables);
    table_read(tables, folder, "oui.csv", oui_row);
    table_read(tables, folder, "jp_plate_place.csv", place_row);
    table_read(tables, folder, "sample_values.csv", sample_row);
    table_read(tables, folder, "labels.csv", label_row);
}

#define NUMBERS_WRITE(type, name, values)                                                          \
    numbers_write(type, name, values, sizeof(values) / sizeof *(values), sizeof *(values))

static void tables_write(const struct tables *tables)
{
    printf("/* Made from detectors/data by embed; do not edit. */\n\n");
    NUMBERS_WRITE("uint8_t", "vin_codes", tables->vin_codes);
    NUMBERS_WRITE("uint64_t", "wmi_three", tables->wmi_three);
    NUMBERS_WRITE("uint32_t", "wmi_six", tables->wmi_six);
    NUMBERS_WRITE("uint8_t", "region_flags", tables->region_flags);
    NUMBERS_WRITE("uint16_t", "model_years", tables->model_years);
    NUMBERS_WRITE("uint64_t", "frame_prefixes", tables->frame_prefixes);
    NUMBERS_WRITE("uint8_t", "rbi_statuses", tables->rbi_statuses);
    NUMBERS_WRITE("uint64_t", "calling_codes", tables->calling_codes);
    NUMBERS_WRITE("uint8_t", "mcc_lengths", tables->mcc_lengths);
    NUMBERS_WRITE("uint32_t", "networks", tables->networks);
    NUMBERS_WRITE("uint32_t", "oui_six", tables->oui_six);
    NUMBERS_WRITE("uint32_t", "oui_seven", tables->oui_seven);
    NUMBERS_WRITE("uint64_t", "oui_nine", tables->oui_nine);
    places_write(tables);
    samples_write(tables);
    labels_write(tables);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: embed DIR > tables.h\n");
        return 1;
    }
    struct tables *tables = calloc(1, sizeof *tables);
    if (tables == NULL) fail("no memory", argv[1]);
    tables_read(tables, argv[1]);
    tables_write(tables);
    free(tables);
    return fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
}
