#include "page/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/clock.h"

enum {
    EVENTS_MAX = 16,
    BACKLOG = 128,
    TAKEN_A_TURN = 32,
    ANSWERED_A_TURN = 4,
    LISTENER = PROM_HTTP_CLIENTS_MAX,
    HEAD_ROOM = 1024
};
enum { LINGER_MS = 1000, PIECE = 4096, SEND_ROOM = 1 << 17 };

typedef enum client_state {
    FREE,
    ASKS,    /* its request has not come */
    TAKES,   /* it is sent its answer */
    FOLLOWS, /* it is sent events */
    LEAVES,  /* all is sent: what it says is read and dropped until it closes, so that the kernel drops no answer */
} client_state;

struct client {
    client_state state;
    int socket;
    int64_t since; /* when its state began, or something was taken last */
    char in[PROM_REQUEST_MAX];
    size_t in_length;
    char *out; /* owned */
    size_t out_at;
    size_t out_length;
    size_t out_room;
    bool said_all;    /* it has closed its side, and may still take an answer */
    uint32_t watched; /* epoll's events */
    uint64_t lost;    /* events that were left out */
    uint64_t turn;    /* of those who follow: who came first has the lowest */
};

struct prom_http {
    prom_http_answerer *answer;
    void *context;
    int epoll;
    int listener;
    unsigned answered; /* in this turn */
    uint64_t followed; /* that have followed so far */
    struct client clients[PROM_HTTP_CLIENTS_MAX];
};

/* -- Clients -- */

static void drop(struct client *client)
{
    (void)close(client->socket);
    free(client->out);
    client->out = NULL;
    client->out_at = client->out_length = client->out_room = client->in_length = 0;
    client->lost = 0;
    client->said_all = false;
    client->state = FREE;
}

static size_t waiting_of(const struct client *client)
{
    return client->out_length - client->out_at;
}

/* While more waits than may, whoever takes its answer slowest, and so has most waiting, is dropped: who asks for little
 * is answered. */
static void make_room(prom_http *http)
{
    size_t sum = PROM_HTTP_WAITING_MAX;
    while (sum >= PROM_HTTP_WAITING_MAX) {
        struct client *most = &http->clients[0];
        sum = 0;
        for (size_t i = 0; i < PROM_HTTP_CLIENTS_MAX; i++) {
            sum += waiting_of(&http->clients[i]);
            most = waiting_of(&http->clients[i]) > waiting_of(most) ? &http->clients[i] : most;
        }
        if (sum >= PROM_HTTP_WAITING_MAX) {
            drop(most);
        }
    }
}

static void watch(const prom_http *http, struct client *client)
{
    struct epoll_event event = {.events = (client->said_all ? 0 : (uint32_t)EPOLLIN) |
                                          (waiting_of(client) > 0 ? (uint32_t)EPOLLOUT : 0),
                                .data.u32 = (uint32_t)(client - http->clients)};
    if (event.events != client->watched && epoll_ctl(http->epoll, EPOLL_CTL_MOD, client->socket, &event) == 0) {
        client->watched = event.events;
    }
}

/* Puts bytes behind what waits. False, and nothing put, when memory ran out. */
static bool put(struct client *client, const char *bytes, size_t length)
{
    const size_t waiting = waiting_of(client);
    if (client->out_length + length > client->out_room) {
        const size_t room = waiting + length + PIECE;
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
    if (length > 0) {
        memcpy(client->out + client->out_length, bytes, length);
    }
    client->out_length += length;
    return true;
}

static void send_waiting(const prom_http *http, struct client *client)
{
    while (waiting_of(client) > 0) {
        const ssize_t sent =
            send(client->socket, client->out + client->out_at, waiting_of(client), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            watch(http, client);
            return;
        }
        if (sent < 0 && errno != EINTR) {
            drop(client);
            return;
        }
        client->out_at += sent > 0 ? (size_t)sent : 0;
        client->since = prom_clock_milliseconds();
    }
    if (client->state == TAKES) {
        client->state = LEAVES;
        (void)shutdown(client->socket, SHUT_WR);
    }
    watch(http, client);
}

/* -- Answers -- */

static const char *words_of(int status)
{
    static const struct {
        int status;
        const char *words;
    } table[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {421, "Misdirected Request"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].status == status) {
            return table[i].words;
        }
    }
    return "Unknown";
}

static void put_answer(struct client *client, const prom_http_answer *answer, bool head)
{
    char text[HEAD_ROOM];
    char length[48] = "";
    if (!answer->follows) {
        (void)snprintf(length, sizeof length, "Content-Length: %zu\r\n", answer->length);
    }
    const int written = snprintf(
        text, sizeof text,
        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s%sContent-Security-Policy: %s\r\nX-Content-Type-Options: nosniff\r\n"
        "X-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        answer->status, words_of(answer->status), answer->type, length, answer->header != NULL ? answer->header : "",
        answer->policy != NULL ? answer->policy : "default-src 'none'; frame-ancestors 'none'");
    const char *body = answer->owned != NULL ? answer->owned : answer->text;
    if (written <= 0 || (size_t)written >= sizeof text || !put(client, text, (size_t)written) ||
        (!head && !answer->follows && !put(client, body, answer->length))) {
        client->out_length = client->out_at; /* there is no memory for an answer */
    }
}

/* What is said to requests that no page is asked by. */
static void refuse(prom_http_answer *answer, int status)
{
    static const char text[] = "this is a node's page: GET or HEAD, by the name 127.0.0.1 or localhost\n";
    *answer = (prom_http_answer){.status = status,
                                 .type = "text/plain; charset=utf-8",
                                 .header = status == PROM_REQUEST_OTHER_METHOD ? "Allow: GET, HEAD\r\n" : NULL,
                                 .text = text,
                                 .length = sizeof text - 1};
}

/* Returns whether `a` gives its place up before `b`: who does not take what it is sent, the most first, and then who
 * has followed for longest. */
static bool gives_way(const struct client *a, const struct client *b)
{
    return waiting_of(a) != waiting_of(b) ? waiting_of(a) > waiting_of(b) : a->turn < b->turn;
}

/* Whoever comes may follow: else a few who stay would keep the owner's page from what happens. Who makes room is told,
 * so that it does not come back at once and take the place of the next. */
static void make_place_to_follow(prom_http *http)
{
    static const char replaced[] = "event: replaced\ndata: {}\n\n";
    struct client *first = NULL;
    for (size_t i = 0; i < PROM_HTTP_CLIENTS_MAX; i++) {
        struct client *at = &http->clients[i];
        if (at->state == FOLLOWS && (first == NULL || gives_way(at, first))) {
            first = at;
        }
    }
    if (first == NULL || prom_http_followers(http) < PROM_HTTP_FOLLOWERS_MAX) {
        return;
    }
    if (waiting_of(first) == 0) {
        (void)!send(first->socket, replaced, sizeof replaced - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    drop(first);
}

static void answer_request(prom_http *http, struct client *client, prom_request_state state,
                           const prom_request *request)
{
    prom_http_answer answer = {.status = 200, .type = "text/plain; charset=utf-8", .text = ""};
    if (state != PROM_REQUEST_GOOD) {
        refuse(&answer, (int)state);
    } else {
        make_room(http);
        http->answer(http->context, request, &answer);
    }
    const bool follows = answer.follows && !request->head;
    if (follows) {
        make_place_to_follow(http);
        client->turn = http->followed++;
    }
    put_answer(client, &answer, request->head);
    free(answer.owned);
    client->since = prom_clock_milliseconds();
    client->state = follows ? FOLLOWS : TAKES;
    send_waiting(http, client);
}

/* Of those who ask a few are answered in a turn, and the others in the next ones: what many ask for does not hold up
 * the node. */
static void receive(prom_http *http, struct client *client)
{
    char dropped[PIECE];
    const bool asks = client->state == ASKS;
    if (asks && http->answered == ANSWERED_A_TURN) {
        return;
    }
    const ssize_t got =
        asks ? recv(client->socket, client->in + client->in_length, sizeof client->in - client->in_length, MSG_DONTWAIT)
             : recv(client->socket, dropped, sizeof dropped, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return;
    }
    if (got == 0 && client->state == TAKES) {
        client->said_all = true;
        watch(http, client);
        return;
    }
    if (got <= 0) {
        drop(client);
        return;
    }
    if (asks) {
        prom_request request;
        client->in_length += (size_t)got;
        const prom_request_state state = prom_request_read(&request, client->in, client->in_length);
        if (state != PROM_REQUEST_PART) {
            http->answered++;
            answer_request(http, client, state, &request);
        }
    }
}

/* -- Events -- */

static void put_event(struct client *client, const char *event, const char *data)
{
    static const char form[] = "event: %s\ndata: %s\n\n";
    const size_t length = sizeof form + strlen(event) + strlen(data);
    char *text = waiting_of(client) + length <= PROM_HTTP_FOLLOWING_MAX ? malloc(length) : NULL;
    if (text == NULL || !put(client, text, (size_t)snprintf(text, length, form, event, data))) {
        client->lost++;
    }
    free(text);
}

void prom_http_tell(prom_http *http, const char *event, const char *data)
{
    for (size_t i = 0; i < PROM_HTTP_CLIENTS_MAX; i++) {
        struct client *client = &http->clients[i];
        if (client->state != FOLLOWS) {
            continue;
        }
        if (client->lost > 0 && waiting_of(client) < PROM_HTTP_FOLLOWING_MAX / 2) {
            char lost[32];
            (void)snprintf(lost, sizeof lost, "{\"lost\":%llu}", (unsigned long long)client->lost);
            client->lost = 0;
            put_event(client, "lost", lost);
        }
        if (client->lost > 0) {
            client->lost++;
        } else {
            put_event(client, event, data);
        }
        send_waiting(http, client);
    }
}

size_t prom_http_followers(const prom_http *http)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_HTTP_CLIENTS_MAX; i++) {
        count += http->clients[i].state == FOLLOWS ? 1 : 0;
    }
    return count;
}

/* -- Those who come and go -- */

/* A free place; where there is none, that of the client that has said nothing for longest and does not follow. */
static struct client *place_for(prom_http *http)
{
    struct client *oldest = NULL;
    for (size_t i = 0; i < PROM_HTTP_CLIENTS_MAX; i++) {
        struct client *at = &http->clients[i];
        if (at->state == FREE) {
            return at;
        }
        oldest = at->state != FOLLOWS && (oldest == NULL || at->since < oldest->since) ? at : oldest;
    }
    drop(oldest); /* there is one: fewer may follow than there are places */
    return oldest;
}

static bool take_client(prom_http *http)
{
    const int socket = accept4(http->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) {
        return false;
    }
    struct client *client = place_for(http);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(client - http->clients)};
    const int send_room = SEND_ROOM; /* the kernel would take megabytes of each */
    client->state = ASKS;
    client->socket = socket;
    client->since = prom_clock_milliseconds();
    client->watched = EPOLLIN;
    (void)setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &send_room, sizeof send_room);
    if (epoll_ctl(http->epoll, EPOLL_CTL_ADD, socket, &event) != 0) {
        drop(client);
    } else {
        receive(http, client); /* most have sent their request by now */
    }
    return true;
}

static void look_at_clock(prom_http *http, struct client *client, int64_t now)
{
    static const int64_t most[] = {
        [FREE] = INT64_MAX,    [ASKS] = PROM_HTTP_REQUEST_MS, [TAKES] = PROM_HTTP_STUCK_MS,
        [FOLLOWS] = INT64_MAX, [LEAVES] = LINGER_MS,
    };
    const int64_t silent = now - client->since;
    if (client->state == FOLLOWS && waiting_of(client) == 0 && silent > PROM_HTTP_BEAT_MS) {
        (void)!put(client, ":\n\n", strlen(":\n\n"));
        send_waiting(http, client);
    } else if (silent > most[client->state] ||
               (client->state == FOLLOWS && waiting_of(client) > 0 && silent > PROM_HTTP_STUCK_MS)) {
        drop(client);
    }
}

int prom_http_descriptor(const prom_http *http)
{
    return http->epoll;
}

void prom_http_turn(prom_http *http)
{
    struct epoll_event events[EVENTS_MAX];
    const int count = epoll_wait(http->epoll, events, EVENTS_MAX, 0);
    bool come = false;
    http->answered = 0;
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == LISTENER) {
            come = true;
            continue;
        }
        struct client *client = &http->clients[events[i].data.u32];
        if (client->state != FREE && (events[i].events & (uint32_t)EPOLLOUT) != 0) {
            send_waiting(http, client);
        }
        if (client->state != FREE && (events[i].events & (uint32_t)(EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
            receive(http, client);
        }
    }
    /* Last: whoever comes may be given the place of one whose event is in the list. */
    for (int i = 0; come && i < TAKEN_A_TURN; i++) {
        come = take_client(http);
    }
    const int64_t now = prom_clock_milliseconds();
    for (size_t i = 0; i < PROM_HTTP_CLIENTS_MAX; i++) {
        look_at_clock(http, &http->clients[i], now);
    }
}

/* -- Opening and closing -- */

static bool listen_at(prom_http *http, uint16_t port)
{
    const struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int yes = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = LISTENER};
    http->epoll = epoll_create1(EPOLL_CLOEXEC);
    http->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return http->epoll >= 0 && http->listener >= 0 &&
           setsockopt(http->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
           bind(http->listener, (const struct sockaddr *)&name, sizeof name) == 0 &&
           listen(http->listener, BACKLOG) == 0 && epoll_ctl(http->epoll, EPOLL_CTL_ADD, http->listener, &event) == 0;
}

prom_result prom_http_open(prom_http **http, uint16_t port, prom_http_answerer *answer, void *context,
                           prom_error *error)
{
    prom_http *made = calloc(1, sizeof *made);
    *http = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->answer = answer;
    made->context = context;
    made->epoll = made->listener = -1;
    if (!listen_at(made, port)) {
        const int failure = errno;
        prom_http_close(made);
        return prom_fail(error, PROM_CATEGORY_IO, "port %u of 127.0.0.1 cannot be listened at: %s", (unsigned)port,
                         strerror(failure));
    }
    *http = made;
    return prom_ok();
}

void prom_http_close(prom_http *http)
{
    for (size_t i = 0; http != NULL && i < PROM_HTTP_CLIENTS_MAX; i++) {
        if (http->clients[i].state != FREE) {
            drop(&http->clients[i]);
        }
    }
    if (http != NULL && http->listener >= 0) {
        (void)close(http->listener);
    }
    if (http != NULL && http->epoll >= 0) {
        (void)close(http->epoll);
    }
    free(http);
}
