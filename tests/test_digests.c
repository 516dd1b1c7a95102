/* Tests of analyzer/tally/digests.c, digests_read.c and digest_desk.c: every count and stream against a plain sort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../analyzer/support/hash.h"
#include "../analyzer/tally/digests.h"

enum { MANY = 1000000, THREADS_MAX = 8, MIB = 1 << 20 };

struct sample {
    struct digest *digests;
    size_t count;
    struct digest *sorted; /* each once; made when first asked for */
    size_t distinct;
};

struct folder {
    char path[64];
    int descriptor;
};

struct adding {
    struct digests *digests;
    struct digest_writer *writer;
    const struct sample *sample;
    size_t thread, thread_count;
    enum status status;
    struct fault fault;
};

static struct sample sample_make(size_t count)
{
    struct sample sample = {.digests = calloc(count + 1, sizeof *sample.digests), .count = count};
    assert_non_null(sample.digests);
    return sample;
}

static void sample_free(struct sample *sample)
{
    free(sample->digests);
    free(sample->sorted);
}

static struct digest digest_of(uint64_t number)
{
    return (struct digest){.low = mix64(number * 2 + 1) & ~UINT64_C(0xff), .high = mix64(number * 2)};
}

/* `count` draws from `different` numbers. */
static struct sample sample_draw(size_t count, size_t different)
{
    struct sample sample = sample_make(count);
    for (size_t i = 0; i < count; i++) sample.digests[i] = digest_of(mix64(i) % different);
    return sample;
}

static int by_value(const void *a, const void *b)
{
    const struct digest *x = a, *y = b;
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    return x->low < y->low ? -1 : x->low > y->low;
}

static void sample_sort(struct sample *sample)
{
    if (sample->sorted != NULL) return;
    sample->sorted = malloc((sample->count + 1) * sizeof *sample->sorted);
    assert_non_null(sample->sorted);
    memcpy(sample->sorted, sample->digests, sample->count * sizeof *sample->sorted);
    qsort(sample->sorted, sample->count, sizeof *sample->sorted, by_value);
    for (size_t i = 0; i < sample->count; i++)
        if (i == 0 || by_value(&sample->sorted[sample->distinct - 1], &sample->sorted[i]) != 0)
            sample->sorted[sample->distinct++] = sample->sorted[i];
}

static struct folder folder_make(void)
{
    struct folder folder = {.path = "digests-test-XXXXXX"};
    assert_non_null(mkdtemp(folder.path));
    folder.descriptor = open(folder.path, O_RDONLY | O_DIRECTORY);
    assert_true(folder.descriptor >= 0);
    return folder;
}

/* Fails if anything lies in it. */
static void folder_remove(struct folder *folder)
{
    close(folder->descriptor);
    assert_int_equal(rmdir(folder->path), 0);
}

static struct digests *digests_make(size_t memory_bytes, int thread_count, int folder)
{
    struct digests_options options = {memory_bytes, thread_count, folder, "test"};
    struct digests *digests;
    struct fault fault;
    assert_int_equal(digests_open(&options, &digests, &fault), STATUS_OK);
    return digests;
}

static void *add_share(void *context)
{
    struct adding *adding = context;
    for (size_t i = adding->thread; i < adding->sample->count && adding->status == STATUS_OK; i += adding->thread_count)
        adding->status = digest_add(adding->writer, adding->sample->digests[i], &adding->fault);
    return NULL;
}

static enum status add_all(struct digests *digests, const struct sample *sample, size_t thread_count,
                           struct fault *fault)
{
    struct adding addings[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    enum status status = STATUS_OK;
    for (size_t t = 0; t < thread_count; t++) {
        addings[t] = (struct adding){.digests = digests, .sample = sample, .thread = t, .thread_count = thread_count};
        assert_int_equal(digest_writer_open(digests, &addings[t].writer, fault), STATUS_OK);
        assert_int_equal(pthread_create(&threads[t], NULL, add_share, &addings[t]), 0);
    }
    for (size_t t = 0; t < thread_count; t++) {
        pthread_join(threads[t], NULL);
        digest_writer_close(addings[t].writer);
        if (addings[t].status == STATUS_OK) continue;
        status = addings[t].status;
        *fault = addings[t].fault;
    }
    return status;
}

struct checking {
    const struct sample *sample;
    size_t count;
    bool same;
};

static enum status check_next(void *context, const struct digest *digests, size_t count, struct fault *fault)
{
    (void)fault;
    struct checking *checking = context;
    const struct sample *sample = checking->sample;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++, checking->count++)
        if (checking->count >= sample->distinct || by_value(&digests[i], &sample->sorted[checking->count]) != 0)
            checking->same = false;
    return STATUS_OK;
}

static void expect_stream(struct digests *digests, int thread_count, struct sample *sample)
{
    struct checking checking = {sample, 0, true};
    struct fault fault = {STATUS_OK, ""};
    sample_sort(sample);
    enum status status = digests_write_sorted(digests, thread_count, check_next, &checking, &fault);
    if (status != STATUS_OK) fail_msg("%s", fault.message);
    assert_int_equal(checking.count, sample->distinct);
    assert_true(checking.same);
}

static void expect_count(struct digests *digests, int thread_count, uint64_t expected)
{
    uint64_t distinct = 1u << 31;
    struct fault fault = {STATUS_OK, ""};
    enum status status = digests_count(digests, thread_count, &distinct, &fault);
    if (status != STATUS_OK) fail_msg("%s", fault.message);
    assert_int_equal(distinct, expected);
}

/* Counts, streams and counts again, in so much memory, and leaves nothing in the folder. */
static void expect_same(struct sample *sample, size_t memory_bytes, size_t thread_count)
{
    struct folder folder = folder_make();
    struct digests *digests = digests_make(memory_bytes, (int)thread_count, folder.descriptor);
    struct fault fault = {STATUS_OK, ""};
    sample_sort(sample);
    if (add_all(digests, sample, thread_count, &fault) != STATUS_OK) fail_msg("%s", fault.message);
    expect_count(digests, (int)thread_count, sample->distinct);
    expect_stream(digests, (int)thread_count, sample);
    expect_count(digests, 1, sample->distinct);
    digests_close(digests);
    folder_remove(&folder);
}

static void none_and_one_are_counted(void **unused)
{
    (void)unused;
    for (size_t count = 0; count <= 1; count++) {
        struct sample sample = sample_draw(count, 1);
        expect_same(&sample, MIB, 1);
        expect_same(&sample, MIB, 2);
        sample_free(&sample);
    }
}

static void a_million_with_repeats_is_counted_with_any_threads(void **unused)
{
    (void)unused;
    static const size_t thread_counts[] = {1, 2, 3, 8};
    struct sample repeated = sample_draw(MANY, MANY / 20), rare = sample_draw(MANY, (size_t)MANY * 10);
    for (size_t i = 0; i < 4; i++) {
        expect_same(&repeated, (size_t)256 * MIB, thread_counts[i]);
        expect_same(&rare, (size_t)256 * MIB, thread_counts[i]);
    }
    sample_free(&repeated);
    sample_free(&rare);
}

static void too_little_memory_changes_no_count(void **unused)
{
    (void)unused;
    struct sample rare = sample_draw(MANY, (size_t)MANY * 10), repeated = sample_draw(MANY, MANY / 2);
    for (size_t threads = 1; threads <= 3; threads += 2) {
        expect_same(&rare, 1, threads);
        expect_same(&repeated, 1, threads);
        expect_same(&rare, (size_t)10 * MIB, threads);
    }
    sample_free(&rare);
    sample_free(&repeated);
}

static void one_digest_a_million_times_is_one(void **unused)
{
    (void)unused;
    struct sample sample = sample_draw(MANY, 1);
    expect_same(&sample, (size_t)64 * MIB, 1);
    expect_same(&sample, 1, 2);
    sample_free(&sample);
}

/* A million digests whose top bits are the same. */
static struct sample sample_alike(unsigned same_bits)
{
    struct sample sample = sample_draw(MANY, MANY / 2);
    for (size_t i = 0; i < sample.count; i++) {
        struct digest *digest = &sample.digests[i];
        if (same_bits < 64) digest->high >>= same_bits;
        else *digest = (struct digest){.high = UINT64_MAX, .low = digest->low >> (same_bits - 64) & ~UINT64_C(0xff)};
    }
    return sample;
}

static void equal_top_bits_are_counted(void **unused)
{
    (void)unused;
    static const unsigned same_bits[] = {8, 30, 64, 112};
    for (size_t i = 0; i < 4; i++) {
        struct sample sample = sample_alike(same_bits[i]);
        expect_same(&sample, (size_t)64 * MIB, 2);
        expect_same(&sample, 1, 1);
        sample_free(&sample);
    }
}

/* A writer's memory is somebody else's once all is told. */
static void what_is_left_is_as_much_as_was_used(void **unused)
{
    (void)unused;
    struct sample sample = sample_draw(100000, MANY);
    struct digests *digests = digests_make((size_t)64 * MIB, 2, -1);
    struct fault fault = {STATUS_OK, ""};
    assert_int_equal(add_all(digests, &sample, 2, &fault), STATUS_OK);
    struct pages pages = digests_leave(digests);
    digests_close(digests);
    assert_true(pages.count >= 100000 * DIGEST_BYTES && pages.count <= pages.capacity);
    memset(pages.at, 0x5A, pages.count);
    pages_close(&pages);
    sample_free(&sample);
}

static void each_kept_bit_tells_digests_apart(void **unused)
{
    (void)unused;
    struct sample sample = sample_make(DIGEST_BITS + 1);
    for (unsigned bit = 0; bit < DIGEST_BITS; bit++) {
        if (bit < 64) sample.digests[bit].high = UINT64_C(1) << (63 - bit);
        else sample.digests[bit].low = UINT64_C(1) << (127 - bit);
    }
    expect_same(&sample, MIB, 1);
    sample_free(&sample);
}

static void runs_are_merged_in_several_passes(void **unused)
{
    (void)unused;
    /* One partition and little memory: more runs than can be read at once. */
    struct sample sample = sample_draw(3 * MANY, (size_t)MANY * 100);
    for (size_t i = 0; i < sample.count; i++) sample.digests[i].high |= UINT64_C(0xff) << 56;
    expect_same(&sample, 1, 3);
    sample_free(&sample);
}

static void more_can_be_added_after_a_count(void **unused)
{
    (void)unused;
    struct folder folder = folder_make();
    struct digests *digests = digests_make(1, 1, folder.descriptor);
    struct digest_writer *writer;
    struct fault fault;
    assert_int_equal(digest_writer_open(digests, &writer, &fault), STATUS_OK);
    for (size_t done = 0, count = 1000; count <= MANY; count *= 10) {
        struct sample sample = sample_draw(count, MANY * 2);
        for (; done < count; done++) assert_int_equal(digest_add(writer, sample.digests[done], &fault), STATUS_OK);
        expect_stream(digests, 2, &sample);
        expect_count(digests, 2, sample.distinct);
        if (count == MANY) {
            digest_writer_close(writer);
            expect_count(digests, 1, sample.distinct);
        }
        sample_free(&sample);
    }
    digests_close(digests);
    folder_remove(&folder);
}

static void a_writer_too_many_is_fatal(void **unused)
{
    (void)unused;
    struct digests *digests = digests_make(MIB, 1, -1);
    struct digest_writer *writer, *second;
    struct fault fault;
    assert_int_equal(digest_writer_open(digests, &writer, &fault), STATUS_OK);
    assert_int_equal(digest_writer_open(digests, &second, &fault), STATUS_FATAL);
    assert_string_equal(fault.message, "more than 1 threads count records");
    digest_writer_close(writer);
    assert_int_equal(digest_writer_open(digests, &writer, &fault), STATUS_OK);
    digest_writer_close(writer);
    digests_close(digests);
}

static void no_folder_and_no_memory_is_fatal(void **unused)
{
    (void)unused;
    struct sample sample = sample_draw(MANY, (size_t)MANY * 10);
    struct digests *digests = digests_make((size_t)5 * MIB, 1, -1);
    struct fault fault;
    assert_int_equal(add_all(digests, &sample, 1, &fault), STATUS_FATAL);
    assert_int_equal(fault.status, STATUS_FATAL);
    assert_string_equal(fault.message, "counting distinct records needs more than 5242880 bytes of memory");
    digests_close(digests);
    sample_free(&sample);
}

static void a_partition_too_full_to_be_sorted_is_fatal_without_a_folder(void **unused)
{
    (void)unused;
    struct sample sample = sample_make(MANY);
    struct digests *digests = digests_make((size_t)24 * MIB, 1, -1);
    struct fault fault;
    uint64_t distinct;
    for (size_t i = 0; i < sample.count; i++) sample.digests[i] = (struct digest){.high = mix64(i) >> 8};
    assert_int_equal(add_all(digests, &sample, 1, &fault), STATUS_OK);
    fault.status = STATUS_OK;
    assert_int_equal(digests_count(digests, 2, &distinct, &fault), STATUS_FATAL);
    assert_int_equal(fault.status, STATUS_FATAL);
    assert_string_equal(fault.message, "counting distinct records needs more than 25165824 bytes of memory");
    digests_close(digests);
    sample_free(&sample);
}

static void repeats_need_no_folder(void **unused)
{
    (void)unused;
    struct sample sample = sample_draw(MANY, MANY / 20);
    struct digests *digests = digests_make((size_t)5 * MIB, 1, -1);
    struct fault fault;
    assert_int_equal(add_all(digests, &sample, 1, &fault), STATUS_OK);
    sample_sort(&sample);
    expect_count(digests, 1, sample.distinct);
    digests_close(digests);
    sample_free(&sample);
}

static void a_full_disk_is_fatal(void **unused)
{
    (void)unused;
    struct rlimit before, small;
    struct folder folder = folder_make();
    struct sample sample = sample_draw(MANY, (size_t)MANY * 10);
    struct fault fault;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){100000, before.rlim_max};
    for (size_t threads = 1; threads <= 3; threads += 2) {
        struct digests *digests = digests_make(1, (int)threads, folder.descriptor);
        setrlimit(RLIMIT_FSIZE, &small);
        enum status status = add_all(digests, &sample, threads, &fault);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(status, STATUS_FATAL);
        assert_string_equal(fault.message, "the temporary file of record digests cannot be written: File too large");
        digests_close(digests);
    }
    folder_remove(&folder);
    sample_free(&sample);
}

static void a_folder_that_takes_no_file_is_fatal(void **unused)
{
    (void)unused;
    struct sample sample = sample_draw(MANY, (size_t)MANY * 10);
    int file = open("/dev/null", O_RDONLY);
    struct digests *digests = digests_make(1, 1, file);
    struct fault fault;
    assert_int_equal(add_all(digests, &sample, 1, &fault), STATUS_FATAL);
    assert_string_equal(fault.message, "the temporary file of record digests cannot be made: Not a directory");
    digests_close(digests);
    close(file);
    sample_free(&sample);
}

static enum status refuse(void *context, const struct digest *digests, size_t count, struct fault *fault)
{
    (void)digests;
    (void)count;
    ++*(int *)context;
    return fault_set(fault, STATUS_FATAL, "refused");
}

static void a_failing_sink_ends_the_stream(void **unused)
{
    (void)unused;
    struct folder folder = folder_make();
    struct sample sample = sample_draw(MANY / 2, (size_t)MANY * 10);
    for (size_t memory_bytes = 1; memory_bytes < (size_t)100 * MIB; memory_bytes += (size_t)60 * MIB) {
        struct digests *digests = digests_make(memory_bytes, 1, folder.descriptor);
        struct fault fault;
        int calls = 0;
        assert_int_equal(add_all(digests, &sample, 1, &fault), STATUS_OK);
        assert_int_equal(digests_write_sorted(digests, 2, refuse, &calls, &fault), STATUS_FATAL);
        assert_string_equal(fault.message, "refused");
        assert_int_equal(calls, 1);
        digests_close(digests);
    }
    folder_remove(&folder);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_and_one_are_counted),
        cmocka_unit_test(a_million_with_repeats_is_counted_with_any_threads),
        cmocka_unit_test(too_little_memory_changes_no_count),
        cmocka_unit_test(one_digest_a_million_times_is_one),
        cmocka_unit_test(equal_top_bits_are_counted),
        cmocka_unit_test(what_is_left_is_as_much_as_was_used),
        cmocka_unit_test(each_kept_bit_tells_digests_apart),
        cmocka_unit_test(runs_are_merged_in_several_passes),
        cmocka_unit_test(more_can_be_added_after_a_count),
        cmocka_unit_test(a_writer_too_many_is_fatal),
        cmocka_unit_test(no_folder_and_no_memory_is_fatal),
        cmocka_unit_test(a_partition_too_full_to_be_sorted_is_fatal_without_a_folder),
        cmocka_unit_test(repeats_need_no_folder),
        cmocka_unit_test(a_full_disk_is_fatal),
        cmocka_unit_test(a_folder_that_takes_no_file_is_fatal),
        cmocka_unit_test(a_failing_sink_ends_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
