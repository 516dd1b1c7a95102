/* tables.c: finds things in the compiled-in reference tables. */
#include "lookup.h"

#include "tables.h"

static unsigned code_of(char character)
{
    return vin_codes[(unsigned char)character];
}

static bool six_known(const char *vin)
{
    uint32_t key = 1 + ((((code_of(vin[0]) * VIN_ALPHABET_SIZE + code_of(vin[1])) *
                              VIN_ALPHABET_SIZE + code_of(vin[11])) * VIN_ALPHABET_SIZE +
                         code_of(vin[12])) * VIN_ALPHABET_SIZE + code_of(vin[13]));
    uint32_t slot = hash_slot(key, WMI_SIX_BITS);
    while (wmi_six[slot] != 0) {
        if (wmi_six[slot] == key) return true;
        slot = (slot + 1) & ((1u << WMI_SIX_BITS) - 1);
    }
    return false;
}

bool wmi_known(const char *vin)
{
    unsigned index = (code_of(vin[0]) * VIN_ALPHABET_SIZE + code_of(vin[1])) * VIN_ALPHABET_SIZE +
                     code_of(vin[2]);
    if (index < WMI_COUNT && (wmi_three[index / 64] >> (index % 64) & 1) != 0) return true;
    return vin[2] == '9' && six_known(vin);
}

unsigned region_of(const char *vin)
{
    unsigned index = code_of(vin[0]) * VIN_ALPHABET_SIZE + code_of(vin[1]);
    return index < REGION_COUNT ? region_flags[index] : 0;
}

int model_year_of(char code)
{
    return model_years[(unsigned char)code];
}

unsigned frame_prefix_widths(const char *prefix, size_t prefix_len)
{
    if (prefix_len > FRAME_PREFIX_MAX) return 0;
    uint64_t key = frame_prefix_key(prefix, prefix_len);
    uint32_t slot = hash_slot(key, FRAME_BITS);
    while (frame_prefixes[slot] != 0) {
        if ((frame_prefixes[slot] & FRAME_PREFIX_MASK) == key)
            return (unsigned)(frame_prefixes[slot] >> 56);
        slot = (slot + 1) & ((1u << FRAME_BITS) - 1);
    }
    return 0;
}

enum rbi rbi_status(const char *digits)
{
    unsigned index = (unsigned)(digits[0] - '0') * 10 + (unsigned)(digits[1] - '0');
    return index < 100 ? (enum rbi)rbi_statuses[index] : RBI_UNKNOWN;
}

bool e164_known(const char *digits)
{
    unsigned index = (unsigned)(digits[0] - '0') * 100 + (unsigned)(digits[1] - '0') * 10 +
                     (unsigned)(digits[2] - '0');
    return index < 1000 && (calling_codes[index / 64] >> (index % 64) & 1) != 0;
}

static uint32_t network_find(uint32_t key)
{
    for (uint32_t slot = hash_slot(key >> 1, NETWORK_BITS); networks[slot] != 0; slot = (slot + 1) & ((1u << NETWORK_BITS) - 1))
        if (networks[slot] >> 1 == key >> 1) return networks[slot];
    return 0;
}

/* Where a country has codes of both lengths, the one that is known tells. */
struct network network_of(const char *digits)
{
    unsigned numbers[2]; /* country, then network code of two digits */
    numbers[0] = (unsigned)(digits[0] - '0') * 100 + (unsigned)(digits[1] - '0') * 10 + (unsigned)(digits[2] - '0');
    numbers[1] = (unsigned)(digits[3] - '0') * 10 + (unsigned)(digits[4] - '0');
    struct network network = {0};
    unsigned lengths = numbers[0] < 1000 ? mcc_lengths[numbers[0]] : 0;
    uint32_t two = network_find(network_key(numbers[0], numbers[1], 2));
    uint32_t three = network_find(network_key(numbers[0], numbers[1] * 10 + (unsigned)(digits[5] - '0'), 3));
    bool mixed = (lengths & MCC_MIXED) != 0;
    unsigned length = lengths & MCC_LENGTH_BITS;
    if (mixed && (two != 0 || three != 0)) length = three != 0 ? 3 : 2;
    uint32_t found = length == 3 ? three : length == 2 ? two : 0;
    network.mnc_length = (uint8_t)length;
    bool none = found != 0 ? (found & NETWORK_WITHDRAWN_BIT) != 0 : (lengths & MCC_COMPLETE) != 0;
    network.status = none ? NETWORK_NONE : found != 0 ? NETWORK_KNOWN : NETWORK_UNKNOWN;
    network.test = (lengths & MCC_TEST) != 0;
    return network;
}

bool oui_known(uint64_t address)
{
    uint32_t six = (uint32_t)(address >> 24) + 1, slot_first = hash_slot(six, OUI_BITS);
    /* Most stand in one of four slots; in which cannot be foreseen. */
    bool near = false;
    for (uint32_t i = 0; i < 4; i++) near |= oui_six[(slot_first + i) & ((1u << OUI_BITS) - 1)] == six;
    if (near) return true;
    for (uint32_t slot = slot_first; oui_six[slot] != 0; slot = (slot + 1) & ((1u << OUI_BITS) - 1))
        if (oui_six[slot] == six) return true;

    uint32_t seven = (uint32_t)(address >> 20) + 1;
    for (uint32_t slot = hash_slot(seven, OUI_SEVEN_BITS); oui_seven[slot] != 0;
         slot = (slot + 1) & ((1u << OUI_SEVEN_BITS) - 1))
        if (oui_seven[slot] == seven) return true;

    uint64_t nine = (address >> 12) + 1;
    for (uint32_t slot = hash_slot(nine, OUI_NINE_BITS); oui_nine[slot] != 0;
         slot = (slot + 1) & ((1u << OUI_NINE_BITS) - 1))
        if (oui_nine[slot] == nine) return true;
    return false;
}

bool plate_place_known(const char *name, size_t length)
{
    char padded[PLATE_PLACE_MAX] = {0};
    if (length == 0 || length > PLATE_PLACE_MAX) return false;
    memcpy(padded, name, length);
    for (uint32_t slot = place_slot(padded); plate_places[slot].name[0] != '\0'; slot = (slot + 1) & ((1u << PLATE_PLACE_BITS) - 1))
        if (memcmp(plate_places[slot].name, padded, PLATE_PLACE_MAX) == 0) return true;
    return false;
}

static __attribute__((noinline)) bool sample_found(enum kind kind, const char *canonical, size_t length, uint32_t slot)
{
    for (; sample_entries[slot].length != 0; slot = (slot + 1) & ((1u << SAMPLE_BITS) - 1)) {
        const struct sample_entry *entry = &sample_entries[slot];
        if (entry->kind == kind && entry->length == length &&
            memcmp(entry->text, canonical, length) == 0)
            return true;
    }
    return false;
}

bool sample_known(enum kind kind, const char *canonical, size_t length)
{
    uint32_t mark = sample_mark(kind, canonical, length);
    /* Hardly any mark is set, so that nearly nothing is looked for in vain. */
    return (sample_marks[mark / 64] >> mark % 64 & 1) != 0 && sample_found(kind, canonical, length, sample_slot(mark));
}

bool sample_mac_known(uint64_t address)
{
    bool known = false; /* hardly ever: no range is worth a branch */
    for (size_t i = 0; i < sizeof sample_macs / sizeof *sample_macs; i++)
        known |= address - sample_macs[i].first <= sample_macs[i].last - sample_macs[i].first;
    return known;
}
