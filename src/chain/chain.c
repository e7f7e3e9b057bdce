#include "chain/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAT_IN_COIN UINT64_C(100000000)

enum { DECIMALS = 8, WHOLE_DIGITS_MAX = 8 };

static prom_result unexpected(const char *method, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO,
                     "%s: the answer lacks a field or has one out of range; is it a bitcoind 28 or newer?", method);
}

static void text_free(char **text)
{
    free(*text);
}

/* The bytes in hex, on the heap: a transaction may be too long for the stack. NULL when out of memory. */
static char *hex_of(prom_span bytes)
{
    char *text = malloc(2 * bytes.length + 1);
    return text != NULL ? prom_hex(text, bytes.data, bytes.length) : NULL;
}

/* Hex in a JSON string to bytes in the arena. */
static prom_result bytes_of(prom_arena *arena, prom_span *bytes, const json_t *hex, const char *method,
                            prom_error *error)
{
    *bytes = prom_span_of(NULL, 0);
    if (!json_is_string(hex)) {
        return unexpected(method, error);
    }
    const size_t length = json_string_length(hex) / 2;
    uint8_t *data = NULL;
    PROM_TRY_NEW(data, arena, length, error);
    if (!prom_hex_parse(data, length, json_string_value(hex), json_string_length(hex))) {
        return unexpected(method, error);
    }
    *bytes = prom_span_of(data, length);
    return prom_ok();
}

/* A block hash or txid as bitcoind shows them. */
static bool hash_of(prom_bytes32 *hash, const json_t *text)
{
    *hash = (prom_bytes32){{0}};
    return json_is_string(text) && prom_hex32_parse_reversed(hash, json_string_value(text));
}

/* A count or a height. */
static bool number_of(uint32_t *number, const json_t *value)
{
    const json_int_t integer = json_integer_value(value);
    const bool good = json_is_integer(value) && integer >= 0 && integer <= INT32_MAX;
    *number = good ? (uint32_t)integer : 0;
    return good;
}

/* Seconds since 1970, as a block's header has them: 32 bits. */
static bool time_of(int64_t *seconds, const json_t *value)
{
    const json_int_t integer = json_integer_value(value);
    const bool good = json_is_integer(value) && integer >= 0 && integer <= UINT32_MAX;
    *seconds = good ? integer : 0;
    return good;
}

static bool name_of(char name[PROM_CHAIN_NAME], const json_t *text)
{
    const bool good = json_is_string(text) && json_string_length(text) < PROM_CHAIN_NAME;
    (void)snprintf(name, PROM_CHAIN_NAME, "%s", good ? json_string_value(text) : "");
    return good;
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

prom_result prom_chain_block_hash(prom_rpc *rpc, prom_bytes32 *hash, uint32_t height, prom_error *error)
{
    *hash = (prom_bytes32){{0}};
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getblockhash", json_pack("[I]", (json_int_t)height), error));
    return hash_of(hash, result) ? prom_ok() : unexpected("getblockhash", error);
}

prom_result prom_chain_get_info(prom_rpc *rpc, prom_chain_info *info, prom_error *error)
{
    *info = (prom_chain_info){0};
    prom_chain_info found = {0};
    PROM_TRY(prom_chain_block_hash(rpc, &found.genesis, 0, error));
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getblockchaininfo", json_array(), error));
    if (!name_of(found.name, json_object_get(result, "chain")) ||
        !number_of(&found.height, json_object_get(result, "blocks")) ||
        !number_of(&found.headers, json_object_get(result, "headers")) ||
        !time_of(&found.tip_time, json_object_get(result, "time")) ||
        !hash_of(&found.best, json_object_get(result, "bestblockhash"))) {
        return unexpected("getblockchaininfo", error);
    }
    *info = found;
    return prom_ok();
}

prom_result prom_chain_get_connections(prom_rpc *rpc, uint32_t *connections, prom_error *error)
{
    *connections = 0;
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getnetworkinfo", json_array(), error));
    return number_of(connections, json_object_get(result, "connections")) ? prom_ok()
                                                                          : unexpected("getnetworkinfo", error);
}

bool prom_chain_in_step(const prom_chain_info *info, const prom_chain_parameters *network,
                        const prom_chain_moment *moment)
{
    const bool young = network->tip_seconds == 0 || info->tip_time > moment->now - (int64_t)network->tip_seconds;
    const bool connected = network->round_seconds == 0 || moment->connected_seconds >= network->round_seconds;
    return info->height == info->headers && young && connected;
}

prom_result prom_chain_block(prom_rpc *rpc, prom_arena *arena, prom_span *block, const prom_bytes32 *hash,
                             prom_error *error)
{
    char shown[PROM_HEX32];
    *block = prom_span_of(NULL, 0);
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getblock", json_pack("[s, i]", prom_hex32_reversed(shown, hash), 0), error));
    return bytes_of(arena, block, result, "getblock", error);
}

/* bitcoind refuses a feerate that it takes for a slip: above 10,000 sat/vB unless it is told otherwise, and 0 is no
 * limit. What is published here was agreed on beforehand, its fee too, and signed: a closing whose dust goes to the fee
 * may be above any limit, and its party must be able to publish it all the same. */
#define MAX_FEERATE 0

prom_result prom_chain_broadcast(prom_rpc *rpc, prom_bytes32 *txid, prom_span tx, prom_error *error)
{
    *txid = (prom_bytes32){{0}};
    PROM_SCOPED(text_free) char *hex = hex_of(tx);
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "sendrawtransaction", json_pack("[s, i]", hex, MAX_FEERATE), error));
    return hash_of(txid, result) ? prom_ok() : unexpected("sendrawtransaction", error);
}

prom_result prom_chain_try(prom_rpc *rpc, prom_chain_verdict *verdict, prom_span tx, prom_error *error)
{
    *verdict = (prom_chain_verdict){0};
    PROM_SCOPED(text_free) char *hex = hex_of(tx);
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "testmempoolaccept", json_pack("[[s], i]", hex, MAX_FEERATE), error));
    const json_t *entry = json_array_get(result, 0);
    const json_t *allowed = json_object_get(entry, "allowed");
    const char *reason = json_string_value(json_object_get(entry, "reject-reason"));
    if (!json_is_boolean(allowed) || (json_is_false(allowed) && reason == NULL)) {
        return unexpected("testmempoolaccept", error);
    }
    verdict->allowed = json_is_true(allowed);
    (void)snprintf(verdict->reason, sizeof verdict->reason, "%s", verdict->allowed ? "" : reason);
    return prom_ok();
}

/* gettxout's answer; fails, and leaves `coin` half-filled, when a field is wrong. */
static prom_result coin_of(prom_arena *arena, prom_chain_coin *coin, const json_t *answer, prom_error *error)
{
    const json_t *script = json_object_get(json_object_get(answer, "scriptPubKey"), "hex");
    const char *value = json_string_value(json_object_get(answer, "value"));
    const json_t *coinbase = json_object_get(answer, "coinbase");
    if (value == NULL || !prom_chain_amount_parse(&coin->output.value, value) || !json_is_boolean(coinbase) ||
        !number_of(&coin->confirmations, json_object_get(answer, "confirmations"))) {
        return unexpected("gettxout", error);
    }
    coin->coinbase = json_is_true(coinbase);
    return bytes_of(arena, &coin->output.script, script, "gettxout", error);
}

/* The height of the block that holds a coin with these confirmations, as of the block that was the tip then. */
static prom_result find_height(prom_rpc *rpc, prom_chain_coin *coin, const json_t *answer, prom_error *error)
{
    prom_bytes32 best;
    char shown[PROM_HEX32];
    uint32_t tip = 0;
    json_auto_t *result = NULL;
    if (coin->confirmations == 0) {
        return prom_ok();
    }
    if (!hash_of(&best, json_object_get(answer, "bestblock"))) {
        return unexpected("gettxout", error);
    }
    PROM_TRY(prom_rpc_call(rpc, &result, "getblockheader", json_pack("[s]", prom_hex32_reversed(shown, &best)), error));
    if (!number_of(&tip, json_object_get(result, "height")) || tip < coin->confirmations - 1) {
        return unexpected("getblockheader", error);
    }
    coin->height = tip - (coin->confirmations - 1);
    return prom_ok();
}

prom_result prom_chain_get_coin(prom_rpc *rpc, prom_arena *arena, prom_chain_coin *coin, bool *found,
                                const prom_outpoint *outpoint, bool with_mempool, prom_error *error)
{
    char txid[PROM_HEX32];
    *coin = (prom_chain_coin){0};
    *found = false;
    json_t *params = json_pack("[s, I, b]", prom_hex32_reversed(txid, &outpoint->txid), (json_int_t)outpoint->index,
                               (int)with_mempool);
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "gettxout", params, error));
    if (json_is_null(result)) {
        return prom_ok();
    }
    prom_chain_coin unspent = {0};
    PROM_TRY(coin_of(arena, &unspent, result, error));
    PROM_TRY(find_height(rpc, &unspent, result, error));
    *coin = unspent;
    *found = true;
    return prom_ok();
}

/* Coins for 1000 vB, as bitcoind has feerates; so many sat. */
static bool feerate_of(uint32_t *feerate, const json_t *value)
{
    prom_amount amount;
    uint64_t sat = 0;
    const char *text = json_string_value(value);
    const bool good = text != NULL && prom_chain_amount_parse(&amount, text) && prom_amount_get(amount, &sat);
    *feerate = good && sat <= UINT32_MAX ? (uint32_t)sat : 0;
    return good && sat <= UINT32_MAX;
}

/* No feerate in the answer means that there is none, for the reasons that stand under "errors". */
static prom_result estimate(prom_rpc *rpc, prom_feerates *feerates, bool *estimated, uint32_t blocks, prom_error *error)
{
    json_auto_t *result = NULL;
    json_t *params = json_pack("[I, s]", (json_int_t)blocks, "conservative");
    PROM_TRY(prom_rpc_call(rpc, &result, "estimatesmartfee", params, error));
    const json_t *feerate = json_object_get(result, "feerate");
    *estimated = feerate != NULL;
    if (*estimated ? !feerate_of(&feerates->wanted, feerate)
                   : json_array_size(json_object_get(result, "errors")) == 0) {
        return unexpected("estimatesmartfee", error);
    }
    return prom_ok();
}

prom_result prom_chain_get_feerates(prom_rpc *rpc, prom_feerates *feerates, bool *estimated, uint32_t blocks,
                                    prom_error *error)
{
    *feerates = (prom_feerates){0};
    *estimated = false;
    prom_feerates found = {0};
    bool known = false;
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getmempoolinfo", json_array(), error));
    if (!feerate_of(&found.relay, json_object_get(result, "mempoolminfee")) ||
        !feerate_of(&found.incremental, json_object_get(result, "incrementalrelayfee"))) {
        return unexpected("getmempoolinfo", error);
    }
    PROM_TRY(estimate(rpc, &found, &known, blocks, error));
    found.wanted = found.wanted > found.relay ? found.wanted : found.relay;
    *feerates = found;
    *estimated = known;
    return prom_ok();
}

prom_result prom_chain_generate(prom_rpc *rpc, const char *descriptor, uint32_t count, prom_error *error)
{
    json_auto_t *result = NULL;
    json_t *params = json_pack("[I, s]", (json_int_t)count, descriptor);
    PROM_TRY(prom_rpc_call(rpc, &result, "generatetodescriptor", params, error));
    return json_array_size(result) == count ? prom_ok() : unexpected("generatetodescriptor", error);
}
