/* What a broadcast asks of bitcoind, answered by the market. */
#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/mempool.h"
#include "fees.h"
#include "prometheus/bitcoin/script.h"

static uint64_t sat(prom_amount amount)
{
    uint64_t value = 0;
    return prom_amount_get(amount, &value) ? value : 0;
}

const sim_tx *prom_fees_seen(const prom_rpc *node, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < node->run->chain.tx_count; i++) {
        if (prom_bytes32_equal(&node->run->chain.txs[i].txid, txid)) {
            return &node->run->chain.txs[i];
        }
    }
    return NULL;
}

static bool is_spent(const prom_rpc *node, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < node->market.tx_count; i++) {
        const market_tx *tx = &node->market.txs[i];
        for (size_t j = 0; tx->mined && j < tx->input_count; j++) {
            if (prom_outpoint_equal(&tx->inputs[j], outpoint)) {
                return true;
            }
        }
    }
    return false;
}

/* An output of a transaction that stands in a block, or a coin from before. */
static bool is_there(const prom_rpc *node, const prom_outpoint *outpoint)
{
    const sim_tx *made = prom_fees_seen(node, &outpoint->txid);
    const bool confirmed = made != NULL ? made->height != 0 : true;
    for (size_t i = 0; i < node->market.tx_count; i++) {
        const market_tx *tx = &node->market.txs[i];
        if (prom_bytes32_equal(&tx->txid, &outpoint->txid) && !tx->mined) {
            return false;
        }
    }
    return confirmed && !is_spent(node, outpoint);
}

bool prom_fees_fits(void *context, const market_tx *tx)
{
    prom_rpc *node = context;
    const sim_tx *branch = prom_fees_seen(node, &tx->txid);
    if (branch != NULL) {
        return prom_sim_chain_fits(&node->run->chain, branch);
    }
    for (size_t i = 0; i < tx->input_count; i++) {
        const market_tx *parent = prom_market_find(&node->market, &tx->inputs[i].txid);
        if (!is_there(node, &tx->inputs[i]) && (parent == NULL || !parent->pooled)) {
            return false;
        }
    }
    return true;
}

static uint32_t vsize_of(prom_rpc *node, const prom_tx *tx)
{
    prom_error error = {{0}};
    size_t weight = 0;
    NEED(prom_tx_weight(&node->run->arena, &weight, tx, &error), &error);
    return (uint32_t)prom_vsize(weight);
}

market_tx *prom_fees_branch(prom_rpc *node, uint32_t index)
{
    const prom_tree_tx *branch = &node->run->world->tree->tx[index];
    const sim_tx *seen = prom_fees_seen(node, &branch->txid);
    market_tx made = {
        .txid = branch->txid, .fee = sat(branch->fee), .version3 = true, .payer = PLACE_C, .index = index};
    if (seen == NULL) {
        return NULL;
    }
    made.vsize = vsize_of(node, seen->tx);
    made.input_count = seen->tx->input_count;
    for (size_t i = 0; i < made.input_count && i < MARKET_INPUTS_MAX; i++) {
        made.inputs[i] = seen->tx->inputs[i].outpoint;
    }
    return prom_market_know(&node->market, &made);
}

/* A child of whoever looks: what it spends are an anchor and its coin. */
static market_tx *know_child(prom_rpc *node, const prom_tx *tx, const prom_bytes32 *txid)
{
    market_tx made = {.txid = *txid,
                      .version3 = true,
                      .payer = node->payer,
                      .index = PROM_TREE_OTHER,
                      .input_count = 2,
                      .at_risk = node->at_risk};
    const uint64_t value = PROM_ANCHOR_SAT + node->coins[node->payer].value;
    made.fee = value - sat(tx->outputs[0].value);
    made.vsize = vsize_of(node, tx);
    made.inputs[0] = tx->inputs[0].outpoint;
    made.inputs[1] = tx->inputs[1].outpoint;
    return prom_market_know(&node->market, &made);
}

static market_tx *know(prom_rpc *node, prom_span bytes)
{
    prom_error error = {{0}};
    prom_tx *tx = NULL;
    prom_bytes32 txid;
    NEED(prom_tx_parse(&node->run->arena, &tx, bytes, &error), &error);
    NEED(prom_tx_id(&node->run->arena, &txid, tx, &error), &error);
    const sim_tx *branch = prom_fees_seen(node, &txid);
    return branch != NULL ? prom_fees_branch(node, branch->index) : know_child(node, tx, &txid);
}

prom_result prom_mempool_submit(prom_rpc *node, prom_chain_verdict *verdict, const prom_span *txs, size_t tx_count,
                                prom_error *error)
{
    market_tx *known[2] = {NULL, NULL};
    (void)error;
    for (size_t i = 0; i < tx_count; i++) {
        known[i] = know(node, txs[i]);
        if (known[i] == NULL) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "the simulated mempool has no room");
        }
    }
    const char *why = prom_market_submit(&node->market, known, tx_count);
    verdict->allowed = why == NULL;
    (void)snprintf(verdict->reason, sizeof verdict->reason, "%s", why == NULL ? "" : why);
    return prom_ok();
}

prom_result prom_mempool_find(prom_rpc *node, prom_arena *arena, prom_mempool_entry *entry, bool *found,
                              const prom_bytes32 *txid, prom_error *error)
{
    market_tx *tx = prom_market_find(&node->market, txid);
    prom_bytes32 *near = NULL;
    *entry = (prom_mempool_entry){.vsize = 0};
    *found = tx != NULL && tx->pooled;
    if (!*found) {
        return prom_ok();
    }
    const market_tx *child = prom_market_child(&node->market, tx);
    const market_tx *parent = prom_market_parent(&node->market, tx);
    PROM_TRY_NEW(near, arena, 2, error);
    near[0] = child != NULL ? child->txid : (prom_bytes32){{0}};
    near[1] = parent != NULL ? parent->txid : (prom_bytes32){{0}};
    *entry = (prom_mempool_entry){.fee = prom_amount_of(tx->fee),
                                  .vsize = tx->vsize,
                                  .descendants_fee = prom_amount_of(tx->fee + (child != NULL ? child->fee : 0)),
                                  .descendants_vsize = tx->vsize + (child != NULL ? (size_t)child->vsize : 0),
                                  .parent_count = parent != NULL,
                                  .parents = near + 1,
                                  .child_count = child != NULL,
                                  .children = near};
    return prom_ok();
}

prom_result prom_mempool_spends(prom_rpc *node, prom_spender *spends, const prom_outpoint *outpoints,
                                size_t outpoint_count, prom_error *error)
{
    (void)error;
    for (size_t i = 0; i < outpoint_count; i++) {
        const market_tx *spender = prom_market_spender(&node->market, &outpoints[i]);
        spends[i] =
            (prom_spender){.where = spender == NULL ? PROM_SPEND_NONE : PROM_SPEND_MEMPOOL, .known = spender != NULL};
        spends[i].txid = spender != NULL ? spender->txid : (prom_bytes32){{0}};
    }
    return prom_ok();
}

prom_result prom_chain_get_coin(prom_rpc *node, prom_arena *arena, prom_chain_coin *coin, bool *found,
                                const prom_outpoint *outpoint, bool with_mempool, prom_error *error)
{
    (void)with_mempool;
    *coin = (prom_chain_coin){.confirmations = 1};
    *found = is_there(node, outpoint);
    coin->output.value = prom_amount_of(node->coins[node->payer].value);
    return prom_script_p2tr(arena, &coin->output.script, &node->run->world->keys[node->payer].payout.public_key, error);
}

prom_result prom_chain_get_feerates(prom_rpc *node, prom_feerates *feerates, bool *estimated, uint32_t blocks,
                                    prom_error *error)
{
    const prom_fee_estimates estimates = prom_market_estimates(&node->market);
    (void)error;
    *estimated = true;
    *feerates = (prom_feerates){.wanted = blocks <= PROM_ESTIMATE_SOON ? estimates.soon : estimates.in_time,
                                .relay = prom_market_relay(&node->market),
                                .incremental = MARKET_INCREMENTAL};
    return prom_ok();
}
