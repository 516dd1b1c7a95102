#include "shape.h"

#include <string.h>

static bool cpu_has(shape_function *path)
{
#if defined(__x86_64__)
    if (path == shape_avx512)
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("bmi2");
    if (path == shape_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#endif
    return path == shape_portable;
}

shape_function *shape_choose(const char *wanted, const char **name)
{
    static const struct {
        const char *name;
        shape_function *path;
    } paths[] = {{"avx512", shape_avx512}, {"avx2", shape_avx2}, {"portable", shape_portable}};

    bool any = wanted == NULL || strcmp(wanted, "auto") == 0;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (!any && strcmp(wanted, paths[i].name) != 0) continue;
        if (!cpu_has(paths[i].path)) continue;
        *name = paths[i].name;
        return paths[i].path;
    }
    return NULL;
}
