#include "proof/openings.h"

#include "proof/argument.h"

/* The prover itself, so that tests can make it cheat: all that it says, and all challenges, go through these. */
static void hear_prover(prom_transcript *transcript, const char *label, const prom_extension *elements, size_t count);
static prom_extension challenge_prover(prom_transcript *transcript, const char *label);
#define prom_transcript_absorb_extensions hear_prover
#define prom_transcript_extension challenge_prover
#include "proof/commitment_claims.c"
#include "proof/commitment_prover.c"
#undef prom_transcript_absorb_extensions
#undef prom_transcript_extension

/* A prover that claims a false value of one polynomial, and bends what it says so that one sum after the other comes
 * out right. It follows the verifier's own reckoning. */
static struct liar {
    bool value; /* bends the value at the point, so that the first sumcheck is fulfilled, */
    bool folds; /* and the rounds of the second one */
    prom_extension claim;
    const prom_extension *claimed_point;
    size_t variables;
    size_t rounds;
    size_t folded; /* variables, of the rows and then of what is left */
    prom_extension point[PROM_COMMITMENT_VARIABLES_MAX];
    prom_extension message[2];
} liar;

static prom_extension between(const prom_extension *r, const prom_extension *low, const prom_extension *high)
{
    const prom_extension slope = prom_extension_subtract(high, low);
    const prom_extension rise = prom_extension_multiply(r, &slope);
    return prom_extension_add(low, &rise);
}

static prom_extension quotient(const prom_extension *a, const prom_extension *b)
{
    const prom_extension inverse = prom_extension_inverse(b);
    return prom_extension_multiply(a, &inverse);
}

static void hear_prover(prom_transcript *transcript, const char *label, const prom_extension *elements, size_t count)
{
    prom_extension *said = NULL;
    memcpy(&said, &elements, sizeof said);
    if (liar.value && strcmp(label, "value at the point") == 0) {
        const prom_extension weight = prom_equality(liar.claimed_point, liar.point, liar.variables);
        said[0] = quotient(&liar.claim, &weight);
        liar.claim = said[0];
    }
    if (liar.folds && strcmp(label, "fold") == 0) {
        /* What stands at 1 makes up for what is missing: low + point (high - low) is the claim. */
        const prom_extension missing = prom_extension_subtract(&liar.claim, &said[0]);
        const prom_extension slope = quotient(&missing, &liar.point[liar.folded]);
        said[1] = prom_extension_add(&said[0], &slope);
    }
    if (count == 2) {
        memcpy(liar.message, elements, sizeof liar.message);
    }
    prom_transcript_absorb_extensions(transcript, label, elements, count);
}

static prom_extension challenge_prover(prom_transcript *transcript, const char *label)
{
    const prom_extension challenge = prom_transcript_extension(transcript, label);
    if (liar.value && strcmp(label, "round") == 0) {
        const prom_extension twice = prom_extension_add(&liar.message[0], &liar.message[0]);
        const prom_extension others = prom_extension_add(&twice, &liar.message[1]);
        const prom_extension linear = prom_extension_subtract(&liar.claim, &others);
        const prom_extension leading = prom_extension_multiply(&challenge, &liar.message[1]);
        const prom_extension slope = prom_extension_add(&linear, &leading);
        const prom_extension rise = prom_extension_multiply(&challenge, &slope);
        liar.claim = prom_extension_add(&liar.message[0], &rise);
        liar.point[liar.rounds++] = challenge;
    }
    if (liar.folds && strcmp(label, "fold") == 0) {
        liar.claim = between(&challenge, &liar.message[0], &liar.message[1]);
        liar.folded++;
    }
    return challenge;
}

static const struct shape shapes[] = {
    {1, {1}, {{0}}, 1},                                 /* one value */
    {1, {1}, {{3}}, 1},                                 /* less than a row */
    {1, {1}, {{6}}, 2},                                 /* one row */
    {1, {1}, {{7}}, 3},                                 /* two */
    {1, {1}, {{12}}, 1},                                /* longer rows than the last polynomial */
    {1, {5}, {{3, 9, 0, 9, 11}}, 2},                    /* parts of rows, whole rows, several rows */
    {2, {1, 1}, {{12}, {8}}, 1},                        /* the smaller one joins later */
    {2, {1, 1}, {{6}, {13}}, 1},                        /* or comes first */
    {3, {2, 3, 1}, {{10, 9}, {10, 10, 4}, {13}}, 1},    /* rows of equal and of other lengths */
    {4, {1, 1, 2, 1}, {{14}, {13}, {11, 12}, {10}}, 2}, /* each one joins elsewhere */
    {1, {6}, {{15, 13, 12, 9, 4, 0}}, 4},               /* rows of several pieces, and parts of the last of them */
};

/* Few queries, so that there are bytes of every kind but not too many of them. */
static prom_commitment_setup small_setup(uint16_t queries)
{
    prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
    setup.parameters = (prom_commitment_parameters){2, 3, 2, 3, queries};
    return setup;
}

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

static void assert_refused(fixture *test, const struct case_of_opening *opening, prom_span proof, const char *part)
{
    assert_fails(verify(opening, proof, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, part);
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

/* A prover who claims what is true of other data than it committed to: all sums agree, the codewords do not. */
static void test_other_data(void **state)
{
    fixture *test = *state;
    uint64_t random = 8;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        /* The constant coefficient of a codeword is another: it differs everywhere, and one query is enough. */
        const prom_commitment_setup setup = small_setup((uint16_t)(1 + i));
        struct case_of_opening opening = make_case(test, &shapes[i], &setup, &random);
        const size_t last = opening.shape.commitments - 1;
        prom_committed forged = *opening.committed[last];
        const prom_commitment_layout *layout = &forged.public.layout;
        const size_t count = layout->columns << layout->log_rows;
        prom_element *data = allocate(test, count, sizeof *data);
        memcpy(data, forged.data, count * sizeof *data);
        data[layout->starts[0]] = prom_element_add(data[layout->starts[0]], prom_element_one());
        forged.data = data;
        opening.committed[last] = &forged;
        for (size_t c = 0; c < opening.claim_count; c++) {
            prom_claim *claim = &opening.claims[c];
            if (claim->commitment == last && claim->polynomial == 0) {
                claim->value = value_of(data + layout->starts[0], claim->point, layout->variables[0]);
            }
        }
        prove(test, &opening);
        assert_refused(test, &opening, opening.proof, "do not agree at the point");
        prom_arena_free(&test->arena);
    }
}

/* The same false claim, and more and more bent. */
static void test_false_claim(void **state)
{
    fixture *test = *state;
    uint64_t random = 12;
    const prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
    const char *const refusals[] = {"the claims do not follow", "the folding of the opened polynomials",
                                    "the folding of the opened polynomials"};
    struct case_of_opening opening = make_case(test, &shapes[4], &setup, &random);
    prom_claim *claim = &opening.claims[0];
    claim->value.coefficients[1] = prom_element_add(claim->value.coefficients[1], prom_element_one());
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        liar = (struct liar){.value = i > 0,
                             .folds = i > 1,
                             .claim = claim->value,
                             .claimed_point = claim->point,
                             .variables = opening.shape.variables[0][0],
                             .folded = opening.commitments[0]->layout.log_columns};
        prove(test, &opening);
        liar = (struct liar){0};
        assert_refused(test, &opening, opening.proof, refusals[i]);
    }
}

/* Codewords that are wrong at a part of their points only: no query more than the number that the soundness needs would
 * be wasted. With a quarter of the points changed, 149 queries all miss them once in 2^61 proofs. */
static void test_damaged_codeword(void **state)
{
    fixture *test = *state;
    uint64_t random = 9;
    const prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
    struct case_of_opening opening = make_case(test, &shapes[4], &setup, &random);
    prom_committed *committed = opening.committed[0];
    codeword_matrix *damaged = &committed->matrix;
    const size_t width = (size_t)1 << damaged->log_width;
    uint32_t *column = allocate(test, width, sizeof *column);
    memcpy(column, damaged->values[0], width * sizeof *column);
    for (size_t i = 0; i < width / 4; i++) {
        column[4 * i] = (column[4 * i] + 1) % PROM_FIELD_PRIME;
    }
    damaged->values[0] = column;
    const proof_leaves leaves = {damaged->values, damaged->columns};
    assert_ok(
        prom_hash_tree_new(&test->arena, &damaged->tree, setup.hash, NULL, &leaves, damaged->log_width, &test->error),
        &test->error);
    committed->public.root = prom_hash_tree_root(&damaged->tree);
    prove(test, &opening);
    assert_refused(test, &opening, opening.proof, "do not agree at the point");
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
    assert_int_equal(prom_commitment_setup_for((prom_cpu){false, false, false}).parameters.queries, 149);
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
                prom_commitment_opening_most_bytes(&setup.parameters, layouts, opening.shape.commitments);
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
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_accepts),
                                       FIXTURE_TEST(test_same_on_all_machines),
                                       FIXTURE_TEST(test_every_flipped_bit),
                                       FIXTURE_TEST(test_wrong_lengths),
                                       FIXTURE_TEST(test_not_canonical),
                                       FIXTURE_TEST(test_every_changed_claim),
                                       FIXTURE_TEST(test_first_challenge),
                                       FIXTURE_TEST(test_other_statements),
                                       FIXTURE_TEST(test_other_data),
                                       FIXTURE_TEST(test_false_claim),
                                       FIXTURE_TEST(test_damaged_codeword),
                                       FIXTURE_TEST(test_misuse),
                                       FIXTURE_TEST(test_layout),
                                       FIXTURE_TEST(test_most_bytes),
                                       cmocka_unit_test(test_queries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
