/* Jobs of an integer program over a batch. What all schemes do alike with them. */
#ifndef SCHEME_INFERENCE_H
#define SCHEME_INFERENCE_H

#include "prometheus/program/batch.h"
#include "prometheus/program/program.h"
#include "prometheus/scheme/scheme.h"

/* The program and its input, read and found to fit. */
struct prom_inference {
    const prom_program *program;
    prom_batch input;
};

/* Fills in all of the job, with what the scheme says of its size. PROM_CATEGORY_BAD_INPUT when these are no program and
 * no input of it, or the scheme cannot prove it. */
PROM_MUST_USE prom_result prom_inference_open(prom_arena *arena, prom_scheme_job **job, const prom_scheme *scheme,
                                              const prom_job_bytes *bytes, prom_error *error);

/* Values of an item of the output. */
size_t prom_inference_width(const prom_scheme_job *job);
/* Values of the whole output. */
size_t prom_inference_output_count(const prom_scheme_job *job);
/* The canonical bytes of so many inputs of a program, and of so many outputs. */
uint64_t prom_inference_input_bytes(const prom_program *program, uint32_t items);
uint64_t prom_inference_output_bytes(const prom_program *program, uint32_t items);

/* The output's canonical bytes: `values` has as many as prom_inference_output_count says. */
PROM_MUST_USE prom_result prom_inference_write_output(prom_arena *arena, prom_span *output, const prom_scheme_job *job,
                                                      const uint8_t *values, prom_error *error);

/* A claimed output. PROM_CATEGORY_PEER when it is no batch of the shape that the program gives. */
PROM_MUST_USE prom_result prom_inference_read_output(prom_batch *batch, const prom_scheme_job *job, prom_span output,
                                                     prom_error *error);

#endif
