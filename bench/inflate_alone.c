/* What decoding gzip costs by itself: the floor under a scan of packed files.
 *
 * Shape    inflate_alone isal|zlib FILE... -> one line a file "seconds bytes s_per_gib"; several files are decoded at the same time,
 *          each by a process of its own
 *          inflate_alone has isal -> exit 0 where ISA-L is built in
 * Units    processor seconds (user and system), decoded bytes, processor seconds per GiB of these
 * How      as favourable to the decoder as could be found: read(2) into one buffer, output into one that stays in the nearest
 *          large cache, the decoder's own checksum, member after member; what comes out is looked at by nobody
 * Fails    exit 1: damaged, or not gzip; 2: usage, or a library that is not built in
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#ifdef WITH_ISAL
#include <isa-l/igzip_lib.h>
#endif

enum { INPUT_BYTES = 256 << 10, OUTPUT_BYTES = 256 << 10, GZIP_WBITS = 16 + MAX_WBITS, US_PER_S = 1000000 };

static uint8_t input[INPUT_BYTES], output[OUTPUT_BYTES];

/* The next piece of the file; 0 at its end. */
static size_t input_read(int file)
{
    ssize_t got = read(file, input, sizeof input);
    return got > 0 ? (size_t)got : 0;
}

#ifdef WITH_ISAL
static bool decode_isal(int file, uint64_t *bytes)
{
    static struct inflate_state state;
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;
    bool within = false;
    for (;;) {
        if (state.avail_in == 0) {
            state.next_in = input;
            state.avail_in = (uint32_t)input_read(file);
            if (state.avail_in == 0) return !within;
        }
        within = true;
        do {
            state.next_out = output;
            state.avail_out = sizeof output;
            if (isal_inflate(&state) != ISAL_DECOMP_OK) return false;
            *bytes += sizeof output - state.avail_out;
        } while (state.avail_out == 0 && state.block_state != ISAL_BLOCK_FINISH);
        if (state.block_state != ISAL_BLOCK_FINISH) continue;
        uint8_t *next = state.next_in;
        uint32_t left = state.avail_in;
        isal_inflate_reset(&state);
        state.next_in = next;
        state.avail_in = left;
        within = false;
    }
}
#endif

static bool decode_zlib(int file, uint64_t *bytes)
{
    z_stream zlib = {0};
    bool within = false;
    if (inflateInit2(&zlib, GZIP_WBITS) != Z_OK) return false;
    for (;;) {
        if (zlib.avail_in == 0) {
            zlib.next_in = input;
            zlib.avail_in = (uInt)input_read(file);
            if (zlib.avail_in == 0) break;
        }
        within = true;
        int result;
        do {
            zlib.next_out = output;
            zlib.avail_out = sizeof output;
            result = inflate(&zlib, Z_NO_FLUSH);
            *bytes += sizeof output - zlib.avail_out;
        } while (zlib.avail_out == 0 && result == Z_OK);
        if (result == Z_STREAM_END) {
            within = false;
            inflateReset(&zlib);
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            within = true;
            break;
        }
    }
    inflateEnd(&zlib);
    return !within;
}

static double seconds_used(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / US_PER_S;
}

static int decode(const char *library, const char *path)
{
    uint64_t bytes = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        perror("inflate_alone");
        return 1;
    }
    double start = seconds_used();
#ifdef WITH_ISAL
    bool done = strcmp(library, "isal") == 0 ? decode_isal(file, &bytes) : decode_zlib(file, &bytes);
#else
    (void)library;
    bool done = decode_zlib(file, &bytes);
#endif
    double seconds = seconds_used() - start;
    close(file);
    if (!done || bytes == 0) {
        fprintf(stderr, "inflate_alone: damaged, or not gzip\n");
        return 1;
    }
    printf("%.3f %llu %.3f\n", seconds, (unsigned long long)bytes, seconds / ((double)bytes / (1 << 30)));
    return 0;
}

static bool is_built_in(const char *library)
{
#ifdef WITH_ISAL
    if (strcmp(library, "isal") == 0) return true;
#endif
    return strcmp(library, "zlib") == 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "has") == 0) return is_built_in(argv[2]) ? 0 : 2;
    if (argc < 3 || !is_built_in(argv[1])) {
        fprintf(stderr, "usage: inflate_alone isal|zlib FILE..., the library being built in\n");
        return 2;
    }
    if (argc == 3) return decode(argv[1], argv[2]);

    for (int i = 2; i < argc; i++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) exit(decode(argv[1], argv[i]));
    }
    int failed = 0, status;
    while (wait(&status) > 0) failed |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return failed;
}
