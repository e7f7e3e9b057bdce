/* The draw of a contract's arbiters: nobody can steer it. C, W and V commit to nonces, a block is mined, the nonces are
 * opened; block, nonces and the offers that count give a seed, and the seed an order of the offers. Each of the three
 * asks the arbiters in that order; of all that said yes to anybody the first n are taken. */
#ifndef PROMETHEUS_CONTRACT_DRAW_H
#define PROMETHEUS_CONTRACT_DRAW_H

#include <stddef.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* Computes what a party sends first: the tagged hash `prometheus/draw-nonce` of setup id, its number (C 0, W 1, V 2)
 * and its nonce, 32 fresh random bytes. */
void prom_draw_commitment(prom_bytes32 *commitment, const prom_bytes32 *setup_id, prom_party party,
                          const prom_bytes32 *nonce);

/* Succeeds when the nonces are what the parties committed to. PROM_CATEGORY_PEER, naming the first whose nonce is
 * not. */
PROM_MUST_USE prom_result prom_draw_check_nonces(const prom_bytes32 *setup_id,
                                                 const prom_bytes32 commitments[PROM_PARTIES],
                                                 const prom_bytes32 nonces[PROM_PARTIES], prom_error *error);

/* Computes the seed: the tagged hash `prometheus/draw` of the hash of the block that was mined after the commitments,
 * the number of offers (32 bits), the offers' outpoints and the nonces of C, W and V. PROM_CATEGORY_MISUSE, with `seed`
 * zeroed, when the offers are not strictly rising, by txid in internal byte order and then by index. */
PROM_MUST_USE prom_result prom_draw_seed(prom_bytes32 *seed, const prom_bytes32 *block, const prom_outpoint *offers,
                                         size_t count, const prom_bytes32 nonces[PROM_PARTIES], prom_error *error);

/* Offers in some order. */
typedef struct prom_draw_list {
    const prom_outpoint *offers;
    size_t count;
} prom_draw_list;

/* Lists the offers in the order that the seed gives them: of the tagged hashes `prometheus/draw-order` of seed and
 * outpoint. */
PROM_MUST_USE prom_result prom_draw_order(prom_arena *arena, prom_draw_list *drawn, const prom_bytes32 *seed,
                                          const prom_outpoint *offers, size_t count, prom_error *error);

/* Lists, for a retry with the same seed, the offers in their order without those that refused. */
PROM_MUST_USE prom_result prom_draw_skip(prom_arena *arena, prom_draw_list *left, const prom_draw_list *drawn,
                                         const prom_draw_list *refused, prom_error *error);

/* Lists the first `n` in the drawn order that are on any of the lists of C, W and V; each list holds those that said
 * yes to the party, at most n, in the drawn order. PROM_CATEGORY_PEER, naming the party, when a list is not like that;
 * PROM_CATEGORY_BAD_INPUT when fewer than n said yes to anybody. */
PROM_MUST_USE prom_result prom_draw_merge(prom_arena *arena, prom_draw_list *chosen, const prom_draw_list *drawn,
                                          const prom_draw_list accepted[PROM_PARTIES], size_t n, prom_error *error);

PROM_DECLARATIONS_END

#endif
