#include "support.h"

#include "wasm/answer.h"

static const prom_wasm_bounds BOUNDS = {.bytes = 4, .fuel = 1000};

/* Reads one answer in pieces of so many bytes each, and gives what is left over. */
static prom_result read_in(fixture *test, prom_wasm_answer *answer, prom_span bytes, size_t size,
                           const prom_wasm_bounds *bounds)
{
    bool whole = false;
    prom_wasm_answer_begin(answer);
    for (size_t at = 0; at < bytes.length && !whole; at += size) {
        const size_t length = bytes.length - at < size ? bytes.length - at : size;
        uint8_t *exact = exact_copy(bytes.data + at, length);
        prom_span piece = prom_span_of(exact, length);
        const prom_result result = prom_wasm_answer_read(answer, &whole, &piece, &test->arena, bounds, &test->error);
        free(exact);
        PROM_TRY(result);
        assert_int_equal(piece.length, 0);
    }
    return whole ? prom_ok() : prom_fail(&test->error, PROM_CATEGORY_STOPPED, "incomplete");
}

static void test_a_result_in_pieces(void **state)
{
    fixture *test = *state;
    prom_wasm_answer answer;
    const prom_span bytes = span_of_hex(test, "140000000d000000000000000003e8616263");
    for (size_t size = 1; size <= bytes.length; size++) {
        assert_ok(read_in(test, &answer, bytes, size, &BOUNDS), &test->error);
        assert_int_equal(answer.kind, PROM_WASM_RESULT);
        assert_int_equal(answer.node.status, PROM_NODE_OK);
        assert_int_equal(answer.node.trap, PROM_TRAP_NONE);
        assert_int_equal(answer.node.fuel, 1000);
        assert_hex(answer.node.bytes, "616263");
        for (size_t length = 0; length < bytes.length; length++) {
            assert_fails(read_in(test, &answer, prom_span_of(bytes.data, length), size, &BOUNDS), PROM_CATEGORY_STOPPED,
                         &test->error, "incomplete");
        }
    }
}

static void test_each_status(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *bytes;
        prom_node_status status;
        prom_node_trap trap;
    } answers[] = {
        {"140000000a00000000000000000000", PROM_NODE_OK, PROM_TRAP_NONE},
        {"140000000a01010000000000000000", PROM_NODE_TRAP, PROM_TRAP_UNREACHABLE},
        {"140000000a01080000000000000000", PROM_NODE_TRAP, PROM_TRAP_CONVERSION},
        {"140000000a02000000000000000000", PROM_NODE_FUEL, PROM_TRAP_NONE},
        {"140000000a03000000000000000000", PROM_NODE_DEPTH, PROM_TRAP_NONE},
        {"140000000a04000000000000000000", PROM_NODE_SHAPE, PROM_TRAP_NONE},
        {"140000000a05000000000000000000", PROM_NODE_LONG, PROM_TRAP_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        prom_wasm_answer answer;
        assert_ok(read_in(test, &answer, span_of_hex(test, answers[i].bytes), 100, &BOUNDS), &test->error);
        assert_int_equal(answer.node.status, answers[i].status);
        assert_int_equal(answer.node.trap, answers[i].trap);
        assert_int_equal(answer.node.bytes.length, 0);
    }
}

/* What a module that has got out of the engine might say. */
static void test_results_that_cannot_be(void **state)
{
    fixture *test = *state;
    static const char *const answers[] = {
        "140000000a06000000000000000000", /* an operand's status is not for prom-wasm to find */
        "140000000aff000000000000000000", /* no status */
        "140000000a01000000000000000000", /* a trap, but not which */
        "140000000a01090000000000000000", /* no trap */
        "140000000a00010000000000000000", /* a trap, but ok */
        "140000000a02010000000000000000", /* a trap, but out of fuel */
        "140000000a020000000000000000ff", /* fuel, but none left */
        "140000000b02000000000000000000", /* bytes, but failed */
        "140000000f00000000000000000000", /* more bytes than the program allows */
        "14ffffffff00000000000000000000", /* and many more */
        "140000000a000000000000000003e9", /* more fuel than that */
        "140000000a00ff0000000000000000", "140000000900000000000000000000", /* not even a head */
        "140000000000000000000000000000",
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        prom_wasm_answer answer;
        assert_fails(read_in(test, &answer, span_of_hex(test, answers[i]), 3, &BOUNDS), PROM_CATEGORY_BROKEN,
                     &test->error, "gives a result that the program does not allow");
    }
}

static void test_sentences(void **state)
{
    fixture *test = *state;
    prom_wasm_answer answer;
    assert_ok(read_in(test, &answer, span_of_hex(test, "1100000000"), 2, NULL), &test->error);
    assert_int_equal(answer.kind, PROM_WASM_READY);
    assert_ok(read_in(test, &answer, span_of_hex(test, "10000000026162"), 2, NULL), &test->error);
    assert_int_equal(answer.kind, PROM_WASM_HELLO);
    assert_string_equal(answer.sentence, "ab");
    assert_ok(read_in(test, &answer, span_of_hex(test, "120000000561621b0063"), 2, NULL), &test->error);
    assert_int_equal(answer.kind, PROM_WASM_REFUSED);
    assert_string_equal(answer.sentence, "ab??c"); /* nothing that a terminal obeys */
    assert_ok(read_in(test, &answer, span_of_hex(test, "13000000026162"), 2, &BOUNDS), &test->error);
    assert_int_equal(answer.kind, PROM_WASM_FAULT);
    assert_string_equal(answer.sentence, "ab");

    uint8_t longest[PROM_WASM_HEAD + PROM_WASM_SENTENCE_MAX] = {PROM_WASM_FAULT, 0, 0, 1, 144};
    memset(longest + PROM_WASM_HEAD, 'x', PROM_WASM_SENTENCE_MAX);
    assert_ok(read_in(test, &answer, prom_span_of(longest, sizeof longest), 7, NULL), &test->error);
    assert_int_equal(strlen(answer.sentence), PROM_WASM_SENTENCE_MAX);
    longest[4]++;
    assert_fails(read_in(test, &answer, prom_span_of(longest, sizeof longest), 7, NULL), PROM_CATEGORY_BROKEN,
                 &test->error, "says too much");
    assert_fails(read_in(test, &answer, span_of_hex(test, "110000000100"), 7, NULL), PROM_CATEGORY_BROKEN, &test->error,
                 "says too much");
}

static void test_answers_to_something_else(void **state)
{
    fixture *test = *state;
    for (unsigned kind = 0; kind < 256; kind++) {
        const uint8_t head = (uint8_t)kind;
        prom_wasm_answer answer;
        for (int call = 0; call < 2; call++) {
            const bool due =
                kind == PROM_WASM_FAULT ||
                (call == 1 ? kind == PROM_WASM_RESULT
                           : kind == PROM_WASM_HELLO || kind == PROM_WASM_READY || kind == PROM_WASM_REFUSED);
            const prom_result result = read_in(test, &answer, prom_span_of(&head, 1), 1, call == 1 ? &BOUNDS : NULL);
            assert_int_equal(result.category, due ? PROM_CATEGORY_STOPPED : PROM_CATEGORY_BROKEN);
        }
    }
}

static void test_memory_is_short(void **state)
{
    fixture *test = *state;
    const prom_wasm_bounds bounds = {.bytes = PROM_MODULE_RESULT_MAX, .fuel = 0};
    prom_wasm_answer answer;
    const prom_span bytes = span_of_hex(test, "1402000000000000000000000000000000");
    test->arena.limit = 1 << 20;
    assert_fails(read_in(test, &answer, bytes, 20, &bounds), PROM_CATEGORY_MEMORY, &test->error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_result_in_pieces),        FIXTURE_TEST(test_each_status),
        FIXTURE_TEST(test_results_that_cannot_be),    FIXTURE_TEST(test_sentences),
        FIXTURE_TEST(test_answers_to_something_else), FIXTURE_TEST(test_memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
