/* Who has the seats. They are a function of two sets that only grow, and whose items prove themselves: the arbiters'
 * words and the losses. Everybody passes a new item on, and so all come to the same seats; docs/protocol.md, section 4.
 */
#include <string.h>

#include "prometheus/crypto/hash.h"
#include "setup/setup.h"

/* Outputs of a step that are left to others when the seats are told what they follow from. */
enum { OUTPUTS_LEFT = 40 };

prom_result prom_setup_seating(struct step *step, prom_bytes32 *seating, const uint8_t *seats, size_t count)
{
    const prom_setup_session *setup = &step->facts->setup;
    prom_hasher hasher;
    prom_bytes32 id;
    PROM_TRY(prom_setup_id(step, &id));
    prom_hasher_init(&hasher, "prometheus/seating");
    prom_hasher_add(&hasher, prom_span_of32(&id));
    for (size_t i = 0; i < count; i++) {
        const prom_outpoint *offer = &setup->candidates[seats[i]].offer;
        prom_hasher_add(&hasher, prom_span_of32(&offer->txid));
        prom_hasher_add_number(&hasher, offer->index, sizeof offer->index);
    }
    prom_hasher_finish(&hasher, seating);
    return prom_ok();
}

/* -- Passing on -- */

static const prom_bytes32 *seat_key(const prom_setup_session *setup, size_t seat)
{
    return &setup->candidates[setup->seats[seat]].seat.terms.key;
}

prom_result prom_setup_pass_on(struct step *step, const prom_bytes32 *from, const prom_message *message)
{
    const prom_setup_session *setup = &step->facts->setup;
    const prom_bytes32 *to[PROM_PARTIES + PROM_ARBITERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        to[count++] = &step->channel->terms.parties[i].key;
    }
    for (size_t i = 0; i < setup->seat_count; i++) {
        to[count++] = seat_key(setup, i);
    }
    for (size_t i = 0; i < count; i++) {
        if (!prom_bytes32_equal(to[i], &step->facts->own.words) && (from == NULL || !prom_bytes32_equal(to[i], from))) {
            PROM_TRY(prom_send(step, to[i], message));
        }
    }
    return prom_ok();
}

/* C, W and V pass on whatever is new; an arbiter what none of them has brought, for they have sent it to all. */
static bool passes_on(const struct step *step, const struct received *received)
{
    return step->facts->role != PROM_ROLE_ARBITER || received->place == PROM_NO_PLACE ||
           received->place >= PROM_PARTIES;
}

/* -- An arbiter's word -- */

/* All are its own, for each has signed, and different; the own words may be Q. */
static bool keys_are_good(const struct step *step, const prom_seat *seat, const prom_bytes32 *hash)
{
    const prom_arbiter_terms *terms = &seat->terms;
    const prom_bytes32 *const keys[PROM_SEAT_KEYS] = {[PROM_SEAT_WORDS] = &terms->key,
                                                      [PROM_SEAT_JOINT] = &terms->joint_key,
                                                      [PROM_SEAT_HOST] = &seat->host_key,
                                                      [PROM_SEAT_PAYOUT] = &terms->payout};
    bool good = prom_bytes32_equal(&terms->offer_key, &seat->announcement.Q);
    for (size_t i = 0; i < PROM_SEAT_KEYS && good; i++) {
        good = prom_signature_valid(step->channel->curve, &seat->by[i], prom_span_of32(hash), keys[i]) &&
               (i == PROM_SEAT_WORDS || !prom_bytes32_equal(keys[i], &terms->offer_key));
        for (size_t j = 0; j < i; j++) {
            good = good && !prom_bytes32_equal(keys[i], keys[j]);
        }
    }
    return good;
}

/* Nobody who cannot stand in the terms gets a seat: no key of C, W, V or F is an arbiter's. */
static bool fits_terms(const struct step *step, const prom_seat *seat)
{
    const prom_bytes32 *const given[] = {&seat->terms.key, &seat->terms.joint_key, &seat->terms.payout};
    const prom_bytes32 *const fund = &step->channel->terms.P.F;
    bool fits = true;
    for (size_t party = 0; party < PROM_PARTIES; party++) {
        const prom_party_terms *part = &step->channel->terms.parties[party];
        const prom_bytes32 *const theirs[] = {&part->key, &part->joint_key, &part->seal_key, &part->payout,
                                              &part->change};
        for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
            for (size_t j = 0; j < sizeof theirs / sizeof theirs[0]; j++) {
                fits = fits && !prom_bytes32_equal(given[i], theirs[j]);
            }
        }
    }
    return fits && !prom_bytes32_equal(&seat->terms.payout, fund);
}

/* By the key of its offer on the chain, which vouches for the node's, which signs. */
prom_result prom_seat_is_true(struct step *step, bool *true_word, const prom_candidate *candidate,
                              const prom_seat *seat)
{
    prom_bytes32 hash;
    *true_word = false;
    if (!prom_outpoint_equal(&seat->terms.offer, &candidate->offer) ||
        !prom_candidate_is_announced_by(step, candidate, &seat->announcement)) {
        return prom_ok();
    }
    PROM_TRY(prom_seat_hash(step, &hash, seat));
    *true_word = prom_signature_valid(step->channel->curve, &seat->signature, prom_span_of32(&hash),
                                      &seat->announcement.node_key) &&
                 (!seat->yes || (keys_are_good(step, seat, &hash) && fits_terms(step, seat)));
    return prom_ok();
}

prom_result prom_seat_is_same(struct step *step, bool *same, const prom_seat *a, const prom_seat *b)
{
    prom_bytes32 first;
    prom_bytes32 second;
    PROM_TRY(prom_seat_hash(step, &first, a));
    PROM_TRY(prom_seat_hash(step, &second, b));
    *same = prom_bytes32_equal(&first, &second);
    return prom_ok();
}

prom_result prom_take_seat(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_seat *seat = &received->message->as.seat;
    prom_candidate *candidate = prom_setup_candidate(step->channel, &seat->terms.offer);
    bool true_word = false;
    bool same = false;
    if (candidate == NULL || seat->announcement.address.length > PROM_ADDRESS_MAX) {
        return prom_refuse(step, reception, "an arbiter that is not drawn speaks about a seat");
    }
    const bool itself = prom_bytes32_equal(received->from, &seat->terms.key);
    if (candidate->has_seat_word) {
        const prom_seat known = prom_candidate_seat(candidate);
        PROM_TRY(prom_seat_is_same(step, &same, &known, seat));
        candidate->answered = candidate->answered || (same && itself);
    }
    if (same || candidate->lost) {
        return prom_ok();
    }
    PROM_TRY(prom_seat_is_true(step, &true_word, candidate, seat));
    if (!true_word) {
        return prom_refuse(step, reception, "an arbiter's word about its seat is not good, or not its own");
    }
    if (candidate->has_seat_word) {
        return prom_setup_blame_words(step, candidate, seat);
    }
    candidate->seat = *seat;
    prom_candidate_announce(candidate, &seat->announcement);
    candidate->has_seat_word = true;
    candidate->answered = candidate->answered || itself;
    return passes_on(step, received) ? prom_setup_pass_on(step, received->from, received->message) : prom_ok();
}

/* -- The seats -- */

static bool can_sit(const struct step *step, const prom_candidate *candidate)
{
    return candidate->has_seat_word && candidate->seat.yes && prom_candidate_is_unspent(step, candidate) &&
           prom_amount_at_least(step->channel->terms.retainer, candidate->seat.announcement.retainer);
}

/* The candidates as lists of the draw: all, those who are willing, those who have lost their seat. */
struct lists {
    prom_draw_list drawn;
    prom_draw_list willing;
    prom_draw_list lost;
    prom_draw_list announced;
};

static prom_result make_lists(struct step *step, struct lists *lists)
{
    const prom_setup_session *setup = &step->facts->setup;
    prom_outpoint *offers[4] = {NULL};
    size_t counts[4] = {0};
    for (size_t i = 0; i < 4; i++) {
        PROM_TRY_NEW(offers[i], step->arena, setup->candidate_count, step->error);
    }
    for (size_t i = 0; i < setup->candidate_count; i++) {
        const prom_candidate *candidate = &setup->candidates[i];
        const bool in[] = {true, can_sit(step, candidate), candidate->lost, candidate->announced};
        for (size_t j = 0; j < 4; j++) {
            if (in[j]) {
                offers[j][counts[j]++] = candidate->offer;
            }
        }
    }
    *lists =
        (struct lists){{offers[0], counts[0]}, {offers[1], counts[1]}, {offers[2], counts[2]}, {offers[3], counts[3]}};
    return prom_ok();
}

/* Seats may come back to what they were, and nobody may sign two different nonces for one attempt of a contract: its
 * attempts go on then. Those of other seats begin anew, or whoever lets them run out and loses its seat for its silence
 * would have ended the setup all the same. */
static void leave_tree(prom_setup_session *setup, const prom_bytes32 *contract_id)
{
    const prom_left_tree left = {*contract_id, setup->attempt};
    size_t kept = 0;
    for (size_t i = 0; i < setup->left_count; i++) {
        if (!prom_bytes32_equal(&setup->left[i].contract_id, contract_id)) {
            setup->left[kept++] = setup->left[i];
        }
    }
    if (kept == PROM_LEFT_TREES_MAX) {
        const uint32_t oldest = setup->left[0].attempt;
        setup->left_attempt = oldest > setup->left_attempt ? oldest : setup->left_attempt;
        memmove(setup->left, setup->left + 1, --kept * sizeof setup->left[0]);
    }
    setup->left[kept] = left;
    setup->left_count = kept + 1;
    setup->attempt = 0;
}

/* Nothing that was made for the old seats is good for the new ones. */
static void unseat(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_setup_session *setup = &step->facts->setup;
    memset(&setup->seating, 0, sizeof setup->seating);
    setup->seat_count = 0;
    setup->seating_tip = step->view->own_tip;
    setup->told = 0;
    setup->keygen_step = 0;
    memset(setup->keygen_here, 0, sizeof setup->keygen_here);
    memset(&setup->Y, 0, sizeof setup->Y);
    setup->digest_same = 0;
    memset(setup->inputs_found, 0, sizeof setup->inputs_found);
    setup->moved_seconds = step->view->seconds;
    setup->phase = PROM_SETUP_SEATING;
    for (size_t i = PROM_KEPT_TERMS; i < PROM_KEPT_KINDS; i++) {
        if (i != PROM_KEPT_FAULT) {
            step->facts->kept[i] = prom_span_of(NULL, 0);
        }
    }
    if (channel->signing != NULL) {
        prom_signing_wipe(channel->signing);
    }
    if (channel->tree != NULL && setup->attempt > 0) {
        leave_tree(setup, &channel->tree->contract_id);
    }
    channel->signing = NULL;
    channel->tree = NULL;
    memset(channel->terms.arbiters, 0, sizeof channel->terms.arbiters);
    channel->terms.arbiter_count = 0;
    memset(&channel->terms.Y, 0, sizeof channel->terms.Y);
    channel->place = step->facts->role == PROM_ROLE_ARBITER ? PROM_NO_PLACE : channel->place;
}

static void take_seats(struct step *step, const prom_draw_list *seats, const prom_bytes32 *seating)
{
    prom_setup_session *setup = &step->facts->setup;
    const prom_outpoint *own = &step->facts->own.coins[0].outpoint;
    bool seated = step->facts->role != PROM_ROLE_ARBITER;
    for (size_t i = 0; i < seats->count; i++) {
        setup->seats[i] = (uint8_t)(prom_setup_candidate(step->channel, &seats->offers[i]) - setup->candidates);
        seated = seated || prom_outpoint_equal(own, &seats->offers[i]);
    }
    setup->seat_count = seats->count;
    setup->seating = *seating;
    setup->seating_tip = step->view->own_tip;
    setup->moved_seconds = step->view->seconds;
    setup->phase = seated ? PROM_SETUP_KEYING : PROM_SETUP_SEATING;
}

static prom_result seating_of(struct step *step, prom_bytes32 *seating, const prom_draw_list *seats)
{
    uint8_t indexes[PROM_ARBITERS_MAX];
    for (size_t i = 0; i < seats->count; i++) {
        indexes[i] = (uint8_t)(prom_setup_candidate(step->channel, &seats->offers[i]) - step->facts->setup.candidates);
    }
    return prom_setup_seating(step, seating, indexes, seats->count);
}

/* C, W and V take seats once each has asked on its own, and only where enough of those who come first are announced: a
 * party that is cut off from the others sees few. Arbiters take what they are told. */
static bool may_take_seats(const struct step *step)
{
    return step->facts->role == PROM_ROLE_ARBITER || step->facts->setup.seat_count > 0 || prom_setup_has_asked(step);
}

static prom_result check_announced(struct step *step, const struct lists *lists, const prom_draw_list *seats)
{
    if (step->facts->role == PROM_ROLE_ARBITER || step->view->config->any_pool) {
        return prom_ok();
    }
    return prom_draw_check_announced(&lists->drawn, seats, &lists->announced, step->error);
}

prom_result prom_setup_reseat(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    struct lists lists;
    prom_draw_list seats;
    prom_bytes32 seating;
    PROM_TRY(make_lists(step, &lists));
    const prom_result enough = prom_draw_seats(step->arena, &seats, &lists.drawn, &lists.willing, &lists.lost,
                                               step->channel->terms.P.n, step->error);
    if (!prom_is_ok(enough)) {
        *changed = *changed || setup->seat_count > 0;
        if (setup->seat_count > 0) {
            unseat(step);
        }
        return enough.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : enough;
    }
    PROM_TRY(seating_of(step, &seating, &seats));
    if (prom_bytes32_equal(&seating, &setup->seating) || !may_take_seats(step)) {
        return prom_ok();
    }
    *changed = true;
    const prom_result announced = check_announced(step, &lists, &seats);
    if (!prom_is_ok(announced)) {
        return prom_setup_break_failed(step, announced);
    }
    unseat(step);
    take_seats(step, &seats, &seating);
    return prom_ok();
}

/* -- What the seats follow from, for those who have them -- */

bool prom_setup_is_told(const prom_channel *channel)
{
    const prom_setup_session *setup = &channel->facts.setup;
    return setup->seat_count > 0 && setup->told >= setup->seat_count * PROM_CANDIDATES_MAX;
}

/* All that is known of a candidate, to who has the seat. */
static prom_result tell(struct step *step, const prom_bytes32 *to, const prom_candidate *candidate)
{
    const prom_message message = {.kind = PROM_MESSAGE_SEAT, .as.seat = prom_candidate_seat(candidate)};
    prom_message losses[PROM_LOSS_MESSAGES_MAX];
    size_t count = 0;
    PROM_TRY(prom_candidate_losses(step, &count, losses, candidate));
    if (candidate->has_seat_word && !prom_bytes32_equal(&candidate->seat.terms.key, to)) {
        PROM_TRY(prom_send(step, to, &message));
    }
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(prom_send(step, to, &losses[i]));
    }
    return prom_ok();
}

/* Each new arbiter needs to know whom it sits beside, and who before them does not: one after the other, as many as a
 * step has room for. */
prom_result prom_setup_tell(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    const size_t last = setup->seat_count == 0 ? 0 : setup->seats[setup->seat_count - 1];
    while (setup->seat_count > 0 && !prom_setup_is_told(step->channel) &&
           step->outputs->count < PROM_OUTPUTS_MAX - OUTPUTS_LEFT) {
        const size_t seat = setup->told / PROM_CANDIDATES_MAX;
        const size_t at = setup->told % PROM_CANDIDATES_MAX;
        if (at <= last) {
            PROM_TRY(tell(step, seat_key(setup, seat), &setup->candidates[at]));
        }
        setup->told++;
        *changed = true;
    }
    return prom_ok();
}
