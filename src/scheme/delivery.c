#include "prometheus/scheme/delivery.h"

#include "base/units.h"

#include "prometheus/crypto/hash.h"

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

/* The package without its ciphertext, and what the seal, the scheme's root and the lengths of output and proof add.
 * Round B has less. */
enum { AROUND = PROM_PACKAGE_HEAD + PROM_SEAL_OVERHEAD + 32 + 2 * 8 };

uint64_t prom_delivery_package_bytes(uint64_t delivery_bytes)
{
    return delivery_bytes > UINT64_MAX - AROUND ? UINT64_MAX : delivery_bytes + AROUND;
}

prom_result prom_delivery_fits(const prom_scheme_job *job, const prom_terms *terms, prom_error *error)
{
    const uint64_t bytes = prom_delivery_package_bytes(job->bytes_max);
    if (job->scheme->open_sample == NULL && terms->P.varsigma != PROM_BASIS_POINTS_ONE) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the scheme '%s' proves all of a batch and no sample of it: varsigma must be 1",
                         job->scheme->name);
    }
    if (bytes > terms->package_max) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the package may have %llu bytes; the terms allow %llu",
                         (unsigned long long)bytes, (unsigned long long)terms->package_max);
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
    if (package.length > terms->package_max) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the package has %zu bytes; the terms allow %llu",
                         package.length, (unsigned long long)terms->package_max);
    }
    return prom_ok();
}

static bool samples(const prom_terms *terms)
{
    return terms->P.varsigma != PROM_BASIS_POINTS_ONE;
}

static prom_seal_round_terms seal_terms(const prom_delivery_context *context, prom_round round,
                                        const prom_bytes32 *root, const prom_bytes32 *h_p)
{
    return (prom_seal_round_terms){
        .h_p = h_p, .contract_id = context->contract_id, .root = root, .round = (uint8_t)round};
}

prom_result prom_delivery_seal(const prom_delivery_context *context, prom_arena *arena, prom_span *bytes,
                               const prom_bytes32 *root, const prom_delivery *delivery,
                               const prom_delivery_secrets *secrets, prom_error *error)
{
    const prom_bytes32 *seal_key = &context->terms->parties[PROM_PARTY_V].seal_key;
    prom_package package;
    prom_span plain;
    prom_package_commitment(&package.root, context->contract_id, &secrets->h_p, root);
    const prom_seal_round_terms sealed_for = seal_terms(context, PROM_ROUND_A, &package.root, &secrets->h_p);
    PROM_TRY(prom_delivery_write(arena, &plain, root, delivery, error));
    PROM_TRY(prom_seal_round(arena, &package.ciphertext, plain, &sealed_for, &secrets->nonce, error));
    PROM_TRY(prom_sealed_key_make(context->curve, &package.E_V, &secrets->h_p, context->contract_id, seal_key, error));
    PROM_TRY(prom_package_write(arena, bytes, &package, error));
    return check_size(*bytes, context->terms, error);
}

prom_result prom_delivery_seal_openings(const prom_delivery_context *context, prom_arena *arena, prom_span *bytes,
                                        prom_span openings, const prom_bytes32 *block,
                                        const prom_delivery_secrets *secrets, prom_error *error)
{
    prom_package_openings package = {.block = *block};
    prom_bytes32 root;
    prom_openings_root(&root, openings);
    prom_package_commitment(&package.root, context->contract_id, &secrets->h_p, &root);
    const prom_seal_round_terms sealed_for = seal_terms(context, PROM_ROUND_B, &package.root, &secrets->h_p);
    PROM_TRY(prom_seal_round(arena, &package.ciphertext, openings, &sealed_for, &secrets->nonce, error));
    PROM_TRY(prom_package_openings_write(arena, bytes, &package, error));
    return check_size(*bytes, context->terms, error);
}

/* protocol 10, sampling: the seed has nothing in it that was not fixed before block X */
prom_result prom_delivery_sample(const prom_delivery_context *context, prom_arena *arena, prom_sample *sample,
                                 prom_span package_a, const prom_bytes32 *block, prom_error *error)
{
    const prom_terms *terms = context->terms;
    prom_bytes32 package_hash;
    prom_bytes32 seed;
    prom_package_hash(&package_hash, context->contract_id, PROM_ROUND_A, package_a);
    prom_sampling_seed(&seed, context->contract_id, &package_hash, block);
    return prom_sample_draw(arena, sample, &seed, terms->job.items, terms->P.varsigma, error);
}

/* -- Whoever receives it -- */

static prom_result open_package(const prom_delivery_context *context, prom_arena *arena, prom_delivery *delivery,
                                prom_bytes32 *root, const prom_package *package, const prom_bytes32 *h_p,
                                prom_error *error)
{
    const prom_seal_round_terms sealed_for = seal_terms(context, PROM_ROUND_A, &package->root, h_p);
    prom_bytes32 commitment;
    prom_span plain;
    PROM_TRY(prom_blame_peer(prom_unseal_round(arena, &plain, package->ciphertext, &sealed_for, error)));
    PROM_TRY(prom_delivery_read(root, delivery, plain, error));
    prom_package_commitment(&commitment, context->contract_id, h_p, root);
    return prom_bytes32_equal(&commitment, &package->root)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER, "the package's commitment is not that of what it holds");
}

prom_result prom_delivery_open(const prom_delivery_context *context, prom_arena *arena, prom_delivery *delivery,
                               prom_bytes32 *root, prom_span bytes, const prom_bytes32 *h_p, prom_error *error)
{
    prom_package package;
    PROM_TRY(prom_package_read(&package, bytes, context->terms->package_max, error));
    return open_package(context, arena, delivery, root, &package, h_p, error);
}

prom_result prom_delivery_open_key(const prom_delivery_context *context, prom_bytes32 *h_p, prom_span bytes,
                                   const prom_key *seal_key, prom_error *error)
{
    const prom_terms *terms = context->terms;
    prom_package package;
    *h_p = (prom_bytes32){{0}};
    /* Another key opens nothing, and that would look like the worker's fault. */
    if (!prom_bytes32_equal(&seal_key->public_key, &terms->parties[PROM_PARTY_V].seal_key)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this is not the seal key that the terms name for the verifier");
    }
    PROM_TRY(prom_package_read_head(&package, bytes, error));
    return prom_blame_peer(
        prom_sealed_key_open(context->curve, h_p, &package.E_V, context->contract_id, seal_key, &terms->h, error));
}

/* No honest package of the job is larger, whatever the terms allow: it need not be copied to be refused. */
static prom_result check_job_size(const prom_scheme_job *job, prom_span package, prom_error *error)
{
    if (package.length > prom_delivery_package_bytes(job->bytes_max)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the package has %zu bytes; the job's output and proof make %llu at most", package.length,
                         (unsigned long long)prom_delivery_package_bytes(job->bytes_max));
    }
    return prom_ok();
}

/* The output, and what round A holds of the proof. */
static prom_result check_round_a(const prom_delivery_context *context, prom_arena *arena, prom_delivery *delivery,
                                 prom_bytes32 *root, prom_span bytes, const prom_bytes32 *h_p, prom_error *error)
{
    const prom_bytes32 *seal_key = &context->terms->parties[PROM_PARTY_V].seal_key;
    prom_package package;
    PROM_TRY(check_job_size(context->job, bytes, error));
    PROM_TRY(prom_package_read(&package, bytes, context->terms->package_max, error));
    PROM_TRY(prom_blame_peer(
        prom_sealed_key_check(context->curve, &package.E_V, h_p, context->contract_id, seal_key, error)));
    return open_package(context, arena, delivery, root, &package, h_p, error);
}

/* The proof in round B, and the sample that it is of. */
static prom_result check_round_b(const prom_delivery_context *context, prom_arena *arena, prom_span *proof,
                                 prom_sample *sample, const prom_delivery_packages *packages, const prom_bytes32 *h_p,
                                 prom_error *error)
{
    prom_package_openings package;
    prom_bytes32 root;
    prom_bytes32 commitment;
    PROM_TRY(check_job_size(context->job, *packages->round_b, error));
    PROM_TRY(prom_package_openings_read(&package, *packages->round_b, context->terms->package_max, error));
    const prom_seal_round_terms sealed_for = seal_terms(context, PROM_ROUND_B, &package.root, h_p);
    PROM_TRY(prom_blame_peer(prom_unseal_round(arena, proof, package.ciphertext, &sealed_for, error)));
    prom_openings_root(&root, *proof);
    prom_package_commitment(&commitment, context->contract_id, h_p, &root);
    if (!prom_bytes32_equal(&commitment, &package.root)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "package B names another commitment than its openings have");
    }
    return prom_delivery_sample(context, arena, sample, packages->round_a, &package.block, error);
}

/* What the caller must have seen to. */
static prom_result check_arguments(const prom_delivery_context *context, const prom_delivery_packages *packages,
                                   const prom_bytes32 *h_p, prom_error *error)
{
    prom_bytes32 hash;
    prom_sha256(&hash, prom_span_of32(h_p));
    if (!same_job(&context->job->named, &context->terms->job)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the job that was opened is not the one that the terms name");
    }
    if (!prom_bytes32_equal(&hash, &context->terms->h)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "what the package is to be opened with is not the preimage of h");
    }
    if (samples(context->terms) && packages->round_b == NULL) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a delivery by sample can be checked once both rounds are here");
    }
    return prom_ok();
}

static prom_result check(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                         const prom_delivery_packages *packages, const prom_bytes32 *h_p, const prom_progress *progress,
                         prom_error *error)
{
    const prom_scheme_job *job = context->job;
    const bool sampled = samples(context->terms);
    prom_delivery delivery;
    prom_bytes32 root;
    prom_sample sample;
    PROM_TRY(check_arguments(context, packages, h_p, error));
    PROM_TRY(check_round_a(context, arena, &delivery, &root, packages->round_a, h_p, error));
    if (sampled) {
        if (delivery.proof.length != 0) {
            return prom_fail(error, PROM_CATEGORY_PEER, "round A of a delivery by sample holds a proof already");
        }
        PROM_TRY(check_round_b(context, arena, &delivery.proof, &sample, packages, h_p, error));
    }
    PROM_TRY(job->scheme->verify(arena, job, &delivery, &root, sampled ? &sample : NULL, progress, error));
    *output = delivery.output;
    return prom_ok();
}

prom_checked prom_delivery_check(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                                 const prom_delivery_packages *packages, const prom_bytes32 *h_p,
                                 const prom_progress *progress, prom_error *error)
{
    *output = prom_span_of(NULL, 0);
    const prom_result result = check(context, arena, output, packages, h_p, progress, error);
    switch (result.category) {
    case PROM_CATEGORY_OK:
        return PROM_CHECKED_GOOD;
    case PROM_CATEGORY_PEER:
        return PROM_CHECKED_BAD;
    case PROM_CATEGORY_MISUSE:
    case PROM_CATEGORY_BAD_INPUT:
    case PROM_CATEGORY_IO:
    case PROM_CATEGORY_BROKEN:
    case PROM_CATEGORY_STOPPED:
    case PROM_CATEGORY_MEMORY:
        break;
    }
    return PROM_CHECKED_UNKNOWN;
}
