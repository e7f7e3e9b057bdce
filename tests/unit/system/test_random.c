#include "system/random.h"

#include "support.h"

/* Of a byte that somebody forgot, 64 draws would all have the same. */
static void test_every_byte_is_drawn(void **state)
{
    const prom_bytes32 first = prom_random_bytes32();
    bool changed[sizeof first.bytes] = {false};
    (void)state;
    for (size_t draw = 0; draw < 64; draw++) {
        const prom_bytes32 other = prom_random_bytes32();
        for (size_t i = 0; i < sizeof first.bytes; i++) {
            changed[i] = changed[i] || other.bytes[i] != first.bytes[i];
        }
    }
    for (size_t i = 0; i < sizeof first.bytes; i++) {
        assert_true(changed[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_byte_is_drawn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
