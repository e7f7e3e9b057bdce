/* Multilinear polynomials as vectors of their values, and what sumchecks do with them. */
#ifndef PROMETHEUS_PROOF_MULTILINEAR_H
#define PROMETHEUS_PROOF_MULTILINEAR_H

#include "prometheus/base/declarations.h"
#include "prometheus/field/kernels.h"

PROM_DECLARATIONS_BEGIN

/* Work is cut into blocks of so many elements: few enough for a processor's cache, enough to be worth a call. */
#define PROM_LOG_BLOCK 9
#define PROM_BLOCK ((size_t)1 << PROM_LOG_BLOCK)

/* Returns the number of blocks that a vector of `count` elements, a power of two, is cut into. */
static inline size_t prom_block_count(size_t count)
{
    return count > PROM_BLOCK ? count >> PROM_LOG_BLOCK : 1;
}

/* Returns the number of elements in each of these blocks. */
static inline size_t prom_block_length(size_t count)
{
    return count > PROM_BLOCK ? PROM_BLOCK : count;
}

/* The equality polynomial at a point as the product of two tables, so that 2^n values need little memory: the value at
 * index i is outer[i >> inner_variables] * inner[i & (2^inner_variables - 1)]. */
typedef struct prom_equality_tables {
    prom_planes outer;
    prom_planes inner;
    size_t outer_variables;
    size_t inner_variables; /* PROM_LOG_BLOCK at most; less only when there are no outer ones */
} prom_equality_tables;

/* Makes tables with room for points of up to `variables` coordinates. */
PROM_MUST_USE prom_result prom_equality_tables_new(prom_arena *arena, prom_equality_tables *tables, size_t variables,
                                                   prom_error *error);
/* Returns how many bytes of the arena they take. */
uint64_t prom_equality_tables_bytes(size_t variables);
/* Sets them to those of a point of `variables` coordinates, at most as many as there is room for. */
void prom_equality_tables_set(prom_equality_tables *tables, const prom_field_kernels *kernels,
                              const prom_extension *point, size_t variables);
/* Takes the first coordinate off the point. */
void prom_equality_tables_drop(prom_equality_tables *tables, const prom_field_kernels *kernels);

/* Computes the value at `point` of the polynomial that has these 2^variables values; of the arena 40 bytes are used for
 * each of 2^PROM_LOG_BLOCK values. */
PROM_MUST_USE prom_result prom_multilinear_evaluate(prom_arena *scratch, const prom_field_kernels *kernels,
                                                    prom_extension *value, const prom_element *values,
                                                    const prom_extension *point, size_t variables, prom_error *error);
PROM_MUST_USE prom_result prom_multilinear_evaluate_extensions(prom_arena *scratch, const prom_field_kernels *kernels,
                                                               prom_extension *value, prom_planes values,
                                                               const prom_extension *point, size_t variables,
                                                               prom_error *error);

/* Sets table[start + i] = the table of 2 * half elements with its first variable fixed at r, for i < count. */
void prom_fold_range(const prom_field_kernels *kernels, prom_planes table, const prom_extension *r, size_t half,
                     size_t start, size_t count);

/* Returns low + at * (high - low). */
prom_extension prom_line_at(const prom_extension *low, const prom_extension *high, const prom_extension *at);
/* Returns constant + linear * at + leading * at^2. */
prom_extension prom_quadratic_at(const prom_extension *constant, const prom_extension *linear,
                                 const prom_extension *leading, const prom_extension *at);

PROM_DECLARATIONS_END

#endif
