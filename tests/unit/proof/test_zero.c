#include "prometheus/proof/zero.h"
#include "proof/argument.h"

enum { VARIABLES_MAX = 11, VARIABLES_OF_MANY_BLOCKS = 14 };

/* Factors whose product is zero at every place, unless it is spoilt. */
struct instance {
    size_t count;
    size_t variables;
    prom_element *factors[PROM_ZERO_FACTORS_MAX];
};

static struct instance some_instance(fixture *test, uint64_t *random, size_t count, size_t variables)
{
    struct instance made = {.count = count, .variables = variables};
    const size_t size = (size_t)1 << variables;
    for (size_t i = 0; i < count; i++) {
        void *memory = NULL;
        assert_ok(prom_arena_alloc(&test->arena, &memory, size, sizeof **made.factors, &test->error), &test->error);
        made.factors[i] = memory;
        for (size_t at = 0; at < size; at++) {
            made.factors[i][at] = some_element(random);
        }
    }
    for (size_t at = 0; at < size; at++) {
        made.factors[random_below(random, count)][at] = prom_element_zero();
    }
    return made;
}

static prom_planes planes_of(fixture *test, const prom_element *factor, size_t count)
{
    prom_planes planes = {{NULL}};
    assert_ok(prom_planes_new(&test->arena, &planes, count, &test->error), &test->error);
    memcpy(planes.plane[0], factor, count * sizeof *factor);
    return planes;
}

/* The proof; the values at its point are checked against the definition. */
static prom_span prove(fixture *test, const struct instance *instance, const prom_field_kernels *kernels,
                       const prom_parallel *parallel)
{
    struct proving proving;
    prom_extension point[VARIABLES_OF_MANY_BLOCKS];
    prom_extension values[PROM_ZERO_FACTORS_MAX];
    begin_proving(test, &proving, kernels, parallel);
    assert_ok(prom_zero_prove(&proving.prover, (const prom_element *const *)instance->factors, instance->count,
                              instance->variables, point, values, &test->error),
              &test->error);
    for (size_t i = 0; i < instance->count; i++) {
        const prom_planes factor = planes_of(test, instance->factors[i], (size_t)1 << instance->variables);
        const prom_extension wanted = value_at(factor, point, instance->variables);
        assert_extension_equal(&values[i], &wanted);
    }
    return proof_of(test, &proving);
}

/* What a caller does: reads all of the proof, and compares with the true values. */
static bool is_accepted(fixture *test, const struct instance *instance, prom_span proof)
{
    prom_transcript transcript;
    prom_reader reader = prom_reader_of(proof);
    prom_extension point[VARIABLES_OF_MANY_BLOCKS];
    prom_extension product;
    prom_extension wanted = prom_extension_one();
    prom_transcript_init(&transcript, "test", 1);
    const prom_result result = prom_zero_verify(&(prom_verifier){&transcript, &reader}, instance->count,
                                                instance->variables, point, &product, &test->error);
    if (!prom_is_ok(result)) {
        assert_int_equal(result.category, PROM_CATEGORY_BAD_INPUT);
        return false;
    }
    for (size_t i = 0; i < instance->count; i++) {
        const prom_planes factor = planes_of(test, instance->factors[i], (size_t)1 << instance->variables);
        const prom_extension value = value_at(factor, point, instance->variables);
        wanted = prom_extension_multiply(&wanted, &value);
    }
    return prom_reader_done(&reader) && prom_extension_equal(&product, &wanted);
}

static void test_products_that_are_zero(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_field_kernels *kernels[3];
    const size_t sets = all_kernels(kernels);
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables++) {
        const size_t count = 1 + (variables * 5 + 3) % PROM_ZERO_FACTORS_MAX;
        const struct instance instance = some_instance(test, &random, count, variables);
        const prom_span proof = prove(test, &instance, kernels[0], NULL);
        assert_true(is_accepted(test, &instance, proof));
        assert_int_equal(proof.length, variables * count * PROM_EXTENSION_BYTES);
        for (size_t i = 1; i < sets; i++) {
            assert_true(prom_span_equal(prove(test, &instance, kernels[i], NULL), proof));
        }
    }
}

/* More blocks than the parts that they are shared out among, in any order. */
static void test_many_blocks(void **state)
{
    fixture *test = *state;
    uint64_t random = 5;
    size_t calls = 0;
    const prom_parallel backwards = {&calls, run_backwards};
    const prom_field_kernels *kernels = prom_field_kernels_for(prom_cpu_of_machine());
    const struct instance instance = some_instance(test, &random, 3, VARIABLES_OF_MANY_BLOCKS);
    const prom_span proof = prove(test, &instance, kernels, NULL);
    assert_true(is_accepted(test, &instance, proof));
    assert_true(prom_span_equal(prove(test, &instance, kernels, &backwards), proof));
    assert_true(calls > 0);
}

/* One place where no factor is zero: the honest prover's rounds then lead to another product. */
static void test_a_product_that_is_not_zero(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t variables = 0; variables < 7; variables++) {
        const struct instance instance = some_instance(test, &random, 3, variables);
        const size_t at = random_below(&random, (size_t)1 << variables);
        for (size_t i = 0; i < instance.count; i++) {
            instance.factors[i][at] = prom_element_of(1 + (uint32_t)i);
        }
        assert_false(is_accepted(test, &instance, prove(test, &instance, &prom_field_portable, NULL)));
    }
}

static void test_every_byte_counts(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    const struct instance instance = some_instance(test, &random, 4, 3);
    const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
    uint8_t changed[3 * 4 * PROM_EXTENSION_BYTES + 1];
    assert_int_equal(proof.length, sizeof changed - 1);
    for (size_t at = 0; at < proof.length; at++) {
        memcpy(changed, proof.data, proof.length);
        changed[at] ^= 1;
        assert_false(is_accepted(test, &instance, prom_span_of(changed, proof.length)));
        assert_false(is_accepted(test, &instance, prom_span_of(proof.data, at)));
    }
    changed[proof.length] = 0;
    assert_false(is_accepted(test, &instance, prom_span_of(changed, sizeof changed)));
}

static void test_misuse(void **state)
{
    fixture *test = *state;
    struct proving proving;
    prom_extension point[1];
    prom_extension value[1];
    begin_proving(test, &proving, &prom_field_portable, NULL);
    assert_fails(prom_zero_prove(&proving.prover, NULL, 0, 0, point, value, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "0 factors");
    prom_reader reader = prom_reader_of(prom_span_of(NULL, 0));
    assert_fails(prom_zero_verify(&(prom_verifier){&proving.transcript, &reader}, PROM_ZERO_FACTORS_MAX + 1, 0, point,
                                  value, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "17 factors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_products_that_are_zero), FIXTURE_TEST(test_many_blocks),
                                       FIXTURE_TEST(test_a_product_that_is_not_zero),
                                       FIXTURE_TEST(test_every_byte_counts), FIXTURE_TEST(test_misuse)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
