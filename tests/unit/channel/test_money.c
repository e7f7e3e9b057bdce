/* Where the money is, and windows, from the facts that blocks have left. */
#include "channel/world_moves.h"

static void follows_from_what_is_spent(void **state)
{
    struct world *world = world_new(*state);
    prom_facts *facts = world_facts(world, PLACE_V);
    prom_spend *spent = facts->batches[0].money.spent;
    assert_int_equal(prom_money_state_of(facts, 0), PROM_MONEY_NONE);
    facts->tx0 = (prom_spend){.there = true, .height = 7, .tx = PROM_TX0};
    assert_int_equal(prom_money_state_of(facts, 0), PROM_MONEY_LOCKED);
    spent[PROM_OUTPUT_O0] = (prom_spend){.there = true, .height = 8, .tx = PROM_TX4};
    assert_int_equal(prom_money_state_of(facts, 0), PROM_MONEY_SETTLED);
    spent[PROM_OUTPUT_O0].tx = PROM_TXV0;
    assert_int_equal(prom_money_state_of(facts, 0), PROM_MONEY_ACCUSED);
    spent[PROM_OUTPUT_OV0] = (prom_spend){.there = true, .height = 9, .tx = PROM_TX5};
    assert_int_equal(prom_money_state_of(facts, 0), PROM_MONEY_SETTLED);
    spent[PROM_OUTPUT_OV0].tx = PROM_TXA;
    assert_int_equal(prom_money_state_of(facts, 0), PROM_MONEY_APPEALED);
    spent[PROM_OUTPUT_OA] = (prom_spend){.there = true, .height = 10, .tx = PROM_TX6};
    assert_int_equal(prom_money_state_of(facts, 0), PROM_MONEY_SETTLED);
    world_free(world);
}

/* A window is counted from a block that is there. */
static void windows_follow_from_milestones(void **state)
{
    struct world *world = world_new(*state);
    const prom_channel *channel = world->parties[PLACE_V].channel;
    prom_facts *facts = world_facts(world, PLACE_V);
    prom_tip_window window;
    prom_tip_window later;
    uint32_t height = 0;
    assert_false(prom_milestone_height(channel, 0, PROM_MILESTONE_TX0, &height));
    assert_false(prom_window_of(channel, 0, PROM_DEADLINE_DELIVER, &window));
    facts->tx0 = (prom_spend){.there = true, .height = 1000, .tx = PROM_TX0};
    assert_true(prom_milestone_height(channel, 0, PROM_MILESTONE_TX0, &height));
    assert_int_equal(height, 1000);
    assert_true(prom_window_of(channel, 0, PROM_DEADLINE_DELIVER, &window));
    facts->tx0.height++;
    assert_true(prom_window_of(channel, 0, PROM_DEADLINE_DELIVER, &later));
    assert_int_equal(later.latest, window.latest + 1);
    assert_false(prom_milestone_height(channel, 0, PROM_MILESTONE_TXV0, &height));
    facts->batches[0].money.spent[PROM_OUTPUT_O0] = (prom_spend){.there = true, .height = 1010, .tx = PROM_TX4};
    assert_false(prom_milestone_height(channel, 0, PROM_MILESTONE_TXV0, &height));
    assert_true(prom_milestone_height(channel, 0, PROM_MILESTONE_CLOSING, &height));
    assert_int_equal(height, 1010);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(follows_from_what_is_spent),
        FIXTURE_TEST(windows_follow_from_milestones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
