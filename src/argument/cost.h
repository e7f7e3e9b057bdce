/* What it costs to verify a proof of a run: known from the program and the number of items, before anything is done. */
#ifndef ARGUMENT_COST_H
#define ARGUMENT_COST_H

#include "argument/layout.h"
#include "prometheus/argument/proof.h"

/* Lays out the argument of a run, unless a verifier would need more than PROM_VERIFYING_MEMORY_BASE + _FACTOR bytes, or
 * more than PROM_VERIFYING_STEPS_BASE + _FACTOR steps, for each byte of program, inputs and outputs.
 * PROM_CATEGORY_BAD_INPUT then, and as of prom_argument_lay_out. */
PROM_MUST_USE prom_result prom_argument_new(prom_arena *arena, prom_argument *argument, const prom_program *program,
                                            size_t items, prom_error *error);

/* The arena is for what is needed meanwhile. */
PROM_MUST_USE prom_result prom_argument_cost(prom_arena *arena, prom_verifying_cost *cost,
                                             const prom_argument *argument, prom_error *error);

#endif
