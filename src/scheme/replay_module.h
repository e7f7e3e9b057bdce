/* Re-execution of modules: what the scheme 'replay-module' does. */
#ifndef SCHEME_REPLAY_MODULE_H
#define SCHEME_REPLAY_MODULE_H

#include "prometheus/scheme/scheme.h"

/* As prom_scheme has them; the sample is one of the job's nodes, of all of them where the scheme was given none. */
PROM_MUST_USE prom_result prom_replay_module_deliver(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                                     const prom_scheme_job *job, const prom_progress *progress,
                                                     prom_error *error);
PROM_MUST_USE prom_result prom_replay_module_open_sample(prom_arena *arena, prom_span *proof,
                                                         const prom_scheme_job *job, prom_span output,
                                                         const prom_sample *sample, prom_error *error);
PROM_MUST_USE prom_result prom_replay_module_verify(prom_arena *arena, const prom_scheme_job *job,
                                                    const prom_delivery *delivery, const prom_bytes32 *root,
                                                    const prom_sample *sample, const prom_progress *progress,
                                                    prom_error *error);

#endif
