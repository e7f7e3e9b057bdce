/* What a channel says of itself, for people: where it stands, what comes next when nobody moves, what each side can
 * still lose, and why. A function of the facts and of two heights; docs/protocol.md explains the names. */
#ifndef PROMETHEUS_CHANNEL_EXPLAIN_H
#define PROMETHEUS_CHANNEL_EXPLAIN_H

#include "prometheus/base/declarations.h"
#include "prometheus/channel/channel.h"
#include "prometheus/contract/payout.h"

PROM_DECLARATIONS_BEGIN

/* Where the chain is. */
typedef struct prom_explain_tips {
    uint32_t best; /* of the best chain, as it was taken last */
    uint32_t own;  /* the greatest ever seen */
    uint32_t read; /* up to which all blocks are read: while it is below `best` the node begins no contract */
} prom_explain_tips;

/* A transaction of the contract in a block of the best chain. */
typedef struct prom_explained_tx {
    const char *name; /* "TxV0"; "other" for one that spends an input of Tx0 elsewhere */
    prom_bytes32 txid;
    uint32_t height;
} prom_explained_tx;

/* A transaction that we publish, as things are. */
typedef struct prom_explained_move {
    const char *name;
    unsigned scheme; /* that it settles by, or 0 */
    bool lasts;      /* nobody need do anything for it: it comes when nobody moves */
    bool known;      /* the block that its heights are counted from is there; else they are 0 */
    prom_fee_obligation due;
} prom_explained_move;

/* A step of the contract that may be taken now or later: a row of deadline.h's table. */
typedef struct prom_explained_step {
    prom_deadline_id id;
    const char *what;
    prom_actor who;
    prom_milestone from;
    prom_tip_window window;
} prom_explained_step;

/* What a side has put in, and what it gets at least and at most by the schemes that can still come: before fees. */
typedef struct prom_explained_stake {
    prom_payee payee; /* C, W, V, and A_PLUS for each arbiter */
    prom_amount deposit;
    prom_amount least;
    prom_amount most;
    unsigned worst; /* the scheme of `least` */
} prom_explained_stake;
#define PROM_EXPLAINED_STAKES 4U

/* An arbiter's words, so far as we know them. */
typedef struct prom_explained_arbiter {
    bool receipted[PROM_ROUNDS];
    uint32_t height[PROM_ROUNDS]; /* that the receipt is dated at */
    bool counts[PROM_ROUNDS];
    bool answered; /* the verifier's final question */
    bool voided;   /* by its own contradictions */
} prom_explained_arbiter;

/* A reason why the channel stands where it stands. */
#define PROM_REASON_TEXT 640
typedef struct prom_explained_reason {
    const char *about; /* a stable word: "setup", "verdict", "receipts" ... */
    char text[PROM_REASON_TEXT];
} prom_explained_reason;

#define PROM_EXPLAINED_TXS_MAX 4U
#define PROM_EXPLAINED_MOVES_MAX 4U
#define PROM_EXPLAINED_REASONS_MAX 16U

typedef struct prom_explanation {
    prom_role role;
    prom_lambda lambda;
    prom_setup_phase phase;
    prom_explain_tips tips;
    bool has_id; /* there are full terms */
    prom_bytes32 contract_id;
    const char *money; /* "not locked", "O0", "OV0", "OA", "settled", "never locked" */
    unsigned scheme;   /* that it was settled by, or 0 */
    prom_explained_tx txs[PROM_EXPLAINED_TXS_MAX];
    size_t tx_count;
    prom_explained_move moves[PROM_EXPLAINED_MOVES_MAX]; /* in the order in which they would be wanted */
    size_t move_count;
    prom_explained_step steps[PROM_DEADLINES]; /* that are not over, of the money where it is */
    size_t step_count;
    unsigned schemes; /* bit s: scheme s can still come; of a settled contract the one that came */
    prom_explained_stake stakes[PROM_EXPLAINED_STAKES];
    size_t stake_count; /* 0 before full terms */
    prom_explained_arbiter arbiters[PROM_ARBITERS_MAX];
    size_t arbiter_count;
    prom_explained_reason reasons[PROM_EXPLAINED_REASONS_MAX];
    size_t reason_count;
} prom_explanation;

/* Explains a batch of the channel. Texts of fixed size are cut where they are too long; names live as long as the
 * channel. PROM_CATEGORY_MISUSE for a batch that there is not. */
PROM_MUST_USE prom_result prom_channel_explain(const prom_channel *channel, uint16_t batch,
                                               const prom_explain_tips *tips, prom_explanation *explanation,
                                               prom_error *error);

PROM_DECLARATIONS_END

#endif
