#include "quantise/calibration.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values are counted by sign, exponent and six bits of the fraction: magnitudes of one bin differ by 1/64 at most,
 * whether they are near 1e-6 or near 1e30. */
enum {
    BIN_SHIFT = 17,
    SIGN_BIN = 1 << (31 - BIN_SHIFT),
    BINS = 2 * SIGN_BIN,
    CUT_ONE_IN = 100,                   /* items, by percentile */
    NARROWEST = 24 << (23 - BIN_SHIFT), /* bins below the largest magnitude that a range may end at: 2^-24 of it */
};

#define STEPS 255.0
#define STEP_ERROR (1.0 / 12) /* the mean square of the error of rounding to multiples of 1 */

typedef struct measurement {
    const prom_calibration_request *request;
    prom_extent *items; /* [values][items], of the roots */
    uint64_t **counts;  /* of the roots: how many values are in each bin; NULL where they are not needed */
    size_t begun;       /* items */
} measurement;

static size_t value_count(const prom_calibration_request *request)
{
    return request->network->layer_count + 1;
}

/* -- Measuring -- */

static size_t bin_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> BIN_SHIFT;
}

/* A value that shares its range widens it. */
static void note_values(void *context, uint32_t index, const float *values, size_t count)
{
    measurement *made = context;
    const uint32_t root = made->request->roots[index];
    uint64_t *counts = made->counts[root];
    made->begun += index == 0;
    prom_extent *extent = &made->items[root * made->request->items + made->begun - 1];
    for (size_t i = 0; i < count; i++) {
        const float value = isfinite(values[i]) ? values[i] : INFINITY;
        extent->low = value < extent->low ? value : extent->low;
        extent->high = value > extent->high ? value : extent->high;
        if (counts != NULL) {
            counts[bin_of(value)]++;
        }
    }
}

/* -- Which items stretch a range -- */

static int compare_floats(const void *a, const void *b)
{
    const float first = *(const float *)a;
    const float second = *(const float *)b;
    return (first > second) - (first < second);
}

static int compare_stretches(const void *a, const void *b)
{
    const prom_stretch *first = a;
    const prom_stretch *second = b;
    if (first->factor != second->factor) {
        return first->factor < second->factor ? 1 : -1;
    }
    return (first->item > second->item) - (first->item < second->item);
}

static float reach_of(const prom_extent *extent)
{
    return fmaxf(-extent->low, extent->high);
}

/* Each item is named with the first value that it stretches: what comes later follows from that. */
static prom_result find_stretches(prom_arena *arena, prom_arena *scratch, prom_calibration_found *found,
                                  const measurement *made, prom_error *error)
{
    const prom_calibration_request *request = made->request;
    const size_t items = request->items;
    prom_stretch *stretches = NULL;
    float *sorted = NULL;
    PROM_TRY_NEW(stretches, arena, items, error);
    PROM_TRY_NEW(sorted, scratch, items, error);
    for (uint32_t v = 0; v < value_count(request); v++) {
        const prom_extent *extents = &made->items[v * items];
        for (size_t n = 0; n < items; n++) {
            sorted[n] = reach_of(&extents[n]);
        }
        qsort(sorted, items, sizeof *sorted, compare_floats);
        const double middle = (double)sorted[(items - 1) / 2];
        for (size_t n = 0; n < items && middle > 0 && !request->given[v]; n++) {
            const double factor = (double)reach_of(&extents[n]) / middle;
            if (factor >= PROM_CALIBRATION_STRETCH_MIN && stretches[n].factor == 0) {
                stretches[n] = (prom_stretch){n, v, factor};
            }
        }
    }
    qsort(stretches, items, sizeof *stretches, compare_stretches);
    while (found->stretch_count < items && stretches[found->stretch_count].factor > 0) {
        found->stretch_count++;
    }
    found->stretches = stretches;
    return prom_ok();
}

/* -- Ranges -- */

/* What all items need, but for the `cut` ones that go farthest at either end. */
static prom_extent extent_of(const prom_extent *extents, size_t items, size_t cut, float *sorted)
{
    prom_extent whole = {0};
    for (size_t n = 0; n < items; n++) {
        sorted[n] = extents[n].low;
    }
    qsort(sorted, items, sizeof *sorted, compare_floats);
    whole.low = sorted[cut];
    for (size_t n = 0; n < items; n++) {
        sorted[n] = extents[n].high;
    }
    qsort(sorted, items, sizeof *sorted, compare_floats);
    whole.high = sorted[items - 1 - cut];
    return whole;
}

/* The magnitude at which a bin begins. */
static double edge_of(size_t bin)
{
    const uint32_t bits = (uint32_t)bin << BIN_SHIFT;
    float edge;
    memcpy(&edge, &bits, sizeof edge);
    return isfinite(edge) ? (double)edge : (double)FLT_MAX;
}

static prom_extent cut_at(const prom_extent *whole, double limit)
{
    return (prom_extent){(float)fmax((double)whole->low, -limit), (float)fmin((double)whole->high, limit)};
}

/* Values of one bin, all taken for its middle. */
typedef struct crowd {
    double value;
    double count;
} crowd;

/* The sum of the squares of the errors when values are rounded to 256 steps from one end of the range to the other. */
static double error_within(const prom_extent *range, const crowd *crowds, size_t count)
{
    const double scale = ((double)range->high - (double)range->low) / STEPS;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = crowds[i].value;
        const double nearest = fmin(fmax(value, (double)range->low), (double)range->high);
        const double beyond = value - nearest;
        const double rounding = fabs(value) < scale / 2 ? value * value : scale * scale * STEP_ERROR;
        sum += crowds[i].count * (beyond != 0 ? beyond * beyond : rounding);
    }
    return sum;
}

/* The range with the least sum of squares, of those that end at a bin's edge. */
static prom_extent by_least_error(const prom_extent *whole, const uint64_t *counts, crowd *crowds)
{
    prom_extent best = *whole;
    size_t count = 0;
    const size_t top = bin_of(fmaxf(-whole->low, whole->high));
    for (size_t i = 0; i < BINS; i++) {
        const size_t magnitude = i % SIGN_BIN;
        const double middle = (edge_of(magnitude) + edge_of(magnitude + 1)) / 2;
        if (magnitude > 0 && counts[i] > 0) {
            crowds[count++] = (crowd){i < SIGN_BIN ? middle : -middle, (double)counts[i]};
        }
    }
    double least = error_within(whole, crowds, count);
    for (size_t bin = top; bin > 1 && bin + NARROWEST > top; bin--) {
        if (counts[bin] + counts[SIGN_BIN + bin] == 0) {
            continue;
        }
        const prom_extent cut = cut_at(whole, edge_of(bin));
        const double error = error_within(&cut, crowds, count);
        if (error < least) {
            least = error;
            best = cut;
        }
    }
    return best;
}

static prom_result find_ranges(prom_arena *scratch, prom_calibration_found *found, const measurement *made,
                               prom_error *error)
{
    const size_t items = made->request->items;
    const bool cuts = made->request->method == PROM_CALIBRATION_PERCENTILE && items > 1;
    const size_t cut = cuts ? (items + CUT_ONE_IN - 1) / CUT_ONE_IN : 0;
    crowd *crowds = NULL;
    float *sorted = NULL;
    PROM_TRY_NEW(crowds, scratch, BINS, error);
    PROM_TRY_NEW(sorted, scratch, items, error);
    for (size_t i = 0; i < value_count(made->request); i++) {
        prom_extent *extent = &found->extents[i];
        *extent = extent_of(&made->items[i * items], items, cut, sorted);
        if (made->counts[i] != NULL && isfinite(extent->low) && isfinite(extent->high)) {
            *extent = by_least_error(extent, made->counts[i], crowds);
        }
    }
    return prom_ok();
}

prom_result prom_calibration_measure(prom_arena *arena, prom_arena *scratch, prom_calibration_found *found,
                                     const prom_calibration_request *request, prom_error *error)
{
    measurement made = {.request = request};
    const prom_network_observer observer = {note_values, &made};
    const size_t values = value_count(request);
    *found = (prom_calibration_found){0};
    PROM_TRY_NEW(found->extents, arena, values, error);
    PROM_TRY_NEW(made.counts, scratch, values, error);
    PROM_TRY_NEW(made.items, scratch, values * request->items, error);
    for (size_t i = 0; i < values && request->method == PROM_CALIBRATION_MSE; i++) {
        if (request->roots[i] == i && !request->given[i]) {
            PROM_TRY_NEW(made.counts[i], scratch, BINS, error);
        }
    }
    const prom_network_request run = {.inputs = request->inputs,
                                      .items = request->items,
                                      .memory = scratch->limit - scratch->used,
                                      .observer = &observer,
                                      .progress = request->progress};
    PROM_TRY(prom_network_run(NULL, request->network, &run, error));
    PROM_TRY(find_ranges(scratch, found, &made, error));
    return find_stretches(arena, scratch, found, &made, error);
}
