/* Asking the node that runs in a folder. */
#ifndef RPC_CLIENT_H
#define RPC_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "prometheus/base/result.h"

typedef struct prom_rpc_client prom_rpc_client;

/* Connects to the node of the folder. `client` is NULL after a failure, and also, with success, when no node runs
 * there. PROM_CATEGORY_BAD_INPUT for a folder whose name is too long; PROM_CATEGORY_IO when the socket is not ours to
 * use. */
PROM_MUST_USE prom_result prom_rpc_client_open(prom_rpc_client **client, const char *folder, prom_error *error);
void prom_rpc_client_close(prom_rpc_client **client); /* fits PROM_SCOPED */

/* Calls a method and waits for the answer; consumes `params`, NULL is none. `result` is the caller's to json_decref,
 * NULL after a failure: the node's own, with its sentence, as PROM_CATEGORY_BAD_INPUT or PROM_CATEGORY_IO; or
 * PROM_CATEGORY_IO when the node does not answer. */
PROM_MUST_USE prom_result prom_rpc_client_call(prom_rpc_client *client, json_t **result, const char *method,
                                               json_t *params, prom_error *error);
/* Returns the seconds that a call waits for its answer: more where the node reads and copies files first. */
unsigned prom_rpc_client_patience(const char *method);
/* Waits for the next notification, of events.follow. `message` is NULL when the node has closed the connection. */
PROM_MUST_USE prom_result prom_rpc_client_next(prom_rpc_client *client, json_t **message, prom_error *error);
/* Returns whether the next one, or the end of the connection, has come, at least in part: prom_rpc_client_next does not
 * wait for long. */
PROM_MUST_USE bool prom_rpc_client_has_next(const prom_rpc_client *client);

/* Return a member of an answer: "", 0 or false where it is not there, as of a node of another version. */
const char *prom_told_text(const json_t *told, const char *name);
long long prom_told_number(const json_t *told, const char *name);
bool prom_told_true(const json_t *told, const char *name);

/* Returns the request as prom_rpc_client_call would send it, without an end of line; consumes `params`. To be freed;
 * NULL when memory ran out. */
char *prom_rpc_client_text(const char *method, json_t *params);

#endif
