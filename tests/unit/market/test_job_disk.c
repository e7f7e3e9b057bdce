#include "market/orders.h"

/* Why somebody took no part is on the disk; what an earlier version wrote, which knew none, is read. */
static void test_a_job_of_version_1(void **state)
{
    enum { VERSION_AT = 3, REASON_BYTES = 19 };
    static const uint8_t pattern[REASON_BYTES] = {0, 30, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 8};
    fixture *test = *state;
    const prom_order order = plain_order(10);
    prom_market_job *job = new_job(test, &order);
    prom_market_job *read = NULL;
    prom_job_event declined = lost(1, PROM_MISHAP_WORKER_LEFT);
    prom_span bytes;
    size_t at = 0;
    declined.as.lost.declined = (prom_quote_reason){30, 1, 9, 8};
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, declined);
    assert_ok(prom_market_job_write(&test->arena, &bytes, job, &test->error), &test->error);
    assert_ok(prom_market_job_read(&test->arena, &read, bytes, &test->error), &test->error);
    assert_int_equal(read->attempts[0].declined.needed, 9);
    while (memcmp(bytes.data + at, pattern, sizeof pattern) != 0) {
        at++;
        assert_true(at + sizeof pattern <= bytes.length);
    }
    uint8_t *older = malloc(bytes.length);
    assert_non_null(older);
    memcpy(older, bytes.data, bytes.length);
    older[VERSION_AT] = 1;
    memmove(older + at, older + at + REASON_BYTES, bytes.length - at - REASON_BYTES);
    assert_ok(prom_market_job_read(&test->arena, &read, prom_span_of(older, bytes.length - REASON_BYTES), &test->error),
              &test->error);
    assert_int_equal(read->attempts[0].loss, PROM_MISHAP_WORKER_LEFT);
    assert_int_equal(read->attempts[0].declined.code, 0);
    assert_true(prom_bytes32_equal(&read->attempts[0].worker, &job->attempts[0].worker));
    older[VERSION_AT] = 3;
    assert_fails(
        prom_market_job_read(&test->arena, &read, prom_span_of(older, bytes.length - REASON_BYTES), &test->error),
        PROM_CATEGORY_BROKEN, &test->error, "job");
    job->attempts[0].loss = PROM_MISHAP_CANCELLED; /* nobody declined that */
    job->parts[0].failed_count = 0;
    assert_fails(prom_market_job_check(job, &test->error), PROM_CATEGORY_BROKEN, &test->error, "declined");
    free(older);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_job_of_version_1),
    };
    return cmocka_run_group_tests_name("market/job_disk", tests, NULL, NULL);
}
