#include "prometheus/proof/commitment.h"

#include <stdlib.h>

#include "proof/hash_tree.h"
#include "proof/opening.h"

enum { TARGET_BITS = 100 };

uint16_t prom_commitment_queries_for(uint8_t log_blowup, unsigned bits)
{
    /* What is left of the error is fraction * 2^(-62 - halvings); (1 + rate) / 2 = (2^b + 1) / 2^(b + 1). */
    const uint64_t one = UINT64_C(1) << 62;
    uint64_t fraction = one;
    unsigned halvings = 0;
    uint16_t queries = 0;
    while (halvings < bits) {
        const uint64_t half = fraction / 2 + fraction % 2;
        fraction = half + (half >> log_blowup) + 1;
        queries++;
        while (fraction <= one / 2) {
            fraction *= 2;
            halvings++;
        }
    }
    return queries;
}

prom_commitment_setup prom_commitment_setup_for(prom_cpu cpu)
{
    /* One bit more than the target for the queries; all else together is far below the other half. Of the numbers of
     * columns and of variables folded at once, these gave the quickest prover and nearly the smallest proof. */
    const prom_commitment_parameters parameters = {
        .log_blowup = 2,
        .log_columns = 6,
        .log_fold = 3,
        .log_final = 6,
        .queries = prom_commitment_queries_for(2, TARGET_BITS + 1),
    };
    return (prom_commitment_setup){parameters, prom_field_kernels_for(cpu), prom_hash_kernels_for(cpu), NULL};
}

/* Places the polynomials, the largest first: each starts at a multiple of its size. Gives where the last one ends. */
static size_t place(size_t *starts, const size_t *variables, size_t count)
{
    size_t end = 0;
    for (size_t size = PROM_COMMITMENT_VARIABLES_MAX + 1; size-- > 0;) {
        for (size_t i = 0; i < count; i++) {
            if (variables[i] == size) {
                starts[i] = end;
                end += (size_t)1 << size;
            }
        }
    }
    return end;
}

prom_result prom_commitment_layout_new(prom_arena *arena, prom_commitment_layout *layout,
                                       const prom_commitment_parameters *parameters, const size_t *variables,
                                       size_t count, prom_error *error)
{
    size_t *copy = NULL;
    size_t *starts = NULL;
    if (count == 0 || count > UINT32_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a commitment to %zu polynomials", count);
    }
    if (parameters->log_final == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a last polynomial of one value: at least two are possible");
    }
    PROM_TRY_NEW(copy, arena, count, error);
    PROM_TRY_NEW(starts, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        if (variables[i] > PROM_COMMITMENT_VARIABLES_MAX) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "polynomial %zu has %zu variables: %d are possible", i,
                             variables[i], PROM_COMMITMENT_VARIABLES_MAX);
        }
        copy[i] = variables[i];
    }
    const size_t end = place(starts, variables, count);
    size_t log_rows = parameters->log_final;
    while ((end - 1) >> log_rows >> parameters->log_columns > 0) {
        log_rows++;
    }
    if (log_rows + parameters->log_blowup > PROM_FIELD_TWO_ADICITY) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a commitment to %zu values is too large for the field", end);
    }
    const size_t columns = ((end - 1) >> log_rows) + 1;
    size_t log_columns = 0;
    while ((columns - 1) >> log_columns > 0) {
        log_columns++;
    }
    *layout = (prom_commitment_layout){count, copy, starts, log_rows, columns, log_columns};
    return prom_ok();
}

prom_result prom_opening_verify(const prom_commitment_parameters *parameters, const prom_opening_statement *statement,
                                prom_error *error)
{
    for (size_t j = 0; j < statement->commitment_count; j++) {
        const prom_commitment_layout *layout = &statement->commitments[j]->layout;
        if (layout->log_rows < parameters->log_final || layout->log_columns > parameters->log_columns) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "commitment %zu was made with other parameters", j);
        }
    }
    for (size_t c = 0; c < statement->claim_count; c++) {
        const prom_claim *claim = &statement->claims[c];
        if (claim->commitment >= statement->commitment_count ||
            claim->polynomial >= statement->commitments[claim->commitment]->layout.polynomial_count) {
            return prom_fail(error, PROM_CATEGORY_MISUSE,
                             "claim %zu is on polynomial %zu of commitment %zu: there is none", c, claim->polynomial,
                             claim->commitment);
        }
    }
    return statement->commitment_count > 0 && statement->claim_count > 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MISUSE, "an opening of %zu commitments for %zu claims",
                           statement->commitment_count, statement->claim_count);
}

void prom_opening_plan(opening_schedule *schedule, const prom_commitment_parameters *parameters,
                       const prom_commitment_layout *const *layouts, size_t commitment_count)
{
    size_t rows = 0;
    *schedule = (opening_schedule){0};
    for (size_t j = 0; j < commitment_count; j++) {
        const size_t variables = layout_variables(layouts[j]);
        schedule->variables = variables > schedule->variables ? variables : schedule->variables;
        rows = layouts[j]->log_rows > rows ? layouts[j]->log_rows : rows;
    }
    schedule->log_rows[0] = rows;
    while (rows > parameters->log_final) {
        /* A full step, but not beyond the rows of a commitment that has to join. */
        const size_t step = rows - parameters->log_final;
        size_t next = rows - (step < parameters->log_fold ? step : parameters->log_fold);
        for (size_t j = 0; j < commitment_count; j++) {
            const size_t joins = layouts[j]->log_rows;
            next = joins < rows && joins > next ? joins : next;
        }
        rows = next;
        schedule->log_rows[++schedule->oracles] = rows;
    }
}

void prom_opening_begin(prom_transcript *transcript, prom_extension *powers,
                        const prom_commitment_parameters *parameters, const prom_opening_statement *statement)
{
    const uint64_t numbers[] = {PROM_COMMITMENT_VERSION,     parameters->log_blowup, parameters->log_columns,
                                parameters->log_fold,        parameters->log_final,  parameters->queries,
                                statement->commitment_count, statement->claim_count};
    prom_transcript_absorb_numbers(transcript, "opening", numbers, sizeof numbers / sizeof numbers[0]);
    for (size_t j = 0; j < statement->commitment_count; j++) {
        const prom_commitment_layout *layout = &statement->commitments[j]->layout;
        prom_transcript_absorb(transcript, "root", prom_span_of32(&statement->commitments[j]->root));
        const uint64_t count = layout->polynomial_count;
        prom_transcript_absorb_numbers(transcript, "polynomials", &count, 1);
        for (size_t i = 0; i < layout->polynomial_count; i++) {
            const uint64_t variables = layout->variables[i];
            prom_transcript_absorb_numbers(transcript, "variables", &variables, 1);
        }
    }
    for (size_t c = 0; c < statement->claim_count; c++) {
        const prom_claim *claim = &statement->claims[c];
        const uint64_t names[] = {claim->commitment, claim->polynomial};
        prom_transcript_absorb_numbers(transcript, "claim", names, 2);
        prom_transcript_absorb_extensions(
            transcript, "point", claim->point,
            statement->commitments[claim->commitment]->layout.variables[claim->polynomial]);
        prom_transcript_absorb_extensions(transcript, "value", &claim->value, 1);
    }
    const prom_extension challenge = prom_transcript_extension(transcript, "claims");
    powers[0] = prom_extension_one();
    for (size_t c = 1; c < statement->claim_count; c++) {
        powers[c] = prom_extension_multiply(&powers[c - 1], &challenge);
    }
}

void prom_opening_queries(prom_transcript *transcript, uint32_t *queries, const prom_commitment_parameters *parameters,
                          const opening_schedule *schedule)
{
    prom_transcript_indices(transcript, "queries", queries, parameters->queries,
                            schedule->log_rows[0] + parameters->log_blowup);
}

static int compare(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

size_t prom_opening_positions(size_t *positions, const uint32_t *queries, size_t count, size_t log_width)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        positions[i] = queries[i] & (((size_t)1 << log_width) - 1);
    }
    qsort(positions, count, sizeof *positions, compare);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || positions[kept - 1] != positions[i]) {
            positions[kept++] = positions[i];
        }
    }
    return kept;
}

enum { WORD = sizeof(uint32_t), ELEMENT = PROM_EXTENSION_DEGREE * WORD };

/* Leaves, and the hashes that lead from them to the root. With k known nodes on a level and j on the one above, 2j - k
 * of its hashes are sent; added up over the levels that is 1 - leaves and all j, each of which is largest when the
 * leaves lie as far apart as can be. Beyond half of all leaves each more saves a hash. */
static uint64_t matrix_most_bytes(size_t columns, size_t log_width, size_t queries)
{
    const size_t width = (size_t)1 << log_width;
    const size_t leaves = queries < width ? queries : width;
    const size_t apart = leaves < width / 2 ? leaves : width / 2;
    uint64_t hashes = 0;
    for (size_t level = 0; level < log_width; level++) {
        hashes += (size_t)1 << level < apart ? (size_t)1 << level : apart;
    }
    hashes -= log_width > 0 ? apart - 1 : 0;
    return (uint64_t)leaves * columns * WORD + hashes * PROOF_TREE_KEPT_WORDS * WORD;
}

uint64_t prom_commitment_opening_bytes_max(const prom_commitment_parameters *parameters,
                                           const prom_commitment_layout *const *layouts, size_t commitment_count)
{
    opening_schedule schedule;
    prom_opening_plan(&schedule, parameters, layouts, commitment_count);
    const size_t *rows = schedule.log_rows;
    const size_t last = rows[schedule.oracles];
    const uint64_t elements =
        2 * (uint64_t)schedule.variables + commitment_count + 2 * (rows[0] - last) + (UINT64_C(1) << last);
    uint64_t bytes = elements * ELEMENT + schedule.oracles * sizeof(prom_bytes32);
    for (size_t j = 0; j < commitment_count; j++) {
        bytes +=
            matrix_most_bytes(layouts[j]->columns, layouts[j]->log_rows + parameters->log_blowup, parameters->queries);
    }
    for (size_t t = 0; t < schedule.oracles; t++) {
        bytes += matrix_most_bytes((size_t)PROM_EXTENSION_DEGREE << (rows[t] - rows[t + 1]),
                                   rows[t + 1] + parameters->log_blowup, parameters->queries);
    }
    return bytes;
}
