#include "scheme/scheme.h"

#include <string.h>

#include "prometheus/crypto/hash.h"
#include "scheme/replay.h"
#include "scheme/sumcheck.h"

static const prom_scheme *const schemes[] = {&prom_scheme_replay, &prom_scheme_sumcheck, &prom_scheme_replay_module};

enum { SCHEMES = sizeof schemes / sizeof schemes[0] };

const prom_scheme *prom_scheme_by_number(uint16_t number)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (schemes[i]->number == number) {
            return schemes[i];
        }
    }
    return NULL;
}

const prom_scheme *prom_scheme_by_name(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (strcmp(schemes[i]->name, name) == 0) {
            return schemes[i];
        }
    }
    return NULL;
}

prom_result prom_scheme_job_complete(prom_arena *arena, prom_scheme_job *job, const prom_scheme *scheme,
                                     const prom_job_bytes *bytes, prom_error *error)
{
    prom_scheme_size size = {0};
    PROM_TRY(scheme->size(arena, &size, &job->program, job->named.items, error));
    job->scheme = scheme;
    job->named.scheme = scheme->number;
    job->named.program_bytes = bytes->program.length;
    prom_sha256(&job->named.input_hash, bytes->input);
    job->named.input_bytes = bytes->input.length;
    job->bytes_max = size.delivery_bytes;
    job->proving_bytes = size.proving_bytes;
    return prom_ok();
}
