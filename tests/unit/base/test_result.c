#include "support.h"

#include "prometheus/base/result.h"

static void test_fail_writes_the_sentence(void **state)
{
    prom_error error = {""};
    (void)state;
    assert_fails(prom_fail(&error, PROM_CATEGORY_PEER, "%d of %s", 3, "them"), PROM_CATEGORY_PEER, &error, "3 of them");
    assert_string_equal(error.sentence, "3 of them");
    assert_int_equal(prom_fail(NULL, PROM_CATEGORY_IO, "%d", 3).category, PROM_CATEGORY_IO);
}

static void test_long_sentences_are_cut(void **state)
{
    struct {
        prom_error error;
        char behind;
    } guarded = {.behind = 'x'};
    (void)state;
    assert_int_equal(prom_fail(&guarded.error, PROM_CATEGORY_IO, "%600s", "end").category, PROM_CATEGORY_IO);
    assert_int_equal(strlen(guarded.error.sentence), sizeof guarded.error.sentence - 1);
    assert_int_equal(guarded.behind, 'x');
}

/* The beginning and the end stay: names are long, and the reason stands behind them. */
static void test_long_sentences_keep_their_end(void **state)
{
    prom_error error = {""};
    char name[601];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_fails(prom_fail(&error, PROM_CATEGORY_IO, "the file %s cannot be read: for a reason", name),
                 PROM_CATEGORY_IO, &error, "the file nnn");
    assert_non_null(strstr(error.sentence, "nnn ... nnn"));
    assert_non_null(strstr(error.sentence, "nnn cannot be read: for a reason"));
    assert_fails(prom_fail(&error, PROM_CATEGORY_IO, "for a reason"), PROM_CATEGORY_IO, &error, "for a reason");
    assert_fails(prom_within((prom_result){PROM_CATEGORY_IO}, &error, "%s", name), PROM_CATEGORY_IO, &error,
                 "nnn ... nnn");
    assert_non_null(strstr(error.sentence, "nnn: for a reason"));
}

static void test_within_puts_the_context_first(void **state)
{
    prom_error error = {"it broke"};
    (void)state;
    assert_fails(prom_within((prom_result){PROM_CATEGORY_PEER}, &error, "file %d", 7), PROM_CATEGORY_PEER, &error, "");
    assert_string_equal(error.sentence, "file 7: it broke");
    assert_int_equal(prom_within((prom_result){PROM_CATEGORY_IO}, NULL, "file").category, PROM_CATEGORY_IO);
    assert_ok(prom_within(prom_ok(), &error, "never seen"), &error);
    assert_string_equal(error.sentence, "file 7: it broke");
}

/* Contexts around the length at which nothing is left for what stood there before. */
static void test_within_cuts(void **state)
{
    (void)state;
    for (int length = 500; length < 520; length++) {
        struct {
            prom_error error;
            char behind;
        } guarded = {{"abcdefghijklmnopqrstuvwxyz"}, 'x'};
        char whole[600];
        char expected[600];
        (void)snprintf(whole, sizeof whole, "%*s: abcdefghijklmnopqrstuvwxyz", length, "context");
        (void)snprintf(expected, sizeof expected, "%.300s ... %s", whole, whole + strlen(whole) - (511 - 305));
        assert_int_equal(
            prom_within((prom_result){PROM_CATEGORY_IO}, &guarded.error, "%*s", length, "context").category,
            PROM_CATEGORY_IO);
        assert_string_equal(guarded.error.sentence, expected);
        assert_int_equal(guarded.behind, 'x');
    }
}

static prom_result try_it(prom_result first, int *reached)
{
    PROM_TRY(first);
    *reached += 1;
    return prom_ok();
}

static void test_try_returns_failures(void **state)
{
    int reached = 0;
    (void)state;
    assert_int_equal(try_it((prom_result){PROM_CATEGORY_BROKEN}, &reached).category, PROM_CATEGORY_BROKEN);
    assert_int_equal(reached, 0);
    assert_true(prom_is_ok(try_it(prom_ok(), &reached)));
    assert_int_equal(reached, 1);
}

static void test_category_names(void **state)
{
    static const char *const names[] = {"ok", "misuse", "bad input", "io", "peer", "broken", "stopped", "memory"};
    (void)state;
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(prom_category_name((prom_category)i), names[i]);
    }
    assert_string_equal(prom_category_name((prom_category)COUNT_OF(names)), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_writes_the_sentence),
        cmocka_unit_test(test_long_sentences_are_cut),
        cmocka_unit_test(test_long_sentences_keep_their_end),
        cmocka_unit_test(test_within_puts_the_context_first),
        cmocka_unit_test(test_within_cuts),
        cmocka_unit_test(test_try_returns_failures),
        cmocka_unit_test(test_category_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
