/* What the tests of every kind ask: how one check judges one text. */
#ifndef JUDGING_H
#define JUDGING_H

#include <string.h>

#include "../detectors/packed.h"

static inline struct verdict judged(enum kind kind, const char *text, bool labelled)
{
    /* A copy without a NUL behind it, so that a sanitizer sees a check that reads on. */
    char bytes[128];
    size_t len = strlen(text);
    char *exact = bytes + sizeof bytes - len;
    memcpy(exact, text, len);
    struct candidate candidate = {{exact, len}, labelled};
    struct verdict verdict;
    memset(&verdict, 0x55, sizeof verdict);
    detectors[kind]->check(&candidate, &verdict);
    return verdict;
}

#define ACCEPTS(kind, text, labelled, expected_grade, expected_canonical)                          \
    do {                                                                                           \
        struct verdict verdict_ = judged(kind, text, labelled);                                    \
        assert_string_equal(grade_name(verdict_.grade), grade_name(expected_grade));               \
        char canonical_[IDENTIFIER_SIZE];                                                          \
        size_t length_ = verdict_text(&verdict_, canonical_);                                      \
        assert_string_equal(canonical_, expected_canonical);                                       \
        assert_int_equal(length_, strlen(expected_canonical));                                     \
    } while (0)

#define REFUSES(kind, text, labelled, expected_reason)                                             \
    do {                                                                                           \
        struct verdict verdict_ = judged(kind, text, labelled);                                    \
        assert_string_equal(grade_name(verdict_.grade), "none");                                   \
        assert_string_equal(reason_name(verdict_.reason), reason_name(expected_reason));           \
        assert_int_equal(verdict_.length, 0);                                                      \
    } while (0)

#endif
