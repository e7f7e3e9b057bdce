/* What limits a program should have, by what some of its nodes took. Integers only: whoever measures the same gets the
 * same limits, and so the same program. */
#ifndef MODULE_MEASURE_H
#define MODULE_MEASURE_H

#include "prometheus/module/module.h"

#define PROM_SAMPLE_ITEMS 16U
#define PROM_SAMPLE_LEVELS 4U /* of folds of so many items */

/* What nodes that did not fail took. */
typedef struct prom_node_measure {
    uint32_t nodes;
    uint64_t fuel; /* of all, at most UINT64_MAX */
    uint64_t fuel_most;
    uint32_t bytes_most; /* of a result */
} prom_node_measure;

typedef struct prom_module_measure {
    prom_node_measure items;
    prom_node_measure folds[PROM_SAMPLE_LEVELS]; /* of a sample: of each level, the lowest first */
    uint32_t levels;
    uint64_t setup; /* of the fuel of each: what its instance takes */
    uint32_t pages; /* of memory, that are enough for all of them; 0: not known */
    uint32_t whole; /* items of the batch that they are of */
} prom_module_measure;

/* Adds a node that did not fail. */
void prom_node_measure_add(prom_node_measure *measure, const prom_node_result *result);
/* Returns both together. */
prom_node_measure prom_node_measure_join(const prom_node_measure *a, const prom_node_measure *b);

/* Chooses items that stand for a batch: all, where they are no more than PROM_SAMPLE_ITEMS; else so many, spread over
 * it, the longest one among them. Lists them in their order, and returns how many they are. */
uint32_t prom_sample_choose(uint32_t chosen[PROM_SAMPLE_ITEMS], const prom_items *items);

/* Returns limits with room for more than what a sample took: twice the most, but for the fuel of setting up, rounded up
 * to what is easily read. Of a batch with more items than the sample, folds that grow from the sample's last level but
 * one to the last grow as much from each level to the next, at most fourfold. Limits of folds stay where none was
 * measured. */
void prom_limits_with_room(prom_module_limits *limits, const prom_module_measure *sample);
/* Returns limits that all nodes just meet: of a measure of all nodes of a batch, folds all in level 0. Pages stay as
 * they are, and so do limits of folds where there is none. */
void prom_limits_exact(prom_module_limits *limits, const prom_module_measure *all);

/* Returns the fuel that a batch takes if all its items and folds take what those of its sample do on average, folds of
 * higher levels as prom_limits_with_room says: UINT64_MAX at most. */
uint64_t prom_fuel_expected(const prom_module_measure *sample);

#endif
