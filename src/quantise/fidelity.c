#include <math.h>
#include <string.h>

#include "prometheus/program/run.h"
#include "prometheus/quantise/quantise.h"

/* Sums over all values of a layer. */
typedef struct layer_sums {
    double signal;
    double noise;
    double count;
    double clamped;
} layer_sums;

typedef struct network_comparison {
    const prom_network *network;
    const prom_quantised *quantised;
    float **floats; /* what the network says of the item at hand, for each of its values */
    layer_sums *sums;
    size_t count; /* of the network's values */
} network_comparison;

static void keep_floats(void *context, uint32_t index, const float *values, size_t count)
{
    const network_comparison *comparison = context;
    memcpy(comparison->floats[index], values, count * sizeof *values);
}

static void add_value(layer_sums *sums, double real, int32_t integer, double scale, prom_range range)
{
    const double error = scale * integer - real;
    sums->signal += real * real;
    sums->noise += error * error;
    sums->count++;
    sums->clamped += (integer == range.low && real < scale * (range.low - 0.5)) ||
                             (integer == range.high && real > scale * (range.high + 0.5))
                         ? 1
                         : 0;
}

/* One value of the program can stand for several of the network. */
static void compare_codes(void *context, uint32_t index, const uint8_t *codes, size_t count)
{
    const network_comparison *comparison = context;
    const prom_range range = prom_program_value(comparison->quantised->program, index)->range;
    for (size_t v = 0; v < comparison->count; v++) {
        for (size_t i = 0; comparison->quantised->values[v] == index && i < count; i++) {
            add_value(&comparison->sums[v], (double)comparison->floats[v][i], codes[i] + range.low,
                      (double)comparison->quantised->scales[v], range);
        }
    }
}

static size_t largest_float(const float *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = values[i] > values[best] ? i : best;
    }
    return best;
}

static size_t largest_code(const uint8_t *codes, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = codes[i] > codes[best] ? i : best;
    }
    return best;
}

static prom_result make_room(prom_arena *scratch, network_comparison *comparison, const prom_network *network,
                             prom_error *error)
{
    comparison->count = network->layer_count + 1;
    PROM_TRY_NEW(comparison->floats, scratch, comparison->count, error);
    PROM_TRY_NEW(comparison->sums, scratch, comparison->count, error);
    PROM_TRY_NEW(comparison->floats[0], scratch, network->input_count, error);
    for (size_t i = 1; i < comparison->count; i++) {
        PROM_TRY_NEW(comparison->floats[i], scratch, network->layers[i - 1].count, error);
    }
    return prom_ok();
}

static prom_result report_layers(prom_arena *arena, prom_fidelity *fidelity, const prom_network *network,
                                 const network_comparison *comparison, prom_error *error)
{
    prom_layer_fidelity *layers = NULL;
    PROM_TRY_NEW(layers, arena, network->layer_count, error);
    for (size_t i = 0; i < network->layer_count; i++) {
        const layer_sums *sums = &comparison->sums[i + 1];
        const uint32_t value = comparison->quantised->values[i + 1];
        layers[i] = (prom_layer_fidelity){
            .name = network->layers[i].name,
            .kind = network->layers[i].kind,
            .range = prom_program_value(comparison->quantised->program, value)->range,
            .scale = comparison->quantised->scales[i + 1],
            .signal_to_noise = sums->noise > 0 ? 10 * log10(sums->signal / sums->noise) : INFINITY,
            .clamped = sums->clamped / sums->count,
        };
    }
    fidelity->layer_count = network->layer_count;
    fidelity->layers = layers;
    return prom_ok();
}

/* What both say of one item. */
typedef struct item_outputs {
    float *floats;
    uint8_t *codes; /* of the program's input */
    uint8_t *out;   /* of its output */
    prom_executor *executor;
} item_outputs;

static prom_result compare_item(prom_fidelity *fidelity, network_comparison *comparison, const item_outputs *item,
                                const float *inputs, const int64_t *label, size_t memory, prom_error *error)
{
    const prom_network_observer floats = {keep_floats, comparison};
    const prom_program_observer integers = {compare_codes, NULL, comparison};
    const prom_network *network = comparison->network;
    const size_t outputs = network->layers[network->layer_count - 1].count;
    const prom_network_request request = {.inputs = inputs, .items = 1, .memory = memory, .observer = &floats};
    PROM_TRY(prom_network_run(item->floats, network, &request, error));
    PROM_TRY(prom_program_quantise(item->codes, comparison->quantised->program, inputs, network->input_count, error));
    const prom_executor_request codes_request = {
        .inputs = item->codes, .items = 1, .memory = memory, .observer = &integers};
    PROM_TRY(prom_executor_run(item->executor, item->out, &codes_request, error));
    const size_t by_float = largest_float(item->floats, outputs);
    const size_t by_integer = largest_code(item->out, outputs);
    fidelity->agreeing += by_float == by_integer;
    fidelity->float_right += label != NULL && (int64_t)by_float == *label;
    fidelity->integer_right += label != NULL && (int64_t)by_integer == *label;
    return prom_ok();
}

prom_result prom_network_compare(prom_arena *arena, prom_fidelity *fidelity, const prom_network *network,
                                 const prom_quantised *quantised, const prom_test_set *test,
                                 const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    network_comparison comparison = {.network = network, .quantised = quantised};
    item_outputs item = {0};
    *fidelity = (prom_fidelity){0};
    prom_arena_init(&scratch, arena->limit - arena->used);
    PROM_TRY(prom_tensor_items(&fidelity->items, test->inputs, &network->input_shape, PROM_DTYPE_F32, error));
    PROM_TRY(make_room(&scratch, &comparison, network, error));
    PROM_TRY_NEW(item.floats, &scratch, network->layers[network->layer_count - 1].count, error);
    PROM_TRY_NEW(item.codes, &scratch, network->input_count, error);
    PROM_TRY_NEW(item.out, &scratch, prom_program_output(quantised->program)->count, error);
    PROM_TRY(prom_executor_new(&scratch, &item.executor, quantised->program, prom_program_kernels_best(), NULL, error));
    for (size_t n = 0; n < fidelity->items; n++) {
        const float *values = (const float *)test->inputs->data + n * network->input_count;
        PROM_TRY(compare_item(fidelity, &comparison, &item, values, test->labels != NULL ? &test->labels[n] : NULL,
                              scratch.limit - scratch.used, error));
        PROM_TRY(prom_progress_report(progress, n + 1, fidelity->items, error));
    }
    return report_layers(arena, fidelity, network, &comparison, error);
}
