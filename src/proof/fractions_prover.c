#include "proof/fractions.h"

#include <string.h>

/* Leaves, and nodes that are not kept, are made so many at a time: few enough for the first level of a processor's
 * cache and for a thread's stack, of which a round takes some 40 KiB. */
enum { AT_ONCE = 128 };

/* Some of the leaves. */

typedef struct some_leaves {
    prom_element numerators[AT_ONCE];
    prom_element denominators[PROM_EXTENSION_DEGREE][AT_ONCE];
} some_leaves;

static prom_base_fractions leaves_from(const prom_leaves *leaves, some_leaves *memory, size_t start, size_t count)
{
    prom_planes denominators;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        denominators.plane[i] = memory->denominators[i];
    }
    leaves->write(leaves->context, memory->numerators, denominators, start, count);
    return (prom_base_fractions){memory->numerators, denominators};
}

/* -- The tree -- */

/* The layers of a tree of n variables have 2^0 to 2^n nodes, the last being the leaves. Those that are kept stand one
 * of 2^k nodes after 2^k others. */
typedef struct fraction_tree {
    const prom_field_kernels *kernels;
    size_t variables;
    const prom_leaves *leaves;
    size_t not_kept; /* layers */
    size_t capacity; /* nodes that the memory holds */
    prom_fractions memory;
    size_t layer; /* the one to sum up */
} fraction_tree;

/* Fractions of the extension, AT_ONCE at most. */
typedef struct nodes {
    prom_element numerators[PROM_EXTENSION_DEGREE][AT_ONCE];
    prom_element denominators[PROM_EXTENSION_DEGREE][AT_ONCE];
} nodes;

static prom_fractions nodes_in(nodes *memory)
{
    prom_fractions at;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        at.numerators.plane[i] = memory->numerators[i];
        at.denominators.plane[i] = memory->denominators[i];
    }
    return at;
}

static size_t length_at_once(size_t count)
{
    return count < AT_ONCE ? count : AT_ONCE;
}

static bool is_kept(const fraction_tree *tree, size_t layer)
{
    return layer + tree->not_kept <= tree->variables;
}

/* Where a layer that is kept stands; or the next one, which takes the memory of all of them. */
static prom_fractions layer_of(const fraction_tree *tree, size_t layer)
{
    return prom_fractions_at(tree->memory, is_kept(tree, layer) ? (size_t)1 << layer : 0);
}

/* Nodes `start` to `start + count`, AT_ONCE at most, of the layer above the leaves. */
static void sum_pairs(const fraction_tree *tree, prom_fractions sum, size_t start, size_t count)
{
    some_leaves memory[2];
    const size_t second = start + ((size_t)1 << (tree->variables - 1));
    const prom_base_fractions first = leaves_from(tree->leaves, &memory[0], start, count);
    tree->kernels->add_base_fractions(sum, first, leaves_from(tree->leaves, &memory[1], second, count), count);
}

/* How far after a node its descendant stands, `depth` layers below: each bit of `path`, the highest first, chooses a
 * child. */
static size_t descendant(size_t layer, size_t depth, size_t path)
{
    size_t offset = 0;
    for (size_t i = 0; i < depth; i++) {
        offset += (path >> (depth - 1 - i) & 1) << (layer + i);
    }
    return offset;
}

/* Nodes of one of the three layers above the leaves: descendants one after the other, and sums of two as soon as both
 * are there. */
static void sum_up(const fraction_tree *tree, size_t layer, prom_fractions sum, size_t start, size_t count)
{
    enum { DEPTH_MAX = 2 };
    nodes memory[DEPTH_MAX];
    const prom_fractions held[] = {sum, nodes_in(&memory[0]), nodes_in(&memory[1])};
    const size_t depth = tree->variables - 1 - layer;
    size_t count_held = 0;
    for (size_t path = 0; path < (size_t)1 << depth; path++) {
        sum_pairs(tree, held[count_held++], start + descendant(layer, depth, path), count);
        for (size_t done = path + 1; done % 2 == 0; done /= 2) {
            count_held--;
            tree->kernels->add_fractions(held[count_held - 1], held[count_held - 1], held[count_held], count);
        }
    }
}

static void sum_block(void *argument, size_t index)
{
    const fraction_tree *tree = argument;
    const size_t width = (size_t)1 << tree->layer;
    const size_t count = prom_block_length(width);
    const size_t start = index * count;
    const prom_fractions sum = prom_fractions_at(layer_of(tree, tree->layer), start);
    if (is_kept(tree, tree->layer + 1)) {
        const prom_fractions first = prom_fractions_at(layer_of(tree, tree->layer + 1), start);
        tree->kernels->add_fractions(sum, first, prom_fractions_at(first, width), count);
        return;
    }
    const size_t length = length_at_once(count);
    for (size_t i = 0; i < count; i += length) {
        sum_up(tree, tree->layer, prom_fractions_at(sum, i), start + i, length);
    }
}

static void sum_layer(const prom_prover *prover, fraction_tree *tree, size_t layer)
{
    tree->layer = layer;
    prom_parallel_run(prover->parallel, sum_block, tree, prom_block_count((size_t)1 << layer));
}

static prom_result grow(const prom_prover *prover, fraction_tree *tree, prom_error *error)
{
    tree->capacity = fractions_capacity(tree->variables, tree->not_kept);
    PROM_TRY(prom_planes_new(prover->scratch, &tree->memory.numerators, tree->capacity, error));
    PROM_TRY(prom_planes_new(prover->scratch, &tree->memory.denominators, tree->capacity, error));
    for (size_t layer = tree->variables; layer-- > 0;) {
        if (is_kept(tree, layer)) {
            sum_layer(prover, tree, layer);
        }
    }
    return prom_ok();
}

static prom_fraction fraction_at(prom_fractions fractions, size_t index)
{
    return (prom_fraction){prom_planes_get(fractions.numerators, index),
                           prom_planes_get(fractions.denominators, index)};
}

/* A leaf of the base field, as any other node. */
static void lift(const prom_leaves *leaves, prom_fractions to, size_t leaf)
{
    some_leaves memory;
    const prom_base_fractions at = leaves_from(leaves, &memory, leaf, 1);
    const prom_extension numerator = prom_extension_of(at.numerators[0]);
    const prom_extension denominator = prom_planes_get(at.denominators, 0);
    prom_planes_set(to.numerators, 0, &numerator);
    prom_planes_set(to.denominators, 0, &denominator);
}

static prom_result root_of(const fraction_tree *tree, prom_fraction *root, prom_error *error)
{
    nodes memory;
    prom_fractions at = nodes_in(&memory);
    if (tree->variables == 0) {
        lift(tree->leaves, at, 0);
    } else if (is_kept(tree, 0)) {
        at = layer_of(tree, 0);
    } else {
        sum_up(tree, 0, at, 0, 1);
    }
    *root = fraction_at(at, 0);
    if (prom_extension_is_zero(&root->denominator)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a fraction of a sum to prove has a denominator of zero");
    }
    if (!prom_extension_is_zero(&root->numerator)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "fractions that are to be proven to add up to zero do not");
    }
    return prom_ok();
}

/* -- The sumcheck of one layer -- */

/* Over weights(x) * (p0(x) * q1(x) + p1(x) * q0(x)), where the numerators p1 of the second children have combination *
 * q1 in them. Children that are not kept get memory when as many of their variables are fixed as make them fit it:
 * until then a round makes what it needs, from nodes or from leaves. */
typedef struct layer_sumcheck {
    const fraction_tree *tree;
    const prom_field_kernels *kernels;
    size_t layer;                 /* of the nodes; their children are one below */
    size_t unkept;                /* variables to fix before the children have memory; 0: they always have */
    prom_fractions children[2];   /* that memory */
    prom_equality_tables weights; /* of the variables after the round's */
    size_t fixed;                 /* variables, at `challenges` */
    size_t size;                  /* elements of a child that the round is over */
    bool swapped;                 /* whether h(1) is wanted in place of h(0) */
    const prom_extension *challenges;
    prom_extension combination;
    prom_extension *values;   /* of each block, and */
    prom_extension *leadings; /* the leading coefficients */
} layer_sumcheck;

static bool are_leaves(const layer_sumcheck *sumcheck)
{
    return sumcheck->layer + 1 == sumcheck->tree->variables;
}

/* Number `start` of a child's nodes, among those of both. */
static size_t node_of(const layer_sumcheck *sumcheck, size_t child, size_t start)
{
    return (child << sumcheck->layer) + start;
}

/* Of leaves, with one variable fixed. */
static void fold_leaves(const layer_sumcheck *sumcheck, prom_fractions to, size_t child, size_t start, size_t count)
{
    some_leaves memory[2];
    const prom_leaves *leaves = sumcheck->tree->leaves;
    const size_t half = (size_t)1 << sumcheck->layer >> 1;
    const prom_base_fractions low = leaves_from(leaves, &memory[0], node_of(sumcheck, child, start), count);
    const prom_base_fractions high = leaves_from(leaves, &memory[1], node_of(sumcheck, child, start + half), count);
    sumcheck->kernels->fold(to.numerators, sumcheck->challenges, low.numerators, high.numerators, count);
    sumcheck->kernels->fold_extensions(to.denominators, sumcheck->challenges, low.denominators, high.denominators,
                                       count);
}

/* Makes elements `start` to `start + count`, AT_ONCE at most, of a child without memory: with no variable fixed, or of
 * leaves one. */
static void make_first(const layer_sumcheck *sumcheck, prom_fractions to, size_t child, size_t start, size_t count)
{
    if (are_leaves(sumcheck)) {
        fold_leaves(sumcheck, to, child, start, count);
    } else {
        sum_up(sumcheck->tree, sumcheck->layer + 1, to, node_of(sumcheck, child, start), count);
    }
}

/* The same with as many variables fixed as are, which is one more at most. */
static void make(const layer_sumcheck *sumcheck, prom_fractions to, size_t child, size_t start, size_t count)
{
    const size_t first = are_leaves(sumcheck) ? 1 : 0;
    if (sumcheck->fixed < first) {
        lift(sumcheck->tree->leaves, to, node_of(sumcheck, child, start)); /* of the two leaves that are all */
        return;
    }
    make_first(sumcheck, to, child, start, count);
    if (sumcheck->fixed > first) {
        nodes memory;
        const prom_fractions high = nodes_in(&memory);
        const prom_extension *challenge = &sumcheck->challenges[sumcheck->fixed - 1];
        make_first(sumcheck, high, child, start + sumcheck->size, count);
        sumcheck->kernels->fold_extensions(to.numerators, challenge, to.numerators, high.numerators, count);
        sumcheck->kernels->fold_extensions(to.denominators, challenge, to.denominators, high.denominators, count);
    }
}

static void combine(const layer_sumcheck *sumcheck, prom_fractions second, size_t count)
{
    sumcheck->kernels->add_scaled_extensions(second.numerators, &sumcheck->combination, second.denominators, count);
}

/* Makes `count` elements of each child, from `start` on, those that the round is over, in the children's memory: made
 * where they had none before, else folded at the last challenge. The numerators of second children are combined once,
 * at first. */
static void prepare(const layer_sumcheck *sumcheck, size_t start, size_t count)
{
    const size_t length = length_at_once(count);
    if (sumcheck->fixed > sumcheck->unkept) {
        for (size_t i = 0; i < 2; i++) {
            const prom_extension *challenge = &sumcheck->challenges[sumcheck->fixed - 1];
            prom_fold_range(sumcheck->kernels, sumcheck->children[i].denominators, challenge, sumcheck->size, start,
                            count);
            prom_fold_range(sumcheck->kernels, sumcheck->children[i].numerators, challenge, sumcheck->size, start,
                            count);
        }
        return;
    }
    for (size_t i = 0; sumcheck->unkept > 0 && i < 2; i++) {
        for (size_t at = start; at < start + count; at += length) {
            make(sumcheck, prom_fractions_at(sumcheck->children[i], at), i, at, length);
        }
    }
    combine(sumcheck, prom_fractions_at(sumcheck->children[1], start), count);
}

/* A round's sums over some elements: of both children, where the variable is 0 and where it is 1. */
typedef struct sums {
    prom_extension value;
    prom_extension leading;
} sums;

/* Of leaves as they are. */
static sums sum_leaves(const layer_sumcheck *sumcheck, prom_planes weights, size_t low, size_t high, size_t count)
{
    const prom_leaves *leaves = sumcheck->tree->leaves;
    some_leaves memory[4];
    prom_base_fractions at_low[2];
    prom_base_fractions at_high[2];
    sums made;
    for (size_t child = 0; child < 2; child++) {
        at_low[child] = leaves_from(leaves, &memory[child], node_of(sumcheck, child, low), count);
        at_high[child] = leaves_from(leaves, &memory[2 + child], node_of(sumcheck, child, high), count);
    }
    sumcheck->kernels->round_of_base_fractions(&made.value, &made.leading, weights, &sumcheck->combination, at_low,
                                               at_high, count);
    return made;
}

/* Of others without memory. */
static sums sum_unkept(const layer_sumcheck *sumcheck, prom_planes weights, size_t low, size_t high, size_t count)
{
    nodes memory[4];
    prom_fractions at_low[2];
    prom_fractions at_high[2];
    sums made;
    for (size_t child = 0; child < 2; child++) {
        at_low[child] = nodes_in(&memory[child]);
        at_high[child] = nodes_in(&memory[2 + child]);
        make(sumcheck, at_low[child], child, low, count);
        make(sumcheck, at_high[child], child, high, count);
    }
    combine(sumcheck, at_low[1], count);
    combine(sumcheck, at_high[1], count);
    sumcheck->kernels->round_of_fractions(&made.value, &made.leading, weights, at_low, at_high, count);
    return made;
}

static void do_unkept_block(const layer_sumcheck *sumcheck, size_t index, size_t low, size_t high, size_t count)
{
    const size_t length = length_at_once(count);
    sumcheck->values[index] = prom_extension_zero();
    sumcheck->leadings[index] = prom_extension_zero();
    for (size_t i = 0; i < count; i += length) {
        const bool as_they_are = are_leaves(sumcheck) && sumcheck->fixed == 0;
        const prom_planes weights = prom_planes_at(sumcheck->weights.inner, i);
        const sums made = (as_they_are ? sum_leaves : sum_unkept)(sumcheck, weights, low + i, high + i, length);
        sumcheck->values[index] = prom_extension_add(&sumcheck->values[index], &made.value);
        sumcheck->leadings[index] = prom_extension_add(&sumcheck->leadings[index], &made.leading);
    }
}

static void do_block(void *argument, size_t index)
{
    const layer_sumcheck *sumcheck = argument;
    const size_t half = sumcheck->size / 2;
    const size_t count = prom_block_length(half);
    const size_t start = index * count;
    const size_t low = sumcheck->swapped ? half + start : start;
    const size_t high = sumcheck->swapped ? start : half + start;
    if (sumcheck->fixed < sumcheck->unkept) {
        do_unkept_block(sumcheck, index, low, high, count);
        return;
    }
    prepare(sumcheck, start, count);
    prepare(sumcheck, half + start, count);
    const prom_fractions *children = sumcheck->children;
    const prom_fractions at_low[] = {prom_fractions_at(children[0], low), prom_fractions_at(children[1], low)};
    const prom_fractions at_high[] = {prom_fractions_at(children[0], high), prom_fractions_at(children[1], high)};
    sumcheck->kernels->round_of_fractions(&sumcheck->values[index], &sumcheck->leadings[index], sumcheck->weights.inner,
                                          at_low, at_high, count);
}

/* The blocks' sums, each with its weight. */
static prom_extension weighted_sum(prom_planes weights, const prom_extension *blocks, size_t count)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < count; i++) {
        const prom_extension weight = prom_planes_get(weights, i);
        const prom_extension product = prom_extension_multiply(&weight, &blocks[i]);
        sum = prom_extension_add(&sum, &product);
    }
    return sum;
}

/* What is sent in a round: h(1) - h(0) and the leading coefficient of h. The blocks give one of h(0) and h(1), and the
 * claim, h(0) + coordinate * (h(1) - h(0)), gives the other, for it is not h(0) alone unless the coordinate is zero;
 * then the blocks give h(1). */
static void do_round(const prom_prover *prover, layer_sumcheck *sumcheck, const prom_extension *claim,
                     const prom_extension *coordinate, prom_extension sent[2])
{
    const size_t blocks = prom_block_count(sumcheck->size / 2);
    sumcheck->swapped = prom_extension_is_zero(coordinate);
    prom_parallel_run(prover->parallel, do_block, sumcheck, blocks);
    const prom_extension value = weighted_sum(sumcheck->weights.outer, sumcheck->values, blocks);
    if (sumcheck->swapped) {
        sent[0] = prom_extension_subtract(&value, claim);
    } else {
        const prom_extension rise = prom_extension_subtract(claim, &value);
        const prom_extension inverse = prom_extension_inverse(coordinate);
        sent[0] = prom_extension_multiply(&rise, &inverse);
    }
    sent[1] = weighted_sum(sumcheck->weights.outer, sumcheck->leadings, blocks);
}

/* The values of both children at the point, and p1 without what it was combined with. */
static void get_children(const layer_sumcheck *sumcheck, prom_extension children[CHILD_VALUES])
{
    for (size_t i = 0; i < 2; i++) {
        children[FIRST_NUMERATOR + i] = prom_planes_get(sumcheck->children[i].numerators, 0);
        children[FIRST_DENOMINATOR + i] = prom_planes_get(sumcheck->children[i].denominators, 0);
    }
    const prom_extension combined = prom_extension_multiply(&sumcheck->combination, &children[SECOND_DENOMINATOR]);
    children[SECOND_NUMERATOR] = prom_extension_subtract(&children[SECOND_NUMERATOR], &combined);
}

/* Where the layer's children are: in the tree, in its memory once they are summed up there, or nowhere yet. */
static void find_children(const prom_prover *prover, fraction_tree *tree, size_t layer, layer_sumcheck *sumcheck)
{
    const size_t left = tree->variables - layer; /* 1: the children are leaves */
    sumcheck->layer = layer;
    sumcheck->unkept = left < tree->not_kept ? tree->not_kept - left : 0;
    if (sumcheck->unkept > 0) {
        sumcheck->children[0] = tree->memory;
        sumcheck->children[1] = prom_fractions_at(tree->memory, tree->capacity / 2);
        return;
    }
    if (left == tree->not_kept) {
        sum_layer(prover, tree, layer + 1);
    }
    sumcheck->children[0] = layer_of(tree, layer + 1);
    sumcheck->children[1] = prom_fractions_at(sumcheck->children[0], (size_t)1 << layer);
}

static void prove_layer(const prom_prover *prover, layer_sumcheck *sumcheck, prom_extension *point,
                        prom_fraction *values)
{
    const size_t layer = sumcheck->layer;
    prom_extension children[CHILD_VALUES];
    sumcheck->combination = fractions_combination(prover->transcript);
    sumcheck->size = (size_t)1 << layer;
    sumcheck->challenges = point;
    prom_extension claim = fractions_combined(values, &sumcheck->combination);
    prom_equality_tables_set(&sumcheck->weights, prover->kernels, point, layer);
    for (sumcheck->fixed = 0; sumcheck->fixed < layer; sumcheck->fixed++) {
        prom_extension *coordinate = &point[sumcheck->fixed];
        prom_extension sent[2];
        prom_equality_tables_drop(&sumcheck->weights, prover->kernels);
        do_round(prover, sumcheck, &claim, coordinate, sent);
        prom_prover_send(prover, FRACTIONS_ROUND, sent, 2);
        const prom_extension challenge = fractions_point(prover->transcript);
        claim = fractions_next_claim(&claim, coordinate, sent, &challenge);
        *coordinate = challenge;
        sumcheck->size /= 2;
    }
    prepare(sumcheck, 0, 1);
    get_children(sumcheck, children);
    prom_prover_send(prover, FRACTIONS_CHILDREN, children, CHILD_VALUES);
    memmove(point + 1, point, layer * sizeof *point);
    point[0] = fractions_point(prover->transcript);
    *values = fractions_of_children(children, &point[0]);
}

prom_result prom_fractions_prove(const prom_prover *prover, const prom_leaves *leaves, size_t variables,
                                 prom_extension *point, prom_fraction *values, prom_error *error)
{
    fraction_tree tree = {.kernels = prover->kernels, .variables = variables, .leaves = leaves};
    tree.not_kept = fractions_layers_not_kept(variables);
    layer_sumcheck sumcheck = {.tree = &tree, .kernels = prover->kernels};
    if (variables > PROM_FRACTIONS_VARIABLES_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "fractions of %zu variables are too many to prove", variables);
    }
    const size_t blocks = prom_block_count(((size_t)1 << variables) / 4);
    PROM_TRY(grow(prover, &tree, error));
    PROM_TRY(root_of(&tree, values, error));
    PROM_TRY(prom_equality_tables_new(prover->scratch, &sumcheck.weights, variables > 0 ? variables - 1 : 0, error));
    PROM_TRY_NEW(sumcheck.values, prover->scratch, blocks, error);
    PROM_TRY_NEW(sumcheck.leadings, prover->scratch, blocks, error);
    fractions_begin(prover->transcript, variables);
    prom_prover_send(prover, FRACTIONS_ROOT, &values->denominator, 1);
    for (size_t layer = 0; layer < variables; layer++) {
        find_children(prover, &tree, layer, &sumcheck);
        prove_layer(prover, &sumcheck, point, values);
    }
    return prom_ok();
}
