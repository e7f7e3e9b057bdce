/* The Merkle tree over codewords. Its leaves stand at the powers of a root of unity, in order, and a folding takes the
 * point at i of 2^h to the one at i modulo 2^(h-1): so the sibling of node i of 2^h is the one half of them away, and
 * both words of every hash lie in a row, ready for prom_tagged_hash_many. Leaves are tagged hashes
 * `prometheus/proof/leaf` of their words, nodes `prometheus/proof/node` of the lower and the upper child. */
#ifndef PROOF_HASH_TREE_H
#define PROOF_HASH_TREE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/parallel.h"
#include "prometheus/crypto/hash_many.h"

/* Words of a node's hash that the node above is made of, and that a proof gives: 224 bits, for which a collision costs
 * 2^112 hashes. The root is all of its hash. */
#define PROOF_TREE_KEPT_WORDS 7

/* Leaves by columns: word w of leaf i is columns[w][i]. */
typedef struct proof_leaves {
    const uint32_t *const *columns;
    size_t column_count;
} proof_leaves;

typedef struct proof_tree {
    const prom_hash_kernels *kernels;
    proof_leaves leaves;
    size_t log_width;
    /* Of all levels but the leaves': that of 2^h nodes begins at 2^h, the root is at 1. */
    uint32_t *words[PROM_HASH_WORDS];
} proof_tree;

/* Makes the tree over 2^log_width leaves, whose columns must outlive it. */
PROM_MUST_USE prom_result prom_hash_tree_new(prom_arena *arena, proof_tree *tree, const prom_hash_kernels *kernels,
                                             const prom_parallel *parallel, const proof_leaves *leaves,
                                             size_t log_width, prom_error *error);
prom_bytes32 prom_hash_tree_root(const proof_tree *tree);

/* Writes the hashes that, with the leaves at `positions`, give the root: level by level from the leaves on, and in the
 * order of the parents' positions. The positions are below 2^log_width and strictly rising. */
PROM_MUST_USE prom_result prom_hash_tree_open(prom_arena *arena, prom_writer *writer, const proof_tree *tree,
                                              const size_t *positions, size_t count, prom_error *error);

/* Some leaves of a tree of 2^log_width, as a proof opens them. The positions are the verifier's own, below 2^log_width
 * and strictly rising. */
typedef struct proof_opened_leaves {
    proof_leaves leaves;
    const size_t *positions;
    size_t count;
    size_t log_width;
} proof_opened_leaves;

/* Reads such hashes and checks that they lead from the opened leaves to the root. PROM_CATEGORY_BAD_INPUT when they do
 * not. */
PROM_MUST_USE prom_result prom_hash_tree_verify(prom_arena *arena, prom_reader *reader,
                                                const prom_hash_kernels *kernels, const prom_bytes32 *root,
                                                const proof_opened_leaves *opened, prom_error *error);

#endif
