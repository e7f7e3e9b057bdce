/* Who has come to the seats, who of them is waited for, and what proves one at fault. */
#include "prometheus/contract/keygen.h"
#include "setup/parts.h"

const prom_candidate *prom_setup_seated(const prom_channel *channel, size_t seat)
{
    const prom_setup_session *setup = &channel->facts.setup;
    return &setup->candidates[setup->seats[seat]];
}

/* From our signature of Tx0 on candidates are no longer known. */
static bool has_seats(const prom_channel *channel)
{
    const prom_setup_session *setup = &channel->facts.setup;
    return setup->phase >= PROM_SETUP_KEYING && setup->phase < PROM_SETUP_GIVEN && setup->seat_count > 0;
}

size_t prom_setup_seat_of(const prom_channel *channel, const prom_bytes32 *key)
{
    for (size_t i = 0; has_seats(channel) && i < channel->facts.setup.seat_count; i++) {
        if (prom_bytes32_equal(&prom_setup_seated(channel, i)->seat.terms.key, key)) {
            return i;
        }
    }
    return PROM_NO_PLACE;
}

bool prom_setup_is_seated(const prom_channel *channel)
{
    return has_seats(channel) && (channel->facts.role != PROM_ROLE_ARBITER ||
                                  prom_setup_seat_of(channel, &channel->facts.own.words) != PROM_NO_PLACE);
}

bool prom_setup_place_of(const prom_channel *channel, size_t *place, const struct received *received)
{
    const size_t seat = prom_setup_seat_of(channel, received->from);
    const bool is_party = received->place < PROM_PARTIES;
    *place = is_party ? received->place : seat == PROM_NO_PLACE ? PROM_NO_PLACE : PROM_PARTIES + seat;
    return *place != PROM_NO_PLACE;
}

prom_result prom_setup_send_all(struct step *step, const prom_message *message)
{
    const prom_channel *channel = step->channel;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if (!prom_bytes32_equal(&channel->terms.parties[i].key, &channel->facts.own.words)) {
            PROM_TRY(prom_send(step, &channel->terms.parties[i].key, message));
        }
    }
    for (size_t i = 0; i < channel->facts.setup.seat_count; i++) {
        if (i != prom_setup_seat_of(channel, &channel->facts.own.words)) {
            PROM_TRY(prom_send(step, &prom_setup_seated(channel, i)->seat.terms.key, message));
        }
    }
    return prom_ok();
}

void prom_setup_forget(prom_facts *facts, size_t kind)
{
    facts->kept[kind] = prom_span_of(NULL, 0);
}

prom_result prom_setup_session_of(struct step *step, prom_dkg_session *session, const uint8_t *seats, size_t count)
{
    prom_bytes32 host_keys[PROM_ARBITERS_MAX] = {{{0}}};
    for (size_t i = 0; i < count; i++) {
        host_keys[i] = step->facts->setup.candidates[seats[i]].seat.host_key;
    }
    return prom_keygen_session(step->channel->curve, session, host_keys, count,
                               prom_parameters_quorum(&step->channel->terms.P), step->error);
}

uint32_t prom_setup_awaited(const prom_channel *channel)
{
    const prom_setup_session *setup = &channel->facts.setup;
    uint32_t awaited = 0;
    if (!has_seats(channel)) {
        return 0;
    }
    if (setup->phase == PROM_SETUP_KEYING) {
        const bool waits = channel->facts.role != PROM_ROLE_ARBITER &&
                           (setup->keygen_step == PROM_KEYGEN_DEAL || setup->keygen_step == PROM_KEYGEN_SIGNATURE);
        for (size_t i = 0; i < setup->seat_count && waits; i++) {
            awaited |= setup->keygen_here[i] ? 0 : UINT32_C(1) << i;
        }
        return awaited;
    }
    if (setup->phase == PROM_SETUP_AGREED) {
        return (prom_places_arbiters(channel) & ~(uint32_t)setup->digest_same) >> PROM_PARTIES;
    }
    return setup->phase == PROM_SETUP_SIGNING ? prom_signing_missing(channel->signing) >> PROM_PARTIES : 0;
}

prom_result prom_setup_prove(struct step *step, bool *proven, const struct accused *accused)
{
    prom_dkg_session session;
    *proven = false;
    for (size_t i = 0; i < accused->count; i++) {
        const prom_candidate *candidate = &step->facts->setup.candidates[accused->seats[i]];
        if (!candidate->has_seat_word || !candidate->seat.yes) {
            return prom_ok(); /* of seats that never were */
        }
    }
    if (accused->kind == PROM_LOSS_SIGNING) {
        return prom_signing_fault_proven(step, proven, accused);
    }
    const prom_result well_formed = prom_setup_session_of(step, &session, accused->seats, accused->count);
    if (accused->kind != PROM_LOSS_KEYGEN || well_formed.category == PROM_CATEGORY_BAD_INPUT) {
        return prom_ok();
    }
    PROM_TRY(well_formed);
    return prom_keygen_judge(step->channel->curve, step->arena, proven, &session, accused->seat, accused->proof,
                             step->error);
}
