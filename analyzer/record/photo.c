#include "photo.h"

#include <stdint.h>
#include <string.h>

enum { TAG_GPS = 0x8825, TAG_LATITUDE = 2, TAG_LONGITUDE = 4, HEAD_BYTES = 8, ENTRY_BYTES = 12, VALUE_AT = 8 };

/* The TIFF in which all offsets count from its first byte. */
struct tiff {
    const unsigned char *at;
    size_t length;
    bool big_endian;
};

static uint32_t number(const struct tiff *tiff, size_t at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++) value = value << 8 | tiff->at[at + (tiff->big_endian ? i : bytes - 1 - i)];
    return value;
}

/* Where a directory has the entry of a tag; 0 where it does not. */
static size_t find_entry(const struct tiff *tiff, size_t directory, uint32_t tag)
{
    if (directory > tiff->length - 2) return 0;
    size_t count = number(tiff, directory, 2), at = directory + 2;
    for (; count > 0 && at + ENTRY_BYTES <= tiff->length; count--, at += ENTRY_BYTES)
        if (number(tiff, at, 2) == tag) return at;
    return 0;
}

static bool tiff_has_position(struct span bytes)
{
    struct tiff tiff = {(const unsigned char *)bytes.at, bytes.len, bytes.len > 0 && bytes.at[0] == 'M'};
    if (bytes.len < HEAD_BYTES || (memcmp(bytes.at, "II*\0", 4) != 0 && memcmp(bytes.at, "MM\0*", 4) != 0)) return false;
    size_t link = find_entry(&tiff, number(&tiff, 4, 4), TAG_GPS);
    if (link == 0) return false;
    size_t directory = number(&tiff, link + VALUE_AT, 4);
    return directory > tiff.length - 2 || (find_entry(&tiff, directory, TAG_LATITUDE) != 0 && find_entry(&tiff, directory, TAG_LONGITUDE) != 0);
}

bool photo_has_position(struct span sample)
{
    static const struct {
        const char *mark;
        size_t length;
    } marks[] = {{"Exif\0\0", 6}, {"eXIf", 4}};
    const char *end = sample.at + sample.len;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        for (const char *at = sample.at; (at = memmem(at, (size_t)(end - at), marks[i].mark, marks[i].length)) != NULL;) {
            at += marks[i].length;
            if (tiff_has_position((struct span){at, (size_t)(end - at)})) return true;
        }
    return false;
}
