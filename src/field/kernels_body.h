/* The kernels, written once over registers of LANES elements. Each instruction set's file defines what a register can
 * do, and includes this: the types `lanes` (LANES residues) and `wide` (as many sums of products, of 64 bits), and
 *
 *   lanes_load, lanes_store, lanes_store_values,
 *   lanes_spread                                       memory, and one element in every lane
 *   lanes_add, lanes_subtract, lanes_multiply          modulo p
 *   wide_multiply, wide_multiply_spread                exact products; the second knows b to be the same in every lane
 *   wide_add, wide_cut                                 exact sum; 2 p^2 less where that is not negative
 *   wide_reduce                                        Montgomery's reduction of a sum below 4 p^2
 *
 * The elements left over at the end of a vector are done by the portable kernels. */
#ifndef FIELD_KERNELS_BODY_H
#define FIELD_KERNELS_BODY_H

#include "field/kernels_lanes.h"

static void add(prom_element *y, const prom_element *x, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes_store(y + i, lanes_add(lanes_load(y + i), lanes_load(x + i)));
    }
    if (i < count) {
        prom_field_portable.add(y + i, x + i, count - i);
    }
}

static void multiply(prom_element *y, const prom_element *x, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes_store(y + i, lanes_multiply(lanes_load(y + i), lanes_load(x + i)));
    }
    if (i < count) {
        prom_field_portable.multiply(y + i, x + i, count - i);
    }
}

static void values(uint32_t *y, const prom_element *x, size_t count)
{
    const lanes one = lanes_spread((prom_element){1});
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes_store_values(y + i, lanes_multiply(lanes_load(x + i), one));
    }
    if (i < count) {
        prom_field_portable.values(y + i, x + i, count - i);
    }
}

static void multiply_extensions(prom_planes y, prom_planes x, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const wide_extension product = extension_multiply_wide(extension_load(y, i), extension_load(x, i));
        extension_store(y, i, wide_extension_reduce(product));
    }
    if (i < count) {
        prom_field_portable.multiply_extensions(prom_planes_at(y, i), prom_planes_at(x, i), count - i);
    }
}

static void add_scaled(prom_planes y, const prom_extension *a, const prom_element *x, size_t count)
{
    const spread_rows rows = rows_of(a);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension product = rows_times(&rows, lanes_load(x + i));
        extension_store(y, i, extension_add(extension_load(y, i), product));
    }
    if (i < count) {
        prom_field_portable.add_scaled(prom_planes_at(y, i), a, x + i, count - i);
    }
}

static void add_scaled_extensions(prom_planes y, const prom_extension *a, prom_planes x, size_t count)
{
    const spread_rows rows = rows_of(a);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension product = rows_times_extension(&rows, extension_load(x, i));
        extension_store(y, i, extension_add(extension_load(y, i), product));
    }
    if (i < count) {
        prom_field_portable.add_scaled_extensions(prom_planes_at(y, i), a, prom_planes_at(x, i), count - i);
    }
}

static void subtract_pairs(prom_planes y, const prom_extension *constant, const prom_extension *scale,
                           const prom_element *first, const prom_element *second, size_t count)
{
    const spread_rows rows = rows_of(scale);
    const lanes_extension all = extension_spread(constant);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes_extension rest = all;
        if (second != NULL) {
            rest = extension_subtract(rest, rows_times(&rows, lanes_load(second + i)));
        }
        rest.coefficients[0] = lanes_subtract(rest.coefficients[0], lanes_load(first + i));
        extension_store(y, i, rest);
    }
    if (i < count) {
        prom_field_portable.subtract_pairs(prom_planes_at(y, i), constant, scale, first + i,
                                           second != NULL ? second + i : NULL, count - i);
    }
}

static void fold(prom_planes y, const prom_extension *r, const prom_element *low, const prom_element *high,
                 size_t count)
{
    const spread_rows rows = rows_of(r);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes start = lanes_load(low + i);
        lanes_extension folded = rows_times(&rows, lanes_subtract(lanes_load(high + i), start));
        folded.coefficients[0] = lanes_add(folded.coefficients[0], start);
        extension_store(y, i, folded);
    }
    if (i < count) {
        prom_field_portable.fold(prom_planes_at(y, i), r, low + i, high + i, count - i);
    }
}

static void fold_extensions(prom_planes y, const prom_extension *r, prom_planes low, prom_planes high, size_t count)
{
    const spread_rows rows = rows_of(r);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension start = extension_load(low, i);
        const lanes_extension slope = extension_subtract(extension_load(high, i), start);
        extension_store(y, i, extension_add(start, rows_times_extension(&rows, slope)));
    }
    if (i < count) {
        prom_field_portable.fold_extensions(prom_planes_at(y, i), r, prom_planes_at(low, i), prom_planes_at(high, i),
                                            count - i);
    }
}

static void expand_equality(prom_planes y, const prom_extension *r, size_t count)
{
    const spread_rows rows = rows_of(r);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension old = extension_load(y, i);
        const lanes_extension product = rows_times_extension(&rows, old);
        extension_store(y, count + i, product);
        extension_store(y, i, extension_subtract(old, product));
    }
    for (; i < count; i++) {
        const prom_extension old = prom_planes_get(y, i);
        const prom_extension product = prom_extension_multiply(&old, r);
        const prom_extension rest = prom_extension_subtract(&old, &product);
        prom_planes_set(y, count + i, &product);
        prom_planes_set(y, i, &rest);
    }
}

static void dot(prom_extension *sum, const prom_element *x, prom_planes y, size_t count)
{
    wide_extension sums = wide_extension_zero();
    const size_t both = (size_t)2 * LANES; /* two products fit what a cut leaves room for */
    size_t i = 0;
    for (; i + both <= count; i += both) {
        const lanes first = lanes_load(x + i);
        const lanes second = lanes_load(x + i + LANES);
        for (size_t j = 0; j < DEGREE; j++) {
            const wide one = wide_multiply(lanes_load(y.plane[j] + i), first);
            const wide two = wide_multiply(lanes_load(y.plane[j] + i + LANES), second);
            sums.coefficients[j] = wide_cut(wide_add(wide_add(sums.coefficients[j], one), two));
        }
    }
    *sum = sum_of_lanes(wide_extension_reduce(sums));
    for (; i < count; i++) {
        const prom_extension factor = prom_planes_get(y, i);
        const prom_extension product = prom_extension_scale(&factor, x[i]);
        *sum = prom_extension_add(sum, &product);
    }
}

static void dot_extensions(prom_extension *sum, prom_planes x, prom_planes y, size_t count)
{
    wide_extension sums = wide_extension_zero();
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        sums = wide_extension_cut(wide_extension_add_product(sums, extension_load(x, i), extension_load(y, i)));
    }
    *sum = sum_of_lanes(wide_extension_reduce(sums));
    if (i < count) {
        prom_extension rest;
        prom_field_portable.dot_extensions(&rest, prom_planes_at(x, i), prom_planes_at(y, i), count - i);
        *sum = prom_extension_add(sum, &rest);
    }
}

static void round_of_products(prom_extension *constant, prom_extension *leading, prom_planes x, prom_planes y,
                              size_t half, size_t count)
{
    wide_extension constants = wide_extension_zero();
    wide_extension leadings = wide_extension_zero();
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension x_low = extension_load(x, i);
        const lanes_extension y_low = extension_load(y, i);
        const lanes_extension x_slope = extension_subtract(extension_load(x, half + i), x_low);
        const lanes_extension y_slope = extension_subtract(extension_load(y, half + i), y_low);
        constants = wide_extension_cut(wide_extension_add_product(constants, x_low, y_low));
        leadings = wide_extension_cut(wide_extension_add_product(leadings, x_slope, y_slope));
    }
    *constant = sum_of_lanes(wide_extension_reduce(constants));
    *leading = sum_of_lanes(wide_extension_reduce(leadings));
    if (i < count) {
        prom_extension rest[2];
        prom_field_portable.round_of_products(&rest[0], &rest[1], prom_planes_at(x, i), prom_planes_at(y, i), half,
                                              count - i);
        *constant = prom_extension_add(constant, &rest[0]);
        *leading = prom_extension_add(leading, &rest[1]);
    }
}

enum { BYTES_AT_ONCE = 16 };

/* Residues below 2^31 times 8 bits, 2^24 of them: sums below 2^63. Compilers make wide products of this by themselves.
 */
static inline void combine_piece(int64_t sums[DEGREE][BYTES_AT_ONCE], const prom_extension *factors, size_t rows,
                                 const int8_t *x, size_t stride, size_t width)
{
    for (size_t row = 0; row < rows; row++) {
        for (size_t c = 0; c < DEGREE; c++) {
            const int32_t factor = (int32_t)factors[row].coefficients[c].residue;
            for (size_t i = 0; i < width; i++) {
                sums[c][i] += (int64_t)factor * (int32_t)x[row * stride + i];
            }
        }
    }
}

static void combine_bytes(prom_planes y, const prom_extension *factors, size_t rows, const int8_t *x, size_t count)
{
    for (size_t first = 0; first < count; first += BYTES_AT_ONCE) {
        const size_t width = count - first < BYTES_AT_ONCE ? count - first : BYTES_AT_ONCE;
        int64_t sums[DEGREE][BYTES_AT_ONCE] = {{0}};
        if (width == BYTES_AT_ONCE) {
            combine_piece(sums, factors, rows, x + first, count, BYTES_AT_ONCE);
        } else {
            combine_piece(sums, factors, rows, x + first, count, width);
        }
        for (size_t c = 0; c < DEGREE; c++) {
            for (size_t i = 0; i < width; i++) {
                const int64_t residue = sums[c][i] % (int64_t)PROM_FIELD_PRIME;
                const prom_element sum = {(uint32_t)(residue < 0 ? residue + (int64_t)PROM_FIELD_PRIME : residue)};
                y.plane[c][first + i] = sum;
            }
        }
    }
}

static void add_fractions(prom_fractions sum, prom_fractions first, prom_fractions second, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension p0 = extension_load(first.numerators, i);
        const lanes_extension p1 = extension_load(second.numerators, i);
        const lanes_extension q0 = extension_load(first.denominators, i);
        const lanes_extension q1 = extension_load(second.denominators, i);
        extension_store(sum.numerators, i, extension_two_products(p0, q1, p1, q0));
        extension_store(sum.denominators, i, wide_extension_reduce(extension_multiply_wide(q0, q1)));
    }
    if (i < count) {
        prom_field_portable.add_fractions(prom_fractions_at(sum, i), prom_fractions_at(first, i),
                                          prom_fractions_at(second, i), count - i);
    }
}

static void add_base_fractions(prom_fractions sum, prom_base_fractions first, prom_base_fractions second, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension q0 = extension_load(first.denominators, i);
        const lanes_extension q1 = extension_load(second.denominators, i);
        const wide_extension left = base_multiply_wide(lanes_load(first.numerators + i), q1);
        const wide_extension right = base_multiply_wide(lanes_load(second.numerators + i), q0);
        extension_store(sum.numerators, i, wide_extension_reduce(wide_extension_add(left, right)));
        extension_store(sum.denominators, i, wide_extension_reduce(extension_multiply_wide(q0, q1)));
    }
    if (i < count) {
        prom_field_portable.add_base_fractions(prom_fractions_at(sum, i), prom_base_fractions_at(first, i),
                                               prom_base_fractions_at(second, i), count - i);
    }
}

static inline lanes_extension load_slope(prom_planes low, prom_planes high, size_t at)
{
    return extension_subtract(extension_load(high, at), extension_load(low, at));
}

/* sums + weight * (p0 * q1 + p1 * q0), cut as the sums were. */
static inline wide_extension add_weighted(wide_extension sums, lanes_extension weight, lanes_extension p0,
                                          lanes_extension q0, lanes_extension p1, lanes_extension q1)
{
    const lanes_extension value = extension_two_products(p0, q1, p1, q0);
    return wide_extension_cut(wide_extension_add_product(sums, weight, value));
}

static void round_of_fractions(prom_extension *constant, prom_extension *leading, prom_planes weights,
                               const prom_fractions low[2], const prom_fractions high[2], size_t count)
{
    wide_extension constants = wide_extension_zero();
    wide_extension leadings = wide_extension_zero();
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension weight = extension_load(weights, i);
        constants = add_weighted(constants, weight, extension_load(low[0].numerators, i),
                                 extension_load(low[0].denominators, i), extension_load(low[1].numerators, i),
                                 extension_load(low[1].denominators, i));
        leadings = add_weighted(leadings, weight, load_slope(low[0].numerators, high[0].numerators, i),
                                load_slope(low[0].denominators, high[0].denominators, i),
                                load_slope(low[1].numerators, high[1].numerators, i),
                                load_slope(low[1].denominators, high[1].denominators, i));
    }
    *constant = sum_of_lanes(wide_extension_reduce(constants));
    *leading = sum_of_lanes(wide_extension_reduce(leadings));
    if (i < count) {
        prom_extension rest[2];
        const prom_fractions rest_low[2] = {prom_fractions_at(low[0], i), prom_fractions_at(low[1], i)};
        const prom_fractions rest_high[2] = {prom_fractions_at(high[0], i), prom_fractions_at(high[1], i)};
        prom_field_portable.round_of_fractions(&rest[0], &rest[1], prom_planes_at(weights, i), rest_low, rest_high,
                                               count - i);
        *constant = prom_extension_add(constant, &rest[0]);
        *leading = prom_extension_add(leading, &rest[1]);
    }
}

/* sums + weight * (p0 * q1 + (p1 + combination * q1) * q0), cut as the sums were. */
static inline wide_extension add_weighted_base(wide_extension sums, lanes_extension weight,
                                               const spread_rows *combination, lanes p0, lanes_extension q0, lanes p1,
                                               lanes_extension q1)
{
    lanes_extension combined = rows_times_extension(combination, q1);
    combined.coefficients[0] = lanes_add(combined.coefficients[0], p1);
    const wide_extension products = wide_extension_add_product(base_multiply_wide(p0, q1), combined, q0);
    return wide_extension_cut(wide_extension_add_product(sums, weight, wide_extension_reduce(products)));
}

static void round_of_base_fractions(prom_extension *constant, prom_extension *leading, prom_planes weights,
                                    const prom_extension *combination, const prom_base_fractions low[2],
                                    const prom_base_fractions high[2], size_t count)
{
    const spread_rows rows = rows_of(combination);
    wide_extension constants = wide_extension_zero();
    wide_extension leadings = wide_extension_zero();
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_extension weight = extension_load(weights, i);
        const lanes p0 = lanes_load(low[0].numerators + i);
        const lanes p1 = lanes_load(low[1].numerators + i);
        constants = add_weighted_base(constants, weight, &rows, p0, extension_load(low[0].denominators, i), p1,
                                      extension_load(low[1].denominators, i));
        leadings = add_weighted_base(leadings, weight, &rows, lanes_subtract(lanes_load(high[0].numerators + i), p0),
                                     load_slope(low[0].denominators, high[0].denominators, i),
                                     lanes_subtract(lanes_load(high[1].numerators + i), p1),
                                     load_slope(low[1].denominators, high[1].denominators, i));
    }
    *constant = sum_of_lanes(wide_extension_reduce(constants));
    *leading = sum_of_lanes(wide_extension_reduce(leadings));
    if (i < count) {
        prom_extension rest[2];
        const prom_base_fractions rest_low[2] = {prom_base_fractions_at(low[0], i), prom_base_fractions_at(low[1], i)};
        const prom_base_fractions rest_high[2] = {prom_base_fractions_at(high[0], i),
                                                  prom_base_fractions_at(high[1], i)};
        prom_field_portable.round_of_base_fractions(&rest[0], &rest[1], prom_planes_at(weights, i), combination,
                                                    rest_low, rest_high, count - i);
        *constant = prom_extension_add(constant, &rest[0]);
        *leading = prom_extension_add(leading, &rest[1]);
    }
}

static void transform_blocks(prom_element *output, const prom_element *input, const prom_element *table, size_t step,
                             size_t blocks)
{
    const size_t terms = LANES / step;
    for (size_t block = 0; block < blocks; block++) {
        const prom_element *from = input + block * terms;
        wide sum = wide_multiply_spread(lanes_load(table), lanes_spread(from[0]));
        for (size_t i = 1; i < terms; i++) {
            const wide product = wide_multiply_spread(lanes_load(table + i * step * LANES), lanes_spread(from[i]));
            sum = wide_cut(wide_add(sum, product));
        }
        lanes_store(output + block * LANES, wide_reduce(sum));
    }
}

static void butterfly(prom_element *x, const prom_element *w, size_t h)
{
    for (size_t j = 0; j < h; j += LANES) {
        const lanes a = lanes_load(x + j);
        const lanes b = lanes_multiply(lanes_load(x + h + j), lanes_load(w + j));
        lanes_store(x + j, lanes_add(a, b));
        lanes_store(x + h + j, lanes_subtract(a, b));
    }
}

static void inverse_butterfly(prom_element *x, const prom_element *w, size_t h)
{
    for (size_t j = 0; j < h; j += LANES) {
        const lanes a = lanes_load(x + j);
        const lanes b = lanes_load(x + h + j);
        lanes_store(x + j, lanes_add(a, b));
        lanes_store(x + h + j, lanes_multiply(lanes_subtract(a, b), lanes_load(w + j)));
    }
}

static void double_butterfly(prom_element *x, const prom_element *w, const prom_element *whole, size_t h)
{
    for (size_t j = 0; j < h; j += LANES) {
        const lanes root = lanes_load(w + j);
        const lanes a = lanes_load(x + j);
        const lanes b = lanes_multiply(lanes_load(x + h + j), root);
        const lanes c = lanes_load(x + 2 * h + j);
        const lanes d = lanes_multiply(lanes_load(x + 3 * h + j), root);
        const lanes even = lanes_multiply(lanes_add(c, d), lanes_load(whole + j));
        const lanes odd = lanes_multiply(lanes_subtract(c, d), lanes_load(whole + h + j));
        const lanes sum = lanes_add(a, b);
        const lanes difference = lanes_subtract(a, b);
        lanes_store(x + j, lanes_add(sum, even));
        lanes_store(x + h + j, lanes_add(difference, odd));
        lanes_store(x + 2 * h + j, lanes_subtract(sum, even));
        lanes_store(x + 3 * h + j, lanes_subtract(difference, odd));
    }
}

#define KERNELS_OF(instructions)                                                                                       \
    {                                                                                                                  \
        .name = (instructions), .lanes = LANES, .add = add, .multiply = multiply, .values = values,                    \
        .multiply_extensions = multiply_extensions, .add_scaled = add_scaled,                                          \
        .add_scaled_extensions = add_scaled_extensions, .subtract_pairs = subtract_pairs,                              \
        .combine_bytes = combine_bytes, .fold = fold, .fold_extensions = fold_extensions,                              \
        .expand_equality = expand_equality, .dot = dot, .dot_extensions = dot_extensions,                              \
        .round_of_products = round_of_products, .add_fractions = add_fractions,                                        \
        .add_base_fractions = add_base_fractions, .round_of_fractions = round_of_fractions,                            \
        .round_of_base_fractions = round_of_base_fractions, .transform_blocks = transform_blocks,                      \
        .butterfly = butterfly, .inverse_butterfly = inverse_butterfly, .double_butterfly = double_butterfly           \
    }

#endif
