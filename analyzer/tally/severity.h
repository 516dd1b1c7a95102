/* How severe it is for one person, in the form of ENISA's recommendations of 2013: context times ease of identification, plus
 * circumstances of the breach.
 *
 * Rule     notification of the domain, 2.9, as far as this program's elements go. DPC: 1 for numbers and for one to three points, 2
 *          for a trace of under 30 days, 3 for 30 days and more or where home or work shows. EI: 0.25 for numbers of devices and
 *          lone points, 0.5 for a vehicle's number, a customer ID or a trace, 0.75 for a plate, an e-mail address or
 *          telephone number, or a home to address level. CB:
 *          0.5, a place that anybody could read. What a user may raise is not in here
 * Units    EI and the score in hundredths
 */
#ifndef SEVERITY_H
#define SEVERITY_H

#include <stdbool.h>
#include <stdint.h>

#include "../../detectors/detectors.h"
#include "positions.h"

enum { SEVERITY_CONTEXT_MAX = 3, SEVERITY_EASE_STEP = 25, SEVERITY_EASE_STEPS = 3, SEVERITY_CIRCUMSTANCES = 50, SEVERITY_LONG_DAYS = 30 };
enum severity_level { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_VERY_HIGH, SEVERITY_LEVELS };

struct severity {
    uint8_t context; /* DPC; 0: nothing to judge */
    uint8_t ease;    /* EI, in steps of SEVERITY_EASE_STEP hundredths */
};

/* What else ties data to a person: his ID is there, or his e-mail address or telephone number. */
struct severity_ties { bool named, contact; };

/* elements: 1 << enum element. */
static inline struct severity severity_of(uint16_t elements, struct location_level level, uint64_t days, struct severity_ties ties)
{
    const unsigned vehicle = 1u << ELEMENT_VIN | 1u << ELEMENT_CHS, plate = 1u << ELEMENT_PLT;
    struct severity made = {1, 1};
    if (elements == 0) return (struct severity){0, 0};
    if (level.level >= LEVEL_HOME || (level.level == LEVEL_TRACE && days >= SEVERITY_LONG_DAYS)) made.context = 3;
    else if (level.level == LEVEL_TRACE) made.context = 2;
    if ((elements & vehicle) != 0 || ties.named || level.level >= LEVEL_TRACE) made.ease = 2;
    if ((elements & plate) != 0 || ties.contact || (level.level >= LEVEL_HOME && level.precise)) made.ease = 3;
    return made;
}

static inline unsigned severity_score(struct severity severity)
{
    return (unsigned)severity.context * severity.ease * SEVERITY_EASE_STEP + SEVERITY_CIRCUMSTANCES;
}

static inline enum severity_level severity_level_of(unsigned score)
{
    return score < 200 ? SEVERITY_LOW : score < 300 ? SEVERITY_MEDIUM : score < 400 ? SEVERITY_HIGH : SEVERITY_VERY_HIGH;
}

#endif
