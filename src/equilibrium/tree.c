#include "prometheus/equilibrium/tree.h"

#include <inttypes.h>
#include <math.h>

#define CHANCES_TOLERANCE 1e-9

#define FAIL(error, ...) prom_fail((error), PROM_CATEGORY_MISUSE, __VA_ARGS__)

static prom_result check_children(const prom_game_tree *tree, size_t at, prom_error *error)
{
    const prom_game_node *node = &tree->nodes[at];
    const size_t first = node->first_child;
    if (node->child_count == 0) {
        return FAIL(error, "it is no ending, but has no children");
    }
    if (first <= at || first + node->child_count > tree->node_count) {
        return FAIL(error, "its children, from %zu on, do not stand behind it in the list", first);
    }
    double chances = 0;
    for (size_t child = first; child < first + node->child_count; child++) {
        const double chance = tree->nodes[child].chance;
        if (tree->nodes[child].parent != at) {
            return FAIL(error, "its child %zu names another parent", child);
        }
        if (node->kind == PROM_GAME_CHANCE && !(chance >= 0)) {
            return FAIL(error, "the chance of its child %zu is %g", child, chance);
        }
        chances += chance;
    }
    if (node->kind == PROM_GAME_CHANCE && !(fabs(chances - 1) <= CHANCES_TOLERANCE)) {
        return FAIL(error, "its chances add up to %.12g, not to 1", chances);
    }
    return prom_ok();
}

static prom_result check_ending(const prom_game_tree *tree, const prom_game_node *node, prom_error *error)
{
    if (node->child_count != 0) {
        return FAIL(error, "it is an ending with children");
    }
    if (node->ending >= tree->ending_count) {
        return FAIL(error, "it is ending %" PRIu32 ", of %zu", node->ending, tree->ending_count);
    }
    for (size_t player = 0; player < tree->player_count; player++) {
        if (!isfinite(tree->values[node->ending * tree->player_count + player])) {
            return FAIL(error, "what it gives to player %zu is not finite", player);
        }
    }
    return prom_ok();
}

/* That who decides sees the same at all nodes of its information set that come before it. */
static prom_result check_information(const prom_game_tree *tree, size_t at, prom_error *error)
{
    const prom_game_node *node = &tree->nodes[at];
    for (size_t before = 0; before < at; before++) {
        const prom_game_node *other = &tree->nodes[before];
        if (other->information == node->information && other->kind == PROM_GAME_DECISION &&
            (other->player != node->player || other->child_count != node->child_count ||
             other->honest != node->honest)) {
            return FAIL(error, "it is in one information set with node %zu, and another decision", before);
        }
    }
    return prom_ok();
}

static prom_result check_decision(const prom_game_tree *tree, size_t at, prom_error *error)
{
    const prom_game_node *node = &tree->nodes[at];
    if (node->player >= tree->player_count) {
        return FAIL(error, "it is player %u's, of %zu", node->player, tree->player_count);
    }
    if (node->honest >= node->child_count) {
        return FAIL(error, "the rules take its action %u, of %u", node->honest, node->child_count);
    }
    return check_information(tree, at, error);
}

/* That the parent knows it, and that it says what leads to it. */
static prom_result check_place(const prom_game_tree *tree, size_t at, prom_error *error)
{
    const prom_game_node *node = &tree->nodes[at];
    const prom_game_node *parent = node->parent < at ? &tree->nodes[node->parent] : NULL;
    if (parent == NULL || at < parent->first_child || at - parent->first_child >= parent->child_count) {
        return FAIL(error, "it is no child of its parent, %" PRIu32, node->parent);
    }
    if (node->action == NULL || node->object == NULL) {
        return FAIL(error, "it does not say what leads to it");
    }
    return prom_ok();
}

static prom_result check_node(const prom_game_tree *tree, size_t at, prom_error *error)
{
    if (at > 0) {
        PROM_TRY(check_place(tree, at, error));
    }
    switch (tree->nodes[at].kind) {
    case PROM_GAME_ENDING:
        return check_ending(tree, &tree->nodes[at], error);
    case PROM_GAME_DECISION:
        PROM_TRY(check_children(tree, at, error));
        return check_decision(tree, at, error);
    case PROM_GAME_CHANCE:
        return check_children(tree, at, error);
    }
    return FAIL(error, "it is of no known kind");
}

prom_result prom_game_tree_check(const prom_game_tree *tree, prom_error *error)
{
    if (tree->node_count == 0 || tree->player_count == 0 || tree->player_count > PROM_GAME_PLAYERS_MAX) {
        return FAIL(error, "a game of %zu nodes and %zu players: it needs 1 of each, and has at most %d players",
                    tree->node_count, tree->player_count, PROM_GAME_PLAYERS_MAX);
    }
    for (size_t at = 0; at < tree->node_count; at++) {
        PROM_TRY(prom_within(check_node(tree, at, error), error, "node %zu of the game", at));
    }
    return prom_ok();
}

/* Returns the ending, a node, that honest play reaches from `at` on, by the first child at each chance. */
static uint32_t first_ending(const prom_game_tree *tree, uint32_t at)
{
    while (tree->nodes[at].kind != PROM_GAME_ENDING) {
        const prom_game_node *node = &tree->nodes[at];
        at = node->first_child + (node->kind == PROM_GAME_DECISION ? node->honest : 0U);
    }
    return at;
}

/* Returns the ending that honest play from `from` on reaches next after this one, as chance has it; `from` when there
 * is none. */
static uint32_t next_ending(const prom_game_tree *tree, uint32_t from, uint32_t at)
{
    while (at != from) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        if (parent->kind == PROM_GAME_CHANCE && at + 1 < parent->first_child + parent->child_count) {
            return first_ending(tree, at + 1);
        }
        at = tree->nodes[at].parent;
    }
    return from;
}

static double chance_between(const prom_game_tree *tree, uint32_t from, uint32_t ending)
{
    double chance = 1;
    for (uint32_t at = ending; at != from; at = tree->nodes[at].parent) {
        if (tree->nodes[tree->nodes[at].parent].kind == PROM_GAME_CHANCE) {
            chance *= tree->nodes[at].chance;
        }
    }
    return chance;
}

void prom_game_honest(const prom_game_tree *tree, uint32_t from, double expected[PROM_GAME_PLAYERS_MAX])
{
    const size_t players = tree->player_count;
    for (size_t player = 0; player < players; player++) {
        expected[player] = 0;
    }
    uint32_t at = first_ending(tree, from);
    do {
        const double chance = chance_between(tree, from, at);
        const double *values = &tree->values[tree->nodes[at].ending * players];
        for (size_t player = 0; player < players; player++) {
            expected[player] += chance * values[player];
        }
        at = next_ending(tree, from, at);
    } while (at != from);
}

static uint32_t likeliest(const prom_game_tree *tree, const prom_game_node *node)
{
    uint32_t best = node->first_child;
    for (uint32_t child = best + 1; child < node->first_child + node->child_count; child++) {
        if (tree->nodes[child].chance > tree->nodes[best].chance) {
            best = child;
        }
    }
    return best;
}

uint32_t prom_game_follow(const prom_game_tree *tree, uint32_t from, unsigned coalition,
                          const prom_game_choice *choices)
{
    uint32_t at = from;
    while (tree->nodes[at].kind != PROM_GAME_ENDING) {
        const prom_game_node *node = &tree->nodes[at];
        if (node->kind == PROM_GAME_CHANCE) {
            at = likeliest(tree, node);
        } else {
            const bool chosen = (coalition & PROM_GAME_PLAYER(node->player)) != 0;
            at = node->first_child + (chosen ? choices[at] : node->honest);
        }
    }
    return at;
}
