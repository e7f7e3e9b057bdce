/* How a comparison of floats and integers is told: as text, as JSON, and as warnings. */
#ifndef PROM_FIDELITY_TEXT_H
#define PROM_FIDELITY_TEXT_H

#include <jansson.h>

#include "prometheus/quantise/quantise.h"

/* What was compared. */
typedef struct prom_fidelity_case {
    const prom_network *network;
    const prom_quantised *quantised;
    const prom_fidelity *fidelity; /* NULL: nothing was compared */
    const char *set;               /* "test" or "calibration" */
    bool labelled;                 /* there are right classes */
    double calibration_clamped; /* the share of the calibration set's values that the input clamps; NAN without one */
} prom_fidelity_case;

/* Prints a table of the input and all layers, with two columns of what they lose where there was a comparison. */
void prom_fidelity_print_table(const prom_fidelity_case *told);

/* Prints what the outputs and the input lose in the comparison. */
void prom_fidelity_print(const prom_fidelity_case *told);

/* Return objects; that of the layers is a list. Without a comparison the first is null, and so is what was measured in
 * the others. */
json_t *prom_fidelity_json(const prom_fidelity_case *told);
json_t *prom_fidelity_input_json(const prom_fidelity_case *told);
json_t *prom_fidelity_layers_json(const prom_fidelity_case *told);

/* Returns a list of objects: item, name of a value, factor. */
json_t *prom_fidelity_stretches_json(const prom_network *network, const prom_quantised *quantised);

/* Returns a list of sentences. */
json_t *prom_fidelity_warnings_json(const prom_fidelity_case *told);

#endif
