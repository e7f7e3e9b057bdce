#include "base/printable.h"
#include "support.h"

static void test_printable(void **state)
{
    (void)state;
    char text[8];
    assert_string_equal(prom_printable(text, sizeof text, "fc1", 3), "fc1");
    assert_string_equal(prom_printable(text, sizeof text, "", 0), "");
    assert_string_equal(prom_printable(text, sizeof text, "1234567", 7), "1234567");
    assert_string_equal(prom_printable(text, sizeof text, "12345678", 8), "1234567");
    assert_string_equal(prom_printable(text, sizeof text, "\x1b\n\x7f\xff\0 ~", 7), "????? ~");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_printable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
