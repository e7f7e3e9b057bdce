/* Jobs of a module over items: docs/programs.md. Their nodes are the items, and the folds behind them. */
#ifndef SCHEME_MAPPING_H
#define SCHEME_MAPPING_H

#include "prometheus/scheme/scheme.h"

/* The module and its items, read and found to be a job. */
struct prom_mapping {
    prom_module module;
    prom_items items;
    const prom_module_fold *folds; /* items.count - 1 of them; NULL where the program does not fold */
    const prom_runner *runner;
};

/* The scheme's `size`: of so many nodes. */
PROM_MUST_USE prom_result prom_mapping_size(prom_scheme_size *size, const prom_module *module, uint32_t nodes,
                                            prom_error *error);

/* Fills in all of the job, with what the scheme says of its size. PROM_CATEGORY_BAD_INPUT when these are no program and
 * no items, the runner finds that nobody can run the module, or the scheme cannot prove it; PROM_CATEGORY_IO when there
 * is no runner. */
PROM_MUST_USE prom_result prom_mapping_open(prom_arena *arena, prom_scheme_job **job, const prom_scheme *scheme,
                                            const prom_job_bytes *bytes, prom_error *error);

/* Returns the fold that this node is, or NULL for an item. */
const prom_module_fold *prom_mapping_fold(const prom_mapping *mapping, size_t node);
/* Returns "item" or "fold", which goes before the node's number. */
const char *prom_mapping_node_name(const prom_mapping *mapping, size_t node);

/* Returns the result of an item of a program that folds alone: the item. */
prom_node_result prom_mapping_given(const prom_mapping *mapping, size_t item);
/* Returns what two results of a node differ in, or NULL. */
const char *prom_mapping_difference(const prom_node_result *a, const prom_node_result *b);

/* A claimed output, one result for every node. PROM_CATEGORY_PEER when it is none of this job: another number of nodes,
 * more bytes or fuel than the program allows, a fold that failed, or did not, unlike its operands, or, where the
 * program folds alone, an item that is not what the input has. */
PROM_MUST_USE prom_result prom_mapping_read_output(prom_arena *arena, const prom_node_result **results,
                                                   const prom_scheme_job *job, prom_span output, prom_error *error);

/* The job's module, ready to run. */
typedef struct prom_mapping_session {
    const prom_runner *runner;
    prom_runner_session *session;
} prom_mapping_session;

/* Readies the module. All failures here and in prom_mapping_run are our own: of an opened job they say nothing. */
PROM_MUST_USE prom_result prom_mapping_begin(prom_mapping_session *session, const prom_mapping *mapping,
                                             const prom_progress *progress, prom_error *error);
/* Computes so many nodes. */
PROM_MUST_USE prom_result prom_mapping_run(const prom_mapping_session *session, prom_arena *arena,
                                           prom_node_result *results, const prom_module_call *calls, size_t count,
                                           const prom_progress *progress, prom_error *error);
/* Returns what computes a node; results of a fold's operands are there. */
prom_module_call prom_mapping_call(const prom_mapping *mapping, const prom_node_result *results, size_t node);
/* Computes all nodes from `first` on, which is 0 or the number of items, level after level; results of those before it
 * are there. Of the mapping module, folds and the number of items are read, and items where they are computed. */
PROM_MUST_USE prom_result prom_mapping_compute(const prom_mapping_session *session, prom_arena *arena,
                                               const prom_mapping *mapping, prom_node_result *results, size_t first,
                                               const prom_progress *progress, prom_error *error);
/* Ends it; one that was never readied, all zeros, is nothing. Fits PROM_SCOPED. */
void prom_mapping_end(prom_mapping_session *session);

#endif
