#include "prom/fidelity_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "prom/model_text.h"
#include "quantise/warnings.h"

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

json_t *prom_fidelity_warnings_json(const prom_fidelity_case *told)
{
    const prom_fidelity_subject subject = {told->network, told->quantised, told->fidelity, told->set,
                                           "--calibration-method percentile"};
    prom_fidelity_warnings warnings;
    json_t *list = json_array();
    prom_fidelity_warn(&warnings, &subject);
    for (size_t i = 0; i < warnings.count; i++) {
        (void)json_array_append_new(list, json_string(warnings.sentences[i]));
    }
    return list;
}
