/* The jobs that we have: an integer program over a batch. What all schemes do alike with them. */
#ifndef SCHEME_INFERENCE_H
#define SCHEME_INFERENCE_H

#include "prometheus/program/batch.h"
#include "prometheus/program/program.h"
#include "prometheus/scheme/scheme.h"

/* The program and its input, read and found to fit. */
typedef struct inference {
    const prom_program *program;
    prom_batch input;
} inference;

/* PROM_CATEGORY_BAD_INPUT when these are no program and no input of it. */
PROM_MUST_USE prom_result prom_inference_read(prom_arena *arena, inference *job, const prom_work *work,
                                              prom_error *error);

/* Values of an item of the output. */
size_t prom_inference_width(const inference *job);

/* The output's canonical bytes. */
PROM_MUST_USE prom_result prom_inference_run(prom_arena *arena, prom_span *output, const prom_work *work,
                                             const prom_progress *progress, prom_error *error);

/* A claimed output. PROM_CATEGORY_PEER when it is no batch of the shape that the program gives. */
PROM_MUST_USE prom_result prom_inference_read_output(prom_batch *batch, const inference *job, prom_span output,
                                                     prom_error *error);

#endif
