#include "contract/cast.h"

static prom_result check_on(fixture *test, const char *network, const prom_parameters *P)
{
    return prom_parameters_check(test->curve, P, prom_chain_parameters_by_name(network), &test->error);
}

static void holds(fixture *test, const char *network, prom_parameters P)
{
    assert_ok(check_on(test, network, &P), &test->error);
}

static void breaks(fixture *test, const char *network, prom_parameters P, const char *sentence)
{
    assert_fails(check_on(test, network, &P), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    assert_string_equal(test->error.sentence, sentence);
}

/* The shortest times that the network allows with n = 3 and k = 2. */
static prom_parameters tightest(const char *network)
{
    const bool is_regtest = strcmp(network, "regtest") == 0;
    prom_parameters P = valid_parameters();
    P.t1 = is_regtest ? 7 : 19;
    P.t2 = (uint16_t)(P.t1 + (is_regtest ? 7 : 36));
    P.t3 = (uint16_t)(P.t2 + (is_regtest ? 8 : 24));
    P.t4 = is_regtest ? 11 : 59;
    return P;
}

static const char *const public_networks[] = {"main", "testnet4", "signet"};

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

static void an_appeal_begins_by_T(void **state)
{
    (void)state;
    prom_parameters P = valid_parameters();
    assert_int_equal(prom_parameters_duration(&P), 28 + 2 * (20 - 12));
    P.t5 = 100;
    assert_int_equal(prom_parameters_duration(&P), 144);
}

static void arbitration_takes_its_rounds(void **state)
{
    (void)state;
    prom_parameters P = valid_parameters();
    assert_int_equal(prom_parameters_arbitration(&P, prom_chain_parameters_by_name("main")), 3 * 2 + 6 + 22 + 3 * 6);
    assert_int_equal(prom_parameters_arbitration(&P, prom_chain_parameters_by_name("regtest")), 2 + 2 + 1 + 3);
    P.n = 9;
    P.mu = 5500;
    assert_int_equal(prom_parameters_arbitration(&P, prom_chain_parameters_by_name("main")), 3 * 5 + 6 + 22 + 3 * 6);
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
    breaks(test, "regtest", WITH(P, w, prom_amount_zero()), "w is 0 sat, and at least 1 is needed: a stake");
    breaks(test, "regtest", WITH(P, w, prom_amount_invalid()), "w is invalid sat, and at least 1 is needed: a stake");
    holds(test, "regtest", WITH(P, v, P.w));
    breaks(test, "regtest", WITH(P, v, prom_amount_of(1999999)), "v is 1999999 sat, and at least 2000000 is needed: w");
    holds(test, "regtest", WITH(P, a, prom_amount_of(2500001)));
    breaks(test, "regtest", WITH(P, a, P.v), "a is 2500000 sat, and at least 2500001 is needed: more than v");
    holds(test, "regtest", WITH(P, a, prom_amount_of((UINT64_C(1) << 40) - 1)));
    breaks(test, "regtest", WITH(P, a, prom_amount_of(UINT64_C(1) << 40)),
           "a is 1099511627776 sat, and at most 1099511627775 is allowed: an amount of P has 40 bits");
    breaks(test, "regtest", WITH(P, n, 2), "n is 2, and 3 to 9 arbiters are possible");
    breaks(test, "regtest", WITH(P, n, 10), "n is 10, and 3 to 9 arbiters are possible");
    breaks(test, "regtest", WITH(P, F, (prom_bytes32){{0}}), "F is no key: it is not the x coordinate of a point");
    holds(test, "regtest", WITH(P, alpha, 1));
    holds(test, "regtest", WITH(P, alpha, 10000));
    breaks(test, "regtest", WITH(P, alpha, 0), "alpha is 0 basis points, and at least 1 is needed: above 0");
    breaks(test, "regtest", WITH(P, alpha, 10001),
           "alpha is 10001 basis points, and at most 10000 is allowed: the whole");
    holds(test, "regtest", WITH(P, beta, 1));
    holds(test, "regtest", WITH(P, beta, 10000));
    breaks(test, "regtest", WITH(P, beta, 0), "beta is 0 basis points, and at least 1 is needed: above 0");
    breaks(test, "regtest", WITH(P, beta, 10001),
           "beta is 10001 basis points, and at most 10000 is allowed: the whole");
    holds(test, "regtest", WITH(P, sigma, 1));
    holds(test, "regtest", WITH(P, sigma, 10000));
    breaks(test, "regtest", WITH(P, sigma, 0), "sigma is 0 basis points, and at least 1 is needed: above 0");
    breaks(test, "regtest", WITH(P, sigma, 10001),
           "sigma is 10001 basis points, and at most 10000 is allowed: the whole");
    holds(test, "regtest", WITH(P, varsigma, 1));
    holds(test, "regtest", WITH(P, varsigma, 10000));
    breaks(test, "regtest", WITH(P, varsigma, 0), "varsigma is 0 basis points, and at least 1 is needed: above 0");
    breaks(test, "regtest", WITH(P, varsigma, 10001),
           "varsigma is 10001 basis points, and at most 10000 is allowed: the whole");
    holds(test, "regtest", WITH(P, gamma, 2999));
    breaks(test, "regtest", WITH(P, gamma, 3000),
           "epsilon is 3000 basis points, and at least 3001 is needed: more than gamma");
    breaks(test, "regtest", WITH(P, gamma, 0), "gamma is 0 basis points, and at least 1 is needed: above 0");
    holds(test, "regtest", WITH(P, epsilon, 10000));
    breaks(test, "regtest", WITH(P, epsilon, 10001),
           "epsilon is 10001 basis points, and at most 10000 is allowed: the whole");
    holds(test, "regtest", WITH(P, delta, 0));
    holds(test, "regtest", WITH(P, delta, 10000));
    breaks(test, "regtest", WITH(P, delta, 10001),
           "delta is 10001 basis points, and at most 10000 is allowed: the whole");
    holds(test, "regtest", WITH(P, mu, 5001));
    breaks(test, "regtest", WITH(P, mu, 5000), "mu is 5000 basis points, and at least 5001 is needed: more than half");
    breaks(test, "regtest", WITH(P, mu, 10001), "mu is 10001 basis points, and at most 10000 is allowed: the whole");
}

static void times_have_bounds_on_regtest(void **state)
{
    fixture *test = *state;
    const prom_parameters P = tightest("regtest");
    prom_parameters changed;
    holds(test, "regtest", P);
    breaks(test, "regtest", WITH(P, t1, 6), "t1 is 6, and at least 7 is needed: 3s + 1");
    breaks(test, "regtest", WITH(P, t2, 13), "t2 is 13, and at least 14 is needed: t1 + 2s + vt + 2");
    breaks(test, "regtest", WITH(P, t2, 0), "t2 is 0, and at least 14 is needed: t1 + 2s + vt + 2");
    breaks(test, "regtest", WITH(P, t3, 21), "t3 is 21, and at least 22 is needed: t2 + 4s");
    breaks(test, "regtest", WITH(P, t4, 10), "t4 is 10, and at least 11 is needed: e (n - k + 1) + 2s + vt + 3p + 1");
    breaks(test, "regtest", WITH(P, t5, 1), "t5 is 1, and at most 0 is allowed: the audit window is not yet supported");
    breaks(test, "main", P, "t1 is 7, and at least 19 is needed: 3s + 1");
    /* With 9 arbiters and k = 5, 5 of them stall. */
    prom_parameters nine = P;
    nine.n = 9;
    nine.mu = 5001;
    breaks(test, "regtest", WITH(nine, t4, 13),
           "t4 is 13, and at least 14 is needed: e (n - k + 1) + 2s + vt + 3p + 1");
    holds(test, "regtest", WITH(nine, t4, 14));
}

static void times_have_bounds_on_public_networks(void **state)
{
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(public_networks); i++) {
        const char *name = public_networks[i];
        const prom_parameters P = tightest(name);
        prom_parameters changed;
        holds(test, name, P);
        breaks(test, name, WITH(P, t1, 18), "t1 is 18, and at least 19 is needed: 3s + 1");
        breaks(test, name, WITH(P, t2, 54), "t2 is 54, and at least 55 is needed: t1 + 2s + vt + 2");
        breaks(test, name, WITH(P, t3, 78), "t3 is 78, and at least 79 is needed: t2 + 4s");
        breaks(test, name, WITH(P, t4, 58), "t4 is 58, and at least 59 is needed: e (n - k + 1) + 2s + vt + 3p + 1");
    }
    prom_parameters P = tightest("main");
    P.t2 = 288;
    P.t3 = 300;
    breaks(test, "main", P, "t3 is 300, and at least 312 is needed: t2 + 4s");
}

static void appeals_begin_within_16_bits_of_blocks(void **state)
{
    fixture *test = *state;
    prom_parameters P = tightest("regtest");
    P.t2 = 20000;
    P.t3 = (uint16_t)(65535 - 2 * (P.t2 - P.t1));
    holds(test, "regtest", P);
    P.t3++;
    breaks(test, "regtest", P, "t3 + 2 (t2 - t1) + t5 is 65536, and at most 65535 is allowed: 16 bits of blocks");
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
                                     "000c0014001c"
                                     "000e0000";

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

/* Nobody knows its secret: it is BIP 341's point plus a hash of P's other fields, and so differs for every P. */
static void the_fund_can_be_nobodys(void **state)
{
    fixture *test = *state;
    const prom_span bytes = span_of_hex(test, bytes_of_valid);
    uint8_t fields[PROM_PARAMETERS_BYTES - 4 - 32];
    prom_parameters P = valid_parameters();
    prom_bytes32 shift;
    prom_bytes32 expected;
    prom_bytes32 F;
    bool odd = false;
    memcpy(fields, bytes.data + 4, 16);
    memcpy(fields + 16, bytes.data + 4 + 16 + 32, sizeof fields - 16);
    prom_tagged_hash(&shift, "prometheus/fund", prom_span_of(fields, sizeof fields));
    assert_ok(prom_public_key_tweak(test->curve, &expected, &odd, &prom_unspendable_key, &shift, &test->error),
              &test->error);
    assert_ok(prom_parameters_fund(test->curve, &F, &P, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&F, &expected));
    assert_false(prom_parameters_fund_is_nobodys(test->curve, &P)); /* the bare point is burnt too, but not by rule */
    P.F = F;
    assert_true(prom_parameters_fund_is_nobodys(test->curve, &P));
    assert_ok(prom_parameters_fund(test->curve, &F, &P, &test->error), &test->error); /* whatever F was before */
    assert_true(prom_bytes32_equal(&F, &expected));
    P.t4++;
    assert_false(prom_parameters_fund_is_nobodys(test->curve, &P));
    P.w = prom_amount_invalid();
    assert_false(prom_parameters_fund_is_nobodys(test->curve, &P));
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
        cmocka_unit_test(quorum_is_rounded_up),
        cmocka_unit_test(an_appeal_begins_by_T),
        cmocka_unit_test(arbitration_takes_its_rounds),
        FIXTURE_TEST(amounts_and_fractions_have_bounds),
        FIXTURE_TEST(times_have_bounds_on_regtest),
        FIXTURE_TEST(times_have_bounds_on_public_networks),
        FIXTURE_TEST(appeals_begin_within_16_bits_of_blocks),
        FIXTURE_TEST(they_are_78_bytes),
        FIXTURE_TEST(the_fund_can_be_nobodys),
        FIXTURE_TEST(other_bytes_are_refused),
        FIXTURE_TEST(amounts_of_more_than_40_bits_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
