#include "module/vectors.h"

static prom_module_limits limits_of(const json_t *vector)
{
    return (prom_module_limits){
        .folds = member_number(vector, "folds") >= 1,
        .folds_alone = member_number(vector, "folds") == 2,
        .pages = (uint32_t)member_number(vector, "pages"),
        .result_bytes = (uint32_t)member_number(vector, "result_bytes"),
        .fold_bytes = (uint32_t)member_number(vector, "fold_bytes"),
        .fuel = member_number(vector, "fuel"),
        .fold_fuel = member_number(vector, "fold_fuel"),
    };
}

static void assert_limits(const prom_module_limits *a, const prom_module_limits *b)
{
    assert_int_equal(a->folds, b->folds);
    assert_int_equal(a->folds_alone, b->folds_alone);
    assert_int_equal(a->pages, b->pages);
    assert_int_equal(a->result_bytes, b->result_bytes);
    assert_int_equal(a->fold_bytes, b->fold_bytes);
    assert_true(a->fuel == b->fuel);
    assert_true(a->fold_fuel == b->fold_fuel);
}

static void test_reads_and_writes_the_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("module/module.json");
    const json_t *programs = member(vectors, "programs");
    assert_true(json_array_size(programs) > 0);
    for (size_t i = 0; i < json_array_size(programs); i++) {
        const json_t *vector = json_array_get(programs, i);
        const prom_module_limits limits = limits_of(vector);
        const prom_span bytes = span_of_hex(test, member_text(vector, "program"));
        prom_module module = {0};
        prom_span written = {0};
        assert_true(prom_module_is(bytes));
        assert_ok(prom_module_read(&module, bytes, &test->error), &test->error);
        assert_limits(&module.limits, &limits);
        assert_hex32(&module.digest, member_text(vector, "digest"));
        assert_ptr_equal(module.code.data, bytes.data + PROM_MODULE_MANIFEST);
        assert_int_equal(module.code.length, bytes.length - PROM_MODULE_MANIFEST);
        assert_ok(prom_module_write(&test->arena, &written, &limits, module.code, &test->error), &test->error);
        assert_true(prom_span_equal(written, bytes));
    }
    json_decref(vectors);
}

static prom_result read_program(fixture *test, prom_span bytes)
{
    prom_module module = {.code = bytes};
    const prom_result result = prom_module_read(&module, bytes, &test->error);
    assert_null(module.code.data);
    return result;
}

static void test_refuses_what_is_no_program(void **state)
{
    assert_all_refused(*state, "refused programs", read_program);
}

static void test_tells_programs_apart(void **state)
{
    (void)state;
    assert_true(prom_module_is(prom_span_of((const uint8_t *)"PRMW", 4)));
    assert_false(prom_module_is(prom_span_of((const uint8_t *)"PRM", 3)));
    assert_false(prom_module_is(prom_span_of((const uint8_t *)"PRMI0000", 8)));
    assert_false(prom_module_is((prom_span){0}));
}

static void test_writes_no_program_that_it_would_not_read(void **state)
{
    fixture *test = *state;
    static uint8_t code[PROM_MODULE_BYTES_MAX + 1];
    prom_module_limits limits = {.pages = 1, .fuel = 1};
    prom_span written = {0};
    assert_ok(prom_module_write(&test->arena, &written, &limits, prom_span_of(code, sizeof code - 1), &test->error),
              &test->error);
    assert_fails(prom_module_write(&test->arena, &written, &limits, prom_span_of(code, sizeof code), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the program's module has 16,777,217 bytes");
    assert_null(written.data);
    assert_fails(prom_module_write(&test->arena, &written, &limits, prom_span_of(code, 0), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the program's module has 0 bytes");
    limits.folds = true;
    assert_fails(prom_module_write(&test->arena, &written, &limits, prom_span_of(code, 1), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "fuel of a fold is 0");
}

static void test_derives_the_program_that_folds_alone(void **state)
{
    fixture *test = *state;
    prom_module_limits limits = {
        .folds = true, .pages = 7, .result_bytes = 3, .fold_bytes = 5, .fuel = 11, .fold_fuel = 13};
    const prom_module_limits wanted = {
        .folds = true, .folds_alone = true, .pages = 7, .fold_bytes = 5, .fold_fuel = 13};
    prom_module module = {.limits = limits, .code = prom_span_of((const uint8_t *)"code", 4)};
    prom_module alone;
    prom_span written;
    prom_span again;
    assert_ok(prom_module_write_folds(&test->arena, &written, &module, &test->error), &test->error);
    assert_ok(prom_module_read(&alone, written, &test->error), &test->error);
    assert_limits(&alone.limits, &wanted);
    assert_true(prom_span_equal(alone.code, module.code));
    assert_ok(prom_module_write_folds(&test->arena, &again, &alone, &test->error), &test->error);
    assert_true(prom_span_equal(again, written));
    module.limits.folds = false;
    assert_fails(prom_module_write_folds(&test->arena, &again, &module, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "does not fold");
    limits.folds_alone = true;
    limits.result_bytes = 0;
    assert_fails(prom_module_write(&test->arena, &again, &limits, module.code, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "fuel of an item is 11: 0 to 0 are possible, as it folds alone");
}

static void test_compiling_has_a_bound(void **state)
{
    (void)state;
    assert_int_equal(prom_module_compile_bytes(0), 64 << 20);
    assert_int_equal(prom_module_compile_bytes(1000), (64 << 20) + 1024000);
    assert_int_equal(prom_module_compile_bytes((960 << 10) - 1), (1 << 30) - 1024);
    assert_int_equal(prom_module_compile_bytes(960 << 10), 1 << 30);
    assert_int_equal(prom_module_compile_bytes(PROM_MODULE_BYTES_MAX), 1 << 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_compiling_has_a_bound),
        FIXTURE_TEST(test_reads_and_writes_the_vectors),
        FIXTURE_TEST(test_refuses_what_is_no_program),
        FIXTURE_TEST(test_tells_programs_apart),
        FIXTURE_TEST(test_writes_no_program_that_it_would_not_read),
        FIXTURE_TEST(test_derives_the_program_that_folds_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
