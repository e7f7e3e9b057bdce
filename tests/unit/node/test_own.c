#include "node/own.h"

#include "node/asked.h"
#include "store/faulty_vfs.h"

static prom_pay_options two; /* sat/vB */

/* An arbiter with coins and an address, and a P that it can make offers for. */
static struct host *arbiter_with(void **state, prom_bytes32 *p_txid, const uint64_t *coins, size_t count)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_address *address = &host->options.config.address;
    const int length = snprintf((char *)address->bytes, sizeof address->bytes, "%s/socket", host->folder);
    address->length = (uint8_t)length;
    host_reopen(host);
    two = (prom_pay_options){.feerate = 2000, .fee_max = prom_amount_of(1000000), .mode = PROM_PAY_SEND};
    *p_txid = asked_publish_p(host).terms.p_txid;
    for (size_t i = 0; i < count; i++) {
        const prom_tx *tx = host_payment(host, (uint32_t)i, coins[i]);
        host_block(host, &tx, 1);
    }
    return host;
}

static prom_offer_wish wish_for(const prom_bytes32 *p_txid)
{
    return (prom_offer_wish){.p_txid = *p_txid, .retainer = prom_amount_of(1500), .how = two};
}

static prom_node_paid make_offer(struct host *host, const prom_bytes32 *p_txid)
{
    const prom_offer_wish wish = wish_for(p_txid);
    prom_node_paid made;
    assert_ok(prom_node_make_offer(host->node, &host->test->arena, &made, &wish, &host->test->error),
              &host->test->error);
    return made;
}

static const prom_tx *tx_of(struct host *host, const prom_node_paid *made)
{
    prom_tx *tx = NULL;
    assert_ok(prom_tx_parse(&host->test->arena, &tx, made->bytes, &host->test->error), &host->test->error);
    return tx;
}

static void mine(struct host *host, const prom_node_paid *made)
{
    const prom_tx *tx = tx_of(host, made);
    host_block(host, &tx, 1);
}

static prom_payment_fate state_of(struct host *host, size_t number)
{
    prom_node_paid *list = NULL;
    size_t count = 0;
    assert_ok(prom_node_list_own(host->node, &host->test->arena, &list, &count, &host->test->error),
              &host->test->error);
    assert_true(number < count);
    return list[number].fate;
}

static prom_own_offer offer_of(struct host *host, size_t number)
{
    prom_own_offer *list = NULL;
    size_t count = 0;
    assert_ok(prom_node_list_offers(host->node, &host->test->arena, &list, &count, &host->test->error),
              &host->test->error);
    assert_true(number < count);
    return list[number];
}

static size_t count_free(const struct host *host)
{
    size_t count = 0;
    size_t free_ones = 0;
    const prom_wallet_coin *list = prom_coins_list(host->node->fold->coins, &count);
    for (size_t i = 0; i < count; i++) {
        free_ones += prom_node_is_free(host->node, &list[i]);
    }
    return free_ones;
}

static uint64_t sat(prom_amount amount)
{
    uint64_t value = 0;
    assert_true(prom_amount_get(amount, &value));
    return value;
}

/* What is paid, locked and given back is what the coins hold; a dry run says it and leaves nothing behind. */
static void a_dry_run_says_what_it_costs(void **state)
{
    static const uint64_t coins[] = {50000000, 100000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_offer_wish wish = wish_for(&p_txid);
    prom_node_paid dry;
    wish.how.mode = PROM_PAY_DRY;
    assert_ok(prom_node_make_offer(host->node, &host->test->arena, &dry, &wish, &host->test->error),
              &host->test->error);
    assert_int_equal(host->node->payment_count, 0);
    assert_int_equal(count_free(host), 2);
    assert_int_equal(sat(dry.locks), sat(host->world->session.terms.P.a));
    assert_int_equal(sat(dry.fee), 2 * dry.vsize);
    assert_int_equal(sat(dry.locks) + sat(dry.fee) + sat(dry.change), 50000000);
    const prom_node_paid made = make_offer(host, &p_txid);
    assert_int_equal(sat(made.fee), sat(dry.fee));
    assert_int_equal(made.number, dry.number);
    assert_int_equal(count_free(host), 1); /* what it spends is not free */
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_WAITS);
    host_free(host);
}

/* An offer, from the making to the end; after every step a restart knows the same. */
static void offers_are_made_and_withdrawn(void **state)
{
    static const uint64_t coins[] = {50000000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_error *error = &host->test->error;
    const prom_node_paid made = make_offer(host, &p_txid);
    const prom_outpoint outpoint = {made.txid, 0};
    prom_node_paid out;
    assert_false(offer_of(host, 0).on_chain);
    host_reopen(host);
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_WAITS);
    assert_int_equal(count_free(host), 0);
    assert_fails(prom_node_withdraw_offer(host->node, &host->test->arena, &out, &outpoint, &two, error),
                 PROM_CATEGORY_BAD_INPUT, error, "no offer of ours on the chain");
    mine(host, &made);
    assert_int_equal(host->node->announced_count, 1);
    assert_true(prom_node_is_offer(host->node, &outpoint));
    host_reopen(host);
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_MINED);
    assert_int_equal(offer_of(host, 0).fate, PROM_OFFER_UNSPENT);
    assert_true(offer_of(host, 0).on_chain);
    prom_node_look_at_offers(host->node);
    assert_int_equal(host->node->announced_count, 1); /* it can be told to others */
    assert_int_equal(count_free(host), 1);            /* the change, and not the offer */
    const size_t known = host->node->offer_count;
    host->node->offer_count = 0; /* as with a database that knows nothing of it */
    assert_int_equal(count_free(host), 1);
    host->node->offer_count = known;
    assert_ok(prom_node_withdraw_offer(host->node, &host->test->arena, &out, &outpoint, &two, error), error);
    assert_int_equal(sat(out.change) + sat(out.fee), sat(made.locks));
    assert_true(offer_of(host, 0).leaving);
    assert_fails(prom_node_withdraw_offer(host->node, &host->test->arena, &out, &outpoint, &two, error),
                 PROM_CATEGORY_BAD_INPUT, error, "waits for a block");
    host_reopen(host);
    assert_true(offer_of(host, 0).leaving);
    prom_node_paid *list = NULL;
    size_t count = 0;
    assert_ok(prom_node_list_own(host->node, &host->test->arena, &list, &count, error), error);
    assert_int_equal(count, 2);
    mine(host, &list[1]);
    assert_int_equal(offer_of(host, 0).fate, PROM_OFFER_WITHDRAWN);
    assert_false(offer_of(host, 0).leaving);
    assert_int_equal(host->node->announced_count, 0);
    assert_int_equal(count_free(host), 2);
    host_free(host);
}

/* What a reorganisation takes out of the chain is published again; what something else has spent is not, as long as
 * that stands. */
static void the_chain_says_what_waits(void **state)
{
    static const uint64_t coins[] = {50000000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    const prom_node_paid made = make_offer(host, &p_txid);
    mine(host, &made);
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_MINED);
    host_unblock(host);
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_WAITS);
    host->branch = 1;
    prom_tx *theft = host_payment(host, 7, 1000); /* somebody with our seed */
    theft->inputs[0].outpoint = tx_of(host, &made)->inputs[0].outpoint;
    const prom_tx *txs[] = {theft};
    host_block(host, txs, 1);
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_REPLACED);
    host_reopen(host);
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_REPLACED);
    host_unblock(host);
    assert_int_equal(state_of(host, 0), PROM_PAYMENT_WAITS);
    host_free(host);
}

/* Each offer has a key of its own, as has each change; what comes back can be used in a contract. */
static void keys_serve_once(void **state)
{
    static const uint64_t coins[] = {50000000, 50000000, 50000000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_error *error = &host->test->error;
    prom_node_paid made[3];
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        made[i] = make_offer(host, &p_txid);
        assert_int_equal(made[i].number, i);
        if (i == 1) {
            host_reopen(host);
        }
    }
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        mine(host, &made[i]);
        for (size_t j = 0; j < i; j++) {
            assert_false(prom_bytes32_equal(&host->node->offers[i].Q, &host->node->offers[j].Q));
        }
        const prom_announcement *announcement = &host->node->offers[i];
        assert_ok(prom_announcement_signed(host->test->curve, &host->test->arena, announcement, error), error);
        assert_true(prom_bytes32_equal(&announcement->node_key, &host->node->key.public_key));
    }
    const prom_funding funding = {prom_amount_of(1000000), 1, PROM_COIN_ELSEWHERE, NULL, false};
    prom_own own = {.coin_count = 0};
    prom_wallet_path path = {0};
    assert_int_equal(host->node->announced_count, 3);
    assert_ok(prom_node_fund(host->node, &own, &funding, error), error);
    assert_ok(prom_coins_path(host->node->fold->coins, &path, &own.coins[0].key, error), error);
    assert_int_equal(path.account, PROM_WALLET_OWN);
    host_free(host);
}

/* A renewed offer is another one, of which the fee alone comes out of the wallet. */
static void an_offer_is_renewed(void **state)
{
    static const uint64_t coins[] = {50000000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_error *error = &host->test->error;
    const prom_node_paid made = make_offer(host, &p_txid);
    const prom_outpoint outpoint = {made.txid, 0};
    prom_offer_wish wish = wish_for(&p_txid);
    prom_node_paid renewed;
    wish.retainer = prom_amount_of(2500);
    mine(host, &made);
    assert_ok(prom_node_renew_offer(host->node, &host->test->arena, &renewed, &outpoint, &wish, error), error);
    assert_int_equal(sat(renewed.locks), sat(made.locks));
    assert_int_equal(sat(renewed.change) + sat(renewed.fee), sat(made.change));
    mine(host, &renewed);
    assert_int_equal(offer_of(host, 0).fate, PROM_OFFER_WITHDRAWN);
    assert_int_equal(offer_of(host, 1).fate, PROM_OFFER_UNSPENT);
    assert_int_equal(sat(offer_of(host, 1).announcement.retainer), 2500);
    assert_int_equal(host->node->announced_count, 1);
    host_free(host);
}

/* An offer that a setup or a contract of ours is about stays where it is. */
static void what_is_engaged_stays(void **state)
{
    static const uint64_t coins[] = {50000000, 50000000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_error *error = &host->test->error;
    const prom_node_paid made = make_offer(host, &p_txid);
    const prom_outpoint outpoint = {made.txid, 0};
    prom_facts facts = {.role = PROM_ROLE_ARBITER, .batch_count = 1, .own = {.coin_count = 1}};
    prom_node_channel *channel = NULL;
    prom_node_paid out;
    mine(host, &made);
    facts.own.coins[0] = prom_coins_find(host->node->fold->coins, &outpoint)->coin;
    assert_ok(host_add(host, &channel, "seat", &facts), error);
    assert_true(offer_of(host, 0).engaged);
    assert_fails(prom_node_withdraw_offer(host->node, &host->test->arena, &out, &outpoint, &two, error),
                 PROM_CATEGORY_BAD_INPUT, error, "takes part in a setup");
    channel->channel->facts.setup.phase = PROM_SETUP_OVER; /* and others are still to be told so */
    assert_false(offer_of(host, 0).engaged);
    assert_ok(prom_node_withdraw_offer(host->node, &host->test->arena, &out, &outpoint, &two, error), error);
    host_free(host);
}

/* A stake of somebody else's coins, who signs elsewhere: change goes where it is told to. */
static void a_stake_comes_from_elsewhere(void **state)
{
    static const uint64_t coins[] = {50000000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_error *error = &host->test->error;
    prom_arena *arena = &host->test->arena;
    const prom_spend_coin foreign = {
        .outpoint = {{{7}}, 1},
        .output = {prom_amount_of(9000000), span_of_hex(host->test, "0014751e76e8199196d454941c45d1b3a323f1433bd6")}};
    prom_offer_wish wish = wish_for(&p_txid);
    prom_node_paid made;
    wish.coins = &foreign;
    wish.coin_count = 1;
    wish.change = "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r";
    assert_fails(prom_node_make_offer(host->node, arena, &made, &wish, error), PROM_CATEGORY_MISUSE, error,
                 "signed elsewhere");
    wish.how.mode = PROM_PAY_PSBT;
    assert_fails(prom_node_make_offer(host->node, arena, &made, &wish, error), PROM_CATEGORY_BAD_INPUT, error,
                 "change goes to a P2TR or P2WPKH address only");
    wish.change = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";
    assert_ok(prom_node_make_offer(host->node, arena, &made, &wish, error), error);
    assert_non_null(made.psbt);
    assert_int_equal(made.input_count, 1);
    assert_int_equal(sat(made.locks), sat(host->world->session.terms.P.a));
    assert_int_equal(sat(made.change), 0);
    assert_int_equal(host->node->payment_count, 0);
    assert_int_equal(count_free(host), 1);
    host_free(host);
}

static void what_is_missing_is_said(void **state)
{
    static const uint64_t coins[] = {1000000};
    prom_bytes32 p_txid;
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_error *error = &host->test->error;
    prom_arena *arena = &host->test->arena;
    prom_offer_wish wish = wish_for(&p_txid);
    prom_node_paid made;
    assert_fails(prom_node_make_offer(host->node, arena, &made, &wish, error), PROM_CATEGORY_BAD_INPUT, error,
                 "hold 1000000 sat");
    wish.p_txid = named("no P", 0);
    assert_fails(prom_node_make_offer(host->node, arena, &made, &wish, error), PROM_CATEGORY_BAD_INPUT, error,
                 "has no P");
    wish = wish_for(&p_txid);
    wish.how.feerate = 0; /* and none is known */
    assert_fails(prom_node_make_offer(host->node, arena, &made, &wish, error), PROM_CATEGORY_BAD_INPUT, error,
                 "feerate");
    wish = wish_for(&p_txid);
    host->node->roles = PROM_ROLE_BIT(PROM_ROLE_WORKER);
    assert_fails(prom_node_make_offer(host->node, arena, &made, &wish, error), PROM_CATEGORY_BAD_INPUT, error,
                 "is no arbiter");
    host->node->roles = PROM_ROLES_ALL;
    host->node->config.address.length = 0;
    assert_fails(prom_node_make_offer(host->node, arena, &made, &wish, error), PROM_CATEGORY_BAD_INPUT, error,
                 "listens at no address");
    prom_parameters P = host->world->session.terms.P;
    P.t2 = P.t1;
    assert_fails(prom_node_publish_parameters(host->node, arena, &made, &P, &two, error), PROM_CATEGORY_BAD_INPUT,
                 error, "t2");
    host->node->disk_short = true;
    assert_fails(prom_node_publish_parameters(host->node, arena, &made, &host->world->session.terms.P, &two, error),
                 PROM_CATEGORY_BAD_INPUT, error, "before the disk has room");
    host->node->disk_short = false;
    host->node->health.may_begin = false;
    assert_fails(prom_node_publish_parameters(host->node, arena, &made, &host->world->session.terms.P, &two, error),
                 PROM_CATEGORY_BAD_INPUT, error, "");
    assert_int_equal(host->node->payment_count, 0);
    host_free(host);
}

/* Nothing leaves that the disk does not have. */
static void it_is_written_first(void **state)
{
    static const uint64_t coins[] = {50000000};
    prom_bytes32 p_txid;
    faulty_install();
    struct host *host = arbiter_with(state, &p_txid, coins, COUNT_OF(coins));
    prom_node_paid made;
    faulty.kind = FAULTY_FAILS;
    faulty.done = 0;
    faulty.at = 1;
    assert_fails(prom_node_publish_parameters(host->node, &host->test->arena, &made, &host->world->session.terms.P,
                                              &two, &host->test->error),
                 PROM_CATEGORY_IO, &host->test->error, "");
    faulty.kind = FAULTY_NONE;
    assert_int_equal(host->node->payment_count, 0);
    assert_int_equal(count_free(host), 1);
    host->node->disk_short = false;
    assert_ok(prom_node_publish_parameters(host->node, &host->test->arena, &made, &host->world->session.terms.P, &two,
                                           &host->test->error),
              &host->test->error);
    assert_int_equal(made.number, 0);
    mine(host, &made);
    assert_non_null(prom_index_find(host->node->fold->index, PROM_INDEX_P, &made.txid));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_dry_run_says_what_it_costs), FIXTURE_TEST(offers_are_made_and_withdrawn),
        FIXTURE_TEST(the_chain_says_what_waits),    FIXTURE_TEST(keys_serve_once),
        FIXTURE_TEST(an_offer_is_renewed),          FIXTURE_TEST(what_is_engaged_stays),
        FIXTURE_TEST(a_stake_comes_from_elsewhere), FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(it_is_written_first),
    };
    return cmocka_run_group_tests_name("node/own", tests, NULL, NULL);
}
