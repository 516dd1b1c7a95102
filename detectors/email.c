/* email.c: e-mail addresses of customers and users.
 *
 * Source     RFC 5321, clause 4.1.2, without quoted local parts and addresses in brackets
 * confirmed  label and the full form, the last part of the domain letters or "xn--"
 * rejected   longer than a canonical form can be (TOO_LONG); without a label
 * sample     domains that RFC 2606 and RFC 6761 keep for examples and tests
 *
 * A linking key like a telephone number (msisdn.c): it tells whose a record is, but is no element of impact.csv, and a
 * unit that shows nothing else is no record. Capitals make no other address: the canonical form is in lower case.
 */
#include "packed.h"

#include <string.h>

enum { LOCAL_MAX = 64, LABEL_MAX = 63, LAST_LABEL_MIN = 2, ADDRESS_MAX = 254 };

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* "mailto:" and the brackets that stand around an address behind a name. */
static struct span address_of(struct span text)
{
    static const char scheme[] = "mailto:";
    if (text.len > 7 && strncasecmp(text.at, scheme, 7) == 0) return (struct span){text.at + 7, text.len - 7};
    const char *open = text.len > 2 && text.at[text.len - 1] == '>' ? memrchr(text.at, '<', text.len) : NULL;
    if (open == NULL) return text;
    return (struct span){open + 1, (size_t)(text.at + text.len - open) - 2};
}

/* Letters, digits and some signs; no point at an end or beside another. */
static bool local_holds(struct span local)
{
    if (local.len == 0 || local.len > LOCAL_MAX || local.at[0] == '.' || local.at[local.len - 1] == '.') return false;
    for (size_t i = 0; i < local.len; i++) {
        char c = local.at[i];
        if (c == '.' && local.at[i + 1] == '.') return false;
        if (c == '\0' || (!is_letter(c) && !is_digit(c) && strchr(".!#$%&'*+/=?^_`{|}~-", c) == NULL)) return false;
    }
    return true;
}

static bool label_holds(struct span label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.at[0] == '-' || label.at[label.len - 1] == '-') return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter(label.at[i]) && !is_digit(label.at[i]) && label.at[i] != '-') return false;
    return true;
}

static bool domain_holds(struct span domain)
{
    size_t from = 0, labels = 0;
    struct span label = {domain.at, 0};
    for (size_t i = 0; i <= domain.len; i++) {
        if (i < domain.len && domain.at[i] != '.') continue;
        label = (struct span){domain.at + from, i - from};
        if (!label_holds(label)) return false;
        labels++;
        from = i + 1;
    }
    return labels >= 2 && label.len >= LAST_LABEL_MIN && is_letter(label.at[0]);
}

/* Domains in lower case: what they end in, or are. */
static bool domain_is_sample(const char *domain, size_t len)
{
    static const char *const ends[] = {".example", ".test", ".invalid", ".localhost", ".example.com", ".example.net",
                                       ".example.org", ".example.jp", ".example.co.jp"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);
        if (len >= end && memcmp(domain + len - end, ends[i], end) == 0) return true;
        if (len == end - 1 && memcmp(domain, ends[i] + 1, len) == 0) return true;
    }
    return false;
}

static void email_check(const struct candidate *candidate, struct verdict *verdict)
{
    struct span text = address_of(candidate->text);
    const char *at = text.len <= ADDRESS_MAX ? memrchr(text.at, '@', text.len) : NULL;
    size_t local = at != NULL ? (size_t)(at - text.at) : 0;
    if (at == NULL || !local_holds((struct span){text.at, local}) ||
        !domain_holds((struct span){at + 1, text.len - local - 1})) {
        verdict_reject(verdict, REASON_FORM);
    } else if (!candidate->labelled) {
        verdict_reject(verdict, REASON_UNLABELLED);
    } else if (text.len >= IDENTIFIER_SIZE) {
        verdict_reject(verdict, REASON_TOO_LONG);
    } else {
        char canonical[IDENTIFIER_SIZE];
        for (size_t i = 0; i < text.len; i++) {
            char c = text.at[i];
            canonical[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
        verdict->grade = GRADE_CONFIRMED;
        verdict->reason = REASON_NONE;
        verdict->sample = domain_is_sample(canonical + local + 1, text.len - local - 1);
        verdict->length = identifier_pack(KIND_EMAIL, canonical, text.len, verdict->packed, &verdict->packing);
    }
}

const struct detector detector_email = {
    .name = "email",
    .column = "other_ids",
    .element = ELEMENT_NONE,
    .source = "RFC 5321, 4.1.2; RFC 2606",
    .checksum = "none",
    .chance = "label only",
    .pattern = NULL,
    .check = email_check,
};
