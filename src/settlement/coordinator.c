/* The coordinator of a session in which the arbiters sign their decision: it asks all of S for nonces, and lists the
 * first k that come. Whoever lets a session stall, or gives a wrong share, is left out of the next. */
#include <string.h>

#include "settlement/arbitration.h"

/* Seconds until a session that waits for somebody is followed by another, beside it, and until the next in the order
 * begins one as well. */
enum { STALL_SECONDS = 60 };

static prom_arbitration *arbitration_of(const struct step *step, uint16_t batch)
{
    return &step->facts->batches[batch].arbitration;
}

static prom_decision_course *course_of(const struct step *step, uint16_t batch)
{
    return &step->channel->courses[batch];
}

/* -- When it begins -- */

/* The place of our index in S decides when we begin: r blocks, or r times so many seconds, after the first. At the last
 * tip for signing all do: where p is small those before us could else keep us waiting until it is too late. */
static bool our_turn(const struct step *step, uint16_t batch, uint32_t S)
{
    const uint32_t before = prom_arbiters_count(S & (prom_arbiter_bit(prom_own_arbiter(step->channel)) - 1));
    const prom_tip_window sign = prom_arbitration_window(step->channel, batch, PROM_DEADLINE_SIGN);
    return step->view->own_tip >= sign.earliest + before || step->view->own_tip >= sign.latest ||
           step->view->seconds - course_of(step, batch)->open_seconds >= (uint64_t)STALL_SECONDS * before;
}

/* How long a session waits before the next: once for each arbiter that may stall one; then twice as long each time, for
 * then it is the messages that are slow, and sessions must last for four of them. */
static uint64_t patience(const struct step *step, uint16_t batch)
{
    enum { DOUBLINGS_MAX = 6 };
    const uint32_t begun = course_of(step, batch)->begun;
    const uint32_t quick = prom_parameters_tolerated(&step->channel->terms.P) + 1;
    const uint32_t doublings = begun > quick ? begun - quick : 0;
    return (uint64_t)STALL_SECONDS << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
}

/* Whom the session waits for lets it stall; when too few are left, all but those whose shares were wrong get another
 * chance. */
static void blame_stalled(struct step *step, const prom_decision_session *session)
{
    prom_decision_course *course = course_of(step, session->batch);
    course->stalled |= session->listed ? session->signers & ~session->shares_here : 0;
    if (prom_arbiters_count(session->deciders & ~course->stalled & ~course->wrong) <
        prom_channel_quorum(step->channel)) {
        course->stalled = 0;
    }
}

static prom_result ask(struct step *step, uint16_t batch, uint32_t S)
{
    prom_decision_course *course = course_of(step, batch);
    const size_t own = prom_own_arbiter(step->channel);
    const prom_decision_session begun = {.own = true,
                                         .batch = batch,
                                         .coordinator = (uint8_t)own,
                                         .number = step->channel->sessions_begun + 1,
                                         .deciders = S,
                                         .decision = arbitration_of(step, batch)->vote.decision};
    course->begun++;
    PROM_TRY(prom_session_begin(step, &begun));
    return prom_session_send(step, &begun, S & ~course->stalled & ~course->wrong, PROM_DECISION_ASK,
                             prom_span_of(NULL, 0));
}

static prom_result coordinate(struct step *step, uint16_t batch, bool *changed)
{
    const prom_arbitration *arbitration = arbitration_of(step, batch);
    const prom_decision decision = arbitration->vote.decision;
    const uint32_t S = prom_signers_allowed(step, batch, decision) | prom_votes_counted(step->channel, batch, decision);
    const prom_decision_session *session = prom_session_of(step, batch, prom_own_arbiter(step->channel));
    const bool stalls = session != NULL && step->view->seconds - session->begun_seconds >= patience(step, batch);
    if (!prom_signers_acceptable(step, batch, decision, S) || (session != NULL && session->deciders == S && !stalls) ||
        (session == NULL && !our_turn(step, batch, S))) {
        return prom_ok();
    }
    if (stalls) {
        blame_stalled(step, session);
    }
    *changed = true;
    return ask(step, batch, S);
}

prom_result prom_coordinate(struct step *step, bool *changed)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count; batch++) {
        prom_decision_course *course = course_of(step, batch);
        if (!prom_decision_is_open(step, batch)) {
            prom_sessions_end(step, batch);
        }
        if (!prom_signing_may_begin(step, batch)) {
            course->open = false; /* what shares have been given may still come together */
            continue;
        }
        if (!course->open) {
            *course = (prom_decision_course){.open = true, .open_seconds = step->view->seconds};
        }
        PROM_TRY(coordinate(step, batch, changed));
    }
    return prom_ok();
}

/* -- What it is answered -- */

/* Sends the list: signers (u32), and their nonces in order. Our own share is for this S from here on. */
static prom_result send_list(struct step *step, prom_decision_session *session)
{
    prom_writer writer = prom_writer_in(step->arena);
    prom_span list;
    session->signers = session->nonces_here;
    session->listed = true;
    prom_write_u32(&writer, session->signers);
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        if ((session->signers & prom_arbiter_bit(i)) != 0) {
            prom_write_span(&writer, prom_span_of((const uint8_t *)&session->nonces[i], sizeof session->nonces[i]));
        }
    }
    if ((session->signers & prom_arbiter_bit(prom_own_arbiter(step->channel))) != 0) {
        arbitration_of(step, session->batch)->signed_for = session->deciders;
    }
    PROM_TRY(prom_writer_finish(&writer, &list, step->error));
    return prom_session_send(step, session, session->signers, PROM_DECISION_LIST, list);
}

prom_result prom_session_add_nonce(struct step *step, prom_decision_session *session, size_t from, prom_span bytes,
                                   prom_reception *reception)
{
    const prom_decision_course *course = course_of(step, session->batch);
    const uint32_t bit = prom_arbiter_bit(from);
    prom_reader reader = prom_reader_of(bytes);
    prom_frost_nonce nonce;
    if (session->listed || (session->deciders & bit) == 0 ||
        ((session->nonces_here | course->stalled | course->wrong) & bit) != 0) {
        return prom_ok(); /* k others were faster, or it was here before */
    }
    if (!prom_nonce_read(step->channel->curve, &reader, &nonce) || !prom_reader_done(&reader)) {
        return prom_refuse(step, reception, "arbiter %zu sent no nonce", from + 1);
    }
    session->nonces[from] = nonce;
    session->nonces_here |= bit;
    return prom_arbiters_count(session->nonces_here) == prom_channel_quorum(step->channel) ? send_list(step, session)
                                                                                           : prom_ok();
}
