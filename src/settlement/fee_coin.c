#include "prometheus/channel/fee_coin.h"

#include "prometheus/contract/bump.h"
#include "settlement/publish.h"

/* So many blocks of a window are counted, a week: in more the coin would be hardly smaller. */
enum { BLOCKS_MAX = 1008 };

static prom_amount smaller(prom_amount a, prom_amount b)
{
    return prom_amount_above(a, b) ? b : a;
}

/* One transaction that is kept out of blocks as long as it may be. */
struct siege {
    prom_fee_obligation due;
    prom_fee_estimates estimates;
};

/* Whether the bids of the whole window, none above the coin, are what is at risk. The parent counts as nothing, which
 * makes them small. */
static bool withstands(const struct siege *siege, prom_amount coin)
{
    const prom_fee_obligation *due = &siege->due;
    prom_amount sum = prom_amount_zero();
    for (int64_t tip = due->first_tip; tip < due->last_block && !prom_amount_at_least(sum, due->at_risk); tip++) {
        const prom_amount bid = prom_feerate_fee(prom_fee_feerate(due, tip, &siege->estimates), due->vsize);
        sum = prom_amount_add(sum, smaller(bid, coin));
    }
    return prom_amount_at_least(sum, due->at_risk);
}

/* The smallest coin that does, to the satoshi, or what is at risk where none does. */
static prom_amount least_coin(const struct siege *siege)
{
    const prom_amount one = prom_amount_of(1);
    prom_amount low = prom_amount_zero();
    prom_amount high = siege->due.at_risk;
    while (prom_amount_above(high, prom_amount_add(low, one))) {
        const prom_amount middle = prom_amount_add(low, prom_amount_divide(prom_amount_subtract(high, low), 2));
        if (withstands(siege, middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

/* What the owner's step may take is not there to bid in. */
static prom_amount coin_of_money(const prom_fee_obligation *due, uint32_t *blocks, int64_t duration, uint32_t feerate)
{
    struct siege siege = {.due = *due, .estimates = {feerate, feerate}};
    const int64_t left = due->last_block - due->first_tip - duration;
    const int64_t counted = left < 1 ? 1 : left > BLOCKS_MAX ? BLOCKS_MAX : left;
    siege.due.first_tip = due->last_block - counted;
    siege.due.vsize = PROM_BUMP_VSIZE;
    *blocks = (uint32_t)counted;
    return least_coin(&siege);
}

/* What one row takes. */
static prom_result coin_for(prom_fee_coin *coin, const struct publication *row, const struct publication_case *it,
                            uint32_t highest, prom_error *error)
{
    enum { HEIGHT = 0 };
    const prom_parameters *P = &it->terms->P;
    const prom_chain_parameters *network = prom_terms_network(it->terms);
    const prom_amount change = prom_bump_coin_min(0, 0); /* a coin that pays nothing */
    prom_fee_obligation due;
    PROM_TRY(prom_publication_owed(&due, row, it, HEIGHT, error));
    *coin = (prom_fee_coin){.value = prom_bump_coin_min(highest, prom_branch_vsize_max(P->n)), .at_risk = due.at_risk};
    if (due.lateness == PROM_LATE_COSTS_MONEY) {
        const int64_t duration = prom_blocks_count(&prom_deadline_of(row->opens)->duration, P, network);
        const prom_amount bids = coin_of_money(&due, &coin->blocks, duration, it->terms->feerate * 1000);
        coin->value = prom_amount_larger(coin->value, bids);
    }
    /* What comes back of it must be an output; of pins it is counted twice, which is no matter. */
    coin->value = prom_amount_add(smaller(coin->value, prom_fee_limit(&due)), change);
    return prom_amount_is_valid(coin->value)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the stakes of the terms are no amounts");
}

prom_result prom_fee_coin_of(prom_fee_coin *coin, const prom_terms *terms, prom_role role, uint32_t highest,
                             prom_error *error)
{
    static const size_t places[PROM_ROLES] = {[PROM_ROLE_CLIENT] = PROM_PARTY_C,
                                              [PROM_ROLE_WORKER] = PROM_PARTY_W,
                                              [PROM_ROLE_VERIFIER] = PROM_PARTY_V,
                                              [PROM_ROLE_ARBITER] = PROM_PARTIES};
    const struct publication_case it = {.terms = terms, .place = places[role]};
    *coin = (prom_fee_coin){.value = prom_amount_zero(), .at_risk = prom_amount_zero()};
    if (prom_terms_network(terms) == NULL || terms->P.n < PROM_ARBITERS_MIN || terms->P.n > PROM_ARBITERS_MAX ||
        terms->feerate > PROM_FEERATE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "no coin for fees is enough for terms of an unknown network, with %u arbiters, at %u sat/vB",
                         (unsigned)terms->P.n, (unsigned)terms->feerate);
    }
    for (size_t i = 0; i < prom_publication_count; i++) {
        const struct publication *row = &prom_publications[i];
        prom_fee_coin its;
        if ((row->roles & 1U << role) == 0) {
            continue;
        }
        PROM_TRY(coin_for(&its, row, &it, highest, error));
        if (prom_amount_above(its.value, coin->value)) {
            *coin = its;
        }
    }
    return prom_ok();
}
