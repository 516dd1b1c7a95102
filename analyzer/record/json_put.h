/* JSON put together in memory, for formats that are read as if they were JSON. All give false where there is no memory. */
#ifndef JSON_PUT_H
#define JSON_PUT_H

#include "../../detectors/detector.h"
#include "../support/bytes.h"

bool json_put_raw(struct bytes *json, const char *text, size_t length);

/* A text in quotes, with what must be escaped. */
bool json_put_string(struct bytes *json, struct span text);

/* A comma where something stands before in the same object; then a name and a colon. */
bool json_put_name(struct bytes *json, struct span name);

bool json_put_member(struct bytes *json, struct span name, struct span text);

#endif
