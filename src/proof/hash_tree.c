#include "proof/hash_tree.h"

enum { KEPT_WORDS = PROOF_TREE_KEPT_WORDS, NODE_WORDS = 2 * KEPT_WORDS };
/* Messages that are hashed at a time: at least so many, and in at most so many parts. */
enum { BLOCK_MIN = 512, BLOCKS_MAX = 64 };

static const char leaf_tag[] = "prometheus/proof/leaf";
static const char node_tag[] = "prometheus/proof/node";

/* One level: nodes that are kept, and their children, cut into blocks. */
typedef struct tree_level {
    const proof_tree *tree;
    size_t nodes;
    size_t block;
    const uint32_t **memory; /* pointers to the leaves' words, for each block */
} tree_level;

static void shift_words(const uint32_t **shifted, const uint32_t *const *words, size_t count, size_t offset)
{
    for (size_t w = 0; w < count; w++) {
        shifted[w] = words[w] + offset;
    }
}

/* Leaves' hashes are made once for their parents and not kept: they would be half of all. */
enum { LEAVES_AT_ONCE = 256 };

typedef struct leaf_hashes {
    uint32_t words[2][PROM_HASH_WORDS][LEAVES_AT_ONCE];
} leaf_hashes;

static void hash_leaves(const tree_level *level, size_t block, uint32_t words[PROM_HASH_WORDS][LEAVES_AT_ONCE],
                        size_t start, size_t count)
{
    const proof_tree *tree = level->tree;
    const uint32_t **leaves = level->memory + block * tree->leaves.column_count;
    uint32_t *hashes[PROM_HASH_WORDS];
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        hashes[w] = words[w];
    }
    shift_words(leaves, tree->leaves.columns, tree->leaves.column_count, start);
    prom_tagged_hash_many(tree->kernels, hashes, leaf_tag, leaves, tree->leaves.column_count, count);
}

static void hash_nodes(const tree_level *level, const uint32_t *const children[NODE_WORDS], size_t start, size_t count)
{
    uint32_t *hashes[PROM_HASH_WORDS];
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        hashes[w] = level->tree->words[w] + level->nodes + start;
    }
    prom_tagged_hash_many(level->tree->kernels, hashes, node_tag, children, NODE_WORDS, count);
}

/* Parents of leaves. */
static void hash_bottom_block(void *argument, size_t index)
{
    const tree_level *level = argument;
    const size_t length = level->block < LEAVES_AT_ONCE ? level->block : LEAVES_AT_ONCE;
    const uint32_t *children[NODE_WORDS];
    leaf_hashes hashes;
    for (size_t w = 0; w < NODE_WORDS; w++) {
        children[w] = hashes.words[w / KEPT_WORDS][w % KEPT_WORDS];
    }
    for (size_t start = index * level->block; start < (index + 1) * level->block; start += length) {
        hash_leaves(level, index, hashes.words[0], start, length);
        hash_leaves(level, index, hashes.words[1], level->nodes + start, length);
        hash_nodes(level, children, start, length);
    }
}

static void hash_block(void *argument, size_t index)
{
    const tree_level *level = argument;
    const uint32_t *children[NODE_WORDS];
    const size_t start = index * level->block;
    for (size_t w = 0; w < NODE_WORDS; w++) {
        children[w] = level->tree->words[w % KEPT_WORDS] + (2 + w / KEPT_WORDS) * level->nodes + start;
    }
    hash_nodes(level, children, start, level->block);
}

/* `nodes` is a power of two. */
static void hash_level(tree_level *level, const prom_parallel *parallel, void (*hash)(void *argument, size_t index))
{
    const size_t blocks = level->nodes / BLOCK_MIN < BLOCKS_MAX ? level->nodes / BLOCK_MIN : BLOCKS_MAX;
    level->block = blocks > 0 ? level->nodes / blocks : level->nodes;
    prom_parallel_run(parallel, hash, level, blocks > 0 ? blocks : 1);
}

prom_result prom_hash_tree_new(prom_arena *arena, proof_tree *tree, const prom_hash_kernels *kernels,
                               const prom_parallel *parallel, const proof_leaves *leaves, size_t log_width,
                               prom_error *error)
{
    const size_t width = (size_t)1 << log_width;
    tree_level level = {.tree = tree};
    *tree = (proof_tree){kernels, *leaves, log_width, {NULL}};
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        PROM_TRY_NEW(tree->words[w], arena, width > 1 ? width : 2, error);
    }
    if (width == 1) {
        uint32_t *root[PROM_HASH_WORDS];
        for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
            root[w] = tree->words[w] + 1;
        }
        prom_tagged_hash_many(kernels, root, leaf_tag, leaves->columns, leaves->column_count, 1);
        return prom_ok();
    }
    PROM_TRY_NEW(level.memory, arena, BLOCKS_MAX * leaves->column_count, error);
    for (level.nodes = width / 2; level.nodes > 0; level.nodes /= 2) {
        hash_level(&level, parallel, level.nodes == width / 2 ? hash_bottom_block : hash_block);
    }
    return prom_ok();
}

prom_bytes32 prom_hash_tree_root(const proof_tree *tree)
{
    prom_bytes32 root;
    for (size_t i = 0; i < sizeof root.bytes; i++) {
        root.bytes[i] = (uint8_t)(tree->words[i / 4][1] >> (24 - 8 * (i % 4)));
    }
    return root;
}

/* A node of the level above, and where its children stand among the known nodes of this one, if they do. */
typedef struct family {
    size_t parent;
    size_t child[2]; /* the lower one and the upper one */
} family;

#define UNKNOWN SIZE_MAX

/* The parents of `count` known nodes of a level of 2 * half, in order. Gives their number. */
static size_t find_families(family *families, const size_t *positions, size_t count, size_t half)
{
    size_t lower = 0;
    size_t found = 0;
    size_t upper = 0;
    while (upper < count && positions[upper] < half) {
        upper++;
    }
    const size_t lower_end = upper;
    while (lower < lower_end || upper < count) {
        const size_t low = lower < lower_end ? positions[lower] : UNKNOWN;
        const size_t high = upper < count ? positions[upper] - half : UNKNOWN;
        family *next = &families[found++];
        next->parent = low < high ? low : high;
        next->child[0] = low == next->parent ? lower++ : UNKNOWN;
        next->child[1] = high == next->parent ? upper++ : UNKNOWN;
    }
    return found;
}

/* Memory for one level: families, and the positions of the known nodes. */
static prom_result new_level(prom_arena *arena, family **families, size_t **known, const size_t *positions,
                             size_t count, prom_error *error)
{
    PROM_TRY_NEW(*families, arena, count, error);
    PROM_TRY_NEW(*known, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        (*known)[i] = positions[i];
    }
    return prom_ok();
}

static void write_hash(prom_writer *writer, uint32_t *const hashes[PROM_HASH_WORDS], size_t at)
{
    for (size_t w = 0; w < KEPT_WORDS; w++) {
        prom_write_u32(writer, hashes[w][at]);
    }
}

/* The leaves of `families` that are not known, whose hashes are made once more. */
static prom_result open_leaves(prom_arena *arena, prom_writer *writer, const proof_tree *tree, const family *families,
                               size_t count, prom_error *error)
{
    const size_t half = (size_t)1 << tree->log_width >> 1;
    uint32_t *hashes[PROM_HASH_WORDS];
    uint32_t **words = NULL;
    size_t unknown = 0;
    PROM_TRY_NEW(words, arena, tree->leaves.column_count, error);
    for (size_t c = 0; c < tree->leaves.column_count; c++) {
        PROM_TRY_NEW(words[c], arena, count, error);
    }
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        PROM_TRY_NEW(hashes[w], arena, count, error);
    }
    for (size_t i = 0; i < 2 * count; i++) { /* of a family one at most is not known */
        const size_t leaf = i % 2 * half + families[i / 2].parent;
        if (families[i / 2].child[i % 2] == UNKNOWN) {
            for (size_t c = 0; c < tree->leaves.column_count; c++) {
                words[c][unknown] = tree->leaves.columns[c][leaf];
            }
            unknown++;
        }
    }
    prom_tagged_hash_many(tree->kernels, hashes, leaf_tag, (const uint32_t *const *)words, tree->leaves.column_count,
                          unknown);
    for (size_t i = 0; i < unknown; i++) {
        write_hash(writer, hashes, i);
    }
    return prom_ok();
}

static void open_nodes(prom_writer *writer, const proof_tree *tree, const family *families, size_t count, size_t half)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t side = 0; side < 2; side++) {
            if (families[i].child[side] == UNKNOWN) {
                write_hash(writer, tree->words, 2 * half + side * half + families[i].parent);
            }
        }
    }
}

prom_result prom_hash_tree_open(prom_arena *arena, prom_writer *writer, const proof_tree *tree, const size_t *positions,
                                size_t count, prom_error *error)
{
    const size_t width = (size_t)1 << tree->log_width;
    family *families = NULL;
    size_t *known = NULL;
    PROM_TRY(new_level(arena, &families, &known, positions, count, error));
    for (size_t half = width / 2; half > 0; half /= 2) {
        count = find_families(families, known, count, half);
        for (size_t i = 0; i < count; i++) {
            known[i] = families[i].parent;
        }
        if (half == width / 2) {
            PROM_TRY(open_leaves(arena, writer, tree, families, count, error));
        } else {
            open_nodes(writer, tree, families, count, half);
        }
    }
    return prom_ok();
}

/* The nodes above: hashes of known children, and of those that the reader gives. */
static void climb(uint32_t *const nodes[PROM_HASH_WORDS], uint32_t *const children[NODE_WORDS],
                  const prom_hash_kernels *kernels, const family *families, size_t count, prom_reader *reader)
{
    const uint32_t *words[NODE_WORDS];
    for (size_t w = 0; w < NODE_WORDS; w++) {
        words[w] = children[w];
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t side = 0; side < 2; side++) {
            const size_t child = families[i].child[side];
            for (size_t w = 0; w < KEPT_WORDS; w++) {
                children[side * KEPT_WORDS + w][i] = child == UNKNOWN ? prom_read_u32(reader) : nodes[w][child];
            }
        }
    }
    prom_tagged_hash_many(kernels, nodes, node_tag, words, NODE_WORDS, count);
}

prom_result prom_hash_tree_verify(prom_arena *arena, prom_reader *reader, const prom_hash_kernels *kernels,
                                  const prom_bytes32 *root, const proof_opened_leaves *opened, prom_error *error)
{
    size_t count = opened->count;
    family *families = NULL;
    size_t *known = NULL;
    uint32_t *nodes[PROM_HASH_WORDS];
    uint32_t *children[NODE_WORDS];
    PROM_TRY(new_level(arena, &families, &known, opened->positions, count, error));
    for (size_t w = 0; w < NODE_WORDS; w++) {
        PROM_TRY_NEW(children[w], arena, count, error);
    }
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        PROM_TRY_NEW(nodes[w], arena, count, error);
    }
    prom_tagged_hash_many(kernels, nodes, leaf_tag, opened->leaves.columns, opened->leaves.column_count, count);
    for (size_t half = (size_t)1 << opened->log_width >> 1; half > 0; half /= 2) {
        count = find_families(families, known, count, half);
        climb(nodes, children, kernels, families, count, reader);
        for (size_t i = 0; i < count; i++) {
            known[i] = families[i].parent;
        }
    }
    prom_reader expected = prom_reader_of(prom_span_of32(root));
    bool equal = true;
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        equal = prom_read_u32(&expected) == nodes[w][0] && equal;
    }
    return equal ? prom_ok()
                 : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the values that were opened are not those under the Merkle root");
}
