#include "chain/answer.h"

#include <stdlib.h>
#include <string.h>

#define SAT_IN_COIN UINT64_C(100000000)

enum { DECIMALS = 8, WHOLE_DIGITS_MAX = 8 };

prom_result prom_answer_unexpected(const char *method, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO,
                     "%s: the answer lacks a field or has one out of range; is it a bitcoind 28 or newer?", method);
}

char *prom_answer_hex(prom_span bytes)
{
    char *text = malloc(2 * bytes.length + 1);
    return text != NULL ? prom_hex(text, bytes.data, bytes.length) : NULL;
}

void prom_answer_hex_free(char **hex)
{
    free(*hex);
}

prom_result prom_answer_bytes(prom_arena *arena, prom_span *bytes, const json_t *hex, const char *method,
                              prom_error *error)
{
    *bytes = prom_span_of(NULL, 0);
    if (!json_is_string(hex)) {
        return prom_answer_unexpected(method, error);
    }
    const size_t length = json_string_length(hex) / 2;
    uint8_t *data = NULL;
    PROM_TRY_NEW(data, arena, length, error);
    if (!prom_hex_parse(data, length, json_string_value(hex), json_string_length(hex))) {
        return prom_answer_unexpected(method, error);
    }
    *bytes = prom_span_of(data, length);
    return prom_ok();
}

bool prom_answer_hash(prom_bytes32 *hash, const json_t *text)
{
    *hash = (prom_bytes32){{0}};
    return json_is_string(text) && prom_hex32_parse_reversed(hash, json_string_value(text));
}

bool prom_answer_number(uint32_t *number, const json_t *value)
{
    const json_int_t integer = json_integer_value(value);
    const bool good = json_is_integer(value) && integer >= 0 && integer <= INT32_MAX;
    *number = good ? (uint32_t)integer : 0;
    return good;
}

bool prom_answer_time(int64_t *seconds, const json_t *value)
{
    const json_int_t integer = json_integer_value(value);
    const bool good = json_is_integer(value) && integer >= 0 && integer <= UINT32_MAX;
    *seconds = good ? integer : 0;
    return good;
}

bool prom_answer_flag(bool *flag, const json_t *value)
{
    *flag = json_is_true(value);
    return json_is_boolean(value);
}

bool prom_answer_amount(prom_amount *amount, const json_t *value)
{
    const char *text = json_string_value(value);
    *amount = prom_amount_invalid();
    return text != NULL && prom_chain_amount_parse(amount, text);
}

bool prom_chain_amount_parse(prom_amount *amount, const char *text)
{
    static const char DIGITS[] = "0123456789";
    *amount = prom_amount_invalid();
    const size_t whole = strspn(text, DIGITS);
    if (whole == 0 || whole > WHOLE_DIGITS_MAX || (whole > 1 && text[0] == '0') || text[whole] != '.') {
        return false;
    }
    const char *decimals = text + whole + 1;
    if (strspn(decimals, DIGITS) != DECIMALS || decimals[DECIMALS] != '\0') {
        return false;
    }
    /* At most eight digits each: no overflow, and no error to look for. */
    *amount = prom_amount_of(strtoull(text, NULL, 10) * SAT_IN_COIN + strtoull(decimals, NULL, 10));
    return prom_amount_is_valid(*amount);
}
