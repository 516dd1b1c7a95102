/* The sample of an object whose units become JSON: XML, listings.
 *
 * Shape    first bytes of the object -> objects of JSON, one behind the other
 */
#ifndef SAMPLE_MADE_H
#define SAMPLE_MADE_H

#include "../record/record_xml.h"
#include "../record/sniff.h"

/* Puts what is whole of the bytes as JSON behind what json has. *xml: NULL, or what an earlier call opened; the caller's to
 * close. Fails    FATAL: no memory. */
MUST_USE enum status sample_make_json(struct xml_reader **xml, struct span bytes, bool at_end, const struct layout *layout, struct bytes *json,
                                      struct fault *fault);

#endif
