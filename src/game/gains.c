/* The best that each group can do while all others keep the rules, and who pays for it. */
#include "game/solution_parts.h"

/* What all may expect: in utility, and of it what they are paid and the worth of the result. */
typedef struct expectation {
    double utility[PROM_GAME_PLAYERS_MAX];
    double goods[PROM_GAME_PLAYERS_MAX];
} expectation;

static void expect(expectation *it, const prom_game *game, unsigned coalition, game_room *room)
{
    const prom_game_tree *tree = &game->tree;
    *it = (expectation){{0}, {0}};
    prom_game_expect(tree, 0, coalition, room->choices, room->chances, it->utility);
    for (uint32_t at = 0; at < tree->node_count; at++) {
        if (tree->nodes[at].kind != PROM_GAME_ENDING || !(room->chances[at] > 0)) {
            continue;
        }
        const bool result = (prom_game_outcome_at(game, at)->facts & PROM_GAME_RESULT) != 0;
        for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
            it->goods[player] += room->chances[at] * prom_game_money_at(game, at, player);
        }
        it->goods[PROM_GAME_C] += result ? room->chances[at] * game->symbols[PROM_SYMBOL_BENEFIT] : 0;
    }
}

/* Finds who of those outside loses most by what the group does. Who is paid as much as ever, and has the result, is no
 * victim, though it may have waited longer and paid more in fees. */
static void find_victim(prom_game_attack *attack, const expectation *honest, const expectation *expected)
{
    const double tolerance = prom_game_tolerance(attack->game);
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
        const double loss = honest->utility[player] - expected->utility[player];
        const bool outside = (attack->group.players & PROM_GAME_PLAYER(player)) == 0;
        const bool harmed = honest->goods[player] - expected->goods[player] > tolerance;
        if (outside && harmed && loss > tolerance && loss > attack->loss) {
            attack->victim = player;
            attack->loss = loss;
        }
    }
}

static double sum_of(const double values[], unsigned coalition)
{
    double sum = 0;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        sum += (coalition & PROM_GAME_PLAYER(player)) != 0 ? values[player] : 0;
    }
    return sum;
}

/* Where the likeliest ending is as the rules have it, what the group does is seen in the likeliest of the others. */
static void find_ending(prom_game_attack *attack, const double *chances)
{
    const prom_game_tree *tree = &attack->game->tree;
    double likeliest = 0;
    if (prom_game_breaches(tree, attack->ending) > 0) {
        return;
    }
    for (uint32_t at = 0; at < tree->node_count; at++) {
        const bool ends = tree->nodes[at].kind == PROM_GAME_ENDING && chances[at] > likeliest;
        if (ends && prom_game_breaches(tree, at) > 0) {
            likeliest = chances[at];
            attack->ending = at;
        }
    }
}

static void solve_group(prom_game_attack *attack, const expectation *honest, game_room *room)
{
    const prom_game_tree *tree = &attack->game->tree;
    const unsigned players = attack->group.players;
    expectation expected;
    const double best = prom_game_optimum(tree, players, NULL, false, room->choices, room->numbers);
    attack->gain = best - sum_of(honest->utility, players);
    attack->ending = prom_game_follow(tree, 0, players, room->choices);
    if (attack->gain > prom_game_tolerance(attack->game)) {
        expect(&expected, attack->game, players, room);
        find_ending(attack, room->chances);
        find_victim(attack, honest, &expected);
    } else {
        attack->gain = 0;
    }
}

void prom_game_solve_gains(prom_game_solution *solution, game_room *room)
{
    const size_t count = prom_game_group_count(solution->question);
    for (uint32_t m = 0; m <= PROM_ARBITERS_MAX; m++) {
        const prom_game *game = solution->games[m];
        expectation honest;
        if (game == NULL) {
            continue;
        }
        expect(&honest, game, 0, room);
        for (size_t index = 0; index < count; index++) {
            prom_game_attack *attack = &solution->gains[index][m];
            *attack = (prom_game_attack){
                .group = {prom_game_group_players(index, m), m}, .victim = PROM_GAME_PLAYERS, .game = game};
            solve_group(attack, &honest, room);
        }
    }
}
