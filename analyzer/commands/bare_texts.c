#include "bare_texts.h"

#include <assert.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../support/hash.h"

static uint32_t slot_of(struct span text)
{
    uint64_t first = eight_load(text.at), last = first;
    if (text.len < 8) last = first &= (UINT64_C(1) << 8 * text.len) - 1;
    else last = eight_load(text.at + text.len - 8);
    return (uint32_t)(hash_fold(first ^ UINT64_C(0xa0761d6478bd642f), last ^ UINT64_C(0xe7037ed1a0b428db) ^ text.len) % BARE_TEXTS);
}

struct bare_text *bare_text_find(struct bare_texts *texts, struct span text)
{
    assert(text.len > 0 && text.len <= BARE_TEXT_MAX);
    struct bare_text *found = &texts->texts[slot_of(text)];
    if (found->length == text.len && memcmp(found->bytes, text.at, text.len) == 0) {
        if (found->state == BARE_NEW) found->state = BARE_MET;
        return found;
    }
    found->state = BARE_NEW;
    found->length = (uint8_t)text.len;
    memcpy(found->bytes, text.at, text.len);
    return found;
}

void bare_texts_judge(struct bare_texts *texts, uint64_t rules)
{
    if (texts->judged_by == rules) return;
    texts->judged_by = rules;
    for (unsigned i = 0; i < BARE_TEXTS; i++) texts->texts[i].length = 0;
}
