#include <string.h>

#include "prometheus/field/ntt.h"
#include "prometheus/proof/commitment.h"
#include "prometheus/proof/encoding.h"
#include "prometheus/proof/multilinear.h"
#include "proof/hash_tree.h"
#include "proof/opening.h"
#include "proof/segments.h"

enum { DEGREE = PROM_EXTENSION_DEGREE };

/* Codewords side by side, and the tree over them. */
typedef struct matrix {
    size_t columns;
    size_t log_width;
    const uint32_t **values; /* of each column, 2^log_width numbers below p */
    proof_tree tree;
} matrix;

struct prom_committed {
    prom_commitment public;
    const prom_element *data; /* the rows, 2^log_rows values each */
    prom_ntt ntt;
    matrix matrix;
};

const prom_commitment *prom_committed_commitment(const prom_committed *committed)
{
    return &committed->public;
}

/* Messages of 2^log_rows coefficients, and where their codewords go, one behind the other. */
typedef struct encoding {
    const prom_commitment_setup *setup;
    const prom_ntt *ntt;
    const prom_element *const *messages;
    size_t log_rows;
    prom_element *codewords;
} encoding;

static void encode_column(void *argument, size_t index)
{
    const encoding *of = argument;
    const uint8_t log_blowup = of->setup->parameters.log_blowup;
    const size_t width = (size_t)1 << (of->log_rows + log_blowup);
    prom_element *codeword = of->codewords + index * width;
    prom_ntt_encode(of->ntt, codeword, of->messages[index], of->log_rows, log_blowup);
    of->setup->field->values(&codeword->residue, codeword, width);
}

/* Encodes `columns` messages of 2^log_rows coefficients and commits to the codewords. */
static prom_result matrix_new(prom_arena *arena, matrix *made, const prom_commitment_setup *setup, const prom_ntt *ntt,
                              const prom_element *const *messages, size_t columns, size_t log_rows, prom_error *error)
{
    encoding of = {setup, ntt, messages, log_rows, NULL};
    made->columns = columns;
    made->log_width = log_rows + setup->parameters.log_blowup;
    PROM_TRY_NEW(of.codewords, arena, columns << made->log_width, error);
    PROM_TRY_NEW(made->values, arena, columns, error);
    prom_parallel_run(setup->parallel, encode_column, &of, columns);
    for (size_t i = 0; i < columns; i++) {
        made->values[i] = &of.codewords[i << made->log_width].residue;
    }
    return prom_hash_tree_new(arena, &made->tree, setup->hash, setup->parallel, made->values, columns, made->log_width,
                              error);
}

/* The opened leaves, one after the other, and the hashes that lead from them to the root. */
static prom_result matrix_open(prom_arena *arena, prom_writer *writer, const matrix *opened, const uint32_t *queries,
                               size_t count, prom_error *error)
{
    size_t *positions = NULL;
    PROM_TRY_NEW(positions, arena, count, error);
    count = prom_opening_positions(positions, queries, count, opened->log_width);
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < opened->columns; c++) {
            prom_write_u32(writer, opened->values[c][positions[i]]);
        }
    }
    return prom_hash_tree_open(arena, writer, &opened->tree, positions, count, error);
}

/* Polynomials, and the matrix that they lie in. */
typedef struct copies {
    const prom_commitment_layout *layout;
    const prom_element *const *polynomials;
    prom_element *data;
} copies;

static void copy_polynomial(void *argument, size_t index)
{
    const copies *of = argument;
    memcpy(of->data + of->layout->starts[index], of->polynomials[index],
           sizeof *of->data << of->layout->variables[index]);
}

prom_result prom_commitment_make_of_rows(prom_arena *arena, prom_committed **committed,
                                         const prom_commitment_setup *setup, const prom_commitment_layout *layout,
                                         const prom_element *rows, prom_error *error)
{
    prom_committed *made = NULL;
    const prom_element **messages = NULL;
    *committed = NULL;
    prom_commitment_layout own;
    PROM_TRY(prom_commitment_layout_new(arena, &own, &setup->parameters, layout->variables, layout->polynomial_count,
                                        error));
    if (own.log_rows != layout->log_rows || own.columns != layout->columns) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "rows are laid out for a commitment with other parameters");
    }
    PROM_TRY_NEW(made, arena, 1, error);
    PROM_TRY_NEW(messages, arena, layout->columns, error);
    for (size_t i = 0; i < layout->columns; i++) {
        messages[i] = rows + (i << layout->log_rows);
    }
    made->public.layout = own;
    made->data = rows;
    PROM_TRY(prom_ntt_new(arena, &made->ntt, setup->field, layout->log_rows + setup->parameters.log_blowup, error));
    PROM_TRY(matrix_new(arena, &made->matrix, setup, &made->ntt, messages, layout->columns, layout->log_rows, error));
    made->public.root = prom_hash_tree_root(&made->matrix.tree);
    *committed = made;
    return prom_ok();
}

prom_result prom_commitment_make(prom_arena *arena, prom_committed **committed, const prom_commitment_setup *setup,
                                 const prom_element *const *polynomials, const size_t *variables, size_t count,
                                 prom_error *error)
{
    prom_commitment_layout layout;
    prom_element *rows = NULL;
    *committed = NULL;
    PROM_TRY(prom_commitment_layout_new(arena, &layout, &setup->parameters, variables, count, error));
    PROM_TRY_NEW(rows, arena, layout.columns << layout.log_rows, error);
    copies of = {&layout, polynomials, rows};
    prom_parallel_run(setup->parallel, copy_polynomial, &of, count);
    return prom_commitment_make_of_rows(arena, committed, setup, &layout, rows, error);
}

/* One commitment in the first sumcheck. While rows are combined, x and y have an entry for each row and segment: x the
 * row's sum with the segment's weights, y the row's weight in the claims. Later x is the combined row and y the weights
 * of its values, and the folded ones have memory of their own, for the second sumcheck starts from the row. */
typedef struct participant {
    const prom_committed *committed;
    size_t variables;
    size_t claims;
    const prom_claim **claim;
    const prom_extension **power;
    segments segments;
    prom_planes x;
    prom_planes y;
    prom_planes row;
} participant;

typedef struct opening {
    prom_arena *arena;
    const prom_commitment_setup *setup;
    prom_transcript *transcript;
    prom_writer writer;
    opening_schedule schedule;
    size_t party_count;
    participant *parties;
    prom_extension *point; /* where the first sumcheck ended */
} opening;

static prom_result parties_new(opening *it, const prom_committed *const *committed, size_t commitment_count,
                               const prom_claim *claims, size_t claim_count, const prom_extension *powers,
                               prom_error *error)
{
    PROM_TRY_NEW(it->parties, it->arena, commitment_count, error);
    PROM_TRY_NEW(it->point, it->arena, it->schedule.variables, error);
    it->party_count = commitment_count;
    for (size_t c = 0; c < claim_count; c++) {
        it->parties[claims[c].commitment].claims++;
    }
    for (size_t j = 0; j < commitment_count; j++) {
        participant *party = &it->parties[j];
        party->committed = committed[j];
        party->variables = layout_variables(&committed[j]->public.layout);
        PROM_TRY_NEW(party->claim, it->arena, party->claims, error);
        PROM_TRY_NEW(party->power, it->arena, party->claims, error);
        party->claims = 0;
        for (size_t c = 0; c < claim_count; c++) {
            if (claims[c].commitment == j) {
                party->claim[party->claims] = &claims[c];
                party->power[party->claims++] = &powers[c];
            }
        }
    }
    return prom_ok();
}

static place place_of(const prom_claim *claim, const prom_commitment_layout *layout)
{
    const size_t variables = layout->variables[claim->polynomial];
    const size_t start = layout->starts[claim->polynomial];
    const size_t log_row_count = variables > layout->log_rows ? variables - layout->log_rows : 0;
    return (place){.first_row = start >> layout->log_rows,
                   .log_row_count = log_row_count,
                   .offset = start & (((size_t)1 << layout->log_rows) - 1),
                   .log_length = variables - log_row_count,
                   .row_point = claim->point,
                   .point = claim->point + log_row_count};
}

typedef struct row_sums {
    const prom_field_kernels *field;
    const participant *party;
} row_sums;

/* Adds to x what a piece of a row is with the weights of one segment. */
static void sum_piece(const row_sums *of, size_t row, size_t index, size_t piece)
{
    const prom_committed *committed = of->party->committed;
    const prom_element *values = committed->data + (row << committed->public.layout.log_rows);
    const segment *with = &of->party->segments.all[index];
    const size_t length = (size_t)1 << with->weights->inner_variables;
    const size_t entry = row * of->party->segments.count + index;
    size_t start = 0;
    size_t end = 0;
    if (!prom_segment_in_piece(with, piece, &start, &end)) {
        return;
    }
    prom_extension sum = prom_planes_get(of->party->x, entry);
    for (size_t at = start; at < end; at += length) {
        const prom_extension weight = segment_outer_weight(with, at);
        prom_extension value;
        of->field->dot(&value, values + at, with->weights->inner, length);
        value = prom_extension_multiply(&value, &weight);
        sum = prom_extension_add(&sum, &value);
    }
    prom_planes_set(of->party->x, entry, &sum);
}

/* Pieces of a row of 2^log_rows values. */
static size_t piece_count(size_t log_rows)
{
    return log_rows > LOG_PIECE ? (size_t)1 << (log_rows - LOG_PIECE) : 1;
}

static void sum_row(void *argument, size_t row)
{
    const row_sums *of = argument;
    const segments *all = &of->party->segments;
    for (size_t piece = 0; piece < piece_count(of->party->committed->public.layout.log_rows); piece++) {
        for (size_t i = 0; i < all->long_count; i++) {
            sum_piece(of, row, i, piece);
        }
        for (size_t i = prom_segments_from_piece(all, piece); i < prom_segments_from_piece(all, piece + 1); i++) {
            sum_piece(of, row, i, piece);
        }
    }
}

/* Adds the rows' weights in a claim to y, at segment number `index`. */
static void weigh_rows(const participant *party, prom_planes weights, const prom_field_kernels *field, const place *at,
                       const prom_extension *power, size_t index)
{
    prom_equality_table(field, weights, at->row_point, at->log_row_count, power);
    for (size_t i = 0; i < (size_t)1 << at->log_row_count; i++) {
        const size_t entry = (at->first_row + i) * party->segments.count + index;
        const prom_extension old = prom_planes_get(party->y, entry);
        const prom_extension more = prom_planes_get(weights, i);
        const prom_extension both = prom_extension_add(&old, &more);
        prom_planes_set(party->y, entry, &both);
    }
}

/* Fills x and y of a party for the rounds that combine its rows. */
static prom_result enter_rows(opening *it, participant *party, prom_error *error)
{
    const prom_field_kernels *field = it->setup->field;
    const prom_commitment_layout *layout = &party->committed->public.layout;
    place *places = NULL;
    size_t *segment_of = NULL;
    prom_planes weights;
    PROM_TRY_NEW(places, it->arena, party->claims, error);
    PROM_TRY_NEW(segment_of, it->arena, party->claims, error);
    for (size_t c = 0; c < party->claims; c++) {
        places[c] = place_of(party->claim[c], layout);
    }
    PROM_TRY(prom_segments_new(it->arena, &party->segments, segment_of, field, places, party->claims, error));
    const size_t entries = party->segments.count << layout->log_columns;
    PROM_TRY(prom_planes_new(it->arena, &party->x, entries, error));
    PROM_TRY(prom_planes_new(it->arena, &party->y, entries, error));
    PROM_TRY(prom_planes_new(it->arena, &weights, (size_t)1 << layout->log_columns, error));
    for (size_t c = 0; c < party->claims; c++) {
        weigh_rows(party, weights, field, &places[c], party->power[c], segment_of[c]);
    }
    row_sums of = {field, party};
    prom_parallel_run(it->setup->parallel, sum_row, &of, layout->columns);
    return prom_ok();
}

/* What the rows become, and the claims' weights of its values. */
typedef struct row_combination {
    const prom_field_kernels *field;
    const participant *party;
    prom_planes row_weights;
    prom_planes weights;
} row_combination;

static void weigh_piece(const row_combination *of, size_t index, size_t piece)
{
    const segment *with = &of->party->segments.all[index];
    const prom_extension scale = prom_planes_get(of->party->y, index);
    const size_t length = (size_t)1 << with->weights->inner_variables;
    size_t start = 0;
    size_t end = 0;
    if (!prom_segment_in_piece(with, piece, &start, &end)) {
        return;
    }
    for (size_t at = start; at < end; at += length) {
        const prom_extension outer = segment_outer_weight(with, at);
        const prom_extension weight = prom_extension_multiply(&outer, &scale);
        of->field->add_scaled_extensions(prom_planes_at(of->weights, at), &weight, with->weights->inner, length);
    }
}

static void combine_rows(const row_combination *of, size_t start, size_t count)
{
    const prom_commitment_layout *layout = &of->party->committed->public.layout;
    for (size_t row = 0; row < layout->columns; row++) {
        const prom_extension weight = prom_planes_get(of->row_weights, row);
        const prom_element *values = of->party->committed->data + (row << layout->log_rows) + start;
        of->field->add_scaled(prom_planes_at(of->party->row, start), &weight, values, count);
    }
}

static void combine_piece(void *argument, size_t piece)
{
    const row_combination *of = argument;
    const segments *all = &of->party->segments;
    const size_t length = (size_t)1 << of->party->committed->public.layout.log_rows;
    const size_t start = piece << LOG_PIECE;
    const size_t count = prom_block_length(length);
    for (size_t at = start; at < length && at < start + ((size_t)1 << LOG_PIECE); at += count) {
        combine_rows(of, at, count);
    }
    for (size_t i = 0; i < all->long_count; i++) {
        weigh_piece(of, i, piece);
    }
    for (size_t i = prom_segments_from_piece(all, piece); i < prom_segments_from_piece(all, piece + 1); i++) {
        weigh_piece(of, i, piece);
    }
}

/* All rows are combined: from now on x is what became of them, and y the claims' weights of its values. */
static prom_result enter_columns(opening *it, participant *party, prom_error *error)
{
    const prom_commitment_layout *layout = &party->committed->public.layout;
    const prom_extension one = prom_extension_one();
    const size_t length = (size_t)1 << layout->log_rows;
    row_combination of = {.field = it->setup->field, .party = party};
    PROM_TRY(prom_planes_new(it->arena, &party->row, length, error));
    PROM_TRY(prom_planes_new(it->arena, &of.weights, length, error));
    PROM_TRY(prom_planes_new(it->arena, &of.row_weights, (size_t)1 << layout->log_columns, error));
    prom_equality_table(of.field, of.row_weights, it->point + it->schedule.variables - party->variables,
                        layout->log_columns, &one);
    prom_parallel_run(it->setup->parallel, combine_piece, &of, piece_count(layout->log_rows));
    party->x = party->row;
    party->y = of.weights;
    return prom_ok();
}

/* Folds both vectors of a party at the round's challenge. */
static prom_result fold_party(opening *it, participant *party, const prom_extension *challenge, size_t half,
                              prom_error *error)
{
    const prom_field_kernels *field = it->setup->field;
    prom_planes folded = party->x;
    if (party->row.plane[0] != NULL && party->x.plane[0] == party->row.plane[0]) {
        PROM_TRY(prom_planes_new(it->arena, &folded, half, error));
    }
    field->fold_extensions(folded, challenge, party->x, prom_planes_at(party->x, half), half);
    field->fold_extensions(party->y, challenge, party->y, prom_planes_at(party->y, half), half);
    party->x = folded;
    return prom_ok();
}

static void say(opening *it, const char *label, const prom_extension *elements, size_t count)
{
    prom_transcript_absorb_extensions(it->transcript, label, elements, count);
    for (size_t i = 0; i < count; i++) {
        prom_write_extension(&it->writer, &elements[i]);
    }
}

/* The length of a party's vectors when `left` variables are left. */
static size_t length_of(const participant *party, size_t left)
{
    const size_t log_rows = party->committed->public.layout.log_rows;
    return left > log_rows ? party->segments.count << (left - log_rows) : (size_t)1 << left;
}

/* The first sumcheck: from all claims to one on each commitment. */
static prom_result reduce_claims(opening *it, prom_error *error)
{
    for (size_t left = it->schedule.variables; left > 0; left--) {
        prom_extension message[2] = {prom_extension_zero(), prom_extension_zero()};
        for (size_t j = 0; j < it->party_count; j++) {
            participant *party = &it->parties[j];
            prom_extension part[2];
            if (left > party->variables) {
                continue;
            }
            if (left == party->variables) {
                PROM_TRY(enter_rows(it, party, error));
            }
            if (left == party->committed->public.layout.log_rows) {
                PROM_TRY(enter_columns(it, party, error));
            }
            it->setup->field->round_of_products(&part[0], &part[1], party->x, party->y, length_of(party, left) / 2,
                                                length_of(party, left) / 2);
            message[0] = prom_extension_add(&message[0], &part[0]);
            message[1] = prom_extension_add(&message[1], &part[1]);
        }
        say(it, "round", message, 2);
        const prom_extension challenge = prom_transcript_extension(it->transcript, "round");
        it->point[it->schedule.variables - left] = challenge;
        for (size_t j = 0; j < it->party_count; j++) {
            if (left <= it->parties[j].variables) {
                PROM_TRY(fold_party(it, &it->parties[j], &challenge, length_of(&it->parties[j], left) / 2, error));
            }
        }
    }
    for (size_t j = 0; j < it->party_count; j++) {
        prom_extension value = prom_planes_get(it->parties[j].x, 0);
        say(it, "value at the point", &value, 1);
    }
    return prom_ok();
}

/* Adds the rows of all commitments that join at this length; what is there already, if anything, keeps its weight. */
static void join(opening *it, prom_planes folded, size_t log_rows, bool first)
{
    for (size_t j = 0; j < it->party_count; j++) {
        if (it->parties[j].committed->public.layout.log_rows == log_rows) {
            const prom_extension weight =
                first ? prom_extension_one() : prom_transcript_extension(it->transcript, "join");
            it->setup->field->add_scaled_extensions(folded, &weight, it->parties[j].row, (size_t)1 << log_rows);
            first = false;
        }
    }
}

/* The oracle of the polynomial that is left: its parts of 2^log_rows values, coefficient by coefficient. */
static prom_result send_oracle(opening *it, matrix *oracle, const prom_ntt *ntt, prom_planes folded, size_t log_parts,
                               size_t log_rows, prom_error *error)
{
    const size_t parts = (size_t)1 << log_parts;
    const prom_element **messages = NULL;
    PROM_TRY_NEW(messages, it->arena, parts * DEGREE, error);
    for (size_t i = 0; i < parts * DEGREE; i++) {
        messages[i] = folded.plane[i % DEGREE] + (i / DEGREE << log_rows);
    }
    PROM_TRY(matrix_new(it->arena, oracle, it->setup, ntt, messages, parts * DEGREE, log_rows, error));
    const prom_bytes32 root = prom_hash_tree_root(&oracle->tree);
    prom_transcript_absorb(it->transcript, "oracle", prom_span_of32(&root));
    prom_write_bytes32(&it->writer, &root);
    return prom_ok();
}

/* A round of the second sumcheck: the polynomial that is left, and the equality polynomial of all its variables but
 * the first. */
typedef struct fold {
    const prom_field_kernels *field;
    prom_planes folded;
    prom_planes weights;
    size_t half;
    prom_extension challenge;
    prom_extension *low; /* of each block: its share of the sums over both halves */
    prom_extension *high;
} fold;

static void sum_fold_block(void *argument, size_t index)
{
    const fold *of = argument;
    const size_t count = prom_block_length(of->half);
    const size_t start = index * count;
    const prom_planes weights = prom_planes_at(of->weights, start);
    of->field->dot_extensions(&of->low[index], weights, prom_planes_at(of->folded, start), count);
    of->field->dot_extensions(&of->high[index], weights, prom_planes_at(of->folded, of->half + start), count);
}

static void fold_block(void *argument, size_t index)
{
    const fold *of = argument;
    const size_t count = prom_block_length(of->half);
    prom_fold_range(of->field, of->folded, &of->challenge, of->half, index * count, count);
}

/* The sums, the challenge, and what it leaves; the equality polynomial loses its first variable. */
static void fold_round(opening *it, fold *of, size_t half)
{
    const size_t blocks = prom_block_count(half);
    prom_extension message[2] = {prom_extension_zero(), prom_extension_zero()};
    of->half = half;
    prom_parallel_run(it->setup->parallel, sum_fold_block, of, blocks);
    for (size_t i = 0; i < blocks; i++) {
        message[0] = prom_extension_add(&message[0], &of->low[i]);
        message[1] = prom_extension_add(&message[1], &of->high[i]);
    }
    say(it, "fold", message, 2);
    of->challenge = prom_transcript_extension(it->transcript, "fold");
    prom_parallel_run(it->setup->parallel, fold_block, of, blocks);
    for (size_t i = 0; i < DEGREE; i++) {
        of->field->add(of->weights.plane[i], of->weights.plane[i] + half / 2, half / 2);
    }
}

static prom_result fold_new(opening *it, fold *made, size_t rows, prom_error *error)
{
    const size_t size = (size_t)1 << rows;
    *made = (fold){.field = it->setup->field};
    PROM_TRY(prom_planes_new(it->arena, &made->folded, size, error));
    PROM_TRY(prom_planes_new(it->arena, &made->weights, size, error));
    PROM_TRY_NEW(made->low, it->arena, prom_block_count(size), error);
    PROM_TRY_NEW(made->high, it->arena, prom_block_count(size), error);
    return prom_ok();
}

/* The second sumcheck, with an oracle before each of its steps and the last polynomial after them. */
static prom_result fold_all(opening *it, matrix *oracles, const prom_ntt *ntt, prom_error *error)
{
    const opening_schedule *schedule = &it->schedule;
    const prom_extension one = prom_extension_one();
    const size_t rows = schedule->log_rows[0];
    fold of;
    PROM_TRY(fold_new(it, &of, rows, error));
    join(it, of.folded, rows, true);
    if (rows > 0) {
        prom_equality_table(it->setup->field, of.weights, it->point + schedule->variables - rows + 1, rows - 1, &one);
    }
    for (size_t t = 0; t < schedule->oracles; t++) {
        const size_t before = schedule->log_rows[t];
        const size_t after = schedule->log_rows[t + 1];
        PROM_TRY(send_oracle(it, &oracles[t], ntt, of.folded, before - after, after, error));
        for (size_t left = before; left > after; left--) {
            fold_round(it, &of, (size_t)1 << (left - 1));
        }
        join(it, of.folded, after, false);
    }
    const size_t count = (size_t)1 << schedule->log_rows[schedule->oracles];
    prom_extension *last = NULL;
    PROM_TRY_NEW(last, it->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        last[i] = prom_planes_get(of.folded, i);
    }
    say(it, "last polynomial", last, count);
    return prom_ok();
}

static prom_result open_matrices(opening *it, const matrix *oracles, prom_error *error)
{
    const size_t count = it->setup->parameters.queries;
    uint32_t *queries = NULL;
    PROM_TRY_NEW(queries, it->arena, count, error);
    prom_opening_queries(it->transcript, queries, &it->setup->parameters, &it->schedule);
    for (size_t j = 0; j < it->party_count; j++) {
        PROM_TRY(matrix_open(it->arena, &it->writer, &it->parties[j].committed->matrix, queries, count, error));
    }
    for (size_t t = 0; t < it->schedule.oracles; t++) {
        PROM_TRY(matrix_open(it->arena, &it->writer, &oracles[t], queries, count, error));
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
                                 const prom_commitment_setup *setup, const prom_committed *const *committed,
                                 size_t commitment_count, const prom_claim *claims, size_t claim_count,
                                 prom_error *error)
{
    opening it = {.arena = arena, .setup = setup, .transcript = transcript, .writer = prom_writer_in(arena)};
    const prom_commitment **commitments = NULL;
    const prom_commitment_layout **layouts = NULL;
    prom_extension *powers = NULL;
    matrix *oracles = NULL;
    *proof = prom_span_of(NULL, 0);
    PROM_TRY_NEW(commitments, arena, commitment_count, error);
    PROM_TRY_NEW(layouts, arena, commitment_count, error);
    PROM_TRY_NEW(powers, arena, claim_count, error);
    for (size_t j = 0; j < commitment_count; j++) {
        commitments[j] = &committed[j]->public;
        layouts[j] = &committed[j]->public.layout;
    }
    PROM_TRY(prom_opening_verify(&setup->parameters, commitments, commitment_count, claims, claim_count, error));
    prom_opening_plan(&it.schedule, &setup->parameters, layouts, commitment_count);
    prom_opening_begin(transcript, powers, &setup->parameters, commitments, commitment_count, claims, claim_count);
    PROM_TRY(parties_new(&it, committed, commitment_count, claims, claim_count, powers, error));
    PROM_TRY_NEW(oracles, arena, it.schedule.oracles, error);
    PROM_TRY(reduce_claims(&it, error));
    PROM_TRY(fold_all(&it, oracles, largest_tables(committed, commitment_count), error));
    PROM_TRY(open_matrices(&it, oracles, error));
    return prom_writer_finish(&it.writer, proof, error);
}
