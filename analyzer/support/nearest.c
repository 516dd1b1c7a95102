#include "nearest.h"

#include <limits.h>
#include <string.h>

enum { NEAREST_WORD_MAX = 32 };

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, whole table: words are short. */
static unsigned distance(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > NEAREST_WORD_MAX || b_len > NEAREST_WORD_MAX)
        return UINT_MAX;
    unsigned steps[NEAREST_WORD_MAX + 1][NEAREST_WORD_MAX + 1];
    for (size_t i = 0; i <= a_len; i++) {
        for (size_t j = 0; j <= b_len; j++) {
            if (i == 0 || j == 0) {
                steps[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned best = smaller(steps[i - 1][j], steps[i][j - 1]) + 1;
            best = smaller(best, steps[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, steps[i - 2][j - 2] + 1);
            steps[i][j] = best;
        }
    }
    return steps[a_len][b_len];
}

const char *nearest_word(const char *word, const char *const *words, size_t word_count)
{
    const char *nearest = NULL;
    unsigned best = UINT_MAX;
    for (size_t i = 0; i < word_count; i++) {
        unsigned found = distance(word, words[i]);
        if (found < best) {
            best = found;
            nearest = words[i];
        }
    }
    unsigned allowed = (unsigned)(strlen(word) / 3);
    return best <= (allowed > 1 ? allowed : 1) ? nearest : NULL;
}
