/* What a prover's arena gives out for a commitment, its opening and a sum of fractions; each function counts what the
 * one that is named allocates. */
#include "prometheus/proof/commitment.h"
#include "prometheus/proof/multilinear.h"
#include "proof/fractions.h"
#include "proof/hash_tree.h"
#include "proof/opening.h"

enum { CLAIM_BYTES = 512 }; /* places, segments and powers of one claim, on both sides of their sorting */

/* prom_codeword_matrix_new, with its tree. */
static uint64_t matrix_bytes(size_t columns, size_t log_width)
{
    enum { BLOCKS_MAX = 64 }; /* of the tree */
    const uint64_t width = UINT64_C(1) << log_width;
    return width * columns * sizeof(prom_element) + width * PROM_HASH_WORDS * sizeof(uint32_t) +
           (BLOCKS_MAX + 2) * columns * sizeof(void *);
}

/* enter_rows and enter_columns: the claims' segments, then the rows as one. */
static uint64_t reduction_bytes(const prom_commitment_layout *layout, size_t claim_count)
{
    const size_t length = (size_t)1 << layout->log_rows;
    const uint64_t claim = CLAIM_BYTES + prom_equality_tables_bytes(layout->log_rows);
    return claim_count * claim + 2 * prom_planes_bytes(claim_count << layout->log_columns) +
           2 * prom_planes_bytes((size_t)1 << layout->log_columns) + 2 * prom_planes_bytes(length) +
           prom_planes_bytes(length / 2);
}

/* fold_all, with the oracles, which stay. */
static uint64_t folding_bytes(const prom_commitment_parameters *parameters, const opening_schedule *schedule)
{
    const size_t length = (size_t)1 << schedule->log_rows[0];
    uint64_t bytes = 2 * prom_planes_bytes(length) + 2 * prom_block_count(length) * sizeof(prom_extension);
    for (size_t t = 0; t < schedule->oracles; t++) {
        const size_t after = schedule->log_rows[t + 1];
        bytes += matrix_bytes((size_t)PROM_EXTENSION_DEGREE << (schedule->log_rows[t] - after),
                              after + parameters->log_blowup);
    }
    return bytes;
}

prom_commitment_proving prom_commitment_proving_bytes(const prom_commitment_parameters *parameters,
                                                      const prom_commitment_layout *layout, size_t claim_count)
{
    const size_t log_width = layout->log_rows + parameters->log_blowup;
    const uint64_t roots = UINT64_C(2) << log_width; /* prom_ntt_new */
    opening_schedule schedule;
    prom_opening_plan(&schedule, parameters, &layout, 1);
    return (prom_commitment_proving){
        .committing = matrix_bytes(layout->columns, log_width) + roots * sizeof(prom_element),
        .opening =
            reduction_bytes(layout, claim_count) + folding_bytes(parameters, &schedule) +
            2 * prom_commitment_opening_bytes_max(parameters, &layout, 1), /* the proof, which grows by doubling */
    };
}

/* prom_fractions_prove: the tree, and a layer's weights and sums. */
uint64_t prom_fractions_proving_bytes(size_t variables)
{
    const uint64_t blocks = prom_block_count(((size_t)1 << variables) / 4);
    return 2 * prom_planes_bytes(fractions_capacity(variables, fractions_layers_not_kept(variables))) +
           prom_equality_tables_bytes(variables) + 2 * blocks * sizeof(prom_extension);
}
