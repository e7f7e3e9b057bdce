#include "bitcoin/transaction_vectors.h"

/* The key that spends an input of the vectors: the tweaked one. */
static prom_key spending_key(fixture *test, const json_t *input)
{
    const json_t *given = member(input, "given");
    const json_t *intermediary = member(input, "intermediary");
    const prom_bytes32 secret = bytes32_of_hex(member_text(given, "internalPrivkey"));
    const bool has_root = json_is_string(member(given, "merkleRoot"));
    prom_bytes32 root = {{0}};
    prom_bytes32 tweak;
    prom_key key;
    prom_key tweaked;
    if (has_root) {
        root = bytes32_of_hex(member_text(given, "merkleRoot"));
    }
    assert_ok(prom_key_from_secret(test->curve, &key, &secret, &test->error), &test->error);
    assert_hex32(&key.public_key, member_text(intermediary, "internalPubkey"));
    prom_taproot_tweak(&tweak, &key.public_key, has_root ? &root : NULL);
    assert_hex32(&tweak, member_text(intermediary, "tweak"));
    assert_ok(prom_key_tweak(test->curve, &tweaked, &key, &tweak, &test->error), &test->error);
    assert_hex32(&tweaked.secret, member_text(intermediary, "tweakedPrivkey"));
    return tweaked;
}

/* Signs one input, compares each step with the vector, and leaves the witness in the transaction. */
static void sign_input(fixture *test, struct spending *spending, const json_t *input)
{
    static const prom_bytes32 auxiliary = {{0}}; /* what the vectors were made with */
    const json_t *given = member(input, "given");
    const json_t *expected = member(member(input, "expected"), "witness");
    const size_t index = member_number(given, "txinIndex");
    const uint8_t type = (uint8_t)member_number(given, "hashType");
    const prom_key key = spending_key(test, input);
    prom_bytes32 hash;
    prom_signature signature;
    prom_span *witness = NULL;
    prom_writer writer = prom_writer_in(&test->arena);
    void *memory = NULL;
    assert_ok(prom_tx_sighash(
                  &test->arena, &hash,
                  &(prom_signed_input){.tx = spending->tx, .spent = spending->spent, .index = index, .type = type},
                  &test->error),
              &test->error);
    assert_hex32(&hash, member_text(member(input, "intermediary"), "sigHash"));
    assert_memory_equal(spending->spent[index].script.data + 2, key.public_key.bytes, sizeof key.public_key.bytes);
    assert_ok(prom_sign(test->curve, &signature, &hash, &key, &auxiliary, &test->error), &test->error);
    prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    if (type != PROM_SIGHASH_DEFAULT) {
        prom_write_u8(&writer, type);
    }
    assert_ok(prom_arena_alloc(&test->arena, &memory, 1, sizeof *witness, &test->error), &test->error);
    witness = memory;
    assert_ok(prom_writer_finish(&writer, witness, &test->error), &test->error);
    assert_int_equal(json_array_size(expected), 1);
    assert_hex(*witness, json_string_value(json_array_get(expected, 0)));
    spending->tx->inputs[index].witness = witness;
    spending->tx->inputs[index].witness_count = 1;
}

static void test_bip341_spending(void **state)
{
    fixture *test = *state;
    struct spending spending = load_spending(test);
    const prom_tx *complete = parse(test, spending.signed_bytes);
    const json_t *inputs = member(spending.vector, "inputSpending");
    const size_t count = json_array_size(inputs);
    for (size_t i = 0; i < count; i++) {
        sign_input(test, &spending, json_array_get(inputs, i));
    }
    size_t foreign = 0; /* a P2PKH and a P2WPKH input, whose ECDSA signatures are not ours to make */
    for (size_t i = 0; i < spending.tx->input_count; i++) {
        if (!prom_script_is_p2tr(spending.spent[i].script)) {
            spending.tx->inputs[i] = complete->inputs[i];
            foreign++;
        }
    }
    assert_int_equal(count, 7);
    assert_int_equal(foreign, 2);
    assert_true(prom_span_equal(serialize(test, spending.tx, true), spending.signed_bytes));
    json_decref(spending.vectors);
}

/* BIP 342: the message of the key path with ext_flag 1 in its spend_type and the extension behind it. */
static void test_script_path_hashes(void **state)
{
    fixture *test = *state;
    struct spending spending = load_spending(test);
    const prom_bytes32 leaf_hash = {{0xab, [31] = 0xcd}};
    const json_t *inputs = member(spending.vector, "inputSpending");
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        const json_t *given = member(json_array_get(inputs, i), "given");
        const uint8_t type = (uint8_t)member_number(given, "hashType");
        const bool hashes_inputs = (type & PROM_SIGHASH_ANYONECANPAY) == 0;
        const bool hashes_outputs = (type & 3) < 2;
        const size_t spend_type = 10 + (hashes_inputs ? 4U * 32 : 0U) + (hashes_outputs ? 32U : 0U);
        const prom_span message =
            span_of_hex(test, member_text(member(json_array_get(inputs, i), "intermediary"), "sigMsg"));
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span extended;
        prom_bytes32 expected;
        prom_bytes32 hash;
        assert_int_equal(message.data[spend_type], 0);
        prom_write_span(&writer, prom_span_of(message.data, spend_type));
        prom_write_u8(&writer, 2);
        prom_write_span(&writer, prom_span_of(message.data + spend_type + 1, message.length - spend_type - 1));
        prom_write_bytes32(&writer, &leaf_hash);
        prom_write_u8(&writer, 0);
        prom_write_u32(&writer, UINT32_MAX);
        assert_ok(prom_writer_finish(&writer, &extended, &test->error), &test->error);
        prom_tagged_hash(&expected, "TapSighash", extended);
        assert_ok(prom_tx_sighash(&test->arena, &hash,
                                  &(prom_signed_input){.tx = spending.tx,
                                                       .spent = spending.spent,
                                                       .index = member_number(given, "txinIndex"),
                                                       .leaf_hash = &leaf_hash,
                                                       .type = type},
                                  &test->error),
                  &test->error);
        assert_memory_equal(&hash, &expected, sizeof hash);
    }
    json_decref(spending.vectors);
}

static void test_sighash_misuse(void **state)
{
    fixture *test = *state;
    struct spending spending = load_spending(test);
    size_t known = 0;
    prom_bytes32 hash;
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        const prom_result result = prom_tx_sighash(
            &test->arena, &hash,
            &(prom_signed_input){.tx = spending.tx, .spent = spending.spent, .index = 0, .type = (uint8_t)type},
            &test->error);
        known += prom_is_ok(result);
        if (!prom_is_ok(result)) {
            assert_fails(result, PROM_CATEGORY_MISUSE, &test->error, "there is no signature hash");
        }
    }
    assert_int_equal(known, 7);
    assert_fails(prom_tx_sighash(&test->arena, &hash,
                                 &(prom_signed_input){
                                     .tx = spending.tx, .spent = spending.spent, .index = spending.tx->input_count},
                                 &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "for input 9");
    assert_fails(prom_tx_sighash(&test->arena, &hash,
                                 &(prom_signed_input){.tx = spending.tx,
                                                      .spent = spending.spent,
                                                      .index = spending.tx->output_count,
                                                      .type = PROM_SIGHASH_SINGLE},
                                 &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "type 0x03 for input 2");
    assert_ok(prom_tx_sighash(&test->arena, &hash,
                              &(prom_signed_input){.tx = spending.tx,
                                                   .spent = spending.spent,
                                                   .index = spending.tx->output_count,
                                                   .type = PROM_SIGHASH_NONE},
                              &test->error),
              &test->error);
    spending.spent[3].value = prom_amount_invalid();
    assert_fails(prom_tx_sighash(&test->arena, &hash,
                                 &(prom_signed_input){.tx = spending.tx, .spent = spending.spent, .index = 0},
                                 &test->error),
                 PROM_CATEGORY_IO, &test->error, "a value out of range");
    json_decref(spending.vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bip341_spending),
        FIXTURE_TEST(test_script_path_hashes),
        FIXTURE_TEST(test_sighash_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
