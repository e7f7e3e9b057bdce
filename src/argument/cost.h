/* What it costs to verify a proof of a run: known from the program and the number of items, before anything is done. */
#ifndef ARGUMENT_COST_H
#define ARGUMENT_COST_H

#include "argument/layout.h"
#include "prometheus/argument/proof.h"

/* The arena is for what is needed meanwhile. */
PROM_MUST_USE prom_result prom_argument_cost(prom_arena *arena, prom_verifying_cost *cost,
                                             const prom_argument *argument, prom_error *error);

/* PROM_CATEGORY_BAD_INPUT when a verifier would need more than PROM_VERIFYING_MEMORY_BASE + _FACTOR bytes, or more than
 * PROM_VERIFYING_STEPS_BASE + _FACTOR steps, for each byte of program, inputs and outputs. */
PROM_MUST_USE prom_result prom_argument_check_cost(prom_arena *arena, const prom_argument *argument, prom_error *error);

#endif
