#include "channel/world_moves.h"

#include "steps/steps.h"

/* Every message that may be sent has who takes it; nobody takes one by two rules. */
static void every_message_has_its_rule(void **state)
{
    static const prom_message_kind unused[] = {0, 2, 5, 11};
    (void)state;
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        unsigned taken = 0;
        bool is_unused = false;
        for (size_t i = 0; i < prom_rule_count; i++) {
            if ((unsigned)prom_rules[i].kind == kind) {
                assert_int_equal(taken & prom_rules[i].roles, 0);
                assert_true(prom_rules[i].first <= prom_rules[i].last && prom_rules[i].last < PROM_SETUP_OVER);
                assert_true(prom_rules[i].from != 0 && prom_rules[i].take != NULL);
                taken |= prom_rules[i].roles;
            }
        }
        for (size_t i = 0; i < sizeof unused / sizeof unused[0]; i++) {
            is_unused = is_unused || (unsigned)unused[i] == kind;
        }
        assert_int_equal(taken == 0, is_unused);
    }
}

/* What a channel asks for it takes the answer of, but for what has none: a spend of an own input. */
static void every_answer_has_its_taker(void **state)
{
    (void)state;
    for (unsigned purpose = 1; purpose <= PROM_PURPOSE_KEY; purpose++) {
        assert_int_equal(prom_taker_of_signed((prom_purpose)purpose) != NULL, purpose != PROM_PURPOSE_ABANDON);
    }
    for (unsigned job = 0; job < PROM_JOBS; job++) {
        assert_non_null(prom_taker_of_job((prom_job_kind)job));
    }
    assert_null(prom_taker_of_signed((prom_purpose)(PROM_PURPOSE_KEY + 1)));
    assert_null(prom_taker_of_job(PROM_JOBS));
}

static void every_duty_can_be_done(void **state)
{
    (void)state;
    for (size_t i = 0; i < prom_duty_count; i++) {
        assert_non_null(prom_duties[i].act);
        assert_true(prom_duties[i].roles != 0 && prom_duties[i].first <= prom_duties[i].last);
    }
}

/* -- What the table refuses, in every phase -- */

static const struct rule *rule_of(prom_role role, prom_message_kind kind)
{
    for (size_t i = 0; i < prom_rule_count; i++) {
        if (prom_rules[i].kind == kind && (prom_rules[i].roles & 1U << role) != 0) {
            return &prom_rules[i];
        }
    }
    return NULL;
}

static unsigned bit_of(size_t from)
{
    return from == PROM_NO_PLACE ? FROM_OTHER : from < PROM_PARTIES ? 1U << from : FROM_A;
}

/* What the table alone says of a message; PROM_TAKEN: its own function decides, or it is too late to matter. */
static prom_reception expected(const struct rule *rule, size_t from, prom_setup_phase phase)
{
    if (rule == NULL || (rule->from & bit_of(from)) == 0) {
        return PROM_REFUSED;
    }
    return phase < rule->first ? PROM_TOO_EARLY : PROM_TAKEN;
}

static bool is_decided_by_the_table(const struct rule *rule, size_t from, prom_setup_phase phase)
{
    return expected(rule, from, phase) != PROM_TAKEN || phase > rule->last || phase == PROM_SETUP_OVER;
}

static prom_bytes32 key_of(const struct world *world, size_t from)
{
    const prom_bytes32 stranger = named("stranger", 1);
    return from == PROM_NO_PLACE ? stranger : *prom_place_key(&world->session.terms, from);
}

static void say(struct world *world, size_t to, size_t from, prom_message_kind kind, prom_setup_phase phase)
{
    struct world_party *party = &world->parties[to];
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_bytes32 key = key_of(world, from);
    const prom_message message = {.kind = kind};
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .as.message = {&key, &message}};
    const prom_channel_view view = world_view(party);
    const struct rule *rule = rule_of(party->channel->facts.role, kind);
    prom_reception reception;
    prom_outputs outputs;
    prom_span before;
    prom_span after;
    prom_arena_init(&arena, (size_t)1 << 26);
    party->channel->facts.setup.phase = phase;
    if (!is_decided_by_the_table(rule, from, phase)) {
        return;
    }
    assert_ok(prom_facts_write(&arena, &before, &party->channel->facts, PROM_PART_EVIDENCE, 0, &world->test->error),
              &world->test->error);
    assert_ok(prom_channel_step(party->channel, &arena, &reception, &outputs, &event, &view, &world->test->error),
              &world->test->error);
    assert_int_equal(reception, expected(rule, from, phase));
    assert_ok(prom_facts_write(&arena, &after, &party->channel->facts, PROM_PART_EVIDENCE, 0, &world->test->error),
              &world->test->error);
    assert_true(prom_span_equal(before, after));
}

/* Each role, each kind of message, each sender, each phase: what the table does not let in changes nothing. */
static void what_the_table_refuses_changes_nothing(void **state)
{
    static const size_t senders[] = {PLACE_C, PLACE_W, PLACE_V, PLACE_A + 1, PROM_NO_PLACE};
    static const size_t receivers[] = {PLACE_C, PLACE_W, PLACE_V, PLACE_A};
    /* In the others the duties of a signed contract's facts would have more to do than there is. */
    static const prom_setup_phase phases[] = {PROM_SETUP_NEW, PROM_SETUP_GIVEN, PROM_SETUP_OVER};
    struct world *world = world_new(*state);
    for (size_t to = 0; to < sizeof receivers / sizeof receivers[0]; to++) {
        for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
            for (size_t from = 0; from < sizeof senders / sizeof senders[0]; from++) {
                for (size_t phase = 0; phase < sizeof phases / sizeof phases[0]; phase++) {
                    say(world, receivers[to], senders[from], (prom_message_kind)kind, phases[phase]);
                }
            }
        }
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_has_its_rule),
        cmocka_unit_test(every_answer_has_its_taker),
        cmocka_unit_test(every_duty_can_be_done),
        FIXTURE_TEST(what_the_table_refuses_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
