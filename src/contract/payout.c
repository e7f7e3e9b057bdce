#include "prometheus/contract/payout.h"

#include "contract/bounds.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/transaction.h"

#define Q(name) (1U << PROM_QUANTITY_##name)

/* The table. F's column is the rest of the deposits in every row. */
static const prom_payout_formula table[PROM_SCHEMES][PROM_PAYEE_F] = {
    /* #1 worker silent */
    {{Q(C), 0}, {Q(W), Q(ALPHA_W)}, {Q(V), 0}, {Q(A) | Q(RHO), 0}, {Q(A) | Q(RHO), 0}},
    /* #2 verifier silent */
    {{Q(C) | Q(BETA_V), Q(SHARE_W)}, {Q(W) | Q(SHARE_W), 0}, {Q(V), Q(BETA_V)}, {Q(A) | Q(RHO), 0}, {Q(A) | Q(RHO), 0}},
    /* #3 result accepted */
    {{0, 0}, {Q(W) | Q(SHARE_W), 0}, {Q(V) | Q(SHARE_V), 0}, {Q(A) | Q(RHO), 0}, {Q(A) | Q(RHO), 0}},
    /* #4 worker accused, no appeal */
    {{Q(C), 0}, {Q(W), Q(SHARE_V) | Q(DELTA_W)}, {Q(V) | Q(SHARE_V), 0}, {Q(A) | Q(RHO), 0}, {Q(A) | Q(RHO), 0}},
    /* #5 arbiters undecided */
    {{Q(C) | Q(GAMMA_W), 0}, {Q(W), Q(EPSILON_W)}, {Q(V), Q(EPSILON_V)}, {Q(A), Q(EPSILON_A)}, {Q(A), Q(EPSILON_A)}},
    /* #6 worker at fault */
    {{Q(C), 0}, {0, 0}, {Q(V), 0}, {Q(A) | Q(RHO) | Q(W_OVER_N), 0}, {0, 0}},
    /* #7 verifier at fault */
    {{0, 0}, {Q(W) | Q(C), 0}, {0, 0}, {Q(A) | Q(RHO) | Q(W_OVER_N), 0}, {0, 0}},
};

prom_amount prom_share_of_worker(const prom_parameters *parameters, prom_amount c)
{
    return prom_amount_fraction(c, parameters->sigma);
}

prom_amount prom_share_of_verifier(const prom_parameters *parameters, prom_amount c)
{
    return prom_amount_subtract(c, prom_share_of_worker(parameters, c));
}

prom_payout_formula prom_payout_formula_of(unsigned scheme, prom_payee payee)
{
    const bool given = scheme >= 1 && scheme <= PROM_SCHEMES && payee < PROM_PAYEE_F;
    return given ? table[scheme - 1][payee] : (prom_payout_formula){0, 0};
}

void prom_quantities_of(prom_amount quantities[PROM_QUANTITIES], const prom_stakes *stakes)
{
    const prom_parameters *P = stakes->P;
    quantities[PROM_QUANTITY_C] = stakes->c;
    quantities[PROM_QUANTITY_W] = P->w;
    quantities[PROM_QUANTITY_V] = P->v;
    quantities[PROM_QUANTITY_A] = P->a;
    quantities[PROM_QUANTITY_SHARE_W] = prom_share_of_worker(P, stakes->c);
    quantities[PROM_QUANTITY_SHARE_V] = prom_share_of_verifier(P, stakes->c);
    quantities[PROM_QUANTITY_ALPHA_W] = prom_amount_fraction(P->w, P->alpha);
    quantities[PROM_QUANTITY_BETA_V] = prom_amount_fraction(P->v, P->beta);
    quantities[PROM_QUANTITY_GAMMA_W] = prom_amount_fraction(P->w, P->gamma);
    quantities[PROM_QUANTITY_DELTA_W] = prom_amount_fraction(P->w, P->delta);
    quantities[PROM_QUANTITY_EPSILON_W] = prom_amount_fraction(P->w, P->epsilon);
    quantities[PROM_QUANTITY_EPSILON_V] = prom_amount_fraction(P->v, P->epsilon);
    quantities[PROM_QUANTITY_EPSILON_A] = prom_amount_fraction(P->a, P->epsilon);
    quantities[PROM_QUANTITY_W_OVER_N] = prom_amount_divide(P->w, P->n);
    quantities[PROM_QUANTITY_RHO] = stakes->retainer;
}

static prom_amount evaluate(const prom_payout_formula *recipe, const prom_amount quantities[PROM_QUANTITIES])
{
    prom_amount sum = prom_amount_zero();
    for (unsigned i = 0; i < PROM_QUANTITIES; i++) {
        sum = (recipe->plus >> i & 1) != 0 ? prom_amount_add(sum, quantities[i]) : sum;
    }
    for (unsigned i = 0; i < PROM_QUANTITIES; i++) {
        sum = (recipe->minus >> i & 1) != 0 ? prom_amount_subtract(sum, quantities[i]) : sum;
    }
    return sum;
}

static bool decided(unsigned scheme)
{
    return scheme == 6 || scheme == 7;
}

/* Everything that the parties put in, but for what fees take: C pays the retainers. */
static prom_amount deposits(const prom_stakes *stakes)
{
    const prom_parameters *P = stakes->P;
    const prom_amount arbiter = prom_amount_add(P->a, stakes->retainer);
    const prom_amount others = prom_amount_add(prom_amount_add(stakes->c, P->w), P->v);
    return prom_amount_add(others, prom_amount_multiply(arbiter, P->n));
}

prom_result prom_payouts_of(prom_payouts *payouts, const prom_stakes *stakes, unsigned scheme, uint32_t deciders,
                            prom_error *error)
{
    const prom_parameters *P = stakes->P;
    const bool possible = decided(scheme) ? deciders >= prom_parameters_quorum(P) && deciders <= P->n : deciders == 0;
    if (scheme < 1 || scheme > PROM_SCHEMES || !possible) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no scheme #%u with %u deciding arbiters", scheme,
                         deciders);
    }
    prom_amount quantities[PROM_QUANTITIES];
    prom_quantities_of(quantities, stakes);
    /* Before a decision every arbiter is alike; count them all as A+. */
    const uint32_t plus = decided(scheme) ? deciders : P->n;
    const uint32_t counts[PROM_PAYEE_F] = {1, 1, 1, plus, P->n - plus};
    prom_amount rest = deposits(stakes);
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

/* Every payout of one scheme is zero or worth an output of its own. What #6 and #7 leave to F may be dust: it goes to
 * the fee. */
static prom_result check_dust(const prom_stakes *stakes, unsigned scheme, uint32_t deciders, prom_error *error)
{
    static const char *const names[PROM_PAYEES] = {"C", "W", "V", "A in A+", "A in A-", "F"};
    const uint8_t p2tr[PROM_P2TR_BYTES] = {PROM_OP_1, 32};
    const prom_amount dust = prom_dust_limit(prom_span_of(p2tr, sizeof p2tr));
    prom_payouts payouts;
    PROM_TRY(prom_payouts_of(&payouts, stakes, scheme, deciders, error));
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        const bool goes_to_fee = i == PROM_PAYEE_F && decided(scheme);
        if (!goes_to_fee && !prom_amount_is_zero(payouts.to[i]) && !prom_amount_at_least(payouts.to[i], dust)) {
            char has[PROM_AMOUNT_TEXT];
            char limit[PROM_AMOUNT_TEXT];
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "scheme #%u would pay %s %s sat, and at least %s is needed: less is dust, which no node "
                             "relays",
                             scheme, names[i], prom_amount_text(has, payouts.to[i]), prom_amount_text(limit, dust));
        }
    }
    return prom_ok();
}

/* Returns what b = n - k + 1 arbiters, who can keep a decision from being made, lose when none is. */
static prom_amount stalling_costs_arbiters(const prom_parameters *P)
{
    return prom_amount_multiply(prom_amount_fraction(P->a, P->epsilon), prom_parameters_tolerated(P) + 1);
}

static prom_result check_bounds(const prom_stakes *stakes, prom_error *error)
{
    const prom_parameters *P = stakes->P;
    const prom_amount one = prom_amount_of(1);
    const prom_amount share_w = prom_share_of_worker(P, stakes->c);
    const prom_amount share_v = prom_share_of_verifier(P, stakes->c);
    const prom_amount retainers = prom_amount_multiply(stakes->retainer, P->n);
    const prom_amount delta_w = prom_amount_fraction(P->w, P->delta);
    const prom_amount gamma_w = prom_amount_fraction(P->w, P->gamma);
    const prom_amount arbiters = stalling_costs_arbiters(P);
    const prom_amount stalling_v = prom_amount_add(prom_amount_fraction(P->v, P->epsilon), arbiters);
    const prom_amount stalling_w = prom_amount_add(prom_amount_fraction(P->w, P->epsilon), arbiters);
    const struct amount_bound bounds[] = {
        BOUND_MIN("c", stakes->c, one, "a reward"),
        BOUND_MAX("c", stakes->c, prom_amount_subtract(P->w, one), "less than w"),
        BOUND_MAX("[delta w] + share_v", prom_amount_add(delta_w, share_v), P->w, "w, from which #4 pays both"),
        BOUND_MIN("[beta v]", prom_amount_fraction(P->v, P->beta), prom_amount_add(share_w, retainers),
                  "share_w + n rho, else worker and verifier profit from garbage that the verifier keeps silent about "
                  "(#2)"),
        BOUND_MAX("n rho", retainers, prom_amount_fraction(P->w, P->alpha),
                  "[alpha w], else a worker that owns the arbiters' seats profits from delivering nothing (#1)"),
        BOUND_MAX("n rho", retainers, delta_w,
                  "[delta w], else a worker that owns the arbiters' seats profits from delivering garbage (#4)"),
        BOUND_MIN(
            "[epsilon v] + b [epsilon a]", stalling_v, prom_amount_add(share_w, gamma_w),
            "share_w + [gamma w], else client and verifier with b = n - k + 1 arbiters get the result for less by "
            "stalling the arbitration (#5)"),
        BOUND_MIN("[epsilon w] + b [epsilon a]", stalling_w,
                  prom_amount_add(prom_amount_add(delta_w, share_v), gamma_w),
                  "[delta w] + share_v + [gamma w], else a worker at fault that is the client too, with b = n - k + 1 "
                  "arbiters, loses less by stalling the arbitration (#5)"),
    };
    return prom_check_amount_bounds(bounds, sizeof bounds / sizeof bounds[0], error);
}

prom_result prom_stakes_check(const prom_stakes *stakes, prom_error *error)
{
    PROM_TRY(check_bounds(stakes, error));
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        const uint32_t first = decided(scheme) ? prom_parameters_quorum(stakes->P) : 0;
        const uint32_t last = decided(scheme) ? stakes->P->n : 0;
        for (uint32_t deciders = first; deciders <= last; deciders++) {
            PROM_TRY(check_dust(stakes, scheme, deciders, error));
        }
    }
    return prom_ok();
}

/* #4 leaves W an output: with a smaller c it has more. */
static bool leaves_worker(const prom_stakes *stakes)
{
    const uint8_t p2tr[PROM_P2TR_BYTES] = {PROM_OP_1, 32};
    prom_payouts payouts;
    return prom_is_ok(prom_payouts_of(&payouts, stakes, 4, 0, NULL)) &&
           prom_amount_at_least(payouts.to[PROM_PAYEE_W], prom_dust_limit(prom_span_of(p2tr, sizeof p2tr)));
}

/* The largest c from 1 sat to below w, all bounds of which a smaller one keeps, too. */
static prom_amount bisect_reward(prom_stakes *stakes, bool with_output)
{
    prom_amount low = prom_amount_zero();
    prom_amount high = stakes->P->w;
    prom_error error;
    while (prom_amount_above(prom_amount_subtract(high, low), prom_amount_of(1))) {
        stakes->c = prom_amount_divide(prom_amount_add(low, high), 2);
        const bool holds = prom_is_ok(check_bounds(stakes, &error)) && (!with_output || leaves_worker(stakes));
        *(holds ? &low : &high) = stakes->c;
    }
    stakes->c = low;
    return low;
}

prom_amount prom_stakes_reward_max(const prom_parameters *P, prom_amount retainer)
{
    prom_stakes stakes = {P, prom_amount_zero(), retainer};
    for (unsigned with_output = 0; with_output < 2; with_output++) {
        const prom_amount c = bisect_reward(&stakes, with_output == 1);
        if (prom_is_ok(prom_stakes_check(&stakes, NULL))) {
            return c;
        }
    }
    return prom_amount_zero();
}
