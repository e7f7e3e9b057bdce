#include "prom/fidelity_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "prom/model_text.h"

#define WEAK_DECIBELS 20.0 /* of signal to noise: the difference is a tenth of what varies */
#define CLAMPED_MAX 0.01   /* of the inputs, without a warning */
#define AGREEING_MIN 0.95  /* of the items, without a warning */

enum { NAMED = 3, WARNING_LENGTH = 512 };

static double share(size_t part, size_t whole)
{
    return (double)part / (double)whole;
}

static const prom_layer_fidelity *output_of(const prom_fidelity *fidelity)
{
    return &fidelity->layers[fidelity->layer_count - 1];
}

/* -- Text -- */

static void print_columns(const prom_layer_fidelity *found)
{
    const double decibels = found->signal_to_noise;
    if (isfinite(decibels)) {
        (void)printf("  %6.1f dB", decibels);
    } else {
        (void)printf("  %9s", isnan(decibels) ? "constant" : decibels > 0 ? "exact" : "lost");
    }
    (void)printf("  %6.2f %%", 100 * found->clamped);
}

/* The program's value that stands for value `at` of the network, 0 for the input. */
static const prom_value *value_of(const prom_fidelity_case *told, size_t at)
{
    return prom_program_value(told->quantised->program, told->quantised->values[at]);
}

/* A line of the table; `found` is NULL where nothing was compared. */
static void print_line(const prom_fidelity_case *told, size_t at, int width, const prom_layer_fidelity *found)
{
    const prom_network_layer *layer = at > 0 ? &told->network->layers[at - 1] : NULL;
    char shape[PROM_SHAPE_TEXT];
    char range[PROM_MODEL_RANGE];
    (void)printf("  %-*s  %-12s  %-14s  %-11.5g  %-12s", width, layer != NULL ? layer->name : "input",
                 layer != NULL ? prom_layer_kind_name(layer->kind) : "",
                 prom_shape_text(shape, layer != NULL ? &layer->shape : &told->network->input_shape),
                 (double)told->quantised->scales[at], prom_text_range(range, value_of(told, at)->range));
    if (found != NULL) {
        print_columns(found);
    }
    (void)putchar('\n');
}

void prom_fidelity_print_table(const prom_fidelity_case *told)
{
    const prom_fidelity *fidelity = told->fidelity;
    int width = (int)sizeof "layer" - 1;
    for (size_t i = 0; i < told->network->layer_count; i++) {
        const int length = (int)strlen(told->network->layers[i].name);
        width = length > width ? length : width;
    }
    (void)printf("\n  %-*s  %-12s  %-14s  %-11s  %-12s%s\n", width, "layer", "kind", "output", "scale", "range",
                 fidelity != NULL ? "        S/N   clamped" : "");
    print_line(told, 0, width, fidelity != NULL ? &fidelity->input : NULL);
    for (size_t i = 0; i < told->network->layer_count; i++) {
        print_line(told, i + 1, width, fidelity != NULL ? &fidelity->layers[i] : NULL);
    }
}

static void print_classes(const prom_fidelity_case *told)
{
    const prom_fidelity *found = told->fidelity;
    char count[PROM_UNITS];
    char other[PROM_UNITS];
    (void)printf("\n  the %s set, %s", told->set, prom_units_count(count, found->items, "item"));
    if (found->classes && found->decided > 0) {
        (void)printf(": float and integer give the same class for %s (%.2f %%)",
                     prom_units_number(count, found->agreeing), 100 * share(found->agreeing, found->decided));
    }
    (void)putchar('\n');
    if (found->classes && found->decided < found->items) {
        (void)printf(
            "  in %s of them the float network's largest output stands at several places: they have no class\n",
            prom_units_number(count, found->items - found->decided));
    }
    if (told->labelled) {
        (void)printf("  right: float %s (%.2f %%), integer %s (%.2f %%)\n",
                     prom_units_number(count, found->float_right), 100 * share(found->float_right, found->items),
                     prom_units_number(other, found->integer_right), 100 * share(found->integer_right, found->items));
    }
}

static void print_outputs(const prom_fidelity *found)
{
    const prom_layer_fidelity *output = output_of(found);
    (void)printf("  outputs: the error is %.4g root mean square, %.4g at most; ", output->error, output->error_max);
    if (!output->varies) {
        (void)printf("they do not vary: there is nothing to measure it by\n");
        return;
    }
    (void)printf("they vary by %.4g", output->spread);
    if (isfinite(output->signal_to_noise)) {
        (void)printf(": a signal to noise of %.1f dB", output->signal_to_noise);
    }
    (void)putchar('\n');
    if (isfinite(found->item.worst)) {
        (void)printf("  item by item: ");
        if (isfinite(found->item.middle)) {
            (void)printf("%.1f dB in the middle one, ", found->item.middle);
        }
        (void)printf("%.1f dB in the worst, item %zu\n", found->item.worst, found->item.worst_item);
    }
}

void prom_fidelity_print(const prom_fidelity_case *told)
{
    print_classes(told);
    print_outputs(told->fidelity);
    (void)printf("  inputs beyond the range: %.2f %% of the %s set", 100 * told->fidelity->input.clamped, told->set);
    if (told->set[0] == 't' && isfinite(told->calibration_clamped)) {
        (void)printf(", %.2f %% of the calibration set", 100 * told->calibration_clamped);
    }
    (void)putchar('\n');
}

/* -- JSON -- */

static json_t *number_json(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *count_if(bool there, size_t count)
{
    return there ? json_integer((json_int_t)count) : json_null();
}

static json_t *share_if(bool there, size_t part, size_t whole)
{
    return there && whole > 0 ? json_real(share(part, whole)) : json_null();
}

static json_t *item_json(const prom_item_fidelity *item)
{
    if (isnan(item->worst)) {
        return json_null();
    }
    return json_pack("{s:I, s:o}", "item", (json_int_t)item->worst_item, "signal_to_noise", number_json(item->worst));
}

json_t *prom_fidelity_json(const prom_fidelity_case *told)
{
    const prom_fidelity *found = told->fidelity;
    if (found == NULL) {
        return json_null();
    }
    const prom_layer_fidelity *output = output_of(found);
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:f, s:f, s:f, s:o, s:o, s:o}", //
                     "set", told->set,                                                              //
                     "items", (json_int_t)found->items,                                             //
                     "decided", count_if(found->classes, found->decided),                           //
                     "agreeing", count_if(found->classes, found->agreeing),                         //
                     "right", count_if(told->labelled, found->integer_right),                       //
                     "right_float", count_if(told->labelled, found->float_right),                   //
                     "accuracy", share_if(told->labelled, found->integer_right, found->items),      //
                     "accuracy_float", share_if(told->labelled, found->float_right, found->items),  //
                     "varies", (int)output->varies,                                                 //
                     "spread", output->spread,                                                      //
                     "error", output->error,                                                        //
                     "error_max", output->error_max,                                                //
                     "signal_to_noise", number_json(output->signal_to_noise),                       //
                     "item_signal_to_noise", number_json(found->item.middle),                       //
                     "worst_item", item_json(&found->item));
}

/* "clamped_calibration" stands beside "clamped", for the test set may be another. */
json_t *prom_fidelity_input_json(const prom_fidelity_case *told)
{
    const prom_layer_fidelity *found = told->fidelity != NULL ? &told->fidelity->input : NULL;
    return json_pack("{s:o, s:f, s:o, s:o, s:o, s:o}",                                             //
                     "shape", prom_text_shape_json(&told->network->input_shape),                   //
                     "scale", (double)told->quantised->scales[0],                                  //
                     "range", prom_text_range_json(value_of(told, 0)->range),                      //
                     "signal_to_noise", number_json(found != NULL ? found->signal_to_noise : NAN), //
                     "clamped", number_json(found != NULL ? found->clamped : NAN),                 //
                     "clamped_calibration", number_json(told->calibration_clamped));
}

json_t *prom_fidelity_layers_json(const prom_fidelity_case *told)
{
    json_t *list = json_array();
    for (size_t i = 0; i < told->network->layer_count; i++) {
        const prom_network_layer *layer = &told->network->layers[i];
        const prom_layer_fidelity *found = told->fidelity != NULL ? &told->fidelity->layers[i] : NULL;
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:f, s:o, s:o, s:o, s:o, s:o}",             //
                                                    "name", layer->name,                                         //
                                                    "kind", prom_layer_kind_name(layer->kind),                   //
                                                    "shape", prom_text_shape_json(&layer->shape),                //
                                                    "scale", (double)told->quantised->scales[i + 1],             //
                                                    "range", prom_text_range_json(value_of(told, i + 1)->range), //
                                                    "signal_to_noise",
                                                    number_json(found != NULL ? found->signal_to_noise : NAN),  //
                                                    "spread", number_json(found != NULL ? found->spread : NAN), //
                                                    "error", number_json(found != NULL ? found->error : NAN),   //
                                                    "clamped", number_json(found != NULL ? found->clamped : NAN)));
    }
    return list;
}

static const char *name_of(const prom_network *network, uint32_t value)
{
    return value == 0 ? "input" : network->layers[value - 1].name;
}

json_t *prom_fidelity_stretches_json(const prom_network *network, const prom_quantised *quantised)
{
    json_t *list = json_array();
    for (size_t i = 0; i < quantised->stretch_count; i++) {
        const prom_stretch *stretch = &quantised->stretches[i];
        (void)json_array_append_new(list, json_pack("{s:I, s:s, s:f}", "item", (json_int_t)stretch->item, "value",
                                                    name_of(network, stretch->value), "factor", stretch->factor));
    }
    return list;
}

/* -- Warnings -- */

static void warn_of_stretches(json_t *warnings, const prom_fidelity_case *told)
{
    const prom_quantised *quantised = told->quantised;
    char text[WARNING_LENGTH] = "";
    size_t at = 0;
    for (size_t i = 0; i < quantised->stretch_count && i < NAMED; i++) {
        const prom_stretch *stretch = &quantised->stretches[i];
        /* Three names of at most 63 characters fit. */
        at += (size_t)snprintf(text + at, sizeof text - at, "%sitem %zu (%.3g times as far as others, in '%s')",
                               i == 0 ? "" : ", ", stretch->item, stretch->factor,
                               name_of(told->network, stretch->value));
    }
    if (quantised->stretch_count > NAMED) {
        char more[PROM_UNITS];
        (void)snprintf(text + at, sizeof text - at, " and %s more",
                       prom_units_number(more, quantised->stretch_count - NAMED));
    }
    if (quantised->stretch_count > 0) {
        (void)json_array_append_new(
            warnings,
            json_sprintf(
                "of the calibration set, ranges are stretched by %s: take away what the model will not see, or try "
                "--calibration-method percentile",
                text));
    }
}

static void warn_of_outputs(json_t *warnings, const prom_fidelity_case *told)
{
    const prom_fidelity *found = told->fidelity;
    const prom_layer_fidelity *output = output_of(found);
    char part[PROM_UNITS];
    char whole[PROM_UNITS];
    if (!output->varies && found->items > 1) {
        (void)json_array_append_new(
            warnings, json_sprintf("the outputs are the same for all items of the %s set: there is nothing to measure",
                                   told->set));
    } else if (output->signal_to_noise < WEAK_DECIBELS) {
        (void)json_array_append_new(warnings,
                                    json_sprintf("the outputs' error is %.0f %% of what they vary by (%.1f dB)",
                                                 100 * output->error / output->spread, output->signal_to_noise));
    } else if (found->item.middle < WEAK_DECIBELS) {
        (void)json_array_append_new(
            warnings, json_sprintf("half of the items have a signal to noise below %.1f dB", found->item.middle));
    }
    if (found->classes && (double)found->agreeing < AGREEING_MIN * (double)found->decided) {
        (void)json_array_append_new(warnings, json_sprintf("float and integer give different classes for %s of %s",
                                                           prom_units_number(part, found->decided - found->agreeing),
                                                           prom_units_count(whole, found->decided, "item")));
    }
    if (found->input.clamped > CLAMPED_MAX) {
        (void)json_array_append_new(
            warnings,
            json_sprintf(
                "%.2f %% of the inputs lie beyond the range and are clamped: are they prepared as those that the "
                "model was calibrated with?",
                100 * found->input.clamped));
    }
}

/* A layer that rounds, and whose integers are far from its floats. */
static bool is_weak(const prom_layer_fidelity *layer)
{
    const bool rounds = layer->kind == PROM_LAYER_DENSE || layer->kind == PROM_LAYER_CONV ||
                        layer->kind == PROM_LAYER_AVERAGE_POOL || layer->kind == PROM_LAYER_ADD;
    return rounds && layer->signal_to_noise < WEAK_DECIBELS;
}

/* The weakest layer behind `last` in the order of weakness; NULL when there is none. */
static const prom_layer_fidelity *next_weakest(const prom_fidelity *fidelity, const prom_layer_fidelity *last)
{
    const prom_layer_fidelity *weakest = NULL;
    for (size_t i = 0; i < fidelity->layer_count; i++) {
        const prom_layer_fidelity *layer = &fidelity->layers[i];
        const bool behind = last == NULL || layer->signal_to_noise > last->signal_to_noise ||
                            (layer->signal_to_noise == last->signal_to_noise && layer > last);
        if (is_weak(layer) && behind && (weakest == NULL || layer->signal_to_noise < weakest->signal_to_noise)) {
            weakest = layer;
        }
    }
    return weakest;
}

static void warn_of_layers(json_t *warnings, const prom_fidelity *fidelity)
{
    char text[WARNING_LENGTH] = "";
    const prom_layer_fidelity *weak = next_weakest(fidelity, NULL);
    size_t at = 0;
    for (size_t i = 0; weak != NULL && i < NAMED; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s (%.1f dB)", i == 0 ? "" : ", ", weak->name,
                               weak->signal_to_noise);
        weak = next_weakest(fidelity, weak);
    }
    if (at > 0) {
        (void)json_array_append_new(warnings, json_sprintf("precision is lost most in %s", text));
    }
}

json_t *prom_fidelity_warnings(const prom_fidelity_case *told)
{
    json_t *warnings = json_array();
    warn_of_stretches(warnings, told);
    if (told->fidelity != NULL) {
        warn_of_outputs(warnings, told);
        warn_of_layers(warnings, told->fidelity);
    }
    return warnings;
}
