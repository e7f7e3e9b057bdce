/* What whoever compiles a model should know before it is relied on. */
#ifndef QUANTISE_WARNINGS_H
#define QUANTISE_WARNINGS_H

#include "prometheus/quantise/quantise.h"

/* Sentences for people. */
typedef struct prom_fidelity_warnings {
    size_t count;
    char sentences[6][768];
} prom_fidelity_warnings;

typedef struct prom_fidelity_subject {
    const prom_network *network;
    const prom_quantised *quantised;
    const prom_fidelity *fidelity; /* NULL: nothing was compared */
    const char *set;               /* that was compared: "test" or "calibration" */
    const char *percentile;        /* how the caller asks for that method of calibration */
} prom_fidelity_subject;

/* Writes which items of the calibration set stretch ranges, and, where there was a comparison, what of the outputs, the
 * classes, the inputs and the layers is lost; none where all is well. */
void prom_fidelity_warn(prom_fidelity_warnings *warnings, const prom_fidelity_subject *subject);

#endif
