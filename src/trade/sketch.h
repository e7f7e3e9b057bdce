/* What an owner wants done, made into an order: with a contract P that suits, the proof scheme, retainer and feerate,
 * where the owner names none. Pure but for the files of program and batch, and for what the node knows of the chain. */
#ifndef TRADE_SKETCH_H
#define TRADE_SKETCH_H

#include "node/node.h"
#include "prometheus/contract/index.h"
#include "trade/batch.h"

/* What an owner says; zeros, and amounts that are invalid, where nothing is said. */
typedef struct prom_job_request {
    const char *program; /* absolute names of files, in canonical bytes */
    const char *input;
    bool has_p;
    prom_bytes32 p_txid;
    uint16_t scheme;
    prom_job_verifier verifier;
    prom_bytes32 verifier_key;
    prom_caps caps; /* all valid: PROM_AMOUNT_MAX is no cap */
    prom_order_wishes wishes;
    prom_join_wish join;
    bool again; /* though the same was done before */
} prom_job_request;

/* Returns a request in which nothing is said, and nothing capped. */
prom_job_request prom_job_request_empty(void);

typedef struct prom_sketch {
    prom_batch_job batch;
    prom_order order; /* its id is zero */
    prom_order_wishes wishes;
    prom_terms terms; /* as those of a preflight: chain, P, retainer and feerate */
} prom_sketch;

/* Says in the sketch who joins what the parts fold, with `machine` the own node's speeds, NULL: not known.
 * PROM_CATEGORY_BAD_INPUT, with what to do, when the owner wants what cannot be, or the results of all parts can have
 * more bytes than are put together (PROM_BATCH_OUTPUT_MAX). */
PROM_MUST_USE prom_result prom_sketch_join(prom_sketch *sketch, const prom_job_request *request,
                                           const prom_machine *machine, prom_error *error);

/* Succeeds when the node can order what is asked for at all, whatever the files. */
PROM_MUST_USE prom_result prom_sketch_check(const prom_node *node, const prom_job_request *request, prom_error *error);
/* Makes it of program and batch as they were loaded; it goes on to point into the program. PROM_CATEGORY_PEER while no
 * arbiter is known; PROM_CATEGORY_BAD_INPUT with what is missing, or what cannot be, and what to do; the order's P is
 * zero where none was found. */
PROM_MUST_USE prom_result prom_sketch_make(prom_sketch *sketch, prom_node *node, const prom_batch_job *batch,
                                           const prom_job_request *request, prom_error *error);

/* Counts the offers of that P that would count in a draw now: 0 also where it is too young for any. */
PROM_MUST_USE prom_result prom_sketch_count_offers(const prom_node *node, prom_arena *arena, size_t *count,
                                                   const prom_bytes32 *p_txid, prom_error *error);

/* Makes the terms of a preflight for a job that was ordered. PROM_CATEGORY_BAD_INPUT when its P is not on the chain. */
PROM_MUST_USE prom_result prom_sketch_terms(prom_terms *terms, const prom_node *node, const prom_order *order,
                                            const prom_order_wishes *wishes, prom_error *error);

#endif
