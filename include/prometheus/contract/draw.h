/* The draw of a contract's arbiters: nobody can steer it. The base terms name a block that is still to come; the setup
 * id and its hash give a seed, and the seed an order of the offers that count at the snapshot, whatever anybody has
 * heard of them. C, W and V ask the announced ones in that order; of all that said yes to anybody the first n have the
 * seats. */
#ifndef PROMETHEUS_CONTRACT_DRAW_H
#define PROMETHEUS_CONTRACT_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* Computes the seed: the tagged hash `prometheus/draw` of a setup id (prom_terms_draw_id) and the hash of the draw's
 * block, in internal byte order. */
void prom_draw_seed(prom_bytes32 *seed, const prom_bytes32 *setup_id, const prom_bytes32 *block);

/* Whether a setup is one, for a party. Who signs the base terms last could wait for the draw's block, and sign only
 * where the draw suits it: so a setup exists for a party only if it held all three signatures before it knew that
 * block. Where an earlier setup's draw stands nothing is drawn anew, and the deadline takes the block's place. */

/* Returns whether a setup exists for a party whose own tip was `held_tip` when it came to hold the third signature of
 * the base terms. What does not exist is void: nothing is drawn from it, and nothing of it is remembered. */
bool prom_setup_exists(const prom_terms *terms, uint32_t held_tip);

typedef enum prom_setup_state {
    PROM_SETUP_VOID,  /* it does not exist for this party */
    PROM_SETUP_EARLY, /* the draw's block is not yet PROM_DRAW_DEPTH below the tip */
    PROM_SETUP_DRAWN, /* the seed is there */
    PROM_SETUP_ENDED, /* the draw's block has left the chain before this party signed Tx0: nothing is remembered */
} prom_setup_state;

/* What a party knows of a setup whose base terms it has signed. */
typedef struct prom_setup_view {
    uint32_t held_tip;         /* own tip when it came to hold the third signature; UINT32_MAX: it has not */
    uint32_t tip;              /* own, now */
    const prom_bytes32 *block; /* hash of the best chain's block at the draw's height; NULL: it has none */
    const prom_bytes32 *drawn; /* the one that the party has drawn from in this setup; NULL: none yet */
    bool signed_tx0;           /* it has sent its signature of Tx0: from then on the draw stands */
} prom_setup_view;

/* Finds how far the setup is, and the seed of its draw in PROM_SETUP_DRAWN; zero else. Fails when the terms carry an
 * earlier setup that cannot be read. */
PROM_MUST_USE prom_result prom_setup_seed(prom_arena *arena, prom_setup_state *setup, prom_bytes32 *seed,
                                          const prom_terms *terms, const prom_setup_view *view, prom_error *error);

/* Base terms that a party has signed, or is asked to. */
typedef struct prom_signed_setup {
    const prom_terms *terms;
    prom_bytes32
        node_keys[PROM_PARTIES - 1]; /* of the two others' nodes; zero: it is our own, as where C is its own V */
    bool ended;                      /* the setup is over, by Tx0 in a block or without */
    prom_outpoint offer;             /* an arbiter's, that may get a seat there: it has signed nothing; else zeros */
    bool looks_up; /* … and coins of others: until they are found another setup may have the offer */
} prom_signed_setup;

/* Succeeds when `next` shares no node of the others and no input, the party's own counted in, with base terms that the
 * party has signed, `setups`, until they have ended or their deadline has passed: each would be one more roll of the
 * draw. PROM_CATEGORY_PEER says what is shared. A party that is asked for the same terms again gives its old
 * signature. */
PROM_MUST_USE prom_result prom_setup_check_apart(const prom_signed_setup *setups, size_t count,
                                                 const prom_signed_setup *next, uint32_t tip, prom_error *error);

/* Offers in some order. */
typedef struct prom_draw_list {
    const prom_outpoint *offers;
    size_t count;
} prom_draw_list;

/* Lists the offers in the order that the seed gives them: of the tagged hashes `prometheus/draw-order` of seed and
 * outpoint, read as big-endian numbers. */
PROM_MUST_USE prom_result prom_draw_order(prom_arena *arena, prom_draw_list *drawn, const prom_bytes32 *seed,
                                          const prom_outpoint *offers, size_t count, prom_error *error);

/* Lists in the drawn order all that are on any of the lists of C, W and V; each list holds the first n of those that
 * said yes to the party and have not lost their seat, or all where they are fewer, in the drawn order.
 * PROM_CATEGORY_PEER, naming the party, when a list is not like that. */
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

/* A fifth of the offers costs at least 10 w. */
enum { PROM_POOL_SHARE = 5, PROM_POOL_STAKES = 10 };

/* Succeeds when a fifth of the counted offers costs at least 10 w to own. PROM_CATEGORY_BAD_INPUT gives both numbers;
 * the owner may override it. */
PROM_MUST_USE prom_result prom_pool_check(const prom_parameters *P, size_t counted, prom_error *error);

/* Returns the chance, 0 to 1, that an owner of `owned` of `counted` offers is drawn for at least k of n seats; and with
 * a share of the pool, 0 to 1, where the pool is large. */
double prom_pool_chance(uint32_t n, uint32_t k, size_t owned, size_t counted);
double prom_pool_chance_of_share(uint32_t n, uint32_t k, double share);

/* Aborted setups: after its block was there a draw stands, for a week, for the same three. */
#define PROM_DRAW_MEMORY 1008U /* blocks */

/* To so many outputs a partner's coins are followed, in the order in which the blocks bring them; what comes of them
 * beyond is no longer known. Whoever means to lose us so pays for that many outputs, and the draw is counted all the
 * same (prom_draw_count_aborted). */
#define PROM_DRAW_FOLLOWED_MAX 16384U

/* Who took part besides us, as they are known again: by their node's key, or by their coins and what became of them. */
typedef struct prom_draw_partner {
    prom_bytes32 node_key;
    const prom_outpoint *coins; /* its inputs, as it named them */
    size_t coin_count;
    prom_outpoint *followed; /* the outputs of whatever spent one of these or of those; prom_draw_follow adds to them */
    size_t followed_count;
    size_t followed_room;
} prom_draw_partner;

enum { PROM_DRAW_PARTNERS = PROM_PARTIES - 1 };

/* A setup of ours that ended without Tx0 after the draw's block. One whose terms carried an earlier draw is remembered
 * as that one: the same signed terms and block, with the height at which it ended now, in place of what was there. */
typedef struct prom_aborted_draw {
    prom_span signed_terms; /* its base terms with the three signatures, whose `earlier` is empty */
    uint32_t draw_height;
    uint32_t aborted_height; /* own tip */
    prom_draw_partner partners[PROM_DRAW_PARTNERS];
} prom_aborted_draw;

/* An aborted draw whose two partners are met again. Of a node's key its owner cannot say that it was somebody else's.
 * Coins prove nothing of that kind: they are paid on to others, and a setup that is given up has not shown whose they
 * are. */
typedef struct prom_known_draw {
    const prom_aborted_draw *draw; /* NULL: there is none */
    bool certain;                  /* both are known by the keys of their nodes; else one or both by coins alone */
} prom_known_draw;

/* Returns the draw that binds us and these two at the tip `tip`: of those that are not older than PROM_DRAW_MEMORY and
 * had both, in whatever roles, the certain ones first, the one with the lowest block. */
prom_known_draw prom_draw_binding(const prom_aborted_draw *draws, size_t count,
                                  const prom_draw_partner partners[PROM_DRAW_PARTNERS], uint32_t tip);

/* Succeeds when the terms carry the draw that binds, by its setup id, or none where `known` is NULL or holds none. A
 * draw that is not certain may be carried, and need not: who was not in it can accept none, and a new draw is made, one
 * more in the count. PROM_CATEGORY_PEER says which. That the three have signed the setup that is carried
 * prom_terms_check_base sees to; with which of many valid signatures does not matter. */
PROM_MUST_USE prom_result prom_draw_check_earlier(prom_arena *arena, const prom_terms *terms,
                                                  const prom_known_draw *known, prom_error *error);

/* Returns how many draws we saw aborted within PROM_DRAW_MEMORY of the tip: each was one more roll for somebody. */
size_t prom_draw_count_aborted(const prom_aborted_draw *draws, size_t count, uint32_t tip);

/* Follows a partner's coins: adds the outputs of a transaction that spends one of them, if it does, up to
 * PROM_DRAW_FOLLOWED_MAX. The list grows in the arena, which loses at most four times its bytes to it. `txid` is the
 * transaction's.
 */
PROM_MUST_USE prom_result prom_draw_follow(prom_arena *arena, prom_draw_partner *partner, const prom_tx *tx,
                                           const prom_bytes32 *txid, prom_error *error);

PROM_DECLARATIONS_END

#endif
