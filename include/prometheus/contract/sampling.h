/* Which items of a batch are checked, for schemes that sample (the paper's ς below 1): the worker commits first, then
 * a block and the verifier's nonce draw the items, then the worker opens them in round B. */
#ifndef PROMETHEUS_CONTRACT_SAMPLING_H
#define PROMETHEUS_CONTRACT_SAMPLING_H

#include <stdbool.h>
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

/* Computes what the verifier publishes of its nonce before the worker commits: the tagged hash
 * `prometheus/sampling-nonce` of contract id and nonce. */
void prom_sampling_commitment(prom_bytes32 *commitment, const prom_bytes32 *contract_id, const prom_bytes32 *nonce);

/* Returns whether `nonce` is what the verifier committed to. */
PROM_MUST_USE bool prom_sampling_nonce_valid(const prom_bytes32 *commitment, const prom_bytes32 *contract_id,
                                             const prom_bytes32 *nonce);

/* Computes the height of the block that draws the items, where the receipts of round A that the worker first names have
 * `highest` as their highest height: two blocks later. PROM_CATEGORY_PEER when no block can have that height. */
PROM_MUST_USE prom_result prom_sampling_height(uint32_t *height, uint32_t highest, prom_error *error);

/* Computes the seed: the tagged hash `prometheus/sampling` of contract id, the proof's commitment `root`, the block's
 * hash and the verifier's nonce, which is NULL when the verifier has not opened it in time. */
void prom_sampling_seed(prom_bytes32 *seed, const prom_bytes32 *contract_id, const prom_bytes32 *root,
                        const prom_bytes32 *block, const prom_bytes32 *nonce);

/* Returns how many of `items`, at least 1, are checked at ς = `varsigma` basis points: [ς items] rounded up, at least 1
 * and at most all. */
uint32_t prom_sample_count(uint32_t items, uint16_t varsigma);

/* Lists the items that the seed draws, each set of that size equally likely: docs/protocol.md, section 8, is the
 * algorithm. */
PROM_MUST_USE prom_result prom_sample_draw(prom_arena *arena, prom_sample *sample, const prom_bytes32 *seed,
                                           uint32_t items, uint16_t varsigma, prom_error *error);

/* Lists all items: what a scheme that does not sample checks. */
PROM_MUST_USE prom_result prom_sample_all(prom_arena *arena, prom_sample *sample, uint32_t items, prom_error *error);

/* Makes the package of round B: the openings, sealed as the package of round A is. */
PROM_MUST_USE prom_result prom_openings_write(prom_arena *arena, prom_span *bytes, prom_span ciphertext,
                                              prom_error *error);
/* Reads exactly one of at most `most` bytes; the ciphertext points into `bytes`. */
PROM_MUST_USE prom_result prom_openings_read(prom_span *ciphertext, prom_span bytes, uint64_t most, prom_error *error);

PROM_DECLARATIONS_END

#endif
