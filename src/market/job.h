/* A job: a batch that is done in parts, each by a contract with one worker, until every item has its output or it is
 * certain that some get none. Pure, as a channel is: facts and an event give new facts, and what is to be done follows
 * from facts at any time (prom_job_wants_of). The caller writes the facts down before it does anything of that.
 *
 *     part      waiting ──placed──> running ──result──> done
 *                  ^                   │
 *                  └─────── lost ──────┘      waiting too long, or too many attempts ──> failed
 *
 * Where a contract joins what the parts have folded, it is one part more, behind all items: it is there once all others
 * are done.
 *
 * Three rules hold whatever happens, in any order and any number of times:
 * - a part has one attempt that may still give a result, at most: another one begins when that is certain to give none;
 * - no node that has failed with some items gets them again, as a worker or as the market's verifier;
 * - what was promised never exceeds a cap at the moment of promising.
 *
 * docs/market.md explains phases and ends. */
#ifndef MARKET_JOB_H
#define MARKET_JOB_H

#include "market/plan.h"
#include "prometheus/contract/payout.h"

#define PROM_JOB_PARTS_MAX 256U    /* of the batch */
#define PROM_JOB_ATTEMPTS_MAX 512U /* of the whole job */
#define PROM_JOB_FAILURES_MAX 8U   /* of one part, with a contract */
#define PROM_JOB_FAILED_MAX 64U    /* workers that failed with one part: the last ones, and all with a contract */

/* Who verifies. */
typedef enum prom_job_verifier {
    PROM_VERIFIER_SELF,   /* the client's own node */
    PROM_VERIFIER_MARKET, /* anybody */
    PROM_VERIFIER_KEY,    /* the node of that key */
    PROM_JOB_VERIFIERS,
} prom_job_verifier;

/* Where an attempt stands; later ones are larger. On disk: append only before _OVER. */
typedef enum prom_attempt_phase {
    PROM_ATTEMPT_QUEUE,    /* the contract is being set up */
    PROM_ATTEMPT_TRANSFER, /* its Tx0 is in a block: the arbiters are sent program and input */
    PROM_ATTEMPT_COMPUTE,
    PROM_ATTEMPT_PROOF,
    PROM_ATTEMPT_VERDICT, /* the package is delivered, and is checked */
    PROM_ATTEMPT_OVER,    /* settled for good, or it never came to a contract */
    PROM_ATTEMPT_PHASES,
} prom_attempt_phase;

/* How an attempt ended: the numbers of the settlement schemes, and one more. */
enum { PROM_ATTEMPT_UNSIGNED = 0 /* its setup ended; 1 to 7: by that scheme */ };

/* Why an attempt gives no result. Append only. */
typedef enum prom_mishap {
    PROM_MISHAP_NONE,
    PROM_MISHAP_SETUP,         /* the setup ended, and it is not known by whom */
    PROM_MISHAP_LATE,          /* no Tx0 within the clock of the queue */
    PROM_MISHAP_SILENT,        /* the worker has delivered nothing when it had to */
    PROM_MISHAP_BAD,           /* what it delivered is proven wrong */
    PROM_MISHAP_CANCELLED,     /* by the owner, before anything was locked */
    PROM_MISHAP_NEEDLESS,      /* another attempt was quicker, before anything was locked */
    PROM_MISHAP_UNDECIDED,     /* the arbiters have not decided */
    PROM_MISHAP_OUTPUT,        /* paid for, and the output is nowhere to be had */
    PROM_MISHAP_WORKER_LEFT,   /* the worker does not take part, or ended the setup */
    PROM_MISHAP_VERIFIER_LEFT, /* the verifier does; that is no fault of the worker's */
    PROM_MISHAPS,
} prom_mishap;

/* What an owner orders. */
typedef struct prom_order {
    prom_bytes32 id; /* random; contracts are named after it */
    prom_bytes32 p_txid;
    prom_bytes32 program_digest;
    prom_bytes32 input_hash; /* of the whole batch */
    uint16_t scheme;
    uint32_t items;
    prom_job_verifier verifier;
    prom_bytes32 verifier_key; /* of PROM_VERIFIER_KEY; else zeros */
    prom_caps caps;
    uint8_t failures_max;                 /* of one part, with a contract, 1 to PROM_JOB_FAILURES_MAX */
    uint32_t search_blocks;               /* that a part waits for a worker */
    uint32_t clocks[PROM_ATTEMPT_PHASES]; /* blocks of each phase: the queue's ends it, others are late */
    prom_joining joining;
} prom_order;

typedef enum prom_part_state {
    PROM_PART_WAITING,
    PROM_PART_RUNNING, /* one attempt of it may still give the result */
    PROM_PART_DONE,
    PROM_PART_FAILED,
    PROM_PART_STATES,
} prom_part_state;

typedef struct prom_job_part {
    uint32_t first; /* item; of the one that joins: their number */
    uint32_t items; /* of the one that joins: the parts' last results */
    prom_part_state state;
    uint32_t
        since; /* tip at which it began to wait; later by what was no waiting, each setup in vain but for a block */
    uint32_t attempt;    /* that runs, or that has done it; 0: none */
    prom_bytes32 output; /* SHA-256 of the output's canonical bytes, of one that is done */
    bool fits; /* of one that is done: a contract can join its last result, which is there, and not too long */
    prom_bytes32 failed[PROM_JOB_FAILED_MAX]; /* who get it no more */
    size_t failed_count;
    uint16_t reason; /* why no worker was found when it was last looked for, prom_reason_code; 0: unknown */
} prom_job_part;

typedef struct prom_attempt {
    uint32_t number; /* from 1, in the order of their making */
    uint32_t first;  /* items */
    uint32_t items;
    prom_bytes32 worker;
    prom_bytes32 verifier; /* zeros: the client's own node */
    uint64_t contract;     /* the channel's number; 0: not begun, as far as is known */
    prom_attempt_phase phase;
    uint32_t since; /* tip at which the phase began */
    bool live;      /* our signature of Tx0 is out: the chain alone ends it */
    bool given_up;  /* it is to be ended, which is possible while it is not live */
    bool has_result;
    prom_mishap loss;           /* it certainly gives no result */
    prom_quote_reason declined; /* what who takes no part has answered; of code 0: nothing */
    prom_amount cost;           /* to the client when the result is accepted, without fees */
    prom_amount fees;           /* then, on the chain */
    uint8_t end;                /* of one that is over: PROM_ATTEMPT_UNSIGNED or the scheme */
    prom_amount paid;           /* by the client in the end, without fees; more came back than went: 0 */
    prom_amount gained;         /* what came back beyond what went */
    prom_amount got[PROM_PAYEES];
    prom_bytes32 txid; /* that settled it; zeros: none */
    uint32_t height;   /* of its block */
} prom_attempt;

typedef enum prom_job_state {
    PROM_JOB_RUNNING,
    PROM_JOB_CANCELLED, /* contracts that are live go on to their end; nothing new begins */
    PROM_JOB_ENDED,
    PROM_JOB_STATES,
} prom_job_state;

/* How a job ended. Append only. */
typedef enum prom_job_end {
    PROM_JOB_END_NONE,
    PROM_JOB_END_DONE,      /* every item has its output */
    PROM_JOB_END_PARTLY,    /* some have */
    PROM_JOB_END_NO_WORKER, /* none has: nobody was found who does it */
    PROM_JOB_END_FAILURES,  /* none has: too many workers failed */
    PROM_JOB_END_CANCELLED,
    PROM_JOB_ENDS,
} prom_job_end;

typedef struct prom_market_job {
    prom_order order;
    prom_job_state state;
    prom_job_end end;
    uint32_t tip; /* own, the greatest that it was told */
    uint32_t created;
    uint32_t ended;
    bool merged;        /* the outputs of the done parts are written, in order, */
    prom_joiner joined; /* and who had joined them */
    size_t part_count;
    size_t attempt_count;
    prom_job_part parts[PROM_JOB_PARTS_MAX + 1]; /* in the order of their items, all of which they hold; the one that
                                                    joins, if any, is the last */
    prom_attempt attempts[PROM_JOB_ATTEMPTS_MAX];
} prom_market_job;

/* -- Events -- */

typedef enum prom_job_event_kind {
    PROM_JOB_EVENT_TIP,      /* a block was connected */
    PROM_JOB_EVENT_PLACED,   /* a worker was found for the first items of a waiting part */
    PROM_JOB_EVENT_UNPLACED, /* none was found for it */
    PROM_JOB_EVENT_BEGUN,    /* the attempt has a contract: this channel */
    PROM_JOB_EVENT_PHASE,    /* it has come to this phase */
    PROM_JOB_EVENT_LIVE,     /* our signature of its Tx0 is out */
    PROM_JOB_EVENT_LOST,     /* it certainly gives no result */
    PROM_JOB_EVENT_RESULT,   /* its output is here, checked, on disk */
    PROM_JOB_EVENT_CLOSED,   /* it is settled, deep enough; or its setup has ended for certain */
    PROM_JOB_EVENT_CANCEL,   /* by the owner */
    PROM_JOB_EVENT_MERGED,   /* the outputs of all done parts are written */
    PROM_JOB_EVENTS,
} prom_job_event_kind;

typedef struct prom_job_event {
    prom_job_event_kind kind;
    uint32_t attempt; /* number, of what is about one */
    union {
        uint32_t tip;
        struct {
            uint32_t first;
            uint32_t items;
            prom_bytes32 worker;
            prom_bytes32 verifier;
            prom_amount cost;
            prom_amount fees;
            prom_amount day;  /* spent and promised today by all other jobs, with fees, those of splits too */
            prom_amount peer; /* by all other jobs with this worker */
        } placed;
        struct {
            uint32_t first;
            uint16_t reason;
        } unplaced;
        uint64_t contract;
        prom_attempt_phase phase;
        struct {
            prom_mishap mishap;
            prom_quote_reason declined; /* as of an attempt */
        } lost;
        struct {
            prom_bytes32 output;
            bool fits; /* as of a part */
        } result;
        struct {
            uint8_t end;
            prom_amount paid;
            prom_amount gained;
            prom_amount fees;
            prom_amount got[PROM_PAYEES];
            prom_bytes32 txid;
            uint32_t height;
        } closed;
    } as;
} prom_job_event;

/* What a step did. */
typedef struct prom_job_outcome {
    bool changed;         /* the facts are others than before: they are written down before anything is done */
    prom_reasons refused; /* why a placement was not taken */
} prom_job_outcome;

/* Makes a job of an order: one part, which waits. PROM_CATEGORY_BAD_INPUT when the order is none: no items,
 * failures_max out of range, a verifier's key where there is to be none, or the other way round. */
PROM_MUST_USE prom_result prom_market_job_new(prom_arena *arena, prom_market_job **job, const prom_order *order,
                                              uint32_t tip, prom_error *error);

/* Takes an event. What comes twice, late or about an attempt that there is not changes nothing. PROM_CATEGORY_MISUSE
 * for what no caller may say: a second contract or another output for one attempt, an end that there is not. */
PROM_MUST_USE prom_result prom_market_job_step(prom_market_job *job, const prom_job_event *event,
                                               prom_job_outcome *outcome, prom_error *error);

/* Returns the attempt of that number, or NULL. */
const prom_attempt *prom_market_job_attempt(const prom_market_job *job, uint32_t number);

/* Returns whether parts and attempts with this first item join what the others have folded. */
bool prom_market_job_joins(const prom_market_job *job, uint32_t first);
/* Returns the parts of the batch, without the one that joins. */
size_t prom_market_job_batch_parts(const prom_market_job *job);
/* Returns the items of all parts that are done. */
uint32_t prom_market_job_items_done(const prom_market_job *job);
/* Returns who joins the parts, or has: PROM_JOINER_NONE also as long as it is not known how many these are. Once the
 * owner has cancelled the job nobody does, but a contract. */
prom_joiner prom_market_job_joiner(const prom_market_job *job);

/* Returns whether this verifier, or whoever took part beside it, let a setup of the part come to nothing: another one
 * is taken, unless the owner has named it. */
bool prom_market_job_verifier_failed(const prom_market_job *job, const prom_job_part *part,
                                     const prom_bytes32 *verifier);

/* What was spent and is promised. */
typedef struct prom_job_sums {
    prom_amount spent;    /* paid in contracts that are over */
    prom_amount promised; /* at most, in those that are not */
    prom_amount fees;     /* on the chain, of both */
    prom_amount gained;
} prom_job_sums;
prom_job_sums prom_market_job_sums(const prom_market_job *job);
/* Returns what is spent and promised, with fees. */
prom_amount prom_job_sums_whole(const prom_job_sums *sums);
/* Returns what of it is with one worker, without fees. */
prom_amount prom_market_job_with(const prom_market_job *job, const prom_bytes32 *worker);
/* Returns what its open contracts with one worker may cost, with fees. */
prom_amount prom_market_job_open_with(const prom_market_job *job, const prom_bytes32 *worker);

/* -- Wants -- */

typedef enum prom_job_want_kind {
    PROM_JOB_WANT_PLACE,   /* a worker for a part, none of `part->failed`: PLACED, or UNPLACED */
    PROM_JOB_WANT_BEGIN,   /* the contract of an attempt, named after job and attempt, unless it is there: BEGUN */
    PROM_JOB_WANT_GIVE_UP, /* the end of an attempt's setup, unless it is live: CLOSED, or LIVE */
    PROM_JOB_WANT_OUTPUT,  /* the output of an attempt that was paid for: RESULT, or LOST when nobody has it */
    PROM_JOB_WANT_MERGE,   /* one file of the outputs of all parts that are done, in order: MERGED */
    PROM_JOB_WANTS,
} prom_job_want_kind;

typedef struct prom_job_want {
    prom_job_want_kind kind;
    const prom_job_part *part;   /* PLACE */
    const prom_attempt *attempt; /* BEGIN, GIVE_UP, OUTPUT */
} prom_job_want;
#define PROM_JOB_WANTS_MAX (PROM_JOB_PARTS_MAX + 1 + PROM_JOB_ATTEMPTS_MAX + 1)

/* Lists all that is wanted now; `wants` has room for PROM_JOB_WANTS_MAX. Returns their number. */
size_t prom_market_job_wants(const prom_market_job *job, prom_job_want *wants);

/* -- On disk -- */

/* Writes the canonical bytes, version and all. */
PROM_MUST_USE prom_result prom_market_job_write(prom_arena *arena, prom_span *bytes, const prom_market_job *job,
                                                prom_error *error);
/* Reads exactly one job. PROM_CATEGORY_BROKEN on anything that prom_market_job_write, or that of an earlier version,
 * would not write, and on facts that cannot be (prom_market_job_check). */
PROM_MUST_USE prom_result prom_market_job_read(prom_arena *arena, prom_market_job **job, prom_span bytes,
                                               prom_error *error);
/* Finds whether the facts are such as steps make. PROM_CATEGORY_BROKEN says of the first that is not. */
PROM_MUST_USE prom_result prom_market_job_check(const prom_market_job *job, prom_error *error);

/* -- Words -- */

/* Return names for programs: "waiting"; "queue"; "bad_package"; "partly_done"; NULL for what is none. */
const char *prom_part_state_name(unsigned state);
const char *prom_attempt_phase_name(unsigned phase);
const char *prom_mishap_name(unsigned loss);
const char *prom_job_end_name(unsigned end);

/* A sentence about a job, and what it is about. */
typedef struct prom_job_line {
    uint32_t part;    /* its first item; UINT32_MAX: the whole job */
    uint32_t attempt; /* 0: none */
    char text[320];
} prom_job_line;
typedef void (*prom_job_tell)(void *context, const prom_job_line *line);

/* Tells why the job stands where it stands: of each part what it waits for, since when, and what comes next. */
void prom_market_job_why(const prom_market_job *job, prom_job_tell tell, void *context);
/* Tells what became of it: of each attempt that is over who got what, by which transaction, and the sums. With the
 * job's P what came back of worker's and verifier's stakes is told apart from what they earned; NULL: it is not known.
 */
void prom_market_job_receipt(const prom_market_job *job, const prom_parameters *P, prom_job_tell tell, void *context);

#endif
