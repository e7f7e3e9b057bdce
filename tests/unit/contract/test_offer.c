#include "contract/cast.h"

#include "prometheus/contract/offer.h"

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
    offered.announcement = (prom_announcement){.p_txid = named("P", 0),
                                               .offer = {named("offer", 0), 0},
                                               .Q = cast->offer[0].public_key,
                                               .retainer = prom_amount_of(1500),
                                               .node_key = named_key(test, "node", 0).public_key,
                                               .address = prom_span_of((const uint8_t *)address, sizeof address - 1)};
    sign_announcement(test, &offered.announcement, &cast->offer[0]);
    offered.output = (prom_tx_output){offered.P.a, p2tr_script(test, &cast->offer[0].public_key)};
    return offered;
}

static prom_result check(fixture *test, const struct offered *offered)
{
    return prom_announcement_check(test->curve, &test->arena, &offered->announcement, &offered->P, &offered->output,
                                   &test->error);
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
            assert_fails(check(test, &lie), PROM_CATEGORY_PEER, &test->error,
                         "the announcement of an offer is not signed by the offer's key");
        }
        free(other);
    }
    assert_true(read >= bytes.length - 1 - 8); /* all but the length of the address, and retainers out of range */
    assert_true(read < bytes.length);
}

/* Lies that a key has signed: the chain does not bear them out. */
static void signed_lies_are_refused(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    struct offered offered = make_offer(test, &cast);
    offered.announcement.Q = cast.offer[1].public_key; /* somebody else's offer */
    sign_announcement(test, &offered.announcement, &cast.offer[1]);
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error,
                 "an announced offer does not pay to the key that signed for it");

    offered = make_offer(test, &cast);
    uint8_t p2wsh[PROM_P2TR_BYTES] = {PROM_OP_0, 32};
    memcpy(p2wsh + 2, offered.announcement.Q.bytes, 32);
    offered.output.script = prom_span_of(p2wsh, sizeof p2wsh);
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, "does not pay to the key");

    offered = make_offer(test, &cast);
    offered.output.value = prom_amount_subtract(offered.P.a, prom_amount_of(1));
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error,
                 "an announced offer holds 2999999 sat, and exactly 3000000 is needed: a");

    offered = make_offer(test, &cast);
    offered.output.value = prom_amount_add(offered.P.a, prom_amount_of(1));
    assert_fails(check(test, &offered), PROM_CATEGORY_PEER, &test->error, "holds 3000001 sat, and exactly 3000000");
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
    assert_int_equal(bytes.length, 32 + 36 + 32 + 8 + 32 + 1 + 20 + 64);
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
    const struct offered offered = make_offer(test, &cast);
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    prom_span mark;
    assert_ok(prom_offer_mark(&test->arena, &mark, &offered.announcement.p_txid, &test->error), &test->error);
    assert_ok(prom_offer_outputs(test->curve, &test->arena, outputs, &offered.announcement.p_txid, &offered.P,
                                 &offered.announcement.Q, &test->error),
              &test->error);
    assert_true(prom_span_equal(outputs[0].script, offered.output.script));
    assert_true(prom_amount_equal(outputs[0].value, offered.P.a));
    assert_true(prom_span_equal(outputs[1].script, mark));
    assert_true(prom_amount_is_zero(outputs[1].value));
    const prom_bytes32 nobody = {{0}};
    assert_fails(prom_offer_outputs(test->curve, &test->arena, outputs, &offered.announcement.p_txid, &offered.P,
                                    &nobody, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the key of an offer is not on the curve");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(marks_name_P),
        FIXTURE_TEST(honest_announcement_is_accepted),
        FIXTURE_TEST(unsigned_changes_are_refused),
        FIXTURE_TEST(signed_lies_are_refused),
        FIXTURE_TEST(layout_is_strict),
        FIXTURE_TEST(outputs_are_the_stake_and_the_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
