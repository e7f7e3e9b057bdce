/* P, as the chain holds it. */
#ifndef NODE_FIND_PARAMETERS_H
#define NODE_FIND_PARAMETERS_H

#include "chain/rpc.h"
#include "prometheus/contract/parameters.h"

/* Where a P was published. */
typedef struct prom_published {
    prom_bytes32 txid;
    uint32_t height; /* of its block */
} prom_published;

/* Reads the P that the transaction publishes, from its block in bitcoind's best chain. PROM_CATEGORY_BAD_INPUT when
 * that block has no such transaction, or it publishes no P that is valid on the network. */
PROM_MUST_USE prom_result prom_find_parameters(prom_rpc *rpc, const prom_curve *curve,
                                               const prom_chain_parameters *network, prom_parameters *P,
                                               const prom_published *published, prom_error *error);

#endif
