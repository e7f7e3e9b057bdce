/* Where a channel stands and what comes next, taken from the tables by which it acts: publish.c, deadline.h, the
 * branches of the tree, the payouts. */
#include "settlement/explain.h"

#include <string.h>

#include "settlement/publish.h"

static const char *money_name(const prom_channel *channel, uint16_t batch)
{
    switch (prom_money_state_of(&channel->facts, batch)) {
    case PROM_MONEY_NONE:
        return prom_channel_lambda(channel) == PROM_LAMBDA_CLOSED ? "never locked" : "not locked";
    case PROM_MONEY_LOCKED:
        return "O0";
    case PROM_MONEY_ACCUSED:
        return "OV0";
    case PROM_MONEY_APPEALED:
        return "OA";
    case PROM_MONEY_SETTLED:
        break;
    }
    return "settled";
}

static void add_tx(prom_explanation *explanation, const prom_channel *channel, const prom_spend *spend)
{
    if (spend->there && explanation->tx_count < PROM_EXPLAINED_TXS_MAX) {
        const bool ours = channel->tree != NULL && spend->tx < channel->tree->tx_count;
        explanation->txs[explanation->tx_count++] = (prom_explained_tx){
            .name = ours ? channel->tree->tx[spend->tx].name : "other", .txid = spend->txid, .height = spend->height};
    }
}

static void add_txs(prom_explanation *explanation, const prom_channel *channel, uint16_t batch)
{
    const prom_spend *spent = channel->facts.batches[batch].money.spent;
    add_tx(explanation, channel, &channel->facts.tx0);
    if (!channel->facts.tx0.there) {
        add_tx(explanation, channel, &channel->facts.spoilt);
    }
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        add_tx(explanation, channel, &spent[i]);
    }
}

/* -- What comes -- */

static prom_result add_moves(prom_explanation *explanation, const prom_channel *channel, uint16_t batch,
                             prom_error *error)
{
    for (size_t i = 0; i < prom_publication_count && channel->tree != NULL; i++) {
        const struct publication *row = &prom_publications[i];
        uint32_t height = 0;
        if (!prom_publication_is_ours(channel, batch, row) || explanation->move_count == PROM_EXPLAINED_MOVES_MAX) {
            continue;
        }
        prom_explained_move *move = &explanation->moves[explanation->move_count++];
        move->known = prom_milestone_height(channel, batch, prom_deadline_of(row->opens)->from, &height);
        PROM_TRY(prom_publication_due(channel, batch, &move->due, row, height, error));
        const prom_tree_tx *tx = &channel->tree->tx[prom_publication_tx(channel, batch, row)];
        move->name = tx->name;
        move->scheme = tx->scheme;
        move->lasts = tx->waits_for == 0;
    }
    return prom_ok();
}

/* From which block the steps are counted that are open while the money is where it is. */
static bool concerns(prom_milestone from, prom_money_state state)
{
    switch (from) {
    case PROM_MILESTONE_SETUP:
        return state == PROM_MONEY_NONE;
    case PROM_MILESTONE_TX0:
    case PROM_MILESTONE_X:
        return state == PROM_MONEY_LOCKED;
    case PROM_MILESTONE_TXV0:
        return state == PROM_MONEY_ACCUSED;
    case PROM_MILESTONE_TXA:
        return state == PROM_MONEY_APPEALED;
    case PROM_MILESTONE_CLOSING:
        return state == PROM_MONEY_SETTLED;
    case PROM_MILESTONES:
        break;
    }
    return false;
}

static void add_steps(prom_explanation *explanation, const prom_channel *channel, uint16_t batch)
{
    const prom_evidence *statements = &channel->facts.batches[batch].evidence.statements;
    const prom_case known = prom_batch_case(channel, batch, statements);
    const prom_money_state state = prom_money_state_of(&channel->facts, batch);
    const bool live = channel->tree != NULL && channel->facts.setup.phase == PROM_SETUP_GIVEN &&
                      explanation->lambda != PROM_LAMBDA_CLOSED;
    for (prom_deadline_id id = 0; id < PROM_DEADLINES && channel->tree != NULL; id++) {
        const prom_deadline *row = prom_deadline_of(id);
        prom_tip_window window;
        if ((live || row->from == PROM_MILESTONE_CLOSING) && concerns(row->from, state) &&
            (!row->sampled || prom_case_samples(&known)) && prom_window_of(channel, batch, id, &window) &&
            window.latest >= explanation->tips.own) {
            explanation->steps[explanation->step_count++] =
                (prom_explained_step){id, row->what, row->who, row->from, window};
        }
    }
}

/* -- What can be lost -- */

/* The schemes by which whoever spends this output, or what is made of it, can settle. */
/* NOLINTNEXTLINE(misc-no-recursion): the tree of branches is five deep */
static unsigned schemes_from(prom_tree_output output)
{
    unsigned schemes = 0;
    for (prom_branch_id id = 0; id < PROM_BRANCHES; id++) {
        const prom_branch *branch = prom_branch_of(id);
        if (branch->spends == output) {
            schemes |= branch->scheme != 0 ? 1U << branch->scheme : schemes_from(branch->makes);
        }
    }
    return schemes;
}

static unsigned schemes_of(const prom_channel *channel, uint16_t batch)
{
    const unsigned settled = prom_channel_scheme(channel, batch);
    switch (prom_money_state_of(&channel->facts, batch)) {
    case PROM_MONEY_NONE:
        return prom_channel_lambda(channel) == PROM_LAMBDA_CLOSED ? 0 : schemes_from(PROM_OUTPUT_O0);
    case PROM_MONEY_LOCKED:
        return schemes_from(PROM_OUTPUT_O0);
    case PROM_MONEY_ACCUSED:
        return schemes_from(PROM_OUTPUT_OV0);
    case PROM_MONEY_APPEALED:
        return schemes_from(PROM_OUTPUT_OA);
    case PROM_MONEY_SETTLED:
        break;
    }
    return settled != 0 ? 1U << settled : 0;
}

static void weigh(prom_explained_stake *stake, bool *any, unsigned scheme, prom_amount payout)
{
    if (!*any || prom_amount_above(stake->least, payout)) {
        stake->least = payout;
        stake->worst = scheme;
    }
    if (!*any || prom_amount_above(payout, stake->most)) {
        stake->most = payout;
    }
    *any = true;
}

/* Of an arbiter both are weighed, that it signs the decision and that it does not. */
static prom_result weigh_scheme(prom_explanation *explanation, const prom_channel *channel, bool *any, unsigned scheme,
                                uint32_t deciders, prom_error *error)
{
    const prom_stakes stakes = {&channel->terms.P, channel->terms.c, channel->terms.retainer};
    prom_payouts payouts;
    PROM_TRY(prom_payouts_of(&payouts, &stakes, scheme, deciders, error));
    for (size_t i = 0; i < explanation->stake_count; i++) {
        prom_explained_stake *stake = &explanation->stakes[i];
        weigh(stake, &any[i], scheme, payouts.to[stake->payee]);
        if (stake->payee == PROM_PAYEE_A_PLUS && deciders != 0 && deciders < channel->terms.P.n) {
            weigh(stake, &any[i], scheme, payouts.to[PROM_PAYEE_A_MINUS]);
        }
    }
    return prom_ok();
}

static prom_result add_stakes(prom_explanation *explanation, const prom_channel *channel, prom_error *error)
{
    static const prom_payee payees[PROM_EXPLAINED_STAKES] = {PROM_PAYEE_C, PROM_PAYEE_W, PROM_PAYEE_V,
                                                             PROM_PAYEE_A_PLUS};
    bool any[PROM_EXPLAINED_STAKES] = {false};
    if (channel->tree == NULL || explanation->schemes == 0) {
        return prom_ok();
    }
    explanation->stake_count = PROM_EXPLAINED_STAKES;
    for (size_t i = 0; i < PROM_EXPLAINED_STAKES; i++) {
        prom_explained_stake *stake = &explanation->stakes[i];
        stake->payee = payees[i];
        stake->deposit = i < PROM_PARTIES ? prom_terms_deposit(&channel->terms, (prom_party)i) : channel->terms.P.a;
    }
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        const bool decided = scheme == 6 || scheme == 7;
        const uint32_t least = decided ? prom_channel_quorum(channel) : 0;
        const uint32_t most = decided ? channel->terms.P.n : 0;
        for (uint32_t deciders = least; (explanation->schemes >> scheme & 1) != 0 && deciders <= most; deciders++) {
            PROM_TRY(weigh_scheme(explanation, channel, any, scheme, deciders, error));
        }
    }
    return prom_ok();
}

/* -- What is known -- */

static void add_arbiters(prom_explanation *explanation, const prom_channel *channel, uint16_t batch)
{
    const prom_evidence *statements = &channel->facts.batches[batch].evidence.statements;
    const prom_case known = prom_batch_case(channel, batch, statements);
    explanation->arbiter_count = channel->tree != NULL ? channel->terms.arbiter_count : 0;
    for (size_t i = 0; i < explanation->arbiter_count; i++) {
        prom_explained_arbiter *arbiter = &explanation->arbiters[i];
        arbiter->voided = prom_case_voided(&known, i);
        arbiter->answered = (prom_case_answers(&known) >> i & 1) != 0;
        for (prom_round round = PROM_ROUND_A; round < PROM_ROUNDS; round++) {
            prom_receipt receipt;
            arbiter->counts[round] = prom_case_receipt(&known, &receipt, i, round);
        }
    }
    for (size_t i = 0; i < statements->count && channel->tree != NULL; i++) {
        const prom_attestation *statement = &statements->list[i];
        if (statement->kind == PROM_ATTESTATION_RECEIPT) {
            prom_explained_arbiter *arbiter = &explanation->arbiters[statement->place - PROM_PLACE_ARBITER];
            arbiter->receipted[statement->as.receipt.round] = true;
            arbiter->height[statement->as.receipt.round] = statement->as.receipt.height;
        }
    }
}

prom_result prom_channel_explain(const prom_channel *channel, uint16_t batch, const prom_explain_tips *tips,
                                 prom_explanation *explanation, prom_error *error)
{
    memset(explanation, 0, sizeof *explanation);
    if (batch >= channel->facts.batch_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the channel has no batch %u", (unsigned)batch);
    }
    explanation->role = channel->facts.role;
    explanation->lambda = prom_channel_lambda(channel);
    explanation->phase = channel->facts.setup.phase;
    explanation->tips = *tips;
    explanation->has_id = channel->tree != NULL;
    if (explanation->has_id) {
        explanation->contract_id = channel->tree->contract_id;
    }
    explanation->money = money_name(channel, batch);
    explanation->scheme = prom_channel_scheme(channel, batch);
    explanation->schemes = schemes_of(channel, batch);
    add_txs(explanation, channel, batch);
    PROM_TRY(add_moves(explanation, channel, batch, error));
    add_steps(explanation, channel, batch);
    PROM_TRY(add_stakes(explanation, channel, error));
    add_arbiters(explanation, channel, batch);
    prom_explain_reasons(explanation, channel, batch);
    return prom_ok();
}
