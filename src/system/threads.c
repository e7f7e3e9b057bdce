#include "prometheus/system/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct prom_threads {
    prom_parallel parallel;
    size_t started; /* beside the caller's */
    pthread_t threads[PROM_THREADS_MAX];
    pthread_mutex_t lock; /* over what follows, but for what is atomic */
    pthread_cond_t wake;  /* there is a round to join, or the end */
    pthread_cond_t idle;  /* the last thread left the round */
    bool ending;
    bool open;           /* threads may still join the round */
    atomic_size_t round; /* counts the calls of `run`, so that nobody joins the same twice */
    atomic_size_t busy;  /* threads that joined and have not left */
    void (*function)(void *argument, size_t index);
    void *argument;
    size_t count;
    atomic_size_t next; /* the first index that nobody has */
};

uint32_t prom_threads_available(void)
{
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) {
        return 1;
    }
    const int count = CPU_COUNT(&processors);
    return count < 1 ? 1 : count > PROM_THREADS_MAX ? PROM_THREADS_MAX : (uint32_t)count;
}

/* A round often comes within microseconds of the last, sooner than a thread that sleeps would wake up. So a
 * thread that waits spins for about twenty microseconds before it sleeps. */
enum { SPINS = 1000 };

static void spin(const atomic_size_t *value, size_t while_it_is)
{
    for (size_t i = 0; i < SPINS && atomic_load_explicit(value, memory_order_relaxed) == while_it_is; i++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
}

static void take_indices(prom_threads *pool)
{
    for (;;) {
        const size_t index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (index >= pool->count) {
            return;
        }
        pool->function(pool->argument, index);
    }
}

/* Waits for a round that this thread has not joined yet, and joins it. False at the end. */
static bool join_round(prom_threads *pool, size_t *seen)
{
    spin(&pool->round, *seen);
    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->ending && !(pool->open && pool->round != *seen)) {
        (void)pthread_cond_wait(&pool->wake, &pool->lock);
    }
    const bool joined = !pool->ending;
    *seen = pool->round;
    pool->busy += joined ? 1 : 0;
    (void)pthread_mutex_unlock(&pool->lock);
    return joined;
}

static void *serve(void *argument)
{
    prom_threads *pool = argument;
    size_t seen = 0;
    while (join_round(pool, &seen)) {
        take_indices(pool);
        (void)pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0) {
            (void)pthread_cond_signal(&pool->idle);
        }
        (void)pthread_mutex_unlock(&pool->lock);
    }
    return NULL;
}

static void run(void *context, void (*function)(void *argument, size_t index), void *argument, size_t count)
{
    prom_threads *pool = context;
    (void)pthread_mutex_lock(&pool->lock);
    pool->function = function;
    pool->argument = argument;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->round++;
    pool->open = true;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->lock);
    take_indices(pool);
    (void)pthread_mutex_lock(&pool->lock);
    pool->open = false; /* who wakes up now finds nothing left, and must not meet the next round's indices */
    const size_t others = pool->busy;
    (void)pthread_mutex_unlock(&pool->lock);
    if (others > 0) {
        spin(&pool->busy, others);
    }
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0) {
        (void)pthread_cond_wait(&pool->idle, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

prom_result prom_threads_new(prom_threads **threads, uint32_t count, prom_error *error)
{
    *threads = NULL;
    if (count == 0 || count > PROM_THREADS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%u threads are asked for; 1 to %d can be", count,
                         PROM_THREADS_MAX);
    }
    prom_threads *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->parallel = (prom_parallel){made, run};
    (void)pthread_mutex_init(&made->lock, NULL); /* on Linux none of the three fails with default attributes */
    (void)pthread_cond_init(&made->wake, NULL);
    (void)pthread_cond_init(&made->idle, NULL);
    while (made->started + 1 < count) {
        const int failed = pthread_create(&made->threads[made->started], NULL, serve, made);
        if (failed != 0) {
            prom_threads_free(&made);
            return prom_fail(error, PROM_CATEGORY_IO, "%u threads cannot be started: %s", count, strerror(failed));
        }
        made->started++;
    }
    *threads = made;
    return prom_ok();
}

void prom_threads_free(prom_threads **threads)
{
    prom_threads *pool = *threads;
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->started; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&pool->idle);
    (void)pthread_cond_destroy(&pool->wake);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
    *threads = NULL;
}

uint32_t prom_threads_count(const prom_threads *threads)
{
    return (uint32_t)threads->started + 1;
}

const prom_parallel *prom_threads_parallel(const prom_threads *threads)
{
    return threads->started > 0 ? &threads->parallel : NULL;
}
