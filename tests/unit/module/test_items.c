#include "module/vectors.h"

static void test_reads_and_writes_the_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("module/module.json");
    const json_t *lists = member(vectors, "items");
    assert_true(json_array_size(lists) > 0);
    for (size_t i = 0; i < json_array_size(lists); i++) {
        const json_t *wanted = member(json_array_get(lists, i), "items");
        const prom_span bytes = span_of_hex(test, member_text(json_array_get(lists, i), "bytes"));
        prom_items items = {0};
        prom_span written = {0};
        assert_ok(prom_items_read(&test->arena, &items, bytes, &test->error), &test->error);
        assert_int_equal(items.count, json_array_size(wanted));
        for (size_t j = 0; j < items.count; j++) {
            assert_hex(items.list[j], json_string_value(json_array_get(wanted, j)));
        }
        assert_ok(prom_items_write(&test->arena, &written, &items, &test->error), &test->error);
        assert_true(prom_span_equal(written, bytes));
    }
    json_decref(vectors);
}

static prom_result read_items(fixture *test, prom_span bytes)
{
    prom_items items = {.count = 1};
    const prom_result result = prom_items_read(&test->arena, &items, bytes, &test->error);
    assert_true(items.count == 0 && items.list == NULL);
    return result;
}

static void test_refuses_what_are_no_items(void **state)
{
    assert_all_refused(*state, "refused items", read_items);
}

/* The lengths alone are looked at: there are no such bytes. */
static void test_writes_no_items_that_it_would_not_read(void **state)
{
    fixture *test = *state;
    const uint8_t byte = 0;
    const prom_span list[] = {{&byte, PROM_MODULE_INPUT_MAX}, {&byte, 1}, {&byte, SIZE_MAX}};
    prom_span written = {0};
    const struct {
        prom_items items;
        const char *part;
    } cases[] = {
        {{list, 0}, "the input has 0 items"},
        {{list, PROM_MODULE_ITEMS_MAX + 1}, "the input has 1,048,577 items"},
        {{list, 2}, "more than 1073741824 bytes in all"},
        {{list + 1, 2}, "more than 1073741824 bytes in all"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_fails(prom_items_write(&test->arena, &written, &cases[i].items, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, cases[i].part);
        assert_null(written.data);
    }
}

/* A count that the bytes do not bear takes no memory. */
static void test_takes_no_memory_for_what_is_not_there(void **state)
{
    fixture *test = *state;
    prom_items items = {0};
    const size_t used = test->arena.used;
    assert_fails(prom_items_read(&test->arena, &items, span_of_hex(test, "0010000000000001"), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "cut off");
    assert_true(test->arena.used - used < PROM_ARENA_BLOCK_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_reads_and_writes_the_vectors),
        FIXTURE_TEST(test_refuses_what_are_no_items),
        FIXTURE_TEST(test_writes_no_items_that_it_would_not_read),
        FIXTURE_TEST(test_takes_no_memory_for_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
