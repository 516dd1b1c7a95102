/* location_uri.c: positions in the addresses of map services, and geo: addresses.
 *
 * Source     RFC 5870 (geo), 3.3 and 3.4; Android intents for ?q=; the services' own pages for links
 * confirmed  what such an address points to: one position an address
 * Refused    other reference systems; zero, zero
 */
#include "notation.h"

#include <string.h>

enum {
    URI_BYTES_MAX = 2048, /* of an address are looked at */
    HOST_BYTES_MAX = 64
};

static bool uri_byte(char byte)
{
    return (unsigned char)byte > ' ' && strchr("\"'<>`\\{}|^", byte) == NULL;
}

static size_t uri_end(struct span text, size_t index)
{
    size_t most = text.len - index > URI_BYTES_MAX ? index + URI_BYTES_MAX : text.len;
    while (index < most && uri_byte(text.at[index])) index++;
    return index;
}

static int hex_digit(char byte)
{
    if (notation_digit(byte)) return byte - '0';
    unsigned letter = ((unsigned char)byte | 0x20u) - (unsigned)'a';
    return letter < 6 ? (int)letter + 10 : -1;
}

/* Undoes "%2C"; "&amp;" of markup becomes '&'. */
static struct span uri_decode(struct span uri, char decoded[URI_BYTES_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < uri.len && len < URI_BYTES_MAX; i++) {
        int high = hex_digit(notation_byte(uri, i + 1)), low = hex_digit(notation_byte(uri, i + 2));
        bool escaped = uri.at[i] == '%' && high >= 0 && low >= 0;
        decoded[len++] = escaped ? (char)(high * 16 + low) : uri.at[i];
        if (escaped) i += 2;
        else if (notation_has(uri, i, "&amp;")) i += strlen("amp;");
    }
    return (struct span){decoded, len};
}

struct pair {
    struct coordinate first, second;
};

/* Two numbers with one of the marks between them, and nothing that goes on behind. */
static size_t pair_read(struct span text, size_t index, const char *marks, struct pair *pair)
{
    size_t end = notation_number(text, index, &pair->first);
    if (end == index || notation_byte(text, end) == '\0' || strchr(marks, text.at[end]) == NULL) return index;
    size_t second = end + 1;
    while (notation_byte(text, second) == '+' && notation_byte(text, second - 1) == ',') second++; /* ",+" for ", " */
    end = notation_number(text, second, &pair->second);
    char after = notation_byte(text, end);
    if (end == second || (notation_word(after) && after != 'z') || after == '.') return index;
    return end;
}

/* --- geo: ------------------------------------------------------------------------------------- */

static bool geo_trigger(struct span text, size_t at)
{
    return at >= 2 && notation_has(text, at - 2, "geo:") && (at == 2 || !notation_word(text.at[at - 3]));
}

static bool crs_is_wgs84(struct span uri, size_t index)
{
    const size_t len = strlen(";crs=");
    for (; index + len <= uri.len; index++)
        if (notation_has(uri, index, ";crs="))
            return notation_has(uri, index + len, "wgs84") && !notation_word(notation_byte(uri, index + len + 5));
    return true;
}

/* Android: "geo:0,0?q=lat,lon(label)". */
static void query_read(struct span uri, size_t index, struct pair *pair)
{
    struct pair asked;
    if (pair->first.value_e7 != 0 || pair->second.value_e7 != 0) return;
    for (; index + 3 < uri.len; index++)
        if ((uri.at[index] == '?' || uri.at[index] == '&') && notation_has(uri, index + 1, "q=")) {
            size_t value = index + 3;
            if (notation_has(uri, value, "loc:")) value += 4;
            if (pair_read(uri, value, ",", &asked) > value) *pair = asked;
            return;
        }
}

static size_t geo_find(struct notation_search *search, size_t at)
{
    enum { PAIR_BYTES_MAX = 128 };
    char decoded[URI_BYTES_MAX];
    size_t start = at - 2, left = search->text.len - start;
    struct pair pair;
    const size_t numbers = strlen("geo:");
    /* Most that is none is told from its beginning alone. */
    struct span head = {search->text.at + start, left < PAIR_BYTES_MAX ? left : PAIR_BYTES_MAX};
    if (start < search->taken || pair_read(uri_decode(head, decoded), numbers, ",", &pair) == numbers) return at + 1;
    size_t end = uri_end(search->text, start);
    struct span uri = uri_decode((struct span){search->text.at + start, end - start}, decoded);
    size_t behind = pair_read(uri, numbers, ",", &pair);
    if (behind == numbers) return at + 1;
    query_read(uri, behind, &pair);
    if (crs_is_wgs84(uri, behind)) notation_judge(search, start, end, pair.first, pair.second, GRADE_CONFIRMED);
    else notation_tell(search, start, end, REASON_OTHER_KIND, NULL);
    return end;
}

const struct notation notation_geo_uri = {"geo_uri", "RFC 5870, 3.3", "oO", ":", false, geo_trigger, geo_find};

/* --- map services ------------------------------------------------------------------------------- */

/* What stands in the host, or in a scheme of an application's own. */
struct service {
    const char *host;
    bool longitude_first;
};

static const struct service services[] = {
    {"google", false},        {"maps.apple.", false}, {"openstreetmap.", false}, {"osmand.", false},
    {"bing.", false},         {"waze", false},        {"here.com", false},       {"maps.gsi.go.jp", false},
    {"map.yahoo.", false},    {"navitime.", false},   {"yandex.", true},         {"amap.com", true},
};

/* The host, or the scheme where that is its own: where it starts and ends. */
static const struct service *service_of(struct span text, size_t at)
{
    size_t start = at, end = at + 1;
    while (start > 0 && at - start < HOST_BYTES_MAX && (notation_letter(text.at[start - 1]) || text.at[start - 1] == '.')) start--;
    while (notation_byte(text, end) == '/') end++;
    while (end < text.len && end - at < HOST_BYTES_MAX &&
           (notation_letter(text.at[end]) || notation_digit(text.at[end]) || text.at[end] == '.' || text.at[end] == '-'))
        end++;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        size_t len = strlen(services[i].host);
        for (size_t k = start; k + len <= end; k++)
            if (notation_has(text, k, services[i].host)) return &services[i];
    }
    return NULL;
}

static bool uri_trigger(struct span text, size_t at)
{
    bool scheme = notation_byte(text, at + 1) == '/' ? notation_byte(text, at + 2) == '/' : notation_has(text, at, ":q=");
    return scheme && service_of(text, at) != NULL;
}

static size_t uri_find_word(struct span uri, const char *word, size_t from)
{
    const char *at = from < uri.len ? memmem(uri.at + from, uri.len - from, word, strlen(word)) : NULL;
    return at == NULL ? uri.len : (size_t)(at - uri.at);
}

/* "!3dLAT!4dLON", the pin, the last one; "!2dLON!3dLAT" of an embedded map. */
static bool pin_read(struct span uri, struct pair *pair)
{
    bool found = false;
    for (size_t at = 0; (at = uri_find_word(uri, "!3d", at)) < uri.len; at++) {
        struct pair pin;
        size_t end = notation_number(uri, at + 3, &pin.first);
        if (end == at + 3 || !notation_has(uri, end, "!4d")) continue;
        if (notation_number(uri, end + 3, &pin.second) == end + 3) continue;
        *pair = pin;
        found = true;
    }
    for (size_t at = 0; !found && (at = uri_find_word(uri, "!2d", at)) < uri.len; at++) {
        size_t end = notation_number(uri, at + 3, &pair->second);
        if (end > at + 3 && notation_has(uri, end, "!3d"))
            found = notation_number(uri, end + 3, &pair->first) > end + 3;
    }
    return found;
}

static bool separator_before(struct span uri, size_t index)
{
    char before = index > 0 ? uri.at[index - 1] : '\0';
    return before == '?' || before == '&' || before == '#' || before == ':' || before == ';';
}

/* "key=LAT,LON"; a value may begin with "loc:". */
static bool keyed_pair_read(struct span uri, struct pair *pair)
{
    static const char *const keys[] = {"q=",     "query=", "ll=",        "mlat=",   "center=", "destination=", "daddr=",
                                       "saddr=", "sll=",   "viewpoint=", "pin=",    "cp=",     "map=",         "position="};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (size_t at = 0; (at = uri_find_word(uri, keys[i], at)) < uri.len; at++) {
            if (!separator_before(uri, at)) continue;
            size_t value = at + strlen(keys[i]);
            if (notation_has(uri, value, "loc:")) value += strlen("loc:");
            if (pair_read(uri, value, ",~", pair) > value) return true;
        }
    return false;
}

/* "lat=..&lon=..", "mlat=..&mlon=.." */
static bool keyed_axes_read(struct span uri, struct pair *pair)
{
    static const char *const keys[][2] = {{"mlat=", "mlon="}, {"lat=", "lon="}, {"lat=", "lng="}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t latitude = uri_find_word(uri, keys[i][0], 0), longitude = uri_find_word(uri, keys[i][1], 0);
        if (latitude == uri.len || longitude == uri.len) continue;
        if (!separator_before(uri, latitude) || !separator_before(uri, longitude)) continue;
        latitude += strlen(keys[i][0]);
        longitude += strlen(keys[i][1]);
        size_t latitude_end = notation_number(uri, latitude, &pair->first);
        size_t longitude_end = notation_number(uri, longitude, &pair->second);
        bool ended = notation_byte(uri, latitude_end) != '.' && notation_byte(uri, longitude_end) != '.';
        if (latitude_end > latitude && longitude_end > longitude && ended) return true;
    }
    return false;
}

/* "#map=Z/LAT/LON", "#Z/LAT/LON". */
static bool fragment_read(struct span uri, struct pair *pair)
{
    size_t at = uri_find_word(uri, "#", 0) + 1;
    struct coordinate zoom;
    if (notation_has(uri, at, "map=")) at += strlen("map=");
    size_t end = notation_number(uri, at, &zoom);
    return end > at && notation_byte(uri, end) == '/' && pair_read(uri, end + 1, "/", pair) > end + 1;
}

/* "/@LAT,LON,ZOOMz": what the screen showed. */
static bool screen_read(struct span uri, struct pair *pair)
{
    size_t at = uri_find_word(uri, "/@", 0);
    return at < uri.len && pair_read(uri, at + 2, ",", pair) > at + 2;
}

/* Where to go on behind an address without a position: at the last address within it, since each step through one made of
 * nothing else would look at all that follows. */
static size_t inner_link(struct span text, size_t at, size_t end)
{
    for (size_t last = end; last > at + 1; last--)
        if (text.at[last - 1] == ':' && notation_byte(text, last) == '/') return last - 1;
    return at + 1;
}

static size_t uri_find(struct notation_search *search, size_t at)
{
    char decoded[URI_BYTES_MAX];
    struct span text = search->text;
    size_t start = at;
    while (start > search->taken && (notation_letter(text.at[start - 1]) || text.at[start - 1] == '.')) start--;
    size_t end = uri_end(text, start);
    struct span uri = uri_decode((struct span){text.at + start, end - start}, decoded);
    struct pair pair;
    if (keyed_axes_read(uri, &pair)) {
        notation_judge(search, start, end, pair.first, pair.second, GRADE_CONFIRMED);
        return end;
    }
    bool keyed = false;
    if (!pin_read(uri, &pair) && !(keyed = keyed_pair_read(uri, &pair)) && !fragment_read(uri, &pair) && !screen_read(uri, &pair))
        return inner_link(text, at, end);
    if (keyed && service_of(text, at)->longitude_first)
        notation_judge(search, start, end, pair.second, pair.first, GRADE_CONFIRMED);
    else
        notation_judge(search, start, end, pair.first, pair.second, GRADE_CONFIRMED);
    return end;
}

const struct notation notation_uri = {"uri", "map services: the forms of their links", ":", "/q", false, uri_trigger, uri_find};
