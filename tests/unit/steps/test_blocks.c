#include "channel/world_moves.h"

static void knows_where_the_money_is(void **state)
{
    struct world *world = world_new(*state);
    assert_int_equal(prom_money_state_of(world_facts(world, PLACE_V), 0), PROM_MONEY_NONE);
    world_bury(world);
    assert_int_equal(world_facts(world, PLACE_V)->tx0.height, WORLD_H0);
    assert_int_equal(prom_money_state_of(world_facts(world, PLACE_V), 0), PROM_MONEY_LOCKED);
    world_mine_tx(world, PROM_TXV0);
    assert_int_equal(prom_money_state_of(world_facts(world, PLACE_V), 0), PROM_MONEY_ACCUSED);
    world_mine_tx(world, PROM_TXA);
    assert_int_equal(prom_money_state_of(world_facts(world, PLACE_V), 0), PROM_MONEY_APPEALED);
    world_unblock(world);
    world_unblock(world);
    assert_int_equal(prom_money_state_of(world_facts(world, PLACE_V), 0), PROM_MONEY_LOCKED);
    assert_false(world_batch(world, PLACE_V)->money.key_known);
    world_mine_tx(world, PROM_TX4);
    assert_int_equal(prom_money_state_of(world_facts(world, PLACE_V), 0), PROM_MONEY_SETTLED);
    assert_int_equal(prom_channel_scheme(world->parties[PLACE_C].channel, 0), 3);
    assert_true(prom_bytes32_equal(&world_batch(world, PLACE_C)->money.h_p, &world->session.cast.h_p));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(knows_where_the_money_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
