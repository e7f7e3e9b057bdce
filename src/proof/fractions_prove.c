#include "proof/fractions.h"

#include <string.h>

/* The sumcheck of one layer: over weights(x) * (p0(x) * q1(x) + p1(x) * q0(x)), where the numerators p1 of the second
 * children have combination * q1 in them. The numerators of leaves stay what they are until the first variable is
 * fixed. */
typedef struct layer_work {
    const prom_field_kernels *kernels;
    prom_fractions children[2];
    prom_base_fractions leaves[2]; /* the same until the first variable is fixed; numerators NULL: they are no leaves */
    prom_equality_tables weights;  /* of the variables after the round's */
    size_t size;                   /* elements of a child that the round is over */
    bool swapped;                  /* whether h(1) is wanted in place of h(0) */
    const prom_extension *folds;   /* the challenge of the round before; NULL: this is the first */
    prom_extension combination;
    prom_extension *values;   /* of each block, and */
    prom_extension *leadings; /* the leading coefficients */
} layer_work;

/* The layers of a tree of n variables have 2^0 to 2^n nodes, the last being the leaves. The memory is that of one
 * layer, the largest inner one; all smaller ones fit it together, one of 2^k nodes behind 2^k others. It is used three
 * times: for the smaller layers, for the largest, which is summed up once more, and for the leaves' numerators once
 * their first variable is fixed. */
typedef struct tree {
    const prom_field_kernels *kernels;
    size_t variables;
    prom_base_fractions leaves;
    prom_fractions memory;
    size_t layer; /* the one to sum up */
} tree;

static prom_fractions layer_of(const tree *of, size_t layer)
{
    return prom_fractions_at(of->memory, layer + 1 == of->variables ? 0 : (size_t)1 << layer);
}

/* Nodes `start` to `start + count` of the largest inner layer. */
static void sum_leaves(const tree *of, prom_fractions sum, size_t start, size_t count)
{
    const prom_base_fractions first = prom_base_fractions_at(of->leaves, start);
    const prom_base_fractions second = prom_base_fractions_at(first, (size_t)1 << (of->variables - 1));
    of->kernels->add_base_fractions(sum, first, second, count);
}

/* The same of the layer above it, through nodes of that layer which are not kept. */
static void sum_grandchildren(const tree *of, prom_fractions sum, size_t start, size_t count)
{
    enum { PART = 64 };
    prom_element memory[4][PROM_EXTENSION_DEGREE][PART];
    prom_fractions children[2];
    const size_t second = (size_t)1 << (of->variables - 2);
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        children[0].numerators.plane[i] = memory[0][i];
        children[0].denominators.plane[i] = memory[1][i];
        children[1].numerators.plane[i] = memory[2][i];
        children[1].denominators.plane[i] = memory[3][i];
    }
    for (size_t i = 0; i < count; i += PART) {
        const size_t part = count - i < PART ? count - i : PART;
        sum_leaves(of, children[0], start + i, part);
        sum_leaves(of, children[1], start + i + second, part);
        of->kernels->add_fractions(prom_fractions_at(sum, i), children[0], children[1], part);
    }
}

static void sum_block(void *argument, size_t index)
{
    const tree *of = argument;
    const size_t nodes = (size_t)1 << of->layer;
    const size_t count = prom_block_length(nodes);
    const size_t start = index * count;
    const prom_fractions sum = prom_fractions_at(layer_of(of, of->layer), start);
    if (of->layer + 1 == of->variables) {
        sum_leaves(of, sum, start, count);
    } else if (of->layer + 2 == of->variables) {
        sum_grandchildren(of, sum, start, count);
    } else {
        const prom_fractions first = prom_fractions_at(layer_of(of, of->layer + 1), start);
        of->kernels->add_fractions(sum, first, prom_fractions_at(first, nodes), count);
    }
}

static void sum_layer(const prom_prover *prover, tree *of, size_t layer)
{
    of->layer = layer;
    prom_parallel_run(prover->parallel, sum_block, of, prom_block_count((size_t)1 << layer));
}

/* All layers but the largest inner one. */
static prom_result grow(const prom_prover *prover, tree *grown, prom_error *error)
{
    const size_t nodes = grown->variables > 0 ? (size_t)1 << (grown->variables - 1) : 0;
    PROM_TRY(prom_planes_new(prover->scratch, &grown->memory.numerators, nodes, error));
    PROM_TRY(prom_planes_new(prover->scratch, &grown->memory.denominators, nodes, error));
    if (grown->variables == 1) {
        sum_layer(prover, grown, 0);
    }
    for (size_t layer = grown->variables - (grown->variables > 0); layer-- > 0;) {
        sum_layer(prover, grown, layer);
    }
    return prom_ok();
}

static prom_result root_of(const tree *grown, prom_fraction *root, prom_error *error)
{
    if (grown->variables == 0) {
        root->numerator = prom_extension_of(grown->leaves.numerators[0]);
        root->denominator = prom_planes_get(grown->leaves.denominators, 0);
    } else {
        root->numerator = prom_planes_get(layer_of(grown, 0).numerators, 0);
        root->denominator = prom_planes_get(layer_of(grown, 0).denominators, 0);
    }
    if (prom_extension_is_zero(&root->denominator)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a fraction of a sum to prove has a denominator of zero");
    }
    if (!prom_extension_is_zero(&root->numerator)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "fractions that are to be proven to add up to zero do not");
    }
    return prom_ok();
}

static void combine(const layer_work *work, size_t start, size_t count)
{
    const prom_fractions second = prom_fractions_at(work->children[1], start);
    work->kernels->add_scaled_extensions(second.numerators, &work->combination, second.denominators, count);
}

/* Makes `count` elements of each child, from `start` on, those that the round is over. */
static void prepare(const layer_work *work, size_t start, size_t count)
{
    const bool is_of_leaves = work->leaves[0].numerators != NULL;
    for (size_t i = 0; work->folds != NULL && i < 2; i++) {
        const prom_fractions *child = &work->children[i];
        prom_fold_range(work->kernels, child->denominators, work->folds, work->size, start, count);
        if (is_of_leaves) {
            const prom_element *low = work->leaves[i].numerators + start;
            work->kernels->fold(prom_planes_at(child->numerators, start), work->folds, low, low + work->size, count);
        } else {
            prom_fold_range(work->kernels, child->numerators, work->folds, work->size, start, count);
        }
    }
    if (is_of_leaves == (work->folds != NULL)) {
        combine(work, start, count);
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
    prom_extension *value = &work->values[index];
    prom_extension *leading = &work->leadings[index];
    prepare(work, start, count);
    prepare(work, half + start, count);
    if (work->leaves[0].numerators != NULL && work->folds == NULL) {
        const prom_base_fractions *leaves = work->leaves;
        const prom_base_fractions at_low[] = {prom_base_fractions_at(leaves[0], low),
                                              prom_base_fractions_at(leaves[1], low)};
        const prom_base_fractions at_high[] = {prom_base_fractions_at(leaves[0], high),
                                               prom_base_fractions_at(leaves[1], high)};
        work->kernels->round_of_base_fractions(value, leading, work->weights.inner, &work->combination, at_low, at_high,
                                               count);
    } else {
        const prom_fractions *children = work->children;
        const prom_fractions at_low[] = {prom_fractions_at(children[0], low), prom_fractions_at(children[1], low)};
        const prom_fractions at_high[] = {prom_fractions_at(children[0], high), prom_fractions_at(children[1], high)};
        work->kernels->round_of_fractions(value, leading, work->weights.inner, at_low, at_high, count);
    }
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

static void prove_layer(const prom_prover *prover, layer_work *work, size_t layer, prom_extension *point,
                        prom_fraction *values)
{
    prom_extension children[CHILD_VALUES];
    work->combination = fractions_combination(prover->transcript);
    work->size = (size_t)1 << layer;
    work->folds = NULL;
    prom_extension claim = fractions_combined(values, &work->combination);
    prom_equality_tables_set(&work->weights, prover->kernels, point, layer);
    for (size_t i = 0; i < layer; i++) {
        prom_extension sent[2];
        prom_equality_tables_drop(&work->weights, prover->kernels);
        do_round(prover, work, &claim, &point[i], sent);
        prom_send(prover, FRACTIONS_ROUND, sent, 2);
        const prom_extension challenge = fractions_point(prover->transcript);
        claim = fractions_next_claim(&claim, &point[i], sent, &challenge);
        point[i] = challenge;
        if (work->folds != NULL) {
            work->leaves[0].numerators = NULL;
        }
        work->folds = &point[i];
        work->size /= 2;
    }
    prepare(work, 0, 1);
    get_children(work, children);
    prom_send(prover, FRACTIONS_CHILDREN, children, CHILD_VALUES);
    memmove(point + 1, point, layer * sizeof *point);
    point[0] = fractions_point(prover->transcript);
    *values = fractions_of_children(children, &point[0]);
}

/* The numerators of two leaves, as elements of the extension. */
static void lift_leaves(layer_work *work)
{
    for (size_t i = 0; i < 2; i++) {
        const prom_extension numerator = prom_extension_of(work->leaves[i].numerators[0]);
        prom_planes_set(work->children[i].numerators, 0, &numerator);
    }
    work->leaves[0].numerators = NULL;
}

static void set_children(const prom_prover *prover, tree *grown, size_t layer, layer_work *work)
{
    const size_t nodes = (size_t)1 << layer;
    if (layer + 1 == grown->variables) {
        work->leaves[0] = grown->leaves;
        work->leaves[1] = prom_base_fractions_at(grown->leaves, nodes);
        work->children[0] = (prom_fractions){grown->memory.numerators, work->leaves[0].denominators};
        work->children[1] = (prom_fractions){grown->memory.denominators, work->leaves[1].denominators};
        if (layer == 0) { /* no variable will be fixed */
            lift_leaves(work);
        }
        return;
    }
    if (layer + 2 == grown->variables) {
        sum_layer(prover, grown, layer + 1);
    }
    work->children[0] = layer_of(grown, layer + 1);
    work->children[1] = prom_fractions_at(work->children[0], nodes);
}

prom_result prom_fractions_prove(const prom_prover *prover, const prom_element *numerators, prom_planes denominators,
                                 size_t variables, prom_extension *point, prom_fraction *values, prom_error *error)
{
    tree grown = {prover->kernels, variables, {numerators, denominators}, .layer = 0};
    layer_work work = {.kernels = prover->kernels};
    if (variables > PROM_FRACTIONS_VARIABLES_MOST) {
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
        set_children(prover, &grown, layer, &work);
        prove_layer(prover, &work, layer, point, values);
    }
    return prom_ok();
}
