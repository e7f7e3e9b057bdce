#include "channel/simulation.h"

enum { SCHEDULES = 200 };

/* Scheme #3, to the satoshi: C gets what is left of the reserve. */
static void assert_paid(const struct simulation *sim, size_t n)
{
    const prom_channel *client = sim->actors[PROM_PARTY_C].channel;
    const prom_tx *tx4 = sim->txs[1];
    assert_int_equal(tx4->output_count, 3 + n + 1); /* nothing for F */
    prom_amount left = prom_amount_subtract(client->tree->reserve, client->tree->tx[PROM_TX4].fee);
    left = prom_amount_subtract(left, prom_amount_of(PROM_ANCHOR_SAT));
    assert_true(prom_amount_equal(tx4->outputs[0].value, left));
    assert_true(prom_amount_equal(tx4->outputs[1].value, prom_amount_of(2900000)));
    assert_true(prom_amount_equal(tx4->outputs[2].value, prom_amount_of(2600000)));
    for (size_t i = 0; i < n; i++) { /* stake and retainer come home with the settlement */
        assert_true(prom_amount_equal(tx4->outputs[3 + i].value, prom_amount_of(3005000)));
    }
}

static void contract_settles(void **state)
{
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n += 2) {
        const uint16_t scheme = n == PROM_ARBITERS_MIN ? PROM_SCHEME_SUMCHECK : PROM_SCHEME_REPLAY;
        struct simulation *sim = sim_new_by(*state, n, 0, scheme);
        sim_start(sim);
        sim_run(sim);
        assert_settled(sim);
        for (size_t i = 0; i < sim->actor_count; i++) {
            assert_int_equal(sim->actors[i].faults, 0);
        }
        assert_int_equal(sim_receipts(sim->actors[PROM_PARTY_W].channel), n);
        assert_int_equal(sim_receipts(sim->actors[PROM_PARTY_V].channel), n);
        assert_paid(sim, n);
        sim_free(sim);
    }
}

/* Messages between different pairs in any order, blocks seen early or late. */
static void contract_settles_in_any_order(void **state)
{
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        fixture *test = *state;
        struct simulation *sim = sim_new(test, 3, seed);
        sim_start(sim);
        sim_run(sim);
        assert_settled(sim);
        for (size_t i = 0; i < sim->actor_count; i++) {
            assert_int_equal(sim->actors[i].faults, 0);
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0); /* the memory of 200 contracts would be much */
        assert_int_equal(fixture_make(state), 0);
    }
}

/* Events that nobody asked for are our own mistake: told, and nothing changes. */
static void impossible_events_are_misuse(void **state)
{
    static const struct {
        size_t actor;
        prom_event_kind kind;
        const char *sentence;
    } cases[] = {
        {PROM_PARTY_W, PROM_EVENT_START, "the worker in the stage 'new' does not take the event 'start'"},
        {PROM_PARTY_C, PROM_EVENT_COMPUTED, "the client in the stage 'new' does not take the event 'computed'"},
        {PROM_PARTY_W, PROM_EVENT_VERIFIED, "the worker in the stage 'new' does not take the event 'verified'"},
        {FIRST_ARBITER, PROM_EVENT_OUTPUT, "the arbiter in the stage 'new' does not take the event 'output'"},
        {PROM_PARTY_W, PROM_EVENT_OUTPUT, "no input was to be looked up"},
        {PROM_PARTY_V, PROM_EVENT_OUTPUT, "no input was to be looked up"},
        {PROM_PARTY_C, PROM_EVENT_VERIFIED, "the client in the stage 'new' does not take the event 'verified'"},
        {PROM_PARTY_V, (prom_event_kind)99, "an event of no known kind"},
    };
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_event event = {.kind = cases[i].kind, .reason = ""};
        prom_channel *channel = sim->actors[cases[i].actor].channel;
        prom_actions actions;
        assert_fails(prom_channel_step(channel, &event, &actions, &sim->test->error), PROM_CATEGORY_MISUSE,
                     &sim->test->error, cases[i].sentence);
        assert_int_equal(actions.count, 0);
        assert_int_equal(channel->stage, PROM_STAGE_NEW);
        assert_int_equal(prom_channel_step(channel, &event, &actions, NULL).category, PROM_CATEGORY_MISUSE);
    }
    const prom_event output = {.kind = PROM_EVENT_OUTPUT}; /* of an offer that nobody has announced */
    assert_true(prom_is_ok(sim_take(sim, PROM_PARTY_C, &output, NULL)));
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* After the end nothing moves any more. */
static void closed_channels_are_deaf(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    const uint8_t body[] = {1};
    sim_start(sim);
    sim_run(sim);
    for (size_t i = 0; i < sim->actor_count; i++) {
        for (unsigned kind = 0; kind <= PROM_MESSAGE_KINDS; kind++) {
            assert_true(prom_is_ok(sim_tell_as(sim, (i + 1) % 6, i, (prom_message_kind)kind, prom_span_of(body, 1))));
        }
    }
    assert_settled(sim);
    sim_free(sim);
}

/* What is refused, or is here already, costs no memory, however often it comes. */
static void refused_messages_leave_nothing(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    prom_channel_config lie = sim->actors[FIRST_ARBITER].config;
    const prom_key key = named_key(test, "stranger", 0);
    uint8_t address[PROM_ADDRESS_MAX] = {0};
    const prom_channel *client = NULL;
    sim_start(sim);
    client = sim->actors[PROM_PARTY_C].channel;
    lie.seat.key = lie.announcement.node_key = key.public_key;
    lie.announcement.address = prom_span_of(address, sizeof address); /* and not signed */
    const prom_span announcement = sim_announcement(sim, &lie);
    sim_run_until(sim, PROM_PARTY_C, PROM_STAGE_PROPOSED);
    size_t used = client->arena->used;
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(sim_tell(sim, &key.public_key, PROM_PARTY_C, PROM_MESSAGE_ANNOUNCEMENT, announcement).category,
                         PROM_CATEGORY_PEER);
    }
    assert_int_equal(client->arena->used, used);

    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_TX0_SIGNATURES, PROM_PARTY_V, PROM_PARTY_C, 0};
    sim_run_until(sim, PROM_PARTY_W, PROM_STAGE_SIGNED);
    while (sim_step(sim)) {
    }
    assert_int_equal(client->stage, PROM_STAGE_COMPARED);
    const prom_span signatures = sim_stored(&sim->actors[PROM_PARTY_W], "tx0-signatures");
    const prom_span tx0 = prom_span_of(address, 200);
    const size_t worker = sim->actors[PROM_PARTY_W].arena.used;
    used = client->arena->used;
    for (size_t i = 0; i < 100; i++) {
        assert_true(prom_is_ok(sim_tell_as(sim, PROM_PARTY_W, PROM_PARTY_C, PROM_MESSAGE_TX0_SIGNATURES, signatures)));
        assert_int_equal(sim_tell_as(sim, PROM_PARTY_C, PROM_PARTY_W, PROM_MESSAGE_TX0, tx0).category,
                         PROM_CATEGORY_PEER);
    }
    assert_int_equal(client->arena->used, used);
    assert_int_equal(sim->actors[PROM_PARTY_W].arena.used, worker);
    sim_free(sim);
}

/* A verdict, a payload that are none, in a contract that runs. */
static void bad_deliveries_leave_nothing(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    const size_t arbiter = FIRST_ARBITER;
    const uint8_t verdict[64] = {1};
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PAYLOAD, PROM_PARTY_W, arbiter, 0};
    sim_start(sim);
    sim_run_until(sim, (size_t)PROM_PARTY_W, PROM_STAGE_LOCKED);
    while (sim->actors[arbiter].channel->stage < PROM_STAGE_LOCKED) {
        assert_true(sim_step(sim));
    }
    const prom_span payload = sim->actors[PROM_PARTY_W].channel->payload;
    uint8_t *bad = exact_copy(payload.data, payload.length);
    bad[payload.length - 1] ^= 1;
    size_t used = sim->actors[arbiter].arena.used;
    for (size_t i = 0; i < 20; i++) {
        assert_false(prom_is_ok(
            sim_tell_as(sim, PROM_PARTY_W, arbiter, PROM_MESSAGE_PAYLOAD, prom_span_of(bad, payload.length))));
    }
    assert_int_equal(sim->actors[arbiter].arena.used, used);
    free(bad);
    sim_run_until(sim, (size_t)PROM_PARTY_W, PROM_STAGE_DELIVERED);
    used = sim->actors[PROM_PARTY_W].arena.used;
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(
            sim_tell_as(sim, PROM_PARTY_V, PROM_PARTY_W, PROM_MESSAGE_VERDICT, prom_span_of(verdict, sizeof verdict))
                .category,
            PROM_CATEGORY_PEER);
    }
    assert_int_equal(sim->actors[PROM_PARTY_W].arena.used, used);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* A refusal ends the setup of whoever has not signed yet; a stranger's ends nothing, and neither does a late one. */
static void refusals_are_heard_in_time(void **state)
{
    fixture *test = *state;
    static const char reason[] = "no\x1b[2J thanks";
    const prom_span body = prom_span_of((const uint8_t *)reason, sizeof reason - 1);
    const prom_key stranger = named_key(test, "stranger", 0);
    struct simulation *sim = sim_new(test, 3, 0);
    sim_start(sim);
    sim_run_until(sim, PROM_PARTY_C, PROM_STAGE_AGREED);
    assert_true(prom_is_ok(sim_tell(sim, &stranger.public_key, PROM_PARTY_C, PROM_MESSAGE_REFUSAL, body)));
    assert_int_equal(sim->actors[PROM_PARTY_C].channel->stage, PROM_STAGE_AGREED);
    assert_int_equal(sim_tell_as(sim, FIRST_ARBITER, PROM_PARTY_C, PROM_MESSAGE_REFUSAL, body).category,
                     PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[PROM_PARTY_C].reason, "refused: no?[2J thanks")); /* it goes to a terminal */
    sim_run(sim);
    assert_setup_ended(sim);
    sim_free(sim);

    sim = sim_new(test, 3, 0);
    sim_start(sim);
    sim_run_until(sim, PROM_PARTY_V, PROM_STAGE_SIGNED);
    assert_true(prom_is_ok(sim_tell_as(sim, PROM_PARTY_C, PROM_PARTY_V, PROM_MESSAGE_REFUSAL, body)));
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

static void names_are_known(void **state)
{
    (void)state;
    assert_string_equal(prom_role_name(PROM_ROLE_ARBITER), "arbiter");
    assert_string_equal(prom_stage_name(PROM_STAGE_JUDGED), "judged");
    assert_string_equal(prom_message_name(PROM_MESSAGE_REFUSAL), "refusal");
    assert_string_equal(prom_message_name((prom_message_kind)0), "unknown");
    assert_string_equal(prom_message_name((prom_message_kind)PROM_MESSAGE_KINDS), "unknown");
    for (unsigned stage = 0; stage < PROM_STAGES; stage++) {
        assert_non_null(prom_stage_name((prom_stage)stage));
    }
    assert_int_equal(prom_stage_lambda(PROM_STAGE_SIGNED), PROM_LAMBDA_SETUP);
    assert_int_equal(prom_stage_lambda(PROM_STAGE_LOCKED), PROM_LAMBDA_COMPUTATION);
    assert_int_equal(prom_stage_lambda(PROM_STAGE_DELIVERED), PROM_LAMBDA_VERIFICATION);
    assert_int_equal(prom_stage_lambda(PROM_STAGE_SETTLED), PROM_LAMBDA_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(contract_settles),
        FIXTURE_TEST(contract_settles_in_any_order),
        FIXTURE_TEST(impossible_events_are_misuse),
        FIXTURE_TEST(closed_channels_are_deaf),
        FIXTURE_TEST(refused_messages_leave_nothing),
        FIXTURE_TEST(bad_deliveries_leave_nothing),
        FIXTURE_TEST(refusals_are_heard_in_time),
        cmocka_unit_test(names_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
