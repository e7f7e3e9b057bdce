/* Messages that come again. */
#include "channel/simulation.h"
#include "channel/step.h"

/* Every message of a kind comes to everybody twice, in any order: nothing changes. */
static void messages_may_come_twice(void **state)
{
    for (unsigned kind = PROM_MESSAGE_PROPOSAL; kind < PROM_MESSAGE_KINDS; kind++) {
        for (uint64_t seed = 0; seed < 3; seed++) {
            struct simulation *sim = sim_new(*state, 3, seed);
            sim->tampering = (struct tampering){HARM_TWICE, (prom_message_kind)kind, ACTORS_MAX, ACTORS_MAX, 0};
            sim_start(sim);
            sim_run(sim);
            assert_settled(sim);
            sim_free(sim);
            assert_int_equal(fixture_free(state), 0);
            assert_int_equal(fixture_make(state), 0);
        }
    }
}

/* The last ones of each party are known, by kind and body. */
static void the_last_messages_are_known(void **state)
{
    prom_channel *channel = calloc(1, sizeof *channel);
    uint8_t bodies[PROM_TAKEN_MAX + 1];
    assert_non_null(channel);
    (void)state;
    for (uint8_t i = 0; i <= PROM_TAKEN_MAX; i++) {
        bodies[i] = i;
        const prom_message message = {PROM_MESSAGE_RECEIPT, prom_span_of(&bodies[i], 1)};
        const prom_message other_kind = {PROM_MESSAGE_PACKAGE, message.body};
        assert_false(prom_channel_is_repeated(channel, FIRST_ARBITER, &message));
        prom_channel_note_taken(channel, FIRST_ARBITER, &message);
        assert_true(prom_channel_is_repeated(channel, FIRST_ARBITER, &message));
        assert_false(prom_channel_is_repeated(channel, FIRST_ARBITER, &other_kind));
        assert_false(prom_channel_is_repeated(channel, PROM_PARTY_W, &message));
        assert_false(prom_channel_is_repeated(channel, PROM_NO_PLACE, &message));
    }
    const prom_message first = {PROM_MESSAGE_RECEIPT, prom_span_of(&bodies[0], 1)};
    const prom_message second = {PROM_MESSAGE_RECEIPT, prom_span_of(&bodies[1], 1)};
    assert_false(prom_channel_is_repeated(channel, FIRST_ARBITER, &first));
    assert_true(prom_channel_is_repeated(channel, FIRST_ARBITER, &second));
    const prom_message nonces = {PROM_MESSAGE_NONCES, second.body}; /* the signing session knows its own */
    prom_channel_note_taken(channel, FIRST_ARBITER, &nonces);
    assert_false(prom_channel_is_repeated(channel, FIRST_ARBITER, &nonces));
    free(channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(messages_may_come_twice),
        cmocka_unit_test(the_last_messages_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
