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

/* Layers at the end of a tree, the leaves among them, that are not kept, but summed up from leaves when nodes of them
 * are wanted. One layer more takes half of the memory and a seventh more time: worth it where the memory is large. */
#ifndef FRACTIONS_LARGE
#define FRACTIONS_LARGE 24
#endif

static size_t layers_not_kept(size_t variables)
{
    return variables < FRACTIONS_LARGE ? 2 : 3;
}

/* The layers of a tree of n variables have 2^0 to 2^n nodes, the last being the leaves. Those that are kept stand one
 * of 2^k nodes behind 2^k others. */
typedef struct tree {
    const prom_field_kernels *kernels;
    size_t variables;
    const prom_leaves *leaves;
    size_t not_kept; /* layers */
    size_t capacity; /* nodes that the memory holds */
    prom_fractions memory;
    size_t layer; /* the one to sum up */
} tree;

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

static bool is_kept(const tree *of, size_t layer)
{
    return layer + of->not_kept <= of->variables;
}

/* Where a layer that is kept stands; or the next one, which takes the memory of all of them. */
static prom_fractions layer_of(const tree *of, size_t layer)
{
    return prom_fractions_at(of->memory, is_kept(of, layer) ? (size_t)1 << layer : 0);
}

/* Nodes `start` to `start + count`, AT_ONCE at most, of the layer above the leaves. */
static void sum_pairs(const tree *of, prom_fractions sum, size_t start, size_t count)
{
    some_leaves memory[2];
    const size_t second = start + ((size_t)1 << (of->variables - 1));
    const prom_base_fractions first = leaves_from(of->leaves, &memory[0], start, count);
    of->kernels->add_base_fractions(sum, first, leaves_from(of->leaves, &memory[1], second, count), count);
}

/* How far behind a node its descendant stands, `depth` layers below: each bit of `path`, the highest first, chooses a
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
static void sum_up(const tree *of, size_t layer, prom_fractions sum, size_t start, size_t count)
{
    enum { DEPTH_MAX = 2 };
    nodes memory[DEPTH_MAX];
    const prom_fractions held[] = {sum, nodes_in(&memory[0]), nodes_in(&memory[1])};
    const size_t depth = of->variables - 1 - layer;
    size_t count_held = 0;
    for (size_t path = 0; path < (size_t)1 << depth; path++) {
        sum_pairs(of, held[count_held++], start + descendant(layer, depth, path), count);
        for (size_t done = path + 1; done % 2 == 0; done /= 2) {
            count_held--;
            of->kernels->add_fractions(held[count_held - 1], held[count_held - 1], held[count_held], count);
        }
    }
}

static void sum_block(void *argument, size_t index)
{
    const tree *of = argument;
    const size_t width = (size_t)1 << of->layer;
    const size_t count = prom_block_length(width);
    const size_t start = index * count;
    const prom_fractions sum = prom_fractions_at(layer_of(of, of->layer), start);
    if (is_kept(of, of->layer + 1)) {
        const prom_fractions first = prom_fractions_at(layer_of(of, of->layer + 1), start);
        of->kernels->add_fractions(sum, first, prom_fractions_at(first, width), count);
        return;
    }
    const size_t length = length_at_once(count);
    for (size_t i = 0; i < count; i += length) {
        sum_up(of, of->layer, prom_fractions_at(sum, i), start + i, length);
    }
}

static void sum_layer(const prom_prover *prover, tree *of, size_t layer)
{
    of->layer = layer;
    prom_parallel_run(prover->parallel, sum_block, of, prom_block_count((size_t)1 << layer));
}

static prom_result grow(const prom_prover *prover, tree *grown, prom_error *error)
{
    const size_t largest = grown->variables + 1 > grown->not_kept ? grown->variables + 1 - grown->not_kept : 0;
    grown->capacity = largest > 0 ? (size_t)1 << largest : 2; /* the children of one node need room for two */
    PROM_TRY(prom_planes_new(prover->scratch, &grown->memory.numerators, grown->capacity, error));
    PROM_TRY(prom_planes_new(prover->scratch, &grown->memory.denominators, grown->capacity, error));
    for (size_t layer = grown->variables; layer-- > 0;) {
        if (is_kept(grown, layer)) {
            sum_layer(prover, grown, layer);
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

static prom_result root_of(const tree *grown, prom_fraction *root, prom_error *error)
{
    nodes memory;
    prom_fractions at = nodes_in(&memory);
    if (grown->variables == 0) {
        lift(grown->leaves, at, 0);
    } else if (is_kept(grown, 0)) {
        at = layer_of(grown, 0);
    } else {
        sum_up(grown, 0, at, 0, 1);
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
typedef struct layer_work {
    const tree *tree;
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
} layer_work;

static bool are_leaves(const layer_work *work)
{
    return work->layer + 1 == work->tree->variables;
}

/* Number `start` of a child's nodes, among those of both. */
static size_t node_of(const layer_work *work, size_t child, size_t start)
{
    return (child << work->layer) + start;
}

/* Of leaves, with one variable fixed. */
static void fold_leaves(const layer_work *work, prom_fractions to, size_t child, size_t start, size_t count)
{
    some_leaves memory[2];
    const prom_leaves *leaves = work->tree->leaves;
    const size_t half = (size_t)1 << work->layer >> 1;
    const prom_base_fractions low = leaves_from(leaves, &memory[0], node_of(work, child, start), count);
    const prom_base_fractions high = leaves_from(leaves, &memory[1], node_of(work, child, start + half), count);
    work->kernels->fold(to.numerators, work->challenges, low.numerators, high.numerators, count);
    work->kernels->fold_extensions(to.denominators, work->challenges, low.denominators, high.denominators, count);
}

/* Makes elements `start` to `start + count`, AT_ONCE at most, of a child without memory: with no variable fixed, or of
 * leaves one. */
static void make_first(const layer_work *work, prom_fractions to, size_t child, size_t start, size_t count)
{
    if (are_leaves(work)) {
        fold_leaves(work, to, child, start, count);
    } else {
        sum_up(work->tree, work->layer + 1, to, node_of(work, child, start), count);
    }
}

/* The same with as many variables fixed as are, which is one more at most. */
static void make(const layer_work *work, prom_fractions to, size_t child, size_t start, size_t count)
{
    const size_t first = are_leaves(work) ? 1 : 0;
    if (work->fixed < first) {
        lift(work->tree->leaves, to, node_of(work, child, start)); /* of the two leaves that are all */
        return;
    }
    make_first(work, to, child, start, count);
    if (work->fixed > first) {
        nodes memory;
        const prom_fractions high = nodes_in(&memory);
        const prom_extension *challenge = &work->challenges[work->fixed - 1];
        make_first(work, high, child, start + work->size, count);
        work->kernels->fold_extensions(to.numerators, challenge, to.numerators, high.numerators, count);
        work->kernels->fold_extensions(to.denominators, challenge, to.denominators, high.denominators, count);
    }
}

static void combine(const layer_work *work, prom_fractions second, size_t count)
{
    work->kernels->add_scaled_extensions(second.numerators, &work->combination, second.denominators, count);
}

/* Makes `count` elements of each child, from `start` on, those that the round is over, in the children's memory: made
 * where they had none before, else folded at the last challenge. The numerators of second children are combined once,
 * at first. */
static void prepare(const layer_work *work, size_t start, size_t count)
{
    const size_t length = length_at_once(count);
    if (work->fixed > work->unkept) {
        for (size_t i = 0; i < 2; i++) {
            const prom_extension *challenge = &work->challenges[work->fixed - 1];
            prom_fold_range(work->kernels, work->children[i].denominators, challenge, work->size, start, count);
            prom_fold_range(work->kernels, work->children[i].numerators, challenge, work->size, start, count);
        }
        return;
    }
    for (size_t i = 0; work->unkept > 0 && i < 2; i++) {
        for (size_t at = start; at < start + count; at += length) {
            make(work, prom_fractions_at(work->children[i], at), i, at, length);
        }
    }
    combine(work, prom_fractions_at(work->children[1], start), count);
}

/* A round's sums over some elements: of both children, where the variable is 0 and where it is 1. */
typedef struct sums {
    prom_extension value;
    prom_extension leading;
} sums;

/* Of leaves as they are. */
static sums sum_leaves(const layer_work *work, prom_planes weights, size_t low, size_t high, size_t count)
{
    const prom_leaves *leaves = work->tree->leaves;
    some_leaves memory[4];
    prom_base_fractions at_low[2];
    prom_base_fractions at_high[2];
    sums made;
    for (size_t child = 0; child < 2; child++) {
        at_low[child] = leaves_from(leaves, &memory[child], node_of(work, child, low), count);
        at_high[child] = leaves_from(leaves, &memory[2 + child], node_of(work, child, high), count);
    }
    work->kernels->round_of_base_fractions(&made.value, &made.leading, weights, &work->combination, at_low, at_high,
                                           count);
    return made;
}

/* Of others without memory. */
static sums sum_unkept(const layer_work *work, prom_planes weights, size_t low, size_t high, size_t count)
{
    nodes memory[4];
    prom_fractions at_low[2];
    prom_fractions at_high[2];
    sums made;
    for (size_t child = 0; child < 2; child++) {
        at_low[child] = nodes_in(&memory[child]);
        at_high[child] = nodes_in(&memory[2 + child]);
        make(work, at_low[child], child, low, count);
        make(work, at_high[child], child, high, count);
    }
    combine(work, at_low[1], count);
    combine(work, at_high[1], count);
    work->kernels->round_of_fractions(&made.value, &made.leading, weights, at_low, at_high, count);
    return made;
}

static void do_unkept_block(const layer_work *work, size_t index, size_t low, size_t high, size_t count)
{
    const size_t length = length_at_once(count);
    work->values[index] = prom_extension_zero();
    work->leadings[index] = prom_extension_zero();
    for (size_t i = 0; i < count; i += length) {
        const bool as_they_are = are_leaves(work) && work->fixed == 0;
        const prom_planes weights = prom_planes_at(work->weights.inner, i);
        const sums made = (as_they_are ? sum_leaves : sum_unkept)(work, weights, low + i, high + i, length);
        work->values[index] = prom_extension_add(&work->values[index], &made.value);
        work->leadings[index] = prom_extension_add(&work->leadings[index], &made.leading);
    }
}

static void do_block(void *argument, size_t index)
{
    const layer_work *work = argument;
    const size_t half = work->size / 2;
    const size_t count = prom_block_length(half);
    const size_t start = index * count;
    const size_t low = work->swapped ? half + start : start;
    const size_t high = work->swapped ? start : half + start;
    if (work->fixed < work->unkept) {
        do_unkept_block(work, index, low, high, count);
        return;
    }
    prepare(work, start, count);
    prepare(work, half + start, count);
    const prom_fractions *children = work->children;
    const prom_fractions at_low[] = {prom_fractions_at(children[0], low), prom_fractions_at(children[1], low)};
    const prom_fractions at_high[] = {prom_fractions_at(children[0], high), prom_fractions_at(children[1], high)};
    work->kernels->round_of_fractions(&work->values[index], &work->leadings[index], work->weights.inner, at_low,
                                      at_high, count);
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
static void do_round(const prom_prover *prover, layer_work *work, const prom_extension *claim,
                     const prom_extension *coordinate, prom_extension sent[2])
{
    const size_t blocks = prom_block_count(work->size / 2);
    work->swapped = prom_extension_is_zero(coordinate);
    prom_parallel_run(prover->parallel, do_block, work, blocks);
    const prom_extension value = weighted_sum(work->weights.outer, work->values, blocks);
    if (work->swapped) {
        sent[0] = prom_extension_subtract(&value, claim);
    } else {
        const prom_extension rise = prom_extension_subtract(claim, &value);
        const prom_extension inverse = prom_extension_inverse(coordinate);
        sent[0] = prom_extension_multiply(&rise, &inverse);
    }
    sent[1] = weighted_sum(work->weights.outer, work->leadings, blocks);
}

/* The values of both children at the point, and p1 without what it was combined with. */
static void get_children(const layer_work *work, prom_extension children[CHILD_VALUES])
{
    for (size_t i = 0; i < 2; i++) {
        children[FIRST_NUMERATOR + i] = prom_planes_get(work->children[i].numerators, 0);
        children[FIRST_DENOMINATOR + i] = prom_planes_get(work->children[i].denominators, 0);
    }
    const prom_extension combined = prom_extension_multiply(&work->combination, &children[SECOND_DENOMINATOR]);
    children[SECOND_NUMERATOR] = prom_extension_subtract(&children[SECOND_NUMERATOR], &combined);
}

/* Where the layer's children are: in the tree, in its memory once they are summed up there, or nowhere yet. */
static void find_children(const prom_prover *prover, tree *grown, size_t layer, layer_work *work)
{
    const size_t left = grown->variables - layer; /* 1: the children are leaves */
    work->layer = layer;
    work->unkept = left < grown->not_kept ? grown->not_kept - left : 0;
    if (work->unkept > 0) {
        work->children[0] = grown->memory;
        work->children[1] = prom_fractions_at(grown->memory, grown->capacity / 2);
        return;
    }
    if (left == grown->not_kept) {
        sum_layer(prover, grown, layer + 1);
    }
    work->children[0] = layer_of(grown, layer + 1);
    work->children[1] = prom_fractions_at(work->children[0], (size_t)1 << layer);
}

static void prove_layer(const prom_prover *prover, layer_work *work, prom_extension *point, prom_fraction *values)
{
    const size_t layer = work->layer;
    prom_extension children[CHILD_VALUES];
    work->combination = fractions_combination(prover->transcript);
    work->size = (size_t)1 << layer;
    work->challenges = point;
    prom_extension claim = fractions_combined(values, &work->combination);
    prom_equality_tables_set(&work->weights, prover->kernels, point, layer);
    for (work->fixed = 0; work->fixed < layer; work->fixed++) {
        prom_extension *coordinate = &point[work->fixed];
        prom_extension sent[2];
        prom_equality_tables_drop(&work->weights, prover->kernels);
        do_round(prover, work, &claim, coordinate, sent);
        prom_send(prover, FRACTIONS_ROUND, sent, 2);
        const prom_extension challenge = fractions_point(prover->transcript);
        claim = fractions_next_claim(&claim, coordinate, sent, &challenge);
        *coordinate = challenge;
        work->size /= 2;
    }
    prepare(work, 0, 1);
    get_children(work, children);
    prom_send(prover, FRACTIONS_CHILDREN, children, CHILD_VALUES);
    memmove(point + 1, point, layer * sizeof *point);
    point[0] = fractions_point(prover->transcript);
    *values = fractions_of_children(children, &point[0]);
}

prom_result prom_fractions_prove(const prom_prover *prover, const prom_leaves *leaves, size_t variables,
                                 prom_extension *point, prom_fraction *values, prom_error *error)
{
    tree grown = {.kernels = prover->kernels, .variables = variables, .leaves = leaves};
    grown.not_kept = layers_not_kept(variables);
    layer_work work = {.tree = &grown, .kernels = prover->kernels};
    if (variables > PROM_FRACTIONS_VARIABLES_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "fractions of %zu variables are too many to prove", variables);
    }
    const size_t blocks = prom_block_count(((size_t)1 << variables) / 4);
    PROM_TRY(grow(prover, &grown, error));
    PROM_TRY(root_of(&grown, values, error));
    PROM_TRY(prom_equality_tables_new(prover->scratch, &work.weights, variables > 0 ? variables - 1 : 0, error));
    PROM_TRY_NEW(work.values, prover->scratch, blocks, error);
    PROM_TRY_NEW(work.leadings, prover->scratch, blocks, error);
    fractions_begin(prover->transcript, variables);
    prom_send(prover, FRACTIONS_ROOT, &values->denominator, 1);
    for (size_t layer = 0; layer < variables; layer++) {
        find_children(prover, &grown, layer, &work);
        prove_layer(prover, &work, point, values);
    }
    return prom_ok();
}
