#include "module/vectors.h"

static void test_counts_nodes(void **state)
{
    (void)state;
    assert_int_equal(prom_module_nodes(1, false), 1);
    assert_int_equal(prom_module_nodes(1, true), 1);
    assert_int_equal(prom_module_nodes(5, false), 5);
    assert_int_equal(prom_module_nodes(5, true), 9);
    assert_int_equal(prom_module_nodes(PROM_MODULE_ITEMS_MAX, true), 2097151);
    assert_int_equal(prom_module_nodes(0, true), 0);
}

static void test_adds_up_fuel(void **state)
{
    const prom_module_limits maps = {.fuel = 1000};
    const prom_module_limits folds = {.folds = true, .fuel = 1000, .fold_fuel = 7};
    const prom_module_limits most = {.folds = true, .fuel = PROM_MODULE_FUEL_MAX, .fold_fuel = PROM_MODULE_FUEL_MAX};
    (void)state;
    assert_int_equal(prom_module_fuel(&maps, 5), 5000);
    assert_int_equal(prom_module_fuel(&folds, 1), 1000);
    assert_int_equal(prom_module_fuel(&folds, 9), 5000 + 4 * 7);
    assert_int_equal(prom_module_fuel(&most, 65535), 65535 * PROM_MODULE_FUEL_MAX);
    assert_int_equal(prom_module_fuel(&most, 65537), UINT64_MAX); /* items and folds fit, and their sum does not */
    assert_int_equal(prom_module_fuel(&most, 2097151), UINT64_MAX);
}

/* The picture of docs/programs.md. */
static void test_folds_five_items(void **state)
{
    static const prom_module_fold wanted[] = {{0, 1}, {2, 3}, {5, 6}, {7, 4}};
    fixture *test = *state;
    const prom_module_fold *folds = NULL;
    assert_ok(prom_module_folds(&test->arena, &folds, 5, &test->error), &test->error);
    assert_memory_equal(folds, wanted, sizeof wanted);
}

static void test_folds_as_the_vectors_do(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("module/module.json");
    const json_t *trees = member(vectors, "folds");
    assert_true(json_array_size(trees) > 5);
    for (size_t i = 0; i < json_array_size(trees); i++) {
        const uint32_t items = (uint32_t)member_number(json_array_get(trees, i), "items");
        const json_t *wanted = member(json_array_get(trees, i), "folds");
        const prom_module_fold *folds = NULL;
        assert_ok(prom_module_folds(&test->arena, &folds, items, &test->error), &test->error);
        assert_int_equal(json_array_size(wanted), items - 1);
        for (size_t j = 0; j < items - 1; j++) {
            const json_t *pair = json_array_get(wanted, j);
            assert_int_equal(folds[j].left, json_integer_value(json_array_get(pair, 0)));
            assert_int_equal(folds[j].right, json_integer_value(json_array_get(pair, 1)));
        }
    }
    json_decref(vectors);
}

/* Joined in the tree's order, the items stand in their own, each once, whatever their number. */
static void test_folds_keep_the_order(void **state)
{
    fixture *test = *state;
    for (uint32_t items = 1; items < 300; items++) {
        const prom_module_fold *folds = NULL;
        prom_module_fold ranges[2 * 300]; /* the first item below a node, and the one behind its last */
        assert_ok(prom_module_folds(&test->arena, &folds, items, &test->error), &test->error);
        for (uint32_t i = 0; i < items; i++) {
            ranges[i] = (prom_module_fold){i, i + 1};
        }
        for (uint32_t i = 0; i < items - 1; i++) {
            assert_true(folds[i].left < items + i && folds[i].right < items + i);
            assert_int_equal(ranges[folds[i].left].right, ranges[folds[i].right].left);
            ranges[items + i] = (prom_module_fold){ranges[folds[i].left].left, ranges[folds[i].right].right};
        }
        const prom_module_fold *last = &ranges[prom_module_nodes(items, true) - 1];
        assert_true(last->left == 0 && last->right == items);
    }
}

static void test_refuses_other_numbers_of_items(void **state)
{
    fixture *test = *state;
    const prom_module_fold *folds = NULL;
    assert_fails(prom_module_folds(&test->arena, &folds, 0, &test->error), PROM_CATEGORY_MISUSE, &test->error, "");
    assert_fails(prom_module_folds(&test->arena, &folds, PROM_MODULE_ITEMS_MAX + 1, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "there are no folds of so many items");
    assert_ok(prom_module_folds(&test->arena, &folds, PROM_MODULE_ITEMS_MAX, &test->error), &test->error);
    assert_int_equal(folds[PROM_MODULE_ITEMS_MAX - 2].right, 2 * PROM_MODULE_ITEMS_MAX - 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_counts_nodes),         FIXTURE_TEST(test_adds_up_fuel),
        FIXTURE_TEST(test_folds_five_items),     FIXTURE_TEST(test_folds_as_the_vectors_do),
        FIXTURE_TEST(test_folds_keep_the_order), FIXTURE_TEST(test_refuses_other_numbers_of_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
