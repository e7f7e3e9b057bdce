#include "proof/tiny.h"

#define FRACTIONS_LARGE 2 /* so that the trees of two and three variables keep as little as those of large ones */
#define prom_fractions_prove tiny_fractions_prove
#define prom_fractions_verify tiny_fractions_verify

#include "proof/fractions_prover.c"
#include "proof/fractions_verifier.c"
#include "proof/leaves.h"

enum { VARIABLES_MAX = 3, CHILDREN = TINY * TINY * TINY * TINY, ROUNDS = TINY * TINY };

/* Numbers below TINY; denominators that are not zero unless it is said. */
struct tiny_instance {
    size_t variables;
    prom_element numerators[1 << VARIABLES_MAX];
    prom_element denominators[1 << VARIABLES_MAX];
};

/* Every sum of zero that has such denominators, and others: the last numerator is chosen. */
static struct tiny_instance some_instance(uint64_t *random, size_t variables)
{
    struct tiny_instance made = {.variables = variables};
    const size_t last = ((size_t)1 << variables) - 1;
    prom_element sum = prom_element_zero();
    for (size_t i = 0; i <= last; i++) {
        made.numerators[i] = prom_element_of((uint32_t)random_below(random, TINY));
        made.denominators[i] = prom_element_of((uint32_t)(1 + random_below(random, TINY - 1)));
        const prom_element inverse = prom_element_inverse(made.denominators[i]);
        sum = i < last ? prom_element_add(sum, prom_element_multiply(made.numerators[i], inverse)) : sum;
    }
    made.numerators[last] = prom_element_negate(prom_element_multiply(sum, made.denominators[last]));
    return made;
}

static bool are_true(const struct tiny_instance *instance, const prom_extension *point, const prom_fraction *values)
{
    const prom_extension numerator = base_value_at(instance->numerators, point, instance->variables);
    const prom_extension denominator = base_value_at(instance->denominators, point, instance->variables);
    return prom_extension_equal(&numerator, &values->numerator) &&
           prom_extension_equal(&denominator, &values->denominator);
}

/* The honest prover under the challenges that are set. */
static void assert_complete(fixture *test, const struct tiny_instance *instance)
{
    uint64_t random = 0;
    const size_t count = (size_t)1 << instance->variables;
    prom_planes denominators = some_planes(test, &random, count);
    prom_extension point[VARIABLES_MAX];
    prom_fraction values;
    for (size_t i = 0; i < count; i++) {
        const prom_extension denominator = prom_extension_of(instance->denominators[i]);
        prom_planes_set(denominators, i, &denominator);
    }
    struct proving proving = {.proof = prom_writer_in(&test->arena)};
    proving.prover = (prom_prover){&prom_field_portable, NULL, &test->arena, NULL, &proving.proof};
    challenges_drawn = 0;
    const prom_base_fractions fractions = {instance->numerators, denominators};
    const prom_leaves leaves = leaves_of(&fractions);
    assert_ok(prom_fractions_prove(&proving.prover, &leaves, instance->variables, point, &values, &test->error),
              &test->error);
    assert_true(are_true(instance, point, &values));
    prom_reader reader = prom_reader_of(proof_of(test, &proving));
    challenges_drawn = 0;
    assert_ok(prom_fractions_verify(&(prom_verifier){NULL, &reader}, instance->variables, point, &values, &test->error),
              &test->error);
    assert_true(prom_reader_done(&reader) && are_true(instance, point, &values));
}

/* Challenges of zero and one too, which leave a round's claim to one of its two values. */
static void test_every_challenge(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    for (size_t number = 0; number < tiny_power(5); number++) {
        const struct tiny_instance instance = some_instance(&random, 2);
        digits_of(challenges, number, 5);
        assert_complete(test, &instance);
    }
    for (size_t i = 0; i < 3000; i++) {
        const struct tiny_instance instance = some_instance(&random, 3);
        digits_of(challenges, (size_t)next_random(&random), 9);
        assert_complete(test, &instance);
    }
}

/* The number of last challenges with which a caller accepts the proof of two leaves. */
static size_t successes_of_proof(const struct tiny_instance *instance, prom_span proof)
{
    size_t successes = 0;
    for (challenges[1] = 0; challenges[1] < TINY; challenges[1]++) {
        prom_extension point[1];
        prom_fraction values;
        prom_reader reader = prom_reader_of(proof);
        challenges_drawn = 0;
        const prom_result result = prom_fractions_verify(&(prom_verifier){NULL, &reader}, 1, point, &values, NULL);
        successes += prom_is_ok(result) && are_true(instance, point, &values) ? 1 : 0;
    }
    return successes;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The most pairs of challenges with which a prover of two leaves succeeds. */
static size_t best_prover(const struct tiny_instance *instance)
{
    uint8_t proof[5 * PROM_EXTENSION_BYTES] = {0};
    size_t best = 0;
    for (size_t root = 0; root < TINY; root++) {
        size_t with_root = 0;
        for (challenges[0] = 0; challenges[0] < TINY; challenges[0]++) {
            size_t with_children = 0;
            for (size_t children = 0; children < CHILDREN; children++) {
                write_tiny_proof(proof, root + children * TINY, 5);
                with_children = most(with_children, successes_of_proof(instance, prom_span_of(proof, sizeof proof)));
            }
            with_root += with_children;
        }
        best = most(best, with_root);
    }
    return best;
}

/* One challenge makes a false root's combination true, and one the children's; a true sum is proven with all. */
static void test_best_prover(void **state)
{
    (void)state;
    uint64_t random = 2;
    size_t highest = 0;
    for (size_t i = 0; i < 16; i++) {
        struct tiny_instance instance = some_instance(&random, 1);
        assert_int_equal(best_prover(&instance), TINY * TINY);
        if (i % 2 == 0) {
            instance.denominators[i / 2 % 2] = prom_element_zero();
        } else {
            instance.numerators[0] = prom_element_add(instance.numerators[0], prom_element_one());
        }
        highest = most(highest, best_prover(&instance));
    }
    assert_int_equal(highest, TINY + (TINY - 1));
}

/* What a prover says of a layer of two nodes above four leaves, at a point. */
struct said {
    const struct tiny_instance *leaves;
    uint32_t coordinate;
    prom_fraction values;
};

/* The number of last challenges with which a caller accepts the proof of the layer. */
static size_t successes_of_layer(const struct said *said, prom_span proof)
{
    size_t successes = 0;
    for (challenges[2] = 0; challenges[2] < TINY; challenges[2]++) {
        prom_extension point[2] = {prom_extension_of(prom_element_of(said->coordinate))};
        prom_fraction values = said->values;
        prom_reader reader = prom_reader_of(proof);
        challenges_drawn = 0;
        if (!prom_is_ok(verify_layer(&(prom_verifier){NULL, &reader}, 1, point, &values, NULL))) {
            return 0; /* the last challenge comes after the check */
        }
        successes += are_true(said->leaves, point, &values) ? 1 : 0;
    }
    return successes;
}

static size_t best_children(const struct said *said, size_t message)
{
    uint8_t proof[6 * PROM_EXTENSION_BYTES] = {0};
    size_t best = 0;
    for (size_t children = 0; children < CHILDREN; children++) {
        write_tiny_proof(proof, message + children * ROUNDS, 6);
        best = most(best, successes_of_layer(said, prom_span_of(proof, sizeof proof)));
    }
    return best;
}

/* The most of all combinations, points and last challenges with which a prover succeeds. */
static size_t best_layer(const struct said *said)
{
    size_t successes = 0;
    for (challenges[0] = 0; challenges[0] < TINY; challenges[0]++) {
        size_t best = 0;
        for (size_t message = 0; message < ROUNDS; message++) {
            size_t with_message = 0;
            for (challenges[1] = 0; challenges[1] < TINY; challenges[1]++) {
                with_message += best_children(said, message);
            }
            best = most(best, with_message);
        }
        successes += best;
    }
    return successes;
}

/* The values at `coordinate` of the layer of two nodes above four leaves. */
static prom_fraction true_values(const struct tiny_instance *leaves, uint32_t coordinate)
{
    const prom_extension at = prom_extension_of(prom_element_of(coordinate));
    prom_extension p[2];
    prom_extension q[2];
    for (size_t i = 0; i < 2; i++) {
        const prom_element left = prom_element_multiply(leaves->numerators[i], leaves->denominators[2 + i]);
        const prom_element right = prom_element_multiply(leaves->numerators[2 + i], leaves->denominators[i]);
        p[i] = prom_extension_of(prom_element_add(left, right));
        q[i] = prom_extension_of(prom_element_multiply(leaves->denominators[i], leaves->denominators[2 + i]));
    }
    return (prom_fraction){prom_line_at(&p[0], &p[1], &at), prom_line_at(&q[0], &q[1], &at)};
}

/* One combination, two points of the round and one last challenge make false values true. */
static void test_best_layer(void **state)
{
    (void)state;
    enum { ALL = TINY * TINY * TINY, BOUND = ALL - (TINY - 1) * (TINY - 2) * (TINY - 1) };
    uint64_t random = 3;
    size_t highest = 0;
    for (uint32_t i = 0; i < 3; i++) {
        const struct tiny_instance leaves = some_instance(&random, 2);
        struct said said = {&leaves, i, true_values(&leaves, i)};
        if (i == 0) {
            assert_int_equal(best_layer(&said), ALL);
        }
        const prom_extension error = prom_extension_of(prom_element_of(1 + i % (TINY - 1)));
        prom_extension *wrong = i % 2 == 0 ? &said.values.numerator : &said.values.denominator;
        *wrong = prom_extension_add(wrong, &error);
        highest = most(highest, best_layer(&said));
    }
    assert_true(highest <= BOUND && highest > BOUND / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_every_challenge), cmocka_unit_test(test_best_prover),
                                       cmocka_unit_test(test_best_layer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
