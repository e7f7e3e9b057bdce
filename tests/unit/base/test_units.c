#include "base/units.h"

#include "support.h"

static void test_numbers(void **state)
{
    char text[PROM_UNITS];
    (void)state;
    assert_string_equal(prom_units_number(text, 0), "0");
    assert_string_equal(prom_units_number(text, 999), "999");
    assert_string_equal(prom_units_number(text, 24276), "24,276");
    assert_string_equal(prom_units_number(text, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void test_counts(void **state)
{
    char text[PROM_UNITS];
    (void)state;
    assert_string_equal(prom_units_count(text, 0, "item"), "0 items");
    assert_string_equal(prom_units_count(text, 1, "item"), "1 item");
    assert_string_equal(prom_units_count(text, 2, "item"), "2 items");
    assert_string_equal(prom_units_count(text, 999, "byte"), "999 bytes");
    assert_string_equal(prom_units_count(text, 1000, "byte"), "1,000 bytes");
    assert_string_equal(prom_units_count(text, 1234567, "thread"), "1,234,567 threads");
    assert_string_equal(prom_units_count(text, UINT64_MAX, "byte"), "18,446,744,073,709,551,615 bytes");
}

static void test_seconds(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0 ns"},          {4.12e-7, "412 ns"}, {9.996e-7, "1.00 µs"},  {1.5e-6, "1.50 µs"}, {9.996e-6, "10.0 µs"},
        {1.23e-5, "12.3 µs"}, {2.5e-4, "250 µs"},  {9.9996e-4, "1.00 ms"}, {0.0123, "12.3 ms"}, {0.5, "500 ms"},
        {0.99951, "1.00 s"},  {1.5, "1.50 s"},     {12.34, "12.3 s"},      {123.4, "123 s"},    {12345.6, "12,346 s"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[PROM_UNITS];
        assert_string_equal(prom_units_seconds(text, cases[i].seconds), cases[i].text);
    }
}

static void test_bytes(void **state)
{
    char text[PROM_UNITS];
    (void)state;
    assert_string_equal(prom_units_bytes(text, 1), "1 byte");
    assert_string_equal(prom_units_bytes(text, 999), "999 bytes");
    assert_string_equal(prom_units_bytes(text, 1000), "1.00 kB");
    assert_string_equal(prom_units_bytes(text, 12345), "12.3 kB");
    assert_string_equal(prom_units_bytes(text, 999999), "1.00 MB");
    assert_string_equal(prom_units_bytes(text, 1350000000), "1.35 GB");
    assert_string_equal(prom_units_bytes(text, UINT64_MAX), "18.4 EB");
}

static void test_measured(void **state)
{
    char text[PROM_UNITS];
    (void)state;
    (void)snprintf(text, sizeof text, "%.15g", prom_units_measured(7.80123456e-7));
    assert_string_equal(text, "7.801e-07");
    (void)snprintf(text, sizeof text, "%.15g", prom_units_measured(9455370.6));
    assert_string_equal(text, "9455000");
    assert_true(prom_units_measured(0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_counts),   cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_bytes),   cmocka_unit_test(test_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
