#include "support.h"

#include "prometheus/scheme/scheme.h"

static void schemes_are_found_by_number_and_name(void **state)
{
    (void)state;
    const prom_scheme *replay = prom_scheme_by_number(PROM_SCHEME_REPLAY);
    assert_non_null(replay);
    assert_string_equal(replay->name, "replay");
    assert_int_equal(replay->number, 1);
    assert_ptr_equal(prom_scheme_by_name("replay"), replay);
    assert_non_null(replay->open_sample);
    const prom_scheme *sumcheck = prom_scheme_by_number(PROM_SCHEME_SUMCHECK);
    assert_non_null(sumcheck);
    assert_string_equal(sumcheck->name, "sumcheck");
    assert_int_equal(sumcheck->number, 2);
    assert_ptr_equal(prom_scheme_by_name("sumcheck"), sumcheck);
    assert_null(sumcheck->open_sample);
    const prom_scheme *modules = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    assert_non_null(modules);
    assert_string_equal(modules->name, "replay-module");
    assert_int_equal(modules->number, 3);
    assert_ptr_equal(prom_scheme_by_name("replay-module"), modules);
    assert_non_null(modules->open_sample);
}

static void others_are_not_found(void **state)
{
    (void)state;
    assert_null(prom_scheme_by_number(0));
    assert_null(prom_scheme_by_number(4));
    assert_null(prom_scheme_by_number(UINT16_MAX));
    assert_null(prom_scheme_by_name(""));
    assert_null(prom_scheme_by_name("Replay"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemes_are_found_by_number_and_name),
        cmocka_unit_test(others_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
