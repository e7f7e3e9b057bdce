#include "node/host.h"

#include "prometheus/channel/fee_coin.h"

/* A fact that no step gives, and that is not written: as a broken invariant of ours would leave it. */
static void break_facts(prom_node_channel *channel)
{
    channel->channel->facts.batches[0].evidence.results_bad = 0xff;
}

static const prom_event time_passes = {.kind = PROM_EVENT_TIME};

/* Three faults, one after the other, freeze the channel they are in, on the disk too, and touch no other. */
static void faults_freeze_one_channel_alone(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *broken = host_with(host, PLACE_C);
    prom_node_channel *whole = host_give(host, PLACE_C);
    prom_node_step step;
    for (unsigned i = 0; i < PROM_NODE_FAILURES_MAX; i++) {
        assert_ok(prom_node_refresh(host->node, broken, &host->test->error), &host->test->error);
        break_facts(broken);
        host_take(host, broken, &step, &time_passes);
        assert_true(step.failed);
        assert_false(broken->channel->facts.frozen);
    }
    host_take(host, broken, &step, &time_passes);
    assert_false(step.failed);
    assert_true(broken->channel->facts.frozen && !whole->channel->facts.frozen);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    host_take(host, whole, &step, &time_passes);
    assert_false(step.failed);
    host_reopen(host);
    assert_true(host->node->channels[0]->channel->facts.frozen);
    assert_false(host->node->channels[1]->channel->facts.frozen);
    host_free(host);
}

/* A message of somebody else is no fault that freezes: its sender would choose the moment. */
static void messages_freeze_nothing(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *channel = host_with(host, PLACE_C);
    const prom_message message = {.kind = PROM_MESSAGE_ACCEPTANCE}; /* too late: taken, and nothing follows */
    const prom_event event = {.kind = PROM_EVENT_MESSAGE,
                              .as.message = {prom_place_key(&host->world->session.terms, PLACE_W), &message}};
    prom_node_step step;
    for (unsigned i = 0; i < 2 * PROM_NODE_FAILURES_MAX; i++) {
        assert_ok(prom_node_refresh(host->node, channel, &host->test->error), &host->test->error);
        break_facts(channel);
        host_take(host, channel, &step, &event);
        assert_true(step.failed);
    }
    assert_int_equal(channel->failures, 0);
    host_take(host, channel, &step, &time_passes);
    assert_false(channel->channel->facts.frozen);
    host_free(host);
}

/* What is on the disk is what the facts are: loaded again they are the same, and nothing is written twice. */
static void steps_are_on_the_disk(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    assert_true(channel->channel->facts.tx0.there);
    channel->stale = true;
    assert_ok(prom_node_refresh(host->node, channel, &host->test->error), &host->test->error);
    assert_true(channel->channel->facts.tx0.there);
    assert_int_equal(channel->channel->facts.tx0.height, WORLD_H0);
    assert_non_null(channel->channel->tree);
    host_free(host);
}

static prom_result write_facts(prom_node *node, void *context, prom_error *error)
{
    prom_node_channel *channel = context;
    return prom_node_write_facts(node, channel, &channel->arena, error);
}

/* A worker whose job is open, and whose part is to be given in its next step. */
static prom_node_channel *about_to_accept(struct host *host, const char *name, const prom_coin *coin)
{
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1, .own = {.coins = {*coin}, .coin_count = 1}};
    prom_node_channel *channel = NULL;
    assert_ok(host_add(host, &channel, name, &facts), error);
    prom_facts *its = &channel->channel->facts;
    its->setup.phase = PROM_SETUP_ACCEPTED;
    its->setup.job_open = true;
    its->setup.begun_tip = host->node->own_tip;
    its->kept[PROM_KEPT_PROPOSAL] = world_facts(host->world, PLACE_W)->kept[PROM_KEPT_BASE];
    assert_ok(prom_node_transact(host->node, write_facts, channel, error), error);
    channel->stale = true;
    assert_ok(prom_node_refresh(host->node, channel, error), error);
    return channel;
}

/* A coin that is just enough for a worker's fees by the world's terms, in the next block. */
static prom_outpoint pay_for_fees(struct host *host)
{
    prom_fee_coin needed;
    uint64_t sat = 0;
    assert_ok(prom_fee_coin_of(&needed, &host->world->session.terms, PROM_ROLE_WORKER,
                               host->node->config.limits.feerate * 1000, &host->test->error),
              &host->test->error);
    assert_true(prom_amount_get(needed.value, &sat));
    const prom_tx *tx = host_payment(host, 0, sat);
    host_block(host, &tx, 1);
    return host_outpoint(host, tx);
}

/* The smallest coin that is enough for the fees is reserved with it; who comes later finds the coins taken, and ends
 * its setup. */
static void giving_our_part_ties_up_coins(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_step step;
    const prom_outpoint outpoint = host_pay(host, 3);
    const prom_outpoint enough = pay_for_fees(host);
    const prom_wallet_coin *coin = prom_coins_find(host->node->fold->coins, &outpoint);
    prom_node_channel *first = about_to_accept(host, "first", &coin->coin);
    prom_node_channel *second = about_to_accept(host, "second", &coin->coin);
    assert_int_equal(host->node->reserved_count, 0);
    assert_true(prom_node_is_free(host->node, coin));
    host_take(host, first, &step, &time_passes);
    assert_true(!step.failed && first->channel->facts.setup.accepting);
    assert_false(prom_node_is_free(host->node, coin));
    const prom_wallet_coin *for_fees = prom_node_coin_of(host->node, first->record.number);
    assert_true(for_fees != NULL && prom_outpoint_equal(&for_fees->coin.outpoint, &enough));
    host_take(host, second, &step, &time_passes);
    assert_false(step.failed);
    assert_int_equal(second->channel->facts.setup.phase, PROM_SETUP_OVER);
    assert_int_equal(host->node->reserved_count, 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(faults_freeze_one_channel_alone),
        FIXTURE_TEST(messages_freeze_nothing),
        FIXTURE_TEST(steps_are_on_the_disk),
        FIXTURE_TEST(giving_our_part_ties_up_coins),
    };
    return cmocka_run_group_tests_name("node/steps", tests, NULL, NULL);
}
