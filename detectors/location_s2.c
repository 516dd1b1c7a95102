/* location_s2.c: cells of the S2 grid.
 *
 * Source    S2 geometry, cell hierarchy: the six faces of a cube, each cut into four again and again along
 *           a Hilbert curve, with the quadratic projection
 * likely    level 13 (about 1 km) or finer, under a label: half of all hex strings have the form
 * Bits      face 3 | 2 for each level | 1 | zeros. Tokens leave out the zeros at their end.
 */
#include "location_code.h"

enum {
    TOKEN_DIGITS = 16,
    DECIMAL_DIGITS_MIN = 17,
    DECIMAL_DIGITS_MAX = 20,
    FACES = 6,
    LEVELS = 30,
    LEVEL_MIN = 13
};

static const double RADIAN_DEG = 57.29577951308232;
static const double LEVEL_0_DIAGONAL_DEG = 90;

/* The four quarters in the order of the curve for each of its orientations: column, row. Orientations:
 * 1 columns and rows exchanged, 2 turned by half a turn. */
static const uint8_t quarters[4][4] = {{0, 1, 3, 2}, {0, 2, 3, 1}, {3, 2, 0, 1}, {3, 1, 0, 2}};
static const uint8_t turns[4] = {1, 0, 0, 3};

static int hex_value(char character)
{
    if (character >= '0' && character <= '9') return character - '0';
    char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool token_read(struct span text, uint64_t *cell)
{
    if (text.len == 0 || text.len > TOKEN_DIGITS) return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = hex_value(text.at[i]);
        if (value < 0) return false;
        *cell |= (uint64_t)value << (60 - 4 * i);
    }
    return true;
}

/* The number as such; databases without unsigned numbers write the upper half as negative ones. */
static bool decimal_read(struct span text, uint64_t *cell)
{
    bool negative = text.len > 0 && *text.at == '-';
    if (negative) {
        text.at++;
        text.len--;
    }
    if (text.len < DECIMAL_DIGITS_MIN || text.len > DECIMAL_DIGITS_MAX) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (*cell > (UINT64_MAX - digit) / 10) return false;
        *cell = *cell * 10 + digit;
    }
    if (negative) *cell = 0 - *cell;
    return true;
}

/* From a share of the side of a face to its tangent. */
static double projected(double share)
{
    return share >= 0.5 ? (4 * share * share - 1) / 3 : (1 - 4 * (1 - share) * (1 - share)) / 3;
}

static void middle_of(uint64_t cell, int level, double *u, double *v)
{
    unsigned orientation = (unsigned)(cell >> 61) & 1;
    double column = 0, row = 0, half = 0.5;
    for (int i = 1; i <= level; i++, half /= 2) {
        unsigned position = (unsigned)(cell >> (61 - 2 * i)) & 3;
        unsigned quarter = quarters[orientation][position];
        column += (quarter >> 1) * half;
        row += (quarter & 1) * half;
        orientation ^= turns[position];
    }
    *u = projected(column + half);
    *v = projected(row + half);
}

enum reason s2_read(struct span text, struct code_place *place)
{
    uint64_t cell = 0;
    bool read = text.len > TOKEN_DIGITS || (text.len > 0 && *text.at == '-') ? decimal_read(text, &cell)
                                                                              : token_read(text, &cell);
    if (!read || cell == 0 || cell >> 61 >= FACES) return REASON_FORM;
    int last = __builtin_ctzll(cell);
    if (last % 2 != 0 || last > 2 * LEVELS) return REASON_FORM;
    int level = LEVELS - last / 2;
    if (level < LEVEL_MIN) return REASON_COARSE;

    double u, v;
    middle_of(cell, level, &u, &v);
    const double axes[FACES][3] = {{1, u, v}, {-u, 1, v}, {-u, -v, 1}, {-1, -v, -u}, {v, -1, -u}, {v, u, -1}};
    const double *at = axes[cell >> 61];
    double error = LEVEL_0_DIAGONAL_DEG / (double)(UINT64_C(2) << level);
    place->latitude = coordinate_of(atan2(at[2], hypot(at[0], at[1])) * RADIAN_DEG, error);
    place->longitude = coordinate_of(atan2(at[1], at[0]) * RADIAN_DEG, error);
    return REASON_NONE;
}
