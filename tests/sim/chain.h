/* The simulated chain: transactions whose scripts are satisfied, blocks, and what waits to be mined. */
#ifndef SIM_CHAIN_H
#define SIM_CHAIN_H

#include "dice.h"
#include "world.h"

enum { SIM_TXS_MAX = 96, SIM_BLOCK_TXS_MAX = 16 };

/* That an honest party wants a transaction mined. */
typedef struct sim_wish {
    bool there;
    uint32_t due; /* height of the block that it is in at the latest, unless something else spent what it spends */
} sim_wish;

typedef struct sim_tx {
    const prom_tx *tx;
    prom_bytes32 txid;
    uint32_t index;  /* in the tree, or PROM_TREE_OTHER */
    uint32_t height; /* of its block in the best chain; 0: in none */
    bool pooled;     /* somebody has broadcast it */
    bool pushed;     /* a coalition has it in the next block that it fits into */
    bool taken;      /* into the block that is being made */
    bool undone;     /* it was in a block that was reorganised away */
    sim_wish wishes[PROM_PLACES_MAX];
} sim_tx;

typedef struct sim_block {
    struct sim_block *parent;
    uint32_t height;
    prom_bytes32 hash;
    sim_tx *txs[SIM_BLOCK_TXS_MAX];
    size_t count;
} sim_block;

typedef struct sim_chain {
    const sim_world *world;
    prom_arena *arena;
    sim_block *tip;
    uint64_t branch; /* counts blocks, so that each has a hash of its own */
    sim_tx txs[SIM_TXS_MAX];
    size_t tx_count;
} sim_chain;

/* Begins with empty blocks from `first` to the world's tip. */
void prom_sim_chain_init(sim_chain *chain, const sim_world *world, prom_arena *arena, uint32_t first);

/* Takes a transaction into what the network has seen: NULL when its scripts are not satisfied, or what it spends was
 * never made. It is in no mempool yet. */
sim_tx *prom_sim_chain_see(sim_chain *chain, const prom_tx *tx);

/* Whether it may stand in the next block behind those that are `taken`. */
bool prom_sim_chain_fits(const sim_chain *chain, const sim_tx *tx);
/* The transaction in the best chain that spends the outpoint, or NULL. */
sim_tx *prom_sim_chain_spender(sim_chain *chain, const prom_outpoint *outpoint);

/* Mines the next block: first, in this order, what is in the list and fits; then what is wished for and due. */
void prom_sim_chain_mine(sim_chain *chain, sim_tx *const *chosen, size_t count);
/* Takes the tip's block off the best chain: what it held waits again, and what was due by then still is: a
 * transaction of an honest party is in time in whatever chain is the best in the end. */
void prom_sim_chain_undo(sim_chain *chain);

/* Says that the party at `place` wants the transaction mined, from its own tip `tip` on; or nothing any more. */
void prom_sim_chain_wish(sim_chain *chain, sim_tx *tx, size_t place, uint32_t tip);
void prom_sim_chain_wish_not(sim_chain *chain, size_t place, uint32_t index);

/* Whether the witness of an input satisfies the output that it spends: Taproot, and of tapscript the few opcodes that
 * the contract uses (script.c). */
bool prom_sim_script_holds(const prom_curve *curve, prom_arena *arena, const prom_tx *tx, size_t index,
                           const prom_tx_output *spent);

#endif
