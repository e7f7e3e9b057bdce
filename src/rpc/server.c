#include "rpc/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "system/clock.h"

enum { EVENTS_MAX = 16, PIECE = 8192, BACKLOG = 16, LISTENER = PROM_RPC_CLIENTS_MAX, REQUESTS_A_TURN = 16 };

struct client {
    int socket; /* -1: this one is free */
    bool follows;
    bool said_all;    /* it has closed its side, and may still wait for answers */
    bool ending;      /* when all is sent */
    uint32_t watched; /* epoll's events */
    bool more;        /* whole requests lie in `in`, or may */
    char *in;         /* PROM_RPC_REQUEST_MAX bytes */
    size_t in_length;
    char *out;
    size_t out_at;
    size_t out_length;
    size_t out_room;
    uint64_t lost;    /* events that were left out */
    int64_t began;    /* when the request that is not whole began */
    int64_t active;   /* when a request was answered last, or the client came */
    int64_t progress; /* when something was taken last, while something waits */
};

struct prom_rpc_server {
    prom_rpc_host *host;
    int epoll;
    int listener;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    struct client clients[PROM_RPC_CLIENTS_MAX];
    const struct client *answered; /* whose request is under way; NULL: nobody's */
};

/* -- Clients -- */

static void drop(struct client *client)
{
    if (client->socket >= 0) {
        (void)close(client->socket);
    }
    free(client->in);
    free(client->out);
    *client = (struct client){.socket = -1};
}

/* Of whoever has said all, or more than there is room for, nothing is awaited: else it would wake the node for nothing.
 */
static void watch(const prom_rpc_server *server, struct client *client)
{
    const bool listens = !client->ending && !client->said_all && client->in_length < PROM_RPC_REQUEST_MAX;
    const bool waits = client->out_length > client->out_at;
    struct epoll_event event = {.events = (listens ? (uint32_t)EPOLLIN : 0) | (waits ? (uint32_t)EPOLLOUT : 0),
                                .data.u32 = (uint32_t)(client - server->clients)};
    if (event.events != client->watched && epoll_ctl(server->epoll, EPOLL_CTL_MOD, client->socket, &event) == 0) {
        client->watched = event.events;
    }
}

static void send_waiting(const prom_rpc_server *server, struct client *client)
{
    while (client->out_at < client->out_length) {
        const ssize_t sent = send(client->socket, client->out + client->out_at, client->out_length - client->out_at,
                                  MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            watch(server, client);
            return;
        }
        if (sent < 0 && errno != EINTR) {
            drop(client);
            return;
        }
        client->out_at += sent > 0 ? (size_t)sent : 0;
        client->progress = prom_clock_milliseconds();
    }
    free(client->out);
    client->out = NULL;
    client->out_at = client->out_length = client->out_room = 0;
    if (client->ending) {
        drop(client);
        return;
    }
    watch(server, client);
}

/* Puts a line behind what waits. False, and nothing put, when that would be more than `most`, or memory ran out. */
static bool put(struct client *client, const char *line, size_t length, size_t most)
{
    const size_t waiting = client->out_length - client->out_at;
    if (length + 1 > most - (waiting < most ? waiting : most)) {
        return false;
    }
    if (client->out_length + length + 1 > client->out_room) {
        const size_t room = waiting + length + 1 + PIECE;
        char *larger = malloc(room);
        if (larger == NULL) {
            return false;
        }
        if (waiting > 0) {
            memcpy(larger, client->out + client->out_at, waiting);
        }
        free(client->out);
        client->out = larger;
        client->out_room = room;
        client->out_at = 0;
        client->out_length = waiting;
    }
    if (waiting == 0) {
        client->progress = prom_clock_milliseconds();
    }
    memcpy(client->out + client->out_length, line, length);
    client->out[client->out_length + length] = '\n';
    client->out_length += length + 1;
    return true;
}

/* Consumes `message`, NULL is fine. */
static bool put_json(struct client *client, json_t *message, size_t most)
{
    char *text = message == NULL ? NULL : json_dumps(message, JSON_COMPACT);
    const bool done = message == NULL || (text != NULL && put(client, text, strlen(text), most));
    free(text);
    json_decref(message);
    return done;
}

/* -- Requests -- */

/* Returns whether there is an answer: else the request is answered with a later turn. */
static bool answer(prom_rpc_server *server, struct client *client, const char *line, size_t length)
{
    bool follows = false;
    server->answered = client;
    json_t *response = prom_rpc_answer(server->host, line, length, &follows);
    server->answered = NULL;
    if (server->host->later) {
        server->host->later = false;
        json_decref(response);
        return false;
    }
    json_t *id = json_incref(json_object_get(response, "id"));
    if (!put_json(client, response, PROM_RPC_WAITING_MAX)) {
        (void)!put_json(client,
                        prom_rpc_refuse(json_incref(id), PROM_RPC_ERROR_TOO_LARGE,
                                        "the answer is larger than one may be, or earlier ones were not taken"),
                        PROM_RPC_WAITING_MAX + PIECE);
    }
    json_decref(id);
    client->follows = client->follows || follows;
    client->active = prom_clock_milliseconds();
    return true;
}

static void refuse_and_end(struct client *client, const char *sentence)
{
    (void)!put_json(client, prom_rpc_refuse(NULL, PROM_RPC_ERROR_PARSE, sentence), PROM_RPC_WAITING_MAX + PIECE);
    client->ending = true;
    client->in_length = 0;
    client->more = false;
}

/* Answers the whole lines that are there, a few in each turn: one client does not hold up the node. While answers wait
 * to be taken no more is answered. */
static void take_requests(prom_rpc_server *server, struct client *client)
{
    size_t at = 0;
    unsigned count = 0;
    client->more = false;
    while (at < client->in_length && !client->ending) {
        const char *line = client->in + at;
        const char *end = memchr(line, '\n', client->in_length - at);
        if (end == NULL) {
            break;
        }
        if (count++ == REQUESTS_A_TURN || client->out_length - client->out_at > PROM_RPC_FOLLOWING_MAX) {
            client->more = true;
            break;
        }
        const size_t length = (size_t)(end - line);
        if (strspn(line, " \t\r") < length && !answer(server, client, line, length)) {
            client->more = true;
            break;
        }
        at += length + 1;
    }
    if (at > 0) {
        memmove(client->in, client->in + at, client->in_length - at);
        client->in_length -= at;
        client->began = prom_clock_milliseconds();
    }
    if (!client->more && client->in_length == PROM_RPC_REQUEST_MAX) {
        refuse_and_end(client, "a request is one line of at most 65536 bytes");
    }
    client->ending = client->ending || (client->said_all && !client->more);
}

static void receive(prom_rpc_server *server, struct client *client)
{
    while (client->socket >= 0 && !client->ending && !client->said_all && client->in_length < PROM_RPC_REQUEST_MAX) {
        const ssize_t got = recv(client->socket, client->in + client->in_length,
                                 PROM_RPC_REQUEST_MAX - client->in_length, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            break;
        }
        if (got < 0) {
            drop(client);
            return;
        }
        if (got == 0) {
            client->said_all = true;
            break;
        }
        if (client->in_length == 0) {
            client->began = prom_clock_milliseconds();
        }
        client->in_length += (size_t)got;
    }
    if (client->socket >= 0) {
        take_requests(server, client);
        send_waiting(server, client);
    }
}

/* -- Those who come -- */

/* Of the node's own user, or root: the socket's mode says the same, but modes are changed by hand. */
static bool is_ours(int socket)
{
    struct ucred who;
    socklen_t length = sizeof who;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 && (who.uid == geteuid() || who.uid == 0);
}

/* A free place; where there is none, that of the client that has been idle for longest. */
static struct client *place_for(prom_rpc_server *server)
{
    struct client *oldest = NULL;
    for (size_t i = 0; i < PROM_RPC_CLIENTS_MAX; i++) {
        struct client *at = &server->clients[i];
        if (at->socket < 0) {
            return at;
        }
        oldest = oldest == NULL || at->active < oldest->active ? at : oldest;
    }
    drop(oldest);
    return oldest;
}

static void take_client(prom_rpc_server *server)
{
    const int socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) {
        return;
    }
    if (!is_ours(socket)) {
        (void)close(socket);
        return;
    }
    struct client *client = place_for(server);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(client - server->clients)};
    *client = (struct client){.socket = socket, .in = malloc(PROM_RPC_REQUEST_MAX), .watched = EPOLLIN};
    client->active = client->began = client->progress = prom_clock_milliseconds();
    if (client->in == NULL || epoll_ctl(server->epoll, EPOLL_CTL_ADD, socket, &event) != 0) {
        drop(client);
    }
}

static void end_slow(struct client *client, int64_t now)
{
    const bool stuck = client->out_length > client->out_at && now - client->progress > PROM_RPC_STUCK_MS;
    const bool half = client->in_length > 0 && !client->more && now - client->began > PROM_RPC_REQUEST_MS;
    const bool idle = !client->follows && client->out_length == client->out_at && client->in_length == 0 &&
                      now - client->active > PROM_RPC_IDLE_MS;
    if (stuck || half || idle) {
        drop(client);
    }
}

/* Who closes both sides hears no answer: what it said last is done, and what waits is not. Who closes one is not gone.
 */
static void take_from(prom_rpc_server *server, struct client *client, uint32_t events)
{
    const bool gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
    const bool waits = client->said_all || client->more;
    if (client->socket >= 0 && (events & EPOLLIN) != 0 && !(gone && waits)) {
        receive(server, client);
    }
    if (client->socket >= 0 && gone) {
        drop(client);
    }
}

int prom_rpc_server_descriptor(const prom_rpc_server *server)
{
    return server->epoll;
}

void prom_rpc_server_turn(prom_rpc_server *server)
{
    struct epoll_event events[EVENTS_MAX];
    const int count = epoll_wait(server->epoll, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == LISTENER) {
            take_client(server);
            continue;
        }
        struct client *client = &server->clients[events[i].data.u32];
        if (client->socket >= 0 && (events[i].events & EPOLLOUT) != 0) {
            send_waiting(server, client);
        }
        take_from(server, client, events[i].events);
    }
    const int64_t now = prom_clock_milliseconds();
    for (size_t i = 0; i < PROM_RPC_CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        if (client->socket >= 0 && client->more) {
            take_requests(server, client);
            send_waiting(server, client);
        }
        if (client->socket >= 0) {
            end_slow(client, now);
        }
    }
}

/* -- Events -- */

static void tell_lost(struct client *client)
{
    json_t *lost = json_pack("{s:s, s:s, s:{s:I}}", "jsonrpc", "2.0", "method", "lost", "params", "lost",
                             (json_int_t)client->lost);
    if (put_json(client, lost, PROM_RPC_FOLLOWING_MAX)) {
        client->lost = 0;
    }
}

void prom_rpc_server_tell(prom_rpc_server *server, json_t *event)
{
    json_auto_t *message = json_pack("{s:s, s:s, s:O}", "jsonrpc", "2.0", "method", "event", "params", event);
    for (size_t i = 0; i < PROM_RPC_CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        if (client->socket < 0 || !client->follows) {
            continue;
        }
        if (client->lost > 0) {
            tell_lost(client);
        }
        if (client->lost > 0 || !put_json(client, json_incref(message), PROM_RPC_FOLLOWING_MAX)) {
            client->lost++;
        }
        if (client != server->answered) { /* it is sent when that is over: were it gone, it would be dropped in it */
            send_waiting(server, client);
        }
    }
}

size_t prom_rpc_server_clients(const prom_rpc_server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_RPC_CLIENTS_MAX; i++) {
        count += server->clients[i].socket >= 0 ? 1 : 0;
    }
    return count;
}

/* -- Opening and closing -- */

static prom_result cannot(const prom_rpc_server *server, const char *what, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO, "the socket %s cannot be %s: %s", server->path, what, strerror(errno));
}

/* The folder's lock is held, by its database: whoever left a socket here is gone. */
static prom_result listen_at(prom_rpc_server *server, prom_error *error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = LISTENER};
    struct stat status;
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", server->path);
    if (lstat(server->path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        (void)unlink(server->path);
    }
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listener < 0) {
        return cannot(server, "made", error);
    }
    const mode_t before = umask(S_IRWXG | S_IRWXO | S_IXUSR);
    const int bound = bind(server->listener, (const struct sockaddr *)&name, sizeof name);
    const int failure = errno;
    (void)umask(before);
    errno = failure;
    if (bound != 0) {
        (void)close(server->listener);
        server->listener = -1; /* what has the name is not ours */
        errno = failure;
        return cannot(server, "made", error);
    }
    return listen(server->listener, BACKLOG) == 0 &&
                   epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &event) == 0
               ? prom_ok()
               : cannot(server, "listened at", error);
}

static prom_result open_all(prom_rpc_server *server, prom_error *error)
{
    const char *folder = server->host->folder;
    if (snprintf(server->path, sizeof server->path, "%s/" PROM_RPC_SOCKET, folder) >= (int)sizeof server->path) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the folder %.200s has too long a name for a socket in it: %zu bytes at most", folder,
                         sizeof server->path - sizeof "/" PROM_RPC_SOCKET);
    }
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    return server->epoll >= 0 ? listen_at(server, error) : cannot(server, "watched", error);
}

prom_result prom_rpc_server_open(prom_rpc_server **server, prom_rpc_host *host, prom_error *error)
{
    prom_rpc_server *made = calloc(1, sizeof *made);
    *server = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->host = host;
    made->listener = made->epoll = -1;
    for (size_t i = 0; i < PROM_RPC_CLIENTS_MAX; i++) {
        made->clients[i].socket = -1;
    }
    const prom_result opened = open_all(made, error);
    if (!prom_is_ok(opened)) {
        prom_rpc_server_close(made);
        return opened;
    }
    *server = made;
    return opened;
}

void prom_rpc_server_close(prom_rpc_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->listener >= 0) {
        (void)close(server->listener);
        (void)unlink(server->path); /* first: who hears that we are gone may begin another */
    }
    for (size_t i = 0; i < PROM_RPC_CLIENTS_MAX; i++) {
        if (server->clients[i].socket >= 0) {
            send_waiting(server, &server->clients[i]);
            drop(&server->clients[i]);
        }
    }
    if (server->epoll >= 0) {
        (void)close(server->epoll);
    }
    free(server);
}
