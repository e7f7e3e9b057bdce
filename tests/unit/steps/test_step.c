/* The step: who takes a message, and what is wanted. */
#include "channel/running.h"

/* A message about a batch that there is not is refused. */
static void refuses_other_batches(void **state)
{
    struct world *world = world_new(*state);
    prom_message message = world_statement_message(world, world_claim(PROM_ROUND_A, 1));
    message.batch = PROM_BATCHES_MAX;
    assert_int_equal(world_say(world, PLACE_W, PLACE_V, &message), PROM_REFUSED);
    world_free(world);
}

/* What is wanted is a function of the facts: asked twice it is the same, and asking changes nothing. */
static void wanting_changes_nothing(void **state)
{
    struct world *world = buried_world(*state);
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_span before;
    prom_span after;
    prom_arena_init(&arena, (size_t)1 << 26);
    for (size_t place = 0; place < WORLD_PLACES; place++) {
        const prom_facts *facts = world_facts(world, place);
        assert_ok(prom_facts_write(&arena, &before, facts, PROM_PART_EVIDENCE, 0, &world->test->error),
                  &world->test->error);
        const size_t first = world_wants(world, place)->count;
        assert_int_equal(world_wants(world, place)->count, first);
        assert_ok(prom_facts_write(&arena, &after, facts, PROM_PART_EVIDENCE, 0, &world->test->error),
                  &world->test->error);
        assert_true(prom_span_equal(before, after));
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(refuses_other_batches), FIXTURE_TEST(wanting_changes_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
