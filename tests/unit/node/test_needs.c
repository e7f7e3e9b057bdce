/* Coins for contracts that come next, and what is split for them. */
#include "node/needs.h"

#include "node/asked.h"
#include "node/purse.h"

enum { CONTRACTS = 4, NEEDS = 4 * CONTRACTS, FEERATE = 2000 };

/* What contracts take whose client verifies itself. */
struct contracts {
    prom_terms terms[CONTRACTS];
    prom_coin_need needs[NEEDS];
    prom_needs found;
};

static struct contracts *contracts_of(struct host *host)
{
    struct contracts *contracts = NULL;
    assert_ok(prom_arena_alloc(&host->test->arena, (void **)&contracts, 1, sizeof *contracts, &host->test->error),
              &host->test->error);
    for (size_t i = 0; i < NEEDS; i++) {
        contracts->terms[i / 4] = host->world->session.terms;
        contracts->terms[i / 4].feerate = 2;
        contracts->needs[i] = (prom_coin_need){.role = i % 4 < 2 ? PROM_ROLE_CLIENT : PROM_ROLE_VERIFIER,
                                               .for_fees = i % 2 == 0,
                                               .terms = &contracts->terms[i / 4]};
    }
    return contracts;
}

static void find(const struct host *host, struct contracts *contracts, prom_needs_state state)
{
    assert_ok(prom_node_find_needs(host->node, &contracts->found, contracts->needs, NEEDS, FEERATE, &host->test->error),
              &host->test->error);
    assert_int_equal(contracts->found.state, state);
}

static prom_result split(const struct host *host, const struct contracts *contracts, prom_node_paid *paid,
                         prom_pay_mode mode, uint64_t fee_max)
{
    const prom_split_order order = {
        contracts->needs, NEEDS, "coins 1", {.feerate = FEERATE, .fee_max = prom_amount_of(fee_max), .mode = mode}};
    return prom_node_split_for(host->node, &host->test->arena, paid, &order, &host->test->error);
}

/* What is told of splits whose references begin so. */
static void assert_splits(const struct host *host, const char *reference, size_t made, size_t paid, uint64_t fees)
{
    prom_split_sums sums;
    assert_ok(prom_node_splits_of(host->node, &sums, reference, &host->test->error), &host->test->error);
    assert_int_equal(sums.made, made);
    assert_int_equal(sums.paid, paid);
    assert_int_equal(sat(sums.fees), fees);
}

static void deposit(struct host *host, const uint64_t *coins, size_t count)
{
    const prom_tx *txs[NEEDS];
    assert_true(count <= NEEDS);
    for (size_t i = 0; i < count; i++) {
        txs[i] = host_payment(host, (uint32_t)i, coins[i]);
    }
    host_block(host, txs, count);
    for (unsigned i = 0; i < 6; i++) {
        host_block(host, NULL, 0); /* arbiters take them */
    }
}

/* What one contract takes in all, and its dearest coin. */
static uint64_t whole_of(const struct contracts *contracts)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < 4; i++) {
        sum += sat(contracts->needs[i].value);
    }
    return sum;
}

/* One coin, enough for four contracts and their fees, is no coin for one: a payment makes sixteen of it, which is on
 * the disk before it is sent, and waited for until arbiters take what it makes. */
static void one_coin_becomes_many(void **state)
{
    static const uint64_t coins[] = {2000000000};
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    deposit(host, coins, COUNT_OF(coins));
    struct contracts *contracts = contracts_of(host);
    prom_node_paid paid;
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_int_equal(contracts->found.contracts, CONTRACTS);
    assert_ok(split(host, contracts, &paid, PROM_PAY_DRY, 100000), error);
    assert_int_equal(host->node->payment_count, 0);
    assert_fails(split(host, contracts, &paid, PROM_PAY_SEND, 100), PROM_CATEGORY_BAD_INPUT, error, "fee");
    assert_int_equal(host->node->payment_count, 0);
    assert_ok(split(host, contracts, &paid, PROM_PAY_SEND, 100000), error);
    assert_int_equal(paid.purpose, PROM_OWN_SPLIT);
    host_reopen(host);
    assert_int_equal(host->node->payment_count, 1);
    const prom_node_payment *payment = &host->node->payments[0];
    /* The first contract finds one coin for its fees before it is split, and the others none. */
    assert_true(payment->tx->output_count == NEEDS + 1 && payment->tx->input_count == 1);
    find(host, contracts, PROM_NEEDS_PAYING);
    assert_true(prom_bytes32_equal(&contracts->found.txid, &paid.txid));
    assert_splits(host, "coins", 1, 1, sat(paid.fee));
    assert_splits(host, "coins 2", 0, 0, 0);
    const prom_tx *tx = payment->tx;
    host_block(host, &tx, 1);
    find(host, contracts, PROM_NEEDS_YOUNG);
    host_mine_to(host, contracts->found.height - 1);
    find(host, contracts, PROM_NEEDS_YOUNG);
    host_mine_to(host, contracts->found.height);
    find(host, contracts, PROM_NEEDS_MET);
    assert_int_equal(sat(balance_of(host).free), coins[0] - sat(paid.fee));
    for (size_t i = 0; i < NEEDS; i++) {
        assert_int_equal(contracts->needs[i].coins, 1);
    }
    host_unblock(host); /* what a reorganisation takes away is waited for again */
    find(host, contracts, PROM_NEEDS_YOUNG);
    host_free(host);
}

/* Where the fee for all is beyond its cap, as blocks are dear, coins are made for as many contracts as it pays for:
 * with too little for one nothing is paid. */
static void a_cap_on_the_fee_makes_fewer(void **state)
{
    static const uint64_t coins[] = {2000000000};
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    deposit(host, coins, COUNT_OF(coins));
    struct contracts *contracts = contracts_of(host);
    prom_node_paid whole;
    prom_node_paid paid;
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_ok(split(host, contracts, &whole, PROM_PAY_DRY, 100000), error);
    const uint64_t fee = sat(whole.fee);
    assert_ok(split(host, contracts, &paid, PROM_PAY_DRY, fee + fee / 50), error); /* as the plan reckons */
    assert_true(prom_amount_equal(paid.fee, whole.fee));
    assert_fails(split(host, contracts, &paid, PROM_PAY_SEND, fee / 4), PROM_CATEGORY_BAD_INPUT, error, "fee");
    assert_int_equal(host->node->payment_count, 0);
    assert_ok(split(host, contracts, &paid, PROM_PAY_SEND, fee - 1), error);
    assert_true(sat(paid.fee) < fee);
    const prom_tx *tx = host->node->payments[0].tx;
    assert_int_equal(tx->output_count, NEEDS - 4 + 1);
    host_block(host, &tx, 1);
    host_mine_to(host, host->node->best_tip + 6);
    find(host, contracts, PROM_NEEDS_SPLIT); /* for the last one, of what is left */
    assert_int_equal(contracts->found.contracts, 1);
    host_free(host);
}

/* What is missing is said; and of what suffices for one contract only coins for one are made. */
static void what_is_missing_is_said(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    struct contracts *contracts = contracts_of(host);
    find(host, contracts, PROM_NEEDS_SHORT);
    const uint64_t whole = whole_of(contracts);
    assert_int_equal(sat(contracts->found.needed), whole);
    const uint64_t missing = sat(contracts->found.missing);
    assert_true(missing > whole && missing < whole + 2000);
    const uint64_t first[] = {missing - 1000};
    deposit(host, first, COUNT_OF(first));
    find(host, contracts, PROM_NEEDS_SHORT);
    const uint64_t rest[] = {whole}; /* two in all, and too little for what splitting for two takes */
    deposit(host, rest, COUNT_OF(rest));
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_int_equal(contracts->found.contracts, 1);
    host_free(host);
}

/* Coins that suit are left alone, those of other contracts too. */
static void what_suits_is_not_split(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    struct contracts *contracts = contracts_of(host);
    find(host, contracts, PROM_NEEDS_SHORT);
    uint64_t coins[5] = {2000000000};
    for (size_t i = 0; i < 4; i++) {
        coins[i + 1] = sat(contracts->needs[i].value);
    }
    deposit(host, coins, COUNT_OF(coins));
    prom_node_paid paid;
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_int_equal(contracts->found.contracts, CONTRACTS - 1);
    for (size_t i = 0; i < NEEDS; i++) {
        assert_int_equal(contracts->needs[i].met, i < 4);
    }
    assert_ok(split(host, contracts, &paid, PROM_PAY_SEND, 100000), &host->test->error);
    const prom_tx *tx = host->node->payments[0].tx;
    assert_int_equal(tx->input_count, 1);
    assert_int_equal(sat(prom_coins_any(host->node->fold->coins, &tx->inputs[0].outpoint)->coin.value), coins[0]);
    assert_int_equal(tx->output_count, NEEDS - 4 + 1);
    host_free(host);
}

/* A stranger that asks for a part of ours, which costs it nothing, keeps no coin from our own contracts: neither one
 * that suits them nor one that is to be split. What our own verifier would spend is another's. */
static void strangers_hold_no_coins(void **state)
{
    static const uint64_t coins[] = {2000000000};
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    host->node->roles |= PROM_ROLE_BIT(PROM_ROLE_WORKER);
    const struct asked asked = asked_publish_p(host);
    struct contracts *contracts = contracts_of(host);
    find(host, contracts, PROM_NEEDS_SHORT);
    uint64_t four[4];
    for (size_t i = 0; i < 4; i++) {
        four[i] = sat(contracts->needs[i].value);
    }
    deposit(host, four, COUNT_OF(four));
    deposit(host, coins, COUNT_OF(coins));
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_int_equal(contracts->found.contracts, CONTRACTS - 1);
    assert_true(asked_for(host, 1, 0, PROM_ROLE_WORKER, &asked));
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(host->node->fold->coins, &count);
    prom_own *own = &host->node->channels[0]->channel->facts.own;
    for (own->coin_count = 0; own->coin_count < count; own->coin_count++) {
        own->coins[own->coin_count] = list[own->coin_count].coin; /* all of them */
    }
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_int_equal(contracts->found.contracts, CONTRACTS - 1);
    prom_facts wish = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *client = NULL;
    assert_ok(host_add(host, &client, "wish", &wish), &host->test->error);
    client->channel->facts.own.coin_count = 0;
    client->channel->facts.client = host->node->channels[0]->channel->facts.client;
    find(host, contracts, PROM_NEEDS_SHORT);
    host_free(host);
}

/* One that no block takes is made dearer, and makes the same coins. */
static void a_split_is_bumped(void **state)
{
    static const uint64_t coins[] = {2000000000};
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    deposit(host, coins, COUNT_OF(coins));
    struct contracts *contracts = contracts_of(host);
    prom_node_paid paid;
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_ok(split(host, contracts, &paid, PROM_PAY_SEND, 100000), error);
    const prom_pay_options how = {.feerate = 5000, .fee_max = prom_amount_of(100000), .mode = PROM_PAY_SEND};
    const prom_bytes32 txid = paid.txid;
    assert_ok(prom_node_bump_payment(host->node, &host->test->arena, &paid, &txid, &how, error), error);
    assert_int_equal(paid.purpose, PROM_OWN_SPLIT);
    assert_splits(host, "coins 1", 1, 1, sat(paid.fee)); /* and not of the one that is outbid */
    const prom_tx *before = host->node->payments[0].tx;
    const prom_tx *after = host->node->payments[1].tx;
    assert_int_equal(after->output_count, before->output_count);
    for (size_t i = 0; i + 1 < before->output_count; i++) {
        assert_true(prom_amount_equal(before->outputs[i].value, after->outputs[i].value) &&
                    prom_span_equal(before->outputs[i].script, after->outputs[i].script));
    }
    find(host, contracts, PROM_NEEDS_PAYING);
    assert_true(prom_bytes32_equal(&contracts->found.txid, &paid.txid));
    host_reopen(host);
    assert_splits(host, "coins 1", 1, 1, sat(paid.fee));
    before = host->node->payments[0].tx;
    host_block(host, &before, 1); /* a miner takes the older one */
    assert_splits(host, "coins 1", 1, 1, sat(host->node->payments[0].fee));
    host_free(host);
}

/* Each bump has a reference of its own; where there is no room for one more that is said, and nothing is paid. */
static void a_split_is_bumped_often(void **state)
{
    static const uint64_t coins[] = {2000000000};
    enum { ROOM = PROM_NODE_REFERENCE_MAX - 7 }; /* behind "coins 1" */
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    deposit(host, coins, COUNT_OF(coins));
    struct contracts *contracts = contracts_of(host);
    prom_pay_options how = {.feerate = 5000, .fee_max = prom_amount_of(1000000), .mode = PROM_PAY_SEND};
    prom_node_paid paid;
    find(host, contracts, PROM_NEEDS_SPLIT);
    assert_ok(split(host, contracts, &paid, PROM_PAY_SEND, 100000), error);
    for (size_t i = 0; i < ROOM; i++, how.feerate += 2000) {
        const prom_bytes32 txid = paid.txid;
        assert_ok(prom_node_bump_payment(host->node, &host->test->arena, &paid, &txid, &how, error), error);
    }
    assert_splits(host, "coins 1", 1, 1, sat(paid.fee));
    const size_t count = host->node->payment_count;
    const prom_bytes32 last = paid.txid;
    assert_fails(prom_node_bump_payment(host->node, &host->test->arena, &paid, &last, &how, error),
                 PROM_CATEGORY_BAD_INPUT, error, "has no room for one more");
    assert_int_equal(host->node->payment_count, count);
    assert_ok(prom_node_cancel_payment(host->node, &host->test->arena, &paid, &last, &how, error), error);
    assert_splits(host, "coins 1", 1, 0, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_coin_becomes_many),   FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(what_suits_is_not_split), FIXTURE_TEST(a_split_is_bumped),
        FIXTURE_TEST(a_split_is_bumped_often), FIXTURE_TEST(a_cap_on_the_fee_makes_fewer),
        FIXTURE_TEST(strangers_hold_no_coins),
    };
    return cmocka_run_group_tests_name("node/needs", tests, NULL, NULL);
}
