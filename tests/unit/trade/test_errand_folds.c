/* Folds of our own may take long: they hold up no other files. */
#include "trade/modules.h"

#include <stdatomic.h>

#include "trade/errand.h"

enum { WAIT_MS = 20000 };

/* A runner that computes nothing before it may. */
static atomic_bool may_compute;
static atomic_bool computes;

static prom_result held_run(prom_runner_session *session, prom_arena *arena, prom_node_result *results,
                            const prom_module_call *calls, size_t count, const prom_progress *progress,
                            prom_error *error)
{
    atomic_store(&computes, true);
    while (!atomic_load(&may_compute)) {
        PROM_TRY(prom_progress_report(progress, 0, count, error));
        (void)usleep(1000);
    }
    return toy_run(session, arena, results, calls, count, progress, error);
}

static bool is_over(prom_errands *errands, prom_errand **slot, const prom_errand *wish, uint64_t bytes)
{
    bool over = prom_errand_do(errands, slot, wish, bytes);
    for (unsigned ms = 0; !over && ms < WAIT_MS; ms++) {
        (void)usleep(1000);
        prom_errands_turn(errands);
        over = prom_errand_do(errands, slot, wish, bytes);
    }
    return over;
}

struct folding {
    struct modules modules;
    prom_runner runner;
    prom_errands *errands;
    prom_errand merge;
    prom_errand *merging;
};

/* A merge that has begun, and folds. */
static void begin_folding(fixture *test, struct folding *it)
{
    *it = (struct folding){.modules = modules_new(test, true, texts)};
    it->runner = *it->modules.it.bytes.runner;
    it->runner.run = held_run;
    atomic_store(&may_compute, false);
    atomic_store(&computes, false);
    assert_ok(prom_errands_open(&it->errands, &it->runner, &test->error), &test->error);
    it->merge = (prom_errand){
        .kind = PROM_ERRAND_MERGE, .folder = it->modules.files.folder, .job = done_in_parts(&it->modules, texts)};
    assert_false(prom_errand_do(it->errands, &it->merging, &it->merge, 0));
    for (unsigned ms = 0; !atomic_load(&computes) && ms < WAIT_MS; ms++) {
        (void)usleep(1000);
    }
    assert_true(atomic_load(&computes));
}

static void other_files_do_not_wait(void **state)
{
    fixture *test = *state;
    struct folding it;
    begin_folding(test, &it);
    prom_errand load = {.kind = PROM_ERRAND_LOAD};
    prom_errand *loading = NULL;
    (void)snprintf(load.program, sizeof load.program, "%s", it.modules.files.program_path);
    (void)snprintf(load.input, sizeof load.input, "%s", it.modules.files.input_path);
    assert_true(is_over(it.errands, &loading, &load, PROM_ERRAND_SMALL));
    assert_ok(loading->result, &loading->error);
    prom_errand_leave(&loading);
    /* another job's outputs, of which nothing is to be folded */
    const struct modules plain = modules_new(test, false, texts);
    const prom_errand merge = {
        .kind = PROM_ERRAND_MERGE, .folder = plain.files.folder, .job = done_in_parts(&plain, texts)};
    prom_errand *merging = NULL;
    assert_true(is_over(it.errands, &merging, &merge, PROM_ERRAND_SMALL));
    assert_ok(merging->result, &merging->error);
    prom_errand_leave(&merging);
    assert_false(prom_errand_do(it.errands, &it.merging, &it.merge, 0));
    atomic_store(&may_compute, true);
    assert_true(is_over(it.errands, &it.merging, &it.merge, 0));
    assert_ok(it.merging->result, &it.merging->error);
    prom_errand_leave(&it.merging);
    prom_errands_close(it.errands);
    files_free(&plain.files);
    files_free(&it.modules.files);
}

/* Whoever cancels a job does not wait for its folds. */
static void folding_ends_with_the_job(void **state)
{
    fixture *test = *state;
    struct folding it;
    begin_folding(test, &it);
    const size_t computed = it.modules.it.toy->computed;
    (void)take(test, it.merge.job, about(PROM_JOB_EVENT_CANCEL, 0));
    assert_true(is_over(it.errands, &it.merging, &it.merge, 0));
    assert_ok(it.merging->result, &it.merging->error);
    assert_int_equal(it.modules.it.toy->computed, computed);
    prom_errand_leave(&it.merging);
    prom_errands_close(it.errands);
    files_free(&it.modules.files);
}

/* A node that ends does not wait for them. */
static void folding_ends_with_the_node(void **state)
{
    fixture *test = *state;
    struct folding it;
    begin_folding(test, &it);
    prom_errands_close(it.errands);
    assert_true(it.merging->over);
    assert_int_not_equal(it.merging->result.category, PROM_CATEGORY_OK);
    prom_errand_leave(&it.merging);
    files_free(&it.modules.files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(other_files_do_not_wait),
        FIXTURE_TEST(folding_ends_with_the_job),
        FIXTURE_TEST(folding_ends_with_the_node),
    };
    return cmocka_run_group_tests_name("trade/errand_folds", tests, NULL, NULL);
}
