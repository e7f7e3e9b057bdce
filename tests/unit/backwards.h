/* Work that is shared, in an order that nobody would choose. */
#ifndef PROMETHEUS_TEST_BACKWARDS_H
#define PROMETHEUS_TEST_BACKWARDS_H

#include <stddef.h>

/* Parts in the opposite order: what any order gives. The context counts the calls. */
static inline void run_backwards(void *context, void (*function)(void *argument, size_t index), void *argument,
                                 size_t count)
{
    *(size_t *)context += 1;
    while (count-- > 0) {
        function(argument, count);
    }
}

#endif
