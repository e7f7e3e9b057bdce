#include "system/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/clock.h"

enum { ARGUMENTS_MAX = 65536, NOT_STARTED = 127 };

prom_process prom_process_none(void)
{
    return (prom_process){.pid = 0, .pidfd = -1, .start = -1, .output = -1, .well = false};
}

static void close_file(int *file)
{
    if (*file >= 0) {
        (void)close(*file);
        *file = -1;
    }
}

void prom_process_close(prom_process *process)
{
    close_file(&process->pidfd);
    close_file(&process->start);
    close_file(&process->output);
    process->pid = 0;
}

/* What the child does; only async-signal-safe calls, the caller may have threads. Whatever fails leaves one sign: the
 * process ends before it has printed anything. */
static _Noreturn void become(char *const arguments[], const char *folder, int start, int output, pid_t caller,
                             bool die_with_caller)
{
    char byte = 0;
    /* The caller's death before prctl would go unnoticed: hence getppid. */
    if ((die_with_caller && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != caller)) || setsid() < 0 ||
        chdir(folder) != 0) {
        _exit(NOT_STARTED);
    }
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0 || read(start, &byte, 1) != 1) {
        _exit(NOT_STARTED);
    }
    /* Closed at the exec, not here: until then this process keeps its copy of the caller's locks. So a command that
     * gets the folder's lock sees a process that can be told by its arguments. */
    if (close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC) != 0) {
        _exit(NOT_STARTED);
    }
    (void)execv(arguments[0], arguments);
    _exit(NOT_STARTED);
}

prom_result prom_process_prepare(prom_process *process, char *const arguments[], const char *folder,
                                 bool die_with_caller, prom_error *error)
{
    *process = prom_process_none();
    const pid_t caller = getpid();
    int ends[2] = {-1, -1};
    process->output = memfd_create("output", MFD_CLOEXEC);
    if (process->output < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        prom_process_close(process);
        return prom_fail(error, PROM_CATEGORY_IO, "cannot prepare %s: %s", arguments[0], strerror(errno));
    }
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[1]); /* or the read would wait for itself when the caller ends */
        become(arguments, folder, ends[0], process->output, caller, die_with_caller);
    }
    const int fork_errno = errno;
    (void)close(ends[0]);
    process->pid = pid;
    process->start = ends[1];
    process->pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (process->pidfd < 0) {
        const int failure = pid < 0 ? fork_errno : errno;
        prom_process_close(process); /* the child ends at the closed socket */
        return prom_fail(error, PROM_CATEGORY_IO, "cannot start %s: %s", arguments[0], strerror(failure));
    }
    return prom_ok();
}

prom_result prom_process_start(prom_process *process, prom_error *error)
{
    const ssize_t written = send(process->start, "", 1, MSG_NOSIGNAL);
    close_file(&process->start);
    return written == 1 ? prom_ok()
                        : prom_fail(error, PROM_CATEGORY_IO, "cannot start process %ld: %s", (long)process->pid,
                                    strerror(errno));
}

/* Whether `argument` is one of the zero-ended strings. */
static bool is_among(const char *argument, const char *strings, size_t length)
{
    bool found = false;
    for (size_t at = 0; at < length && !found; at += strlen(strings + at) + 1) {
        found = strcmp(strings + at, argument) == 0;
    }
    return found;
}

/* Whether all of `wanted` are in /proc/PID/cmdline, and the process is our user's. */
static bool is_ours(pid_t pid, const char *const wanted[])
{
    char path[64];
    struct stat status;
    (void)snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
    char *arguments = calloc(1, ARGUMENTS_MAX + 1);
    FILE *file = fopen(path, "re");
    bool ours = arguments != NULL && file != NULL && fstat(fileno(file), &status) == 0 && status.st_uid == geteuid();
    if (ours) {
        const size_t length = fread(arguments, 1, ARGUMENTS_MAX, file);
        for (size_t i = 0; wanted[i] != NULL; i++) {
            ours = ours && is_among(wanted[i], arguments, length);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(arguments);
    return ours;
}

bool prom_process_find(prom_process *process, pid_t pid, const char *const wanted[])
{
    *process = prom_process_none();
    if (pid <= 0) {
        return false;
    }
    /* First the pidfd, then the look: whose arguments were read is who the pidfd stands for. */
    process->pid = pid;
    process->pidfd = pidfd_open(pid, 0);
    if (process->pidfd < 0 || !is_ours(pid, wanted) || prom_process_wait(process, 0)) {
        prom_process_close(process);
        return false;
    }
    return true;
}

bool prom_process_search(prom_process *process, const char *const wanted[])
{
    DIR *all = opendir("/proc");
    bool found = false;
    *process = prom_process_none();
    for (const struct dirent *entry = all != NULL ? readdir(all) : NULL; entry != NULL && !found;
         entry = readdir(all)) {
        const long pid = strtol(entry->d_name, NULL, 10); /* 0: what has no number for its name */
        found = pid > 0 && pid <= INT32_MAX && pid != getpid() && prom_process_find(process, (pid_t)pid, wanted);
    }
    if (all != NULL) {
        (void)closedir(all);
    }
    return found;
}

bool prom_process_wait(prom_process *process, int milliseconds)
{
    const int64_t deadline = prom_clock_milliseconds() + milliseconds;
    struct pollfd ended = {.fd = process->pidfd, .events = POLLIN};
    int outcome = poll(&ended, 1, milliseconds);
    while (outcome < 0 && errno == EINTR) {
        const int64_t left = deadline - prom_clock_milliseconds();
        outcome = poll(&ended, 1, left > 0 ? (int)left : 0);
    }
    siginfo_t how = {0};
    if (outcome > 0 && waitid(P_PIDFD, (id_t)process->pidfd, &how, WEXITED | WNOHANG) == 0) { /* it is our child */
        process->well = how.si_code == CLD_EXITED && how.si_status == 0;
    }
    return outcome > 0;
}

void prom_process_signal(const prom_process *process, int signal)
{
    (void)pidfd_send_signal(process->pidfd, signal, NULL, 0); /* fails when it has ended: that is what is wanted */
}

void prom_process_output(const prom_process *process, char *text, size_t room)
{
    text[0] = '\0';
    struct stat status;
    if (process->output < 0 || fstat(process->output, &status) != 0) {
        return;
    }
    const off_t most = (off_t)room - 1;
    const off_t from = status.st_size > most ? status.st_size - most : 0;
    const ssize_t read_bytes = pread(process->output, text, room - 1, from);
    text[read_bytes > 0 ? read_bytes : 0] = '\0';
}
