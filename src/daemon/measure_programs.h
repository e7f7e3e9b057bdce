/* Programs to measure a machine with, of the kinds that are sold here, with weights and inputs that are the same in
 * every run. */
#ifndef DAEMON_MEASURE_PROGRAMS_H
#define DAEMON_MEASURE_PROGRAMS_H

#include "prometheus/argument/proof.h"
#include "prometheus/program/program.h"

/* A kind of model. */
typedef struct prom_measure_kind {
    const char *name;
    prom_result (*make)(prom_arena *arena, const prom_program **program, prom_error *error);
} prom_measure_kind;

/* The kinds, up to one without a name: convolutions and pools over images of 28 x 28, and dense layers alone. */
extern const prom_measure_kind prom_measure_kinds[];

/* Draws codes for so many items, each as likely as any other of the input's range: statement->inputs, and makes room
 * for statement->outputs. */
PROM_MUST_USE prom_result prom_measure_inputs(prom_arena *arena, prom_statement *statement, uint8_t **outputs,
                                              prom_error *error);

#endif
