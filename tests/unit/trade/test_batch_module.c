/* Files of jobs whose program is a module. */
#include "trade/modules.h"

#include "trade/batch_module.h"

static void files_are_looked_at(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    const struct files *files = &modules.files;
    prom_job_bytes bytes = {.runner = modules.it.bytes.runner};
    prom_batch_job job;
    prom_work_batch again;
    prom_bytes32 hash;
    assert_ok(
        prom_batch_load(&test->arena, &test->arena, &job, &bytes, files->program_path, files->input_path, &test->error),
        &test->error);
    prom_sha256(&hash, modules.it.bytes.input);
    assert_int_equal(job.work.items, ITEMS);
    assert_null(job.work.program.integers);
    assert_true(prom_bytes32_equal(&job.program_digest, &modules.it.job->named.program_digest));
    assert_true(prom_bytes32_equal(&job.input_hash, &hash));
    assert_ptr_equal(bytes.runner, modules.it.bytes.runner);
    assert_ok(prom_batch_load_work(&test->arena, &again, &files->folder, &test->error), &test->error);
    assert_int_equal(again.items, ITEMS);
    assert_int_equal(again.largest[1], 4);
    assert_int_equal(again.largest[ITEMS], 11);
    assert_memory_equal(again.largest, job.work.largest, (ITEMS + 1) * sizeof *again.largest);
    assert_fails(prom_batch_load(&test->arena, &test->arena, &job, &bytes, files->program_path, files->program_path,
                                 &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, files->program_path);
    files_free(files);
}

static void what_folds_alone_is_not_bought(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    const struct files *files = &modules.files;
    prom_job_bytes bytes = {.runner = modules.it.bytes.runner};
    prom_batch_job job;
    prom_span folds;
    char program[PATH_MAX];
    assert_ok(prom_module_write_folds(&test->arena, &folds, modules.it.job->program.module, &test->error),
              &test->error);
    files_write(files, program, "folds.prom", folds);
    assert_fails(prom_batch_load(&test->arena, &test->arena, &job, &bytes, program, files->input_path, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "folds.prom folds alone");
    files_free(files);
}

static void assert_same_job(const prom_job *a, const prom_job *b)
{
    assert_true(prom_bytes32_equal(&a->program_digest, &b->program_digest));
    assert_true(prom_bytes32_equal(&a->input_hash, &b->input_hash));
    assert_int_equal(a->scheme, b->scheme);
    assert_int_equal(a->items, b->items);
    assert_int_equal(a->program_bytes, b->program_bytes);
    assert_int_equal(a->input_bytes, b->input_bytes);
}

/* Parts are jobs as the scheme names them, and together the batch. */
static void a_batch_is_split(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    const prom_batch_folder *folder = &modules.files.folder;
    char input[PATH_MAX];
    prom_job named_job;
    for (uint32_t first = 0; first < ITEMS; first += 3) {
        const uint32_t items = first + 3 <= ITEMS ? 3 : 1;
        const struct mapped part = map_items(test, "join", true, texts + first, items);
        prom_span bytes;
        assert_ok(
            prom_batch_write_part(folder, &named_job, input, PROM_SCHEME_REPLAY_MODULE, first, items, &test->error),
            &test->error);
        assert_ok(prom_file_load(&test->arena, &bytes, input, SIZE_MAX, &test->error), &test->error);
        assert_true(prom_span_equal(bytes, part.bytes.input));
        assert_same_job(&named_job, &part.job->named);
    }
    assert_fails(prom_batch_write_part(folder, &named_job, input, PROM_SCHEME_REPLAY_MODULE, 6, 2, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "no items 6 to 8");
    files_free(&modules.files);
}

static prom_span merged(const struct modules *modules, const prom_market_job *job)
{
    fixture *test = modules->files.test;
    prom_span bytes;
    char path[PATH_MAX];
    assert_ok(prom_batch_merge(&modules->files.folder, job, modules->it.bytes.runner, NULL, &test->error),
              &test->error);
    assert_ok(prom_batch_path(path, &modules->files.folder, PROM_BATCH_OUTPUT, &test->error), &test->error);
    assert_ok(prom_file_load(&test->arena, &bytes, path, SIZE_MAX, &test->error), &test->error);
    return bytes;
}

static void what_is_mapped_is_the_same_in_parts(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, false, texts);
    prom_market_job *job = done_in_parts(&modules, texts);
    const size_t computed = modules.it.toy->computed;
    assert_true(prom_span_equal(merged(&modules, job), modules.it.delivery.output));
    assert_int_equal(modules.it.toy->computed, computed);
    assert_ok(prom_batch_merge(&modules.files.folder, job, NULL, NULL, &test->error), &test->error);
    job->parts[1].output = named("another", 0);
    assert_fails(prom_batch_merge(&modules.files.folder, job, NULL, NULL, &test->error), PROM_CATEGORY_BROKEN,
                 &test->error, "not the output that was checked");
    files_free(&modules.files);
}

/* Items come first, whoever computed them; the result is last, and the same as of all items in one part. */
static void what_is_folded_is_joined(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    prom_market_job *job = done_in_parts(&modules, texts);
    const size_t nodes = modules.it.nodes;
    const prom_node_result *whole = modules.it.results;
    const size_t closed = modules.it.toy->closed;
    const prom_node_result *parts = results_of(test, merged(&modules, job), nodes);
    assert_int_equal(modules.it.toy->closed, closed + 1);
    for (size_t i = 0; i < ITEMS; i++) {
        assert_true(prom_span_equal(parts[i].bytes, whole[i].bytes) && parts[i].fuel == whole[i].fuel);
    }
    assert_true(prom_span_equal(parts[nodes - 1].bytes, whole[nodes - 1].bytes));
    assert_int_equal(parts[nodes - 1].bytes.length, 11);
    assert_fails(prom_batch_merge(&modules.files.folder, job, NULL, NULL, &test->error), PROM_CATEGORY_IO, &test->error,
                 "runs no modules any more");
    modules.it.toy->run_fails = PROM_CATEGORY_IO;
    assert_fails(prom_batch_merge(&modules.files.folder, job, modules.it.bytes.runner, NULL, &test->error),
                 PROM_CATEGORY_IO, &test->error, "the toy is broken");
    assert_int_equal(modules.it.toy->closed, modules.it.toy->opened);
    files_free(&modules.files);
}

/* An item that failed leaves the other parts' folds as they are, and no result. */
static void what_failed_is_not_joined(void **state)
{
    static const char *const failing[ITEMS] = {"ab", "c", "", "defg", "!", "ij", "k"};
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, failing);
    const prom_market_job *job = done_in_parts(&modules, failing);
    const prom_node_result *parts = results_of(test, merged(&modules, job), modules.it.nodes);
    assert_int_equal(parts[4].status, PROM_NODE_TRAP);
    assert_int_equal(parts[ITEMS + 1].status, PROM_NODE_OK); /* of the first part */
    assert_int_equal(parts[ITEMS + 3].status, PROM_NODE_OPERAND);
    assert_int_equal(parts[modules.it.nodes - 1].status, PROM_NODE_OPERAND);
    files_free(&modules.files);
}

static const prom_joining by_contract = {.folds = true, .parts_max = 256};

/* What a worker gives that has the program and the input of the contract that joins. */
static void deliver_joint(const struct modules *modules, prom_market_job *job)
{
    fixture *test = modules->files.test;
    const prom_batch_folder *folder = &modules->files.folder;
    struct mapped it = modules->it;
    prom_job_event event = result(4);
    prom_batch_taken taken;
    prom_job named_job;
    char program[PATH_MAX];
    char input[PATH_MAX];
    char made[PATH_MAX];
    (void)take(test, job, placed(ITEMS, 3, 9));
    (void)take(test, job, begun(4, 4));
    (void)take(test, job, at_phase(4, PROM_ATTEMPT_COMPUTE));
    assert_ok(prom_batch_write_joining(folder, &named_job, input, job, &test->error), &test->error);
    assert_ok(prom_batch_path(program, folder, PROM_BATCH_FOLDS, &test->error), &test->error);
    assert_ok(prom_file_load(&test->arena, &it.bytes.program, program, SIZE_MAX, &test->error), &test->error);
    assert_ok(prom_file_load(&test->arena, &it.bytes.input, input, SIZE_MAX, &test->error), &test->error);
    assert_ok(it.scheme->open(&test->arena, &it.job, &it.bytes, &test->error), &test->error);
    assert_same_job(&named_job, &it.job->named);
    assert_int_equal(named_job.items, 5);
    assert_true(it.job->program.module->limits.folds_alone);
    assert_ok(it.scheme->deliver(&test->arena, &it.delivery, &it.root, it.job, NULL, &test->error), &test->error);
    files_write(&modules->files, made, "made", it.delivery.output);
    assert_ok(prom_batch_take_output(folder, &taken, prom_market_job_attempt(job, 4), made, &test->error),
              &test->error);
    event.as.result.output = taken.hash;
    (void)take(test, job, event);
}

/* The whole output is the same as of the own node's joining, byte for byte, and nothing is computed here. */
static void a_contract_joins(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    const prom_market_job *own = done_in_parts(&modules, texts);
    const prom_span wanted = merged(&modules, own);
    prom_market_job *job = done_and_joined(&modules, texts, &by_contract);
    prom_work_batch work;
    prom_work needed;
    assert_int_equal(job->part_count, 4);
    assert_ok(prom_batch_load_joining_work(&test->arena, &work, &modules.files.folder, job, &test->error),
              &test->error);
    assert_int_equal(work.items, 3);
    assert_int_equal(work.largest[3], 11);
    assert_ok(prom_work_of_part(&test->arena, &needed, &work, PROM_SCHEME_REPLAY_MODULE, 3, &test->error),
              &test->error);
    assert_int_equal(needed.fuel, 2 * 500);
    deliver_joint(&modules, job);
    const size_t computed = modules.it.toy->computed;
    const size_t opened = modules.it.toy->opened;
    assert_true(prom_span_equal(merged(&modules, job), wanted));
    assert_int_equal(modules.it.toy->computed, computed);
    assert_int_equal(modules.it.toy->opened, opened);
    files_free(&modules.files);
}

/* Where it never came to be, nothing is joined; and where nobody took it, the own node does. */
static void no_contract_joins(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    prom_market_job *job = done_and_joined(&modules, texts, &by_contract);
    (void)take(test, job, tip(BEGIN_TIP + 100));
    const prom_node_result *own = results_of(test, merged(&modules, job), modules.it.nodes);
    assert_int_equal(own[modules.it.nodes - 1].bytes.length, 11);
    (void)take(test, job, about(PROM_JOB_EVENT_CANCEL, 0));
    const prom_node_result *none = results_of(test, merged(&modules, job), modules.it.nodes);
    assert_int_equal(none[ITEMS + 3].status, PROM_NODE_OK); /* of a part */
    assert_int_equal(none[ITEMS + 4].status, PROM_NODE_OPERAND);
    assert_int_equal(none[ITEMS + 5].status, PROM_NODE_OPERAND);
    files_free(&modules.files);
}

static size_t bytes_to_merge(const struct modules *modules, const prom_market_job *job)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    fixture *test = modules->files.test;
    struct prom_batch_merging merging = {
        .folder = &modules->files.folder, .job = job, .runner = modules->it.bytes.runner, .items = ITEMS};
    prom_span bytes;
    prom_arena_init(&arena, SIZE_MAX / 2);
    assert_ok(prom_batch_kind_of(&merging.kind, merging.folder, &test->error), &test->error);
    assert_ok(prom_batch_module_merge(&arena, &bytes, &merging, &test->error), &test->error);
    return arena.used;
}

/* Beside what the parts have brought a merge keeps the folds of the contract that joins them, as they come and as they
 * are written, and not what they join, which the parts have brought: an order's results are as many as its memory
 * takes. */
static void of_a_contract_the_folds_stay(void **state)
{
    enum { FOLDS_TWICE = 2 * 2 * 16 };
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    prom_market_job *job = done_and_joined(&modules, texts, &by_contract);
    deliver_joint(&modules, job);
    const size_t by_a_contract = bytes_to_merge(&modules, job);
    prom_market_job *cancelled = done_and_joined(&modules, texts, &by_contract);
    (void)take(test, cancelled, about(PROM_JOB_EVENT_CANCEL, 0));
    const size_t by_nobody = bytes_to_merge(&modules, cancelled);
    assert_in_range(by_a_contract, by_nobody, by_nobody + FOLDS_TWICE);
    files_free(&modules.files);
}

static void no_contract_joins_what_failed(void **state)
{
    static const char *const failing[ITEMS] = {"ab", "c", "", "defg", "h", "ij", "!"};
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, failing);
    const prom_market_job *job = done_and_joined(&modules, failing, &by_contract);
    const size_t computed = modules.it.toy->computed;
    assert_int_equal(job->part_count, 3);
    assert_false(job->parts[2].fits);
    const prom_node_result *nodes = results_of(test, merged(&modules, job), modules.it.nodes);
    assert_int_equal(nodes[ITEMS + 4].status, PROM_NODE_OPERAND); /* of two parts that are good */
    assert_int_equal(modules.it.toy->computed, computed);
    files_free(&modules.files);
}

static void what_is_no_output_is_not_taken(void **state)
{
    fixture *test = *state;
    const struct modules modules = modules_new(test, true, texts);
    const struct mapped three = map_items(test, "join", true, texts, 3);
    prom_batch_taken hash;
    char path[PATH_MAX];
    for (uint32_t items = 1; items <= 6; items++) {
        const prom_attempt attempt = {.number = items, .items = items};
        files_write(&modules.files, path, "made", three.delivery.output);
        const prom_result result = prom_batch_take_output(&modules.files.folder, &hash, &attempt, path, &test->error);
        assert_int_equal(result.category, items == 3 ? PROM_CATEGORY_OK : PROM_CATEGORY_BROKEN);
    }
    files_write(&modules.files, path, "made", modules.files.bytes.input); /* a batch of integers */
    assert_fails(prom_batch_take_output(&modules.files.folder, &hash, &(prom_attempt){.number = 8, .items = JOB_ITEMS},
                                        path, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "not the output of 5 items");
    files_free(&modules.files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(files_are_looked_at),
        FIXTURE_TEST(what_folds_alone_is_not_bought),
        FIXTURE_TEST(a_batch_is_split),
        FIXTURE_TEST(what_is_mapped_is_the_same_in_parts),
        FIXTURE_TEST(what_is_folded_is_joined),
        FIXTURE_TEST(what_failed_is_not_joined),
        FIXTURE_TEST(a_contract_joins),
        FIXTURE_TEST(no_contract_joins),
        FIXTURE_TEST(of_a_contract_the_folds_stay),
        FIXTURE_TEST(no_contract_joins_what_failed),
        FIXTURE_TEST(what_is_no_output_is_not_taken),
    };
    return cmocka_run_group_tests_name("trade/batch_module", tests, NULL, NULL);
}
