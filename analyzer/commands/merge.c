/* breachtally merge: one case out of shards or snapshots.
 *
 * Shape    cases -> their states, divided by the evidence that they are of -> one ledger, one set of runs -> conclude
 * Rule     shards of one scan make what that scan would have made; a shard given twice counts once; one that is missing is
 *          refused, or, with --allow-missing, its objects are unexamined. Cases of other evidence stand side by side
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../support/escape.h"
#include "../support/parallel.h"
#include "../support/version.h"
#include "../tally/digest_runs.h"
#include "case_key.h"
#include "case_made.h"
#include "case_open.h"
#include "case_places.h"
#include "commands.h"
#include "conclude.h"
#include "merge_folder.h"
#include "ranges.h"
#include "roster_load.h"

enum { NAME_SHOWN = 200, RANGE_BYTES_MAX = 24 };

struct input {
    const char *folder;
    int tally;
    struct run_identity identity;
    struct case_state state;
    bool used;           /* false: all it has is in another one */
    bool is_base;        /* the first one read of its evidence, whose ledger is whole; the others keep what they have read themselves */
    uint32_t file_count; /* of its evidence */
    uint32_t *origins;   /* of the walked objects that are kept, in the whole ledger; NULL: all are */
    uint32_t *files;     /* from the whole ledger to the merged one; the base's, whose it is */
    uint32_t *sources;
    struct entry_map map;
};

struct merging {
    const struct options *options;
    struct input *inputs;
    size_t input_count;
    struct case_state merged;
    struct object_list shown; /* the merged ledger, with what is missing told, and without ranges */
    struct case_places places;
    struct runs runs;
    struct place_order order;
    struct profile *profile;
    struct roles *roles;
    struct roster *roster; /* NULL: none */
    struct tally *tally;
    struct run_facts facts;
    int thread_count;
    int mark;        /* of the folder that is made; -1: it is not */
    bool finished;   /* the whole case of this merge was there already: no more is to be made */
    bool incomplete; /* shards are missing, and may be */
    bool mismatch; /* the fault is one of what was given, not of how */
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to merge cases");
}

/* ------------------------------------------------------------------ reading */

static enum status refuse(const struct input *input, const char *why, struct fault *fault)
{
    return case_refuse(input->folder, why, fault);
}

static int by_place(const void *left, const void *right)
{
    const struct object_piece *a = left, *b = right;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static enum status input_open(struct input *input, struct fault *fault)
{
    struct case_opened opened;
    enum status status = case_open(input->folder, &opened, fault);
    input->tally = opened.tally;
    input->identity = opened.identity;
    input->state = opened.state;
    if (status == STATUS_OK && !input->state.finished) return refuse(input, "is not finished; finish it with --resume", fault);
    if (input->state.piece_count > 0) qsort(input->state.pieces, input->state.piece_count, sizeof *input->state.pieces, by_place);
    return status;
}

static bool same_bytes(const struct bytes *a, const struct bytes *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->at, b->at, a->count) == 0);
}

/* Counts of other versions, options or profiles do not add up; whose they are is decided anew, whatever the roster was. */
static enum status compare(const struct input *first, const struct input *input, struct fault *fault)
{
    if (strcmp(input->state.version, BREACHTALLY_VERSION) != 0) return refuse(input, "was made with another version of this program", fault);
    if (strcmp(input->state.settings, first->state.settings) != 0) return refuse(input, "was made with other options than the first case", fault);
    if (input->state.profile_given != first->state.profile_given || !same_bytes(&input->state.profile, &first->state.profile))
        return refuse(input, "was made with another profile than the first case", fault);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ shards */

static bool same_evidence(const struct case_state *a, const struct case_state *b)
{
    return a->shard_count == b->shard_count && memcmp(a->listing, b->listing, sizeof a->listing) == 0;
}

static bool has_shard(const uint8_t *shards, uint32_t shard)
{
    return ((unsigned)shards[shard / 8] >> shard % 8 & 1u) != 0;
}

static uint32_t shards_in(const struct case_state *state)
{
    uint32_t count = 0;
    for (uint32_t s = 0; s < state->shard_count; s++) count += shard_is_in(state, s);
    return count;
}

/* "3,7-9" of the shards that are not in the set; NULL: no memory. The caller frees it. */
static char *list_missing(const uint8_t *shards, uint32_t count)
{
    struct bytes text = {0};
    if (!bytes_reserve(&text, 1)) return NULL;
    text.at[0] = '\0';
    for (uint32_t s = 0; s < count; s++) {
        if (has_shard(shards, s)) continue;
        uint32_t last = s;
        while (last + 1 < count && !has_shard(shards, last + 1)) last++;
        if (!bytes_reserve(&text, RANGE_BYTES_MAX)) {
            bytes_free(&text);
            return NULL;
        }
        const char *form = last > s ? "%s%u-%u" : "%s%u";
        text.count += (size_t)snprintf(text.at + text.count, RANGE_BYTES_MAX, form, text.count > 0 ? "," : "", s, last);
        s = last;
    }
    return text.at;
}

static int most_shards_first(const void *left, const void *right)
{
    uint32_t a = shards_in(&((const struct input *)left)->state), b = shards_in(&((const struct input *)right)->state);
    return a < b ? 1 : a > b ? -1 : strcmp(((const struct input *)left)->folder, ((const struct input *)right)->folder);
}

static bool same_counts(const struct object *a, const struct object *b)
{
    return a->status == b->status && a->units == b->units && a->records == b->records;
}

/* Ranges that both of them read have the same units. */
static bool same_ranges(const struct case_state *a, const struct case_state *b)
{
    for (size_t i = 0, k = 0; i < a->piece_count && k < b->piece_count;) {
        int order = by_place(&a->pieces[i], &b->pieces[k]);
        const struct object *x = &a->list.objects[a->pieces[i].index], *y = &b->list.objects[b->pieces[k].index];
        i += order <= 0;
        k += order >= 0;
        if (order != 0 || !x->is_range || !y->is_range || x->elsewhere || y->elsewhere) continue;
        if (!same_counts(x, y) || x->findings != y->findings || x->range.begin != y->range.begin || x->range.end != y->range.end) return false;
    }
    return true;
}

static size_t origin_of(const struct input *input, size_t index)
{
    return input->origins != NULL ? input->origins[index] : index;
}

/* Whether two ledgers of one listing say the same of what both of them read: sizes and names alone do not make evidence the same. */
static bool same_content(const struct input *one, const struct input *other)
{
    const struct object_list *a = &one->state.list, *b = &other->state.list;
    for (size_t i = 0, k = 0; i < a->walked_count && k < b->walked_count;) {
        const struct object *x = &a->objects[i], *y = &b->objects[k];
        size_t left = origin_of(one, i), right = origin_of(other, k);
        i += left <= right;
        k += right <= left;
        if (left != right || x->elsewhere || y->elsewhere) continue;
        bool same = x->hashed && y->hashed ? memcmp(x->sha256, y->sha256, sizeof x->sha256) == 0
                                           : x->modified_ns == y->modified_ns && x->modified_ns != 0;
        if (!same_counts(x, y)) return false;
        if (!same && (x->status == OBJECT_COMPLETE || x->status == OBJECT_PARTIAL)) return false;
    }
    return same_ranges(&one->state, &other->state);
}

/* Marks what of the cases of one scan is used, and refuses what cannot be added up. From inputs[first] on. */
static enum status choose_shards(struct merging *merging, size_t first, struct fault *fault)
{
    const struct case_state *of = &merging->inputs[first].state;
    uint8_t *have = calloc(of->shard_count / 8 + 1, 1);
    if (have == NULL) return no_memory(fault);
    enum status status = STATUS_OK;
    for (size_t i = first; i < merging->input_count && status == STATUS_OK; i++) {
        struct input *input = &merging->inputs[i];
        if (!same_evidence(of, &input->state)) continue;
        uint32_t known = 0, all = shards_in(&input->state);
        for (uint32_t s = 0; s < of->shard_count; s++) known += shard_is_in(&input->state, s) && has_shard(have, s);
        input->used = known == 0;
        for (size_t k = first; k < i && known > 0 && status == STATUS_OK; k++) {
            if (!same_evidence(of, &merging->inputs[k].state) || same_content(&merging->inputs[k], input)) continue;
            merging->mismatch = true;
            status = refuse(input, "has files of the same names and sizes as another case, but with other content: snapshots need folders of different names", fault);
        }
        if (status == STATUS_OK && known > 0 && known < all) {
            merging->mismatch = true;
            status = refuse(input, "has some shards that other cases have too, and some that they have not: merge the shards themselves", fault);
        }
        for (uint32_t s = 0; s < of->shard_count; s++)
            if (shard_is_in(&input->state, s)) have[s / 8] = (uint8_t)(have[s / 8] | 1u << s % 8);
    }
    char *missing = list_missing(have, of->shard_count);
    if (status == STATUS_OK && missing == NULL) status = no_memory(fault);
    if (status == STATUS_OK && missing[0] != '\0' && !merging->options->allow_missing) {
        /* A message has a limit, the list has none: it is for the next job array. */
        fprintf(stderr, "breachtally: missing of %u shards: --array=%s\n", of->shard_count, missing);
        merging->mismatch = true;
        status = fault_set(fault, STATUS_USAGE, "shards are missing; --allow-missing merges the others");
    }
    merging->incomplete |= missing != NULL && missing[0] != '\0';
    free(missing);
    free(have);
    return status;
}

static enum status choose(struct merging *merging, struct fault *fault)
{
    qsort(merging->inputs, merging->input_count, sizeof *merging->inputs, most_shards_first);
    for (size_t i = 0; i < merging->input_count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++) seen |= same_evidence(&merging->inputs[k].state, &merging->inputs[i].state);
        enum status status = seen ? STATUS_OK : choose_shards(merging, i, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ the ledger */

/* A walked object of one of the inputs, in the order of the merged ledger. */
struct listed {
    struct input *input;
    uint32_t index;
};

static int by_path(const void *left, const void *right)
{
    const struct listed *a = left, *b = right;
    int order = strcmp(a->input->state.list.objects[a->index].path, b->input->state.list.objects[b->index].path);
    return order != 0 ? order : a->input < b->input ? -1 : a->input > b->input;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Source names of all, sorted, and each input's numbers in them. */
static bool merge_sources(struct merging *merging)
{
    struct names names = {0};
    bool enough = true;
    for (size_t i = 0; i < merging->input_count && enough; i++) {
        const struct object_list *list = &merging->inputs[i].state.list;
        for (size_t s = 0; s < list->source_count && enough; s++) enough = names_add(&names, list->sources[s]);
    }
    if (names.count > 0) qsort(names.names, names.count, sizeof *names.names, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < names.count; i++) {
        if (kept > 0 && strcmp(names.names[kept - 1], names.names[i]) == 0) free(names.names[i]);
        else names.names[kept++] = names.names[i];
    }
    merging->merged.list.sources = names.names;
    merging->merged.list.source_count = kept;
    for (size_t i = 0; i < merging->input_count && enough; i++) {
        struct input *input = &merging->inputs[i];
        input->sources = calloc(input->state.list.source_count + 1, sizeof *input->sources);
        enough = input->sources != NULL;
        for (size_t s = 0; s < input->state.list.source_count && enough; s++) {
            char **found = bsearch(&input->state.list.sources[s], names.names, kept, sizeof *names.names, by_name);
            input->sources[s] = (uint32_t)(found - names.names);
        }
    }
    return enough;
}

static bool merge_roots(struct merging *merging)
{
    struct object_list *list = &merging->merged.list;
    size_t room = 0;
    for (size_t i = 0; i < merging->input_count; i++) room += merging->inputs[i].state.list.root_count;
    list->roots = calloc(room + 1, sizeof *list->roots);
    list->root_is_folder = calloc(room + 1, sizeof *list->root_is_folder);
    if (list->roots == NULL || list->root_is_folder == NULL) return false;
    for (size_t i = 0; i < merging->input_count; i++) {
        const struct object_list *from = &merging->inputs[i].state.list;
        for (size_t r = 0; r < from->root_count; r++) {
            bool known = false;
            for (size_t k = 0; k < list->root_count; k++) known |= strcmp(list->roots[k], from->roots[r]) == 0;
            if (known) continue;
            list->root_is_folder[list->root_count] = from->root_is_folder[r];
            list->roots[list->root_count] = strdup(from->roots[r]);
            if (list->roots[list->root_count++] == NULL) return false;
        }
    }
    return true;
}

static uint32_t root_number(const struct object_list *list, const char *name)
{
    for (size_t i = 0; i < list->root_count; i++)
        if (strcmp(list->roots[i], name) == 0) return (uint32_t)i;
    return 0;
}

/* Copies an entry of an input's list to the end of the merged one. */
static bool append_object(struct merging *merging, const struct input *input, size_t index)
{
    struct object_list *list = &merging->merged.list;
    const struct object *from = &input->state.list.objects[index];
    struct object *to = &list->objects[list->count];
    *to = *from;
    to->path = strdup(from->path);
    to->format = texts_keep(&list->texts, object_format(from));
    to->detail = texts_keep(&list->texts, object_detail(from));
    list->count += to->path != NULL;
    if (to->path == NULL || to->format == NULL || to->detail == NULL) return false;
    to->below_root = to->path + (from->below_root - from->path);
    to->open_path = NULL;
    to->root = root_number(list, input->state.list.roots[from->root]);
    to->source = input->sources[from->source];
    if (from->status == OBJECT_DUPLICATE) to->duplicate_of = input->files[from->duplicate_of]; /* which stood before it */
    return true;
}

/* Whether two cases have one path although they are of other evidence. */
static enum status collision(struct merging *merging, const struct listed *a, const struct listed *b, struct fault *fault)
{
    char shown[NAME_SHOWN], why[NAME_SHOWN + 128];
    const char *path = a->input->state.list.objects[a->index].path;
    escape_write_tail(shown, sizeof shown, path, strlen(path));
    snprintf(why, sizeof why, "is of other evidence than another case, and both have %s: snapshots need folders of different names", shown);
    merging->mismatch = true;
    return refuse(b->input, why, fault);
}

static enum status merge_walked(struct merging *merging, struct listed *listed, size_t count, struct fault *fault)
{
    struct object_list *list = &merging->merged.list;
    qsort(listed, count, sizeof *listed, by_path);
    for (size_t i = 0, next; i < count; i = next) {
        const char *path = listed[i].input->state.list.objects[listed[i].index].path;
        size_t best = i;
        for (next = i; next < count && strcmp(listed[next].input->state.list.objects[listed[next].index].path, path) == 0; next++) {
            if (!same_evidence(&listed[i].input->state, &listed[next].input->state)) return collision(merging, &listed[i], &listed[next], fault);
            if (listed[next].input->is_base) listed[next].input->files[listed[next].index] = (uint32_t)list->count;
            bool done = listed[next].input->used && !listed[next].input->state.list.objects[listed[next].index].elsewhere;
            if (done) best = next;
        }
        if (!append_object(merging, listed[best].input, listed[best].index)) return no_memory(fault);
        struct object *object = &list->objects[list->count - 1];
        if (!listed[best].input->used) object->elsewhere = true;
    }
    list->walked_count = list->count;
    return STATUS_OK;
}

/* A range of one of the inputs, with the number of its file in the merged ledger. */
struct listed_range {
    const struct input *input;
    struct object_piece piece;
    bool elsewhere;
};

/* Of a range that several have, the one that was read first. */
static int by_use(const void *left, const void *right)
{
    const struct listed_range *a = left, *b = right;
    int order = by_place(&a->piece, &b->piece);
    if (order != 0) return order;
    return a->elsewhere != b->elsewhere ? (a->elsewhere ? 1 : -1) : (a->input > b->input) - (a->input < b->input);
}

static size_t list_ranges(const struct merging *merging, struct listed_range *listed)
{
    size_t count = 0;
    for (size_t i = 0; i < merging->input_count; i++) {
        const struct input *input = &merging->inputs[i];
        for (size_t p = 0; p < input->state.piece_count; p++) {
            const struct object_piece *piece = &input->state.pieces[p];
            if (!input->used && !input->is_base) continue; /* a base knows which ranges there are */
            listed[count++] = (struct listed_range){input, {input->files[piece->file], piece->number, piece->index},
                                                    input->state.list.objects[piece->index].elsewhere || !input->used};
        }
    }
    if (count > 0) qsort(listed, count, sizeof *listed, by_use);
    return count;
}

static bool merge_ranges(struct merging *merging, size_t range_count)
{
    struct case_state *merged = &merging->merged;
    struct listed_range *listed = calloc(range_count + 1, sizeof *listed);
    if (listed == NULL) return false;
    bool enough = true;
    size_t count = list_ranges(merging, listed);
    for (size_t i = 0; i < count && enough; i++) {
        if (i > 0 && by_place(&listed[i - 1].piece, &listed[i].piece) == 0) continue;
        enough = append_object(merging, listed[i].input, listed[i].piece.index);
        if (!enough) break;
        struct object *range = &merged->list.objects[merged->list.count - 1];
        range->elsewhere = listed[i].elsewhere;
        range->file = listed[i].piece.file;
        merged->pieces[merged->piece_count++] = (struct object_piece){listed[i].piece.file, listed[i].piece.number, merged->list.count - 1};
    }
    free(listed);
    return enough;
}

/* A file of one of the inputs that has pieces, with its number in the merged ledger. */
struct listed_file {
    uint32_t merged, file;
    const struct input *input;
};

static int by_merged(const void *left, const void *right)
{
    const struct listed_file *a = left, *b = right;
    if (a->merged != b->merged) return a->merged < b->merged ? -1 : 1;
    return (a->input > b->input) - (a->input < b->input);
}

/* All files with pieces, in the order of the merged ledger; the caller frees. NULL: no memory. */
static struct listed_file *list_files(const struct merging *merging, size_t *count)
{
    size_t room = 0;
    *count = 0;
    for (size_t i = 0; i < merging->input_count; i++) {
        const struct piece_index *index = ledger_index(merging->inputs[i].state.list.ledger);
        room += index != NULL ? index->count : 0;
    }
    struct listed_file *listed = calloc(room + 1, sizeof *listed);
    for (size_t i = 0; i < merging->input_count && listed != NULL; i++) {
        const struct input *input = &merging->inputs[i];
        const struct piece_index *index = ledger_index(input->state.list.ledger);
        uint32_t *files = index != NULL && input->used ? piece_index_files(index) : NULL;
        if (index != NULL && input->used && files == NULL) {
            free(listed);
            return NULL;
        }
        for (size_t f = 0; files != NULL && f < index->count; f++) listed[(*count)++] = (struct listed_file){input->files[files[f]], files[f], input};
        free(files);
    }
    if (listed != NULL) qsort(listed, *count, sizeof *listed, by_merged);
    return listed;
}

/* Copies the pieces of a file, in the order of their numbers. */
static enum status append_pieces(struct merging *merging, const struct listed_file *of, struct ledger_reader *reader, struct fault *fault)
{
    struct object_list *list = &merging->merged.list;
    const struct piece_index *index = ledger_index(of->input->state.list.ledger);
    enum status status = STATUS_OK;
    struct piece_row row;
    for (size_t r = 0; status == STATUS_OK && piece_index_row(index, of->file, r, &row); r++) {
        for (uint32_t i = 0; status == STATUS_OK && i < row.count; i++) {
            const struct object *from;
            status = ledger_read(reader, row.number + i, &from, fault);
            if (status != STATUS_OK || ledger_find(list->ledger, of->merged, row.piece + i) != LEDGER_NONE) continue;
            struct object piece = *from;
            piece.file = of->merged;
            piece.source = of->input->sources[from->source];
            status = ledger_add(list->ledger, &piece, NULL, fault);
        }
    }
    return status;
}

/* All other pieces; after folder_open, where they go if they are too many for memory. */
static enum status merge_pieces(struct merging *merging, struct fault *fault)
{
    struct object_list *list = &merging->merged.list;
    struct ledger_place place = case_ledger_place(merging->runs.directory, &merging->runs.identity, merging->options->ledger_bytes);
    size_t count = 0;
    struct listed_file *listed = list_files(merging, &count);
    enum status status = listed == NULL ? no_memory(fault) : ledger_open(&list->ledger, fault);
    if (status == STATUS_OK) status = ledger_settle(list->ledger, &place, fault);
    explicit_bzero(&place, sizeof place);
    list->ledger_begin = list->count;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct ledger_reader *reader = NULL;
        status = ledger_reader_open(listed[i].input->state.list.ledger, &reader, fault);
        if (status == STATUS_OK) status = append_pieces(merging, &listed[i], reader, fault);
        ledger_reader_close(reader);
    }
    free(listed);
    return status;
}

/* The maps of the bases, which the others of their evidence share. */
static bool open_maps(struct merging *merging)
{
    for (size_t i = 0; i < merging->input_count; i++) {
        struct input *input = &merging->inputs[i];
        if (!input->is_base) continue;
        input->files = calloc((size_t)input->file_count + 1, sizeof *input->files);
        if (input->files == NULL) return false;
        for (size_t k = 0; k < merging->input_count; k++)
            if (!merging->inputs[k].is_base && same_evidence(&input->state, &merging->inputs[k].state)) merging->inputs[k].files = input->files;
    }
    return true;
}

static enum status merge_ledgers(struct merging *merging, struct fault *fault)
{
    size_t objects = 0, ranges = 0, count = 0;
    for (size_t i = 0; i < merging->input_count; i++) {
        const struct input *input = &merging->inputs[i];
        objects += input->state.list.count;
        ranges += input->state.piece_count;
    }
    if (!open_maps(merging)) return no_memory(fault);
    struct case_state *merged = &merging->merged;
    merged->list.objects = calloc(objects + 1, sizeof *merged->list.objects);
    merged->list.capacity = objects + 1;
    merged->pieces = calloc(ranges + 1, sizeof *merged->pieces);
    struct listed *listed = calloc(objects + 1, sizeof *listed);
    bool enough = merged->list.objects != NULL && merged->pieces != NULL && listed != NULL && merge_sources(merging) && merge_roots(merging);
    for (size_t i = 0; i < merging->input_count && enough; i++)
        for (size_t k = 0; k < merging->inputs[i].state.list.walked_count; k++) listed[count++] = (struct listed){&merging->inputs[i], (uint32_t)k};
    enum status status = enough ? merge_walked(merging, listed, count, fault) : no_memory(fault);
    if (status == STATUS_OK && !merge_ranges(merging, ranges)) status = no_memory(fault);
    free(listed);
    return status;
}

/* ------------------------------------------------------------------ sums, how it was made */

static bool merge_sums(struct merging *merging)
{
    for (size_t i = 0; i < merging->input_count; i++) {
        struct input *input = &merging->inputs[i];
        if (!input->used) continue;
        for (size_t f = 0; f < input->state.sums.field_count; f++) {
            struct customer_units *units = &input->state.sums.fields[f];
            if (units->source >= input->state.list.source_count) return false;
            units->source = input->sources[units->source];
        }
        if (!field_sums_map(&input->state.sums.seen_fields, input->sources, input->state.list.source_count)) return false;
        if (!sums_add(&merging->merged.sums, &input->state.sums)) return false;
    }
    return true;
}

/* One scan's shards stay shards, so that the rest can be merged in later; several scans make one. */
static bool merge_heads(struct merging *merging)
{
    const struct case_state *first = &merging->inputs[0].state;
    struct case_state *merged = &merging->merged;
    bool one_scan = true;
    for (size_t i = 1; i < merging->input_count; i++) one_scan &= same_evidence(first, &merging->inputs[i].state);
    merged->version = strdup(first->version);
    merged->settings = strdup(first->settings);
    merged->profile_given = first->profile_given;
    merged->hash = first->hash;
    merged->distinct = first->distinct;
    merged->finished = true;
    merged->shard_count = one_scan ? first->shard_count : 1;
    merged->shards = calloc(merged->shard_count / 8 + 1, 1);
    if (merged->version == NULL || merged->settings == NULL || merged->shards == NULL || !bytes_reserve(&merged->profile, first->profile.count + 1))
        return false;
    bytes_put(&merged->profile, first->profile.at, first->profile.count);
    if (!one_scan) merged->shards[0] = 1;
    for (size_t i = 0; one_scan && i < merging->input_count; i++)
        for (uint32_t s = 0; s < merged->shard_count; s++)
            if (shard_is_in(&merging->inputs[i].state, s)) merged->shards[s / 8] = (uint8_t)(merged->shards[s / 8] | 1u << s % 8);
    return one_scan ? (memcpy(merged->listing, first->listing, sizeof merged->listing), true) : listing_digest(&merged->list, merged->listing);
}

/* ------------------------------------------------------------------ runs */

static bool is_same_numbering(const struct merging *merging, const struct input *input)
{
    for (uint32_t i = 0; i < input->file_count; i++)
        if (input->files[i] != i) return false;
    for (size_t i = 0; i < input->state.list.source_count; i++)
        if (input->sources[i] != i) return false;
    return input->file_count == merging->merged.list.walked_count;
}

static enum status merge_runs(struct merging *merging, struct fault *fault)
{
    size_t count = 0;
    for (size_t i = 0; i < merging->input_count; i++) count += merging->inputs[i].state.holders.count;
    struct run_origin *origins = calloc(count + 1, sizeof *origins);
    if (origins == NULL) return no_memory(fault);
    count = 0;
    for (size_t i = 0; i < merging->input_count; i++) {
        struct input *input = &merging->inputs[i];
        if (!input->used) continue;
        input->map = (struct entry_map){input->files, input->sources, input->file_count, (uint32_t)input->state.list.source_count};
        const struct entry_map *map = is_same_numbering(merging, input) ? NULL : &input->map;
        for (size_t r = 0; r < input->state.holders.count; r++)
            origins[count++] = (struct run_origin){input->tally, &input->identity, input->state.holders.names[r], map};
    }
    enum status status = runs_gather(&merging->runs, origins, count, fault);
    free(origins);
    return status;
}

/* All digests of records in one run; *distinct is how many they are. */
static enum status merge_digests(struct merging *merging, uint64_t *distinct, struct fault *fault)
{
    *distinct = 0;
    if (!merging->merged.distinct) return STATUS_OK;
    size_t count = 0;
    for (size_t i = 0; i < merging->input_count; i++) count += merging->inputs[i].state.digests.count;
    struct run_origin *origins = calloc(count + 1, sizeof *origins);
    if (origins == NULL) return no_memory(fault);
    count = 0;
    for (size_t i = 0; i < merging->input_count; i++)
        for (size_t r = 0; merging->inputs[i].used && r < merging->inputs[i].state.digests.count; r++)
            origins[count++] = (struct run_origin){merging->inputs[i].tally, &merging->inputs[i].identity, merging->inputs[i].state.digests.names[r], NULL};
    enum status status = digest_runs_gather(merging->runs.directory, &merging->runs.identity, origins, count, &merging->runs.next_number, distinct, fault);
    char name[32];
    snprintf(name, sizeof name, "digests-%06u.run", merging->runs.next_number);
    if (status == STATUS_OK && !names_add(&merging->merged.digests, name)) status = no_memory(fault);
    free(origins);
    return status;
}

static enum status commit(void *context, struct fault *fault)
{
    struct merging *merging = context;
    struct case_state *merged = &merging->merged;
    merged->holders = (struct names){merging->runs.names, merging->runs.count, merging->runs.capacity};
    merged->next_number = merging->runs.next_number;
    merged->booked = (struct names){&merging->runs.booked, merging->runs.booked != NULL, 0};
    enum status status = case_places_failure(&merging->places, fault);
    if (status == STATUS_OK) status = case_state_write(merging->runs.directory, &merging->runs.identity, merged, fault);
    merged->holders = merged->booked = (struct names){0};
    if (status == STATUS_OK) runs_drop_stale(&merging->runs);
    return status;
}

/* ------------------------------------------------------------------ the command */

static bool is_kept(const struct object *object)
{
    return !object->elsewhere || (object->is_piece && !object->is_range);
}

/* Drops from a ledger what stands in the base's. */
static bool ledger_shrink(struct input *input)
{
    struct object_list *list = &input->state.list;
    uint32_t *places = calloc(list->count + 1, sizeof *places); /* of those that are kept */
    input->origins = calloc(list->walked_count + 1, sizeof *input->origins);
    if (places == NULL || input->origins == NULL) {
        free(places);
        return false;
    }
    size_t kept = 0, walked = 0, pieces = 0;
    for (size_t p = 0; p < input->state.piece_count; p++)
        if (is_kept(&list->objects[input->state.pieces[p].index])) input->state.pieces[pieces++] = input->state.pieces[p];
    for (size_t i = 0; i < list->count; i++) {
        if (!is_kept(&list->objects[i])) {
            free(list->objects[i].path);
            continue;
        }
        if (i < list->walked_count) input->origins[walked++] = (uint32_t)i;
        places[i] = (uint32_t)kept;
        list->objects[kept++] = list->objects[i];
    }
    for (size_t p = 0; p < pieces; p++) input->state.pieces[p].index = places[input->state.pieces[p].index];
    input->state.piece_count = pieces;
    list->count = kept;
    list->walked_count = walked;
    free(places);
    struct object *objects = realloc(list->objects, (kept + 1) * sizeof *objects);
    if (objects != NULL) list->objects = objects;
    return true;
}

/* All cases of one scan list the same files: the first one's list is enough. */
static enum status input_shrink(struct merging *merging, struct input *input, struct fault *fault)
{
    const struct object_list *list = &input->state.list;
    const struct input *base = NULL;
    for (struct input *other = merging->inputs; other < input && base == NULL; other++)
        if (other->is_base && same_evidence(&other->state, &input->state)) base = other;
    input->file_count = (uint32_t)list->walked_count;
    input->is_base = base == NULL;
    if (base == NULL) return STATUS_OK;
    bool same = base->file_count == input->file_count;
    for (size_t i = 0; i < list->walked_count && same; i++) same = strcmp(list->objects[i].path, base->state.list.objects[i].path) == 0;
    if (!same) return refuse(input, "lists other files than another case of the same scan", fault);
    return ledger_shrink(input) ? STATUS_OK : no_memory(fault);
}

static enum status read_inputs(struct merging *merging, struct fault *fault)
{
    const struct options *options = merging->options;
    merging->inputs = calloc(options->argument_count + 1, sizeof *merging->inputs);
    if (merging->inputs == NULL) return no_memory(fault);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < options->argument_count && status == STATUS_OK; i++) {
        struct input *input = &merging->inputs[merging->input_count++];
        *input = (struct input){.folder = options->arguments[i], .tally = -1};
        status = input_open(input, fault);
        if (status == STATUS_OK) status = compare(&merging->inputs[0], input, fault);
        if (status == STATUS_OK) status = input_shrink(merging, input, fault);
    }
    return status;
}

/* What tells a case as it is now from every other one, and from itself as it was or will be. */
struct input_told {
    uint8_t key_fingerprint[RUN_DIGEST_BYTES];
    uint64_t checksum;
};

static int by_bytes(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct input_told));
}

/* All that decides the bytes of the results: what is merged, in whatever order it is named, and what is said beside it. */
static enum status told_digest(const struct merging *merging, uint8_t digest[SHA256_DIGEST_BYTES], struct fault *fault)
{
    const struct case_state *merged = &merging->merged;
    struct input_told *told = calloc(merging->input_count + 1, sizeof *told);
    struct sha256 *hash = sha256_open();
    if (told != NULL && hash != NULL) {
        size_t count = 0;
        for (size_t i = 0; i < merging->input_count; i++) {
            if (!merging->inputs[i].used) continue;
            memcpy(told[count].key_fingerprint, merging->inputs[i].identity.key_fingerprint, sizeof told->key_fingerprint);
            told[count++].checksum = merging->inputs[i].state.checksum;
        }
        if (count > 0) qsort(told, count, sizeof *told, by_bytes);
        const uint8_t given[] = {merged->roster_given, merged->aware_given};
        const int64_t aware_s = merged->aware_given ? merged->aware_s : 0;
        sha256_add(hash, BREACHTALLY_VERSION, sizeof BREACHTALLY_VERSION);
        sha256_add(hash, given, sizeof given);
        sha256_add(hash, merged->roster, sizeof merged->roster);
        sha256_add(hash, &aware_s, sizeof aware_s);
        sha256_add(hash, told, count * sizeof *told);
        sha256_take(hash, digest);
    }
    enum status status = told != NULL && hash != NULL ? STATUS_OK : no_memory(fault);
    sha256_close(hash);
    free(told);
    return status;
}

static enum status folder_open(struct merging *merging, struct fault *fault)
{
    const char *folder = merging->options->case_folder;
    const struct object_list *list = &merging->merged.list;
    size_t memory = merging->options->memory_bytes > 0 ? (size_t)merging->options->memory_bytes : (size_t)1 << 30;
    merging->runs.source_count = list->source_count > 0 ? (uint32_t)list->source_count : 1;
    merging->runs.zone_s = merging->profile->timezone_offset_s;
    merging->runs.thread_count = merging->thread_count;
    merging->runs.memory_bytes = memory;
    merging->runs.file_count = (uint32_t)list->walked_count;
    merging->order = (struct place_order){case_places_before, &merging->places};
    merging->runs.order = &merging->order;
    uint8_t digest[SHA256_DIGEST_BYTES];
    enum status status = told_digest(merging, digest, fault);
    if (status == STATUS_OK) status = merge_folder_open(folder, digest, &merging->mark, &merging->finished, fault);
    if (status != STATUS_OK || merging->finished) return status;
    status = case_identity_make(folder, &merging->runs.identity, fault);
    merging->runs.identity.content = RUN_CONTENT_HOLDERS;
    if (status == STATUS_OK) status = case_tally_open(folder, &merging->runs.directory, fault);
    if (status == STATUS_OK) status = tally_open(merging->runs.source_count, &merging->tally, fault);
    if (status == STATUS_OK) tally_set_zone(merging->tally, merging->runs.zone_s);
    return status;
}

static bool same_roster(const struct case_state *a, const struct case_state *b)
{
    return a->roster_given == b->roster_given && (!a->roster_given || memcmp(a->roster, b->roster, sizeof a->roster) == 0);
}

/* What a scan's roster lists is likely at least, whatever it looks like: shards with several of them are those of no one scan. What
 * was merged already has the roster of that merge, and does not say. */
static void rosters_compare(const struct merging *merging)
{
    for (size_t i = 0; i < merging->input_count; i++) {
        const struct case_state *state = &merging->inputs[i].state, *first = NULL;
        for (size_t k = 0; k < i && first == NULL; k++)
            if (same_evidence(&merging->inputs[k].state, state) && shards_in(&merging->inputs[k].state) == 1) first = &merging->inputs[k].state;
        if (first == NULL || shards_in(state) != 1 || same_roster(first, state)) continue;
        fputs("breachtally: the shards were scanned with different rosters, so that numbers that only a roster tells were found in some of them "
              "alone; scan all of them with one\n", stderr);
        return;
    }
}

/* What was made with a roster is not merged without one: the result would say less than its parts. */
static enum status roster_take(struct merging *merging, struct fault *fault)
{
    for (size_t i = 0; i < merging->input_count && merging->roster == NULL; i++)
        if (merging->inputs[i].state.roster_given)
            return refuse(&merging->inputs[i], "was made with a roster; name it, or another one, with --roster", fault);
    rosters_compare(merging);
    merging->merged.roster_given = merging->roster != NULL;
    if (merging->roster != NULL) memcpy(merging->merged.roster, roster_sha256(merging->roster), sizeof merging->merged.roster);
    return STATUS_OK;
}

/* When it became known is what all cases say that say it, unless the options do. */
static enum status aware_take(struct merging *merging, struct fault *fault)
{
    struct case_state *merged = &merging->merged;
    merged->aware_given = merging->options->aware_s != OPTIONS_NO_TIME;
    merged->aware_s = merging->options->aware_s;
    for (size_t i = 0; i < merging->input_count && merging->options->aware_s == OPTIONS_NO_TIME; i++) {
        const struct case_state *state = &merging->inputs[i].state;
        if (!state->aware_given) continue;
        if (merged->aware_given && merged->aware_s != state->aware_s)
            return refuse(&merging->inputs[i], "was made with another --aware than another case: say with --aware which time is true", fault);
        merged->aware_given = true;
        merged->aware_s = state->aware_s;
    }
    return STATUS_OK;
}

static enum status merge(struct merging *merging, struct timespec started, int *exit_code, struct fault *fault)
{
    enum status status = read_inputs(merging, fault);
    if (status == STATUS_OK) status = choose(merging, fault);
    if (status == STATUS_OK) status = merge_ledgers(merging, fault);
    if (status == STATUS_OK && (!merge_heads(merging) || !merge_sums(merging))) status = no_memory(fault);
    if (status == STATUS_OK) status = case_profile_take(&merging->merged, &merging->profile, &merging->roles, fault);
    if (status == STATUS_OK)
        status = roster_load(merging->options, merging->roles, merging->profile, merging->thread_count, NULL, &merging->roster, fault);
    if (status == STATUS_OK) status = roster_take(merging, fault);
    if (status == STATUS_OK) status = aware_take(merging, fault);
    if (status == STATUS_OK) status = folder_open(merging, fault);
    if (status != STATUS_OK || merging->finished) return status;
    if (status == STATUS_OK) status = merge_pieces(merging, fault);
    if (status == STATUS_OK && (!case_list_shown(&merging->merged, &merging->shown) || !case_places_open(&merging->merged, &merging->places))) status = no_memory(fault);
    if (status == STATUS_OK) status = merge_runs(merging, fault);
    uint64_t distinct = 0;
    if (status == STATUS_OK) status = merge_digests(merging, &distinct, fault);
    if (status != STATUS_OK) return status;
    struct options options = *merging->options;
    case_options_take(&merging->merged, merging->profile, &options);
    case_passwords_take(&merging->merged, &merging->facts);
    struct conclusion conclusion = {.folder = options.case_folder,
                                    .options = &options,
                                    .resolving = {.tally = merging->tally,
                                                  .list = &merging->shown,
                                                  .places = {case_places_unit, case_places_object, &merging->places, true},
                                                  .thread_count = merging->thread_count},
                                    .runs = &merging->runs,
                                    .sums = &merging->merged.sums,
                                    .incomplete = merging->incomplete,
                                    .distinct = merging->merged.distinct,
                                    .records_distinct = distinct,
                                    .roles = merging->roles,
                                    .profile = merging->profile,
                                    .roster = merging->roster,
                                    .facts = &merging->facts,
                                    .started = &started,
                                    .commit = commit,
                                    .context = merging};
    return conclude(&conclusion, exit_code, fault);
}

static void merging_close(struct merging *merging)
{
    for (size_t i = 0; i < merging->input_count; i++) {
        struct input *input = &merging->inputs[i];
        case_state_free(&input->state);
        if (input->is_base) free(input->files);
        free(input->origins);
        free(input->sources);
        if (input->tally >= 0) close(input->tally);
    }
    free(merging->inputs);
    free(merging->shown.objects);
    case_places_close(&merging->places);
    case_state_free(&merging->merged);
    if (merging->runs.directory >= 0) close(merging->runs.directory);
    runs_free(&merging->runs);
    tally_close(merging->tally);
    roster_close(merging->roster);
    roles_free(merging->roles);
    profile_free(merging->profile);
}

/* The case is whole; who asked for it has not been told of it. */
static int tell_again(const struct options *options, int mark)
{
    struct options again = *options;
    char *folder[] = {(char *)options->case_folder};
    again.arguments = folder;
    again.argument_count = 1;
    int exit_code = command_report(&again);
    if (exit_code == EXIT_FINISHED || exit_code == EXIT_INCOMPLETE) merge_folder_done(options->case_folder, mark);
    else merge_folder_leave(mark);
    return exit_code;
}

int command_merge(const struct options *options)
{
    struct merging merging = {.options = options, .runs = {.directory = -1}, .facts = {.started_s = (int64_t)time(NULL), .cpu_path = ""},
                              .merged = {.sums = sums_none()}, .mark = -1};
    merging.thread_count = options->thread_count > 0 ? options->thread_count : parallel_cores();
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    struct fault fault = {0};
    int exit_code = EXIT_FINISHED;
    enum status status = merge(&merging, started, &exit_code, &fault);
    if (status != STATUS_OK) {
        fprintf(stderr, "breachtally: %s\n", fault.message);
        exit_code = merging.mismatch ? EXIT_MISMATCH : status == STATUS_USAGE || status == STATUS_DAMAGED ? EXIT_USAGE : EXIT_UNFINISHED;
    }
    merging_close(&merging);
    if (merging.finished) return tell_again(options, merging.mark);
    if (merging.mark >= 0 && status == STATUS_OK) merge_folder_done(options->case_folder, merging.mark);
    else if (merging.mark >= 0) merge_folder_clear(options->case_folder, merging.mark);
    return exit_code;
}
