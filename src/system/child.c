#include "system/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

prom_child prom_child_none(void)
{
    return (prom_child){0, -1};
}

/* What the child begins with: the socket in the three places, nothing else open, no signal blocked or ignored. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, int socket)
{
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int failure = 0;
    for (int target = STDIN_FILENO; target <= STDERR_FILENO && failure == 0; target++) {
        failure = posix_spawn_file_actions_adddup2(files, socket, target);
    }
    if (failure == 0) {
        failure = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    }
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setsigdefault(attributes, &all);
    (void)posix_spawnattr_setpgroup(attributes, 0); /* Ctrl-C in our terminal is our own affair */
    (void)posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return failure;
}

prom_result prom_child_start(prom_child *child, char *const arguments[], const char *hint, prom_error *error)
{
    char *const nothing[] = {NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int ends[2] = {-1, -1};
    *child = prom_child_none();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "cannot prepare %s: %s", arguments[0], strerror(errno));
    }
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    int failure = prepare(&files, &attributes, ends[1]);
    if (failure == 0) {
        failure = posix_spawn(&child->pid, arguments[0], &files, &attributes, arguments, nothing);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&attributes);
    (void)close(ends[1]);
    if (failure != 0) {
        (void)close(ends[0]);
        *child = prom_child_none();
        return prom_fail(error, PROM_CATEGORY_IO, "cannot start %s: %s%s%s", arguments[0], strerror(failure),
                         failure == ENOENT ? "; " : "", failure == ENOENT ? hint : "");
    }
    child->socket = ends[0];
    return prom_ok();
}

int prom_child_end(prom_child *child)
{
    int status = 0;
    if (child->socket >= 0) {
        (void)close(child->socket);
    }
    if (child->pid > 0) {
        (void)kill(-child->pid, SIGKILL); /* and what it has started, */
        (void)kill(child->pid, SIGKILL);  /* wherever it has gone itself */
        while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
    *child = prom_child_none();
    return status;
}

const char *prom_child_how(int status, char *text, size_t size)
{
    const char *signal = WIFSIGNALED(status) ? sigdescr_np(WTERMSIG(status)) : NULL;
    if (WIFSIGNALED(status)) {
        (void)snprintf(text, size, "was ended by signal %d (%s)", WTERMSIG(status), signal == NULL ? "?" : signal);
    } else {
        (void)snprintf(text, size, "ended with code %d", WEXITSTATUS(status));
    }
    return text;
}
