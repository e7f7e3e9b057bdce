#include "channel/random_facts.h"

static void test_every_byte_counts(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    prom_facts *facts = random_facts(test, &random, PROM_ROLE_ARBITER, PROM_SETUP_GIVEN);
    facts->batches[0].evidence.statements.count = 0;
    for (unsigned kind = PROM_ATTESTATION_PACKAGE; kind <= PROM_ATTESTATION_VOTE; kind++) {
        prom_evidence *statements = &facts->batches[0].evidence.statements;
        statements->list[statements->count++] = random_statement(&random, (prom_attestation_kind)kind);
    }
    for (unsigned part = PROM_PART_MONEY; part <= PROM_PART_ARBITRATION; part++) {
        const prom_span bytes = part_of(test, facts, (prom_part)part);
        assert_every_byte_counts(test, &random, (prom_part)part, bytes);
        assert_nothing_left_over(test, (prom_part)part, bytes);
    }
}

static void test_the_fullest_batch_has_room(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    prom_facts *facts = random_facts(test, &random, PROM_ROLE_ARBITER, PROM_SETUP_GIVEN);
    prom_evidence *statements = &facts->batches[0].evidence.statements;
    statements->count = PROM_EVIDENCE_MAX;
    for (size_t i = 0; i < statements->count; i++) {
        statements->list[i] = random_statement(&random, PROM_ATTESTATION_ANSWER);
    }
    assert_refused_or_another(test, PROM_PART_EVIDENCE, part_of(test, facts, PROM_PART_EVIDENCE));
    statements->count++;
    prom_span bytes;
    assert_fails(prom_facts_write(&test->arena, &bytes, facts, PROM_PART_EVIDENCE, 0, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "out of range");
}

/* A statement that nobody could read again is none. */
static void test_a_statement_of_no_kind_is_not_written(void **state)
{
    fixture *test = *state;
    prom_span bytes;
    prom_facts facts = {.batch_count = 1};
    facts.batches[0].evidence.intent_count = 1;
    assert_fails(prom_facts_write(&test->arena, &bytes, &facts, PROM_PART_EVIDENCE, 0, &test->error),
                 PROM_CATEGORY_BROKEN, &test->error, "out of range");
}

/* Facts are copied with every step that writes them. What all of a channel takes is measured in
 * tests/unit/node/test_channels_many.c. */
static void test_a_channel_is_small(void **state)
{
    (void)state;
    print_message("facts %zu bytes, of them setup %zu, money %zu, evidence %zu, arbitration %zu; a candidate %zu\n",
                  sizeof(prom_facts), sizeof(prom_setup_session), sizeof(prom_money), sizeof(prom_evidence_facts),
                  sizeof(prom_arbitration), sizeof(prom_candidate));
    assert_true(sizeof(prom_facts) < 12 << 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_byte_counts),
        FIXTURE_TEST(test_the_fullest_batch_has_room),
        FIXTURE_TEST(test_a_statement_of_no_kind_is_not_written),
        FIXTURE_TEST(test_a_channel_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
