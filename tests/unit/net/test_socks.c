/* What is said to a proxy, and proxies that answer as none should. */
#include "support.h"

#include "net/socks.h"

#define LETTERS_28 "abcdefghijklmnopqrstuvwxyz27"

static prom_endpoint endpoint_of(const char *text)
{
    prom_address address = {.length = (uint8_t)strlen(text)};
    prom_endpoint endpoint;
    prom_error error = {{0}};
    memcpy(address.bytes, text, address.length);
    assert_ok(prom_endpoint_read(&endpoint, &address, &error), &error);
    return endpoint;
}

static const prom_bytes32 isolation = {{1}};

static prom_socks begun(const char *to)
{
    const prom_endpoint endpoint = endpoint_of(to);
    prom_socks socks;
    prom_socks_begin(&socks, &endpoint, &isolation);
    return socks;
}

/* Bytes one by one, as they may come. */
static prom_socks_state take(prom_socks *socks, const uint8_t *bytes, size_t length)
{
    prom_socks_state state = PROM_SOCKS_MORE;
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(state, PROM_SOCKS_MORE);
        assert_true(prom_socks_wanted(socks) > 0);
        state = prom_socks_take(socks, prom_span_of(bytes + i, 1));
    }
    return state;
}
#define TAKE(socks, ...) take((socks), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void assert_out(const prom_socks *socks, const char *hex)
{
    assert_hex(prom_span_of(socks->out, socks->out_length), hex);
}

static void test_the_way_to_each_kind(void **state)
{
    (void)state;
    prom_socks socks = begun("192.0.2.7:9735");
    assert_out(&socks, "05020002");
    assert_int_equal(TAKE(&socks, 5, 0), PROM_SOCKS_MORE);
    assert_out(&socks, "05010001c00002072607");
    assert_int_equal(TAKE(&socks, 5, 0, 0, 1, 10, 0, 0, 1, 1, 2), PROM_SOCKS_DONE);
    assert_int_equal(prom_socks_wanted(&socks), 0); /* nothing of what the destination says is taken */

    socks = begun("[2001:db8::7]:9735");
    assert_int_equal(TAKE(&socks, 5, 0), PROM_SOCKS_MORE);
    assert_out(&socks, "0501000420010db80000000000000000000000072607");
    assert_int_equal(TAKE(&socks, 5, 0, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2),
                     PROM_SOCKS_DONE);

    socks = begun("a.example:80");
    assert_int_equal(TAKE(&socks, 5, 0), PROM_SOCKS_MORE);
    assert_out(&socks, "0501000309612e6578616d706c650050"); /* the name itself: nobody here looks it up */
    assert_int_equal(TAKE(&socks, 5, 0, 0, 3, 2, 'a', 'b', 1, 2), PROM_SOCKS_DONE);

    socks = begun(LETTERS_28 LETTERS_28 ".onion:80");
    assert_int_equal(TAKE(&socks, 5, 0), PROM_SOCKS_MORE);
    assert_int_equal(socks.out_length, 4 + 1 + 62 + 2);
    assert_int_equal(socks.out[4], 62);
}

static void test_passwords_keep_destinations_apart(void **state)
{
    (void)state;
    const prom_bytes32 other = {{2}};
    const prom_endpoint endpoint = endpoint_of("a.example:80");
    prom_socks socks = begun("a.example:80");
    prom_socks same = begun("a.example:80");
    prom_socks elsewhere = begun("b.example:80");
    prom_socks another_run;
    prom_socks_begin(&another_run, &endpoint, &other);
    assert_int_equal(TAKE(&socks, 5, 2), PROM_SOCKS_MORE);
    assert_int_equal(socks.out_length, 1 + 1 + 32 + 1 + 32);
    assert_int_equal(socks.out[0], 1);
    assert_int_equal(socks.out[1], 32);
    assert_int_equal(socks.out[34], 32);
    assert_string_equal(socks.user, same.user);
    assert_string_not_equal(socks.user, elsewhere.user);
    assert_string_not_equal(socks.password, elsewhere.password);
    assert_string_not_equal(socks.user, another_run.user);
    assert_string_not_equal(socks.user, socks.password);
    assert_int_equal(TAKE(&socks, 1, 0), PROM_SOCKS_MORE);
    assert_out(&socks, "0501000309612e6578616d706c650050");
}

static void test_proxies_that_refuse_or_make_no_sense(void **state)
{
    static const struct {
        uint8_t bytes[6];
        size_t length;
        size_t methods; /* bytes of them that come before the way is asked for */
        const char *says;
    } answers[] = {
        {{'H', 'T'}, 2, 2, "does not speak SOCKS5"},
        {{4, 0}, 2, 2, "does not speak SOCKS5"},
        {{5, 0xff}, 2, 2, "more than a password"},
        {{5, 1}, 2, 2, "not offered"},
        {{5, 2, 1, 1}, 4, 4, "any password"},
        {{5, 2, 5, 0}, 4, 4, "any password"},
        {{4, 0, 0, 1, 0}, 5, 0, "does not speak SOCKS5"},
        {{5, 0, 1, 1, 0}, 5, 0, "does not speak SOCKS5"},
        {{5, 1, 0, 1, 0}, 5, 0, "has failed"},
        {{5, 5, 0, 1, 0}, 5, 0, "nobody listens"},
        {{5, 8, 0, 1, 0}, 5, 0, "kind of address"},
        {{5, 9, 0, 1, 0}, 5, 0, "does not know"},
        {{5, 255, 0, 1, 0}, 5, 0, "does not know"},
        {{5, 0, 0, 2, 0}, 5, 0, "does not know"},
        {{5, 0, 0, 0, 0}, 5, 0, "does not know"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        prom_socks socks = begun("192.0.2.7:9735");
        if (answers[i].methods == 0) {
            assert_int_equal(TAKE(&socks, 5, 0), PROM_SOCKS_MORE);
        }
        assert_int_equal(take(&socks, answers[i].bytes, answers[i].length), PROM_SOCKS_FAILED);
        assert_non_null(strstr(prom_socks_failure(&socks), answers[i].says));
    }
}

/* A name of 255 bytes is the longest that an answer can name: it has room. None at all has too. */
static void test_the_longest_answer(void **state)
{
    (void)state;
    uint8_t rest[255 + 2] = {0};
    prom_socks socks = begun("192.0.2.7:9735");
    assert_int_equal(TAKE(&socks, 5, 0), PROM_SOCKS_MORE);
    assert_int_equal(TAKE(&socks, 5, 0, 0, 3, 255), PROM_SOCKS_MORE);
    assert_int_equal(prom_socks_wanted(&socks), sizeof rest);
    assert_int_equal(take(&socks, rest, sizeof rest), PROM_SOCKS_DONE);
    socks = begun("192.0.2.7:9735");
    assert_int_equal(TAKE(&socks, 5, 0), PROM_SOCKS_MORE);
    assert_int_equal(TAKE(&socks, 5, 0, 0, 3, 0, 1, 2), PROM_SOCKS_DONE);
    socks = begun("192.0.2.7:9735");
    assert_int_equal(prom_socks_take(&socks, prom_span_of(rest, 3)), PROM_SOCKS_FAILED); /* never more than wanted */
}

static void test_any_bytes(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (size_t i = 0; i < 100000; i++) {
        prom_socks socks = begun("a.example:80");
        prom_socks_state at = PROM_SOCKS_MORE;
        for (size_t steps = 0; at == PROM_SOCKS_MORE; steps++) {
            uint8_t byte = (uint8_t)next_random(&random);
            byte = next_random(&random) % 4 != 0 ? (uint8_t)((const uint8_t[]){5, 0, 0, 3, 1, 2}[byte % 6]) : byte;
            assert_true(steps < 600);
            assert_in_range(prom_socks_wanted(&socks), 1, PROM_SOCKS_BYTES_MAX);
            at = prom_socks_take(&socks, prom_span_of(&byte, 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_way_to_each_kind),
        cmocka_unit_test(test_passwords_keep_destinations_apart),
        cmocka_unit_test(test_proxies_that_refuse_or_make_no_sense),
        cmocka_unit_test(test_the_longest_answer),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
