#include "support.h"

#include <strings.h>

#include "prometheus/bitcoin/address.h"

#define X40 "2800000000000000000000000000000000000000000000000000000000000000000000000000000000"

/* The first two are Bitcoin Core's P2A, the others the examples of BIP 350. */
static void test_addresses(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *prefix;
        const char *script;
        const char *address;
    } cases[] = {
        {"bcrt", "51024e73", "bcrt1pfeesnyr2tx"},
        {"bc", "51024e73", "bc1pfeessrawgf"},
        {"bc", "0014751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
        {"tb", "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
         "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7"},
        {"bc", "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6",
         "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y"},
        {"bc", "6002751e", "bc1sw50qgdz25j"},
        {"bc", "5210751e76e8199196d454941c45d1b3a323", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"},
        {"tb", "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
         "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy"},
        {"tb", "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
         "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c"},
        {"bc", "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
         "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
    };
    char text[PROM_ADDRESS_TEXT];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_ok(prom_script_address(text, span_of_hex(test, cases[i].script), cases[i].prefix, &test->error),
                  &test->error);
        assert_string_equal(text, cases[i].address);
    }
}

static void test_no_address(void **state)
{
    fixture *test = *state;
    char text[PROM_ADDRESS_TEXT];
    assert_fails(prom_script_address(text, span_of_hex(test, "6a0450524d31"), "bc", &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "no segwit address");
    assert_ok(prom_script_address(text, span_of_hex(test, "60" X40), "tenletters", &test->error), &test->error);
    assert_int_equal(strlen(text), 10 + 1 + 1 + 64 + 6);
    assert_fails(prom_script_address(text, span_of_hex(test, "60" X40), "elevenchars", &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "no segwit address");
}

/* The prefix of a network that an address claims to be of, in small letters; "bc" where it claims none. */
static const char *prefix_of(const char *address)
{
    return address[0] == 't' || address[0] == 'T' ? "tb" : "bc";
}

static void read_bip350(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip350/bip350.json");
    size_t index = 0;
    const json_t *vector = NULL;
    json_array_foreach(member(vectors, "valid"), index, vector)
    {
        char text[PROM_ADDRESS_TEXT];
        prom_span script;
        const char *address = member_text(vector, "address");
        assert_ok(prom_payment_address_script(&test->arena, &script, address, prefix_of(address), &test->error),
                  &test->error);
        assert_hex(script, member_text(vector, "script"));
        assert_ok(prom_script_address(text, script, prefix_of(address), &test->error), &test->error);
        assert_int_equal(strcasecmp(text, address), 0);
    }
    assert_int_equal(index, 8);
    json_array_foreach(member(vectors, "invalid"), index, vector)
    {
        prom_span script;
        const char *address = member_text(vector, "address");
        const prom_result read =
            prom_payment_address_script(&test->arena, &script, address, prefix_of(address), &test->error);
        if (read.category != PROM_CATEGORY_BAD_INPUT || script.length != 0) {
            fail_msg("%s is taken: %s", address, member_text(vector, "reason"));
        }
    }
    assert_int_equal(index, 15);
    json_decref(vectors);
}

/* Of the hash of BIP 173's examples, of one of zeros, which has leading zeros in base 58, and two that are well known.
 */
static void read_base58(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *prefix;
        const char *address;
        const char *script;
    } cases[] = {
        {"bc", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac"},
        {"bc", "3CNHUhP3uyB9EUtRLsmvFUmvGdjGdkTxJw", "a914751e76e8199196d454941c45d1b3a323f1433bd687"},
        {"tb", "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac"},
        {"bcrt", "2N3vVYSK5XRgVSGWy21PnsRmBUywSQNdCsf", "a914751e76e8199196d454941c45d1b3a323f1433bd687"},
        {"bc", "1111111111111111111114oLvT2", "76a914000000000000000000000000000000000000000088ac"},
        {"bc", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "76a91477bff20c60e522dfaa3350c39b030a5d004e839a88ac"},
        {"bc", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "a914b472a266d0bd89c13706a4132ccfb16f7c3b9fcb87"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_span script;
        assert_ok(prom_payment_address_script(&test->arena, &script, cases[i].address, cases[i].prefix, &test->error),
                  &test->error);
        assert_hex(script, cases[i].script);
    }
}

/* What is wrong is said. */
static void refuse_others(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *prefix;
        const char *address;
        const char *says;
    } cases[] = {
        {"bc", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "another network: here they begin"},
        {"tb", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "begin with tb1"},
        {"bcrt", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "begin with bcrt1"},
        {"tb", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "of another network"},
        {"bc", "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", "of another network"},
        {"bc", "31h1vYVSYuKP6AhS86fbRdMw9XHieotbSu", "checksum"},
        {"bc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum"},
        {"bc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3tb", "the character at place 39"},
        {"bc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3t4", "not both"},
        {"bc", "bc1qqqqq", "too short"},
        {"bc", "bc1", "too short"},
        {"bc", "BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "no address of bitcoin"},   /* a leading zero is missing */
        {"bc", "11BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "no address of bitcoin"}, /* or too many */
        {"bc", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAM0", "no address of bitcoin"},
        {"bc", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "no address of bitcoin"},
        {"bc", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "no address of bitcoin"},
        {"bc", "", "no address of bitcoin"},
        {"bc", "bc", "no address of bitcoin"},
        {"bc", "\xc3\xa4", "no address of bitcoin"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_span script;
        assert_fails(
            prom_payment_address_script(&test->arena, &script, cases[i].address, cases[i].prefix, &test->error),
            PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].says);
    }
    char longer[200] = "bc1";
    memset(longer + 3, 'q', sizeof longer - 4);
    prom_span script;
    assert_fails(prom_payment_address_script(&test->arena, &script, longer, "bc", &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "too long");
}

/* What is written is read again, of every version and length; BIP 141 has two lengths alone for version 0. */
static void read_what_is_written(void **state)
{
    fixture *test = *state;
    uint8_t bytes[42];
    uint64_t random = 1;
    for (unsigned version = 0; version <= 16; version++) {
        for (uint8_t length = 2; length <= 40; length++) {
            char text[PROM_ADDRESS_TEXT];
            prom_span script;
            random_bytes(&random, bytes, sizeof bytes);
            bytes[0] = (uint8_t)(version == 0 ? 0 : 0x50 + version);
            bytes[1] = length;
            const prom_span written = prom_span_of(bytes, 2 + (size_t)length);
            assert_ok(prom_script_address(text, written, "bcrt", &test->error), &test->error);
            const bool is_read = prom_is_ok(prom_payment_address_script(&test->arena, &script, text, "bcrt", NULL));
            assert_int_equal(is_read, version > 0 || length == 20 || length == 32);
            assert_true(!is_read || prom_span_equal(script, written));
        }
    }
}

/* BIP 173: up to four letters that are wrong are always found. */
static void find_every_wrong_letter(void **state)
{
    fixture *test = *state;
    static const char right[] = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0";
    static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    char text[sizeof right];
    for (size_t i = 3; i < sizeof right - 1; i++) {
        for (const char *letter = charset; *letter != '\0'; letter++) {
            prom_span script;
            memcpy(text, right, sizeof right);
            text[i] = *letter;
            assert_int_equal(prom_is_ok(prom_payment_address_script(&test->arena, &script, text, "bc", NULL)),
                             *letter == right[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_addresses),       FIXTURE_TEST(test_no_address), FIXTURE_TEST(read_bip350),
        FIXTURE_TEST(read_base58),          FIXTURE_TEST(refuse_others),   FIXTURE_TEST(find_every_wrong_letter),
        FIXTURE_TEST(read_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
