#include "contract/cast.h"

#include <math.h>

#include "prometheus/contract/draw.h"

static void a_fifth_of_the_pool_has_a_price(void **state)
{
    fixture *test = *state;
    const prom_parameters P = valid_parameters(); /* a is 1.5 w */
    assert_ok(prom_pool_check(&P, 34, &test->error), &test->error);
    assert_fails(
        prom_pool_check(&P, 33, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
        "the stake of a fifth of the offers that count is 19800000 sat, and at least 20000000 is needed: 10 w");
    assert_fails(prom_pool_check(&P, 0, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "is 0 sat");
}

/* The table of docs/protocol.md, and all ways to draw few seats from few offers, counted. */
static void chances_are_counted(void **state)
{
    static const struct {
        uint32_t n, k;
        double percent[3]; /* with 10, 20 and 30 % of the pool */
    } table[] = {{3, 2, {2.8, 10.4, 21.6}}, {5, 3, {0.86, 5.8, 16.3}}, {9, 5, {0.089, 1.96, 9.88}}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        for (size_t tenth = 1; tenth <= 3; tenth++) {
            const double expected = table[i].percent[tenth - 1] / 100;
            const double large = prom_pool_chance_of_share(table[i].n, table[i].k, (double)tenth / 10);
            assert_true(fabs(large - expected) < expected / 100);
            const double counted = prom_pool_chance(table[i].n, table[i].k, tenth * 100000, 1000000);
            assert_true(fabs(counted - large) < large / 1000);
        }
    }
    enum { POOL = 7, OWNED = 3 };
    for (uint32_t k = 0; k <= 4; k++) {
        size_t ways = 0;
        size_t won = 0;
        for (unsigned drawn = 0; drawn < 1U << POOL; drawn++) {
            unsigned seats = 0;
            unsigned own = 0;
            for (unsigned i = 0; i < POOL; i++) {
                seats += drawn >> i & 1U;
                own += i < OWNED ? drawn >> i & 1U : 0;
            }
            ways += seats == 4;
            won += seats == 4 && own >= k;
        }
        assert_true(fabs(prom_pool_chance(4, k, OWNED, POOL) - (double)won / (double)ways) < 1e-12);
    }
    assert_true(fabs(prom_pool_chance(3, 2, 3, 3) - 1) < 1e-12);
    assert_true(fabs(prom_pool_chance(3, 2, 0, 10)) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_fifth_of_the_pool_has_a_price),
        cmocka_unit_test(chances_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
