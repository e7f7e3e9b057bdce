/* Operands of the field's kernels: what their tests have in common. */
#ifndef PROMETHEUS_TEST_KERNELS_OPERANDS_H
#define PROMETHEUS_TEST_KERNELS_OPERANDS_H

#include "field/plain.h"
#include "prometheus/field/kernels.h"

enum { LONGEST = 70, WIDEST_REGISTER = 16, ROOM = 4 * LONGEST + 16 };

/* One vector of extension elements with room for twice the longest, and what follows it. */
struct vector {
    prom_element memory[5][ROOM];
};

/* What a kernel is given, and what it may have changed. */
struct operands {
    prom_extension scalar;
    struct vector a;
    struct vector b;
    struct vector c;
    struct vector d;
    uint32_t values[ROOM];
    prom_extension sums[2];
};

static inline prom_planes planes_of(struct vector *vector)
{
    prom_planes planes;
    for (size_t i = 0; i < 5; i++) {
        planes.plane[i] = vector->memory[i];
    }
    return planes;
}

static inline void fill(struct vector *vector, uint64_t *random, bool largest)
{
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < ROOM; j++) {
            vector->memory[i][j] = largest ? (prom_element){PROM_FIELD_PRIME - 1} : some_element(random);
        }
    }
}

static inline struct operands some_work(uint64_t *random, bool largest)
{
    struct operands operands = {0};
    operands.scalar = some_extension(random);
    fill(&operands.a, random, largest);
    fill(&operands.b, random, largest);
    fill(&operands.c, random, largest);
    fill(&operands.d, random, largest);
    for (size_t i = 0; largest && i < 5; i++) {
        operands.scalar.coefficients[i] = (prom_element){PROM_FIELD_PRIME - 1};
    }
    return operands;
}

typedef void run_kernel(const prom_field_kernels *kernels, struct operands *operands, size_t count);

/* Numerators a and c, denominators b and d; the second children's, and those where the variable is 1, lie behind. */
static inline prom_fractions fractions_of(struct operands *operands, size_t part, size_t count)
{
    const prom_fractions fractions[] = {{planes_of(&operands->a), planes_of(&operands->b)},
                                        {planes_of(&operands->c), planes_of(&operands->d)}};
    return prom_fractions_at(fractions[part % 2], part / 2 * count);
}

static inline void run_add_fractions(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->add_fractions(fractions_of(operands, 2, count), fractions_of(operands, 0, count),
                           fractions_of(operands, 1, count), count);
    kernels->add_fractions(fractions_of(operands, 0, count), fractions_of(operands, 0, count),
                           fractions_of(operands, 1, count), count);
}

/* Numerators in the planes of c, denominators d; the second children's numerators are in the next plane. */
static inline prom_base_fractions base_fractions_of(struct operands *operands, size_t part, size_t count)
{
    const prom_base_fractions fractions = {operands->c.memory[part / 2], planes_of(&operands->d)};
    return prom_base_fractions_at(fractions, part * count);
}

static inline void run_add_base_fractions(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->add_base_fractions(fractions_of(operands, 0, count), base_fractions_of(operands, 0, count),
                                base_fractions_of(operands, 2, count), count);
}

static inline void run_round_of_base_fractions(const prom_field_kernels *kernels, struct operands *operands,
                                               size_t count)
{
    const prom_base_fractions low[2] = {base_fractions_of(operands, 0, count), base_fractions_of(operands, 2, count)};
    const prom_base_fractions high[2] = {base_fractions_of(operands, 1, count), base_fractions_of(operands, 3, count)};
    kernels->round_of_base_fractions(&operands->sums[0], &operands->sums[1], planes_of(&operands->a), &operands->scalar,
                                     low, high, count);
}

static inline void run_round_of_fractions(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    const prom_fractions low[2] = {fractions_of(operands, 0, count), fractions_of(operands, 1, count)};
    const prom_fractions high[2] = {fractions_of(operands, 2, count), fractions_of(operands, 3, count)};
    kernels->round_of_fractions(&operands->sums[0], &operands->sums[1],
                                prom_planes_at(planes_of(&operands->a), 2 * count), low, high, count);
}

static inline prom_extension at(const struct vector *vector, size_t index)
{
    prom_extension element;
    for (size_t i = 0; i < 5; i++) {
        element.coefficients[i] = vector->memory[i][index];
    }
    return element;
}

static inline prom_extension plus_product(const prom_extension *sum, const prom_extension *a, const prom_extension *b)
{
    const prom_extension product = prom_extension_multiply(a, b);
    return prom_extension_add(sum, &product);
}

static inline struct operands after(run_kernel *run, const struct operands *before, size_t count)
{
    struct operands operands = *before;
    run(&prom_field_portable, &operands, count);
    return operands;
}

#endif
