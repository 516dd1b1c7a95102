#include "libraries.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <cjson/cJSON.h>
#include <csv.h>
#include <expat.h>
#include <gnu/libc-version.h>
#include <openssl/crypto.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#ifdef WITH_ISAL
#include <isa-l.h>
#endif

static void add(struct library *libraries, size_t *count, const char *name, const char *version)
{
    struct library *library = &libraries[(*count)++];
    library->name = name;
    snprintf(library->version, sizeof library->version, "%s", version);
}

size_t libraries_list(struct library libraries[LIBRARIES_MAX])
{
    size_t count = 0;
    char version[LIBRARY_VERSION_SIZE];
    add(libraries, &count, "cJSON", cJSON_Version());
    add(libraries, &count, "expat", strncmp(XML_ExpatVersion(), "expat_", 6) == 0 ? XML_ExpatVersion() + 6 : XML_ExpatVersion());
    add(libraries, &count, "glibc", gnu_get_libc_version());
#ifdef WITH_ISAL
    snprintf(version, sizeof version, "%d.%d.%d", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
    add(libraries, &count, "isa-l", version);
#endif
    snprintf(version, sizeof version, "%d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
    add(libraries, &count, "libcsv", version);
    add(libraries, &count, "openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
    snprintf(version, sizeof version, "unknown"); /* PCRE2 asks for 24 bytes */
    pcre2_config(PCRE2_CONFIG_VERSION, version);
    add(libraries, &count, "pcre2", version);
    unsigned number = XXH_versionNumber();
    snprintf(version, sizeof version, "%u.%u.%u", number / 10000, number / 100 % 100, number % 100);
    add(libraries, &count, "xxhash", version);
    add(libraries, &count, "zlib", zlibVersion());
    add(libraries, &count, "zstd", ZSTD_versionString());
    return count;
}
