/* Running integer programs. */
#ifndef PROMETHEUS_PROGRAM_RUN_H
#define PROMETHEUS_PROGRAM_RUN_H

#include "prometheus/base/arena.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/parallel.h"
#include "prometheus/base/progress.h"
#include "prometheus/base/result.h"
#include "prometheus/program/program.h"

PROM_DECLARATIONS_BEGIN

/* The inner loops for one set of instructions. All sets give the same bytes. */
typedef struct prom_program_kernels prom_program_kernels;

/* Returns the fastest set that this machine can run, or the one of that name ("portable", "avx2", "avx512",
 * "avx512vnni"): NULL when there is none such, or the machine lacks the instructions. */
const prom_program_kernels *prom_program_kernels_best(void);
const prom_program_kernels *prom_program_kernels_by_name(const char *name);
/* Returns the set's name, as prom_program_kernels_by_name takes it. */
const char *prom_program_kernels_name(const prom_program_kernels *kernels);
/* Returns the name of set `at`, counted from 0; NULL after the last. */
const char *prom_program_kernels_name_at(size_t at);

/* A program made ready to run: its weights in the order in which the kernels read them. */
typedef struct prom_executor prom_executor;

/* Makes an executor, which lies in the arena. Program and kernels must outlive it. `parallel`, which may be NULL, is
 * not used afterwards. */
PROM_MUST_USE prom_result prom_executor_new(prom_arena *arena, prom_executor **executor, const prom_program *program,
                                            const prom_program_kernels *kernels, const prom_parallel *parallel,
                                            prom_error *error);

/* Is called with value `index` (0: the program's input, i + 1: the output of layer i) of one item, in row-major order.
 */
typedef struct prom_program_observer {
    void (*observe)(void *context, uint32_t index, const uint8_t *codes, size_t count);
    /* NULL, or called, before that, with the sums of a layer with weights. */
    void (*observe_sums)(void *context, uint32_t index, const int32_t *sums, size_t count);
    void *context;
} prom_program_observer;

/* A batch to run. */
typedef struct prom_executor_request {
    const uint8_t *inputs; /* [items][input count], codes in the input's range */
    size_t items;
    size_t memory;                         /* bytes that the run may take, of an arena of its own */
    size_t memory_named;                   /* the limit that a failure names, which `memory` is of; 0: `memory` */
    const prom_program_observer *observer; /* NULL: there is none; one makes the run slower */
    const prom_progress *progress;         /* of items; NULL: there is none */
} prom_executor_request;

/* Runs the program over a batch and writes its codes to `outputs`, [items][output count]. */
PROM_MUST_USE prom_result prom_executor_run(const prom_executor *executor, uint8_t *outputs,
                                            const prom_executor_request *request, prom_error *error);

/* Does the same in one call, with the fastest kernels: all memory is the arena's. */
PROM_MUST_USE prom_result prom_program_run(prom_arena *arena, uint8_t *outputs, const prom_program *program,
                                           const uint8_t *inputs, size_t items, const prom_progress *progress,
                                           prom_error *error);

/* Returns how much memory prom_program_run takes of its arena at most, whatever the number of items: beside that of the
 * program, of the inputs and of the outputs. */
uint64_t prom_program_running_bytes(const prom_program *program);

PROM_DECLARATIONS_END

#endif
