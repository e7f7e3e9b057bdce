/* Gets a transaction of a contract into the next blocks: compares what its owner wants with what the mempool has, hands
 * over what lacks, and pays by a child on the anchor what the parent's own fee does not. To be called at every block,
 * and whenever the mempool may have lost it: it does nothing where nothing is to do. Nothing that bitcoind says or does
 * not say is an error: then the next look may find it otherwise.
 *
 * The rules are those of Bitcoin Core 31: a mempool holds one child for each parent of version 3, on whatever output
 * (BIP 431), and a second one replaces it; what replaces pays all that leaves and for its own relay (BIP 125); a parent
 * and its child are judged together where the parent alone is not worth its place, also against what spends the
 * parent's inputs. */
#ifndef CHAIN_BROADCAST_H
#define CHAIN_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain/rpc.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/channel/fees.h"
#include "prometheus/contract/bump.h"

/* What bitcoind asks for now. */
typedef struct prom_fee_climate {
    uint32_t relay;       /* see prom_feerates */
    uint32_t incremental; /* the same */
    prom_fee_estimates estimates;
} prom_fee_climate;

/* In so many blocks are what the estimates name: soon, and in time. */
#define PROM_ESTIMATE_SOON 2
#define PROM_ESTIMATE_IN_TIME 36

/* Asks for it. Fails as prom_chain_get_feerates does. */
PROM_MUST_USE prom_result prom_fee_climate_get(prom_rpc *rpc, prom_fee_climate *climate, prom_error *error);

/* What pays for a child: reserved for one contract. */
typedef struct prom_bump_coin {
    prom_outpoint outpoint; /* P2TR */
    prom_amount value;
    prom_bytes32 change; /* output key that gets what is left */
} prom_bump_coin;

/* Makes the child: calls prom_bump_child with the key of `bump->coin`. */
typedef struct prom_child_signer {
    void *context;
    prom_result (*make)(void *context, prom_arena *arena, prom_tx **child, const prom_bump *bump, prom_error *error);
} prom_child_signer;

/* A transaction that is wanted in a block. */
typedef struct prom_broadcast_want {
    prom_span tx;               /* complete */
    prom_amount fee;            /* that it pays itself */
    prom_fee_obligation due;    /* its vsize is not looked at: the transaction and PROM_BUMP_VSIZE are measured */
    const prom_bump_coin *coin; /* NULL: it goes without a child */
} prom_broadcast_want;

typedef enum prom_broadcast_state {
    PROM_BROADCAST_UNKNOWN, /* bitcoind did not answer */
    PROM_BROADCAST_MINED,   /* it is in a block already */
    PROM_BROADCAST_WAITS,   /* the mempool had it, at the feerate wanted or a higher one */
    PROM_BROADCAST_SENT,    /* the mempool has taken it, or a child for it, just now */
    PROM_BROADCAST_CHEAP,   /* the mempool has it at less than is wanted, and more cannot be paid */
    PROM_BROADCAST_REFUSED, /* the mempool does not take it: it is too early, or what it spends is spent or not there
                               yet, or others pay more than it is worth */
} prom_broadcast_state;

typedef struct prom_broadcast_report {
    prom_broadcast_state state;
    uint32_t wanted;       /* feerate, in sat for 1000 vB */
    uint32_t pays;         /* the transaction, with its child where that pays more; 0 where the mempool has it not */
    bool has_child;        /* one of ours was sent just now */
    prom_bytes32 child;    /* its txid: output 0 is the change */
    prom_amount child_fee; /* that it pays */
    prom_error told;       /* why, where the state does not say it all; else empty */
} prom_broadcast_report;

/* Does what is to be done at this tip. Never pays more by a child than prom_fee_limit. */
void prom_broadcast(prom_rpc *rpc, prom_broadcast_report *report, const prom_broadcast_want *want, int64_t tip,
                    const prom_fee_climate *climate, const prom_child_signer *signer);

#endif
