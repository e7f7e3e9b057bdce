/* What fuzz targets share. Each target is one function of the bytes that libFuzzer invents; it dies, by a trap or by a
 * sanitizer, when something is wrong. */
#ifndef PROMETHEUS_FUZZ_H
#define PROMETHEUS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* libFuzzer's entry. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* As much as a node gives to one task. */
#define FUZZ_MEMORY ((size_t)1 << 28)

static inline void must(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* That an invented input was refused as such, with a sentence, and not for a fault of ours. */
static inline void must_be_refusal(prom_result result, const prom_error *error)
{
    must(result.category == PROM_CATEGORY_BAD_INPUT || result.category == PROM_CATEGORY_IO ||
         result.category == PROM_CATEGORY_MEMORY);
    must(error->sentence[0] != '\0');
}

#endif
