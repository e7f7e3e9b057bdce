#include "outlook/outlook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *prom_contract_scheme_name(unsigned scheme)
{
    static const char *const names[PROM_SCHEMES + 1] = {
        "",
        "worker silent",
        "verifier silent",
        "result accepted",
        "worker accused, no appeal",
        "arbiters undecided",
        "worker at fault",
        "verifier at fault",
    };
    return names[scheme];
}

unsigned prom_contract_presigned_by(const prom_tree_tx *tx)
{
    const unsigned all = PROM_SIGNER_C | PROM_SIGNER_W | PROM_SIGNER_V | PROM_SIGNER_A;
    return tx->spends == PROM_TREE_OUTPUTS ? all & ~(unsigned)PROM_SIGNER_C : all;
}

unsigned prom_contract_completed_by(const prom_tree_tx *tx)
{
    static const struct {
        unsigned waits_for;
        unsigned signer;
    } bringers[] = {{PROM_WAITS_V, PROM_SIGNER_V},
                    {PROM_WAITS_H_P, PROM_SIGNER_W},
                    {PROM_WAITS_K_P, PROM_SIGNER_W},
                    {PROM_WAITS_Y, PROM_SIGNER_Y}};
    unsigned signers = tx->spends == PROM_TREE_OUTPUTS ? PROM_SIGNER_C : 0;
    for (size_t i = 0; i < sizeof bringers / sizeof *bringers; i++) {
        signers |= (tx->waits_for & bringers[i].waits_for) != 0 ? bringers[i].signer : 0;
    }
    return signers;
}

unsigned prom_contract_stage(const prom_tree_tx *tx)
{
    return tx->spends == PROM_TREE_OUTPUTS ? 2 : 1;
}

const char *prom_contract_shows(const prom_tree_tx *tx)
{
    return (tx->waits_for & PROM_WAITS_H_P) != 0 ? "h_p" : (tx->waits_for & PROM_WAITS_K_P) != 0 ? "k_p" : NULL;
}

static void add_step(prom_contract_outlook *outlook, const prom_tree_tx *tx, uint32_t m, uint32_t count)
{
    prom_contract_step *step = &outlook->steps[outlook->step_count];
    const prom_outpoint *spent = &tx->tx->inputs[0].outpoint;
    *step = (prom_contract_step){.tx = tx, .m = m, .count = count, .lock = prom_tree_lock(tx, 0)};
    (void)snprintf(step->name, sizeof step->name, "%.*s", (int)strcspn(tx->name, "["), tx->name);
    for (size_t i = 0; i < outlook->step_count; i++) {
        step->parent =
            prom_bytes32_equal(&outlook->steps[i].tx->txid, &spent->txid) ? &outlook->steps[i] : step->parent;
    }
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        const prom_tree_node *node = &outlook->tree->output[i];
        step->spends = prom_outpoint_equal(&node->outpoint, spent) ? node->name : step->spends;
    }
    outlook->step_count++;
}

/* The number of S with m arbiters, as the tree has them. */
static uint32_t count_decisions(const prom_tree *tree, unsigned scheme, uint32_t m)
{
    uint32_t count = 0;
    for (size_t i = PROM_TREE_NAMED; i < tree->tx_count; i++) {
        count += tree->tx[i].scheme == scheme && prom_arbiters_count(tree->tx[i].deciders) == m;
    }
    return count;
}

static bool one_signer(unsigned bits)
{
    return bits != 0 && (bits & (bits - 1)) == 0;
}

/* What the other ways on from the same output mean for a step. */
static void compare_with_siblings(prom_contract_outlook *outlook, prom_contract_step *step)
{
    step->latest = UINT32_MAX;
    for (size_t i = 1; i < outlook->step_count; i++) {
        const prom_contract_step *other = &outlook->steps[i];
        const unsigned by = prom_contract_completed_by(other->tx);
        if (other->parent != step->parent) {
            continue;
        }
        if (by == 0 && other->lock < step->latest) {
            step->latest = other->lock;
        }
        if (other->lock < step->lock && one_signer(by)) {
            step->without |= by;
        }
    }
}

void prom_contract_outlook_make(prom_contract_outlook *outlook, const prom_curve *curve, const prom_terms *terms,
                                const prom_tree *tree)
{
    static const unsigned decisions[] = {6, 7}; /* schemes */
    *outlook = (prom_contract_outlook){.curve = curve, .terms = terms, .tree = tree};
    for (size_t i = 0; i < PROM_TREE_NAMED; i++) {
        add_step(outlook, &tree->tx[i], 0, 1);
    }
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
        for (uint32_t m = prom_parameters_quorum(&terms->P); m <= terms->P.n; m++) {
            add_step(outlook, prom_tree_decision(tree, decisions[i], (UINT32_C(1) << m) - 1), m,
                     count_decisions(tree, decisions[i], m));
        }
    }
    for (size_t i = 1; i < outlook->step_count; i++) {
        compare_with_siblings(outlook, &outlook->steps[i]);
    }
}

prom_contract_path prom_contract_path_to(const prom_contract_step *step)
{
    prom_contract_path path = {.fee = prom_amount_zero()};
    for (const prom_contract_step *at = step; at != NULL; at = at->parent) {
        path.count++;
    }
    size_t index = path.count;
    for (const prom_contract_step *at = step; at != NULL; at = at->parent) {
        path.steps[--index] = at;
        path.vsize += prom_vsize(at->tx->weight);
        path.fee = prom_amount_add(path.fee, at->tx->fee);
        path.earliest += at->lock;
        path.latest += at->latest;
        path.by |= at->parent == NULL ? 0 : prom_contract_completed_by(at->tx);
        path.without |= at->without;
    }
    return path;
}

prom_amount prom_contract_deposit(const prom_terms *terms, prom_contract_loser loser)
{
    static const prom_party parties[] = {PROM_PARTY_C, PROM_PARTY_W, PROM_PARTY_V};
    return loser == PROM_LOSER_A ? terms->P.a : prom_terms_deposit(terms, parties[loser]);
}

static prom_result payouts_by(prom_payouts *payouts, const prom_contract_outlook *outlook,
                              const prom_contract_step *step, prom_error *error)
{
    const prom_terms *terms = outlook->terms;
    return prom_payouts_of(payouts, &(prom_stakes){&terms->P, terms->c, terms->retainer}, step->tx->scheme, step->m,
                           error);
}

/* What is gone of a deposit when so much is paid; nothing when that is more. */
static prom_amount lost(const prom_terms *terms, prom_contract_loser loser, prom_amount paid)
{
    const prom_amount deposit = prom_contract_deposit(terms, loser);
    return prom_amount_above(deposit, paid) ? prom_amount_subtract(deposit, paid) : prom_amount_zero();
}

static int compare_losses(const void *a, const void *b)
{
    const prom_contract_loss *first = a;
    const prom_contract_loss *second = b;
    if (prom_amount_equal(first->loses, second->loses)) { /* as they stand in the tree */
        return first->step < second->step ? -1 : 1;
    }
    return prom_amount_above(first->loses, second->loses) ? -1 : 1;
}

/* An arbiter that is not in S gets less than one that is, or the same. */
static const prom_payee PAYEES[PROM_LOSERS] = {PROM_PAYEE_C, PROM_PAYEE_W, PROM_PAYEE_V, PROM_PAYEE_A_MINUS};

prom_result prom_contract_losses(const prom_contract_outlook *outlook, prom_contract_loser loser,
                                 prom_contract_loss losses[PROM_CONTRACT_STEPS], size_t *count, prom_error *error)
{
    const prom_parameters *P = &outlook->terms->P;
    *count = 0;
    for (size_t i = 1; i < outlook->step_count; i++) {
        const prom_contract_step *step = &outlook->steps[i];
        const bool once = step->m == 0 || step->m == prom_parameters_quorum(P); /* only F's depends on m */
        const bool there = loser != PROM_LOSER_A || step->m < P->n;             /* somebody is not in S */
        prom_payouts payouts;
        if (step->tx->scheme == 0 || !once || !there) {
            continue;
        }
        PROM_TRY(payouts_by(&payouts, outlook, step, error));
        const prom_amount loses = lost(outlook->terms, loser, payouts.to[PAYEES[loser]]);
        if (!prom_amount_is_zero(loses)) {
            losses[(*count)++] = (prom_contract_loss){loses, step};
        }
    }
    qsort(losses, *count, sizeof *losses, compare_losses);
    return prom_ok();
}

prom_result prom_contract_moves(prom_amount *moves, const prom_contract_outlook *outlook,
                                const prom_contract_step *step, prom_error *error)
{
    const uint32_t others = outlook->terms->P.n - step->m; /* without a decision A+ and A- are alike */
    prom_payouts payouts;
    *moves = prom_amount_zero();
    PROM_TRY(payouts_by(&payouts, outlook, step, error));
    for (prom_contract_loser loser = PROM_LOSER_C; loser < PROM_LOSERS; loser++) {
        const prom_amount each = lost(outlook->terms, loser, payouts.to[PAYEES[loser]]);
        *moves = prom_amount_add(*moves, prom_amount_multiply(each, loser == PROM_LOSER_A ? others : 1));
    }
    return prom_ok();
}
