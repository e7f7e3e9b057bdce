#include "node/host.h"

static prom_result remember(prom_node *node, void *context, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    return prom_node_remember_draw(node, context, &arena, error);
}

static prom_result forget(prom_node *node, void *context, prom_error *error)
{
    (void)context;
    return prom_node_forget_draws(node, error);
}

static prom_node_channel *signed_base(struct host *host)
{
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_base_signatures signatures = {{{{1}}, {{2}}, {{3}}}};
    prom_facts *facts = &channel->channel->facts;
    assert_ok(prom_terms_write_signed(&channel->arena, &facts->kept[PROM_KEPT_SIGNED_BASE], &channel->channel->terms,
                                      &signatures, &host->test->error),
              &host->test->error);
    return channel;
}

/* A draw is remembered across restarts, once however often it comes, until it is a week old. */
static void draws_are_remembered_for_a_week(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_node_channel *channel = signed_base(host);
    assert_ok(prom_node_transact(host->node, remember, channel, error), error);
    assert_ok(prom_node_transact(host->node, remember, channel, error), error);
    assert_int_equal(host->node->aborted_count, 1);
    assert_int_equal(host->node->aborted[0].aborted_height, VALID_TIP);
    assert_int_equal(host->node->aborted[0].draw_height, host->world->session.terms.draw_height);
    host_reopen(host);
    assert_int_equal(host->node->aborted_count, 1);
    const prom_draw_partner *partner = &host->node->aborted[0].partners[0];
    assert_true(
        partner->coin_count == 1 &&
        prom_outpoint_equal(&partner->coins[0], &host->world->session.terms.parties[PROM_PARTY_C].coins[0].outpoint));
    host->node->own_tip = VALID_TIP + PROM_DRAW_MEMORY;
    assert_ok(prom_node_transact(host->node, forget, NULL, error), error);
    assert_int_equal(host->node->aborted_count, 1);
    host->node->own_tip++;
    assert_ok(prom_node_transact(host->node, forget, NULL, error), error);
    assert_int_equal(host->node->aborted_count, 0);
    host_reopen(host);
    assert_int_equal(host->node->aborted_count, 0);
    host_free(host);
}

/* A partner's coins are known by what they were paid on to. */
static void coins_of_partners_are_followed(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    assert_ok(prom_node_transact(host->node, remember, signed_base(host), error), error);
    const prom_tx *tx = host_payment(host, 40, 1000);
    tx->inputs[0].outpoint = host->node->aborted[0].partners[0].coins[0];
    host_block(host, &tx, 1);
    const prom_draw_partner *partner = &host->node->aborted[0].partners[0];
    const prom_outpoint to = host_outpoint(host, tx);
    assert_int_equal(partner->followed_count, 1);
    assert_true(prom_outpoint_equal(&partner->followed[0], &to));
    assert_int_equal(host->node->aborted[0].partners[1].followed_count, 0);
    host_free(host);
}

/* A partner that spends its coins first and gives the setup up then is known all the same: the blocks since the
 * snapshot are read again, and no contract is begun before that. */
static void coins_spent_before_the_end_are_followed(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    (void)signed_base(host);
    prom_tx *tx = host_payment(host, 40, 1000);
    tx->inputs[0].outpoint = host->world->session.terms.parties[PROM_PARTY_C].coins[0].outpoint;
    prom_watcher_event event = {.kind = PROM_WATCHER_CONNECTED};
    const prom_tx *txs[] = {tx};
    event.told.block = host_next(host, txs, 1);
    host_block(host, txs, 1);
    assert_int_equal(host->node->aborted_count, 1); /* the block that spoils Tx0 ends the setup */
    assert_int_equal(host->node->aborted[0].partners[0].followed_count, 0);
    assert_int_equal(host->node->kept_draws[0].snapshot, host->world->session.terms.snapshot_height);
    assert_false(prom_node_is_ready(host->node));
    host->node->read_due = false; /* as when the reading has begun */
    assert_ok(prom_node_take_old(host->node, &event, error), error);
    assert_int_equal(host->node->aborted[0].partners[0].followed_count, 1);
    prom_node_end_reading(host->node);
    assert_true(host->node->kept_draws[0].followed && prom_node_is_ready(host->node));
    host_free(host);
}

/* A channel that has signed no base terms has nothing to remember, and that fault stops nobody. */
static void a_draw_that_cannot_be_made_stops_nothing(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    assert_ok(prom_node_transact(host->node, remember, channel, &host->test->error), &host->test->error);
    assert_int_equal(host->node->aborted_count, 0);
    assert_int_equal(host->reports[PROM_REPORT_FAULT], 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(draws_are_remembered_for_a_week),
        FIXTURE_TEST(coins_of_partners_are_followed),
        FIXTURE_TEST(coins_spent_before_the_end_are_followed),
        FIXTURE_TEST(a_draw_that_cannot_be_made_stops_nothing),
    };
    return cmocka_run_group_tests_name("node/draws", tests, NULL, NULL);
}
