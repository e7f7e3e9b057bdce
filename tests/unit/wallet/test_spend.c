#include "support.h"

#include "prometheus/bitcoin/script.h"
#include "wallet/spend.h"

enum { COINS = 6, FEERATE = 2500 };

static prom_wallet make_wallet(fixture *test)
{
    prom_wallet wallet = {.curve = test->curve, .coin_type = 1};
    memset(wallet.seed.bytes, 0x42, sizeof wallet.seed.bytes);
    return wallet;
}

/* Coins of keys of both chains, and an order that pays some of it to somebody. */
struct purse {
    fixture *test;
    prom_wallet wallet;
    prom_wallet_path paths[COINS];
    prom_spend_coin coins[COINS];
    prom_tx_output payees[PROM_SPEND_PAYEES_MAX + 1];
    prom_wallet_path change;
    prom_spend_order order;
    prom_spending spend;
};

static prom_span script_at(struct purse *purse, prom_wallet_path path)
{
    fixture *test = purse->test;
    prom_key key;
    prom_span script;
    assert_ok(prom_wallet_path_key(&purse->wallet, &key, path, &test->error), &test->error);
    assert_ok(prom_script_p2tr(&test->arena, &script, &key.public_key, &test->error), &test->error);
    return script;
}

static struct purse *purse_of(fixture *test)
{
    static const uint64_t values[COINS] = {10000, 200000, 35000, 90000, 140, 61000};
    void *memory = NULL;
    uint64_t random = 5;
    assert_ok(prom_arena_alloc(&test->arena, &memory, 1, sizeof(struct purse), &test->error), &test->error);
    struct purse *purse = memory;
    purse->test = test;
    purse->wallet = make_wallet(test);
    for (uint32_t i = 0; i < COINS; i++) {
        purse->paths[i] = (prom_wallet_path){0, i % 2, i};
        purse->coins[i].outpoint = (prom_outpoint){random_bytes32(&random), i};
        purse->coins[i].output = (prom_tx_output){prom_amount_of(values[i]), script_at(purse, purse->paths[i])};
    }
    purse->change = (prom_wallet_path){0, 1, 77};
    for (size_t i = 0; i <= PROM_SPEND_PAYEES_MAX; i++) {
        purse->payees[i] =
            (prom_tx_output){prom_amount_of(1000), span_of_hex(test, "0014751e76e8199196d454941c45d1b3a323f1433bd6")};
    }
    purse->order = (prom_spend_order){.coins = purse->coins,
                                      .coin_count = COINS,
                                      .payees = purse->payees,
                                      .payee_count = 1,
                                      .change = script_at(purse, purse->change),
                                      .feerate = FEERATE,
                                      .fee_max = prom_amount_of(100000),
                                      .locktime = 900000};
    return purse;
}

static prom_result plan(struct purse *purse)
{
    return prom_spend_plan(purse->test->curve, &purse->test->arena, &purse->spend, &purse->order, &purse->test->error);
}

static void sign(struct purse *purse)
{
    fixture *test = purse->test;
    prom_wallet_path paths[COINS];
    for (size_t i = 0; i < purse->spend.tx->input_count; i++) {
        paths[i] = purse->paths[purse->spend.chosen[i]];
    }
    assert_ok(prom_spend_sign(&purse->wallet, &test->arena, &purse->spend, paths, &test->error), &test->error);
}

/* The signatures hold, and the signed transaction has the size that was said and pays what was asked for it. */
static void check_signed(struct purse *purse)
{
    fixture *test = purse->test;
    const prom_tx *tx = purse->spend.tx;
    prom_amount sum = prom_amount_zero();
    size_t weight = 0;
    for (size_t i = 0; i < tx->input_count; i++) {
        const prom_signed_input what = {.tx = tx, .spent = purse->spend.spent, .index = i};
        prom_bytes32 hash;
        prom_bytes32 key;
        prom_signature signature;
        memcpy(key.bytes, purse->spend.spent[i].script.data + 2, sizeof key.bytes);
        memcpy(signature.bytes, tx->inputs[i].witness[0].data, sizeof signature.bytes);
        assert_ok(prom_tx_sighash(&test->arena, &hash, &what, &test->error), &test->error);
        assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&hash), &key));
        assert_int_equal(tx->inputs[i].sequence, 0xfffffffd);
        sum = prom_amount_add(sum, purse->spend.spent[i].value);
    }
    assert_ok(prom_tx_weight(&test->arena, &weight, tx, &test->error), &test->error);
    assert_int_equal(prom_vsize(weight), purse->spend.vsize);
    const prom_amount fee = prom_amount_subtract(sum, prom_tx_output_sum(tx));
    assert_true(prom_amount_equal(fee, purse->spend.fee));
    assert_true(prom_amount_at_least(fee, prom_fee_of_weight(purse->order.feerate, weight)));
}

static void pay_one(void **state)
{
    struct purse *purse = purse_of(*state);
    purse->payees[0].value = prom_amount_of(80000);
    assert_ok(plan(purse), &purse->test->error);
    assert_int_equal(purse->spend.tx->version, 2);
    assert_int_equal(purse->spend.tx->locktime, 900000);
    assert_int_equal(purse->spend.tx->input_count, 1);
    assert_int_equal(purse->spend.chosen[0], 3);
    assert_int_equal(purse->spend.tx->output_count, 2);
    assert_true(purse->spend.change < 2);
    assert_true(prom_amount_equal(purse->spend.tx->outputs[1 - purse->spend.change].value, prom_amount_of(80000)));
    assert_true(prom_amount_equal(purse->spend.fee, prom_fee_of_weight(FEERATE, 4 * purse->spend.vsize)));
    sign(purse);
    check_signed(purse);
}

/* Several payees, several coins, the outputs in their order. */
static void pay_many(void **state)
{
    struct purse *purse = purse_of(*state);
    purse->order.payee_count = PROM_SPEND_PAYEES_MAX;
    purse->order.in_order = true;
    for (size_t i = 0; i < PROM_SPEND_PAYEES_MAX; i++) {
        purse->payees[i].value = prom_amount_of(2000 + i);
    }
    assert_ok(plan(purse), &purse->test->error);
    assert_true(purse->spend.tx->input_count >= 2);
    assert_int_equal(purse->spend.change, PROM_SPEND_PAYEES_MAX);
    for (size_t i = 0; i < PROM_SPEND_PAYEES_MAX; i++) {
        assert_true(prom_amount_equal(purse->spend.tx->outputs[i].value, prom_amount_of(2000 + i)));
    }
    sign(purse);
    check_signed(purse);
}

static void pay_all(void **state)
{
    struct purse *purse = purse_of(*state);
    purse->order.all = true;
    assert_ok(plan(purse), &purse->test->error);
    assert_int_equal(purse->spend.tx->input_count, COINS - 1); /* 140 sat cost more than they bring */
    assert_int_equal(purse->spend.tx->output_count, 1);
    assert_int_equal(purse->spend.change, PROM_SPEND_NO_CHANGE);
    assert_true(prom_amount_equal(prom_amount_add(purse->spend.tx->outputs[0].value, purse->spend.fee),
                                  prom_amount_of(396000)));
    sign(purse);
    check_signed(purse);
    purse->order.coin_count = 1;
    purse->coins[0].output.value = prom_amount_of(541);
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, &purse->test->error, "payee 1 would get");
}

static void refuse(void **state)
{
    struct purse *purse = purse_of(*state);
    prom_error *error = &purse->test->error;
    purse->payees[0].value = prom_amount_of(293);
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error,
                 "payee 1 would get 293 sat: nodes relay no less than 294");
    purse->payees[0].value = prom_amount_of(400000);
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "hold 396000 sat");
    purse->payees[0].value = prom_amount_invalid();
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "invalid");
    purse->payees[0].value = prom_amount_of(1000);
    purse->order.payee_count = 0;
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "1 to 100 addresses, not to 0");
    purse->order.payee_count = PROM_SPEND_PAYEES_MAX + 1;
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "not to 101");
    purse->order.payee_count = 2;
    purse->order.all = true;
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "to one address only");
    purse->order.all = false;
    purse->payees[1].script =
        span_of_hex(purse->test, "51200000000000000000000000000000000000000000000000000000000000000005");
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "payee 2 has a key that does not exist");
    purse->order.payee_count = 1;
    purse->order.fee_max = prom_amount_of(100);
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "100 sat is the most it may be");
    purse->order.fee_max = prom_amount_of(100000);
    purse->coins[2].output.script = span_of_hex(purse->test, "a914751e76e8199196d454941c45d1b3a323f1433bd687");
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "coin 3 is neither P2TR nor P2WPKH");
    purse->order.change = purse->coins[2].output.script;
    assert_fails(plan(purse), PROM_CATEGORY_BAD_INPUT, error, "change goes to");
}

static void only_own_keys_sign(void **state)
{
    struct purse *purse = purse_of(*state);
    fixture *test = purse->test;
    const prom_wallet_path other = {0, 0, 40};
    assert_ok(plan(purse), &test->error);
    assert_fails(prom_spend_sign(&purse->wallet, &test->arena, &purse->spend, &other, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "not of the key");
}

/* What goes out names the keys' paths, and what comes back is the signed payment. */
static void sign_elsewhere(void **state)
{
    struct purse *purse = purse_of(*state);
    fixture *test = purse->test;
    prom_psbt *psbt = NULL;
    prom_tx *tx = NULL;
    prom_wallet_path paths[COINS];
    purse->payees[0].value = prom_amount_of(300000);
    assert_ok(plan(purse), &test->error);
    for (size_t i = 0; i < purse->spend.tx->input_count; i++) {
        paths[i] = purse->paths[purse->spend.chosen[i]];
    }
    assert_ok(prom_spend_psbt(&purse->wallet, &test->arena, &psbt, &purse->spend, paths, &purse->change, &test->error),
              &test->error);
    assert_int_equal(psbt->inputs[0].count, 4);
    assert_int_equal(psbt->outputs[purse->spend.change].count, 2);
    assert_int_equal(psbt->outputs[1 - purse->spend.change].count, 0);
    sign(purse);
    for (size_t i = 0; i < purse->spend.tx->input_count; i++) {
        static const uint8_t type = PROM_PSBT_IN_TAP_KEY_SIG;
        const prom_psbt_field field = {prom_span_of(&type, 1), purse->spend.tx->inputs[i].witness[0]};
        assert_ok(prom_psbt_put(&test->arena, &psbt->inputs[i], &field, &test->error), &test->error);
    }
    assert_ok(prom_psbt_extract(test->curve, &test->arena, &tx, psbt, &test->error), &test->error);
    assert_ok(prom_spend_psbt(&purse->wallet, &test->arena, &psbt, &purse->spend, NULL, NULL, &test->error),
              &test->error);
    assert_int_equal(psbt->inputs[0].count, 1);
}

/* BIP 86's seed and the first key of its second chain. */
static void origins(void **state)
{
    fixture *test = *state;
    prom_wallet wallet = {.curve = test->curve, .coin_type = 0};
    prom_psbt_origin origin;
    prom_wallet_path path;
    assert_true(prom_hex_parse(wallet.seed.bytes, 64,
                               "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1"
                               "9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4",
                               128));
    assert_ok(prom_wallet_origin(&wallet, &test->arena, &origin, (prom_wallet_path){0, 1, 0}, &test->error),
              &test->error);
    assert_hex32(&origin.internal_key, "399f1b2f4393f29a18c937859c5dd8a77350103157eb880f02e8c08214277cef"); /* BIP 86 */
    assert_hex(prom_span_of(origin.fingerprint, 4), "73c5da0a"); /* of this seed's wallets, as they show it */
    static const uint32_t expected[] = {PROM_HARDENED | 86, PROM_HARDENED, PROM_HARDENED, 1, 0};
    assert_int_equal(origin.depth, COUNT_OF(expected));
    assert_memory_equal(origin.path, expected, sizeof expected);
    assert_ok(prom_wallet_output_path(&path, UINT64_C(7) << 32 | 21, PROM_WALLET_CHANGE, &test->error), &test->error);
    assert_int_equal(path.chain, 1);
    assert_int_equal(path.index, 43);
    assert_fails(prom_wallet_output_path(&path, UINT32_MAX, PROM_WALLET_PAYOUT, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(pay_one), FIXTURE_TEST(pay_many),           FIXTURE_TEST(pay_all),
        FIXTURE_TEST(refuse),  FIXTURE_TEST(only_own_keys_sign), FIXTURE_TEST(sign_elsewhere),
        FIXTURE_TEST(origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
