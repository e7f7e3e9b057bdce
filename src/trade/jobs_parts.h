/* What the files of the jobs' driver share; only they include this. */
#ifndef TRADE_JOBS_PARTS_H
#define TRADE_JOBS_PARTS_H

#include <sys/stat.h>

#include "node/own.h"
#include "trade/errand.h"
#include "trade/jobs.h"
#include "trade/ledger.h"

/* One job that has not ended, in memory. */
struct driven {
    prom_arena arena;
    prom_ordered *ordered;
    prom_batch_folder folder;
    bool restored;             /* from a backup, and not cancelled yet */
    bool stale;                /* the disk has not taken what memory has: it is loaded again */
    prom_placing *placing;     /* a round of asking that is under way, owned; NULL: none */
    prom_arena placing_memory; /* of the program, for the round */
    uint32_t placed_end;       /* the end of the items that the last round is or was for */
    uint32_t placed_tip;       /* tip at which the last round was over */
    int64_t placed_ms;
    int64_t tried_ms[PROM_JOB_ATTEMPTS_MAX]; /* when the beginning of each was tried last; 0: not since the start */
    prom_errand *errand;                     /* work on its files that is under way, or over; NULL: none */
    int64_t files_ms; /* when the outputs' files were tried last, in vain; 0: not since the start */
    char hindrance[320];
    char coins[320]; /* what is to be known of coins for its contracts; "": they are there */
};

struct quote {
    prom_arena arena;
    prom_placing placing;
    prom_quoted quoted;
};

typedef enum prom_staged_for { PROM_STAGED_QUOTE, PROM_STAGED_ORDER } prom_staged_for;

/* Tells a file from another of its name, and from itself after it was written. */
struct file_mark {
    dev_t device;
    ino_t number;
    off_t size;
    struct timespec written;
};

/* What an owner asks about: its files are read while the node goes on, and the request is made again until they are.
 */
struct staged {
    prom_errand *errand; /* NULL: this one is free */
    prom_staged_for purpose;
    struct file_mark program, input; /* before they were read */
    prom_bytes32 id;                 /* of the job that the files are copied for */
    bool copying;
    int64_t asked; /* last */
};
#define PROM_JOBS_STAGED_MAX 4U

struct prom_jobs {
    prom_jobs_options options;
    char folder[PATH_MAX];
    prom_asker *asker;
    prom_ledger *ledger;
    prom_errands *errands;
    struct staged staged[PROM_JOBS_STAGED_MAX];
    struct driven *open[PROM_JOBS_OPEN_MAX];
    size_t open_count;
    struct quote *quotes[PROM_JOBS_QUOTES_MAX]; /* oldest first */
    size_t quote_count;
    int64_t looked; /* when contracts were looked at last */
    uint32_t swept; /* tip at which files were */
    uint64_t bytes; /* that they have */
};

/* Returns one that has not ended, or NULL. */
struct driven *prom_jobs_find_open(const prom_jobs *jobs, const prom_bytes32 *id);

/* -- Facts (jobs_step.c) -- */

/* Takes an event, and writes the facts where they are others now. After a failure of the disk the job is stale. */
PROM_MUST_USE prom_result prom_jobs_take(prom_jobs *jobs, struct driven *driven, const prom_job_event *event,
                                         prom_job_outcome *outcome, prom_error *error);
/* Writes a job. */
PROM_MUST_USE prom_result prom_jobs_write(prom_jobs *jobs, const struct driven *driven, prom_error *error);
/* Loads it again from the disk. */
PROM_MUST_USE prom_result prom_jobs_reload(prom_jobs *jobs, struct driven *driven, prom_error *error);
/* Makes one of what a record holds; `driven` is NULL after a failure. */
PROM_MUST_USE prom_result prom_jobs_load(prom_jobs *jobs, struct driven **driven, const prom_store_job *record,
                                         prom_error *error);
void prom_jobs_free(struct driven *driven); /* NULL is fine */

/* Whether outputs' files may be read and written: they may be large, so what the disk has refused is tried again only
 * after PROM_JOBS_AGAIN_MS. `files_ms` is the caller's to set, before it begins, and to clear when it has done. */
#define PROM_JOBS_AGAIN_MS 5000
bool prom_jobs_may_use_files(const struct driven *driven, int64_t now);

/* -- Watching (jobs_watch.c) -- */

/* Tells the job what became of its contracts. */
PROM_MUST_USE prom_result prom_jobs_watch(prom_jobs *jobs, struct driven *driven, prom_error *error);

/* -- Acting (jobs_act.c) -- */

/* Does what the job wants, as far as it can be done now. */
PROM_MUST_USE prom_result prom_jobs_act(prom_jobs *jobs, struct driven *driven, prom_error *error);

/* -- Files (jobs_files.c) -- */

/* Has the files of a request read, once more where they have changed since. `staged` is NULL while they are: it is
 * asked for again then. Fails as prom_batch_load. */
PROM_MUST_USE prom_result prom_jobs_stage(prom_jobs *jobs, struct staged **staged, const prom_job_request *request,
                                          prom_staged_for purpose, prom_error *error);
/* Has what was read copied to the folder of a new job; `later`: it is under way. */
PROM_MUST_USE prom_result prom_jobs_stage_copy(prom_jobs *jobs, struct staged *staged, bool *later, prom_error *error);
/* Gives it up, with what was copied for no job. */
void prom_jobs_unstage(const prom_jobs *jobs, struct staged *staged);
/* Gives up those that nobody asks for any more. */
void prom_jobs_turn_staged(prom_jobs *jobs);

/* Deletes what no job needs any more, and counts what is there. */
void prom_jobs_sweep(prom_jobs *jobs);
/* Deletes what commands have brought that were killed while they ordered: a day ago, so that nobody uses it. */
void prom_jobs_sweep_brought(const prom_jobs *jobs);
/* Succeeds where the disk has room for the files of such a job. */
PROM_MUST_USE prom_result prom_jobs_check_room(const prom_jobs *jobs, const prom_batch_job *batch, prom_error *error);

/* -- Coins (jobs_coins.c) -- */

/* What was found for one contract. */
typedef struct prom_contract_coins {
    bool ready;        /* the coins for it are there, beside those of all contracts before it */
    uint32_t client;   /* coins of its deposits; 0: it has none yet */
    uint32_t verifier; /* of an own verifier */
} prom_contract_coins;

/* Contracts that are to be begun, beside those under way. */
typedef struct prom_coins_wish {
    struct driven *driven;       /* whose; NULL: of a quote, and nothing is done */
    const prom_attempt *attempt; /* the one; NULL: parts that are to be placed, */
    const prom_terms *terms;     /* with these terms, but for their rewards */
    bool own;                    /* the client verifies itself */
    const prom_amount *rewards;
    size_t count;
    prom_amount cost;           /* of all these, */
    prom_amount fees;           /* and their fees, which the job's caps are to have room for */
    prom_contract_coins *found; /* of each; written */
} prom_coins_wish;

/* Finds coins for each. Where they lack, and there is enough in all, they are split by a payment of our own, within
 * what the caps of the job and the standing ones leave. `text` says what is missing, or waited for, or "". Fails when
 * the machine has no memory, or as the store does. */
#define PROM_COINS_TEXT sizeof((struct driven *)0)->coins
PROM_MUST_USE prom_result prom_jobs_find_coins(prom_jobs *jobs, const prom_coins_wish *wish, char *text,
                                               prom_error *error);

/* Writes how the references of payments begin by which coins are split for a job; returns the text. */
const char *prom_jobs_split_reference(char text[PROM_NODE_REFERENCE_MAX + 1], const prom_bytes32 *job);

/* -- The owner's standing caps (jobs_caps.c) -- */

/* Returns them as they are now. */
prom_standing_caps prom_jobs_standing(const prom_jobs *jobs);
/* Returns what open contracts with a worker may cost, with fees, all jobs together. */
prom_amount prom_jobs_open_with(const prom_jobs *jobs, const prom_bytes32 *worker);
/* Finds what this job has spent and promised, and all jobs in the day, with fees, those of splits too; `driven` is NULL
 * of one that there is not yet. Fails as the store does. */
PROM_MUST_USE prom_result prom_jobs_spent(const prom_jobs *jobs, const struct driven *driven, prom_spent *spent,
                                          prom_error *error);
/* Adds what speaks against an attempt: its worker, cost and fees are read; its number is 0 before the job has it. Fails
 * as the store does. */
PROM_MUST_USE prom_result prom_jobs_judge_caps(const prom_jobs *jobs, const struct driven *driven,
                                               const prom_attempt *attempt, prom_reasons *refused, prom_error *error);
/* The same where the contract of an attempt is to be begun: PROM_CATEGORY_BAD_INPUT with the first reason. */
PROM_MUST_USE prom_result prom_jobs_check_caps(const prom_jobs *jobs, const struct driven *driven,
                                               const prom_attempt *attempt, prom_error *error);

/* -- Placing (jobs_place.c) -- */

/* Whom a round of this node asks. */
prom_trade_market prom_jobs_market(prom_jobs *jobs);
/* Makes the sketch of what is asked for (prom_sketch_make), and has nodes looked for that it needs. */
PROM_MUST_USE prom_result prom_jobs_sketch(prom_jobs *jobs, prom_sketch *sketch, const prom_errand *loaded,
                                           const prom_job_request *request, prom_error *error);
/* Goes on with finding a worker for the part. */
PROM_MUST_USE prom_result prom_jobs_place(prom_jobs *jobs, struct driven *driven, const prom_job_part *part,
                                          prom_error *error);
void prom_jobs_end_round(struct driven *driven);
/* A plan, with coins for each of its parts. */
typedef struct prom_planned {
    prom_placed placed;
    prom_contract_coins coins[PROM_PLAN_PARTS_MAX];
    char text[PROM_COINS_TEXT]; /* as of prom_jobs_find_coins */
} prom_planned;
/* Plans with what a round has brought, and finds coins; `driven` as of prom_jobs_find_coins. */
PROM_MUST_USE prom_result prom_jobs_plan(prom_jobs *jobs, struct driven *driven, const prom_placing *placing,
                                         prom_arena *arena, prom_planned *planned, prom_error *error);
/* Takes what the asker tells. */
void prom_jobs_quoted_event(void *context, const prom_bytes32 *node, const prom_ask *ask, const prom_quote *quote);
void prom_jobs_failed_event(void *context, const prom_bytes32 *node, const prom_ask *ask, const char *why);

/* -- Quotes (quotes.c) -- */

/* Plans those that all have answered to. */
void prom_jobs_turn_quotes(prom_jobs *jobs);
void prom_jobs_drop_quotes(prom_jobs *jobs);

/* Says why a job does not go on; "" that nothing hinders it. */
void prom_jobs_hinder(prom_jobs *jobs, struct driven *driven, const char *why);

#endif
