#include "scheme/sumcheck.h"

#include "prometheus/argument/proof.h"
#include "prometheus/crypto/hash.h"
#include "scheme/inference.h"

static prom_result refuse_module(prom_error *error)
{
    return prom_fail(
        error, PROM_CATEGORY_BAD_INPUT,
        "the scheme 'sumcheck' proves integer programs, and this program is a module; the scheme 'replay-module' "
        "can check it");
}

static prom_result sumcheck_size(prom_arena *arena, prom_scheme_size *size, const prom_job_program *of, uint32_t items,
                                 prom_error *error)
{
    const prom_program *program = of->integers;
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_error reason = {""};
    *size = (prom_scheme_size){0};
    if (program == NULL) {
        return refuse_module(error);
    }
    prom_arena_init_within(&scratch, arena);
    const prom_result found = prom_proof_bytes_max(&scratch, &size->delivery_bytes, program, items, &reason);
    if (found.category == PROM_CATEGORY_BAD_INPUT) {
        return prom_fail(error, found.category,
                         "the scheme 'sumcheck' cannot prove this job: %.300s; the scheme 'replay' can check it",
                         reason.sentence);
    }
    if (!prom_is_ok(found)) {
        return prom_fail(error, found.category, "%s", reason.sentence);
    }
    size->delivery_bytes += prom_inference_output_bytes(program, items);
    /* sumcheck_deliver has one thread */
    return prom_statement_proving_cost(&scratch, &size->proving_bytes, program, items, 1, error);
}

static prom_result sumcheck_open(prom_arena *arena, const prom_scheme_job **job, const prom_job_bytes *bytes,
                                 prom_error *error)
{
    prom_scheme_job *opened = NULL;
    *job = NULL;
    if (prom_module_is(bytes->program)) {
        return refuse_module(error);
    }
    const prom_result result = prom_inference_open(arena, &opened, &prom_scheme_sumcheck, bytes, error);
    *job = prom_is_ok(result) ? opened : NULL;
    return result;
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

/* Output and proof are fixed before anybody can open them. */
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

static prom_result sumcheck_deliver(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                    const prom_scheme_job *job, const prom_progress *progress, prom_error *error)
{
    const prom_inference *inference = job->inference;
    const prom_statement statement = {inference->program, inference->input.items, inference->input.data, NULL};
    uint8_t *values = NULL;
    *delivery = (prom_delivery){.proof = prom_span_of(NULL, 0)};
    PROM_TRY_NEW(values, arena, prom_inference_output_count(job), error);
    PROM_TRY(prom_statement_prove(arena, &delivery->proof, values, &statement, NULL, progress, error));
    PROM_TRY(prom_inference_write_output(arena, &delivery->output, job, values, error));
    root_of(root, delivery->output, delivery->proof);
    return prom_ok();
}

static prom_result sumcheck_verify(prom_arena *arena, const prom_scheme_job *job, const prom_delivery *delivery,
                                   const prom_bytes32 *root, const prom_sample *sample, const prom_progress *progress,
                                   prom_error *error)
{
    const prom_inference *inference = job->inference;
    prom_batch claimed;
    prom_bytes32 expected;
    PROM_TRY(check_sample(sample, job->named.items, error));
    PROM_TRY(prom_inference_read_output(&claimed, job, delivery->output, error));
    root_of(&expected, delivery->output, delivery->proof);
    if (!prom_bytes32_equal(&expected, root)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the root is not that of this output and this proof");
    }
    const prom_statement statement = {inference->program, inference->input.items, inference->input.data, claimed.data};
    const prom_result checked = prom_statement_verify(arena, &statement, delivery->proof, progress, error);
    return checked.category == PROM_CATEGORY_PEER ? prom_within(checked, error, "the output is not proven") : checked;
}

const prom_scheme prom_scheme_sumcheck = {
    .number = PROM_SCHEME_SUMCHECK,
    .name = "sumcheck",
    .size = sumcheck_size,
    .open = sumcheck_open,
    .deliver = sumcheck_deliver,
    .open_sample = NULL,
    .verify = sumcheck_verify,
};
