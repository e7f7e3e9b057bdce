/* The number-theoretic transform: values of polynomials of degree below 2^n on the powers of a root of unity.
 *
 * Coefficients stand in bit-reversed order: the one of X^e at the index whose n bits are those of e, reversed. Values
 * stand in their natural order, that of root^i at i. So the forward transform goes from small blocks to large ones and
 * the inverse back, and nothing is ever permuted; and the first half of the coefficients are those of the even powers,
 * which makes the first variable of a multilinear polynomial the one that a folding of its codeword fixes first. */
#ifndef PROMETHEUS_FIELD_NTT_H
#define PROMETHEUS_FIELD_NTT_H

#include "prometheus/base/declarations.h"
#include "prometheus/field/kernels.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_ntt {
    const prom_field_kernels *kernels;
    size_t log_size;              /* the largest transform that the tables serve */
    const prom_element *roots;    /* for each h = 2^k below the size, at h: h powers of the root of order 2h */
    const prom_element *inverses; /* their inverses */
    const prom_element *block;    /* what transform_blocks needs for coefficients of a whole block, */
    const prom_element *inverse_block;
} prom_ntt;

/* Makes tables for transforms of up to 2^log_size values. PROM_CATEGORY_MISUSE above PROM_FIELD_TWO_ADICITY. */
PROM_MUST_USE prom_result prom_ntt_new(prom_arena *arena, prom_ntt *ntt, const prom_field_kernels *kernels,
                                       size_t log_size, prom_error *error);

/* Transforms 2^log_count coefficients in place to values; the inverse, values to coefficients. log_count is at most
 * ntt->log_size. */
void prom_ntt_forward(const prom_ntt *ntt, prom_element *elements, size_t log_count);
void prom_ntt_inverse(const prom_ntt *ntt, prom_element *elements, size_t log_count);

/* Multiplies the coefficient of X^e by shift^e, so that the forward transform gives values on shift * root^i. */
void prom_ntt_shift(prom_element *coefficients, size_t log_count, prom_element shift);

/* Computes the Reed-Solomon code of rate 2^-log_blowup: the values of a polynomial of 2^log_count coefficients at the
 * powers of the root of order 2^(log_count + log_blowup), whose exponent is at most ntt->log_size. */
void prom_ntt_encode(const prom_ntt *ntt, prom_element *values, const prom_element *coefficients, size_t log_count,
                     size_t log_blowup);

/* Returns the index of `index` in bit-reversed order of 2^bits. */
size_t prom_bit_reversed(size_t index, size_t bits);

PROM_DECLARATIONS_END

#endif
