/* The canonical bytes of a program's inputs and outputs: number of items (32 bits), values of an item (32 bits), then
 * the values' codes (program.h), a byte each, item after item. What a contract calls the input's hash is the SHA-256 of
 * these bytes. */
#ifndef PROMETHEUS_PROGRAM_BATCH_H
#define PROMETHEUS_PROGRAM_BATCH_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_batch {
    uint32_t items;
    uint32_t values; /* of one item */
    const uint8_t *data;
} prom_batch;

/* Writes the canonical bytes of a batch. */
PROM_MUST_USE prom_result prom_batch_write(prom_arena *arena, prom_span *bytes, const prom_batch *batch,
                                           prom_error *error);

/* Reads exactly one batch of at least one item and one value; its data points into `bytes`. PROM_CATEGORY_BAD_INPUT on
 * anything else. */
PROM_MUST_USE prom_result prom_batch_read(prom_batch *batch, prom_span bytes, prom_error *error);

/* Returns the bytes of one item. */
prom_span prom_batch_item(const prom_batch *batch, size_t item);

PROM_DECLARATIONS_END

#endif
