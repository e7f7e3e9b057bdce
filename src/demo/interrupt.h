/* Ctrl-C and SIGTERM: the demo ends as after a failure, so that nothing is left. A second one ends it at once, and the
 * kernel ends what it has started. */
#ifndef DEMO_INTERRUPT_H
#define DEMO_INTERRUPT_H

#include "prometheus/base/result.h"

/* From here on the first of these signals is only noted. */
void prom_demo_interrupts_take(void);
/* PROM_CATEGORY_STOPPED where one has come. */
PROM_MUST_USE prom_result prom_demo_interrupts_check(prom_error *error);

#endif
