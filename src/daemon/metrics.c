#include "daemon/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/owner.h"
#include "prometheus/base/version.h"
#include "system/clock.h"
#include "system/memory.h"

enum { EVENTS_MAX = 8, BACKLOG = 16, LISTENER = PROM_METRICS_CLIENTS_MAX, HEAD_ROOM = 256 };

struct client {
    int socket; /* -1: this one is free */
    int64_t since;
    char in[PROM_METRICS_REQUEST_MAX];
    size_t in_length;
};

struct prom_metrics {
    const prom_node *node;
    int epoll;
    int listener;
    struct client clients[PROM_METRICS_CLIENTS_MAX];
};

/* -- Pages -- */

struct metric {
    const char *name;
    const char *text;
    double value;
};

static size_t write_metrics(char *text, size_t room, const prom_node *node)
{
    prom_node_told told;
    char roles[PROM_ROLES_TEXT];
    prom_node_tell(node, &told);
    const struct metric metrics[] = {
        {"prom_ready", "Whether contracts can begin.", told.ready},
        {"prom_tip_height", "Height of the chain as far as blocks were processed.", told.tip},
        {"prom_own_tip_height", "The greatest height ever seen.", told.own_tip},
        {"prom_channels_open", "Channels that are open.", (double)told.channels},
        {"prom_channels_max", "Channels that may be open.", told.channels_max},
        {"prom_links", "Links to other nodes.", (double)told.links},
        {"prom_link_waiting_bytes", "Bytes that wait in the buffers of links.", (double)told.link_bytes},
        {"prom_disk_short", "Whether the disk takes no more.", told.disk_short},
        {"prom_memory_peak_bytes", "The most memory that the process has had.", (double)prom_memory_peak()},
    };
    size_t at = (size_t)snprintf(text, room,
                                 "# HELP prom_info The program and its network.\n# TYPE prom_info gauge\n"
                                 "prom_info{version=\"%s\",network=\"%s\",roles=\"%s\"} 1\n",
                                 PROM_VERSION, told.network->name, prom_roles_text(roles, told.roles));
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0] && at < room; i++) {
        at += (size_t)snprintf(text + at, room - at, "# HELP %s %s\n# TYPE %s gauge\n%s %.0f\n", metrics[i].name,
                               metrics[i].text, metrics[i].name, metrics[i].name, metrics[i].value);
    }
    return at < room ? at : room - 1;
}

static size_t write_health(char *text, size_t room, const prom_node *node, bool *healthy)
{
    prom_node_told told;
    prom_node_tell(node, &told);
    *healthy = told.ready && !told.disk_short;
    const int length = snprintf(text, room, "%s\n", *healthy ? "ok" : told.waiting.sentence);
    return length < (int)room ? (size_t)length : room - 1;
}

static size_t write_answer(char *answer, const char *status, const char *type, const char *body, size_t length)
{
    const int head = snprintf(answer, HEAD_ROOM,
                              "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
                              "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
                              status, type, length);
    memcpy(answer + head, body, length);
    return (size_t)head + length;
}

/* A page of another site, which a browser on this machine shows, could ask under a name of its own that leads here:
 * only the names of the loopback interface are answered. */
static bool has_our_host(const char *request, size_t length)
{
    static const char *const names[] = {"\r\nHost: 127.0.0.1", "\r\nHost: localhost"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *found = memmem(request, length, names[i], strlen(names[i]));
        const char *end = found != NULL ? found + strlen(names[i]) : NULL;
        if (end != NULL && (*end == ':' || *end == '\r')) {
            return true;
        }
    }
    return memmem(request, length, "HTTP/1.0\r\n", strlen("HTTP/1.0\r\n")) != NULL &&
           memmem(request, length, "\r\nHost:", strlen("\r\nHost:")) == NULL;
}

static bool asks_for(const char *request, size_t length, const char *line)
{
    return length > strlen(line) && memcmp(request, line, strlen(line)) == 0;
}

size_t prom_metrics_answer(char answer[PROM_METRICS_ANSWER_MAX], const prom_node *node, const char *request,
                           size_t length)
{
    static const char text[] = "text/plain; charset=utf-8";
    static const char refused[] = "/metrics and /healthz are here, by GET\n";
    char body[PROM_METRICS_ANSWER_MAX - HEAD_ROOM];
    bool healthy = false;
    if (memmem(request, length, "\r\n\r\n", strlen("\r\n\r\n")) == NULL) {
        return length < PROM_METRICS_REQUEST_MAX
                   ? 0
                   : write_answer(answer, "431 Request Header Fields Too Large", text, refused, strlen(refused));
    }
    if (!has_our_host(request, length)) {
        return write_answer(answer, "421 Misdirected Request", text, refused, strlen(refused));
    }
    if (asks_for(request, length, "GET /metrics ")) {
        const size_t written = write_metrics(body, sizeof body, node);
        return write_answer(answer, "200 OK", "text/plain; version=0.0.4; charset=utf-8", body, written);
    }
    if (asks_for(request, length, "GET /healthz ")) {
        const size_t written = write_health(body, sizeof body, node, &healthy);
        return write_answer(answer, healthy ? "200 OK" : "503 Service Unavailable", text, body, written);
    }
    return write_answer(answer, asks_for(request, length, "GET ") ? "404 Not Found" : "405 Method Not Allowed", text,
                        refused, strlen(refused));
}

/* -- Sockets -- */

static void drop(struct client *client)
{
    (void)close(client->socket);
    client->socket = -1;
}

/* The answer fits the socket's buffer: what it does not take at once is given up. */
static void receive(const prom_metrics *metrics, struct client *client)
{
    char answer[PROM_METRICS_ANSWER_MAX];
    const ssize_t got =
        recv(client->socket, client->in + client->in_length, sizeof client->in - client->in_length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        drop(client);
        return;
    }
    client->in_length += (size_t)got;
    const size_t length = prom_metrics_answer(answer, metrics->node, client->in, client->in_length);
    if (length > 0) {
        (void)!send(client->socket, answer, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(client->socket, SHUT_WR);
        drop(client);
    }
}

static void take_client(prom_metrics *metrics)
{
    const int socket = accept4(metrics->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *oldest = &metrics->clients[0];
    for (size_t i = 0; i < PROM_METRICS_CLIENTS_MAX && oldest->socket >= 0; i++) {
        struct client *at = &metrics->clients[i];
        oldest = at->socket < 0 || at->since < oldest->since ? at : oldest;
    }
    if (socket < 0) {
        return;
    }
    if (oldest->socket >= 0) {
        drop(oldest);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(oldest - metrics->clients)};
    oldest->socket = socket;
    oldest->since = prom_clock_milliseconds();
    oldest->in_length = 0;
    if (epoll_ctl(metrics->epoll, EPOLL_CTL_ADD, socket, &event) != 0) {
        drop(oldest);
    }
}

int prom_metrics_descriptor(const prom_metrics *metrics)
{
    return metrics == NULL ? -1 : metrics->epoll;
}

void prom_metrics_turn(prom_metrics *metrics)
{
    struct epoll_event events[EVENTS_MAX];
    const int count = metrics == NULL ? 0 : epoll_wait(metrics->epoll, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == LISTENER) {
            take_client(metrics);
        } else if (metrics->clients[events[i].data.u32].socket >= 0) {
            receive(metrics, &metrics->clients[events[i].data.u32]);
        }
    }
    for (size_t i = 0; metrics != NULL && i < PROM_METRICS_CLIENTS_MAX; i++) {
        struct client *client = &metrics->clients[i];
        if (client->socket >= 0 && prom_clock_milliseconds() - client->since > PROM_METRICS_MS) {
            drop(client);
        }
    }
}

static bool listen_at(prom_metrics *metrics, uint16_t port)
{
    const struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int yes = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = LISTENER};
    metrics->epoll = epoll_create1(EPOLL_CLOEXEC);
    metrics->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return metrics->epoll >= 0 && metrics->listener >= 0 &&
           setsockopt(metrics->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
           bind(metrics->listener, (const struct sockaddr *)&name, sizeof name) == 0 &&
           listen(metrics->listener, BACKLOG) == 0 &&
           epoll_ctl(metrics->epoll, EPOLL_CTL_ADD, metrics->listener, &event) == 0;
}

prom_result prom_metrics_open(prom_metrics **metrics, prom_node *node, uint16_t port, prom_error *error)
{
    prom_metrics *made = calloc(1, sizeof *made);
    *metrics = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->node = node;
    made->epoll = made->listener = -1;
    for (size_t i = 0; i < PROM_METRICS_CLIENTS_MAX; i++) {
        made->clients[i].socket = -1;
    }
    if (!listen_at(made, port)) {
        const int failure = errno;
        prom_metrics_close(made);
        return prom_fail(error, PROM_CATEGORY_IO,
                         "port %u of 127.0.0.1 cannot be listened at: %s; choose another metrics_port", (unsigned)port,
                         strerror(failure));
    }
    *metrics = made;
    return prom_ok();
}

void prom_metrics_close(prom_metrics *metrics)
{
    for (size_t i = 0; metrics != NULL && i < PROM_METRICS_CLIENTS_MAX; i++) {
        if (metrics->clients[i].socket >= 0) {
            drop(&metrics->clients[i]);
        }
    }
    if (metrics != NULL && metrics->listener >= 0) {
        (void)close(metrics->listener);
    }
    if (metrics != NULL && metrics->epoll >= 0) {
        (void)close(metrics->epoll);
    }
    free(metrics);
}
