/* What an owner brings to a job, made into the two files that a node takes: a program, compiled where it is a model,
 * and the batch, or the items of a module, in canonical bytes. They lie in a folder of their own in the node's, and go
 * with the command. */
#ifndef PROM_JOB_FILES_H
#define PROM_JOB_FILES_H

#include <limits.h>

#include "cli/command.h"
#include "prom/batch.h"
#include "prom/node_call.h"

typedef struct prom_job_brought {
    const char *program;     /* a model, MODEL.onnx, or a program, of integers or with a module */
    const char *calibration; /* NULL: none */
    prom_texts inputs;       /* one, but for a module */
    const char *items;       /* of a module: what an item is; NULL: a file */
    const prom_batch_options *options;
    bool quiet; /* nothing is told beside the result */
} prom_job_brought;

typedef struct prom_job_files {
    prom_arena arena;
    const prom_program *program; /* NULL: it is a module */
    prom_span module;
    size_t items;
    char folder[PATH_MAX]; /* empty: none was made */
    char program_path[PATH_MAX];
    char input_path[PATH_MAX];
} prom_job_files;

/* Reads, compiles, and writes both files. PROM_CATEGORY_BAD_INPUT names what cannot be used. `files` is zero before,
 * and is ended in any case. */
PROM_MUST_USE prom_result prom_job_files_make(prom_job_files *files, const prom_node_place *place,
                                              const prom_job_brought *brought, prom_error *error);
/* Deletes them. Fits PROM_SCOPED. */
void prom_job_files_end(prom_job_files *files);

/* What an output is written as. */
typedef struct prom_output_form {
    bool integers; /* the program's own */
    bool lines;    /* of a module that maps: a newline behind each result */
} prom_output_form;

/* Writes a job's output, whose canonical bytes are in `from`, to `to` as 'prom infer' writes it: as float32, or as the
 * program's own integers; of a module as prom_job_module_write does. PROM_CATEGORY_BROKEN when it is none of the
 * program's, which `program` names. */
PROM_MUST_USE prom_result prom_job_files_write_output(const char *to, const char *from, const char *program,
                                                      const prom_output_form *form, prom_error *error);

#endif
