/* roster_line.c: rows and keys as roster_table.c reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/attribute/roster_line.h"
#include "roster_making.h"

enum { SEED = 77 };

static struct fault fault;

/* Reads lines under a header, twice with the same parser: nothing of the first block is left in the second. */
static void lines_of(const char *header, const char *text, bool torn, struct roster_lines *lines)
{
    struct profile *profile = NULL;
    struct roles *roles = NULL;
    struct roster_columns columns;
    struct roster_parser *parser = NULL;
    assert_int_equal(profile_open(NULL, &profile, &fault), STATUS_OK);
    assert_int_equal(roles_open(profile, &roles, &fault), STATUS_OK);
    assert_int_equal(roster_columns_open(&columns, &fault), STATUS_OK);
    for (const char *name = header; *name != '\0';) {
        size_t length = strcspn(name, ",");
        assert_int_equal(roster_columns_add(&columns, roles, (struct span){name, length}, &fault), STATUS_OK);
        name += length + (name[length] == ',');
    }
    assert_int_equal(roster_columns_judge(&columns, &fault), STATUS_OK);
    assert_int_equal(roster_parser_open(&columns, ',', profile, SEED, &parser, &fault), STATUS_OK);
    memset(lines, 0, sizeof *lines);
    for (int i = 0; i < 2; i++) assert_int_equal(roster_parser_read(parser, text, strlen(text), torn, lines, &fault), STATUS_OK);
    roster_parser_close(parser);
    roster_columns_free(&columns);
    roles_free(roles);
    profile_free(profile);
}

static void rows_stand_behind_one_another(void **state)
{
    (void)state;
    struct roster_lines lines;
    lines_of("customer_id,vin,imei,country", "C1,1HGBH41JXMN109186,350000900000007,JP\n\nC22,,,\nC3,nothing,,\n", false, &lines);
    assert_int_equal(lines.row_count, 2);
    assert_int_equal(lines.line_count, 4);
    assert_int_equal(lines.bad_count, 1);
    assert_int_equal(lines.bad[0].line, 3);
    const struct roster_row *row = (const struct roster_row *)(const void *)lines.rows.at;
    assert_int_equal(row->line, 0);
    assert_int_equal(row->identifier_count, 2);
    assert_true(row->hash == roster_id_hash((struct span){"C1", 2}, SEED));
    assert_memory_equal(roster_row_id(row).at, "C1", row->id_length);
    const char *at = roster_row_keys(row);
    struct tally_identifier vin = identifier_of("vin", "1HGBH41JXMN109186");
    char key[ROSTER_KEY_BYTES_MAX];
    size_t length = roster_key(&vin, key);
    assert_int_equal(length, roster_key_length(key));
    assert_memory_equal(at, key, length);
    uint32_t hash;
    memcpy(&hash, roster_row_hashes(row), sizeof hash);
    assert_int_equal(hash, roster_identifier_hash(key, key + ROSTER_KEY_HEAD, SEED));
    assert_int_equal(row->key_bytes, length + roster_key_length(at + length));
    assert_int_equal(row->bytes % 8, 0);
    row = (const struct roster_row *)(const void *)(lines.rows.at + row->bytes);
    assert_int_equal(row->line, 2);
    assert_int_equal(row->identifier_count, 0);
    assert_memory_equal(roster_row_id(row).at, "C22", 3);
    assert_true(row->from_s == ROSTER_OPEN_FROM && row->to_s == ROSTER_OPEN_TO);
    assert_int_equal((const char *)row + row->bytes - lines.rows.at, lines.rows.count);
    bytes_free(&lines.rows);
}

static void a_torn_line_is_one_bad_line(void **state)
{
    (void)state;
    struct roster_lines lines;
    lines_of("customer_id", "\"C1\n", true, &lines);
    assert_int_equal(lines.line_count, 1);
    assert_int_equal(lines.row_count, 0);
    assert_int_equal(lines.bad_count, 1);
    bytes_free(&lines.rows);
}

/* A key's hash is that of its bytes alone, whatever stands behind them, and differs in each of them. */
static void hashes_are_of_the_key_alone(void **state)
{
    (void)state;
    for (uint8_t length = 0; length < IDENTIFIER_SIZE; length++) {
        char packed[IDENTIFIER_SIZE] = {0}, other[IDENTIFIER_SIZE], key[ROSTER_KEY_BYTES_MAX], other_key[ROSTER_KEY_BYTES_MAX];
        for (uint8_t i = 0; i < length; i++) packed[i] = (char)(i * 37 + 1);
        memset(other, 0x55, sizeof other);
        memcpy(other, packed, length);
        assert_int_equal(roster_key_write(key, 3, PACKING_TEXT, packed, length), length + ROSTER_KEY_HEAD);
        roster_key_write(other_key, 3, PACKING_TEXT, other, length);
        uint64_t hash = roster_key_hash(key, packed, SEED);
        assert_true(hash == roster_key_hash(other_key, other, SEED));
        assert_true(hash == roster_key_hash(key, key + ROSTER_KEY_HEAD, SEED));
        for (uint8_t i = 0; i < length; i++) {
            packed[i] ^= 1;
            assert_true(hash != roster_key_hash(key, packed, SEED));
            packed[i] ^= 1;
        }
        roster_key_write(other_key, 4, PACKING_TEXT, packed, length);
        assert_true(hash != roster_key_hash(other_key, packed, SEED));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_behind_one_another),
        cmocka_unit_test(a_torn_line_is_one_bad_line),
        cmocka_unit_test(hashes_are_of_the_key_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
