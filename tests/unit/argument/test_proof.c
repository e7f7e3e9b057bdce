#include "argument/digits.h"

#include "argument/steps.h"

static void test_random_programs(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_error error = {""};
        prom_span proof;
        prom_arena_init(&arena, PROVING_MEMORY);
        const proving made = random_proving(&arena, &random, 1 + n % 6, 1 + n % 3);
        const size_t outputs = made.statement.items * prom_program_output(made.statement.program)->count;
        uint8_t *codes = new_bytes(&arena, outputs, 1);
        uint8_t *wanted = new_bytes(&arena, outputs, 1);
        assert_ok(prom_statement_prove(&arena, &proof, codes, &made.statement, NULL, NULL, &error), &error);
        reference_run(wanted, made.statement.program, made.statement.inputs, made.statement.items);
        assert_memory_equal(codes, wanted, outputs);
        assert_ok(prom_statement_verify(&arena, &made.statement, proof, NULL, &error), &error);
    }
}

/* Where the opening begins: a proof that is cut off says in which part. */
static size_t opening_of(const proving *made, prom_span proof)
{
    size_t low = 0;
    size_t high = proof.length;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        prom_error error = {""};
        assert_fails(
            prom_statement_verify(made->arena, &made->statement, prom_span_of(proof.data, middle), NULL, &error),
            PROM_CATEGORY_PEER, &error, "");
        const bool in_opening = strstr(error.sentence, "the proof ends at") == NULL;
        low = in_opening ? low : middle;
        high = in_opening ? middle : high;
    }
    return high;
}

/* A coefficient, one more: the next number below the prime. */
static void add_one(uint8_t *bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < PROM_ELEMENT_BYTES; i++) {
        value = value << 8 | bytes[i];
    }
    assert_true(value < PROM_FIELD_PRIME);
    value = value + 1 == PROM_FIELD_PRIME ? 0 : value + 1;
    for (size_t i = PROM_ELEMENT_BYTES; i-- > 0; value >>= 8) {
        bytes[i] = (uint8_t)value;
    }
}

/* Every element of the extension that the prover sends before the opening, one after the other: each coefficient. */
static void test_every_claimed_value(void **state)
{
    uint64_t random = 6;
    size_t changes = 0;
    (void)state;
    for (size_t n = 0; n < 12; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, PROVING_MEMORY);
        const proving made = random_proving(&arena, &random, 1 + n % 4, 1 + n % 2);
        const prom_span proof = honest_proof(&made);
        const size_t end = proof.length > 0 ? opening_of(&made, proof) : 0;
        uint8_t *changed = new_bytes(&arena, proof.length, 1);
        if (proof.length > 0) {
            memcpy(changed, proof.data, proof.length);
        }
        for (size_t at = sizeof(prom_bytes32); at + PROM_ELEMENT_BYTES <= end; at += PROM_ELEMENT_BYTES) {
            add_one(changed + at);
            assert_refuted(&arena, &made.statement, prom_span_of(changed, proof.length));
            memcpy(changed + at, proof.data + at, PROM_ELEMENT_BYTES);
            changes++;
        }
    }
    assert_true(changes > 5000);
}

/* The same elements by another number: p more, where 32 bits hold it. */
static void test_numbers_are_canonical(void **state)
{
    uint64_t random = 7;
    const proving made = random_proving(*state, &random, 3, 1);
    const prom_span proof = honest_proof(&made);
    uint8_t *changed = new_bytes(*state, proof.length, 1);
    const size_t end = opening_of(&made, proof);
    size_t changes = 0;
    memcpy(changed, proof.data, proof.length);
    for (size_t at = sizeof(prom_bytes32); at + PROM_ELEMENT_BYTES <= end; at += PROM_ELEMENT_BYTES) {
        prom_reader reader = prom_reader_of(prom_span_of(proof.data + at, PROM_ELEMENT_BYTES));
        const uint64_t other = (uint64_t)prom_read_u32(&reader) + PROM_FIELD_PRIME;
        prom_error error = {""};
        for (size_t i = 0; i < PROM_ELEMENT_BYTES; i++) {
            changed[at + i] = (uint8_t)(other >> (8 * (PROM_ELEMENT_BYTES - 1 - i)));
        }
        if (other <= UINT32_MAX) {
            assert_fails(
                prom_statement_verify(*state, &made.statement, prom_span_of(changed, proof.length), NULL, &error),
                PROM_CATEGORY_PEER, &error, "not below the field's prime");
            changes++;
        }
        memcpy(changed + at, proof.data + at, PROM_ELEMENT_BYTES);
    }
    assert_true(changes > 100);
}

/* Too short by one byte or by any number, and too long. */
static void test_lengths(void **state)
{
    uint64_t random = 8;
    (void)state;
    for (size_t n = 0; n < 12; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, PROVING_MEMORY);
        const proving made = random_proving(&arena, &random, 1 + n % 3, 1);
        const prom_span proof = honest_proof(&made);
        uint8_t *longer = new_bytes(&arena, proof.length + 1, 1);
        if (proof.length > 0) {
            memcpy(longer, proof.data, proof.length);
        }
        assert_refuted(&arena, &made.statement, prom_span_of(longer, proof.length + 1));
        for (size_t length = 0; length < proof.length; length += 1 + proof.length / 64) {
            assert_refuted(&arena, &made.statement, prom_span_of(longer, length));
        }
        if (proof.length > 0) {
            assert_refuted(&arena, &made.statement, prom_span_of(longer, proof.length - 1));
        }
    }
}

/* Two statements, or parameters, give one transcript only when they are the same. */
static void test_the_transcript_has_the_statement(void **state)
{
    enum { STATEMENTS = 5, PARAMETERS = 5 };
    uint64_t random = 9;
    const proving made = random_proving(*state, &random, 3, 2);
    const size_t inputs = made.statement.items * made.statement.program->input.count;
    const size_t outputs = made.statement.items * prom_program_output(made.statement.program)->count;
    prom_program another = *made.statement.program;
    const prom_program *other = NULL;
    prom_transcript transcripts[STATEMENTS + PARAMETERS];
    uint8_t *changed[2] = {new_bytes(*state, inputs, 1), new_bytes(*state, outputs, 1)};
    memcpy(changed[0], made.statement.inputs, inputs);
    memcpy(changed[1], made.statement.outputs, outputs);
    changed[0][inputs - 1] ^= 1;
    changed[1][outputs - 1] ^= 1;
    another.output_scale *= 2;
    assert_true(prom_is_ok(prom_program_build(*state, &other, &another, NULL)));
    for (size_t i = 0; i < STATEMENTS + PARAMETERS; i++) {
        prom_statement statement = made.statement;
        prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
        statement.inputs = i == 1 ? changed[0] : statement.inputs;
        statement.outputs = i == 2 ? changed[1] : statement.outputs;
        statement.items = i == 3 ? 1 : statement.items;
        statement.program = i == 4 ? other : statement.program;
        setup.parameters.log_blowup = (uint8_t)(setup.parameters.log_blowup + (i == STATEMENTS));
        setup.parameters.log_columns = (uint8_t)(setup.parameters.log_columns + (i == STATEMENTS + 1));
        setup.parameters.log_fold = (uint8_t)(setup.parameters.log_fold + (i == STATEMENTS + 2));
        setup.parameters.log_final = (uint8_t)(setup.parameters.log_final + (i == STATEMENTS + 3));
        setup.parameters.queries = (uint16_t)(setup.parameters.queries + (i == STATEMENTS + 4));
        prom_proof_begin(&transcripts[i], &setup, &statement);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(&transcripts[i], &transcripts[j], sizeof transcripts[i]);
        }
    }
}

/* The columns are committed to before anybody knows what they are combined with. */
static void test_lookups_depend_on_the_columns(void **state)
{
    (void)state;
    const prom_bytes32 roots[2] = {{{1}}, {{2}}};
    lookup_challenges drawn[2];
    for (size_t i = 0; i < 2; i++) {
        prom_transcript transcript;
        prom_transcript_init(&transcript, "test", 1);
        drawn[i] = prom_proof_lookup_challenges(&transcript, &roots[i]);
        assert_false(prom_extension_equal(&drawn[i].alpha, &drawn[i].beta));
    }
    assert_false(prom_extension_equal(&drawn[0].alpha, &drawn[1].alpha));
    assert_false(prom_extension_equal(&drawn[0].beta, &drawn[1].beta));
}

/* The same program on the same inputs with other numbers absorbed in the order of the items: a statement of swapped
 * items is another one. */
static void test_items_have_their_order(void **state)
{
    uint64_t random = 10;
    for (size_t n = 0; n < 10; n++) {
        const proving made = random_proving(*state, &random, 1 + n % 4, 2);
        const size_t inputs = made.statement.program->input.count;
        const size_t outputs = prom_program_output(made.statement.program)->count;
        uint8_t *turned = new_bytes(*state, 2 * outputs, 1);
        prom_statement statement = made.statement;
        memcpy(turned, made.outputs + outputs, outputs);
        memcpy(turned + outputs, made.outputs, outputs);
        statement.outputs = turned;
        if (memcmp(turned, made.outputs, outputs) != 0 && inputs > 0) {
            assert_refuted(*state, &statement, honest_proof(&made));
        }
    }
}

static void test_bytes_of_digits(void **state)
{
    static const char *const names[] = {"digits-mlp.onnx", "digits-cnn.onnx"};
    uint64_t random = 11;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        prom_error error = {""};
        const proving made = prove_ready(*state, &random, digits_program(*state, names[i]), 1);
        const prom_span proof = honest_proof(&made);
        assert_ok(prom_statement_verify(*state, &made.statement, proof, NULL, &error), &error);
        print_message("%s: %zu bytes\n", names[i], proof.length);
        refuse_changed_bytes(&made, proof, 0, 1 + proof.length / 150);
    }
}

/* A proof has the same bytes on machines of any instructions. */
static void assert_same_bytes(const proving *made)
{
    const prom_cpu machine = prom_cpu_of_machine();
    const prom_cpu cpus[] = {{.avx2 = false}, {.avx2 = machine.avx2}};
    const prom_span expected = honest_proof(made);
    for (size_t i = 0; i < COUNT_OF(cpus); i++) {
        assert_true(prom_span_equal(proof_by(made, cpus[i]), expected));
    }
}

static void test_kernels(void **state)
{
    uint64_t random = 12;
    for (size_t tries = 0; tries < 20; tries++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, PROVING_MEMORY);
        const proving made = random_proving(&arena, &random, 1 + tries % 4, 1 + tries % 3);
        assert_same_bytes(&made);
    }
    const proving made = prove_ready(*state, &random, digits_program(*state, "digits-cnn.onnx"), 5);
    assert_same_bytes(&made);
}

static bool count_items(void *context, size_t done, size_t items)
{
    size_t *last = context;
    assert_int_equal(items, 20);
    assert_int_equal(done, *last + 5);
    *last = done;
    return true;
}

/* A run is recorded in parts, here 5 of 4 items each; who watches it sees the items of all of them, round by round. */
static void test_items_are_counted(void **state)
{
    uint64_t random = 14;
    size_t last = 0;
    proving made = random_proving(*state, &random, 2, 20);
    while (made.argument.layer_count == 0) { /* a program that only moves its inputs has nothing to count */
        made = random_proving(*state, &random, 2, 20);
    }
    const prom_progress progress = {count_items, &last};
    const witness_request request = {&made.argument, made.statement.inputs, NULL, &progress};
    prom_error error = {""};
    assert_ok(prom_witness_new(*state, &made.witness, made.outputs, &request, &error), &error);
    assert_int_equal(last, 20);
    assert_ok(prom_statement_verify(*state, &made.statement, honest_proof(&made), NULL, &error), &error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_random_programs),
        TEST(test_every_claimed_value),
        TEST(test_numbers_are_canonical),
        TEST(test_lengths),
        TEST(test_the_transcript_has_the_statement),
        TEST(test_lookups_depend_on_the_columns),
        TEST(test_items_have_their_order),
        TEST(test_bytes_of_digits),
        TEST(test_kernels),
        TEST(test_items_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
