/* Tests of analyzer/decode/passwords.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/decode/passwords.h"

static enum status open_text(const char *text, size_t length, struct passwords **passwords, struct fault *fault)
{
    char path[] = "/tmp/test_passwords.XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, length), (ssize_t)length);
    close(descriptor);
    enum status status = passwords_open(path, passwords, fault);
    unlink(path);
    return status;
}

static void lines_are_passwords_as_they_are(void **state)
{
    (void)state;
    static const char text[] = "first\r\n\n  two words \n\r\n\xff\0z\nsame\nsame\nlast\r";
    static const struct { const char *at; size_t length; } wanted[] = {{"first", 5}, {"  two words ", 12}, {"\xff\0z", 3}, {"same", 4}, {"same", 4}, {"last", 4}};
    struct passwords *passwords;
    struct fault fault;
    assert_int_equal(open_text(text, sizeof text - 1, &passwords, &fault), STATUS_OK);
    assert_int_equal(passwords->count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(passwords->list[i].length, wanted[i].length);
        assert_memory_equal(passwords->list[i].at, wanted[i].at, wanted[i].length);
    }
    passwords_close(passwords);
}

static void what_is_no_list_is_refused_without_a_word_of_it(void **state)
{
    (void)state;
    struct passwords *passwords;
    struct fault fault;
    assert_int_equal(open_text("\n\r\n", 3, &passwords, &fault), STATUS_USAGE);
    assert_null(passwords);
    size_t length = PASSWORD_BYTES_MAX + 2 > 2 * PASSWORDS_MAX + 2 ? PASSWORD_BYTES_MAX + 2 : 2 * PASSWORDS_MAX + 2;
    char *text = malloc(length);
    memset(text, 'w', length);
    assert_int_equal(open_text(text, PASSWORD_BYTES_MAX, &passwords, &fault), STATUS_OK);
    passwords_close(passwords);
    assert_int_equal(open_text(text, PASSWORD_BYTES_MAX + 1, &passwords, &fault), STATUS_USAGE);
    assert_non_null(strstr(fault.message, "line 1 "));
    assert_null(strstr(fault.message, "ww"));
    for (size_t i = 1; i < length; i += 2) text[i] = '\n';
    assert_int_equal(open_text(text, 2 * PASSWORDS_MAX, &passwords, &fault), STATUS_OK);
    assert_int_equal(passwords->count, PASSWORDS_MAX);
    passwords_close(passwords);
    assert_int_equal(open_text(text, 2 * PASSWORDS_MAX + 2, &passwords, &fault), STATUS_USAGE);
    free(text);
    assert_int_equal(passwords_open("/nowhere/passwords", &passwords, &fault), STATUS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_passwords_as_they_are),
        cmocka_unit_test(what_is_no_list_is_refused_without_a_word_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
