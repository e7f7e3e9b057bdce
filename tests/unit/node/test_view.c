#include "node/host.h"

#include "prometheus/channel/fee_coin.h"

/* Before Tx0 a channel sees what other channels of ours have used and signed; its own it does not see. */
static void setups_see_other_channels(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1};
    prom_node_channel *given = host_with(host, PLACE_W);
    prom_node_channel *fresh = NULL;
    prom_channel_view view;
    const prom_bytes32 mine = named("mine", 0);
    const prom_bytes32 theirs = named("theirs", 0);
    assert_ok(host_add(host, &fresh, "fresh", &facts), error);
    assert_ok(prom_node_note_seen(host->node, &mine, fresh->record.number, error), error);
    assert_ok(prom_node_note_seen(host->node, &theirs, given->record.number, error), error);
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_int_equal(view.seen_count, 1);
    assert_true(prom_bytes32_equal(&view.seen[0], &theirs));
    assert_true(view.may_begin && view.in_step);
    assert_int_equal(view.own_tip, VALID_TIP);
    assert_int_equal(view.work_ahead, 1 / prom_pool_threads(host->node->pool)); /* `given` is to be computed */
    given->channel->facts.batches[0].evidence.bodies[PROM_BODY_PACKAGE_A].here = true;
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_int_equal(view.work_ahead, 0);
    assert_ok(prom_node_view(host->node, given, &host->test->arena, &view, error), error);
    assert_int_equal(view.seen_count + view.setup_count, 0);
    host_free(host);
}

/* A stranger that proposes something, and brings no program, makes others' contracts no later: its job is judged beside
 * theirs, once it is here. Where nobody judges it counts from its proposal on, as that was all that was looked at. */
static void what_is_proposed_promises_no_work(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    prom_setup_session *setup = &channel->channel->facts.setup;
    const prom_node_judge judge = {.job = host_take_any};
    const uint32_t one = (uint32_t)(1 / prom_pool_threads(host->node->pool));
    assert_int_equal(one, 1);
    setup->phase = PROM_SETUP_ACCEPTED;
    setup->accepting = false;
    assert_int_equal(prom_node_work_ahead(host->node, NULL), one);
    prom_node_set_judge(host->node, &judge);
    assert_int_equal(prom_node_work_ahead(host->node, NULL), 0);
    setup->accepting = true;
    assert_int_equal(prom_node_work_ahead(host->node, NULL), one);
    setup->accepting = false;
    setup->phase = PROM_SETUP_BASE;
    assert_int_equal(prom_node_work_ahead(host->node, NULL), one);
    host_free(host);
}

/* A client that is its own verifier: what one channel has used the other may use, in this contract and in no other. */
static void the_two_of_one_contract_have_the_same_keys(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    prom_facts wish = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *client = NULL;
    prom_node_channel *verifier = NULL;
    prom_channel_view view;
    const prom_bytes32 h = named("h", 0);
    (void)host_pay(host, 4);
    assert_ok(host_add(host, &client, "client", &wish), error);
    prom_facts facts = {.role = PROM_ROLE_VERIFIER, .batch_count = 1, .client = client->channel->facts.client};
    assert_ok(host_add(host, &verifier, "verifier", &facts), error);
    assert_ok(prom_node_note_seen(host->node, &h, client->record.number, error), error);
    assert_ok(prom_node_view(host->node, verifier, &host->test->arena, &view, error), error);
    assert_int_equal(view.seen_count, 0);
    verifier->channel->facts.client = named("another client", 0);
    assert_ok(prom_node_view(host->node, verifier, &host->test->arena, &view, error), error);
    assert_int_equal(view.seen_count, 1);
    host_free(host);
}

/* Nothing is begun without room on the disk, without a backup, without a coin, or when the chain is not followed. */
static void what_is_missing_stops_new_contracts(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1};
    prom_node_channel *fresh = NULL;
    prom_channel_view view;
    (void)host_pay(host, 1);
    assert_ok(host_add(host, &fresh, "fresh", &facts), error);
    bool *const stops[] = {&host->node->disk_short, &host->node->backup_fails};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        *stops[i] = true;
        assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
        assert_false(view.may_begin);
        *stops[i] = false;
    }
    host->node->health.may_begin = false;
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_false(view.may_begin);
    host->node->health.may_begin = true;
    fresh->channel->facts.setup.accepting = true; /* it should have one by now */
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_false(view.may_begin);
    host_free(host);
}

/* What a channel that has taken base terms, and has not given its part of them, sees of its coins. */
static bool are_coins_gone(struct host *host, prom_node_channel *channel)
{
    prom_channel_view view;
    channel->channel->facts.setup.phase = PROM_SETUP_ACCEPTED; /* a block may have ended the setup */
    channel->channel->terms = host->world->session.terms;
    assert_ok(prom_node_view(host->node, channel, &host->test->arena, &view, &host->test->error), &host->test->error);
    assert_true(view.may_begin);
    return view.coins_gone;
}

/* A coin of this many sat, in the next block. */
static void pay(struct host *host, prom_amount value)
{
    uint64_t sat = 0;
    assert_true(prom_amount_get(value, &sat));
    const prom_tx *tx = host_payment(host, 0, sat);
    host_block(host, &tx, 1);
}

/* Until it gives its part a channel has no coins: there are its own, and beside them one for fees that is enough for
 * the terms, or there are not. */
static void coins_can_be_gone(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1, .own = {.coin_count = 1}};
    prom_node_channel *fresh = NULL;
    prom_fee_coin needed;
    const prom_outpoint first = host_pay(host, 1);
    facts.own.coins[0] = prom_coins_find(host->node->fold->coins, &first)->coin;
    assert_ok(host_add(host, &fresh, "fresh", &facts), error);
    assert_ok(prom_fee_coin_of(&needed, &host->world->session.terms, PROM_ROLE_WORKER,
                               host->node->config.limits.feerate * 1000, error),
              error);
    assert_true(are_coins_gone(host, fresh));
    pay(host, prom_amount_subtract(needed.value, prom_amount_of(1)));
    assert_true(are_coins_gone(host, fresh));
    pay(host, needed.value);
    assert_false(are_coins_gone(host, fresh));
    fresh->channel->facts.own.coins[0].outpoint = (prom_outpoint){named("a spent one", 0), 0};
    assert_true(are_coins_gone(host, fresh));
    host_free(host);
}

/* Coins that are tied up are not asked for. */
static void tied_up_coins_are_there(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_facts facts = {
        .role = PROM_ROLE_WORKER, .batch_count = 1, .own = {.coin_count = 1}, .setup = {.accepting = true}};
    prom_node_channel *fresh = NULL;
    const prom_outpoint first = host_pay(host, 2);
    facts.own.coins[0] = prom_coins_find(host->node->fold->coins, &first)->coin;
    assert_ok(host_add(host, &fresh, "fresh", &facts), &host->test->error);
    assert_false(are_coins_gone(host, fresh));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_proposed_promises_no_work),
        FIXTURE_TEST(setups_see_other_channels),
        FIXTURE_TEST(the_two_of_one_contract_have_the_same_keys),
        FIXTURE_TEST(what_is_missing_stops_new_contracts),
        FIXTURE_TEST(coins_can_be_gone),
        FIXTURE_TEST(tied_up_coins_are_there),
    };
    return cmocka_run_group_tests_name("node/view", tests, NULL, NULL);
}
