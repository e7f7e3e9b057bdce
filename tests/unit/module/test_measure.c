#include "module/measure.h"

#include "support.h"

static prom_node_result taken(uint64_t fuel, size_t bytes)
{
    static const uint8_t some[1 << 16];
    return (prom_node_result){.status = PROM_NODE_OK, .fuel = fuel, .bytes = prom_span_of(some, bytes)};
}

static void add(prom_node_measure *measure, uint64_t fuel, size_t bytes)
{
    const prom_node_result result = taken(fuel, bytes);
    prom_node_measure_add(measure, &result);
}

static void test_adds(void **state)
{
    (void)state;
    prom_node_measure measure = {0};
    add(&measure, 10, 3);
    add(&measure, 30, 1);
    assert_int_equal(measure.nodes, 2);
    assert_int_equal(measure.fuel, 40);
    assert_int_equal(measure.fuel_most, 30);
    assert_int_equal(measure.bytes_most, 3);
}

/* -- The sample -- */

static void assert_chosen(const prom_items *items, uint32_t longest)
{
    uint32_t chosen[PROM_SAMPLE_ITEMS];
    const uint32_t count = prom_sample_choose(chosen, items);
    bool found = false;
    assert_int_equal(count, items->count < PROM_SAMPLE_ITEMS ? items->count : PROM_SAMPLE_ITEMS);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(chosen[i] < items->count && (i == 0 || chosen[i] > chosen[i - 1]));
        found = found || chosen[i] == longest;
    }
    assert_true(found);
}

static void test_chooses(void **state)
{
    enum { COUNT_MAX = 100 };
    static const uint8_t byte;
    (void)state;
    for (uint32_t count = 1; count <= COUNT_MAX; count++) {
        for (uint32_t longest = 0; longest < count; longest++) {
            prom_span list[COUNT_MAX];
            for (uint32_t i = 0; i < count; i++) {
                list[i] = prom_span_of(&byte, i == longest);
            }
            assert_chosen(&(prom_items){list, count}, longest);
        }
    }
}

static void test_spreads(void **state)
{
    enum { MANY = 151 };
    static const prom_span list[MANY];
    uint32_t chosen[PROM_SAMPLE_ITEMS];
    (void)state;
    assert_int_equal(prom_sample_choose(chosen, &(prom_items){list, MANY}), PROM_SAMPLE_ITEMS);
    for (uint32_t i = 0; i < PROM_SAMPLE_ITEMS; i++) {
        assert_int_equal(chosen[i], 10 * i);
    }
}

/* -- Limits -- */

static void test_rounds(void **state)
{
    static const struct {
        uint64_t fuel;
        uint64_t limit;
    } fuels[] = {{0, 1},
                 {1, 2},
                 {45, 90},
                 {49, 98},
                 {50, 100},
                 {51, 110},
                 {617000, 1300000},
                 {500001, 1100000},
                 {PROM_MODULE_FUEL_MAX, PROM_MODULE_FUEL_MAX}};
    static const struct {
        size_t bytes;
        uint32_t limit;
    } sizes[] = {{0, 16}, {8, 16}, {9, 20}, {700, 1536}, {768, 1536}, {769, 1792}};
    (void)state;
    for (size_t i = 0; i < sizeof fuels / sizeof *fuels; i++) {
        prom_module_measure sample = {.whole = 1, .pages = 1};
        prom_module_limits limits = {.folds = false};
        add(&sample.items, fuels[i].fuel, 0);
        prom_limits_with_room(&limits, &sample);
        assert_int_equal(limits.fuel, fuels[i].limit);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        prom_module_measure sample = {.whole = 1, .pages = 17};
        prom_module_limits limits = {.folds = false};
        add(&sample.items, 1, sizes[i].bytes);
        prom_limits_with_room(&limits, &sample);
        assert_int_equal(limits.result_bytes, sizes[i].limit);
        assert_int_equal(limits.pages, 40);
        assert_int_equal(limits.fold_fuel, 0);
        assert_int_equal(limits.fold_bytes, 0);
    }
}

/* Sixteen of `whole` items: folds whose fuel and results double from the second level on. */
static prom_module_measure doubling(uint32_t whole)
{
    prom_module_measure sample = {.whole = whole, .pages = 1, .levels = PROM_SAMPLE_LEVELS};
    for (uint32_t i = 0; i < PROM_SAMPLE_ITEMS; i++) {
        add(&sample.items, 10, 100);
    }
    for (uint32_t level = 0; level < PROM_SAMPLE_LEVELS; level++) {
        for (uint32_t i = 0; i < PROM_SAMPLE_ITEMS >> (level + 1); i++) {
            add(&sample.folds[level], UINT64_C(5) << level, (size_t)200 << level);
        }
    }
    return sample;
}

static void test_folds_grow_on(void **state)
{
    (void)state;
    prom_module_limits limits = {.folds = true};
    prom_module_measure sample = doubling(16);
    prom_limits_with_room(&limits, &sample);
    assert_int_equal(limits.fold_fuel, 80);
    assert_int_equal(limits.fold_bytes, 3584);
    assert_int_equal(prom_fuel_expected(&sample), 16 * 10 + 4 * 40);

    sample = doubling(64); /* two levels more */
    prom_limits_with_room(&limits, &sample);
    assert_int_equal(limits.fold_fuel, 320);
    assert_int_equal(limits.fold_bytes, 14336);
    assert_int_equal(prom_fuel_expected(&sample), 64 * 10 + 6 * 32 * 5);

    for (uint32_t level = 0; level < PROM_SAMPLE_LEVELS; level++) { /* setting up does not double */
        sample.folds[level].fuel_most += 1000;
        sample.folds[level].fuel += 1000 * (uint64_t)sample.folds[level].nodes;
    }
    sample.setup = 1000;
    prom_limits_with_room(&limits, &sample);
    assert_int_equal(limits.fold_fuel, 1400); /* 1,000 + 2 * 160, rounded up */
    assert_int_equal(prom_fuel_expected(&sample), 64 * 10 + 6 * 32 * 5 + 63 * 1000);

    sample = doubling(64);
    sample.folds[3].fuel_most = sample.folds[2].fuel_most; /* they grow no more */
    sample.folds[3].bytes_most = 1;
    prom_limits_with_room(&limits, &sample);
    assert_int_equal(limits.fold_fuel, 40);
    assert_int_equal(limits.fold_bytes, 1792);

    sample = doubling(PROM_MODULE_ITEMS_MAX); /* to what no result may have */
    prom_limits_with_room(&limits, &sample);
    assert_int_equal(limits.fold_bytes, PROM_MODULE_RESULT_MAX);
}

/* Whatever was measured. */
static void test_no_sum_overflows(void **state)
{
    (void)state;
    prom_module_measure sample = doubling(PROM_MODULE_ITEMS_MAX);
    prom_module_limits limits = {.folds = true};
    sample.folds[3].fuel_most = PROM_MODULE_FUEL_MAX;
    sample.folds[3].fuel = PROM_MODULE_FUEL_MAX;
    sample.items.fuel = UINT64_MAX;
    prom_limits_with_room(&limits, &sample);
    assert_int_equal(limits.fold_fuel, PROM_MODULE_FUEL_MAX);
    assert_true(prom_fuel_expected(&sample) == UINT64_MAX);
}

static void test_exact(void **state)
{
    (void)state;
    prom_module_measure all = {.whole = 2};
    prom_module_limits limits = {.folds = true, .pages = 7};
    add(&all.items, 123, 45);
    add(&all.items, 122, 46);
    add(&all.folds[0], 0, 91);
    prom_limits_exact(&limits, &all);
    assert_int_equal(limits.fuel, 123);
    assert_int_equal(limits.result_bytes, 46);
    assert_int_equal(limits.fold_fuel, 1);
    assert_int_equal(limits.fold_bytes, 91);
    assert_int_equal(limits.pages, 7);
    all.folds[0].nodes = 0; /* a batch of one item */
    limits.fold_fuel = 8;
    prom_limits_exact(&limits, &all);
    assert_int_equal(limits.fold_fuel, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds),   cmocka_unit_test(test_chooses),       cmocka_unit_test(test_spreads),
        cmocka_unit_test(test_rounds), cmocka_unit_test(test_folds_grow_on), cmocka_unit_test(test_no_sum_overflows),
        cmocka_unit_test(test_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
