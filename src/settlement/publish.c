/* Which transactions of the tree a party wants in a block now, until when, and what is at stake. Every row asks for a
 * fact that was written before; no row looks at a mempool. */
#include "settlement/publish.h"

#include "prometheus/contract/bump.h"
#include "prometheus/contract/payout.h"

static const prom_money *money_of(const prom_channel *channel, uint16_t batch)
{
    return &channel->facts.batches[batch].money;
}

static bool accepted_by_verdict(const prom_channel *channel, uint16_t batch)
{
    const prom_money *money = money_of(channel, batch);
    return money->released && money->verdict_known &&
           (channel->facts.role == PROM_ROLE_WORKER || money->verdict == PROM_VERDICT_ACCEPT);
}

static bool delivered_alone(const prom_channel *channel, uint16_t batch)
{
    return money_of(channel, batch)->released && !money_of(channel, batch)->verdict_known;
}

static bool accused(const prom_channel *channel, uint16_t batch)
{
    const prom_money *money = money_of(channel, batch);
    return money->verdict_known && money->verdict == PROM_VERDICT_ACCUSE;
}

static bool appealed(const prom_channel *channel, uint16_t batch)
{
    return money_of(channel, batch)->appealed;
}

static bool decided_against(const prom_channel *channel, uint16_t batch, prom_decision decision)
{
    const prom_arbitration *arbitration = &channel->facts.batches[batch].arbitration;
    return arbitration->decided && arbitration->decision == decision;
}

static bool decided_worker(const prom_channel *channel, uint16_t batch)
{
    return decided_against(channel, batch, PROM_DECISION_WORKER);
}

static bool decided_verifier(const prom_channel *channel, uint16_t batch)
{
    const bool has_key = channel->facts.role == PROM_ROLE_WORKER || money_of(channel, batch)->key_known;
    return decided_against(channel, batch, PROM_DECISION_VERIFIER) && has_key;
}

static bool always(const prom_channel *channel, uint16_t batch)
{
    (void)channel;
    (void)batch;
    return true;
}

const struct publication prom_publications[] = {
    {PROM_MONEY_LOCKED, PROM_BRANCH_TX4, ROLE_W, accepted_by_verdict, PROM_DEADLINE_TX4, PROM_DEADLINE_TX1, 3, 1,
     PROM_LATE_COSTS_MONEY},
    {PROM_MONEY_LOCKED, PROM_BRANCH_TX4, ROLE_V, accepted_by_verdict, PROM_DEADLINE_TX4_V, PROM_DEADLINE_TX3, 3, 2,
     PROM_LATE_COSTS_MONEY},
    {PROM_MONEY_LOCKED, PROM_BRANCH_TX3, ROLE_W, delivered_alone, PROM_DEADLINE_TX3, PROM_DEADLINE_TX1, 2, 1,
     PROM_LATE_COSTS_MONEY},
    {PROM_MONEY_LOCKED, PROM_BRANCH_TXV0, ROLE_V, accused, PROM_DEADLINE_TXV0, PROM_DEADLINE_TX3, 4, 2,
     PROM_LATE_COSTS_MONEY},
    {PROM_MONEY_LOCKED, PROM_BRANCH_TX1, ROLE_ANY, always, PROM_DEADLINE_TX1, PROM_DEADLINES, 1, 1,
     PROM_LATE_COSTS_TIME},
    {PROM_MONEY_ACCUSED, PROM_BRANCH_TXA, ROLE_W, appealed, PROM_DEADLINE_TXA, PROM_DEADLINE_TX5, 7, 4,
     PROM_LATE_COSTS_MONEY},
    {PROM_MONEY_ACCUSED, PROM_BRANCH_TX5, ROLE_ANY, always, PROM_DEADLINE_TX5, PROM_DEADLINES, 4, 4,
     PROM_LATE_COSTS_TIME},
    {PROM_MONEY_APPEALED, PROM_BRANCH_TX7, ROLE_ANY, decided_worker, PROM_DEADLINE_SIGN, PROM_DEADLINE_TX6, 6, 5,
     PROM_LATE_COSTS_MONEY},
    {PROM_MONEY_APPEALED, PROM_BRANCH_TX8, ROLE_ANY, decided_verifier, PROM_DEADLINE_SIGN, PROM_DEADLINE_TX6, 7, 5,
     PROM_LATE_COSTS_MONEY},
    {PROM_MONEY_APPEALED, PROM_BRANCH_TX6, ROLE_ANY, always, PROM_DEADLINE_TX6, PROM_DEADLINES, 5, 5,
     PROM_LATE_COSTS_TIME},
};
const size_t prom_publication_count = sizeof prom_publications / sizeof prom_publications[0];

/* The transaction of a branch: those of a decision are chosen by S. */
uint32_t prom_publication_tx(const prom_channel *channel, uint16_t batch, const struct publication *row)
{
    static const uint32_t named[PROM_BRANCHES] = {
        [PROM_BRANCH_TX1] = PROM_TX1,   [PROM_BRANCH_TX3] = PROM_TX3, [PROM_BRANCH_TX4] = PROM_TX4,
        [PROM_BRANCH_TXV0] = PROM_TXV0, [PROM_BRANCH_TX5] = PROM_TX5, [PROM_BRANCH_TXA] = PROM_TXA,
        [PROM_BRANCH_TX6] = PROM_TX6,
    };
    if (row->branch != PROM_BRANCH_TX7 && row->branch != PROM_BRANCH_TX8) {
        return named[row->branch];
    }
    const prom_tree_tx *tx = prom_tree_decision(channel->tree, prom_branch_of(row->branch)->scheme,
                                                channel->facts.batches[batch].arbitration.deciders);
    return tx == NULL ? PROM_TREE_OTHER : (uint32_t)(tx - channel->tree->tx);
}

/* What a place is paid by a scheme. */
static prom_result payout_of(const struct publication_case *it, prom_amount *payout, unsigned scheme, prom_error *error)
{
    const prom_terms *terms = it->terms;
    const prom_stakes stakes = {&terms->P, terms->c, terms->retainer};
    const bool decides = scheme == 6 || scheme == 7;
    const uint32_t quorum = prom_parameters_quorum(&terms->P);
    const uint32_t deciders = prom_arbiters_count(it->deciders);
    prom_payouts payouts;
    prom_payee payee = PROM_PAYEE_A_PLUS;
    PROM_TRY(prom_payouts_of(&payouts, &stakes, scheme, decides ? deciders > quorum ? deciders : quorum : 0, error));
    if (it->place < PROM_PARTIES) {
        payee = (prom_payee)it->place; /* C, W, V stand first in both */
    } else if (decides && it->deciders != 0 && (it->deciders >> (it->place - PROM_PARTIES) & 1) == 0) {
        payee = PROM_PAYEE_A_MINUS;
    }
    *payout = payouts.to[payee];
    return prom_ok();
}

/* Where lateness costs nothing by this row, and where nobody can take anything, it is time: then what waits to come
 * home bounds the fee. */
prom_result prom_publication_owed(prom_fee_obligation *due, const struct publication *row,
                                  const struct publication_case *it, uint32_t height, prom_error *error)
{
    const prom_parameters *P = &it->terms->P;
    const prom_chain_parameters *network = prom_terms_network(it->terms);
    const bool bounded = row->closes != PROM_DEADLINES;
    prom_amount hoped;
    prom_amount feared;
    PROM_TRY(payout_of(it, &hoped, row->hoped, error));
    PROM_TRY(payout_of(it, &feared, row->feared, error));
    const bool gains = bounded && !prom_amount_at_least(feared, hoped);
    *due = (prom_fee_obligation){.first_tip = prom_deadline_window(row->opens, P, network, height).earliest,
                                 .last_block = bounded ? prom_deadline_window(row->closes, P, network, height).earliest
                                                       : PROM_WINDOW_OPEN,
                                 .at_risk = gains ? prom_amount_subtract(hoped, feared) : hoped,
                                 .lateness = gains ? row->lateness : PROM_LATE_COSTS_TIME,
                                 .safety_margin = network->safety_margin};
    return prom_ok();
}

prom_result prom_publication_due(const prom_channel *channel, uint16_t batch, prom_fee_obligation *due,
                                 const struct publication *row, uint32_t height, prom_error *error)
{
    const struct publication_case its = {&channel->terms, channel->place,
                                         channel->facts.batches[batch].arbitration.deciders};
    const uint32_t tx = prom_publication_tx(channel, batch, row);
    if (tx == PROM_TREE_OTHER) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a decision is for no set of arbiters of the tree");
    }
    PROM_TRY(prom_publication_owed(due, row, &its, height, error));
    due->vsize = prom_vsize(channel->tree->tx[tx].weight) + PROM_BUMP_VSIZE;
    return prom_ok();
}

bool prom_publication_is_ours(const prom_channel *channel, uint16_t batch, const struct publication *row)
{
    return prom_money_state_of(&channel->facts, batch) == row->state && (row->roles & 1U << channel->facts.role) != 0 &&
           row->when(channel, batch);
}

/* Whether it is time, and since which block it is counted. */
static bool is_due(const struct step *step, uint16_t batch, const struct publication *row, uint32_t *height)
{
    prom_tip_window opens;
    return prom_publication_is_ours(step->channel, batch, row) &&
           prom_window_of(step->channel, batch, row->opens, &opens) && opens.earliest <= prom_view_best(step->view) &&
           prom_milestone_height(step->channel, batch, prom_deadline_of(row->opens)->from, height);
}

static prom_result want_of_batch(struct step *step, uint16_t batch, prom_wants *wants)
{
    for (size_t i = 0; i < prom_publication_count; i++) {
        const struct publication *row = &prom_publications[i];
        uint32_t height = 0;
        if (is_due(step, batch, row, &height)) {
            prom_want want = {.kind = PROM_WANT_PUBLISH, .batch = batch};
            want.as.publish.tx = prom_publication_tx(step->channel, batch, row);
            PROM_TRY(prom_publication_due(step->channel, batch, &want.as.publish.due, row, height, step->error));
            return prom_want_add(step, wants, &want);
        }
    }
    return prom_ok();
}

prom_result prom_want_publications(struct step *step, prom_wants *wants)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count && step->channel->tree != NULL; batch++) {
        PROM_TRY(want_of_batch(step, batch, wants));
    }
    return prom_ok();
}

prom_result prom_channel_finish(const prom_channel *channel, prom_arena *step, prom_tx **tx, uint16_t batch,
                                uint32_t index, const prom_channel_secrets *secrets, prom_error *error)
{
    const prom_batch_facts *its = &channel->facts.batches[batch];
    if (channel->tree == NULL || channel->signing == NULL || index >= channel->tree->tx_count || index == PROM_TX0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "no branch of this contract is signed that could be published");
    }
    const prom_publication with = {
        .V = its->money.verdict_known ? &its->money.verdict_signature : NULL,
        .Y = its->arbitration.decided ? &its->arbitration.decision_signature : NULL,
        .h_p = secrets != NULL        ? &secrets->h_p
               : its->money.key_known ? &its->money.h_p
                                      : NULL,
        .k_p = secrets != NULL ? &secrets->k_p : NULL,
    };
    return prom_signing_finish(step, tx, channel->signing, &channel->tree->tx[index], &with, error);
}
