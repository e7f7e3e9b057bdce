/* What a block says of the contract's money: a fold that forgets with a block what the block brought. Keys that a
 * witness has shown stay known. */
#include <string.h>

#include "setup/parts.h"
#include "steps/steps.h"

static bool spends_input_of_tx0(const prom_channel *channel, const prom_tx *tx)
{
    const prom_tx *tx0 = channel->tree->tx[PROM_TX0].tx;
    bool found = false;
    for (size_t i = 0; i < tx0->input_count; i++) {
        found = found || prom_tx_spends(tx, &tx0->inputs[i].outpoint);
    }
    return found;
}

/* h_p, where the witness shows it: from then on everybody may know it. */
static void read_key(const prom_channel *channel, prom_money *money, const prom_tx *tx, const prom_outpoint *outpoint)
{
    prom_bytes32 h_p;
    if (!money->key_known && prom_tree_find_preimage(&h_p, tx, outpoint, &channel->terms.h)) {
        money->key_known = true;
        money->h_p = h_p;
    }
}

static void connect_batch(struct step *step, uint16_t batch, const prom_tx *tx, const prom_spend *spend)
{
    prom_money *money = &step->facts->batches[batch].money;
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        const prom_outpoint *outpoint = &step->channel->tree->output[i].outpoint;
        if (prom_tx_spends(tx, outpoint)) {
            money->spent[i] = *spend;
            read_key(step->channel, money, tx, outpoint);
        }
    }
}

static prom_result connect_tx(struct step *step, uint32_t height, const prom_tx *tx)
{
    prom_facts *facts = step->facts;
    prom_spend spend = {.there = true, .height = height};
    PROM_TRY(prom_tx_id(step->arena, &spend.txid, tx, step->error));
    spend.tx = prom_tree_index(step->channel->tree, &spend.txid);
    if (spend.tx == PROM_TX0) {
        facts->tx0 = spend;
        PROM_TRY(prom_setup_tx0_mined(step, tx));
    } else if (spends_input_of_tx0(step->channel, tx)) {
        facts->spoilt = spend;
        PROM_TRY(prom_setup_spoilt(step));
    }
    for (size_t i = 0; i < facts->batch_count; i++) {
        connect_batch(step, (uint16_t)i, tx, &spend);
    }
    return prom_ok();
}

prom_result prom_money_connect(struct step *step, const prom_event *event)
{
    for (size_t i = 0; i < event->as.block.count && step->channel->tree != NULL; i++) {
        PROM_TRY(connect_tx(step, event->as.block.height, event->as.block.txs[i]));
    }
    return prom_ok();
}

static void forget(prom_spend *spend, uint32_t height)
{
    if (spend->there && spend->height >= height) {
        memset(spend, 0, sizeof *spend);
    }
}

prom_result prom_money_disconnect(struct step *step, const prom_event *event)
{
    prom_facts *facts = step->facts;
    forget(&facts->tx0, event->as.unblock);
    forget(&facts->spoilt, event->as.unblock);
    for (size_t i = 0; i < facts->batch_count; i++) {
        for (size_t j = 0; j < PROM_TREE_OUTPUTS; j++) {
            forget(&facts->batches[i].money.spent[j], event->as.unblock);
        }
    }
    return prom_ok();
}
