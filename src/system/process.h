/* A process that outlives the command that started it, found again by its user and its arguments, held by a pidfd: a
 * pid that was given to a stranger in the meantime is never signalled. */
#ifndef SYSTEM_PROCESS_H
#define SYSTEM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "prometheus/base/result.h"

typedef struct prom_process {
    pid_t pid;
    int pidfd;
    int start;  /* the socket that the new process waits at; -1 where it has started */
    int output; /* a file in memory with what it printed; -1 where another command started it */
    bool well;  /* it was seen to end, of itself and with 0: known of the caller's children alone */
} prom_process;

/* Returns no process; prom_process_close is allowed. */
prom_process prom_process_none(void);

/* Makes the process that will become `arguments[0]`, an absolute path, with these arguments, in a session of its own,
 * in `folder`, with no open files of ours but one in memory as its standard output and error. It waits for
 * prom_process_start, so that its pid can be written down first, and ends by itself when the caller ends before that.
 * `die_with_caller`: the kernel kills it when the calling thread ends, however that ends. */
PROM_MUST_USE prom_result prom_process_prepare(prom_process *process, char *const arguments[], const char *folder,
                                               bool die_with_caller, prom_error *error);
PROM_MUST_USE prom_result prom_process_start(prom_process *process, prom_error *error);

/* Takes hold of the process `pid` if it runs, is the caller's user's, and has all of `wanted`, which ends with NULL,
 * among its arguments; else there is no process. */
bool prom_process_find(prom_process *process, pid_t pid, const char *const wanted[]);

/* Takes hold of any such process: of one that nothing names any more, too. */
bool prom_process_search(prom_process *process, const char *const wanted[]);

/* Returns true as soon as the process has ended, false after so many milliseconds. A process that has ended has closed
 * its files and sockets. */
PROM_MUST_USE bool prom_process_wait(prom_process *process, int milliseconds);
void prom_process_signal(const prom_process *process, int signal);

/* Writes the end of what the process printed to `text`, with at most `room` - 1 bytes; empty where nothing is known. */
void prom_process_output(const prom_process *process, char *text, size_t room);

/* Lets go of the process; it runs on. */
void prom_process_close(prom_process *process);

#endif
