#include "prometheus/model/program.h"

#include <math.h>
#include <string.h>

#include "prometheus/crypto/hash.h"

static const char magic[] = "PRMI";
#define MAGIC_LENGTH (sizeof magic - 1)
#define LAYER_CHANNEL_BYTES (sizeof(uint32_t) + sizeof(int32_t)) /* a multiplier and a bias */

int32_t prom_activation_least(prom_activation activation)
{
    return activation == PROM_ACTIVATION_RELU ? 0 : INT8_MIN;
}

void prom_layer_sum_range(int64_t *least, int64_t *largest, const prom_layer *layer, size_t output, int32_t input_least)
{
    const int8_t *weights = layer->weights + output * layer->inputs;
    int64_t positive = 0;
    int64_t negative = 0;
    for (size_t i = 0; i < layer->inputs; i++) {
        positive += weights[i] > 0 ? weights[i] : 0;
        negative += weights[i] < 0 ? weights[i] : 0;
    }
    /* At most 2^24 weights of 7 bits, times 128: far inside 64 bits. */
    *least = layer->biases[output] + positive * input_least + negative * PROM_ACTIVATION_LARGEST;
    *largest = layer->biases[output] + positive * PROM_ACTIVATION_LARGEST + negative * input_least;
}

/* A multiplier has 30 bits and a sum up to 39: their product could wrap, their quotient can not. */
static bool product_within_bound(int64_t sum, uint32_t multiplier, uint8_t shift)
{
    const int64_t magnitude = sum < 0 ? -sum : sum;
    return magnitude <= (PROM_PROGRAM_BOUND - 1 - (INT64_C(1) << (shift - 1))) / (int64_t)multiplier;
}

bool prom_layer_within_bound(size_t *output, const prom_layer *layer, int32_t input_least)
{
    *output = 0;
    for (size_t o = 0; o < layer->outputs; o++) {
        int64_t least = 0;
        int64_t largest = 0;
        prom_layer_sum_range(&least, &largest, layer, o, input_least);
        if (!product_within_bound(least, layer->multipliers[o], layer->shift) ||
            !product_within_bound(largest, layer->multipliers[o], layer->shift)) {
            *output = o;
            return false;
        }
    }
    return true;
}

static float float_of_bits(uint32_t bits)
{
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_of_float(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static prom_result parse_scale(float *scale, prom_reader *reader, const char *name, prom_error *error)
{
    *scale = float_of_bits(prom_read_u32(reader));
    if (!reader->failed && (!isnormal(*scale) || *scale < 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program's %s scale is %g: it must be positive and a normal float32", name,
                         (double)*scale);
    }
    return prom_ok();
}

/* Of one item: the batch is one more dimension, and the whole is still a tensor. */
static prom_result parse_shape(prom_shape *shape, size_t *count, prom_reader *reader, const char *name,
                               prom_error *error)
{
    const uint8_t rank = prom_read_u8(reader);
    *shape = (prom_shape){0};
    if (!reader->failed && (rank == 0 || rank >= PROM_RANK_MOST)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program's %s has %d dimensions: 1 to %u are possible",
                         name, rank, PROM_RANK_MOST - 1);
    }
    for (size_t i = 0; i < rank; i++) {
        shape->sizes[i] = prom_read_u32(reader);
    }
    shape->rank = rank;
    const bool counted = prom_shape_count(count, shape);
    if (!reader->failed && (!counted || *count == 0 || *count > PROM_PROGRAM_VALUES_MOST)) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program's %s has shape %s: an item must have 1 to %u values", name,
                         prom_shape_text(text, shape), PROM_PROGRAM_VALUES_MOST);
    }
    return prom_ok();
}

/* What says how long the layer is, and how it rounds and clamps. */
static prom_result parse_layer_head(prom_layer *layer, prom_reader *reader, size_t inputs, prom_error *error)
{
    const uint8_t kind = prom_read_u8(reader);
    const uint8_t activation = prom_read_u8(reader);
    const uint8_t shift = prom_read_u8(reader);
    const uint32_t outputs = prom_read_u32(reader);
    if (reader->failed) {
        return prom_ok(); /* said once, by the caller */
    }
    if (kind != PROM_LAYER_DENSE) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown kind %d", kind);
    }
    if (activation > PROM_ACTIVATION_RELU) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown activation %d", activation);
    }
    if (shift < 1 || shift > PROM_PROGRAM_SHIFT_MOST) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a shift of %d: 1 to %u are possible", shift,
                         PROM_PROGRAM_SHIFT_MOST);
    }
    if (outputs == 0 || outputs > PROM_PROGRAM_VALUES_MOST) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%u outputs: 1 to %u are possible", (unsigned)outputs,
                         PROM_PROGRAM_VALUES_MOST);
    }
    *layer = (prom_layer){PROM_LAYER_DENSE, (prom_activation)activation, shift, inputs, outputs, NULL, NULL, NULL};
    return prom_ok();
}

/* The weights stay where they are: `reader` runs over the program's own copy of its bytes. */
static prom_result parse_layer_numbers(prom_arena *arena, prom_layer *layer, prom_reader *reader, prom_error *error)
{
    if (reader->failed || layer->outputs > reader->left / (LAYER_CHANNEL_BYTES + layer->inputs)) {
        reader->failed = true; /* said once, by the caller; nothing was allocated for numbers that are not there */
        return prom_ok();
    }
    uint32_t *multipliers = NULL;
    int32_t *biases = NULL;
    PROM_TRY_NEW(multipliers, arena, layer->outputs, error);
    PROM_TRY_NEW(biases, arena, layer->outputs, error);
    for (size_t o = 0; o < layer->outputs; o++) {
        multipliers[o] = prom_read_u32(reader);
        if (multipliers[o] == 0 || multipliers[o] > PROM_PROGRAM_MULTIPLIER_MOST) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "output %zu has the multiplier %u: 1 to %u are possible",
                             o, (unsigned)multipliers[o], PROM_PROGRAM_MULTIPLIER_MOST);
        }
    }
    for (size_t o = 0; o < layer->outputs; o++) {
        const uint32_t bits = prom_read_u32(reader);
        memcpy(&biases[o], &bits, sizeof bits); /* two's complement */
    }
    layer->multipliers = multipliers;
    layer->biases = biases;
    layer->weights = (const int8_t *)prom_read_span(reader, layer->outputs * layer->inputs).data;
    return prom_ok();
}

static prom_result check_bound(const prom_layer *layer, int32_t input_least, prom_error *error)
{
    size_t output = 0;
    int64_t least = 0;
    int64_t largest = 0;
    if (prom_layer_within_bound(&output, layer, input_least)) {
        return prom_ok();
    }
    prom_layer_sum_range(&least, &largest, layer, output, input_least);
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the sum of output %zu lies in [%lld, %lld]; times its multiplier %u, plus 2^%d, it can reach "
                     "2^30, the most that is exact here",
                     output, (long long)least, (long long)largest, (unsigned)layer->multipliers[output],
                     layer->shift - 1);
}

static prom_result parse_layers(prom_arena *arena, prom_program *program, prom_reader *reader, prom_error *error)
{
    const uint16_t count = prom_read_u16(reader);
    if (!reader->failed && (count == 0 || count > PROM_PROGRAM_LAYERS_MOST)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program has %d layers: 1 to %u are possible", count,
                         PROM_PROGRAM_LAYERS_MOST);
    }
    prom_layer *layers = NULL;
    PROM_TRY_NEW(layers, arena, count, error);
    size_t inputs = program->input_count;
    int32_t input_least = INT8_MIN;
    for (size_t i = 0; i < count && !reader->failed; i++) {
        prom_layer *layer = &layers[i];
        PROM_TRY(prom_within(parse_layer_head(layer, reader, inputs, error), error, "the program's layer %zu", i));
        PROM_TRY(prom_within(parse_layer_numbers(arena, layer, reader, error), error, "the program's layer %zu", i));
        if (reader->failed) {
            break;
        }
        PROM_TRY(prom_within(check_bound(layer, input_least, error), error, "the program's layer %zu", i));
        program->parameters += (uint64_t)layer->outputs * (inputs + 1);
        program->multiplications += (uint64_t)layer->outputs * inputs;
        inputs = layer->outputs;
        input_least = prom_activation_least(layer->activation);
    }
    if (!reader->failed && inputs != program->output_count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program's last layer has %zu outputs, its output shape wants %zu", inputs,
                         program->output_count);
    }
    program->layers = layers;
    program->layer_count = count;
    return prom_ok();
}

static prom_result parse_all(prom_arena *arena, prom_program *program, prom_reader *reader, prom_error *error)
{
    if (!prom_span_equal(prom_read_span(reader, MAGIC_LENGTH), prom_span_of((const uint8_t *)magic, MAGIC_LENGTH))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is not a program: it does not begin with %s", magic);
    }
    const uint16_t version = prom_read_u16(reader);
    if (!reader->failed && version != PROM_PROGRAM_VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program has format version %d; supported is %u", version,
                         PROM_PROGRAM_VERSION);
    }
    PROM_TRY(parse_scale(&program->input_scale, reader, "input", error));
    PROM_TRY(parse_scale(&program->output_scale, reader, "output", error));
    PROM_TRY(parse_shape(&program->input_shape, &program->input_count, reader, "input", error));
    PROM_TRY(parse_shape(&program->output_shape, &program->output_count, reader, "output", error));
    PROM_TRY(parse_layers(arena, program, reader, error));
    if (reader->failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program is cut off: it ends after %zu bytes",
                         program->bytes.length);
    }
    if (!prom_reader_done(reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are left over after the program", reader->left);
    }
    return prom_ok();
}

prom_result prom_program_parse(prom_arena *arena, const prom_program **program, prom_span bytes, prom_error *error)
{
    prom_program *parsed = NULL;
    *program = NULL;
    PROM_TRY_NEW(parsed, arena, 1, error);
    PROM_TRY(prom_span_copy(arena, &parsed->bytes, bytes, error));
    prom_reader reader = prom_reader_of(parsed->bytes);
    PROM_TRY(parse_all(arena, parsed, &reader, error));
    *program = parsed;
    return prom_ok();
}

static void write_shape(prom_writer *writer, const prom_shape *shape)
{
    prom_write_u8(writer, (uint8_t)shape->rank);
    for (size_t i = 0; i < shape->rank; i++) {
        /* A size of 33 bits is as far out of range as one of 32 bits is. */
        prom_write_u32(writer, shape->sizes[i] <= UINT32_MAX ? (uint32_t)shape->sizes[i] : UINT32_MAX);
    }
}

static void write_layer(prom_writer *writer, const prom_layer *layer)
{
    prom_write_u8(writer, (uint8_t)layer->kind);
    prom_write_u8(writer, (uint8_t)layer->activation);
    prom_write_u8(writer, layer->shift);
    prom_write_u32(writer, (uint32_t)layer->outputs);
    for (size_t o = 0; o < layer->outputs; o++) {
        prom_write_u32(writer, layer->multipliers[o]);
    }
    for (size_t o = 0; o < layer->outputs; o++) {
        prom_write_u32(writer, (uint32_t)layer->biases[o]);
    }
    prom_write_span(writer, prom_span_of((const uint8_t *)layer->weights, layer->outputs * layer->inputs));
}

prom_result prom_program_build(prom_arena *arena, const prom_program **program, const prom_program *parts,
                               prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes = {0};
    *program = NULL;
    prom_write_text(&writer, magic);
    prom_write_u16(&writer, PROM_PROGRAM_VERSION);
    prom_write_u32(&writer, bits_of_float(parts->input_scale));
    prom_write_u32(&writer, bits_of_float(parts->output_scale));
    write_shape(&writer, &parts->input_shape);
    write_shape(&writer, &parts->output_shape);
    prom_write_u16(&writer, parts->layer_count <= UINT16_MAX ? (uint16_t)parts->layer_count : UINT16_MAX);
    for (size_t i = 0; i < parts->layer_count; i++) {
        write_layer(&writer, &parts->layers[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    return prom_program_parse(arena, program, bytes, error);
}

void prom_program_digest(prom_bytes32 *digest, const prom_program *program)
{
    prom_tagged_hash(digest, "prometheus/program", program->bytes);
}
