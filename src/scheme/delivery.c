#include "prometheus/scheme/delivery.h"

#include "prometheus/crypto/hash.h"
#include "prometheus/program/batch.h"

prom_result prom_job_of_work(prom_arena *arena, prom_job *job, const prom_scheme *scheme, const prom_work *work,
                             prom_error *error)
{
    prom_batch input;
    PROM_TRY(scheme->digest(arena, &job->program_digest, work, error));
    PROM_TRY(prom_batch_read(&input, work->input, error));
    prom_sha256(&job->input_hash, work->input);
    job->scheme = scheme->number;
    job->program_bytes = work->program.length;
    job->input_bytes = work->input.length;
    job->items = input.items;
    return prom_ok();
}

prom_result prom_work_check(prom_arena *arena, const prom_work *work, const prom_job *job, prom_error *error)
{
    const prom_scheme *scheme = prom_scheme_by_number(job->scheme);
    prom_job found = {0};
    if (scheme == NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the job wants proof scheme %u, which this program does not know",
                         job->scheme);
    }
    PROM_TRY(prom_blame_peer(prom_job_of_work(arena, &found, scheme, work, error)));
    const bool same = prom_bytes32_equal(&found.program_digest, &job->program_digest) &&
                      prom_bytes32_equal(&found.input_hash, &job->input_hash) &&
                      found.program_bytes == job->program_bytes && found.input_bytes == job->input_bytes &&
                      found.items == job->items;
    if (!same) {
        return prom_fail(error, PROM_CATEGORY_PEER, "program and input are not the ones that the job names");
    }
    return prom_ok();
}

static prom_result check_size(prom_span package, const prom_terms *terms, prom_error *error)
{
    if (package.length > terms->most_package) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the package has %zu bytes; the terms allow %llu",
                         package.length, (unsigned long long)terms->most_package);
    }
    return prom_ok();
}

prom_result prom_work_fits(prom_arena *arena, const prom_work *work, const prom_terms *terms, prom_error *error)
{
    /* The package without its ciphertext, and what the seal and the lengths of output and proof add. */
    enum { AROUND = 2 + 32 + 33 + 32 + 8 + PROM_SEAL_OVERHEAD + 2 * 8 };
    const prom_scheme *scheme = prom_scheme_by_number(terms->job.scheme);
    uint64_t bytes = 0;
    if (scheme == NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER, "there is no proof scheme %u", terms->job.scheme);
    }
    if (!scheme->samples && terms->P.varsigma != PROM_BASIS_POINTS_ONE) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the scheme '%s' proves all of a batch and no sample of it: varsigma must be 1", scheme->name);
    }
    PROM_TRY(prom_blame_peer(scheme->most_bytes(arena, &bytes, work, error)));
    if (bytes > UINT64_MAX - AROUND || bytes + AROUND > terms->most_package) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the package may have %llu bytes; the terms allow %llu",
                         (unsigned long long)bytes + AROUND, (unsigned long long)terms->most_package);
    }
    return prom_ok();
}

prom_result prom_delivery_seal(const prom_curve *curve, prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                               const prom_bytes32 *contract_id, const prom_bytes32 *root, const prom_delivery *delivery,
                               const prom_delivery_secrets *secrets, prom_error *error)
{
    prom_package package = {.root = *root};
    prom_span plain;
    PROM_TRY(prom_delivery_write(arena, &plain, delivery, error));
    PROM_TRY(prom_seal(arena, &package.ciphertext, plain, &secrets->h_p, contract_id, &secrets->nonce, error));
    PROM_TRY(prom_seal_key(curve, &package.E_V, &secrets->h_p, contract_id, &secrets->ephemeral,
                           &terms->parties[PROM_PARTY_V].key, error));
    PROM_TRY(prom_package_write(arena, bytes, &package, error));
    return check_size(*bytes, terms, error);
}

prom_result prom_delivery_open(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root, prom_span bytes,
                               const prom_terms *terms, const prom_bytes32 *contract_id, const prom_bytes32 *h_p,
                               prom_error *error)
{
    prom_package package;
    prom_span plain;
    PROM_TRY(prom_package_read(&package, bytes, terms->most_package, error));
    PROM_TRY(prom_blame_peer(prom_unseal(arena, &plain, package.ciphertext, h_p, contract_id, error)));
    *root = package.root;
    return prom_delivery_read(delivery, plain, error);
}

prom_result prom_delivery_seal_openings(prom_arena *arena, prom_span *bytes, const prom_terms *terms,
                                        const prom_bytes32 *contract_id, prom_span openings, const prom_bytes32 *h_p,
                                        const prom_seal_nonce *nonce, prom_error *error)
{
    prom_span ciphertext;
    PROM_TRY(prom_seal(arena, &ciphertext, openings, h_p, contract_id, nonce, error));
    PROM_TRY(prom_openings_write(arena, bytes, ciphertext, error));
    return check_size(*bytes, terms, error);
}

/* The proof in round B, and the sample that it is of. */
static prom_result open_round_b(prom_arena *arena, prom_span *proof, prom_sample *sample, const prom_round_b *round_b,
                                const prom_terms *terms, const prom_bytes32 *contract_id, const prom_bytes32 *h_p,
                                prom_error *error)
{
    prom_span ciphertext;
    PROM_TRY(prom_openings_read(&ciphertext, round_b->package, terms->most_package, error));
    PROM_TRY(prom_blame_peer(prom_unseal(arena, proof, ciphertext, h_p, contract_id, error)));
    return prom_sample_draw(arena, sample, &round_b->seed, terms->job.items, terms->P.varsigma, error);
}

prom_result prom_delivery_judge(prom_arena *arena, prom_span *output, prom_span bytes, const prom_round_b *round_b,
                                const prom_terms *terms, const prom_bytes32 *contract_id, const prom_work *work,
                                const prom_bytes32 *h_p, const prom_progress *progress, prom_error *error)
{
    const prom_scheme *scheme = prom_scheme_by_number(terms->job.scheme);
    prom_delivery delivery;
    prom_bytes32 root;
    prom_sample sample;
    if (scheme == NULL) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no proof scheme %u", terms->job.scheme);
    }
    PROM_TRY(prom_delivery_open(arena, &delivery, &root, bytes, terms, contract_id, h_p, error));
    prom_span proof = delivery.proof;
    if (round_b != NULL) {
        if (delivery.proof.length != 0) {
            return prom_fail(error, PROM_CATEGORY_PEER, "round A of a delivery by sample holds a proof already");
        }
        PROM_TRY(open_round_b(arena, &proof, &sample, round_b, terms, contract_id, h_p, error));
    }
    PROM_TRY(
        scheme->verify(arena, work, delivery.output, &root, proof, round_b != NULL ? &sample : NULL, progress, error));
    *output = delivery.output;
    return prom_ok();
}

prom_result prom_delivery_check(const prom_curve *curve, prom_arena *arena, prom_span *output, prom_span bytes,
                                const prom_round_b *round_b, const prom_terms *terms, const prom_bytes32 *contract_id,
                                const prom_work *work, const prom_key *verifier_key, const prom_progress *progress,
                                prom_error *error)
{
    prom_package package;
    prom_bytes32 h_p;
    PROM_TRY(prom_package_read(&package, bytes, terms->most_package, error));
    PROM_TRY(prom_blame_peer(prom_unseal_key(curve, &h_p, &package.E_V, contract_id, verifier_key, &terms->h, error)));
    const prom_result judged =
        prom_delivery_judge(arena, output, bytes, round_b, terms, contract_id, work, &h_p, progress, error);
    prom_wipe32(&h_p);
    return judged;
}
