/* Customers: clients whose contract with us, as a worker or verifier, is in a block; and what gives way to theirs. */
#ifndef NODE_CUSTOMERS_H
#define NODE_CUSTOMERS_H

#include "node/beginning.h"

/* Returns whether the node of that key is one; NULL is none. */
bool prom_node_is_customer(const prom_node *node, const prom_bytes32 *peer);

/* Setups of strangers, as a worker or verifier, in which we have given no part. */
typedef struct prom_node_way {
    size_t in_all;
    size_t in_role;
    uint64_t bytes; /* that those in the role may bring to the disk */
} prom_node_way;

/* Counts those that would give way to a contract of that node's, in all and in the role: none, where it is no customer.
 */
prom_node_way prom_node_way_for(const prom_node *node, const prom_bytes32 *peer, prom_role role);

/* Ends and closes the first of them, of that role where there is one. Returns whether there was one, and it is gone. */
bool prom_node_make_way(prom_node *node, prom_role role);

#endif
