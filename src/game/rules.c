#include "game/rules.h"

#include <string.h>

#define S(name) (UINT64_C(1) << PROM_SYMBOL_##name)
#define Q(name) (UINT64_C(1) << PROM_QUANTITY_##name)

/* What is not in the tree's own table: when who keeps the rules gives what a branch waits for, and how that is called.
 * docs/protocol.md, section 11. */
static const struct manner {
    game_when signer;
    game_when holder;
    const char *signs;
    const char *refuses;
} manners[PROM_BRANCHES] = {
    [PROM_BRANCH_TX3] = {.holder = GAME_IF_GOOD},
    [PROM_BRANCH_TX4] = {.signer = GAME_IF_ACCEPTED,
                         .holder = GAME_ALWAYS,
                         .signs = "signs",
                         .refuses = "does not sign"},
    [PROM_BRANCH_TXV0] = {.signer = GAME_IF_REJECTED, .signs = "accuses by", .refuses = "does not accuse"},
    [PROM_BRANCH_TXA] = {.holder = GAME_IF_GOOD},
};

/* A row of the contract's tables as a row of the game's. The window's first tip is that of the broadcast: the block is
 * the next one. */
static game_branch branch_of(prom_branch_id id, const prom_game_question *question)
{
    const prom_branch *row = prom_branch_of(id);
    const struct manner *manner = &manners[id];
    const prom_tip_window window = prom_deadline_window(row->window, &question->P, question->network, 0);
    return (game_branch){.name = row->name,
                         .spends = (uint8_t)row->spends,
                         .makes = row->scheme != 0 ? GAME_OUTPUTS : (uint8_t)row->makes,
                         .scheme = (uint8_t)row->scheme,
                         .waits_for = row->waits_for,
                         .signer = manner->signer,
                         .holder = manner->holder,
                         .signs = manner->signs,
                         .refuses = manner->refuses,
                         .first = (uint32_t)(window.earliest + 1),
                         .weight = question->sizes.branch[id]};
}

static void add_branch(game_rules *rules, game_branch branch)
{
    rules->branches[rules->branch_count++] = branch;
}

/* Of what spends one output: the earlier one first; of those that are as early the one that waits for more, as time
 * alone is there for when nobody acts. */
static bool stands_before(const game_branch *a, const game_branch *b)
{
    return a->first != b->first ? a->first < b->first : a->waits_for != 0 && b->waits_for == 0;
}

static void sort_branches(game_rules *rules)
{
    for (size_t i = 1; i < rules->branch_count; i++) {
        const game_branch moved = rules->branches[i];
        size_t at = i;
        for (; at > 0 && stands_before(&moved, &rules->branches[at - 1]); at--) {
            rules->branches[at] = rules->branches[at - 1];
        }
        rules->branches[at] = moved;
    }
}

static void set_contract_payouts(game_rules *rules)
{
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        for (prom_payee payee = PROM_PAYEE_C; payee < PROM_PAYEE_F; payee++) {
            const prom_payout_formula formula = prom_payout_formula_of(scheme, payee);
            rules->payouts[scheme][payee] = (game_payout){formula.plus, formula.minus};
        }
    }
}

static void set_contract(game_rules *rules, const prom_game_question *question)
{
    rules->retainers = true;
    rules->receipts = true;
    rules->verifier_opens = true;
    for (prom_branch_id id = 0; id < PROM_BRANCHES; id++) {
        add_branch(rules, branch_of(id, question));
    }
    set_contract_payouts(rules);
}

/* -- The audit window: designed, modelled here, and not built yet. docs/game.md. -- */

/* All arbiters of A+ get their part of the bond besides. */
static const game_payout AUDIT_PAYOUTS[][PROM_PAYEE_F] = {
    /* good: #3, out of the client's bond */
    {{0, 0}, {Q(W) | Q(SHARE_W), 0}, {Q(V) | Q(SHARE_V), 0}, {Q(A) | Q(RHO) | S(BOND_OVER_N), 0}, {0, 0}},
    /* bad: worker and verifier at fault */
    {{Q(C) | S(BOND), 0}, {0, 0}, {0, 0}, {Q(A) | Q(RHO) | S(BOND_OVER_N), 0}, {0, 0}},
    /* the worker alone */
    {{Q(C) | S(BOND), 0}, {0, 0}, {Q(V), 0}, {Q(A) | Q(RHO) | S(BOND_OVER_N), 0}, {0, 0}},
    /* undecided: as #5, the bond to F. Where it paid as #3, a worker at fault with n - k + 1 arbiters would keep all
     * that it took (docs/game.md) */
    {{Q(C), 0}, {Q(W), Q(EPSILON_W)}, {Q(V), Q(EPSILON_V)}, {Q(A), Q(EPSILON_A)}, {Q(A), Q(EPSILON_A)}},
};

/* Endings as there are without the window give the bond back. */
static void add_bond(game_rules *rules)
{
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        rules->payouts[scheme][PROM_PAYEE_C].plus |= S(BOND);
    }
    memcpy(rules->payouts[PROM_GAME_SCHEME_GOOD], AUDIT_PAYOUTS, sizeof AUDIT_PAYOUTS);
}

/* Tx4 pays into OP: TxP settles when nobody challenges by TxQ, and then the arbiters decide as on an appeal. Sizes are
 * those of the branches that are alike. */
static void set_audit(game_rules *rules, const prom_game_question *question)
{
    const uint32_t *sizes = question->sizes.branch;
    const uint32_t window = question->setting.audit;
    rules->audit = true;
    for (size_t i = 0; i < rules->branch_count; i++) {
        if (rules->branches[i].scheme == 3) {
            rules->branches[i].makes = GAME_OUTPUT_OP;
            rules->branches[i].scheme = 0;
            rules->branches[i].weight += question->sizes.payout;
        }
    }
    add_branch(rules, (game_branch){.name = "TxP",
                                    .spends = GAME_OUTPUT_OP,
                                    .makes = GAME_OUTPUTS,
                                    .scheme = 3,
                                    .first = window,
                                    .weight = sizes[PROM_BRANCH_TX1]});
    add_branch(rules, (game_branch){.name = "TxQ",
                                    .spends = GAME_OUTPUT_OP,
                                    .makes = GAME_OUTPUT_OQ,
                                    .waits_for = GAME_WAITS_C,
                                    .signer = GAME_IF_WRONG,
                                    .signs = "challenges by",
                                    .refuses = "does not challenge",
                                    .first = 1,
                                    .weight = sizes[PROM_BRANCH_TXA]});
    const uint32_t decision = branch_of(PROM_BRANCH_TX7, question).first;
    static const char *const names[] = {"TxGood", "TxBad", "TxWorker"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add_branch(rules, (game_branch){.name = names[i],
                                        .spends = GAME_OUTPUT_OQ,
                                        .makes = GAME_OUTPUTS,
                                        .scheme = (uint8_t)(PROM_GAME_SCHEME_GOOD + i),
                                        .waits_for = PROM_WAITS_Y,
                                        .first = decision,
                                        .weight = sizes[PROM_BRANCH_TX7]});
    }
    add_branch(rules, (game_branch){.name = "TxU",
                                    .spends = GAME_OUTPUT_OQ,
                                    .makes = GAME_OUTPUTS,
                                    .scheme = PROM_GAME_SCHEME_UNDECIDED,
                                    .first = question->P.t4,
                                    .weight = sizes[PROM_BRANCH_TX6]});
    add_bond(rules);
}

/* -- The paper as it is written -- */

/* Its table 2. #4 and #5 contradict themselves there; here #4 is as docs/protocol.md has it, and of #5 both lines are
 * added up, as they stand. Arbiters' stakes are their own until an appeal. */
static const game_payout PAPER_PAYOUTS[][PROM_PAYEE_F] = {
    {{Q(C), 0}, {Q(W), Q(ALPHA_W)}, {Q(V), 0}, {Q(A), 0}, {Q(A), 0}},
    {{Q(C) | Q(BETA_V), Q(SHARE_W)}, {Q(W) | Q(SHARE_W), 0}, {Q(V), Q(BETA_V)}, {Q(A), 0}, {Q(A), 0}},
    {{0, 0}, {Q(W) | Q(SHARE_W), 0}, {Q(V) | Q(SHARE_V), 0}, {Q(A), 0}, {Q(A), 0}},
    {{Q(C), 0}, {Q(W), Q(SHARE_V) | Q(DELTA_W)}, {Q(V) | Q(SHARE_V), 0}, {Q(A), 0}, {Q(A), 0}},
    {{Q(C) | Q(GAMMA_W), 0},
     {Q(W), Q(EPSILON_W) | Q(GAMMA_W)},
     {Q(V), Q(EPSILON_V)},
     {Q(A), Q(EPSILON_A)},
     {Q(A), Q(EPSILON_A)}},
    {{Q(C), 0}, {0, 0}, {Q(V), 0}, {Q(A) | S(W_OVER_S), 0}, {0, 0}},
    {{0, 0}, {Q(W) | Q(C), 0}, {0, 0}, {Q(A) | S(W_OVER_S), 0}, {0, 0}},
};

/* Its table 3, with #2 and #4 at the times of table 2's text (E1): each needs one party's late signature. */
static void set_paper(game_rules *rules, const prom_game_question *question)
{
    const prom_parameters *P = &question->P;
    const uint32_t *sizes = question->sizes.branch;
    const uint32_t decision = branch_of(PROM_BRANCH_TX7, question).first;
    const game_branch rows[] = {
        {"Tx4", GAME_OUTPUT_O0, GAME_OUTPUTS, 3, PROM_WAITS_V | PROM_WAITS_H_P, GAME_IF_ACCEPTED, GAME_ALWAYS, "signs",
         "does not sign", 1, sizes[PROM_BRANCH_TX4]},
        {"TxA", GAME_OUTPUT_O0, GAME_OUTPUT_OA, 0, PROM_WAITS_V | PROM_WAITS_K_P, GAME_IF_REJECTED, GAME_IF_GOOD,
         "accuses, and signs", "withholds its signature of", 1, sizes[PROM_BRANCH_TXA]},
        {"Tx5", GAME_OUTPUT_O0, GAME_OUTPUTS, 4, PROM_WAITS_V, GAME_IF_REJECTED, GAME_NEVER, "signs for itself",
         "does not sign", P->t1, sizes[PROM_BRANCH_TX5]},
        {"Tx3", GAME_OUTPUT_O0, GAME_OUTPUTS, 2, PROM_WAITS_H_P, GAME_NEVER, GAME_IF_GOOD, NULL, NULL, P->t2,
         sizes[PROM_BRANCH_TX3]},
        {"Tx1", GAME_OUTPUT_O0, GAME_OUTPUTS, 1, PROM_WAITS_V, GAME_ALWAYS, GAME_NEVER, "signs", "does not sign", P->t3,
         sizes[PROM_BRANCH_TX1]},
        {"Tx2", GAME_OUTPUT_O0, GAME_OUTPUTS, 1, GAME_WAITS_C, GAME_ALWAYS, GAME_NEVER, "signs", "does not sign", P->t3,
         sizes[PROM_BRANCH_TX1]},
        {"Tx7", GAME_OUTPUT_OA, GAME_OUTPUTS, 6, PROM_WAITS_Y, GAME_NEVER, GAME_NEVER, NULL, NULL, decision,
         sizes[PROM_BRANCH_TX7]},
        {"Tx8", GAME_OUTPUT_OA, GAME_OUTPUTS, 7, PROM_WAITS_Y | PROM_WAITS_H_P, GAME_NEVER, GAME_ALWAYS, NULL, NULL,
         decision, sizes[PROM_BRANCH_TX8]},
        {"Tx6", GAME_OUTPUT_OA, GAME_OUTPUTS, 5, GAME_WAITS_C, GAME_ALWAYS, GAME_NEVER, "signs", "does not sign", P->t4,
         sizes[PROM_BRANCH_TX6]},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        add_branch(rules, rows[i]);
    }
    rules->loose_stakes = true;
    memcpy(rules->payouts[1], PAPER_PAYOUTS, sizeof PAPER_PAYOUTS);
}

void prom_game_rules_of(game_rules *rules, const prom_game_question *question)
{
    *rules = (game_rules){.branch_count = 0};
    if (question->rules == PROM_GAME_RULES_PAPER) {
        set_paper(rules, question);
    } else {
        set_contract(rules, question);
        if (question->setting.audit != 0) {
            set_audit(rules, question);
        }
    }
    sort_branches(rules);
}
