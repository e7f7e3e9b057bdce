#include "system/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "system/clock.h"

enum {
    TEXT_MAX = 1536,
    LINE_MAX_BYTES = 4000, /* below PIPE_BUF: a pipe takes all of a line or nothing */
    MODE = S_IRUSR | S_IWUSR,
    SECONDS_A_MINUTE = 60,
};

#define OLD ".old"

struct prom_log {
    char path[PATH_MAX]; /* empty: no file */
    int file;
    uint64_t length;
    uint32_t max_bytes;
    bool to_stderr;
    prom_log_level level;
    prom_log_bound bound;
};

static const char *const names[PROM_LOG_LEVELS] = {"error", "warn", "info", "debug"};

const char *prom_log_level_name(prom_log_level level)
{
    return names[level];
}

bool prom_log_level_parse(prom_log_level *level, const char *word)
{
    for (size_t i = 0; i < PROM_LOG_LEVELS; i++) {
        if (strcmp(names[i], word) == 0) {
            *level = (prom_log_level)i;
            return true;
        }
    }
    return false;
}

bool prom_log_bound_take(prom_log_bound *bound, double seconds, unsigned *missed)
{
    const int64_t minute = (int64_t)(seconds / SECONDS_A_MINUTE);
    *missed = 0;
    if (minute != bound->minute) {
        *missed = bound->left_out;
        *bound = (prom_log_bound){.minute = minute};
    }
    if (bound->lines < PROM_LOG_LINES_A_MINUTE) {
        bound->lines++;
        return true;
    }
    bound->left_out++;
    return false;
}

/* -- The file -- */

/* Of what is no file nothing is opened: a pipe would make the node wait. One that others could read is closed to them,
 * since what it holds concerns the owner's money. */
static prom_result open_file(int *file, uint64_t *length, const char *path, prom_error *error)
{
    struct stat status;
    *length = 0;
    *file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, MODE);
    if (*file < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "the log %s cannot be written: %s", path, strerror(errno));
    }
    if (fstat(*file, &status) != 0 || !S_ISREG(status.st_mode) || fchmod(*file, MODE) != 0) {
        (void)close(*file);
        *file = -1;
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the log %s is no file of ours: name another one", path);
    }
    *length = (uint64_t)status.st_size;
    return prom_ok();
}

prom_result prom_log_reopen(prom_log *log, const prom_log_options *options, prom_error *error)
{
    const char *path = options->path != NULL ? options->path : "";
    int file = -1;
    uint64_t length = 0;
    if (strlen(path) + sizeof OLD > sizeof log->path) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the log has too long a name");
    }
    if (path[0] != '\0') {
        PROM_TRY(open_file(&file, &length, path, error));
    }
    if (log->file >= 0) {
        (void)close(log->file);
    }
    (void)snprintf(log->path, sizeof log->path, "%s", path);
    log->file = file;
    log->length = length;
    log->max_bytes = options->max_bytes;
    log->to_stderr = options->to_stderr;
    log->level = options->level;
    return prom_ok();
}

prom_result prom_log_open(prom_log **log, const prom_log_options *options, prom_error *error)
{
    *log = calloc(1, sizeof **log);
    if (*log == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (*log)->file = -1;
    const prom_result opened = prom_log_reopen(*log, options, error);
    if (!prom_is_ok(opened)) {
        prom_log_close(*log);
        *log = NULL;
    }
    return opened;
}

void prom_log_close(prom_log *log)
{
    if (log != NULL && log->file >= 0) {
        (void)close(log->file);
    }
    free(log);
}

void prom_log_set_level(prom_log *log, prom_log_level level)
{
    log->level = level;
}

prom_log_level prom_log_get_level(const prom_log *log)
{
    return log->level;
}

void prom_log_leave_stderr(prom_log *log)
{
    if (log != NULL) {
        log->to_stderr = false;
    }
}

/* Begins a new file, and keeps the old one. Where that fails the old one grows on: lines are worth more than a limit.
 */
static void rotate(prom_log *log)
{
    char old[PATH_MAX + sizeof OLD];
    int file = -1;
    uint64_t length = 0;
    (void)snprintf(old, sizeof old, "%s" OLD, log->path);
    if (rename(log->path, old) == 0 && prom_is_ok(open_file(&file, &length, log->path, NULL))) {
        (void)close(log->file);
        log->file = file;
        log->length = length;
    }
}

/* -- Lines -- */

static size_t put_escaped(char *line, size_t at, const char *text)
{
    for (; *text != '\0' && at + sizeof "\\xff\n" < LINE_MAX_BYTES; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte < ' ' || byte == 0x7f) {
            at += (size_t)snprintf(line + at, LINE_MAX_BYTES - at, "\\x%02x", byte);
        } else {
            line[at++] = *text;
        }
    }
    return at;
}

static size_t put_head(char *line, prom_log_level level)
{
    const time_t now = (time_t)prom_clock_date();
    struct tm date;
    size_t at = gmtime_r(&now, &date) != NULL ? strftime(line, LINE_MAX_BYTES, "%Y-%m-%dT%H:%M:%SZ", &date) : 0;
    at += (size_t)snprintf(line + at, LINE_MAX_BYTES - at, " %s ", names[level]);
    return at;
}

static void put_out(prom_log *log, const char *line, size_t length)
{
    if (log->file >= 0) {
        if (log->max_bytes != 0 && log->length > 0 && log->length + length > log->max_bytes) {
            rotate(log);
        }
        const ssize_t written = write(log->file, line, length);
        log->length += written > 0 ? (uint64_t)written : 0;
    }
    if (log->to_stderr) {
        struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0 && write(STDERR_FILENO, line, length) < 0) {
            log->to_stderr = errno == EINTR || errno == EAGAIN; /* nobody reads there any more */
        }
    }
}

static void write_text(prom_log *log, prom_log_level level, const char *about, const char *text)
{
    char line[LINE_MAX_BYTES];
    size_t at = put_head(line, level);
    if (about != NULL && about[0] != '\0') {
        line[at++] = '[';
        at = put_escaped(line, at, about);
        at += (size_t)snprintf(line + at, LINE_MAX_BYTES - at, "] ");
    }
    at = put_escaped(line, at, text);
    line[at++] = '\n';
    put_out(log, line, at);
}

void prom_log_write(prom_log *log, prom_log_level level, const char *about, const char *format, ...)
{
    char text[TEXT_MAX];
    if (log == NULL || level > log->level) {
        return;
    }
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    write_text(log, level, about, text);
}

void prom_log_write_bounded(prom_log *log, prom_log_level level, const char *about, const char *text)
{
    unsigned missed = 0;
    if (log == NULL || level > log->level) {
        return;
    }
    const bool taken = prom_log_bound_take(&log->bound, prom_clock_seconds(), &missed);
    if (missed > 0) {
        prom_log_write(log, level, NULL, "%u more lines of a minute were left out", missed);
    }
    if (taken) {
        write_text(log, level, about, text);
    }
}
