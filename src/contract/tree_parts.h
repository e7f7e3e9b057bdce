/* What the files of the tree share. */
#ifndef CONTRACT_TREE_PARTS_H
#define CONTRACT_TREE_PARTS_H

#include "prometheus/contract/tree.h"

/* Payees with an output of their own: C, W, V, A_1 to A_n, F. */
enum { PROM_TREE_FUND = PROM_PARTIES + PROM_ARBITERS_MAX, PROM_TREE_PAYEES };

/* What builds a tree; all of it hangs on the terms alone. */
typedef struct prom_tree_builder {
    prom_arena *arena;
    const prom_terms *terms;
    prom_tree *tree;
    prom_span script[PROM_TREE_PAYEES]; /* of the output that pays each */
    prom_span anchor;
    prom_error *error;
} prom_tree_builder;

/* Sets what the steps below need. */
PROM_MUST_USE prom_result prom_tree_builder_new(prom_tree_builder *builder, prom_arena *arena, prom_tree *tree,
                                                const prom_terms *terms, prom_error *error);

/* Makes ALL, the tree's outputs, and the keys of their key paths. */
PROM_MUST_USE prom_result prom_tree_describe(const prom_tree_builder *builder, const prom_curve *curve);
/* Finds the largest cost of a path: of an anchor and a fee for each transaction on it, C's output counted in. */
PROM_MUST_USE prom_result prom_tree_find_reserve(const prom_tree_builder *builder);
/* Builds Tx0, with what each pays of its fee. */
PROM_MUST_USE prom_result prom_tree_build_tx0(const prom_tree_builder *builder, const prom_curve *curve);
/* Builds all transactions behind the root, and tells where the outputs stand. */
PROM_MUST_USE prom_result prom_tree_build_branches(const prom_tree_builder *builder);

/* Returns how many S can decide. */
size_t prom_tree_decisions(const prom_parameters *P);

/* Succeeds when a Tx0 of so many virtual bytes is relayed (PROM_TX0_VSIZE_MAX). */
PROM_MUST_USE prom_result prom_tree_check_vsize(size_t vsize, prom_error *error);

/* Makes a transaction with room for so many inputs and outputs, no input locked. */
PROM_MUST_USE prom_result prom_tree_tx_new(const prom_tree_builder *builder, prom_tree_tx *it, size_t input_count,
                                           size_t output_count);
/* Computes the weight with whole witnesses, id and fee of a transaction whose inputs and outputs stand. */
PROM_MUST_USE prom_result prom_tree_measure(const prom_tree_builder *builder, prom_tree_tx *it);

/* Returns the fee at the agreed feerate of a transaction that was measured. */
prom_amount prom_tree_fee(const prom_tree_builder *builder, const prom_tree_tx *it);

/* Adds an output. */
void prom_tree_add_output(prom_tx *tx, prom_amount value, prom_span script);

#endif
