#include "proof/argument.h"

enum { VARIABLES_MAX = 12 };

static void some_point(uint64_t *random, prom_extension *point, size_t variables)
{
    for (size_t i = 0; i < variables; i++) {
        point[i] = some_extension(random);
    }
}

static void test_evaluate(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_field_kernels *kernels[3];
    const size_t kernel_count = all_kernels(kernels);
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables++) {
        prom_extension point[VARIABLES_MAX];
        const prom_planes values = some_planes(test, &random, (size_t)1 << variables);
        some_point(&random, point, variables);
        const prom_extension expected = value_at(values, point, variables);
        const prom_extension base_expected = base_value_at(values.plane[0], point, variables);
        for (size_t i = 0; i < kernel_count; i++) {
            prom_extension got;
            assert_ok(prom_multilinear_evaluate_extensions(&test->arena, kernels[i], &got, values, point, variables,
                                                           &test->error),
                      &test->error);
            assert_extension_equal(&got, &expected);
            assert_ok(prom_multilinear_evaluate(&test->arena, kernels[i], &got, values.plane[0], point, variables,
                                                &test->error),
                      &test->error);
            assert_extension_equal(&got, &base_expected);
        }
    }
}

/* To fix all variables, one after the other, is to evaluate. */
static void test_fold(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables++) {
        prom_extension point[VARIABLES_MAX];
        const size_t count = (size_t)1 << variables;
        const prom_planes values = some_planes(test, &random, count);
        some_point(&random, point, variables);
        const prom_extension expected = value_at(values, point, variables);
        for (size_t i = 0; i < variables; i++) {
            const size_t half = count >> (i + 1);
            const size_t cut = random_below(&random, half + 1);
            prom_fold_range(&prom_field_portable, values, &point[i], half, cut, half - cut);
            prom_fold_range(&prom_field_portable, values, &point[i], half, 0, cut);
        }
        const prom_extension got = prom_planes_get(values, 0);
        assert_extension_equal(&got, &expected);
    }
}

static void assert_tables(const prom_equality_tables *tables, const prom_extension *point, size_t variables)
{
    assert_int_equal(tables->outer_variables + tables->inner_variables, variables);
    assert_int_equal(tables->inner_variables, variables < PROM_LOG_BLOCK ? variables : PROM_LOG_BLOCK);
    for (size_t i = 0; i < (size_t)1 << variables; i++) {
        const prom_extension outer = prom_planes_get(tables->outer, i >> tables->inner_variables);
        const prom_extension inner = prom_planes_get(tables->inner, i & (((size_t)1 << tables->inner_variables) - 1));
        const prom_extension product = prom_extension_multiply(&outer, &inner);
        const prom_extension expected = weight_at(point, variables, i);
        assert_extension_equal(&product, &expected);
    }
}

static void test_equality_tables(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    const prom_field_kernels *kernels = prom_field_kernels_for(prom_cpu_of_machine());
    prom_equality_tables tables;
    prom_extension point[VARIABLES_MAX];
    assert_ok(prom_equality_tables_new(&test->arena, &tables, VARIABLES_MAX, &test->error), &test->error);
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables++) {
        some_point(&random, point, variables);
        prom_equality_tables_set(&tables, kernels, point, variables);
        assert_tables(&tables, point, variables);
    }
    for (size_t left = VARIABLES_MAX; left-- > 0;) {
        prom_equality_tables_drop(&tables, kernels);
        assert_tables(&tables, point + VARIABLES_MAX - left, left);
    }
}

static void test_line_and_quadratic(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (size_t i = 0; i < 1000; i++) {
        const prom_extension a = some_extension(&random);
        const prom_extension b = some_extension(&random);
        const prom_extension c = some_extension(&random);
        const prom_extension at = some_extension(&random);
        const prom_extension square = prom_extension_multiply(&at, &at);
        const prom_extension one = prom_extension_one();
        const prom_extension complement = prom_extension_subtract(&one, &at);
        const prom_extension low = prom_extension_multiply(&complement, &a);
        const prom_extension on_line = plus_product(&low, &at, &b);
        const prom_extension linear = plus_product(&a, &b, &at);
        const prom_extension quadratic = plus_product(&linear, &c, &square);
        const prom_extension got[] = {prom_line_at(&a, &b, &at), prom_quadratic_at(&a, &b, &c, &at)};
        assert_extension_equal(&got[0], &on_line);
        assert_extension_equal(&got[1], &quadratic);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_evaluate), FIXTURE_TEST(test_fold),
                                       FIXTURE_TEST(test_equality_tables), cmocka_unit_test(test_line_and_quadratic)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
