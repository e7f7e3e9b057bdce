#include "contract/cast.h"

#include "prometheus/contract/payout.h"

enum { ROUNDS = 3000, DUST = 330 };

/* P and c as plain numbers. */
struct numbers {
    uint64_t c, w, v, a, n, share_w, share_v, alpha_w, beta_v, gamma_w, delta_w, epsilon_w, epsilon_v, epsilon_a, k;
};

static uint64_t fraction_of(uint64_t amount, uint64_t basis_points)
{
    return amount * basis_points / 10000;
}

static struct numbers numbers_of(const prom_parameters *P, uint64_t w, uint64_t v, uint64_t a, uint64_t c)
{
    struct numbers numbers = {.c = c, .w = w, .v = v, .a = a, .n = P->n};
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
    const uint64_t each = m == 0 ? 0 : numbers->w / m;
    const uint64_t rest =
        numbers->w - m * each + (numbers->n - m) * numbers->a; /* what #6 and #7 leave of w and the stakes */
    const uint64_t fund5 = numbers->epsilon_w - numbers->gamma_w + numbers->epsilon_v + numbers->n * numbers->epsilon_a;
    const uint64_t rows[PROM_SCHEMES][PROM_PAYEES] = {
        {numbers->c, numbers->w - numbers->alpha_w, numbers->v, numbers->a, numbers->a, numbers->alpha_w},
        {numbers->c - numbers->share_w + numbers->beta_v, numbers->w + numbers->share_w, numbers->v - numbers->beta_v,
         numbers->a, numbers->a, 0},
        {0, numbers->w + numbers->share_w, numbers->v + numbers->share_v, numbers->a, numbers->a, 0},
        {numbers->c, numbers->w - numbers->share_v - numbers->delta_w, numbers->v + numbers->share_v, numbers->a,
         numbers->a, numbers->delta_w},
        {numbers->c + numbers->gamma_w, numbers->w - numbers->epsilon_w, numbers->v - numbers->epsilon_v,
         numbers->a - numbers->epsilon_a, numbers->a - numbers->epsilon_a, fund5},
        {numbers->c, 0, numbers->v, numbers->a + each, 0, rest},
        {0, numbers->w + numbers->c, 0, numbers->a + each, 0, numbers->v - numbers->w + rest},
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
    assert_ok(prom_payouts_of(&payouts, P, prom_amount_of(numbers->c), scheme, m, &test->error), &test->error);
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        if (!prom_amount_equal(payouts.to[i], prom_amount_of(expected[i]))) {
            char text[PROM_AMOUNT_TEXT];
            fail_msg("scheme %u, payee %zu: wanted %llu, got %s", scheme, i, (unsigned long long)expected[i],
                     prom_amount_text(text, payouts.to[i]));
        }
        sum += expected[i] * (i == PROM_PAYEE_A_PLUS ? plus : i == PROM_PAYEE_A_MINUS ? numbers->n - plus : 1);
    }
    assert_int_equal(sum, numbers->c + numbers->w + numbers->v +
                              numbers->n * numbers->a); /* what was deposited, and nothing else */
}

/* A random P and c within the bounds; the rest of P stands. */
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
    return numbers_of(P, w, v, a, 1 + random_below(random, w - 1));
}

/* Whether an amount is nothing, or worth an output. */
static bool no_dust(uint64_t amount)
{
    return amount == 0 || amount >= DUST;
}

static bool valid_reward(const struct numbers *numbers)
{
    if (numbers->c == 0 || numbers->c >= numbers->w || numbers->delta_w + numbers->share_v > numbers->w ||
        numbers->beta_v < numbers->share_w) {
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
        const bool accepted = prom_is_ok(prom_reward_check(&P, prom_amount_of(numbers.c), &test->error));
        assert_int_equal(accepted, valid_reward(&numbers));
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

/* The row that the demo's numbers give, by hand. */
static void settlement_3_by_hand(void **state)
{
    fixture *test = *state;
    const prom_parameters P = valid_parameters();
    prom_payouts payouts;
    assert_ok(prom_payouts_of(&payouts, &P, prom_amount_of(1000000), 3, 0, &test->error), &test->error);
    assert_true(prom_amount_is_zero(payouts.to[PROM_PAYEE_C]));
    assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_W], prom_amount_of(2900000)));
    assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_V], prom_amount_of(2600000)));
    assert_true(prom_amount_equal(payouts.to[PROM_PAYEE_A_PLUS], prom_amount_of(3000000)));
    assert_true(prom_amount_is_zero(payouts.to[PROM_PAYEE_F]));
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
        assert_fails(
            prom_payouts_of(&payouts, &P, prom_amount_of(1000000), cases[i].scheme, cases[i].deciders, &test->error),
            PROM_CATEGORY_MISUSE, &test->error, "there is no scheme #");
    }
}

static void more_than_was_deposited_is_refused(void **state)
{
    fixture *test = *state;
    prom_payouts payouts;
    prom_parameters P = valid_parameters();
    P.delta = 10000; /* with V's share it is more than w */
    assert_fails(prom_payouts_of(&payouts, &P, prom_amount_of(1000000), 4, 0, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "scheme #4 would pay out more than was deposited");
    P = valid_parameters();
    P.a = prom_amount_of(PROM_AMOUNT_MAX);
    assert_fails(prom_payouts_of(&payouts, &P, prom_amount_of(1000000), 1, 0, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "scheme #1");
}

static void refused(fixture *test, prom_parameters P, uint64_t c, const char *sentence)
{
    assert_fails(prom_reward_check(&P, prom_amount_of(c), &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 sentence);
}

static void reward_has_bounds(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    assert_ok(prom_reward_check(&P, prom_amount_of(1000000), &test->error), &test->error);
    refused(test, P, 0, "0 < c < w");
    refused(test, P, 2000000, "0 < c < w");
    assert_fails(prom_reward_check(&P, prom_amount_invalid(), &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "0 < c < w");
    P.delta = 9500; /* 1,900,000 and 100,000 are w exactly */
    assert_ok(prom_reward_check(&P, prom_amount_of(1000000), &test->error), &test->error);
    P.delta = 9501;
    refused(test, P, 1000000, "[delta w] + share_v <= w");
    P = valid_parameters();
    P.beta = 3600; /* of 2,500,000: W's share exactly */
    assert_ok(prom_reward_check(&P, prom_amount_of(1000000), &test->error), &test->error);
    P.beta = 3599;
    refused(test, P, 1000000, "[beta v] >= share_w");
}

static void dust_is_refused(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    P.alpha = 9999; /* leaves W 200 sat of its stake */
    refused(test, P, 1000000, "scheme #1 would pay W 200 sat, which is dust");
    P = valid_parameters();
    P.alpha = 1; /* 200 sat to the fund */
    refused(test, P, 1000000, "scheme #1 would pay F 200 sat, which is dust");
    P = valid_parameters();
    P.beta = 9999;
    refused(test, P, 1000000, "scheme #2 would pay V 250 sat, which is dust");
    P = valid_parameters();
    P.delta = 1;
    refused(test, P, 1000000, "scheme #4 would pay F 200 sat, which is dust");
    P = valid_parameters();
    P.epsilon = 9999;
    refused(test, P, 1000000, "scheme #5 would pay W 200 sat, which is dust");
    P = valid_parameters();
    P.mu = 10000; /* w is not three times anything: #6 leaves the fund 2 sat, which go to the fee */
    assert_ok(prom_reward_check(&P, prom_amount_of(1000000), &test->error), &test->error);
    P = valid_parameters();
    P.alpha = 10000; /* nothing at all is no dust */
    assert_ok(prom_reward_check(&P, prom_amount_of(1000000), &test->error), &test->error);
}

/* 329 sat are dust, 330 are not. */
static void dust_begins_below_330_sat(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    P.w = prom_amount_of(1645000);
    P.delta = 2;
    refused(test, P, 1000000, "F 329 sat");
    P.w = prom_amount_of(1650000);
    assert_ok(prom_reward_check(&P, prom_amount_of(1000000), &test->error), &test->error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(rows_are_those_of_the_table), FIXTURE_TEST(settlement_3_by_hand),
        FIXTURE_TEST(impossible_rows_are_refused), FIXTURE_TEST(more_than_was_deposited_is_refused),
        FIXTURE_TEST(reward_has_bounds),           FIXTURE_TEST(dust_is_refused),
        FIXTURE_TEST(dust_begins_below_330_sat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
