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

typedef struct opening_verifier {
    prom_arena *arena;
    const prom_commitment_setup *setup;
    prom_transcript *transcript;
    prom_reader reader;
    opening_schedule schedule;
    const prom_opening_statement *statement;
    prom_extension *powers; /* of the challenge that combines the claims */
    prom_extension *point;  /* where the first sumcheck ended */
    prom_extension *values; /* of the commitments, at that point */
    prom_extension *joins;  /* the weight with which each joins the second sumcheck */
    prom_extension *folds;  /* the challenges of that one */
    prom_bytes32 *roots;    /* of the oracles */
    prom_extension *last;   /* the polynomial at the end */
} opening_verifier;

static prom_result hear(opening_verifier *verifier, const char *label, prom_extension *elements, size_t count,
                        prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        elements[i] = prom_read_extension(&verifier->reader);
    }
    if (verifier->reader.failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the proof of an opening is cut off, or holds a number that is not below p (%s)", label);
    }
    prom_transcript_absorb_extensions(verifier->transcript, label, elements, count);
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
static prom_extension claimed(const opening_verifier *verifier, size_t commitment)
{
    prom_extension sum = prom_extension_zero();
    for (size_t c = 0; c < verifier->statement->claim_count; c++) {
        if (verifier->statement->claims[c].commitment == commitment) {
            add_product(&sum, &verifier->powers[c], &verifier->statement->claims[c].value);
        }
    }
    return sum;
}

/* The equality polynomial of a claim's point, as one of the whole commitment, whose first coordinates say where the
 * polynomial lies. */
static prom_extension weight_of(const opening_verifier *verifier, const prom_claim *claim)
{
    const prom_commitment_layout *layout = &verifier->statement->commitments[claim->commitment]->layout;
    const size_t all = layout_variables(layout);
    const size_t own = layout->variables[claim->polynomial];
    const size_t place = layout->starts[claim->polynomial] >> own;
    const prom_extension *point = verifier->point + verifier->schedule.variables - all;
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
static prom_result check_claims(opening_verifier *verifier, prom_error *error)
{
    prom_extension claim = prom_extension_zero();
    for (size_t left = verifier->schedule.variables; left > 0; left--) {
        prom_extension message[2]; /* the constant and the leading coefficient */
        for (size_t j = 0; j < verifier->statement->commitment_count; j++) {
            if (layout_variables(&verifier->statement->commitments[j]->layout) == left) {
                const prom_extension joining = claimed(verifier, j);
                claim = prom_extension_add(&claim, &joining);
            }
        }
        PROM_TRY(hear(verifier, "round", message, 2, error));
        const prom_extension challenge = prom_transcript_extension(verifier->transcript, "round");
        verifier->point[verifier->schedule.variables - left] = challenge;
        /* constant + constant + linear + leading is the claim. */
        prom_extension slope = prom_extension_subtract(&claim, &message[0]);
        slope = prom_extension_subtract(&slope, &message[0]);
        slope = prom_extension_subtract(&slope, &message[1]);
        add_product(&slope, &challenge, &message[1]);
        claim = message[0];
        add_product(&claim, &challenge, &slope);
    }
    for (size_t j = 0; j < verifier->statement->commitment_count; j++) {
        PROM_TRY(hear(verifier, "value at the point", &verifier->values[j], 1, error));
    }
    prom_extension sum = prom_extension_zero();
    for (size_t c = 0; c < verifier->statement->claim_count; c++) {
        const prom_extension weight = weight_of(verifier, &verifier->statement->claims[c]);
        const prom_extension weighted = prom_extension_multiply(&verifier->powers[c], &weight);
        add_product(&sum, &weighted, &verifier->values[verifier->statement->claims[c].commitment]);
    }
    return prom_extension_equal(&sum, &claim)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the claims do not follow from the proof of the opening");
}

static void join(opening_verifier *verifier, prom_extension *claim, size_t log_rows, bool first)
{
    for (size_t j = 0; j < verifier->statement->commitment_count; j++) {
        if (verifier->statement->commitments[j]->layout.log_rows == log_rows) {
            verifier->joins[j] = first ? prom_extension_one() : prom_transcript_extension(verifier->transcript, "join");
            add_product(claim, &verifier->joins[j], &verifier->values[j]);
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
static prom_result check_folding(opening_verifier *verifier, prom_error *error)
{
    const size_t rows = verifier->schedule.log_rows[0];
    const size_t log_last = verifier->schedule.log_rows[verifier->schedule.oracles];
    const prom_extension *point = verifier->point + verifier->schedule.variables - rows;
    prom_extension claim = prom_extension_zero();
    bool equal = true;
    join(verifier, &claim, rows, true);
    for (size_t t = 0; t < verifier->schedule.oracles; t++) {
        verifier->roots[t] = prom_read_bytes32(&verifier->reader);
        prom_transcript_absorb(verifier->transcript, "oracle", prom_span_of32(&verifier->roots[t]));
        for (size_t i = rows - verifier->schedule.log_rows[t]; i < rows - verifier->schedule.log_rows[t + 1]; i++) {
            prom_extension message[2]; /* at 0 and at 1 */
            PROM_TRY(hear(verifier, "fold", message, 2, error));
            const prom_extension sum = interpolate(&point[i], &message[0], &message[1]);
            equal = equal && prom_extension_equal(&sum, &claim);
            verifier->folds[i] = prom_transcript_extension(verifier->transcript, "fold");
            claim = interpolate(&verifier->folds[i], &message[0], &message[1]);
        }
        join(verifier, &claim, verifier->schedule.log_rows[t + 1], false);
    }
    const size_t count = (size_t)1 << log_last;
    prom_extension *copy = NULL;
    PROM_TRY(hear(verifier, "last polynomial", verifier->last, count, error));
    PROM_TRY_NEW(copy, verifier->arena, count, error);
    memcpy(copy, verifier->last, count * sizeof *copy);
    const prom_extension value = evaluate(copy, point + rows - log_last, log_last);
    return equal && prom_extension_equal(&value, &claim)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folding of the opened polynomials is not consistent");
}

/* Reads the leaves of a matrix and checks that they are those under its root. */
static prom_result read_opened(opening_verifier *verifier, opened *read, const prom_bytes32 *root, size_t columns,
                               size_t log_rows, const uint32_t *queries, prom_error *error)
{
    const size_t log_width = log_rows + verifier->setup->parameters.log_blowup;
    uint32_t *words = NULL;
    const uint32_t **by_column = NULL;
    *read = (opened){.columns = columns, .log_width = log_width};
    PROM_TRY_NEW(read->positions, verifier->arena, verifier->setup->parameters.queries, error);
    read->count = prom_opening_positions(read->positions, queries, verifier->setup->parameters.queries, log_width);
    PROM_TRY_NEW(read->values, verifier->arena, columns * read->count, error);
    PROM_TRY_NEW(read->combined, verifier->arena, read->count, error);
    PROM_TRY_NEW(words, verifier->arena, columns * read->count, error);
    PROM_TRY_NEW(by_column, verifier->arena, columns, error);
    for (size_t c = 0; c < columns; c++) {
        by_column[c] = words + c * read->count;
    }
    for (size_t i = 0; i < read->count; i++) {
        for (size_t c = 0; c < columns; c++) {
            const prom_element value = prom_read_element(&verifier->reader);
            read->values[i * columns + c] = value;
            words[c * read->count + i] = prom_element_value(value);
        }
    }
    if (verifier->reader.failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the proof of an opening is cut off, or holds a number that is not below p (leaves)");
    }
    const proof_opened_leaves leaves = {{by_column, columns}, read->positions, read->count, log_width};
    return prom_hash_tree_verify(verifier->arena, &verifier->reader, verifier->setup->hash, root, &leaves, error);
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
static prom_result combine_rows(opening_verifier *verifier, opened *rows, size_t commitment, prom_error *error)
{
    const prom_commitment_layout *layout = &verifier->statement->commitments[commitment]->layout;
    const prom_extension *point = verifier->point + verifier->schedule.variables - layout_variables(layout);
    prom_extension *weights = NULL;
    PROM_TRY(new_weights(verifier->arena, &weights, point, layout->log_columns, &verifier->joins[commitment], error));
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
static prom_result combine_oracle(opening_verifier *verifier, opened *oracle, size_t level, prom_error *error)
{
    const size_t *log_rows = &verifier->schedule.log_rows[level];
    const prom_extension *challenges = verifier->folds + (verifier->schedule.log_rows[0] - log_rows[0]);
    const prom_extension one = prom_extension_one();
    prom_extension *weights = NULL;
    PROM_TRY(new_weights(verifier->arena, &weights, challenges, log_rows[0] - log_rows[1], &one, error));
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
static void add_joined(const opening_verifier *verifier, prom_extension *value, const opened *rows, size_t log_rows,
                       uint32_t query)
{
    for (size_t j = 0; j < verifier->statement->commitment_count; j++) {
        if (verifier->statement->commitments[j]->layout.log_rows == log_rows) {
            *value = prom_extension_add(value, &rows[j].combined[index_of(&rows[j], query)]);
        }
    }
}

/* Follows one query from the commitments through all oracles to the last polynomial. `scratch` has room for the parts
 * of an oracle and for the last polynomial. */
static bool query_passes(const opening_verifier *verifier, const opened *rows, const opened *oracles, uint32_t query,
                         prom_extension *scratch)
{
    const opening_schedule *schedule = &verifier->schedule;
    prom_element x =
        prom_element_power(prom_element_root(schedule->log_rows[0] + verifier->setup->parameters.log_blowup), query);
    prom_extension value = prom_extension_zero();
    add_joined(verifier, &value, rows, schedule->log_rows[0], query);
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
        add_joined(verifier, &value, rows, schedule->log_rows[t + 1], query);
        x = prom_element_power(x, UINT64_C(1) << log_parts);
    }
    const size_t log_last = schedule->log_rows[schedule->oracles];
    memcpy(scratch, verifier->last, sizeof *scratch << log_last);
    const prom_extension last = value_at(scratch, log_last, x);
    return prom_extension_equal(&last, &value);
}

static prom_result check_queries(opening_verifier *verifier, prom_error *error)
{
    const size_t count = verifier->setup->parameters.queries;
    const prom_commitment_parameters *parameters = &verifier->setup->parameters;
    const size_t log_scratch =
        parameters->log_fold > parameters->log_final ? parameters->log_fold : parameters->log_final;
    uint32_t *queries = NULL;
    opened *rows = NULL;
    opened *oracles = NULL;
    prom_extension *scratch = NULL;
    PROM_TRY_NEW(queries, verifier->arena, count, error);
    PROM_TRY_NEW(rows, verifier->arena, verifier->statement->commitment_count, error);
    PROM_TRY_NEW(oracles, verifier->arena, verifier->schedule.oracles, error);
    PROM_TRY_NEW(scratch, verifier->arena, (size_t)1 << log_scratch, error);
    prom_opening_queries(verifier->transcript, queries, &verifier->setup->parameters, &verifier->schedule);
    for (size_t j = 0; j < verifier->statement->commitment_count; j++) {
        const prom_commitment_layout *layout = &verifier->statement->commitments[j]->layout;
        PROM_TRY(read_opened(verifier, &rows[j], &verifier->statement->commitments[j]->root, layout->columns,
                             layout->log_rows, queries, error));
        PROM_TRY(combine_rows(verifier, &rows[j], j, error));
    }
    for (size_t t = 0; t < verifier->schedule.oracles; t++) {
        const size_t log_parts = verifier->schedule.log_rows[t] - verifier->schedule.log_rows[t + 1];
        PROM_TRY(read_opened(verifier, &oracles[t], &verifier->roots[t], (size_t)DEGREE << log_parts,
                             verifier->schedule.log_rows[t + 1], queries, error));
        PROM_TRY(combine_oracle(verifier, &oracles[t], t, error));
    }
    if (!prom_reader_done(&verifier->reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are left over after the proof of an opening",
                         verifier->reader.left);
    }
    for (size_t i = 0; i < count; i++) {
        if (!query_passes(verifier, rows, oracles, queries[i], scratch)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the codewords of an opening do not agree at the point that query %zu asks for", i);
        }
    }
    return prom_ok();
}

prom_result prom_commitment_verify(prom_arena *arena, prom_transcript *transcript, const prom_commitment_setup *setup,
                                   const prom_opening_statement *statement, prom_span proof, prom_error *error)
{
    const size_t count = statement->commitment_count;
    opening_verifier verifier = {.arena = arena,
                                 .setup = setup,
                                 .transcript = transcript,
                                 .reader = prom_reader_of(proof),
                                 .statement = statement};
    const prom_commitment_layout **layouts = NULL;
    PROM_TRY(prom_opening_verify(&setup->parameters, statement, error));
    PROM_TRY_NEW(layouts, arena, count, error);
    for (size_t j = 0; j < count; j++) {
        layouts[j] = &statement->commitments[j]->layout;
    }
    prom_opening_plan(&verifier.schedule, &setup->parameters, layouts, count);
    PROM_TRY_NEW(verifier.powers, arena, statement->claim_count, error);
    PROM_TRY_NEW(verifier.point, arena, verifier.schedule.variables, error);
    PROM_TRY_NEW(verifier.values, arena, count, error);
    PROM_TRY_NEW(verifier.joins, arena, count, error);
    PROM_TRY_NEW(verifier.folds, arena, verifier.schedule.log_rows[0], error);
    PROM_TRY_NEW(verifier.roots, arena, verifier.schedule.oracles, error);
    PROM_TRY_NEW(verifier.last, arena, (size_t)1 << verifier.schedule.log_rows[verifier.schedule.oracles], error);
    prom_opening_begin(transcript, verifier.powers, &setup->parameters, statement);
    PROM_TRY(check_claims(&verifier, error));
    PROM_TRY(check_folding(&verifier, error));
    return check_queries(&verifier, error);
}
