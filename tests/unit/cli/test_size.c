#include "support.h"

#include "cli/size.h"

static void assert_size(const char *text, uint64_t wanted)
{
    uint64_t bytes = 0;
    prom_error error = {""};
    assert_true(prom_is_ok(prom_parse_size(&bytes, text, &error)));
    assert_int_equal(bytes, wanted);
}

static void test_sizes(void **state)
{
    (void)state;
    assert_size("1", 1);
    assert_size("4096", 4096);
    assert_size("3K", 3 << 10);
    assert_size("512M", UINT64_C(512) << 20);
    assert_size("1G", UINT64_C(1) << 30);
    assert_size("2g", UINT64_C(2) << 30);
    assert_size("7GiB", UINT64_C(7) << 30);
    assert_size("7MB", 7 << 20);
    assert_size("1T", UINT64_C(1) << 40);
    assert_size("8388607T", UINT64_C(8388607) << 40);
}

static void test_refusals(void **state)
{
    static const char *const wrong[] = {"",
                                        "0",
                                        "0G",
                                        "G",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 G",
                                        "1X",
                                        "1.5G",
                                        "1Ki",
                                        "1GG",
                                        "1iB",
                                        "0x10",
                                        "1e9",
                                        "1B",
                                        "1KBB",
                                        "1\x80",
                                        "8388608T",
                                        "9223372036854775808",
                                        "99999999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        uint64_t bytes = 0;
        prom_error error = {""};
        assert_int_equal(prom_parse_size(&bytes, wrong[i], &error).category, PROM_CATEGORY_BAD_INPUT);
        assert_non_null(strstr(error.sentence, "is no size"));
    }
}

/* What is written is enough, and little more, and reads back. */
static void test_texts(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "1K"},
        {1, "1K"},
        {1024, "1K"},
        {1025, "2K"},
        {7485504, "7311K"},
        {10 << 20, "10M"},
        {(10 << 20) + 1, "11M"},
        {344532651, "329M"},
        {UINT64_C(10) << 30, "10G"},
        {UINT64_C(5000) << 30, "5000G"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[PROM_SIZE_TEXT];
        uint64_t bytes = 0;
        assert_string_equal(prom_size_text(text, cases[i].bytes), cases[i].text);
        assert_true(prom_is_ok(prom_parse_size(&bytes, text, NULL)));
        assert_true(bytes >= cases[i].bytes && bytes <= cases[i].bytes + cases[i].bytes / 10 + 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
