/* Messages that come before their stage. */
#include "channel/simulation.h"

/* What came before its stage is kept for it: one of a kind from each party, and not what is too large. */
static void early_messages_have_limits(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    uint8_t *body = calloc(1, PROM_DEFERRED_BODY_MAX + 1);
    const prom_span largest = prom_span_of(body, PROM_DEFERRED_BODY_MAX);
    assert_non_null(body);
    sim_start(sim);
    sim_run_until(sim, PROM_PARTY_W, PROM_STAGE_PROPOSED);
    const prom_channel *worker = sim->actors[PROM_PARTY_W].channel;
    static const prom_message_kind kinds[] = {PROM_MESSAGE_DIGEST, PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const prom_message_kind kind = kinds[i];
        for (int times = 0; times < 2; times++) {
            assert_true(prom_is_ok(sim_tell_as(sim, PROM_PARTY_V, PROM_PARTY_W, kind, largest)));
            assert_true(prom_is_ok(sim_tell_as(sim, PROM_PARTY_C, PROM_PARTY_W, kind, largest)));
            assert_int_equal(worker->deferred_count, 2 * i + 2);
        }
    }
    assert_int_equal(sim_tell_as(sim, PROM_PARTY_V, PROM_PARTY_W, PROM_MESSAGE_VERDICT,
                                 prom_span_of(body, PROM_DEFERRED_BODY_MAX + 1))
                         .category,
                     PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[PROM_PARTY_W].last_fault.sentence, "it is too large to keep it"));
    free(body);
    sim_free(sim);
}

/* However many strangers send whatever they like before anybody knows who belongs to the contract: they take no place
 * from a party, and no memory. */
static void strangers_take_nobodys_place(void **state)
{
    fixture *test = *state;
    static const size_t targets[] = {PROM_PARTY_C, PROM_PARTY_W, PROM_PARTY_V, FIRST_ARBITER};
    uint8_t *body = calloc(1, PROM_DEFERRED_BODY_MAX);
    assert_non_null(body);
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct simulation *sim = sim_new(test, 3, seed);
        const size_t target = targets[seed % COUNT_OF(targets)];
        sim_start(sim);
        const size_t used = sim->actors[target].arena.used;
        for (size_t i = 0; i < 80; i++) {
            const prom_bytes32 stranger = named("stranger", i);
            for (unsigned kind = 1; kind < PROM_MESSAGE_KINDS; kind++) {
                (void)sim_tell(sim, &stranger, target, (prom_message_kind)kind,
                               prom_span_of(body, i == 0 ? PROM_DEFERRED_BODY_MAX : 1));
            }
        }
        assert_int_equal(sim->actors[target].channel->deferred_count, 0);
        assert_int_equal(sim->actors[target].arena.used, used);
        sim_run(sim);
        assert_settled(sim);
        sim_free(sim);
    }
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(early_messages_have_limits),
        FIXTURE_TEST(strangers_take_nobodys_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
