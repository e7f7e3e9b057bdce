#include "proof/fractions.h"

#include <string.h>

/* The sumcheck of one layer: over weights(x) * (p0(x) * q1(x) + p1(x) * q0(x)), where the numerators p1 of the second
 * children have combination * q1 in them. */
typedef struct layer_work {
    const prom_field_kernels *kernels;
    prom_fractions children[2];
    prom_equality_tables weights;   /* of the variables after the round's */
    const prom_element *numerators; /* of children that are leaves; NULL: they are not */
    size_t nodes;                   /* of the layer: each child has so many elements */
    size_t half;                    /* of the elements that the round is over */
    bool swapped;                   /* whether h(1) is wanted in place of h(0) */
    const prom_extension *folds; /* the challenge of the round before, with which to fold first; NULL: there is none */
    prom_extension combination;
    prom_extension *values;   /* of each block, and */
    prom_extension *leadings; /* the leading coefficients */
} layer_work;

/* The layers of a tree of n variables have 2^0 to 2^n nodes, the last being the leaves. The memory is that of one
 * layer, the largest inner one; all smaller ones fit it together, one of 2^k nodes behind 2^k others. It is used three
 * times: for the smaller layers, for the largest, which is summed up once more, and for the leaves' numerators as
 * elements of the extension. */
typedef struct tree {
    const prom_field_kernels *kernels;
    size_t variables;
    const prom_element *numerators;
    prom_planes denominators;
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
    const size_t second = start + ((size_t)1 << (of->variables - 1));
    of->kernels->add_base_fractions(sum, of->numerators + start, of->numerators + second,
                                    prom_planes_at(of->denominators, start), prom_planes_at(of->denominators, second),
                                    count);
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
        root->numerator = prom_extension_of(grown->numerators[0]);
        root->denominator = prom_planes_get(grown->denominators, 0);
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

/* Elements of the base field, as such of the extension. */
static void lift(prom_planes lifted, const prom_element *elements, size_t count)
{
    memcpy(lifted.plane[0], elements, count * sizeof *elements);
    for (size_t i = 1; i < PROM_EXTENSION_DEGREE; i++) {
        memset(lifted.plane[i], 0, count * sizeof *elements);
    }
}

static void combine_block(void *argument, size_t index)
{
    const layer_work *work = argument;
    const size_t count = prom_block_length(work->nodes);
    const size_t start = index * count;
    const prom_fractions second = prom_fractions_at(work->children[1], start);
    if (work->numerators != NULL) {
        lift(prom_planes_at(work->children[0].numerators, start), work->numerators + start, count);
        lift(second.numerators, work->numerators + work->nodes + start, count);
    }
    work->kernels->add_scaled_extensions(second.numerators, &work->combination, second.denominators, count);
}

static void do_block(void *argument, size_t index)
{
    const layer_work *work = argument;
    const size_t count = prom_block_length(work->half);
    const size_t start = index * count;
    prom_fractions low[2];
    prom_fractions high[2];
    for (size_t i = 0; i < 2; i++) {
        low[i] = prom_fractions_at(work->children[i], start);
        high[i] = prom_fractions_at(low[i], work->half);
        for (size_t part = 0; work->folds != NULL && part < 2; part++) {
            const size_t from = part * work->half + start;
            prom_fold_range(work->kernels, work->children[i].numerators, work->folds, 2 * work->half, from, count);
            prom_fold_range(work->kernels, work->children[i].denominators, work->folds, 2 * work->half, from, count);
        }
    }
    work->kernels->round_of_fractions(&work->values[index], &work->leadings[index], work->weights.inner,
                                      work->swapped ? high : low, work->swapped ? low : high, count);
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
    const size_t blocks = prom_block_count(work->half);
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
        if (work->folds != NULL) {
            prom_fold_range(work->kernels, work->children[i].numerators, work->folds, 1, 0, 1);
            prom_fold_range(work->kernels, work->children[i].denominators, work->folds, 1, 0, 1);
        }
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
    work->nodes = (size_t)1 << layer;
    work->folds = NULL;
    prom_extension claim = fractions_combined(values, &work->combination);
    prom_parallel_run(prover->parallel, combine_block, work, prom_block_count(work->nodes));
    prom_equality_tables_set(&work->weights, prover->kernels, point, layer);
    for (size_t i = 0; i < layer; i++) {
        prom_extension sent[2];
        prom_equality_tables_drop(&work->weights, prover->kernels);
        work->half = work->nodes >> (i + 1);
        do_round(prover, work, &claim, &point[i], sent);
        prom_send(prover, FRACTIONS_ROUND, sent, 2);
        const prom_extension challenge = fractions_point(prover->transcript);
        claim = fractions_next_claim(&claim, &point[i], sent, &challenge);
        point[i] = challenge;
        work->folds = &point[i];
    }
    get_children(work, children);
    prom_send(prover, FRACTIONS_CHILDREN, children, CHILD_VALUES);
    memmove(point + 1, point, layer * sizeof *point);
    point[0] = fractions_point(prover->transcript);
    *values = fractions_of_children(children, &point[0]);
}

static void set_children(const prom_prover *prover, tree *grown, size_t layer, layer_work *work)
{
    const size_t nodes = (size_t)1 << layer;
    if (layer + 1 == grown->variables) {
        work->numerators = grown->numerators;
        work->children[0] = (prom_fractions){grown->memory.numerators, grown->denominators};
        work->children[1] = (prom_fractions){grown->memory.denominators, prom_planes_at(grown->denominators, nodes)};
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
    tree grown = {prover->kernels, variables, numerators, denominators, .layer = 0};
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
