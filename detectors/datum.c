/* datum.c: EPSG 4301 to WGS 84, and the names of both. */
#include "datum.h"

#include <math.h>
#include <string.h>

static const double RADIAN_DEG = 57.29577951308232;
static const double BESSEL_AXIS_M = 6377397.155, BESSEL_FLATTENING = 1 / 299.152813;
static const double GRS80_AXIS_M = 6378137, GRS80_FLATTENING = 1 / 298.257222101;
static const double SHIFT_X_M = -146.414, SHIFT_Y_M = 507.337, SHIFT_Z_M = 680.507;

static const int64_t SOUTH_E7 = INT64_C(20) * DEGREE_E7, NORTH_E7 = INT64_C(465) * DEGREE_E7 / 10;
static const int64_t WEST_E7 = INT64_C(122) * DEGREE_E7, EAST_E7 = INT64_C(1545) * DEGREE_E7 / 10;

enum { ROUNDS = 4, NAME_SIZE = 32 }; /* each round of the latitude gains more than two decimals */

bool datum_from_tokyo(struct coordinate *latitude, struct coordinate *longitude)
{
    if (latitude->value_e7 < SOUTH_E7 || latitude->value_e7 > NORTH_E7 || longitude->value_e7 < WEST_E7 ||
        longitude->value_e7 > EAST_E7)
        return false;
    double phi = (double)latitude->value_e7 / DEGREE_E7 / RADIAN_DEG;
    double lambda = (double)longitude->value_e7 / DEGREE_E7 / RADIAN_DEG;
    double square = BESSEL_FLATTENING * (2 - BESSEL_FLATTENING);
    double radius = BESSEL_AXIS_M / sqrt(1 - square * sin(phi) * sin(phi));
    double x = radius * cos(phi) * cos(lambda) + SHIFT_X_M, y = radius * cos(phi) * sin(lambda) + SHIFT_Y_M;
    double z = radius * (1 - square) * sin(phi) + SHIFT_Z_M;

    square = GRS80_FLATTENING * (2 - GRS80_FLATTENING);
    double across = hypot(x, y);
    for (int i = 0; i < ROUNDS; i++) {
        radius = GRS80_AXIS_M / sqrt(1 - square * sin(phi) * sin(phi));
        phi = atan2(z + square * radius * sin(phi), across);
    }
    latitude->value_e7 = llround(phi * RADIAN_DEG * DEGREE_E7);
    longitude->value_e7 = llround(atan2(y, x) * RADIAN_DEG * DEGREE_E7);
    return true;
}

/* Lower case, without blanks and signs. */
static size_t name_reduce(struct span text, char *name)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < NAME_SIZE; i++) {
        char byte = text.at[i];
        if (byte >= 'A' && byte <= 'Z') byte = (char)(byte | 0x20);
        bool kept = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || (unsigned char)byte >= 0x80;
        if (kept) name[len++] = byte;
    }
    return len;
}

const struct datum_name datum_names[] = {{"datum", true}, {"geodeticdatum", true}, {"測地系", true},
                                         {"geo", false},  {"crs", false},          {"srid", false}};
const size_t datum_name_count = sizeof datum_names / sizeof *datum_names;

enum datum datum_read(struct span text, bool by_number)
{
    static const struct {
        const char *name;
        enum datum datum;
    } names[] = {
        {"tokyo", DATUM_TOKYO},        {"tokyodatum", DATUM_TOKYO},   {"tokyo97", DATUM_TOKYO},
        {"tky", DATUM_TOKYO},          {"4301", DATUM_TOKYO},         {"epsg4301", DATUM_TOKYO},
        {"urnogcdefcrsepsg4301", DATUM_TOKYO}, {"日本測地系", DATUM_TOKYO},
        {"日本", DATUM_TOKYO},         {"旧日本測地系", DATUM_TOKYO}, {"旧測地系", DATUM_TOKYO},
        {"wgs84", DATUM_WGS84},        {"4326", DATUM_WGS84},         {"epsg4326", DATUM_WGS84},
        {"jgd2000", DATUM_WGS84},      {"jgd2011", DATUM_WGS84},
        {"世界測地系", DATUM_WGS84},   {"世界", DATUM_WGS84},
    };
    char name[NAME_SIZE];
    size_t len = name_reduce(text, name);
    if (by_number && len == 1 && (*name == '0' || *name == '1')) return *name == '1' ? DATUM_TOKYO : DATUM_WGS84;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0) return names[i].datum;
    return DATUM_UNSAID;
}
