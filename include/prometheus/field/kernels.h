/* Operations on vectors of field elements, one table of functions for each instruction set. All tables give the same
 * elements; they differ in speed alone.
 *
 * A vector of extension elements is five vectors of elements, one for each coefficient. A multilinear polynomial of n
 * variables is the vector of its 2^n values on {0,1}^n, the first variable the highest bit of the index; so to fix the
 * first variable is to combine the two halves of the vector.
 *
 * Vectors need no alignment, any count is allowed (0 too), and outputs may not overlap inputs but where it is said. */
#ifndef PROMETHEUS_FIELD_KERNELS_H
#define PROMETHEUS_FIELD_KERNELS_H

#include "prometheus/base/arena.h"
#include "prometheus/base/cpu.h"
#include "prometheus/base/declarations.h"
#include "prometheus/field/element.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_planes {
    prom_element *plane[PROM_EXTENSION_DEGREE];
} prom_planes;

/* Makes `count` extension elements of zero, in the arena. */
PROM_MUST_USE prom_result prom_planes_new(prom_arena *arena, prom_planes *planes, size_t count, prom_error *error);
/* Returns how many bytes of the arena they take. */
uint64_t prom_planes_bytes(size_t count);

/* Returns the vector without its first `offset` elements. */
static inline prom_planes prom_planes_at(prom_planes planes, size_t offset)
{
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        planes.plane[i] += offset;
    }
    return planes;
}

/* Returns element `index`. */
static inline prom_extension prom_planes_get(prom_planes planes, size_t index)
{
    prom_extension element;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        element.coefficients[i] = planes.plane[i][index];
    }
    return element;
}

/* Sets element `index`. */
static inline void prom_planes_set(prom_planes planes, size_t index, const prom_extension *element)
{
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        planes.plane[i][index] = element->coefficients[i];
    }
}

/* A vector of fractions. */
typedef struct prom_fractions {
    prom_planes numerators;
    prom_planes denominators;
} prom_fractions;

/* Returns the fractions without the first `offset`. */
static inline prom_fractions prom_fractions_at(prom_fractions fractions, size_t offset)
{
    const prom_fractions moved = {prom_planes_at(fractions.numerators, offset),
                                  prom_planes_at(fractions.denominators, offset)};
    return moved;
}

/* The same with numerators of the base field. */
typedef struct prom_base_fractions {
    const prom_element *numerators;
    prom_planes denominators;
} prom_base_fractions;

/* Returns the fractions without the first `offset`. */
static inline prom_base_fractions prom_base_fractions_at(prom_base_fractions fractions, size_t offset)
{
    const prom_base_fractions moved = {fractions.numerators + offset, prom_planes_at(fractions.denominators, offset)};
    return moved;
}

typedef struct prom_field_kernels {
    const char *name;
    size_t lanes; /* elements in a register, a power of two */

    /* y[i] = y[i] + x[i], y[i] * x[i], and x[i] as a number below p. */
    void (*add)(prom_element *y, const prom_element *x, size_t count);
    void (*multiply)(prom_element *y, const prom_element *x, size_t count);
    void (*values)(uint32_t *y, const prom_element *x, size_t count);
    /* y[i] = y[i] * x[i] over the extension. */
    void (*multiply_extensions)(prom_planes y, prom_planes x, size_t count);
    /* y[i] = y[i] + a * x[i]. */
    void (*add_scaled)(prom_planes y, const prom_extension *a, const prom_element *x, size_t count);
    void (*add_scaled_extensions)(prom_planes y, const prom_extension *a, prom_planes x, size_t count);
    /* y[i] = constant - first[i] - scale * second[i]; without the latter where second is NULL. */
    void (*subtract_pairs)(prom_planes y, const prom_extension *constant, const prom_extension *scale,
                           const prom_element *first, const prom_element *second, size_t count);
    /* y[i] = the sum over rows r of factors[r] * x[r * count + i], for numbers of 8 bits; of at most 2^24 rows. */
    void (*combine_bytes)(prom_planes y, const prom_extension *factors, size_t rows, const int8_t *x, size_t count);
    /* y[i] = low[i] + r * (high[i] - low[i]): the first variable fixed at r. y may be low. */
    void (*fold)(prom_planes y, const prom_extension *r, const prom_element *low, const prom_element *high,
                 size_t count);
    void (*fold_extensions)(prom_planes y, const prom_extension *r, prom_planes low, prom_planes high, size_t count);
    /* One more first variable for a table of the equality polynomial: with t = r * y[i], y[count + i] = t and then
     * y[i] = y[i] - t. y has room for 2 * count elements. */
    void (*expand_equality)(prom_planes y, const prom_extension *r, size_t count);
    /* The sum of all x[i] * y[i]. */
    void (*dot)(prom_extension *sum, const prom_element *x, prom_planes y, size_t count);
    void (*dot_extensions)(prom_extension *sum, prom_planes x, prom_planes y, size_t count);
    /* A part of a round of a sumcheck over x * y: the sum over i < count of x * y, where x is low x[i] and high x[half
     * + i] with the first variable fixed at T, and y alike, is constant + linear * T + leading * T^2. Given are
     * constant and leading; the values at 0 and 1 add up to the claim, which gives linear. */
    void (*round_of_products)(prom_extension *constant, prom_extension *leading, prom_planes x, prom_planes y,
                              size_t half, size_t count);
    /* sum[i] = first[i] + second[i] as fractions: (p0 * q1 + p1 * q0) / (q0 * q1). sum may be first. */
    void (*add_fractions)(prom_fractions sum, prom_fractions first, prom_fractions second, size_t count);
    void (*add_base_fractions)(prom_fractions sum, prom_base_fractions first, prom_base_fractions second, size_t count);
    /* A part of a round of a sumcheck over weights[i] * (p0 * q1 + p1 * q0), of first children p0 / q0 and second ones
     * p1 / q1, which lie at low[0] and low[1] where the variable is 0 and at high[0] and high[1] where it is 1. As
     * round_of_products otherwise. For fractions with numerators of the base field the sumcheck is over weights[i] *
     * (p0 * q1 + p1 * q0 + combination * q0 * q1). */
    void (*round_of_fractions)(prom_extension *constant, prom_extension *leading, prom_planes weights,
                               const prom_fractions low[2], const prom_fractions high[2], size_t count);
    void (*round_of_base_fractions)(prom_extension *constant, prom_extension *leading, prom_planes weights,
                                    const prom_extension *combination, const prom_base_fractions low[2],
                                    const prom_base_fractions high[2], size_t count);

    /* Blocks of `lanes` outputs, each from lanes / step inputs: output l of a block is the sum over i of input[i] *
     * table[i * step * lanes + l]. `step` is a power of two, `lanes` at most; output may be input when it is 1. */
    void (*transform_blocks)(prom_element *output, const prom_element *input, const prom_element *table, size_t step,
                             size_t blocks);
    /* x[j], x[h + j] = a + w[j] b, a - w[j] b, of a = x[j] and b = x[h + j], for j < h. h is a multiple of `lanes`. */
    void (*butterfly)(prom_element *x, const prom_element *w, size_t h);
    /* The inverse but for a factor 2: a + b, w[j] * (a - b). */
    void (*inverse_butterfly)(prom_element *x, const prom_element *w, size_t h);
    /* Over x[0] to x[4h - 1]: butterfly over each half with w, then over the whole with `whole`, which has 2h roots. */
    void (*double_butterfly)(prom_element *x, const prom_element *w, const prom_element *whole, size_t h);
} prom_field_kernels;

extern const prom_field_kernels prom_field_portable;
#ifdef __x86_64__
extern const prom_field_kernels prom_field_avx2;
extern const prom_field_kernels prom_field_avx512;
#endif

/* Returns the fastest kernels that run on such a machine. */
const prom_field_kernels *prom_field_kernels_for(prom_cpu cpu);

/* Writes all 2^count values eq(point, b), b in {0,1}^count, the product over i of b_i point_i + (1 - b_i)(1 - point_i),
 * times `scale`. */
void prom_equality_table(const prom_field_kernels *kernels, prom_planes table, const prom_extension *point,
                         size_t count, const prom_extension *scale);
/* Returns eq(a, b) for two points of `count` coordinates. */
prom_extension prom_equality(const prom_extension *a, const prom_extension *b, size_t count);

PROM_DECLARATIONS_END

#endif
