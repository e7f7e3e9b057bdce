/* prom: sets the process up, runs the command, says when the output could not be written. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>

#include <sodium.h>

#include "prom/root.h"

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

int main(int argc, char **argv)
{
    outlive_limits();
    keep_memory();
    if (sodium_init() < 0) {
        (void)fputs("prom: this machine gives no randomness\n", stderr);
        return PROM_EXIT_FAILURE;
    }
    const prom_exit code = prom_command_main(&prom_command_root, argc > 0 ? argc - 1 : 0, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fputs("prom: the output cannot be written\n", stderr);
        return PROM_EXIT_FAILURE;
    }
    return (int)code;
}
