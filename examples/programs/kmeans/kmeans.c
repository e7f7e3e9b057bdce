/* A round of k-means: which centre each point is nearest to, and the sums of the points of each. `prom iterate` feeds
 * the result of a round into the next, which makes the new centres of it. README.md describes state, item and result.
 * All numbers are integers, so that sums are the same in any order. */
#include "../prom.h"

#define CENTRES_MAX 4096U
#define AXES_MAX 1024U
#define COORDINATE_MAX (1 << 24) /* or its negative: so no distance is above 2^60 */
#define POINTS_MAX (INT64_C(1) << 32)

/* Centres, and what is known of their points. */
typedef struct round_state {
    uint32_t count;
    uint32_t axes;
    int32_t *centres; /* that points were nearest to */
    int64_t *sums;    /* of each centre: how many points, and the sum of each axis */
} round_state;

static int32_t read_coordinate(prom_bytes *bytes)
{
    int32_t coordinate = (int32_t)prom_read_u32(bytes);
    prom_require(coordinate <= COORDINATE_MAX && coordinate >= -COORDINATE_MAX);
    return coordinate;
}

static round_state read_round(prom_bytes bytes)
{
    round_state state = {.count = prom_read_u32(&bytes)};
    state.axes = prom_read_u32(&bytes);
    prom_require(state.count >= 1 && state.count <= CENTRES_MAX && state.axes >= 1 && state.axes <= AXES_MAX);
    uint32_t coordinates = state.count * state.axes;
    uint32_t sums = state.count * (state.axes + 1);
    prom_require(bytes.length == coordinates * 4 + sums * 8);
    state.centres = prom_alloc(coordinates * 4);
    state.sums = prom_alloc(sums * 8);
    for (uint32_t i = 0; i < coordinates; i++) {
        state.centres[i] = read_coordinate(&bytes);
    }
    for (uint32_t i = 0; i < sums; i++) {
        state.sums[i] = (int64_t)prom_read_u64(&bytes);
    }
    return state;
}

static prom_bytes write_round(const round_state *state)
{
    uint32_t coordinates = state->count * state->axes;
    uint32_t sums = state->count * (state->axes + 1);
    prom_bytes bytes = {prom_alloc(8 + coordinates * 4 + sums * 8), 8 + coordinates * 4 + sums * 8};
    uint8_t *at = prom_write_u32(prom_write_u32(bytes.at, state->count), state->axes);
    for (uint32_t i = 0; i < coordinates; i++) {
        at = prom_write_u32(at, (uint32_t)state->centres[i]);
    }
    for (uint32_t i = 0; i < sums; i++) {
        at = prom_write_u64(at, (uint64_t)state->sums[i]);
    }
    return bytes;
}

/* The mean, rounded to the nearest integer, halves up. */
static int32_t mean(int64_t sum, int64_t count)
{
    int64_t above = 2 * sum + count;
    int64_t quotient = above / (2 * count);
    return (int32_t)(quotient - (above % (2 * count) < 0));
}

/* Moves each centre to the mean of its points, one without points not at all, and forgets the points. */
static void move_centres(round_state *state)
{
    for (uint32_t i = 0; i < state->count; i++) {
        int64_t *row = state->sums + (size_t)i * (state->axes + 1);
        int64_t points = row[0];
        prom_require(points >= 0 && points <= POINTS_MAX);
        for (uint32_t axis = 0; axis < state->axes; axis++) {
            int64_t sum = row[1 + axis];
            prom_require(sum <= points * COORDINATE_MAX && sum >= -points * COORDINATE_MAX);
            if (points > 0) {
                state->centres[(size_t)i * state->axes + axis] = mean(sum, points);
            }
            row[1 + axis] = 0;
        }
        row[0] = 0;
    }
}

static uint64_t distance(const int32_t *left, const int32_t *right, uint32_t axes)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < axes; i++) {
        int64_t difference = (int64_t)left[i] - right[i];
        sum += (uint64_t)(difference * difference);
    }
    return sum;
}

/* Returns the nearest centre, the first one of several. */
static uint32_t nearest(const round_state *state, const int32_t *point)
{
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < state->count; i++) {
        uint64_t here = distance(state->centres + (size_t)i * state->axes, point, state->axes);
        if (here < least) {
            least = here;
            best = i;
        }
    }
    return best;
}

static prom_bytes map(prom_bytes item)
{
    round_state state = read_round(prom_read_state(&item));
    int32_t *point = prom_alloc(state.axes * 4);
    prom_require(item.length % (4 * state.axes) == 0);
    move_centres(&state);
    while (item.length > 0) {
        for (uint32_t axis = 0; axis < state.axes; axis++) {
            point[axis] = read_coordinate(&item);
        }
        int64_t *row = state.sums + (size_t)nearest(&state, point) * (state.axes + 1);
        row[0]++;
        for (uint32_t axis = 0; axis < state.axes; axis++) {
            row[1 + axis] += point[axis];
        }
    }
    return write_round(&state);
}
PROM_MAP(map)

/* Both are of the same round, and so have the same centres. */
static prom_bytes reduce(prom_bytes first, prom_bytes second)
{
    round_state sum = read_round(first);
    round_state other = read_round(second);
    prom_require(sum.count == other.count && sum.axes == other.axes);
    for (uint32_t i = 0; i < sum.count * sum.axes; i++) {
        prom_require(sum.centres[i] == other.centres[i]);
    }
    for (uint32_t i = 0; i < sum.count * (sum.axes + 1); i++) {
        sum.sums[i] = (int64_t)((uint64_t)sum.sums[i] + (uint64_t)other.sums[i]);
    }
    return write_round(&sum);
}
PROM_REDUCE(reduce)
