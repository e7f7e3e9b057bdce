#include "support.h"

#include "daemon/config_edit.h"

static prom_span text_of(const char *text)
{
    return prom_span_of((const uint8_t *)text, strlen(text));
}

static prom_result edit(fixture *test, prom_span *changed, prom_span text, uint64_t first, uint64_t second)
{
    const prom_config_value values[] = {{"price_macs", first}, {"threads", second}};
    return prom_config_edit(&test->arena, changed, text, "prom.conf", values, COUNT_OF(values), &test->error);
}

static void assert_becomes(fixture *test, const char *before, const char *after)
{
    prom_span changed;
    prom_span again;
    assert_ok(edit(test, &changed, text_of(before), 17, 3), &test->error);
    assert_int_equal(changed.length, strlen(after));
    assert_memory_equal(changed.data, after, changed.length);
    assert_ok(edit(test, &again, changed, 17, 3), &test->error);
    assert_true(prom_span_equal(again, changed));
}

static void lines_change_and_nothing_else(void **state)
{
    fixture *test = *state;
    assert_becomes(test, "", "price_macs = 17\nthreads = 3\n");
    assert_becomes(test, "# mine", "# mine\nprice_macs = 17\nthreads = 3\n");
    assert_becomes(test, "network = regtest\n\n  threads =  2 \n# the end",
                   "network = regtest\n\nthreads = 3\n# the end\nprice_macs = 17\n");
    assert_becomes(test, "threads=9\nprice_macs\t= 1", "threads = 3\nprice_macs = 17\n");
    assert_becomes(test, "threads = 9\r\n#x\r\nprice_macs = 1\r\n", "threads = 3\r\n#x\r\nprice_macs = 17\r\n");
    /* Behind the first comment, where no line says it. */
    assert_becomes(test, "# threads = 1 was slow\n# threads = 2\nprice_macs = 1\n",
                   "# threads = 1 was slow\nthreads = 3\n# threads = 2\nprice_macs = 17\n");
    assert_becomes(test, "price_macs = 1\r\n#threads = 1", "price_macs = 17\r\n#threads = 1\nthreads = 3\n");
    assert_becomes(test, "# threads = 1\nprice_macs = 1\nthreads = 2\n",
                   "# threads = 1\nprice_macs = 17\nthreads = 3\n");
    /* What only looks like it. */
    assert_becomes(test, "# threads are good = 1\n# athreads = 2\n#threads\n# price_macs_ = 4\n# price_macs",
                   "# threads are good = 1\n# athreads = 2\n#threads\n# price_macs_ = 4\n# price_macs\n"
                   "price_macs = 17\nthreads = 3\n");
}

/* A new file has every setting as a comment, and says two behind theirs. */
static void a_new_file_keeps_its_explanations(void **state)
{
    fixture *test = *state;
    char *text = NULL;
    size_t length = 0;
    prom_span changed;
    prom_config config;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    prom_config_write(file, "regtest");
    assert_int_equal(fclose(file), 0);
    assert_ok(edit(test, &changed, prom_span_of((const uint8_t *)text, length), 17, 3), &test->error);
    assert_int_equal(changed.length, length + strlen("price_macs = 17\n") + strlen("threads = 3\n"));
    assert_ok(prom_config_parse(&config, "prom.conf", changed, NULL, &test->error), &test->error);
    assert_int_equal(config.price_macs, 17);
    assert_int_equal(config.threads, 3);
    assert_string_equal(config.network, "regtest");
    free(text);
}

static void what_cannot_be_changes_nothing(void **state)
{
    fixture *test = *state;
    static const prom_config_value many[PROM_CONFIG_VALUES_MAX + 1] = {{"threads", 1}};
    prom_span changed;
    assert_fails(edit(test, &changed, text_of("nonsense\n"), 1, 1), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "prom.conf, line 1: neither a comment");
    assert_fails(edit(test, &changed, text_of("network = regtest\n"), 1, 1000), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "threads = '1000' cannot be");
    assert_fails(prom_config_edit(&test->arena, &changed, text_of(""), "prom.conf", many, COUNT_OF(many), &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "at once");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lines_change_and_nothing_else),
        FIXTURE_TEST(a_new_file_keeps_its_explanations),
        FIXTURE_TEST(what_cannot_be_changes_nothing),
    };
    return cmocka_run_group_tests_name("daemon/config_edit", tests, NULL, NULL);
}
