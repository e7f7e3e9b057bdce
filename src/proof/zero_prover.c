#include <string.h>

#include "prometheus/proof/multilinear.h"
#include "proof/zero.h"

/* The shares into which a round's blocks are dealt: each has memory of its own, which is why there are few. */
enum { SHARES_MAX = 8 };

typedef struct zero_share {
    prom_planes at[PROM_ZERO_FACTORS_MAX];    /* a block of each factor at the place being evaluated */
    prom_planes steps[PROM_ZERO_FACTORS_MAX]; /* from one place to the next */
    prom_planes product;
    prom_extension sums[PROM_ZERO_FACTORS_MAX + 1]; /* of the round's polynomial at 0 .. factors */
} zero_share;

typedef struct zero_sumcheck {
    const prom_prover *prover;
    size_t count;
    prom_planes factors[PROM_ZERO_FACTORS_MAX];
    prom_equality_tables equal; /* of the coordinates after the round's */
    size_t half;                /* of what the round is over */
    const prom_extension *challenge;
    zero_share shares[SHARES_MAX];
} zero_sumcheck;

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

/* Adds to the share's sums what the block of `count` places from `start` on has. */
static void add_block(const zero_sumcheck *sumcheck, zero_share *share, size_t start, size_t count)
{
    const prom_field_kernels *kernels = sumcheck->prover->kernels;
    const prom_extension one = prom_extension_one();
    const prom_extension zero = prom_extension_zero();
    const prom_extension minus = prom_extension_subtract(&zero, &one);
    const prom_extension weight = prom_planes_get(sumcheck->equal.outer, start >> sumcheck->equal.inner_variables);
    for (size_t i = 0; i < sumcheck->count; i++) {
        copy_planes(share->at[i], prom_planes_at(sumcheck->factors[i], start), count);
        copy_planes(share->steps[i], prom_planes_at(sumcheck->factors[i], sumcheck->half + start), count);
        kernels->add_scaled_extensions(share->steps[i], &minus, share->at[i], count);
    }
    for (size_t t = 0; t <= sumcheck->count; t++) {
        prom_extension sum;
        copy_planes(share->product, share->at[0], count);
        for (size_t i = 1; i < sumcheck->count; i++) {
            kernels->multiply_extensions(share->product, share->at[i], count);
        }
        kernels->dot_extensions(&sum, share->product, sumcheck->equal.inner, count);
        sum = prom_extension_multiply(&sum, &weight);
        share->sums[t] = prom_extension_add(&share->sums[t], &sum);
        for (size_t i = 0; t < sumcheck->count && i < sumcheck->count; i++) {
            add_planes(kernels, share->at[i], share->steps[i], count);
        }
    }
}

static void sum_share(void *argument, size_t index)
{
    zero_sumcheck *sumcheck = argument;
    zero_share *share = &sumcheck->shares[index];
    const size_t count = prom_block_length(sumcheck->half);
    memset(share->sums, 0, sizeof share->sums);
    for (size_t start = index * count; start < sumcheck->half; start += SHARES_MAX * count) {
        add_block(sumcheck, share, start, count);
    }
}

/* Fixes the first variable in a block of one factor. */
static void fold_block(void *argument, size_t index)
{
    const zero_sumcheck *sumcheck = argument;
    const size_t blocks = prom_block_count(sumcheck->half);
    const size_t count = prom_block_length(sumcheck->half);
    prom_fold_range(sumcheck->prover->kernels, sumcheck->factors[index / blocks], sumcheck->challenge, sumcheck->half,
                    index % blocks * count, count);
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

static void do_round(zero_sumcheck *sumcheck, prom_extension *coefficients)
{
    const size_t blocks = prom_block_count(sumcheck->half);
    const size_t shares = blocks < SHARES_MAX ? blocks : SHARES_MAX;
    prom_parallel_run(sumcheck->prover->parallel, sum_share, sumcheck, shares);
    memcpy(coefficients, sumcheck->shares[0].sums, (sumcheck->count + 1) * sizeof *coefficients);
    for (size_t i = 1; i < shares; i++) {
        for (size_t t = 0; t <= sumcheck->count; t++) {
            coefficients[t] = prom_extension_add(&coefficients[t], &sumcheck->shares[i].sums[t]);
        }
    }
    interpolate(coefficients, sumcheck->count);
}

static prom_result make_share(const zero_sumcheck *sumcheck, zero_share *share, prom_error *error)
{
    prom_arena *scratch = sumcheck->prover->scratch;
    for (size_t i = 0; i < sumcheck->count; i++) {
        PROM_TRY(prom_planes_new(scratch, &share->at[i], PROM_BLOCK, error));
        PROM_TRY(prom_planes_new(scratch, &share->steps[i], PROM_BLOCK, error));
    }
    return prom_planes_new(scratch, &share->product, PROM_BLOCK, error);
}

static prom_result make_room(zero_sumcheck *sumcheck, const prom_element *const *factors, size_t variables,
                             prom_error *error)
{
    prom_arena *scratch = sumcheck->prover->scratch;
    const size_t size = (size_t)1 << variables;
    for (size_t i = 0; i < sumcheck->count; i++) {
        PROM_TRY(prom_planes_new(scratch, &sumcheck->factors[i], size, error));
        memcpy(sumcheck->factors[i].plane[0], factors[i], size * sizeof *factors[i]);
    }
    for (size_t i = 0; i < SHARES_MAX; i++) {
        PROM_TRY(make_share(sumcheck, &sumcheck->shares[i], error));
    }
    return prom_equality_tables_new(scratch, &sumcheck->equal, variables, error);
}

prom_result prom_zero_prove(const prom_prover *prover, const prom_element *const *factors, size_t count,
                            size_t variables, prom_extension *point, prom_extension *values, prom_error *error)
{
    zero_sumcheck sumcheck = {.prover = prover, .count = count};
    prom_extension *place = NULL;
    prom_extension coefficients[PROM_ZERO_FACTORS_MAX + 1];
    if (count < 1 || count > PROM_ZERO_FACTORS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a product of %zu factors", count);
    }
    PROM_TRY(make_room(&sumcheck, factors, variables, error));
    PROM_TRY_NEW(place, prover->scratch, variables, error);
    zero_begin(prover->transcript, count, variables, place);
    for (size_t i = 0; i < variables; i++) {
        sumcheck.half = (size_t)1 << (variables - 1 - i);
        prom_equality_tables_set(&sumcheck.equal, prover->kernels, place + i + 1, variables - 1 - i);
        do_round(&sumcheck, coefficients);
        prom_prover_send(prover, ZERO_ROUND, coefficients + 1, count);
        point[i] = zero_challenge(prover->transcript);
        sumcheck.challenge = &point[i];
        prom_parallel_run(prover->parallel, fold_block, &sumcheck, count * prom_block_count(sumcheck.half));
    }
    for (size_t j = 0; j < count; j++) {
        values[j] = prom_planes_get(sumcheck.factors[j], 0);
    }
    return prom_ok();
}
