#include "game/questions.h"

/* The terms' own defaults make a question, whatever the contract. */
static void test_defaults(void **state)
{
    fixture *test = *state;
    prom_game_question it = small_question(3);
    assert_ok(prom_game_question_check(&it, &test->error), &test->error);
    assert_near(sat_of(it.setting.z), 59999);
    assert_near(sat_of(it.setting.y), 1199);
    assert_near(sat_of(it.setting.benefit), 266666);
    assert_int_equal(it.setting.interest, 500);
    assert_int_equal(it.setting.compute, 36);
    it.c = prom_amount_of(PROM_GAME_COST_MAX);
    it.setting = prom_game_setting_default(&it.P, it.c);
    assert_ok(prom_game_question_check(&it, &test->error), &test->error);
    assert_near(sat_of(it.setting.benefit), (double)PROM_GAME_COST_MAX);
}

static void test_refusals_give_both_numbers(void **state)
{
    fixture *test = *state;
    const struct {
        const char *name;
        double value;
        const char *says;
    } wrong[] = {
        {"n", 2, "n is 2, and 3 to 9"},
        {"items", 0, "items is 0, and 1 to"},
        {"q", 10001, "q is 10001, and 0 to 10000"},
        {"interest", 100001, "interest is 100001"},
        {"known", 101, "known is 101, and 0 to 100"},
        {"rolls", 0, "rolls is 0, and 1 to"},
        {"future", 10000001, "future is 10000001"},
        {"audit", 65536, "audit is 65536"},
        {"compute", 139, "compute is 139, and 1 to 138"},
        {"compute", 0, "compute is 0, and 1 to 138"},
        {"verify", 145, "verify is 145, and 1 to 144"},
        {"owned", 1, "owned is 1, and 0 to 0"},
        {"pool", 2, "pool is 2, and 3 to"},
        {"t1", 0, "t1 is 0, and at least 19 is needed: 3s + 1; and compute is 36"},
        {"t1", 18, "t1 is 18, and at least 19"},
        {"t1", 41, "compute is 36, and 1 to 35"},
        {"t2", 144, "t2 is 144, and at least"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        prom_game_question it = small_question(3);
        prom_game_parameter_set(&it, prom_game_parameter_find(wrong[i].name), wrong[i].value);
        assert_fails(prom_game_question_check(&it, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, wrong[i].says);
    }
}

/* What a number by name cannot even hold, a file can. */
static void test_amounts_and_prices_that_are_too_large(void **state)
{
    fixture *test = *state;
    const uint64_t most = UINT64_C(1) << 40;
    prom_game_question it = small_question(3);
    prom_amount *const amounts[] = {&it.c,
                                    &it.retainer,
                                    &it.setting.z,
                                    &it.setting.y,
                                    &it.setting.arbitration,
                                    &it.setting.check,
                                    &it.setting.benefit};
    for (size_t i = 0; i < COUNT_OF(amounts); i++) {
        const prom_amount before = *amounts[i];
        *amounts[i] = prom_amount_of(most - 1);
        assert_ok(prom_game_question_check(&it, &test->error), &test->error);
        *amounts[i] = prom_amount_of(most);
        assert_fails(prom_game_question_check(&it, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                     "is 1099511627776, and 0 to 1099511627775 can be");
        *amounts[i] = before;
    }
    it.setting.price = PROM_GAME_PRICE_MAX;
    assert_ok(prom_game_question_check(&it, &test->error), &test->error);
    it.setting.price++;
    assert_fails(prom_game_question_check(&it, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "price is 9007199254740993, and 1 to 9007199254740992");
    it.setting.price = 0;
    assert_fails(prom_game_question_check(&it, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "price is 0, and 1 to");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_defaults),
        FIXTURE_TEST(test_refusals_give_both_numbers),
        FIXTURE_TEST(test_amounts_and_prices_that_are_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
