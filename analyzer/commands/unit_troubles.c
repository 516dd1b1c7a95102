#include "unit_troubles.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../record/unit_start.h"

/* Whether a document breaks off. A row that lacks columns tells it only where no other does. */
static bool breaks_off(const struct unit_troubles *troubles)
{
    return (troubles->bits & TROUBLE_BROKE_OFF) != 0 || (troubles->bits & (TROUBLE_CUT_ROW | TROUBLE_SHORT_ROW)) == TROUBLE_CUT_ROW;
}

void unit_troubles_mark(const struct unit_troubles *troubles, struct object *object)
{
    if ((troubles->bits & TROUBLE_PATH_LIMIT) != 0)
        object_mark(object, OBJECT_PARTIAL, COVERAGE_REGEX_LIMIT, "a path rule reached its match limit");
    if (troubles->cut_off > 0) object_mark(object, OBJECT_PARTIAL, COVERAGE_LIMIT_DEPTH, NULL);
    if ((troubles->bits & TROUBLE_MATCH_LIMIT) != 0) object_mark(object, OBJECT_PARTIAL, COVERAGE_REGEX_LIMIT, NULL);
    if ((troubles->bits & (TROUBLE_OVERSIZED | TROUBLE_LATE)) != 0) object_mark(object, OBJECT_PARTIAL, COVERAGE_OVERSIZED_RECORD, NULL);
    if (breaks_off(troubles)) object_mark(object, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW, NULL);
}

void detail_add(char *detail, size_t detail_size, const char *form, ...)
{
    size_t used = strlen(detail);
    if (used > 0 && used + 1 < detail_size) used += (size_t)snprintf(detail + used, detail_size - used, "; ");
    if (used >= detail_size) return;
    va_list arguments;
    va_start(arguments, form);
    vsnprintf(detail + used, detail_size - used, form, arguments);
    va_end(arguments);
}

void unit_troubles_tell(const struct unit_troubles *troubles, char *detail, size_t detail_size)
{
    if ((troubles->bits & TROUBLE_OVERSIZED) != 0) detail_add(detail, detail_size, "a unit of over %d bytes read in pieces", UNIT_BYTES_MAX);
    if ((troubles->bits & TROUBLE_LATE) != 0) detail_add(detail, detail_size, "a value of over %d bytes says whose it is behind what it holds", UNIT_BYTES_MAX);
    if (breaks_off(troubles)) detail_add(detail, detail_size, "%s", OBJECT_BREAKS_OFF);
    if (troubles->broken > 0) detail_add(detail, detail_size, "%llu unit%s read as text", (unsigned long long)troubles->broken, troubles->broken == 1 ? "" : "s");
    if (troubles->cut_off > 0)
        detail_add(detail, detail_size, "%llu unit%s the identifiers of the innermost enclosing levels alone",
                   (unsigned long long)troubles->cut_off, troubles->cut_off == 1 ? " inherits" : "s inherit");
}
