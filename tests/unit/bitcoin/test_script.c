#include "support.h"

#include "prometheus/bitcoin/script.h"

static void test_push(void **state)
{
    fixture *test = *state;
    static const struct {
        size_t length;
        const char *prefix;
    } cases[] = {{0, "00"}, {1, "01"}, {75, "4b"}, {76, "4c4c"}, {255, "4cff"}};
    uint8_t data[256];
    memset(data, 0xee, sizeof data);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span script;
        const size_t prefix = strlen(cases[i].prefix) / 2;
        prom_script_push(&writer, prom_span_of(data, cases[i].length));
        assert_ok(prom_writer_finish(&writer, &script, &test->error), &test->error);
        assert_int_equal(script.length, prefix + cases[i].length);
        assert_hex(prom_span_of(script.data, prefix), cases[i].prefix);
        assert_memory_equal(script.data + prefix, data, cases[i].length);
    }
    prom_writer writer = prom_writer_in(&test->arena);
    prom_script_push(&writer, prom_span_of(data, 256));
    assert_true(writer.failed);
}

/* Bitcoin Core's CScriptNum: little-endian, the top bit is the sign. */
static void test_push_number(void **state)
{
    fixture *test = *state;
    static const struct {
        uint32_t number;
        const char *script;
    } cases[] = {{0, "00"},
                 {1, "51"},
                 {16, "60"},
                 {17, "0111"},
                 {127, "017f"},
                 {128, "028000"},
                 {255, "02ff00"},
                 {256, "020001"},
                 {32767, "02ff7f"},
                 {32768, "03008000"},
                 {65535, "03ffff00"},
                 {65536, "03000001"},
                 {8388607, "03ffff7f"},
                 {8388608, "0400008000"},
                 {INT32_MAX, "04ffffff7f"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span script;
        prom_script_push_number(&writer, cases[i].number);
        assert_ok(prom_writer_finish(&writer, &script, &test->error), &test->error);
        assert_hex(script, cases[i].script);
    }
}

static void test_outputs(void **state)
{
    fixture *test = *state;
    const prom_bytes32 key = {{0xab, [31] = 0xcd}};
    const uint8_t data[256] = {'P', 'R', 'M', '1'};
    prom_span script;
    assert_ok(prom_script_p2tr(&test->arena, &script, &key, &test->error), &test->error);
    assert_hex(script, "5120ab000000000000000000000000000000000000000000000000000000000000cd");
    assert_int_equal(script.length, PROM_P2TR_BYTES);
    assert_true(prom_script_is_p2tr(script));
    assert_ok(prom_script_anchor(&test->arena, &script, &test->error), &test->error);
    assert_hex(script, "51024e73");
    assert_ok(prom_script_op_return(&test->arena, &script, prom_span_of(data, 4), &test->error), &test->error);
    assert_hex(script, "6a0450524d31");
    assert_ok(prom_script_op_return(&test->arena, &script, prom_span_of(data, 78), &test->error), &test->error);
    assert_hex(prom_span_of(script.data, 7), "6a4c4e50524d31");
    assert_int_equal(prom_is_ok(prom_script_op_return(&test->arena, &script, prom_span_of(data, 255), NULL)), true);
    assert_fails(prom_script_op_return(&test->arena, &script, prom_span_of(data, 256), &test->error), PROM_CATEGORY_IO,
                 &test->error, "a value out of range");
}

#define X32 "20ab000000000000000000000000000000000000000000000000000000000000cd"
#define X40 "2800000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define X41 "290000000000000000000000000000000000000000000000000000000000000000000000000000000000"

static void test_kinds(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *script;
        bool program;
        bool p2tr;
    } cases[] = {{"", false, false},
                 {"51", false, false},
                 {"5120", false, false},
                 {"510100", false, false},
                 {"51024e73", true, false},
                 {"51" X32, true, true},
                 {"00" X32, true, false},
                 {"52" X32, true, false},
                 {"60" X40, true, false},
                 {"60" X41, false, false},
                 {"61" X32, false, false},
                 {"50" X32, false, false},
                 {"4f" X32, false, false},
                 {"51" X32 "00", false, false},
                 {"5121ab000000000000000000000000000000000000000000000000000000000000cd", false, false},
                 {"76a914751e76e8199196d454941c45d1b3a323f1433bd688ac", false, false}};
    const prom_span key_hash = span_of_hex(test, "0014751e76e8199196d454941c45d1b3a323f1433bd6");
    assert_true(prom_script_is_p2wpkh(key_hash));
    assert_false(prom_script_is_p2wpkh(prom_span_of(key_hash.data, key_hash.length - 1)));
    assert_false(prom_script_is_p2wpkh(span_of_hex(test, "5114751e76e8199196d454941c45d1b3a323f1433bd6")));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span script = span_of_hex(test, cases[i].script);
        assert_false(prom_script_is_p2wpkh(script));
        assert_int_equal(prom_script_is_witness_program(script), cases[i].program);
        assert_int_equal(prom_script_is_p2tr(script), cases[i].p2tr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_push),
        FIXTURE_TEST(test_push_number),
        FIXTURE_TEST(test_outputs),
        FIXTURE_TEST(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
