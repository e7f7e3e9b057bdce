#include "node/host.h"
#include "scheme/job.h"

#include <poll.h>

#include "node/look.h"
#include "store/faulty_vfs.h"
#include "system/file.h"

static prom_node_channel *begin_job(struct host *host, prom_bytes32 *name)
{
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_want want = {.kind = PROM_WANT_JOB, .as.job = {.job = PROM_JOB_OPEN_JOB}};
    bool begun = false;
    prom_want_name(name, &want);
    assert_ok(prom_node_begin_want(host->node, channel, &begun, &want, name, &host->test->error), &host->test->error);
    assert_true(begun);
    return channel;
}

static bool wait_for_job(struct host *host)
{
    struct pollfd pool = {.fd = prom_pool_descriptor(host->node->pool), .events = POLLIN};
    assert_int_equal(poll(&pool, 1, 60000), 1);
    return prom_node_take_jobs(host->node);
}

/* A job that fails by a fault of our own is told, and tried again with the next block. */
static void a_job_runs_and_is_told(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_bytes32 name;
    const prom_node_channel *channel = begin_job(host, &name);
    assert_string_equal(host->last[PROM_REPORT_BUSY], "begins");
    assert_true(wait_for_job(host));
    assert_string_equal(host->last[PROM_REPORT_BUSY], "ends");
    assert_true(host->reports[PROM_REPORT_FAULT] > 0);
    assert_false(channel->wants_due);
    host_block(host, NULL, 0);
    assert_true(channel->wants_due);
    host_free(host);
}

/* From when it is given to the pool until its end is taken, and of this channel alone. */
static void work_is_seen_while_it_is_under_way(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    prom_bytes32 name;
    prom_job_progress progress;
    prom_node_channel *channel = begin_job(host, &name);
    assert_ok(prom_look_at(&look, host->node, error), error);
    assert_true(prom_look_work(look, &progress, &channel->record));
    assert_int_equal(progress.job, PROM_JOB_OPEN_JOB);
    channel->entry++;
    assert_false(prom_look_work(look, &progress, &channel->record));
    channel->entry--;
    assert_true(wait_for_job(host));
    assert_null(host->node->under_way);
    assert_false(prom_look_work(look, &progress, &channel->record));
    prom_look_close(&look);
    look = NULL;
    host_free(host);
}

/* A channel that has the number of one that came to nothing is told nothing of that one's job. */
static void what_a_job_found_is_its_channels(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_bytes32 name;
    prom_node_channel *channel = begin_job(host, &name);
    channel->entry++;
    channel->wants_due = false;
    assert_true(wait_for_job(host));
    assert_int_equal(host->reports[PROM_REPORT_FAULT], 0);
    assert_false(channel->wants_due);
    host_free(host);
}

/* What a job took hours for is not lost because the disk is full when it ends. */
static void a_job_that_ended_waits_for_the_disk(void **state)
{
    faulty_install();
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_bytes32 name;
    prom_node_channel *channel = begin_job(host, &name);
    channel->channel->facts.tx0_seen = true; /* so that the step writes something */
    faulty.without_room = true;
    faulty.kind = FAULTY_FAILS;
    faulty.done = 0;
    faulty.at = 1;
    assert_false(wait_for_job(host));
    assert_non_null(host->node->ended);
    faulty.kind = FAULTY_NONE;
    faulty.without_room = false;
    assert_true(prom_node_take_jobs(host->node));
    assert_null(host->node->ended);
    host_free(host);
}

/* -- Judges -- */

struct seen_job {
    prom_work work;
    prom_node_asked asked;
    unsigned count;
    bool takes;
};

static prom_result judge_job(void *context, const prom_node_asked *asked, const prom_work *work, prom_error *error)
{
    struct seen_job *seen = context;
    seen->count++;
    seen->work = *work;
    seen->asked = *asked;
    return seen->takes ? prom_ok() : prom_fail(error, PROM_CATEGORY_PEER, "deadline 12 > 8 blocks");
}

static void write_body(const struct host *host, prom_node_channel *channel, prom_body_kind what, prom_span bytes)
{
    const prom_job *job = &channel->channel->terms.job;
    prom_error *error = &host->test->error;
    char path[PATH_MAX];
    assert_ok(prom_node_body_path(host->node, path, channel->record.number, what,
                                  what == PROM_BODY_PROGRAM ? &job->program_digest : &job->input_hash, error),
              error);
    assert_ok(prom_file_write(path, bytes, error), error);
}

/* A channel that has a real job, and opens it. */
static prom_node_channel *open_real_job(struct host *host, const struct job *job, bool truly)
{
    fixture *test = host->test;
    prom_node_channel *channel = host_with(host, PLACE_W);
    prom_channel *it = channel->channel;
    it->tree = NULL;
    it->terms.job = job->terms.job;
    it->facts.kept[PROM_KEPT_BASE] = prom_span_of(NULL, 0);
    assert_ok(prom_terms_write_base(&channel->arena, &it->facts.kept[PROM_KEPT_PROPOSAL], &it->terms, &test->error),
              &test->error);
    it->facts.setup.phase = PROM_SETUP_ACCEPTED;
    it->facts.setup.job_open = false;
    it->facts.setup.accepting = false;
    if (!truly) {
        it->terms.package_max = 1;
        assert_ok(prom_terms_write_base(&channel->arena, &it->facts.kept[PROM_KEPT_PROPOSAL], &it->terms, &test->error),
                  &test->error);
    }
    write_body(host, channel, PROM_BODY_PROGRAM, job->bytes.program);
    write_body(host, channel, PROM_BODY_INPUT, job->bytes.input);
    const prom_want want = {.kind = PROM_WANT_JOB,
                            .as.job = {.job = PROM_JOB_OPEN_JOB, .subject = it->terms.job.input_hash}};
    bool begun = false;
    prom_bytes32 name;
    prom_want_name(&name, &want);
    assert_ok(prom_node_begin_want(host->node, channel, &begun, &want, &name, &test->error), &test->error);
    assert_true(begun && wait_for_job(host));
    return channel;
}

/* It is asked what it thinks of the job as it is, and its reasons end the setup, as they are told the client. */
static void a_judge_has_the_last_word_on_a_job(void **state)
{
    fixture *test = *state;
    const struct job job = make_job_by(test, "sumcheck");
    prom_work work;
    assert_ok(prom_work_of(&test->arena, &work, job.program, job.scheme->number, JOB_ITEMS, &test->error),
              &test->error);
    for (unsigned i = 0; i < 3; i++) { /* no; yes; no, of what does not suit the terms either */
        struct host *host = host_new(test, PROM_ROLE_WORKER);
        struct seen_job seen = {.takes = i == 1};
        const prom_node_judge judge = {.context = &seen, .job = judge_job};
        prom_node_set_judge(host->node, &judge);
        const prom_node_channel *channel = open_real_job(host, &job, i < 2);
        const prom_setup_session *setup = &channel->channel->facts.setup;
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.work.items, work.items);
        assert_int_equal(seen.work.macs, work.macs);
        assert_int_equal(seen.work.package_bytes, work.package_bytes);
        assert_int_equal(seen.work.prove_effort, work.prove_effort);
        assert_int_equal(seen.work.prove_memory, work.prove_memory);
        assert_int_equal(seen.asked.role, PROM_ROLE_WORKER);
        assert_false(seen.asked.own);
        assert_int_equal(setup->job_open, i == 1);
        assert_true(i == 1 || setup->phase == PROM_SETUP_OVER);
        assert_true((strcmp(setup->reason, "the job is not taken: deadline 12 > 8 blocks") == 0) == (i != 1));
        host_free(host);
    }
}

static void without_a_judge_the_config_decides(void **state)
{
    fixture *test = *state;
    const struct job job = make_job_by(test, "sumcheck");
    for (unsigned i = 0; i < 2; i++) {
        struct host *host = host_new(test, PROM_ROLE_WORKER);
        host->node->config.memory_max = i;
        const prom_node_channel *channel = open_real_job(host, &job, true);
        assert_int_equal(channel->channel->facts.setup.job_open, i == 0);
        assert_true(i == 0 || strstr(channel->channel->facts.setup.reason, "of memory") != NULL);
        host_free(host);
    }
}

struct long_work {
    prom_task task;
    atomic_bool *may_end;
};

static void work(prom_task *task)
{
    const struct long_work *its = (const struct long_work *)task;
    while (!atomic_load(its->may_end)) {
        (void)poll(NULL, 0, 1);
    }
}

/* Ten long jobs under way: blocks are taken, and what is due is listed, as if there were none. */
static void long_jobs_delay_nothing(void **state)
{
    enum { JOBS = 10 };
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_node_channel *channel = host_with(host, PLACE_W);
    atomic_bool may_end = false;
    struct long_work jobs[JOBS];
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i] = (struct long_work){.task = {.run = work}, .may_end = &may_end};
        prom_pool_submit(host->node->pool, &jobs[i].task);
    }
    host_mine_tx(host, PROM_TX0);
    host_mine_to(host, (uint32_t)WORLD_H0 + host->world->session.terms.P.t3);
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publication_count, 1);
    atomic_store(&may_end, true);
    for (size_t ended = 0; ended < JOBS;) {
        struct pollfd pool = {.fd = prom_pool_descriptor(host->node->pool), .events = POLLIN};
        assert_int_equal(poll(&pool, 1, 60000), 1);
        ended += prom_pool_take(host->node->pool) != NULL;
    }
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_job_runs_and_is_told),
        FIXTURE_TEST(work_is_seen_while_it_is_under_way),
        FIXTURE_TEST(what_a_job_found_is_its_channels),
        FIXTURE_TEST(a_job_that_ended_waits_for_the_disk),
        FIXTURE_TEST(a_judge_has_the_last_word_on_a_job),
        FIXTURE_TEST(without_a_judge_the_config_decides),
        FIXTURE_TEST(long_jobs_delay_nothing),
    };
    return cmocka_run_group_tests_name("node/start", tests, NULL, NULL);
}
