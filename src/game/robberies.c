/* Whether players who keep the rules get what they are promised (docs/protocol.md), whatever all others do of whom at
 * most n - k are arbiters; and whether somebody alone can leave the coins locked. */
#include <math.h>

#include "game/solution_parts.h"

static bool has(const prom_game_outcome *outcome, unsigned fact)
{
    return (outcome->facts & fact) != 0;
}

/* What the client may have to pay at an ending: the retainers; the worker's share where h_p is on the chain; the
 * verifier's where it signed r = 1, or the arbiters decided d = 0. */
static double client_promise(const prom_game *game, const prom_game_outcome *outcome)
{
    const double retainers = game->question->P.n * prom_game_retainer(game->question);
    const bool for_worker = has(outcome, PROM_GAME_SHOWN);
    const bool for_verifier = has(outcome, PROM_GAME_VERDICT_1) || outcome->scheme == 7;
    return -retainers - (for_worker ? game->symbols[PROM_QUANTITY_SHARE_W] : 0) -
           (for_verifier ? game->symbols[PROM_QUANTITY_SHARE_V] : 0);
}

/* The least that a player who keeps the rules is promised to have at an ending, less its deposit. The worker's promise
 * is for one that delivered: one that keeps the rules does. */
static double promise_at(const prom_game *game, const prom_game_outcome *outcome, prom_game_player victim)
{
    switch (victim) {
    case PROM_GAME_C:
        return client_promise(game, outcome);
    case PROM_GAME_W:
        return game->symbols[PROM_QUANTITY_SHARE_W];
    case PROM_GAME_V:
        return 0;
    case PROM_GAME_A:
        return game->m * prom_game_retainer(game->question);
    case PROM_GAME_H:
        return (game->question->P.n - game->m) * prom_game_retainer(game->question);
    case PROM_GAME_F:
    case PROM_GAME_PLAYERS:
        break;
    }
    return 0;
}

bool prom_game_robs(const prom_game_attack *attack)
{
    static const prom_game_player owed[] = {PROM_GAME_W, PROM_GAME_V, PROM_GAME_A, PROM_GAME_H};
    const prom_game *game = attack->game;
    const prom_game_outcome *outcome = prom_game_outcome_at(game, attack->ending);
    const double tolerance = prom_game_tolerance(game);
    const double worth = has(outcome, PROM_GAME_RESULT) ? game->symbols[PROM_QUANTITY_C] : 0;
    const double has_of_c = prom_game_money_at(game, attack->ending, PROM_GAME_C) + worth;
    const bool client = (attack->group.players & PROM_GAME_PLAYER(PROM_GAME_C)) == 0;
    bool robs = client && has_of_c < -(game->question->P.n * prom_game_retainer(game->question)) - tolerance;
    for (size_t i = 0; i < sizeof owed / sizeof *owed; i++) {
        const bool outside = (attack->group.players & PROM_GAME_PLAYER(owed[i])) == 0;
        const double money = prom_game_money_at(game, attack->ending, owed[i]);
        robs = robs || (outside && money < promise_at(game, outcome, owed[i]) - tolerance);
    }
    return robs;
}

/* Finds the ending that takes most of what the victim is promised, and of several the one that the group likes best.
 * Returns whether there is one. */
static bool rob(prom_game_attack *attack, const double honest[], game_room *room)
{
    const prom_game *game = attack->game;
    double most = -INFINITY;
    const double tolerance = prom_game_tolerance(game);
    attack->loss = tolerance;
    prom_game_mark(&game->tree, 0, attack->group.players, room->reached);
    for (uint32_t at = 0; at < game->tree.node_count; at++) {
        if (!room->reached[at] || game->tree.nodes[at].kind != PROM_GAME_ENDING) {
            continue;
        }
        const double promise = promise_at(game, prom_game_outcome_at(game, at), attack->victim);
        const double loss = promise - prom_game_money_at(game, at, attack->victim);
        if (loss < attack->loss) {
            continue;
        }
        const double value = prom_game_group_value_at(game, at, attack->group.players);
        if (loss > attack->loss || value > most) {
            attack->loss = loss;
            attack->ending = at;
            most = value;
        }
    }
    attack->gain = most;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        attack->gain -= (attack->group.players & PROM_GAME_PLAYER(player)) != 0 ? honest[player] : 0;
    }
    return attack->loss > tolerance;
}

/* Tries all groups that do not have the victim, the smallest first, the ones with few arbiters before. */
static void find_smallest(prom_game_solution *solution, prom_game_risk risk, prom_game_player victim, game_room *room)
{
    const uint32_t tolerated = prom_parameters_tolerated(&solution->question->P);
    const size_t count = prom_game_group_count(solution->question);
    for (unsigned size = 1; size <= PROM_GAME_PLAYERS + tolerated; size++) {
        bool found = false;
        for (uint32_t m = 0; m <= tolerated; m++) {
            double honest[PROM_GAME_PLAYERS_MAX];
            if (solution->games[m] == NULL) {
                continue;
            }
            prom_game_honest(&solution->games[m]->tree, 0, honest);
            for (size_t index = 0; index < count; index++) {
                prom_game_attack attack = {
                    .group = {prom_game_group_players(index, m), m}, .victim = victim, .game = solution->games[m]};
                const bool outside = (attack.group.players & PROM_GAME_PLAYER(victim)) == 0;
                if (outside && prom_game_group_size(&attack.group) == size && rob(&attack, honest, room)) {
                    prom_game_note(solution, risk, &attack, attack.loss);
                    found = true;
                }
            }
        }
        if (found) {
            return;
        }
    }
}

/* Whatever a group can do, a larger one can: so the largest tells whether anybody can. */
static void find_robbery(prom_game_solution *solution, prom_game_risk risk, prom_game_player victim, game_room *room)
{
    const size_t everybody = prom_game_group_count(solution->question) - 1;
    for (uint32_t m = 0; m <= prom_parameters_tolerated(&solution->question->P); m++) {
        prom_game_attack attack = {.victim = victim, .game = solution->games[m]};
        const double honest[PROM_GAME_PLAYERS_MAX] = {0};
        attack.group = (prom_game_group){prom_game_group_players(everybody, m) & ~PROM_GAME_PLAYER(victim), m};
        if (attack.game != NULL && rob(&attack, honest, room)) {
            find_smallest(solution, risk, victim, room);
            return;
        }
    }
}

void prom_game_find_robberies(prom_game_solution *solution, game_room *room)
{
    static const struct {
        prom_game_risk risk;
        prom_game_player victim;
    } kinds[] = {{PROM_RISK_WORKER_ROBBED, PROM_GAME_W},
                 {PROM_RISK_VERIFIER_ROBBED, PROM_GAME_V},
                 {PROM_RISK_CLIENT_ROBBED, PROM_GAME_C},
                 {PROM_RISK_ARBITER_ROBBED, PROM_GAME_H}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        find_robbery(solution, kinds[i].risk, kinds[i].victim, room);
    }
}

/* -- Locked coins -- */

static bool is_locked(const prom_game *game, uint32_t ending)
{
    return prom_game_outcome_at(game, ending)->scheme == PROM_GAME_SCHEME_LOCKED;
}

/* What who locks the coins and the others lose by it, against what they get by the rules from there on. */
static prom_game_attack lock_at(const prom_game *game, uint32_t breach, uint32_t ending)
{
    const uint8_t locker = game->tree.nodes[breach].player;
    prom_game_attack attack = {.group = {PROM_GAME_PLAYER(locker), locker == PROM_GAME_A ? game->m : 0},
                               .victim = PROM_GAME_PLAYERS,
                               .game = game,
                               .ending = ending};
    double honest[PROM_GAME_PLAYERS_MAX];
    prom_game_honest(&game->tree, breach, honest);
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
        const double loss = honest[player] - prom_game_value_at(game, ending, player);
        if (player == locker) {
            attack.gain = -loss;
        } else if (loss > attack.loss) {
            attack.victim = player;
            attack.loss = loss;
        }
    }
    return attack;
}

/* E18: somebody whose signature is needed late does not give it, wherever the play has come to by then. Of all endings
 * the one that takes the fewest breaches, and of those the one that costs who locks the coins least. */
void prom_game_find_locked(prom_game_solution *solution)
{
    const prom_game *game = solution->games[1];
    prom_game_attack worst = {.game = NULL};
    unsigned fewest = 0;
    for (uint32_t at = 0; at < game->tree.node_count; at++) {
        uint32_t breach = 0;
        if (game->tree.nodes[at].kind != PROM_GAME_ENDING || !is_locked(game, at) ||
            !prom_game_find_breach(&game->tree, at, &breach) ||
            is_locked(game, prom_game_follow(&game->tree, breach, 0, NULL))) {
            continue;
        }
        const prom_game_attack attack = lock_at(game, breach, at);
        const unsigned breaches = prom_game_breaches(&game->tree, at);
        if (worst.game == NULL || breaches < fewest || (breaches == fewest && attack.gain > worst.gain)) {
            worst = attack;
            fewest = breaches;
        }
    }
    if (worst.game != NULL) {
        prom_game_note(solution, PROM_RISK_LOCKED, &worst, worst.loss);
    }
}
