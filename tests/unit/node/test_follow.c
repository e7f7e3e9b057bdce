#include "node/host.h"

/* Where bitcoind knows none of our blocks all is folded anew, loudly; no channel takes its own for gone before the fold
 * is as far as it is. */
static void a_chain_that_is_lost_is_read_anew(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    char cookie[128];
    host_name_bitcoind(host, cookie);
    host_reopen(host);
    (void)host_with(host, PLACE_W);
    prom_node *node = host->node;
    assert_ok(prom_node_follow(node, error), error);
    assert_ok(prom_node_follow_anew(node, error), error);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    assert_non_null(strstr(host->last[PROM_REPORT_ALARM], "the chain is read anew from block 100 on"));
    assert_int_equal(prom_fold_tip(node->fold), WORLD_FIRST - 1);
    assert_int_equal(node->kept, WORLD_FIRST - 1);
    node->health = (prom_chain_health){.may_begin = true};
    assert_false(prom_node_has_caught_up(node));
    node->follower.left = VALID_TIP - WORLD_FIRST + 1;
    assert_fails(prom_node_check_ready(node, error), PROM_CATEGORY_BAD_INPUT, error, "caught up with the chain: ");
    host->paid = 0;
    (void)host_pay(host, 4);
    host_mine_to(host, VALID_TIP - 1);
    assert_false(prom_node_has_caught_up(node));
    host_mine_to(host, VALID_TIP);
    assert_true(prom_node_has_caught_up(node));
    assert_int_equal(node->kept, VALID_TIP);
    host_free(host);
}

/* The owner hears at once how many blocks are left, and not with each of them. */
static void what_is_left_is_told(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_watcher_block told = {.block = {.height = 5}, .best = 1005};
    host->node->follower.told = -1000000;
    prom_node_note_left(host->node, &host->node->follower, &told, "it reads");
    assert_string_equal(host->last[PROM_REPORT_NOTE], "it reads: 1000 blocks are left");
    const size_t notes = host->reports[PROM_REPORT_NOTE];
    told.block.height++;
    prom_node_note_left(host->node, &host->node->follower, &told, "it reads");
    assert_int_equal(host->reports[PROM_REPORT_NOTE], notes);
    assert_int_equal(host->node->follower.left, 999);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_chain_that_is_lost_is_read_anew),
        FIXTURE_TEST(what_is_left_is_told),
    };
    return cmocka_run_group_tests_name("node/follow", tests, NULL, NULL);
}
