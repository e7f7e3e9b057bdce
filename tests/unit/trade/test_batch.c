#include "trade/files.h"

static void files_are_looked_at(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    prom_batch_job job;
    prom_job_bytes bytes = {.runner = NULL};
    prom_bytes32 hash;
    char other[PATH_MAX];
    assert_ok(
        prom_batch_load(&test->arena, &test->arena, &job, &bytes, files.program_path, files.input_path, &test->error),
        &test->error);
    prom_sha256(&hash, files.bytes.input);
    assert_int_equal(job.work.items, JOB_ITEMS);
    assert_true(prom_bytes32_equal(&job.input_hash, &hash));
    assert_int_equal(job.program_bytes, files.bytes.program.length);
    assert_fails(
        prom_batch_load(&test->arena, &test->arena, &job, &bytes, files.input_path, files.input_path, &test->error),
        PROM_CATEGORY_BAD_INPUT, &test->error, files.input_path);
    assert_fails(
        prom_batch_load(&test->arena, &test->arena, &job, &bytes, files.program_path, files.program_path, &test->error),
        PROM_CATEGORY_BAD_INPUT, &test->error, files.program_path);
    const uint8_t values[4] = {0};
    const prom_batch narrow = {2, 2, values};
    prom_span narrow_bytes;
    assert_ok(prom_batch_write(&test->arena, &narrow_bytes, &narrow, &test->error), &test->error);
    files_write(&files, other, "narrow", narrow_bytes);
    assert_fails(prom_batch_load(&test->arena, &test->arena, &job, &bytes, files.program_path, other, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "items of 2 values, and the program");
    files_free(&files);
}

static void a_module_is_refused_where_nobody_runs_it(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    const prom_module_limits limits = {.pages = 1, .fuel = 1};
    prom_batch_job job;
    prom_job_bytes bytes = {.runner = NULL};
    prom_span program;
    char path[PATH_MAX];
    assert_ok(prom_module_write(&test->arena, &program, &limits, files.bytes.input, &test->error), &test->error);
    files_write(&files, path, "module", program);
    assert_fails(prom_batch_load(&test->arena, &test->arena, &job, &bytes, path, files.input_path, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "is a module, and this node runs none");
    assert_null(bytes.runner);
    files_free(&files);
}

/* Parts are what the terms name, and together the batch. */
static void a_batch_is_split(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    char input[PATH_MAX];
    prom_job named_job;
    prom_batch whole;
    prom_batch part;
    prom_span bytes;
    prom_bytes32 hash;
    assert_ok(prom_batch_read(&whole, files.bytes.input, &test->error), &test->error);
    for (uint32_t first = 0; first < JOB_ITEMS; first += 2) {
        const uint32_t items = first + 2 <= JOB_ITEMS ? 2 : 1;
        assert_ok(
            prom_batch_write_part(&files.folder, &named_job, input, PROM_SCHEME_SUMCHECK, first, items, &test->error),
            &test->error);
        assert_ok(prom_file_load(&test->arena, &bytes, input, SIZE_MAX, &test->error), &test->error);
        assert_ok(prom_batch_read(&part, bytes, &test->error), &test->error);
        prom_sha256(&hash, bytes);
        assert_true(prom_bytes32_equal(&named_job.input_hash, &hash));
        assert_int_equal(named_job.items, items);
        assert_memory_equal(part.data, whole.data + (size_t)first * whole.values, (size_t)items * whole.values);
    }
    assert_fails(prom_batch_write_part(&files.folder, &named_job, input, PROM_SCHEME_SUMCHECK, 4, 2, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "no items 4 to 6");
    assert_fails(prom_batch_write_part(&files.folder, &named_job, input, 99, 0, 1, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "no proof scheme 99");
    files_free(&files);
}

/* An output of so many items, each of three bytes that are their item's number. */
static void bring_output(const struct files *files, char path[PATH_MAX], uint32_t first, uint32_t items)
{
    uint8_t values[3 * JOB_ITEMS];
    const prom_batch batch = {items, 3, values};
    prom_span bytes;
    for (size_t i = 0; i < sizeof values; i++) {
        values[i] = (uint8_t)(first + i / 3);
    }
    assert_ok(prom_batch_write(&files->test->arena, &bytes, &batch, &files->test->error), &files->test->error);
    files_write(files, path, "made", bytes);
}

static void take_part(const struct files *files, prom_market_job *job, uint32_t number)
{
    fixture *test = files->test;
    const prom_attempt *attempt = prom_market_job_attempt(job, number);
    prom_job_event event = result(number);
    char made[PATH_MAX];
    bring_output(files, made, attempt->first, attempt->items);
    prom_batch_taken taken;
    assert_ok(prom_batch_take_output(&files->folder, &taken, attempt, made, &test->error), &test->error);
    assert_false(access(made, F_OK) == 0);
    prom_batch_taken again; /* as after a crash */
    assert_ok(prom_batch_take_output(&files->folder, &again, attempt, made, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&again.hash, &taken.hash));
    assert_false(taken.fits); /* nothing of integers is joined */
    event.as.result.output = taken.hash;
    (void)take(test, job, event);
}

static void outputs_are_put_together(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    const prom_order order = plain_order(JOB_ITEMS);
    prom_market_job *job = new_job(test, &order);
    char path[PATH_MAX];
    prom_span bytes;
    prom_batch all;
    prom_batch_taken hash;
    (void)take(test, job, placed(0, 3, 1));
    (void)take(test, job, placed(3, 2, 2));
    for (uint32_t i = 2; i >= 1; i--) { /* the later part first */
        (void)take(test, job, begun(i, i));
        (void)take(test, job, at_phase(i, PROM_ATTEMPT_COMPUTE));
        take_part(&files, job, i);
    }
    assert_ok(prom_batch_merge(&files.folder, job, NULL, NULL, &test->error), &test->error);
    assert_ok(prom_batch_path(path, &files.folder, PROM_BATCH_OUTPUT, &test->error), &test->error);
    assert_ok(prom_file_load(&test->arena, &bytes, path, SIZE_MAX, &test->error), &test->error);
    assert_ok(prom_batch_read(&all, bytes, &test->error), &test->error);
    assert_int_equal(all.items, JOB_ITEMS);
    for (size_t i = 0; i < 3 * JOB_ITEMS; i++) {
        assert_int_equal(all.data[i], i / 3);
    }
    /* What was taken is what is merged. */
    bring_output(&files, path, 0, 2);
    assert_fails(
        prom_batch_take_output(&files.folder, &hash, &(prom_attempt){.number = 7, .items = 3}, path, &test->error),
        PROM_CATEGORY_BROKEN, &test->error, "not the output of 3 items");
    job->parts[0].output = named("another", 0);
    assert_fails(prom_batch_merge(&files.folder, job, NULL, NULL, &test->error), PROM_CATEGORY_BROKEN, &test->error,
                 "not the output that was checked");
    files_free(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(files_are_looked_at),
        FIXTURE_TEST(a_module_is_refused_where_nobody_runs_it),
        FIXTURE_TEST(a_batch_is_split),
        FIXTURE_TEST(outputs_are_put_together),
    };
    return cmocka_run_group_tests_name("trade/batch", tests, NULL, NULL);
}
