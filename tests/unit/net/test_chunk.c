/* Where chunks lie. */
#include "support.h"

#include "net/chunk.h"
#include "prometheus/crypto/hash.h"

/* Whatever a body's length, and whatever is hashed before it: its chunks are all of it, none is empty or too long, and
 * each but the first begins where a whole number of blocks is hashed. */
static void test_chunks_are_the_body(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        const uint64_t near = random_below(&random, 6) * PROM_CHUNK_BYTES + random_below(&random, 200);
        const uint64_t far = random_below(&random, PROM_PAYLOAD_MAX);
        const uint64_t total = i % 2 == 0 ? near + 1 : far + 1;
        const struct prom_chunks chunks = {random_below(&random, 200), total};
        const uint32_t count = prom_chunk_count(&chunks);
        assert_in_range(count, 1, PROM_CHUNKS_MAX);
        assert_int_equal(prom_chunk_begin(&chunks, 0), 0);
        assert_int_equal(prom_chunk_begin(&chunks, count), total);
        for (uint32_t number = 0; number < count; number++) {
            const uint64_t length = prom_chunk_begin(&chunks, number + 1) - prom_chunk_begin(&chunks, number);
            assert_in_range(length, 1, PROM_CHUNK_BYTES);
            assert_int_equal(prom_chunk_hashed(&chunks, number) - chunks.before, prom_chunk_begin(&chunks, number));
            assert_true(number == 0 || prom_chunk_hashed(&chunks, number) % PROM_HASH_BLOCK == 0);
        }
    }
}

static void test_the_largest_body(void **state)
{
    const struct prom_chunks largest = {PROM_HASH_BLOCK - 1, PROM_PAYLOAD_MAX};
    const struct prom_chunks none = {7, 0};
    (void)state;
    assert_int_equal(prom_chunk_count(&largest), PROM_CHUNKS_MAX);
    assert_int_equal(prom_chunk_count(&none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks_are_the_body),
        cmocka_unit_test(test_the_largest_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
