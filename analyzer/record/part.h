/* A part of a value that is too long to be read as a whole: what record_json_parts and record_xml_parts give.
 *
 * Context  what stands in the levels that enclose a part, without the elements in them: a value of the same format that
 *          is whole once all that is open in it is closed. So a part is read alone, with what it inherits.
 * Same     where parts are cut depends on the bytes of the value alone, but for how many elements one has
 */
#ifndef PART_H
#define PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PART_CONTEXT_MAX = 1 << 20, /* bytes */
    PART_MAP_MIN = PART_CONTEXT_MAX / 2, /* bytes: an object that is longer, and in so many of which more than these ... */
    PART_MEMBERS_FEW = 16,      /* ... objects begin as its members, is a map, and they are its elements */
    PART_STOOD_MAX = 16,
    PART_LEVELS_MAX = 16        /* levels that are too long themselves, one within the other */
};

enum part_kind {
    PART_MORE,     /* nothing yet: come again with more bytes behind those that were not taken */
    PART_ELEMENTS, /* whole elements, from start to end */
    PART_LEVEL,    /* the innermost level of the context is at its end: what it has of its own is known */
    PART_BREAK,    /* the value ends too soon, or goes no further as one: all its levels are at their end */
    PART_NO_MEMORY
};

struct part {
    enum part_kind kind;
    size_t taken;      /* bytes that are done with */
    size_t start, end; /* of elements */
    bool is_members;   /* they are members of an object: elements() makes values of them */
    bool oversized;    /* PART_BREAK: a level has more of its own than fits a context, or there are too many of them */
    bool runs_out;     /* PART_BREAK: nothing is wrong but that the bytes end */
};

/* What is known of the bytes behind those at hand. */
enum part_edge {
    EDGE_OPEN, /* there may be more */
    EDGE_END,  /* there are none */
    EDGE_CUT   /* a part began there in an earlier run: elements that reach over it are too long */
};

/* What a reader of the context needs to know beside its bytes. */
struct part_context {
    size_t length;         /* of the context in a block; 0: none */
    size_t inside;         /* a value of no meaning stands here, where the elements do */
    size_t late;           /* what begins here or later in the innermost level was behind elements in it; SIZE_MAX: nothing */
    uint32_t level_count;
    uint32_t ending_count; /* so many of the innermost levels end here */
    uint32_t stood[PART_STOOD_MAX], stood_count; /* where elements stood that are not there any more; the first of them */
    uint32_t level_starts[PART_LEVELS_MAX], level_start_count; /* where these begin, if there may be others in the context, or they are members */
    bool has_inner;        /* there were levels inside the innermost */
    bool is_broken;        /* it ends before its value does */
};

/* One format's way of dividing values: a row a file. `parts` is what open gave. */
struct part_format {
    void *(*open)(void); /* NULL: no memory */
    void (*close)(void *parts);

    /* Where in these bytes, which begin outside of values, the first value begins; length where none does. */
    size_t (*find)(const char *bytes, size_t length);

    /* Begins the value there. Its bytes behind the first `taken` ones are to be given to next. False: no memory. */
    bool (*begin)(void *parts, size_t *taken);

    /* Whether a value has begun and not ended. */
    bool (*inside)(const void *parts);

    /* The next part. Elements of up to element_max bytes are whole; many of them make a part of run_max bytes at most. */
    struct part (*next)(void *parts, const char *bytes, size_t length, enum part_edge edge, size_t run_max, size_t element_max);

    /* Says how many bytes behind those of the next call are there to be looked at, though they are not to be taken. NULL: there is no need. */
    void (*look_ahead)(void *parts, size_t count);

    /* Writes elements that are members to `to`, which has room for twice their length; returns how much. NULL: none ever are. */
    size_t (*elements)(const char *from, size_t length, char *to);

    /* Writes the context of a part to `to`, which has room for context_room(), and says what it is. */
    size_t (*context_room)(const void *parts);
    void (*context)(const void *parts, const struct part *part, char *to, struct part_context *context);

    /* Leaves what ends with a part, once its context is written. */
    void (*leave)(void *parts, const struct part *part);
};

#endif
