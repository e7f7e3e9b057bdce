#include "prometheus/proof/encoding.h"
#include "support.h"

static void test_round_trip(void **state)
{
    fixture *test = *state;
    const uint32_t numbers[] = {0, 1, 0x01020304, PROM_FIELD_PRIME - 1};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span bytes;
        prom_extension element = prom_extension_zero();
        element.coefficients[4] = prom_element_of(numbers[i]);
        prom_write_element(&writer, element.coefficients[4]);
        prom_write_extension(&writer, &element);
        assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
        assert_int_equal(bytes.length, PROM_ELEMENT_BYTES + PROM_EXTENSION_BYTES);
        prom_reader reader = prom_reader_of(bytes);
        assert_int_equal(prom_read_element(&reader).residue, element.coefficients[4].residue);
        const prom_extension read = prom_read_extension(&reader);
        assert_true(prom_reader_done(&reader));
        assert_true(prom_extension_equal(&read, &element));
    }
}

static void test_order_of_bytes(void **state)
{
    fixture *test = *state;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    const prom_extension element = {
        {prom_element_of(1), prom_element_of(2), prom_element_of(3), prom_element_of(4), prom_element_of(0x7f000000)}};
    prom_write_extension(&writer, &element);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    assert_hex(bytes, "000000010000000200000003000000047f000000");
}

static void test_not_canonical(void **state)
{
    (void)state;
    const uint8_t first_refused[] = {0x7f, 0, 0, 1};
    const uint8_t last_allowed[] = {0x7f, 0, 0, 0};
    const uint8_t highest[] = {0xff, 0xff, 0xff, 0xff};
    prom_reader reader = prom_reader_of(prom_span_of(last_allowed, 4));
    assert_int_equal(prom_element_value(prom_read_element(&reader)), PROM_FIELD_PRIME - 1);
    assert_true(prom_reader_done(&reader));
    reader = prom_reader_of(prom_span_of(first_refused, 4));
    assert_int_equal(prom_read_element(&reader).residue, 0);
    assert_true(reader.failed);
    reader = prom_reader_of(prom_span_of(highest, 4));
    (void)prom_read_element(&reader);
    assert_true(reader.failed);
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        uint8_t bytes[PROM_EXTENSION_BYTES] = {0};
        memcpy(bytes + 4 * i, first_refused, 4);
        reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
        const prom_extension read = prom_read_extension(&reader);
        assert_true(reader.failed && prom_extension_is_zero(&read));
    }
}

static void test_cut_off(void **state)
{
    (void)state;
    const uint8_t bytes[PROM_EXTENSION_BYTES - 1] = {0};
    prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
    (void)prom_read_extension(&reader);
    assert_true(reader.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_round_trip), FIXTURE_TEST(test_order_of_bytes),
                                       cmocka_unit_test(test_not_canonical), cmocka_unit_test(test_cut_off)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
