#include "demo/show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "system/clock.h"

#define FIRST_LINE "The log of 'prom demo': seconds, and what happened.\n"

enum { COLUMN = 8 }; /* of times: "12.3 ms" */

const char *prom_demo_phase_name(prom_demo_phase phase)
{
    static const char *const names[PROM_DEMO_PHASES] = {
        [PROM_DEMO_COMPILE] = "compile",
        [PROM_DEMO_CHAIN] = "chain",
        [PROM_DEMO_FUND] = "fund",
        [PROM_DEMO_PLAY] = "play",
    };
    return names[phase];
}

/* Waits until no other demo has the log, and with it the folder; says so first. A lock of this kind is not handed on to
 * the processes that we start. */
static int wait_for_log(const prom_demo_show *show, int file)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_SETLK, &lock) == 0) {
        return 0;
    }
    if (!show->quiet && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
        (void)fprintf(stderr, "prom: demo: another demo (process %ld) writes %s: waiting until it has ended\n",
                      (long)lock.l_pid, show->log_path);
    }
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int outcome = fcntl(file, F_SETLKW, &lock);
    while (outcome != 0 && errno == EINTR) {
        outcome = fcntl(file, F_SETLKW, &lock);
    }
    return outcome;
}

/* Whether the file is empty or a demo's log: anything else is somebody's, and only happens to have the name. */
static bool is_log(int file)
{
    char begins[sizeof FIRST_LINE - 1];
    const ssize_t length = pread(file, begins, sizeof begins, 0);
    return length == 0 || (length == (ssize_t)sizeof begins && memcmp(begins, FIRST_LINE, sizeof begins) == 0);
}

/* Empties the log when it is this demo's alone. */
static prom_result take_log(prom_demo_show *show, int file, prom_error *error)
{
    if (file < 0 || wait_for_log(show, file) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "the log %s cannot be written: %s", show->log_path, strerror(errno));
    }
    if (!is_log(file)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is not the log of a demo, and is not written over: give another --dir", show->log_path);
    }
    if (ftruncate(file, 0) != 0 || write(file, FIRST_LINE, sizeof FIRST_LINE - 1) != (ssize_t)sizeof FIRST_LINE - 1) {
        return prom_fail(error, PROM_CATEGORY_IO, "the log %s cannot be written: %s", show->log_path, strerror(errno));
    }
    return prom_ok();
}

static prom_result open_log(prom_demo_show *show, prom_error *error)
{
    const int flags = O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC; /* a pipe would block */
    const int file = open(show->log_path, flags, DEFFILEMODE);
    prom_result result = take_log(show, file, error);
    if (prom_is_ok(result)) {
        show->log = fdopen(file, "a");
        result = show->log != NULL ? prom_ok() : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    if (show->log == NULL && file >= 0) {
        (void)close(file);
    }
    return result;
}

prom_result prom_demo_show_open(prom_demo_show *show, const char *path, bool quiet, prom_error *error)
{
    *show = (prom_demo_show){.quiet = quiet};
    (void)snprintf(show->log_path, sizeof show->log_path, "%s", path);
    PROM_TRY(open_log(show, error));
    show->started = prom_clock_seconds();
    show->phase_started = show->started;
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
        char took[PROM_UNITS];
        (void)prom_units_seconds(took, show->seconds[phase]);
        /* A column is counted in characters, and the unit of microseconds has one of two bytes. */
        const int width = strstr(took, "µ") != NULL ? COLUMN + 1 : COLUMN;
        (void)printf("  %-8s %*s   %s\n", prom_demo_phase_name(phase), width, took, text);
        (void)fflush(stdout);
    }
}

void prom_demo_show_line(prom_demo_show *show, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    prom_demo_show_log(show, "%s", text);
    end_progress(show);
    if (!show->quiet) {
        (void)printf("  %-8s %*s   %s\n", "", COLUMN, "", text);
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
