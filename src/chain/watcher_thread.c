#include "chain/watcher_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "system/clock.h"

/* An event, or a job, that waits. */
typedef struct waiting {
    struct waiting *next;
    prom_watcher_event event;
} waiting;

typedef struct queue {
    waiting *first;
    waiting **last; /* where the next one is hung */
    size_t count;
    size_t bytes;
} queue;

struct prom_watcher_thread {
    pthread_t thread;
    bool started;
    prom_rpc *rpc;
    prom_watcher *watcher; /* the thread's alone */
    int descriptor;
    int64_t interval;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    queue events; /* blocks and health, in their order */
    queue answers;
    queue jobs;
    bool look;
    bool full; /* something was not taken: poll when there is room */
    bool stop;
};

static void push(queue *to, waiting *item)
{
    if (to->last == NULL) {
        to->last = &to->first;
    }
    item->next = NULL;
    *to->last = item;
    to->last = &item->next;
    to->count++;
    to->bytes += item->event.arena.used;
}

static waiting *pop(queue *from)
{
    waiting *item = from->first;
    if (item != NULL) {
        from->first = item->next;
        from->count--;
        from->bytes -= item->event.arena.used;
        from->last = from->first == NULL ? &from->first : from->last;
    }
    return item;
}

static void queue_free(queue *all)
{
    for (waiting *item = pop(all); item != NULL; item = pop(all)) {
        if (item->event.kind == PROM_WATCHER_DONE) {
            item->event.job.drop(item->event.job.context);
        }
        prom_watcher_event_free(&item->event);
        free(item);
    }
}

void prom_watcher_event_free(prom_watcher_event *event)
{
    prom_arena_free(&event->arena);
}

/* Hangs an event into the queue, and makes the descriptor readable. Under the lock. */
static void give(prom_watcher_thread *thread, queue *to, waiting *item)
{
    static const uint64_t ONE = 1;
    push(to, item);
    (void)!write(thread->descriptor, &ONE, sizeof ONE); /* full is readable too */
}

/* Whether another block fits. */
static bool has_room(prom_watcher_thread *thread, size_t bytes)
{
    const queue *events = &thread->events;
    return events->count == 0 ||
           (events->count < PROM_WATCHER_QUEUE_MAX && events->bytes + bytes <= PROM_WATCHER_QUEUE_BYTES_MAX);
}

static bool offer(prom_watcher_thread *thread, const prom_watcher_event *event, bool bounded)
{
    waiting *item = malloc(sizeof *item);
    bool taken = false;
    if (item == NULL) {
        return false;
    }
    item->event = *event;
    (void)pthread_mutex_lock(&thread->lock);
    if (!bounded || has_room(thread, event->arena.used)) {
        give(thread, &thread->events, item);
        taken = true;
    }
    thread->full = thread->full || !taken;
    (void)pthread_mutex_unlock(&thread->lock);
    if (!taken) {
        free(item);
    }
    return taken;
}

static bool on_disconnected(void *context, uint32_t height, const prom_bytes32 *hash)
{
    const prom_watcher_event event = {.kind = PROM_WATCHER_DISCONNECTED, .height = height, .hash = *hash};
    return offer(context, &event, true);
}

static bool on_connected(void *context, prom_watcher_block *block)
{
    prom_watcher_event event = {.kind = PROM_WATCHER_CONNECTED, .arena = *block->arena, .told = *block};
    event.told.arena = NULL;
    const bool taken = offer(context, &event, true);
    if (taken) {
        *block->arena = (prom_arena){0};
    }
    return taken;
}

static bool on_health(void *context, const prom_chain_health *health)
{
    const prom_watcher_event event = {.kind = PROM_WATCHER_HEALTH, .health = *health};
    return offer(context, &event, false);
}

/* When a wait that begins now is over. */
static struct timespec time_in(int64_t milliseconds)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += (time_t)(milliseconds / 1000);
    time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

/* Waits until it is time for a poll, at `next` at the latest; false when the thread is to end. `job` is one to run
 * first, or NULL: where the last thing was a job, a poll that is due goes first, or jobs that follow each other would
 * keep all blocks from us. */
static bool wait_for_work(prom_watcher_thread *thread, int64_t next, bool after_job, waiting **job)
{
    const int64_t now = prom_clock_milliseconds();
    const struct timespec end = time_in(next > now ? next - now : 0);
    int waited = 0;
    (void)pthread_mutex_lock(&thread->lock);
    while (!thread->stop && !thread->look && thread->jobs.count == 0 && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&thread->wake, &thread->lock, &end);
    }
    const bool go_on = !thread->stop;
    const bool due = thread->look || prom_clock_milliseconds() >= next;
    *job = go_on && !(due && after_job) ? pop(&thread->jobs) : NULL;
    thread->look = thread->look && *job != NULL; /* or it is done now */
    (void)pthread_mutex_unlock(&thread->lock);
    return go_on;
}

static void run_job(prom_watcher_thread *thread, waiting *job)
{
    job->event.job.run(job->event.job.context, thread->rpc);
    (void)pthread_mutex_lock(&thread->lock);
    give(thread, &thread->answers, job);
    (void)pthread_mutex_unlock(&thread->lock);
}

static void *work(void *context)
{
    prom_watcher_thread *thread = context;
    const prom_watcher_calls calls = {
        .context = thread, .disconnected = on_disconnected, .connected = on_connected, .health = on_health};
    waiting *job = NULL;
    int64_t next = 0; /* when the next poll is due */
    bool after_job = false;
    while (wait_for_work(thread, next, after_job, &job)) {
        after_job = job != NULL;
        if (after_job) {
            run_job(thread, job);
        } else {
            const bool more = prom_watcher_poll(thread->watcher, &calls, prom_clock_milliseconds());
            next = more ? 0 : prom_clock_milliseconds() + thread->interval;
        }
    }
    return NULL;
}

static bool make_lock(prom_watcher_thread *thread)
{
    pthread_condattr_t attributes;
    return pthread_mutex_init(&thread->lock, NULL) == 0 && pthread_condattr_init(&attributes) == 0 &&
           pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(&thread->wake, &attributes) == 0 && pthread_condattr_destroy(&attributes) == 0;
}

static void free_all(prom_watcher_thread *thread)
{
    if (thread->started) {
        (void)pthread_mutex_lock(&thread->lock);
        thread->stop = true;
        (void)pthread_cond_signal(&thread->wake);
        (void)pthread_mutex_unlock(&thread->lock);
        prom_rpc_stop(thread->rpc);
        (void)pthread_join(thread->thread, NULL);
    }
    queue_free(&thread->events);
    queue_free(&thread->answers);
    queue_free(&thread->jobs);
    if (thread->descriptor >= 0) {
        (void)close(thread->descriptor);
    }
    prom_watcher_free(&thread->watcher);
    prom_rpc_free(thread->rpc);
    (void)pthread_cond_destroy(&thread->wake);
    (void)pthread_mutex_destroy(&thread->lock);
    free(thread);
}

prom_result prom_watcher_thread_new(prom_watcher_thread **made, const prom_watcher_thread_start *start,
                                    prom_error *error)
{
    *made = NULL;
    prom_watcher_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL || !make_lock(thread)) {
        free(thread);
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory for the thread that watches the chain");
    }
    thread->interval = start->interval;
    thread->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    prom_result result = prom_rpc_new(&thread->rpc, start->url, start->cookie_file, error);
    if (prom_is_ok(result)) {
        result = prom_watcher_new(&thread->watcher, thread->rpc, &start->start, error);
    }
    if (prom_is_ok(result)) {
        thread->started = thread->descriptor >= 0 && pthread_create(&thread->thread, NULL, work, thread) == 0;
        result = thread->started
                     ? result
                     : prom_fail(error, PROM_CATEGORY_IO, "no thread to watch the chain in: %s", strerror(errno));
    }
    if (!prom_is_ok(result)) {
        free_all(thread);
        return result;
    }
    *made = thread;
    return result;
}

void prom_watcher_thread_free(prom_watcher_thread **thread)
{
    if (*thread != NULL) {
        free_all(*thread);
    }
    *thread = NULL;
}

int prom_watcher_thread_descriptor(const prom_watcher_thread *thread)
{
    return thread->descriptor;
}

static bool take(prom_watcher_thread *thread, prom_watcher_event *event, bool answers_alone)
{
    uint64_t count = 0;
    *event = (prom_watcher_event){.height = 0};
    (void)pthread_mutex_lock(&thread->lock);
    waiting *item = pop(&thread->answers);
    item = item == NULL && !answers_alone ? pop(&thread->events) : item;
    if (thread->events.count + thread->answers.count == 0) {
        (void)!read(thread->descriptor, &count, sizeof count); /* nothing there is fine */
    }
    if (thread->full) {
        thread->full = false;
        thread->look = true;
        (void)pthread_cond_signal(&thread->wake);
    }
    (void)pthread_mutex_unlock(&thread->lock);
    if (item == NULL) {
        return false;
    }
    *event = item->event;
    free(item);
    return true;
}

bool prom_watcher_thread_next(prom_watcher_thread *thread, prom_watcher_event *event)
{
    return take(thread, event, false);
}

bool prom_watcher_thread_answer(prom_watcher_thread *thread, prom_watcher_event *event)
{
    return take(thread, event, true);
}

void prom_watcher_thread_look(prom_watcher_thread *thread)
{
    (void)pthread_mutex_lock(&thread->lock);
    thread->look = true;
    (void)pthread_cond_signal(&thread->wake);
    (void)pthread_mutex_unlock(&thread->lock);
}

prom_result prom_watcher_thread_ask(prom_watcher_thread *thread, const prom_watcher_job *job, prom_error *error)
{
    waiting *item = calloc(1, sizeof *item);
    if (item == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory for a question to bitcoind");
    }
    item->event.kind = PROM_WATCHER_DONE;
    item->event.job = *job;
    (void)pthread_mutex_lock(&thread->lock);
    push(&thread->jobs, item);
    (void)pthread_cond_signal(&thread->wake);
    (void)pthread_mutex_unlock(&thread->lock);
    return prom_ok();
}
