/* Reading what a node tells; calls are tested beside the server that answers them (test_server.c). */
#include "support.h"

#include "rpc/client.h"

/* A node of another version may tell less, or something else: nobody prints what is not there. */
static void what_is_not_told_is_empty(void **state)
{
    json_auto_t *told = json_pack("{s:s, s:i, s:b}", "text", "it", "number", 7, "true", 1);
    (void)state;
    assert_string_equal(prom_told_text(told, "text"), "it");
    assert_int_equal(prom_told_number(told, "number"), 7);
    assert_true(prom_told_true(told, "true"));
    assert_non_null(prom_told_text(told, "none"));
    assert_string_equal(prom_told_text(told, "none"), "");
    assert_string_equal(prom_told_text(told, "number"), "");
    assert_string_equal(prom_told_text(NULL, "text"), "");
    assert_int_equal(prom_told_number(told, "text"), 0);
    assert_int_equal(prom_told_number(NULL, "number"), 0);
    assert_false(prom_told_true(told, "number") || prom_told_true(NULL, "true"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(what_is_not_told_is_empty)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
