#include "parallel.h"

#include <omp.h>

int parallel_cores(void)
{
    return omp_get_num_procs();
}

void parallel_run(int thread_count, void (*body)(void *context, int thread), void *context)
{
    /* Fewer threads than were asked for (OMP_THREAD_LIMIT, OMP_DYNAMIC) still do the share of each. */
#pragma omp parallel num_threads(thread_count)
    for (int thread = omp_get_thread_num(); thread < thread_count; thread += omp_get_num_threads())
        body(context, thread);
}
