#include "support.h"

#include "prometheus/base/base64.h"
#include "prometheus/bitcoin/psbt.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"

enum { INPUTS = 3 };

/* Of the secret 1: its output's script, its key as an element of a witness, a signature of input 0 of the payment
 * below, made by another program, and one of another transaction. */
#define FOREIGN_SCRIPT "0014751e76e8199196d454941c45d1b3a323f1433bd6"
#define FOREIGN_KEY "210279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
#define FOREIGN_SIGNATURE                                                                                              \
    "483045022100d471dffc04f3677a6b7663ab962e7fca555baf9303a39b571c87f4621679f4eb02200d4cfd030aea4de4c15ede845c70346a" \
    "b7d57888c4f067a22f860f684d131f1001"
#define FOREIGN_OTHER                                                                                                  \
    "47304402201e583027e3e1906e3c92e868c94c37841478f36142b30f51e8edfae9d86348fe0220589c3b3c84180d7e9c72b4a7f5a8dd7984" \
    "e8ccfd9fe50fb5e443ba3def6aa06201"

static const prom_bytes32 zeros;
static const uint32_t path[] = {PROM_HARDENED | 86, PROM_HARDENED | 1, PROM_HARDENED, 1, 70000};

/* A transaction of ours, with the keys of what it spends, and its PSBT as it goes out. */
struct payment {
    fixture *test;
    prom_tx *tx;
    prom_tx_output spent[INPUTS];
    prom_key keys[INPUTS]; /* tweaked */
    prom_psbt_origin origins[INPUTS];
    prom_psbt *out;
};

static struct payment payment_of(fixture *test)
{
    struct payment made = {.test = test};
    uint64_t random = 7;
    assert_ok(prom_tx_new(&test->arena, &made.tx, INPUTS, 2, &test->error), &test->error);
    for (size_t i = 0; i < INPUTS; i++) {
        const prom_key plain = random_key(test, &random);
        prom_bytes32 tweak;
        prom_taproot_tweak(&tweak, &plain.public_key, NULL);
        assert_ok(prom_key_tweak(test->curve, &made.keys[i], &plain, &tweak, &test->error), &test->error);
        made.origins[i] = (prom_psbt_origin){plain.public_key, {1, 2, 3, 4}, path, COUNT_OF(path)};
        made.tx->inputs[i].outpoint.txid = random_bytes32(&random);
        made.tx->inputs[i].sequence = PROM_SEQUENCE_PLAIN;
        made.spent[i].value = prom_amount_of(1000 + i);
        assert_ok(prom_script_p2tr(&test->arena, &made.spent[i].script, &made.keys[i].public_key, &test->error),
                  &test->error);
    }
    made.tx->outputs[0] = (prom_tx_output){prom_amount_of(900), made.spent[0].script};
    made.tx->outputs[1] = (prom_tx_output){prom_amount_of(700), made.spent[1].script};
    assert_ok(prom_psbt_new(&test->arena, &made.out, made.tx, &test->error), &test->error);
    for (size_t i = 0; i < INPUTS; i++) {
        assert_ok(prom_psbt_describe_input(&test->arena, made.out, i, &made.spent[i], &made.origins[i], &test->error),
                  &test->error);
    }
    assert_ok(prom_psbt_describe_output(&test->arena, made.out, 1, &made.origins[1], &test->error), &test->error);
    return made;
}

static prom_psbt *sent(const struct payment *payment)
{
    fixture *test = payment->test;
    prom_span bytes;
    prom_psbt *psbt = NULL;
    assert_ok(prom_psbt_write(&test->arena, &bytes, payment->out, &test->error), &test->error);
    assert_ok(prom_psbt_parse(&test->arena, &psbt, bytes, &test->error), &test->error);
    return psbt;
}

static void put(fixture *test, prom_psbt_map *map, uint8_t type, prom_span value)
{
    uint8_t *key = NULL;
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, 1, 1, &test->error), &test->error);
    key = memory;
    *key = type;
    const prom_psbt_field field = {prom_span_of(key, 1), value};
    assert_ok(prom_psbt_put(&test->arena, map, &field, &test->error), &test->error);
}

static void erase(prom_psbt_map *map, uint8_t type)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (map->fields[i].key.data[0] != type) {
            map->fields[kept++] = map->fields[i];
        }
    }
    map->count = kept;
}

/* A signature of input `index`, of any type; one byte longer where the type is not the default. */
static prom_span signature_of(const struct payment *payment, const prom_key *key, size_t index, uint8_t type)
{
    fixture *test = payment->test;
    const prom_signed_input input = {.tx = payment->tx, .spent = payment->spent, .index = index, .type = type};
    prom_bytes32 hash;
    prom_signature signature;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    assert_ok(prom_tx_sighash(&test->arena, &hash, &input, &test->error), &test->error);
    assert_ok(prom_sign(test->curve, &signature, &hash, key, &zeros, &test->error), &test->error);
    prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    if (type != PROM_SIGHASH_DEFAULT) {
        prom_write_u8(&writer, type);
    }
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    return bytes;
}

static void sign(const struct payment *payment, prom_psbt *psbt, size_t index)
{
    put(payment->test, &psbt->inputs[index], PROM_PSBT_IN_TAP_KEY_SIG,
        signature_of(payment, &payment->keys[index], index, PROM_SIGHASH_DEFAULT));
}

static size_t take(const struct payment *payment, const prom_psbt *returned)
{
    size_t taken = 0;
    assert_ok(prom_psbt_take_signatures(payment->test->curve, &payment->test->arena, payment->out, returned, &taken,
                                        &payment->test->error),
              &payment->test->error);
    return taken;
}

static void refuse(const struct payment *payment, const prom_psbt *returned, const char *says)
{
    size_t taken = 1;
    prom_span before;
    prom_span after;
    fixture *test = payment->test;
    assert_ok(prom_psbt_write(&test->arena, &before, payment->out, &test->error), &test->error);
    assert_fails(prom_psbt_take_signatures(test->curve, &test->arena, payment->out, returned, &taken, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, says);
    assert_int_equal(taken, 0);
    assert_ok(prom_psbt_write(&test->arena, &after, payment->out, &test->error), &test->error);
    assert_true(prom_span_equal(before, after));
}

static prom_result extract(const struct payment *payment, prom_tx **tx)
{
    return prom_psbt_extract(payment->test->curve, &payment->test->arena, tx, payment->out, &payment->test->error);
}

/* The fields say what a signer must know, in the form of BIP 371. */
static void describe(void **state)
{
    fixture *test = *state;
    const struct payment payment = payment_of(test);
    const prom_psbt *psbt = sent(&payment);
    char expected[200];
    char key[PROM_HEX32];
    assert_hex(*prom_psbt_find(&psbt->inputs[2], PROM_PSBT_IN_SIGHASH_TYPE), "00000000");
    (void)prom_hex32(key, &payment.keys[2].public_key);
    (void)snprintf(expected, sizeof expected, "ea03000000000000225120%s", key);
    assert_hex(*prom_psbt_find(&psbt->inputs[2], PROM_PSBT_IN_WITNESS_UTXO), expected);
    (void)prom_hex32(key, &payment.origins[2].internal_key);
    assert_hex(*prom_psbt_find(&psbt->inputs[2], PROM_PSBT_IN_TAP_INTERNAL_KEY), key);
    (void)snprintf(expected, sizeof expected, "16%s", key);
    assert_hex(psbt->inputs[2].fields[3].key, expected);
    assert_hex(psbt->inputs[2].fields[3].value, "0001020304"
                                                "56000080"
                                                "01000080"
                                                "00000080"
                                                "01000000"
                                                "70110100");
    assert_int_equal(psbt->outputs[0].count, 0);
    (void)prom_hex32(key, &payment.origins[1].internal_key);
    assert_hex(*prom_psbt_find(&psbt->outputs[1], PROM_PSBT_OUT_TAP_INTERNAL_KEY), key);
    (void)snprintf(expected, sizeof expected, "07%s", key);
    assert_hex(psbt->outputs[1].fields[1].key, expected);
    assert_fails(prom_psbt_describe_input(&test->arena, payment.out, INPUTS, &payment.spent[0], NULL, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "no input 3");
    assert_fails(prom_psbt_describe_output(&test->arena, payment.out, 2, &payment.origins[0], &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "no output 2");
}

/* Signed in any order and by several signers, it comes out as the transaction that it was. */
static void come_back_signed(void **state)
{
    fixture *test = *state;
    const struct payment payment = payment_of(test);
    prom_psbt *one = sent(&payment);
    prom_psbt *other = sent(&payment);
    prom_tx *tx = NULL;
    prom_bytes32 txid;
    prom_bytes32 before;
    sign(&payment, one, 2);
    put(test, &one->global, 0xfc, prom_span_of(NULL, 0)); /* what a signer says besides is not taken */
    assert_int_equal(take(&payment, one), 1);
    assert_fails(extract(&payment, &tx), PROM_CATEGORY_BAD_INPUT, &test->error, "input 0 of the PSBT is not signed");
    put(test, &other->inputs[0], PROM_PSBT_IN_TAP_KEY_SIG,
        signature_of(&payment, &payment.keys[0], 0, PROM_SIGHASH_ALL));
    prom_writer stack = prom_writer_in(&test->arena); /* as a finalizer leaves it */
    prom_span final;
    prom_write_text(&stack, "\x01\x40");
    prom_write_span(&stack, signature_of(&payment, &payment.keys[1], 1, PROM_SIGHASH_DEFAULT));
    assert_ok(prom_writer_finish(&stack, &final, &test->error), &test->error);
    other->inputs[1].count = 0;
    put(test, &other->inputs[1], PROM_PSBT_IN_FINAL_SCRIPTWITNESS, final);
    assert_int_equal(take(&payment, other), 2);
    assert_ok(extract(&payment, &tx), &test->error);
    assert_ok(prom_tx_id(&test->arena, &txid, tx, &test->error), &test->error);
    assert_ok(prom_tx_id(&test->arena, &before, payment.tx, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&txid, &before));
    assert_int_equal(tx->inputs[0].witness[0].length, 65);
    assert_int_equal(tx->inputs[1].witness[0].length, 64);
    assert_int_equal(payment.out->global.count, 1);
    assert_int_equal(payment.tx->inputs[0].witness_count, 0);
}

static void refuse_what_is_not_ours(void **state)
{
    fixture *test = *state;
    struct payment payment = payment_of(test);
    prom_psbt *psbt = sent(&payment);
    put(test, &psbt->inputs[1], PROM_PSBT_IN_TAP_KEY_SIG, signature_of(&payment, &payment.keys[0], 1, 0));
    sign(&payment, psbt, 0);
    refuse(&payment, psbt, "the signature of input 1 does not hold");
    psbt = sent(&payment);
    put(test, &psbt->inputs[1], PROM_PSBT_IN_TAP_KEY_SIG,
        signature_of(&payment, &payment.keys[1], 1, PROM_SIGHASH_NONE));
    refuse(&payment, psbt, "does not sign the whole transaction");
    psbt = sent(&payment);
    prom_psbt *other = sent(&payment);
    put(test, &psbt->inputs[1], PROM_PSBT_IN_WITNESS_UTXO,
        *prom_psbt_find(&other->inputs[0], PROM_PSBT_IN_WITNESS_UTXO));
    refuse(&payment, psbt, "another field 0x01 of input 1");
    psbt = sent(&payment);
    put(test, &psbt->outputs[1], PROM_PSBT_OUT_TAP_INTERNAL_KEY, prom_span_of32(&zeros));
    refuse(&payment, psbt, "another field 0x05 of output 1");
    psbt = sent(&payment);
    put(test, &psbt->inputs[2], PROM_PSBT_IN_FINAL_SCRIPTSIG, prom_span_of(NULL, 0));
    refuse(&payment, psbt, "changes the transaction's id");
    psbt = sent(&payment);
    put(test, &psbt->inputs[2], PROM_PSBT_IN_FINAL_SCRIPTWITNESS,
        span_of_hex(test, "020151"
                          "01c0"));
    refuse(&payment, psbt, "input 2: it is spent by something else");
    payment.tx->outputs[0].value = prom_amount_of(899);
    assert_ok(prom_psbt_new(&test->arena, &other, payment.tx, &test->error), &test->error);
    refuse(&payment, other, "of another transaction");
    assert_fails(prom_psbt_combine(&test->arena, payment.out, other, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "of another transaction");
    erase(&payment.out->inputs[0], PROM_PSBT_IN_WITNESS_UTXO);
    prom_tx *tx = NULL;
    assert_fails(extract(&payment, &tx), PROM_CATEGORY_BAD_INPUT, &test->error, "does not say what it spends");
}

/* The payment, where input 0 spends an output of this script, which is somebody else's. */
static struct payment foreign_payment(fixture *test, const char *script)
{
    struct payment payment = payment_of(test);
    payment.spent[0].script = span_of_hex(test, script);
    assert_ok(prom_psbt_new(&test->arena, &payment.out, payment.tx, &test->error), &test->error);
    for (size_t i = 0; i < INPUTS; i++) {
        assert_ok(prom_psbt_describe_input(&test->arena, payment.out, i, &payment.spent[i], NULL, &test->error),
                  &test->error);
    }
    return payment;
}

static void refuse_witness(const struct payment *payment, const char *witness, const char *says)
{
    prom_psbt *psbt = sent(payment);
    put(payment->test, &psbt->inputs[0], PROM_PSBT_IN_FINAL_SCRIPTWITNESS, span_of_hex(payment->test, witness));
    refuse(payment, psbt, says);
}

/* Of outputs of a key's hash the maker's finalizer knows the witness: it is taken where it holds. */
static void take_foreign_witnesses(void **state)
{
    fixture *test = *state;
    const struct payment payment = foreign_payment(test, FOREIGN_SCRIPT);
    prom_tx *tx = NULL;
    refuse_witness(&payment, "0202abcd0103", "input 0: the witness is not a signature and a compressed key");
    refuse_witness(&payment, "02" FOREIGN_OTHER FOREIGN_KEY, "input 0: its signature does not hold");
    prom_psbt *psbt = sent(&payment);
    put(test, &psbt->inputs[0], PROM_PSBT_IN_FINAL_SCRIPTWITNESS,
        span_of_hex(test, "02" FOREIGN_SIGNATURE FOREIGN_KEY));
    sign(&payment, psbt, 1);
    sign(&payment, psbt, 2);
    assert_int_equal(take(&payment, psbt), 3);
    assert_ok(extract(&payment, &tx), &test->error);
    assert_int_equal(tx->inputs[0].witness_count, 2);
    assert_int_equal(tx->inputs[0].witness[1].length, 33);
    /* A script's hash, and what has no meaning yet. */
    static const char *const others[] = {"0020"
                                         "0101010101010101010101010101010101010101010101010101010101010101",
                                         "51024e73"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const struct payment other = foreign_payment(test, others[i]);
        refuse_witness(&other, "010151", "input 0: it spends an output that is neither P2TR nor P2WPKH");
    }
}

static void combine(void **state)
{
    fixture *test = *state;
    const struct payment payment = payment_of(test);
    prom_psbt *one = sent(&payment);
    prom_psbt *other = sent(&payment);
    sign(&payment, one, 0);
    sign(&payment, one, 1);
    sign(&payment, other, 2);
    put(test, &other->outputs[0], 0xf0, prom_span_of32(&zeros));
    put(test, &other->inputs[0], PROM_PSBT_IN_TAP_KEY_SIG, prom_span_of32(&zeros)); /* what is there stays */
    assert_ok(prom_psbt_combine(&test->arena, one, other, &test->error), &test->error);
    assert_non_null(prom_psbt_find(&one->outputs[0], 0xf0));
    assert_int_equal(take(&payment, one), 3);
}

/* BIP 371's second valid example is signed by its key: the signature holds, and fits the transaction alone. */
static void extract_the_bips(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("psbt/bip0371.json");
    const json_t *vector = json_array_get(member(vectors, "vectors"), 12);
    prom_span bytes;
    prom_psbt *psbt = NULL;
    prom_tx *tx = NULL;
    assert_non_null(strstr(member_text(vector, "case"), "its derivation path, and signature"));
    assert_ok(prom_base64_read(&test->arena, &bytes, member_text(vector, "base64"), &test->error), &test->error);
    assert_ok(prom_psbt_parse(&test->arena, &psbt, bytes, &test->error), &test->error);
    assert_ok(prom_psbt_extract(test->curve, &test->arena, &tx, psbt, &test->error), &test->error);
    assert_int_equal(tx->inputs[0].witness_count, 1);
    psbt->tx->locktime++;
    assert_fails(prom_psbt_extract(test->curve, &test->arena, &tx, psbt, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "does not hold");
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(describe),
        FIXTURE_TEST(come_back_signed),
        FIXTURE_TEST(refuse_what_is_not_ours),
        FIXTURE_TEST(take_foreign_witnesses),
        FIXTURE_TEST(combine),
        FIXTURE_TEST(extract_the_bips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
