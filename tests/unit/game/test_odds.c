#include "prometheus/game/odds.h"

#include "equilibrium/sketch.h"

#include <math.h>

static void assert_close(double value, double wanted, double relative)
{
    if (!(fabs(value - wanted) <= relative * fabs(wanted))) {
        print_error("wanted %.17g, got %.17g\n", wanted, value);
        fail();
    }
}

/* The table of IBISS, in units of c. */
static void stakes_of_ibiss(void **state)
{
    static const double chances[] = {0.02, 0.05, 0.1, 0.2};
    static const double stakes[][2] = {{49, 48}, {19, 18}, {9, 8}, {4, 3}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(chances); i++) {
        for (unsigned markup = 0; markup < 2; markup++) {
            assert_near(prom_odds_ibiss_stake(chances[i], 1, markup), stakes[i][markup]);
            const double c = 123456;
            const double w = prom_odds_ibiss_stake(chances[i], c, markup);
            assert_close(w, stakes[i][markup] * c, 1e-12);
            const double s = c * (1 + markup);
            assert_true(chances[i] * (s + w + 1) > c && chances[i] * (s + w - 1) < c);
        }
    }
    assert_true(prom_odds_ibiss_stake(0.9, 100, 0.5) == 0); /* the pay alone is enough to lose */
    assert_true(isinf(prom_odds_ibiss_stake(0, 100, 0)));
}

static void samples_are_rounded_up(void **state)
{
    static const uint32_t wanted[][3] = {{100, 500, 5},
                                         {101, 500, 6},
                                         {100, 501, 6},
                                         {10, 1, 1},
                                         {10, 0, 1},
                                         {0, 500, 0},
                                         {7, 10000, 7},
                                         {7, 20000, 7},
                                         {UINT32_MAX, 10000, UINT32_MAX},
                                         {1, 1, 1},
                                         {UINT32_MAX, 1, 429497},
                                         {UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        assert_int_equal(prom_odds_sample(wanted[i][0], wanted[i][1]), wanted[i][2]);
    }
}

/* All samples of few items, counted. */
static void detection_is_counted(void **state)
{
    (void)state;
    for (uint32_t items = 0; items <= 8; items++) {
        for (uint32_t wrong = 0; wrong <= items; wrong++) {
            unsigned ways[9] = {0};
            unsigned found[9] = {0};
            for (unsigned taken = 0; taken < 1U << items; taken++) {
                const int sample = __builtin_popcount(taken);
                ways[sample]++;
                found[sample] += (taken & ((1U << wrong) - 1)) != 0;
            }
            for (uint32_t sample = 0; sample <= items; sample++) {
                assert_near(prom_odds_detection(items, wrong, sample), (double)found[sample] / ways[sample]);
            }
        }
    }
    assert_true(prom_odds_detection(5, 9, 1) == 1);
    assert_true(prom_odds_detection(5, 1, 9) == 1);
    assert_true(prom_odds_detection(0, 1, 1) == 1);
}

/* Digits are kept where chances are small, and where items are many. What is wanted is the product of
 * (items - wrong - i) / (items - i) over the sample, from 1, with 60 digits. */
static void detection_of_many_items(void **state)
{
    (void)state;
    assert_close(prom_odds_detection(UINT32_MAX, 1, 1), 1 / 4294967295.0, 1e-15);
    assert_close(prom_odds_detection(UINT32_MAX, 3, 2), 1.3969838619232178e-9, 1e-15);
    assert_close(prom_odds_detection(UINT32_MAX, 2, 3), 1.3969838619232178e-9, 1e-15);
    assert_close(prom_odds_detection(UINT32_MAX, 1000, 1000), 2.3280359492766593e-4, 1e-13);
    assert_close(prom_odds_detection(UINT32_MAX, 65536, 65536), 0.632126172323281459, 1e-11);
    assert_close(1 - prom_odds_detection(1000000, 10000, 500), 0.0065622060158501656, 1e-12);
    assert_close(1 - prom_odds_detection(UINT32_MAX, 300000, 300000), 7.9218851891344264e-10, 1e-6);
    assert_true(prom_odds_detection(UINT32_MAX, UINT32_MAX / 2, UINT32_MAX / 2) == 1);
    assert_true(prom_odds_detection(UINT32_MAX, 0, UINT32_MAX) == 0);
}

static void rolls_interest_and_bribes(void **state)
{
    (void)state;
    assert_near(prom_odds_with_rolls(0.5, 0), 0.5);
    assert_near(prom_odds_with_rolls(0.5, 1), 0.5);
    assert_near(prom_odds_with_rolls(0.5, 3), 0.125);
    assert_near(prom_odds_interest(1000000, 500, 52560), 50000);
    assert_near(prom_odds_interest(250000, 500, 432), 250000.0 * 432 / 52560 / 20);
    prom_odds_bribe bribe = prom_odds_bribe_of(3, 1500, 1000, -250000);
    assert_near(bribe.each, 500);
    assert_near(bribe.together, 1500);
    assert_near(bribe.promised, 3 * 251500);
    bribe = prom_odds_bribe_of(2, 10, 20, 15); /* they do it for nothing */
    assert_true(bribe.each == 0 && bribe.together == 0 && bribe.promised == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stakes_of_ibiss),           cmocka_unit_test(samples_are_rounded_up),
        cmocka_unit_test(detection_is_counted),      cmocka_unit_test(detection_of_many_items),
        cmocka_unit_test(rolls_interest_and_bribes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
