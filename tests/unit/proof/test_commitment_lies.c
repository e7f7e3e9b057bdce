#include "proof/commitment_shapes.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_other_data),
        FIXTURE_TEST(test_false_claim),
        FIXTURE_TEST(test_damaged_codeword),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
