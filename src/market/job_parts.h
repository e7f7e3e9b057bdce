/* What the files of a job share: only those of src/market include this. */
#ifndef MARKET_JOB_PARTS_H
#define MARKET_JOB_PARTS_H

#include "market/job.h"

/* Whether the attempt's contract, or its setup, is not over. */
bool prom_attempt_open(const prom_attempt *attempt);
/* Whether it ended so that h_p was shown: who has the package can open it. */
bool prom_attempt_shows_key(const prom_attempt *attempt);

size_t prom_job_count_parts(const prom_market_job *job, prom_part_state state);
/* Whether every part is done or has failed. */
bool prom_job_settled(const prom_market_job *job);

#endif
