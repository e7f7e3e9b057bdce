/* Results of a module's nodes, as they are written and told. */
#ifndef PROM_RESULTS_TEXT_H
#define PROM_RESULTS_TEXT_H

#include "prometheus/module/module.h"

typedef struct prom_node_results {
    const prom_node_result *nodes;
    uint32_t count;
    bool folds;
} prom_node_results;

/* Gathers what the user wants of them: the last fold's result, or those of all items; `lines`: each of these with a
 * newline behind it. */
PROM_MUST_USE prom_result prom_results_gather(prom_arena *arena, prom_span *result, const prom_node_results *results,
                                              bool lines, prom_error *error);

/* Tells on standard error of the first that failed, "item 3: trap: division by zero", and how many others did. */
void prom_results_print_failures(const prom_node_results *results);

#endif
