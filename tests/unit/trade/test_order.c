#include "market/orders.h"

#include "trade/order.h"

static prom_ordered *ordered_job(fixture *test)
{
    const prom_order order = plain_order(10);
    prom_ordered *ordered = calloc(1, sizeof *ordered);
    assert_non_null(ordered);
    ordered->job = new_job(test, &order);
    ordered->wishes = (prom_order_wishes){.parts_min = 4,
                                          .workers_min = 2,
                                          .height = 900,
                                          .reward = prom_amount_invalid(),
                                          .retainer = prom_amount_of(1500),
                                          .feerate = 3,
                                          .worker_count = 2};
    for (size_t i = 0; i < 2; i++) {
        ordered->wishes.workers[i].key = named("worker", i);
    }
    ordered->wishes.workers[1].address = (prom_address){.length = 3, .bytes = {'a', ':', '1'}};
    (void)take(test, ordered->job, placed(0, 6, 1));
    (void)take(test, ordered->job, placed(6, 4, 2));
    ordered->terms[1] = (prom_attempt_terms){.c = prom_amount_of(7), .package_max = 12345};
    ordered->terms[0] = (prom_attempt_terms){.c = prom_amount_of(8), .package_max = 1};
    return ordered;
}

static void what_was_written_is_read(void **state)
{
    fixture *test = *state;
    prom_ordered *ordered = ordered_job(test);
    prom_ordered *read = NULL;
    prom_span bytes;
    prom_span again;
    ordered->wishes.reward = prom_amount_of(77);
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(prom_ordered_write(&test->arena, &bytes, ordered, &test->error), &test->error);
        assert_ok(prom_ordered_read(&test->arena, &read, bytes, &test->error), &test->error);
        assert_ok(prom_ordered_write(&test->arena, &again, read, &test->error), &test->error);
        assert_true(prom_span_equal(bytes, again));
        assert_true(prom_amount_equal(read->wishes.retainer, prom_amount_of(1500)));
        assert_int_equal(prom_amount_is_valid(read->wishes.reward), i == 0);
        assert_int_equal(read->terms[1].package_max, 12345);
        assert_int_equal(read->wishes.workers[1].address.length, 3);
        assert_int_equal(read->job->attempt_count, 2);
        ordered->wishes.reward = prom_amount_invalid();
    }
    free(ordered);
}

/* Nothing but these bytes is taken for a job. */
static void other_bytes_are_none(void **state)
{
    fixture *test = *state;
    prom_ordered *ordered = ordered_job(test);
    prom_ordered *read = NULL;
    prom_span bytes;
    assert_ok(prom_ordered_write(&test->arena, &bytes, ordered, &test->error), &test->error);
    for (size_t length = 0; length < bytes.length; length += 7) {
        assert_int_equal(
            prom_ordered_read(&test->arena, &read, prom_span_of(bytes.data, length), &test->error).category,
            PROM_CATEGORY_BROKEN);
        assert_null(read);
    }
    uint8_t *changed = malloc(bytes.length);
    assert_non_null(changed);
    memcpy(changed, bytes.data, bytes.length);
    changed[4] ^= 1; /* the magic */
    assert_int_equal(prom_ordered_read(&test->arena, &read, prom_span_of(changed, bytes.length), &test->error).category,
                     PROM_CATEGORY_BROKEN);
    free(changed);
    /* Terms of another number of attempts than the job has. */
    prom_span one;
    (void)take(test, ordered->job, (prom_job_event){.kind = PROM_JOB_EVENT_CANCEL});
    ordered->job->attempt_count = 1;
    ordered->job->part_count = 1;
    ordered->job->parts[0].items = 10;
    ordered->job->attempts[0].items = 10;
    assert_ok(prom_ordered_write(&test->arena, &one, ordered, &test->error), &test->error);
    const size_t head = (size_t)bytes.data[2] << 8 | bytes.data[3];
    const size_t other = (size_t)one.data[2] << 8 | one.data[3];
    uint8_t *mixed = malloc(4 + head + one.length - other - 4);
    assert_non_null(mixed);
    memcpy(mixed, bytes.data, 4 + head);
    memcpy(mixed + 4 + head, one.data + 4 + other, one.length - other - 4);
    assert_fails(prom_ordered_read(&test->arena, &read, prom_span_of(mixed, head + one.length - other), &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "terms of 2");
    free(mixed);
    free(ordered);
}

static void names_tell_attempts_apart(void **state)
{
    char one[PROM_ATTEMPT_NAME];
    char two[PROM_ATTEMPT_NAME];
    const prom_bytes32 jobs[] = {named("job", 0), named("job", 1)};
    (void)state;
    assert_string_not_equal(prom_attempt_name(one, &jobs[0], 1), prom_attempt_name(two, &jobs[0], 11));
    assert_string_not_equal(prom_attempt_name(one, &jobs[0], 1), prom_attempt_name(two, &jobs[1], 1));
    assert_true(strlen(prom_attempt_name(one, &jobs[0], UINT32_MAX)) < PROM_ATTEMPT_NAME - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_was_written_is_read),
        FIXTURE_TEST(other_bytes_are_none),
        FIXTURE_TEST(names_tell_attempts_apart),
    };
    return cmocka_run_group_tests_name("trade/order", tests, NULL, NULL);
}
