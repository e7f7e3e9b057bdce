#include "prometheus/scheme/delivery.h"

#include "base/units.h"

/* -- The job -- */

static bool same_job(const prom_job *a, const prom_job *b)
{
    return a->scheme == b->scheme && prom_bytes32_equal(&a->program_digest, &b->program_digest) &&
           prom_bytes32_equal(&a->input_hash, &b->input_hash) && a->program_bytes == b->program_bytes &&
           a->input_bytes == b->input_bytes && a->items == b->items;
}

prom_result prom_delivery_open_job(prom_arena *arena, const prom_scheme_job **job, const prom_job_bytes *bytes,
                                   const prom_job *named, prom_error *error)
{
    const prom_scheme *scheme = prom_scheme_by_number(named->scheme);
    *job = NULL;
    if (scheme == NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the job wants proof scheme %u, which this program does not know",
                         named->scheme);
    }
    PROM_TRY(prom_blame_peer(scheme->open(arena, job, bytes, error)));
    if (!same_job(&(*job)->named, named)) {
        *job = NULL;
        return prom_fail(error, PROM_CATEGORY_PEER, "program and input are not the ones that the job names");
    }
    return prom_ok();
}

/* The package without its ciphertext, and what the seal and the lengths of output and proof add. */
enum { AROUND = 2 + 32 + 33 + 32 + 8 + PROM_SEAL_OVERHEAD + 2 * 8 };

prom_result prom_delivery_fits(const prom_scheme_job *job, const prom_terms *terms, prom_error *error)
{
    const uint64_t bytes = job->bytes_max;
    if (job->scheme->open_sample == NULL && terms->P.varsigma != PROM_BASIS_POINTS_ONE) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the scheme '%s' proves all of a batch and no sample of it: varsigma must be 1",
                         job->scheme->name);
    }
    if (bytes > UINT64_MAX - AROUND || bytes + AROUND > terms->most_package) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the package may have %llu bytes; the terms allow %llu",
                         (unsigned long long)bytes + AROUND, (unsigned long long)terms->most_package);
    }
    return prom_ok();
}

prom_result prom_delivery_fits_memory(const prom_scheme_job *job, uint64_t memory_max, prom_error *error)
{
    const uint64_t most = memory_max > 0 ? memory_max : PROM_DELIVERY_MEMORY_MAX;
    char need[PROM_UNITS];
    char have[PROM_UNITS];
    return job->proving_bytes <= most
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER, "proving the job may take %s of memory, and we have %s for it",
                           prom_units_bytes(need, job->proving_bytes), prom_units_bytes(have, most));
}

/* -- The worker's part -- */

static prom_result check_size(prom_span package, const prom_terms *terms, prom_error *error)
{
    if (package.length > terms->most_package) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the package has %zu bytes; the terms allow %llu",
                         package.length, (unsigned long long)terms->most_package);
    }
    return prom_ok();
}

prom_result prom_delivery_seal(const prom_delivery_context *context, prom_arena *arena, prom_span *bytes,
                               const prom_bytes32 *root, const prom_delivery *delivery,
                               const prom_delivery_secrets *secrets, prom_error *error)
{
    const prom_bytes32 *id = context->contract_id;
    const prom_bytes32 *verifier_key = &context->terms->parties[PROM_PARTY_V].key;
    prom_package package = {.root = *root};
    prom_span plain;
    PROM_TRY(prom_delivery_write(arena, &plain, delivery, error));
    PROM_TRY(prom_seal(arena, &package.ciphertext, plain, &secrets->h_p, id, &secrets->nonce, error));
    PROM_TRY(prom_seal_key(context->curve, &package.E_V, &secrets->h_p, id, &secrets->ephemeral, verifier_key, error));
    PROM_TRY(prom_package_write(arena, bytes, &package, error));
    return check_size(*bytes, context->terms, error);
}

prom_result prom_delivery_seal_openings(const prom_delivery_context *context, prom_arena *arena, prom_span *bytes,
                                        prom_span openings, const prom_bytes32 *h_p, const prom_seal_nonce *nonce,
                                        prom_error *error)
{
    prom_span ciphertext;
    PROM_TRY(prom_seal(arena, &ciphertext, openings, h_p, context->contract_id, nonce, error));
    PROM_TRY(prom_openings_write(arena, bytes, ciphertext, error));
    return check_size(*bytes, context->terms, error);
}

/* -- Whoever receives it -- */

prom_result prom_delivery_open(const prom_delivery_context *context, prom_arena *arena, prom_delivery *delivery,
                               prom_bytes32 *root, prom_span bytes, const prom_bytes32 *h_p, prom_error *error)
{
    prom_package package;
    prom_span plain;
    PROM_TRY(prom_package_read(&package, bytes, context->terms->most_package, error));
    PROM_TRY(prom_blame_peer(prom_unseal(arena, &plain, package.ciphertext, h_p, context->contract_id, error)));
    *root = package.root;
    return prom_delivery_read(delivery, plain, error);
}

/* No honest package of the job is larger, whatever the terms allow: it need not be copied to be refused. */
static prom_result check_job_size(const prom_scheme_job *job, prom_span package, prom_error *error)
{
    if (job->bytes_max < UINT64_MAX - AROUND && package.length > job->bytes_max + AROUND) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the package has %zu bytes; the job's output and proof make %llu at most", package.length,
                         (unsigned long long)job->bytes_max + AROUND);
    }
    return prom_ok();
}

/* The proof in round B, and the sample that it is of. */
static prom_result open_round_b(const prom_delivery_context *context, prom_arena *arena, prom_span *proof,
                                prom_sample *sample, const prom_round_b *round_b, const prom_bytes32 *h_p,
                                prom_error *error)
{
    const prom_terms *terms = context->terms;
    prom_span ciphertext;
    PROM_TRY(prom_openings_read(&ciphertext, round_b->package, terms->most_package, error));
    PROM_TRY(prom_blame_peer(prom_unseal(arena, proof, ciphertext, h_p, context->contract_id, error)));
    return prom_sample_draw(arena, sample, &round_b->seed, terms->job.items, terms->P.varsigma, error);
}

prom_result prom_delivery_verify_opened(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                                        const prom_delivery_packages *packages, const prom_bytes32 *h_p,
                                        const prom_progress *progress, prom_error *error)
{
    const prom_scheme_job *job = context->job;
    const prom_round_b *round_b = packages->round_b;
    prom_delivery delivery;
    prom_bytes32 root;
    prom_sample sample;
    if (!same_job(&job->named, &context->terms->job)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the job that was opened is not the one that the terms name");
    }
    PROM_TRY(check_job_size(job, packages->round_a, error));
    PROM_TRY(prom_delivery_open(context, arena, &delivery, &root, packages->round_a, h_p, error));
    if (round_b != NULL) {
        if (delivery.proof.length != 0) {
            return prom_fail(error, PROM_CATEGORY_PEER, "round A of a delivery by sample holds a proof already");
        }
        PROM_TRY(open_round_b(context, arena, &delivery.proof, &sample, round_b, h_p, error));
    }
    PROM_TRY(job->scheme->verify(arena, job, &delivery, &root, round_b != NULL ? &sample : NULL, progress, error));
    *output = delivery.output;
    return prom_ok();
}

prom_result prom_delivery_verify(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                                 const prom_delivery_packages *packages, const prom_key *verifier_key,
                                 const prom_progress *progress, prom_error *error)
{
    const prom_terms *terms = context->terms;
    prom_package package;
    prom_bytes32 h_p;
    PROM_TRY(prom_package_read(&package, packages->round_a, terms->most_package, error));
    PROM_TRY(prom_blame_peer(
        prom_unseal_key(context->curve, &h_p, &package.E_V, context->contract_id, verifier_key, &terms->h, error)));
    const prom_result judged = prom_delivery_verify_opened(context, arena, output, packages, &h_p, progress, error);
    prom_wipe32(&h_p);
    return judged;
}
