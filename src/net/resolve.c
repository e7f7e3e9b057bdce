#include "net/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct question {
    uint64_t ticket;
    prom_endpoint name;
};

struct answer {
    uint64_t ticket;
    prom_resolved resolved;
};

/* The thread's as well as the owner's: the last of them frees it, as nobody can interrupt a resolver. */
struct prom_resolver {
    pthread_mutex_t lock;
    pthread_cond_t asked;
    unsigned owners;
    bool left; /* by its owner */
    int event;
    struct question questions[PROM_RESOLVER_QUEUE];
    size_t question_count;
    struct answer answers[PROM_RESOLVER_QUEUE];
    size_t answer_count;
    size_t promised; /* answers to come, and those that are there */
};

/* With the lock held, which it gives up. */
static void let_go(prom_resolver *resolver)
{
    const bool last = --resolver->owners == 0;
    (void)pthread_mutex_unlock(&resolver->lock);
    if (last) {
        (void)close(resolver->event);
        (void)pthread_cond_destroy(&resolver->asked);
        (void)pthread_mutex_destroy(&resolver->lock);
        free(resolver);
    }
}

static void look_up(prom_resolved *resolved, const prom_endpoint *name)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    *resolved = (prom_resolved){0};
    if (getaddrinfo(name->host, NULL, &hints, &list) != 0) {
        return;
    }
    for (const struct addrinfo *it = list; it != NULL && resolved->count < PROM_RESOLVED_MAX; it = it->ai_next) {
        resolved->count +=
            prom_endpoint_from_socket(&resolved->endpoints[resolved->count], it->ai_addr, name->port) ? 1 : 0;
    }
    freeaddrinfo(list);
}

static void *work(void *context)
{
    prom_resolver *resolver = context;
    (void)pthread_mutex_lock(&resolver->lock);
    while (!resolver->left) {
        if (resolver->question_count == 0) {
            (void)pthread_cond_wait(&resolver->asked, &resolver->lock);
            continue;
        }
        const struct question question = resolver->questions[0];
        const uint64_t one = 1;
        struct answer answer = {.ticket = question.ticket};
        resolver->question_count--;
        memmove(resolver->questions, resolver->questions + 1, resolver->question_count * sizeof question);
        (void)pthread_mutex_unlock(&resolver->lock);
        look_up(&answer.resolved, &question.name);
        (void)pthread_mutex_lock(&resolver->lock);
        resolver->answers[resolver->answer_count++] = answer;
        (void)!write(resolver->event, &one, sizeof one);
    }
    let_go(resolver);
    return NULL;
}

/* Signals are for other threads. */
static bool start(prom_resolver *resolver)
{
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&thread, NULL, work, resolver) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started && pthread_detach(thread) == 0;
}

prom_result prom_resolver_new(prom_resolver **resolver, prom_error *error)
{
    prom_resolver *made = calloc(1, sizeof *made);
    *resolver = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->owners = 2;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->asked, NULL);
    if (made->event < 0 || !start(made)) {
        if (made->event >= 0) {
            (void)close(made->event);
        }
        free(made);
        return prom_fail(error, PROM_CATEGORY_IO, "the machine has nothing left for looking up names");
    }
    *resolver = made;
    return prom_ok();
}

void prom_resolver_free(prom_resolver *resolver)
{
    if (resolver != NULL) {
        (void)pthread_mutex_lock(&resolver->lock);
        resolver->left = true;
        (void)pthread_cond_signal(&resolver->asked);
        let_go(resolver);
    }
}

bool prom_resolver_ask(prom_resolver *resolver, uint64_t ticket, const prom_endpoint *name)
{
    (void)pthread_mutex_lock(&resolver->lock);
    const bool room = resolver->promised < PROM_RESOLVER_QUEUE;
    if (room) {
        resolver->questions[resolver->question_count++] = (struct question){ticket, *name};
        resolver->promised++;
        (void)pthread_cond_signal(&resolver->asked);
    }
    (void)pthread_mutex_unlock(&resolver->lock);
    return room;
}

bool prom_resolver_take(prom_resolver *resolver, uint64_t *ticket, prom_resolved *resolved)
{
    uint64_t ignored = 0;
    (void)pthread_mutex_lock(&resolver->lock);
    const bool found = resolver->answer_count > 0;
    if (found) {
        *ticket = resolver->answers[0].ticket;
        *resolved = resolver->answers[0].resolved;
        resolver->answer_count--;
        resolver->promised--;
        memmove(resolver->answers, resolver->answers + 1, resolver->answer_count * sizeof resolver->answers[0]);
    } else {
        (void)!read(resolver->event, &ignored, sizeof ignored);
    }
    (void)pthread_mutex_unlock(&resolver->lock);
    return found;
}

int prom_resolver_descriptor(const prom_resolver *resolver)
{
    return resolver->event;
}
