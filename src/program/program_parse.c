#include <math.h>
#include <string.h>

#include "base/units.h"
#include "program/layer_traits.h"
#include "program/program_format.h"
#include "prometheus/crypto/hash.h"

enum {
    VALUE_MAX = 255,
    LAYER_BYTES_MIN = 6, /* kind, number of inputs, one input, and an axis or more */
};

static prom_result cut_off(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program is cut off");
}

static float float_of_bits(uint32_t bits)
{
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int16_t read_i16(prom_reader *reader)
{
    const uint16_t bits = prom_read_u16(reader);
    int16_t value = 0;
    memcpy(&value, &bits, sizeof value); /* two's complement */
    return value;
}

static prom_result parse_scale(float *scale, prom_reader *reader, const char *name, prom_error *error)
{
    *scale = float_of_bits(prom_read_u32(reader));
    if (!reader->failed && !(isnormal(*scale) && *scale > 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program's %s scale is %g: it must be positive and a normal float32", name,
                         (double)*scale);
    }
    return prom_ok();
}

static prom_result parse_range(prom_range *range, prom_reader *reader, prom_error *error)
{
    range->low = read_i16(reader);
    range->high = read_i16(reader);
    if (!reader->failed &&
        (range->low > 0 || range->high < 0 || range->high - range->low > VALUE_MAX || range->high == range->low)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the range [%d, %d]: it must hold 0, and 2 to 256 integers in all", range->low, range->high);
    }
    return prom_ok();
}

/* Of one item: the batch is one more dimension, and the whole is still a tensor. */
static prom_result parse_shape(prom_shape *shape, prom_reader *reader, prom_error *error)
{
    const uint8_t rank = prom_read_u8(reader);
    size_t count = 0;
    *shape = (prom_shape){0};
    if (!reader->failed && (rank == 0 || rank >= PROM_RANK_MAX)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a shape of %d dimensions: 1 to %u are possible", rank,
                         PROM_RANK_MAX - 1);
    }
    for (size_t i = 0; i < rank; i++) {
        shape->sizes[i] = prom_read_u32(reader);
    }
    shape->rank = rank;
    if (reader->failed) {
        return cut_off(error);
    }
    if (!prom_shape_count(&count, shape) || count == 0 || count > PROM_PROGRAM_VALUES_MAX) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the shape %s: an item must have 1 to %u values",
                         prom_shape_text(text, shape), PROM_PROGRAM_VALUES_MAX);
    }
    return prom_ok();
}

static prom_result parse_value(prom_value *value, prom_reader *reader, prom_error *error)
{
    PROM_TRY(parse_shape(&value->shape, reader, error));
    PROM_TRY(parse_range(&value->range, reader, error));
    return prom_shape_count(&value->count, &value->shape) ? prom_ok()
                                                          : prom_fail(error, PROM_CATEGORY_BROKEN, "uncounted shape");
}

/* The program as far as it is read: layer `at` is next. */
typedef struct layer_parser {
    prom_arena *arena; /* of the program */
    prom_program *program;
    size_t at;
    prom_reader *reader;
} layer_parser;

/* What the layer reads, in order, as values: what its shape and its bounds follow from. */
static prom_result parse_inputs(const layer_parser *parser, prom_arena *scratch, prom_layer *layer,
                                const prom_value **inputs, prom_error *error)
{
    prom_reader *reader = parser->reader;
    const prom_layer_traits *kind = prom_layer_traits_of(layer->kind);
    const uint16_t count = prom_read_u16(reader);
    uint32_t *indices = NULL;
    prom_value *values = NULL;
    if (!reader->failed && (count < kind->inputs_min || count > kind->inputs_max)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%d inputs of a layer of kind %s: %d to %d are possible",
                         count, prom_layer_kind_name(layer->kind), kind->inputs_min, kind->inputs_max);
    }
    if (reader->failed || count > reader->left / sizeof(uint16_t)) {
        return cut_off(error);
    }
    PROM_TRY_NEW(indices, parser->arena, count, error);
    PROM_TRY_NEW(values, scratch, count, error);
    for (size_t i = 0; i < count; i++) {
        indices[i] = prom_read_u16(reader);
        if (indices[i] > parser->at) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it reads layer %u, which does not stand before it",
                             (unsigned)indices[i] - 1);
        }
        values[i] = *prom_program_value(parser->program, indices[i]);
    }
    layer->input_count = count;
    layer->inputs = indices;
    *inputs = values;
    return prom_ok();
}

static void parse_window(prom_window *window, prom_reader *reader)
{
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        window->axes[i].kernel = prom_read_u16(reader);
        window->axes[i].stride = prom_read_u16(reader);
        window->axes[i].dilation = prom_read_u16(reader);
        window->axes[i].pad_before = prom_read_u16(reader);
        window->axes[i].pad_after = prom_read_u16(reader);
    }
}

/* What the shape of the output follows from, beside the inputs. */
static prom_result parse_geometry(prom_layer *layer, uint32_t *channels, const prom_value *inputs, prom_reader *reader,
                                  prom_error *error)
{
    const prom_layer_traits *kind = prom_layer_traits_of(layer->kind);
    *channels = kind->weighted ? prom_read_u32(reader) : 0;
    layer->groups = layer->kind == PROM_LAYER_CONV ? prom_read_u32(reader) : 1;
    layer->axis = layer->kind == PROM_LAYER_CONCAT ? prom_read_u8(reader) : 0;
    if (kind->windowed) {
        parse_window(&layer->window, reader);
    }
    for (size_t i = 0; layer->kind == PROM_LAYER_TRANSPOSE && i < inputs[0].shape.rank; i++) {
        layer->permutation[i] = prom_read_u8(reader);
    }
    if (layer->kind == PROM_LAYER_RESHAPE) {
        PROM_TRY(parse_shape(&layer->output.shape, reader, error));
    }
    return reader->failed ? cut_off(error) : prom_layer_shape(layer, inputs, *channels, error);
}

/* How many multipliers the layer has. */
static prom_result parse_multiplier_count(size_t *count, const prom_layer *layer, uint32_t channels,
                                          prom_reader *reader, prom_error *error)
{
    *count = layer->kind == PROM_LAYER_ADD ? layer->input_count : channels;
    if (layer->kind != PROM_LAYER_AVERAGE_POOL) {
        return prom_ok();
    }
    const size_t places = layer->output.count / layer->output.shape.sizes[0];
    *count = prom_read_u32(reader);
    if (!reader->failed && *count != 1 && *count != places) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu multipliers: 1 or %zu are possible", *count, places);
    }
    return prom_ok();
}

static prom_result parse_rescale(prom_arena *arena, prom_layer *layer, uint32_t channels, prom_reader *reader,
                                 prom_error *error)
{
    prom_rescale *rescale = &layer->rescale;
    uint32_t *multipliers = NULL;
    rescale->shift = prom_read_u8(reader);
    rescale->split = prom_read_u8(reader);
    PROM_TRY(parse_range(&layer->output.range, reader, error));
    PROM_TRY(parse_multiplier_count(&rescale->count, layer, channels, reader, error));
    if (!reader->failed && !prom_rescale_possible(rescale->shift, rescale->split)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a shift of %d and a split of %d: a split is 0 to %u, and the shift 1 to %u more",
                         rescale->shift, rescale->split, PROM_PROGRAM_SPLIT_MAX, PROM_PROGRAM_SHIFT_PLAIN_MAX);
    }
    if (!reader->failed && layer->kind == PROM_LAYER_ADD && rescale->split != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a split of %d: an add has none", rescale->split);
    }
    if (reader->failed || rescale->count > reader->left / sizeof(uint32_t)) {
        return cut_off(error);
    }
    PROM_TRY_NEW(multipliers, arena, rescale->count, error);
    for (size_t i = 0; i < rescale->count; i++) {
        multipliers[i] = prom_read_u32(reader);
        if (multipliers[i] == 0 || multipliers[i] > PROM_PROGRAM_MULTIPLIER_MAX) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "multiplier %zu is %u: 1 to %u are possible", i,
                             (unsigned)multipliers[i], PROM_PROGRAM_MULTIPLIER_MAX);
        }
    }
    rescale->multipliers = multipliers;
    return prom_ok();
}

/* The weights stay where they are: `reader` runs over the program's own copy of its bytes. */
static prom_result parse_weights(prom_arena *arena, prom_layer *layer, uint32_t channels, prom_reader *reader,
                                 prom_error *error)
{
    int32_t *biases = NULL;
    if (layer->weight_count > SIZE_MAX / 2 - sizeof *biases ||
        channels > reader->left / (sizeof *biases + layer->weight_count)) {
        return cut_off(error);
    }
    PROM_TRY_NEW(biases, arena, channels, error);
    for (size_t i = 0; i < channels; i++) {
        const uint32_t bits = prom_read_u32(reader);
        memcpy(&biases[i], &bits, sizeof bits); /* two's complement */
    }
    layer->biases = biases;
    layer->weights = (const int8_t *)prom_read_span(reader, channels * layer->weight_count).data;
    return prom_ok();
}

static prom_result parse_layer(const layer_parser *parser, prom_layer *layer, prom_error *error)
{
    prom_arena *arena = parser->arena;
    prom_program *program = parser->program;
    prom_reader *reader = parser->reader;
    /* A value is much larger than the bytes that name it: all of a file's at once would be too much. */
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init(&scratch, ((size_t)UINT16_MAX + 1) * sizeof(prom_value));
    const prom_value *inputs = NULL;
    uint32_t channels = 0;
    const uint8_t number = prom_read_u8(reader);
    const prom_layer_traits *kind = prom_layer_traits_of(number);
    if (kind == NULL) {
        return reader->failed ? cut_off(error) : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "unknown kind %d", number);
    }
    layer->kind = (prom_layer_kind)number;
    PROM_TRY(parse_inputs(parser, &scratch, layer, &inputs, error));
    PROM_TRY(parse_geometry(layer, &channels, inputs, reader, error));
    if (kind->rescaling) {
        PROM_TRY(parse_rescale(arena, layer, channels, reader, error));
    }
    if (kind->weighted) {
        PROM_TRY(parse_weights(arena, layer, channels, reader, error));
    }
    program->parameters += (uint64_t)channels * (layer->weight_count + 1);
    program->multiplications += prom_layer_multiplications(layer);
    if (program->multiplications > PROM_PROGRAM_MULTIPLICATIONS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "with it an item takes more than 2^44 multiplications");
    }
    return prom_layer_check_bounds(layer, inputs, error);
}

/* Each layer but the last is there for a later one: what does nothing has no place in what a digest names. */
static prom_result check_use(prom_arena *arena, const prom_program *program, prom_error *error)
{
    bool *used = NULL;
    PROM_TRY_NEW(used, arena, program->layer_count + 1, error);
    for (size_t i = 0; i < program->layer_count; i++) {
        const prom_layer *layer = &program->layers[i];
        for (size_t j = 0; j < layer->input_count; j++) {
            used[layer->inputs[j]] = true;
        }
    }
    for (size_t i = 0; i + 1 < program->layer_count; i++) {
        if (!used[i + 1]) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "layer %zu: no later layer reads what it makes", i);
        }
    }
    return prom_ok();
}

static prom_result parse_layers(prom_arena *arena, prom_program *program, prom_reader *reader, prom_error *error)
{
    const uint16_t count = prom_read_u16(reader);
    prom_layer *layers = NULL;
    if (!reader->failed && (count == 0 || count > PROM_PROGRAM_LAYERS_MAX)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program has %d layers: 1 to %u are possible", count,
                         PROM_PROGRAM_LAYERS_MAX);
    }
    if (reader->failed || count > reader->left / LAYER_BYTES_MIN) {
        return cut_off(error);
    }
    PROM_TRY_NEW(layers, arena, count, error);
    program->layers = layers;
    program->layer_count = count;
    for (size_t i = 0; i < count; i++) {
        const layer_parser parser = {arena, program, i, reader};
        PROM_TRY(prom_within(parse_layer(&parser, &layers[i], error), error, "layer %zu", i));
    }
    return check_use(arena, program, error);
}

/* What a file of integers holds are bytes: all of one of NumPy's two types. */
static prom_result check_zero(int16_t zero, prom_range range, const char *name, prom_error *error)
{
    const int low = range.low + zero;
    const int high = range.high + zero;
    if (!(low >= 0 && high <= UINT8_MAX) && !(low >= INT8_MIN && high <= INT8_MAX)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program's %s has the zero point %d: with the range [%d, %d] it fits no byte", name, zero,
                         range.low, range.high);
    }
    return prom_ok();
}

static prom_result parse_head(prom_program *program, prom_reader *reader, prom_error *error)
{
    const prom_span start = prom_read_span(reader, strlen(PROGRAM_MAGIC));
    if (reader->failed || memcmp(start.data, PROGRAM_MAGIC, strlen(PROGRAM_MAGIC)) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is not an integer program: it does not begin with %s",
                         PROGRAM_MAGIC);
    }
    const uint16_t version = prom_read_u16(reader);
    if (!reader->failed && version != PROM_PROGRAM_VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program has format version %d; supported is %u", version,
                         PROM_PROGRAM_VERSION);
    }
    PROM_TRY(parse_scale(&program->input_scale, reader, "input", error));
    PROM_TRY(parse_scale(&program->output_scale, reader, "output", error));
    program->input_zero = read_i16(reader);
    program->output_zero = read_i16(reader);
    return prom_within(parse_value(&program->input, reader, error), error, "the program's input");
}

static prom_result parse_all(prom_arena *arena, prom_program *program, prom_reader *reader, prom_error *error)
{
    PROM_TRY(parse_head(program, reader, error));
    PROM_TRY(parse_layers(arena, program, reader, error));
    if (reader->failed) {
        return cut_off(error);
    }
    if (!prom_reader_done(reader)) {
        char more[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program is followed by %s",
                         prom_units_count(more, reader->left, "byte"));
    }
    PROM_TRY(check_zero(program->input_zero, program->input.range, "input", error));
    return check_zero(program->output_zero, prom_program_output(program)->range, "output", error);
}

static prom_result check_length(prom_span bytes, prom_error *error)
{
    char size[PROM_UNITS];
    return bytes.length <= PROM_PROGRAM_BYTES_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program has %s; %d is the most",
                           prom_units_count(size, bytes.length, "byte"), PROM_PROGRAM_BYTES_MAX);
}

prom_result prom_program_parse_owned(prom_arena *arena, const prom_program **program, prom_span bytes,
                                     prom_error *error)
{
    prom_program *parsed = NULL;
    PROM_TRY(check_length(bytes, error));
    PROM_TRY_NEW(parsed, arena, 1, error);
    parsed->bytes = bytes;
    prom_reader reader = prom_reader_of(parsed->bytes);
    PROM_TRY(parse_all(arena, parsed, &reader, error));
    prom_tagged_hash(&parsed->digest, "prometheus/program", parsed->bytes);
    *program = parsed;
    return prom_ok();
}

prom_result prom_program_parse(prom_arena *arena, const prom_program **program, prom_span bytes, prom_error *error)
{
    prom_span copy = {0};
    *program = NULL;
    PROM_TRY(check_length(bytes, error));
    PROM_TRY(prom_span_copy(arena, &copy, bytes, error));
    return prom_program_parse_owned(arena, program, copy, error);
}
