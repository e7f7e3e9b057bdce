#include "advice/actions.h"

#include <string.h>

bool prom_action_is_about_transaction(const prom_game_node *node)
{
    return strncmp(node->object, "Tx", 2) == 0;
}

bool prom_action_is_move(const prom_game_node *node)
{
    return prom_action_is_about_transaction(node) || strcmp(node->object, "h_p") == 0;
}

/* Which child of a decision whether to make a move makes it: the first, but where to do nothing is what the rules say
 * wherever the question comes up. */
static uint32_t move_made(const prom_game_tree *tree, uint32_t decision)
{
    static const struct {
        prom_game_player player;
        const char *object;
    } second[] = {
        {PROM_GAME_V, "h_p"}, /* which it gives the client, though it accuses */
        {PROM_GAME_A, "TxA"}, /* of the paper: that it voids by spending its stake */
    };
    const prom_game_node *node = &tree->nodes[decision];
    const char *object = tree->nodes[node->first_child].object;
    uint32_t made = node->first_child;
    for (size_t i = 0; i < sizeof second / sizeof *second; i++) {
        const bool found = node->player == second[i].player && strcmp(object, second[i].object) == 0;
        made = found ? node->first_child + 1 : made;
    }
    return made;
}

/* A decision whether to make a move has two children, both about it. What the worker shows to the arbiters is none: it
 * hides it, and says so. */
static bool is_about_a_move(const prom_game_tree *tree, uint32_t decision)
{
    const prom_game_node *node = &tree->nodes[decision];
    const prom_game_node *child = &tree->nodes[node->first_child];
    const bool two = node->kind == PROM_GAME_DECISION && node->child_count == 2;
    return two && prom_action_is_move(child) && strcmp(child[0].object, child[1].object) == 0 &&
           (node->player != PROM_GAME_W || prom_action_is_about_transaction(child));
}

bool prom_action_is_silence(const prom_game_tree *tree, uint32_t node)
{
    const uint32_t decision = tree->nodes[node].parent;
    return node != 0 && is_about_a_move(tree, decision) && node != move_made(tree, decision);
}

bool prom_action_is_by_rules(const prom_game_tree *tree, uint32_t node)
{
    const prom_game_node *parent = &tree->nodes[tree->nodes[node].parent];
    return parent->kind != PROM_GAME_DECISION || node == parent->first_child + parent->honest;
}

prom_client_result prom_client_result_of(unsigned facts)
{
    const unsigned opened = PROM_GAME_SHOWN | PROM_GAME_DELIVERED;
    return (facts & PROM_GAME_RESULT) != 0 ? PROM_RESULT_RIGHT
           : (facts & opened) == opened    ? PROM_RESULT_WRONG
                                           : PROM_RESULT_NONE;
}
