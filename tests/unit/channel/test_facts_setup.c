#include "channel/random_facts.h"

static void test_every_byte_counts(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    prom_facts *facts = random_facts(test, &random, PROM_ROLE_CLIENT, PROM_SETUP_SEATING);
    while (facts->setup.candidate_count < 3) {
        random_candidates(test, &random, &facts->setup);
    }
    facts->setup.candidate_count = 3;
    facts->setup.seat_count = 1;
    facts->setup.seats[0] = 2;
    const prom_span bytes = part_of(test, facts, PROM_PART_SETUP);
    assert_every_byte_counts(test, &random, PROM_PART_SETUP, bytes);
    assert_nothing_left_over(test, PROM_PART_SETUP, bytes);
}

/* Once our signature of Tx0 is out nobody asks who else could have a seat. */
static void test_candidates_go_with_the_setup(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    prom_facts *facts = random_facts(test, &random, PROM_ROLE_WORKER, PROM_SETUP_COMPLETE);
    prom_facts *read = random_facts(test, &random, PROM_ROLE_WORKER, PROM_SETUP_NEW);
    random_candidates(test, &random, &facts->setup);
    facts->setup.phase = PROM_SETUP_GIVEN;
    const prom_span bytes = part_of(test, facts, PROM_PART_SETUP);
    assert_true(bytes.length < 1024);
    memset(&read->setup, 0, sizeof read->setup);
    assert_ok(prom_facts_read(&test->arena, read, PROM_PART_SETUP, 0, bytes, &test->error), &test->error);
    assert_int_equal(read->setup.candidate_count, 0);
    assert_int_equal(read->setup.phase, PROM_SETUP_GIVEN);
    assert_memory_equal(&read->setup.base_signatures, &facts->setup.base_signatures, sizeof(prom_base_signatures));
}

/* What a node has written before version 3 is read: nothing else would defend its contracts. */
static void test_version_2_is_read(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    prom_facts *facts = random_facts(test, &random, PROM_ROLE_WORKER, PROM_SETUP_GIVEN);
    prom_facts *read = random_facts(test, &random, PROM_ROLE_WORKER, PROM_SETUP_NEW);
    facts->setup.refused_by = 0;
    const prom_span bytes = part_of(test, facts, PROM_PART_SETUP);
    const size_t at = 3 + strlen(facts->setup.reason); /* behind version, phase, and the reason with its length */
    uint8_t *old = NULL;
    assert_ok(prom_arena_alloc(&test->arena, (void **)&old, bytes.length, 1, &test->error), &test->error);
    memcpy(old, bytes.data, at);
    memcpy(old + at, bytes.data + at + 1, bytes.length - at - 1);
    for (uint8_t version = 0; version <= 4; version++) {
        const bool good = version == 2;
        old[0] = version;
        read->setup.refused_by = 3;
        const prom_result result =
            prom_facts_read(&test->arena, read, PROM_PART_SETUP, 0, prom_span_of(old, bytes.length - 1), &test->error);
        assert_int_equal(prom_is_ok(result), good);
    }
    memset(&read->setup, 0, sizeof read->setup);
    old[0] = 2;
    assert_ok(
        prom_facts_read(&test->arena, read, PROM_PART_SETUP, 0, prom_span_of(old, bytes.length - 1), &test->error),
        &test->error);
    const prom_span again = part_of(test, read, PROM_PART_SETUP);
    assert_int_equal(again.length, bytes.length);
    assert_memory_equal(again.data, bytes.data, bytes.length);
}

static void assert_not_written(fixture *test, const prom_facts *facts)
{
    prom_span bytes;
    assert_fails(prom_facts_write(&test->arena, &bytes, facts, PROM_PART_SETUP, 0, &test->error), PROM_CATEGORY_BROKEN,
                 &test->error, "out of range");
}

static void test_what_cannot_be_is_not_written(void **state)
{
    fixture *test = *state;
    prom_candidate candidates[2] = {{.silent_by = 8}};
    prom_facts facts = {.setup = {.seat_count = 1}};
    assert_not_written(test, &facts); /* the seat of a candidate that is not there */
    facts.setup = (prom_setup_session){.candidate_count = 2, .candidates = candidates};
    assert_not_written(test, &facts);
    candidates[0].silent_by = 7;
    facts.setup = (prom_setup_session){.candidate_count = 2, .candidates = candidates, .seat_count = 1, .seats = {1}};
    (void)part_of(test, &facts, PROM_PART_SETUP);
    facts.setup.digest_same = 1 << PROM_PLACES_MAX;
    assert_not_written(test, &facts);
    facts.setup = (prom_setup_session){.phase = PROM_SETUP_PHASES};
    assert_not_written(test, &facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_byte_counts),
        FIXTURE_TEST(test_candidates_go_with_the_setup),
        FIXTURE_TEST(test_version_2_is_read),
        FIXTURE_TEST(test_what_cannot_be_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
