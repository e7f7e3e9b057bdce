#include "node/host.h"

#include "node/money.h"
#include "node/payments.h"
#include "prometheus/base/base64.h"

static const char SOMEBODY[] = "bcrt1pfeesnyr2tx"; /* P2A: of no key */
static const char OTHER[] = "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r";

struct purse {
    struct host *host;
    prom_node_payee payee;
    prom_node_withdrawal wanted;
    prom_node_paid paid;
};

/* Three coins, and the wish to pay a million sat to somebody. */
static struct purse purse_of(fixture *test)
{
    struct purse purse = {.host = host_new(test, PROM_ROLE_CLIENT)};
    const prom_tx *txs[] = {host_payment(purse.host, 0, 900000), host_payment(purse.host, 1, 800000),
                            host_payment(purse.host, 2, 5000000)};
    host_block(purse.host, txs, COUNT_OF(txs));
    purse.payee = (prom_node_payee){SOMEBODY, prom_amount_of(1000000)};
    purse.wanted = (prom_node_withdrawal){
        .payee_count = 1, .feerate = 2000, .fee_max = prom_amount_of(100000), .how = PROM_PAY_SEND};
    return purse;
}

static prom_result withdraw(struct purse *purse)
{
    purse->wanted.payees = &purse->payee;
    return prom_node_withdraw(purse->host->node, &purse->host->test->arena, &purse->paid, &purse->wanted,
                              &purse->host->test->error);
}

static uint64_t sat(prom_amount amount)
{
    uint64_t number = 0;
    assert_true(prom_amount_get(amount, &number));
    return number;
}

static prom_balance balance_of(const struct host *host)
{
    prom_balance balance;
    prom_node_balance(host->node, &balance);
    return balance;
}

/* It is on the disk with its signatures before anything could be sent; its coins are not free, and its change, which is
 * pending, is a coin when a block has it. */
static void a_payment_is_kept(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    prom_coins_used used = {0};
    assert_ok(withdraw(&purse), error);
    assert_int_equal(purse.paid.input_count, 1);
    assert_int_equal(sat(purse.paid.change), 4000000 - sat(purse.paid.fee));
    assert_int_equal(host->node->payment_count, 1);
    assert_true(host->node->publications_due);
    host_reopen(host);
    assert_int_equal(host->node->payment_count, 1);
    const prom_node_payment *payment = &host->node->payments[0];
    assert_true(prom_bytes32_equal(&payment->txid, &purse.paid.txid));
    assert_int_equal(payment->tx->inputs[0].witness[0].length, 64);
    assert_ok(prom_store_used_get(host->node->store, &used, error), error);
    assert_int_equal(used.own, 1);
    prom_balance balance = balance_of(host);
    assert_int_equal(sat(balance.free), 1700000);
    assert_int_equal(sat(balance.pending), sat(purse.paid.change));
    assert_int_equal(sat(balance.total), 6700000 - 1000000 - sat(purse.paid.fee));
    const prom_tx *tx = payment->tx;
    host_block(host, &tx, 1);
    balance = balance_of(host);
    assert_int_equal(sat(balance.free), sat(balance.total));
    assert_int_equal(sat(balance.pending), 0);
    assert_int_equal(sat(balance.total), 6700000 - 1000000 - sat(purse.paid.fee));
    host_free(host);
}

/* The change of the next one has another key, and pays as any coin does. */
static void change_is_spent(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    assert_ok(withdraw(&purse), error);
    const prom_tx *tx = host->node->payments[0].tx;
    host_block(host, &tx, 1);
    purse.payee.amount = prom_amount_of(3500000);
    assert_ok(withdraw(&purse), error);
    assert_int_equal(host->node->payment_count, 2);
    const prom_tx *next = host->node->payments[1].tx;
    assert_true(prom_bytes32_equal(&next->inputs[0].outpoint.txid, &host->node->payments[0].txid));
    host_block(host, &next, 1);
    assert_int_equal(sat(balance_of(host).pending), 0);
    host_reopen(host);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 0);
    host_free(host);
}

static void nothing_is_done_dry(void **state)
{
    struct purse purse = purse_of(*state);
    prom_coins_used used = {9, 9, 9};
    purse.wanted.how = PROM_PAY_DRY;
    assert_ok(withdraw(&purse), &purse.host->test->error);
    assert_true(sat(purse.paid.fee) > 0 && purse.paid.vsize > 0);
    assert_int_equal(purse.host->node->payment_count, 0);
    assert_ok(prom_store_used_get(purse.host->node->store, &used, &purse.host->test->error), &purse.host->test->error);
    assert_int_equal(used.own, 0);
    assert_int_equal(sat(balance_of(purse.host).free), 6700000);
    host_free(purse.host);
}

/* All that is left is what costs more than it brings. */
static void everything_goes(void **state)
{
    struct purse purse = purse_of(*state);
    purse.payee.address = OTHER;
    purse.wanted.all = true;
    assert_ok(withdraw(&purse), &purse.host->test->error);
    assert_int_equal(purse.paid.input_count, 3);
    assert_int_equal(sat(purse.paid.change), 0);
    assert_int_equal(sat(balance_of(purse.host).total), 0);
    host_free(purse.host);
}

/* A stake, a coin for fees, and what is paid away already stay where they are. */
static void only_free_coins_go(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    size_t count = 0;
    uint64_t channel = 0;
    const prom_wallet_coin *list = prom_coins_list(host->node->fold->coins, &count);
    const prom_announcement staked = {.offer = list[2].coin.outpoint};
    assert_ok(prom_node_take_offers(host->node, &staked, 1, error), error);
    assert_int_equal(prom_node_use_of(host->node, &list[2], &channel), PROM_COIN_STAKED);
    assert_ok(withdraw(&purse), error);
    assert_int_equal(purse.paid.input_count, 2);
    assert_int_equal(prom_node_use_of(host->node, &list[0], &channel), PROM_COIN_PAID);
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "sat 0 sat are free");
    const prom_balance balance = balance_of(host);
    assert_int_equal(sat(balance.staked), 5000000);
    assert_int_equal(sat(balance.free), 0);
    host_free(host);
}

static void reserved_coins_stay(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_wallet_coin *coin = prom_node_coin_of(host->node, channel->record.number);
    uint64_t number = 0;
    struct purse purse = {.host = host, .payee = {OTHER, prom_amount_zero()}};
    purse.wanted = (prom_node_withdrawal){
        .payee_count = 1, .all = true, .feerate = 1000, .fee_max = prom_amount_of(100000), .how = PROM_PAY_SEND};
    assert_int_equal(prom_node_use_of(host->node, coin, &number), PROM_COIN_RESERVED);
    assert_int_equal(number, channel->record.number);
    const uint64_t reserved = sat(balance_of(host).reserved);
    assert_int_equal(reserved, HOST_COIN_SAT);
    assert_ok(withdraw(&purse), &host->test->error);
    assert_int_equal(purse.paid.input_count, 3);
    assert_false(prom_tx_spends(host->node->payments[0].tx, &coin->coin.outpoint));
    assert_int_equal(sat(balance_of(host).reserved), reserved);
    assert_int_equal(sat(balance_of(host).total), reserved);
    host_free(host);
}

static void what_is_wrong_is_said(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    purse.payee.address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "payee 1: this is an address of another network");
    purse.payee.address = OTHER;
    purse.payee.amount = prom_amount_of(6700000);
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "of the wallet's 6700000 sat 6700000 sat are free");
    purse.wanted.feerate = 0;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "give a feerate");
    purse.wanted.feerate = UINT32_MAX;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "at most 10000 sat/vB");
    purse.host->node->caught_up = false;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "left to be read");
    assert_int_equal(purse.host->node->payment_count, 0);
    host_free(purse.host);
}

/* Signs as somebody with the same seed does, elsewhere. */
static const char *sign_elsewhere(struct purse *purse, const char *text)
{
    fixture *test = purse->host->test;
    prom_span bytes;
    prom_psbt *psbt = NULL;
    const char *signed_text = NULL;
    assert_ok(prom_base64_read(&test->arena, &bytes, text, &test->error), &test->error);
    assert_ok(prom_psbt_parse(&test->arena, &psbt, bytes, &test->error), &test->error);
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        static const uint8_t type = PROM_PSBT_IN_TAP_KEY_SIG;
        static const prom_bytes32 zeros;
        prom_tx_output spent[8];
        prom_tx_input input = {.witness_count = 0};
        prom_bytes32 output_key;
        prom_key key;
        for (size_t j = 0; j < psbt->tx->input_count; j++) {
            assert_ok(prom_psbt_spent(psbt, &spent[j], j, &test->error), &test->error);
        }
        memcpy(output_key.bytes, spent[i].script.data + 2, 32);
        assert_ok(
            prom_coins_key(purse->host->node->fold->coins, &purse->host->node->wallet, &key, &output_key, &test->error),
            &test->error);
        const prom_signed_input what = {.tx = psbt->tx, .spent = spent, .index = i};
        assert_ok(prom_wallet_sign_input(test->curve, &test->arena, &input, &what, &key, &zeros, &test->error),
                  &test->error);
        const prom_psbt_field field = {prom_span_of(&type, 1), input.witness[0]};
        assert_ok(prom_psbt_put(&test->arena, &psbt->inputs[i], &field, &test->error), &test->error);
    }
    assert_ok(prom_psbt_write(&test->arena, &bytes, psbt, &test->error), &test->error);
    assert_ok(prom_base64_write(&test->arena, &signed_text, bytes, &test->error), &test->error);
    return signed_text;
}

static prom_result take(struct purse *purse, const char *text)
{
    return prom_node_take_psbt(purse->host->node, &purse->host->test->arena, &purse->paid, text,
                               &purse->host->test->error);
}

/* Out, signed, back, once; after a restart as well. */
static void a_psbt_goes_out_and_comes_back(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    purse.wanted.how = PROM_PAY_PSBT;
    assert_ok(withdraw(&purse), error);
    const char *out = purse.paid.psbt;
    const prom_bytes32 txid = purse.paid.txid;
    const uint64_t fee = sat(purse.paid.fee);
    assert_int_equal(host->node->payment_count, 0);
    assert_int_equal(sat(balance_of(host).free), 6700000); /* nobody has signed it */
    host_reopen(host);
    assert_fails(take(&purse, out), PROM_CATEGORY_BAD_INPUT, error, "not signed");
    const char *back = sign_elsewhere(&purse, out);
    assert_ok(take(&purse, back), error);
    assert_true(prom_bytes32_equal(&txid, &purse.paid.txid));
    assert_int_equal(sat(purse.paid.fee), fee);
    assert_int_equal(host->node->payment_count, 1);
    assert_true(host->node->publications_due);
    assert_fails(take(&purse, back), PROM_CATEGORY_BAD_INPUT, error, "signed already");
    host_reopen(host);
    assert_int_equal(host->node->payment_count, 1);
    host_free(host);
}

/* What never went out is not taken, whoever signed it, nor what spends a coin that has gone meanwhile. */
static void other_psbts_are_refused(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    json_t *vectors = load_vectors("psbt/bip0371.json");
    const json_t *vector = json_array_get(member(vectors, "vectors"), 12);
    assert_fails(take(&purse, member_text(vector, "base64")), PROM_CATEGORY_BAD_INPUT, error, "no such payment");
    assert_fails(take(&purse, "cHNidP8="), PROM_CATEGORY_BAD_INPUT, error, "the PSBT: ");
    assert_fails(take(&purse, "?"), PROM_CATEGORY_BAD_INPUT, error, "not base 64");
    json_decref(vectors);
    purse.wanted.how = PROM_PAY_PSBT;
    assert_ok(withdraw(&purse), error);
    const char *back = sign_elsewhere(&purse, purse.paid.psbt);
    purse.wanted.how = PROM_PAY_SEND;
    assert_ok(withdraw(&purse), error);
    assert_fails(take(&purse, back), PROM_CATEGORY_BAD_INPUT, error, "not free any more");
    host_free(purse.host);
}

/* The offer's outputs are the first, its key is the payment's own, and change is behind. */
static void a_stake_is_paid(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    const prom_parameters P = host->world->session.terms.P;
    prom_node_stake stake = {
        .p_txid = {{3}}, .P = &P, .feerate = 1000, .fee_max = prom_amount_of(10000), .how = PROM_PAY_SEND};
    prom_key key;
    assert_ok(prom_node_stake_coins(host->node, &host->test->arena, &purse.paid, &stake, error), error);
    assert_int_equal(purse.paid.number, 0);
    const prom_tx *tx = host->node->payments[0].tx;
    assert_true(prom_amount_equal(tx->outputs[0].value, P.a));
    assert_ok(prom_wallet_path_key(&host->node->wallet, &key, prom_wallet_own_path(0, PROM_WALLET_OFFER), error),
              error);
    assert_memory_equal(tx->outputs[0].script.data + 2, key.public_key.bytes, 32);
    assert_int_equal(tx->outputs[1].script.data[0], PROM_OP_RETURN);
    assert_int_equal(tx->output_count, 3);
    const prom_spend_coin foreign = {
        .outpoint = {{{7}}, 1},
        .output = {prom_amount_of(9000000), span_of_hex(host->test, "0014751e76e8199196d454941c45d1b3a323f1433bd6")}};
    stake.coins = &foreign;
    stake.coin_count = 1;
    stake.change = OTHER;
    assert_fails(prom_node_stake_coins(host->node, &host->test->arena, &purse.paid, &stake, error),
                 PROM_CATEGORY_MISUSE, error, "signed elsewhere");
    stake.how = PROM_PAY_PSBT;
    assert_fails(prom_node_stake_coins(host->node, &host->test->arena, &purse.paid, &stake, error),
                 PROM_CATEGORY_BAD_INPUT, error, "change goes to a P2TR or P2WPKH address only");
    stake.change = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";
    assert_ok(prom_node_stake_coins(host->node, &host->test->arena, &purse.paid, &stake, error), error);
    assert_int_equal(purse.paid.number, 1);
    assert_non_null(purse.paid.psbt);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_payment_is_kept),       FIXTURE_TEST(change_is_spent),
        FIXTURE_TEST(nothing_is_done_dry),     FIXTURE_TEST(everything_goes),
        FIXTURE_TEST(only_free_coins_go),      FIXTURE_TEST(reserved_coins_stay),
        FIXTURE_TEST(what_is_wrong_is_said),   FIXTURE_TEST(a_psbt_goes_out_and_comes_back),
        FIXTURE_TEST(other_psbts_are_refused), FIXTURE_TEST(a_stake_is_paid),
    };
    return cmocka_run_group_tests_name("node/withdraw", tests, NULL, NULL);
}
