/* What the files of a job share: only those of src/market include this. */
#ifndef MARKET_JOB_PARTS_H
#define MARKET_JOB_PARTS_H

#include "market/job.h"

/* Whether the attempt's contract, or its setup, is not over. */
bool prom_attempt_open(const prom_attempt *attempt);
/* Whether it ended so that h_p was shown: who has the package can open it. */
bool prom_attempt_shows_key(const prom_attempt *attempt);

/* Whether it was about the part, or about one that this was split from. */
bool prom_attempt_was_about(const prom_attempt *attempt, const prom_job_part *part);

size_t prom_job_count_parts(const prom_market_job *job, prom_part_state state);
/* Whether it is the worker's fault, or may be. */
bool prom_job_mishap_is_fault(prom_mishap mishap);
/* Whether it is the verifier's, or may be: where it is not known who ended a setup, neither is taken again. */
bool prom_job_mishap_is_verifiers(prom_mishap mishap);
/* Whether the setup came to nothing, and nobody has lost anything. */
bool prom_job_mishap_is_setup(prom_mishap mishap);
/* Notes a worker that failed with the part: it gets it no more, unless so many fail after it, all before a contract. */
void prom_job_part_note_failed(const prom_market_job *job, prom_job_part *part, const prom_bytes32 *worker);
/* Counts the attempts that failed with the part, or with one that it was split from, by their worker's fault; those
 * whose setup came to nothing only with `setups`. */
size_t prom_job_count_faults(const prom_market_job *job, const prom_job_part *part, bool setups);
/* Whether it is tried no more. A setup that comes to nothing costs nobody anything: else three strangers, who quote a
 * low price and take part in nothing, would end any job. */
bool prom_job_part_has_failed(const prom_market_job *job, const prom_job_part *part);
/* Whether every part is done or has failed. */
bool prom_job_settled(const prom_market_job *job);

#endif
