#include "support.h"

#include <stdio.h>

#include "prometheus/base/version.h"

static void test_library_is_of_the_headers_version(void **state)
{
    (void)state;
    assert_string_equal(prom_version(), PROM_VERSION);
}

static void test_text_is_of_the_three_numbers(void **state)
{
    (void)state;
    char text[64];
    (void)snprintf(text, sizeof text, "%d.%d.%d", PROM_VERSION_MAJOR, PROM_VERSION_MINOR, PROM_VERSION_PATCH);
    assert_string_equal(PROM_VERSION, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_is_of_the_headers_version),
        cmocka_unit_test(test_text_is_of_the_three_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
