/* An estimate of pi: the mean of 4·sqrt(1 - x²) over random x in [0, 1). README.md describes item and result.
 *
 * reduce must be associative, and the addition of floating-point numbers is not: (a + b) + c may differ from a + (b +
 * c) in the last bit. So each sample is computed in floating point, which is exact to the bit wherever it runs, and
 * then rounded to an integer: integers are added, in map and in reduce alike. */
#include "../prom.h"

#define UNITS 1073741824.0              /* of 2^-30, in which samples are rounded down: each is at most 2^32 */
#define SAMPLES_MAX (UINT64_C(1) << 31) /* of all items: 2^31 of 2^32 fit 64 bits */

/* SplitMix64 (Steele, Lea and Flood, 2014): 64 random bits from a counter. */
static uint64_t random_bits(uint64_t *state)
{
    uint64_t bits = *state += UINT64_C(0x9e3779b97f4a7c15);
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

static prom_bytes write(uint64_t sum, uint64_t samples)
{
    uint8_t *result = prom_alloc(2 * (PROM_DECIMAL_MAX + 1));
    uint8_t *end = prom_write_decimal(result, sum);
    *end++ = ' ';
    end = prom_write_decimal(end, samples);
    *end++ = '\n';
    return prom_result_of(result, end);
}

/* Reads two numbers, and maybe the end of a line; nothing may follow. */
static void read(prom_bytes line, uint64_t *first, uint64_t *second)
{
    *first = prom_read_decimal(&line);
    prom_read_byte(&line, ' ');
    *second = prom_read_decimal(&line);
    if (line.length > 0) {
        prom_read_byte(&line, '\n');
    }
    prom_require(line.length == 0);
}

static prom_bytes map(prom_bytes item)
{
    uint64_t state;
    uint64_t samples;
    read(item, &state, &samples);
    prom_require(samples <= SAMPLES_MAX);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < samples; i++) {
        /* Through signed integers: a processor converts those by one instruction, where unsigned ones take several. */
        double x = (double)(int64_t)(random_bits(&state) >> 11) * 0x1p-53;
        sum += (uint64_t)(int64_t)(__builtin_sqrt(1.0 - x * x) * (4.0 * UNITS));
    }
    return write(sum, samples);
}
PROM_MAP(map)

static prom_bytes reduce(prom_bytes first, prom_bytes second)
{
    uint64_t sum;
    uint64_t samples;
    uint64_t more;
    uint64_t more_samples;
    read(first, &sum, &samples);
    read(second, &more, &more_samples);
    prom_require(samples + more_samples <= SAMPLES_MAX);
    return write(sum + more, samples + more_samples);
}
PROM_REDUCE(reduce)
