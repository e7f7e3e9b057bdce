#include "support.h"

#include <poll.h>
#include <stdlib.h>

#include "node/pool.h"

struct counted {
    prom_task task;
    atomic_int *running;
    atomic_int *most;
    int waits; /* for `stop`, in turns of a millisecond; -1: for ever */
    bool stopped;
    int turn; /* how many had begun before it */
};

static atomic_int begun;

static void run(prom_task *task)
{
    struct counted *counted = (struct counted *)task;
    const int now = atomic_fetch_add(counted->running, 1) + 1;
    counted->turn = atomic_fetch_add(&begun, 1);
    int most = atomic_load(counted->most);
    while (now > most && !atomic_compare_exchange_weak(counted->most, &most, now)) {
    }
    for (int i = 0; i != counted->waits && !counted->stopped; i++) {
        (void)poll(NULL, 0, 1);
        counted->stopped = atomic_load(&task->stop);
    }
    (void)atomic_fetch_sub(counted->running, 1);
}

static int dropped;

static void drop(prom_task *task)
{
    dropped++;
    (void)task;
}

/* Two threads: of five tasks two run at once, all are handed back, and the descriptor tells of each. */
static void test_all_come_back(void **state)
{
    prom_pool *pool = NULL;
    prom_error error;
    atomic_int running = 0;
    atomic_int most = 0;
    struct counted tasks[5];
    (void)state;
    assert_ok(prom_pool_new(&pool, 2, &error), &error);
    assert_null(prom_pool_take(pool));
    for (size_t i = 0; i < 5; i++) {
        tasks[i] = (struct counted){.task = {.run = run}, .running = &running, .most = &most, .waits = 30};
        prom_pool_submit(pool, &tasks[i].task);
    }
    for (size_t back = 0; back < 5;) {
        struct pollfd told = {.fd = prom_pool_descriptor(pool), .events = POLLIN};
        assert_int_equal(poll(&told, 1, 10000), 1);
        back += prom_pool_take(pool) != NULL;
    }
    assert_null(prom_pool_take(pool));
    assert_int_equal(atomic_load(&most), 2);
    prom_pool_free(pool, drop);
}

/* While one runs others come, whose deadlines are sooner and sooner: the soonest begins next, of equals the first. */
static void test_the_soonest_deadline_is_first(void **state)
{
    static const int64_t until[] = {0, 30, 20, 10, 10}; /* the first is under way */
    static const int turns[] = {0, 4, 3, 1, 2};
    prom_pool *pool = NULL;
    prom_error error;
    atomic_int running = 0;
    atomic_int most = 0;
    struct counted tasks[COUNT_OF(until)];
    (void)state;
    assert_ok(prom_pool_new(&pool, 1, &error), &error);
    assert_int_equal(prom_pool_threads(pool), 1);
    atomic_store(&begun, 0);
    for (size_t i = 0; i < COUNT_OF(until); i++) {
        tasks[i] = (struct counted){.task = {.run = run, .until = until[i]}, .running = &running, .most = &most};
        tasks[i].waits = i == 0 ? -1 : 1;
        prom_pool_submit(pool, &tasks[i].task);
        while (i == 0 && atomic_load(&running) == 0) {
            (void)poll(NULL, 0, 1);
        }
    }
    atomic_store(&tasks[0].task.stop, true);
    for (size_t back = 0; back < COUNT_OF(until);) {
        struct pollfd told = {.fd = prom_pool_descriptor(pool), .events = POLLIN};
        assert_int_equal(poll(&told, 1, 10000), 1);
        back += prom_pool_take(pool) != NULL;
    }
    for (size_t i = 0; i < COUNT_OF(until); i++) {
        assert_int_equal(tasks[i].turn, turns[i]);
    }
    prom_pool_free(pool, drop);
}

/* A pool that ends stops what runs, and hands back what has not begun. */
static void test_ends_at_once(void **state)
{
    prom_pool *pool = NULL;
    prom_error error;
    atomic_int running = 0;
    atomic_int most = 0;
    struct counted tasks[3];
    (void)state;
    dropped = 0;
    assert_ok(prom_pool_new(&pool, 1, &error), &error);
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = (struct counted){.task = {.run = run}, .running = &running, .most = &most, .waits = -1};
        prom_pool_submit(pool, &tasks[i].task);
    }
    while (atomic_load(&running) == 0) {
        (void)poll(NULL, 0, 1);
    }
    prom_pool_free(pool, drop);
    assert_true(tasks[0].stopped);
    assert_false(tasks[1].stopped);
    assert_int_equal(dropped, 3);
}

static void test_refuses_sizes(void **state)
{
    prom_pool *pool = NULL;
    prom_error error;
    (void)state;
    assert_int_equal(prom_pool_new(&pool, 0, &error).category, PROM_CATEGORY_MISUSE);
    assert_int_equal(prom_pool_new(&pool, PROM_POOL_THREADS_MAX + 1, &error).category, PROM_CATEGORY_MISUSE);
    assert_null(pool);
    prom_pool_free(NULL, drop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_come_back),
        cmocka_unit_test(test_the_soonest_deadline_is_first),
        cmocka_unit_test(test_ends_at_once),
        cmocka_unit_test(test_refuses_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
