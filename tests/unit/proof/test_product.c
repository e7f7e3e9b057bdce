#include "prometheus/proof/product.h"
#include "proof/argument.h"
#include "proof/threads.h"

enum { VARIABLES_MAX = 12 };

struct instance {
    size_t variables;
    prom_planes x;
    prom_planes y;
    prom_extension claim;
};

static struct instance some_instance(fixture *test, uint64_t *random, size_t variables)
{
    const size_t count = (size_t)1 << variables;
    struct instance made = {.variables = variables, .claim = prom_extension_zero()};
    made.x = some_planes(test, random, count);
    made.y = some_planes(test, random, count);
    for (size_t i = 0; i < count; i++) {
        const prom_extension x = prom_planes_get(made.x, i);
        const prom_extension y = prom_planes_get(made.y, i);
        made.claim = plus_product(&made.claim, &x, &y);
    }
    return made;
}

/* The proof of the instance; its values are checked against the definition. */
static prom_span prove(fixture *test, const struct instance *instance, const prom_field_kernels *kernels,
                       const prom_parallel *parallel)
{
    const size_t count = (size_t)1 << instance->variables;
    struct proving proving;
    prom_extension point[VARIABLES_MAX];
    prom_extension values[2];
    begin_proving(test, &proving, kernels, parallel);
    const prom_product_factors factors = {copy_planes(test, instance->x, count), copy_planes(test, instance->y, count),
                                          instance->variables};
    assert_ok(
        prom_product_prove(&proving.prover, &factors, &instance->claim, point, &values[0], &values[1], &test->error),
        &test->error);
    const prom_extension x = value_at(instance->x, point, instance->variables);
    const prom_extension y = value_at(instance->y, point, instance->variables);
    assert_extension_equal(&values[0], &x);
    assert_extension_equal(&values[1], &y);
    return proof_of(test, &proving);
}

/* What a caller does: reads all of the proof, and compares with the true values. */
static bool is_accepted(fixture *test, const struct instance *instance, prom_span proof)
{
    prom_transcript transcript;
    prom_reader reader = prom_reader_of(proof);
    prom_extension point[VARIABLES_MAX];
    prom_extension product;
    prom_transcript_init(&transcript, "test", 1);
    const prom_result result = prom_product_verify(&(prom_verifier){&transcript, &reader}, instance->variables,
                                                   &instance->claim, point, &product, &test->error);
    if (!prom_is_ok(result)) {
        assert_int_equal(result.category, PROM_CATEGORY_BAD_INPUT);
        return false;
    }
    const prom_extension x = value_at(instance->x, point, instance->variables);
    const prom_extension y = value_at(instance->y, point, instance->variables);
    const prom_extension expected = prom_extension_multiply(&x, &y);
    return prom_reader_done(&reader) && prom_extension_equal(&product, &expected);
}

static void test_complete(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_field_kernels *kernels[3];
    const size_t kernel_count = all_kernels(kernels);
    for (size_t variables = 0; variables <= VARIABLES_MAX; variables++) {
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span proof = prove(test, &instance, kernels[0], NULL);
        assert_int_equal(proof.length, variables * 2 * PROM_EXTENSION_BYTES);
        assert_true(is_accepted(test, &instance, proof));
        for (size_t i = 1; i < kernel_count; i++) {
            assert_true(prom_span_equal(proof, prove(test, &instance, kernels[i], NULL)));
        }
    }
}

/* A false claim, with messages as the true one has them and as the false one would have them. */
static void test_false_claim(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t variables = 0; variables <= 5; variables++) {
        struct instance instance = some_instance(test, &random, variables);
        const prom_extension one = prom_extension_one();
        const prom_span honest = prove(test, &instance, &prom_field_portable, NULL);
        instance.claim = prom_extension_add(&instance.claim, &one);
        assert_false(is_accepted(test, &instance, honest));
        assert_false(is_accepted(test, &instance, prove(test, &instance, &prom_field_portable, NULL)));
    }
}

static void test_every_byte(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    for (size_t variables = 0; variables <= 4; variables++) {
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
        for (size_t i = 0; i < proof.length; i++) {
            for (unsigned bit = 1; bit < 256; bit *= 2) {
                uint8_t *changed = exact_copy(proof.data, proof.length);
                changed[i] ^= (uint8_t)bit;
                assert_false(is_accepted(test, &instance, prom_span_of(changed, proof.length)));
                free(changed);
            }
        }
    }
}

static void test_lengths(void **state)
{
    fixture *test = *state;
    uint64_t random = 4;
    const struct instance instance = some_instance(test, &random, 3);
    const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
    for (size_t length = 0; length < proof.length; length++) {
        uint8_t *cut = exact_copy(proof.data, length);
        assert_false(is_accepted(test, &instance, prom_span_of(cut, length)));
        assert_non_null(strstr(test->error.sentence, "product round"));
        free(cut);
    }
    uint8_t longer[3 * 2 * PROM_EXTENSION_BYTES + 1] = {0};
    memcpy(longer, proof.data, proof.length);
    assert_true(is_accepted(test, &instance, prom_span_of(longer, proof.length)));
    assert_false(is_accepted(test, &instance, prom_span_of(longer, sizeof longer)));
}

/* A number with p added to it stands for the same element, and is refused. */
static void test_not_canonical(void **state)
{
    fixture *test = *state;
    uint64_t random = 5;
    const struct instance instance = some_instance(test, &random, 2);
    const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
    for (size_t i = 0; i < proof.length; i += 4) {
        uint8_t *changed = exact_copy(proof.data, proof.length);
        add_prime(changed + i);
        assert_false(is_accepted(test, &instance, prom_span_of(changed, proof.length)));
        assert_non_null(strstr(test->error.sentence, "prime"));
        free(changed);
    }
}

static void get_point(fixture *test, prom_extension *point, size_t variables, const prom_extension *claim,
                      prom_span proof)
{
    prom_transcript transcript;
    prom_reader reader = prom_reader_of(proof);
    prom_extension product;
    prom_transcript_init(&transcript, "test", 1);
    assert_ok(
        prom_product_verify(&(prom_verifier){&transcript, &reader}, variables, claim, point, &product, &test->error),
        &test->error);
}

/* Every coordinate of the point depends on the number of variables, on the claim, and on what was sent before it. */
static void test_point(void **state)
{
    fixture *test = *state;
    const prom_extension zero = prom_extension_zero();
    const prom_extension one = prom_extension_one();
    uint8_t proof[3 * 2 * PROM_EXTENSION_BYTES] = {0};
    const prom_span all = prom_span_of(proof, sizeof proof);
    prom_extension before[3];
    prom_extension after[3];
    get_point(test, before, 3, &zero, all);
    get_point(test, after, 3, &one, all);
    assert_memory_not_equal(&before[0], &after[0], sizeof before[0]);
    get_point(test, after, 2, &zero, all);
    assert_memory_not_equal(&before[0], &after[0], sizeof before[0]);
    for (size_t i = 0; i < 3 * 2; i++) {
        proof[i * PROM_EXTENSION_BYTES + i] = 1;
        get_point(test, after, 3, &zero, all);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(prom_extension_equal(&before[j], &after[j]), j < i / 2);
        }
        proof[i * PROM_EXTENSION_BYTES + i] = 0;
    }
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
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_complete),      FIXTURE_TEST(test_false_claim),
                                       FIXTURE_TEST(test_every_byte),    FIXTURE_TEST(test_lengths),
                                       FIXTURE_TEST(test_not_canonical), FIXTURE_TEST(test_point),
                                       FIXTURE_TEST(test_parallel)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
