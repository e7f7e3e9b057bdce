#include "support.h"

#include "daemon/measure_programs.h"

static void all_kinds_are_provable_programs(void **state)
{
    fixture *test = *state;
    size_t kinds = 0;
    for (const prom_measure_kind *kind = prom_measure_kinds; kind->name != NULL; kind++, kinds++) {
        const prom_program *program = NULL;
        const prom_program *again = NULL;
        uint64_t bytes = 0;
        assert_ok(kind->make(&test->arena, &program, &test->error), &test->error);
        assert_ok(prom_proof_bytes_max(&test->arena, &bytes, program, 64, &test->error), &test->error);
        assert_true(program->multiplications > 200000);
        assert_ok(kind->make(&test->arena, &again, &test->error), &test->error);
        assert_true(prom_span_equal(program->bytes, again->bytes)); /* in every run the same */
    }
    assert_int_equal(kinds, 2);
}

/* Values that are all at an end of their range would be proven in another time. */
static void outputs_are_not_all_the_same(void **state)
{
    fixture *test = *state;
    for (const prom_measure_kind *kind = prom_measure_kinds; kind->name != NULL; kind++) {
        prom_statement statement = {.items = 8};
        prom_span proof;
        uint8_t *outputs = NULL;
        bool seen[256] = {false};
        size_t different = 0;
        assert_ok(kind->make(&test->arena, &statement.program, &test->error), &test->error);
        assert_ok(prom_measure_inputs(&test->arena, &statement, &outputs, &test->error), &test->error);
        assert_ok(prom_codes_in_range(&different, statement.inputs, 8 * statement.program->input.count,
                                      statement.program->input.range)
                      ? prom_ok()
                      : prom_fail(&test->error, PROM_CATEGORY_BROKEN, "a code is out of range"),
                  &test->error);
        assert_ok(prom_statement_prove(&test->arena, &proof, outputs, &statement, NULL, NULL, &test->error),
                  &test->error);
        assert_ok(prom_statement_verify(&test->arena, &statement, proof, NULL, &test->error), &test->error);
        different = 0;
        for (size_t i = 0; i < statement.items * prom_program_output(statement.program)->count; i++) {
            different += !seen[outputs[i]];
            seen[outputs[i]] = true;
        }
        assert_true(different >= 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_kinds_are_provable_programs),
        FIXTURE_TEST(outputs_are_not_all_the_same),
    };
    return cmocka_run_group_tests_name("daemon/measure_programs", tests, NULL, NULL);
}
