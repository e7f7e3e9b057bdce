/* A thread that answers HTTP requests with prepared bytes, one connection each, and a prom_rpc that calls it. */
#ifndef PROMETHEUS_TEST_FAKE_SERVER_H
#define PROMETHEUS_TEST_FAKE_SERVER_H

#include "chain/fake_http.h"

#include <poll.h>
#include <pthread.h>

#include "chain/rpc.h"

enum { REQUEST_MAX = 65536 };

/* `result` as JSON in a good answer; or `body`, the whole body, with `status`; or `raw`, all that is sent. */
typedef struct fake_reply {
    const char *result;
    int status;
    const char *body;
    const char *raw;
    size_t raw_length; /* 0: up to its final zero */
    bool silent;       /* nothing is sent until the caller hangs up */
} fake_reply;

typedef struct fake_server {
    int listener;
    uint16_t port;
    pthread_t thread;
    const fake_reply *replies;
    size_t reply_count;
    char request[REQUEST_MAX]; /* the last one */
    char cookie_file[64];
    prom_rpc *rpc;
    prom_error error;
} fake_server;

static inline void fake_answer(int connection, const fake_reply *reply, size_t number)
{
    char body[8192];
    if (reply->silent) {
        struct pollfd hung_up = {.fd = connection, .events = POLLIN};
        (void)poll(&hung_up, 1, -1);
    } else if (reply->raw != NULL) {
        fake_http_send(connection, reply->raw, reply->raw_length != 0 ? reply->raw_length : strlen(reply->raw));
    } else {
        (void)snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"result\":%s,\"id\":%zu}\n",
                       reply->result != NULL ? reply->result : "null", number);
        fake_http_answer(connection, reply->body != NULL ? reply->status : 200,
                         reply->body != NULL ? reply->body : body);
    }
}

static inline void *fake_serve(void *context)
{
    fake_server *server = context;
    for (size_t i = 0; i < server->reply_count; i++) {
        const int connection = accept(server->listener, NULL, NULL);
        if (connection < 0) {
            break;
        }
        (void)fake_http_read(connection, server->request, sizeof server->request);
        fake_answer(connection, &server->replies[i], i + 1);
        (void)close(connection);
    }
    return NULL;
}

static inline void fake_cookie(const fake_server *server, const char *content)
{
    FILE *file = fopen(server->cookie_file, "w");
    assert_non_null(file);
    assert_int_equal(fputs(content, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

/* Gives the replies in turn. With none, nobody listens. */
static inline void fake_start(fake_server *server, const fake_reply *replies, size_t reply_count)
{
    char url[64];
    *server = (fake_server){.replies = replies, .reply_count = reply_count};
    server->listener = fake_http_bind(&server->port);
    (void)snprintf(server->cookie_file, sizeof server->cookie_file, "/tmp/prom-test-cookie-XXXXXX");
    const int file = mkstemp(server->cookie_file);
    assert_true(file >= 0);
    (void)close(file);
    fake_cookie(server, "__cookie__:0123abcd");
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)server->port);
    assert_ok(prom_rpc_new(&server->rpc, url, server->cookie_file, &server->error), &server->error);
    if (reply_count > 0) {
        assert_int_equal(listen(server->listener, 4), 0);
        assert_int_equal(pthread_create(&server->thread, NULL, fake_serve, server), 0);
    }
}

static inline void fake_stop(fake_server *server)
{
    prom_rpc_free(server->rpc);
    if (server->reply_count > 0) {
        (void)shutdown(server->listener, SHUT_RDWR);
        assert_int_equal(pthread_join(server->thread, NULL), 0);
    }
    (void)close(server->listener);
    (void)unlink(server->cookie_file);
}

#endif
