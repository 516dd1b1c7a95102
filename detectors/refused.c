#include "refused.h"

#include "packed.h"
#include "value.h"

bool refused_keep(struct span value, enum kind kind, struct verdict *verdict)
{
    char buffer[VALUE_SIZE], kept[IDENTIFIER_SIZE];
    uint32_t label;
    if (verdict->reason != REASON_CHECK_DIGIT && verdict->reason != REASON_ISSUER) return false;
    struct span clean = value_clean(value, buffer, &label);
    size_t length = 0;
    for (size_t i = 0; i < clean.len; i++) {
        char byte = clean.at[i];
        if (byte == ' ' || byte == '-' || byte == ':' || byte == '.' || byte == '/') continue;
        bool letter = (unsigned char)((byte | 0x20) - 'a') < 26;
        if ((!letter && (unsigned char)(byte - '0') > 9) || length == IDENTIFIER_SIZE - 1) return false;
        kept[length++] = letter ? (char)(byte & ~0x20) : byte;
    }
    if (length == 0) return false;
    verdict->grade = GRADE_POSSIBLE;
    verdict->sample = false;
    verdict->length = identifier_pack((uint8_t)kind, kept, length, verdict->packed, &verdict->packing);
    return true;
}
