#include "scheme/inference.h"

#include "scheme/scheme.h"

static prom_result read_inference(prom_arena *arena, prom_inference *inference, const prom_job_bytes *bytes,
                                  prom_error *error)
{
    PROM_TRY(prom_program_parse(arena, &inference->program, bytes->program, error));
    PROM_TRY(prom_batch_read(&inference->input, bytes->input, error));
    const prom_batch *batch = &inference->input;
    const prom_value *input = &inference->program->input;
    const size_t values = input->count;
    size_t at = 0;
    if (batch->values != values) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input's items have %u values; the program takes %zu",
                         batch->values, values);
    }
    if (!prom_codes_in_range(&at, batch->data, batch->items * values, input->range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "value %zu of item %zu of the input has the code %d; the program takes 0 to %d", at % values,
                         at / values, batch->data[at], input->range.high - input->range.low);
    }
    return prom_ok();
}

prom_result prom_inference_open(prom_arena *arena, prom_scheme_job **job, const prom_scheme *scheme,
                                const prom_job_bytes *bytes, prom_error *error)
{
    prom_inference *inference = NULL;
    prom_scheme_job *opened = NULL;
    *job = NULL;
    PROM_TRY_NEW(inference, arena, 1, error);
    PROM_TRY_NEW(opened, arena, 1, error);
    PROM_TRY(read_inference(arena, inference, bytes, error));
    opened->named.program_digest = inference->program->digest;
    opened->named.items = inference->input.items;
    opened->macs = inference->program->multiplications;
    opened->program.integers = inference->program;
    opened->inference = inference;
    PROM_TRY(prom_scheme_job_complete(arena, opened, scheme, bytes, error));
    *job = opened;
    return prom_ok();
}

size_t prom_inference_width(const prom_scheme_job *job)
{
    return prom_program_output(job->inference->program)->count;
}

size_t prom_inference_output_count(const prom_scheme_job *job)
{
    return job->inference->input.items * prom_inference_width(job);
}

static uint64_t batch_bytes(uint32_t items, size_t values)
{
    enum { BATCH_HEADER = 8 };
    return BATCH_HEADER + (uint64_t)items * values;
}

uint64_t prom_inference_input_bytes(const prom_program *program, uint32_t items)
{
    return batch_bytes(items, program->input.count);
}

uint64_t prom_inference_output_bytes(const prom_program *program, uint32_t items)
{
    return batch_bytes(items, prom_program_output(program)->count);
}

prom_result prom_inference_write_output(prom_arena *arena, prom_span *output, const prom_scheme_job *job,
                                        const uint8_t *values, prom_error *error)
{
    const prom_batch batch = {job->inference->input.items, (uint32_t)prom_inference_width(job), values};
    return prom_batch_write(arena, output, &batch, error);
}

prom_result prom_inference_read_output(prom_batch *batch, const prom_scheme_job *job, prom_span output,
                                       prom_error *error)
{
    PROM_TRY(prom_blame_peer(prom_batch_read(batch, output, error)));
    const uint32_t items = job->inference->input.items;
    if (batch->items != items || batch->values != prom_inference_width(job)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the output has %u items of %u values; the program gives %u of %zu",
                         batch->items, batch->values, items, prom_inference_width(job));
    }
    return prom_ok();
}
