#include "market/orders.h"
#include "tensor/files.h"

enum { VERSION_AT = 3, REASON_BYTES = 19, JOINING_BYTES = 9, FITS_BYTES = 1, JOINED_BYTES = 1 };

/* What lies on the disk with other bytes left out, and another version. */
static prom_span older_than(fixture *test, prom_span bytes, uint8_t version, const size_t (*cuts)[2], size_t count)
{
    uint8_t *older = new_bytes(&test->arena, bytes.length, 1);
    size_t at = 0;
    size_t length = 0;
    for (size_t i = 0; i <= count; i++) {
        const size_t end = i < count ? cuts[i][0] : bytes.length;
        memcpy(older + length, bytes.data + at, end - at);
        length += end - at;
        at = i < count ? end + cuts[i][1] : end;
    }
    older[VERSION_AT] = version;
    return prom_span_of(older, length);
}

static size_t find(prom_span bytes, const uint8_t *pattern, size_t length)
{
    size_t at = 0;
    while (memcmp(bytes.data + at, pattern, length) != 0) {
        at++;
        assert_true(at + length <= bytes.length);
    }
    return at;
}

/* Where an order says who joins, and the first part whether its result can be joined: of so peculiar orders. */
static size_t joining_at(prom_span bytes)
{
    static const uint8_t pattern[JOINING_BYTES] = {1, 0, 1, 2, 3, 0, 0, 0, 77};
    return find(bytes, pattern, sizeof pattern);
}

/* It follows the order's end, the state, the end, three heights, and whether all is merged. */
static size_t joined_at(prom_span bytes)
{
    return joining_at(bytes) + JOINING_BYTES + 1 + 1 + 3 * sizeof(uint32_t) + 1;
}

static size_t fits_at(prom_span bytes, const prom_job_part *part)
{
    return find(bytes, part->output.bytes, sizeof part->output) + sizeof part->output;
}

static prom_order peculiar_order(void)
{
    prom_order order = plain_order(10);
    order.scheme = PROM_SCHEME_REPLAY_MODULE;
    order.joining = (prom_joining){.folds = true, .own_folds = 0x010203, .parts_max = 77};
    return order;
}

/* Who joins parts is on the disk; before it was, the own node did. */
static void test_a_job_of_version_2(void **state)
{
    fixture *test = *state;
    const prom_order order = peculiar_order();
    prom_market_job *job = new_job(test, &order);
    prom_market_job *read = NULL;
    prom_span bytes;
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, begun(1, 1));
    (void)take(test, job, at_phase(1, PROM_ATTEMPT_COMPUTE));
    (void)take(test, job, result(1));
    assert_ok(prom_market_job_write(&test->arena, &bytes, job, &test->error), &test->error);
    assert_ok(prom_market_job_read(&test->arena, &read, bytes, &test->error), &test->error);
    assert_true(read->order.joining.folds && read->order.joining.own_folds == 0x010203);
    assert_int_equal(read->order.joining.parts_max, 77);
    assert_true(read->parts[0].fits);
    const size_t cuts[][2] = {{joining_at(bytes), JOINING_BYTES},
                              {joined_at(bytes), JOINED_BYTES},
                              {fits_at(bytes, &job->parts[0]), FITS_BYTES}};
    const prom_span older = older_than(test, bytes, 2, cuts, 3);
    assert_ok(prom_market_job_read(&test->arena, &read, older, &test->error), &test->error);
    assert_true(read->order.joining.folds && read->order.joining.own_folds == UINT32_MAX);
    assert_false(read->parts[0].fits);
    assert_int_equal(read->parts[0].state, PROM_PART_DONE);
}

/* A job in two parts, of which its own node has joined what they have folded, or nobody has. */
static prom_market_job *ended_in_two(fixture *test, bool cancelled)
{
    const prom_order order = peculiar_order();
    prom_market_job *job = new_job(test, &order);
    for (uint32_t i = 1; i <= 2; i++) {
        (void)take(test, job, placed(5 * (i - 1), 5, i));
        (void)take(test, job, begun(i, i));
        (void)take(test, job, at_phase(i, PROM_ATTEMPT_COMPUTE));
        (void)take(test, job, result(i));
    }
    if (cancelled) {
        (void)take(test, job, about(PROM_JOB_EVENT_CANCEL, 0));
    }
    (void)take(test, job, about(PROM_JOB_EVENT_MERGED, 0));
    (void)take(test, job, closed(1, 3));
    (void)take(test, job, closed(2, 3));
    return job;
}

/* Who has joined parts is on the disk; of what an earlier version wrote it is found. */
static void test_a_job_of_version_3(void **state)
{
    fixture *test = *state;
    for (uint32_t cancelled = 0; cancelled < 2; cancelled++) {
        const prom_joiner wanted = cancelled != 0 ? PROM_JOINER_NOBODY : PROM_JOINER_OWN;
        const prom_market_job *job = ended_in_two(test, cancelled != 0);
        prom_market_job *read = NULL;
        prom_span bytes;
        assert_int_equal(prom_market_job_joiner(job), wanted);
        assert_ok(prom_market_job_write(&test->arena, &bytes, job, &test->error), &test->error);
        assert_ok(prom_market_job_read(&test->arena, &read, bytes, &test->error), &test->error);
        assert_int_equal(prom_market_job_joiner(read), wanted);
        const size_t cuts[][2] = {{joined_at(bytes), JOINED_BYTES}};
        const prom_span older = older_than(test, bytes, 3, cuts, 1);
        assert_ok(prom_market_job_read(&test->arena, &read, older, &test->error), &test->error);
        assert_true(read->merged);
        assert_int_equal(prom_market_job_joiner(read), wanted);
    }
}

/* Why somebody took no part is on the disk; what an earlier version wrote, which knew none, is read. */
static void test_a_job_of_version_1(void **state)
{
    static const uint8_t pattern[REASON_BYTES] = {0, 30, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 8};
    fixture *test = *state;
    const prom_order order = peculiar_order();
    prom_market_job *job = new_job(test, &order);
    prom_market_job *read = NULL;
    prom_job_event declined = lost(1, PROM_MISHAP_WORKER_LEFT);
    prom_span bytes;
    declined.as.lost.declined = (prom_quote_reason){30, 1, 9, 8};
    (void)take(test, job, placed(0, 10, 1));
    (void)take(test, job, declined);
    job->parts[0].output = named("output", 0); /* to be found */
    assert_ok(prom_market_job_write(&test->arena, &bytes, job, &test->error), &test->error);
    assert_ok(prom_market_job_read(&test->arena, &read, bytes, &test->error), &test->error);
    assert_int_equal(read->attempts[0].declined.needed, 9);
    const size_t cuts[][2] = {{joining_at(bytes), JOINING_BYTES},
                              {joined_at(bytes), JOINED_BYTES},
                              {fits_at(bytes, &job->parts[0]), FITS_BYTES},
                              {find(bytes, pattern, sizeof pattern), REASON_BYTES}};
    const prom_span older = older_than(test, bytes, 1, cuts, 4);
    assert_ok(prom_market_job_read(&test->arena, &read, older, &test->error), &test->error);
    assert_int_equal(read->attempts[0].loss, PROM_MISHAP_WORKER_LEFT);
    assert_int_equal(read->attempts[0].declined.code, 0);
    assert_true(prom_bytes32_equal(&read->attempts[0].worker, &job->attempts[0].worker));
    assert_fails(prom_market_job_read(&test->arena, &read, older_than(test, bytes, 5, cuts, 4), &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "job");
    job->attempts[0].loss = PROM_MISHAP_CANCELLED; /* nobody declined that */
    job->parts[0].failed_count = 0;
    assert_fails(prom_market_job_check(job, &test->error), PROM_CATEGORY_BROKEN, &test->error, "declined");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_job_of_version_1),
        FIXTURE_TEST(test_a_job_of_version_2),
        FIXTURE_TEST(test_a_job_of_version_3),
    };
    return cmocka_run_group_tests_name("market/job_disk", tests, NULL, NULL);
}
