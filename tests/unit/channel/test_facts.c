/* Facts as bytes: whatever a party knows is the same after a crash. */
#include "channel/random_facts.h"

enum { TRIES = 40 };

/* Of lists and of what arbiters have said, what is there; not what there is room for. */
static void forget_said(prom_attestation *read[PROM_ARBITERS_MAX], prom_attestation *const written[PROM_ARBITERS_MAX],
                        const uint8_t counts[PROM_ARBITERS_MAX])
{
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        for (size_t j = 0; j < counts[i]; j++) {
            assert_memory_equal(&read[i][j], &written[i][j], sizeof written[i][j]);
        }
        read[i] = written[i];
    }
}

static void forget_statements(prom_batch_facts *read, const prom_batch_facts *written)
{
    prom_evidence *statements = &read->evidence.statements;
    assert_int_equal(statements->count, written->evidence.statements.count);
    for (size_t i = 0; i < statements->count; i++) {
        assert_memory_equal(&statements->list[i], &written->evidence.statements.list[i], sizeof statements->list[i]);
    }
    *statements = written->evidence.statements;
    forget_said(read->arbitration.commitments, written->arbitration.commitments, written->arbitration.commitment_count);
    forget_said(read->arbitration.votes, written->arbitration.votes, written->arbitration.vote_count);
}

/* What reading has moved: spans lie elsewhere, and so are compared by their bytes, and then made the same. */
static void forget_where(fixture *test, prom_facts *read, const prom_facts *written)
{
    assert_int_equal(read->setup.candidate_count, written->setup.candidate_count);
    for (size_t i = 0; i < written->setup.candidate_count; i++) {
        prom_candidate *copy = &read->setup.candidates[i];
        const prom_candidate *candidate = &written->setup.candidates[i];
        if (copy->announced || copy->has_seat_word || copy->answered) {
            assert_ptr_equal(copy->seat.announcement.address.data, copy->address.bytes);
        }
        copy->seat.announcement.address = candidate->seat.announcement.address;
        assert_true(prom_span_equal(copy->proof, candidate->proof));
        copy->proof = candidate->proof;
        assert_memory_equal(copy, candidate, sizeof *copy);
    }
    read->setup.candidates = written->setup.candidates;
    for (size_t i = 0; i < PROM_KEPT_KINDS; i++) {
        assert_true(prom_span_equal(read->kept[i], written->kept[i]));
        read->kept[i] = written->kept[i];
    }
    forget_statements(&read->batches[0], &written->batches[0]);
    (void)test;
}

static bool is_part(size_t part)
{
    return part <= PROM_PART_ARBITRATION || (part >= PROM_PART_KEPT && part < PROM_PARTS);
}

static void assert_same_after_reading(fixture *test, const prom_facts *facts)
{
    void *room = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &room, 1, sizeof(prom_facts), &test->error), &test->error);
    prom_facts *read = room;
    for (size_t part = 0; part < PROM_PARTS; part++) {
        if (is_part(part)) {
            const prom_span bytes = part_of(test, facts, (prom_part)part);
            assert_ok(prom_facts_read(&test->arena, read, (prom_part)part, 0, bytes, &test->error), &test->error);
            assert_true(prom_span_equal(bytes, part_of(test, facts, (prom_part)part)));
        }
    }
    for (size_t part = 0; part < PROM_PARTS; part++) {
        if (is_part(part)) {
            assert_true(prom_span_equal(part_of(test, read, (prom_part)part), part_of(test, facts, (prom_part)part)));
        }
    }
    forget_where(test, read, facts);
    assert_memory_equal(read, facts, sizeof *read);
}

static void test_every_role_in_every_phase(void **state)
{
    uint64_t random = 1;
    for (size_t i = 0; i < TRIES; i++) {
        for (unsigned role = 0; role < PROM_ROLES; role++) {
            const prom_setup_phase phase = (prom_setup_phase)random_below(&random, PROM_SETUP_PHASES);
            assert_same_after_reading(*state, random_facts(*state, &random, (prom_role)role, phase));
        }
        prom_arena_free(&((fixture *)*state)->arena);
    }
}

static void test_every_byte_counts(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    const prom_facts *facts = random_facts(test, &random, PROM_ROLE_ARBITER, PROM_SETUP_GIVEN);
    const prom_span channel = part_of(test, facts, PROM_PART_CHANNEL);
    assert_every_byte_counts(test, &random, PROM_PART_CHANNEL, channel);
    assert_nothing_left_over(test, PROM_PART_CHANNEL, channel);
    prom_facts kept = {.kept[PROM_KEPT_TX0] = random_span(test, &random, 50)};
    assert_every_byte_counts(test, &random, (prom_part)(PROM_PART_KEPT + PROM_KEPT_TX0),
                             part_of(test, &kept, (prom_part)(PROM_PART_KEPT + PROM_KEPT_TX0)));
}

static void test_what_there_is_nothing_of_is_empty(void **state)
{
    fixture *test = *state;
    prom_facts none = {.role = PROM_ROLE_WORKER};
    assert_int_equal(part_of(test, &none, PROM_PART_MONEY).length, 0); /* no batch yet */
    none.batch_count = 1;
    assert_true(part_of(test, &none, PROM_PART_MONEY).length > 0);
    assert_int_equal(part_of(test, &none, PROM_PART_ARBITRATION).length, 0); /* a worker decides nothing */
    assert_int_equal(part_of(test, &none, (prom_part)(PROM_PART_KEPT + PROM_KEPT_TERMS)).length, 0);
}

static void test_parts_that_do_not_exist(void **state)
{
    fixture *test = *state;
    prom_facts none = {0};
    prom_span bytes;
    const uint8_t one = 1;
    assert_fails(prom_facts_write(&test->arena, &bytes, &none, (prom_part)5, 0, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "no part 5");
    assert_fails(prom_facts_write(&test->arena, &bytes, &none, PROM_PART_MONEY, PROM_BATCHES_MAX, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "no part");
    assert_fails(prom_facts_read(&test->arena, &none, PROM_PARTS, 0, prom_span_of(&one, 1), &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "which facts have not");
    assert_fails(prom_facts_read(&test->arena, &none, (prom_part)(PROM_PART_KEPT + PROM_KEPT_TERMS), 0,
                                 prom_span_of(&one, 1), &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "on disk"); /* a version, and then nothing */
}

/* What cannot be is no fact, and comes to no disk. */
static void test_what_is_out_of_range_is_not_written(void **state)
{
    fixture *test = *state;
    prom_span bytes;
    prom_facts facts = {.batch_count = PROM_BATCHES_MAX + 1};
    assert_fails(prom_facts_write(&test->arena, &bytes, &facts, PROM_PART_CHANNEL, 0, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "out of range");
    facts = (prom_facts){.role = PROM_ROLES};
    assert_fails(prom_facts_write(&test->arena, &bytes, &facts, PROM_PART_CHANNEL, 0, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "out of range");
    facts = (prom_facts){.own.coin_count = PROM_COINS_MAX + 1};
    assert_fails(prom_facts_write(&test->arena, &bytes, &facts, PROM_PART_CHANNEL, 0, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "out of range");
    memset(facts.frozen_reason, 'x', sizeof facts.frozen_reason);
    facts.own.coin_count = 0;
    assert_fails(prom_facts_write(&test->arena, &bytes, &facts, PROM_PART_CHANNEL, 0, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "out of range");
}

static void test_memory_that_is_not_there_is_said(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    const prom_facts *facts = random_facts(test, &random, PROM_ROLE_ARBITER, PROM_SETUP_KEYING);
    const prom_part parts[] = {PROM_PART_CHANNEL, PROM_PART_SETUP, PROM_PART_EVIDENCE, PROM_PART_ARBITRATION};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        PROM_SCOPED(prom_arena_free) prom_arena little = {0};
        prom_span bytes;
        prom_arena_init(&little, 64);
        assert_fails(prom_facts_write(&little, &bytes, facts, parts[i], 0, &test->error), PROM_CATEGORY_MEMORY,
                     &test->error, "memory");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_role_in_every_phase),           FIXTURE_TEST(test_every_byte_counts),
        FIXTURE_TEST(test_what_there_is_nothing_of_is_empty),   FIXTURE_TEST(test_parts_that_do_not_exist),
        FIXTURE_TEST(test_what_is_out_of_range_is_not_written), FIXTURE_TEST(test_memory_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
