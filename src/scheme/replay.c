#include "scheme/replay.h"

#include <string.h>

#include "prometheus/crypto/merkle.h"
#include "prometheus/program/run.h"
#include "scheme/inference.h"
#include "scheme/mapping.h"
#include "scheme/replay_module.h"

static prom_result refuse_module(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the scheme 'replay' runs integer programs again, and this program is a module; the scheme "
                     "'replay-module' runs those");
}

static prom_result refuse_integers(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the scheme 'replay-module' runs modules again, and this program is none");
}

static prom_result replay_size(prom_arena *arena, prom_scheme_size *size, const prom_job_program *program,
                               uint32_t items, prom_error *error)
{
    enum { LEVELS_MAX = 32 };
    (void)arena;
    if (program->module != NULL) {
        return refuse_module(error);
    }
    /* An opening has at most one hash for each level and item, whatever is sampled. */
    const uint64_t openings = (uint64_t)items * LEVELS_MAX * sizeof(prom_bytes32);
    *size = (prom_scheme_size){prom_inference_output_bytes(program->integers, items) + openings, 0};
    return prom_ok();
}

static prom_result replay_open(prom_arena *arena, const prom_scheme_job **job, const prom_job_bytes *bytes,
                               prom_error *error)
{
    prom_scheme_job *opened = NULL;
    const prom_result result = prom_module_is(bytes->program)
                                   ? refuse_module(error)
                                   : prom_inference_open(arena, &opened, &prom_scheme_replay, bytes, error);
    *job = prom_is_ok(result) ? opened : NULL;
    return result;
}

static prom_result replay_module_size(prom_arena *arena, prom_scheme_size *size, const prom_job_program *program,
                                      uint32_t items, prom_error *error)
{
    (void)arena;
    return program->module != NULL ? prom_mapping_size(size, program->module, items, error) : refuse_integers(error);
}

static prom_result replay_module_open(prom_arena *arena, const prom_scheme_job **job, const prom_job_bytes *bytes,
                                      prom_error *error)
{
    prom_scheme_job *opened = NULL;
    const prom_result result = prom_module_is(bytes->program)
                                   ? prom_mapping_open(arena, &opened, &prom_scheme_replay_module, bytes, error)
                                   : refuse_integers(error);
    *job = prom_is_ok(result) ? opened : NULL;
    return result;
}

/* One leaf for every item of the output. */
static prom_result leaves_of(prom_arena *arena, prom_bytes32 **leaves, const prom_batch *output, prom_error *error)
{
    PROM_TRY_NEW(*leaves, arena, output->items, error);
    for (size_t i = 0; i < output->items; i++) {
        prom_merkle_leaf(&(*leaves)[i], prom_batch_item(output, i));
    }
    return prom_ok();
}

/* All items are opened, and so the proof holds no hash: the root says it all. */
static prom_result replay_deliver(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                  const prom_scheme_job *job, const prom_progress *progress, prom_error *error)
{
    const prom_inference *inference = job->inference;
    uint8_t *values = NULL;
    prom_batch output;
    prom_bytes32 *leaves = NULL;
    if (job->mapping != NULL) {
        return prom_replay_module_deliver(arena, delivery, root, job, progress, error);
    }
    *delivery = (prom_delivery){.proof = prom_span_of(NULL, 0)};
    PROM_TRY_NEW(values, arena, prom_inference_output_count(job), error);
    PROM_TRY(prom_program_run(arena, values, inference->program, inference->input.data, inference->input.items,
                              progress, error));
    PROM_TRY(prom_inference_write_output(arena, &delivery->output, job, values, error));
    PROM_TRY(prom_batch_read(&output, delivery->output, error));
    PROM_TRY(leaves_of(arena, &leaves, &output, error));
    return prom_merkle_root(arena, root, leaves, output.items, error);
}

static prom_result check_sample(const prom_sample *sample, uint32_t items, prom_error *error)
{
    bool good = sample->count > 0;
    for (size_t i = 0; i < sample->count && good; i++) {
        good = sample->positions[i] < items && (i == 0 || sample->positions[i] > sample->positions[i - 1]);
    }
    return good ? prom_ok()
                : prom_fail(error, PROM_CATEGORY_MISUSE, "what is to be checked is no sample of %u items",
                            (unsigned)items);
}

static prom_result replay_open_sample(prom_arena *arena, prom_span *proof, const prom_scheme_job *job, prom_span output,
                                      const prom_sample *sample, prom_error *error)
{
    prom_batch batch;
    prom_bytes32 *leaves = NULL;
    *proof = prom_span_of(NULL, 0);
    PROM_TRY(check_sample(sample, job->named.items, error));
    if (job->mapping != NULL) {
        return prom_replay_module_open_sample(arena, proof, job, output, sample, error);
    }
    PROM_TRY(prom_inference_read_output(&batch, job, output, error));
    PROM_TRY(leaves_of(arena, &leaves, &batch, error));
    return prom_merkle_open(arena, proof, leaves, batch.items, sample->positions, sample->count, error);
}

/* The sample's items of a batch, one after another; a sample of all is the batch as it is. */
static prom_result gather(prom_arena *arena, prom_batch *gathered, const prom_batch *batch, const prom_sample *sample,
                          prom_error *error)
{
    uint8_t *values = NULL;
    if (sample->count == batch->items) {
        *gathered = *batch;
        return prom_ok();
    }
    PROM_TRY_NEW(values, arena, sample->count * batch->values, error);
    for (size_t i = 0; i < sample->count; i++) {
        const prom_span item = prom_batch_item(batch, sample->positions[i]);
        memcpy(values + i * batch->values, item.data, item.length);
    }
    *gathered = (prom_batch){(uint32_t)sample->count, batch->values, values};
    return prom_ok();
}

/* What the worker says of the sample's items, found under its commitment. */
static prom_result read_claim(prom_arena *arena, prom_batch *claim, const prom_batch *output, const prom_bytes32 *root,
                              prom_span proof, const prom_sample *sample, prom_error *error)
{
    prom_bytes32 *leaves = NULL;
    PROM_TRY(gather(arena, claim, output, sample, error));
    PROM_TRY(leaves_of(arena, &leaves, claim, error));
    const prom_merkle_items items = {
        .count = output->items, .positions = sample->positions, .leaves = leaves, .position_count = sample->count};
    return prom_blame_peer(prom_merkle_verify(arena, root, &items, proof, error));
}

/* `sample`, or all items in place of NULL. */
static prom_result checked_items(prom_arena *arena, prom_sample *checked, const prom_sample *sample, uint32_t items,
                                 prom_error *error)
{
    if (sample == NULL) {
        return prom_sample_all(arena, checked, items, error);
    }
    *checked = *sample;
    return check_sample(sample, items, error);
}

static prom_result replay_verify(prom_arena *arena, const prom_scheme_job *job, const prom_delivery *delivery,
                                 const prom_bytes32 *root, const prom_sample *sample, const prom_progress *progress,
                                 prom_error *error)
{
    const prom_inference *inference = job->inference;
    prom_batch whole;
    prom_batch claim;
    prom_batch input;
    prom_sample checked;
    uint8_t *values = NULL;
    PROM_TRY(checked_items(arena, &checked, sample, job->named.items, error));
    if (job->mapping != NULL) {
        return prom_replay_module_verify(arena, job, delivery, root, &checked, progress, error);
    }
    PROM_TRY(prom_inference_read_output(&whole, job, delivery->output, error));
    PROM_TRY(read_claim(arena, &claim, &whole, root, delivery->proof, &checked, error));
    PROM_TRY(gather(arena, &input, &inference->input, &checked, error));
    PROM_TRY_NEW(values, arena, checked.count * claim.values, error);
    PROM_TRY(prom_program_run(arena, values, inference->program, input.data, checked.count, progress, error));
    const prom_batch computed = {claim.items, claim.values, values};
    for (size_t i = 0; i < checked.count; i++) {
        if (!prom_span_equal(prom_batch_item(&computed, i), prom_batch_item(&claim, i))) {
            return prom_fail(error, PROM_CATEGORY_PEER, "the output of item %zu is not what the program computes",
                             checked.positions[i]);
        }
    }
    return prom_ok();
}

const prom_scheme prom_scheme_replay = {
    .number = PROM_SCHEME_REPLAY,
    .name = "replay",
    .size = replay_size,
    .open = replay_open,
    .deliver = replay_deliver,
    .open_sample = replay_open_sample,
    .verify = replay_verify,
};

const prom_scheme prom_scheme_replay_module = {
    .number = PROM_SCHEME_REPLAY_MODULE,
    .name = "replay-module",
    .size = replay_module_size,
    .open = replay_module_open,
    .deliver = replay_deliver,
    .open_sample = replay_open_sample,
    .verify = replay_verify,
};
