/* The job that a program, or a module, and the items of a batch are on this machine. */
#ifndef PROM_PROGRAM_JOB_H
#define PROM_PROGRAM_JOB_H

#include "files/items.h"
#include "prom/module_file.h"
#include "prometheus/scheme/scheme.h"

/* What stands on the command line of it. */
typedef struct prom_program_given {
    const char *program;
    const prom_texts *inputs;
    const char *kind;
    const prom_limit_options *limits; /* NULL: only a program is taken */
    bool quiet;                       /* limits that were measured are not told */
    const char *output;               /* they are told beside this one */
} prom_program_given;

typedef struct prom_program_job {
    prom_arena arena;
    prom_runner runner;
    prom_program_made made; /* `bytes` is the program, made now or read */
    prom_items items;
    prom_items_origin origin;
    const prom_scheme_job *job;
} prom_program_job;

/* Reads the program and its items, and opens the job; of a module a program is made, by a sample where limits are not
 * given. PROM_CATEGORY_BAD_INPUT names what cannot be used. `it` is ended in any case. */
PROM_MUST_USE prom_result prom_program_job_open(prom_program_job *it, const prom_program_given *given,
                                                prom_error *error);
/* Gives all memory back. Fits PROM_SCOPED. */
void prom_program_job_end(prom_program_job *it);

/* The parameters of a batch; the command's arguments have `inputs` and `kind`. */
#define PROM_PARAMETER_INPUTS                                                                                          \
    {                                                                                                                  \
        .value = "INPUT...", .noun = "input", .required = true, PROM_TO_TEXTS(inputs), .stream = PROM_STREAM_INPUT,    \
        .files = "*", .help = "Files or folders with the items of the batch, in this order; - is standard input."      \
    }
#define PROM_PARAMETER_ITEMS                                                                                           \
    {                                                                                                                  \
        .option = "--items", .value = "KIND", .noun = "kind of items", PROM_TO_TEXT(kind), .words = PROM_ITEMS_KINDS,  \
        .help = "What an item is: a file (files), of a folder each in the byte order of their names; a line without "  \
                "its newline (lines); a row of a .npy array (rows); or as the file of canonical items has them "       \
                "(records; docs/programs.md). Default: files."                                                         \
    }

#endif
