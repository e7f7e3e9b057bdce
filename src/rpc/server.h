/* Who answers at a node's unix socket: in the node's own thread, woken by one descriptor, with what a client can cost
 * bounded. */
#ifndef RPC_SERVER_H
#define RPC_SERVER_H

#include "rpc/method.h"

#define PROM_RPC_SOCKET "rpc" /* its name in the node's folder */

#define PROM_RPC_CLIENTS_MAX 32U
#define PROM_RPC_REQUEST_MAX 65536U              /* bytes of a line */
#define PROM_RPC_WAITING_MAX ((size_t)4 << 20)   /* bytes that may wait to be taken by one client */
#define PROM_RPC_FOLLOWING_MAX ((size_t)1 << 18) /* of events; beyond, they are left out and counted */
#define PROM_RPC_REQUEST_MS 10000                /* from the first byte of a request to its end */
#define PROM_RPC_IDLE_MS 60000
#define PROM_RPC_STUCK_MS 30000 /* nothing of the answer was taken */

typedef struct prom_rpc_server prom_rpc_server;

/* Listens at host->folder/rpc, closed to others; the socket of a process that was killed makes room. `server` is NULL
 * after a failure: PROM_CATEGORY_BAD_INPUT when the folder has too long a name for a socket, PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_rpc_server_open(prom_rpc_server **server, prom_rpc_host *host, prom_error *error);
/* Sends what clients are ready to take, and ends all connections; NULL is fine. */
void prom_rpc_server_close(prom_rpc_server *server);

/* Returns the descriptor that can be read when there is something to do; without it, a turn each second does. */
int prom_rpc_server_descriptor(const prom_rpc_server *server);
/* Does what can be done without waiting. */
void prom_rpc_server_turn(prom_rpc_server *server);

/* Tells those who follow of an event (events.h), which stays the caller's. */
void prom_rpc_server_tell(prom_rpc_server *server, json_t *event);
/* Returns how many clients there are. */
size_t prom_rpc_server_clients(const prom_rpc_server *server);

#endif
