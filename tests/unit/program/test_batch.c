#include "support.h"

#include "prometheus/program/batch.h"

static const uint8_t values[] = {1, 255, 127, 128, 0, 5};

static prom_span write_batch(fixture *test, uint32_t items, uint32_t width)
{
    const prom_batch batch = {items, width, values};
    prom_span bytes;
    assert_ok(prom_batch_write(&test->arena, &bytes, &batch, &test->error), &test->error);
    return bytes;
}

static void refused(fixture *test, prom_span bytes)
{
    prom_batch batch;
    uint8_t *exact = exact_copy(bytes.data, bytes.length);
    assert_fails(prom_batch_read(&batch, prom_span_of(exact, bytes.length), &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "these bytes are not a batch of items");
    free(exact);
}

static void it_is_read_as_it_was_written(void **state)
{
    fixture *test = *state;
    prom_batch batch;
    const prom_span bytes = write_batch(test, 2, 3);
    assert_hex(bytes, "0000000200000003"
                      "01ff7f"
                      "800005");
    assert_ok(prom_batch_read(&batch, bytes, &test->error), &test->error);
    assert_int_equal(batch.items, 2);
    assert_int_equal(batch.values, 3);
    assert_memory_equal(batch.data, values, sizeof values);
    assert_hex(prom_batch_item(&batch, 0), "01ff7f");
    assert_hex(prom_batch_item(&batch, 1), "800005");
}

static void layout_is_strict(void **state)
{
    fixture *test = *state;
    const prom_span bytes = write_batch(test, 2, 3);
    for (size_t length = 0; length < bytes.length; length++) {
        refused(test, prom_span_of(bytes.data, length));
    }
    uint8_t longer[15] = {0};
    memcpy(longer, bytes.data, bytes.length);
    refused(test, prom_span_of(longer, sizeof longer));
}

static void nothing_and_too_much_are_refused(void **state)
{
    fixture *test = *state;
    static const char *const heads[] = {"0000000000000003", "0000000300000000", "0000000000000000", "ffffffffffffffff",
                                        "0000000100000001"};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        refused(test, span_of_hex(test, heads[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(it_is_read_as_it_was_written),
        FIXTURE_TEST(layout_is_strict),
        FIXTURE_TEST(nothing_and_too_much_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
