#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "prometheus/program/run.h"
#include "prometheus/quantise/quantise.h"

#define VARIATION_MIN 1e-12 /* of the sum of squares: less is what float32 rounds */

/* Sums over all values of a layer. They are of doubles: the squares of large float32 are beyond float32. */
typedef struct layer_sums {
    double *means;    /* of each place, over the items so far */
    double variation; /* sum of the squared distances from them */
    double squares;
    double noise;
    double item_noise; /* of the last item alone */
    double error_max;
    double count;
    double clamped;
    size_t items;
} layer_sums;

typedef struct network_comparison {
    const prom_network *network;
    const prom_quantised *quantised;
    float **floats; /* what the network says of the item at hand, for each of its values */
    layer_sums *sums;
    size_t count;   /* of the network's values */
    float *outputs; /* [items][output count]: what the network says of all of them */
    double *noises; /* [items]: sums of the squared differences of an item's outputs */
} network_comparison;

static const prom_network_layer *last_layer(const prom_network *network)
{
    return &network->layers[network->layer_count - 1];
}

/* One more item's values. The means move as Welford has it, which loses nothing where they are large. */
static void add_item(layer_sums *sums, const float *values, size_t count)
{
    sums->items++;
    sums->item_noise = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = (double)values[i];
        const double distance = value - sums->means[i];
        sums->means[i] += distance / (double)sums->items;
        sums->variation += distance * (value - sums->means[i]);
        sums->squares += value * value;
    }
}

/* The network's input is as it is given, not yet on the model's grid, so that what the grid clamps is seen. */
static void keep_floats(void *context, uint32_t index, const float *values, size_t count)
{
    const network_comparison *comparison = context;
    if (index > 0) {
        memcpy(comparison->floats[index], values, count * sizeof *values);
    }
    add_item(&comparison->sums[index], comparison->floats[index], count);
}

static bool is_clamped(double real, int32_t integer, double scale, prom_range range)
{
    return (integer == range.low && real < scale * (range.low - 0.5)) ||
           (integer == range.high && real > scale * (range.high + 0.5));
}

static void add_value(layer_sums *sums, double real, int32_t integer, double scale, prom_range range)
{
    const double error = scale * integer - real;
    sums->noise += error * error;
    sums->item_noise += error * error;
    sums->error_max = fmax(sums->error_max, fabs(error));
    sums->count++;
    sums->clamped += is_clamped(real, integer, scale, range) ? 1 : 0;
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

double prom_quantised_inputs_clamped(const prom_quantised *quantised, const float *values, size_t count)
{
    const prom_range range = quantised->program->input.range;
    const double scale = (double)quantised->program->input_scale;
    size_t clamped = 0;
    for (size_t i = 0; i < count; i++) {
        clamped += (double)values[i] < scale * (range.low - 0.5) || (double)values[i] > scale * (range.high + 0.5);
    }
    return (double)clamped / (double)count;
}

static size_t largest_float(const float *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = values[i] > values[best] ? i : best;
    }
    return best;
}

/* Whether the value at `best`, the first of the largest, is the only one. */
static bool stands_alone(const float *values, size_t count, size_t best)
{
    bool alone = true;
    for (size_t i = best + 1; i < count; i++) {
        alone = alone && values[i] != values[best];
    }
    return alone;
}

static size_t largest_code(const uint8_t *codes, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = codes[i] > codes[best] ? i : best;
    }
    return best;
}

static prom_result make_room(prom_arena *scratch, network_comparison *comparison, size_t items, prom_error *error)
{
    const prom_network *network = comparison->network;
    comparison->count = network->layer_count + 1;
    PROM_TRY_NEW(comparison->floats, scratch, comparison->count, error);
    PROM_TRY_NEW(comparison->sums, scratch, comparison->count, error);
    for (size_t i = 0; i < comparison->count; i++) {
        const size_t count = i == 0 ? network->input_count : network->layers[i - 1].count;
        PROM_TRY_NEW(comparison->floats[i], scratch, count, error);
        PROM_TRY_NEW(comparison->sums[i].means, scratch, count, error);
    }
    PROM_TRY_NEW(comparison->outputs, scratch, items * last_layer(network)->count, error);
    PROM_TRY_NEW(comparison->noises, scratch, items, error);
    return prom_ok();
}

static double decibels(double signal, double noise)
{
    return noise > 0 ? 10 * log10(signal / noise) : INFINITY;
}

/* Of value `at` of the network. */
static prom_layer_fidelity report_value(const network_comparison *comparison, size_t at)
{
    const layer_sums *sums = &comparison->sums[at];
    const bool varies = sums->variation > VARIATION_MIN * sums->squares;
    return (prom_layer_fidelity){
        .name = at == 0 ? "input" : comparison->network->layers[at - 1].name,
        .kind = at == 0 ? PROM_LAYER_ADD : comparison->network->layers[at - 1].kind,
        .range = prom_program_value(comparison->quantised->program, comparison->quantised->values[at])->range,
        .scale = comparison->quantised->scales[at],
        .spread = sqrt(sums->variation / sums->count),
        .error = sqrt(sums->noise / sums->count),
        .error_max = sums->error_max,
        .varies = varies,
        .signal_to_noise = varies || sums->noise == 0 ? decibels(sums->variation, sums->noise) : NAN,
        .clamped = sums->clamped / sums->count,
    };
}

static prom_result report_layers(prom_arena *arena, prom_fidelity *fidelity, const network_comparison *comparison,
                                 prom_error *error)
{
    prom_layer_fidelity *layers = NULL;
    PROM_TRY_NEW(layers, arena, comparison->network->layer_count, error);
    for (size_t i = 0; i < comparison->network->layer_count; i++) {
        layers[i] = report_value(comparison, i + 1);
    }
    fidelity->input = report_value(comparison, 0);
    fidelity->layer_count = comparison->network->layer_count;
    fidelity->layers = layers;
    return prom_ok();
}

/* -- Item by item -- */

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Sorts the values. */
static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* For each item the sum of its outputs' squared distances from the median of their place. A mean would do for like
 * items, but one that is unlike the others moves it away from them all. */
static void measure_distances(double *distances, double *sorted, const network_comparison *comparison, size_t items)
{
    const size_t outputs = last_layer(comparison->network)->count;
    memset(distances, 0, items * sizeof *distances);
    for (size_t i = 0; i < outputs; i++) {
        for (size_t n = 0; n < items; n++) {
            sorted[n] = (double)comparison->outputs[n * outputs + i];
        }
        const double middle = median(sorted, items);
        for (size_t n = 0; n < items; n++) {
            const double distance = (double)comparison->outputs[n * outputs + i] - middle;
            distances[n] += distance * distance;
        }
    }
}

static prom_result report_items(prom_arena *scratch, prom_fidelity *fidelity, const network_comparison *comparison,
                                prom_error *error)
{
    const size_t items = fidelity->items;
    double *signals = NULL;
    double *sorted = NULL;
    double worst = -1;
    fidelity->item = (prom_item_fidelity){NAN, NAN, 0};
    if (!fidelity->layers[fidelity->layer_count - 1].varies) {
        return prom_ok();
    }
    PROM_TRY_NEW(signals, scratch, items, error);
    PROM_TRY_NEW(sorted, scratch, items, error);
    measure_distances(signals, sorted, comparison, items);
    memcpy(sorted, signals, items * sizeof *sorted);
    double typical = median(sorted, items);
    if (typical == 0) { /* more than half of the items are alike */
        typical = comparison->sums[comparison->count - 1].variation / (double)items;
    }
    for (size_t n = 0; n < items; n++) {
        sorted[n] = comparison->noises[n] / fmax(signals[n], typical);
        if (sorted[n] > worst) {
            worst = sorted[n];
            fidelity->item.worst_item = n;
        }
    }
    fidelity->item.worst = decibels(1, worst);
    fidelity->item.middle = decibels(1, median(sorted, items));
    return prom_ok();
}

/* What the program says of one item. */
typedef struct item_outputs {
    uint8_t *codes; /* of the program's input */
    uint8_t *out;   /* of its output */
    prom_executor *executor;
} item_outputs;

static void count_classes(prom_fidelity *fidelity, const float *floats, const uint8_t *codes, size_t count,
                          const int64_t *label)
{
    const size_t by_float = largest_float(floats, count);
    const size_t by_integer = largest_code(codes, count);
    const bool decided = stands_alone(floats, count, by_float);
    fidelity->decided += decided;
    fidelity->agreeing += decided && by_float == by_integer;
    fidelity->float_right += label != NULL && (int64_t)by_float == *label;
    fidelity->integer_right += label != NULL && (int64_t)by_integer == *label;
}

static prom_result compare_item(prom_fidelity *fidelity, network_comparison *comparison, const item_outputs *item,
                                const prom_test_set *test, size_t at, size_t memory, prom_error *error)
{
    const prom_network_observer floats = {keep_floats, comparison};
    const prom_program_observer integers = {compare_codes, NULL, comparison};
    const prom_network *network = comparison->network;
    const size_t outputs = last_layer(network)->count;
    const float *inputs = (const float *)test->inputs->data + at * network->input_count;
    float *made = comparison->outputs + at * outputs;
    const prom_network_request request = {.inputs = inputs, .items = 1, .memory = memory, .observer = &floats};
    memcpy(comparison->floats[0], inputs, network->input_count * sizeof *inputs);
    PROM_TRY(prom_network_run(made, network, &request, error));
    PROM_TRY(prom_program_quantise(item->codes, comparison->quantised->program, inputs, network->input_count, error));
    const prom_executor_request codes_request = {
        .inputs = item->codes, .items = 1, .memory = memory, .observer = &integers};
    PROM_TRY(prom_executor_run(item->executor, item->out, &codes_request, error));
    comparison->noises[at] = comparison->sums[comparison->count - 1].item_noise;
    count_classes(fidelity, made, item->out, outputs, test->labels != NULL ? &test->labels[at] : NULL);
    return prom_ok();
}

prom_result prom_network_compare(prom_arena *arena, prom_fidelity *fidelity, const prom_network *network,
                                 const prom_quantised *quantised, const prom_test_set *test,
                                 const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_network_layer *last = last_layer(network);
    network_comparison comparison = {.network = network, .quantised = quantised};
    item_outputs item = {0};
    *fidelity = (prom_fidelity){.classes = test->labels != NULL || (last->shape.rank == 1 && last->count > 1)};
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_tensor_items(&fidelity->items, test->inputs, &network->input_shape, PROM_DTYPE_F32, error));
    PROM_TRY(make_room(&scratch, &comparison, fidelity->items, error));
    PROM_TRY_NEW(item.codes, &scratch, network->input_count, error);
    PROM_TRY_NEW(item.out, &scratch, prom_program_output(quantised->program)->count, error);
    PROM_TRY(prom_executor_new(&scratch, &item.executor, quantised->program, prom_program_kernels_best(), NULL, error));
    for (size_t n = 0; n < fidelity->items; n++) {
        PROM_TRY(compare_item(fidelity, &comparison, &item, test, n, scratch.limit - scratch.used, error));
        PROM_TRY(prom_progress_report(progress, n + 1, fidelity->items, error));
    }
    PROM_TRY(report_layers(arena, fidelity, &comparison, error));
    return report_items(&scratch, fidelity, &comparison, error);
}
