#include "game/questions.h"

static void test_every_number_is_set_and_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        prom_game_question it = small_question(3);
        const prom_game_parameter *shown = prom_game_parameter_at(i);
        assert_int_equal(prom_game_parameter_find(shown->name), i);
        prom_game_parameter_set(&it, i, 7);
        assert_near(prom_game_parameter_get(&it, i), 7);
        for (size_t j = 0; j < prom_game_parameter_count();
             j++) { /* and no other one moves, but costs with the price */
            const prom_game_question before = small_question(3);
            const bool same = prom_game_parameter_get(&it, j) - prom_game_parameter_get(&before, j) < 1e-9 &&
                              prom_game_parameter_get(&before, j) - prom_game_parameter_get(&it, j) < 1e-9;
            assert_true(i == j || same || strcmp(shown->name, "price") == 0);
        }
    }
    assert_int_equal(prom_game_parameter_find("nobody"), prom_game_parameter_count());
}

static void test_what_cannot_be_held_is_cut(void **state)
{
    (void)state;
    prom_game_question it = small_question(3);
    const size_t n = prom_game_parameter_find("n");
    const size_t t1 = prom_game_parameter_find("t1");
    const size_t w = prom_game_parameter_find("w");
    prom_game_parameter_set(&it, n, 1e9);
    prom_game_parameter_set(&it, t1, -3);
    prom_game_parameter_set(&it, w, 1e300);
    assert_near(prom_game_parameter_get(&it, n), 255);
    assert_near(prom_game_parameter_get(&it, t1), 0);
    assert_near(prom_game_parameter_get(&it, w), (double)PROM_AMOUNT_MAX);
    const size_t z = prom_game_parameter_find("z");
    const size_t price = prom_game_parameter_find("price");
    prom_game_parameter_set(&it, z, 1e15);
    assert_near(prom_game_parameter_get(&it, z), (double)PROM_GAME_COST_MAX);
    prom_game_parameter_set(&it, price, 0);
    assert_near(prom_game_parameter_get(&it, price), 1);
}

/* A bitcoin that is worth half makes costs in bitcoin twice as high, and no stake. */
static void test_the_price_moves_costs(void **state)
{
    (void)state;
    prom_game_question it = small_question(3);
    prom_game_parameter_set(&it, prom_game_parameter_find("price"), 50000);
    assert_near(sat_of(it.setting.z), 2 * 59999);
    assert_near(sat_of(it.setting.y), 2 * 1199);
    assert_near(sat_of(it.setting.benefit), 2 * 266666);
    assert_near(sat_of(it.P.w), 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number_is_set_and_read_back),
        cmocka_unit_test(test_what_cannot_be_held_is_cut),
        cmocka_unit_test(test_the_price_moves_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
