#include <string.h>

#include "commands.h"

/* Positions have a file of their own and no row in the table. */
static const char location_source[] = "ISO 6709, WGS 84";

static int widest(int width, const char *text)
{
    int len = (int)strlen(text);
    return len > width ? len : width;
}

static void print_row(const int widths[2], const char *kind, enum element element, const char *source, const char *checksum)
{
    printf("%-*s  %-7s  %-*s  %s\n", widths[0], kind, element != ELEMENT_NONE ? element_code(element) : "-", widths[1], source,
           checksum);
}

int command_detectors(const struct options *options)
{
    (void)options;
    int widths[2] = {widest(0, "location"), widest((int)strlen("source"), location_source)};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        widths[0] = widest(widths[0], detectors[i]->name);
        widths[1] = widest(widths[1], detectors[i]->source);
    }
    printf("%-*s  %-7s  %-*s  %s\n", widths[0], "kind", "element", widths[1], "source", "checksum");
    for (size_t i = 0; i < KIND_COUNT; i++)
        print_row(widths, detectors[i]->name, detectors[i]->element, detectors[i]->source, detectors[i]->checksum);
    print_row(widths, "location", ELEMENT_LOC, location_source, "none");
    if (fflush(stdout) != 0) {
        fputs("breachtally: the table cannot be printed\n", stderr);
        return EXIT_UNFINISHED;
    }
    return EXIT_FINISHED;
}
