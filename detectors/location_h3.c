/* location_h3.c: cells of the H3 grid.
 *
 * Source    H3 index specification (mode 1, cells) and its grid: hexagons on the faces of an icosahedron,
 *           projected from the middle of the globe; each resolution has cells 1/7 of the size of the one
 *           before, turned by asin(sqrt(3/28)) to one side and back. The numbers of base cells, faces and
 *           their axes are those of the published grid.
 * likely    resolution 8 (edge 531 m) or finer; without a label up to resolution 12, above which random
 *           digits have the form too often
 * Bits      0 | 0001 | 000 | resolution 4 | base cell 7 | 15 digits of 3, 7 behind the resolution
 *
 * A face is flat and its middle projection linear: a point is a sum of the three corners of its face
 * with weights that add up to 1, then brought to length 1. A point beyond an edge has a negative weight
 * for the corner across; that of the face behind the edge is the mirror image of this corner.
 */
#include "location_code.h"

#include "notation.h"

enum {
    HEX_DIGITS = 15,
    DECIMAL_DIGITS = 18,
    RESOLUTION_MIN = 8,
    RESOLUTION_UNLABELLED_MAX = 12,
    RESOLUTION_MAX = 15,
    BASE_CELLS = 122,
    FACES = 20,
    NO_DIGIT = 7,
    K_DIGIT = 1,        /* the sixth direction, which pentagons do not have */
    BASE_OF_PENTAGON = 7
};

static const double RADIAN_DEG = 57.29577951308232;
static const double TURN_RAD = 0.333473172251832115336090755351601070065900389; /* between resolutions */
static const double SIXTH_TURN_RAD = 1.0471975511965976;
static const double CORNER_COS = 0.7946544722917661, CORNER_SIN = 0.6070619982066863; /* from middle to corner of a face */
static const double CORNER_UNITS = 2; /* the same on the flat face, in cells of resolution 0 */
static const double RESOLUTION_0_EDGE_DEG = 11.5;

/* Middle of each face and azimuth of its first corner, radians. */
static const struct {
    double latitude, longitude, azimuth;
} faces[FACES] = {
    {0.803582649718989942, 1.248397419617396099, 5.619958268523939882},
    {1.307747883455638156, 2.536945009877921159, 5.760339081714187279},
    {1.054751253523952054, -1.347517358900396623, 0.780213654393430055},
    {0.600191595538186799, -0.450603909469755746, 0.430469363979999913},
    {0.491715428198773866, 0.401988202911306943, 6.130269123335111400},
    {0.172745327415618701, 1.678146885280433686, 2.692877706530642877},
    {0.605929321571350690, 2.953923329812411617, 2.982963003477243874},
    {0.427370518328979641, -1.888876200336285401, 3.532912002790141181},
    {-0.079066118549212831, -0.733429513380867741, 3.494305004259568154},
    {-0.230961644455383637, 0.506495587332349035, 3.003214169499538391},
    {0.079066118549212831, 2.408163140208925497, 5.930472956509811562},
    {0.230961644455383637, -2.635097066257444203, 0.138378484090254847},
    {-0.172745327415618701, -1.463445768309359553, 0.448714947059150361},
    {-0.605929321571350690, -0.187669323777381622, 0.158629650112549365},
    {-0.427370518328979641, 1.252716453253507838, 5.891865957979238535},
    {-0.600191595538186799, 2.690988744120037492, 2.711123289609793325},
    {-0.491715428198773866, -2.739604450678486295, 3.294508837434268316},
    {-0.803582649718989942, -1.893195233972397139, 3.804819692245439833},
    {-1.307747883455638156, -0.604647643711872080, 3.664438879055192436},
    {-1.054751253523952054, 1.794075294689396615, 2.361378999196363184},
};

/* Face (the higher octal digits) and place on it of each base cell: a direction from the middle, or
 * the first corner for a pentagon. */
static const uint8_t base_cells[BASE_CELLS] = {
    014, 026, 010, 024, 07, 016, 011, 020, 04, 022, 012, 013, 034, 036, 0137, 044,
    0, 062, 01, 023, 071, 021, 06, 061, 0127, 060, 030, 0134, 046, 032, 03, 040,
    052, 02, 072, 0136, 070, 0124, 0147, 065, 075, 041, 031, 033, 042, 064, 0130, 0101,
    051, 0167, 050, 0144, 0126, 043, 0146, 074, 0132, 0120, 0157, 0121, 0131, 0112, 0102, 067,
    0100, 0111, 0164, 055, 0203, 0105, 054, 0140, 077, 0142, 0122, 0110, 0154, 0201, 0173, 0172,
    0202, 0166, 0156, 057, 0104, 0160, 0115, 0161, 0211, 0141, 0200, 0213, 0171, 0205, 0114, 0170,
    0150, 0107, 0152, 0215, 0232, 0162, 0233, 0212, 0151, 0210, 0204, 0117, 0175, 0174, 0223, 0221,
    0231, 0214, 0230, 0222, 0225, 0237, 0234, 0220, 0235, 0224,
};

/* Where a direction points: its angle on the face in sixths of a turn. */
static const int8_t sixths[] = {0, 4, 2, 3, 0, 5, 1};

struct vector {
    double x, y, z;
};

static struct vector vector_sum(double p, struct vector a, double q, struct vector b, double r, struct vector c)
{
    return (struct vector){p * a.x + q * b.x + r * c.x, p * a.y + q * b.y + r * c.y, p * a.z + q * b.z + r * c.z};
}

/* The corner of a face that lies in this azimuth from its middle. */
static struct vector corner_of(int face, double azimuth)
{
    double latitude = faces[face].latitude, longitude = faces[face].longitude;
    struct vector middle = {cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)};
    struct vector north = {-sin(latitude) * cos(longitude), -sin(latitude) * sin(longitude), cos(latitude)};
    struct vector east = {-sin(longitude), cos(longitude), 0};
    return vector_sum(CORNER_COS, middle, CORNER_SIN * cos(azimuth), north, CORNER_SIN * sin(azimuth), east);
}

/* The mirror image of c in the plane of a, b and the middle of the globe. */
static struct vector mirrored(struct vector a, struct vector b, struct vector c)
{
    struct vector normal = {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
    double square = normal.x * normal.x + normal.y * normal.y + normal.z * normal.z;
    double along = c.x * normal.x + c.y * normal.y + c.z * normal.z;
    return vector_sum(1, c, -2 * along / square, normal, 0, normal);
}

/* A point of the flat face and what lies beyond its edges. */
struct spot {
    struct vector corners[3];
    double weights[3];
    double x, y; /* on the face of the base cell */
};

/* Goes over the edge across from a corner. */
static void edge_cross(struct spot *spot, int across)
{
    int a = (across + 1) % 3, b = (across + 2) % 3;
    double beyond = spot->weights[across];
    spot->corners[across] = mirrored(spot->corners[a], spot->corners[b], spot->corners[across]);
    spot->weights[a] += beyond;
    spot->weights[b] += beyond;
    spot->weights[across] = -beyond;
}

static unsigned digit_of(uint64_t index, int resolution)
{
    return (unsigned)(index >> 3 * (RESOLUTION_MAX - resolution)) & 7;
}

static int resolution_of(uint64_t index)
{
    return (int)(index >> 52 & 15);
}

static unsigned leading_digit(uint64_t index)
{
    for (int i = 1; i <= resolution_of(index); i++)
        if (digit_of(index, i) != 0) return digit_of(index, i);
    return 0;
}

/* The middle of a cell on the flat face of its base cell. */
static struct spot spot_of(uint64_t index)
{
    unsigned base = base_cells[index >> 45 & 127], place = base & 7;
    int face = (int)(base >> 3);
    double x = 0, y = 0, unit = 1;
    if (place != 0) {
        double length = place == BASE_OF_PENTAGON ? CORNER_UNITS : 1;
        double angle = place == BASE_OF_PENTAGON ? 0 : sixths[place] * SIXTH_TURN_RAD;
        x = length * cos(angle);
        y = length * sin(angle);
    }
    for (int i = 1; i <= resolution_of(index); i++) {
        unit /= sqrt(7);
        unsigned digit = digit_of(index, i);
        if (digit == 0) continue;
        double angle = sixths[digit] * SIXTH_TURN_RAD + (i % 2 != 0 ? TURN_RAD : 0);
        x += unit * cos(angle);
        y += unit * sin(angle);
    }
    struct spot spot = {.x = x, .y = y};
    for (int i = 0; i < 3; i++) {
        double angle = 2 * i * SIXTH_TURN_RAD, towards = x * cos(angle) + y * sin(angle);
        spot.corners[i] = corner_of(face, faces[face].azimuth - angle);
        spot.weights[i] = (1 + 2 * towards / CORNER_UNITS) / 3;
    }
    return spot;
}

/* Around a pentagon, the first corner of its face, only five faces meet. Directions that lie more than one face
 * away are reached by turning from the second corner on, over one edge after the other. */
static void pentagon_turn(struct spot *spot, unsigned leading)
{
    double towards = (sixths[leading] > 3 ? sixths[leading] - 6 : sixths[leading]) * SIXTH_TURN_RAD;
    double angle = atan2(spot->y, spot->x - CORNER_UNITS);
    angle -= 6 * SIXTH_TURN_RAD * floor((angle - towards) / (6 * SIXTH_TURN_RAD) + 0.5);
    int edges = (int)ceil(2.5 - angle / SIXTH_TURN_RAD);
    for (int across = 2; edges > 0; edges--, across = 3 - across) edge_cross(spot, across);
}

static void edges_cross(struct spot *spot, uint64_t index)
{
    enum { J = 2, JK = 3 };
    unsigned leading = leading_digit(index);
    if ((base_cells[index >> 45 & 127] & 7) == BASE_OF_PENTAGON && leading != 0 && leading != J && leading != JK) {
        pentagon_turn(spot, leading);
        return;
    }
    int least = 0;
    for (int i = 1; i < 3; i++)
        if (spot->weights[i] < spot->weights[least]) least = i;
    if (spot->weights[least] < 0) edge_cross(spot, least);
}

static bool index_holds(uint64_t index)
{
    int resolution = resolution_of(index);
    if (index >> 56 != 8 || (index >> 45 & 127) >= BASE_CELLS) return false;
    for (int i = 1; i <= RESOLUTION_MAX; i++)
        if ((digit_of(index, i) == NO_DIGIT) != (i > resolution)) return false;
    bool pentagon = (base_cells[index >> 45 & 127] & 7) == BASE_OF_PENTAGON;
    return !pentagon || leading_digit(index) != K_DIGIT;
}

static int hex_value(char character)
{
    if (character >= '0' && character <= '9') return character - '0';
    char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Hex with or without 0x, or the decimal form, in which every index of a cell has 18 digits. */
static bool index_read(struct span text, uint64_t *index)
{
    *index = 0;
    bool decimal = text.len == DECIMAL_DIGITS;
    if (text.len == HEX_DIGITS + 2 && text.at[0] == '0' && (text.at[1] | 0x20) == 'x') {
        text.at += 2;
        text.len -= 2;
    }
    /* The highest byte is 08: its zero may be written. */
    if (text.len == HEX_DIGITS + 1 && text.at[0] == '0') {
        text.at++;
        text.len--;
    }
    if (text.len != HEX_DIGITS && !decimal) return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = hex_value(text.at[i]);
        if (value < 0 || (decimal && value > 9)) return false;
        *index = *index * (decimal ? 10 : 16) + (uint64_t)value;
    }
    return true;
}

enum reason h3_read(struct span text, struct code_place *place)
{
    uint64_t index;
    if (!index_read(text, &index) || !index_holds(index)) return REASON_FORM;
    if (resolution_of(index) < RESOLUTION_MIN) return REASON_COARSE;
    struct spot spot = spot_of(index);
    edges_cross(&spot, index);
    struct vector sum = vector_sum(spot.weights[0], spot.corners[0], spot.weights[1], spot.corners[1], spot.weights[2],
                                   spot.corners[2]);
    double error = RESOLUTION_0_EDGE_DEG / pow(sqrt(7), resolution_of(index));
    place->latitude = coordinate_of(atan2(sum.z, hypot(sum.x, sum.y)) * RADIAN_DEG, error);
    place->longitude = coordinate_of(atan2(sum.y, sum.x) * RADIAN_DEG, error);
    return REASON_NONE;
}

/* ------------------------------------------------------------------ text */

/* Up to resolution 12 an index ends in "ff", which few other words do. Returns where it starts; SIZE_MAX for none. */
static size_t index_start(struct span text, size_t at)
{
    if (at + 2 < HEX_DIGITS || notation_word(notation_byte(text, at + 2))) return SIZE_MAX;
    size_t start = at + 2 - HEX_DIGITS, before = start;
    if (text.at[start] != '8') return SIZE_MAX;
    if (start >= 2 && text.at[start - 2] == '0' && (text.at[start - 1] | 0x20) == 'x') before -= 2;
    if (before > 0 && notation_word(text.at[before - 1])) return SIZE_MAX;
    int resolution = hex_value(text.at[start + 1]);
    return resolution >= RESOLUTION_MIN && resolution <= RESOLUTION_UNLABELLED_MAX ? start : SIZE_MAX;
}

enum reason h3_named_read(struct span text, struct code_place *place)
{
    bool found = text.len >= HEX_DIGITS && (text.at[text.len - 1] | 0x20) == 'f' && (text.at[text.len - 2] | 0x20) == 'f' &&
                 index_start(text, text.len - 2) != SIZE_MAX;
    return found ? REASON_FORM : h3_read(text, place);
}

static bool h3_trigger(struct span text, size_t at)
{
    return index_start(text, at) != SIZE_MAX;
}

static size_t h3_find(struct notation_search *search, size_t at)
{
    size_t start = index_start(search->text, at), end = at + 2;
    struct code_place place;
    if (start == SIZE_MAX || start < search->taken) return at + 1;
    if (h3_read((struct span){search->text.at + start, end - start}, &place) != REASON_NONE) return at + 1;
    notation_judge(search, start, end, place.latitude, place.longitude, GRADE_LIKELY);
    return end;
}

const struct notation notation_h3 = {"h3", "H3 index specification", "fF", "fF", false, h3_trigger, h3_find};
