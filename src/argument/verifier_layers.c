/* The verifier's longest step: layer by layer, that what a layer sums follows from what it reads. */
#include <string.h>

#include "argument/closed_form.h"
#include "argument/steps.h"
#include "argument/verifier.h"
#include "prometheus/proof/product.h"
#include "prometheus/proof/zero.h"

/* -- Functionals -- */

static prom_result new_point(const argument_verifier *verifier, prom_extension **point,
                             const prom_extension *batch_point, size_t variables, prom_error *error)
{
    const size_t batch = verifier->argument.batch_bits;
    PROM_TRY_NEW(*point, verifier->arena, batch + variables, error);
    memcpy(*point, batch_point, batch * sizeof **point);
    return prom_ok();
}

/* A functional as it is verified: coefficients of the program's input, and of what is reached through moved values; and
 * the closed form of the rest. */
typedef struct checked_functional {
    functional_task task;
    functional_target target;
    functional planes;
    closed_form form;
    bool *reads; /* of each value below the functional's: it has coefficients for it */
} checked_functional;

static prom_result new_functional(prom_arena *scratch, const argument_verifier *verifier, checked_functional *made,
                                  const functional_target *target, const prom_extension *at, prom_error *error)
{
    made->task = (functional_task){scratch, verifier->setup.field, &verifier->argument,
                                   at + verifier->argument.batch_bits, false};
    made->target = *target;
    PROM_TRY_NEW(made->reads, scratch, target->value, error);
    prom_argument_reads(&verifier->argument, made->reads, target->value);
    PROM_TRY(prom_closed_form_new(&made->task, &made->form, target, error));
    PROM_TRY(prom_functional_new(&made->task, &made->planes, target, error));
    return made->planes.coefficients != NULL /* as the analyser has to be shown */
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a functional has no coefficients");
}

static void end_functional(checked_functional *checked)
{
    prom_functional_free(&checked->planes);
}

/* The polynomial of value v's coefficients at a point of its item's coordinates. */
static prom_result coefficients_at(const checked_functional *checked, prom_extension *result, uint32_t v,
                                   const prom_extension *at, prom_error *error)
{
    *result = prom_extension_zero();
    if (checked->task.argument->values[checked->target.value].role != ARGUMENT_MOVED) {
        PROM_TRY(prom_closed_form_at(&checked->form, result, v, at, error));
    }
    if (checked->planes.coefficients[v].plane[0] != NULL) {
        prom_extension moved;
        PROM_TRY(prom_coefficients_at(&checked->task, &moved, v, checked->planes.coefficients[v], at, error));
        *result = prom_extension_add(result, &moved);
    }
    return prom_ok();
}

/* The constant, which counts for every item, and the inputs' part. */
static prom_result public_part(prom_arena *scratch, const argument_verifier *verifier, prom_extension *sum,
                               const checked_functional *checked, const prom_extension *batch_point, prom_error *error)
{
    const prom_argument *argument = &verifier->argument;
    const prom_extension items = prom_argument_equal_below(batch_point, argument->batch_bits, argument->items);
    *sum = prom_extension_multiply(&checked->form.constant, &items);
    if (checked->reads[0]) {
        const public_codes inputs = {argument, verifier->setup.field, 0, verifier->statement->inputs};
        prom_extension part;
        PROM_TRY(prom_codes_combine(scratch, &part, &inputs, checked->planes.coefficients[0], batch_point, error));
        *sum = prom_extension_add(sum, &part);
    }
    return prom_ok();
}

static prom_result check_term(argument_verifier *verifier, const checked_functional *checked, uint32_t v,
                              const prom_extension *sum, const prom_extension *batch_point, prom_error *error)
{
    const argument_value *value = &verifier->argument.values[v];
    prom_extension *point = NULL;
    prom_extension product;
    prom_extension coefficient;
    prom_extension there;
    PROM_TRY(new_point(verifier, &point, batch_point, value->variables, error));
    prom_extension *item_point = point + verifier->argument.batch_bits;
    PROM_TRY(prom_product_verify(&verifier->sumcheck, value->variables, sum, item_point, &product, error));
    PROM_TRY(prom_verifier_receive(&verifier->sumcheck, PROOF_VALUE, &there, 1, error));
    PROM_TRY(coefficients_at(checked, &coefficient, v, item_point, error));
    coefficient = prom_extension_multiply(&coefficient, &there);
    if (!prom_extension_equal(&coefficient, &product)) {
        return prom_verifier_refuse("a layer's sums do not follow from its inputs", error);
    }
    return prom_argument_add_claim(&verifier->claims, value->column, point, &there, error);
}

/* That the terms which are sent, and the public part, are `claim`. */
static prom_result receive_terms(prom_arena *scratch, argument_verifier *verifier, prom_extension **sums,
                                 const checked_functional *checked, const prom_extension *claim,
                                 const prom_extension *batch_point, prom_error *error)
{
    prom_extension total;
    size_t count = 0;
    PROM_TRY(public_part(scratch, verifier, &total, checked, batch_point, error));
    for (uint32_t v = 1; v < checked->target.value; v++) {
        count += checked->reads[v] ? 1 : 0;
    }
    PROM_TRY_NEW(*sums, scratch, count, error);
    PROM_TRY(prom_verifier_receive(&verifier->sumcheck, PROOF_TERMS, *sums, count, error));
    for (size_t i = 0; i < count; i++) {
        total = prom_extension_add(&total, &(*sums)[i]);
    }
    return prom_extension_equal(&total, claim)
               ? prom_ok()
               : prom_verifier_refuse("a layer's sums are not those of its inputs and biases", error);
}

/* That the functional, of committed and of public values, is `claim` at a point of the batch and of the item. */
static prom_result check_functional(prom_arena *scratch, argument_verifier *verifier, const functional_target *target,
                                    const prom_extension *claim, const prom_extension *at, prom_error *error)
{
    PROM_SCOPED(end_functional) checked_functional checked = {.planes = {.count = 0}};
    prom_extension *sums = NULL;
    size_t term = 0;
    PROM_TRY(new_functional(scratch, verifier, &checked, target, at, error));
    PROM_TRY(receive_terms(scratch, verifier, &sums, &checked, claim, at, error));
    for (uint32_t v = 1; v < target->value; v++) {
        if (checked.reads[v]) {
            PROM_TRY(check_term(verifier, &checked, v, &sums[term++], at, error));
        }
    }
    return prom_ok();
}

static prom_result check_high_parts(prom_arena *scratch, argument_verifier *verifier, size_t index,
                                    const prom_extension *at, prom_error *error)
{
    const argument_layer *layer = &verifier->argument.layers[index];
    const functional_task task = {scratch, verifier->setup.field, &verifier->argument,
                                  at + verifier->argument.batch_bits, false};
    const size_t split = verifier->argument.program->layers[layer->value - 1].rescale.split;
    const size_t variables = verifier->argument.values[layer->value].variables;
    prom_extension *point = NULL;
    prom_extension claim;
    prom_extension product;
    prom_extension multiplier;
    prom_extension limbs[ARGUMENT_LIMBS_MAX];
    /* The limbs hold the high part plus 2^(30 - split). */
    PROM_TRY(prom_multipliers_at(&task, &claim, layer->value, NULL, error));
    claim = prom_extension_scale(&claim, prom_element_of(UINT32_C(1) << (ARGUMENT_NUMBER_BITS - split)));
    claim = prom_extension_add(&claim, &verifier->layers[index].product_high);
    PROM_TRY(new_point(verifier, &point, at, variables, error));
    prom_extension *there = point + verifier->argument.batch_bits;
    PROM_TRY(prom_product_verify(&verifier->sumcheck, variables, &claim, there, &product, error));
    PROM_TRY(prom_verifier_receive(&verifier->sumcheck, PROOF_LIMBS, limbs, layer->high.count, error));
    PROM_TRY(prom_multipliers_at(&task, &multiplier, layer->value, there, error));
    const prom_extension number = prom_argument_number(&layer->high, limbs);
    multiplier = prom_extension_multiply(&multiplier, &number);
    if (!prom_extension_equal(&multiplier, &product)) {
        return prom_verifier_refuse("a sum's high part is not multiplied as it should be", error);
    }
    for (size_t i = 0; i < layer->high.count; i++) {
        PROM_TRY(prom_argument_add_claim(&verifier->claims, layer->high.columns[i], point, &limbs[i], error));
    }
    return prom_ok();
}

static prom_result check_sums(prom_arena *scratch, argument_verifier *verifier, size_t index, prom_error *error)
{
    const argument_layer *layer = &verifier->argument.layers[index];
    const layer_claims *claims = &verifier->layers[index];
    const prom_extension *at = prom_verifier_leaf_point(verifier, layer->variables);
    prom_extension mix;
    prom_extension claim = claims->product;
    if (layer->split) {
        mix = prom_transcript_extension(&verifier->transcript, "mix");
        claim = prom_extension_multiply(&mix, &claims->product);
        claim = prom_extension_add(&claim, &claims->sum);
    }
    const functional_target target = {layer->value, layer->split ? &mix : NULL, NULL};
    PROM_TRY(check_functional(scratch, verifier, &target, &claim, at, error));
    return layer->split ? check_high_parts(scratch, verifier, index, at, error) : prom_ok();
}

static prom_result check_places(prom_arena *scratch, argument_verifier *verifier, const argument_layer *layer,
                                const prom_extension *value, const prom_extension *differences,
                                const prom_extension *at, prom_error *error)
{
    prom_extension weights[ARGUMENT_PLACES_MAX];
    prom_proof_place_weights(&verifier->transcript, weights, layer->places);
    const prom_extension claim = prom_proof_places_claim(value, differences, weights, layer->places);
    const functional_target target = {layer->value, NULL, weights};
    return check_functional(scratch, verifier, &target, &claim, at, error);
}

static prom_result check_pool(prom_arena *scratch, argument_verifier *verifier, size_t index, prom_error *error)
{
    const argument_layer *layer = &verifier->argument.layers[index];
    const layer_claims *claims = &verifier->layers[index];
    const argument_value *value = &verifier->argument.values[layer->value];
    prom_extension differences[ARGUMENT_PLACES_MAX];
    prom_extension own;
    prom_extension product;
    prom_extension *point = NULL;
    PROM_TRY(check_places(scratch, verifier, layer, &claims->value, claims->differences,
                          prom_verifier_leaf_point(verifier, layer->variables), error));
    PROM_TRY_NEW(point, verifier->arena, layer->variables, error);
    PROM_TRY(prom_zero_verify(&verifier->sumcheck, layer->places, layer->variables, point, &product, error));
    PROM_TRY(prom_verifier_receive(&verifier->sumcheck, PROOF_POOL, differences, layer->places, error));
    prom_extension all = differences[0];
    for (size_t i = 1; i < layer->places; i++) {
        all = prom_extension_multiply(&all, &differences[i]);
    }
    if (!prom_extension_equal(&all, &product)) {
        return prom_verifier_refuse("a pool's value is none of those under its window", error);
    }
    if (value->role == ARGUMENT_COMMITTED) {
        PROM_TRY(prom_verifier_receive(&verifier->sumcheck, PROOF_VALUE, &own, 1, error));
        PROM_TRY(prom_argument_add_claim(&verifier->claims, value->column, point, &own, error));
    } else {
        PROM_TRY(prom_verifier_output_at(scratch, verifier, &own, point, error));
    }
    return check_places(scratch, verifier, layer, &own, differences, point, error);
}

prom_result prom_verifier_check_moved_output(prom_arena *scratch, argument_verifier *verifier, prom_error *error)
{
    const uint32_t last = (uint32_t)verifier->argument.program->layer_count;
    const size_t variables = verifier->argument.values[last].variables + verifier->argument.batch_bits;
    prom_extension *point = NULL;
    prom_extension claim;
    if (verifier->argument.values[last].role != ARGUMENT_MOVED) {
        return prom_ok();
    }
    PROM_TRY_NEW(point, verifier->arena, variables, error);
    for (size_t i = 0; i < variables; i++) {
        point[i] = prom_transcript_extension(&verifier->transcript, "output");
    }
    const functional_target target = {last, NULL, NULL};
    PROM_TRY(prom_verifier_output_at(scratch, verifier, &claim, point, error));
    return check_functional(scratch, verifier, &target, &claim, point, error);
}

prom_result prom_verifier_check_layers(argument_verifier *verifier, prom_error *error)
{
    for (size_t i = 0; i <= verifier->argument.layer_count; i++) {
        PROM_TRY(prom_verifier_report(verifier, i + 1, error));
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        prom_arena_init_within(&scratch, verifier->arena);
        if (i == verifier->argument.layer_count) {
            return prom_verifier_check_moved_output(&scratch, verifier, error);
        }
        PROM_TRY((verifier->argument.layers[i].places > 0 ? check_pool : check_sums)(&scratch, verifier, i, error));
    }
    return prom_ok();
}
