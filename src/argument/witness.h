/* What the prover knows of a run: the columns that it commits to, and the other numbers that are looked up. */
#ifndef ARGUMENT_WITNESS_H
#define ARGUMENT_WITNESS_H

#include "argument/layout.h"
#include "prometheus/base/parallel.h"
#include "prometheus/program/run.h"
#include "prometheus/proof/commitment.h"

/* Of one layer, each with a place for every place of its output's polynomial, the batch included. So of 3 items of
 * shape 2x3, where the batch has 2 variables, the first axis 1 and the second 2, `value` is
 *
 *   item 0            item 1            item 2            (no item)
 *   y y y 0  y y y 0  y y y 0  y y y 0  y y y 0  y y y 0  0 0 0 0  0 0 0 0
 *
 * and a zero stands where an axis or the batch is padded to a power of two. */
typedef struct layer_witness {
    prom_element *value; /* y, the output's too */
    prom_element *quotient;
    prom_element *rest;                             /* with a split */
    prom_element *low;                              /* with a split */
    prom_element *differences[ARGUMENT_PLACES_MAX]; /* of a max pool */
} layer_witness;

/* Columns lie in `rows` as the commitment has them (proof/commitment.h shows it): in memory one after another, the
 * larger ones first, each at a multiple of its size. */
typedef struct prom_witness {
    prom_element **columns; /* as the argument counts them */
    layer_witness *layers;
    prom_commitment_layout layout;
    prom_element *rows; /* of the layout, that all columns point into; NULL: they point anywhere */
} prom_witness;

/* The run to record. */
typedef struct witness_request {
    const prom_argument *argument;
    const uint8_t *inputs;         /* as of prom_executor_run */
    const prom_parallel *parallel; /* NULL: one thread */
    const prom_progress *progress; /* of items; NULL: there is none */
} witness_request;

/* Runs the program over the argument's items, gives the outputs as prom_executor_run does, and keeps all of it in the
 * arena. */
PROM_MUST_USE prom_result prom_witness_new(prom_arena *arena, prom_witness *witness, uint8_t *outputs,
                                           const witness_request *request, prom_error *error);

/* Returns the bytes of the sums of one layer, which each part of the items that is recorded by itself has room for. */
uint64_t prom_witness_sums_bytes(const prom_argument *argument);

#endif
