/* Tests of analyzer/attribute/customer_key.c: each ID has a key of its own, in UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/attribute/customer_key.h"
#include "../analyzer/support/utf8.h"

static void expect(const char *id, size_t length, const char *wanted)
{
    struct bytes room = {0};
    struct span key;
    char *exact = malloc(length + 1); /* nothing behind it is read */
    memcpy(exact, id, length);
    exact = realloc(exact, length);
    assert_true(customer_key((struct span){exact, length}, &room, &key));
    assert_int_equal(key.len, strlen(wanted));
    assert_memory_equal(key.at, wanted, key.len);
    free(exact);
    bytes_free(&room);
}

static void what_is_text_is_its_own_key(void **unused)
{
    (void)unused;
    static const char *const ids[] = {"C-1", "a", "12345678", "12345678901234567", "田中-1", "CORP\\user", "C:\\new", "a\\xg", "\\\\xff\\q", "\xC3\xA9", "x\\"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) expect(ids[i], strlen(ids[i]), ids[i]);
    expect("CORP\\x41", 8, "CORP\\x41"); /* undone, it is text as well */
}

static void what_is_none_is_escaped(void **unused)
{
    (void)unused;
    expect("\xFF", 1, "\\xff");
    expect("a\\\xC3", 3, "a\\\\\\xc3");
    expect("12345678\x80", 9, "12345678\\x80");
    expect("123\x80" "4567890", 11, "123\\x804567890");
    expect("a\0\xFF", 3, "a\\x00\\xff");
}

/* Texts that are what is escaped, and what those are escaped, have other keys. */
static void no_two_have_one_key(void **unused)
{
    (void)unused;
    expect("a\\xff", 5, "a\\\\xff");
    expect("a\\\\xff", 6, "a\\\\\\\\xff");
    char ids[400][8], keys[400][32];
    size_t count = 0;
    struct bytes room = {0};
    static const char alphabet[] = {'\\', 'x', 'f', '\xFF'};
    for (size_t n = 0; n < 400; n++, count++) {
        size_t value = n * 37, length = 1 + n % 7;
        for (size_t i = 0; i < length; i++, value /= 4) ids[n][i] = alphabet[value % 4];
        ids[n][length] = '\0';
        struct span key;
        assert_true(customer_key((struct span){ids[n], length}, &room, &key));
        assert_true(key.len < sizeof keys[n] && utf8_is_valid(key.at, key.len));
        memcpy(keys[n], key.at, key.len);
        keys[n][key.len] = '\0';
        for (size_t k = 0; k < n; k++) assert_int_equal(strcmp(ids[k], ids[n]) == 0, strcmp(keys[k], keys[n]) == 0);
    }
    bytes_free(&room);
}

/* An ID whose escapes, once undone, are escapes again: 32 times are tried. */
static void what_goes_on_being_undone_is_escaped(void **unused)
{
    (void)unused;
    enum { TIMES_TRIED = 32, LONG = 1 << 20 };
    char id[4 + 3 * TIMES_TRIED] = "\\", wanted[sizeof id + 1] = "\\\\";
    for (int times = 0; times < TIMES_TRIED - 1; times++) strcat(id, "x5c");
    expect(id, strlen(id), id);
    strcat(id, "x5c");
    strcpy(wanted + 2, id + 1);
    expect(id, strlen(id), wanted);

    char *text = malloc(3 * (size_t)LONG + 1);
    struct bytes room = {0};
    struct span key;
    text[0] = '\\';
    for (size_t i = 0; i < LONG; i++) memcpy(text + 1 + 3 * i, "x5c", 3);
    assert_true(customer_key((struct span){text, 3 * (size_t)LONG + 1}, &room, &key)); /* soon */
    assert_int_equal(key.len, 3 * (size_t)LONG + 2);
    bytes_free(&room);
    free(text);
}

static void what_is_too_long_stays_as_it_is(void **unused)
{
    (void)unused;
    size_t length = CUSTOMER_ESCAPED_MAX + 1;
    char *id = malloc(length);
    struct bytes room = {0};
    struct span key;
    memset(id, 0xFF, length);
    assert_true(customer_key((struct span){id, length}, &room, &key));
    assert_ptr_equal(key.at, id);
    assert_true(customer_key((struct span){id, length - 1}, &room, &key));
    assert_int_equal(key.len, 4 * (length - 1));
    bytes_free(&room);
    free(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_text_is_its_own_key), cmocka_unit_test(what_is_none_is_escaped),
        cmocka_unit_test(no_two_have_one_key), cmocka_unit_test(what_goes_on_being_undone_is_escaped),
        cmocka_unit_test(what_is_too_long_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
