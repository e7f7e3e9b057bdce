/* The demo's job: an ONNX model and images become a program and its input, and the result a file and an accuracy; or a
 * WebAssembly module and its items do (job_module.c). */
#ifndef DEMO_JOB_H
#define DEMO_JOB_H

#include <jansson.h>

#include "image/image.h"
#include "prometheus/contract/parameters.h"
#include "prometheus/module/runner.h"
#include "prometheus/program/program.h"
#include "prometheus/quantise/network.h"
#include "prometheus/scheme/delivery.h"
#include "prometheus/tensor/tensor.h"
#include "quantise/warnings.h"

/* Paths of the files, and how pictures are read; labels may be NULL, and calibration of a model that is quantised. */
typedef struct prom_demo_files {
    const char *module; /* a module, or a program with one, for prom_demo_module_take; NULL: `model` is the program */
    const char *kind;   /* of a module: what an item of `input` is, of PROM_ITEMS_KINDS; NULL: a file */
    const char *model;
    const char *end_at; /* the value at which the model ends; NULL: its one output */
    const char *calibration;
    const char *input;
    const char *labels;
    prom_image_options pictures;
} prom_demo_files;

/* A program with a module, and its items. */
typedef struct prom_demo_program {
    prom_span bytes;
    const prom_items *items;
    bool lines; /* they are lines */
} prom_demo_program;

/* What a plain run of a module over all items takes and gives. */
typedef struct prom_demo_module {
    prom_runner runner;
    prom_module program;
    bool lines; /* items are lines: each result of one that only maps ends with a newline */
    uint32_t nodes;
    uint32_t failed; /* of these */
    uint64_t fuel;
    prom_span result; /* what is saved */
} prom_demo_module;

typedef struct prom_demo_job {
    const prom_program *program; /* NULL: it is a module */
    prom_demo_module module;
    prom_job_bytes bytes; /* canonical */
    prom_job named;       /* as the terms name it */
    size_t items;
    const char *note; /* what of the model was left out or chosen, or NULL */
    prom_fidelity_warnings warnings;
    size_t clamped;        /* numbers of the input that lay beyond the program's range */
    double run_seconds;    /* of a plain run of all items, by one thread: what delivering is compared with */
    const int64_t *labels; /* NULL when there are none */
    double float_accuracy; /* of the model as it was trained, on the same items; -1 without labels */
} prom_demo_job;

/* Reads the files of a network, compiles it, quantises the input. PROM_CATEGORY_BAD_INPUT names the file that does not
 * fit. `job` is to stay where it is. */
PROM_MUST_USE prom_result prom_demo_job_load(prom_arena *arena, prom_demo_job *job, const prom_demo_files *files,
                                             const prom_scheme *scheme, prom_error *error);

/* Measures run_seconds. */
PROM_MUST_USE prom_result prom_demo_job_time(prom_arena *arena, prom_demo_job *job, prom_error *error);

/* Writes the delivered output as a .npy file of integers and gives the share of items whose largest value stands at
 * their label, or -1 without labels; of a module as 'prom program run' does, and -1. */
PROM_MUST_USE prom_result prom_demo_job_save(prom_arena *arena, double *accuracy, prom_demo_job *job, prom_span output,
                                             const char *path, prom_error *error);

/* The same of a module (job_module.c), which was found to run: it is copied. */
PROM_MUST_USE prom_result prom_demo_module_take(prom_arena *arena, prom_demo_job *job, const prom_demo_program *given,
                                                const prom_scheme *scheme, prom_error *error);
PROM_MUST_USE prom_result prom_demo_module_time(prom_arena *arena, prom_demo_job *job, prom_error *error);
PROM_MUST_USE prom_result prom_demo_module_save(prom_arena *arena, prom_demo_job *job, prom_span output,
                                                const char *path, prom_error *error);
/* Prints what was computed and how much of it is checked, and the first lines of the result where it is text. */
void prom_demo_module_print(const prom_demo_job *job, const prom_parameters *P);
/* Returns the JSON of it; of a network null. */
PROM_MUST_USE json_t *prom_demo_module_json(const prom_demo_job *job);

#endif
