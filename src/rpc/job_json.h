/* Jobs and quotes as JSON: what the methods of jobs give. */
#ifndef RPC_JOB_JSON_H
#define RPC_JOB_JSON_H

#include <jansson.h>

#include "trade/jobs.h"

/* What stands in a list of jobs. */
json_t *prom_job_head_json(const prom_jobs *jobs, const prom_market_job *job);
/* A job with its parts and attempts; `jobs` is asked what became of those that are open. NULL after a failure. */
json_t *prom_job_json(prom_jobs *jobs, const prom_ordered *ordered, uint32_t tip);
/* What the client's own node has at stake as the job's verifier, and until which block at most; null where it is none,
 * or no contract is open or to come. */
json_t *prom_job_risk_json(const prom_node *node, prom_jobs *jobs, const prom_ordered *ordered);
/* The parts of the batch that are done, each with the file of its own output while there is one. */
json_t *prom_job_done_json(const prom_jobs *jobs, const prom_market_job *job);
/* A quote: who was asked, the plan, and all reasons. */
json_t *prom_quoted_json(const prom_quoted *quoted);

/* What is told of a job in sentences. */
typedef struct prom_job_telling {
    prom_jobs *jobs;
    const prom_ordered *ordered;
    const prom_parameters *P; /* NULL: it is not known any more */
    bool receipt;             /* else why it stands where it stands */
} prom_job_telling;
/* Adds the sentences to what is told of the job. Fails as the store does. */
PROM_MUST_USE prom_result prom_job_add_lines(json_t *object, const prom_job_telling *telling, prom_error *error);

#endif
