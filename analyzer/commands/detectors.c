#include <stdlib.h>
#include <string.h>

#include "../support/json.h"
#include "commands.h"

enum { PATTERN_WIDTH = 84 }; /* a line is at most 100 columns wide */

/* Positions have a file of their own and no row in the table. */
static const struct detector location = {.name = "location",
                                         .element = ELEMENT_LOC,
                                         .source = "ISO 6709, WGS 84",
                                         .checksum = "none; of NMEA sentences 8 bits",
                                         .chance = "by notation; NMEA 1 in 256"};

static const char *element_shown(const struct detector *detector)
{
    return detector->element != ELEMENT_NONE ? element_code(detector->element) : "-";
}

static void print_pattern(const char *pattern)
{
    size_t left = strlen(pattern);
    for (bool first = true; left > 0; first = false) {
        size_t width = left < PATTERN_WIDTH ? left : PATTERN_WIDTH;
        printf("  %-8s  %.*s\n", first ? "pattern" : "", (int)width, pattern);
        pattern += width;
        left -= width;
    }
}

static void print_kind(const struct detector *detector)
{
    printf("%-14s  %-7s  %s\n", detector->name, element_shown(detector), detector->chance);
    printf("  source    %s\n  checksum  %s\n", detector->source, detector->checksum);
    if (detector->pattern != NULL)
        print_pattern(detector->pattern);
}

static bool write_kind(const struct detector *detector)
{
    struct json_writer writer = {.one_line = true};
    json_object_open(&writer, NULL);
    json_write_text(&writer, "kind", detector->name);
    json_write_text(&writer, "element", detector->element != ELEMENT_NONE ? element_code(detector->element) : NULL);
    json_write_text(&writer, "source", detector->source);
    json_write_text(&writer, "checksum", detector->checksum);
    json_write_text(&writer, "false_accepts", detector->chance);
    json_write_text(&writer, "pattern", detector->pattern);
    json_object_close(&writer);
    json_end_line(&writer);
    bool written = !writer.failed && fwrite(writer.bytes, 1, writer.count, stdout) == writer.count;
    free(writer.bytes);
    return written;
}

int command_detectors(const struct options *options)
{
    bool good = true;
    if (!options->json)
        printf("%-14s  %-7s  %s\n", "kind", "element", "false accepts, unlabelled");
    for (size_t i = 0; i <= KIND_COUNT && good; i++) {
        const struct detector *detector = i < KIND_COUNT ? detectors[i] : &location;
        if (options->json)
            good = write_kind(detector);
        else
            print_kind(detector);
    }
    if (fflush(stdout) != 0 || !good) {
        fputs("breachtally: the table cannot be printed\n", stderr);
        return EXIT_UNFINISHED;
    }
    return EXIT_FINISHED;
}
