/* Parts that fold, and who joins what they have folded. */
#include "market/orders.h"
#include "tensor/files.h"

enum { ITEMS = 6 };

/* A job in `parts` parts of a program that folds, all of them done but those after `done`. */
static prom_market_job *in_parts(fixture *test, uint32_t own_folds, uint32_t parts, uint32_t done)
{
    prom_order order = plain_order(ITEMS);
    order.joining = (prom_joining){.folds = true, .own_folds = own_folds, .parts_max = 5};
    prom_market_job *job = new_job(test, &order);
    for (uint32_t i = 0; i < parts; i++) {
        (void)take(test, job, placed(i, i + 1 < parts ? 1 : ITEMS - i, i + 1));
        (void)take(test, job, begun(i + 1, i + 1));
        (void)take(test, job, at_phase(i + 1, PROM_ATTEMPT_COMPUTE));
    }
    for (uint32_t i = 1; i <= done; i++) {
        (void)take(test, job, result(i));
    }
    return job;
}

static void test_few_folds_are_the_own_nodes(void **state)
{
    fixture *test = *state;
    const prom_market_job *job = in_parts(test, 2, 3, 3);
    assert_int_equal(job->part_count, 3);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_OWN);
    assert_wants(job, "M");
    const prom_market_job *one = in_parts(test, 0, 1, 1);
    assert_int_equal(prom_market_job_joiner(one), PROM_JOINER_NONE);
    assert_wants(one, "M");
    const prom_market_job *many = in_parts(test, 0, 6, 6); /* of which no contract takes the results */
    assert_int_equal(prom_market_job_joiner(many), PROM_JOINER_OWN);
    assert_wants(many, "M");
}

/* It is there once all others are done, and goes the way of any part. */
static void test_more_are_a_contracts(void **state)
{
    fixture *test = *state;
    prom_market_job *job = in_parts(test, 1, 3, 2);
    assert_int_equal(job->part_count, 3);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_NONE);
    (void)take(test, job, result(3));
    assert_int_equal(job->part_count, 4);
    assert_int_equal(prom_market_job_batch_parts(job), 3);
    assert_int_equal(job->parts[3].first, ITEMS);
    assert_int_equal(job->parts[3].items, 3);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_CONTRACT);
    assert_int_equal(prom_market_job_items_done(job), ITEMS);
    assert_wants(job, "P");
    assert_int_equal(take(test, job, placed(ITEMS, 2, 7)).refused.count, 1); /* it is not split */
    assert_int_equal(take(test, job, placed(ITEMS, 3, 7)).refused.count, 0);
    (void)take(test, job, begun(4, 4));
    (void)take(test, job, lost(4, PROM_MISHAP_WORKER_LEFT));
    (void)take(test, job, closed(4, 0));
    assert_wants(job, "P");
    assert_int_equal(take(test, job, placed(ITEMS, 3, 7)).refused.count, 1); /* it has failed with it */
    (void)take(test, job, placed(ITEMS, 3, 8));
    (void)take(test, job, begun(5, 5));
    (void)take(test, job, at_phase(5, PROM_ATTEMPT_COMPUTE));
    assert_wants(job, "");
    (void)take(test, job, result(5));
    assert_wants(job, "M");
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_CONTRACT);
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    for (uint32_t i = 1; i <= 5; i++) {
        (void)take(test, job, closed(i, 3));
    }
    assert_int_equal(job->end, PROM_JOB_END_DONE);
}

static void test_a_result_that_does_not_fit(void **state)
{
    fixture *test = *state;
    prom_market_job *job = in_parts(test, 0, 2, 1);
    prom_job_event long_one = result(2);
    long_one.as.result.fits = false;
    (void)take(test, job, long_one);
    assert_int_equal(job->part_count, 2);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_OWN);
    assert_wants(job, "M");
}

static void test_where_a_part_is_missing(void **state)
{
    fixture *test = *state;
    prom_market_job *job = in_parts(test, 1, 4, 3);
    (void)take(test, job, lost(4, PROM_MISHAP_SILENT));
    (void)take(test, job, tip(BEGIN_TIP + 100));
    assert_int_equal(job->parts[3].state, PROM_PART_FAILED);
    assert_int_equal(job->part_count, 4);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_NOBODY);
    assert_wants(job, "M");
    (void)take(test, job, result(4)); /* it comes after all */
    assert_int_equal(job->part_count, 5);
    assert_wants(job, "P");
}

/* What is paid for is joined after all. */
static void test_nobody_takes_it(void **state)
{
    fixture *test = *state;
    prom_market_job *job = in_parts(test, 0, 2, 2);
    (void)take(test, job, tip(BEGIN_TIP + 100));
    assert_int_equal(job->parts[2].state, PROM_PART_FAILED);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_OWN);
    assert_wants(job, "M");
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, closed(2, 3));
    assert_int_equal(job->end, PROM_JOB_END_DONE);
}

static void test_its_owner_cancels(void **state)
{
    fixture *test = *state;
    prom_market_job *job = in_parts(test, 0, 2, 2);
    (void)take(test, job, about(PROM_JOB_EVENT_CANCEL, 0));
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_NOBODY);
    assert_wants(job, "M");
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, closed(2, 3));
    assert_int_equal(job->end, PROM_JOB_END_PARTLY);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_NOBODY);
}

/* Its own node may fold for as long as it likes, or not be able to. */
static void test_cancelled_before_the_own_node_joins(void **state)
{
    fixture *test = *state;
    prom_market_job *job = in_parts(test, UINT32_MAX, 2, 2);
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_OWN);
    (void)take(test, job, about(PROM_JOB_EVENT_CANCEL, 0));
    assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_NOBODY);
    assert_wants(job, "M");
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, closed(2, 3));
    assert_int_equal(job->end, PROM_JOB_END_PARTLY);
}

/* What is joined stays so. */
static void test_cancelled_after_it(void **state)
{
    fixture *test = *state;
    for (uint32_t own = 0; own < 2; own++) {
        prom_market_job *job = in_parts(test, own, 2, 2);
        (void)take(test, job, tip(BEGIN_TIP + 100));
        (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
        (void)take(test, job, about(PROM_JOB_EVENT_CANCEL, 0));
        (void)take(test, job, closed(1, 3));
        (void)take(test, job, closed(2, 3));
        assert_int_equal(prom_market_job_joiner(job), PROM_JOINER_OWN);
        assert_int_equal(job->end, PROM_JOB_END_DONE);
    }
}

struct told {
    char text[4096];
};

static void tell(void *context, const prom_job_line *line)
{
    struct told *told = context;
    const size_t length = strlen(told->text);
    (void)snprintf(told->text + length, sizeof told->text - length, "%s\n", line->text);
}

static void test_it_says_so(void **state)
{
    fixture *test = *state;
    prom_market_job *job = in_parts(test, 0, 2, 2);
    struct told told = {""};
    prom_market_job_why(job, tell, &told);
    assert_non_null(strstr(told.text, "the folds that join 2 parts wait for a worker since block 1000"));
    (void)take(test, job, about(PROM_JOB_EVENT_CANCEL, 0));
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, closed(2, 3));
    prom_market_job_receipt(job, NULL, tell, &told);
    assert_non_null(strstr(told.text, "6 of 6 items have their output; every item has its output, and nobody has"));
}

static prom_result check(fixture *test, const prom_market_job *job)
{
    return prom_market_job_check(job, &test->error);
}

static void test_facts_that_cannot_be(void **state)
{
    fixture *test = *state;
    const prom_market_job *right = in_parts(test, 0, 2, 2);
    prom_market_job *job = new_bytes(&test->arena, 1, sizeof *job);
    *job = *right;
    assert_ok(check(test, job), &test->error);
    job->parts[2].items = 3;
    assert_fails(check(test, job), PROM_CATEGORY_BROKEN, &test->error, "joins what is not there");
    *job = *right;
    job->parts[2].first++;
    assert_fails(check(test, job), PROM_CATEGORY_BROKEN, &test->error, "joins what is not there");
    *job = *right;
    job->order.joining.folds = false;
    assert_fails(check(test, job), PROM_CATEGORY_BROKEN, &test->error, "joins what is not there");
    *job = *right;
    job->parts[1].state = PROM_PART_WAITING;
    job->parts[1].attempt = 0;
    job->attempts[1].has_result = false;
    job->attempts[1].loss = PROM_MISHAP_CANCELLED;
    assert_fails(check(test, job), PROM_CATEGORY_BROKEN, &test->error, "they are not done");
    *job = *right;
    (void)take(test, job, placed(ITEMS, 2, 7));
    job->attempts[2].items = 1;
    assert_fails(check(test, job), PROM_CATEGORY_BROKEN, &test->error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_few_folds_are_the_own_nodes),
        FIXTURE_TEST(test_more_are_a_contracts),
        FIXTURE_TEST(test_a_result_that_does_not_fit),
        FIXTURE_TEST(test_where_a_part_is_missing),
        FIXTURE_TEST(test_nobody_takes_it),
        FIXTURE_TEST(test_its_owner_cancels),
        FIXTURE_TEST(test_cancelled_before_the_own_node_joins),
        FIXTURE_TEST(test_cancelled_after_it),
        FIXTURE_TEST(test_it_says_so),
        FIXTURE_TEST(test_facts_that_cannot_be),
    };
    return cmocka_run_group_tests_name("market/job_join", tests, NULL, NULL);
}
