#include <math.h>

#include "prometheus/program/program.h"

bool prom_codes_in_range(size_t *at, const uint8_t *codes, size_t count, prom_range range)
{
    const int most = range.high - range.low;
    *at = 0;
    for (size_t i = 0; i < count && most < UINT8_MAX; i++) {
        if (codes[i] > most) {
            *at = i;
            return false;
        }
    }
    return true;
}

prom_result prom_program_quantise(uint8_t *codes, const prom_program *program, const float *values, size_t count,
                                  prom_error *error)
{
    const prom_range range = program->input.range;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input is not a finite number", i);
        }
        /* The quotient of two float32 is a half, or else where the clamp does not decide, at least 2^-33 of
         * itself away from one: rounding it to 53 bits first changes nothing. */
        const double rounded = round((double)values[i] / (double)program->input_scale);
        codes[i] = (uint8_t)(fmax(range.low, fmin(rounded, range.high)) - range.low);
    }
    return prom_ok();
}

size_t prom_program_clamped(const prom_program *program, const float *values, size_t count)
{
    const double low = (double)program->input_scale * (program->input.range.low - 0.5);
    const double high = (double)program->input_scale * (program->input.range.high + 0.5);
    size_t clamped = 0;
    for (size_t i = 0; i < count; i++) {
        clamped += values[i] < low || values[i] > high;
    }
    return clamped;
}

void prom_program_dequantise(float *values, const prom_program *program, const uint8_t *codes, size_t count)
{
    const int low = prom_program_output(program)->range.low;
    for (size_t i = 0; i < count; i++) {
        values[i] = program->output_scale * (float)(codes[i] + low);
    }
}
