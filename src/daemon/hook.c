#include "daemon/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/clock.h"

enum { FIRST_OTHER = STDERR_FILENO + 1, ENVIRONMENT_MAX = 4 };

struct running {
    pid_t pid; /* 0: none */
    int64_t since;
    bool killed;
};

struct prom_hook {
    prom_log *log;
    char program[PATH_MAX];
    struct running running[PROM_HOOK_RUNNING_MAX];
    char *waiting[PROM_HOOK_WAITING_MAX]; /* lines; the oldest first */
    size_t waiting_count;
    size_t lost;
};

prom_result prom_hook_check(const char *program, prom_error *error)
{
    struct stat status;
    if (program[0] == '\0') {
        return prom_ok();
    }
    if (stat(program, &status) != 0 || access(program, X_OK) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "notify, %.300s, cannot be run: %s", program, strerror(errno));
    }
    return S_ISREG(status.st_mode) ? prom_ok()
                                   : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                               "notify, %.300s, is no program: give the path of one", program);
}

/* -- Running -- */

/* The event as a file in memory, to be read from its beginning; -1: there is no room. */
static int file_of(const char *line)
{
    const size_t length = strlen(line);
    const int file = memfd_create("event", MFD_CLOEXEC);
    if (file >= 0 && (write(file, line, length) != (ssize_t)length || lseek(file, 0, SEEK_SET) != 0)) {
        (void)close(file);
        return -1;
    }
    return file;
}

/* The node's own environment may hold what is no business of the program. */
static void environment_of(char *environment[ENVIRONMENT_MAX], char text[ENVIRONMENT_MAX][PATH_MAX])
{
    static const char *const kept[] = {"PATH", "HOME", "LANG"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const char *value = getenv(kept[i]);
        if (value != NULL && snprintf(text[count], PATH_MAX, "%s=%s", kept[i], value) < PATH_MAX) {
            environment[count] = text[count];
            count++;
        }
    }
    environment[count] = NULL;
}

/* Nothing of ours is open in it, it is of a group of its own, and takes signals as any program does. */
static int spawn(pid_t *pid, char *program, int input)
{
    char *const arguments[] = {program, NULL};
    char text[ENVIRONMENT_MAX][PATH_MAX];
    char *environment[ENVIRONMENT_MAX];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none;
    sigset_t all;
    environment_of(environment, text);
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    if (posix_spawn_file_actions_init(&files) != 0) {
        return ENOMEM;
    }
    if (posix_spawnattr_init(&how) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    const bool set =
        posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO) == 0 &&
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addclosefrom_np(&files, FIRST_OTHER) == 0 &&
        posix_spawnattr_setsigmask(&how, &none) == 0 && posix_spawnattr_setsigdefault(&how, &all) == 0 &&
        posix_spawnattr_setpgroup(&how, 0) == 0 &&
        posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP) == 0;
    const int failure = set ? posix_spawn(pid, program, &files, &how, arguments, environment) : ENOMEM;
    (void)posix_spawnattr_destroy(&how);
    (void)posix_spawn_file_actions_destroy(&files);
    return failure;
}

static void begin(prom_hook *hook, struct running *place, const char *line)
{
    const int input = file_of(line);
    const int failure = input < 0 ? errno : spawn(&place->pid, hook->program, input);
    if (input >= 0) {
        (void)close(input);
    }
    place->since = prom_clock_milliseconds();
    place->killed = false;
    if (failure != 0) {
        place->pid = 0;
        prom_log_write(hook->log, PROM_LOG_WARN, NULL, "notify: %.300s cannot be run, and was not told of an event: %s",
                       hook->program, strerror(failure));
    }
}

/* -- What became of it -- */

static void take_end(const prom_hook *hook, struct running *place, int status)
{
    if (place->killed) {
        prom_log_write(hook->log, PROM_LOG_WARN, NULL, "notify: %.300s was killed: it took more than %d seconds",
                       hook->program, PROM_HOOK_MS / 1000);
    } else if (WIFSIGNALED(status)) {
        prom_log_write(hook->log, PROM_LOG_WARN, NULL, "notify: %.300s was ended by signal %d", hook->program,
                       WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        prom_log_write(hook->log, PROM_LOG_WARN, NULL, "notify: %.300s failed, with exit code %d", hook->program,
                       WEXITSTATUS(status));
    }
    place->pid = 0;
}

static void look_at(const prom_hook *hook, struct running *place)
{
    int status = 0;
    const pid_t ended = waitpid(place->pid, &status, WNOHANG);
    if (ended == place->pid) {
        take_end(hook, place, status);
    } else if (ended < 0 && errno != EINTR) {
        place->pid = 0;
    } else if (!place->killed && prom_clock_milliseconds() - place->since > PROM_HOOK_MS) {
        place->killed = true;
        (void)kill(-place->pid, SIGKILL);
        (void)kill(place->pid, SIGKILL); /* it may be in another group by now */
    }
}

void prom_hook_turn(prom_hook *hook)
{
    for (size_t i = 0; i < PROM_HOOK_RUNNING_MAX; i++) {
        struct running *place = &hook->running[i];
        if (place->pid != 0) {
            look_at(hook, place);
        }
        if (place->pid == 0 && hook->waiting_count > 0) {
            char *line = hook->waiting[0];
            hook->waiting_count--;
            memmove(&hook->waiting[0], &hook->waiting[1], hook->waiting_count * sizeof hook->waiting[0]);
            begin(hook, place, line);
            free(line);
        }
    }
    if (hook->lost > 0 && hook->waiting_count == 0) {
        prom_log_write(hook->log, PROM_LOG_WARN, NULL, "notify: %zu events found no room, and nobody was told of them",
                       hook->lost);
        hook->lost = 0;
    }
}

void prom_hook_tell(prom_hook *hook, const json_t *event)
{
    if (hook->program[0] == '\0') {
        return;
    }
    char *text = hook->waiting_count < PROM_HOOK_WAITING_MAX ? json_dumps(event, JSON_COMPACT) : NULL;
    char *line = NULL;
    if (text == NULL || asprintf(&line, "%s\n", text) < 0) {
        hook->lost++;
    } else {
        hook->waiting[hook->waiting_count++] = line;
    }
    free(text);
    prom_hook_turn(hook);
}

size_t prom_hook_running(const prom_hook *hook)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_HOOK_RUNNING_MAX; i++) {
        count += hook->running[i].pid != 0 ? 1 : 0;
    }
    return count;
}

void prom_hook_set(prom_hook *hook, const char *program)
{
    (void)snprintf(hook->program, sizeof hook->program, "%s", program);
}

prom_result prom_hook_open(prom_hook **hook, prom_log *log, prom_error *error)
{
    *hook = calloc(1, sizeof **hook);
    if (*hook == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (*hook)->log = log;
    return prom_ok();
}

void prom_hook_close(prom_hook *hook)
{
    for (size_t i = 0; hook != NULL && i < hook->waiting_count; i++) {
        free(hook->waiting[i]);
    }
    free(hook);
}
