#include "rpc/values.h"

#include <string.h>

#include "base/printable.h"
#include "market/reason.h"

json_t *prom_rpc_sat(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : json_null();
}

json_t *prom_rpc_count(uint64_t count)
{
    return json_integer((json_int_t)(count <= INT64_MAX ? count : INT64_MAX));
}

json_t *prom_rpc_txid(const prom_bytes32 *txid)
{
    char text[PROM_HEX32];
    return json_string(prom_hex32_reversed(text, txid));
}

json_t *prom_rpc_height(uint32_t height)
{
    return height != 0 ? json_integer((json_int_t)height) : json_null();
}

static json_t *reason_json(const prom_quote_reason *reason)
{
    char text[PROM_REASON_SENTENCE];
    return json_pack("{s:i, s:s?, s:s, s:o, s:o, s:s}", "code", (int)reason->code, "name",
                     prom_reason_name(reason->code), "unit", prom_unit_name(reason->unit), "needed",
                     prom_rpc_count(reason->needed), "there", prom_rpc_count(reason->there), "text",
                     prom_reason_sentence(text, reason));
}

json_t *prom_rpc_reasons(const prom_quote_reason *reasons, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, reason_json(&reasons[i]));
    }
    return list;
}

uint64_t prom_rpc_number(const json_t *params, const char *name, uint64_t otherwise)
{
    const json_t *number = json_object_get(params, name);
    return number != NULL ? (uint64_t)json_integer_value(number) : otherwise;
}

prom_result prom_rpc_read_txid(prom_bytes32 *txid, const json_t *params, const char *name, prom_error *error)
{
    const char *text = json_string_value(json_object_get(params, name));
    char shown[PROM_HEX32];
    const char *given = text != NULL ? text : "";
    return prom_hex32_parse_reversed(txid, given)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is '%s', and must be a transaction's id, 64 hex digits",
                           name, prom_printable(shown, sizeof shown, given, strlen(given)));
}
