/* The draw of a contract's arbiters: nobody can steer it. The base terms name a block that is still to come; the setup
 * id and its hash give a seed, and the seed an order of the offers that count at the snapshot, whatever anybody has
 * heard of them. C, W and V ask the announced ones in that order; of all that said yes to anybody the first n have the
 * seats. */
#ifndef PROMETHEUS_CONTRACT_DRAW_H
#define PROMETHEUS_CONTRACT_DRAW_H

#include <stddef.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* Computes the seed: the tagged hash `prometheus/draw` of a setup id (prom_terms_draw_id) and the hash of the draw's
 * block, in internal byte order. */
void prom_draw_seed(prom_bytes32 *seed, const prom_bytes32 *setup_id, const prom_bytes32 *block);

/* Offers in some order. */
typedef struct prom_draw_list {
    const prom_outpoint *offers;
    size_t count;
} prom_draw_list;

/* Lists the offers in the order that the seed gives them: of the tagged hashes `prometheus/draw-order` of seed and
 * outpoint, read as big-endian numbers. */
PROM_MUST_USE prom_result prom_draw_order(prom_arena *arena, prom_draw_list *drawn, const prom_bytes32 *seed,
                                          const prom_outpoint *offers, size_t count, prom_error *error);

/* Lists in the drawn order all that are on any of the lists of C, W and V; each list holds those that said yes to the
 * party, at most n, in the drawn order. PROM_CATEGORY_PEER, naming the party, when a list is not like that. */
PROM_MUST_USE prom_result prom_draw_merge(prom_arena *arena, prom_draw_list *willing, const prom_draw_list *drawn,
                                          const prom_draw_list accepted[PROM_PARTIES], size_t n, prom_error *error);

/* Lists who has the seats: the first `n` in the drawn order that are `willing` and not `lost`. So a seat that is lost
 * goes to the next, and who says yes late but stands before the last seat displaces the last, which is the next again.
 * PROM_CATEGORY_BAD_INPUT when there are fewer than n. The order of `willing` and `lost` does not matter. */
PROM_MUST_USE prom_result prom_draw_seats(prom_arena *arena, prom_draw_list *seats, const prom_draw_list *drawn,
                                          const prom_draw_list *willing, const prom_draw_list *lost, size_t n,
                                          prom_error *error);

/* Lists whom an arbiter asks before its first nonce, so that nobody who comes first was passed over: all before the
 * last of the seats that have none and are not `excused`, by a signed refusal or a lost seat; the first 3 for each
 * seat. */
PROM_MUST_USE prom_result prom_draw_passed_over(prom_arena *arena, prom_draw_list *passed, const prom_draw_list *drawn,
                                                const prom_draw_list *seats, const prom_draw_list *excused,
                                                prom_error *error);

/* Succeeds when the arbiters of full terms are drawn offers and stand in the drawn order. PROM_CATEGORY_PEER names the
 * first who does not. */
PROM_MUST_USE prom_result prom_draw_check_terms(const prom_draw_list *drawn, const prom_terms *terms,
                                                prom_error *error);

/* Succeeds when at least half of the offers before the last seat are `announced` (in any order) as far as we heard:
 * else we may be cut off. PROM_CATEGORY_BAD_INPUT gives both numbers; the owner may override it. */
PROM_MUST_USE prom_result prom_draw_check_announced(const prom_draw_list *drawn, const prom_draw_list *seats,
                                                    const prom_draw_list *announced, prom_error *error);

/* Succeeds when a fifth of the counted offers costs at least 10 w to own. PROM_CATEGORY_BAD_INPUT gives both numbers;
 * the owner may override it. */
PROM_MUST_USE prom_result prom_pool_check(const prom_parameters *P, size_t counted, prom_error *error);

/* Returns the chance, 0 to 1, that an owner of `owned` of `counted` offers is drawn for at least k of n seats; and with
 * a share of the pool, 0 to 1, where the pool is large. */
double prom_pool_chance(uint32_t n, uint32_t k, size_t owned, size_t counted);
double prom_pool_chance_of_share(uint32_t n, uint32_t k, double share);

/* Aborted setups: after its block was there a draw stands, for a week, for the same three. */
#define PROM_DRAW_MEMORY 1008U /* blocks */

/* Who took part besides us, as they are known again: by their node's key, or by their coins and what became of them. */
typedef struct prom_draw_partner {
    prom_bytes32 node_key;
    const prom_outpoint *coins; /* its inputs, and the outputs of whatever spent one of these */
    size_t coin_count;
} prom_draw_partner;

enum { PROM_DRAW_PARTNERS = PROM_PARTIES - 1 };

/* A setup of ours that ended without Tx0 after the draw's block. */
typedef struct prom_aborted_draw {
    prom_span signed_terms; /* its base terms with the three signatures, whose `earlier` is empty */
    uint32_t draw_height;
    uint32_t aborted_height; /* own tip */
    prom_draw_partner partners[PROM_DRAW_PARTNERS];
} prom_aborted_draw;

/* Returns the draw that binds us and these two at the tip `tip`: the one with the lowest block of those that are not
 * older than PROM_DRAW_MEMORY and had both, in whatever roles; NULL when there is none. */
const prom_aborted_draw *prom_draw_binding(const prom_aborted_draw *draws, size_t count,
                                           const prom_draw_partner partners[PROM_DRAW_PARTNERS], uint32_t tip);

/* Succeeds when the terms carry the draw that binds, or none where `binding` is NULL. PROM_CATEGORY_PEER says which. */
PROM_MUST_USE prom_result prom_draw_check_earlier(const prom_terms *terms, const prom_aborted_draw *binding,
                                                  prom_error *error);

/* Returns how many draws we saw aborted within PROM_DRAW_MEMORY of the tip: each was one more roll for somebody. */
size_t prom_draw_count_aborted(const prom_aborted_draw *draws, size_t count, uint32_t tip);

/* Follows a partner's coins: adds the outputs of a transaction that spends one of them, if it does. The list is then a
 * new one in the arena. `txid` is the transaction's. */
PROM_MUST_USE prom_result prom_draw_follow(prom_arena *arena, prom_draw_partner *partner, const prom_tx *tx,
                                           const prom_bytes32 *txid, prom_error *error);

PROM_DECLARATIONS_END

#endif
