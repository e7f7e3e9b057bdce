#include "field/kernels_operands.h"

struct fraction {
    prom_extension p;
    prom_extension q;
};

static struct fraction fraction_at(const struct vector *numerators, const struct vector *denominators, size_t index)
{
    return (struct fraction){at(numerators, index), at(denominators, index)};
}

static struct fraction slope_of(const struct fraction *low, const struct fraction *high)
{
    return (struct fraction){prom_extension_subtract(&high->p, &low->p), prom_extension_subtract(&high->q, &low->q)};
}

static struct fraction sum_of(const struct fraction *a, const struct fraction *b)
{
    const prom_extension left = prom_extension_multiply(&a->p, &b->q);
    return (struct fraction){plus_product(&left, &b->p, &a->q), prom_extension_multiply(&a->q, &b->q)};
}

static void test_portable_fractions(void **state)
{
    (void)state;
    uint64_t random = 13;
    for (size_t count = 0; count <= LONGEST; count++) {
        const struct operands before = some_work(&random, count % 5 == 4);
        const struct operands added = after(run_add_fractions, &before, count);
        const struct operands round = after(run_round_of_fractions, &before, count);
        prom_extension constant = prom_extension_zero();
        prom_extension leading = constant;
        for (size_t i = 0; i < count; i++) {
            const struct fraction low[] = {fraction_at(&before.a, &before.b, i), fraction_at(&before.c, &before.d, i)};
            const struct fraction high[] = {fraction_at(&before.a, &before.b, count + i),
                                            fraction_at(&before.c, &before.d, count + i)};
            const struct fraction slopes[] = {slope_of(&low[0], &high[0]), slope_of(&low[1], &high[1])};
            const prom_extension weight = at(&before.a, 2 * count + i);
            const struct fraction sum = sum_of(&low[0], &low[1]);
            const struct fraction slope_sum = sum_of(&slopes[0], &slopes[1]);
            const struct fraction got[] = {fraction_at(&added.a, &added.b, i),
                                           fraction_at(&added.a, &added.b, count + i)};
            const struct fraction expected[] = {sum, sum};
            assert_memory_equal(got, expected, sizeof got);
            constant = plus_product(&constant, &weight, &sum.p);
            leading = plus_product(&leading, &weight, &slope_sum.p);
        }
        assert_extension_equal(&round.sums[0], &constant);
        assert_extension_equal(&round.sums[1], &leading);
    }
}

/* Numerator of plane `plane` of c over d. */
static struct fraction base_fraction_at(const struct operands *operands, size_t plane, size_t index)
{
    return (struct fraction){prom_extension_of(operands->c.memory[plane][index]), at(&operands->d, index)};
}

static void test_portable_base_fractions(void **state)
{
    (void)state;
    uint64_t random = 14;
    for (size_t count = 0; count <= LONGEST; count++) {
        const struct operands before = some_work(&random, count % 5 == 4);
        const struct operands added = after(run_add_base_fractions, &before, count);
        const struct operands round = after(run_round_of_base_fractions, &before, count);
        prom_extension constant = prom_extension_zero();
        prom_extension leading = constant;
        for (size_t i = 0; i < count; i++) {
            const struct fraction low[] = {base_fraction_at(&before, 0, i),
                                           base_fraction_at(&before, 1, 2 * count + i)};
            const struct fraction high[] = {base_fraction_at(&before, 0, count + i),
                                            base_fraction_at(&before, 1, 3 * count + i)};
            const struct fraction slopes[] = {slope_of(&low[0], &high[0]), slope_of(&low[1], &high[1])};
            const prom_extension weight = at(&before.a, i);
            const struct fraction sum = sum_of(&low[0], &low[1]);
            const struct fraction slope_sum = sum_of(&slopes[0], &slopes[1]);
            const struct fraction got = fraction_at(&added.a, &added.b, i);
            const prom_extension combined = plus_product(&sum.p, &before.scalar, &sum.q);
            const prom_extension slope_combined = plus_product(&slope_sum.p, &before.scalar, &slope_sum.q);
            assert_memory_equal(&got, &sum, sizeof got);
            constant = plus_product(&constant, &weight, &combined);
            leading = plus_product(&leading, &weight, &slope_combined);
        }
        assert_extension_equal(&round.sums[0], &constant);
        assert_extension_equal(&round.sums[1], &leading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portable_fractions),
        cmocka_unit_test(test_portable_base_fractions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
