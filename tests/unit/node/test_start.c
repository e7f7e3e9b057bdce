#include "node/host.h"

#include <poll.h>

#include "store/faulty_vfs.h"

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
        FIXTURE_TEST(a_job_that_ended_waits_for_the_disk),
        FIXTURE_TEST(long_jobs_delay_nothing),
    };
    return cmocka_run_group_tests_name("node/start", tests, NULL, NULL);
}
