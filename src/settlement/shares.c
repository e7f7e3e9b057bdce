/* Shares of the decision's signature. Each of the k gives its own to the others and to the coordinator, and whoever has
 * all adds them up: a coordinator that keeps the signature to itself, or is gone by then, keeps nobody from it. */
#include <string.h>

#include "settlement/arbitration.h"

/* Puts the shares together once all are here; each was checked when it came. */
static prom_result combine(struct step *step, const prom_decision_session *session, const prom_frost_session *frost)
{
    const uint16_t batch = session->batch;
    prom_bytes32 shares[PROM_ARBITERS_MAX];
    prom_signature signature;
    size_t count = 0;
    size_t culprit = 0;
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        if ((session->signers & prom_arbiter_bit(i)) != 0) {
            shares[count++] = session->shares[i];
        }
    }
    PROM_TRY(prom_frost_signature(step->channel->curve, &signature, &culprit, frost, shares, count, step->error));
    PROM_TRY(prom_decision_check(step, session->decision, session->deciders, &signature));
    PROM_TRY(prom_decision_take(step, session, &signature));
    prom_sessions_end(step, batch);
    return prom_decision_send(step, batch, prom_places_all(step->channel));
}

static bool is_valid(const struct step *step, const prom_decision_session *session, const prom_frost_session *frost,
                     size_t from)
{
    const size_t index = prom_arbiters_count(session->signers & (prom_arbiter_bit(from) - 1));
    return prom_frost_share_valid(step->channel->curve, frost, index, &session->nonces[from], &session->shares[from]);
}

/* In a session of our own a wrong share is its signer's fault: nobody else can have changed it, or the nonce that it
 * answers to. In another's it may be the coordinator's, who sent two lists. */
static prom_result take_wrong(struct step *step, prom_decision_session *session, size_t from)
{
    if (!session->own) {
        return prom_ok();
    }
    step->channel->courses[session->batch].wrong |= prom_arbiter_bit(from);
    memset(session, 0, sizeof *session);
    return prom_note(step, "arbiter %zu gave a wrong share of the decision's signature", from + 1);
}

/* Checks what has come, by the list; with all of them the decision is signed. Our own comes after the list, so that
 * what came before it is looked at then. */
static prom_result look(struct step *step, prom_decision_session *session)
{
    const uint32_t unchecked = session->shares_come & session->signers & ~session->shares_here;
    prom_frost_session *frost = NULL;
    if (!session->listed || unchecked == 0) {
        return prom_ok();
    }
    PROM_TRY(prom_decision_open(step->channel, step->arena, &frost, session, step->error));
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        if ((unchecked & prom_arbiter_bit(i)) == 0) {
            continue;
        }
        if (!is_valid(step, session, frost, i)) {
            return take_wrong(step, session, i);
        }
        session->shares_here |= prom_arbiter_bit(i);
        if (session->own) { /* slow is not silent; what is given in a session of its friends is no sign of that */
            step->channel->courses[session->batch].stalled &= ~prom_arbiter_bit(i);
        }
    }
    return session->shares_here == session->signers ? combine(step, session, frost) : prom_ok();
}

prom_result prom_session_add_share(struct step *step, prom_decision_session *session, size_t from, prom_span bytes)
{
    const uint32_t bit = prom_arbiter_bit(from);
    prom_reader reader = prom_reader_of(bytes);
    const prom_bytes32 share = prom_read_bytes32(&reader);
    if ((session->deciders & bit) == 0 || (session->shares_come & bit) != 0 || (session->own && !session->listed)) {
        return prom_ok(); /* before our own list it is of a session of that number from before a crash of ours */
    }
    if (!prom_reader_done(&reader)) {
        return session->listed && (session->signers & bit) != 0 ? take_wrong(step, session, from) : prom_ok();
    }
    session->shares[from] = share;
    session->shares_come |= bit;
    return look(step, session);
}

bool prom_session_wants_share(const struct step *step, const prom_decision_session *session)
{
    return session->used && session->listed && session->nonce_here && !session->share_done &&
           (session->signers & prom_arbiter_bit(prom_own_arbiter(step->channel))) != 0;
}

/* So many sessions of each coordinator have their shares go to the other signers, too: what waits for one of them is
 * limited, and whoever coordinates without end must not use that up. */
enum { SHARED_MAX = 3 };

/* A session in which it gets lost stalls, and its coordinator begins another. */
static prom_result give(struct step *step, const prom_decision_session *session, prom_span share)
{
    uint8_t *shared = &step->channel->courses[session->batch].shared[session->coordinator];
    const uint32_t own = prom_arbiter_bit(prom_own_arbiter(step->channel));
    const uint32_t others = *shared < SHARED_MAX ? session->signers : 0;
    const uint32_t to = (others | prom_arbiter_bit(session->coordinator)) & ~own;
    const size_t before = step->outputs->count;
    *shared = *shared < SHARED_MAX ? *shared + 1 : SHARED_MAX;
    PROM_TRY(prom_session_send(step, session, to, PROM_DECISION_SHARE, share));
    prom_mark_answers(step, before);
    return prom_ok();
}

prom_result prom_frost_share_made(struct step *step, const prom_event *event)
{
    for (size_t i = 0; i < step->channel->session_count; i++) {
        prom_decision_session *session = &step->channel->sessions[i];
        prom_bytes32 name;
        prom_decision_share_name(&name, step->channel, session);
        if (!prom_session_wants_share(step, session) || !prom_bytes32_equal(&name, &event->as.signed_.hash) ||
            !prom_signing_may_begin(step, session->batch)) {
            continue;
        }
        session->share_done = true;
        PROM_TRY(give(step, session, event->as.signed_.bytes));
        return prom_session_add_share(step, session, prom_own_arbiter(step->channel), event->as.signed_.bytes);
    }
    return prom_ok(); /* of a session that is over */
}
