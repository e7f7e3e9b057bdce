/* A watchtower at work: follows bitcoind, and publishes what is due. */
#ifndef TOWER_RUN_H
#define TOWER_RUN_H

#include <signal.h>

#include "chain/broadcast.h"
#include "tower/watch.h"

#define PROM_TOWER_CONTRACTS_MAX 256U

typedef enum prom_tower_report_kind {
    PROM_TOWER_REPORT_CHAIN,  /* bitcoind can be relied on, or not: `text` */
    PROM_TOWER_REPORT_STATE,  /* a contract stands elsewhere than before */
    PROM_TOWER_REPORT_BRANCH, /* a transaction is due, and this came of it */
    PROM_TOWER_REPORT_COINS,  /* coins for fees: `text` */
    PROM_TOWER_REPORT_LINKS,  /* links to arbiters: `text` */
    PROM_TOWER_REPORT_HELD,   /* an appeal is held back: too few arbiters are reached */
    PROM_TOWER_REPORT_SHOWN,  /* an arbiter has acknowledged all that an appeal is won with */
    PROM_TOWER_REPORT_OVER,   /* all contracts are settled for good */
} prom_tower_report_kind;

typedef struct prom_tower_report {
    prom_tower_report_kind kind;
    const prom_tower_contract *contract; /* state, branch */
    prom_tower_state state;
    uint32_t height; /* state: of the block in which it began; branch, held: of the tip */
    size_t reached;  /* held: arbiters with a link, of `needed` */
    size_t needed;
    size_t arbiter; /* shown: its number, from 1 */
    const prom_tower_branch *branch;
    const prom_broadcast_report *broadcast;
    const char *text;
} prom_tower_report;

typedef struct prom_tower_options {
    prom_tower_contract *contracts; /* of one network */
    size_t count;                   /* 1 to PROM_TOWER_CONTRACTS_MAX */
    const prom_chain_parameters *network;
    const char *url;
    const char *cookie_file;
    const prom_curve *curve;
    const prom_key *key;               /* of coins for fees; NULL: none */
    prom_amount fee_max;               /* the most that is paid for one transaction, whatever a file says */
    int64_t poll_milliseconds;         /* from one look at bitcoind to the next */
    const volatile sig_atomic_t *stop; /* ends it where this is not 0 */
    void *context;
    void (*report)(void *context, const prom_tower_report *report);
} prom_tower_options;

/* Returns the name of a branch, "Tx1". */
const char *prom_tower_branch_name(const prom_tower_branch *branch);

/* Works until it is stopped, or all contracts are settled for good. bitcoind may come and go meanwhile.
 * PROM_CATEGORY_BAD_INPUT when it is on another chain at the beginning; else the failures of prom_rpc_new and
 * prom_watcher_new. */
PROM_MUST_USE prom_result prom_tower_run(const prom_tower_options *options, prom_error *error);

#endif
