#include "exposures.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DATE_LENGTH = EXPOSURE_DATE_SIZE - 1 };

/* Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant's days_from_civil: eras of 400 years). */
static int64_t day_number(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool date_read(const char *text, int64_t *day)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int i = 0; i < DATE_LENGTH; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    int year = atoi(text), month = atoi(text + 5), of_month = atoi(text + 8);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month < 1 || month > 12 || of_month < 1 || of_month > lengths[month - 1] || (month == 2 && of_month == 29 && !leap))
        return false;
    *day = day_number(year, month, of_month);
    return true;
}

/* The first date in the name that stands apart from other digits. */
static void date_find(const char *name, char date[EXPOSURE_DATE_SIZE])
{
    int64_t day;
    for (const char *at = name; *at != '\0'; at++) {
        if (at > name && isdigit((unsigned char)at[-1]))
            continue;
        if (!date_read(at, &day) || isdigit((unsigned char)at[DATE_LENGTH]))
            continue;
        memcpy(date, at, DATE_LENGTH);
        date[DATE_LENGTH] = '\0';
        return;
    }
}

struct exposure source_exposure(const struct profile *profile, const char *source_name)
{
    struct exposure exposure = {"", ""};
    if (profile != NULL)
        exposure = profile_exposure(profile, source_name);
    if (exposure.from[0] == '\0' && exposure.to[0] == '\0') {
        date_find(source_name, exposure.from);
        memcpy(exposure.to, exposure.from, sizeof exposure.to);
    }
    return exposure;
}

struct days {
    int64_t first, last;
};

static int by_first(const void *left, const void *right)
{
    const struct days *a = left, *b = right;
    return a->first != b->first ? (a->first < b->first ? -1 : 1) : (a->last > b->last) - (a->last < b->last);
}

/* False: no day of it is known. */
static bool window_days(const struct exposure *window, struct days *days)
{
    bool from = date_read(window->from, &days->first), to = date_read(window->to, &days->last);
    if (!from)
        days->first = days->last;
    if (!to)
        days->last = days->first;
    return from || to;
}

bool exposure_days(const struct exposure *windows, size_t count, uint64_t *days)
{
    struct days *all = calloc(count + 1, sizeof *all);
    size_t known = 0;
    int64_t covered = INT64_MIN;
    *days = 0;
    if (all == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        known += window_days(&windows[i], &all[known]);
    if (known > 0)
        qsort(all, known, sizeof *all, by_first);
    for (size_t i = 0; i < known; i++) {
        int64_t first = all[i].first > covered ? all[i].first : covered + 1;
        if (all[i].last < first)
            continue;
        *days += (uint64_t)(all[i].last - first) + 1;
        covered = all[i].last;
    }
    free(all);
    return true;
}
