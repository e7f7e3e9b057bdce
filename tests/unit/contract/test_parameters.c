#include "contract/cast.h"

static prom_result check_on(fixture *test, const char *network, const prom_parameters *P)
{
    return prom_parameters_check(test->curve, P, prom_chain_parameters_by_name(network), &test->error);
}

static void holds(fixture *test, const char *network, prom_parameters P)
{
    assert_ok(check_on(test, network, &P), &test->error);
}

static void breaks(fixture *test, const char *network, prom_parameters P, const char *bound)
{
    char sentence[128];
    (void)snprintf(sentence, sizeof sentence, "P breaks the bound %s (on %s: ", bound, network);
    assert_fails(check_on(test, network, &P), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
}

/* The shortest times that the network allows with n = 3 and k = 2. */
static prom_parameters tightest(const char *network)
{
    const prom_chain_parameters *chain = prom_chain_parameters_by_name(network);
    prom_parameters P = valid_parameters();
    P.t1 = (uint16_t)(3 * chain->safety_margin + 1);
    P.t2 = (uint16_t)(P.t1 + chain->safety_margin + chain->verification + 2);
    P.t3 = (uint16_t)(P.t2 + chain->safety_margin + 1);
    P.t4 = (uint16_t)(3 - 2 + 4 + chain->verification + chain->safety_margin + 1);
    return P;
}

static void networks_are_those_of_bitcoin(void **state)
{
    static const struct {
        const char *name;
        const char *genesis; /* as it is shown */
        const char *prefix;
        uint32_t s, vt, offer_age;
    } known[] = {
        {"main", "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", "bc", 6, 22, 6},
        {"regtest", "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", "bcrt", 2, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char text[PROM_HEX32];
        const prom_chain_parameters *network = prom_chain_parameters_by_name(known[i].name);
        assert_non_null(network);
        assert_string_equal(prom_hex32_reversed(text, &network->genesis), known[i].genesis);
        assert_string_equal(network->address_prefix, known[i].prefix);
        assert_int_equal(network->safety_margin, known[i].s);
        assert_int_equal(network->verification, known[i].vt);
        assert_int_equal(network->offer_age, known[i].offer_age);
        assert_ptr_equal(prom_chain_parameters_by_genesis(&network->genesis), network);
    }
    const prom_bytes32 nowhere = {{0}};
    assert_null(prom_chain_parameters_by_name("mainnet"));
    assert_null(prom_chain_parameters_by_genesis(&nowhere));
}

static void quorum_is_rounded_up(void **state)
{
    static const struct {
        uint8_t n;
        uint16_t mu;
        uint32_t k;
    } cases[] = {{3, 5001, 2}, {3, 6000, 2},  {3, 6666, 2}, {3, 6667, 3}, {3, 10000, 3}, {4, 5001, 3},
                 {4, 7500, 3}, {4, 7501, 4},  {5, 6000, 3}, {5, 6001, 4}, {7, 5714, 4},  {7, 5715, 5},
                 {9, 5001, 5}, {9, 10000, 9}, {9, 6667, 7}, {9, 6666, 6}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_parameters P = valid_parameters();
        P.n = cases[i].n;
        P.mu = cases[i].mu;
        assert_int_equal(prom_parameters_quorum(&P), cases[i].k);
    }
}

static void stakes_are_locked_for_T(void **state)
{
    (void)state;
    prom_parameters P = valid_parameters();
    assert_int_equal(prom_parameters_stake_lock(&P), 24 + 2 * (18 - 12));
    P.t5 = 100;
    assert_int_equal(prom_parameters_stake_lock(&P), 136);
}

/* P of the test with one field changed, in a call of `holds` or `breaks`. */
#define WITH(base, field, value)                                                                                       \
    (changed = (base), changed.field = (value), changed) /* NOLINT: a field has no parentheses */

static void amounts_and_fractions_have_bounds(void **state)
{
    fixture *test = *state;
    const prom_parameters P = valid_parameters();
    prom_parameters changed;
    holds(test, "regtest", P);
    breaks(test, "regtest", WITH(P, w, prom_amount_zero()), "w > 0");
    breaks(test, "regtest", WITH(P, w, prom_amount_invalid()), "w > 0");
    holds(test, "regtest", WITH(P, v, P.w));
    breaks(test, "regtest", WITH(P, v, prom_amount_subtract(P.w, prom_amount_of(1))), "w <= v");
    holds(test, "regtest", WITH(P, a, prom_amount_add(P.v, prom_amount_of(1))));
    breaks(test, "regtest", WITH(P, a, P.v), "v < a");
    breaks(test, "regtest", WITH(P, n, 2), "3 <= n <= 9");
    breaks(test, "regtest", WITH(P, n, 10), "3 <= n <= 9");
    breaks(test, "regtest", WITH(P, F, (prom_bytes32){{0}}), "F is an x-only key on the curve");
    holds(test, "regtest", WITH(P, alpha, 10000));
    breaks(test, "regtest", WITH(P, alpha, 0), "0 < alpha <= 1");
    breaks(test, "regtest", WITH(P, alpha, 10001), "0 < alpha <= 1");
    holds(test, "regtest", WITH(P, beta, 10000));
    breaks(test, "regtest", WITH(P, beta, 0), "0 < beta <= 1");
    breaks(test, "regtest", WITH(P, beta, 10001), "0 < beta <= 1");
    holds(test, "regtest", WITH(P, gamma, (uint16_t)(P.epsilon - 1)));
    breaks(test, "regtest", WITH(P, gamma, P.epsilon), "0 < gamma < epsilon");
    breaks(test, "regtest", WITH(P, gamma, 0), "0 < gamma < epsilon");
    holds(test, "regtest", WITH(P, epsilon, 10000));
    breaks(test, "regtest", WITH(P, epsilon, 10001), "0 < epsilon <= 1");
    holds(test, "regtest", WITH(P, delta, 0));
    holds(test, "regtest", WITH(P, delta, 10000));
    breaks(test, "regtest", WITH(P, delta, 10001), "0 <= delta <= 1");
    holds(test, "regtest", WITH(P, mu, 5001));
    breaks(test, "regtest", WITH(P, mu, 5000), "0.5 < mu <= 1");
    breaks(test, "regtest", WITH(P, mu, 10001), "0.5 < mu <= 1");
    holds(test, "regtest", WITH(P, sigma, 10000));
    breaks(test, "regtest", WITH(P, sigma, 0), "0 < sigma <= 1");
    breaks(test, "regtest", WITH(P, sigma, 10001), "0 < sigma <= 1");
    breaks(test, "regtest", WITH(P, varsigma, 0), "0 < varsigma <= 1");
    breaks(test, "regtest", WITH(P, varsigma, 10001), "0 < varsigma <= 1");
}

static void times_have_bounds_on_every_network(void **state)
{
    fixture *test = *state;
    static const char *const networks[] = {"main", "regtest"};
    for (size_t i = 0; i < COUNT_OF(networks); i++) {
        const prom_parameters P = tightest(networks[i]);
        prom_parameters changed;
        holds(test, networks[i], P);
        breaks(test, networks[i], WITH(P, t1, (uint16_t)(P.t1 - 1)), "t1 >= 3s + 1");
        breaks(test, networks[i], WITH(P, t2, (uint16_t)(P.t2 - 1)), "t2 - t1 >= s + vt + 2");
        breaks(test, networks[i], WITH(P, t2, 0), "t2 - t1 >= s + vt + 2");
        breaks(test, networks[i], WITH(P, t3, (uint16_t)(P.t3 - 1)), "t3 - t2 >= s + 1");
        breaks(test, networks[i], WITH(P, t4, (uint16_t)(P.t4 - 1)), "t4 >= n - k + 4 + vt + s + 1");
        breaks(test, networks[i], WITH(P, t5, 1), "t5 = 0 (the audit window is not yet supported)");
    }
    const prom_parameters P = tightest("regtest");
    prom_parameters changed;
    breaks(test, "main", P, "t1 >= 3s + 1");
    /* With 9 arbiters and k = 5, n - k is 4. */
    prom_parameters nine = P;
    nine.n = 9;
    nine.mu = 5001;
    breaks(test, "regtest", nine, "t4 >= n - k + 4 + vt + s + 1");
    holds(test, "regtest", WITH(nine, t4, (uint16_t)(P.t4 + 3)));
}

static void stake_lock_fits_a_relative_lock(void **state)
{
    fixture *test = *state;
    prom_parameters P = tightest("regtest");
    P.t2 = 20000;
    P.t3 = (uint16_t)(65535 - 2 * (P.t2 - P.t1));
    holds(test, "regtest", P);
    P.t3++;
    breaks(test, "regtest", P, "t3 + 2 (t2 - t1) + t5 <= 65535");
}

/* Written by hand, field by field. */
static const char bytes_of_valid[] = "50524d31"   /* PRM1 */
                                     "00001e8480" /* w */
                                     "00002625a0" /* v */
                                     "00002dc6c0" /* a */
                                     "03"         /* n */
                                     "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
                                     "13881388" /* alpha, beta */
                                     "07d0"     /* gamma */
                                     "13880bb8" /* delta, epsilon */
                                     "17702328" /* mu, sigma */
                                     "2710"     /* varsigma */
                                     "000c00120018"
                                     "000c0000";

static void they_are_78_bytes(void **state)
{
    fixture *test = *state;
    const prom_parameters P = valid_parameters();
    prom_writer writer = prom_writer_in(&test->arena);
    prom_writer again = prom_writer_in(&test->arena);
    prom_parameters back;
    prom_span bytes;
    prom_span copy;
    prom_span script;
    prom_parameters_write(&writer, &P);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    assert_int_equal(bytes.length, PROM_PARAMETERS_BYTES);
    assert_hex(bytes, bytes_of_valid);

    prom_reader reader = prom_reader_of(bytes);
    prom_parameters_read(&reader, &back);
    assert_true(prom_reader_done(&reader));
    prom_parameters_write(&again, &back);
    assert_ok(prom_writer_finish(&again, &copy, &test->error), &test->error);
    assert_true(prom_span_equal(bytes, copy));

    char expected[256];
    (void)snprintf(expected, sizeof expected, "6a4c4e%s", bytes_of_valid); /* OP_RETURN OP_PUSHDATA1 78 */
    assert_ok(prom_parameters_script(&test->arena, &script, &P, &test->error), &test->error);
    assert_hex(script, expected);
}

static void other_bytes_are_refused(void **state)
{
    fixture *test = *state;
    const prom_span bytes = span_of_hex(test, bytes_of_valid);
    prom_parameters P;
    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        prom_reader reader = prom_reader_of(prom_span_of(cut, length));
        prom_parameters_read(&reader, &P);
        assert_true(reader.failed);
        free(cut);
    }
    for (size_t i = 0; i < 4; i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        other[i] ^= 1;
        prom_reader reader = prom_reader_of(prom_span_of(other, bytes.length));
        prom_parameters_read(&reader, &P);
        assert_true(reader.failed);
        free(other);
    }
}

static void amounts_of_more_than_40_bits_are_not_written(void **state)
{
    fixture *test = *state;
    prom_span script;
    prom_parameters P = valid_parameters();
    P.a = prom_amount_of((UINT64_C(1) << 40) - 1);
    assert_ok(prom_parameters_script(&test->arena, &script, &P, &test->error), &test->error);
    P.a = prom_amount_of(UINT64_C(1) << 40);
    assert_false(prom_is_ok(prom_parameters_script(&test->arena, &script, &P, &test->error)));
    P.a = prom_amount_invalid();
    assert_false(prom_is_ok(prom_parameters_script(&test->arena, &script, &P, &test->error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_those_of_bitcoin),
        cmocka_unit_test(quorum_is_rounded_up),
        cmocka_unit_test(stakes_are_locked_for_T),
        FIXTURE_TEST(amounts_and_fractions_have_bounds),
        FIXTURE_TEST(times_have_bounds_on_every_network),
        FIXTURE_TEST(stake_lock_fits_a_relative_lock),
        FIXTURE_TEST(they_are_78_bytes),
        FIXTURE_TEST(other_bytes_are_refused),
        FIXTURE_TEST(amounts_of_more_than_40_bits_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
