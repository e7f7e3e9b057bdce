#include <string.h>

#include "prometheus/proof/multilinear.h"
#include "proof/zero.h"

typedef struct zero_work {
    const prom_prover *prover;
    size_t count;
    prom_planes factors[PROM_ZERO_FACTORS_MOST];
    prom_equality_tables equal;                /* of the coordinates behind the round's */
    prom_planes at[PROM_ZERO_FACTORS_MOST];    /* a block of each factor at the place being evaluated */
    prom_planes steps[PROM_ZERO_FACTORS_MOST]; /* from one place to the next */
    prom_planes product;
} zero_work;

static void copy_planes(prom_planes to, prom_planes from, size_t count)
{
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        memcpy(to.plane[i], from.plane[i], count * sizeof *to.plane[i]);
    }
}

static void add_planes(const prom_field_kernels *kernels, prom_planes to, prom_planes from, size_t count)
{
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        kernels->add(to.plane[i], from.plane[i], count);
    }
}

/* Adds to sums[t] what the block of `count` places from `start` on has of the round's polynomial at t = 0 .. factors.
 */
static void add_block(zero_work *work, prom_extension *sums, size_t half, size_t start, size_t count)
{
    const prom_field_kernels *kernels = work->prover->kernels;
    const prom_extension one = prom_extension_one();
    const prom_extension zero = prom_extension_zero();
    const prom_extension minus = prom_extension_subtract(&zero, &one);
    const prom_extension weight = prom_planes_get(work->equal.outer, start >> work->equal.inner_variables);
    for (size_t i = 0; i < work->count; i++) {
        copy_planes(work->at[i], prom_planes_at(work->factors[i], start), count);
        copy_planes(work->steps[i], prom_planes_at(work->factors[i], half + start), count);
        kernels->add_scaled_extensions(work->steps[i], &minus, work->at[i], count);
    }
    for (size_t t = 0; t <= work->count; t++) {
        prom_extension part;
        copy_planes(work->product, work->at[0], count);
        for (size_t i = 1; i < work->count; i++) {
            kernels->multiply_extensions(work->product, work->at[i], count);
        }
        kernels->dot_extensions(&part, work->product, work->equal.inner, count);
        part = prom_extension_multiply(&part, &weight);
        sums[t] = prom_extension_add(&sums[t], &part);
        for (size_t i = 0; t < work->count && i < work->count; i++) {
            add_planes(kernels, work->at[i], work->steps[i], count);
        }
    }
}

/* From values at 0, 1, ..., degree to coefficients, by Newton's differences. In place. */
static void interpolate(prom_extension *values, size_t degree)
{
    for (size_t order = 1; order <= degree; order++) {
        const prom_element inverse = prom_element_inverse(prom_element_of((uint32_t)order));
        for (size_t i = degree; i >= order; i--) {
            const prom_extension difference = prom_extension_subtract(&values[i], &values[i - 1]);
            values[i] = prom_extension_scale(&difference, inverse);
        }
    }
    /* Of a_0 + X (a_1 + (X - 1) (a_2 + ...)), from the inside out. */
    for (size_t order = degree; order-- > 1;) {
        const prom_element node = prom_element_of((uint32_t)order);
        for (size_t i = order; i < degree; i++) {
            const prom_extension shifted = prom_extension_scale(&values[i + 1], node);
            values[i] = prom_extension_subtract(&values[i], &shifted);
        }
    }
}

static void do_round(zero_work *work, prom_extension *coefficients, size_t half)
{
    const size_t count = prom_block_length(half);
    memset(coefficients, 0, (work->count + 1) * sizeof *coefficients);
    for (size_t start = 0; start < half; start += count) {
        add_block(work, coefficients, half, start, count);
    }
    interpolate(coefficients, work->count);
}

static prom_result make_room(zero_work *work, const prom_element *const *factors, size_t variables, prom_error *error)
{
    prom_arena *scratch = work->prover->scratch;
    const size_t size = (size_t)1 << variables;
    for (size_t i = 0; i < work->count; i++) {
        PROM_TRY(prom_planes_new(scratch, &work->factors[i], size, error));
        memcpy(work->factors[i].plane[0], factors[i], size * sizeof *factors[i]);
        PROM_TRY(prom_planes_new(scratch, &work->at[i], PROM_BLOCK, error));
        PROM_TRY(prom_planes_new(scratch, &work->steps[i], PROM_BLOCK, error));
    }
    PROM_TRY(prom_planes_new(scratch, &work->product, PROM_BLOCK, error));
    return prom_equality_tables_new(scratch, &work->equal, variables, error);
}

prom_result prom_zero_prove(const prom_prover *prover, const prom_element *const *factors, size_t count,
                            size_t variables, prom_extension *point, prom_extension *values, prom_error *error)
{
    zero_work work = {.prover = prover, .count = count};
    prom_extension *place = NULL;
    prom_extension coefficients[PROM_ZERO_FACTORS_MOST + 1];
    if (count < 1 || count > PROM_ZERO_FACTORS_MOST) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a product of %zu factors", count);
    }
    PROM_TRY(make_room(&work, factors, variables, error));
    PROM_TRY_NEW(place, prover->scratch, variables, error);
    zero_begin(prover->transcript, count, variables, place);
    for (size_t i = 0; i < variables; i++) {
        const size_t half = (size_t)1 << (variables - 1 - i);
        prom_equality_tables_set(&work.equal, prover->kernels, place + i + 1, variables - 1 - i);
        do_round(&work, coefficients, half);
        prom_send(prover, ZERO_ROUND, coefficients + 1, count);
        point[i] = zero_challenge(prover->transcript);
        for (size_t j = 0; j < count; j++) {
            prom_fold_range(prover->kernels, work.factors[j], &point[i], half, 0, half);
        }
    }
    for (size_t j = 0; j < count; j++) {
        values[j] = prom_planes_get(work.factors[j], 0);
    }
    return prom_ok();
}
