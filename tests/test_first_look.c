/* Tests of analyzer/commands/first_look.c: the first bytes are the same however they come, and tell layout and fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/commands/first_look.h"
#include "charset_reading.h"
#include "evidence_making.h"

enum { TEXT_ROOM = 1 << 20 };

struct looking {
    struct profile *profile;
    struct roles *roles;
    struct sampler *sampler;
    char *room, *text;
    size_t length;
};

static struct looking *looking_make(void)
{
    struct looking *made = calloc(1, sizeof *made);
    struct fault fault;
    assert_int_equal(profile_open(NULL, &made->profile, &fault), STATUS_OK);
    assert_int_equal(roles_open(made->profile, &made->roles, &fault), STATUS_OK);
    assert_int_equal(sampler_open(made->roles, &made->sampler, &fault), STATUS_OK);
    made->room = malloc(FIRST_BYTES_ROOM);
    made->text = malloc(TEXT_ROOM);
    return made;
}

static void looking_close(struct looking *looking)
{
    sampler_close(looking->sampler);
    roles_free(looking->roles);
    profile_free(looking->profile);
    free(looking->room);
    free(looking->text);
    free(looking);
}

/* A text of ASCII, each of its bytes followed by a zero where it is to be UTF-16. */
static void add(struct looking *looking, const char *text, bool wide)
{
    for (; *text != '\0'; text++) {
        assert_true(looking->length + 2 < TEXT_ROOM);
        looking->text[looking->length++] = *text;
        if (wide) looking->text[looking->length++] = '\0';
    }
}

static void rows(struct looking *looking, unsigned count, bool wide)
{
    add(looking, "customer_id,col1,col2\n", wide);
    for (unsigned i = 0; i < count; i++) {
        char imei[MADE_VALUE_SIZE], vin[MADE_VALUE_SIZE], line[128];
        snprintf(line, sizeof line, "C-%u,%s,%s\n", i, imei_made(i, imei), vin_made(i, vin));
        add(looking, line, wide);
    }
}

/* Reads with pieces of `most` bytes; the sampled is the caller's. */
static struct sampled *look(struct looking *looking, size_t most, size_t gap, struct first_bytes *first, struct layout *layout)
{
    struct stream stream = {.bytes = looking->text, .length = looking->length, .most = most, .gaps = {gap, 0}};
    struct charset *charset = NULL;
    struct sampled *sampled = NULL;
    struct fault fault;
    assert_int_equal(charset_open(&charset, &fault), STATUS_OK);
    assert_int_equal(first_read(charset, &stream, looking->room, first, &fault), STATUS_OK);
    assert_int_equal(first_look(looking->sampler, first, 1, false, layout, &sampled, &fault), STATUS_OK);
    charset_close(charset);
    return sampled;
}

static void fields_are_found_through_a_character_set_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 3, 1000, 1 << 20};
    for (int wide = 0; wide < 2; wide++)
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            struct looking *looking = looking_make();
            struct first_bytes first;
            struct layout layout;
            rows(looking, 60, wide == 1);
            struct sampled *sampled = look(looking, pieces[i], 0, &first, &layout);
            assert_true(first.ended);
            assert_int_equal(first.length, wide == 1 ? looking->length / 2 : looking->length);
            assert_int_equal(layout.format, FORMAT_CSV);
            assert_int_equal(sampled->count, 3);
            assert_int_equal(sampled->fields[1].plan.label_mask, KIND_BIT(KIND_IMEI));
            assert_int_equal(sampled->fields[2].plan.label_mask, KIND_BIT(KIND_VIN));
            sampled_free(sampled);
            looking_close(looking);
        }
}

static void what_comes_behind_a_gap_is_not_looked_at(void **state)
{
    (void)state;
    struct looking *looking = looking_make();
    struct first_bytes first;
    struct layout layout;
    rows(looking, 60, false);
    struct sampled *sampled = look(looking, 1 << 20, 1000, &first, &layout);
    assert_false(first.ended);
    assert_true(first.has_gap);
    assert_int_equal(first.length, 1000);
    assert_in_range(sampled->units, 2, 25);
    sampled_free(sampled);
    looking_close(looking);
}

static void more_than_the_first_bytes_is_not_looked_at(void **state)
{
    (void)state;
    static const size_t pieces[] = {777, 1 << 20};
    for (size_t i = 0; i < 2; i++) {
        struct looking *looking = looking_make();
        struct first_bytes first;
        struct layout layout;
        rows(looking, SNIFF_BYTES / 40 + 2000, false);
        struct sampled *sampled = look(looking, pieces[i], 0, &first, &layout);
        assert_false(first.ended);
        assert_in_range(first.length, SNIFF_BYTES, FIRST_BYTES_ROOM);
        assert_int_equal(sampled->units, SAMPLE_UNITS);
        sampled_free(sampled);
        looking_close(looking);
    }
}

static void a_layout_that_is_known_stands(void **state)
{
    (void)state;
    struct looking *looking = looking_make();
    struct first_bytes first = {.at = "customer_id|vin\nC-1|x\n", .length = 22, .ended = true};
    struct layout layout = {.format = FORMAT_TEXT, .name = "text"};
    struct sampled *sampled = NULL;
    struct fault fault;
    assert_int_equal(first_look(looking->sampler, &first, 1, true, &layout, &sampled, &fault), STATUS_OK);
    assert_int_equal(layout.format, FORMAT_TEXT);
    sampled_free(sampled);
    assert_int_equal(first_look(looking->sampler, &first, 1, false, &layout, &sampled, &fault), STATUS_OK);
    assert_int_equal(layout.format, FORMAT_CSV);
    sampled_free(sampled);
    looking_close(looking);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_through_a_character_set_in_pieces_of_any_size),
        cmocka_unit_test(what_comes_behind_a_gap_is_not_looked_at),
        cmocka_unit_test(more_than_the_first_bytes_is_not_looked_at),
        cmocka_unit_test(a_layout_that_is_known_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
