#include "chain/mempool.h"

#include <stdio.h>
#include <string.h>

#include "chain/answer.h"

enum { CODE_NOT_IN_MEMPOOL = -5 }; /* RPC_INVALID_ADDRESS_OR_KEY */

/* A JSON array of txids, in the arena. */
static prom_result txids_of(prom_arena *arena, const prom_bytes32 **txids, size_t *count, const json_t *list,
                            prom_error *error)
{
    prom_bytes32 *found = NULL;
    if (!json_is_array(list)) {
        return prom_answer_unexpected("getmempoolentry", error);
    }
    *count = json_array_size(list);
    PROM_TRY_NEW(found, arena, *count, error);
    for (size_t i = 0; i < *count; i++) {
        if (!prom_answer_hash(&found[i], json_array_get(list, i))) {
            return prom_answer_unexpected("getmempoolentry", error);
        }
    }
    *txids = found;
    return prom_ok();
}

static bool size_of(size_t *vsize, const json_t *value)
{
    uint32_t number = 0;
    const bool good = prom_answer_number(&number, value) && number > 0;
    *vsize = number;
    return good;
}

static prom_result entry_of(prom_arena *arena, prom_mempool_entry *entry, const json_t *answer, prom_error *error)
{
    const json_t *fees = json_object_get(answer, "fees");
    if (!prom_answer_amount(&entry->fee, json_object_get(fees, "base")) ||
        !prom_answer_amount(&entry->descendants_fee, json_object_get(fees, "descendant")) ||
        !size_of(&entry->vsize, json_object_get(answer, "vsize")) ||
        !size_of(&entry->descendants_vsize, json_object_get(answer, "descendantsize"))) {
        return prom_answer_unexpected("getmempoolentry", error);
    }
    PROM_TRY(txids_of(arena, &entry->parents, &entry->parent_count, json_object_get(answer, "depends"), error));
    return txids_of(arena, &entry->children, &entry->child_count, json_object_get(answer, "spentby"), error);
}

prom_result prom_mempool_find(prom_rpc *rpc, prom_arena *arena, prom_mempool_entry *entry, bool *found,
                              const prom_bytes32 *txid, prom_error *error)
{
    char shown[PROM_HEX32];
    prom_mempool_entry held = {.fee = prom_amount_zero()};
    *entry = held;
    *found = false;
    json_auto_t *answer = NULL;
    const prom_result result =
        prom_rpc_call(rpc, &answer, "getmempoolentry", json_pack("[s]", prom_hex32_reversed(shown, txid)), error);
    if (!prom_is_ok(result)) {
        const prom_rpc_failure failure = prom_rpc_last_failure(rpc);
        return failure.kind == PROM_RPC_REFUSED && failure.code == CODE_NOT_IN_MEMPOOL ? prom_ok() : result;
    }
    PROM_TRY(entry_of(arena, &held, answer, error));
    *entry = held;
    *found = true;
    return prom_ok();
}

static json_t *outpoints_to_json(const prom_outpoint *outpoints, size_t count)
{
    char shown[PROM_HEX32];
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *outpoint = json_pack("{s:s, s:I}", "txid", prom_hex32_reversed(shown, &outpoints[i].txid), "vout",
                                     (json_int_t)outpoints[i].index);
        if (json_array_append_new(list, outpoint) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* One element of gettxspendingprevout's answer. */
static bool spend_of(prom_spender *spend, const json_t *answer)
{
    const json_t *txid = json_object_get(answer, "spendingtxid");
    const json_t *block = json_object_get(answer, "blockhash");
    *spend = (prom_spender){.where = PROM_SPEND_NONE};
    if (txid == NULL) {
        return json_is_object(answer) && block == NULL;
    }
    spend->known = true;
    spend->where = block != NULL ? PROM_SPEND_CHAIN : PROM_SPEND_MEMPOOL;
    return prom_answer_hash(&spend->txid, txid) && (block == NULL || prom_answer_hash(&spend->block, block));
}

/* Which outpoint an element is about: they come in another order when some are of the mempool and some of the chain. */
static bool place_of(size_t *place, const json_t *answer, const prom_outpoint *outpoints, size_t count)
{
    prom_outpoint outpoint = {.index = 0};
    if (!prom_answer_hash(&outpoint.txid, json_object_get(answer, "txid")) ||
        !prom_answer_number(&outpoint.index, json_object_get(answer, "vout"))) {
        return false;
    }
    for (*place = 0; *place < count; (*place)++) {
        if (prom_outpoint_equal(&outpoint, &outpoints[*place])) {
            return true;
        }
    }
    return false;
}

/* Calls gettxspendingprevout; `options` is consumed, and NULL for none: before 31 there are none, and then it is the
 * mempool alone that is asked. */
static prom_result ask_spends(prom_rpc *rpc, prom_spender *spends, const prom_outpoint *outpoints, size_t count,
                              json_t *options, prom_error *error)
{
    static const char METHOD[] = "gettxspendingprevout";
    json_auto_t *answer = NULL;
    json_t *params = options != NULL ? json_pack("[o?, o]", outpoints_to_json(outpoints, count), options)
                                     : json_pack("[o?]", outpoints_to_json(outpoints, count));
    PROM_TRY(prom_rpc_call(rpc, &answer, METHOD, params, error));
    if (json_array_size(answer) != count) {
        return prom_answer_unexpected(METHOD, error);
    }
    for (size_t i = 0; i < count; i++) {
        size_t place = 0;
        const json_t *element = json_array_get(answer, i);
        if (!place_of(&place, element, outpoints, count) || !spend_of(&spends[place], element)) {
            return prom_answer_unexpected(METHOD, error);
        }
    }
    return prom_ok();
}

static bool refused(const prom_rpc *rpc, prom_result result)
{
    return !prom_is_ok(result) && prom_rpc_last_failure(rpc).kind == PROM_RPC_REFUSED;
}

static void forget_sentence(prom_error *error)
{
    if (error != NULL) {
        error->sentence[0] = '\0';
    }
}

prom_result prom_mempool_spends(prom_rpc *rpc, prom_spender *spends, const prom_outpoint *outpoints,
                                size_t outpoint_count, prom_error *error)
{
    if (outpoint_count > PROM_SPENDS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%zu outputs are asked for at once; %d at most", outpoint_count,
                         PROM_SPENDS_MAX);
    }
    memset(spends, 0, outpoint_count * sizeof *spends);
    if (outpoint_count == 0) {
        return prom_ok();
    }
    const prom_result result =
        ask_spends(rpc, spends, outpoints, outpoint_count, json_pack("{s:b}", "mempool_only", 1), error);
    if (!refused(rpc, result)) {
        return result;
    }
    forget_sentence(error);
    return ask_spends(rpc, spends, outpoints, outpoint_count, NULL, error);
}

prom_result prom_chain_spend(prom_rpc *rpc, prom_spender *spend, const prom_outpoint *outpoint, prom_error *error)
{
    char txid[PROM_HEX32];
    *spend = (prom_spender){.where = PROM_SPEND_NONE};
    const prom_result indexed = ask_spends(rpc, spend, outpoint, 1, json_pack("{s:b}", "mempool_only", 0), error);
    if (!refused(rpc, indexed)) {
        return indexed;
    }
    forget_sentence(error);
    PROM_TRY(prom_mempool_spends(rpc, spend, outpoint, 1, error));
    if (spend->where != PROM_SPEND_NONE) {
        return prom_ok();
    }
    json_auto_t *coin = NULL;
    PROM_TRY(prom_rpc_call(
        rpc, &coin, "gettxout",
        json_pack("[s, I, b]", prom_hex32_reversed(txid, &outpoint->txid), (json_int_t)outpoint->index, 0), error));
    spend->where = json_is_null(coin) ? PROM_SPEND_CHAIN : PROM_SPEND_NONE;
    return prom_ok();
}

/* The first reason that submitpackage gives which is about a transaction and not about the whole. */
static const char *reason_of(const json_t *answer)
{
    const char *wtxid;
    json_t *results = json_object_get(answer, "tx-results");
    json_t *element;
    const char *reason = json_string_value(json_object_get(answer, "package_msg"));
    json_object_foreach(results, wtxid, element)
    {
        const char *own = json_string_value(json_object_get(element, "error"));
        if (own != NULL && strcmp(own, "package-not-validated") != 0) {
            reason = own;
        }
    }
    return reason;
}

/* What bitcoind refuses is an answer too, its words the reason. */
static prom_result judged(prom_rpc *rpc, prom_chain_verdict *verdict, prom_result result, const prom_error *error)
{
    if (refused(rpc, result)) {
        (void)snprintf(verdict->reason, sizeof verdict->reason, "%.127s", error->sentence);
        return prom_ok();
    }
    verdict->allowed = prom_is_ok(result);
    return result;
}

static prom_result submit_package(prom_rpc *rpc, prom_chain_verdict *verdict, json_t *hexes, prom_error *error)
{
    prom_error own = {{0}};
    json_auto_t *answer = NULL;
    const prom_result result = prom_rpc_call(rpc, &answer, "submitpackage", json_pack("[o?, i]", hexes, 0), &own);
    if (!prom_is_ok(result)) {
        const prom_result told = judged(rpc, verdict, result, &own);
        return prom_is_ok(told) ? told : prom_fail(error, told.category, "%s", own.sentence);
    }
    const char *message = json_string_value(json_object_get(answer, "package_msg"));
    if (message == NULL || !json_is_object(json_object_get(answer, "tx-results"))) {
        return prom_answer_unexpected("submitpackage", error);
    }
    verdict->allowed = strcmp(message, "success") == 0;
    if (!verdict->allowed) {
        (void)snprintf(verdict->reason, sizeof verdict->reason, "%.127s", reason_of(answer));
    }
    return prom_ok();
}

prom_result prom_mempool_submit(prom_rpc *rpc, prom_chain_verdict *verdict, const prom_span *txs, size_t tx_count,
                                prom_error *error)
{
    *verdict = (prom_chain_verdict){.allowed = false};
    if (tx_count == 1) {
        prom_error own = {{0}};
        prom_bytes32 txid;
        const prom_result told = judged(rpc, verdict, prom_chain_broadcast(rpc, &txid, txs[0], &own), &own);
        return prom_is_ok(told) ? told : prom_fail(error, told.category, "%s", own.sentence);
    }
    json_t *hexes = json_array();
    for (size_t i = 0; i < tx_count; i++) {
        PROM_SCOPED(prom_answer_hex_free) char *hex = prom_answer_hex(txs[i]);
        (void)json_array_append_new(hexes, json_string(hex)); /* out of memory: a package that bitcoind refuses */
    }
    return submit_package(rpc, verdict, hexes, error);
}
