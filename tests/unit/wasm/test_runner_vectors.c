/* What prom-wasm computes is what another implementation computes, in plain Python and without an engine, to the last
 * unit of fuel: tests/vectors/module/runs.json. */
#include "acts.h"

static prom_module module_of(fixture *test, const json_t *vector)
{
    return (prom_module){.limits = {.folds = member_number(vector, "folds") >= 1,
                                    .folds_alone = member_number(vector, "folds") == 2,
                                    .pages = (uint32_t)member_number(vector, "pages"),
                                    .result_bytes = (uint32_t)member_number(vector, "result_bytes"),
                                    .fold_bytes = (uint32_t)member_number(vector, "fold_bytes"),
                                    .fuel = member_number(vector, "fuel"),
                                    .fold_fuel = member_number(vector, "fold_fuel")},
                         .code = span_of_hex(test, member_text(vector, "module"))};
}

static void run_folds(fixture *test, struct opened *opened, prom_node_result *nodes, uint32_t items)
{
    const prom_module_fold *folds = NULL;
    assert_ok(prom_module_folds(&test->arena, &folds, items, &test->error), &test->error);
    for (uint32_t i = 0; i + 1 < items; i++) {
        const prom_node_result *left = &nodes[folds[i].left];
        const prom_node_result *right = &nodes[folds[i].right];
        const bool computed = left->status == PROM_NODE_OK && right->status == PROM_NODE_OK;
        nodes[items + i] = computed ? run_one(test, opened, (prom_module_call){true, left->bytes, right->bytes})
                                    : (prom_node_result){.status = PROM_NODE_OPERAND};
    }
}

static void run_vector(fixture *test, const json_t *vector)
{
    enum { ITEMS = 64 };
    const json_t *items = member(vector, "items");
    const uint32_t count = (uint32_t)json_array_size(items);
    const prom_module module = module_of(test, vector);
    prom_module_call calls[ITEMS] = {0};
    prom_node_result nodes[2 * ITEMS];
    assert_true(count > 0 && count <= ITEMS);
    for (uint32_t i = 0; i < count; i++) {
        calls[i].first = span_of_hex(test, json_string_value(json_array_get(items, i)));
    }
    struct opened opened = open_acts(test, &module);
    if (module.limits.folds_alone) {
        for (uint32_t i = 0; i < count; i++) {
            nodes[i] = (prom_node_result){.bytes = calls[i].first};
        }
    } else {
        assert_ok(opened.runner.run(opened.session, &test->arena, nodes, calls, count, NULL, &test->error),
                  &test->error);
    }
    if (module.limits.folds) {
        run_folds(test, &opened, nodes, count);
    }
    opened.runner.close(opened.session);
    prom_span output;
    assert_ok(
        prom_results_write(&test->arena, &output, nodes, prom_module_nodes(count, module.limits.folds), &test->error),
        &test->error);
    assert_hex(output, member_text(vector, "results"));
}

static void test_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("module/runs.json");
    assert_true(json_array_size(vectors) > 5);
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        run_vector(test, json_array_get(vectors, i));
    }
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
