/* Coefficients of values that are moved, taken back to the values that they are moved from. */
#ifndef ARGUMENT_FUNCTIONAL_MOVES_H
#define ARGUMENT_FUNCTIONAL_MOVES_H

#include "argument/functional.h"

/* Planes for all places of value `value`, zeros, to be handed to prom_functional_add. */
typedef struct value_planes {
    prom_planes planes;
    prom_arena memory;
} value_planes;
PROM_MUST_USE prom_result prom_value_planes_new(const functional_task *task, value_planes *made, uint32_t value,
                                                prom_error *error);
void prom_value_planes_free(value_planes *made);

/* Adds these coefficients to the value's; the planes are the functional's from now on. */
void prom_functional_add(const functional_task *task, functional *made, uint32_t value, value_planes *added);

/* Hands the coefficients of all moved values on until none has any. */
PROM_MUST_USE prom_result prom_functional_move_back(const functional_task *task, functional *made, prom_error *error);

#endif
