/* The game in which worker, verifier and client do not see what the others chose: what the worker delivers, whether the
 * verifier looks, whether the client checks.
 *
 * A way to play is fixed for each. The verifier, where it looks, says what it saw. Where it does not, it signs, accuses
 * or is silent, whatever it got. The client that checks challenges what it finds wrong, where there is a window for it.
 * What the worker does with its package afterwards, it does for itself: whoever delivers garbage publishes h_p for it,
 * if the verifier lets it. It does not know then whether the client is going to check. Arbiters keep the rules. */
#include "game/solution_parts.h"

enum { VERIFIES, SIGNS, ACCUSES, IS_SILENT, VERIFIER_WAYS };
enum { NO_CHECK, CHECKS, CLIENT_WAYS };

struct ways {
    const prom_game *game;
    bool *blind;          /* [node]: the verifier has chosen not to look */
    const unsigned *sure; /* [node]: facts */
    unsigned verifier;
    unsigned client;
};

static bool is_verification(const struct ways *ways, const prom_game_node *node)
{
    const prom_game_node *first = &ways->game->tree.nodes[ways->game->verification];
    return ways->game->verification != 0 && node->kind == PROM_GAME_DECISION && node->player == PROM_GAME_V &&
           node->information == first->information;
}

static void mark_blind(struct ways *ways)
{
    const prom_game_tree *tree = &ways->game->tree;
    ways->blind[0] = false;
    for (size_t at = 1; at < tree->node_count; at++) {
        const uint32_t parent = tree->nodes[at].parent;
        const prom_game_node *above = &tree->nodes[parent];
        const bool looked_away = is_verification(ways, above) && at != above->first_child + above->honest;
        ways->blind[at] = ways->blind[parent] || looked_away;
    }
}

/* What the verifier does, by its way. It signs r = 1 where the rules do, which is what they say of a package that it
 * has not seen to be bad; it accuses where they do not. */
static prom_game_choice verifier_choice(const struct ways *ways, uint32_t at)
{
    const prom_game_node *node = &ways->game->tree.nodes[at];
    const prom_game_choice other = node->honest == 0 ? 1 : 0;
    if (is_verification(ways, node)) {
        return ways->verifier == VERIFIES ? node->honest : other;
    }
    if (!ways->blind[at] || node->child_count != 2 || ways->verifier == VERIFIES || ways->verifier == SIGNS) {
        return node->honest;
    }
    const bool signs = prom_game_child_with(ways->sure, node, PROM_GAME_VERDICT_1) == node->honest;
    const bool accuses = node->honest == 1;
    return signs || (accuses && ways->verifier == ACCUSES) ? other : node->honest;
}

static bool is_check(const struct ways *ways, const prom_game_node *node)
{
    return node->kind == PROM_GAME_DECISION && node->player == PROM_GAME_C &&
           prom_game_child_with(ways->sure, node, PROM_GAME_CHECKED) < node->child_count;
}

static prom_game_choice client_choice(const struct ways *ways, const prom_game_node *node)
{
    const uint8_t checks = prom_game_child_with(ways->sure, node, PROM_GAME_CHECKED);
    if (checks == node->child_count || node->child_count != 2) {
        return node->honest;
    }
    return ways->client == CHECKS ? checks : (prom_game_choice)(1 - checks);
}

/* Fills in what C and V do, by their ways, and what the arbiters do. */
static void fill_choices(const struct ways *ways, prom_game_choice *choices)
{
    const prom_game_tree *tree = &ways->game->tree;
    for (uint32_t at = 0; at < tree->node_count; at++) {
        const prom_game_node *node = &tree->nodes[at];
        choices[at] = 0;
        if (node->kind == PROM_GAME_DECISION) {
            choices[at] = node->player == PROM_GAME_V   ? verifier_choice(ways, at)
                          : node->player == PROM_GAME_C ? client_choice(ways, node)
                                                        : node->honest;
        }
    }
}

/* Fills in what all do when verifier and client go their ways: the worker does its best, as long as it does not know
 * whether the client is going to check. */
static void play(const struct ways *ways, game_room *room)
{
    const prom_game_tree *tree = &ways->game->tree;
    double expected[PROM_GAME_PLAYERS_MAX];
    struct ways unchecked = *ways;
    unchecked.client = NO_CHECK;
    fill_choices(&unchecked, room->choices);
    prom_game_backward(tree, PROM_GAME_PLAYER(PROM_GAME_W), room->choices, expected, room->vectors);
    for (size_t at = 0; at < tree->node_count; at++) {
        const prom_game_node *node = &tree->nodes[at];
        room->choices[at] = is_check(ways, node) ? client_choice(ways, node) : room->choices[at];
    }
}

enum { EVERYBODY = (1U << PROM_GAME_PLAYERS) - 1 };

/* Writes what all get, for each delivery of the worker. */
static void evaluate(prom_mixed_game *choices, const struct ways *ways, game_room *room)
{
    const prom_game_tree *tree = &ways->game->tree;
    const prom_game_node *root = &tree->nodes[ways->game->delivery];
    static const prom_game_player players[PROM_MIXED_PLAYERS] = {PROM_GAME_W, PROM_GAME_V, PROM_GAME_C};
    for (uint32_t i = 0; i < root->child_count && i < PROM_MIXED_ACTIONS; i++) {
        double expected[PROM_GAME_PLAYERS_MAX];
        prom_game_expect(tree, root->first_child + i, EVERYBODY, room->choices, room->chances, expected);
        for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
            choices->payoff[i][ways->verifier][ways->client][player] = expected[players[player]];
        }
    }
}

/* Returns a player's likeliest action in an equilibrium, of equal ones the first. */
static unsigned likeliest(const prom_mixed_equilibrium *equilibrium, const prom_mixed_game *choices, size_t player)
{
    unsigned best = 0;
    for (unsigned i = 1; i < choices->actions[player]; i++) {
        best = equilibrium->chance[player][i] > equilibrium->chance[player][best] ? i : best;
    }
    return best;
}

/* Follows the first equilibrium to its end. */
static void follow_equilibrium(prom_game_solution *solution, struct ways *ways, game_room *room)
{
    const prom_game_tree *tree = &ways->game->tree;
    const prom_mixed_equilibrium *first = &solution->equilibria[0];
    ways->verifier = likeliest(first, &solution->choices, 1);
    ways->client = likeliest(first, &solution->choices, 2);
    play(ways, room);
    const uint32_t delivered = tree->nodes[ways->game->delivery].first_child + likeliest(first, &solution->choices, 0);
    solution->equilibrium_ending = prom_game_follow(tree, delivered, EVERYBODY, room->choices);
}

void prom_game_solve_choices(prom_game_solution *solution, game_room *room)
{
    prom_mixed_game *choices = &solution->choices;
    struct ways ways = {.game = solution->games[0], .blind = room->reached, .sure = room->sure};
    const prom_game_tree *tree = &ways.game->tree;
    const uint8_t deliveries = tree->nodes[ways.game->delivery].child_count;
    bool checks = false;
    prom_game_sure_facts(ways.game, room->sure);
    for (size_t at = 0; at < tree->node_count && !checks; at++) {
        checks = is_check(&ways, &tree->nodes[at]);
    }
    mark_blind(&ways);
    choices->actions[0] = deliveries < PROM_MIXED_ACTIONS ? deliveries : PROM_MIXED_ACTIONS;
    choices->actions[1] = ways.game->verification != 0 ? VERIFIER_WAYS : 1;
    choices->actions[2] = checks ? CLIENT_WAYS : 1;
    for (ways.verifier = VERIFIES; ways.verifier < choices->actions[1]; ways.verifier++) {
        for (ways.client = NO_CHECK; ways.client < choices->actions[2]; ways.client++) {
            play(&ways, room);
            evaluate(choices, &ways, room);
        }
    }
    solution->equilibrium_count = prom_mixed_solve(choices, solution->equilibria, PROM_GAME_EQUILIBRIA);
    if (solution->equilibrium_count > 0) {
        follow_equilibrium(solution, &ways, room);
    }
}
