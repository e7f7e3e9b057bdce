/* The numbers of a question by name: one table that who varies one goes by. */
#include <math.h>
#include <string.h>

#include "game/rules.h"

typedef enum number_kind { KIND_AMOUNT, KIND_COST, KIND_U8, KIND_U16, KIND_U32, KIND_PRICE } number_kind;

static const struct parameter {
    prom_game_parameter shown;
    size_t offset;
    number_kind kind;
} PARAMETERS[] = {
#define OF(name, unit, what, of_setting, member, kind)                                                                 \
    {                                                                                                                  \
        {name, unit, what, of_setting}, offsetof(prom_game_question, member), kind                                     \
    }
    OF("w", "sat", "the worker's stake", false, P.w, KIND_AMOUNT),
    OF("v", "sat", "the verifier's stake", false, P.v, KIND_AMOUNT),
    OF("a", "sat", "an arbiter's stake", false, P.a, KIND_AMOUNT),
    OF("n", "", "the number of arbiters", false, P.n, KIND_U8),
    OF("alpha", "bp", "of w, lost by a silent worker", false, P.alpha, KIND_U16),
    OF("beta", "bp", "of v, lost by a silent verifier", false, P.beta, KIND_U16),
    OF("gamma", "bp", "of w, to the client without a decision", false, P.gamma, KIND_U16),
    OF("delta", "bp", "of w, lost without an appeal", false, P.delta, KIND_U16),
    OF("epsilon", "bp", "of every stake, lost without a decision", false, P.epsilon, KIND_U16),
    OF("mu", "bp", "of the arbiters, that decide", false, P.mu, KIND_U16),
    OF("sigma", "bp", "the worker's share of the reward", false, P.sigma, KIND_U16),
    OF("varsigma", "bp", "the share of a batch that is checked", false, P.varsigma, KIND_U16),
    OF("t1", "blocks", "until the verifier may accuse", false, P.t1, KIND_U16),
    OF("t2", "blocks", "until the verifier has timed out", false, P.t2, KIND_U16),
    OF("t3", "blocks", "until the worker has timed out", false, P.t3, KIND_U16),
    OF("t4", "blocks", "until the arbiters have timed out", false, P.t4, KIND_U16),
    OF("c", "sat", "the reward", false, c, KIND_COST),
    OF("retainer", "sat", "an arbiter's retainer", false, retainer, KIND_COST),
    OF("feerate", "sat/vB", "the feerate", false, feerate, KIND_U32),
    OF("items", "", "the items in the batch", false, items, KIND_U32),
    OF("z", "sat", "what computing costs the worker", true, setting.z, KIND_COST),
    OF("y", "sat", "what verifying costs the verifier", true, setting.y, KIND_COST),
    OF("arbitration", "sat", "what arbitrating costs an arbiter", true, setting.arbitration, KIND_COST),
    OF("check", "sat", "what a check of its own costs the client", true, setting.check, KIND_COST),
    OF("benefit", "sat", "what a right result is worth to the client", true, setting.benefit, KIND_COST),
    OF("price", "", "the price of a bitcoin", true, setting.price, KIND_PRICE),
    OF("interest", "bp", "the interest of a year", true, setting.interest, KIND_U32),
    OF("q", "bp", "the chance that the client checks", true, setting.q, KIND_U32),
    OF("known", "", "the answers that the client knew before", true, setting.known, KIND_U32),
    OF("rolls", "", "the seeds that the worker can choose from", true, setting.rolls, KIND_U32),
    OF("audit", "blocks", "the audit window", true, setting.audit, KIND_U32),
    OF("compute", "blocks", "until the delivery", true, setting.compute, KIND_U32),
    OF("verify", "blocks", "until the verdict", true, setting.verify, KIND_U32),
    OF("pool", "", "the offers that count", true, setting.pool, KIND_U32),
    OF("owned", "", "of them, those that one person owns", true, setting.owned, KIND_U32),
    OF("future", "bp", "the contracts to come that a lost name costs", true, setting.future, KIND_U32),
#undef OF
};

enum { PARAMETER_COUNT = sizeof PARAMETERS / sizeof *PARAMETERS };

size_t prom_game_parameter_count(void)
{
    return PARAMETER_COUNT;
}

const prom_game_parameter *prom_game_parameter_at(size_t index)
{
    return &PARAMETERS[index].shown;
}

size_t prom_game_parameter_find(const char *name)
{
    size_t index = 0;
    while (index < PARAMETER_COUNT && strcmp(PARAMETERS[index].shown.name, name) != 0) {
        index++;
    }
    return index;
}

static double load(const void *member, number_kind kind)
{
    switch (kind) {
    case KIND_AMOUNT:
    case KIND_COST:
        return prom_game_sat(*(const prom_amount *)member);
    case KIND_U8:
        return *(const uint8_t *)member;
    case KIND_U16:
        return *(const uint16_t *)member;
    case KIND_U32:
        return *(const uint32_t *)member;
    case KIND_PRICE:
        return (double)*(const uint64_t *)member;
    }
    return 0;
}

/* The nearest whole number from 0 to `most`. */
static uint64_t whole(double value, uint64_t most)
{
    return !(value > 0) ? 0 : value >= (double)most ? most : (uint64_t)(value + 0.5);
}

static void store(void *member, number_kind kind, double value)
{
    switch (kind) {
    case KIND_AMOUNT:
        *(prom_amount *)member = prom_amount_of(whole(value, PROM_AMOUNT_MAX));
        break;
    case KIND_COST:
        *(prom_amount *)member = prom_amount_of(whole(value, PROM_GAME_COST_MAX));
        break;
    case KIND_U8:
        *(uint8_t *)member = (uint8_t)whole(value, UINT8_MAX);
        break;
    case KIND_U16:
        *(uint16_t *)member = (uint16_t)whole(value, UINT16_MAX);
        break;
    case KIND_U32:
        *(uint32_t *)member = (uint32_t)whole(value, UINT32_MAX);
        break;
    case KIND_PRICE:
        *(uint64_t *)member = whole(fmax(value, 1), PROM_GAME_PRICE_MAX); /* the price: costs are divided by it */
        break;
    }
}

double prom_game_parameter_get(const prom_game_question *question, size_t index)
{
    return load((const uint8_t *)question + PARAMETERS[index].offset, PARAMETERS[index].kind);
}

/* Costs arise in money: in sat they are the more, the less a bitcoin is worth. One that comes to too much is not cut:
 * the numbers make no question then. */
static void scale_costs(prom_game_question *question, double factor)
{
    prom_amount *const costs[] = {&question->setting.z, &question->setting.y, &question->setting.arbitration,
                                  &question->setting.check, &question->setting.benefit};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        store(costs[i], KIND_AMOUNT, load(costs[i], KIND_AMOUNT) * factor);
    }
}

void prom_game_parameter_set(prom_game_question *question, size_t index, double value)
{
    const double before = prom_game_parameter_get(question, index);
    store((uint8_t *)question + PARAMETERS[index].offset, PARAMETERS[index].kind, value);
    const double after = prom_game_parameter_get(question, index);
    if (PARAMETERS[index].offset == offsetof(prom_game_question, setting.price) && before > 0 && after > 0) {
        scale_costs(question, before / after);
    }
}
