#include "node/host.h"

#include <unistd.h>

#include "rpc/channel_json.h"
#include "rpc/events.h"

enum { HEARD_MAX = 16 };

struct hearing {
    struct host *host;
    prom_rpc_host rpc;
    prom_money_watch *watch;
    json_t *heard[HEARD_MAX];
    bool alarming[HEARD_MAX];
    size_t count;
};

static void hear(void *context, json_t *event, bool alarming)
{
    struct hearing *hearing = context;
    assert_true(hearing->count < HEARD_MAX);
    hearing->alarming[hearing->count] = alarming;
    hearing->heard[hearing->count++] = json_incref(event);
}

static void forget(struct hearing *hearing)
{
    while (hearing->count > 0) {
        json_decref(hearing->heard[--hearing->count]);
    }
}

static void begin(struct hearing *hearing, fixture *test)
{
    hearing->host = host_new(test, PROM_ROLE_WORKER);
    hearing->rpc = (prom_rpc_host){.node = hearing->host->node};
}

static void open_watch(struct hearing *hearing)
{
    prom_error *error = &hearing->host->test->error;
    assert_ok(prom_money_watch_open(&hearing->watch, &hearing->rpc, hear, hearing, error), error);
    assert_int_equal(hearing->count, 0);
}

static void end(struct hearing *hearing)
{
    forget(hearing);
    prom_money_watch_close(hearing->watch);
    host_free(hearing->host);
}

/* What is told from now on; a look is a second after the one before. */
static void look(struct hearing *hearing)
{
    forget(hearing);
    (void)usleep(1100000);
    assert_ok(prom_money_watch_turn(hearing->watch, &hearing->host->test->error), &hearing->host->test->error);
}

static const json_t *money_of(const struct hearing *hearing, size_t place, const char *what)
{
    assert_true(place < hearing->count);
    const json_t *event = hearing->heard[place];
    const json_t *money = json_object_get(event, "money");
    assert_string_equal(json_string_value(json_object_get(event, "kind")), "money");
    assert_true(json_integer_value(json_object_get(event, "time")) > 0);
    assert_non_null(json_string_value(json_object_get(event, "text")));
    assert_string_equal(json_string_value(json_object_get(money, "what")), what);
    return money;
}

static int64_t number_of(const json_t *money, const char *name)
{
    assert_true(json_is_integer(json_object_get(money, name)));
    return json_integer_value(json_object_get(money, name));
}

static void reports_are_events(void **state)
{
    struct hearing hearing = {.count = 0};
    begin(&hearing, *state);
    prom_node_channel *channel = host_with(hearing.host, PLACE_W);
    const prom_report report = {PROM_REPORT_ALARM, channel->record.number, "look"};
    json_t *event = prom_rpc_event(&hearing.rpc, &report);
    assert_string_equal(json_string_value(json_object_get(event, "kind")), "alarm");
    assert_string_equal(json_string_value(json_object_get(event, "text")), "look");
    assert_int_equal(json_string_length(json_object_get(event, "contract")), 64);
    json_decref(event);
    /* What somebody else has said may be no UTF-8. */
    event = prom_rpc_event(&hearing.rpc, &(prom_report){PROM_REPORT_NOTE, 0, "a \xff b"});
    assert_string_equal(json_string_value(json_object_get(event, "text")), "a ? b");
    assert_true(json_is_null(json_object_get(event, "channel")));
    json_decref(event);
    /* Before the node is there, something may happen in it. */
    prom_rpc_host none = {.node = NULL};
    event = prom_rpc_event(&none, &report);
    assert_true(json_is_null(json_object_get(event, "contract")));
    json_decref(event);
    end(&hearing);
}

static void what_came_is_told_once(void **state)
{
    struct hearing hearing = {.count = 0};
    begin(&hearing, *state);
    struct host *host = hearing.host;
    (void)host_pay(host, 2);
    open_watch(&hearing); /* those are no news */
    look(&hearing);
    assert_int_equal(hearing.count, 0);
    (void)host_pay(host, 1);
    look(&hearing);
    assert_int_equal(hearing.count, 1);
    const json_t *money = money_of(&hearing, 0, "received");
    assert_int_equal(number_of(money, "sat"), HOST_COIN_SAT);
    assert_int_equal(number_of(money, "height"), host->node->best_tip);
    assert_true(json_is_false(json_object_get(money, "loss")));
    assert_int_equal(json_string_length(json_object_get(money, "txid")), 64);
    assert_false(hearing.alarming[0]);
    host_block(host, NULL, 0);
    look(&hearing);
    assert_int_equal(hearing.count, 0);
    /* The same transaction in another block is the same. */
    const prom_tx *tx = host_payment(host, 0, 777777);
    host_block(host, &tx, 1);
    look(&hearing);
    assert_int_equal(number_of(money_of(&hearing, 0, "received"), "sat"), 777777);
    host_unblock(host);
    host->branch++;
    host_block(host, NULL, 0);
    host_block(host, &tx, 1);
    look(&hearing);
    assert_int_equal(hearing.count, 0);
    /* While blocks are left to be read nothing is told, and all of it afterwards. */
    host->node->caught_up = false;
    (void)host_pay(host, 1);
    look(&hearing);
    assert_int_equal(hearing.count, 0);
    host->node->caught_up = true;
    look(&hearing);
    assert_int_equal(hearing.count, 1);
    end(&hearing);
}

static void a_settlement_is_told(void **state)
{
    struct hearing hearing = {.count = 0};
    begin(&hearing, *state);
    struct host *host = hearing.host;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    char number[24];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)channel->record.number);
    open_watch(&hearing);
    host_mine_tx(host, PROM_TX0);
    look(&hearing);
    for (size_t i = 0; i < hearing.count; i++) {
        assert_string_not_equal(json_string_value(json_object_get(json_object_get(hearing.heard[i], "money"), "what")),
                                "settled");
    }
    host_mine_tx(host, PROM_TX4);
    look(&hearing);
    const json_t *money = money_of(&hearing, 0, "settled");
    assert_int_equal(number_of(money, "scheme"), 3);
    assert_int_equal(number_of(money, "lost"), 0);
    assert_true(number_of(money, "got") > number_of(money, "put_in"));
    assert_int_equal(number_of(money, "height"), host->node->best_tip);
    char txid[PROM_HEX32];
    assert_string_equal(json_string_value(json_object_get(money, "txid")),
                        prom_hex32_reversed(txid, &channel->channel->tree->tx[PROM_TX4].txid));
    assert_string_equal(json_string_value(json_object_get(hearing.heard[0], "channel")), number);
    host_block(host, NULL, 0);
    look(&hearing);
    assert_int_equal(hearing.count, 0);
    end(&hearing);
}

/* Where the wallet cannot be looked at contracts are told of nevertheless, and once. */
static void a_look_that_fails_repeats_nothing(void **state)
{
    struct hearing hearing = {.count = 0};
    begin(&hearing, *state);
    struct host *host = hearing.host;
    prom_error *error = &host->test->error;
    size_t count = 0;
    (void)host_with(host, PLACE_W);
    open_watch(&hearing);
    host_mine_tx(host, PROM_TX0);
    look(&hearing);
    host_mine_tx(host, PROM_TX4);
    forget(&hearing);
    prom_wallet_coin *coins = (prom_wallet_coin *)(uintptr_t)prom_coins_list(host->node->fold->coins, &count);
    coins[0].coin.key.bytes[0] ^= 1; /* a key of nobody */
    (void)usleep(1100000);
    assert_fails(prom_money_watch_turn(hearing.watch, error), PROM_CATEGORY_BAD_INPUT, error, "none of the wallet's");
    (void)money_of(&hearing, 0, "settled");
    assert_int_equal(hearing.count, 1);
    forget(&hearing);
    (void)host_pay(host, 1);
    (void)usleep(1100000);
    assert_fails(prom_money_watch_turn(hearing.watch, error), PROM_CATEGORY_BAD_INPUT, error, "none of the wallet's");
    assert_int_equal(hearing.count, 0);
    coins = (prom_wallet_coin *)(uintptr_t)prom_coins_list(host->node->fold->coins, &count);
    coins[0].coin.key.bytes[0] ^= 1;
    host_block(host, NULL, 0);
    look(&hearing); /* what the wallet has seen meanwhile */
    assert_int_equal(hearing.count, 1);
    (void)money_of(&hearing, 0, "received");
    end(&hearing);
}

/* The worker has let its key out, there is no verdict, and Tx3 is in no block: Tx1 may be faster. */
static void a_stake_at_risk_is_told(void **state)
{
    struct hearing hearing = {.count = 0};
    begin(&hearing, *state);
    struct host *host = hearing.host;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    channel->channel->facts.batches[0].money.released = true;
    prom_tip_window window;
    assert_true(prom_window_of(channel->channel, 0, PROM_DEADLINE_TX3, &window));
    host_mine_to(host, (uint32_t)window.latest - 1);
    open_watch(&hearing);
    host_block(host, NULL, 0);
    look(&hearing);
    assert_int_equal(hearing.count, 1);
    const json_t *money = money_of(&hearing, 0, "at risk");
    assert_true(hearing.alarming[0]);
    assert_string_equal(json_string_value(json_object_get(money, "transaction")), "Tx3");
    assert_true(number_of(money, "sat") > 0);
    assert_true(number_of(money, "by_block") >= host->node->best_tip);
    host_block(host, NULL, 0);
    look(&hearing);
    assert_int_equal(hearing.count, 0); /* once for each */
    end(&hearing);
}

static prom_result spoil(prom_node *node, void *context, prom_error *error)
{
    const uint8_t nothing_valid = 0xff;
    const prom_store_key key = {.channel = *(const uint64_t *)context, .part = PROM_PART_SETUP};
    return prom_store_part_put(node->store, &key, prom_span_of(&nothing_valid, 1), error);
}

/* A channel that cannot be read keeps no node from its start, and nobody from hearing of the others. */
static void a_damaged_channel_hides_no_other(void **state)
{
    struct hearing hearing = {.count = 0};
    begin(&hearing, *state);
    struct host *host = hearing.host;
    prom_node_channel *damaged = host_with(host, PLACE_W);
    const prom_node_channel *other = host_give(host, PLACE_W);
    uint64_t number = damaged->record.number;
    assert_ok(prom_node_transact(host->node, spoil, &number, &host->test->error), &host->test->error);
    damaged->stale = true;
    host_mine_tx(host, PROM_TX0);
    assert_null(damaged->channel);
    open_watch(&hearing);
    host_mine_tx(host, PROM_TX4);
    look(&hearing);
    (void)money_of(&hearing, 0, "settled");
    char told[24];
    (void)snprintf(told, sizeof told, "%llu", (unsigned long long)other->record.number);
    assert_string_equal(json_string_value(json_object_get(hearing.heard[0], "channel")), told);
    PROM_SCOPED(prom_look_close) prom_look *looked = NULL;
    json_auto_t *listed = NULL;
    assert_ok(prom_look_at(&looked, host->node, &host->test->error), &host->test->error);
    assert_ok(prom_channel_list_json(looked, &listed, 0, 64, &host->test->error), &host->test->error);
    const json_t *channels = json_object_get(listed, "channels");
    assert_int_equal(json_array_size(channels), 2);
    assert_non_null(json_object_get(json_array_get(channels, 0), "unreadable"));
    assert_null(json_object_get(json_array_get(channels, 1), "unreadable"));
    assert_string_equal(json_string_value(json_object_get(json_array_get(channels, 1), "number")), told);
    end(&hearing);
}

/* What is at risk is no old news, though it was before the node started. */
static void what_is_at_risk_at_the_start_is_told(void **state)
{
    struct hearing hearing = {.count = 0};
    begin(&hearing, *state);
    struct host *host = hearing.host;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    channel->channel->facts.batches[0].money.released = true;
    prom_tip_window window;
    assert_true(prom_window_of(channel->channel, 0, PROM_DEADLINE_TX3, &window));
    host_mine_to(host, (uint32_t)window.latest);
    open_watch(&hearing);
    host_block(host, NULL, 0);
    look(&hearing);
    (void)money_of(&hearing, 0, "at risk");
    assert_true(hearing.alarming[0]);
    end(&hearing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reports_are_events),
        FIXTURE_TEST(what_came_is_told_once),
        FIXTURE_TEST(a_settlement_is_told),
        FIXTURE_TEST(a_stake_at_risk_is_told),
        FIXTURE_TEST(what_is_at_risk_at_the_start_is_told),
        FIXTURE_TEST(a_look_that_fails_repeats_nothing),
        FIXTURE_TEST(a_damaged_channel_hides_no_other),
    };
    return cmocka_run_group_tests_name("rpc/events", tests, NULL, NULL);
}
