#include "prometheus/proof/multilinear.h"

static size_t inner_part(size_t variables)
{
    return variables < PROM_LOG_BLOCK ? variables : PROM_LOG_BLOCK;
}

uint64_t prom_equality_tables_bytes(size_t variables)
{
    const size_t inner = inner_part(variables);
    return prom_planes_bytes((size_t)1 << inner) + prom_planes_bytes((size_t)1 << (variables - inner));
}

prom_result prom_equality_tables_new(prom_arena *arena, prom_equality_tables *tables, size_t variables,
                                     prom_error *error)
{
    const size_t inner = inner_part(variables);
    *tables = (prom_equality_tables){.outer_variables = 0};
    PROM_TRY(prom_planes_new(arena, &tables->inner, (size_t)1 << inner, error));
    return prom_planes_new(arena, &tables->outer, (size_t)1 << (variables - inner), error);
}

void prom_equality_tables_set(prom_equality_tables *tables, const prom_field_kernels *kernels,
                              const prom_extension *point, size_t variables)
{
    const prom_extension one = prom_extension_one();
    tables->inner_variables = inner_part(variables);
    tables->outer_variables = variables - tables->inner_variables;
    prom_equality_table(kernels, tables->outer, point, tables->outer_variables, &one);
    prom_equality_table(kernels, tables->inner, point + tables->outer_variables, tables->inner_variables, &one);
}

/* The values of a coordinate's two halves add up to those without it. */
void prom_equality_tables_drop(prom_equality_tables *tables, const prom_field_kernels *kernels)
{
    const bool is_outer = tables->outer_variables > 0;
    const size_t variables = --*(is_outer ? &tables->outer_variables : &tables->inner_variables);
    const prom_planes table = is_outer ? tables->outer : tables->inner;
    const size_t half = (size_t)1 << variables;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        kernels->add(table.plane[i], table.plane[i] + half, half);
    }
}

static prom_extension plus_product(const prom_extension *sum, const prom_extension *a, const prom_extension *b)
{
    const prom_extension product = prom_extension_multiply(a, b);
    return prom_extension_add(sum, &product);
}

prom_result prom_multilinear_evaluate(prom_arena *scratch, const prom_field_kernels *kernels, prom_extension *value,
                                      const prom_element *values, const prom_extension *point, size_t variables,
                                      prom_error *error)
{
    prom_equality_tables tables;
    PROM_TRY(prom_equality_tables_new(scratch, &tables, variables, error));
    prom_equality_tables_set(&tables, kernels, point, variables);
    const size_t length = (size_t)1 << tables.inner_variables;
    *value = prom_extension_zero();
    for (size_t i = 0; i < (size_t)1 << tables.outer_variables; i++) {
        prom_extension part;
        const prom_extension weight = prom_planes_get(tables.outer, i);
        kernels->dot(&part, values + i * length, tables.inner, length);
        *value = plus_product(value, &part, &weight);
    }
    return prom_ok();
}

prom_result prom_multilinear_evaluate_extensions(prom_arena *scratch, const prom_field_kernels *kernels,
                                                 prom_extension *value, prom_planes values, const prom_extension *point,
                                                 size_t variables, prom_error *error)
{
    prom_equality_tables tables;
    PROM_TRY(prom_equality_tables_new(scratch, &tables, variables, error));
    prom_equality_tables_set(&tables, kernels, point, variables);
    const size_t length = (size_t)1 << tables.inner_variables;
    *value = prom_extension_zero();
    for (size_t i = 0; i < (size_t)1 << tables.outer_variables; i++) {
        prom_extension part;
        const prom_extension weight = prom_planes_get(tables.outer, i);
        kernels->dot_extensions(&part, prom_planes_at(values, i * length), tables.inner, length);
        *value = plus_product(value, &part, &weight);
    }
    return prom_ok();
}

void prom_fold_range(const prom_field_kernels *kernels, prom_planes table, const prom_extension *r, size_t half,
                     size_t start, size_t count)
{
    const prom_planes low = prom_planes_at(table, start);
    kernels->fold_extensions(low, r, low, prom_planes_at(low, half), count);
}

prom_extension prom_line_at(const prom_extension *low, const prom_extension *high, const prom_extension *at)
{
    const prom_extension slope = prom_extension_subtract(high, low);
    return plus_product(low, &slope, at);
}

prom_extension prom_quadratic_at(const prom_extension *constant, const prom_extension *linear,
                                 const prom_extension *leading, const prom_extension *at)
{
    const prom_extension slope = plus_product(linear, leading, at);
    return plus_product(constant, &slope, at);
}
