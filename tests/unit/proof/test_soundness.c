#include <math.h>

#include "prometheus/proof/soundness.h"
#include "support.h"

static const prom_commitment_parameters parameters = {2, 5, 3, 6, 149};

static prom_commitment_layout layout_of(fixture *test, const prom_commitment_parameters *given, size_t variables)
{
    prom_commitment_layout layout;
    assert_ok(prom_commitment_layout_new(&test->arena, &layout, given, &variables, 1, &test->error), &test->error);
    return layout;
}

static void assert_bits(double got, double expected)
{
    if (fabs(got - expected) > 1e-6) {
        fail_msg("%f bits, not %f", got, expected);
    }
}

/* The terms of docs/soundness.md, by hand, for one commitment of 2^20 values and one of 2^14. */
static void test_terms(void **state)
{
    fixture *test = *state;
    const prom_commitment_layout layouts[] = {layout_of(test, &parameters, 20), layout_of(test, &parameters, 14)};
    const prom_commitment_layout *both[] = {&layouts[0], &layouts[1]};
    const prom_soundness found = prom_soundness_of(&parameters, both, 2, 5);
    const double field = 5 * log2(2130706433.0);
    assert_bits(found.terms[0].bits, field - log2(4));          /* a polynomial of degree 4 */
    assert_bits(found.terms[1].bits, field - log2(131072 + 2)); /* rows of 2^15, codewords of 2^17 */
    assert_int_equal(found.terms[1].rounds, 20);
    assert_bits(found.terms[2].bits, field - log2(2048 + 1)); /* rows of 2^9 */
    assert_int_equal(found.terms[2].rounds, 1);
    assert_bits(found.terms[3].bits, field - log2(16384 + 1)); /* the first oracle, parts of 2^12 */
    assert_int_equal(found.terms[3].rounds, 9);
    assert_bits(found.terms[4].bits, 149 * log2(1.6));
    assert_bits(found.worst, 149 * log2(1.6));
    const double rounds = 4 + 20 * 2 + 5 * 131072 + 5 * 2048 + 2049 + 3 * 16385 + 3 * 2049 + 3 * 257;
    assert_bits(found.sum, -log2(exp2(-149 * log2(1.6)) + rounds * exp2(-field)));
}

/* Any size that the field allows, and as many claims as there may ever be, stay above the target. */
static void test_target(void **state)
{
    fixture *test = *state;
    const prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
    for (size_t variables = 0; variables <= 28; variables++) {
        const prom_commitment_layout layout = layout_of(test, &setup.parameters, variables);
        const prom_commitment_layout *all[] = {&layout, &layout, &layout};
        const prom_soundness found = prom_soundness_of(&setup.parameters, all, 3, 1000000);
        assert_true(found.worst >= 100 && found.sum >= 100);
    }
    prom_commitment_parameters fewer = setup.parameters;
    const prom_commitment_layout layout = layout_of(test, &setup.parameters, 20);
    const prom_commitment_layout *one[] = {&layout};
    fewer.queries = 147;
    assert_true(prom_soundness_of(&fewer, one, 1, 1).worst < 100);
}

static void test_text(void **state)
{
    fixture *test = *state;
    prom_span text;
    const prom_commitment_layout layout = layout_of(test, &parameters, 20);
    const prom_commitment_layout *one[] = {&layout};
    const prom_soundness found = prom_soundness_of(&parameters, one, 1, 1);
    assert_ok(prom_soundness_text(&test->arena, &text, &found, &test->error), &test->error);
    char shown[1024] = "";
    assert_true(text.length < sizeof shown);
    memcpy(shown, text.data, text.length);
    assert_non_null(strstr(shown, "| queries | 1 | 101.0 |\n"));
    assert_non_null(strstr(shown, "| all rounds together | | 101.0 |\n"));
    assert_null(strstr(shown, "inf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_terms), FIXTURE_TEST(test_target), FIXTURE_TEST(test_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
