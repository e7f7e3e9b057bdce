/* What a watchtower is given of a contract: transactions that are signed completely, when each may be published, and
 * what its owner loses when that is late. docs/tower.md has the bytes. */
#ifndef TOWER_FILE_H
#define TOWER_FILE_H

#include "prometheus/channel/fees.h"
#include "prometheus/channel/message.h"
#include "prometheus/contract/evidence.h"
#include "prometheus/contract/tree.h"

/* Tx1, TxA, Tx5, Tx6: in this order, TxA with an appeal alone. */
#define PROM_TOWER_BRANCHES_MAX 4U
#define PROM_TOWER_TX_MAX 4000U /* bytes of one of them */
#define PROM_TOWER_PACKAGE_MAX ((size_t)1 << 30)
/* Bytes of a file without packages, at most. */
#define PROM_TOWER_HEAD_MAX 65536U

typedef struct prom_tower_branch {
    prom_branch_id id;
    uint32_t opens;  /* first tip, counted from the block that holds what is spent */
    uint32_t closes; /* from this tip on, counted likewise, another may take the output; PROM_TOWER_OPEN: nobody can */
    prom_lateness lateness;
    prom_amount at_risk;
    prom_amount fee; /* that it pays itself */
    prom_span tx;    /* serialised, with its witness */
    prom_outpoint spends;
    prom_bytes32 txid;
} prom_tower_branch;
#define PROM_TOWER_OPEN UINT32_MAX

/* To whom the evidence is brought. */
typedef struct prom_tower_arbiter {
    prom_bytes32 words;   /* its own-words key */
    prom_address address; /* of its node; of length 0: not known */
} prom_tower_arbiter;

/* All that an appeal is won with, or nothing of it. */
typedef struct prom_tower_appeal {
    bool there;
    prom_bytes32 client; /* C's own-words key, which names the channel */
    uint8_t quorum;      /* k */
    uint8_t arbiter_count;
    prom_tower_arbiter arbiters[PROM_ARBITERS_MAX];
    prom_bytes32 h_p;
    prom_evidence evidence; /* W's statements, the arbiters' receipts */
    prom_span packages[2];  /* round A; round B, empty without sampling */
} prom_tower_appeal;

typedef struct prom_tower_file {
    prom_bytes32 genesis;
    prom_bytes32 contract_id;
    uint32_t first_block; /* the lowest that can hold Tx0 */
    size_t branch_count;
    prom_tower_branch branches[PROM_TOWER_BRANCHES_MAX];
    prom_tower_appeal appeal;
} prom_tower_file;

/* Writes the bytes; of branches spends and txid are not looked at. */
PROM_MUST_USE prom_result prom_tower_file_write(prom_arena *arena, prom_span *bytes, const prom_tower_file *file,
                                                prom_error *error);
/* Reads exactly one; its spans point into `bytes`, its statements lie in the arena. PROM_CATEGORY_BAD_INPUT on anything
 * else, with the reason. That the transactions are signed, and of this contract, is not checked: what is not valid no
 * node takes. */
PROM_MUST_USE prom_result prom_tower_file_read(prom_arena *arena, prom_tower_file *file, prom_span bytes,
                                               prom_error *error);

#endif
