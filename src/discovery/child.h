/* A child process that is talked to in lines, over one socket that is its standard input, output and error. It lives no
 * longer than we do: its input ends with us. */
#ifndef DISCOVERY_CHILD_H
#define DISCOVERY_CHILD_H

#include <sys/types.h>

#include "prometheus/base/result.h"

typedef struct prom_child {
    pid_t pid;  /* 0: none */
    int socket; /* non-blocking; -1: none */
} prom_child;

/* Returns no child; prom_child_end is allowed. */
prom_child prom_child_none(void);
/* Starts `arguments[0]`, a path, with these arguments, NULL behind them, and with no files and no environment of ours.
 * PROM_CATEGORY_IO when the system refuses, or there is no such program. */
PROM_MUST_USE prom_result prom_child_start(prom_child *child, char *const arguments[], prom_error *error);
/* Kills it and what it has started, if it still runs, and takes leave of it. */
void prom_child_end(prom_child *child);

#endif
