#include "node/host.h"
#include "scheme/toy.h"

#include "system/file.h"

/* What cannot be read is a fault of our own, and says nothing about anybody. */
static void a_job_without_its_files_is_unable(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_job_order order = {.channel = channel->record.number,
                                  .name = named("want", 0),
                                  .want = {.job = PROM_JOB_OPEN_JOB, .subject = named("subject", 0)},
                                  .role = PROM_ROLE_WORKER};
    prom_job_task *task = NULL;
    prom_event event;
    assert_ok(prom_job_new(&task, &order, channel->channel, error), error);
    assert_ptr_equal(prom_job_of_task(prom_job_as_task(task)), task);
    prom_job_as_task(task)->run(prom_job_as_task(task));
    prom_job_make_event(task, &event);
    assert_int_equal(event.kind, PROM_EVENT_DONE);
    assert_true(event.as.done.unable && event.as.done.reason != NULL);
    assert_int_equal(event.as.done.job, PROM_JOB_OPEN_JOB);
    assert_true(prom_bytes32_equal(&event.as.done.subject, &order.want.subject));
    assert_int_equal(prom_job_order_of(task)->channel, order.channel);
    prom_job_free(task);
    host_free(host);
}

static void write_file(char path[PATH_MAX], const struct host *host, const char *name)
{
    (void)snprintf(path, PATH_MAX, "%s/%s", host->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(name, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Bytes that are no longer what they were are our own fault: nobody is judged by them. */
static void a_body_that_was_changed_judges_nobody(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    prom_job_order *order = calloc(1, sizeof *order);
    assert_non_null(order);
    *order = (prom_job_order){.channel = channel->record.number, .want = {.job = PROM_JOB_OPEN_JOB}};
    write_file(order->files.body[PROM_BODY_PROGRAM], host, "program");
    write_file(order->files.body[PROM_BODY_INPUT], host, "input");
    order->files.hash[PROM_BODY_PROGRAM] = named("program", 0);
    for (unsigned i = 0; i < 2; i++) { /* a hash that is not the file's, then the right one of what is no program */
        prom_job_task *task = NULL;
        prom_event event;
        assert_ok(prom_job_new(&task, order, channel->channel, error), error);
        prom_job_as_task(task)->run(prom_job_as_task(task));
        prom_job_make_event(task, &event);
        assert_int_equal(event.as.done.unable, i == 0);
        assert_true(event.as.done.checked == (i == 0 ? PROM_CHECKED_UNKNOWN : PROM_CHECKED_BAD));
        assert_int_equal(event.as.done.lost.is, i == 0);
        assert_int_equal(access(order->files.body[PROM_BODY_PROGRAM], F_OK), i == 0 ? -1 : 0);
        assert_true(i != 0 || prom_bytes32_equal(&event.as.done.lost.hash, &order->files.hash[PROM_BODY_PROGRAM]));
        prom_job_free(task);
        write_file(order->files.body[PROM_BODY_PROGRAM], host, "program");
        prom_body_hash(&order->files.hash[PROM_BODY_PROGRAM], PROM_BODY_PROGRAM, NULL,
                       prom_span_of((const uint8_t *)"program", 7));
        prom_body_hash(&order->files.hash[PROM_BODY_INPUT], PROM_BODY_INPUT, NULL,
                       prom_span_of((const uint8_t *)"input", 5));
    }
    free(order);
    host_free(host);
}

/* Before anything is signed, and whatever else is wrong with it. */
static void a_module_is_refused(void **state)
{
    static const char *const names[] = {"PRMW", "input"};
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    prom_job_order *order = calloc(1, sizeof *order);
    prom_job_task *task = NULL;
    prom_event event;
    assert_non_null(order);
    *order = (prom_job_order){.channel = channel->record.number, .want = {.job = PROM_JOB_OPEN_JOB}};
    for (prom_body_kind what = PROM_BODY_PROGRAM; what <= PROM_BODY_INPUT; what++) {
        write_file(order->files.body[what], host, names[what]);
        prom_body_hash(&order->files.hash[what], what, NULL,
                       prom_span_of((const uint8_t *)names[what], strlen(names[what])));
    }
    assert_ok(prom_job_new(&task, order, channel->channel, error), error);
    prom_job_as_task(task)->run(prom_job_as_task(task));
    prom_job_make_event(task, &event);
    assert_false(event.as.done.unable);
    assert_true(event.as.done.checked == PROM_CHECKED_BAD);
    assert_string_equal(event.as.done.reason, "its program is a module, and this node takes integer programs alone");
    assert_null(prom_job_work(task));
    prom_job_free(task);
    free(order);
    host_free(host);
}

/* A channel whose terms are of this job, and what opening it needs. */
static const prom_node_channel *with_job(struct host *host, prom_job_order *order, const struct mapped *job)
{
    const prom_span bodies[] = {[PROM_BODY_PROGRAM] = job->bytes.program, [PROM_BODY_INPUT] = job->bytes.input};
    prom_error *error = &host->test->error;
    prom_node_channel *channel = host_with(host, PLACE_W);
    prom_channel *it = channel->channel;
    it->tree = NULL;
    it->terms.job = job->job->named;
    it->facts.kept[PROM_KEPT_BASE] = prom_span_of(NULL, 0);
    assert_ok(prom_terms_write_base(&channel->arena, &it->facts.kept[PROM_KEPT_PROPOSAL], &it->terms, error), error);
    *order = (prom_job_order){
        .channel = channel->record.number, .runner = job->bytes.runner, .want = {.job = PROM_JOB_OPEN_JOB}};
    for (prom_body_kind what = PROM_BODY_PROGRAM; what <= PROM_BODY_INPUT; what++) {
        (void)snprintf(order->files.body[what], PATH_MAX, "%s/body-%d", host->folder, (int)what);
        assert_ok(prom_file_write(order->files.body[what], bodies[what], error), error);
        order->files.hash[what] = what == PROM_BODY_PROGRAM ? it->terms.job.program_digest : it->terms.job.input_hash;
    }
    return channel;
}

/* What a machine cannot do says nothing of a job, which is opened again when it can. */
static void a_module_is_opened_by_who_runs_it(void **state)
{
    static const struct {
        prom_category fails;
        prom_checked checked;
    } cases[] = {{PROM_CATEGORY_OK, PROM_CHECKED_GOOD},
                 {PROM_CATEGORY_IO, PROM_CHECKED_UNKNOWN},
                 {PROM_CATEGORY_MEMORY, PROM_CHECKED_UNKNOWN},
                 {PROM_CATEGORY_STOPPED, PROM_CHECKED_BAD}, /* as it took too long */
                 {PROM_CATEGORY_BAD_INPUT, PROM_CHECKED_BAD}};
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    const struct mapped job = map_items(test, "join", true, NULL, 5);
    prom_job_order *order = calloc(1, sizeof *order);
    assert_non_null(order);
    const prom_node_channel *channel = with_job(host, order, &job);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_job_task *task = NULL;
        prom_event event;
        job.toy->open_fails = cases[i].fails;
        assert_ok(prom_job_new(&task, order, channel->channel, &test->error), &test->error);
        prom_job_as_task(task)->run(prom_job_as_task(task));
        prom_job_make_event(task, &event);
        assert_int_equal(event.as.done.checked, cases[i].checked);
        assert_int_equal(event.as.done.unable, cases[i].checked == PROM_CHECKED_UNKNOWN);
        assert_int_equal(event.as.done.reason != NULL, cases[i].fails != PROM_CATEGORY_OK);
        const prom_work *work = prom_job_work(task);
        assert_true(cases[i].fails == PROM_CATEGORY_OK ? work->items == 9 && work->fuel == job.job->fuel
                                                       : work == NULL);
        prom_job_free(task);
    }
    free(order);
    host_free(host);
}

/* Who asks is told how many nodes are done; before anything is, that nothing is known. */
static void a_module_tells_how_far_it_is(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    const struct mapped job = map_items(test, "join", true, NULL, 5);
    prom_job_order *order = calloc(1, sizeof *order);
    prom_job_task *task = NULL;
    prom_job_progress progress;
    assert_non_null(order);
    const prom_node_channel *channel = with_job(host, order, &job);
    order->want.job = PROM_JOB_COMPUTE;
    assert_ok(prom_job_new(&task, order, channel->channel, &test->error), &test->error);
    prom_job_progress_of(task, &progress);
    assert_int_equal(progress.job, PROM_JOB_COMPUTE);
    assert_int_equal(progress.done + progress.total, 0);
    prom_job_as_task(task)->run(prom_job_as_task(task));
    prom_job_progress_of(task, &progress);
    assert_int_equal(progress.done, 9);
    assert_int_equal(progress.total, 9);
    prom_job_free(task);
    free(order);
    host_free(host);
}

static void tasks_are_listed(void **state)
{
    enum { TASKS = 3 };
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    prom_job_task *tasks[TASKS];
    prom_job_task *list = NULL;
    for (uint64_t i = 0; i < TASKS; i++) {
        const prom_job_order order = {.channel = 7, .entry = i, .want = {.job = PROM_JOB_OPEN_JOB}};
        assert_ok(prom_job_new(&tasks[i], &order, channel->channel, error), error);
        prom_job_list(&list, tasks[i]);
        assert_ptr_equal(prom_job_listed(list, 7, i), tasks[i]);
    }
    prom_job_unlist(&list, tasks[1]); /* the one in the middle, then the first, then the last */
    assert_null(prom_job_listed(list, 7, 1));
    assert_ptr_equal(prom_job_listed(list, 7, 0), tasks[0]);
    assert_ptr_equal(prom_job_listed(list, 7, 2), tasks[2]);
    assert_null(prom_job_listed(list, 8, 0));
    prom_job_unlist(&list, tasks[1]); /* which is not there */
    prom_job_unlist(&list, tasks[2]);
    prom_job_unlist(&list, tasks[0]);
    assert_null(list);
    for (size_t i = 0; i < TASKS; i++) {
        prom_job_free(tasks[i]);
    }
    host_free(host);
}

/* What a worker has made and nobody else can make is reported, and left where it lies. */
static void what_a_worker_made_is_left_where_it_is(void **state)
{
    static const prom_role roles[] = {PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    prom_job_order *order = calloc(1, sizeof *order);
    assert_non_null(order);
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        prom_job_task *task = NULL;
        prom_event event;
        *order =
            (prom_job_order){.channel = channel->record.number, .role = roles[i], .want = {.job = PROM_JOB_OPEN_KEY}};
        write_file(order->files.body[PROM_BODY_PACKAGE_A], host, "package");
        assert_ok(prom_job_new(&task, order, channel->channel, error), error);
        prom_job_as_task(task)->run(prom_job_as_task(task));
        prom_job_make_event(task, &event);
        assert_true(event.as.done.unable && event.as.done.lost.is);
        assert_int_equal(event.as.done.lost.what, PROM_BODY_PACKAGE_A);
        assert_int_equal(access(order->files.body[PROM_BODY_PACKAGE_A], F_OK), i == 0 ? 0 : -1);
        prom_job_free(task);
    }
    free(order);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_job_without_its_files_is_unable),
        FIXTURE_TEST(a_body_that_was_changed_judges_nobody),
        FIXTURE_TEST(a_module_is_refused),
        FIXTURE_TEST(a_module_is_opened_by_who_runs_it),
        FIXTURE_TEST(a_module_tells_how_far_it_is),
        FIXTURE_TEST(tasks_are_listed),
        FIXTURE_TEST(what_a_worker_made_is_left_where_it_is),
    };
    return cmocka_run_group_tests_name("node/job", tests, NULL, NULL);
}
