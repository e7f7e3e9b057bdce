#include "prometheus/field/ntt.h"

enum { LOG_CHUNK = 12 }; /* 16 KiB, which stay in the first cache while all small stages run over them */

size_t prom_bit_reversed(size_t index, size_t bits)
{
    size_t reversed = 0;
    for (size_t i = 0; i < bits; i++) {
        reversed |= (index >> i & 1) << (bits - 1 - i);
    }
    return reversed;
}

static size_t log_of(size_t power_of_two)
{
    size_t log = 0;
    while (power_of_two >> log > 1) {
        log++;
    }
    return log;
}

static void fill_powers(prom_element *powers, prom_element root, size_t count)
{
    powers[0] = prom_element_one();
    for (size_t i = 1; i < count; i++) {
        powers[i] = prom_element_multiply(powers[i - 1], root);
    }
}

/* The powers of the largest root; those of its squares are every second, every fourth one. */
static prom_result new_roots(prom_arena *arena, prom_element **roots, size_t log_size, prom_element root,
                             prom_error *error)
{
    prom_element *table = NULL;
    const size_t size = (size_t)1 << log_size;
    PROM_TRY_NEW(table, arena, size, error);
    *roots = table;
    if (log_size == 0) {
        return prom_ok();
    }
    fill_powers(table + size / 2, root, size / 2);
    for (size_t h = size / 4; h > 0; h /= 2) {
        for (size_t j = 0; j < h; j++) {
            table[h + j] = table[2 * h + 2 * j];
        }
    }
    return prom_ok();
}

/* The matrix of a transform of one block; `inverse` goes from values to coefficients. */
static prom_result new_block(prom_arena *arena, prom_element **block, size_t lanes, bool inverse, prom_error *error)
{
    prom_element *table = NULL;
    const size_t bits = log_of(lanes);
    const prom_element root = prom_element_root(bits);
    PROM_TRY_NEW(table, arena, lanes * lanes, error);
    for (size_t i = 0; i < lanes; i++) {
        for (size_t l = 0; l < lanes; l++) {
            const size_t exponent =
                inverse ? lanes * lanes - i * prom_bit_reversed(l, bits) : prom_bit_reversed(i, bits) * l;
            table[i * lanes + l] = prom_element_power(root, exponent);
        }
    }
    *block = table;
    return prom_ok();
}

prom_result prom_ntt_new(prom_arena *arena, prom_ntt *ntt, const prom_field_kernels *kernels, size_t log_size,
                         prom_error *error)
{
    prom_element *roots = NULL;
    prom_element *inverses = NULL;
    prom_element *block = NULL;
    prom_element *inverse_block = NULL;
    if (log_size > PROM_FIELD_TWO_ADICITY) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a transform of 2^%zu values: the field has roots up to 2^%d",
                         log_size, PROM_FIELD_TWO_ADICITY);
    }
    const prom_element root = prom_element_root(log_size);
    PROM_TRY(new_roots(arena, &roots, log_size, root, error));
    PROM_TRY(new_roots(arena, &inverses, log_size, prom_element_inverse(root), error));
    PROM_TRY(new_block(arena, &block, kernels->lanes, false, error));
    PROM_TRY(new_block(arena, &inverse_block, kernels->lanes, true, error));
    *ntt = (prom_ntt){kernels, log_size, roots, inverses, block, inverse_block};
    return prom_ok();
}

/* All stages that make transforms of 2^log_to out of those of 2^log_from. Two stages at a time are done as soon as the
 * four blocks that they need are there, so that blocks are used while they are near. */
static void climb(const prom_ntt *ntt, const prom_field_kernels *kernels, prom_element *x, size_t log_from,
                  size_t log_to)
{
    const size_t odd = (log_to - log_from) % 2;
    const size_t log_base = log_from + odd;
    for (size_t i = 0; i < (size_t)1 << (log_to - log_base); i++) {
        if (odd == 1) {
            const size_t h = (size_t)1 << log_from;
            kernels->butterfly(x + (i << log_base), ntt->roots + h, h);
        }
        prom_element *end = x + ((i + 1) << log_base);
        size_t h = (size_t)1 << log_base;
        for (size_t done = i + 1; done % 4 == 0; done /= 4) {
            kernels->double_butterfly(end - 4 * h, ntt->roots + h, ntt->roots + 2 * h, h);
            h *= 4;
        }
    }
}

/* Blocks smaller than a register are for the portable kernels, whose register is one element. */
static const prom_field_kernels *kernels_for_size(const prom_ntt *ntt, size_t log_count)
{
    return (size_t)1 << log_count < ntt->kernels->lanes ? &prom_field_portable : ntt->kernels;
}

/* The first stages, which see one coefficient among zeros: up to a register they are one matrix, and those that lie
 * below the blowup only repeat the coefficient. */
static void first_blocks(const prom_ntt *ntt, const prom_field_kernels *kernels, prom_element *values,
                         const prom_element *coefficients, size_t log_count, size_t log_blowup)
{
    const size_t log_lanes = log_of(kernels->lanes);
    if (log_blowup < log_lanes) {
        kernels->transform_blocks(values, coefficients, ntt->block, (size_t)1 << log_blowup,
                                  (size_t)1 << (log_count + log_blowup - log_lanes));
        return;
    }
    for (size_t i = 0; i < (size_t)1 << log_count; i++) {
        for (size_t j = 0; j < (size_t)1 << log_blowup; j++) {
            values[(i << log_blowup) + j] = coefficients[i];
        }
    }
}

void prom_ntt_encode(const prom_ntt *ntt, prom_element *values, const prom_element *coefficients, size_t log_count,
                     size_t log_blowup)
{
    const size_t log_size = log_count + log_blowup;
    const prom_field_kernels *kernels = kernels_for_size(ntt, log_size);
    const size_t log_lanes = log_of(kernels->lanes);
    const size_t log_first = log_blowup > log_lanes ? log_blowup : log_lanes;
    const size_t log_min = log_first < LOG_CHUNK ? LOG_CHUNK : log_first;
    const size_t log_chunk = log_size < log_min ? log_size : log_min;
    PROM_FIELD_VERIFY(log_size <= ntt->log_size);
    for (size_t i = 0; i < (size_t)1 << (log_size - log_chunk); i++) {
        prom_element *chunk = values + (i << log_chunk);
        first_blocks(ntt, kernels, chunk, coefficients + (i << (log_chunk - log_blowup)), log_chunk - log_blowup,
                     log_blowup);
        climb(ntt, kernels, chunk, log_first, log_chunk);
    }
    climb(ntt, kernels, values, log_chunk, log_size);
}

void prom_ntt_forward(const prom_ntt *ntt, prom_element *elements, size_t log_count)
{
    prom_ntt_encode(ntt, elements, elements, log_count, 0);
}

void prom_ntt_inverse(const prom_ntt *ntt, prom_element *elements, size_t log_count)
{
    const prom_field_kernels *kernels = kernels_for_size(ntt, log_count);
    const size_t count = (size_t)1 << log_count;
    for (size_t h = count / 2; h >= kernels->lanes; h /= 2) {
        for (size_t i = 0; i < count; i += 2 * h) {
            kernels->inverse_butterfly(elements + i, ntt->inverses + h, h);
        }
    }
    if (kernels->lanes > 1) {
        kernels->transform_blocks(elements, elements, ntt->inverse_block, 1, count / kernels->lanes);
    }
    const prom_element scale = prom_element_inverse(prom_element_of((uint32_t)count));
    for (size_t i = 0; i < count; i++) {
        elements[i] = prom_element_multiply(elements[i], scale);
    }
}

void prom_ntt_shift(prom_element *coefficients, size_t log_count, prom_element shift)
{
    /* The highest bit of the index is the lowest of the exponent. */
    for (size_t half = (size_t)1 << log_count >> 1; half > 0; half /= 2) {
        for (size_t i = 0; i < (size_t)1 << log_count; i++) {
            if ((i & half) != 0) {
                coefficients[i] = prom_element_multiply(coefficients[i], shift);
            }
        }
        shift = prom_element_multiply(shift, shift);
    }
}
