/* A watcher in a thread of its own, so that a slow bitcoind holds up nothing else: what it tells waits in a queue, and
 * so do the answers to what is asked through it. A file descriptor says when there is something. */
#ifndef CHAIN_WATCHER_THREAD_H
#define CHAIN_WATCHER_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "chain/watcher.h"

typedef struct prom_watcher_thread prom_watcher_thread;

/* What a queue holds at most: blocks are not read before there is room; a block larger than all is taken when the queue
 * is empty. Health and answers always have room: of them there are not more than were asked for. */
#define PROM_WATCHER_QUEUE_MAX 256
#define PROM_WATCHER_QUEUE_BYTES_MAX ((size_t)64 << 20)

typedef enum prom_watcher_event_kind {
    PROM_WATCHER_CONNECTED,
    PROM_WATCHER_DISCONNECTED,
    PROM_WATCHER_HEALTH,
    PROM_WATCHER_DONE, /* a job has run */
} prom_watcher_event_kind;

/* Something to ask bitcoind, or to tell it: `run` is called in the watcher's thread, between two polls; a poll that is
 * due waits for one job at most. `drop` frees the context of a job whose PROM_WATCHER_DONE nobody will take. */
typedef struct prom_watcher_job {
    void (*run)(void *context, prom_rpc *rpc);
    void (*drop)(void *context);
    void *context;
} prom_watcher_job;

typedef struct prom_watcher_event {
    prom_watcher_event_kind kind;
    prom_arena arena;         /* holds the block */
    prom_watcher_block told;  /* connected; its `arena` is NULL */
    uint32_t height;          /* disconnected */
    prom_bytes32 hash;        /* disconnected */
    prom_chain_health health; /* health */
    prom_watcher_job job;     /* done */
} prom_watcher_event;

/* What a thread begins with. */
typedef struct prom_watcher_thread_start {
    prom_watcher_start start;
    const char *url; /* of bitcoind, as for prom_rpc_new: the thread has a connection of its own */
    const char *cookie_file;
    int64_t interval; /* milliseconds from one poll to the next when there is nothing more to tell */
} prom_watcher_thread_start;

/* Starts the thread. `thread` is NULL after a failure, which is that of prom_rpc_new or prom_watcher_new, or
 * PROM_CATEGORY_IO when the system gives no thread or descriptor. */
PROM_MUST_USE prom_result prom_watcher_thread_new(prom_watcher_thread **thread, const prom_watcher_thread_start *start,
                                                  prom_error *error);

/* Ends the thread, within a second or so even when bitcoind does not answer, and a job no later than it sees its rpc
 * fail. What waits in the queue is freed; jobs that did not run, or whose PROM_WATCHER_DONE was not taken, are dropped.
 * Fits PROM_SCOPED. */
void prom_watcher_thread_free(prom_watcher_thread **thread);

/* Readable while events wait: for poll(2), nothing else. */
int prom_watcher_thread_descriptor(const prom_watcher_thread *thread);

/* Takes the oldest event out of the queue, answers before all others; false when there is none. To be given to
 * prom_watcher_event_free. */
bool prom_watcher_thread_next(prom_watcher_thread *thread, prom_watcher_event *event);
/* Takes the oldest answer alone, a PROM_WATCHER_DONE: while a block cannot be taken, what was asked is heard
 * nevertheless. */
bool prom_watcher_thread_answer(prom_watcher_thread *thread, prom_watcher_event *event);
void prom_watcher_event_free(prom_watcher_event *event); /* fits PROM_SCOPED */

/* Polls now: somebody heard of a new block. */
void prom_watcher_thread_look(prom_watcher_thread *thread);

/* Runs the job soon, jobs in their order; at its end there is a PROM_WATCHER_DONE. */
PROM_MUST_USE prom_result prom_watcher_thread_ask(prom_watcher_thread *thread, const prom_watcher_job *job,
                                                  prom_error *error);

#endif
