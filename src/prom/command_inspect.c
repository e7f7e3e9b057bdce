/* prom inspect */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/tell.h"
#include "files/files.h"
#include "prom/batch.h"
#include "prom/model_text.h"
#include "prom/root.h"
#include "prometheus/argument/proof.h"

#define MEMORY ((size_t)1 << 36)

typedef struct arguments {
    bool json;
    const char *file;
    const char *end_at;
    uint32_t items; /* 0: 1 */
} arguments;

/* -- Programs -- */

/* What is computed of a layer, beside what it holds. */
typedef struct layer_facts {
    bool rescales;
    uint32_t multiplier_min;
    uint32_t multiplier_max;
    prom_sum_range sum; /* over all of them, and all inputs */
    unsigned bits;      /* of the larger magnitude */
    uint64_t parameters;
} layer_facts;

/* The largest magnitude. */
static int64_t magnitude_of(prom_sum_range sum)
{
    return -sum.low > sum.high ? -sum.low : sum.high;
}

static unsigned bits_of(prom_sum_range sum)
{
    const int64_t most = magnitude_of(sum);
    unsigned bits = 0;
    while (most >> bits != 0) {
        bits++;
    }
    return bits;
}

static prom_result find_facts(prom_arena *arena, layer_facts *facts, const prom_program *program,
                              const prom_layer *layer, prom_error *error)
{
    const prom_rescale *rescale = &layer->rescale;
    const size_t sums = layer->kind == PROM_LAYER_ADD ? 1 : rescale->count; /* an add has one, multipliers included */
    prom_value *inputs = NULL;
    *facts = (layer_facts){.rescales = rescale->count > 0, .multiplier_min = UINT32_MAX};
    if (!facts->rescales) {
        return prom_ok();
    }
    PROM_TRY_NEW(inputs, arena, layer->input_count, error);
    for (size_t i = 0; i < layer->input_count; i++) {
        inputs[i] = *prom_program_value(program, layer->inputs[i]);
    }
    for (size_t i = 0; i < rescale->count; i++) {
        const uint32_t multiplier = rescale->multipliers[i];
        facts->multiplier_min = multiplier < facts->multiplier_min ? multiplier : facts->multiplier_min;
        facts->multiplier_max = multiplier > facts->multiplier_max ? multiplier : facts->multiplier_max;
    }
    for (size_t i = 0; i < sums; i++) {
        const prom_sum_range sum = prom_layer_sum_range(layer, inputs, i);
        facts->sum.low = i == 0 || sum.low < facts->sum.low ? sum.low : facts->sum.low;
        facts->sum.high = i == 0 || sum.high > facts->sum.high ? sum.high : facts->sum.high;
    }
    facts->bits = bits_of(facts->sum);
    facts->parameters = layer->weights != NULL ? (uint64_t)rescale->count * (layer->weight_count + 1) : 0;
    return prom_ok();
}

/* How a user's file of integers holds them. */
static const char *stored_type(prom_range range, int16_t zero)
{
    return range.low + zero >= 0 ? "uint8" : "int8";
}

static void print_value(const char *name, const prom_value *value, float scale, int16_t zero)
{
    char shape[PROM_SHAPE_TEXT];
    char range[PROM_MODEL_RANGE];
    (void)printf("  %-10s  %s, %s, times %.6g; in files %s with the zero point %d\n", name,
                 prom_shape_text(shape, &value->shape), prom_text_range(range, value->range), (double)scale,
                 stored_type(value->range, zero), (int)zero);
}

static void print_row(size_t at, const prom_layer *layer, const layer_facts *facts)
{
    const prom_text_step step = prom_text_step_of_layer(layer);
    char shape[PROM_SHAPE_TEXT];
    char range[PROM_MODEL_RANGE];
    char inputs[PROM_MODEL_STEP];
    char geometry[PROM_MODEL_STEP];
    char shift[16] = "";
    char multipliers[2 * PROM_UNITS] = "";
    char sum[2 * PROM_UNITS] = "";
    char parameters[PROM_UNITS];
    char multiplications[PROM_UNITS];
    if (facts->rescales) {
        (void)snprintf(shift, sizeof shift, "%d/%d", (int)layer->rescale.shift, (int)layer->rescale.split);
        char low[PROM_UNITS];
        char high[PROM_UNITS];
        (void)snprintf(multipliers, sizeof multipliers, "%s to %s", prom_units_number(low, facts->multiplier_min),
                       prom_units_number(high, facts->multiplier_max));
        (void)snprintf(sum, sizeof sum, "%s (%u)", prom_units_number(high, (uint64_t)magnitude_of(facts->sum)),
                       facts->bits);
    }
    (void)printf("  %4zu  %-12s  %-7s  %-12s  %-11s  %-5s  %-16s  %-18s  %11s  %14s  %s\n", at,
                 prom_layer_kind_name(layer->kind), prom_text_inputs(inputs, &step), prom_shape_text(shape, step.shape),
                 prom_text_range(range, layer->output.range), shift, multipliers, sum,
                 prom_units_number(parameters, facts->parameters),
                 prom_units_number(multiplications, prom_layer_multiplications(layer)),
                 prom_text_geometry(geometry, &step));
}

/* What verifying a proof takes, or why there can be none. */
typedef struct verifying {
    size_t items;
    bool possible;
    prom_verifying_cost cost;
    prom_error reason;
} verifying;

static prom_result find_verifying(prom_arena *arena, verifying *found, const prom_program *program, uint32_t items,
                                  prom_error *error)
{
    *found = (verifying){.items = items > 0 ? items : 1};
    const prom_result result =
        prom_statement_verifying_cost(arena, &found->cost, program, found->items, &found->reason);
    found->possible = prom_is_ok(result);
    return found->possible || result.category == PROM_CATEGORY_BAD_INPUT
               ? prom_ok()
               : prom_fail(error, result.category, "%s", found->reason.sentence);
}

static void print_verifying(const verifying *found)
{
    char items[PROM_UNITS];
    char memory[PROM_UNITS];
    char steps[PROM_UNITS];
    (void)prom_units_count(items, found->items, "item");
    if (found->possible) {
        (void)printf("  verifying   a proof of %s takes at most %s of memory and %s\n", items,
                     prom_units_bytes(memory, found->cost.memory), prom_units_count(steps, found->cost.steps, "step"));
    } else {
        (void)printf("  verifying   %s cannot be proven: %s\n", items, found->reason.sentence);
    }
}

static json_t *verifying_json(const verifying *found)
{
    return found->possible ? json_pack("{s:I, s:I, s:I}",                              //
                                       "items", (json_int_t)found->items,              //
                                       "memory_bytes", (json_int_t)found->cost.memory, //
                                       "steps", (json_int_t)found->cost.steps)
                           : json_pack("{s:I, s:s}",                      //
                                       "items", (json_int_t)found->items, //
                                       "refused", found->reason.sentence);
}

static prom_result print_program(prom_arena *arena, const prom_program *program, const arguments *given,
                                 prom_error *error)
{
    verifying found;
    prom_bytes32 digest;
    char text[PROM_HEX32];
    PROM_TRY(find_verifying(arena, &found, program, given->items, error));
    prom_program_digest(&digest, program);
    (void)printf("%s: an integer program\n\n", given->file);
    (void)printf("  digest      %s\n", prom_hex32(text, &digest));
    prom_text_print_size(program);
    print_value("input", &program->input, program->input_scale, program->input_zero);
    print_value("output", prom_program_output(program), program->output_scale, program->output_zero);
    print_verifying(&found);
    (void)printf("\n  %4s  %-12s  %-7s  %-12s  %-11s  %-5s  %-16s  %-18s  %11s  %14s  %s\n", "#", "kind", "inputs",
                 "output", "range", "shift", "multipliers", "largest sum", "parameters", "MACs", "geometry");
    for (size_t i = 0; i < program->layer_count; i++) {
        layer_facts facts;
        PROM_TRY(find_facts(arena, &facts, program, &program->layers[i], error));
        print_row(i, &program->layers[i], &facts);
    }
    (void)printf(
        "\nshift is shift/split; largest sum is the largest magnitude over all inputs (its bits, 30 at most)\n");
    return prom_ok();
}

static json_t *value_json(const prom_value *value, float scale, int16_t zero)
{
    return json_pack("{s:o, s:o, s:f, s:i}",                       //
                     "shape", prom_text_shape_json(&value->shape), //
                     "range", prom_text_range_json(value->range),  //
                     "scale", (double)scale,                       //
                     "zero", (int)zero);
}

static json_t *layer_json(const prom_layer *layer, const layer_facts *facts)
{
    const prom_text_step step = prom_text_step_of_layer(layer);
    const prom_rescale *rescale = &layer->rescale;
    json_t *multipliers = json_null();
    json_t *sum = json_null();
    json_t *object = json_object();
    prom_text_step_json(object, &step);
    if (facts->rescales) {
        multipliers = json_pack("{s:I, s:I, s:I}", "count", (json_int_t)rescale->count, "low",
                                (json_int_t)facts->multiplier_min, "high", (json_int_t)facts->multiplier_max);
        sum = json_pack("{s:I, s:I, s:i}", "low", (json_int_t)facts->sum.low, "high", (json_int_t)facts->sum.high,
                        "bits", (int)facts->bits);
    }
    (void)json_object_set_new(object, "range", prom_text_range_json(layer->output.range));
    (void)json_object_set_new(object, "shift", facts->rescales ? json_integer(rescale->shift) : json_null());
    (void)json_object_set_new(object, "split", facts->rescales ? json_integer(rescale->split) : json_null());
    (void)json_object_set_new(object, "multipliers", multipliers);
    (void)json_object_set_new(object, "sum", sum);
    (void)json_object_set_new(object, "parameters", json_integer((json_int_t)facts->parameters));
    (void)json_object_set_new(object, "multiplications", json_integer((json_int_t)prom_layer_multiplications(layer)));
    return object;
}

static prom_result tell_program(prom_arena *arena, const prom_program *program, uint32_t items, prom_error *error)
{
    verifying found;
    PROM_TRY(find_verifying(arena, &found, program, items, error));
    json_auto_t *layers = json_array();
    prom_bytes32 digest;
    char text[PROM_HEX32];
    for (size_t i = 0; i < program->layer_count; i++) {
        layer_facts facts;
        PROM_TRY(find_facts(arena, &facts, program, &program->layers[i], error));
        (void)json_array_append_new(layers, layer_json(&program->layers[i], &facts));
    }
    prom_program_digest(&digest, program);
    const prom_value *output = prom_program_output(program);
    json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:O}",                                 //
                               "format", "program",                                                             //
                               "digest", prom_hex32(text, &digest),                                             //
                               "bytes", (json_int_t)program->bytes.length,                                      //
                               "parameters", (json_int_t)program->parameters,                                   //
                               "multiplications", (json_int_t)program->multiplications,                         //
                               "input", value_json(&program->input, program->input_scale, program->input_zero), //
                               "output", value_json(output, program->output_scale, program->output_zero),       //
                               "verifying", verifying_json(&found),                                             //
                               "layers", layers);
    return prom_tell_json(object, error);
}

/* -- Networks -- */

/* Weights and biases: one bias for each output channel. */
static uint64_t parameters_of(const prom_network *network, const prom_network_layer *layer)
{
    const prom_shape *input =
        layer->inputs[0] == 0 ? &network->input_shape : &network->layers[layer->inputs[0] - 1].shape;
    const prom_window_axis *axes = layer->window.axes;
    if (layer->kind == PROM_LAYER_DENSE) {
        return (uint64_t)layer->shape.sizes[layer->shape.rank - 1] * (input->sizes[input->rank - 1] + 1);
    }
    if (layer->kind == PROM_LAYER_CONV) {
        const uint64_t kernel = (uint64_t)axes[PROM_WINDOW_HEIGHT].kernel * axes[PROM_WINDOW_WIDTH].kernel;
        return layer->shape.sizes[0] * (input->sizes[0] / layer->groups * kernel + 1);
    }
    return 0;
}

static const char *quantisation_text(char text[PROM_MODEL_STEP], const prom_quantisation *quantisation)
{
    text[0] = '\0';
    if (quantisation->given) {
        (void)snprintf(text, PROM_MODEL_STEP, "%s, %.6g * (x - %d)", quantisation->low < 0 ? "int8" : "uint8",
                       (double)quantisation->scale, (int)quantisation->zero);
    }
    return text;
}

static void print_network(const prom_network *network, const char *path)
{
    char shape[PROM_SHAPE_TEXT];
    char scale[PROM_MODEL_STEP];
    char count[PROM_UNITS];
    uint64_t parameters = 0;
    size_t quantised = network->input_quantisation.given;
    int width = (int)sizeof "layer" - 1;
    for (size_t i = 0; i < network->layer_count; i++) {
        const int length = (int)strlen(network->layers[i].name);
        parameters += parameters_of(network, &network->layers[i]);
        quantised += network->layers[i].quantisation.given;
        width = length > width ? length : width;
    }
    (void)printf("%s: an ONNX model, %s\n\n", path, quantised > 0 ? "quantised" : "not quantised");
    (void)printf("  parameters  %s\n", prom_units_number(count, parameters));
    (void)printf("  input       %s  %s\n\n", prom_shape_batch_text(shape, &network->input_shape),
                 quantisation_text(scale, &network->input_quantisation));
    (void)printf("  %4s  %-*s  %-12s  %-7s  %-12s  %11s  %s\n", "#", width, "layer", "kind", "inputs", "output",
                 "parameters", "geometry, quantisation");
    for (size_t i = 0; i < network->layer_count; i++) {
        const prom_network_layer *layer = &network->layers[i];
        const prom_text_step step = prom_text_step_of_network_layer(layer);
        char inputs[PROM_MODEL_STEP];
        char geometry[PROM_MODEL_STEP];
        (void)prom_text_geometry(geometry, &step);
        (void)printf("  %4zu  %-*s  %-12s  %-7s  %-12s  %11s  %s%s%s\n", i, width, layer->name,
                     prom_layer_kind_name(layer->kind), prom_text_inputs(inputs, &step),
                     prom_shape_text(shape, &layer->shape), prom_units_number(count, parameters_of(network, layer)),
                     geometry, geometry[0] != '\0' && layer->quantisation.given ? "; " : "",
                     quantisation_text(scale, &layer->quantisation));
    }
}

static json_t *quantisation_json(const prom_quantisation *quantisation)
{
    if (!quantisation->given) {
        return json_null();
    }
    return json_pack("{s:f, s:i, s:s}", "scale", (double)quantisation->scale, "zero", (int)quantisation->zero, "type",
                     quantisation->low < 0 ? "int8" : "uint8");
}

static prom_result tell_network(const prom_network *network, prom_error *error)
{
    json_auto_t *layers = json_array();
    uint64_t parameters = 0;
    for (size_t i = 0; i < network->layer_count; i++) {
        const prom_network_layer *layer = &network->layers[i];
        const prom_text_step step = prom_text_step_of_network_layer(layer);
        json_t *object =
            json_pack("{s:s, s:I, s:o}", "name", layer->name, "parameters", (json_int_t)parameters_of(network, layer),
                      "quantisation", quantisation_json(&layer->quantisation));
        prom_text_step_json(object, &step);
        (void)json_array_append_new(layers, object);
        parameters += parameters_of(network, layer);
    }
    json_t *object = json_pack("{s:s, s:I, s:{s:o, s:o}, s:O}",                                 //
                               "format", "onnx",                                                //
                               "parameters", (json_int_t)parameters,                            //
                               "input",                                                         //
                               "shape", prom_text_shape_json(&network->input_shape),            //
                               "quantisation", quantisation_json(&network->input_quantisation), //
                               "layers", layers);
    return prom_tell_json(object, error);
}

/* -- The command -- */

static prom_result run_inspect(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const arguments *given = values;
    const prom_network *network = NULL;
    const prom_program *program = NULL;
    (void)code;
    prom_onnx_request request = {.end_at = given->end_at};
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_files_read_either(&arena, &network, &program, given->file, &request, error));
    if (program != NULL) {
        return given->json ? tell_program(&arena, program, given->items, error)
                           : print_program(&arena, program, given, error);
    }
    if (given->json) {
        return tell_network(network, error);
    }
    print_network(network, given->file);
    return prom_ok();
}

static const prom_parameter PARAMETERS[] = {
    {.value = "FILE",
     .noun = "file",
     .required = true,
     PROM_TO_TEXT(file),
     .stream = PROM_STREAM_INPUT,
     .files = "prom onnx",
     .help = "A program that 'prom compile' wrote. Anything else is taken as an ONNX model, whose layers and "
             "quantisation are shown as 'prom compile' would read them."},
    {.option = "--items",
     .value = "N",
     .noun = "number of items",
     PROM_TO_NUMBER(items),
     .min = 1,
     .max = UINT32_MAX,
     .help = "Tell what verifying a proof of N items takes. Default: 1."},
    PROM_PARAMETER_END_AT(end_at),
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "The digest, the tagged hash \"prometheus/program\" of the file's bytes, is what a contract names. Of each "
           "layer of a program, numbered from 0, is shown:"},
    {"kind", "dense, conv, max pool, average pool, add, concat, reshape or transpose"},
    {"inputs", "the layers that it reads"},
    {"output", "the shape of what it makes, of one item"},
    {"range", "the integers that the output can be"},
    {"shift, multipliers", "a sum becomes an integer of the range by multiplier * sum / 2^shift, rounded and clamped; "
                           "with a split above 0 the product is made of two, so that it fits 30 bits"},
    {"largest sum", "the largest magnitude that a sum (of products and the bias) can have, over all inputs there are; "
                    "no bound is assumed, it is computed from the weights"},
    {"parameters", "weights and biases"},
    {"MACs", "multiplications of weights and values, or additions of pooling, for one item"},
    {"verifying", "the memory and the steps that bound what a verifier needs, whatever stands in the proof; a step "
                  "takes about 10 ns (docs/proof.md)"},
    {"geometry", "kernel, stride, dilation, padding, groups; the axis of a concat, the axes of a transpose"},
    {NULL, "docs/program.md says what each of them means, to the last bit."},
    {0},
};

static const prom_text JSON[] = {
    {NULL, "Of a program:"},
    {"format", "\"program\""},
    {"digest, bytes, parameters, multiplications", "of the whole program"},
    {"input, output", "shape (of one item), range, scale (the real number of 1), zero (in a file of integers a value "
                      "stands as value + zero)"},
    {"verifying", "items, memory_bytes and steps; or items and refused, why there can be no proof"},
    {"layers", "kind, inputs (numbers of layers; null is the program's input), shape, range, window (kernel, stride, "
               "dilation, pads: before and behind, of height and of width), groups, axis, permutation, shift, split, "
               "multipliers (count, low, high), sum (low, high, bits), parameters, multiplications; null is "
               "what the kind has not"},
    {NULL, "Of an ONNX model:"},
    {"format", "\"onnx\""},
    {"parameters", "of the whole model"},
    {"input", "shape, quantisation"},
    {"layers", "name, kind, inputs, shape, window, groups, axis, permutation, parameters, quantisation (scale, zero, "
               "type; null for floats)"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom inspect digits-cnn.prom",
    "prom inspect digits-cnn.onnx",
    NULL,
};

const prom_command prom_command_inspect = {
    .name = "inspect",
    .summary = "show what is in an integer program or an ONNX model",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_USAGE] = "the command line or FILE cannot be used"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_inspect,
};
