/* The owner's program that is run when money moves or an alarm is raised: the setting `notify`. It never holds up the
 * node: an event is given as a file in memory, few programs run at once, each for a bounded time, and what finds no
 * room is left out and counted. notify.h is another thing: what the service manager is told. */
#ifndef DAEMON_HOOK_H
#define DAEMON_HOOK_H

#include <jansson.h>
#include <sys/types.h>

#include "system/log.h"

#define PROM_HOOK_RUNNING_MAX 4U
#define PROM_HOOK_WAITING_MAX 64U
#define PROM_HOOK_MS 30000 /* then it is killed, with all that it has started */

typedef struct prom_hook prom_hook;

/* PROM_CATEGORY_BAD_INPUT when `program` is no file that can be run; an empty one is none, and fine. */
PROM_MUST_USE prom_result prom_hook_check(const char *program, prom_error *error);

/* Makes one; what fails is written to the log. `hook` is NULL after a failure. */
PROM_MUST_USE prom_result prom_hook_open(prom_hook **hook, prom_log *log, prom_error *error);
void prom_hook_close(prom_hook *hook); /* NULL is fine; programs that run end by themselves */
/* Takes the program's path, which is copied; an empty one: none is run. */
void prom_hook_set(prom_hook *hook, const char *program);

/* Runs the program for the event, at once or soon. */
void prom_hook_tell(prom_hook *hook, const json_t *event);
/* Takes what has ended, kills what takes too long, and begins what waits. */
void prom_hook_turn(prom_hook *hook);
/* Returns how many run. */
size_t prom_hook_running(const prom_hook *hook);

#endif
