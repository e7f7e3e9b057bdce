#include "chain/broadcast.h"

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/mempool.h"

/* What may have to leave the mempool; more is left to others, who are too many to outbid. */
enum { RIVALS_MAX = 64 };

/* One transaction, before bitcoind. */
typedef struct attempt {
    prom_rpc *rpc;
    prom_arena arena;
    const prom_broadcast_want *want;
    const prom_fee_climate *climate;
    const prom_child_signer *signer;
    prom_broadcast_report *report;
    prom_tree_tx parent;
    bool waits; /* the mempool has it */
    prom_mempool_entry entry;
    prom_bump_rival rivals[RIVALS_MAX];
    prom_bytes32 seen[RIVALS_MAX]; /* their txids */
    size_t rival_count;
    prom_bump bump;
    prom_error error;
} attempt;

prom_result prom_fee_climate_get(prom_rpc *rpc, prom_fee_climate *climate, prom_error *error)
{
    prom_feerates soon;
    prom_feerates in_time;
    bool estimated = false;
    *climate = (prom_fee_climate){.relay = 0};
    PROM_TRY(prom_chain_get_feerates(rpc, &soon, &estimated, PROM_ESTIMATE_SOON, error));
    PROM_TRY(prom_chain_get_feerates(rpc, &in_time, &estimated, PROM_ESTIMATE_IN_TIME, error));
    *climate = (prom_fee_climate){
        .relay = soon.relay,
        .incremental = soon.incremental,
        .estimates = {soon.wanted, in_time.wanted < soon.wanted ? in_time.wanted : soon.wanted},
    };
    return prom_ok();
}

/* Sat for 1000 vB, rounded down. */
static uint32_t feerate_of(prom_amount fee, size_t vsize)
{
    uint64_t feerate = 0;
    const bool good = prom_amount_get(prom_amount_divide(prom_amount_multiply(fee, 1000), vsize), &feerate);
    return good && feerate < UINT32_MAX ? (uint32_t)feerate : UINT32_MAX;
}

static void tell(attempt *at, const char *words)
{
    (void)snprintf(at->report->told.sentence, sizeof at->report->told.sentence, "%s", words);
}

static prom_result read_parent(attempt *at)
{
    prom_tx *tx = NULL;
    PROM_TRY(prom_tx_parse(&at->arena, &tx, at->want->tx, &at->error));
    at->parent = (prom_tree_tx){.tx = tx, .fee = at->want->fee};
    PROM_TRY(prom_tx_id(&at->arena, &at->parent.txid, tx, &at->error));
    return prom_tx_weight(&at->arena, &at->parent.weight, tx, &at->error);
}

/* What the parent pays in the mempool: with a child that pays less for a byte it is mined alone. */
static uint32_t pays_now(const prom_mempool_entry *entry)
{
    const uint32_t alone = feerate_of(entry->fee, entry->vsize);
    const uint32_t together = feerate_of(entry->descendants_fee, entry->descendants_vsize);
    return together > alone ? together : alone;
}

static bool says(const prom_chain_verdict *verdict, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(verdict->reason, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* That it is in a block, of which all outputs are unspent. */
static bool says_mined(const prom_chain_verdict *verdict)
{
    static const char *const WORDS[] = {"already-known", "already in utxo set", "already in block chain"};
    return says(verdict, WORDS, sizeof WORDS / sizeof *WORDS);
}

/* What no fee changes. */
static bool says_in_vain(const prom_chain_verdict *verdict)
{
    static const char *const WORDS[] = {"missing", "non-final", "non-BIP68-final"};
    return says_mined(verdict) || says(verdict, WORDS, sizeof WORDS / sizeof *WORDS);
}

/* Hands the parent over alone. */
static prom_result send_alone(attempt *at, prom_chain_verdict *verdict)
{
    PROM_TRY(prom_mempool_submit(at->rpc, verdict, &at->want->tx, 1, &at->error));
    if (verdict->allowed) {
        at->waits = true;
        at->report->pays = feerate_of(at->parent.fee, prom_vsize(at->parent.weight));
        at->report->state = PROM_BROADCAST_SENT;
    } else {
        at->report->state = says_mined(verdict) ? PROM_BROADCAST_MINED : PROM_BROADCAST_REFUSED;
        tell(at, verdict->reason);
    }
    return prom_ok();
}

static bool is_seen(const attempt *at, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < at->rival_count; i++) {
        if (prom_bytes32_equal(&at->seen[i], txid)) {
            return true;
        }
    }
    return prom_bytes32_equal(&at->parent.txid, txid);
}

/* Adds a transaction that has to leave, and all that leave with it. */
static prom_result add_rival(attempt *at, const prom_bytes32 *txid)
{
    prom_mempool_entry entry;
    bool found = false;
    if (is_seen(at, txid)) {
        return prom_ok();
    }
    PROM_TRY(prom_mempool_find(at->rpc, &at->arena, &entry, &found, txid, &at->error));
    if (!found) {
        return prom_ok();
    }
    for (size_t i = 0; i < entry.parent_count; i++) { /* its parent leaves, and was counted with it */
        if (!prom_bytes32_equal(&entry.parents[i], &at->parent.txid) && is_seen(at, &entry.parents[i])) {
            return prom_ok();
        }
    }
    if (at->rival_count == RIVALS_MAX) {
        return prom_fail(&at->error, PROM_CATEGORY_BAD_INPUT, "more than %d transactions of others are in the way",
                         RIVALS_MAX);
    }
    at->seen[at->rival_count] = *txid;
    at->rivals[at->rival_count++] = (prom_bump_rival){entry.descendants_fee, entry.descendants_vsize};
    return prom_ok();
}

/* What spends the inputs of parent and child, and what the mempool has for a child of the parent. Parents come before
 * their children: inputs of the parent are looked at first. */
static prom_result find_rivals(attempt *at)
{
    const size_t own_inputs = at->waits ? 0 : at->parent.tx->input_count;
    const size_t count = own_inputs + 1;
    prom_outpoint *outpoints = NULL;
    prom_spender *spends = NULL;
    PROM_TRY_NEW(outpoints, &at->arena, count, &at->error);
    PROM_TRY_NEW(spends, &at->arena, count, &at->error);
    for (size_t i = 0; i < own_inputs; i++) {
        outpoints[i] = at->parent.tx->inputs[i].outpoint;
    }
    outpoints[own_inputs] = at->want->coin->outpoint;
    PROM_TRY(prom_mempool_spends(at->rpc, spends, outpoints, count, &at->error));
    for (size_t i = 0; i < count; i++) {
        if (spends[i].where == PROM_SPEND_MEMPOOL) {
            PROM_TRY(add_rival(at, &spends[i].txid));
        }
    }
    for (size_t i = 0; at->waits && i < at->entry.child_count; i++) {
        PROM_TRY(add_rival(at, &at->entry.children[i]));
    }
    return prom_ok();
}

/* Whether the reserved coin is there and in a block: a child of version 3 has one parent that is not. */
static prom_result find_coin(attempt *at, bool *usable)
{
    prom_chain_coin coin;
    *usable = false;
    if (at->want->coin != NULL) {
        PROM_TRY(prom_chain_get_coin(at->rpc, &at->arena, &coin, usable, &at->want->coin->outpoint, false, &at->error));
    }
    if (!*usable) {
        tell(at, at->want->coin == NULL ? "no coin is reserved for its fee"
                                        : "the coin that is reserved for its fee is in no block, or spent");
    }
    return prom_ok();
}

static prom_result make_child(attempt *at, prom_tx **child, bool *payable)
{
    prom_amount fee;
    at->bump.parent_waits = at->waits;
    at->bump.rivals = at->rivals;
    at->bump.rival_count = at->rival_count;
    at->bump.coin = at->want->coin->outpoint;
    at->bump.coin_value = at->want->coin->value;
    at->bump.change = at->want->coin->change;
    at->bump.feerates = (prom_feerates){at->report->wanted, at->climate->relay, at->climate->incremental};
    at->bump.at_risk = prom_fee_limit(&at->want->due);
    *payable = prom_is_ok(prom_bump_fee(&fee, &at->bump, &at->error));
    if (!*payable) {
        tell(at, at->error.sentence);
        return prom_ok();
    }
    at->report->child_fee = fee;
    return at->signer->make(at->signer->context, &at->arena, child, &at->bump, &at->error);
}

static prom_result send_child(attempt *at, const prom_tx *child)
{
    prom_chain_verdict verdict;
    prom_broadcast_report *report = at->report;
    prom_span txs[2] = {at->want->tx};
    const size_t first = at->waits ? 1 : 0;
    PROM_TRY(prom_tx_id(&at->arena, &report->child, child, &at->error));
    PROM_TRY(prom_tx_serialize(&at->arena, &txs[1], child, true, &at->error));
    PROM_TRY(prom_mempool_submit(at->rpc, &verdict, &txs[first], 2 - first, &at->error));
    if (!verdict.allowed) {
        tell(at, verdict.reason);
        return prom_ok();
    }
    report->has_child = true;
    report->state = PROM_BROADCAST_SENT;
    report->pays =
        feerate_of(prom_amount_add(at->bump.parent_fee, report->child_fee), at->bump.parent_vsize + PROM_BUMP_VSIZE);
    at->waits = true;
    return prom_ok();
}

/* Pays for the parent by a child where that can be paid; `report->has_child` says whether it was taken. */
static prom_result pay_by_child(attempt *at)
{
    prom_tx *child = NULL;
    bool usable = false;
    bool payable = false;
    PROM_TRY(find_coin(at, &usable));
    if (!usable) {
        return prom_ok();
    }
    const prom_result found = find_rivals(at);
    if (found.category == PROM_CATEGORY_BAD_INPUT) {
        tell(at, at->error.sentence);
        return prom_ok();
    }
    PROM_TRY(found);
    PROM_TRY(make_child(at, &child, &payable));
    return payable ? send_child(at, child) : prom_ok();
}

/* The mempool has it for less than is wanted. */
static prom_result raise(attempt *at)
{
    at->bump.parent_fee = at->entry.fee;
    at->bump.parent_vsize = at->entry.vsize;
    at->report->state = PROM_BROADCAST_CHEAP;
    return pay_by_child(at);
}

/* The mempool has it not. Alone where that is enough, else with a child, and alone again where there is no child for
 * it: better late than never. */
static prom_result send(attempt *at, bool has_anchor)
{
    prom_chain_verdict verdict = {.allowed = false};
    const bool enough = feerate_of(at->parent.fee, prom_vsize(at->parent.weight)) >= at->report->wanted;
    if (enough || !has_anchor) {
        PROM_TRY(send_alone(at, &verdict));
        if (at->waits || !has_anchor || says_in_vain(&verdict)) {
            return prom_ok();
        }
    }
    PROM_TRY(pay_by_child(at));
    if (at->report->has_child || enough) {
        return prom_ok();
    }
    const prom_error why = at->report->told;
    PROM_TRY(send_alone(at, &verdict));
    if (at->waits) {
        at->report->state = PROM_BROADCAST_CHEAP;
        at->report->told = why;
    } else if (at->report->state == PROM_BROADCAST_REFUSED && strcmp(verdict.reason, why.sentence) != 0) {
        (void)snprintf(at->report->told.sentence, sizeof why.sentence, "%s; with a child: %.300s", verdict.reason,
                       why.sentence);
    }
    return prom_ok();
}

/* Whether what pays for the parent is to be our own child, though another's does: in the last blocks before money is
 * lost. Miners may hold something that keeps the other one out, so that we alone believe in it. */
static prom_result must_own(attempt *at, int64_t tip, bool *must)
{
    const prom_fee_obligation *due = &at->want->due;
    const bool last = due->lateness == PROM_LATE_COSTS_MONEY && due->last_block != PROM_WINDOW_OPEN &&
                      due->last_block - tip < (int64_t)due->safety_margin;
    const bool by_child = feerate_of(at->entry.fee, at->entry.vsize) < at->report->wanted && at->entry.child_count > 0;
    prom_spender spends = {.where = PROM_SPEND_NONE};
    *must = last && by_child && at->want->coin != NULL;
    if (*must) {
        PROM_TRY(prom_mempool_spends(at->rpc, &spends, &at->want->coin->outpoint, 1, &at->error));
        *must = spends.where != PROM_SPEND_MEMPOOL || !prom_bytes32_equal(&spends.txid, &at->entry.children[0]);
    }
    return prom_ok();
}

static prom_result act(attempt *at, int64_t tip)
{
    prom_error ignored;
    PROM_TRY(read_parent(at));
    prom_fee_obligation due = at->want->due;
    due.vsize = prom_vsize(at->parent.weight) + PROM_BUMP_VSIZE;
    at->report->wanted = prom_fee_feerate(&due, tip, &at->climate->estimates);
    PROM_TRY(prom_mempool_find(at->rpc, &at->arena, &at->entry, &at->waits, &at->parent.txid, &at->error));
    const bool has_anchor = prom_is_ok(prom_bump_parent(&at->bump, &at->parent, &ignored));
    if (!at->waits) {
        return send(at, has_anchor);
    }
    at->report->pays = pays_now(&at->entry);
    const bool enough = at->report->pays >= at->report->wanted;
    bool must = false;
    PROM_TRY(must_own(at, tip, &must));
    if ((!enough || must) && has_anchor) {
        PROM_TRY(raise(at));
    }
    if (enough && !at->report->has_child) {
        at->report->state = PROM_BROADCAST_WAITS;
    } else if (!has_anchor) {
        at->report->state = PROM_BROADCAST_CHEAP;
    }
    return prom_ok();
}

void prom_broadcast(prom_rpc *rpc, prom_broadcast_report *report, const prom_broadcast_want *want, int64_t tip,
                    const prom_fee_climate *climate, const prom_child_signer *signer)
{
    attempt at = {.rpc = rpc, .want = want, .climate = climate, .signer = signer, .report = report};
    *report = (prom_broadcast_report){.state = PROM_BROADCAST_UNKNOWN, .child_fee = prom_amount_zero()};
    prom_arena_init(&at.arena, (size_t)64 << 20);
    if (!prom_is_ok(act(&at, tip))) {
        report->state = PROM_BROADCAST_UNKNOWN;
        tell(&at, at.error.sentence);
    }
    prom_arena_free(&at.arena);
}
