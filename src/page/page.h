/* The page that a node shows at a port of this machine: one file of HTML, which asks for all that it shows by the
 * methods of the node's JSON-RPC that change nothing, and hears of changes by server-sent events; and beside it
 * /metrics and /healthz. Everybody on this machine can read it, and nobody can change anything by it.
 *
 *     /                          the page
 *     /rpc/METHOD?name=value     the method's result; else {"error": ...} as JSON-RPC has it
 *     /picture?id=CONTRACT       the picture of a contract's transactions; "&at=" something makes it another address,
 *                                for browsers that keep pictures
 *     /events                    server-sent events: "node", node.info where it changed; "happened", an event as
 *                                events.follow tells it; "lost", so many were left out
 *     /metrics, /healthz         for machines */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "page/http.h"
#include "rpc/method.h"

typedef struct prom_page prom_page;

/* Listens at 127.0.0.1. `page` is NULL after a failure: PROM_CATEGORY_IO, naming the port. */
PROM_MUST_USE prom_result prom_page_open(prom_page **page, prom_rpc_host *host, uint16_t port, prom_error *error);
void prom_page_close(prom_page *page); /* NULL is fine */
/* Returns the descriptor that can be read when there is something to do; -1 of NULL. */
int prom_page_descriptor(const prom_page *page);
/* Does what can be done without waiting; NULL is fine. */
void prom_page_turn(prom_page *page);
/* Tells those who look at it of an event (rpc/events.h); NULL is fine. */
void prom_page_tell(prom_page *page, const json_t *event);

/* Fills in the answer to a good request: what the server calls, and tests. `context` is the page. */
void prom_page_answer(void *context, const prom_request *request, prom_http_answer *answer);

#endif
