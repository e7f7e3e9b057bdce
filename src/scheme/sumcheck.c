#include "scheme/sumcheck.h"

#include "prometheus/argument/proof.h"
#include "prometheus/crypto/hash.h"
#include "scheme/inference.h"

/* The most bytes of a proof, and whether there can be one. */
static prom_result proof_bytes(prom_arena *arena, uint64_t *bytes, const inference *job, prom_error *error)
{
    const prom_result found = prom_proof_bytes_max(arena, bytes, job->program, job->input.items, error);
    if (found.category == PROM_CATEGORY_BAD_INPUT && error != NULL) {
        const prom_error reason = *error;
        return prom_fail(error, found.category,
                         "the scheme 'sumcheck' can not prove this job: %.300s; the scheme 'replay' can check it",
                         reason.sentence);
    }
    return found;
}

static prom_result sumcheck_digest(prom_arena *arena, prom_bytes32 *digest, const prom_work *work, prom_error *error)
{
    inference job = {0};
    uint64_t bytes = 0;
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    PROM_TRY(proof_bytes(arena, &bytes, &job, error));
    prom_program_digest(digest, job.program);
    return prom_ok();
}

static prom_result sumcheck_most_bytes(prom_arena *arena, uint64_t *bytes, const prom_work *work, prom_error *error)
{
    enum { BATCH_HEADER = 8 };
    inference job = {0};
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    PROM_TRY(proof_bytes(arena, bytes, &job, error));
    *bytes += BATCH_HEADER + (uint64_t)job.input.items * prom_inference_width(&job);
    return prom_ok();
}

/* A batch is proven as a whole. */
static prom_result check_sample(const prom_sample *sample, uint32_t items, prom_error *error)
{
    bool all = sample == NULL || sample->count == items;
    for (size_t i = 0; sample != NULL && i < sample->count && all; i++) {
        all = sample->positions[i] == i;
    }
    return all ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MISUSE,
                           "the scheme 'sumcheck' proves all %u items at once, and no sample of them", (unsigned)items);
}

/* Output and proof are fixed before anybody can open them. The output's hash alone would let everybody try guesses at
 * it; the proof can not be guessed without running the program. */
static void root_of(prom_bytes32 *root, prom_span output, prom_span proof)
{
    uint8_t length[8];
    prom_hasher hasher;
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (uint8_t)((uint64_t)output.length >> (56 - 8 * i));
    }
    prom_hasher_init(&hasher, "prometheus/sumcheck");
    prom_hasher_add(&hasher, prom_span_of(length, sizeof length));
    prom_hasher_add(&hasher, output);
    prom_hasher_add(&hasher, proof);
    prom_hasher_finish(&hasher, root);
}

static prom_result sumcheck_prove(prom_arena *arena, prom_bytes32 *root, prom_span *proof, const prom_work *work,
                                  prom_span output, const prom_sample *sample, prom_error *error)
{
    inference job = {0};
    prom_batch claimed;
    uint8_t *values = NULL;
    *proof = prom_span_of(NULL, 0);
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    PROM_TRY(check_sample(sample, job.input.items, error));
    const size_t count = job.input.items * prom_inference_width(&job);
    const prom_statement statement = {job.program, job.input.items, job.input.data, NULL};
    prom_error unread = {""};
    if (!prom_is_ok(prom_inference_read_output(&claimed, &job, output, &unread))) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "what is to be proven is no output of the program");
    }
    PROM_TRY_NEW(values, arena, count, error);
    PROM_TRY(prom_statement_prove(arena, proof, values, &statement, NULL, NULL, error));
    if (!prom_span_equal(prom_span_of(values, count), prom_span_of(claimed.data, count))) {
        *proof = prom_span_of(NULL, 0);
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the output to be proven is not what the program computes");
    }
    root_of(root, output, *proof);
    return prom_ok();
}

static prom_result sumcheck_verify(prom_arena *arena, const prom_work *work, prom_span output, const prom_bytes32 *root,
                                   prom_span proof, const prom_sample *sample, const prom_progress *progress,
                                   prom_error *error)
{
    inference job = {0};
    prom_batch claimed;
    prom_bytes32 expected;
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    PROM_TRY(check_sample(sample, job.input.items, error));
    PROM_TRY(prom_inference_read_output(&claimed, &job, output, error));
    root_of(&expected, output, proof);
    if (!prom_bytes32_equal(&expected, root)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the root is not that of this output and this proof");
    }
    const prom_statement statement = {job.program, job.input.items, job.input.data, claimed.data};
    const prom_result checked = prom_statement_verify(arena, &statement, proof, progress, error);
    return checked.category == PROM_CATEGORY_PEER ? prom_within(checked, error, "the output is not proven") : checked;
}

const prom_scheme prom_scheme_sumcheck = {
    .number = PROM_SCHEME_SUMCHECK,
    .name = "sumcheck",
    .samples = false,
    .digest = sumcheck_digest,
    .most_bytes = sumcheck_most_bytes,
    .run = prom_inference_run,
    .prove = sumcheck_prove,
    .verify = sumcheck_verify,
};
