/* Whether it pays to keep the arbiters from deciding (E28): with b = n - k + 1 of its own a group can.
 *
 * What is asked is not whether the group gains against keeping all rules, as a worker at fault has broken one already:
 * it is whether the b arbiters, by not deciding, win something that the group does not get where they keep the rules,
 * once the worker has delivered what it has. That they decide falsely, which they can where b is k, or withhold their
 * receipts, is left out here: it is what seats are worth (seats.c). */
#include "game/solution_parts.h"

/* Less than anything that anybody can have. */
#define NEVER (-1e18)

struct stalling {
    const prom_game *game;
    unsigned parties; /* of the group: C, W, V, and F's owner, who gets most of what #5 takes */
    unsigned players; /* and A */
};

static bool is_undecided(const prom_game_outcome *outcome)
{
    return outcome->scheme == 5 || outcome->scheme == PROM_GAME_SCHEME_UNDECIDED;
}

/* Returns what a lost name costs the group at an ending: by #5 nobody loses it, and who stalls is not to gain by that
 * alone. */
static double names_lost(const prom_game *game, const prom_game_outcome *outcome, unsigned players)
{
    const unsigned lost = players & outcome->at_fault;
    const bool decided = outcome->deciders_a + outcome->deciders_h > 0;
    const bool arbiters = decided && (players & PROM_GAME_PLAYER(PROM_GAME_A)) != 0;
    return ((lost & PROM_GAME_PLAYER(PROM_GAME_W)) != 0 ? game->symbols[PROM_SYMBOL_FUTURE_W] : 0) +
           ((lost & PROM_GAME_PLAYER(PROM_GAME_V)) != 0 ? game->symbols[PROM_SYMBOL_FUTURE_V] : 0) +
           (arbiters ? (double)(game->m - outcome->deciders_a) * game->symbols[PROM_SYMBOL_FUTURE_A] : 0);
}

/* Computes what the group may expect from each node on, names left out: when its arbiters keep the rules, in `numbers`;
 * when they do all but decide, in `more_numbers`, by `choices`. */
static void compare(const struct stalling *it, game_room *room)
{
    const prom_game_tree *tree = &it->game->tree;
    for (uint32_t at = 0; at < tree->node_count; at++) {
        if (tree->nodes[at].kind == PROM_GAME_ENDING) {
            room->weights[tree->nodes[at].ending] =
                prom_game_group_value_at(it->game, at, it->players) +
                names_lost(it->game, prom_game_outcome_at(it->game, at), it->players);
        }
    }
    (void)prom_game_optimum(tree, it->parties, room->weights, false, NULL, room->numbers);
    for (size_t ending = 0; ending < tree->ending_count; ending++) {
        room->weights[ending] = it->game->outcomes[ending].deciders_a > 0 ? NEVER : room->weights[ending];
    }
    (void)prom_game_optimum(tree, it->players, room->weights, false, room->choices, room->more_numbers);
}

/* Finds the likeliest ending without a decision, and who loses most against what it gets when all keep the rules from
 * here on. Returns whether there is such an ending. */
static bool follow(prom_game_attack *attack, const struct stalling *it, uint32_t from, game_room *room)
{
    const prom_game_tree *tree = &it->game->tree;
    double honest[PROM_GAME_PLAYERS_MAX];
    double expected[PROM_GAME_PLAYERS_MAX];
    double likeliest = 0;
    prom_game_honest(tree, from, honest);
    prom_game_expect(tree, from, it->players, room->choices, room->chances, expected);
    for (uint32_t at = from; at < tree->node_count; at++) {
        const bool ends = tree->nodes[at].kind == PROM_GAME_ENDING && room->chances[at] > likeliest;
        if (ends && is_undecided(prom_game_outcome_at(it->game, at))) {
            likeliest = room->chances[at];
            attack->ending = at;
        }
    }
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
        const double loss = honest[player] - expected[player];
        if ((it->players & PROM_GAME_PLAYER(player)) == 0 && loss > prom_game_tolerance(it->game) &&
            loss > attack->loss) {
            attack->victim = player;
            attack->loss = loss;
        }
    }
    return likeliest > 0;
}

static void try_from(prom_game_solution *solution, const struct stalling *it, uint32_t from, game_room *room)
{
    prom_game_attack attack = {.group = {it->players, it->game->m}, .victim = PROM_GAME_PLAYERS, .game = it->game};
    attack.gain = room->more_numbers[from] - room->numbers[from];
    if (attack.gain > prom_game_tolerance(it->game) && follow(&attack, it, from, room)) {
        const bool by_fund = (it->players & PROM_GAME_PLAYER(PROM_GAME_F)) != 0;
        prom_game_note(solution, by_fund ? PROM_RISK_FUND_OWNED : PROM_RISK_STALLING_PAYS, &attack, attack.gain);
    }
}

/* From each delivery that can be on: of a worker in the group any; and where chance says whether the sample shows what
 * is wrong, from what it says. */
static void try_group(prom_game_solution *solution, const struct stalling *it, game_room *room)
{
    const prom_game_node *nodes = it->game->tree.nodes;
    const prom_game_node *root = &nodes[it->game->delivery];
    compare(it, room);
    for (uint32_t i = 0; i < root->child_count; i++) {
        const uint32_t child = prom_game_receipted(it->game, root->first_child + i);
        if (i != root->honest && (it->parties & PROM_GAME_PLAYER(PROM_GAME_W)) == 0) {
            continue;
        }
        if (nodes[child].kind != PROM_GAME_CHANCE) {
            try_from(solution, it, child, room);
        }
        for (uint32_t j = 0; nodes[child].kind == PROM_GAME_CHANCE && j < nodes[child].child_count; j++) {
            const uint32_t drawn = nodes[child].first_child + j;
            if (nodes[drawn].chance > 0) {
                try_from(solution, it, drawn, room);
            }
        }
    }
}

void prom_game_find_stalling(prom_game_solution *solution, game_room *room)
{
    const uint32_t b = prom_parameters_tolerated(&solution->question->P) + 1;
    for (size_t index = 1; index < prom_game_group_count(solution->question); index++) {
        const struct stalling it = {.game = solution->games[b],
                                    .parties = prom_game_group_players(index, 0),
                                    .players = prom_game_group_players(index, b)};
        try_group(solution, &it, room);
    }
}
