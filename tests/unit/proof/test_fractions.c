#include "proof/fractions_instance.h"

/* The prover of large sums, for small ones too. */
#define FRACTIONS_LARGE 1
#define prom_fractions_prove large_fractions_prove
#include "proof/fractions_prover.c"
#undef prom_fractions_prove

static void test_complete(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_field_kernels *kernels[3];
    const size_t kernel_count = all_kernels(kernels);
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables++) {
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span proof = prove(test, &instance, kernels[0], NULL);
        assert_int_equal(proof.length, length_of(variables));
        assert_true(is_accepted(test, &instance, proof));
        for (size_t i = 1; i < kernel_count; i++) {
            assert_true(prom_span_equal(proof, prove(test, &instance, kernels[i], NULL)));
        }
    }
}

static void assert_large(fixture *test, const struct instance *instance, const prom_field_kernels *kernels,
                         const prom_parallel *parallel, prom_span expected)
{
    const prom_base_fractions fractions = {instance->numerators, instance->denominators};
    const prom_leaves leaves = leaves_of(&fractions);
    struct proving proving;
    prom_extension point[VARIABLES_MAX];
    prom_fraction values;
    begin_proving(test, &proving, kernels, parallel);
    assert_ok(large_fractions_prove(&proving.prover, &leaves, instance->variables, point, &values, &test->error),
              &test->error);
    assert_true(prom_span_equal(proof_of(test, &proving), expected));
    assert_true(are_true(instance, point, &values));
}

/* How much of a tree is kept makes no difference to the proof. */
static void test_large(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    size_t calls = 0;
    const prom_parallel backwards = {&calls, run_backwards};
    const prom_field_kernels *kernels[3];
    const size_t kernel_count = all_kernels(kernels);
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables++) {
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span expected = prove(test, &instance, kernels[kernel_count - 1], NULL);
        assert_large(test, &instance, kernels[kernel_count - 1], NULL, expected);
        assert_large(test, &instance, kernels[variables % kernel_count], &backwards, expected);
    }
    assert_true(calls > 0);
}

static void test_like_plain_prover(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t variables = 0; variables <= SMALL; variables++) {
        struct plain_prover prover = {.lie_at = SIZE_MAX};
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span proof = prove_plainly(test, &instance, &prover);
        assert_true(prom_span_equal(proof, prove(test, &instance, &prom_field_portable, NULL)));
    }
}

/* With a denominator of zero every sum would be proven: the root is 0 / 0, or something / 0, and all sums of it. */
static void test_zero_denominator(void **state)
{
    fixture *test = *state;
    uint64_t random = 6;
    const prom_extension zero = prom_extension_zero();
    for (size_t variables = 0; variables <= SMALL; variables++) {
        for (size_t zeros = 1; zeros <= 2; zeros++) {
            struct instance instance = some_instance(test, &random, variables);
            struct plain_prover prover = {.lie_at = SIZE_MAX};
            for (size_t i = 0; i < zeros; i++) {
                const size_t at = random_below(&random, (size_t)1 << variables);
                prom_planes_set(instance.denominators, at, &zero);
            }
            assert_false(is_accepted(test, &instance, prove_plainly(test, &instance, &prover)));
            assert_non_null(strstr(test->error.sentence, "denominator of zero"));

            struct proving proving;
            prom_extension point[SMALL];
            prom_fraction values;
            assert_fails(try_to_prove(test, &instance, &prom_field_portable, NULL, &proving, point, &values),
                         PROM_CATEGORY_MISUSE, &test->error, "denominator of zero");
        }
    }
}

static void test_too_large(void **state)
{
    fixture *test = *state;
    struct proving proving;
    prom_extension point[1];
    prom_fraction values;
    begin_proving(test, &proving, &prom_field_portable, NULL);
    const prom_leaves none = {NULL, NULL};
    assert_fails(prom_fractions_prove(&proving.prover, &none, 41, point, &values, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "too many");
    assert_fails(prom_fractions_prove(&proving.prover, &none, 40, point, &values, &test->error), PROM_CATEGORY_MEMORY,
                 &test->error, "memory");
}

/* The proof does not depend on who does which part, nor when. */
static void test_parallel(void **state)
{
    fixture *test = *state;
    uint64_t random = 11;
    struct threads threads;
    size_t calls = 0;
    const prom_parallel backwards = {&calls, run_backwards};
    const prom_field_kernels *kernels = prom_field_kernels_for(prom_cpu_of_machine());
    start_threads(&threads, 3);
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables += 3) {
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span proof = prove(test, &instance, kernels, NULL);
        assert_true(prom_span_equal(proof, prove(test, &instance, kernels, &backwards)));
        assert_true(prom_span_equal(proof, prove(test, &instance, kernels, &threads.parallel)));
    }
    assert_true(calls > 0);
    stop_threads(&threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_complete),         FIXTURE_TEST(test_large),     FIXTURE_TEST(test_like_plain_prover),
        FIXTURE_TEST(test_zero_denominator), FIXTURE_TEST(test_too_large), FIXTURE_TEST(test_parallel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
