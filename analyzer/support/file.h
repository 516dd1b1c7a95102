/* A file that appears whole or not at all.
 *
 * Shape    open (temporary name, 0600) -> write ... -> seal (fsync) -> close (rename, fsync of the folder)
 * Speed    what is large goes past the page cache (O_DIRECT), for which the kernel would find, fill and later write back a page
 *          for each 4 KiB: 0.6 s of a core a gigabyte here, and others' cached files. Where that is not to be had, data is handed
 *          to the disk while more is being made, so that the final fsync finds little left. Of a large file one buffer is
 *          written by a thread of its own while the next is filled: who writes waits for a disk only if it is the slower one
 * Memory   a buffer of 1 MiB, or two
 * Threads  one at a time
 */
#ifndef FILE_H
#define FILE_H

#include "fault.h"

struct file;

enum { FILE_NAME_SIZE = 64 };

/* Makes ".NAME.partial" in the folder; one that a killed run left there is removed first.
 * Fails    FATAL, with the name; a name of FILE_NAME_SIZE bytes or more is a mistake. */
MUST_USE enum status file_open(const char *folder, const char *name, struct file **file, struct fault *fault);

/* The same in an open folder, which stays the caller's. */
MUST_USE enum status file_open_at(int folder, const char *name, struct file **file, struct fault *fault);

/* Appends; gathered in a large buffer. Fails    FATAL: disk full, I/O error, some of them of what was given before. */
MUST_USE enum status file_write(struct file *file, const char *bytes, size_t count, struct fault *fault);

/* Brings all of it to the disk, under its temporary name still: nothing that needs room is left for file_close.
 * Fails    FATAL, and then the file can only be abandoned. */
MUST_USE enum status file_seal(struct file *file, struct fault *fault);

/* Makes it appear under its name, replacing what was there. Frees the file in any case; where it
 * fails, nothing appears, unless all is done and only the folder cannot be brought to the disk: then it is there, whole. */
MUST_USE enum status file_close(struct file *file, struct fault *fault);

/* Gives up: nothing appears, the temporary name goes. Accepts NULL. */
void file_abandon(struct file *file);

/* Reads a whole small file. bytes is the caller's to free and ends in a NUL that is not counted.
 * Fails    USAGE: cannot be read, or larger than bytes_max. FATAL: no memory. */
MUST_USE enum status file_read_whole(const char *path, size_t bytes_max, char **bytes, size_t *count,
                                     struct fault *fault);

#endif
