#include <string.h>

#include "prometheus/proof/multilinear.h"
#include "proof/zero.h"

/* What a round's blocks are shared out among: each has memory of its own, which is why there are few. */
enum { PARTS = 8 };

typedef struct zero_part {
    prom_planes at[PROM_ZERO_FACTORS_MAX];    /* a block of each factor at the place being evaluated */
    prom_planes steps[PROM_ZERO_FACTORS_MAX]; /* from one place to the next */
    prom_planes product;
    prom_extension sums[PROM_ZERO_FACTORS_MAX + 1]; /* of the round's polynomial at 0 .. factors */
} zero_part;

typedef struct zero_work {
    const prom_prover *prover;
    size_t count;
    prom_planes factors[PROM_ZERO_FACTORS_MAX];
    prom_equality_tables equal; /* of the coordinates behind the round's */
    size_t half;                /* of what the round is over */
    const prom_extension *challenge;
    zero_part parts[PARTS];
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

/* Adds to the part's sums what the block of `count` places from `start` on has. */
static void add_block(const zero_work *work, zero_part *part, size_t start, size_t count)
{
    const prom_field_kernels *kernels = work->prover->kernels;
    const prom_extension one = prom_extension_one();
    const prom_extension zero = prom_extension_zero();
    const prom_extension minus = prom_extension_subtract(&zero, &one);
    const prom_extension weight = prom_planes_get(work->equal.outer, start >> work->equal.inner_variables);
    for (size_t i = 0; i < work->count; i++) {
        copy_planes(part->at[i], prom_planes_at(work->factors[i], start), count);
        copy_planes(part->steps[i], prom_planes_at(work->factors[i], work->half + start), count);
        kernels->add_scaled_extensions(part->steps[i], &minus, part->at[i], count);
    }
    for (size_t t = 0; t <= work->count; t++) {
        prom_extension sum;
        copy_planes(part->product, part->at[0], count);
        for (size_t i = 1; i < work->count; i++) {
            kernels->multiply_extensions(part->product, part->at[i], count);
        }
        kernels->dot_extensions(&sum, part->product, work->equal.inner, count);
        sum = prom_extension_multiply(&sum, &weight);
        part->sums[t] = prom_extension_add(&part->sums[t], &sum);
        for (size_t i = 0; t < work->count && i < work->count; i++) {
            add_planes(kernels, part->at[i], part->steps[i], count);
        }
    }
}

static void do_part(void *argument, size_t index)
{
    zero_work *work = argument;
    zero_part *part = &work->parts[index];
    const size_t count = prom_block_length(work->half);
    memset(part->sums, 0, sizeof part->sums);
    for (size_t start = index * count; start < work->half; start += PARTS * count) {
        add_block(work, part, start, count);
    }
}

/* Fixes the first variable in a block of one factor. */
static void fold_block(void *argument, size_t index)
{
    const zero_work *work = argument;
    const size_t blocks = prom_block_count(work->half);
    const size_t count = prom_block_length(work->half);
    prom_fold_range(work->prover->kernels, work->factors[index / blocks], work->challenge, work->half,
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

static void do_round(zero_work *work, prom_extension *coefficients)
{
    const size_t blocks = prom_block_count(work->half);
    const size_t parts = blocks < PARTS ? blocks : PARTS;
    prom_parallel_run(work->prover->parallel, do_part, work, parts);
    memcpy(coefficients, work->parts[0].sums, (work->count + 1) * sizeof *coefficients);
    for (size_t i = 1; i < parts; i++) {
        for (size_t t = 0; t <= work->count; t++) {
            coefficients[t] = prom_extension_add(&coefficients[t], &work->parts[i].sums[t]);
        }
    }
    interpolate(coefficients, work->count);
}

static prom_result make_part(const zero_work *work, zero_part *part, prom_error *error)
{
    prom_arena *scratch = work->prover->scratch;
    for (size_t i = 0; i < work->count; i++) {
        PROM_TRY(prom_planes_new(scratch, &part->at[i], PROM_BLOCK, error));
        PROM_TRY(prom_planes_new(scratch, &part->steps[i], PROM_BLOCK, error));
    }
    return prom_planes_new(scratch, &part->product, PROM_BLOCK, error);
}

static prom_result make_room(zero_work *work, const prom_element *const *factors, size_t variables, prom_error *error)
{
    prom_arena *scratch = work->prover->scratch;
    const size_t size = (size_t)1 << variables;
    for (size_t i = 0; i < work->count; i++) {
        PROM_TRY(prom_planes_new(scratch, &work->factors[i], size, error));
        memcpy(work->factors[i].plane[0], factors[i], size * sizeof *factors[i]);
    }
    for (size_t i = 0; i < PARTS; i++) {
        PROM_TRY(make_part(work, &work->parts[i], error));
    }
    return prom_equality_tables_new(scratch, &work->equal, variables, error);
}

prom_result prom_zero_prove(const prom_prover *prover, const prom_element *const *factors, size_t count,
                            size_t variables, prom_extension *point, prom_extension *values, prom_error *error)
{
    zero_work work = {.prover = prover, .count = count};
    prom_extension *place = NULL;
    prom_extension coefficients[PROM_ZERO_FACTORS_MAX + 1];
    if (count < 1 || count > PROM_ZERO_FACTORS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a product of %zu factors", count);
    }
    PROM_TRY(make_room(&work, factors, variables, error));
    PROM_TRY_NEW(place, prover->scratch, variables, error);
    zero_begin(prover->transcript, count, variables, place);
    for (size_t i = 0; i < variables; i++) {
        work.half = (size_t)1 << (variables - 1 - i);
        prom_equality_tables_set(&work.equal, prover->kernels, place + i + 1, variables - 1 - i);
        do_round(&work, coefficients);
        prom_send(prover, ZERO_ROUND, coefficients + 1, count);
        point[i] = zero_challenge(prover->transcript);
        work.challenge = &point[i];
        prom_parallel_run(prover->parallel, fold_block, &work, count * prom_block_count(work.half));
    }
    for (size_t j = 0; j < count; j++) {
        values[j] = prom_planes_get(work.factors[j], 0);
    }
    return prom_ok();
}
