#include "discovery/crowd.h"

static prom_span stored(fixture *test, const prom_directory *directory)
{
    prom_span bytes;
    assert_ok(prom_directory_write(&test->arena, &bytes, directory, &test->error), &test->error);
    return bytes;
}

static prom_directory *some_directory(fixture *test)
{
    prom_directory *directory = directory_of(test, false);
    const prom_source peer = by_peer("198.51.100.1:7067");
    const prom_bytes32 node = named_key(test, "heard", 3).public_key;
    const prom_bytes32 failing = named_key(test, "told", 0).public_key;
    (void)tell_crowd(test, directory, "heard", 20, 0, &by_dht);
    (void)tell_crowd(test, directory, "told", 5, 100, &peer);
    (void)tell_crowd(test, directory, "own", 1, 200, &by_ourselves);
    prom_directory_reached(directory, &node, span_of_text("12.3.4.5:7067"), HEIGHT + 2);
    prom_directory_failed(directory, &failing);
    return directory;
}

static void test_it_comes_back(void **state)
{
    fixture *test = *state;
    const prom_span bytes = stored(test, some_directory(test));
    prom_directory *again = directory_of(test, false);
    assert_ok(prom_directory_read(again, bytes, HEIGHT, &test->error), &test->error);
    assert_true(prom_span_equal(stored(test, again), bytes));
    const prom_directory_counts counts = counts_of(again);
    assert_int_equal(counts.own, 0); /* made anew at each start */
    assert_int_equal(counts.reached, 1);
    assert_int_equal(counts.heard_dht, 19);
    assert_int_equal(counts.heard_peers, 5);
    assert_ok(prom_directory_read(again, bytes, HEIGHT, &test->error), &test->error); /* twice changes nothing */
    assert_true(prom_span_equal(stored(test, again), bytes));

    prom_directory *late = directory_of(test, false);
    assert_ok(prom_directory_read(late, bytes, 1144, &test->error), &test->error);
    assert_int_equal(counts_of(late).heard_dht, 0);
}

/* A bit that was turned is refused, or loses a pointer; nothing else. */
static void test_broken_bytes(void **state)
{
    fixture *test = *state;
    prom_directory *small = directory_of(test, false);
    (void)tell_crowd(test, small, "heard", 1, 0, &by_dht);
    const prom_span bytes = stored(test, small);
    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        prom_directory *again = directory_of(test, false);
        assert_fails(prom_directory_read(again, prom_span_of(cut, length), HEIGHT, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "it begins anew");
        free(cut);
        const size_t at = length;
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        other[at] ^= 0x80;
        again = directory_of(test, false);
        const prom_result result = prom_directory_read(again, prom_span_of(other, bytes.length), HEIGHT, &test->error);
        assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_BAD_INPUT);
        assert_true(counts_of(again).heard_dht + counts_of(again).heard_peers + counts_of(again).reached <= 1);
        if (at >= 5 + 1 + 2 + 1 + 1 + 4 + 4 + 8 + 2) { /* in the pointer itself */
            assert_int_equal(counts_of(again).heard_dht, 0);
        }
        free(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_it_comes_back),
        FIXTURE_TEST(test_broken_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
