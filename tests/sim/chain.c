#include "chain.h"

#include <stdlib.h>
#include <string.h>

void prom_sim_chain_init(sim_chain *chain, const sim_world *world, prom_arena *arena, uint32_t first)
{
    memset(chain, 0, sizeof *chain);
    chain->world = world;
    chain->arena = arena;
    chain->branch = 0;
    while (chain->tip == NULL || chain->tip->height < world->tip) {
        prom_error error = {{0}};
        void *memory = NULL;
        NEED(prom_arena_alloc(arena, &memory, 1, sizeof *chain->tip, &error), &error);
        sim_block *block = memory;
        block->parent = chain->tip;
        block->height = chain->tip == NULL ? first : chain->tip->height + 1;
        block->hash = prom_sim_block_hash(world, block->height, 0);
        chain->tip = block;
    }
}

static sim_tx *find(sim_chain *chain, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < chain->tx_count; i++) {
        if (prom_bytes32_equal(&chain->txs[i].txid, txid)) {
            return &chain->txs[i];
        }
    }
    return NULL;
}

/* The output that is spent: one of a transaction that was seen, or a coin or offer that Tx0 is to spend. */
static bool find_output(sim_chain *chain, prom_tx_output *output, const prom_outpoint *outpoint)
{
    const sim_tx *maker = find(chain, &outpoint->txid);
    const prom_tree_tx *tx0 = &chain->world->tree->tx[PROM_TX0];
    if (maker != NULL) {
        if (outpoint->index < maker->tx->output_count) {
            *output = maker->tx->outputs[outpoint->index];
            return true;
        }
        return false;
    }
    for (size_t i = 0; i < tx0->tx->input_count; i++) {
        if (prom_outpoint_equal(&tx0->tx->inputs[i].outpoint, outpoint)) {
            *output = tx0->spent[i];
            return true;
        }
    }
    return false;
}

static uint32_t index_in_tree(const prom_tree *tree, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < tree->tx_count; i++) {
        if (prom_bytes32_equal(&tree->tx[i].txid, txid)) {
            return (uint32_t)i;
        }
    }
    return PROM_TREE_OTHER;
}

sim_tx *prom_sim_chain_see(sim_chain *chain, const prom_tx *tx)
{
    prom_error error = {{0}};
    prom_bytes32 txid;
    prom_tx_output spent[PROM_INPUTS_MAX];
    NEED(prom_tx_id(chain->arena, &txid, tx, &error), &error);
    sim_tx *known = find(chain, &txid);
    if (known != NULL) {
        return known;
    }
    for (size_t i = 0; i < tx->input_count; i++) {
        if (!find_output(chain, &spent[i], &tx->inputs[i].outpoint)) {
            return NULL;
        }
    }
    for (size_t i = 0; i < tx->input_count; i++) {
        if (!prom_sim_script_holds(chain->world->curve, chain->arena, tx, i, spent)) {
            return NULL;
        }
    }
    if (chain->tx_count == SIM_TXS_MAX) {
        return NULL;
    }
    sim_tx *made = &chain->txs[chain->tx_count++];
    *made = (sim_tx){.tx = tx, .txid = txid, .index = index_in_tree(chain->world->tree, &txid)};
    return made;
}

static bool spends(const prom_tx *tx, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        if (prom_outpoint_equal(&tx->inputs[i].outpoint, outpoint)) {
            return true;
        }
    }
    return false;
}

/* Whether what an input spends is there, and old enough (BIP 68, in blocks). */
static bool input_fits(const sim_chain *chain, const prom_tx_input *input)
{
    enum { DISABLED = 31, MASK = 0xffff };
    const uint32_t next = chain->tip->height + 1;
    uint32_t made = 1; /* coins and offers are old */
    for (size_t i = 0; i < chain->tx_count; i++) {
        const sim_tx *tx = &chain->txs[i];
        const bool there = tx->height != 0 || tx->taken;
        if (there && spends(tx->tx, &input->outpoint)) {
            return false;
        }
        if (prom_bytes32_equal(&tx->txid, &input->outpoint.txid)) {
            made = tx->height != 0 ? tx->height : tx->taken ? next : 0;
        }
    }
    const bool locked = input->sequence >> DISABLED == 0;
    return made != 0 && (!locked || made + (input->sequence & MASK) <= next);
}

bool prom_sim_chain_fits(const sim_chain *chain, const sim_tx *tx)
{
    bool fits = tx->height == 0 && !tx->taken;
    for (size_t i = 0; fits && i < tx->tx->input_count; i++) {
        fits = input_fits(chain, &tx->tx->inputs[i]);
    }
    return fits;
}

sim_tx *prom_sim_chain_spender(sim_chain *chain, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < chain->tx_count; i++) {
        if (chain->txs[i].height != 0 && spends(chain->txs[i].tx, outpoint)) {
            return &chain->txs[i];
        }
    }
    return NULL;
}

static void take(sim_chain *chain, sim_block *block, sim_tx *tx)
{
    if (block->count < SIM_BLOCK_TXS_MAX && prom_sim_chain_fits(chain, tx)) {
        tx->taken = true;
        block->txs[block->count++] = tx;
    }
}

/* Of an honest party's transactions those that are due, and those whose time has not begun, for what they spend is not
 * there or not old enough: their time begins anew. */
static void take_wished(sim_chain *chain, sim_block *block)
{
    for (size_t i = 0; i < chain->tx_count; i++) {
        sim_tx *tx = &chain->txs[i];
        const bool fits = prom_sim_chain_fits(chain, tx);
        for (size_t j = 0; j < chain->world->places; j++) {
            sim_wish *wish = &tx->wishes[j];
            if (wish->there && !fits && !tx->taken && tx->height == 0) {
                wish->due = block->height + chain->world->network->safety_margin;
            } else if (wish->there && wish->due <= block->height) {
                take(chain, block, tx);
            }
        }
    }
}

void prom_sim_chain_mine(sim_chain *chain, sim_tx *const *chosen, size_t count)
{
    prom_error error = {{0}};
    void *memory = NULL;
    NEED(prom_arena_alloc(chain->arena, &memory, 1, sizeof *chain->tip, &error), &error);
    sim_block *block = memory;
    block->parent = chain->tip;
    block->height = chain->tip->height + 1;
    block->hash = prom_sim_block_hash(chain->world, block->height, ++chain->branch);
    for (size_t i = 0; i < count; i++) {
        take(chain, block, chosen[i]);
    }
    take_wished(chain, block);
    for (size_t i = 0; i < block->count; i++) {
        block->txs[i]->taken = false;
        block->txs[i]->height = block->height;
    }
    chain->tip = block;
}

void prom_sim_chain_undo(sim_chain *chain)
{
    for (size_t i = 0; i < chain->tip->count; i++) {
        sim_tx *tx = chain->tip->txs[i];
        tx->height = 0;
        tx->pooled = true;
        tx->undone = true;
    }
    chain->tip = chain->tip->parent;
}

void prom_sim_chain_wish(sim_chain *chain, sim_tx *tx, size_t place, uint32_t tip)
{
    sim_wish *wish = &tx->wishes[place];
    if (!wish->there) {
        *wish = (sim_wish){true, tip + chain->world->network->safety_margin};
    }
    tx->pooled = true;
}

void prom_sim_chain_wish_not(sim_chain *chain, size_t place, uint32_t index)
{
    for (size_t i = 0; i < chain->tx_count; i++) {
        if (chain->txs[i].index == index && chain->txs[i].height == 0) { /* what is mined may be undone */
            chain->txs[i].wishes[place].there = false;
        }
    }
}
