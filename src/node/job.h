/* The long work that channels want done: made into a task from facts and files, run in the pool, made into an event. A
 * task holds copies of all that it needs; it can be run again, and the same comes of it. */
#ifndef NODE_JOB_H
#define NODE_JOB_H

#include <limits.h>

#include "market/work.h"
#include "node/pool.h"
#include "prometheus/channel/channel.h"

/* Where the bodies of a batch lie, and where a package that is made goes: files, named by their owner. */
typedef struct prom_job_files {
    char body[PROM_BODIES][PATH_MAX]; /* empty where there is none */
    prom_bytes32 hash[PROM_BODIES];   /* of what must be in it, whether it is there or not */
    char made[PATH_MAX];              /* compute, openings: the package; result: the output */
} prom_job_files;

/* What of a party's secrets a job takes. */
typedef struct prom_job_secrets {
    prom_bytes32 h_p;        /* compute, openings: W's; check, result: as it was shown */
    prom_key seal_key;       /* V: open key */
    prom_key host_key;       /* A: key generation */
    prom_bytes32 randomness; /* A: key generation; of the seed and the session */
} prom_job_secrets;

/* How a party that breaks the rules on purpose falsifies its work: for demonstrations and tests. */
typedef enum prom_falsification {
    PROM_FALSIFY_NOTHING,
    PROM_FALSIFY_OUTPUT,  /* W: delivers a package whose output is wrong, and believes in it */
    PROM_FALSIFY_VERDICT, /* V, A: finds the opposite of what it found */
} prom_falsification;

typedef struct prom_job_order {
    uint64_t channel;
    uint64_t entry; /* of the node for it */
    uint16_t batch;
    prom_bytes32 name; /* of the want */
    prom_want_job want;
    prom_job_files files;
    prom_job_secrets secrets;
    prom_channel_config config; /* limits, time, memory */
    const prom_runner *runner;  /* of programs that are modules; NULL: none is taken */
    prom_role role;
    bool judged; /* open job: somebody else judges what it takes of the machine */
    prom_falsification falsify;
} prom_job_order;

typedef struct prom_job_task prom_job_task;

/* Computes by what a body is named (files.c); or begins to, of one that comes in parts. */
void prom_body_hash_begin(prom_hasher *hasher, prom_body_kind what, const prom_bytes32 *contract_id);
void prom_body_hash(prom_bytes32 *hash, prom_body_kind what, const prom_bytes32 *contract_id, prom_span bytes);

/* Names the file of what has come so far of a body for this channel, by where the whole comes to lie (files.c). */
void prom_body_part(char part[PATH_MAX], const char *path, uint64_t channel);

/* Makes a task of an order for this channel, whose terms and keys are copied. */
PROM_MUST_USE prom_result prom_job_new(prom_job_task **task, const prom_job_order *order, const prom_channel *channel,
                                       prom_error *error);
/* Returns the task as the pool runs it, and back. */
prom_task *prom_job_as_task(prom_job_task *task);
prom_job_task *prom_job_of_task(prom_task *task);

/* How far a task is, as it tells while it runs. */
typedef struct prom_job_progress {
    prom_job_kind job;
    size_t done;  /* of the program's nodes, or of the steps of a proof */
    size_t total; /* 0: it waits, or has just begun */
} prom_job_progress;
void prom_job_progress_of(prom_job_task *task, prom_job_progress *progress);
/* Lists tasks of the node that are in the pool, as `list` begins; or takes one from the list. */
void prom_job_list(prom_job_task **list, prom_job_task *task);
void prom_job_unlist(prom_job_task **list, const prom_job_task *task);
/* Returns the last one listed of an entry of the node for a channel, or NULL. */
prom_job_task *prom_job_listed(prom_job_task *list, uint64_t channel, uint64_t entry);

/* Returns whose it is. */
const prom_job_order *prom_job_order_of(const prom_job_task *task);

/* Returns what the job costs, of a task that has opened one; NULL: it has not. */
const prom_work *prom_job_work(const prom_job_task *task);
/* Makes the event of a task that has run; its spans lie in the task. */
void prom_job_make_event(const prom_job_task *task, prom_event *event);

/* Wipes its secrets and gives its memory back; as the pool drops it, too. */
void prom_job_free(prom_job_task *task);
void prom_job_drop(prom_task *task);

#endif
