/* The canonical form of what a check refuses although it has the form of its kind: for its check digit, or its issuer. Whoever has
 * such a value on a list of his own knows better; two that are written alike are one.
 *
 * Threads  any number at once
 */
#ifndef REFUSED_H
#define REFUSED_H

#include "detectors.h"

/* Letters in upper case and digits, without what groups them, as a possible one of the kind. False: the verdict is not such a
 * refusal, or other characters stand there; then it is as it was. */
bool refused_keep(struct span value, enum kind kind, struct verdict *verdict);

#endif
