/* The log of a program that runs for months: a line for each thing that happens,
 *
 *     2026-11-30T12:00:00Z info [contract 0123456789abcdef] the package is made
 *
 * to a file, to standard error, or to both. Control characters are written as \xNN, so that nobody's text begins a line
 * of its own or reaches a terminal. Nothing secret is ever given to it. One thread. */
#ifndef SYSTEM_LOG_H
#define SYSTEM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/result.h"

typedef enum prom_log_level {
    PROM_LOG_ERROR, /* the owner must act */
    PROM_LOG_WARN,  /* something is not as it should be */
    PROM_LOG_INFO,  /* what happens */
    PROM_LOG_DEBUG, /* and each message */
    PROM_LOG_LEVELS,
} prom_log_level;

/* Returns "error", "warn", "info" or "debug". */
const char *prom_log_level_name(prom_log_level level);
#define PROM_LOG_LEVEL_WORDS "error warn info debug"
/* Returns false when the word is none of them. */
PROM_MUST_USE bool prom_log_level_parse(prom_log_level *level, const char *word);

/* Bounds how much strangers can have written: they choose how much there is to refuse and to note. All zero at first.
 */
#define PROM_LOG_LINES_A_MINUTE 300U
typedef struct prom_log_bound {
    int64_t minute;
    unsigned lines;
    unsigned left_out;
} prom_log_bound;
/* Returns whether a line may be written at `seconds` of a clock that does not go back. `missed` is how many were left
 * out in the last minute, when this is the first one of another; else 0. */
bool prom_log_bound_take(prom_log_bound *bound, double seconds, unsigned *missed);

typedef struct prom_log prom_log;

typedef struct prom_log_options {
    const char *path;   /* readable by its owner only; NULL or empty: no file */
    bool to_stderr;     /* lines that would have to wait there are dropped */
    uint32_t max_bytes; /* a file that would grow beyond is renamed to PATH.old, and a new one begun; 0: no limit */
    prom_log_level level;
} prom_log_options;

/* Opens the log, and goes on with a file that is there. `log` is NULL after a failure: PROM_CATEGORY_IO when the file
 * cannot be written, PROM_CATEGORY_BAD_INPUT when it is none, or too long a name. */
PROM_MUST_USE prom_result prom_log_open(prom_log **log, const prom_log_options *options, prom_error *error);
void prom_log_close(prom_log *log); /* NULL is fine */

/* Opens the file of that name again, which logrotate(8) may have renamed, by the same or by other options. After a
 * failure, as of prom_log_open, the log is as it was. */
PROM_MUST_USE prom_result prom_log_reopen(prom_log *log, const prom_log_options *options, prom_error *error);

void prom_log_set_level(prom_log *log, prom_log_level level);
prom_log_level prom_log_get_level(const prom_log *log);

/* Writes to the file alone from now on, as where a program ends and says why on standard error by itself. `log` may be
 * NULL. */
void prom_log_leave_stderr(prom_log *log);

/* Writes a line, where the level is wanted. `about` stands in brackets before the text; NULL: nothing does. A line that
 * the disk refuses is lost. `log` may be NULL: nothing is written. */
void prom_log_write(prom_log *log, prom_log_level level, const char *about, const char *format, ...) PROM_PRINTF(4, 5);
/* The same for what others can bring about, within the bound. */
void prom_log_write_bounded(prom_log *log, prom_log_level level, const char *about, const char *text);

#endif
