/* JSON-RPC 2.0 to the bitcoind of this machine, over HTTP on the loopback interface, with cookie authentication. One
 * call at a time; one thread at a time. */
#ifndef CHAIN_RPC_H
#define CHAIN_RPC_H

#include <jansson.h>
#include <stdint.h>

#include "prometheus/base/result.h"

typedef struct prom_rpc prom_rpc;

/* Why the last call failed. */
typedef enum prom_rpc_failure_kind {
    PROM_RPC_NO_FAILURE,
    PROM_RPC_UNREACHABLE,  /* nobody listens, no cookie, or no answer in time */
    PROM_RPC_UNAUTHORISED, /* who listens does not know our cookie: perhaps another bitcoind */
    PROM_RPC_WARMING_UP,   /* bitcoind is starting (code -28) */
    PROM_RPC_REFUSED,      /* bitcoind answered with an error; see the code */
    PROM_RPC_ILL_FORMED,   /* the answer is not JSON-RPC, or too long */
} prom_rpc_failure_kind;

typedef struct prom_rpc_failure {
    prom_rpc_failure_kind kind;
    int64_t code; /* bitcoind's error code when it gave one (rpc/protocol.h of Bitcoin Core), else 0 */
} prom_rpc_failure;

/* A handle for the server at `url` ("http://127.0.0.1:18443"; only 127.0.0.1, [::1] and localhost are allowed, the
 * password would cross a network in clear) with the cookie in `cookie_file`. Connects to nothing yet. `rpc` is NULL
 * after a failure: PROM_CATEGORY_BAD_INPUT for a URL that cannot be used, else PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_rpc_new(prom_rpc **rpc, const char *url, const char *cookie_file, prom_error *error);
void prom_rpc_free(prom_rpc *rpc); /* NULL is fine */

/* The longest that one call may take from now on; 60 000 at first. */
void prom_rpc_set_timeout(prom_rpc *rpc, long milliseconds);

/* From any thread: ends the call under way within a second, and each later one at once, as PROM_RPC_UNREACHABLE. */
void prom_rpc_stop(prom_rpc *rpc);

/* Calls `method` with `params`, a JSON array that this function consumes. `result` is the caller's to json_decref; NULL
 * after a failure, which is PROM_CATEGORY_IO with bitcoind's own words where it gave some, or PROM_CATEGORY_MISUSE when
 * `params` is NULL (a json_pack that failed).
 *
 * A number with a fraction or an exponent arrives as a JSON string with its exact text: an amount never becomes a
 * double. */
PROM_MUST_USE prom_result prom_rpc_call(prom_rpc *rpc, json_t **result, const char *method, json_t *params,
                                        prom_error *error);

/* Why the last prom_rpc_call failed; PROM_RPC_NO_FAILURE after a success and after a misuse. */
prom_rpc_failure prom_rpc_last_failure(const prom_rpc *rpc);

/* Splits the content of a cookie file, "name:password" and perhaps a newline, in place. False when it is anything
 * else. */
PROM_MUST_USE bool prom_rpc_cookie_parse(char *content, const char **name, const char **password);

#endif
