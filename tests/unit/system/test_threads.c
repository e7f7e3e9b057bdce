#include "support.h"

#include <pthread.h>

#include "prometheus/system/threads.h"

enum { PARTS_MAX = 1000, ROUNDS = 300 };

/* What one round of work writes: no two parts write to one place, as with all that the threads are lent to. */
struct tally {
    size_t round;
    size_t done[PARTS_MAX];
};

static void do_part(void *argument, size_t index)
{
    struct tally *tally = argument;
    tally->done[index] += tally->round;
}

static void start(fixture *test, prom_threads **threads, uint32_t count)
{
    assert_ok(prom_threads_new(threads, count, &test->error), &test->error);
    assert_int_equal(prom_threads_count(*threads), count);
}

/* Rounds of 0, 1, 2, ... parts, one right after the other: what a thread that comes late may confuse. */
static void test_every_part_is_done_once(void **state)
{
    static const uint32_t counts[] = {2, 3, 8};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        PROM_SCOPED(prom_threads_free) prom_threads *threads = NULL;
        start(*state, &threads, counts[i]);
        const prom_parallel *parallel = prom_threads_parallel(threads);
        assert_non_null(parallel);
        for (size_t parts = 0; parts < ROUNDS; parts++) {
            struct tally tally = {.round = parts + 1};
            parallel->run(parallel->context, do_part, &tally, parts);
            for (size_t part = 0; part < PARTS_MAX; part++) {
                assert_int_equal(tally.done[part], part < parts ? parts + 1 : 0);
            }
        }
    }
}

/* Two parts that wait for each other end only on two threads. */
static void meet(void *argument, size_t index)
{
    (void)index;
    (void)pthread_barrier_wait(argument);
}

static void test_parts_run_at_once(void **state)
{
    PROM_SCOPED(prom_threads_free) prom_threads *threads = NULL;
    pthread_barrier_t barrier;
    start(*state, &threads, 2);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    const prom_parallel *parallel = prom_threads_parallel(threads);
    parallel->run(parallel->context, meet, &barrier, 2);
    assert_int_equal(pthread_barrier_destroy(&barrier), 0);
}

static void test_one_thread_is_the_callers(void **state)
{
    PROM_SCOPED(prom_threads_free) prom_threads *threads = NULL;
    start(*state, &threads, 1);
    assert_null(prom_threads_parallel(threads));
}

static void test_threads_without_work_end(void **state)
{
    PROM_SCOPED(prom_threads_free) prom_threads *threads = NULL;
    start(*state, &threads, PROM_THREADS_MAX);
    prom_threads_free(&threads);
    assert_null(threads);
}

static void test_no_other_count_starts(void **state)
{
    static const uint32_t counts[] = {0, PROM_THREADS_MAX + 1, PROM_THREADS_MAX + 1000, UINT32_MAX};
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        prom_threads *threads = (prom_threads *)test;
        char sentence[128];
        (void)snprintf(sentence, sizeof sentence, "%u threads are asked for; 1 to 256 can be", (unsigned)counts[i]);
        assert_fails(prom_threads_new(&threads, counts[i], &test->error), PROM_CATEGORY_MISUSE, &test->error, sentence);
        assert_null(threads);
    }
}

static void test_there_is_a_processor(void **state)
{
    (void)state;
    const uint32_t available = prom_threads_available();
    assert_true(available >= 1 && available <= PROM_THREADS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_part_is_done_once),   FIXTURE_TEST(test_parts_run_at_once),
        FIXTURE_TEST(test_one_thread_is_the_callers), FIXTURE_TEST(test_threads_without_work_end),
        FIXTURE_TEST(test_no_other_count_starts),     cmocka_unit_test(test_there_is_a_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
