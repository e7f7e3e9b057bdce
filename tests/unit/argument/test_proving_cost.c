#include "argument/proving.h"

#include "base/units.h"

static uint64_t cost_of(prom_arena *arena, const prom_statement *statement, uint32_t threads)
{
    prom_error error = {""};
    uint64_t bytes = 0;
    assert_ok(prom_statement_proving_cost(arena, &bytes, statement->program, statement->items, threads, &error),
              &error);
    return bytes;
}

/* An arena that gives out no more is enough; tests/functional/test_prove.py compares with what the system saw. */
static void test_random_programs(void **state)
{
    fixture *test = *state;
    uint64_t random = 7;
    for (size_t i = 0; i < 60; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_span proof;
        const proving made = random_proving(&test->arena, &random, 1 + i % 9, 1 + i % 5);
        prom_arena_init(&arena, cost_of(&test->arena, &made.statement, 1));
        assert_ok(prom_statement_prove(&arena, &proof, made.outputs, &made.statement, NULL, NULL, &test->error),
                  &test->error);
    }
}

/* More items need more, and so do more threads. */
static void test_growth(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    proving made = random_proving(&test->arena, &random, 5, 1);
    uint64_t before = 0;
    for (size_t items = 1; items <= 64; items *= 4) {
        made.statement.items = items;
        const uint64_t now = cost_of(&test->arena, &made.statement, 1);
        assert_true(now > before);
        assert_true(cost_of(&test->arena, &made.statement, 8) > now);
        before = now;
    }
}

/* What the effort counts is twice as much for twice the items, once the items are what there is most of. */
static void test_effort(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    const proving made = random_proving(&test->arena, &random, 5, 1);
    uint64_t before = 0;
    for (size_t items = 1; items <= 1 << 12; items *= 2) {
        uint64_t values = 0;
        assert_ok(prom_statement_proving_effort(&test->arena, &values, made.statement.program, items, &test->error),
                  &test->error);
        assert_true(values > before);
        if (items == 1 << 12) {
            assert_true(values > before / 10 * 17 && values <= before * 2);
        }
        before = values;
    }
}

static void test_refusal(void **state)
{
    fixture *test = *state;
    uint64_t random = 4;
    const proving made = random_proving(&test->arena, &random, 3, 2);
    const uint64_t bytes = cost_of(&test->arena, &made.statement, 2);
    char need[PROM_UNITS];
    char most[PROM_UNITS];
    char sentence[200];
    assert_ok(prom_statement_check_proving(&test->arena, &made.statement, 2, bytes, &test->error), &test->error);
    (void)snprintf(sentence, sizeof sentence, "proving 2 items may take %s of memory, and %s is the most",
                   prom_units_bytes(need, bytes), prom_units_bytes(most, bytes - 1));
    assert_fails(prom_statement_check_proving(&test->arena, &made.statement, 2, bytes - 1, &test->error),
                 PROM_CATEGORY_MEMORY, &test->error, sentence);
    prom_statement many = made.statement;
    many.items = SIZE_MAX;
    assert_fails(prom_statement_check_proving(&test->arena, &many, 2, UINT64_MAX, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_random_programs),
        FIXTURE_TEST(test_growth),
        FIXTURE_TEST(test_effort),
        FIXTURE_TEST(test_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
