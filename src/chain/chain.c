#include "chain/chain.h"

#include <stdio.h>

#include "chain/answer.h"
#include "prometheus/contract/terms.h"

static bool name_of(char name[PROM_CHAIN_NAME], const json_t *text)
{
    const bool good = json_is_string(text) && json_string_length(text) < PROM_CHAIN_NAME;
    (void)snprintf(name, PROM_CHAIN_NAME, "%s", good ? json_string_value(text) : "");
    return good;
}

/* Of a signet by its challenge. One that is longer than any that terms can hold is nobody's here. */
static prom_bytes32 id_of(const prom_bytes32 *genesis, const json_t *challenge)
{
    uint8_t bytes[PROM_SIGNET_CHALLENGE_MAX];
    const char *hex = json_string_value(challenge);
    const size_t length = json_string_length(challenge);
    if (hex == NULL || length == 0) {
        return *genesis;
    }
    return length <= 2 * sizeof bytes && prom_hex_parse(bytes, length / 2, hex, length)
               ? prom_signet_id(prom_span_of(bytes, length / 2))
               : (prom_bytes32){{0}};
}

bool prom_chain_is_foreign(const prom_chain_info *info, const prom_chain_parameters *network)
{
    return !prom_bytes32_equal(&info->id, &network->id);
}

prom_result prom_chain_block_hash(prom_rpc *rpc, prom_bytes32 *hash, uint32_t height, prom_error *error)
{
    *hash = (prom_bytes32){{0}};
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getblockhash", json_pack("[I]", (json_int_t)height), error));
    return prom_answer_hash(hash, result) ? prom_ok() : prom_answer_unexpected("getblockhash", error);
}

prom_result prom_chain_get_info(prom_rpc *rpc, prom_chain_info *info, prom_error *error)
{
    *info = (prom_chain_info){0};
    prom_chain_info found = {0};
    bool pruned = false;
    PROM_TRY(prom_chain_block_hash(rpc, &found.genesis, 0, error));
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getblockchaininfo", json_array(), error));
    if (!name_of(found.name, json_object_get(result, "chain")) ||
        !prom_answer_number(&found.height, json_object_get(result, "blocks")) ||
        !prom_answer_number(&found.headers, json_object_get(result, "headers")) ||
        !prom_answer_time(&found.tip_time, json_object_get(result, "time")) ||
        !prom_answer_flag(&found.downloading, json_object_get(result, "initialblockdownload")) ||
        !prom_answer_flag(&pruned, json_object_get(result, "pruned")) ||
        (pruned && !prom_answer_number(&found.first_block, json_object_get(result, "pruneheight"))) ||
        !prom_answer_hash(&found.best, json_object_get(result, "bestblockhash"))) {
        return prom_answer_unexpected("getblockchaininfo", error);
    }
    found.id = id_of(&found.genesis, json_object_get(result, "signet_challenge"));
    *info = found;
    return prom_ok();
}

prom_result prom_chain_get_connections(prom_rpc *rpc, uint32_t *connections, prom_error *error)
{
    *connections = 0;
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "getnetworkinfo", json_array(), error));
    return prom_answer_number(connections, json_object_get(result, "connections"))
               ? prom_ok()
               : prom_answer_unexpected("getnetworkinfo", error);
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
    return prom_answer_bytes(arena, block, result, "getblock", error);
}

/* bitcoind refuses a feerate that it takes for a slip: above 10,000 sat/vB unless it is told otherwise, and 0 is no
 * limit. What is published here was agreed on beforehand, its fee too, and signed: a closing whose dust goes to the fee
 * may be above any limit, and its party must be able to publish it all the same. */
#define MAX_FEERATE 0

prom_result prom_chain_broadcast(prom_rpc *rpc, prom_bytes32 *txid, prom_span tx, prom_error *error)
{
    *txid = (prom_bytes32){{0}};
    PROM_SCOPED(prom_answer_hex_free) char *hex = prom_answer_hex(tx);
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "sendrawtransaction", json_pack("[s, i]", hex, MAX_FEERATE), error));
    return prom_answer_hash(txid, result) ? prom_ok() : prom_answer_unexpected("sendrawtransaction", error);
}

prom_result prom_chain_try(prom_rpc *rpc, prom_chain_verdict *verdict, prom_span tx, prom_error *error)
{
    *verdict = (prom_chain_verdict){0};
    PROM_SCOPED(prom_answer_hex_free) char *hex = prom_answer_hex(tx);
    json_auto_t *result = NULL;
    PROM_TRY(prom_rpc_call(rpc, &result, "testmempoolaccept", json_pack("[[s], i]", hex, MAX_FEERATE), error));
    const json_t *entry = json_array_get(result, 0);
    const json_t *allowed = json_object_get(entry, "allowed");
    const char *reason = json_string_value(json_object_get(entry, "reject-reason"));
    if (!json_is_boolean(allowed) || (json_is_false(allowed) && reason == NULL)) {
        return prom_answer_unexpected("testmempoolaccept", error);
    }
    verdict->allowed = json_is_true(allowed);
    (void)snprintf(verdict->reason, sizeof verdict->reason, "%s", verdict->allowed ? "" : reason);
    return prom_ok();
}

/* gettxout's answer; fails, and leaves `coin` half-filled, when a field is wrong. */
static prom_result coin_of(prom_arena *arena, prom_chain_coin *coin, const json_t *answer, prom_error *error)
{
    const json_t *script = json_object_get(json_object_get(answer, "scriptPubKey"), "hex");
    if (!prom_answer_amount(&coin->output.value, json_object_get(answer, "value")) ||
        !prom_answer_flag(&coin->coinbase, json_object_get(answer, "coinbase")) ||
        !prom_answer_number(&coin->confirmations, json_object_get(answer, "confirmations"))) {
        return prom_answer_unexpected("gettxout", error);
    }
    return prom_answer_bytes(arena, &coin->output.script, script, "gettxout", error);
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
    if (!prom_answer_hash(&best, json_object_get(answer, "bestblock"))) {
        return prom_answer_unexpected("gettxout", error);
    }
    PROM_TRY(prom_rpc_call(rpc, &result, "getblockheader", json_pack("[s]", prom_hex32_reversed(shown, &best)), error));
    if (!prom_answer_number(&tip, json_object_get(result, "height")) || tip < coin->confirmations - 1) {
        return prom_answer_unexpected("getblockheader", error);
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
    const bool good = prom_answer_amount(&amount, value) && prom_amount_get(amount, &sat);
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
        return prom_answer_unexpected("estimatesmartfee", error);
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
        return prom_answer_unexpected("getmempoolinfo", error);
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
    return json_array_size(result) == count ? prom_ok() : prom_answer_unexpected("generatetodescriptor", error);
}

prom_result prom_chain_invalidate(prom_rpc *rpc, const prom_bytes32 *hash, prom_error *error)
{
    json_auto_t *result = NULL;
    char text[PROM_HEX32];
    json_t *params = json_pack("[s]", prom_hex32_reversed(text, hash));
    return prom_rpc_call(rpc, &result, "invalidateblock", params, error);
}
