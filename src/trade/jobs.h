/* The owner's jobs, driven: whatever market/job.h wants of a job is done here by asking nodes, beginning contracts and
 * looking at what became of them. A guest of a node, and pure bookkeeping between the two:
 *
 *     order ──> database ──> wants ──┬─ place ──> asks, plan ──────────> an attempt
 *                   ^                ├─ begin ──> prom_node_propose ───> a channel, named after job and attempt
 *                   │                ├─ give up ─> prom_node_give_up
 *                   │                └─ output, merge ─> files of the job's folder
 *                   └── events <── facts of channels (prom_node_deal), with every block and some times a second
 *
 * Facts are in the database before anything is done by them. After a crash the same follows from database and chain
 * again; no part is contracted twice by it, since its channel has a name and is looked for first. */
#ifndef TRADE_JOBS_H
#define TRADE_JOBS_H

#include "node/deal.h"
#include "node/needs.h"
#include "trade/placing.h"

typedef struct prom_jobs prom_jobs;

#define PROM_JOBS_OPEN_MAX 16U  /* jobs that have not ended */
#define PROM_JOBS_QUOTES_MAX 4U /* quotes that are kept; the oldest makes room */
#define PROM_JOB_PREFIX_MIN 4U  /* so many digits of a job's id name it, at least */

typedef struct prom_jobs_options {
    prom_node *node;
    const char *folder; /* of the node */
    void *context;
    /* Whom is known, as of prom_trade_market; and says that nodes of a role are looked for, or no longer. NULL: the
     * owner names all workers. */
    size_t (*list)(void *context, prom_trade_peer *list, size_t max, const prom_bytes32 *p_txid, prom_role role);
    const prom_machine *(*machine)(void *context);        /* our own, which verifies; NULL: not looked at */
    const prom_standing_caps *(*standing)(void *context); /* the owner's caps as they are now; NULL: there are none */
    void (*want)(void *context, const prom_bytes32 *p_txid, prom_role role, bool wanted);
    void (*look)(void *context, const prom_bytes32 *p_txid, prom_role role); /* the same for some minutes */
    void (*report)(void *context, prom_report_kind kind, const char *text);  /* for the log; NULL: nobody reads it */
    uint32_t patience_ms;                                                    /* 0: PROM_ASKER_PATIENCE_MS */
} prom_jobs_options;

/* Makes the driver, a guest of the node, to be closed after it, and loads the jobs that have not ended; of one that
 * cannot be read it alarms, and goes on. `jobs` is NULL after a failure. */
PROM_MUST_USE prom_result prom_jobs_open(prom_jobs **jobs, const prom_jobs_options *options, prom_error *error);
void prom_jobs_close(prom_jobs *jobs); /* NULL is fine */

/* -- Orders -- */

/* What came of an order. */
typedef struct prom_jobs_ordered {
    bool later;      /* nothing yet: the files are being read or copied, and the same is to be asked again */
    prom_bytes32 id; /* of the job */
    bool taken_up;
} prom_jobs_ordered;
/* Orders a job: program and batch are copied, and it is in the database when this returns and is not `later`. A job of
 * the same program and batch that runs, or has every output, is taken up instead, unless request->again: the same
 * computation gives the same output. PROM_CATEGORY_BAD_INPUT with what cannot be. */
PROM_MUST_USE prom_result prom_jobs_order(prom_jobs *jobs, prom_jobs_ordered *ordered, const prom_job_request *request,
                                          prom_error *error);
/* Cancels a job: nothing new of it begins, and what is not signed yet ends. PROM_CATEGORY_BAD_INPUT when it has ended,
 * or there is none. */
PROM_MUST_USE prom_result prom_jobs_cancel(prom_jobs *jobs, const prom_bytes32 *id, prom_error *error);

/* Deletes all files of a job that has ended; what became of it stays in the database. `bytes` is what they had.
 * PROM_CATEGORY_BAD_INPUT when it has not ended. */
PROM_MUST_USE prom_result prom_jobs_forget(prom_jobs *jobs, uint64_t *bytes, const prom_bytes32 *id, prom_error *error);

/* -- Quotes -- */

/* What it would cost, without ordering it. */
typedef struct prom_quoted {
    prom_bytes32 id;
    bool over; /* all have answered, or were not reached */
    const prom_placing *placing;
    prom_placed placed; /* of one that is over */
    char coins[320];    /* what the wallet's coins lack for it; "": nothing */
    prom_sketch sketch;
} prom_quoted;

/* Asks around; `later` as of prom_jobs_ordered. PROM_CATEGORY_BAD_INPUT with what cannot be. */
PROM_MUST_USE prom_result prom_jobs_quote(prom_jobs *jobs, prom_bytes32 *id, bool *later,
                                          const prom_job_request *request, prom_error *error);
/* Returns a quote that was asked for, or NULL where there is none any more. */
const prom_quoted *prom_jobs_quoted(const prom_jobs *jobs, const prom_bytes32 *id);

/* -- Looking -- */

/* Calls `visit` with each job, those that have ended too, in the order in which they were ordered. */
typedef prom_result (*prom_jobs_visit)(void *context, const prom_ordered *ordered, prom_error *error);
PROM_MUST_USE prom_result prom_jobs_each(prom_jobs *jobs, prom_jobs_visit visit, void *context, prom_error *error);
/* Finds the only job whose id begins with these hexadecimal digits; it lies in the arena. PROM_CATEGORY_BAD_INPUT when
 * there is none, or more than one. */
PROM_MUST_USE prom_result prom_jobs_find(prom_jobs *jobs, prom_arena *arena, prom_ordered **ordered, const char *id,
                                         prom_error *error);
/* Finds the contract of an attempt. */
PROM_MUST_USE prom_result prom_jobs_deal(prom_jobs *jobs, prom_deal *deal, const prom_market_job *job, uint32_t attempt,
                                         prom_error *error);
/* Names the file of the output of a part that is done, in its canonical bytes, and returns whether it is there: of a
 * job that runs, or is cancelled and has contracts left. */
bool prom_jobs_part_file(const prom_jobs *jobs, char output[PATH_MAX], const prom_bytes32 *job,
                         const prom_job_part *part);
/* Names the files of the program and of the output, which are there when job->merged, until they are forgotten. */
PROM_MUST_USE prom_result prom_jobs_files(const prom_jobs *jobs, char program[PATH_MAX], char output[PATH_MAX],
                                          const prom_bytes32 *job, prom_error *error);
/* Returns whether the output is there. */
bool prom_jobs_have_output(const prom_jobs *jobs, const prom_bytes32 *job);
/* Returns how many bytes the job's files have. */
uint64_t prom_jobs_bytes(const prom_jobs *jobs, const prom_bytes32 *job);
/* Sums up the payments by which coins were split for the job. Fails as the store does. */
PROM_MUST_USE prom_result prom_jobs_splits(const prom_jobs *jobs, const prom_bytes32 *job, prom_split_sums *sums,
                                           prom_error *error);
/* Finds whether the worker of an attempt is waited for, and there is no link to its node; `why` says what its address
 * gave when it was tried last, as far as one is known. */
#define PROM_JOBS_AWAY_TEXT 200
bool prom_jobs_is_away(const prom_jobs *jobs, const prom_ordered *ordered, const prom_attempt *attempt,
                       char why[PROM_JOBS_AWAY_TEXT]);
/* Returns what hinders a job now that no fact of it says: a sentence, or "". */
const char *prom_jobs_hindrance(const prom_jobs *jobs, const prom_bytes32 *job);

#endif
