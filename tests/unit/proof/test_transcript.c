#include "prometheus/crypto/hash.h"
#include "prometheus/proof/transcript.h"
#include "support.h"

static prom_transcript begun(void)
{
    prom_transcript transcript;
    prom_transcript_init(&transcript, "test", 1);
    return transcript;
}

/* The layout of the header, byte by byte. */
static void test_layout(void **state)
{
    (void)state;
    static const char tag[] = "prometheus/transcript";
    static const char challenge_tag[] = "prometheus/transcript/challenge";
    uint8_t message[32 + 1 + 1 + 4 + 8 + 8] = {0};
    prom_bytes32 expected;
    memcpy(message + 32, "\x02\x04test\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01", 22);
    prom_tagged_hash(&expected, tag, prom_span_of(message, sizeof message));
    prom_transcript transcript = begun();
    assert_memory_equal(&transcript.state, &expected, 32);

    memcpy(message, expected.bytes, 32);
    memcpy(message + 32,
           "\x01\x02xy\0\0\0\0\0\0\0\x03"
           "abc",
           15);
    prom_tagged_hash(&expected, tag, prom_span_of(message, 32 + 15));
    prom_transcript_absorb(&transcript, "xy", prom_span_of((const uint8_t *)"abc", 3));
    assert_memory_equal(&transcript.state, &expected, 32);

    memcpy(message, expected.bytes, 32);
    memcpy(message + 32, "\x05\x01r\0\0\0\0\0\0\0\x01", 11);
    prom_tagged_hash(&expected, tag, prom_span_of(message, 32 + 11));
    const prom_extension challenge = prom_transcript_extension(&transcript, "r");
    assert_memory_equal(&transcript.state, &expected, 32);
    memcpy(message, expected.bytes, 32);
    memset(message + 32, 0, 8);
    prom_tagged_hash(&expected, challenge_tag, prom_span_of(message, 40));
    prom_reader reader = prom_reader_of(prom_span_of32(&expected));
    for (size_t i = 0; i < 5; i++) { /* no word of this hash is passed over */
        const uint32_t word = prom_read_u32(&reader) & 0x7fffffffU;
        assert_true(word < PROM_FIELD_PRIME);
        assert_int_equal(prom_element_value(challenge.coefficients[i]), word);
    }
}

/* Whatever is said differently, or in other pieces, leads to another state. */
static void test_histories_differ(void **state)
{
    (void)state;
    const uint8_t zeros[40] = {0};
    const prom_element elements[10] = {{0}};
    const prom_extension extensions[2] = {{{{0}}}};
    const uint64_t numbers[5] = {0};
    uint32_t indices[5];
    prom_transcript all[18];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i] = begun();
    }
    prom_transcript_init(&all[count++], "test", 2);
    prom_transcript_init(&all[count++], "tes", 1);
    prom_transcript_absorb(&all[count++], "a", prom_span_of(zeros, 0));
    prom_transcript_absorb(&all[count++], "a", prom_span_of(zeros, 40));
    prom_transcript_absorb(&all[count++], "b", prom_span_of(zeros, 40));
    prom_transcript_absorb(&all[count], "a", prom_span_of(zeros, 20));
    prom_transcript_absorb(&all[count++], "a", prom_span_of(zeros, 20));
    prom_transcript_absorb_elements(&all[count++], "a", elements, 10);
    prom_transcript_absorb_extensions(&all[count++], "a", extensions, 2);
    prom_transcript_absorb_numbers(&all[count++], "a", numbers, 5);
    prom_transcript_absorb_elements(&all[count++], "a", elements, 0);
    prom_transcript_absorb_extensions(&all[count++], "a", extensions, 0);
    prom_transcript_absorb_numbers(&all[count++], "a", numbers, 0);
    (void)prom_transcript_element(&all[count++], "a");
    (void)prom_transcript_extension(&all[count++], "a");
    prom_transcript_indices(&all[count++], "a", indices, 1, 5);
    prom_transcript_indices(&all[count++], "a", indices, 5, 5);
    prom_transcript_absorb(&all[count++], "a\1", prom_span_of(zeros, 40));
    for (size_t i = 0; i <= count; i++) { /* one is as it began */
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(&all[i].state, &all[j].state, 32);
        }
    }
}

/* A challenge follows from what was absorbed, and the next one differs from it. */
static void test_challenges(void **state)
{
    (void)state;
    prom_transcript a = begun();
    prom_transcript b = begun();
    const prom_extension first = prom_transcript_extension(&a, "r");
    const prom_extension same = prom_transcript_extension(&b, "r");
    const prom_extension second = prom_transcript_extension(&a, "r");
    assert_memory_equal(&first, &same, sizeof first);
    assert_memory_not_equal(&first, &second, sizeof first);
}

/* 6 words in 1000 are at or above p: among so many draws some are passed over, and none of those is ever seen. Each of
 * the 127 parts of equal size, 2^24 numbers each, is hit about as often as the others. */
static void test_elements_are_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 127 * 400 };
    size_t hits[128] = {0};
    prom_transcript transcript = begun();
    for (size_t i = 0; i < DRAWS; i++) {
        const uint32_t value = prom_element_value(prom_transcript_element(&transcript, "x"));
        assert_true(value < PROM_FIELD_PRIME);
        hits[value >> 24]++;
    }
    double distance = 0;
    for (size_t i = 0; i < 127; i++) {
        distance += ((double)hits[i] - 400) * ((double)hits[i] - 400) / 400;
    }
    assert_true(distance < 126 + 6 * 15.9); /* chi-squared: mean 126, standard deviation 15.9 */
}

static void test_indices(void **state)
{
    (void)state;
    enum { COUNT = 6400 };
    static uint32_t indices[COUNT];
    prom_transcript transcript = begun();
    size_t hits[64] = {0};
    prom_transcript_indices(&transcript, "queries", indices, COUNT, 6);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(indices[i] < 64);
        hits[indices[i]]++;
    }
    double distance = 0;
    for (size_t i = 0; i < 64; i++) {
        distance += ((double)hits[i] - 100) * ((double)hits[i] - 100) / 100;
    }
    assert_true(distance < 63 + 6 * 11.2);
    prom_transcript_indices(&transcript, "queries", indices, 10, 0);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(indices[i], 0);
    }
    prom_transcript_indices(&transcript, "queries", indices, 100, 32);
    uint32_t all = 0;
    for (size_t i = 0; i < 100; i++) {
        all |= indices[i];
    }
    assert_int_equal(all, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layout), cmocka_unit_test(test_histories_differ),
                                       cmocka_unit_test(test_challenges), cmocka_unit_test(test_elements_are_uniform),
                                       cmocka_unit_test(test_indices)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
