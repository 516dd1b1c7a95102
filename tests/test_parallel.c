/* Tests of analyzer/support/parallel.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>

#include "../analyzer/support/parallel.h"

enum { MOST = 200 };

struct shares {
    atomic_uint done[MOST];
    atomic_uint others;
    int count; /* of shares within each share; 0: none */
    struct shares *inner;
};

static void share(void *context, int thread)
{
    struct shares *shares = context;
    if (thread < 0 || thread >= MOST)
        atomic_fetch_add(&shares->others, 1);
    else
        atomic_fetch_add(&shares->done[thread], 1);
    if (shares->inner != NULL) parallel_run(shares->count, share, shares->inner);
}

static void assert_done(struct shares *shares, int count, unsigned times)
{
    for (int i = 0; i < MOST; i++)
        assert_int_equal(atomic_load(&shares->done[i]), i < count ? times : 0);
    assert_int_equal(atomic_load(&shares->others), 0);
}

static void each_share_is_done_once(void **unused)
{
    (void)unused;
    static const int counts[] = {1, 2, 3, 8, MOST};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct shares shares = {.count = 0};
        parallel_run(counts[c], share, &shares);
        assert_done(&shares, counts[c], 1);
    }
}

/* Within a share there is usually one thread, whatever is asked for, as there is under
 * OMP_THREAD_LIMIT=1. */
static void all_shares_are_done_where_threads_are_fewer(void **unused)
{
    (void)unused;
    struct shares inner = {.count = 0}, outer = {.count = 8, .inner = &inner};
    parallel_run(2, share, &outer);
    assert_done(&outer, 2, 1);
    assert_done(&inner, 8, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_share_is_done_once),
        cmocka_unit_test(all_shares_are_done_where_threads_are_fewer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
