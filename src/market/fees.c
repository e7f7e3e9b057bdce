#include "market/fees.h"

#include "prometheus/contract/tree.h"

/* Weights of section 7 of docs/protocol.md: an input that a P2TR key spends, and what Tx0 has beside its inputs and
 * payouts: its head, O0, the OP_RETURN of P and the anchor. */
enum { INPUT = 230, TX0_HEAD = 460, QUARTER = 4, PATH_MAX_TXS = 3 };

static prom_amount fee_of(uint32_t feerate, uint64_t weight)
{
    return prom_amount_multiply(prom_amount_of(feerate), (weight + QUARTER - 1) / QUARTER);
}

static prom_amount branch_cost(uint8_t n, uint32_t feerate)
{
    const prom_amount fee = prom_amount_multiply(prom_amount_of(feerate), prom_branch_vsize_max(n));
    return prom_amount_add(fee, prom_amount_of(PROM_ANCHOR_SAT));
}

prom_contract_fees prom_contract_fees_of(prom_role role, uint8_t n, uint32_t feerate, uint32_t coins)
{
    const uint64_t own = (uint64_t)INPUT * coins + PROM_PAYOUT_WEIGHT;
    prom_contract_fees fees = {prom_amount_zero(), prom_amount_zero(), prom_amount_zero()};
    if (role == PROM_ROLE_CLIENT) {
        const prom_amount fee = fee_of(feerate, own + TX0_HEAD + (uint64_t)INPUT * n);
        fees.tx0 = prom_amount_add(fee, prom_amount_of(PROM_ANCHOR_SAT));
        fees.normal = prom_amount_add(fees.tx0, branch_cost(n, feerate));
        fees.reserve = prom_amount_multiply(branch_cost(n, feerate), PATH_MAX_TXS);
    } else if (role != PROM_ROLE_ARBITER) {
        fees.tx0 = fee_of(feerate, own);
        fees.normal = fees.tx0;
    }
    return fees;
}

static prom_amount deposit_of(prom_role role, const prom_terms *terms)
{
    switch (role) {
    case PROM_ROLE_CLIENT:
        return prom_terms_deposit(terms, PROM_PARTY_C);
    case PROM_ROLE_WORKER:
        return prom_terms_deposit(terms, PROM_PARTY_W);
    case PROM_ROLE_VERIFIER:
        return prom_terms_deposit(terms, PROM_PARTY_V);
    case PROM_ROLE_ARBITER:
        return terms->P.a;
    case PROM_ROLES:
        break;
    }
    return prom_amount_invalid();
}

prom_amount prom_contract_locks(prom_role role, const prom_terms *terms, uint32_t coins)
{
    const prom_contract_fees fees = prom_contract_fees_of(role, terms->P.n, terms->feerate, coins);
    return prom_amount_add(deposit_of(role, terms), prom_amount_add(fees.tx0, fees.reserve));
}
