/* The market's verifiers, and how they are left. */
#include "market/orders.h"

/* A market's verifier that lets a setup come to nothing is not taken again for the items, and its worker is; where it
 * is not known who it was, neither is. Whom the owner has named stays. */
static void test_a_verifier_leaves(void **state)
{
    fixture *test = *state;
    prom_order order = plain_order(10);
    order.verifier = PROM_VERIFIER_MARKET;
    prom_market_job *job = new_job(test, &order);
    prom_job_event event = placed(0, 10, 1);
    event.as.placed.verifier = named("verifier", 1);
    (void)take(test, job, event);
    (void)take(test, job, lost(1, PROM_MISHAP_VERIFIER_LEFT));
    (void)take(test, job, closed(1, PROM_ATTEMPT_UNSIGNED));
    assert_int_equal(job->attempts[0].loss, PROM_MISHAP_VERIFIER_LEFT);
    assert_int_equal(job->parts[0].failed_count, 0);
    assert_int_equal(take(test, job, event).refused.list[0].code, PROM_REASON_PEER_FAILED);
    event.as.placed.verifier = named("verifier", 2);
    event.as.placed.items = 4;
    assert_true(take(test, job, event).changed);
    event.as.placed.first = 4;
    event.as.placed.items = 6;
    event.as.placed.verifier = named("verifier", 1);
    assert_int_equal(take(test, job, event).refused.list[0].code, PROM_REASON_PEER_FAILED); /* of what was split, too */
    (void)take(test, job, closed(2, PROM_ATTEMPT_UNSIGNED));
    assert_int_equal(job->parts[0].failed_count, 1);
    assert_true(prom_market_job_verifier_failed(job, &job->parts[0], &job->attempts[1].verifier));
    assert_false(prom_market_job_verifier_failed(job, &job->parts[1], &job->attempts[1].verifier));
    order.verifier = PROM_VERIFIER_KEY;
    order.verifier_key = named("verifier", 1);
    job = new_job(test, &order);
    event = placed(0, 10, 1);
    event.as.placed.verifier = order.verifier_key;
    (void)take(test, job, event);
    (void)take(test, job, lost(1, PROM_MISHAP_VERIFIER_LEFT));
    assert_true(take(test, job, event).changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_a_verifier_leaves)};
    return cmocka_run_group_tests_name("market/job_verifier", tests, NULL, NULL);
}
