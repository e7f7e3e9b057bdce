/* What a node holds and what it may begin follows from chain and store: after every event a restart finds the same. */
#include "node/asked.h"
#include "node/own.h"

#include "prometheus/crypto/hash.h"

/* What is free, reserved, open, seen and ours. */
struct held {
    size_t channels;
    size_t free_coins;
    size_t reserved;
    size_t asked;
    size_t offers;
    size_t announced;
    size_t own;
    size_t waiting; /* own transactions */
    size_t setups;  /* of the view of who might begin */
    size_t seen;
    size_t work_ahead;
    size_t may_begin;
    size_t limits[PROM_ROLES]; /* whether one more is within them */
    size_t own_next;
    size_t tips;
    size_t inputs; /* coins that channels would spend */
};

static void see_view(struct host *host, struct held *held)
{
    prom_error *error = &host->test->error;
    const prom_newcomer newcomer = {.role = PROM_ROLE_WORKER};
    prom_channel_view view;
    assert_ok(prom_node_view_new(host->node, &newcomer, &host->test->arena, &view, error), error);
    held->setups = view.setup_count;
    held->seen = view.seen_count;
    held->work_ahead = view.work_ahead;
    held->may_begin = view.may_begin;
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        held->limits[role] = prom_is_ok(prom_node_check_limits(host->node, role, error));
    }
}

static struct held see(struct host *host)
{
    prom_node *node = host->node;
    struct held held = {.channels = node->channel_count,
                        .reserved = node->reserved_count,
                        .asked = prom_node_count_asked(node, 0),
                        .offers = node->offer_count,
                        .own = node->payment_count,
                        .own_next = node->used.own,
                        .tips = (size_t)node->own_tip * 10000 + node->best_tip};
    size_t count = 0;
    const prom_wallet_coin *coins = prom_coins_list(node->fold->coins, &count);
    for (size_t i = 0; i < count; i++) {
        held.free_coins += prom_node_is_free(node, &coins[i]) ? i + 1 : 0; /* which ones, and not only how many */
        held.inputs += prom_node_is_input(node, &coins[i].coin.outpoint, false) ? i + 1 : 0;
    }
    for (size_t i = 0; i < node->payment_count; i++) {
        uint32_t height;
        held.waiting += prom_node_fate_of(node, &node->payments[i], &height) == PROM_PAYMENT_WAITS;
    }
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_wallet_coin *its = prom_node_coin_of(node, node->channels[i]->record.number);
        held.reserved += its != NULL ? (size_t)(its - coins + 1) * 100 : 0; /* whose is which */
    }
    prom_node_look_at_offers(node);
    held.announced = node->announced_count;
    see_view(host, &held);
    return held;
}

static void same_after_restart(struct host *host)
{
    const prom_channel_config config = host->node->config;
    const struct held before = see(host);
    host_reopen(host);
    host->node->config = config; /* the test sets it behind the options' back */
    const struct held after = see(host);
    assert_memory_equal(&before, &after, sizeof before);
}

static void close_all_new(struct host *host)
{
    for (size_t i = 0; i < host->node->channel_count; i++) {
        host->node->channels[i]->begun -= 11 * 60 * 1000;
    }
    prom_node_close_finished(host->node);
}

static struct host *host_of_all(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_address *address = &host->options.config.address;
    const int length = snprintf((char *)address->bytes, sizeof address->bytes, "%s/socket", host->folder);
    address->length = (uint8_t)length;
    host->options.roles = PROM_ROLES_ALL;
    host->options.channels_max = 6;
    host->options.policies[PROM_ROLE_WORKER].channels_max = 2;
    host_reopen(host);
    return host;
}

static prom_node_paid make_offer(struct host *host, const struct asked *asked)
{
    const prom_offer_wish wish = {.p_txid = asked->terms.p_txid,
                                  .how = {.feerate = 2000, .fee_max = prom_amount_of(1000000), .mode = PROM_PAY_SEND}};
    prom_node_paid made;
    assert_ok(prom_node_make_offer(host->node, &host->test->arena, &made, &wish, &host->test->error),
              &host->test->error);
    return made;
}

static void mine(struct host *host, const prom_node_paid *made)
{
    prom_tx *tx = NULL;
    assert_ok(prom_tx_parse(&host->test->arena, &tx, made->bytes, &host->test->error), &host->test->error);
    const prom_tx *txs[] = {tx};
    host_block(host, txs, 1);
}

/* Setups that come and go, and what they reserve. */
static void setups_are_what_the_store_says(void **state)
{
    struct host *host = host_of_all(state);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 12);
    same_after_restart(host);
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    same_after_restart(host);
    assert_true(asked_for(host, 1, 1, PROM_ROLE_VERIFIER, &asked));
    same_after_restart(host);
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *wish = NULL;
    assert_ok(host_add(host, &wish, "wish", &facts), &host->test->error);
    same_after_restart(host);
    assert_true(asked_for(host, 1, 2, PROM_ROLE_WORKER, &asked));
    assert_false(asked_for(host, 1, 3, PROM_ROLE_WORKER, &asked)); /* this role's limit */
    same_after_restart(host);
    assert_false(asked_for(host, 1, 3, PROM_ROLE_WORKER, &asked));
    close_all_new(host);
    assert_int_equal(host->node->channel_count, 0);
    same_after_restart(host);
    assert_true(asked_for(host, 1, 3, PROM_ROLE_WORKER, &asked));
    same_after_restart(host);
    host_free(host);
}

/* Contracts that run, through blocks that come and go. */
static void contracts_are_what_chain_and_store_say(void **state)
{
    struct host *host = host_of_all(state);
    prom_node_channel *channel = host_with(host, PLACE_W);
    (void)host_pay(host, 4);
    same_after_restart(host);
    (void)host_give(host, PLACE_V);
    same_after_restart(host);
    host_mine_tx(host, PROM_TX0);
    same_after_restart(host);
    host_unblock(host);
    same_after_restart(host);
    host->branch = 1;
    host_mine_tx(host, PROM_TX0);
    host_block(host, NULL, 0);
    same_after_restart(host);
    channel = host->node->channels[0];
    const prom_wallet_coin *coin = prom_node_coin_of(host->node, channel->record.number);
    const prom_tx *child = host_payment(host, 0, 90000); /* what a fee has left is the same coin */
    child->inputs[0].outpoint = coin->coin.outpoint;
    host_block(host, &child, 1);
    same_after_restart(host);
    host_unblock(host);
    same_after_restart(host);
    host_free(host);
}

/* Offers and own transactions, made, mined, lost and withdrawn. */
static void offers_are_what_chain_and_store_say(void **state)
{
    struct host *host = host_of_all(state);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 3);
    const prom_node_paid made = make_offer(host, &asked);
    const prom_outpoint outpoint = {made.txid, 0};
    const prom_pay_options wish = {.feerate = 2000, .fee_max = prom_amount_of(1000000), .mode = PROM_PAY_SEND};
    prom_node_paid out;
    same_after_restart(host);
    mine(host, &made);
    same_after_restart(host);
    host_unblock(host);
    same_after_restart(host);
    host->branch = 1;
    mine(host, &made);
    same_after_restart(host);
    (void)make_offer(host, &asked);
    same_after_restart(host);
    assert_ok(prom_node_withdraw_offer(host->node, &host->test->arena, &out, &outpoint, &wish, &host->test->error),
              &host->test->error);
    same_after_restart(host);
    mine(host, &out);
    same_after_restart(host);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(setups_are_what_the_store_says),
        FIXTURE_TEST(contracts_are_what_chain_and_store_say),
        FIXTURE_TEST(offers_are_what_chain_and_store_say),
    };
    return cmocka_run_group_tests_name("node/node_reload", tests, NULL, NULL);
}
