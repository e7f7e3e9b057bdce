#include "market/policy.h"

#include <string.h>

#include "market/fees.h"
#include "market/preflight.h"

bool prom_key_listed(const prom_key_list *list, const prom_bytes32 *key)
{
    for (size_t i = 0; i < list->count; i++) {
        if (prom_bytes32_equal(&list->keys[i], key)) {
            return true;
        }
    }
    return false;
}

void prom_policy_judge(prom_reasons *reasons, const prom_policy *policy, const prom_bytes32 *p_txid,
                       const prom_policy_view *view)
{
    if (!policy->on) {
        prom_reasons_add(reasons, PROM_REASON_ROLE, 0, 0);
    }
    if (prom_key_listed(&policy->denied, view->peer) ||
        (policy->allowed.count > 0 && !prom_key_listed(&policy->allowed, view->peer))) {
        prom_reasons_add(reasons, PROM_REASON_PEER_DENIED, 0, 0);
    }
    if (view->P == NULL) {
        prom_reasons_add(reasons, PROM_REASON_P_UNKNOWN, 0, 0);
    }
    if (policy->accepted.count > 0 && !prom_key_listed(&policy->accepted, p_txid)) {
        prom_reasons_add(reasons, PROM_REASON_P_REFUSED, 0, 0);
    }
    prom_reasons_need(reasons, PROM_REASON_BUSY, (uint64_t)view->open + 1, policy->contracts_max);
    if (view->P != NULL) {
        const prom_amount stake = view->role == PROM_ROLE_VERIFIER ? view->P->v : view->P->w;
        prom_standing_need(reasons, PROM_REASON_CAP_PEER, stake, policy->peer_max, view->staked);
    }
}

static void look(prom_reasons *reasons, const prom_policy *policy, const prom_ask *ask, const prom_policy_view *view)
{
    prom_preflight_found found;
    const prom_work work = prom_work_of_ask(ask);
    const prom_terms terms = {.genesis = ask->genesis,
                              .signet_challenge = view->signet_challenge,
                              .P = *view->P,
                              .feerate = view->feerate,
                              .c = prom_amount_zero(),
                              .retainer = prom_amount_zero()};
    const prom_preflight asked = {.role = ask->role,
                                  .work = &work,
                                  .terms = &terms,
                                  .machine = &policy->machine,
                                  .work_ahead = view->work_ahead,
                                  .limits = &policy->limits,
                                  .curve = view->curve,
                                  .has_funds = true,
                                  .funds = view->funds,
                                  .fee_coin = view->fee_coin,
                                  .coins = view->coins,
                                  .tip = view->begins > view->tip ? view->begins : view->tip,
                                  .wished = ask->role == PROM_ROLE_WORKER ? ask->deadline : 0};
    prom_preflight_look(&found, &asked);
    for (size_t i = 0; i < found.reasons.count; i++) {
        const prom_quote_reason *reason = &found.reasons.list[i];
        const bool secret = reason->code == PROM_REASON_STAKE;
        prom_reasons_add(reasons, (prom_reason_code)reason->code, reason->needed, secret ? 0 : reason->there);
    }
}

/* A contract that pays so much may be more than the owner takes part in. */
static void look_at_reward(prom_reasons *reasons, const prom_policy *policy, prom_role role, const prom_parameters *P,
                           prom_amount price)
{
    const prom_amount none = prom_amount_zero();
    const prom_prices prices = {role == PROM_ROLE_WORKER ? price : none, role == PROM_ROLE_WORKER ? none : price};
    prom_reward reward;
    if (!prom_amount_is_zero(policy->limits.reward_max)) {
        (void)!prom_reward_of(&reward, P, none, &prices);
        prom_reasons_need_amount(reasons, PROM_REASON_CAP_PRICE, reward.needed, policy->limits.reward_max);
    }
}

void prom_policy_answer(prom_quote *quote, const prom_policy *policy, const prom_ask *ask, const prom_policy_view *view)
{
    prom_reasons reasons = {.count = 0};
    *quote = (prom_quote){.node = view->node,
                          .price = prom_amount_zero(),
                          .rates = policy->rates,
                          .machine = policy->machine,
                          .begins = view->begins > view->tip ? view->begins : view->tip,
                          .capacity = policy->contracts_max > view->open ? policy->contracts_max - view->open : 0,
                          .valid_until = view->tip + policy->quote_blocks};
    if (ask->fuel == 0) { /* it may be of somebody who knows of no modules */
        quote->rates.fuel = 0;
        quote->machine.fuel_per_second = 0;
    }
    prom_ask_hash(&quote->ask, ask);
    if (!prom_bytes32_equal(&ask->genesis, &view->genesis)) {
        prom_reasons_add(&reasons, PROM_REASON_CHAIN, 0, 0);
    }
    prom_policy_judge(&reasons, policy, &ask->p_txid, view);
    const uint64_t payload = prom_count_add(ask->program_bytes, ask->input_bytes);
    prom_reasons_need(&reasons, PROM_REASON_DISK, prom_work_disk(payload, ask->package_bytes), view->disk);
    if (reasons.count == 0) {
        const prom_contract_fees fees = prom_contract_fees_of(ask->role, view->P->n, view->feerate, view->coins);
        quote->price = prom_price_of_ask(&policy->rates, ask, view->P, fees.normal);
        look(&reasons, policy, ask, view);
        if (!prom_amount_is_valid(quote->price)) {
            prom_reasons_add(&reasons, PROM_REASON_ARITHMETIC, 0, 0);
        } else {
            look_at_reward(&reasons, policy, ask->role, view->P, quote->price);
        }
    }
    if (reasons.count > 0) {
        quote->price = prom_amount_zero();
        memcpy(quote->reasons, reasons.list, reasons.count * sizeof reasons.list[0]);
        quote->reason_count = reasons.count;
    }
}
