/* Which items of a batch are checked, for schemes that sample (the paper's ς below 1): the worker commits first, then
 * a block that it has named while it was still to come draws the items, then the worker opens them in round B. */
#ifndef PROMETHEUS_CONTRACT_SAMPLING_H
#define PROMETHEUS_CONTRACT_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

/* Items of a batch, by their positions from 0 on, strictly rising. */
typedef struct prom_sample {
    const size_t *positions;
    size_t count;
} prom_sample;

/* Computes the seed: the tagged hash `prometheus/sampling` of contract id, H(package A) and the hash of block X, in
 * internal byte order. W signed both, and arbiters have receipted it, before that block was there. */
void prom_sampling_seed(prom_bytes32 *seed, const prom_bytes32 *contract_id, const prom_bytes32 *package_hash,
                        const prom_bytes32 *block);

/* Returns how many of `items`, at least 1, are checked at ς = `varsigma` basis points: [ς items] rounded up, at least 1
 * and at most all. */
uint32_t prom_sample_count(uint32_t items, uint16_t varsigma);

/* Lists the items that the seed draws, each set of that size equally likely: docs/protocol.md, section 8, is the
 * algorithm. */
PROM_MUST_USE prom_result prom_sample_draw(prom_arena *arena, prom_sample *sample, const prom_bytes32 *seed,
                                           uint32_t items, uint16_t varsigma, prom_error *error);

/* Lists all items: what a scheme that does not sample checks. */
PROM_MUST_USE prom_result prom_sample_all(prom_arena *arena, prom_sample *sample, uint32_t items, prom_error *error);

PROM_DECLARATIONS_END

#endif
