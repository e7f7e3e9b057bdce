#include "module/assemble.h"

/* What a function of a module without globals has around its code: the cost in depth is `less` in LEB128, as a negative
 * number, and `more` as a positive one; the fuel is local `f`. */
#define STOP_FUEL "4200 53 0440 4101 2402 00 0B"
#define LOOK(f) "20" f STOP_FUEL
#define ENTRY(less, f) "2301 41" less " 6A 2401 2301 4100 48 0440 4102 2402 00 0B 2300 21" f LOOK(f)
#define EXIT(more, f) "0B 2301 41" more " 6A 2401 20" f "2400 0B"
#define OURS "02 01 7E 01 7F"
/* Charges so much, also as a negative number, to local 0. */
#define CHARGE(less) "2000 42" less "7C 2100"

static prom_module module_of(fixture *test, const sample *from)
{
    return (prom_module){
        .limits = {.pages = 9, .result_bytes = 1, .fuel = 1},
        .code = assemble(test, from),
    };
}

static prom_span meter(fixture *test, const sample *from)
{
    const prom_module module = module_of(test, from);
    prom_span metered = {0};
    prom_module_facts facts = {0};
    assert_ok(prom_module_meter(&test->arena, &metered, &facts, &module, &test->error), &test->error);
    return metered;
}

/* The rewritten body of the last function, which ends the module where it has no data. */
static void assert_body(fixture *test, const sample *from, const char *wanted)
{
    const prom_span metered = meter(test, from);
    const prom_span body = bytes_of(test, wanted);
    char *text = calloc(2 * body.length + 1, 1);
    assert_non_null(text);
    assert_true(metered.length > body.length + 5);
    (void)prom_hex(text, body.data, body.length);
    assert_hex(prom_span_of(metered.data + metered.length - body.length, body.length), text);
    free(text);
    uint32_t size = 0;
    for (size_t i = 0; i < 5; i++) {
        size |= (uint32_t)(metered.data[metered.length - body.length - 5 + i] & 0x7FU) << (7 * i);
    }
    assert_int_equal(size, body.length);
}

/* Of a function without parameters, locals and result. Its size is added to 4, and stands in the depth that it costs.
 */
static void test_constructs(void **state)
{
    static const struct {
        const char *code;
        const char *depth; /* the negative cost, and the positive one */
        const char *back;
        const char *wanted;
    } cases[] = {
        {"", "7A", "06", ""},
        {"01 01", "78", "08", "01 01"},
        {"4105 1A", "77", "09", CHARGE("7E") "4105 1A"},
        {"0F", "79", "07", CHARGE("7F") "0C00"},
        {"0240 0F 0B", "76", "0A", "0240" CHARGE("7F") "0C01 0B"},
        {"00 4100 1A", "76", "0A", CHARGE("7F") "00" CHARGE("7E") "4100 1A"},
        {"0C00", "78", "08", CHARGE("7F") "0C00"},
        {"0240 0C01 0C00 0B", "73", "0D", "0240" CHARGE("7F") "0C01" CHARGE("7F") "0C00 0B"},
        {"0340 0B", "77", "09", CHARGE("7F") "0340" LOOK("00") "0B"},
        {"0340 0C00 0B", "75", "0B", CHARGE("7F") "0340" LOOK("00") CHARGE("7F") "0C00 0B"},
        {"4100 0440 0B", "75", "0B", CHARGE("7E") "4100 0440 0B"},
        {"4100 0440 01 05 00 0B", "72", "0E", CHARGE("7E") "4100 0440 01 05" CHARGE("7F") "00 0B"},
        {"4100 0440 0F 05 0B 0F", "72", "0E", CHARGE("7E") "4100 0440" CHARGE("7F") "0C01 05 0B" CHARGE("7F") "0C00"},
        {"4100 0D00 4101 1A", "73", "0D", CHARGE("7E") "4100 0D00" CHARGE("7E") "4101 1A"},
        {"0240 4100 0E 01 00 01 0B", "71", "0F", "0240" CHARGE("7E") "4100 0E 01 00 01 0B"},
        {"1002", "78", "08", CHARGE("7F") "2000 2400 1002 2300 2100"},
        {"1002 1002", "76", "0A", CHARGE("7F") "2000 2400 1002 2300 2100" CHARGE("7F") "2000 2400 1002 2300 2100"},
        {"4100 1182808080 00 00", "71", "0F", CHARGE("7E") "4100 2000 2400 1182808080 00 00 2300 2100"},
        {"4101 4000 1A", "75", "0B",
         CHARGE("7E") "4101 2101 2000 2001 AD 420D 86 7D 2200" STOP_FUEL "2001 4000" CHARGE("7F") "1A"},
        {"4101 4102 4103 FC0A0000", "70", "10",
         CHARGE("7C") "4101 4102 4103 2101 2000 2001 AD 4203 88 7D 2200" STOP_FUEL "2001 FC0A0000"},
        {"4101 4102 4103 FC0B00", "71", "0F",
         CHARGE("7C") "4101 4102 4103 2101 2000 2001 AD 4203 88 7D 2200" STOP_FUEL "2001 FC0B00"},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char body[256];
        char wanted[2048];
        sample module = usual_sample();
        module.sections[PROM_WASM_SECTION_TABLE] = "01 70 00 01";
        (void)snprintf(body, sizeof body, "00 %s 0B", cases[i].code);
        (void)snprintf(wanted, sizeof wanted,
                       OURS "2301 41%s 6A 2401 2301 4100 48 0440 4102 2402 00 0B 2300 2100" LOOK(
                           "00") "0240 %s 0B 2301 41%s 6A 2401 2000 2400 0B",
                       cases[i].depth, cases[i].wanted, cases[i].back);
        module.bodies[2] = body;
        assert_body(test, &module, wanted);
    }
}

/* Of 64 instructions, the charge is -64; of 65 it takes two bytes. */
static void test_charges_long_runs(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    module.bodies[2] = "00 4100 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 "
                       "C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 0C00 0B";
    assert_body(test, &module,
                OURS ENTRY("B67F", "00") "0240 2000 42BE7F 7C 2100 4100 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 "
                                         "C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 "
                                         "C0C0C0C0C0C0C0C0 C0C0C0C0C0C0C0C0 0C00" EXIT("CA00", "00"));
}

/* Parameters and locals come before ours, and cost depth; the result is the wrapping block's. */
static void test_locals_and_results(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    module.sections[PROM_WASM_SECTION_FUNCTION] = "03 00 01 01";
    module.bodies[2] = "02 03 7F 00 7B 4205 0F 0B";
    assert_body(test, &module,
                "04 03 7F 00 7B 01 7E 01 7F" ENTRY("6E", "05") "027E 2005 427E 7C 2105 4205 0C00" EXIT("12", "05"));
    module.bodies[2] = "01 FE01 7F 4205 0B"; /* 254, and two parameters */
    assert_body(test, &module,
                "03 FE01 7F 01 7E 01 7F" ENTRY("F57D", "8002") "027E 208002 4273 7C 218002 4205" EXIT("8B02", "8002"));
}

/* Of 16 more than 64, each run costs one more, whatever is in it. */
static void test_charges_many_locals(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    module.sections[PROM_WASM_SECTION_FUNCTION] = "03 00 01 01";
    module.bodies[2] = "01 4D 7F 0240 0B 4205 0B"; /* 77, and two parameters */
    assert_body(test, &module,
                "03 4D 7F 01 7E 01 7F" ENTRY("A47F", "4F") "027E 0240 0B 204F 427F 7C 214F 4205" EXIT("DC00", "4F"));
    module.bodies[2] = "01 4E 7F 0240 0B 4205 0B";
    assert_body(test, &module,
                "03 4E 7F 01 7E 01 7F" ENTRY("A37F", "50") "027E 2050 427F 7C 2150 0240 2050 427F 7C 2150 0B "
                                                           "2050 427E 7C 2150 4205" EXIT("DD00", "50"));
}

/* Ours stand behind the module's own globals. */
static void test_globals_of_the_module(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    module.sections[PROM_WASM_SECTION_GLOBAL] = "02 7F 01 4105 0B 7E 00 4207 0B";
    module.bodies[2] = "00 2300 2400 0B";
    assert_body(test, &module,
                OURS "2303 4176 6A 2403 2303 4100 48 0440 4102 2404 00 0B 2302 2100 2000 4200 53 0440 4101 2404 00 0B "
                     "0240" CHARGE("7E") "2300 2400 0B 2303 410A 6A 2403 2000 2402 0B");
}

/* All of it: the sections in their order, custom ones left out. */
static void test_the_whole_module(void **state)
{
    fixture *test = *state;
    sample module = usual_sample();
    module.sections[PROM_WASM_SECTION_DATA_COUNT] = "01";
    module.sections[PROM_WASM_SECTION_DATA] = "01 00 4100 0B 01 AA";
    module.behind = "00 03 02 4142";
    const prom_span metered = meter(test, &module);
    static const char wanted[] =
        "0061736D01000000"
        "01 9780808000" TYPES "03 8480808000 03 00 01 02"
        "05 8480808000 01 01 01 09"
        "06 9080808000 03 7E 01 42000B 7F 01 41000B 7F 01 41000B"
        "07 DC80808000 06" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP "12 70726F6D5F6D65746572696E675F6675656C 03 00"
        "13 70726F6D5F6D65746572696E675F6465707468 03 01"
        "11 70726F6D5F6D65746572696E675F776879 03 02"
        "0C 8180808000 01";
    const prom_span bytes = bytes_of(test, wanted);
    char text[sizeof wanted];
    (void)prom_hex(text, bytes.data, bytes.length);
    assert_hex(prom_span_of(metered.data, bytes.length), text);
    const prom_span data = bytes_of(test, "0B 8780808000 01 00 4100 0B 01 AA");
    assert_memory_equal(metered.data + metered.length - data.length, data.data, data.length);
}

static void test_bounds_memory(void **state)
{
    static const struct {
        const char *memory;
        const char *wanted;
    } cases[] = {
        {"01 00 02", "05 8480808000 01 01 02 09"},
        {"01 01 02 05", "05 8480808000 01 01 02 05"},
        {"01 01 09 808004", "05 8480808000 01 01 09 09"},
        {"01 01 00 00", "05 8480808000 01 01 00 00"},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sample module = usual_sample();
        module.sections[PROM_WASM_SECTION_MEMORY] = cases[i].memory;
        const prom_span metered = meter(test, &module);
        const prom_span wanted = bytes_of(test, cases[i].wanted);
        enum { BEFORE = 8 + 6 + 23 + 6 + 4 };
        assert_memory_equal(metered.data + BEFORE, wanted.data, wanted.length);
    }
}

static void test_refuses_what_the_program_cannot_have(void **state)
{
    fixture *test = *state;
    sample from = usual_sample();
    prom_span metered = {0};
    prom_module_facts facts = {0};
    prom_module module = module_of(test, &from);
    module.limits.folds = true;
    assert_fails(prom_module_meter(&test->arena, &metered, &facts, &module, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the program folds, but its module does not export 'reduce'");
    from.sections[PROM_WASM_SECTION_MEMORY] = "01 00 0A";
    module = module_of(test, &from);
    assert_fails(prom_module_meter(&test->arena, &metered, &facts, &module, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "10 pages of memory at first, and the program's limit is 9");
    from.bodies[2] = "00 06 0B";
    module = module_of(test, &from);
    assert_fails(prom_module_meter(&test->arena, &metered, &facts, &module, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "exceptions");
    assert_null(metered.data);
    PROM_SCOPED(prom_arena_free) prom_arena small = {0};
    prom_arena_init(&small, 1700);
    from = usual_sample();
    module = module_of(test, &from);
    assert_fails(prom_module_meter(&small, &metered, &facts, &module, &test->error), PROM_CATEGORY_MEMORY, &test->error,
                 "");
}

/* With the longest numbers of locals and globals, no construct adds more than the page says. */
static void test_grows_no_more_than_it_may(void **state)
{
    enum { TIMES = 1000, GLOBALS = 65536, SECTIONS = 160 };
    static const struct {
        const char *unit;
        size_t grown; /* bytes for each */
    } cases[] = {
        {"1002", 32},     {"0F", 32},       {"00", 32},     {"03400B", 64},         {"410004400B", 64},
        {"41004000", 64}, {"FC0A0000", 64}, {"FC0B00", 64}, {"41000E00000C00", 64}, {"4100110200", 32},
    };
    fixture *test = *state;
    static char globals[6 + 10 * GLOBALS + 1] = "808004";
    for (size_t i = 0; i < GLOBALS; i++) {
        memcpy(globals + 6 + 10 * i, "7F0141000B", 10);
    }
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char body[16 * TIMES] = "01 90CE00 7F";
        for (size_t j = 0; j < TIMES; j++) {
            memcpy(body + 12 + j * strlen(cases[i].unit), cases[i].unit, strlen(cases[i].unit));
        }
        memcpy(body + 12 + TIMES * strlen(cases[i].unit), "0B", 3);
        sample from = usual_sample();
        from.sections[PROM_WASM_SECTION_TABLE] = "01 70 00 01";
        from.sections[PROM_WASM_SECTION_GLOBAL] = globals;
        from.bodies[2] = body;
        const prom_span metered = meter(test, &from);
        const size_t before = assemble(test, &from).length;
        assert_true(metered.length <= before + SECTIONS + 3 * (128 + 32) + TIMES * cases[i].grown);
    }
}

/* The vectors, which an engine runs: each module can be metered as its limits say, and what it gives are results of so
 * many nodes. */
static void test_meters_what_the_vectors_run(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("module/runs.json");
    assert_true(json_array_size(vectors) > 5);
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        const json_t *vector = json_array_get(vectors, i);
        const prom_span outputs = span_of_hex(test, member_text(vector, "results"));
        const uint32_t items = (uint32_t)json_array_size(member(vector, "items"));
        const prom_module module = {
            .limits = {.folds = member_number(vector, "folds") != 0, .pages = (uint32_t)member_number(vector, "pages")},
            .code = span_of_hex(test, member_text(vector, "module")),
        };
        const prom_node_result *results = NULL;
        prom_span metered = {0};
        prom_module_facts facts = {0};
        uint32_t count = 0;
        assert_ok(prom_module_meter(&test->arena, &metered, &facts, &module, &test->error), &test->error);
        assert_true(metered.length > module.code.length);
        assert_ok(prom_results_read(&test->arena, &results, &count, outputs, &test->error), &test->error);
        assert_int_equal(count, prom_module_nodes(items, module.limits.folds));
    }
    json_decref(vectors);
}

/* A module that is metered already has our names. */
static void test_meters_once_only(void **state)
{
    fixture *test = *state;
    const sample from = usual_sample();
    prom_module module = module_of(test, &from);
    prom_span metered = {0};
    prom_module_facts facts = {0};
    assert_ok(prom_module_meter(&test->arena, &metered, &facts, &module, &test->error), &test->error);
    module.code = metered;
    assert_fails(prom_module_meter(&test->arena, &metered, &facts, &module, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "it exports 'prom_metering_fuel'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_constructs),
        FIXTURE_TEST(test_charges_long_runs),
        FIXTURE_TEST(test_locals_and_results),
        FIXTURE_TEST(test_charges_many_locals),
        FIXTURE_TEST(test_globals_of_the_module),
        FIXTURE_TEST(test_the_whole_module),
        FIXTURE_TEST(test_bounds_memory),
        FIXTURE_TEST(test_refuses_what_the_program_cannot_have),
        FIXTURE_TEST(test_grows_no_more_than_it_may),
        FIXTURE_TEST(test_meters_what_the_vectors_run),
        FIXTURE_TEST(test_meters_once_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
