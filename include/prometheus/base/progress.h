/* How far a long computation is, for whoever waits for it. */
#ifndef PROMETHEUS_BASE_PROGRESS_H
#define PROMETHEUS_BASE_PROGRESS_H

#include <stddef.h>

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

/* Told after each item, or some items. */
typedef struct prom_progress {
    void (*report)(void *context, size_t items_done, size_t items);
    void *context;
} prom_progress;

PROM_DECLARATIONS_END

#endif
