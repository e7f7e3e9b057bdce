#include "prometheus/game/question.h"

#include "prometheus/bitcoin/transaction.h"

/* Returns twice the reward, but no more than a benefit can be. What is no amount stays none. */
static prom_amount benefit_of(prom_amount c)
{
    const prom_amount twice = prom_amount_multiply(c, 2);
    uint64_t sat = 0;
    return prom_amount_get(twice, &sat) && sat > PROM_GAME_COST_MAX ? prom_amount_of(PROM_GAME_COST_MAX) : twice;
}

prom_game_setting prom_game_setting_default(const prom_parameters *P, prom_amount c)
{
    const prom_amount z = prom_amount_divide(prom_share_of_worker(P, c), 2);
    const prom_amount y = prom_amount_divide(z, 50);
    return (prom_game_setting){.z = z,
                               .y = y,
                               .arbitration = y,
                               .check = y,
                               .benefit = benefit_of(c),
                               .price = 100000,
                               .interest = 500,
                               .rolls = 1,
                               .compute = P->t1 / 4 > 0 ? P->t1 / 4 : 1,
                               .verify = 1};
}

void prom_game_question_of(prom_game_question *question, const prom_curve *curve, const prom_terms *terms, bool samples)
{
    *question = (prom_game_question){
        .rules = PROM_GAME_RULES_CONTRACT,
        .P = terms->P,
        .c = terms->c,
        .retainer = terms->retainer,
        .feerate = terms->feerate,
        .items = terms->job.items,
        .network = prom_terms_network(terms),
        .fund_is_nobodys = prom_parameters_fund_is_nobodys(curve, &terms->P),
        .samples = samples,
        .setting = prom_game_setting_default(&terms->P, terms->c),
    };
}

static uint32_t weight_without_payouts(const prom_tree_tx *tx)
{
    const size_t payouts = tx->scheme != 0 ? tx->tx->output_count - 1 : 0; /* the anchor stays */
    return (uint32_t)(tx->weight - PROM_PAYOUT_WEIGHT * payouts);
}

/* Returns the virtual bytes that a fee pays for. */
static uint32_t vsize_of_fee(prom_amount fee, uint32_t feerate)
{
    uint64_t sat = 0;
    return prom_amount_get(prom_amount_divide(fee, feerate), &sat) ? (uint32_t)sat : 0; /* amount: a size */
}

void prom_game_sizes_of(prom_game_sizes *sizes, const prom_tree *tree, const prom_terms *terms)
{
    static const prom_tree_id named[PROM_BRANCHES] = {
        [PROM_BRANCH_TX1] = PROM_TX1,   [PROM_BRANCH_TX3] = PROM_TX3, [PROM_BRANCH_TX4] = PROM_TX4,
        [PROM_BRANCH_TXV0] = PROM_TXV0, [PROM_BRANCH_TX5] = PROM_TX5, [PROM_BRANCH_TXA] = PROM_TXA,
        [PROM_BRANCH_TX6] = PROM_TX6,
    };
    const uint32_t all = (UINT32_C(1) << terms->P.n) - 1;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        sizes->tx0[i] = vsize_of_fee(tree->tx0_fee[i], terms->feerate);
    }
    for (prom_branch_id id = 0; id < PROM_BRANCHES; id++) {
        const unsigned scheme = prom_branch_of(id)->scheme;
        sizes->branch[id] =
            weight_without_payouts(scheme >= 6 ? prom_tree_decision(tree, scheme, all) : &tree->tx[named[id]]);
    }
    sizes->payout = PROM_PAYOUT_WEIGHT;
}

/* -- Checks -- */

typedef struct range {
    const char *name;
    uint64_t has;
    uint64_t least;
    uint64_t most;
    const char *why;
} range;

/* Where the times break a bound of the contract, the bound is what to tell, and not that nothing fits into them. */
static prom_result check_times(const prom_game_question *question, prom_error *error)
{
    const prom_game_setting *it = &question->setting;
    const prom_parameters *P = &question->P;
    const uint32_t s = question->network->safety_margin;
    const uint32_t least_t1 = 3 * s + 1;
    const uint32_t least_t2 = P->t1 + 2 * s + question->network->verification + 2;
    if (P->t1 < least_t1 && it->compute + s > P->t1) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "t1 is %u, and at least %u is needed: 3s + 1; and compute is %u, but the delivery is by t1 - s",
            (unsigned)P->t1, least_t1, it->compute);
    }
    if (P->t2 < least_t2 && P->t1 + it->verify > P->t2) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "t2 is %u, and at least %u is needed: t1 + 2s + vt + 2; and verify is %u, but the verdict is "
                         "within t2 - t1 of the delivery",
                         (unsigned)P->t2, least_t2, it->verify);
    }
    return prom_ok();
}

/* Returns the sat of an amount; what is none is above all limits. */
static uint64_t sat_of(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? sat : UINT64_MAX;
}

prom_result prom_game_question_check(const prom_game_question *question, prom_error *error)
{
    static const char amount_why[] = "an amount of the game has 40 bits, as one of P";
    const prom_game_setting *it = &question->setting;
    const prom_parameters *P = &question->P;
    const uint64_t t1 = P->t1;
    const uint64_t margin = question->network->safety_margin;
    const range ranges[] = {
        {"n", P->n, PROM_ARBITERS_MIN, PROM_ARBITERS_MAX, "the number of arbiters"},
        {"items", question->items, 1, UINT32_MAX, "a batch has an item at least"},
        {"q", it->q, 0, PROM_BASIS_POINTS_ONE, "a chance, in basis points"},
        {"interest", it->interest, 0, 10 * (uint64_t)PROM_BASIS_POINTS_ONE, "basis points a year"},
        {"known", it->known, 0, question->items, "answers that the client knew, of all items"},
        {"rolls", it->rolls, 1, UINT32_MAX, "the seeds that a worker can choose from: 1 when it has no choice"},
        {"future", it->future, 0, 1000 * (uint64_t)PROM_BASIS_POINTS_ONE, "basis points of a contract's profit"},
        {"audit", it->audit, 0, UINT16_MAX, "blocks of an audit window"},
        {"compute", it->compute, 1, t1 > margin ? t1 - margin : 1, "delivery by t1 - s"},
        {"verify", it->verify, 1, P->t2 > t1 ? P->t2 - t1 : 1, "the verdict within t2 - t1 of the delivery"},
        {"owned", it->owned, 0, it->pool != 0 ? it->pool : 0, "offers of one person, of all that count"},
        {"c", sat_of(question->c), 0, PROM_GAME_COST_MAX, amount_why},
        {"retainer", sat_of(question->retainer), 0, PROM_GAME_COST_MAX, amount_why},
        {"z", sat_of(it->z), 0, PROM_GAME_COST_MAX, amount_why},
        {"y", sat_of(it->y), 0, PROM_GAME_COST_MAX, amount_why},
        {"arbitration", sat_of(it->arbitration), 0, PROM_GAME_COST_MAX, amount_why},
        {"check", sat_of(it->check), 0, PROM_GAME_COST_MAX, amount_why},
        {"benefit", sat_of(it->benefit), 0, PROM_GAME_COST_MAX, amount_why},
        {"price", it->price, 1, PROM_GAME_PRICE_MAX, "what a bitcoin is worth, above 0"},
        {"pool", it->pool != 0 ? it->pool : P->n, P->n, UINT32_MAX, "n arbiters are drawn from it"},
    };
    PROM_TRY(check_times(question, error));
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const range *one = &ranges[i];
        if (one->has < one->least || one->has > one->most) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is %llu, and %llu to %llu can be: %s", one->name,
                             (unsigned long long)one->has, (unsigned long long)one->least,
                             (unsigned long long)one->most, one->why);
        }
    }
    return prom_ok();
}
