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
static inline void borrow_coordinates(const struct case_of_opening *it, const prom_claim *claim, prom_extension *point,
                                      uint64_t *random)
{
    const prom_claim *earlier = &it->claims[random_below(random, it->claim_count + 1)];
    const bool other = earlier->commitment != claim->commitment || earlier->polynomial != claim->polynomial;
    if (earlier->point == NULL || !other || random_below(random, 2) == 0) {
        return;
    }
    const size_t variables = it->shape.variables[claim->commitment][claim->polynomial];
    const size_t count = it->shape.variables[earlier->commitment][earlier->polynomial];
    const size_t shared = count < variables ? count : variables;
    const size_t from = random_below(random, 2) == 0 ? 0 : count - shared;
    for (size_t i = 0; i < shared; i++) {
        point[variables - shared + i] = earlier->point[from + i];
    }
}

static inline void add_claim(fixture *test, struct case_of_opening *it, size_t commitment, size_t polynomial,
                             uint64_t *random)
{
    const size_t variables = it->shape.variables[commitment][polynomial];
    prom_extension *point = allocate(test, variables, sizeof *point);
    for (size_t i = 0; i < variables; i++) {
        for (size_t k = 0; k < PROM_EXTENSION_DEGREE; k++) {
            point[i].coefficients[k] = random_element(random);
        }
    }
    assert_true(it->claim_count < CLAIMS_MAX);
    prom_claim claim = {commitment, polynomial, point, prom_extension_zero()};
    borrow_coordinates(it, &claim, point, random);
    claim.value = value_of(it->values[commitment][polynomial], point, variables);
    it->claims[it->claim_count++] = claim;
}

static inline void commit(fixture *test, struct case_of_opening *it, size_t commitment)
{
    const prom_element *const *values = (const prom_element *const *)it->values[commitment];
    assert_ok(prom_commitment_make(&test->arena, &it->committed[commitment], &it->setup, values,
                                   it->shape.variables[commitment], it->shape.polynomials[commitment], &test->error),
              &test->error);
    it->commitments[commitment] = prom_committed_commitment(it->committed[commitment]);
}

static inline prom_transcript new_transcript(void)
{
    prom_transcript transcript;
    prom_transcript_init(&transcript, "test", 1);
    return transcript;
}

static inline prom_opening_statement statement_of(const struct case_of_opening *it)
{
    return (prom_opening_statement){it->commitments, it->shape.commitments, it->claims, it->claim_count};
}

static inline void prove(fixture *test, struct case_of_opening *it)
{
    prom_transcript transcript = new_transcript();
    const prom_opening_statement statement = statement_of(it);
    assert_ok(prom_commitment_open(&test->arena, &it->proof, &transcript, &it->setup, &statement,
                                   (const prom_committed *const *)it->committed, &test->error),
              &test->error);
}

static inline prom_result verify(const struct case_of_opening *it, prom_span proof, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena;
    prom_arena_init(&arena, (size_t)1 << 26);
    prom_transcript transcript = new_transcript();
    const prom_opening_statement statement = statement_of(it);
    return prom_commitment_verify(&arena, &transcript, &it->setup, &statement, proof, error);
}

/* Random polynomials of a shape, committed to, and true claims on them. */
static inline struct case_of_opening make_case(fixture *test, const struct shape *shape,
                                               const prom_commitment_setup *setup, uint64_t *random)
{
    struct case_of_opening it = {.shape = *shape, .setup = *setup};
    for (size_t j = 0; j < shape->commitments; j++) {
        for (size_t i = 0; i < shape->polynomials[j]; i++) {
            const size_t count = (size_t)1 << shape->variables[j][i];
            it.values[j][i] = allocate(test, count, sizeof(prom_element));
            for (size_t k = 0; k < count; k++) {
                it.values[j][i][k] = random_element(random);
            }
            for (size_t k = 0; k < shape->claims_each; k++) {
                add_claim(test, &it, j, i, random);
            }
        }
        commit(test, &it, j);
    }
    return it;
}

#endif
