/* Jobs and quotes as people read them, from what the node's JSON-RPC tells. */
#ifndef PROM_JOB_TEXT_H
#define PROM_JOB_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* So many digits of an id are shown. */
#define PROM_JOB_ID_SHOWN 12

/* Print tables: of a quote that is over, of a list of jobs, of one job. */
void prom_job_print_quote(const json_t *quoted);
void prom_job_print_list(const json_t *jobs);
void prom_job_print(const json_t *job);
/* Prints the sentences of job.why or job.receipt. */
void prom_job_print_lines(const json_t *told);

/* Says what it is about: "0 to 12", or "join of 3 parts". Returns `shown`. */
#define PROM_ATTEMPT_ITEMS 64
const char *prom_job_attempt_items(char shown[PROM_ATTEMPT_ITEMS], const json_t *attempt);
/* Says where an attempt stands: "compute, 12 blocks left". Returns `shown`. */
#define PROM_ATTEMPT_TEXT 160
const char *prom_job_attempt_text(char shown[PROM_ATTEMPT_TEXT], const json_t *attempt);

/* Say who will see what the job is made of, and what an own verifier has at stake. */
void prom_job_print_who_sees(FILE *stream, const char *verifier);
void prom_job_print_risk(FILE *stream, const json_t *verifier_until);

#endif
