/* Tests of detectors/location_polyline.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../detectors/location_polyline.h"

/* The points of a text, one behind the other; "-" where it is no polyline. */
static void reads(const char *text, uint8_t decimals, const char *expected)
{
    char line[256] = "";
    struct span span = {text, strlen(text)};
    struct polyline points = {span, 0, 0, decimals};
    struct position position;
    if (!polyline_holds(span, decimals)) snprintf(line, sizeof line, "-");
    else
        while (polyline_next(&points, &position)) {
            assert_int_equal(position.grade, GRADE_LIKELY);
            assert_int_equal(position.decimals, decimals);
            size_t len = strlen(line);
            snprintf(line + len, sizeof line - len, "%s%.6f,%.6f", len > 0 ? ";" : "", position.latitude_e7 / 1e7,
                     position.longitude_e7 / 1e7);
        }
    assert_string_equal(line, expected);
}

static void every_vertex_is_a_point(void **state)
{
    (void)state;
    reads("_p~iF~ps|U_ulLnnqC_mqNvxq`@", 5, "38.500000,-120.200000;40.700000,-120.950000;43.252000,-126.453000");
    reads("ympuEiumbY_~EnhB~tA}dC", 5, "35.151170,136.881650;35.186850,136.864770;35.173090,136.886200");
    reads("{t|pEa{mgXve@o]", 5, "34.394540,132.458890;34.388340,132.463770");
}

static void some_engines_write_six_decimals(void **state)
{
    (void)state;
    reads("_p~iF~ps|U", 6, "3.850000,-12.020000");
    reads("_izlhA~rlgdF", 6, "38.500000,-120.200000");
}

static void what_does_not_end_is_none(void **state)
{
    (void)state;
    reads("", 5, "-");
    reads("_p~iF~ps|U_ulLnnqC_mqNvxq`", 5, "-");
    reads("_p~iF", 5, "-");
    reads("~~~~~~~~~~~~", 5, "-");
    reads("_p~iF ~ps|U", 5, "-");
    reads("POINT(139.7 35.6)", 5, "-");
}

/* One vertex that cannot be refuses the whole: it is a word of another kind. */
static void points_that_cannot_be_refuse_the_whole(void **state)
{
    (void)state;
    reads("????", 5, "-");
    reads("_p~iF~ps|U????_ibE_seK_seK_seK", 5, "38.500000,-120.200000;38.500000,-120.200000;38.500000,-120.200000;"
                                               "39.500000,-118.200000;41.500000,-116.200000");
    reads("_p~iF~ps|U_kgbN??", 5, "-");
    reads("GOLD", 5, "-");
    reads("Toyota", 5, "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vertex_is_a_point),
        cmocka_unit_test(some_engines_write_six_decimals),
        cmocka_unit_test(what_does_not_end_is_none),
        cmocka_unit_test(points_that_cannot_be_refuse_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
