/* What the actions and endings of a game mean. */
#ifndef ADVICE_ACTIONS_H
#define ADVICE_ACTIONS_H

#include <stdbool.h>

#include "prometheus/game/settlement.h"

/* Returns whether the action that leads to a node is about a transaction or h_p: the protocol's own moves, by which
 * who acts learns nothing new. */
bool prom_action_is_move(const prom_game_node *node);

/* Returns whether it is about a transaction. */
bool prom_action_is_about_transaction(const prom_game_node *node);

/* Returns whether what leads to a node is such a move, and is not made: "does not sign". That is seen by where it
 * stands among its parent's children, not by how it is called. */
bool prom_action_is_silence(const prom_game_tree *tree, uint32_t node);

/* Returns whether the rules prescribe it, or chance brings it. */
bool prom_action_is_by_rules(const prom_game_tree *tree, uint32_t node);

/* What the client has in the end. */
typedef enum prom_client_result {
    PROM_RESULT_NONE,
    PROM_RESULT_WRONG,
    PROM_RESULT_RIGHT,
} prom_client_result;

/* Returns it from the facts of an ending. */
prom_client_result prom_client_result_of(unsigned facts);

#endif
