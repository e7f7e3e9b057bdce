#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <seccomp.h>

#include "wasm/frames.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* Bytes: of address space, where 4 GiB are set apart for a module's memory; and of memory that can be written, of which
 * a module has at most 1 GiB. The rest is the compiler's. */
static const rlim_t ADDRESSES = (rlim_t)16 << 30;
static const rlim_t WRITABLE = (rlim_t)4 << 30;

/* Of processes none are begun, and of files none are opened. */
static bool set_limits(void)
{
    const struct {
        __rlimit_resource_t resource;
        rlim_t most;
    } limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_FSIZE, 0},
        {RLIMIT_NOFILE, 1}, /* poll, too, takes no more than this */
        {RLIMIT_AS, SANITIZED ? RLIM_INFINITY : ADDRESSES},
        {RLIMIT_DATA, SANITIZED ? RLIM_INFINITY : WRITABLE},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) != 0) {
            return false;
        }
        const rlim_t most = limit.rlim_cur < limits[i].most ? limit.rlim_cur : limits[i].most;
        limit = (struct rlimit){most, most};
        if (setrlimit(limits[i].resource, &limit) != 0) {
            return false;
        }
    }
    return true;
}

/* What others write to standard output and error goes nowhere: the socket has our frames. */
static bool close_files(void)
{
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    return nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) == STDOUT_FILENO &&
           dup2(nowhere, STDERR_FILENO) == STDERR_FILENO && close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
}

/* When the system has no memory left, it ends this process rather than the node. Where it cannot be told so, nothing is
 * lost. */
static void die_first(void)
{
    static const char most[] = "1000";
    const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        (void)!write(file, most, sizeof most - 1);
        (void)close(file);
    }
}

/* Sets what is enforced, below what can be set at most; what was lower before stays. */
static bool lower(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = limit.rlim_cur < most ? limit.rlim_cur : most;
    return setrlimit(resource, &limit) == 0;
}

static bool raise_to_most(__rlimit_resource_t resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) == 0;
}

const char *sandbox_limit_compiling(size_t bytes)
{
    return lower(RLIMIT_DATA, SANITIZED ? RLIM_INFINITY : bytes) && lower(RLIMIT_CPU, PROM_WASM_COMPILE_SECONDS)
               ? NULL
               : "limits of compiling cannot be set";
}

const char *sandbox_end_compiling(void)
{
    return raise_to_most(RLIMIT_DATA) && raise_to_most(RLIMIT_CPU) ? NULL : "limits of compiling cannot be lifted";
}

const char *sandbox_enter(void)
{
    die_first();
    if (clearenv() != 0) {
        return "the environment cannot be emptied";
    }
    if (!close_files()) {
        return "files cannot be closed";
    }
    if (!set_limits()) {
        return "limits cannot be set";
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? NULL : "privileges cannot be given up";
}

/* All others fail, as libraries try some that they can do without: malloc, for one, opens a file of /proc.
 * Reads and writes, memory, the engine's signal handlers, what ends a thread or the process, hash tables' seeds. */
static const int CALLS[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(membarrier),
    SCMP_SYS(futex),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),
    SCMP_SYS(sched_yield),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(sched_getaffinity),
};

static int fill(scmp_filter_ctx filter)
{
    int failure = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    for (size_t i = 0; i < sizeof CALLS / sizeof CALLS[0] && failure == 0; i++) {
        failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALLS[i], 0);
    }
    static const int limits[] = {RLIMIT_DATA, RLIMIT_CPU};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0] && failure == 0; i++) { /* up to what sandbox_enter left */
        failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0, 0),
                                   SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)limits[i], 0));
    }
    /* abort() sends a signal to its own process. */
    return failure != 0 ? failure
                        : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                           SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

const char *sandbox_seal(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    const bool sealed = filter != NULL && fill(filter) == 0 && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return sealed ? NULL : "system calls cannot be given up (seccomp)";
}
