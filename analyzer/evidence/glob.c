#include <stdbool.h>
#include <stddef.h>

#include "walk.h"

/* One character class "[...]"; gives whether byte is in it, and moves *glob behind it. A "["
 * without an end is a bracket like any other character. */
static bool class_matches(const char **glob, char byte)
{
    const char *at = *glob + 1;
    bool negated = *at == '!' || *at == '^', found = false;
    if (negated) at++;
    for (const char *begin = at; *at != ']' || at == begin; at++) {
        if (*at == '\0') {
            (*glob)++;
            return byte == '[';
        }
        if (*at == '\\' && at[1] != '\0') at++;
        unsigned char low = (unsigned char)*at, high = low;
        if (at[1] == '-' && at[2] != ']' && at[2] != '\0') {
            at += 2;
            if (*at == '\\' && at[1] != '\0') at++;
            high = (unsigned char)*at;
        }
        found |= (unsigned char)byte >= low && (unsigned char)byte <= high;
    }
    *glob = at + 1;
    return found != negated && byte != '/';
}

/* One character that is no star; moves *glob behind it. */
static bool one_matches(const char **glob, char byte)
{
    if (byte == '\0') return false;
    if (**glob == '[') return class_matches(glob, byte);
    if (**glob == '?') {
        (*glob)++;
        return byte != '/';
    }
    if (**glob == '\\' && (*glob)[1] != '\0') (*glob)++;
    return *(*glob)++ == byte;
}

/* Goes back only to the latest '*' and the latest "**": time is bounded by the product of three
 * lengths, and no pattern recurses. A "**" between slashes also fits no level at all. */
bool glob_matches(const char *glob, const char *path)
{
    const char *star_glob = NULL, *star_path = NULL, *deep_glob = NULL, *deep_path = NULL;
    const char *begin = glob;
    for (;;) {
        if (glob[0] == '*' && glob[1] == '*') {
            bool at_level = glob == begin || glob[-1] == '/';
            while (*glob == '*')
                glob++;
            if (at_level && *glob == '/') {
                /* "**" and '/': nothing, or levels with their '/' */
                glob++;
                deep_path = path;
                deep_glob = glob;
                star_glob = NULL;
                continue;
            }
            deep_glob = glob;
            deep_path = path;
            star_glob = NULL;
            continue;
        }
        if (*glob == '*') {
            star_glob = ++glob;
            star_path = path;
            continue;
        }
        if (*glob == '\0' && *path == '\0') return true;
        if (*glob != '\0' && one_matches(&glob, *path)) {
            path++;
            continue;
        }
        if (star_glob != NULL && *star_path != '\0' && *star_path != '/') {
            path = ++star_path;
            glob = star_glob;
            continue;
        }
        if (deep_glob == NULL || *deep_path == '\0') return false;
        deep_path++;
        if (deep_glob > begin && deep_glob[-1] == '/') {
            while (*deep_path != '\0' && deep_path[-1] != '/')
                deep_path++;
            if (deep_path[-1] != '/') return false;
        }
        star_glob = NULL;
        path = deep_path;
        glob = deep_glob;
    }
}
