/* How far a long computation is, for whoever waits for it, and how it is stopped. */
#ifndef PROMETHEUS_BASE_PROGRESS_H
#define PROMETHEUS_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

/* `report` is called after each step, or some steps, by whichever thread made it, but never by two at once. What
 * `report` returns says whether to go on: with false the computation ends soon after, with PROM_CATEGORY_STOPPED. A
 * caller that wants to stop from another thread lets `report` return what that thread has set. */
typedef struct prom_progress {
    bool (*report)(void *context, size_t done, size_t total);
    void *context;
} prom_progress;

/* Calls `progress`, unless it is NULL. PROM_CATEGORY_STOPPED when it does not want to go on. */
PROM_MUST_USE static inline prom_result prom_progress_report(const prom_progress *progress, size_t done, size_t total,
                                                             prom_error *error)
{
    if (progress == NULL || progress->report(progress->context, done, total)) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_STOPPED, "stopped, as the caller asked, when %zu of %zu were done", done,
                     total);
}

PROM_DECLARATIONS_END

#endif
