/* The demo's job: an ONNX model and images become a program and its input; the result becomes a file and an accuracy.
 */
#ifndef DEMO_JOB_H
#define DEMO_JOB_H

#include "image/image.h"
#include "prometheus/program/program.h"
#include "prometheus/quantise/network.h"
#include "prometheus/scheme/delivery.h"
#include "prometheus/tensor/tensor.h"
#include "quantise/warnings.h"

/* Paths of the files, and how pictures are read; labels may be NULL, and calibration of a model that is quantised. */
typedef struct prom_demo_files {
    const char *model;
    const char *end_at; /* the value at which the model ends; NULL: its one output */
    const char *calibration;
    const char *input;
    const char *labels;
    prom_image_options pictures;
} prom_demo_files;

typedef struct prom_demo_job {
    const prom_program *program;
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

/* Reads the files, compiles the model, quantises the input. PROM_CATEGORY_BAD_INPUT names the file that does not fit.
 */
PROM_MUST_USE prom_result prom_demo_job_load(prom_arena *arena, prom_demo_job *job, const prom_demo_files *files,
                                             const prom_scheme *scheme, prom_error *error);

/* Measures run_seconds. */
PROM_MUST_USE prom_result prom_demo_job_time(prom_arena *arena, prom_demo_job *job, prom_error *error);

/* Writes the delivered output as a .npy file of integers and gives the share of items whose largest value stands at
 * their label, or -1 without labels. */
PROM_MUST_USE prom_result prom_demo_job_save(prom_arena *arena, double *accuracy, const prom_demo_job *job,
                                             prom_span output, const char *path, prom_error *error);

#endif
