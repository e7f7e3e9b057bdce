/* What every job that is opened says of itself, whatever its program is. */
#ifndef SCHEME_SCHEME_H
#define SCHEME_SCHEME_H

#include "prometheus/scheme/scheme.h"

/* Fills in what follows from the bytes, and from the job's program, its digest and the number of items, which are
 * there. PROM_CATEGORY_BAD_INPUT when the scheme cannot prove it. */
PROM_MUST_USE prom_result prom_scheme_job_complete(prom_arena *arena, prom_scheme_job *job, const prom_scheme *scheme,
                                                   const prom_job_bytes *bytes, prom_error *error);

#endif
