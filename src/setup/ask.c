/* Asking arbiters, in the order of the draw. C, W and V each ask on their own, so that none of them can leave anybody
 * out; and an arbiter asks before its first nonce, so that the three together cannot: docs/protocol.md, section 4. */
#include <string.h>

#include "setup/setup.h"

/* -- One invitation -- */

prom_result prom_setup_invite(struct step *step, prom_candidate *candidate)
{
    const prom_facts *facts = step->facts;
    prom_message message = {.kind = PROM_MESSAGE_INVITATION,
                            .as.invitation.signed_terms = facts->kept[PROM_KEPT_SIGNED_BASE]};
    memcpy(message.as.invitation.addresses, facts->addresses, sizeof message.as.invitation.addresses);
    candidate->asked = true;
    candidate->answered = false;
    candidate->asked_tip = step->view->own_tip;
    candidate->asked_seconds = step->view->seconds;
    return prom_send(step, &candidate->seat.announcement.node_key, &message);
}

bool prom_setup_is_over(const struct step *step, uint64_t since, uint64_t seconds)
{
    const uint64_t now = step->view->seconds;
    return now >= since && now - since >= seconds;
}

/* The clock began anew with the node: what was waited for is waited for again. */
static bool clock_began_anew(const struct step *step, uint64_t *since)
{
    const bool anew = *since > step->view->seconds;
    *since = anew ? step->view->seconds : *since;
    return anew;
}

prom_result prom_setup_follow_clock(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        *changed = clock_began_anew(step, &setup->candidates[i].asked_seconds) || *changed;
    }
    *changed = clock_began_anew(step, &setup->moved_seconds) || *changed;
    *changed = clock_began_anew(step, &setup->passed_over_seconds) || *changed;
    return prom_ok();
}

/* -- C, W and V -- */

/* Whether an offer can get a seat, and its owner be asked for it. */
static bool can_be_asked(const struct step *step, const prom_candidate *candidate)
{
    return candidate->announced && !candidate->lost && prom_candidate_is_unspent(step, candidate) &&
           prom_amount_at_least(step->channel->terms.retainer, candidate->seat.announcement.retainer);
}

static bool is_waited_for(const struct step *step, const prom_candidate *candidate)
{
    return candidate->asked && !candidate->has_seat_word &&
           !prom_setup_is_over(step, candidate->asked_seconds, step->view->config->answer_seconds);
}

bool prom_setup_has_asked(const struct step *step)
{
    const prom_setup_session *setup = &step->facts->setup;
    const unsigned others = FROM_PARTIES & ~(1U << step->channel->place);
    size_t willing = 0;
    if ((setup->announcements_from & others) != others) {
        return false; /* somebody may be announced who comes first */
    }
    for (size_t i = 0; i < setup->candidate_count && willing < step->channel->terms.P.n; i++) {
        const prom_candidate *candidate = &setup->candidates[i];
        if (!can_be_asked(step, candidate)) {
            continue;
        }
        if ((!candidate->asked && !candidate->has_seat_word) || is_waited_for(step, candidate)) {
            return false;
        }
        willing += candidate->has_seat_word && candidate->seat.yes;
    }
    return true;
}

/* Asks so many that n may say yes, and the next ones when some do not. */
prom_result prom_setup_ask(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    size_t hoped = 0;
    for (size_t i = 0; i < setup->candidate_count && hoped < step->channel->terms.P.n; i++) {
        prom_candidate *candidate = &setup->candidates[i];
        if (!can_be_asked(step, candidate)) {
            continue;
        }
        if (!candidate->has_seat_word && !candidate->asked && prom_channel_may_sign(step->channel)) {
            *changed = true;
            PROM_TRY(prom_setup_invite(step, candidate));
        }
        hoped += candidate->has_seat_word ? candidate->seat.yes : is_waited_for(step, candidate);
    }
    return prom_ok();
}

/* -- An arbiter -- */

/* Everybody before the last seat, the first 3 for each seat, without those who have one, have refused, or lost theirs.
 */
static prom_result list_passed_over(struct step *step, prom_draw_list *passed)
{
    const prom_setup_session *setup = &step->facts->setup;
    prom_outpoint *drawn = NULL;
    prom_outpoint *seats = NULL;
    prom_outpoint *excused = NULL;
    size_t excused_count = 0;
    PROM_TRY_NEW(drawn, step->arena, setup->candidate_count, step->error);
    PROM_TRY_NEW(excused, step->arena, setup->candidate_count, step->error);
    PROM_TRY_NEW(seats, step->arena, setup->seat_count, step->error);
    for (size_t i = 0; i < setup->candidate_count; i++) {
        const prom_candidate *candidate = &setup->candidates[i];
        drawn[i] = candidate->offer;
        if (candidate->lost || (candidate->has_seat_word && !candidate->seat.yes)) {
            excused[excused_count++] = candidate->offer;
        }
    }
    for (size_t i = 0; i < setup->seat_count; i++) {
        seats[i] = setup->candidates[setup->seats[i]].offer;
    }
    return prom_draw_passed_over(step->arena, passed, &(prom_draw_list){drawn, setup->candidate_count},
                                 &(prom_draw_list){seats, setup->seat_count}, &(prom_draw_list){excused, excused_count},
                                 step->error);
}

static prom_result ask_passed_over(struct step *step)
{
    prom_setup_session *setup = &step->facts->setup;
    prom_draw_list passed;
    PROM_TRY(list_passed_over(step, &passed));
    for (size_t i = 0; i < passed.count; i++) {
        prom_candidate *candidate = prom_setup_candidate(step->channel, &passed.offers[i]);
        if (can_be_asked(step, candidate) && !candidate->has_seat_word) {
            PROM_TRY(prom_setup_invite(step, candidate));
        }
    }
    setup->passed_over_asked = true;
    setup->passed_over_seconds = step->view->seconds;
    return prom_ok();
}

prom_result prom_setup_passed_over_done(struct step *step, bool *done)
{
    const prom_setup_session *setup = &step->facts->setup;
    if (!setup->passed_over_asked) {
        PROM_TRY(ask_passed_over(step));
    }
    *done = true;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        *done = *done && !is_waited_for(step, &setup->candidates[i]);
    }
    return prom_ok();
}
