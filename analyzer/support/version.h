/* What this program calls itself. The build names the compiler and no date: the same sources and
 * compiler give the same bytes. */
#ifndef VERSION_H
#define VERSION_H

#define BREACHTALLY_VERSION "0.1.0"
#ifdef __clang__
#define BREACHTALLY_BUILD __VERSION__
#else
#define BREACHTALLY_BUILD "gcc " __VERSION__
#endif

#endif
