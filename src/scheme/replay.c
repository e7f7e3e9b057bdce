#include "scheme/replay.h"

#include <string.h>

#include "prometheus/crypto/merkle.h"
#include "prometheus/program/run.h"
#include "scheme/inference.h"

static prom_result replay_digest(prom_arena *arena, prom_bytes32 *digest, const prom_work *work, prom_error *error)
{
    inference job = {0};
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    prom_program_digest(digest, job.program);
    return prom_ok();
}

static prom_result replay_most_bytes(prom_arena *arena, uint64_t *bytes, const prom_work *work, prom_error *error)
{
    enum { LEVELS_MAX = 32, BATCH_HEADER = 8 };
    inference job = {0};
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    /* An opening has at most one hash for each level and item, whatever is sampled. */
    const uint64_t item = prom_inference_width(&job) + (uint64_t)LEVELS_MAX * sizeof(prom_bytes32);
    *bytes = BATCH_HEADER + job.input.items * item;
    return prom_ok();
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

/* `sample`, or all `items` in place of NULL. */
static prom_result items_of(prom_arena *arena, prom_sample *checked, const prom_sample *sample, uint32_t items,
                            prom_error *error)
{
    if (sample == NULL) {
        return prom_sample_all(arena, checked, items, error);
    }
    *checked = *sample;
    return prom_ok();
}

static prom_result replay_prove(prom_arena *arena, prom_bytes32 *root, prom_span *proof, const prom_work *work,
                                prom_span output, const prom_sample *sample, prom_error *error)
{
    prom_batch batch;
    prom_bytes32 *leaves = NULL;
    prom_sample opened;
    (void)work;
    *proof = prom_span_of(NULL, 0);
    PROM_TRY(prom_batch_read(&batch, output, error));
    PROM_TRY(items_of(arena, &opened, sample, batch.items, error));
    PROM_TRY(leaves_of(arena, &leaves, &batch, error));
    PROM_TRY(prom_merkle_root(arena, root, leaves, batch.items, error));
    if (opened.count == 0) {
        return prom_ok();
    }
    return prom_merkle_open(arena, proof, leaves, batch.items, opened.positions, opened.count, error);
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

static prom_result replay_verify(prom_arena *arena, const prom_work *work, prom_span output, const prom_bytes32 *root,
                                 prom_span proof, const prom_sample *sample, const prom_progress *progress,
                                 prom_error *error)
{
    inference job = {0};
    prom_batch whole;
    prom_batch claim;
    prom_batch input;
    prom_sample checked;
    uint8_t *values = NULL;
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    PROM_TRY(items_of(arena, &checked, sample, job.input.items, error));
    PROM_TRY(check_sample(&checked, job.input.items, error));
    PROM_TRY(prom_inference_read_output(&whole, &job, output, error));
    PROM_TRY(read_claim(arena, &claim, &whole, root, proof, &checked, error));
    PROM_TRY(gather(arena, &input, &job.input, &checked, error));
    PROM_TRY_NEW(values, arena, checked.count * prom_inference_width(&job), error);
    PROM_TRY(prom_program_run(arena, values, job.program, input.data, checked.count, progress, error));
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
    .samples = true,
    .digest = replay_digest,
    .most_bytes = replay_most_bytes,
    .run = prom_inference_run,
    .prove = replay_prove,
    .verify = replay_verify,
};
