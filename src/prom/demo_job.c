#include "prom/demo_job.h"

#include "prom/file.h"
#include "prometheus/model/batch.h"
#include "prometheus/model/npy.h"
#include "prometheus/model/onnx.h"
#include "prometheus/model/quantise.h"

enum { MOST_FILE = 1 << 30 };

static prom_result read_tensor(prom_arena *arena, prom_tensor *tensor, const char *path, prom_error *error)
{
    prom_span bytes;
    PROM_TRY(prom_file_read(arena, &bytes, path, MOST_FILE, error));
    return prom_within(prom_npy_read(arena, tensor, bytes, error), error, "%s", path);
}

static prom_result compile(prom_arena *arena, const prom_network **network, const prom_program **program,
                           const prom_demo_files *files, prom_error *error)
{
    prom_tensor calibration;
    prom_span onnx;
    PROM_TRY(prom_file_read(arena, &onnx, files->model, MOST_FILE, error));
    PROM_TRY(prom_within(prom_onnx_read(arena, network, onnx, error), error, "%s", files->model));
    PROM_TRY(read_tensor(arena, &calibration, files->calibration, error));
    return prom_within(prom_network_quantise(arena, program, *network, &calibration, error), error,
                       "%s, calibrated with %s", files->model, files->calibration);
}

static prom_result quantise_input(prom_arena *arena, prom_demo_job *job, const prom_tensor *input, prom_error *error)
{
    const size_t width = job->program->input_count;
    int8_t *values = NULL;
    PROM_TRY(prom_tensor_items(&job->items, input, &job->program->input_shape, PROM_DTYPE_F32, error));
    PROM_TRY_NEW(values, arena, job->items * width, error);
    PROM_TRY(prom_program_quantise(values, job->program, input->data, job->items * width, error));
    if (job->items > UINT32_MAX || width > UINT32_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu items of %zu values are too many", job->items, width);
    }
    const prom_batch batch = {(uint32_t)job->items, (uint32_t)width, values};
    job->work.program = job->program->bytes;
    return prom_batch_write(arena, &job->work.input, &batch, error);
}

static size_t class_of_integers(const int8_t *scores, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = scores[i] > scores[best] ? i : best;
    }
    return best;
}

static size_t class_of_floats(const float *scores, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = scores[i] > scores[best] ? i : best;
    }
    return best;
}

static prom_result read_labels(prom_arena *arena, prom_demo_job *job, const char *path, prom_error *error)
{
    const prom_shape one = {.rank = 0};
    prom_tensor labels;
    size_t count = 0;
    PROM_TRY(read_tensor(arena, &labels, path, error));
    PROM_TRY(prom_within(prom_tensor_items(&count, &labels, &one, PROM_DTYPE_I64, error), error, "%s", path));
    if (count != job->items) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s has %zu labels for %zu items", path, count, job->items);
    }
    job->labels = labels.data;
    return prom_ok();
}

static prom_result find_float_accuracy(prom_arena *arena, prom_demo_job *job, const prom_network *network,
                                       const prom_tensor *input, prom_error *error)
{
    const size_t width = network->output_count;
    float *scores = NULL;
    size_t right = 0;
    PROM_TRY_NEW(scores, arena, job->items * width, error);
    PROM_TRY(prom_network_run(arena, scores, NULL, network, input->data, job->items, error));
    for (size_t i = 0; i < job->items; i++) {
        right += (int64_t)class_of_floats(scores + i * width, width) == job->labels[i];
    }
    job->float_accuracy = (double)right / (double)job->items;
    return prom_ok();
}

prom_result prom_demo_job_load(prom_arena *arena, prom_demo_job *job, const prom_demo_files *files,
                               const prom_scheme *scheme, prom_error *error)
{
    const prom_network *network = NULL;
    prom_tensor input;
    *job = (prom_demo_job){.float_accuracy = -1};
    PROM_TRY(compile(arena, &network, &job->program, files, error));
    PROM_TRY(read_tensor(arena, &input, files->input, error));
    PROM_TRY(prom_within(quantise_input(arena, job, &input, error), error, "%s", files->input));
    if (files->labels != NULL) {
        PROM_TRY(read_labels(arena, job, files->labels, error));
        PROM_TRY(find_float_accuracy(arena, job, network, &input, error));
    }
    return prom_job_of_work(arena, &job->job, scheme, &job->work, error);
}

prom_result prom_demo_job_save(prom_arena *arena, double *accuracy, const prom_demo_job *job, prom_span output,
                               const char *path, prom_error *error)
{
    const prom_shape *item = &job->program->output_shape;
    prom_batch batch;
    prom_span file;
    size_t right = 0;
    *accuracy = -1;
    PROM_TRY(prom_batch_read(&batch, output, error));
    prom_tensor tensor = {.dtype = PROM_DTYPE_I8, .shape = {.rank = item->rank + 1}, .data = batch.data};
    tensor.count = (size_t)batch.items * batch.values;
    tensor.shape.sizes[0] = batch.items;
    for (size_t i = 0; i < item->rank && i + 1 < PROM_RANK_MOST; i++) {
        tensor.shape.sizes[i + 1] = item->sizes[i];
    }
    PROM_TRY(prom_npy_write(arena, &file, &tensor, error));
    PROM_TRY(prom_file_write(path, file, error));
    for (size_t i = 0; i < batch.items && job->labels != NULL; i++) {
        right += (int64_t)class_of_integers(batch.data + i * batch.values, batch.values) == job->labels[i];
    }
    if (job->labels != NULL) {
        *accuracy = (double)right / (double)batch.items;
    }
    return prom_ok();
}
