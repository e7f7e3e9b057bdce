/* What an owner brings to a job, made into the two files that a node takes: a program, compiled where it is a model,
 * and the batch, or the items of a module, in canonical bytes. They lie in a folder of their own in the node's, and go
 * with the command. */
#ifndef PROM_JOB_FILES_H
#define PROM_JOB_FILES_H

#include <limits.h>

#include "cli/command.h"
#include "prom/batch.h"
#include "prom/module_file.h"
#include "prom/node_call.h"

typedef struct prom_job_brought {
    const char *program;     /* a model, MODEL.onnx, or a program, of integers or with a module, or a module */
    const char *calibration; /* NULL: none */
    prom_texts inputs;       /* one, but for a module */
    const char *items;       /* of a module: what an item is; NULL: a file */
    const prom_batch_options *options;
    const prom_limit_options *limits; /* of a module */
    bool quiet;                       /* nothing is told beside the result */
    const char *output;               /* what is told of a module's limits stands beside this one; may be NULL */
} prom_job_brought;

typedef struct prom_job_files {
    prom_arena arena;
    const prom_program *program; /* NULL: it is a module */
    prom_span module;            /* the program that has one */
    prom_program_made made;      /* of a module that is none yet; else zeros */
    size_t items;
    prom_arena places; /* what `origin` lists */
    prom_items_origin origin;
    char folder[PATH_MAX]; /* empty: none was made */
    char program_path[PATH_MAX];
    char input_path[PATH_MAX];
} prom_job_files;

/* Reads, compiles, and writes both files. PROM_CATEGORY_BAD_INPUT names what cannot be used. `files` is zero before,
 * and is ended in any case. */
PROM_MUST_USE prom_result prom_job_files_make(prom_job_files *files, const prom_node_place *place,
                                              const prom_job_brought *brought, prom_error *error);
/* Writes both, which are in their canonical bytes already. */
PROM_MUST_USE prom_result prom_job_files_put(prom_job_files *files, const prom_node_place *place, prom_span program,
                                             prom_span input, prom_error *error);
/* Deletes them, and forgets all but where items come from. */
void prom_job_files_delete(prom_job_files *files);
/* Deletes them, and forgets all. Fits PROM_SCOPED. */
void prom_job_files_end(prom_job_files *files);

/* What an output is written as. */
typedef struct prom_output_form {
    bool integers;                   /* the program's own */
    bool lines;                      /* of a module that maps: a newline behind each result */
    const char *to;                  /* NULL: only `results` are written */
    const char *results;             /* of a module: where the results of all nodes go; NULL: nowhere */
    const prom_items_origin *origin; /* of a module's items; NULL: not known */
} prom_output_form;

/* Writes a job's output, whose canonical bytes are in `from`, as 'prom infer' writes it: as float32, or as the
 * program's own integers; of a module as prom_job_module_write does. Writes to `written` whether form->to was.
 * PROM_CATEGORY_BROKEN when it is none of the program's, which `program` names; PROM_CATEGORY_BAD_INPUT where the form
 * does not suit it. */
PROM_MUST_USE prom_result prom_job_files_write_output(const prom_output_form *form, bool *written, const char *from,
                                                      const char *program, prom_error *error);

#endif
