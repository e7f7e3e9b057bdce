/* Nodes of one process: brings them messages and blocks as events. For now the parties of one contract live in one
 * process; they share nothing but the messages that go through the hub. */
#ifndef NODE_HUB_H
#define NODE_HUB_H

#include "node/node.h"

#define PROM_NODES_MAX (PROM_PARTIES + PROM_ARBITERS_MAX)

struct prom_queued {
    size_t node;
    prom_event event;
    uint8_t *owned; /* the bytes that the event points to */
};

/* The nodes, and the events on their way. */
typedef struct prom_hub {
    prom_rpc *rpc;
    prom_observer observer;
    prom_node *nodes[PROM_NODES_MAX];
    size_t node_count;
    struct prom_queued *queue;
    size_t queue_first;
    size_t queue_end;
    size_t queue_room;
    uint32_t height; /* of the last block that the nodes have seen */
    uint32_t best;   /* of the tip when bitcoind was last asked */
    prom_bytes32 tip;
    bool in_step;           /* bitcoind was, when it was last asked */
    bool connected;         /* bitcoind had peers when it was last asked */
    double connected_since; /* of prom_clock_seconds */
} prom_hub;

/* Makes an empty hub whose nodes have seen all blocks up to the best one. */
PROM_MUST_USE prom_result prom_hub_init(prom_hub *hub, prom_rpc *rpc, prom_observer observer, prom_error *error);
void prom_hub_free(prom_hub *hub);
/* The hub is the node's surroundings from now on. The node must outlive the hub, which stays where it is. */
PROM_MUST_USE prom_result prom_hub_add(prom_hub *hub, prom_node *node, prom_error *error);

/* Queues an event for a node; what it points to is copied. */
PROM_MUST_USE prom_result prom_hub_post(prom_hub *hub, size_t node, const prom_event *event, prom_error *error);

/* Takes all queued events, and the new blocks of the chain, until nothing is left. `idle` is true when nothing at all
 * happened: only new blocks, or time, can change that. */
PROM_MUST_USE prom_result prom_hub_run(prom_hub *hub, bool *idle, prom_error *error);

/* Whether every node has closed. */
bool prom_hub_all_closed(const prom_hub *hub);

#endif
