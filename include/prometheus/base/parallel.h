/* How a caller lends threads to work that comes in independent parts. Nothing below the program itself makes threads;
 * what is computed does not depend on who computes it, or in which order. */
#ifndef PROMETHEUS_BASE_PARALLEL_H
#define PROMETHEUS_BASE_PARALLEL_H

#include <stddef.h>

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_parallel {
    void *context;
    /* Calls function(argument, index) once for every index below `count`, in any order and several at a time, and
     * returns when all have returned. */
    void (*run)(void *context, void (*function)(void *argument, size_t index), void *argument, size_t count);
} prom_parallel;

/* Calls function(argument, index) once for every index below `count`: by `parallel`, or, with NULL, here and one after
 * the other. Returns when all have returned. */
static inline void prom_parallel_run(const prom_parallel *parallel, void (*function)(void *argument, size_t index),
                                     void *argument, size_t count)
{
    if (parallel != NULL && count > 1) {
        parallel->run(parallel->context, function, argument, count);
        return;
    }
    for (size_t index = 0; index < count; index++) {
        function(argument, index);
    }
}

PROM_DECLARATIONS_END

#endif
