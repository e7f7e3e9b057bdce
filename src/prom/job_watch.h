/* Follows a job of a node that runs until its output is there, shows how it goes, and writes the output. */
#ifndef PROM_JOB_WATCH_H
#define PROM_JOB_WATCH_H

#include <jansson.h>

#include "prom/job_files.h"
#include "prom/node_call.h"

typedef struct prom_job_following {
    const prom_node_place *place;
    const char *id;        /* of the job */
    prom_output_form form; /* what is written, and where; nothing where it names no file */
    bool json;
    const prom_program_made *made; /* of a module, which JSON tells of; NULL: it was no module */
} prom_job_following;

/* Adds a program's limits, and what they were measured by, to what JSON tells; nothing where `made` is NULL. */
void prom_job_add_made(json_t *told, const prom_program_made *made);

/* Follows it. What is new goes to standard error, with a line that changes where that is a terminal; Ctrl-C ends the
 * command and leaves the job as it is. `code` is PROM_EXIT_FAILURE where some items have no output, or not yet. Fails
 * when the node is away for two minutes or has no such job, or the output cannot be written. */
PROM_MUST_USE prom_result prom_job_follow(const prom_job_following *following, prom_exit *code, prom_error *error);

/* How watching ended. */
typedef enum prom_job_watched {
    PROM_JOB_WATCHED_LEFT,    /* by Ctrl-C, or as the node is away */
    PROM_JOB_WATCHED_OVER,    /* its output is there, or it has ended */
    PROM_JOB_WATCHED_UNKNOWN, /* the node answers that it has no such job */
} prom_job_watched;
/* Watches it until it is over, unknown, or left by Ctrl-C, and shows how it goes unless `json`; nothing is written.
 * `job` is what the node told of it last, or NULL. Fails when the node is away for two minutes, and with
 * PROM_CATEGORY_BAD_INPUT where the job is unknown. */
PROM_MUST_USE prom_result prom_job_watch(const prom_job_following *following, json_t **job, prom_job_watched *watched,
                                         prom_error *error);
/* Returns whether the user has had enough since the first job was watched: Ctrl-C ends no command by itself then. */
bool prom_job_watch_interrupted(void);

#endif
