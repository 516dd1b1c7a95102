#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/escape.h"
#include "object_open.h"

/* The stack: one frame for each open folder on the way down, its entries still to come in one array
 * that all frames share, their names in one buffer. Only the lowest OPEN_FOLDERS_MAX frames keep a
 * descriptor; the others get it back through ".." on the way up, checked by device and inode. */
enum { OPEN_FOLDERS_MAX = 24, LIST_BYTES = 64 << 10, ROOT_DESCRIPTORS_MAX = 8 };

struct entry {
    uint64_t first_bytes; /* of the name, big-endian: settles most comparisons */
    size_t
        name; /* offset in names; a folder's ends with '/', which gives the order of whole paths */
    unsigned char type; /* DT_... */
};

struct frame {
    int descriptor; /* -1: given up for the time being */
    dev_t device;
    ino_t inode;
    size_t entry_at, entry_end, names_begin, path_length, open_path_length;
    bool is_excluded;
    uint32_t source;
};

struct text {
    char *at;
    size_t length, capacity;
};

struct walker {
    const struct walk_options *options;
    struct object_list *list;
    struct frame *frames;
    size_t frame_count, frame_capacity;
    struct entry *entries;
    size_t entry_count, entry_capacity;
    struct text names, path,
        open_path;           /* path and open_path of the present folder, with final '/' */
    size_t root_name_length; /* with '/': where the path below the root begins */
    uint32_t root;
    size_t root_bytes; /* of open_path, 0 for a file */
    int64_t modified_ns; /* of what is added next */
    size_t source_capacity;
    char *listing; /* LIST_BYTES for getdents64 */
};

/* --- small things that grow --------------------------------------------------------------------
 */

static bool grow(void **array, size_t *capacity, size_t wanted, size_t item_size)
{
    if (wanted <= *capacity) return true;
    size_t larger = *capacity * 2 > wanted ? *capacity * 2 : wanted + 16;
    void *moved = realloc(*array, larger * item_size);
    if (moved == NULL) return false;
    *array = moved;
    *capacity = larger;
    return true;
}

static bool text_add(struct text *text, const char *more, size_t length)
{
    void *at = text->at;
    if (!grow(&at, &text->capacity, text->length + length + 1, 1)) return false;
    text->at = at;
    memcpy(text->at + text->length, more, length);
    text->length += length;
    text->at[text->length] = '\0';
    return true;
}

static bool text_set(struct text *text, const char *content)
{
    text->length = 0;
    return text_add(text, content, strlen(content));
}

static void text_cut(struct text *text, size_t length)
{
    text->length = length;
    text->at[length] = '\0';
}

static bool source_add(struct walker *walker, const char *name, size_t length, uint32_t *source)
{
    struct object_list *list = walker->list;
    void *sources = list->sources;
    if (!grow(&sources, &walker->source_capacity, list->source_count + 1, sizeof *list->sources))
        return false;
    list->sources = sources;
    list->sources[list->source_count] = strndup(name, length);
    if (list->sources[list->source_count] == NULL) return false;
    *source = (uint32_t)list->source_count++;
    return true;
}

/* --- objects -----------------------------------------------------------------------------------
 */

/* The next free object, all zero. NULL: no memory. */
static struct object *object_next(struct object_list *list)
{
    void *objects = list->objects;
    if (!grow(&objects, &list->capacity, list->count + 1, sizeof *list->objects)) return NULL;
    list->objects = objects;
    struct object *object = &list->objects[list->count];
    memset(object, 0, sizeof *object);
    return object;
}

static bool is_excluded(const struct walker *walker, const char *below_root)
{
    for (size_t i = 0; i < walker->options->exclude_count; i++)
        if (glob_matches(walker->options->excludes[i], below_root)) return true;
    return false;
}

/* The rule that fits; sources of rules stand in front of those of roots and folders. */
static uint32_t source_by_rule(const struct walker *walker, const char *below_root,
                               uint32_t otherwise)
{
    for (size_t i = 0; i < walker->options->source_count; i++)
        if (glob_matches(walker->options->sources[i].path_glob, below_root)) return (uint32_t)i;
    return otherwise;
}

static int64_t modified_of(const struct stat *about)
{
    return (int64_t)about->st_mtim.tv_sec * 1000000000 + about->st_mtim.tv_nsec;
}

/* Adds the object that path and open_path stand for, one block of memory for both. */
static struct object *object_add(struct walker *walker, int64_t size, uint32_t source)
{
    struct object *object = object_next(walker->list);
    if (object == NULL) return NULL;
    size_t path_size = walker->path.length + 1, open_size = walker->open_path.length + 1;
    object->path = malloc(path_size + open_size);
    if (object->path == NULL) return NULL;
    walker->list->count++;
    memcpy(object->path, walker->path.at, path_size);
    object->open_path = object->path + path_size;
    memcpy(object->open_path, walker->open_path.at, open_size);
    object->below_root =
        object->path +
        (walker->root_name_length < path_size ? walker->root_name_length : path_size - 1);
    object->size_bytes = size;
    object->modified_ns = walker->modified_ns;
    object->root = walker->root;
    object->root_bytes = walker->root_bytes;
    object->root_descriptor = walker->list->root_descriptors[walker->root];
    object->source = source_by_rule(walker, object->below_root, source);
    return object;
}

static void object_leave(struct object *object, enum object_status status,
                         enum coverage_reason reason, const char *detail)
{
    object_mark(object, status, reason, detail);
    object->bytes_unexamined = object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0;
}

static const char *failure_detail(enum coverage_reason reason)
{
    switch (reason) {
    case COVERAGE_PERMISSION_DENIED:
        return "may not be read";
    case COVERAGE_NO_FDS:
        return "no free file descriptor";
    case COVERAGE_VANISHED:
        return "gone while the evidence was listed";
    case COVERAGE_SYMLINK_NOT_FOLLOWED:
        return "became a symbolic link";
    default:
        return "cannot be read";
    }
}

static bool failure_add(struct walker *walker, int error, uint32_t source, const char *what)
{
    struct object *object = object_add(walker, 0, source);
    if (object == NULL) return false;
    enum coverage_reason reason = coverage_reason_of_errno(error);
    char detail[OBJECT_DETAIL_SIZE];
    snprintf(detail, sizeof detail, "%s%s", what, failure_detail(reason));
    bool skipped = reason == COVERAGE_SYMLINK_NOT_FOLLOWED || reason == COVERAGE_NOT_REGULAR;
    object_leave(object, skipped ? OBJECT_SKIPPED : OBJECT_FAILED, reason, detail);
    return true;
}

/* A file, link, pipe ... of the present folder, whose name stands behind path and open_path
 * already. */
static bool entry_to_object(struct walker *walker, unsigned char type, int64_t size, bool excluded,
                            uint32_t source)
{
    struct object *object = object_add(walker, size, source);
    if (object == NULL) return false;
    if (excluded || is_excluded(walker, object->below_root))
        object_leave(object, OBJECT_SKIPPED, COVERAGE_EXCLUDED_BY_USER, NULL);
    else if (type == DT_LNK)
        object_leave(object, OBJECT_SKIPPED, COVERAGE_SYMLINK_NOT_FOLLOWED, NULL);
    else if (type != DT_REG)
        object_leave(object, OBJECT_SKIPPED, COVERAGE_NOT_REGULAR, NULL);
    return true;
}

/* --- one folder --------------------------------------------------------------------------------
 */

static unsigned char type_of(mode_t mode)
{
    return (unsigned char)IFTODT(mode);
}

static uint64_t first_bytes_of(const char *name)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < sizeof value && name[i] != '\0'; i++)
        value = value << 8 | (unsigned char)name[i];
    return i == 0 ? 0 : value << 8 * (sizeof value - i);
}

static int entry_compare(const void *a, const void *b, void *names)
{
    const struct entry *left = a, *right = b;
    if (left->first_bytes != right->first_bytes)
        return left->first_bytes < right->first_bytes ? -1 : 1;
    return strcmp((const char *)names + left->name, (const char *)names + right->name);
}

static bool entry_add(struct walker *walker, int folder, const char *name, unsigned char type)
{
    struct stat about;
    if (type == DT_UNKNOWN && fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
        type = type_of(about.st_mode);
    void *entries = walker->entries;
    if (!grow(&entries, &walker->entry_capacity, walker->entry_count + 1, sizeof *walker->entries))
        return false;
    walker->entries = entries;
    size_t begin = walker->names.length;
    if (!text_add(&walker->names, name, strlen(name))) return false;
    if (type == DT_DIR && !text_add(&walker->names, "/", 1)) return false;
    walker->names.length++; /* keeps the NUL */
    walker->entries[walker->entry_count++] =
        (struct entry){first_bytes_of(walker->names.at + begin), begin, type};
    return true;
}

/* Lists the folder of the top frame, sorted. 0, an errno, or -1: no memory. */
static int folder_list(struct walker *walker, struct frame *frame)
{
    for (;;) {
        ssize_t got = getdents64(frame->descriptor, walker->listing, LIST_BYTES);
        if (got < 0 && errno == EINTR) continue;
        int error = got < 0 ? errno : 0;
        if (got <= 0) {
            frame->entry_end = walker->entry_count;
            if (frame->entry_end - frame->entry_at > 1)
                qsort_r(walker->entries + frame->entry_at, frame->entry_end - frame->entry_at,
                        sizeof *walker->entries, entry_compare, walker->names.at);
            return error;
        }
        for (ssize_t at = 0; at < got;) {
            const struct dirent64 *found = (const void *)(walker->listing + at);
            at += found->d_reclen;
            if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0) continue;
            if (!entry_add(walker, frame->descriptor, found->d_name, found->d_type)) return -1;
        }
    }
}

static bool is_loop(const struct walker *walker, const struct stat *about)
{
    for (size_t i = 0; i < walker->frame_count; i++)
        if (walker->frames[i].inode == about->st_ino && walker->frames[i].device == about->st_dev)
            return true;
    return false;
}

/* A line for the present folder itself, which cannot be gone through. Its path has no final '/'. */
static bool folder_add(struct walker *walker, enum object_status status,
                       enum coverage_reason reason, const char *what, uint32_t source)
{
    bool is_slash = walker->open_path.length == 1; /* the argument "/" */
    text_cut(&walker->path, walker->path.length - 1);
    if (!is_slash) text_cut(&walker->open_path, walker->open_path.length - 1);
    struct object *object = object_add(walker, 0, source);
    if (object == NULL) return false;
    char detail[OBJECT_DETAIL_SIZE];
    snprintf(detail, sizeof detail, "%s%s", what,
             reason == COVERAGE_LOOP ? "" : failure_detail(reason));
    object_leave(object, status, reason, detail);
    return text_add(&walker->path, "/", 1) && (is_slash || text_add(&walker->open_path, "/", 1));
}

static bool folder_failed(struct walker *walker, int error, const char *what, uint32_t source)
{
    enum coverage_reason reason = coverage_reason_of_errno(error);
    bool skipped = reason == COVERAGE_SYMLINK_NOT_FOLLOWED;
    return folder_add(walker, skipped ? OBJECT_SKIPPED : OBJECT_FAILED, reason, what, source);
}

static int folder_open(int folder, const char *name, int flags)
{
    int descriptor = openat(folder, name, flags | O_NOATIME);
    return descriptor < 0 && errno == EPERM ? openat(folder, name, flags) : descriptor;
}

/* Goes into the folder that path and open_path (with '/') name; name is relative to folder. On
 * trouble the folder gets a line of its own. False: no memory. */
static bool folder_push(struct walker *walker, int folder, const char *name, int follow,
                        bool excluded, uint32_t source)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
    int descriptor = folder_open(folder, name, flags);
    if (descriptor < 0) return folder_failed(walker, errno, "folder ", source);
    struct stat about;
    if (fstat(descriptor, &about) != 0 || is_loop(walker, &about)) {
        close(descriptor);
        return folder_add(walker, OBJECT_SKIPPED, COVERAGE_LOOP, "a folder within itself", source);
    }
    void *frames = walker->frames;
    if (!grow(&frames, &walker->frame_capacity, walker->frame_count + 1, sizeof *walker->frames)) {
        close(descriptor);
        return false;
    }
    walker->frames = frames;
    if (walker->frame_count >= OPEN_FOLDERS_MAX) {
        struct frame *above = &walker->frames[walker->frame_count - OPEN_FOLDERS_MAX];
        if (above->descriptor >= 0) close(above->descriptor);
        above->descriptor = -1;
    }
    struct frame *frame = &walker->frames[walker->frame_count++];
    *frame = (struct frame){.descriptor = descriptor,
                            .device = about.st_dev,
                            .inode = about.st_ino,
                            .entry_at = walker->entry_count,
                            .entry_end = walker->entry_count,
                            .names_begin = walker->names.length,
                            .path_length = walker->path.length,
                            .open_path_length = walker->open_path.length,
                            .is_excluded = excluded,
                            .source = source};
    int error = folder_list(walker, frame);
    if (error < 0) return false;
    if (error == 0) return true;
    return folder_failed(walker, error, "listing of the folder ended early: ", source);
}

/* Leaves the top folder; the one above gets its descriptor back if it had to give it up. */
static void folder_pop(struct walker *walker)
{
    struct frame *frame = &walker->frames[--walker->frame_count];
    walker->entry_count =
        walker->frame_count > 0 ? walker->frames[walker->frame_count - 1].entry_end : 0;
    walker->names.length = frame->names_begin;
    if (walker->frame_count > 0) {
        struct frame *above = frame - 1;
        if (above->descriptor < 0 && frame->descriptor >= 0) {
            struct stat about;
            above->descriptor = openat(frame->descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (above->descriptor >= 0 &&
                (fstat(above->descriptor, &about) != 0 || about.st_ino != above->inode ||
                 about.st_dev != above->device)) {
                close(above->descriptor);
                above->descriptor = -1;
            }
        }
    }
    if (frame->descriptor >= 0) close(frame->descriptor);
}

/* What lies directly in a single root belongs to the root; what lies in its folders, to them. */
static bool source_below(struct walker *walker, const char *name, uint32_t *source)
{
    if (walker->frame_count > 1 || walker->list->root_count > 1 ||
        walker->options->source_count > 0)
        return true;
    return source_add(walker, name, strlen(name) - 1, source);
}

/* Whether it is one of the folders that this run makes. */
static bool is_own(const struct walker *walker, int folder, const char *name)
{
    const struct walk_options *options = walker->options;
    struct stat about;
    if (options->own_count == 0 || folder < 0 || fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0) return false;
    for (size_t i = 0; i < options->own_count; i++)
        if (options->own[i].inode == about.st_ino && options->own[i].device == about.st_dev) return true;
    return false;
}

/* The next entry of the top folder. False: no memory. */
static bool entry_visit(struct walker *walker)
{
    struct frame *frame = &walker->frames[walker->frame_count - 1];
    if (frame->entry_at == frame->entry_end) {
        folder_pop(walker);
        return true;
    }
    struct entry entry = walker->entries[frame->entry_at++];
    int folder = frame->descriptor;
    text_cut(&walker->path, frame->path_length);
    text_cut(&walker->open_path, frame->open_path_length);
    const char *name = walker->names.at + entry.name;
    size_t length = strlen(name);
    if (!text_add(&walker->path, name, length) || !text_add(&walker->open_path, name, length))
        return false;
    uint32_t source = frame->source;
    bool excluded = frame->is_excluded;
    if (entry.type == DT_DIR && is_own(walker, folder, name)) return true;
    if (entry.type == DT_DIR) {
        if (!source_below(walker, name, &source)) return false;
        walker->path.at[walker->path.length - 1] = '\0';
        if (!excluded) excluded = is_excluded(walker, walker->path.at + walker->root_name_length);
        walker->path.at[walker->path.length - 1] = '/';
        if (folder < 0) return folder_failed(walker, ENOENT, "folder ", source);
        return folder_push(walker, folder, name, 0, excluded, source);
    }
    struct stat about;
    if (entry.type != DT_REG && entry.type != DT_UNKNOWN)
        return entry_to_object(walker, entry.type, 0, excluded, source);
    if (folder < 0) return failure_add(walker, ENOENT, source, "");
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return failure_add(walker, errno, source, "");
    entry.type = type_of(about.st_mode);
    walker->modified_ns = modified_of(&about);
    bool added = entry_to_object(walker, entry.type, entry.type == DT_REG ? (int64_t)about.st_size : 0,
                                 excluded, source);
    walker->modified_ns = 0;
    return added;
}

/* --- the arguments -----------------------------------------------------------------------------
 */

struct root {
    const char *argument;
    char *name;      /* unique among the roots */
    char *real_path; /* where the argument is a link or has no name of its own */
    bool is_folder;
    int64_t size;
    unsigned char type;
    size_t index; /* of the argument */
    int64_t modified_ns;
};

static char *last_component(const char *path)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return strndup(path + begin, end - begin);
}

static bool has_no_name(const char *name)
{
    return name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to list the evidence");
}

static enum status root_look(struct root *root, struct fault *fault)
{
    if (strcmp(root->argument, "-") == 0) {
        root->name = strdup("-");
        root->type = DT_REG;
        root->size = -1;
        return root->name == NULL ? no_memory(fault) : STATUS_OK;
    }
    struct stat about, target;
    char shown[256];
    escape_write_tail(shown, sizeof shown, root->argument, strlen(root->argument));
    if (root->argument[0] == '\0' || lstat(root->argument, &about) != 0 ||
        stat(root->argument, &target) != 0) {
        if (root->argument[0] == '\0' || errno == ENOENT || errno == ENOTDIR)
            return fault_set(fault, STATUS_USAGE, "no such file or folder: %s", shown);
        return fault_set(fault, STATUS_USAGE, "cannot be looked at: %s", shown);
    }
    root->is_folder = S_ISDIR(target.st_mode);
    root->type = type_of(target.st_mode);
    root->size = S_ISREG(target.st_mode) ? (int64_t)target.st_size : 0;
    root->modified_ns = modified_of(&target);
    root->name = last_component(root->argument);
    if (root->name == NULL) return no_memory(fault);
    if (has_no_name(root->name) || (S_ISLNK(about.st_mode) && !root->is_folder)) {
        root->real_path = realpath(root->argument, NULL);
        if (root->real_path == NULL)
            return fault_set(fault, STATUS_USAGE, "cannot be looked at: %s", shown);
    }
    if (has_no_name(root->name)) {
        free(root->name);
        root->name =
            strcmp(root->real_path, "/") == 0 ? strdup("root") : last_component(root->real_path);
        if (root->name == NULL) return no_memory(fault);
    }
    return STATUS_OK;
}

static bool name_is_taken(const struct root *roots, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(roots[i].name, name) == 0) return true;
    return false;
}

static bool root_name_make_unique(struct root *roots, size_t index)
{
    char *name = roots[index].name, *other = NULL;
    for (unsigned number = 2; name_is_taken(roots, index, other == NULL ? name : other); number++) {
        free(other);
        if (asprintf(&other, "%s~%u", name, number) < 0) return false;
    }
    if (other == NULL) return true;
    free(name);
    roots[index].name = other;
    return true;
}

static bool walk_root(struct walker *walker, const struct root *root)
{
    walker->root = (uint32_t)root->index;
    uint32_t source;
    if (!source_add(walker, root->name, strlen(root->name), &source)) return false;
    const char *open_path =
        root->real_path == NULL || root->is_folder ? root->argument : root->real_path;
    if (!text_set(&walker->path, root->name) || !text_set(&walker->open_path, open_path))
        return false;
    if (!root->is_folder) {
        walker->root_name_length = walker->root_bytes = 0;
        walker->modified_ns = root->modified_ns;
        if (!entry_to_object(walker, root->type, root->size, false, source)) return false;
        walker->modified_ns = 0;
        if (strcmp(root->argument, "-") == 0)
            walker->list->objects[walker->list->count - 1].open_path = NULL;
        return true;
    }
    if (!text_add(&walker->path, "/", 1)) return false;
    size_t length = walker->open_path.length;
    while (length > 1 && walker->open_path.at[length - 1] == '/')
        length--;
    text_cut(&walker->open_path, length);
    if (walker->open_path.at[length - 1] != '/' && !text_add(&walker->open_path, "/", 1))
        return false;
    walker->root_name_length = walker->path.length;
    walker->root_bytes = walker->open_path.length;
    if (!folder_push(walker, AT_FDCWD, root->argument, 1, false, source)) return false;
    if (walker->frame_count > 0 && root->index < ROOT_DESCRIPTORS_MAX)
        walker->list->root_descriptors[root->index] =
            fcntl(walker->frames[0].descriptor, F_DUPFD_CLOEXEC, 0);
    while (walker->frame_count > 0 && !stop_is_wanted(&walker->options->stop))
        if (!entry_visit(walker)) return false;
    return true;
}

/* --- the order, the sources --------------------------------------------------------------------
 */

static int object_order(const void *a, const void *b)
{
    return strcmp(((const struct object *)a)->path, ((const struct object *)b)->path);
}

/* Nearly always it is in order already: folders are sorted as if their names ended with '/'. */
static void objects_sort(struct object_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(list->objects[i - 1].path, list->objects[i].path) <= 0) continue;
        qsort(list->objects, list->count, sizeof *list->objects, object_order);
        return;
    }
}

struct source_place {
    char *name;
    uint32_t old;
};

static int source_order(const void *a, const void *b)
{
    const struct source_place *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : (left->old > right->old) - (left->old < right->old);
}

/* Sorts the sources, joins those of the same name, leaves those out that name nothing unless the
 * profile named them. */
static bool sources_settle(struct object_list *list, size_t rule_count)
{
    size_t count = list->source_count;
    struct source_place *places = calloc(count + 1, sizeof *places);
    uint32_t *new_of = calloc(count + 1, sizeof *new_of);
    bool *used = calloc(count + 1, sizeof *used);
    if (places == NULL || new_of == NULL || used == NULL) {
        free(places);
        free(new_of);
        free(used);
        return false;
    }
    for (size_t i = 0; i < list->count; i++)
        used[list->objects[i].source] = true;
    for (size_t i = 0; i < rule_count; i++)
        used[i] = true;
    size_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (used[i])
            places[kept++] = (struct source_place){list->sources[i], i};
        else
            free(list->sources[i]);
    }
    qsort(places, kept, sizeof *places, source_order);
    size_t last = 0;
    for (size_t i = 0; i < kept; i++) {
        if (i > 0 && strcmp(places[i].name, list->sources[last - 1]) == 0)
            free(places[i].name);
        else
            list->sources[last++] = places[i].name;
        new_of[places[i].old] = (uint32_t)(last - 1);
    }
    list->source_count = last;
    for (size_t i = 0; i < list->count; i++)
        list->objects[i].source = new_of[list->objects[i].source];
    free(places);
    free(new_of);
    free(used);
    return true;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static enum status roots_look(struct root *roots, const struct walk_options *options,
                              struct fault *fault)
{
    bool has_input = false;
    for (size_t i = 0; i < options->argument_count; i++) {
        roots[i].argument = options->arguments[i];
        roots[i].index = i;
        bool is_input = strcmp(roots[i].argument, "-") == 0;
        if (is_input && has_input)
            return fault_set(fault, STATUS_USAGE, "standard input (-) can be read only once");
        has_input |= is_input;
        enum status status = root_look(&roots[i], fault);
        if (status != STATUS_OK) return status;
        if (!root_name_make_unique(roots, i)) return no_memory(fault);
    }
    return STATUS_OK;
}

static bool walk_all(struct walker *walker, struct root *roots)
{
    const struct walk_options *options = walker->options;
    struct object_list *list = walker->list;
    list->root_count = options->argument_count;
    list->roots = calloc(list->root_count, sizeof *list->roots);
    list->root_is_folder = calloc(list->root_count, sizeof *list->root_is_folder);
    list->root_descriptors = malloc(list->root_count * sizeof *list->root_descriptors);
    if (list->roots == NULL || list->root_is_folder == NULL || list->root_descriptors == NULL)
        return false;
    memset(list->root_descriptors, -1, list->root_count * sizeof *list->root_descriptors);
    for (size_t i = 0; i < options->source_count; i++) {
        uint32_t unused;
        if (!source_add(walker, options->sources[i].name, strlen(options->sources[i].name),
                        &unused))
            return false;
    }
    for (size_t i = 0; i < list->root_count; i++) {
        list->root_is_folder[i] = roots[i].is_folder;
        list->roots[i] = strdup(roots[i].name);
        if (list->roots[i] == NULL || !walk_root(walker, &roots[i])) return false;
    }
    objects_sort(list);
    list->walked_count = list->count;
    list->rules = options->sources;
    list->rule_count = options->source_count;
    return sources_settle(list, options->source_count);
}

enum status walk(const struct walk_options *options, struct object_list *list, struct fault *fault)
{
    memset(list, 0, sizeof *list);
    if (options->argument_count == 0) return fault_set(fault, STATUS_USAGE, "no evidence given");
    struct root *roots = calloc(options->argument_count, sizeof *roots);
    struct walker walker = {.options = options, .list = list, .listing = malloc(LIST_BYTES)};
    enum status status = roots == NULL || walker.listing == NULL
                             ? no_memory(fault)
                             : roots_look(roots, options, fault);
    if (status == STATUS_OK && !walk_all(&walker, roots)) status = no_memory(fault);

    for (size_t i = 0; i < walker.frame_count; i++)
        if (walker.frames[i].descriptor >= 0) close(walker.frames[i].descriptor);
    for (size_t i = 0; roots != NULL && i < options->argument_count; i++) {
        free(roots[i].name);
        free(roots[i].real_path);
    }
    free(roots);
    free(walker.frames);
    free(walker.entries);
    free(walker.names.at);
    free(walker.path.at);
    free(walker.open_path.at);
    free(walker.listing);
    if (status != STATUS_OK) object_list_free(list);
    return status;
}

void object_list_free(struct object_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->objects[i].path); /* open_path lies behind it */
    for (size_t i = 0; list->roots != NULL && i < list->root_count; i++)
        free(list->roots[i]);
    for (size_t i = 0; i < list->source_count; i++)
        free(list->sources[i]);
    free(list->objects);
    free(list->roots);
    for (size_t i = 0; list->root_descriptors != NULL && i < list->root_count; i++)
        if (list->root_descriptors[i] >= 0) close(list->root_descriptors[i]);
    free(list->root_descriptors);
    free(list->root_is_folder);
    free(list->sources);
    texts_close(list->texts);
    ledger_close(list->ledger);
    memset(list, 0, sizeof *list);
}

const char *object_path_inner(const char *path)
{
    const char *inner = strchr(path, '!');
    if (inner == NULL) return NULL;
    inner++;
    while (inner[0] == '.' && inner[1] == '/') inner += 2;
    return inner;
}

static int source_name_order(const void *name, const void *source)
{
    return strcmp(name, *(char *const *)source);
}

static uint32_t source_of_piece(const struct object_list *list, const char *path, uint32_t otherwise)
{
    for (; list->rule_count > 0 && path != NULL; path = object_path_inner(path)) {
        for (size_t i = 0; i < list->rule_count; i++) {
            if (!glob_matches(list->rules[i].path_glob, path)) continue;
            char **found = bsearch(list->rules[i].name, list->sources, list->source_count, sizeof *list->sources, source_name_order);
            return found == NULL ? otherwise : (uint32_t)(found - list->sources);
        }
    }
    return otherwise;
}

/* The piece as it begins. name and what it lies in are cut where they are too long. */
static bool piece_make(const struct object_list *list, const struct object *within, uint32_t file, const char *name, uint32_t number,
                       struct object *piece)
{
    char *path;
    if (asprintf(&path, "%.*s!%.*s", OBJECT_PATH_MAX / 2, within->path, OBJECT_PATH_MAX / 2, name) < 0) return false;
    *piece = (struct object){.path = path,
                             .below_root = path + (within->below_root - within->path),
                             .open_path = within->open_path,
                             .root_bytes = within->root_bytes,
                             .root_descriptor = within->root_descriptor,
                             .root = within->root,
                             .is_piece = true,
                             .file = file,
                             .piece = number};
    piece->source = source_of_piece(list, piece->below_root, within->source);
    return true;
}

enum status object_list_add_piece(struct object_list *list, const struct object *within, uint32_t file, const char *name, uint32_t number,
                                  size_t *piece, struct fault *fault)
{
    struct object made;
    size_t at = 0;
    enum status status = list->ledger == NULL ? ledger_open(&list->ledger, fault) : STATUS_OK;
    if (status != STATUS_OK) return status;
    if (ledger_count(list->ledger) == 0) list->ledger_begin = list->count;
    if (!piece_make(list, within, file, name, number, &made)) return no_memory(fault);
    status = ledger_add(list->ledger, &made, &at, fault);
    free(made.path);
    *piece = list->ledger_begin + at;
    return status;
}

enum status object_list_add_range(struct object_list *list, size_t parent, int64_t start_bytes, int64_t size_bytes,
                                  struct fault *fault)
{
    struct object *range = object_next(list); /* may move the objects */
    char name[32];
    snprintf(name, sizeof name, "~%lld", (long long)start_bytes);
    if (range == NULL || !piece_make(list, &list->objects[parent], (uint32_t)parent, name, 0, range)) return no_memory(fault);
    range->is_range = true;
    range->start_bytes = start_bytes;
    range->size_bytes = size_bytes;
    list->objects[parent].is_cut = true;
    list->count++;
    return STATUS_OK;
}

enum status object_list_read(struct object_reader *reader, size_t index, const struct object **object, struct fault *fault)
{
    const struct object_list *list = reader->list;
    if (ledger_count(list->ledger) == 0 || index < list->ledger_begin) {
        *object = &list->objects[index];
        return STATUS_OK;
    }
    const struct object *piece;
    enum status status = STATUS_OK;
    if (reader->reader == NULL) status = ledger_reader_open(list->ledger, &reader->reader, fault);
    if (status == STATUS_OK) status = ledger_read(reader->reader, index - list->ledger_begin, &piece, fault);
    if (status != STATUS_OK) return status;
    const struct object *file = &list->objects[piece->file];
    size_t below = (size_t)(file->below_root - file->path), length = strnlen(piece->path, below);
    reader->object = *piece;
    reader->object.below_root = piece->path + length;
    reader->object.open_path = file->open_path;
    reader->object.root_bytes = file->root_bytes;
    reader->object.root_descriptor = file->root_descriptor;
    reader->object.root = file->root;
    *object = &reader->object;
    return STATUS_OK;
}

void object_reader_close(struct object_reader *reader)
{
    ledger_reader_close(reader->reader);
    reader->reader = NULL;
}

int object_compare(const struct object_list *list, size_t a, size_t b)
{
    return strcmp(list->objects[a].path, list->objects[b].path);
}
