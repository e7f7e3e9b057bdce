#include "program/random_program.h"
#include "prometheus/argument/proof.h"

#include "argument/layout.h"
#include "prometheus/proof/commitment.h"

#define MEMORY ((size_t)1 << 32)

/* One whose proof is small enough for a test: shifts are drawn, and small ones make large tables. */
static const prom_program *small_program(prom_arena *arena, uint64_t *random, size_t layers, size_t items)
{
    enum { LEAVES = 15 };
    for (;;) {
        const prom_program *program = random_program(arena, random, layers);
        prom_argument argument;
        if (prom_is_ok(prom_argument_new(arena, &argument, program, items, NULL)) &&
            argument.leaf_variables <= LEAVES) {
            return program;
        }
    }
}

/* All but the opening has one length: cut off there, the proof is found to end in the opening, and a byte before, in
 * the messages. */
static void assert_messages_end(prom_arena *arena, const prom_statement *statement, prom_span proof, uint64_t most)
{
    const prom_commitment_parameters parameters = prom_commitment_setup_for(prom_cpu_of_machine()).parameters;
    prom_error error = {""};
    prom_argument argument;
    prom_commitment_layout layout;
    assert_ok(prom_argument_new(arena, &argument, statement->program, statement->items, &error), &error);
    assert_ok(prom_commitment_layout_new(arena, &layout, &parameters, argument.columns, argument.column_count, &error),
              &error);
    const prom_commitment_layout *const layouts[] = {&layout};
    const size_t messages = (size_t)(most - prom_commitment_opening_bytes_max(&parameters, layouts, 1));
    const size_t lengths[] = {messages, messages - 1};
    static const char *const sentences[] = {"the proof of an opening is cut off", "the proof ends at"};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        uint8_t *cut = exact_copy(proof.data, lengths[i]);
        assert_fails(prom_statement_verify(arena, statement, prom_span_of(cut, lengths[i]), NULL, &error),
                     PROM_CATEGORY_PEER, &error, sentences[i]);
        free(cut);
    }
}

/* A byte more than the most is refused by its number; as many are looked at. */
static void assert_larger_is_refused(prom_arena *arena, const prom_statement *statement, prom_span proof, uint64_t most)
{
    prom_error error = {""};
    uint8_t *longer = new_bytes(arena, (size_t)most + 1, 1);
    memcpy(longer, proof.data, proof.length);
    assert_fails(prom_statement_verify(arena, statement, prom_span_of(longer, (size_t)most + 1), NULL, &error),
                 PROM_CATEGORY_PEER, &error, "bytes, and");
    if (proof.length < most) {
        assert_fails(prom_statement_verify(arena, statement, prom_span_of(longer, (size_t)most), NULL, &error),
                     PROM_CATEGORY_PEER, &error, "left over");
    }
}

/* No proof is larger than is said, and none much smaller. */
static void proofs_stay_below_the_bound(void **state)
{
    enum { PROGRAMS = 120 };
    uint64_t random = 77;
    double tightest = 0;
    (void)state;
    for (size_t n = 0; n < PROGRAMS; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_error error = {""};
        prom_span proof;
        uint64_t most = 0;
        prom_arena_init(&arena, MEMORY);
        const size_t items = 1 + n % 5;
        const prom_program *program = small_program(&arena, &random, 1 + n % 6, items);
        uint8_t *outputs = new_bytes(&arena, items * prom_program_output(program)->count, 1);
        const prom_statement statement = {program, items, random_inputs(&arena, &random, program, items), outputs};
        assert_ok(prom_statement_prove(&arena, &proof, outputs, &statement, NULL, NULL, &error), &error);
        assert_ok(prom_proof_bytes_max(&arena, &most, program, items, &error), &error);
        if (proof.length > most || proof.length < most * 2 / 3) {
            fail_msg("program %zu: a proof of %zu bytes; the bound is %llu", n, proof.length, (unsigned long long)most);
        }
        if (most > 0) {
            assert_larger_is_refused(&arena, &statement, proof, most);
            assert_messages_end(&arena, &statement, proof, most);
            const double part = (double)proof.length / (double)most;
            tightest = part > tightest ? part : tightest;
        }
    }
    print_message("the largest proof has %.1f %% of its bound\n", 100 * tightest);
    assert_true(tightest > 0.85);
}

static void what_can_not_be_proven_has_no_bound(void **state)
{
    prom_arena *arena = *state;
    prom_error error = {""};
    uint64_t random = 3;
    uint64_t most = 1;
    const prom_program *program = small_program(arena, &random, 3, 1);
    assert_fails(prom_proof_bytes_max(arena, &most, program, (size_t)1 << 32, &error), PROM_CATEGORY_BAD_INPUT, &error,
                 "items");
    assert_int_equal(most, 0);
}

/* From one item to the most that can be proven: never less for more, and refused in one step for good. */
static void bound_grows_with_the_items(void **state)
{
    prom_arena *arena = *state;
    prom_error error = {""};
    uint64_t random = 4;
    uint64_t before = 0;
    const prom_program *program = small_program(arena, &random, 4, 1);
    bool refused = false;
    for (size_t bits = 0; bits < 40; bits++) {
        uint64_t most = 0;
        const prom_result found = prom_proof_bytes_max(arena, &most, program, (size_t)1 << bits, &error);
        if (prom_is_ok(found)) {
            assert_false(refused);
            assert_true(most > before);
            before = most;
        } else {
            assert_int_equal(found.category, PROM_CATEGORY_BAD_INPUT);
            refused = true;
        }
    }
    assert_true(refused && before > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(proofs_stay_below_the_bound),
        TEST(what_can_not_be_proven_has_no_bound),
        TEST(bound_grows_with_the_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
