#include "contract/cast.h"

#include "prometheus/contract/payout.h"

enum { ROUNDS = 3000, DUST = 330 };

/* P, c and the retainer as plain numbers. */
struct numbers {
    uint64_t c, rho, w, v, a, n, share_w, share_v, alpha_w, beta_v, gamma_w, delta_w, epsilon_w, epsilon_v, epsilon_a,
        k;
};

static uint64_t fraction_of(uint64_t amount, uint64_t basis_points)
{
    return amount * basis_points / 10000;
}

static struct numbers numbers_of(const prom_parameters *P, const uint64_t stakes[3], uint64_t c, uint64_t rho)
{
    const uint64_t w = stakes[0];
    const uint64_t v = stakes[1];
    const uint64_t a = stakes[2];
    struct numbers numbers = {.c = c, .rho = rho, .w = w, .v = v, .a = a, .n = P->n};
    numbers.share_w = fraction_of(c, P->sigma);
    numbers.share_v = c - numbers.share_w;
    numbers.alpha_w = fraction_of(w, P->alpha);
    numbers.beta_v = fraction_of(v, P->beta);
    numbers.gamma_w = fraction_of(w, P->gamma);
    numbers.delta_w = fraction_of(w, P->delta);
    numbers.epsilon_w = fraction_of(w, P->epsilon);
    numbers.epsilon_v = fraction_of(v, P->epsilon);
    numbers.epsilon_a = fraction_of(a, P->epsilon);
    numbers.k = (numbers.n * P->mu + 9999) / 10000;
    return numbers;
}

/* The table of docs/protocol.md, written out: C, W, V, an arbiter of A+, one of A-, F. */
static void expected_row(uint64_t row[PROM_PAYEES], const struct numbers *numbers, unsigned scheme, uint64_t m)
{
    const uint64_t each = numbers->w / numbers->n;
    const uint64_t whole = numbers->a + numbers->rho; /* an arbiter's stake and its retainer */
    const uint64_t rest =
        numbers->w - m * each + (numbers->n - m) * whole; /* what #6 and #7 leave of w and the stakes */
    const uint64_t fund5 =
        numbers->epsilon_w - numbers->gamma_w + numbers->epsilon_v + numbers->n * (numbers->epsilon_a + numbers->rho);
    const uint64_t rows[PROM_SCHEMES][PROM_PAYEES] = {
        {numbers->c, numbers->w - numbers->alpha_w, numbers->v, whole, whole, numbers->alpha_w},
        {numbers->c - numbers->share_w + numbers->beta_v, numbers->w + numbers->share_w, numbers->v - numbers->beta_v,
         whole, whole, 0},
        {0, numbers->w + numbers->share_w, numbers->v + numbers->share_v, whole, whole, 0},
        {numbers->c, numbers->w - numbers->share_v - numbers->delta_w, numbers->v + numbers->share_v, whole, whole,
         numbers->delta_w},
        {numbers->c + numbers->gamma_w, numbers->w - numbers->epsilon_w, numbers->v - numbers->epsilon_v,
         numbers->a - numbers->epsilon_a, numbers->a - numbers->epsilon_a, fund5},
        {numbers->c, 0, numbers->v, whole + each, 0, rest},
        {0, numbers->w + numbers->c, 0, whole + each, 0, numbers->v - numbers->w + rest},
    };
    memcpy(row, rows[scheme - 1], sizeof rows[0]);
}

static void check_row(fixture *test, const prom_parameters *P, const struct numbers *numbers, unsigned scheme,
                      uint32_t m)
{
    const uint64_t plus = m == 0 ? numbers->n : m;
    uint64_t expected[PROM_PAYEES];
    uint64_t sum = 0;
    prom_payouts payouts;
    expected_row(expected, numbers, scheme, m);
    const prom_stakes stakes = {P, prom_amount_of(numbers->c), prom_amount_of(numbers->rho)};
    assert_ok(prom_payouts_of(&payouts, &stakes, scheme, m, &test->error), &test->error);
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        if (!prom_amount_equal(payouts.to[i], prom_amount_of(expected[i]))) {
            char text[PROM_AMOUNT_TEXT];
            fail_msg("scheme %u, payee %zu: wanted %llu, got %s", scheme, i, (unsigned long long)expected[i],
                     prom_amount_text(text, payouts.to[i]));
        }
        sum += expected[i] * (i == PROM_PAYEE_A_PLUS ? plus : i == PROM_PAYEE_A_MINUS ? numbers->n - plus : 1);
    }
    assert_int_equal(sum, numbers->c + numbers->w + numbers->v +
                              numbers->n * (numbers->a + numbers->rho)); /* what was deposited, and nothing else */
}

/* A random P and c within the bounds of P; the rest of P stands. */
static struct numbers random_contract(prom_parameters *P, uint64_t *random)
{
    const uint64_t w = 50000 + random_below(random, 1000000000);
    const uint64_t v = w + random_below(random, 1000000000);
    const uint64_t a = v + 1 + random_below(random, 1000000000);
    *P = valid_parameters();
    P->w = prom_amount_of(w);
    P->v = prom_amount_of(v);
    P->a = prom_amount_of(a);
    P->n = (uint8_t)(3 + random_below(random, 7));
    P->alpha = (uint16_t)(1 + random_below(random, 10000));
    P->beta = (uint16_t)(1 + random_below(random, 10000));
    P->epsilon = (uint16_t)(2 + random_below(random, 9999));
    P->gamma = (uint16_t)(1 + random_below(random, P->epsilon - 1U));
    P->delta = (uint16_t)random_below(random, 10001);
    P->mu = (uint16_t)(5001 + random_below(random, 5000));
    P->sigma = (uint16_t)(1 + random_below(random, 10000));
    P->t4 = 20;
    const uint64_t c = 1 + random_below(random, w - 1);
    return numbers_of(P, (const uint64_t[]){w, v, a}, c,
                      random_below(random, 3) == 0 ? 0 : random_below(random, c / 20 + 1));
}

/* Whether an amount is nothing, or worth an output. */
static bool no_dust(uint64_t amount)
{
    return amount == 0 || amount >= DUST;
}

static bool valid_stakes(const struct numbers *numbers)
{
    const uint64_t retainers = numbers->n * numbers->rho;
    const uint64_t arbiters = (numbers->n - numbers->k + 1) * numbers->epsilon_a;
    if (numbers->c == 0 || numbers->c >= numbers->w || numbers->delta_w + numbers->share_v > numbers->w ||
        numbers->beta_v < numbers->share_w + retainers || retainers > numbers->alpha_w ||
        retainers > numbers->delta_w || numbers->epsilon_v + arbiters < numbers->share_w + numbers->gamma_w ||
        numbers->epsilon_w + arbiters < numbers->delta_w + numbers->share_v + numbers->gamma_w) {
        return false;
    }
    bool clean = true;
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        const uint64_t first = scheme >= 6 ? numbers->k : 0;
        for (uint64_t m = first; m <= (scheme >= 6 ? numbers->n : 0); m++) {
            uint64_t row[PROM_PAYEES];
            expected_row(row, numbers, scheme, m);
            for (size_t i = 0; i < PROM_PAYEES; i++) {
                clean = clean && (no_dust(row[i]) || (i == PROM_PAYEE_F && scheme >= 6));
            }
        }
    }
    return clean;
}

static void rows_are_those_of_the_table(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    size_t valid = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        prom_parameters P;
        const struct numbers numbers = random_contract(&P, &random);
        assert_ok(prom_parameters_check(test->curve, &P, prom_chain_parameters_by_name("regtest"), &test->error),
                  &test->error);
        const bool accepted = prom_is_ok(prom_stakes_check(
            &(prom_stakes){&P, prom_amount_of(numbers.c), prom_amount_of(numbers.rho)}, &test->error));
        assert_int_equal(accepted, valid_stakes(&numbers));
        if (!accepted) {
            continue;
        }
        valid++;
        for (unsigned scheme = 1; scheme <= 5; scheme++) {
            check_row(test, &P, &numbers, scheme, 0);
        }
        for (uint32_t m = (uint32_t)numbers.k; m <= numbers.n; m++) {
            check_row(test, &P, &numbers, 6, m);
            check_row(test, &P, &numbers, 7, m);
        }
    }
    assert_in_range(valid, ROUNDS / 10, ROUNDS);
}

static prom_result payouts_of(fixture *test, prom_payouts *payouts, const prom_parameters *P, unsigned scheme,
                              uint32_t deciders)
{
    const prom_stakes stakes = {P, prom_amount_of(1000000), prom_amount_of(5000)};
    return prom_payouts_of(payouts, &stakes, scheme, deciders, &test->error);
}

/* By hand. */
static void settlement_3_by_hand(void **state)
{
    fixture *test = *state;
    const prom_parameters P = valid_parameters();
    prom_payouts payouts;
    assert_ok(payouts_of(test, &payouts, &P, 3, 0), &test->error);
    assert_true(prom_amount_is_zero(payouts.to[PROM_PAYEE_C]));
    assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_W], prom_amount_of(2900000)));
    assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_V], prom_amount_of(2600000)));
    assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_A_PLUS], prom_amount_of(3005000)));
    assert_true(prom_amount_is_zero(payouts.to[PROM_PAYEE_F]));
}

/* Each of A+ has its n-th of w, however many they are: nobody gains from keeping an honest arbiter out. */
static void deciders_do_not_gain_from_being_few(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    P.n = 9;
    for (unsigned scheme = 6; scheme <= 7; scheme++) {
        for (uint32_t m = prom_parameters_quorum(&P); m <= P.n; m++) {
            prom_payouts payouts;
            assert_ok(payouts_of(test, &payouts, &P, scheme, m), &test->error);
            assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_A_PLUS], prom_amount_of(3005000 + 2000000 / 9)));
        }
    }
}

static void impossible_rows_are_refused(void **state)
{
    fixture *test = *state;
    static const struct {
        unsigned scheme;
        uint32_t deciders; /* k is 2 and n is 3 */
    } cases[] = {{0, 0}, {8, 0}, {UINT32_MAX, 0}, {1, 1}, {3, 3}, {5, 2}, {6, 0}, {6, 1}, {6, 4}, {7, 1}, {7, 4}};
    const prom_parameters P = valid_parameters();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_payouts payouts;
        assert_fails(payouts_of(test, &payouts, &P, cases[i].scheme, cases[i].deciders), PROM_CATEGORY_MISUSE,
                     &test->error, "there is no scheme #");
    }
}

static void more_than_was_deposited_is_refused(void **state)
{
    fixture *test = *state;
    prom_payouts payouts;
    prom_parameters P = valid_parameters();
    P.delta = 10000; /* with V's share it is more than w */
    assert_fails(payouts_of(test, &payouts, &P, 4, 0), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "scheme #4 would pay out more than was deposited");
    P = valid_parameters();
    P.a = prom_amount_of(PROM_AMOUNT_MAX);
    assert_fails(payouts_of(test, &payouts, &P, 1, 0), PROM_CATEGORY_BAD_INPUT, &test->error, "scheme #1");
}

static prom_result check_stakes(fixture *test, const prom_parameters *P, uint64_t c, uint64_t rho)
{
    return prom_stakes_check(&(prom_stakes){P, prom_amount_of(c), prom_amount_of(rho)}, &test->error);
}

static void refused(fixture *test, prom_parameters P, uint64_t c, uint64_t rho, const char *sentence)
{
    assert_fails(check_stakes(test, &P, c, rho), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
}

static void accepted(fixture *test, prom_parameters P, uint64_t c, uint64_t rho)
{
    assert_ok(check_stakes(test, &P, c, rho), &test->error);
}

static void rewards_have_bounds(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    accepted(test, P, 1000000, 0);
    refused(test, P, 0, 0, "c is 0 sat, and at least 1 is needed: a reward");
    refused(test, P, 2000000, 0, "c is 2000000 sat, and at most 1999999 is allowed: less than w");
    refused(test, P, UINT64_MAX, 0, "c is invalid sat");
    P.delta = 9500; /* 1,900,000 and 100,000 are w exactly */
    accepted(test, P, 1000000, 0);
    P.delta = 9501;
    refused(test, P, 1000000, 0,
            "[delta w] + share_v is 2000200 sat, and at most 2000000 is allowed: w, from which #4 pays both");
    P = valid_parameters();
    P.beta = 3600; /* of 2,500,000: W's share exactly */
    accepted(test, P, 1000000, 0);
    refused(test, P, 1000000, 1,
            "[beta v] is 900000 sat, and at least 900003 is needed: share_w + n rho, else worker and verifier profit");
    P.beta = 3599;
    refused(test, P, 1000000, 0, "[beta v] is 899750 sat, and at least 900000 is needed: share_w + n rho");
}

static void retainers_have_bounds(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    accepted(test, P, 1000000, 100000);
    P.alpha = 1500; /* 300,000 */
    accepted(test, P, 1000000, 100000);
    refused(test, P, 1000000, 100001, "n rho is 300003 sat, and at most 300000 is allowed: [alpha w], else a worker");
    P = valid_parameters();
    P.delta = 1500;
    accepted(test, P, 1000000, 100000);
    refused(test, P, 1000000, 100001, "n rho is 300003 sat, and at most 300000 is allowed: [delta w], else a worker");
    refused(test, P, 1000000, UINT64_MAX, "[beta v] is 1250000 sat, and at least invalid is needed");
}

static void stalling_has_a_price(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    P.gamma = 1;
    P.delta = 0;
    P.epsilon = 1060; /* 265,000 and 2 * 318,000: one more than W's share and 200 */
    accepted(test, P, 1000000, 0);
    P.epsilon = 1059;
    refused(
        test, P, 1000000, 0,
        "[epsilon v] + b [epsilon a] is 900150 sat, and at least 900200 is needed: share_w + [gamma w], else client "
        "and verifier");
    P = valid_parameters();
    P.gamma = 1;
    P.epsilon = 1376; /* 275,200 and 2 * 412,800; [γw] is 200 */
    accepted(test, P, 1000000, 0);
    P.epsilon = 1375;
    refused(test, P, 1000000, 0,
            "[epsilon w] + b [epsilon a] is 1100000 sat, and at least 1100200 is needed: [delta w] + share_v + "
            "[gamma w], else a worker at fault");
}

/* Each amount that can be dust while the other bounds hold, at both edges. */
static void dust_is_refused(void **state)
{
    fixture *test = *state;
    const struct {
        uint16_t alpha, beta, delta, epsilon;
        uint64_t w, v, c;
        const char *sentence; /* NULL: accepted */
    } cases[] = {
        {9999, 5000, 5000, 3000, 3300000, 3300000, 1000000, NULL},
        {9999, 5000, 5000, 3000, 3290000, 3290000, 1000000,
         "#1 would pay W 329 sat, and at least 330 is needed: less is dust"},
        {1, 5000, 5000, 3000, 3300000, 3300000, 1000000, NULL},
        {1, 5000, 5000, 3000, 3299999, 3300000, 1000000, "#1 would pay F 329 sat"},
        {1, 5000, 5000, 3000, 10000, 3300000, 1000, "#1 would pay F 1 sat"},
        {5000, 9999, 5000, 3000, 3000000, 3300000, 1000000, NULL},
        {5000, 9999, 5000, 3000, 3000000, 3290000, 1000000, "#2 would pay V 329 sat"},
        {5000, 5000, 1, 3000, 3300000, 3300000, 1000000, NULL},
        {5000, 5000, 1, 3000, 3299999, 3300000, 1000000, "#4 would pay F 329 sat"},
        {5000, 5000, 9500, 3000, 2000000, 2500000, 999670, "#4 would pay W 33 sat"},
        {5000, 5000, 9500, 3000, 2000000, 2500000, 996700, NULL},
        {5000, 5000, 9500, 3000, 2000000, 2500000, 996710, "#4 would pay W 329 sat"},
        {5000, 5000, 5000, 9999, 3300000, 3300000, 1000000, NULL},
        {5000, 5000, 5000, 9999, 3290000, 3300000, 1000000, "#5 would pay W 329 sat"},
        {5000, 5000, 5000, 3000, 2000000, 2500000, 330, NULL},
        {5000, 5000, 5000, 3000, 2000000, 2500000, 329, "#1 would pay C 329 sat"},
        {10000, 10000, 0, 10000, 2000000, 2500000, 1000000, NULL}, /* nothing at all is no dust */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_parameters P = valid_parameters();
        P.alpha = cases[i].alpha;
        P.beta = cases[i].beta;
        P.delta = cases[i].delta;
        P.epsilon = cases[i].epsilon;
        P.w = prom_amount_of(cases[i].w);
        P.v = prom_amount_of(cases[i].v);
        P.a = prom_amount_of(4000000);
        if (cases[i].sentence == NULL) {
            accepted(test, P, cases[i].c, 0);
        } else {
            refused(test, P, cases[i].c, 0, cases[i].sentence);
        }
    }
}

/* What #6 and #7 leave to F goes to the fee when it is dust. */
static void dust_of_a_decision_is_allowed(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    prom_payouts payouts;
    P.mu = 10000;
    assert_ok(payouts_of(test, &payouts, &P, 6, 3), &test->error);
    assert_true(
        prom_amount_equal(payouts.to[PROM_PAYEE_F], prom_amount_of(2))); /* 2,000,000 is not three times anything */
    accepted(test, P, 1000000, 5000);
}

/* The largest c is one, and none above it is: looked at one by one where w is small, and near it where it is not. */
static void the_largest_reward_is_one(void **state)
{
    fixture *test = *state;
    uint64_t random = 9;
    size_t found = 0;
    for (size_t round = 0; round < 400; round++) {
        prom_parameters P;
        const struct numbers numbers = random_contract(&P, &random);
        const prom_amount rho = prom_amount_of(numbers.rho);
        uint64_t c = 0;
        assert_true(prom_amount_get(prom_stakes_reward_max(&P, rho), &c));
        prom_stakes stakes = {&P, prom_amount_of(c), rho};
        if (c > 0) {
            assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
            found++;
        }
        for (uint64_t more = 1; more < 2000; more++) {
            stakes.c = prom_amount_of(c > 0 ? c + more : 1 + random_below(&random, numbers.w));
            assert_false(prom_is_ok(prom_stakes_check(&stakes, NULL)));
        }
    }
    assert_true(found > 40);
}

/* A bound that is reached where #4 would leave the worker dust: the largest c leaves it an output. */
static void the_largest_reward_leaves_no_dust(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    prom_payouts payouts;
    P.w = prom_amount_of(50000);
    P.v = prom_amount_of(60000);
    P.a = prom_amount_of(74834); /* two of them lose 44,900 in #5 */
    P.sigma = 1000;
    const prom_amount largest = prom_stakes_reward_max(&P, prom_amount_zero());
    prom_stakes stakes = {&P, largest, prom_amount_zero()};
    assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
    assert_ok(prom_payouts_of(&payouts, &stakes, 4, 0, &test->error), &test->error);
    assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_W], prom_amount_of(DUST)));
    stakes.c = prom_amount_add(largest, prom_amount_of(2));
    assert_fails(prom_stakes_check(&stakes, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "dust");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(rows_are_those_of_the_table),
        FIXTURE_TEST(settlement_3_by_hand),
        FIXTURE_TEST(deciders_do_not_gain_from_being_few),
        FIXTURE_TEST(impossible_rows_are_refused),
        FIXTURE_TEST(more_than_was_deposited_is_refused),
        FIXTURE_TEST(rewards_have_bounds),
        FIXTURE_TEST(retainers_have_bounds),
        FIXTURE_TEST(stalling_has_a_price),
        FIXTURE_TEST(dust_is_refused),
        FIXTURE_TEST(dust_of_a_decision_is_allowed),
        FIXTURE_TEST(the_largest_reward_is_one),
        FIXTURE_TEST(the_largest_reward_leaves_no_dust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
