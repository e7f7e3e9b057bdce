#include "wire/packets.h"

static void test_asks_and_quotes_that_cannot_be(void **state)
{
    fixture *test = *state;
    prom_packet asks[] = {some_ask(), some_ask(), some_ask(), some_ask(), some_ask()};
    asks[0].as.ask.items = 0;
    asks[1].as.ask.program_bytes = 0;
    asks[2].as.ask.input_bytes = PROM_PAYLOAD_MAX + 1;
    asks[3].as.ask.package_bytes = UINT64_MAX;
    asks[4].as.ask.role = PROM_ROLE_CLIENT;
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        assert_refused(test, &asks[i]);
    }
    prom_packet quotes[] = {some_quote(), some_quote(), some_refusal(), some_refusal()};
    quotes[0].as.quote.price = prom_amount_invalid();
    quotes[1].as.quote.rates.least = prom_amount_invalid();
    quotes[2].as.quote.price = prom_amount_of(1); /* a price, and reasons why there is none */
    quotes[3].as.quote.reasons[3].code = 0;
    for (size_t i = 0; i < COUNT_OF(quotes); i++) {
        assert_refused(test, &quotes[i]);
    }
}

/* Whatever is changed in an ask, it is another one; whatever is in a quote, its signature does not hold any more. */
static void test_asks_and_quotes_are_hashed_whole(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_key key = random_key(test, &random);
    const prom_bytes32 auxiliary = {{0}};
    prom_packet packets[4] = {some_ask(), some_refusal(), some_ask(), some_refusal()};
    const prom_packet plain = some_quote();
    prom_bytes32 plain_hash;
    prom_quote_hash(&plain_hash, &plain.as.quote);
    assert_hex32(&plain_hash, "6870c8c4d45076b0c1e2ea60c99038c6d47d7aa13fc5f2d63f39e8405966e607");
    packets[2].as.ask.fuel = UINT64_MAX; /* of a module */
    packets[3].as.quote.rates.fuel = 17;
    packets[3].as.quote.machine.fuel_per_second = 18;
    for (size_t i = 0; i < COUNT_OF(packets); i++) {
        prom_packet packet = packets[i];
        prom_bytes32 hash;
        if (packet.kind == PROM_PACKET_QUOTE) {
            packet.as.quote.node = key.public_key;
            prom_quote_hash(&hash, &packet.as.quote);
            assert_ok(prom_sign(test->curve, &packet.as.quote.signature, &hash, &key, &auxiliary, &test->error),
                      &test->error);
            assert_true(prom_quote_signed(test->curve, &packet.as.quote));
        } else {
            prom_ask_hash(&hash, &packet.as.ask);
            assert_hex32(&hash, i == 0 ? "87d04bb1c15f01ed3d24323e8f47a968dbd9548f358104fefa848ca7d77dc279"
                                       : "486da0f8140aa0dc54eb5aaef319f50c427b6acf108d237ad3a2285747d0d4c8");
        }
        const prom_span written = encode(test, &packet);
        size_t read_count = 0;
        for (size_t at = 0; at < 8 * written.length; at++) { /* each bit of it */
            uint8_t *changed = exact_copy(written.data, written.length);
            prom_packet read;
            prom_bytes32 other;
            changed[at / 8] ^= (uint8_t)(1 << at % 8);
            if (prom_is_ok(
                    prom_packet_decode(&test->arena, &read, prom_span_of(changed, written.length), false, NULL)) &&
                read.kind == packet.kind) {
                const bool same = prom_span_equal(encode(test, &read), written); /* bits that no field has */
                read_count++;
                if (packet.kind == PROM_PACKET_ASK) {
                    prom_ask_hash(&other, &read.as.ask);
                    assert_int_equal(prom_bytes32_equal(&hash, &other), same);
                } else {
                    assert_int_equal(prom_quote_signed(test->curve, &read.as.quote), same);
                }
            }
            free(changed);
        }
        assert_true(read_count > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_asks_and_quotes_that_cannot_be),
        FIXTURE_TEST(test_asks_and_quotes_are_hashed_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
