#include "field/kernels_operands.h"

static void run_add(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->add(operands->a.memory[0], operands->b.memory[0], count);
}

static void run_multiply(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->multiply(operands->a.memory[0], operands->b.memory[0], count);
}

static void run_values(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->values(operands->values, operands->b.memory[0], count);
}

static void run_multiply_extensions(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->multiply_extensions(planes_of(&operands->a), planes_of(&operands->b), count);
}

static void run_add_scaled(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->add_scaled(planes_of(&operands->a), &operands->scalar, operands->b.memory[0], count);
}

static void run_add_scaled_extensions(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->add_scaled_extensions(planes_of(&operands->a), &operands->scalar, planes_of(&operands->b), count);
}

static void run_subtract_pairs(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    const prom_extension constant = prom_planes_get(planes_of(&operands->c), LONGEST);
    kernels->subtract_pairs(planes_of(&operands->a), &constant, &operands->scalar, operands->b.memory[0],
                            operands->b.memory[1], count);
    kernels->subtract_pairs(planes_of(&operands->d), &constant, &operands->scalar, operands->b.memory[0], NULL, count);
}

static void run_fold(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->fold(planes_of(&operands->a), &operands->scalar, operands->b.memory[0], operands->b.memory[1], count);
}

static void run_fold_extensions(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->fold_extensions(planes_of(&operands->a), &operands->scalar, planes_of(&operands->b),
                             planes_of(&operands->c), count);
    kernels->fold_extensions(planes_of(&operands->b), &operands->scalar, planes_of(&operands->b),
                             planes_of(&operands->c), count);
}

static void run_expand_equality(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->expand_equality(planes_of(&operands->a), &operands->scalar, count);
}

static void run_dot(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->dot(&operands->sums[0], operands->a.memory[0], planes_of(&operands->b), count);
}

static void run_dot_extensions(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->dot_extensions(&operands->sums[0], planes_of(&operands->a), planes_of(&operands->b), count);
}

static void run_round_of_products(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    kernels->round_of_products(&operands->sums[0], &operands->sums[1], planes_of(&operands->a), planes_of(&operands->b),
                               count, count);
}

/* These want multiples of the register: all counts are such for the narrowest, and what the widest gets the others
 * get. */
static void run_butterflies(const prom_field_kernels *kernels, struct operands *operands, size_t count)
{
    const size_t h = count / WIDEST_REGISTER * WIDEST_REGISTER;
    if (h > 0) {
        kernels->butterfly(operands->a.memory[0], operands->b.memory[0], h);
        kernels->inverse_butterfly(operands->a.memory[1], operands->b.memory[0], h);
        kernels->double_butterfly(operands->a.memory[2], operands->b.memory[0], operands->b.memory[1], h);
    }
}

static run_kernel *const runs[] = {run_add,
                                   run_multiply,
                                   run_values,
                                   run_multiply_extensions,
                                   run_add_scaled,
                                   run_add_scaled_extensions,
                                   run_subtract_pairs,
                                   run_fold,
                                   run_fold_extensions,
                                   run_expand_equality,
                                   run_dot,
                                   run_dot_extensions,
                                   run_round_of_products,
                                   run_add_fractions,
                                   run_add_base_fractions,
                                   run_round_of_fractions,
                                   run_round_of_base_fractions,
                                   run_butterflies};

/* With NULL, for kernels that this machine has not, the test is skipped. */
static void assert_like_portable(const prom_field_kernels *kernels)
{
    uint64_t random = 9;
    if (kernels == NULL) {
        skip();
    }
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        for (size_t count = 0; count <= LONGEST; count++) {
            for (size_t round = 0; round < 4; round++) {
                static struct operands expected;
                static struct operands got;
                expected = some_work(&random, round == 0);
                got = expected;
                runs[i](&prom_field_portable, &expected, count);
                runs[i](kernels, &got, count);
                if (memcmp(&expected, &got, sizeof got) != 0) {
                    fail_msg("%s: kernel %zu of %zu elements is not as the portable one", kernels->name, i, count);
                }
            }
        }
    }
}

static void test_avx2(void **state)
{
    const prom_field_kernels *kernels = NULL;
    (void)state;
#ifdef __x86_64__
    kernels = prom_cpu_of_machine().avx2 ? &prom_field_avx2 : NULL;
#endif
    assert_like_portable(kernels);
}

static void test_avx512(void **state)
{
    const prom_field_kernels *kernels = NULL;
    (void)state;
#ifdef __x86_64__
    kernels = prom_cpu_of_machine().avx512 ? &prom_field_avx512 : NULL;
#endif
    assert_like_portable(kernels);
}

static prom_extension interpolated(const prom_extension *r, const prom_extension *low, const prom_extension *high)
{
    const prom_extension slope = prom_extension_subtract(high, low);
    const prom_extension rise = prom_extension_multiply(r, &slope);
    return prom_extension_add(low, &rise);
}

static void assert_sums(const struct operands *before, size_t count, const struct operands *dots,
                        const struct operands *mixed, const struct operands *round)
{
    prom_extension sum = prom_extension_zero();
    prom_extension mixed_sum = sum;
    prom_extension constant = sum;
    prom_extension leading = sum;
    for (size_t i = 0; i < count; i++) {
        const prom_extension a = at(&before->a, i);
        const prom_extension b = at(&before->b, i);
        const prom_extension a_high = at(&before->a, count + i);
        const prom_extension b_high = at(&before->b, count + i);
        const prom_extension base = prom_extension_of(before->a.memory[0][i]);
        const prom_extension a_slope = prom_extension_subtract(&a_high, &a);
        const prom_extension b_slope = prom_extension_subtract(&b_high, &b);
        sum = plus_product(&sum, &a, &b);
        mixed_sum = plus_product(&mixed_sum, &base, &b);
        constant = plus_product(&constant, &a, &b);
        leading = plus_product(&leading, &a_slope, &b_slope);
    }
    assert_extension_equal(&dots->sums[0], &sum);
    assert_extension_equal(&mixed->sums[0], &mixed_sum);
    assert_extension_equal(&round->sums[0], &constant);
    assert_extension_equal(&round->sums[1], &leading);
}

/* The portable kernels against their definitions, over arithmetic that has its own tests. */
static void test_portable_sums(void **state)
{
    (void)state;
    uint64_t random = 10;
    for (size_t count = 0; count <= LONGEST; count++) {
        const struct operands before = some_work(&random, count % 5 == 4);
        const struct operands dots = after(run_dot_extensions, &before, count);
        const struct operands mixed = after(run_dot, &before, count);
        const struct operands round = after(run_round_of_products, &before, count);
        assert_sums(&before, count, &dots, &mixed, &round);
    }
}

static void test_portable_elementwise(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (size_t count = 0; count <= LONGEST; count++) {
        const struct operands before = some_work(&random, count % 5 == 4);
        const struct operands added = after(run_add, &before, count);
        const struct operands multiplied = after(run_multiply, &before, count);
        const struct operands valued = after(run_values, &before, count);
        const struct operands products = after(run_multiply_extensions, &before, count);
        const struct operands scaled = after(run_add_scaled, &before, count);
        const struct operands scaled_extensions = after(run_add_scaled_extensions, &before, count);
        const struct operands subtracted = after(run_subtract_pairs, &before, count);
        const prom_extension constant = at(&before.c, LONGEST);
        const struct operands folded = after(run_fold, &before, count);
        const struct operands folded_extensions = after(run_fold_extensions, &before, count);
        for (size_t i = 0; i < count; i++) {
            const prom_extension a = at(&before.a, i);
            const prom_extension b = at(&before.b, i);
            const prom_extension c = at(&before.c, i);
            const prom_extension base = prom_extension_of(before.b.memory[0][i]);
            const prom_extension other = prom_extension_of(before.b.memory[1][i]);
            const prom_element x = before.a.memory[0][i];
            const prom_element y = before.b.memory[0][i];
            const prom_extension scaled_other = prom_extension_multiply(&before.scalar, &other);
            const prom_extension without_base = prom_extension_subtract(&constant, &base);
            const prom_extension expected[] = {prom_extension_multiply(&a, &b),
                                               plus_product(&a, &before.scalar, &base),
                                               prom_extension_subtract(&without_base, &scaled_other),
                                               without_base,
                                               plus_product(&a, &before.scalar, &b),
                                               interpolated(&before.scalar, &base, &other),
                                               interpolated(&before.scalar, &b, &c)};
            const prom_extension got[] = {
                at(&products.a, i),          at(&scaled.a, i), at(&subtracted.a, i),       at(&subtracted.d, i),
                at(&scaled_extensions.a, i), at(&folded.a, i), at(&folded_extensions.b, i)};
            assert_memory_equal(expected, got, sizeof got);
            assert_int_equal(added.a.memory[0][i].residue, prom_element_add(x, y).residue);
            assert_int_equal(multiplied.a.memory[0][i].residue, prom_element_multiply(x, y).residue);
            assert_int_equal(valued.values[i], prom_element_value(y));
        }
        assert_memory_equal(added.a.memory[0] + count, before.a.memory[0] + count, (ROOM - count) * 4);
        assert_memory_equal(folded.a.memory[4] + count, before.a.memory[4] + count, (ROOM - count) * 4);
    }
}

/* The table holds the equality polynomial at every corner; the first variable is the highest bit. */
static void test_equality(void **state)
{
    (void)state;
    uint64_t random = 12;
    const prom_field_kernels *kernels = prom_field_kernels_for(prom_cpu_of_machine());
    for (size_t count = 0; count <= 6; count++) {
        prom_extension point[6];
        prom_extension corner[6];
        static struct vector table;
        const prom_extension scale = some_extension(&random);
        for (size_t i = 0; i < count; i++) {
            point[i] = some_extension(&random);
        }
        prom_equality_table(kernels, planes_of(&table), point, count, &scale);
        for (size_t index = 0; index < (size_t)1 << count; index++) {
            prom_extension product = scale;
            for (size_t i = 0; i < count; i++) {
                const bool bit = (index >> (count - 1 - i) & 1) == 1;
                const prom_extension one = prom_extension_one();
                const prom_extension complement = prom_extension_subtract(&one, &point[i]);
                corner[i] = bit ? one : prom_extension_zero();
                product = prom_extension_multiply(&product, bit ? &point[i] : &complement);
            }
            const prom_extension got = at(&table, index);
            const prom_extension direct = prom_equality(point, corner, count);
            const prom_extension scaled = prom_extension_multiply(&direct, &scale);
            assert_extension_equal(&got, &product);
            assert_extension_equal(&scaled, &product);
        }
    }
}

static void test_choice(void **state)
{
    (void)state;
    assert_string_equal(prom_field_kernels_for((prom_cpu){.avx2 = false})->name, "portable");
#ifdef __x86_64__
    assert_string_equal(prom_field_kernels_for((prom_cpu){.avx2 = true})->name, "avx2");
    assert_string_equal(prom_field_kernels_for((prom_cpu){.avx2 = true, .avx512 = true, .avx512_vnni = true})->name,
                        "avx512");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portable_elementwise),
        cmocka_unit_test(test_portable_sums),
        cmocka_unit_test(test_avx2),
        cmocka_unit_test(test_avx512),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
