/* The draw, as every party and every arbiter makes it for itself: the seed, the offers that it orders first, and who of
 * their owners is announced; docs/protocol.md, section 4. */
#include <string.h>

#include "setup/setup.h"

prom_result prom_setup_find_seed(struct step *step, prom_setup_state *state, prom_bytes32 *seed, prom_bytes32 *block,
                                 const prom_terms *terms)
{
    const prom_setup_session *setup = &step->facts->setup;
    const bool found = prom_index_block_hash(step->view->index, block, terms->draw_height);
    const prom_setup_view view = {
        .held_tip =
            step->facts->role == PROM_ROLE_ARBITER ? 0 : setup->held_tip, /* what the three held is their word */
        .tip = step->view->own_tip,
        .block = found ? block : NULL,
        .drawn = setup->drawn ? &setup->draw_block : NULL,
        .signed_tx0 = setup->phase >= PROM_SETUP_GIVEN,
    };
    return prom_setup_seed(step->arena, state, seed, terms, &view, step->error);
}

/* What was spent since the snapshot stays in the order: it gets no seat (prom_candidate_is_unspent). So the order is
 * the same for all, whatever block each has come to. */
prom_result prom_setup_draw_offers(struct step *step, struct drawn *drawn, const prom_terms *terms,
                                   const prom_bytes32 *seed)
{
    const prom_index_record *const *counted = NULL;
    const prom_offer_query query = {&terms->p_txid, terms->snapshot_height, false};
    prom_outpoint *offers = NULL;
    prom_draw_list order;
    prom_bytes32 snapshot;
    *drawn = (struct drawn){0};
    if (!prom_index_block_hash(step->view->index, &snapshot, terms->snapshot_height) ||
        !prom_bytes32_equal(&snapshot, &terms->snapshot_hash)) {
        return prom_fail(step->error, PROM_CATEGORY_BAD_INPUT, "the snapshot is no longer a block of our chain");
    }
    PROM_TRY(prom_index_counted(step->view->index, step->arena, &counted, &drawn->counted, &query, step->error));
    PROM_TRY_NEW(offers, step->arena, drawn->counted, step->error);
    for (size_t i = 0; i < drawn->counted; i++) {
        offers[i] = (prom_outpoint){counted[i]->txid, 0};
    }
    PROM_TRY(prom_draw_order(step->arena, &order, seed, offers, drawn->counted, step->error));
    drawn->offers = order.offers;
    drawn->count = order.count < PROM_CANDIDATES_MAX ? order.count : PROM_CANDIDATES_MAX;
    return prom_ok();
}

prom_result prom_setup_take_draw(struct step *step, const struct drawn *drawn, const prom_bytes32 *seed,
                                 const prom_bytes32 *block)
{
    prom_setup_session *setup = &step->facts->setup;
    PROM_TRY_NEW(setup->candidates, step->channel->arena, drawn->count, step->error);
    memset(setup->candidates, 0, drawn->count * sizeof *setup->candidates);
    for (size_t i = 0; i < drawn->count; i++) {
        setup->candidates[i].offer = drawn->offers[i];
    }
    setup->candidate_count = drawn->count;
    setup->counted = drawn->counted;
    setup->drawn = true;
    setup->draw_block = *block;
    setup->seed = *seed;
    setup->phase = PROM_SETUP_SEATING;
    return prom_ok();
}

prom_candidate *prom_setup_candidate(prom_channel *channel, const prom_outpoint *offer)
{
    prom_setup_session *setup = &channel->facts.setup;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        if (prom_outpoint_equal(&setup->candidates[i].offer, offer)) {
            return &setup->candidates[i];
        }
    }
    return NULL;
}

/* Draws, once the block is there and deep enough; ends the setup when that block has left the chain. Then nothing is
 * remembered: the draw that was made is nobody's. */
prom_result prom_setup_draw(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    const prom_terms *terms = &step->channel->terms;
    prom_setup_state state = PROM_SETUP_EARLY;
    struct drawn drawn;
    prom_bytes32 seed;
    prom_bytes32 block;
    PROM_TRY(prom_setup_find_seed(step, &state, &seed, &block, terms));
    if (state == PROM_SETUP_ENDED) {
        *changed = true;
        setup->drawn = false;
        return prom_setup_end(step, "the draw's block, of height %u, has left the chain", terms->draw_height);
    }
    if (state != PROM_SETUP_DRAWN || setup->drawn) {
        return prom_ok();
    }
    *changed = true;
    const prom_result made = prom_setup_draw_offers(step, &drawn, terms, &seed);
    if (!prom_is_ok(made)) {
        return prom_setup_break_failed(step, made);
    }
    return prom_setup_take_draw(step, &drawn, &seed, &block);
}

/* -- Announcements -- */

prom_announcement prom_candidate_announcement(const prom_candidate *candidate)
{
    prom_announcement announcement = candidate->seat.announcement;
    announcement.address = prom_span_of(candidate->address.bytes, candidate->address.length);
    return announcement;
}

void prom_candidate_announce(prom_candidate *candidate, const prom_announcement *announcement)
{
    const prom_span address = announcement->address;
    candidate->announced = true;
    candidate->seat.announcement = *announcement;
    candidate->address.length = (uint8_t)address.length;
    if (address.length > 0 && address.data != candidate->address.bytes) {
        memcpy(candidate->address.bytes, address.data, address.length);
    }
    candidate->seat.announcement.address = prom_span_of(candidate->address.bytes, address.length);
}

static const prom_index_record *record_of(const struct step *step, const prom_candidate *candidate)
{
    return candidate->offer.index != 0 ? NULL
                                       : prom_index_find(step->view->index, PROM_INDEX_OFFER, &candidate->offer.txid);
}

bool prom_candidate_is_unspent(const struct step *step, const prom_candidate *candidate)
{
    const prom_index_record *record = record_of(step, candidate);
    return record != NULL && record->offer.fate == PROM_OFFER_UNSPENT;
}

bool prom_candidate_is_announced_by(struct step *step, const prom_candidate *candidate,
                                    const prom_announcement *announcement)
{
    const prom_index_record *record = record_of(step, candidate);
    return record != NULL && prom_outpoint_equal(&announcement->offer, &candidate->offer) &&
           prom_bytes32_equal(&announcement->p_txid, &step->channel->terms.p_txid) &&
           prom_bytes32_equal(&announcement->Q, &record->offer.key) &&
           announcement->address.length <= PROM_ADDRESS_MAX &&
           prom_is_ok(prom_announcement_signed(step->channel->curve, step->arena, announcement, NULL));
}

/* What our node has heard, and checked against the chain. Returns how many candidates it knows the node of. */
static size_t take_heard(struct step *step, bool *changed)
{
    size_t heard = 0;
    for (size_t i = 0; i < step->view->announced_count; i++) {
        const prom_announcement *announcement = &step->view->announced[i];
        prom_candidate *candidate = prom_setup_candidate(step->channel, &announcement->offer);
        if (candidate == NULL || !prom_bytes32_equal(&announcement->p_txid, &step->channel->terms.p_txid)) {
            continue;
        }
        heard++;
        if (!candidate->announced) {
            *changed = true;
            prom_candidate_announce(candidate, announcement);
        }
    }
    return heard;
}

static prom_result send_announcements(struct step *step)
{
    const prom_setup_session *setup = &step->facts->setup;
    prom_span *items = NULL;
    size_t count = 0;
    PROM_TRY_NEW(items, step->arena, setup->candidate_count, step->error);
    for (size_t i = 0; i < setup->candidate_count; i++) {
        if (setup->candidates[i].announced) {
            const prom_announcement announcement = prom_candidate_announcement(&setup->candidates[i]);
            PROM_TRY(prom_announcement_write(step->arena, &items[count++], &announcement, step->error));
        }
    }
    const prom_message message = {.kind = PROM_MESSAGE_ANNOUNCEMENTS, .as.announcements = {items, count}};
    return prom_send_places(step, FROM_PARTIES, &message);
}

prom_result prom_setup_announce(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    const size_t heard = take_heard(step, changed);
    if (step->facts->role == PROM_ROLE_ARBITER || heard + 1 <= setup->announcements_sent) {
        return prom_ok();
    }
    *changed = true;
    setup->announcements_sent = (uint16_t)(heard + 1); /* 0: nothing was sent yet */
    return send_announcements(step);
}

prom_result prom_take_announcements(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_span_list *list = &received->message->as.announcements;
    if (list->count > PROM_CANDIDATES_MAX) {
        return prom_refuse(step, reception, "%zu offers are announced at once, and %u are looked at", list->count,
                           PROM_CANDIDATES_MAX);
    }
    for (size_t i = 0; i < list->count; i++) {
        prom_announcement announcement;
        if (!prom_is_ok(prom_announcement_read(&announcement, list->items[i], NULL))) {
            continue;
        }
        prom_candidate *candidate = prom_setup_candidate(step->channel, &announcement.offer);
        if (candidate != NULL && !candidate->announced &&
            prom_candidate_is_announced_by(step, candidate, &announcement)) {
            prom_candidate_announce(candidate, &announcement);
        }
    }
    step->facts->setup.announcements_from |= (uint8_t)(1U << received->place);
    return prom_ok();
}
