/* prom: sets the process up, runs the command, says when the output could not be written. */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sodium.h>

#include "cli/tell.h"
#include "prom/root.h"

enum { STACK_MIN = 1 << 18 }; /* bytes */

/* A proof takes and gives back large pieces of memory again and again. Left with the process, they need not be mapped
 * and cleared by the kernel each time, which takes a fifth of the prover's time. */
static void keep_memory(void)
{
    enum { MAPPED_FROM = 1 << 25, KEPT = 1 << 30 }; /* the former is the most that the C library takes */
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
}

/* A file that grows past the shell's limit is a failure to write like any other, not a death on the way. */
static void outlive_limits(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
}

/* A stream that is closed would have its number taken by the next file that is opened, and what is told would be
 * written into that. In its place comes one that cannot be used either. */
static void open_standard_streams(void)
{
    static const int modes[] = {[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", modes[stream]) != stream) {
            _exit(PROM_EXIT_UNDECIDED); /* nobody could be told more */
        }
    }
}

/* Whether the stack that the shell allows is enough, with a margin of five times what was ever seen to be used: one
 * that ends within a command ends the process without a word. */
static bool has_stack(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= STACK_MIN;
}

int main(int argc, char **argv)
{
    outlive_limits();
    keep_memory();
    open_standard_streams();
    if (!has_stack()) {
        (void)fprintf(stderr, "prom: the stack is limited to less than %d kB: raise it, as with 'ulimit -s 8192'\n",
                      STACK_MIN / 1024);
        return PROM_EXIT_UNDECIDED; /* 1 would be a verdict of `verify` */
    }
    if (sodium_init() < 0) {
        (void)fputs("prom: this machine gives no randomness\n", stderr);
        return PROM_EXIT_UNDECIDED;
    }
    const prom_exit code = prom_command_main(&prom_command_root, argc > 0 ? argc - 1 : 0, argv + 1);
    prom_error error;
    if (!prom_is_ok(prom_tell_flush(&error))) { /* of what is not a command: help, the version, a refused name */
        (void)fprintf(stderr, "prom: %s\n", error.sentence);
        return PROM_EXIT_FAILURE;
    }
    return (int)code;
}
