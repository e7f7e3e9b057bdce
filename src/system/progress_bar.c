#include "system/progress_bar.h"

#include <stdio.h>
#include <unistd.h>

#include "system/clock.h"
#include "system/terminal_line.h"

#define PERIOD 0.1 /* seconds between two pictures */

prom_progress_bar prom_progress_bar_start(const char *what)
{
    const double now = prom_clock_seconds();
    return (prom_progress_bar){isatty(STDERR_FILENO) == 1 ? what : NULL, now, now, false};
}

void prom_progress_bar_draw(prom_progress_bar *bar, size_t done, size_t total)
{
    enum { WIDTH = 30 };
    static const char full[] = "##############################";
    const double now = bar->what == NULL ? 0 : prom_clock_seconds();
    if (bar->what == NULL || done == 0 || done > total || now - bar->drawn_at < PERIOD) {
        return;
    }
    const double share = (double)done / (double)total;
    const double left = (now - bar->started) * (1 - share) / share;
    const int filled = (int)((double)WIDTH * share);
    prom_terminal_line(stderr, "  %-9s [%.*s%*s] %zu/%zu, %.0f s left", bar->what, filled, full, WIDTH - filled, "",
                       done, total, left);
    bar->drawn_at = now;
    bar->drawn = true;
}

static bool report(void *context, size_t items_done, size_t items)
{
    prom_progress_bar_draw(context, items_done, items);
    return true;
}

prom_progress prom_progress_bar_reporter(prom_progress_bar *bar)
{
    return (prom_progress){report, bar};
}

void prom_progress_bar_end(prom_progress_bar *bar)
{
    if (bar->drawn) {
        prom_terminal_line_end(stderr);
        bar->drawn = false;
    }
}
