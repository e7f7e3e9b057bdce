#include "market/orders.h"

#include "node/deal.h"
#include "node/host.h"
#include "trade/ledger.h"
#include "trade/order.h"

/* A job of one part, that a worker did for 1000 sat and fees of 90. */
static prom_market_job *done_job(fixture *test, uint32_t created, size_t number)
{
    prom_order order = plain_order(10);
    order.id = named("job", number);
    prom_market_job *job = NULL;
    assert_ok(prom_market_job_new(&test->arena, &job, &order, created, &test->error), &test->error);
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, begun(1, 5));
    (void)take(test, job, at_phase(1, PROM_ATTEMPT_COMPUTE));
    (void)take(test, job, result(1));
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    (void)take(test, job, closed(1, 3));
    assert_int_equal(job->state, PROM_JOB_ENDED);
    return job;
}

/* One that was ordered long before it was done. */
static prom_market_job *late_job(fixture *test, uint32_t created, uint32_t ended)
{
    prom_order order = plain_order(10);
    prom_market_job *job = NULL;
    const prom_job_event tip = {.kind = PROM_JOB_EVENT_TIP, .as.tip = ended};
    order.id = named("job", created);
    order.search_blocks = ended - created;
    assert_ok(prom_market_job_new(&test->arena, &job, &order, created, &test->error), &test->error);
    (void)take(test, job, tip);
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, begun(1, 5));
    (void)take(test, job, at_phase(1, PROM_ATTEMPT_COMPUTE));
    (void)take(test, job, result(1));
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    (void)take(test, job, closed(1, 3));
    assert_int_equal(job->state, PROM_JOB_ENDED);
    return job;
}

static uint64_t sat(prom_amount amount)
{
    uint64_t value = 0;
    assert_true(prom_amount_get(amount, &value));
    return value;
}

static void assert_worker(const prom_ledger *ledger, size_t worker, uint32_t done, uint64_t spent)
{
    const prom_bytes32 node = named("worker", worker);
    prom_history history = prom_history_empty();
    prom_amount all = prom_amount_zero();
    prom_ledger_of(ledger, &history, &all, &node);
    assert_int_equal(history.done, done);
    assert_int_equal(sat(all), spent);
}

/* What has ended counts for its worker for ever, and for the day of its end. */
static void jobs_that_ended_count(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    prom_ledger *ledger = NULL;
    assert_ok(prom_ledger_open(&ledger, prom_node_store(host->node), &test->error), &test->error);
    assert_worker(ledger, 1, 0, 0);
    assert_int_equal(sat(prom_ledger_day(ledger, 1000)), 0);
    prom_ledger_add(ledger, done_job(test, 1000, 0));
    prom_ledger_add(ledger, done_job(test, 1010, 1));
    assert_worker(ledger, 1, 2, 2000);
    assert_worker(ledger, 2, 0, 0);
    assert_int_equal(sat(prom_ledger_day(ledger, 1010)), 2 * 1090);
    assert_int_equal(sat(prom_ledger_day(ledger, 1005)), 2 * 1090); /* a reorganisation: what was paid was paid */
    assert_int_equal(sat(prom_ledger_day(ledger, 1000 + PROM_LEDGER_DAY)), 1090);
    assert_int_equal(sat(prom_ledger_day(ledger, 1010 + PROM_LEDGER_DAY)), 0);
    prom_ledger_add(ledger, done_job(test, 1000 + PROM_LEDGER_DAY, 2)); /* in the place of the first */
    assert_int_equal(sat(prom_ledger_day(ledger, 1000 + PROM_LEDGER_DAY)), 2 * 1090);
    /* Its money went when it was placed, which was no earlier than it was over. */
    prom_ledger_add(ledger, late_job(test, 1300, 1500));
    assert_int_equal(sat(prom_ledger_day(ledger, 1500)), 1090);
    prom_ledger_close(ledger);
    host_free(host);
}

static void put(struct host *host, prom_market_job *job, bool ended)
{
    prom_ordered *ordered = calloc(1, sizeof *ordered);
    assert_non_null(ordered);
    ordered->wishes.reward = prom_amount_invalid();
    ordered->wishes.retainer = prom_amount_zero();
    ordered->terms[0].c = prom_amount_of(1);
    ordered->job = job;
    prom_store_job record = {.id = job->order.id, .created = job->created, .ended = ended};
    assert_ok(prom_ordered_write(&host->test->arena, &record.bytes, ordered, &host->test->error), &host->test->error);
    assert_ok(prom_node_put_job(host->node, &record, &host->test->error), &host->test->error);
    free(ordered);
}

/* It is read from the database; open jobs, and what cannot be read, are left out. */
static void it_is_in_the_database(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    prom_ledger *ledger = NULL;
    const prom_store_job broken = {
        .id = named("job", 9), .created = 1000, .ended = true, .bytes = prom_span_of((const uint8_t *)"no", 2)};
    put(host, done_job(test, 1000, 0), true);
    put(host, done_job(test, 1000, 1), false);
    assert_ok(prom_node_put_job(host->node, &broken, &test->error), &test->error);
    assert_ok(prom_ledger_open(&ledger, prom_node_store(host->node), &test->error), &test->error);
    assert_worker(ledger, 1, 1, 1000);
    assert_int_equal(sat(prom_ledger_day(ledger, 1000)), 1090);
    prom_ledger_close(ledger);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(jobs_that_ended_count),
        FIXTURE_TEST(it_is_in_the_database),
    };
    return cmocka_run_group_tests_name("trade/ledger", tests, NULL, NULL);
}
