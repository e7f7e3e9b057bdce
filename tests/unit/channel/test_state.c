/* Where a channel stands, from its facts. */
#include "channel/running.h"

static prom_lambda lambda(struct world *world, size_t place)
{
    return prom_channel_lambda(world->parties[place].channel);
}

static bool finished(struct world *world, size_t place)
{
    const prom_channel_view view = world_view(&world->parties[place]);
    return prom_channel_is_finished(world->parties[place].channel, &view);
}

static void mine(struct world *world, uint32_t blocks)
{
    world_mine_to_at(world, PLACE_C, world_tip_of(&world->parties[PLACE_C]) + blocks);
}

static void appealed(void **state)
{
    struct world *world = world_new(*state);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_SETUP);
    world_confirm(world);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_COMPUTATION);
    assert_int_equal(world_tell(world, PLACE_W, PLACE_C, world_statement(world, world_claim(PROM_ROUND_A, 0))),
                     PROM_TAKEN);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_VERIFICATION);
    world_mine_tx(world, PROM_TXV0);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_VERIFICATION);
    world_mine_tx(world, PROM_TXA);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_ARBITRATION);
    world_mine_tx_at(world, PLACE_C, PROM_TX6);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_CLOSED);
    mine(world, 99);
    assert_false(finished(world, PLACE_C));
    mine(world, 1);
    assert_true(finished(world, PLACE_C));
    world_free(world);
}

static void taken_back_by_the_chain(void **state)
{
    struct world *world = world_new(*state);
    world_confirm(world);
    world_mine_tx_at(world, PLACE_C, PROM_TX1);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_CLOSED);
    world_unblock_at(world, PLACE_C);
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_COMPUTATION);
    assert_false(finished(world, PLACE_C));
    world_free(world);
}

static void spoilt(void **state)
{
    struct world *world = world_new(*state);
    prom_facts *facts = world_facts(world, PLACE_C);
    facts->spoilt =
        (prom_spend){.there = true, .height = world_tip_of(&world->parties[PLACE_C]), .tx = PROM_TREE_OTHER};
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_CLOSED);
    mine(world, 100);
    assert_true(finished(world, PLACE_C));
    facts->spoilt.height++;
    assert_false(finished(world, PLACE_C));
    world_free(world);
}

static void setup(void **state)
{
    struct world *world = world_new(*state);
    prom_facts *facts = world_facts(world, PLACE_C);
    facts->setup.phase = PROM_SETUP_COMPLETE;
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_SETUP);
    assert_false(finished(world, PLACE_C));
    facts->setup.phase = PROM_SETUP_OVER;
    assert_int_equal(lambda(world, PLACE_C), PROM_LAMBDA_CLOSED);
    assert_true(finished(world, PLACE_C));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(appealed),
        FIXTURE_TEST(taken_back_by_the_chain),
        FIXTURE_TEST(spoilt),
        FIXTURE_TEST(setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
