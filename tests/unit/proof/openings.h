/* Commitments to random polynomials, and claims on them: what tests and benches of openings share. */
#ifndef PROMETHEUS_TEST_OPENINGS_H
#define PROMETHEUS_TEST_OPENINGS_H

#include "prometheus/proof/commitment.h"
#include "support.h"

enum { COMMITMENTS_MAX = 4, POLYNOMIALS_MAX = 8, CLAIMS_MAX = 41 };

/* The numbers of variables of each commitment's polynomials, and how often each polynomial is claimed. */
struct shape {
    size_t commitments;
    size_t polynomials[COMMITMENTS_MAX];
    size_t variables[COMMITMENTS_MAX][POLYNOMIALS_MAX];
    size_t claims_each;
};

struct case_of_opening {
    struct shape shape;
    prom_commitment_setup setup;
    prom_element *values[COMMITMENTS_MAX][POLYNOMIALS_MAX];
    prom_committed *committed[COMMITMENTS_MAX];
    const prom_commitment *commitments[COMMITMENTS_MAX];
    size_t claim_count;
    prom_claim claims[CLAIMS_MAX];
    prom_span proof;
};

static inline void *allocate(fixture *test, size_t count, size_t size)
{
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, count, size, &test->error), &test->error);
    return memory;
}

static inline prom_element random_element(uint64_t *random)
{
    return (prom_element){(uint32_t)(next_random(random) % PROM_FIELD_PRIME)};
}

/* The value at a point, variable by variable: the definition. */
static inline prom_extension value_of(const prom_element *values, const prom_extension *point, size_t variables)
{
    const size_t count = (size_t)1 << variables;
    prom_extension *folded = calloc(count, sizeof *folded);
    assert_non_null(folded);
    for (size_t i = 0; i < count; i++) {
        folded[i] = prom_extension_of(values[i]);
    }
    for (size_t i = 0; i < variables; i++) {
        const size_t half = count >> (i + 1);
        for (size_t k = 0; k < half; k++) {
            const prom_extension slope = prom_extension_subtract(&folded[k + half], &folded[k]);
            const prom_extension rise = prom_extension_multiply(&point[i], &slope);
            folded[k] = prom_extension_add(&folded[k], &rise);
        }
    }
    const prom_extension value = folded[0];
    free(folded);
    return value;
}

/* Half of the claims take coordinates of an earlier one, on another polynomial, to be their last ones: its last, as
 * columns do that are claimed where one sumcheck ended, or its first. */
static inline void borrow_coordinates(const struct case_of_opening *opening, const prom_claim *claim,
                                      prom_extension *point, uint64_t *random)
{
    const prom_claim *earlier = &opening->claims[random_below(random, opening->claim_count + 1)];
    const bool other = earlier->commitment != claim->commitment || earlier->polynomial != claim->polynomial;
    if (earlier->point == NULL || !other || random_below(random, 2) == 0) {
        return;
    }
    const size_t variables = opening->shape.variables[claim->commitment][claim->polynomial];
    const size_t count = opening->shape.variables[earlier->commitment][earlier->polynomial];
    const size_t shared = count < variables ? count : variables;
    const size_t from = random_below(random, 2) == 0 ? 0 : count - shared;
    for (size_t i = 0; i < shared; i++) {
        point[variables - shared + i] = earlier->point[from + i];
    }
}

static inline void add_claim(fixture *test, struct case_of_opening *opening, size_t commitment, size_t polynomial,
                             uint64_t *random)
{
    const size_t variables = opening->shape.variables[commitment][polynomial];
    prom_extension *point = allocate(test, variables, sizeof *point);
    for (size_t i = 0; i < variables; i++) {
        for (size_t k = 0; k < PROM_EXTENSION_DEGREE; k++) {
            point[i].coefficients[k] = random_element(random);
        }
    }
    assert_true(opening->claim_count < CLAIMS_MAX);
    prom_claim claim = {commitment, polynomial, point, prom_extension_zero()};
    borrow_coordinates(opening, &claim, point, random);
    claim.value = value_of(opening->values[commitment][polynomial], point, variables);
    opening->claims[opening->claim_count++] = claim;
}

static inline void commit(fixture *test, struct case_of_opening *opening, size_t commitment)
{
    const prom_element *const *values = (const prom_element *const *)opening->values[commitment];
    assert_ok(prom_commitment_make(&test->arena, &opening->committed[commitment], &opening->setup, values,
                                   opening->shape.variables[commitment], opening->shape.polynomials[commitment],
                                   &test->error),
              &test->error);
    opening->commitments[commitment] = prom_committed_commitment(opening->committed[commitment]);
}

static inline prom_transcript new_transcript(void)
{
    prom_transcript transcript;
    prom_transcript_init(&transcript, "test", 1);
    return transcript;
}

static inline prom_opening_statement statement_of(const struct case_of_opening *opening)
{
    return (prom_opening_statement){opening->commitments, opening->shape.commitments, opening->claims,
                                    opening->claim_count};
}

static inline void prove(fixture *test, struct case_of_opening *opening)
{
    prom_transcript transcript = new_transcript();
    const prom_opening_statement statement = statement_of(opening);
    assert_ok(prom_commitment_open(&test->arena, &opening->proof, &transcript, &opening->setup, &statement,
                                   (const prom_committed *const *)opening->committed, &test->error),
              &test->error);
}

static inline prom_result verify(const struct case_of_opening *opening, prom_span proof, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, (size_t)1 << 26);
    prom_transcript transcript = new_transcript();
    const prom_opening_statement statement = statement_of(opening);
    return prom_commitment_verify(&arena, &transcript, &opening->setup, &statement, proof, error);
}

/* Random polynomials of a shape, committed to, and true claims on them. */
static inline struct case_of_opening make_case(fixture *test, const struct shape *shape,
                                               const prom_commitment_setup *setup, uint64_t *random)
{
    struct case_of_opening opening = {.shape = *shape, .setup = *setup};
    for (size_t j = 0; j < shape->commitments; j++) {
        for (size_t i = 0; i < shape->polynomials[j]; i++) {
            const size_t count = (size_t)1 << shape->variables[j][i];
            opening.values[j][i] = allocate(test, count, sizeof(prom_element));
            for (size_t k = 0; k < count; k++) {
                opening.values[j][i][k] = random_element(random);
            }
            for (size_t k = 0; k < shape->claims_each; k++) {
                add_claim(test, &opening, j, i, random);
            }
        }
        commit(test, &opening, j);
    }
    return opening;
}

#endif
