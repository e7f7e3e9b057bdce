#include "prometheus/contract/payout.h"

#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/transaction.h"

/* The quantities that payouts are made of. */
typedef enum quantity {
    QUANTITY_C,
    QUANTITY_W,
    QUANTITY_V,
    QUANTITY_A,
    QUANTITY_SHARE_W,
    QUANTITY_SHARE_V,
    QUANTITY_ALPHA_W,
    QUANTITY_BETA_V,
    QUANTITY_GAMMA_W,
    QUANTITY_DELTA_W,
    QUANTITY_EPSILON_W,
    QUANTITY_EPSILON_V,
    QUANTITY_EPSILON_A,
    QUANTITY_W_OVER_M,
    QUANTITIES,
} quantity;

typedef struct formula {
    unsigned plus;  /* bits of quantities */
    unsigned minus; /* likewise */
} formula;

#define Q(name) (1U << QUANTITY_##name)

/* The table. F's column is the rest of the deposits in every row. */
static const formula table[PROM_SCHEMES][PROM_PAYEE_F] = {
    /* #1 worker silent */
    {{Q(C), 0}, {Q(W), Q(ALPHA_W)}, {Q(V), 0}, {Q(A), 0}, {Q(A), 0}},
    /* #2 verifier silent */
    {{Q(C) | Q(BETA_V), Q(SHARE_W)}, {Q(W) | Q(SHARE_W), 0}, {Q(V), Q(BETA_V)}, {Q(A), 0}, {Q(A), 0}},
    /* #3 result accepted */
    {{0, 0}, {Q(W) | Q(SHARE_W), 0}, {Q(V) | Q(SHARE_V), 0}, {Q(A), 0}, {Q(A), 0}},
    /* #4 worker accused, no appeal */
    {{Q(C), 0}, {Q(W), Q(SHARE_V) | Q(DELTA_W)}, {Q(V) | Q(SHARE_V), 0}, {Q(A), 0}, {Q(A), 0}},
    /* #5 arbiters undecided */
    {{Q(C) | Q(GAMMA_W), 0}, {Q(W), Q(EPSILON_W)}, {Q(V), Q(EPSILON_V)}, {Q(A), Q(EPSILON_A)}, {Q(A), Q(EPSILON_A)}},
    /* #6 worker at fault */
    {{Q(C), 0}, {0, 0}, {Q(V), 0}, {Q(A) | Q(W_OVER_M), 0}, {0, 0}},
    /* #7 verifier at fault */
    {{0, 0}, {Q(W) | Q(C), 0}, {0, 0}, {Q(A) | Q(W_OVER_M), 0}, {0, 0}},
};

prom_amount prom_share_of_worker(const prom_parameters *parameters, prom_amount c)
{
    return prom_amount_fraction(c, parameters->sigma);
}

prom_amount prom_share_of_verifier(const prom_parameters *parameters, prom_amount c)
{
    return prom_amount_subtract(c, prom_share_of_worker(parameters, c));
}

static prom_amount evaluate(const formula *recipe, const prom_amount quantities[QUANTITIES])
{
    prom_amount sum = prom_amount_zero();
    for (unsigned i = 0; i < QUANTITIES; i++) {
        sum = (recipe->plus >> i & 1) != 0 ? prom_amount_add(sum, quantities[i]) : sum;
    }
    for (unsigned i = 0; i < QUANTITIES; i++) {
        sum = (recipe->minus >> i & 1) != 0 ? prom_amount_subtract(sum, quantities[i]) : sum;
    }
    return sum;
}

static bool decided(unsigned scheme)
{
    return scheme == 6 || scheme == 7;
}

prom_result prom_payouts_of(prom_payouts *payouts, const prom_parameters *P, prom_amount c, unsigned scheme,
                            uint32_t deciders, prom_error *error)
{
    const bool possible = decided(scheme) ? deciders >= prom_parameters_quorum(P) && deciders <= P->n : deciders == 0;
    if (scheme < 1 || scheme > PROM_SCHEMES || !possible) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no scheme #%u with %u deciding arbiters", scheme,
                         deciders);
    }
    const prom_amount quantities[QUANTITIES] = {
        [QUANTITY_C] = c,
        [QUANTITY_W] = P->w,
        [QUANTITY_V] = P->v,
        [QUANTITY_A] = P->a,
        [QUANTITY_SHARE_W] = prom_share_of_worker(P, c),
        [QUANTITY_SHARE_V] = prom_share_of_verifier(P, c),
        [QUANTITY_ALPHA_W] = prom_amount_fraction(P->w, P->alpha),
        [QUANTITY_BETA_V] = prom_amount_fraction(P->v, P->beta),
        [QUANTITY_GAMMA_W] = prom_amount_fraction(P->w, P->gamma),
        [QUANTITY_DELTA_W] = prom_amount_fraction(P->w, P->delta),
        [QUANTITY_EPSILON_W] = prom_amount_fraction(P->w, P->epsilon),
        [QUANTITY_EPSILON_V] = prom_amount_fraction(P->v, P->epsilon),
        [QUANTITY_EPSILON_A] = prom_amount_fraction(P->a, P->epsilon),
        [QUANTITY_W_OVER_M] = deciders > 0 ? prom_amount_divide(P->w, deciders) : prom_amount_zero(),
    };
    /* Before a decision every arbiter is alike; count them all as A+. */
    const uint32_t plus = decided(scheme) ? deciders : P->n;
    const uint32_t counts[PROM_PAYEE_F] = {1, 1, 1, plus, P->n - plus};
    prom_amount rest = prom_amount_add(prom_amount_add(c, P->w), P->v);
    rest = prom_amount_add(rest, prom_amount_multiply(P->a, P->n));
    for (size_t i = 0; i < PROM_PAYEE_F; i++) {
        payouts->to[i] = evaluate(&table[scheme - 1][i], quantities);
        rest = prom_amount_subtract(rest, prom_amount_multiply(payouts->to[i], counts[i]));
    }
    payouts->to[PROM_PAYEE_F] = rest;
    if (!prom_amount_is_valid(rest)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "scheme #%u would pay out more than was deposited", scheme);
    }
    return prom_ok();
}

/* Every payout of one scheme is zero or worth an output of its own. */
static prom_result check_dust(const prom_parameters *P, prom_amount c, unsigned scheme, uint32_t deciders,
                              prom_error *error)
{
    static const char *const names[PROM_PAYEES] = {"C", "W", "V", "A in A+", "A in A-", "F"};
    const uint8_t p2tr[PROM_P2TR_BYTES] = {PROM_OP_1, 32};
    const prom_amount dust = prom_dust_limit(prom_span_of(p2tr, sizeof p2tr));
    prom_payouts payouts;
    PROM_TRY(prom_payouts_of(&payouts, P, c, scheme, deciders, error));
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        const bool goes_to_fee = i == PROM_PAYEE_F && decided(scheme);
        if (!goes_to_fee && !prom_amount_is_zero(payouts.to[i]) && !prom_amount_at_least(payouts.to[i], dust)) {
            char text[PROM_AMOUNT_TEXT];
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "scheme #%u would pay %s %s sat, which is dust", scheme,
                             names[i], prom_amount_text(text, payouts.to[i]));
        }
    }
    return prom_ok();
}

prom_result prom_reward_check(const prom_parameters *P, prom_amount c, prom_error *error)
{
    const prom_amount share_w = prom_share_of_worker(P, c);
    const prom_amount share_v = prom_share_of_verifier(P, c);
    const prom_amount delta_w = prom_amount_fraction(P->w, P->delta);
    if (!prom_amount_above(c, prom_amount_zero()) || !prom_amount_above(P->w, c)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the contract breaks the bound 0 < c < w");
    }
    if (!prom_amount_at_least(P->w, prom_amount_add(delta_w, share_v))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the contract breaks the bound [delta w] + share_v <= w");
    }
    if (!prom_amount_at_least(prom_amount_fraction(P->v, P->beta), share_w)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the contract breaks the bound [beta v] >= share_w");
    }
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        const uint32_t first = decided(scheme) ? prom_parameters_quorum(P) : 0;
        const uint32_t last = decided(scheme) ? P->n : 0;
        for (uint32_t deciders = first; deciders <= last; deciders++) {
            PROM_TRY(check_dust(P, c, scheme, deciders, error));
        }
    }
    return prom_ok();
}
