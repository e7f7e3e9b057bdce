/* A party that has made a key by ChillDKG, for tests of what comes after. */
#ifndef PROMETHEUS_TEST_CHILLDKG_PARTY_H
#define PROMETHEUS_TEST_CHILLDKG_PARTY_H

#include "support.h"

#include "crypto/chilldkg_parts.h"
#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/frost.h"

#define MAX PROM_DKG_PARTICIPANTS_MAX
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

/* A session of which the test knows all secrets, and the messages of its first round. */
struct party {
    prom_dkg_session session;
    prom_bytes32 secrets[MAX];
    prom_dkg_participant participants[MAX];
    prom_span messages[MAX];
    prom_dkg_outcome coordinator;
    prom_span round; /* the coordinator's first message */
};

static inline void make_party(fixture *test, struct party *party, size_t threshold, size_t count)
{
    uint64_t state = 100 * threshold + count;
    prom_dkg_blame blame;
    *party = (struct party){.session = {.threshold = threshold, .count = count}};
    for (size_t i = 0; i < count; i++) {
        party->secrets[i] = random_bytes32(&state);
        assert_ok(prom_point_of_secret(test->curve, &party->session.host_keys[i], &party->secrets[i], &test->error),
                  &test->error);
    }
    for (size_t i = 0; i < count; i++) {
        const prom_bytes32 randomness = random_bytes32(&state);
        assert_ok(prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve},
                                             &party->participants[i], &party->messages[i], &party->session,
                                             &(prom_dkg_secrets){&party->secrets[i], &randomness}, &test->error),
                  &test->error);
        assert_int_equal(party->participants[i].id, i);
    }
    assert_ok(
        prom_dkg_coordinator_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                                   &party->coordinator, &party->round, &party->session,
                                   &(prom_dkg_messages){party->messages, count}, &test->error),
        &test->error);
}

/* A copy of a message with `length` bytes put in at `at`. */
static inline prom_span changed(fixture *test, prom_span message, size_t at, const void *bytes, size_t length)
{
    void *copy = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &copy, message.length, 1, &test->error), &test->error);
    memcpy(copy, message.data, message.length);
    assert_true(at + length <= message.length);
    memcpy((uint8_t *)copy + at, bytes, length);
    return prom_span_of(copy, message.length);
}

#endif
