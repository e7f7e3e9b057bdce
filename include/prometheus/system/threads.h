/* Threads for work that comes in parts: what prom_parallel asks for. */
#ifndef PROMETHEUS_SYSTEM_THREADS_H
#define PROMETHEUS_SYSTEM_THREADS_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/base/parallel.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

#define PROM_THREADS_MAX 256

typedef struct prom_threads prom_threads;

/* Returns how many processors this process may use: at least 1, at most PROM_THREADS_MAX. */
uint32_t prom_threads_available(void);

/* Starts `count` threads, the caller's own among them. Writes NULL on failure: PROM_CATEGORY_MISUSE for a count that is
 * not 1 to PROM_THREADS_MAX, PROM_CATEGORY_IO when the system gives none. */
PROM_MUST_USE prom_result prom_threads_new(prom_threads **threads, uint32_t count, prom_error *error);

/* Ends them. Fits PROM_SCOPED. */
void prom_threads_free(prom_threads **threads);

/* Returns how many there are, the caller's own among them. */
uint32_t prom_threads_count(const prom_threads *threads);

/* Returns how the library runs in these threads, NULL for the caller's alone: for one caller at a time, and not from
 * inside of what it runs. Valid until prom_threads_free. */
const prom_parallel *prom_threads_parallel(const prom_threads *threads);

PROM_DECLARATIONS_END

#endif
