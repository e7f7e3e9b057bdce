/* How a comparison of floats and integers is told: as text, as JSON, and as warnings. */
#ifndef PROM_FIDELITY_TEXT_H
#define PROM_FIDELITY_TEXT_H

#include <jansson.h>

#include "prometheus/quantise/quantise.h"

/* What was compared. */
typedef struct prom_fidelity_case {
    const prom_network *network;
    const prom_quantised *quantised;
    const prom_fidelity *fidelity;
    const char *set;            /* "test" or "calibration" */
    bool labelled;              /* there are right classes */
    double calibration_clamped; /* the share of the calibration set's values that the input clamps; NAN without one */
} prom_fidelity_case;

/* Prints "    41.2 dB", "exact", "lost" or "constant", then the share that is clamped, as columns of a table. */
void prom_fidelity_print_columns(const prom_layer_fidelity *found);

/* Prints what the outputs and the input lose. */
void prom_fidelity_print(const prom_fidelity_case *told);

/* Returns an object. */
json_t *prom_fidelity_json(const prom_fidelity_case *told);

/* Returns a list of [name of a value, item, factor] as objects. */
json_t *prom_fidelity_stretches_json(const prom_network *network, const prom_quantised *quantised);

/* Returns a list of sentences. `fidelity` may be NULL, where nothing was compared. */
json_t *prom_fidelity_warnings(const prom_fidelity_case *told);

/* Returns the number, or null where it is not finite. */
json_t *prom_fidelity_number_json(double number);

#endif
