#include "trade/files.h"

#include "system/folder.h"

static const char *const ALL[] = {"program",  "input",    "output",
                                  "input-0",  "input-3",  "output-1",
                                  "output-2", "output-9", ".prom-0123456789abcdef.tmp",
                                  "input-x",  "notes"};

static void write_all(const struct files *files)
{
    char path[PATH_MAX];
    assert_ok(prom_folder_make(files->folder.path, &files->test->error), &files->test->error);
    for (size_t i = 0; i < COUNT_OF(ALL); i++) {
        files_write(files, path, ALL[i], prom_span_of((const uint8_t *)"bytes", 5));
    }
}

/* Asserts which of ALL are there: a '1' or a '0' for each. */
static void assert_there(const struct files *files, const char *expected)
{
    char found[COUNT_OF(ALL) + 1] = "";
    for (size_t i = 0; i < COUNT_OF(ALL); i++) {
        char path[PATH_MAX];
        assert_ok(prom_batch_path(path, &files->folder, ALL[i], &files->test->error), &files->test->error);
        found[i] = access(path, F_OK) == 0 ? '1' : '0';
    }
    assert_string_equal(found, expected);
}

/* Two parts, of which the first is done. */
static prom_market_job *half_done(fixture *test)
{
    const prom_order order = plain_order(JOB_ITEMS);
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 3, 1));
    (void)take(test, job, placed(3, 2, 2));
    for (uint32_t i = 1; i <= 2; i++) {
        (void)take(test, job, begun(i, i));
        (void)take(test, job, at_phase(i, PROM_ATTEMPT_COMPUTE));
    }
    (void)take(test, job, result(1));
    assert_int_equal(job->part_count, 2);
    return job;
}

static void what_a_job_needs_stays(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    prom_market_job *job = half_done(test);
    write_all(&files);
    assert_false(prom_batch_is_tidy(&files.folder));
    assert_true(prom_batch_has_outputs(&files.folder));
    assert_int_equal(prom_batch_bytes(&files.folder), 9 * 5);
    prom_batch_tidy(&files.folder, job);
    assert_there(&files, "11101110011");
    prom_batch_tidy(&files.folder, job); /* and again, as with each block */
    assert_there(&files, "11101110011");
    job->state = PROM_JOB_ENDED;
    job->merged = true;
    prom_batch_tidy(&files.folder, job);
    assert_there(&files, "10100000011");
    assert_true(prom_batch_is_tidy(&files.folder));
    /* What is not ours is not deleted. */
    assert_int_equal(prom_batch_delete(&files.folder), 2 * 5);
    assert_there(&files, "00000000011");
    assert_false(prom_batch_has_outputs(&files.folder));
    files_free(&files);
}

static void nothing_stays_of_a_job_without_outputs(void **state)
{
    fixture *test = *state;
    const struct files files = files_new(test);
    prom_market_job *job = half_done(test);
    char path[PATH_MAX];
    files_write(&files, path, "input-3", files.bytes.input);
    prom_batch_tidy(&files.folder, job);
    assert_true(prom_file_is_folder(files.folder.path));
    job->state = PROM_JOB_ENDED;
    prom_batch_tidy(&files.folder, job);
    assert_false(prom_file_is_folder(files.folder.path));
    assert_int_equal(prom_batch_bytes(&files.folder), 0);
    assert_int_equal(prom_batch_delete(&files.folder), 0);
    files_free(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_a_job_needs_stays),
        FIXTURE_TEST(nothing_stays_of_a_job_without_outputs),
    };
    return cmocka_run_group_tests_name("trade/batch_keep", tests, NULL, NULL);
}
