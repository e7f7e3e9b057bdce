/* Groups that act as one, and passes over a tree in which they do. */
#include <math.h>

#include "game/solution_parts.h"

unsigned prom_game_group_players(size_t index, uint32_t m)
{
    const unsigned parties = (unsigned)index & 7U;
    const unsigned fund = (index & 8U) != 0 ? PROM_GAME_PLAYER(PROM_GAME_F) : 0;
    return parties | fund | (m > 0 ? PROM_GAME_PLAYER(PROM_GAME_A) : 0);
}

size_t prom_game_group_count(const prom_game_question *question)
{
    return question->fund_is_nobodys ? PROM_GAME_GROUPS / 2 : PROM_GAME_GROUPS;
}

unsigned prom_game_group_size(const prom_game_group *group)
{
    unsigned size = group->m;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        size += player != PROM_GAME_A && (group->players & PROM_GAME_PLAYER(player)) != 0;
    }
    return size;
}

double prom_game_sat(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? (double)sat : 0; /* amount: a utility is no payment */
}

double prom_game_tolerance(const prom_game *game)
{
    const double *of = game->symbols;
    const double arbiters = game->question->P.n * (of[PROM_QUANTITY_A] + of[PROM_QUANTITY_RHO]);
    const double stakes = of[PROM_QUANTITY_C] + of[PROM_QUANTITY_W] + of[PROM_QUANTITY_V] + arbiters;
    return fmax(PROM_GAME_TOLERANCE, ldexp(stakes + of[PROM_SYMBOL_BENEFIT] + of[PROM_SYMBOL_Z], -47));
}

double prom_game_retainer(const prom_game_question *question)
{
    return question->rules == PROM_GAME_RULES_PAPER ? 0 : prom_game_sat(question->retainer);
}

void prom_game_mark(const prom_game_tree *tree, uint32_t from, unsigned coalition, bool *reached)
{
    for (size_t at = 0; at < tree->node_count; at++) {
        reached[at] = at == from;
    }
    for (size_t at = from; at < tree->node_count; at++) {
        const prom_game_node *node = &tree->nodes[at];
        if (!reached[at] || node->kind == PROM_GAME_ENDING) {
            continue;
        }
        const bool chosen = node->kind == PROM_GAME_DECISION && (coalition & PROM_GAME_PLAYER(node->player)) != 0;
        for (uint32_t i = 0; i < node->child_count; i++) {
            const uint32_t child = node->first_child + i;
            reached[child] =
                node->kind == PROM_GAME_CHANCE ? tree->nodes[child].chance > 0 : chosen || i == node->honest;
        }
    }
}

void prom_game_expect(const prom_game_tree *tree, uint32_t from, unsigned coalition, const prom_game_choice *choices,
                      double *chances, double expected[PROM_GAME_PLAYERS_MAX])
{
    for (size_t player = 0; player < tree->player_count; player++) {
        expected[player] = 0;
    }
    for (size_t at = 0; at < tree->node_count; at++) {
        chances[at] = at == from;
    }
    for (size_t at = from; at < tree->node_count; at++) {
        const prom_game_node *node = &tree->nodes[at];
        if (!(chances[at] > 0)) {
            continue;
        }
        if (node->kind == PROM_GAME_ENDING) {
            for (size_t player = 0; player < tree->player_count; player++) {
                expected[player] += chances[at] * tree->values[node->ending * tree->player_count + player];
            }
        } else if (node->kind == PROM_GAME_CHANCE) {
            for (uint32_t child = node->first_child; child < node->first_child + node->child_count; child++) {
                chances[child] = chances[at] * tree->nodes[child].chance;
            }
        } else {
            const bool chosen = (coalition & PROM_GAME_PLAYER(node->player)) != 0;
            chances[node->first_child + (chosen ? choices[at] : node->honest)] = chances[at];
        }
    }
}

uint32_t prom_game_receipted(const prom_game *game, uint32_t node)
{
    const prom_game_node *at = &game->tree.nodes[node];
    const bool asked = at->kind == PROM_GAME_DECISION && at->player == PROM_GAME_A && at->parent == game->delivery;
    return asked ? at->first_child + at->honest : node;
}

unsigned prom_game_breaches(const prom_game_tree *tree, uint32_t node)
{
    unsigned count = 0;
    for (uint32_t at = node; at != 0; at = tree->nodes[at].parent) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        count += parent->kind == PROM_GAME_DECISION && at != parent->first_child + parent->honest;
    }
    return count;
}

bool prom_game_find_breach(const prom_game_tree *tree, uint32_t node, uint32_t *decision)
{
    for (uint32_t at = node; at != 0; at = tree->nodes[at].parent) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        if (parent->kind == PROM_GAME_DECISION && at != parent->first_child + parent->honest) {
            *decision = tree->nodes[at].parent;
            return true;
        }
    }
    return false;
}

void prom_game_sure_facts(const prom_game *game, unsigned *sure)
{
    const prom_game_tree *tree = &game->tree;
    for (size_t at = tree->node_count; at-- > 0;) {
        const prom_game_node *node = &tree->nodes[at];
        sure[at] = node->kind == PROM_GAME_ENDING ? game->outcomes[node->ending].facts : ~0U;
        for (uint32_t i = 0; i < node->child_count; i++) {
            sure[at] &= sure[node->first_child + i];
        }
    }
}

uint8_t prom_game_child_with(const unsigned *sure, const prom_game_node *node, unsigned fact)
{
    uint8_t found = node->child_count;
    uint8_t count = 0;
    for (uint8_t i = 0; i < node->child_count; i++) {
        const bool has = (sure[node->first_child + i] & fact) != 0;
        found = has ? i : found;
        count += has;
    }
    return count == 1 ? found : node->child_count;
}

double prom_game_value_at(const prom_game *game, uint32_t node, prom_game_player player)
{
    const prom_game_tree *tree = &game->tree;
    return tree->values[tree->nodes[node].ending * tree->player_count + player];
}

double prom_game_money_at(const prom_game *game, uint32_t node, prom_game_player player)
{
    const prom_game_tree *tree = &game->tree;
    return game->money[tree->nodes[node].ending * tree->player_count + player];
}

const prom_game_outcome *prom_game_outcome_at(const prom_game *game, uint32_t node)
{
    return &game->outcomes[game->tree.nodes[node].ending];
}

double prom_game_group_value_at(const prom_game *game, uint32_t node, unsigned coalition)
{
    double sum = 0;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        sum += (coalition & PROM_GAME_PLAYER(player)) != 0 ? prom_game_value_at(game, node, player) : 0;
    }
    return sum;
}
