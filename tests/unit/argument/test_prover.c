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
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
    assert_ok(prom_statement_verify(&arena, &statement, wanted, NULL, &error), &error);
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

/* Somebody who watches, and says at a certain report that it is enough. */
struct watcher {
    size_t reports;
    size_t stop_at; /* 0: never */
    size_t done;
};

static bool watch(void *context, size_t done, size_t total)
{
    struct watcher *watcher = context;
    assert_true(done >= watcher->done && done <= total); /* never backwards */
    watcher->done = done;
    return ++watcher->reports != watcher->stop_at;
}

/* Proves, and verifies what was proven. */
static prom_result prove(prom_arena *arena, prom_span *proof, const prom_parallel *parallel, struct watcher *watcher)
{
    prom_error error = {""};
    const prom_progress progress = {watch, watcher};
    const prom_batch inputs = batch_of(arena, "kinds", "inputs");
    prom_statement statement = {.items = inputs.items, .inputs = inputs.data};
    assert_ok(prom_program_parse(arena, &statement.program, vector(arena, "kinds", "prom"), &error), &error);
    uint8_t *made = new_bytes(arena, inputs.items * prom_program_output(statement.program)->count, 1);
    const prom_result result =
        prom_statement_prove(arena, proof, made, &statement, parallel, watcher == NULL ? NULL : &progress, &error);
    assert_true(prom_is_ok(result) || strstr(error.sentence, "stopped, as the caller asked") != NULL);
    return result;
}

static void stop_at_every_report(const prom_parallel *parallel)
{
    struct watcher whole = {0};
    prom_arena arena;
    prom_span proof;
    prom_arena_init(&arena, (size_t)1 << 32);
    assert_true(prom_is_ok(prove(&arena, &proof, parallel, &whole)));
    prom_arena_free(&arena);
    assert_int_equal(whole.done, 100);
    assert_true(whole.reports > 10);
    for (size_t i = 1; i < whole.reports; i++) {
        struct watcher stops = {.stop_at = i};
        prom_arena_init(&arena, (size_t)1 << 32);
        const prom_result result = prove(&arena, &proof, parallel, &stops);
        assert_int_equal(result.category, PROM_CATEGORY_STOPPED);
        assert_int_equal(proof.length, 0);
        assert_int_equal(stops.reports, i); /* none after it */
        prom_arena_free(&arena);
    }
}

static void test_proving_stops(void **state)
{
    struct threads threads;
    (void)state;
    stop_at_every_report(NULL);
    start_threads(&threads, 3);
    stop_at_every_report(&threads.parallel);
    stop_threads(&threads);
}

/* What is stopped is no verdict: neither of a right proof, nor of a wrong one. */
static void test_verifying_stops(void **state)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    struct watcher whole = {0};
    prom_progress progress = {watch, &whole};
    (void)state;
    prom_arena_init(&arena, (size_t)1 << 32);
    const prom_batch inputs = batch_of(&arena, "kinds", "inputs");
    const prom_batch outputs = batch_of(&arena, "kinds", "outputs");
    const prom_span proof = vector(&arena, "kinds", "proof");
    prom_statement statement = {.items = inputs.items, .inputs = inputs.data, .outputs = outputs.data};
    assert_ok(prom_program_parse(&arena, &statement.program, vector(&arena, "kinds", "prom"), &error), &error);
    assert_ok(prom_statement_verify(&arena, &statement, proof, &progress, &error), &error);
    assert_true(whole.reports > 5);
    for (size_t i = 1; i < whole.reports; i++) {
        struct watcher stops = {.stop_at = i};
        progress.context = &stops;
        const prom_span cut = prom_span_of(proof.data, i % 2 == 0 ? proof.length : proof.length - 1);
        assert_fails(prom_statement_verify(&arena, &statement, cut, &progress, &error), PROM_CATEGORY_STOPPED, &error,
                     "stopped, as the caller asked");
        assert_int_equal(stops.reports, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_thread),
        cmocka_unit_test(test_some_threads),
        cmocka_unit_test(test_proving_stops),
        cmocka_unit_test(test_verifying_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
