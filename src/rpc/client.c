#include "rpc/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/server.h"

enum { ANSWER_SECONDS = 60, FILES_SECONDS = 3600, FIRST_ROOM = 4096 };
#define ANSWER_MAX (2 * PROM_RPC_WAITING_MAX)

struct prom_rpc_client {
    int socket;
    char *in;
    size_t length;
    size_t room;
    size_t taken; /* of `in`: the line before */
};

prom_result prom_rpc_client_open(prom_rpc_client **client, const char *folder, prom_error *error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    *client = NULL;
    if (snprintf(name.sun_path, sizeof name.sun_path, "%s/" PROM_RPC_SOCKET, folder) >= (int)sizeof name.sun_path) {
        return prom_ok(); /* no node can have a socket there, and none runs */
    }
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "no socket: %s", strerror(errno));
    }
    if (connect(made, (const struct sockaddr *)&name, sizeof name) != 0) {
        const int failure = errno;
        (void)close(made);
        return failure == ENOENT || failure == ECONNREFUSED || failure == ENOTDIR
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_IO, "the node's socket %s cannot be used: %s", name.sun_path,
                               strerror(failure));
    }
    *client = calloc(1, sizeof **client);
    if (*client == NULL) {
        (void)close(made);
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (*client)->socket = made;
    return prom_ok();
}

void prom_rpc_client_close(prom_rpc_client **client)
{
    if (*client != NULL) {
        (void)close((*client)->socket);
        free((*client)->in);
        free(*client);
        *client = NULL;
    }
}

static void set_patience(const prom_rpc_client *client, time_t seconds)
{
    const struct timeval patience = {.tv_sec = seconds};
    (void)setsockopt(client->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

unsigned prom_rpc_client_patience(const char *method)
{
    static const char *const with_files[] = {"job.quote", "job.run"};
    unsigned seconds = ANSWER_SECONDS;
    for (size_t i = 0; i < sizeof with_files / sizeof with_files[0]; i++) {
        seconds = strcmp(method, with_files[i]) == 0 ? FILES_SECONDS : seconds;
    }
    return seconds;
}

const char *prom_told_text(const json_t *told, const char *name)
{
    const char *text = json_string_value(json_object_get(told, name));
    return text != NULL ? text : "";
}

long long prom_told_number(const json_t *told, const char *name)
{
    return (long long)json_integer_value(json_object_get(told, name));
}

bool prom_told_true(const json_t *told, const char *name)
{
    return json_is_true(json_object_get(told, name));
}

char *prom_rpc_client_text(const char *method, json_t *params)
{
    json_auto_t *request = params != NULL ? json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method",
                                                      method, "params", params)
                                          : json_pack("{s:s, s:i, s:s}", "jsonrpc", "2.0", "id", 1, "method", method);
    return request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
}

static prom_result send_all(const prom_rpc_client *client, const char *text, size_t length, prom_error *error)
{
    for (size_t at = 0; at < length;) {
        const ssize_t sent = send(client->socket, text + at, length - at, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return prom_fail(error, PROM_CATEGORY_IO, "the node took no request: %s", strerror(errno));
        }
        at += sent > 0 ? (size_t)sent : 0;
    }
    return prom_ok();
}

static prom_result grow(prom_rpc_client *client, prom_error *error)
{
    if (client->length < client->room) {
        return prom_ok();
    }
    const size_t room = client->room == 0 ? FIRST_ROOM : 2 * client->room;
    char *larger = room <= ANSWER_MAX ? realloc(client->in, room) : NULL;
    if (larger == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "the node's answer is too long");
    }
    client->in = larger;
    client->room = room;
    return prom_ok();
}

/* Reads a line; `line` is NULL at the end of what comes. */
static prom_result read_line(prom_rpc_client *client, const char **line, size_t *length, prom_error *error)
{
    size_t seen = 0;
    *line = NULL;
    if (client->taken > 0) {
        memmove(client->in, client->in + client->taken, client->length - client->taken);
        client->length -= client->taken;
        client->taken = 0;
    }
    for (;;) {
        const char *end = client->length > seen ? memchr(client->in + seen, '\n', client->length - seen) : NULL;
        if (end != NULL) {
            *line = client->in;
            *length = (size_t)(end - client->in);
            client->taken = *length + 1;
            return prom_ok();
        }
        seen = client->length;
        PROM_TRY(grow(client, error));
        const ssize_t got = recv(client->socket, client->in + client->length, client->room - client->length, 0);
        if (got == 0 || (got < 0 && errno == ECONNRESET)) {
            return prom_ok();
        }
        if (got < 0 && errno != EINTR) {
            return prom_fail(error, PROM_CATEGORY_IO, "the node does not answer: %s", strerror(errno));
        }
        client->length += got > 0 ? (size_t)got : 0;
    }
}

static prom_result read_message(prom_rpc_client *client, json_t **message, prom_error *error)
{
    const char *line = NULL;
    size_t length = 0;
    *message = NULL;
    PROM_TRY(read_line(client, &line, &length, error));
    if (line == NULL) {
        return prom_ok();
    }
    *message = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    return json_is_object(*message)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "what answers at the node's socket is no node");
}

static prom_result failure_of(const json_t *fault, prom_error *error)
{
    const json_int_t code = json_integer_value(json_object_get(fault, "code"));
    const char *sentence = json_string_value(json_object_get(fault, "message"));
    const bool ours = code == prom_rpc_errors[PROM_RPC_ERROR_BAD_INPUT].code ||
                      code == prom_rpc_errors[PROM_RPC_ERROR_METHOD].code ||
                      code == prom_rpc_errors[PROM_RPC_ERROR_PARAMETERS].code;
    const bool theirs = code == prom_rpc_errors[PROM_RPC_ERROR_WAIT].code;
    return prom_fail(error,
                     ours     ? PROM_CATEGORY_BAD_INPUT
                     : theirs ? PROM_CATEGORY_PEER
                              : PROM_CATEGORY_IO,
                     "%.400s", sentence != NULL ? sentence : "the node failed, and does not say why");
}

prom_result prom_rpc_client_call(prom_rpc_client *client, json_t **result, const char *method, json_t *params,
                                 prom_error *error)
{
    json_auto_t *message = NULL;
    *result = NULL;
    char *text = prom_rpc_client_text(method, params);
    if (text == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory, or the parameters are not UTF-8");
    }
    const size_t length = strlen(text);
    text[length] = '\n'; /* in place of its end */
    set_patience(client, prom_rpc_client_patience(method));
    const prom_result sent = send_all(client, text, length + 1, error);
    free(text);
    PROM_TRY(sent);
    prom_result read = read_message(client, &message, error);
    if (prom_is_ok(read) && message == NULL) {
        read = prom_fail(error, PROM_CATEGORY_IO, "the node has closed the connection: its log may say why");
    }
    PROM_TRY(prom_within(read, error,
                         "the node was asked for %s, and may still do it: look before you ask it to pay again, but "
                         "where a reference says that it is the same payment",
                         method));
    const json_t *fault = json_object_get(message, "error");
    if (fault != NULL) {
        return failure_of(fault, error);
    }
    *result = json_incref(json_object_get(message, "result"));
    return *result != NULL ? prom_ok()
                           : prom_fail(error, PROM_CATEGORY_IO, "what answers at the node's socket is no node");
}

prom_result prom_rpc_client_next(prom_rpc_client *client, json_t **message, prom_error *error)
{
    set_patience(client, 0);
    return read_message(client, message, error);
}

bool prom_rpc_client_has_next(const prom_rpc_client *client)
{
    const char *rest = client->in + client->taken;
    struct pollfd readable = {.fd = client->socket, .events = POLLIN};
    return (client->length > client->taken && memchr(rest, '\n', client->length - client->taken) != NULL) ||
           poll(&readable, 1, 0) > 0;
}
