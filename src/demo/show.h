/* What the demo shows while it runs: a line for each phase, a bar while somebody computes, and a log of it all. */
#ifndef DEMO_SHOW_H
#define DEMO_SHOW_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "prometheus/base/result.h"
#include "system/progress_bar.h"

typedef enum prom_demo_phase {
    PROM_DEMO_COMPILE, /* the model becomes a program, the input is quantised */
    PROM_DEMO_CHAIN,   /* bitcoind starts */
    PROM_DEMO_FUND,    /* parties get their coins; P and the offers are published */
    PROM_DEMO_PLAY,    /* from the proposal to the settlement */
    PROM_DEMO_PHASES,
} prom_demo_phase;

/* Returns "compile", "chain", ... */
const char *prom_demo_phase_name(prom_demo_phase phase);

typedef struct prom_demo_show {
    bool quiet; /* nothing on standard output */
    FILE *log;
    char log_path[PATH_MAX];
    double started; /* of the demo */
    double phase_started;
    double seconds[PROM_DEMO_PHASES];
    const char *computing; /* whose bar it is; NULL: nobody's */
    prom_progress_bar bar;
} prom_demo_show;

/* Opens the log at `path`, anew, as soon as no other demo has it: two demos in one folder take turns.
 * PROM_CATEGORY_BAD_INPUT when the file is another's. */
PROM_MUST_USE prom_result prom_demo_show_open(prom_demo_show *show, const char *path, bool quiet, prom_error *error);
void prom_demo_show_close(prom_demo_show *show);

/* Tells that the phase that was under way is over, and what came out. It took `seconds`, or, where they are below 0, as
 * long as it is since the last phase ended. */
void prom_demo_show_phase(prom_demo_show *show, prom_demo_phase phase, double seconds, const char *format, ...)
    PROM_PRINTF(4, 5);

/* Tells something within a phase, in the log too. */
void prom_demo_show_line(prom_demo_show *show, const char *format, ...) PROM_PRINTF(2, 3);

/* Writes a line to the log alone. */
void prom_demo_show_log(prom_demo_show *show, const char *format, ...) PROM_PRINTF(2, 3);

/* Draws a bar that is overwritten by what comes next. */
void prom_demo_show_progress(prom_demo_show *show, const char *who, size_t done, size_t total);

#endif
