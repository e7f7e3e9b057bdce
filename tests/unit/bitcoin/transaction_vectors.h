/* BIP 341's vectors of spending, and how the tests read and write transactions. */
#ifndef PROMETHEUS_TEST_TRANSACTION_VECTORS_H
#define PROMETHEUS_TEST_TRANSACTION_VECTORS_H

#include "support.h"

#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/crypto/hash.h"

static inline prom_tx *parse(fixture *test, prom_span bytes)
{
    prom_tx *tx = NULL;
    assert_ok(prom_tx_parse(&test->arena, &tx, bytes, &test->error), &test->error);
    return tx;
}

static inline prom_span serialize(fixture *test, const prom_tx *tx, bool with_witness)
{
    prom_span bytes;
    assert_ok(prom_tx_serialize(&test->arena, &bytes, tx, with_witness, &test->error), &test->error);
    return bytes;
}

/* The key-path spending of BIP 341's vectors. */
struct spending {
    json_t *vectors;
    const json_t *vector;
    prom_span unsigned_bytes;
    prom_span signed_bytes;
    prom_tx *tx; /* unsigned */
    prom_tx_output spent[16];
};

static inline struct spending load_spending(fixture *test)
{
    struct spending spending = {.vectors = load_vectors("bip341/wallet_vectors.json")};
    spending.vector = json_array_get(member(spending.vectors, "keyPathSpending"), 0);
    const json_t *given = member(spending.vector, "given");
    spending.unsigned_bytes = span_of_hex(test, member_text(given, "rawUnsignedTx"));
    spending.signed_bytes = span_of_hex(test, member_text(member(spending.vector, "auxiliary"), "fullySignedTx"));
    spending.tx = parse(test, spending.unsigned_bytes);
    const json_t *spent = member(given, "utxosSpent");
    assert_int_equal(json_array_size(spent), spending.tx->input_count);
    assert_in_range(spending.tx->input_count, 1, COUNT_OF(spending.spent));
    for (size_t i = 0; i < spending.tx->input_count; i++) {
        const json_t *output = json_array_get(spent, i);
        spending.spent[i].value = prom_amount_of(member_number(output, "amountSats"));
        spending.spent[i].script = span_of_hex(test, member_text(output, "scriptPubKey"));
    }
    return spending;
}

#endif
