#include "support.h"

#include "chain/answer.h"

static void test_amounts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t sat;
    } GOOD[] = {
        {"0.00000000", 0},
        {"0.00000001", 1},
        {"0.00001000", 1000},
        {"0.10000000", 10000000},
        {"50.00000000", 5000000000},
        {"12345678.90123456", 1234567890123456},
        {"20999999.97690000", 2099999997690000},
        {"21000000.00000000", 2100000000000000},
        {"0.29000000", 29000000}, /* a double times 10^8 is 28999999.999999996 */
    };
    static const char *const WRONG[] = {
        "",
        ".",
        "1",
        "1.",
        "1.0",
        ".00000001",
        "1.0000000",
        "1.000000000",
        "-1.00000000",
        "+1.00000000",
        " 1.00000000",
        "1.00000000 ",
        "01.0000000",
        "00.00000000",
        "1,00000000",
        "1e8",
        "1.0000000e",
        "0x1.00000000",
        "1.0000.000",
        "NaN",
        "Infinity",
        "1.-0000000",
        "1. 00000000",
        "21000000.00000001",
        "99999999.99999999",
        "100000000.00000000",
        "184467440737.09551617",
    };
    prom_amount amount;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++) {
        assert_true(prom_chain_amount_parse(&amount, GOOD[i].text));
        assert_true(prom_amount_equal(amount, prom_amount_of(GOOD[i].sat)));
    }
    for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
        assert_false(prom_chain_amount_parse(&amount, WRONG[i]));
        assert_false(prom_amount_is_valid(amount));
    }
}

static json_t *json_of(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool number, time, flag, hash, amount;
    } CASES[] = {
        {.text = "0", .number = true, .time = true},
        {.text = "2147483647", .number = true, .time = true},
        {.text = "2147483648", .time = true},
        {.text = "4294967295", .time = true},
        {.text = "4294967296"},
        {.text = "-1"},
        {.text = "1.5"},
        {.text = "null"},
        {.text = "true", .flag = true},
        {.text = "false", .flag = true},
        {.text = "\"1.00000000\"", .amount = true},
        {.text = "\"1.0\""},
        {.text = "\"000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f\"", .hash = true},
        {.text = "\"000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26\""},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        json_auto_t *value = json_of(CASES[i].text);
        uint32_t number;
        int64_t seconds;
        bool flag;
        prom_bytes32 hash;
        prom_amount amount;
        assert_int_equal(prom_answer_number(&number, value), CASES[i].number);
        assert_int_equal(prom_answer_time(&seconds, value), CASES[i].time);
        assert_int_equal(prom_answer_flag(&flag, value), CASES[i].flag);
        assert_int_equal(prom_answer_hash(&hash, value), CASES[i].hash);
        assert_int_equal(prom_answer_amount(&amount, value), CASES[i].amount);
        assert_int_equal(number, CASES[i].number ? json_integer_value(value) : 0);
        assert_int_equal(seconds, CASES[i].time ? json_integer_value(value) : 0);
        assert_int_equal(flag, json_is_true(value));
        assert_int_equal(prom_amount_is_valid(amount), CASES[i].amount);
    }
}

static void test_bytes(void **state)
{
    fixture *with = *state;
    json_auto_t *good = json_of("\"0102fF\"");
    json_auto_t *odd = json_of("\"012\"");
    json_auto_t *number = json_of("12");
    prom_span bytes;
    assert_ok(prom_answer_bytes(&with->arena, &bytes, good, "getblock", &with->error), &with->error);
    assert_hex(bytes, "0102ff");
    PROM_SCOPED(prom_answer_hex_free) char *hex = prom_answer_hex(bytes);
    assert_string_equal(hex, "0102ff");
    assert_fails(prom_answer_bytes(&with->arena, &bytes, odd, "getblock", &with->error), PROM_CATEGORY_IO, &with->error,
                 "getblock: the answer lacks a field");
    assert_int_equal(bytes.length, 0);
    assert_fails(prom_answer_bytes(&with->arena, &bytes, number, "getblock", &with->error), PROM_CATEGORY_IO,
                 &with->error, "getblock: the answer lacks a field");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_values),
        FIXTURE_TEST(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
