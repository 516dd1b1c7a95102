/* location_mgrs.c: squares of the military grid, UTM coordinates, and around the poles UPS.
 *
 * Source    NGA.STND.0037 (grids and grid reference systems), sections 2 and 3; inverse of the transverse
 *           Mercator projection by the series of Krueger in the third flattening, to its fourth order; of the
 *           polar stereographic one by Snyder (USGS 1395), 21-39 and 21-40
 * likely    a square of 100 m or less (its middle), or easting and northing of a zone, under a label
 * Refused   squares that lie outside their band, or outside of the polar caps
 *
 * North of 84 and south of 80 degrees there is no zone: A and B (west and east of 0 degrees) are the south,
 * Y and Z the north.
 */
#include "location_code.h"

#include <string.h>

#include "notation.h"

enum {
    ZONES = 60,
    BANDS = 20,
    NORTH_BAND = 10,  /* N: the first one north of the equator */
    SOUTH_LETTER = 14, /* S: a band of the north */
    BAND_DEGREES = 8,
    LAST_BAND_TOP = 84,
    DIGITS_MAX = 10,
    DIGITS_MIN = 6,   /* 100 m */
    COLUMNS = 24,
    ROWS = 20,
    COLUMNS_OF_ZONE = 8,
    EVEN_ZONE_ROW = 5, /* rows of even zones start with F */
    SQUARE_M = 100000
};

static const double ROWS_M = 2000000; /* after which the letters of rows begin again */
static const double SOUTH_M = 10000000;
static const double CENTRAL_M = 500000;
static const double SCALE = 0.9996;
static const double AXIS_M = 6378137;
static const double FLATTENING = 1 / 298.257223563;
static const double RADIAN_DEG = 57.29577951308232;
static const double BAND_SLACK_DEG = 1; /* corners of squares, and grids that are continued */
static const double EASTING_MIN_M = 100000, EASTING_MAX_M = 900000;
static const double METRES_OF_DEGREE = 111320;
static const double POLE_M = 2000000; /* easting and northing of a pole */
static const double POLAR_SCALE = 0.994;

/* A quarter of the polar grids: where its columns and rows begin. */
struct polar {
    char letter;
    bool south;
    const char *columns;
    double west_m, rows_m;
    int rows;
    double edge_deg; /* the parallel that it ends at */
};
static const struct polar polars[] = {{'A', true, "JKLPQRSTUXYZ", 800000, 800000, 24, -80},
                                      {'B', true, "ABCFGHJKLPQR", 2000000, 800000, 24, -80},
                                      {'Y', false, "JKLPQRSTUXYZ", 800000, 1300000, 14, 84},
                                      {'Z', false, "ABCFGHJKLPQR", 2000000, 1300000, 14, 84}};

/* From the latitude on the sphere of equal angles to that on the ellipsoid. */
static double latitude_of_conformal(double conformal)
{
    const double n = FLATTENING / (2 - FLATTENING), n2 = n * n, n3 = n2 * n, n4 = n3 * n;
    const double delta[] = {2 * n - 2 * n2 / 3 - 2 * n3 + 116 * n4 / 45, 7 * n2 / 3 - 8 * n3 / 5 - 227 * n4 / 45,
                            56 * n3 / 15 - 136 * n4 / 35, 4279 * n4 / 630};
    double angle = conformal;
    for (int i = 0; i < 4; i++) angle += delta[i] * sin(2 * (i + 1) * conformal);
    return angle * RADIAN_DEG;
}

static void inverse_project(int zone, double easting, double northing, double *latitude, double *longitude)
{
    const double n = FLATTENING / (2 - FLATTENING), n2 = n * n, n3 = n2 * n, n4 = n3 * n;
    const double radius = AXIS_M / (1 + n) * (1 + n2 / 4 + n4 / 64);
    const double beta[] = {n / 2 - 2 * n2 / 3 + 37 * n3 / 96 - n4 / 360, n2 / 48 + n3 / 15 - 437 * n4 / 1440,
                           17 * n3 / 480 - 37 * n4 / 840, 4397 * n4 / 161280};
    double xi = northing / (SCALE * radius), eta = (easting - CENTRAL_M) / (SCALE * radius);
    double xi_sphere = xi, eta_sphere = eta;
    for (int i = 0; i < 4; i++) {
        double twice = 2 * (i + 1);
        xi_sphere -= beta[i] * sin(twice * xi) * cosh(twice * eta);
        eta_sphere -= beta[i] * cos(twice * xi) * sinh(twice * eta);
    }
    *latitude = latitude_of_conformal(asin(sin(xi_sphere) / cosh(eta_sphere)));
    *longitude = atan2(sinh(eta_sphere), cos(xi_sphere)) * RADIAN_DEG + zone * 6 - 183;
    if (*longitude >= 180) *longitude -= 360;
    if (*longitude < -180) *longitude += 360;
}

/* What is left of a text that is read from the front. */
struct rest {
    const char *at, *end;
};

static char peek(struct rest *rest)
{
    while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t')) rest->at++;
    if (rest->at == rest->end) return '\0';
    char character = *rest->at;
    return character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A') : character;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* A letter of the alphabet without I and O: its place, -1 for none. */
static int letter_take(struct rest *rest)
{
    char letter = peek(rest);
    if (letter < 'A' || letter > 'Z' || letter == 'I' || letter == 'O') return -1;
    rest->at++;
    return letter - 'A' - (letter > 'I') - (letter > 'O');
}

/* One or two digits and a letter from C to X. */
static bool zone_take(struct rest *rest, int *zone, int *band)
{
    *zone = 0;
    int digits = 0;
    while (is_digit(peek(rest)) && digits < 2) {
        *zone = *zone * 10 + (*rest->at++ - '0');
        digits++;
    }
    *band = letter_take(rest) - 2; /* A and B are polar, as are Y and Z */
    return digits > 0 && *zone >= 1 && *zone <= ZONES && *band >= 0 && *band < BANDS;
}

/* Whether a latitude is that of a band. */
static bool in_band(double latitude, int band)
{
    double bottom = (band - NORTH_BAND) * BAND_DEGREES;
    double top = band == BANDS - 1 ? LAST_BAND_TOP : bottom + BAND_DEGREES;
    return latitude >= bottom - BAND_SLACK_DEG && latitude <= top + BAND_SLACK_DEG;
}

static enum reason grid_place(int zone, int band, double easting, double northing, double error_m, struct code_place *place)
{
    double latitude, longitude;
    inverse_project(zone, easting, northing, &latitude, &longitude);
    if (!in_band(latitude, band)) return REASON_FORM;
    place->latitude = coordinate_of(latitude, error_m / METRES_OF_DEGREE);
    place->longitude = coordinate_of(longitude, error_m / METRES_OF_DEGREE);
    return REASON_NONE;
}

/* The quarter whose letter stands next, taken; NULL for none. */
static const struct polar *polar_take(struct rest *rest)
{
    char letter = peek(rest);
    for (size_t i = 0; i < sizeof polars / sizeof *polars; i++)
        if (polars[i].letter == letter) return rest->at++, &polars[i];
    return NULL;
}

static enum reason polar_place(const struct polar *polar, double easting, double northing, double error_m, struct code_place *place)
{
    const double e = sqrt(FLATTENING * (2 - FLATTENING));
    double east = easting - POLE_M, north = northing - POLE_M;
    double t = hypot(east, north) * sqrt(pow(1 + e, 1 + e) * pow(1 - e, 1 - e)) / (2 * AXIS_M * POLAR_SCALE);
    double latitude = latitude_of_conformal(M_PI_2 - 2 * atan(t)), longitude = atan2(east, polar->south ? north : -north) * RADIAN_DEG;
    bool west = polar->letter == 'A' || polar->letter == 'Y';
    if (latitude < fabs(polar->edge_deg) - BAND_SLACK_DEG || (west ? east > 0 : east < 0)) return REASON_FORM;
    place->latitude = coordinate_of(polar->south ? -latitude : latitude, error_m / METRES_OF_DEGREE);
    place->longitude = coordinate_of(longitude >= 180 ? longitude - 360 : longitude, error_m / METRES_OF_DEGREE);
    return REASON_NONE;
}

/* Northing from the equator; of the rows with this letter, that which lies nearest to the middle of the band. */
static double row_northing(int band, int row, double within)
{
    double bottom = (band - NORTH_BAND) * BAND_DEGREES;
    double middle = (band == BANDS - 1 ? (bottom + LAST_BAND_TOP) / 2 : bottom + BAND_DEGREES / 2) * METRES_OF_DEGREE;
    double northing = row * (double)SQUARE_M + within;
    return northing + round((middle - northing) / ROWS_M) * ROWS_M;
}

/* What is left: the two halves of the digits, as metres from the corner to the middle of the square. Returns how many
 * digits there are, -1 where another thing stands there. */
static int square_take(struct rest *rest, double *east, double *north, double *half_m)
{
    int digits[DIGITS_MAX], count = 0;
    for (; is_digit(peek(rest)) && count < DIGITS_MAX; count++) digits[count] = *rest->at++ - '0';
    if (peek(rest) != '\0' || count % 2 != 0) return -1;
    double size = SQUARE_M;
    *east = *north = 0;
    for (int i = 0; i < count / 2; i++) {
        size /= 10;
        *east += digits[i] * size;
        *north += digits[count / 2 + i] * size;
    }
    *half_m = size / 2;
    *east += *half_m;
    *north += *half_m;
    return count;
}

static enum reason polar_square_read(const struct polar *polar, struct rest *rest, struct code_place *place)
{
    double east, north, half_m;
    char letter = peek(rest);
    const char *column = letter != '\0' ? strchr(polar->columns, letter) : NULL;
    if (column == NULL) return REASON_FORM;
    rest->at++;
    int row = letter_take(rest), count = square_take(rest, &east, &north, &half_m);
    if (row < 0 || row >= polar->rows || count < 0) return REASON_FORM;
    east += polar->west_m + (double)(column - polar->columns) * SQUARE_M;
    north += polar->rows_m + row * (double)SQUARE_M;
    enum reason reason = polar_place(polar, east, north, half_m, place);
    return reason == REASON_NONE && count < DIGITS_MIN ? REASON_COARSE : reason;
}

enum reason mgrs_read(struct span text, struct code_place *place)
{
    struct rest rest = {text.at, text.at + text.len};
    int zone, band;
    double east, north, half_m;
    const struct polar *polar = polar_take(&rest);
    if (polar != NULL) return polar_square_read(polar, &rest, place);
    if (!zone_take(&rest, &zone, &band)) return REASON_FORM;
    int column = letter_take(&rest) - (zone - 1) % 3 * COLUMNS_OF_ZONE, row = letter_take(&rest);
    if (column < 0 || column >= COLUMNS_OF_ZONE || row < 0 || row >= ROWS) return REASON_FORM;

    int count = square_take(&rest, &east, &north, &half_m);
    if (count < 0) return REASON_FORM;
    if (zone % 2 == 0) row = (row + ROWS - EVEN_ZONE_ROW) % ROWS;
    double easting = (column + 1) * (double)SQUARE_M + east;
    enum reason reason = grid_place(zone, band, easting, row_northing(band, row, north), half_m, place);
    return reason == REASON_NONE && count < DIGITS_MIN ? REASON_COARSE : reason;
}

/* Digits with a fraction; -1 for none. */
static double metres_take(struct rest *rest)
{
    if (!is_digit(peek(rest))) return -1;
    double value = 0, unit = 1;
    while (rest->at < rest->end && is_digit(*rest->at)) value = value * 10 + (*rest->at++ - '0');
    if (rest->at < rest->end && *rest->at == '.')
        for (rest->at++; rest->at < rest->end && is_digit(*rest->at);) value += (*rest->at++ - '0') * (unit /= 10);
    return value;
}

/* Takes a word of letters, if it stands there. */
static void word_take(struct rest *rest, const char *word)
{
    struct rest ahead = *rest;
    for (; *word != '\0'; word++, ahead.at++)
        if (peek(&ahead) != *word) return;
    *rest = ahead;
}

/* "easting=", "E", and "E" or "m" behind the number: one of the two axes. */
static double axis_take(struct rest *rest, const char *name, char letter)
{
    while (peek(rest) == ',' || peek(rest) == ';' || peek(rest) == '/') rest->at++;
    word_take(rest, name);
    char before[] = {letter, '\0'};
    word_take(rest, before);
    while (peek(rest) == '=' || peek(rest) == ':') rest->at++;
    double value = metres_take(rest);
    word_take(rest, "M");
    word_take(rest, before);
    return value;
}

enum reason utm_read(struct span text, struct code_place *place)
{
    struct rest rest = {text.at, text.at + text.len};
    int zone = 0, band = 0;
    word_take(&rest, "UTM");
    word_take(&rest, "UPS");
    word_take(&rest, "ZONE");
    while (peek(&rest) == '=' || peek(&rest) == ':') rest.at++;
    const struct polar *polar = polar_take(&rest);
    if (polar == NULL && !zone_take(&rest, &zone, &band)) return REASON_FORM;
    double easting = axis_take(&rest, "EASTING", 'E'), northing = axis_take(&rest, "NORTHING", 'N');
    if (peek(&rest) != '\0' || easting < 0 || northing < 0) return REASON_FORM;
    if (polar != NULL) return polar_place(polar, easting, northing, 1, place);
    if (easting < EASTING_MIN_M || easting > EASTING_MAX_M || northing > SOUTH_M) return REASON_OUT_OF_RANGE;
    enum reason reason = grid_place(zone, band, easting, band < NORTH_BAND ? northing - SOUTH_M : northing, 1, place);
    bool north = band == NORTH_BAND, south = band == SOUTH_LETTER;
    if (reason != REASON_FORM || (!north && !south)) return reason;
    /* The letter is that of a hemisphere. */
    double latitude, longitude;
    inverse_project(zone, easting, south ? northing - SOUTH_M : northing, &latitude, &longitude);
    place->latitude = coordinate_of(latitude, 1 / METRES_OF_DEGREE);
    place->longitude = coordinate_of(longitude, 1 / METRES_OF_DEGREE);
    return REASON_NONE;
}

/* ------------------------------------------------------------------ text: only behind their names */

/* Where the words behind a name begin; 0 where another thing stands there. */
static size_t behind_name(struct span text, size_t at, const char *name, size_t name_len)
{
    if (!notation_has(text, at, name) || (at > 0 && notation_word(text.at[at - 1]))) return 0;
    size_t index = at + name_len;
    while (notation_blank(notation_byte(text, index)) || notation_byte(text, index) == ':' || notation_byte(text, index) == '=')
        index++;
    char next = notation_byte(text, index);
    return index > at + name_len && (notation_digit(next) || (next != '\0' && strchr("ABYZabyz", next) != NULL)) ? index : 0;
}

/* The end of a word and of the gap before it; index itself for none. */
static size_t word_end(struct span text, size_t index)
{
    size_t start = index;
    while (notation_byte(text, start) == ' ' || notation_byte(text, start) == ',') start++;
    size_t end = start;
    while (notation_digit(notation_byte(text, end)) || notation_letter(notation_byte(text, end)) ||
           (end > start && notation_byte(text, end) == '=') ||
           (notation_byte(text, end) == '.' && notation_digit(notation_byte(text, end + 1))))
        end++;
    return end == start || notation_word(notation_byte(text, end)) ? index : end;
}

/* Reads as many words as make one. */
static size_t words_find(struct notation_search *search, size_t at, size_t from,
                         enum reason (*read)(struct span, struct code_place *))
{
    enum { WORDS_MAX = 4 };
    size_t ends[WORDS_MAX], count = 0, end = from;
    for (; count < WORDS_MAX && word_end(search->text, end) > end; count++) ends[count] = end = word_end(search->text, end);
    while (count-- > 0) {
        struct code_place place;
        enum reason reason = read((struct span){search->text.at + from, ends[count] - from}, &place);
        if (reason == REASON_FORM) continue;
        if (reason != REASON_NONE) notation_tell(search, at, ends[count], reason, NULL);
        else notation_judge(search, at, ends[count], place.latitude, place.longitude, GRADE_LIKELY);
        return ends[count];
    }
    return at + 1;
}

static bool mgrs_trigger(struct span text, size_t at)
{
    return behind_name(text, at, "mgrs", 4) != 0;
}

static size_t mgrs_find(struct notation_search *search, size_t at)
{
    size_t from = behind_name(search->text, at, "mgrs", 4);
    return from == 0 || at < search->taken ? at + 1 : words_find(search, at, from, mgrs_read);
}

static bool utm_trigger(struct span text, size_t at)
{
    return behind_name(text, at, "utm", 3) != 0;
}

static size_t utm_find(struct notation_search *search, size_t at)
{
    size_t from = behind_name(search->text, at, "utm", 3);
    return from == 0 || at < search->taken ? at + 1 : words_find(search, at, from, utm_read);
}

const struct notation notation_mgrs = {"mgrs", "NGA.STND.0037, section 3", "mM", "gG", false, mgrs_trigger, mgrs_find};
const struct notation notation_utm = {"utm", "NGA.STND.0037, section 2", "uU", "tT", false, utm_trigger, utm_find};
