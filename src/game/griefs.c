/* What one can spend to hurt another: the loss of who keeps the rules against the cost of who does not, for each way in
 * which a contract can end. */
#include <math.h>

#include "game/solution_parts.h"

/* A group in a game, and what all may expect from each node on when it does its best from there. */
struct griever {
    const prom_game *game;
    prom_game_group group;
    const double *honest;
    double *expected; /* [node][player]; NULL: there is no chance in the game */
};

static void average(double *expected, const prom_game_tree *tree, const prom_game_node *node, const double *children)
{
    for (size_t player = 0; player < tree->player_count; player++) {
        expected[player] = 0;
        for (uint32_t i = 0; i < node->child_count; i++) {
            expected[player] += tree->nodes[node->first_child + i].chance * children[i * tree->player_count + player];
        }
    }
}

static void fill_expected(const struct griever *it, game_room *room)
{
    const prom_game_tree *tree = &it->game->tree;
    const size_t players = tree->player_count;
    (void)prom_game_optimum(tree, it->group.players, NULL, false, room->choices, room->numbers);
    for (size_t at = tree->node_count; at-- > 0;) {
        const prom_game_node *node = &tree->nodes[at];
        if (!room->reached[at]) {
            continue;
        }
        double *here = &it->expected[at * players];
        const double *children = &it->expected[node->first_child * players];
        if (node->kind == PROM_GAME_CHANCE) {
            average(here, tree, node, children);
            continue;
        }
        const double *from = node->kind == PROM_GAME_ENDING ? &tree->values[node->ending * players]
                                                            : &children[room->choices[at] * players];
        for (size_t player = 0; player < players; player++) {
            here[player] = from[player];
        }
    }
}

/* Returns whether chance leads to an ending where it is most likely to. */
static bool is_likely(const prom_game_tree *tree, uint32_t ending)
{
    for (uint32_t at = ending; at != 0; at = tree->nodes[at].parent) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        for (uint32_t i = 0; parent->kind == PROM_GAME_CHANCE && i < parent->child_count; i++) {
            if (tree->nodes[parent->first_child + i].chance > tree->nodes[at].chance) {
                return false;
            }
        }
    }
    return true;
}

/* What all may expect of a play that aims at an ending: where chance leads elsewhere, the group does its best. */
static void aim_at(const struct griever *it, uint32_t ending, double values[PROM_GAME_PLAYERS_MAX])
{
    const prom_game_tree *tree = &it->game->tree;
    const size_t players = tree->player_count;
    for (size_t player = 0; player < players; player++) {
        values[player] = tree->values[tree->nodes[ending].ending * players + player];
    }
    for (uint32_t at = ending; it->expected != NULL && at != 0; at = tree->nodes[at].parent) {
        const uint32_t parent = tree->nodes[at].parent;
        for (size_t player = 0; tree->nodes[parent].kind == PROM_GAME_CHANCE && player < players; player++) {
            const double here = it->expected[at * players + player];
            values[player] = it->expected[parent * players + player] + tree->nodes[at].chance * (values[player] - here);
        }
    }
}

static prom_game_grief judge(const struct griever *it, uint32_t ending)
{
    double values[PROM_GAME_PLAYERS_MAX] = {0};
    prom_game_grief grief = {
        .attack = {.group = it->group, .victim = PROM_GAME_PLAYERS, .game = it->game, .ending = ending}};
    aim_at(it, ending, values);
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        const double change = values[player] - it->honest[player];
        if ((it->group.players & PROM_GAME_PLAYER(player)) != 0) {
            grief.attack.gain += change;
        } else if (player != PROM_GAME_F && -change > grief.attack.loss) {
            grief.attack.victim = player;
            grief.attack.loss = -change;
        }
    }
    const bool for_nothing = grief.attack.gain >= -prom_game_tolerance(it->game);
    grief.factor = for_nothing ? INFINITY : grief.attack.loss / -grief.attack.gain;
    return grief;
}

/* The larger factor; of equal ones the smaller group, then the larger loss, then the larger gain. */
static bool is_worse(const prom_game_grief *a, const prom_game_grief *b)
{
    const unsigned sizes[] = {prom_game_group_size(&a->attack.group), prom_game_group_size(&b->attack.group)};
    if (a->factor != b->factor) {
        return a->factor > b->factor;
    }
    if (sizes[0] != sizes[1]) {
        return sizes[0] < sizes[1];
    }
    return a->attack.loss != b->attack.loss ? a->attack.loss > b->attack.loss : a->attack.gain > b->attack.gain;
}

static void grieve(prom_game_grief worst[PROM_GAME_SCHEMES + 1], const struct griever *it, game_room *room)
{
    const prom_game_tree *tree = &it->game->tree;
    prom_game_mark(tree, 0, it->group.players, room->reached);
    if (it->expected != NULL) {
        fill_expected(it, room);
    }
    for (uint32_t at = 0; at < tree->node_count; at++) {
        if (!room->reached[at] || tree->nodes[at].kind != PROM_GAME_ENDING ||
            (it->expected != NULL && !is_likely(tree, at))) {
            continue;
        }
        const prom_game_grief grief = judge(it, at);
        prom_game_grief *noted = &worst[prom_game_outcome_at(it->game, at)->scheme];
        const bool hurts = grief.attack.loss > prom_game_tolerance(it->game);
        if (hurts && (noted->attack.game == NULL || is_worse(&grief, noted))) {
            *noted = grief;
        }
    }
}

static void add_sorted(prom_game_solution *solution, const prom_game_grief *grief)
{
    size_t at = solution->grief_count++;
    for (; at > 0 && is_worse(grief, &solution->griefs[at - 1]); at--) {
        solution->griefs[at] = solution->griefs[at - 1];
    }
    solution->griefs[at] = *grief;
}

static bool has_chance(const prom_game_tree *tree)
{
    size_t at = 0;
    while (at < tree->node_count && tree->nodes[at].kind != PROM_GAME_CHANCE) {
        at++;
    }
    return at < tree->node_count;
}

void prom_game_solve_griefs(prom_game_solution *solution, game_room *room)
{
    const size_t count = prom_game_group_count(solution->question);
    prom_game_grief worst[PROM_GAME_SCHEMES + 1] = {0};
    for (uint32_t m = 0; m <= prom_parameters_tolerated(&solution->question->P); m++) {
        const prom_game *game = solution->games[m];
        double honest[PROM_GAME_PLAYERS_MAX];
        if (game == NULL) {
            continue;
        }
        prom_game_honest(&game->tree, 0, honest);
        for (size_t index = 0; index < count; index++) {
            const struct griever it = {.game = game,
                                       .group = {prom_game_group_players(index, m), m},
                                       .honest = honest,
                                       .expected = has_chance(&game->tree) ? room->vectors : NULL};
            grieve(worst, &it, room);
        }
    }
    for (size_t scheme = 0; scheme <= PROM_GAME_SCHEMES; scheme++) {
        if (worst[scheme].attack.game != NULL) {
            add_sorted(solution, &worst[scheme]);
        }
    }
}
