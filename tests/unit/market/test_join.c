#include "market/jobs.h"

#include "market/join.h"
#include "prometheus/scheme/delivery.h"

enum { KIB = 1024 };

static prom_module folding(uint32_t fold_bytes, uint64_t fold_fuel)
{
    static const uint8_t code[4];
    return (prom_module){.limits = {.folds = true,
                                    .pages = 1,
                                    .result_bytes = 7,
                                    .fold_bytes = fold_bytes,
                                    .fuel = 1000,
                                    .fold_fuel = fold_fuel},
                         .code = {code, sizeof code}};
}

static prom_joining joining_of(fixture *test, const prom_module *module, prom_join_wish wish, uint64_t speed)
{
    const prom_job_program program = {.module = module};
    const prom_machine machine = {.fuel_per_second = speed};
    prom_joining joining;
    assert_ok(prom_joining_find(&test->arena, &joining, &program, wish, speed != 0 ? &machine : NULL, &test->error),
              &test->error);
    return joining;
}

static void test_who_joins(void **state)
{
    (void)state;
    const prom_joining joining = {.folds = true, .own_folds = 3, .parts_max = 6};
    static const prom_joiner wanted[] = {PROM_JOINER_NONE, PROM_JOINER_NONE,     PROM_JOINER_OWN,      PROM_JOINER_OWN,
                                         PROM_JOINER_OWN,  PROM_JOINER_CONTRACT, PROM_JOINER_CONTRACT, PROM_JOINER_OWN};
    for (uint32_t parts = 0; parts < COUNT_OF(wanted); parts++) {
        assert_int_equal(prom_joining_decide(&joining, parts), wanted[parts]);
    }
    const prom_joining maps = {.folds = false, .parts_max = 6};
    assert_int_equal(prom_joining_decide(&maps, 5), PROM_JOINER_NONE);
    assert_string_equal(prom_joiner_name(PROM_JOINER_CONTRACT), "contract");
    assert_null(prom_joiner_name(PROM_JOINERS));
}

/* As many folds as take ten seconds: each a hundredth of its fuel, and 40 microseconds for its page of memory. */
static void test_what_the_own_node_does(void **state)
{
    fixture *test = *state;
    const prom_module module = folding(KIB, 1000000);
    assert_int_equal(joining_of(test, &module, PROM_JOIN_WISH_NONE, 100000000).own_folds, 10000000 / 10040);
    assert_int_equal(joining_of(test, &module, PROM_JOIN_WISH_NONE, 1).own_folds, 0);
    assert_int_equal(joining_of(test, &module, PROM_JOIN_WISH_NONE, 0).own_folds, 0);
    assert_int_equal(joining_of(test, &module, PROM_JOIN_WISH_OWN, 1).own_folds, UINT32_MAX);
    assert_int_equal(joining_of(test, &module, PROM_JOIN_WISH_CONTRACT, 100000000).own_folds, 0);
    const prom_module endless = folding(KIB, PROM_MODULE_FUEL_MAX);
    assert_int_equal(joining_of(test, &endless, PROM_JOIN_WISH_NONE, 1000000000).own_folds, 0);
    const prom_machine machine = {.fuel_per_second = 100000000};
    assert_int_equal(prom_joining_seconds(&module, &machine, 1000), 11);
    assert_int_equal(prom_joining_seconds(&module, &machine, 1), 1);
}

/* Results and folds of P parts, each of the most bytes, are a package of 1 GiB at most. */
static void test_what_a_contract_takes(void **state)
{
    fixture *test = *state;
    const prom_module small = folding(KIB, 10);
    const prom_module large = folding(PROM_MODULE_RESULT_MAX, 10);
    prom_work work;
    assert_int_equal(joining_of(test, &small, PROM_JOIN_WISH_NONE, 1).parts_max, 256);
    assert_int_equal(joining_of(test, &large, PROM_JOIN_WISH_NONE, 1).parts_max, 8);
    assert_ok(prom_joining_work(&test->arena, &work, &large, 8, &test->error), &test->error);
    assert_int_equal(work.items, 15);
    assert_int_equal(work.fuel, 7 * 10);
    assert_int_equal(work.input_bytes, 4 + 8 * (4 + (uint64_t)PROM_MODULE_RESULT_MAX));
    assert_fails(prom_joining_work(&test->arena, &work, &large, 9, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "1 GiB");
}

static void test_what_does_not_fold(void **state)
{
    fixture *test = *state;
    prom_module module = folding(0, 0);
    module.limits.folds = false;
    assert_false(joining_of(test, &module, PROM_JOIN_WISH_NONE, 1).folds);
    const prom_job_program integers = {.module = NULL};
    prom_joining joining;
    assert_ok(prom_joining_find(&test->arena, &joining, &integers, PROM_JOIN_WISH_NONE, NULL, &test->error),
              &test->error);
    assert_false(joining.folds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_who_joins),
        FIXTURE_TEST(test_what_the_own_node_does),
        FIXTURE_TEST(test_what_a_contract_takes),
        FIXTURE_TEST(test_what_does_not_fold),
    };
    return cmocka_run_group_tests_name("market/join", tests, NULL, NULL);
}
