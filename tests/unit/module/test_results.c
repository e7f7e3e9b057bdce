#include "module/vectors.h"

static void test_reads_and_writes_the_vector(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("module/module.json");
    const json_t *vector = member(vectors, "results");
    const json_t *leaves = member(vector, "leaves");
    const prom_span bytes = span_of_hex(test, member_text(vector, "bytes"));
    const prom_node_result *results = NULL;
    uint32_t count = 0;
    prom_span written = {0};
    assert_ok(prom_results_read(&test->arena, &results, &count, bytes, &test->error), &test->error);
    assert_int_equal(count, json_array_size(leaves));
    assert_true(results[0].status == PROM_NODE_OK && results[0].fuel == 7);
    assert_hex(results[0].bytes, "6162");
    assert_true(results[2].status == PROM_NODE_TRAP && results[2].trap == PROM_TRAP_UNREACHABLE);
    for (size_t i = 0; i < count; i++) {
        prom_bytes32 leaf = {{0}};
        assert_ok(prom_results_leaf(&test->arena, &leaf, &results[i], &test->error), &test->error);
        assert_hex32(&leaf, json_string_value(json_array_get(leaves, i)));
    }
    assert_ok(prom_results_write(&test->arena, &written, results, count, &test->error), &test->error);
    assert_true(prom_span_equal(written, bytes));
    json_decref(vectors);
}

static prom_result read_results(fixture *test, prom_span bytes)
{
    uint32_t count = 1;
    const prom_node_result *results = NULL;
    const prom_result result = prom_results_read(&test->arena, &results, &count, bytes, &test->error);
    assert_true(results == NULL && count == 0);
    return result;
}

static void test_refuses_what_are_no_results(void **state)
{
    assert_all_refused(*state, "refused results", read_results);
}

static void test_writes_no_results_that_it_would_not_read(void **state)
{
    fixture *test = *state;
    const uint8_t byte = 0;
    const struct {
        prom_node_result node;
        const char *part;
    } cases[] = {
        {{.status = PROM_NODE_OK, .fuel = PROM_MODULE_FUEL_MAX + 1}, "node 0 took more fuel than any program allows"},
        {{.status = PROM_NODE_OK, .bytes = {&byte, PROM_MODULE_RESULT_MAX + 1}}, "more bytes than any program allows"},
        {{.status = PROM_NODE_TRAP}, "a trap that does not go with its status"},
        {{.status = PROM_NODE_LONG, .fuel = 1}, "has fuel though it failed"},
        {{.status = PROM_NODE_FUEL, .bytes = {&byte, 1}}, "has bytes though it failed"},
        {{.status = (prom_node_status)7}, "a status that there is not"},
    };
    prom_span written = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_fails(prom_results_write(&test->arena, &written, &cases[i].node, 1, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].part);
        assert_null(written.data);
    }
    assert_fails(prom_results_write(&test->arena, &written, &cases[0].node, 0, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the output has 0 nodes");
}

/* A million leaves take no more memory than one. */
static void test_leaves_do_not_pile_up(void **state)
{
    fixture *test = *state;
    const uint8_t bytes[100] = {1};
    const prom_node_result node = {.bytes = {bytes, sizeof bytes}};
    const size_t used = test->arena.used;
    for (size_t i = 0; i < 100; i++) {
        prom_bytes32 leaf = {{0}};
        assert_ok(prom_results_leaf(&test->arena, &leaf, &node, &test->error), &test->error);
    }
    assert_int_equal(test->arena.used, used);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(prom_node_status_name(PROM_NODE_OK), "ok");
    assert_string_equal(prom_node_status_name(PROM_NODE_TRAP), "trap");
    assert_string_equal(prom_node_status_name(PROM_NODE_FUEL), "fuel");
    assert_string_equal(prom_node_status_name(PROM_NODE_DEPTH), "depth");
    assert_string_equal(prom_node_status_name(PROM_NODE_SHAPE), "shape");
    assert_string_equal(prom_node_status_name(PROM_NODE_LONG), "long");
    assert_string_equal(prom_node_status_name(PROM_NODE_OPERAND), "operand");
    assert_string_equal(prom_node_status_name((prom_node_status)7), "unknown");
    assert_string_equal(prom_node_trap_name(PROM_TRAP_NONE), "none");
    assert_string_equal(prom_node_trap_name(PROM_TRAP_MEMORY), "memory access out of bounds");
    assert_string_equal(prom_node_trap_name(PROM_TRAP_CONVERSION), "conversion of what is no integer");
    assert_string_equal(prom_node_trap_name((prom_node_trap)9), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_reads_and_writes_the_vector),
        FIXTURE_TEST(test_refuses_what_are_no_results),
        FIXTURE_TEST(test_writes_no_results_that_it_would_not_read),
        FIXTURE_TEST(test_leaves_do_not_pile_up),
        FIXTURE_TEST(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
