/* What the modules compute that fuel is measured with: the machine could not skip it and give the same. */
#include "support.h"

#include "daemon/measure_kernels.h"
#include "wasm/runner.h"

enum { REPEATS = 1000, MEMORY_BYTES = 1 << 27, STEP = 4096, ITEM_AT = 16 };

#define ODD UINT64_C(0x9e3779b97f4a7c15)

static uint64_t integers(uint32_t repeats)
{
    uint64_t number = 0;
    for (uint32_t left = repeats; left > 0; left--) {
        number = (number ^ number >> 29) * ODD + left;
    }
    return number;
}

static uint64_t divisions(uint32_t repeats)
{
    double fraction = 0;
    uint64_t bits = 0;
    for (uint32_t left = repeats; left > 0; left--) {
        fraction = 3 / fraction + 1;
    }
    memcpy(&bits, &fraction, sizeof bits);
    return bits;
}

/* The first 4 of each 4096 bytes hold their address, and the item lies where it was put. */
static uint64_t loads(uint32_t repeats)
{
    uint64_t number = 0;
    for (uint32_t left = repeats; left > 0; left--) {
        const uint32_t address = (uint32_t)(number >> 32) & (MEMORY_BYTES - 4);
        const uint64_t loaded = address % STEP == 0 ? address : address == ITEM_AT ? repeats : 0;
        number = number * ODD + 1 + loaded;
    }
    return number;
}

static uint64_t nothing(uint32_t repeats)
{
    (void)repeats;
    return 0;
}

static const struct {
    const char *name;
    uint64_t (*compute)(uint32_t repeats);
    uint64_t fuel; /* of a repeat, with the loop around it; counted by hand */
    uint64_t fuel_before;
} wanted[] = {
    {"integers", integers, 11 + 5, 0},
    {"divisions", divisions, 6 + 5, 0},
    {"loads", loads, 14 + 5, 2 + MEMORY_BYTES / STEP * 8},
    {"pages", nothing, 7 + 5, 0},
};

static const prom_measure_kernel *kernel_of(size_t i)
{
    return i < COUNT_OF(wanted) - 1 ? &prom_measure_kernels[i] : &prom_measure_pages;
}

static void kernels_are_modules(void **state)
{
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        prom_module module;
        prom_module_facts facts;
        assert_string_equal(kernel_of(i)->name, wanted[i].name);
        assert_ok(prom_measure_module(&test->arena, &module, kernel_of(i), &test->error), &test->error);
        assert_ok(prom_module_look(&test->arena, &facts, module.code, &test->error), &test->error);
        assert_int_equal((uint64_t)facts.pages * PROM_MODULE_PAGE, MEMORY_BYTES);
        assert_int_equal(facts.functions, 2);
        assert_false(facts.folds);
    }
    assert_null(prom_measure_kernels[COUNT_OF(wanted) - 1].name);
}

#ifdef PROM_WASM_HELPER

static prom_node_result run(fixture *test, const prom_runner *runner, const prom_measure_kernel *kernel,
                            uint32_t repeats)
{
    const uint8_t item[] = {(uint8_t)repeats, (uint8_t)(repeats >> 8), (uint8_t)(repeats >> 16),
                            (uint8_t)(repeats >> 24)};
    const prom_module_call call = {.first = prom_span_of(item, sizeof item)};
    prom_runner_session *session = NULL;
    prom_module module;
    prom_node_result result;
    assert_ok(prom_measure_module(&test->arena, &module, kernel, &test->error), &test->error);
    assert_ok(runner->open(runner, &session, &module, NULL, &test->error), &test->error);
    assert_ok(runner->run(session, &test->arena, &result, &call, 1, NULL, &test->error), &test->error);
    runner->close(session);
    assert_int_equal(result.status, PROM_NODE_OK);
    return result;
}

static uint64_t setup_of(fixture *test, const prom_measure_kernel *kernel)
{
    prom_module module;
    prom_module_facts facts;
    assert_ok(prom_measure_module(&test->arena, &module, kernel, &test->error), &test->error);
    assert_ok(prom_module_look(&test->arena, &facts, module.code, &test->error), &test->error);
    return facts.setup_fuel;
}

static void they_compute_what_they_say(void **state)
{
    fixture *test = *state;
    prom_runner runner;
    prom_wasm_runner_init(&runner, PROM_WASM_HELPER);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        const prom_node_result result = run(test, &runner, kernel_of(i), REPEATS);
        const prom_node_result empty = run(test, &runner, kernel_of(i), 0);
        const uint64_t value = wanted[i].compute(REPEATS);
        assert_int_equal(result.bytes.length, sizeof value);
        for (size_t byte = 0; byte < sizeof value; byte++) {
            assert_int_equal(result.bytes.data[byte], (uint8_t)(value >> 8 * byte));
        }
        assert_int_equal(result.fuel - empty.fuel, 1 + REPEATS * wanted[i].fuel); /* the loop is entered once */
        const uint64_t before = setup_of(test, kernel_of(i)) + wanted[i].fuel_before;
        assert_in_range(empty.fuel, before, before + 40);
    }
    (void)run(test, &runner, &prom_measure_pages, prom_measure_pages.repeats_max);
}

#else

static void they_compute_what_they_say(void **state)
{
    (void)state;
    skip(); /* this build has no prom-wasm */
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(kernels_are_modules),
        FIXTURE_TEST(they_compute_what_they_say),
    };
    return cmocka_run_group_tests_name("daemon/measure_kernels", tests, NULL, NULL);
}
