/* What nodes ask of their hub, and the hub of its nodes. */
#ifndef NODE_HUB_H
#define NODE_HUB_H

#include "node/node.h"

PROM_MUST_USE prom_result prom_hub_post_to(prom_hub *hub, const prom_node *node, const prom_event *event,
                                           prom_error *error);
/* A message to whoever has the contract key `to`; nobody: it is lost, as on any network. */
PROM_MUST_USE prom_result prom_hub_send(prom_hub *hub, const prom_node *from, const prom_bytes32 *to,
                                        const prom_message *message, prom_error *error);

/* One step of the node's channel, and its actions. Fails only for reasons of our own. */
PROM_MUST_USE prom_result prom_node_take(prom_node *node, const prom_event *event, prom_error *error);

#endif
