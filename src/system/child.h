/* A child process that is talked to in lines, over one socket that is its standard input, output and error. It lives no
 * longer than we do: its input ends with us. */
#ifndef SYSTEM_CHILD_H
#define SYSTEM_CHILD_H

#include <sys/types.h>

#include "prometheus/base/result.h"

typedef struct prom_child {
    pid_t pid;  /* 0: none */
    int socket; /* non-blocking; -1: none */
} prom_child;

/* Returns no child; prom_child_end is allowed. */
prom_child prom_child_none(void);
/* Starts `arguments[0]`, a path, with these arguments, NULL behind them, and with no files and no environment of ours.
 * PROM_CATEGORY_IO when the system refuses, or there is no such program: then `hint` says what to do. */
PROM_MUST_USE prom_result prom_child_start(prom_child *child, char *const arguments[], const char *hint,
                                           prom_error *error);
/* Kills it and what it has started, if it still runs, and takes leave of it. Returns how it ended, as waitpid has it; 0
 * when there was none. */
int prom_child_end(prom_child *child);

/* Writes how a child ended, from what prom_child_end returned: "ended with code 1", "was ended by signal 9 (Killed)".
 * Returns `text`. */
const char *prom_child_how(int status, char *text, size_t size);

#endif
