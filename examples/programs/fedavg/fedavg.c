/* A round of federated averaging: each participant, an item, takes the model that all have, does some steps of
 * stochastic gradient descent on its own samples, and gives its model back, which `reduce` adds up; the next round's
 * model is the mean. The model is a logistic regression in fixed-point numbers of 16 binary digits: all are integers,
 * so that sums are the same in any order. README.md describes state, item and result. */
#include "../prom.h"

#define FEATURES_MAX 1024U
#define EPOCHS 2U   /* through the samples, in a round */
#define FRACTION 16 /* binary digits behind the point */
#define RATE 3      /* a step goes 2^-RATE of the gradient */
#define ONE (INT64_C(1) << FRACTION)
#define VALUE_MAX (16 * ONE)   /* of a feature */
#define WEIGHT_MAX (256 * ONE) /* beyond which a weight does not go */
#define SAMPLES_MAX (INT64_C(1) << 32)

/* A model that some have trained, and what came of it. */
typedef struct round_state {
    uint32_t features;
    int64_t *model;  /* that the round began with: a weight for each feature, and the bias behind them */
    int64_t samples; /* that were trained on */
    int64_t *sums;   /* of the models that came of it, each times its samples */
} round_state;

static round_state read_round(prom_bytes bytes)
{
    round_state state = {.features = prom_read_u32(&bytes)};
    prom_require(state.features >= 1 && state.features <= FEATURES_MAX);
    uint32_t weights = state.features + 1;
    prom_require(bytes.length == weights * 4 + 8 + weights * 8);
    state.model = prom_alloc(weights * 8);
    state.sums = prom_alloc(weights * 8);
    for (uint32_t i = 0; i < weights; i++) {
        state.model[i] = (int32_t)prom_read_u32(&bytes);
        prom_require(state.model[i] <= WEIGHT_MAX && state.model[i] >= -WEIGHT_MAX);
    }
    state.samples = (int64_t)prom_read_u64(&bytes);
    prom_require(state.samples >= 0 && state.samples <= SAMPLES_MAX);
    for (uint32_t i = 0; i < weights; i++) {
        state.sums[i] = (int64_t)prom_read_u64(&bytes);
        prom_require(state.sums[i] <= state.samples * WEIGHT_MAX && state.sums[i] >= -state.samples * WEIGHT_MAX);
    }
    return state;
}

static prom_bytes write_round(const round_state *state)
{
    uint32_t weights = state->features + 1;
    prom_bytes bytes = {prom_alloc(4 + weights * 4 + 8 + weights * 8), 4 + weights * 4 + 8 + weights * 8};
    uint8_t *at = prom_write_u32(bytes.at, state->features);
    for (uint32_t i = 0; i < weights; i++) {
        at = prom_write_u32(at, (uint32_t)state->model[i]);
    }
    at = prom_write_u64(at, (uint64_t)state->samples);
    for (uint32_t i = 0; i < weights; i++) {
        at = prom_write_u64(at, (uint64_t)state->sums[i]);
    }
    return bytes;
}

/* Rounds down, below zero too. */
static int64_t divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

/* The mean of the models that the last round gave, by their samples; the model itself where there was none yet. */
static void take_mean(round_state *state)
{
    for (uint32_t i = 0; i <= state->features && state->samples > 0; i++) {
        state->model[i] = divide(state->sums[i], state->samples);
    }
}

/* One half and a quarter of `sum`, from 0 to 1: the logistic function, as three straight lines. */
static int64_t squash(int64_t sum)
{
    int64_t value = ONE / 2 + divide(sum, 4);
    return value < 0 ? 0 : value > ONE ? ONE : value;
}

static int64_t step(int64_t weight, int64_t error, int64_t value)
{
    int64_t moved = weight - divide(error * value, ONE << RATE);
    return moved < -WEIGHT_MAX ? -WEIGHT_MAX : moved > WEIGHT_MAX ? WEIGHT_MAX : moved;
}

/* One step on one sample. */
static void learn(int64_t *model, const int64_t *values, uint32_t features, bool is_one)
{
    int64_t sum = model[features] * ONE;
    for (uint32_t i = 0; i < features; i++) {
        sum += model[i] * values[i];
    }
    int64_t error = squash(divide(sum, ONE)) - (is_one ? ONE : 0);
    for (uint32_t i = 0; i < features; i++) {
        model[i] = step(model[i], error, values[i]);
    }
    model[features] = step(model[features], error, ONE);
}

/* Through all samples once. */
static void train(int64_t *model, prom_bytes samples, uint32_t features)
{
    int64_t *values = prom_alloc(features * 8);
    while (samples.length > 0) {
        for (uint32_t i = 0; i < features; i++) {
            values[i] = (int32_t)prom_read_u32(&samples);
            prom_require(values[i] <= VALUE_MAX && values[i] >= -VALUE_MAX);
        }
        uint32_t label = prom_read_u32(&samples);
        prom_require(label <= 1);
        learn(model, values, features, label == 1);
    }
}

static prom_bytes map(prom_bytes item)
{
    round_state state = read_round(prom_read_state(&item));
    prom_require(item.length % (4 * (state.features + 1)) == 0);
    take_mean(&state);
    state.samples = item.length / (4 * (state.features + 1));
    for (uint32_t i = 0; i <= state.features; i++) {
        state.sums[i] = state.model[i];
    }
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        train(state.sums, item, state.features);
    }
    for (uint32_t i = 0; i <= state.features; i++) {
        state.sums[i] *= state.samples;
    }
    return write_round(&state);
}
PROM_MAP(map)

/* Both are of the same round, and so began with the same model. */
static prom_bytes reduce(prom_bytes first, prom_bytes second)
{
    round_state sum = read_round(first);
    round_state other = read_round(second);
    prom_require(sum.features == other.features && sum.samples + other.samples <= SAMPLES_MAX);
    sum.samples += other.samples;
    for (uint32_t i = 0; i <= sum.features; i++) {
        prom_require(sum.model[i] == other.model[i]);
        sum.sums[i] += other.sums[i];
    }
    return write_round(&sum);
}
PROM_REDUCE(reduce)
