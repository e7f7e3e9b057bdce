#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "prometheus/onnx/reader.h"
#include "prometheus/program/program.h"

enum { FILLED_MAX = 1 << 16 }; /* bytes: so that each run stays short */

/* What network.h says of a network, and what follows of its layers' shapes from what they read. */

static const prom_shape *shape_of(const prom_network *network, uint32_t index)
{
    return index > 0 ? &network->layers[index - 1].shape : &network->input_shape;
}

static void check_count(size_t count, const prom_shape *shape)
{
    size_t product = 0;
    must(shape->rank > 0 && shape->rank < PROM_RANK_MAX && prom_shape_count(&product, shape));
    must(product == count && count > 0 && count <= PROM_PROGRAM_VALUES_MAX);
}

static void check_windows(const prom_network_layer *layer, const prom_shape *input)
{
    must(input->rank == 3 && layer->shape.rank == 3);
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        must(prom_window_fits(&layer->window.axes[i], input->sizes[1 + i]) == layer->shape.sizes[1 + i]);
        must(layer->kind == PROM_LAYER_CONV || prom_window_always_inside(&layer->window.axes[i], input->sizes[1 + i]));
    }
}

/* Every weight can be read, and is finite. */
static void check_weights(const prom_network_layer *layer, size_t outputs, size_t count)
{
    for (size_t i = 0; i < outputs * count; i++) {
        must(isfinite(layer->weights[i]));
        must(layer->integers.weights == NULL || layer->integers.weights[i] >= INT8_MIN);
    }
    for (size_t i = 0; i < outputs; i++) {
        must(isfinite(layer->biases[i]));
        must(layer->integers.weights == NULL || layer->integers.scales[i] > 0);
    }
}

static void check_dense(const prom_network_layer *layer, const prom_shape *input)
{
    const size_t last = input->rank - 1;
    must(layer->shape.rank == input->rank);
    must(memcmp(layer->shape.sizes, input->sizes, last * sizeof input->sizes[0]) == 0);
    check_weights(layer, layer->shape.sizes[last], input->sizes[last]);
}

static void check_conv(const prom_network_layer *layer, const prom_shape *input)
{
    check_windows(layer, input);
    must(layer->groups > 0 && input->sizes[0] % layer->groups == 0 && layer->shape.sizes[0] % layer->groups == 0);
    check_weights(layer, layer->shape.sizes[0],
                  input->sizes[0] / layer->groups * layer->window.axes[0].kernel * layer->window.axes[1].kernel);
}

static void check_concat(const prom_network *network, const prom_network_layer *layer)
{
    size_t joined = 0;
    must(layer->input_count > 1 && layer->axis < layer->shape.rank);
    for (size_t i = 0; i < layer->input_count; i++) {
        prom_shape input = *shape_of(network, layer->inputs[i]);
        joined += input.sizes[layer->axis];
        input.sizes[layer->axis] = layer->shape.sizes[layer->axis];
        must(prom_shape_equal(&input, &layer->shape));
    }
    must(joined == layer->shape.sizes[layer->axis]);
}

static void check_transpose(const prom_network_layer *layer, const prom_shape *input)
{
    unsigned seen = 0;
    must(layer->shape.rank == input->rank);
    for (size_t i = 0; i < input->rank; i++) {
        must(layer->permutation[i] < input->rank && layer->shape.sizes[i] == input->sizes[layer->permutation[i]]);
        seen |= 1U << layer->permutation[i];
    }
    must(seen == (1U << input->rank) - 1);
}

static void check_kind(const prom_network *network, const prom_network_layer *layer)
{
    const prom_shape *input = shape_of(network, layer->inputs[0]);
    size_t count = 0;
    must(layer->kind == PROM_LAYER_CONCAT || layer->input_count == 1 ||
         (layer->kind == PROM_LAYER_ADD && layer->input_count == 2));
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        check_dense(layer, input);
        break;
    case PROM_LAYER_CONV:
        check_conv(layer, input);
        break;
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_AVERAGE_POOL:
        check_windows(layer, input);
        must(input->sizes[0] == layer->shape.sizes[0]);
        break;
    case PROM_LAYER_ADD:
        for (size_t i = 0; i < layer->input_count; i++) {
            must(prom_shape_equal(shape_of(network, layer->inputs[i]), &layer->shape));
        }
        break;
    case PROM_LAYER_CONCAT:
        check_concat(network, layer);
        break;
    case PROM_LAYER_RESHAPE:
        must(prom_shape_count(&count, input) && count == layer->count);
        break;
    case PROM_LAYER_TRANSPOSE:
        check_transpose(layer, input);
        break;
    }
}

static void check_quantisation(const prom_quantisation *quantisation)
{
    if (quantisation->given) {
        must(quantisation->scale > 0 && isfinite(quantisation->scale));
        must(quantisation->low == 0 ? quantisation->high == UINT8_MAX
                                    : quantisation->low == INT8_MIN && quantisation->high == INT8_MAX);
        must(quantisation->zero >= quantisation->low && quantisation->zero <= quantisation->high);
    }
}

static void check_network(prom_arena *arena, const prom_network *network)
{
    void *memory = NULL;
    must(network->layer_count > 0 && network->layer_count <= PROM_PROGRAM_LAYERS_MAX);
    must(prom_is_ok(prom_arena_alloc(arena, &memory, network->layer_count + 1, sizeof(bool), NULL)));
    bool *read = memory;
    check_count(network->input_count, &network->input_shape);
    check_quantisation(&network->input_quantisation);
    for (size_t i = 0; i < network->layer_count; i++) {
        const prom_network_layer *layer = &network->layers[i];
        must(layer->input_count > 0 && memchr(layer->name, '\0', sizeof layer->name) != NULL);
        for (size_t n = 0; n < layer->input_count; n++) {
            must(layer->inputs[n] <= i);
            read[layer->inputs[n]] = true;
        }
        check_count(layer->count, &layer->shape);
        check_kind(network, layer);
        must(layer->low <= 0 && layer->high >= 0);
        check_quantisation(&layer->quantisation);
    }
    for (size_t i = 0; i < network->layer_count; i++) {
        must(read[i]); /* all but the last */
    }
}

/* Every other file is the model again. */
static prom_result give_itself(void *context, prom_span *content, const char *location, prom_error *error)
{
    (void)error;
    must(location[0] != '/' && strstr(location, "/../") == NULL && strncmp(location, "../", 3) != 0);
    *content = *(const prom_span *)context;
    return prom_ok();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    const prom_network *network = NULL;
    prom_span file = prom_span_of(data, length);
    const prom_onnx_files files = {give_itself, &file};
    const prom_shape item = {3, {2, 4, 4}};
    const prom_onnx_request request = {.file = file, .item = &item, .files = &files, .filled_max = FILLED_MAX};
    const prom_result parsed = prom_onnx_read_part(&arena, &network, &request, &error);
    if (!prom_is_ok(parsed)) {
        must_be_refusal(parsed, &error);
        return 0;
    }
    check_network(&arena, network);
    return 0;
}
