#include "tower/watch.h"

#include <string.h>

#include "prometheus/contract/deadline.h"

/* -- The fold -- */

static void see_tx(prom_tower_contract *contract, uint32_t height, const prom_tx *tx, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < contract->file.branch_count; i++) {
        const prom_outpoint *spends = &contract->file.branches[i].spends;
        prom_tower_output *output = &contract->outputs[i];
        if (prom_bytes32_equal(txid, &spends->txid)) {
            output->made = true;
            output->made_height = height;
        }
        if (prom_tx_spends(tx, spends)) {
            output->spent = true;
            output->spent_height = height;
            output->spender = *txid;
        }
    }
}

prom_result prom_tower_connect(prom_tower_contract *contracts, size_t count, const prom_index_block *block,
                               prom_arena *arena, prom_error *error)
{
    for (size_t i = 0; i < block->tx_count; i++) {
        prom_bytes32 txid;
        PROM_TRY(prom_tx_id(arena, &txid, block->txs[i], error));
        for (size_t j = 0; j < count; j++) {
            see_tx(&contracts[j], block->height, block->txs[i], &txid);
        }
    }
    return prom_ok();
}

void prom_tower_disconnect(prom_tower_contract *contracts, size_t count, uint32_t height)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < contracts[i].file.branch_count; j++) {
            prom_tower_output *output = &contracts[i].outputs[j];
            output->made = output->made && output->made_height < height;
            output->spent = output->spent && output->spent_height < height;
        }
    }
}

/* -- What follows from it -- */

/* The outputs by what they are, in the order of a file: O0 first, OA last, OV0 before it. */
static const prom_tower_output *output_of(const prom_tower_contract *contract, prom_tree_output which)
{
    const size_t count = contract->file.branch_count;
    const size_t at[PROM_TREE_OUTPUTS] = {0, count - 2, count - 1};
    return &contract->outputs[at[which]];
}

prom_tower_state prom_tower_state_of(const prom_tower_contract *contract, uint32_t *height)
{
    static const prom_tower_state states[PROM_TREE_OUTPUTS] = {PROM_TOWER_LOCKED, PROM_TOWER_ACCUSED,
                                                               PROM_TOWER_APPEALED};
    prom_tower_state state = PROM_TOWER_WAITS;
    uint32_t since = 0;
    for (prom_tree_output which = PROM_OUTPUT_O0; which < PROM_TREE_OUTPUTS; which++) {
        const prom_tower_output *output = output_of(contract, which);
        if (output->made) {
            state = output->spent ? PROM_TOWER_SETTLED : states[which];
            since = output->spent ? output->spent_height : output->made_height;
        }
    }
    if (height != NULL) {
        *height = since;
    }
    return state;
}

const char *prom_tower_state_name(prom_tower_state state)
{
    static const char *const names[PROM_TOWER_STATES] = {"waiting", "locked", "accused", "appealed", "settled"};
    return names[state];
}

bool prom_tower_is_over(const prom_tower_contract *contract, uint32_t tip)
{
    static const prom_parameters nothing;
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&contract->file.genesis);
    uint32_t height = 0;
    return prom_tower_state_of(contract, &height) == PROM_TOWER_SETTLED && network != NULL &&
           tip > prom_deadline_window(PROM_DEADLINE_KEEP, &nothing, network, height).latest;
}

const prom_tower_branch *prom_tower_due(const prom_tower_contract *contract, uint32_t tip, prom_fee_obligation *due,
                                        const prom_chain_parameters *network, bool held)
{
    for (size_t i = 0; i < contract->file.branch_count; i++) {
        const prom_tower_branch *branch = &contract->file.branches[i];
        const prom_tower_output *output = &contract->outputs[i];
        const int64_t opens = (int64_t)output->made_height + branch->opens;
        if (output->made && !output->spent && tip >= opens && !(held && branch->id == PROM_BRANCH_TXA)) {
            const bool bounded = branch->closes != PROM_TOWER_OPEN;
            *due = (prom_fee_obligation){.first_tip = opens,
                                         .last_block =
                                             bounded ? (int64_t)output->made_height + branch->closes : PROM_WINDOW_OPEN,
                                         .at_risk = branch->at_risk,
                                         .lateness = branch->lateness,
                                         .safety_margin = network->safety_margin};
            return branch;
        }
    }
    return NULL;
}
