/* What is refused before anybody is asked: parts that cannot be joined, and results that cannot be put together. */
#include "scheme/toy.h"

#include "trade/sketch.h"

static prom_sketch sketch_of(const prom_module *module, uint32_t items)
{
    return (prom_sketch){.batch = {.work = {.program = {.module = module}, .items = items}}};
}

static prom_result join(fixture *test, prom_sketch *sketch, prom_join_wish wish, uint32_t parts)
{
    const prom_machine machine = {.fuel_per_second = 1000};
    prom_job_request request = prom_job_request_empty();
    request.join = wish;
    request.wishes.parts_min = parts;
    return prom_sketch_join(sketch, &request, &machine, &test->error);
}

static void an_order_says_who_joins(void **state)
{
    fixture *test = *state;
    const prom_module module = {.limits = toy_limits(true)};
    prom_sketch sketch = sketch_of(&module, 100);
    const prom_joining *joining = &sketch.order.joining;
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_NONE, 0), &test->error);
    assert_true(joining->folds && joining->own_folds == 19 && joining->parts_max == 256); /* of half a second */
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_CONTRACT, 7), &test->error);
    assert_int_equal(joining->own_folds, 0);
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_OWN, 7), &test->error);
    assert_int_equal(joining->own_folds, UINT32_MAX);
}

static void what_cannot_be_joined_is_refused(void **state)
{
    fixture *test = *state;
    prom_module module = {.limits = toy_limits(false)};
    prom_sketch sketch = sketch_of(&module, 10);
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_NONE, 3), &test->error);
    assert_fails(join(test, &sketch, PROM_JOIN_WISH_OWN, 3), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the program does not fold, so its parts are not joined: leave --reduce out");
    module.limits = toy_limits(true);
    module.limits.fold_bytes = PROM_MODULE_RESULT_MAX;
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_CONTRACT, 8), &test->error);
    assert_fails(join(test, &sketch, PROM_JOIN_WISH_CONTRACT, 9), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "no contract can join the results of 9 parts");
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_NONE, 9), &test->error);
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_OWN, 9), &test->error);
}

/* To the byte: 2 GiB are put together. */
static void what_cannot_be_put_together_is_refused(void **state)
{
    fixture *test = *state;
    prom_module module = {.limits = toy_limits(true)};
    module.limits.result_bytes = PROM_MODULE_RESULT_MAX;
    module.limits.fold_bytes = (uint32_t)((PROM_BATCH_OUTPUT_MAX - 4 - 35 * 14 - 18 * PROM_MODULE_RESULT_MAX) / 17);
    const prom_sketch right = sketch_of(&module, 18);
    prom_sketch sketch = right;
    assert_true(prom_work_results_bytes(&right.batch.work) > PROM_BATCH_OUTPUT_MAX - 17);
    assert_ok(join(test, &sketch, PROM_JOIN_WISH_NONE, 0), &test->error);
    module.limits.fold_bytes++;
    assert_fails(join(test, &sketch, PROM_JOIN_WISH_NONE, 0), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the results of all 18 items may have 2.15 GB, and 2 GiB can be put together: order the batch in "
                 "pieces, or let the program allow shorter results");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_order_says_who_joins),
        FIXTURE_TEST(what_cannot_be_joined_is_refused),
        FIXTURE_TEST(what_cannot_be_put_together_is_refused),
    };
    return cmocka_run_group_tests_name("trade/sketch_join", tests, NULL, NULL);
}
