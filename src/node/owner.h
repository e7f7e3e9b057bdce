/* What a node's owner sees of it and tells it, while it runs. */
#ifndef NODE_OWNER_H
#define NODE_OWNER_H

#include "net/net.h"
#include "node/room.h"

/* As prom_node_turn, and awake as soon as `descriptor` can be read; -1: none. */
void prom_node_turn_with(prom_node *node, int descriptor);

/* Takes another policy for what comes: limits, times, rewards, and what is wanted of each role. Genesis, address and
 * announcement stay. */
void prom_node_set_policy(prom_node *node, const prom_channel_config *policy,
                          const prom_node_policy policies[PROM_ROLES], uint32_t channels_max, uint64_t disk_max);

/* Writes the names of these roles, with a space between them. */
#define PROM_ROLES_TEXT 64
const char *prom_roles_text(char text[PROM_ROLES_TEXT], unsigned roles);

/* How the node is. */
typedef struct prom_node_told {
    prom_bytes32 key; /* its identity */
    const prom_chain_parameters *network;
    unsigned roles; /* of PROM_ROLE_BIT */
    uint32_t tip;
    uint32_t own_tip;
    bool ready;         /* contracts can begin */
    prom_error waiting; /* for what, where it is not ready */
    bool chain_foreign; /* bitcoind is on another network */
    prom_error chain;   /* what is to be said of bitcoind */
    bool disk_short;
    uint64_t disk_max;               /* bytes that bodies may have; 0: no limit */
    uint64_t disk_free;              /* that the disk has */
    uint64_t body_bytes;             /* that bodies have */
    prom_node_room room[PROM_ROLES]; /* what contracts may have, and what is left */
    size_t channels;                 /* open ones */
    uint32_t channels_max;
    size_t links;
    size_t link_bytes;        /* that wait in their buffers */
    prom_net_traffic traffic; /* of all links since the start */
} prom_node_told;
void prom_node_tell(const prom_node *node, prom_node_told *told);

/* Returns whether contracts can begin; where not, `why` says what they wait for: the chain, the disk, the backup. */
bool prom_node_may_begin(const prom_node *node, prom_error *why);

/* Finds the contract id of an open channel. Returns false when it has none yet, or is none. */
PROM_MUST_USE bool prom_node_contract_id(prom_node *node, prom_bytes32 *id, uint64_t channel);

/* Somebody whom an open channel talks to. */
typedef struct prom_node_peer {
    uint64_t channel;
    prom_bytes32 key;            /* own-words key; before it is known, the node's */
    const prom_address *address; /* NULL: nothing says where */
    bool linked;                 /* it was heard on a link that is up, or was when it was heard last */
    prom_net_traffic traffic;    /* of the links to its node that are up */
} prom_node_peer;
void prom_node_peer_each(const prom_node *node, void (*visit)(void *context, const prom_node_peer *peer),
                         void *context);

#endif
