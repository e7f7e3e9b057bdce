#include "quantise/warnings.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/units.h"

#define WEAK_DECIBELS 20.0 /* of signal to noise: the difference is a tenth of what varies */
#define CLAMPED_MAX 0.01   /* of the inputs, without a warning */
#define AGREEING_MIN 0.95  /* of the items, without a warning */

enum { NAMED = 3, LIST_LENGTH = 512 };

PROM_PRINTF(2, 3) static void warn(prom_fidelity_warnings *warnings, const char *format, ...)
{
    char *sentence = warnings->sentences[warnings->count++];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(sentence, sizeof warnings->sentences[0], format, values);
    va_end(values);
}

static const char *name_of(const prom_network *network, uint32_t value)
{
    return value == 0 ? "input" : network->layers[value - 1].name;
}

static const prom_layer_fidelity *output_of(const prom_fidelity *fidelity)
{
    return &fidelity->layers[fidelity->layer_count - 1];
}

static void warn_of_stretches(prom_fidelity_warnings *warnings, const prom_fidelity_subject *subject)
{
    const prom_quantised *quantised = subject->quantised;
    char text[LIST_LENGTH] = "";
    size_t at = 0;
    for (size_t i = 0; i < quantised->stretch_count && i < NAMED; i++) {
        const prom_stretch *stretch = &quantised->stretches[i];
        /* Three names of at most 63 characters fit. */
        at += (size_t)snprintf(text + at, sizeof text - at, "%sitem %zu (%.3g times as far as others, in '%s')",
                               i == 0 ? "" : ", ", stretch->item, stretch->factor,
                               name_of(subject->network, stretch->value));
    }
    if (quantised->stretch_count > NAMED) {
        char more[PROM_UNITS];
        (void)snprintf(text + at, sizeof text - at, " and %s more",
                       prom_units_number(more, quantised->stretch_count - NAMED));
    }
    if (quantised->stretch_count > 0) {
        warn(warnings,
             "of the calibration set, ranges are stretched by %s: take away what the model will not see, or try "
             "%s",
             text, subject->percentile);
    }
}

static void warn_of_outputs(prom_fidelity_warnings *warnings, const prom_fidelity_subject *subject)
{
    const prom_fidelity *found = subject->fidelity;
    const prom_layer_fidelity *output = output_of(found);
    char part[PROM_UNITS];
    char whole[PROM_UNITS];
    if (!output->varies && found->items > 1) {
        warn(warnings, "the outputs are the same for all items of the %s set: there is nothing to measure",
             subject->set);
    } else if (output->signal_to_noise < WEAK_DECIBELS) {
        warn(warnings, "the outputs' error is %.0f %% of what they vary by (%.1f dB)",
             100 * output->error / output->spread, output->signal_to_noise);
    } else if (found->item.middle < WEAK_DECIBELS) {
        warn(warnings, "half of the items have a signal to noise below %.1f dB", found->item.middle);
    }
    if (found->classes && (double)found->agreeing < AGREEING_MIN * (double)found->decided) {
        warn(warnings, "float and integer give different classes for %s of %s",
             prom_units_number(part, found->decided - found->agreeing),
             prom_units_count(whole, found->decided, "item"));
    }
    if (found->input.clamped > CLAMPED_MAX) {
        warn(warnings,
             "%.2f %% of the inputs lie beyond the range and are clamped: are they prepared as those that the "
             "model was calibrated with?",
             100 * found->input.clamped);
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

static void warn_of_layers(prom_fidelity_warnings *warnings, const prom_fidelity *fidelity)
{
    char text[LIST_LENGTH] = "";
    const prom_layer_fidelity *weak = next_weakest(fidelity, NULL);
    size_t at = 0;
    for (size_t i = 0; weak != NULL && i < NAMED; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s (%.1f dB)", i == 0 ? "" : ", ", weak->name,
                               weak->signal_to_noise);
        weak = next_weakest(fidelity, weak);
    }
    if (at > 0) {
        warn(warnings, "precision is lost most in %s", text);
    }
}

void prom_fidelity_warn(prom_fidelity_warnings *warnings, const prom_fidelity_subject *subject)
{
    warnings->count = 0;
    warn_of_stretches(warnings, subject);
    if (subject->fidelity != NULL) {
        warn_of_outputs(warnings, subject);
        warn_of_layers(warnings, subject->fidelity);
    }
}
