#include "prometheus/proof/commitment.h"
#include "prometheus/proof/multilinear.h"
#include "proof/commitment_claims.h"

enum { DEGREE = PROM_EXTENSION_DEGREE };

/* Adds the rows of all commitments that join at this length; what is there already, if anything, keeps its weight. */
static void join(opening_prover *prover, prom_planes folded, size_t log_rows, bool first)
{
    for (size_t j = 0; j < prover->party_count; j++) {
        if (prover->parties[j].committed->public.layout.log_rows == log_rows) {
            const prom_extension weight =
                first ? prom_extension_one() : prom_transcript_extension(prover->transcript, "join");
            prover->setup->field->add_scaled_extensions(folded, &weight, prover->parties[j].row, (size_t)1 << log_rows);
            first = false;
        }
    }
}

/* The oracle of the polynomial that is left: its pieces of 2^log_rows values, coefficient by coefficient. */
static prom_result send_oracle(opening_prover *prover, codeword_matrix *oracle, const prom_ntt *ntt, prom_planes folded,
                               size_t log_pieces, size_t log_rows, prom_error *error)
{
    const size_t count = (size_t)DEGREE << log_pieces;
    const prom_element **coefficients = NULL;
    PROM_TRY_NEW(coefficients, prover->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        coefficients[i] = folded.plane[i % DEGREE] + (i / DEGREE << log_rows);
    }
    const codeword_messages messages = {coefficients, count, log_rows};
    PROM_TRY(prom_codeword_matrix_new(prover->arena, oracle, prover->setup, ntt, &messages, error));
    const prom_bytes32 root = prom_hash_tree_root(&oracle->tree);
    prom_transcript_absorb(prover->transcript, "oracle", prom_span_of32(&root));
    prom_write_bytes32(&prover->writer, &root);
    return prom_ok();
}

/* A round of the second sumcheck: the polynomial that is left, and the equality polynomial of all its variables but
 * the first. */
typedef struct fold_state {
    const prom_field_kernels *field;
    prom_planes folded;
    prom_planes weights;
    size_t half;
    prom_extension challenge;
    prom_extension *low; /* of each block: its share of the sums over both halves */
    prom_extension *high;
} fold_state;

static void sum_fold_block(void *argument, size_t index)
{
    const fold_state *fold = argument;
    const size_t count = prom_block_length(fold->half);
    const size_t start = index * count;
    const prom_planes weights = prom_planes_at(fold->weights, start);
    fold->field->dot_extensions(&fold->low[index], weights, prom_planes_at(fold->folded, start), count);
    fold->field->dot_extensions(&fold->high[index], weights, prom_planes_at(fold->folded, fold->half + start), count);
}

static void fold_block(void *argument, size_t index)
{
    const fold_state *fold = argument;
    const size_t count = prom_block_length(fold->half);
    prom_fold_range(fold->field, fold->folded, &fold->challenge, fold->half, index * count, count);
}

/* The sums, the challenge, and what it leaves; the equality polynomial loses its first variable. */
static void fold_round(opening_prover *prover, fold_state *fold, size_t half)
{
    const size_t blocks = prom_block_count(half);
    prom_extension message[2] = {prom_extension_zero(), prom_extension_zero()};
    fold->half = half;
    prom_parallel_run(prover->setup->parallel, sum_fold_block, fold, blocks);
    for (size_t i = 0; i < blocks; i++) {
        message[0] = prom_extension_add(&message[0], &fold->low[i]);
        message[1] = prom_extension_add(&message[1], &fold->high[i]);
    }
    prom_opening_say(prover, "fold", message, 2);
    fold->challenge = prom_transcript_extension(prover->transcript, "fold");
    prom_parallel_run(prover->setup->parallel, fold_block, fold, blocks);
    for (size_t i = 0; i < DEGREE; i++) {
        fold->field->add(fold->weights.plane[i], fold->weights.plane[i] + half / 2, half / 2);
    }
}

static prom_result fold_new(opening_prover *prover, fold_state *made, size_t rows, prom_error *error)
{
    const size_t size = (size_t)1 << rows;
    *made = (fold_state){.field = prover->setup->field};
    PROM_TRY(prom_planes_new(prover->arena, &made->folded, size, error));
    PROM_TRY(prom_planes_new(prover->arena, &made->weights, size, error));
    PROM_TRY_NEW(made->low, prover->arena, prom_block_count(size), error);
    PROM_TRY_NEW(made->high, prover->arena, prom_block_count(size), error);
    return prom_ok();
}

/* The second sumcheck, with an oracle before each of its steps and the last polynomial after them. */
static prom_result fold_all(opening_prover *prover, codeword_matrix *oracles, const prom_ntt *ntt, prom_error *error)
{
    const opening_schedule *schedule = &prover->schedule;
    const prom_extension one = prom_extension_one();
    const size_t rows = schedule->log_rows[0];
    fold_state fold;
    PROM_TRY(fold_new(prover, &fold, rows, error));
    join(prover, fold.folded, rows, true);
    if (rows > 0) {
        prom_equality_table(prover->setup->field, fold.weights, prover->point + schedule->variables - rows + 1,
                            rows - 1, &one);
    }
    for (size_t t = 0; t < schedule->oracles; t++) {
        const size_t before = schedule->log_rows[t];
        const size_t after = schedule->log_rows[t + 1];
        PROM_TRY(send_oracle(prover, &oracles[t], ntt, fold.folded, before - after, after, error));
        for (size_t left = before; left > after; left--) {
            fold_round(prover, &fold, (size_t)1 << (left - 1));
        }
        join(prover, fold.folded, after, false);
    }
    const size_t count = (size_t)1 << schedule->log_rows[schedule->oracles];
    prom_extension *last = NULL;
    PROM_TRY_NEW(last, prover->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        last[i] = prom_planes_get(fold.folded, i);
    }
    prom_opening_say(prover, "last polynomial", last, count);
    return prom_ok();
}

static prom_result open_matrices(opening_prover *prover, const codeword_matrix *oracles, prom_error *error)
{
    const size_t count = prover->setup->parameters.queries;
    uint32_t *queries = NULL;
    PROM_TRY_NEW(queries, prover->arena, count, error);
    prom_opening_queries(prover->transcript, queries, &prover->setup->parameters, &prover->schedule);
    for (size_t j = 0; j < prover->party_count; j++) {
        PROM_TRY(prom_codeword_matrix_open(prover->arena, &prover->writer, &prover->parties[j].committed->matrix,
                                           queries, count, error));
    }
    for (size_t t = 0; t < prover->schedule.oracles; t++) {
        PROM_TRY(prom_codeword_matrix_open(prover->arena, &prover->writer, &oracles[t], queries, count, error));
    }
    return prom_ok();
}

/* The tables of the longest codewords serve all others. */
static const prom_ntt *largest_tables(const prom_committed *const *committed, size_t count)
{
    const prom_ntt *largest = &committed[0]->ntt;
    for (size_t j = 1; j < count; j++) {
        largest = committed[j]->ntt.log_size > largest->log_size ? &committed[j]->ntt : largest;
    }
    return largest;
}

prom_result prom_commitment_open(prom_arena *arena, prom_span *proof, prom_transcript *transcript,
                                 const prom_commitment_setup *setup, const prom_opening_statement *statement,
                                 const prom_committed *const *committed, prom_error *error)
{
    const prom_commitment_parameters *parameters = &setup->parameters;
    const size_t count = statement->commitment_count;
    opening_prover prover = {.arena = arena, .setup = setup, .transcript = transcript, .writer = prom_writer_in(arena)};
    const prom_commitment_layout **layouts = NULL;
    prom_extension *powers = NULL;
    codeword_matrix *oracles = NULL;
    *proof = prom_span_of(NULL, 0);
    PROM_TRY_NEW(layouts, arena, count, error);
    PROM_TRY_NEW(powers, arena, statement->claim_count, error);
    for (size_t j = 0; j < count; j++) {
        layouts[j] = &statement->commitments[j]->layout;
    }
    PROM_TRY(prom_opening_verify(parameters, statement, error));
    prom_opening_plan(&prover.schedule, parameters, layouts, count);
    prom_opening_begin(transcript, powers, parameters, statement);
    PROM_TRY(prom_opening_participants_new(&prover, statement, committed, powers, error));
    PROM_TRY_NEW(oracles, arena, prover.schedule.oracles, error);
    PROM_TRY(prom_opening_reduce_claims(&prover, error));
    PROM_TRY(fold_all(&prover, oracles, largest_tables(committed, count), error));
    PROM_TRY(open_matrices(&prover, oracles, error));
    return prom_writer_finish(&prover.writer, proof, error);
}
