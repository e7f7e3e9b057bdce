#include "support.h"

#include <sodium.h>

#include "crypto/sha256.h"

static void hash_with(prom_bytes32 *hash, const sha256_kernel *kernel, prom_span message)
{
    sha256_stream stream;
    prom_sha256_begin(&stream, kernel);
    prom_sha256_add(&stream, message);
    prom_sha256_end(&stream, hash);
}

static void assert_hash_of_text(const sha256_kernel *kernel, const char *text, const char *expected)
{
    prom_bytes32 hash;
    hash_with(&hash, kernel, prom_span_of((const uint8_t *)text, strlen(text)));
    assert_hex32(&hash, expected);
}

/* NIST's examples for SHA-256 (FIPS 180-2, appendix B, and "SHA-2 Additional"), and the hash of nothing. */
static void check_vectors(const sha256_kernel *kernel)
{
    enum { MILLION = 1000000, PART = 997 };
    sha256_stream stream;
    prom_bytes32 hash;
    uint8_t letters[PART];
    assert_hash_of_text(kernel, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash_of_text(kernel, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash_of_text(kernel, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_hash_of_text(kernel,
                        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                        "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    memset(letters, 'a', sizeof letters);
    prom_sha256_begin(&stream, kernel);
    for (size_t at = 0; at < MILLION; at += PART) {
        prom_sha256_add(&stream, prom_span_of(letters, MILLION - at < PART ? MILLION - at : PART));
    }
    prom_sha256_end(&stream, &hash);
    assert_hex32(&hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length up to several blocks, at every place in memory, against libsodium's. */
static void check_lengths(const sha256_kernel *kernel)
{
    enum { LONGEST = 300, PLACES = 16 };
    uint64_t random = 1;
    for (size_t length = 0; length <= LONGEST; length++) {
        uint8_t message[LONGEST + PLACES];
        random_bytes(&random, message, sizeof message);
        for (size_t place = 0; place < PLACES; place++) {
            uint8_t *copy = exact_copy(message + place, length);
            prom_bytes32 expected;
            prom_bytes32 hash;
            prom_bytes32 here;
            (void)crypto_hash_sha256(expected.bytes, message + place, length);
            hash_with(&hash, kernel, prom_span_of(copy, length));
            hash_with(&here, kernel, prom_span_of(message + place, length));
            free(copy);
            assert_memory_equal(&hash, &expected, sizeof expected);
            assert_memory_equal(&here, &expected, sizeof expected);
        }
    }
}

/* Split in two at every place, and in many parts, against the whole of the portable kernel. */
static void check_parts(const sha256_kernel *kernel)
{
    enum { LENGTH = 200 };
    uint64_t random = 2;
    uint8_t message[LENGTH];
    prom_bytes32 expected;
    prom_bytes32 hash;
    sha256_stream stream;
    random_bytes(&random, message, sizeof message);
    hash_with(&expected, &prom_sha256_portable, prom_span_of(message, LENGTH));
    for (size_t split = 0; split <= LENGTH; split++) {
        prom_sha256_begin(&stream, kernel);
        prom_sha256_add(&stream, prom_span_of(message, split));
        prom_sha256_add(&stream, prom_span_of(NULL, 0));
        prom_sha256_add(&stream, prom_span_of(message + split, LENGTH - split));
        prom_sha256_end(&stream, &hash);
        assert_memory_equal(&hash, &expected, sizeof expected);
    }
    for (size_t i = 0; i < LENGTH; i++) {
        prom_sha256_begin(&stream, kernel);
        for (size_t at = 0; at < LENGTH;) {
            const size_t part = random_below(&random, LENGTH - at + 1);
            prom_sha256_add(&stream, prom_span_of(message + at, part));
            at += part;
        }
        prom_sha256_end(&stream, &hash);
        assert_memory_equal(&hash, &expected, sizeof expected);
    }
}

static void check_all(const sha256_kernel *kernel)
{
    check_vectors(kernel);
    check_lengths(kernel);
    check_parts(kernel);
}

static void test_portable(void **state)
{
    (void)state;
    check_all(&prom_sha256_portable);
}

static void test_instructions(void **state)
{
    (void)state;
    const sha256_kernel *kernel = prom_sha256_kernel_for(prom_cpu_of_machine());
    if (kernel == &prom_sha256_portable) {
        skip();
    }
    check_all(kernel);
}

static void test_choice(void **state)
{
    (void)state;
    assert_string_equal(prom_sha256_kernel_for((prom_cpu){.avx2 = true})->name, "portable");
#if defined(SHA256_ON_X86)
    assert_string_equal(prom_sha256_kernel_for((prom_cpu){.sha256 = true})->name, "sha-ni");
#elif defined(SHA256_ON_ARM)
    assert_string_equal(prom_sha256_kernel_for((prom_cpu){.sha256 = true})->name, "armv8");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_portable), cmocka_unit_test(test_instructions),
                                       cmocka_unit_test(test_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
