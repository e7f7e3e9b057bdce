/* The prover's longest step: layer by layer, that what a layer sums follows from what it reads. */
#include <string.h>

#include "argument/prover.h"
#include "argument/steps.h"
#include "prometheus/proof/multilinear.h"
#include "prometheus/proof/product.h"
#include "prometheus/proof/zero.h"

/* -- Functionals -- */

/* A column of some value, summed over the items with weight eq(batch_point, item). */
static prom_result fold_column(prom_arena *scratch, const argument_prover *prover, prom_planes *folded,
                               const prom_element *column, size_t variables, const prom_extension *batch_point,
                               prom_error *error)
{
    const size_t size = (size_t)1 << variables;
    PROM_TRY(prom_planes_new(scratch, folded, size, error));
    for (size_t item = 0; item < prover->argument->items; item++) {
        const prom_extension weight = prom_argument_equal(batch_point, prover->argument->batch_bits, item);
        prover->sumcheck.kernels->add_scaled(*folded, &weight, column + (item << variables), size);
    }
    return prom_ok();
}

/* A point in memory that lasts: the batch's coordinates, then room for the item's. */
static prom_result new_point(const argument_prover *prover, prom_extension **point, const prom_extension *batch_point,
                             size_t variables, prom_error *error)
{
    const size_t batch = prover->argument->batch_bits;
    PROM_TRY_NEW(*point, prover->arena, batch + variables, error);
    memcpy(*point, batch_point, batch * sizeof **point);
    return prom_ok();
}

/* One of a functional's committed values: two vectors, and the sum of their products. */
typedef struct functional_term {
    uint32_t value;
    prom_planes coefficients;
    prom_planes folded;
    prom_extension sum;
} functional_term;

static prom_result prove_term(prom_arena *scratch, argument_prover *prover, functional_term *term,
                              const prom_extension *batch_point, prom_error *error)
{
    const argument_value *value = &prover->argument->values[term->value];
    prom_prover sumcheck = prover->sumcheck;
    prom_extension *point = NULL;
    prom_extension coefficient;
    prom_extension there;
    sumcheck.scratch = scratch;
    PROM_TRY(new_point(prover, &point, batch_point, value->variables, error));
    const prom_product_factors factors = {term->coefficients, term->folded, value->variables};
    PROM_TRY(prom_product_prove(&sumcheck, &factors, &term->sum, point + prover->argument->batch_bits, &coefficient,
                                &there, error));
    prom_prover_send(&prover->sumcheck, PROOF_VALUE, &there, 1);
    return prom_argument_add_claim(&prover->claims, value->column, point, &there, error);
}

/* That the functional of the committed values is what it is claimed to be. */
static prom_result prove_functional(prom_arena *scratch, argument_prover *prover, const functional *form,
                                    const prom_extension *batch_point, prom_error *error)
{
    const prom_argument *argument = prover->argument;
    functional_term *terms = NULL;
    prom_extension *sums = NULL;
    size_t count = 0;
    PROM_TRY_NEW(terms, scratch, argument->program->layer_count, error);
    PROM_TRY_NEW(sums, scratch, argument->program->layer_count, error);
    for (uint32_t v = 1; v < form->count; v++) {
        if (form->coefficients[v].plane[0] == NULL) {
            continue;
        }
        const argument_value *value = &argument->values[v];
        functional_term *term = &terms[count];
        term->value = v;
        PROM_TRY(prom_planes_pad(scratch, &term->coefficients, argument, v, form->coefficients[v], error));
        PROM_TRY(fold_column(scratch, prover, &term->folded, prover->witness->columns[value->column], value->variables,
                             batch_point, error));
        prover->sumcheck.kernels->dot_extensions(&term->sum, term->coefficients, term->folded,
                                                 (size_t)1 << value->variables);
        sums[count++] = term->sum;
    }
    prom_prover_send(&prover->sumcheck, PROOF_TERMS, sums, count);
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(prove_term(scratch, prover, &terms[i], batch_point, error));
    }
    return prom_ok();
}

static functional_task task_at(prom_arena *scratch, const argument_prover *prover, const prom_extension *point)
{
    return (functional_task){scratch, prover->sumcheck.kernels, prover->argument, point + prover->argument->batch_bits,
                             true};
}

/* That the multipliers times the sums' high parts, which are limbs, are what they are claimed to be. */
static prom_result prove_high_parts(prom_arena *scratch, argument_prover *prover, const argument_layer *layer,
                                    const prom_extension *at, prom_error *error)
{
    const functional_task task = task_at(scratch, prover, at);
    const size_t variables = prover->argument->values[layer->value].variables;
    const size_t size = (size_t)1 << variables;
    prom_prover sumcheck = prover->sumcheck;
    prom_planes multipliers;
    prom_planes number;
    prom_planes folded[ARGUMENT_LIMBS_MAX];
    prom_extension *point = NULL;
    prom_extension claim;
    prom_extension ends[2];
    prom_extension limbs[ARGUMENT_LIMBS_MAX];
    PROM_TRY(prom_functional_multipliers(&task, &multipliers, layer->value, error));
    PROM_TRY(prom_planes_new(scratch, &number, size, error));
    for (size_t i = 0, offset = 0; i < layer->high.count; offset += layer->high.bits[i++]) {
        const prom_extension raise = prom_extension_of(prom_element_of(UINT32_C(1) << offset));
        const prom_element *column = prover->witness->columns[layer->high.columns[i]];
        PROM_TRY(prom_planes_new(scratch, &folded[i], size, error));
        for (size_t item = 0; item < (size_t)1 << prover->argument->batch_bits; item++) {
            const prom_extension weight = prom_argument_equal(at, prover->argument->batch_bits, item);
            prover->sumcheck.kernels->add_scaled(folded[i], &weight, column + (item << variables), size);
        }
        prover->sumcheck.kernels->add_scaled_extensions(number, &raise, folded[i], size);
    }
    prover->sumcheck.kernels->dot_extensions(&claim, multipliers, number, size);
    PROM_TRY(new_point(prover, &point, at, variables, error));
    sumcheck.scratch = scratch;
    prom_extension *there = point + prover->argument->batch_bits;
    const prom_product_factors factors = {multipliers, number, variables};
    PROM_TRY(prom_product_prove(&sumcheck, &factors, &claim, there, &ends[0], &ends[1], error));
    for (size_t i = 0; i < layer->high.count; i++) {
        PROM_TRY(prom_multilinear_evaluate_extensions(scratch, prover->sumcheck.kernels, &limbs[i], folded[i], there,
                                                      variables, error));
        PROM_TRY(prom_argument_add_claim(&prover->claims, layer->high.columns[i], point, &limbs[i], error));
    }
    prom_prover_send(&prover->sumcheck, PROOF_LIMBS, limbs, layer->high.count);
    return prom_ok();
}

/* What depends on the leaf's point alone is computed before the layers, all at once. */
typedef struct early_functional {
    const argument_prover *prover;
    size_t layer;
    prom_arena arena;
    functional form;
    prom_result result;
    prom_error error;
} early_functional;

static void compute_early(void *argument, size_t index)
{
    early_functional *early = (early_functional *)argument + index;
    const argument_layer *layer = &early->prover->argument->layers[early->layer];
    const functional_task task =
        task_at(&early->arena, early->prover, prom_argument_leaf_point(early->prover, layer->variables));
    const functional_target target = {layer->value, NULL, NULL};
    early->result = prom_functional_new(&task, &early->form, &target, &early->error);
}

/* The functional of a layer with a split has a challenge in it, which is drawn when its turn comes. */
static prom_result prove_sums(prom_arena *scratch, argument_prover *prover, size_t index, const functional *early,
                              prom_error *error)
{
    const argument_layer *layer = &prover->argument->layers[index];
    const prom_extension *at = prom_argument_leaf_point(prover, layer->variables);
    const functional_task task = task_at(scratch, prover, at);
    PROM_SCOPED(prom_functional_free) functional form = {.count = 0};
    if (!layer->split) {
        return prove_functional(scratch, prover, early, at, error);
    }
    const prom_extension mix = prom_transcript_extension(&prover->transcript, "mix");
    const functional_target target = {layer->value, &mix, NULL};
    PROM_TRY(prom_functional_new(&task, &form, &target, error));
    PROM_TRY(prove_functional(scratch, prover, &form, at, error));
    return prove_high_parts(scratch, prover, layer, at, error);
}

/* That what lies under a max pool's window is, at a point, what its value and its differences say. */
static prom_result prove_places(prom_arena *scratch, argument_prover *prover, const argument_layer *layer,
                                const prom_extension *at, prom_error *error)
{
    const functional_task task = task_at(scratch, prover, at);
    PROM_SCOPED(prom_functional_free) functional form = {.count = 0};
    prom_extension weights[ARGUMENT_PLACES_MAX];
    prom_proof_place_weights(&prover->transcript, weights, layer->places);
    const functional_target target = {layer->value, NULL, weights};
    PROM_TRY(prom_functional_new(&task, &form, &target, error));
    return prove_functional(scratch, prover, &form, at, error);
}

static prom_result prove_pool(prom_arena *scratch, argument_prover *prover, size_t index, prom_error *error)
{
    const argument_layer *layer = &prover->argument->layers[index];
    const layer_witness *witness = &prover->witness->layers[index];
    const argument_value *value = &prover->argument->values[layer->value];
    prom_prover sumcheck = prover->sumcheck;
    prom_extension sent[ARGUMENT_PLACES_MAX];
    prom_extension own;
    prom_extension *point = NULL;
    PROM_TRY(prove_places(scratch, prover, layer, prom_argument_leaf_point(prover, layer->variables), error));
    PROM_TRY_NEW(point, prover->arena, layer->variables, error);
    sumcheck.scratch = scratch;
    const prom_element *const *factors = (const prom_element *const *)prover->witness->layers[index].differences;
    PROM_TRY(prom_zero_prove(&sumcheck, factors, layer->places, layer->variables, point, sent, error));
    prom_prover_send(&prover->sumcheck, PROOF_POOL, sent, layer->places);
    if (value->role == ARGUMENT_COMMITTED) {
        PROM_TRY(prom_multilinear_evaluate(scratch, prover->sumcheck.kernels, &own, witness->value, point,
                                           layer->variables, error));
        prom_prover_send(&prover->sumcheck, PROOF_VALUE, &own, 1);
        PROM_TRY(prom_argument_add_claim(&prover->claims, value->column, point, &own, error));
    }
    return prove_places(scratch, prover, layer, point, error);
}

/* Outputs that a layer only moved are some others' values. */
static prom_result prove_moved_output(prom_arena *scratch, argument_prover *prover, prom_error *error)
{
    const uint32_t last = (uint32_t)prover->argument->program->layer_count;
    const size_t variables = prover->argument->values[last].variables + prover->argument->batch_bits;
    PROM_SCOPED(prom_functional_free) functional form = {.count = 0};
    prom_extension *point = NULL;
    if (prover->argument->values[last].role != ARGUMENT_MOVED) {
        return prom_ok();
    }
    PROM_TRY_NEW(point, prover->arena, variables, error);
    for (size_t i = 0; i < variables; i++) {
        point[i] = prom_transcript_extension(&prover->transcript, "output");
    }
    const functional_task task = task_at(scratch, prover, point);
    const functional_target target = {last, NULL, NULL};
    PROM_TRY(prom_functional_new(&task, &form, &target, error));
    return prove_functional(scratch, prover, &form, point, error);
}

static prom_result prove_each_layer(argument_prover *prover, early_functional *early, prom_error *error)
{
    for (size_t i = 0; i < prover->argument->layer_count; i++) {
        const size_t share = (PROVER_DONE_LAYERS - PROVER_DONE_LOOKUPS) * i / prover->argument->layer_count;
        PROM_TRY(prom_progress_report(prover->progress, PROVER_DONE_LOOKUPS + share, PROVER_DONE_ALL, error));
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        prom_arena_init_within(&scratch, prover->arena);
        if (prover->argument->layers[i].places > 0) {
            PROM_TRY(prove_pool(&scratch, prover, i, error));
            continue;
        }
        const bool is_early = early->layer == i;
        if (is_early && !prom_is_ok(early->result)) {
            return prom_fail(error, early->result.category, "%s", early->error.sentence);
        }
        PROM_TRY(prove_sums(&scratch, prover, i, &early->form, error));
        if (is_early) {
            prom_functional_free(&early->form);
            prom_arena_free(&early->arena);
            early++;
        }
    }
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, prover->arena);
    return prove_moved_output(&scratch, prover, error);
}

prom_result prom_argument_prove_layers(argument_prover *prover, prom_error *error)
{
    const prom_argument *argument = prover->argument;
    early_functional *early = NULL;
    size_t count = 0;
    PROM_TRY_NEW(early, prover->arena, argument->layer_count + 1, error);
    for (size_t i = 0; i < argument->layer_count; i++) {
        if (argument->layers[i].places == 0 && !argument->layers[i].split) {
            early[count].prover = prover;
            early[count].layer = i;
            prom_arena_init_within(&early[count++].arena, prover->arena);
        }
    }
    early[count].layer = ARGUMENT_NONE;
    prom_parallel_run(prover->sumcheck.parallel, compute_early, early, count);
    const prom_result result = prove_each_layer(prover, early, error);
    for (size_t i = 0; i < count; i++) {
        prom_functional_free(&early[i].form);
        prom_arena_free(&early[i].arena);
    }
    return result;
}
