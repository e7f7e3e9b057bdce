#include "module/assemble.h"

#define TABLE "02 70 00 03 70 00 01"

static prom_result look_with_table(fixture *test, const char *elements)
{
    sample module = usual_sample();
    prom_module_facts facts = {0};
    module.sections[PROM_WASM_SECTION_TABLE] = TABLE;
    module.sections[PROM_WASM_SECTION_ELEMENT] = elements;
    return prom_module_look(&test->arena, &facts, assemble(test, &module), &test->error);
}

static void test_element_segments(void **state)
{
    static const struct {
        const char *hex;
        const char *part; /* NULL: it is one */
    } cases[] = {
        {"01 00 4100 0B 03 000102", NULL},
        {"01 02 01 4100 0B 00 01 02", NULL},
        {"01 03 00 02 0001", NULL},
        {"01 04 4101 0B 02 D2000B D0700B", NULL},
        {"01 06 00 4101 0B 70 01 D2000B", NULL},
        {"01 07 70 01 D0700B", NULL},
        {"01 00 4103 0B 00", NULL},
        {"01 01 00 01 00", "a passive element segment"},
        {"01 05 70 01 D2000B", "a passive element segment"},
        {"01 08 00", "an element segment of kind 8"},
        {"01 00 4101 0B 03 000102", "a segment that ends at 4, of a table of 3"},
        {"01 00 417F 0B 01 00", "a segment that ends at 4294967296, of a table of 3"},
        {"01 02 01 4101 0B 00 01 02", "a segment that ends at 2, of a table of 1"},
        {"01 02 02 4100 0B 00 01 02", "table 2, of which there are 2"},
        {"01 00 4100 0B 01 03", "function 3, of which there are 3"},
        {"01 00 2300 0B 01 00", "an offset that is no i32.const"},
        {"01 00 4200 0B 01 00", "an offset that is no i32.const"},
        {"01 02 00 4100 0B 01 01 00", "an element segment of something else than functions"},
        {"01 06 00 4100 0B 6F 00", "an external reference"},
        {"01 04 4100 0B 01 2300 0B", "a constant that is not of one instruction"},
        {"01 00 4100 0B 05 00", "5 elements, for which there are not bytes enough"},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_result result = look_with_table(test, cases[i].hex);
        if (cases[i].part == NULL) {
            assert_ok(result, &test->error);
        } else {
            assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].part);
        }
    }
}

static void test_elements_need_a_table(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_ELEMENT, "01 00 4100 0B 01 00", "an element segment, and no table"},
        {PROM_WASM_SECTION_ELEMENT, "01 06 00 4100 0B 70 00", "table 0, of which there are 0"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
    (void)look_at_section(*state, PROM_WASM_SECTION_ELEMENT, "01 03 00 01 00");
}

/* Of all segments together, which are declarations of 60,000 functions each. */
static void test_bounds_all_elements(void **state)
{
    enum { COUNT = 60000, HEAD = 5 };
    fixture *test = *state;
    static char hex[2 * 2 * (COUNT + HEAD) + 3] = "02";
    for (size_t i = 0; i < 2; i++) {
        char *at = hex + 2 + i * 2 * (COUNT + HEAD);
        memset(at, '0', 2 * (size_t)(COUNT + HEAD));
        memcpy(at, "0300E0D403", 2 * (size_t)HEAD);
    }
    assert_fails(look_with_table(test, hex), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "element segments of 120000 elements in all: 65536 are possible");
}

static void test_data_segments(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_DATA, "01 01 01 00", "a passive data segment"},
        {PROM_WASM_SECTION_DATA, "01 03 00", "a data segment of kind 3"},
        {PROM_WASM_SECTION_DATA, "01 02 01 4100 0B 00", "memory 1, of which there are 1"},
        {PROM_WASM_SECTION_DATA, "01 00 41FFFF03 0B 02 0000", "a segment that ends at 65537, of a memory of 65536"},
        {PROM_WASM_SECTION_DATA, "01 00 417F 0B 00", "a segment that ends at 4294967295, of a memory of 65536"},
        {PROM_WASM_SECTION_DATA, "01 00 4400000000000000000B 00", "an offset that is no i32.const"},
        {PROM_WASM_SECTION_DATA, "01 00 4100 0B 03 0102", "3 bytes, for which there are not bytes enough"},
        {PROM_WASM_SECTION_DATA, "02 00 4100 0B 00", "cut off"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
    assert_int_equal(look_at_section(*state, PROM_WASM_SECTION_DATA,
                                     "03 00 4100 0B 02 0102  02 00 41FFFF03 0B 01 03  00 41808004 0B 00")
                         .data_bytes,
                     3);
}

static void test_bodies(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_CODE, "02 04 0041000B 04 0042000B", "2 bodies of 3 functions"},
        {PROM_WASM_SECTION_CODE, "03 04 0041000B 04 0042000B 03 000B", "3 bytes, for which there are not bytes enough"},
        {PROM_WASM_SECTION_CODE, "03 818008 00 04 0042000B", "131,073 bytes: 131072 are possible"},
        {PROM_WASM_SECTION_CODE, "03 04 0041000B 04 0042000B 02 000B 00", "1 byte behind the end of code"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_element_segments),
        FIXTURE_TEST(test_elements_need_a_table),
        FIXTURE_TEST(test_bounds_all_elements),
        FIXTURE_TEST(test_data_segments),
        FIXTURE_TEST(test_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
