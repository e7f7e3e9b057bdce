/* What a user wants of a job's results. */
#ifndef FILES_RESULTS_H
#define FILES_RESULTS_H

#include "prometheus/module/module.h"

/* What is gathered of the results of all nodes. */
typedef struct prom_gathering {
    bool folds; /* that of the last node; else those of all */
    bool lines; /* each of these with a newline behind it */
} prom_gathering;

/* Gathers the bytes of so many nodes, at least one. */
PROM_MUST_USE prom_result prom_files_gather(prom_arena *arena, prom_span *result, const prom_node_result *nodes,
                                            uint32_t count, const prom_gathering *what, prom_error *error);

#endif
