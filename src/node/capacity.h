/* What a node can take on now: nothing of it is kept or counted along, all follows from its channels, its coins, its
 * limits and the chain at the moment of asking. */
#ifndef NODE_CAPACITY_H
#define NODE_CAPACITY_H

#include "node/node.h"

typedef struct prom_node_capacity {
    uint32_t tip;        /* best */
    uint32_t open;       /* contracts in the role, setups counted in */
    uint32_t room;       /* that could be begun beside them; 0 while the node is not ready */
    uint32_t begins;     /* height from which on one could be begun: the tip, or where there is no room when one that is
                            open is over, in its usual course */
    uint32_t work_ahead; /* jobs that a thread may have to do before one that begins now */
    uint64_t disk;       /* bytes that one that begins now may bring */
    uint32_t feerate;    /* sat/vB that terms would have now: what the next blocks ask for, 1 at least */
} prom_node_capacity;

/* Computes what the node can take on in that role, worker or verifier, of the node `client`; NULL: of anybody. Setups
 * that would give way to a customer are not open, and take no room. */
void prom_node_capacity_of(const prom_node *node, const prom_bytes32 *client, prom_role role,
                           prom_node_capacity *capacity);

/* Returns what this node has staked, as worker and as verifier, in open contracts that the node `client` has made,
 * setups counted in. */
prom_amount prom_node_staked_with(const prom_node *node, const prom_bytes32 *client);

/* What coins a contract would take. */
typedef struct prom_node_purse {
    prom_amount funds;    /* that it could be begun with, the coin for fees counted in; 0: the coins do not suffice */
    prom_amount fee_coin; /* of it, what the coin that is kept for fees must hold; 0 where no contract has such terms */
    uint32_t coins;       /* of the deposit */
} prom_node_purse;

/* Computes what coins a contract of such terms would take as it would be begun: of the terms network, P, c, retainer
 * and feerate are read. */
void prom_node_purse_for(const prom_node *node, prom_role role, const prom_terms *terms, prom_node_purse *purse);

/* Returns P as our chain has it, so deep that contracts can be made with it from now on; NULL: it has not. It lives
 * until the next block. */
const prom_parameters *prom_node_known_p(const prom_node *node, const prom_bytes32 *txid);

#endif
