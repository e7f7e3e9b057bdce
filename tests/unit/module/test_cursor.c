#include "module/assemble.h"

#include "module/cursor.h"

static prom_wasm_cursor cursor_of(fixture *test, prom_span bytes)
{
    return (prom_wasm_cursor){.bytes = bytes.data, .end = bytes.length, .error = &test->error};
}

static void test_reads_unsigned_numbers(void **state)
{
    static const struct {
        const char *hex;
        uint32_t value;
    } cases[] = {{"00", 0}, {"7F", 127}, {"8001", 128}, {"8080808000", 0}, {"FFFFFFFF0F", UINT32_MAX}};
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_wasm_cursor cursor = cursor_of(test, bytes_of(test, cases[i].hex));
        assert_int_equal(prom_wasm_u32(&cursor), cases[i].value);
        assert_ok(prom_wasm_result(&cursor), &test->error);
        assert_int_equal(cursor.at, cursor.end);
    }
}

static void test_reads_signed_numbers(void **state)
{
    static const struct {
        const char *hex;
        unsigned bits;
        int64_t value;
    } cases[] = {
        {"00", 32, 0},
        {"7F", 32, -1},
        {"40", 32, -64},
        {"C000", 32, 64},
        {"FFFFFFFF07", 32, INT32_MAX},
        {"8080808078", 32, INT32_MIN},
        {"FFFFFFFF7F", 32, -1},
        {"FFFFFFFF0F", 33, UINT32_MAX},
        {"8080808070", 33, -INT64_C(0x100000000)},
        {"8080808000", 33, 0},
        {"FFFFFFFFFFFFFFFFFF00", 64, INT64_MAX},
        {"8080808080808080807F", 64, INT64_MIN},
        {"FFFFFFFFFFFFFFFFFF7F", 64, -1},
        {"808080808001", 64, INT64_C(1) << 35},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_wasm_cursor cursor = cursor_of(test, bytes_of(test, cases[i].hex));
        assert_true(prom_wasm_signed(&cursor, cases[i].bits) == cases[i].value);
        assert_ok(prom_wasm_result(&cursor), &test->error);
        assert_int_equal(cursor.at, cursor.end);
    }
}

static void test_refuses_numbers_that_are_too_long(void **state)
{
    static const struct {
        const char *hex;
        unsigned bits; /* 0: an unsigned number of 32 */
    } cases[] = {
        {"FFFFFFFF1F", 0},  {"8080808010", 0},  {"808080808000", 0},          {"FFFFFFFF4F", 0},
        {"8080808008", 32}, {"FFFFFFFF77", 32}, {"808080808000", 32},         {"FFFFFFFFFFFFFFFFFF01", 64},
        {"8080808010", 33}, {"FFFFFFFF6F", 33}, {"8080808080808080807E", 64}, {"8080808080808080808000", 64},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_wasm_cursor cursor = cursor_of(test, bytes_of(test, cases[i].hex));
        if (cases[i].bits == 0) {
            assert_int_equal(prom_wasm_u32(&cursor), 0);
        } else {
            assert_true(prom_wasm_signed(&cursor, cases[i].bits) == 0);
        }
        assert_fails(prom_wasm_result(&cursor), PROM_CATEGORY_BAD_INPUT, &test->error, "the module, byte 0: a number");
    }
}

static void test_stays_failed_and_keeps_the_first_sentence(void **state)
{
    fixture *test = *state;
    prom_wasm_cursor cursor = cursor_of(test, bytes_of(test, "0580"));
    assert_int_equal(prom_wasm_u8(&cursor), 5);
    assert_int_equal(prom_wasm_u32(&cursor), 0);
    assert_fails(prom_wasm_result(&cursor), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the module, byte 2: it is cut off here");
    prom_wasm_fail(&cursor, 7, "another fault");
    prom_wasm_skip(&cursor, 1);
    assert_null(strstr(test->error.sentence, "another"));
    assert_int_equal(prom_wasm_name(&cursor).length, 0);
}

static void test_bounds_counts_indices_and_ends(void **state)
{
    fixture *test = *state;
    prom_wasm_cursor cursor = cursor_of(test, bytes_of(test, "03 0000"));
    assert_int_equal(prom_wasm_count(&cursor, 1, 9, "thing"), 0);
    assert_string_equal(test->error.sentence,
                        "the module, byte 0: 3 things, for which there are not bytes enough: build it again");
    cursor = cursor_of(test, bytes_of(test, "02 0000"));
    assert_int_equal(prom_wasm_count(&cursor, 1, 1, "thing"), 0);
    assert_fails(prom_wasm_result(&cursor), PROM_CATEGORY_BAD_INPUT, &test->error, "2 things: 1 are possible");
    cursor = cursor_of(test, bytes_of(test, "02 0000"));
    assert_int_equal(prom_wasm_count(&cursor, 1, 2, "thing"), 2);
    assert_int_equal(prom_wasm_index(&cursor, 1, "thing"), 0);
    assert_int_equal(prom_wasm_index(&cursor, 0, "thing"), 0);
    assert_fails(prom_wasm_result(&cursor), PROM_CATEGORY_BAD_INPUT, &test->error, "thing 0, of which there are 0");
    cursor = cursor_of(test, bytes_of(test, "0000"));
    prom_wasm_skip(&cursor, 1);
    prom_wasm_ends(&cursor, "a test");
    assert_fails(prom_wasm_result(&cursor), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "byte 1: 1 byte behind the end of a test");
}

static void test_writes_what_it_reads(void **state)
{
    static const int64_t numbers[] = {0,   1,   63,   64,   127,       128,       8191,      8192,     -1,
                                      -64, -65, -128, -129, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span bytes = {0};
        prom_wasm_write_signed(&writer, numbers[i]);
        prom_wasm_write_u32(&writer, (uint32_t)numbers[i]);
        assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
        prom_wasm_cursor cursor = cursor_of(test, bytes);
        assert_true(prom_wasm_signed(&cursor, 64) == numbers[i]);
        assert_int_equal(prom_wasm_u32(&cursor), (uint32_t)numbers[i]);
        assert_int_equal(cursor.at, cursor.end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_reads_unsigned_numbers),
        FIXTURE_TEST(test_reads_signed_numbers),
        FIXTURE_TEST(test_refuses_numbers_that_are_too_long),
        FIXTURE_TEST(test_stays_failed_and_keeps_the_first_sentence),
        FIXTURE_TEST(test_bounds_counts_indices_and_ends),
        FIXTURE_TEST(test_writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
