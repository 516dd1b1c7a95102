/* Runs one command and prints what it cost: wall seconds, processor seconds, peak memory.
 *
 * Shape    measure OUTPUT [-r FILE]... COMMAND [ARGUMENT...] -> one line "wall_s cpu_s maxrss_kib exit user_s"
 *          measure --hold -> one line "held MIB", and it keeps that memory until its input ends: all that is free but HOLD_LEFT_BYTES,
 *          so that what measured commands are given is what measure had from the host, and nothing that the host has taken
 * Units    seconds with milliseconds, cpu_s of user and system together; KiB as ru_maxrss of wait4 counts them on Linux
 * Reach    a command that waits for its own children (sh -c) answers for them too: their
 *          processor time is added, the largest peak of all of them is taken
 * Memory   the host of a virtual machine may take what is free, some two seconds after it became so, and then gives it again page by
 *          page, at up to seconds a GiB. Whom that would hit is chance; so it is nobody that is measured: memory is touched before
 *          the command runs, some of it is free when it begins, and more becomes so as it is taken, so that there is always as much,
 *          and the host has nothing to take from who runs for more than two seconds. What it took to give that memory may be pages of
 *          files; so those named with -r are read once more before the command runs
 *
 * The command's standard output goes to OUTPUT, its standard error is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_CANNOT_RUN = 127, EXIT_SIGNAL_BASE = 128, NS_PER_S = 1000000000, US_PER_S = 1000000 };

enum { PIECES = 48, PIECES_AHEAD = 8, STEP_NS = 10 * 1000 * 1000, MEMINFO_BYTES = 512, READ_BYTES = 1 << 20 };
static const size_t PIECE_BYTES = (size_t)64 << 20, PAGE_BYTES = 4096, HOLD_LEFT_BYTES = (size_t)4 << 30;

/* Memory that is had from the host, a piece after another of which becomes free. */
struct reserve {
    char *at; /* NULL: none. Where it cannot be had nothing is lost but evenness */
    int left; /* pieces */
    int meminfo;
    size_t free_before; /* what was free before any piece was */
};

/* What is free in the whole system; 0: not known. */
static size_t free_bytes(int meminfo)
{
    char text[MEMINFO_BYTES + 1];
    ssize_t count = pread(meminfo, text, MEMINFO_BYTES, 0);
    text[count > 0 ? count : 0] = '\0';
    const char *found = strstr(text, "MemFree:");
    return found == NULL ? 0 : (size_t)strtoull(found + strlen("MemFree:"), NULL, 10) * 1024;
}

/* NULL: it cannot be had. */
static char *memory_take(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    (void)madvise(memory, bytes, MADV_HUGEPAGE); /* whole free blocks, as programs that want much get them */
    (void)madvise(memory, bytes, MADV_DONTFORK);
    for (size_t at = 0; at < bytes; at += PAGE_BYTES) ((volatile char *)memory)[at] = 1;
    return memory;
}

static struct reserve reserve_take(void)
{
    char *memory = memory_take(PIECES * PIECE_BYTES);
    if (memory == NULL) return (struct reserve){.meminfo = -1};
    struct reserve reserve = {memory, PIECES, open("/proc/meminfo", O_RDONLY | O_CLOEXEC), 0};
    reserve.free_before = free_bytes(reserve.meminfo);
    return reserve;
}

static int hold(void)
{
    size_t free_now = free_bytes(open("/proc/meminfo", O_RDONLY | O_CLOEXEC)), bytes = free_now > HOLD_LEFT_BYTES ? free_now - HOLD_LEFT_BYTES : 0;
    char byte;
    if (bytes > 0 && memory_take(bytes) == NULL) bytes = 0;
    printf("held %zu\n", bytes >> 20);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
    return 0;
}

static void reserve_release(struct reserve *reserve, int pieces)
{
    for (; pieces > 0 && reserve->left > 0; pieces--) munmap(reserve->at + (size_t)--reserve->left * PIECE_BYTES, PIECE_BYTES);
}

/* As many pieces as have been taken by whomever. */
static void reserve_follow(struct reserve *reserve)
{
    size_t free_now = free_bytes(reserve->meminfo), ahead = PIECES_AHEAD * PIECE_BYTES;
    size_t wanted = reserve->free_before + ahead;
    if (free_now == 0) reserve_release(reserve, 1); /* not known */
    else if (free_now < wanted) reserve_release(reserve, (int)((wanted - free_now + PIECE_BYTES - 1) / PIECE_BYTES));
}

/* Until the child ends, or there is nothing left to release. SIGCHLD is blocked. */
static void reserve_release_slowly(struct reserve *reserve, const sigset_t *child_ends)
{
    const struct timespec step = {0, STEP_NS};
    while (reserve->left > 0 && sigtimedwait(child_ends, NULL, &step) < 0) reserve_follow(reserve);
}

/* Whatever of it can be read, so that it is in memory. */
static void file_read(const char *path)
{
    static char block[READ_BYTES];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    while (file >= 0 && read(file, block, sizeof block) > 0) continue;
    if (file >= 0) close(file);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / NS_PER_S;
}

static double timeval_seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / US_PER_S;
}

static void command_become(char **command, int output)
{
    if (dup2(output, STDOUT_FILENO) >= 0) execvp(command[0], command);
    fprintf(stderr, "measure: cannot run %s: %s\n", command[0], strerror(errno));
    _exit(EXIT_CANNOT_RUN);
}

static int exit_code(int wait_status)
{
    if (WIFSIGNALED(wait_status)) return EXIT_SIGNAL_BASE + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--hold") == 0) return hold();
    int command = 2;
    while (command + 1 < argc && strcmp(argv[command], "-r") == 0) command += 2;
    if (command >= argc) {
        fprintf(stderr, "usage: measure OUTPUT [-r FILE]... COMMAND [ARGUMENT...] | --hold\n");
        return 2;
    }
    int output = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (output < 0) {
        fprintf(stderr, "measure: cannot write %s: %s\n", argv[1], strerror(errno));
        return 2;
    }

    sigset_t child_ends, before;
    sigemptyset(&child_ends);
    sigaddset(&child_ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_ends, &before);
    struct reserve reserve = reserve_take();
    for (int i = 3; i < command; i += 2) file_read(argv[i]);
    reserve_follow(&reserve);
    double start = seconds_now();
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        command_become(argv + command, output);
    }
    if (child > 0) reserve_release_slowly(&reserve, &child_ends);
    int wait_status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &wait_status, 0, &usage) != child) {
        fprintf(stderr, "measure: %s\n", strerror(errno));
        return 2;
    }
    double wall = seconds_now() - start;

    printf("%.3f %.3f %ld %d %.3f\n", wall,
           timeval_seconds(usage.ru_utime) + timeval_seconds(usage.ru_stime), usage.ru_maxrss,
           exit_code(wait_status), timeval_seconds(usage.ru_utime));
    return 0;
}
