#include "support.h"

#include "prometheus/contract/package.h"
#include "prometheus/crypto/hash.h"

/* A package of random bytes. */
static prom_span random_package(fixture *test, prom_package *package, size_t ciphertext)
{
    uint64_t random = ciphertext + 1;
    uint8_t *bytes = malloc(ciphertext > 0 ? ciphertext : 1);
    prom_span copy;
    prom_span written;
    assert_non_null(bytes);
    random_bytes(&random, bytes, ciphertext);
    assert_ok(prom_span_copy(&test->arena, &copy, prom_span_of(bytes, ciphertext), &test->error), &test->error);
    free(bytes);
    package->root = random_bytes32(&random);
    random_bytes(&random, package->E_V.ephemeral.bytes, sizeof package->E_V.ephemeral.bytes);
    package->E_V.masked = random_bytes32(&random);
    package->ciphertext = copy;
    assert_ok(prom_package_write(&test->arena, &written, package, &test->error), &test->error);
    return written;
}

static prom_result read_package(fixture *test, prom_package *package, prom_span bytes, uint64_t most)
{
    uint8_t *exact = exact_copy(bytes.data, bytes.length);
    const prom_result result = prom_package_read(package, prom_span_of(exact, bytes.length), most, &test->error);
    free(exact);
    return result;
}

static void package_is_read_as_it_was_written(void **state)
{
    fixture *test = *state;
    static const size_t lengths[] = {0, 1, 40, 5000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        prom_package package;
        prom_package back;
        prom_span again;
        const prom_span bytes = random_package(test, &package, lengths[i]);
        assert_int_equal(bytes.length, PROM_PACKAGE_HEAD + lengths[i]);
        assert_ok(prom_package_read(&back, bytes, bytes.length, &test->error), &test->error);
        assert_true(prom_bytes32_equal(&back.root, &package.root));
        assert_memory_equal(back.E_V.ephemeral.bytes, package.E_V.ephemeral.bytes, 33);
        assert_true(prom_bytes32_equal(&back.E_V.masked, &package.E_V.masked));
        assert_true(prom_span_equal(back.ciphertext, package.ciphertext));
        assert_ok(prom_package_write(&test->arena, &again, &back, &test->error), &test->error);
        assert_true(prom_span_equal(bytes, again));
    }
}

static void package_layout_is_strict(void **state)
{
    fixture *test = *state;
    prom_package package;
    const prom_span bytes = random_package(test, &package, 50);
    const char *sentence = "these bytes are not a package";
    for (size_t length = 0; length < bytes.length; length++) {
        assert_fails(read_package(test, &package, prom_span_of(bytes.data, length), bytes.length), PROM_CATEGORY_PEER,
                     &test->error, sentence);
    }
    uint8_t other[PROM_PACKAGE_HEAD + 51] = {0};
    memcpy(other, bytes.data, bytes.length);
    assert_fails(read_package(test, &package, prom_span_of(other, sizeof other), sizeof other), PROM_CATEGORY_PEER,
                 &test->error, sentence);
    other[1] = 1; /* the version */
    assert_fails(read_package(test, &package, prom_span_of(other, bytes.length), sizeof other), PROM_CATEGORY_PEER,
                 &test->error, sentence);
    other[1] = 2;
    memset(other + PROM_PACKAGE_HEAD - 8, 0xff, 8); /* a length that no memory has */
    assert_fails(read_package(test, &package, prom_span_of(other, bytes.length), sizeof other), PROM_CATEGORY_PEER,
                 &test->error, sentence);
}

static void package_above_the_terms_limit_is_refused(void **state)
{
    fixture *test = *state;
    prom_package package;
    const prom_span bytes = random_package(test, &package, 50);
    assert_ok(read_package(test, &package, bytes, bytes.length), &test->error);
    assert_fails(read_package(test, &package, bytes, bytes.length - 1), PROM_CATEGORY_PEER, &test->error,
                 "a package has 157 bytes; the terms allow 156");
}

/* The tagged hash of contract id, round and bytes; each of them counts. */
static void package_hash_names_contract_and_round(void **state)
{
    fixture *test = *state;
    prom_package package;
    const prom_span bytes = random_package(test, &package, 20);
    const prom_bytes32 id = {{7}};
    const prom_bytes32 other_id = {{8}};
    uint8_t message[33 + PROM_PACKAGE_HEAD + 20] = {7};
    prom_bytes32 hash;
    prom_bytes32 expected;
    memcpy(message + 33, bytes.data, bytes.length);
    for (unsigned round = PROM_ROUND_A; round <= PROM_ROUND_B; round++) {
        message[32] = (uint8_t)round;
        prom_tagged_hash(&expected, "prometheus/package", prom_span_of(message, sizeof message));
        prom_package_hash(&hash, &id, (prom_round)round, bytes);
        assert_true(prom_bytes32_equal(&hash, &expected));
        prom_package_hash(&hash, &other_id, (prom_round)round, bytes);
        assert_false(prom_bytes32_equal(&hash, &expected));
    }
}

static void delivery_is_read_as_it_was_written(void **state)
{
    fixture *test = *state;
    const uint8_t data[] = {1, 2, 3, 4, 5};
    const prom_delivery delivery = {prom_span_of(data, 3), prom_span_of(data + 3, 2)};
    const prom_bytes32 root = {{0xab, 0xcd}};
    prom_delivery back;
    prom_bytes32 root_back;
    prom_span bytes;
    assert_ok(prom_delivery_write(&test->arena, &bytes, &root, &delivery, &test->error), &test->error);
    assert_hex(bytes, "abcd000000000000000000000000000000000000000000000000000000000000"
                      "0000000000000003"
                      "010203"
                      "0000000000000002"
                      "0405");
    assert_ok(prom_delivery_read(&root_back, &back, bytes, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&root_back, &root));
    assert_true(prom_span_equal(back.output, delivery.output));
    assert_true(prom_span_equal(back.proof, delivery.proof));

    const char *sentence = "the opened ciphertext holds no output and proof";
    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        assert_fails(prom_delivery_read(&root_back, &back, prom_span_of(cut, length), &test->error), PROM_CATEGORY_PEER,
                     &test->error, sentence);
        free(cut);
    }
    uint8_t other[32 + 22] = {0};
    memcpy(other, bytes.data, bytes.length);
    assert_fails(prom_delivery_read(&root_back, &back, prom_span_of(other, sizeof other), &test->error),
                 PROM_CATEGORY_PEER, &test->error, sentence);
    memset(other + 32, 0xff, 8);
    assert_fails(prom_delivery_read(&root_back, &back, prom_span_of(other, bytes.length), &test->error),
                 PROM_CATEGORY_PEER, &test->error, sentence);
}

/* The verifier opens E_V while the ciphertext still comes: whatever follows, or does not yet. */
static void head_is_read_before_the_rest_is_there(void **state)
{
    fixture *test = *state;
    prom_package package;
    const prom_span bytes = random_package(test, &package, 50);
    for (size_t length = 0; length <= bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        prom_package head;
        const prom_result read = prom_package_read_head(&head, prom_span_of(cut, length), &test->error);
        if (length < PROM_PACKAGE_HEAD) {
            assert_fails(read, PROM_CATEGORY_PEER, &test->error, "no package begins with these bytes");
        } else {
            assert_ok(read, &test->error);
            assert_true(prom_bytes32_equal(&head.root, &package.root));
            assert_memory_equal(&head.E_V, &package.E_V, sizeof head.E_V);
            assert_int_equal(head.ciphertext.length, 0);
        }
        free(cut);
    }
    uint8_t *other = exact_copy(bytes.data, bytes.length);
    other[0] = 1;
    assert_fails(prom_package_read_head(&package, prom_span_of(other, bytes.length), &test->error), PROM_CATEGORY_PEER,
                 &test->error, "no package begins with these bytes");
    free(other);
}

static void openings_layout_is_strict(void **state)
{
    fixture *test = *state;
    const char *sentence = "these bytes are not a package of openings";
    const uint8_t data[] = {1, 2, 3};
    const prom_package_openings package = {{{4}}, {{5}}, prom_span_of(data, sizeof data)};
    prom_package_openings back;
    prom_span bytes;
    assert_ok(prom_package_openings_write(&test->arena, &bytes, &package, &test->error), &test->error);
    assert_hex(bytes, "0002"
                      "0400000000000000000000000000000000000000000000000000000000000000"
                      "0500000000000000000000000000000000000000000000000000000000000000"
                      "0000000000000003"
                      "010203");
    assert_ok(prom_package_openings_read(&back, bytes, bytes.length, &test->error), &test->error);
    assert_true(prom_span_equal(back.ciphertext, package.ciphertext));
    assert_true(prom_bytes32_equal(&back.root, &package.root));
    assert_true(prom_bytes32_equal(&back.block, &package.block));
    assert_fails(prom_package_openings_read(&back, bytes, bytes.length - 1, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "a package has 77 bytes; the terms allow 76");
    uint8_t other[78] = {0};
    memcpy(other, bytes.data, bytes.length);
    for (size_t length = 0; length <= sizeof other; length++) {
        uint8_t *cut = exact_copy(other, length);
        const size_t head = length < PROM_PACKAGE_OPENINGS_HEAD ? length : PROM_PACKAGE_OPENINGS_HEAD;
        const prom_result begun = prom_package_openings_read_head(&back, prom_span_of(cut, head), length, &test->error);
        assert_int_equal(prom_is_ok(begun), length == bytes.length);
        assert_true(length != bytes.length ||
                    (prom_bytes32_equal(&back.root, &package.root) && prom_bytes32_equal(&back.block, &package.block)));
        const prom_result read =
            prom_package_openings_read(&back, prom_span_of(cut, length), sizeof other, &test->error);
        if (length == bytes.length) {
            assert_ok(read, &test->error);
        } else {
            assert_fails(read, PROM_CATEGORY_PEER, &test->error, sentence);
        }
        free(cut);
    }
    other[1] = 1; /* the version */
    assert_fails(prom_package_openings_read_head(&back, prom_span_of(other, PROM_PACKAGE_OPENINGS_HEAD), bytes.length,
                                                 &test->error),
                 PROM_CATEGORY_PEER, &test->error, "no package of openings of 77 bytes begins with these");
    assert_fails(prom_package_openings_read(&back, prom_span_of(other, bytes.length), 100, &test->error),
                 PROM_CATEGORY_PEER, &test->error, sentence);
    other[1] = 2;
    memset(other + 66, 0xff, 8); /* a length that no memory has */
    assert_fails(prom_package_openings_read(&back, prom_span_of(other, bytes.length), 100, &test->error),
                 PROM_CATEGORY_PEER, &test->error, sentence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(package_is_read_as_it_was_written),
        FIXTURE_TEST(package_layout_is_strict),
        FIXTURE_TEST(package_above_the_terms_limit_is_refused),
        FIXTURE_TEST(package_hash_names_contract_and_round),
        FIXTURE_TEST(delivery_is_read_as_it_was_written),
        FIXTURE_TEST(head_is_read_before_the_rest_is_there),
        FIXTURE_TEST(openings_layout_is_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
