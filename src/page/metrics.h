/* What /metrics and /healthz say. */
#ifndef PAGE_METRICS_H
#define PAGE_METRICS_H

#include <stddef.h>

#include "rpc/method.h"

/* Writes all metrics in Prometheus' text format to `text`, which the caller frees, and their bytes to `length`.
 * PROM_CATEGORY_MEMORY, or as the store says. */
PROM_MUST_USE prom_result prom_metrics_write(char **text, size_t *length, prom_rpc_host *host, prom_error *error);

/* Returns whether contracts can begin; where not, `why` says why. */
bool prom_metrics_healthy(const prom_rpc_host *host, prom_error *why);

#endif
