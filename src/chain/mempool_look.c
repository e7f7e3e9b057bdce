#include "chain/mempool_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/answer.h"
#include "system/clock.h"

void prom_mempool_state_free(prom_mempool_state *state)
{
    free(state->txs);
    *state = (prom_mempool_state){.txs = NULL};
}

static int compare(const void *a, const void *b)
{
    const prom_mempool_tx *one = a;
    const prom_mempool_tx *other = b;
    return prom_bytes32_compare_vartime(&one->txid, &other->txid);
}

static prom_mempool_tx *find(const prom_mempool_state *state, const prom_bytes32 *txid)
{
    const prom_mempool_tx wanted = {.txid = *txid};
    return state->count == 0 ? NULL : bsearch(&wanted, state->txs, state->count, sizeof *state->txs, compare);
}

bool prom_mempool_has(const prom_mempool_state *state, const prom_bytes32 *txid)
{
    return find(state, txid) != NULL;
}

/* What tells, at little cost, that nothing has come or gone: but for what took another's place and was as large. */
static prom_result ask_info(prom_rpc *rpc, prom_mempool_state *found, prom_error *error)
{
    json_auto_t *answer = NULL;
    PROM_TRY(prom_rpc_call(rpc, &answer, "getmempoolinfo", json_array(), error));
    const json_t *size = json_object_get(answer, "size");
    const json_t *bytes = json_object_get(answer, "bytes");
    const char *fees = json_string_value(json_object_get(answer, "total_fee"));
    if (!json_is_integer(size) || !json_is_integer(bytes) || json_integer_value(size) < 0 ||
        json_integer_value(bytes) < 0) {
        return prom_answer_unexpected("getmempoolinfo", error);
    }
    found->size = (uint64_t)json_integer_value(size);
    found->bytes = (uint64_t)json_integer_value(bytes);
    (void)snprintf(found->fees, sizeof found->fees, "%s", fees != NULL ? fees : "");
    return prom_ok();
}

/* All that is there, in order; what was read before is known as read. */
static prom_result list(prom_rpc *rpc, prom_mempool_state *found, const prom_mempool_state *before, prom_error *error)
{
    json_auto_t *answer = NULL;
    PROM_TRY(prom_rpc_call(rpc, &answer, "getrawmempool", json_array(), error));
    const size_t count = json_array_size(answer);
    if (!json_is_array(answer)) {
        return prom_answer_unexpected("getrawmempool", error);
    }
    found->txs = calloc(count + 1, sizeof *found->txs);
    if (found->txs == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        if (!prom_answer_hash(&found->txs[i].txid, json_array_get(answer, i))) {
            return prom_answer_unexpected("getrawmempool", error);
        }
        const prom_mempool_tx *old = find(before, &found->txs[i].txid);
        found->txs[i].read = old != NULL && old->read;
        found->unread += !found->txs[i].read;
    }
    found->count = count;
    qsort(found->txs, count, sizeof *found->txs, compare);
    return prom_ok();
}

/* One that has left meanwhile is no failure: the next look does not see it. */
static prom_result read_one(prom_rpc *rpc, prom_arena *arena, prom_mempool_look *look, prom_mempool_tx *tx,
                            prom_error *error)
{
    char shown[PROM_HEX32];
    json_auto_t *answer = NULL;
    const prom_result result = prom_rpc_call(rpc, &answer, "getrawtransaction",
                                             json_pack("[s]", prom_hex32_reversed(shown, &tx->txid)), error);
    tx->read = true;
    if (!prom_is_ok(result)) {
        return prom_rpc_last_failure(rpc).kind == PROM_RPC_REFUSED ? prom_ok() : result;
    }
    PROM_TRY(prom_answer_bytes(arena, &look->raw[look->count], answer, "getrawtransaction", error));
    look->txids[look->count++] = tx->txid;
    return prom_ok();
}

/* First what is new since the last look, then what was there before; one in any case, so that looks get on. */
static prom_result read_some(prom_rpc *rpc, prom_arena *arena, prom_mempool_look *look, prom_mempool_state *found,
                             const prom_mempool_state *before, int64_t milliseconds, prom_error *error)
{
    const int64_t until = prom_clock_milliseconds() + milliseconds;
    size_t asked = 0;
    size_t bytes = 0;
    bool more = true;
    PROM_TRY_NEW(look->raw, arena, PROM_MEMPOOL_READS_MAX, error);
    PROM_TRY_NEW(look->txids, arena, PROM_MEMPOOL_READS_MAX, error);
    for (int old = 0; old <= 1; old++) {
        for (size_t i = 0; i < found->count && more; i++) {
            prom_mempool_tx *tx = &found->txs[i];
            const size_t had = look->count;
            if (tx->read || (find(before, &tx->txid) != NULL) != (old == 1)) {
                continue;
            }
            PROM_TRY(read_one(rpc, arena, look, tx, error));
            asked++;
            bytes += look->count > had ? look->raw[had].length : 0;
            found->unread--;
            more = asked < PROM_MEMPOOL_READS_MAX && bytes < PROM_MEMPOOL_READ_BYTES_MAX &&
                   prom_clock_milliseconds() < until;
        }
    }
    return prom_ok();
}

prom_result prom_mempool_look_at(prom_rpc *rpc, prom_arena *arena, prom_mempool_look *look, prom_mempool_state *state,
                                 int64_t milliseconds, prom_error *error)
{
    prom_mempool_state found = {.txs = NULL};
    *look = (prom_mempool_look){.changed = false};
    PROM_TRY(ask_info(rpc, &found, error));
    if (found.size == state->size && found.bytes == state->bytes && strcmp(found.fees, state->fees) == 0 &&
        state->unread == 0) {
        return prom_ok();
    }
    look->too_large = found.size > PROM_MEMPOOL_TXS_MAX;
    prom_result result = look->too_large ? prom_ok() : list(rpc, &found, state, error);
    if (prom_is_ok(result) && !look->too_large) {
        result = read_some(rpc, arena, look, &found, state, milliseconds, error);
    }
    if (!prom_is_ok(result)) {
        prom_mempool_state_free(&found);
        *look = (prom_mempool_look){.changed = false};
        return result;
    }
    prom_mempool_state_free(state);
    *state = found;
    look->changed = true;
    return prom_ok();
}
