/* /metrics, in Prometheus' text format, and /healthz, over HTTP at a port of the loopback interface. Whoever asks is
 * given counts and heights and may change nothing. HTTP/1.1 (RFC 9112) as far as two pages need it: one request on a
 * connection. */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "node/node.h"

#define PROM_METRICS_CLIENTS_MAX 16U
#define PROM_METRICS_REQUEST_MAX 4096U
#define PROM_METRICS_MS 5000 /* for a request and its answer */

typedef struct prom_metrics prom_metrics;

/* Listens at 127.0.0.1. `metrics` is NULL after a failure: PROM_CATEGORY_IO, naming the port. */
PROM_MUST_USE prom_result prom_metrics_open(prom_metrics **metrics, prom_node *node, uint16_t port, prom_error *error);
void prom_metrics_close(prom_metrics *metrics); /* NULL is fine */
/* Returns the descriptor that can be read when there is something to do; -1 of NULL. */
int prom_metrics_descriptor(const prom_metrics *metrics);
/* Does what can be done without waiting; NULL is fine. */
void prom_metrics_turn(prom_metrics *metrics);

/* Writes the response to a request of `length` bytes, as far as it has come. Returns its length, 0 where the request is
 * not whole. */
#define PROM_METRICS_ANSWER_MAX 4096U
size_t prom_metrics_answer(char answer[PROM_METRICS_ANSWER_MAX], const prom_node *node, const char *request,
                           size_t length);

#endif
