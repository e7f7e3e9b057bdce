#include "contract/cast.h"

/* A signed announcement, and the output that is on the chain. */
struct offered {
    prom_parameters P;
    prom_announcement announcement;
    prom_tx_output output;
};

static void sign_announcement(fixture *test, prom_announcement *announcement, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
    announcement->signature = sign_hash(test, key, &hash);
}

static struct offered make_offer(fixture *test, const struct cast *cast)
{
    static const char address[] = "arbiter.example:7067";
    struct offered offered = {.P = valid_parameters()};
    prom_descriptor *offer = NULL;
    offered.announcement.p_txid = named("P", 0);
    offered.announcement.offer = valid_arbiter(test, cast, 0);
    offered.announcement.address = prom_span_of((const uint8_t *)address, sizeof address - 1);
    sign_announcement(test, &offered.announcement, &cast->arbiter[0]);
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &offered.announcement.p_txid,
                                &offered.announcement.offer, &test->error),
              &test->error);
    offered.output = (prom_tx_output){offered.P.a, offer->script};
    return offered;
}

static prom_result check(fixture *test, const struct offered *offered)
{
    return prom_announcement_check(test->curve, &test->arena, &offered->announcement, &offered->P, &offered->output,
                                   &test->error);
}

static void it_has_two_leaves(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_arbiter_terms arbiter = valid_arbiter(test, &cast, 0);
    const prom_bytes32 p_txid = named("P", 0);
    prom_descriptor *offer = NULL;
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &p_txid, &arbiter, &test->error), &test->error);
    assert_int_equal(offer->leaf_count, 2);
    assert_int_equal(prom_descriptor_lock(offer, PROM_OFFER_LEAF_ENGAGE), 0);
    assert_int_equal(prom_descriptor_lock(offer, PROM_OFFER_LEAF_WITHDRAW), 1000);

    const prom_span *witness = NULL;
    size_t count = 0;
    const prom_keyed_signature keyed = {.public_key = arbiter.key};
    prom_satisfaction with = {&keyed, 1, &cast.x[0], 1};
    assert_ok(
        prom_descriptor_witness(&test->arena, &witness, &count, offer, PROM_OFFER_LEAF_ENGAGE, &with, &test->error),
        &test->error);
    with.preimage_count = 0; /* x engages, the signature alone does not */
    assert_false(prom_is_ok(
        prom_descriptor_witness(&test->arena, &witness, &count, offer, PROM_OFFER_LEAF_ENGAGE, &with, &test->error)));
    assert_ok(
        prom_descriptor_witness(&test->arena, &witness, &count, offer, PROM_OFFER_LEAF_WITHDRAW, &with, &test->error),
        &test->error);
}

/* BIP 341's point without a known logarithm plus the tagged hash of P's txid and A, and nothing else. */
static void its_internal_key_is_unspendable(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const struct offered offered = make_offer(test, &cast);
    uint8_t message[64];
    prom_bytes32 shift;
    prom_bytes32 expected;
    prom_bytes32 other = offered.announcement.p_txid;
    bool odd = false;
    prom_descriptor *offer = NULL;
    memcpy(message, offered.announcement.p_txid.bytes, 32);
    memcpy(message + 32, offered.announcement.offer.key.bytes, 32);
    prom_tagged_hash(&shift, "prometheus/offer-point", prom_span_of(message, sizeof message));
    assert_ok(prom_public_key_tweak(test->curve, &expected, &odd, &prom_unspendable_key, &shift, &test->error),
              &test->error);
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &offered.announcement.p_txid,
                                &offered.announcement.offer, &test->error),
              &test->error);
    assert_true(prom_bytes32_equal(&offer->internal_key, &expected));
    other.bytes[31] ^= 1;
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &other, &offered.announcement.offer, &test->error),
              &test->error);
    assert_false(prom_bytes32_equal(&offer->internal_key, &expected));
}

static void marks_name_P(void **state)
{
    fixture *test = *state;
    const prom_bytes32 p_txid = bytes32_of_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    prom_span script;
    assert_ok(prom_offer_mark(&test->arena, &script, &p_txid, &test->error), &test->error);
    assert_hex(script, "6a2450524d4f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    assert_ok(prom_contract_mark(&test->arena, &script, &p_txid, &test->error), &test->error);
    assert_hex(script, "6a2450524d43000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
}

static void honest_announcement_is_accepted(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const struct offered offered = make_offer(test, &cast);
    assert_ok(check(test, &offered), &test->error);
}

/* An announcement that says something else than what was signed. */
static void unsigned_changes_are_refused(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const struct offered honest = make_offer(test, &cast);
    prom_span bytes;
    assert_ok(prom_announcement_write(&test->arena, &bytes, &honest.announcement, &test->error), &test->error);
    size_t read = 0;
    for (size_t i = 0; i < bytes.length; i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        struct offered lie = honest;
        other[i] ^= 1;
        if (prom_is_ok(prom_announcement_read(&lie.announcement, prom_span_of(other, bytes.length), &test->error))) {
            read++;
            assert_fails(check(test, &lie), PROM_CATEGORY_PEER, &test->error, "is not signed by its arbiter");
        }
        free(other);
    }
    assert_int_equal(read, bytes.length - 1); /* all but the length of the address */
}

/* Lies that the arbiter has signed: the chain does not bear them out. */
static void signed_lies_are_refused(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const char *script = "an announced offer does not pay to the script that it announces";
    struct offered offered = make_offer(test, &cast);
    offered.announcement.p_txid.bytes[0] ^= 1;
    sign_announcement(test, &offered.announcement, &cast.arbiter[0]);
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, script);

    offered = make_offer(test, &cast);
    offered.announcement.offer.x_hash.bytes[0] ^= 1;
    sign_announcement(test, &offered.announcement, &cast.arbiter[0]);
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, script);

    offered = make_offer(test, &cast);
    offered.announcement.offer.expiry++;
    sign_announcement(test, &offered.announcement, &cast.arbiter[0]);
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, script);

    offered = make_offer(test, &cast);
    offered.announcement.offer.expiry = 0; /* not even a script */
    sign_announcement(test, &offered.announcement, &cast.arbiter[0]);
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, "descriptor");

    offered = make_offer(test, &cast);
    offered.announcement.offer.key = cast.arbiter[1].public_key; /* somebody else's offer */
    sign_announcement(test, &offered.announcement, &cast.arbiter[1]);
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, script);

    offered = make_offer(test, &cast);
    offered.output.value = prom_amount_subtract(offered.P.a, prom_amount_of(1));
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, "does not hold the stake a of P");

    offered = make_offer(test, &cast);
    offered.output.value = prom_amount_add(offered.P.a, prom_amount_of(1));
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, "does not hold the stake a of P");
}

static void layout_is_strict(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    struct offered offered = make_offer(test, &cast);
    prom_announcement back;
    prom_span bytes;
    prom_span again;
    prom_bytes32 hash;
    prom_bytes32 expected;
    assert_ok(prom_announcement_write(&test->arena, &bytes, &offered.announcement, &test->error), &test->error);
    assert_int_equal(bytes.length, 32 + 36 + 32 + 32 + 2 + 32 + 1 + 20 + 64);
    assert_ok(prom_announcement_read(&back, bytes, &test->error), &test->error);
    assert_ok(prom_announcement_write(&test->arena, &again, &back, &test->error), &test->error);
    assert_true(prom_span_equal(bytes, again));
    prom_tagged_hash(&expected, "prometheus/announcement", prom_span_of(bytes.data, bytes.length - 64));
    assert_ok(prom_announcement_hash(&test->arena, &hash, &back, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&hash, &expected));

    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        assert_fails(prom_announcement_read(&back, prom_span_of(cut, length), &test->error), PROM_CATEGORY_PEER,
                     &test->error, "these bytes are not the announcement of an offer");
        free(cut);
    }
    uint8_t longer[400] = {0};
    memcpy(longer, bytes.data, bytes.length);
    assert_fails(prom_announcement_read(&back, prom_span_of(longer, bytes.length + 1), &test->error),
                 PROM_CATEGORY_PEER, &test->error, "these bytes are not the announcement of an offer");

    offered.announcement.address = prom_span_of(longer, PROM_ADDRESS_MAX);
    assert_ok(prom_announcement_write(&test->arena, &bytes, &offered.announcement, &test->error), &test->error);
    offered.announcement.address.length++;
    assert_false(prom_is_ok(prom_announcement_write(&test->arena, &bytes, &offered.announcement, &test->error)));
    assert_false(prom_is_ok(prom_announcement_hash(&test->arena, &hash, &offered.announcement, &test->error)));
}

static void outputs_are_the_stake_and_the_mark(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    struct offered offered = make_offer(test, &cast);
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    prom_span mark;
    assert_ok(prom_offer_mark(&test->arena, &mark, &offered.announcement.p_txid, &test->error), &test->error);
    assert_ok(prom_offer_outputs(test->curve, &test->arena, outputs, &offered.announcement.p_txid, &offered.P,
                                 &offered.announcement.offer, &test->error),
              &test->error);
    assert_true(prom_span_equal(outputs[0].script, offered.output.script));
    assert_true(prom_amount_equal(outputs[0].value, offered.P.a));
    assert_true(prom_span_equal(outputs[1].script, mark));
    assert_true(prom_amount_is_zero(outputs[1].value));
    offered.announcement.offer.expiry = 0;
    assert_fails(prom_offer_outputs(test->curve, &test->arena, outputs, &offered.announcement.p_txid, &offered.P,
                                    &offered.announcement.offer, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "descriptor");
}

/* The signature in a witness, of A for the leaf. */
static void assert_signed(fixture *test, const prom_tx *tx, size_t input, const prom_tx_output *spent,
                          const prom_descriptor *offer, size_t leaf, const prom_bytes32 *key)
{
    prom_bytes32 hash;
    prom_signature signature;
    assert_ok(prom_tx_sighash(&test->arena, &hash,
                              &(prom_signed_input){
                                  .tx = tx, .spent = spent, .index = input, .leaf_hash = &offer->taproot[leaf].hash},
                              &test->error),
              &test->error);
    assert_int_equal(tx->inputs[input].witness[0].length, sizeof signature.bytes);
    memcpy(signature.bytes, tx->inputs[input].witness[0].data, sizeof signature.bytes);
    assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&hash), key));
}

static void withdrawal_waits_and_pays_its_fee(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const struct offered offered = make_offer(test, &cast);
    const prom_arbiter_terms *terms = &offered.announcement.offer;
    const prom_bytes32 auxiliary = {{0}};
    prom_descriptor *offer = NULL;
    prom_tx *tx = NULL;
    size_t weight = 0;
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &offered.announcement.p_txid, terms, &test->error),
              &test->error);
    assert_ok(prom_offer_withdraw(test->curve, &test->arena, &tx,
                                  &(prom_withdrawal){&offered.announcement.p_txid, offered.P.a, terms, 3},
                                  &cast.arbiter[0], &auxiliary, &test->error),
              &test->error);
    assert_int_equal(tx->version, 3);
    assert_int_equal(tx->locktime, 0);
    assert_int_equal(tx->input_count, 1);
    assert_true(prom_outpoint_equal(&tx->inputs[0].outpoint, &terms->offer));
    assert_int_equal(tx->inputs[0].sequence, 1000);
    assert_int_equal(tx->output_count, 1);
    assert_true(prom_span_equal(tx->outputs[0].script, p2tr_script(test, &terms->payout)));
    assert_ok(prom_tx_weight(&test->arena, &weight, tx, &test->error), &test->error);
    /* 94 bytes without the witness; 2, 1, 1 + 64, 1 + 38 and 1 + 65 in it. */
    assert_int_equal(weight, 4 * 94 + 2 + 1 + 65 + 39 + 66);
    assert_true(prom_amount_equal(tx->outputs[0].value, prom_amount_of(3000000 - 3 * 138)));
    assert_signed(test, tx, 0, &offered.output, offer, PROM_OFFER_LEAF_WITHDRAW, &terms->key);

    assert_fails(prom_offer_withdraw(test->curve, &test->arena, &tx,
                                     &(prom_withdrawal){&offered.announcement.p_txid, offered.P.a, terms, 3},
                                     &cast.arbiter[1], &auxiliary, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "a leaf needs 1 signatures and only 0 are there");
    assert_ok(prom_offer_withdraw(test->curve, &test->arena, &tx,
                                  &(prom_withdrawal){&offered.announcement.p_txid, prom_amount_of(330 + 138), terms, 1},
                                  &cast.arbiter[0], &auxiliary, &test->error),
              &test->error);
    assert_fails(
        prom_offer_withdraw(test->curve, &test->arena, &tx,
                            &(prom_withdrawal){&offered.announcement.p_txid, prom_amount_of(329 + 138), terms, 1},
                            &cast.arbiter[0], &auxiliary, &test->error),
        PROM_CATEGORY_BAD_INPUT, &test->error, "a stake of 467 sat does not pay for its withdrawal at 1");
}

static void engaging_takes_the_key_and_x(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const struct offered offered = make_offer(test, &cast);
    const prom_bytes32 auxiliary = {{0}};
    const prom_tx_output spent[] = {{prom_amount_of(5), p2tr_script(test, &cast.coin[0].public_key)}, offered.output};
    prom_descriptor *offer = NULL;
    prom_tx *tx = NULL;
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, &offered.announcement.p_txid,
                                &offered.announcement.offer, &test->error),
              &test->error);
    assert_ok(prom_tx_new(&test->arena, &tx, 2, 1, &test->error), &test->error);
    const prom_offer_input input = {tx, 1, spent, offer};
    assert_ok(prom_offer_engage(test->curve, &test->arena, &input,
                                &(prom_offer_secrets){&cast.arbiter[0], &cast.x[0], &auxiliary}, &test->error),
              &test->error);
    assert_int_equal(tx->inputs[1].witness_count, 4);
    assert_true(prom_span_equal(tx->inputs[1].witness[1], prom_span_of32(&cast.x[0])));
    assert_signed(test, tx, 1, spent, offer, PROM_OFFER_LEAF_ENGAGE, &offered.announcement.offer.key);

    assert_fails(prom_offer_engage(test->curve, &test->arena, &input,
                                   &(prom_offer_secrets){&cast.arbiter[0], &cast.x[1], &auxiliary}, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "a leaf needs the preimage of");
    assert_fails(prom_offer_engage(test->curve, &test->arena, &input,
                                   &(prom_offer_secrets){&cast.arbiter[1], &cast.x[0], &auxiliary}, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "a leaf needs 1 signatures and only 0 are there");
    assert_fails(prom_offer_engage(test->curve, &test->arena, &(prom_offer_input){tx, 2, spent, offer},
                                   &(prom_offer_secrets){&cast.arbiter[0], &cast.x[0], &auxiliary}, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "for input 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(it_has_two_leaves),
        FIXTURE_TEST(its_internal_key_is_unspendable),
        FIXTURE_TEST(marks_name_P),
        FIXTURE_TEST(honest_announcement_is_accepted),
        FIXTURE_TEST(unsigned_changes_are_refused),
        FIXTURE_TEST(signed_lies_are_refused),
        FIXTURE_TEST(layout_is_strict),
        FIXTURE_TEST(outputs_are_the_stake_and_the_mark),
        FIXTURE_TEST(withdrawal_waits_and_pays_its_fee),
        FIXTURE_TEST(engaging_takes_the_key_and_x),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
