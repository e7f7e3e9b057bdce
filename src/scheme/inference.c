#include "scheme/inference.h"
#include "prometheus/program/run.h"

prom_result prom_inference_read(prom_arena *arena, inference *job, const prom_work *work, prom_error *error)
{
    PROM_TRY(prom_program_parse(arena, &job->program, work->program, error));
    PROM_TRY(prom_batch_read(&job->input, work->input, error));
    const prom_value *input = &job->program->input;
    const size_t values = input->count;
    size_t at = 0;
    if (job->input.values != values) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input's items have %u values; the program takes %zu",
                         job->input.values, values);
    }
    if (!prom_codes_in_range(&at, job->input.data, job->input.items * values, input->range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "value %zu of item %zu of the input has the code %d; the program takes 0 to %d", at % values,
                         at / values, job->input.data[at], input->range.high - input->range.low);
    }
    return prom_ok();
}

size_t prom_inference_width(const inference *job)
{
    return prom_program_output(job->program)->count;
}

prom_result prom_inference_run(prom_arena *arena, prom_span *output, const prom_work *work,
                               const prom_progress *progress, prom_error *error)
{
    inference job = {0};
    uint8_t *values = NULL;
    PROM_TRY(prom_inference_read(arena, &job, work, error));
    PROM_TRY_NEW(values, arena, job.input.items * prom_inference_width(&job), error);
    PROM_TRY(prom_program_run(arena, values, job.program, job.input.data, job.input.items, progress, error));
    const prom_batch batch = {job.input.items, (uint32_t)prom_inference_width(&job), values};
    return prom_batch_write(arena, output, &batch, error);
}

prom_result prom_inference_read_output(prom_batch *batch, const inference *job, prom_span output, prom_error *error)
{
    PROM_TRY(prom_blame_peer(prom_batch_read(batch, output, error)));
    if (batch->items != job->input.items || batch->values != prom_inference_width(job)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the output has %u items of %u values; the program gives %u of %zu",
                         batch->items, batch->values, job->input.items, prom_inference_width(job));
    }
    return prom_ok();
}
