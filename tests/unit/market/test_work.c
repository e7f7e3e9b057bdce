#include "argument/proving.h"

#include "contract/cast.h"
#include "market/work.h"
#include "prometheus/program/batch.h"
#include "prometheus/program/run.h"
#include "prometheus/scheme/scheme.h"

static prom_work work_of(fixture *test, const prom_program *program, uint16_t scheme, uint32_t items)
{
    prom_work work;
    assert_ok(prom_work_of(&test->arena, &work, program, scheme, items, &test->error), &test->error);
    return work;
}

/* Sizes are those of the bytes; a worker with so much memory delivers, in no larger a package. */
static void deliver_within(fixture *test, const prom_program *program, uint64_t *random, uint32_t items,
                           uint16_t number)
{
    PROM_SCOPED(prom_arena_free) prom_arena bounded = {0};
    const prom_work work = work_of(test, program, number, items);
    const uint8_t *codes = random_inputs(&test->arena, random, program, items);
    const prom_batch batch = {items, (uint32_t)program->input.count, codes};
    const prom_scheme *scheme = prom_scheme_by_number(number);
    const prom_scheme_job *job = NULL;
    prom_job_bytes bytes = {.program = program->bytes};
    prom_delivery delivery;
    prom_bytes32 root;
    assert_ok(prom_batch_write(&test->arena, &bytes.input, &batch, &test->error), &test->error);
    assert_int_equal(work.program_bytes, program->bytes.length);
    assert_int_equal(work.input_bytes, bytes.input.length);
    assert_int_equal(work.macs, program->multiplications * items);
    assert_true(work.run_memory >=
                prom_program_running_bytes(program) + 3 * work.program_bytes + work.input_bytes + work.output_bytes);
    prom_arena_init(&bounded, work.prove_memory - work.program_bytes - work.input_bytes);
    assert_ok(scheme->open(&bounded, &job, &bytes, &test->error), &test->error);
    assert_ok(scheme->deliver(&bounded, &delivery, &root, job, NULL, &test->error), &test->error);
    assert_int_equal(work.output_bytes, delivery.output.length);
    assert_true(work.package_bytes > delivery.output.length + delivery.proof.length);
}

static void test_memory_is_enough(void **state)
{
    fixture *test = *state;
    uint64_t random = 5;
    for (uint32_t i = 0; i < 24; i++) {
        const prom_program *program = random_proving(&test->arena, &random, 1 + i % 7, 1 + i % 5).statement.program;
        deliver_within(test, program, &random, 1 + i % 5, PROM_SCHEME_REPLAY);
        deliver_within(test, program, &random, 1 + i % 5, PROM_SCHEME_SUMCHECK);
    }
}

/* More items cost no less of anything. */
static void test_growth(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    const prom_program *program = random_proving(&test->arena, &random, 5, 1).statement.program;
    for (uint16_t scheme = PROM_SCHEME_REPLAY; scheme <= PROM_SCHEME_SUMCHECK; scheme++) {
        prom_work before = work_of(test, program, scheme, 1);
        for (uint32_t items = 2; items <= 200; items += 1 + items / 5) {
            const prom_work now = work_of(test, program, scheme, items);
            assert_true(now.macs > before.macs && now.input_bytes > before.input_bytes);
            assert_true(now.package_bytes >= before.package_bytes && now.prove_memory >= before.prove_memory);
            assert_true(now.prove_effort >= before.prove_effort && now.check_steps >= before.check_steps);
            assert_true(now.check_memory >= before.check_memory && now.run_memory >= before.run_memory);
            before = now;
        }
    }
}

static void test_what_follows(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    const prom_program *program = random_proving(&test->arena, &random, 4, 1).statement.program;
    prom_parameters P = valid_parameters();
    const prom_work replay = work_of(test, program, PROM_SCHEME_REPLAY, 10);
    const prom_work proven = work_of(test, program, PROM_SCHEME_SUMCHECK, 10);
    assert_int_equal(replay.prove_effort, 0);
    assert_true(proven.prove_effort > 0 && proven.check_steps > 0);
    assert_int_equal(prom_work_checked_macs(&replay, &P), replay.macs);
    assert_int_equal(prom_work_checked_macs(&proven, &P), 0);
    const uint64_t payload = replay.program_bytes + replay.input_bytes;
    assert_int_equal(prom_work_line_bytes(&replay, &P, PROM_ROLE_WORKER), 4 * payload + 5 * replay.package_bytes);
    assert_int_equal(prom_work_line_bytes(&replay, &P, PROM_ROLE_VERIFIER), payload + replay.package_bytes);
    P.varsigma = 2500; /* a quarter is checked: 3 of 10, in two rounds */
    assert_int_equal(prom_work_checked_macs(&replay, &P), replay.macs / 10 * 3);
    assert_int_equal(prom_work_line_bytes(&replay, &P, PROM_ROLE_VERIFIER), payload + 2 * replay.package_bytes);
    const prom_machine machine = {
        .macs_per_second = 7, .effort_per_second = 11, .steps_per_second = 13, .bytes_per_second = 17, .memory = 1};
    prom_job_time time = prom_work_time(&replay, &machine, &P);
    assert_int_equal(time.compute_seconds, (replay.macs + 6) / 7);
    assert_int_equal(time.verify_seconds, (replay.macs / 10 * 3 + 6) / 7);
    assert_true(time.two_rounds && time.bytes_per_second == 17);
    P.varsigma = 10000;
    time = prom_work_time(&proven, &machine, &P);
    assert_int_equal(time.compute_seconds, (proven.macs + 6) / 7 + (proven.prove_effort + 10) / 11);
    assert_int_equal(time.verify_seconds, (proven.check_steps + 12) / 13);
    assert_int_equal(prom_work_time(&proven, &(prom_machine){0}, &P).compute_seconds, UINT64_MAX);
    prom_ask ask = {.role = PROM_ROLE_VERIFIER};
    prom_work_sketch(&ask, &proven);
    assert_true(ask.effort == proven.check_steps && ask.memory == proven.check_memory);
    ask.role = PROM_ROLE_WORKER;
    prom_work_sketch(&ask, &proven);
    assert_true(ask.effort == proven.prove_effort && ask.memory == proven.prove_memory);
    assert_int_equal(ask.macs, program->multiplications);
}

static void test_refusals(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    prom_work work;
    const prom_program *program = random_proving(&test->arena, &random, 4, 1).statement.program;
    assert_fails(prom_work_of(&test->arena, &work, program, 77, 1, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "proof scheme 77");
    assert_fails(prom_work_of(&test->arena, &work, program, PROM_SCHEME_REPLAY, 0, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "0 items");
    assert_fails(prom_work_of(&test->arena, &work, program, PROM_SCHEME_SUMCHECK, UINT32_MAX, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "cannot prove");
    assert_int_equal(prom_count_add(UINT64_MAX, 0), UINT64_MAX);
    assert_int_equal(prom_count_add(UINT64_MAX, 1), UINT64_MAX);
    assert_int_equal(prom_count_times(UINT64_C(1) << 40, UINT64_C(1) << 24), UINT64_MAX);
    assert_int_equal(prom_count_over(UINT64_MAX, 2), UINT64_MAX);
    assert_int_equal(prom_count_over(0, 0), 0);
    assert_int_equal(prom_count_over(1, 0), UINT64_MAX);
    assert_int_equal(prom_count_over(10, 5), 2);
    assert_int_equal(prom_count_over(11, 5), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_memory_is_enough),
        FIXTURE_TEST(test_growth),
        FIXTURE_TEST(test_what_follows),
        FIXTURE_TEST(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
