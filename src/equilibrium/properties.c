/* Each property asks whether there is one strategy for all players that keeps to the history. None needs a search:
 *
 *   weak immunity          concerns of the strategy, for each player, what that player does itself: a player's part is
 *                          chosen without regard to the others'.
 *   collusion resilience   joins the players: one choice has to serve against every group that can bring the game there
 *                          while who chooses has kept to the strategy. Those are the groups that hold all who have left
 *                          the strategy on the way; so what has to hold below a node hangs on that set alone.
 *   practicality           hangs on which of several actions as good an equilibrium below takes: of each node the
 * endings are kept that subgame-perfect equilibria from there on reach. */
#include "prometheus/equilibrium/tree.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define VALUE_MAX 1125899906842624.0 /* 2^50: the sum of all players' values is exact */

/* The tree, and in it the history. */
struct history {
    const prom_game_tree *tree;
    bool *on_path;   /* [node] */
    uint32_t ending; /* node */
};

static double value_at(const prom_game_tree *tree, uint32_t ending, size_t player)
{
    return tree->values[tree->nodes[ending].ending * tree->player_count + player];
}

/* Whether a strategy that takes the history may take this child. */
static bool may_take(const struct history *history, uint32_t at, uint32_t child)
{
    const prom_game_node *node = &history->tree->nodes[at];
    return !history->on_path[at] || child == node->first_child + node->honest;
}

static prom_result check_node(const prom_game_tree *tree, uint32_t at, prom_error *error)
{
    if (tree->nodes[at].kind == PROM_GAME_CHANCE) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "node %" PRIu32 " of the game is a chance; the properties are of games without", at);
    }
    for (size_t player = 0; tree->nodes[at].kind == PROM_GAME_ENDING && player < tree->player_count; player++) {
        const double value = value_at(tree, at, player);
        if (fabs(value) > VALUE_MAX || trunc(value) != value) {
            return prom_fail(error, PROM_CATEGORY_MISUSE,
                             "node %" PRIu32 " of the game gives %.17g to player %zu; the properties are computed of "
                             "whole numbers up to 2^50",
                             at, value, player);
        }
    }
    return prom_ok();
}

/* An information set, and a node in it. */
struct sight {
    uint32_t information;
    uint32_t node;
};

static int compare_sights(const void *left, const void *right)
{
    const struct sight *a = left;
    const struct sight *b = right;
    if (a->information != b->information) {
        return a->information < b->information ? -1 : 1;
    }
    return a->node < b->node ? -1 : 1;
}

static prom_result check_sight(prom_arena *arena, const prom_game_tree *tree, prom_error *error)
{
    struct sight *sights = NULL;
    size_t count = 0;
    PROM_TRY_NEW(sights, arena, tree->node_count, error);
    for (uint32_t at = 0; at < tree->node_count; at++) {
        if (tree->nodes[at].kind == PROM_GAME_DECISION) {
            sights[count++] = (struct sight){tree->nodes[at].information, at};
        }
    }
    qsort(sights, count, sizeof *sights, compare_sights);
    for (size_t i = 1; i < count; i++) {
        if (sights[i].information == sights[i - 1].information) {
            return prom_fail(error, PROM_CATEGORY_MISUSE,
                             "nodes %" PRIu32 " and %" PRIu32 " of the game are in one information set; the properties "
                             "are of games in which all is seen",
                             sights[i - 1].node, sights[i].node);
        }
    }
    return prom_ok();
}

/* Whether the player has choices, those on the history given, by which it never gets less than 0. `safe` has room for
 * a value of each node. */
static bool is_immune(const struct history *history, size_t player, bool *safe)
{
    for (uint32_t at = (uint32_t)history->tree->node_count; at-- > 0;) {
        const prom_game_node *node = &history->tree->nodes[at];
        if (node->kind == PROM_GAME_ENDING) {
            safe[at] = value_at(history->tree, at, player) >= 0;
            continue;
        }
        const bool own = node->player == player;
        safe[at] = !own;
        for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
            if (own) {
                safe[at] |= may_take(history, at, child) && safe[child];
            } else {
                safe[at] &= safe[child];
            }
        }
    }
    return safe[0];
}

static double sum_of(const prom_game_tree *tree, uint32_t ending, unsigned group)
{
    double sum = 0;
    for (size_t player = 0; player < tree->player_count; player++) {
        sum += (group & PROM_GAME_PLAYER(player)) != 0 ? value_at(tree, ending, player) : 0;
    }
    return sum;
}

/* Of an ending, for each set of players: whether no group that holds the set gets more there than by the history. */
static void resist_at_ending(const struct history *history, uint32_t at, bool *resists)
{
    const unsigned all = PROM_GAME_PLAYER(history->tree->player_count) - 1;
    for (unsigned group = 0; group <= all; group++) {
        resists[group] = group == 0 || group == all ||
                         sum_of(history->tree, at, group) <= sum_of(history->tree, history->ending, group);
    }
    for (size_t player = 0; player < history->tree->player_count; player++) {
        for (unsigned set = 0; set <= all; set++) {
            resists[set] = resists[set] && resists[set | PROM_GAME_PLAYER(player)];
        }
    }
}

/* The same of a decision, the set being who has left the strategy before: who chooses, and then all actions lead to
 * places that resist, if the player has left it too; and one, which the strategy takes, to one that resists if it has
 * not. `sets` is 2^player_count. */
static void resist_at_decision(const struct history *history, uint32_t at, bool *resists, size_t sets)
{
    const prom_game_node *node = &history->tree->nodes[at];
    bool *here = &resists[at * sets];
    for (size_t set = 0; set < sets; set++) {
        const size_t left = set | PROM_GAME_PLAYER(node->player);
        bool all = true;
        bool some = false;
        for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
            all = all && resists[child * sets + left];
            some = some || (may_take(history, at, child) && resists[child * sets + set]);
        }
        here[set] = all && some;
    }
}

static prom_result find_resilience(prom_arena *arena, const struct history *history, bool *resilient, prom_error *error)
{
    const size_t sets = PROM_GAME_PLAYER(history->tree->player_count);
    bool *resists = NULL;
    PROM_TRY_NEW(resists, arena, history->tree->node_count * sets, error);
    for (uint32_t at = (uint32_t)history->tree->node_count; at-- > 0;) {
        if (history->tree->nodes[at].kind == PROM_GAME_ENDING) {
            resist_at_ending(history, at, &resists[at * sets]);
        } else {
            resist_at_decision(history, at, resists, sets);
        }
    }
    *resilient = resists[0];
    return prom_ok();
}

/* Endings that equilibria reach, of each node a list; nodes are named by index, 0 is none: the root of a game with
 * decisions is no ending. */
struct reached {
    uint32_t *first; /* [node] */
    uint32_t *next;  /* [ending, a node] */
};

/* Returns the least that the player gets in an equilibrium from this node on. */
static double least_of(const prom_game_tree *tree, const struct reached *reached, uint32_t at, size_t player)
{
    double least = INFINITY;
    for (uint32_t ending = reached->first[at]; ending != 0; ending = reached->next[ending]) {
        least = fmin(least, value_at(tree, ending, player));
    }
    return least;
}

/* Moves the endings of the child in which the player gets at least `wanted`, and which the strategy may reach, to the
 * list of its parent. */
static void move_endings(const struct history *history, const struct reached *reached, uint32_t child, double wanted)
{
    const uint32_t at = history->tree->nodes[child].parent;
    const size_t player = history->tree->nodes[at].player;
    uint32_t ending = reached->first[child];
    while (ending != 0 && may_take(history, at, child)) {
        const uint32_t next = reached->next[ending];
        if (value_at(history->tree, ending, player) >= wanted) {
            reached->next[ending] = reached->first[at];
            reached->first[at] = ending;
        }
        ending = next;
    }
}

/* An action is taken in an equilibrium that gives the player at least as much as the worst that each can be made to
 * give. */
static void reach_from(const struct history *history, const struct reached *reached, uint32_t at)
{
    const prom_game_node *node = &history->tree->nodes[at];
    double wanted = -INFINITY;
    for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
        wanted = fmax(wanted, least_of(history->tree, reached, child, node->player));
    }
    for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
        move_endings(history, reached, child, wanted);
    }
}

static prom_result find_practicality(prom_arena *arena, const struct history *history, bool *practical,
                                     prom_error *error)
{
    const prom_game_tree *tree = history->tree;
    struct reached reached = {NULL, NULL};
    PROM_TRY_NEW(reached.first, arena, tree->node_count, error);
    PROM_TRY_NEW(reached.next, arena, tree->node_count, error);
    *practical = true;
    for (uint32_t at = (uint32_t)tree->node_count; at-- > 0 && *practical && tree->node_count > 1;) {
        if (tree->nodes[at].kind == PROM_GAME_ENDING) {
            reached.first[at] = at;
        } else {
            reach_from(history, &reached, at);
            *practical = reached.first[at] != 0; /* only on the history there may be none */
        }
    }
    return prom_ok();
}

prom_result prom_game_check_properties(prom_arena *arena, prom_game_properties *properties, const prom_game_tree *tree,
                                       prom_error *error)
{
    PROM_TRY(prom_game_tree_check(tree, error));
    for (uint32_t at = 0; at < tree->node_count; at++) {
        PROM_TRY(check_node(tree, at, error));
    }
    PROM_TRY(check_sight(arena, tree, error));
    struct history history = {.tree = tree, .ending = prom_game_follow(tree, 0, 0, NULL)};
    bool *safe = NULL;
    PROM_TRY_NEW(history.on_path, arena, tree->node_count, error);
    PROM_TRY_NEW(safe, arena, tree->node_count, error);
    history.on_path[0] = true;
    for (uint32_t at = history.ending; at != 0; at = tree->nodes[at].parent) {
        history.on_path[at] = true;
    }
    properties->weak_immunity = true;
    for (size_t player = 0; player < tree->player_count; player++) {
        properties->weak_immunity = properties->weak_immunity && is_immune(&history, player, safe);
    }
    PROM_TRY(find_resilience(arena, &history, &properties->collusion_resilience, error));
    return find_practicality(arena, &history, &properties->practicality, error);
}
