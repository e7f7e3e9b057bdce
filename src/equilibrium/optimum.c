#include "prometheus/equilibrium/tree.h"

#include <math.h>

/* What is to be as large, or as small, as the coalition can make it. */
struct aim {
    const prom_game_tree *tree;
    const double *weights; /* NULL: what the members get together */
    unsigned coalition;
    uint8_t members[PROM_GAME_PLAYERS_MAX];
    size_t member_count;
};

static double ending_value(const struct aim *aim, uint32_t ending)
{
    if (aim->weights != NULL) {
        return aim->weights[ending];
    }
    const double *values = &aim->tree->values[ending * aim->tree->player_count];
    double sum = 0;
    for (size_t i = 0; i < aim->member_count; i++) {
        sum += values[aim->members[i]];
    }
    return sum;
}

static bool is_member(const struct aim *aim, const prom_game_node *node)
{
    return (aim->coalition & PROM_GAME_PLAYER(node->player)) != 0;
}

/* Returns the ending that is reached from `at` by the first of the members' actions and of chances, and the honest ones
 * of others; and sets what is best of the nodes between to nothing yet. */
static inline uint32_t go_down(const struct aim *aim, bool least, uint32_t at, double *scratch)
{
    const prom_game_node *node = &aim->tree->nodes[at];
    while (node->kind != PROM_GAME_ENDING) {
        uint32_t child = node->first_child;
        if (node->kind == PROM_GAME_CHANCE) {
            scratch[at] = 0;
        } else if (is_member(aim, node)) {
            scratch[at] = least ? INFINITY : -INFINITY;
        } else {
            child += node->honest;
        }
        at = child;
        node = &aim->tree->nodes[at];
    }
    return at;
}

/* Returns the honest action if it is as good as the best, else the first that is: sums of chances differ in their last
 * digits. */
static prom_game_choice choose(const prom_game_node *node, double best, const double *scratch)
{
    const double *values = &scratch[node->first_child];
    prom_game_choice choice = node->honest;
    for (prom_game_choice next = 0; fabs(values[choice] - best) > PROM_GAME_TOLERANCE; next++) {
        choice = next;
    }
    return choice;
}

/* Brings the value of `at` to its parents, up to the first that has a child left to look at, and returns that child; or
 * returns 0 at the root. */
static inline uint32_t go_up(const struct aim *aim, bool least, uint32_t at, prom_game_choice *choices, double *scratch)
{
    while (at != 0) {
        const prom_game_node *node = &aim->tree->nodes[at];
        const prom_game_node *parent = &aim->tree->nodes[node->parent];
        const double value = scratch[at];
        double *best = &scratch[node->parent];
        const bool last = at + 1 == parent->first_child + parent->child_count;
        if (parent->kind == PROM_GAME_CHANCE) {
            *best += node->chance * value;
        } else if (is_member(aim, parent)) {
            *best = (least ? value < *best : value > *best) ? value : *best;
            if (last && choices != NULL) {
                choices[node->parent] = choose(parent, *best, scratch);
            }
        } else {
            *best = value;
            at = node->parent;
            continue;
        }
        if (!last) {
            return at + 1;
        }
        at = node->parent;
    }
    return 0;
}

/* Visits what the coalition can reach, and nothing else: of most trees that is little. Compiled twice, for the most and
 * for the least: this is what a sweep spends its time in. */
static inline double walk(const struct aim *aim, bool least, prom_game_choice *choices, double *scratch)
{
    uint32_t at = 0;
    do {
        at = go_down(aim, least, at, scratch);
        scratch[at] = ending_value(aim, aim->tree->nodes[at].ending);
        at = go_up(aim, least, at, choices, scratch);
    } while (at != 0);
    return scratch[0];
}

double prom_game_optimum(const prom_game_tree *tree, unsigned coalition, const double *weights, bool least,
                         prom_game_choice *choices, double *scratch)
{
    struct aim aim = {.tree = tree, .weights = weights, .coalition = coalition};
    for (uint8_t player = 0; player < tree->player_count; player++) {
        if ((coalition & PROM_GAME_PLAYER(player)) != 0) {
            aim.members[aim.member_count++] = player;
        }
    }
    for (size_t at = 0; choices != NULL && at < tree->node_count; at++) {
        choices[at] = tree->nodes[at].kind == PROM_GAME_DECISION ? tree->nodes[at].honest : 0;
    }
    return least ? walk(&aim, true, choices, scratch) : walk(&aim, false, choices, scratch);
}
