#include "record_xml_inner.h"

#include <string.h>

#include "record_xml_cut.h"

/* A document that expat does not take is fed to it again behind each damage, within the start tags of what was open there.
 *
 *     text that is none       <name>A & B</name>           that text is given up
 *     a start tag that is     <row a=1><b>..</b></row>     its element is, if its tags are closed in order
 *     none
 *     an end tag missing      <n>a<br>b</n>                an element of text alone ends where the one around it does
 *     tags missing, the end   <row><b>..  <row>..</row>    the innermost element that stands beside others of its name is; the
 *                                                          document goes on with the next of the outermost such elements
 */
enum {
    WORK_TIMES = 16, WORK_LEAST = 1 << 20, /* bytes that are looked at or fed again, for those of the document; then the rest is text */
    WORK_AGAIN = 512, DEPTH_COSTS = 8,    /* of beginning again, and of each byte of start tags then */
    POOL_TIMES = 50, POOL_LEAST = 2 << 20, /* what entities may make of the document all in all */
    SIBLINGS_LOOKED_AT = 64,
    OPEN_MAX = 256                        /* elements within an element that is given up */
};

struct mending {
    struct xml_reader *reader;
    struct span type, bytes;
    struct xml_mended *mended;
    bool is_part;    /* of something larger: what tags are missing of, and whose what comes then is, nobody knows */
    size_t at;       /* what is fed begins here */
    int64_t work;    /* left */
    bool ended;
    struct bytes tags; /* start tags of what is open */
};

void record_xml_mended_free(struct xml_mended *mended)
{
    free(mended->gaps);
    *mended = (struct xml_mended){0};
}

/* ------------------------------------------------------------------ what is given up */

static bool give_up(struct mending *mending, size_t start, size_t end)
{
    struct xml_mended *mended = mending->mended;
    while (start < end && memchr(" \t\r\n", mending->bytes.at[start], 4) != NULL) start++;
    while (start < end && memchr(" \t\r\n", mending->bytes.at[end - 1], 4) != NULL) end--;
    if (start == end) return true;
    if (mended->gap_count == mended->gap_capacity) {
        size_t capacity = 2 * mended->gap_capacity + 4;
        struct xml_gap *gaps = realloc(mended->gaps, capacity * sizeof *gaps);
        if (gaps == NULL) return false;
        mended->gaps = gaps;
        mended->gap_capacity = capacity;
    }
    mended->gaps[mended->gap_count++] = (struct xml_gap){start, end};
    return true;
}

/* Gives up an element that is not whole, and takes back what was given up in it. */
static void node_drop(struct mending *mending, struct xml_node *node)
{
    struct xml_mended *mended = mending->mended;
    node->kind = NODE_GONE;
    node->has_fields = false;
    while (mended->gap_count > 0 && mended->gaps[mended->gap_count - 1].start >= node->raw) mended->gap_count--;
}

/* Takes back what of a text that is given up stands in the open element already. */
static void text_drop(struct mending *mending, size_t start)
{
    struct xml_reader *reader = mending->reader;
    if (reader->open == NONE) return;
    for (uint32_t i = reader->nodes[reader->open].last; i != NONE && reader->nodes[i].raw >= start; i = reader->nodes[i].before) {
        if (reader->nodes[i].kind != NODE_TEXT) break;
        reader->nodes[i].kind = NODE_GONE;
    }
}

/* ------------------------------------------------------------------ a look at the bytes */

static bool is_text(enum xml_token_kind kind)
{
    return kind == XML_NONE || kind == XML_CDATA || kind == XML_ASIDE || kind == XML_DOCTYPE;
}

static bool begins_document(struct span bytes, size_t at)
{
    return bytes.len - at > 5 && memcmp(bytes.at + at, "<?xml", 5) == 0 && memchr(" \t\r\n", bytes.at[at + 5], 4) != NULL;
}

/* The first tag from a place on, or the declaration of another document; what does not end; the end. */
static size_t tag_find(struct mending *mending, size_t at, struct xml_token *token)
{
    const struct span bytes = mending->bytes;
    size_t from = at;
    *token = (struct xml_token){XML_SHORT, bytes.len};
    while (at < bytes.len) {
        const char *next = memchr(bytes.at + at, '<', bytes.len - at);
        at = next == NULL ? bytes.len : (size_t)(next - bytes.at);
        if (next == NULL) break;
        *token = record_xml_token(bytes.at, bytes.len, at);
        if (!is_text(token->kind) || (at > 0 && begins_document(bytes, at))) break;
        at = token->end;
        *token = (struct xml_token){XML_SHORT, bytes.len};
    }
    mending->work -= (int64_t)(at - from);
    return at;
}

static bool same_name(struct span a, struct span b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* The byte behind an element whose tags are closed in order; 0: they are not. */
static size_t element_end(struct mending *mending, size_t start)
{
    const struct span bytes = mending->bytes;
    struct span open[OPEN_MAX];
    size_t depth = 0, at = start, end = 0;
    while (end == 0) {
        struct xml_token token;
        at = tag_find(mending, at, &token);
        struct span name = token.kind == XML_SHORT ? (struct span){"", 0} : record_xml_name(bytes.at, bytes.len, at);
        if (token.kind == XML_START && depth < OPEN_MAX) open[depth++] = name;
        else if (token.kind == XML_END && depth > 0 && same_name(open[depth - 1], name)) depth--;
        else if (token.kind != XML_EMPTY) break;
        at = token.end;
        if (depth == 0) end = at;
    }
    return end;
}

/* The next start tag of a name; the end where there is none. */
static size_t start_find(struct mending *mending, size_t from, struct span name)
{
    const struct span bytes = mending->bytes;
    size_t at = from;
    for (; at < bytes.len; at++) {
        const char *next = memmem(bytes.at + at, bytes.len - at, name.at, name.len);
        at = next == NULL ? bytes.len : (size_t)(next - bytes.at);
        if (next == NULL) break;
        bool ends = at + name.len < bytes.len && memchr(" \t\r\n/>", bytes.at[at + name.len], 6) != NULL;
        if (at > from && bytes.at[at - 1] == '<' && ends) break;
    }
    mending->work -= (int64_t)(at - from);
    return at < bytes.len ? at - 1 : bytes.len;
}

/* The name of an element as its tag has it. */
static struct span tag_name(const struct mending *mending, uint32_t node)
{
    return record_xml_name(mending->bytes.at, mending->bytes.len, mending->reader->nodes[node].raw);
}

/* ------------------------------------------------------------------ where tags are missing */

/* Whether an element stands behind another one of its name. */
static bool has_sibling(const struct xml_reader *reader, uint32_t node)
{
    const struct span name = xml_node_name(reader, &reader->nodes[node]);
    uint32_t i = reader->nodes[node].before;
    for (int looked = 0; i != NONE && looked < SIBLINGS_LOOKED_AT; i = reader->nodes[i].before, looked++)
        if (reader->nodes[i].has_fields && same_name(name, xml_node_name(reader, &reader->nodes[i]))) return true;
    return false;
}

/* Whether some of an open element's own elements are units already, or may be: those of one that stands beside others of its name
 * are so where they stand beside others themselves, else they are fields of a unit that is not whole. `child` is open. */
static bool holds_units(const struct xml_reader *reader, uint32_t element, uint32_t child)
{
    if (xml_is_named(reader, &reader->nodes[element], "Track")) return true; /* what of it makes points */
    bool is_single = !has_sibling(reader, element);
    uint32_t i = reader->nodes[element].last;
    for (int looked = 0; i != NONE && looked < SIBLINGS_LOOKED_AT; i = reader->nodes[i].before, looked++) {
        if (reader->nodes[i].kind != NODE_ELEMENT || !reader->nodes[i].has_fields) continue;
        if ((is_single && i != child) || has_sibling(reader, i)) return true;
    }
    return false;
}

/* The outermost open element that stands beside others of its name, before it or behind; *next becomes where the next of these
 * begins. NONE: there is none. */
static uint32_t outermost_repeating(struct mending *mending, size_t from, size_t *next)
{
    const struct xml_reader *reader = mending->reader;
    uint32_t found = NONE;
    *next = mending->bytes.len;
    for (uint32_t i = reader->open; from < mending->bytes.len && reader->nodes[i].parent != NONE; i = reader->nodes[i].parent) {
        if (!reader->nodes[i].has_fields || mending->work < 0) continue;
        size_t behind = start_find(mending, from, tag_name(mending, i));
        if (behind == mending->bytes.len && !has_sibling(reader, i)) continue;
        found = i;
        *next = behind;
    }
    return found;
}

/* Tags or bytes are missing at a tag, or at the end. What is given up begins at `start`, behind the last tag that is there, or
 * with the element that is not whole. */
static bool break_off(struct mending *mending, size_t start, size_t tag, bool may_go_on)
{
    struct xml_reader *reader = mending->reader;
    size_t next = mending->bytes.len;
    uint32_t outer = may_go_on ? outermost_repeating(mending, tag + 1, &next) : NONE, keep = reader->open, child = NONE;
    /* Another outermost element of the same name begins a document of its own. */
    size_t root_next = may_go_on && tag < mending->bytes.len ? start_find(mending, tag + 1, tag_name(mending, 0)) : mending->bytes.len;
    if (root_next < next) {
        mending->mended->end = root_next;
        next = mending->bytes.len;
    }
    if (next == mending->bytes.len) outer = NONE;
    while (keep != NONE && !holds_units(reader, keep, child) && !(outer != NONE && keep == reader->nodes[outer].parent)) {
        child = keep;
        keep = reader->nodes[keep].parent;
    }
    mending->mended->broke_off = reader->breaks_off = true;
    mending->ended = outer == NONE;
    mending->at = next;
    if (keep == NONE) reader->node_count = 0;
    if (keep == NONE) return true;
    if (child == NONE) text_drop(mending, start);
    else node_drop(mending, &reader->nodes[child]);
    size_t from = child == NONE ? start : reader->nodes[child].raw;
    reader->open = keep;
    while (outer != NONE && reader->open != reader->nodes[outer].parent) xml_element_end(reader);
    return give_up(mending, from, mending->mended->end < next ? mending->mended->end : next);
}

/* ------------------------------------------------------------------ a damage */

/* An end tag of nothing that is open. */
static bool ends_nothing(const struct mending *mending, size_t at)
{
    const struct xml_reader *reader = mending->reader;
    struct span name = record_xml_name(mending->bytes.at, mending->bytes.len, at);
    for (uint32_t i = reader->open; i != NONE; i = reader->nodes[i].parent)
        if (same_name(name, tag_name(mending, i))) return false;
    return memchr(" \t\r\n>", name.at[name.len], 5) != NULL; /* a name, and no more */
}

/* Whether an open element holds nothing but text and, if it is not the innermost, the next open one. */
static bool holds_text(const struct xml_reader *reader, uint32_t element, uint32_t child)
{
    uint32_t i = reader->nodes[element].first;
    int looked = 0;
    for (; i != NONE && looked < SIBLINGS_LOOKED_AT; i = reader->nodes[i].next, looked++)
        if (reader->nodes[i].kind < NODE_TEXT && i != child) return false;
    return i == NONE;
}

/* Whether an end tag of nothing is the last of the document and ends its outermost element by another name: nothing is missing. */
static bool ends_document(const struct mending *mending, struct xml_token token)
{
    const struct xml_reader *reader = mending->reader;
    size_t at = token.end;
    while (at < mending->bytes.len && memchr(" \t\r\n", mending->bytes.at[at], 4) != NULL) at++;
    return at == mending->bytes.len && !mending->is_part && reader->nodes[reader->open].parent == NONE;
}

/* Ends what is open within the element that an end tag is of, where that is nothing but text, as HTML's <br> is. False: it is more, or
 * the tag is none of theirs. */
static bool ends_plain(const struct mending *mending, size_t at)
{
    struct xml_reader *reader = mending->reader;
    struct span name = record_xml_name(mending->bytes.at, mending->bytes.len, at);
    uint32_t ended = reader->open, child = NONE;
    while (ended != NONE && !same_name(name, tag_name(mending, ended))) {
        if (!holds_text(reader, ended, child)) return false;
        child = ended;
        ended = reader->nodes[ended].parent;
    }
    if (ended == NONE || ended == reader->open) return false;
    while (reader->open != ended) xml_element_end(reader);
    return true;
}

/* Whether a text has zeros, or what begins like a tag and is none: other tags may be missing there. */
static bool lacks_tags(struct span text)
{
    if (memchr(text.at, '\0', text.len) != NULL) return true;
    for (size_t at = 0; at < text.len;) {
        const char *next = memchr(text.at + at, '<', text.len - at);
        if (next == NULL) return false;
        at = (size_t)(next - text.at);
        struct xml_token token = record_xml_token(text.at, text.len, at);
        if (token.kind == XML_SHORT) return true;
        char behind = text.at[at + 1];
        if (token.kind == XML_NONE && (behind == '/' || record_xml_name(text.at, text.len, at).len > 0)) return true;
        at = token.end;
    }
    return false;
}

/* Whether what makes expat stop at a tag is a reference in the text before it that does not end. */
static bool ends_in_reference(struct span text)
{
    const char *reference = text.len > 0 ? memrchr(text.at, '&', text.len) : NULL;
    return reference != NULL && memchr(reference, ';', (size_t)(text.at + text.len - reference)) == NULL;
}

/* Before the outermost element: what stands there is given up; at that element, all is. */
static bool prolog_drop(struct mending *mending, bool in_text, size_t tag)
{
    mending->ended = !in_text;
    mending->type = (struct span){"", 0};
    mending->reader->prolog.count = 0;
    mending->at = tag;
    return !in_text || give_up(mending, 0, tag);
}

/* Gets behind a damage, which is at `place` or behind it, and behind the last tag that was read, where `start` is. */
static bool damage_pass(struct mending *mending, size_t start, size_t place)
{
    struct xml_reader *reader = mending->reader;
    struct xml_token token;
    size_t tag = tag_find(mending, start, &token), end = 0;
    bool in_text = place < tag;
    if (place == tag) in_text = ends_in_reference((struct span){mending->bytes.at + start, tag - start});
    in_text &= tag < mending->bytes.len;
    if (reader->node_count == 0) return prolog_drop(mending, in_text, tag);
    if (!in_text && tag < mending->bytes.len && begins_document(mending->bytes, tag)) {
        if (!mending->is_part) mending->mended->end = tag;
        return break_off(mending, start, tag, false);
    }
    bool may_go_on = mending->work > 0 && reader->pool.count <= POOL_TIMES * mending->bytes.len + POOL_LEAST;
    bool is_lost = tag > start && lacks_tags((struct span){mending->bytes.at + start, tag - start});
    in_text |= is_lost;
    if (in_text) end = is_lost ? 0 : tag;
    else if (token.kind == XML_START || token.kind == XML_EMPTY) end = element_end(mending, tag);
    else if (token.kind == XML_END && ends_nothing(mending, tag)) end = token.end;
    else if (token.kind == XML_END && may_go_on && ends_plain(mending, tag)) return mending->at = tag, true;
    if (end == 0 || !may_go_on) return break_off(mending, start, is_lost ? tag - 1 : tag, may_go_on && !mending->is_part);
    if (in_text) text_drop(mending, start);
    mending->at = end;
    mending->ended = !in_text && token.kind == XML_END && ends_document(mending, token);
    return xml_pool_part(reader) && give_up(mending, in_text ? start : tag, end);
}

/* False: no memory. */
static bool damage_take(struct mending *mending)
{
    const struct xml_reader *reader = mending->reader;
    size_t start = reader->behind > (int64_t)mending->at ? (size_t)reader->behind : mending->at;
    int64_t stopped = xml_stopped_at(reader);
    if (reader->node_count > 0 && reader->open == NONE) { /* what comes is no longer the document's */
        if (mending->is_part) return mending->ended = true, give_up(mending, start, mending->bytes.len);
        mending->mended->end = start;
        return mending->ended = true;
    }
    return damage_pass(mending, start, stopped > (int64_t)start ? (size_t)stopped : start);
}

/* ------------------------------------------------------------------ all of it */

/* The start tags of what is open, the outermost first. */
static bool tags_make(struct mending *mending)
{
    const struct xml_reader *reader = mending->reader;
    size_t length = 0;
    for (uint32_t i = reader->open; i != NONE; i = reader->nodes[i].parent) length += tag_name(mending, i).len + 2;
    mending->tags.count = 0;
    if (!bytes_reserve(&mending->tags, length)) return false;
    char *to = mending->tags.at + length;
    for (uint32_t i = reader->open; i != NONE; i = reader->nodes[i].parent) {
        struct span name = tag_name(mending, i);
        *--to = '>';
        to -= name.len;
        memcpy(to, name.at, name.len);
        *--to = '<';
    }
    mending->tags.count = length;
    return true;
}

/* Feeds what is left. True: it is well formed from here on. */
static bool feed_rest(struct mending *mending)
{
    struct xml_reader *reader = mending->reader;
    struct span tags = {mending->tags.at, mending->tags.count}, type = mending->type;
    if (mending->at == 0 && !mending->is_part) type.len = 0; /* it comes with the bytes */
    if (!xml_parser_begin(reader, "UTF-8", true)) return false;
    xml_parser_listen(reader, false);
    reader->raw_shift = (int64_t)mending->at - (int64_t)(type.len + tags.len);
    mending->work -= WORK_AGAIN + (int64_t)(type.len + DEPTH_COSTS * tags.len);
    bool well = xml_feed(reader, type) && xml_feed(reader, tags);
    xml_parser_listen(reader, true);
    return well && xml_feed(reader, (struct span){mending->bytes.at + mending->at, mending->bytes.len - mending->at}) &&
           XML_Parse(reader->parser, "", 0, 1) == XML_STATUS_OK;
}

static bool mend(struct mending *mending)
{
    struct xml_reader *reader = mending->reader;
    bool enough = true;
    while (enough && !mending->ended) {
        enough = tags_make(mending);
        if (!enough) break;
        mending->ended = feed_rest(mending);
        if (xml_lacks_memory(reader)) enough = false;
        else if (!mending->ended) enough = damage_take(mending);
    }
    while (enough && reader->node_count > 0 && reader->open != NONE) xml_element_end(reader);
    bytes_free(&mending->tags);
    return enough && !reader->failed;
}

enum status record_xml_mend(struct xml_reader *reader, const struct span *type, struct span bytes, struct bytes *json, struct xml_mended *mended,
                            struct fault *fault)
{
    *mended = (struct xml_mended){.end = bytes.len};
    struct mending mending = {.reader = reader, .bytes = bytes, .type = type != NULL ? *type : record_xml_type(bytes), .mended = mended,
                              .is_part = type != NULL, .work = WORK_LEAST + (int64_t)bytes.len * WORK_TIMES};
    xml_tree_reset(reader);
    if (!mend(&mending)) return fault_set(fault, STATUS_FATAL, "no memory to read XML");
    if (reader->node_count == 0) return fault_set(fault, STATUS_DAMAGED, "not well-formed XML");
    return xml_write(&(struct xml_writing){.reader = reader, .json = json, .innermost = NONE}, 0, fault);
}
