#include "node/asked.h"
#include "node/pay.h"
#include "node/purse.h"

static prom_result bump(struct purse *purse, const prom_bytes32 *txid, uint32_t feerate)
{
    prom_pay_options options = purse->wanted.how;
    options.feerate = feerate;
    return prom_node_bump_payment(purse->host->node, &purse->host->test->arena, &purse->paid, txid, &options,
                                  &purse->host->test->error);
}

static prom_result cancel(struct purse *purse, const prom_bytes32 *txid)
{
    return prom_node_cancel_payment(purse->host->node, &purse->host->test->arena, &purse->paid, txid,
                                    &purse->wanted.how, &purse->host->test->error);
}

/* Of the payment with that number. */
static const prom_node_payment *payment_of(const struct purse *purse, uint32_t number)
{
    const prom_node *node = purse->host->node;
    for (size_t i = 0; i < node->payment_count; i++) {
        if (node->payments[i].number == number) {
            return &node->payments[i];
        }
    }
    fail_msg("there is no payment %u", (unsigned)number);
    return NULL;
}

static prom_payment_fate fate_of(const struct purse *purse, uint32_t number)
{
    uint32_t height = 0;
    return prom_node_fate_of(purse->host->node, payment_of(purse, number), &height);
}

static void mine(struct purse *purse, uint32_t number)
{
    const prom_tx *tx = payment_of(purse, number)->tx;
    host_block(purse->host, &tx, 1);
}

static uint64_t paid_to(const prom_tx *tx, prom_span script)
{
    uint64_t found = 0;
    for (size_t i = 0; i < tx->output_count; i++) {
        found = prom_span_equal(tx->outputs[i].script, script) ? sat(tx->outputs[i].value) : found;
    }
    return found;
}

/* It pays the same, outbids the old one by what nodes ask for, and both are known after a restart; one alone counts. */
static void a_dearer_one_takes_the_place(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    const prom_span somebody = span_of_hex(*state, "51024e73");
    assert_ok(withdraw(&purse), error);
    const prom_node_paid old = purse.paid;
    purse.wanted.how.mode = PROM_PAY_DRY;
    assert_ok(bump(&purse, &old.txid, 5000), error);
    assert_int_equal(purse.host->node->payment_count, 1);
    assert_int_equal(fate_of(&purse, 0), PROM_PAYMENT_WAITS);
    purse.wanted.how.mode = PROM_PAY_SEND;
    assert_ok(bump(&purse, &old.txid, 5000), error);
    assert_int_equal(sat(purse.paid.fee), 5 * purse.paid.vsize);
    assert_true(sat(purse.paid.fee) >= sat(old.fee) + purse.paid.vsize);
    assert_int_equal(purse.paid.purpose, PROM_OWN_PAYMENT);
    assert_int_equal(paid_to(payment_of(&purse, 1)->tx, somebody), 1000000);
    host_reopen(purse.host);
    assert_int_equal(purse.host->node->payment_count, 2);
    assert_int_equal(fate_of(&purse, 0), PROM_PAYMENT_OUTBID);
    assert_int_equal(fate_of(&purse, 1), PROM_PAYMENT_WAITS);
    assert_int_equal(sat(balance_of(purse.host).total), 6700000 - 1000000 - sat(purse.paid.fee));
    assert_fails(bump(&purse, &old.txid, 9000), PROM_CATEGORY_BAD_INPUT, error, "a later one of ours takes its place");
    const prom_bytes32 newer = purse.paid.txid;
    assert_fails(bump(&purse, &payment_of(&purse, 1)->txid, 5000), PROM_CATEGORY_BAD_INPUT, error,
                 "for 5 sat/vB: it pays 5.000 sat/vB already");
    /* Where no feerate is given, nodes' least is paid at least. */
    purse.host->node->estimates.soon = 1000;
    assert_ok(bump(&purse, &payment_of(&purse, 1)->txid, 0), error);
    assert_int_equal(sat(purse.paid.fee), sat(payment_of(&purse, 1)->fee) + purse.paid.vsize);
    assert_int_equal(fate_of(&purse, 1), PROM_PAYMENT_OUTBID);
    assert_false(prom_bytes32_equal(&newer, &purse.paid.txid));
    host_free(purse.host);
}

/* Whichever a block has, the others are replaced, and come back with a reorganisation. */
static void the_chain_decides_between_them(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    assert_ok(withdraw(&purse), error);
    const uint64_t fee = sat(purse.paid.fee);
    assert_ok(bump(&purse, &payment_of(&purse, 0)->txid, 5000), error);
    mine(&purse, 0);
    assert_int_equal(fate_of(&purse, 0), PROM_PAYMENT_MINED);
    assert_int_equal(fate_of(&purse, 1), PROM_PAYMENT_REPLACED);
    assert_int_equal(sat(balance_of(purse.host).total), 6700000 - 1000000 - fee);
    assert_fails(bump(&purse, &payment_of(&purse, 0)->txid, 9000), PROM_CATEGORY_BAD_INPUT, error, "a block has it");
    assert_fails(cancel(&purse, &payment_of(&purse, 1)->txid), PROM_CATEGORY_BAD_INPUT, error,
                 "a block has another transaction");
    host_unblock(purse.host);
    purse.host->branch = 1;
    assert_int_equal(fate_of(&purse, 0), PROM_PAYMENT_OUTBID);
    assert_int_equal(fate_of(&purse, 1), PROM_PAYMENT_WAITS);
    mine(&purse, 1);
    assert_int_equal(fate_of(&purse, 0), PROM_PAYMENT_REPLACED);
    assert_int_equal(fate_of(&purse, 1), PROM_PAYMENT_MINED);
    host_mine_to(purse.host, purse.host->node->best_tip + PROM_NODE_PAYMENT_DEPTH);
    prom_node_end_payments(purse.host->node);
    assert_int_equal(purse.host->node->payment_count, 0);
    host_free(purse.host);
}

/* What waits, outbid or not, is kept however high the chain grows. */
static void what_waits_is_kept(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    assert_ok(withdraw(&purse), error);
    assert_ok(bump(&purse, &payment_of(&purse, 0)->txid, 5000), error);
    host_mine_to(purse.host, purse.host->node->best_tip + 2 * PROM_NODE_PAYMENT_DEPTH);
    prom_node_end_payments(purse.host->node);
    assert_int_equal(purse.host->node->payment_count, 2);
    host_free(purse.host);
}

static void a_payment_is_taken_back(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    assert_ok(withdraw(&purse), error);
    const prom_bytes32 old = purse.paid.txid;
    purse.wanted.how.feerate = 4000;
    assert_ok(cancel(&purse, &old), error);
    assert_int_equal(purse.paid.purpose, PROM_OWN_CANCELLATION);
    assert_int_equal(purse.paid.input_count, 1);
    assert_int_equal(sat(purse.paid.change) + sat(purse.paid.fee), 5000000);
    assert_int_equal(sat(balance_of(purse.host).pending), sat(purse.paid.change));
    /* That is bumped as well, and still pays nobody. */
    const prom_bytes32 newer = purse.paid.txid;
    assert_ok(bump(&purse, &newer, 6000), error);
    assert_int_equal(payment_of(&purse, 2)->tx->output_count, 1);
    mine(&purse, 2);
    assert_int_equal(sat(balance_of(purse.host).free), 6700000 - sat(purse.paid.fee));
    host_free(purse.host);
}

/* A payment of two coins, of which a reorganisation takes one away for good: the other one is not held for ever. */
static void a_vanished_coin_holds_nothing(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    const prom_tx *late = host_payment(host, 3, 4000000);
    host_block(host, &late, 1);
    purse.payee.amount = prom_amount_of(8900000);
    assert_ok(withdraw(&purse), error);
    const prom_bytes32 old = purse.paid.txid;
    assert_int_equal(purse.paid.input_count, 2);
    host_unblock(host);
    host->branch = 1;
    host_block(host, NULL, 0);
    assert_fails(bump(&purse, &old, 5000), PROM_CATEGORY_BAD_INPUT, error, "sat are free");
    purse.wanted.how.feerate = 5000;
    assert_ok(cancel(&purse, &old), error);
    assert_int_equal(sat(purse.paid.change) + sat(purse.paid.fee), 5000000);
    mine(&purse, 1);
    assert_int_equal(sat(balance_of(host).free), 6700000 - sat(purse.paid.fee));
    host_free(host);
}

/* Of three in a row the third may not leave the first alone with its coins: both would pay. */
static void nobody_is_paid_twice(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    const prom_tx *late = host_payment(host, 3, 6000000);
    host_block(host, &late, 1);
    purse.payee.amount = prom_amount_of(5995000);
    assert_ok(withdraw(&purse), error);
    assert_int_equal(purse.paid.input_count, 1);                         /* the late one */
    assert_ok(bump(&purse, &payment_of(&purse, 0)->txid, 95000), error); /* takes a second coin */
    assert_int_equal(purse.paid.input_count, 2);
    host_unblock(host);
    host->branch = 1;
    host_block(host, NULL, 0);
    assert_fails(bump(&purse, &purse.paid.txid, 99000), PROM_CATEGORY_BAD_INPUT, error, "both could be mined");
    assert_fails(cancel(&purse, &payment_of(&purse, 1)->txid), PROM_CATEGORY_BAD_INPUT, error, "both could be mined");
    host_free(host);
}

/* An offer that is made anew has another name, and another key; the chain says which of them there is. */
static void an_offer_gets_another_name(void **state)
{
    struct purse purse = {.host = host_new(*state, PROM_ROLE_ARBITER)};
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    prom_address *address = &host->options.config.address;
    prom_own_offer *offers = NULL;
    size_t count = 0;
    address->length = (uint8_t)snprintf((char *)address->bytes, sizeof address->bytes, "%s/socket", host->folder);
    host_reopen(host);
    const struct asked asked = asked_publish_p(host);
    (void)host_pay(host, 2);
    const prom_pay_options options = {.feerate = 2000, .fee_max = prom_amount_of(100000), .mode = PROM_PAY_SEND};
    const prom_offer_wish wish = {.p_txid = asked.terms.p_txid, .retainer = prom_amount_of(1500), .how = options};
    purse.wanted.how = options;
    assert_ok(prom_node_make_offer(host->node, &host->test->arena, &purse.paid, &wish, error), error);
    const prom_node_paid old = purse.paid;
    assert_ok(bump(&purse, &old.txid, 5000), error);
    assert_int_equal(sat(purse.paid.locks), sat(old.locks));
    host_reopen(host);
    assert_ok(prom_node_list_offers(host->node, &host->test->arena, &offers, &count, error), error);
    assert_int_equal(count, 2);
    assert_false(offers[0].waits);
    assert_true(offers[1].waits);
    assert_int_equal(sat(offers[1].announcement.retainer), 1500);
    assert_ok(prom_announcement_signed(host->test->curve, &host->test->arena, &offers[1].announcement, error), error);
    mine(&purse, 1);
    assert_int_equal(host->node->announced_count, 1);
    /* What spends it can be dearer, and not be taken back. */
    const prom_outpoint offer = {payment_of(&purse, 1)->txid, 0};
    assert_ok(prom_node_withdraw_offer(host->node, &host->test->arena, &purse.paid, &offer, &options, error), error);
    const prom_bytes32 gone = purse.paid.txid;
    purse.wanted.how.feerate = 9000;
    assert_fails(cancel(&purse, &gone), PROM_CATEGORY_BAD_INPUT, error, "it spends an offer");
    assert_ok(bump(&purse, &gone, 7000), error);
    assert_int_equal(purse.paid.purpose, PROM_OWN_WITHDRAWAL);
    assert_int_equal(sat(purse.paid.change) + sat(purse.paid.fee), sat(old.locks));
    host_free(host);
}

/* So has a P. */
static void a_p_is_published_again(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    const prom_parameters *P = &host->world->session.terms.P;
    assert_ok(prom_node_publish_parameters(host->node, &host->test->arena, &purse.paid, P, &purse.wanted.how, error),
              error);
    const prom_bytes32 old = purse.paid.txid;
    assert_ok(bump(&purse, &old, 5000), error);
    mine(&purse, 1);
    assert_non_null(prom_index_find(host->node->fold->index, PROM_INDEX_P, &purse.paid.txid));
    assert_null(prom_index_find(host->node->fold->index, PROM_INDEX_P, &old));
    host_free(host);
}

static void what_is_wrong_is_said(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    const prom_bytes32 nobodys = {{1}};
    assert_fails(bump(&purse, &nobodys, 5000), PROM_CATEGORY_BAD_INPUT, error, "no payment of ours");
    purse.payee.address = OTHER;
    purse.wanted.all = true;
    assert_ok(withdraw(&purse), error);
    const prom_bytes32 all = purse.paid.txid;
    assert_fails(bump(&purse, &all, 5000), PROM_CATEGORY_BAD_INPUT, error, "of the wallet's 0 sat 0 sat are free");
    assert_fails(bump(&purse, &all, 0), PROM_CATEGORY_BAD_INPUT, error, "give a feerate");
    purse.wanted.how.mode = PROM_PAY_PSBT;
    assert_fails(bump(&purse, &all, 5000), PROM_CATEGORY_MISUSE, error, "replaces by itself");
    purse.wanted.how.mode = PROM_PAY_SEND;
    purse.wanted.how.feerate = 5000;
    purse.wanted.how.fee_max = prom_amount_of(100);
    assert_fails(cancel(&purse, &all), PROM_CATEGORY_BAD_INPUT, error, "100 sat is the most it may be");
    host_unblock(host);
    host->branch = 1;
    host_block(host, NULL, 0);
    assert_fails(cancel(&purse, &all), PROM_CATEGORY_BAD_INPUT, error, "so it holds none either");
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_dearer_one_takes_the_place),
        FIXTURE_TEST(the_chain_decides_between_them),
        FIXTURE_TEST(what_waits_is_kept),
        FIXTURE_TEST(a_payment_is_taken_back),
        FIXTURE_TEST(a_vanished_coin_holds_nothing),
        FIXTURE_TEST(nobody_is_paid_twice),
        FIXTURE_TEST(an_offer_gets_another_name),
        FIXTURE_TEST(a_p_is_published_again),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests_name("node/replace", tests, NULL, NULL);
}
