/* Work on a job's files, which may have a gigabyte: it is done in a thread beside the node's, which goes on meanwhile.
 * What is small is done at once. Whoever needs something asks for it with each turn, until it is over. */
#ifndef TRADE_ERRAND_H
#define TRADE_ERRAND_H

#include "node/pool.h"
#include "trade/batch.h"

typedef enum prom_errand_kind {
    PROM_ERRAND_LOAD,    /* reads and looks at a program and an input */
    PROM_ERRAND_COPY,    /* writes what was loaded to the job's folder: the same errand, gone on with */
    PROM_ERRAND_PROGRAM, /* reads the program of the job's folder */
    PROM_ERRAND_PART,    /* writes the input of a part */
    PROM_ERRAND_OUTPUT,  /* takes the output of an attempt */
    PROM_ERRAND_MERGE,   /* puts outputs together */
} prom_errand_kind;

typedef struct prom_errand {
    prom_task task; /* first */
    prom_errand_kind kind;
    const prom_runner *runner; /* of modules; NULL: there is none */
    bool over;
    bool left; /* nobody asks for it any more: it is freed when it is over */
    prom_result result;
    prom_error error;
    prom_batch_folder folder;
    char program[PATH_MAX]; /* LOAD */
    char input[PATH_MAX];   /* LOAD, OUTPUT: what is read; PART: what was written */
    prom_arena arena;       /* LOAD, PROGRAM: has what it was read as, and the program, */
    prom_arena input_arena; /* LOAD: and the input */
    prom_batch_job batch;   /* PROGRAM: of it the program alone */
    prom_job_bytes bytes;
    uint16_t scheme;        /* PART */
    prom_attempt attempt;   /* PART, OUTPUT: number, first, items */
    prom_job named;         /* PART: as the terms name the job */
    prom_batch_taken taken; /* OUTPUT */
    prom_market_job *job;   /* MERGE; PROGRAM and PART of the part that joins the others, else NULL: a copy; owned */
} prom_errand;

typedef struct prom_errands prom_errands;

/* Opens them, with a thread for files, and one for merging what has to be folded first, which may take long and holds
 * up nothing but other such merges; `runner` is who runs modules, and outlives them, NULL where nobody does.
 * `errands` is NULL after a failure. */
PROM_MUST_USE prom_result prom_errands_open(prom_errands **errands, const prom_runner *runner, prom_error *error);
/* Waits for what is under way. Those that are over are still their owners'. NULL is fine. */
void prom_errands_close(prom_errands *errands);
/* Notes which are over. */
void prom_errands_turn(prom_errands *errands);

/* Errands of fewer bytes are done at once: some milliseconds. Merging is not where it folds. */
#define PROM_ERRAND_SMALL (UINT64_C(1) << 22)

/* Does what `wish` says, about so many bytes, for the owner of `slot`, who has one at a time; of another one that is
 * over nothing is left, and folds of another one that is not are asked to stop. Returns whether this one is over: it
 * lies in `slot` then, and its result is in it. */
bool prom_errand_do(prom_errands *errands, prom_errand **slot, const prom_errand *wish, uint64_t bytes);
/* Goes on with one that is over as one of another kind. Returns whether it is over again. */
bool prom_errand_go_on(prom_errands *errands, prom_errand *errand, prom_errand_kind kind, uint64_t bytes);
/* Leaves what lies in the slot, which is empty then. */
void prom_errand_leave(prom_errand **slot);

#endif
