/* The pool of long work: whatever takes longer than a step of a channel may, so that no deadline waits for a proof.
 * Tasks run in threads of their own, each to its end or until it is stopped, and are handed back through a queue whose
 * file descriptor tells the node's loop. */
#ifndef NODE_POOL_H
#define NODE_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/result.h"

typedef struct prom_pool prom_pool;

/* A task, the first member of whatever its maker needs besides; its maker's memory until it is handed back. */
typedef struct prom_task {
    /* Does the work, in a thread of the pool; looks at `stop` now and then. */
    void (*run)(struct prom_task *task);
    atomic_bool stop;
    int64_t until; /* its deadline, on whatever clock the node has for it */
    struct prom_task *next;
} prom_task;

/* Starts the pool with so many threads, 1 to PROM_POOL_THREADS_MAX. */
#define PROM_POOL_THREADS_MAX 64U
PROM_MUST_USE prom_result prom_pool_new(prom_pool **pool, unsigned threads, prom_error *error);

/* Asks all tasks to stop, waits for them, and ends the threads; tasks that were not taken are handed to `drop`. NULL is
 * fine. */
void prom_pool_free(prom_pool *pool, void (*drop)(prom_task *task));

/* Hands a task to the pool: of those that wait the one with the soonest deadline begins first, of equals the one that
 * came first. */
void prom_pool_submit(prom_pool *pool, prom_task *task);

/* Returns a task that has ended, or NULL. */
prom_task *prom_pool_take(prom_pool *pool);

/* Returns how many threads it has. */
unsigned prom_pool_threads(const prom_pool *pool);

/* Returns the descriptor that can be read while an ended task waits to be taken. */
int prom_pool_descriptor(const prom_pool *pool);

#endif
