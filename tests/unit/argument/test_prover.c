#include "prometheus/argument/proof.h"
#include "prometheus/program/batch.h"
#include "proof/threads.h"
#include "tensor/files.h"

/* The files of tests/vectors/proof, of one name. */
static prom_span vector(prom_arena *arena, const char *name, const char *part)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/proof/%s.%s", VECTORS, name, part);
    return file_bytes(arena, path);
}

static prom_batch batch_of(prom_arena *arena, const char *name, const char *part)
{
    prom_error error = {""};
    prom_batch batch;
    assert_ok(prom_batch_read(&batch, vector(arena, name, part), &error), &error);
    return batch;
}

static const char *const names[] = {"mlp", "cnn", "cnn-qdq", "depthwise", "resnet", "resnet-qdq", "kinds"};

/* tests/vectors/proof/make_proofs.py makes them anew when the protocol changes. */
static void assert_same_bytes(const char *name, const prom_parallel *parallel)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena;
    prom_error error = {""};
    prom_span proof;
    prom_arena_init(&arena, (size_t)1 << 32);
    const prom_batch inputs = batch_of(&arena, name, "inputs");
    const prom_batch outputs = batch_of(&arena, name, "outputs");
    const prom_span wanted = vector(&arena, name, "proof");
    prom_statement statement = {.items = inputs.items, .inputs = inputs.data};
    assert_ok(prom_program_parse(&arena, &statement.program, vector(&arena, name, "prom"), &error), &error);
    const size_t count = outputs.items * prom_program_output(statement.program)->count;
    uint8_t *made = new_bytes(&arena, count, 1);
    assert_ok(prom_statement_prove(&arena, &proof, made, &statement, parallel, NULL, &error), &error);
    assert_int_equal(outputs.items, inputs.items);
    assert_memory_equal(made, outputs.data, count);
    assert_int_equal(proof.length, wanted.length);
    assert_memory_equal(proof.data, wanted.data, wanted.length);
    statement.outputs = outputs.data;
    assert_ok(prom_statement_verify(&arena, &statement, wanted, &error), &error);
}

static void test_one_thread(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_same_bytes(names[i], NULL);
    }
}

static void test_some_threads(void **state)
{
    (void)state;
    for (size_t count = 2; count <= 5; count++) {
        struct threads threads;
        start_threads(&threads, count);
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            assert_same_bytes(names[i], &threads.parallel);
        }
        stop_threads(&threads);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_thread), cmocka_unit_test(test_some_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
