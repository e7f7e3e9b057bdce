/* Models of the digits, through the library's front, and batches for them. */
#ifndef PROMETHEUS_TEST_API_DIGITS_BATCH_H
#define PROMETHEUS_TEST_API_DIGITS_BATCH_H

#include "argument/digits.h"
#include "prometheus/api/model.h"

/* A batch that a model was given, and what came of it. */
typedef struct batch {
    prom_model *model;
    size_t items;
    const float *inputs;
    uint8_t *codes;
    uint8_t *outputs;
} batch;

static const char CNN[] = "digits-cnn.onnx";
static const char QUANTISED[] = "digits-cnn-qdq.onnx";

static inline prom_model *compile_digits(prom_arena *arena, const char *name)
{
    const prom_span onnx = model_file(arena, name);
    const prom_tensor set = model_tensor(arena, "digits-calibration.npy");
    const size_t items = set.shape.sizes[0];
    prom_error error = {""};
    prom_model *model = NULL;
    assert_ok(prom_model_compile(&model, onnx.data, onnx.length, set.data, items, set.count / items, NULL, &error),
              &error);
    return model;
}

static inline batch encode_digits(prom_arena *arena, prom_model *model, size_t items)
{
    const prom_tensor images = model_tensor(arena, "digits-heldout-images.npy");
    batch made = {.model = model, .items = items, .inputs = images.data};
    prom_model_value input;
    prom_model_value output;
    prom_error error = {""};
    prom_model_input(model, &input);
    prom_model_output(model, &output);
    made.codes = new_bytes(arena, items * input.count, 1);
    made.outputs = new_bytes(arena, items * output.count, 1);
    assert_ok(prom_model_encode(model, made.codes, NULL, made.inputs, items, &error), &error);
    return made;
}

#endif
