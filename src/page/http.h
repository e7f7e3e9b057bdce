/* Who answers at a port of the loopback interface: HTTP/1.1 (RFC 9112), one request on a connection, and server-sent
 * events (HTML, section 9.2). In the node's own thread, woken by one descriptor; nothing waits, and what all clients
 * together can cost is bounded. */
#ifndef PAGE_HTTP_H
#define PAGE_HTTP_H

#include <stdint.h>

#include "page/request.h"
#include "prometheus/base/result.h"

#define PROM_HTTP_CLIENTS_MAX 64U
#define PROM_HTTP_FOLLOWERS_MAX                                                                                        \
    16U /* of them follow events: the others are left for those who ask; one more takes the place of the slowest */
#define PROM_HTTP_REQUEST_MS 5000 /* from a client's coming to the end of its request */
#define PROM_HTTP_STUCK_MS 10000  /* nothing of the answer was taken */
#define PROM_HTTP_WAITING_MAX                                                                                          \
    ((size_t)16 << 20) /* bytes that wait to be taken, of all clients; beyond, the slowest is dropped */
#define PROM_HTTP_FOLLOWING_MAX ((size_t)1 << 18) /* of events, of one; beyond, they are left out and counted */
#define PROM_HTTP_BEAT_MS 15000                   /* a follower is sent something so often: who is gone is noticed */

/* What is answered. */
typedef struct prom_http_answer {
    int status;
    const char *type;   /* of the body */
    const char *policy; /* Content-Security-Policy; NULL: nothing may be loaded */
    const char *header; /* one more, with its line end; NULL: none */
    const char *text;   /* the body; lives as long as the server */
    char *owned;        /* the body in place of `text`, from malloc; the server frees it */
    size_t length;      /* of the body */
    bool follows;       /* the client is sent events from now on; there is no body, and no length */
} prom_http_answer;

/* Fills in the answer to a good request; it begins as an empty one of status 200. */
typedef void prom_http_answerer(void *context, const prom_request *request, prom_http_answer *answer);

typedef struct prom_http prom_http;

/* Listens at 127.0.0.1. `http` is NULL after a failure: PROM_CATEGORY_IO, naming the port. */
PROM_MUST_USE prom_result prom_http_open(prom_http **http, uint16_t port, prom_http_answerer *answer, void *context,
                                         prom_error *error);
void prom_http_close(prom_http *http); /* NULL is fine */
/* Returns the descriptor that can be read when there is something to do; without it, a turn each second does. */
int prom_http_descriptor(const prom_http *http);
/* Does what can be done without waiting. */
void prom_http_turn(prom_http *http);

/* Sends an event to those who follow; `data` is one line. */
void prom_http_tell(prom_http *http, const char *event, const char *data);
/* Returns how many follow. */
size_t prom_http_followers(const prom_http *http);

#endif
