#include "support.h"

#include "prometheus/base/base64.h"

/* RFC 4648, section 10. */
static void test_vectors(void **state)
{
    fixture *test = *state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xfb\xff\xbf", "+/+/"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span bytes = prom_span_of((const uint8_t *)cases[i][0], strlen(cases[i][0]));
        const char *text = NULL;
        prom_span read;
        assert_ok(prom_base64_write(&test->arena, &text, bytes, &test->error), &test->error);
        assert_string_equal(text, cases[i][1]);
        assert_ok(prom_base64_read(&test->arena, &read, text, &test->error), &test->error);
        assert_true(prom_span_equal(read, bytes));
    }
}

static void test_every_byte_and_length(void **state)
{
    fixture *test = *state;
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    for (size_t length = 0; length <= sizeof bytes; length++) {
        const char *text = NULL;
        prom_span read;
        assert_ok(prom_base64_write(&test->arena, &text, prom_span_of(bytes, length), &test->error), &test->error);
        assert_ok(prom_base64_read(&test->arena, &read, text, &test->error), &test->error);
        assert_true(prom_span_equal(read, prom_span_of(bytes, length)));
    }
}

static void test_spaces_are_left_out(void **state)
{
    fixture *test = *state;
    prom_span read;
    assert_ok(prom_base64_read(&test->arena, &read, " Zm9v\r\n\tYg=\n=\n", &test->error), &test->error);
    assert_hex(read, "666f6f62");
    assert_ok(prom_base64_read(&test->arena, &read, "\n", &test->error), &test->error);
    assert_int_equal(read.length, 0);
}

/* Missing or superfluous padding, other alphabets, bits that say nothing. */
static void test_others_are_refused(void **state)
{
    fixture *test = *state;
    static const char *const cases[] = {"Z",     "Zg",   "Zg=",  "Zg===",    "Zh==",  "Zm9=",        "=",
                                        "Zm9v=", "Zm-v", "Zm_v", "Zg==Zg==", "Zm9v!", "Zm9v\xc3\xa4"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_span read;
        assert_fails(prom_base64_read(&test->arena, &read, cases[i], &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "not base 64");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_vectors),
        FIXTURE_TEST(test_every_byte_and_length),
        FIXTURE_TEST(test_spaces_are_left_out),
        FIXTURE_TEST(test_others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
