#include "explain_steps.h"

#include <stdarg.h>
#include <stdio.h>

#include "../../detectors/checkdigit.h"
#include "../../detectors/custom_checksum.h"
#include "../../detectors/iccid.h"
#include "../../detectors/lookup.h"
#include "../../detectors/mac.h"
#include "../../detectors/slaac.h"
#include "../../detectors/uuid.h"
#include "../../detectors/value.h"
#include "../../detectors/vin.h"

struct steps {
    struct step *at;
    size_t count;
    bool labelled;
};

const char *step_result_name(enum step_result result)
{
    static const char *const names[] = {"holds", "fails", "open"};
    return names[result];
}

static enum step_result holds_if(bool holds)
{
    return holds ? STEP_HOLDS : STEP_FAILS;
}

__attribute__((format(printf, 5, 6))) static void add(struct steps *steps, const char *name, enum step_result result, const char *expected,
                                                      const char *format, ...)
{
    struct step *step = &steps->at[steps->count++];
    step->name = name;
    step->result = result;
    snprintf(step->expected, sizeof step->expected, "%s", expected);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(step->found, sizeof step->found, format, arguments);
    va_end(arguments);
}

static bool add_length(struct steps *steps, size_t length, bool holds, const char *expected)
{
    add(steps, "length", holds_if(holds), expected, "%zu", length);
    return holds;
}

/* Names the first character that is none of the alphabet; a byte beyond ASCII by its place alone. */
static bool add_alphabet(struct steps *steps, struct span text, const char *alphabet, const char *expected)
{
    size_t i = 0;
    while (i < text.len && text.at[i] != '\0' && strchr(alphabet, text.at[i]) != NULL) i++;
    if (i == text.len)
        add(steps, "alphabet", STEP_HOLDS, expected, "all %zu", text.len);
    else if (text.at[i] > ' ' && text.at[i] < 0x7F)
        add(steps, "alphabet", STEP_FAILS, expected, "%c at position %zu", text.at[i], i + 1);
    else
        add(steps, "alphabet", STEP_FAILS, expected, "another byte at position %zu", i + 1);
    return i == text.len;
}

static void add_check(struct steps *steps, const char *found, const char *expected)
{
    add(steps, "check digit", holds_if(strcmp(found, expected) == 0), expected, "%s", found);
}

static void add_computed(struct steps *steps, const char *expected)
{
    add(steps, "check digit", STEP_OPEN, expected, "not written");
}

/* The value in upper case without what groups it, as the kinds read it. */
static struct span compact(struct span value, const char *separators, char buffer[VALUE_SIZE])
{
    char clean_buffer[VALUE_SIZE], digits[VALUE_SIZE];
    uint32_t repeated;
    struct span clean = value_clean(value, clean_buffer, &repeated);
    size_t whole = value_exponent(clean, digits);
    if (whole > 0 && whole != SIZE_MAX) clean = (struct span){digits, whole};
    size_t count = 0;
    for (size_t i = 0; i < clean.len; i++) {
        char character = clean.at[i];
        if (strchr(separators, character) != NULL && character != '\0') continue;
        buffer[count++] = character >= 'a' && character <= 'z' ? (char)(character - 0x20) : character;
    }
    return (struct span){buffer, count};
}

static const char digit_alphabet[] = "0123456789", hex_alphabet[] = "0123456789ABCDEF";

/* ------------------------------------------------------------------ vehicles */

static void vin_digit_add(struct steps *steps, const char *vin, bool binds)
{
    char tried[VIN_LENGTH], expected[2] = "";
    memcpy(tried, vin, VIN_LENGTH);
    for (const char *digit = "0123456789X"; *digit != '\0'; digit++) {
        tried[8] = *digit;
        if (vin_check_digit_holds(tried)) expected[0] = *digit;
    }
    bool right = expected[0] == vin[8];
    add(steps, "check digit", right ? STEP_HOLDS : binds ? STEP_FAILS : STEP_OPEN, expected, "%c", vin[8]);
}

static void vin_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE], key[7];
    struct span vin = compact(value, " -", buffer);
    if (vin.len == VIN_LENGTH + 1 && vin.at[0] == 'I') vin.at++, vin.len--;
    if (!add_length(steps, vin.len, vin.len == VIN_LENGTH, "17") ||
        !add_alphabet(steps, vin, "ABCDEFGHJKLMNPRSTUVWXYZ0123456789", "digits, letters without I O Q"))
        return;
    bool digits = digits_only(vin.at + 13, 4);
    add(steps, "last four", holds_if(digits), "digits", "%.4s", vin.at + 13);
    if (!digits) return;
    unsigned region = region_of(vin.at);
    bool binds = (region & REGION_CHECK_DIGIT_BINDS) != 0;
    add(steps, "region", holds_if(region != 0), "allocated by ISO 3780", "%.2s, check digit %s", vin.at, binds ? "binds" : "does not bind");
    vin_wmi_key(vin.at, key);
    add(steps, "maker", wmi_known(vin.at) ? STEP_HOLDS : STEP_OPEN, "known", "%s", key);
    vin_digit_add(steps, vin.at, binds);
    int year = vin_model_year(vin.at);
    if (year == 0) add(steps, "model year", STEP_OPEN, "", "%c, no code of a year", vin.at[9]);
    else add(steps, "model year", binds ? STEP_HOLDS : STEP_OPEN, "", "%c, %d", vin.at[9], year);
}

static void frame_number_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span text = compact(value, " ", buffer);
    const char *hyphen = text.len > 0 ? memchr(text.at, '-', text.len) : NULL;
    if (hyphen == NULL) {
        add(steps, "form", STEP_OPEN, "PREFIX-SERIAL", "no hyphen");
        return;
    }
    size_t prefix = (size_t)(hyphen - text.at), width = text.len - prefix - 1;
    unsigned widths = frame_prefix_widths(text.at, prefix);
    add(steps, "prefix", widths != 0 ? STEP_HOLDS : STEP_OPEN, "known", "%.*s", prefix > 16 ? 16 : (int)prefix, text.at);
    char expected[STEP_TEXT_SIZE] = "5 to 7 digits";
    if (widths != 0)
        snprintf(expected, sizeof expected, "%s%s%sdigits", (widths >> 5 & 1) != 0 ? "5 " : "", (widths >> 6 & 1) != 0 ? "6 " : "",
                 (widths >> 7 & 1) != 0 ? "7 " : "");
    bool usual = width >= 5 && width <= 7, digits = digits_only(hyphen + 1, width);
    bool fits = usual && (widths == 0 || (widths >> width & 1) != 0);
    add(steps, "serial", digits && fits ? STEP_HOLDS : STEP_OPEN, expected, "%zu %s", width, digits ? "digits" : "characters");
}

/* ------------------------------------------------------------------ mobile networks */

static void imei_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span digits = compact(value, " -/.", buffer);
    bool fits = digits.len == 15 || (steps->labelled && digits.len >= 14 && digits.len <= 17);
    if (!add_length(steps, digits.len, fits, steps->labelled ? "14 to 17" : "15, under a label 14 to 17") ||
        !add_alphabet(steps, digits, digit_alphabet, "digits"))
        return;
    enum rbi body = rbi_status(digits.at);
    add(steps, "issuer", holds_if(body == RBI_KNOWN), "a reporting body of GSMA TS.06", "%.2s%s", digits.at, body == RBI_TEST ? ", test" : "");
    char right[2] = {luhn_digit(digits.at, 14), '\0'}, found[2] = {digits.at[14], '\0'};
    if (digits.len % 2 != 0) add_check(steps, found, right);
    else add_computed(steps, right);
}

static void iccid_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE], swapped[ICCID_LENGTH_MAX];
    struct span digits = compact(value, " -", buffer);
    size_t count = iccid_from_bcd(digits, swapped);
    if (count > 0) digits = (struct span){swapped, count};
    if (digits.len > 18 && digits.at[digits.len - 1] == 'F') digits.len--;
    if (!add_length(steps, digits.len, digits.len >= 18 && digits.len <= 20, "18 to 20") ||
        !add_alphabet(steps, digits, digit_alphabet, "digits"))
        return;
    add(steps, "industry", holds_if(memcmp(digits.at, "89", 2) == 0), "89", "%.2s", digits.at);
    bool known = e164_known(digits.at + 2);
    add(steps, "country", known ? STEP_HOLDS : steps->labelled ? STEP_OPEN : STEP_FAILS, "a calling code of ITU-T E.164", "%.3s", digits.at + 2);
    if (digits.len == 20 && !luhn_holds(digits.at, 20) && luhn_holds(digits.at, 19)) digits.len--;
    char right[2] = {luhn_digit(digits.at, digits.len - 1), '\0'}, found[2] = {digits.at[digits.len - 1], '\0'};
    add_check(steps, found, right);
}

static void imsi_steps(struct steps *steps, struct span value)
{
    static const char *const expected = "of ITU-T E.212";
    char buffer[VALUE_SIZE];
    struct span digits = compact(value, " -", buffer);
    if (!add_length(steps, digits.len, digits.len == 14 || digits.len == 15, "15, rarely 14") ||
        !add_alphabet(steps, digits, digit_alphabet, "digits"))
        return;
    struct network network = network_of(digits.at);
    add(steps, "country", holds_if(network.mnc_length > 0), expected, "%.3s%s", digits.at, network.test ? ", test networks" : "");
    if (network.mnc_length == 0) return;
    add(steps, "network", network.status == NETWORK_KNOWN ? STEP_HOLDS : network.status == NETWORK_NONE ? STEP_FAILS : STEP_OPEN, expected,
        "%.*s", (int)network.mnc_length, digits.at + 3);
}

static char hex_check_digit(const char *digits, size_t count)
{
    static const struct custom_checksum base_16 = {.type = CHECKSUM_LUHN_HEX};
    char tried[16];
    memcpy(tried, digits, count);
    for (const char *digit = hex_alphabet; *digit != '\0'; digit++) {
        tried[count] = *digit;
        if (custom_checksum_holds(&base_16, (struct span){tried, count + 1})) return *digit;
    }
    return '?';
}

static void meid_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span text = compact(value, " -.:", buffer);
    bool hex = text.len == 14 || text.len == 15, decimal = text.len == 18 || text.len == 19;
    if (!add_length(steps, text.len, hex || decimal, "14 hex or 18 decimal, and a check digit") ||
        !add_alphabet(steps, text, decimal ? digit_alphabet : hex_alphabet, decimal ? "digits" : "hex digits"))
        return;
    if (hex) {
        bool region = (text.at[0] >= 'A') || memcmp(text.at, "99", 2) == 0;
        add(steps, "region", holds_if(region), "A0 to FF, or 99", "%.2s", text.at);
    }
    size_t count = hex ? 14 : 18;
    bool base_10 = decimal || digits_only(text.at, count);
    char right[2] = {base_10 ? luhn_digit(text.at, count) : hex_check_digit(text.at, count), '\0'}, found[2] = {text.at[count], '\0'};
    if (text.len > count) add_check(steps, found, right);
    else add_computed(steps, right);
}

static void eid_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span digits = compact(value, " -", buffer);
    if (digits.len == 36 && memcmp(digits.at, "5A10", 4) == 0) digits.at += 4, digits.len -= 4;
    if (!add_length(steps, digits.len, digits.len == 32, "32") || !add_alphabet(steps, digits, digit_alphabet, "digits")) return;
    add(steps, "industry", memcmp(digits.at, "89", 2) == 0 ? STEP_HOLDS : STEP_OPEN, "89, free since SGP.29", "%.2s", digits.at);
    unsigned remainder = 0;
    for (int i = 0; i < 30; i++) remainder = (remainder * 10 + (unsigned)(digits.at[i] - '0')) % 97;
    char right[12], found[3] = {digits.at[30], digits.at[31], '\0'};
    snprintf(right, sizeof right, "%02u", 98 - remainder * 100 % 97);
    add_check(steps, found, right);
}

static void esn_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span text = compact(value, " -", buffer);
    if (!add_length(steps, text.len, text.len == 8 || text.len == 11, "8 hex or 11 decimal")) return;
    add_alphabet(steps, text, text.len == 8 ? hex_alphabet : digit_alphabet, text.len == 8 ? "hex digits" : "digits");
}

/* ------------------------------------------------------------------ addresses and UUIDs */

/* The address in the lowest 48 bits or in all 64. */
static void block_steps(struct steps *steps, uint64_t address, bool wide)
{
    uint64_t block = wide ? address >> 16 : address;
    bool local = mac_is_local(block), known = !local && oui_known(block);
    add(steps, "one device", holds_if(!mac_is_group(block)), "no group address", "%02X", (unsigned)(block >> 40 & 0xFF));
    add(steps, "issuer", known ? STEP_HOLDS : STEP_OPEN, "a block that IEEE assigned", "%06X%s", (unsigned)(block >> 24 & 0xFFFFFF),
        local ? ", made up locally" : "");
}

static void mac_steps(struct steps *steps, struct span value)
{
    uint64_t address;
    bool from_ip = slaac_mac_read(value, &address), form = from_ip || mac_read(value, true, &address);
    bool separated = from_ip || mac_read(value, false, &address);
    add(steps, "form", !form ? STEP_FAILS : separated || steps->labelled ? STEP_HOLDS : STEP_FAILS, "six octets, one separator throughout", "%s",
        from_ip ? "in an IPv6 address" : separated ? "six octets" : form ? "six octets, not separated so" : "another");
    if (form) block_steps(steps, address, false);
}

static void eui64_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    uint64_t address;
    struct span text = compact(value, " -.:", buffer);
    if (!add_length(steps, text.len, text.len == 16, "16 hex digits") || !add_alphabet(steps, text, hex_alphabet, "hex digits")) return;
    if (value_hex(text.at, text.len, &address)) block_steps(steps, address, true);
}

static void uuid_steps(struct steps *steps, struct span value, bool random_only)
{
    unsigned char octets[UUID_OCTETS];
    unsigned version;
    enum uuid_answer answer = uuid_read(value, octets, &version);
    add(steps, "form", holds_if(answer != UUID_OTHER_FORM), "8-4-4-4-12 hex digits", "%zu characters", value.len);
    if (answer == UUID_OTHER_FORM) return;
    unsigned variant = octets[8] >> 4;
    version = octets[6] >> 4;
    bool known = version >= 1 && version <= 8;
    add(steps, "somebody", holds_if(answer != UUID_NOBODY), "neither nil nor max", "%s", answer == UUID_NOBODY ? "one octet throughout" : "octets differ");
    add(steps, "version", random_only && known && version != 4 ? STEP_OPEN : holds_if(known), random_only ? "4" : "1 to 8", "%X", version);
    add(steps, "variant", holds_if(variant >> 2 == 2), "8 to B", "%X", variant);
    /* RFC 9562, 5.1 and 5.6: the address of the machine that made it, or random with the bit of groups. */
    if ((version == 1 || version == 6) && variant >> 2 == 2)
        add(steps, "node", STEP_OPEN, "", (octets[10] & 1) != 0 ? "%02x:%02x:%02x:%02x:%02x:%02x, random" : "MAC %02x:%02x:%02x:%02x:%02x:%02x", octets[10],
            octets[11], octets[12], octets[13], octets[14], octets[15]);
}

/* Numbers without a public form: so many characters, so many of them digits. */
static void number_steps(struct steps *steps, struct span value, const char *signs, size_t least, size_t most, size_t digits_least)
{
    char buffer[VALUE_SIZE], written[VALUE_SIZE], expected[STEP_TEXT_SIZE];
    struct span text = compact(value, "", buffer);
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) digits += text.at[i] >= '0' && text.at[i] <= '9';
    snprintf(expected, sizeof expected, "%zu to %zu", least, most);
    if (!add_length(steps, text.len, text.len >= least && text.len <= most, expected)) return;
    bool known = value_token(text, signs, 0, written, sizeof written) > 0;
    add(steps, "alphabet", holds_if(known), "letters, digits, . _ - and the like", "%s", known ? "all" : "others too");
    snprintf(expected, sizeof expected, "%zu at least", digits_least);
    add(steps, "digits", holds_if(digits >= digits_least), expected, "%zu", digits);
    add(steps, "checksum", STEP_OPEN, "", "none is known");
}

static void etc_obu_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span text = compact(value, " -", buffer);
    if (!add_length(steps, text.len, text.len == 19, "19") || !add_alphabet(steps, text, "0123456789", "digits")) return;
    add(steps, "somebody", holds_if(!all_equal(text.at, text.len)), "not one digit throughout", "%s", all_equal(text.at, text.len) ? "one digit" : "digits differ");
    add(steps, "checksum", STEP_OPEN, "", "none is published");
}

static void android_id_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span text = compact(value, "", buffer);
    if (!add_length(steps, text.len, text.len >= 14 && text.len <= 16, "14 to 16, padded with zeros")) return;
    (void)add_alphabet(steps, text, hex_alphabet, "hex digits");
}

static void msisdn_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span text = compact(value, " -./()", buffer);
    size_t prefix = text.len > 0 && text.at[0] == '+' ? 1 : text.len > 3 && memcmp(text.at, "011", 3) == 0 ? 3 : text.len > 2 && memcmp(text.at, "00", 2) == 0 ? 2 : 0;
    add(steps, "prefix", holds_if(prefix > 0), "+, 00 or 011", "%s", prefix > 0 ? "international" : "none");
    struct span number = {text.at + prefix, text.len - prefix};
    if (!add_alphabet(steps, number, "0123456789", "digits") || !add_length(steps, number.len, number.len >= 8 && number.len <= 15, "8 to 15")) return;
    add(steps, "issuer", holds_if(e164_known(number.at)), "a calling code of E.164", "%.3s...", number.at);
}

static void plate_steps(struct steps *steps, struct span value)
{
    char buffer[VALUE_SIZE];
    struct span text = compact(value, " ", buffer);
    size_t place = 0;
    for (size_t length = 1; length <= text.len; length++)
        if (plate_place_known(text.at, length)) place = length;
    add(steps, "place", place > 0 ? STEP_HOLDS : steps->labelled ? STEP_OPEN : STEP_FAILS, "of a registration office", "%.*s", place > 0 ? (int)place : 4,
        place > 0 ? text.at : "none");
    add(steps, "class", holds_if(place < text.len && text.at[place] >= '0' && text.at[place] <= '9'), "one to three digits or letters, then a kana", "%s",
        place < text.len && text.at[place] >= '0' && text.at[place] <= '9' ? "begins with a digit" : "another");
}

static void email_steps(struct steps *steps, struct span value)
{
    const char *sign = value.len == 0 ? NULL : memchr(value.at, '@', value.len);
    size_t local = sign == NULL ? 0 : (size_t)(sign - value.at), domain = sign == NULL ? 0 : value.len - local - 1;
    add(steps, "form", holds_if(sign != NULL && local > 0 && domain > 0), "name@domain", "%s", sign == NULL ? "no @" : "with @");
    if (sign != NULL) add(steps, "domain", holds_if(memchr(sign, '.', domain + 1) != NULL), "with a point", "%zu characters", domain);
}

size_t steps_list(enum kind kind, struct span value, bool labelled, struct step steps[STEPS_MAX])
{
    struct steps list = {steps, 0, labelled};
    switch (kind) {
    case KIND_VIN: vin_steps(&list, value); break;
    case KIND_FRAME_NUMBER: frame_number_steps(&list, value); break;
    case KIND_IMEI: imei_steps(&list, value); break;
    case KIND_ICCID: iccid_steps(&list, value); break;
    case KIND_IMSI: imsi_steps(&list, value); break;
    case KIND_MEID: meid_steps(&list, value); break;
    case KIND_EID: eid_steps(&list, value); break;
    case KIND_ESN: esn_steps(&list, value); break;
    case KIND_MAC: mac_steps(&list, value); break;
    case KIND_EUI64: eui64_steps(&list, value); break;
    case KIND_UUID: uuid_steps(&list, value, false); break;
    case KIND_ADVERTISING_ID: uuid_steps(&list, value, true); break;
    case KIND_PLATE: plate_steps(&list, value); break;
    case KIND_MSISDN: msisdn_steps(&list, value); break;
    case KIND_EMAIL: email_steps(&list, value); break;
    case KIND_ETC_OBU: etc_obu_steps(&list, value); break;
    case KIND_ANDROID_ID: android_id_steps(&list, value); break;
    case KIND_SERIAL: number_steps(&list, value, "._/-", 6, 40, 3); break;
    case KIND_TERMINAL_ID: number_steps(&list, value, "._-", 6, 32, 4); break;
    default: break;
    }
    bool needed = strcmp(detectors[kind]->chance, "label only") == 0;
    add(&list, "label", labelled ? STEP_HOLDS : needed ? STEP_FAILS : STEP_OPEN, needed ? "needed" : "", "%s", labelled ? "given" : "none");
    return list.count;
}
