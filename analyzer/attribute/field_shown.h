/* What is shown of the names and the values of fields, which are evidence: enough to know a field again, never a value.
 *
 * Names    as they stand, but for components that may be values themselves (objects keyed by a VIN): these are shown as
 *          shapes. Bytes that are no UTF-8 are escaped
 * Shapes   '9' for a digit, 'A' and 'a' for letters, 'x' for a character beyond ASCII, signs as they are; runs of the same
 *          are written 9{15}, long shapes are cut
 * Threads  pure
 */
#ifndef FIELD_SHOWN_H
#define FIELD_SHOWN_H

#include <stdbool.h>

#include "../../detectors/detector.h"

enum { FIELD_NAME_SIZE = 160, FIELD_SHAPE_SIZE = 48 };

/* Writes a name; components stand between dots, unless the whole is one. Returns whether nothing of it was hidden or cut. */
bool field_show_name(struct span name, bool one_component, char shown[FIELD_NAME_SIZE]);

/* Writes the shape of a value. */
void field_show_shape(struct span value, char shown[FIELD_SHAPE_SIZE]);

#endif
