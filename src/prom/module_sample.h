/* What a program's limits should be is seen by running some of its items. */
#ifndef PROM_MODULE_SAMPLE_H
#define PROM_MODULE_SAMPLE_H

#include "files/items.h"
#include "module/measure.h"

/* A module with wide limits, and the items that it is for. */
typedef struct prom_module_sample {
    const prom_module *module;
    const prom_items *items;
    const prom_items_origin *origin; /* NULL: not known */
    bool find_pages;                 /* how much memory is enough is found out, too, which takes as long again */
    uint32_t pages_least;            /* that the module has at first */
} prom_module_sample;

/* Runs a sample of the items, and its folds. PROM_CATEGORY_BAD_INPUT, with what failed and why, when one of them fails,
 * or the module cannot be run. */
PROM_MUST_USE prom_result prom_module_sample_run(prom_module_measure *measure, const prom_module_sample *sample,
                                                 prom_error *error);

#endif
