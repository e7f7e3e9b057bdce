/* The arbiters in the seats are making their key: what is said then, changed by who has the keys. */
#ifndef PROMETHEUS_TEST_SETUP_KEYING_H
#define PROMETHEUS_TEST_SETUP_KEYING_H

#include "setup/seated.h"

static inline prom_dkg_session keying_session(struct setting *it, const prom_channel *channel)
{
    prom_bytes32 host_keys[PROM_ARBITERS_MAX];
    prom_dkg_session session;
    const size_t count = channel->facts.setup.seat_count;
    for (size_t i = 0; i < count; i++) {
        host_keys[i] = prom_setup_seated(channel, i)->seat.host_key;
    }
    assert_ok(prom_keygen_session(it->test->curve, &session, host_keys, count, prom_parameters_quorum(&it->P),
                                  &it->test->error),
              &it->test->error);
    return session;
}

/* A copy of a deal with one byte changed, which its dealer has signed all the same. */
static inline prom_span changed_deal(struct setting *it, struct actor *dealer, prom_span deal, size_t at)
{
    fixture *test = it->test;
    const prom_dkg_session session = keying_session(it, dealer->channel);
    prom_span copy;
    prom_hasher hasher;
    prom_bytes32 id;
    prom_bytes32 hash;
    assert_ok(prom_span_copy(&test->arena, &copy, deal, &test->error), &test->error);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.data;
    const size_t length = copy.length - sizeof(prom_signature);
    bytes[at] ^= 0x80;
    assert_ok(prom_dkg_session_hash(test->curve, &id, &session, &test->error), &test->error);
    prom_hasher_init(&hasher, "prometheus/deal");
    prom_hasher_add(&hasher, prom_span_of32(&id));
    prom_hasher_add(&hasher, prom_span_of(bytes, length));
    prom_hasher_finish(&hasher, &hash);
    const prom_signature signature = sign_hash(test, &dealer->host, &hash);
    memcpy(bytes + length, signature.bytes, sizeof signature);
    return copy;
}

static inline bool is_step(const struct parcel *parcel, prom_keygen_step step)
{
    return parcel->message.kind == PROM_MESSAGE_KEYGEN && parcel->message.as.keygen.step == (uint8_t)step;
}

/* The share for the last one of the seats, the lowest bit of its last byte. */
static inline void deal_a_bad_share(struct setting *it, struct parcel *parcel)
{
    if (is_step(parcel, PROM_KEYGEN_DEAL)) {
        prom_span *deal = &parcel->message.as.keygen.bytes;
        *deal = changed_deal(it, &it->actors[parcel->from], *deal, deal->length - sizeof(prom_signature) - 1);
    }
}

/* In the middle of the key generation: arbiter A's deal is not out. */
static inline struct setting *stop_in_keying(fixture *test, struct actor **silent)
{
    struct setting *it = seated_new(test, 3, 4);
    seated_draw_only(it);
    *silent = seated_first(it);
    seated_of(it)->silent = (*silent)->number;
    setting_mine(it, 1);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        assert_phase(setting_party(it, party), PROM_SETUP_KEYING);
        assert_int_equal(prom_setup_awaited(setting_party(it, party)->channel), 1); /* by each on its own */
    }
    return it;
}

#endif
