/* A wallet with coins, and what its owner wants of it. */
#ifndef PROMETHEUS_TEST_NODE_PURSE_H
#define PROMETHEUS_TEST_NODE_PURSE_H

#include "node/host.h"

#include "node/money.h"
#include "node/own.h"
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
static inline struct purse purse_of(fixture *test)
{
    struct purse purse = {.host = host_new(test, PROM_ROLE_CLIENT)};
    const prom_tx *txs[] = {host_payment(purse.host, 0, 900000), host_payment(purse.host, 1, 800000),
                            host_payment(purse.host, 2, 5000000)};
    host_block(purse.host, txs, COUNT_OF(txs));
    purse.payee = (prom_node_payee){SOMEBODY, prom_amount_of(1000000)};
    purse.wanted = (prom_node_withdrawal){
        .payee_count = 1, .how = {.feerate = 2000, .fee_max = prom_amount_of(100000), .mode = PROM_PAY_SEND}};
    return purse;
}

static inline prom_result withdraw(struct purse *purse)
{
    purse->wanted.payees = &purse->payee;
    return prom_node_withdraw(purse->host->node, &purse->host->test->arena, &purse->paid, &purse->wanted,
                              &purse->host->test->error);
}

static inline uint64_t sat(prom_amount amount)
{
    uint64_t number = 0;
    assert_true(prom_amount_get(amount, &number));
    return number;
}

static inline prom_balance balance_of(const struct host *host)
{
    prom_balance balance;
    prom_node_balance(host->node, &balance);
    return balance;
}

/* Signs as somebody with the same seed does, elsewhere. */
static inline const char *sign_elsewhere(struct purse *purse, const char *text)
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

static inline prom_result take(struct purse *purse, const char *text)
{
    return prom_node_take_psbt(purse->host->node, &purse->host->test->arena, &purse->paid, text,
                               &purse->host->test->error);
}

#endif
