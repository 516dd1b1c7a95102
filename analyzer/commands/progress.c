#include "progress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../tally/resolving.h"

enum { TICK_NS = 200000000, STEADY_AFTER_S = 2, NUMBER_SIZE = 32 };

struct progress {
    const struct feed *feed;
    struct tally *tally;
    uint64_t objects, bytes;
    struct timespec started;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping;
};

/* 12418 -> "12,418" */
static const char *grouped(uint64_t value, char out[NUMBER_SIZE])
{
    char plain[NUMBER_SIZE];
    int length = snprintf(plain, sizeof plain, "%llu", (unsigned long long)value);
    char *to = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) *to++ = ',';
        *to++ = plain[i];
    }
    *to = '\0';
    return out;
}

static void print_left(double seconds, char *out, size_t out_size)
{
    if (seconds < 90) snprintf(out, out_size, "~%.0f s", seconds);
    else if (seconds < 5400) snprintf(out, out_size, "~%.0f min", seconds / 60);
    else snprintf(out, out_size, "~%.1f h", seconds / 3600);
}

static void print_line(const struct progress *progress)
{
    const struct feed_progress *state = feed_progress(progress->feed);
    uint64_t bytes = atomic_load_explicit(&state->bytes, memory_order_relaxed);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double elapsed = (double)(now.tv_sec - progress->started.tv_sec) + (double)(now.tv_nsec - progress->started.tv_nsec) / 1e9;
    double rate = elapsed > 0 ? (double)bytes / elapsed : 0;
    char left[NUMBER_SIZE] = "";
    if (elapsed > STEADY_AFTER_S && rate > 0 && progress->bytes > bytes) print_left((double)(progress->bytes - bytes) / rate, left, sizeof left);
    char done[NUMBER_SIZE], all[NUMBER_SIZE], customers[NUMBER_SIZE], attention[NUMBER_SIZE];
    fprintf(stderr, "\r\033[K[%s/%s] %.2f of %.2f GB · %.2f GB/s%s%s · customers %s · attention %s",
            grouped(atomic_load_explicit(&state->objects, memory_order_relaxed), done), grouped(progress->objects, all),
            (double)bytes / 1e9, (double)progress->bytes / 1e9, rate / 1e9, left[0] != '\0' ? " · " : "", left,
            grouped(tally_customer_count(progress->tally), customers),
            grouped(atomic_load_explicit(&state->attention, memory_order_relaxed), attention));
    fflush(stderr);
}

static void *run(void *argument)
{
    struct progress *progress = argument;
    pthread_mutex_lock(&progress->lock);
    while (!progress->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_NS;
        if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
        pthread_cond_timedwait(&progress->stop, &progress->lock, &until);
        if (!progress->stopping) print_line(progress);
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

struct progress *progress_start(const struct feed *feed, struct tally *tally, uint64_t objects, uint64_t bytes)
{
    const char *terminal = getenv("TERM");
    if (!isatty(STDERR_FILENO) || (terminal != NULL && strcmp(terminal, "dumb") == 0)) return NULL;
    struct progress *progress = calloc(1, sizeof *progress);
    if (progress == NULL) return NULL;
    progress->feed = feed;
    progress->tally = tally;
    progress->objects = objects;
    progress->bytes = bytes;
    clock_gettime(CLOCK_MONOTONIC, &progress->started);
    pthread_mutex_init(&progress->lock, NULL);
    pthread_cond_init(&progress->stop, NULL);
    if (pthread_create(&progress->thread, NULL, run, progress) == 0) return progress;
    free(progress);
    return NULL;
}

void progress_stop(struct progress *progress)
{
    if (progress == NULL) return;
    pthread_mutex_lock(&progress->lock);
    progress->stopping = true;
    pthread_cond_signal(&progress->stop);
    pthread_mutex_unlock(&progress->lock);
    pthread_join(progress->thread, NULL);
    fputs("\r\033[K", stderr);
    pthread_mutex_destroy(&progress->lock);
    pthread_cond_destroy(&progress->stop);
    free(progress);
}
