/* A few threads to lend to work in parts. */
#ifndef PROMETHEUS_TEST_THREADS_H
#define PROMETHEUS_TEST_THREADS_H

#include <pthread.h>
#include <stdatomic.h>

#include "prometheus/base/parallel.h"
#include "support.h"

enum { THREADS_MAX = 8 };

struct threads {
    prom_parallel parallel;
    pthread_t handles[THREADS_MAX];
    size_t count; /* besides the one that asks */
    pthread_mutex_t mutex;
    pthread_cond_t begins;
    pthread_cond_t ends;
    size_t round; /* of work, counted from 1 */
    size_t busy;
    bool stops;
    void (*function)(void *argument, size_t index);
    void *argument;
    size_t parts;
    atomic_size_t next;
};

static inline void take_parts(struct threads *threads)
{
    for (size_t index = atomic_fetch_add(&threads->next, 1); index < threads->parts;
         index = atomic_fetch_add(&threads->next, 1)) {
        threads->function(threads->argument, index);
    }
}

static inline void *run_thread(void *argument)
{
    struct threads *threads = argument;
    size_t seen = 0;
    (void)pthread_mutex_lock(&threads->mutex);
    for (;;) {
        while (threads->round == seen && !threads->stops) {
            (void)pthread_cond_wait(&threads->begins, &threads->mutex);
        }
        if (threads->stops) {
            break;
        }
        seen = threads->round;
        (void)pthread_mutex_unlock(&threads->mutex);
        take_parts(threads);
        (void)pthread_mutex_lock(&threads->mutex);
        if (--threads->busy == 0) {
            (void)pthread_cond_signal(&threads->ends);
        }
    }
    (void)pthread_mutex_unlock(&threads->mutex);
    return NULL;
}

static inline void run_parts(void *context, void (*function)(void *argument, size_t index), void *argument,
                             size_t count)
{
    struct threads *threads = context;
    (void)pthread_mutex_lock(&threads->mutex);
    threads->function = function;
    threads->argument = argument;
    threads->parts = count;
    atomic_store(&threads->next, 0);
    threads->busy = threads->count;
    threads->round++;
    (void)pthread_cond_broadcast(&threads->begins);
    (void)pthread_mutex_unlock(&threads->mutex);
    take_parts(threads);
    (void)pthread_mutex_lock(&threads->mutex);
    while (threads->busy > 0) {
        (void)pthread_cond_wait(&threads->ends, &threads->mutex);
    }
    (void)pthread_mutex_unlock(&threads->mutex);
}

/* `count` threads in all, the caller's among them. */
static inline void start_threads(struct threads *threads, size_t count)
{
    *threads = (struct threads){.count = count - 1};
    threads->parallel = (prom_parallel){threads, run_parts};
    assert_int_equal(pthread_mutex_init(&threads->mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&threads->begins, NULL), 0);
    assert_int_equal(pthread_cond_init(&threads->ends, NULL), 0);
    for (size_t i = 0; i < threads->count; i++) {
        assert_int_equal(pthread_create(&threads->handles[i], NULL, run_thread, threads), 0);
    }
}

static inline void stop_threads(struct threads *threads)
{
    (void)pthread_mutex_lock(&threads->mutex);
    threads->stops = true;
    (void)pthread_cond_broadcast(&threads->begins);
    (void)pthread_mutex_unlock(&threads->mutex);
    for (size_t i = 0; i < threads->count; i++) {
        (void)pthread_join(threads->handles[i], NULL);
    }
    (void)pthread_cond_destroy(&threads->ends);
    (void)pthread_cond_destroy(&threads->begins);
    (void)pthread_mutex_destroy(&threads->mutex);
}

#endif
