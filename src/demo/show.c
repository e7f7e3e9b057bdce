#include "demo/show.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "system/clock.h"

const char *prom_demo_phase_name(prom_demo_phase phase)
{
    static const char *const names[PROM_DEMO_PHASES] = {
        [PROM_DEMO_COMPILE] = "compile", [PROM_DEMO_CHAIN] = "chain",   [PROM_DEMO_FUND] = "fund",
        [PROM_DEMO_SETUP] = "setup",     [PROM_DEMO_LOCK] = "lock",     [PROM_DEMO_COMPUTE] = "compute",
        [PROM_DEMO_PROVE] = "prove",     [PROM_DEMO_VERIFY] = "verify", [PROM_DEMO_SETTLE] = "settle",
        [PROM_DEMO_RELEASE] = "release",
    };
    return names[phase];
}

prom_result prom_demo_show_open(prom_demo_show *show, const char *path, bool quiet, prom_error *error)
{
    *show = (prom_demo_show){.quiet = quiet};
    (void)snprintf(show->log_path, sizeof show->log_path, "%s", path);
    show->started = prom_clock_seconds();
    show->phase_started = show->started;
    show->log = fopen(path, "we");
    if (show->log == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "the log %s cannot be written: %s", path, strerror(errno));
    }
    return prom_ok();
}

static void end_progress(prom_demo_show *show)
{
    prom_progress_bar_end(&show->bar);
    show->computing = NULL;
}

void prom_demo_show_close(prom_demo_show *show)
{
    end_progress(show);
    if (show->log != NULL) {
        (void)fclose(show->log);
        show->log = NULL;
    }
}

void prom_demo_show_log(prom_demo_show *show, const char *format, ...)
{
    if (show->log == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(show->log, "%10.3f ", prom_clock_seconds() - show->started);
    (void)vfprintf(show->log, format, arguments);
    (void)fputc('\n', show->log);
    (void)fflush(show->log);
    va_end(arguments);
}

void prom_demo_show_phase(prom_demo_show *show, prom_demo_phase phase, double seconds, const char *format, ...)
{
    char text[256];
    va_list arguments;
    const double now = prom_clock_seconds();
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    show->seconds[phase] = seconds >= 0 ? seconds : now - show->phase_started;
    show->phase_started = now;
    prom_demo_show_log(show, "phase %s: %s", prom_demo_phase_name(phase), text);
    end_progress(show);
    if (!show->quiet) {
        (void)printf("  %-8s %7.3f s   %s\n", prom_demo_phase_name(phase), show->seconds[phase], text);
        (void)fflush(stdout);
    }
}

void prom_demo_show_progress(prom_demo_show *show, const char *who, size_t done, size_t total)
{
    if (show->computing == NULL || strcmp(show->computing, who) != 0) {
        end_progress(show);
        show->computing = who;
        show->bar = prom_progress_bar_start(who);
    }
    prom_progress_bar_draw(&show->bar, done, total);
}
