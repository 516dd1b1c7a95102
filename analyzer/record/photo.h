/* Pictures say where they were taken in a directory of their EXIF, in binary: it is not read, so it must be said to be there.
 *
 * Source   TIFF 6.0, section 2; Exif 2.32, 4.6.3 and 4.6.6 (tag 0x8825 leads to GPSLatitude, 2, and GPSLongitude, 4)
 */
#ifndef PHOTO_H
#define PHOTO_H

#include <stdbool.h>

#include "../../detectors/detector.h"

/* Whether EXIF within a binary sample (of JPEG, HEIC, PNG) has a position, or one behind the sample's end. */
bool photo_has_position(struct span sample);

#endif
