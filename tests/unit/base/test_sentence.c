#include "base/sentence.h"

#include "support.h"

static void test_pieces(void **state)
{
    (void)state;
    prom_sentence text = {.length = 0};
    prom_sentence_add(&text, "the %s", "worker");
    prom_sentence_add(&text, " gains %d sat.", 12);
    prom_sentence_begin(&text);
    assert_string_equal(text.text, "The worker gains 12 sat.");
    assert_int_equal(text.length, strlen(text.text));
}

/* What has no room is left out, and the text ends all the same. */
static void test_no_room(void **state)
{
    (void)state;
    prom_sentence text = {.length = 0};
    for (size_t i = 0; i < PROM_SENTENCE_MAX; i++) {
        prom_sentence_add(&text, "ab%c", 'c');
        assert_int_equal(text.length, strlen(text.text));
    }
    assert_int_equal(text.length, PROM_SENTENCE_MAX - 1);
}

static void test_copies(void **state)
{
    (void)state;
    prom_sentence text = {.length = 0};
    char to[6] = "xxxxx";
    assert_string_equal(prom_sentence_copy(to, sizeof to, &text), "");
    prom_sentence_add(&text, "12345");
    assert_string_equal(prom_sentence_copy(to, sizeof to, &text), "12345");
    prom_sentence_add(&text, "6");
    assert_ptr_equal(prom_sentence_copy(to, sizeof to, &text), to);
    assert_string_equal(to, "12345");
    assert_string_equal(prom_sentence_copy(to, 1, &text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
