/* Decisions off the path at which the rules are not the best for who decides. */
#include "game/solution_parts.h"

/* A lapse and where it leads, against where the rules lead from there. */
struct lapse {
    const prom_game *game;
    const prom_game_node *node;
    const prom_game_outcome *kept;
    const prom_game_outcome *broken;
    prom_game_attack attack;
};

static struct lapse look_at(const prom_game *game, const prom_game_lapse *lapse)
{
    const prom_game_node *node = &game->tree.nodes[lapse->node];
    const uint32_t kept = prom_game_follow(&game->tree, lapse->node, 0, NULL);
    const uint32_t broken = prom_game_follow(&game->tree, node->first_child + lapse->better, 0, NULL);
    const unsigned players = PROM_GAME_PLAYER(node->player);
    struct lapse it = {.game = game,
                       .node = node,
                       .kept = prom_game_outcome_at(game, kept),
                       .broken = prom_game_outcome_at(game, broken),
                       .attack = {.group = {players, node->player == PROM_GAME_A ? game->m : 0},
                                  .gain = lapse->gain,
                                  .victim = PROM_GAME_PLAYERS,
                                  .game = game,
                                  .ending = broken}};
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
        const double loss = prom_game_value_at(game, kept, player) - prom_game_value_at(game, broken, player);
        if (player != node->player && loss > prom_game_tolerance(game) && loss > it.attack.loss) {
            it.attack.victim = player;
            it.attack.loss = loss;
        }
    }
    return it;
}

/* It has seen that the package is bad, and accepts it. */
static bool is_slow_accuser(const struct lapse *it)
{
    const bool looked = (it->kept->facts & it->broken->facts & PROM_GAME_VERIFIED) != 0;
    const bool accepts = (it->kept->facts & PROM_GAME_VERDICT_1) == 0 && (it->broken->facts & PROM_GAME_VERDICT_1) != 0;
    return it->node->player == PROM_GAME_V && looked && accepts;
}

/* It votes without having looked, as do those who looked. */
static bool is_lazy_arbiter(const struct lapse *it)
{
    return it->node->player == PROM_GAME_A && it->kept->scheme == it->broken->scheme &&
           (it->kept->facts & PROM_GAME_ARBITRATED_A) != 0 && (it->broken->facts & PROM_GAME_ARBITRATED_A) == 0;
}

static bool leaves_out(const struct lapse *it)
{
    return it->node->player == PROM_GAME_A && it->kept->scheme == it->broken->scheme && it->kept->deciders_h > 0 &&
           it->broken->deciders_a > 0 && it->broken->deciders_h == 0;
}

/* The lapses of single persons: of C, W, V and, in the game where A is one arbiter, of it. */
static void find_single(prom_game_solution *solution, const prom_game_sets *sets, game_room *room)
{
    const prom_game *game = solution->games[1];
    const size_t count = prom_game_lapses(&game->tree, sets, room->lapses, room->node_count, room->vectors);
    for (size_t i = 0; i < count; i++) {
        const struct lapse it = look_at(game, &room->lapses[i]);
        if (it.node->player == PROM_GAME_H || it.attack.gain <= prom_game_tolerance(game)) {
            continue;
        }
        solution->subgame_perfect = false;
        if (is_slow_accuser(&it)) {
            prom_game_note(solution, PROM_RISK_SLOW_ACCUSER, &it.attack, it.attack.gain);
        }
        if (is_lazy_arbiter(&it)) {
            prom_game_note(solution, PROM_RISK_LAZY_ARBITER, &it.attack, it.attack.gain);
        }
    }
}

/* Of k arbiters who decide, what they gain against keeping the rules when they sign without the others. Not by looking
 * less: that they can do with the others too. Arbiters know at which node they are. */
static void find_left_out(prom_game_solution *solution, game_room *room)
{
    const prom_game *game = solution->games[prom_parameters_quorum(&solution->question->P)];
    const prom_game_tree *tree = &game->tree;
    const size_t count = prom_game_lapses(tree, NULL, room->lapses, room->node_count, room->vectors);
    for (size_t i = 0; i < count; i++) {
        const prom_game_node *node = &tree->nodes[room->lapses[i].node];
        for (uint8_t choice = 0; node->player == PROM_GAME_A && choice < node->child_count; choice++) {
            const prom_game_lapse tried = {room->lapses[i].node, choice, 0};
            struct lapse it = look_at(game, &tried);
            const uint32_t kept = prom_game_follow(tree, tried.node, 0, NULL);
            const bool looked = (it.broken->facts & PROM_GAME_ARBITRATED_A) != 0;
            const double saved = looked ? 0 : game->m * game->symbols[PROM_SYMBOL_ARBITRATION];
            it.attack.gain = prom_game_value_at(game, it.attack.ending, PROM_GAME_A) - saved -
                             prom_game_value_at(game, kept, PROM_GAME_A);
            if (leaves_out(&it) && it.attack.gain > prom_game_tolerance(game)) {
                prom_game_note(solution, PROM_RISK_ARBITERS_LEFT_OUT, &it.attack, it.attack.gain);
            }
        }
    }
}

prom_result prom_game_find_lapses(prom_arena *arena, prom_game_solution *solution, game_room *room, prom_error *error)
{
    prom_game_sets sets;
    PROM_TRY(prom_game_find_sets(arena, &sets, &solution->games[1]->tree, error));
    solution->subgame_perfect = true;
    find_single(solution, &sets, room);
    find_left_out(solution, room);
    return prom_ok();
}
