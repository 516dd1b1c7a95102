/* slaac.c: IPv6 addresses whose last 64 bits are a MAC.
 *
 *     MAC           aa     bb:cc     dd:ee:ff
 *     identifier    aa^02  bb:cc ff:fe dd:ee:ff
 */
#include "slaac.h"

enum { GROUPS = 8, GROUP_DIGITS_MAX = 4, IDENTIFIER_GROUPS = 4, LENGTH_MAX = GROUPS * (GROUP_DIGITS_MAX + 1) };

static int hex_value(char character)
{
    if (character >= '0' && character <= '9') return character - '0';
    char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static struct span surroundings_strip(struct span text)
{
    if (text.len > 0 && text.at[0] == '[') {
        text.at++, text.len--;
        const char *at = text.at;
        for (size_t i = 0; i < text.len; i++)
            if (at[i] == ']') return (struct span){at, i};
    }
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == '%' || text.at[i] == '/') return (struct span){text.at, i};
    return text;
}

/* One group from *at on; false where none stands there. */
static bool group_take(struct span text, size_t *at, unsigned *group)
{
    size_t from = *at;
    *group = 0;
    while (*at < text.len && hex_value(text.at[*at]) >= 0) *group = *group << 4 | (unsigned)hex_value(text.at[(*at)++]);
    return *at > from && *at - from <= GROUP_DIGITS_MAX;
}

/* Groups in their places, those that "::" stands for as zeros. */
static bool groups_read(struct span text, unsigned groups[GROUPS])
{
    unsigned read[GROUPS];
    size_t count = 0, gap = SIZE_MAX, at = 0;
    while (at < text.len) {
        if (at + 1 < text.len && text.at[at] == ':' && text.at[at + 1] == ':' && gap == SIZE_MAX) {
            gap = count;
            at += 2;
            if (at == text.len) break;
        } else if (count > 0) {
            if (text.at[at++] != ':') return false;
        }
        if (count == GROUPS || !group_take(text, &at, &read[count++])) return false;
    }
    if (gap == SIZE_MAX ? count != GROUPS : count >= GROUPS) return false;
    for (size_t i = 0; i < GROUPS; i++) {
        size_t zeros = GROUPS - count;
        groups[i] = gap == SIZE_MAX || i < gap ? read[i] : i < gap + zeros ? 0 : read[i - zeros];
    }
    return true;
}

bool slaac_mac_read(struct span text, uint64_t *address)
{
    const unsigned local = 0x0200, group = 0x0100, multicast = 0xFF00;
    unsigned groups[GROUPS];
    if (!groups_read(surroundings_strip(text), groups) || (groups[0] & multicast) == multicast) return false;
    const unsigned *own = groups + GROUPS - IDENTIFIER_GROUPS;
    unsigned first = own[0] ^ local;
    if ((own[1] & 0xFF) != 0xFF || own[2] >> 8 != 0xFE || (first & (local | group)) != 0) return false;
    *address = (uint64_t)first << 32 | (uint64_t)(own[1] >> 8) << 24 | (uint64_t)(own[2] & 0xFF) << 16 | own[3];
    return true;
}

static bool of_address(char character)
{
    return character == ':' || hex_value(character) >= 0;
}

static bool of_word(char character)
{
    return (character >= '0' && character <= '9') || ((character | 0x20) >= 'a' && (character | 0x20) <= 'z');
}

bool slaac_find(struct span text, size_t colon, struct span *address)
{
    size_t begin = colon, end = colon;
    uint64_t mac;
    while (begin > 0 && colon - begin < LENGTH_MAX && of_address(text.at[begin - 1])) begin--;
    while (end < text.len && end - colon < LENGTH_MAX && of_address(text.at[end])) end++;
    if (end < text.len && of_word(text.at[end])) return false;
    if (text.at[end - 1] == ':') end--; /* of the sentence */
    /* What stands before it can end in a colon too, "addr:fe80::..". */
    for (size_t from = begin; from < colon; from++) {
        bool begins = from == 0 || !of_word(text.at[from - 1]);
        *address = (struct span){text.at + from, end - from};
        if (begins && slaac_mac_read(*address, &mac)) return true;
    }
    return false;
}
