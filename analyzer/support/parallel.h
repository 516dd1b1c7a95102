/* Our door to OpenMP: the same function on every thread.
 *
 * Threads  body runs once with each index below thread_count, each on a thread of its own where there
 *          are so many; none may wait for another. Returns when all have
 */
#ifndef PARALLEL_H
#define PARALLEL_H

int parallel_cores(void); /* how many threads "all cores" means here */
void parallel_run(int thread_count, void (*body)(void *context, int thread), void *context);

#endif
