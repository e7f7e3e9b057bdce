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

#include "system/clock.h"

#define BUILT "prometheus/bitcoin-core-0.3.0/bin/bitcoind" /* in the user's cache, by tools/deps */
#define REMEDY "run 'make deps' or put bitcoind 28 or newer on the PATH"

enum { OUTPUT_MAX = 4096, VERSION_MILLISECONDS = 5000, MAJOR_DIGITS_MAX = 4 };

bool prom_bitcoind_version_parse(prom_bitcoind *bitcoind, const char *output)
{
    static const char BEFORE[] = " version v";
    bitcoind->version[0] = '\0';
    bitcoind->major = 0;
    const char *at = strstr(output, BEFORE);
    if (strncmp(output, "Bitcoin Core", strlen("Bitcoin Core")) != 0 || at == NULL) {
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

/* Reads until the end, a full buffer, or the deadline. `output` ends with a zero. */
static void read_output(int pipe_end, char output[OUTPUT_MAX])
{
    const int64_t deadline = prom_clock_milliseconds() + VERSION_MILLISECONDS;
    size_t length = 0;
    for (int64_t left = VERSION_MILLISECONDS; left > 0; left = deadline - prom_clock_milliseconds()) {
        struct pollfd readable = {.fd = pipe_end, .events = POLLIN};
        if (poll(&readable, 1, (int)left) <= 0) {
            continue;
        }
        const ssize_t more = read(pipe_end, output + length, OUTPUT_MAX - 1 - length);
        if (more <= 0) { /* the end, or no more room */
            break;
        }
        length += (size_t)more;
    }
    output[length] = '\0';
}

/* Starts `path --version`, its output to `pipe_end`. An errno, or 0. */
static int spawn_version(pid_t *pid, char *path, int pipe_end)
{
    char option[] = "--version";
    char *const arguments[] = {path, option, NULL};
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) {
        return failure;
    }
    failure = posix_spawn_file_actions_adddup2(&actions, pipe_end, STDOUT_FILENO);
    if (failure == 0) {
        failure = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (failure == 0) {
        failure = posix_spawn(pid, path, &actions, NULL, arguments, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* What `path --version` prints. */
static prom_result run_version(char *path, char output[OUTPUT_MAX], prom_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "no pipe to %s: %s", path, strerror(errno));
    }
    pid_t pid = 0;
    const int failure = spawn_version(&pid, path, ends[1]);
    (void)close(ends[1]);
    if (failure == 0) {
        read_output(ends[0], output);
        (void)kill(pid, SIGKILL); /* it has ended, or has had its time */
        (void)waitpid(pid, NULL, 0);
    }
    (void)close(ends[0]);
    if (failure != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s does not run: %s; " REMEDY, path, strerror(failure));
    }
    return prom_ok();
}

/* Whether the file `path` is a bitcoind that can be used. */
static prom_result examine(prom_bitcoind *bitcoind, const char *path, prom_error *error)
{
    char output[OUTPUT_MAX] = {0};
    if (realpath(path, bitcoind->path) == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "no bitcoind at %s: %s; " REMEDY, path, strerror(errno));
    }
    PROM_TRY(run_version(bitcoind->path, output, error));
    if (!prom_bitcoind_version_parse(bitcoind, output)) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s is not a bitcoind: '%s --version' does not name Bitcoin Core",
                         path, path);
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
