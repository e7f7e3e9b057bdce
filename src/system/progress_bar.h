/* A bar that shows how far a slow part is: on standard error where that is a terminal, and nowhere else. */
#ifndef SYSTEM_PROGRESS_BAR_H
#define SYSTEM_PROGRESS_BAR_H

#include <stdbool.h>
#include <stddef.h>

#include "prometheus/base/progress.h"

typedef struct prom_progress_bar {
    const char *what; /* one word; NULL: the bar shows nothing */
    double started;   /* seconds of the clock */
    double drawn_at;
    bool drawn; /* it stands in the terminal's last line */
} prom_progress_bar;

prom_progress_bar prom_progress_bar_start(const char *what);

/* Draws it anew, ten times a second at most. */
void prom_progress_bar_draw(prom_progress_bar *bar, size_t done, size_t total);

/* Returns what a function of the library reports to. */
prom_progress prom_progress_bar_reporter(prom_progress_bar *bar);

/* Takes the bar off the terminal; it may be drawn again. */
void prom_progress_bar_end(prom_progress_bar *bar);

#endif
