/* Programs that fold alone: items are results already. */
#include "scheme/toy.h"

/* The job of a program that folds alone, with what an honest worker gives. */
static struct mapped fold_items(fixture *test, const char *const *texts, uint32_t items)
{
    struct mapped it = {.scheme = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE)};
    prom_module module;
    it.bytes = toy_bytes_of(test, &it.toy, "join", true, texts, items);
    assert_ok(prom_module_read(&module, it.bytes.program, &test->error), &test->error);
    assert_ok(prom_module_write_folds(&test->arena, &it.bytes.program, &module, &test->error), &test->error);
    assert_ok(it.scheme->open(&test->arena, &it.job, &it.bytes, &test->error), &test->error);
    assert_ok(it.scheme->deliver(&test->arena, &it.delivery, &it.root, it.job, NULL, &test->error), &test->error);
    it.nodes = it.job->named.items;
    it.results = results_of(test, it.delivery.output, it.nodes);
    return it;
}

static prom_result verify(fixture *test, const struct mapped *it, const prom_sample *sample)
{
    const prom_bytes32 root = root_of_results(test, it->results, it->nodes);
    prom_delivery delivery = {output_of_results(test, it->results, it->nodes), prom_span_of(NULL, 0)};
    if (sample != NULL) {
        PROM_TRY(
            it->scheme->open_sample(&test->arena, &delivery.proof, it->job, delivery.output, sample, &test->error));
    }
    return it->scheme->verify(&test->arena, it->job, &delivery, &root, sample, NULL, &test->error);
}

static const char *const texts[] = {"ab", "", "cde", "f", "gh"};

static void items_are_folded_as_they_are(void **state)
{
    fixture *test = *state;
    const struct mapped it = fold_items(test, texts, 5);
    assert_int_equal(it.nodes, 9);
    assert_int_equal(it.job->fuel, 4 * 500);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(it.results[i].status, PROM_NODE_OK);
        assert_int_equal(it.results[i].fuel, 0);
        assert_int_equal(it.results[i].bytes.length, strlen(texts[i]));
        assert_memory_equal(it.results[i].bytes.data, texts[i], strlen(texts[i]));
    }
    assert_memory_equal(it.results[8].bytes.data, "abcdefgh", 8);
    assert_int_equal(it.toy->computed, 4);
    assert_ok(verify(test, &it, NULL), &test->error);
    assert_int_equal(it.toy->computed, 8); /* no item */
}

/* Nothing of an item is computed, drawn or not: it is compared. */
static void samples_compute_folds_alone(void **state)
{
    fixture *test = *state;
    const struct mapped it = fold_items(test, texts, 5);
    for (size_t node = 0; node < it.nodes; node++) {
        const prom_sample sample = {&node, 1};
        it.toy->computed = 0;
        assert_ok(verify(test, &it, &sample), &test->error);
        assert_int_equal(it.toy->computed, node < 5 ? 0 : 1);
    }
}

static void lies_about_items_are_seen(void **state)
{
    fixture *test = *state;
    static const prom_node_result lies[] = {
        {.status = PROM_NODE_OK, .fuel = 1, .bytes = {(const uint8_t *)"ab", 2}},
        {.status = PROM_NODE_OK, .bytes = {(const uint8_t *)"aB", 2}},
        {.status = PROM_NODE_OK, .bytes = {(const uint8_t *)"abc", 3}},
        {.status = PROM_NODE_TRAP, .trap = PROM_TRAP_DIVISION},
        {.status = PROM_NODE_OPERAND},
    };
    static const char *const says[] = {"other fuel", "other bytes", "other bytes", "another status", "another status"};
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        const struct mapped it = fold_items(test, texts, 5);
        prom_node_result *results = it.results;
        results[0] = lies[i];
        if (lies[i].status != PROM_NODE_OK) {
            results[5] = results[7] = results[8] = (prom_node_result){.status = PROM_NODE_OPERAND};
        }
        assert_fails(verify(test, &it, NULL), PROM_CATEGORY_PEER, &test->error, "item 0 has");
        assert_non_null(strstr(test->error.sentence, says[i]));
    }
    const struct mapped it = fold_items(test, texts, 5);
    it.results[8].bytes = prom_span_of((const uint8_t *)"abcdefgx", 8);
    assert_fails(verify(test, &it, NULL), PROM_CATEGORY_PEER, &test->error,
                 "fold 8 has other bytes than the program computes");
}

static void what_cannot_be_folded_is_no_job(void **state)
{
    fixture *test = *state;
    enum { LONGEST = 64 };
    char longest[LONGEST + 2];
    const char *two[] = {"a", longest};
    struct mapped it = fold_items(test, texts, 2);
    const prom_scheme_job *job = NULL;
    memset(longest, 'x', sizeof longest);
    longest[LONGEST] = '\0';
    it.bytes.input = toy_input(test, two, 2);
    assert_ok(it.scheme->open(&test->arena, &job, &it.bytes, &test->error), &test->error);
    longest[LONGEST] = 'x';
    longest[LONGEST + 1] = '\0';
    it.bytes.input = toy_input(test, two, 2);
    assert_fails(it.scheme->open(&test->arena, &job, &it.bytes, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "item 1 has 65 bytes");
    it.bytes.input = toy_input(test, texts, 1);
    assert_fails(it.scheme->open(&test->arena, &job, &it.bytes, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "no batch of this program has 1 items and folds together");
    prom_scheme_size size;
    prom_module module;
    assert_ok(prom_module_read(&module, it.bytes.program, &test->error), &test->error);
    const prom_job_program program = {.module = &module};
    assert_ok(it.scheme->size(&test->arena, &size, &program, 3, &test->error), &test->error);
    assert_int_equal(size.delivery_bytes, 4 + 3 * (14 + LONGEST) + 2 * 32);
}

/* A fold that fails is a result; items cannot fail. */
static void folds_that_fail_are_results(void **state)
{
    fixture *test = *state;
    static const char *const failing[] = {"ab", "%c", "d", "e"};
    const struct mapped it = fold_items(test, failing, 4);
    assert_int_equal(it.results[4].status, PROM_NODE_TRAP);
    assert_int_equal(it.results[5].status, PROM_NODE_OK);
    assert_int_equal(it.results[6].status, PROM_NODE_OPERAND);
    assert_ok(verify(test, &it, NULL), &test->error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(items_are_folded_as_they_are), FIXTURE_TEST(samples_compute_folds_alone),
        FIXTURE_TEST(lies_about_items_are_seen),    FIXTURE_TEST(what_cannot_be_folded_is_no_job),
        FIXTURE_TEST(folds_that_fail_are_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
