#include "support.h"

#include "prometheus/crypto/hash.h"

static prom_span span_of_text(const char *text)
{
    return prom_span_of((const uint8_t *)text, strlen(text));
}

/* FIPS 180-2, appendix B.1, and the hash of nothing. */
static void test_sha256(void **state)
{
    prom_bytes32 hash;
    (void)state;
    prom_sha256(&hash, span_of_text("abc"));
    assert_hex32(&hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    prom_sha256(&hash, prom_span_of(NULL, 0));
    assert_hex32(&hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    prom_sha256_twice(&hash, prom_span_of(NULL, 0));
    assert_hex32(&hash, "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456");
}

/* BIP 340's definition, computed with Python's hashlib. */
static void test_tagged_hash(void **state)
{
    prom_bytes32 hash;
    (void)state;
    prom_tagged_hash(&hash, "BIP0340/challenge", prom_span_of(NULL, 0));
    assert_hex32(&hash, "c216d352f5818b7b4beacd4ae0a26fe888080823d2a598856661bcd54f1b3713");
    prom_tagged_hash(&hash, "prometheus/leaf", span_of_text("item"));
    assert_hex32(&hash, "c1a3e80be17d73760f2943da4acb183c6508ba6514a585ff2149967db0e55f6f");
}

static void test_parts_give_the_hash_of_the_whole(void **unused)
{
    uint64_t state = 1;
    uint8_t message[300];
    (void)unused;
    random_bytes(&state, message, sizeof message);
    for (size_t i = 0; i < 200; i++) {
        const size_t length = random_below(&state, sizeof message + 1);
        prom_bytes32 whole;
        prom_bytes32 piecewise;
        prom_hasher hasher;
        prom_tagged_hash(&whole, "tag", prom_span_of(message, length));
        prom_hasher_init(&hasher, "tag");
        for (size_t at = 0; at < length;) {
            const size_t part = random_below(&state, length - at + 1);
            prom_hasher_add(&hasher, prom_span_of(message + at, part));
            at += part;
        }
        prom_hasher_add(&hasher, prom_span_of(NULL, 0));
        prom_hasher_finish(&hasher, &piecewise);
        assert_memory_equal(&piecewise, &whole, sizeof whole);
    }
}

/* Wherever a message is parted at a whole number of blocks, what follows goes on from the state alone. */
static void test_a_state_goes_on(void **unused)
{
    uint64_t random = 2;
    uint8_t message[500];
    (void)unused;
    random_bytes(&random, message, sizeof message);
    for (size_t at = 0; at <= sizeof message; at++) {
        prom_bytes32 whole;
        prom_bytes32 state = {{7}};
        prom_bytes32 parted;
        prom_hasher hasher;
        prom_tagged_hash(&whole, "tag", prom_span_of(message, sizeof message));
        prom_hasher_init(&hasher, "tag");
        prom_hasher_add(&hasher, prom_span_of(message, at));
        assert_int_equal(prom_hasher_length(&hasher), PROM_HASH_BLOCK + at);
        assert_int_equal(prom_hasher_state(&hasher, &state), at % PROM_HASH_BLOCK == 0);
        if (at % PROM_HASH_BLOCK != 0) {
            assert_int_equal(state.bytes[0], 7);
            continue;
        }
        prom_hasher_init_at(&hasher, &state, PROM_HASH_BLOCK + at);
        prom_hasher_add(&hasher, prom_span_of(message + at, sizeof message - at));
        prom_hasher_finish(&hasher, &parted);
        assert_memory_equal(&parted, &whole, sizeof whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_tagged_hash),
        cmocka_unit_test(test_parts_give_the_hash_of_the_whole),
        cmocka_unit_test(test_a_state_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
