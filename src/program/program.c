#include "prometheus/program/program.h"

#include <string.h>

#include "program/layer_traits.h"
#include "program/program_format.h"

enum { WINDOW_NUMBERS = 5 };

const prom_value *prom_program_value(const prom_program *program, uint32_t index)
{
    return index == 0 ? &program->input : &program->layers[index - 1].output;
}

const prom_value *prom_program_output(const prom_program *program)
{
    return &program->layers[program->layer_count - 1].output;
}

void prom_program_digest(prom_bytes32 *digest, const prom_program *program)
{
    *digest = program->digest;
}

static uint32_t bits_of_float(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void write_shape(prom_writer *writer, const prom_shape *shape)
{
    prom_write_u8(writer, (uint8_t)shape->rank);
    for (size_t i = 0; i < shape->rank; i++) {
        /* A size of 33 bits is as far out of range as one of 32 bits is. */
        prom_write_u32(writer, shape->sizes[i] <= UINT32_MAX ? (uint32_t)shape->sizes[i] : UINT32_MAX);
    }
}

static void write_range(prom_writer *writer, prom_range range)
{
    prom_write_u16(writer, (uint16_t)range.low);
    prom_write_u16(writer, (uint16_t)range.high);
}

static void write_geometry(prom_writer *writer, const prom_layer *layer)
{
    const prom_layer_traits *kind = prom_layer_traits_of(layer->kind);
    if (kind->weighted) {
        prom_write_u32(writer, (uint32_t)layer->rescale.count);
    }
    if (layer->kind == PROM_LAYER_CONV) {
        prom_write_u32(writer, layer->groups);
    }
    if (layer->kind == PROM_LAYER_CONCAT) {
        prom_write_u8(writer, (uint8_t)layer->axis);
    }
    for (size_t i = 0; kind->windowed && i < PROM_WINDOW_AXES; i++) {
        const prom_window_axis *axis = &layer->window.axes[i];
        const uint32_t numbers[WINDOW_NUMBERS] = {axis->kernel, axis->stride, axis->dilation, axis->pad_before,
                                                  axis->pad_after};
        for (size_t j = 0; j < WINDOW_NUMBERS; j++) {
            prom_write_u16(writer, (uint16_t)numbers[j]);
        }
    }
    if (layer->kind == PROM_LAYER_TRANSPOSE) {
        prom_write_span(writer, prom_span_of(layer->permutation, layer->output.shape.rank));
    }
    if (layer->kind == PROM_LAYER_RESHAPE) {
        write_shape(writer, &layer->output.shape);
    }
}

static void write_rescale(prom_writer *writer, const prom_layer *layer)
{
    const prom_rescale *rescale = &layer->rescale;
    prom_write_u8(writer, rescale->shift);
    prom_write_u8(writer, rescale->split);
    write_range(writer, layer->output.range);
    if (layer->kind == PROM_LAYER_AVERAGE_POOL) {
        prom_write_u32(writer, (uint32_t)rescale->count);
    }
    for (size_t i = 0; i < rescale->count; i++) {
        prom_write_u32(writer, rescale->multipliers[i]);
    }
}

static void write_layer(prom_writer *writer, const prom_layer *layer)
{
    const prom_layer_traits *kind = prom_layer_traits_of(layer->kind);
    prom_write_u8(writer, (uint8_t)layer->kind);
    prom_write_u16(writer, (uint16_t)layer->input_count);
    for (size_t i = 0; i < layer->input_count; i++) {
        prom_write_u16(writer, (uint16_t)layer->inputs[i]);
    }
    write_geometry(writer, layer);
    if (kind->rescaling) {
        write_rescale(writer, layer);
    }
    for (size_t i = 0; kind->weighted && i < layer->rescale.count; i++) {
        prom_write_u32(writer, (uint32_t)layer->biases[i]);
    }
    if (kind->weighted) {
        const size_t count = layer->rescale.count * layer->weight_count;
        prom_write_span(writer, prom_span_of((const uint8_t *)layer->weights, count));
    }
}

static prom_result check_number(size_t number, size_t most, const char *name, prom_error *error)
{
    return number <= most ? prom_ok()
                          : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its %s is %zu: the most that is possible is %zu",
                                      name, number, most);
}

/* The bytes hold narrower numbers than a layer does; what else is wrong with them, the parser finds. */
static prom_result check_widths(const prom_layer *layer, prom_error *error)
{
    if (prom_layer_traits_of(layer->kind) == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown kind %d", (int)layer->kind);
    }
    PROM_TRY(check_number(layer->input_count, UINT16_MAX, "number of inputs", error));
    for (size_t i = 0; i < layer->input_count; i++) {
        PROM_TRY(check_number(layer->inputs[i], PROM_PROGRAM_LAYERS_MAX, "input", error));
    }
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        const prom_window_axis *axis = &layer->window.axes[i];
        PROM_TRY(check_number(axis->kernel, UINT16_MAX, "kernel", error));
        PROM_TRY(check_number(axis->stride, UINT16_MAX, "stride", error));
        PROM_TRY(check_number(axis->dilation, UINT16_MAX, "dilation", error));
        PROM_TRY(check_number(axis->pad_before, UINT16_MAX, "padding", error));
        PROM_TRY(check_number(axis->pad_after, UINT16_MAX, "padding", error));
    }
    PROM_TRY(check_number(layer->axis, PROM_RANK_MAX, "axis", error));
    PROM_TRY(check_number(layer->output.shape.rank, PROM_RANK_MAX, "number of dimensions", error));
    return check_number(layer->rescale.count, PROM_PROGRAM_VALUES_MAX, "number of multipliers", error);
}

prom_result prom_program_build(prom_arena *arena, const prom_program **program, const prom_program *contents,
                               prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes = {0};
    *program = NULL;
    if (contents->layer_count > PROM_PROGRAM_LAYERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program has %zu layers: 1 to %u are possible",
                         contents->layer_count, PROM_PROGRAM_LAYERS_MAX);
    }
    PROM_TRY(check_number(contents->input.shape.rank, PROM_RANK_MAX, "number of dimensions", error));
    prom_write_text(&writer, PROGRAM_MAGIC);
    prom_write_u16(&writer, PROM_PROGRAM_VERSION);
    prom_write_u32(&writer, bits_of_float(contents->input_scale));
    prom_write_u32(&writer, bits_of_float(contents->output_scale));
    prom_write_u16(&writer, (uint16_t)contents->input_zero);
    prom_write_u16(&writer, (uint16_t)contents->output_zero);
    write_shape(&writer, &contents->input.shape);
    write_range(&writer, contents->input.range);
    prom_write_u16(&writer, (uint16_t)contents->layer_count);
    for (size_t i = 0; i < contents->layer_count; i++) {
        PROM_TRY(prom_within(check_widths(&contents->layers[i], error), error, "layer %zu", i));
        write_layer(&writer, &contents->layers[i]);
    }
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    return prom_program_parse_owned(arena, program, bytes, error);
}
