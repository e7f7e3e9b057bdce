#include "module/assemble.h"

static void test_reads_the_usual_module(void **state)
{
    fixture *test = *state;
    const sample module = usual_sample();
    prom_wasm wasm = {0};
    assert_ok(prom_wasm_read(&test->arena, &wasm, assemble(test, &module), &test->error), &test->error);
    assert_int_equal(wasm.type_count, 4);
    assert_int_equal(wasm.types[1].parameters.length, 2);
    assert_int_equal(wasm.types[1].result, 0x7E);
    assert_int_equal(wasm.types[2].result, 0x40);
    assert_int_equal(wasm.function_count, 3);
    assert_int_equal(wasm.functions[1].type, 1);
    assert_hex(prom_span_of(wasm.code.data + wasm.functions[1].at, wasm.functions[1].end - wasm.functions[1].at),
               "0042000b");
    assert_int_equal(wasm.pages, 1);
    assert_int_equal(wasm.pages_max, 65536);
    assert_false(wasm.folds);
}

static void test_exports(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_EXPORT, NULL, "it exports nothing: export 'memory', 'prom_alloc' and 'map'"},
        {PROM_WASM_SECTION_EXPORT, "02" EXPORT_ALLOC EXPORT_MAP, "does not export 'memory'"},
        {PROM_WASM_SECTION_EXPORT, "02" EXPORT_MEMORY EXPORT_MAP, "does not export 'prom_alloc'"},
        {PROM_WASM_SECTION_EXPORT, "02" EXPORT_MEMORY EXPORT_ALLOC, "does not export 'map'"},
        {PROM_WASM_SECTION_EXPORT, "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP EXPORT_MAP, "exports 'map' twice"},
        {PROM_WASM_SECTION_EXPORT, "03" EXPORT_MEMORY EXPORT_ALLOC "03 6D6170 00 00",
         "exports 'map' as something else than a function (i32, i32) -> i64"},
        {PROM_WASM_SECTION_EXPORT, "03" EXPORT_MEMORY EXPORT_ALLOC "03 6D6170 02 00", "exports 'map' as something"},
        {PROM_WASM_SECTION_EXPORT, "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP EXPORT_REDUCE,
         "exports 'reduce' as something else than a function (i32, i32, i32, i32) -> i64"},
        {PROM_WASM_SECTION_EXPORT, "03" EXPORT_MEMORY EXPORT_ALLOC "03 6D6170 00 03",
         "function 3, of which there are 3"},
        {PROM_WASM_SECTION_EXPORT, "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP "0178 03 00", "global 0, of which"},
        {PROM_WASM_SECTION_EXPORT, "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP "0178 01 00", "table 0, of which"},
        {PROM_WASM_SECTION_EXPORT, "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP "0178 02 01", "memory 1, of which"},
        {PROM_WASM_SECTION_EXPORT, "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP "0178 04 00", "an export of kind 4"},
        {PROM_WASM_SECTION_EXPORT, "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP "0E 70726F6D5F6D65746572696E675F 00 00",
         "it exports 'prom_metering_': names that begin with prom_metering_ are reserved"},
        {PROM_WASM_SECTION_EXPORT, "03" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP "00", "1 byte behind the end of export"},
        {PROM_WASM_SECTION_EXPORT, "8120" EXPORT_MEMORY, "4,097 exports: 4096 are possible"},
        {PROM_WASM_SECTION_EXPORT, "03" EXPORT_MEMORY EXPORT_ALLOC "03 6D61", "3 bytes, for which there are not"},
    };
    fixture *test = *state;
    assert_sections_refused(test, refused, COUNT_OF(refused));
    /* What else is exported does not matter, not even a name that is almost ours. */
    assert_false(look_at_section(test, PROM_WASM_SECTION_EXPORT,
                                 "05" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP
                                 "00 00 00  0D 70726F6D5F6D65746572696E67 00 00")
                     .folds);
    sample folding = usual_sample();
    folding.sections[PROM_WASM_SECTION_FUNCTION] = "03 00 01 03";
    folding.sections[PROM_WASM_SECTION_EXPORT] = "04" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP EXPORT_REDUCE;
    folding.bodies[2] = "00 4200 0B";
    assert_true(look_at(test, &folding).folds);
}

static void test_refuses_what_programs_have_not(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_IMPORT, "01 03 656E76 03 0A2062 00 02",
         "it imports '? b' of 'env': a program has no imports"},
        {PROM_WASM_SECTION_IMPORT, "01 FF", "cut off"},
        {PROM_WASM_SECTION_START, "02", "a start section: a program has no start function"},
        {PROM_WASM_SECTION_TAG, "00", "a tag section: it is for exceptions"},
        {PROM_WASM_SECTION_MEMORY, NULL, "memory 0, of which there are 0"},
        {PROM_WASM_SECTION_CODE, "00", "0 bodies of 3 functions"},
        {PROM_WASM_SECTION_FUNCTION, NULL, "function 0, of which there are 0"},
        {PROM_WASM_SECTION_DATA_COUNT, "01", "1 data segments are announced, and 0 are there"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
    (void)look_at_section(*state, PROM_WASM_SECTION_IMPORT, "00");
    (void)look_at_section(*state, PROM_WASM_SECTION_DATA_COUNT, "00");
}

static void test_sections_stand_once_and_in_order(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    static const struct {
        const char *behind;
        const char *part;
    } cases[] = {
        {"01 01 00", "the type section stands twice, or behind one that it belongs before"},
        {"0A 01 00", "the code section stands twice"},
        {"0C 01 00", "the data count section stands twice"},
        {"0E 00", "a section of kind 14"},
        {"00 00", "cut off"}, /* a custom section without a name */
        {"00 02 02 41", "for which there are not bytes enough"},
        {"00 05 02 4141", "5 bytes, for which there are not bytes enough"},
        {"0B FFFFFFFF0F", "for which there are not bytes enough"},
        {"0B", "cut off"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        module.behind = cases[i].behind;
        assert_look_refuses(test, &module, cases[i].part);
    }
    module.behind = "0005 02 4141 0102  0001 00  0B01 00  0001 00";
    (void)look_at(test, &module);
    module.behind = "0B01 00 0B01 00";
    assert_look_refuses(test, &module, "the data section stands twice");
}

static void test_refuses_what_is_no_module(void **state)
{
    static const char *const heads[] = {"", "0061736D", "0061736D02000000", "0061736D0D000100", "0061736C01000000"};
    fixture *test = *state;
    prom_module_facts facts = {0};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        assert_fails(prom_module_look(&test->arena, &facts, bytes_of(test, heads[i]), &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "not a WebAssembly module of version 1");
    }
    static uint8_t large[PROM_MODULE_BYTES_MAX + 1];
    assert_fails(prom_module_look(&test->arena, &facts, prom_span_of(large, sizeof large), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "more than 16777216 bytes");
}

/* Each beginning of a module is refused as such, and read no further than it goes. */
static void test_refuses_each_beginning(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    module.sections[PROM_WASM_SECTION_DATA] = "01 00 4100 0B 03 010203";
    const prom_span bytes = assemble(test, &module);
    prom_module_facts facts = {0};
    assert_ok(prom_module_look(&test->arena, &facts, bytes, &test->error), &test->error);
    for (size_t length = 0; length + 12 < bytes.length; length++) { /* with no more than the data missing it is whole */
        uint8_t *exact = exact_copy(bytes.data, length);
        const prom_result result = prom_module_look(&test->arena, &facts, prom_span_of(exact, length), &test->error);
        free(exact);
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_reads_the_usual_module),         FIXTURE_TEST(test_exports),
        FIXTURE_TEST(test_refuses_what_programs_have_not), FIXTURE_TEST(test_sections_stand_once_and_in_order),
        FIXTURE_TEST(test_refuses_what_is_no_module),      FIXTURE_TEST(test_refuses_each_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
