/* What jobs of modules cost. */
#include "scheme/toy.h"

#include "contract/cast.h"
#include "market/price.h"
#include "prometheus/scheme/delivery.h"

static prom_work work_of(fixture *test, const struct mapped *it)
{
    prom_work work;
    assert_ok(prom_work_of_job(&test->arena, &work, it->job, &test->error), &test->error);
    return work;
}

/* Whoever has so much memory delivers and checks, and what comes is no larger than it was told. */
static void what_it_takes_is_a_bound(void **state)
{
    fixture *test = *state;
    for (uint32_t items = 1; items <= 40; items += 3) {
        PROM_SCOPED(prom_arena_free) prom_arena bounded = {0};
        const struct mapped it = map_items(test, "join", items % 2 == 0, NULL, items);
        const prom_work work = work_of(test, &it);
        prom_delivery delivery;
        prom_bytes32 root;
        assert_int_equal(work.items, it.nodes);
        assert_int_equal(work.program_bytes, it.bytes.program.length);
        assert_true(work.run_memory > prom_module_compile_bytes(it.job->program.module->code.length));
        assert_int_equal(work.input_bytes, it.bytes.input.length);
        assert_int_equal(work.fuel, it.job->fuel);
        assert_true(work.output_bytes >= it.delivery.output.length);
        assert_true(work.package_bytes >= prom_delivery_package_bytes(it.delivery.output.length));
        assert_true(work.check_memory >= work.program_bytes + work.input_bytes + 2 * work.package_bytes);
        prom_arena_init(&bounded, work.run_memory - work.program_bytes - work.input_bytes);
        assert_ok(it.scheme->deliver(&bounded, &delivery, &root, it.job, NULL, &test->error), &test->error);
    }
}

/* What a part of so many items costs is no less than any of them does, and more items never cost less. */
static void no_part_costs_more(void **state)
{
    fixture *test = *state;
    static const char *const texts[] = {"", "abcd", "ab", "", "abcde", "a"};
    for (unsigned folds = 0; folds < 2; folds++) {
        const struct mapped it = map_items(test, "join", folds != 0, texts, COUNT_OF(texts));
        prom_work_batch batch = {.program = it.job->program, .items = COUNT_OF(texts)};
        prom_items items;
        prom_work before = {.items = 0};
        prom_work work;
        assert_ok(prom_items_read(&test->arena, &items, it.bytes.input, &test->error), &test->error);
        assert_ok(prom_work_largest(&test->arena, &batch.largest, &items, &test->error), &test->error);
        for (uint32_t count = 1; count <= batch.items; count++) {
            assert_ok(prom_work_of_part(&test->arena, &work, &batch, PROM_SCHEME_REPLAY_MODULE, count, &test->error),
                      &test->error);
            for (uint32_t first = 0; first + count <= batch.items; first++) {
                const struct mapped part = map_items(test, "join", folds != 0, texts + first, count);
                const prom_work exact = work_of(test, &part);
                assert_true(exact.input_bytes <= work.input_bytes && exact.run_memory <= work.run_memory);
                assert_int_equal(exact.fuel, work.fuel);
                assert_int_equal(exact.package_bytes, work.package_bytes);
            }
            assert_true(work.fuel > before.fuel && work.input_bytes > before.input_bytes);
            before = work;
        }
        assert_int_equal(work.input_bytes, it.bytes.input.length);
        assert_fails(
            prom_work_of_part(&test->arena, &work, &batch, PROM_SCHEME_REPLAY_MODULE, batch.items + 1, &test->error),
            PROM_CATEGORY_BAD_INPUT, &test->error, "no part of the batch has 7 items");
    }
}

/* Ten items of 1000 and nine folds of 500: 14,500. A quarter of 19 nodes is 5, each taken for 764. */
static void time_and_price_follow_from_fuel(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "sum", true, NULL, 10);
    const prom_work work = work_of(test, &it);
    const prom_machine machine = {.fuel_per_second = 100, .bytes_per_second = 1};
    const prom_rates rates = {.fuel = 2000000, .least = prom_amount_zero()};
    prom_parameters P = valid_parameters();
    prom_work large = work;
    prom_ask ask = {.role = PROM_ROLE_VERIFIER};
    assert_int_equal(work.fuel, 14500);
    assert_int_equal(prom_work_time(&work, &machine, &P).compute_seconds, 31 + 145);
    assert_int_equal(prom_work_time(&work, &machine, &P).verify_seconds, 31 + 145);
    P.varsigma = 2500;
    assert_int_equal(prom_work_checked_fuel(&work, &P), 5 * 764);
    assert_int_equal(prom_work_time(&work, &machine, &P).verify_seconds, 31 + 39);
    large.touch_ns = 999999999; /* five of them */
    assert_int_equal(prom_work_time(&large, &machine, &P).verify_seconds, 30 + 5 + 39);
    assert_int_equal(work.touch_ns, 2 * 40000);
    large.touch_ns = 16384 * UINT64_C(40000); /* a gibibyte, touched by each */
    assert_int_equal(prom_work_time(&large, &machine, &P).compute_seconds, 30 + 13 + 145);
    assert_true(
        prom_amount_equal(prom_price_of(&rates, &work, &P, PROM_ROLE_WORKER, prom_amount_zero()), prom_amount_of(29)));
    assert_true(prom_amount_equal(prom_price_of(&rates, &work, &P, PROM_ROLE_VERIFIER, prom_amount_of(1)),
                                  prom_amount_of(1 + 8)));
    prom_work_sketch(&ask, &work);
    assert_true(prom_amount_equal(prom_price_of_ask(&rates, &ask, &P, prom_amount_of(1)), prom_amount_of(1 + 8)));
    assert_int_equal(prom_work_time(&work, &(prom_machine){.macs_per_second = 1}, &P).compute_seconds, UINT64_MAX);
}

static void what_is_no_job_has_no_cost(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "sum", true, NULL, 2);
    const prom_module *module = it.job->program.module;
    prom_work work;
    assert_fails(prom_work_of_module(&test->arena, &work, module, 77, 1, 8, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "proof scheme 77");
    assert_fails(prom_work_of_module(&test->arena, &work, module, PROM_SCHEME_REPLAY_MODULE, 0, 8, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "0 items");
    assert_fails(prom_work_of_module(&test->arena, &work, module, PROM_SCHEME_REPLAY_MODULE, 2, 8, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "no batch of this program has 2 items and folds");
    assert_fails(prom_work_of_module(&test->arena, &work, module, PROM_SCHEME_SUMCHECK, 1, 8, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "replay");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_it_takes_is_a_bound),
        FIXTURE_TEST(no_part_costs_more),
        FIXTURE_TEST(time_and_price_follow_from_fuel),
        FIXTURE_TEST(what_is_no_job_has_no_cost),
    };
    return cmocka_run_group_tests_name("market/work_module", tests, NULL, NULL);
}
