/* Tests of detectors/location_h3.c. */
#include "coding.h"
#include "random.h"

static void indexes_are_read_at_the_middle_of_their_cell(void **state)
{
    (void)state;
    reads(CODE_H3, "8928308280fffff", "37.776702,-122.418459 2");
    reads(CODE_H3, "0x892f5a32d97ffff", "35.679889,139.767974 2");
    reads(CODE_H3, "8F2E2B455044B8E", "38.260132,140.882439 5");
    reads(CODE_H3, "8abe0e35c097fff", "-33.856473,151.215174 3");
    reads(CODE_H3, "8f9b41b0dcaac2c", "-18.124813,178.450078 5");
    reads(CODE_H3, "08928308280fffff", "37.776702,-122.418459 2");
}

static void decimal_numbers_are_indexes_too(void **state)
{
    (void)state;
    reads(CODE_H3, "617700169958293503", "37.776702,-122.418459 2");
    reads(CODE_H3, "617700169958293500", "FORM"); /* as a number with 53 bits would leave it */
}

/* Cells whose base cell lies on another face than they do. */
static void cells_beyond_the_edge_of_a_face_are_found(void **state)
{
    (void)state;
    reads(CODE_H3, "881c00000dfffff", "50.108463,-143.482129 2");
    reads(CODE_H3, "890dab6220bffff", "67.194026,-168.405652 2");
    reads(CODE_H3, "8ddf4517554257f", "-54.801905,-68.302900 4");
}

/* Around one of the twelve corners of the icosahedron, in all five directions that there are. */
static void cells_around_a_pentagon_are_found(void **state)
{
    (void)state;
    reads(CODE_H3, "881c000001fffff", "50.103201,-143.478490 2");
    reads(CODE_H3, "881c000003fffff", "FORM"); /* the sixth */
    reads(CODE_H3, "881c000005fffff", "50.102608,-143.487417 2");
    reads(CODE_H3, "881c000007fffff", "50.097573,-143.480369 2");
    reads(CODE_H3, "881c000009fffff", "50.107047,-143.471811 2");
    reads(CODE_H3, "881c00000bfffff", "50.100316,-143.470725 2");
    reads(CODE_H3, "881c00000dfffff", "50.108463,-143.482129 2");
}

static void unit_vector(const struct position *position, double vector[3])
{
    const double degree = 0.017453292519943295;
    double latitude = position->latitude_e7 / 1e7 * degree, longitude = position->longitude_e7 / 1e7 * degree;
    vector[0] = cos(latitude) * cos(longitude);
    vector[1] = cos(latitude) * sin(longitude);
    vector[2] = sin(latitude);
}

/* The middle of a cell lies no further from that of the cell around it than the cells of its size are apart: so wrong
 * faces show, whose points lie elsewhere. */
static void cells_lie_in_those_around_them(void **state)
{
    (void)state;
    enum { FINEST = 10, TRIALS = 20000 };
    const double apart = 0.382, edge_slack = 1.01;
    uint64_t random = 88172645463325252;
    for (int trial = 0; trial < TRIALS; trial++) {
        uint64_t digits = 0, base;
        bool leading = false;
        random_step(&random);
        base = random % 122;
        for (int i = 0; i < FINEST; i++) {
            uint64_t digit = (random >> (8 + 5 * i) & 31) % 7;
            if (!leading && digit == 1) digit = 3; /* pentagons have no such direction */
            leading |= digit != 0;
            digits = digits << 3 | digit;
        }
        double around[3] = {0, 0, 0}, own[3];
        for (int resolution = 8; resolution <= FINEST; resolution++) {
            int unused = 3 * (15 - resolution);
            uint64_t kept = digits >> 3 * (FINEST - resolution);
            uint64_t index = UINT64_C(8) << 56 | (uint64_t)resolution << 52 | base << 45 | kept << unused | ((UINT64_C(1) << unused) - 1);
            char text[32];
            struct position position;
            int len = snprintf(text, sizeof text, "%llx", (unsigned long long)index);
            assert_int_equal(code_judge(CODE_H3, (struct span){text, (size_t)len}, &position), REASON_NONE);
            unit_vector(&position, own);
            double distance = sqrt(pow(own[0] - around[0], 2) + pow(own[1] - around[1], 2) + pow(own[2] - around[2], 2));
            if (resolution > 8 && distance > apart * edge_slack * pow(7, -resolution / 2.0)) fail_msg("%s: %g", text, distance);
            memcpy(around, own, sizeof around);
        }
    }
}

static void coarse_cells_are_refused(void **state)
{
    (void)state;
    reads(CODE_H3, "872e1b56bffffff", "COARSE");
    reads(CODE_H3, "8003fffffffffff", "COARSE");
}

static void bits_that_do_not_fit_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "8928308280ffff", "8928308280fffff0", "9928308280fffff", "8928308280ffffg", "8f28308280fffff",
                                        "89ff30828fffff0", "0928308280fffff", "888888888888888", "deadbeefdeadbee", "89f4308280fffff",
                                        "8928308280ffffe", "0x0x28308280fffff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) reads(CODE_H3, texts[i], "FORM");
}

static void text_is_searched_for_indexes(void **state)
{
    (void)state;
    tells("cell 8928308280fffff left", "37.776702,-122.418459 likely <8928308280fffff>");
    tells("0x8c2e61053a83dff", "34.702463,135.495905 likely <8c2e61053a83dff>");
    tells("8a2e6054e95ffff,8b4a26196910fff", "35.171141,136.881016 likely <8a2e6054e95ffff>; 26.212484,127.680761 likely <8b4a26196910fff>");
    /* Finer ones have the form too often, coarser ones are no fix, parts of longer numbers are none. */
    static const char *const texts[] = {"8d194ad14c254bf", "872e1b56bffffff", "a8928308280fffff", "8928308280fffffa", "_8928308280fffff",
                                        "8928308280ffff", "888888888888fff", "x8928308280fffff", "928308280fffff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) tells(texts[i], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indexes_are_read_at_the_middle_of_their_cell),
        cmocka_unit_test(decimal_numbers_are_indexes_too),
        cmocka_unit_test(cells_beyond_the_edge_of_a_face_are_found),
        cmocka_unit_test(cells_around_a_pentagon_are_found),
        cmocka_unit_test(cells_lie_in_those_around_them),
        cmocka_unit_test(coarse_cells_are_refused),
        cmocka_unit_test(bits_that_do_not_fit_are_none),
        cmocka_unit_test(text_is_searched_for_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
