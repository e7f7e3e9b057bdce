#include "prometheus/equilibrium/tree.h"

#include <string.h>

/* Returns which child is the best for who decides: the honest one if it is as good as the best, else the first that is.
 * `values` are the children's, one `step` apart; `best` gets the best. */
static prom_game_choice best_for(const prom_game_node *node, const double *values, size_t step, double *best)
{
    *best = values[0];
    for (size_t i = 1; i < node->child_count; i++) {
        *best = values[i * step] > *best ? values[i * step] : *best;
    }
    prom_game_choice choice = node->honest;
    for (prom_game_choice next = 0; *best - values[choice * step] > PROM_GAME_TOLERANCE; next++) {
        choice = next;
    }
    return choice;
}

/* Writes what each player may expect at a chance, from what it may at its children. */
static void average(const prom_game_tree *tree, const prom_game_node *node, double *expected, const double *children)
{
    const size_t players = tree->player_count;
    for (size_t player = 0; player < players; player++) {
        expected[player] = 0;
    }
    for (size_t i = 0; i < node->child_count; i++) {
        for (size_t player = 0; player < players; player++) {
            expected[player] += tree->nodes[node->first_child + i].chance * children[i * players + player];
        }
    }
}

void prom_game_backward(const prom_game_tree *tree, unsigned players, prom_game_choice *choices,
                        double expected[PROM_GAME_PLAYERS_MAX], double *scratch)
{
    const size_t width = tree->player_count;
    for (size_t at = tree->node_count; at-- > 0;) {
        const prom_game_node *node = &tree->nodes[at];
        const double *children = &scratch[node->first_child * width];
        const double *from = NULL;
        double best = 0;
        choices[at] = node->kind == PROM_GAME_DECISION ? choices[at] : 0;
        switch (node->kind) {
        case PROM_GAME_ENDING:
            from = &tree->values[node->ending * width];
            break;
        case PROM_GAME_DECISION:
            if ((players & PROM_GAME_PLAYER(node->player)) != 0) {
                choices[at] = best_for(node, &children[node->player], width, &best);
            }
            from = &children[choices[at] * width];
            break;
        case PROM_GAME_CHANCE:
            average(tree, node, &scratch[at * width], children);
            continue;
        }
        memcpy(&scratch[at * width], from, width * sizeof *from);
    }
    memcpy(expected, scratch, width * sizeof *expected);
}

/* Returns whether the player knows where it is, and has broken the rules itself on the way: they tell it nothing. */
static bool is_free(const prom_game_tree *tree, const prom_game_sets *sets, uint32_t at)
{
    return sets != NULL && sets->next[at] == at && (sets->broken[at] & PROM_GAME_PLAYER(tree->nodes[at].player)) != 0;
}

/* Writes what each may expect from each node on when who has kept the rules keeps them. */
static void go_on(const prom_game_tree *tree, const prom_game_sets *sets, double *scratch)
{
    const size_t width = tree->player_count;
    for (size_t at = tree->node_count; at-- > 0;) {
        const prom_game_node *node = &tree->nodes[at];
        const double *children = &scratch[node->first_child * width];
        const double *from = &tree->values[node->ending * width]; /* of an ending; of others it is not looked at */
        if (node->kind == PROM_GAME_CHANCE) {
            average(tree, node, &scratch[at * width], children);
            continue;
        }
        if (node->kind == PROM_GAME_DECISION) {
            double best = 0;
            const bool is_own = is_free(tree, sets, (uint32_t)at);
            from = &children[width * (is_own ? best_for(node, &children[node->player], width, &best) : node->honest)];
        }
        memcpy(&scratch[at * width], from, width * sizeof *from);
    }
}

/* Puts a lapse among those that are listed, the largest gain first, of equal ones the first node; the last may fall
 * out. */
static void list(prom_game_lapse *lapses, size_t listed, size_t room, prom_game_lapse lapse)
{
    size_t place = listed < room ? listed : room;
    for (; place > 0; place--) {
        const prom_game_lapse *before = &lapses[place - 1];
        if (before->gain > lapse.gain || (before->gain == lapse.gain && before->node < lapse.node)) {
            break;
        }
        if (place < room) {
            lapses[place] = *before;
        }
    }
    if (place < room) {
        lapses[place] = lapse;
    }
}

/* Returns how likely a node is, from the beginning of its subgame on, when its player comes as near as it can and all
 * others keep the rules. */
static double reach(const prom_game_tree *tree, const prom_game_sets *sets, uint32_t node)
{
    double chance = 1;
    for (uint32_t at = node; at != sets->subgame[node]; at = tree->nodes[at].parent) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        if (parent->kind == PROM_GAME_CHANCE) {
            chance *= tree->nodes[at].chance;
        } else if (parent->player != tree->nodes[node].player && at != parent->first_child + parent->honest) {
            return 0;
        }
    }
    return chance;
}

/* Looks at the information set of which `at` is the first node. Returns whether there is a lapse. */
static bool find_set_lapse(prom_game_lapse *lapse, const prom_game_tree *tree, const prom_game_sets *sets, uint32_t at,
                           const double *scratch)
{
    const prom_game_node *node = &tree->nodes[at];
    double values[UINT8_MAX] = {0};
    double likeliest = 0;
    double best = 0;
    double all = 0;
    uint32_t member = at;
    do {
        const double chance = reach(tree, sets, member);
        if (member < at) {
            return false;
        }
        if (chance > likeliest || (chance > 0 && chance >= likeliest && member < lapse->node)) {
            likeliest = chance;
            lapse->node = member;
        }
        for (size_t i = 0; i < node->child_count; i++) {
            values[i] += chance * scratch[(tree->nodes[member].first_child + i) * tree->player_count + node->player];
        }
        all += chance;
        member = sets->next[member];
    } while (member != at);
    for (size_t i = 0; i < node->child_count && all > 0; i++) {
        values[i] /= all;
    }
    lapse->better = best_for(node, values, 1, &best);
    lapse->gain = best - values[node->honest];
    return all > 0 && lapse->better != node->honest;
}

static bool find_lapse(prom_game_lapse *lapse, const prom_game_tree *tree, const prom_game_sets *sets, uint32_t at,
                       const double *scratch)
{
    const prom_game_node *node = &tree->nodes[at];
    const size_t width = tree->player_count;
    const double *values = &scratch[node->first_child * width + node->player];
    double best = 0;
    *lapse = (prom_game_lapse){.node = at};
    if (sets != NULL && sets->next[at] != at) {
        return find_set_lapse(lapse, tree, sets, at, scratch);
    }
    lapse->better = best_for(node, values, width, &best);
    lapse->gain = best - values[node->honest * width];
    return lapse->better != node->honest && !is_free(tree, sets, at);
}

size_t prom_game_lapses(const prom_game_tree *tree, const prom_game_sets *sets, prom_game_lapse *lapses, size_t room,
                        double *scratch)
{
    size_t count = 0;
    go_on(tree, sets, scratch);
    for (uint32_t at = 0; at < tree->node_count; at++) {
        prom_game_lapse lapse;
        if (tree->nodes[at].kind == PROM_GAME_DECISION && find_lapse(&lapse, tree, sets, at, scratch)) {
            list(lapses, count, room, lapse);
            count++;
        }
    }
    return count;
}
