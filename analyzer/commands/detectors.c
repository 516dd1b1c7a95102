#include <string.h>

#include "commands.h"

/* Positions have a file of their own and no row in the table. */
static const char location_source[] = "ISO 6709, WGS 84";

static int widest(int width, const char *text)
{
    int len = (int)strlen(text);
    return len > width ? len : width;
}

int command_detectors(const struct options *options)
{
    (void)options;
    int source_width = widest((int)strlen("source"), location_source);
    for (size_t i = 0; i < KIND_COUNT; i++)
        source_width = widest(source_width, detectors[i]->source);
    printf("%-13s  %-7s  %-*s  %s\n", "kind", "element", source_width, "source", "checksum");
    for (size_t i = 0; i < KIND_COUNT; i++)
        printf("%-13s  %-7s  %-*s  %s\n", detectors[i]->name, element_code(detectors[i]->element), source_width,
               detectors[i]->source, detectors[i]->checksum);
    printf("%-13s  %-7s  %-*s  %s\n", "location", element_code(ELEMENT_LOC), source_width, location_source, "none");
    if (fflush(stdout) != 0) {
        fputs("breachtally: the table cannot be printed\n", stderr);
        return EXIT_UNFINISHED;
    }
    return EXIT_FINISHED;
}
