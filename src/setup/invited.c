/* An arbiter's answer to the question whether it takes a seat: a signed yes, which binds it to nothing, or a signed no.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "prometheus/crypto/hash.h"
#include "setup/parts.h"
#include "setup/setup.h"

static prom_result write_word(prom_arena *arena, prom_writer *writer, const prom_seat *seat, prom_error *error)
{
    prom_span announced;
    PROM_TRY(prom_announcement_write(arena, &announced, &seat->announcement, error));
    prom_write_u8(writer, seat->yes);
    prom_write_u16(writer, (uint16_t)announced.length);
    prom_write_span(writer, announced);
    prom_arbiter_terms_write(writer, &seat->terms);
    prom_write_bytes32(writer, &seat->host_key);
    return prom_ok();
}

prom_result prom_seat_write(prom_arena *arena, prom_writer *writer, const prom_seat *seat, prom_error *error)
{
    PROM_TRY(write_word(arena, writer, seat, error));
    prom_write_span(writer, prom_span_of(seat->signature.bytes, sizeof seat->signature.bytes));
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        prom_write_span(writer, prom_span_of(seat->by[i].bytes, sizeof seat->by[i].bytes));
    }
    return prom_ok();
}

static void read_signature(prom_reader *reader, prom_signature *signature)
{
    const prom_span bytes = prom_read_span(reader, sizeof signature->bytes);
    if (!reader->failed) {
        memcpy(signature->bytes, bytes.data, bytes.length);
    }
}

void prom_seat_read(prom_reader *reader, prom_seat *seat)
{
    const uint8_t yes = prom_read_u8(reader);
    const prom_span announced = prom_read_span(reader, prom_read_u16(reader));
    *seat = (prom_seat){.yes = yes == 1};
    reader->failed =
        reader->failed || yes > 1 || !prom_is_ok(prom_announcement_read(&seat->announcement, announced, NULL));
    prom_arbiter_terms_read(reader, &seat->terms);
    seat->host_key = prom_read_bytes32(reader);
    read_signature(reader, &seat->signature);
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        read_signature(reader, &seat->by[i]);
    }
}

prom_result prom_seat_hash(struct step *step, prom_bytes32 *hash, const prom_seat *seat)
{
    prom_writer writer = prom_writer_in(step->arena);
    prom_span bytes;
    prom_bytes32 id;
    PROM_TRY(prom_setup_id(step, &id));
    prom_write_bytes32(&writer, &id);
    PROM_TRY(write_word(step->arena, &writer, seat, step->error));
    PROM_TRY(prom_writer_finish(&writer, &bytes, step->error));
    prom_tagged_hash(hash, "prometheus/seat", bytes);
    return prom_ok();
}

prom_seat prom_candidate_seat(const prom_candidate *candidate)
{
    prom_seat seat = candidate->seat;
    seat.announcement = prom_candidate_announcement(candidate);
    return seat;
}

/* -- The invitation -- */

struct invited {
    prom_terms terms; /* spans in the message */
    prom_base_signatures signatures;
    prom_bytes32 seed;
    prom_bytes32 block;
    struct drawn drawn;
};

static bool is_drawn(const struct drawn *drawn, const prom_outpoint *offer)
{
    for (size_t i = 0; i < drawn->count; i++) {
        if (prom_outpoint_equal(&drawn->offers[i], offer)) {
            return true;
        }
    }
    return false;
}

/* Takes for granted nothing but what C, W and V have signed: that they have, that the terms are valid, and that our own
 * chain draws our offer. Whoever may bring this makes us hold nothing else. */
static prom_result check_invitation(struct step *step, struct invited *invited, prom_span signed_terms,
                                    prom_reception *reception)
{
    const prom_facts *facts = step->facts;
    const prom_terms *terms = &invited->terms;
    prom_setup_state state = PROM_SETUP_EARLY;
    PROM_TRY(prom_terms_read_signed(&invited->terms, &invited->signatures, signed_terms, step->error));
    if (!prom_bytes32_equal(&terms->parties[PROM_PARTY_C].key, &facts->client) || prom_terms_network(terms) == NULL ||
        !prom_bytes32_equal(&terms->p_txid, &step->view->config->announcement.p_txid)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the invitation is not to a contract of its client on our P");
    }
    PROM_TRY(prom_terms_check_base(step->channel->curve, terms, step->error));
    PROM_TRY(prom_terms_signed(step->channel->curve, terms, &invited->signatures, step->error));
    PROM_TRY(prom_setup_find_seed(step, &state, &invited->seed, &invited->block, terms));
    if (state != PROM_SETUP_DRAWN) {
        *reception = PROM_TOO_EARLY; /* we lag behind, or they are ahead of the draw */
        return prom_ok();
    }
    PROM_TRY(prom_setup_draw_offers(step, &invited->drawn, terms, &invited->seed));
    return is_drawn(&invited->drawn, &facts->own.coins[0].outpoint)
               ? prom_ok()
               : prom_fail(step->error, PROM_CATEGORY_PEER, "our offer is not among those that are drawn");
}

/* An offer takes part in one setup at a time, until that has ended or its deadline has passed. */
bool prom_setup_is_engaged(const struct step *step)
{
    for (size_t i = 0; i < step->view->setup_count; i++) {
        const prom_signed_setup *other = &step->view->setups[i];
        if (!other->ended && !other->looks_up && other->terms->setup_deadline >= step->view->own_tip &&
            prom_outpoint_equal(&other->offer, &step->facts->own.coins[0].outpoint)) {
            return true;
        }
    }
    return false;
}

/* Whether our node has a part in the contract already, be it a seat that it may get by another offer: two in one hand
 * would be two votes of one. */
static prom_result check_only_part(struct step *step, const prom_terms *terms)
{
    for (size_t i = 0; i < step->view->setup_count; i++) {
        const prom_signed_setup *other = &step->view->setups[i];
        if (!other->ended &&
            prom_bytes32_equal(&other->terms->parties[PROM_PARTY_C].key, &terms->parties[PROM_PARTY_C].key)) {
            return prom_fail(step->error, PROM_CATEGORY_PEER,
                             "our node has a part in this contract already, and nobody has two");
        }
    }
    return prom_ok();
}

/* What will not change while the setup lasts: else a no is said to it, for good. */
static prom_result check_suits(struct step *step, const prom_terms *terms)
{
    const prom_channel_config *config = step->view->config;
    prom_bytes32 snapshot;
    const prom_terms_view now = prom_setup_terms_view(step, terms, &snapshot);
    prom_job_time time = config->time;
    time.two_rounds = terms->P.varsigma != PROM_BASIS_POINTS_ONE;
    PROM_TRY(check_only_part(step, terms));
    PROM_TRY(prom_setup_check_owner(step, terms));
    PROM_TRY(prom_terms_check_seat(terms, &now, step->error));
    PROM_TRY(prom_terms_check_fresh(terms, step->view->seen, step->view->seen_count, step->error));
    if (!prom_amount_at_least(terms->retainer, config->announcement.retainer)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the retainer is less than we have announced to work for");
    }
    return prom_terms_check_verification(terms, &time, step->error);
}

/* Whether the invitation is one that can be decided upon now. */
static prom_result look_at(struct step *step, struct invited *invited, const prom_message *message,
                           prom_reception *reception)
{
    PROM_TRY(
        prom_refuse_failed(check_invitation(step, invited, message->as.invitation.signed_terms, reception), reception));
    if (*reception == PROM_TAKEN && (!step->view->may_begin || prom_setup_is_engaged(step))) {
        *reception = PROM_TOO_EARLY; /* no reason to refuse for good */
    }
    return prom_ok();
}

/* A channel in memory, with nothing in it but whose it would be. */
prom_result prom_invitation_judge(const prom_curve *curve, prom_arena *arena, prom_invitation *judged,
                                  const prom_bytes32 *client, const prom_message *message,
                                  const prom_channel_view *view, prom_error *error)
{
    prom_channel *channel = NULL;
    struct invited *invited = NULL;
    prom_reception reception = PROM_TAKEN;
    PROM_TRY_NEW(channel, arena, 1, error);
    PROM_TRY_NEW(invited, arena, 1, error);
    *channel = (prom_channel){.curve = curve, .arena = arena, .place = PROM_NO_PLACE};
    channel->facts.role = PROM_ROLE_ARBITER;
    channel->facts.client = *client;
    channel->facts.own.coins[0].outpoint = view->config->announcement.offer;
    struct step step = {.channel = channel, .facts = &channel->facts, .view = view, .arena = arena, .error = error};
    PROM_TRY(look_at(&step, invited, message, &reception));
    if (reception != PROM_TAKEN) {
        *judged = reception == PROM_REFUSED ? PROM_INVITATION_REFUSED : PROM_INVITATION_EARLY;
        return prom_ok();
    }
    const prom_result suits = check_suits(&step, &invited->terms);
    *judged = prom_is_ok(suits) ? PROM_INVITATION_SUITS : PROM_INVITATION_UNSUITED;
    return suits.category == PROM_CATEGORY_PEER || suits.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : suits;
}

static prom_seat own_word(const prom_facts *facts, bool yes)
{
    prom_seat seat = {.yes = yes, .terms = {.offer = facts->own.coins[0].outpoint}};
    if (yes) {
        seat.terms = (prom_arbiter_terms){facts->own.coins[0].outpoint, facts->own.coins[0].key, facts->own.words,
                                          facts->own.joint, facts->own.payout};
        seat.host_key = facts->own.host;
    }
    return seat;
}

/* From here on the word is decided, and will be signed: it is the only one. */
static prom_result decide(struct step *step, const struct invited *invited, const struct received *received)
{
    prom_facts *facts = step->facts;
    const prom_result suits = check_suits(step, &invited->terms);
    if (!prom_is_ok(suits) && suits.category != PROM_CATEGORY_PEER && suits.category != PROM_CATEGORY_BAD_INPUT) {
        return suits;
    }
    PROM_TRY(prom_keep(step, PROM_KEPT_SIGNED_BASE, received->message->as.invitation.signed_terms));
    PROM_TRY(prom_setup_keep_base(step, PROM_KEPT_BASE, &invited->terms));
    PROM_TRY(prom_setup_take_draw(step, &invited->drawn, &invited->seed, &invited->block));
    prom_candidate *own = prom_setup_candidate(step->channel, &facts->own.coins[0].outpoint);
    own->seat = own_word(facts, prom_is_ok(suits));
    prom_candidate_announce(own, &step->view->config->announcement);
    own->answered = true;
    if (!prom_is_ok(suits)) {
        (void)snprintf(facts->setup.reason, sizeof facts->setup.reason, "%.150s", step->error->sentence);
    }
    memcpy(facts->addresses, received->message->as.invitation.addresses,
           sizeof received->message->as.invitation.addresses);
    facts->setup.base_signatures = invited->signatures;
    facts->setup.base_signed = FROM_PARTIES;
    facts->setup.held_tip = UINT32_MAX;
    facts->setup.begun_tip = step->view->own_tip;
    facts->setup.inviter = *received->from;
    return prom_ok();
}

prom_result prom_setup_decline(struct step *step, const char *format, ...)
{
    prom_facts *facts = step->facts;
    prom_candidate *own = prom_setup_candidate(step->channel, &facts->own.coins[0].outpoint);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(facts->setup.reason, sizeof facts->setup.reason, format, arguments);
    va_end(arguments);
    own->seat = own_word(facts, false);
    prom_candidate_announce(own, &step->view->config->announcement);
    return prom_ok();
}

static prom_result send_word(struct step *step, const prom_bytes32 *to)
{
    const prom_candidate *own = prom_setup_candidate(step->channel, &step->facts->own.coins[0].outpoint);
    const prom_message message = {.kind = PROM_MESSAGE_SEAT, .as.seat = prom_candidate_seat(own)};
    return prom_send(step, to, &message);
}

/* Who asks again, or as another one, gets the same word. */
static prom_result answer_again(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_candidate *own = prom_setup_candidate(step->channel, &step->facts->own.coins[0].outpoint);
    const prom_terms *base = &step->channel->terms;
    prom_terms terms;
    prom_base_signatures signatures;
    prom_bytes32 ours;
    prom_bytes32 theirs;
    PROM_TRY(prom_refuse_failed(
        prom_terms_read_signed(&terms, &signatures, received->message->as.invitation.signed_terms, step->error),
        reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    PROM_TRY(prom_terms_setup_id(step->arena, &ours, base, step->error));
    PROM_TRY(prom_terms_setup_id(step->arena, &theirs, &terms, step->error));
    if (own == NULL || !prom_bytes32_equal(&ours, &theirs)) {
        return prom_refuse(step, reception, "the invitation is to another setup than the one that we have a part in");
    }
    if (!own->has_seat_word) {
        *reception = PROM_TOO_EARLY; /* it is being signed */
        return prom_ok();
    }
    const size_t before = step->outputs->count;
    PROM_TRY(send_word(step, received->from));
    prom_mark_answers(step, before);
    return prom_ok();
}

prom_result prom_take_invitation(struct step *step, const struct received *received, prom_reception *reception)
{
    struct invited *invited = NULL;
    if (step->facts->setup.phase != PROM_SETUP_NEW) {
        return answer_again(step, received, reception);
    }
    if (!prom_channel_may_sign(step->channel)) {
        return prom_refuse(step, reception, "nothing new is signed in this channel");
    }
    PROM_TRY_NEW(invited, step->arena, 1, step->error);
    PROM_TRY(look_at(step, invited, received->message, reception));
    return *reception == PROM_TAKEN ? decide(step, invited, received) : prom_ok();
}

static prom_result take_key_signatures(struct step *step, prom_seat *seat, prom_span bytes)
{
    prom_reader reader = prom_reader_of(bytes);
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        read_signature(&reader, &seat->by[i]);
    }
    return prom_reader_done(&reader) ? prom_ok()
                                     : prom_fail(step->error, PROM_CATEGORY_MISUSE,
                                                 "a yes is signed by every key that is brought, and these are others");
}

prom_result prom_seat_signed(struct step *step, const prom_event *event)
{
    prom_setup_session *setup = &step->facts->setup;
    prom_candidate *own = prom_setup_candidate(step->channel, &step->facts->own.coins[0].outpoint);
    prom_bytes32 hash;
    if (setup->phase != PROM_SETUP_SEATING || own == NULL || own->has_seat_word) {
        return prom_ok();
    }
    const prom_seat word = prom_candidate_seat(own);
    PROM_TRY(prom_seat_hash(step, &hash, &word));
    if (!prom_bytes32_equal(&hash, &event->as.signed_.hash)) {
        return prom_ok();
    }
    own->seat.signature = event->as.signed_.signature;
    if (own->seat.yes) {
        PROM_TRY(take_key_signatures(step, &own->seat, event->as.signed_.bytes));
    }
    own->has_seat_word = true;
    if (prom_channel_place_of(step->channel, &setup->inviter) == PROM_NO_PLACE) {
        PROM_TRY(send_word(step, &setup->inviter)); /* an arbiter, which asks for those who were passed over */
    }
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        PROM_TRY(send_word(step, &step->channel->terms.parties[party].key));
    }
    if (own->seat.yes) {
        return prom_ok();
    }
    char reason[sizeof setup->reason];
    memcpy(reason, setup->reason, sizeof reason);
    return prom_setup_end(step, "we take no seat: %s", reason);
}
