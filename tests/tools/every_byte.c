/* Every byte of the proofs of two trained networks, changed in one bit: none is accepted. Takes minutes, and so is run
 * by `make soak`; unit.argument.proof does a sample. Prints how many bytes there were. */
#include "argument/digits.h"

static size_t bytes;

static void test_every_byte(void **state)
{
    static const char *const names[] = {"digits-mlp.onnx", "digits-cnn.onnx"};
    uint64_t random = 1;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, PROVING_MEMORY);
        const proving made = prove_ready(&arena, &random, digits_program(&arena, names[i]), 1);
        const prom_span proof = honest_proof(&made);
        refuse_changed_bytes(&made, proof, 0, 1);
        bytes += proof.length;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_byte)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)printf("bytes: %zu\n", bytes);
    return failed;
}
