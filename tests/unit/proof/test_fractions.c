#include "prometheus/proof/fractions.h"
#include "proof/argument.h"

enum { VARIABLES_MOST = 12, SMALL = 5, MESSAGES_MOST = 1 + SMALL * (SMALL - 1) + 4 * SMALL };

struct instance {
    size_t variables;
    prom_element *numerators;
    prom_planes denominators;
};

static struct instance new_instance(fixture *test, uint64_t *random, size_t variables)
{
    const size_t count = (size_t)1 << variables;
    struct instance made = {.variables = variables};
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, count, sizeof *made.numerators, &test->error), &test->error);
    made.numerators = memory;
    made.denominators = some_planes(test, random, count);
    return made;
}

/* Sums that are zero as those of lookups are: each value's denominator stands once with the number of times, negated,
 * and so many times with 1; in random order. */
static struct instance some_instance(fixture *test, uint64_t *random, size_t variables)
{
    const size_t count = (size_t)1 << variables;
    const struct instance made = new_instance(test, random, variables);
    const size_t values = count / 4 + 1;
    for (size_t i = values; i < count; i++) {
        const size_t looked_up = random_below(random, values);
        const prom_extension value = prom_planes_get(made.denominators, looked_up);
        made.numerators[i] = prom_element_one();
        made.numerators[looked_up] = prom_element_subtract(made.numerators[looked_up], prom_element_one());
        prom_planes_set(made.denominators, i, &value);
    }
    for (size_t i = 0; i < count; i++) {
        const size_t other = i + random_below(random, count - i);
        const prom_element numerator = made.numerators[i];
        const prom_extension a = prom_planes_get(made.denominators, i);
        const prom_extension b = prom_planes_get(made.denominators, other);
        made.numerators[i] = made.numerators[other];
        made.numerators[other] = numerator;
        prom_planes_set(made.denominators, i, &b);
        prom_planes_set(made.denominators, other, &a);
    }
    return made;
}

static bool are_true(const struct instance *instance, const prom_extension *point, const prom_fraction *values)
{
    const prom_extension numerator = base_value_at(instance->numerators, point, instance->variables);
    const prom_extension denominator = value_at(instance->denominators, point, instance->variables);
    return prom_extension_equal(&values->numerator, &numerator) &&
           prom_extension_equal(&values->denominator, &denominator);
}

static prom_result try_to_prove(fixture *test, const struct instance *instance, const prom_field_kernels *kernels,
                                struct proving *proving, prom_extension *point, prom_fraction *values)
{
    begin_proving(test, proving, kernels);
    return prom_fractions_prove(&proving->prover, instance->numerators,
                                copy_planes(test, instance->denominators, (size_t)1 << instance->variables),
                                instance->variables, point, values, &test->error);
}

static prom_span prove(fixture *test, const struct instance *instance, const prom_field_kernels *kernels)
{
    struct proving proving;
    prom_extension point[VARIABLES_MOST];
    prom_fraction values;
    assert_ok(try_to_prove(test, instance, kernels, &proving, point, &values), &test->error);
    assert_true(are_true(instance, point, &values));
    return proof_of(test, &proving);
}

static prom_result verify(fixture *test, size_t variables, prom_span proof, prom_extension *point,
                          prom_fraction *values, bool *is_all_read)
{
    prom_transcript transcript;
    prom_reader reader = prom_reader_of(proof);
    prom_transcript_init(&transcript, "test", 1);
    const prom_result result =
        prom_fractions_verify(&(prom_verifier){&transcript, &reader}, variables, point, values, &test->error);
    *is_all_read = prom_reader_done(&reader);
    return result;
}

/* What a caller does: reads all of the proof, and compares with the true values. */
static bool is_accepted(fixture *test, const struct instance *instance, prom_span proof)
{
    prom_extension point[VARIABLES_MOST];
    prom_fraction values;
    bool is_all_read = false;
    const prom_result result = verify(test, instance->variables, proof, point, &values, &is_all_read);
    assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_BAD_INPUT);
    return prom_is_ok(result) && is_all_read && are_true(instance, point, &values);
}

static size_t length_of(size_t variables)
{
    return (1 + variables * (variables - 1) + 4 * variables) * PROM_EXTENSION_BYTES;
}

static void test_complete(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_field_kernels *kernels[3];
    const size_t kernel_count = all_kernels(kernels);
    for (size_t variables = 0; variables <= VARIABLES_MOST; variables++) {
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span proof = prove(test, &instance, kernels[0]);
        assert_int_equal(proof.length, length_of(variables));
        assert_true(is_accepted(test, &instance, proof));
        for (size_t i = 1; i < kernel_count; i++) {
            assert_true(prom_span_equal(proof, prove(test, &instance, kernels[i])));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_complete)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
