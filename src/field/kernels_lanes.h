/* Arithmetic of the extension in registers of LANES elements, over what an instruction set's file defines; see
 * kernels_body.h, which includes this.
 *
 * Products are below p^2 and 4 p^2 < 2^64: a sum that was cut from below 4 p^2 is below 2 p^2 and has room for two
 * products more. */
#ifndef FIELD_KERNELS_LANES_H
#define FIELD_KERNELS_LANES_H

#include "prometheus/field/kernels.h"

enum { DEGREE = PROM_EXTENSION_DEGREE };

typedef struct lanes_extension {
    lanes coefficients[DEGREE];
} lanes_extension;

typedef struct wide_extension {
    wide coefficients[DEGREE];
} wide_extension;

/* X^i * a, the same in every lane: the rows of the matrix by which a multiplies. */
typedef struct spread_rows {
    lanes row[DEGREE][DEGREE];
} spread_rows;

static inline lanes_extension extension_load(prom_planes planes, size_t at)
{
    lanes_extension loaded;
    for (size_t i = 0; i < DEGREE; i++) {
        loaded.coefficients[i] = lanes_load(planes.plane[i] + at);
    }
    return loaded;
}

static inline void extension_store(prom_planes planes, size_t at, lanes_extension stored)
{
    for (size_t i = 0; i < DEGREE; i++) {
        lanes_store(planes.plane[i] + at, stored.coefficients[i]);
    }
}

static inline lanes_extension extension_add(lanes_extension a, lanes_extension b)
{
    for (size_t i = 0; i < DEGREE; i++) {
        a.coefficients[i] = lanes_add(a.coefficients[i], b.coefficients[i]);
    }
    return a;
}

static inline lanes_extension extension_subtract(lanes_extension a, lanes_extension b)
{
    for (size_t i = 0; i < DEGREE; i++) {
        a.coefficients[i] = lanes_subtract(a.coefficients[i], b.coefficients[i]);
    }
    return a;
}

/* X * a, where X^5 = 1 - X^2. */
static inline lanes_extension extension_shift(lanes_extension a)
{
    const lanes_extension shifted = {{a.coefficients[4], a.coefficients[0],
                                      lanes_subtract(a.coefficients[1], a.coefficients[4]), a.coefficients[2],
                                      a.coefficients[3]}};
    return shifted;
}

static inline lanes_extension wide_extension_reduce(wide_extension a)
{
    lanes_extension reduced;
    for (size_t i = 0; i < DEGREE; i++) {
        reduced.coefficients[i] = wide_reduce(a.coefficients[i]);
    }
    return reduced;
}

/* a * b, each coefficient below 4 p^2. */
static inline wide_extension extension_multiply_wide(lanes_extension a, lanes_extension b)
{
    wide_extension sums;
    for (size_t j = 0; j < DEGREE; j++) {
        sums.coefficients[j] = wide_multiply(a.coefficients[0], b.coefficients[j]);
    }
    for (size_t i = 1; i < DEGREE; i++) {
        b = extension_shift(b);
        for (size_t j = 0; j < DEGREE; j++) {
            const wide sum = wide_add(sums.coefficients[j], wide_multiply(a.coefficients[i], b.coefficients[j]));
            sums.coefficients[j] = i == 2 ? wide_cut(sum) : sum;
        }
    }
    return sums;
}

static inline wide_extension wide_extension_cut(wide_extension a)
{
    for (size_t i = 0; i < DEGREE; i++) {
        a.coefficients[i] = wide_cut(a.coefficients[i]);
    }
    return a;
}

static inline wide_extension wide_extension_add(wide_extension a, wide_extension b)
{
    for (size_t i = 0; i < DEGREE; i++) {
        a.coefficients[i] = wide_add(a.coefficients[i], b.coefficients[i]);
    }
    return a;
}

/* sums + a * b for cut sums, each coefficient below 3 p^2. */
static inline wide_extension wide_extension_add_product(wide_extension sums, lanes_extension a, lanes_extension b)
{
    for (size_t i = 0; i < DEGREE; i++) {
        for (size_t j = 0; j < DEGREE; j++) {
            const wide sum = wide_add(sums.coefficients[j], wide_multiply(a.coefficients[i], b.coefficients[j]));
            sums.coefficients[j] = i % 2 == 1 ? wide_cut(sum) : sum;
        }
        b = extension_shift(b);
    }
    return sums;
}

/* p * b for an element p of the base field, each coefficient below p^2. */
static inline wide_extension base_multiply_wide(lanes p, lanes_extension b)
{
    wide_extension product;
    for (size_t j = 0; j < DEGREE; j++) {
        product.coefficients[j] = wide_multiply(p, b.coefficients[j]);
    }
    return product;
}

/* a * b + c * d. */
static inline lanes_extension extension_two_products(lanes_extension a, lanes_extension b, lanes_extension c,
                                                     lanes_extension d)
{
    const wide_extension first = wide_extension_cut(extension_multiply_wide(a, b));
    return wide_extension_reduce(wide_extension_add_product(first, c, d));
}

static inline lanes_extension extension_spread(const prom_extension *a)
{
    lanes_extension spread;
    for (size_t i = 0; i < DEGREE; i++) {
        spread.coefficients[i] = lanes_spread(a->coefficients[i]);
    }
    return spread;
}

static inline spread_rows rows_of(const prom_extension *a)
{
    spread_rows rows;
    prom_extension row = *a;
    for (size_t i = 0; i < DEGREE; i++) {
        for (size_t j = 0; j < DEGREE; j++) {
            rows.row[i][j] = lanes_spread(row.coefficients[j]);
        }
        row = prom_extension_shift(&row);
    }
    return rows;
}

/* a * x for elements x of the base field and of the extension. */
static inline lanes_extension rows_times(const spread_rows *a, lanes x)
{
    lanes_extension product;
    for (size_t j = 0; j < DEGREE; j++) {
        product.coefficients[j] = wide_reduce(wide_multiply_spread(x, a->row[0][j]));
    }
    return product;
}

static inline lanes_extension rows_times_extension(const spread_rows *a, lanes_extension x)
{
    lanes_extension product;
    for (size_t j = 0; j < DEGREE; j++) {
        wide sum = wide_multiply_spread(x.coefficients[0], a->row[0][j]);
        sum = wide_add(sum, wide_multiply_spread(x.coefficients[1], a->row[1][j]));
        sum = wide_cut(wide_add(sum, wide_multiply_spread(x.coefficients[2], a->row[2][j])));
        sum = wide_add(sum, wide_multiply_spread(x.coefficients[3], a->row[3][j]));
        sum = wide_add(sum, wide_multiply_spread(x.coefficients[4], a->row[4][j]));
        product.coefficients[j] = wide_reduce(sum);
    }
    return product;
}

static inline prom_extension sum_of_lanes(lanes_extension a)
{
    prom_extension sum;
    for (size_t i = 0; i < DEGREE; i++) {
        prom_element each[LANES];
        uint64_t total = 0;
        lanes_store(each, a.coefficients[i]);
        for (size_t l = 0; l < LANES; l++) {
            total += each[l].residue;
        }
        sum.coefficients[i].residue = (uint32_t)(total % PROM_FIELD_PRIME);
    }
    return sum;
}

static inline lanes_extension lanes_extension_zero(void)
{
    lanes_extension zero;
    for (size_t i = 0; i < DEGREE; i++) {
        zero.coefficients[i] = lanes_spread(prom_element_zero());
    }
    return zero;
}

static inline wide_extension wide_extension_zero(void)
{
    wide_extension zero;
    const lanes none = lanes_spread(prom_element_zero());
    for (size_t i = 0; i < DEGREE; i++) {
        zero.coefficients[i] = wide_multiply(none, none);
    }
    return zero;
}

#endif
