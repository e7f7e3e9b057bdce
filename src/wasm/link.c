#include "wasm/link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

static const char HINT[] = "'make build' builds it where Wasmtime was built: run 'tools/deps --wasm'";

prom_result prom_wasm_link_start(prom_wasm_link *link, const char *path, prom_error *error)
{
    char program[4096];
    char *const arguments[] = {program, NULL};
    link->child = prom_child_none();
    link->out_at = link->out_end = link->in_at = link->in_end = 0;
    (void)snprintf(program, sizeof program, "%s", path);
    return prom_child_start(&link->child, arguments, HINT, error);
}

void prom_wasm_link_end(prom_wasm_link *link)
{
    (void)prom_child_end(&link->child);
}

/* Makes room at the end of a buffer, by moving what is still in it to its beginning. */
static void make_room(uint8_t *buffer, size_t *at, size_t *end)
{
    if (*at > 0) {
        memmove(buffer, buffer + *at, *end - *at);
        *end -= *at;
        *at = 0;
    }
}

size_t prom_wasm_link_put(prom_wasm_link *link, prom_span bytes)
{
    make_room(link->out, &link->out_at, &link->out_end);
    const size_t room = sizeof link->out - link->out_end;
    const size_t count = bytes.length < room ? bytes.length : room;
    if (count > 0) {
        memcpy(link->out + link->out_end, bytes.data, count);
        link->out_end += count;
    }
    return count;
}

size_t prom_wasm_link_held(const prom_wasm_link *link)
{
    return link->in_end - link->in_at;
}

prom_span prom_wasm_link_take(prom_wasm_link *link, size_t most)
{
    const size_t held = prom_wasm_link_held(link);
    const prom_span taken = prom_span_of(link->in + link->in_at, held < most ? held : most);
    link->in_at += taken.length;
    return taken;
}

static prom_result ended(prom_wasm_link *link, prom_error *error)
{
    char how[80];
    const int status = prom_child_end(&link->child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
        return prom_fail(error, PROM_CATEGORY_IO,
                         "prom-wasm was ended, as compiling the module takes more than %u seconds of processor time",
                         PROM_WASM_COMPILE_SECONDS);
    }
    return prom_fail(
        error, PROM_CATEGORY_IO,
        "prom-wasm %s, which says nothing of the module's results; if it does so again, this machine lacks "
        "memory, or compiling the module takes more than it may",
        prom_child_how(status, how, sizeof how));
}

/* Whether a call on the socket has failed for good. */
static bool is_broken(ssize_t count)
{
    return count < 0 && errno != EAGAIN && errno != EINTR;
}

prom_result prom_wasm_link_turn(prom_wasm_link *link, int wait_ms, prom_error *error)
{
    if (link->child.socket < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "this session's prom-wasm has ended; open another session");
    }
    make_room(link->in, &link->in_at, &link->in_end);
    const bool sends = link->out_at < link->out_end;
    struct pollfd ready = {.fd = link->child.socket, .events = (short)(POLLIN | (sends ? POLLOUT : 0))};
    if (poll(&ready, 1, wait_ms) <= 0) {
        return prom_ok(); /* time is up, or a signal came */
    }
    ssize_t count = 0;
    if (sends && (ready.revents & POLLOUT) != 0) {
        count = send(ready.fd, link->out + link->out_at, link->out_end - link->out_at, MSG_NOSIGNAL);
        link->out_at += count > 0 ? (size_t)count : 0;
    }
    /* What it has said before it ended is read first. */
    const size_t room = sizeof link->in - link->in_end;
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && room > 0) {
        count = recv(ready.fd, link->in + link->in_end, room, 0);
        link->in_end += count > 0 ? (size_t)count : 0;
        if (count == 0 || is_broken(count)) {
            return ended(link, error);
        }
    }
    return prom_ok();
}
