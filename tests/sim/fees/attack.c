/* Attackers on fees. They see everything, move before and after every look of everybody, have as many coins as they
 * like, and make no blocks. */
#include <string.h>

#include "channel/step.h"
#include "fees.h"

enum { CHILD = 153, PIN = 1000, ALONE = 111 };

prom_branch_id prom_fees_branch_id(const prom_tree *tree, uint32_t index)
{
    static const prom_branch_id named[PROM_TREE_NAMED] = {
        [PROM_TX1] = PROM_BRANCH_TX1,   [PROM_TX3] = PROM_BRANCH_TX3, [PROM_TX4] = PROM_BRANCH_TX4,
        [PROM_TXV0] = PROM_BRANCH_TXV0, [PROM_TX5] = PROM_BRANCH_TX5, [PROM_TXA] = PROM_BRANCH_TXA,
        [PROM_TX6] = PROM_BRANCH_TX6};
    if (index == PROM_TX0) {
        return PROM_BRANCHES;
    }
    return index < PROM_TREE_NAMED ? named[index] : tree->tx[index].scheme == 6 ? PROM_BRANCH_TX7 : PROM_BRANCH_TX8;
}

/* The branch as the attacker knows it, or NULL; of those of a decision the one that waits. */
static market_tx *branch_of(prom_rpc *node, prom_branch_id id)
{
    const prom_tree *tree = node->run->world->tree;
    for (size_t i = 0; i < node->run->chain.tx_count; i++) {
        const uint32_t index = node->run->chain.txs[i].index;
        if (index != PROM_TREE_OTHER && prom_fees_branch_id(tree, index) == id) {
            market_tx *tx = prom_fees_branch(node, index);
            if (tx != NULL && (id < PROM_BRANCH_TX7 || tx->pooled)) {
                return tx;
            }
        }
    }
    return NULL;
}

/* One of the attacker's own: on an anchor, when there is a parent, and with a coin that it has not used. */
static market_tx *make(prom_rpc *node, const market_tx *parent, uint64_t fee, uint32_t vsize)
{
    const uint64_t number = ++node->spare_number;
    market_tx made = {.txid = prom_sim_named("attacker's transaction", number),
                      .fee = fee,
                      .vsize = vsize,
                      .version3 = true,
                      .payer = MARKET_NOBODY,
                      .index = PROM_TREE_OTHER,
                      .input_count = 1,
                      .inputs = {{prom_sim_named("attacker's coin", number), 0}}};
    if (parent != NULL) {
        const sim_tx *seen = prom_fees_seen(node, &parent->txid);
        made.inputs[made.input_count++] = (prom_outpoint){parent->txid, (uint32_t)seen->tx->output_count - 1};
    }
    return prom_market_know(&node->market, &made);
}

static uint32_t climate_now(const prom_rpc *node)
{
    const sim_market *market = &node->market;
    return prom_climate_at(market->climate, market->changes == INT64_MAX ? -1 : market->height + 1 - market->changes);
}

/* What a child of 1000 vB may pay so that it and its parent are not worth a place in the next block. */
static uint64_t pin_fee(const prom_rpc *node, const market_tx *parent)
{
    const uint64_t eighths = node->plan->attack.kind == FEES_DEAR ? 7 : 2;
    const uint64_t both = eighths * climate_now(node) / 8 * (parent->vsize + PIN) / 1000;
    return both > parent->fee ? both - parent->fee : 0;
}

/* A branch of which the mempool is to be full, with a child that pins it. */
static void pin(prom_rpc *node, market_tx *parent)
{
    const market_tx *child = prom_market_child(&node->market, parent);
    const uint64_t fee = pin_fee(node, parent);
    if (child != NULL && child->payer == MARKET_NOBODY && child->fee >= fee) {
        return;
    }
    market_tx *txs[2] = {parent, make(node, parent, fee, PIN)};
    if (txs[1] != NULL && prom_market_submit(&node->market, txs, 2) == NULL) {
        node->acted = true;
    }
}

/* The victim's child goes by the attacker's, and that by a spend of its other coin. */
static void cycle(prom_rpc *node, market_tx *parent)
{
    const market_tx *child = parent->pooled ? prom_market_child(&node->market, parent) : NULL;
    if (child == NULL || child->payer == MARKET_NOBODY) {
        return;
    }
    const uint64_t first = child->fee + (CHILD * MARKET_INCREMENTAL + 999) / 1000;
    const uint64_t second = first + (ALONE * MARKET_INCREMENTAL + 999) / 1000;
    market_tx *own = make(node, parent, first, CHILD);
    if (own == NULL || prom_market_submit(&node->market, &own, 1) != NULL) {
        return;
    }
    market_tx replacing = {.txid = prom_sim_named("attacker's way out", node->spare_number),
                           .fee = second,
                           .vsize = ALONE,
                           .version3 = true,
                           .payer = MARKET_NOBODY,
                           .index = PROM_TREE_OTHER,
                           .input_count = 1,
                           .inputs = {own->inputs[0]}};
    market_tx *out = prom_market_know(&node->market, &replacing);
    if (out != NULL) {
        (void)prom_market_submit(&node->market, &out, 1);
    }
    node->acted = true;
}

/* The least that a branch and its child pay so that they replace another branch with its child: more for a byte, and
 * all that leaves and their own relay. */
static uint64_t outbid(prom_rpc *node, const market_tx *instead, uint64_t vsize)
{
    const market_tx *rival = prom_market_spender(&node->market, &instead->inputs[0]);
    if (rival == NULL || rival == instead) {
        return 0;
    }
    const market_tx *its = prom_market_child(&node->market, rival);
    const uint64_t fee = rival->fee + (its != NULL ? its->fee : 0);
    const uint64_t size = (uint64_t)rival->vsize + (its != NULL ? its->vsize : 0);
    const uint64_t dearer = fee * vsize / size + 1;
    const uint64_t more = fee + (vsize * MARKET_INCREMENTAL + 999) / 1000;
    return dearer > more ? dearer : more;
}

/* What it wants mined in the end: outbids whatever stands against it, at as much as it thinks that blocks ask for. */
static bool take(prom_rpc *node, market_tx *instead)
{
    if (!prom_fees_fits(node, instead)) {
        return false;
    }
    const market_tx *child = instead->pooled ? prom_market_child(&node->market, instead) : NULL;
    const uint64_t vsize = (uint64_t)instead->vsize + CHILD;
    const uint64_t others = outbid(node, instead, vsize);
    uint64_t fee = (uint64_t)climate_now(node) * node->plan->attack.eighths * vsize / 8000;
    fee = fee > others ? fee : others;
    fee = fee > instead->fee ? fee - instead->fee : 0;
    if (child == NULL || child->fee < fee) {
        market_tx *txs[2] = {instead, make(node, instead, fee, CHILD)};
        if (txs[1] != NULL && prom_market_submit(&node->market, txs, 2) == NULL) {
            node->acted = true;
        }
    }
    return instead->pooled;
}

/* An earlier branch is cycled as long as its victim's bid is to rise, and its child mined then: it has a smaller coin
 * for what comes. */
static void drain(prom_rpc *node)
{
    const fees_attack *attack = &node->plan->attack;
    market_tx *first = attack->drains > 0 ? branch_of(node, attack->before) : NULL;
    if (first == NULL || first->mined || !first->pooled) {
        return;
    }
    if (node->drained_at != node->market.height && node->drained < attack->drains) {
        node->drained_at = node->market.height;
        node->drained++;
    }
    if (node->drained_at == node->market.height) {
        cycle(node, first);
    }
}

static void know_branches(prom_rpc *node)
{
    static const prom_tree_id those[] = {PROM_TX1, PROM_TX3, PROM_TXV0, PROM_TX5, PROM_TX6};
    sim_party *attacker = &node->run->parties[node->plan->attack.attacker];
    const bool honest = attacker->honest;
    attacker->honest = false;
    for (size_t i = 0; i < sizeof those / sizeof *those; i++) {
        if (prom_fees_seen(node, &node->run->world->tree->tx[those[i]].txid) == NULL) {
            prom_sim_broadcast(node->run, those[i]);
        }
    }
    attacker->honest = honest;
}

void prom_fees_attack(prom_rpc *node)
{
    const fees_attack *attack = &node->plan->attack;
    if (attack->kind == FEES_NO_ATTACK || node->run->H0 == 0) {
        return;
    }
    know_branches(node);
    drain(node);
    market_tx *target = branch_of(node, attack->target);
    market_tx *instead = branch_of(node, attack->instead);
    market_tx *parked = attack->kind == FEES_PARK ? branch_of(node, attack->parked) : NULL;
    if (attack->kind == FEES_LAST && target != NULL && !target->mined) {
        cycle(node, target);
    }
    if (instead != NULL && take(node, instead)) {
        return;
    }
    if (parked != NULL && prom_fees_fits(node, parked)) {
        pin(node, parked);
    }
    if (target == NULL || target->mined) {
        return;
    }
    if (attack->kind == FEES_CYCLE) {
        cycle(node, target);
    } else if ((attack->kind == FEES_PIN || attack->kind == FEES_DEAR) && target->pooled) {
        pin(node, target);
    }
}
