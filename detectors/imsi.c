/* imsi.c: identities of mobile subscribers.
 *
 * Source     ITU-T E.212; 3GPP TS 23.003, clause 2.2
 * confirmed  label, 15 digits, known pair of country (MCC) and network (MNC)
 * likely     label, 15 digits, known country; label, 14 digits, known pair
 * possible   label, 14 digits, known country; label, a network code that the country does not have
 * rejected   no such country; 15 digits without label are an IMEI or nothing
 *
 * The table of networks is complete for some countries only: elsewhere a pair that is missing in it is not
 * wrong. Numbers of the test networks (MCC 001 and 999) are samples.
 */
#include "imsi.h"

#include "lookup.h"
#include "packed.h"
#include "value.h"

enum { MCC_LENGTH = 3, SHORT_LENGTH = 14 };

/* EF_IMSI of the card (3GPP TS 31.102, 4.2.2): length 8, then pairs of swapped digits, the first of which is 9 where
 * 15 digits follow and 1 where 14 do and a filler. */
static size_t digits_from_bcd(struct span text, char digits[IMSI_LENGTH_MAX])
{
    enum { BCD_LENGTH = 18, HEADER_LENGTH = 2 };
    if (text.len != BCD_LENGTH || text.at[0] != '0' || text.at[1] != '8') return 0;
    const char *swapped = text.at + HEADER_LENGTH;
    for (size_t i = 0; i < IMSI_LENGTH_MAX; i++) digits[i] = swapped[(i + 1) ^ 1];
    bool filled = digits[IMSI_LENGTH_MAX - 1] == 'F' || digits[IMSI_LENGTH_MAX - 1] == 'f';
    return swapped[1] == (filled ? '1' : '9') ? IMSI_LENGTH_MAX - filled : 0;
}

static size_t digits_gather(struct span text, char digits[IMSI_LENGTH_MAX])
{
    size_t decoded = digits_from_bcd(text, digits);
    if (decoded > 0) return digits_only(digits, decoded) ? decoded : 0;
    size_t count = value_compact(text, " -", digits, IMSI_LENGTH_MAX);
    return count > IMSI_LENGTH_MAX || !digits_only(digits, count) ? 0 : count;
}

static void accept(struct verdict *verdict, const char *digits, size_t count, const struct network *network)
{
    bool whole = count == IMSI_LENGTH_MAX, pair = network->status == NETWORK_KNOWN;
    verdict->grade = network->status == NETWORK_NONE ? GRADE_POSSIBLE
                     : pair && whole                      ? GRADE_CONFIRMED
                     : pair || whole                      ? GRADE_LIKELY
                                                          : GRADE_POSSIBLE;
    verdict->reason = network->status == NETWORK_NONE ? REASON_ISSUER : REASON_NONE;
    verdict->length = identifier_pack(KIND_IMSI, digits, count, verdict->packed, &verdict->packing);
    verdict->sample = network->test || sample_known(KIND_IMSI, digits, count);
}

static void imsi_check(const struct candidate *candidate, struct verdict *verdict)
{
    char digits[IMSI_LENGTH_MAX];
    size_t count = digits_gather(candidate->text, digits);
    if (count < SHORT_LENGTH) {
        verdict_reject(verdict, REASON_FORM);
        return;
    }
    struct network network = network_of(digits);
    if (!candidate->labelled)
        verdict_reject(verdict, network.mnc_length > 0 ? REASON_UNLABELLED : REASON_FORM);
    else if (all_equal(digits, count))
        verdict_reject(verdict, REASON_PLACEHOLDER);
    else if (network.mnc_length == 0)
        verdict_reject(verdict, REASON_ISSUER);
    else
        accept(verdict, digits, count, &network);
}

unsigned imsi_mnc_length(const char *digits)
{
    return network_of(digits).mnc_length;
}

const struct detector detector_imsi = {
    .name = "imsi",
    .column = "imsis",
    .element = ELEMENT_NET,
    .source = "ITU-T E.212; 3GPP TS 23.003, 2.2",
    .checksum = "none; country and network codes",
    .chance = "label only",
    .pattern = NULL,
    .check = imsi_check,
};
