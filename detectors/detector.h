/* The contract between what an identifier is and who looks for it.
 *
 * Shape    candidate (characters somebody proposes) -> check -> verdict (grade, canonical form, packed)
 * Owns     nothing: a check is pure, no I/O, no memory, no globals that change
 * Threads  any number at once
 * Grades   possible: form only; likely: one of checksum and label; confirmed: both, or what the
 *          kind's own file says. The rule of each kind stands at the top of its file.
 *
 * A kind is one file and one row in detectors.h. The pattern (PCRE2) defines the syntax that is
 * looked for without a label; the finders of analyzer/detect are only faster ways to propose the
 * same candidates, and a test holds them equal.
 */
#ifndef DETECTOR_H
#define DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))

/* Bytes of somebody else's buffer. */
struct span {
    const char *at;
    size_t len;
};

enum {
    IDENTIFIER_SIZE = 48 /* canonical form with its final NUL; longer e-mail addresses are refused as TOO_LONG */
};

enum grade { GRADE_NONE, GRADE_POSSIBLE, GRADE_LIKELY, GRADE_CONFIRMED };

/* Element codes of impact.csv, in the order in which they are written. */
enum element { ELEMENT_VIN, ELEMENT_CHS, ELEMENT_NET, ELEMENT_DEV, ELEMENT_PLT, ELEMENT_LOC,
               ELEMENT_TIM, ELEMENT_COUNT,
               ELEMENT_NONE = ELEMENT_COUNT /* of kinds that only link: they make no element and no record */ };

/* Why a value that has the outer form of a kind is none of that kind. Names in reason_name(). */
enum reason {
    REASON_NONE,
    REASON_FORM,            /* does not have the syntax at all; never counted */
    REASON_CHECK_DIGIT,     /* the kind's checksum binds and fails */
    REASON_ISSUER,          /* no such region, reporting body, country code, place, version */
    REASON_PLACEHOLDER,     /* all characters equal, null, broadcast */
    REASON_GROUP_ADDRESS,   /* a MAC that names a group, no device */
    REASON_OTHER_KIND,      /* by the collision table the value is something else (card, time) */
    REASON_UNLABELLED,      /* the form is too weak to be taken without a label */
    REASON_JUNK,            /* on the profile's list of values that mean nobody */
    REASON_OUT_OF_RANGE,    /* a position outside the globe */
    REASON_SENTINEL,        /* a position that means "no position", (0,0) among them */
    REASON_DEFAULT_POINT,   /* on the profile's list of default points */
    REASON_COARSE,          /* a position with too few decimals to be one */
    REASON_ROUNDED_NUMBER,  /* its last digits were lost where it was taken for a floating-point number */
    REASON_TOO_LONG,        /* of the kind, but longer than what can be counted */
    REASON_COUNT
};

struct candidate {
    struct span text; /* the proposed characters, nothing around them */
    bool labelled;    /* a label of this kind is the field's name or the word before the value */
};

struct verdict {
    enum grade grade;
    enum reason reason; /* REASON_NONE unless grade is GRADE_NONE; a POSSIBLE may carry one too */
    bool sample;        /* a value that means "example" or "emulator": booked, and counted apart */
    uint8_t packing;    /* of the canonical form: packed.h */
    uint8_t length;     /* of packed; 0 for GRADE_NONE */
    _Alignas(8) char packed[IDENTIFIER_SIZE];
};

struct detector {
    const char *name;     /* "vin": stable; in reports, on the command line, in tests */
    const char *column;   /* "vins": its column in impact.csv; kinds without one of their own share other_ids */
    enum element element;
    const char *source;   /* standard and clause the rule comes from */
    const char *checksum; /* in words; "none" where there is none */
    const char *chance;   /* how often a random value of the form passes without a label; "label only": none is taken */
    const char *pattern;  /* PCRE2: what is proposed without a label, boundaries included; NULL for nothing */
    void (*check)(const struct candidate *candidate, struct verdict *verdict);
};

/* Sets the verdict to a rejection. */
static inline void verdict_reject(struct verdict *verdict, enum reason reason)
{
    verdict->grade = GRADE_NONE;
    verdict->reason = reason;
    verdict->sample = false;
    verdict->length = 0;
}

const char *reason_name(enum reason reason);     /* "CHECK_DIGIT" */
const char *element_code(enum element element);  /* "VIN" */
const char *grade_name(enum grade grade);        /* "confirmed" */

#endif
