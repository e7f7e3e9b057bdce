#include "prometheus/crypto/merkle.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

void prom_merkle_leaf(prom_bytes32 *leaf, prom_span item)
{
    prom_tagged_hash(leaf, "prometheus/leaf", item);
}

static void branch(prom_bytes32 *parent, const prom_bytes32 *left, const prom_bytes32 *right)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/branch");
    prom_hasher_add(&hasher, prom_span_of32(left));
    prom_hasher_add(&hasher, prom_span_of32(right));
    prom_hasher_finish(&hasher, parent);
}

static void root_of_top(prom_bytes32 *root, size_t count, const prom_bytes32 *top)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)((uint64_t)count >> (56 - 8 * i));
    }
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/root");
    prom_hasher_add(&hasher, prom_span_of(bytes, sizeof bytes));
    prom_hasher_add(&hasher, prom_span_of32(top));
    prom_hasher_finish(&hasher, root);
}

static size_t half_up(size_t width)
{
    return width / 2 + width % 2;
}

/* Replaces the `width` nodes of a level by the level above. */
static void climb(prom_bytes32 *level, size_t width)
{
    for (size_t i = 0; i + 1 < width; i += 2) {
        branch(&level[i / 2], &level[i], &level[i + 1]);
    }
    if (width % 2 == 1) {
        level[width / 2] = level[width - 1];
    }
}

static prom_result copy_level(prom_arena *arena, prom_bytes32 **level, const prom_bytes32 *leaves, size_t count,
                              prom_error *error)
{
    if (count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a Merkle tree needs at least one item");
    }
    PROM_TRY_NEW(*level, arena, count, error);
    memcpy(*level, leaves, count * sizeof *leaves);
    return prom_ok();
}

prom_result prom_merkle_root(prom_arena *arena, prom_bytes32 *root, const prom_bytes32 *leaves, size_t count,
                             prom_error *error)
{
    prom_bytes32 *level = NULL;
    PROM_TRY(copy_level(arena, &level, leaves, count, error));
    for (size_t width = count; width > 1; width = half_up(width)) {
        climb(level, width);
    }
    root_of_top(root, count, &level[0]);
    return prom_ok();
}

static prom_result copy_positions(prom_arena *arena, size_t **copy, const size_t *positions, size_t position_count,
                                  size_t count, prom_error *error)
{
    if (position_count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "an opening needs at least one position");
    }
    for (size_t i = 0; i < position_count; i++) {
        if (positions[i] >= count || (i > 0 && positions[i] <= positions[i - 1])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "opened position %zu of %zu items is out of order or range", positions[i], count);
        }
    }
    PROM_TRY_NEW(*copy, arena, position_count, error);
    memcpy(*copy, positions, position_count * sizeof *positions);
    return prom_ok();
}

/* The known nodes of one level, and how they give those of the level above: a node's sibling is missing at the end of
 * an odd level, is the next known node, or is a hash of the opening. */
typedef enum sibling { SIBLING_NONE, SIBLING_NEXT, SIBLING_HASH } sibling;

static sibling sibling_of(const size_t *positions, size_t known, size_t at, size_t width)
{
    const size_t other = positions[at] ^ 1U;
    if (other >= width) {
        return SIBLING_NONE;
    }
    return at + 1 < known && positions[at + 1] == other ? SIBLING_NEXT : SIBLING_HASH;
}

prom_result prom_merkle_open(prom_arena *arena, prom_span *opening, const prom_bytes32 *leaves, size_t count,
                             const size_t *positions, size_t position_count, prom_error *error)
{
    prom_bytes32 *level = NULL;
    size_t *at = NULL;
    PROM_TRY(copy_level(arena, &level, leaves, count, error));
    PROM_TRY(copy_positions(arena, &at, positions, position_count, count, error));
    prom_writer writer = prom_writer_in(arena);
    size_t known = position_count;
    for (size_t width = count; width > 1; width = half_up(width)) {
        size_t above = 0;
        for (size_t i = 0; i < known; i++) {
            const sibling kind = sibling_of(at, known, i, width);
            if (kind == SIBLING_HASH) {
                prom_write_bytes32(&writer, &level[at[i] ^ 1U]);
            }
            at[above++] = at[i] / 2;
            i += kind == SIBLING_NEXT;
        }
        known = above;
        climb(level, width);
    }
    return prom_writer_finish(&writer, opening, error);
}

prom_result prom_merkle_verify(prom_arena *arena, const prom_bytes32 *root, const prom_merkle_items *items,
                               prom_span opening, prom_error *error)
{
    prom_bytes32 *level = NULL;
    size_t *at = NULL;
    prom_reader reader = prom_reader_of(opening);
    PROM_TRY(copy_positions(arena, &at, items->positions, items->position_count, items->count, error));
    PROM_TRY(copy_level(arena, &level, items->leaves, items->position_count, error));
    size_t known = items->position_count;
    for (size_t width = items->count; width > 1; width = half_up(width)) {
        size_t above = 0;
        for (size_t i = 0; i < known; i++) {
            const sibling kind = sibling_of(at, known, i, width);
            prom_bytes32 node = level[i];
            if (kind != SIBLING_NONE) {
                const prom_bytes32 other = kind == SIBLING_NEXT ? level[i + 1] : prom_read_bytes32(&reader);
                const bool left = at[i] % 2 == 0;
                branch(&node, left ? &level[i] : &other, left ? &other : &level[i]);
            }
            level[above] = node;
            at[above++] = at[i] / 2;
            i += kind == SIBLING_NEXT;
        }
        known = above;
    }
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a Merkle opening has %zu bytes: hashes are missing or left over", opening.length);
    }
    prom_bytes32 rebuilt;
    root_of_top(&rebuilt, items->count, &level[0]);
    if (!prom_bytes32_equal(&rebuilt, root)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the opened items are not those under the Merkle root");
    }
    return prom_ok();
}
