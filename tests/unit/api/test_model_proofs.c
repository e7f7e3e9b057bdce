#include "api/digits_batch.h"

/* -- Proofs -- */

static void test_prove_and_verify(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    const batch digits = encode_digits(*state, model, 8);
    uint8_t expected[8 * 10];
    prom_buffer proof;
    prom_buffer again;
    prom_error error = {""};
    const prom_model_options two = {.threads = 2};
    assert_ok(prom_model_infer(model, expected, digits.codes, 8, NULL, &error), &error);
    assert_ok(prom_model_prove(model, &proof, digits.outputs, digits.codes, 8, NULL, &error), &error);
    assert_memory_equal(digits.outputs, expected, sizeof expected);
    assert_ok(prom_model_prove(model, &again, digits.outputs, digits.codes, 8, &two, &error), &error);
    assert_int_equal(again.length, proof.length);
    assert_memory_equal(again.bytes, proof.bytes, proof.length);
    assert_ok(prom_model_verify(model, digits.codes, digits.outputs, 8, proof.bytes, proof.length, NULL, &error),
              &error);
    prom_buffer_free(&proof);
    prom_buffer_free(&again);
    assert_null(proof.bytes);
    prom_buffer_free(&proof);
    prom_model_free(model);
}

static void refuse_as(prom_category category, const batch *digits, const uint8_t *proof, size_t length)
{
    prom_error error = {""};
    assert_fails(
        prom_model_verify(digits->model, digits->codes, digits->outputs, digits->items, proof, length, NULL, &error),
        category, &error, "");
    assert_true(error.sentence[0] != '\0');
}

static void refuse(const batch *digits, const uint8_t *proof, size_t length)
{
    refuse_as(PROM_CATEGORY_PEER, digits, proof, length);
}

/* What the header of a proof's file says: up to the digest of the outputs it is about what whoever verifies has. */
static prom_category category_of_header(size_t at)
{
    return at < PROM_PROOF_HEADER_BYTES - sizeof(prom_bytes32) ? PROM_CATEGORY_BAD_INPUT : PROM_CATEGORY_PEER;
}

static void test_false_statements_are_refused(void **state)
{
    batch digits = encode_digits(*state, compile_digits(*state, CNN), 3);
    prom_model *other = compile_digits(*state, "digits-resnet.onnx");
    prom_buffer proof;
    prom_error error = {""};
    assert_ok(prom_model_prove(digits.model, &proof, digits.outputs, digits.codes, 3, NULL, &error), &error);
    digits.outputs[11] ^= 1;
    refuse(&digits, proof.bytes, proof.length);
    digits.outputs[11] = PROM_CODE_MAX;
    refuse(&digits, proof.bytes, proof.length);
    /* Nobody is accused of these outputs where the proof is of something else, or none. */
    assert_ok(prom_model_match_proof(digits.model, digits.codes, 3, proof.bytes, proof.length, NULL, &error), &error);
    digits.codes[5] ^= 1;
    refuse_as(PROM_CATEGORY_BAD_INPUT, &digits, proof.bytes, proof.length);
    assert_fails(prom_model_match_proof(digits.model, digits.codes, 3, proof.bytes, proof.length, NULL, &error),
                 PROM_CATEGORY_BAD_INPUT, &error, "the proof is of other inputs");
    digits.codes[5] ^= 1;
    refuse_as(PROM_CATEGORY_BAD_INPUT, &digits, proof.bytes, PROM_PROOF_HEADER_BYTES - 1);
    assert_ok(prom_model_infer(digits.model, digits.outputs, digits.codes, 3, NULL, &error), &error);
    digits.codes[5] ^= 1;
    refuse_as(PROM_CATEGORY_BAD_INPUT, &digits, proof.bytes, proof.length);
    digits.codes[5] ^= 1;
    digits.items = 2;
    refuse_as(PROM_CATEGORY_BAD_INPUT, &digits, proof.bytes, proof.length);
    digits.items = 3;
    assert_fails(prom_model_verify(other, digits.codes, digits.outputs, 3, proof.bytes, proof.length, NULL, &error),
                 PROM_CATEGORY_BAD_INPUT, &error, "the proof is of another program");
    for (size_t length = 0; length < proof.length; length += 1 + proof.length / 100) {
        uint8_t *part = exact_copy(proof.bytes, length);
        refuse_as(length < PROM_PROOF_HEADER_BYTES ? PROM_CATEGORY_BAD_INPUT : PROM_CATEGORY_PEER, &digits, part,
                  length);
        free(part);
    }
    for (size_t at = 0; at < proof.length; at += 1 + proof.length / 100) {
        proof.bytes[at] ^= 4;
        refuse_as(category_of_header(at), &digits, proof.bytes, proof.length);
        proof.bytes[at] ^= 4;
    }
    assert_ok(prom_model_verify(digits.model, digits.codes, digits.outputs, 3, proof.bytes, proof.length, NULL, &error),
              &error);
    prom_buffer_free(&proof);
    prom_model_free(digits.model);
    prom_model_free(other);
}

/* -- Progress -- */

struct told {
    size_t calls;
    size_t done;
    size_t stop_at; /* hundredths */
};

static bool note(void *context, size_t done, size_t total)
{
    struct told *told = context;
    assert_int_equal(total, 100);
    assert_true(done >= told->done && done <= total);
    told->done = done;
    told->calls++;
    return done < told->stop_at;
}

enum { PROVEN_ITEMS = 20 }; /* of the batch: a run tells of some hundred items at a time, a proof of its parts */

/* Which function is asked to tell, and to stop. */
enum { INFER, PROVE, COMPILE, VERIFY, FUNCTIONS };

static prom_result call(prom_arena *arena, int function, const batch *digits, const prom_buffer *ready,
                        const prom_model_options *options, prom_error *error)
{
    prom_buffer proof = {NULL, 0};
    prom_model *model = NULL;
    if (function == COMPILE) {
        const prom_span onnx = model_file(arena, CNN);
        const prom_tensor set = model_tensor(arena, "digits-calibration.npy");
        const prom_result result =
            prom_model_compile(&model, onnx.data, onnx.length, set.data, set.shape.sizes[0], 64, options, error);
        assert_true((model != NULL) == prom_is_ok(result));
        prom_model_free(model);
        return result;
    }
    if (function == INFER) {
        return prom_model_infer(digits->model, digits->outputs, digits->codes, digits->items, options, error);
    }
    if (function == VERIFY) {
        return prom_model_verify(digits->model, digits->codes, digits->outputs, PROVEN_ITEMS, ready->bytes,
                                 ready->length, options, error);
    }
    const prom_result result =
        prom_model_prove(digits->model, &proof, digits->outputs, digits->codes, PROVEN_ITEMS, options, error);
    assert_true((proof.bytes != NULL) == prom_is_ok(result));
    prom_buffer_free(&proof);
    return result;
}

static void test_progress_is_told_and_stops(void **state)
{
    const batch digits = encode_digits(*state, compile_digits(*state, CNN), 300);
    prom_buffer proof;
    prom_error failed = {""};
    assert_ok(prom_model_prove(digits.model, &proof, digits.outputs, digits.codes, PROVEN_ITEMS, NULL, &failed),
              &failed);
    for (int function = 0; function < FUNCTIONS; function++) {
        for (uint32_t threads = 1; threads <= 3; threads++) {
            struct told told = {.stop_at = SIZE_MAX};
            const prom_model_options options = {.threads = threads, .progress = {note, &told}};
            prom_error error = {""};
            assert_ok(call(*state, function, &digits, &proof, &options, &error), &error);
            assert_int_equal(told.done, 100);
            assert_true(told.calls > 1);
            told = (struct told){.stop_at = 0};
            assert_fails(call(*state, function, &digits, &proof, &options, &error), PROM_CATEGORY_STOPPED, &error,
                         "stopped");
            assert_int_equal(told.calls, 1);
            told = (struct told){.stop_at = 100};
            assert_fails(call(*state, function, &digits, &proof, &options, &error), PROM_CATEGORY_STOPPED, &error,
                         "stopped");
        }
    }
    prom_buffer_free(&proof);
    prom_model_free(digits.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_prove_and_verify),
        TEST(test_false_statements_are_refused),
        TEST(test_progress_is_told_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
