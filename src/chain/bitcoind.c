#include "chain/bitcoind.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/printable.h"
#include "system/clock.h"

#define BUILT "prometheus/bitcoin-core-0.3.0/bin/bitcoind" /* in the user's cache, by tools/deps */
#define REMEDY "run 'make deps', put bitcoind 28 or newer on the PATH, or give --bitcoind PATH"

enum { OUTPUT_MAX = 4096, VERSION_MILLISECONDS = 10000, MAJOR_DIGITS_MAX = 4, WORDS_MAX = 200 };

/* The first line that is Bitcoin Core's: a warning, of the loader for example, may stand before it. NULL: none. */
static const char *own_line(const char *output)
{
    static const char NAME[] = "Bitcoin Core";
    while (output != NULL && strncmp(output, NAME, strlen(NAME)) != 0) {
        const char *end = strchr(output, '\n');
        output = end != NULL ? end + 1 : NULL;
    }
    return output;
}

bool prom_bitcoind_version_parse(prom_bitcoind *bitcoind, const char *output)
{
    static const char BEFORE[] = " version v";
    bitcoind->version[0] = '\0';
    bitcoind->major = 0;
    const char *line = own_line(output);
    const char *at = line != NULL ? strstr(line, BEFORE) : NULL;
    if (at == NULL || at > line + strcspn(line, "\n")) {
        return false;
    }
    at += strlen(BEFORE);
    const size_t digits = strspn(at, "0123456789");
    const size_t length = strcspn(at, " \n");
    if (digits == 0 || digits > MAJOR_DIGITS_MAX || at[digits] != '.' || length + 2 > sizeof bitcoind->version) {
        return false;
    }
    (void)snprintf(bitcoind->version, sizeof bitcoind->version, "v%.*s", (int)length, at);
    bitcoind->major = (uint32_t)strtoul(at, NULL, 10);
    return true;
}

/* Reads until the end, a full buffer, or the deadline, which makes the answer false. `output` ends with a zero. */
static bool read_output(int pipe_end, char output[OUTPUT_MAX])
{
    const int64_t deadline = prom_clock_milliseconds() + VERSION_MILLISECONDS;
    size_t length = 0;
    bool in_time = false;
    for (int64_t left = VERSION_MILLISECONDS; left > 0; left = deadline - prom_clock_milliseconds()) {
        struct pollfd readable = {.fd = pipe_end, .events = POLLIN};
        if (poll(&readable, 1, (int)left) <= 0) {
            continue;
        }
        const ssize_t more = read(pipe_end, output + length, OUTPUT_MAX - 1 - length);
        if (more <= 0) { /* the end, or no more room */
            in_time = true;
            break;
        }
        length += (size_t)more;
    }
    output[length] = '\0';
    return in_time;
}

/* Starts `path --version`, its output and what it complains of to `pipe_end`. Before bitcoind tells its version, it
 * reads a configuration and writes settings; those of the user are none of our business, may be broken, and two that
 * write them at once get in each other's way. So it is given none of either, and a data folder in which nobody can
 * write. An errno, or 0. */
static int spawn_version(pid_t *pid, char *path, int pipe_end)
{
    char options[][32] = {"--version", "-datadir=/proc", "-conf=/dev/null", "-nosettings"};
    char *const arguments[] = {path, options[0], options[1], options[2], options[3], NULL};
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) {
        return failure;
    }
    failure = posix_spawn_file_actions_adddup2(&actions, pipe_end, STDOUT_FILENO);
    if (failure == 0) {
        failure = posix_spawn_file_actions_adddup2(&actions, pipe_end, STDERR_FILENO);
    }
    if (failure == 0) {
        failure = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    if (failure == 0) {
        failure = posix_spawn(pid, path, &actions, NULL, arguments, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* What `path --version` prints; `in_time` is false where it had not ended when its time was over. */
static prom_result run_version(char *path, char output[OUTPUT_MAX], bool *in_time, prom_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "no pipe to %s: %s", path, strerror(errno));
    }
    pid_t pid = 0;
    const int failure = spawn_version(&pid, path, ends[1]);
    (void)close(ends[1]);
    if (failure == 0) {
        *in_time = read_output(ends[0], output);
        (void)kill(pid, SIGKILL); /* it has ended, or has had its time */
        (void)waitpid(pid, NULL, 0);
    }
    (void)close(ends[0]);
    if (failure != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s does not run: %s; " REMEDY, path, strerror(failure));
    }
    return prom_ok();
}

/* The sentence about a program that did not tell Bitcoin Core's version, with its own words. */
static prom_result not_a_bitcoind(const char *path, const char *output, bool in_time, prom_error *error)
{
    enum { SECOND = 1000 };
    char words[WORDS_MAX];
    char when[64] = "it";
    const char *line = output + strspn(output, " \t\r\n");
    size_t length = strcspn(line, "\r\n"); /* the first: others tell of licences and options */
    while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL) {
        length--;
    }
    (void)prom_printable(words, sizeof words, line, length);
    if (!in_time) {
        (void)snprintf(when, sizeof when, "it did not end within %d seconds and", VERSION_MILLISECONDS / SECOND);
    }
    return prom_fail(error, PROM_CATEGORY_IO,
                     "%.200s is not a bitcoind: asked for --version, it does not name Bitcoin Core; %s said %s%s%s",
                     path, when, length == 0 ? "nothing" : "'", words, length == 0 ? "" : "'");
}

/* Whether the file `path` is a bitcoind that can be used. */
static prom_result examine(prom_bitcoind *bitcoind, const char *path, prom_error *error)
{
    char output[OUTPUT_MAX] = {0};
    bool in_time = false;
    if (realpath(path, bitcoind->path) == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "no bitcoind at %s: %s; " REMEDY, path, strerror(errno));
    }
    PROM_TRY(run_version(bitcoind->path, output, &in_time, error));
    if (!prom_bitcoind_version_parse(bitcoind, output)) {
        return not_a_bitcoind(path, output, in_time, error);
    }
    if (bitcoind->major < PROM_BITCOIND_MIN) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s is too old: it is Bitcoin Core %s; " REMEDY, path,
                         bitcoind->version);
    }
    return prom_ok();
}

/* The first executable file bitcoind in the folders of PATH; an empty entry, the current folder, is not searched. */
static bool search_path(char path[PATH_MAX])
{
    const char *folder = getenv("PATH");
    while (folder != NULL && *folder != '\0') {
        const size_t length = strcspn(folder, ":");
        const int written = snprintf(path, PATH_MAX, "%.*s/bitcoind", (int)length, folder);
        if (length > 0 && written < PATH_MAX && access(path, X_OK) == 0) {
            return true;
        }
        folder += length + (folder[length] == ':');
    }
    return false;
}

/* The one that `make deps` builds. */
static bool built_path(char path[PATH_MAX])
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const bool given = cache != NULL && *cache != '\0';
    const int written = given ? snprintf(path, PATH_MAX, "%s/" BUILT, cache)
                              : snprintf(path, PATH_MAX, "%s/.cache/" BUILT, home != NULL ? home : "");
    return written < PATH_MAX && access(path, X_OK) == 0;
}

static prom_result find_unnamed(prom_bitcoind *found, prom_error *error)
{
    char path[PATH_MAX];
    prom_result result = prom_fail(error, PROM_CATEGORY_IO, "no bitcoind found: none is on the PATH; " REMEDY);
    if (search_path(path)) {
        result = examine(found, path, error);
    }
    /* Where the cache has none, what is wrong with the one on the PATH is the better sentence. */
    if (!prom_is_ok(result) && built_path(path)) {
        result = examine(found, path, error);
    }
    return result;
}

prom_result prom_bitcoind_find(prom_bitcoind *found, const char *wanted, prom_error *error)
{
    const char *named = getenv("PROM_BITCOIND");
    prom_bitcoind candidate = {0};
    *found = candidate;
    prom_result result;
    if (wanted != NULL) {
        result = examine(&candidate, wanted, error);
        result.category = prom_is_ok(result) ? PROM_CATEGORY_OK : PROM_CATEGORY_BAD_INPUT;
    } else if (named != NULL && *named != '\0') {
        result = prom_within(examine(&candidate, named, error), error, "the environment's PROM_BITCOIND");
    } else {
        result = find_unnamed(&candidate, error);
    }
    if (prom_is_ok(result)) {
        *found = candidate;
        if (error != NULL) {
            error->sentence[0] = '\0'; /* of a candidate before this one */
        }
    }
    return result;
}
