/* What one call of a detector costs, in nanoseconds.
 *
 * Shape    bench_detectors -> a table, one line a function and kind of input
 * Method   VALUES different inputs in turn, so that the branch predictor cannot know the answer;
 *          repeated for PASS_SECONDS, the best of PASSES passes counts
 * Data     made here from fixed seeds; nothing of it was ever anybody's
 */
#include "../detectors/checkdigit.h"
#include "../detectors/detectors.h"
#include "../detectors/location.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { VALUES = 4096, VALUE_SIZE = 256, PASSES = 3, FOUND_MAX = 8 };
static const double PASS_SECONDS = 0.1;

struct inputs {
    uint64_t random;
    size_t len[VALUES];
    char text[VALUES][VALUE_SIZE];
};

typedef void input_writer(struct inputs *inputs, char *text);
typedef bool input_reader(struct span text, const void *context);

/* ---- inputs ---- */

static uint64_t random_next(struct inputs *inputs)
{
    uint64_t mixed = inputs->random += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

static unsigned random_below(struct inputs *inputs, unsigned bound)
{
    return (unsigned)(random_next(inputs) % bound);
}

static const char *pick(struct inputs *inputs, const char *const *words, size_t count)
{
    return words[random_below(inputs, (unsigned)count)];
}
#define PICK(inputs, words) pick(inputs, words, sizeof(words) / sizeof *(words))

static void digits_write(struct inputs *inputs, char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text[i] = (char)('0' + random_below(inputs, 10));
    text[count] = '\0';
}

static void vin_write(struct inputs *inputs, char *text)
{
    static const char *const makers[] = {"1HG", "JTD", "WBA", "VF1", "5TD", "LSV", "KMH", "WP0"};
    static const char alphabet[] = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
    strcpy(text, PICK(inputs, makers));
    for (int i = 3; i < 13; i++)
        text[i] = alphabet[random_below(inputs, sizeof alphabet - 1)];
    digits_write(inputs, text + 13, 4);
}

/* Weights and values of 49 CFR 565.15(c)(4), written here a second time so that the bench needs
 * no inside of the detector. */
static void vin_write_good(struct inputs *inputs, char *text)
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
    static const char values[] = "12345678123457923456789";
    static const int weights[] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    vin_write(inputs, text);
    int sum = 0;
    for (int i = 0; i < 17; i++) {
        const char *letter = strchr(letters, text[i]);
        sum += weights[i] * ((letter == NULL ? text[i] : values[letter - letters]) - '0');
    }
    text[8] = "0123456789X"[sum % 11];
}

static void frame_number_write(struct inputs *inputs, char *text)
{
    static const char *const prefixes[] = {"ZVW30", "JB64W", "NZE121", "MXWH60", "LA650S", "C27"};
    size_t len = (size_t)sprintf(text, "%s-", PICK(inputs, prefixes));
    digits_write(inputs, text + len, 7);
}

static void hyphened_write(struct inputs *inputs, char *text)
{
    static const char *const prefixes[] = {"ORDER", "JOB", "AB12", "PART7", "GW01", "INV"};
    size_t len = (size_t)sprintf(text, "%s-", PICK(inputs, prefixes));
    digits_write(inputs, text + len, 6);
}

static void imei_write(struct inputs *inputs, char *text)
{
    static const char *const bodies[] = {"01", "35", "86", "99", "91", "45"};
    strcpy(text, PICK(inputs, bodies));
    digits_write(inputs, text + 2, 13);
}

static void imei_write_good(struct inputs *inputs, char *text)
{
    imei_write(inputs, text);
    text[14] = luhn_digit(text, 14);
}

static void iccid_write(struct inputs *inputs, char *text)
{
    static const char *const issuers[] = {"898120", "894921", "890141", "894410", "891480"};
    strcpy(text, PICK(inputs, issuers));
    digits_write(inputs, text + 6, 13);
}

static void iccid_write_good(struct inputs *inputs, char *text)
{
    iccid_write(inputs, text);
    text[18] = luhn_digit(text, 18);
}

static void mac_write(struct inputs *inputs, char *text)
{
    uint64_t address = random_next(inputs);
    sprintf(text, "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(address >> 40 & 0xFF),
            (unsigned)(address >> 32 & 0xFF), (unsigned)(address >> 24 & 0xFF),
            (unsigned)(address >> 16 & 0xFF), (unsigned)(address >> 8 & 0xFF),
            (unsigned)(address & 0xFF));
}

static void mac_write_good(struct inputs *inputs, char *text)
{
    static const char *const makers[] = {"00:1e:ae", "00:a0:ca", "28:56:c1", "00:0d:5c",
                                         "00:05:c9"};
    mac_write(inputs, text);
    memcpy(text, PICK(inputs, makers), 8);
}

static void coordinate_write(struct inputs *inputs, char *text)
{
    sprintf(text, "%s%u.%06u", random_below(inputs, 2) ? "-" : "", random_below(inputs, 180),
            random_below(inputs, 1000000));
}

static void word_write(struct inputs *inputs, char *text)
{
    static const char *const words[] = {"imei",     "vehicle.vin", "order_no", "tcu.iccid",
                                        "session",  "frame_no",    "bt_mac",   "speed_kmh",
                                        "firmware", "cabin"};
    strcpy(text, PICK(inputs, words));
}

static void line_write(struct inputs *inputs, char *text)
{
    char session[33];
    digits_write(inputs, session, 32);
    sprintf(text,
            "2023-04-17T08:15:30Z gw-03 INFO uplink customer=C%08u loc=%u.%06u,%u.%06u fw=1.2.%u "
            "session=%s cost=12.50",
            random_below(inputs, 2150000), random_below(inputs, 90), random_below(inputs, 1000000),
            random_below(inputs, 180), random_below(inputs, 1000000), random_below(inputs, 99),
            session);
}

/* ---- what is called ---- */

struct checked {
    const struct detector *detector;
    bool labelled;
};

static bool check_read(struct span text, const void *context)
{
    const struct checked *checked = context;
    struct candidate candidate = {text, checked->labelled};
    struct verdict verdict;
    checked->detector->check(&candidate, &verdict);
    return verdict.grade != GRADE_NONE;
}

static bool labelled_read(struct span text, const void *context)
{
    struct verdict verdict;
    return check_labelled(text, *(const uint32_t *)context, KINDS_ALL, &verdict) != KIND_NONE;
}

static bool label_read(struct span text, const void *context)
{
    (void)context;
    return label_kinds(text.at, text.len) != 0;
}

static bool coordinate_is_valid(struct span text, const void *context)
{
    (void)context;
    return coordinate_read(text).valid;
}

static bool position_is_good(struct span text, const void *context)
{
    struct position position;
    return position_from_fields(text, *(const struct span *)context, &position) == REASON_NONE;
}

static bool positions_are_found(struct span text, const void *context)
{
    (void)context;
    struct position found[FOUND_MAX];
    uint64_t rejected[REASON_COUNT] = {0};
    return positions_find(text, found, FOUND_MAX, rejected) != 0;
}

/* ---- measuring ---- */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double pass_ns(const struct inputs *inputs, input_reader *read, const void *context,
                      size_t *accepted)
{
    double start = seconds_now(), elapsed;
    size_t calls = 0;
    do {
        *accepted = 0;
        for (size_t i = 0; i < VALUES; i++) {
            struct span text = {inputs->text[i], inputs->len[i]};
            *accepted += read(text, context);
        }
        calls += VALUES;
        elapsed = seconds_now() - start;
    } while (elapsed < PASS_SECONDS);
    return elapsed * 1e9 / (double)calls;
}

static void measure(struct inputs *inputs, const char *name, const char *what, input_writer *write,
                    input_reader *read, const void *context)
{
    inputs->random = 1;
    size_t bytes = 0;
    for (size_t i = 0; i < VALUES; i++) {
        write(inputs, inputs->text[i]);
        bytes += inputs->len[i] = strlen(inputs->text[i]);
    }
    double best = 0;
    size_t accepted = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        double ns = pass_ns(inputs, read, context, &accepted);
        if (pass == 0 || ns < best) best = ns;
    }
    printf("%-21s %-28s %8.1f ns %8.2f bytes/ns   %5.1f %% accepted\n", name, what, best,
           (double)bytes / VALUES / best, 100.0 * (double)accepted / VALUES);
}

static void kind_measure(struct inputs *inputs, enum kind kind, input_writer *good,
                         input_writer *bad)
{
    const struct detector *detector = detectors[kind];
    struct checked bare = {detector, false}, labelled = {detector, true};
    uint32_t label = KIND_BIT(kind);
    measure(inputs, detector->name, "good", good, check_read, &bare);
    measure(inputs, detector->name, "good, labelled", good, check_read, &labelled);
    measure(inputs, detector->name, "form only", bad, check_read, &bare);
    measure(inputs, detector->name, "good, check_labelled", good, labelled_read, &label);
}

int main(void)
{
    struct inputs *inputs = calloc(1, sizeof *inputs);
    if (inputs == NULL) return 1;
    kind_measure(inputs, KIND_VIN, vin_write_good, vin_write);
    kind_measure(inputs, KIND_FRAME_NUMBER, frame_number_write, hyphened_write);
    kind_measure(inputs, KIND_IMEI, imei_write_good, imei_write);
    kind_measure(inputs, KIND_ICCID, iccid_write_good, iccid_write);
    kind_measure(inputs, KIND_MAC, mac_write_good, mac_write);
    measure(inputs, "label_kinds", "field names", word_write, label_read, NULL);
    measure(inputs, "coordinate_read", "six decimals", coordinate_write, coordinate_is_valid, NULL);
    static const char longitude[] = "139.767125";
    struct span longitude_text = {longitude, sizeof longitude - 1};
    measure(inputs, "position_from_fields", "six decimals", coordinate_write, position_is_good,
            &longitude_text);
    measure(inputs, "positions_find", "log line with one pair", line_write, positions_are_found,
            NULL);
    measure(inputs, "positions_find", "17 characters, no pair", vin_write, positions_are_found,
            NULL);
    free(inputs);
    return 0;
}
