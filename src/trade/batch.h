/* The files of a job, in a folder of its own in the node's: the program and the whole batch, the inputs of parts, the
 * outputs as they come, and the whole output. Batches are in their canonical bytes: of integers (program/batch.h), or
 * items and results of a module (module/module.h). Every file is written whole before it has its name, and all but the
 * first two can be made again. */
#ifndef TRADE_BATCH_H
#define TRADE_BATCH_H

#include <limits.h>

#include "market/work.h"
#include "prometheus/contract/terms.h"
#include "prometheus/scheme/scheme.h"
#include "trade/order.h"

typedef struct prom_batch_folder {
    char path[PATH_MAX]; /* of the job's folder */
} prom_batch_folder;

/* What a folder's files are called. */
#define PROM_BATCH_PROGRAM "program"
#define PROM_BATCH_INPUT "input"
#define PROM_BATCH_OUTPUT "output"
#define PROM_BATCH_FOLDS "folds" /* the program that joins parts, where a contract does */

/* The folder in the node's in which a command brings both files; mkdtemp makes it of this. */
#define PROM_BATCH_BROUGHT "job-XXXXXX"

#define PROM_BATCH_OUTPUT_MAX ((uint64_t)1 << 31) /* bytes of results that are put together */

/* Writes "PATH/NAME". PROM_CATEGORY_BAD_INPUT when that is too long. */
PROM_MUST_USE prom_result prom_batch_path(char path[PATH_MAX], const prom_batch_folder *folder, const char *name,
                                          prom_error *error);

/* Names the folder of a job below the node's; makes it where `make` says so. */
PROM_MUST_USE prom_result prom_batch_folder_of(prom_batch_folder *folder, const char *node_folder,
                                               const prom_bytes32 *job, bool make, prom_error *error);

/* A program and a batch for it, as their owner brings them. */
typedef struct prom_batch_job {
    prom_work_batch work;
    prom_bytes32 program_digest;
    prom_bytes32 input_hash;
    uint64_t program_bytes;
    uint64_t input_bytes;
} prom_batch_job;

/* Loads and looks at both, the program in `arena`, the input in an arena that may be freed before it; `bytes` says who
 * runs modules. PROM_CATEGORY_BAD_INPUT, naming the file, when they are no program and no batch for it, or too large
 * for a contract, and for a module that nobody runs here. */
PROM_MUST_USE prom_result prom_batch_load(prom_arena *arena, prom_arena *input_arena, prom_batch_job *job,
                                          prom_job_bytes *bytes, const char *program, const char *input,
                                          prom_error *error);
/* Loads from the folder what parts are reckoned with, in `arena`. */
PROM_MUST_USE prom_result prom_batch_load_work(prom_arena *arena, prom_work_batch *work,
                                               const prom_batch_folder *folder, prom_error *error);
/* The same of the contract that joins the job's parts, which are done. */
PROM_MUST_USE prom_result prom_batch_load_joining_work(prom_arena *arena, prom_work_batch *work,
                                                       const prom_batch_folder *folder, const prom_market_job *job,
                                                       prom_error *error);

/* Writes the input of a part, and says how terms name its job. PROM_CATEGORY_BAD_INPUT when the scheme cannot prove it.
 */
PROM_MUST_USE prom_result prom_batch_write_part(const prom_batch_folder *folder, prom_job *named, char input[PATH_MAX],
                                                uint16_t scheme, uint32_t first, uint32_t items, prom_error *error);

/* Names the file of the output of an attempt, whether it is there or not. */
PROM_MUST_USE prom_result prom_batch_output_path(char path[PATH_MAX], const prom_batch_folder *folder, uint32_t attempt,
                                                 prom_error *error);
/* The same of the contract that joins the job's parts, and its program (PROM_BATCH_FOLDS). */
PROM_MUST_USE prom_result prom_batch_write_joining(const prom_batch_folder *folder, prom_job *named,
                                                   char input[PATH_MAX], const prom_market_job *job, prom_error *error);

/* Returns whether the output of an attempt was taken: be it that a crash came before anybody was told. */
bool prom_batch_has_output(const prom_batch_folder *folder, const prom_attempt *attempt);
/* What is to be known of an output that was taken. */
typedef struct prom_batch_taken {
    prom_bytes32 hash; /* SHA-256 of its bytes */
    bool fits;         /* a contract that joins parts can take its last result */
} prom_batch_taken;
/* Takes an output that was checked, and that `from` names, for an attempt. PROM_CATEGORY_BROKEN when it is no batch of
 * so many items. */
PROM_MUST_USE prom_result prom_batch_take_output(const prom_batch_folder *folder, prom_batch_taken *taken,
                                                 const prom_attempt *attempt, const char *from, prom_error *error);

/* Writes the outputs of all parts that are done to one file, in the order of their items. Of a module that folds these
 * are the results of all items, then of the folds of each part, then of those that join the parts' last ones: as many
 * nodes as one part of all items has, of which the last one is the result. Where there is one part, it is that part's.
 * Who joins says prom_market_job_joiner: a contract has, the own node does it by `runner`, or nobody: then these folds
 * have status PROM_NODE_OPERAND, as also where the own node does in a contract's place, and a part's result has failed.
 * PROM_CATEGORY_BROKEN when an output is not what it was; as the runner and `progress`, which may be NULL, say. */
PROM_MUST_USE prom_result prom_batch_merge(const prom_batch_folder *folder, const prom_market_job *job,
                                           const prom_runner *runner, const prom_progress *progress, prom_error *error);

/* -- What stays, and how long: by the names in the folder and the job's facts, at any time -- */

/* Returns whether the folder has nothing but what a job that has ended keeps. */
bool prom_batch_is_tidy(const prom_batch_folder *folder);
/* Returns whether any output is there, of a part or of all. */
bool prom_batch_has_outputs(const prom_batch_folder *folder);
/* Deletes what the job needs no more: of one that is open inputs of parts that are done or have failed, of one that has
 * ended all but its program and its whole output; where it has none, all, and the folder. What has another name than
 * those of this room stays. */
void prom_batch_tidy(const prom_batch_folder *folder, const prom_market_job *job);
/* Deletes all files, and the folder. Returns how many bytes they had. */
uint64_t prom_batch_delete(const prom_batch_folder *folder);
/* Returns how many bytes the files have. */
uint64_t prom_batch_bytes(const prom_batch_folder *folder);

#endif
