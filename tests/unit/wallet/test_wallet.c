#include "support.h"

#include "prometheus/bitcoin/address.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/hash.h"
#include "wallet/wallet.h"

/* BIP 86's test vector: the mnemonic "abandon ... about" gives this seed. */
static const char bip86_seed[] = "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1"
                                 "9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4";

static const struct {
    uint32_t change;
    uint32_t index;
    const char *internal_key;
    const char *output_key;
    const char *address;
} bip86[] = {
    {0, 0, "cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115",
     "a60869f0dbcf1dc659c9cecbaf8050135ea9e8cdc487053f1dc6880949dc684c",
     "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"},
    {0, 1, "83dfe85a3151d2517290da461fe2815591ef69f2b18a2ce63f01697a8b313145",
     "a82f29944d65b86ae6b5e5cc75e294ead6c59391a1edc5e016e3498c67fc7bbb",
     "bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh"},
    {1, 0, "399f1b2f4393f29a18c937859c5dd8a77350103157eb880f02e8c08214277cef",
     "882d74e5d0572d5a816cef0041a96b6c1de832f6f9676d9605c44d5e9a97d3dc",
     "bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7"},
};

static void derivation_is_that_of_bip86(void **state)
{
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(bip86); i++) {
        const uint32_t path[] = {PROM_HARDENED | 86, PROM_HARDENED, PROM_HARDENED, bip86[i].change, bip86[i].index};
        prom_key key;
        prom_key tweaked;
        prom_bytes32 tweak;
        prom_span script;
        char address[PROM_ADDRESS_TEXT];
        assert_ok(prom_key_derive(test->curve, &key, span_of_hex(test, bip86_seed), path, 5, &test->error),
                  &test->error);
        assert_hex32(&key.public_key, bip86[i].internal_key);
        prom_taproot_tweak(&tweak, &key.public_key, NULL);
        assert_ok(prom_key_tweak(test->curve, &tweaked, &key, &tweak, &test->error), &test->error);
        assert_hex32(&tweaked.public_key, bip86[i].output_key);
        assert_ok(prom_script_p2tr(&test->arena, &script, &tweaked.public_key, &test->error), &test->error);
        assert_ok(prom_script_address(address, script, "bc", &test->error), &test->error);
        assert_string_equal(address, bip86[i].address);
    }
}

static prom_wallet make_wallet(fixture *test, uint32_t coin_type)
{
    prom_wallet wallet = {.curve = test->curve, .coin_type = coin_type};
    memset(wallet.seed.bytes, 0x42, sizeof wallet.seed.bytes);
    return wallet;
}

static prom_key derived(fixture *test, const prom_wallet *wallet, const uint32_t *path, size_t depth)
{
    prom_key key;
    assert_ok(prom_key_derive(test->curve, &key, prom_span_of(wallet->seed.bytes, sizeof wallet->seed.bytes), path,
                              depth, &test->error),
              &test->error);
    return key;
}

static void coin_keys_are_those_of_bip86(void **state)
{
    fixture *test = *state;
    for (uint32_t coin_type = 0; coin_type <= 1; coin_type++) {
        const prom_wallet wallet = make_wallet(test, coin_type);
        for (uint32_t i = 0; i < 6; i++) {
            const uint32_t account = i / 3; /* of coins, and of own transactions */
            const prom_wallet_path its = account == 0 ? (prom_wallet_path){.index = i % 3}
                                                      : prom_wallet_own_path(i % 3 / 2, (prom_wallet_made)(i % 3 % 2));
            const uint32_t path[] = {PROM_HARDENED | 86, PROM_HARDENED | coin_type, PROM_HARDENED | account, 0, i % 3};
            prom_key key;
            prom_key plain;
            prom_key again;
            prom_bytes32 output_key;
            assert_ok(prom_wallet_path_key(&wallet, &key, its, &test->error), &test->error);
            plain = derived(test, &wallet, path, 5);
            assert_ok(prom_taproot_build(test->curve, &test->arena, &output_key, NULL,
                                         &(prom_taproot){.internal_key = &plain.public_key}, &test->error),
                      &test->error);
            assert_true(prom_bytes32_equal(&key.public_key, &output_key));
            assert_ok(prom_key_from_secret(test->curve, &again, &key.secret, &test->error), &test->error);
            assert_true(prom_bytes32_equal(&again.public_key, &key.public_key));
        }
    }
}

/* Every key and secret has a path of its own: docs/keys.md. */
static void keys_are_where_the_page_says(void **state)
{
    fixture *test = *state;
    const prom_wallet wallet = make_wallet(test, 1);
    enum { OWN = 0x7fffffff };
    static const uint64_t channels[] = {5, 6, (uint64_t)7 << 32 | 5, (uint64_t)0x7ffffffe << 32 | 0x7fffffff};
    prom_bytes32 all[80];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        const uint32_t high = PROM_HARDENED | (uint32_t)(channels[i] >> 32);
        const uint32_t low = PROM_HARDENED | (uint32_t)channels[i];
        for (unsigned use = 0; use <= PROM_WALLET_HOST; use++) {
            const uint32_t path[] = {PROM_HARDENED | 7067, PROM_HARDENED | 1, high, low, PROM_HARDENED | use};
            prom_key key;
            assert_ok(prom_wallet_contract_key(&wallet, &key, channels[i], (prom_wallet_use)use, &test->error),
                      &test->error);
            const prom_key expected = derived(test, &wallet, path, 5);
            assert_true(prom_bytes32_equal(&key.secret, &expected.secret));
            all[count++] = key.secret;
        }
        for (unsigned kind = PROM_WALLET_H_P; kind <= PROM_WALLET_VOTE; kind++) {
            for (uint32_t number = 0; number < 2; number++) {
                const uint32_t path[] = {PROM_HARDENED | 7067, PROM_HARDENED | 1,     high, low,
                                         PROM_HARDENED | kind, PROM_HARDENED | number};
                prom_bytes32 expected;
                assert_ok(prom_wallet_secret_of(&wallet, &all[count], channels[i], (prom_wallet_secret)kind, number,
                                                &test->error),
                          &test->error);
                const prom_key key = derived(test, &wallet, path, 6);
                prom_tagged_hash(&expected, "prometheus/wallet-secret", prom_span_of32(&key.secret));
                assert_true(prom_bytes32_equal(&all[count++], &expected));
            }
        }
    }
    for (unsigned own = 0; own <= PROM_WALLET_BACKUP; own++) {
        const uint32_t path[] = {PROM_HARDENED | 7067, PROM_HARDENED | 1, PROM_HARDENED | OWN, PROM_HARDENED | own};
        prom_key key;
        assert_ok(prom_wallet_own_key(&wallet, &key, (prom_wallet_own)own, &test->error), &test->error);
        const prom_key expected = derived(test, &wallet, path, 4);
        assert_true(prom_bytes32_equal(&key.secret, &expected.secret));
        all[count++] = key.secret;
    }
    const prom_wallet other = make_wallet(test, 0);
    prom_key key;
    assert_ok(prom_wallet_contract_key(&other, &key, 5, PROM_WALLET_WORDS, &test->error), &test->error);
    all[count++] = key.secret;
    assert_true(count <= COUNT_OF(all));
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(prom_bytes32_equal(&all[i], &all[j]));
        }
    }
}

/* Its path would be another channel's, or the node's own. */
static void no_channel_has_such_a_number(void **state)
{
    fixture *test = *state;
    const prom_wallet wallet = make_wallet(test, 1);
    static const uint64_t channels[] = {(uint64_t)0x7fffffff << 32, (uint64_t)0x80000000, UINT64_MAX};
    prom_bytes32 secret;
    prom_key key;
    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        assert_fails(prom_wallet_contract_key(&wallet, &key, channels[i], PROM_WALLET_WORDS, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "no channel has the number");
        assert_fails(prom_wallet_secret_of(&wallet, &secret, channels[i], PROM_WALLET_H_P, 0, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "no channel has the number");
    }
    assert_fails(prom_wallet_secret_of(&wallet, &secret, 1, PROM_WALLET_H_P, PROM_HARDENED, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "no secret number 2147483648");
}

enum { INPUTS = 2, FEERATE = 3 };

/* A payment from two coins: 50,000 sat to somebody, the rest back. */
struct payment {
    prom_payment payment;
    prom_tx_output spent[INPUTS];
    prom_key keys[INPUTS];
};

static void make_payment(fixture *test, struct payment *payment, prom_amount value)
{
    const prom_wallet wallet = make_wallet(test, 1);
    prom_key key;
    *payment = (struct payment){.payment = {.change = 1, .feerate = FEERATE}};
    payment->payment.spent = payment->spent;
    payment->payment.keys = payment->keys;
    assert_ok(prom_tx_new(&test->arena, &payment->payment.tx, INPUTS, 2, &test->error), &test->error);
    for (uint32_t i = 0; i < INPUTS; i++) {
        payment->payment.tx->inputs[i].outpoint = (prom_outpoint){{{7}}, i};
        payment->payment.tx->inputs[i].sequence = PROM_SEQUENCE_PLAIN;
        assert_ok(prom_wallet_coin_key(&wallet, &payment->keys[i], i, &test->error), &test->error);
        payment->spent[i].value = value;
        assert_ok(prom_script_p2tr(&test->arena, &payment->spent[i].script, &payment->keys[i].public_key, &test->error),
                  &test->error);
        assert_ok(prom_wallet_coin_key(&wallet, &key, 10 + i, &test->error), &test->error);
        assert_ok(
            prom_script_p2tr(&test->arena, &payment->payment.tx->outputs[i].script, &key.public_key, &test->error),
            &test->error);
    }
    payment->payment.tx->outputs[0].value = prom_amount_of(50000);
}

static prom_result pay(fixture *test, const struct payment *payment)
{
    const prom_bytes32 auxiliary = {{0}};
    return prom_wallet_pay(test->curve, &test->arena, &payment->payment, &auxiliary, &test->error);
}

static void fee_is_exact_and_signatures_are_valid(void **state)
{
    fixture *test = *state;
    struct payment payment;
    size_t weight = 0;
    make_payment(test, &payment, prom_amount_of(40000));
    assert_ok(pay(test, &payment), &test->error);
    const prom_tx *tx = payment.payment.tx;
    assert_ok(prom_tx_weight(&test->arena, &weight, tx, &test->error), &test->error);
    const prom_amount fee = prom_amount_subtract(prom_amount_of(80000), prom_tx_output_sum(tx));
    assert_true(prom_amount_equal(fee, prom_fee(FEERATE, prom_vsize(weight))));
    assert_true(prom_amount_equal(tx->outputs[0].value, prom_amount_of(50000)));
    for (size_t i = 0; i < INPUTS; i++) {
        prom_bytes32 hash;
        prom_signature signature;
        assert_int_equal(tx->inputs[i].witness_count, 1);
        assert_int_equal(tx->inputs[i].witness[0].length, 64);
        memcpy(signature.bytes, tx->inputs[i].witness[0].data, 64);
        assert_int_equal(prom_witness_bytes(tx->inputs[i].witness, 1), 66);
        assert_ok(prom_tx_sighash(&test->arena, &hash,
                                  &(prom_signed_input){.tx = tx, .spent = payment.spent, .index = i}, &test->error),
                  &test->error);
        assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&hash), &payment.keys[i].public_key));
    }
}

/* The fee of this payment, whatever its coins are worth. */
static prom_amount fee_of(fixture *test)
{
    struct payment payment;
    make_payment(test, &payment, prom_amount_of(40000));
    assert_ok(pay(test, &payment), &test->error);
    return prom_amount_subtract(prom_amount_of(80000), prom_tx_output_sum(payment.payment.tx));
}

static void change_is_never_dust(void **state)
{
    fixture *test = *state;
    const prom_amount needed = prom_amount_add(prom_amount_of(50000), fee_of(test));
    struct payment payment;
    make_payment(test, &payment, prom_amount_of(1000));
    payment.spent[1].value = prom_amount_add(prom_amount_subtract(needed, prom_amount_of(1000)), prom_amount_of(330));
    assert_ok(pay(test, &payment), &test->error);
    assert_true(prom_amount_equal(payment.payment.tx->outputs[1].value, prom_amount_of(330)));
    payment.spent[1].value = prom_amount_subtract(payment.spent[1].value, prom_amount_of(1));
    assert_fails(pay(test, &payment), PROM_CATEGORY_BAD_INPUT, &test->error, "do not pay for this and leave a change");
}

static void coins_must_suffice(void **state)
{
    fixture *test = *state;
    struct payment payment;
    make_payment(test, &payment, prom_amount_of(25000));
    assert_fails(pay(test, &payment), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "coins of 50000 sat do not pay for this and leave a change");
    make_payment(test, &payment, prom_amount_of(40000));
    payment.payment.feerate = UINT64_MAX;
    assert_fails(pay(test, &payment), PROM_CATEGORY_BAD_INPUT, &test->error, "coins of 80000 sat");
    make_payment(test, &payment, prom_amount_of(PROM_AMOUNT_MAX)); /* together more than there is */
    assert_fails(pay(test, &payment), PROM_CATEGORY_BAD_INPUT, &test->error, "coins of invalid sat");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(derivation_is_that_of_bip86),
        FIXTURE_TEST(coin_keys_are_those_of_bip86),
        FIXTURE_TEST(keys_are_where_the_page_says),
        FIXTURE_TEST(no_channel_has_such_a_number),
        FIXTURE_TEST(fee_is_exact_and_signatures_are_valid),
        FIXTURE_TEST(change_is_never_dust),
        FIXTURE_TEST(coins_must_suffice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
