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
    prom_ask_hash(&quote->ask, ask);
    if (!prom_bytes32_equal(&ask->genesis, &view->genesis)) {
        prom_reasons_add(&reasons, PROM_REASON_CHAIN, 0, 0);
    }
    prom_policy_judge(&reasons, policy, &ask->p_txid, view);
    if (reasons.count == 0) {
        const prom_contract_fees fees = prom_contract_fees_of(ask->role, view->P->n, view->feerate, view->coins);
        quote->price = prom_price_of_ask(&policy->rates, ask, view->P, fees.normal);
        look(&reasons, policy, ask, view);
        if (!prom_amount_is_valid(quote->price)) {
            prom_reasons_add(&reasons, PROM_REASON_ARITHMETIC, 0, 0);
        }
    }
    if (reasons.count > 0) {
        quote->price = prom_amount_zero();
        memcpy(quote->reasons, reasons.list, reasons.count * sizeof reasons.list[0]);
        quote->reason_count = reasons.count;
    }
}
