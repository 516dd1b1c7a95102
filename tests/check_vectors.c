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

#include "../analyzer/detect/fold.h"
#include "../detectors/packed.h"
#include "../detectors/iccid.h"
#include "../detectors/imsi.h"
#include "../detectors/datum.h"
#include "../detectors/location.h"
#include "../detectors/location_code.h"
#include "../detectors/location_polyline.h"
#include "../detectors/location_scaled.h"
#include "../detectors/location_nmea.h"
#include "../detectors/mac.h"
#include "../detectors/slaac.h"
#include "../detectors/uuid.h"
#include "../detectors/notations.h"
#include "../detectors/value.h"
#include "../detectors/vin.h"

enum { FIELDS = 5, FIELD_SIZE = 4096, ANSWER_SIZE = 256, KIND_NAMES_MAX = 128, FILES_MAX = 64 };

enum { FIELD_KIND, FIELD_TEXT, FIELD_VALID, FIELD_NORMALISED };

static const double DEGREES_APART_MAX = 0.000002, DATUM_APART_MAX = 0.0002;

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
    char buffer[VALUE_SIZE];
    uint32_t label_mask;
    size_t count = 0;
    text = value_clean(text, buffer, &label_mask);
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

static void judge_eid(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_EID, answer);
}

static void judge_meid(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_MEID, answer);
}

static void judge_esn(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_ESN, answer);
}

static void judge_msisdn(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_MSISDN, answer);
}

static void judge_imsi(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_IMSI, answer);
}

/* Country, network and subscriber between hyphens. */
static void judge_imsi_split(struct span text, char answer[ANSWER_SIZE])
{
    char imsi[ANSWER_SIZE] = "";
    labelled_answer(text, KIND_IMSI, imsi);
    int network = imsi[0] != '\0' ? (int)imsi_mnc_length(imsi) : 0;
    if (network > 0) snprintf(answer, ANSWER_SIZE, "%.3s-%.*s-%.20s", imsi, network, imsi + 3, imsi + 3 + network);
}

static void judge_mac(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_MAC, answer);
}

static void judge_eui64(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_EUI64, answer);
}

static void judge_slaac_mac(struct span text, char answer[ANSWER_SIZE])
{
    uint64_t address;
    if (slaac_mac_read(text, &address)) labelled_answer(text, KIND_MAC, answer);
}

static void judge_uuid(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_UUID, answer);
}

static void judge_uuid_version(struct span text, char answer[ANSWER_SIZE])
{
    unsigned char octets[UUID_OCTETS];
    unsigned version;
    if (uuid_read(text, octets, &version) == UUID_HOLDS) snprintf(answer, ANSWER_SIZE, "%u", version);
}

static void judge_advertising_id(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_ADVERTISING_ID, answer);
}

/* Values that mean "emulator" are found, and marked: these rows call them no device. */
static void judge_android_id(struct span text, char answer[ANSWER_SIZE])
{
    struct verdict verdict;
    check_labelled(text, KIND_BIT(KIND_ANDROID_ID), KIND_BIT(KIND_ANDROID_ID), &verdict);
    if (!verdict.sample) labelled_answer(text, KIND_ANDROID_ID, answer);
}

static void judge_plate(struct span text, char answer[ANSWER_SIZE])
{
    labelled_answer(text, KIND_PLATE, answer);
}

/* The rows bring their labels along. */
static void judge_etc_obu(struct span text, char answer[ANSWER_SIZE])
{
    struct verdict verdict;
    char canonical[IDENTIFIER_SIZE];
    if (check_labelled(text, 0, KIND_BIT(KIND_ETC_OBU), &verdict) == KIND_ETC_OBU && verdict.grade >= GRADE_LIKELY &&
        verdict_text(&verdict, canonical) > 0)
        snprintf(answer, ANSWER_SIZE, "%s", canonical);
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

static void positions_answer(const struct position *found, size_t count, char answer[ANSWER_SIZE])
{
    if (count == 1)
        snprintf(answer, ANSWER_SIZE, "%.7f,%.7f", found[0].latitude_e7 / 1e7,
                 found[0].longitude_e7 / 1e7);
    else if (count > 1)
        snprintf(answer, ANSWER_SIZE, "%zu positions", count);
}

static void judge_gps_decimal(struct span text, char answer[ANSWER_SIZE])
{
    struct position found[4];
    uint64_t rejected[REASON_COUNT] = {0};
    positions_answer(found, positions_find(text, found, 4, rejected), answer);
}

/* What notations find, and a copy of the text without it. */
struct notated {
    char text[FIELD_SIZE];
    size_t length;
    struct position found[4];
    size_t count;
};

static void notated_take(void *context, size_t start, size_t end, enum reason reason, const struct position *position)
{
    struct notated *notated = context;
    memset(notated->text + start, '|', end - start);
    if (reason != REASON_NONE || position->grade < GRADE_LIKELY) return;
    if (notated->count < 4) notated->found[notated->count] = *position;
    notated->count++;
}

/* As in a scan full-width characters are ASCII before anything is looked for. Sets the length of the folded text. */
static void notations_read(struct span text, struct notated *notated)
{
    struct notation_bytes bytes;
    char folded[FIELD_SIZE];
    notated->count = 0;
    notated->length = fold(text, folded);
    memcpy(notated->text, folded, notated->length);
    notation_bytes_read(&bytes, true);
    struct notation_search search = {.text = {folded, notated->length}, .tell = notated_take, .context = notated};
    notations_find(&bytes, &search);
}

/* Rows of notations whose refusals leave a plain pair behind ("geology:35.68,139.76"). */
static void judge_gps_notation(struct span text, char answer[ANSWER_SIZE])
{
    struct notated notated;
    notations_read(text, &notated);
    positions_answer(notated.found, notated.count, answer);
}

/* All that a text says: notations, and pairs in what is left. */
static void judge_gps_text(struct span text, char answer[ANSWER_SIZE])
{
    struct notated notated;
    notations_read(text, &notated);
    uint64_t rejected[REASON_COUNT] = {0};
    size_t taken = notated.count < 4 ? notated.count : 4;
    struct span rest = {notated.text, notated.length};
    notated.count += positions_find(rest, notated.found + taken, 4 - taken, rejected);
    positions_answer(notated.found, notated.count, answer);
}

static void judge_nmea_checksum(struct span text, char answer[ANSWER_SIZE])
{
    struct span body;
    size_t end;
    if (nmea_frame_read(text, 0, &body, &end) != NMEA_RIGHT || end != text.len) return;
    unsigned sum = 0;
    for (size_t i = 0; i < body.len; i++) sum ^= (unsigned char)body.at[i];
    snprintf(answer, ANSWER_SIZE, "%02X", sum);
}

static void position_answer(const struct position *position, char answer[ANSWER_SIZE])
{
    snprintf(answer, ANSWER_SIZE, "%.7f,%.7f", position->latitude_e7 / 1e7, position->longitude_e7 / 1e7);
}

static void code_answer(struct span text, enum location_code code, char answer[ANSWER_SIZE])
{
    struct position position;
    if (code_judge(code, text, &position) == REASON_NONE) position_answer(&position, answer);
}

static void judge_olc(struct span text, char answer[ANSWER_SIZE])
{
    code_answer(text, CODE_OLC, answer);
}

/* "9QCJ+2VX @ 51.38,-1.21" */
static void judge_olc_short(struct span text, char answer[ANSWER_SIZE])
{
    struct code_place place;
    char full[OLC_SIZE];
    const char *sign = memchr(text.at, '@', text.len), *comma = memchr(text.at, ',', text.len);
    if (sign == NULL || comma == NULL || sign - text.at < 2) return;
    place.latitude = coordinate_read((struct span){sign + 1, (size_t)(comma - sign - 1)});
    place.longitude = coordinate_read((struct span){comma + 1, text.len - (size_t)(comma + 1 - text.at)});
    if (olc_complete((struct span){text.at, (size_t)(sign - text.at - 1)}, &place, full))
        snprintf(answer, ANSWER_SIZE, "%s", full);
}

static void judge_geohash(struct span text, char answer[ANSWER_SIZE])
{
    code_answer(text, CODE_GEOHASH, answer);
}

/* Its rows are what a square means, with one that is the sentinel 0, 0. */
static void judge_mgrs(struct span text, char answer[ANSWER_SIZE])
{
    struct code_place place;
    if (mgrs_read(text, &place) == REASON_NONE)
        snprintf(answer, ANSWER_SIZE, "%.7f,%.7f", (double)place.latitude.value_e7 / 1e7,
                 (double)place.longitude.value_e7 / 1e7);
}

static void judge_utm(struct span text, char answer[ANSWER_SIZE])
{
    code_answer(text, CODE_UTM, answer);
}

static void judge_h3(struct span text, char answer[ANSWER_SIZE])
{
    code_answer(text, CODE_H3, answer);
}

static void judge_s2(struct span text, char answer[ANSWER_SIZE])
{
    code_answer(text, CODE_S2, answer);
}

static void judge_tokyo_datum(struct span text, char answer[ANSWER_SIZE])
{
    const char *comma = memchr(text.at, ',', text.len);
    if (comma == NULL) return;
    struct coordinate latitude = coordinate_read((struct span){text.at, (size_t)(comma - text.at)});
    struct coordinate longitude = coordinate_read((struct span){comma + 1, text.len - (size_t)(comma + 1 - text.at)});
    if (latitude.valid && longitude.valid && datum_from_tokyo(&latitude, &longitude))
        snprintf(answer, ANSWER_SIZE, "%.7f,%.7f", (double)latitude.value_e7 / 1e7, (double)longitude.value_e7 / 1e7);
}

static void judge_gps_scaled(struct span text, char answer[ANSWER_SIZE])
{
    struct position found[2];
    uint64_t rejected[REASON_COUNT] = {0};
    if (scaled_find(text, found, 2, rejected) == 1) position_answer(&found[0], answer);
}

static void judge_gps_jp(struct span text, char answer[ANSWER_SIZE])
{
    judge_gps_text(text, answer);
    if (answer[0] == '\0') judge_gps_scaled(text, answer);
}

static void judge_polyline(struct span text, char answer[ANSWER_SIZE])
{
    enum { DECIMALS = 5 };
    if (!polyline_holds(text, DECIMALS)) return;
    struct polyline line = {text, 0, 0, DECIMALS};
    struct position position;
    for (size_t len = 0; len < ANSWER_SIZE && polyline_next(&line, &position); len = strlen(answer))
        snprintf(answer + len, ANSWER_SIZE - len, "%s%.6f,%.6f", len > 0 ? ";" : "", position.latitude_e7 / 1e7,
                 position.longitude_e7 / 1e7);
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
    {"imsi", judge_imsi, false},
    {"imsi_split", judge_imsi_split, false},
    {"meid", judge_meid, false},
    {"esn", judge_esn, false},
    {"eid", judge_eid, false},
    {"msisdn", judge_msisdn, false},
    {"mac", judge_mac, false},
    {"mac_syntax", judge_mac_syntax, false},
    {"mac_class", judge_mac_class, false},
    {"slaac_mac", judge_slaac_mac, false},
    {"eui64", judge_eui64, false},
    {"uuid", judge_uuid, false},
    {"uuid_version", judge_uuid_version, false},
    {"advertising_id", judge_advertising_id, false},
    {"android_id", judge_android_id, false},
    {"plate", judge_plate, false},
    {"etc_obu", judge_etc_obu, false},
    {"gps_decimal", judge_gps_decimal, true},
    {"olc", judge_olc, true},
    {"olc_short", judge_olc_short, false},
    {"geohash", judge_geohash, true},
    {"mgrs", judge_mgrs, true},
    {"utm", judge_utm, true},
    {"h3", judge_h3, true},
    {"s2", judge_s2, true},
    {"tokyo_datum", judge_tokyo_datum, true},
    {"gps_scaled", judge_gps_scaled, true},
    {"polyline", judge_polyline, false},
    {"gps_dms", judge_gps_text, true},
    {"gps_ddm", judge_gps_text, true},
    {"gps_jp", judge_gps_jp, true},
    {"iso6709", judge_gps_text, true},
    {"wkt", judge_gps_notation, true},
    {"wkb_hex", judge_gps_text, true},
    {"geojson", judge_gps_text, true},
    {"geo_uri", judge_gps_notation, true},
    {"map_url", judge_gps_text, true},
    {"nmea_fix", judge_gps_text, true},
    {"nmea_checksum", judge_nmea_checksum, false},
    {"gpx_kml", judge_gps_text, true},
    {"exif_gps", judge_gps_text, true},
};
enum { JUDGES = sizeof judges / sizeof *judges };

struct check {
    char fields[FIELDS][FIELD_SIZE];
    size_t lengths[FIELDS];
    size_t field_count;
    size_t row;
    const char *file;
    size_t rows[JUDGES], holds[JUDGES];
    char missing[KIND_NAMES_MAX][32];
    size_t missing_count;
};

static bool degrees_agree(const char *expected, const char *got, double apart_max)
{
    double latitude[2], longitude[2];
    if (sscanf(expected, "%lf,%lf", &latitude[0], &longitude[0]) != 2) return false;
    if (sscanf(got, "%lf,%lf", &latitude[1], &longitude[1]) != 2) return false;
    return fabs(latitude[0] - latitude[1]) <= apart_max && fabs(longitude[0] - longitude[1]) <= apart_max;
}

static void missing_add(struct check *check, const char *kind)
{
    for (size_t i = 0; i < check->missing_count; i++)
        if (strcmp(check->missing[i], kind) == 0) return;
    size_t len = strlen(kind);
    if (check->missing_count == KIND_NAMES_MAX || len >= sizeof check->missing[0]) return;
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
    double apart_max = judges[index].judge == judge_tokyo_datum ? DATUM_APART_MAX : DEGREES_APART_MAX;
    if (holds && valid)
        holds = judges[index].degrees ? degrees_agree(expected, answer, apart_max)
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
