#include "proof/commitment_shapes.h"

#include "proof/commitment_matrix.h"
#include "proof/opening.h"

static void test_accepts(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_commitment_setup setups[] = {prom_commitment_setup_for(prom_cpu_of_machine()), small_setup(5),
                                            small_setup(300)};
    for (size_t s = 0; s < COUNT_OF(setups); s++) {
        for (size_t i = 0; i < COUNT_OF(shapes); i++) {
            struct case_of_opening opening = make_case(test, &shapes[i], &setups[s], &random);
            prove(test, &opening);
            if (!prom_is_ok(verify(&opening, opening.proof, &test->error))) {
                fail_msg("shape %zu, setup %zu: %s", i, s, test->error.sentence);
            }
            prom_arena_free(&test->arena);
        }
    }
}

/* The proof does not depend on the processor. */
/* Whatever the kernels, and whatever the order in which parts of the work are done. */
static void test_same_on_all_machines(void **state)
{
    static const struct shape large = {1, {2}, {{17, 12}}, 2}; /* levels and rows of many blocks */
    fixture *test = *state;
    size_t calls = 0;
    const prom_parallel backwards = {&calls, run_backwards};
    for (size_t size = 0; size < 2; size++) {
        prom_span proofs[3];
        for (size_t i = 0; i < COUNT_OF(proofs); i++) {
            uint64_t random = 2;
            prom_commitment_setup setup = small_setup(20);
            setup.field = i == 0 ? &prom_field_portable : setup.field;
            setup.hash = i == 0 ? &prom_hash_portable : setup.hash;
            setup.parallel = i == 2 ? &backwards : NULL;
            struct case_of_opening opening = make_case(test, size == 0 ? &shapes[9] : &large, &setup, &random);
            prove(test, &opening);
            assert_ok(verify(&opening, opening.proof, &test->error), &test->error);
            proofs[i] = opening.proof;
        }
        assert_true(prom_span_equal(proofs[0], proofs[1]));
        assert_true(prom_span_equal(proofs[0], proofs[2]));
    }
    assert_true(calls > 0);
}

/* Every bit of a small proof, one at a time; of the larger shape some. */
static void test_every_flipped_bit(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    const prom_commitment_setup setup = small_setup(3);
    for (size_t i = 3; i < COUNT_OF(shapes); i += 5) {
        struct case_of_opening opening = make_case(test, &shapes[i], &setup, &random);
        prove(test, &opening);
        const size_t step = opening.proof.length < 4000 ? 1 : opening.proof.length / 1000;
        for (size_t at = 0; at < opening.proof.length; at += step) {
            for (size_t bit = 0; bit < 8; bit++) {
                uint8_t *copy = exact_copy(opening.proof.data, opening.proof.length);
                copy[at] ^= (uint8_t)(1U << bit);
                assert_refused(test, &opening, prom_span_of(copy, opening.proof.length), "");
                free(copy);
            }
        }
    }
}

static void test_wrong_lengths(void **state)
{
    fixture *test = *state;
    uint64_t random = 4;
    const prom_commitment_setup setup = small_setup(3);
    struct case_of_opening opening = make_case(test, &shapes[6], &setup, &random);
    prove(test, &opening);
    for (size_t length = 0; length < opening.proof.length; length++) {
        uint8_t *copy = exact_copy(opening.proof.data, length);
        assert_refused(test, &opening, prom_span_of(copy, length), "");
        free(copy);
    }
    uint8_t *longer = allocate(test, opening.proof.length + 4, 1);
    memcpy(longer, opening.proof.data, opening.proof.length);
    assert_refused(test, &opening, prom_span_of(longer, opening.proof.length + 1), "1 bytes are left over");
    assert_refused(test, &opening, prom_span_of(longer, opening.proof.length + 4), "4 bytes are left over");
}

/* p more is the same number modulo p, and no other way to write it. */
static void test_not_canonical(void **state)
{
    fixture *test = *state;
    uint64_t random = 5;
    const prom_commitment_setup setup = small_setup(2);
    struct case_of_opening opening = make_case(test, &shapes[1], &setup, &random);
    prove(test, &opening);
    for (size_t at = 0; at + 4 <= opening.proof.length; at += 4) {
        uint8_t *copy = exact_copy(opening.proof.data, opening.proof.length);
        prom_reader reader = prom_reader_of(prom_span_of(copy + at, 4));
        const uint32_t number = prom_read_u32(&reader);
        const uint32_t other = number + PROM_FIELD_PRIME;
        if (number < PROM_FIELD_PRIME) { /* hashes have larger ones */
            for (size_t i = 0; i < 4; i++) {
                copy[at + i] = (uint8_t)(other >> (24 - 8 * i));
            }
            assert_refused(test, &opening, prom_span_of(copy, opening.proof.length), "");
        }
        free(copy);
    }
}

/* Whatever a claim says, said otherwise; and all that the transcript binds. */
static void test_every_changed_claim(void **state)
{
    fixture *test = *state;
    uint64_t random = 6;
    const prom_commitment_setup setup = small_setup(4);
    struct case_of_opening opening = make_case(test, &shapes[8], &setup, &random);
    prove(test, &opening);
    for (size_t c = 0; c < opening.claim_count; c++) {
        const prom_claim kept = opening.claims[c];
        const size_t variables = opening.shape.variables[kept.commitment][kept.polynomial];
        for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
            prom_element *coefficient = &opening.claims[c].value.coefficients[i];
            *coefficient = prom_element_add(*coefficient, prom_element_one());
            assert_refused(test, &opening, opening.proof, "claims");
            opening.claims[c] = kept;
        }
        for (size_t i = 0; i < variables; i++) {
            prom_extension *point = allocate(test, variables, sizeof *point);
            memcpy(point, kept.point, variables * sizeof *point);
            point[i].coefficients[2] = prom_element_add(point[i].coefficients[2], prom_element_one());
            opening.claims[c].point = point;
            assert_refused(test, &opening, opening.proof, "claims");
            opening.claims[c] = kept;
        }
    }
    for (size_t j = 0; j < opening.shape.commitments; j++) {
        prom_commitment other = *opening.commitments[j];
        const prom_commitment *kept = opening.commitments[j];
        other.root.bytes[31] ^= 1;
        opening.commitments[j] = &other;
        assert_refused(test, &opening, opening.proof, "");
        opening.commitments[j] = kept;
    }
    opening.setup.parameters.queries++;
    assert_refused(test, &opening, opening.proof, "");
}

static prom_extension combining_challenge(const struct case_of_opening *opening)
{
    prom_transcript transcript = new_transcript();
    prom_extension powers[CLAIMS_MAX];
    const prom_opening_statement statement = statement_of(opening);
    prom_opening_begin(&transcript, powers, &opening->setup.parameters, &statement);
    return powers[1];
}

static void assert_another(const struct case_of_opening *opening, const prom_extension *challenge)
{
    const prom_extension other = combining_challenge(opening);
    assert_false(prom_extension_equal(&other, challenge));
}

/* The first challenge depends on each thing that is said before it. */
static void test_first_challenge(void **state)
{
    fixture *test = *state;
    uint64_t random = 11;
    const prom_commitment_setup setup = small_setup(4);
    struct case_of_opening opening = make_case(test, &shapes[5], &setup, &random);
    const prom_extension challenge = combining_challenge(&opening);
    const struct case_of_opening kept = opening;
    uint8_t *parameters[] = {&opening.setup.parameters.log_blowup, &opening.setup.parameters.log_columns,
                             &opening.setup.parameters.log_fold, &opening.setup.parameters.log_final};
    for (size_t i = 0; i < COUNT_OF(parameters); i++) {
        *parameters[i] = (uint8_t)(*parameters[i] + 1);
        assert_another(&opening, &challenge);
        opening = kept;
    }
    opening.setup.parameters.queries++;
    assert_another(&opening, &challenge);
    opening = kept;
    opening.claim_count--;
    assert_another(&opening, &challenge);
    opening = kept;
    opening.claims[1].polynomial++;
    assert_another(&opening, &challenge);
    opening = kept;
    opening.claims[1].value.coefficients[4].residue ^= 1;
    assert_another(&opening, &challenge);
    opening = kept;
    opening.claims[1].point = opening.claims[0].point;
    assert_another(&opening, &challenge);
    opening = kept;
    prom_commitment other = *opening.commitments[0];
    opening.commitments[0] = &other;
    other.root.bytes[7] ^= 1;
    assert_another(&opening, &challenge);
    other = *kept.commitments[0];
    const size_t variables[] = {3, 9, 0, 9, 10};
    opening.claim_count = 2; /* both on the first polynomial, whose variables are as they were */
    const prom_extension before = combining_challenge(&opening);
    other.layout.variables = variables;
    assert_another(&opening, &before);
}

/* The same claims in another order, or fewer of them, are another statement. */
static void test_other_statements(void **state)
{
    fixture *test = *state;
    uint64_t random = 7;
    const prom_commitment_setup setup = small_setup(4);
    struct case_of_opening opening = make_case(test, &shapes[5], &setup, &random);
    prove(test, &opening);
    struct case_of_opening other = opening;
    other.claims[0] = opening.claims[1];
    other.claims[1] = opening.claims[0];
    assert_refused(test, &other, opening.proof, "claims");
    other = opening;
    other.claim_count--;
    assert_refused(test, &other, opening.proof, "claims");
    other = opening;
    prom_transcript transcript;
    prom_transcript_init(&transcript, "test", 2);
    const prom_opening_statement statement = statement_of(&opening);
    assert_fails(
        prom_commitment_verify(&test->arena, &transcript, &opening.setup, &statement, opening.proof, &test->error),
        PROM_CATEGORY_BAD_INPUT, &test->error, "claims");
}

static void test_misuse(void **state)
{
    fixture *test = *state;
    uint64_t random = 10;
    const prom_commitment_setup setup = small_setup(3);
    struct case_of_opening opening = make_case(test, &shapes[6], &setup, &random);
    prom_committed *committed = NULL;
    const size_t too_many = PROM_COMMITMENT_VARIABLES_MAX + 1;
    const size_t too_large[] = {26, 26};
    const prom_element *const values[] = {opening.values[0][0], opening.values[0][0]};
    assert_fails(prom_commitment_make(&test->arena, &committed, &setup, values, &too_many, 0, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "0 polynomials");
    assert_fails(prom_commitment_make(&test->arena, &committed, &setup, values, &too_many, 1, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "33 variables");
    assert_fails(prom_commitment_make(&test->arena, &committed, &setup, values, too_large, 2, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "too large for the field");
    prom_commitment_setup without_last = setup;
    without_last.parameters.log_final = 0;
    assert_fails(prom_commitment_make(&test->arena, &committed, &without_last, values, opening.shape.variables[0], 1,
                                      &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "at least two");
    const prom_commitment_setup full = prom_commitment_setup_for(prom_cpu_of_machine());
    assert_fails(prom_commitment_make_of_rows(&test->arena, &committed, &full, &opening.commitments[0]->layout,
                                              opening.committed[0]->data, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "other parameters");
    struct case_of_opening other = opening;
    other.claims[0].commitment = 2;
    assert_fails(verify(&other, opening.proof, &test->error), PROM_CATEGORY_MISUSE, &test->error, "there is none");
    other = opening;
    other.claims[1].polynomial = 1;
    assert_fails(verify(&other, opening.proof, &test->error), PROM_CATEGORY_MISUSE, &test->error, "there is none");
    other = opening;
    other.claim_count = 0;
    assert_fails(verify(&other, opening.proof, &test->error), PROM_CATEGORY_MISUSE, &test->error, "0 claims");
    other = opening;
    other.setup.parameters.log_final = 9;
    assert_fails(verify(&other, opening.proof, &test->error), PROM_CATEGORY_MISUSE, &test->error, "other parameters");
}

/* Aligned, without overlap, the larger ones first. */
static void test_layout(void **state)
{
    fixture *test = *state;
    prom_commitment_layout layout;
    const prom_commitment_parameters parameters = {2, 3, 2, 3, 10};
    const size_t variables[] = {2, 5, 0, 5, 3};
    assert_ok(prom_commitment_layout_new(&test->arena, &layout, &parameters, variables, 5, &test->error), &test->error);
    const size_t starts[] = {72, 0, 76, 32, 64};
    assert_memory_equal(layout.starts, starts, sizeof starts);
    assert_int_equal(layout.log_rows, 4); /* 77 values do not fit eight rows of 8 */
    assert_int_equal(layout.columns, 5);
    assert_int_equal(layout.log_columns, 3);
}

/* ((1 + rate) / 2)^queries is at most 2^-bits, and with one query less it is not. */
static void test_queries(void **state)
{
    (void)state;
    const struct {
        uint8_t log_blowup;
        uint16_t queries;
    } cases[] = {{1, 241}, {2, 148}, {3, 121}, {4, 110}, {5, 105}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(prom_commitment_queries_for(cases[i].log_blowup, 100), cases[i].queries);
    }
    assert_int_equal(prom_commitment_queries_for(2, 0), 0);
    assert_int_equal(prom_commitment_setup_for((prom_cpu){.avx2 = false}).parameters.queries, 149);
}

/* An opening by one query has one size. By two it is largest when they lie apart as far as can be, which happens; by
 * more it is never larger than is said. */
static void test_most_bytes(void **state)
{
    fixture *test = *state;
    uint64_t random = 12;
    size_t largest = 0; /* openings by two queries that are as large as can be */
    static const uint16_t queries[] = {1, 2, 5, 20, 149, 300};
    for (size_t s = 0; s < COUNT_OF(queries); s++) {
        for (size_t i = 0; i < COUNT_OF(shapes); i++) {
            const prom_commitment_setup setup = small_setup(queries[s]);
            struct case_of_opening opening = make_case(test, &shapes[i], &setup, &random);
            const prom_commitment_layout *layouts[COMMITMENTS_MAX];
            for (size_t j = 0; j < opening.shape.commitments; j++) {
                layouts[j] = &opening.commitments[j]->layout;
            }
            prove(test, &opening);
            const uint64_t most =
                prom_commitment_opening_bytes_max(&setup.parameters, layouts, opening.shape.commitments);
            largest += queries[s] == 2 && opening.proof.length == most ? 1 : 0;
            if (opening.proof.length > most || (queries[s] == 1 && opening.proof.length < most)) {
                fail_msg("shape %zu, %u queries: %zu bytes; the bound is %llu", i, queries[s], opening.proof.length,
                         (unsigned long long)most);
            }
            prom_arena_free(&test->arena);
        }
    }
    assert_true(largest > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_accepts),
        FIXTURE_TEST(test_same_on_all_machines),
        FIXTURE_TEST(test_every_flipped_bit),
        FIXTURE_TEST(test_wrong_lengths),
        FIXTURE_TEST(test_not_canonical),
        FIXTURE_TEST(test_every_changed_claim),
        FIXTURE_TEST(test_first_challenge),
        FIXTURE_TEST(test_other_statements),
        FIXTURE_TEST(test_misuse),
        FIXTURE_TEST(test_layout),
        FIXTURE_TEST(test_most_bytes),
        cmocka_unit_test(test_queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
