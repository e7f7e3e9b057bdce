/* Where the contract's money is, as the blocks of our chain have it, and the windows that are counted from these. */
#include "channel/step.h"

prom_money_state prom_money_state_of(const prom_facts *facts, uint16_t batch)
{
    const prom_spend *spent = facts->batches[batch].money.spent;
    if (!facts->tx0.there) {
        return PROM_MONEY_NONE;
    }
    if (!spent[PROM_OUTPUT_O0].there) {
        return PROM_MONEY_LOCKED;
    }
    if (spent[PROM_OUTPUT_O0].tx != PROM_TXV0) {
        return PROM_MONEY_SETTLED;
    }
    if (!spent[PROM_OUTPUT_OV0].there) {
        return PROM_MONEY_ACCUSED;
    }
    if (spent[PROM_OUTPUT_OV0].tx != PROM_TXA) {
        return PROM_MONEY_SETTLED;
    }
    return spent[PROM_OUTPUT_OA].there ? PROM_MONEY_SETTLED : PROM_MONEY_APPEALED;
}

prom_case prom_batch_case(const prom_channel *channel, uint16_t batch, const prom_evidence *evidence)
{
    (void)batch;
    return (prom_case){&channel->terms, channel->facts.tx0.height, evidence};
}

bool prom_milestone_height(const prom_channel *channel, uint16_t batch, prom_milestone from, uint32_t *height)
{
    const prom_facts *facts = &channel->facts;
    const prom_spend *spent = facts->batches[batch].money.spent;
    const prom_spend *spend = NULL;
    switch (from) {
    case PROM_MILESTONE_SETUP:
        *height = channel->terms.setup_deadline;
        return true;
    case PROM_MILESTONE_TX0:
        spend = &facts->tx0;
        break;
    case PROM_MILESTONE_X: {
        const prom_case known = prom_batch_case(channel, batch, &facts->batches[batch].evidence.statements);
        const prom_attestation *notice = prom_case_notice(&known);
        *height = notice != NULL ? notice->as.notice.height : 0;
        return notice != NULL;
    }
    case PROM_MILESTONE_TXV0:
        spend = spent[PROM_OUTPUT_O0].tx == PROM_TXV0 ? &spent[PROM_OUTPUT_O0] : NULL;
        break;
    case PROM_MILESTONE_TXA:
        spend = spent[PROM_OUTPUT_OV0].tx == PROM_TXA ? &spent[PROM_OUTPUT_OV0] : NULL;
        break;
    case PROM_MILESTONE_CLOSING:
        for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
            const bool closes = spent[i].there && spent[i].tx != PROM_TXV0 && spent[i].tx != PROM_TXA;
            spend = closes ? &spent[i] : spend;
        }
        break;
    case PROM_MILESTONES:
        break;
    }
    *height = spend != NULL ? spend->height : 0;
    return spend != NULL && spend->there;
}

bool prom_window_of(const prom_channel *channel, uint16_t batch, prom_deadline_id id, prom_tip_window *window)
{
    uint32_t height = 0;
    if (!prom_milestone_height(channel, batch, prom_deadline_of(id)->from, &height)) {
        return false;
    }
    *window = prom_deadline_window(id, &channel->terms.P, prom_channel_network(channel), height);
    return true;
}

bool prom_window_has_begun(const struct step *step, uint16_t batch, prom_deadline_id id)
{
    prom_tip_window window;
    return prom_window_of(step->channel, batch, id, &window) && prom_view_best(step->view) >= window.earliest;
}

bool prom_window_is_ending(const struct step *step, uint16_t batch, prom_deadline_id id)
{
    prom_tip_window window;
    return prom_window_of(step->channel, batch, id, &window) && step->view->own_tip >= window.latest;
}

bool prom_window_is_over(const struct step *step, uint16_t batch, prom_deadline_id id)
{
    prom_tip_window window;
    return prom_window_of(step->channel, batch, id, &window) && step->view->own_tip > window.latest;
}

bool prom_window_is_open(const struct step *step, uint16_t batch, prom_deadline_id id)
{
    return prom_window_has_begun(step, batch, id) && !prom_window_is_over(step, batch, id);
}

size_t prom_channel_watched(const prom_channel *channel, prom_outpoint watched[PROM_WATCHED_MAX])
{
    size_t count = 0;
    if (channel->tree == NULL) {
        return 0;
    }
    const prom_tx *tx0 = channel->tree->tx[PROM_TX0].tx;
    for (size_t i = 0; i < tx0->input_count; i++) {
        watched[count++] = tx0->inputs[i].outpoint;
    }
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        watched[count++] = channel->tree->output[i].outpoint;
    }
    return count;
}

unsigned prom_channel_scheme(const prom_channel *channel, uint16_t batch)
{
    const prom_spend *spent = channel->facts.batches[batch].money.spent;
    unsigned scheme = 0;
    for (size_t i = 0; i < PROM_TREE_OUTPUTS && channel->tree != NULL; i++) {
        if (spent[i].there && spent[i].tx < channel->tree->tx_count) {
            scheme = channel->tree->tx[spent[i].tx].scheme != 0 ? channel->tree->tx[spent[i].tx].scheme : scheme;
        }
    }
    return scheme;
}
