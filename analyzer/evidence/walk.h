/* Finds the objects: every path below the evidence arguments, in the total order of path bytes.
 *
 * Shape    arguments -> list of objects, each with one line in the ledger, whatever it is
 * Never    follows a symlink, opens a FIFO, recurses, writes
 * Leaves   out the folders that the run itself makes: they are no evidence, and may not be there when it begins
 * Names    bytes; nothing is decoded. A root is named by its last path component (of its real path
 *          where the argument is "." or ends in ".."); a second root of the same name becomes "name~2"
 * Owns     all paths, from walk to object_list_free
 */
#ifndef WALK_H
#define WALK_H

#include <sys/types.h>

#include "../support/fault.h"
#include "../support/stop.h"
#include "ledger.h"
#include "object.h"
#include "texts.h"

struct source_rule;

struct object_list {
    struct object *objects; /* sorted by path bytes after walk(); ranges are appended behind later */
    size_t count, capacity;
    struct ledger *ledger;  /* the other pieces, behind them; NULL: there are none */
    size_t ledger_begin;    /* the index of its first one: count, once it has any */
    size_t walked_count;    /* how many walk() found: those before it are in path order */
    char **roots;           /* names of the evidence arguments, as they begin the paths */
    bool *root_is_folder;
    int *root_descriptors;  /* of the first folders among them, so that all is read beneath what was walked; else -1 */
    size_t root_count;
    char **sources;         /* source names, sorted; object.source indexes them */
    size_t source_count;
    struct texts *texts;    /* of the objects: format, detail */
    const struct source_rule *rules; /* the walk's, for pieces; lent */
    size_t rule_count;
};

/* A source of the profile: the first whose glob fits names the object's source. */
struct source_rule {
    const char *name;
    const char *path_glob; /* against the path below the root; "**" crosses '/' */
};

/* A folder, whatever its name. */
struct folder_identity {
    dev_t device;
    ino_t inode;
};

struct walk_options {
    const struct folder_identity *own; /* folders that are no evidence, since this run makes them; left out wherever they lie */
    size_t own_count;
    char *const *arguments;
    size_t argument_count;
    const char *const *excludes; /* --exclude globs, against the path below the root */
    size_t exclude_count;
    const struct source_rule *sources; /* without any: the first folder level below a single root, the
                                          root's name for what lies directly in it or for several roots */
    size_t source_count;
    struct stop stop; /* once it is wanted, the list is not all there is, and of no use */
};

/* Fails    USAGE: an argument does not exist, or there is none. FATAL: no memory. What cannot be
 *          read below the arguments is no failure: it becomes a line of the ledger (FAILED, SKIPPED). */
MUST_USE enum status walk(const struct walk_options *options, struct object_list *list,
                          struct fault *fault);
void object_list_free(struct object_list *list);

/* Where a path stands as it would if the containers around it were folders: behind each '!', from the outermost on, without "./"
 * in front. NULL: at the end. */
const char *object_path_inner(const char *path);

/* All objects: those of the array, then those of the ledger. */
static inline size_t object_list_total(const struct object_list *list)
{
    return list->count + ledger_count(list->ledger);
}

/* The index of a file's piece that the ledger has; 0, which is no piece's: it has none. */
static inline size_t object_list_find_piece(const struct object_list *list, uint32_t file, uint32_t piece)
{
    size_t number = ledger_find(list->ledger, file, piece);
    return number != LEDGER_NONE ? list->ledger_begin + number : 0;
}

/* Reads any object by its index, as ledger_read does; one thread's. All zero but the list at the beginning. */
struct object_reader {
    const struct object_list *list;
    struct ledger_reader *reader;
    struct object object; /* of a piece: the ledger's, and what its file's entry says of it */
};

/* Lends the object until the next call, or until the list changes. Fails    as ledger_read; FATAL: no memory. */
MUST_USE enum status object_list_read(struct object_reader *reader, size_t index, const struct object **object, struct fault *fault);
void object_reader_close(struct object_reader *reader);

/* Adds a piece to the ledger: of the object `within`, a file or a piece itself, of objects[file], with a name ("path!name"; what is
 * beyond OBJECT_PATH_MAX is cut off), and gives its index. Its source is that of a rule that fits its path, or its path within a
 * container, else its parent's. number: see object.piece. Not safe beside another call: the caller holds the
 * list's lock. Fails    as ledger_add. */
MUST_USE enum status object_list_add_piece(struct object_list *list, const struct object *within, uint32_t file, const char *name, uint32_t number,
                                           size_t *piece, struct fault *fault);

/* Appends a range of size_bytes of objects[parent], by which shards share the file; it is cut from then on. Its number is given later.
 * Before any piece comes to the ledger. Fails    FATAL: no memory. */
MUST_USE enum status object_list_add_range(struct object_list *list, size_t parent, int64_t start_bytes, int64_t size_bytes,
                                           struct fault *fault);

/* Order of two objects by path bytes. */
int object_compare(const struct object_list *list, size_t a, size_t b);

/* Matches a path against a glob: '*' and '?' stay within a level, "**" crosses levels, [a-z], '\\' quotes. Bytes. */
bool glob_matches(const char *glob, const char *path);

#endif
