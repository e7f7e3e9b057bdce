#include "prometheus/bitcoin/taproot.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

const prom_bytes32 prom_unspendable_key = {{0x50, 0x92, 0x9b, 0x74, 0xc1, 0xa0, 0x49, 0x54, 0xb7, 0x8b, 0x4b,
                                            0x60, 0x35, 0xe9, 0x7a, 0x5e, 0x07, 0x8a, 0x5a, 0x0f, 0x28, 0xec,
                                            0x96, 0xd5, 0x47, 0xbf, 0xee, 0x9a, 0xce, 0x80, 0x3a, 0xc0}};

/* A subtree: the leaves [first, end) and the hash over them. */
typedef struct subtree {
    size_t depth;
    size_t first;
    size_t end;
    prom_bytes32 hash;
} subtree;

static prom_result leaf_hash(prom_arena *arena, prom_taproot_leaf *leaf, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, arena); /* what is hashed need not stay */
    prom_writer writer = prom_writer_in(&scratch);
    prom_span bytes;
    prom_write_u8(&writer, leaf->version);
    prom_write_compact_size(&writer, leaf->script.length);
    prom_write_span(&writer, leaf->script);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    prom_tagged_hash(&leaf->hash, "TapLeaf", bytes);
    return prom_ok();
}

static void branch_hash(prom_bytes32 *hash, const prom_bytes32 *a, const prom_bytes32 *b)
{
    const bool in_order = prom_bytes32_compare_vartime(a, b) <= 0;
    prom_hasher hasher;
    prom_hasher_init(&hasher, "TapBranch");
    prom_hasher_add(&hasher, prom_span_of32(in_order ? a : b));
    prom_hasher_add(&hasher, prom_span_of32(in_order ? b : a));
    prom_hasher_finish(&hasher, hash);
}

void prom_taproot_tweak(prom_bytes32 *tweak, const prom_bytes32 *internal_key, const prom_bytes32 *merkle_root)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "TapTweak");
    prom_hasher_add(&hasher, prom_span_of32(internal_key));
    if (merkle_root != NULL) {
        prom_hasher_add(&hasher, prom_span_of32(merkle_root));
    }
    prom_hasher_finish(&hasher, tweak);
}

/* Puts `hash` after the Merkle paths of the leaves of a subtree; `paths` holds the control blocks under way. */
static void extend_paths(prom_writer *paths, const subtree *tree, const prom_bytes32 *hash)
{
    for (size_t i = tree->first; i < tree->end; i++) {
        prom_write_bytes32(&paths[i], hash);
    }
}

static void merge(subtree *left, const subtree *right, prom_writer *paths)
{
    prom_bytes32 hash;
    branch_hash(&hash, &left->hash, &right->hash);
    extend_paths(paths, left, &right->hash);
    extend_paths(paths, right, &left->hash);
    *left = (subtree){left->depth - 1, left->first, right->end, hash};
}

/* Reduces the leaves to one subtree of depth 0, its hash the Merkle root. */
static prom_result build_tree(prom_arena *arena, prom_bytes32 *root, prom_taproot_leaf *leaves, size_t leaf_count,
                              prom_writer *paths, prom_error *error)
{
    /* Merged as far as possible, the depths rise strictly from 1: at most one subtree for each, and a new leaf. */
    subtree stack[PROM_TAPROOT_DEPTH_MAX + 1];
    size_t height = 0;
    for (size_t i = 0; i < leaf_count; i++) {
        const bool complete = height > 0 && stack[0].depth == 0;
        if (complete || leaves[i].depth > PROM_TAPROOT_DEPTH_MAX ||
            (height > 0 && stack[height - 1].depth > leaves[i].depth)) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "the depths of a script tree's leaves describe no tree");
        }
        PROM_TRY(leaf_hash(arena, &leaves[i], error));
        stack[height++] = (subtree){leaves[i].depth, i, i + 1, leaves[i].hash};
        while (height >= 2 && stack[height - 1].depth == stack[height - 2].depth) {
            merge(&stack[height - 2], &stack[height - 1], paths);
            height--;
        }
    }
    if (height != 1 || stack[0].depth != 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the depths of a script tree's leaves describe no tree");
    }
    *root = stack[0].hash;
    return prom_ok();
}

prom_result prom_taproot_build(const prom_curve *curve, prom_arena *arena, prom_bytes32 *output_key,
                               prom_bytes32 *merkle_root, const prom_taproot *taproot, prom_error *error)
{
    prom_taproot_leaf *leaves = taproot->leaves;
    const size_t leaf_count = taproot->leaf_count;
    const prom_bytes32 *internal_key = taproot->internal_key;
    prom_writer *paths = NULL;
    prom_bytes32 root = {{0}};
    prom_bytes32 tweak;
    bool odd = false;
    PROM_TRY_NEW(paths, arena, leaf_count, error);
    for (size_t i = 0; i < leaf_count; i++) {
        paths[i] = prom_writer_in(arena);
        prom_write_u8(&paths[i], 0); /* version and parity: below, when the output key is known */
        prom_write_bytes32(&paths[i], internal_key);
    }
    if (leaf_count > 0) {
        PROM_TRY(build_tree(arena, &root, leaves, leaf_count, paths, error));
    }
    prom_taproot_tweak(&tweak, internal_key, leaf_count > 0 ? &root : NULL);
    PROM_TRY(prom_public_key_tweak(curve, output_key, &odd, internal_key, &tweak, error));
    for (size_t i = 0; i < leaf_count; i++) {
        PROM_TRY(prom_writer_finish(&paths[i], &leaves[i].control, error));
        paths[i].data[0] = (uint8_t)(leaves[i].version | (odd ? 1 : 0));
    }
    if (merkle_root != NULL) {
        *merkle_root = root;
    }
    return prom_ok();
}
