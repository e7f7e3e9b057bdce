#include "channel/simulation.h"

enum { ANYBODY = ACTORS_MAX, C = PROM_PARTY_C, A = FIRST_ARBITER };

/* The first bytes of a key generation: k, n and the arbiters' keys. */
static prom_span session_body(struct simulation *sim, uint8_t k, uint8_t n, size_t last)
{
    fixture *test = sim->test;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span body;
    prom_write_u8(&writer, PROM_KEYGEN_SESSION);
    prom_write_u8(&writer, k);
    prom_write_u8(&writer, n);
    for (size_t i = 0; i < n; i++) {
        const size_t seat = i + 1 < n ? i : last;
        prom_write_bytes32(&writer, &sim->actors[FIRST_ARBITER + seat].host.public_key);
    }
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    return body;
}

/* A contract whose client leads no key generation. */
static struct simulation *unled(fixture *test)
{
    return sim_started(test, (struct tampering){HARM_DROP, PROM_MESSAGE_KEYGEN, C, ANYBODY, 0});
}

/* Whoever leads the key generation cannot choose how many, or who, hold the key; and each step comes once, in turn. */
static void arbiter_takes_part_in_its_own_key_alone(void **state)
{
    const uint8_t certificate[] = {PROM_KEYGEN_CERTIFICATE};
    const size_t last[] = {A, A, A + 2}; /* the one in the last seat is not in the last session */
    struct simulation *sim = unled(*state);
    const prom_key stranger = named_key(*state, "stranger", 0);
    const uint8_t k = (uint8_t)prom_parameters_quorum(&sim->actors[A].config.P);
    for (size_t i = 0; i < COUNT_OF(last); i++) {
        const prom_span wrong[] = {session_body(sim, (uint8_t)(k - 1), 3, 2), session_body(sim, k, 2, 1),
                                   session_body(sim, k, 3, 0)};
        const struct actor *arbiter = &sim->actors[last[i]];
        assert_int_equal(sim_tell_as(sim, C, last[i], PROM_MESSAGE_KEYGEN, wrong[i]).category, PROM_CATEGORY_PEER);
        assert_string_equal(arbiter->reason, "a key generation is not for the k and n of our P, and us");
        assert_int_equal(arbiter->sent[PROM_MESSAGE_REFUSAL], 1);
        sim_free(sim);
        sim = unled(*state);
    }
    const prom_span right = session_body(sim, k, 3, 2);
    assert_int_equal(sim_tell(sim, &stranger.public_key, A, PROM_MESSAGE_KEYGEN, right).category, PROM_CATEGORY_PEER);
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_NEW);
    assert_true(prom_is_ok(sim_tell_as(sim, C, A, PROM_MESSAGE_KEYGEN, right)));
    while (sim_step(sim)) { /* its own step */
    }
    assert_int_equal(
        sim_tell_as(sim, C, A, PROM_MESSAGE_KEYGEN, prom_span_of(certificate, sizeof certificate)).category,
        PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[A].reason, "a message of the key generation came out of turn");
    sim_free(sim);
}

/* The client takes one answer of each arbiter in each step, of that step, and says whose is out of turn. */
static void client_takes_each_answer_once(void **state)
{
    const uint8_t early[] = {PROM_KEYGEN_SECOND, 1};
    const uint8_t empty[] = {PROM_KEYGEN_FIRST};
    const uint8_t answer[] = {PROM_KEYGEN_FIRST, 1};
    const uint8_t other[] = {PROM_KEYGEN_FIRST, 2};
    for (size_t i = 0; i < 4; i++) {
        struct simulation *sim = sim_started(*state, (struct tampering){HARM_DROP, PROM_MESSAGE_KEYGEN, ANYBODY, C, 0});
        sim_run_until(sim, C, PROM_STAGE_SEATED);
        const prom_span bodies[] = {prom_span_of(early, 2), prom_span_of(empty, 1), prom_span_of(empty, 0),
                                    prom_span_of(other, 2)};
        for (int times = 0; times < 2 && i == 3; times++) { /* the same again is no other */
            assert_true(prom_is_ok(sim_tell_as(sim, A, C, PROM_MESSAGE_KEYGEN, prom_span_of(answer, 2))));
        }
        assert_int_equal(sim_tell_as(sim, A, C, PROM_MESSAGE_KEYGEN, bodies[i]).category, PROM_CATEGORY_PEER);
        assert_non_null(strstr(sim->actors[C].reason, "sent a message of the key generation out of turn"));
        sim_run(sim);
        assert_setup_ended(sim);
        sim_free(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(client_takes_each_answer_once),
        FIXTURE_TEST(arbiter_takes_part_in_its_own_key_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
