/* Who gets what in each of the seven settlement schemes (the paper's table 2, as docs/protocol.md resolves it). */
#ifndef PROMETHEUS_CONTRACT_PAYOUT_H
#define PROMETHEUS_CONTRACT_PAYOUT_H

#include "prometheus/base/amount.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/contract/parameters.h"

PROM_DECLARATIONS_BEGIN

typedef enum prom_payee {
    PROM_PAYEE_C,
    PROM_PAYEE_W,
    PROM_PAYEE_V,
    PROM_PAYEE_A_PLUS,  /* one arbiter that signed the decision; before a decision: any arbiter */
    PROM_PAYEE_A_MINUS, /* one arbiter that did not */
    PROM_PAYEE_F,
    PROM_PAYEES,
} prom_payee;

#define PROM_SCHEMES 7

typedef struct prom_payouts {
    prom_amount to[PROM_PAYEES]; /* for A_PLUS and A_MINUS: to each of them */
} prom_payouts;

/* Returns [sigma c], the worker's share of the reward, and c - [sigma c], the verifier's. */
prom_amount prom_share_of_worker(const prom_parameters *parameters, prom_amount c);
prom_amount prom_share_of_verifier(const prom_parameters *parameters, prom_amount c);

/* The quantities that payouts are made of: stakes, shares, and the fractions of them that move. */
typedef enum prom_quantity {
    PROM_QUANTITY_C,
    PROM_QUANTITY_W,
    PROM_QUANTITY_V,
    PROM_QUANTITY_A,
    PROM_QUANTITY_SHARE_W,
    PROM_QUANTITY_SHARE_V,
    PROM_QUANTITY_ALPHA_W,
    PROM_QUANTITY_BETA_V,
    PROM_QUANTITY_GAMMA_W,
    PROM_QUANTITY_DELTA_W,
    PROM_QUANTITY_EPSILON_W,
    PROM_QUANTITY_EPSILON_V,
    PROM_QUANTITY_EPSILON_A,
    PROM_QUANTITY_W_OVER_N,
    PROM_QUANTITY_RHO,
    PROM_QUANTITIES,
} prom_quantity;

/* What a payout is: the sum of some quantities less that of others, as bits, 1 << prom_quantity. */
typedef struct prom_payout_formula {
    unsigned plus;
    unsigned minus;
} prom_payout_formula;

/* Returns the formula of the table for a scheme (1 to 7) and a payee. F gets what the others leave, and has none: its
 * formula is empty. */
prom_payout_formula prom_payout_formula_of(unsigned scheme, prom_payee payee);

/* What the parties put in and agreed on. */
typedef struct prom_stakes {
    const prom_parameters *P;
    prom_amount c;        /* reward */
    prom_amount retainer; /* rho */
} prom_stakes;

/* Computes the quantities. One that is no amount, as w - 1 of nothing would be, is invalid. */
void prom_quantities_of(prom_amount quantities[PROM_QUANTITIES], const prom_stakes *stakes);

/* Computes the payouts of `scheme` (1 to 7), before fees and without the unused reserve. `deciders` is
 * |A+|, at least k and at most n, in schemes 6 and 7; 0 in all others. Together with F they are all deposits, always: F
 * is what the others leave. PROM_CATEGORY_MISUSE on an unknown scheme or a wrong `deciders`; PROM_CATEGORY_BAD_INPUT
 * when an amount would be negative. */
PROM_MUST_USE prom_result prom_payouts_of(prom_payouts *payouts, const prom_stakes *stakes, unsigned scheme,
                                          uint32_t deciders, prom_error *error);

/* Succeeds when P with reward and retainer makes a valid contract: with n - k + 1 = b,
 *   0 < c < w                      [delta w] + share_v <= w             [beta v] >= share_w + n rho
 *   n rho <= [alpha w]             n rho <= [delta w]
 *   [eps v] - [gamma w] + b [eps a] >= share_w                          (nobody gains from stalling the arbitration,
 *   [eps w] - [gamma w] + b [eps a] >= [delta w] + share_v               with b arbiters of its own)
 * and no payout of any scheme between 1 sat and the dust limit of a P2TR output, F's of schemes 6 and 7 excepted.
 * PROM_CATEGORY_BAD_INPUT says of the first bound that it breaks both numbers. */
PROM_MUST_USE prom_result prom_stakes_check(const prom_stakes *stakes, prom_error *error);

/* Returns the largest c that prom_stakes_check takes with this P and retainer; 0 when it takes none. */
prom_amount prom_stakes_reward_max(const prom_parameters *P, prom_amount retainer);

PROM_DECLARATIONS_END

#endif
