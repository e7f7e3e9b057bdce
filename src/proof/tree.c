#include "proof/tree.h"

enum { KEPT_WORDS = PROOF_TREE_KEPT_WORDS, NODE_WORDS = 2 * KEPT_WORDS };
/* Messages that are hashed at a time: at least so many, and in at most so many parts. */
enum { BLOCK_LEAST = 512, BLOCKS_MOST = 64 };

static const char leaf_tag[] = "prometheus/proof/leaf";
static const char node_tag[] = "prometheus/proof/node";

/* One level: hashes of `count` messages, cut into blocks. */
typedef struct level {
    const prom_hash_kernels *kernels;
    const char *tag;
    uint32_t *hashes[PROM_HASH_WORDS];
    const uint32_t *const *words;
    size_t word_count;
    size_t block;
    const uint32_t **memory; /* word_count pointers for each block */
} level;

static void hash_block(void *argument, size_t index)
{
    const level *of = argument;
    const uint32_t **words = of->memory + index * of->word_count;
    uint32_t *hashes[PROM_HASH_WORDS];
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        hashes[w] = of->hashes[w] + index * of->block;
    }
    for (size_t w = 0; w < of->word_count; w++) {
        words[w] = of->words[w] + index * of->block;
    }
    prom_tagged_hash_many(of->kernels, hashes, of->tag, words, of->word_count, of->block);
}

/* `count` is a power of two. */
static void hash_level(level *of, const prom_parallel *parallel, size_t count)
{
    const size_t blocks = count / BLOCK_LEAST < BLOCKS_MOST ? count / BLOCK_LEAST : BLOCKS_MOST;
    of->block = blocks > 0 ? count / blocks : count;
    prom_parallel_run(parallel, hash_block, of, blocks > 0 ? blocks : 1);
}

prom_result proof_tree_new(prom_arena *arena, proof_tree *tree, const prom_hash_kernels *kernels,
                           const prom_parallel *parallel, const uint32_t *const *columns, size_t column_count,
                           size_t log_width, prom_error *error)
{
    const size_t width = (size_t)1 << log_width;
    const uint32_t *children[NODE_WORDS];
    level of = {kernels, leaf_tag, {NULL}, columns, column_count, 0, NULL};
    tree->log_width = log_width;
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        PROM_TRY_NEW(tree->words[w], arena, 2 * width, error);
        of.hashes[w] = tree->words[w] + width;
    }
    PROM_TRY_NEW(of.memory, arena, BLOCKS_MOST * (column_count > NODE_WORDS ? column_count : NODE_WORDS), error);
    hash_level(&of, parallel, width);
    of.tag = node_tag;
    of.words = children;
    of.word_count = NODE_WORDS;
    for (size_t h = width / 2; h > 0; h /= 2) {
        for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
            of.hashes[w] = tree->words[w] + h;
        }
        for (size_t w = 0; w < KEPT_WORDS; w++) {
            children[w] = tree->words[w] + 2 * h;
            children[KEPT_WORDS + w] = tree->words[w] + 3 * h;
        }
        hash_level(&of, parallel, h);
    }
    return prom_ok();
}

prom_bytes32 proof_tree_root(const proof_tree *tree)
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

prom_result proof_tree_open(prom_arena *arena, prom_writer *writer, const proof_tree *tree, const size_t *positions,
                            size_t count, prom_error *error)
{
    family *families = NULL;
    size_t *known = NULL;
    PROM_TRY(new_level(arena, &families, &known, positions, count, error));
    for (size_t half = (size_t)1 << tree->log_width >> 1; half > 0; half /= 2) {
        count = find_families(families, known, count, half);
        for (size_t i = 0; i < count; i++) {
            known[i] = families[i].parent;
            for (size_t side = 0; side < 2; side++) {
                const size_t node = 2 * half + side * half + families[i].parent;
                for (size_t w = 0; families[i].child[side] == UNKNOWN && w < KEPT_WORDS; w++) {
                    prom_write_u32(writer, tree->words[w][node]);
                }
            }
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

prom_result proof_tree_check(prom_arena *arena, prom_reader *reader, const prom_hash_kernels *kernels,
                             const prom_bytes32 *root, size_t log_width, const uint32_t *const *columns,
                             size_t column_count, const size_t *positions, size_t count, prom_error *error)
{
    family *families = NULL;
    size_t *known = NULL;
    uint32_t *nodes[PROM_HASH_WORDS];
    uint32_t *children[NODE_WORDS];
    PROM_TRY(new_level(arena, &families, &known, positions, count, error));
    for (size_t w = 0; w < NODE_WORDS; w++) {
        PROM_TRY_NEW(children[w], arena, count, error);
    }
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        PROM_TRY_NEW(nodes[w], arena, count, error);
    }
    prom_tagged_hash_many(kernels, nodes, leaf_tag, columns, column_count, count);
    for (size_t half = (size_t)1 << log_width >> 1; half > 0; half /= 2) {
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
