/* A round of k-means: which centre each point is nearest to, and the sums of the points of each. README.md describes
 * item and result, and how rounds feed each other. All numbers are integers, so that sums are the same in any order. */
#include "../prom.h"

#define CENTRES_MAX 4096U
#define AXES_MAX 1024U
#define COORDINATE_MAX (1 << 24) /* or its negative: so no distance is above 2^60 */

/* Reads a number of 4 bytes, little-endian, from the front. */
static uint32_t read_word(prom_bytes *bytes)
{
    prom_require(bytes->length >= 4);
    const uint8_t *at = bytes->at;
    bytes->at += 4;
    bytes->length -= 4;
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* Reads so many coordinates from the front. */
static const int32_t *read_coordinates(prom_bytes *bytes, uint32_t count)
{
    prom_require(count <= bytes->length / 4);
    int32_t *coordinates = prom_alloc(count * 4);
    for (uint32_t i = 0; i < count; i++) {
        coordinates[i] = (int32_t)read_word(bytes);
        prom_require(coordinates[i] <= COORDINATE_MAX && coordinates[i] >= -COORDINATE_MAX);
    }
    return coordinates;
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
static uint32_t nearest(const int32_t *centres, uint32_t count, const int32_t *point, uint32_t axes)
{
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t here = distance(centres + (size_t)i * axes, point, axes);
        if (here < least) {
            least = here;
            best = i;
        }
    }
    return best;
}

static void write_long(uint8_t *at, uint64_t value)
{
    for (uint32_t i = 0; i < 8; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint64_t read_long(const uint8_t *at)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < 8; i++) {
        value |= (uint64_t)at[i] << 8 * i;
    }
    return value;
}

static prom_bytes map(prom_bytes item)
{
    uint32_t count = read_word(&item);
    uint32_t axes = read_word(&item);
    prom_require(count >= 1 && count <= CENTRES_MAX && axes >= 1 && axes <= AXES_MAX);
    const int32_t *centres = read_coordinates(&item, count * axes);
    prom_require(item.length % (4 * axes) == 0);
    uint32_t points = item.length / (4 * axes);
    const int32_t *point = read_coordinates(&item, points * axes);
    uint64_t *sums = prom_alloc(count * (axes + 1) * 8); /* of each centre: how many points, and the sum of each axis */
    for (uint32_t i = 0; i < points; i++, point += axes) {
        uint64_t *row = sums + (size_t)nearest(centres, count, point, axes) * (axes + 1);
        row[0]++;
        for (uint32_t axis = 0; axis < axes; axis++) {
            row[1 + axis] += (uint64_t)(int64_t)point[axis];
        }
    }
    prom_bytes result = {prom_alloc(count * (axes + 1) * 8), count * (axes + 1) * 8};
    for (uint32_t i = 0; i < count * (axes + 1); i++) {
        write_long(result.at + (size_t)i * 8, sums[i]);
    }
    return result;
}
PROM_MAP(map)

static prom_bytes reduce(prom_bytes first, prom_bytes second)
{
    prom_require(first.length == second.length && first.length % 8 == 0);
    for (uint32_t i = 0; i < first.length; i += 8) {
        write_long(first.at + i, read_long(first.at + i) + read_long(second.at + i));
    }
    return first;
}
PROM_REDUCE(reduce)
