/* What is different in a job's files where its program is a module: items have lengths of their own, an output has the
 * results of nodes, and parts that fold are joined. */
#ifndef TRADE_BATCH_MODULE_H
#define TRADE_BATCH_MODULE_H

#include "prometheus/program/batch.h"
#include "trade/batch.h"

/* What the program of a job is. */
struct prom_batch_kind {
    bool module;
    bool folds; /* of a module */
    uint32_t fold_bytes;
};

/* Finds what the program in the folder is, by its first bytes: it may be large, and was looked at before. */
PROM_MUST_USE prom_result prom_batch_kind_of(struct prom_batch_kind *kind, const prom_batch_folder *folder,
                                             prom_error *error);

/* An output that was loaded: of integers the batch, of a module the results of its nodes. */
struct prom_batch_output {
    struct prom_batch_kind of; /* set before */
    prom_batch batch;
    const prom_node_result *results;
};

/* Loads an output of so many items from a file (batch.c), and that of a part that is done. */
PROM_MUST_USE prom_result prom_batch_load_output(prom_arena *arena, struct prom_batch_output *output,
                                                 prom_bytes32 *hash, const char *path, uint32_t items,
                                                 prom_error *error);
PROM_MUST_USE prom_result prom_batch_load_part(prom_arena *arena, struct prom_batch_output *output,
                                               const prom_batch_folder *folder, const prom_job_part *part,
                                               prom_error *error);

/* Names a file with a number: "PATH/WHAT-NUMBER" (batch.c). */
PROM_MUST_USE prom_result prom_batch_numbered(char path[PATH_MAX], const prom_batch_folder *folder, const char *what,
                                              uint32_t number, prom_error *error);

/* Makes the input of a part, as `bytes->input`, and names its job. */
PROM_MUST_USE prom_result prom_batch_module_part(prom_arena *arena, prom_job *named, prom_job_bytes *bytes,
                                                 prom_span whole, uint32_t first, uint32_t items, prom_error *error);

/* What is put together. */
struct prom_batch_merging {
    const prom_batch_folder *folder;
    const prom_market_job *job;
    struct prom_batch_kind kind;
    const prom_runner *runner;
    const prom_progress *progress;
    uint32_t items; /* of all parts that are done */
};

/* Puts the outputs of all parts that are done together, as prom_batch_merge says. */
PROM_MUST_USE prom_result prom_batch_module_merge(prom_arena *arena, prom_span *bytes,
                                                  const struct prom_batch_merging *merging, prom_error *error);

#endif
