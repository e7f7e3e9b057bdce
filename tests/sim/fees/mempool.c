/* What a mempool takes, and what has to leave for it. */
#include "market.h"

market_tx *prom_market_find(sim_market *market, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < market->tx_count; i++) {
        if (prom_bytes32_equal(&market->txs[i].txid, txid)) {
            return &market->txs[i];
        }
    }
    return NULL;
}

static bool spends(const market_tx *tx, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        if (prom_outpoint_equal(&tx->inputs[i], outpoint)) {
            return true;
        }
    }
    return false;
}

market_tx *prom_market_spender(sim_market *market, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < market->tx_count; i++) {
        if (market->txs[i].pooled && spends(&market->txs[i], outpoint)) {
            return &market->txs[i];
        }
    }
    return NULL;
}

static bool is_parent(const market_tx *parent, const market_tx *child)
{
    for (size_t i = 0; i < child->input_count; i++) {
        if (prom_bytes32_equal(&child->inputs[i].txid, &parent->txid)) {
            return true;
        }
    }
    return false;
}

market_tx *prom_market_child(sim_market *market, const market_tx *parent)
{
    for (size_t i = 0; i < market->tx_count; i++) {
        if (market->txs[i].pooled && is_parent(parent, &market->txs[i])) {
            return &market->txs[i];
        }
    }
    return NULL;
}

market_tx *prom_market_parent(sim_market *market, const market_tx *child)
{
    for (size_t i = 0; i < market->tx_count; i++) {
        if (market->txs[i].pooled && is_parent(&market->txs[i], child)) {
            return &market->txs[i];
        }
    }
    return NULL;
}

/* A child that was in the mempool and is no more makes room. */
market_tx *prom_market_know(sim_market *market, const market_tx *tx)
{
    market_tx *known = prom_market_find(market, &tx->txid);
    for (size_t i = 0; known == NULL && market->tx_count == MARKET_TXS_MAX && i < MARKET_TXS_MAX; i++) {
        market_tx *old = &market->txs[i];
        known = old->pooled || old->mined || old->index != PROM_TREE_OTHER ? NULL : old;
    }
    if (known == NULL && market->tx_count < MARKET_TXS_MAX) {
        known = &market->txs[market->tx_count++];
    } else if (known == NULL || prom_bytes32_equal(&known->txid, &tx->txid)) {
        return known;
    }
    *known = *tx;
    known->pooled = false;
    known->mined = false;
    return known;
}

void prom_market_drop(sim_market *market, market_tx *tx)
{
    market_tx *child = prom_market_child(market, tx);
    if (child != NULL) {
        child->pooled = false;
    }
    tx->pooled = false;
}

/* -- Feerate diagrams -- */

typedef struct chunk {
    uint64_t fee;
    uint64_t vsize;
} chunk;

typedef struct sim_diagram {
    chunk chunks[MARKET_TXS_MAX];
    size_t count;
} sim_diagram;

static void add_chunk(sim_diagram *diagram, uint64_t fee, uint64_t vsize)
{
    size_t at = diagram->count++;
    for (; at > 0 && prom_market_pays_more(fee, vsize, diagram->chunks[at - 1].fee, diagram->chunks[at - 1].vsize);
         at--) {
        diagram->chunks[at] = diagram->chunks[at - 1];
    }
    diagram->chunks[at] = (chunk){fee, vsize};
}

/* A transaction and its child, or NULL: together where the child pays more for a byte. */
static void add_cluster(sim_diagram *diagram, const market_tx *parent, const market_tx *child)
{
    if (child != NULL && prom_market_pays_more(child->fee, child->vsize, parent->fee, parent->vsize)) {
        add_chunk(diagram, parent->fee + child->fee, parent->vsize + child->vsize);
        return;
    }
    add_chunk(diagram, parent->fee, parent->vsize);
    if (child != NULL) {
        add_chunk(diagram, child->fee, child->vsize);
    }
}

/* Compares at this size what the first chunks of both pay: -1, 0, 1. */
static int compare_at(const sim_diagram *a, const sim_diagram *b, uint64_t size)
{
    uint64_t fee[2] = {0, 0};
    uint64_t part[2] = {0, 0}; /* fee of a part of a chunk, times its size */
    uint64_t whole[2] = {1, 1};
    for (size_t i = 0; i < 2; i++) {
        const sim_diagram *it = i == 0 ? a : b;
        uint64_t left = size;
        for (size_t j = 0; j < it->count && left > 0; j++) {
            if (it->chunks[j].vsize > left) {
                part[i] = it->chunks[j].fee * left;
                whole[i] = it->chunks[j].vsize;
                break;
            }
            fee[i] += it->chunks[j].fee;
            left -= it->chunks[j].vsize;
        }
    }
    const uint64_t left = (fee[0] * whole[0] + part[0]) * whole[1];
    const uint64_t right = (fee[1] * whole[1] + part[1]) * whole[0];
    return left < right ? -1 : left > right;
}

/* Whether `after` is nowhere below `before` and somewhere above. */
static bool is_better(const sim_diagram *after, const sim_diagram *before)
{
    bool better = false;
    for (size_t i = 0; i < 2; i++) {
        const sim_diagram *it = i == 0 ? after : before;
        uint64_t size = 0;
        for (size_t j = 0; j < it->count; j++) {
            size += it->chunks[j].vsize;
            const int here = compare_at(after, before, size);
            if (here < 0) {
                return false;
            }
            better = better || here > 0;
        }
    }
    return better;
}

/* -- Replacement -- */

/* What would have to leave for a transaction, and what its place is. */
typedef struct sim_change {
    market_tx *leaves[MARKET_TXS_MAX]; /* each once; their children stand behind them */
    size_t count;
    uint64_t fees;
} sim_change;

static void leave(sim_change *change, market_tx *tx)
{
    for (size_t i = 0; i < change->count; i++) {
        if (change->leaves[i] == tx) {
            return;
        }
    }
    change->leaves[change->count++] = tx;
    change->fees += tx->fee;
}

static bool leaves(const sim_change *change, const market_tx *tx)
{
    for (size_t i = 0; tx != NULL && i < change->count; i++) {
        if (change->leaves[i] == tx) {
            return true;
        }
    }
    return false;
}

static void find_conflicts(sim_market *market, sim_change *change, const market_tx *tx)
{
    for (size_t i = 0; i < market->tx_count; i++) {
        market_tx *other = &market->txs[i];
        bool conflicts = other->pooled && other != tx;
        bool any = false;
        for (size_t j = 0; conflicts && j < tx->input_count; j++) {
            any = any || spends(other, &tx->inputs[j]);
        }
        if (any) {
            leave(change, other);
            market_tx *child = prom_market_child(market, other);
            if (child != NULL) {
                leave(change, child);
            }
        }
    }
}

/* The clusters of what leaves, before and after: a parent may stay alone. */
static void draw_clusters(sim_market *market, const sim_change *change, sim_diagram *before, sim_diagram *after)
{
    for (size_t i = 0; i < change->count; i++) {
        market_tx *parent = prom_market_parent(market, change->leaves[i]);
        if (parent == NULL) {
            add_cluster(before, change->leaves[i], prom_market_child(market, change->leaves[i]));
        } else if (!leaves(change, parent)) {
            add_cluster(before, parent, change->leaves[i]);
        }
    }
    for (size_t i = 0; i < change->count; i++) {
        market_tx *parent = prom_market_parent(market, change->leaves[i]);
        if (parent != NULL && !leaves(change, parent)) {
            add_cluster(after, parent, NULL);
        }
    }
}

static const char *may_replace(sim_market *market, const sim_change *change, market_tx *const *txs, size_t count,
                               market_tx *pooled_parent)
{
    sim_diagram before = {.count = 0};
    sim_diagram after = {.count = 0};
    uint64_t fee = 0;
    uint64_t vsize = 0;
    for (size_t i = 0; i < count; i++) {
        fee += txs[i]->fee;
        vsize += txs[i]->vsize;
    }
    if (change->count == 0) {
        return NULL;
    }
    if (fee < change->fees + (vsize * MARKET_INCREMENTAL + 999) / 1000) {
        return "insufficient fee, rejecting replacement";
    }
    draw_clusters(market, change, &before, &after);
    if (count == 2) {
        add_cluster(&after, txs[0], txs[1]);
    } else if (pooled_parent == NULL) {
        add_cluster(&after, txs[0], NULL);
    } else { /* which lost its child, or stood alone */
        sim_diagram rest = {.count = 0};
        bool counted = false;
        for (size_t i = 0; i < change->count; i++) {
            counted = counted || prom_market_parent(market, change->leaves[i]) == pooled_parent;
        }
        if (!counted) {
            add_cluster(&before, pooled_parent, NULL);
            add_cluster(&after, pooled_parent, NULL);
        }
        for (size_t i = 0, skipped = 0; i < after.count; i++) {
            const bool its = after.chunks[i].fee == pooled_parent->fee && after.chunks[i].vsize == pooled_parent->vsize;
            if (its && skipped == 0) {
                skipped = 1;
            } else {
                add_chunk(&rest, after.chunks[i].fee, after.chunks[i].vsize);
            }
        }
        add_cluster(&rest, pooled_parent, txs[0]);
        after = rest;
    }
    return is_better(&after, &before) ? NULL : "insufficient feerate: does not improve feerate diagram";
}

static void carry_out(sim_market *market, const sim_change *change)
{
    (void)market;
    for (size_t i = 0; i < change->count; i++) {
        change->leaves[i]->pooled = false;
    }
}

static bool pays(const sim_market *market, uint64_t fee, uint64_t vsize)
{
    return fee * 1000 >= vsize * prom_market_relay(market);
}

/* One transaction by itself. */
static const char *submit_one(sim_market *market, market_tx *tx)
{
    enum { CHILD_MAX = 1000 };
    sim_change change = {.count = 0};
    if (tx->pooled) {
        return NULL;
    }
    market_tx *parent = prom_market_parent(market, tx);
    if (tx->mined || !market->fits(market->context, tx)) {
        return tx->mined ? "already in block chain" : "bad-txns-inputs-missingorspent, or non-BIP68-final";
    }
    if (!pays(market, tx->fee, tx->vsize)) {
        return "min relay fee not met";
    }
    find_conflicts(market, &change, tx);
    if (parent != NULL) {
        market_tx *sibling = prom_market_child(market, parent);
        if (tx->vsize > CHILD_MAX || !tx->version3 || leaves(&change, parent)) {
            return "TRUC-violation";
        }
        if (sibling != NULL) {
            leave(&change, sibling); /* BIP 431: the only kind of eviction that spends nothing of the other */
        }
    }
    const char *why = may_replace(market, &change, &tx, 1, parent);
    if (why == NULL) {
        carry_out(market, &change);
        tx->pooled = true;
    }
    return why;
}

/* A parent that is not worth its place by itself, with its child. */
static const char *submit_both(sim_market *market, market_tx *const *txs)
{
    sim_change change = {.count = 0};
    if (txs[0]->mined || !market->fits(market->context, txs[0]) || !is_parent(txs[0], txs[1])) {
        return "bad-txns-inputs-missingorspent, or non-BIP68-final";
    }
    find_conflicts(market, &change, txs[0]);
    find_conflicts(market, &change, txs[1]);
    if (!pays(market, txs[0]->fee + txs[1]->fee, (uint64_t)txs[0]->vsize + txs[1]->vsize)) {
        return "min relay fee not met";
    }
    if (change.count > 0 && !prom_market_pays_more(txs[1]->fee, txs[1]->vsize, txs[0]->fee, txs[0]->vsize)) {
        return "package RBF failed: package feerate is less than or equal to parent feerate";
    }
    const char *why = may_replace(market, &change, txs, 2, NULL);
    if (why == NULL) {
        carry_out(market, &change);
        txs[0]->pooled = true;
        txs[1]->pooled = true;
    }
    return why;
}

const char *prom_market_submit(sim_market *market, market_tx *const *txs, size_t count)
{
    const char *why = submit_one(market, txs[0]);
    if (count == 1 || why == NULL) {
        return count == 1 ? why : submit_one(market, txs[1]);
    }
    return submit_both(market, txs);
}
