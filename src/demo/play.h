/* Plays a story: a process for each party, blocks when the parties are quiet, and what the chain says in the end. */
#ifndef DEMO_PLAY_H
#define DEMO_PLAY_H

#include "demo/show.h"
#include "demo/story.h"
#include "system/process.h"

/* A transaction of the contract in the chain. */
typedef struct prom_demo_tx {
    char name[PROM_TREE_NAME]; /* as a party said that published it, or saw it in a block */
    prom_bytes32 txid;
    const prom_tx *tx;
    uint32_t height;
    size_t vsize;
} prom_demo_tx;
#define PROM_DEMO_TXS_MAX 8

/* A txid that a party has told, and the name it has. */
typedef struct prom_demo_name {
    prom_bytes32 txid;
    char name[PROM_TREE_NAME];
} prom_demo_name;
#define PROM_DEMO_NAMES_MAX 64

typedef struct prom_demo_play {
    prom_demo_cast *cast;
    prom_demo_show *show;
    const prom_demo_story *story;
    prom_process processes[PROM_DEMO_PARTIES];
    uint32_t killed;                     /* bits */
    int busy[PROM_DEMO_PARTIES];         /* long jobs that a party does */
    uint32_t tips[PROM_DEMO_PARTIES];    /* the height up to which it has processed blocks */
    unsigned waiting[PROM_DEMO_PARTIES]; /* whom it waits for, as bits */
    long log_at[PROM_DEMO_PARTIES];
    prom_demo_name names[PROM_DEMO_NAMES_MAX];
    size_t name_count;
    uint32_t height;                     /* of the last block that was looked at */
    prom_demo_tx txs[PROM_DEMO_TXS_MAX]; /* of the contract, in the order of the chain */
    size_t tx_count;
    bool has_tower;
    prom_process tower; /* the worker's watchtower */
    unsigned scheme;    /* of what settled it; 0: nothing yet */
    bool reorganised;
    char alarm[512]; /* the last thing that a party told its owner */
} prom_demo_play;

/* Starts the parties and plays to the end: settled, and deep enough that nobody does anything more.
 * PROM_CATEGORY_PEER, with what the parties said, when it ends otherwise than the story does. */
PROM_MUST_USE prom_result prom_demo_play_story(prom_demo_play *play, prom_error *error);

/* Ends all parties' processes. */
void prom_demo_play_end(prom_demo_play *play);

/* Returns whether a transaction is the contract's next one: each hangs on the one before, by its first output (txs.c).
 */
bool prom_demo_goes_on(const prom_demo_play *play, const prom_tx *tx);
/* Returns the scheme that a transaction of this name, "Tx8[1,2,3]", ends a contract by; 0: none. */
unsigned prom_demo_scheme_of(const char *name);

/* Writes down what a transaction of the contract is called. */
void prom_demo_note_name(prom_demo_play *play, const char *name, const char *txid);

/* Gives a watchtower the appeal of the worker, whose process has ended, and starts it (tower.c). */
PROM_MUST_USE prom_result prom_demo_tower_start(prom_demo_play *play, prom_error *error);

/* Returns what a transaction pays to a party of the cast; to the fund, for PROM_DEMO_PARTIES. */
prom_amount prom_demo_paid(const prom_demo_play *play, size_t party);

#endif
