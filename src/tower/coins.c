#include "tower/coins.h"

#include <stdio.h>
#include <string.h>

#include "chain/answer.h"

enum { SCAN_MILLISECONDS = 1800000, CALL_MILLISECONDS = 60000, MATURITY = 100 };
static const char SCAN[] = "scantxoutset";

static bool read_coin(prom_bump_coin *coin, uint32_t *height, bool *coinbase, const json_t *unspent)
{
    const json_t *mined = json_object_get(unspent, "coinbase");
    *coinbase = json_is_true(mined);
    return prom_answer_hash(&coin->outpoint.txid, json_object_get(unspent, "txid")) &&
           prom_answer_number(&coin->outpoint.index, json_object_get(unspent, "vout")) &&
           prom_answer_amount(&coin->value, json_object_get(unspent, "amount")) &&
           prom_answer_number(height, json_object_get(unspent, "height"));
}

/* Behind all that are worth as much; the last one falls out where there is no room. */
static void insert(prom_tower_coins *coins, const prom_bump_coin *coin)
{
    size_t at = coins->count;
    while (at > 0 && prom_amount_above(coin->value, coins->list[at - 1].value)) {
        at--;
    }
    if (at == PROM_TOWER_COINS_MAX) {
        return;
    }
    const size_t kept = coins->count < PROM_TOWER_COINS_MAX ? coins->count : PROM_TOWER_COINS_MAX - 1;
    memmove(&coins->list[at + 1], &coins->list[at], (kept - at) * sizeof coins->list[0]);
    coins->list[at] = *coin;
    coins->count = kept + 1;
}

static prom_result take(prom_tower_coins *coins, const prom_bytes32 *output_key, const json_t *found, prom_error *error)
{
    const json_t *list = json_object_get(found, "unspents");
    const json_t *unspent = NULL;
    size_t i = 0;
    uint32_t tip = 0;
    if (!json_is_array(list) || !prom_answer_number(&tip, json_object_get(found, "height"))) {
        return prom_answer_unexpected(SCAN, error);
    }
    json_array_foreach(list, i, unspent)
    {
        prom_bump_coin coin = {.change = *output_key};
        uint32_t height = 0;
        bool coinbase = false;
        if (!read_coin(&coin, &height, &coinbase, unspent)) {
            coins->count = 0;
            return prom_answer_unexpected(SCAN, error);
        }
        if (!coinbase || (uint64_t)height + MATURITY <= (uint64_t)tip + 1) {
            insert(coins, &coin);
        }
    }
    return prom_ok();
}

prom_result prom_tower_coins_find(prom_rpc *rpc, prom_tower_coins *coins, const prom_bytes32 *output_key,
                                  prom_error *error)
{
    char descriptor[sizeof "rawtr()" + PROM_HEX32];
    char hex[PROM_HEX32];
    json_auto_t *found = NULL;
    memset(coins, 0, sizeof *coins);
    (void)snprintf(descriptor, sizeof descriptor, "rawtr(%s)", prom_hex32(hex, output_key));
    prom_rpc_set_timeout(rpc, SCAN_MILLISECONDS);
    const prom_result asked = prom_rpc_call(rpc, &found, SCAN, json_pack("[s, [s]]", "start", descriptor), error);
    prom_rpc_set_timeout(rpc, CALL_MILLISECONDS);
    PROM_TRY(asked);
    return take(coins, output_key, found, error);
}

static bool is_among(const prom_outpoint *outpoint, const prom_outpoint *list, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found = found || prom_outpoint_equal(outpoint, &list[i]);
    }
    return found;
}

const prom_bump_coin *prom_tower_coins_choose(const prom_tower_coins *coins, const prom_outpoint *before,
                                              const prom_outpoint *taken, size_t taken_count)
{
    const prom_bump_coin *first = NULL;
    for (size_t i = 0; i < coins->count; i++) {
        const prom_bump_coin *coin = &coins->list[i];
        if (is_among(&coin->outpoint, taken, taken_count)) {
            continue;
        }
        if (prom_outpoint_equal(&coin->outpoint, before)) {
            return coin;
        }
        first = first == NULL ? coin : first;
    }
    return first;
}
