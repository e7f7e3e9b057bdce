#include "rpc/values.h"

#include <string.h>

#include "market/reason.h"
#include "support.h"

static void values_are_json(void **state)
{
    const prom_bytes32 txid = {{1}};
    json_auto_t *sat = prom_rpc_sat(prom_amount_of(5));
    json_auto_t *none = prom_rpc_sat(prom_amount_invalid());
    json_auto_t *shown = prom_rpc_txid(&txid);
    json_auto_t *height = prom_rpc_height(7);
    json_auto_t *nowhere = prom_rpc_height(0);
    json_auto_t *count = prom_rpc_count(7);
    json_auto_t *most = prom_rpc_count(UINT64_MAX);
    (void)state;
    assert_int_equal(json_integer_value(count), 7);
    assert_int_equal(json_integer_value(most), INT64_MAX);
    assert_int_equal(json_integer_value(sat), 5);
    assert_true(json_is_null(none));
    assert_string_equal(json_string_value(shown), "0000000000000000000000000000000000000000000000000000000000000001");
    assert_int_equal(json_integer_value(height), 7);
    assert_true(json_is_null(nowhere));
}

static void reasons_are_json(void **state)
{
    const prom_quote_reason reasons[] = {
        {PROM_REASON_MEMORY_PROVE, PROM_UNIT_BYTES, UINT64_MAX, 7},
        {UINT16_MAX, UINT8_MAX, 2, 1}, /* of a later version */
    };
    json_auto_t *list = prom_rpc_reasons(reasons, 2);
    json_auto_t *none = prom_rpc_reasons(reasons, 0);
    const json_t *known = json_array_get(list, 0);
    const json_t *unknown = json_array_get(list, 1);
    (void)state;
    assert_int_equal(json_array_size(list), 2);
    assert_int_equal(json_array_size(none), 0);
    assert_int_equal(json_integer_value(json_object_get(known, "code")), PROM_REASON_MEMORY_PROVE);
    assert_string_equal(json_string_value(json_object_get(known, "name")), "memory_to_prove");
    assert_string_equal(json_string_value(json_object_get(known, "unit")), "bytes");
    assert_int_equal(json_integer_value(json_object_get(known, "needed")), INT64_MAX);
    assert_int_equal(json_integer_value(json_object_get(known, "there")), 7);
    assert_non_null(strstr(json_string_value(json_object_get(known, "text")), "proving takes"));
    assert_true(json_is_null(json_object_get(unknown, "name")));
    assert_non_null(strstr(json_string_value(json_object_get(unknown, "text")), "does not know"));
}

static void parameters_are_read(void **state)
{
    fixture *test = *state;
    json_auto_t *params = json_pack("{s:i, s:s, s:s}", "sat", 5, "good",
                                    "0000000000000000000000000000000000000000000000000000000000000001", "bad", "zz\n");
    prom_bytes32 txid;
    assert_int_equal(prom_rpc_number(params, "sat", 7), 5);
    assert_int_equal(prom_rpc_number(params, "none", 7), 7);
    assert_ok(prom_rpc_read_txid(&txid, params, "good", &test->error), &test->error);
    assert_int_equal(txid.bytes[0], 1);
    assert_fails(prom_rpc_read_txid(&txid, params, "bad", &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "bad is 'zz?', and must be");
    assert_fails(prom_rpc_read_txid(&txid, params, "none", &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "none is ''");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(values_are_json),
        FIXTURE_TEST(reasons_are_json),
        FIXTURE_TEST(parameters_are_read),
    };
    return cmocka_run_group_tests_name("rpc/values", tests, NULL, NULL);
}
