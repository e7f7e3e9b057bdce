#include "proof/commitment_claims.h"

#include "prometheus/proof/multilinear.h"

prom_result prom_opening_participants_new(opening_prover *prover, const prom_opening_statement *statement,
                                          const prom_committed *const *committed, const prom_extension *powers,
                                          prom_error *error)
{
    PROM_TRY_NEW(prover->parties, prover->arena, statement->commitment_count, error);
    PROM_TRY_NEW(prover->point, prover->arena, prover->schedule.variables, error);
    prover->party_count = statement->commitment_count;
    for (size_t c = 0; c < statement->claim_count; c++) {
        prover->parties[statement->claims[c].commitment].claims++;
    }
    for (size_t j = 0; j < statement->commitment_count; j++) {
        participant *party = &prover->parties[j];
        party->committed = committed[j];
        party->variables = layout_variables(&committed[j]->public.layout);
        PROM_TRY_NEW(party->claim, prover->arena, party->claims, error);
        PROM_TRY_NEW(party->power, prover->arena, party->claims, error);
        party->claims = 0;
        for (size_t c = 0; c < statement->claim_count; c++) {
            if (statement->claims[c].commitment == j) {
                party->claim[party->claims] = &statement->claims[c];
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

typedef struct row_sum_task {
    const prom_field_kernels *field;
    const participant *party;
} row_sum_task;

/* Adds to x what a piece of a row is with the weights of one segment. */
static void sum_piece(const row_sum_task *task, size_t row, size_t index, size_t piece)
{
    const prom_committed *committed = task->party->committed;
    const prom_element *values = committed->data + (row << committed->public.layout.log_rows);
    const row_segment *with = &task->party->segments.all[index];
    const size_t length = (size_t)1 << with->weights->inner_variables;
    const size_t entry = row * task->party->segments.count + index;
    size_t start = 0;
    size_t end = 0;
    if (!prom_segment_in_piece(with, piece, &start, &end)) {
        return;
    }
    prom_extension sum = prom_planes_get(task->party->x, entry);
    for (size_t at = start; at < end; at += length) {
        const prom_extension weight = segment_outer_weight(with, at);
        prom_extension value;
        task->field->dot(&value, values + at, with->weights->inner, length);
        value = prom_extension_multiply(&value, &weight);
        sum = prom_extension_add(&sum, &value);
    }
    prom_planes_set(task->party->x, entry, &sum);
}

/* Pieces of a row of 2^log_rows values. */
static size_t piece_count(size_t log_rows)
{
    return log_rows > LOG_PIECE ? (size_t)1 << (log_rows - LOG_PIECE) : 1;
}

static void sum_row(void *argument, size_t row)
{
    const row_sum_task *task = argument;
    const row_segments *all = &task->party->segments;
    for (size_t piece = 0; piece < piece_count(task->party->committed->public.layout.log_rows); piece++) {
        for (size_t i = 0; i < all->long_count; i++) {
            sum_piece(task, row, i, piece);
        }
        for (size_t i = prom_segments_from_piece(all, piece); i < prom_segments_from_piece(all, piece + 1); i++) {
            sum_piece(task, row, i, piece);
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
static prom_result enter_rows(opening_prover *prover, participant *party, prom_error *error)
{
    const prom_field_kernels *field = prover->setup->field;
    const prom_commitment_layout *layout = &party->committed->public.layout;
    place *places = NULL;
    size_t *segment_of = NULL;
    prom_planes weights;
    PROM_TRY_NEW(places, prover->arena, party->claims, error);
    PROM_TRY_NEW(segment_of, prover->arena, party->claims, error);
    for (size_t c = 0; c < party->claims; c++) {
        places[c] = place_of(party->claim[c], layout);
    }
    PROM_TRY(prom_segments_new(prover->arena, &party->segments, segment_of, field, places, party->claims, error));
    const size_t entries = party->segments.count << layout->log_columns;
    PROM_TRY(prom_planes_new(prover->arena, &party->x, entries, error));
    PROM_TRY(prom_planes_new(prover->arena, &party->y, entries, error));
    PROM_TRY(prom_planes_new(prover->arena, &weights, (size_t)1 << layout->log_columns, error));
    for (size_t c = 0; c < party->claims; c++) {
        weigh_rows(party, weights, field, &places[c], party->power[c], segment_of[c]);
    }
    row_sum_task task = {field, party};
    prom_parallel_run(prover->setup->parallel, sum_row, &task, layout->columns);
    return prom_ok();
}

/* What the rows become, and the claims' weights of its values. */
typedef struct row_combination_task {
    const prom_field_kernels *field;
    const participant *party;
    prom_planes row_weights;
    prom_planes weights;
} row_combination_task;

static void weigh_piece(const row_combination_task *task, size_t index, size_t piece)
{
    const row_segment *with = &task->party->segments.all[index];
    const prom_extension scale = prom_planes_get(task->party->y, index);
    const size_t length = (size_t)1 << with->weights->inner_variables;
    size_t start = 0;
    size_t end = 0;
    if (!prom_segment_in_piece(with, piece, &start, &end)) {
        return;
    }
    for (size_t at = start; at < end; at += length) {
        const prom_extension outer = segment_outer_weight(with, at);
        const prom_extension weight = prom_extension_multiply(&outer, &scale);
        task->field->add_scaled_extensions(prom_planes_at(task->weights, at), &weight, with->weights->inner, length);
    }
}

static void combine_rows(const row_combination_task *task, size_t start, size_t count)
{
    const prom_commitment_layout *layout = &task->party->committed->public.layout;
    for (size_t row = 0; row < layout->columns; row++) {
        const prom_extension weight = prom_planes_get(task->row_weights, row);
        const prom_element *values = task->party->committed->data + (row << layout->log_rows) + start;
        task->field->add_scaled(prom_planes_at(task->party->row, start), &weight, values, count);
    }
}

static void combine_piece(void *argument, size_t piece)
{
    const row_combination_task *task = argument;
    const row_segments *all = &task->party->segments;
    const size_t length = (size_t)1 << task->party->committed->public.layout.log_rows;
    const size_t start = piece << LOG_PIECE;
    const size_t count = prom_block_length(length);
    for (size_t at = start; at < length && at < start + ((size_t)1 << LOG_PIECE); at += count) {
        combine_rows(task, at, count);
    }
    for (size_t i = 0; i < all->long_count; i++) {
        weigh_piece(task, i, piece);
    }
    for (size_t i = prom_segments_from_piece(all, piece); i < prom_segments_from_piece(all, piece + 1); i++) {
        weigh_piece(task, i, piece);
    }
}

/* All rows are combined: from now on x is what became of them, and y the claims' weights of its values. */
static prom_result enter_columns(opening_prover *prover, participant *party, prom_error *error)
{
    const prom_commitment_layout *layout = &party->committed->public.layout;
    const prom_extension one = prom_extension_one();
    const size_t length = (size_t)1 << layout->log_rows;
    row_combination_task task = {.field = prover->setup->field, .party = party};
    PROM_TRY(prom_planes_new(prover->arena, &party->row, length, error));
    PROM_TRY(prom_planes_new(prover->arena, &task.weights, length, error));
    PROM_TRY(prom_planes_new(prover->arena, &task.row_weights, (size_t)1 << layout->log_columns, error));
    prom_equality_table(task.field, task.row_weights, prover->point + prover->schedule.variables - party->variables,
                        layout->log_columns, &one);
    prom_parallel_run(prover->setup->parallel, combine_piece, &task, piece_count(layout->log_rows));
    party->x = party->row;
    party->y = task.weights;
    return prom_ok();
}

/* Folds both vectors of a party at the round's challenge. */
static prom_result fold_party(opening_prover *prover, participant *party, const prom_extension *challenge, size_t half,
                              prom_error *error)
{
    const prom_field_kernels *field = prover->setup->field;
    prom_planes folded = party->x;
    if (party->row.plane[0] != NULL && party->x.plane[0] == party->row.plane[0]) {
        PROM_TRY(prom_planes_new(prover->arena, &folded, half, error));
    }
    field->fold_extensions(folded, challenge, party->x, prom_planes_at(party->x, half), half);
    field->fold_extensions(party->y, challenge, party->y, prom_planes_at(party->y, half), half);
    party->x = folded;
    return prom_ok();
}

/* The length of a party's vectors when `left` variables are left. */
static size_t length_of(const participant *party, size_t left)
{
    const size_t log_rows = party->committed->public.layout.log_rows;
    return left > log_rows ? party->segments.count << (left - log_rows) : (size_t)1 << left;
}

prom_result prom_opening_reduce_claims(opening_prover *prover, prom_error *error)
{
    for (size_t left = prover->schedule.variables; left > 0; left--) {
        prom_extension message[2] = {prom_extension_zero(), prom_extension_zero()};
        for (size_t j = 0; j < prover->party_count; j++) {
            participant *party = &prover->parties[j];
            prom_extension part[2];
            if (left > party->variables) {
                continue;
            }
            if (left == party->variables) {
                PROM_TRY(enter_rows(prover, party, error));
            }
            if (left == party->committed->public.layout.log_rows) {
                PROM_TRY(enter_columns(prover, party, error));
            }
            prover->setup->field->round_of_products(&part[0], &part[1], party->x, party->y, length_of(party, left) / 2,
                                                    length_of(party, left) / 2);
            message[0] = prom_extension_add(&message[0], &part[0]);
            message[1] = prom_extension_add(&message[1], &part[1]);
        }
        prom_opening_say(prover, "round", message, 2);
        const prom_extension challenge = prom_transcript_extension(prover->transcript, "round");
        prover->point[prover->schedule.variables - left] = challenge;
        for (size_t j = 0; j < prover->party_count; j++) {
            if (left <= prover->parties[j].variables) {
                PROM_TRY(fold_party(prover, &prover->parties[j], &challenge, length_of(&prover->parties[j], left) / 2,
                                    error));
            }
        }
    }
    for (size_t j = 0; j < prover->party_count; j++) {
        prom_extension value = prom_planes_get(prover->parties[j].x, 0);
        prom_opening_say(prover, "value at the point", &value, 1);
    }
    return prom_ok();
}
