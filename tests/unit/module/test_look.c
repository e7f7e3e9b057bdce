#include "module/assemble.h"

static void test_finds_the_facts(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    prom_module_facts facts = look_at(test, &module);
    assert_true(!facts.folds && !facts.floats && !facts.simd);
    assert_int_equal(facts.functions, 3);
    assert_int_equal(facts.pages, 1);
    assert_int_equal(facts.table_slots, 0);
    assert_int_equal(facts.data_bytes, 0);
    module.sections[PROM_WASM_SECTION_TABLE] = "02 70 00 05 70 00 02";
    module.sections[PROM_WASM_SECTION_DATA] = "02 00 4100 0B 02 0102 00 4100 0B 01 03";
    module.sections[PROM_WASM_SECTION_MEMORY] = "01 00 07";
    facts = look_at(test, &module);
    assert_int_equal(facts.pages, 7);
    assert_int_equal(facts.table_slots, 7);
    assert_int_equal(facts.data_bytes, 3);
}

/* docs/programs.md, "Setting up": custom sections are bytes of the module, too. */
static void test_counts_what_setting_up_takes(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    assert_int_equal(look_at(test, &module).setup_fuel, 20000 + assemble(test, &module).length + 8192);
    module.behind = "00 03 01 78 00";
    module.sections[PROM_WASM_SECTION_TABLE] = "02 70 00 05 70 01 02 09";
    module.sections[PROM_WASM_SECTION_MEMORY] = "01 01 00 07";
    assert_int_equal(look_at(test, &module).setup_fuel, 20000 + assemble(test, &module).length + 5 + 2);
    module.sections[PROM_WASM_SECTION_MEMORY] = "01 00 80 80 01";
    assert_int_equal(look_at(test, &module).setup_fuel,
                     20000 + assemble(test, &module).length + 7 + UINT64_C(16384) * 8192);
}

static void test_finds_floats_and_vectors(void **state)
{
    static const struct {
        const char *body;
        bool floats;
        bool simd;
    } cases[] = {
        {"00 4300000000 1A 0B", false, false},
        {"00 4300000000 8B 1A 0B", true, false},
        {"00 4100 FD11 1A 0B", false, true},
        {"00 4100 FD11 FDE001 1A 0B", true, true},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sample module = usual_sample();
        module.bodies[2] = cases[i].body;
        const prom_module_facts facts = look_at(test, &module);
        assert_int_equal(facts.floats, cases[i].floats);
        assert_int_equal(facts.simd, cases[i].simd);
    }
}

/* Nothing of what it needs meanwhile stays in the arena, and a limit of it holds. */
static void test_gives_memory_back(void **state)
{
    fixture *test = *state;
    const sample module = usual_sample();
    const prom_span code = assemble(test, &module);
    const size_t used = test->arena.used;
    prom_module_facts facts = {0};
    assert_ok(prom_module_look(&test->arena, &facts, code, &test->error), &test->error);
    assert_int_equal(test->arena.used, used);
    PROM_SCOPED(prom_arena_free) prom_arena small = {0};
    prom_arena_init(&small, 100);
    assert_fails(prom_module_look(&small, &facts, code, &test->error), PROM_CATEGORY_MEMORY, &test->error, "");
}

/* Each function is small enough, all together are not: 2^27 bytes, of which each block's two ends of runs take 67. */
static void test_bounds_growth_of_all(void **state)
{
    enum { FUNCTIONS = 47, BLOCKS = 43000, BODY = 1 + 3 * BLOCKS + 1 };
    fixture *test = *state;
    prom_writer code = prom_writer_in(&test->arena);
    prom_writer types = prom_writer_in(&test->arena);
    sample module = usual_sample();
    for (size_t count = FUNCTIONS - 1; count <= FUNCTIONS; count++) {
        code.length = 0;
        types.length = 0;
        prom_write_span(&types, bytes_of(test, "0001"));
        prom_write_span(&code, bytes_of(test, "04 0041000B 04 0042000B"));
        for (size_t i = 0; i < count; i++) {
            prom_write_u8(&types, 2);
            prom_wasm_write_u32(&code, BODY);
            prom_write_u8(&code, 0);
            for (size_t j = 0; j < BLOCKS; j++) {
                prom_write_span(&code, prom_span_of((const uint8_t *)"\x02\x40\x0B", 3));
            }
            prom_write_u8(&code, 0x0B);
        }
        char *texts[2] = {calloc(2 * types.length + 3, 1), calloc(2 * code.length + 3, 1)};
        (void)snprintf(texts[0], 3, "%02zx", count + 2);
        (void)snprintf(texts[1], 3, "%02zx", count + 2);
        (void)prom_hex(texts[0] + 2, types.data, types.length);
        (void)prom_hex(texts[1] + 2, code.data, code.length);
        module.sections[PROM_WASM_SECTION_FUNCTION] = texts[0];
        module.sections[PROM_WASM_SECTION_CODE] = texts[1];
        if (count < FUNCTIONS) {
            (void)look_at(test, &module);
        } else {
            assert_look_refuses(test, &module, "the module can be too large when it is metered");
        }
        free(texts[0]);
        free(texts[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_finds_the_facts),          FIXTURE_TEST(test_counts_what_setting_up_takes),
        FIXTURE_TEST(test_finds_floats_and_vectors), FIXTURE_TEST(test_gives_memory_back),
        FIXTURE_TEST(test_bounds_growth_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
