#include "game/questions.h"

static void expect(const prom_game_form *form, const char *text)
{
    char buffer[PROM_GAME_FORM_TEXT];
    assert_string_equal(prom_game_form_text(buffer, form), text);
}

static void test_text(void **state)
{
    (void)state;
    prom_game_form form = {{0}};
    expect(&form, "0");
    form.of[PROM_QUANTITY_SHARE_W] = 1;
    form.of[PROM_SYMBOL_Z] = -1;
    form.of[PROM_SYMBOL_FEERATE] = -101;
    expect(&form, "share_w - z - 101 feerate");
    form.of[PROM_QUANTITY_ALPHA_W] = 0.25;
    form.of[PROM_SYMBOL_SAT] = -240;
    expect(&form, "share_w + 0.25 [alpha w] - z - 101 feerate - 240");
    form = (prom_game_form){{0}};
    form.of[PROM_SYMBOL_SAT] = 1;
    form.of[PROM_QUANTITY_W] = -2;
    expect(&form, "1 - 2 w");
    form.of[PROM_SYMBOL_SAT] = 0;
    expect(&form, "-2 w");
}

/* Shares among arbiters are fractions; what ends as a decimal is one. */
static void test_shares(void **state)
{
    (void)state;
    prom_game_form form = {{0}};
    form.of[PROM_QUANTITY_W] = 1.0 / 3;
    form.of[PROM_QUANTITY_V] = -2.0 / 3;
    expect(&form, "1/3 w - 2/3 v");
    form.of[PROM_QUANTITY_W] = 0.125;
    form.of[PROM_QUANTITY_V] = 16.0 / 9;
    expect(&form, "0.125 w + 16/9 v");
    form.of[PROM_QUANTITY_W] = 0.6;
    form.of[PROM_QUANTITY_V] = 0.333333;
    expect(&form, "0.6 w + 0.333333 v");
}

/* However long it is, the text ends. */
static void test_a_long_form_is_cut_at_a_term(void **state)
{
    (void)state;
    prom_game_form form;
    char buffer[PROM_GAME_FORM_TEXT];
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        form.of[i] = 1.0 / 3 + i;
    }
    const size_t length = strlen(prom_game_form_text(buffer, &form));
    assert_true(length > 300 && length < sizeof buffer);
}

static void test_every_symbol_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        assert_non_null(prom_game_symbol_name(i));
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(prom_game_symbol_name(i), prom_game_symbol_name(j));
        }
    }
    assert_string_equal(prom_game_symbol_name(PROM_SYMBOLS), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_a_long_form_is_cut_at_a_term),
        cmocka_unit_test(test_every_symbol_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
