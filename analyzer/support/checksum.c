#include "checksum.h"

/* The state is made and freed by the library, which knows its alignment. */
#include <xxhash.h>

static XXH3_state_t *state_of(struct checksum *checksum)
{
    return (XXH3_state_t *)(void *)checksum;
}

struct checksum *checksum_open(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (state != NULL) XXH3_64bits_reset(state);
    return (struct checksum *)(void *)state;
}

void checksum_close(struct checksum *checksum)
{
    XXH3_freeState(state_of(checksum));
}

void checksum_add(struct checksum *checksum, const char *bytes, size_t count)
{
    XXH3_64bits_update(state_of(checksum), bytes, count);
}

uint64_t checksum_value(const struct checksum *checksum)
{
    return XXH3_64bits_digest((const XXH3_state_t *)(const void *)checksum);
}
