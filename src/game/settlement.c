#include "prometheus/game/settlement.h"

#include "game/walk.h"
#include "prometheus/game/odds.h"

/* -- Nodes -- */

static uint32_t add_children(game_walk *walk, uint32_t node, unsigned count)
{
    const uint32_t first = walk->node_count;
    walk->node_count += count;
    if (walk->nodes != NULL) {
        walk->nodes[node].first_child = first;
        walk->nodes[node].child_count = (uint8_t)count;
        for (uint32_t i = 0; i < count; i++) {
            walk->nodes[first + i].parent = node;
        }
    }
    return first;
}

uint32_t prom_game_decide(game_walk *walk, uint32_t node, prom_game_player player, unsigned honest,
                          const game_action *actions, unsigned count)
{
    const uint32_t first = add_children(walk, node, count);
    if (walk->nodes != NULL) {
        prom_game_node *it = &walk->nodes[node];
        it->kind = PROM_GAME_DECISION;
        it->player = (uint8_t)player;
        it->honest = (uint8_t)honest;
        it->information = GAME_INFORMATION_OWN + node;
        for (uint32_t i = 0; i < count; i++) {
            walk->nodes[first + i].action = actions[i].action;
            walk->nodes[first + i].object = actions[i].object;
        }
    }
    return first;
}

uint32_t prom_game_draw(game_walk *walk, uint32_t node, double chance, const char *first, const char *second)
{
    const uint32_t child = add_children(walk, node, 2);
    if (walk->nodes != NULL) {
        walk->nodes[node].kind = PROM_GAME_CHANCE;
        walk->nodes[child].chance = chance;
        walk->nodes[child].action = first;
        walk->nodes[child].object = "";
        walk->nodes[child + 1].chance = 1 - chance;
        walk->nodes[child + 1].action = second;
        walk->nodes[child + 1].object = "";
    }
    return child;
}

void prom_game_blind(game_walk *walk, uint32_t node, uint32_t information)
{
    if (walk->nodes != NULL) {
        walk->nodes[node].information = information;
    }
}

/* Who is seen to be at fault: by the scheme, and, where the client noticed, those who gave it a wrong result. */
static unsigned at_fault(const game_position *at, unsigned scheme)
{
    enum { W = PROM_GAME_PLAYER(PROM_GAME_W), V = PROM_GAME_PLAYER(PROM_GAME_V) };
    static const uint8_t by_scheme[PROM_GAME_SCHEMES + 1] = {
        [1] = W, [2] = V, [4] = W, [6] = W, [7] = V, [PROM_GAME_SCHEME_BAD] = W | V, [PROM_GAME_SCHEME_WORKER] = W,
    };
    const unsigned seen = at->noticed && (at->so_far.facts & PROM_GAME_SHOWN) != 0 ? W : 0;
    return by_scheme[scheme] | seen | (seen != 0 && !(at->passes && at->present) ? V : 0);
}

void prom_game_end(game_walk *walk, uint32_t node, const game_position *at, unsigned scheme)
{
    const uint32_t ending = walk->ending_count++;
    if (walk->nodes == NULL) {
        return;
    }
    prom_game_outcome *outcome = &walk->outcomes[ending];
    *outcome = at->so_far;
    outcome->scheme = (uint8_t)scheme;
    outcome->at_fault = (uint8_t)at_fault(at, scheme);
    const bool key = at->told || (outcome->facts & PROM_GAME_SHOWN) != 0;
    const bool package = at->present || at->receipted;
    outcome->facts |= key && package && at->right ? PROM_GAME_RESULT : 0;
    outcome->facts |= at->passes ? PROM_GAME_GOOD : 0;
    outcome->facts |= at->present && at->receipted ? PROM_GAME_DELIVERED : 0;
    walk->nodes[node].kind = PROM_GAME_ENDING;
    walk->nodes[node].ending = ending;
}

/* -- What the client does with what it got -- */

/* Returns whether there are two outcomes: what cannot be is no part of the tree. */
static bool is_drawn(double chance)
{
    return chance > 0 && chance < 1;
}

/* protocol 9 and docs/game.md: it draws whether to look, and may do otherwise; an answer that it knew before shows
 * without looking. */
static void walk_received(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch);

static void walk_noticed(game_walk *walk, uint32_t node, game_position at, const game_branch *branch, bool noticed)
{
    at.noticed = noticed;
    if (branch->makes == GAME_OUTPUTS) {
        prom_game_end(walk, node, &at, branch->scheme);
    } else {
        prom_game_walk_output(walk, node, &at, branch->makes, 0);
    }
}

static void walk_unlooked(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch)
{
    const prom_game_question *question = walk->question;
    const uint32_t wrong = (at->so_far.facts & PROM_GAME_SKIPPED) != 0 ? 1 : question->items;
    if (at->right || question->setting.known == 0) {
        walk_noticed(walk, node, *at, branch, false);
        return;
    }
    const double chance = prom_odds_detection(question->items, wrong, question->setting.known);
    if (!is_drawn(chance)) {
        walk_noticed(walk, node, *at, branch, chance > 0);
        return;
    }
    const uint32_t child = prom_game_draw(walk, node, chance, "an answer that the client knew is wrong",
                                          "the answers that the client knew are right");
    walk_noticed(walk, child, *at, branch, true);
    walk_noticed(walk, child + 1, *at, branch, false);
}

static void walk_looking(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch,
                         unsigned honest)
{
    static const game_action actions[] = {{"checks", "the result"}, {"does not check", "the result"}};
    game_position looked = *at;
    looked.so_far.facts |= PROM_GAME_CHECKED;
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_C, honest, actions, 2);
    walk_noticed(walk, child, looked, branch, !at->right);
    walk_unlooked(walk, child + 1, at, branch);
}

static void walk_received(game_walk *walk, uint32_t node, const game_position *at, const game_branch *branch)
{
    const uint32_t q = walk->question->setting.q;
    if (q == 0 || q >= PROM_BASIS_POINTS_ONE) {
        walk_looking(walk, node, at, branch, q == 0);
        return;
    }
    const uint32_t child = prom_game_draw(walk, node, (double)q / PROM_BASIS_POINTS_ONE, "the client means to check",
                                          "the client means not to check");
    walk_looking(walk, child, at, branch, 0);
    walk_looking(walk, child + 1, at, branch, 1);
}

/* -- What happens -- */

void prom_game_happens(game_walk *walk, uint32_t node, game_position at, const game_branch *branch)
{
    const bool settles = branch->makes == GAME_OUTPUTS;
    const uint32_t block = at.so_far.blocks + branch->first;
    const bool needs_verdict = branch->spends == GAME_OUTPUT_O0 && (branch->waits_for & PROM_WAITS_V) != 0;
    at.so_far.blocks = needs_verdict && block < at.ready ? at.ready : block;
    at.so_far.vsize += settles ? 0 : (branch->weight + 3) / 4;
    at.so_far.weight = settles ? branch->weight : 0; /* what it pays is not known here: prom_game_evaluate */
    at.so_far.anchors++;
    at.so_far.facts |= (branch->waits_for & PROM_WAITS_H_P) != 0 ? PROM_GAME_SHOWN : 0;
    at.so_far.facts |= (branch->waits_for & PROM_WAITS_K_P) != 0 ? PROM_GAME_APPEALED : 0;
    const bool accepted = branch->spends == GAME_OUTPUT_O0 && (branch->waits_for & PROM_WAITS_H_P) != 0 &&
                          (branch->waits_for & PROM_WAITS_V) != 0;
    const prom_game_setting *setting = &walk->question->setting;
    if (accepted && (walk->rules->audit || setting->q != 0 || setting->known != 0)) {
        walk_received(walk, node, &at, branch);
    } else if (settles) {
        prom_game_end(walk, node, &at, branch->scheme);
    } else if (branch->makes == GAME_OUTPUT_OV0) {
        prom_game_walk_accused(walk, node, &at, branch->makes);
    } else {
        prom_game_walk_output(walk, node, &at, branch->makes, 0);
    }
}

/* -- The worker's first decision, and the verifier's -- */

static const struct package {
    game_action action;
    unsigned facts;
    bool passes;
    bool right; /* what was not delivered is not */
    bool present;
    bool receipted;
    bool dated; /* there is such a choice only where arbiters date packages */
} PACKAGES[] = {
    {{"computes and delivers", ""}, PROM_GAME_COMPUTED, true, true, true, true, false},
    {{"computes, delivers too late for receipts", ""}, PROM_GAME_COMPUTED, true, true, true, false, true},
    {{"skips one item and delivers", ""}, PROM_GAME_SKIPPED, false, false, true, true, false},
    {{"computes nothing, delivers garbage", ""}, 0, false, false, true, true, false},
    {{"computes, delivers nothing", ""}, PROM_GAME_COMPUTED, true, false, false, false, false},
    {{"computes nothing, delivers nothing", ""}, 0, false, false, false, false, false},
};

enum { PACKAGE_COUNT = sizeof PACKAGES / sizeof *PACKAGES };

/* Of one item, to skip one is to compute nothing. */
static bool is_offered(const game_walk *walk, const struct package *package)
{
    return ((package->facts & PROM_GAME_SKIPPED) == 0 || walk->question->items > 1) &&
           (!package->dated || walk->rules->receipts);
}

/* All that the verifier does not look at is one information set. */
enum { INFORMATION_VERIFICATION = 1 };

static void walk_verification(game_walk *walk, uint32_t node, game_position at)
{
    static const game_action actions[] = {{"verifies", ""}, {"does not verify", ""}};
    if (!at.present) {
        at.view = GAME_VIEW_NOTHING;
        prom_game_walk_output(walk, node, &at, GAME_OUTPUT_O0, 0);
        return;
    }
    game_position looked = at;
    walk->verification = walk->verification == 0 ? node : walk->verification;
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_V, 0, actions, 2);
    prom_game_blind(walk, node, INFORMATION_VERIFICATION);
    looked.so_far.facts |= PROM_GAME_VERIFIED;
    looked.view = at.passes ? GAME_VIEW_GOOD : GAME_VIEW_BAD;
    prom_game_walk_output(walk, child, &looked, GAME_OUTPUT_O0, 0);
    at.view = GAME_VIEW_UNSEEN;
    prom_game_walk_output(walk, child + 1, &at, GAME_OUTPUT_O0, 0);
}

/* The seed of the sample is drawn when the worker has chosen. Where all is checked there is none to draw. */
static void walk_sample(game_walk *walk, uint32_t node, game_position at)
{
    const prom_game_question *question = walk->question;
    const uint32_t all = question->items;
    const uint32_t sample = question->samples ? prom_odds_sample(all, question->P.varsigma) : all;
    const double chance = prom_odds_with_rolls(prom_odds_detection(all, 1, sample), question->setting.rolls);
    if (!is_drawn(chance)) {
        at.passes = !(chance > 0);
        walk_verification(walk, node, at);
        return;
    }
    const uint32_t child =
        prom_game_draw(walk, node, chance, "the sample has the wrong item", "the sample has right items only");
    walk_verification(walk, child, at);
    at.passes = true;
    walk_verification(walk, child + 1, at);
}

static void walk_checked(game_walk *walk, uint32_t node, const game_position *at)
{
    if ((at->so_far.facts & PROM_GAME_SKIPPED) != 0) {
        walk_sample(walk, node, *at);
    } else {
        walk_verification(walk, node, *at);
    }
}

/* n - k + 1 arbiters, without whom there are not k, can withhold their receipts, or void them: then the worker has not
 * delivered in time, whatever it did. */
static void walk_receipts(game_walk *walk, uint32_t node, const game_position *at)
{
    static const game_action actions[] = {{"gives its receipts", ""}, {"withholds its receipts", ""}};
    const uint32_t others = walk->question->P.n - walk->m;
    if (!walk->rules->receipts || !at->receipted || others >= walk->quorum) {
        walk_checked(walk, node, at);
        return;
    }
    game_position denied = *at;
    denied.receipted = false;
    denied.so_far.facts |= PROM_GAME_DENIED;
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_A, 0, actions, 2);
    walk_checked(walk, child, at);
    walk_checked(walk, child + 1, &denied);
}

static void walk_package(game_walk *walk, uint32_t node, const struct package *package)
{
    game_position at = {.passes = package->passes,
                        .right = package->right,
                        .present = package->present,
                        .receipted = package->receipted,
                        .ready = walk->question->setting.compute + walk->question->setting.verify + 1};
    at.ready = package->present ? at.ready : 0;
    at.so_far.facts = package->facts;
    walk_receipts(walk, node, &at);
}

static void walk_game(game_walk *walk)
{
    game_action actions[PACKAGE_COUNT];
    const struct package *offered[PACKAGE_COUNT];
    unsigned count = 0;
    for (size_t i = 0; i < PACKAGE_COUNT; i++) {
        if (is_offered(walk, &PACKAGES[i])) {
            offered[count] = &PACKAGES[i];
            actions[count++] = PACKAGES[i].action;
        }
    }
    walk->node_count = 1;
    walk->ending_count = 0;
    walk->verification = 0;
    const uint32_t first = prom_game_decide(walk, 0, PROM_GAME_W, 0, actions, count);
    for (uint32_t i = 0; i < count; i++) {
        walk_package(walk, first + i, offered[i]);
    }
}

static prom_result build(prom_arena *arena, prom_game **game, const prom_game_question *question, uint32_t m,
                         bool whole, prom_error *error)
{
    game_rules rules;
    prom_game *built = NULL;
    game_walk walk = {
        .question = question, .rules = &rules, .m = m, .quorum = prom_parameters_quorum(&question->P), .whole = whole};
    if (m > question->P.n || question->P.n > PROM_ARBITERS_MAX || question->items == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no game of %u of %u arbiters and %u items", m,
                         (unsigned)question->P.n, question->items);
    }
    prom_game_rules_of(&rules, question);
    walk_game(&walk);
    PROM_TRY_NEW(built, arena, 1, error);
    PROM_TRY_NEW(walk.nodes, arena, walk.node_count, error);
    PROM_TRY_NEW(walk.outcomes, arena, walk.ending_count, error);
    walk_game(&walk);
    *built = (prom_game){.question = question,
                         .m = m,
                         .tree = {.player_count = PROM_GAME_PLAYERS,
                                  .nodes = walk.nodes,
                                  .node_count = walk.node_count,
                                  .ending_count = walk.ending_count},
                         .outcomes = walk.outcomes,
                         .delivery = 0,
                         .verification = walk.verification};
    PROM_TRY(prom_game_evaluate(arena, built, walk.outcomes, &rules, error));
    *game = built;
    return prom_ok();
}

prom_result prom_game_build(prom_arena *arena, prom_game **game, const prom_game_question *question, uint32_t m,
                            prom_error *error)
{
    return build(arena, game, question, m, false, error);
}

prom_result prom_game_build_whole(prom_arena *arena, prom_game **game, const prom_game_question *question, uint32_t m,
                                  prom_error *error)
{
    return build(arena, game, question, m, true, error);
}
