#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/hash_many.h"
#include "support.h"

enum { WORDS = 50, MESSAGES = 70 };

struct messages {
    uint32_t words[WORDS][MESSAGES];
    uint32_t hashes[PROM_HASH_WORDS][MESSAGES + 1];
};

static prom_bytes32 expected_hash(const struct messages *messages, const char *tag, size_t word_count, size_t message)
{
    uint8_t bytes[4 * WORDS];
    prom_bytes32 hash;
    for (size_t w = 0; w < word_count; w++) {
        for (size_t i = 0; i < 4; i++) {
            bytes[4 * w + i] = (uint8_t)(messages->words[w][message] >> (24 - 8 * i));
        }
    }
    prom_tagged_hash(&hash, tag, prom_span_of(bytes, 4 * word_count));
    return hash;
}

static void check(const prom_hash_kernels *kernels, size_t word_count, size_t count, uint64_t *random)
{
    static struct messages messages;
    const uint32_t *words[WORDS];
    uint32_t *hashes[PROM_HASH_WORDS];
    random_bytes(random, (uint8_t *)&messages, sizeof messages);
    for (size_t w = 0; w < WORDS; w++) {
        words[w] = messages.words[w];
    }
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        hashes[w] = messages.hashes[w];
    }
    const uint32_t behind = messages.hashes[0][count];
    prom_tagged_hash_many(kernels, hashes, "prometheus/test", words, word_count, count);
    assert_int_equal(messages.hashes[0][count], behind);
    for (size_t i = 0; i < count; i++) {
        const prom_bytes32 expected = expected_hash(&messages, "prometheus/test", word_count, i);
        prom_reader reader = prom_reader_of(prom_span_of32(&expected));
        for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
            assert_int_equal(messages.hashes[w][i], prom_read_u32(&reader));
        }
    }
}

/* All lengths of messages around the ends of blocks, and all numbers of them around the ends of registers. */
static void check_all(const prom_hash_kernels *kernels)
{
    uint64_t random = 1;
    for (size_t word_count = 0; word_count <= WORDS; word_count++) {
        check(kernels, word_count, 33, &random);
    }
    for (size_t count = 0; count <= MESSAGES; count++) {
        check(kernels, 16, count, &random);
    }
}

static void test_portable(void **state)
{
    (void)state;
    check_all(&prom_hash_portable);
}

static void test_avx2(void **state)
{
    (void)state;
#ifdef __x86_64__
    if (prom_cpu_of_machine().avx2) {
        check_all(&prom_hash_avx2);
        return;
    }
#endif
    skip();
}

static void test_avx512(void **state)
{
    (void)state;
#ifdef __x86_64__
    if (prom_cpu_of_machine().avx512) {
        check_all(&prom_hash_avx512);
        return;
    }
#endif
    skip();
}

/* The upper half of a level of a tree over the lower one. */
static void test_in_place(void **state)
{
    (void)state;
    uint64_t random = 2;
    static uint32_t level[PROM_HASH_WORDS][64];
    static uint32_t above[PROM_HASH_WORDS][32];
    const uint32_t *words[2 * PROM_HASH_WORDS];
    uint32_t *here[PROM_HASH_WORDS];
    uint32_t *there[PROM_HASH_WORDS];
    random_bytes(&random, (uint8_t *)level, sizeof level);
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        words[w] = level[w];
        words[PROM_HASH_WORDS + w] = level[w] + 32;
        here[w] = level[w];
        there[w] = above[w];
    }
    const prom_hash_kernels *kernels = prom_hash_kernels_for(prom_cpu_of_machine());
    prom_tagged_hash_many(kernels, there, "t", words, 2 * PROM_HASH_WORDS, 32);
    prom_tagged_hash_many(kernels, here, "t", words, 2 * PROM_HASH_WORDS, 32);
    for (size_t w = 0; w < PROM_HASH_WORDS; w++) {
        assert_memory_equal(level[w], above[w], sizeof above[w]);
    }
}

static void test_choice(void **state)
{
    (void)state;
    assert_string_equal(prom_hash_kernels_for((prom_cpu){.avx2 = false})->name, "portable");
#ifdef __x86_64__
    assert_string_equal(prom_hash_kernels_for((prom_cpu){.avx2 = true})->name, "avx2");
    assert_string_equal(prom_hash_kernels_for((prom_cpu){.avx2 = true, .avx512 = true, .avx512_vnni = true})->name,
                        "avx512");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_portable), cmocka_unit_test(test_avx2),
                                       cmocka_unit_test(test_avx512), cmocka_unit_test(test_in_place),
                                       cmocka_unit_test(test_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
