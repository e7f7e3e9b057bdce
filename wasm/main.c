/* prom-wasm: see README.md. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine.h"
#include "sandbox.h"
#include "serve.h"

/* The work, on a stack that is large enough. */
static void *work(void *nothing)
{
    (void)nothing;
    const char *failure = sandbox_seal();
    if (failure != NULL) {
        serve_fault(failure);
    }
    serve();
}

static bool start_work(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    return pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, ENGINE_STACK) == 0 &&
           pthread_create(&thread, &attributes, work, NULL) == 0;
}

/* Waits until nobody is at the other end: a call that computes for long would not notice. */
static void watch(void)
{
    struct pollfd other_end = {.fd = STDIN_FILENO};
    while (poll(&other_end, 1, -1) < 0 && errno == EINTR) {
    }
}

int main(void)
{
    int type = 0;
    socklen_t length = sizeof type;
    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
        (void)fprintf(stderr, "prom-wasm: standard input is no socket; prom starts this program where it needs it\n");
        return 2;
    }
    const char *failure = sandbox_enter();
    if (failure != NULL) {
        serve_fault(failure);
    }
    if (!start_work()) {
        serve_fault("there is no memory for a stack");
    }
    watch();
    _exit(EXIT_SUCCESS);
}
