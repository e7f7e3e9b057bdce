#include "node/pool.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Tasks in the order in which they are taken. */
struct queue {
    prom_task *first;
};

struct prom_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;  /* something is in `waiting`, or the pool ends */
    struct queue waiting; /* the soonest deadline first */
    struct queue ended;   /* likewise */
    prom_task *running[PROM_POOL_THREADS_MAX];
    pthread_t threads[PROM_POOL_THREADS_MAX];
    unsigned thread_count;
    bool ending;
    int descriptor; /* counts ended tasks */
};

/* A node has some tasks for each channel at most: few enough to be walked. */
static void put(struct queue *queue, prom_task *task)
{
    prom_task **at = &queue->first;
    while (*at != NULL && (*at)->until <= task->until) {
        at = &(*at)->next;
    }
    task->next = *at;
    *at = task;
}

static prom_task *take(struct queue *queue)
{
    prom_task *task = queue->first;
    if (task != NULL) {
        queue->first = task->next;
        task->next = NULL;
    }
    return task;
}

static void tell(const prom_pool *pool)
{
    const uint64_t one = 1;
    (void)!write(pool->descriptor, &one, sizeof one); /* fails only when 2^64 - 2 are untaken */
}

static unsigned index_of_self(const prom_pool *pool)
{
    unsigned index = 0;
    while (!pthread_equal(pool->threads[index], pthread_self())) {
        index++;
    }
    return index;
}

static void *work(void *context)
{
    prom_pool *pool = context;
    (void)pthread_mutex_lock(&pool->lock); /* not before prom_pool_new has noted who we are */
    const unsigned self = index_of_self(pool);
    while (!pool->ending) {
        prom_task *task = take(&pool->waiting);
        if (task == NULL) {
            (void)pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        pool->running[self] = task;
        (void)pthread_mutex_unlock(&pool->lock);
        task->run(task);
        (void)pthread_mutex_lock(&pool->lock);
        pool->running[self] = NULL;
        put(&pool->ended, task);
        tell(pool);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static prom_result start_threads(prom_pool *pool, unsigned threads, prom_error *error)
{
    prom_result result = prom_ok();
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->thread_count < threads && prom_is_ok(result)) {
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) == 0) {
            pool->thread_count++;
        } else {
            result = prom_fail(error, PROM_CATEGORY_IO, "the system gives no thread for long work");
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return result;
}

prom_result prom_pool_new(prom_pool **pool, unsigned threads, prom_error *error)
{
    *pool = NULL;
    if (threads == 0 || threads > PROM_POOL_THREADS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a pool has 1 to %u threads, not %u", PROM_POOL_THREADS_MAX,
                         threads);
    }
    prom_pool *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->work, NULL);
    const prom_result started = made->descriptor < 0
                                    ? prom_fail(error, PROM_CATEGORY_IO, "the system gives no event descriptor")
                                    : start_threads(made, threads, error);
    if (!prom_is_ok(started)) {
        prom_pool_free(made, NULL);
        return started;
    }
    *pool = made;
    return prom_ok();
}

static void drop_all(struct queue *queue, void (*drop)(prom_task *task))
{
    for (prom_task *task = take(queue); task != NULL; task = take(queue)) {
        if (drop != NULL) { /* a pool that never was whole has no tasks */
            drop(task);
        }
    }
}

void prom_pool_free(prom_pool *pool, void (*drop)(prom_task *task))
{
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    for (unsigned i = 0; i < pool->thread_count; i++) {
        if (pool->running[i] != NULL) {
            atomic_store(&pool->running[i]->stop, true);
        }
    }
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    drop_all(&pool->waiting, drop);
    drop_all(&pool->ended, drop);
    (void)pthread_cond_destroy(&pool->work);
    (void)pthread_mutex_destroy(&pool->lock);
    if (pool->descriptor >= 0) {
        (void)close(pool->descriptor);
    }
    free(pool);
}

void prom_pool_submit(prom_pool *pool, prom_task *task)
{
    (void)pthread_mutex_lock(&pool->lock);
    put(&pool->waiting, task);
    (void)pthread_cond_signal(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
}

prom_task *prom_pool_take(prom_pool *pool)
{
    uint64_t one;
    if (read(pool->descriptor, &one, sizeof one) != (ssize_t)sizeof one) {
        return NULL;
    }
    (void)pthread_mutex_lock(&pool->lock);
    prom_task *task = take(&pool->ended);
    (void)pthread_mutex_unlock(&pool->lock);
    return task;
}

unsigned prom_pool_threads(const prom_pool *pool)
{
    return pool->thread_count;
}

int prom_pool_descriptor(const prom_pool *pool)
{
    return pool->descriptor;
}
