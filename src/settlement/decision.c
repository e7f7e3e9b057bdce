/* The decision is signed by any k of those who voted for it (FROST). Each of them may coordinate; a coordinator decides
 * nothing, and one that stalls is overtaken by the next in the arbiters' order.
 *
 *   coordinator ── ask ──> all of S        S: all whose votes it has
 *               <── nonce ─ each           who finds S good
 *               ── list ──> k              the first whose nonces came
 *                   share  each of the k gives the others and the coordinator, when it still finds S good
 *                   signed whoever has all shares sends everybody: C, W and V publish it as well
 *
 * A nonce makes one share, ever. Sessions live in memory alone, as the secret nonces do: a crash ends them, and the
 * next one begins anew. This file has what every signer does before its share, shares.c what it does from then on,
 * coordinator.c what the coordinator does besides. */
#include <string.h>

#include "settlement/arbitration.h"

static prom_arbitration *arbitration_of(const struct step *step, uint16_t batch)
{
    return &step->facts->batches[batch].arbitration;
}

/* -- When, and for whom -- */

static bool all_voted(const prom_channel *channel, uint16_t batch)
{
    const uint32_t voted =
        prom_votes_seen(channel, batch, PROM_DECISION_VERIFIER) | prom_votes_seen(channel, batch, PROM_DECISION_WORKER);
    return voted == prom_arbiters_all(channel);
}

bool prom_decision_is_open(const struct step *step, uint16_t batch)
{
    return prom_channel_may_sign(step->channel) && prom_money_state_of(step->facts, batch) == PROM_MONEY_APPEALED &&
           prom_rounds_over(step->channel, batch) && !arbitration_of(step, batch)->decided;
}

/* No vote can be awaited any more. Tx7 and Tx8 need s blocks before t4. */
bool prom_signing_may_begin(const struct step *step, uint16_t batch)
{
    const prom_channel *channel = step->channel;
    const uint32_t tip = step->view->own_tip;
    prom_tip_window publish;
    return prom_decision_is_open(step, batch) && prom_window_of(channel, batch, PROM_DEADLINE_DECISION, &publish) &&
           tip <= publish.latest &&
           (all_voted(channel, batch) || tip >= prom_arbitration_window(channel, batch, PROM_DEADLINE_SIGN).earliest);
}

/* In the first half of the time for signing S is all whom everybody should have counted; then others' counts are taken
 * as well, so that nobody who timed its words to divide us keeps us from deciding. */
uint32_t prom_signers_allowed(const struct step *step, uint16_t batch, prom_decision decision)
{
    const prom_tip_window sign = prom_arbitration_window(step->channel, batch, PROM_DEADLINE_SIGN);
    const bool late = step->view->own_tip >= (sign.earliest + sign.latest + 1) / 2;
    return late ? prom_votes_seen(step->channel, batch, decision) : prom_votes_counted(step->channel, batch, decision);
}

/* Whether we sign for this S: all whom we have counted are in it, nobody whose vote we have not seen, and all of an S
 * that we have signed for before. */
bool prom_signers_acceptable(const struct step *step, uint16_t batch, prom_decision decision, uint32_t S)
{
    const prom_arbitration *arbitration = arbitration_of(step, batch);
    const uint32_t must = prom_votes_counted(step->channel, batch, decision) | arbitration->signed_for |
                          prom_arbiter_bit(prom_own_arbiter(step->channel));
    return arbitration->voted && arbitration->vote.decision == decision && (must & ~S) == 0 &&
           (S & ~(prom_signers_allowed(step, batch, decision) | arbitration->signed_for)) == 0 &&
           prom_decision_tx(step->channel, decision, S) != NULL;
}

/* -- Sessions -- */

static bool is_of(const prom_decision_session *session, uint16_t batch, size_t coordinator)
{
    return session->used && session->batch == batch && session->coordinator == coordinator;
}

prom_decision_session *prom_session_of(struct step *step, uint16_t batch, size_t coordinator)
{
    prom_decision_session *newest = NULL;
    for (size_t i = 0; i < step->channel->session_count; i++) {
        prom_decision_session *session = &step->channel->sessions[i];
        if (is_of(session, batch, coordinator) && (newest == NULL || session->serial > newest->serial)) {
            newest = session;
        }
    }
    return newest;
}

static prom_decision_session *session_numbered(struct step *step, uint16_t batch, size_t coordinator, uint32_t number)
{
    for (size_t i = 0; i < step->channel->session_count; i++) {
        prom_decision_session *session = &step->channel->sessions[i];
        if (is_of(session, batch, coordinator) && session->number == number) {
            return session;
        }
    }
    return NULL;
}

/* A coordinator has so many sessions at a time: what is slow is not dead, and may still end. */
static size_t sessions_of_each(const prom_channel *channel)
{
    enum { SESSIONS_OF_EACH_MAX = 4 };
    const size_t share = PROM_DECISION_SESSIONS_MAX / (PROM_BATCHES_MAX * channel->terms.arbiter_count);
    return share < SESSIONS_OF_EACH_MAX ? share : SESSIONS_OF_EACH_MAX;
}

/* Where a session has room: in place of the same coordinator's of that number, or of its oldest when it has as many as
 * it may; so nobody takes another's place. */
static prom_decision_session *find_room(struct step *step, const prom_decision_session *begun)
{
    prom_decision_session *oldest = NULL;
    prom_decision_session *free = NULL;
    size_t count = 0;
    for (size_t i = 0; i < step->channel->session_count; i++) {
        prom_decision_session *session = &step->channel->sessions[i];
        if (is_of(session, begun->batch, begun->coordinator)) {
            count++;
            oldest = oldest == NULL || session->serial < oldest->serial ? session : oldest;
        } else if (!session->used) {
            free = session;
        }
    }
    prom_decision_session *same = session_numbered(step, begun->batch, begun->coordinator, begun->number);
    if (same != NULL) {
        return same;
    }
    return count < sessions_of_each(step->channel) ? free : oldest;
}

/* One for each coordinator at first, which is what honest ones need; then for as many as all may have. */
static prom_result make_room(prom_channel *channel, prom_error *error)
{
    const size_t coordinators = PROM_BATCHES_MAX * channel->terms.arbiter_count;
    const size_t before = channel->session_count;
    const size_t count = before == 0 ? coordinators : coordinators * sessions_of_each(channel);
    prom_decision_session *sessions = NULL;
    if (before < count) {
        PROM_TRY_NEW(sessions, channel->arena, count, error);
        for (size_t i = 0; i < before; i++) {
            sessions[count - before + i] = channel->sessions[i];
        }
        channel->sessions = sessions;
        channel->session_count = count;
    }
    return prom_ok();
}

prom_result prom_session_begin(struct step *step, const prom_decision_session *begun)
{
    prom_decision_session *session = find_room(step, begun);
    if (session == NULL) {
        PROM_TRY(make_room(step->channel, step->error));
        session = find_room(step, begun);
    }
    if (session == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "there are more signing sessions than arbiters may have");
    }
    *session = *begun;
    session->used = true;
    session->serial = ++step->channel->sessions_begun;
    session->begun_seconds = step->view->seconds;
    return prom_ok();
}

void prom_sessions_end(struct step *step, uint16_t batch)
{
    for (size_t i = 0; i < step->channel->session_count; i++) {
        if (step->channel->sessions[i].batch == batch) {
            memset(&step->channel->sessions[i], 0, sizeof step->channel->sessions[i]);
        }
    }
}

static prom_result send_step(struct step *step, const prom_decision_session *session, uint32_t places,
                             prom_decision_step kind, prom_span bytes)
{
    const prom_message message = {
        .kind = PROM_MESSAGE_DECISION,
        .batch = session->batch,
        .as.decision = {.decision = (uint8_t)session->decision,
                        .deciders = session->deciders,
                        .coordinator = session->coordinator,
                        .session = session->number,
                        .step = (uint8_t)kind,
                        .bytes = bytes},
    };
    return prom_send_places(step, places, &message);
}

prom_result prom_session_send(struct step *step, const prom_decision_session *session, uint32_t arbiters,
                              prom_decision_step kind, prom_span bytes)
{
    return send_step(step, session, arbiters << PROM_PARTIES, kind, bytes);
}

/* -- The end -- */

prom_result prom_decision_take(struct step *step, const prom_decision_session *session, const prom_signature *signature)
{
    prom_arbitration *arbitration = arbitration_of(step, session->batch);
    arbitration->decided = true;
    arbitration->decision = session->decision;
    arbitration->deciders = session->deciders;
    arbitration->decision_signature = *signature;
    return prom_note(step, "the arbiters have decided against the %s",
                     session->decision == PROM_DECISION_WORKER ? "worker" : "verifier");
}

prom_result prom_decision_send(struct step *step, uint16_t batch, uint32_t places)
{
    const prom_arbitration *arbitration = arbitration_of(step, batch);
    const prom_decision_session session = {.batch = batch,
                                           .coordinator = (uint8_t)prom_own_arbiter(step->channel),
                                           .decision = arbitration->decision,
                                           .deciders = arbitration->deciders};
    const prom_signature *signature = &arbitration->decision_signature;
    return send_step(step, &session, places, PROM_DECISION_SIGNED,
                     prom_span_of(signature->bytes, sizeof signature->bytes));
}

/* A nonce that is two points. */
bool prom_nonce_read(const prom_curve *curve, prom_reader *reader, prom_frost_nonce *nonce)
{
    const prom_span bytes = prom_read_span(reader, sizeof *nonce);
    prom_frost_nonce sum;
    size_t culprit = 0;
    if (reader->failed) {
        return false;
    }
    memcpy(nonce, bytes.data, sizeof *nonce);
    return prom_is_ok(prom_frost_nonce_sum(curve, &sum, &culprit, nonce, 1, NULL));
}

/* -- The signer -- */

/* Whether the coordinator is ahead of us, so that its question is one for later. */
static bool is_early(const struct step *step, uint16_t batch)
{
    const prom_money_state state = prom_money_state_of(step->facts, batch);
    return (state == PROM_MONEY_ACCUSED || state == PROM_MONEY_APPEALED) &&
           (!prom_rounds_over(step->channel, batch) ||
            step->view->own_tip < prom_arbitration_window(step->channel, batch, PROM_DEADLINE_SIGN).earliest);
}

static prom_result take_ask(struct step *step, uint16_t batch, const prom_decision_message *asked,
                            prom_reception *reception)
{
    const prom_decision_session begun = {.batch = batch,
                                         .coordinator = asked->coordinator,
                                         .number = asked->session,
                                         .deciders = asked->deciders,
                                         .decision = (prom_decision)asked->decision};
    if (arbitration_of(step, batch)->decided) {
        const size_t before = step->outputs->count;
        PROM_TRY(prom_decision_send(step, batch, UINT32_C(1) << (PROM_PARTIES + asked->coordinator)));
        prom_mark_answers(step, before);
        return prom_ok();
    }
    if (!prom_signing_may_begin(step, batch)) {
        *reception = is_early(step, batch) ? PROM_TOO_EARLY : PROM_TAKEN;
        return prom_ok();
    }
    if (!prom_signers_acceptable(step, batch, begun.decision, begun.deciders)) {
        return prom_refuse(step, reception, "arbiter %u would sign for others than those whose votes we have",
                           asked->coordinator + 1U);
    }
    return prom_session_begin(step, &begun);
}

/* Whether a list is one that our nonce is good for; it is read into the session. */
static bool read_list(const struct step *step, prom_decision_session *session, prom_span bytes)
{
    const size_t own = prom_own_arbiter(step->channel);
    prom_reader reader = prom_reader_of(bytes);
    bool good = true;
    session->signers = prom_read_u32(&reader);
    if ((session->signers & ~session->deciders) != 0 ||
        prom_arbiters_count(session->signers) != prom_channel_quorum(step->channel)) {
        return false;
    }
    for (size_t i = 0; good && i < PROM_ARBITERS_MAX; i++) {
        if ((session->signers & prom_arbiter_bit(i)) != 0) {
            good = prom_nonce_read(step->channel->curve, &reader, &session->nonces[i]);
        }
    }
    return good && prom_reader_done(&reader) && /* without us the list leaves our place empty */
           memcmp(&session->nonces[own], &session->nonce, sizeof session->nonce) == 0;
}

/* The share is for this S from here on, which is on the disk before it is made. */
static prom_result take_list(struct step *step, prom_decision_session *session, prom_span bytes,
                             prom_reception *reception)
{
    prom_decision_session listed = *session;
    if (!session->nonce_here || session->listed || !read_list(step, &listed, bytes)) {
        return prom_refuse(step, reception, "arbiter %u sent no list of signers that our nonce is for",
                           session->coordinator + 1U);
    }
    if (!prom_signing_may_begin(step, session->batch) ||
        !prom_signers_acceptable(step, session->batch, session->decision, session->deciders)) {
        return prom_refuse(step, reception, "more votes have come than arbiter %u would sign for",
                           session->coordinator + 1U);
    }
    *session = listed;
    session->listed = true;
    arbitration_of(step, session->batch)->signed_for = session->deciders;
    return prom_ok();
}

/* Whoever has it publishes it: C, W and V, who have coins in there and may have fees to pay that no arbiter would, as
 * much as the arbiters. An arbiter passes it on, since a coordinator may have shown it to a few. */
static prom_result take_signed(struct step *step, uint16_t batch, const prom_decision_message *said,
                               prom_reception *reception)
{
    const prom_decision_session of = {
        .batch = batch, .decision = (prom_decision)said->decision, .deciders = said->deciders};
    prom_signature signature;
    if (arbitration_of(step, batch)->decided) {
        return prom_ok();
    }
    if (said->bytes.length != sizeof signature.bytes) {
        return prom_refuse(step, reception, "a decision came without a signature");
    }
    memcpy(signature.bytes, said->bytes.data, sizeof signature.bytes);
    PROM_TRY(prom_refuse_failed(prom_decision_check(step, of.decision, of.deciders, &signature), reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    PROM_TRY(prom_decision_take(step, &of, &signature));
    return step->facts->role == PROM_ROLE_ARBITER ? prom_decision_send(step, batch, prom_places_all(step->channel))
                                                  : prom_ok();
}

prom_result prom_take_decision(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_decision_message *said = &received->message->as.decision;
    const uint16_t batch = received->message->batch;
    const bool signs = step->facts->role == PROM_ROLE_ARBITER;
    const size_t from = received->place - PROM_PARTIES;
    const bool answers = signs && said->step == PROM_DECISION_NONCE;
    const bool anybodys = signs && said->step == PROM_DECISION_SHARE;
    const size_t coordinator = anybodys ? said->coordinator : answers ? prom_own_arbiter(step->channel) : from;
    if (said->step < PROM_DECISION_ASK || said->step > PROM_DECISION_SIGNED || said->decision > PROM_DECISION_WORKER ||
        said->coordinator != coordinator) {
        return prom_refuse(step, reception, "a step of signing the decision is none that arbiter %zu can take",
                           from + 1);
    }
    if (said->step == PROM_DECISION_SIGNED) {
        return take_signed(step, batch, said, reception);
    }
    if (!signs) {
        return prom_refuse(step, reception, "arbiter %zu would have us sign the decision, and we are none", from + 1);
    }
    if (said->step == PROM_DECISION_ASK) {
        return take_ask(step, batch, said, reception);
    }
    prom_decision_session *session = session_numbered(step, batch, coordinator, said->session);
    if (session == NULL || session->deciders != said->deciders) {
        return prom_ok(); /* of a session that is over */
    }
    switch ((prom_decision_step)said->step) {
    case PROM_DECISION_NONCE:
        return prom_session_add_nonce(step, session, from, said->bytes, reception);
    case PROM_DECISION_LIST:
        return take_list(step, session, said->bytes, reception);
    case PROM_DECISION_SHARE:
        return prom_session_add_share(step, session, from, said->bytes);
    case PROM_DECISION_ASK:
    case PROM_DECISION_SIGNED:
        break;
    }
    return prom_ok();
}

/* -- Our own nonce and share -- */

static bool wants_nonce(const prom_decision_session *session)
{
    return session->used && !session->nonce_here && !session->listed;
}

/* The signer gets a copy: sessions move on meanwhile. */
static prom_result want(struct step *step, prom_wants *wants, const prom_decision_session *session,
                        prom_purpose purpose)
{
    prom_decision_session *copy = NULL;
    prom_want wanted = {.kind = PROM_WANT_SIGN, .batch = session->batch, .as.sign = {.purpose = purpose}};
    PROM_TRY_NEW(copy, step->arena, 1, step->error);
    *copy = *session;
    wanted.as.sign.session = copy;
    if (purpose == PROM_PURPOSE_FROST_NONCE) {
        prom_decision_name(&wanted.as.sign.hash, step->channel, session);
    } else {
        prom_decision_nonce_name(&wanted.as.sign.detail, &session->nonce);
        prom_decision_share_name(&wanted.as.sign.hash, step->channel, session);
    }
    return prom_want_add(step, wants, &wanted);
}

prom_result prom_want_frost(struct step *step, prom_wants *wants)
{
    for (size_t i = 0; i < step->channel->session_count; i++) {
        const prom_decision_session *session = &step->channel->sessions[i];
        if (!session->used || !prom_signing_may_begin(step, session->batch)) {
            continue;
        }
        if (wants_nonce(session)) {
            PROM_TRY(want(step, wants, session, PROM_PURPOSE_FROST_NONCE));
        }
        if (prom_session_wants_share(step, session)) {
            PROM_TRY(want(step, wants, session, PROM_PURPOSE_FROST_SHARE));
        }
    }
    return prom_ok();
}

/* A session in which it gets lost stalls, and its coordinator begins another. */
static prom_result answer_coordinator(struct step *step, const prom_decision_session *session, prom_decision_step kind,
                                      prom_span bytes)
{
    const size_t before = step->outputs->count;
    PROM_TRY(prom_session_send(step, session, prom_arbiter_bit(session->coordinator), kind, bytes));
    prom_mark_answers(step, before);
    return prom_ok();
}

prom_result prom_frost_nonce_made(struct step *step, const prom_event *event)
{
    for (size_t i = 0; i < step->channel->session_count; i++) {
        prom_decision_session *session = &step->channel->sessions[i];
        prom_reader reader = prom_reader_of(event->as.signed_.bytes);
        prom_bytes32 name;
        prom_decision_name(&name, step->channel, session);
        if (!wants_nonce(session) || !prom_bytes32_equal(&name, &event->as.signed_.hash)) {
            continue;
        }
        if (!prom_nonce_read(step->channel->curve, &reader, &session->nonce) || !prom_reader_done(&reader)) {
            return prom_fail(step->error, PROM_CATEGORY_BROKEN, "the signer gave no nonce for the decision");
        }
        session->nonce_here = true;
        return session->own ? prom_session_add_nonce(step, session, session->coordinator, event->as.signed_.bytes, NULL)
                            : answer_coordinator(step, session, PROM_DECISION_NONCE, event->as.signed_.bytes);
    }
    return prom_ok(); /* of a session that is over */
}
