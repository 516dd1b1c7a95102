#include "parallel.h"

#include <omp.h>

int parallel_cores(void)
{
    return omp_get_num_procs();
}

void parallel_run(int thread_count, void (*body)(void *context, int thread), void *context)
{
#pragma omp parallel num_threads(thread_count)
    body(context, omp_get_thread_num());
}
