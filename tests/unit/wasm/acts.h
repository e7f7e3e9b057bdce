/* What the tests of prom-wasm share: sessions of it with the module of tests/vectors/wasm/acts.wat, whose acts these
 * are. Where prom-wasm is not built there is nothing to test; tools/check builds it. */
#ifndef PROMETHEUS_TEST_WASM_ACTS_H
#define PROMETHEUS_TEST_WASM_ACTS_H

#include "support.h"

#include "wasm/runner.h"

#ifdef PROM_WASM_HELPER
#define HELPER_OR_SKIP() PROM_WASM_HELPER
#else
#define HELPER_OR_SKIP() (skip(), "")
#endif

enum act {
    ACT_ECHO,
    ACT_UNREACHABLE,
    ACT_BOUNDS,
    ACT_TABLE,
    ACT_NULL,
    ACT_TYPE,
    ACT_DIVISION,
    ACT_OVERFLOW,
    ACT_CONVERSION,
    ACT_ENDLESS,
    ACT_DEEP,
    ACT_AT,
    ACT_GROW,
    ACT_FRESH,
    ACT_NAN,
    ACT_LOAD,
};

#define FUEL_ENOUGH (UINT64_C(1) << 32)

/* A module, as bytes of a file of tests/vectors/wasm. */
static inline prom_span load_code(fixture *test, const char *name)
{
    char path[1024];
    void *bytes = NULL;
    (void)snprintf(path, sizeof path, "%s/wasm/%s", VECTORS, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const size_t length = (size_t)ftell(file);
    rewind(file);
    assert_ok(prom_arena_alloc(&test->arena, &bytes, length, 1, &test->error), &test->error);
    assert_int_equal(fread(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return prom_span_of(bytes, length);
}

/* Its program, with limits that nothing reaches. */
static inline prom_module acts_module(fixture *test)
{
    return (prom_module){.limits = {.folds = true,
                                    .pages = 16,
                                    .result_bytes = 1 << 16,
                                    .fold_bytes = 1 << 16,
                                    .fuel = FUEL_ENOUGH,
                                    .fold_fuel = FUEL_ENOUGH},
                         .code = load_code(test, "acts.wasm")};
}

struct opened {
    prom_runner runner;
    prom_runner_session *session;
};

static inline struct opened open_acts(fixture *test, const prom_module *module)
{
    struct opened made;
    prom_wasm_runner_init(&made.runner, HELPER_OR_SKIP());
    assert_ok(made.runner.open(&made.runner, &made.session, module, NULL, &test->error), &test->error);
    return made;
}

/* An item: an act, and its number. */
static inline prom_span item_of(fixture *test, enum act act, uint32_t number)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span item;
    prom_write_u8(&writer, (uint8_t)act);
    prom_write_u32_le(&writer, number);
    assert_ok(prom_writer_finish(&writer, &item, &test->error), &test->error);
    return item;
}

/* Computes one node. */
static inline prom_node_result run_one(fixture *test, struct opened *opened, prom_module_call call)
{
    prom_node_result result;
    assert_ok(opened->runner.run(opened->session, &test->arena, &result, &call, 1, NULL, &test->error), &test->error);
    return result;
}

static inline prom_node_result run_item(fixture *test, struct opened *opened, prom_span item)
{
    return run_one(test, opened, (prom_module_call){.first = item});
}

static inline prom_node_result run_act(fixture *test, struct opened *opened, enum act act, uint32_t number)
{
    return run_item(test, opened, item_of(test, act, number));
}

#endif
