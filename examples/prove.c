/* Runs a model over inputs, and proves the outputs.
 *
 *   prove MODEL INPUTS OUTPUTS PROOF
 *
 * MODEL is a file that `prom compile` wrote. INPUTS are float32 values, as the machine stores them and nothing else,
 * items first: what NumPy's x.astype("float32").tofile("inputs") writes. OUTPUTS become such a file too. PROOF becomes
 * what `prom verify` reads. Exits with 0 when both are written, with 1 when not. */
#include <prometheus/prometheus.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"

typedef struct proven_batch {
    prom_model *model;
    size_t items;
    float *inputs; /* items x what the model takes */
    float *outputs;
    uint8_t *input_codes; /* the same in the model's integers */
    uint8_t *output_codes;
    size_t outputs_length; /* bytes of `outputs` */
    prom_buffer proof;
} proven_batch;

/* Tells how far it is, and never asks to stop. */
static bool show_progress(void *context, size_t done, size_t total)
{
    (void)context;
    (void)fprintf(stderr, "\r%3zu of %zu%s", done, total, done == total ? "\n" : "");
    return true;
}

static bool load(proven_batch *batch, const char *model_path, const char *inputs_path, prom_error *error)
{
    void *bytes = NULL;
    size_t length = 0;
    if (!read_file(model_path, &bytes, &length)) {
        return false;
    }
    const prom_result loaded = prom_model_load(&batch->model, bytes, length, error);
    free(bytes);
    if (!prom_is_ok(loaded)) {
        (void)fprintf(stderr, "%s: %s\n", model_path, error->sentence);
        return false;
    }
    if (!read_file(inputs_path, &bytes, &length)) {
        return false;
    }
    batch->inputs = bytes;
    prom_model_value input;
    prom_model_input(batch->model, &input);
    batch->items = length / (input.count * sizeof(float));
    if (batch->items == 0 || length % (input.count * sizeof(float)) != 0) {
        (void)fprintf(stderr, "%s: %zu bytes are not one item or more of %zu float32 values\n", inputs_path, length,
                      input.count);
        return false;
    }
    prom_model_value output;
    prom_model_output(batch->model, &output);
    batch->input_codes = malloc(batch->items * input.count);
    batch->output_codes = malloc(batch->items * output.count);
    batch->outputs_length = batch->items * output.count * sizeof(float);
    batch->outputs = malloc(batch->outputs_length);
    if (batch->input_codes == NULL || batch->output_codes == NULL || batch->outputs == NULL) {
        (void)fprintf(stderr, "out of memory\n");
        return false;
    }
    return true;
}

/* The model computes on integers: floats are rounded to them first, and the outputs become floats again. */
static prom_result prove(proven_batch *batch, prom_error *error)
{
    const prom_model_options options = {.progress = {.report = show_progress}};
    size_t clamped = 0;
    PROM_TRY(prom_model_encode(batch->model, batch->input_codes, &clamped, batch->inputs, batch->items, error));
    if (clamped > 0) {
        (void)fprintf(stderr, "%zu values lie outside of what the model was calibrated for\n", clamped);
    }
    PROM_TRY(prom_model_prove(batch->model, &batch->proof, batch->output_codes, batch->input_codes, batch->items,
                              &options, error));
    prom_model_decode(batch->model, batch->outputs, batch->output_codes, batch->items);
    return prom_ok();
}

static bool run(proven_batch *batch, char **paths)
{
    prom_error error = {""};
    if (!load(batch, paths[0], paths[1], &error)) {
        return false;
    }
    if (!prom_is_ok(prove(batch, &error))) {
        (void)fprintf(stderr, "%s\n", error.sentence);
        return false;
    }
    return write_file(paths[2], batch->outputs, batch->outputs_length) &&
           write_file(paths[3], batch->proof.bytes, batch->proof.length);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fprintf(stderr, "usage: %s MODEL INPUTS OUTPUTS PROOF\n", argv[0]);
        return EXIT_FAILURE;
    }
    proven_batch batch = {0};
    const bool done = run(&batch, argv + 1);
    if (done) {
        (void)printf("%zu items proven in %zu bytes, with libprometheus %s\n", batch.items, batch.proof.length,
                     prom_version());
    }
    prom_buffer_free(&batch.proof);
    free(batch.outputs);
    free(batch.output_codes);
    free(batch.input_codes);
    free(batch.inputs);
    prom_model_free(batch.model);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
