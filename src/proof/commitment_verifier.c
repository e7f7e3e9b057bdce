#include <string.h>

#include "prometheus/proof/commitment.h"
#include "prometheus/proof/encoding.h"
#include "proof/hash_tree.h"
#include "proof/opening.h"

enum { DEGREE = PROM_EXTENSION_DEGREE };

/* The leaves of a matrix at the points that the queries meet, and what each is worth once its values are combined. */
typedef struct opened {
    size_t count;
    size_t columns;
    size_t log_width;
    size_t *positions;
    prom_element *values; /* `columns` for each position */
    prom_extension *combined;
} opened;

typedef struct checking {
    prom_arena *arena;
    const prom_commitment_setup *setup;
    prom_transcript *transcript;
    prom_reader reader;
    opening_schedule schedule;
    size_t commitment_count;
    const prom_commitment *const *commitments;
    size_t claim_count;
    const prom_claim *claims;
    prom_extension *powers; /* of the challenge that combines the claims */
    prom_extension *point;  /* where the first sumcheck ended */
    prom_extension *values; /* of the commitments, at that point */
    prom_extension *joins;  /* the weight with which each joins the second sumcheck */
    prom_extension *folds;  /* the challenges of that one */
    prom_bytes32 *roots;    /* of the oracles */
    prom_extension *last;   /* the polynomial at the end */
} checking;

static prom_result hear(checking *it, const char *label, prom_extension *elements, size_t count, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        elements[i] = prom_read_extension(&it->reader);
    }
    if (it->reader.failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the proof of an opening is cut off, or holds a number that is not below p (%s)", label);
    }
    prom_transcript_absorb_extensions(it->transcript, label, elements, count);
    return prom_ok();
}

/* low + r * (high - low). */
static prom_extension interpolate(const prom_extension *r, const prom_extension *low, const prom_extension *high)
{
    const prom_extension slope = prom_extension_subtract(high, low);
    const prom_extension rise = prom_extension_multiply(r, &slope);
    return prom_extension_add(low, &rise);
}

static void add_product(prom_extension *sum, const prom_extension *a, const prom_extension *b)
{
    const prom_extension product = prom_extension_multiply(a, b);
    *sum = prom_extension_add(sum, &product);
}

/* The claims on one commitment, combined. */
static prom_extension claimed(const checking *it, size_t commitment)
{
    prom_extension sum = prom_extension_zero();
    for (size_t c = 0; c < it->claim_count; c++) {
        if (it->claims[c].commitment == commitment) {
            add_product(&sum, &it->powers[c], &it->claims[c].value);
        }
    }
    return sum;
}

/* The equality polynomial of a claim's point, as one of the whole commitment, whose first coordinates say where the
 * polynomial lies. */
static prom_extension weight_of(const checking *it, const prom_claim *claim)
{
    const prom_commitment_layout *layout = &it->commitments[claim->commitment]->layout;
    const size_t all = layout_variables(layout);
    const size_t own = layout->variables[claim->polynomial];
    const size_t place = layout->starts[claim->polynomial] >> own;
    const prom_extension *point = it->point + it->schedule.variables - all;
    const prom_extension one = prom_extension_one();
    prom_extension weight = prom_equality(claim->point, point + (all - own), own);
    for (size_t i = 0; i < all - own; i++) {
        const prom_extension complement = prom_extension_subtract(&one, &point[i]);
        const bool bit = (place >> (all - own - 1 - i) & 1) == 1;
        weight = prom_extension_multiply(&weight, bit ? &point[i] : &complement);
    }
    return weight;
}

/* The first sumcheck: its rounds, and that the values at its end are as the claims want them. */
static prom_result check_claims(checking *it, prom_error *error)
{
    prom_extension claim = prom_extension_zero();
    for (size_t left = it->schedule.variables; left > 0; left--) {
        prom_extension message[2]; /* the constant and the leading coefficient */
        for (size_t j = 0; j < it->commitment_count; j++) {
            if (layout_variables(&it->commitments[j]->layout) == left) {
                const prom_extension joining = claimed(it, j);
                claim = prom_extension_add(&claim, &joining);
            }
        }
        PROM_TRY(hear(it, "round", message, 2, error));
        const prom_extension challenge = prom_transcript_extension(it->transcript, "round");
        it->point[it->schedule.variables - left] = challenge;
        /* constant + constant + linear + leading is the claim. */
        prom_extension slope = prom_extension_subtract(&claim, &message[0]);
        slope = prom_extension_subtract(&slope, &message[0]);
        slope = prom_extension_subtract(&slope, &message[1]);
        add_product(&slope, &challenge, &message[1]);
        claim = message[0];
        add_product(&claim, &challenge, &slope);
    }
    for (size_t j = 0; j < it->commitment_count; j++) {
        PROM_TRY(hear(it, "value at the point", &it->values[j], 1, error));
    }
    prom_extension sum = prom_extension_zero();
    for (size_t c = 0; c < it->claim_count; c++) {
        const prom_extension weight = weight_of(it, &it->claims[c]);
        const prom_extension weighted = prom_extension_multiply(&it->powers[c], &weight);
        add_product(&sum, &weighted, &it->values[it->claims[c].commitment]);
    }
    return prom_extension_equal(&sum, &claim)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the claims do not follow from the proof of the opening");
}

static void join(checking *it, prom_extension *claim, size_t log_rows, bool first)
{
    for (size_t j = 0; j < it->commitment_count; j++) {
        if (it->commitments[j]->layout.log_rows == log_rows) {
            it->joins[j] = first ? prom_extension_one() : prom_transcript_extension(it->transcript, "join");
            add_product(claim, &it->joins[j], &it->values[j]);
            first = false;
        }
    }
}

/* Fixes all variables of a polynomial at a point, the first one first; `values` is overwritten. */
static prom_extension evaluate(prom_extension *values, const prom_extension *point, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t half = (size_t)1 << (count - 1 - i);
        for (size_t k = 0; k < half; k++) {
            values[k] = interpolate(&point[i], &values[k], &values[k + half]);
        }
    }
    return values[0];
}

/* The second sumcheck: that each round gives the claim of the one before, and that the last polynomial gives the last
 * one. */
static prom_result check_folding(checking *it, prom_error *error)
{
    const size_t rows = it->schedule.log_rows[0];
    const size_t log_last = it->schedule.log_rows[it->schedule.oracles];
    const prom_extension *point = it->point + it->schedule.variables - rows;
    prom_extension claim = prom_extension_zero();
    bool equal = true;
    join(it, &claim, rows, true);
    for (size_t t = 0; t < it->schedule.oracles; t++) {
        it->roots[t] = prom_read_bytes32(&it->reader);
        prom_transcript_absorb(it->transcript, "oracle", prom_span_of32(&it->roots[t]));
        for (size_t i = rows - it->schedule.log_rows[t]; i < rows - it->schedule.log_rows[t + 1]; i++) {
            prom_extension message[2]; /* at 0 and at 1 */
            PROM_TRY(hear(it, "fold", message, 2, error));
            const prom_extension sum = interpolate(&point[i], &message[0], &message[1]);
            equal = equal && prom_extension_equal(&sum, &claim);
            it->folds[i] = prom_transcript_extension(it->transcript, "fold");
            claim = interpolate(&it->folds[i], &message[0], &message[1]);
        }
        join(it, &claim, it->schedule.log_rows[t + 1], false);
    }
    const size_t count = (size_t)1 << log_last;
    prom_extension *copy = NULL;
    PROM_TRY(hear(it, "last polynomial", it->last, count, error));
    PROM_TRY_NEW(copy, it->arena, count, error);
    memcpy(copy, it->last, count * sizeof *copy);
    const prom_extension value = evaluate(copy, point + rows - log_last, log_last);
    return equal && prom_extension_equal(&value, &claim)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folding of the opened polynomials is not consistent");
}

/* Reads the leaves of a matrix and checks that they are those under its root. */
static prom_result read_opened(checking *it, opened *read, const prom_bytes32 *root, size_t columns, size_t log_rows,
                               const uint32_t *queries, prom_error *error)
{
    const size_t log_width = log_rows + it->setup->parameters.log_blowup;
    uint32_t *words = NULL;
    const uint32_t **by_column = NULL;
    *read = (opened){.columns = columns, .log_width = log_width};
    PROM_TRY_NEW(read->positions, it->arena, it->setup->parameters.queries, error);
    read->count = prom_opening_positions(read->positions, queries, it->setup->parameters.queries, log_width);
    PROM_TRY_NEW(read->values, it->arena, columns * read->count, error);
    PROM_TRY_NEW(read->combined, it->arena, read->count, error);
    PROM_TRY_NEW(words, it->arena, columns * read->count, error);
    PROM_TRY_NEW(by_column, it->arena, columns, error);
    for (size_t c = 0; c < columns; c++) {
        by_column[c] = words + c * read->count;
    }
    for (size_t i = 0; i < read->count; i++) {
        for (size_t c = 0; c < columns; c++) {
            const prom_element value = prom_read_element(&it->reader);
            read->values[i * columns + c] = value;
            words[c * read->count + i] = prom_element_value(value);
        }
    }
    if (it->reader.failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the proof of an opening is cut off, or holds a number that is not below p (leaves)");
    }
    return prom_hash_tree_verify(it->arena, &it->reader, it->setup->hash, root, log_width, by_column, columns,
                                 read->positions, read->count, error);
}

/* All 2^count values of the equality polynomial at a point, times a scale. */
static prom_result new_weights(prom_arena *arena, prom_extension **weights, const prom_extension *point, size_t count,
                               const prom_extension *scale, prom_error *error)
{
    prom_extension *table = NULL;
    PROM_TRY_NEW(table, arena, (size_t)1 << count, error);
    table[0] = *scale;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = (size_t)1 << i; k-- > 0;) {
            table[2 * k + 1] = prom_extension_multiply(&table[k], &point[i]);
            table[2 * k] = prom_extension_subtract(&table[k], &table[2 * k + 1]);
        }
    }
    *weights = table;
    return prom_ok();
}

/* The codeword of a commitment's combined rows, where it was opened. */
static prom_result combine_rows(checking *it, opened *rows, size_t commitment, prom_error *error)
{
    const prom_commitment_layout *layout = &it->commitments[commitment]->layout;
    const prom_extension *point = it->point + it->schedule.variables - layout_variables(layout);
    prom_extension *weights = NULL;
    PROM_TRY(new_weights(it->arena, &weights, point, layout->log_columns, &it->joins[commitment], error));
    for (size_t i = 0; i < rows->count; i++) {
        rows->combined[i] = prom_extension_zero();
        for (size_t c = 0; c < rows->columns; c++) {
            const prom_extension weighted = prom_extension_scale(&weights[c], rows->values[i * rows->columns + c]);
            rows->combined[i] = prom_extension_add(&rows->combined[i], &weighted);
        }
    }
    return prom_ok();
}

/* Part `part` of an oracle at one of the points where it was opened. */
static prom_extension part_at(const opened *oracle, size_t index, size_t part)
{
    prom_extension value;
    memcpy(value.coefficients, oracle->values + index * oracle->columns + part * DEGREE, sizeof value.coefficients);
    return value;
}

/* The codeword of an oracle after its fold, where it was opened. */
static prom_result combine_oracle(checking *it, opened *oracle, size_t level, prom_error *error)
{
    const size_t *log_rows = &it->schedule.log_rows[level];
    const prom_extension *challenges = it->folds + (it->schedule.log_rows[0] - log_rows[0]);
    const prom_extension one = prom_extension_one();
    prom_extension *weights = NULL;
    PROM_TRY(new_weights(it->arena, &weights, challenges, log_rows[0] - log_rows[1], &one, error));
    for (size_t i = 0; i < oracle->count; i++) {
        oracle->combined[i] = prom_extension_zero();
        for (size_t part = 0; part < oracle->columns / DEGREE; part++) {
            const prom_extension value = part_at(oracle, i, part);
            add_product(&oracle->combined[i], &weights[part], &value);
        }
    }
    return prom_ok();
}

/* Where a query's point was opened; it is among the positions. */
static size_t index_of(const opened *in, uint32_t query)
{
    const size_t position = query & (((size_t)1 << in->log_width) - 1);
    size_t low = 0;
    size_t high = in->count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (in->positions[middle] <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A polynomial of 2^count coefficients in bit-reversed order, at a point: its first half are the even powers.
 * `coefficients` is overwritten. */
static prom_extension value_at(prom_extension *coefficients, size_t count, prom_element x)
{
    for (size_t half = (size_t)1 << count >> 1; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            const prom_extension odd = prom_extension_scale(&coefficients[i + half], x);
            coefficients[i] = prom_extension_add(&coefficients[i], &odd);
        }
        x = prom_element_multiply(x, x);
    }
    return coefficients[0];
}

/* What has joined the codeword at this length, at a query's point. */
static void add_joined(const checking *it, prom_extension *value, const opened *rows, size_t log_rows, uint32_t query)
{
    for (size_t j = 0; j < it->commitment_count; j++) {
        if (it->commitments[j]->layout.log_rows == log_rows) {
            *value = prom_extension_add(value, &rows[j].combined[index_of(&rows[j], query)]);
        }
    }
}

/* Follows one query from the commitments through all oracles to the last polynomial. `scratch` has room for the parts
 * of an oracle and for the last polynomial. */
static bool query_passes(const checking *it, const opened *rows, const opened *oracles, uint32_t query,
                         prom_extension *scratch)
{
    const opening_schedule *schedule = &it->schedule;
    prom_element x =
        prom_element_power(prom_element_root(schedule->log_rows[0] + it->setup->parameters.log_blowup), query);
    prom_extension value = prom_extension_zero();
    add_joined(it, &value, rows, schedule->log_rows[0], query);
    for (size_t t = 0; t < schedule->oracles; t++) {
        const size_t at = index_of(&oracles[t], query);
        const size_t log_parts = schedule->log_rows[t] - schedule->log_rows[t + 1];
        for (size_t part = 0; part < (size_t)1 << log_parts; part++) {
            scratch[part] = part_at(&oracles[t], at, part);
        }
        const prom_extension said = value_at(scratch, log_parts, x);
        if (!prom_extension_equal(&said, &value)) {
            return false;
        }
        value = oracles[t].combined[at];
        add_joined(it, &value, rows, schedule->log_rows[t + 1], query);
        x = prom_element_power(x, UINT64_C(1) << log_parts);
    }
    const size_t log_last = schedule->log_rows[schedule->oracles];
    memcpy(scratch, it->last, sizeof *scratch << log_last);
    const prom_extension last = value_at(scratch, log_last, x);
    return prom_extension_equal(&last, &value);
}

static prom_result check_queries(checking *it, prom_error *error)
{
    const size_t count = it->setup->parameters.queries;
    const prom_commitment_parameters *parameters = &it->setup->parameters;
    const size_t log_scratch =
        parameters->log_fold > parameters->log_final ? parameters->log_fold : parameters->log_final;
    uint32_t *queries = NULL;
    opened *rows = NULL;
    opened *oracles = NULL;
    prom_extension *scratch = NULL;
    PROM_TRY_NEW(queries, it->arena, count, error);
    PROM_TRY_NEW(rows, it->arena, it->commitment_count, error);
    PROM_TRY_NEW(oracles, it->arena, it->schedule.oracles, error);
    PROM_TRY_NEW(scratch, it->arena, (size_t)1 << log_scratch, error);
    prom_opening_queries(it->transcript, queries, &it->setup->parameters, &it->schedule);
    for (size_t j = 0; j < it->commitment_count; j++) {
        const prom_commitment_layout *layout = &it->commitments[j]->layout;
        PROM_TRY(
            read_opened(it, &rows[j], &it->commitments[j]->root, layout->columns, layout->log_rows, queries, error));
        PROM_TRY(combine_rows(it, &rows[j], j, error));
    }
    for (size_t t = 0; t < it->schedule.oracles; t++) {
        const size_t log_parts = it->schedule.log_rows[t] - it->schedule.log_rows[t + 1];
        PROM_TRY(read_opened(it, &oracles[t], &it->roots[t], (size_t)DEGREE << log_parts, it->schedule.log_rows[t + 1],
                             queries, error));
        PROM_TRY(combine_oracle(it, &oracles[t], t, error));
    }
    if (!prom_reader_done(&it->reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are left over after the proof of an opening",
                         it->reader.left);
    }
    for (size_t i = 0; i < count; i++) {
        if (!query_passes(it, rows, oracles, queries[i], scratch)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the codewords of an opening do not agree at the point that query %zu asks for", i);
        }
    }
    return prom_ok();
}

prom_result prom_commitment_verify(prom_arena *arena, prom_transcript *transcript, const prom_commitment_setup *setup,
                                   const prom_commitment *const *commitments, size_t commitment_count,
                                   const prom_claim *claims, size_t claim_count, prom_span proof, prom_error *error)
{
    checking it = {.arena = arena,
                   .setup = setup,
                   .transcript = transcript,
                   .reader = prom_reader_of(proof),
                   .commitment_count = commitment_count,
                   .commitments = commitments,
                   .claim_count = claim_count,
                   .claims = claims};
    const prom_commitment_layout **layouts = NULL;
    PROM_TRY(prom_opening_verify(&setup->parameters, commitments, commitment_count, claims, claim_count, error));
    PROM_TRY_NEW(layouts, arena, commitment_count, error);
    for (size_t j = 0; j < commitment_count; j++) {
        layouts[j] = &commitments[j]->layout;
    }
    prom_opening_plan(&it.schedule, &setup->parameters, layouts, commitment_count);
    PROM_TRY_NEW(it.powers, arena, claim_count, error);
    PROM_TRY_NEW(it.point, arena, it.schedule.variables, error);
    PROM_TRY_NEW(it.values, arena, commitment_count, error);
    PROM_TRY_NEW(it.joins, arena, commitment_count, error);
    PROM_TRY_NEW(it.folds, arena, it.schedule.log_rows[0], error);
    PROM_TRY_NEW(it.roots, arena, it.schedule.oracles, error);
    PROM_TRY_NEW(it.last, arena, (size_t)1 << it.schedule.log_rows[it.schedule.oracles], error);
    prom_opening_begin(transcript, it.powers, &setup->parameters, commitments, commitment_count, claims, claim_count);
    PROM_TRY(check_claims(&it, error));
    PROM_TRY(check_folding(&it, error));
    return check_queries(&it, error);
}
