/* What spends an output, one possibility after another in the order of time: each is a decision of those who have what
 * it waits for, and what follows when they do not give it is the next one. */
#include "game/walk.h"

static bool keeps_rule(const game_position *at, game_when when, bool receipts)
{
    const bool good = at->passes && (!receipts || at->receipted);
    switch (when) {
    case GAME_ALWAYS:
        return true;
    case GAME_NEVER:
        return false;
    case GAME_IF_GOOD:
        return good;
    case GAME_IF_ACCEPTED: /* who cannot say that it is bad accepts (docs/protocol.md, 10) */
        return at->view == GAME_VIEW_GOOD || at->view == GAME_VIEW_UNSEEN;
    case GAME_IF_REJECTED:
        return !at->signed_1 && (at->view == GAME_VIEW_BAD || at->view == GAME_VIEW_NOTHING);
    case GAME_IF_WRONG:
        return at->noticed;
    }
    return false;
}

/* Whose late signature the branch waits for. */
static bool find_signer(const game_branch *branch, prom_game_player *signer)
{
    static const struct {
        unsigned bit;
        prom_game_player player;
    } signers[] = {{PROM_WAITS_V, PROM_GAME_V}, {GAME_WAITS_C, PROM_GAME_C}, {GAME_WAITS_W, PROM_GAME_W}};
    for (size_t i = 0; i < sizeof signers / sizeof *signers; i++) {
        if ((branch->waits_for & signers[i].bit) != 0) {
            *signer = signers[i].player;
            return true;
        }
    }
    return false;
}

/* Who has not looked at what came cannot tell its nodes apart: the verifier, and, where it may challenge, the client.
 */
static bool is_blind(const game_walk *walk, const game_position *at, prom_game_player player)
{
    const bool looked = (at->so_far.facts & PROM_GAME_CHECKED) != 0 || at->noticed;
    return player == PROM_GAME_V ? at->view == GAME_VIEW_UNSEEN
                                 : player == PROM_GAME_C && walk->rules->audit && !looked;
}

/* One number for each row of the rules, player and step. */
static uint32_t unseen(const game_walk *walk, const game_branch *branch, prom_game_player player, unsigned step)
{
    enum { STEPS = 4, CLIENT = 3 };
    return 2 + STEPS * (uint32_t)(branch - walk->rules->branches) + (player == PROM_GAME_C ? CLIENT : step);
}

/* A question to one player: does it do what a branch waits for? */
typedef struct question {
    prom_game_player player;
    bool does; /* who keeps the rules does */
    const char *act;
    const char *otherwise;
    unsigned step; /* of the branch's questions to the verifier */
} question;

static uint32_t ask(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch,
                    const question *it)
{
    const game_action actions[] = {{it->act, branch->name}, {it->otherwise, branch->name}};
    const uint32_t child = prom_game_decide(walk, node, it->player, it->does ? 0 : 1, actions, 2);
    if (is_blind(walk, at, it->player)) {
        prom_game_blind(walk, node, unseen(walk, branch, it->player, it->step));
    }
    return child;
}

/* NOLINTBEGIN(misc-no-recursion): each turn looks at a later branch of the rules, or at an output that is made later */

/* The verifier has h_p of what came, and can publish what the worker holds back: E_V opens at once, before anything is
 * verified, and where it does not the package is seen to be bad for nothing. Garbage that is to be signed for unseen
 * comes with an E_V that opens. */
static void walk_held_back(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch)
{
    const size_t next = (size_t)(branch - walk->rules->branches) + 1;
    const bool can = walk->rules->verifier_opens && at->present && (branch->waits_for & PROM_WAITS_V) != 0;
    if (!can) {
        prom_game_walk_output(walk, node, at, branch->spends, next);
        return;
    }
    const question it = {PROM_GAME_V, true, "publishes", "does not publish", 1};
    const uint32_t child = ask(walk, node, at, branch, &it);
    prom_game_happens(walk, child, *at, branch);
    prom_game_walk_output(walk, child + 1, at, branch->spends, next);
}

/* The worker's secret, h_p or k_p. */
static void walk_holder(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch)
{
    const bool appeal = (branch->waits_for & PROM_WAITS_K_P) != 0;
    const question it = {PROM_GAME_W, keeps_rule(at, branch->holder, walk->rules->receipts),
                         appeal ? "appeals by" : "publishes", appeal ? "does not appeal" : "holds back", 2};
    const uint32_t child = ask(walk, node, at, branch, &it);
    prom_game_happens(walk, child, *at, branch);
    walk_held_back(walk, child + 1, at, branch);
}

/* The paper: TxA spends the arbiters' stakes, which they can spend elsewhere before (E9). */
static void walk_stakes(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch)
{
    static const game_action actions[] = {{"leaves its stake for", "TxA"},
                                          {"spends its stake elsewhere, and voids", "TxA"}};
    const bool loose = walk->rules->loose_stakes && branch->makes == GAME_OUTPUT_OA && walk->m > 0;
    if (!loose) {
        walk_holder(walk, node, at, branch);
        return;
    }
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_A, 0, actions, 2);
    walk_holder(walk, child, at, branch);
    prom_game_walk_output(walk, child + 1, at, branch->spends, (size_t)(branch - walk->rules->branches) + 1);
}

static void walk_secret(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch)
{
    if ((branch->waits_for & (PROM_WAITS_H_P | PROM_WAITS_K_P)) != 0) {
        walk_stakes(walk, node, at, branch);
    } else {
        prom_game_happens(walk, node, *at, branch);
    }
}

static void walk_branch(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch)
{
    const size_t next = (size_t)(branch - walk->rules->branches) + 1;
    prom_game_player signer = PROM_GAME_V;
    if (!find_signer(branch, &signer)) {
        walk_secret(walk, node, at, branch);
        return;
    }
    const question it = {signer, keeps_rule(at, branch->signer, walk->rules->receipts), branch->signs, branch->refuses,
                         0};
    game_position given = *at;
    const uint32_t child = ask(walk, node, at, branch, &it);
    if (branch->signer == GAME_IF_ACCEPTED) {
        given.signed_1 = true;
        const bool can = at->present && (at->so_far.facts & PROM_GAME_DENIED) == 0;
        given.receipted = at->receipted || (walk->rules->audit && can); /* protocol 9: before it signs */
        given.so_far.facts |= PROM_GAME_VERDICT_1;
    } else if (branch->signer == GAME_IF_REJECTED) {
        given.so_far.facts |= PROM_GAME_VERDICT_0;
    }
    walk_secret(walk, child, &given, branch);
    prom_game_walk_output(walk, child + 1, at, branch->spends, next);
}

/* A verifier that accuses though it has h_p can give it to the client, who has the result then without paying. */
void prom_game_walk_accused(game_walk *walk, uint32_t node, const game_position *at, unsigned output)
{
    static const game_action actions[] = {{"keeps", "h_p"}, {"gives the client", "h_p"}};
    if (!walk->rules->verifier_opens || !at->present || !at->passes) {
        prom_game_walk_output(walk, node, at, output, 0);
        return;
    }
    game_position told = *at;
    told.told = true;
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_V, 0, actions, 2);
    prom_game_walk_output(walk, child, at, output, 0);
    prom_game_walk_output(walk, child + 1, &told, output, 0);
}

void prom_game_walk_output(game_walk *walk, uint32_t node, const game_position *at, unsigned output, size_t index)
{
    const game_rules *rules = walk->rules;
    size_t row = index;
    while (row < rules->branch_count && rules->branches[row].spends != output) {
        row++;
    }
    if (row == rules->branch_count) {
        prom_game_end(walk, node, at, PROM_GAME_SCHEME_LOCKED);
    } else if ((rules->branches[row].waits_for & PROM_WAITS_Y) != 0) {
        prom_game_walk_decision(walk, node, at, row);
    } else {
        walk_branch(walk, node, at, &rules->branches[row]);
    }
}

/* NOLINTEND(misc-no-recursion) */
