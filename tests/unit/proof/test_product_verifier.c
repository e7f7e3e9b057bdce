#include "proof/tiny.h"

#define prom_product_prove tiny_product_prove
#define prom_product_verify tiny_product_verify

#include "proof/product_prover.c"
#include "proof/product_verifier.c"

enum { MESSAGES = TINY * TINY };

struct tiny_instance {
    size_t variables;
    prom_element x[4];
    prom_element y[4];
};

static prom_extension tiny_sum(const struct tiny_instance *instance)
{
    prom_element sum = prom_element_zero();
    for (size_t i = 0; i < (size_t)1 << instance->variables; i++) {
        sum = prom_element_add(sum, prom_element_multiply(instance->x[i], instance->y[i]));
    }
    return prom_extension_of(sum);
}

/* Whether a caller accepts the messages, numbers below MESSAGES, under these challenges. */
static bool is_accepted(const struct tiny_instance *instance, const prom_extension *claim, const size_t *messages)
{
    uint8_t proof[2 * 2 * PROM_EXTENSION_BYTES] = {0};
    prom_extension point[2];
    prom_extension product;
    for (size_t i = 0; i < instance->variables; i++) {
        write_tiny_proof(proof + i * 2 * PROM_EXTENSION_BYTES, messages[i], 2);
    }
    prom_reader reader = prom_reader_of(prom_span_of(proof, instance->variables * 2 * PROM_EXTENSION_BYTES));
    challenges_drawn = 0;
    assert_true(prom_is_ok(
        prom_product_verify(&(prom_verifier){NULL, &reader}, instance->variables, claim, point, &product, NULL)));
    const prom_extension x = base_value_at(instance->x, point, instance->variables);
    const prom_extension y = base_value_at(instance->y, point, instance->variables);
    const prom_extension expected = prom_extension_multiply(&x, &y);
    return prom_extension_equal(&product, &expected);
}

/* The number of challenges, of TINY^(variables left), with which the best prover succeeds that answers them one by
 * one. */
static size_t best_prover(const struct tiny_instance *instance, const prom_extension *claim, size_t *messages,
                          size_t round)
{
    size_t best = 0;
    if (round >= instance->variables) {
        return is_accepted(instance, claim, messages) ? 1 : 0;
    }
    for (size_t message = 0; message < MESSAGES; message++) {
        size_t successes = 0;
        messages[round] = message;
        for (uint32_t challenge = 0; challenge < TINY; challenge++) {
            challenges[round] = challenge;
            successes += best_prover(instance, claim, messages, round + 1);
        }
        best = successes > best ? successes : best;
    }
    return best;
}

/* A false claim comes true with two challenges of each round at most; a true one is proven with all. */
static void test_best_prover(void **state)
{
    (void)state;
    const size_t all[] = {1, TINY, TINY * TINY};
    const size_t bounds[] = {0, 2, 2 * TINY + (TINY - 2) * 2};
    uint64_t random = 1;
    size_t highest[3] = {0};
    for (size_t i = 0; i < 60; i++) {
        struct tiny_instance instance = {.variables = i % 3};
        for (size_t j = 0; j < 4; j++) {
            instance.x[j] = prom_element_of((uint32_t)random_below(&random, TINY));
            instance.y[j] = prom_element_of((uint32_t)random_below(&random, TINY));
        }
        const prom_extension sum = tiny_sum(&instance);
        for (uint32_t number = 0; number < TINY; number++) {
            const prom_extension claim = prom_extension_of(prom_element_of(number));
            size_t messages[CHALLENGES_MAX];
            const size_t successes = best_prover(&instance, &claim, messages, 0);
            if (prom_extension_equal(&sum, &claim)) {
                assert_int_equal(successes, all[instance.variables]);
            } else {
                assert_true(successes <= bounds[instance.variables]);
                highest[instance.variables] =
                    successes > highest[instance.variables] ? successes : highest[instance.variables];
            }
        }
    }
    for (size_t variables = 0; variables < 3; variables++) { /* the bounds are not too high */
        assert_int_equal(highest[variables], bounds[variables]);
    }
}

/* The honest prover, with every challenge. */
static void test_complete(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t number = 0; number < tiny_power(2); number++) {
        struct tiny_instance instance = {.variables = 2};
        prom_planes x = some_planes(test, &random, 4);
        prom_planes y = some_planes(test, &random, 4);
        prom_extension point[2];
        prom_extension values[2];
        for (size_t i = 0; i < 4; i++) {
            instance.x[i] = x.plane[0][i];
            instance.y[i] = y.plane[0][i];
            for (size_t j = 1; j < 5; j++) {
                x.plane[j][i] = y.plane[j][i] = prom_element_zero();
            }
        }
        const prom_extension claim = tiny_sum(&instance);
        struct proving proving = {.proof = prom_writer_in(&test->arena)};
        proving.prover = (prom_prover){&prom_field_portable, NULL, &test->arena, NULL, &proving.proof};
        digits_of(challenges, number, 2);
        challenges_drawn = 0;
        const prom_product_factors factors = {x, y, 2};
        assert_ok(prom_product_prove(&proving.prover, &factors, &claim, point, &values[0], &values[1], &test->error),
                  &test->error);
        prom_extension product;
        prom_reader reader = prom_reader_of(proof_of(test, &proving));
        challenges_drawn = 0;
        assert_ok(prom_product_verify(&(prom_verifier){NULL, &reader}, 2, &claim, point, &product, &test->error),
                  &test->error);
        const prom_extension expected = prom_extension_multiply(&values[0], &values[1]);
        const prom_extension x_value = base_value_at(instance.x, point, 2);
        assert_extension_equal(&product, &expected);
        assert_extension_equal(&values[0], &x_value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_best_prover), FIXTURE_TEST(test_complete)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
