/* What a watchtower sees of its contracts in the chain, and what is due: a fold over blocks and a function of it.
 * Nothing is kept on a disk: a tower that starts again reads the blocks again. */
#ifndef TOWER_WATCH_H
#define TOWER_WATCH_H

#include "prometheus/contract/index.h"
#include "tower/file.h"

/* What became of the output that a branch spends. */
typedef struct prom_tower_output {
    bool made;
    uint32_t made_height;
    bool spent;
    uint32_t spent_height;
    prom_bytes32 spender;
} prom_tower_output;

typedef struct prom_tower_contract {
    prom_tower_file file;
    prom_tower_output outputs[PROM_TOWER_BRANCHES_MAX]; /* of each branch */
} prom_tower_contract;

/* Takes the block after the tip; takes the tip, at `height`, off. */
PROM_MUST_USE prom_result prom_tower_connect(prom_tower_contract *contracts, size_t count,
                                             const prom_index_block *block, prom_arena *arena, prom_error *error);
void prom_tower_disconnect(prom_tower_contract *contracts, size_t count, uint32_t height);

/* Where a contract stands. */
typedef enum prom_tower_state {
    PROM_TOWER_WAITS,    /* Tx0 was not seen */
    PROM_TOWER_LOCKED,   /* nobody has spent O0 */
    PROM_TOWER_ACCUSED,  /* TxV0 */
    PROM_TOWER_APPEALED, /* TxA */
    PROM_TOWER_SETTLED,
    PROM_TOWER_STATES,
} prom_tower_state;

/* Returns it. `height`, which may be NULL, gets that of the block in which this began, 0 where it waits. */
prom_tower_state prom_tower_state_of(const prom_tower_contract *contract, uint32_t *height);
/* Returns "waiting", "locked", "accused", "appealed", "settled". */
const char *prom_tower_state_name(prom_tower_state state);
/* Returns whether it was settled so deep that no reorganisation undoes it. */
bool prom_tower_is_over(const prom_tower_contract *contract, uint32_t tip);

/* Finds the branch that is to be in a block now: its output is in the chain and unspent, its tip has come. Returns NULL
 * when there is none. `held`: TxA is not to be; then Tx5 is, when its tip has come. */
const prom_tower_branch *prom_tower_due(const prom_tower_contract *contract, uint32_t tip, prom_fee_obligation *due,
                                        const prom_chain_parameters *network, bool held);

#endif
