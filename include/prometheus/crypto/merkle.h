/* Merkle trees over items, with one opening for any set of positions. Leaves are tagged hashes `prometheus/leaf`,
 * inner nodes `prometheus/branch`; a last node without a sibling is carried up as it is; the root is the tagged hash
 * `prometheus/root` of the number of items (64 bits) and the top node, so that the number is committed to. */
#ifndef PROMETHEUS_CRYPTO_MERKLE_H
#define PROMETHEUS_CRYPTO_MERKLE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

/* Computes the hash of an item's leaf. */
void prom_merkle_leaf(prom_bytes32 *leaf, prom_span item);

/* Computes the root over `count` leaves. PROM_CATEGORY_BAD_INPUT when there is none. */
PROM_MUST_USE prom_result prom_merkle_root(prom_arena *arena, prom_bytes32 *root, const prom_bytes32 *leaves,
                                           size_t count, prom_error *error);

/* Lists the hashes (32 bytes each, one after another) that prove the leaves at the given positions, which are strictly
 * rising and below `count`; none are needed when all positions are opened. */
PROM_MUST_USE prom_result prom_merkle_open(prom_arena *arena, prom_span *opening, const prom_bytes32 *leaves,
                                           size_t count, const size_t *positions, size_t position_count,
                                           prom_error *error);

/* Some of the items of a tree. */
typedef struct prom_merkle_items {
    size_t count; /* of all items */
    const size_t *positions;
    const prom_bytes32 *leaves; /* one at each position */
    size_t position_count;
} prom_merkle_items;

/* Checks that the items stand under `root`. PROM_CATEGORY_BAD_INPUT, with the reason, when they do not, when a hash is
 * missing or left over, or when the positions are not as prom_merkle_open demands. */
PROM_MUST_USE prom_result prom_merkle_verify(prom_arena *arena, const prom_bytes32 *root,
                                             const prom_merkle_items *items, prom_span opening, prom_error *error);

PROM_DECLARATIONS_END

#endif
