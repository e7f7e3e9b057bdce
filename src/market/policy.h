/* What the owner of a worker or of a verifier takes, and for how much: from an ask to a quote. */
#ifndef MARKET_POLICY_H
#define MARKET_POLICY_H

#include "market/caps.h"
#include "wire/quote.h"

/* Keys or txids; none: whatever the list is for does not restrict anything. */
typedef struct prom_key_list {
    const prom_bytes32 *keys;
    size_t count;
} prom_key_list;

typedef struct prom_policy {
    bool on; /* the role is taken at all */
    prom_rates rates;
    uint32_t contracts_max; /* open at once in this role */
    uint32_t quote_blocks;  /* that a quote is good for */
    prom_key_list accepted; /* txids of P; none: any */
    prom_key_list allowed;  /* node keys; none: everybody */
    prom_key_list denied;   /* node keys, whatever else is allowed */
    prom_terms_limits limits;
    prom_amount peer_max; /* that is staked in open contracts with one client; 0: no cap */
    prom_machine machine; /* as measured */
} prom_policy;

/* What the node knows as it answers. */
typedef struct prom_policy_view {
    prom_bytes32 genesis;
    prom_span signet_challenge;
    const prom_curve *curve;
    const prom_parameters *P; /* that the ask names, as our chain has it deep enough; NULL: it has not */
    prom_bytes32 node;        /* our key */
    const prom_bytes32 *peer; /* key of who asks */
    uint32_t tip;
    uint32_t open;        /* contracts in this role */
    prom_role role;       /* worker or verifier */
    prom_amount staked;   /* in open contracts with the peer */
    uint32_t work_ahead;  /* jobs that are to be done before */
    uint64_t disk;        /* bytes that a contract may bring */
    uint32_t begins;      /* height from which on we could begin */
    uint32_t feerate;     /* sat/vB that terms would have now */
    uint32_t coins;       /* that we would bring */
    prom_amount funds;    /* that are free */
    prom_amount fee_coin; /* that we would keep beside */
} prom_policy_view;

/* Returns whether a key is in the list. */
PROM_MUST_USE bool prom_key_listed(const prom_key_list *list, const prom_bytes32 *key);

/* Adds what the owner has against a peer and a P: PROM_REASON_ROLE, _PEER_DENIED, _P_UNKNOWN, _P_REFUSED, _BUSY,
 * _CAP_PEER. */
void prom_policy_judge(prom_reasons *reasons, const prom_policy *policy, const prom_bytes32 *p_txid,
                       const prom_policy_view *view);

/* Makes the answer to an ask, all but its signature (prom_quote_hash): a price, or all reasons why not. How much of our
 * coins is free no stranger is told: that number is 0 in the reason. */
void prom_policy_answer(prom_quote *quote, const prom_policy *policy, const prom_ask *ask,
                        const prom_policy_view *view);

#endif
