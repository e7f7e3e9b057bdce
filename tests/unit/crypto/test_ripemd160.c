#include "support.h"

#include "prometheus/crypto/ripemd160.h"

/* The examples of the paper, appendix B. */
static void test_paper(void **state)
{
    static const struct {
        const char *message;
        const char *hash;
    } cases[] = {
        {"", "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
        {"a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe"},
        {"abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
        {"message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"},
        {"abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "b0e20b6e3116640286ed3a87a5713079b21f5189"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "9b752e45573d4b39f4dbd3323cab82bf63326bfb"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_bytes20 hash;
        prom_ripemd160(&hash, prom_span_of((const uint8_t *)cases[i].message, strlen(cases[i].message)));
        assert_hex(prom_span_of(hash.bytes, sizeof hash.bytes), cases[i].hash);
    }
}

static void test_a_million(void **state)
{
    fixture *test = *state;
    void *message = NULL;
    prom_bytes20 hash;
    assert_ok(prom_arena_alloc(&test->arena, &message, 1000000, 1, &test->error), &test->error);
    memset(message, 'a', 1000000);
    prom_ripemd160(&hash, prom_span_of(message, 1000000));
    assert_hex(prom_span_of(hash.bytes, sizeof hash.bytes), "52783243c1697bdbe16d37f97f68f08325dc1528");
}

/* BIP 173's example: its public key, and the hash in its address. */
static void test_hash160(void **state)
{
    fixture *test = *state;
    prom_bytes20 hash;
    prom_hash160(&hash, span_of_hex(test, "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"));
    assert_hex(prom_span_of(hash.bytes, sizeof hash.bytes), "751e76e8199196d454941c45d1b3a323f1433bd6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_paper),
        FIXTURE_TEST(test_a_million),
        FIXTURE_TEST(test_hash160),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
