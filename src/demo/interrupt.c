#include "demo/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void note(int number)
{
    (void)number;
    interrupted = 1;
}

void prom_demo_interrupts_take(void)
{
    const struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

prom_result prom_demo_interrupts_check(prom_error *error)
{
    return interrupted == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_STOPPED, "interrupted: all that was started is stopped and deleted");
}
