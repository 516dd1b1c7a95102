/* Judges files of test vectors: kind,text,valid,normalised,source.
 *
 * Shape    check_vectors DIR: every *.csv of the folder, in the order of their names
 * Output   one line a row that does not hold (kind, file, line, expected, got), then one line a
 *          kind; kinds without a detector are listed at the end
 * Exit     0 all rows of the kinds known here hold; 1 some do not; 2 cannot read
 *
 * Text is labelled input of the kind's parser; valid means graded likely or better.
 */
#include <csv.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../detectors/packed.h"
#include "../detectors/iccid.h"
#include "../detectors/location.h"
#include "../detectors/mac.h"
#include "../detectors/value.h"
#include "../detectors/vin.h"

enum { FIELDS = 5, FIELD_SIZE = 4096, ANSWER_SIZE = 256, KINDS_MAX = 128, FILES_MAX = 64 };

enum { FIELD_KIND, FIELD_TEXT, FIELD_VALID, FIELD_NORMALISED };

static const double DEGREES_APART_MAX = 0.000002;

/* Writes the normalised form, or nothing where the text is refused. */
typedef void (*judge_function)(struct span text, char answer[ANSWER_SIZE]);

static void labelled_answer(struct span text, enum kind kind, char answer[ANSWER_SIZE])
{
    struct verdict verdict;
    enum kind found = check_labelled(text, KIND_BIT(kind), KIND_BIT(kind), &verdict);
    char canonical[IDENTIFIER_SIZE];
    verdict_text(&verdict, canonical);
    if (found == kind && verdict.grade >= GRADE_LIKELY)
        snprintf(answer, ANSWER_SIZE, "%s", canonical);
}

static struct span cleaned(struct span text, char buffer[VALUE_SIZE])
{
    uint32_t label_mask;
    return value_clean(text, buffer, &label_mask);
}

static bool vin_of(struct span text, char vin[VIN_LENGTH])
{
    char buffer[VALUE_SIZE];
    return vin_read(cleaned(text, buffer), true, vin);
}

static void judge_vin_syntax(struct span text, char answer[ANSWER_SIZE])
{
    char vin[VIN_LENGTH];
    if (vin_of(text, vin)) snprintf(answer, ANSWER_SIZE, "%.*s", VIN_LENGTH, vin);
}

static void judge_vin_check(struct span text, char answer[ANSWER_SIZE])
{
    char vin[VIN_LENGTH];
    if (vin_of(text, vin) && vin_check_digit_holds(vin))
        snprintf(answer, ANSWER_SIZE, "%.*s", VIN_LENGTH, vin);
}

static void judge_vin_year(struct span text, char answer[ANSWER_SIZE])
{
    char vin[VIN_LENGTH];
    int year = vin_of(text, vin) ? vin_model_year(vin) : 0;
    if (year != 0) snprintf(answer, ANSWER_SIZE, "%d", year);
}

static void judge_vin_wmi(struct span text, char answer[ANSWER_SIZE])
{
    char vin[VIN_LENGTH], key[7];
    if (!vin_of(text, vin)) return;
    vin_wmi_key(vin, key);
    snprintf(answer, ANSWER_SIZE, "%s", key);
}

static void judge_frame_number(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_FRAME_NUMBER, answer);
}

static size_t digit_count(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) count += text.at[i] >= '0' && text.at[i] <= '9';
    return count;
}

/* The rows of each kind mean one length; the parser itself accepts them all under a label. */
static void imei_of_length(struct span text, size_t least, size_t most, char answer[ANSWER_SIZE])
{
    size_t count = digit_count(text);
    if (count >= least && count <= most) labelled_answer(text, KIND_IMEI, answer);
}

static void judge_imei(struct span text, char answer[ANSWER_SIZE])
{
    imei_of_length(text, 15, 15, answer);
}

static void judge_imei14(struct span text, char answer[ANSWER_SIZE])
{
    imei_of_length(text, 14, 15, answer);
}

static void judge_imeisv(struct span text, char answer[ANSWER_SIZE])
{
    imei_of_length(text, 16, 16, answer);
}

static void judge_iccid(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_ICCID, answer);
}

static void judge_iccid_bcd(struct span text, char answer[ANSWER_SIZE])
{
    char digits[ICCID_LENGTH_MAX];
    if (iccid_from_bcd(text, digits) != 0) labelled_answer(text, KIND_ICCID, answer);
}

static void judge_mac(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_MAC, answer);
}

static bool mac_of(struct span text, uint64_t *address)
{
    char buffer[VALUE_SIZE];
    return mac_read(cleaned(text, buffer), true, address);
}

static void judge_mac_syntax(struct span text, char answer[ANSWER_SIZE])
{
    uint64_t address;
    if (!mac_of(text, &address)) return;
    for (int i = 0; i < 6; i++)
        snprintf(answer + 3 * i, ANSWER_SIZE - 3 * (size_t)i, i < 5 ? "%02x:" : "%02x",
                 (unsigned)(address >> (40 - 8 * i) & 0xFF));
}

static void judge_mac_class(struct span text, char answer[ANSWER_SIZE])
{
    uint64_t address;
    if (mac_of(text, &address))
        snprintf(answer, ANSWER_SIZE, "%s", mac_is_local(address) ? "local" : "global");
}

static void judge_gps_decimal(struct span text, char answer[ANSWER_SIZE])
{
    struct position found[4];
    uint64_t rejected[REASON_COUNT] = {0};
    size_t count = positions_find(text, found, 4, rejected);
    if (count == 1)
        snprintf(answer, ANSWER_SIZE, "%.7f,%.7f", found[0].latitude_e7 / 1e7,
                 found[0].longitude_e7 / 1e7);
    else if (count > 1)
        snprintf(answer, ANSWER_SIZE, "%zu positions", count);
}

/* Whole lines ("scan", "none") need the finders of the analyzer and are judged elsewhere. */
static const struct {
    const char *kind;
    judge_function judge;
    bool degrees; /* compare as numbers */
} judges[] = {
    {"vin_check", judge_vin_check, false},
    {"vin_syntax", judge_vin_syntax, false},
    {"vin_year", judge_vin_year, false},
    {"vin_wmi", judge_vin_wmi, false},
    {"frame_number", judge_frame_number, false},
    {"imei", judge_imei, false},
    {"imei14", judge_imei14, false},
    {"imeisv", judge_imeisv, false},
    {"iccid", judge_iccid, false},
    {"iccid_bcd", judge_iccid_bcd, false},
    {"mac", judge_mac, false},
    {"mac_syntax", judge_mac_syntax, false},
    {"mac_class", judge_mac_class, false},
    {"gps_decimal", judge_gps_decimal, true},
};
enum { JUDGES = sizeof judges / sizeof *judges };

struct check {
    char fields[FIELDS][FIELD_SIZE];
    size_t lengths[FIELDS];
    size_t field_count;
    size_t row;
    const char *file;
    size_t rows[JUDGES], holds[JUDGES];
    char missing[KINDS_MAX][32];
    size_t missing_count;
};

static bool degrees_agree(const char *expected, const char *got)
{
    double latitude[2], longitude[2];
    if (sscanf(expected, "%lf,%lf", &latitude[0], &longitude[0]) != 2) return false;
    if (sscanf(got, "%lf,%lf", &latitude[1], &longitude[1]) != 2) return false;
    return fabs(latitude[0] - latitude[1]) <= DEGREES_APART_MAX &&
           fabs(longitude[0] - longitude[1]) <= DEGREES_APART_MAX;
}

static void missing_add(struct check *check, const char *kind)
{
    for (size_t i = 0; i < check->missing_count; i++)
        if (strcmp(check->missing[i], kind) == 0) return;
    size_t len = strlen(kind);
    if (check->missing_count == KINDS_MAX || len >= sizeof check->missing[0]) return;
    memcpy(check->missing[check->missing_count++], kind, len + 1);
}

static void row_judge(struct check *check, size_t index)
{
    char answer[ANSWER_SIZE] = "";
    const char *expected = check->fields[FIELD_NORMALISED];
    struct span text = {check->fields[FIELD_TEXT], check->lengths[FIELD_TEXT]};
    judges[index].judge(text, answer);
    bool valid = strcmp(check->fields[FIELD_VALID], "1") == 0;
    bool holds = valid == (answer[0] != '\0');
    if (holds && valid)
        holds = judges[index].degrees ? degrees_agree(expected, answer)
                                      : strcmp(expected, answer) == 0;
    check->rows[index]++;
    check->holds[index] += holds;
    if (!holds)
        printf("%s %s row %zu: expected %s, got %s\n", judges[index].kind, check->file, check->row,
               valid ? expected : "nothing", answer[0] != '\0' ? answer : "nothing");
}

static void on_field(void *bytes, size_t len, void *context)
{
    struct check *check = context;
    if (check->field_count < FIELDS) {
        if (len >= FIELD_SIZE) len = FIELD_SIZE - 1;
        memcpy(check->fields[check->field_count], bytes, len);
        check->fields[check->field_count][len] = '\0';
        check->lengths[check->field_count] = len;
    }
    check->field_count++;
}

static void on_row(int character, void *context)
{
    struct check *check = context;
    (void)character;
    size_t index = 0;
    check->row++;
    bool whole = check->field_count > FIELD_NORMALISED;
    check->field_count = 0;
    if (check->row == 1 || !whole) return;
    while (index < JUDGES && strcmp(judges[index].kind, check->fields[FIELD_KIND]) != 0) index++;
    if (index < JUDGES) row_judge(check, index);
    else missing_add(check, check->fields[FIELD_KIND]);
}

/* Blanks around a value are part of the vector; the library would take them away. */
static int no_blank(unsigned char byte)
{
    (void)byte;
    return 0;
}

static bool file_check(struct check *check, const char *folder, const char *name)
{
    char path[4096], bytes[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    struct csv_parser parser;
    bool whole = csv_init(&parser, CSV_STRICT) == 0;
    csv_set_space_func(&parser, no_blank);
    check->file = name;
    check->row = 0;
    check->field_count = 0;
    for (size_t got; whole && (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        whole = csv_parse(&parser, bytes, got, on_field, on_row, check) == got;
    whole = whole && csv_fini(&parser, on_field, on_row, check) == 0;
    csv_free(&parser);
    fclose(file);
    return whole;
}

static int is_csv(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".csv") == 0;
}

static int summary_print(const struct check *check)
{
    int exit_code = 0;
    for (size_t i = 0; i < JUDGES; i++) {
        if (check->rows[i] == 0) continue;
        printf("%s %zu of %zu hold\n", judges[i].kind, check->holds[i], check->rows[i]);
        if (check->holds[i] != check->rows[i]) exit_code = 1;
    }
    if (check->missing_count > 0) printf("no detector here for:");
    for (size_t i = 0; i < check->missing_count; i++) printf(" %s", check->missing[i]);
    if (check->missing_count > 0) printf("\n");
    return exit_code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: check_vectors DIR\n");
        return 2;
    }
    struct dirent **files;
    int count = scandir(argv[1], &files, is_csv, alphasort);
    struct check *check = calloc(1, sizeof *check);
    bool whole = count > 0 && check != NULL;
    for (int i = 0; i < count; i++) {
        if (whole) whole = file_check(check, argv[1], files[i]->d_name);
        free(files[i]);
    }
    if (count >= 0) free(files);
    if (!whole) fprintf(stderr, "check_vectors: cannot read the vectors\n");
    int exit_code = whole ? summary_print(check) : 2;
    free(check);
    return exit_code;
}
