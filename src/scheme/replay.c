#include "scheme/replay.h"

#include <string.h>

#include "prometheus/crypto/merkle.h"
#include "prometheus/model/batch.h"
#include "prometheus/model/program.h"

/* The program and its input, read and found to fit. */
struct job {
    const prom_program *program;
    prom_batch input;
};

static prom_result read_job(prom_arena *arena, struct job *job, const prom_work *work, prom_error *error)
{
    PROM_TRY(prom_program_parse(arena, &job->program, work->program, error));
    PROM_TRY(prom_batch_read(&job->input, work->input, error));
    if (job->input.values != job->program->input_count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input's items have %u values; the program takes %zu",
                         job->input.values, job->program->input_count);
    }
    return prom_ok();
}

static prom_result replay_digest(prom_arena *arena, prom_bytes32 *digest, const prom_work *work, prom_error *error)
{
    struct job job = {0};
    PROM_TRY(read_job(arena, &job, work, error));
    prom_program_digest(digest, job.program);
    return prom_ok();
}

static prom_result replay_run(prom_arena *arena, prom_span *output, const prom_work *work,
                              const prom_progress *progress, prom_error *error)
{
    struct job job = {0};
    int8_t *values = NULL;
    PROM_TRY(read_job(arena, &job, work, error));
    PROM_TRY_NEW(values, arena, job.input.items * job.program->output_count, error);
    PROM_TRY(prom_program_run(arena, values, job.program, job.input.data, job.input.items, progress, error));
    const prom_batch batch = {job.input.items, (uint32_t)job.program->output_count, values};
    return prom_batch_write(arena, output, &batch, error);
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

/* Every item is opened. */
static prom_result positions_of(prom_arena *arena, size_t **positions, size_t count, prom_error *error)
{
    PROM_TRY_NEW(*positions, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        (*positions)[i] = i;
    }
    return prom_ok();
}

static prom_result replay_prove(prom_arena *arena, prom_bytes32 *root, prom_span *proof, const prom_work *work,
                                prom_span output, prom_error *error)
{
    prom_batch batch;
    prom_bytes32 *leaves = NULL;
    size_t *positions = NULL;
    (void)work;
    PROM_TRY(prom_batch_read(&batch, output, error));
    PROM_TRY(leaves_of(arena, &leaves, &batch, error));
    PROM_TRY(positions_of(arena, &positions, batch.items, error));
    PROM_TRY(prom_merkle_root(arena, root, leaves, batch.items, error));
    return prom_merkle_open(arena, proof, leaves, batch.items, positions, batch.items, error);
}

static prom_result check_openings(prom_arena *arena, const prom_batch *output, const prom_bytes32 *root,
                                  prom_span proof, prom_error *error)
{
    prom_bytes32 *leaves = NULL;
    size_t *positions = NULL;
    PROM_TRY(leaves_of(arena, &leaves, output, error));
    PROM_TRY(positions_of(arena, &positions, output->items, error));
    return prom_blame_peer(
        prom_merkle_check(arena, root, output->items, positions, leaves, output->items, proof, error));
}

static prom_result replay_verify(prom_arena *arena, const prom_work *work, prom_span output, const prom_bytes32 *root,
                                 prom_span proof, const prom_progress *progress, prom_error *error)
{
    struct job job = {0};
    prom_batch claimed;
    int8_t *values = NULL;
    PROM_TRY(read_job(arena, &job, work, error));
    PROM_TRY(prom_blame_peer(prom_batch_read(&claimed, output, error)));
    if (claimed.items != job.input.items || claimed.values != job.program->output_count) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the output has %u items of %u values; the program gives %u of %zu",
                         claimed.items, claimed.values, job.input.items, job.program->output_count);
    }
    PROM_TRY(check_openings(arena, &claimed, root, proof, error));
    PROM_TRY_NEW(values, arena, claimed.items * job.program->output_count, error);
    PROM_TRY(prom_program_run(arena, values, job.program, job.input.data, job.input.items, progress, error));
    const prom_batch computed = {claimed.items, claimed.values, values};
    for (size_t i = 0; i < claimed.items; i++) {
        if (!prom_span_equal(prom_batch_item(&computed, i), prom_batch_item(&claimed, i))) {
            return prom_fail(error, PROM_CATEGORY_PEER, "the output of item %zu is not what the program computes", i);
        }
    }
    return prom_ok();
}

const prom_scheme prom_scheme_replay = {
    .number = PROM_SCHEME_REPLAY,
    .name = "replay",
    .digest = replay_digest,
    .run = replay_run,
    .prove = replay_prove,
    .verify = replay_verify,
};
