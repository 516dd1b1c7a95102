#include "pattern_shape.h"

#include <string.h>

enum { RARE_BITS = 10 }; /* windows that fit more often than once in so many doublings are not worth it */

/* Between two numbers of bytes. */
struct range {
    size_t min, max;
};

/* How far into its first two runs of letters and digits a piece can come: it ends in the first, in the second (behind one
 * byte of another kind), or behind both. Some pieces can do several of these. */
enum reach { REACH_FIRST, REACH_SECOND, REACH_BEYOND, REACH_COUNT };

struct way {
    bool is;
    struct range first, second;
};

struct head {
    struct way to[REACH_COUNT];
    struct byte_set bytes, after; /* of the first run; the byte behind it */
};

/* What is known of a piece of the pattern. */
struct piece {
    struct head head;
    size_t ways; /* in which it can be tried at one place, about */
    size_t min, max;
    bool word;
    struct byte_set first; /* where it is not empty */
    struct byte_set next;  /* behind the first, where there is more */
    char best[PATTERN_LITERAL_MAX];
    size_t best_length;
    struct window window;
    int rarity; /* of the window */
    int only;    /* the one byte that it is, or -1 */
    bool single; /* it is one byte out of first */
};

struct reader {
    const char *at, *end;
    int depth;
    bool caseless; /* letters mean both cases, somewhere */
    bool lost; /* something was not understood */
};

static bool has(const struct byte_set *set, unsigned byte)
{
    return (set->bits[byte / 8] >> byte % 8 & 1) != 0;
}

static void put(struct byte_set *set, unsigned byte)
{
    set->bits[byte / 8] = (uint8_t)(set->bits[byte / 8] | 1u << byte % 8);
}

static bool is_letter(unsigned byte)
{
    return (byte | 0x20) - 'a' < 26;
}

static bool is_digit(unsigned byte)
{
    return byte - '0' < 10;
}

/* The other case of letters too, where the pattern says anywhere that it is the same. */
static void put_cased(struct byte_set *set, unsigned byte, bool caseless)
{
    put(set, byte);
    if (caseless && is_letter(byte)) put(set, byte ^ 0x20);
}

static void put_range(struct byte_set *set, unsigned from, unsigned to, bool caseless)
{
    for (unsigned byte = from; byte <= to; byte++) put_cased(set, byte, caseless);
}

static void put_all(struct byte_set *set)
{
    memset(set->bits, 0xFF, sizeof set->bits);
}

static void join(struct byte_set *set, const struct byte_set *more)
{
    for (size_t i = 0; i < sizeof set->bits; i++) set->bits[i] |= more->bits[i];
}

static size_t add(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t times(size_t a, size_t b)
{
    if (a == 0 || b == 0) return 0;
    return a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

/* ------------------------------------------------------------------ how it begins */

static struct range range_add(struct range one, struct range other)
{
    return (struct range){add(one.min, other.min), add(one.max, other.max)};
}

static struct range range_hull(struct range one, struct range other)
{
    return (struct range){one.min < other.min ? one.min : other.min, one.max > other.max ? one.max : other.max};
}

static struct head head_empty(void)
{
    return (struct head){.to = {[REACH_FIRST] = {.is = true}}};
}

/* One byte out of a set. */
static struct head head_of_set(const struct byte_set *set)
{
    struct head head = {.to = {{.is = false}}};
    for (unsigned byte = 0; byte < 256; byte++) {
        if (!has(set, byte)) continue;
        bool alnum = is_letter(byte) || is_digit(byte);
        put(alnum ? &head.bytes : &head.after, byte);
        if (alnum) head.to[REACH_FIRST] = (struct way){true, {1, 1}, {0, 0}};
        else head.to[REACH_SECOND].is = true;
    }
    return head;
}

static void way_add(struct way *way, struct range first, struct range second)
{
    way->first = way->is ? range_hull(way->first, first) : first;
    way->second = way->is ? range_hull(way->second, second) : second;
    way->is = true;
}

static struct head head_either(const struct head *one, const struct head *other)
{
    struct head head = *one;
    for (int i = 0; i < REACH_COUNT; i++)
        if (other->to[i].is) way_add(&head.to[i], other->to[i].first, other->to[i].second);
    join(&head.bytes, &other->bytes);
    join(&head.after, &other->after);
    return head;
}

static struct head head_then(const struct head *one, const struct head *next)
{
    struct head head = {.to = {{.is = false}}, .bytes = one->bytes, .after = one->after};
    const struct way *first = &one->to[REACH_FIRST], *second = &one->to[REACH_SECOND], *beyond = &one->to[REACH_BEYOND];
    for (int i = 0; i < REACH_COUNT; i++) {
        const struct way *way = &next->to[i];
        if (!way->is) continue;
        if (first->is) way_add(&head.to[i], range_add(first->first, way->first), way->second);
        if (second->is) way_add(&head.to[i == REACH_FIRST ? REACH_SECOND : REACH_BEYOND], second->first, range_add(second->second, way->first));
    }
    if (beyond->is) way_add(&head.to[REACH_BEYOND], beyond->first, beyond->second);
    if (first->is) join(&head.bytes, &next->bytes), join(&head.after, &next->after);
    return head;
}

/* So many times one after another. What comes more than a few times and is not of letters and digits alone has no bounds. */
static struct head head_repeated(const struct head *one, size_t min, size_t max)
{
    enum { TIMES_MAX = 4 };
    struct head head = head_empty(), some = head_empty();
    if (max == 0) return head;
    if (!one->to[REACH_SECOND].is && !one->to[REACH_BEYOND].is) {
        const struct range *length = &one->to[REACH_FIRST].first;
        head = *one;
        head.to[REACH_FIRST].first = (struct range){times(length->min, min), times(length->max, max)};
        return head;
    }
    for (size_t i = 0; i < min && i < TIMES_MAX; i++) some = head_then(&some, one);
    head = some;
    for (size_t i = min; i < max && i < min + TIMES_MAX; i++) {
        some = head_then(&some, one);
        head = head_either(&head, &some);
    }
    for (int i = 0; i < REACH_COUNT && (min > TIMES_MAX || max - min > TIMES_MAX); i++) head.to[i].first.max = head.to[i].second.max = SIZE_MAX;
    return head;
}

/* In how many ways a piece is tried that comes between min and max times. */
static size_t ways_repeated(size_t ways, size_t min, size_t max)
{
    enum { WITHOUT_BOUND = 64 };
    size_t all = max == SIZE_MAX ? WITHOUT_BOUND : max - min + 1;
    if (ways <= 1) return all;
    if (max == SIZE_MAX) return SIZE_MAX;
    for (size_t i = 0; i < max && all < SIZE_MAX; i++) all = times(all, ways);
    return all;
}

/* ------------------------------------------------------------------ reading */

static bool is_word_set(const struct byte_set *set)
{
    for (unsigned byte = 0; byte < 256; byte++)
        if (has(set, byte) && !is_letter(byte) && !is_digit(byte)) return false;
    return true;
}

static struct piece piece_of_set(const struct byte_set *set)
{
    return (struct piece){.min = 1, .max = 1, .word = is_word_set(set), .first = *set, .only = -1, .single = true,
                          .head = head_of_set(set), .ways = 1};
}

static struct piece piece_of_byte(unsigned byte, bool caseless)
{
    struct byte_set set = {{0}};
    put_cased(&set, byte, caseless);
    struct piece piece = piece_of_set(&set);
    piece.only = is_letter(byte) ? (int)(byte | 0x20) : (int)byte;
    return piece;
}

static struct piece piece_empty(void)
{
    return (struct piece){.word = true, .only = -1, .head = head_empty(), .ways = 1};
}

static struct piece lose(struct reader *reader)
{
    reader->lost = true;
    reader->at = reader->end;
    return piece_empty();
}

/* \d and its like as a set; false: no such class. */
static bool escape_class(char letter, struct byte_set *set)
{
    switch (letter) {
    case 'd': put_range(set, '0', '9', false); return true;
    case 'w': put_range(set, '0', '9', false), put_range(set, 'A', 'Z', true), put(set, '_'); return true;
    case 'D': case 'W': case 's': case 'S': case 'h': case 'H': case 'v': case 'V': case 'N': case 'R':
        put_all(set);
        return true;
    default: return false;
    }
}

static int hex_value(char c)
{
    if (is_digit((unsigned char)c)) return c - '0';
    unsigned lower = (unsigned char)c | 0x20u;
    return lower - 'a' < 6 ? (int)(lower - 'a' + 10) : -1;
}

/* The byte that an escape stands for, behind its backslash; -1: it is no byte, or not understood. */
static int escape_byte(struct reader *reader)
{
    char letter = *reader->at++;
    if (!is_letter((unsigned char)letter) && !is_digit((unsigned char)letter)) return (unsigned char)letter;
    if (letter == 't') return '\t';
    if (letter == 'n') return '\n';
    if (letter == 'r') return '\r';
    if (letter != 'x' || reader->end - reader->at < 2) return -1;
    int high = hex_value(reader->at[0]), low = hex_value(reader->at[1]);
    if (high < 0 || low < 0) return -1;
    reader->at += 2;
    return high * 16 + low;
}

static struct piece read_escape(struct reader *reader)
{
    if (reader->at == reader->end) return lose(reader);
    char letter = *reader->at;
    struct byte_set set = {{0}};
    if (strchr("bBAzZG", letter) != NULL) {
        reader->at++;
        return piece_empty();
    }
    if (escape_class(letter, &set)) {
        reader->at++;
        struct piece piece = piece_of_set(&set);
        if (letter == 'R') piece.max = 2, piece.single = false, piece.ways = 2;
        return piece;
    }
    int byte = escape_byte(reader);
    return byte < 0 ? lose(reader) : piece_of_byte((unsigned)byte, reader->caseless);
}

/* One end of a range within brackets, or a class; the set gets the class, and -1 comes back. */
static int class_item(struct reader *reader, struct byte_set *set)
{
    char c = *reader->at++;
    if (c != '\\') return (unsigned char)c;
    if (reader->at == reader->end) return lose(reader), -1;
    if (*reader->at == 'b') return reader->at++, '\b';
    if (escape_class(*reader->at, set)) return reader->at++, -1;
    int byte = escape_byte(reader);
    if (byte < 0) lose(reader);
    return byte;
}

/* Behind the opening bracket. */
static struct piece read_class(struct reader *reader)
{
    struct byte_set set = {{0}};
    bool negated = reader->at < reader->end && *reader->at == '^';
    reader->at += negated;
    for (bool first = true; !reader->lost; first = false) {
        if (reader->at == reader->end) return lose(reader);
        if (*reader->at == ']' && !first) break;
        if (*reader->at == '[' && reader->end - reader->at > 1 && strchr(":.=", reader->at[1]) != NULL) return lose(reader);
        int from = class_item(reader, &set);
        bool range = from >= 0 && reader->end - reader->at > 1 && reader->at[0] == '-' && reader->at[1] != ']';
        if (!range) {
            if (from >= 0) put_cased(&set, (unsigned)from, reader->caseless);
            continue;
        }
        reader->at++;
        int to = class_item(reader, &set);
        if (to < from) return lose(reader);
        put_range(&set, (unsigned)from, (unsigned)to, reader->caseless);
    }
    if (reader->lost) return piece_empty();
    reader->at++;
    if (negated) put_all(&set); /* more than it is, which is safe */
    return piece_of_set(&set);
}

static struct piece read_alternatives(struct reader *reader);

/* Behind "(?": what kind of group it is. */
enum group { GROUP_PLAIN, GROUP_ASSERTION, GROUP_REFUSAL, GROUP_LOST };

static enum group group_kind(struct reader *reader)
{
    static const struct { const char *opening; enum group kind; } kinds[] = {
        {":", GROUP_PLAIN}, {"|", GROUP_PLAIN}, {">", GROUP_PLAIN}, {"=", GROUP_ASSERTION}, {"!", GROUP_REFUSAL},
        {"<=", GROUP_ASSERTION}, {"<!", GROUP_REFUSAL}, {"i:", GROUP_PLAIN},
    };
    size_t left = (size_t)(reader->end - reader->at);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i].opening);
        if (left < length || memcmp(reader->at, kinds[i].opening, length) != 0) continue;
        reader->at += length;
        return kinds[i].kind;
    }
    if (left > 1 && *reader->at == 'P') reader->at++, left--;
    if (left < 2 || (*reader->at != '<' && *reader->at != '\'')) return GROUP_LOST;
    char close = *reader->at == '<' ? '>' : '\'';
    const char *name_end = memchr(reader->at + 1, close, left - 1);
    if (name_end == NULL) return GROUP_LOST;
    reader->at = name_end + 1;
    return GROUP_PLAIN;
}

/* Behind the opening parenthesis. */
static struct piece read_group(struct reader *reader)
{
    enum group kind = GROUP_PLAIN;
    if (reader->at < reader->end && *reader->at == '*') return lose(reader);
    if (reader->at < reader->end && *reader->at == '?') {
        reader->at++;
        if (reader->end - reader->at >= 2 && memcmp(reader->at, "i)", 2) == 0) {
            reader->at += 2;
            return piece_empty();
        }
        kind = group_kind(reader);
    }
    if (kind == GROUP_LOST || ++reader->depth > PATTERN_SHAPE_DEPTH_MAX) return lose(reader);
    struct piece piece = read_alternatives(reader);
    reader->depth--;
    if (reader->lost || reader->at == reader->end || *reader->at != ')') return lose(reader);
    reader->at++;
    if (kind == GROUP_PLAIN) return piece;
    /* What is asserted stands in the text, before, behind or within the match. */
    struct piece empty = piece_empty();
    empty.best_length = kind == GROUP_ASSERTION ? piece.best_length : 0;
    memcpy(empty.best, piece.best, empty.best_length);
    return empty;
}

static struct piece read_atom(struct reader *reader)
{
    char c = *reader->at++;
    struct byte_set all;
    switch (c) {
    case '\\': return read_escape(reader);
    case '[': return read_class(reader);
    case '(': return read_group(reader);
    case '^': case '$': return piece_empty();
    case '.': put_all(&all); return piece_of_set(&all);
    case '*': case '+': case '?': return lose(reader);
    default: return piece_of_byte((unsigned char)c, reader->caseless);
    }
}

/* A number in braces; false: there is none. */
static bool take_number(const char **at, const char *end, size_t *number)
{
    const char *from = *at;
    for (*number = 0; *at < end && is_digit((unsigned char)**at) && *number < 100000; (*at)++) *number = *number * 10 + (size_t)(**at - '0');
    return *at > from;
}

/* "{n}", "{n,}", "{n,m}"; anything else in braces is text. False leaves min and max. */
static bool take_braces(struct reader *reader, size_t *min, size_t *max)
{
    const char *at = reader->at + 1;
    size_t least, most;
    if (at < reader->end && *at == ',') lose(reader); /* text, or a quantifier for later releases */
    if (!take_number(&at, reader->end, &least)) return false;
    most = least;
    if (at < reader->end && *at == ',') {
        at++;
        if (!take_number(&at, reader->end, &most)) most = SIZE_MAX;
    }
    if (at == reader->end || *at != '}') return false;
    *min = least;
    *max = most;
    reader->at = at + 1;
    return true;
}

/* How often the piece just read may come. */
static void take_quantifier(struct reader *reader, size_t *min, size_t *max)
{
    *min = *max = 1;
    if (reader->at == reader->end) return;
    char c = *reader->at;
    if (c == '?') *min = 0;
    else if (c == '*') *min = 0, *max = SIZE_MAX;
    else if (c == '+') *max = SIZE_MAX;
    else if (c != '{' || !take_braces(reader, min, max)) return;
    reader->at += c != '{';
    if (reader->at < reader->end && (*reader->at == '?' || *reader->at == '+')) reader->at++;
}

/* A literal that is being put together from bytes side by side, and the last places of single bytes. */
struct growing {
    char bytes[PATTERN_LITERAL_MAX];
    size_t length;
    struct window places;
};

/* Of 1,024 bytes of a log or an export about so many are this one. */
static unsigned frequency_of(unsigned byte)
{
    if (is_digit(byte)) return 32;
    if (byte >= 'a' && byte <= 'z') return 20;
    if (byte >= 'A' && byte <= 'Z') return 6;
    if (byte == ' ') return 40;
    if (byte < 0x80 && strchr("-,.:\"=/_\n", (int)byte) != NULL) return 15;
    return byte > ' ' && byte < 0x7F ? 4 : 1;
}

/* How rare it is, in bits. */
static int rarity_of(const struct window *window)
{
    int bits = 0;
    for (size_t i = 0; i < window->length; i++) {
        unsigned sum = 0;
        for (unsigned byte = 1; byte < 256; byte++) sum += has(&window->places[i], byte) ? frequency_of(byte) : 0;
        for (bits += 10; sum > 1; sum /= 2) bits--;
    }
    return bits;
}

static void keep_rarer(struct piece *piece, const struct window *window, int rarity)
{
    if (window->length < 2 || rarity <= piece->rarity) return;
    piece->window = *window;
    piece->rarity = rarity;
}

/* One more place at the end; the first makes room where there are enough. */
static void place_add(struct growing *growing, const struct byte_set *set, struct piece *whole)
{
    struct window *places = &growing->places;
    if (places->length == WINDOW_PLACES_MAX) memmove(&places->places[0], &places->places[1], --places->length * sizeof *set);
    places->places[places->length++] = *set;
    keep_rarer(whole, places, rarity_of(places));
}

static void keep_better(struct piece *piece, const char *bytes, size_t length)
{
    if (length <= piece->best_length) return;
    memcpy(piece->best, bytes, length);
    piece->best_length = length;
}

static void grow(struct growing *literal, const struct piece *piece, size_t min, size_t max, struct piece *whole)
{
    for (size_t i = 0; piece->only >= 0 && i < min && literal->length < PATTERN_LITERAL_MAX; i++) literal->bytes[literal->length++] = (char)piece->only;
    keep_better(whole, literal->bytes, literal->length);
    bool zero_width = piece->max == 0;
    for (size_t i = 0; piece->single && i < min && i < WINDOW_PLACES_MAX; i++) place_add(literal, &piece->first, whole);
    if (!zero_width && (!piece->single || min != max)) literal->places.length = 0;
    if (piece->single && min > 0 && min != max) place_add(literal, &piece->first, whole); /* its last one stands before what follows */
    if (min > 0) keep_rarer(whole, &piece->window, piece->rarity);
    bool goes_on = zero_width || (piece->only >= 0 && min == max && literal->length < PATTERN_LITERAL_MAX);
    if (!goes_on) literal->length = 0;
    if (min > 0) keep_better(whole, piece->best, piece->best_length);
}

static struct piece read_sequence(struct reader *reader)
{
    struct piece whole = piece_empty();
    struct growing literal = {.length = 0};
    size_t pieces = 0;
    while (reader->at < reader->end && *reader->at != '|' && *reader->at != ')' && !reader->lost) {
        struct piece piece = read_atom(reader);
        size_t min, max;
        take_quantifier(reader, &min, &max);
        if (whole.min == 0) join(&whole.first, &piece.first), join(&whole.next, &piece.next);
        if ((whole.min <= 1 && whole.max >= 1) || (whole.min == 0 && max > 1)) join(&whole.next, &piece.first);
        whole.word &= piece.word;
        grow(&literal, &piece, min, max, &whole);
        struct head head = head_repeated(&piece.head, min, max);
        whole.head = head_then(&whole.head, &head);
        whole.ways = times(whole.ways, ways_repeated(piece.ways, min, max));
        whole.min = add(whole.min, times(piece.min, min));
        whole.max = add(whole.max, times(piece.max, max));
        bool alone = pieces++ == 0 && min == 1 && max == 1;
        whole.only = alone ? piece.only : -1;
        whole.single = alone && piece.single;
    }
    return whole;
}

static struct piece read_alternatives(struct reader *reader)
{
    struct piece whole = read_sequence(reader);
    while (reader->at < reader->end && *reader->at == '|' && !reader->lost) {
        reader->at++;
        struct piece other = read_sequence(reader);
        if (other.min < whole.min) whole.min = other.min;
        if (other.max > whole.max) whole.max = other.max;
        whole.word &= other.word;
        whole.head = head_either(&whole.head, &other.head);
        whole.ways = add(whole.ways, other.ways);
        join(&whole.first, &other.first);
        join(&whole.next, &other.next);
        whole.best_length = 0;
        whole.rarity = 0;
        whole.window.length = 0;
        whole.only = -1;
        whole.single = false;
    }
    return whole;
}

/* Known where every match begins with a letter or a digit. */
static void lead_read(const struct piece *whole, struct pattern_lead *lead)
{
    const struct way *to = whole->head.to;
    struct way all = {.is = false};
    *lead = (struct pattern_lead){.first = whole->first, .next = whole->next, .bytes = whole->head.bytes, .after = whole->head.after, .ends = to[REACH_FIRST].is};
    if (whole->min == 0 || !is_word_set(&whole->first)) return;
    for (int i = 0; i < REACH_COUNT; i++)
        if (to[i].is) way_add(&all, to[i].first, to[i].second);
    lead->min = all.first.min;
    lead->max = all.first.max;
    /* Behind a match that ends with a sign anything may stand. */
    bool open = to[REACH_FIRST].is || (to[REACH_SECOND].is && to[REACH_SECOND].second.min == 0);
    lead->second_min = open ? 0 : all.second.min;
    lead->second_max = open ? SIZE_MAX : all.second.max;
}

void pattern_shape_read(struct span text, struct pattern_shape *shape)
{
    *shape = (struct pattern_shape){0};
    struct reader reader = {.at = text.at, .end = text.at + text.len};
    for (size_t i = 0; i + 3 <= text.len; i++) reader.caseless |= memcmp(text.at + i, "(?i", 3) == 0;
    struct piece whole = read_alternatives(&reader);
    if (reader.lost || reader.at != reader.end) return;
    shape->known = true;
    shape->is_word = whole.word;
    shape->bytes_min = whole.min;
    shape->bytes_max = whole.max;
    shape->literal_length = whole.best_length;
    memcpy(shape->literal, whole.best, whole.best_length);
    if (whole.rarity >= RARE_BITS) shape->window = whole.window;
    lead_read(&whole, &shape->lead);
    shape->is_simple = whole.ways <= PATTERN_WAYS_MAX;
}
