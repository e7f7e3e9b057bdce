/* What a watchtower sees, block by block and back, and what is due then. */
#include "tower/scene.h"
#include "tower/watch.h"

struct tower {
    struct world *world;
    prom_tower_contract contract;
    uint32_t tip;
};

static struct tower begin(fixture *test, bool appeal)
{
    struct tower tower = {.world = world_new(test), .tip = WORLD_H0};
    world_bury(tower.world);
    const prom_tower_gift gift = scene_deliver(tower.world, 2);
    tower.contract.file = scene_export(tower.world, PLACE_W, appeal ? &gift : NULL);
    return tower;
}

/* A block with this transaction of the tree; PROM_TREE_OTHER: with none. */
static void connect(struct tower *tower, uint32_t index)
{
    fixture *test = tower->world->test;
    const prom_tx *tx = index == PROM_TREE_OTHER ? NULL : tower->world->session.tree->tx[index].tx;
    const prom_index_block block = {.height = ++tower->tip, .txs = &tx, .tx_count = tx != NULL};
    assert_ok(prom_tower_connect(&tower->contract, 1, &block, &test->arena, &test->error), &test->error);
}

static void disconnect(struct tower *tower)
{
    prom_tower_disconnect(&tower->contract, 1, tower->tip--);
}

static void mine(struct tower *tower, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        connect(tower, PROM_TREE_OTHER);
    }
}

static const prom_tower_branch *due(const struct tower *tower)
{
    prom_fee_obligation ignored;
    return prom_tower_due(&tower->contract, tower->tip, &ignored, prom_chain_parameters_by_name("regtest"), false);
}

static void assert_state(const struct tower *tower, prom_tower_state state)
{
    assert_string_equal(prom_tower_state_name(prom_tower_state_of(&tower->contract, NULL)),
                        prom_tower_state_name(state));
}

static void tx1_is_due_at_its_tip(void **state)
{
    struct tower tower = begin(*state, false);
    assert_state(&tower, PROM_TOWER_WAITS);
    mine(&tower, 100);
    assert_null(due(&tower));
    connect(&tower, PROM_TX0);
    assert_state(&tower, PROM_TOWER_LOCKED);
    mine(&tower, 28 - 2);
    assert_null(due(&tower));
    mine(&tower, 1);
    assert_int_equal(due(&tower)->id, PROM_BRANCH_TX1);
    disconnect(&tower);
    assert_null(due(&tower));
    mine(&tower, 1);
    connect(&tower, PROM_TX1);
    assert_state(&tower, PROM_TOWER_SETTLED);
    assert_null(due(&tower));
    disconnect(&tower);
    assert_int_equal(due(&tower)->id, PROM_BRANCH_TX1);
    world_free(tower.world);
}

static void what_another_has_spent_is_not_due(void **state)
{
    struct tower tower = begin(*state, false);
    connect(&tower, PROM_TX0);
    connect(&tower, PROM_TX4);
    mine(&tower, 99);
    assert_null(due(&tower));
    assert_state(&tower, PROM_TOWER_SETTLED);
    assert_false(prom_tower_is_over(&tower.contract, tower.tip));
    mine(&tower, 1);
    assert_true(prom_tower_is_over(&tower.contract, tower.tip));
    world_free(tower.world);
}

static void accused(void **state)
{
    struct tower tower = begin(*state, false);
    connect(&tower, PROM_TX0);
    mine(&tower, 12);
    connect(&tower, PROM_TXV0);
    assert_state(&tower, PROM_TOWER_ACCUSED);
    mine(&tower, ACCUSED_BLOCKS - 2);
    assert_null(due(&tower));
    mine(&tower, 1);
    assert_int_equal(due(&tower)->id, PROM_BRANCH_TX5);
    connect(&tower, PROM_TXA);
    assert_state(&tower, PROM_TOWER_APPEALED);
    mine(&tower, 14 - 2);
    assert_null(due(&tower));
    mine(&tower, 1);
    assert_int_equal(due(&tower)->id, PROM_BRANCH_TX6);
    world_free(tower.world);
}

/* From its tip on TxA is wanted, also when Tx5 could be published. */
static void appeal_comes_first(void **state)
{
    struct tower tower = begin(*state, true);
    connect(&tower, PROM_TX0);
    mine(&tower, 12);
    connect(&tower, PROM_TXV0);
    mine(&tower, ACCUSED_BLOCKS - 6);
    assert_null(due(&tower));
    mine(&tower, 1);
    assert_int_equal(due(&tower)->id, PROM_BRANCH_TXA);
    mine(&tower, 10);
    assert_int_equal(due(&tower)->id, PROM_BRANCH_TXA);
    connect(&tower, PROM_TXA);
    assert_null(due(&tower));
    disconnect(&tower);
    connect(&tower, PROM_TX5);
    assert_null(due(&tower));
    assert_state(&tower, PROM_TOWER_SETTLED);
    world_free(tower.world);
}

static void deadlines_are_counted_from_the_parent(void **state)
{
    struct tower tower = begin(*state, true);
    prom_fee_obligation obligation;
    connect(&tower, PROM_TX0);
    mine(&tower, 12);
    connect(&tower, PROM_TXV0);
    const uint32_t parent = tower.tip;
    mine(&tower, 5);
    const prom_tower_branch *branch =
        prom_tower_due(&tower.contract, tower.tip, &obligation, prom_chain_parameters_by_name("regtest"), false);
    assert_int_equal(branch->id, PROM_BRANCH_TXA);
    assert_int_equal(obligation.last_block, parent + 7);
    assert_int_equal(obligation.lateness, PROM_LATE_COSTS_MONEY);
    assert_int_equal(obligation.safety_margin, WORLD_MARGIN);
    world_free(tower.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(tx1_is_due_at_its_tip), FIXTURE_TEST(what_another_has_spent_is_not_due),     FIXTURE_TEST(accused),
        FIXTURE_TEST(appeal_comes_first),    FIXTURE_TEST(deadlines_are_counted_from_the_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
