#include <stdio.h>
#include <string.h>

#include "contract/tree_parts.h"
#include "prometheus/contract/payout.h"

/* The tree, as docs/protocol.md, section 7, has it. */
static const prom_branch branches[PROM_BRANCHES] = {
    [PROM_BRANCH_TX1] = {.name = "Tx1",
                         .spends = PROM_OUTPUT_O0,
                         .leaf = PROM_KEY_PATH,
                         .lock = {.t3 = 1},
                         .scheme = 1,
                         .makes = PROM_TREE_OUTPUTS,
                         .window = PROM_DEADLINE_TX1},
    [PROM_BRANCH_TX3] = {.name = "Tx3",
                         .spends = PROM_OUTPUT_O0,
                         .leaf = PROM_LEAF_DELIVERED,
                         .lock = {.t2 = 1},
                         .scheme = 2,
                         .makes = PROM_TREE_OUTPUTS,
                         .waits_for = PROM_WAITS_H_P,
                         .window = PROM_DEADLINE_TX3},
    [PROM_BRANCH_TX4] = {.name = "Tx4",
                         .spends = PROM_OUTPUT_O0,
                         .leaf = PROM_LEAF_ACCEPTED,
                         .scheme = 3,
                         .makes = PROM_TREE_OUTPUTS,
                         .waits_for = PROM_WAITS_V | PROM_WAITS_H_P,
                         .window = PROM_DEADLINE_TX4},
    [PROM_BRANCH_TXV0] = {.name = "TxV0",
                          .spends = PROM_OUTPUT_O0,
                          .leaf = PROM_LEAF_ACCUSED,
                          .lock = {.t1 = 1},
                          .makes = PROM_OUTPUT_OV0,
                          .waits_for = PROM_WAITS_V,
                          .window = PROM_DEADLINE_TXV0},
    [PROM_BRANCH_TX5] = {.name = "Tx5",
                         .spends = PROM_OUTPUT_OV0,
                         .leaf = PROM_KEY_PATH,
                         .lock = {.t1 = -1, .t2 = 1},
                         .scheme = 4,
                         .makes = PROM_TREE_OUTPUTS,
                         .window = PROM_DEADLINE_TX5},
    [PROM_BRANCH_TXA] = {.name = "TxA",
                         .spends = PROM_OUTPUT_OV0,
                         .leaf = PROM_LEAF_APPEAL,
                         .makes = PROM_OUTPUT_OA,
                         .waits_for = PROM_WAITS_K_P,
                         .window = PROM_DEADLINE_TXA},
    [PROM_BRANCH_TX6] = {.name = "Tx6",
                         .spends = PROM_OUTPUT_OA,
                         .leaf = PROM_KEY_PATH,
                         .lock = {.t4 = 1},
                         .scheme = 5,
                         .makes = PROM_TREE_OUTPUTS,
                         .window = PROM_DEADLINE_TX6},
    [PROM_BRANCH_TX7] = {.name = "Tx7",
                         .spends = PROM_OUTPUT_OA,
                         .leaf = PROM_LEAF_WORKER,
                         .scheme = 6,
                         .makes = PROM_TREE_OUTPUTS,
                         .waits_for = PROM_WAITS_Y,
                         .window = PROM_DEADLINE_DECISION},
    [PROM_BRANCH_TX8] = {.name = "Tx8",
                         .spends = PROM_OUTPUT_OA,
                         .leaf = PROM_LEAF_VERIFIER,
                         .scheme = 7,
                         .makes = PROM_TREE_OUTPUTS,
                         .waits_for = PROM_WAITS_Y | PROM_WAITS_H_P,
                         .window = PROM_DEADLINE_DECISION},
};

/* Those of which there is one alone, as they stand in the tree. */
static const prom_branch_id named[PROM_TREE_NAMED] = {
    [PROM_TX1] = PROM_BRANCH_TX1,   [PROM_TX3] = PROM_BRANCH_TX3, [PROM_TX4] = PROM_BRANCH_TX4,
    [PROM_TXV0] = PROM_BRANCH_TXV0, [PROM_TX5] = PROM_BRANCH_TX5, [PROM_TXA] = PROM_BRANCH_TXA,
    [PROM_TX6] = PROM_BRANCH_TX6,
};

static const prom_branch_id decisions[] = {PROM_BRANCH_TX7, PROM_BRANCH_TX8};

enum { DECISIONS = sizeof decisions / sizeof decisions[0] };

const prom_branch *prom_branch_of(prom_branch_id id)
{
    return &branches[id];
}

bool prom_scheme_shows_key(unsigned scheme)
{
    bool shows = false;
    for (size_t i = 0; i < PROM_BRANCHES; i++) {
        shows = shows || (branches[i].scheme == scheme && (branches[i].waits_for & PROM_WAITS_H_P) != 0);
    }
    return shows;
}

size_t prom_branch_vsize_max(uint8_t n)
{
    enum { WITHOUT_ARBITERS = 1109 }; /* weight: one input by PROM_LEAF_ACCEPTED; C, W and V, the anchor */
    return prom_vsize(WITHOUT_ARBITERS + (size_t)PROM_PAYOUT_WEIGHT * n);
}

/* P's times alone stand in locks: no network does. */
static uint32_t lock_blocks(const prom_parameters *P, const prom_blocks *lock)
{
    static const prom_chain_parameters none = {.name = ""};
    return (uint32_t)prom_blocks_count(lock, P, &none);
}

static prom_amount anchor_value(void)
{
    return prom_amount_of(PROM_ANCHOR_SAT);
}

static void add_payout(const prom_tree_builder *builder, prom_tx *tx, prom_amount value, size_t payee)
{
    if (!prom_amount_is_zero(value)) {
        prom_tree_add_output(tx, value, builder->script[payee]);
    }
}

/* What F's output gets: in #6 and #7 a part below dust is left out, and goes to the fee. */
static prom_amount fund_of(const prom_tree_builder *builder, const prom_tree_tx *it, const prom_payouts *payouts)
{
    const prom_amount fund = payouts->to[PROM_PAYEE_F];
    const bool dust = !prom_amount_at_least(fund, prom_dust_limit(builder->script[PROM_TREE_FUND]));
    return it->scheme >= 6 && dust ? prom_amount_zero() : fund;
}

/* The outputs of a closing transaction in their order, C's with `to_client` on top of its payout: C, W, V, A_1 to A_n,
 * F, anchor. What is worth nothing is left out. */
static void fill_closing(const prom_tree_builder *builder, prom_tree_tx *it, const prom_payouts *payouts,
                         prom_amount to_client)
{
    prom_tx *tx = it->tx;
    tx->output_count = 0;
    add_payout(builder, tx, prom_amount_add(payouts->to[PROM_PAYEE_C], to_client), PROM_PARTY_C);
    add_payout(builder, tx, payouts->to[PROM_PAYEE_W], PROM_PARTY_W);
    add_payout(builder, tx, payouts->to[PROM_PAYEE_V], PROM_PARTY_V);
    for (size_t i = 0; i < builder->terms->arbiter_count; i++) {
        const bool plus = it->deciders == 0 || (it->deciders >> i & 1) != 0;
        add_payout(builder, tx, payouts->to[plus ? PROM_PAYEE_A_PLUS : PROM_PAYEE_A_MINUS], PROM_PARTIES + i);
    }
    add_payout(builder, tx, fund_of(builder, it, payouts), PROM_TREE_FUND);
    prom_tree_add_output(tx, anchor_value(), builder->anchor);
}

static void write_name(char name[PROM_TREE_NAME], const char *base, uint32_t deciders)
{
    int at = snprintf(name, PROM_TREE_NAME, "%s", base);
    for (unsigned i = 0; i < PROM_ARBITERS_MAX && deciders != 0; i++) {
        if ((deciders >> i & 1) != 0) {
            at += snprintf(name + at, (size_t)(PROM_TREE_NAME - at), "%c%u", strchr(name, '[') == NULL ? '[' : ',',
                           i + 1);
        }
    }
    if (deciders != 0) {
        (void)snprintf(name + at, (size_t)(PROM_TREE_NAME - at), "]");
    }
}

/* What a branch says of a transaction, and its input, which spends `parent`. */
static prom_result begin(const prom_tree_builder *builder, prom_tree_tx *it, const prom_branch *branch,
                         const prom_tree_node *parent, uint32_t deciders, size_t output_count)
{
    const uint32_t blocks = lock_blocks(&builder->terms->P, &branch->lock);
    PROM_TRY(prom_tree_tx_new(builder, it, 1, output_count));
    write_name(it->name, branch->name, deciders);
    it->scheme = branch->scheme;
    it->deciders = deciders;
    it->waits_for = branch->waits_for;
    it->spends = branch->spends;
    it->tx->inputs[0].outpoint = parent->outpoint;
    it->tx->inputs[0].sequence = blocks != 0 ? blocks : PROM_SEQUENCE_PLAIN; /* BIP 68, in blocks */
    it->spent[0] = (prom_tx_output){parent->value, parent->descriptor->script};
    it->descriptor[0] = parent->descriptor;
    it->leaf[0] = branch->leaf;
    return prom_ok();
}

/* A closing transaction. What payouts, anchor and fee leave goes to C, unless C's output would be below dust: then to
 * the fee. */
static prom_result build_closing(const prom_tree_builder *builder, prom_tree_tx *it, const prom_branch *branch,
                                 const prom_tree_node *parent, uint32_t deciders)
{
    const prom_terms *terms = builder->terms;
    const prom_stakes stakes = {&terms->P, terms->c, terms->retainer};
    prom_payouts payouts;
    const size_t payees = PROM_PARTIES + terms->arbiter_count + 1; /* F */
    PROM_TRY(begin(builder, it, branch, parent, deciders, payees + 1));
    PROM_TRY(prom_payouts_of(&payouts, &stakes, branch->scheme, prom_arbiters_count(deciders), builder->error));
    fill_closing(builder, it, &payouts, prom_amount_of(1)); /* weighed with C's output */
    PROM_TRY(prom_tree_measure(builder, it));
    const prom_amount to_fee = prom_amount_subtract(payouts.to[PROM_PAYEE_F], fund_of(builder, it, &payouts));
    const prom_amount outputs = prom_amount_subtract(prom_tx_output_sum(it->tx), prom_amount_of(1));
    const prom_amount paid = prom_amount_add(outputs, to_fee);
    const prom_amount left =
        prom_amount_subtract(prom_amount_subtract(parent->value, paid), prom_tree_fee(builder, it));
    const prom_amount to_client = prom_amount_add(payouts.to[PROM_PAYEE_C], left);
    const bool client_paid = prom_amount_at_least(to_client, prom_dust_limit(builder->script[PROM_PARTY_C]));
    fill_closing(builder, it, &payouts, client_paid ? left : prom_amount_zero());
    PROM_TRY(prom_tree_measure(builder, it));
    if (!prom_amount_at_least(it->fee, prom_tree_fee(builder, it))) {
        return prom_fail(builder->error, PROM_CATEGORY_BROKEN, "the reserve does not pay for %s", it->name);
    }
    return prom_ok();
}

/* TxV0 and TxA: the spent value, less anchor and fee, goes on in one output. */
static prom_result build_moving(const prom_tree_builder *builder, prom_tree_tx *it, const prom_branch *branch,
                                const prom_tree_node *parent)
{
    PROM_TRY(begin(builder, it, branch, parent, 0, 2));
    prom_tx_output *moved = &it->tx->outputs[0];
    *moved = (prom_tx_output){prom_amount_zero(), builder->tree->output[branch->makes].descriptor->script};
    it->tx->outputs[1] = (prom_tx_output){anchor_value(), builder->anchor};
    PROM_TRY(prom_tree_measure(builder, it));
    moved->value = prom_amount_subtract(parent->value, prom_amount_add(anchor_value(), prom_tree_fee(builder, it)));
    return prom_tree_measure(builder, it);
}

/* What one transaction costs the reserve, C's output counted in: its anchor and its fee. */
static prom_result cost_of(const prom_tree_builder *builder, prom_amount *cost, const prom_branch *branch,
                           uint32_t deciders)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tree_builder weighing = *builder;
    prom_tree_tx weighed = {.tx = NULL};
    /* Any value will do that pays for all payouts. */
    const prom_tree_node parent = {.descriptor = builder->tree->output[branch->spends].descriptor,
                                   .value = prom_amount_of(PROM_AMOUNT_MAX / 2)};
    prom_arena_init_within(&scratch, builder->arena); /* what is weighed need not stay */
    weighing.arena = &scratch;
    PROM_TRY(branch->scheme != 0 ? build_closing(&weighing, &weighed, branch, &parent, deciders)
                                 : build_moving(&weighing, &weighed, branch, &parent));
    *cost = prom_amount_add(anchor_value(), prom_tree_fee(builder, &weighed));
    return prom_ok();
}

/* The last output first: what is spent later is known. */
prom_result prom_tree_find_reserve(const prom_tree_builder *builder)
{
    const prom_parameters *P = &builder->terms->P;
    prom_amount from[PROM_TREE_OUTPUTS + 1]; /* the largest cost of a path from each output; the last one ends */
    for (size_t i = 0; i <= PROM_TREE_OUTPUTS; i++) {
        from[i] = prom_amount_zero();
    }
    for (size_t i = 0; i < DECISIONS; i++) {
        for (uint32_t m = prom_parameters_quorum(P); m <= P->n; m++) { /* the size depends on |S| alone */
            prom_amount cost;
            PROM_TRY(cost_of(builder, &cost, &branches[decisions[i]], (UINT32_C(1) << m) - 1));
            from[PROM_OUTPUT_OA] = prom_amount_larger(from[PROM_OUTPUT_OA], cost);
        }
    }
    for (size_t i = PROM_TREE_NAMED; i-- > PROM_TX1;) {
        prom_amount cost;
        PROM_TRY(cost_of(builder, &cost, &branches[named[i]], 0));
        prom_amount *path = &from[branches[named[i]].spends];
        *path = prom_amount_larger(*path, prom_amount_add(cost, from[branches[named[i]].makes]));
    }
    builder->tree->reserve = from[PROM_OUTPUT_O0];
    return prom_ok();
}

static bool can_decide(const prom_parameters *P, uint32_t deciders)
{
    return prom_arbiters_count(deciders) >= prom_parameters_quorum(P);
}

size_t prom_tree_decisions(const prom_parameters *P)
{
    size_t count = 0;
    for (uint32_t S = 0; S < UINT32_C(1) << P->n; S++) {
        count += can_decide(P, S);
    }
    return count;
}

static prom_result build_named(const prom_tree_builder *builder)
{
    prom_tree *tree = builder->tree;
    for (size_t i = PROM_TX1; i < PROM_TREE_NAMED; i++) {
        const prom_branch *branch = &branches[named[i]];
        const prom_tree_node *parent = &tree->output[branch->spends];
        if (branch->scheme != 0) {
            PROM_TRY(build_closing(builder, &tree->tx[i], branch, parent, 0));
        } else {
            PROM_TRY(build_moving(builder, &tree->tx[i], branch, parent));
            tree->output[branch->makes].outpoint = (prom_outpoint){tree->tx[i].txid, 0};
            tree->output[branch->makes].value = tree->tx[i].tx->outputs[0].value;
        }
    }
    return prom_ok();
}

/* Behind the named ones stands Tx7 for every S of at least k arbiters, in the order of their bit masks; then Tx8. */
prom_result prom_tree_build_branches(const prom_tree_builder *builder)
{
    const prom_parameters *P = &builder->terms->P;
    prom_tree *tree = builder->tree;
    size_t at = PROM_TREE_NAMED;
    tree->output[PROM_OUTPUT_O0].outpoint = tree->root.outpoint;
    tree->output[PROM_OUTPUT_O0].value = tree->root.value;
    PROM_TRY(build_named(builder));
    for (size_t i = 0; i < DECISIONS; i++) {
        for (uint32_t S = 0; S < UINT32_C(1) << P->n; S++) {
            if (can_decide(P, S)) {
                PROM_TRY(
                    build_closing(builder, &tree->tx[at++], &branches[decisions[i]], &tree->output[PROM_OUTPUT_OA], S));
            }
        }
    }
    return prom_ok();
}
