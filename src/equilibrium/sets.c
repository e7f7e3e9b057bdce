/* What cannot be told apart, where subgames begin, and who has broken the rules by then. */
#include "prometheus/equilibrium/tree.h"

#define NO_NODE UINT32_MAX

/* Puts the decisions with the same number in rings, by a table of [mask + 1] that finds the first of each. */
static void link_rings(uint32_t *next, uint32_t *table, uint32_t mask, const prom_game_tree *tree)
{
    for (uint32_t slot = 0; slot <= mask; slot++) {
        table[slot] = NO_NODE;
    }
    for (uint32_t at = 0; at < tree->node_count; at++) {
        next[at] = at;
        if (tree->nodes[at].kind != PROM_GAME_DECISION) {
            continue;
        }
        const uint32_t number = tree->nodes[at].information;
        uint32_t slot = number & mask;
        while (table[slot] != NO_NODE && tree->nodes[table[slot]].information != number) {
            slot = (slot + 1) & mask;
        }
        if (table[slot] == NO_NODE) {
            table[slot] = at;
        } else {
            next[at] = next[table[slot]];
            next[table[slot]] = at;
        }
    }
}

static uint32_t common_ancestor(const prom_game_tree *tree, uint32_t a, uint32_t b)
{
    while (a != b) { /* who stands further behind is no ancestor of the other */
        *(a > b ? &a : &b) = tree->nodes[a > b ? a : b].parent;
    }
    return a;
}

/* Marks the nodes below which there is a part of the ring, and not all of it. */
static void mark_cuts(bool *cut, const uint32_t *next, const prom_game_tree *tree, uint32_t first)
{
    uint32_t above = first;
    for (uint32_t at = next[first]; at != first; at = next[at]) {
        above = common_ancestor(tree, above, at);
    }
    uint32_t member = first;
    do {
        for (uint32_t at = member; at != above; at = tree->nodes[at].parent) {
            cut[at] = true;
        }
        member = next[member];
    } while (member != first);
}

prom_result prom_game_find_sets(prom_arena *arena, prom_game_sets *sets, const prom_game_tree *tree, prom_error *error)
{
    uint32_t *next = NULL;
    uint32_t *subgame = NULL;
    uint32_t *table = NULL;
    uint8_t *broken = NULL;
    bool *cut = NULL;
    size_t room = 2;
    while (room < 2 * tree->node_count) {
        room *= 2;
    }
    PROM_TRY_NEW(next, arena, tree->node_count, error);
    PROM_TRY_NEW(subgame, arena, tree->node_count, error);
    PROM_TRY_NEW(broken, arena, tree->node_count, error);
    PROM_TRY_NEW(cut, arena, tree->node_count, error);
    PROM_TRY_NEW(table, arena, room, error);
    link_rings(next, table, (uint32_t)room - 1, tree);
    for (uint32_t slot = 0; slot < room; slot++) {
        if (table[slot] != NO_NODE) {
            mark_cuts(cut, next, tree, table[slot]);
        }
    }
    for (uint32_t at = 0; at < tree->node_count; at++) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        const bool breaks = at > 0 && parent->kind == PROM_GAME_DECISION && at != parent->first_child + parent->honest;
        subgame[at] = at > 0 && cut[at] ? subgame[tree->nodes[at].parent] : at;
        broken[at] = (uint8_t)(broken[tree->nodes[at].parent] | (breaks ? PROM_GAME_PLAYER(parent->player) : 0U));
    }
    *sets = (prom_game_sets){next, subgame, broken};
    return prom_ok();
}
