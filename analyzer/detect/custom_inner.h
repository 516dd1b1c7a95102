/* What customs are made of: private to custom.c and custom_search.c. */
#ifndef CUSTOM_INNER_H
#define CUSTOM_INNER_H

#include "custom.h"
#include "leads.h"
#include "literals.h"
#include "pattern.h"
#include "pattern_shape.h"

/* By what it is found that a text is worth a pattern's run. */
enum filter { FILTER_NOTHING, FILTER_LITERAL, FILTER_LEAD, FILTER_WINDOW };

struct custom {
    uint32_t kind;
    struct detector detector; /* in the table of kinds, unless the kind is built in */
    char *name;
    struct pattern *whole, *within;
    struct pattern *here; /* within, at the place where it is tried alone; NULL where it is tried everywhere */
    struct leads *own;    /* the places where it is tried in a text with its literal or window; NULL: everywhere */
    struct pattern_shape shape;
    enum filter filter;
    struct custom_checksum checksum;
    enum custom_canonical canonical;
    enum grade unlabelled;
    bool off; /* nobody wants it */
};

struct label {
    char *name;
    size_t *kinds; /* places of the customs that have it */
    size_t count;
};

struct customs {
    struct custom *all;
    size_t count, kinds_added;
    struct label *labels;
    size_t label_count;
    struct literals *literals;
    size_t *of_literal;                          /* the custom of each */
    size_t literal_count;
    struct windows *windows;
    size_t *of_window;                           /* the custom of each */
    size_t window_count;
    struct leads *leads;
    size_t *of_lead;                             /* the custom of each */
    size_t lead_count;
    uint64_t *unfiltered;                        /* those that are run on every text */
    uint64_t *searched;                          /* those that are looked for in text at all */
    size_t mask_words;
    bool any_unfiltered;
};

/* What tells that a custom is worth a run: its literal or its window ends there. */
struct hint {
    size_t end, custom;
};

/* What becomes of a value that a pattern fits, under a label or in text. */
void custom_value_judge(const struct custom *custom, struct span text, bool labelled, struct verdict *verdict);

struct custom_search {
    const struct customs *customs;
    struct pattern_matcher *matcher;
    const char *block; /* whose hits are known */
    size_t block_length;
    struct hint *hints; /* in the order of their ends */
    size_t hint_count, hint_capacity, hint_next;
    uint64_t *wanted;  /* a bit a custom: worth a run on the text at hand */
    uint64_t *given_up; /* ... at its limit, in the text at hand */
    struct span text;  /* at hand, within text_base */
    const char *text_base;
    size_t number;     /* of the custom whose own places are being tried */
    struct custom_finding *findings;
    size_t finding_count, finding_capacity;
    bool hit_limit, failed;
};

#endif
