#include "demo/job.h"

#include "files/files.h"
#include "prometheus/program/batch.h"
#include "prometheus/program/run.h"
#include "prometheus/quantise/quantise.h"
#include "system/clock.h"

#define FLOAT_MEMORY ((size_t)1 << 32) /* of the float model's run */
#define RUN_SECONDS 0.05               /* that plain runs are repeated for */

/* What 'prom compile' would say of it: whoever pays for outputs should know. Without a calibration set nothing is
 * compared. */
static prom_result find_warnings(prom_arena *arena, prom_demo_job *job, const prom_network *network,
                                 const prom_quantised *quantised, const prom_tensor *calibration, prom_error *error)
{
    const prom_test_set set = {.inputs = calibration};
    prom_fidelity fidelity;
    const prom_fidelity_subject subject = {network, quantised, calibration != NULL ? &fidelity : NULL, "calibration",
                                           "'prom compile --calibration-method percentile'"};
    if (calibration != NULL) {
        PROM_TRY(prom_network_compare(arena, &fidelity, network, quantised, &set, NULL, error));
    }
    prom_fidelity_warn(&job->warnings, &subject);
    return prom_ok();
}

static prom_result compile(prom_arena *arena, const prom_network **network, prom_demo_job *job,
                           const prom_demo_files *files, prom_error *error)
{
    const bool calibrated = files->calibration != NULL;
    prom_tensor calibration;
    prom_shape item;
    prom_quantised quantised;
    const bool has_item = calibrated && prom_files_item_of(&item, files->calibration);
    prom_onnx_request request = {.end_at = files->end_at, .item = has_item ? &item : NULL};
    PROM_TRY(prom_files_read_part(arena, network, files->model, &request, error));
    if (calibrated) {
        PROM_TRY(prom_files_read_inputs(arena, &calibration, files->calibration, &(*network)->input_shape,
                                        &files->pictures, NULL, error));
    }
    PROM_TRY(
        prom_within(prom_network_quantise(arena, &quantised, *network, calibrated ? &calibration : NULL, NULL, error),
                    error, "%s%s%s", files->model, calibrated ? ", calibrated with " : ", without --calibrate",
                    calibrated ? files->calibration : ""));
    job->program = quantised.program;
    job->note = (*network)->note;
    return find_warnings(arena, job, *network, &quantised, calibrated ? &calibration : NULL, error);
}

static prom_result quantise_input(prom_arena *arena, prom_demo_job *job, const prom_tensor *input, prom_error *error)
{
    const size_t width = job->program->input.count;
    uint8_t *codes = NULL;
    job->items = input->shape.sizes[0];
    PROM_TRY_NEW(codes, arena, input->count, error);
    PROM_TRY(prom_program_quantise(codes, job->program, input->data, input->count, error));
    job->clamped = prom_program_clamped(job->program, input->data, input->count);
    if (job->items > UINT32_MAX || width > UINT32_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu items of %zu values are too many", job->items, width);
    }
    const prom_batch batch = {(uint32_t)job->items, (uint32_t)width, codes};
    job->bytes.program = job->program->bytes;
    return prom_batch_write(arena, &job->bytes.input, &batch, error);
}

static prom_result find_float_accuracy(prom_arena *arena, prom_demo_job *job, const prom_network *network,
                                       const prom_tensor *input, prom_error *error)
{
    const size_t width = prom_program_output(job->program)->count;
    float *scores = NULL;
    size_t right = 0;
    PROM_TRY_NEW(scores, arena, job->items * width, error);
    const prom_network_request request = {.inputs = input->data, .items = job->items, .memory = FLOAT_MEMORY};
    PROM_TRY(prom_network_run(scores, network, &request, error));
    for (size_t i = 0; i < job->items; i++) {
        right += (int64_t)prom_files_class_of_floats(scores + i * width, width) == job->labels[i];
    }
    job->float_accuracy = (double)right / (double)job->items;
    return prom_ok();
}

/* How the terms name the job: they refuse it here, before anything is signed, when the scheme cannot prove it. */
static prom_result open_job(prom_arena *arena, prom_demo_job *job, const prom_scheme *scheme, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_scheme_job *opened = NULL;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(scheme->open(&scratch, &opened, &job->bytes, error));
    job->named = opened->named;
    return prom_ok();
}

/* One run of a small network is over in microseconds, of which the first one is no measure. */
prom_result prom_demo_job_time(prom_arena *arena, prom_demo_job *job, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_batch input;
    uint8_t *outputs = NULL;
    if (job->program == NULL) {
        return prom_demo_module_time(arena, job, error);
    }
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_batch_read(&input, job->bytes.input, error));
    PROM_TRY_NEW(outputs, &scratch, input.items * prom_program_output(job->program)->count, error);
    prom_executor *executor = NULL;
    PROM_TRY(prom_executor_new(&scratch, &executor, job->program, prom_program_kernels_best(), NULL, error));
    const prom_executor_request request = {
        .inputs = input.data, .items = input.items, .memory = scratch.limit - scratch.used};
    const double start = prom_clock_seconds();
    double passed = 0;
    size_t runs = 0;
    do {
        PROM_TRY(prom_executor_run(executor, outputs, &request, error));
        runs++;
        passed = prom_clock_seconds() - start;
    } while (passed < RUN_SECONDS);
    job->run_seconds = passed / (double)runs;
    return prom_ok();
}

prom_result prom_demo_job_load(prom_arena *arena, prom_demo_job *job, const prom_demo_files *files,
                               const prom_scheme *scheme, prom_error *error)
{
    const prom_network *network = NULL;
    prom_tensor input;
    *job = (prom_demo_job){.float_accuracy = -1};
    PROM_TRY(compile(arena, &network, job, files, error));
    PROM_TRY(prom_files_read_inputs(arena, &input, files->input, &network->input_shape, &files->pictures, NULL, error));
    PROM_TRY(prom_within(quantise_input(arena, job, &input, error), error, "%s", files->input));
    if (files->labels != NULL) {
        PROM_TRY(prom_files_read_labels(arena, &job->labels, files->labels, job->items,
                                        prom_program_output(job->program)->count, error));
        PROM_TRY(find_float_accuracy(arena, job, network, &input, error));
    }
    return open_job(arena, job, scheme, error);
}

prom_result prom_demo_job_save(prom_arena *arena, double *accuracy, prom_demo_job *job, prom_span output,
                               const char *path, prom_error *error)
{
    prom_batch batch;
    prom_tensor tensor;
    size_t right = 0;
    *accuracy = -1;
    if (job->program == NULL) {
        return prom_demo_module_save(arena, job, output, path, error);
    }
    PROM_TRY(prom_batch_read(&batch, output, error));
    PROM_TRY(prom_files_output_integers(arena, &tensor, job->program, batch.data, batch.items, error));
    PROM_TRY(prom_files_write_tensor(path, &tensor, error));
    for (size_t i = 0; i < batch.items && job->labels != NULL; i++) {
        right += (int64_t)prom_files_class_of_codes(batch.data + i * batch.values, batch.values) == job->labels[i];
    }
    if (job->labels != NULL) {
        *accuracy = (double)right / (double)batch.items;
    }
    return prom_ok();
}
