#include "proof/fractions.h"

#include <string.h>

/* Some of the leaves, in memory of their own. */
enum { PART = 128 };

typedef struct part {
    prom_element numerators[PART];
    prom_element denominators[PROM_EXTENSION_DEGREE][PART];
} part;

static prom_base_fractions part_of(const prom_leaves *leaves, part *memory, size_t start, size_t count)
{
    prom_planes denominators;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        denominators.plane[i] = memory->denominators[i];
    }
    leaves->write(leaves->context, memory->numerators, denominators, start, count);
    return (prom_base_fractions){memory->numerators, denominators};
}

static void copy_leaves(const void *context, prom_element *numerators, prom_planes denominators, size_t start,
                        size_t count)
{
    const prom_base_fractions from = prom_base_fractions_at(*(const prom_base_fractions *)context, start);
    memcpy(numerators, from.numerators, count * sizeof *numerators);
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        memcpy(denominators.plane[i], from.denominators.plane[i], count * sizeof *numerators);
    }
}

prom_leaves prom_leaves_of(const prom_base_fractions *fractions)
{
    return (prom_leaves){fractions, copy_leaves};
}

/* The sumcheck of one layer: over weights(x) * (p0(x) * q1(x) + p1(x) * q0(x)), where the numerators p1 of the second
 * children have combination * q1 in them. Leaves have no memory until the first variable is fixed. */
typedef struct layer_work {
    const prom_field_kernels *kernels;
    prom_fractions children[2];
    const prom_leaves *leaves;    /* NULL: the children are no leaves, or not any more; */
    size_t second_leaf;           /* else the first of the second children */
    prom_equality_tables weights; /* of the variables after the round's */
    size_t size;                  /* elements of a child that the round is over */
    bool swapped;                 /* whether h(1) is wanted in place of h(0) */
    const prom_extension *folds;  /* the challenge of the round before; NULL: this is the first */
    prom_extension combination;
    prom_extension *values;   /* of each block, and */
    prom_extension *leadings; /* the leading coefficients */
} layer_work;

/* The layers of a tree of n variables have 2^0 to 2^n nodes, the last being the leaves. The memory is that of one
 * layer, the largest inner one; all smaller ones fit it together, one of 2^k nodes behind 2^k others. It is used three
 * times: for the smaller layers, for the largest, which is summed up once more, and for the leaves once their first
 * variable is fixed. */
typedef struct tree {
    const prom_field_kernels *kernels;
    size_t variables;
    const prom_leaves *leaves;
    prom_fractions memory;
    size_t layer; /* the one to sum up */
} tree;

static size_t part_length(size_t count)
{
    return count < PART ? count : PART;
}

static prom_fractions layer_of(const tree *of, size_t layer)
{
    return prom_fractions_at(of->memory, layer + 1 == of->variables ? 0 : (size_t)1 << layer);
}

/* Nodes `start` to `start + count` of the largest inner layer, PART at most. */
static void sum_part(const tree *of, prom_fractions sum, size_t start, size_t count)
{
    part memory[2];
    const prom_base_fractions first = part_of(of->leaves, &memory[0], start, count);
    const prom_base_fractions second =
        part_of(of->leaves, &memory[1], start + ((size_t)1 << (of->variables - 1)), count);
    of->kernels->add_base_fractions(sum, first, second, count);
}

static void sum_leaves(const tree *of, prom_fractions sum, size_t start, size_t count)
{
    const size_t length = part_length(count);
    for (size_t i = 0; i < count; i += length) {
        sum_part(of, prom_fractions_at(sum, i), start + i, length);
    }
}

/* The same of the layer above it, through nodes of that layer which are not kept. */
static void sum_grandchildren(const tree *of, prom_fractions sum, size_t start, size_t count)
{
    prom_element memory[4][PROM_EXTENSION_DEGREE][PART];
    prom_fractions children[2];
    const size_t second = (size_t)1 << (of->variables - 2);
    const size_t length = part_length(count);
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        children[0].numerators.plane[i] = memory[0][i];
        children[0].denominators.plane[i] = memory[1][i];
        children[1].numerators.plane[i] = memory[2][i];
        children[1].denominators.plane[i] = memory[3][i];
    }
    for (size_t i = 0; i < count; i += length) {
        sum_part(of, children[0], start + i, length);
        sum_part(of, children[1], start + i + second, length);
        of->kernels->add_fractions(prom_fractions_at(sum, i), children[0], children[1], length);
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

/* The children of one node need room for two. */
static size_t memory_nodes(size_t variables)
{
    return variables > 1 ? (size_t)1 << (variables - 1) : 2;
}

/* All layers but the largest inner one. */
static prom_result grow(const prom_prover *prover, tree *grown, prom_error *error)
{
    const size_t nodes = memory_nodes(grown->variables);
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
        part memory;
        const prom_base_fractions leaf = part_of(grown->leaves, &memory, 0, 1);
        root->numerator = prom_extension_of(leaf.numerators[0]);
        root->denominator = prom_planes_get(leaf.denominators, 0);
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

/* The first leaf of child i. */
static size_t first_leaf(const layer_work *work, size_t child)
{
    return child * work->second_leaf;
}

/* Fixes the first variable of leaves, which are from then on what the children's memory says. */
static void fold_leaves(const layer_work *work, size_t start, size_t count)
{
    const size_t length = part_length(count);
    part memory[2];
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = start; at < start + count; at += length) {
            const size_t leaf = first_leaf(work, i) + at;
            const prom_fractions to = prom_fractions_at(work->children[i], at);
            const prom_base_fractions low = part_of(work->leaves, &memory[0], leaf, length);
            const prom_base_fractions high = part_of(work->leaves, &memory[1], leaf + work->size, length);
            work->kernels->fold(to.numerators, work->folds, low.numerators, high.numerators, length);
            work->kernels->fold_extensions(to.denominators, work->folds, low.denominators, high.denominators, length);
        }
    }
}

/* Makes `count` elements of each child, from `start` on, those that the round is over. */
static void prepare(const layer_work *work, size_t start, size_t count)
{
    if (work->folds == NULL || work->leaves != NULL) {
        if (work->leaves != NULL) {
            fold_leaves(work, start, count);
        }
        combine(work, start, count);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        prom_fold_range(work->kernels, work->children[i].denominators, work->folds, work->size, start, count);
        prom_fold_range(work->kernels, work->children[i].numerators, work->folds, work->size, start, count);
    }
}

/* The first round of leaves, the variable being 0 from `low` on and 1 from `high` on. */
static void do_leaves(const layer_work *work, size_t index, size_t low, size_t high, size_t count)
{
    const size_t length = part_length(count);
    part memory[4];
    work->values[index] = prom_extension_zero();
    work->leadings[index] = prom_extension_zero();
    for (size_t i = 0; i < count; i += length) {
        prom_base_fractions at_low[2];
        prom_base_fractions at_high[2];
        prom_extension value;
        prom_extension leading;
        for (size_t child = 0; child < 2; child++) {
            const size_t leaf = first_leaf(work, child) + i;
            at_low[child] = part_of(work->leaves, &memory[child], leaf + low, length);
            at_high[child] = part_of(work->leaves, &memory[2 + child], leaf + high, length);
        }
        work->kernels->round_of_base_fractions(&value, &leading, prom_planes_at(work->weights.inner, i),
                                               &work->combination, at_low, at_high, length);
        work->values[index] = prom_extension_add(&work->values[index], &value);
        work->leadings[index] = prom_extension_add(&work->leadings[index], &leading);
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
    if (work->leaves != NULL && work->folds == NULL) {
        do_leaves(work, index, low, high, count);
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
            work->leaves = NULL;
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

/* Two leaves alone, of which no variable will be fixed. */
static void lift_leaves(layer_work *work)
{
    part memory;
    for (size_t i = 0; i < 2; i++) {
        const prom_base_fractions leaf = part_of(work->leaves, &memory, i, 1);
        const prom_extension numerator = prom_extension_of(leaf.numerators[0]);
        const prom_extension denominator = prom_planes_get(leaf.denominators, 0);
        prom_planes_set(work->children[i].numerators, 0, &numerator);
        prom_planes_set(work->children[i].denominators, 0, &denominator);
    }
    work->leaves = NULL;
}

static void set_children(const prom_prover *prover, tree *grown, size_t layer, layer_work *work)
{
    const size_t nodes = (size_t)1 << layer;
    if (layer + 1 == grown->variables) {
        work->leaves = grown->leaves;
        work->second_leaf = nodes;
        work->children[0] = grown->memory;
        work->children[1] = prom_fractions_at(grown->memory, memory_nodes(grown->variables) / 2);
        if (layer == 0) {
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

prom_result prom_fractions_prove(const prom_prover *prover, const prom_leaves *leaves, size_t variables,
                                 prom_extension *point, prom_fraction *values, prom_error *error)
{
    tree grown = {prover->kernels, variables, leaves, .layer = 0};
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
