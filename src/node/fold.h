/* The index of the chain and the wallet's coins, both folds over the same blocks. */
#ifndef NODE_FOLD_H
#define NODE_FOLD_H

#include "node/coins.h"
#include "prometheus/contract/index.h"

typedef struct prom_node prom_node;

typedef struct prom_fold {
    prom_arena arena; /* the index's */
    prom_index *index;
    prom_coins *coins;
} prom_fold;

/* Makes an empty one, whose first block will be the one at `first`. */
PROM_MUST_USE prom_result prom_fold_new(prom_node *node, prom_fold **fold, uint32_t first, prom_error *error);
void prom_fold_free(prom_fold *fold); /* NULL is fine */
/* Notes that so many keys are used, at least, and watches as many more, wherever coins are folded (prom_coins_watch).
 */
PROM_MUST_USE prom_result prom_fold_watch(prom_node *node, prom_coins_used used, prom_error *error);
/* Returns the height of the last block; one below the first before there is one. */
uint32_t prom_fold_tip(const prom_fold *fold);
/* Takes the next block. After a failure it is as before. */
PROM_MUST_USE prom_result prom_fold_connect(prom_fold *fold, const prom_index_block *block, prom_error *error);
/* Takes the last block off. */
void prom_fold_disconnect(prom_fold *fold);
/* Returns whether it holds that block. */
bool prom_fold_has(const prom_fold *fold, uint32_t height, const prom_bytes32 *hash);

#endif
