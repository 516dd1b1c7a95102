/* How much of what is planted is found, and how much of what is found was planted, per kind.
 *
 * Usage    accuracy [UNITS [TOKENS]]        planted and other units (240000), random tokens of each form (10000000)
 * Corpus   made here, from a fixed seed, by rules written down a second time: nothing of detectors/ makes a value. A unit
 *          is a line of a log or a named field: with a value under a label in text, under a label after a colon, as a
 *          field, or without a label; a near miss (one character of a value changed, without a label); or a decoy as
 *          exports have them (orders, sessions, versions, money, cards, tokens, request ids ...)
 * Judge    the program's own reading of text and fields (analyzer/detect), with no profile
 * Beside   three other ways to look for the same, written after what is published of them: bulk_extractor's rules for VINs
 *          (scan_vehicle.flex, scan_vin.cpp, version 2), a pattern of 17 characters, 15 digits with Luhn's sum
 * Output   tables for people, on stdout; exit 1 where a target is missed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/attribute/roles.h"
#include "../../analyzer/detect/detect.h"
#include "../../analyzer/record/shape.h"
#include "../../analyzer/tally/positions.h"
#include "../../detectors/packed.h"

enum { TEXT_SIZE = 400, VALUE_MAX = 96, PLANTED_MAX = 40, PEERS = 3 };

static uint64_t state = 20261122;

static uint64_t random_64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(0x2545F4914F6CDD1D);
}

static unsigned below(unsigned limit)
{
    return (unsigned)((random_64() >> 32) * limit >> 32);
}

static void fill(char *to, size_t count, const char *alphabet)
{
    unsigned size = (unsigned)strlen(alphabet);
    for (size_t i = 0; i < count; i++) to[i] = alphabet[below(size)];
    to[count] = '\0';
}

static const char digits[] = "0123456789", hex[] = "0123456789abcdef", upper_hex[] = "0123456789ABCDEF";
static const char vin_alphabet[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", alnum_upper[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char alnum[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#define ONE_OF(list) (list)[below((unsigned)(sizeof(list) / sizeof *(list)))]

/* ------------------------------------------------------------------ values, by rules written down again */

static char luhn_check(const char *text)
{
    unsigned sum = 0;
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(text[length - 1 - i] - '0');
        if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static char vin_check(const char *vin)
{
    static const int weights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    static const char letters[] = "ABCDEFGH.JKLMN.P.R..STUVWXYZ", worth[] = "12345678.12345.7.9..23456789";
    int sum = 0;
    for (int i = 0; i < 17; i++) {
        const char *letter = strchr(letters, vin[i]);
        int value = vin[i] <= '9' ? vin[i] - '0' : worth[letter - letters] - '0';
        sum += value * weights[i];
    }
    return "0123456789X"[sum % 11];
}

/* A value as written, and its canonical form. */
struct planted {
    char written[VALUE_MAX], canonical[VALUE_MAX];
    double latitude, longitude;
};

static void same(struct planted *planted)
{
    snprintf(planted->canonical, VALUE_MAX, "%s", planted->written);
}

static void make_vin(struct planted *planted)
{
    static const char *const makers[] = {"1HG", "1FT", "2T3", "3VW", "4T1", "5YJ", "JTD", "KM8", "JN1", "WBA", "WDD", "SAL", "YV1", "ZFA", "LSV", "LVG"};
    char *vin = planted->written;
    strcpy(vin, ONE_OF(makers));
    fill(vin + 3, 6, vin_alphabet);
    fill(vin + 9, 1, "ABCDEFGHJKLMNPRSTVWXY123456789");
    fill(vin + 10, 3, vin_alphabet);
    fill(vin + 13, 4, digits);
    vin[8] = vin_check(vin);
    same(planted);
}

/* Of regions that use no check digit. */
static void make_vin_unchecked(struct planted *planted)
{
    static const char *const makers[] = {"WVW", "WBA", "VF1", "VNK", "ZFA", "SB1", "TMB", "JTD", "KMH", "UU1"};
    char *vin = planted->written;
    strcpy(vin, ONE_OF(makers));
    strcpy(vin + 3, "ZZZ");
    fill(vin + 6, 2, vin_alphabet);
    vin[8] = 'Z';
    fill(vin + 9, 4, vin_alphabet);
    fill(vin + 13, 4, digits);
    same(planted);
}

static void make_frame_number(struct planted *planted)
{
    static const struct { const char *prefix; size_t width; } known[] = {{"ZVW30", 7}, {"NZE121", 7}, {"JF3", 7}, {"JB64W", 6}, {"MXWH60", 7}, {"ZN6", 6}, {"NHP10", 7}, {"GRX130", 7}};
    unsigned i = below(sizeof known / sizeof *known);
    char serial[8];
    fill(serial, known[i].width, digits);
    snprintf(planted->written, VALUE_MAX, "%s-%s", known[i].prefix, serial);
    same(planted);
}

static void make_imei(struct planted *planted)
{
    static const char *const bodies[] = {"35", "86", "01", "99", "91"};
    strcpy(planted->written, ONE_OF(bodies));
    fill(planted->written + 2, 12, digits);
    planted->written[14] = luhn_check(planted->written);
    planted->written[15] = '\0';
    same(planted);
}

static void make_iccid(struct planted *planted)
{
    static const char *const issuers[] = {"8981", "8944", "8949", "8933", "8901", "8986"};
    size_t body = 17 + below(2);
    strcpy(planted->written, ONE_OF(issuers));
    fill(planted->written + 4, body - 3, digits);
    size_t length = strlen(planted->written);
    planted->written[length] = luhn_check(planted->written);
    planted->written[length + 1] = '\0';
    same(planted);
}

static void make_imsi(struct planted *planted)
{
    static const char *const networks[] = {"44010", "44020", "26201", "310410", "20801", "23415"};
    strcpy(planted->written, ONE_OF(networks));
    fill(planted->written + strlen(planted->written), 15 - strlen(planted->written), digits);
    same(planted);
}

static void make_meid(struct planted *planted)
{
    fill(planted->written, 1, "ABCDEF");
    fill(planted->written + 1, 1, upper_hex);
    fill(planted->written + 2, 12, upper_hex);
    same(planted);
}

static void make_esn(struct planted *planted)
{
    strcpy(planted->written, "80");
    fill(planted->written + 2, 6, upper_hex);
    if (below(2) == 0) {
        strcpy(planted->written, "D7");
        fill(planted->written + 2, 6, upper_hex);
    }
    same(planted);
}

static void make_eid(struct planted *planted)
{
    unsigned rest = 0;
    strcpy(planted->written, "89");
    fill(planted->written + 2, 28, digits);
    strcat(planted->written, "00");
    for (const char *at = planted->written; *at != '\0'; at++) rest = (rest * 10 + (unsigned)(*at - '0')) % 97;
    snprintf(planted->written + 30, 3, "%02u", 98 - rest);
    same(planted);
}

static void make_msisdn(struct planted *planted)
{
    static const char *const countries[] = {"+8190", "+4917", "+4479", "+336", "+1212"};
    strcpy(planted->written, ONE_OF(countries));
    size_t length = strlen(planted->written), want = planted->written[1] == '3' ? 12 : planted->written[1] == '1' ? 12 : 13;
    fill(planted->written + length, want - length, "23456789");
    same(planted);
}

static void octets(char *to, int count, char separator)
{
    for (int i = 0; i < count; i++) {
        fill(to + strlen(to), 2, hex);
        if (i + 1 < count) to[strlen(to) + 1] = '\0', to[strlen(to)] = separator;
    }
}

static void make_mac(struct planted *planted)
{
    static const char *const makers[] = {"00:1e:ae:", "00:06:f5:", "d0:50:99:", "00:02:c7:", "3c:5a:b4:"};
    strcpy(planted->written, ONE_OF(makers));
    octets(planted->written, 3, ':');
    same(planted);
    if (below(3) == 0)
        for (char *at = planted->written; *at != '\0'; at++) *at = *at == ':' ? '-' : *at >= 'a' ? (char)(*at - 0x20) : *at;
}

static void make_eui64(struct planted *planted)
{
    strcpy(planted->written, "ac:de:48:");
    octets(planted->written, 5, ':');
    same(planted);
}

static void make_uuid(struct planted *planted)
{
    char *to = planted->written;
    fill(to, 8, hex), strcat(to, "-");
    fill(to + 9, 4, hex), strcat(to, "-4");
    fill(to + 15, 3, hex), strcat(to, "-");
    fill(to + 19, 1, "89ab"), fill(to + 20, 3, hex), strcat(to, "-");
    fill(to + 24, 12, hex);
    same(planted);
}

static void make_android_id(struct planted *planted)
{
    fill(planted->written, 1, "123456789abcdef");
    fill(planted->written + 1, 15, hex);
    same(planted);
}

static void make_terminal_id(struct planted *planted)
{
    strcpy(planted->written, "DCM");
    fill(planted->written + 3, 9, digits);
    same(planted);
}

static void make_etc_obu(struct planted *planted)
{
    strcpy(planted->written, "05");
    fill(planted->written + 2, 17, digits);
    same(planted);
}

static void make_email(struct planted *planted)
{
    char name[12], house[10];
    fill(name, 4 + below(6), "abcdefghijklmnopqrstuvwxyz");
    fill(house, 3 + below(5), "abcdefghijklmnopqrstuvwxyz");
    snprintf(planted->written, VALUE_MAX, "%s@%s.example.com", name, house);
    same(planted);
}

static void make_plate(struct planted *planted)
{
    static const char *const places[] = {"品川", "横浜", "名古屋", "大阪", "札幌"}, *const kana[] = {"あ", "さ", "な", "ひ", "む", "ら"};
    snprintf(planted->written, VALUE_MAX, "%s %u %s %u%u-%u%u", ONE_OF(places), 300 + below(40), ONE_OF(kana), 1 + below(9), below(10), below(10), below(10));
    same(planted);
}

static void make_point(struct planted *planted)
{
    planted->latitude = 30 + below(20000000) / 1e6 * 0.9;
    planted->longitude = 5 + below(130000000) / 1e6;
    snprintf(planted->written, VALUE_MAX, "%.6f,%.6f", planted->latitude, planted->longitude);
    strcpy(planted->canonical, "position");
}

static void make_dms(struct planted *planted)
{
    make_point(planted);
    int latitude = (int)planted->latitude, longitude = (int)planted->longitude;
    double minutes = (planted->latitude - latitude) * 60, more = (planted->longitude - longitude) * 60;
    snprintf(planted->written, VALUE_MAX, "%d°%02d'%05.2f\"N %d°%02d'%05.2f\"E", latitude, (int)minutes, (minutes - (int)minutes) * 59.99, longitude, (int)more,
             (more - (int)more) * 59.99);
}

static void make_geo_uri(struct planted *planted)
{
    make_point(planted);
    snprintf(planted->written, VALUE_MAX, "geo:%.6f,%.6f", planted->latitude, planted->longitude);
}

static void make_map_url(struct planted *planted)
{
    make_point(planted);
    snprintf(planted->written, VALUE_MAX, "https://www.google.com/maps/@%.6f,%.6f,17z", planted->latitude, planted->longitude);
}

static void make_wkt(struct planted *planted)
{
    make_point(planted);
    snprintf(planted->written, VALUE_MAX, "POINT(%.6f %.6f)", planted->longitude, planted->latitude);
}

static void make_iso6709(struct planted *planted)
{
    make_point(planted);
    snprintf(planted->written, VALUE_MAX, "%+09.5f%+010.5f/", planted->latitude, planted->longitude);
}

/* ------------------------------------------------------------------ kinds */

struct kind_row {
    const char *kind, *what; /* name in the table of kinds, or "location"; what is planted */
    void (*make)(struct planted *planted);
    const char *labels[5];   /* as text and fields have them */
    bool unlabelled;         /* is to be found without a label too */
    bool checked;            /* has a checksum, so that a digit changed makes it no value of its kind */
};

static const struct kind_row rows[] = {
    {"vin", "vin, check digit", make_vin, {"vin", "VIN", "chassis_no", "fahrgestellnummer"}, true, true},
    {"vin", "vin, none", make_vin_unchecked, {"vin", "VIN", "vehicleVin", "bastidor"}, true, false},
    {"frame_number", "frame_number", make_frame_number, {"frame_no", "chassisNo", "shadaiNo", "車台番号"}, true, false},
    {"plate", "plate", make_plate, {"plate", "licensePlate", "登録番号", "車両番号"}, false, false},
    {"imei", "imei", make_imei, {"imei", "IMEI", "deviceImei", "imei1"}, true, true},
    {"iccid", "iccid", make_iccid, {"iccid", "ICCID", "sim_serial", "simNo"}, true, true},
    {"imsi", "imsi", make_imsi, {"imsi", "IMSI", "sim.imsi"}, false, false},
    {"meid", "meid", make_meid, {"meid", "MEID"}, false, false},
    {"eid", "eid", make_eid, {"eid", "EID", "euicc_id"}, true, true},
    {"mac", "mac", make_mac, {"mac", "MAC", "wifi_mac", "btMac", "bdaddr"}, true, false},
    {"advertising_id", "advertising_id", make_uuid, {"gaid", "idfa", "advertising_id", "ifa"}, false, false},
    {"terminal_id", "terminal_id", make_terminal_id, {"terminal_id", "tcuId", "dcm_id", "車載機ID"}, false, false},
    {"esn", "esn", make_esn, {"esn", "ESN"}, false, false},
    {"eui64", "eui64", make_eui64, {"eui64", "devEui", "EUI64"}, false, false},
    {"uuid", "uuid", make_uuid, {"device_uuid", "deviceUuid"}, false, false},
    {"android_id", "android_id", make_android_id, {"android_id", "ssaid"}, false, false},
    {"etc_obu", "etc_obu", make_etc_obu, {"etc_no", "etcObu"}, false, false},
    {"msisdn", "msisdn", make_msisdn, {"msisdn", "phone", "tel", "mobile"}, false, false},
    {"email", "email", make_email, {"email", "mail", "contact_email"}, false, false},
    {"location", "pair of decimals", make_point, {"loc", "position", "gps", "latlon"}, true, false},
    {"location", "degrees, minutes, seconds", make_dms, {"position", "loc"}, true, false},
    {"location", "geo URI", make_geo_uri, {"loc", "uri"}, true, false},
    {"location", "map link", make_map_url, {"url", "link"}, true, false},
    {"location", "WKT", make_wkt, {"geom", "wkt"}, true, false},
    {"location", "ISO 6709", make_iso6709, {"position", "loc"}, false, false},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* ------------------------------------------------------------------ decoys */

static void decoy(char *text)
{
    struct planted planted;
    char a[64], b[64];
    switch (below(18)) {
    case 0: fill(a, 15, digits), sprintf(text, "order=%s paid", a); break;
    case 1: fill(a, 32, hex), sprintf(text, "session=%s", a); break;
    case 2: sprintf(text, "fw=%u.%u.%u build=%u", below(9), below(40), below(99), below(99999)); break;
    case 3: sprintf(text, "cost=%u.%02u tax=%u.%02u", below(900), below(100), below(90), below(100)); break;
    case 4: fill(a, 12, "0123456789"), sprintf(text, "peer=10.%u.%u.%u trace=%s", below(256), below(256), below(256), a); break;
    case 5: make_uuid(&planted), sprintf(text, "request_id=%s status=200", planted.written); break;
    case 6: fill(a, 40, hex), sprintf(text, "commit %s merged", a); break;
    case 7: fill(a, 36, alnum), fill(b, 43, alnum), sprintf(text, "authorization=Bearer eyJhbGciOiJIUzI1NiJ9.%s.%s", a, b); break;
    case 8: sprintf(text, "%u-%02u-%02uT%02u:%02u:%02uZ INFO started in %u ms", 2013 + below(10), 1 + below(12), 1 + below(28), below(24), below(60), below(60), below(9999)); break;
    case 9: sprintf(text, "epoch=%u%03u seq=%u", 1400000000 + below(300000000), below(1000), below(1000000)); break;
    case 10: strcpy(a, "4"), fill(a + 1, 14, digits), a[15] = luhn_check(a), a[16] = '\0', sprintf(text, "card %s declined", a); break;
    case 11: sprintf(text, "part ABC%u-%c%c%03u size 12.5x%u.5", below(100), 'A' + (int)below(26), 'A' + (int)below(26), below(1000), below(90)); break;
    case 12: fill(a, 17, alnum_upper), sprintf(text, "voucher %s redeemed", a); break;
    case 13: fill(a, 12, digits), sprintf(text, "ean %s0 stock %u", a, below(500)); break;
    case 14: sprintf(text, "temp=%u.%u,%u.%u volts=%u.%02u", below(90), below(10), below(90), below(10), below(15), below(100)); break;
    case 15: fill(a, 16, hex), fill(b, 16, hex), sprintf(text, "traceparent=00-%s%s-%.16s-01", a, b, a); break;
    case 16: fill(a, 11, digits), sprintf(text, "ticket #%s by phone, callback none", a); break;
    default: fill(a, 20, alnum_upper), sprintf(text, "S3 key AKIA%s bucket logs-%u", a, below(1000)); break;
    }
}

/* ------------------------------------------------------------------ judging */

struct tallies {
    uint64_t labelled, labelled_found, unlabelled, unlabelled_found;
};

struct grades {
    uint64_t right, wrong;
};

static struct tallies found_of[ROWS];
static struct grades confirmed_of[KINDS_MAX + 1], likely_of[KINDS_MAX + 1]; /* positions are the last */

struct judge {
    struct detect *detect;
    struct roles *roles;
    struct sighting sighting;
    char block[TEXT_SIZE + SHAPE_PADDING];
};

static struct field_plan plan_of(const void *roles, const char *name, size_t length, bool one_component)
{
    return roles_plan(roles, name, length, one_component);
}

static void reset(struct judge *judge)
{
    sighting_reset(&judge->sighting);
    detect_block_begin(judge->detect, judge->block, strlen(judge->block));
}

static void judge_text(struct judge *judge, const char *text)
{
    snprintf(judge->block, TEXT_SIZE, "%s", text);
    reset(judge);
    detect_bytes(judge->detect, (struct span){judge->block, strlen(judge->block)}, true, &judge->sighting);
}

static void judge_field(struct judge *judge, const char *name, const char *value)
{
    struct field_plan plan = roles_plan(judge->roles, name, strlen(name), true);
    snprintf(judge->block, TEXT_SIZE, "%s", value);
    reset(judge);
    struct span span = {judge->block, strlen(judge->block)};
    bool acts = plan.role == ROLE_IDENTIFIER || plan.role == ROLE_CUSTOMER || plan.role == ROLE_TIME;
    if (!acts || !detect_field(judge->detect, &plan, span, &judge->sighting)) detect_bytes(judge->detect, span, false, &judge->sighting);
}

/* Holds what was found against what was planted; row -1: nothing was. Returns whether it was found. */
static bool hold(const struct judge *judge, int row, const struct planted *planted)
{
    bool found = false;
    const struct sighting *sighting = &judge->sighting;
    for (size_t i = 0; i < sighting->identifier_count; i++) {
        const struct tally_identifier *identifier = &sighting->identifiers[i];
        char canonical[IDENTIFIER_SIZE];
        enum grade grade = fact_grade(identifier->state);
        tally_identifier_text(identifier, canonical);
        bool right = row >= 0 && strcmp(detectors[identifier->kind]->name, rows[row].kind) == 0 && strcmp(canonical, planted->canonical) == 0;
        if (grade < GRADE_LIKELY) continue;
        struct grades *grades = grade == GRADE_CONFIRMED ? &confirmed_of[identifier->kind] : &likely_of[identifier->kind];
        *(right ? &grades->right : &grades->wrong) += 1;
        found |= right;
    }
    uint32_t expected = 0;
    if (row >= 0 && strcmp(rows[row].kind, "location") == 0)
        expected = tally_cell((int32_t)(planted->latitude * 1e7 + 0.5), (int32_t)(planted->longitude * 1e7 + 0.5));
    for (size_t i = 0; i < sighting->fix_count; i++) {
        /* A written form may round into the cell beside it. */
        uint32_t cell = sighting->cells[i] & CELL_MASK, apart = cell > expected ? cell - expected : expected - cell;
        bool right = expected != 0 && (apart <= 1 || (apart >= 0x7FFF && apart <= 0x8001));
        *(right ? &likely_of[KINDS_MAX].right : &likely_of[KINDS_MAX].wrong) += 1;
        found |= right;
    }
    return found;
}

static const char *label_of(const struct kind_row *row)
{
    unsigned count = 0;
    while (count < 5 && row->labels[count] != NULL) count++;
    return row->labels[below(count)];
}

static void spoil(char *value)
{
    size_t length = strlen(value), at;
    for (int tries = 0; tries < 20; tries++) {
        at = below((unsigned)length);
        if (value[at] < '0' || value[at] > '9') continue;
        value[at] = (char)('0' + (value[at] - '0' + 1 + (int)below(8)) % 10);
        return;
    }
}

static void one_unit(struct judge *judge)
{
    char text[TEXT_SIZE];
    struct planted planted = {0};
    unsigned sort = below(10);
    if (sort >= 6 && sort < 9) {
        decoy(text);
        judge_text(judge, text);
        hold(judge, -1, NULL);
        return;
    }
    int number = (int)below(ROWS);
    const struct kind_row *row = &rows[number];
    row->make(&planted);
    const char *label = label_of(row);
    struct tallies *found = &found_of[number];
    if (sort == 9) { /* a near miss: where the rest still passes by chance it counts as wrong */
        if (!row->checked || (row->make == make_vin && strchr("12345L", planted.written[0]) == NULL)) return;
        spoil(planted.written);
        snprintf(text, sizeof text, "%s seen at gate %u", planted.written, below(90));
        judge_text(judge, text);
        hold(judge, -1, NULL);
        return;
    }
    bool labelled = !row->unlabelled || sort < 4;
    if (!labelled) snprintf(text, sizeof text, "%u-%02u-%02u gate %u %s passed", 2013 + below(10), 1 + below(12), 1 + below(28), below(90), planted.written);
    else if (sort % 3 == 0) snprintf(text, sizeof text, "uplink %s=%s ok", label, planted.written);
    else if (sort % 3 == 1) snprintf(text, sizeof text, "uplink %s: %s, rssi -71", label, planted.written);
    if (labelled && sort % 3 == 2) judge_field(judge, label, planted.written);
    else judge_text(judge, text);
    bool hit = hold(judge, number, &planted);
    *(labelled ? &found->labelled : &found->unlabelled) += 1;
    *(labelled ? &found->labelled_found : &found->unlabelled_found) += hit;
}

/* ------------------------------------------------------------------ the others */

static bool peer_pattern_17(const char *text)
{
    for (int i = 0; i < 17; i++)
        if (strchr(vin_alphabet, text[i]) == NULL) return false;
    return true;
}

static bool peer_bulk_extractor(const char *text)
{
    int all_digits = 1, repeats = 1, steps = 0;
    if (!peer_pattern_17(text) || text[8] != vin_check(text) || text[0] == '0' || strchr("0UZ", text[9]) != NULL) return false;
    if (text[9] <= '9')
        for (int i = 11; i < 17; i++)
            if (text[i] > '9') return false;
    for (int i = 0; i < 17; i++) {
        all_digits &= text[i] <= '9';
        if (i == 0) continue;
        repeats = text[i] == text[i - 1] ? repeats + 1 : 1;
        steps = abs(text[i] - text[i - 1]) == 1 ? steps + 1 : 0;
        if (repeats > 4 || steps > 5) return false;
    }
    return !all_digits;
}

static bool peer_luhn_15(const char *text)
{
    char head[15];
    memcpy(head, text, 14);
    head[14] = '\0';
    return luhn_check(head) == text[14];
}

static void peers_print(unsigned count)
{
    struct planted planted;
    uint64_t found[PEERS] = {0};
    for (unsigned i = 0; i < count; i++) {
        make_vin(&planted);
        found[0] += peer_bulk_extractor(planted.written);
    }
    for (unsigned i = 0; i < count; i++) {
        make_vin_unchecked(&planted);
        found[1] += peer_bulk_extractor(planted.written);
    }
    for (unsigned i = 0; i < count; i++) {
        make_imei(&planted);
        found[2] += peer_luhn_15(planted.written);
    }
    printf("\nRecall of the others on %u planted values without a label: bulk_extractor's rules %.3f of VINs with a check digit, %.3f of those "
           "without; 17 characters of the alphabet 1.000 of both; 15 digits with Luhn's sum %.3f of IMEIs.\n",
           count, (double)found[0] / count, (double)found[1] / count, (double)found[2] / count);
}

/* ------------------------------------------------------------------ random tokens */

struct token_form {
    const char *name, *alphabet;
    size_t length;
};

static const struct token_form forms[] = {
    {"17 upper-case letters and digits", alnum_upper, 17}, {"17 letters and digits", alnum, 17}, {"17 of the VIN alphabet", vin_alphabet, 17}, {"15 digits", digits, 15},
    {"19 digits", digits, 19},       {"32 hex digits", hex, 32},              {"UUID", NULL, 36},
    {"pair of decimals", NULL, 0},
};

/* Returns whether more than one of 10^5 tokens of 17 letters and digits is graded above possible. In upper case alone
 * more are: what the domain's rules let through, about one in 10^4, is printed and no target. */
static bool tokens_print(struct judge *judge, uint64_t count)
{
    bool missed = false;
    printf("\n| random tokens, %llu each | graded above possible | possible | bulk_extractor's rules | 17 characters | Luhn's sum |\n|---|---:|---:|---:|---:|---:|\n",
           (unsigned long long)count);
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        uint64_t above = 0, possible = 0, peers[PEERS] = {0};
        const struct token_form *form = &forms[f];
        for (uint64_t i = 0; i < count; i++) {
            struct planted planted;
            if (form->alphabet != NULL) fill(planted.written, form->length, form->alphabet);
            else if (form->length > 0) make_uuid(&planted);
            else snprintf(planted.written, VALUE_MAX, "%u.%02u,%u.%02u", below(1000), below(100), below(1000), below(100));
            if (form->length == 17) peers[0] += peer_bulk_extractor(planted.written), peers[1] += peer_pattern_17(planted.written);
            if (form->alphabet == digits && form->length == 15) peers[2] += peer_luhn_15(planted.written);
            judge_text(judge, planted.written);
            bool any = judge->sighting.fix_count > 0, weak = false;
            for (size_t k = 0; k < judge->sighting.identifier_count; k++) {
                bool well = fact_grade(judge->sighting.identifiers[k].state) >= GRADE_LIKELY;
                any |= well;
                weak |= !well;
            }
            above += any;
            possible += weak && !any;
        }
        printf("| %s | %llu (%.1e) | %llu |", form->name, (unsigned long long)above, (double)above / (double)count, (unsigned long long)possible);
        for (int p = 0; p < PEERS; p++)
            if (peers[p] > 0) printf(" %.1e |", (double)peers[p] / (double)count);
            else printf(" |");
        printf("\n");
        missed |= form->alphabet == alnum && (double)above > (double)count / 1e5;
    }
    return missed;
}

/* ------------------------------------------------------------------ tables */

static void share_print(uint64_t part, uint64_t whole)
{
    if (whole == 0) printf(" |");
    else printf(" %.4f (%llu) |", (double)part / (double)whole, (unsigned long long)whole);
}

static bool below_target(uint64_t part, uint64_t whole, double target)
{
    return whole > 0 && (double)part / (double)whole < target;
}

static bool recall_print(void)
{
    bool missed = false;
    printf("| planted | found under a label | found without |\n|---|---:|---:|\n");
    for (int i = 0; i < ROWS; i++) {
        const struct tallies *found = &found_of[i];
        printf("| %s |", rows[i].what);
        share_print(found->labelled_found, found->labelled);
        share_print(found->unlabelled_found, found->unlabelled);
        bool low = below_target(found->labelled_found, found->labelled, 0.99) || below_target(found->unlabelled_found, found->unlabelled, 0.97);
        printf("%s\n", low ? " below the target" : "");
        missed |= low;
    }
    return missed;
}

static bool precision_print(void)
{
    bool missed = false;
    printf("\n| found as | right of confirmed | right of likely |\n|---|---:|---:|\n");
    for (size_t i = 0; i <= KINDS_MAX; i++) {
        const struct grades *confirmed = &confirmed_of[i], *likely = &likely_of[i];
        uint64_t all_confirmed = confirmed->right + confirmed->wrong, all_likely = likely->right + likely->wrong;
        if (all_confirmed + all_likely == 0) continue;
        printf("| %s |", i < KINDS_MAX ? detectors[i]->name : "location (confirmed and likely)");
        share_print(confirmed->right, all_confirmed);
        share_print(likely->right, all_likely);
        bool low = below_target(confirmed->right, all_confirmed, 0.99) || below_target(likely->right, all_likely, 0.95);
        printf("%s\n", low ? " below the target" : "");
        missed |= low;
    }
    return missed;
}

int main(int argc, char **argv)
{
    unsigned long units = argc > 1 ? strtoul(argv[1], NULL, 10) : 240000, tokens = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000000;
    static struct judge judge;
    struct profile *profile = NULL;
    struct fault fault;
    const char *path;
    struct detect_options options = {.kinds_mask = KINDS_ALL, .locations = true, .shape = shape_choose(NULL, &path), .plans = {plan_of, NULL}};
    if (profile_open(NULL, &profile, &fault) != STATUS_OK || roles_open(profile, &judge.roles, &fault) != STATUS_OK) return 2;
    options.plans.context = judge.roles;
    if (detect_open(&options, &judge.detect, &fault) != STATUS_OK) return 2;
    for (unsigned long i = 0; i < units; i++) one_unit(&judge);
    bool missed = recall_print();
    missed |= precision_print();
    peers_print(100000);
    missed |= tokens_print(&judge, tokens);
    detect_close(judge.detect);
    roles_free(judge.roles);
    profile_free(profile);
    return missed ? 1 : 0;
}
