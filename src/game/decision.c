/* How arbiters decide: two blocs, each of which verifies and votes as it finds, votes unseen, or abstains; a bloc of k
 * can sign alone and leave the others out. */
#include "game/walk.h"

/* The branches among which is decided, as they stand in the rules. */
typedef struct ballot {
    const game_branch *rows[GAME_BRANCHES_MAX];
    unsigned count;
    unsigned output; /* that they spend */
    size_t others;   /* the row that is next when nothing is decided */
    unsigned truth;  /* index of what the evidence says */
} ballot;

/* What a bloc does: index of a branch, or that it votes for none. */
typedef struct vote {
    unsigned choice; /* ballot.count: abstains */
    bool alone;
} vote;

/* docs/protocol.md, 10: against the worker, unless its package is good, was receipted in time, and h_p was shown. In
 * the audit: against worker and verifier when the check fails, against the worker when an item is wrong that it did not
 * see. */
static unsigned evidence_says(const game_walk *walk, const game_position *at)
{
    const bool good = at->passes && (at->receipted || !walk->rules->receipts);
    const bool shown = at->shown || !walk->rules->receipts;
    if ((at->so_far.facts & PROM_GAME_SHOWN) != 0) {
        return !good ? PROM_GAME_SCHEME_BAD : at->right ? PROM_GAME_SCHEME_GOOD : PROM_GAME_SCHEME_WORKER;
    }
    return good && shown ? 7 : 6;
}

static ballot make_ballot(const game_walk *walk, const game_position *at, size_t first)
{
    const game_rules *rules = walk->rules;
    const unsigned output = rules->branches[first].spends;
    const unsigned says = evidence_says(walk, at);
    ballot it = {.output = output, .others = rules->branch_count};
    for (size_t i = first; i < rules->branch_count; i++) {
        const game_branch *row = &rules->branches[i];
        if (row->spends == output && (row->waits_for & PROM_WAITS_Y) != 0) {
            it.truth = row->scheme == says ? it.count : it.truth;
            it.rows[it.count++] = row;
        } else if (row->spends == output && i < it.others) {
            it.others = i;
        }
    }
    return it;
}

/* The worker publishes what needs h_p, where nobody else has it: the paper lets it extort the arbiters so (E19). */
static void walk_decided(game_walk *walk, uint32_t node, const game_position *at, const ballot *among, unsigned choice)
{
    const game_branch *row = among->rows[choice];
    if ((row->waits_for & PROM_WAITS_H_P) == 0 || at->shown) {
        prom_game_happens(walk, node, *at, row);
        return;
    }
    const game_action actions[] = {{"publishes", row->name}, {"holds back", row->name}};
    game_position undecided = *at;
    undecided.so_far.deciders_a = 0;
    undecided.so_far.deciders_h = 0;
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_W, 0, actions, 2);
    prom_game_happens(walk, child, *at, row);
    prom_game_walk_output(walk, child + 1, &undecided, row->spends, among->others);
}

/* All who voted for what is decided are in S (docs/protocol.md, 10), unless k sign without the rest. */
static void walk_counted(game_walk *walk, uint32_t node, game_position at, const ballot *among, const vote *a,
                         const vote *h)
{
    const uint32_t sizes[] = {walk->m, walk->question->P.n - walk->m};
    const vote *votes[] = {a, h};
    for (unsigned choice = 0; choice < among->count; choice++) {
        uint32_t by[2];
        for (unsigned i = 0; i < 2; i++) {
            const bool counts = votes[i]->choice == choice && !votes[1 - i]->alone;
            by[i] = counts ? sizes[i] : 0;
        }
        if (by[0] + by[1] >= walk->quorum) {
            at.so_far.deciders_a = (uint8_t)by[0];
            at.so_far.deciders_h = (uint8_t)by[1];
            walk_decided(walk, node, &at, among, choice);
            return;
        }
    }
    prom_game_walk_output(walk, node, &at, among->output, among->others);
}

enum { ACTIONS_MAX = 2 + 2 * GAME_BRANCHES_MAX };

/* Fills in the actions of a bloc and what each means. The first is the honest one. */
static unsigned list_actions(const ballot *among, bool decides, game_action actions[ACTIONS_MAX],
                             vote votes[ACTIONS_MAX])
{
    unsigned count = 0;
    votes[count] = (vote){.choice = among->truth};
    actions[count++] = (game_action){"verifies and votes as it finds", ""};
    for (unsigned i = 0; i < among->count; i++) {
        votes[count] = (vote){.choice = i};
        actions[count++] = (game_action){"votes unseen for", among->rows[i]->name};
    }
    votes[count] = (vote){.choice = among->count};
    actions[count++] = (game_action){"abstains", ""};
    for (unsigned i = 0; i < among->count && decides; i++) {
        votes[count] = (vote){.choice = i, .alone = true};
        actions[count++] = (game_action){"leaves the others out of", among->rows[i]->name};
    }
    return count;
}

static void walk_others(game_walk *walk, uint32_t node, const game_position *at, const ballot *among, const vote *a)
{
    const uint32_t size = walk->question->P.n - walk->m;
    static const vote none = {.choice = GAME_BRANCHES_MAX};
    game_action actions[ACTIONS_MAX];
    vote votes[ACTIONS_MAX];
    if (size == 0 || a->alone) { /* who is left out has verified by then */
        game_position counted = *at;
        counted.so_far.facts |= size != 0 ? PROM_GAME_ARBITRATED_H : 0;
        walk_counted(walk, node, counted, among, a, &none);
        return;
    }
    const unsigned count = list_actions(among, false, actions, votes);
    if (!walk->whole) {
        game_position voted = *at;
        voted.so_far.facts |= PROM_GAME_ARBITRATED_H;
        walk_counted(walk, node, voted, among, a, &votes[0]);
        return;
    }
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_H, 0, actions, count);
    for (unsigned i = 0; i < count; i++) {
        game_position voted = *at;
        voted.so_far.facts |= i == 0 ? PROM_GAME_ARBITRATED_H : 0;
        walk_counted(walk, child + i, voted, among, a, &votes[i]);
    }
}

static void walk_votes(game_walk *walk, uint32_t node, const game_position *at, const ballot *among)
{
    static const vote none = {.choice = GAME_BRANCHES_MAX};
    game_action actions[ACTIONS_MAX];
    vote votes[ACTIONS_MAX];
    if (walk->m == 0) {
        walk_others(walk, node, at, among, &none);
        return;
    }
    const bool decides = walk->m >= walk->quorum && walk->m < walk->question->P.n;
    const unsigned count = list_actions(among, decides, actions, votes);
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_A, 0, actions, count);
    for (unsigned i = 0; i < count; i++) {
        game_position voted = *at;
        voted.so_far.facts |= i == 0 ? PROM_GAME_ARBITRATED_A : 0;
        walk_others(walk, child + i, &voted, among, &votes[i]);
    }
}

void prom_game_walk_decision(game_walk *walk, uint32_t node, const game_position *at, size_t first)
{
    static const game_action actions[] = {{"shows the arbiters", "h_p"}, {"hides from the arbiters", "h_p"}};
    const bool known = (at->so_far.facts & PROM_GAME_SHOWN) != 0;
    if (known || !walk->rules->receipts) {
        const ballot among = make_ballot(walk, at, first);
        walk_votes(walk, node, at, &among);
        return;
    }
    game_position shown = *at;
    shown.shown = true;
    const uint32_t child = prom_game_decide(walk, node, PROM_GAME_W, at->passes && at->receipted ? 0 : 1, actions, 2);
    const ballot if_shown = make_ballot(walk, &shown, first);
    const ballot if_hidden = make_ballot(walk, at, first);
    walk_votes(walk, child, &shown, &if_shown);
    walk_votes(walk, child + 1, at, &if_hidden);
}
