/* checkdigit.c: Luhn for any length. Source: ISO/IEC 7812-1, annex B. */
#include "checkdigit.h"

/* Sum over digits whose last one stands at an even (doubled) place from the right or not. */
static unsigned luhn_sum(const char *digits, size_t count, bool double_last)
{
    unsigned sum = 0;
    bool doubled = double_last;
    for (size_t i = count; i-- > 0; doubled = !doubled) {
        unsigned value = (unsigned)(digits[i] - '0');
        if (doubled) value = value < 5 ? 2 * value : 2 * value - 9;
        sum += value;
    }
    return sum;
}

bool luhn_holds(const char *digits, size_t count)
{
    return count > 1 && digits_only(digits, count) && luhn_sum(digits, count, false) % 10 == 0;
}

char luhn_digit(const char *digits, size_t count)
{
    return (char)('0' + (10 - luhn_sum(digits, count, true) % 10) % 10);
}

bool digits_only(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9') return false;
    return true;
}
